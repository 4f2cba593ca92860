/* What lies in the tables of a store, for tests: one line per entry, table, key, digest of the value. The ledger, its reports and the
 * counters are left out: they tell what happened, not what is known. Usage: keys STORE KEYS MASTER */
#include <stdio.h>
#include <stdlib.h>

#include "flux/base/digest.h"
#include "store/txn.h"

static bool tells_what_happened(unsigned table)
{
    return table == TABLE_META || table == TABLE_FLUX || table == TABLE_FLUX_REPORT || table == TABLE_OUTBOX;
}

static void print(unsigned table, struct span key, struct span value)
{
    uint8_t digest[DIGEST_SIZE];
    char hex[DIGEST_HEX];
    printf("%u ", table);
    for (size_t i = 0; i < key.len; i++)
        printf("%02x", key.data[i]);
    digest_bytes(value.data, value.len, digest);
    digest_hex(digest, hex);
    printf(" %s\n", hex);
}

static enum err print_table(struct store_txn *t, unsigned table)
{
    struct kv_scan *scan;
    enum err e = kv_scan_open(t->kv, table, (struct span){0}, (struct span){0}, &scan);
    if (e)
        return e;
    struct span key, value;
    while (!(e = kv_scan_next(scan, &key, &value)))
        print(table, key, value);
    kv_scan_close(scan);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

int main(int argc, char **argv)
{
    struct store *s = NULL;
    struct store_txn *t = NULL;
    if (argc != 4)
        return 64;
    const struct store_place place = {argv[1], argv[2], argv[3]};
    enum err e = store_open(&place, false, "keys", NULL, NULL, &s);
    if (!e)
        e = store_read(s, &t);
    for (unsigned table = 0; !e && table < TABLE_COUNT; table++)
        if (!tells_what_happened(table))
            e = print_table(t, table);
    store_abort(t);
    store_close(s);
    if (e)
        fprintf(stderr, "keys: %s\n", err_text(e));
    return err_exit_code(e);
}
