#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "flux/base/streams.h"

/* A signal handler can reach nothing else. */
static volatile int stop_asked;

/* A wait that begins just after the signal would not see it: it comes again every second until we have ended. */
static void ask_stop(int number)
{
    (void)number;
    stop_asked = 1;
    alarm(1);
}

#ifndef FLUXRSA_SANITIZED
static _Noreturn void end_with(enum err e, const char *text, size_t len)
{
    ssize_t told = write(STDERR_FILENO, text, len);
    (void)told;
    _exit(err_exit_code(e));
}

/* LMDB reads the store through memory: what is not there, or makes no sense, ends in a signal, and so does a full disk where its lock file
 * has holes, and a library that reads what it found no memory for. In both languages, since nothing can be looked up here. */
static void store_fault(int number)
{
    static const char text[] =
        "fluxrsa: the store could not be read, or this machine had no memory left: look whether its disk or its memory is full, then run "
        "fluxrsa store verify; where it finds damage, restore the last backup, else report a fault of fluxrsa\n"
        "fluxrsa : le magasin n'a pas pu être lu, ou cette machine n'avait plus de mémoire : voyez si son disque ou sa mémoire est "
        "plein, puis lancez fluxrsa store verify ; s'il trouve un dommage, restaurez la dernière sauvegarde, sinon signalez une erreur de "
        "fluxrsa\n";
    (void)number;
    end_with(ERR_CORRUPT, text, sizeof(text) - 1);
}

/* Libraries abort without memory, and where their heap is not as they left it. LMDB, which aborts on damage, ends above. */
static void library_fault(int number)
{
    static const char text[] =
        "fluxrsa: stopped by a library: this machine had no memory left, or it is a fault of fluxrsa\n"
        "fluxrsa : arrêté par une bibliothèque : cette machine n'avait plus de mémoire, ou c'est une erreur de fluxrsa\n";
    (void)number;
    end_with(ERR_BUG, text, sizeof(text) - 1);
}

static void set_fault_signals(void)
{
    struct sigaction action = {.sa_handler = store_fault, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGBUS, &action, NULL);
    sigaction(SIGSEGV, &action, NULL);
    action.sa_handler = library_fault;
    sigaction(SIGABRT, &action, NULL);
}
#endif

static void set_signals(void)
{
    struct sigaction action = {.sa_handler = ask_stop};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGALRM, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
    /* A file at the limit of its size is a full disk, and no death. */
    sigaction(SIGXFSZ, &action, NULL);
}

/* Nothing that passes through memory may be left in a core dump or be read by another process of the same user. */
static void close_doors(void)
{
    const struct rlimit none = {0, 0};
    umask(077);
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

int main(int argc, char **argv)
{
    char folder[PATH_MAX];
    if (!streams_fill("fluxrsa"))
        return err_exit_code(ERR_IO);
    /* Before close_doors: a process that cannot be dumped may not follow its own link. */
    ssize_t n = readlink("/proc/self/exe", folder, sizeof(folder) - 1);
    folder[n > 0 ? n : 0] = '\0';
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = '\0';
    close_doors();
    set_signals();
#ifndef FLUXRSA_SANITIZED
    set_fault_signals();
#endif
    return run_program(argc, argv, folder, &stop_asked);
}
