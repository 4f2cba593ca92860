/* LANGUAGE=en|fr commands-emit en|fr CATALOGUES: writes fluxrsa(1) for scdoc from the tables of commands, options and exit codes, at
 * build time. CATALOGUES: the folder that holds fr/LC_MESSAGES/fluxrsa.mo. */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "flux/base/err.h"
#include "flux/base/i18n.h"

static void put(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("\\*_`", *text))
            fputc('\\', out);
        fputc(*text, out);
    }
}

static void heading(FILE *out, const char *text) { fprintf(out, "\n# %s\n\n", text); }

static void paragraph(FILE *out, const char *text)
{
    put(out, text);
    fputs("\n\n", out);
}

static void put_option_name(FILE *out, const struct option_row *o)
{
    fprintf(out, "*--%s*", o->name);
    if (!o->argument)
        return;
    fputs(" _", out);
    put(out, _(o->argument));
    fputc('_', out);
}

static void put_option_names(FILE *out, uint64_t mask)
{
    const char *between = "\n\t";
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (!(mask >> i & 1))
            continue;
        fputs(between, out);
        put_option_name(out, &option_rows[i]);
        between = ", ";
    }
    fputs(mask ? "\n" : "", out);
}

static void put_examples(FILE *out, const char *examples)
{
    fputs("\n\t```\n", out);
    while (*examples) {
        size_t n = strcspn(examples, "\n");
        fprintf(out, "\t%.*s\n", (int)n, examples);
        examples += n + (examples[n] == '\n');
    }
    fputs("\t```\n\n", out);
}

static void put_command(FILE *out, const struct command *c)
{
    fprintf(out, "*fluxrsa %s%s%s*", c->noun, c->verb[0] ? " " : "", c->verb);
    if (c->options)
        put(out, _(" [OPTION]…"));
    if (c->args[0]) {
        fputc(' ', out);
        put(out, _(c->args));
    }
    fputs("\n\t", out);
    put(out, _(c->summary));
    fputs(".\n", out);
    put_option_names(out, c->options);
    put_examples(out, _(c->examples));
}

static void put_options(FILE *out)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option_row *o = &option_rows[i];
        if (o->letter)
            fprintf(out, "*-%c*, ", o->letter);
        put_option_name(out, o);
        fputs("\n\t", out);
        paragraph(out, _(o->doc));
    }
}

static void put_exits(FILE *out)
{
    for (size_t i = 0; i < exit_row_count; i++) {
        fprintf(out, "*%d*\n\t", exit_rows[i].code);
        paragraph(out, _(exit_rows[i].meaning));
    }
}

static void put_places(FILE *out)
{
    heading(out, _("FILES"));
    fputs("/etc/fluxrsa/fluxrsa.conf\n\t", out);
    paragraph(out, _("the configuration, unless -c or FLUXRSA_CONFIG gives another one"));
    heading(out, _("ENVIRONMENT"));
    fputs("*FLUXRSA\\_CONFIG*\n\t", out);
    paragraph(out, _("configuration file, where -c gives none"));
    fputs("*NO\\_COLOR*\n\t", out);
    paragraph(out, _("no colour"));
    fputs("*PAGER*\n\t", out);
    paragraph(out, _("program that shows long answers on a terminal"));
    fputs("*CREDENTIALS\\_DIRECTORY*\n\t", out);
    paragraph(out,
              _("folder of the keys that the configuration names credential:NAME; systemd sets it for a service. Without it they are those "
                "of fluxrsad.service, which its user may read as long as it runs."));
}

static void page(FILE *out)
{
    fputs("fluxrsa(1) \"fluxrsa\" \"fluxrsa\"\n", out);
    heading(out, _("NAME"));
    fputs("fluxrsa - ", out);
    paragraph(out, _("takes the RSA flux of the payers into an encrypted store"));
    heading(out, _("SYNOPSIS"));
    fputs("*fluxrsa* ", out);
    paragraph(out, _("[-c FILE] COMMAND [OPTION]… [ARGUMENT]…"));
    heading(out, _("DESCRIPTION"));
    paragraph(out, _("fluxrsa judges every household of the files of the CAF, the MSA and Pôle emploi, keeps the good ones in an encrypted "
                     "store, and shows a dossier to whoever may see it. What shows personal data is written into a journal."));
    paragraph(out, _("Commands run as the user to whom the instance belongs. No name of a command or of an option can be shortened."));
    heading(out, _("COMMANDS"));
    for (size_t i = 0; i < command_count; i++)
        put_command(out, &commands[i]);
    heading(out, _("OPTIONS"));
    put_options(out);
    heading(out, _("EXIT STATUS"));
    put_exits(out);
    put_places(out);
    heading(out, _("SEE ALSO"));
    fputs("*fluxrsad*(8), *fluxrsa.conf*(5), *fluxrsa-codes*(7)\n", out);
}

/* C.UTF-8 is there on every machine, French locales are not; gettext takes French from LANGUAGE. */
static int language_found(const char *language, const char *catalogues)
{
    setlocale(LC_ALL, "C.UTF-8");
    bindtextdomain("fluxrsa", catalogues);
    bind_textdomain_codeset("fluxrsa", "UTF-8");
    textdomain("fluxrsa");
    return strcmp(language, "en") == 0 || strcmp(gettext("LANGUAGE_CODE"), language) == 0;
}

int main(int argc, char **argv)
{
    if (argc != 3 || (strcmp(argv[1], "en") != 0 && strcmp(argv[1], "fr") != 0)) {
        fputs("usage: LANGUAGE=en|fr commands-emit en|fr CATALOGUES\n", stderr);
        return 64;
    }
    if (!language_found(argv[1], argv[2])) {
        fprintf(stderr, "commands-emit: %s: no French catalogue in there, or LANGUAGE is not fr\n", argv[2]);
        return 66;
    }
    page(stdout);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    fputs("commands-emit: cannot write\n", stderr);
    return 74;
}
