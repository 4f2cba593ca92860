#include "tests/unit/store_fixture.h"

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct node *node(node_id n) { return &schema_vrsb0801.nodes[n]; }

void fixture_open(struct fixture *f) { ck_assert_int_eq(store_open(&f->place, true, "test", NULL, NULL, &f->store), ERR_OK); }

void fixture_make(struct fixture *f)
{
    const char *tmp = getenv("TMPDIR");
    *f = (struct fixture){0};
    snprintf(f->root, sizeof f->root, "%s/store-XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(f->root));
    snprintf(f->store_dir, sizeof f->store_dir, "%s/store", f->root);
    snprintf(f->keys_dir, sizeof f->keys_dir, "%s/keys", f->root);
    snprintf(f->master, sizeof f->master, "%s/master", f->root);
    ck_assert_int_eq(mkdir(f->store_dir, 0700), 0);
    ck_assert_int_eq(mkdir(f->keys_dir, 0700), 0);
    f->place = (struct store_place){f->store_dir, f->keys_dir, f->master};
    ck_assert_int_eq(store_create(&f->place), ERR_OK);
    fixture_open(f);
}

void fixture_close(struct fixture *f) { f->store = store_close(f->store); }

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
    (void)st;
    (void)flag;
    (void)at;
    return remove(path);
}

void fixture_remove(struct fixture *f)
{
    fixture_close(f);
    nftw(f->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void data_path(const struct fixture *f, char path[160]) { snprintf(path, 160, "%s/gen-1/data.mdb", f->store_dir); }

uint8_t *fixture_bytes(const struct fixture *f, size_t *len)
{
    char path[160];
    struct stat st;
    data_path(f, path);
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fstat(fileno(file), &st), 0);
    *len = (size_t)st.st_size;
    uint8_t *data = malloc(*len + 1);
    ck_assert_ptr_nonnull(data);
    ck_assert_uint_eq(fread(data, 1, *len, file), *len);
    fclose(file);
    return data;
}

void fixture_write_bytes(const struct fixture *f, const uint8_t *data, size_t len)
{
    char path[160];
    data_path(f, path);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(pwrite(fd, data, len, 0), (ssize_t)len);
    close(fd);
}

bool fixture_holds(const struct fixture *f, const char *text)
{
    size_t len;
    uint8_t *data = fixture_bytes(f, &len);
    bool found = memmem(data, len, text, strlen(text)) != NULL;
    free(data);
    return found;
}

static void leaf(struct buf *b, node_id n, const char *text)
{
    if (!text)
        return;
    record_leaf(b, node(n));
    enum finding_code code = value_encode(node(n), text, strlen(text), b);
    ck_assert(code == FINDING_NONE || finding_rule(code)->cost == COST_WARNING);
}

static void person(struct buf *b, const struct made_person *p, const char *numdemrsaprece)
{
    record_enter(b, node(VRSB_Personne));
    record_enter(b, node(VRSB_Identification));
    leaf(b, VRSB_Identification_NOM, p->nom);
    leaf(b, VRSB_Identification_NOMNAI, p->nomnai);
    leaf(b, VRSB_Identification_PRENOM, p->prenom);
    leaf(b, VRSB_Identification_DTNAI, p->dtnai);
    leaf(b, VRSB_Identification_RGNAI, p->rgnai);
    leaf(b, VRSB_Identification_TYPEDTNAI, p->typedtnai);
    leaf(b, VRSB_Identification_NIR, p->nir);
    record_leave(b);
    if (numdemrsaprece) {
        record_enter(b, node(VRSB_DossierCAF));
        leaf(b, VRSB_DossierCAF_NUMDEMRSAPRECE, numdemrsaprece);
        record_leave(b);
    }
    record_leave(b);
}

static void make_linked(struct buf *b, const struct made_household *h, const struct made_links *links)
{
    record_begin(b, &schema_vrsb0801);
    record_enter(b, node(VRSB_IdentificationRSA));
    record_enter(b, node(VRSB_Organisme));
    leaf(b, VRSB_Organisme_FONORG, h->fonorg);
    leaf(b, VRSB_Organisme_MATRICULE, h->matricule);
    record_leave(b);
    record_enter(b, node(VRSB_DemandeRSA));
    leaf(b, VRSB_DemandeRSA_DTDEMRSA, h->dtdemrsa);
    leaf(b, VRSB_DemandeRSA_NUMDEMRSA, h->numdemrsa);
    record_leave(b);
    if (links->matriculeorgcedmut) {
        record_enter(b, node(VRSB_OrganismeCedant));
        leaf(b, VRSB_OrganismeCedant_FONORGCEDMUT, "CAF");
        leaf(b, VRSB_OrganismeCedant_MATRICULEORGCEDMUT, links->matriculeorgcedmut);
        record_leave(b);
    }
    record_leave(b);
    for (size_t i = 0; i < h->count; i++)
        person(b, &h->persons[i], links->numdemrsaprece[i]);
    ck_assert_int_eq(b->err, ERR_OK);
    ck_assert_int_eq(record_check(schema_vrsb0801.household, b->data, b->len), ERR_OK);
}

void household_make(struct buf *b, const struct made_household *h) { make_linked(b, h, &(struct made_links){0}); }

void header_make(struct buf *b, const struct made_flux *f)
{
    record_begin(b, &schema_vrsb0801);
    leaf(b, VRSB_IdentificationFlux_APPLIEME, "CRI");
    leaf(b, VRSB_IdentificationFlux_TYPEFLUX, f->typeflux);
    leaf(b, VRSB_IdentificationFlux_NATFLUX, "D");
    leaf(b, VRSB_IdentificationFlux_DTCREAFLUX, f->dtcreaflux);
    leaf(b, VRSB_IdentificationFlux_HEUCREAFLUX, f->heucreaflux);
    ck_assert_int_eq(record_check(schema_vrsb0801.header, b->data, b->len), ERR_OK);
}

void run_begin(struct run *r, struct fixture *f, const struct made_flux *made)
{
    struct keep keep;
    char bad[32];
    struct buf header;
    *r = (struct run){.made = *made, .line = 2};
    struct keep_rule rule = {PROFILE_ACCOMPAGNEMENT, made->extra ? made->extra : "", made->nir_readable};
    ck_assert_int_eq(keep_make(&schema_vrsb0801, &rule, &keep, bad, sizeof bad), ERR_OK);
    buf_init(&header, RECORD_MAX);
    header_make(&header, made);
    ck_assert_int_eq(store_write(f->store, &r->t), ERR_OK);
    struct span span = {header.data, header.len};
    ck_assert_int_eq(apply_begin(r->t, &schema_vrsb0801, span, &keep, made->nir_readable, &r->apply), ERR_OK);
    buf_free(&header);
}

enum outcome run_household(struct run *r, const struct made_household *h) { return run_linked(r, h, &(struct made_links){0}); }

enum outcome run_linked(struct run *r, const struct made_household *h, const struct made_links *links)
{
    struct msg_household *m = calloc(1, sizeof *m);
    struct buf b;
    enum outcome outcome;
    bool duplicate;
    uint32_t persons;
    struct facts facts = {0};
    buf_init(&b, RECORD_MAX);
    make_linked(&b, h, links);
    m->line = r->line++;
    m->ordinal = m->line - 1;
    m->record = (struct span){b.data, b.len};
    ck_assert_int_eq(facts_read(&facts, &schema_vrsb0801, m->record), ERR_OK);
    ck_assert_int_eq(apply_household(r->apply, m, &facts, &outcome, &duplicate, &persons), ERR_OK);
    facts_free(&facts);
    ck_assert_uint_eq(persons, h->count);
    r->totals.created += outcome == OUTCOME_CREATED;
    r->totals.updated += outcome == OUTCOME_UPDATED;
    r->totals.unchanged += outcome == OUTCOME_UNCHANGED;
    r->totals.superseded += outcome == OUTCOME_SUPERSEDED;
    r->totals.duplicates += duplicate;
    buf_free(&b);
    free(m);
    return outcome;
}

void run_reject(struct run *r, const struct made_household *h, const char *faulty_dtnai)
{
    struct msg_household *m = calloc(1, sizeof *m);
    struct buf b;
    struct facts facts = {0};
    buf_init(&b, RECORD_MAX);
    household_make(&b, h);
    m->line = r->line++;
    m->ordinal = m->line - 1;
    m->finding_count = m->findings_kept = 1;
    m->findings[0] = (struct finding){finding_by_name("V_DATE"), COST_HOUSEHOLD, m->line, "InfosFoyerRSA[1]/Personne[1]"};
    m->record = (struct span){b.data, b.len};
    static const char nir[] = "2990162999999";
    m->faulty_kept = 2;
    m->faulty[0] = (struct faulty){
        VRSB_Identification_DTNAI, "Personne[1]/Identification/DTNAI", {(const uint8_t *)faulty_dtnai, strlen(faulty_dtnai)}};
    m->faulty[1] = (struct faulty){VRSB_Identification_NIR, "Personne[1]/Identification/NIR", {(const uint8_t *)nir, strlen(nir)}};
    ck_assert_int_eq(facts_read(&facts, &schema_vrsb0801, m->record), ERR_OK);
    ck_assert_int_eq(apply_reject(r->apply, m, &facts), ERR_OK);
    facts_free(&facts);
    r->totals.rejected++;
    buf_free(&b);
    free(m);
}

uint32_t run_end(struct run *r)
{
    struct flux_entry *f = calloc(1, sizeof *f);
    struct totals *n = &r->totals;
    snprintf(f->file, sizeof f->file, "flux.zip");
    snprintf(f->member, sizeof f->member, "member.xml");
    memset(f->member_sha256, r->made.digest, 32);
    memset(f->archive_sha256, 0xa0 ^ r->made.digest, 32);
    f->created = n->created;
    f->updated = n->updated;
    f->unchanged = n->unchanged;
    f->superseded = n->superseded;
    f->rejected = n->rejected;
    f->read = n->created + n->updated + n->unchanged + n->superseded + n->rejected;
    f->announced = (int64_t)f->read;
    ck_assert_int_eq(apply_end(r->apply, f), ERR_OK);
    n->updated = f->updated;
    n->superseded = f->superseded;
    ck_assert_int_eq(store_commit(r->t), ERR_OK);
    uint32_t id = f->id;
    free(f);
    return id;
}

uint32_t flux_apply(struct fixture *f, const struct made_flux *made, const struct made_household *h, size_t count, struct totals *out)
{
    struct run r;
    run_begin(&r, f, made);
    for (size_t i = 0; i < count; i++)
        run_household(&r, &h[i]);
    uint32_t id = run_end(&r);
    if (out)
        *out = r.totals;
    return id;
}

int64_t days_of(const char *iso)
{
    int64_t days = 0;
    int year = 0, month = 0, day = 0;
    const char *at = iso;
    for (; *at && *at != '-'; at++)
        year = year * 10 + *at - '0';
    for (at++; *at && *at != '-'; at++)
        month = month * 10 + *at - '0';
    for (at++; *at; at++)
        day = day * 10 + *at - '0';
    ck_assert(date_to_days(year, month, day, &days));
    return days;
}

struct found {
    size_t count;
    uint64_t first, last;
};

static bool note(void *ctx, uint64_t serial)
{
    struct found *found = ctx;
    ck_assert(found->count == 0 || serial > found->last);
    if (!found->count++)
        found->first = serial;
    found->last = serial;
    return true;
}

size_t search_count(struct fixture *f, enum search_by by, const char *text, const char *prenom, const char *dtnai, uint64_t *first)
{
    struct store_txn *t;
    struct found found = {0};
    ck_assert_int_eq(store_read(f->store, &t), ERR_OK);
    ck_assert_int_eq(dossier_search(t, by, text, prenom, dtnai ? days_of(dtnai) : 0, note, &found), ERR_OK);
    store_abort(t);
    if (first)
        *first = found.first;
    return found.count;
}

bool record_has(const struct buf *record, node_id n, char text[VALUE_TEXT_MAX])
{
    struct value v;
    if (!record_find(schema_vrsb0801.household, record->data, record->len, n, &v))
        return false;
    value_text(&v, text);
    return true;
}

void store_is_sound(struct fixture *f)
{
    struct store_txn *t;
    uint64_t checked = 0;
    ck_assert_int_eq(store_read(f->store, &t), ERR_OK);
    ck_assert_int_eq(store_verify(t, &checked), ERR_OK);
    ck_assert_uint_gt(checked, 0);
    store_abort(t);
}
