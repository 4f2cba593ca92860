#include "cli/config_text.h"

#include <string.h>

#include "cli/i18n.h"
#include "cli/text.h"
#include "flux/intake/config.h"

enum { COMMENT_WIDTH = 78 };

static void put_comment(FILE *out, const char *text)
{
    size_t column = 0;
    while (*text) {
        char word[128];
        size_t n = strcspn(text, " ");
        snprintf(word, sizeof(word), "%.*s", (int)n, text);
        if (column + 1 + text_width(word) > COMMENT_WIDTH && column > 0) {
            fputc('\n', out);
            column = 0;
        }
        if (column == 0)
            column = (size_t)fprintf(out, "#");
        fprintf(out, " %s", word);
        column += 1 + text_width(word);
        text += n + strspn(text + n, " ");
    }
    fputc('\n', out);
}

/* value: NULL for the default, which stands as a comment. */
static void put_setting(FILE *out, const struct setting *s, const char *value, const char *fallback)
{
    fputc('\n', out);
    put_comment(out, _(s->doc));
    if (value)
        fprintf(out, "%s = %s\n", s->key, value);
    else
        fprintf(out, "#%s =%s%s\n", s->key, fallback[0] ? " " : "", fallback);
}

static void put_source(FILE *out, const char *name, bool explained)
{
    char folder[64];
    snprintf(folder, sizeof(folder), "%s/%s", settings[SETTING_instance_drop].fallback, name);
    fprintf(out, "\n[source.%s]\n", name);
    for (size_t i = 0; explained && i < SOURCE_SETTINGS; i++)
        put_setting(out, &source_settings[i], i == SOURCE_emitter ? name : NULL, i == SOURCE_folder ? folder : source_settings[i].fallback);
    if (!explained)
        fprintf(out, "#folder = %s\nemitter = %s\n", folder, name);
}

/* The sources that there are without any section, the first one explained. */
static void put_sources(FILE *out)
{
    static const char *const names[] = {"caf", "msa", "pe"};
    for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
        put_source(out, names[k], k == 0);
}

void config_text_write(FILE *out, const char *departement, const char *langue)
{
    const char *section = "";
    put_comment(out, _("Configuration of fluxrsa. A line that begins with # is a comment and shows the default."));
    put_comment(out, _("After a change: fluxrsa config check"));
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const char *value = i == SETTING_instance_departement ? departement : i == SETTING_instance_langue ? langue : NULL;
        if (strcmp(section, settings[i].section) != 0)
            fprintf(out, "\n[%s]\n", settings[i].section);
        section = settings[i].section;
        put_setting(out, &settings[i], value, settings[i].fallback);
    }
    put_sources(out);
}
