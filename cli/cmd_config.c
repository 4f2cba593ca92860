#include <signal.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/config_text.h"
#include "cli/instance.h"
#include "cli/json.h"
#include "cli/render.h"
#include "cli/text.h"
#include "flux/intake/config.h"

static void add_value(json_t *all, const char *section_name, const char *key, const struct config_value *v)
{
    json_t *section = json_object_get(all, section_name), *one = json_object();
    if (!section) {
        section = json_object();
        put_json(all, section_name, section);
    }
    put_text(one, "value", v->text);
    put_text(one, "origin", v->line ? "file" : "default");
    put_json(one, "line", v->line ? json_integer(v->line) : json_null());
    put_json(section, key, one);
}

/* "fluxrsa.conf:12": the whole path stands above. */
static void add_row(struct table *t, const char *file, const char *section, const char *key, const struct config_value *v)
{
    char origin[64];
    const char *slash = strrchr(file, '/');
    if (v->line)
        snprintf(origin, sizeof(origin), "%s:%u", slash ? slash + 1 : file, v->line);
    else
        snprintf(origin, sizeof(origin), "%s", _("default"));
    const char *cells[] = {section, key, v->text, origin};
    table_row(t, cells);
}

static const char *source_section(const struct config_source *s, char *text, size_t size)
{
    snprintf(text, size, "source.%s", s->name);
    return text;
}

static void show_json(struct cli *cli)
{
    const struct config *c = cli->config;
    json_t *object = json_object(), *all = json_object();
    char section[SOURCE_NAME_MAX + 8];
    put_int(object, "schema", 1);
    put_text(object, "file", c->file);
    for (size_t i = 0; i < SETTING_COUNT; i++)
        add_value(all, settings[i].section, settings[i].key, &c->values[i]);
    for (size_t k = 0; k < c->source_count; k++)
        for (size_t i = 0; i < SOURCE_SETTINGS; i++)
            add_value(all, source_section(&c->sources[k], section, sizeof(section)), source_settings[i].key, &c->sources[k].values[i]);
    put_json(object, "settings", all);
    json_end(object, &cli->out);
}

static enum err show_text(struct cli *cli)
{
    static const struct column columns[] = {
        {N_("SECTION"), false, false}, {N_("KEY"), false, false}, {N_("VALUE"), false, true}, {N_("ORIGIN"), false, false}};
    const struct config *c = cli->config;
    char section[SOURCE_NAME_MAX + 8];
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    field(&cli->out, _("File"), c->file);
    for (size_t i = 0; i < SETTING_COUNT; i++)
        add_row(t, c->file, settings[i].section, settings[i].key, &c->values[i]);
    for (size_t k = 0; k < c->source_count; k++)
        for (size_t i = 0; i < SOURCE_SETTINGS; i++)
            add_row(t, c->file, source_section(&c->sources[k], section, sizeof(section)), source_settings[i].key, &c->sources[k].values[i]);
    return table_end(t, &cli->out, "");
}

int cmd_config_show(struct cli *cli)
{
    int code = instance_config(cli);
    if (code)
        return code;
    if (!cli_json(cli))
        return show_text(cli) ? failure(ERR_NOMEM, NULL) : 0;
    show_json(cli);
    return 0;
}

int cmd_config_example(struct cli *cli)
{
    /* Nothing of an instance is open: as for any filter, a reader that has seen enough ends the program. */
    signal(SIGPIPE, SIG_DFL);
    config_text_write(cli->out.file, "062", "auto");
    return 0;
}
