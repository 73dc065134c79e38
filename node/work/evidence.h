/* evidence.h - photographs and scans by content: DIR/evidence/<2 hex>/<64 hex>. Rows carry the digest; the file
 * stays with the office that took it until evidence exchange brings it up.                                     */
#ifndef QIAN_NODE_WORK_EVIDENCE_H
#define QIAN_NODE_WORK_EVIDENCE_H

#include "node/store/store.h"

#define EVIDENCE_MAX (20u << 20) /* bytes of one file: a phone's photo takes 3 to 8 MiB */

/* Copies the file in. JPEG or PNG by its first bytes, whatever its name says. Twice the same: once kept. */
QN_MUST_USE enum qn_code evidence_keep(struct store *st, const char *path, uint8_t digest[QN_HASH], uint64_t *size,
                                       struct qn_err *err);
#endif
