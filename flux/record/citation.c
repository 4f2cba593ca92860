#include "flux/record/citation.h"

#include <string.h>

const struct citation citations[] = {
#define SOURCE(name, meaning, where) {name, meaning, where},
#include "flux/record/citation.def"
#undef SOURCE
};
const size_t citation_count = sizeof(citations) / sizeof(citations[0]);

const struct citation *citation_next(const char **text)
{
    size_t len = strcspn(*text, ";"), name = strcspn(*text, ",;");
    for (size_t i = 0; i < citation_count; i++) {
        if (strlen(citations[i].name) != name || strncmp(citations[i].name, *text, name) != 0)
            continue;
        *text += len + strspn(*text + len, "; ");
        return &citations[i];
    }
    return NULL;
}
