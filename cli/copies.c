#include "cli/copies.h"

#include "cli/flux_view.h"
#include "cli/i18n.h"
#include "cli/instance.h"
#include "cli/messages.h"
#include "flux/base/digest.h"
#include "flux/daemon/spool.h"

enum { DIGESTS_MAX = 1 << 24 };

void copies_init(struct copies *c) { buf_init(&c->digests, DIGESTS_MAX); }

void copies_free(struct copies *c) { buf_free(&c->digests); }

void copies_note(struct copies *c, const struct flux_entry *applied) { buf_put(&c->digests, flux_digest(applied), DIGEST_SIZE); }

/* The store is opened for the first arrival that may have to go. */
struct asking {
    const struct copies *copies;
    const struct config *config;
    struct store *store;
    struct store_txn *txn;
    bool closed; /* it could not be opened */
};

/* The digests that are noted are those of flux_digest, as they stand in the result of an import. */
static bool noted(void *ctx, const char *sha256)
{
    const struct buf *b = &((const struct asking *)ctx)->copies->digests;
    char hex[DIGEST_HEX];
    for (size_t at = 0; at + DIGEST_SIZE <= b->len; at += DIGEST_SIZE) {
        digest_hex(b->data + at, hex);
        if (strcmp(hex, sha256) == 0)
            return true;
    }
    return false;
}

static enum err open_ledger(struct asking *a)
{
    const struct store_place place = instance_place(a->config);
    enum err e = store_open(&place, false, "import", NULL, NULL, &a->store);
    return e ? e : store_read(a->store, &a->txn);
}

static bool missing(void *ctx, const char *sha256)
{
    struct asking *a = ctx;
    struct flux_entry entry;
    uint8_t digest[DIGEST_SIZE];
    if (!a->txn && !a->closed)
        a->closed = open_ledger(a) != ERR_OK;
    return a->closed || !digest_from_hex(sha256, digest) || ledger_by_digest(a->txn, digest, &entry) != ERR_OK;
}

static void tell(void *ctx, const char *path, enum err e)
{
    (void)ctx;
    say(_("%s: what it holds is imported, but it could not be moved out of its folder (%s): remove that folder by hand"), path,
        _(err_text(e)));
}

void copies_settle(const struct copies *c, const struct config *config, int64_t now)
{
    struct asking a = {.copies = c, .config = config};
    const struct spool_copies how = {.noted = noted, .missing = missing, .failed = tell, .ctx = &a};
    if (c->digests.len)
        spool_settle_copies(config, &how, now);
    store_abort(a.txn);
    store_close(a.store);
}
