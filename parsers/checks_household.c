#include "flux/record/value.h"
#include "parsers/checks_rules.h"

void check_tell_first(const struct checks *c, enum finding_code code, const struct fact *block, unsigned level)
{
    struct place first = block->place;
    first.line = block->first_line;
    if (level)
        first.at[level - 1] = 1;
    check_tell(c, code, &first);
}

/* ---- a person ---- */

static void take_rsa_role(struct checks *c, const struct fact *role)
{
    struct check_person *p = &c->person;
    p->role = !role || !role->readable ? ROLE_UNKNOWN : rule_role(role->number);
    if (role)
        p->role_place = role->place;
    if (role && role->readable && role->number == 0)
        check_tell(c, D_NO_ROLE, &role->place);
    c->role_unreadable |= p->role == ROLE_UNKNOWN;
}

void check_prestations(struct checks *c)
{
    struct check_person *p = &c->person;
    const struct fact *nature = check_value(c, WATCH_Prestations_NATPREST, WATCH_Prestations);
    int64_t code = nature ? nature->number : 0;
    bool rsa = code == CODE3('R', 'S', 'A'), pfa = code == CODE3('P', 'F', 'A');
    if ((rsa && p->rsa) || (pfa && p->pfa))
        check_tell(c, D_ROLE_TWICE, &c->facts[WATCH_Prestations].place);
    if (rsa)
        take_rsa_role(c, check_fact(c, WATCH_Prestations_ROLEPERS, WATCH_Prestations));
    p->rsa |= rsa;
    p->pfa |= pfa;
    p->doubtful |= code == 0;
}

static void count_role(struct checks *c)
{
    const struct check_person *p = &c->person;
    if (!p->rsa && !p->doubtful)
        check_tell(c, D_NO_ROLE, &c->facts[WATCH_Personne].place);
    c->role_unreadable |= !p->rsa && p->doubtful;
    if (p->role == ROLE_DEMANDEUR && ++c->demandeurs == 2)
        check_tell(c, D_DEMANDEURS, &p->role_place);
    if (p->role == ROLE_CONJOINT && ++c->conjoints == 2)
        check_tell(c, D_CONJOINTS, &p->role_place);
}

/* Blocks that only some roles have. Source: flux-caf-msa 2.1. */
static void compare_role_blocks(const struct checks *c)
{
    enum {
        DEM = 1 << ROLE_DEMANDEUR,
        CJT = 1 << ROLE_CONJOINT,
        ENF = 1 << ROLE_ENFANT,
        AUT = 1 << ROLE_AUTRE,
    };
    static const struct {
        enum watch block;
        unsigned level, roles;
    } rows[] = {{WATCH_Rattachement, 2, ENF | AUT}, {WATCH_Asf, 2, ENF}, {WATCH_Grossesse, 0, DEM | CJT}};
    if (c->person.role <= ROLE_OTHER)
        return;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct fact *block = check_fact(c, rows[i].block, WATCH_Personne);
        if (block && !(rows[i].roles >> c->person.role & 1))
            check_tell_first(c, D_BLOCK_ROLE, block, rows[i].level);
    }
}

static const struct fact *person_value(const struct checks *c, enum watch w) { return check_value(c, w, WATCH_Personne); }

/* 0 when the person has no sound NIR. */
static uint64_t person_nir(const struct checks *c)
{
    const struct fact *nir = person_value(c, WATCH_Identification_NIR);
    return nir ? (uint64_t)nir->number : 0;
}

/* Beyond the first ones nothing is said: a household of so many persons is another kind of fault. */
static void compare_persons(struct checks *c)
{
    const struct fact *nomnai = person_value(c, WATCH_Identification_NOMNAI), *prenom = person_value(c, WATCH_Identification_PRENOM),
                      *dtnai = person_value(c, WATCH_Identification_DTNAI), *rgnai = person_value(c, WATCH_Identification_RGNAI);
    if (!nomnai || !prenom || !dtnai || c->compared == CHECKS_PERSONS)
        return;
    uint64_t key = rule_person_key((uint64_t)nomnai->number, (uint64_t)prenom->number, dtnai->number, rgnai ? rgnai->number : -1);
    uint64_t nir = person_nir(c);
    bool same = false, same_nir = false;
    for (unsigned i = 0; i < c->compared; i++) {
        same |= c->key[i] == key;
        same_nir |= nir && c->nirs[i] == nir;
    }
    c->key[c->compared] = key;
    c->nirs[c->compared++] = nir;
    if (same)
        check_tell(c, D_PERSON_TWICE, &c->facts[WATCH_Personne].place);
    else if (same_nir)
        check_tell(c, D_NIR_TWICE, &c->facts[WATCH_Identification_NIR].place);
}

static void compare_civil(const struct checks *c)
{
    const struct fact *born = person_value(c, WATCH_Identification_DTNAI), *sexe = person_value(c, WATCH_Identification_SEXE),
                      *kind = person_value(c, WATCH_Identification_TYPEDTNAI);
    if (person_nir(c) &&
        rule_nir_disagrees(&c->nir, sexe ? sexe->number : 0, born != NULL, born ? born->number : 0, kind ? kind->number : 0))
        check_tell(c, V_NIR_CIVIL, &c->facts[WATCH_Identification_NIR].place);
}

static void compare_resources(const struct checks *c)
{
    const struct fact *none = person_value(c, WATCH_GeneraliteRessourcesTrimestre_TOPRESSNUL),
                      *month = check_fact(c, WATCH_RessourcesMensuelles, WATCH_Personne);
    if (none && none->number && month)
        check_tell_first(c, D_RESOURCES, month, 2);
}

static void count_duties(struct checks *c)
{
    const struct fact *is = check_fact(c, WATCH_MontantCalculDroitRSAPersonne_TOPPERSDRODEVORSA, WATCH_Personne),
                      *enters = person_value(c, WATCH_MontantCalculDroitRSAPersonne_TOPPERSENTDRODEVORSA);
    bool adult = c->person.role == ROLE_DEMANDEUR || c->person.role == ROLE_CONJOINT;
    bool known = is && is->readable;
    if (known && !is->number && enters && enters->number)
        check_tell(c, D_DUTIES, &enters->place);
    c->duty_unreadable |= is && !is->readable;
    c->subject += known && is->number;
    c->exempt += adult && known && !is->number;
    c->untold += adult && !is;
}

void check_personne(struct checks *c)
{
    c->persons++;
    count_role(c);
    compare_role_blocks(c);
    compare_persons(c);
    compare_civil(c);
    compare_resources(c);
    count_duties(c);
    c->person = (struct check_person){0};
}

/* ---- an address ---- */

static void compare_country(const struct checks *c)
{
    const struct fact *pays = check_value(c, WATCH_TroncCommunAdresse_PAYS, WATCH_Adresse),
                      *inside = check_fact(c, WATCH_AdresseDetailleeFrance, WATCH_Adresse),
                      *outside = check_fact(c, WATCH_AdresseHorsFrance, WATCH_Adresse);
    bool france = pays && pays->number == CODE3('F', 'R', 'A'), abroad = pays && pays->number == CODE3('H', 'O', 'R');
    const struct fact *wrong = france ? outside : abroad ? inside : NULL;
    if (wrong)
        check_tell(c, D_COUNTRY, &wrong->place);
    else if ((france && !inside) || (abroad && !outside))
        check_tell(c, D_COUNTRY, &c->facts[WATCH_Adresse].place);
}

static void compare_commune(const struct checks *c)
{
    const struct fact *departement = check_value(c, WATCH_Partenaire_IDEPARTE, WATCH_NONE),
                      *commune = check_value(c, WATCH_AdresseDetailleeFrance_NUMCOM, WATCH_Adresse);
    if (departement && commune && rule_elsewhere(departement->number, commune->number))
        check_tell(c, D_COMMUNE, &commune->place);
}

void check_adresse(struct checks *c)
{
    enum { RANK_FIRST = 1, RANK_MAX = 3 };
    const struct fact *rank = check_value(c, WATCH_TroncCommunAdresse_RGADR, WATCH_Adresse);
    c->addresses++;
    compare_country(c);
    int64_t at = rank ? rank->number - CODE2('0', '0') : 0;
    if (at < RANK_FIRST || at > RANK_MAX) {
        c->rank_unreadable |= !rank;
        return;
    }
    if (c->ranks >> at & 1)
        check_tell(c, D_RANK_TWICE, &rank->place);
    c->ranks |= (uint8_t)(1u << at);
    if (at == RANK_FIRST)
        compare_commune(c);
}

/* ---- a right ---- */

void check_right(struct checks *c)
{
    static const int64_t absent = CODE3('A', 'B', 'S'), absent_detail = (int64_t)CODE3('A', 'B', 'S') << 16 | CODE2('E', 'N');
    const struct fact *nature = check_value(c, WATCH_DetailCalculDroitRSA_NATPF, WATCH_DetailCalculDroitRSA),
                      *detail = check_value(c, WATCH_DetailCalculDroitRSA_SOUSNATPF, WATCH_DetailCalculDroitRSA),
                      *amount = check_value(c, WATCH_DetailCalculDroitRSA_MTRSAVERS, WATCH_DetailCalculDroitRSA);
    bool none = (nature && nature->number == absent) || (detail && detail->number == absent_detail);
    if (none && amount && amount->number)
        check_tell(c, D_NO_RIGHT, &amount->place);
}

/* ---- the whole ---- */

enum { STATES = 7, DOCUMENTS = 5 };

/* The blocks that document each state; the level is that of checks.def. Source: flux-caf-msa 5.1. */
static const struct {
    enum watch block;
    unsigned level, states;
} documents[DOCUMENTS] = {{WATCH_Refus, 0, 1u << 1},
                          {WATCH_SuspensionDroit, 1, 1u << 3},
                          {WATCH_SuspensionVersement, 1, 1u << 4},
                          {WATCH_FinDroit, 0, 1u << 5 | 1u << 6},
                          {WATCH_FinDroitMoisAnterieur, 0, 1u << 6}};

static void compare_documents(const struct checks *c, unsigned state)
{
    bool wanted = false, there = false;
    for (size_t i = 0; i < DOCUMENTS; i++) {
        bool of_state = documents[i].states >> state & 1;
        wanted |= of_state;
        there |= of_state && check_fact(c, documents[i].block, WATCH_NONE);
    }
    if (wanted && !there)
        check_tell(c, D_STATE_BLOCK, &c->facts[WATCH_SituationDossierRSA].place);
    for (size_t i = 0; i < DOCUMENTS; i++) {
        const struct fact *block = check_fact(c, documents[i].block, WATCH_NONE);
        if (block && !(documents[i].states >> state & 1))
            check_tell_first(c, D_STATE_OTHER, block, documents[i].level);
    }
}

static void compare_state(const struct checks *c)
{
    const struct fact *state = check_value(c, WATCH_EtatDossierRSA_ETATDOSRSA, WATCH_NONE);
    if (!state)
        return;
    if (state->number < '0' || state->number >= '0' + STATES)
        check_tell(c, D_STATE, &state->place);
    else
        compare_documents(c, (unsigned)(state->number - '0'));
}

static void compare_duties(const struct checks *c)
{
    const struct fact *all = check_value(c, WATCH_TroncCommunDroitRSA_TOPFOYDRODEVORSA, WATCH_NONE);
    bool nobody = !c->subject && !c->duty_unreadable && c->exempt && !c->untold;
    if (all && (all->number ? nobody : c->subject > 0))
        check_tell(c, D_DUTIES, &all->place);
}

static void compare_flux(const struct checks *c)
{
    const struct fact *event = check_fact(c, WATCH_Evenement, WATCH_NONE), *control = check_fact(c, WATCH_Controle, WATCH_NONE),
                      *anomaly = check_fact(c, WATCH_Anomalie, WATCH_NONE);
    if (event && c->typeflux == 'M')
        check_tell_first(c, D_WRONG_FLUX, event, 1);
    if (control && c->typeflux == 'I')
        check_tell(c, D_WRONG_FLUX, &control->place);
    if (anomaly)
        check_tell_first(c, D_ANOMALIE, anomaly, 1);
}

void check_household(struct checks *c)
{
    if (c->persons && !c->demandeurs && !c->role_unreadable)
        check_tell(c, D_NO_DEMANDEUR, &c->household);
    if (c->addresses && !(c->ranks >> 1 & 1) && !c->rank_unreadable)
        check_tell(c, D_RANK_MISSING, &c->facts[WATCH_DonneesAdministratives].place);
    compare_state(c);
    compare_duties(c);
    compare_flux(c);
}
