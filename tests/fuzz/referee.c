/* Agreement with libxml2's validator of XML Schema on mutated households, one per document: we find schema-valid exactly what it does,
 * against the schema that we ship and against that of the payers. Prints no value: paths, lines, rules and kinds of change.
 * Usage: referee OURS.xsd OFFICIAL.xsd|- [RUNS] [SEED] [FIRST]; `… 1 SEED N` repeats case N. */
#include <inttypes.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "samples/sample.h"
#include "tests/fuzz/chance.h"
#include "tests/fuzz/change.h"
#include "tests/fuzz/exclusions.h"
#include "tests/fuzz/tries.h"

enum { BASES = 64, BASES_ANY = 32, HOUSEHOLDS = 4000, CHANGES_MAX = 4, SHOWN_MAX = 12, REFEREES = 2, NOWHERE = 0xffff };

/* An element of the bank that stands for a node of the table. */
struct spot {
    uint16_t base, element;
};

struct done {
    enum change how;
    node_id node;
};

struct bench {
    struct parse_setup *setup;
    struct keep keep;
    struct referee referees[REFEREES];
    unsigned referee_count;
    struct doc *bases;
    unsigned base_count;
    struct spot spots[VRSB_COUNT];
    unsigned values[VRSB_COUNT]; /* of the leaves before this one */
    unsigned value_count;
    uint64_t seed, runs;

    struct doc doc;
    struct done done[CHANGES_MAX];
    unsigned done_count;

    uint64_t hits[VRSB_COUNT], of_change[CHANGES][2], rules[FINDING_COUNT], excluded[EXCLUSIONS];
    uint64_t judged, ill_formed, valid, unjudged, differ;
};

/* ---- households to start from ---- */

/* Notes where elements stand that stood nowhere before; false when the household has something that the table does not have. */
static bool note_spots(struct bench *b, unsigned base, bool *news)
{
    const struct doc *d = &b->bases[base];
    bool known = true;
    for (unsigned k = 0; known && k < d->count; k++) {
        node_id n = d->elements[k].node;
        known = n != NODE_NONE;
        if (known && b->spots[n].base == NOWHERE) {
            b->spots[n] = (struct spot){(uint16_t)base, (uint16_t)k};
            *news = true;
        }
    }
    return known;
}

/* Some households as they come, then those that have something new, until every element of the table stands somewhere. */
static bool fill_bank(struct bench *b)
{
    bool right = true;
    memset(b->spots, 0xff, sizeof b->spots);
    for (unsigned i = 0; right && i < HOUSEHOLDS && b->base_count < BASES; i++) {
        bool news = b->base_count < BASES_ANY;
        right = doc_make(&b->bases[b->base_count], i, 100 + i, 1, i % 3 == 0) && note_spots(b, b->base_count, &news);
        b->base_count += news;
    }
    const struct schema *s = &schema_vrsb0801;
    bool all = true;
    for (node_id n = 0; n < s->count; n++) {
        b->values[n] = b->value_count;
        b->value_count += s->nodes[n].type == TYPE_BLOCK ? 0 : tries_count(&s->nodes[n]);
        if (b->spots[n].base == NOWHERE)
            fprintf(stderr, "no made-up household has %s\n", s->nodes[n].name);
        all = all && b->spots[n].base != NOWHERE;
    }
    return right && all;
}

/* ---- one case ---- */

static bool apply(struct bench *b, unsigned element, enum change how, uint32_t number, uint64_t *state)
{
    node_id n = b->doc.elements[element].node;
    if (!change(how, &b->doc, element, number, state)) {
        doc_scan(&b->doc);
        return false;
    }
    b->done[b->done_count++] = (struct done){how, n};
    if (n != NODE_NONE)
        b->hits[n]++;
    return doc_scan(&b->doc);
}

static const struct {
    enum change how;
    uint32_t number;
} in_turn[] = {{CHANGE_DELETE, 0}, {CHANGE_DOUBLE, 0}, {CHANGE_DOUBLE, 1}, {CHANGE_DOUBLE, 3},
               {CHANGE_EMPTY, 0},  {CHANGE_EMPTY, 1},  {CHANGE_SWAP, 0},   {CHANGE_WRAP, 1}};

enum { IN_TURN = sizeof in_turn / sizeof in_turn[0] };

/* Every value of every leaf and the plain changes of every element, in the first part of the runs; thinned out when runs are few. */
static bool change_in_turn(struct bench *b, uint64_t number, uint64_t *state)
{
    uint64_t all = b->value_count + (uint64_t)IN_TURN * schema_vrsb0801.count, part = b->runs * 3 / 5, turns = part < all ? part : all;
    if (number >= turns)
        return false;
    unsigned turn = (unsigned)(number * all / turns);
    node_id n = (node_id)(schema_vrsb0801.count - 1);
    enum change how = CHANGE_VALUE;
    if (turn < b->value_count) {
        while (b->values[n] > turn || schema_vrsb0801.nodes[n].type == TYPE_BLOCK)
            n--;
        turn -= b->values[n];
    } else {
        turn -= b->value_count;
        n = (node_id)(turn / IN_TURN);
        how = in_turn[turn % IN_TURN].how;
        turn = in_turn[turn % IN_TURN].number;
    }
    doc_copy(&b->doc, &b->bases[b->spots[n].base]);
    apply(b, b->spots[n].element, how, turn, state);
    return true;
}

/* A node that was changed the least often, or any. */
static node_id draw_node(const struct bench *b, uint64_t *state)
{
    node_id n = (node_id)chance_below(state, schema_vrsb0801.count), best = n;
    if (chance(state) % 2)
        return n;
    for (unsigned i = 0; i < schema_vrsb0801.count; i++) {
        node_id other = (node_id)((n + i) % schema_vrsb0801.count);
        if (b->hits[other] < b->hits[best])
            best = other;
    }
    return best;
}

static enum change draw_change(uint64_t *state)
{
    enum change how = (enum change)chance_below(state, CHANGES);
    bool rare = how == CHANGE_BREAK || how == CHANGE_PROLOGUE;
    return rare && chance(state) % 4 ? CHANGE_VALUE : how;
}

static void change_by_chance(struct bench *b, uint64_t *state)
{
    unsigned count = chance(state) % 10 < 6 ? 1 : 2 + chance_below(state, CHANGES_MAX - 1);
    struct spot spot = b->spots[draw_node(b, state)];
    unsigned element = spot.element;
    bool sound = true;
    doc_copy(&b->doc, &b->bases[spot.base]);
    for (unsigned tries = 0; sound && b->done_count < count && tries < 8 * CHANGES_MAX; tries++) {
        uint32_t before = b->done_count;
        sound = apply(b, element, draw_change(state), (uint32_t)(chance(state) >> 40), state) || b->done_count == before;
        if (b->doc.count == 0)
            break;
        if (b->done_count > before || element >= b->doc.count)
            element = chance_below(state, b->doc.count);
    }
}

/* ---- judging ---- */

static void show(const struct bench *b, uint64_t number, const struct ours *o, const struct referee *r)
{
    printf("case %" PRIu64 " of seed %" PRIu64 ":", number, b->seed);
    for (unsigned i = 0; i < b->done_count; i++) {
        char path[FINDING_PATH_MAX] = "?";
        if (b->done[i].node != NODE_NONE)
            schema_path(&schema_vrsb0801, b->done[i].node, path, sizeof path);
        printf(" %s of %s,", change_name(b->done[i].how), path);
    }
    printf("\n  ours: %s %s line %u %s\n", o->valid ? "valid" : "not valid", o->first.code ? finding_rule(o->first.code)->name : "",
           o->first.line, o->first.path);
    printf("  %s: %s", r ? r->name : "libxml2", r ? r->valid ? "valid" : "not valid" : "not well formed");
    if (r && r->faults)
        printf(", code %d line %u", r->fault[0].code, r->fault[0].line);
    printf("\n");
}

/* Whether the referee says what we say once a rule of exclusion has amended the document. */
static bool is_excluded(struct bench *b, struct referee *r, const struct ours *o, xmlDocPtr doc)
{
    const struct referee verdict = *r;
    xmlDocPtr copy = xmlCopyDoc(doc, 1);
    bool agreed = false;
    for (unsigned i = 0; copy && !agreed && i < EXCLUSIONS; i++) {
        if (!exclusion_amend((enum exclusion)i, copy, o))
            continue;
        referee_judge(r, copy);
        agreed = r->valid == o->valid;
        b->excluded[i] += agreed;
    }
    xmlFreeDoc(copy);
    *r = verdict;
    return agreed;
}

static void compare(struct bench *b, uint64_t number, const struct ours *o, xmlDocPtr doc)
{
    bool wrong = !doc && o->valid;
    const struct referee *which = NULL;
    for (unsigned i = 0; doc && !wrong && i < b->referee_count; i++) {
        struct referee *r = &b->referees[i];
        referee_judge(r, doc);
        wrong = r->valid != o->valid && !is_excluded(b, r, o, doc);
        which = r;
    }
    if (wrong && b->differ++ < SHOWN_MAX)
        show(b, number, o, which);
}

static void count_case(struct bench *b, const struct ours *o, const xmlDoc *doc)
{
    b->judged++;
    b->ill_formed += doc == NULL;
    b->valid += o->valid;
    for (unsigned i = 0; i < b->done_count; i++)
        b->of_change[b->done[i].how][o->valid]++;
    for (unsigned i = 0; i < FINDING_COUNT; i++)
        b->rules[i] += o->met[i];
}

static bool run_case(struct bench *b, uint64_t number)
{
    uint64_t state = chance_of_case(b->seed, number);
    b->done_count = 0;
    if (!change_in_turn(b, number, &state))
        change_by_chance(b, &state);
    struct ours o;
    ours_judge(b->setup, &b->keep, b->doc.text, b->doc.len, &o);
    if (o.err) {
        printf("case %" PRIu64 " of seed %" PRIu64 ": %s\n", number, b->seed, err_text(o.err));
        return false;
    }
    xmlDocPtr doc = referee_read(b->doc.text, b->doc.len);
    count_case(b, &o, doc);
    /* What stopped us before we saw the whole is no verdict on the schema, which has no say about document types either. */
    if (o.refused && (o.valid || o.met[F_DOCTYPE]))
        b->unjudged++;
    else
        compare(b, number, &o, doc);
    xmlFreeDoc(doc);
    return true;
}

/* ---- the report ---- */

static bool report_coverage(const struct bench *b)
{
    const struct schema *s = &schema_vrsb0801;
    unsigned blocks = 0, leaves = 0, missed = 0;
    for (node_id n = 0; n < s->count; n++) {
        blocks += s->nodes[n].type == TYPE_BLOCK && b->hits[n] > 0;
        leaves += s->nodes[n].type != TYPE_BLOCK && b->hits[n] > 0;
        missed += b->hits[n] == 0;
        if (b->hits[n] == 0)
            printf("never changed: %s\n", s->nodes[n].name);
    }
    printf("changed at least once: %u blocks, %u leaves\n", blocks, leaves);
    return missed == 0;
}

static void report_changes(const struct bench *b)
{
    for (unsigned i = 0; i < CHANGES; i++)
        printf("  %-10s %7" PRIu64 " in documents that are valid, %7" PRIu64 " in others\n", change_name((enum change)i),
               b->of_change[i][1], b->of_change[i][0]);
    for (unsigned i = 0; i < FINDING_COUNT; i++)
        if (b->rules[i] && finding_rule((enum finding_code)i)->schema)
            printf("  %-16s in %7" PRIu64 " documents\n", finding_rule((enum finding_code)i)->name, b->rules[i]);
    for (unsigned i = 0; i < EXCLUSIONS; i++)
        printf("  excluded %7" PRIu64 " verdicts: %s (%s)\n", b->excluded[i], exclusion_name((enum exclusion)i),
               exclusion_reason((enum exclusion)i));
}

/* What the schema forbids inside of a household was met, each in its way: else agreement on it says nothing. */
static bool report_rules(const struct bench *b)
{
    bool all = true;
    for (unsigned i = 1; i < FINDING_COUNT; i++) {
        const struct finding_rule *rule = finding_rule((enum finding_code)i);
        if (!rule->schema || rule->name[0] == 'F' || b->rules[i])
            continue;
        printf("never met: %s\n", rule->name);
        all = false;
    }
    return all;
}

static bool report(const struct bench *b)
{
    report_changes(b);
    bool right = report_coverage(b) && report_rules(b);
    printf("%" PRIu64 " documents, %u schema%s: %" PRIu64 " valid, %" PRIu64 " not well formed, %" PRIu64 " refused unjudged, %" PRIu64
           " judged otherwise by libxml2\n",
           b->judged, b->referee_count, b->referee_count > 1 ? "s" : "", b->valid, b->ill_formed, b->unjudged, b->differ);
    bool both = b->valid >= b->judged / 10 && b->valid <= b->judged * 9 / 10;
    if (!both)
        printf("too few documents of one kind to say anything\n");
    return right && both && b->differ == 0;
}

static bool open_bench(struct bench *b, const char *ours, const char *official)
{
    const struct keep_rule all = {PROFILE_GESTION, "all", true};
    char bad[64];
    bool right = parse_setup_new(&b->setup) == ERR_OK && keep_make(&schema_vrsb0801, &all, &b->keep, bad, sizeof bad) == ERR_OK;
    right = right && referee_open(&b->referees[b->referee_count++], "our schema", ours);
    if (right && strcmp(official, "-") != 0)
        right = referee_open(&b->referees[b->referee_count++], "the official schema", official);
    b->bases = calloc(BASES, sizeof *b->bases);
    return right && b->bases && fill_bank(b);
}

static void close_bench(struct bench *b)
{
    for (unsigned i = 0; i < b->referee_count; i++)
        referee_close(&b->referees[i]);
    b->setup = parse_setup_free(b->setup);
    free(b->bases);
    free(b);
    xmlCleanupParser();
}

int main(int argc, char **argv)
{
    struct bench *b = calloc(1, sizeof *b);
    if (argc < 3 || !b) {
        fputs("usage: referee OURS.xsd OFFICIAL.xsd|- [RUNS] [SEED] [FIRST]\n", stderr);
        free(b);
        return 64;
    }
    b->runs = argc > 3 ? strtoull(argv[3], NULL, 10) : 20000;
    b->seed = argc > 4 ? strtoull(argv[4], NULL, 10) : 801;
    uint64_t first = argc > 5 ? strtoull(argv[5], NULL, 10) : 0;
    bool right = open_bench(b, argv[1], argv[2]);
    for (uint64_t n = 0; right && n < b->runs; n++)
        right = run_case(b, first + n);
    right = right && report(b);
    close_bench(b);
    return right ? 0 : 1;
}
