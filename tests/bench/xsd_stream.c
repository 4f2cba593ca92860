/* The other yardstick: libxml2's own streaming validation of the same bytes. xsd_stream XSD XML; 0 when the file is valid, else 65. */
#include <fcntl.h>
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <libxml/xmlschemastypes.h>
#include <stdlib.h>
#include <unistd.h>

static void count_error(void *ctx, xmlErrorPtr error)
{
    (void)error;
    ++*(unsigned long *)ctx;
}

/* xsi:noNamespaceSchemaLocation of the file would be read otherwise. */
static xmlParserInputPtr load_nothing(const char *url, const char *id, xmlParserCtxtPtr ctxt)
{
    (void)url, (void)id, (void)ctxt;
    return NULL;
}

static xmlSchemaPtr load_schema(const char *path)
{
    xmlSchemaParserCtxtPtr parser = xmlSchemaNewParserCtxt(path);
    xmlSchemaPtr schema = parser ? xmlSchemaParse(parser) : NULL;
    xmlSchemaFreeParserCtxt(parser);
    return schema;
}

/* What the return value does not tell, ill-formed XML among it, the errors do. */
static int validate(xmlSchemaPtr schema, const char *path)
{
    unsigned long errors = 0;
    int verdict = -1, fd = open(path, O_RDONLY | O_CLOEXEC);
    xmlSetStructuredErrorFunc(&errors, count_error);
    xmlSetExternalEntityLoader(load_nothing);
    xmlParserInputBufferPtr input = fd < 0 ? NULL : xmlParserInputBufferCreateFd(fd, XML_CHAR_ENCODING_NONE);
    xmlSchemaValidCtxtPtr ctxt = input ? xmlSchemaNewValidCtxt(schema) : NULL;
    if (ctxt) {
        xmlSchemaSetValidStructuredErrors(ctxt, count_error, &errors);
        verdict = xmlSchemaValidateStream(ctxt, input, XML_CHAR_ENCODING_NONE, NULL, NULL);
    }
    xmlSchemaFreeValidCtxt(ctxt);
    if (fd >= 0)
        close(fd);
    return verdict == 0 && errors == 0 ? 0 : 65;
}

int main(int argc, char **argv)
{
    xmlSchemaPtr schema = argc == 3 ? load_schema(argv[1]) : NULL;
    if (!schema)
        return 66;
    int code = validate(schema, argv[2]);
    xmlSchemaFree(schema);
    xmlSchemaCleanupTypes();
    xmlCleanupParser();
    return code;
}
