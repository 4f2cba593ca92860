#include "flux/base/crypto.h"

#include <openssl/crypto.h>
#include <stdbool.h>

enum err crypto_start(void)
{
    bool ready = OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1 && OSSL_LIB_CTX_get0_global_default();
    return ready ? ERR_OK : ERR_NOMEM;
}
