#include <inttypes.h>
#include <stdio.h>

#include "flux/intake/config.h"

#define N_(text) text

const char *setting_type_text(enum setting_type type)
{
    switch (type) {
    case SETTING_TYPE_TEXT:
        return N_("text");
    case SETTING_TYPE_PATH:
        return N_("path");
    case SETTING_TYPE_NUMBER:
        return N_("whole number");
    case SETTING_TYPE_SHARE:
        return N_("percentage, like 2,5 %");
    case SETTING_TYPE_DEPARTEMENT:
        return N_("three characters");
    case SETTING_TYPE_KEEP:
        return N_("list");
    case SETTING_TYPE_DURATION:
        return N_("duration, in s, min, h or d (days)");
    case SETTING_TYPE_TIME:
        return N_("time of day, like 05:00");
    case SETTING_TYPE_WEEKDAYS:
        return N_("days of the week: mon, tue, wed, thu, fri, sat, sun");
    case SETTING_TYPE_MAIL:
        return N_("mail addresses, separated by commas");
    case SETTING_TYPE_LANGUAGE:
    case SETTING_TYPE_PROFILE:
    case SETTING_TYPE_NIR:
    case SETTING_TYPE_PURPOSE:
    case SETTING_TYPE_SINK:
    case SETTING_TYPE_EMITTER:
    case SETTING_TYPE_COMPLETE:
        return N_("one of");
    }
    return "";
}

static void bound(enum setting_type type, int64_t value, char out[SETTING_BOUND_MAX])
{
    static const struct {
        const char *name;
        int64_t seconds;
    } units[] = {{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}};
    size_t unit = 0;
    if (type == SETTING_TYPE_SHARE && value % 10) {
        snprintf(out, SETTING_BOUND_MAX, "%" PRId64 ",%" PRId64 " %%", value / 10, value % 10);
    } else if (type == SETTING_TYPE_SHARE) {
        snprintf(out, SETTING_BOUND_MAX, "%" PRId64 " %%", value / 10);
    } else if (type == SETTING_TYPE_DURATION) {
        while (value % units[unit].seconds)
            unit++;
        snprintf(out, SETTING_BOUND_MAX, "%" PRId64 " %s", value / units[unit].seconds, units[unit].name);
    } else {
        snprintf(out, SETTING_BOUND_MAX, "%" PRId64, value);
    }
}

bool setting_bounds(const struct setting *s, char low[SETTING_BOUND_MAX], char high[SETTING_BOUND_MAX])
{
    if (s->type != SETTING_TYPE_NUMBER && s->type != SETTING_TYPE_SHARE && s->type != SETTING_TYPE_DURATION && s->type != SETTING_TYPE_MAIL)
        return false;
    bound(s->type, s->min, low);
    bound(s->type, s->max, high);
    return true;
}
