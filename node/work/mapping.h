/* mapping.h - the headings that a sender uses in place of ours, kept so that the next list from there is read at once.
 * Local to the office. `list` is "objects", "inspectors", "recusals" or a kind of record; `ours` a heading of that list. */
#ifndef QIAN_NODE_WORK_MAPPING_H
#define QIAN_NODE_WORK_MAPPING_H

#include "node/sheet/sheet.h"
#include "node/store/store.h"

#define MAPPING_MAX  48
#define MAPPING_OURS 96
#define MAPPING_TEXT 256
struct mapping {
    size_t n;
    struct {
        char ours[MAPPING_OURS], theirs[MAPPING_TEXT];
    } of[MAPPING_MAX];
};
/* "THEIRS=OURS"; what was there for `ours` gives way. QN_MALFORMED "mapping.pair", QN_LIMIT "mapping.many". */
QN_MUST_USE enum qn_code mapping_add(struct mapping *m, const char *pair, struct qn_err *err);
/* "OURS=VALUE": that column of ours says VALUE in every row (SHEET_ALL); kept and refused like a heading. */
QN_MUST_USE enum qn_code mapping_set(struct mapping *m, const char *pair, struct qn_err *err);
/* What is kept; empty when nothing is. */
QN_MUST_USE enum qn_code mapping_read(struct mapping *m, struct store *st, const char *sender,
                                      const char *list, struct qn_err *err);
/* In place of what was kept. */
QN_MUST_USE enum qn_code mapping_save(const struct mapping *m, struct store *st, const char *sender,
                                      const char *list, struct qn_err *err);
/* QN_ABSENT "mapping.absent" */
QN_MUST_USE enum qn_code mapping_drop(struct store *st, const char *sender, const char *list,
                                      struct qn_err *err);
typedef void mapping_fn(void *ctx, const char *sender, const char *list, const char *theirs,
                        const char *ours);
QN_MUST_USE enum qn_code mapping_each(struct store *st, mapping_fn *each, void *ctx,
                                      struct qn_err *err);

/* How the lists of one import are read: what is kept for the sender, and the pairs given now, which are kept as well
 * with the import. sender NULL: nothing is kept.                                                                    */
struct mapping_use {
    const char *sender;
    const struct mapping *given; /* of all lists of the import; NULL: none */
};
/* For one list: aliases lent from m. Of the pairs given only those for these columns. */
QN_MUST_USE enum qn_code mapping_begin(struct mapping *m, struct sheet_alias alias[MAPPING_MAX],
                                       struct store *st, const struct mapping_use *use,
                                       const char *list, const struct sheet_column *columns,
                                       size_t n, struct qn_err *err);
/* QN_MALFORMED "mapping.unknown": a pair is given for no column of these. */
QN_MUST_USE enum qn_code mapping_check(const struct mapping_use *use,
                                       const struct sheet_column *const *columns, const size_t *n,
                                       size_t lists, struct qn_err *err);
#endif
