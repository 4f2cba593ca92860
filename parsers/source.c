#include "parsers/source.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flux/base/wipe.h"
#include "parsers/member_name.h"
#include "parsers/sniff.h"
#include "parsers/stream.h"
#include "parsers/tar.h"
#include "parsers/zip.h"

/* Streams one after the other in one gzip. Source: security HI-5. */
enum { GZIP_MEMBERS_MAX = 16 };

enum source_kind { SOURCE_PLAIN, SOURCE_GZIP, SOURCE_TAR_GZ, SOURCE_ZIP };

struct source {
    int fd;
    enum source_kind kind;
    uint64_t size;
    const struct parse_limits *limits;
    const EVP_MD *sha256;
    EVP_MD_CTX *digest;
    enum finding_code fault;

    bool in_member, started; /* a member is open; its first bytes were judged */
    uint32_t next_index, next_entry;
    uint32_t crc; /* zip: of what was read of the member */
    const struct zip_entry *entry;
    uint64_t bytes, total; /* unpacked: of the member, of all members */
    uint64_t packed;       /* of the members before this one, zip only */

    struct zip zip;
    struct tar tar;
    struct stream stream;
    uint8_t chunk[SOURCE_CHUNK];
};

static enum err fail(struct source *s, enum finding_code fault)
{
    if (!s->fault)
        s->fault = fault;
    return ERR_BAD;
}

static enum err from_stream(struct source *s, enum err e) { return e == ERR_BAD ? fail(s, s->stream.fault) : e; }

static enum err from_tar(struct source *s, enum err e) { return e == ERR_BAD ? fail(s, s->tar.fault) : e; }

enum finding_code source_fault(const struct source *s) { return s->fault; }

bool source_is_summed(const struct source *s) { return s->kind != SOURCE_PLAIN; }

uint64_t source_bytes(const struct source *s) { return s->bytes; }

uint64_t source_packed(const struct source *s) { return s->packed + s->stream.packed; }

/* ---- opening ---- */

static enum err open_stream(struct source *s, enum stream_mode mode, uint64_t at, uint64_t end)
{
    stream_close(&s->stream);
    return stream_open(&s->stream, s->fd, mode, at, end, GZIP_MEMBERS_MAX);
}

/* Puts the source before its first member. */
static enum err rewind_source(struct source *s)
{
    s->in_member = false;
    s->next_index = s->next_entry = 0;
    s->total = s->packed = 0;
    tar_close(&s->tar);
    if (s->kind == SOURCE_PLAIN)
        return open_stream(s, STREAM_PLAIN, 0, s->size);
    if (s->kind == SOURCE_ZIP)
        return ERR_OK;
    enum err e = open_stream(s, STREAM_GZIP, 0, s->size);
    if (e || s->kind == SOURCE_GZIP)
        return e;
    tar_open(&s->tar, &s->stream, s->limits);
    return ERR_OK;
}

/* What is inside the gzip: a tar, or the flux itself. */
static enum err recognise_gzip(struct source *s)
{
    enum err e = open_stream(s, STREAM_GZIP, 0, s->size);
    size_t got = 0;
    if (!e)
        e = from_stream(s, stream_read(&s->stream, s->chunk, 1024, &got));
    if (!e)
        s->kind = sniff(s->chunk, got) == SNIFF_TAR ? SOURCE_TAR_GZ : SOURCE_GZIP;
    return e;
}

static enum err recognise(struct source *s)
{
    off_t size = lseek(s->fd, 0, SEEK_END);
    if (size < 0)
        return ERR_IO;
    s->size = (uint64_t)size;
    size_t len = s->size < 1024 ? (size_t)s->size : 1024;
    enum err e = file_read_at(s->fd, 0, s->chunk, len);
    if (e)
        return e == ERR_NOTFOUND ? fail(s, F_CHANGED) : e;
    switch (sniff(s->chunk, len)) {
    case SNIFF_EMPTY:
        return fail(s, F_EMPTY);
    case SNIFF_XML:
        s->kind = SOURCE_PLAIN;
        return ERR_OK;
    case SNIFF_GZIP:
        return recognise_gzip(s);
    case SNIFF_ZIP:
        s->kind = SOURCE_ZIP;
        e = zip_open(&s->zip, s->fd, s->size, s->limits);
        return e == ERR_BAD ? fail(s, s->zip.fault) : e;
    default:
        return fail(s, F_FORMAT);
    }
}

enum err source_open(struct source **ret, int fd, const struct parse_limits *limits, const EVP_MD *sha256, enum err (*tell)(void *ctx),
                     void *ctx)
{
    struct source *s = calloc(1, sizeof *s);
    *ret = s;
    if (!s)
        return ERR_NOMEM;
    s->fd = fd;
    s->limits = limits;
    s->sha256 = sha256;
    s->stream.watch = (struct stream_watch){.tell = tell, .ctx = ctx};
    s->digest = EVP_MD_CTX_new();
    if (!s->digest)
        return ERR_NOMEM;
    enum err e = recognise(s);
    return e ? e : rewind_source(s);
}

struct source *source_close(struct source *s)
{
    if (!s)
        return NULL;
    tar_close(&s->tar);
    stream_close(&s->stream);
    zip_close(&s->zip);
    EVP_MD_CTX_free(s->digest);
    wipe(s->chunk, sizeof s->chunk);
    free(s);
    return NULL;
}

/* ---- members ---- */

static enum err next_in_zip(struct source *s, struct source_member *m)
{
    while (s->next_entry < s->zip.count && s->zip.entries[s->next_entry].folder)
        s->next_entry++;
    if (s->next_entry == s->zip.count)
        return ERR_NOTFOUND;
    const struct zip_entry *entry = &s->zip.entries[s->next_entry++];
    s->packed += s->stream.packed;
    s->entry = entry;
    s->crc = (uint32_t)crc32(0, NULL, 0);
    member_name_show((const char *)entry->name, entry->name_len, m->name);
    return open_stream(s, entry->method ? STREAM_DEFLATE : STREAM_PLAIN, entry->data, entry->data + entry->packed);
}

static enum err next_in_tar(struct source *s, struct source_member *m)
{
    enum err e = from_tar(s, tar_next(&s->tar));
    if (e)
        return e;
    member_name_show(s->tar.name, s->tar.name_len, m->name);
    return s->next_index < s->limits->members ? ERR_OK : fail(s, F_LIMIT_MEMBERS);
}

static enum err next_raw(struct source *s, struct source_member *m)
{
    m->name[0] = 0;
    if (s->kind == SOURCE_ZIP)
        return next_in_zip(s, m);
    if (s->kind == SOURCE_TAR_GZ)
        return next_in_tar(s, m);
    return s->next_index ? ERR_NOTFOUND : ERR_OK;
}

enum err source_next(struct source *s, struct source_member *m)
{
    struct span rest;
    enum err e = ERR_OK;
    while (s->in_member && !e)
        e = source_read(s, &rest);
    if (!e)
        e = next_raw(s, m);
    if (e)
        return e;
    m->index = s->next_index++;
    s->in_member = true;
    s->started = false;
    s->bytes = 0;
    return EVP_DigestInit_ex2(s->digest, s->sha256, NULL) == 1 ? ERR_OK : ERR_NOMEM;
}

enum err source_seek(struct source *s, uint32_t index, struct source_member *m)
{
    enum err e = rewind_source(s);
    do {
        if (!e)
            e = source_next(s, m);
        if (s->kind == SOURCE_ZIP && !e && m->index < index)
            s->in_member = false;
    } while (!e && m->index < index);
    return e;
}

enum err source_count(struct source *s, uint32_t *count)
{
    *count = 1;
    if (s->kind == SOURCE_PLAIN || s->kind == SOURCE_GZIP)
        return ERR_OK;
    *count = 0;
    struct source_member m;
    enum err e = ERR_OK;
    while (!e) {
        e = source_next(s, &m);
        *count += !e;
        if (s->kind == SOURCE_ZIP)
            s->in_member = false;
    }
    return e == ERR_NOTFOUND ? rewind_source(s) : e;
}

/* ---- bytes ---- */

static enum err judge_limits(struct source *s)
{
    if (s->bytes > s->limits->member_bytes || s->total > s->limits->total_bytes)
        return fail(s, F_LIMIT_BYTES);
    if (s->kind == SOURCE_ZIP && s->bytes > s->entry->size)
        return fail(s, F_CHECKSUM);
    if (s->kind == SOURCE_PLAIN || s->total <= PARSE_RATIO_FREE)
        return ERR_OK;
    return (s->total - PARSE_RATIO_FREE) / s->limits->ratio > source_packed(s) ? fail(s, F_LIMIT_RATIO) : ERR_OK;
}

static enum err judge_end(struct source *s)
{
    s->in_member = false;
    if (s->kind != SOURCE_ZIP)
        return ERR_OK;
    return s->crc == s->entry->crc && s->bytes == s->entry->size ? ERR_OK : fail(s, F_CHECKSUM);
}

/* An archive inside an archive is refused, whatever its name says. */
static enum err judge_start(struct source *s, size_t len)
{
    enum sniffed kind = s->kind == SOURCE_PLAIN ? SNIFF_XML : sniff(s->chunk, len);
    s->started = true;
    bool packed = kind == SNIFF_GZIP || kind == SNIFF_ZIP || kind == SNIFF_TAR || kind == SNIFF_ARCHIVE;
    return packed ? fail(s, F_ARCHIVE_MEMBER) : ERR_OK;
}

enum err source_read(struct source *s, struct span *chunk)
{
    *chunk = (struct span){s->chunk, 0};
    if (s->fault)
        return ERR_BAD;
    if (!s->in_member)
        return ERR_OK;
    size_t got;
    enum err e = s->kind == SOURCE_TAR_GZ ? from_tar(s, tar_read(&s->tar, s->chunk, sizeof s->chunk, &got))
                                          : from_stream(s, stream_read(&s->stream, s->chunk, sizeof s->chunk, &got));
    if (e)
        return e;
    s->bytes += got;
    s->total += got;
    if (s->kind == SOURCE_ZIP)
        s->crc = (uint32_t)crc32(s->crc, s->chunk, (uInt)got);
    if ((e = judge_limits(s)) || (!s->started && (e = judge_start(s, got))))
        return e;
    if (got == 0)
        return judge_end(s);
    chunk->len = got;
    return s->kind == SOURCE_PLAIN || EVP_DigestUpdate(s->digest, s->chunk, got) == 1 ? ERR_OK : ERR_BUG;
}

enum err source_finish(struct source *s)
{
    struct source_member m;
    enum err e = ERR_OK;
    struct span rest;
    while (s->in_member && !e)
        e = source_read(s, &rest);
    if (s->kind != SOURCE_TAR_GZ)
        return e;
    while (!e)
        e = source_next(s, &m);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

enum err source_digest(struct source *s, uint8_t sha256[32])
{
    unsigned len = 0;
    if (s->kind == SOURCE_PLAIN) {
        memset(sha256, 0, 32);
        return ERR_OK;
    }
    return EVP_DigestFinal_ex(s->digest, sha256, &len) == 1 && len == 32 ? ERR_OK : ERR_BUG;
}
