#include "flux/intake/nearest.h"

#include <string.h>

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

/* Insertions, deletions, substitutions and swaps of neighbours. Both words are shorter than NEAREST_WORD_MAX. */
static size_t distance(const char *a, size_t la, const char *b, size_t lb)
{
    size_t rows[3][NEAREST_WORD_MAX + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= lb; j++)
        last[j] = j;
    for (size_t i = 1; i <= la; i++) {
        now[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            now[j] = min3(last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < now[j])
                now[j] = before[j - 2] + 1;
        }
        size_t *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[lb];
}

void nearest_init(struct nearest *n, const char *typed)
{
    n->typed = typed;
    n->best = NULL;
    n->distance = NEAREST_WORD_MAX;
}

void nearest_try(struct nearest *n, const char *word)
{
    size_t typed_len = strlen(n->typed), len = strlen(word);
    if (typed_len == 0 || typed_len > NEAREST_WORD_MAX || len > NEAREST_WORD_MAX)
        return;
    size_t d = distance(n->typed, typed_len, word, len);
    size_t allowed = len < 3 ? 1 : (len + 2) / 3;
    if (typed_len >= 3 && strncmp(word, n->typed, typed_len) == 0)
        d = d > 1 ? 1 : d;
    if (d > allowed || d >= n->distance)
        return;
    n->best = word;
    n->distance = d;
}
