/* One run of the parser over one flux (or one look into an archive): messages in their order, decoded, checked, handed on. */
#ifndef FLUX_INTAKE_SESSION_H
#define FLUX_INTAKE_SESSION_H

#include "flux/intake/child.h"
#include "flux/record/facts.h"
#include "flux/record/message.h"

/* Each returns ERR_OK to go on; anything else ends the run and is returned by it. Messages are valid during the call. Records were walked:
 * they are well formed, whoever wrote them. */
struct session_handler {
    void *ctx;
    enum err (*scanned)(void *ctx, const struct msg_scanned *m);
    enum err (*header)(void *ctx, const struct msg_header *m);
    /* facts: of the record, as its walk found them. m may be changed. */
    enum err (*household)(void *ctx, struct msg_household *m, const struct facts *facts);
    enum err (*reject)(void *ctx, struct msg_household *m, const struct facts *facts);
    enum err (*census)(void *ctx, const struct msg_census *m);
    enum err (*tick)(void *ctx, uint64_t consumed); /* after each message */
};

struct session_end {
    bool scanned;           /* an archive of several flux: only scanned() was called */
    struct msg_end end;     /* when fatal.finding.code is FINDING_NONE */
    struct msg_fatal fatal; /* the file's fault, or the parser's (F_PARSER_…) */
};

struct session {
    struct child *child;
    const struct session_handler *handler;
    unsigned stall_seconds;
    const volatile int *stop;
    /* Below: its own. */
    bool hello, header, scanned;
    uint64_t accepted, rejected;
    uint64_t consumed;               /* bytes of the archive, as it says */
    struct msg_household *household; /* large: kept, not copied */
    struct facts facts;              /* of its record */
};

/* Starts the child; the store must not be open in this process. */
enum err session_start(struct session *s, const struct child_job *job, const struct session_handler *handler, unsigned stall_seconds,
                       const volatile int *stop);
/* Until its verdict. ERR_STOPPED when *stop was set; ERR_CHILD when the parser could not be started. */
enum err session_run(struct session *s, struct session_end *out);
/* Ends the child whatever its state; may be called twice. */
void session_close(struct session *s);

#endif
