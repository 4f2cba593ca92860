#include "flux/intake/judge.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "flux/record/record.h"

static void code_of(struct span header, node_id leaf, char text[64])
{
    struct value v;
    text[0] = 0;
    if (record_find(schema_vrsb0801.header, header.data, header.len, leaf, &v))
        snprintf(text, 64, "%.*s", (int)v.text.len, (const char *)v.text.data);
}

enum finding_code judge_header(struct span header, char detail[64])
{
    code_of(header, VRSB_IdentificationFlux_NATFLUX, detail);
    if (strcmp(detail, "D") != 0)
        return F_NATFLUX;
    code_of(header, VRSB_IdentificationFlux_TYPEFLUX, detail);
    if (!code_label(LIST_TYPEFLUX, detail, strlen(detail)))
        return F_TYPEFLUX;
    detail[0] = 0;
    return FINDING_NONE;
}

enum finding_code judge_date(struct span header, int64_t now)
{
    struct value v;
    bool dated = record_find(schema_vrsb0801.header, header.data, header.len, VRSB_IdentificationFlux_DTCREAFLUX, &v);
    return dated && v.number > now / 86400 + 1 ? F_FUTURE : FINDING_NONE;
}

int64_t judge_announced(const struct msg_end *end)
{
    int64_t read = (int64_t)end->read;
    if (end->transm < 0)
        return -1;
    if (end->transm_ano > 0 && end->transm != read && (end->transm - end->transm_ano == read || end->transm_ano == read))
        return read;
    return end->transm;
}

enum finding_code judge_totals(const struct msg_end *end) { return judge_announced(end) == (int64_t)end->read ? FINDING_NONE : F_TOTALS; }

enum emitter_choice judge_applieme(struct span header)
{
    char applieme[64];
    code_of(header, VRSB_IdentificationFlux_APPLIEME, applieme);
    return strcmp(applieme, "CRI") == 0 ? EMITTER_CAF : strcmp(applieme, "AGO") == 0 ? EMITTER_MSA : EMITTER_ANY;
}

enum finding_code judge_emitter(struct span header, const struct tally *t, enum emitter_choice wanted)
{
    if (wanted == EMITTER_ANY)
        return FINDING_NONE;
    enum emitter_choice said = judge_applieme(header);
    uint64_t its = wanted == EMITTER_CAF ? t->caf : wanted == EMITTER_MSA ? t->msa : 0;
    uint64_t others = t->caf + t->msa - its;
    bool right = said == EMITTER_ANY ? its * 2 > t->read : said == wanted && others * 2 <= t->read;
    return right ? FINDING_NONE : F_EMITTER;
}

enum finding_code judge_departement(const struct tally *t) { return t->foreign * 2 > t->read ? F_DEPARTEMENT : FINDING_NONE; }

enum finding_code judge_rejects(const struct tally *t, unsigned share)
{
    bool too_many = t->rejected > 1 && t->rejected * 1000 > t->read * share;
    return too_many ? F_REJECTS : FINDING_NONE;
}

enum finding_code judge_anomalies(const struct tally *t, const struct msg_end *end)
{
    return end->transm_ano > 0 && t->read > 0 && t->anomalies == t->read ? F_ANOMALIES : FINDING_NONE;
}

static enum finding_code volume_code(struct span header)
{
    char typeflux[64];
    code_of(header, VRSB_IdentificationFlux_TYPEFLUX, typeflux);
    if (strcmp(typeflux, "M") == 0)
        return F_VOLUME;
    return strcmp(typeflux, "I") == 0 ? F_VOLUME_DAILY : FINDING_NONE;
}

static const char *const volume_words[VOLUME_FIGURES] = {
    [VOLUME_CREATED] = "created", [VOLUME_CLOSED] = "closed", [VOLUME_MISSING] = "missing"};

enum finding_code judge_volume(struct span header, const struct volume_counts *v, enum volume_figure which, unsigned share, char detail[64])
{
    uint64_t count = v->counts[which], months = v->months ? v->months : 1;
    detail[0] = 0;
    if (share == 0 || v->carried < VOLUME_FLOOR || count * 1000 <= v->carried * share * months)
        return FINDING_NONE;
    snprintf(detail, 64, "%s %" PRIu64 "/%" PRIu64, volume_words[which], count, v->carried);
    return volume_code(header);
}

/* Digits up to end; false when there are none, or too many for a count. */
static bool read_count(const char **text, char end, uint64_t *count)
{
    enum { COUNT_DIGITS = 18 };
    size_t len = strspn(*text, "0123456789");
    *count = 0;
    for (size_t i = 0; i < len && len <= COUNT_DIGITS; i++)
        *count = *count * 10 + (uint64_t)((*text)[i] - '0');
    *text += len;
    return len > 0 && len <= COUNT_DIGITS && *(*text)++ == end;
}

bool judge_volume_read(const char *detail, enum volume_figure *which, uint64_t *count, uint64_t *carried)
{
    for (enum volume_figure k = 0; k < VOLUME_FIGURES; k++) {
        size_t len = strlen(volume_words[k]);
        if (strncmp(detail, volume_words[k], len) != 0 || detail[len] != ' ')
            continue;
        *which = k;
        detail += len + 1;
        return read_count(&detail, '/', count) && read_count(&detail, '\0', carried);
    }
    return false;
}
