#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flux/base/fdio.h"
#include "store/backup_folder.h"
#include "store/keyring.h"
#include "store/manifest.h"
#include "store/replace.h"
#include "tests/unit/run_suite.h"
#include "tests/unit/store_fixture.h"

static const uint8_t KEY[SEAL_KEY] = {1, 2, 3}, OTHER[SEAL_KEY] = {4};

static struct backup_info sample_info(void)
{
    struct backup_info info = {.departement = "062", .format = 7, .made_at = 1738287900, .flux = UINT64_MAX, .journal_seq = 12};
    memset(info.store, 0xab, sizeof info.store);
    ck_assert_int_eq(manifest_key_id(KEY, info.key_id), ERR_OK);
    for (size_t i = 0; i < BACKUP_FILES; i++) {
        info.files[i].bytes = i * 1000;
        memset(info.files[i].sha256, (int)i, sizeof info.files[i].sha256);
    }
    return info;
}

START_TEST(a_manifest_reads_as_it_was_written)
{
    struct backup_info info = sample_info(), back;
    struct buf text;
    buf_init(&text, MANIFEST_MAX);
    ck_assert_int_eq(manifest_write(&info, KEY, &text), ERR_OK);
    ck_assert_int_eq(manifest_read((struct span){text.data, text.len}, KEY, &back), ERR_OK);
    ck_assert_mem_eq(&back, &info, sizeof info);
    ck_assert_int_eq(manifest_read((struct span){text.data, text.len}, OTHER, &back), ERR_KEY);
    buf_free(&text);
}
END_TEST

START_TEST(no_wrong_byte_passes_in_a_manifest)
{
    struct backup_info info = sample_info(), back;
    struct buf text;
    buf_init(&text, MANIFEST_MAX);
    ck_assert_int_eq(manifest_write(&info, KEY, &text), ERR_OK);
    for (size_t i = 0; i < text.len; i++)
        for (int bit = 0; bit < 8; bit++) {
            text.data[i] ^= (uint8_t)(1 << bit);
            ck_assert_int_ne(manifest_read((struct span){text.data, text.len}, KEY, &back), ERR_OK);
            text.data[i] ^= (uint8_t)(1 << bit);
        }
    for (size_t len = 0; len < text.len; len++)
        ck_assert_int_ne(manifest_read((struct span){text.data, len}, KEY, &back), ERR_OK);
    buf_free(&text);
}
END_TEST

static const struct made_household ONE = {.numdemrsa = "01024041052",
                                          .fonorg = "CAF",
                                          .matricule = "1234567",
                                          .dtdemrsa = "2020-01-01",
                                          .count = 1,
                                          .persons = {{.nom = "ESSAI", .prenom = "A", .dtnai = "1980-01-01"}}};
static const struct made_flux FIRST = {"2025-02-05", "01:18:00", "M", 1, false, NULL},
                              SECOND = {"2025-03-05", "01:18:00", "M", 2, false, NULL};

static void write_key(const struct fixture *f, char *path, size_t size)
{
    snprintf(path, size, "%s/backup.key", f->root);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fd_write_all(fd, KEY, sizeof KEY), ERR_OK);
    close(fd);
}

static void backed(struct fixture *f, const char *key, const char *folder, struct store_backed *out)
{
    const struct store_backup b = {.place = &f->place, .folder = folder, .key = key, .departement = "062", .now = 1738287900};
    ck_assert_int_eq(store_backup(f->store, &b, out), ERR_OK);
}

static struct store_hold *held(const struct fixture *f)
{
    struct store_hold *h = NULL;
    ck_assert_int_eq(store_hold(&f->place, "test", 0, NULL, NULL, &h), ERR_OK);
    return h;
}

START_TEST(serials_are_never_given_twice)
{
    struct fixture f;
    struct store_backed made;
    struct store_replaced done;
    char key[128], folder[128], path[256];
    fixture_make(&f);
    write_key(&f, key, sizeof key);
    snprintf(folder, sizeof folder, "%s/backup", f.root);
    ck_assert_int_eq(flux_apply(&f, &FIRST, &ONE, 1, NULL), 1);
    backed(&f, key, folder, &made);
    ck_assert_str_eq(made.info.name, "20250131T014500Z");
    fixture_close(&f);
    snprintf(path, sizeof path, "%s/%s", folder, made.info.name);
    const struct store_restore r = {
        .backup = path, .key = key, .given = {.flux = 40, .dossier = 50, .person = 60, .outbox = 70, .reject = 80}};
    struct store_hold *h = held(&f);
    ck_assert_int_eq(store_restore(h, &r, &done), ERR_OK);
    store_unhold(h);
    ck_assert(!done.keys_made);
    ck_assert_int_eq(done.generation, 2);
    fixture_open(&f);
    ck_assert_int_eq(flux_apply(&f, &SECOND, &ONE, 1, NULL), 41);
    store_is_sound(&f);
    fixture_remove(&f);
}
END_TEST

/* Whatever a killed command leaves is swept by who holds the store next, and only that. */
START_TEST(what_is_left_is_swept)
{
    static const char *const left[] = {".new-2", "gen-2", "gen-7", ".new-9"};
    struct fixture f;
    char path[256];
    struct keyring k;
    uint32_t ring;
    fixture_make(&f);
    fixture_close(&f);
    for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
        snprintf(path, sizeof path, "%s/%s", f.store_dir, left[i]);
        ck_assert_int_eq(mkdir(path, 0700), 0);
    }
    ck_assert_int_eq(keyring_add(&f.place, KEY, &k, &ring), ERR_OK);
    ck_assert_uint_eq(ring, 2);
    keyring_wipe(&k);
    snprintf(path, sizeof path, "%s/mine", f.store_dir);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    fixture_open(&f);
    for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
        snprintf(path, sizeof path, "%s/%s", f.store_dir, left[i]);
        ck_assert_msg(access(path, F_OK) < 0, "%s", path);
    }
    snprintf(path, sizeof path, "%s/mine", f.store_dir);
    ck_assert_int_eq(access(path, F_OK), 0);
    ck_assert_int_eq(rmdir(path), 0);
    ck_assert_int_eq(keyring_load(&f.place, ring, &k), ERR_KEY);
    ck_assert_int_eq(keyring_load(&f.place, 0, &k), ERR_OK);
    keyring_wipe(&k);
    fixture_remove(&f);
}
END_TEST

START_TEST(the_pointer_names_the_keys_too)
{
    static const char *const bad[] = {"gen-3 keyring-0\n", "gen-3 keyring-02\n", "gen-3 keyring-\n",
                                      "gen-3 keyring-2",   "gen-3 keyring-2 \n", "gen-3  keyring-2\n"};
    char folder[] = "/tmp/fluxrsa-test-XXXXXX";
    struct pointer p = {3, 2}, back;
    ck_assert_ptr_nonnull(mkdtemp(folder));
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_eq(pointer_write(fd, &p), ERR_OK);
    ck_assert_int_eq(pointer_read(fd, &back), ERR_OK);
    ck_assert_mem_eq(&p, &back, sizeof p);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_int_eq(file_replace(fd, "CURRENT", 0600, bad[i], strlen(bad[i])), ERR_OK);
        ck_assert_msg(pointer_read(fd, &back) == ERR_CORRUPT, "%s", bad[i]);
    }
    unlinkat(fd, "CURRENT", 0);
    close(fd);
    rmdir(folder);
}
END_TEST

START_TEST(the_newest_is_found_by_its_name)
{
    static const char *const there[] = {"20250131T014500Z", "20250201T014500Z", "20250201T014500Z-02",
                                        "20250301",         ".backup-new",      "20269999T000000"};
    char folder[] = "/tmp/fluxrsa-test-XXXXXX", path[128], name[BACKUP_NAME];
    int64_t at = 0;
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(backup_newest(folder, name, &at), ERR_NOTFOUND);
    for (size_t i = 0; i < sizeof there / sizeof *there; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, there[i]);
        ck_assert_int_eq(mkdir(path, 0700), 0);
    }
    ck_assert_int_eq(backup_newest(folder, name, &at), ERR_OK);
    ck_assert_str_eq(name, "20250201T014500Z-02");
    ck_assert_int_eq(at, 1738374300);
    for (size_t i = 0; i < sizeof there / sizeof *there; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, there[i]);
        rmdir(path);
    }
    rmdir(folder);
    ck_assert_int_eq(backup_newest(folder, name, &at), ERR_NOTFOUND);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("backup");
    TCase *c = tcase_create("backup");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, a_manifest_reads_as_it_was_written);
    tcase_add_test(c, no_wrong_byte_passes_in_a_manifest);
    tcase_add_test(c, serials_are_never_given_twice);
    tcase_add_test(c, what_is_left_is_swept);
    tcase_add_test(c, the_pointer_names_the_keys_too);
    tcase_add_test(c, the_newest_is_found_by_its_name);
    suite_add_tcase(suite, c);
    return run_suite(suite);
}
