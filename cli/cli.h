/* What a running command has at hand. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/command.h"
#include "cli/i18n.h"
#include "cli/messages.h"
#include "cli/output.h"
#include "flux/base/err.h"

struct config;

struct cli {
    const struct command *command;
    const char *opt[OPTION_COUNT]; /* NULL when not given; "" for a switch */
    char *typed[OPTION_COUNT];     /* owned, wiped by cli_forget; opt points into it */
    char **words;                  /* owned, wiped: the command and its arguments */
    const char **args;             /* into words */
    size_t arg_count;
    struct output out;
    struct config *config; /* of the instance, after instance_config */
    struct config *early;  /* the same, read for its language before that, when nothing is wrong with it */
    const char *exe_folder;
    const volatile int *stop;
};

static inline bool cli_json(const struct cli *cli) { return cli->opt[OPTION_JSON] != NULL; }

/* Options and arguments, in any order; exit code, or -1 to go on with cli->command. */
int cli_parse(struct cli *cli, int argc, const char **argv);
void cli_forget(struct cli *cli);
/* A whole number from min to max; false and a message when it is not. */
bool cli_number(const struct cli *cli, enum option_id id, uint64_t min, uint64_t max, uint64_t *number);
/* The serial number of a flux or a reject. */
bool cli_id(const char *text, uint64_t *id);
/* A day, ISO or DD/MM/YYYY, as days since 1970; false and a message when it is not. */
bool cli_day(const char *text, enum option_id id, int64_t *days);
bool day_parse(const char *text, int64_t *days);
/* What was typed, or a line of standard input for "-": "" at the end of the input. */
const char *cli_typed(const char *text, char *buffer, size_t size);

/* 0 when path leads to a plain file that may be read; else an exit code, after a message. */
int cli_look_at_file(const char *path);

/* Help, on standard output. */
void help_program(FILE *out);
void help_command(FILE *out, const struct command *c);
void help_noun(FILE *out, const char *noun);

int run_program(int argc, char **argv, const char *exe_folder, const volatile int *stop);

#endif
