#include "cli/record_text.h"

#include <string.h>

#include "cli/i18n.h"
#include "cli/json.h"
#include "cli/render.h"
#include "cli/text.h"

enum { CODED_MAX = 200 };

const char *coded(enum code_list list, const char *code, char *out, size_t size)
{
    const char *label = code ? code_label(list, code, strlen(code)) : NULL;
    snprintf(out, size, "%s%s%s", code ? code : "", label ? ", " : "", label ? label : "");
    return out;
}

const char *person_role(const json_t *person)
{
    size_t i;
    json_t *role;
    json_array_foreach(json_object_get(person, "Prestations"), i, role)
    {
        const char *benefit = json_at(role, "NATPREST");
        if (benefit && strcmp(benefit, "RSA") == 0)
            return json_at(role, "ROLEPERS");
    }
    return NULL;
}

static void coded_field(struct output *o, const char *label, enum code_list list, const char *code)
{
    char text[CODED_MAX];
    field(o, label, coded(list, code, text, sizeof(text)));
}

static void date_field(struct output *o, const char *label, const char *iso)
{
    char text[TEXT_SHORT];
    if (iso)
        field(o, label, text_date(iso, text));
}

/* The list of NUMORG knows the offices of the CAF only. */
static void show_payer(struct output *o, const json_t *payer)
{
    char office[CODED_MAX];
    const char *kind = json_at(payer, "FONORG"), *number = json_at(payer, "NUMORG");
    bool caf = kind && strcmp(kind, "CAF") == 0;
    fieldf(o, _("Payer"), "%s %s", kind ? kind : "", coded(caf ? LIST_NUMORG : LIST_NONE, number, office, sizeof(office)));
}

static void show_household(struct output *o, const json_t *record)
{
    coded_field(o, _("State"), LIST_ETATDOSRSA, json_at(record, "PrestationRSA/SituationDossierRSA/EtatDossierRSA/ETATDOSRSA"));
    show_payer(o, json_object_get(json_object_get(record, "IdentificationRSA"), "Organisme"));
    field(o, _("Matricule"), json_at(record, "IdentificationRSA/Organisme/MATRICULE"));
    date_field(o, _("Requested on"), json_at(record, "IdentificationRSA/DemandeRSA/DTDEMRSA"));
    coded_field(o, _("Family situation"), LIST_SITFAM, json_at(record, "DonneesAdministratives/SituationFamille/SITFAM"));
    date_field(o, _("  since"), json_at(record, "DonneesAdministratives/SituationFamille/DDSITFAM"));
    field(o, _("Dependants"), json_at(record, "PrestationRSA/DetailDroitRSA/TroncCommunDroitRSA/NBENFAUTCHA"));
}

static const char *yes_no(const char *value) { return !value ? NULL : strcmp(value, "true") == 0 ? _("yes") : _("no"); }

static void person_row(struct table *t, const json_t *person, const json_t *extra)
{
    char role[CODED_MAX], born[TEXT_SHORT], id[TEXT_SHORT] = "";
    const char *birth = json_at(person, "Identification/DTNAI");
    json_t *serial = json_object_get(extra, "id");
    if (json_is_integer(serial))
        snprintf(id, sizeof(id), "%lld", (long long)json_integer_value(serial));
    const char *cells[] = {
        id,
        coded(LIST_ROLEPERS, person_role(person), role, sizeof(role)),
        json_at(person, "Identification/QUAL"),
        json_at(person, "Identification/NOM"),
        json_at(person, "Identification/NOMNAI"),
        json_at(person, "Identification/PRENOM"),
        birth ? text_date(birth, born) : NULL,
        json_at(person, "Identification/NIR"),
        yes_no(json_at(person, "MontantCalculDroitRSAPersonne/TOPPERSDRODEVORSA")),
    };
    table_row(t, cells);
}

static enum err show_persons(struct output *o, const json_t *record, const json_t *extras)
{
    static const struct column columns[] = {
        {N_("ID"), true, false},    {N_("ROLE"), false, true},        {N_("TITLE"), false, false},
        {N_("NAME"), false, false}, {N_("BIRTH NAME"), false, false}, {N_("FIRST NAME"), false, false},
        {N_("BORN"), false, false}, {N_("NIR"), false, false},        {N_("RIGHTS AND DUTIES"), false, false},
    };
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    size_t i;
    json_t *extra;
    fputc('\n', o->file);
    heading(o, _("Persons"));
    json_array_foreach(extras, i, extra)
    {
        size_t at = (size_t)json_integer_value(json_object_get(extra, "index"));
        person_row(t, json_array_get(json_object_get(record, "Personne"), at), extra);
    }
    return table_end(t, o, _("  none is kept"));
}

static void join(struct buf *b, const json_t *object, const char *const *keys)
{
    for (; *keys; keys++) {
        const char *text = json_at(object, *keys);
        if (!text || !text[0])
            continue;
        if (b->len)
            buf_u8(b, ' ');
        buf_put(b, text, strlen(text));
    }
}

static void address_line(struct output *o, const char *label, const json_t *object, const char *const *keys)
{
    struct buf b;
    buf_init(&b, 4096);
    join(&b, object, keys);
    buf_u8(&b, 0);
    if (!b.err)
        field(o, label, (const char *)b.data);
    buf_free(&b);
}

static void show_address(struct output *o, const json_t *address)
{
    static const char *const lines[][6] = {
        {"COMPLIDEADR"}, {"COMPLADR"}, {"NUMVOIE", "LIBTYPEVOIE", "NOMVOIE"}, {"LIEUDIST"}, {"CODEPOS", "NOMCOM"},
    };
    static const char *const abroad_lines[][2] = {{"LIBLIG2ADR"}, {"LIBLIG3ADR"}, {"LIBLIG4ADR"},
                                                  {"LIBLIG5ADR"}, {"LIBLIG6ADR"}, {"LIBLIG7ADR"}};
    const json_t *home = json_object_get(address, "AdresseDetailleeFrance");
    const json_t *abroad = json_object_get(address, "AdresseHorsFrance");
    coded_field(o, _("Rank"), LIST_RGADR, json_at(address, "TroncCommunAdresse/RGADR"));
    date_field(o, _("  since"), json_at(address, "TroncCommunAdresse/DTEMM"));
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        address_line(o, "", home, lines[i]);
    for (size_t i = 0; i < sizeof(abroad_lines) / sizeof(abroad_lines[0]); i++)
        address_line(o, "", abroad, abroad_lines[i]);
}

static void show_addresses(struct output *o, const json_t *record)
{
    const json_t *list = json_object_get(json_object_get(record, "DonneesAdministratives"), "Adresse");
    size_t i;
    json_t *address;
    if (json_array_size(list) == 0)
        return;
    fputc('\n', o->file);
    heading(o, _("Address"));
    json_array_foreach(list, i, address) show_address(o, address);
}

static void show_situation(struct output *o, const json_t *situation)
{
    size_t i;
    json_t *item;
    coded_field(o, _("Refused"), LIST_MOTIREFURSA, json_at(situation, "Refus/MOTIREFURSA"));
    date_field(o, _("  on"), json_at(situation, "Refus/DTREFURSA"));
    coded_field(o, _("Right ended"), LIST_MOTICLORSA, json_at(situation, "FinDroit/MOTICLORSA"));
    date_field(o, _("  on"), json_at(situation, "FinDroit/DTCLORSA"));
    json_array_foreach(json_object_get(situation, "SuspensionDroit"), i, item)
        date_field(o, _("Right suspended since"), json_at(item, "DDSUSDRORSA"));
    json_array_foreach(json_object_get(situation, "SuspensionVersement"), i, item)
        date_field(o, _("Payment suspended since"), json_at(item, "DDSUSVERSRSA"));
}

static void benefit_row(struct table *t, const json_t *item)
{
    char nature[CODED_MAX], kind[CODED_MAX], from[TEXT_SHORT] = "", to[TEXT_SHORT] = "", sum[TEXT_SHORT];
    const char *amount = json_at(item, "MTRSAVERS");
    const char *first = json_at(item, "DDNATDRO"), *last = json_at(item, "DFNATDRO");
    const char *cells[] = {coded(LIST_NATPF, json_at(item, "NATPF"), nature, sizeof(nature)),
                           coded(LIST_SOUSNATPF, json_at(item, "SOUSNATPF"), kind, sizeof(kind)), first ? text_date(first, from) : NULL,
                           last ? text_date(last, to) : NULL, amount ? text_amount(amount, sum) : NULL};
    table_row(t, cells);
}

static enum err show_right(struct output *o, const json_t *record)
{
    static const struct column columns[] = {{N_("NATURE"), false, true},
                                            {N_("KIND"), false, true},
                                            {N_("FROM"), false, false},
                                            {N_("TO"), false, false},
                                            {N_("AMOUNT (€)"), true, false}};
    const json_t *prestation = json_object_get(record, "PrestationRSA");
    const json_t *list = json_object_get(json_object_get(prestation, "DetailDroitRSA"), "DetailCalculDroitRSA");
    size_t i;
    json_t *item;
    fputc('\n', o->file);
    heading(o, _("Right"));
    show_situation(o, json_object_get(prestation, "SituationDossierRSA"));
    field(o, _("Rights and duties"), yes_no(json_at(prestation, "DetailDroitRSA/TroncCommunDroitRSA/TOPFOYDRODEVORSA")));
    if (json_array_size(list) == 0)
        return ERR_OK;
    struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    json_array_foreach(list, i, item) benefit_row(t, item);
    return table_end(t, o, "");
}

enum err record_summary(struct output *o, const json_t *record, const json_t *persons)
{
    show_household(o, record);
    enum err e = show_persons(o, record, persons);
    show_addresses(o, record);
    enum err right = show_right(o, record);
    return e ? e : right;
}

static void tree_leaf(struct output *o, const struct node *n, unsigned depth, const char *value)
{
    char text[CODED_MAX], day[TEXT_SHORT];
    const char *shown = n->type == TYPE_DATE     ? text_date(value, day)
                        : n->type == TYPE_BOOL   ? yes_no(value)
                        : n->type == TYPE_AMOUNT ? text_amount(value, day)
                        : n->type == TYPE_CODE   ? coded((enum code_list)n->list, value, text, sizeof(text))
                                                 : value;
    fprintf(o->file, "%*s%s%s%s %s%s ", (int)(2 * depth), "", paint(o, DIM), n->name, paint(o, PLAIN), n->label, _(":"));
    put_clean(o->file, shown);
    fputc('\n', o->file);
}

static void tree_block(struct output *o, const struct schema *s, node_id block, const json_t *object, unsigned depth);

static void tree_item(struct output *o, const struct schema *s, node_id id, const json_t *value, unsigned depth)
{
    const struct node *n = &s->nodes[id];
    if (json_is_string(value)) {
        tree_leaf(o, n, depth, json_string_value(value));
        return;
    }
    fprintf(o->file, "%*s%s%s%s %s\n", (int)(2 * depth), "", paint(o, BOLD), n->name, paint(o, PLAIN), n->label);
    tree_block(o, s, id, value, depth + 1);
}

static void tree_block(struct output *o, const struct schema *s, node_id block, const json_t *object, unsigned depth)
{
    for (node_id c = (node_id)(block + 1); c < s->nodes[block].end; c = s->nodes[c].end) {
        const json_t *value = json_object_get(object, s->nodes[c].name);
        if (!json_is_array(value)) {
            if (value)
                tree_item(o, s, c, value, depth);
            continue;
        }
        size_t i;
        json_t *item;
        json_array_foreach(value, i, item) tree_item(o, s, c, item, depth);
    }
}

void record_tree(struct output *o, const struct schema *s, node_id block, const json_t *object) { tree_block(o, s, block, object, 1); }
