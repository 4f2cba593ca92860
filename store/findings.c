#include "store/findings.h"

#include <stdlib.h>
#include <string.h>

#include "flux/base/wipe.h"
#include "store/apply.h"

/* Entry of TABLE_FINDINGS, sealed whole: NUMDEMRSA; how many there were; how many are here; of each its code, its cost, its line as a
 * distance from the one before, how many bytes its path shares with the one before, the rest of the path. */

static size_t shared(const char *a, const char *b)
{
    size_t n = 0;
    while (a[n] && a[n] == b[n])
        n++;
    return n;
}

static void put_finding(struct buf *b, const struct finding *f, const struct finding *before)
{
    size_t n = shared(f->path, before->path);
    buf_varint(b, f->code);
    buf_u8(b, f->cost);
    buf_zigzag(b, (int64_t)f->line - before->line);
    buf_varint(b, n);
    buf_text(b, f->path + n);
}

static void put_all(struct buf *b, const struct dossier_findings *f)
{
    static const struct finding none;
    buf_text(b, f->numdemrsa);
    buf_varint(b, f->finding_count);
    buf_varint(b, f->findings_kept);
    for (uint32_t i = 0; i < f->findings_kept; i++)
        put_finding(b, &f->findings[i], i ? &f->findings[i - 1] : &none);
}

static uint64_t read_up_to(struct wire *w, uint64_t max)
{
    uint64_t v = wire_varint(w);
    if (v > max)
        w->err = ERR_FRAME;
    return w->err ? 0 : v;
}

static void read_finding(struct wire *w, const struct finding *before, struct finding *f)
{
    f->code = (enum finding_code)read_up_to(w, FINDING_COUNT - 1);
    f->cost = (enum cost)read_up_to(w, COST_WARNING);
    int64_t line = wire_zigzag(w);
    if (line < -(int64_t)UINT32_MAX || line > UINT32_MAX || line + before->line < 0 || line + before->line > UINT32_MAX)
        w->err = ERR_FRAME;
    f->line = w->err ? 0 : (uint32_t)(line + before->line);
    size_t n = (size_t)read_up_to(w, strlen(before->path));
    memcpy(f->path, before->path, n);
    wire_text(w, f->path + n, sizeof f->path - n);
}

static enum err read_all(struct span plain, struct dossier_findings *out)
{
    static const struct finding none;
    struct wire w;
    wire_init(&w, plain.data, plain.len);
    wire_text(&w, out->numdemrsa, sizeof out->numdemrsa);
    out->finding_count = (uint32_t)read_up_to(&w, UINT32_MAX);
    out->findings_kept = (uint32_t)read_up_to(&w, FINDINGS_MAX);
    for (uint32_t i = 0; i < out->findings_kept && !w.err; i++)
        read_finding(&w, i ? &out->findings[i - 1] : &none, &out->findings[i]);
    return wire_done(&w) || out->findings_kept > out->finding_count ? ERR_CORRUPT : ERR_OK;
}

static enum err open_entry(struct store_txn *t, const struct data_key *key, struct span value, struct buf *plain,
                           struct dossier_findings *out)
{
    struct key place = place_findings(out->dossier, out->flux);
    if (value.len < SEAL_OVERHEAD)
        return ERR_CORRUPT;
    buf_reset(plain);
    uint8_t *room = buf_room(plain, value.len - SEAL_OVERHEAD);
    enum err e = room ? seal_open(t->sealer, key, key_span(&place), value, room) : plain->err;
    return e ? corrupt_if(e, ERR_TOOBIG) : read_all(buf_span(plain), out);
}

enum err findings_read(struct store_txn *t, struct span key, struct span value, struct buf *plain, struct dossier_findings *out)
{
    struct data_key data_key;
    if (key.len != 12)
        return ERR_CORRUPT;
    out->flux = be32(key.data);
    out->dossier = key_tail64(key);
    enum err e = image_key(t, out->dossier, &data_key);
    if (!e)
        e = open_entry(t, &data_key, value, plain, out);
    wipe(&data_key, sizeof data_key);
    return e;
}

/* a->message and a->body are scratch. */
static enum err seal_findings(struct store_apply *a, const struct dossier_findings *f)
{
    struct key place = place_findings(f->dossier, f->flux);
    buf_reset(&a->message);
    put_all(&a->message, f);
    buf_reset(&a->body);
    uint8_t *sealed = buf_room(&a->body, a->message.len + SEAL_OVERHEAD);
    if (a->message.err || !sealed)
        return a->message.err ? a->message.err : a->body.err;
    return seal_value(a->t->sealer, &a->history.key, key_span(&place), a->message.data, a->message.len, sealed);
}

/* The flux named the dossier before: what was found then comes after what is found now. */
static enum err join_earlier(struct store_apply *a, struct dossier_findings *f)
{
    struct span value;
    struct dossier_findings *earlier = calloc(1, sizeof *earlier);
    if (!earlier)
        return ERR_NOMEM;
    earlier->flux = f->flux;
    earlier->dossier = f->dossier;
    enum err e = txn_must(a->t, TABLE_FINDINGS, key_version(f->flux, f->dossier), &value);
    if (!e)
        e = open_entry(a->t, &a->history.key, value, &a->message, earlier);
    for (uint32_t i = 0; !e && i < earlier->findings_kept && f->findings_kept < FINDINGS_MAX; i++)
        f->findings[f->findings_kept++] = earlier->findings[i];
    if (!e)
        f->finding_count += earlier->finding_count;
    wipe(earlier, sizeof *earlier);
    free(earlier);
    return e;
}

static enum err put_findings(struct store_apply *a, struct dossier_findings *f)
{
    bool there = false;
    struct key key = key_version(f->flux, f->dossier);
    enum err e = history_key(&a->history);
    if (!e)
        e = seal_findings(a, f);
    if (!e)
        e = kv_add(a->t->kv, TABLE_FINDINGS, key_span(&key), buf_span(&a->body), &there);
    if (e || !there)
        return e;
    e = join_earlier(a, f);
    if (!e)
        e = seal_findings(a, f);
    return e ? e : txn_put(a->t, TABLE_FINDINGS, key, buf_span(&a->body));
}

enum err apply_findings(struct store_apply *a, const struct msg_household *m, const struct facts *facts)
{
    if (m->findings_kept == 0)
        return ERR_OK;
    struct dossier_findings f = {.flux = a->flux, .dossier = a->history.serial, .finding_count = m->finding_count};
    struct span number = facts->numdemrsa;
    if (number.len < sizeof f.numdemrsa)
        memcpy(f.numdemrsa, number.data, number.len);
    f.findings_kept = m->findings_kept < FINDINGS_MAX ? m->findings_kept : FINDINGS_MAX;
    memcpy(f.findings, m->findings, f.findings_kept * sizeof f.findings[0]);
    enum err e = put_findings(a, &f);
    wipe(f.numdemrsa, sizeof f.numdemrsa);
    return e;
}

static enum err walk(struct store_txn *t, struct kv_scan *scan, bool (*visit)(void *ctx, const struct dossier_findings *f), void *ctx)
{
    struct span key, value;
    struct dossier_findings f = {0};
    struct buf plain;
    enum err e;
    buf_init(&plain, RECORD_MAX);
    while (!(e = kv_scan_next(scan, &key, &value)))
        if ((e = findings_read(t, key, value, &plain, &f)) || !visit(ctx, &f))
            break;
    wipe(f.numdemrsa, sizeof f.numdemrsa);
    buf_free(&plain);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

enum err findings_each(struct store_txn *t, uint32_t flux, bool (*visit)(void *ctx, const struct dossier_findings *f), void *ctx)
{
    struct key prefix = key_flux(flux);
    struct kv_scan *scan;
    enum err e = kv_scan_open(t->kv, TABLE_FINDINGS, key_span(&prefix), (struct span){0}, &scan);
    if (e)
        return e;
    e = walk(t, scan, visit, ctx);
    kv_scan_close(scan);
    return e;
}
