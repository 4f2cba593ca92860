#include "tests/fuzz/bank.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "samples/sample.h"

static void need(bool there)
{
    if (!there) {
        fputs("no memory\n", stderr);
        exit(71);
    }
}

struct bytes bank_flux(unsigned number)
{
    const struct sample_options o = {
        .seed = 3 + number,
        .households = 1 + number % 2,
        .departement = "062",
        .emitter = number % 3 ? SAMPLE_CAF : SAMPLE_MSA,
        .encoding = (enum sample_encoding)(number % 5),
        .indent = number % 2 == 0,
        .year = 2025,
        .month = 1,
    };
    struct bytes b = {0};
    uint64_t written;
    FILE *out = open_memstream(&b.data, &b.len);
    need(out && !sample_write(&o, out, &written) && !fclose(out));
    return b;
}

struct bytes bank_copy(const struct bytes *from)
{
    struct bytes b = {malloc(from->len + 1), from->len};
    need(b.data);
    memcpy(b.data, from->data, from->len);
    return b;
}

static int open_writer(struct archive *a, enum container c)
{
    if (c == CONTAINER_ZIP)
        return archive_write_set_format_zip(a);
    int ok = archive_write_add_filter_gzip(a);
    return ok ? ok : c == CONTAINER_GZ ? archive_write_set_format_raw(a) : archive_write_set_format_ustar(a);
}

static int put_member(struct archive *a, unsigned number, const struct bytes *m)
{
    char name[32];
    snprintf(name, sizeof name, "rsa-%u.RSABEM.xml", number);
    struct archive_entry *e = archive_entry_new();
    need(e);
    archive_entry_set_pathname(e, name);
    archive_entry_set_size(e, (la_int64_t)m->len);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, 0600);
    int bad = archive_write_header(a, e);
    archive_entry_free(e);
    return bad || archive_write_data(a, m->data, m->len) != (la_ssize_t)m->len;
}

struct bytes bank_pack(enum container container, const struct bytes *members, unsigned count)
{
    if (container == CONTAINER_PLAIN)
        return bank_copy(&members[0]);
    unsigned in = container == CONTAINER_GZ ? 1 : count;
    size_t room = 32 << 10, used = 0;
    for (unsigned i = 0; i < in; i++)
        room += 2 * members[i].len;
    struct bytes out = {malloc(room), 0};
    struct archive *a = archive_write_new();
    need(out.data && a && open_writer(a, container) == ARCHIVE_OK);
    archive_write_set_bytes_in_last_block(a, 1);
    bool right = archive_write_open_memory(a, out.data, room, &used) == ARCHIVE_OK;
    for (unsigned i = 0; right && i < in; i++)
        right = put_member(a, i, &members[i]) == 0;
    right = archive_write_close(a) == ARCHIVE_OK && right;
    archive_write_free(a);
    need(right);
    out.len = used;
    return out;
}

const char *container_name(enum container c)
{
    static const char *const names[] = {"plain", "gz", "zip", "tar.gz"};
    return names[c];
}
