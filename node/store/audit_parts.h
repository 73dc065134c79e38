/* audit_parts.h - the container, for writing and reading alike. */
#ifndef QIAN_NODE_STORE_AUDIT_PARTS_H
#define QIAN_NODE_STORE_AUDIT_PARTS_H

#include "node/store/audit.h"
#include "qian/frame.h"

/* Frames that only this file has; no exchange names them. */
enum audit_frame {
    AUDIT_HEAD = 64,
    AUDIT_SETTING = 65,
    AUDIT_FATE = 66,
    AUDIT_INDEX = 67,
    AUDIT_SEAL = 68
};
#define AUDIT_TAIL      8     /* u64: where the first INDEX begins */
#define AUDIT_INDEX_MAX 32768 /* hashes in one frame */

/* A root policy, the pinned one or one before it, or the succession between two of them. */
bool audit_is_policy(const char *setting);
/* The text that the SEAL signs. */
void audit_seal_text(struct qn_buf *out, const char *origin, uint64_t frames,
                     const uint8_t index[QN_HASH]);
#endif
