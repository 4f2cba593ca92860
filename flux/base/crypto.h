/* OpenSSL, set up. */
#ifndef FLUX_BASE_CRYPTO_H
#define FLUX_BASE_CRYPTO_H

#include "flux/base/err.h"

/* To be called before anything of OpenSSL. Its configuration is of no use here, takes a while to read, and may load other people's code.
 * ERR_NOMEM: OpenSSL 3.0 would go on, and read a context that was never made (OSSL_LIB_CTX(3)). */
enum err crypto_start(void);

#endif
