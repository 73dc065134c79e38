/* anchor.h - what this machine signed last, outside its database.   Spec: protocol/spec/recovery.md
 *
 *   2 slots of ANCHOR_SLOT bytes: "qian-anchor/1\n", u16 length, a checkpoint note, zeros, SHA-256 of what is before.
 * Written by pwrite after each commit of own entries (a few microseconds), flushed before the own log leaves.
 * A disk that does not take it stops nobody: doctor and status tell of it.                                      */
#ifndef QIAN_NODE_STORE_ANCHOR_H
#define QIAN_NODE_STORE_ANCHOR_H

#include "node/store/log.h"
#include "qian/note.h"

#define ANCHOR_SLOT 1024
#define ANCHOR_PATH 1024

struct anchor {
    char path[ANCHOR_PATH];
    int fd;               /* -1: none is kept */
    unsigned next;        /* the slot that does not count */
    bool due;             /* slot holds what the transaction under way is to write */
    bool dirty, failed;   /* written and not flushed; the disk refused it */
    uint64_t size, noted; /* of the one that counts; of the one due */
    uint8_t slot[ANCHOR_SLOT];
};

/* Opens the anchor of an office and compares it with the own log, which may stop it (own.h). */
QN_MUST_USE enum qn_code anchor_open(struct store *st, struct qn_err *err);
void anchor_close(struct store *st);
/* From now on the own log stands at this checkpoint: written when the transaction has been committed. */
void anchor_note(struct store *st, struct qn_span note, uint64_t size);
void anchor_write(struct store *st);
/* The anchor follows the log as it stands, now or with the transaction under way. */
QN_MUST_USE enum qn_code anchor_renew(struct store *st, struct qn_err *err);
void anchor_flush(struct store *st);

enum anchor_state {
    ANCHOR_NONE,
    ANCHOR_GOOD,
    ANCHOR_APART /* another size than the log */,
    ANCHOR_FAILED
};
struct anchor_told {
    enum anchor_state state;
    const char *path; /* lent */
    uint64_t size;
};
void anchor_tell(struct anchor_told *out, struct store *st);

/* What one slot holds; key NULL: its signature is not looked at. */
QN_MUST_USE enum qn_code anchor_read(struct qn_checkpoint *out, char origin[QN_ORIGIN_MAX + 1],
                                     const uint8_t slot[ANCHOR_SLOT], const uint8_t key[QN_PUBKEY],
                                     struct qn_err *err);
#endif
