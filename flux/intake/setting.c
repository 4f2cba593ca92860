#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "flux/intake/config.h"
#include "flux/intake/nearest.h"

static const char *const languages[] = {"auto", "fr", "en", NULL};
static const char *const profiles[] = {"monjob62", "accompagnement", "gestion", NULL};
static const char *const nir_rules[] = {"hmac", "sealed", NULL};
static const char *const sinks[] = {"auto", "journal", "syslog", "stderr", "json", NULL};
static const char *const emitters[] = {"any", "caf", "msa", "pe", NULL};
static const char *const completes[] = {"still", "rename", "sidecar", NULL};
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
    case SETTING_TYPE_SINK:
        return sinks;
    case SETTING_TYPE_EMITTER:
        return emitters;
    case SETTING_TYPE_COMPLETE:
        return completes;
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

static enum config_fault_kind judge_choice(const struct setting *s, const char *text, int64_t *number, char *near, size_t size)
{
    const char *choice;
    struct nearest n;
    nearest_init(&n, text);
    for (size_t i = 0; (choice = setting_choice(s->type, i)); i++) {
        *number = (int64_t)i;
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
    for (size_t i = 0; i < n && n <= 9; i++)
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

static bool is_duration(const struct setting *s, const char *text, int64_t *number)
{
    static const struct {
        const char *name;
        int64_t seconds;
    } units[] = {{"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}};
    const char *end = text;
    if (!digits(text, &end, number))
        return false;
    end += strspn(end, " ");
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(end, units[i].name) != 0)
            continue;
        *number *= units[i].seconds;
        return *number >= s->min && *number <= s->max;
    }
    return false;
}

static bool is_time(const char *text, int64_t *number)
{
    *number = -1;
    if (text[0] == '\0')
        return true;
    if (strlen(text) != 5 || text[2] != ':' || strspn(text, "0123456789") != 2 || strspn(text + 3, "0123456789") != 2)
        return false;
    int hour = 10 * (text[0] - '0') + text[1] - '0', minute = 10 * (text[3] - '0') + text[4] - '0';
    *number = 60 * hour + minute;
    return hour < 24 && minute < 60;
}

/* Which day of the week, from 0; -1 when it is none. */
static int weekday(const char *text)
{
    static const char names[] = "montuewedthufrisatsun";
    for (int i = 0; i < 7; i++)
        if (strncmp(text, names + 3 * i, 3) == 0)
            return i;
    return -1;
}

static bool is_weekdays(const char *text, int64_t *number)
{
    *number = 0;
    for (;; text++) {
        text += strspn(text, " ");
        int first = weekday(text), last = first;
        text += first < 0 ? 0 : 3;
        if (first >= 0 && *text == '-') {
            last = weekday(text + 1);
            text += last < 0 ? 0 : 4;
        }
        if (first < 0 || last < first)
            return false;
        for (int day = first; day <= last; day++)
            *number |= 1 << day;
        text += strspn(text, " ");
        if (*text != ',')
            return *text == '\0';
    }
}

/* A user of this machine, or local@domain, in ASCII: what goes to sendmail without quotes. */
static bool is_address(const char *text, size_t len)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
    static const char local[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._+=";
    size_t user = strspn(text, local), domain = user < len && text[user] == '@' ? len - user - 1 : 0;
    const char *host = text + user + 1;
    bool whole = user == len || (domain && strspn(host, letters) >= domain);
    bool points = text[0] != '.' && text[0] != '-' && (!domain || (host[0] != '.' && host[0] != '-' && host[domain - 1] != '.'));
    for (size_t i = 0; i + 1 < len; i++)
        points &= !(text[i] == '.' && (text[i + 1] == '.' || text[i + 1] == '@'));
    return len > 0 && len <= 254 && user > 0 && user <= 64 && whole && points && text[len - 1] != '.';
}

/* near: the first that is none. */
static enum config_fault_kind judge_mail(const struct setting *s, const char *text, int64_t *number, char *near, size_t size)
{
    text += strspn(text, " ");
    if (text[0] == '\0')
        return s->min == 0 ? CONFIG_FAULT_KINDS : CONFIG_NOT_MAIL;
    for (;; text++) {
        text += strspn(text, " ");
        size_t whole = strcspn(text, ","), len = whole;
        while (len && text[len - 1] == ' ')
            len--;
        if (!is_address(text, len)) {
            snprintf(near, size, "%.*s", (int)len, text);
            return CONFIG_NOT_MAIL;
        }
        ++*number;
        text += whole;
        if (*text == '\0')
            return *number >= s->min && *number <= s->max ? CONFIG_FAULT_KINDS : CONFIG_NOT_MAIL;
    }
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
    case SETTING_TYPE_DURATION:
        return is_duration(s, text, number) ? CONFIG_FAULT_KINDS : CONFIG_NOT_DURATION;
    case SETTING_TYPE_TIME:
        return is_time(text, number) ? CONFIG_FAULT_KINDS : CONFIG_NOT_TIME;
    case SETTING_TYPE_WEEKDAYS:
        return is_weekdays(text, number) ? CONFIG_FAULT_KINDS : CONFIG_NOT_WEEKDAYS;
    case SETTING_TYPE_MAIL:
        return judge_mail(s, text, number, near, size);
    case SETTING_TYPE_DEPARTEMENT:
        return is_departement(text) ? CONFIG_FAULT_KINDS : CONFIG_NOT_DEPARTEMENT;
    case SETTING_TYPE_KEEP:
        return judge_keep(text, near, size);
    default:
        return judge_choice(s, text, number, near, size);
    }
}
