/* Small made-up flux in every encoding that we read, and the containers they come in. Nothing here comes from outside. */
#ifndef TESTS_FUZZ_BANK_H
#define TESTS_FUZZ_BANK_H

#include <stddef.h>
#include <stdint.h>

enum { BANK_FLUX = 10 };

enum container { CONTAINER_PLAIN, CONTAINER_GZ, CONTAINER_ZIP, CONTAINER_TAR_GZ, CONTAINERS };

struct bytes {
    char *data; /* malloc'ed */
    size_t len;
};

/* Number 0 .. BANK_FLUX - 1: encodings, payers, daily and monthly. Ends the program without memory. */
struct bytes bank_flux(unsigned number);
struct bytes bank_copy(const struct bytes *from);
/* All members in one container; CONTAINER_PLAIN and CONTAINER_GZ take the first only. */
struct bytes bank_pack(enum container container, const struct bytes *members, unsigned count);
const char *container_name(enum container c);

#endif
