/* redact_find.h - before a part is forgotten: where a name or a code stands, and what else would go with it.
 *                                                                                Spec: protocol/spec/cursors.md */
#ifndef QIAN_NODE_STORE_REDACT_FIND_H
#define QIAN_NODE_STORE_REDACT_FIND_H

#include "node/store/log.h"
#include "qian/change.h"

/* A row that holds the text in one of its columns, and the part that brought it. */
struct redact_hit {
    char office[QN_CODE_MAX + 1], origin[QN_ORIGIN_MAX + 1], table[QN_TABLE_NAME],
        column[QN_COLUMN_NAME];
    int64_t id, rev;
    uint64_t seq;
    int part; /* -1: sealed to another, or not found */
    enum qn_privacy
        privacy; /* of the column: a name in an unmarked one stands where nobody looks for it */
};
typedef enum qn_code redact_saw(void *ctx, const struct redact_hit *h, struct qn_err *err);
/* Every row applied here, of whatever office, whose text holds these bytes; those of the control lane, which is never
 * forgotten, aside. *more: there were others above max. No query is open when saw is called.                                         */
QN_MUST_USE enum qn_code redact_search(struct store *st, const char *text, size_t max,
                                       redact_saw *saw, void *ctx, bool *more, struct qn_err *err);

/* What would be forgotten with a part. */
struct redact_preview {
    struct log log;
    enum qn_lane lane;
    int kind; /* of the entry */
    enum qn_audience audience;
    bool here, read; /* its bytes are stored; they can be opened here */
    uint64_t bytes, rows, files, time_ms;
    uint64_t draws; /* of the drawing office whose check rests on this lane */
};
typedef enum qn_code redact_row(void *ctx, const struct qn_row *row, struct qn_err *err);
typedef enum qn_code redact_holder(void *ctx, const char *office, struct qn_err *err);
/* row and holder may be NULL. Refused as redact_order is, but for what needs keys. */
QN_MUST_USE enum qn_code redact_look(struct redact_preview *out, struct store *st, const char *log,
                                     uint64_t seq, unsigned part, redact_row *row,
                                     redact_holder *holder, void *ctx, struct qn_err *err);
#endif
