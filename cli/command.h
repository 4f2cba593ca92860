/* The table of commands and options, from which dispatch, help and completion come. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli;

enum option_id {
#define OPTION(id, name, letter, argument, doc) OPTION_##id,
#include "cli/options.def"
#undef OPTION
    OPTION_COUNT
};

#define OPT(id) (UINT64_C(1) << OPTION_##id)
#define OPTS_COMMON (OPT(CONFIG) | OPT(JSON) | OPT(HELP) | OPT(VERSION) | OPT(NO_COLOR))

struct option_row {
    const char *name, *argument, *doc; /* argument, doc: gettext msgids */
    char letter;
};

enum command_flags {
    CMD_NONE = 0,
    CMD_INSTANCE = 1, /* needs a configuration and a store */
    CMD_WRITES = 2,
    CMD_PERSONAL = 4, /* shows or takes personal data: written into the journal, arguments wiped */
    CMD_PAGED = 8     /* output is collected, then shown through the pager on a terminal */
};

enum { ARGS_MANY = 1 << 20 };

struct command {
    const char *noun, *verb;
    int (*run)(struct cli *cli); /* returns the exit code */
    size_t args_min, args_max;
    const char *args; /* "", or a gettext msgid */
    uint64_t options;
    unsigned flags;
    const char *summary, *examples; /* gettext msgids */
};

extern const struct option_row option_rows[OPTION_COUNT];
extern const struct command commands[];
extern const size_t command_count;

/* NULL when there is none; near then holds what was probably meant, or "". words: how many arguments name the command. */
const struct command *command_find(const char *const *args, size_t count, size_t *words, char *near, size_t size);
/* Whether some command begins with this noun. */
bool noun_known(const char *noun);

int cmd_check(struct cli *cli);
int cmd_init(struct cli *cli);
int cmd_import(struct cli *cli);
int cmd_flux_list(struct cli *cli);
int cmd_flux_show(struct cli *cli);
int cmd_flux_findings(struct cli *cli);
int cmd_flux_undo(struct cli *cli);
int cmd_flux_peek(struct cli *cli);
int cmd_flux_expected(struct cli *cli);
int cmd_dossier_show(struct cli *cli);
int cmd_dossier_search(struct cli *cli);
int cmd_dossier_history(struct cli *cli);
int cmd_dossier_trace(struct cli *cli);
int cmd_person_trace(struct cli *cli);
int cmd_rejects_list(struct cli *cli);
int cmd_rejects_show(struct cli *cli);
int cmd_person_show(struct cli *cli);
int cmd_person_duplicates_list(struct cli *cli);
int cmd_person_duplicates_show(struct cli *cli);
int cmd_person_duplicates_merge(struct cli *cli);
int cmd_person_duplicates_dismiss(struct cli *cli);
int cmd_person_unmerge(struct cli *cli);
int cmd_codes_list(struct cli *cli);
int cmd_codes_show(struct cli *cli);
int cmd_status(struct cli *cli);
int cmd_doctor(struct cli *cli);
int cmd_report_summary(struct cli *cli);
int cmd_store_backup(struct cli *cli);
int cmd_store_verify(struct cli *cli);
int cmd_store_restore(struct cli *cli);
int cmd_store_compact(struct cli *cli);
int cmd_config_check(struct cli *cli);
int cmd_config_show(struct cli *cli);
int cmd_config_example(struct cli *cli);
int cmd_sample_generate(struct cli *cli);
int cmd_sample_faults(struct cli *cli);
int cmd_sample_population(struct cli *cli);
int cmd_sample_situations(struct cli *cli);
int cmd_report_anomalies(struct cli *cli);
int cmd_report_movements(struct cli *cli);
int cmd_audit_show(struct cli *cli);
int cmd_audit_verify(struct cli *cli);

#endif
