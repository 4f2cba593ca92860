/* What a process can still do once it has locked itself in: nothing that opens, starts or reaches anything. */
#include <archive.h>
#include <archive_entry.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flux/base/sandbox.h"
#include "tests/unit/parse_rig.h"
#include "tests/unit/run_suite.h"

enum { DONE = 42, REFUSED = 43, NOT_LOCKED = 44 };

/* Runs act in a locked process; its exit status as of waitpid. */
static int locked(int (*act)(void))
{
    fflush(NULL);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        if (sandbox_enter(&sandbox_limits_default))
            _exit(NOT_LOCKED);
        _exit(act() < 0 ? REFUSED : DONE);
    }
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return status;
}

static bool exited(int status, int code) { return WIFEXITED(status) && WEXITSTATUS(status) == code; }

static int act_nothing(void) { return 0; }

static int act_memory(void)
{
    enum { BIG = 8 << 20 };
    uint8_t *p = malloc(BIG);
    if (!p)
        return -1;
    memset(p, 1, BIG);
    p = realloc(p, 2 * BIG);
    free(p);
    return p ? 0 : -1;
}

static int act_read(void)
{
    char c;
    return read(-1, &c, 1) < 0 && errno == EBADF ? 0 : -1;
}

START_TEST(what_is_allowed)
{
    ck_assert(exited(locked(act_nothing), DONE));
    ck_assert(exited(locked(act_memory), DONE));
    ck_assert(exited(locked(act_read), DONE));
}
END_TEST

#ifndef FLUX_NO_SANDBOX

static int act_open(void) { return open("/etc/passwd", O_RDONLY); }
static int act_openat(void) { return openat(AT_FDCWD, "/", O_RDONLY | O_DIRECTORY); }
static int act_create(void) { return open("/tmp", O_TMPFILE | O_RDWR, 0600); }
static int act_socket(void) { return socket(AF_UNIX, SOCK_STREAM, 0); }
static int act_inet(void) { return socket(AF_INET, SOCK_STREAM, 0); }
static int act_fork(void) { return fork(); }
static int act_exec(void) { return execl("/bin/true", "true", (char *)NULL); }
static int act_kill(void) { return kill(getppid(), 0); }
static int act_memfd(void) { return memfd_create("x", 0); }
static int act_ptrace(void) { return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL); }
static int act_code(void) { return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0; }
static int act_stat(void) { return access("/etc/passwd", F_OK); }
static int act_unlink(void) { return unlink("/tmp/nothing-of-this-name"); }
static int act_chdir(void) { return chdir("/"); }
static int act_pipe(void)
{
    int fds[2];
    return pipe(fds);
}
static int act_dup(void) { return dup(2); }
static int act_uring(void) { return (int)syscall(SYS_io_uring_setup, 1, NULL); }
static int act_bpf(void) { return (int)syscall(SYS_bpf, 0, NULL, 0); }
static int act_unshare(void) { return (int)syscall(SYS_unshare, 0x10000000); }
static int act_limits(void)
{
    const struct rlimit more = {RLIM_INFINITY, RLIM_INFINITY};
    return setrlimit(RLIMIT_AS, &more);
}
static int act_handle(void) { return (int)syscall(SYS_open_by_handle_at, AT_FDCWD, NULL, 0); }
static int act_vm(void) { return (int)syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0); }

static int (*const forbidden[])(void) = {
    act_open, act_openat, act_create, act_socket, act_inet,  act_fork, act_exec, act_kill,    act_memfd,  act_ptrace, act_code,
    act_stat, act_unlink, act_chdir,  act_pipe,   act_uring, act_bpf,  act_dup,  act_unshare, act_limits, act_handle, act_vm,
};

START_TEST(what_is_not)
{
    int status = locked(forbidden[_i]);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGSYS);
}
END_TEST

static int act_too_much(void)
{
    /* A compiler takes away what nobody looks at. */
    void *volatile room = malloc((size_t)2 << 30);
    return room ? 0 : -1;
}

START_TEST(memory_is_bounded) { ck_assert(exited(locked(act_too_much), REFUSED)); }
END_TEST

/* ---- the parser, locked in: every encoding, every archive ---- */

/* Counts only: what the test library does inside an assertion is not allowed in there. */
struct count {
    unsigned households, ends;
};

static enum err on_scanned(void *ctx, const struct msg_scanned *m) { return (void)ctx, (void)m, ERR_OK; }
static enum err on_header(void *ctx, const struct msg_header *m) { return (void)ctx, (void)m, ERR_OK; }
static enum err on_census(void *ctx, const struct msg_census *m) { return (void)ctx, (void)m, ERR_OK; }
static enum err on_fatal(void *ctx, const struct msg_fatal *m) { return (void)ctx, (void)m, ERR_OK; }
static enum err on_progress(void *ctx, uint64_t packed) { return (void)ctx, (void)packed, ERR_OK; }

static enum err on_household(void *ctx, const struct msg_household *m)
{
    struct count *c = ctx;
    (void)m;
    c->households++;
    return ERR_OK;
}

static enum err on_end(void *ctx, const struct msg_end *m)
{
    struct count *c = ctx;
    (void)m;
    c->ends++;
    return ERR_OK;
}

static int parse_and_count(struct rig *rig)
{
    struct count c = {0};
    const struct parse_sink sink = {&c, on_scanned, on_header, on_household, on_household, on_census, on_end, on_fatal, on_progress};
    if (sandbox_enter(&sandbox_limits_default))
        return NOT_LOCKED;
    enum err e = parse_run(rig->setup, &rig->job, &sink);
    return !e && c.ends == 1 && c.households == 2 ? DONE : REFUSED;
}

static void assert_parsed_locked(const void *data, size_t len)
{
    static struct rig rig;
    rig_open(&rig);
    rig.job.fd = rig_memfd(data, len);
    fflush(NULL);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        _exit(parse_and_count(&rig));
    int status;
    waitpid(pid, &status, 0);
    close(rig.job.fd);
    rig_close(&rig);
    ck_assert_msg(exited(status, DONE), "status %x", (unsigned)status);
}

START_TEST(encodings_locked)
{
    static const char *const encodings[] = {"UTF-8", "windows-1252", "ISO-8859-1", "ISO-8859-15"};
    for (size_t i = 0; i < sizeof encodings / sizeof encodings[0]; i++) {
        char *flux = rig_replace(rig_flux, "UTF-8", encodings[i]);
        assert_parsed_locked(flux, strlen(flux));
        free(flux);
    }
}
END_TEST

START_TEST(archives_locked)
{
    static uint8_t packed[64 << 10];
    size_t packed_len;
    struct archive *a = archive_write_new();
    if (_i == 0)
        archive_write_add_filter_gzip(a);
    if (_i == 0)
        archive_write_set_format_pax(a);
    else
        archive_write_set_format_zip(a);
    ck_assert_int_eq(archive_write_open_memory(a, packed, sizeof packed, &packed_len), ARCHIVE_OK);
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, "bénéficiaires.xml");
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_size(entry, (la_int64_t)strlen(rig_flux));
    ck_assert_int_ge(archive_write_header(a, entry), ARCHIVE_WARN);
    ck_assert_int_eq(archive_write_data(a, rig_flux, strlen(rig_flux)), (la_ssize_t)strlen(rig_flux));
    archive_entry_free(entry);
    ck_assert_int_eq(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
    assert_parsed_locked(packed, packed_len);
}
END_TEST

#endif

START_TEST(descriptors_are_closed)
{
    fflush(NULL);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        int fd = dup(2);
        if (fd < 3 || sandbox_close_from(3))
            _exit(REFUSED);
        _exit(fcntl(fd, F_GETFD) < 0 && fcntl(2, F_GETFD) >= 0 ? DONE : REFUSED);
    }
    int status;
    waitpid(pid, &status, 0);
    ck_assert(exited(status, DONE));
}
END_TEST

static Suite *sandbox_suite(void)
{
    Suite *s = suite_create("sandbox");
    TCase *c = tcase_create("sandbox");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, what_is_allowed);
    tcase_add_test(c, descriptors_are_closed);
#ifndef FLUX_NO_SANDBOX
    tcase_add_loop_test(c, what_is_not, 0, (int)(sizeof forbidden / sizeof forbidden[0]));
    tcase_add_test(c, memory_is_bounded);
    tcase_add_test(c, encodings_locked);
    tcase_add_loop_test(c, archives_locked, 0, 2);
#endif
    suite_add_tcase(s, c);
    return s;
}

int main(void) { return run_suite(sandbox_suite()); }
