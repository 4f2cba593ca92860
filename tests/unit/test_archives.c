/* What a flux comes in: gzip, tar.gz, zip, made here with zlib and libarchive, whole, damaged and hostile. */
#include <archive.h>
#include <archive_entry.h>
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "flux/record/record.h"
#include "tests/unit/parse_rig.h"
#include "tests/unit/run_suite.h"

enum { PACKED_MAX = 4 << 20 };

static struct rig rig;
static uint8_t packed[PACKED_MAX];
static size_t packed_len;

static void setup(void) { rig_open(&rig); }

static void teardown(void) { rig_close(&rig); }

static void assert_refused(const char *code)
{
    rig_run(&rig, packed, packed_len);
    ck_assert_int_eq(rig.err, ERR_OK);
    ck_assert_str_eq(rig_refusal(&rig), code);
    ck_assert_uint_eq(rig.ends, 0);
}

static void assert_one_flux(const char *member)
{
    rig_run(&rig, packed, packed_len);
    ck_assert_str_eq(rig_refusal(&rig), "");
    ck_assert_uint_eq(rig.households, 2);
    ck_assert_uint_eq(rig.end.bytes, strlen(rig_flux));
    ck_assert_str_eq(rig.header.member, member);
}

static void gzip(const void *data, size_t len)
{
    z_stream z = {0};
    ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)data;
    z.avail_in = (uInt)len;
    z.next_out = packed + packed_len;
    z.avail_out = (uInt)(PACKED_MAX - packed_len);
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    packed_len = PACKED_MAX - z.avail_out;
    deflateEnd(&z);
}

/* ---- archives made by libarchive ---- */

struct file {
    const char *name, *data;
    size_t len; /* 0: that of the text */
    unsigned type;
    const char *link;
};

static struct archive *start_archive(bool zip, bool store)
{
    struct archive *a = archive_write_new();
    if (zip) {
        archive_write_set_format_zip(a);
        archive_write_set_options(a, store ? "zip:compression=store" : "zip:compression=deflate");
    } else {
        archive_write_add_filter_gzip(a);
        archive_write_set_format_pax_restricted(a);
    }
    archive_write_set_bytes_in_last_block(a, 1);
    ck_assert_int_eq(archive_write_open_memory(a, packed, sizeof packed, &packed_len), ARCHIVE_OK);
    return a;
}

static void add_file(struct archive *a, const struct file *f)
{
    size_t len = f->data ? f->len ? f->len : strlen(f->data) : 0;
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, f->name);
    archive_entry_set_filetype(entry, f->type ? f->type : AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)len);
    if (f->link && f->type == AE_IFLNK)
        archive_entry_set_symlink(entry, f->link);
    else if (f->link)
        archive_entry_set_hardlink(entry, f->link);
    ck_assert_int_ge(archive_write_header(a, entry), ARCHIVE_WARN);
    if (len)
        ck_assert_int_eq(archive_write_data(a, f->data, len), (la_ssize_t)len);
    archive_entry_free(entry);
}

static void make(bool zip, bool store, const struct file *files, size_t count)
{
    struct archive *a = start_archive(zip, store);
    for (size_t i = 0; i < count; i++)
        add_file(a, &files[i]);
    ck_assert_int_eq(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
}

#define MAKE(zip, ...)                                                                                                                     \
    make(zip, false, (const struct file[]){__VA_ARGS__}, sizeof((const struct file[]){__VA_ARGS__}) / sizeof(struct file))

/* ---- gzip ---- */

START_TEST(gzip_whole)
{
    packed_len = 0;
    gzip(rig_flux, strlen(rig_flux));
    assert_one_flux("");
}
END_TEST

START_TEST(gzip_of_two_streams)
{
    packed_len = 0;
    gzip(rig_flux, 1000);
    gzip(rig_flux + 1000, strlen(rig_flux) - 1000);
    assert_one_flux("");
}
END_TEST

START_TEST(gzip_damaged)
{
    packed_len = 0;
    gzip(rig_flux, strlen(rig_flux));
    size_t len = packed_len;
    packed[packed_len++] = 'x';
    assert_refused("F_ARCHIVE");
    packed[packed_len - 1] = 0;
    assert_refused("F_ARCHIVE");
    packed_len = len;
    packed[len - 1] ^= 1;
    assert_refused("F_CHECKSUM");
    packed[len - 1] ^= 1;
    packed[len - 6] ^= 1;
    assert_refused("F_CHECKSUM");
    packed[len - 6] ^= 1;
    for (packed_len = 1; packed_len < len; packed_len++) {
        rig_run(&rig, packed, packed_len);
        ck_assert_uint_eq(rig.ends, 0);
    }
    packed_len = len - 4;
    assert_refused("F_TRUNCATED");
}
END_TEST

/* Every single wrong bit is noticed, but for those that say nothing of the content. */
START_TEST(gzip_wrong_bit)
{
    packed_len = 0;
    gzip(rig_flux, strlen(rig_flux));
    rig_run(&rig, packed, packed_len);
    uint8_t wanted[32];
    memcpy(wanted, rig.end.sha256, sizeof wanted);
    unsigned harmless = 0;
    for (size_t bit = 10 * 8; bit < packed_len * 8; bit++) {
        packed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        rig_run(&rig, packed, packed_len);
        harmless += rig.ends;
        if (rig.ends)
            ck_assert_mem_eq(rig.end.sha256, wanted, sizeof wanted);
        packed[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    ck_assert_uint_lt(harmless, 12);
}
END_TEST

START_TEST(gzip_of_something_else)
{
    packed_len = 0;
    gzip("", 0);
    assert_refused("F_EMPTY");
    packed_len = 0;
    gzip("nothing", 7);
    assert_refused("F_FORMAT");
    packed_len = 0;
    gzip("\x1f\x8b\x08", 3);
    assert_refused("F_ARCHIVE_MEMBER");
    packed_len = 0;
    gzip("PK\3\4", 4);
    assert_refused("F_ARCHIVE_MEMBER");
}
END_TEST

START_TEST(bomb)
{
    enum { ZEROS = 64 << 20 };
    char *spaces = calloc(1, ZEROS);
    ck_assert_ptr_nonnull(spaces);
    memset(spaces, ' ', ZEROS);
    memcpy(spaces, rig_flux, strlen(rig_flux));
    packed_len = 0;
    gzip(spaces, ZEROS);
    assert_refused("F_LIMIT_RATIO");
    rig.job.limits.ratio = 2000;
    rig_run(&rig, packed, packed_len);
    ck_assert_uint_eq(rig.ends, 1);
    rig.job.limits.member_bytes = ZEROS - 1;
    assert_refused("F_LIMIT_BYTES");
    free(spaces);
}
END_TEST

/* ---- other content ---- */

START_TEST(not_a_flux)
{
    static const char *const starts[] = {"hello", "\x7f\x45LF", "7z\xbc\xaf\x27\x1c", "BZh9", "Rar!\x1a\x07", "%PDF-1.5"};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        packed_len = strlen(starts[i]);
        memcpy(packed, starts[i], packed_len);
        assert_refused("F_FORMAT");
    }
    packed_len = 0;
    assert_refused("F_EMPTY");
}
END_TEST

/* ---- zip and tar.gz alike ---- */

START_TEST(one_member)
{
    bool zip = _i == 0;
    MAKE(zip, {.name = "dossier/", .type = AE_IFDIR}, {.name = "dossier/RSABEM.xml", .data = rig_flux});
    assert_one_flux("dossier/RSABEM.xml");
    MAKE(zip, {.name = "é\x1b[31m\xe2\x80\xae.xml", .data = rig_flux});
    assert_one_flux("é?[31m???.xml");
    MAKE(zip, {.name = "dossier/", .type = AE_IFDIR});
    assert_refused("F_EMPTY");
    MAKE(zip, {.name = "a.xml", .data = NULL});
    assert_refused("F_EMPTY");
}
END_TEST

START_TEST(several_members)
{
    bool zip = _i == 0;
    char *second = rig_replace(rig_flux, "<TYPEFLUX>M", "<TYPEFLUX>I"),
         *cut = rig_replace(rig_flux, "<DTREF>2022-02-28", "<DTREF>2022-02-31");
    MAKE(zip, {.name = "b.xml", .data = rig_flux}, {.name = "readme", .data = "hello"}, {.name = "a.xml", .data = second},
         {.name = "c.xml", .data = cut}, {.name = "vide"});
    rig_run(&rig, packed, packed_len);
    ck_assert_str_eq(rig_refusal(&rig), "");
    ck_assert_uint_eq(rig.scans, 5);
    ck_assert_uint_eq(rig.end.read, 5);
    ck_assert_uint_eq(rig.headers + rig.households, 0);
    static const char *const names[] = {"b.xml", "readme", "a.xml", "c.xml", "vide"};
    static const enum finding_code codes[] = {FINDING_NONE, F_FORMAT, FINDING_NONE, F_HEADER, F_EMPTY};
    for (unsigned i = 0; i < 5; i++) {
        ck_assert_uint_eq(rig.scanned[i].index, i);
        ck_assert_str_eq(rig.scanned[i].name, names[i]);
        ck_assert_int_eq(rig.scanned[i].finding.code, codes[i]);
    }
    ck_assert_uint_eq(rig.scanned[0].bytes, strlen(rig_flux));
    uint8_t wanted[32];
    memcpy(wanted, rig.scanned[2].sha256, sizeof wanted);
    rig.job.mode = PARSE_MEMBER;
    rig.job.index = 2;
    assert_one_flux("a.xml");
    ck_assert_mem_eq(rig.end.sha256, wanted, sizeof wanted);
    rig.job.index = 1;
    assert_refused("F_FORMAT");
    rig.job.index = 5;
    rig_run(&rig, packed, packed_len);
    ck_assert_int_eq(rig.err, ERR_NOTFOUND);
    free(second);
    free(cut);
}
END_TEST

START_TEST(members_refused)
{
    bool zip = _i == 0;
    MAKE(zip, {.name = "a.xml", .data = rig_flux}, {.name = "b", .type = AE_IFLNK, .link = "/etc/passwd"});
    assert_refused("F_ARCHIVE_MEMBER");
    MAKE(zip, {.name = "a.xml", .data = rig_flux}, {.name = "b.xml.gz", .data = "\x1f\x8b\x08"});
    assert_refused("F_ARCHIVE_MEMBER");
    MAKE(zip, {.name = "b.zip", .data = "PK\3\4"});
    assert_refused("F_ARCHIVE_MEMBER");
    rig.job.limits.members = 2;
    MAKE(zip, {.name = "a", .data = "x"}, {.name = "b", .data = "x"}, {.name = "c", .data = "x"});
    assert_refused("F_LIMIT_MEMBERS");
}
END_TEST

START_TEST(tar_links)
{
    MAKE(false, {.name = "a.xml", .data = rig_flux}, {.name = "b.xml", .link = "a.xml"});
    assert_refused("F_ARCHIVE_MEMBER");
    MAKE(false, {.name = "a.xml", .data = rig_flux}, {.name = "b", .type = AE_IFIFO});
    assert_refused("F_ARCHIVE_MEMBER");
}
END_TEST

/* A wrong bit in either kind of archive never goes through with other content. */
START_TEST(wrong_bit)
{
    bool zip = _i == 0;
    MAKE(zip, {.name = "a.xml", .data = rig_flux});
    rig_run(&rig, packed, packed_len);
    uint8_t wanted[32];
    memcpy(wanted, rig.end.sha256, sizeof wanted);
    for (size_t bit = 0; bit < packed_len * 8; bit++) {
        packed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        rig_run(&rig, packed, packed_len);
        ck_assert_int_eq(rig.err, ERR_OK);
        if (rig.ends)
            ck_assert_mem_eq(rig.end.sha256, wanted, sizeof wanted);
        packed[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    size_t len = packed_len;
    for (packed_len = 0; packed_len < len; packed_len++) {
        rig_run(&rig, packed, packed_len);
        ck_assert_uint_eq(rig.ends, 0);
    }
}
END_TEST

/* ---- zip ---- */

static size_t find(const char *mark, size_t from)
{
    for (size_t i = from; i + 4 <= packed_len; i++)
        if (memcmp(packed + i, mark, 4) == 0)
            return i;
    ck_abort_msg("no such record");
    return 0;
}

START_TEST(zip_stored)
{
    const struct file f = {.name = "a.xml", .data = rig_flux};
    make(true, true, &f, 1);
    assert_one_flux("a.xml");
    packed[find("PK\3\4", 0) + 200] ^= 1;
    assert_refused("F_CHECKSUM");
}
END_TEST

START_TEST(zip_structure)
{
    static const struct {
        const char *record;
        size_t at;
        uint8_t flip;
        const char *code;
    } cases[] = {
        {"PK\1\2", 8, 1, "F_ARCHIVE_MEMBER"},  /* encrypted */
        {"PK\1\2", 10, 1, "F_ARCHIVE_MEMBER"}, /* method */
        {"PK\1\2", 46, 1, "F_ARCHIVE"},        /* name, in the directory only */
        {"PK\3\4", 30, 1, "F_ARCHIVE"},        /* name, in the file only */
        {"PK\1\2", 16, 1, "F_ARCHIVE"},        /* CRC */
        {"PK\1\2", 20, 1, "F_ARCHIVE"},        /* packed size */
        {"PK\1\2", 42, 1, "F_ARCHIVE"},        /* place */
        {"PK\5\6", 8, 1, "F_ARCHIVE"},         /* count on this disk */
        {"PK\5\6", 4, 1, "F_ARCHIVE"},         /* disk */
        {"PK\5\6", 16, 1, "F_ARCHIVE"},        /* place of the directory */
        {"PK\5\6", 20, 1, "F_TRUNCATED"},      /* comment */
    };
    MAKE(true, {.name = "a.xml", .data = rig_flux});
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t at = find(cases[i].record, 0) + cases[i].at;
        packed[at] ^= cases[i].flip;
        assert_refused(cases[i].code);
        packed[at] ^= cases[i].flip;
    }
    assert_one_flux("a.xml");
}
END_TEST

START_TEST(zip_bytes_around)
{
    MAKE(true, {.name = "a.xml", .data = rig_flux});
    packed[packed_len++] = 0;
    assert_refused("F_TRUNCATED");
    packed_len--;
    memmove(packed + 4, packed, packed_len);
    memcpy(packed, "PK\3\4", 4);
    packed_len += 4;
    assert_refused("F_ARCHIVE");
}
END_TEST

START_TEST(zip_same_name_twice)
{
    MAKE(true, {.name = "a.xml", .data = rig_flux}, {.name = "A.xml", .data = rig_flux});
    assert_refused("F_ARCHIVE");
}
END_TEST

/* ---- tar ---- */

START_TEST(tar_bytes_after)
{
    const struct file f = {.name = "a.xml", .data = rig_flux};
    struct archive *a = archive_write_new();
    static uint8_t tar[64 << 10];
    size_t len;
    archive_write_set_format_ustar(a);
    ck_assert_int_eq(archive_write_open_memory(a, tar, sizeof tar, &len), ARCHIVE_OK);
    add_file(a, &f);
    archive_write_close(a);
    archive_write_free(a);
    packed_len = 0;
    gzip(tar, len);
    assert_one_flux("a.xml");
    tar[len - 1] = 'x';
    packed_len = 0;
    gzip(tar, len);
    assert_refused("F_ARCHIVE");
    packed_len = 0;
    gzip(tar, 1500);
    assert_refused("F_TRUNCATED");
}
END_TEST

static Suite *archives_suite(void)
{
    Suite *s = suite_create("archives");
    TCase *c = tcase_create("archives");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 300);
    const TTest *const tests[] = {
        gzip_whole, gzip_of_two_streams, gzip_damaged,  gzip_wrong_bit,   gzip_of_something_else, bomb,           not_a_flux,
        tar_links,  zip_stored,          zip_structure, zip_bytes_around, zip_same_name_twice,    tar_bytes_after};
    const TTest *const both[] = {one_member, several_members, members_refused, wrong_bit};
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_test(c, tests[i]);
    for (size_t i = 0; i < sizeof both / sizeof both[0]; i++)
        tcase_add_loop_test(c, both[i], 0, 2);
    suite_add_tcase(s, c);
    return s;
}

int main(void) { return run_suite(archives_suite()); }
