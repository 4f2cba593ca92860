#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/kv_place.h"
#include "tests/unit/run_suite.h"

/* Exit status of a child that opens the store and reads all of it, or its signal + 256. */
static int opened_by_child(const struct place *p, const struct kv_options *o)
{
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (!child) {
        struct kv *kv = NULL;
        struct kv_txn *t = NULL;
        struct kv_scan *s = NULL;
        struct span key, value;
        unsigned sum = 0;
        enum err e = kv_open(p->fd, o, false, &kv);
        if (!e)
            e = kv_read(kv, &t);
        for (unsigned i = 0; !e && i < o->tables; i++) {
            e = kv_scan_open(t, i, (struct span){NULL, 0}, (struct span){NULL, 0}, &s);
            while (!e && !(e = kv_scan_next(s, &key, &value)))
                for (size_t j = 0; j < value.len; j++)
                    sum += value.data[j];
            s = kv_scan_close(s);
            e = e == ERR_NOTFOUND ? ERR_OK : e;
        }
        kv_abort(t);
        kv_close(kv);
        _exit(e ? (int)e : (int)(sum & 0));
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

static void content_for_damage(struct kv *kv)
{
    struct kv_txn *t;
    for (int round = 0; round < 5; round++) {
        t = writing(kv);
        ck_assert_int_eq(fill(t, round * 40, 100), ERR_OK);
        uint8_t *room;
        ck_assert_int_eq(kv_reserve(t, 1, text(round & 1 ? "odd" : "even"), 20000, &room), ERR_OK);
        memset(room, round, 20000);
        ck_assert_int_eq(kv_commit(t), ERR_OK);
    }
}

START_TEST(truncated_file_is_damage)
{
    struct place p = place_new();
    struct kv *kv = made(&p, &OPTIONS);
    struct stat st;
    content_for_damage(kv);
    kv_close(kv);
    ck_assert_int_eq(opened_by_child(&p, &OPTIONS), ERR_OK);
    ck_assert_int_eq(fstatat(p.fd, "data.mdb", &st, 0), 0);
    int fd = openat(p.fd, "data.mdb", O_RDWR | O_CLOEXEC), refused = 0;
    uint8_t *all = malloc((size_t)st.st_size);
    ck_assert_ptr_nonnull(all);
    ck_assert_int_eq(pread(fd, all, (size_t)st.st_size, 0), st.st_size);
    for (off_t size = st.st_size - 1; size >= 0; size -= size > 3 * PAGE ? 1021 : 509) {
        ck_assert_int_eq(ftruncate(fd, size), 0);
        int status = opened_by_child(&p, &OPTIONS);
        ck_assert_msg(status == ERR_OK || status == ERR_CORRUPT, "%lld of %lld bytes: %d", (long long)size, (long long)st.st_size, status);
        if (size < st.st_size / 2)
            ck_assert_int_eq(status, ERR_CORRUPT);
        refused += status == ERR_CORRUPT;
    }
    ck_assert_int_gt(refused, 10);
    ck_assert_int_eq(ftruncate(fd, 0), 0);
    ck_assert_int_eq(opened_by_child(&p, &OPTIONS), ERR_CORRUPT);
    ck_assert_int_eq(fstatat(p.fd, "data.mdb", &st, 0), 0);
    ck_assert_int_eq(st.st_size, 0);
    free(all);
    close(fd);
    place_free(&p);
}
END_TEST

/* The free list is all there, a long value is not. */
START_TEST(missing_page_in_use_is_damage)
{
    struct place p = place_new();
    struct kv *kv = made(&p, &OPTIONS);
    struct kv_txn *t;
    struct stat st;
    uint8_t *room;
    for (int round = 0; round < 6; round++) {
        t = writing(kv);
        ck_assert_int_eq(fill(t, round, 200), ERR_OK);
        ck_assert_int_eq(kv_commit(t), ERR_OK);
    }
    t = writing(kv);
    ck_assert_int_eq(kv_reserve(t, 1, text("long"), 400000, &room), ERR_OK);
    memset(room, 1, 400000);
    ck_assert_int_eq(kv_commit(t), ERR_OK);
    kv_close(kv);
    ck_assert_int_eq(fstatat(p.fd, "data.mdb", &st, 0), 0);
    int fd = openat(p.fd, "data.mdb", O_RDWR | O_CLOEXEC);
    uint64_t root[2], txn[2];
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(pread(fd, &root[i], 8, i * PAGE + 80), 8);
        ck_assert_int_eq(pread(fd, &txn[i], 8, i * PAGE + 144), 8);
    }
    ck_assert_int_eq(opened_by_child(&p, &OPTIONS), ERR_OK);
    ck_assert_int_eq(ftruncate(fd, st.st_size - 1), 0);
    ck_assert_uint_lt((root[txn[1] > txn[0]] + 1) * PAGE, (uint64_t)st.st_size - PAGE);
    ck_assert_int_eq(opened_by_child(&p, &OPTIONS), ERR_CORRUPT);
    close(fd);
    place_free(&p);
}
END_TEST

/* Each bit of both metas, one by one: refused or harmless, no signal. */
START_TEST(damaged_metas_are_damage)
{
    struct place p = place_new();
    struct kv *kv = made(&p, &OPTIONS);
    content_for_damage(kv);
    kv_close(kv);
    int fd = openat(p.fd, "data.mdb", O_RDWR | O_CLOEXEC);
    for (off_t page = 0; page < 2 * PAGE; page += PAGE)
        for (off_t at = 10; at < 152; at++) {
            uint8_t byte, bad;
            ck_assert_int_eq(pread(fd, &byte, 1, page + at), 1);
            bad = (uint8_t)(byte ^ (1u << (at % 8)));
            ck_assert_int_eq(pwrite(fd, &bad, 1, page + at), 1);
            int status = opened_by_child(&p, &OPTIONS);
            ck_assert_msg(status == ERR_OK || status == ERR_CORRUPT || status == ERR_STORE, "bit %d of byte %lld: %d", (int)(at % 8),
                          (long long)(page + at), status);
            ck_assert_int_eq(pwrite(fd, &byte, 1, page + at), 1);
        }
    ck_assert_int_eq(opened_by_child(&p, &OPTIONS), ERR_OK);
    close(fd);
    place_free(&p);
}
END_TEST

/* A transaction that frees again what it took at the end of the file leaves a file shorter than its meta says, and sound. */
START_TEST(free_tail_is_no_damage)
{
    struct place p = place_new();
    struct kv *kv = made(&p, &OPTIONS);
    struct kv_txn *t;
    struct kv_stat st;
    bool was_short = false;
    for (int round = 0; round < 30; round++) {
        t = writing(kv);
        ck_assert_int_eq(fill(t, round * 10, 30 + round), ERR_OK);
        for (int i = 0; i < 8; i++) {
            char key[16];
            uint8_t *room;
            snprintf(key, sizeof key, "big%d", i);
            ck_assert_int_eq(kv_reserve(t, 1, text(key), 30000, &room), ERR_OK);
            memset(room, round, 30000);
        }
        for (int i = 0; i < 8; i++) {
            char key[16];
            snprintf(key, sizeof key, "big%d", i);
            ck_assert_int_eq(kv_delete(t, 1, text(key)), ERR_OK);
        }
        ck_assert_int_eq(kv_commit(t), ERR_OK);
        ck_assert_int_eq(kv_stat(kv, &st), ERR_OK);
        uint8_t last[8];
        uint64_t pages[2];
        int fd = openat(p.fd, "data.mdb", O_RDONLY | O_CLOEXEC);
        for (int i = 0; i < 2; i++) {
            ck_assert_int_eq(pread(fd, last, sizeof last, i * PAGE + 136), 8);
            memcpy(&pages[i], last, 8);
        }
        close(fd);
        was_short |= (pages[0] > pages[1] ? pages[0] + 1 : pages[1] + 1) * PAGE > st.bytes_file;
        ck_assert_int_eq(opened_by_child(&p, &OPTIONS), ERR_OK);
    }
    ck_assert_msg(was_short, "the case was not produced");
    kv_close(kv);
    place_free(&p);
}
END_TEST

START_TEST(killed_readers_are_forgotten)
{
    struct place p = place_new();
    struct kv *kv = made(&p, &OPTIONS);
    struct kv_stat st;
    for (int i = 0; i < 20; i++) {
        pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (!child) {
            struct kv *own = NULL;
            struct kv_txn *t = NULL;
            if (!kv_open(p.fd, &OPTIONS, false, &own) && !kv_read(own, &t))
                kill(getpid(), SIGKILL);
            _exit(1);
        }
        int status;
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert(WIFSIGNALED(status));
    }
    struct kv_txn *t = writing(kv);
    ck_assert_int_eq(kv_stat(kv, &st), ERR_OK);
    ck_assert_uint_eq(st.readers, 0);
    kv_abort(t);
    kv_close(kv);
    place_free(&p);
}
END_TEST

/* A killed writer leaves the state of the last commit, and no lock. */
START_TEST(killed_writer_leaves_the_last_commit)
{
    struct place p = place_new();
    struct kv *kv = NULL;
    struct kv_txn *t = NULL;
    ck_assert_int_eq(kv_create(p.fd, &OPTIONS), ERR_OK);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (!child) {
        if (kv_open(p.fd, &OPTIONS, true, &kv) || kv_write(kv, false, &t) || kv_put(t, 0, text("k"), text("kept")) || kv_commit(t) ||
            kv_write(kv, false, &t) || kv_put(t, 0, text("k"), text("lost")))
            _exit(1);
        kill(getpid(), SIGKILL);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(kv_open(p.fd, &OPTIONS, true, &kv), ERR_OK);
    t = writing(kv);
    ck_assert(holds(t, 0, "k", "kept"));
    put_text(t, 0, "k", "next");
    ck_assert_int_eq(kv_commit(t), ERR_OK);
    kv_close(kv);
    place_free(&p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kv damage");
    TCase *c = tcase_create("kv damage");
    tcase_set_timeout(c, 120);
    tcase_add_test(c, truncated_file_is_damage);
    tcase_add_test(c, missing_page_in_use_is_damage);
    tcase_add_test(c, damaged_metas_are_damage);
    tcase_add_test(c, free_tail_is_no_damage);
    tcase_add_test(c, killed_readers_are_forgotten);
    tcase_add_test(c, killed_writer_leaves_the_last_commit);
    suite_add_tcase(suite, c);
    return run_suite(suite);
}
