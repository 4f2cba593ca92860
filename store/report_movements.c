#include <stdlib.h>

#include "store/flux_set.h"
#include "store/person.h"
#include "store/report_image.h"

struct search {
    struct store_txn *t;
    struct images m;
    struct report_flux flux;
    struct report_image before, after, scratch;
    struct person person;
    uint64_t dossier;
    bool known; /* before is of use */
    enum err (*visit)(void *ctx, const struct report_movement *m);
    void *ctx;
};

static enum err pass_on(void *ctx, const struct movement *m)
{
    struct search *s = ctx;
    const struct report_image *of = m->person_before ? &s->before : &s->after;
    const struct report_movement row = {.flux = &s->flux,
                                        .dossier = s->dossier,
                                        .movement = m,
                                        .before = s->known ? &s->before.right : NULL,
                                        .after = &s->after.right,
                                        .who = m->person < 0 ? NULL : &of->right.persons[m->person],
                                        .person = m->person < 0 ? 0 : of->persons.at[m->person]};
    return s->visit(s->ctx, &row);
}

static bool told_before(const struct right_day *now, const struct right_day *then)
{
    return now->told && then->told && now->days == then->days;
}

/* A mutation is told by the daily flux and by the monthly one, with others in between: each day of one is one movement. */
static enum err look_back(struct search *s, size_t number, struct movement_side *after)
{
    enum err e = ERR_OK;
    const struct right *now = &s->after.right;
    if (!now->arrival.told && !now->departure.told)
        return ERR_OK;
    while (!e && number-- > 0) {
        if ((e = report_image_open(&s->scratch, &s->m, number)))
            break;
        after->arrival_known |= told_before(&now->arrival, &s->scratch.right.arrival);
        after->departure_known |= told_before(&now->departure, &s->scratch.right.departure);
    }
    return e;
}

static bool all_in(const struct serials *a, const struct serials *b)
{
    for (size_t i = 0; i < a->count; i++)
        if (!serials_have(b, a->at[i]))
            return false;
    return true;
}

static enum err to_leaders(struct search *s, struct serials *who)
{
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < who->count; i++) {
        e = corrupt_if(person_load(s->t, who->at[i], &s->person), ERR_NOTFOUND);
        if (!e && s->person.leader)
            who->at[i] = s->person.leader;
    }
    return e;
}

/* Whoever left and whoever came may be one person, whose name was corrected. */
static enum err join_persons(struct search *s)
{
    if (all_in(&s->before.persons, &s->after.persons) && all_in(&s->after.persons, &s->before.persons))
        return ERR_OK;
    enum err e = to_leaders(s, &s->before.persons);
    return e ? e : to_leaders(s, &s->after.persons);
}

static enum err compare(struct search *s, size_t number)
{
    struct movement_side before = {0}, after = {0};
    enum err e = report_image_open(&s->after, &s->m, number);
    if (!e)
        e = report_state(&s->after, &s->m, number, &s->scratch, &after.state);
    s->known = number > 0;
    if (!e && s->known)
        e = report_image_open(&s->before, &s->m, number - 1);
    if (!e && s->known)
        e = join_persons(s);
    if (!e && s->known)
        e = report_state(&s->before, &s->m, number - 1, &s->scratch, &before.state);
    if (!e)
        e = look_back(s, number, &after);
    if (e)
        return e;
    before.right = &s->before.right;
    before.persons = s->before.persons.at;
    after.right = &s->after.right;
    after.persons = s->after.persons.at;
    return movements_between(s->known ? &before : NULL, &after, s->flux.reference, pass_on, s);
}

/* What the flux said of a dossier is a change when it has an image of its own. */
static enum err visit_dossier(void *ctx, uint64_t serial)
{
    struct search *s = ctx;
    s->dossier = serial;
    enum err e = images_load(&s->m, s->t, serial);
    for (size_t n = s->m.head.versions.count + 1; !e && n-- > 0;)
        if (images_flux(&s->m, n) == s->flux.id) {
            e = compare(s, n);
            break;
        }
    images_free(&s->m);
    return corrupt_if(e, ERR_NOTFOUND);
}

static enum err each_flux(struct search *s, int64_t since, int64_t until)
{
    const struct timeline *tl;
    enum err e = timeline_of(s->t, &tl);
    for (size_t i = 0; !e && i < tl->count; i++) {
        if (tl->at[i].undone)
            continue;
        e = report_flux_of(s->t, &tl->at[i], &s->flux);
        if (!e && s->flux.created >= since && s->flux.created <= until)
            e = flux_set_each(s->t, s->flux.id, visit_dossier, s);
    }
    return e;
}

enum err report_movements(struct store_txn *t, int64_t since, int64_t until, enum err (*visit)(void *ctx, const struct report_movement *m),
                          void *ctx)
{
    struct search *s = calloc(1, sizeof *s);
    if (!s)
        return ERR_NOMEM;
    s->t = t;
    s->visit = visit;
    s->ctx = ctx;
    report_image_init(&s->before);
    report_image_init(&s->after);
    report_image_init(&s->scratch);
    enum err e = each_flux(s, since, until);
    report_image_free(&s->before);
    report_image_free(&s->after);
    report_image_free(&s->scratch);
    person_free(&s->person);
    free(s);
    return e;
}
