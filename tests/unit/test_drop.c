#include <check.h>
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/unit/run_suite.h"
#include "tests/unit/spool_home.h"

static struct spool_home h;

static void set_up(void)
{
    signal(SIGIO, SIG_IGN);
    spool_home_new(&h, "");
}

static void tear_down(void) { spool_home_free(&h); }

static struct drop_entry *entry(const char *name)
{
    for (size_t i = 0; i < h.drop.count; i++)
        if (h.drop.entries[i].name && strcmp(h.drop.entries[i].name, name) == 0)
            return &h.drop.entries[i];
    return NULL;
}

static enum settle_act act_of(const char *name)
{
    const struct drop_entry *e = entry(name);
    ck_assert_msg(e != NULL, "%s is not seen", name);
    return e->verdict.act;
}

START_TEST(files_settle_over_several_looks)
{
    static const struct settle_rule rule = {COMPLETE_STILL, 60000, ".ok"};
    put_file(&h, "drop/caf/b.xml", "1");
    ck_assert_int_eq(drop_scan(&h.drop, &rule, 0), ERR_OK);
    put_file(&h, "drop/caf/a.xml", "1");
    put_file(&h, "drop/caf/c.xml", "1");
    ck_assert_int_eq(drop_scan(&h.drop, &rule, 30000), ERR_OK);
    ck_assert_int_eq(act_of("b.xml"), SETTLE_WAIT);
    ck_assert_int_eq(drop_until(&h.drop), 60000);
    ck_assert_int_eq(drop_scan(&h.drop, &rule, 60000), ERR_OK);
    ck_assert_int_eq(act_of("b.xml"), SETTLE_READY);
    ck_assert_int_eq(act_of("a.xml"), SETTLE_WAIT);
    put_file(&h, "drop/caf/b.xml", "12");
    ck_assert_int_eq(drop_scan(&h.drop, &rule, 61000), ERR_OK);
    ck_assert_int_eq(act_of("b.xml"), SETTLE_WAIT);
    ck_assert_int_eq(drop_until(&h.drop), 90000);
}
END_TEST

START_TEST(hints_count_until_the_next_look)
{
    static const struct settle_rule rule = {COMPLETE_STILL, 60000, ".ok"};
    put_file(&h, "drop/caf/a.xml", "1");
    put_file(&h, "drop/caf/b.xml", "1");
    drop_take_hint(&h.drop, "a.xml", HINT_MADE_HERE);
    drop_take_hint(&h.drop, "a.xml", HINT_MOVED_IN);
    drop_take_hint(&h.drop, "b.xml", HINT_MOVED_IN);
    drop_take_hint(&h.drop, "b.xml", HINT_MADE_HERE);
    drop_take_hint(&h.drop, "gone.xml", HINT_MOVED_IN);
    ck_assert_int_eq(drop_scan(&h.drop, &rule, 0), ERR_OK);
    ck_assert_int_eq(act_of("a.xml"), SETTLE_READY);
    ck_assert_int_eq(act_of("b.xml"), SETTLE_WAIT);
    put_file(&h, "drop/caf/c.xml", "1");
    drop_take_hint(&h.drop, "c.xml", HINT_MOVED_IN);
    drop_forget_hints(&h.drop);
    ck_assert_int_eq(drop_scan(&h.drop, &rule, 0), ERR_OK);
    ck_assert_int_eq(act_of("c.xml"), SETTLE_WAIT);
}
END_TEST

START_TEST(special_files_are_neither_followed_nor_opened)
{
    char path[1024];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    put_file(&h, "victim", "content");
    ck_assert_int_eq(symlink("../../victim", spool_path(&h, "drop/caf/link", path)), 0);
    ck_assert_int_eq(symlink("/dev/zero", spool_path(&h, "drop/caf/endless", path)), 0);
    ck_assert_int_eq(mkfifo(spool_path(&h, "drop/caf/fifo", path), 0666), 0);
    ck_assert_int_eq(mkdir(spool_path(&h, "drop/caf/folder", path), 0777), 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%.90s/drop/caf/socket", h.root);
    ck_assert_int_eq(bind(s, (struct sockaddr *)&address, sizeof(address)), 0);
    char victim[1024];
    ck_assert_int_eq(link(spool_path(&h, "victim", victim), spool_path(&h, "drop/caf/second", path)), 0);
    static const char *const names[] = {"link", "endless", "fifo", "folder", "socket", "second"};
    ck_assert_int_eq(drop_scan(&h.drop, &at_once, 0), ERR_OK);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        ck_assert_msg(act_of(names[i]) == SETTLE_ASIDE, "%s", names[i]);
    close(s);
}
END_TEST

/* What was a file when it was seen, and is a link when it is taken. */
START_TEST(a_swap_after_the_look_wins_nothing)
{
    char id[SPOOL_ID_MAX], path[1024];
    const struct drop_take how = {&h.spool, "caf", &at_once, 1000, 1};
    put_file(&h, "drop/caf/a.xml", "1");
    ck_assert_int_eq(drop_scan(&h.drop, &at_once, 0), ERR_OK);
    ck_assert_int_eq(unlink(spool_path(&h, "drop/caf/a.xml", path)), 0);
    ck_assert_int_eq(symlink("/etc/hostname", path), 0);
    ck_assert_int_eq(drop_claim(&h.drop, entry("a.xml"), &how, id), ERR_BAD);
    ck_assert_int_eq(unlink(path), 0);
    put_file(&h, "drop/caf/a.xml", "other");
    ck_assert_int_eq(drop_claim(&h.drop, entry("a.xml"), &how, id), ERR_BUSY);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(drop_claim(&h.drop, entry("a.xml"), &how, id), ERR_NOFILE);
    ck_assert_int_eq(entries_of(&h, "work"), 0);
}
END_TEST

/* A name that is swapped between the look and the rename: the claim sees it afterwards, and puts it back. */
START_TEST(a_swap_before_the_rename_goes_back)
{
    char id[SPOOL_ID_MAX], path[1024];
    put_file(&h, "drop/caf/a.xml", "1");
    ck_assert_int_eq(drop_scan(&h.drop, &at_once, 0), ERR_OK);
    int fd = open(spool_path(&h, "drop/caf/a.xml", path), O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(symlink("/etc/hostname", path), 0);
    const struct claim c = {"caf", "a.xml", h.drop.fd, fd, false, &entry("a.xml")->seen, NULL, 1};
    ck_assert_int_eq(spool_claim(&h.spool, &c, id), ERR_BUSY);
    close(fd);
    ck_assert_int_eq(entries_of(&h, "work"), 0);
    ck_assert(is_there(&h, "drop/caf/a.xml"));
}
END_TEST

START_TEST(a_file_that_is_being_written_waits)
{
    char id[SPOOL_ID_MAX], path[1024];
    put_file(&h, "drop/caf/a.xml", "1");
    int writer = open(spool_path(&h, "drop/caf/a.xml", path), O_WRONLY | O_CLOEXEC);
    int probe = open(path, O_RDONLY | O_CLOEXEC);
    bool leases = fcntl(probe, F_SETLEASE, F_RDLCK) == 0 || errno == EAGAIN;
    close(probe);
    ck_assert_int_eq(claim_file(&h, "a.xml", 1, id), leases ? ERR_BUSY : ERR_OK);
    close(writer);
    if (leases)
        ck_assert_int_eq(claim_file(&h, "a.xml", 1, id), ERR_OK);
}
END_TEST

/* A file may have any time; one that is to come says nothing of how long it has been there. */
START_TEST(a_cut_off_file_of_a_far_time_waits)
{
    static const struct settle_rule rule = {COMPLETE_STILL, 1000, ".ok"};
    static const struct {
        time_t changed;
        enum err claim;
    } rows[] = {{0, ERR_OK}, {1795310403 - 10, ERR_OK}, {1795310403 - 9, ERR_BUSY}, {4000000000, ERR_BUSY}, {13600000000, ERR_BUSY}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct drop_take how = {&h.spool, "caf", &rule, 2000, 1795310403};
        const struct timespec times[2] = {{.tv_sec = rows[i].changed}, {.tv_sec = rows[i].changed}};
        char id[SPOOL_ID_MAX];
        put_file(&h, "drop/caf/a.xml", "<a><b>");
        ck_assert_int_eq(utimensat(h.drop.fd, "a.xml", times, 0), 0);
        drop_forget(&h.drop);
        ck_assert_int_eq(drop_scan(&h.drop, &rule, 0), ERR_OK);
        ck_assert_int_eq(drop_scan(&h.drop, &rule, 2000), ERR_OK);
        ck_assert_int_eq(act_of("a.xml"), SETTLE_READY);
        ck_assert_msg(drop_claim(&h.drop, entry("a.xml"), &how, id) == rows[i].claim, "row %zu", i);
    }
}
END_TEST

START_TEST(a_sidecar_goes_with_its_file)
{
    static const struct settle_rule rule = {COMPLETE_SIDECAR, 60000, ".ok"};
    const struct drop_take how = {&h.spool, "caf", &rule, 1000, 1};
    char id[SPOOL_ID_MAX], path[1024];
    struct slip slip;
    put_file(&h, "drop/caf/a.xml", "1");
    put_file(&h, "drop/caf/lonely.xml.ok", "");
    ck_assert_int_eq(drop_scan(&h.drop, &rule, 0), ERR_OK);
    ck_assert_int_eq(act_of("a.xml"), SETTLE_WAIT);
    put_file(&h, "drop/caf/a.xml.ok", "");
    ck_assert_int_eq(drop_scan(&h.drop, &rule, 0), ERR_OK);
    ck_assert_int_eq(act_of("a.xml"), SETTLE_READY);
    ck_assert_int_eq(act_of("a.xml.ok"), SETTLE_IGNORE);
    ck_assert_int_eq(drop_claim(&h.drop, entry("a.xml"), &how, id), ERR_OK);
    ck_assert_int_eq(spool_look(&h.spool, SPOOL_WORK, id, &slip), ERR_OK);
    ck_assert_int_eq(spool_drop_sidecar(&slip, h.drop.fd, ".ok"), ERR_OK);
    ck_assert(!is_there(&h, "drop/caf/a.xml.ok"));
    /* Another one, for the next file of this name, is not ours to remove. */
    put_file(&h, "keeper", "");
    put_file(&h, "drop/caf/a.xml.ok", "");
    const struct timespec times[2] = {{.tv_sec = 5}, {.tv_sec = 5}};
    ck_assert_int_eq(utimensat(AT_FDCWD, spool_path(&h, "drop/caf/a.xml.ok", path), times, 0), 0);
    ck_assert_int_eq(spool_drop_sidecar(&slip, h.drop.fd, ".ok"), ERR_OK);
    ck_assert(is_there(&h, "drop/caf/a.xml.ok"));
}
END_TEST

START_TEST(a_folder_that_is_replaced_is_another_one)
{
    char path[1024], away[1024];
    bool other = true;
    ck_assert_int_eq(drop_open(&h.drop, spool_path(&h, "drop/caf", path), &other), ERR_OK);
    ck_assert(!other);
    ck_assert_int_eq(rename(path, spool_path(&h, "drop/away", away)), 0);
    ck_assert_int_eq(drop_open(&h.drop, path, &other), ERR_NOFILE);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_int_eq(drop_open(&h.drop, path, &other), ERR_OK);
    ck_assert(other);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("drop");
    TCase *t = tcase_create("drop");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, files_settle_over_several_looks);
    tcase_add_test(t, hints_count_until_the_next_look);
    tcase_add_test(t, special_files_are_neither_followed_nor_opened);
    tcase_add_test(t, a_swap_after_the_look_wins_nothing);
    tcase_add_test(t, a_swap_before_the_rename_goes_back);
    tcase_add_test(t, a_file_that_is_being_written_waits);
    tcase_add_test(t, a_cut_off_file_of_a_far_time_waits);
    tcase_add_test(t, a_sidecar_goes_with_its_file);
    tcase_add_test(t, a_folder_that_is_replaced_is_another_one);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
