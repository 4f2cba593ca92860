/* What is looked up before the process locks itself in. */
#ifndef PARSERS_SETUP_H
#define PARSERS_SETUP_H

#include <openssl/evp.h>

#include "parsers/encoding.h"
#include "parsers/parsers.h"

struct parse_setup {
    struct encoding_table tables[ENCODING_TABLES];
    EVP_MD *sha256;
};

#endif
