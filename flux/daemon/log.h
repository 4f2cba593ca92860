/* What the daemon tells, once, from one table of events: to the journal, to syslog, or on standard error as text or JSON. No event is about
 * a person; names of files and folders are cleaned of what could pass for something else. */
#ifndef FLUX_DAEMON_LOG_H
#define FLUX_DAEMON_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "flux/intake/config.h"

enum event {
#define EVENT(name, level, id, sentence) EVENT_##name,
#include "flux/daemon/event.def"
#undef EVENT
    EVENT_COUNT
};

/* NULL or "": nothing to say. */
struct about {
    const char *arrival, *source, *file, *flux, *detail;
};

struct log {
    enum sink_choice sink; /* never SINK_AUTO once open */
    bool quiet;            /* only warnings and worse; they reach standard error whatever the sink */
};

void log_open(struct log *l, enum sink_choice wanted, bool quiet);
void log_event(const struct log *l, enum event e, const struct about *a);
/* The sentence of an event, translated and cleaned; cut to size. */
void log_sentence(enum event e, const struct about *a, char *out, size_t size);

#endif
