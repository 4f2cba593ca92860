#include "cli/command.h"

#include <stdio.h>
#include <string.h>

#include "cli/i18n.h"
#include "flux/intake/nearest.h"

const struct option_row option_rows[OPTION_COUNT] = {
#define OPTION(id, name, letter, argument, doc) [OPTION_##id] = {name, argument, doc, letter},
#include "cli/options.def"
#undef OPTION
};

const struct command commands[] = {
#define COMMAND(noun, verb, run, args_min, args_max, args, options, flags, summary, examples)                                              \
    {noun, verb, run, args_min, args_max, args, options, flags, summary, examples},
#include "cli/commands.def"
#undef COMMAND
};

const size_t command_count = sizeof(commands) / sizeof(commands[0]);

bool noun_known(const char *noun)
{
    for (size_t i = 0; i < command_count; i++)
        if (strcmp(commands[i].noun, noun) == 0)
            return true;
    return false;
}

static void near_noun(const char *typed, char *near, size_t size)
{
    struct nearest n;
    nearest_init(&n, typed);
    for (size_t i = 0; i < command_count; i++)
        nearest_try(&n, commands[i].noun);
    snprintf(near, size, "%s", n.best ? n.best : "");
}

static void near_verb(const char *noun, const char *typed, char *near, size_t size)
{
    struct nearest n;
    nearest_init(&n, typed);
    for (size_t i = 0; i < command_count; i++)
        if (strcmp(commands[i].noun, noun) == 0)
            nearest_try(&n, commands[i].verb);
    snprintf(near, size, "%s%s%s", n.best ? noun : "", n.best ? " " : "", n.best ? n.best : "");
}

/* How many arguments the words of a verb take when they are these; 0 when they are not. */
static size_t verb_words(const char *verb, const char *const *args, size_t count)
{
    for (size_t n = 0; n < count; n++) {
        size_t len = strlen(args[n]);
        if (strncmp(verb, args[n], len) != 0 || (verb[len] && verb[len] != ' '))
            return 0;
        verb += len;
        if (!*verb)
            return n + 1;
        verb++;
    }
    return 0;
}

const struct command *command_find(const char *const *args, size_t count, size_t *words, char *near, size_t size)
{
    near[0] = '\0';
    *words = 1;
    for (size_t i = 0; i < command_count && count > 0; i++) {
        const struct command *c = &commands[i];
        if (strcmp(c->noun, args[0]) != 0)
            continue;
        size_t verb = verb_words(c->verb, args + 1, count - 1);
        *words = 1 + verb;
        if (!c->verb[0] || verb)
            return c;
    }
    if (count == 0)
        return NULL;
    if (!noun_known(args[0]))
        near_noun(args[0], near, size);
    else if (count > 1)
        near_verb(args[0], args[1], near, size);
    return NULL;
}
