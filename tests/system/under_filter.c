/* under_filter LIST PROGRAM ARGUMENT...: runs a program as a unit with SystemCallFilter and MemoryDenyWriteExecute would, LIST being the
 * file of the names of the system calls that are allowed. Any other one ends the process with SIGSYS, so that it cannot go unseen. */
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

static int allow_names(scmp_filter_ctx filter, FILE *list)
{
    char name[64];
    int count = 0;
    while (fgets(name, sizeof(name), list)) {
        name[strcspn(name, "\n")] = '\0';
        int number = seccomp_syscall_resolve_name(name);
        /* Those of other architectures. */
        if (number < 0 || number == SCMP_SYS(mmap) || number == SCMP_SYS(mprotect))
            continue;
        if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0) != 0)
            return -1;
        count++;
    }
    return count;
}

static int allow_memory(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp no_exec = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    const struct scmp_arg_cmp no_write = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_WRITE | PROT_EXEC, PROT_EXEC);
    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, &no_exec) ||
           seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, &no_write) ||
           seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, &no_exec);
}

int main(int argc, char **argv)
{
    FILE *list = argc > 2 ? fopen(argv[1], "re") : NULL;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!list || !filter || allow_names(filter, list) <= 0 || allow_memory(filter) != 0) {
        fputs("under_filter: no list, or no filter\n", stderr);
        return 64;
    }
    fclose(list);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || seccomp_load(filter) != 0) {
        perror("under_filter");
        return 77;
    }
    seccomp_release(filter);
    execv(argv[2], argv + 2);
    perror(argv[2]);
    return 127;
}
