#include "flux/base/sandbox.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef FLUX_NO_SANDBOX
#include <linux/landlock.h>
#include <seccomp.h>
#include <sys/mman.h>
#endif

const struct sandbox_limits sandbox_limits_default = {.address_space = UINT64_C(1) << 30, .cpu_seconds = 300, .descriptors = 16};

/* The kernel ends the process this long after SIGXCPU. */
enum { CPU_GRACE = 10 };

static enum err limit(__rlimit_resource_t what, rlim_t soft, rlim_t hard)
{
    struct rlimit now;
    if (getrlimit(what, &now))
        return ERR_PERM;
    now.rlim_max = hard < now.rlim_max ? hard : now.rlim_max;
    now.rlim_cur = soft < now.rlim_max ? soft : now.rlim_max;
    return setrlimit(what, &now) ? ERR_PERM : ERR_OK;
}

static enum err limit_all(const struct sandbox_limits *l)
{
    enum err e = limit(RLIMIT_CPU, l->cpu_seconds, (rlim_t)l->cpu_seconds + CPU_GRACE);
    if (!e)
        e = limit(RLIMIT_CORE, 0, 0);
#ifndef FLUX_NO_SANDBOX
    if (!e)
        e = limit(RLIMIT_AS, l->address_space, l->address_space);
    if (!e)
        e = limit(RLIMIT_FSIZE, 0, 0);
    if (!e)
        e = limit(RLIMIT_NOFILE, l->descriptors, l->descriptors);
    if (!e)
        e = limit(RLIMIT_NPROC, 0, 0);
#endif
    return e;
}

enum err sandbox_close_from(int lowest)
{
    if (syscall(SYS_close_range, (unsigned)lowest, ~0u, 0u) == 0)
        return ERR_OK;
    long max = sysconf(_SC_OPEN_MAX);
    for (long fd = lowest; fd < max; fd++)
        close((int)fd);
    return max < 0 ? ERR_PERM : ERR_OK;
}

#ifndef FLUX_NO_SANDBOX

/* Every right on files that the kernel's version of Landlock knows, allowed nowhere. */
static uint64_t landlock_rights(long abi)
{
    unsigned bits = abi >= 5 ? 16 : abi >= 3 ? 15 : abi == 2 ? 14 : 13;
    return (UINT64_C(1) << bits) - 1;
}

static enum err enter_landlock(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1)
        return errno == ENOSYS || errno == EOPNOTSUPP ? ERR_OK : ERR_PERM;
    struct landlock_ruleset_attr rules = {.handled_access_fs = landlock_rights(abi)};
    long fd = syscall(SYS_landlock_create_ruleset, &rules, sizeof rules.handled_access_fs, 0);
    if (fd < 0)
        return ERR_PERM;
    long rc = syscall(SYS_landlock_restrict_self, fd, 0);
    close((int)fd);
    return rc ? ERR_PERM : ERR_OK;
}

/* Descriptors at hand, memory, the clock, randomness for the allocator, and the end. */
static const int allowed[] = {
    SCMP_SYS(read),          SCMP_SYS(pread64),   SCMP_SYS(write),          SCMP_SYS(writev),       SCMP_SYS(lseek),
    SCMP_SYS(close),         SCMP_SYS(brk),       SCMP_SYS(munmap),         SCMP_SYS(mremap),       SCMP_SYS(madvise),
    SCMP_SYS(futex),         SCMP_SYS(exit),      SCMP_SYS(exit_group),     SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall),
    SCMP_SYS(clock_gettime), SCMP_SYS(getrandom), SCMP_SYS(rt_sigprocmask), SCMP_SYS(poll),
};

static enum err allow_all(scmp_filter_ctx filter)
{
    int rc = 0;
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0] && !rc; i++)
        rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    /* Memory never becomes code. */
    const struct scmp_arg_cmp no_exec = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    if (!rc)
        rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, &no_exec);
    if (!rc)
        rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, &no_exec);
    return rc ? ERR_PERM : ERR_OK;
}

static enum err enter_seccomp(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!filter)
        return ERR_NOMEM;
    enum err e = allow_all(filter);
    if (!e && seccomp_load(filter))
        e = ERR_PERM;
    seccomp_release(filter);
    return e;
}

static enum err enter_kernel(void)
{
    enum err e = enter_landlock();
    return e ? e : enter_seccomp();
}

#else

static enum err enter_kernel(void) { return ERR_OK; }

#endif

enum err sandbox_enter(const struct sandbox_limits *limits)
{
    enum err e = limit_all(limits);
    if (!e && (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)))
        e = ERR_PERM;
    return e ? e : enter_kernel();
}
