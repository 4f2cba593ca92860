#include "cli/cli.h"
#include "cli/config_text.h"
#include "cli/instance.h"
#include "cli/json.h"
#include "cli/render.h"
#include "cli/text.h"
#include "flux/intake/config.h"

static void show_json(struct cli *cli)
{
    const struct config *c = cli->config;
    json_t *object = json_object(), *all = json_object();
    put_int(object, "schema", 1);
    put_text(object, "file", c->file);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        json_t *section = json_object_get(all, settings[i].section), *one = json_object();
        if (!section) {
            section = json_object();
            put_json(all, settings[i].section, section);
        }
        put_text(one, "value", c->values[i].text);
        put_text(one, "origin", c->values[i].line ? "file" : "default");
        put_json(one, "line", c->values[i].line ? json_integer(c->values[i].line) : json_null());
        put_json(section, settings[i].key, one);
    }
    put_json(object, "settings", all);
    json_end(object, &cli->out);
}

static enum err show_text(struct cli *cli)
{
    static const struct column columns[] = {
        {N_("SECTION"), false, false}, {N_("KEY"), false, false}, {N_("VALUE"), false, true}, {N_("ORIGIN"), false, false}};
    const struct config *c = cli->config;
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    field(&cli->out, _("File"), c->file);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        char origin[64];
        if (c->values[i].line)
            snprintf(origin, sizeof(origin), _("line %u"), c->values[i].line);
        else
            snprintf(origin, sizeof(origin), "%s", _("default"));
        const char *cells[] = {settings[i].section, settings[i].key, c->values[i].text, origin};
        table_row(t, cells);
    }
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
    config_text_write(cli->out.file, "062", "auto");
    return 0;
}
