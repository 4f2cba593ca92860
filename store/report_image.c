#include "store/report_image.h"

#include "flux/record/record.h"

void report_image_init(struct report_image *i)
{
    *i = (struct report_image){0};
    buf_init(&i->record, RECORD_MAX);
}

void report_image_free(struct report_image *i)
{
    right_free(&i->right);
    serials_free(&i->persons);
    buf_free(&i->record);
}

enum err report_image_open(struct report_image *i, struct images *m, size_t number)
{
    uint32_t line;
    enum err e = images_open(m, number, &i->record, &i->persons, NULL, &line);
    if (!e)
        e = corrupt_if(right_read(&i->right, buf_span(&i->record)), ERR_FRAME);
    return e || i->persons.count == i->right.count ? e : ERR_CORRUPT;
}

enum err report_state(const struct report_image *i, struct images *m, size_t number, struct report_image *scratch, char *state)
{
    enum err e = ERR_OK;
    *state = i->right.state;
    while (!e && !*state && number-- > 0)
        if (!(e = report_image_open(scratch, m, number)))
            *state = scratch->right.state;
    return e;
}

enum err report_flux_of(struct store_txn *t, const struct moment *m, struct report_flux *out)
{
    struct flux_entry f;
    struct value created;
    *out = (struct report_flux){.id = m->id, .reference = m->day, .created = m->day, .typeflux = m->typeflux};
    enum err e = corrupt_if(ledger_get(t, m->id, &f), ERR_NOTFOUND);
    const struct schema *s = schema_by_id(f.header.len ? f.header.data[0] : 0);
    if (!e && s && record_find(s->header, f.header.data, f.header.len, VRSB_IdentificationFlux_DTCREAFLUX, &created))
        out->created = created.number;
    return e;
}
