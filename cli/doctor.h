/* What may be wrong with an instance and the machine below it: looked at one after the other, whatever is broken. */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include <stdbool.h>

#include "cli/instance.h"

enum doctor_state { DOCTOR_OK, DOCTOR_WARNING, DOCTOR_FAULT, DOCTOR_STATES };

enum doctor_look {
#define LOOK(name, group, what) DOCTOR_##name,
#include "cli/doctor.def"
#undef LOOK
    DOCTOR_LOOKS
};

struct doctor_line {
    enum doctor_look look;
    enum doctor_state state;
    char *found, *advice; /* translated */
};

struct doctor {
    struct cli *cli;  /* cli->config: NULL when it could not be read at all, defaults for what is wrong in it */
    const char *path; /* of the configuration */
    enum err config_err;
    struct config_faults faults;
    struct instance instance; /* what could be opened of it */
    enum err store_err, journal_err;
    int64_t now;
    struct doctor_line *lines;
    size_t count, cap;
    enum err err;
};

/* advice: "" when nothing is to be done. */
void doctor_say(struct doctor *d, enum doctor_look look, enum doctor_state state, const char *advice, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Each says one line at least. Before the store is opened: those that start other programs. */
#define LOOK(name, group, what) void doctor_##name(struct doctor *d);
#include "cli/doctor.def"
#undef LOOK

#endif
