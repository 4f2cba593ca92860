/* The parts of config check. Each tells everything that it finds, and none keeps another from being told. */
#ifndef CLI_CONFIG_CHECK_H
#define CLI_CONFIG_CHECK_H

#include <stdint.h>

#include "cli/config_finding.h"
#include "store/store.h"

/* All of them, in their order; f->cli->config was read as far as it can be, faults says what was wrong. */
void check_all(struct findings *f, const struct config_faults *faults);
/* Folders by themselves, their file systems, and how they lie to each other. */
void check_folders(struct findings *f);
/* What the machine gives: room, watches, descriptors, the program that takes mail. */
void check_machine(struct findings *f);
/* newest: of what the store says was done, 0 when it says nothing; the journal is looked into here. */
void check_clock(struct findings *f, int64_t newest);
/* The folder of the backups and their key. */
void check_backup(struct findings *f);

#endif
