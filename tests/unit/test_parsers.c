/* One flux: its envelope, its encodings, its limits. Names are invented. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flux/record/record.h"
#include "tests/unit/parse_rig.h"
#include "tests/unit/run_suite.h"

static struct rig rig;

static void setup(void) { rig_open(&rig); }

static void teardown(void) { rig_close(&rig); }

static void assert_refused(const char *code) { ck_assert_str_eq(rig_refusal(&rig), code); }

static void assert_edit_refused(const char *from, const char *to, const char *code)
{
    rig_edit(&rig, rig_flux, from, to);
    assert_refused(code);
}

static void assert_edit_finds(const char *from, const char *to, const char *findings)
{
    rig_edit(&rig, rig_flux, from, to);
    ck_assert_str_eq(rig_refusal(&rig), "");
    ck_assert_str_eq(rig.findings, findings);
}

/* ---- a sound flux ---- */

START_TEST(sound_flux)
{
    rig_text(&rig, rig_flux);
    ck_assert_int_eq(rig.err, ERR_OK);
    ck_assert_str_eq(rig_refusal(&rig), "");
    ck_assert_str_eq(rig.findings, "");
    ck_assert_uint_eq(rig.headers, 1);
    ck_assert_uint_eq(rig.households, 2);
    ck_assert_uint_eq(rig.rejects, 0);
    ck_assert_str_eq(rig.header.encoding, "UTF-8");
    ck_assert_str_eq(rig.header.member, "");
    ck_assert_uint_eq(rig.end.read, 2);
    ck_assert_uint_eq(rig.end.accepted, 2);
    ck_assert_uint_eq(rig.end.bytes, strlen(rig_flux));
    ck_assert_int_eq(rig.end.transm, 2);
    ck_assert_int_eq(rig.end.transm_ano, 0);
    ck_assert_str_eq(rig.census, "");
}
END_TEST

static void assert_value(node_id leaf, const char *wanted)
{
    struct value v;
    char text[VALUE_TEXT_MAX];
    bool found = record_find(schema_vrsb0801.household, rig.record.data, rig.record.len, leaf, &v);
    ck_assert_int_eq(found, wanted != NULL);
    if (!found)
        return;
    value_text(&v, text);
    ck_assert_str_eq(text, wanted);
}

START_TEST(record_keeps_the_profile_only)
{
    rig_text(&rig, rig_flux);
    assert_value(VRSB_DemandeRSA_NUMDEMRSA, "01024042062");
    assert_value(VRSB_Identification_PRENOM, "ALIX");
    assert_value(VRSB_Identification_DTNAI, "1990-07-14");
    assert_value(VRSB_Identification_NIR, NULL);
    assert_value(VRSB_TroncCommunAdresse_TYPEADR, NULL);
    keep_add(&schema_vrsb0801, &rig.job.keep, VRSB_Identification_NIR);
    rig_text(&rig, rig_flux);
    assert_value(VRSB_Identification_NIR, "2900762002012");
}
END_TEST

START_TEST(text_comes_in_pieces)
{
    assert_edit_finds("ODILE", "OD<!-- x -->I<?y z?><![CDATA[L]]>&#69;", "");
    rig_edit(&rig, rig_flux, ">BRINDOR</NOM>", ">A&amp;B &lt;<![CDATA[&]]></NOM>");
    assert_value(VRSB_Identification_NOM, "A&B <&");
}
END_TEST

START_TEST(sample_flux)
{
    const char *shared = getenv("FLUXRSA_SHARED"), *source = getenv("FLUXRSA_SOURCE");
    char path[1024];
    if (shared)
        snprintf(path, sizeof path, "%s/fixtures/RSABEM.xml", shared);
    else
        snprintf(path, sizeof path, "%s/../shared/fixtures/RSABEM.xml", source ? source : ".");
    FILE *f = fopen(path, "rb");
    if (!f) {
        printf("skipped: the sample flux is not there\n");
        return;
    }
    static char data[1 << 20];
    size_t len = fread(data, 1, sizeof data, f);
    fclose(f);
    rig_run(&rig, data, len);
    ck_assert_str_eq(rig_refusal(&rig), "");
    ck_assert_str_eq(rig.header.encoding, "windows-1252");
    ck_assert_uint_eq(rig.end.read, 2);
    ck_assert_uint_eq(rig.households, 2);
    ck_assert_int_eq(rig.end.transm, 1);
    ck_assert_str_eq(rig.census, "");
}
END_TEST

/* ---- encodings ---- */

static void assert_encoding(const char *declared, const char *name, const char *bom, const char *raw, const char *utf8)
{
    char declaration[80], *text, *flux = NULL;
    snprintf(declaration, sizeof declaration, "encoding=\"%s\"", declared);
    text = rig_replace(rig_flux, "encoding=\"UTF-8\"", declaration);
    rig_append(&flux, bom);
    rig_append(&flux, text);
    free(text);
    text = rig_replace(flux, "ALIX", raw);
    rig_text(&rig, text);
    ck_assert_str_eq(rig_refusal(&rig), "");
    ck_assert_str_eq(rig.header.encoding, name);
    assert_value(VRSB_Identification_PRENOM, utf8);
    free(text);
    free(flux);
}

START_TEST(encodings)
{
    assert_encoding("UTF-8", "UTF-8", "", "ZO\xc3\x8b \xe2\x82\xac \xf0\x9f\x90\x9d", "ZOË € 🐝");
    assert_encoding("utf-8", "UTF-8", "\xef\xbb\xbf", "ZO\xc3\x8b", "ZOË");
    assert_encoding("windows-1252", "windows-1252", "", "\x80 \x9c\xc9", "€ œÉ");
    assert_encoding("CP1252", "windows-1252", "", "\x9f", "Ÿ");
    assert_encoding("iso-8859-1", "ISO-8859-1", "", "\xa4\xe9\xff", "¤éÿ");
    assert_encoding("latin1", "ISO-8859-1", "", "\xe9\xe8", "éè");
    assert_encoding("ISO-8859-15", "ISO-8859-15", "", "\xa4\xbd", "€œ");
    assert_encoding("latin9", "ISO-8859-15", "", "ABCDEFGHIJKLMNOPQRS\xe9TUVWXYZ", "ABCDEFGHIJKLMNOPQRSéTUVWXYZ");
}
END_TEST

START_TEST(no_declaration_is_utf8)
{
    assert_edit_finds("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "", "");
    ck_assert_str_eq(rig.header.encoding, "UTF-8");
    assert_edit_finds(" encoding=\"UTF-8\"", " standalone='yes'", "");
}
END_TEST

START_TEST(encodings_refused)
{
    assert_edit_refused("UTF-8", "UTF-16", "F_ENCODING");
    ck_assert_str_eq(rig.fatal.detail, "UTF-16");
    assert_edit_refused("UTF-8", "ISO-8859-2", "F_ENCODING");
    assert_edit_refused("<?xml version=\"1.0\" encoding=\"UTF-8\"", "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"ISO-8859-1\"",
                        "F_ENCODING");
    rig_run(&rig, "\xff\xfe<\0?\0x\0", 8);
    assert_refused("F_ENCODING");
    rig_run(&rig, "\0<\0?\0x\0m", 8);
    assert_refused("F_ENCODING");
    rig_run(&rig, "\x4c\x6f\xa7\x94\x93", 5);
    assert_refused("F_ENCODING");
}
END_TEST

START_TEST(bytes_outside_the_encoding)
{
    assert_edit_refused("ODILE", "OD\xe9LE", "F_ENCODING_BYTES");
    ck_assert_uint_eq(rig.fatal.finding.line, 33);
    assert_edit_refused("ODILE", "OD\xed\xa0\x80", "F_ENCODING_BYTES");
    assert_edit_refused("ODILE", "OD\xc0\xaf", "F_ENCODING_BYTES");
    assert_edit_refused("ODILE", "OD\xf5\x80\x80\x80", "F_ENCODING_BYTES");
    assert_edit_refused("<Racine>", "<!-- \xff --><Racine>", "F_ENCODING_BYTES");
    char *text = rig_replace(rig_flux, "UTF-8", "windows-1252");
    rig_edit(&rig, text, "ODILE", "OD\x81LE");
    assert_refused("F_ENCODING_BYTES");
    ck_assert_uint_eq(rig.fatal.finding.line, 33);
    free(text);
}
END_TEST

/* ---- envelope ---- */

START_TEST(envelope)
{
    assert_edit_refused("<Racine>", "<Recette>", "F_ROOT");
    assert_edit_refused("<Racine>", "<Racine xmlns='urn:x'>", "F_ROOT");
    assert_edit_refused("</IdentificationFlux>", "</IdentificationFlux><IdentificationFlux></IdentificationFlux>", "F_ENVELOPE");
    assert_edit_refused("<TransmissionFlux>", "<TransmissionFlux></TransmissionFlux><TransmissionFlux>", "F_HEADER");
    assert_edit_refused("</Racine>", "<InfosFoyerRSA/></Racine>", "F_ENVELOPE");
    assert_edit_refused("<IdentificationFlux>", "<InfosFoyerRSA/><IdentificationFlux>", "F_ENVELOPE");
    rig_text(&rig, "<Racine></Racine>");
    assert_refused("F_ENVELOPE");
    ck_assert_uint_eq(rig.headers, 0);
}
END_TEST

START_TEST(no_trailer)
{
    char *text = NULL;
    rig_append(&text, rig_flux);
    memcpy(strstr(text, "<TransmissionFlux>"), "</Racine>", sizeof "</Racine>");
    rig_text(&rig, text);
    assert_refused("F_ENVELOPE");
    ck_assert_uint_eq(rig.ends, 0);
    free(text);
}
END_TEST

START_TEST(header_values)
{
    assert_edit_refused("2022-03-05", "2022-02-30", "F_HEADER");
    ck_assert_str_eq(rig.fatal.finding.path, "IdentificationFlux/DTCREAFLUX");
    ck_assert_uint_eq(rig.fatal.finding.line, 8);
    ck_assert_uint_eq(rig.headers, 0);
    assert_edit_refused("<DTREF>2022-02-28</DTREF>\n", "", "F_HEADER");
    ck_assert_str_eq(rig.fatal.finding.path, "IdentificationFlux/DTREF");
    assert_edit_refused("00000002", "two", "F_HEADER");
    ck_assert_str_eq(rig.fatal.finding.path, "TransmissionFlux/NBTOTDOSRSATRANSM");
    assert_edit_finds("<TYPEFLUX>M", "<TYPEFLUX>Z", "");
}
END_TEST

START_TEST(other_formats)
{
    assert_edit_refused("</IdentificationFlux>", "<VERSIONFLUX>VRSD0301</VERSIONFLUX></IdentificationFlux>", "F_VERSION");
    ck_assert_str_eq(rig.fatal.detail, "VRSD0301");
    assert_edit_refused("</IdentificationFlux>", "<VERSIONFLUX>nothing of sixteen or less</VERSIONFLUX></IdentificationFlux>", "F_VERSION");
    ck_assert_str_eq(rig.fatal.detail, "");
    assert_edit_refused("<InfosFoyerRSA>", "<InfosCreanceFoyerRSA>", "F_VERSION");
    ck_assert_str_eq(rig.fatal.detail, "InfosCreanceFoyerRSA");
    char *text = rig_replace(rig_flux, "<InfosFoyerRSA>", "<InfoDemandeRSA>");
    rig_edit(&rig, text, "<DTREF>2022-02-28</DTREF>\n", "");
    assert_refused("F_VERSION");
    ck_assert_str_eq(rig.fatal.detail, "InfoDemandeRSA");
    free(text);
}
END_TEST

/* ---- hostile XML ---- */

START_TEST(doctype)
{
    assert_edit_refused("<Racine>", "<!DOCTYPE Racine>\n<Racine>", "F_DOCTYPE");
    assert_edit_refused("<Racine>", "<!DOCTYPE r [<!ENTITY a 'aaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]>\n<Racine>&b;", "F_DOCTYPE");
    assert_edit_refused("<Racine>", "<!DOCTYPE r SYSTEM 'file:///etc/passwd'>\n<Racine>", "F_DOCTYPE");
    assert_edit_refused("ODILE", "&nbsp;", "F_ILLFORMED");
}
END_TEST

START_TEST(ill_formed)
{
    assert_edit_refused("</NOMNAI>", "</NOMNA>", "F_ILLFORMED");
    ck_assert_uint_eq(rig.fatal.finding.line, 32);
    assert_edit_refused("ODILE", "O\x01", "F_ILLFORMED");
    assert_edit_refused("<NOMNAI>", "<x:NOMNAI>", "F_ILLFORMED");
    assert_edit_refused("<SEXE>", "<SEXE a='1' a='2'>", "F_ILLFORMED");
    assert_edit_refused("</Racine>\n", "</Racine>\n<Racine/>", "F_ILLFORMED");
    assert_edit_refused("version=\"1.0\"", "version=\"1.1\"", "F_ILLFORMED");
    rig_run(&rig, rig_flux, strlen(rig_flux) + 1);
    assert_refused("F_ILLFORMED");
}
END_TEST

/* libxml2 takes a zero byte for the end, however much follows. */
START_TEST(nothing_is_left_unread)
{
    enum { MORE = 300000 };
    size_t len = strlen(rig_flux);
    for (char with = 0; with <= ' '; with = (char)(with + ' ')) {
        char *text = calloc(1, len + MORE);
        ck_assert_ptr_nonnull(text);
        memcpy(text, rig_flux, len);
        memset(text + len + 1, with, MORE - 1);
        rig_run(&rig, text, len + MORE);
        assert_refused("F_ILLFORMED");
        free(text);
    }
}
END_TEST

/* A flux with `times` times `what` in place of the first given name. */
static char *flood(const char *before, const char *what, size_t times, const char *after)
{
    char *text = malloc(strlen(before) + times * strlen(what) + strlen(after) + 1);
    ck_assert_ptr_nonnull(text);
    size_t len = strlen(before), n = strlen(what);
    memcpy(text, before, len);
    for (size_t i = 0; i < times; i++, len += n)
        memcpy(text + len, what, n);
    memcpy(text + len, after, strlen(after) + 1);
    char *flux = rig_replace(rig_flux, "ODILE", text);
    free(text);
    return flux;
}

static void assert_flood(const char *before, const char *what, size_t times, const char *after, const char *code)
{
    char *text = flood(before, what, times, after);
    rig_text(&rig, text);
    assert_refused(code);
    free(text);
}

START_TEST(limits)
{
    assert_flood("", "<x>", 80, "", "F_LIMIT_DEPTH");
    assert_flood("", "0123456789abcdef", 4097, "", "F_LIMIT_TEXT");
    assert_flood("<x>", "0123456789abcdef", 4097, "</x>", "F_LIMIT_TEXT");
    assert_flood("", "<![CDATA[0123456789abcdef]]>", 4097, "", "F_LIMIT_TEXT");
    assert_flood("<!-- ", "0123456789abcdef", 10000, " -->", "F_LIMIT_MARKUP");
    assert_flood("<x a='", "0123456789abcdef", 10000, "'/>", "F_LIMIT_MARKUP");
    assert_flood("<x", " a='1'", 100, "/>", "F_ILLFORMED");
    assert_flood("<x", " xmlns:a='u'", 1,
                 " a='1' b='1' c='1' d='1' e='1' f='1' g='1' h='1' i='1' j='1' k='1' l='1' m='1' n='1' o='1' p='1' "
                 "q='1' r='1' s='1' t='1' u='1' v='1' w='1' x='1' y='1' z='1' A='1' B='1' C='1' D='1' E='1' F='1' "
                 "G='1'/>",
                 "F_LIMIT_ATTRIBUTES");
}
END_TEST

START_TEST(attribute_flood_is_cheap)
{
    char *tag = NULL;
    size_t size = 3000000, len = 0;
    tag = malloc(size);
    ck_assert_ptr_nonnull(tag);
    len += (size_t)snprintf(tag, size, "<Racine");
    for (unsigned i = 0; i < 200000; i++)
        len += (size_t)snprintf(tag + len, size - len, " a%u=''", i);
    rig_run(&rig, tag, len);
    assert_refused("F_LIMIT_MARKUP");
    free(tag);
}
END_TEST

START_TEST(cut_anywhere)
{
    size_t whole = (size_t)(strstr(rig_flux, "</Racine>") - rig_flux) + strlen("</Racine>");
    for (size_t len = 0; len < whole; len++) {
        rig_run(&rig, rig_flux, len);
        ck_assert_int_eq(rig.err, ERR_OK);
        ck_assert_uint_eq(rig.ends, 0);
        ck_assert_msg(strcmp(rig_refusal(&rig), len ? "F_TRUNCATED" : "F_EMPTY") == 0, "%zu: %s", len, rig_refusal(&rig));
    }
    rig_run(&rig, rig_flux, whole);
    ck_assert_uint_eq(rig.ends, 1);
}
END_TEST

/* Any wrong byte: accepted, rejected or refused, and the counts add up. */
START_TEST(wrong_byte_anywhere)
{
    char *text = NULL;
    rig_append(&text, rig_flux);
    size_t len = strlen(text);
    static const char bytes[] = {0, '<', '>', '&', '"', 'x', ' ', (char)0xc3, (char)0xff};
    for (size_t at = 0; at < len; at++) {
        char was = text[at];
        text[at] = bytes[at % sizeof bytes];
        rig_run(&rig, text, len);
        ck_assert_int_eq(rig.err, ERR_OK);
        if (rig.ends)
            ck_assert_uint_eq(rig.end.read, rig.households + rig.rejects);
        text[at] = was;
    }
    free(text);
}
END_TEST

static Suite *parsers_suite(void)
{
    Suite *s = suite_create("parsers");
    TCase *c = tcase_create("flux");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 120);
    const TTest *const tests[] = {
        sound_flux,
        record_keeps_the_profile_only,
        text_comes_in_pieces,
        sample_flux,
        encodings,
        no_declaration_is_utf8,
        encodings_refused,
        bytes_outside_the_encoding,
        envelope,
        no_trailer,
        header_values,
        other_formats,
        doctype,
        ill_formed,
        nothing_is_left_unread,
        limits,
        attribute_flood_is_cheap,
        cut_anywhere,
        wrong_byte_anywhere,
    };
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_test(c, tests[i]);
    suite_add_tcase(s, c);
    return s;
}

int main(void) { return run_suite(parsers_suite()); }
