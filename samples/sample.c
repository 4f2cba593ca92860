#include "samples/sample.h"

#include <string.h>

#include "flux/record/value.h"
#include "samples/fill.h"
#include "samples/spoil.h"
#include "samples/truth.h"
#include "samples/xml_out.h"

enum { TEXT_MAX = 64 };

struct writer {
    struct xml_out xml;
    struct fill fill;
    struct household household;
    struct spoil *spoil; /* NULL: everything is right */
    struct truth *truth; /* NULL: everybody is who they seem */
    enum err err;
};

static void put_digits(char *at, unsigned width, uint64_t n)
{
    for (unsigned i = width; i-- > 0; n /= 10)
        at[i] = (char)('0' + n % 10);
}

static size_t date_text(int64_t days, char text[TEXT_MAX])
{
    int year, month, day;
    date_from_days(days, &year, &month, &day);
    memcpy(text, "0000-00-00", 10);
    put_digits(text, 4, (uint64_t)year);
    put_digits(text + 5, 2, (uint64_t)month);
    put_digits(text + 8, 2, (uint64_t)day);
    return 10;
}

static size_t time_text(int64_t ticks, char text[TEXT_MAX])
{
    uint64_t t = (uint64_t)ticks;
    memcpy(text, "00:00:00.0000", 13);
    put_digits(text, 2, t / 36000000);
    put_digits(text + 3, 2, t / 600000 % 60);
    put_digits(text + 6, 2, t / 10000 % 60);
    put_digits(text + 9, 4, t % 10000);
    return 13;
}

/* Filled with zeros to the digits that the schema allows, as the payers do. */
static size_t amount_text(const struct node *n, int64_t centimes, char text[TEXT_MAX])
{
    unsigned whole = n->max_len - 2U;
    put_digits(text, whole, (uint64_t)centimes / 100);
    text[whole] = '.';
    put_digits(text + whole + 1, 2, (uint64_t)centimes % 100);
    return whole + 3;
}

static size_t number_text(const struct node *n, int64_t number, char text[TEXT_MAX])
{
    switch (n->type) {
    case TYPE_DATE:
        return date_text(number, text);
    case TYPE_TIME:
        return time_text(number, text);
    case TYPE_AMOUNT:
        return amount_text(n, number, text);
    case TYPE_INTEGER:
        put_digits(text, n->max_len, (uint64_t)number);
        return n->max_len;
    default:
        text[0] = number != 0 ? '1' : '0';
        return 1;
    }
}

static bool is_text(const struct node *n)
{
    return n->type == TYPE_TEXT || n->type == TYPE_CODE || n->type == TYPE_NIR || n->type == TYPE_DIGITS;
}

static size_t characters(const char *text, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += ((unsigned char)text[i] & 0xC0) != 0x80;
    return n;
}

static void put_leaf(struct writer *w, node_id id, const struct edit *e, const char *text, size_t len)
{
    if (w->spoil)
        spoil_leaf(w->spoil, &w->xml, id, e, text, len);
    else
        xml_leaf(&w->xml, schema_vrsb0801.nodes[id].name, text, len);
}

static void write_leaf(struct writer *w, node_id id)
{
    const struct node *n = &schema_vrsb0801.nodes[id];
    const struct edit *e = w->spoil ? spoil_edit(w->spoil, &w->fill, id) : NULL;
    struct cell cell;
    struct text other;
    char text[TEXT_MAX];
    if (edit_omits(e))
        return;
    if (e && spoil_text(&w->fill, e, &other)) {
        put_leaf(w, id, e, other.s, other.len);
        return;
    }
    if (!fill_leaf(&w->fill, id, &cell)) {
        if (n->min_occurs > 0)
            w->err = ERR_BUG;
        return;
    }
    if (is_text(n)) {
        if (characters(cell.text, cell.len) > n->max_len)
            w->err = ERR_BUG;
        put_leaf(w, id, e, cell.text, cell.len);
        return;
    }
    put_leaf(w, id, e, text, number_text(n, cell.number, text));
}

static void write_blocks(struct writer *w, node_id id);

static void write_child(struct writer *w, node_id n)
{
    if (schema_vrsb0801.nodes[n].type == TYPE_BLOCK)
        write_blocks(w, n);
    else
        write_leaf(w, n);
}

static void write_block(struct writer *w, node_id id)
{
    const struct node *nodes = schema_vrsb0801.nodes;
    if (w->spoil)
        spoil_enter(w->spoil, id, w->xml.line);
    xml_open(&w->xml, nodes[id].name, "");
    for (node_id n = (node_id)(id + 1); n < nodes[id].end; n = nodes[n].end) {
        if (w->spoil && edit_swaps(spoil_edit(w->spoil, &w->fill, n))) {
            write_child(w, nodes[n].end);
            write_child(w, n);
            n = nodes[n].end;
            continue;
        }
        write_child(w, n);
    }
    if (w->spoil)
        spoil_leave(w->spoil, w->xml.line);
    xml_close(&w->xml, nodes[id].name);
}

/* More of a block than there are say what the last one says. */
static void write_blocks(struct writer *w, node_id id)
{
    const struct node *n = &schema_vrsb0801.nodes[id];
    unsigned count = fill_count(&w->fill, id), written = w->spoil ? spoil_count(w->spoil, &w->fill, id, count) : count;
    if (count < n->min_occurs || count > n->max_occurs)
        w->err = ERR_BUG;
    for (unsigned i = 0; i < written; i++) {
        w->fill.at[id] = (uint8_t)(i < count ? i : count ? count - 1 : 0);
        write_block(w, id);
    }
    w->fill.at[id] = 0;
}

static void write_made(struct writer *w)
{
    w->fill.h = &w->household;
    w->fill.written++;
    w->fill.anomalies += fill_count(&w->fill, VRSB_Anomalie) > 0;
    write_block(w, schema_vrsb0801.household);
    truth_tell(w->truth, &w->household);
}

static void write_household(struct writer *w, const struct series *s, unsigned start, uint32_t rank, bool again)
{
    struct household *h = &w->household;
    const struct sample_options *o = w->fill.options;
    household_make(o, s, start, rank, h);
    if (w->truth) {
        truth_change(w->truth, h, start, rank);
        if (h->life.present)
            write_made(w);
        return;
    }
    if (!h->life.present || (o->daily && (!h->changed || h->day != (unsigned)o->day)))
        return;
    w->fill.h = h;
    w->fill.written++;
    unsigned anomalies = fill_count(&w->fill, VRSB_Anomalie);
    if (w->spoil) {
        if (again)
            spoil_choose_again(w->spoil, &w->fill);
        else
            spoil_choose(w->spoil, &w->fill, start, rank);
        anomalies = spoil_count(w->spoil, &w->fill, VRSB_Anomalie, anomalies);
    }
    w->fill.anomalies += anomalies > 0;
    write_block(w, schema_vrsb0801.household);
    if (w->spoil)
        spoil_household_end(w->spoil);
}

static bool stopped(const struct writer *w) { return w->err != ERR_OK || w->xml.err != ERR_OK; }

static void write_households(struct writer *w)
{
    const struct sample_options *o = w->fill.options;
    struct series s = series_of(o);
    struct household *h = &w->household;
    for (uint32_t rank = 0; rank < o->households && !stopped(w); rank++)
        write_household(w, &s, 0, rank, false);
    for (unsigned start = 1; start <= o->month_index; start++)
        for (uint32_t rank = 0; rank < life_arrivals(o->households) && !stopped(w); rank++)
            write_household(w, &s, start, rank, false);
    for (uint32_t rank = 0; w->truth && rank < w->truth->o->caf.households && !stopped(w); rank++)
        if (truth_further(w->truth, rank, h))
            write_made(w);
    if (w->spoil && w->spoil->again.due)
        write_household(w, &s, w->spoil->again.start, w->spoil->again.rank, true);
    w->fill.h = NULL;
}

static bool good_departement(const char d[4]) { return strnlen(d, 4) == 3 && strspn(d, "0123456789AB") == 3; }

static int days_of(const struct sample_options *o)
{
    int64_t first, days = 0;
    if (!date_to_days(o->year, o->month, 1, &first))
        return 0;
    while (date_to_days(o->year, o->month, (int)days + 1, &first))
        days++;
    return (int)days;
}

static enum err check(const struct sample_options *o)
{
    if (o->households == 0 || o->households > LIFE_FIRST_MAX || o->month_index > LIFE_MONTHS_MAX || o->changed_per_mille > 1000)
        return ERR_USAGE;
    if (o->emitter > SAMPLE_MSA || o->encoding > SAMPLE_ISO_8859_15 || o->year < 2010 || o->year > 2099 || days_of(o) == 0)
        return ERR_USAGE;
    if (o->daily && (o->day < 1 || o->day > days_of(o)))
        return ERR_USAGE;
    return good_departement(o->departement) ? ERR_OK : ERR_BAD;
}

static void write_flux(struct writer *w)
{
    static const char attributes[] =
        " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:noNamespaceSchemaLocation=\"vrsb0801.xsd\"";
    const char *root = schema_vrsb0801.nodes[0].name;
    if (w->spoil) {
        spoil_prolog(w->spoil, &w->xml, root, attributes);
    } else {
        xml_declaration(&w->xml);
        xml_open(&w->xml, root, attributes);
    }
    write_blocks(w, schema_vrsb0801.header);
    write_households(w);
    write_blocks(w, schema_vrsb0801.trailer);
    if (w->spoil)
        spoil_leave(w->spoil, w->xml.line);
    xml_close(&w->xml, w->spoil ? spoil_root(w->spoil, root) : root);
}

static enum err write_all(const struct sample_options *o, struct spoil *spoil, struct truth *truth, FILE *out, uint64_t *written)
{
    struct writer w = {.fill = {.options = o}, .spoil = spoil, .truth = truth};
    enum err e = check(o);
    *written = 0;
    if (e != ERR_OK)
        return e;
    e = xml_out_init(&w.xml, out, o->encoding, o->indent);
    if (e != ERR_OK)
        return e;
    write_flux(&w);
    e = xml_out_done(&w.xml);
    *written = w.fill.written;
    if (e == ERR_OK && spoil)
        e = spoil_end(spoil);
    return w.err != ERR_OK ? w.err : e;
}

enum err sample_write_spoiled(const struct sample_options *o, struct spoil *spoil, FILE *out, uint64_t *written)
{
    return write_all(o, spoil, NULL, out, written);
}

enum err truth_write(const struct truth_options *o, enum sample_emitter emitter, FILE *out, uint64_t *written)
{
    struct truth truth = {.o = o, .msa = emitter == SAMPLE_MSA};
    struct sample_options options = o->caf;
    if (truth.msa)
        truth_msa(o, &options);
    return write_all(&options, NULL, &truth, out, written);
}

enum err sample_write(const struct sample_options *o, FILE *out, uint64_t *written) { return sample_write_spoiled(o, NULL, out, written); }
