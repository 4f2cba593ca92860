#include <popt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/instance.h"
#include "flux/base/wipe.h"
#include "flux/intake/nearest.h"

#ifndef FLUXRSA_VERSION
#define FLUXRSA_VERSION "0.1.0"
#endif

/* What is called at exit can reach nothing else. */
static bool parsing;

/* Without memory popt ends the program, with the code of an import that had rejects. */
static void popt_ended_it(void)
{
    if (parsing)
        _exit(failure(ERR_NOMEM, NULL));
}

/* popt gives back the value of an option; 0 would mean that it stored it by itself. */
static void fill_options(struct poptOption table[OPTION_COUNT + 1])
{
    memset(table, 0, (OPTION_COUNT + 1) * sizeof(table[0]));
    for (int i = 0; i < OPTION_COUNT; i++) {
        table[i].longName = option_rows[i].name;
        table[i].shortName = option_rows[i].letter;
        table[i].argInfo = option_rows[i].argument ? POPT_ARG_STRING : POPT_ARG_NONE;
        table[i].val = i + 1;
    }
}

static int unknown_option(const char *typed)
{
    struct nearest n;
    char word[64];
    size_t dashes = strspn(typed, "-");
    snprintf(word, sizeof(word), "%.*s", (int)strcspn(typed + dashes, "="), typed + dashes);
    nearest_init(&n, word);
    for (size_t i = 0; i < OPTION_COUNT; i++)
        nearest_try(&n, option_rows[i].name);
    if (n.best)
        return usage_error(_("unknown option %.*s; did you mean --%s?"), (int)strcspn(typed, "="), typed, n.best);
    return usage_error(_("unknown option %.*s; see fluxrsa --help"), (int)strcspn(typed, "="), typed);
}

static int wrong_option(poptContext context, int code)
{
    const char *typed = poptBadOption(context, POPT_BADOPTION_NOALIAS);
    if (code == POPT_ERROR_NOARG)
        return usage_error(_("option %s needs a value; see fluxrsa --help"), typed);
    if (code == POPT_ERROR_UNWANTEDARG)
        return usage_error(_("option %.*s takes no value"), (int)strcspn(typed, "="), typed);
    if (code == POPT_ERROR_BADOPT)
        return unknown_option(typed);
    return usage_error("%s: %s", typed, poptStrerror(code));
}

static int read_options(struct cli *cli, poptContext context)
{
    int code;
    while ((code = poptGetNextOpt(context)) > 0) {
        char *text = poptGetOptArg(context);
        if (!text && option_rows[code - 1].argument)
            return failure(ERR_NOMEM, NULL);
        free(cli->typed[code - 1]);
        cli->typed[code - 1] = text;
        cli->opt[code - 1] = text ? text : "";
    }
    instance_language(cli);
    return code == -1 ? -1 : wrong_option(context, code);
}

static int no_command(const char *const *args, const char *near)
{
    if (near[0] && noun_known(args[0]))
        return usage_error(_("unknown command \"%s %s\"; did you mean \"fluxrsa %s\"?"), args[0], args[1], near);
    if (near[0])
        return usage_error(_("unknown command \"%s\"; did you mean \"fluxrsa %s\"?"), args[0], near);
    if (!noun_known(args[0]))
        return usage_error(_("unknown command \"%s\"; see fluxrsa --help"), args[0]);
    if (args[1])
        return usage_error(_("unknown command \"%s %s\"; see fluxrsa %s --help"), args[0], args[1], args[0]);
    return usage_error(_("\"%s\" needs to be followed by what to do; see fluxrsa %s --help"), args[0], args[0]);
}

static int check_options(const struct cli *cli)
{
    const struct command *c = cli->command;
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (cli->opt[i] && !((c->options | OPTS_COMMON) >> i & 1))
            return usage_error(_("--%s is no option of \"fluxrsa %s%s%s\"; see fluxrsa %s%s%s --help"), option_rows[i].name, c->noun,
                               c->verb[0] ? " " : "", c->verb, c->noun, c->verb[0] ? " " : "", c->verb);
    if (cli->arg_count < c->args_min)
        return usage_error(_("%s is missing; see fluxrsa %s%s%s --help"), _(c->args), c->noun, c->verb[0] ? " " : "", c->verb);
    if (cli->arg_count > c->args_max)
        return usage_error(_("too many arguments; see fluxrsa %s%s%s --help"), c->noun, c->verb[0] ? " " : "", c->verb);
    return -1;
}

static int show_help(const struct cli *cli, const char *const *args, size_t count)
{
    if (cli->command)
        help_command(stdout, cli->command);
    else if (count > 0 && noun_known(args[0]))
        help_noun(stdout, args[0]);
    else
        help_program(stdout);
    return 0;
}

static int choose(struct cli *cli, const char **args, size_t count)
{
    char near[NEAREST_WORD_MAX * 2];
    size_t words = 0;
    cli->command = command_find(args, count, &words, near, sizeof(near));
    if (cli->opt[OPTION_HELP] || (count == 0 && !cli->opt[OPTION_VERSION]))
        return show_help(cli, args, count);
    if (cli->opt[OPTION_VERSION]) {
        printf("fluxrsa %s\n", FLUXRSA_VERSION);
        return 0;
    }
    if (!cli->command)
        return no_command(args, near);
    cli->args = args + words;
    cli->arg_count = count - words;
    return check_options(cli);
}

/* The words that are no options, without the name of the program. That one is always there, unless popt found no memory to keep any. */
static int keep_words(struct cli *cli, const char **args, size_t *count)
{
    for (*count = 0; args && args[0] && args[*count + 1];)
        (*count)++;
    cli->words = args && args[0] ? calloc(*count + 1, sizeof(cli->words[0])) : NULL;
    for (size_t i = 0; cli->words && i < *count; i++) {
        cli->words[i] = strdup(args[i + 1]);
        if (!cli->words[i])
            return failure(ERR_NOMEM, NULL);
    }
    return cli->words ? -1 : failure(ERR_NOMEM, NULL);
}

static int parse(struct cli *cli, poptContext context)
{
    size_t count = 0;
    int code = context ? read_options(cli, context) : failure(ERR_NOMEM, NULL);
    if (code == -1)
        code = keep_words(cli, poptGetArgs(context), &count);
    return code == -1 ? choose(cli, (const char **)cli->words, count) : code;
}

int cli_parse(struct cli *cli, int argc, const char **argv)
{
    struct poptOption table[OPTION_COUNT + 1];
    fill_options(table);
    if (atexit(popt_ended_it))
        return failure(ERR_NOMEM, NULL);
    /* It would end the options at the first word. */
    unsetenv("POSIXLY_CORRECT");
    parsing = true;
    poptContext context = poptGetContext("fluxrsa", argc, argv, table, POPT_CONTEXT_NO_EXEC | POPT_CONTEXT_KEEP_FIRST);
    int code = parse(cli, context);
    poptFreeContext(context);
    parsing = false;
    return code;
}

static void forget(char *text)
{
    if (!text)
        return;
    wipe(text, strlen(text));
    free(text);
}

void cli_forget(struct cli *cli)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        forget(cli->typed[i]);
    for (size_t i = 0; cli->words && cli->words[i]; i++)
        forget(cli->words[i]);
    free(cli->words);
}
