/* JSON, the face that machines see: keys, codes and statuses are never translated. */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/output.h"

/* Makes jansson wipe what it frees, and end the program with the code of ERR_NOMEM when memory runs out, so that what is printed is never
 * short of a key. Once, before anything else of jansson. */
void json_start(void);

void put_text(json_t *object, const char *key, const char *text);    /* what is not UTF-8 becomes "?" */
void put_or_null(json_t *object, const char *key, const char *text); /* null for NULL and "" */
void put_int(json_t *object, const char *key, int64_t n);
void put_bool(json_t *object, const char *key, bool b);
void put_null(json_t *object, const char *key);
void put_json(json_t *object, const char *key, json_t *value);
void put_hex(json_t *object, const char *key, const uint8_t *data, size_t len);
/* A UTF-8 string made of what may not be UTF-8. */
json_t *json_clean(const char *text);

/* Prints and frees; ERR_IO when it could not be printed. */
enum err json_end(json_t *value, struct output *o);
/* Text at "A/B/C" below an object, NULL when it is not there. */
const char *json_at(const json_t *object, const char *path);

#endif
