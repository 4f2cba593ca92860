#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "cli/cli.h"
#include "cli/flux_view.h"
#include "cli/instance.h"
#include "cli/json.h"
#include "cli/render.h"
#include "cli/text.h"
#include "flux/intake/config.h"

enum { DIGEST = 32, SETTLED_MAX = 64 << 20 };

/* The last flux applied, by how often they come, and what waits for somebody. */
struct last_flux {
    json_t *monthly, *daily;
    struct buf settled; /* digests of bytes that were applied, or are counted as held, from the newest flux on */
    uint64_t held;
    uint32_t newest_held;
};

static bool is_settled(const struct last_flux *l, const uint8_t digest[DIGEST])
{
    for (size_t i = 0; i < l->settled.len; i += DIGEST)
        if (memcmp(l->settled.data + i, digest, DIGEST) == 0)
            return true;
    return false;
}

/* A file that comes again, or was applied since, waits for nobody. */
static void look_at_bytes(struct last_flux *l, const struct flux_entry *f)
{
    bool unpacked = !all_zero(f->member_sha256, DIGEST);
    const uint8_t *digest = unpacked ? f->member_sha256 : f->archive_sha256;
    bool held = f->status == FLUX_HELD && !is_settled(l, digest);
    if (f->status != FLUX_APPLIED && !held)
        return;
    buf_put(&l->settled, digest, DIGEST);
    if (unpacked && f->status == FLUX_APPLIED && f->alone)
        buf_put(&l->settled, f->archive_sha256, DIGEST);
    l->held += held;
    if (held && l->newest_held == 0)
        l->newest_held = f->id;
}

static bool look(void *ctx, const struct flux_entry *f)
{
    struct last_flux *l = ctx;
    struct header_view v;
    header_view(f->header, &v);
    look_at_bytes(l, f);
    json_t **slot = v.typeflux[0] == 'M' ? &l->monthly : v.typeflux[0] == 'I' ? &l->daily : NULL;
    if (f->status != FLUX_APPLIED || !slot || *slot)
        return l->settled.err == ERR_OK;
    struct flux_result r = flux_result_of(f);
    *slot = flux_json(&r);
    put_int(*slot, "imported_at", f->imported_at);
    return l->settled.err == ERR_OK;
}

static uint64_t free_bytes(const char *folder)
{
    struct statvfs v;
    return statvfs(folder, &v) == 0 ? (uint64_t)v.f_bavail * v.f_frsize : 0;
}

static json_t *status_json(const struct cli *cli, const struct store_status *s, struct last_flux *l)
{
    json_t *object = json_object(), *store = json_object(), *last = json_object();
    put_int(object, "schema", 1);
    put_text(object, "departement", config_text(cli->config, SETTING_instance_departement));
    put_int(store, "generation", s->generation);
    put_int(store, "dossiers", (int64_t)s->dossiers);
    put_int(store, "persons", (int64_t)s->persons);
    put_int(store, "versions", (int64_t)s->versions);
    put_int(store, "flux", (int64_t)s->flux);
    put_int(store, "rejects_open", (int64_t)s->rejects_open);
    put_int(store, "bytes_used", (int64_t)s->bytes_used);
    put_int(store, "bytes_file", (int64_t)s->bytes_file);
    put_int(store, "map_bytes", (int64_t)s->map_bytes);
    put_int(store, "readers", s->readers);
    put_json(object, "store", store);
    put_int(object, "free_bytes", (int64_t)free_bytes(config_text(cli->config, SETTING_instance_store)));
    put_int(object, "flux_held", (int64_t)l->held);
    put_json(object, "newest_held", l->newest_held ? json_integer(l->newest_held) : json_null());
    put_json(last, "monthly", l->monthly ? l->monthly : json_null());
    put_json(last, "daily", l->daily ? l->daily : json_null());
    put_json(object, "last", last);
    return object;
}

static uint64_t count(const json_t *object, const char *key) { return (uint64_t)json_integer_value(json_object_get(object, key)); }

static void last_text(struct output *o, const char *label, const json_t *flux)
{
    char when[TEXT_SHORT], reference[TEXT_SHORT], read[TEXT_SHORT], rejected[TEXT_SHORT];
    const char *day = json_at(flux, "DTREF");
    if (!json_is_object(flux)) {
        field(o, label, _("none yet"));
        return;
    }
    fieldf(o, label, _("flux %llu, reference %s, imported %s, %s read, %s rejected"), (unsigned long long)count(flux, "flux"),
           day ? text_date(day, reference) : "?", text_moment((int64_t)count(flux, "imported_at"), when),
           text_number(count(flux, "read"), read), text_number(count(flux, "rejected"), rejected));
}

static void status_text(struct output *o, const json_t *status)
{
    char a[TEXT_SHORT], b[TEXT_SHORT];
    const json_t *store = json_object_get(status, "store"), *last = json_object_get(status, "last");
    fieldf(o, _("Département"), "%s", json_at(status, "departement"));
    fieldf(o, _("Households"), _("%s, %s persons"), text_number(count(store, "dossiers"), a), text_number(count(store, "persons"), b));
    fieldf(o, _("Versions known"), "%s", text_number(count(store, "versions"), a));
    last_text(o, _("Last monthly flux"), json_object_get(last, "monthly"));
    last_text(o, _("Last daily flux"), json_object_get(last, "daily"));
    field(o, _("Rejects open"), text_number(count(store, "rejects_open"), a));
    if (count(store, "rejects_open"))
        field(o, "", _("what to do: fluxrsa rejects list"));
    field(o, _("Flux held"), text_number(count(status, "flux_held"), a));
    if (count(status, "flux_held"))
        fieldf(o, "", _("what to do with the newest: fluxrsa flux show %llu, then fluxrsa import --force REASON FILE, or ask the payer"),
               (unsigned long long)count(status, "newest_held"));
    fieldf(o, _("Store"), _("%s used, %s free on the disk"), text_bytes(count(store, "bytes_used"), a),
           text_bytes(count(status, "free_bytes"), b));
}

int cmd_status(struct cli *cli)
{
    struct instance i;
    struct store_status s = {0};
    struct last_flux l = {0};
    int code = instance_open(cli, &i);
    if (code)
        return code;
    buf_init(&l.settled, SETTLED_MAX);
    enum err e = store_status(i.txn, &s);
    if (!e)
        e = ledger_each(i.txn, look, &l);
    if (!e)
        e = l.settled.err;
    buf_free(&l.settled);
    json_t *status = status_json(cli, &s, &l);
    if (e)
        code = failure(e, NULL);
    else if (cli_json(cli))
        code = json_end(json_incref(status), &cli->out) ? failure(ERR_IO, NULL) : 0;
    else
        status_text(&cli->out, status);
    json_decref(status);
    instance_close(&i);
    return code;
}
