#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flux/base/credential.h"
#include "flux/intake/config.h"
#include "flux/intake/nearest.h"
#include "tests/unit/run_suite.h"

static char file[] = "/tmp/test_config_XXXXXX";

static enum err load(const char *text, struct config **c, struct config_faults *faults)
{
    FILE *out = fopen(file, "w");
    ck_assert_ptr_nonnull(out);
    ck_assert_int_ge(fputs(text, out), 0);
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_int_eq(chmod(file, 0600), 0);
    return config_load(file, c, faults);
}

static const struct config_fault *fault_at(const struct config_faults *faults, unsigned line)
{
    for (size_t i = 0; i < faults->count && i < CONFIG_FAULTS_MAX; i++)
        if (faults->list[i].line == line)
            return &faults->list[i];
    return NULL;
}

START_TEST(defaults)
{
    struct config *c;
    struct config_faults faults;
    ck_assert_int_eq(load("[instance]\ndepartement = 062\n", &c, &faults), ERR_OK);
    ck_assert_str_eq(config_text(c, SETTING_instance_departement), "062");
    ck_assert_uint_eq(c->values[SETTING_instance_departement].line, 2);
    ck_assert_uint_eq(c->values[SETTING_instance_store].line, 0);
    ck_assert_str_eq(config_text(c, SETTING_instance_store), "/tmp/store");
    ck_assert_int_eq(config_number(c, SETTING_import_max_reject_share), 100);
    ck_assert_int_eq(config_number(c, SETTING_import_stall_seconds), 5);
    struct keep_rule rule = config_keep_rule(c);
    ck_assert_int_eq(rule.profile, PROFILE_ACCOMPAGNEMENT);
    ck_assert(!rule.nir);
    config_free(c);
}
END_TEST

START_TEST(values)
{
    static const char text[] =
        "\xEF\xBB\xBF[instance]\r\ndepartement = \"02A\"\r\nstore = /srv/store ; the big disk\r\nmaster_key = credential:rsa\r\n"
        "[collection]\nprofile = gestion\nkeep = health,\n  PAYS\nnir = sealed\nlegal_ref = D-12\n"
        "[import]\nmax_reject_share = 2,5 %\n";
    struct config *c;
    struct config_faults faults;
    ck_assert_int_eq(setenv("CREDENTIALS_DIRECTORY", "/run/cred", 1), 0);
    ck_assert_int_eq(load(text, &c, &faults), ERR_OK);
    ck_assert_str_eq(config_text(c, SETTING_instance_departement), "02A");
    ck_assert_str_eq(config_text(c, SETTING_instance_store), "/srv/store");
    ck_assert_str_eq(config_text(c, SETTING_instance_master_key), "/run/cred/rsa");
    ck_assert_int_eq(config_number(c, SETTING_import_max_reject_share), 25);
    struct keep_rule rule = config_keep_rule(c);
    ck_assert_int_eq(rule.profile, PROFILE_GESTION);
    ck_assert(rule.nir);
    ck_assert_str_eq(rule.extra, "health,PAYS");
    config_free(c);
}
END_TEST

/* To the service the folder is named; what is typed by hand finds that of the daemon. */
START_TEST(where_credentials_are)
{
    static const char text[] = "[instance]\ndepartement = 062\nmaster_key = credential:rsa\n";
    static const char daemon[] = "/run/credentials/fluxrsad.service/rsa";
    static const struct {
        const char *folder, *path;
    } cases[] = {{NULL, daemon}, {"", daemon}, {"/mnt/keys", "/mnt/keys/rsa"}};
    struct config *c;
    struct config_faults faults;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsetenv("CREDENTIALS_DIRECTORY");
        if (cases[i].folder)
            ck_assert_int_eq(setenv("CREDENTIALS_DIRECTORY", cases[i].folder, 1), 0);
        ck_assert_int_eq(load(text, &c, &faults), ERR_OK);
        ck_assert_str_eq(config_text(c, SETTING_instance_master_key), cases[i].path);
        ck_assert(credential_is(config_text(c, SETTING_instance_master_key)));
        config_free(c);
    }
    ck_assert(!credential_is("/mnt/keysafe/rsa"));
    ck_assert(!credential_is("/mnt/keys/../safe/rsa"));
    unsetenv("CREDENTIALS_DIRECTORY");
    ck_assert(!credential_is("/mnt/keys/rsa"));
    ck_assert(!credential_is("/run/credentials/../keys/rsa"));
    ck_assert(!credential_is("/run/credentials"));
    ck_assert(!credential_is("/run/credentialsafe/rsa"));
}
END_TEST

START_TEST(every_fault_with_its_line)
{
    char text[1024];
    struct config *c;
    struct config_faults faults;
    snprintf(text, sizeof(text),
             "[instance]\ndepartement = 62\nlangu = fr\nnothing\n[colection]\n[collection]\nkeep = NIRX\nnir = seled\nnir = hmac\n"
             "legal_ref = %0250d\n[import]\nstall_seconds = 0\nmax_reject_share = 101 %%\n[broken\nkey = 1\n",
             0);
    ck_assert_int_eq(load(text, &c, &faults), ERR_CONFIG);
    static const struct {
        unsigned line;
        enum config_fault_kind kind;
        const char *near;
    } expected[] = {{2, CONFIG_NOT_DEPARTEMENT, ""},  {3, CONFIG_UNKNOWN_KEY, "langue"},
                    {4, CONFIG_SYNTAX, ""},           {5, CONFIG_UNKNOWN_SECTION, "collection"},
                    {7, CONFIG_KEEP_UNKNOWN, "NIRX"}, {8, CONFIG_NOT_ONE_OF, "sealed"},
                    {9, CONFIG_REPEATED, ""},         {10, CONFIG_LINE_TOO_LONG, ""},
                    {12, CONFIG_NOT_NUMBER, ""},      {13, CONFIG_NOT_SHARE, ""},
                    {14, CONFIG_SYNTAX, ""}};
    size_t count = sizeof(expected) / sizeof(expected[0]);
    ck_assert_uint_eq(faults.count, count);
    for (size_t i = 0; i < count; i++) {
        const struct config_fault *f = fault_at(&faults, expected[i].line);
        ck_assert_msg(f != NULL, "no fault at line %u", expected[i].line);
        ck_assert_int_eq(f->kind, expected[i].kind);
        ck_assert_str_eq(f->near, expected[i].near);
    }
    ck_assert_ptr_nonnull(c);
    ck_assert_str_eq(config_text(c, SETTING_collection_nir), "hmac");
    config_free(c);
}
END_TEST

START_TEST(keep_lists_that_cannot_be_meant)
{
    static const struct {
        const char *text;
        enum config_fault_kind kind;
    } rows[] = {{"NIR", CONFIG_KEEP_NIR},   {"health, NIR", CONFIG_KEEP_NIR}, {",", CONFIG_KEEP_EMPTY},
                {" , ", CONFIG_KEEP_EMPTY}, {"", CONFIG_FAULT_KINDS},         {"health, PAYS", CONFIG_FAULT_KINDS}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t number;
        char near[64];
        ck_assert_int_eq(setting_judge(&settings[SETTING_collection_keep], rows[i].text, &number, near, sizeof(near)), rows[i].kind);
        ck_assert_str_eq(near, "");
    }
}
END_TEST

START_TEST(more_needs_a_legal_reference)
{
    static const char *const texts[] = {"[instance]\ndepartement = 062\n[collection]\nnir = sealed\n",
                                        "[instance]\ndepartement = 062\n[collection]\nkeep = all\n"};
    for (size_t i = 0; i < 2; i++) {
        struct config *c;
        struct config_faults faults;
        ck_assert_int_eq(load(texts[i], &c, &faults), ERR_CONFIG);
        ck_assert_uint_eq(faults.count, 1);
        ck_assert_int_eq(faults.list[0].kind, CONFIG_LEGAL_REF);
        config_free(c);
    }
}
END_TEST

START_TEST(departement_is_needed)
{
    struct config *c;
    struct config_faults faults;
    ck_assert_int_eq(load("# nothing\n", &c, &faults), ERR_CONFIG);
    ck_assert_uint_eq(faults.count, 1);
    ck_assert_int_eq(faults.list[0].kind, CONFIG_MISSING);
    config_free(c);
}
END_TEST

START_TEST(files_that_cannot_be_taken)
{
    struct config *c;
    struct config_faults faults;
    ck_assert_int_eq(config_load("/nowhere/fluxrsa.conf", &c, &faults), ERR_NOFILE);
    ck_assert_ptr_null(c);
    ck_assert_int_eq(config_load("/tmp", &c, &faults), ERR_NOFILE);
    ck_assert_int_eq(load("[instance]\ndepartement = 062\n", &c, &faults), ERR_OK);
    config_free(c);
    ck_assert_int_eq(chmod(file, 0622), 0);
    ck_assert_int_eq(config_load(file, &c, &faults), ERR_CONFIG);
    ck_assert_int_eq(faults.list[0].kind, CONFIG_OPEN_TO_OTHERS);
    ck_assert_str_eq(faults.list[0].subject, "");
    config_free(c);
}
END_TEST

START_TEST(departements)
{
    static const char *const good[] = {"001", "062", "095", "02A", "02B", "971", "976"};
    static const char *const bad[] = {"", "62", "000", "2A", "02C", "0A2", "100", "0620", "A62", " 62"};
    int64_t number;
    char near[64];
    const struct setting *s = &settings[SETTING_instance_departement];
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        ck_assert_msg(setting_judge(s, good[i], &number, near, sizeof(near)) == CONFIG_FAULT_KINDS, "%s refused", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_msg(setting_judge(s, bad[i], &number, near, sizeof(near)) == CONFIG_NOT_DEPARTEMENT, "%s taken", bad[i]);
}
END_TEST

START_TEST(every_setting_is_sound)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *s = &settings[i];
        int64_t number;
        char near[64];
        ck_assert_msg(s->doc[0] != '\0', "%s has no explanation", s->key);
        if (s->fallback[0])
            ck_assert_msg(setting_judge(s, s->fallback, &number, near, sizeof(near)) == CONFIG_FAULT_KINDS, "default of %s is wrong",
                          s->key);
    }
    for (int k = 0; k < CONFIG_FAULT_KINDS; k++)
        ck_assert(config_fault_text((enum config_fault_kind)k)[0] != '\0');
}
END_TEST

START_TEST(nearest_word)
{
    struct nearest n;
    nearest_init(&n, "improt");
    nearest_try(&n, "init");
    nearest_try(&n, "import");
    ck_assert_str_eq(n.best, "import");
    nearest_init(&n, "zzzzzz");
    nearest_try(&n, "import");
    ck_assert_ptr_null(n.best);
    nearest_init(&n, "");
    nearest_try(&n, "x");
    ck_assert_ptr_null(n.best);
}
END_TEST

int main(void)
{
    int fd = mkstemp(file);
    if (fd < 0)
        return 1;
    close(fd);
    Suite *suite = suite_create("config");
    TCase *t = tcase_create("config");
    tcase_add_test(t, defaults);
    tcase_add_test(t, values);
    tcase_add_test(t, where_credentials_are);
    tcase_add_test(t, every_fault_with_its_line);
    tcase_add_test(t, keep_lists_that_cannot_be_meant);
    tcase_add_test(t, more_needs_a_legal_reference);
    tcase_add_test(t, departement_is_needed);
    tcase_add_test(t, files_that_cannot_be_taken);
    tcase_add_test(t, departements);
    tcase_add_test(t, every_setting_is_sound);
    tcase_add_test(t, nearest_word);
    suite_add_tcase(suite, t);
    int code = run_suite(suite);
    unlink(file);
    return code;
}
