/* libFuzzer: any bytes as a record of a household or of a header. What passes the walk is bounded, prints, and is the only form of its
 * content; what is dropped from it leaves a record. Source: design 5. */
#include <stdlib.h>
#include <string.h>

#include "flux/record/record.h"
#include "tests/fuzz/target.h"

static void need(bool right)
{
    if (!right)
        abort();
}

static void print_all(node_id root, const uint8_t *data, size_t len)
{
    struct record_walk w;
    char text[VALUE_TEXT_MAX];
    enum record_event event;
    record_walk_init(&w, root, data, len);
    while ((event = record_next(&w)) != RECORD_END) {
        need(event != RECORD_BAD && w.depth <= SCHEMA_DEPTH_MAX);
        if (event == RECORD_LEAF)
            need(value_text(&w.value, text) < sizeof text && strlen(text) < sizeof text);
    }
}

static void filter(node_id root, const uint8_t *data, size_t len, const struct keep_rule *rule, bool same)
{
    struct keep keep;
    struct buf out;
    char bad[64];
    buf_init(&out, RECORD_MAX);
    need(keep_make(&schema_vrsb0801, rule, &keep, bad, sizeof bad) == ERR_OK);
    need(record_filter(root, data, len, &keep, !same, &out) == ERR_OK);
    need(record_check(root, out.data, out.len) == ERR_OK);
    need(!same || (out.len == len && memcmp(out.data, data, len) == 0));
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const struct keep_rule all = {PROFILE_GESTION, "all", true}, some = {PROFILE_ACCOMPAGNEMENT, "", false};
    if (len == 0 || len > RECORD_MAX)
        return 0;
    node_id root = data[0] & 1 ? VRSB_IdentificationFlux : VRSB_InfosFoyerRSA;
    data++, len--;
    struct value v;
    (void)record_find(root, data, len, VRSB_DemandeRSA_NUMDEMRSA, &v);
    if (record_check(root, data, len))
        return 0;
    print_all(root, data, len);
    filter(root, data, len, &all, true);
    filter(root, data, len, &some, false);
    return 0;
}
