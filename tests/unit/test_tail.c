#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flux/daemon/tail.h"
#include "tests/unit/run_suite.h"

static bool cut_off(const void *data, size_t n)
{
    char path[] = "/tmp/fluxrsa-tail-XXXXXX";
    int fd = mkstemp(path);
    ck_assert(fd >= 0 && unlink(path) == 0);
    ck_assert_int_eq(write(fd, data, n), (ssize_t)n);
    bool cut = tail_cut_off(fd, n);
    close(fd);
    return cut;
}

static bool text_cut_off(const char *text) { return cut_off(text, strlen(text)); }

START_TEST(empty_is_cut_off) { ck_assert(cut_off("", 0)); }
END_TEST

START_TEST(xml_ends_with_its_root)
{
    ck_assert(!text_cut_off("<?xml version=\"1.0\"?>\n<Racine xmlns:a=\"b\"><A>1</A></Racine>"));
    ck_assert(!text_cut_off("\xEF\xBB\xBF<?xml version=\"1.0\"?><!-- x --><Racine><A/></Racine >\r\n \n"));
    ck_assert(!text_cut_off("<Racine><A/></Racine><!-- made by us -->"));
    ck_assert(text_cut_off("<?xml version=\"1.0\"?><Racine><A>1</A></Raci"));
    ck_assert(text_cut_off("<?xml version=\"1.0\"?><Racine><A>1</A>"));
    ck_assert(text_cut_off("<?xml version=\"1.0\"?><Racine><A>1"));
    ck_assert(text_cut_off("<?xml version=\"1.0\"?><Racine><Rac>1</Rac><B>"));
    ck_assert(text_cut_off("<?xml version=\"1.0\"?><Racine>"));
}
END_TEST

static size_t widened(const char *text, char *out)
{
    size_t n = 0;
    memcpy(out, "\xFF\xFE", 2);
    for (n = 2; *text; n += 2) {
        out[n] = *text++;
        out[n + 1] = 0;
    }
    return n;
}

START_TEST(two_bytes_a_character)
{
    char wide[256];
    size_t n = widened("<?xml version=\"1.0\"?><Racine><A>1</A></Racine>\n", wide);
    ck_assert(!cut_off(wide, n));
    ck_assert(cut_off(wide, n - 20));
}
END_TEST

START_TEST(zip_ends_with_its_directory)
{
    char zip[200] = "PK\3\4 something";
    char *end = zip + 150;
    memcpy(end, "PK\5\6", 4);
    ck_assert(!cut_off(zip, 150 + 22));
    ck_assert(cut_off(zip, 150 + 21));
    ck_assert(cut_off(zip, 100));
    end[20] = 3;
    ck_assert(!cut_off(zip, 150 + 22 + 3));
    ck_assert(cut_off(zip, 150 + 22 + 2));
}
END_TEST

static bool gzip_cut_off(size_t size, uint32_t unpacked)
{
    uint8_t *data = calloc(1, size);
    ck_assert_ptr_nonnull(data);
    memcpy(data, "\x1f\x8b\x08", 3);
    for (unsigned i = 0; i < 4 && size >= 4; i++)
        data[size - 4 + i] = (uint8_t)(unpacked >> 8 * i);
    bool cut = cut_off(data, size);
    free(data);
    return cut;
}

START_TEST(gzip_ends_with_a_likely_size)
{
    ck_assert(!gzip_cut_off(100000, 1500000));
    ck_assert(!gzip_cut_off(100000, 99950));
    ck_assert(gzip_cut_off(100000, 5000));
    ck_assert(gzip_cut_off(100000, 0x9e3779b9));
    ck_assert(gzip_cut_off(10, 100));
}
END_TEST

START_TEST(of_others_nothing_is_said)
{
    ck_assert(!text_cut_off("NIR;NOM\n"));
    ck_assert(!text_cut_off("Bonjour"));
    ck_assert(!cut_off("\0\0\0\0", 4));
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("tail");
    tcase_add_test(t, empty_is_cut_off);
    tcase_add_test(t, xml_ends_with_its_root);
    tcase_add_test(t, two_bytes_a_character);
    tcase_add_test(t, zip_ends_with_its_directory);
    tcase_add_test(t, gzip_ends_with_a_likely_size);
    tcase_add_test(t, of_others_nothing_is_said);
    Suite *suite = suite_create("tail");
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
