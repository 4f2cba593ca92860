/* What a file or a member is, by its first bytes, never by its name. */
#ifndef PARSERS_SNIFF_H
#define PARSERS_SNIFF_H

#include <stddef.h>
#include <stdint.h>

enum sniffed { SNIFF_EMPTY, SNIFF_XML, SNIFF_GZIP, SNIFF_ZIP, SNIFF_TAR, SNIFF_ARCHIVE, SNIFF_OTHER };

/* start: the first bytes, at least 512 of them unless there are fewer. SNIFF_ARCHIVE is a packed form that we do not read. XML may be in
 * an encoding that we do not read. */
enum sniffed sniff(const uint8_t *start, size_t len);

#endif
