/* The NUMDEMRSA that a command was given, the dossier it names, the days it asks for. */
#ifndef CLI_DOSSIER_ARG_H
#define CLI_DOSSIER_ARG_H

#include <jansson.h>

#include "cli/instance.h"
#include "store/asof.h"

enum { DAY_SECONDS = 86400 };

struct dossier_arg {
    const char *number;
    uint64_t serial; /* 0: no dossier has this number */
    struct asof when;
    bool at, known_at; /* which of the two was given */
};

struct dossier_act {
    const char *op; /* for the journal */
    /* Makes what is to be shown, and prints nothing: it is written into the journal first. ERR_NOTFOUND: there is nothing. */
    enum err (*read)(struct cli *cli, struct instance *i, const struct dossier_arg *a, json_t **ret);
    enum err (*show)(struct cli *cli, const json_t *object); /* for people; machines get the object as it is */
    bool rejects;                                            /* read knows what to do without a dossier */
};

/* The command, its first argument a NUMDEMRSA; exit code. */
int dossier_command(struct cli *cli, const struct dossier_act *act);
/* Puts a day as ISO text. */
void put_day(json_t *object, const char *key, int64_t days);

#endif
