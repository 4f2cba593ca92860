#include "flux/base/i18n.h"

#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef FLUXRSA_LOCALEDIR
#define FLUXRSA_LOCALEDIR "/usr/share/locale"
#endif

static const char domain[] = "fluxrsa";

static const char *wanted_locale(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *text = getenv(names[i]);
        if (text && text[0])
            return text;
    }
    return "C";
}

/* A locale that is not installed, or C as under cron, would give neither UTF-8 nor a translation. Source: ux 2. */
static void choose_locale(void)
{
    const char *wanted = wanted_locale();
    const char *messages = setlocale(LC_MESSAGES, "");
    const char *type = setlocale(LC_CTYPE, "");
    if (messages && type && strcmp(messages, "C") != 0 && strcmp(nl_langinfo(CODESET), "UTF-8") == 0)
        return;
    setlocale(LC_CTYPE, "C.UTF-8");
    setlocale(LC_MESSAGES, "C.UTF-8");
    if (strcmp(wanted, "C") == 0 || strcmp(wanted, "POSIX") == 0)
        unsetenv("LANGUAGE");
    else if (!getenv("LANGUAGE") && strncmp(wanted, "fr", 2) == 0)
        setenv("LANGUAGE", "fr", 1);
}

static const char *catalogue_folder(const char *exe_folder, char path[PATH_MAX])
{
    static const char *const places[] = {"../po", "po"};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        int n = snprintf(path, PATH_MAX, "%s/%s/fr/LC_MESSAGES/%s.mo", exe_folder, places[i], domain);
        if (n <= 0 || n >= PATH_MAX || access(path, R_OK) != 0)
            continue;
        snprintf(path, PATH_MAX, "%s/%s", exe_folder, places[i]);
        return path;
    }
    return FLUXRSA_LOCALEDIR;
}

void i18n_start(const char *exe_folder)
{
    char path[PATH_MAX];
    choose_locale();
    bindtextdomain(domain, catalogue_folder(exe_folder, path));
    bind_textdomain_codeset(domain, "UTF-8");
    textdomain(domain);
}

void i18n_choose(const char *langue)
{
    if (strcmp(langue, "auto") == 0)
        return;
    setenv("LANGUAGE", langue, 1);
    if (strcmp(setlocale(LC_MESSAGES, NULL), "C") == 0)
        setlocale(LC_MESSAGES, "C.UTF-8");
    /* gettext keeps what it found until the domain is set anew. */
    textdomain(domain);
}

enum lang i18n_lang(void)
{
    /* TRANSLATORS: the code of the language of this catalogue, two letters. */
    return strcmp(_("LANGUAGE_CODE"), "fr") == 0 ? LANG_FR : LANG_EN;
}
