#include <string.h>

#include "cli/cli.h"
#include "flux/record/value.h"

static bool whole_number(const char *text, uint64_t max, uint64_t *number)
{
    uint64_t n = 0;
    bool right = text[0] && strlen(text) <= 18 && text[strspn(text, "0123456789")] == '\0';
    for (const char *c = text; right && *c; c++)
        n = n * 10 + (uint64_t)(*c - '0');
    if (!right || n > max)
        return false;
    *number = n;
    return true;
}

bool cli_id(const char *text, uint64_t *id) { return whole_number(text, UINT32_MAX, id) && *id > 0; }

bool cli_number(const struct cli *cli, enum option_id id, uint64_t min, uint64_t max, uint64_t *number)
{
    uint64_t n = 0;
    if (!cli->opt[id])
        return true;
    if (whole_number(cli->opt[id], max, &n) && n >= min) {
        *number = n;
        return true;
    }
    usage_error(_("--%s: a whole number from %llu to %llu is expected"), option_rows[id].name, (unsigned long long)min,
                (unsigned long long)max);
    return false;
}

static int two(const char *text) { return (text[0] - '0') * 10 + (text[1] - '0'); }

bool day_parse(const char *text, int64_t *days)
{
    static const char iso[] = "dddd-dd-dd", french[] = "dd/dd/dddd";
    bool is_iso = strlen(text) == 10, is_french = is_iso;
    for (size_t i = 0; i < 10 && (is_iso || is_french); i++) {
        bool digit = text[i] >= '0' && text[i] <= '9';
        is_iso &= iso[i] == 'd' ? digit : text[i] == iso[i];
        is_french &= french[i] == 'd' ? digit : text[i] == french[i];
    }
    if (is_iso)
        return date_to_days(two(text) * 100 + two(text + 2), two(text + 5), two(text + 8), days);
    return is_french && date_to_days(two(text + 6) * 100 + two(text + 8), two(text + 3), two(text), days);
}

bool cli_day(const char *text, enum option_id id, int64_t *days)
{
    if (day_parse(text, days))
        return true;
    usage_error(_("--%s: a calendar date is expected, YYYY-MM-DD or DD/MM/YYYY"), option_rows[id].name);
    return false;
}

const char *cli_typed(const char *text, char *buffer, size_t size)
{
    if (!text || strcmp(text, "-") != 0)
        return text;
    if (!fgets(buffer, (int)size, stdin))
        buffer[0] = '\0';
    buffer[strcspn(buffer, "\r\n")] = '\0';
    return buffer;
}
