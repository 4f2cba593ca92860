#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/json.h"
#include "flux/base/crypto.h"
#include "flux/base/wipe.h"
#include "flux/intake/config.h"

/* Everybody on the machine can read a command line. */
static void hide_arguments(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        memset(argv[i], '*', strlen(argv[i]));
}

static int run_command(struct cli *cli)
{
    bool paged = (cli->command->flags & CMD_PAGED) && !(cli_json(cli) && !(cli->command->flags & CMD_PERSONAL));
    enum err e = output_open(&cli->out, paged, !cli->opt[OPTION_NO_COLOR]);
    if (e)
        return failure(e, NULL);
    int code = cli->command->run(cli);
    e = output_close(&cli->out);
    cli->config = config_free(cli->config);
    return e && code == 0 ? failure(e, _("standard output")) : code;
}

int run_program(int argc, char **argv, const char *exe_folder, const volatile int *stop)
{
    struct cli cli = {.exe_folder = exe_folder, .stop = stop};
    i18n_start(exe_folder);
    json_start();
    enum err e = crypto_start();
    int code = e ? failure(e, NULL) : cli_parse(&cli, argc, (const char **)argv);
    if (code == -1) {
        if (cli.command->flags & CMD_PERSONAL)
            hide_arguments(argc, argv);
        code = run_command(&cli);
    }
    cli.early = config_free(cli.early);
    cli_forget(&cli);
    return code;
}
