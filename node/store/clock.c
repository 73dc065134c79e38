#include "node/store/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "node/store/internal.h"
#include "protocol/wire.h"

uint64_t clock_now_ms(const struct store *st)
{
    struct timespec t;
    if (st && st->world.now_ms)
        return st->world.now_ms(st->world.ctx);
    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec < 0 ? 0 : (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint64_t clock_running_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* SPEC encoding-15: "a day of UTC+8, the one time that China keeps everywhere, whatever zone a machine is set to" */
void clock_text(char out[20], uint64_t ms)
{
    time_t at = (time_t)(ms / 1000) + WIRE_ZONE_S;
    struct tm tm;
    if (!gmtime_r(&at, &tm) || !strftime(out, 20, "%Y-%m-%dT%H:%M:%S", &tm))
        memcpy(out, "1970-01-01T00:00:00", 20);
}

void clock_utc(char out[21], uint64_t ms)
{
    time_t at = (time_t)(ms / 1000);
    struct tm tm;
    if (!gmtime_r(&at, &tm) || !strftime(out, 21, "%Y-%m-%dT%H:%M:%SZ", &tm))
        memcpy(out, "1970-01-01T00:00:00Z", 21);
}

uint64_t clock_utc_read(const char *text)
{
    unsigned h, m, s;
    char end;
    int32_t day = strlen(text) == 20 ? wire_day((struct qn_span){(const uint8_t *)text, 10}) : -1;
    if (day < 0 || sscanf(text + 10, "T%2u:%2u:%2u%c", &h, &m, &s, &end) != 4 || end != 'Z')
        return 0;
    return 1000 * ((uint64_t)day * WIRE_DAY_S + h * 3600 + m * 60 + s);
}

void clock_shown(char out[17], uint64_t ms)
{
    char whole[20];
    clock_text(whole, ms);
    memcpy(out, whole, 16);
    out[10] = ' ';
    out[16] = 0;
}

void clock_local(const struct store *st, char out[20])
{
    clock_text(out, clock_now_ms(st));
}

void clock_today(const struct store *st, char out[11])
{
    char both[20];
    clock_local(st, both);
    memcpy(out, both, 10);
    out[10] = 0;
}
