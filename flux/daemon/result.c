#include "flux/daemon/result.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "flux/base/i18n.h"

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static bool parser_died(const json_t *flux)
{
    const json_t *reasons = json_object_get(flux, "reasons");
    for (size_t i = 0; i < json_array_size(reasons); i++) {
        const char *code = text_of(json_array_get(reasons, i), "code");
        if (strcmp(code, "F_PARSER_DIED") != 0 && strcmp(code, "F_PARSER_STUCK") != 0)
            return false;
    }
    return json_array_size(reasons) > 0;
}

static bool count(const json_t *flux, struct told *t)
{
    const struct {
        const char *status;
        unsigned *count;
    } rows[] = {{"applied", &t->applied}, {"already", &t->already}, {"refused", &t->refused}, {"held", &t->held}};
    const char *status = text_of(flux, "status");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(rows[i].status, status) == 0) {
            ++*rows[i].count;
            return true;
        }
    return false;
}

void result_read(const char *text, size_t len, struct result *r)
{
    *r = (struct result){.list = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL)};
    struct told t = {.valid = json_is_array(r->list) && json_array_size(r->list) > 0, .parser_only = true};
    for (size_t i = 0; i < json_array_size(r->list) && t.valid; i++) {
        const json_t *flux = json_array_get(r->list, i);
        t.valid = count(flux, &t);
        if (strcmp(text_of(flux, "status"), "refused") == 0)
            t.parser_only &= parser_died(flux);
    }
    t.parser_only &= t.refused > 0;
    if (t.valid)
        r->told = t;
    else
        result_free(r);
}

void result_free(struct result *r)
{
    json_decref(r->list);
    *r = (struct result){0};
}

static void append(char *out, size_t size, const char *text)
{
    size_t n = strlen(out);
    snprintf(out + n, size - n, "%s", text);
}

void result_flux(const struct result *r, char *out, size_t size)
{
    char number[32];
    out[0] = '\0';
    for (size_t i = 0; i < json_array_size(r->list); i++) {
        const json_t *id = json_object_get(json_array_get(r->list, i), "flux");
        if (!json_is_integer(id))
            continue;
        snprintf(number, sizeof(number), "%s%" JSON_INTEGER_FORMAT, out[0] ? ", " : "", json_integer_value(id));
        append(out, size, number);
    }
}

bool result_any(const struct result *r, bool (*is)(void *ctx, const char *sha256), void *ctx)
{
    bool any = false;
    for (size_t i = 0; i < json_array_size(r->list) && !any; i++)
        any = is(ctx, text_of(json_array_get(r->list, i), "sha256"));
    return any;
}

static void append_codes(const json_t *flux, char *out, size_t size)
{
    const json_t *reasons = json_object_get(flux, "reasons");
    for (size_t i = 0; i < json_array_size(reasons); i++) {
        const char *code = text_of(json_array_get(reasons, i), "code");
        if (code[0] && !strstr(out, code)) {
            append(out, size, strstr(out, ": ") ? "" : _(":"));
            append(out, size, " ");
            append(out, size, code);
        }
    }
}

static void append_part(const char *part, unsigned count, char *out, size_t size)
{
    if (count == 0)
        return;
    if (out[0])
        append(out, size, ", ");
    append(out, size, part);
}

void result_summary(const struct result *r, char *out, size_t size)
{
    const struct told *t = &r->told;
    char part[64];
    out[0] = '\0';
    snprintf(part, sizeof(part), ngettext("%u applied", "%u applied", t->applied), t->applied);
    append_part(part, t->applied, out, size);
    snprintf(part, sizeof(part), ngettext("%u already applied", "%u already applied", t->already), t->already);
    append_part(part, t->already, out, size);
    snprintf(part, sizeof(part), ngettext("%u refused", "%u refused", t->refused), t->refused);
    append_part(part, t->refused, out, size);
    snprintf(part, sizeof(part), ngettext("%u held", "%u held", t->held), t->held);
    append_part(part, t->held, out, size);
    for (size_t i = 0; i < json_array_size(r->list); i++) {
        const json_t *flux = json_array_get(r->list, i);
        const char *status = text_of(flux, "status");
        if (strcmp(status, "refused") == 0 || strcmp(status, "held") == 0)
            append_codes(flux, out, size);
    }
}

bool peek_read(const char *text, size_t len, void (*took)(void *ctx, const char *file, const char *order), void *ctx)
{
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    const json_t *files = json_object_get(root, "files");
    bool valid = json_is_array(files);
    for (size_t i = 0; i < json_array_size(files); i++) {
        const json_t *file = json_array_get(files, i);
        if (text_of(file, "file")[0])
            took(ctx, text_of(file, "file"), text_of(file, "order"));
    }
    json_decref(root);
    return valid;
}
