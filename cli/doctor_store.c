#include <string.h>

#include "cli/doctor.h"
#include "cli/status_report.h"
#include "cli/text.h"

static bool opened(const struct doctor *d) { return d->instance.txn && d->store_err == ERR_OK; }

/* What needs the store, when it cannot be opened. */
static bool skipped(struct doctor *d, enum doctor_look look)
{
    if (opened(d))
        return false;
    doctor_say(d, look, DOCTOR_WARNING, _("put right what is wrong above, then run fluxrsa doctor again"), "%s",
               _("not looked at: the store cannot be opened"));
    return true;
}

/* ---- counts ---- */

struct counted {
    uint64_t applied, open, dossiers;
};

static bool count_flux(void *ctx, const struct flux_entry *f)
{
    struct counted *c = ctx;
    c->applied += f->status == FLUX_APPLIED;
    return true;
}

static bool count_open(void *ctx, const struct open_cause *r)
{
    struct counted *c = ctx;
    (void)r;
    c->open++;
    return true;
}

static bool count_dossier(void *ctx, uint64_t serial)
{
    struct counted *c = ctx;
    (void)serial;
    c->dossiers++;
    return true;
}

static enum err count_all(struct store_txn *t, struct counted *c, struct store_status *s)
{
    *c = (struct counted){0};
    enum err e = store_status(t, s);
    if (!e)
        e = ledger_each(t, count_flux, c);
    if (!e)
        e = rejects_open_each(t, count_open, c);
    return e ? e : dossier_each(t, count_dossier, c);
}

void doctor_store(struct doctor *d)
{
    char number[TEXT_SHORT], used[TEXT_SHORT];
    struct counted c;
    struct store_status s;
    const char *path = d->cli->config ? config_text(d->cli->config, SETTING_instance_store) : "";
    if (!d->cli->config) {
        skipped(d, DOCTOR_store);
        return;
    }
    enum err e = opened(d) ? count_all(d->instance.txn, &c, &s) : d->store_err;
    if (e) {
        doctor_say(d, DOCTOR_store, DOCTOR_FAULT, err_advice(e), _("%s: %s"), path, _(err_text(e)));
        return;
    }
    if (c.applied != s.flux || c.open != s.rejects_open || c.dossiers != s.dossiers)
        doctor_say(d, DOCTOR_store, DOCTOR_FAULT, _("fluxrsa store verify, then restore the last backup"),
                   _("%s: its counts are not what is in it"), path);
    else
        doctor_say(d, DOCTOR_store, DOCTOR_OK, "", _("generation %u, %s households, %s used; its counts agree"), s.generation,
                   text_number(s.dossiers, number), text_bytes(s.bytes_used, used));
}

void doctor_readers(struct doctor *d)
{
    enum { FAR_BEHIND = 100 };
    struct store_status s;
    if (skipped(d, DOCTOR_readers) || store_status(d->instance.txn, &s))
        return;
    if (s.reader_lag > FAR_BEHIND)
        doctor_say(d, DOCTOR_readers, DOCTOR_WARNING,
                   _("end this process if nobody waits for it: what it sees keeps the store from using room again"),
                   _("process %u reads a state %llu commits ago"), (unsigned)s.reader_pid, (unsigned long long)s.reader_lag);
    else
        doctor_say(d, DOCTOR_readers, DOCTOR_OK, "", "%s", _("none lags behind"));
}

void doctor_room(struct doctor *d)
{
    char used[TEXT_SHORT], room[TEXT_SHORT];
    struct store_status s;
    if (skipped(d, DOCTOR_room) || store_status(d->instance.txn, &s))
        return;
    struct limits l = status_limits(ALARM_ABOVE, config_number(d->cli->config, SETTING_alert_map_use));
    enum level level = status_level(&l, s.room_bytes ? (int64_t)(s.bytes_used * 1000 / s.room_bytes) : 0);
    static const enum doctor_state states[LEVEL_COUNT] = {DOCTOR_OK, DOCTOR_WARNING, DOCTOR_FAULT};
    doctor_say(d, DOCTOR_room, states[level], level ? _("fluxrsa store compact, or apply the retention plan") : "", _("%s used of %s"),
               text_bytes(s.bytes_used, used), text_bytes(s.room_bytes, room));
}

/* ---- journal ---- */

static enum err anchored(struct doctor *d)
{
    uint64_t seq;
    uint8_t mac[32];
    enum err e = store_journal_head(d->instance.txn, &seq, mac);
    return e || seq == 0 ? e : journal_anchored(d->instance.journal, seq, mac);
}

void doctor_journal(struct doctor *d)
{
    if (skipped(d, DOCTOR_journal))
        return;
    enum err e = d->journal_err ? d->journal_err : anchored(d);
    if (e == ERR_CORRUPT)
        doctor_say(d, DOCTOR_journal, DOCTOR_FAULT,
                   _("keep the file as it is and tell the security officer; fluxrsa audit verify says more"), "%s",
                   _("lines are missing or were changed"));
    else if (e)
        doctor_say(d, DOCTOR_journal, DOCTOR_FAULT, err_advice(e), "%s", _(err_text(e)));
    else
        doctor_say(d, DOCTOR_journal, DOCTOR_OK, "", "%s", _("its last line is where the store says"));
}

static bool count_line(void *ctx, uint64_t seq, struct span line)
{
    (void)seq;
    (void)line;
    ++*(uint64_t *)ctx;
    return true;
}

void doctor_outbox(struct doctor *d)
{
    uint64_t lines = 0;
    if (skipped(d, DOCTOR_outbox))
        return;
    enum err e = outbox_each(d->instance.txn, count_line, &lines);
    if (e)
        doctor_say(d, DOCTOR_outbox, DOCTOR_FAULT, err_advice(e), "%s", _(err_text(e)));
    else if (lines)
        doctor_say(d, DOCTOR_outbox, DOCTOR_WARNING, _("the next import brings them into the journal"),
                   _("acts that have not reached the journal: %llu"), (unsigned long long)lines);
    else
        doctor_say(d, DOCTOR_outbox, DOCTOR_OK, "", "%s", _("none waits"));
}

/* ---- backup ---- */

static bool any_flux(void *ctx, const struct flux_entry *f)
{
    *(bool *)ctx = true;
    (void)f;
    return false;
}

void doctor_backup(struct doctor *d)
{
    char name[BACKUP_NAME], age[TEXT_SHORT];
    int64_t at = 0;
    bool something = false;
    if (!d->cli->config) {
        skipped(d, DOCTOR_backup);
        return;
    }
    int64_t limit = config_number(d->cli->config, SETTING_alert_backup_age);
    const char *folder = config_text(d->cli->config, SETTING_backup_folder);
    enum err e = backup_newest(folder, name, &at);
    if (opened(d))
        ledger_each(d->instance.txn, any_flux, &something);
    if (limit == 0)
        doctor_say(d, DOCTOR_backup, DOCTOR_OK, "", "%s", _("[alert] backup_age = 0 d: made by other means"));
    else if (e && !something)
        doctor_say(d, DOCTOR_backup, DOCTOR_OK, "", "%s", _("none yet, and nothing to lose yet"));
    else if (e)
        doctor_say(d, DOCTOR_backup, DOCTOR_WARNING, _("fluxrsa store backup, and have it run each night"), _("%s: there is none"), folder);
    else
        doctor_say(d, DOCTOR_backup, d->now - at > limit ? DOCTOR_WARNING : DOCTOR_OK,
                   d->now - at > limit ? _("fluxrsa store backup, and look why its timer did not run") : "", _("%s, %s ago"), name,
                   age_text(d->now - at, age));
}
