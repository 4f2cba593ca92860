/* Tables of the store. Numbers are on disk: append only. */
#ifndef STORE_TABLES_H
#define STORE_TABLES_H

enum store_table {
    TABLE_META = 0,
    TABLE_DOSSIER = 1,              /* dossier -> head and current image */
    TABLE_DATA_KEY = 2,             /* dossier -> wrapped data key */
    TABLE_VERSION = 3,              /* flux, dossier -> older image */
    TABLE_FLUX = 4,                 /* flux -> ledger entry */
    TABLE_FLUX_DIGEST = 5,          /* SHA-256 of a member or archive -> flux */
    TABLE_FLUX_IDENTITY = 6,        /* SHA-256 of a header record -> flux */
    TABLE_FLUX_SET = 7,             /* flux, chunk -> dossiers carried */
    TABLE_PERSON = 8,               /* person -> HMACs and memberships */
    TABLE_INDEX = 9,                /* use, HMAC, dossier -> nothing */
    TABLE_REJECT = 10,              /* reject -> head, wrapped key, sealed body */
    TABLE_REJECT_BY_NUMDEMRSA = 11, /* HMAC, reject -> flux; open rejects only */
    TABLE_OUTBOX = 12,              /* sequence -> line for the journal */
    TABLE_FINDINGS = 13,            /* flux, dossier -> what was found in an accepted household, sealed */
    TABLE_FLUX_REPORT = 14,         /* flux -> causes counted, unknown elements and codes */
    TABLE_FLUX_INDEX = 15,          /* flux, chunk -> index entries that it brought to dossiers known before */
    TABLE_IDENTITY = 16,            /* person -> members that are one person, how each was joined */
    TABLE_REVIEW = 17,              /* person, person -> why they may be one; both ways round */
    TABLE_DECISION = 18,            /* content keys of two persons -> what somebody decided of them; both ways round */
    TABLE_COUNT
};

enum store_meta { META_FORMAT = 1, META_UUID = 2, META_KEYS = 3, META_COUNTERS = 4, META_JOURNAL = 5, META_END };

enum { STORE_FORMAT = 4 };

#endif
