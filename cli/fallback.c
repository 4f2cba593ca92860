#include "cli/fallback.h"

unsigned limit_default(enum setting_id id)
{
    int64_t number = 0;
    char near[64];
    setting_judge(&settings[id], settings[id].fallback, &number, near, sizeof(near));
    return (unsigned)number;
}

int limit_member_gib(const struct cli *cli, unsigned *gib)
{
    int64_t number;
    char near[64];
    const struct setting *size = &settings[SETTING_import_max_member_size];
    const char *text = cli->opt[OPTION_MAX_SIZE] ? cli->opt[OPTION_MAX_SIZE] : size->fallback;
    if (setting_judge(size, text, &number, near, sizeof(near)) != CONFIG_FAULT_KINDS)
        return usage_error(_("--max-size: a number of GiB from %d to %d is expected"), (int)size->min, (int)size->max);
    *gib = (unsigned)number;
    return 0;
}
