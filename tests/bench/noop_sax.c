/* The yardstick: libxml2's SAX2 push parser over the same bytes, doing nothing with them. */
#include <fcntl.h>
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int nb_namespaces,
                     const xmlChar **namespaces, int nb_attributes, int nb_defaulted, const xmlChar **attributes)
{
    (void)name, (void)prefix, (void)uri, (void)nb_namespaces, (void)namespaces, (void)nb_attributes, (void)nb_defaulted, (void)attributes;
    ++*(unsigned long *)ctx;
}

static void on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    (void)ctx, (void)name, (void)prefix, (void)uri;
}

static void on_text(void *ctx, const xmlChar *text, int len) { (void)ctx, (void)text, (void)len; }

int main(int argc, char **argv)
{
    enum { CHUNK = 64 << 10 };
    char *chunk = malloc(CHUNK);
    unsigned long elements = 0;
    xmlSAXHandler sax;
    memset(&sax, 0, sizeof sax);
    sax.initialized = XML_SAX2_MAGIC;
    sax.startElementNs = on_start;
    sax.endElementNs = on_end;
    sax.characters = on_text;
    sax.ignorableWhitespace = on_text;
    int fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
    xmlParserCtxtPtr ctxt = xmlCreatePushParserCtxt(&sax, &elements, NULL, 0, NULL);
    if (fd < 0 || !ctxt || !chunk)
        return 66;
    for (ssize_t n; (n = read(fd, chunk, CHUNK)) > 0;)
        xmlParseChunk(ctxt, chunk, (int)n, 0);
    xmlParseChunk(ctxt, chunk, 0, 1);
    int right = ctxt->wellFormed;
    xmlFreeParserCtxt(ctxt);
    xmlCleanupParser();
    free(chunk);
    close(fd);
    return right ? 0 : 65;
}
