#include <check.h>
#include <limits.h>
#include <signal.h>
#include <sys/resource.h>

#include "flux/daemon/reason.h"
#include "tests/unit/run_suite.h"
#include "tests/unit/spool_home.h"

enum { NOW = 1795310403, DAY = 86400 }; /* 2026-11-22 01:20:03 UTC */

static struct spool_home h;

static void set_up(void) { spool_home_new(&h, "[spool]\nkeep_done = 2 d\n"); }
static void tear_down(void) { spool_home_free(&h); }

static const char *in(const char *state, const char *id, const char *file)
{
    static char name[512];
    snprintf(name, sizeof(name), "%s/%s%s%s", state, id, file[0] ? "/" : "", file);
    return name;
}

static void settle(const char *id, enum spool_state to, int64_t at)
{
    struct slip slip;
    const struct settlement how = {to, false, "why\n", "[]", 2};
    ck_assert_int_eq(spool_look(&h.spool, SPOOL_WORK, id, &slip), ERR_OK);
    slip.settled_at = at;
    ck_assert_int_eq(spool_settle(&h.spool, id, &slip, &how), ERR_OK);
}

START_TEST(slips_come_back)
{
    struct slip s = {
        .source = "caf", .name = "a b\n%\xFF=.xml", .file = "a b__=.xml", .size = 12, .claimed_at = NOW, .settled_at = NOW + 1};
    struct slip back;
    struct buf text;
    s.deaths = 2;
    s.tries = 7;
    s.not_before = -5;
    s.sidecar = 99;
    s.sidecar_changed = 1795310403000000001;
    snprintf(s.order, sizeof(s.order), "2025-01-05T01:20:00 I");
    buf_init(&text, SLIP_TEXT_MAX);
    ck_assert_int_eq(slip_write(&s, &text), ERR_OK);
    size_t len = text.len;
    buf_u8(&text, 0);
    ck_assert_int_eq(slip_read((const char *)text.data, &back), ERR_OK);
    ck_assert_mem_eq(&s, &back, sizeof(s));
    for (; len > 0; len--) {
        text.data[len - 1] = 0;
        ck_assert_int_eq(slip_read((const char *)text.data, &back), ERR_BAD);
    }
    buf_free(&text);
}
END_TEST

START_TEST(names_of_arrivals)
{
    char source[SOURCE_NAME_MAX];
    int64_t at = 0;
    ck_assert(spool_id_read("20261122T012003Z-0001-caf", &at, source));
    ck_assert_int_eq(at, NOW);
    ck_assert_str_eq(source, "caf");
    ck_assert(spool_id_read("20261122T012003Z-0001-pole-emploi-2", &at, source));
    ck_assert_str_eq(source, "pole-emploi-2");
    static const char *const wrong[] = {"",
                                        "lost+found",
                                        "20261122T012003Z",
                                        "20261122T012003Z-1-caf",
                                        "20261122T012003Z-0001-",
                                        "20261122T012003Z-0001-CAF",
                                        "20261122T01200Z-0001-caf",
                                        ".lock"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        ck_assert_msg(!spool_id_read(wrong[i], &at, source), "%s", wrong[i]);
}
END_TEST

START_TEST(a_claim_moves_file_and_slip)
{
    char id[SPOOL_ID_MAX], path[1024];
    struct slip slip;
    struct stat st;
    put_file(&h, "drop/caf/a.xml", "content");
    ck_assert_int_eq(claim_file(&h, "a.xml", NOW, id), ERR_OK);
    ck_assert_str_eq(id, "20261122T012003Z-0001-caf");
    ck_assert(!is_there(&h, "drop/caf/a.xml"));
    ck_assert_int_eq(spool_look(&h.spool, SPOOL_WORK, id, &slip), ERR_OK);
    ck_assert_str_eq(slip.name, "a.xml");
    ck_assert_str_eq(slip.source, "caf");
    ck_assert_uint_eq(slip.size, 7);
    ck_assert_int_eq(slip.claimed_at, NOW);
    ck_assert_int_eq(stat(spool_path(&h, in("work", id, "a.xml"), path), &st), 0);
    ck_assert_int_eq(st.st_mode & 0777, 0600);
    ck_assert_int_eq(stat(spool_path(&h, in("work", id, ""), path), &st), 0);
    ck_assert_int_eq(st.st_mode & 0777, 0700);
}
END_TEST

START_TEST(same_name_and_second_is_another_arrival)
{
    char one[SPOOL_ID_MAX], two[SPOOL_ID_MAX], three[SPOOL_ID_MAX];
    put_file(&h, "drop/caf/a.xml", "1");
    ck_assert_int_eq(claim_file(&h, "a.xml", NOW, one), ERR_OK);
    settle(one, SPOOL_REFUSED, NOW);
    h.spool.stamp = 0; /* as after a restart */
    put_file(&h, "drop/caf/a.xml", "22");
    ck_assert_int_eq(claim_file(&h, "a.xml", NOW, two), ERR_OK);
    ck_assert_str_eq(two, "20261122T012003Z-0002-caf");
    put_file(&h, "drop/caf/a.xml", "333");
    ck_assert_int_eq(claim_file(&h, "a.xml", NOW + 1, three), ERR_OK);
    ck_assert_str_eq(three, "20261122T012004Z-0001-caf");
    settle(two, SPOOL_REFUSED, NOW);
    ck_assert_int_eq(entries_of(&h, "refused"), 2);
}
END_TEST

START_TEST(strange_names)
{
    char long_name[NAME_MAX + 1], id[SPOOL_ID_MAX], drop[512];
    memset(long_name, 'n', NAME_MAX);
    long_name[NAME_MAX] = '\0';
    const struct {
        const char *name, *file;
    } rows[] = {{"-rf", "-rf"},
                {"a\nb\x1B[31m.xml", "a_b_[31m.xml"},
                {"\xE9t\xE9.xml", "_t_.xml"},
                {"été.xml", "été.xml"},
                {"a b'c\"$(d).xml", "a b'c\"$(d).xml"},
                {"arrival", "_rrival"},
                {"reason.txt", "_eason.txt"},
                {"result.json", "_esult.json"},
                {long_name, long_name}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct slip slip;
        snprintf(drop, sizeof(drop), "drop/caf/%s", rows[i].name);
        put_file(&h, drop, "x");
        ck_assert_int_eq(claim_file(&h, rows[i].name, NOW, id), ERR_OK);
        ck_assert(is_there(&h, in("work", id, rows[i].file)));
        ck_assert_int_eq(spool_look(&h.spool, SPOOL_WORK, id, &slip), ERR_OK);
        ck_assert_str_eq(slip.name, rows[i].name);
        ck_assert_str_eq(slip.file, rows[i].file);
        settle(id, SPOOL_HELD, NOW);
        ck_assert_int_eq(entries_of(&h, in("held", id, "")), 4);
    }
}
END_TEST

START_TEST(a_settled_arrival_has_reason_and_result)
{
    char id[SPOOL_ID_MAX], path[1024];
    struct stat st;
    static const char *const files[] = {"a.xml", "reason.txt", "result.json", "arrival"};
    put_file(&h, "drop/caf/a.xml", "1");
    ck_assert_int_eq(claim_file(&h, "a.xml", NOW, id), ERR_OK);
    settle(id, SPOOL_REFUSED, NOW);
    ck_assert_int_eq(entries_of(&h, "work"), 0);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        ck_assert_int_eq(stat(spool_path(&h, in("refused", id, files[i]), path), &st), 0);
        ck_assert_int_eq(st.st_mode & 0777, 0600);
    }
}
END_TEST

START_TEST(done_is_destroyed_at_once_or_kept)
{
    char id[SPOOL_ID_MAX];
    struct slip slip;
    const struct settlement how = {SPOOL_DONE, true, "", "", 0};
    put_file(&h, "drop/caf/a.xml", "1");
    ck_assert_int_eq(claim_file(&h, "a.xml", NOW, id), ERR_OK);
    ck_assert_int_eq(spool_look(&h.spool, SPOOL_WORK, id, &slip), ERR_OK);
    ck_assert_int_eq(spool_settle(&h.spool, id, &slip, &how), ERR_OK);
    ck_assert_int_eq(entries_of(&h, "work") + entries_of(&h, "done"), 0);
}
END_TEST

static void count(void *ctx, const char *id)
{
    (void)id;
    ++*(int *)ctx;
}

/* Whether there may be more. */
static bool expire(enum spool_state state, int64_t keep, int64_t now, int *destroyed)
{
    const struct spool_expiry how = {.keep = keep, .now = now, .max = 2, .destroyed = count, .ctx = destroyed};
    bool more = true;
    ck_assert_int_eq(spool_expire(&h.spool, state, &how, &more), ERR_OK);
    return more;
}

/* Else what is settled would be told as lost. */
START_TEST(a_sync_that_fails_undoes_no_verdict)
{
    char id[SPOOL_ID_MAX], path[1024];
    struct slip slip;
    const struct settlement how = {SPOOL_DONE, true, "why\n", "[]", 2};
    put_file(&h, "drop/caf/a.xml", "1");
    ck_assert_int_eq(claim_file(&h, "a.xml", NOW, id), ERR_OK);
    ck_assert_int_eq(spool_look(&h.spool, SPOOL_WORK, id, &slip), ERR_OK);
    fd_close(&h.spool.dirs[SPOOL_WORK]);
    h.spool.dirs[SPOOL_WORK] = open(spool_path(&h, "work", path), O_PATH | O_DIRECTORY | O_CLOEXEC); /* EBADF for each sync */
    ck_assert_int_eq(spool_settle(&h.spool, id, &slip, &how), ERR_OK);
    ck_assert_int_eq(entries_of(&h, "work"), 0);
}
END_TEST

START_TEST(expiry_counts_from_the_verdict)
{
    char old[SPOOL_ID_MAX], young[SPOOL_ID_MAX];
    int destroyed = 0;
    put_file(&h, "drop/caf/a.xml", "1");
    ck_assert_int_eq(claim_file(&h, "a.xml", NOW, old), ERR_OK);
    settle(old, SPOOL_HELD, NOW);
    put_file(&h, "drop/caf/a.xml", "1");
    ck_assert_int_eq(claim_file(&h, "a.xml", NOW, young), ERR_OK);
    settle(young, SPOOL_HELD, NOW + DAY);
    put_file(&h, "held/notes.txt", "of somebody else");
    ck_assert(!expire(SPOOL_HELD, 2 * DAY, NOW + 2 * DAY - 1, &destroyed));
    ck_assert_int_eq(destroyed, 0);
    ck_assert(!expire(SPOOL_HELD, 2 * DAY, NOW + 2 * DAY, &destroyed));
    ck_assert_int_eq(destroyed, 1);
    ck_assert(!is_there(&h, in("held", old, "")));
    ck_assert(is_there(&h, in("held", young, "a.xml")));
    ck_assert(!expire(SPOOL_HELD, 2 * DAY, NOW + 3 * DAY, &destroyed));
    ck_assert_int_eq(entries_of(&h, "held"), 1);
}
END_TEST

/* It may say that it was settled later than the name of its folder lets one think. */
START_TEST(a_slip_that_cannot_be_read_destroys_nothing)
{
    char id[SPOOL_ID_MAX], path[1024];
    int destroyed = 0;
    put_file(&h, "drop/caf/a.xml", "1");
    ck_assert_int_eq(claim_file(&h, "a.xml", NOW, id), ERR_OK);
    settle(id, SPOOL_HELD, NOW + 3 * DAY);
    ck_assert_int_eq(unlink(spool_path(&h, in("held", id, "arrival"), path)), 0);
    ck_assert_int_eq(symlink("arrival", path), 0); /* EIO would be harder to come by than ELOOP */
    ck_assert(!expire(SPOOL_HELD, 2 * DAY, NOW + 2 * DAY, &destroyed));
    ck_assert_int_eq(destroyed, 0);
    ck_assert(is_there(&h, in("held", id, "a.xml")));
}
END_TEST

START_TEST(expiry_goes_by_steps)
{
    char id[SPOOL_ID_MAX];
    int destroyed = 0;
    for (int i = 0; i < 5; i++) {
        put_file(&h, "drop/caf/a.xml", "1");
        ck_assert_int_eq(claim_file(&h, "a.xml", NOW + i / 4 * DAY, id), ERR_OK);
        settle(id, SPOOL_HELD, NOW);
    }
    ck_assert(expire(SPOOL_HELD, 2 * DAY, NOW + 2 * DAY, &destroyed));
    ck_assert_int_eq(destroyed, 2);
    ck_assert(expire(SPOOL_HELD, 2 * DAY, NOW + 2 * DAY, &destroyed));
    ck_assert(!expire(SPOOL_HELD, 2 * DAY, NOW + 2 * DAY, &destroyed));
    ck_assert_int_eq(destroyed, 4);
    ck_assert_int_eq(entries_of(&h, "held"), 1);
}
END_TEST

/* After a crash: a folder without file, a slip that was cut, a slip that is missing. */
START_TEST(what_a_crash_leaves)
{
    char path[1024];
    struct slip slip;
    static const char empty[] = "20261122T012003Z-0001-caf", cut[] = "20261122T012003Z-0002-caf", bare[] = "20261122T012003Z-0003-msa";
    const char *const ids[] = {empty, cut, bare};
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(mkdir(spool_path(&h, in("work", ids[i], ""), path), 0700), 0);
    put_file(&h, in("work", empty, "arrival"), "source=caf\n");
    put_file(&h, in("work", cut, "arrival"), "source=caf\nname=a.xml\nfile=a.xm");
    put_file(&h, in("work", cut, "a.xml"), "12345");
    put_file(&h, in("work", bare, "b.xml"), "123");
    ck_assert_int_eq(spool_look(&h.spool, SPOOL_WORK, empty, &slip), ERR_NOTFOUND);
    ck_assert_int_eq(spool_look(&h.spool, SPOOL_WORK, "20261122T012003Z-0009-caf", &slip), ERR_NOTFOUND);
    ck_assert_int_eq(spool_look(&h.spool, SPOOL_WORK, cut, &slip), ERR_OK);
    ck_assert_str_eq(slip.file, "a.xml");
    ck_assert_str_eq(slip.source, "caf");
    ck_assert_uint_eq(slip.size, 5);
    ck_assert_int_eq(slip.claimed_at, NOW);
    ck_assert_int_eq(spool_look(&h.spool, SPOOL_WORK, bare, &slip), ERR_OK);
    ck_assert_str_eq(slip.source, "msa");
    struct spool_ids list;
    ck_assert_int_eq(spool_list(&h.spool, SPOOL_WORK, &list), ERR_OK);
    ck_assert_uint_eq(list.count, 3);
    ck_assert_str_eq(list.list[0], empty);
    ck_assert_str_eq(list.list[2], bare);
    spool_ids_free(&list);
}
END_TEST

START_TEST(links_inside_an_arrival_are_no_files)
{
    char id[SPOOL_ID_MAX], path[1024];
    struct slip slip;
    put_file(&h, "drop/caf/a.xml", "1");
    ck_assert_int_eq(claim_file(&h, "a.xml", NOW, id), ERR_OK);
    ck_assert_int_eq(unlink(spool_path(&h, in("work", id, "a.xml"), path)), 0);
    ck_assert_int_eq(symlink("/etc/hostname", path), 0);
    ck_assert_int_eq(spool_look(&h.spool, SPOOL_WORK, id, &slip), ERR_BAD);
    ck_assert_int_eq(spool_destroy(&h.spool, SPOOL_WORK, id), ERR_OK);
    ck_assert_int_eq(entries_of(&h, "work"), 0);
    ck_assert_int_eq(access("/etc/hostname", F_OK), 0);
}
END_TEST

START_TEST(one_process_works_a_spool)
{
    struct spool other;
    enum spool_state wrong;
    char holder[64], expected[64];
    ck_assert_int_eq(spool_lock(&h.spool, holder, sizeof(holder)), ERR_OK);
    ck_assert_int_eq(spool_open(&other, h.config, &wrong), ERR_OK);
    ck_assert_int_eq(spool_lock(&other, holder, sizeof(holder)), ERR_BUSY);
    snprintf(expected, sizeof(expected), "pid %d", (int)getpid());
    ck_assert_str_eq(holder, expected);
    fd_close(&h.spool.lock);
    ck_assert_int_eq(spool_lock(&other, holder, sizeof(holder)), ERR_OK);
    spool_close(&other);
}
END_TEST

START_TEST(a_full_disk_keeps_nobody_from_starting)
{
    const struct rlimit none = {0, 0};
    char holder[64];
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
    ck_assert_int_eq(spool_lock(&h.spool, holder, sizeof(holder)), ERR_OK);
}
END_TEST

START_TEST(by_hand_moves_on_to_done)
{
    char id[SPOOL_ID_MAX], other[SPOOL_ID_MAX], path[1024];
    put_file(&h, "drop/caf/a.xml", "1");
    ck_assert_int_eq(claim_file(&h, "a.xml", NOW, id), ERR_OK);
    settle(id, SPOOL_HELD, NOW);
    put_file(&h, "drop/caf/a.xml", "2");
    ck_assert_int_eq(claim_file(&h, "a.xml", NOW, other), ERR_OK);
    settle(other, SPOOL_REFUSED, NOW);
    put_file(&h, "a.xml", "elsewhere");
    ck_assert_int_eq(spool_settled_by_hand(h.config, spool_path(&h, "a.xml", path), NOW), ERR_OK);
    ck_assert(is_there(&h, "a.xml") && is_there(&h, in("held", id, "a.xml")));
    ck_assert_int_eq(spool_settled_by_hand(h.config, spool_path(&h, in("held", id, "a.xml"), path), NOW + 5), ERR_OK);
    ck_assert(!is_there(&h, in("held", id, "")) && is_there(&h, in("done", id, "a.xml")));
    spool_home_load(&h, "");
    ck_assert_int_eq(spool_settled_by_hand(h.config, spool_path(&h, in("refused", other, "a.xml"), path), NOW + 5), ERR_OK);
    ck_assert(!is_there(&h, in("refused", other, "")) && !is_there(&h, in("done", other, "")));
}
END_TEST

START_TEST(figures)
{
    char id[SPOOL_ID_MAX];
    struct spool_figures f;
    for (int i = 0; i < 3; i++) {
        put_file(&h, "drop/caf/a.xml", "12345");
        ck_assert_int_eq(claim_file(&h, "a.xml", NOW + i, id), ERR_OK);
        if (i)
            settle(id, SPOOL_HELD, NOW);
    }
    ck_assert_int_eq(spool_figures(h.config, SPOOL_HELD, &f), ERR_OK);
    ck_assert_uint_eq(f.count, 2);
    ck_assert_uint_eq(f.bytes, 10);
    ck_assert_int_eq(f.oldest, NOW + 1);
    ck_assert_int_eq(spool_figures(h.config, SPOOL_REFUSED, &f), ERR_OK);
    ck_assert_uint_eq(f.count, 0);
}
END_TEST

START_TEST(a_reason_tells_what_to_type)
{
    static const char json[] =
        "[{\"flux\":4,\"member\":\"m.xml\",\"status\":\"held\",\"reasons\":[{\"code\":\"F_TOTALS\",\"message\":\"wrong\"}]}]";
    struct slip slip = {.source = "caf", .file = "it's.xml", .size = 9, .claimed_at = NOW, .settled_at = NOW};
    struct result result;
    char expected[1024];
    result_read(json, strlen(json), &result);
    const struct reason r = {"ID", &slip, SPOOL_HELD, &result, NULL, h.config};
    char *text = reason_text_make(&r);
    snprintf(expected, sizeof(expected), "fluxrsa -c '%s/fluxrsa.conf' import --source caf '%s/held/ID/it'\\''s.xml' --force 'REASON'\n",
             h.root, h.root);
    ck_assert_msg(strstr(text, expected) != NULL, "%s", text);
    ck_assert_ptr_nonnull(strstr(text, "F_TOTALS: wrong\n"));
    ck_assert_ptr_nonnull(strstr(text, "2027-02-20 01:20:03 UTC, then destroyed\n"));
    free(text);
    result_free(&result);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("spool");
    TCase *t = tcase_create("spool");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, slips_come_back);
    tcase_add_test(t, names_of_arrivals);
    tcase_add_test(t, a_claim_moves_file_and_slip);
    tcase_add_test(t, same_name_and_second_is_another_arrival);
    tcase_add_test(t, strange_names);
    tcase_add_test(t, a_settled_arrival_has_reason_and_result);
    tcase_add_test(t, done_is_destroyed_at_once_or_kept);
    tcase_add_test(t, a_sync_that_fails_undoes_no_verdict);
    tcase_add_test(t, expiry_counts_from_the_verdict);
    tcase_add_test(t, a_slip_that_cannot_be_read_destroys_nothing);
    tcase_add_test(t, expiry_goes_by_steps);
    tcase_add_test(t, what_a_crash_leaves);
    tcase_add_test(t, links_inside_an_arrival_are_no_files);
    tcase_add_test(t, one_process_works_a_spool);
    tcase_add_test(t, a_full_disk_keeps_nobody_from_starting);
    tcase_add_test(t, by_hand_moves_on_to_done);
    tcase_add_test(t, figures);
    tcase_add_test(t, a_reason_tells_what_to_type);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
