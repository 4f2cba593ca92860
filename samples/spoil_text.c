#include "flux/record/value.h"
#include "samples/spoil_edit.h"

enum { CENTURY = 100 };

/* Puts the changed 13 characters, and their key where the person's NIR has one. */
static void put_nir(const char *person_nir, const char changed[NIR_SHORT], struct text *t)
{
    text_add_bytes(t, changed, NIR_SHORT);
    if (person_nir[NIR_SHORT] != '\0')
        text_add_number(t, nir_key(changed), 2);
}

void nir_month_13(const struct fill *f, struct text *t)
{
    const char *nir = fill_person(f)->nir;
    text_add_bytes(t, nir, 3);
    text_add(t, "13");
    text_add(t, nir + 5);
}

void nir_wrong_key(const struct fill *f, struct text *t)
{
    const char *nir = fill_person(f)->nir;
    text_add_bytes(t, nir, NIR_SHORT);
    text_add_number(t, nir_key(nir) % 97 + 1, 2);
}

static void change_digit(const struct fill *f, unsigned at, char digit, struct text *t)
{
    char nir[NIR_SHORT];
    memcpy(nir, fill_person(f)->nir, sizeof nir);
    nir[at] = digit;
    put_nir(fill_person(f)->nir, nir, t);
}

void nir_provisional(const struct fill *f, struct text *t) { change_digit(f, 0, fill_person(f)->nir[0] == '1' ? '7' : '8', t); }

void nir_other_sex(const struct fill *f, struct text *t) { change_digit(f, 0, fill_person(f)->nir[0] == '1' ? '2' : '1', t); }

void nir_other_year(const struct fill *f, struct text *t) { change_digit(f, 2, fill_person(f)->nir[2] == '9' ? '8' : '9', t); }

void nir_of_demandeur(const struct fill *f, struct text *t) { text_add(t, f->h->persons[0].nir); }

void sex_of_demandeur(const struct fill *f, struct text *t) { text_add(t, f->h->persons[0].woman ? "2" : "1"); }

static void put_date(int64_t days, int years, struct text *t)
{
    int year, month, day;
    date_from_days(days, &year, &month, &day);
    text_add_number(t, (uint64_t)(year + years), 4);
    text_add(t, "-");
    text_add_number(t, (uint64_t)month, 2);
    text_add(t, "-");
    text_add_number(t, (uint64_t)day, 2);
}

void birth_of_demandeur(const struct fill *f, struct text *t) { put_date(f->h->persons[0].born, 0, t); }

/* A century away, so that the two digits of the NIR still agree. */
void born_in_100_years(const struct fill *f, struct text *t) { put_date(fill_person(f)->born, CENTURY, t); }

void born_100_years_before(const struct fill *f, struct text *t) { put_date(fill_person(f)->born, -CENTURY, t); }

void short_numdemrsa(const struct fill *f, struct text *t) { text_add(t, f->h->numdemrsa + 1); }

void other_departement(const struct fill *f, struct text *t) { text_add(t, strcmp(f->options->departement, "013") == 0 ? "069" : "013"); }

void other_commune(const struct fill *f, struct text *t) { text_add(t, strcmp(f->options->departement, "013") == 0 ? "69123" : "13055"); }

/* Of the first address, whichever it is about. */
void first_commune(const struct fill *f, struct text *t)
{
    struct fill first = *f;
    struct cell c;
    first.at[VRSB_Adresse] = 0;
    if (fill_leaf(&first, VRSB_AdresseDetailleeFrance_NUMCOM, &c))
        text_add_bytes(t, c.text, c.len);
}

void one_household_more(const struct fill *f, struct text *t) { text_add_number(t, f->written + 1, 8); }
