/* change.h - reading, judging and writing changesets of INSERTs.   Spec: protocol/spec/changeset.md
 *
 * Foreign bytes never reach SQLite's own changeset parser. This reader checks changeset-1 to
 * changeset-13 in one pass without allocating, and yields typed rows that borrow from the input.
 * Authority judges each row by the signer's certificate: a pure function of the entry. That no key stands
 * twice is the one rule left to whoever applies the rows: each must add exactly one row.           */
#ifndef QIAN_CHANGE_H
#define QIAN_CHANGE_H

#include "qian/base.h"
#include "qian/entry.h"
#include "qian/registry.h"

struct qn_value {
    enum qn_type type; /* says which member is set; QN_NULL: none, and s is empty */
    union {
        int64_t i;
        double r;
        struct qn_span s; /* TEXT, BLOB */
    };
};
struct qn_row {
    const struct qn_table *table; /* of the registry in the limits: the version the entry names */
    struct qn_value col[QN_COLUMNS]; /* NULL from table->ncols on: a later version's new columns */
};
/* Called for each row in order; anything but QN_OK stops the walk and is returned. The row is valid only
 * during the call. */
typedef enum qn_code qn_row_fn(void *ctx, const struct qn_row *row, struct qn_err *err);

struct qn_change_limits {
    const struct qn_registry *registry;
    enum qn_lane lane; /* only tables of this lane and audience */
    enum qn_audience audience;
    uint32_t rows_max; /* QN_PART_ROWS */
};
/* rows: how many were decoded, written on QN_OK, may be NULL; row may be NULL to validate only. */
QN_MUST_USE enum qn_code qn_change_read(struct qn_span in, const struct qn_change_limits *limits,
                                        qn_row_fn *row, void *ctx, uint32_t *rows,
                                        struct qn_err *err);
/* Writes the bytes SQLite's session extension writes for these rows: what is read re-encodes the same.
 * Start a table, then its rows; a table appears once. */
void qn_change_table(struct qn_buf *out, const struct qn_table *table);
void qn_change_row(struct qn_buf *out, const struct qn_row *row);

/* changeset-14 to changeset-18: the row's office is the signer's, its level may write the table, the lane is
 * the header's and granted, the id belongs to this entry when rev is 1, to this or an older one when rev >= 2.
 * signer: the certificate by whose log key the header was verified.                                      */
QN_MUST_USE enum qn_code qn_authorise(const struct qn_row *row, const struct qn_header *header,
                                      const struct qn_cert *signer, struct qn_err *err);
/* cursors-12, cursors-14: whether a row of `supersede` or `waiver` may name this entry (the row's columns origin and
 * seq). subject: any certificate of the office and epoch that origin names.                               */
QN_MUST_USE enum qn_code qn_judge_supersede(struct qn_span origin, int64_t seq, const struct qn_header *header,
                                            const struct qn_cert *signer, struct qn_err *err);
QN_MUST_USE enum qn_code qn_judge_waiver(struct qn_span origin, int64_t seq, const struct qn_cert *subject,
                                         const struct qn_cert *signer, struct qn_err *err);
/* recovery-19: whether a row of `abandoned` may name this entry. */
QN_MUST_USE enum qn_code qn_judge_abandoned(struct qn_span origin, int64_t seq, const struct qn_cert *signer,
                                            struct qn_err *err);
/* cursors-23: whether a row of `redaction` may name this part. above: the offices above the named one, by the chain of
 * its certificate of that epoch; not asked for where the named office is the signer's own (qn_redacts_own).  */
bool qn_redacts_own(struct qn_span origin, const struct qn_cert *signer);
QN_MUST_USE enum qn_code qn_judge_redaction(struct qn_span origin, int64_t seq, int64_t part,
                                            const char *const *above, size_t n, const struct qn_header *header,
                                            const struct qn_cert *signer, struct qn_err *err);
/* cursors-28: whether the signer may have `holder` forget `subject`. given: it gave holder a certificate. */
QN_MUST_USE enum qn_code qn_judge_purge(struct qn_span holder, struct qn_span subject, bool given,
                                        const struct qn_cert *signer, struct qn_err *err);
#endif
