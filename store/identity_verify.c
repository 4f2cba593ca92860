#include <string.h>

#include "store/identity_rows.h"
#include "store/person.h"

static enum err person_leader(struct store_txn *t, uint64_t person, uint64_t *leader)
{
    struct person p = {0};
    enum err e = corrupt_if(person_load(t, person, &p), ERR_NOTFOUND);
    *leader = p.leader;
    person_free(&p);
    return e;
}

enum err identity_verify_group(struct store_txn *t, struct span key, struct span value)
{
    struct group g;
    uint64_t leader;
    enum err e = group_read(t, key, value, &g);
    if (!e && (g.count < 2 || g.at[0].person != key_tail64(key)))
        e = ERR_CORRUPT;
    for (size_t i = 0; !e && i < g.count; i++) {
        e = person_leader(t, g.at[i].person, &leader);
        if (!e && (leader != g.at[0].person || g.at[i].rule == RULE_ALONE || (i > 0 && g.at[i].person <= g.at[i - 1].person)))
            e = ERR_CORRUPT;
    }
    group_free(&g);
    return e;
}

enum err identity_verify_person(struct store_txn *t, uint64_t person, uint64_t leader)
{
    struct group g = {0};
    bool listed = false;
    if (!leader)
        return ERR_OK;
    enum err e = corrupt_if(group_load(t, leader, &g), ERR_NOTFOUND);
    for (size_t i = 0; !e && i < g.count; i++)
        listed |= g.at[i].person == person;
    group_free(&g);
    return e ? e : listed ? ERR_OK : ERR_CORRUPT;
}

/* Each is there both ways round, and the two say the same. */
enum err identity_verify_review(struct store_txn *t, struct span key, struct span value)
{
    struct review_entry one, other;
    struct span turned_value;
    uint64_t leader[2];
    enum err e = review_read(t, key, value, &one);
    if (e)
        return e;
    uint64_t a = be64(key.data), b = key_tail64(key);
    struct key turned = key_review(b, a);
    e = txn_must(t, TABLE_REVIEW, turned, &turned_value);
    if (!e)
        e = review_read(t, key_span(&turned), turned_value, &other);
    if (!e)
        e = person_leader(t, a, &leader[0]);
    if (!e)
        e = person_leader(t, b, &leader[1]);
    if (e)
        return e;
    bool same = one.reason == other.reason && one.compared == other.compared && one.since == other.since;
    return same && a != b && (!leader[0] || leader[0] != leader[1]) ? ERR_OK : ERR_CORRUPT;
}

enum err identity_verify_decision(struct store_txn *t, struct span key, struct span value)
{
    struct decision d;
    struct key keys[2];
    struct span turned;
    enum err e = decision_read(t, key, value, &d);
    if (!e)
        e = decision_keys(t, &d, keys);
    if (!e && (key.len != keys[0].len || memcmp(key.data, keys[0].data, key.len) != 0))
        e = ERR_CORRUPT;
    return e ? e : txn_must(t, TABLE_DECISION, keys[1], &turned);
}
