#include "flux/record/message.h"

#include <string.h>

#include "flux/base/utf8.h"
#include "flux/record/record.h"

/* Names and paths come from hostile files through a hostile child, and are printed. */
static void read_printable(struct wire *w, char *text, size_t size)
{
    wire_text(w, text, size);
    if (!w->err && !utf8_printable(text, strlen(text)))
        w->err = ERR_FRAME;
}

void message_put_finding(struct buf *b, const struct finding *f)
{
    buf_varint(b, f->code);
    buf_u8(b, f->cost);
    buf_varint(b, f->line);
    buf_text(b, f->path);
}

static uint32_t read_u32(struct wire *w)
{
    uint64_t v = wire_varint(w);
    if (v > UINT32_MAX)
        w->err = ERR_FRAME;
    return (uint32_t)v;
}

static void read_finding(struct wire *w, struct finding *f)
{
    uint64_t code = wire_varint(w);
    unsigned cost = wire_u8(w);
    f->line = read_u32(w);
    read_printable(w, f->path, sizeof f->path);
    if (code >= FINDING_COUNT || cost > COST_WARNING)
        w->err = ERR_FRAME;
    f->code = w->err ? FINDING_NONE : (enum finding_code)code;
    f->cost = w->err ? COST_WARNING : (enum cost)cost;
}

void message_scanned(struct buf *b, const struct msg_scanned *m)
{
    buf_varint(b, m->index);
    buf_text(b, m->name);
    buf_put(b, m->sha256, sizeof m->sha256);
    buf_varint(b, m->bytes);
    message_put_finding(b, &m->finding);
    buf_bytes(b, m->header.data, m->header.len);
}

/* A header record is that of the flux's first block. */
static enum err record_check_header(struct span header)
{
    const struct schema *s = schema_by_id(header.len ? header.data[0] : 0);
    return s ? record_check(s->header, header.data, header.len) : ERR_FRAME;
}

static void read_digest(struct wire *w, uint8_t out[32])
{
    struct span s = wire_take(w, 32);
    if (s.len == 32)
        memcpy(out, s.data, 32);
}

enum err message_read_scanned(struct span payload, struct msg_scanned *m)
{
    struct wire w;
    wire_init(&w, payload.data, payload.len);
    *m = (struct msg_scanned){0};
    m->index = read_u32(&w);
    read_printable(&w, m->name, sizeof m->name);
    read_digest(&w, m->sha256);
    m->bytes = wire_varint(&w);
    read_finding(&w, &m->finding);
    m->header = wire_bytes(&w);
    if (!w.err && m->header.len && record_check_header(m->header))
        return ERR_FRAME;
    return wire_done(&w);
}

void message_header(struct buf *b, const struct msg_header *m)
{
    buf_text(b, m->member);
    buf_text(b, m->encoding);
    buf_u8(b, m->schema_id);
    buf_bytes(b, m->header.data, m->header.len);
}

enum err message_read_header(struct span payload, struct msg_header *m)
{
    struct wire w;
    wire_init(&w, payload.data, payload.len);
    *m = (struct msg_header){0};
    read_printable(&w, m->member, sizeof m->member);
    read_printable(&w, m->encoding, sizeof m->encoding);
    m->schema_id = (uint8_t)wire_u8(&w);
    m->header = wire_bytes(&w);
    if (!w.err && record_check_header(m->header))
        return ERR_FRAME;
    return wire_done(&w);
}

void message_household(struct buf *b, const struct msg_household *m)
{
    buf_varint(b, m->ordinal);
    buf_varint(b, m->line);
    buf_varint(b, m->finding_count);
    buf_varint(b, m->findings_kept);
    for (uint32_t i = 0; i < m->findings_kept; i++)
        message_put_finding(b, &m->findings[i]);
    buf_varint(b, m->faulty_kept);
    for (uint32_t i = 0; i < m->faulty_kept; i++) {
        buf_varint(b, m->faulty[i].node);
        buf_text(b, m->faulty[i].path);
        buf_bytes(b, m->faulty[i].text.data, m->faulty[i].text.len);
    }
    buf_bytes(b, m->record.data, m->record.len);
}

static void read_faulty(struct wire *w, struct faulty *f)
{
    uint64_t node = wire_varint(w);
    f->node = node < NODE_NONE ? (node_id)node : NODE_NONE;
    read_printable(w, f->path, sizeof f->path);
    f->text = wire_bytes(w);
    if (f->text.len > FAULTY_TEXT_MAX || (f->text.len && !utf8_valid((const char *)f->text.data, f->text.len)))
        w->err = ERR_FRAME;
}

enum err message_read_household(struct span payload, struct msg_household *m)
{
    struct wire w;
    wire_init(&w, payload.data, payload.len);
    m->ordinal = read_u32(&w);
    m->line = read_u32(&w);
    m->finding_count = read_u32(&w);
    m->findings_kept = read_u32(&w);
    if (w.err || m->findings_kept > FINDINGS_MAX || m->findings_kept > m->finding_count)
        return ERR_FRAME;
    for (uint32_t i = 0; i < m->findings_kept; i++)
        read_finding(&w, &m->findings[i]);
    m->faulty_kept = read_u32(&w);
    if (w.err || m->faulty_kept > FAULTY_MAX)
        return ERR_FRAME;
    for (uint32_t i = 0; i < m->faulty_kept; i++)
        read_faulty(&w, &m->faulty[i]);
    m->record = wire_bytes(&w);
    return wire_done(&w);
}

void message_census(struct buf *b, const struct msg_census *m)
{
    buf_varint(b, m->node);
    buf_text(b, m->path);
    buf_varint(b, m->count);
    buf_varint(b, m->first_line);
}

bool census_shows(struct span code)
{
    bool plain = code.len > 0 && code.len <= CENSUS_CODE_MAX;
    for (size_t i = 0; i < code.len && plain; i++)
        plain = (code.data[i] >= '0' && code.data[i] <= '9') || (code.data[i] >= 'A' && code.data[i] <= 'Z');
    return plain;
}

/* In place of a known node's path. */
static bool is_census_code(const char *text)
{
    const struct span code = {(const uint8_t *)text, strlen(text)};
    return code.len == 0 || strcmp(text, CENSUS_OTHERS) == 0 || census_shows(code);
}

enum err message_read_census(struct span payload, struct msg_census *m)
{
    struct wire w;
    wire_init(&w, payload.data, payload.len);
    uint64_t node = wire_varint(&w);
    read_printable(&w, m->path, sizeof m->path);
    m->count = wire_varint(&w);
    m->first_line = read_u32(&w);
    if (node >= SCHEMA_NODES_MAX && node != NODE_NONE)
        return ERR_FRAME;
    if (!w.err && node != NODE_NONE && !is_census_code(m->path))
        return ERR_FRAME;
    m->node = (node_id)node;
    return wire_done(&w);
}

void message_end(struct buf *b, const struct msg_end *m)
{
    buf_varint(b, m->read);
    buf_varint(b, m->accepted);
    buf_varint(b, m->rejected);
    buf_varint(b, m->bytes);
    buf_put(b, m->sha256, sizeof m->sha256);
    buf_zigzag(b, m->transm);
    buf_zigzag(b, m->transm_ano);
}

enum err message_read_end(struct span payload, struct msg_end *m)
{
    struct wire w;
    wire_init(&w, payload.data, payload.len);
    m->read = wire_varint(&w);
    m->accepted = wire_varint(&w);
    m->rejected = wire_varint(&w);
    m->bytes = wire_varint(&w);
    read_digest(&w, m->sha256);
    m->transm = wire_zigzag(&w);
    m->transm_ano = wire_zigzag(&w);
    return wire_done(&w);
}

void message_fatal(struct buf *b, const struct msg_fatal *m)
{
    message_put_finding(b, &m->finding);
    buf_text(b, m->detail);
}

enum err message_read_fatal(struct span payload, struct msg_fatal *m)
{
    struct wire w;
    wire_init(&w, payload.data, payload.len);
    read_finding(&w, &m->finding);
    read_printable(&w, m->detail, sizeof m->detail);
    return wire_done(&w);
}
