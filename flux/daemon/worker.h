/* One program run for one piece of work: its own process group, its output bounded, its time limited; it dies with the daemon. */
#ifndef FLUX_DAEMON_WORKER_H
#define FLUX_DAEMON_WORKER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "flux/base/buf.h"
#include "flux/daemon/outcome.h"

enum { WORKER_LINE_MAX = 1024 };

struct worker {
    /* To be set before the first start. */
    sd_event *event;
    void (*line)(void *ctx, const char *text); /* of its standard error */
    void (*ended)(void *ctx);                  /* a new one may be started from here on */
    void *ctx;
    /* Of the last run. */
    enum end_how how;
    int code;
    struct buf output; /* of its standard output; err is ERR_TOOBIG when it was more */
    /* Its own. */
    pid_t pid; /* 0: none */
    int out_fd, err_fd;
    bool timed_out, asked;
    char text[WORKER_LINE_MAX];
    size_t text_len;
    sd_event_source *child, *out, *err, *timer;
};

void worker_init(struct worker *w);
/* argv[0]: absolute path. */
enum err worker_start(struct worker *w, const char *const *argv, unsigned seconds);
/* Asks it to end, and ends it when it does not. */
void worker_stop(struct worker *w);
/* Without asking, and without ended. */
void worker_free(struct worker *w);

#endif
