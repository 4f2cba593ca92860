#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "tests/unit/run_suite.h"
#include "tests/unit/store_home.h"

START_TEST(create_then_open)
{
    struct home h;
    struct generation g;
    struct kv *kv = NULL;
    make_home(&h);
    ck_assert_int_eq(entries(h.store), 4);
    ck_assert_int_eq(entries(h.keys), 3);
    ck_assert_uint_eq(mode_of(h.master), 0400);
    ck_assert_uint_eq(mode_of(path_in(h.keys, "kek-1")), 0400);
    ck_assert_uint_eq(mode_of(path_in(h.keys, "index")), 0400);
    ck_assert_uint_eq(mode_of(path_in(h.keys, "keyring")), 0400);
    ck_assert_uint_eq(mode_of(path_in(h.store, "CURRENT")), 0600);
    ck_assert_uint_eq(mode_of(path_in(h.store, "open.lock")), 0600);
    ck_assert_uint_eq(mode_of(path_in(h.store, "write.lock")), 0600);
    ck_assert_uint_eq(mode_of(path_in(h.store, "gen-1")), 0700);
    ck_assert_uint_eq(mode_of(path_in(h.store, "gen-1/data.mdb")), 0600);
    ck_assert_int_eq(generation_open(&h.place, true, "test", NULL, NULL, &g), ERR_OK);
    ck_assert_uint_eq(g.number, 1);
    ck_assert_int_eq(kv_open(g.dir_fd, &HOME_OPTIONS, true, &kv), ERR_OK);
    kv_close(kv);
    const int fds[] = {g.store_fd, g.dir_fd, g.open_lock_fd, g.write_lock_fd};
    for (size_t i = 0; i < 4; i++)
        ck_assert(fcntl(fds[i], F_GETFD) & FD_CLOEXEC);
    generation_close(&g);
    ck_assert_int_eq(generation_open(&h.place, false, "test", NULL, NULL, &g), ERR_OK);
    ck_assert_int_eq(g.write_lock_fd, -1);
    generation_close(&g);
    home_free(&h);
}
END_TEST

/* The same keys at each opening, other keys in another store. */
START_TEST(keys_are_those_of_the_store)
{
    struct home a, b;
    struct generation g;
    uint8_t blind[3][BLIND_SIZE], wrapped[SEAL_WRAPPED];
    struct span part = {(const uint8_t *)"x", 1};
    struct data_key key, again;
    make_home(&a);
    make_home(&b);
    const struct home *homes[] = {&a, &a, &b};
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(generation_open(&homes[i]->place, false, "test", NULL, NULL, &g), ERR_OK);
        ck_assert_int_eq(seal_blind(g.sealer, BLIND_NIR, &part, 1, blind[i]), ERR_OK);
        if (!i)
            ck_assert_int_eq(seal_new_key(g.sealer, part, &key, wrapped), ERR_OK);
        else
            ck_assert_int_eq(seal_unwrap(g.sealer, part, (struct span){wrapped, sizeof wrapped}, &again), i == 1 ? ERR_OK : ERR_CORRUPT);
        if (i == 1)
            ck_assert_mem_eq(&key, &again, sizeof key);
        generation_close(&g);
    }
    ck_assert_mem_eq(blind[0], blind[1], BLIND_SIZE);
    ck_assert_mem_ne(blind[0], blind[2], BLIND_SIZE);
    home_free(&a);
    home_free(&b);
}
END_TEST

START_TEST(create_refuses_what_is_not_empty)
{
    struct home h;
    home_new(&h);
    write_file(path_in(h.store, "x"), "", 0);
    ck_assert_int_eq(generation_create(&h.place, make), ERR_BUSY);
    ck_assert_int_eq(entries(h.store), 1);
    ck_assert_int_eq(entries(h.keys), 0);
    unlink(path_in(h.store, "x"));
    write_file(path_in(h.keys, "x"), "", 0);
    ck_assert_int_eq(generation_create(&h.place, make), ERR_BUSY);
    ck_assert_int_eq(entries(h.store), 0);
    ck_assert_int_eq(entries(h.keys), 1);
    ck_assert_int_eq(access(h.master, F_OK), -1);
    unlink(path_in(h.keys, "x"));
    ck_assert_int_eq(generation_create(&h.place, make), ERR_OK);
    ck_assert_int_eq(generation_create(&h.place, make), ERR_BUSY);
    ck_assert_int_eq(reopen(&h), ERR_OK);
    home_free(&h);
}
END_TEST

START_TEST(a_failed_create_leaves_nothing)
{
    struct home h;
    home_new(&h);
    ck_assert_int_eq(generation_create(&h.place, make_fails), ERR_NOSPACE);
    ck_assert_int_eq(entries(h.store), 0);
    ck_assert_int_eq(entries(h.keys), 0);
    ck_assert_int_eq(access(h.master, F_OK), -1);
    ck_assert_int_eq(reopen(&h), ERR_STORE);
    ck_assert_int_eq(entries(h.store), 0);
    ck_assert_int_eq(chmod(h.store, 0755), 0);
    ck_assert_int_eq(generation_create(&h.place, make), ERR_PERM);
    ck_assert_int_eq(entries(h.store), 0);
    home_free(&h);
}
END_TEST

START_TEST(half_made_is_not_opened)
{
    static const char *const BAD[] = {
        "", "gen-1", "gen-01\n", "gen-0\n", "gen-\n", "gen-1\n\n", "gen-1/../gen-1\n", "gen-9999999999\n", "gen-2\n"};
    struct home h;
    make_home(&h);
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        write_file(path_in(h.store, "CURRENT"), BAD[i], strlen(BAD[i]));
        ck_assert_msg(reopen(&h) == ERR_CORRUPT, "%zu", i);
    }
    unlink(path_in(h.store, "CURRENT"));
    ck_assert_int_eq(reopen(&h), ERR_STORE);
    ck_assert_int_eq(generation_create(&h.place, make), ERR_BUSY);
    home_free(&h);
}
END_TEST

/* Killed before the pointer is there. */
static enum err make_killed(int dirfd, struct sealer *s)
{
    enum err e = make(dirfd, s);
    kill(getpid(), SIGKILL);
    return e;
}

START_TEST(killed_while_making)
{
    struct home h;
    int status;
    home_new(&h);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (!child)
        _exit(generation_create(&h.place, make_killed) != ERR_OK);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(reopen(&h), ERR_STORE);
    ck_assert_int_eq(generation_create(&h.place, make), ERR_BUSY);
    home_free(&h);
}
END_TEST

struct told {
    int times, turns;
    char holder[200];
    pid_t release;
};

static void waiting(void *ctx, const char *holder)
{
    struct told *t = ctx;
    t->turns += !holder;
    if (!holder)
        return;
    t->times++;
    snprintf(t->holder, sizeof t->holder, "%s", holder);
    if (t->release)
        kill(t->release, SIGKILL);
}

/* A child that holds the write lock; returns once it does. */
static pid_t holder_start(const struct home *h)
{
    int ready[2];
    char byte;
    ck_assert_int_eq(pipe(ready), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (!child) {
        struct generation g;
        if (generation_open(&h->place, true, "import", NULL, NULL, &g) || write(ready[1], "r", 1) != 1)
            _exit(1);
        pause();
        _exit(0);
    }
    close(ready[1]);
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return child;
}

START_TEST(second_writer_waits_for_a_named_holder)
{
    struct home h;
    struct generation g;
    int status;
    make_home(&h);
    pid_t child = holder_start(&h);
    struct told told = {.release = child};
    ck_assert_int_eq(reopen(&h), ERR_OK); /* readers do not wait */
    ck_assert_int_eq(generation_open(&h.place, true, "purge", waiting, &told, &g), ERR_OK);
    ck_assert_int_eq(told.times, 1);
    ck_assert_int_eq(told.turns, 1);
    char expected[64];
    snprintf(expected, sizeof expected, "pid %ld, import, since 20", (long)child);
    size_t n = strlen(expected), all = n + strlen("26-11-22T01:20:00Z");
    ck_assert_msg(!strncmp(told.holder, expected, n) && strlen(told.holder) == all && told.holder[all - 1] == 'Z' &&
                      told.holder[all - 10] == 'T',
                  "%s", told.holder);
    char line[200] = "";
    ck_assert_int_gt(pread(g.write_lock_fd, line, sizeof line - 1, 0), 0);
    ck_assert_ptr_nonnull(strstr(line, ", purge, since "));
    generation_close(&g);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    struct stat st;
    ck_assert_int_eq(stat(path_in(h.store, "write.lock"), &st), 0);
    ck_assert_int_eq(st.st_size, 0);
    told = (struct told){0};
    ck_assert_int_eq(generation_open(&h.place, true, "purge", waiting, &told, &g), ERR_OK);
    ck_assert_int_eq(told.times + told.turns, 0);
    generation_close(&g);
    home_free(&h);
}
END_TEST

static void nothing(int signum) { (void)signum; }

/* Again and again: the first one may come before the wait begins. */
static void waiting_alarm(void *ctx, const char *holder)
{
    const struct itimerval often = {{.tv_usec = 100000}, {.tv_usec = 100000}};
    (void)ctx, (void)holder;
    ck_assert_int_eq(setitimer(ITIMER_REAL, &often, NULL), 0);
}

START_TEST(a_signal_ends_the_wait)
{
    struct home h;
    struct generation g;
    struct sigaction act = {.sa_handler = nothing};
    int status;
    make_home(&h);
    pid_t child = holder_start(&h);
    ck_assert_int_eq(sigaction(SIGALRM, &act, NULL), 0);
    ck_assert_int_eq(generation_open(&h.place, true, "purge", waiting_alarm, NULL, &g), ERR_STOPPED);
    ck_assert_int_eq(setitimer(ITIMER_REAL, &(const struct itimerval){0}, NULL), 0);
    ck_assert_int_eq(g.write_lock_fd, -1);
    kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    home_free(&h);
}
END_TEST

START_TEST(opened_stores_hold_off_a_replacement)
{
    struct home h;
    struct generation g;
    make_home(&h);
    ck_assert_int_eq(generation_open(&h.place, false, "test", NULL, NULL, &g), ERR_OK);
    int fd = open(path_in(h.store, "open.lock"), O_RDWR | O_CLOEXEC);
    ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), -1);
    ck_assert_int_eq(flock(fd, LOCK_SH | LOCK_NB), 0);
    generation_close(&g);
    ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), 0);
    close(fd);
    home_free(&h);
}
END_TEST

/* Who replaces the generation while somebody waits for it: the one who waited opens the new one. */
START_TEST(the_pointer_is_read_after_the_lock)
{
    struct home h;
    struct generation g;
    int status;
    make_home(&h);
    int fd = open(path_in(h.store, "open.lock"), O_RDWR | O_CLOEXEC);
    ck_assert_int_eq(flock(fd, LOCK_EX), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (!child) {
        close(fd);
        enum err e = generation_open(&h.place, false, "test", NULL, NULL, &g);
        _exit(e ? 100 : (int)g.number);
    }
    usleep(200000);
    ck_assert_int_eq(mkdir(path_in(h.store, "gen-2"), 0700), 0);
    int store_fd = open(h.store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_eq(file_replace(store_fd, "CURRENT", 0600, "gen-2\n", 6), ERR_OK);
    close(store_fd);
    close(fd);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(WEXITSTATUS(status), 2);
    home_free(&h);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("generation");
    TCase *c = tcase_create("generation");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, create_then_open);
    tcase_add_test(c, keys_are_those_of_the_store);
    tcase_add_test(c, create_refuses_what_is_not_empty);
    tcase_add_test(c, a_failed_create_leaves_nothing);
    tcase_add_test(c, half_made_is_not_opened);
    tcase_add_test(c, killed_while_making);
    tcase_add_test(c, second_writer_waits_for_a_named_holder);
    tcase_add_test(c, a_signal_ends_the_wait);
    tcase_add_test(c, opened_stores_hold_off_a_replacement);
    tcase_add_test(c, the_pointer_is_read_after_the_lock);
    suite_add_tcase(suite, c);
    return run_suite(suite);
}
