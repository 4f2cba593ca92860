#include "tests/fuzz/bend.h"

#include <string.h>

#include "flux/record/schema.h"
#include "tests/fuzz/chance.h"

static const char *const words[] = {
    "<!DOCTYPE Racine [<!ENTITY a \"b\">]>",
    "<!ENTITY % p SYSTEM \"file:///etc/passwd\">",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "--",
    "<?xml",
    "?>",
    "&amp;",
    "&lt;",
    "&a;",
    "&#0;",
    "&#x10FFFF;",
    "&#xD800;",
    "&#13;",
    "</",
    "/>",
    "<>",
    "xmlns=\"urn:x\"",
    "xmlns:xsi=\"\"",
    " xsi:nil=\"true\"",
    " xsi:type=\"xs:string\"",
    " xml:space=\"preserve\"",
    " a=\"1\" a=\"2\"",
    "\xEF\xBB\xBF",
    "\xC3\xA9",
    "\xF0\x9F\x98\x80",
    "\xC0\x80",
    "\xED\xA0\x80",
    "\xE9",
    "\x81",
    "\x7F",
    "\r\n",
    "\t",
    "2022-02-30",
    "-0001-01-01",
    "99999999999999999999",
    "-",
    "+",
    ".",
    "1e9",
    "0x10",
    "24:00:00",
    "<Racine>",
    "</Racine>",
    "<VERSIONFLUX>9</VERSIONFLUX>",
    "<InfoDemandeRSA/>",
};

enum { WORDS = sizeof words / sizeof words[0] };

static size_t put(char *text, size_t len, size_t cap, size_t at, const char *what, size_t n)
{
    if (len + n > cap || at > len)
        return len;
    memmove(text + at + n, text + at, len - at);
    memcpy(text + at, what, n);
    return len + n;
}

static size_t drop(char *text, size_t len, size_t at, size_t n)
{
    if (n >= len || at > len - n)
        return len;
    memmove(text + at, text + at + n, len - at - n);
    return len - n;
}

static size_t somewhere(size_t len, uint64_t *state) { return len ? chance(state) % len : 0; }

static size_t bend_digits(char *text, size_t len, uint64_t *state)
{
    unsigned tries = 256;
    for (uint64_t n = chance(state) % 4 + 1; n && tries; tries--) {
        size_t at = somewhere(len, state);
        bool digit = text[at] >= '0' && text[at] <= '9';
        if (digit)
            text[at] = "0123456789A -.:"[chance(state) % 15];
        n -= digit;
    }
    return len;
}

static size_t bend_bytes(char *text, size_t len, size_t cap, uint64_t *state)
{
    for (uint64_t n = chance(state) % 8 + 1; n && len > 16; n--) {
        size_t at = somewhere(len - 8, state), span = chance(state) % 8 + 1;
        switch (chance(state) % 5) {
        case 0:
            text[at] = (char)chance(state);
            break;
        case 1:
            len = drop(text, len, at, span);
            break;
        case 2:
            memmove(text + at, text + somewhere(len - 8, state), span);
            break;
        case 3:
            len = put(text, len, cap, at, (char[8]){0}, span);
            break;
        default:
            text[at] = "<>&\"'/=;![]-? 09"[chance(state) % 16];
        }
    }
    return len;
}

static size_t bend_words(char *text, size_t len, size_t cap, uint64_t *state)
{
    for (uint64_t n = chance(state) % 3 + 1; n; n--) {
        bool official = chance(state) % 3 == 0;
        const char *word =
            official ? schema_vrsb0801.nodes[chance_below(state, schema_vrsb0801.count)].name : words[chance_below(state, WORDS)];
        size_t size = strlen(word), at = somewhere(len, state);
        if (chance(state) % 2 && at + size <= len)
            memcpy(text + at, word, size);
        else
            len = put(text, len, cap, at, word, size);
    }
    return len;
}

/* The first `<` at or after somewhere, len when there is none. */
static size_t find_tag(const char *text, size_t len, size_t from)
{
    while (from < len && text[from] != '<')
        from++;
    return from < len ? from : len;
}

static size_t bend_tags(char *text, size_t len, size_t cap, uint64_t *state)
{
    char token[512];
    for (uint64_t n = chance(state) % 3 + 1; n; n--) {
        size_t at = find_tag(text, len, somewhere(len, state)), end = find_tag(text, len, at + 1);
        size_t size = end - at < sizeof token ? end - at : sizeof token;
        if (at == len)
            continue;
        memcpy(token, text + at, size);
        uint64_t what = chance(state) % 4;
        if (what != 1)
            len = drop(text, len, at, size);
        if (what == 1 || what == 2)
            len = put(text, len, cap, find_tag(text, len, at), token, size);
        else if (what == 3)
            len = put(text, len, cap, find_tag(text, len, somewhere(len, state)), token, size);
    }
    return len;
}

static size_t bend_cross(char *text, size_t len, size_t cap, const struct bytes *other, uint64_t *state)
{
    bool tags = chance(state) % 4 != 0;
    size_t head = somewhere(len, state), tail = somewhere(other->len, state);
    if (tags) {
        head = find_tag(text, len, head);
        tail = find_tag(other->data, other->len, tail);
    }
    size_t n = other->len - tail < cap - head ? other->len - tail : cap - head;
    memcpy(text + head, other->data + tail, n);
    return head + n ? head + n : len;
}

static size_t bend_encoding(char *text, size_t len, size_t cap, uint64_t *state)
{
    static const char *const names[] = {"UTF-8",  "utf8",     "UTF-16", "UTF-7",       "windows-1252", "ISO-8859-1", "ISO-8859-15",
                                        "EBCDIC", "US-ASCII", "",       "x\"\xC3\x28", "ISO-8859-2",   "CP1252"};
    static const char *const marks[] = {"\xEF\xBB\xBF", "\xFE\xFF", "\xFF\xFE", "\xEF\xBB", " ", "\n"};
    static const char *const bytes[] = {"\xE9", "\x80", "\x81", "\xA4", "\xC3", "\xF4\x90\x80\x80", "\xE2\x82\xAC", "\xFF"};
    const char *start = len > 64 ? memmem(text, 64, "encoding=\"", 10) : NULL;
    const char *end = start ? memchr(start + 10, '"', 40) : NULL;
    uint64_t what = chance(state) % 4;
    if (end && what < 2) {
        size_t at = (size_t)(start + 10 - text);
        const char *name = names[chance_below(state, sizeof names / sizeof names[0])];
        len = drop(text, len, at, (size_t)(end - start) - 10);
        len = put(text, len, cap, at, name, strlen(name));
    }
    if (what == 2 || what == 1) {
        const char *mark = marks[chance_below(state, sizeof marks / sizeof marks[0])];
        len = put(text, len, cap, 0, mark, strlen(mark));
    }
    for (uint64_t n = what == 3 ? chance(state) % 4 + 1 : 0; n; n--) {
        const char *b = bytes[chance_below(state, sizeof bytes / sizeof bytes[0])];
        len = put(text, len, cap, somewhere(len, state), b, strlen(b));
    }
    return len;
}

static size_t bend_cut(char *text, size_t len, size_t cap, uint64_t *state)
{
    size_t at = somewhere(len, state), n = chance(state) % 64 + 1;
    if (chance(state) % 3)
        return at ? at : 1;
    return put(text, len, cap, len, text + at, len - at < n ? len - at : n);
}

size_t bend(enum bend how, char *text, size_t len, size_t cap, const struct bytes *other, uint64_t *state)
{
    switch (how) {
    case BEND_DIGITS:
        return bend_digits(text, len, state);
    case BEND_BYTES:
        return bend_bytes(text, len, cap, state);
    case BEND_WORDS:
        return bend_words(text, len, cap, state);
    case BEND_TAGS:
        return bend_tags(text, len, cap, state);
    case BEND_CROSS:
        return bend_cross(text, len, cap, other, state);
    case BEND_ENCODING:
        return bend_encoding(text, len, cap, state);
    default:
        return bend_cut(text, len, cap, state);
    }
}

const char *bend_name(enum bend how)
{
    static const char *const names[] = {"digits", "bytes", "words", "tags", "cross", "encoding", "cut"};
    return names[how];
}
