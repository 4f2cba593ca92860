#include "store/keys.h"

#include <string.h>

static void add(struct key *k, const void *data, size_t n)
{
    memcpy(k->data + k->len, data, n);
    k->len = (uint8_t)(k->len + n);
}

static void add_be(struct key *k, uint64_t v, unsigned bytes)
{
    for (unsigned i = bytes; i-- > 0;)
        k->data[k->len++] = (uint8_t)(v >> (8 * i));
}

static struct key number(uint64_t v, unsigned bytes)
{
    struct key k = {0};
    add_be(&k, v, bytes);
    return k;
}

static struct key pair(uint64_t a, unsigned a_bytes, uint64_t b, unsigned b_bytes)
{
    struct key k = number(a, a_bytes);
    add_be(&k, b, b_bytes);
    return k;
}

struct key key_meta(enum store_meta what) { return number(what, 1); }

struct key key_dossier(uint64_t serial) { return number(serial, 8); }

struct key key_version(uint32_t flux, uint64_t serial) { return pair(flux, 4, serial, 8); }

struct key key_flux(uint32_t id) { return number(id, 4); }

struct key key_flux_chunk(uint32_t flux, uint32_t chunk) { return pair(flux, 4, chunk, 4); }

struct key key_person(uint64_t serial) { return number(serial, 8); }

struct key key_index_prefix(enum blind_use use, const uint8_t blind[KEY_BLIND])
{
    struct key k = number(use, 1);
    add(&k, blind, KEY_BLIND);
    return k;
}

struct key key_index(enum blind_use use, const uint8_t blind[KEY_BLIND], uint64_t serial)
{
    struct key k = key_index_prefix(use, blind);
    add_be(&k, serial, 8);
    return k;
}

struct key key_reject(uint32_t id) { return number(id, 4); }

struct key key_reject_prefix(const uint8_t blind[KEY_BLIND])
{
    struct key k = {0};
    add(&k, blind, KEY_BLIND);
    return k;
}

struct key key_reject_by(const uint8_t blind[KEY_BLIND], uint32_t id)
{
    struct key k = key_reject_prefix(blind);
    add_be(&k, id, 4);
    return k;
}

struct key key_group(uint64_t leader) { return number(leader, 8); }

struct key key_review_prefix(uint64_t person) { return number(person, 8); }

struct key key_review(uint64_t person, uint64_t other) { return pair(person, 8, other, 8); }

struct key key_decision_prefix(const uint8_t one[KEY_BLIND])
{
    struct key k = {0};
    add(&k, one, KEY_BLIND);
    return k;
}

struct key key_decision(const uint8_t one[KEY_BLIND], const uint8_t other[KEY_BLIND], uint8_t kind)
{
    struct key k = key_decision_prefix(one);
    add(&k, other, KEY_BLIND);
    add_be(&k, kind, 1);
    return k;
}

struct key key_outbox(uint64_t seq) { return number(seq, 8); }

struct key place_image(uint64_t serial, uint32_t flux)
{
    struct key k = {0};
    add(&k, "image", 5);
    add_be(&k, serial, 8);
    add_be(&k, flux, 4);
    return k;
}

struct key place_data_key(uint64_t serial)
{
    struct key k = {0};
    add(&k, "dossier-key", 11);
    add_be(&k, serial, 8);
    return k;
}

struct key place_findings(uint64_t serial, uint32_t flux)
{
    struct key k = {0};
    add(&k, "findings", 8);
    add_be(&k, serial, 8);
    add_be(&k, flux, 4);
    return k;
}

struct key place_report(uint32_t flux)
{
    struct key k = {0};
    add(&k, "report", 6);
    add_be(&k, flux, 4);
    return k;
}

struct key place_reject(uint32_t id)
{
    struct key k = {0};
    add(&k, "reject", 6);
    add_be(&k, id, 4);
    return k;
}

struct key place_reject_key(uint32_t id)
{
    struct key k = {0};
    add(&k, "reject-key", 10);
    add_be(&k, id, 4);
    return k;
}

struct key place_fingerprint(void)
{
    struct key k = {0};
    add(&k, "fingerprint", 11);
    return k;
}

uint32_t key_tail32(struct span key) { return key.len < 4 ? 0 : be32(key.data + key.len - 4); }

uint64_t key_tail64(struct span key) { return key.len < 8 ? 0 : be64(key.data + key.len - 8); }
