#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "flux/intake/import.h"

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

void import_name(const struct arrival *a, struct flux_entry *f) { snprintf(f->file, sizeof f->file, "%s", base_name(a->path)); }

void import_result_init(const struct arrival *a, struct flux_result *r)
{
    *r = (struct flux_result){0};
    struct flux_entry *f = &r->entry;
    import_name(a, f);
    snprintf(f->user, sizeof f->user, "%s", a->options->user);
    if (a->options->source)
        snprintf(f->source, sizeof f->source, "%s", a->options->source);
    if (a->options->force)
        snprintf(f->force_reason, sizeof f->force_reason, "%s", a->options->force);
    memcpy(f->archive_sha256, a->sha256, sizeof f->archive_sha256);
    f->archive_bytes = a->bytes;
    f->announced = -1;
    f->imported_at = a->options->now();
}

void import_add_reason(struct flux_entry *f, const struct finding *finding, const char *detail)
{
    if (f->reason_count == FLUX_REASONS_MAX)
        return;
    struct flux_reason *r = &f->reasons[f->reason_count++];
    r->code = finding->code;
    r->line = finding->line;
    snprintf(r->path, sizeof r->path, "%s", finding->path);
    snprintf(r->detail, sizeof r->detail, "%s", detail);
}

void import_add_code(struct flux_entry *f, enum finding_code code, const char *detail)
{
    const struct finding finding = {.code = code};
    import_add_reason(f, &finding, detail);
}

void import_keep_nothing(struct flux_result *r)
{
    struct flux_entry *f = &r->entry;
    f->created = f->updated = f->unchanged = f->superseded = f->persons = 0;
    f->force_reason[0] = 0;
    if (r->verdict == VERDICT_ALREADY)
        f->read = f->rejected = f->warnings = f->reason_count = 0;
}

void import_detail(const struct flux_result *r, char *text, size_t size)
{
    static const char *const words[] = {[VERDICT_APPLIED] = "applied", [VERDICT_ALREADY] = "already", [VERDICT_REFUSED] = "refused",
                                        [VERDICT_HELD] = "held",       [VERDICT_DRY_RUN] = "dry-run", [VERDICT_UNDONE] = "undone"};
    const struct flux_entry *f = &r->entry;
    int n = snprintf(text, size,
                     "%s read=%" PRIu64 " created=%" PRIu64 " updated=%" PRIu64 " unchanged=%" PRIu64 " superseded=%" PRIu64
                     " rejected=%" PRIu64,
                     words[r->verdict], f->read, f->created, f->updated, f->unchanged, f->superseded, f->rejected);
    for (unsigned i = 0; i < f->reason_count && n > 0 && (size_t)n < size; i++)
        n += snprintf(text + n, size - (size_t)n, " %s", finding_rule(f->reasons[i].code)->name);
    if (f->force_reason[0] && n > 0 && (size_t)n < size)
        snprintf(text + n, size - (size_t)n, " forced: %s", f->force_reason);
}
