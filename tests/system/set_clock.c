/* Preloaded before a program: time(2) says what the variable SET_CLOCK does. */
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

time_t time(time_t *at)
{
    const char *text = getenv("SET_CLOCK");
    time_t now = 0;
    for (; text && *text >= '0' && *text <= '9'; text++)
        now = 10 * now + (*text - '0');
    if (at)
        *at = now;
    return now;
}
