#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "flux/intake/config.h"
#include "flux/intake/nearest.h"

static const char *const languages[] = {"auto", "fr", "en", NULL};
static const char *const profiles[] = {"monjob62", "accompagnement", "gestion", NULL};
static const char *const nir_rules[] = {"hmac", "sealed", NULL};
static const char *const purposes[] = {"suivi", "orientation", "controle", "statistiques", NULL};

static const char *const *choices(enum setting_type type)
{
    switch (type) {
    case SETTING_TYPE_LANGUAGE:
        return languages;
    case SETTING_TYPE_PROFILE:
        return profiles;
    case SETTING_TYPE_NIR:
        return nir_rules;
    case SETTING_TYPE_PURPOSE:
        return purposes;
    default:
        return NULL;
    }
}

const char *setting_choice(enum setting_type type, size_t index)
{
    const char *const *list = choices(type);
    if (!list)
        return NULL;
    for (size_t i = 0; i < index; i++)
        if (!list[i])
            return NULL;
    return list[index];
}

static enum config_fault_kind judge_choice(const struct setting *s, const char *text, char *near, size_t size)
{
    const char *choice;
    struct nearest n;
    nearest_init(&n, text);
    for (size_t i = 0; (choice = setting_choice(s->type, i)); i++) {
        if (strcmp(choice, text) == 0)
            return CONFIG_FAULT_KINDS;
        nearest_try(&n, choice);
    }
    snprintf(near, size, "%s", n.best ? n.best : "");
    return CONFIG_NOT_ONE_OF;
}

/* At most nine digits; the end of them goes to *end. */
static bool digits(const char *text, const char **end, int64_t *number)
{
    size_t n = strspn(text, "0123456789");
    *number = 0;
    *end = text + n;
    for (size_t i = 0; i < n; i++)
        *number = *number * 10 + (text[i] - '0');
    return n >= 1 && n <= 9;
}

static bool is_number(const struct setting *s, const char *text, int64_t *number)
{
    const char *end = text;
    return strlen(text) <= 9 && digits(text, &end, number) && *end == '\0' && *number >= s->min && *number <= s->max;
}

static bool is_share(const struct setting *s, const char *text, int64_t *number)
{
    const char *end = text;
    int64_t tenths = 0;
    if (strspn(text, "0123456789") > 3 || !digits(text, &end, number))
        return false;
    if ((*end == ',' || *end == '.') && isdigit((unsigned char)end[1])) {
        tenths = end[1] - '0';
        end += 2;
    }
    *number = *number * 10 + tenths;
    end += strspn(end, " ");
    end += *end == '%';
    return *end == '\0' && *number >= s->min && *number <= s->max;
}

static bool is_departement(const char *text)
{
    if (strlen(text) != 3 || strspn(text, "0123456789AB") != 3)
        return false;
    bool corsica = strcmp(text, "02A") == 0 || strcmp(text, "02B") == 0;
    return corsica || (strspn(text, "0123456789") == 3 && (text[0] == '0' || strncmp(text, "97", 2) == 0) && strcmp(text, "000") != 0);
}

static enum config_fault_kind judge_keep(const char *text, char *bad, size_t size)
{
    struct keep_rule rule = {.profile = PROFILE_MONJOB62, .extra = text};
    struct keep keep;
    if (text[0] && text[strspn(text, ", \t")] == '\0')
        return CONFIG_KEEP_EMPTY;
    if (!keep_make(&schema_vrsb0801, &rule, &keep, bad, size))
        return CONFIG_FAULT_KINDS;
    if (strcmp(bad, "NIR") != 0)
        return CONFIG_KEEP_UNKNOWN;
    bad[0] = '\0';
    return CONFIG_KEEP_NIR;
}

enum config_fault_kind setting_judge(const struct setting *s, const char *text, int64_t *number, char *near, size_t size)
{
    *number = 0;
    near[0] = '\0';
    switch (s->type) {
    case SETTING_TYPE_TEXT:
        return CONFIG_FAULT_KINDS;
    case SETTING_TYPE_PATH:
        return text[0] ? CONFIG_FAULT_KINDS : CONFIG_EMPTY_PATH;
    case SETTING_TYPE_NUMBER:
        return is_number(s, text, number) ? CONFIG_FAULT_KINDS : CONFIG_NOT_NUMBER;
    case SETTING_TYPE_SHARE:
        return is_share(s, text, number) ? CONFIG_FAULT_KINDS : CONFIG_NOT_SHARE;
    case SETTING_TYPE_DEPARTEMENT:
        return is_departement(text) ? CONFIG_FAULT_KINDS : CONFIG_NOT_DEPARTEMENT;
    case SETTING_TYPE_KEEP:
        return judge_keep(text, near, size);
    default:
        return judge_choice(s, text, near, size);
    }
}
