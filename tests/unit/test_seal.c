#include <check.h>
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/gcm.h"
#include "store/seal.h"
#include "tests/unit/run_suite.h"

enum { VALUE = 700, MANY = 2000 };

static const uint8_t KEK[SEAL_KEY] = "a key-encryption key of 32 byte", OTHER_KEK[SEAL_KEY] = "one more key-encryption key....";
static const uint8_t SECRET[SEAL_KEY] = "the secret of the blind indexes", OTHER_SECRET[SEAL_KEY] = "another secret of blind indexes";

/* Stands in for the library's, so that its failure can be ordered. */
static bool *random_fails(void)
{
    static bool fails;
    return &fails;
}

int RAND_bytes(unsigned char *out, int n)
{
    if (*random_fails() || n < 0)
        return 0;
    for (int got = 0; got < n;) {
        ssize_t more = getrandom(out + got, (size_t)(n - got), 0);
        if (more < 0 && errno != EINTR)
            return 0;
        got += more > 0 ? (int)more : 0;
    }
    return 1;
}

static struct sealer *sealer(const uint8_t *kek, uint32_t id, const uint8_t *secret)
{
    struct sealer *s = NULL;
    ck_assert_int_eq(sealer_new(kek, id, secret, &s), ERR_OK);
    return s;
}

static struct span text(const char *s) { return (struct span){(const uint8_t *)s, strlen(s)}; }

static void fill(uint8_t *data, size_t n)
{
    for (size_t i = 0; i < n; i++)
        data[i] = (uint8_t)(i * 31 + 7);
}

START_TEST(what_is_sealed_opens)
{
    static const size_t LENGTHS[] = {0, 1, 15, 16, 17, VALUE, 100000};
    struct sealer *s = sealer(KEK, 1, SECRET), *again = sealer(KEK, 1, SECRET);
    struct data_key key, unwrapped;
    uint8_t wrapped[SEAL_WRAPPED];
    ck_assert_int_eq(seal_new_key(s, text("d1"), &key, wrapped), ERR_OK);
    ck_assert_int_eq(seal_unwrap(again, text("d1"), (struct span){wrapped, sizeof wrapped}, &unwrapped), ERR_OK);
    ck_assert_mem_eq(key.bytes, unwrapped.bytes, SEAL_KEY);
    for (size_t i = 0; i < sizeof LENGTHS / sizeof *LENGTHS; i++) {
        size_t n = LENGTHS[i];
        uint8_t *plain = calloc(1, n + 1), *sealed = calloc(1, n + SEAL_OVERHEAD), *out = calloc(1, n + 1);
        fill(plain, n);
        ck_assert_int_eq(seal_value(s, &key, text("v"), plain, n, sealed), ERR_OK);
        ck_assert_int_eq(seal_open(again, &unwrapped, text("v"), (struct span){sealed, n + SEAL_OVERHEAD}, out), ERR_OK);
        ck_assert_int_eq(memcmp(plain, out, n), 0);
        if (n >= 15)
            ck_assert_ptr_null(memmem(sealed, n + SEAL_OVERHEAD, plain, 15));
        free(plain);
        free(sealed);
        free(out);
    }
    ck_assert_int_eq(seal_value(s, &key, text(""), NULL, 0, wrapped), ERR_OK);
    ck_assert_int_eq(seal_open(s, &key, text(""), (struct span){wrapped, SEAL_OVERHEAD}, NULL), ERR_OK);
    sealer_free(s);
    sealer_free(again);
    sealer_free(NULL);
}
END_TEST

/* Each bit of version, nonce, cipher text and tag: refused, and nothing of the plain text is left. */
START_TEST(every_bit_counts)
{
    struct sealer *s = sealer(KEK, 1, SECRET);
    struct data_key key;
    uint8_t wrapped[SEAL_WRAPPED], plain[VALUE], sealed[VALUE + SEAL_OVERHEAD], out[VALUE];
    static const uint8_t none[VALUE];
    fill(plain, sizeof plain);
    ck_assert_int_eq(seal_new_key(s, text("d1"), &key, wrapped), ERR_OK);
    ck_assert_int_eq(seal_value(s, &key, text("v"), plain, sizeof plain, sealed), ERR_OK);
    for (size_t bit = 0; bit < 8 * sizeof sealed; bit++) {
        sealed[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        memset(out, 0, sizeof out);
        ck_assert_int_eq(seal_open(s, &key, text("v"), (struct span){sealed, sizeof sealed}, out), ERR_CORRUPT);
        ck_assert_mem_eq(out, none, sizeof out);
        sealed[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    for (size_t bit = 0; bit < 8 * sizeof wrapped; bit++) {
        struct data_key got = {{0}};
        wrapped[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        enum err e = seal_unwrap(s, text("d1"), (struct span){wrapped, sizeof wrapped}, &got);
        ck_assert_int_eq(e, bit < 32 ? ERR_KEY : ERR_CORRUPT);
        ck_assert_mem_eq(got.bytes, none, SEAL_KEY);
        wrapped[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    for (size_t n = 0; n < sizeof sealed; n++)
        ck_assert_int_eq(seal_open(s, &key, text("v"), (struct span){sealed, n}, out), ERR_CORRUPT);
    ck_assert_int_eq(seal_open(s, &key, text("v"), (struct span){sealed, sizeof sealed}, out), ERR_OK);
    sealer_free(s);
}
END_TEST

START_TEST(a_value_has_one_place)
{
    struct sealer *s = sealer(KEK, 1, SECRET), *renewed = sealer(OTHER_KEK, 2, SECRET), *stolen = sealer(OTHER_KEK, 1, SECRET);
    struct data_key key, other;
    uint8_t wrapped[SEAL_WRAPPED], sealed[64 + SEAL_OVERHEAD], plain[64] = {0}, out[64], spare[SEAL_WRAPPED];
    struct span all = {sealed, sizeof sealed}, wrap = {wrapped, sizeof wrapped};
    ck_assert_int_eq(seal_new_key(s, text("d1"), &key, wrapped), ERR_OK);
    ck_assert_int_eq(seal_new_key(s, text("d2"), &other, spare), ERR_OK);
    ck_assert_int_eq(seal_value(s, &key, text("v1"), plain, sizeof plain, sealed), ERR_OK);
    ck_assert_int_eq(seal_open(s, &key, text("v2"), all, out), ERR_CORRUPT);
    ck_assert_int_eq(seal_open(s, &key, text("v"), all, out), ERR_CORRUPT);
    ck_assert_int_eq(seal_open(s, &key, text("v11"), all, out), ERR_CORRUPT);
    ck_assert_int_eq(seal_open(s, &other, text("v1"), all, out), ERR_CORRUPT);
    ck_assert_int_eq(seal_unwrap(s, text("d2"), wrap, &other), ERR_CORRUPT);
    ck_assert_int_eq(seal_unwrap(renewed, text("d1"), wrap, &other), ERR_KEY);
    ck_assert_int_eq(seal_unwrap(stolen, text("d1"), wrap, &other), ERR_CORRUPT);
    ck_assert_int_eq(seal_unwrap(s, text("d1"), (struct span){wrapped, sizeof wrapped - 1}, &other), ERR_CORRUPT);
    /* A wrapped key is no value, even under the same key and place. */
    struct data_key kek;
    memcpy(kek.bytes, KEK, SEAL_KEY);
    spare[3] = 1;
    memcpy(spare + 4, wrapped + 4, sizeof spare - 4);
    ck_assert_int_eq(seal_open(s, &kek, text("d1"), (struct span){spare + 3, sizeof spare - 3}, out), ERR_CORRUPT);
    sealer_free(s);
    sealer_free(renewed);
    sealer_free(stolen);
}
END_TEST

static int by_bytes(const void *a, const void *b) { return memcmp(a, b, SEAL_NONCE); }

/* Nonces of this process and of a child that was forked with the pool half used. */
START_TEST(nonces_never_come_twice)
{
    struct sealer *s = sealer(KEK, 1, SECRET);
    struct data_key key;
    static uint8_t nonces[2 * MANY][SEAL_NONCE];
    uint8_t wrapped[SEAL_WRAPPED], sealed[SEAL_OVERHEAD];
    int ends[2];
    ck_assert_int_eq(seal_new_key(s, text("d"), &key, wrapped), ERR_OK);
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    for (int i = 0; i < MANY; i++) {
        ck_assert_int_eq(seal_value(s, &key, text("v"), NULL, 0, sealed), ERR_OK);
        memcpy(nonces[i], sealed + 1, SEAL_NONCE);
        if (!child && write(ends[1], nonces[i], SEAL_NONCE) != SEAL_NONCE)
            _exit(1);
    }
    if (!child)
        _exit(0);
    for (int i = MANY; i < 2 * MANY; i++)
        ck_assert_int_eq(read(ends[0], nonces[i], SEAL_NONCE), SEAL_NONCE);
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    qsort(nonces, 2 * MANY, SEAL_NONCE, by_bytes);
    for (int i = 1; i < 2 * MANY; i++)
        ck_assert_int_ne(memcmp(nonces[i - 1], nonces[i], SEAL_NONCE), 0);
    close(ends[0]);
    close(ends[1]);
    sealer_free(s);
}
END_TEST

START_TEST(data_keys_differ)
{
    struct sealer *s = sealer(KEK, 1, SECRET);
    static struct data_key keys[200];
    uint8_t wrapped[SEAL_WRAPPED];
    for (int i = 0; i < 200; i++) {
        ck_assert_int_eq(seal_new_key(s, text("d"), &keys[i], wrapped), ERR_OK);
        ck_assert_ptr_null(memmem(wrapped, sizeof wrapped, keys[i].bytes, 8));
        for (int j = 0; j < i; j++)
            ck_assert_mem_ne(keys[i].bytes, keys[j].bytes, SEAL_KEY);
    }
    sealer_free(s);
}
END_TEST

START_TEST(no_randomness_no_value)
{
    struct sealer *s = sealer(KEK, 1, SECRET);
    struct data_key key;
    uint8_t wrapped[SEAL_WRAPPED], sealed[SEAL_OVERHEAD];
    ck_assert_int_eq(seal_new_key(s, text("d"), &key, wrapped), ERR_OK);
    *random_fails() = true;
    int done = 0;
    while (done < 1000 && !seal_value(s, &key, text("v"), NULL, 0, sealed))
        done++;
    ck_assert_int_lt(done, 1000); /* the pool runs dry */
    ck_assert_int_ne(seal_new_key(s, text("d"), &key, wrapped), ERR_OK);
    *random_fails() = false;
    ck_assert_int_eq(seal_value(s, &key, text("v"), NULL, 0, sealed), ERR_OK);
    sealer_free(s);
}
END_TEST

/* HKDF (RFC 5869) and HMAC put together by hand. */
static void blind_by_hand(const uint8_t *secret, int use, const struct span *parts, size_t count, uint8_t out[BLIND_SIZE])
{
    static const uint8_t no_salt[BLIND_SIZE];
    uint8_t prk[BLIND_SIZE], key[BLIND_SIZE], info[64], message[256];
    unsigned n = 0;
    size_t len = 0;
    HMAC(EVP_sha256(), no_salt, sizeof no_salt, secret, SEAL_KEY, prk, &n);
    int label = snprintf((char *)info, sizeof info, "fluxrsa blind %d", use);
    info[label] = 1;
    HMAC(EVP_sha256(), prk, sizeof prk, info, (size_t)label + 1, key, &n);
    for (size_t i = 0; i < count; i++) {
        const uint8_t length[4] = {0, 0, 0, (uint8_t)parts[i].len};
        memcpy(message + len, length, sizeof length);
        if (parts[i].len)
            memcpy(message + len + sizeof length, parts[i].data, parts[i].len);
        len += sizeof length + parts[i].len;
    }
    HMAC(EVP_sha256(), key, sizeof key, message, len, out, &n);
}

START_TEST(blind_is_the_hmac_it_says)
{
    struct sealer *s = sealer(KEK, 1, SECRET);
    const struct span parts[] = {text("DUPONT"), text(""), text("1980-01-31")};
    uint8_t got[BLIND_SIZE], expected[BLIND_SIZE];
    for (int round = 0; round < 2; round++)
        for (int use = 1; use < BLIND_COUNT; use++)
            for (size_t count = 0; count <= 3; count++) {
                ck_assert_int_eq(seal_blind(s, (enum blind_use)use, parts, count, got), ERR_OK);
                blind_by_hand(SECRET, use, parts, count, expected);
                ck_assert_mem_eq(got, expected, BLIND_SIZE);
            }
    ck_assert_int_eq(seal_blind(s, BLIND_COUNT, parts, 1, got), ERR_BUG);
    ck_assert_int_eq(seal_blind(s, (enum blind_use)0, parts, 1, got), ERR_BUG);
    sealer_free(s);
}
END_TEST

/* Two stores with the same people, and the uses of one store, have no value in common; nor does the border between parts move. */
START_TEST(blinds_share_nothing)
{
    struct sealer *stores[] = {sealer(KEK, 1, SECRET), sealer(KEK, 1, OTHER_SECRET)};
    static uint8_t seen[2 * (BLIND_COUNT - 1) * 50][BLIND_SIZE];
    size_t n = 0;
    for (int store = 0; store < 2; store++)
        for (int use = 1; use < BLIND_COUNT; use++)
            for (uint8_t i = 0; i < 50; i++) {
                struct span part = {&i, 1};
                ck_assert_int_eq(seal_blind(stores[store], (enum blind_use)use, &part, 1, seen[n++]), ERR_OK);
            }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            ck_assert_int_ne(memcmp(seen[i], seen[j], BLIND_SIZE), 0);
    uint8_t a[BLIND_SIZE], b[BLIND_SIZE];
    ck_assert_int_eq(seal_blind(stores[0], BLIND_NIR, (struct span[]){text("ab"), text("c")}, 2, a), ERR_OK);
    ck_assert_int_eq(seal_blind(stores[0], BLIND_NIR, (struct span[]){text("a"), text("bc")}, 2, b), ERR_OK);
    ck_assert_mem_ne(a, b, BLIND_SIZE);
    sealer_free(stores[0]);
    sealer_free(stores[1]);
}
END_TEST

/* McGrew and Viega, "The Galois/Counter Mode of Operation", test case 16. */
START_TEST(gcm_known_answer)
{
    static const uint8_t key[GCM_KEY] = {0xfe, 0xff, 0xe9, 0x92, 0x86, 0x65, 0x73, 0x1c, 0x6d, 0x6a, 0x8f, 0x94, 0x67, 0x30, 0x83, 0x08,
                                         0xfe, 0xff, 0xe9, 0x92, 0x86, 0x65, 0x73, 0x1c, 0x6d, 0x6a, 0x8f, 0x94, 0x67, 0x30, 0x83, 0x08};
    static const uint8_t nonce[GCM_NONCE] = {0xca, 0xfe, 0xba, 0xbe, 0xfa, 0xce, 0xdb, 0xad, 0xde, 0xca, 0xf8, 0x88};
    static const uint8_t rest[] = {0xed, 0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xfe, 0xed, 0xfa,
                                   0xce, 0xde, 0xad, 0xbe, 0xef, 0xab, 0xad, 0xda, 0xd2};
    static const uint8_t plain[] = {0xd9, 0x31, 0x32, 0x25, 0xf8, 0x84, 0x06, 0xe5, 0xa5, 0x59, 0x09, 0xc5, 0xaf, 0xf5, 0x26,
                                    0x9a, 0x86, 0xa7, 0xa9, 0x53, 0x15, 0x34, 0xf7, 0xda, 0x2e, 0x4c, 0x30, 0x3d, 0x8a, 0x31,
                                    0x8a, 0x72, 0x1c, 0x3c, 0x0c, 0x95, 0x95, 0x68, 0x09, 0x53, 0x2f, 0xcf, 0x0e, 0x24, 0x49,
                                    0xa6, 0xb5, 0x25, 0xb1, 0x6a, 0xed, 0xf5, 0xaa, 0x0d, 0xe6, 0x57, 0xba, 0x63, 0x7b, 0x39};
    static const uint8_t expected[] = {0x52, 0x2d, 0xc1, 0xf0, 0x99, 0x56, 0x7d, 0x07, 0xf4, 0x7f, 0x37, 0xa3, 0x2a, 0x84, 0x42, 0x7d,
                                       0x64, 0x3a, 0x8c, 0xdc, 0xbf, 0xe5, 0xc0, 0xc9, 0x75, 0x98, 0xa2, 0xbd, 0x25, 0x55, 0xd1, 0xaa,
                                       0x8c, 0xb0, 0x8e, 0x48, 0x59, 0x0d, 0xbb, 0x3d, 0xa7, 0xb0, 0x8b, 0x10, 0x56, 0x82, 0x88, 0x38,
                                       0xc5, 0xf6, 0x1e, 0x63, 0x93, 0xba, 0x7a, 0x0a, 0xbc, 0xc9, 0xf6, 0x62, 0x76, 0xfc, 0x6e, 0xce,
                                       0x0f, 0x4e, 0x17, 0x68, 0xcd, 0xdf, 0x88, 0x53, 0xbb, 0x2d, 0x55, 0x1b};
    struct gcm_place at = {0xfe, {rest, sizeof rest}};
    struct gcm *g = NULL;
    uint8_t out[sizeof expected], back[sizeof plain];
    ck_assert_int_eq(gcm_new(&g), ERR_OK);
    ck_assert_int_eq(gcm_seal(g, key, nonce, at, plain, sizeof plain, out), ERR_OK);
    ck_assert_mem_eq(out, expected, sizeof expected);
    ck_assert_int_eq(gcm_open(g, key, nonce, at, (struct span){out, sizeof out}, back), ERR_OK);
    ck_assert_mem_eq(back, plain, sizeof plain);
    gcm_forget_seal(g);
    gcm_forget_open(g);
    ck_assert_int_eq(gcm_open(g, key, nonce, at, (struct span){out, sizeof out}, back), ERR_OK);
    gcm_free(g);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("seal");
    TCase *c = tcase_create("seal");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, what_is_sealed_opens);
    tcase_add_test(c, every_bit_counts);
    tcase_add_test(c, a_value_has_one_place);
    tcase_add_test(c, nonces_never_come_twice);
    tcase_add_test(c, data_keys_differ);
    tcase_add_test(c, no_randomness_no_value);
    tcase_add_test(c, blind_is_the_hmac_it_says);
    tcase_add_test(c, blinds_share_nothing);
    tcase_add_test(c, gcm_known_answer);
    suite_add_tcase(suite, c);
    return run_suite(suite);
}
