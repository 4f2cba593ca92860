#include "parsers/tar.h"

#include <errno.h>

#include "flux/base/wipe.h"

static enum err fail(struct tar *t, enum finding_code fault)
{
    t->fault = t->stream->fault ? t->stream->fault : fault;
    return t->err = ERR_BAD;
}

/* What libarchive could not read: our own trouble first, then the archive's. */
static enum err fail_archive(struct tar *t)
{
    if (t->err && (t->err != ERR_BAD || t->fault))
        return t->err;
    return fail(t, F_ARCHIVE);
}

static enum err inflate_block(struct tar *t, size_t *got)
{
    enum err e = stream_read(t->stream, t->block, sizeof t->block, got);
    if (e)
        return e;
    size_t n = *got;
    while (n && t->block[n - 1] == 0)
        n--;
    if (n)
        t->last_nonzero = t->unpacked + n;
    t->unpacked += *got;
    /* Headers and padding count too: a tar may hold nothing else. */
    if (t->unpacked > t->limits->total_bytes)
        return fail(t, F_LIMIT_BYTES);
    uint64_t beyond = t->unpacked > PARSE_RATIO_FREE ? t->unpacked - PARSE_RATIO_FREE : 0;
    return beyond / t->limits->ratio > t->stream->packed ? fail(t, F_LIMIT_RATIO) : ERR_OK;
}

static la_ssize_t read_block(struct archive *a, void *ctx, const void **data)
{
    struct tar *t = ctx;
    size_t got;
    t->err = inflate_block(t, &got);
    if (t->err) {
        archive_set_error(a, EIO, "unreadable");
        return -1;
    }
    *data = t->block;
    return (la_ssize_t)got;
}

enum err tar_open(struct tar *t, struct stream *stream, const struct parse_limits *limits)
{
    t->stream = stream;
    t->limits = limits;
    t->name = NULL;
    t->unpacked = t->last_nonzero = t->at = 0;
    t->err = ERR_OK;
    t->fault = FINDING_NONE;
    t->archive = archive_read_new();
    if (!t->archive || archive_read_support_format_tar(t->archive) != ARCHIVE_OK)
        return ERR_NOMEM;
    return archive_read_open(t->archive, t, NULL, read_block, NULL) == ARCHIVE_OK ? ERR_OK : fail_archive(t);
}

void tar_close(struct tar *t)
{
    if (t->archive) {
        archive_read_free(t->archive);
        wipe(t->block, sizeof t->block);
    }
    t->archive = NULL;
}

/* After the end of the tar only zeros may stand, up to the verified end of the gzip. */
static enum err drain(struct tar *t)
{
    uint64_t end = (uint64_t)archive_filter_bytes(t->archive, 0);
    size_t got = 1;
    enum err e = ERR_OK;
    while (got && !e)
        e = inflate_block(t, &got);
    if (e)
        return e == ERR_BAD && !t->fault ? fail(t, F_ARCHIVE) : e;
    return t->last_nonzero > end ? fail(t, F_ARCHIVE) : ERR_NOTFOUND;
}

static bool is_plain(struct archive_entry *entry)
{
    return archive_entry_filetype(entry) == AE_IFREG && !archive_entry_hardlink(entry) && !archive_entry_symlink(entry) &&
           archive_entry_sparse_count(entry) == 0 && !archive_entry_is_encrypted(entry);
}

enum err tar_next(struct tar *t)
{
    for (;;) {
        struct archive_entry *entry;
        int rc = archive_read_next_header(t->archive, &entry);
        if (rc == ARCHIVE_EOF)
            return drain(t);
        /* A warning is a name that the locale cannot show. */
        if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
            return fail_archive(t);
        t->at = 0;
        if (archive_entry_filetype(entry) == AE_IFDIR && archive_entry_size(entry) == 0)
            continue;
        if (!is_plain(entry))
            return fail(t, F_ARCHIVE_MEMBER);
        t->name = archive_entry_pathname(entry);
        return ERR_OK;
    }
}

enum err tar_read(struct tar *t, const uint8_t **data, size_t *len)
{
    const void *block = NULL;
    la_int64_t offset = 0;
    int rc;
    do {
        *len = 0;
        rc = archive_read_data_block(t->archive, &block, len, &offset);
        if (rc == ARCHIVE_OK && *len && (uint64_t)offset != t->at)
            return fail(t, F_ARCHIVE_MEMBER);
    } while (rc == ARCHIVE_OK && *len == 0);
    if (rc != ARCHIVE_OK && rc != ARCHIVE_EOF)
        return fail_archive(t);
    if (rc == ARCHIVE_EOF)
        *len = 0;
    *data = block;
    t->at += *len;
    return ERR_OK;
}
