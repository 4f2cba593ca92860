#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/kv_place.h"
#include "tests/unit/run_suite.h"

/* Keys of a scan, joined by commas. */
static void scanned(struct kv_txn *t, const char *prefix, const char *from, char *out, size_t size)
{
    struct kv_scan *s = NULL;
    struct span key, value;
    size_t n = 0;
    enum err e;
    out[0] = 0;
    ck_assert_int_eq(kv_scan_open(t, 0, text(prefix), text(from), &s), ERR_OK);
    while ((e = kv_scan_next(s, &key, &value)) == ERR_OK)
        n += (size_t)snprintf(out + n, size - n, "%.*s,", (int)key.len, (const char *)key.data);
    ck_assert_int_eq(e, ERR_NOTFOUND);
    kv_scan_close(s);
}

START_TEST(put_get_delete)
{
    struct place p = place_new();
    struct kv *kv = made(&p, &OPTIONS);
    struct kv_txn *t = writing(kv);
    put_text(t, 0, "a", "1");
    put_text(t, 1, "a", "2");
    put_text(t, 3, "empty", "");
    put_text(t, 0, "a", "3");
    ck_assert(holds(t, 0, "a", "3"));
    ck_assert_int_eq(kv_delete(t, 2, text("a")), ERR_NOTFOUND);
    ck_assert_int_eq(kv_commit(t), ERR_OK);
    kv = kv_close(kv);
    ck_assert_int_eq(kv_open(p.fd, &OPTIONS, false, &kv), ERR_OK);
    ck_assert_int_eq(kv_read(kv, &t), ERR_OK);
    ck_assert(holds(t, 0, "a", "3"));
    ck_assert(holds(t, 1, "a", "2"));
    ck_assert(holds(t, 2, "a", NULL));
    ck_assert(holds(t, 3, "empty", ""));
    ck_assert_int_ne(kv_put(t, 0, text("b"), text("x")), ERR_OK);
    kv_abort(t);
    kv_close(kv);
    place_free(&p);
}
END_TEST

START_TEST(key_sizes)
{
    struct place p = place_new();
    struct kv *kv = made(&p, &OPTIONS);
    struct kv_txn *t = writing(kv);
    uint8_t key[KV_KEY_MAX + 1];
    struct span got;
    memset(key, 0xff, sizeof key);
    ck_assert_int_eq(kv_put(t, 0, (struct span){key, KV_KEY_MAX}, text("v")), ERR_OK);
    ck_assert_int_eq(kv_get(t, 0, (struct span){key, KV_KEY_MAX}, &got), ERR_OK);
    ck_assert_int_eq(kv_put(t, 0, (struct span){key, KV_KEY_MAX + 1}, text("v")), ERR_BUG);
    ck_assert_int_eq(kv_put(t, 0, (struct span){key, 0}, text("v")), ERR_BUG);
    ck_assert_int_eq(kv_put(t, TABLES, text("k"), text("v")), ERR_BUG);
    kv_abort(t);
    kv_close(kv);
    place_free(&p);
}
END_TEST

START_TEST(abort_and_commit)
{
    struct place p = place_new();
    struct kv *kv = made(&p, &OPTIONS);
    struct kv_txn *t = writing(kv);
    put_text(t, 0, "k", "kept");
    ck_assert_int_eq(kv_commit(t), ERR_OK);
    t = writing(kv);
    put_text(t, 0, "k", "lost");
    ck_assert_int_eq(kv_delete(t, 0, text("k")), ERR_OK);
    ck_assert(holds(t, 0, "k", NULL));
    kv_abort(t);
    t = reading(kv);
    ck_assert(holds(t, 0, "k", "kept"));
    kv_abort(t);
    kv_abort(NULL);
    kv_close(kv);
    place_free(&p);
}
END_TEST

START_TEST(a_reader_sees_one_state)
{
    struct place p = place_new();
    struct kv *kv = made(&p, &OPTIONS);
    struct kv_txn *t = writing(kv);
    put_text(t, 0, "k", "old");
    ck_assert_int_eq(kv_commit(t), ERR_OK);
    struct kv_txn *before = reading(kv);
    t = writing(kv);
    put_text(t, 0, "k", "new");
    ck_assert(holds(before, 0, "k", "old"));
    ck_assert_int_eq(kv_commit(t), ERR_OK);
    ck_assert(holds(before, 0, "k", "old"));
    struct kv_txn *after = reading(kv);
    ck_assert(holds(after, 0, "k", "new"));
    struct kv_stat st;
    ck_assert_int_eq(kv_stat(kv, &st), ERR_OK);
    ck_assert_uint_eq(st.readers, 2);
    kv_abort(before);
    kv_abort(after);
    ck_assert_int_eq(kv_stat(kv, &st), ERR_OK);
    ck_assert_uint_eq(st.readers, 0);
    kv_close(kv);
    place_free(&p);
}
END_TEST

START_TEST(scans_by_prefix)
{
    static const char *const KEYS[] = {"b2", "a", "b", "b1", "c", "ba", "b\xff"};
    struct place p = place_new();
    struct kv *kv = made(&p, &OPTIONS);
    struct kv_txn *t = writing(kv);
    char out[128];
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++)
        put_text(t, 0, KEYS[i], "v");
    scanned(t, "", "", out, sizeof out);
    ck_assert_str_eq(out, "a,b,b1,b2,ba,b\xff,c,");
    scanned(t, "b", "", out, sizeof out);
    ck_assert_str_eq(out, "b,b1,b2,ba,b\xff,");
    scanned(t, "b", "b11", out, sizeof out);
    ck_assert_str_eq(out, "b2,ba,b\xff,");
    scanned(t, "b", "a", out, sizeof out);
    ck_assert_str_eq(out, "b,b1,b2,ba,b\xff,");
    scanned(t, "b", "c", out, sizeof out);
    ck_assert_str_eq(out, "");
    scanned(t, "d", "", out, sizeof out);
    ck_assert_str_eq(out, "");
    scanned(t, "", "b2", out, sizeof out);
    ck_assert_str_eq(out, "b2,ba,b\xff,c,");
    kv_abort(t);
    kv_close(kv);
    place_free(&p);
}
END_TEST

/* Every key is met once while the scan deletes what it stands on and puts before and behind. */
START_TEST(scan_goes_on_after_changes)
{
    enum { N = 3000 };
    struct place p = place_new();
    struct kv *kv = made(&p, &OPTIONS);
    struct kv_txn *t = writing(kv);
    struct kv_scan *s = NULL;
    struct span key, value;
    char name[16], big[600];
    int met = 0;
    memset(big, 'x', sizeof big);
    for (int i = 0; i < N; i++) {
        snprintf(name, sizeof name, "k%06d", i);
        put_text(t, 0, name, "v");
    }
    ck_assert_int_eq(kv_scan_open(t, 0, text("k"), text(""), &s), ERR_OK);
    while (kv_scan_next(s, &key, &value) == ERR_OK) {
        snprintf(name, sizeof name, "k%06d", met);
        ck_assert_uint_eq(key.len, strlen(name));
        ck_assert_int_eq(memcmp(key.data, name, key.len), 0);
        if (met % 3)
            ck_assert_int_eq(kv_delete(t, 0, text(name)), ERR_OK);
        snprintf(name, sizeof name, "j%06d", met++);
        ck_assert_int_eq(kv_put(t, 0, text(name), (struct span){(uint8_t *)big, sizeof big}), ERR_OK);
    }
    kv_scan_close(s);
    ck_assert_int_eq(met, N);
    ck_assert_int_eq(kv_commit(t), ERR_OK);
    struct kv_stat st;
    ck_assert_int_eq(kv_stat(kv, &st), ERR_OK);
    ck_assert_uint_eq(st.entries[0], N + N / 3);
    kv_close(kv);
    place_free(&p);
}
END_TEST

enum { MODEL = 4000 };

/* Puts or deletes some entries at random, the one that the scan stands on as well; sizes from a few bytes to several pages. */
static void disturb(struct kv_txn *t, uint8_t *there, unsigned at, unsigned *seed)
{
    static const uint8_t value[9000];
    for (int i = 0; i < 4; i++) {
        char name[16];
        *seed = *seed * 1103515245u + 12345u;
        unsigned which = i ? (*seed >> 8) % MODEL : at;
        snprintf(name, sizeof name, "k%06u", which);
        if (*seed >> 30 == 0) {
            size_t size = *seed >> 29 & 1 ? sizeof value : (*seed >> 16) % 900;
            ck_assert_int_eq(kv_put(t, 0, text(name), (struct span){value, size}), ERR_OK);
            there[which] = 1;
        } else if (*seed >> 30 == 1) {
            ck_assert_int_eq(kv_delete(t, 0, text(name)), there[which] ? ERR_OK : ERR_NOTFOUND);
            there[which] = 0;
        }
    }
}

START_TEST(scan_agrees_with_a_model)
{
    static uint8_t there[MODEL];
    struct place p = place_new();
    struct kv *kv = made(&p, &OPTIONS);
    struct kv_txn *t = writing(kv);
    unsigned seed = 1;
    for (int round = 0; round < 20; round++) {
        struct kv_scan *s = NULL;
        struct span key, value;
        unsigned at = 0;
        ck_assert_int_eq(kv_scan_open(t, 0, text("k"), text(""), &s), ERR_OK);
        for (;; at++) {
            while (at < MODEL && !there[at])
                at++;
            enum err e = kv_scan_next(s, &key, &value);
            ck_assert_int_eq(e, at < MODEL ? ERR_OK : ERR_NOTFOUND);
            if (e)
                break;
            char name[16];
            snprintf(name, sizeof name, "k%06u", at);
            ck_assert_msg(key.len == strlen(name) && !memcmp(key.data, name, key.len), "%s expected", name);
            disturb(t, there, at, &seed);
        }
        kv_scan_close(s);
        for (unsigned i = 0; i < MODEL / 4; i++)
            disturb(t, there, i, &seed);
    }
    kv_abort(t);
    kv_close(kv);
    place_free(&p);
}
END_TEST

START_TEST(long_values_are_reserved)
{
    enum { LONG = 300000 };
    struct place p = place_new();
    struct kv *kv = made(&p, &OPTIONS);
    struct kv_txn *t = writing(kv);
    struct span got;
    uint8_t *room = NULL;
    ck_assert_int_eq(kv_reserve(t, 1, text("long"), LONG, &room), ERR_OK);
    for (int i = 0; i < LONG; i++)
        room[i] = (uint8_t)(i * 7);
    ck_assert_int_eq(kv_commit(t), ERR_OK);
    struct kv_stat st;
    ck_assert_int_eq(kv_stat(kv, &st), ERR_OK);
    ck_assert_uint_ge(st.bytes_used, LONG);
    ck_assert_uint_ge(st.bytes_file, st.bytes_used);
    ck_assert_uint_eq(st.map_bytes, MAP);
    /* Where the folder is on a file system that counts what goes to disk. */
    if (st.dirty_pages)
        ck_assert_uint_ge(st.dirty_pages * st.page_bytes, LONG);
    t = reading(kv);
    ck_assert_int_eq(kv_get(t, 1, text("long"), &got), ERR_OK);
    ck_assert_uint_eq(got.len, LONG);
    for (int i = 0; i < LONG; i++)
        ck_assert_uint_eq(got.data[i], (uint8_t)(i * 7));
    kv_abort(t);
    kv_close(kv);
    place_free(&p);
}
END_TEST

START_TEST(quota_stops_puts_but_not_a_purge)
{
    const struct kv_options o = {.tables = TABLES, .map_bytes = MAP, .quota = 2 << 20};
    struct place p = place_new();
    struct kv *kv = made(&p, &o);
    struct kv_txn *t = writing(kv);
    struct kv_stat st;
    ck_assert_int_eq(fill(t, 0, 1000), ERR_OK);
    ck_assert_int_eq(kv_commit(t), ERR_OK);
    t = writing(kv);
    ck_assert_int_eq(fill(t, 1000, 10000), ERR_FULL);
    ck_assert_int_eq(kv_commit(t), ERR_FULL);
    ck_assert_int_eq(kv_stat(kv, &st), ERR_OK);
    ck_assert_uint_eq(st.entries[0], 1000);
    ck_assert_uint_le(st.bytes_used, o.quota);
    t = writing(kv);
    uint8_t *room;
    ck_assert_int_eq(kv_reserve(t, 0, text("big"), 4 << 20, &room), ERR_FULL);
    kv_abort(t);
    ck_assert_int_eq(kv_write(kv, true, &t), ERR_OK);
    ck_assert_int_eq(fill(t, 1000, 10000), ERR_OK);
    ck_assert_int_eq(kv_commit(t), ERR_OK);
    t = writing(kv);
    ck_assert_int_eq(kv_put(t, 0, text("one"), text("more")), ERR_FULL);
    kv_abort(t);
    kv_close(kv);
    place_free(&p);
}
END_TEST

START_TEST(full_map_loses_nothing)
{
    const struct kv_options o = {.tables = TABLES, .map_bytes = 1 << 20};
    struct place p = place_new();
    struct kv *kv = made(&p, &o);
    struct kv_txn *t = writing(kv);
    put_text(t, 0, "k", "kept");
    ck_assert_int_eq(kv_commit(t), ERR_OK);
    t = writing(kv);
    ck_assert_int_eq(fill(t, 0, 10000), ERR_FULL);
    ck_assert_int_eq(kv_commit(t), ERR_FULL);
    t = writing(kv);
    ck_assert(holds(t, 0, "k", "kept"));
    ck_assert_int_eq(kv_delete(t, 0, text("k")), ERR_OK);
    ck_assert_int_eq(kv_commit(t), ERR_OK);
    kv_close(kv);
    place_free(&p);
}
END_TEST

START_TEST(create_and_open_refuse)
{
    struct place p = place_new();
    struct kv *kv = NULL;
    struct kv_options more = OPTIONS;
    struct stat st;
    more.tables++;
    ck_assert_int_eq(kv_open(p.fd, &OPTIONS, true, &kv), ERR_STORE);
    ck_assert_int_eq(fstatat(p.fd, "data.mdb", &st, 0), -1);
    ck_assert_int_eq(kv_create(p.fd, &OPTIONS), ERR_OK);
    ck_assert_int_eq(kv_create(p.fd, &OPTIONS), ERR_BUSY);
    ck_assert_int_eq(kv_open(p.fd, &more, true, &kv), ERR_STORE);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(fstatat(p.fd, i ? "lock.mdb" : "data.mdb", &st, 0), 0);
        ck_assert_uint_eq(st.st_mode & 0777, 0600);
    }
    place_free(&p);
}
END_TEST

START_TEST(descriptors_stay_here)
{
    struct place p = place_new();
    struct kv *kv = made(&p, &OPTIONS);
    DIR *dir = opendir("/proc/self/fd");
    struct dirent *entry;
    int found = 0;
    ck_assert_ptr_nonnull(dir);
    while ((entry = readdir(dir))) {
        char target[256];
        ssize_t n = readlinkat(dirfd(dir), entry->d_name, target, sizeof target - 1);
        if (n < 0)
            continue;
        target[n] = 0;
        if (strncmp(target, p.path, strlen(p.path)) != 0)
            continue;
        found++;
        ck_assert_msg(fcntl((int)strtol(entry->d_name, NULL, 10), F_GETFD) & FD_CLOEXEC, "%s would reach a child", target);
    }
    closedir(dir);
    ck_assert_int_ge(found, 3); /* the folder, the data, the locks */
    kv_close(kv);
    place_free(&p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kv");
    TCase *c = tcase_create("kv");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, put_get_delete);
    tcase_add_test(c, key_sizes);
    tcase_add_test(c, abort_and_commit);
    tcase_add_test(c, a_reader_sees_one_state);
    tcase_add_test(c, scans_by_prefix);
    tcase_add_test(c, scan_goes_on_after_changes);
    tcase_add_test(c, scan_agrees_with_a_model);
    tcase_add_test(c, long_values_are_reserved);
    tcase_add_test(c, quota_stops_puts_but_not_a_purge);
    tcase_add_test(c, full_map_loses_nothing);
    tcase_add_test(c, create_and_open_refuse);
    tcase_add_test(c, descriptors_stay_here);
    suite_add_tcase(suite, c);
    return run_suite(suite);
}
