/* Two judges of one document: ours, and libxml2's validator of XML Schema, which is the referee. Source: design 4. */
#ifndef TESTS_FUZZ_VERDICTS_H
#define TESTS_FUZZ_VERDICTS_H

#include <libxml/tree.h>
#include <libxml/xmlschemas.h>

#include "parsers/parsers.h"

enum { FAULTS_MAX = 32 };

/* What we say of a document. */
struct ours {
    bool met[FINDING_COUNT]; /* findings, and what refused it */
    bool refused, valid;     /* valid: nothing found that the schema forbids */
    struct finding first;    /* the first of those that the schema forbids, or what refused it */
    uint64_t households;
    enum err err;
};

void ours_judge(struct parse_setup *setup, const struct keep *keep, const char *text, size_t len, struct ours *o);

/* What libxml2 found wrong. */
struct fault {
    int code;
    const xmlNode *node; /* of the document last judged */
    unsigned line;
};

struct referee {
    const char *name;
    xmlSchemaPtr schema;
    xmlSchemaValidCtxtPtr ctxt;
    bool valid;
    unsigned faults;
    struct fault fault[FAULTS_MAX];
};

/* false when the schema cannot be read. */
bool referee_open(struct referee *r, const char *name, const char *path);
void referee_close(struct referee *r);
/* NULL when the text is not well formed, names and namespaces included: no schema has a say then. */
xmlDocPtr referee_read(const char *text, size_t len);
void referee_judge(struct referee *r, xmlDocPtr doc);

#endif
