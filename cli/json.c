#include "cli/json.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "cli/messages.h"
#include "cli/text.h"
#include "flux/base/wipe.h"

static void free_wiped(void *p)
{
    if (p)
        wipe(p, malloc_usable_size(p));
    free(p);
}

static void *malloc_or_end(size_t n)
{
    void *p = malloc(n);
    if (!p)
        exit(failure(ERR_NOMEM, NULL));
    return p;
}

void json_start(void) { json_set_alloc_funcs(malloc_or_end, free_wiped); }

json_t *json_clean(const char *text)
{
    json_t *value = json_string(text);
    if (value)
        return value;
    char *clean = text_clean_dup(text);
    value = clean ? json_string(clean) : NULL;
    free_wiped(clean);
    return value;
}

void put_json(json_t *object, const char *key, json_t *value) { json_object_set_new(object, key, value); }

void put_text(json_t *object, const char *key, const char *text) { put_json(object, key, json_clean(text)); }

void put_or_null(json_t *object, const char *key, const char *text)
{
    if (text && text[0])
        put_text(object, key, text);
    else
        put_null(object, key);
}

void put_int(json_t *object, const char *key, int64_t n) { put_json(object, key, json_integer(n)); }

void put_bool(json_t *object, const char *key, bool b) { put_json(object, key, json_boolean(b)); }

void put_null(json_t *object, const char *key) { put_json(object, key, json_null()); }

void put_hex(json_t *object, const char *key, const uint8_t *data, size_t len)
{
    char text[129];
    if (len > 64)
        len = 64;
    text_hex(data, len, text);
    put_text(object, key, text);
}

enum err json_end(json_t *value, struct output *o)
{
    int failed = json_dumpf(value, o->file, JSON_INDENT(2));
    fputc('\n', o->file);
    json_decref(value);
    return failed ? ERR_IO : ERR_OK;
}

const char *json_at(const json_t *object, const char *path)
{
    char key[64];
    while (object && *path) {
        size_t n = strcspn(path, "/");
        snprintf(key, sizeof(key), "%.*s", (int)n, path);
        object = json_object_get(object, key);
        path += n + (path[n] == '/');
    }
    return json_string_value(object);
}
