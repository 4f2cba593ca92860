#include "flux/record/commune.h"

#include <string.h>

enum { NUMCOM_LEN = 5 };

static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }

static bool is_corsican(const uint8_t *d) { return d[0] == '2' && (d[1] == 'A' || d[1] == 'B'); }

/* How the communes of a département begin: "62" of 062, "2A" of 02A, "974"; empty when this is no département that we know. */
static struct span prefix_of(struct span d)
{
    const struct span none = {0};
    bool overseas = d.len == 3 && d.data[0] == '9' && (d.data[1] == '7' || d.data[1] == '8') && is_digit(d.data[2]);
    bool filled = d.len == 3 && d.data[0] == '0';
    if (!overseas && !filled && d.len != 2)
        return none;
    const uint8_t *at = d.data + filled;
    if (!is_digit(at[0]) || (!is_digit(at[1]) && !is_corsican(at)))
        return none;
    return (struct span){at, overseas ? 3 : 2};
}

/* Until 1976 all of Corsica was département 20, and some numbers still say so. */
static bool is_corsica_twice(const uint8_t *a, const uint8_t *b)
{
    bool whole_a = memcmp(a, "20", 2) == 0, whole_b = memcmp(b, "20", 2) == 0;
    return (whole_a && is_corsican(b)) || (whole_b && is_corsican(a));
}

/* 1 inside, 0 elsewhere, -1 unknown. */
static int compare(struct span ideparte, struct span numcom)
{
    struct span prefix = prefix_of(ideparte);
    if (prefix.len == 0 || numcom.len != NUMCOM_LEN || !is_digit(numcom.data[0]))
        return -1;
    return memcmp(numcom.data, prefix.data, prefix.len) == 0 || is_corsica_twice(numcom.data, prefix.data);
}

bool commune_elsewhere(struct span ideparte, struct span numcom) { return compare(ideparte, numcom) == 0; }

bool commune_inside(struct span ideparte, struct span numcom) { return compare(ideparte, numcom) == 1; }
