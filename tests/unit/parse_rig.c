#include "tests/unit/parse_rig.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "flux/record/record.h"

#define PERSON(nom, prenom, naissance, nir, role)                                                                                          \
    "<Personne>\n<Identification>\n<QUAL>MME</QUAL>\n<NOM>" nom "</NOM>\n<NOMNAI>" nom "</NOMNAI>\n<PRENOM>" prenom                        \
    "</PRENOM>\n<NOMCOMNAI>LENS</NOMCOMNAI>\n<DTNAI>" naissance "</DTNAI>\n<NIR>" nir "</NIR>\n<SEXE>2</SEXE>\n</Identification>\n"        \
    "<DossierCAF>\n<TOPRESPDOS>1</TOPRESPDOS>\n<DDRATDOS>2007-05-15</DDRATDOS>\n</DossierCAF>\n"                                           \
    "<Prestations>\n<NATPREST>PFA</NATPREST>\n<ROLEPERS>" role "</ROLEPERS>\n<TOPCHAPERS>0</TOPCHAPERS>\n</Prestations>\n"                 \
    "<Prestations>\n<NATPREST>RSA</NATPREST>\n<ROLEPERS>" role "</ROLEPERS>\n<TOPCHAPERS>1</TOPCHAPERS>\n</Prestations>\n</Personne>\n"

#define DETAIL                                                                                                                             \
    "<AdresseDetailleeFrance><COMPLIDEADR/><COMPLADR/><NUMVOIE>7</NUMVOIE><LIBTYPEVOIE>RUE</LIBTYPEVOIE><NOMVOIE>DU LAVOIR</NOMVOIE>"      \
    "<LIEUDIST/><NUMCOM>62041</NUMCOM><CODEPOS>62000</CODEPOS><NOMCOM>ARRAS</NOMCOM></AdresseDetailleeFrance>"

#define HOUSEHOLD(numero, persons)                                                                                                         \
    "<InfosFoyerRSA>\n<IdentificationRSA>\n<Organisme>\n<FONORG>CAF</FONORG>\n<NUMORG>622</NUMORG>\n<MATRICULE>1234567</MATRICULE>\n"      \
    "</Organisme>\n<Partenaire>\n<TYPEPARTE>CG</TYPEPARTE>\n<IDEPARTE>062</IDEPARTE>\n</Partenaire>\n<DemandeRSA>\n"                       \
    "<DTDEMRSA>2018-08-06</DTDEMRSA>\n<NUMDEMRSA>" numero "</NUMDEMRSA>\n</DemandeRSA>\n</IdentificationRSA>\n" persons                    \
    "<DonneesAdministratives>\n<SituationFamille>\n<SITFAM>CEL</SITFAM>\n<DDSITFAM>2010-01-01</DDSITFAM>\n</SituationFamille>\n"           \
    "<Adresse>\n<TroncCommunAdresse>\n<RGADR>01</RGADR>\n<PAYS>FRA</PAYS>\n<TYPEADR>D</TYPEADR>\n<ETATADR>CO</ETATADR>\n"                  \
    "</TroncCommunAdresse>\n" DETAIL "</Adresse>\n</DonneesAdministratives>\n"                                                             \
    "<PrestationRSA>\n<SituationDossierRSA>\n<EtatDossierRSA>\n<ETATDOSRSA>2</ETATDOSRSA>\n</EtatDossierRSA>\n</SituationDossierRSA>\n"    \
    "<DetailDroitRSA>\n<TroncCommunDroitRSA>\n<TOPSANSDOMFIXE>0</TOPSANSDOMFIXE>\n<ORIDEMRSA>DEM</ORIDEMRSA>\n</TroncCommunDroitRSA>\n"    \
    "</DetailDroitRSA>\n</PrestationRSA>\n</InfosFoyerRSA>\n"

const char rig_flux[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Racine>\n<IdentificationFlux>\n<APPLIEME>CRI</APPLIEME>\n"
    "<NUMVERSIONAPPLIEME>6200</NUMVERSIONAPPLIEME>\n<TYPEFLUX>M</TYPEFLUX>\n<NATFLUX>D</NATFLUX>\n<DTCREAFLUX>2022-03-05</DTCREAFLUX>\n"
    "<HEUCREAFLUX>01:18:36.0000</HEUCREAFLUX>\n<DTREF>2022-02-28</DTREF>\n</IdentificationFlux>\n" HOUSEHOLD(
        "01024041062", PERSON("SYLVESTRE", "ODILE", "1982-02-01", "2820262001011", "DEM"))
        HOUSEHOLD("01024042062", PERSON("BRINDOR", "ALIX", "1990-07-14", "2900762002012", "DEM")
                                     PERSON("BRINDOR", "LOU", "2015-03-09", "2150362003013",
                                            "ENF")) "<TransmissionFlux>\n<NBTOTDOSRSATRANSM>00000002</"
                                                    "NBTOTDOSRSATRANSM>\n<NBTOTDOSRSATRANSMANO>00000000</NBTOTDOSRSATRANSMANO>\n"
                                                    "</TransmissionFlux>\n</Racine>\n";

/* ---- the sink ---- */

__attribute__((format(printf, 2, 3))) static void note(char log[RIG_LOG], const char *format, ...)
{
    size_t len = strlen(log);
    va_list list;
    va_start(list, format);
    vsnprintf(log + len, RIG_LOG - len, format, list);
    va_end(list);
}

static enum err on_scanned(void *ctx, const struct msg_scanned *m)
{
    struct rig *r = ctx;
    if (r->scans < RIG_SCANS) {
        r->scanned[r->scans] = *m;
        ck_assert(m->header.len == 0 || record_check(schema_vrsb0801.header, m->header.data, m->header.len) == ERR_OK);
    }
    r->scans++;
    return ERR_OK;
}

static enum err on_header(void *ctx, const struct msg_header *m)
{
    struct rig *r = ctx;
    r->headers++;
    r->header = *m;
    ck_assert_int_eq(record_check(schema_vrsb0801.header, m->header.data, m->header.len), ERR_OK);
    return ERR_OK;
}

static enum err on_any(struct rig *r, const struct msg_household *m, char mark)
{
    static const char *const costs[] = {"REFUSED", "HELD", "HOUSEHOLD", "FIELD", "WARNING"};
    ck_assert_int_eq(record_check(schema_vrsb0801.household, m->record.data, m->record.len), ERR_OK);
    buf_reset(&r->record);
    buf_put(&r->record, m->record.data, m->record.len);
    for (uint32_t i = 0; i < m->findings_kept; i++) {
        const struct finding *f = &m->findings[i];
        note(r->findings, "%c%u:%s/%s@%u %s\n", mark, m->ordinal, finding_rule(f->code)->name, costs[f->cost], f->line, f->path);
    }
    for (uint32_t i = 0; i < m->faulty_kept; i++)
        note(r->faulty, "%s=%.*s\n", m->faulty[i].path, (int)m->faulty[i].text.len, (const char *)m->faulty[i].text.data);
    return ERR_OK;
}

static enum err on_household(void *ctx, const struct msg_household *m)
{
    struct rig *r = ctx;
    r->households++;
    return on_any(r, m, 'H');
}

static enum err on_reject(void *ctx, const struct msg_household *m)
{
    struct rig *r = ctx;
    r->rejects++;
    return on_any(r, m, 'R');
}

static enum err on_census(void *ctx, const struct msg_census *m)
{
    struct rig *r = ctx;
    if (m->node == NODE_NONE)
        note(r->census, "%s*%llu@%u\n", m->path, (unsigned long long)m->count, m->first_line);
    else if (m->path[0])
        note(r->codes, "%s=%s*%llu@%u\n", schema_vrsb0801.nodes[m->node].name, m->path, (unsigned long long)m->count, m->first_line);
    else
        r->census_known += m->count;
    return ERR_OK;
}

static enum err on_end(void *ctx, const struct msg_end *m)
{
    struct rig *r = ctx;
    r->ends++;
    r->end = *m;
    return ERR_OK;
}

static enum err on_fatal(void *ctx, const struct msg_fatal *m)
{
    struct rig *r = ctx;
    r->fatals++;
    r->fatal = *m;
    return ERR_OK;
}

static enum err on_progress(void *ctx, uint64_t packed)
{
    struct rig *r = ctx;
    (void)packed;
    r->progress++;
    return ERR_OK;
}

/* ---- the rig ---- */

void rig_open(struct rig *r)
{
    *r = (struct rig){.job = {.limits = parse_limits_default}};
    char bad[64];
    const struct keep_rule rule = {.profile = PROFILE_ACCOMPAGNEMENT, .extra = ""};
    ck_assert_int_eq(parse_setup_new(&r->setup), ERR_OK);
    ck_assert_int_eq(keep_make(&schema_vrsb0801, &rule, &r->job.keep, bad, sizeof bad), ERR_OK);
    buf_init(&r->record, RECORD_MAX);
}

void rig_close(struct rig *r)
{
    buf_free(&r->record);
    r->setup = parse_setup_free(r->setup);
}

static void forget(struct rig *r)
{
    r->headers = r->households = r->rejects = r->ends = r->fatals = r->scans = r->progress = 0;
    r->end = (struct msg_end){0};
    r->fatal = (struct msg_fatal){0};
    r->findings[0] = r->faulty[0] = r->census[0] = r->codes[0] = 0;
    r->census_known = 0;
}

int rig_memfd(const void *data, size_t len)
{
    int fd = memfd_create("rig", MFD_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    for (size_t at = 0; at < len;) {
        ssize_t n = write(fd, (const char *)data + at, len - at);
        ck_assert_int_gt(n, 0);
        at += (size_t)n;
    }
    lseek(fd, 0, SEEK_SET);
    return fd;
}

void rig_run(struct rig *r, const void *data, size_t len)
{
    const struct parse_sink sink = {r, on_scanned, on_header, on_household, on_reject, on_census, on_end, on_fatal, on_progress};
    forget(r);
    r->job.fd = rig_memfd(data, len);
    r->err = parse_run(r->setup, &r->job, &sink);
    close(r->job.fd);
    if (r->err == ERR_OK)
        ck_assert_uint_eq(r->ends + r->fatals, 1);
}

void rig_text(struct rig *r, const char *text) { rig_run(r, text, strlen(text)); }

char *rig_replace(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    ck_assert_ptr_nonnull(at);
    size_t before = (size_t)(at - text), size = strlen(text) - strlen(from) + strlen(to) + 1;
    char *copy = malloc(size);
    ck_assert_ptr_nonnull(copy);
    snprintf(copy, size, "%.*s%s%s", (int)before, text, to, at + strlen(from));
    return copy;
}

void rig_edit(struct rig *r, const char *flux, const char *from, const char *to)
{
    char *text = rig_replace(flux, from, to);
    rig_text(r, text);
    free(text);
}

void rig_append(char **text, const char *more)
{
    size_t len = *text ? strlen(*text) : 0, extra = strlen(more);
    char *grown = realloc(*text, len + extra + 1);
    ck_assert_ptr_nonnull(grown);
    memcpy(grown + len, more, extra + 1);
    *text = grown;
}

const char *rig_refusal(const struct rig *r) { return r->fatals ? finding_rule(r->fatal.finding.code)->name : ""; }
