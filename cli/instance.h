/* An instance as a command sees it: configuration, store, journal. Each returns 0 or an exit code, the reason told. */
#ifndef CLI_INSTANCE_H
#define CLI_INSTANCE_H

#include "cli/cli.h"
#include "flux/intake/config.h"
#include "flux/intake/intake.h"
#include "flux/intake/journal.h"
#include "store/store.h"

struct instance {
    struct store *store;
    struct store_txn *txn; /* read */
    struct journal *journal;
};

/* Loads cli->config and takes its language. */
int instance_config(struct cli *cli);
/* Takes the language of a configuration that was given by -c or FLUXRSA_CONFIG, as far as it can be read; says nothing. */
void instance_language(struct cli *cli);
/* Tells every fault of a configuration. */
void instance_faults(const char *file, const struct config_faults *faults);
const char *instance_config_path(const struct cli *cli);
struct store_place instance_place(const struct config *c);
/* Only the user that owns the instance may go on. */
int instance_owner(const struct config *c);
enum { INSTANCE_FAULT_MAX = 8192 };
/* Whether something is wrong with the keys that can be seen without reading them; fault then names the file and what to do, setting where
 * its path comes from. */
bool instance_key_fault(const struct config *c, enum setting_id *setting, char *fault, size_t size);
/* All of it, one after the other; tell: NULL allowed. */
bool instance_key_faults(const struct config *c, void (*tell)(void *ctx, enum setting_id setting, const char *fault), void *ctx);
/* Whether something is wrong with one file of a key. */
bool instance_file_fault(const char *path, char *fault, size_t size);
/* What to say of keys that are there and closed, and yet do not open the store. */
void instance_key_mismatch(const struct config *c, char *fault, size_t size);
/* Tells a failure of store or keys, the file at fault named; exit code of e. */
int instance_failure(const struct config *c, enum err e);
/* Configuration, owner, store (read), journal. */
int instance_open(struct cli *cli, struct instance *i);
/* A command whose one argument is the number of what show prints; usage: what to say when it is none. */
int instance_show(struct cli *cli, int (*show)(struct cli *cli, struct instance *i, uint32_t id), const char *usage);
void instance_close(struct instance *i);
/* The name of the user who runs the program, for the ledger. */
const char *instance_user(char *out, size_t size);
/* Writes an act into the journal under --purpose, or that of the configuration. To be called before anything is shown. */
int instance_log(struct cli *cli, struct instance *i, const char *op, const char *subject, const char *detail);
/* Whether NIR may be shown in full. */
bool instance_nir(const struct cli *cli);
/* Absolute path of fluxrsa-parse. */
const char *instance_parser(const struct cli *cli, char *path, size_t size);

#endif
