/* LANGUAGE=fr config-emit man|man-fr CATALOGUES: writes fluxrsa.conf(5) for scdoc from the table of settings, at build time. */
#include <stdio.h>
#include <string.h>

#include "flux/base/scd.h"
#include "flux/intake/config.h"

#define N_(text) text

static const char *const description[] = {
    N_("Every command of fluxrsa and fluxrsad read it: the file given with -c, else that of the variable FLUXRSA_CONFIG, else "
       "/etc/fluxrsa/fluxrsa.conf. fluxrsa init makes one in which every setting is explained, and fluxrsa config example prints it."),
    N_("A line is a section in brackets, a key with its value after an equals sign, or a comment that begins with # or ;. A ; after a "
       "space begins a comment too: no value holds one. A value may stand between quotation marks. A line is UTF-8 and has at most 190 "
       "bytes; the list of keep may go on over indented lines."),
    N_("A relative path counts from the folder of the configuration file. credential:NAME is a file that systemd hands over to a service "
       "(LoadCredential=); a command typed by hand reads that of fluxrsad.service as long as it runs."),
    N_("Nothing unknown is let through. What is wrong is told all at once, each fault with its line, by every command and when fluxrsad "
       "starts: unknown sections and keys, what is given twice, values of another kind or out of bounds. fluxrsa config check looks at "
       "folders, file systems, keys, limits and the clock as well, and fluxrsa config show says where each value comes from."),
    N_("Commands read the file each time they run. fluxrsad reads it again when it is told to (systemctl reload fluxrsad, or SIGHUP); a "
       "wrong file then changes nothing."),
};

static const char sources_words[] =
    N_("One such section for each source of files, at most 32. NAME is made of at most 31 of a-z, 0-9 and -. Without any of them there are "
       "the sources caf, msa and pe, whose emitter is their name.");

static const struct words {
    const char *name, *summary, *description, *settings, *example, *files, *also;
    const char *type, *fallback, *none, *reload, *restart, *bounds, *text;
} words = {N_("Name"),
           N_("configuration of an instance of fluxrsa"),
           N_("Description"),
           N_("Settings"),
           N_("Example"),
           N_("Files"),
           N_("See also"),
           N_("Type"),
           N_("Default"),
           N_("none"),
           N_("fluxrsad takes a change when it reloads."),
           N_("fluxrsad takes a change when it is started again."),
           N_("from %s to %s"),
           N_("the configuration, mode 0600 or 0640")};

static const char example[] = "[instance]\n"
                              "departement = 062\n"
                              "langue = fr\n"
                              "\n"
                              "[source.caf]\n"
                              "emitter = caf\n"
                              "daily_by = 05:00\n"
                              "monthly_by = 5\n"
                              "\n"
                              "[source.pe]\n"
                              "folder = /srv/sftp/pole-emploi\n"
                              "emitter = pe\n"
                              "complete = sidecar\n"
                              "\n"
                              "[summary]\n"
                              "to = exploitation@departement.example\n";

/* Puts low and high where the two %s of the translated words stand. */
static void put_bounds(FILE *out, scd_language say, const char *low, const char *high)
{
    const char *text = say(words.bounds), *values[] = {low, high};
    for (size_t i = 0; *text; text++)
        if (text[0] == '%' && text[1] == 's' && i < 2) {
            scd_text(out, values[i++]);
            text++;
        } else {
            fputc(*text, out);
        }
}

static void put_type(FILE *out, const struct setting *s, scd_language say)
{
    char low[SETTING_BOUND_MAX], high[SETTING_BOUND_MAX];
    const char *choice;
    fprintf(out, "%s%s ", say(words.type), say(":"));
    scd_text(out, say(setting_type_text(s->type)));
    for (size_t i = 0; (choice = setting_choice(s->type, i)); i++)
        fprintf(out, "%s%s", i ? ", " : " ", choice);
    if (setting_bounds(s, low, high)) {
        fputs(", ", out);
        put_bounds(out, say, low, high);
    }
}

static void put_setting(FILE *out, const struct setting *s, const char *fallback, scd_language say)
{
    fputs("\n*", out);
    scd_text(out, s->key);
    fputs("*\n\t", out);
    scd_text(out, say(s->doc));
    fputs("++\n", out);
    put_type(out, s, say);
    fprintf(out, "++\n%s%s ", say(words.fallback), say(":"));
    scd_text(out, fallback[0] ? fallback : say(words.none));
    fputs("++\n", out);
    scd_line(out, say(s->reload ? words.reload : words.restart));
}

static void put_settings(FILE *out, scd_language say)
{
    const char *section = "";
    scd_heading(out, say(words.settings));
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (strcmp(section, settings[i].section) != 0)
            fprintf(out, "\n## [%s]\n", settings[i].section);
        section = settings[i].section;
        /* It has no default, and nothing goes without it. */
        bool needed = i == SETTING_instance_departement;
        put_setting(out, &settings[i], needed ? say(config_fault_text(CONFIG_MISSING)) : settings[i].fallback, say);
    }
    fputs("\n## [source.NAME]\n\n", out);
    scd_line(out, say(sources_words));
    for (size_t i = 0; i < SOURCE_SETTINGS; i++)
        put_setting(out, &source_settings[i], i == SOURCE_folder ? "drop/NAME" : source_settings[i].fallback, say);
}

static void put_example(FILE *out)
{
    fputs("```\n", out);
    fputs(example, out);
    fputs("```\n", out);
}

static void man(FILE *out, scd_language say)
{
    fputs("fluxrsa.conf(5) \"fluxrsa\" \"fluxrsa\"\n", out);
    scd_heading(out, say(words.name));
    fprintf(out, "fluxrsa.conf - %s\n", say(words.summary));
    scd_heading(out, say(words.description));
    for (size_t i = 0; i < sizeof(description) / sizeof(description[0]); i++) {
        scd_line(out, say(description[i]));
        fputc('\n', out);
    }
    put_settings(out, say);
    scd_heading(out, say(words.example));
    put_example(out);
    scd_heading(out, say(words.files));
    fputs("/etc/fluxrsa/fluxrsa.conf\n\t", out);
    scd_line(out, say(words.text));
    scd_heading(out, say(words.also));
    fputs("*fluxrsa*(1), *fluxrsad*(8), *fluxrsa-codes*(7)\n", out);
}

int main(int argc, char **argv)
{
    const char *what = argc == 3 ? argv[1] : "";
    if (strcmp(what, "man") != 0 && strcmp(what, "man-fr") != 0) {
        fputs("usage: LANGUAGE=fr config-emit man|man-fr CATALOGUES\n", stderr);
        return 64;
    }
    if (!scd_french_found(argv[2])) {
        fprintf(stderr, "config-emit: %s: no French catalogue in there, or LANGUAGE is not fr\n", argv[2]);
        return 66;
    }
    man(stdout, strcmp(what, "man-fr") == 0 ? scd_french : scd_english);
    return scd_finish("config-emit");
}
