/* fork.h - evidence that an office signed two histories: listed, read, handed on as a file.   Spec: protocol/spec/recovery.md
 *
 *   "qian-fork/1\n", u16 length, the text of the root policy; CERT frames from the province down to the author of the
 *   log; one FORK frame. Nothing else: with the policy's fingerprint from paper anybody can check it.            */
#ifndef QIAN_NODE_SYNC_FORK_H
#define QIAN_NODE_SYNC_FORK_H

#include "node/store/log.h"

#define FORK_FILE_MAX (400u * 1024) /* a FORK frame and a chain */

struct fork_side {
    uint8_t hash[QN_HASH]; /* of the entry's leaf, or the root */
    uint64_t time_ms;      /* claimed; of a header */
    int kind, lane;        /* of a header; -1: a checkpoint */
    bool ours;             /* the branch that is held as the log here */
};
struct fork_seen {
    int64_t no; /* names it at this office */
    char origin[QN_ORIGIN_MAX + 1];
    enum qn_fork_what what;
    uint64_t place, at_ms;
    struct fork_side side[2];
    uint16_t renewed; /* the epoch whose keys the office has since; 0: none yet */
};
struct forks {
    struct fork_seen *seen; /* owned */
    size_t n;
};
QN_MUST_USE enum qn_code fork_list(struct forks *out, struct store *st, struct qn_err *err);
void forks_release(struct forks *f);
static inline void forks_auto(struct forks *f)
{
    forks_release(f);
}
/* QN_ABSENT "fork.none". */
QN_MUST_USE enum qn_code fork_get(struct fork_seen *out, struct store *st, int64_t no,
                                  struct qn_err *err);
QN_MUST_USE enum qn_code fork_export(struct qn_buf *out, struct store *st, int64_t no,
                                     struct qn_err *err);

/* What stands on the two branches where they differ, as far as the other one came here (rival.h): of each place first the
 * entry that is held as the log. At most FORK_ENTRIES are lent to `each`.                                        */
#define FORK_ENTRIES 200
struct fork_entry {
    uint64_t seq, time_ms; /* claimed */
    int kind, lane;
    uint8_t leaf[QN_HASH];
    bool ours;
};
QN_MUST_USE enum qn_code fork_entries(struct store *st, const char *origin,
                                      void (*each)(void *ctx, const struct fork_entry *e), void *ctx,
                                      struct qn_err *err);

/* The sentence on what to do next, of {no}, {log}, {epoch}. own: it is this office's log in use. */
const char *fork_next(const struct fork_seen *f, bool own);

/* SPEC recovery-17: "stay visible" - an entry that its office abandoned, as its next log tells. */
struct fork_abandoned {
    char office[QN_CODE_MAX + 1], origin[QN_ORIGIN_MAX + 1];
    uint64_t seq;
    int kind;
    uint16_t epoch;          /* of the log that tells it */
    uint64_t again;          /* where it stands there once more; UINT64_MAX: nowhere */
    char why[48];           /* a refusal's id, or "said-again" */
};
/* Of one office, or of all: NULL. By office, log and place. */
QN_MUST_USE enum qn_code fork_abandoned(struct store *st, const char *office,
                                        void (*each)(void *ctx, const struct fork_abandoned *a), void *ctx,
                                        struct qn_err *err);

/* A file, by its bytes and the fingerprint alone. */
QN_MUST_USE enum qn_code fork_verify(struct fork_seen *out, struct qn_cert *author,
                                     struct qn_span file, const char *fingerprint,
                                     struct qn_err *err);
#endif
