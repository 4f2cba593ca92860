#include "parsers/setup.h"

#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <stdlib.h>

#include "flux/base/crypto.h"

static xmlParserInputPtr load_nothing(const char *url, const char *id, xmlParserCtxtPtr ctxt)
{
    (void)url, (void)id, (void)ctxt;
    return NULL;
}

static void say_nothing(void *ctx, const char *format, ...) { (void)ctx, (void)format; }

static void say_no_error(void *ctx, xmlErrorPtr error) { (void)ctx, (void)error; }

/* libxml2 keeps these for the whole process, which is a reason for it to have one of its own. */
static void quiet_libxml(void)
{
    xmlInitParser();
    xmlSetExternalEntityLoader(load_nothing);
    xmlSetGenericErrorFunc(NULL, say_nothing);
    xmlSetStructuredErrorFunc(NULL, say_no_error);
}

/* The first digest loads what OpenSSL needs. */
static enum err warm_digest(const EVP_MD *md)
{
    unsigned char out[EVP_MAX_MD_SIZE];
    return EVP_Digest("", 0, out, NULL, md, NULL) == 1 ? ERR_OK : ERR_NOMEM;
}

enum err parse_setup_new(struct parse_setup **ret)
{
    struct parse_setup *s = calloc(1, sizeof *s);
    *ret = s;
    if (!s)
        return ERR_NOMEM;
    quiet_libxml();
    enum err e = encoding_tables_fill(s->tables);
    if (!e)
        e = crypto_start();
    if (!e) {
        s->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
        e = s->sha256 ? warm_digest(s->sha256) : ERR_CONFIG;
    }
    if (e)
        *ret = parse_setup_free(s);
    return e;
}

struct parse_setup *parse_setup_free(struct parse_setup *s)
{
    if (s)
        EVP_MD_free(s->sha256);
    free(s);
    return NULL;
}
