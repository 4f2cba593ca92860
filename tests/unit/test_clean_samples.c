/* Made-up flux are clean: nothing is found in them but what the generator puts there on purpose. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/parse_rig.h"
#include "tests/unit/run_suite.h"
#include "tests/unit/sample_doc.h"

static struct rig rig;

static void setup(void)
{
    char bad[64];
    const struct keep_rule rule = {.profile = PROFILE_ACCOMPAGNEMENT, .extra = "all", .nir = true};
    rig_open(&rig);
    ck_assert_int_eq(keep_make(&schema_vrsb0801, &rule, &rig.job.keep, bad, sizeof bad), ERR_OK);
}

static void teardown(void) { rig_close(&rig); }

/* A dossier in anomaly, somebody who moved out of the département, a NIR that INSEE has not certified yet. */
static bool on_purpose(const char *finding)
{
    static const char *const codes[] = {":D_ANOMALIE/", ":D_COMMUNE/", ":V_NIR_PROVISIONAL/"};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (strncmp(strchr(finding, ':'), codes[i], strlen(codes[i])) == 0)
            return true;
    return false;
}

static unsigned assert_clean(const struct sample_options *o)
{
    struct sample_doc d;
    unsigned found = 0;
    sample_doc_make(o, &d);
    rig_run(&rig, d.data, d.len);
    ck_assert_str_eq(rig_refusal(&rig), "");
    ck_assert_uint_eq(rig.households, d.count);
    ck_assert_uint_eq(strlen(rig.codes) + strlen(rig.census), 0);
    ck_assert_uint_lt(strlen(rig.findings), RIG_LOG - 1);
    for (const char *at = rig.findings, *end; *at; at = end + 1, found++) {
        end = strchr(at, '\n');
        ck_assert_msg(on_purpose(at), "%.*s", (int)(end - at), at);
    }
    sample_doc_free(&d);
    return found;
}

START_TEST(clean)
{
    static const char *const departements[] = {"062", "02A", "974", "075"};
    struct sample_options o = sample_doc_options();
    memcpy(o.departement, departements[_i / 2], sizeof o.departement);
    o.emitter = _i % 2 ? SAMPLE_MSA : SAMPLE_CAF;
    o.households = 700;
    o.seed = 100 + (uint64_t)_i;
    unsigned found = 0;
    for (unsigned month = 0; month < 14; month += _i % 2 ? 5 : 4) {
        sample_doc_month(&o, month);
        found += assert_clean(&o);
        o.daily = true;
        for (o.day = 3; o.day < 28; o.day += 8)
            found += assert_clean(&o);
        o.daily = false;
    }
    ck_assert_uint_gt(found, 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("clean samples");
    TCase *c = tcase_create("clean samples");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 300);
    tcase_add_loop_test(c, clean, 0, 8);
    suite_add_tcase(s, c);
    return run_suite(s);
}
