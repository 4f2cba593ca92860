/* What fluxrsa-parse says to whoever started it, one frame per message (flux/base/frame.h). The child is not trusted: decoding checks
 * every bound, and a record must be walked before use. Order: HELLO, then either SCANNED* END, or HEADER (HOUSEHOLD | REJECT)* CENSUS*
 * END; FATAL may come instead of END; PROGRESS anywhere after HELLO. */
#ifndef FLUX_RECORD_MESSAGE_H
#define FLUX_RECORD_MESSAGE_H

#include "flux/base/buf.h"
#include "flux/base/wire.h"
#include "flux/record/finding.h"
#include "flux/record/schema.h"

enum { MESSAGE_VERSION = 1, MEMBER_NAME_MAX = 256, FINDINGS_MAX = 100, FAULTY_MAX = 100, FAULTY_TEXT_MAX = 256, CENSUS_NAME_MAX = 256 };

enum message_kind {
    MSG_HELLO = 1,     /* u32 version */
    MSG_SCANNED = 2,   /* one member of an archive of several flux */
    MSG_HEADER = 3,    /* the record of IdentificationFlux, with the member it came from */
    MSG_HOUSEHOLD = 4, /* accepted: findings are warnings and set-aside fields */
    MSG_REJECT = 5,    /* rejected: findings, the record of what could be read, the texts at fault */
    MSG_CENSUS = 6,    /* how often a name, or a code that is in no list, occurred */
    MSG_END = 7,       /* the member was read to its verified end */
    MSG_FATAL = 8,     /* the file is refused */
    MSG_PROGRESS = 9   /* bytes of the archive consumed */
};

/* MSG_SCANNED. A member that is not a flux has a finding and no header. */
struct msg_scanned {
    uint32_t index; /* what --member takes */
    char name[MEMBER_NAME_MAX];
    uint8_t sha256[32]; /* of the member's bytes, unpacked */
    uint64_t bytes;
    struct finding finding;
    struct span header; /* record of IdentificationFlux */
};

/* MSG_HEADER */
struct msg_header {
    char member[MEMBER_NAME_MAX]; /* "" when the file is the flux itself */
    char encoding[16];
    uint8_t schema_id;
    struct span header;
};

/* A leaf whose value was set aside, as it stood. It is personal: sealed, never printed. */
struct faulty {
    node_id node;
    char path[FINDING_PATH_MAX];
    struct span text; /* at most FAULTY_TEXT_MAX bytes, cut between characters */
};

/* MSG_HOUSEHOLD and MSG_REJECT */
struct msg_household {
    uint32_t ordinal; /* in the flux, from 1 */
    uint32_t line;
    uint32_t finding_count; /* all of them; the first FINDINGS_MAX are here */
    uint32_t findings_kept, faulty_kept;
    struct finding findings[FINDINGS_MAX];
    struct faulty faulty[FAULTY_MAX]; /* MSG_REJECT only */
    struct span record;
};

/* MSG_CENSUS: known leaves and blocks by node with an empty path, unknown elements by the path of their parent and their name, codes that
 * are in no list by the node of their leaf and the code in place of the path: 1 to 9 characters of A-Z and 0-9, or "…" for the others. */
struct msg_census {
    node_id node; /* NODE_NONE for an unknown element */
    char path[CENSUS_NAME_MAX];
    uint64_t count;
    uint32_t first_line;
};

enum census_kind { CENSUS_ELEMENT, CENSUS_CODE, CENSUS_KNOWN };

static inline enum census_kind census_kind(const struct msg_census *m)
{
    return m->node == NODE_NONE ? CENSUS_ELEMENT : m->path[0] ? CENSUS_CODE : CENSUS_KNOWN;
}

enum { CENSUS_CODE_MAX = 9 };
#define CENSUS_OTHERS "…"

/* Whether a code is shown as it is: codes say nothing of a person, what else stands in their place may. */
bool census_shows(struct span code);

/* MSG_END */
struct msg_end {
    uint64_t read, accepted, rejected;
    uint64_t bytes;             /* of the member, unpacked */
    uint8_t sha256[32];         /* of the member, unpacked; all zeros when it is the file as it stands: that was hashed before */
    int64_t transm, transm_ano; /* NBTOTDOSRSATRANSM, NBTOTDOSRSATRANSMANO; -1 when not readable */
};

/* MSG_FATAL */
struct msg_fatal {
    struct finding finding;
    char detail[64]; /* official value that is not personal: a version, a NATFLUX, an encoding; else "" */
};

void message_put_finding(struct buf *b, const struct finding *f);

void message_scanned(struct buf *b, const struct msg_scanned *m);
void message_header(struct buf *b, const struct msg_header *m);
void message_household(struct buf *b, const struct msg_household *m);
void message_census(struct buf *b, const struct msg_census *m);
void message_end(struct buf *b, const struct msg_end *m);
void message_fatal(struct buf *b, const struct msg_fatal *m);

/* ERR_FRAME when the payload is not exactly one such message. Spans point into the payload. Paths, names and details hold printable
 * characters only, or the message is malformed. */
enum err message_read_scanned(struct span payload, struct msg_scanned *m);
enum err message_read_header(struct span payload, struct msg_header *m);
enum err message_read_household(struct span payload, struct msg_household *m);
enum err message_read_census(struct span payload, struct msg_census *m);
enum err message_read_end(struct span payload, struct msg_end *m);
enum err message_read_fatal(struct span payload, struct msg_fatal *m);

#endif
