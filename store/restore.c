#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flux/base/fdio.h"
#include "flux/base/wipe.h"
#include "store/backup_open.h"
#include "store/copy.h"
#include "store/folder.h"
#include "store/keyring.h"
#include "store/replace.h"

/* The next generation while it is made. */
struct filling {
    struct store_hold *hold;
    const struct store_replacing *how;
    struct store_serials given;
    struct store *to;
    uint32_t ring;
    struct store_replaced *out;
};

struct store_serials store_serials(const struct store_txn *t)
{
    const struct counters *c = &t->counters;
    return (struct store_serials){.dossier = c->next_dossier - 1,
                                  .person = c->next_person - 1,
                                  .outbox = c->next_outbox - 1,
                                  .flux = c->next_flux - 1,
                                  .reject = c->next_reject - 1};
}

enum err store_identity(struct store_txn *t, uint8_t uuid[16])
{
    struct span value;
    enum err e = txn_must(t, TABLE_META, key_meta(META_UUID), &value);
    if (!e && value.len != 16)
        e = ERR_CORRUPT;
    if (!e)
        memcpy(uuid, value.data, 16);
    return e;
}

void store_file(const struct store_place *p, char *path, size_t size)
{
    char name[GENERATION_NAME];
    struct pointer current;
    int fd = -1;
    enum err e = folder_open(AT_FDCWD, p->store_dir, &fd);
    if (!e)
        e = pointer_read(fd, &current);
    fd_close(&fd);
    generation_name(current.number, true, name);
    if (e)
        snprintf(path, size, "%s/CURRENT", p->store_dir);
    else
        snprintf(path, size, "%s/%s/data.mdb", p->store_dir, name);
}

size_t store_key_files(const struct store_place *p, char names[STORE_KEY_FILES][STORE_KEY_NAME])
{
    struct pointer current = {0};
    int fd = -1;
    if (!folder_open(AT_FDCWD, p->store_dir, &fd))
        (void)pointer_read(fd, &current);
    fd_close(&fd);
    return keyring_files(p, current.ring, names);
}

static uint64_t file_bytes(int dirfd)
{
    struct stat st;
    return fstatat(dirfd, "data.mdb", &st, 0) < 0 ? 0 : (uint64_t)st.st_size;
}

static void skip_to(uint64_t *next, uint64_t given)
{
    if (*next <= given)
        *next = given + 1;
}

static void skip_to32(uint32_t *next, uint32_t given)
{
    if (*next <= given && given < UINT32_MAX)
        *next = given + 1;
}

static void skip_given(struct counters *c, const struct store_serials *given)
{
    skip_to(&c->next_dossier, given->dossier);
    skip_to(&c->next_person, given->person);
    skip_to(&c->next_outbox, given->outbox);
    skip_to32(&c->next_flux, given->flux);
    skip_to32(&c->next_reject, given->reject);
}

static enum err end_content(struct filling *f)
{
    struct store_txn *t = NULL;
    enum err e = store_write(f->to, &t);
    if (e)
        return e;
    skip_given(&t->counters, &f->given);
    if (f->how->finish)
        e = f->how->finish(f->how->ctx, f->to, t);
    if (!e)
        return store_commit(t);
    store_abort(t);
    return e;
}

/* Takes the sealer over. */
static enum err fill(struct filling *f, struct store_txn *from, struct sealer *sealer, bool rewrap)
{
    struct kv_options o = store_options();
    uint64_t checked;
    enum err e = replace_begin(f->hold);
    if (!e)
        e = kv_create(f->hold->next_fd, &o);
    if (e) {
        sealer_free(sealer);
        return e;
    }
    e = store_attach(f->hold->next_fd, sealer, true, &f->to);
    if (!e)
        e = copy_store(from, f->to, rewrap, f->how->watch);
    if (!e)
        e = store_fits(f->to);
    if (!e)
        e = end_content(f);
    return e ? e : store_walk(f->to, f->how->watch, &checked);
}

static bool stopped(const struct store_watch *w) { return w && w->stop && *w->stop; }

static enum err publish(struct filling *f)
{
    uint64_t bytes = file_bytes(f->hold->next_fd);
    enum err e = stopped(f->how->watch) ? ERR_STOPPED : replace_publish(f->hold, f->ring, f->how->patience);
    if (e)
        return e;
    f->out->generation = f->hold->current.number;
    f->out->bytes_after = bytes;
    if (f->how->published)
        f->how->published(f->how->ctx, f->to);
    return ERR_OK;
}

static void end(struct filling *f)
{
    f->to = store_close(f->to);
    replace_end(f->hold);
}

/* ---- restoring ---- */

/* Keys that open other stores than this one stay out of it; with its own index secret the instance's KEK goes on. */
static enum err choose_keys(struct filling *f, const uint8_t index_secret[SEAL_KEY], struct keyring *k)
{
    const struct store_hold *h = f->hold;
    f->ring = h->current.ring;
    enum err e = keyring_load(&h->place, f->ring, k);
    if (!e && !memcmp(k->index_secret, index_secret, SEAL_KEY))
        return ERR_OK;
    if (e && e != ERR_KEY)
        return e;
    f->out->keys_made = true;
    return keyring_add(&h->place, index_secret, k, &f->ring);
}

static enum err restore_from(struct filling *f, struct backup *b)
{
    struct sealer *sealer = NULL;
    struct store_txn *t = NULL;
    struct keyring k;
    enum err e = choose_keys(f, b->index_secret, &k);
    if (!e)
        e = sealer_new(k.kek, k.kek_id, k.index_secret, &sealer);
    keyring_wipe(&k);
    if (e)
        return e;
    e = store_read(b->store, &t);
    if (e)
        sealer_free(sealer);
    else
        e = fill(f, t, sealer, true);
    store_abort(t);
    return e;
}

enum err store_restore(struct store_hold *h, const struct store_restore *r, struct store_replaced *out)
{
    struct filling f = {.hold = h, .how = &r->how, .given = r->given, .out = out};
    struct backup b;
    *out = (struct store_replaced){0};
    enum err e = backup_open(r->backup, r->key, r->how.watch, &b);
    out->backup = b.info;
    if (!e)
        e = restore_from(&f, &b);
    backup_close(&b);
    if (!e)
        e = publish(&f);
    end(&f);
    return e;
}

/* ---- compacting ---- */

static enum err compact_from(struct filling *f, struct store *from)
{
    struct sealer *sealer = NULL;
    struct store_txn *t = NULL;
    struct keyring k;
    f->ring = f->hold->current.ring;
    f->out->bytes_before = file_bytes(from->generation.dir_fd);
    enum err e = keyring_load(&f->hold->place, f->ring, &k);
    if (!e)
        e = sealer_new(k.kek, k.kek_id, k.index_secret, &sealer);
    keyring_wipe(&k);
    if (e)
        return e;
    e = store_read(from, &t);
    if (e)
        sealer_free(sealer);
    else
        e = fill(f, t, sealer, false);
    store_abort(t);
    return e;
}

enum err store_compact(struct store_hold *h, const struct store_replacing *how, struct store_replaced *out)
{
    struct filling f = {.hold = h, .how = how, .out = out};
    struct store *from = NULL;
    *out = (struct store_replaced){0};
    enum err e = store_open(&h->place, false, "compact", NULL, NULL, &from);
    if (!e)
        e = compact_from(&f, from);
    store_close(from);
    if (!e)
        e = publish(&f);
    end(&f);
    return e;
}
