#include "samples/names.h"

#include <string.h>

#include "samples/rng.h"

#define NAMES(list, ...) static const char *const list##_words[] = {__VA_ARGS__};
#include "samples/names.def"
#undef NAMES

static const struct {
    const char *const *words;
    uint32_t count;
} lists[NAMES_COUNT] = {
#define NAMES(list, ...) [NAMES_##list] = {list##_words, (uint32_t)(sizeof list##_words / sizeof *list##_words)},
#include "samples/names.def"
#undef NAMES
};

void text_add_bytes(struct text *t, const char *s, size_t n)
{
    if (n > sizeof t->s - t->len)
        return;
    memcpy(t->s + t->len, s, n);
    t->len += n;
}

void text_add(struct text *t, const char *s) { text_add_bytes(t, s, strlen(s)); }

void text_add_number(struct text *t, uint64_t n, unsigned width)
{
    char digits[24];
    unsigned at = sizeof digits;
    for (; n > 0 || (width > 0 && at > sizeof digits - width); n /= 10)
        digits[--at] = (char)('0' + n % 10);
    text_add_bytes(t, digits + at, sizeof digits - at);
}

const char *name_pick(enum name_list list, uint64_t word) { return lists[list].words[rng_below(word, lists[list].count)]; }

static void simple(struct text *t, uint64_t word)
{
    text_add(t, name_pick(NAMES_HEAD, rng_mix(word)));
    text_add(t, name_pick(NAMES_TAIL, rng_mix(word + 1)));
}

void name_of_birth(struct text *t, uint64_t word)
{
    uint32_t kind = rng_below(rng_mix(word + 2), 100);
    if (kind < 6)
        text_add(t, name_pick(NAMES_PARTICLE, rng_mix(word + 3)));
    simple(t, word);
    if (kind >= 94) {
        text_add(t, "-");
        simple(t, word + 4);
    }
}

void name_first(struct text *t, uint64_t word, int woman) { text_add(t, name_pick(woman ? NAMES_WOMAN : NAMES_MAN, rng_mix(word))); }

void name_town(struct text *t, uint64_t word)
{
    if (rng_permille(rng_mix(word + 2), 150))
        text_add(t, "SAINT-");
    text_add(t, name_pick(NAMES_TOWN, rng_mix(word)));
    text_add(t, name_pick(NAMES_TOWN_TAIL, rng_mix(word + 1)));
}
