#include "flux/daemon/outcome.h"

#include <stdint.h>

#include "flux/base/err.h"

/* NOT_EXECUTED, NOT_FOUND: as a shell and the dynamic linker say it. */
enum { CODE_REJECTS = 1, NOT_EXECUTED = 126, NOT_FOUND = 127 };

/* What an exit code alone says; OUTCOME_DEATH for those that speak of one file. */
static enum outcome by_code(int code)
{
    static const struct {
        enum err err;
        enum outcome outcome;
    } rows[] = {
        {ERR_NOFILE, OUTCOME_VANISHED}, {ERR_STORE, OUTCOME_MACHINE}, {ERR_IO, OUTCOME_MACHINE},  {ERR_BUSY, OUTCOME_MACHINE},
        {ERR_PERM, OUTCOME_WRONG},      {ERR_CONFIG, OUTCOME_WRONG},  {ERR_USAGE, OUTCOME_WRONG},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (err_exit_code(rows[i].err) == code)
            return rows[i].outcome;
    return code == NOT_EXECUTED || code == NOT_FOUND ? OUTCOME_WRONG : OUTCOME_DEATH;
}

static bool verdicts_told(const struct ending *e)
{
    return e->how == END_EXIT && (e->code == 0 || e->code == CODE_REJECTS || e->code == err_exit_code(ERR_BAD)) && e->told.valid;
}

/* All its time it waited for another writer of the store. */
static bool only_waited(const struct ending *e) { return e->how == END_TIMEOUT && e->code == err_exit_code(ERR_STORE); }

enum outcome outcome_judge(const struct ending *e, unsigned deaths, unsigned limit)
{
    enum outcome o = e->how == END_EXIT || only_waited(e) ? by_code(e->code) : OUTCOME_DEATH;
    if (verdicts_told(e)) {
        if (e->told.held)
            o = OUTCOME_HELD;
        else if (!e->told.refused)
            o = OUTCOME_DONE;
        else if (!e->told.parser_only)
            o = OUTCOME_REFUSED;
    }
    return o == OUTCOME_DEATH && deaths + 1 >= limit ? OUTCOME_POISON : o;
}

unsigned outcome_delay(unsigned first, unsigned tries, unsigned longest)
{
    uint64_t delay = first;
    for (unsigned i = 0; i < tries && delay < longest; i++)
        delay *= 2;
    return delay < longest ? (unsigned)delay : longest;
}

bool outcome_is_news(unsigned tries) { return (tries & (tries - 1)) == 0; }
