/* LANGUAGE=fr codes-emit md|man|man-fr CATALOGUES: writes what people read of the tables of codes, at build time. CATALOGUES: the folder
 * that holds fr/LC_MESSAGES/fluxrsa.mo. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "flux/base/err.h"
#include "flux/base/scd.h"
#include "flux/record/citation.h"
#include "flux/record/finding.h"

#define N_(text) text

static const struct family {
    char letter;
    const char *title, *words;
} families[] = {
    {'F', N_("Codes of the file"), N_("They concern the whole file: what costs it is refused or held.")},
    {'D', N_("Codes of a household"), N_("They concern one dossier, its persons, or what its blocks say together.")},
    {'V', N_("Codes of a value"), N_("They concern one element of a household.")},
};

enum { FAMILIES = sizeof(families) / sizeof(families[0]) };

static const char *const reading[] = {
    N_("A code says by its first letter what is at fault: F_ the file, D_ one household, V_ one value. Its meaning never changes, so that "
       "programs may rely on it; new codes may come."),
    N_("A code comes with the place of the fault: the path of the element, made of the official names and of positions, and the line in "
       "the "
       "file. It never comes with the value, which may be personal: fluxrsa rejects show gives it to whoever may see it."),
};

static const struct titles {
    const char *name, *summary, *reading, *costs, *exits, *sources, *advice, *source, *schema, *also;
} titles = {N_("Name"),
            N_("what the codes of fluxrsa mean, and what to do"),
            N_("How to read a code"),
            N_("What a fault costs"),
            N_("Exit codes"),
            N_("Sources"),
            N_("What to do"),
            N_("Source"),
            N_("The schema of the CNAF forbids it too."),
            N_("See also")};

static const char exits_words[] = N_("What a command ends with, and the failures that make it end so.");
static const char sources_words[] = N_("The rules come from public texts and programs, named above in short:");

/* The failures of err.def that end with this code, joined. */
static void failures(FILE *out, int code, scd_language say, void (*put)(FILE *out, const char *text))
{
    bool some = false;
    for (int e = ERR_OK + 1; e < ERR_COUNT; e++) {
        if (err_exit_code((enum err)e) != code)
            continue;
        fputs(some ? "; " : "", out);
        put(out, say(err_text((enum err)e)));
        some = true;
    }
}

/* ---- Markdown: English with the French beside ---- */

static void md_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '|' || *text == '*' || *text == '_' || *text == '<')
            fputc('\\', out);
        fputc(*text, out);
    }
}

static void md_both(FILE *out, const char *text)
{
    md_text(out, text);
    fputs("<br>*", out);
    md_text(out, scd_french(text));
    fputc('*', out);
}

static void md_costs(FILE *out)
{
    fprintf(out, "\n## %s\n\n| Cost | In JSON | What it means |\n|---|---|---|\n", titles.costs);
    for (int c = 0; c < COST_COUNT; c++) {
        const struct cost_row *row = cost_row((enum cost)c);
        fputs("| ", out);
        md_both(out, row->label);
        fprintf(out, " | `%s` | ", row->word);
        md_both(out, row->meaning);
        fputs(" |\n", out);
    }
}

static void md_family(FILE *out, const struct family *f)
{
    fprintf(out, "\n## %s\n\n%s\n\n", f->title, f->words);
    fprintf(out, "| Code | Costs | What is wrong | %s | Schema | %s |\n|---|---|---|---|---|---|\n", titles.advice, titles.source);
    for (int c = FINDING_NONE + 1; c < FINDING_COUNT; c++) {
        const struct finding_rule *rule = finding_rule((enum finding_code)c);
        if (rule->name[0] != f->letter)
            continue;
        fprintf(out, "| `%s` | %s | ", rule->name, cost_row(rule->cost)->word);
        md_both(out, rule->sentence);
        fputs(" | ", out);
        md_both(out, rule->advice);
        fprintf(out, " | %s | ", rule->schema ? "yes" : "");
        md_text(out, rule->source);
        fputs(" |\n", out);
    }
}

static void md_exits(FILE *out)
{
    fprintf(out, "\n## %s\n\n%s\n\n| Code | What it means | Failures |\n|---|---|---|\n", titles.exits, exits_words);
    for (size_t i = 0; i < exit_row_count; i++) {
        fprintf(out, "| %d | ", exit_rows[i].code);
        md_both(out, exit_rows[i].meaning);
        fputs(" | ", out);
        failures(out, exit_rows[i].code, scd_english, md_text);
        fputs(" |\n", out);
    }
}

static void md(FILE *out)
{
    fputs("# Codes\n\n"
          "Written by `codes-emit md` from the tables `finding.def`, `cost.def` and `citation.def` of `flux/record`, `err.def` and "
          "`exit.def` of\n"
          "`flux/base`, and the French catalogue: change those, not this page. The same is in `man fluxrsa-codes`, and one code at a time "
          "in\n"
          "`fluxrsa codes show CODE`. *Schema*: whether the schema of the CNAF forbids it too.\n",
          out);
    fprintf(out, "\n## %s\n", titles.reading);
    for (size_t i = 0; i < sizeof(reading) / sizeof(reading[0]); i++) {
        fputc('\n', out);
        md_text(out, reading[i]);
        fputc('\n', out);
    }
    md_costs(out);
    for (size_t i = 0; i < FAMILIES; i++)
        md_family(out, &families[i]);
    md_exits(out);
    fprintf(out, "\n## %s\n\n%s\n\n", titles.sources, sources_words);
    for (size_t i = 0; i < citation_count; i++)
        fprintf(out, "- **%s**: %s (%s)\n", citations[i].name, citations[i].meaning, citations[i].where);
}

/* ---- scdoc: one language ---- */

static void scd_family(FILE *out, const struct family *f, scd_language say)
{
    scd_heading(out, say(f->title));
    scd_line(out, say(f->words));
    for (int c = FINDING_NONE + 1; c < FINDING_COUNT; c++) {
        const struct finding_rule *rule = finding_rule((enum finding_code)c);
        if (rule->name[0] != f->letter)
            continue;
        fputs("\n*", out);
        scd_text(out, rule->name);
        fprintf(out, "*, %s\n\t", say(cost_row(rule->cost)->label));
        scd_text(out, say(rule->sentence));
        fprintf(out, "++\n%s%s ", say(titles.advice), say(":"));
        scd_text(out, say(rule->advice));
        fprintf(out, "++\n%s%s ", say(titles.source), say(":"));
        scd_text(out, rule->source);
        if (rule->schema)
            fprintf(out, ". %s", say(titles.schema));
        fputc('\n', out);
    }
}

static void scd_costs(FILE *out, scd_language say)
{
    scd_heading(out, say(titles.costs));
    for (int c = 0; c < COST_COUNT; c++) {
        const struct cost_row *row = cost_row((enum cost)c);
        fprintf(out, "*%s* (%s)\n\t", say(row->label), row->word);
        scd_line(out, say(row->meaning));
        fputc('\n', out);
    }
}

static void scd_exits(FILE *out, scd_language say)
{
    scd_heading(out, say(titles.exits));
    scd_line(out, say(exits_words));
    for (size_t i = 0; i < exit_row_count; i++) {
        fprintf(out, "\n*%d*\n\t", exit_rows[i].code);
        scd_text(out, say(exit_rows[i].meaning));
        /* From 64 on a code gathers failures. */
        if (exit_rows[i].code >= 64) {
            fputs("++\n", out);
            failures(out, exit_rows[i].code, say, scd_text);
        }
        fputc('\n', out);
    }
}

static void man(FILE *out, scd_language say)
{
    fputs("fluxrsa-codes(7) \"fluxrsa\" \"fluxrsa\"\n", out);
    scd_heading(out, say(titles.name));
    fprintf(out, "fluxrsa-codes - %s\n", say(titles.summary));
    scd_heading(out, say(titles.reading));
    for (size_t i = 0; i < sizeof(reading) / sizeof(reading[0]); i++) {
        scd_line(out, say(reading[i]));
        fputc('\n', out);
    }
    scd_costs(out, say);
    for (size_t i = 0; i < FAMILIES; i++)
        scd_family(out, &families[i], say);
    scd_exits(out, say);
    scd_heading(out, say(titles.sources));
    scd_line(out, say(sources_words));
    for (size_t i = 0; i < citation_count; i++) {
        fprintf(out, "\n*%s*\n\t", citations[i].name);
        scd_text(out, say(citations[i].meaning));
        fputs("++\n", out);
        scd_line(out, citations[i].where);
    }
    scd_heading(out, say(titles.also));
    fputs("*fluxrsa codes list*, *fluxrsa codes show* CODE, *fluxrsa rejects show* ID\n", out);
}

/* ---- */

/* Whether every source of a rule is in the table, and every exit code of a failure. */
static bool tables_agree(void)
{
    bool agree = true;
    for (int c = FINDING_NONE + 1; c < FINDING_COUNT; c++) {
        const char *left = finding_rule((enum finding_code)c)->source;
        while (citation_next(&left))
            if (!*left)
                break;
        if (!*finding_rule((enum finding_code)c)->source || *left) {
            fprintf(stderr, "codes-emit: %s: no such source: \"%s\"\n", finding_rule((enum finding_code)c)->name, left);
            agree = false;
        }
    }
    for (int e = ERR_OK; e < ERR_COUNT; e++) {
        bool found = false;
        for (size_t i = 0; i < exit_row_count && !found; i++)
            found = exit_rows[i].code == err_exit_code((enum err)e);
        if (!found) {
            fprintf(stderr, "codes-emit: exit code %d is not in exit.def\n", err_exit_code((enum err)e));
            agree = false;
        }
    }
    return agree;
}

int main(int argc, char **argv)
{
    const char *what = argc == 3 ? argv[1] : "";
    if (strcmp(what, "md") != 0 && strcmp(what, "man") != 0 && strcmp(what, "man-fr") != 0) {
        fputs("usage: LANGUAGE=fr codes-emit md|man|man-fr CATALOGUES\n", stderr);
        return 64;
    }
    if (!scd_french_found(argv[2])) {
        fprintf(stderr, "codes-emit: %s: no French catalogue in there, or LANGUAGE is not fr\n", argv[2]);
        return 66;
    }
    if (!tables_agree())
        return 70;
    if (strcmp(what, "md") == 0)
        md(stdout);
    else
        man(stdout, strcmp(what, "man-fr") == 0 ? scd_french : scd_english);
    return scd_finish("codes-emit");
}
