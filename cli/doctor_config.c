#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "cli/config_check.h"
#include "cli/doctor.h"
#include "cli/json.h"
#include "cli/spawn.h"
#include "flux/base/fdio.h"
#include "flux/intake/session.h"

/* ---- configuration: all that config check says ---- */

/* "line 12: [section] key: path: message"; the message says what to do too. */
static void say_finding(struct doctor *d, enum doctor_state state, const json_t *finding)
{
    char line[32] = "";
    const char *path = json_at(finding, "path"), *subject = json_at(finding, "subject"), *message = json_at(finding, "message");
    json_int_t number = json_integer_value(json_object_get(finding, "line"));
    if (number)
        snprintf(line, sizeof(line), _("line %lld: "), (long long)number);
    doctor_say(d, DOCTOR_configuration, state, "", "%s%s%s%s%s%s", line, subject ? subject : "", subject ? _(": ") : "", path ? path : "",
               path ? _(": ") : "", message ? message : "");
}

static void say_findings(struct doctor *d, enum doctor_state state, json_t *list)
{
    size_t i;
    json_t *finding;
    json_array_foreach(list, i, finding) say_finding(d, state, finding);
    json_decref(list);
}

void doctor_configuration(struct doctor *d)
{
    struct findings f = {.cli = d->cli};
    if (!d->cli->config) {
        doctor_say(d, DOCTOR_configuration, DOCTOR_FAULT,
                   _("give one with -c FILE or FLUXRSA_CONFIG, or make an instance with fluxrsa init"), _("%s: %s"), d->path,
                   _(err_text(d->config_err)));
        return;
    }
    f.faults = json_array();
    f.warnings = json_array();
    check_all(&f, &d->faults);
    if (f.fault_count + f.warning_count == 0)
        doctor_say(d, DOCTOR_configuration, DOCTOR_OK, "", "%s", d->path);
    say_findings(d, DOCTOR_FAULT, f.faults);
    say_findings(d, DOCTOR_WARNING, f.warnings);
}

/* ---- the parser: found, and its sandbox lets it work ---- */

static enum err nothing_header(void *ctx, const struct msg_header *m)
{
    (void)ctx;
    (void)m;
    return ERR_BAD;
}

static enum err nothing_household(void *ctx, struct msg_household *m, const struct facts *facts)
{
    (void)ctx;
    (void)m;
    (void)facts;
    return ERR_BAD;
}

static enum err nothing_census(void *ctx, const struct msg_census *m)
{
    (void)ctx;
    (void)m;
    return ERR_OK;
}

static enum err nothing_tick(void *ctx, uint64_t consumed)
{
    (void)ctx;
    (void)consumed;
    return ERR_OK;
}

/* A document that is XML and no flux: the parser has to start, lock itself in, read it and say so. */
static enum err try_parser(const struct doctor *d, const char *parser, enum finding_code *verdict)
{
    static const char document[] = "<?xml version=\"1.0\"?><nothing/>";
    static const struct session_handler handler = {.header = nothing_header,
                                                   .household = nothing_household,
                                                   .reject = nothing_household,
                                                   .census = nothing_census,
                                                   .tick = nothing_tick};
    struct session s;
    struct session_end end;
    int fd = memfd_create("doctor", MFD_CLOEXEC);
    struct child_job job = {.parser = parser, .archive_fd = fd, .member = -1, .keep = {.extra = ""}, .member_gib = 1};
    enum err e = fd < 0 ? err_from_errno(errno) : fd_write_all(fd, document, sizeof(document) - 1);
    if (!e)
        e = session_start(&s, &job, &handler, 5, d->cli->stop);
    if (!e) {
        e = session_run(&s, &end);
        session_close(&s);
    }
    *verdict = e ? FINDING_NONE : end.fatal.finding.code;
    fd_close(&fd);
    return e;
}

void doctor_parser(struct doctor *d)
{
    char parser[4096];
    enum finding_code verdict;
    enum err e = try_parser(d, instance_parser(d->cli, parser, sizeof(parser)), &verdict);
    if (!e && verdict == F_ROOT)
        doctor_say(d, DOCTOR_parser, DOCTOR_OK, "", _("%s starts, and its sandbox lets it work"), parser);
    else if (access(parser, X_OK) != 0)
        doctor_say(d, DOCTOR_parser, DOCTOR_FAULT, _("install fluxrsa-parse beside fluxrsa, or in its folder"), _("%s is not there"),
                   parser);
    else
        doctor_say(d, DOCTOR_parser, DOCTOR_FAULT,
                   _("its sandbox needs a kernel with seccomp: look into the journal of the system for what was refused"),
                   _("%s does not work: %s"), parser, e ? _(err_text(e)) : _(finding_rule(verdict)->sentence));
}

/* ---- versions ---- */

enum { VERSION_TEXT = 64, VERSION_SECONDS = 10 };

/* "fluxrsad 0.1.0" after --version; false when it cannot be run. */
static bool version_of(const char *path, char text[VERSION_TEXT])
{
    const char *const argv[] = {path, "--version", NULL};
    const struct spawn s = {.argv = argv, .out = text, .size = VERSION_TEXT, .seconds = VERSION_SECONDS};
    int code;
    if (access(path, X_OK) != 0 || spawn_run(&s, &code) || code != 0)
        return false;
    text[strcspn(text, "\n")] = '\0';
    return true;
}

/* Whether a program is of this version; one that is not there is of none. */
static bool agrees(struct doctor *d, const char *path)
{
    char text[VERSION_TEXT] = "";
    if (!version_of(path, text))
        return true;
    const char *word = strrchr(text, ' ');
    if (word && strcmp(word + 1, FLUXRSA_VERSION) == 0)
        return true;
    doctor_say(d, DOCTOR_versions, DOCTOR_FAULT, _("install all programs from one package, then restart fluxrsad"),
               _("%s says %s, and this is %s"), path, text, FLUXRSA_VERSION);
    return false;
}

void doctor_versions(struct doctor *d)
{
    char parser[4096], daemon[4096 + 16];
    bool right = agrees(d, instance_parser(d->cli, parser, sizeof(parser)));
    snprintf(daemon, sizeof(daemon), "%s/fluxrsad", d->cli->exe_folder);
    if (access(daemon, X_OK) != 0)
        snprintf(daemon, sizeof(daemon), "%s/fluxrsad", FLUXRSA_SBINDIR);
    right &= agrees(d, daemon);
    if (right)
        doctor_say(d, DOCTOR_versions, DOCTOR_OK, "", _("all programs are of version %s"), FLUXRSA_VERSION);
}
