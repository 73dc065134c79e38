/* judge.h - whether an unpacked backup is an office that could go on: database, logs, parts, keys. */
#ifndef QIAN_NODE_BACKUP_JUDGE_H
#define QIAN_NODE_BACKUP_JUDGE_H

#include "node/backup/backup.h"

/* dir holds qian.db and the key files. Every page of the database, every leaf of every log computed again from its
 * header, every part against its commitment, the own log against the backup's header, the keys against the certificate.
 * With o->rebuild also every row against what the logs say: QN_UNVERIFIED "backup.rows".                          */
QN_MUST_USE enum qn_code backup_judge(struct backup_found *f, const char *dir,
                                      const struct backup_open *o, struct qn_err *err);
#endif
