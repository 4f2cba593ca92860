#include "cli/finding_view.h"

#include "cli/i18n.h"
#include "cli/json.h"
#include "cli/render.h"

const char *cost_name(enum cost c) { return cost_row(c)->word; }

const char *cost_label(enum cost c) { return _(cost_row(c)->label); }

void finding_json(json_t *object, const struct finding *f)
{
    const struct finding_rule *rule = finding_rule(f->code);
    put_text(object, "code", rule->name);
    put_text(object, "severity", cost_name(f->cost));
    put_text(object, "path", f->path);
    put_int(object, "line", f->line);
    put_text(object, "message", _(rule->sentence));
}

void finding_text(struct output *o, const struct finding *f)
{
    const struct finding_rule *rule = finding_rule(f->code);
    fprintf(o->file, "%s%s%s  %s\n", paint(o, f->cost <= COST_HOUSEHOLD ? RED : YELLOW), rule->name, paint(o, PLAIN), cost_label(f->cost));
    field(o, _("Why"), _(rule->sentence));
    field(o, _("Where"), f->path);
    if (f->line)
        fieldf(o, _("Line"), "%u", (unsigned)f->line);
    if (rule->advice[0])
        field(o, _("What to do"), _(rule->advice));
}
