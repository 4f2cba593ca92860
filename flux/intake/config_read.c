#include <assert.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "flux/base/utf8.h"
#include "flux/intake/config_inner.h"
#include "flux/intake/nearest.h"

/* inih gives a buffer of 200 bytes; what is longer is told, never cut. Source: ux 3. */
enum { LINE_MAX_BYTES = 190, FILE_MAX_BYTES = 1 << 20, SECTION_TEXT_MAX = 64 };

/* Where the keys that follow belong. */
enum place {
    PLACE_START, /* before the first section */
    PLACE_SECTION,
    PLACE_SOURCE,
    PLACE_SPARE, /* a source that cannot be kept: its keys are judged all the same */
    PLACE_LOST   /* nobody knows: its keys cannot be judged */
};

struct reading {
    FILE *file;
    struct config *config;
    struct config_faults *faults;
    unsigned line;
    size_t bytes;
    enum place place;
    char section[SECTION_TEXT_MAX];
    struct config_source *source; /* PLACE_SOURCE */
    uint64_t spare;               /* PLACE_SPARE: keys seen, by bit */
    bool seen[SETTING_COUNT];     /* sections seen, by their first setting */
    bool owed;                    /* the line read last should give a key */
    bool continued;               /* the line read last goes on with the list of the line before */
    const struct setting *last;   /* of the key taken last in this section; NULL after one that was not taken */
    char owed_text[SECTION_TEXT_MAX];
    enum err err;
};

static_assert(SOURCE_SETTINGS <= 64, "the keys of a source have a bit each");

/* The first setting of a section, SETTING_COUNT when there is no such section. */
static size_t section_find(const char *section)
{
    size_t i = 0;
    while (i < SETTING_COUNT && strcmp(settings[i].section, section) != 0)
        i++;
    return i;
}

static void unknown_section(struct reading *r)
{
    char subject[SECTION_TEXT_MAX + 2];
    struct nearest n;
    nearest_init(&n, r->section);
    for (size_t i = 0; i < SETTING_COUNT; i++)
        nearest_try(&n, settings[i].section);
    nearest_try(&n, "source.caf");
    const char *near = strcmp(r->section, "source") == 0 ? "source.caf" : n.best ? n.best : "";
    snprintf(subject, sizeof(subject), "[%s]", r->section);
    fault_add(r->faults, CONFIG_UNKNOWN_SECTION, r->line, subject, near, NULL);
}

static void unknown_key(struct reading *r, const char *key)
{
    char subject[2 * SECTION_TEXT_MAX + 2];
    struct nearest n;
    nearest_init(&n, key);
    for (size_t i = 0; r->place == PLACE_SECTION && i < SETTING_COUNT; i++)
        if (strcmp(settings[i].section, r->section) == 0)
            nearest_try(&n, settings[i].key);
    for (size_t i = 0; r->place != PLACE_SECTION && i < SOURCE_SETTINGS; i++)
        nearest_try(&n, source_settings[i].key);
    snprintf(subject, sizeof(subject), "[%s] %s", r->section, key);
    fault_add(r->faults, CONFIG_UNKNOWN_KEY, r->line, subject, n.best ? n.best : "", NULL);
}

static void section_fault(struct reading *r, enum config_fault_kind kind)
{
    char subject[SECTION_TEXT_MAX + 2];
    snprintf(subject, sizeof(subject), "[%s]", r->section);
    fault_add(r->faults, kind, r->line, subject, "", NULL);
}

static void enter_source(struct reading *r, const char *name)
{
    struct config *c = r->config;
    bool right = source_name_right(name);
    r->place = PLACE_SOURCE;
    r->source = right ? source_find(c, name) : NULL;
    if (r->source) {
        section_fault(r, CONFIG_SECTION_REPEATED);
    } else if (right && c->source_count < SOURCES_MAX) {
        r->source = &c->sources[c->source_count++];
        snprintf(r->source->name, sizeof(r->source->name), "%s", name);
        r->source->line = r->line;
    } else {
        section_fault(r, right ? CONFIG_SOURCE_MANY : CONFIG_SOURCE_NAME);
        r->place = PLACE_SPARE;
        r->spare = 0;
    }
}

static void enter_section(struct reading *r)
{
    size_t first = section_find(r->section);
    const char *name = source_named(r->section);
    r->last = NULL;
    if (name) {
        enter_source(r, name);
        return;
    }
    r->place = first < SETTING_COUNT ? PLACE_SECTION : PLACE_LOST;
    if (r->place == PLACE_LOST) {
        unknown_section(r);
        return;
    }
    if (r->seen[first])
        section_fault(r, CONFIG_SECTION_REPEATED);
    r->seen[first] = true;
}

static void look_at_section(struct reading *r, const char *text)
{
    char cut[SECTION_TEXT_MAX];
    const char *end = strchr(text, ']'), *rest = end ? end + 1 + strspn(end + 1, " \t") : "";
    snprintf(cut, sizeof(cut), "%.*s", (int)utf8_cut(text, strlen(text), sizeof(cut) - 1), text);
    if (!end || (*rest && *rest != '#' && *rest != ';'))
        fault_add(r->faults, CONFIG_SYNTAX, r->line, cut, "", NULL);
    if (!end) {
        r->place = PLACE_LOST;
        r->last = NULL;
        return;
    }
    size_t len = utf8_cut(text + 1, (size_t)(end - text - 1), sizeof(r->section) - 1);
    snprintf(r->section, sizeof(r->section), "%.*s", (int)len, text + 1);
    enter_section(r);
}

/* A line that owed a key and gave none. */
static void settle(struct reading *r)
{
    if (r->owed)
        fault_add(r->faults, CONFIG_SYNTAX, r->line, r->owed_text, "", NULL);
    r->owed = false;
}

/* Tabs are spaces. */
static bool is_text(const char *line)
{
    for (;;) {
        size_t n = strcspn(line, "\t");
        if (!utf8_printable(line, n))
            return false;
        if (!line[n])
            return true;
        line += n + 1;
    }
}

/* Only a list goes on over indented lines: elsewhere an indented line is a line like others. */
static void look_at_line(struct reading *r, char *line)
{
    size_t indent = strspn(line, " \t");
    const char *start = line + indent;
    bool nothing = *start == '\0' || *start == '#' || *start == ';';
    r->continued = indent && !nothing && *start != '[' && r->last && r->last->type == SETTING_TYPE_KEEP;
    if (!nothing && !is_text(start)) {
        fault_add(r->faults, CONFIG_NOT_TEXT, r->line, "", "", NULL);
        line[0] = '\0';
        return;
    }
    if (*start == '[')
        look_at_section(r, start);
    r->owed = !nothing && *start != '[';
    if (r->owed)
        snprintf(r->owed_text, sizeof(r->owed_text), "%.*s", (int)utf8_cut(start, strlen(start), sizeof(r->owed_text) - 1), start);
    if (!r->continued)
        memmove(line, start, strlen(start) + 1);
}

struct raw {
    size_t len; /* of the line without its end, however much of it was kept */
    bool zero;
};

/* A line as far as it has room, without its end; false at the end of the file. */
static bool get_line(struct reading *r, char *out, size_t room, struct raw *raw)
{
    int c = EOF;
    size_t at = 0;
    *raw = (struct raw){0, false};
    while (r->bytes++ < FILE_MAX_BYTES && (c = getc(r->file)) != EOF && c != '\n') {
        raw->zero |= c == '\0';
        raw->len++;
        if (at + 1 < room)
            out[at++] = (char)c;
    }
    out[at] = '\0';
    if (at && at == raw->len && out[at - 1] == '\r') {
        out[at - 1] = '\0';
        raw->len--;
    }
    return c != EOF;
}

static char *read_line(char *str, int num, void *stream)
{
    static const char mark[] = "\xEF\xBB\xBF";
    struct reading *r = stream;
    struct raw raw;
    settle(r);
    if (r->bytes > FILE_MAX_BYTES)
        return NULL;
    bool more = get_line(r, str, (size_t)num - 1, &raw);
    if (!more && raw.len == 0)
        return NULL;
    r->line++;
    if (r->line == 1 && strncmp(str, mark, sizeof(mark) - 1) == 0) {
        raw.len -= sizeof(mark) - 1;
        memmove(str, str + sizeof(mark) - 1, strlen(str) + 2 - sizeof(mark));
    }
    if (raw.zero || raw.len > LINE_MAX_BYTES) {
        fault_add(r->faults, raw.zero ? CONFIG_NOT_TEXT : CONFIG_LINE_TOO_LONG, r->line, "", "", NULL);
        str[0] = '\0';
    } else {
        look_at_line(r, str);
    }
    size_t len = strlen(str);
    str[len] = '\n';
    str[len + 1] = '\0';
    return str;
}

/* Without the quotes around it; NULL when only one of them is there. */
static char *unquoted(const char *text, bool *open)
{
    size_t len = strlen(text);
    *open = text[0] == '"' && (len < 2 || text[len - 1] != '"');
    if (text[0] == '"' && !*open)
        return strndup(text + 1, len - 2);
    return *open ? NULL : strdup(text);
}

/* The list goes on over indented lines: inih gives the same key once per line. */
static enum err extend(struct config_value *v, const char *text)
{
    char *joined = NULL;
    if (!v->text)
        return ERR_OK;
    if (asprintf(&joined, "%s%s%s", v->text, v->text[0] && v->text[strlen(v->text) - 1] != ',' ? "," : "", text) < 0)
        return ERR_NOMEM;
    free(v->text);
    v->text = joined;
    return ERR_OK;
}

/* NULL when there is no such key here. *value: where its text goes, NULL when it goes nowhere. */
static const struct setting *setting_find(const struct reading *r, const char *key, struct config_value **value)
{
    *value = NULL;
    for (size_t i = 0; r->place == PLACE_SECTION && i < SETTING_COUNT; i++)
        if (strcmp(settings[i].section, r->section) == 0 && strcmp(settings[i].key, key) == 0) {
            *value = &r->config->values[i];
            return &settings[i];
        }
    for (size_t i = 0; r->place != PLACE_SECTION && i < SOURCE_SETTINGS; i++)
        if (strcmp(source_settings[i].key, key) == 0) {
            *value = r->place == PLACE_SOURCE ? &r->source->values[i] : NULL;
            return &source_settings[i];
        }
    return NULL;
}

/* A key of a source that cannot be kept. */
static void take_spare(struct reading *r, const struct setting *s, const char *text)
{
    int64_t number;
    char near[64];
    uint64_t bit = UINT64_C(1) << (s - source_settings);
    enum config_fault_kind kind = setting_judge(s, text, &number, near, sizeof(near));
    if (r->spare & bit)
        fault_key(r->faults, CONFIG_REPEATED, r->line, r->section, s, "");
    else if (kind != CONFIG_FAULT_KINDS)
        fault_key(r->faults, kind, r->line, r->section, s, near);
    r->spare |= bit;
}

static void take(struct reading *r, const struct setting *s, struct config_value *v, const char *text)
{
    bool open = false;
    r->last = s;
    if (v && v->line) {
        fault_key(r->faults, CONFIG_REPEATED, r->line, r->section, s, "");
        return;
    }
    char *clean = unquoted(text, &open);
    if (open)
        fault_key(r->faults, CONFIG_QUOTE_OPEN, r->line, r->section, s, "");
    else if (!clean)
        r->err = ERR_NOMEM;
    else if (!v)
        take_spare(r, s, clean);
    if (!v) {
        free(clean);
        return;
    }
    v->text = clean;
    v->line = r->line;
    v->wrong = open;
}

static int take_value(void *user, const char *section, const char *key, const char *text)
{
    struct reading *r = user;
    struct config_value *v = NULL;
    (void)section;
    r->owed = false;
    const struct setting *s = setting_find(r, key, &v);
    if (r->place == PLACE_START)
        fault_add(r->faults, CONFIG_NO_SECTION, r->line, key, "", NULL);
    if (r->place == PLACE_START || r->place == PLACE_LOST)
        return 1;
    if (!s) {
        r->last = NULL;
        unknown_key(r, key);
    } else if (r->continued) {
        r->err = extend(v, text);
    } else {
        take(r, s, v, text);
    }
    return 1;
}

enum err config_read(FILE *file, struct config *c, struct config_faults *faults)
{
    struct reading r = {.file = file, .config = c, .faults = faults};
    if (ini_parse_stream(read_line, &r, take_value, &r) == -2)
        r.err = ERR_NOMEM;
    settle(&r);
    if (r.bytes > FILE_MAX_BYTES)
        fault_add(faults, CONFIG_TOO_LARGE, r.line, "", "", NULL);
    if (!r.err && ferror(file))
        r.err = ERR_IO;
    return r.err;
}
