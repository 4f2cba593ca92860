#include "tests/unit/checks_rig.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rig rig;

void checks_setup(void) { rig_open(&rig); }

void checks_teardown(void) { rig_close(&rig); }

/* Of the rig's findings, without ordinal and line, and without the cost of a warning: "V_NIR/FIELD InfosFoyerRSA[1]/…". */
static void brief(const char *log, char text[RIG_LOG])
{
    size_t len = 0;
    text[0] = 0;
    for (const char *end; *log; log = end + 1) {
        const char *code = strchr(log, ':') + 1, *cost = strchr(code, '/'), *at = strchr(cost, '@'), *path = strchr(at, ' ');
        end = strchr(path, '\n');
        const char *upto = strncmp(cost, "/WARNING@", 9) == 0 ? cost : at;
        len += (size_t)snprintf(text + len, RIG_LOG - len, "%.*s%.*s\n", (int)(upto - code), code, (int)(end - path), path);
    }
}

void assert_found(const char *wanted)
{
    static char got[RIG_LOG];
    ck_assert_int_eq(rig.err, ERR_OK);
    ck_assert_str_eq(rig_refusal(&rig), "");
    brief(rig.findings, got);
    ck_assert_str_eq(got, wanted);
}

/* Edits of the rig's flux: from, to, from, to… NULL. */
char *edited(const char *const *edits)
{
    char *text = rig_replace(rig_flux, "<Racine>", "<Racine>");
    for (; *edits; edits += 2) {
        char *next = rig_replace(text, edits[0], edits[1]);
        free(text);
        text = next;
    }
    return text;
}

void assert_edits(const char *const *edits, const char *wanted)
{
    char *text = edited(edits);
    rig_text(&rig, text);
    assert_found(wanted);
    free(text);
}

void assert_edit(const char *from, const char *to, const char *wanted)
{
    const char *const edits[] = {from, to, NULL};
    assert_edits(edits, wanted);
}

void assert_lou(const char *roles, const char *blocks, const char *wanted)
{
    char to[4096];
    snprintf(to, sizeof to, "%s%s</Personne>\n", roles, blocks);
    assert_edit(ROLES("PFA", "ENF", "RSA", "ENF") "</Personne>\n", to, wanted);
}
