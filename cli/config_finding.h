/* What config check finds: faults, which keep the instance from working, and warnings. Told line by line as they come, or collected for
 * machines. */
#ifndef CLI_CONFIG_FINDING_H
#define CLI_CONFIG_FINDING_H

#include <jansson.h>

#include "cli/cli.h"
#include "flux/intake/config.h"

enum gravity { WARNING, FAULT };

struct findings {
    struct cli *cli;
    json_t *faults, *warnings; /* NULL for people */
    size_t fault_count, warning_count;
};

/* Where what is wrong was said: a setting, or with value NULL a part of the machine. */
struct origin {
    char subject[64]; /* "[instance] store", "clock" */
    const struct config_value *value;
};

struct origin origin_setting(const struct config *c, enum setting_id id);
struct origin origin_source(const struct config_source *s, enum source_setting_id id);
struct origin origin_machine(const char *part);

/* path: NULL when the message names it. message: translated. */
void finding_add(struct findings *f, enum gravity gravity, const struct origin *origin, const char *path, const char *message);
/* What the reader of the configuration found. */
void finding_config(struct findings *f, const struct config_faults *faults);

#endif
