/* head.h - what a backup says of itself, readable without its key.   Spec: protocol/spec/backup.md
 *
 *   qian-backup/1                     | program 0.1.0            | length <bytes of the content>
 *   office <code>                     | schema <n>               | digest <hex, BLAKE2b of the content>
 *   origin <own log>                  | registry <n> <hex>       | kdf argon2id <ops> <KiB> <hex, 16>
 *   size <entries>                    | files <named> <here>     | check <hex, 16>
 *   root <hex>                        |                          | stream <hex, 24>
 *   time <2021-08-16T09:30:00Z>       |                          | sum <hex, SHA-256 of the lines above>
 * and an empty line; the encrypted content follows.                                                        */
#ifndef QIAN_NODE_BACKUP_HEAD_H
#define QIAN_NODE_BACKUP_HEAD_H

#include "node/keys/keys.h"
#include "qian/entry.h"

#define BACKUP_HEAD_MAX 4096
#define BACKUP_PROGRAM  32 /* with its NUL */
#define BACKUP_TIME     21 /* with its NUL */

struct backup_head {
    char office[QN_CODE_MAX + 1], origin[QN_ORIGIN_MAX + 1];
    uint64_t size; /* of the own log */
    uint8_t root[QN_HASH];
    char time[BACKUP_TIME]; /* what the clock said when the copy was made, UTC */
    char program[BACKUP_PROGRAM];
    unsigned schema, registry;
    uint8_t registry_hash[QN_HASH];
    uint64_t files, contained; /* evidence files: known to the office, and inside */
    uint64_t length;           /* of the content, before it is encrypted */
    uint8_t digest[QN_HASH];
    struct keys_kdf kdf;
    uint8_t check[16], stream[24];
};
void backup_head_put(struct qn_buf *out, const struct backup_head *h);
/* used: the bytes of the header, its empty line included. QN_LATER for a later version, QN_UNVERIFIED
 * "backup.head-damaged" when its own sum does not hold.                                                */
QN_MUST_USE enum qn_code backup_head_read(struct backup_head *out, size_t *used, struct qn_span in,
                                          struct qn_err *err);
#endif
