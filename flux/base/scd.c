#include "flux/base/scd.h"

#include <libintl.h>
#include <locale.h>
#include <string.h>

const char *scd_english(const char *text) { return text; }

const char *scd_french(const char *text) { return text[0] ? gettext(text) : text; }

/* C.UTF-8 is there on every machine, French locales are not; gettext takes French from LANGUAGE. */
bool scd_french_found(const char *catalogues)
{
    setlocale(LC_ALL, "C.UTF-8");
    bindtextdomain("fluxrsa", catalogues);
    bind_textdomain_codeset("fluxrsa", "UTF-8");
    textdomain("fluxrsa");
    return strcmp(gettext("LANGUAGE_CODE"), "fr") == 0;
}

void scd_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("\\*_`", *text))
            fputc('\\', out);
        fputc(*text, out);
    }
}

void scd_line(FILE *out, const char *text)
{
    scd_text(out, text);
    fputc('\n', out);
}

/* A heading is in capitals, which here are ASCII and the é and è of our French. */
void scd_heading(FILE *out, const char *text)
{
    fputs("\n# ", out);
    for (; *text; text++) {
        bool accent = (unsigned char)text[0] == 0xc3 && (unsigned char)text[1] >= 0xa0;
        if (accent)
            fputc(*text++, out);
        fputc(accent ? (unsigned char)*text - 0x20 : *text >= 'a' && *text <= 'z' ? *text - 'a' + 'A' : *text, out);
    }
    fputs("\n\n", out);
}

int scd_finish(const char *program)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    fprintf(stderr, "%s: cannot write\n", program);
    return 74;
}
