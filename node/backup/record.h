/* record.h - when this office was last backed up, and when a backup was last tried out. */
#ifndef QIAN_NODE_BACKUP_RECORD_H
#define QIAN_NODE_BACKUP_RECORD_H

#include "node/backup/backup.h"
#include "node/store/store.h"

#define BACKUP_DAYS 7  /* after so many a backup is old */
#define DRILL_DAYS  90 /* and a drill, a backup being worth what is known of restoring it */

struct backup_record {
    bool made, drilled;
    uint64_t made_ms, made_bytes;
    uint64_t drill_ms, drill_bytes, drill_took_ms; /* when, how large, how long */
    bool old, drill_old;                           /* none, or too long ago */
    uint64_t days, drill_days;                     /* since then */
};
void backup_record(struct backup_record *out, struct store *st);
/* Asked and written into the trail before one is made or tried: whoever holds a backup and its passphrase is the office. */
QN_MUST_USE enum qn_code backup_allowed(struct store *st, const char *path, struct qn_err *err);
QN_MUST_USE enum qn_code backup_record_made(struct store *st, const struct backup_made *m,
                                            struct qn_err *err);
QN_MUST_USE enum qn_code backup_record_drill(struct store *st, const struct backup_found *f,
                                             struct qn_err *err);
#endif
