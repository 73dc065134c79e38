/* evidence.h - the clerk's side of evidence files: added to a result, checked, copied out.  Spec: protocol/spec/files.md
 *
 * Files are kept as they are: nothing is stripped, turned or made smaller, for the digest is what the inspector vouches
 * for. No picture is ever decoded in this process: a program that reads other people's pictures is a door for their
 * mistakes, so small ones are made by another (thumb.h).                                                        */
#ifndef QIAN_NODE_WORK_EVIDENCE_H
#define QIAN_NODE_WORK_EVIDENCE_H

#include "node/store/act.h"
#include "node/store/files.h"
#include "node/text/text.h"

struct evidence_put {
    int64_t inspection; /* id of the result, or of the sheet */
    const char *captured_on, *by, *note;
    const char *const *photo; /* paths; ":gate", ":document" … behind one says what it shows, ":signature:WHO" whose it is */
    unsigned n;
};
/* Keeps the files and puts their rows into the act's part. */
QN_MUST_USE enum qn_code evidence_put(struct act *a, const struct evidence_put *o,
                                      struct qn_err *err);
/* An entry of its own for a result or a sampling sheet of this office that is there already. */
QN_MUST_USE enum qn_code evidence_add(struct store *st, const char *result,
                                      const struct evidence_put *o, struct qn_err *err);

struct evidence_verified {
    uint64_t sound, bytes; /* files whose bytes are those of their row */
    uint64_t missing;      /* named by rows and not here, or not whole */
    uint64_t damaged;      /* were here and were not what they should be: moved aside */
    uint64_t found;        /* here, and not known to be: a database that was made again */
    uint64_t orphans;      /* no row names them */
};
uint64_t evidence_last_verified(struct store *st); /* ms since 1970; 0: never */
/* Reads every file again. What is damaged is moved aside and wanted again. */
QN_MUST_USE enum qn_code evidence_verify(struct store *st, struct evidence_verified *out,
                                         const struct qn_report *report, struct qn_err *err);

/* The one file that a beginning of its digest names (8 hex digits or more). QN_ABSENT, QN_CONFLICT "evidence.several". */
QN_MUST_USE enum qn_code evidence_find(uint8_t sha256[QN_HASH], struct store *st,
                                       const char *digest, struct qn_err *err);
/* Its bytes, made sure of by its digest; out is fresh. QN_LIMIT "file.too-long" above max. Needs no lock. */
QN_MUST_USE enum qn_code evidence_read(struct qn_buf *out, const char *dir,
                                       const uint8_t sha256[QN_HASH], size_t max,
                                       struct qn_err *err);
/* A copy, hashed on the way: it is whole and the one that was named, or nothing stands at path. */
QN_MUST_USE enum qn_code evidence_export(struct store *st, const uint8_t sha256[QN_HASH],
                                         const char *path, struct qn_err *err);
#endif
