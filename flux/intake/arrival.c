#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flux/base/digest.h"
#include "flux/base/fdio.h"
#include "flux/intake/import.h"
#include "flux/record/record.h"

enum err arrival_open_fd(const char *path, int *fd)
{
    struct stat st;
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (*fd < 0)
        return err_from_errno(errno);
    enum err e = fstat(*fd, &st) < 0 ? err_from_errno(errno) : S_ISREG(st.st_mode) ? ERR_OK : ERR_BAD;
    if (e)
        fd_close(fd);
    return e;
}

enum err arrival_open(struct arrival *a, const struct intake_options *o, const char *path)
{
    struct stat st;
    char bad[64];
    *a = (struct arrival){.options = o, .path = path};
    buf_init(&a->header, RECORD_MAX);
    enum err e = arrival_open_fd(path, &a->fd);
    if (!e && fstat(a->fd, &st) < 0)
        e = err_from_errno(errno);
    a->changed_at = e ? 0 : stat_changed(&st);
    if (!e)
        e = digest_fd(a->fd, o->stop, a->sha256, &a->bytes);
    if (!e)
        e = keep_make(&schema_vrsb0801, &o->keep_rule, &a->keep, bad, sizeof bad);
    if (e)
        arrival_close(a);
    return e;
}

void arrival_close(struct arrival *a)
{
    session_close(&a->session);
    fd_close(&a->fd);
    buf_free(&a->header);
    flux_report_free(&a->report);
}

enum err arrival_keep_header(struct arrival *a, struct flux_entry *f)
{
    buf_reset(&a->header);
    buf_put(&a->header, f->header.data, f->header.len);
    f->header = (struct span){a->header.data, a->header.len};
    return a->header.err;
}

/* Size and time are enough against a transfer that goes on; a forger would need the rights to write the drop folder. */
bool arrival_is_same(const struct arrival *a)
{
    struct stat st;
    return fstat(a->fd, &st) == 0 && st.st_size >= 0 && (uint64_t)st.st_size == a->bytes && stat_changed(&st) == a->changed_at;
}
