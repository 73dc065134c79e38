#include "node/backup/record.h"

#include <stdio.h>
#include <string.h>

#include "node/store/clock.h"
#include "node/store/duty.h"

#define DAY_MS UINT64_C(86400000)

static uint64_t days_since(uint64_t ms, uint64_t now)
{
    return now > ms ? (now - ms) / DAY_MS : 0;
}

void backup_record(struct backup_record *out, struct store *st)
{
    char text[100];
    uint64_t now = clock_now_ms(st);
    unsigned long long at, bytes, took;
    *out = (struct backup_record){.old = true, .drill_old = true};
    if (store_get(st, "backup-made", text, sizeof(text)) &&
        sscanf(text, "%llu %llu", &at, &bytes) == 2) {
        out->made = true;
        out->made_ms = at;
        out->made_bytes = bytes;
        out->days = days_since(at, now);
        out->old = out->days > BACKUP_DAYS;
    }
    if (store_get(st, "backup-drill", text, sizeof(text)) &&
        sscanf(text, "%llu %llu %llu", &at, &bytes, &took) == 3) {
        out->drilled = true;
        out->drill_ms = at;
        out->drill_bytes = bytes;
        out->drill_took_ms = took;
        out->drill_days = days_since(at, now);
        out->drill_old = out->drill_days > DRILL_DAYS;
    }
}

enum qn_code backup_allowed(struct store *st, const char *path, struct qn_err *err)
{
    const char *slash = strrchr(path, '/');
    return duty_act(st, duty_of(DUTY_BACKUP), NULL, slash && slash[1] ? slash + 1 : path, err);
}

enum qn_code backup_record_made(struct store *st, const struct backup_made *m, struct qn_err *err)
{
    char text[100];
    snprintf(text, sizeof(text), "%llu %llu", (unsigned long long)clock_now_ms(st),
             (unsigned long long)m->bytes);
    return store_set(st, "backup-made", text, err);
}

enum qn_code backup_record_drill(struct store *st, const struct backup_found *f, struct qn_err *err)
{
    char text[100];
    snprintf(text, sizeof(text), "%llu %llu %llu", (unsigned long long)clock_now_ms(st),
             (unsigned long long)f->bytes, (unsigned long long)f->ms);
    return store_set(st, "backup-drill", text, err);
}
