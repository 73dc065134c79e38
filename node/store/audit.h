/* audit.h - the signed originals behind a verification, in one file that needs no database.   Spec: protocol/spec/audit.md
 *
 * Written from a store, read into an empty one: certificates to the pinned root policy, headers, parts, checkpoints with their
 * cosignatures, evidence of forks. Reading judges every frame as an exchange does, and the rows are derived anew (replay.h).
 * Ownership: audit_read gives a store of its own in the directory named, which the caller closes and removes.       */
#ifndef QIAN_NODE_STORE_AUDIT_H
#define QIAN_NODE_STORE_AUDIT_H

#include "node/store/store.h"

#define AUDIT_MAGIC "qian-audit/1\n"
#define AUDIT_MAX   (UINT64_C(2) << 30) /* bytes of a file: limits.md */
#define AUDIT_SCOPE 96

struct audit_info {
    char from[QN_ORIGIN_MAX + 1]; /* the log of the office that exported */
    char office[QN_CODE_MAX + 1]; /* its code */
    char scope[AUDIT_SCOPE];      /* "draw 140602:1-19-0", "office 140602", "all" */
    uint64_t time_ms;             /* the moment as of which it is judged */
    uint64_t frames, bytes, certs, logs, entries, parts, sealed;
};
struct audit_make {
    const char *path, *scope;
    bool (*wants)(void *ctx, const char *office); /* whose parts go along; NULL: everybody's */
    void *ctx;
    const struct qn_report *report;
};
/* Signs with the log key. The file is written aside and renamed; one that is there is replaced. */
QN_MUST_USE enum qn_code audit_write(struct audit_info *out, struct store *st,
                                     const struct audit_make *o, struct qn_err *err);

struct audit_open {
    const char *path, *dir;  /* dir: empty, for the databases that are derived */
    const char *fingerprint; /* of the root policy, from paper */
    const struct qn_report *report;
    const struct store *with; /* whose work this is part of (store_stops_with), or NULL */
};
/* QN_UNVERIFIED "audit.frame" and others name the frame and its offset where a byte is not as signed. */
QN_MUST_USE enum qn_code audit_read(struct store **out, struct audit_info *info,
                                    const struct audit_open *o, struct qn_err *err);
#endif
