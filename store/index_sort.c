#include <string.h>

#include "store/index.h"

/* Blinds are uniform, so that one byte parts the entries into nearly equal heaps: an American flag sort (McIlroy, Bostic, McIlroy,
 * Engineering radix sort, 1993). Equal blinds are told apart by their serial, the last bytes. */
enum { FEW = 32, HEAPS = 256 };

typedef uint8_t entry[KEY_INDEX];

static void insert_sort(entry *at, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        entry moved;
        memcpy(moved, at[i], sizeof moved);
        size_t to = i;
        for (; to > 0 && memcmp(at[to - 1], moved, sizeof moved) > 0; to--)
            memcpy(at[to], at[to - 1], sizeof moved);
        memcpy(at[to], moved, sizeof moved);
    }
}

/* Every entry into the heap of its byte: from[b] is the first of heap b that is not in place, end[b] the end of the heap. */
static void part(entry *at, unsigned byte, size_t from[HEAPS], const size_t end[HEAPS])
{
    for (unsigned b = 0; b < HEAPS; b++)
        while (from[b] < end[b]) {
            uint8_t *here = at[from[b]];
            unsigned heap = here[byte];
            if (heap != b) {
                entry moved;
                memcpy(moved, at[from[heap]], sizeof moved);
                memcpy(at[from[heap]], here, sizeof moved);
                memcpy(here, moved, sizeof moved);
            }
            from[heap]++;
        }
}

static void sort_from(entry *at, size_t n, unsigned byte)
{
    size_t from[HEAPS] = {0}, end[HEAPS], sum = 0;
    for (size_t i = 0; i < n; i++)
        from[at[i][byte]]++;
    for (unsigned b = 0; b < HEAPS; b++) {
        size_t count = from[b];
        from[b] = sum;
        end[b] = sum += count;
    }
    part(at, byte, from, end);
    for (unsigned b = 0; b < HEAPS; b++) {
        size_t start = b ? end[b - 1] : 0, count = end[b] - start;
        if (count <= FEW)
            insert_sort(at + start, count);
        else if (byte + 1 < KEY_INDEX)
            sort_from(at + start, count, byte + 1);
    }
}

void index_sort(uint8_t (*entries)[KEY_INDEX], size_t count)
{
    if (count)
        sort_from(entries, count, 0);
}
