#include "parsers/sniff.h"

#include <stdbool.h>
#include <string.h>

struct magic {
    enum sniffed kind;
    uint8_t at, len;
    const char *bytes;
};

enum { TAR_MAGIC_AT = 257 };

static const struct magic magics[] = {
    {SNIFF_GZIP, 0, 2, "\x1f\x8b"},
    {SNIFF_ZIP, 0, 4, "PK\3\4"},
    {SNIFF_ZIP, 0, 4, "PK\5\6"},
    {SNIFF_ARCHIVE, 0, 4, "PK\7\10"},
    {SNIFF_ARCHIVE, 0, 6, "7z\xbc\xaf\x27\x1c"},
    {SNIFF_ARCHIVE, 0, 6,
     "\xfd"
     "7zXZ"},
    {SNIFF_ARCHIVE, 0, 3, "BZh"},
    {SNIFF_ARCHIVE, 0, 4, "Rar!"},
    {SNIFF_ARCHIVE, 0, 4, "\x28\xb5\x2f\xfd"},
    {SNIFF_ARCHIVE, 0, 4, "LZIP"},
    {SNIFF_ARCHIVE, 0, 2, "\x1f\x9d"},
    {SNIFF_ARCHIVE, 0, 2, "\x1f\xa0"},
    {SNIFF_ARCHIVE, 0, 4, "\x04\x22\x4d\x18"},
    {SNIFF_ARCHIVE, 0, 4, "MSCF"},
    {SNIFF_ARCHIVE, 0, 4, "xar!"},
    {SNIFF_ARCHIVE, 0, 8, "!<arch>\n"},
    {SNIFF_ARCHIVE, 0, 5, "07070"},
    /* XML in encodings of 2 or 4 bytes, or in EBCDIC: XML 1.0 appendix F. */
    {SNIFF_XML, 0, 3, "\xef\xbb\xbf"},
    {SNIFF_XML, 0, 2, "\xff\xfe"},
    {SNIFF_XML, 0, 2, "\xfe\xff"},
    {SNIFF_XML, 0, 4, "\0\0\xfe\xff"},
    {SNIFF_XML, 0, 4, "\0\0\0<"},
    {SNIFF_XML, 0, 4, "\0<\0?"},
    {SNIFF_XML, 0, 4, "\x4c\x6f\xa7\x94"},
};

static bool is_space(uint8_t c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

enum sniffed sniff(const uint8_t *start, size_t len)
{
    if (len == 0)
        return SNIFF_EMPTY;
    if (len >= TAR_MAGIC_AT + 5 && memcmp(start + TAR_MAGIC_AT, "ustar", 5) == 0 && start[0] != '<')
        return SNIFF_TAR;
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
        const struct magic *m = &magics[i];
        if (len >= (size_t)m->at + m->len && memcmp(start + m->at, m->bytes, m->len) == 0)
            return m->kind;
    }
    size_t at = 0;
    while (at < len && is_space(start[at]))
        at++;
    return at < len && start[at] == '<' ? SNIFF_XML : SNIFF_OTHER;
}
