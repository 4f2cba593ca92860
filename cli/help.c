#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/render.h"
#include "cli/text.h"

enum { OPTION_WIDTH = 24, CODE_WIDTH = 18, NAME_MAX_WIDTH = 64 };

/* 0: no terminal. */
static int columns_of(FILE *out)
{
    struct winsize size;
    return isatty(fileno(out)) && ioctl(fileno(out), TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static void pad(FILE *out, size_t taken, size_t width) { fprintf(out, "%*s", (int)(taken < width ? width - taken : 1), ""); }

static void put_examples(FILE *out, const char *examples)
{
    fprintf(out, "%s\n", _("Examples:"));
    while (*examples) {
        size_t n = strcspn(examples, "\n");
        fprintf(out, "  %.*s\n", (int)n, examples);
        examples += n + (examples[n] == '\n');
    }
}

static void put_option(FILE *out, const struct option_row *o)
{
    char left[64];
    int n = o->letter ? snprintf(left, sizeof(left), "-%c, --%s", o->letter, o->name) : snprintf(left, sizeof(left), "    --%s", o->name);
    if (o->argument && n > 0 && (size_t)n < sizeof(left))
        snprintf(left + n, sizeof(left) - (size_t)n, " %s", _(o->argument));
    fprintf(out, "  %s", left);
    pad(out, text_width(left), OPTION_WIDTH + 2);
    put_wrapped(out, columns_of(out), _(o->doc), OPTION_WIDTH + 4);
    fputc('\n', out);
}

static void put_options(FILE *out, const char *title, uint64_t mask)
{
    if (!mask)
        return;
    fprintf(out, "\n%s\n", title);
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (mask >> i & 1)
            put_option(out, &option_rows[i]);
}

static const char *name_of(const struct command *c, char name[NAME_MAX_WIDTH])
{
    snprintf(name, NAME_MAX_WIDTH, "%s%s%s", c->noun, c->verb[0] ? " " : "", c->verb);
    return name;
}

/* noun: NULL for all. */
static void put_names(FILE *out, const char *noun)
{
    char name[NAME_MAX_WIDTH];
    size_t widest = 0;
    for (size_t i = 0; i < command_count; i++) {
        size_t width = text_width(name_of(&commands[i], name));
        if ((!noun || strcmp(commands[i].noun, noun) == 0) && width > widest)
            widest = width;
    }
    for (size_t i = 0; i < command_count; i++) {
        if (noun && strcmp(commands[i].noun, noun) != 0)
            continue;
        fprintf(out, "  %s", name_of(&commands[i], name));
        pad(out, text_width(name), widest + 2);
        put_wrapped(out, columns_of(out), _(commands[i].summary), widest + 4);
        fputc('\n', out);
    }
}

void help_command(FILE *out, const struct command *c)
{
    put_examples(out, _(c->examples));
    fprintf(out, "\n%s fluxrsa %s%s%s%s%s%s\n", _("Usage:"), c->noun, c->verb[0] ? " " : "", c->verb, c->options ? _(" [OPTION]…") : "",
            c->args[0] ? " " : "", c->args[0] ? _(c->args) : "");
    fputs("  ", out);
    put_wrapped(out, columns_of(out), _(c->summary), 2);
    fputc('\n', out);
    put_options(out, _("Options:"), c->options);
    put_options(out, _("Common options:"), OPTS_COMMON);
    if (c->flags & CMD_PERSONAL)
        fprintf(out, "\n%s\n", _("This command shows personal data: who ran it, when and why is written into the journal."));
}

void help_noun(FILE *out, const char *noun)
{
    fprintf(out, "%s fluxrsa %s %s\n\n", _("Usage:"), noun, _("COMMAND"));
    put_names(out, noun);
    fprintf(out, "\n%s fluxrsa %s %s --help\n", _("See also:"), noun, _("COMMAND"));
}

void help_program(FILE *out)
{
    put_examples(out, _("fluxrsa check rsa.RSABEM.202501.xml\n"
                        "fluxrsa init /srv/fluxrsa --departement 062\n"
                        "fluxrsa import -c /srv/fluxrsa/fluxrsa.conf rsa.RSABEM.202501.xml"));
    fprintf(out, "\n%s fluxrsa %s\n\n%s\n", _("Usage:"), _("[-c FILE] COMMAND [OPTION]… [ARGUMENT]…"), _("Commands:"));
    put_names(out, NULL);
    put_options(out, _("Common options:"), OPTS_COMMON);
    fprintf(out, "\n%s\n", _("Exit codes:"));
    for (size_t i = 0; i < exit_row_count; i++)
        fprintf(out, "  %-*d%s\n", CODE_WIDTH, exit_rows[i].code, _(exit_rows[i].meaning));
    fprintf(out, "\n%s fluxrsa %s --help, fluxrsa codes show %s\n", _("See also:"), _("COMMAND"), _("CODE"));
}
