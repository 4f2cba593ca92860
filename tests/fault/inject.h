/* What the two halves of the preloaded library share: inject.c decides and records, inject_calls.c stands in front of libc.
 * Environment:
 *   FLUXRSA_INJECT          "KIND:WHAT:N[+]", several separated by commas. KIND: of inject.def, or step. WHAT: an errno of ours by name;
 *                           short (half of the bytes); lie (nothing is done, and it succeeds); late (done, and EIO all the same); TERM,
 * INT, KILL (the signal comes before the call), KILLED (after it); a number of seconds for clock. N: which call, + from it on.
 *   FLUXRSA_INJECT_PROGRAM  the program that is counted and disturbed; others, and what is forked from it up to execve, are left alone
 *   FLUXRSA_INJECT_ONCE     a file that is made when the fault happens, and keeps it from happening again in whatever process
 *   FLUXRSA_INJECT_COUNT    a file that gets one line "KIND N" each at the end
 *   FLUXRSA_INJECT_LOG      a file that gets what every program did to files below FLUXRSA_INJECT_ROOT, in order */
#ifndef TESTS_FAULT_INJECT_H
#define TESTS_FAULT_INJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum inject_kind {
#define KIND(name, disk) INJECT_##name,
#include "tests/fault/inject.def"
#undef KIND
    INJECT_step,
    INJECT_KINDS
};

enum inject_way { INJECT_PASS, INJECT_FAIL, INJECT_SHORT, INJECT_LIE, INJECT_LATE, INJECT_KILL_AFTER };

/* Counts the call and says what becomes of it; errno is set for INJECT_FAIL. */
enum inject_way inject_before(enum inject_kind kind);

/* Once the call was made. For INJECT_KILL_AFTER the end; false and errno for INJECT_LATE: it is to be told as failed. */
bool inject_after(enum inject_way way);

/* Seconds to add to the clock. */
long inject_clock(void);

/* From now on this process is what was forked. */
void inject_forked(void);

/* ---- the record; errno is kept ---- */

bool inject_recording(void);
void inject_log_create(int fd);
/* That this program starts another: whatever that one finds is built upon. */
void inject_log_start(void);
void inject_log_mkdir(int dirfd, const char *path);
void inject_log_write(int fd, const void *data, size_t len, off_t at);
void inject_log_fd(const char *what, int fd, off_t size);
void inject_log_names(const char *what, int dirfd, const char *path, int dirfd2, const char *path2);

#endif
