/* What parsers/scan.h reads, libxml2 would have read the same: each document goes through the engine twice, once with libxml2 alone, cut
 * into other chunks, and every call of the sink, the verdict and its place must be the same bytes. Prints no value.
 * Usage: fronts [RUNS] [SEED] [FIRST]: the cases FIRST .. FIRST + RUNS - 1 of a seed; `fronts 1 SEED N` repeats one. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "samples/sample.h"
#include "samples/spoil.h"
#include "tests/fuzz/bend.h"
#include "tests/fuzz/chance.h"
#include "tests/fuzz/change.h"
#include "tests/fuzz/twice.h"

enum { ROOM = 512 << 10, BASES = 24, CASE_SECONDS = 60 };

enum kind { KIND_CHANGE, KIND_BEND, KIND_MARKUP, KIND_CUT, KINDS };

struct campaign {
    struct twice twice;
    struct keep keeps[2];
    struct doc *bases, *doc;
    struct bytes flux[BANK_FLUX];
};

/* ---- documents ---- */

static const char *const markup[] = {
    "<!-- a -->",
    "<!--\n\n-->",
    "<!---->",
    "<!-- - -->",
    "<!-- -- -->",
    "<?a b?>",
    "<?a\n?>",
    "<?xml version=\"1.0\"?>",
    "<![CDATA[a]]>",
    "<![CDATA[<b>\n]]>",
    "<![CDATA[]]>",
    "<![CDATA[ ]]>",
    "]]>",
    "]",
    "]]",
    "] ]>",
    ">",
    "&amp;",
    "&lt;&gt;&quot;&apos;",
    "&#65;",
    "&#xE9;",
    "&#10;",
    "&eacute;",
    "&amp",
    "&",
    "\r\n",
    "\r",
    "\n\r\n\r",
    "\t\n ",
    "\xC3\xA9",
    "\xE2\x82\xAC",
    "\xEF\xBF\xBE",
    "\xEF\xBF\xBD",
    "\xEF\xBB\xBF",
    "\xF0\x9F\x99\x82",
    "\xE9",
    "\x7F",
    "\xC2\x85",
    "\x01",
    "\x1B[2J",
    "a",
    "a\nb\n",
    "\n\na",
    "<A/>",
    "<A />",
    "<A  ></A >",
    "<A\n/>",
    "<A></A\n>",
    "<A></A\t>",
    "<A",
    "<",
    "</",
    "</A>",
    "<A>",
    "< A/>",
    "<A/ >",
    "<1/>",
    "<-/>",
    "<A.-_9/>",
    "<:A/>",
    "<a:b/>",
    "<a:b xmlns:a=\"u\"/>",
    "<A xmlns=\"u\"><B/></A>",
    "<xml:A/>",
    "<\xC3\x89/>",
    "<A\xC3\xA9></A\xC3\xA9>",
    "<A b=\"c\"/>",
    "<A b='<'/>",
    "<A b=\">\">x</A>",
    "<A b=\"1\" b=\"2\"/>",
    "<!DOCTYPE a>",
    "<!ELEMENT a>",
    "<Racine/>",
    "<InfosFoyerRSA/>",
    "<InfosFoyerRSA></InfosFoyerRSA>",
    "<Personne/>",
    "<InfoDemandeRSA/>",
    "<VERSIONFLUX>0901</VERSIONFLUX>",
    "<IdentificationFlux/>",
    "<TransmissionFlux/>",
    "</InfosFoyerRSA>",
    "</Racine>",
    "<NIR xsi:nil=\"true\"/>",
    "<AMOUNT>&#49;</AMOUNT>",
};

enum { MARKUPS = sizeof markup / sizeof markup[0], LONG_FORMS = 9 };

/* Longer than what a front end holds at once. Whether libxml2 reads a tag or a comment a little longer than the limit depends on what it
 * has asked for before, so that none is. */
static size_t write_long(char *to, size_t cap, uint64_t *state)
{
    static const struct {
        const char *before, *often, *after;
    } forms[LONG_FORMS] = {{"", " ", ""},         {"", "x", ""},         {"<A", " ", "/>"},         {"<", "n", "/>"},
                           {"<!--", "\n", "-->"}, {"", "a\xC3\xA9", ""}, {"<![CDATA[", "y", "]]>"}, {"", "<A>x</A>", ""},
                           {"", "<B>", ""}};
    static const char between[] = "<!-- -->";
    static const unsigned times[] = {60, 64, 65, 100, 249, 1000, 4090, 4096, 5000, 9000, 60000, 250000};
    unsigned form = chance_below(state, LONG_FORMS), n = times[chance_below(state, sizeof times / sizeof times[0])];
    size_t len = strlen(forms[form].before), often = strlen(forms[form].often);
    if (len + n * often + 8 > cap)
        n = 100;
    memcpy(to, forms[form].before, len);
    for (unsigned i = 0; i < n; i++, len += often)
        memcpy(to + len, forms[form].often, often);
    memcpy(to + len, forms[form].after, strlen(forms[form].after));
    len += strlen(forms[form].after);
    if (2 * len + 16 > cap || chance_below(state, 3))
        return len;
    memcpy(to + len, between, sizeof between - 1);
    memcpy(to + len + sizeof between - 1, to, len);
    return 2 * len + sizeof between - 1;
}

static size_t insert(char *text, size_t len, size_t at, const char *what, size_t n)
{
    if (len + n > ROOM)
        return len;
    memmove(text + at + n, text + at, len - at);
    memcpy(text + at, what, n);
    return len + n;
}

/* Behind a bracket mostly, before one, or anywhere. */
static size_t draw_place(const char *text, size_t len, uint64_t *state)
{
    size_t at = chance_below(state, (uint32_t)len);
    unsigned how = chance_below(state, 8);
    const char *found = how < 7 ? memchr(text + at, how < 5 ? '>' : '<', len - at) : NULL;
    return found ? (size_t)(found - text) + (how < 5) : at;
}

static size_t mark_up(char *text, size_t len, uint64_t *state)
{
    static char room[ROOM];
    unsigned times = 1 + chance_below(state, 3);
    for (unsigned i = 0; i < times; i++) {
        const char *what = markup[chance_below(state, MARKUPS)];
        size_t n = strlen(what), at = draw_place(text, len, state);
        bool is_long = chance_below(state, 12) == 0;
        if (is_long)
            n = write_long(room, sizeof room - 16, state);
        len = insert(text, len, at, is_long ? room : what, n);
    }
    return len;
}

static size_t copy_base(struct campaign *c, char *text, uint64_t *state)
{
    const struct doc *d = &c->bases[chance_below(state, BASES)];
    memcpy(text, d->text, d->len);
    return d->len;
}

static size_t change_base(struct campaign *c, char *text, uint64_t *state)
{
    unsigned times = 1 + chance_below(state, 4);
    doc_copy(c->doc, &c->bases[chance_below(state, BASES)]);
    for (unsigned i = 0; i < times && c->doc->count; i++) {
        change((enum change)chance_below(state, CHANGES), c->doc, chance_below(state, c->doc->count), (uint32_t)(chance(state) >> 40),
               state);
        if (!doc_scan(c->doc))
            break;
    }
    memcpy(text, c->doc->text, c->doc->len);
    return c->doc->len;
}

static size_t make_text(struct campaign *c, enum kind kind, char *text, uint64_t *state)
{
    if (kind == KIND_CHANGE)
        return change_base(c, text, state);
    if (kind == KIND_BEND) {
        const struct bytes *b = &c->flux[chance_below(state, BANK_FLUX)];
        memcpy(text, b->data, b->len);
        return bend((enum bend)chance_below(state, BENDS), text, b->len, ROOM, &c->flux[chance_below(state, BANK_FLUX)], state);
    }
    size_t len = copy_base(c, text, state);
    return kind == KIND_CUT ? chance_below(state, (uint32_t)len) : mark_up(text, len, state);
}

/* ---- cases ---- */

static size_t draw_chunk(uint64_t *state)
{
    static const size_t sizes[] = {1, 2, 3, 7, 61, 250, 251, 999, 3999, 4000, 4001, 4095, 4096, 4097, 5000, 16384, 65536, 65536};
    return sizes[chance_below(state, sizeof sizes / sizeof sizes[0])];
}

static struct plan draw_plan(struct campaign *c, uint64_t *state)
{
    struct plan p = {
        .limits = parse_limits_default, .keep = &c->keeps[chance_below(state, 2)], .header_only = chance_below(state, 16) == 0};
    p.chunks[0] = draw_chunk(state);
    p.chunks[1] = draw_chunk(state);
    if (chance_below(state, 4) == 0) {
        p.limits.depth = 4 + chance_below(state, 10);
        p.limits.text_bytes = 8 + chance_below(state, 5000);
        p.limits.household_bytes = 100 + chance_below(state, 9000);
        p.limits.household_elements = 5 + chance_below(state, 300);
    }
    return p;
}

static bool run_case(struct campaign *c, uint64_t number, char *text)
{
    char what[64];
    uint64_t state = chance_of_case(c->twice.seed, number);
    struct plan p = draw_plan(c, &state);
    enum kind kind = (enum kind)chance_below(&state, KINDS);
    size_t len = make_text(c, kind, text, &state);
    snprintf(what, sizeof what, "case %" PRIu64, number);
    alarm(CASE_SECONDS);
    bool right = twice_agree(&c->twice, &p, (struct span){(const uint8_t *)text, len}, what);
    alarm(0);
    return right;
}

static void forget(void *ctx, const struct spoil_found *f) { (void)ctx, (void)f; }

static struct plan plain_plan(const struct campaign *c)
{
    return (struct plan){.limits = parse_limits_default, .keep = &c->keeps[0], .chunks = {65536, 65536}};
}

/* Every length of a small flux. */
static bool run_cuts(struct campaign *c)
{
    struct plan p = plain_plan(c);
    bool right = true;
    const struct bytes *small = &c->flux[1];
    for (size_t len = 1; len <= small->len; len++) {
        p.chunks[0] = len % 3 ? 65536 : len % 7 + 1;
        right = twice_agree(&c->twice, &p, (struct span){(const uint8_t *)small->data, len}, "a cut flux") && right;
    }
    return right;
}

/* Where the scanner comes in, and does not. */
static bool run_roots(struct campaign *c)
{
    static const char *const texts[] = {
        "<Racine/>",
        "<Racine />",
        "<Racine/><IdentificationFlux>",
        "<Racine/ ><A/>",
        "<Racine><A/></Racine>",
        "<Racine></Racine><A/>",
        "<Racine\n>\n<A></B>",
        "<Racine a='/>'><A b=''/>",
        "<Racine a='\">'>\n<A></Racine>",
        "<Racine a='\"'>\n<A b='\">'/></Racine>",
        "<Racine xmlns='u'><A/></Racine>",
        "<Racine xmlns:a='u'>\n\n<A/><a:A/></Racine>",
        "<Racine xmlns:a='u'><IdentificationFlux a:b=''><a:A>",
        "<a:Racine xmlns:a='u'/>",
        "<Autre><A/></Autre>",
        "<!-- > --><!--><Racine>--><Racine>\n</A>",
        "<?xml version='1.0'?>\n<?a > ?>\n<!--\n-->\n<Racine>\r\n\r<A>",
        "<?xml version='1.0' a='?>'?><Racine>\n\n</A>",
        "<?xml version='1.1'?><Racine><A/></Racine>",
        "<!DOCTYPE Racine><Racine>",
        "<Racine>a\n<IdentificationFlux>\n\xC3\xA9\nb",
        "<Racine>\xC3\xA9\n\n</A>",
        "<Racine>\n\n\rx\n</A>",
        "<Racine>",
        "<Racine",
        "<R",
        "<1",
    };
    bool right = true;
    struct plan p = plain_plan(c);
    for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++)
        for (p.chunks[0] = 1; p.chunks[0] <= 8; p.chunks[0]++)
            right = twice_agree(&c->twice, &p, (struct span){(const uint8_t *)texts[i], strlen(texts[i])}, texts[i]) && right;
    return right;
}

/* A run of blanks is as long as it is, whoever reads which part. */
static bool run_blanks(struct campaign *c)
{
    enum { BLANKS = 2000 };
    static char text[2 * BLANKS + 64];
    struct plan p = plain_plan(c);
    p.limits.text_bytes = BLANKS + 1;
    int len = snprintf(text, sizeof text, "<Racine>%*s<!---->%*s<A>", BLANKS, "\n", BLANKS, "\n");
    return twice_agree(&c->twice, &p, (struct span){(const uint8_t *)text, (size_t)len}, "a flux of blanks");
}

/* More names than are held. */
static bool run_names(struct campaign *c, const char *before)
{
    enum { NAMES = 60000 };
    const struct plan p = plain_plan(c);
    const struct bytes *small = &c->flux[0];
    struct bytes b = {0};
    FILE *out = open_memstream(&b.data, &b.len);
    const char *at = memmem(small->data, small->len, before, strlen(before));
    if (!out || !at)
        return false;
    fwrite(small->data, 1, (size_t)(at - small->data), out);
    for (unsigned i = 0; i < NAMES; i++)
        fprintf(out, "<an-element-that-nobody-knows-by-its-name-%u/>%s", i, i % 7 ? "" : "\n");
    fwrite(at, 1, small->len - (size_t)(at - small->data), out);
    if (fclose(out))
        return false;
    bool right = twice_agree(&c->twice, &p, (struct span){(const uint8_t *)b.data, b.len}, "a flux of names");
    free(b.data);
    return right;
}

/* A long flux full of faults, in every chunk size that is not tiny. */
static bool run_faults(struct campaign *c)
{
    static const size_t chunks[] = {999, 4001, 5000, 65536};
    struct plan p = plain_plan(c);
    bool right = true;
    struct bytes b = {0};
    uint64_t written;
    struct spoil spoil;
    struct spoil_options faults = {.found = forget};
    for (unsigned f = 0; f < FAULT_COUNT; f++)
        faults.wanted[f] = !fault_is_file((enum fault)f);
    const struct sample_options o = {.seed = 7, .households = 400, .departement = "062", .indent = true, .year = 2025, .month = 1};
    FILE *out = open_memstream(&b.data, &b.len);
    spoil_start(&spoil, &faults, &o);
    if (!out || sample_write_spoiled(&o, &spoil, out, &written) || fclose(out))
        return false;
    for (unsigned i = 0; i < sizeof chunks / sizeof chunks[0]; i++) {
        p.chunks[0] = chunks[i];
        right = twice_agree(&c->twice, &p, (struct span){(const uint8_t *)b.data, b.len}, "a flux with faults") && right;
    }
    free(b.data);
    return right;
}

static void on_alarm(int signal)
{
    (void)signal;
    static const char text[] = "a case does not end\n";
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    _exit(1);
}

static bool start(struct campaign *c, uint64_t seed)
{
    const struct keep_rule rules[2] = {{PROFILE_GESTION, "all", true}, {.profile = PROFILE_ACCOMPAGNEMENT, .extra = ""}};
    char bad[64];
    bool right = !twice_open(&c->twice, seed) && signal(SIGALRM, on_alarm) != SIG_ERR;
    for (unsigned i = 0; i < 2 && right; i++)
        right = !keep_make(&schema_vrsb0801, &rules[i], &c->keeps[i], bad, sizeof bad);
    for (unsigned i = 0; i < BANK_FLUX; i++)
        c->flux[i] = bank_flux(i);
    c->bases = calloc(BASES, sizeof *c->bases);
    c->doc = malloc(sizeof *c->doc);
    right = right && c->bases && c->doc;
    for (unsigned i = 0; i < BASES && right; i++)
        right = doc_make(&c->bases[i], i, 900 + i, 1 + i % 3, i % 3 != 0);
    return right;
}

/* Whether both ends of what can happen came to be: else agreement says nothing. */
static bool report(const struct twice *t, uint64_t runs)
{
    static const enum finding_code must[] = {F_ILLFORMED,   F_TRUNCATED,  F_ENCODING_BYTES, F_ENVELOPE,
                                             F_LIMIT_DEPTH, F_LIMIT_TEXT, F_DOCTYPE};
    bool all = runs < 4000 || (t->sound > runs / 10 && t->rejects > 0 && t->scanned > runs / 8 && t->handed_over > runs / 20);
    printf("%" PRIu64 " cases: %" PRIu64 " read whole, %" PRIu64 " households rejected; scanner through the root in %" PRIu64
           ", inside a block in %" PRIu64 "\n",
           runs, t->sound, t->rejects, t->scanned, t->handed_over);
    for (unsigned i = 0; i < FINDING_COUNT; i++)
        if (i && t->refused[i])
            printf("  %-20s %7" PRIu64 "\n", finding_rule((enum finding_code)i)->name, t->refused[i]);
    for (unsigned i = 0; i < sizeof must / sizeof must[0] && runs >= 4000; i++)
        all = all && t->refused[must[i]];
    printf("%" PRIu64 " differ%s\n", t->differ, all ? "" : "; not everything was met");
    return all && t->differ == 0;
}

static void stop(struct campaign *c)
{
    for (unsigned i = 0; i < BANK_FLUX; i++)
        free(c->flux[i].data);
    free(c->bases);
    free(c->doc);
    twice_close(&c->twice);
}

int main(int argc, char **argv)
{
    static struct campaign c;
    static char text[ROOM];
    uint64_t runs = argc > 1 ? strtoull(argv[1], NULL, 10) : 20000;
    uint64_t first = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
    bool right = start(&c, argc > 2 ? strtoull(argv[2], NULL, 10) : 801);
    if (right && first == 0)
        right = run_roots(&c) && run_blanks(&c) && run_cuts(&c) && run_faults(&c) && run_names(&c, "</InfosFoyerRSA>") &&
                run_names(&c, "<TransmissionFlux>");
    for (uint64_t n = 0; n < runs; n++)
        right = run_case(&c, first + n, text) && right;
    right = report(&c.twice, runs) && right;
    stop(&c);
    return right ? 0 : 1;
}
