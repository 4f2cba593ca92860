#include "flux/intake/person_act.h"

#include <inttypes.h>
#include <stdio.h>

#include "flux/intake/act.h"
#include "flux/intake/import.h"

static const char *const ops[] = {
    [PERSON_MERGE] = "person.merge", [PERSON_DISMISS] = "person.dismiss", [PERSON_UNMERGE] = "person.unmerge"};

static enum err put_act(struct store_txn *t, const struct person_change *c)
{
    char detail[512], subject[64];
    if (c->kind == PERSON_UNMERGE)
        snprintf(subject, sizeof subject, "person:%" PRIu64, c->a);
    else
        snprintf(subject, sizeof subject, "pair:%" PRIu64 "-%" PRIu64, c->a, c->b);
    snprintf(detail, sizeof detail, "reason: %s", c->reason);
    const struct journal_act act = {ops[c->kind], subject, "", detail};
    return act_put(t, &act);
}

static enum err change(struct store_txn *t, const struct intake_options *o, const struct person_change *c, struct decision *undone)
{
    const struct person_act act = {o->now(), o->user, c->reason};
    if (c->kind == PERSON_MERGE)
        return person_merge(t, c->a, c->b, &act);
    return c->kind == PERSON_DISMISS ? person_dismiss(t, c->a, c->b, c->until, &act) : person_unmerge(t, c->a, undone);
}

static enum err run(struct store *s, const struct intake_options *o, const struct person_change *c, struct decision *undone)
{
    struct store_txn *t = NULL;
    enum err e = store_write(s, &t);
    if (!e)
        e = change(t, o, c, undone);
    if (!e)
        e = put_act(t, c);
    if (e) {
        store_abort(t);
        return e;
    }
    return store_commit(t);
}

enum err intake_person(const struct intake_options *o, const struct person_change *c, struct decision *undone, bool *applied)
{
    struct store *s = NULL;
    *applied = false;
    enum err e = store_open(&o->place, true, "person", o->waiting, o->ctx, &s);
    if (!e)
        e = import_drain(o, s);
    if (!e) {
        e = run(s, o, c, undone);
        *applied = !e;
    }
    if (*applied)
        e = import_drain(o, s);
    store_close(s);
    return e;
}
