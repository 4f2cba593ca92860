#include "flux/intake/config_fault.h"

#include <stdio.h>
#include <string.h>

#include "flux/base/i18n.h"

/* "auto, fr, en" */
static void list_choices(enum setting_type type, char *out, size_t size)
{
    size_t at = 0;
    const char *choice;
    out[0] = '\0';
    for (size_t i = 0; at < size && (choice = setting_choice(type, i)); i++)
        at += (size_t)snprintf(out + at, size - at, "%s%s", i ? ", " : "", choice);
}

/* What is allowed, translated; "" when the sentence says it already. */
static void allowed(const struct config_fault *f, char *out, size_t size)
{
    char low[SETTING_BOUND_MAX], high[SETTING_BOUND_MAX];
    out[0] = '\0';
    if (f->setting && f->kind == CONFIG_NOT_ONE_OF)
        list_choices(f->setting->type, out, size);
    else if (f->setting && f->kind != CONFIG_NOT_SHARE && setting_bounds(f->setting, low, high))
        snprintf(out, size, _("from %s to %s"), low, high);
}

const char *config_fault_sentence(const struct config_fault *f, char out[FAULT_SENTENCE_MAX])
{
    char more[256];
    const char *sentence = _(config_fault_text(f->kind));
    bool of_a_list = f->kind == CONFIG_KEEP_UNKNOWN || f->kind == CONFIG_NOT_MAIL;
    bool of_a_value = f->kind == CONFIG_NOT_NUMBER || f->kind == CONFIG_NOT_DURATION || f->kind == CONFIG_NOT_ONE_OF || of_a_list;
    more[0] = '\0';
    if (f->near[0] && of_a_list)
        snprintf(more, sizeof(more), "%s", f->near);
    else if (!f->near[0] && of_a_value)
        allowed(f, more, sizeof(more));
    if (more[0])
        snprintf(out, FAULT_SENTENCE_MAX, "%s (%s)", sentence, more);
    else if (f->near[0])
        snprintf(out, FAULT_SENTENCE_MAX, _("%s; did you mean \"%s\"?"), sentence, f->near);
    else
        snprintf(out, FAULT_SENTENCE_MAX, "%s", sentence);
    return out;
}
