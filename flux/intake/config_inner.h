/* What the parts of the reader of configurations share; config.h is for everybody else. */
#ifndef FLUX_INTAKE_CONFIG_INNER_H
#define FLUX_INTAKE_CONFIG_INNER_H

#include <stdio.h>

#include "flux/intake/config.h"

/* "source.NAME", and its zero. */
enum { SOURCE_SECTION_MAX = sizeof("source.") + SOURCE_NAME_MAX };

/* setting: what the fault is about, NULL when it is about no setting. near: "" for nothing. */
void fault_add(struct config_faults *faults, enum config_fault_kind kind, unsigned line, const char *subject, const char *near,
               const struct setting *setting);
/* Subject "[section] key". */
void fault_key(struct config_faults *faults, enum config_fault_kind kind, unsigned line, const char *section, const struct setting *setting,
               const char *near);

/* The texts of the file and their lines, not judged yet. */
enum err config_read(FILE *file, struct config *c, struct config_faults *faults);
/* Judges the text of a value, or puts fallback in its place, and makes a path absolute. */
enum err value_settle(const struct config *c, const struct setting *s, struct config_value *v, const char *section, const char *fallback,
                      struct config_faults *faults);

/* The name of a source's section; NULL for another section. */
const char *source_named(const char *section);
bool source_name_right(const char *name);
/* NULL when there is none of this name. */
struct config_source *source_find(struct config *c, const char *name);
/* To be called when the general settings are settled. */
enum err sources_settle(struct config *c, struct config_faults *faults);
void sources_judge(const struct config *c, struct config_faults *faults);

#endif
