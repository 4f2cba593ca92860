/* What is said on standard error. Each failure is told once, with what to do about it. */
#ifndef CLI_MESSAGES_H
#define CLI_MESSAGES_H

#include "flux/base/err.h"

/* "fluxrsa: " and the text, translated by the caller; control characters are neutralised. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* That somebody else writes the store; nothing when holder is NULL: the wait is over. */
void say_waiting(const char *holder);
/* As say, then the exit code of a wrong use. */
int usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "fluxrsa: SUBJECT: sentence of e", then what to do; exit code of e. subject: NULL for none. */
int failure(enum err e, const char *subject);
/* What an operator can do about a failure, translated; "" when there is nothing to say. */
const char *err_advice(enum err e);

#endif
