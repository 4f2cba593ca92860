#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/run_suite.h"
#include "tests/unit/store_home.h"

START_TEST(open_to_others_is_refused)
{
    static const mode_t FILES[] = {0440, 0404, 0420, 0410, 0604, 0640, 0777, 0500}, FOLDERS[] = {0750, 0705, 0701, 0777, 0720};
    struct home h;
    make_home(&h);
    char paths[4][256];
    snprintf(paths[0], sizeof paths[0], "%s", h.master);
    snprintf(paths[1], sizeof paths[1], "%s/kek-1", h.keys);
    snprintf(paths[2], sizeof paths[2], "%s/index", h.keys);
    snprintf(paths[3], sizeof paths[3], "%s/keyring", h.keys);
    for (int i = 0; i < 4; i++) {
        for (size_t j = 0; j < sizeof FILES / sizeof *FILES; j++) {
            ck_assert_int_eq(chmod(paths[i], FILES[j]), 0);
            ck_assert_msg(reopen(&h) == ERR_PERM, "%s with mode %o", paths[i], FILES[j]);
        }
        ck_assert_int_eq(chmod(paths[i], 0400), 0);
        ck_assert_int_eq(reopen(&h), ERR_OK);
    }
    const char *folders[] = {h.store, h.keys, path_in(h.store, "gen-1")};
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < sizeof FOLDERS / sizeof *FOLDERS; j++) {
            ck_assert_int_eq(chmod(folders[i], FOLDERS[j]), 0);
            ck_assert_int_eq(reopen(&h), ERR_PERM);
        }
        ck_assert_int_eq(chmod(folders[i], 0700), 0);
    }
    ck_assert_int_eq(reopen(&h), ERR_OK);
    home_free(&h);
}
END_TEST

START_TEST(another_owner_is_refused)
{
    struct home h;
    if (geteuid() != 0)
        return; /* only root can give a file away */
    make_home(&h);
    const char *const paths[] = {h.store, h.keys, h.master};
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(chown(paths[i], 65534, 65534), 0);
        ck_assert_int_eq(reopen(&h), ERR_PERM);
        ck_assert_int_eq(chown(paths[i], 0, 0), 0);
    }
    ck_assert_int_eq(reopen(&h), ERR_OK);
    home_free(&h);
}
END_TEST

/* A credential of root, readable by its group as an access list shows. */
START_TEST(credential_of_root)
{
    struct home h;
    if (geteuid() != 0)
        return;
    make_home(&h);
    ck_assert_int_eq(chmod(h.master, 0440), 0);
    ck_assert_int_eq(reopen(&h), ERR_PERM);
    ck_assert_int_eq(setenv("CREDENTIALS_DIRECTORY", h.root, 1), 0);
    ck_assert_int_eq(reopen(&h), ERR_OK);
    ck_assert_int_eq(chmod(h.master, 0444), 0);
    ck_assert_int_eq(reopen(&h), ERR_PERM);
    ck_assert_int_eq(chmod(h.master, 0440), 0);
    ck_assert_int_eq(setenv("CREDENTIALS_DIRECTORY", "/tmp/other", 1), 0);
    ck_assert_int_eq(reopen(&h), ERR_PERM);
    unsetenv("CREDENTIALS_DIRECTORY");
    home_free(&h);
}
END_TEST

START_TEST(wrong_keys)
{
    static const char ZEROS[] = "0000000000000000000000000000000000000000000000000000000000000000\n";
    struct home h;
    uint8_t *master = NULL, *kek = NULL, *index = NULL;
    size_t master_len, kek_len, index_len;
    make_home(&h);
    ck_assert_int_eq(file_read(AT_FDCWD, h.master, 1000, &master, &master_len), ERR_OK);
    ck_assert_uint_eq(master_len, 65);
    ck_assert_int_eq(master[64], '\n');
    write_file(h.master, ZEROS, 65);
    ck_assert_int_eq(reopen(&h), ERR_KEY);
    write_file(h.master, (const char *)master, 63);
    ck_assert_int_eq(reopen(&h), ERR_KEY);
    write_file(h.master, ZEROS, 0);
    ck_assert_int_eq(reopen(&h), ERR_KEY);
    unlink(h.master);
    ck_assert_int_eq(reopen(&h), ERR_KEY);
    write_file(h.master, (const char *)master, 64);
    ck_assert_int_eq(reopen(&h), ERR_OK);
    /* A wrapped key under the name of another is no key. */
    char path[256];
    snprintf(path, sizeof path, "%s/kek-1", h.keys);
    ck_assert_int_eq(file_read(AT_FDCWD, path, 1000, &kek, &kek_len), ERR_OK);
    ck_assert_int_eq(file_read(AT_FDCWD, path_in(h.keys, "index"), 1000, &index, &index_len), ERR_OK);
    write_file(path, (const char *)index, index_len);
    ck_assert_int_eq(reopen(&h), ERR_KEY);
    for (size_t i = 0; i < kek_len; i++) {
        kek[i] ^= 1;
        write_file(path, (const char *)kek, kek_len);
        ck_assert_int_eq(reopen(&h), ERR_KEY);
        kek[i] ^= 1;
    }
    write_file(path, (const char *)kek, kek_len - 1);
    ck_assert_int_eq(reopen(&h), ERR_KEY);
    unlink(path);
    ck_assert_int_eq(reopen(&h), ERR_KEY);
    write_file(path, (const char *)kek, kek_len);
    ck_assert_int_eq(reopen(&h), ERR_OK);
    free(master);
    free(kek);
    free(index);
    home_free(&h);
}
END_TEST

START_TEST(keyring_file_is_read_strictly)
{
    static const char *const BAD[] = {"",
                                      "fluxrsa keyring 1\n",
                                      "fluxrsa keyring 1\nkek 1",
                                      "fluxrsa keyring 1\nkek 01\n",
                                      "fluxrsa keyring 1\nkek 0\n",
                                      "fluxrsa keyring 2\nkek 1\n",
                                      "fluxrsa keyring 1\nkek 1\n\n",
                                      "fluxrsa keyring 1\nkek 4294967297\n",
                                      "fluxrsa keyring 1\nkek 2\n"};
    struct home h;
    make_home(&h);
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        write_file(path_in(h.keys, "keyring"), BAD[i], strlen(BAD[i]));
        ck_assert_msg(reopen(&h) == ERR_KEY, "%zu", i);
    }
    write_file(path_in(h.keys, "keyring"), "fluxrsa keyring 1\nkek 1\n", 24);
    ck_assert_int_eq(reopen(&h), ERR_OK);
    home_free(&h);
}
END_TEST

/* A master key that was there beforehand, beside the keys, is used and stays. */
START_TEST(given_master_key)
{
    static const char MASTER[] = "00112233445566778899aAbBcCdDeEfF00112233445566778899aabbccddeeff\n";
    struct home h;
    home_new(&h);
    snprintf(h.master, sizeof h.master, "%s/master", h.keys);
    write_file(h.master, MASTER, 65);
    ck_assert_int_eq(generation_create(&h.place, make_fails), ERR_NOSPACE);
    ck_assert_int_eq(entries(h.keys), 1);
    ck_assert_int_eq(generation_create(&h.place, make), ERR_OK);
    ck_assert_int_eq(entries(h.keys), 4);
    ck_assert_int_eq(reopen(&h), ERR_OK);
    home_free(&h);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("keyring");
    TCase *c = tcase_create("keyring");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, open_to_others_is_refused);
    tcase_add_test(c, another_owner_is_refused);
    tcase_add_test(c, credential_of_root);
    tcase_add_test(c, wrong_keys);
    tcase_add_test(c, keyring_file_is_read_strictly);
    tcase_add_test(c, given_master_key);
    suite_add_tcase(suite, c);
    return run_suite(suite);
}
