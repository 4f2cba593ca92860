#include <string.h>

#include "flux/base/wipe.h"
#include "store/apply.h"
#include "store/copy.h"
#include "store/findings.h"
#include "store/identity.h"
#include "store/ledger.h"

/* What the tables hold, counted while they are walked. */
struct verify {
    struct store_txn *t;
    uint64_t checked, dossiers, versions, persons, flux_applied, rejects_open;
    struct head head;
    struct person person;
    struct data_key key;
    struct buf aad, record;
    const struct store_watch *watch;
    uint64_t entries[KV_TABLES_MAX], total;
    uint8_t last[KV_KEY_MAX]; /* the key before */
    size_t last_len;
};

typedef enum err verify_entry(struct verify *v, struct span key, struct span value);

/* A damaged tree may give an entry to who walks and not to who looks it up, or out of order, or twice. */
static enum err check_place(struct verify *v, enum store_table table, struct span key, struct span value)
{
    struct span found = {0};
    size_t n = key.len < v->last_len ? key.len : v->last_len;
    int order = n ? memcmp(v->last, key.data, n) : 0;
    if (order > 0 || (order == 0 && v->last_len >= key.len))
        return ERR_CORRUPT;
    memcpy(v->last, key.data, key.len);
    v->last_len = key.len;
    enum err e = kv_get(v->t->kv, table, key, &found);
    return e ? e : found.len == value.len && found.data == value.data ? ERR_OK : ERR_CORRUPT;
}

static enum err each(struct verify *v, enum store_table table, verify_entry *entry)
{
    struct kv_scan *scan;
    enum err e = kv_scan_open(v->t->kv, table, (struct span){0}, (struct span){0}, &scan);
    if (e)
        return e;
    struct span key, value;
    uint64_t count = 0;
    v->last_len = 0;
    while (!(e = kv_scan_next(scan, &key, &value))) {
        count++;
        e = watch_step(v->watch, ++v->checked, v->total);
        if (!e)
            e = check_place(v, table, key, value);
        if (!e)
            e = entry(v, key, value);
        if (e) {
            kv_scan_close(scan);
            return corrupt_if(e, ERR_NOTFOUND);
        }
    }
    kv_scan_close(scan);
    return e != ERR_NOTFOUND ? e : count == v->entries[table] ? ERR_OK : ERR_CORRUPT;
}

static enum err exists(struct verify *v, enum store_table table, struct key key)
{
    struct span value;
    return txn_must(v->t, table, key, &value);
}

/* What an undone flux left behind would be a fault. */
static enum err applied(struct verify *v, uint32_t flux)
{
    struct span value;
    struct order order;
    enum flux_status status = FLUX_REFUSED;
    enum err e = txn_must(v->t, TABLE_FLUX, key_flux(flux), &value);
    if (!e)
        e = ledger_read_head(value, &status, &order);
    return e ? e : status == FLUX_APPLIED ? ERR_OK : ERR_CORRUPT;
}

static enum err check_numdemrsa(struct verify *v, uint64_t serial, const struct schema *schema)
{
    struct value numdemrsa;
    uint8_t blind[KEY_BLIND];
    uint64_t found;
    if (!record_find(schema->household, v->record.data, v->record.len, VRSB_DemandeRSA_NUMDEMRSA, &numdemrsa))
        return ERR_OK;
    enum err e = index_numdemrsa(v->t, numdemrsa.text, blind);
    if (!e)
        e = index_lookup_numdemrsa(v->t, blind, &found);
    return e ? e : found == serial ? ERR_OK : ERR_CORRUPT;
}

static enum err check_image(struct verify *v, uint64_t serial, uint32_t flux, struct span bytes)
{
    struct image image;
    enum err e = applied(v, flux);
    if (!e)
        e = image_read(bytes, &image);
    if (e)
        return e;
    struct wire w = image.persons;
    for (uint32_t i = 0; i < image.person_count; i++)
        if (!serials_have(&v->head.members, seen_next(&w).serial))
            return ERR_CORRUPT;
    e = image_open(v->t, &v->key, serial, flux, &image, &v->aad, &v->record);
    if (e)
        return e;
    const struct schema *schema = schema_by_id(v->record.len ? v->record.data[0] : 0);
    if (!schema || record_check(schema->household, v->record.data, v->record.len))
        return ERR_CORRUPT;
    return check_numdemrsa(v, serial, schema);
}

static enum err check_members(struct verify *v)
{
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < v->head.members.count; i++)
        e = exists(v, TABLE_PERSON, key_person(v->head.members.at[i]));
    return e;
}

static enum err check_dossier(struct verify *v, struct span key, struct span value)
{
    struct span bytes;
    uint64_t serial = key_tail64(key);
    enum err e = head_read(value, &v->head, &bytes);
    if (!e)
        e = image_key(v->t, serial, &v->key);
    if (!e)
        e = check_image(v, serial, v->head.flux, bytes);
    for (size_t i = 0; !e && i < v->head.versions.count; i++) {
        uint32_t flux = v->head.versions.at[i];
        if (!(e = txn_must(v->t, TABLE_VERSION, key_version(flux, serial), &bytes)))
            e = check_image(v, serial, flux, bytes);
    }
    v->dossiers++;
    v->versions += v->head.versions.count;
    return e ? e : check_members(v);
}

static enum err check_person(struct verify *v, struct span key, struct span value)
{
    uint64_t serial = key_tail64(key);
    enum err e = person_read(v->t, key, value, &v->person);
    if (!e && v->person.count == 0)
        e = ERR_CORRUPT;
    for (size_t i = 0; !e && i < v->person.count; i++) {
        struct span dossier, image;
        if (!(e = txn_must(v->t, TABLE_DOSSIER, key_dossier(v->person.memberships[i].dossier), &dossier)))
            e = head_read(dossier, &v->head, &image);
        if (!e && !serials_have(&v->head.members, serial))
            e = ERR_CORRUPT;
    }
    v->persons++;
    return e ? e : identity_verify_person(v->t, serial, v->person.leader);
}

static enum err check_index(struct verify *v, struct span key, struct span value)
{
    bool unique = key.len > 0 && key.data[0] == BLIND_NUMDEMRSA;
    if (key.len != (unique ? KEY_INDEX_PREFIX : KEY_INDEX) || value.len != (unique ? 8u : 0u))
        return ERR_CORRUPT;
    return exists(v, TABLE_DOSSIER, key_dossier(key_tail64(unique ? value : key)));
}

struct carried {
    struct verify *v;
    uint64_t count;
};

static enum err check_carried(void *ctx, uint64_t serial)
{
    struct carried *c = ctx;
    enum err e = ++c->count % WATCH_STEP ? ERR_OK : watch_now(c->v->watch, c->v->checked, c->v->total);
    return e ? e : exists(c->v, TABLE_DOSSIER, key_dossier(serial));
}

static enum err check_flux(struct verify *v, struct span key, struct span value)
{
    struct flux_entry f;
    struct carried carried = {.v = v};
    (void)value;
    enum err e = ledger_get(v->t, key_tail32(key), &f);
    if (e || f.status != FLUX_APPLIED)
        return e;
    v->flux_applied++;
    uint64_t accepted = f.created + f.updated + f.unchanged + f.superseded;
    if (f.read != accepted + f.rejected)
        return ERR_CORRUPT;
    e = flux_set_each(v->t, f.id, check_carried, &carried);
    return e ? e : carried.count <= accepted && (carried.count > 0 || accepted == 0) ? ERR_OK : ERR_CORRUPT;
}

static enum err check_finder(struct verify *v, struct span key, struct span value)
{
    struct flux_entry f;
    if (value.len != 4)
        return ERR_CORRUPT;
    enum err e = ledger_get(v->t, be32(value.data), &f);
    return e ? e : ledger_is_found_by(&f, key) ? ERR_OK : ERR_CORRUPT;
}

static enum err check_chunk(struct verify *v, struct span key, struct span value)
{
    (void)value;
    return key.len == 8 ? applied(v, be32(key.data)) : ERR_CORRUPT;
}

static enum err check_index_log(struct verify *v, struct span key, struct span value)
{
    struct index_log log = {0};
    enum err e = key.len == 8 ? applied(v, be32(key.data)) : ERR_CORRUPT;
    if (!e)
        e = index_log_read(v->t, key, value, &log);
    for (size_t i = 0; !e && i < log.count; i++)
        e = corrupt_if(kv_get(v->t->kv, TABLE_INDEX, span_of(log.entries[i], KEY_INDEX), &value), ERR_NOTFOUND);
    index_log_free(&log);
    return e;
}

static enum err check_version(struct verify *v, struct span key, struct span value)
{
    struct span dossier, image;
    (void)value;
    if (key.len != 12)
        return ERR_CORRUPT;
    enum err e = txn_must(v->t, TABLE_DOSSIER, key_dossier(key_tail64(key)), &dossier);
    if (!e)
        e = head_read(dossier, &v->head, &image);
    for (size_t i = 0; !e && i < v->head.versions.count; i++)
        if (v->head.versions.at[i] == be32(key.data))
            return ERR_OK;
    return e ? e : ERR_CORRUPT;
}

static enum err check_data_key(struct verify *v, struct span key, struct span value)
{
    (void)value;
    return key.len == 8 ? exists(v, TABLE_DOSSIER, key_dossier(key_tail64(key))) : ERR_CORRUPT;
}

static enum err check_reject(struct verify *v, struct span key, struct span value)
{
    struct reject_entry entry;
    enum err e = reject_entry_read(v->t, key, value, &entry);
    if (!e)
        e = applied(v, entry.flux);
    if (!e && entry.state == REJECT_RESOLVED)
        e = applied(v, entry.resolved_by);
    if (e)
        return e;
    v->rejects_open += entry.state == REJECT_OPEN;
    struct reject reject;
    e = reject_get(v->t, key_tail32(key), &reject);
    if (!e)
        reject_free(&reject);
    return e;
}

static enum err check_reject_by(struct verify *v, struct span key, struct span value)
{
    struct span reject;
    struct reject_entry entry;
    if (key.len != KEY_BLIND + 4 || value.len != 4)
        return ERR_CORRUPT;
    enum err e = txn_must(v->t, TABLE_REJECT, key_reject(key_tail32(key)), &reject);
    if (!e)
        e = reject_entry_read(v->t, span_of(key.data + KEY_BLIND, 4), reject, &entry);
    return e ? e : entry.state == REJECT_OPEN && entry.flux == be32(value.data) ? ERR_OK : ERR_CORRUPT;
}

static enum err check_findings(struct verify *v, struct span key, struct span value)
{
    struct dossier_findings f;
    uint8_t blind[KEY_BLIND];
    uint64_t found = 0;
    bool carried = false;
    enum err e = findings_read(v->t, key, value, &v->record, &f);
    if (!e)
        e = flux_set_has(v->t, f.flux, f.dossier, &carried);
    if (!e)
        e = index_numdemrsa(v->t, span_of(f.numdemrsa, strlen(f.numdemrsa)), blind);
    if (!e)
        e = index_lookup_numdemrsa(v->t, blind, &found);
    if (!e && (!carried || found != f.dossier || f.findings_kept == 0))
        e = ERR_CORRUPT;
    wipe(&f, sizeof f);
    return e;
}

static enum err check_report(struct verify *v, struct span key, struct span value)
{
    struct flux_report report = {0};
    enum err e = flux_report_read(v->t, key, value, &report);
    flux_report_free(&report);
    return e ? e : exists(v, TABLE_FLUX, key_flux(key_tail32(key)));
}

static enum err check_group(struct verify *v, struct span key, struct span value) { return identity_verify_group(v->t, key, value); }

static enum err check_review(struct verify *v, struct span key, struct span value) { return identity_verify_review(v->t, key, value); }

static enum err check_decision(struct verify *v, struct span key, struct span value) { return identity_verify_decision(v->t, key, value); }

static enum err check_counters(const struct verify *v)
{
    const struct counters *c = &v->t->counters;
    bool right = c->dossiers == v->dossiers && c->versions == v->versions && c->persons == v->persons &&
                 c->flux_applied == v->flux_applied && c->rejects_open == v->rejects_open;
    return right ? ERR_OK : ERR_CORRUPT;
}

/* General entries are read when the store is opened, the counters and the head of the journal here. */
static enum err check_meta(struct verify *v, struct span key, struct span value)
{
    (void)v, (void)value;
    return key.len == 1 && key.data[0] >= META_FORMAT && key.data[0] < META_END ? ERR_OK : ERR_CORRUPT;
}

static enum err check_outbox(struct verify *v, struct span key, struct span value)
{
    return key.len == 8 && value.len && key_tail64(key) < v->t->counters.next_outbox ? ERR_OK : ERR_CORRUPT;
}

static enum err check_journal_head(struct verify *v)
{
    uint64_t seq;
    uint8_t mac[32];
    return store_journal_head(v->t, &seq, mac);
}

enum err store_verify(struct store_txn *t, uint64_t *checked) { return store_verify_watched(t, NULL, checked); }

enum err store_verify_watched(struct store_txn *t, const struct store_watch *w, uint64_t *checked)
{
    static const struct {
        enum store_table table;
        verify_entry *entry;
    } tables[] = {
        {TABLE_META, check_meta},         {TABLE_DOSSIER, check_dossier},    {TABLE_DATA_KEY, check_data_key},
        {TABLE_VERSION, check_version},   {TABLE_PERSON, check_person},      {TABLE_INDEX, check_index},
        {TABLE_FLUX, check_flux},         {TABLE_FLUX_DIGEST, check_finder}, {TABLE_FLUX_IDENTITY, check_finder},
        {TABLE_FLUX_SET, check_chunk},    {TABLE_REJECT, check_reject},      {TABLE_REJECT_BY_NUMDEMRSA, check_reject_by},
        {TABLE_FINDINGS, check_findings}, {TABLE_FLUX_REPORT, check_report}, {TABLE_FLUX_INDEX, check_index_log},
        {TABLE_IDENTITY, check_group},    {TABLE_REVIEW, check_review},      {TABLE_DECISION, check_decision},
        {TABLE_OUTBOX, check_outbox},
    };
    _Static_assert(sizeof tables / sizeof tables[0] == TABLE_COUNT, "every table is walked");
    struct verify v = {.t = t, .watch = w};
    buf_init(&v.aad, IMAGE_MAX);
    buf_init(&v.record, RECORD_MAX);
    enum err e = kv_entries(t->kv, v.entries);
    if (!e)
        e = watch_total(t, &v.total);
    for (size_t i = 0; !e && i < sizeof tables / sizeof tables[0]; i++)
        e = each(&v, tables[i].table, tables[i].entry);
    if (!e)
        e = check_counters(&v);
    if (!e)
        e = check_journal_head(&v);
    *checked = v.checked;
    wipe(&v.key, sizeof v.key);
    head_free(&v.head);
    person_free(&v.person);
    buf_free(&v.aad);
    buf_free(&v.record);
    return e;
}
