/* publication.h - making things public: release, publish, consolidate.   Spec: protocol/spec/publication.md
 *
 * publish_results: what this office finished and may show is released; a county then publishes its own and
 * its stations' results by reference. publish_consolidate: the office above lists what its subordinates
 * published. Nothing is copied; a correction is a further row.                                           */
#ifndef QIAN_NODE_PUBLISH_PUBLICATION_H
#define QIAN_NODE_PUBLISH_PUBLICATION_H

#include "node/publish/held.h"

struct published {
    uint64_t released;           /* parts newly released */
    uint64_t results;            /* publication rows written */
    uint64_t corrected;          /* of these: a further row for a result published before */
    uint64_t held[HELD_OWN + 1]; /* results that are not made public yet (held.h), by why */
};
/* result: this one only ("140602:1-7-0"); NULL: all that may be. Running it again with nothing new writes nothing. Where there is nothing but results that are held, QN_DENIED
 * "publish.not-reviewed", "publish.sent-back" or "publish.own-result".                                          */
QN_MUST_USE enum qn_code publish_results(struct published *out, struct store *st,
                                         const char *result, struct qn_err *err);
/* What that would do now, all of it rolled back again: each hears of every result that would become public. */
struct publish_shown {
    void (*each)(void *ctx, const char *result, bool corrected); /* "140602:1-7-0" */
    void *ctx;
};
QN_MUST_USE enum qn_code publish_results_shown(struct published *out, struct store *st,
                                               const char *result,
                                               const struct publish_shown *shown,
                                               struct qn_err *err);

/* Figures of one office, each counted over distinct targets (task, round, object). */
struct figures {
    char office[QN_CODE_MAX + 1]; /* "" in the total */
    char name[QN_NAME_MAX + 1];
    uint64_t targets, inspected, published, problems;
};
struct consolidation {
    uint64_t listed; /* rows written */
    size_t n;
    struct figures *line; /* owned; by office */
    struct figures total; /* counted anew over distinct targets, not added up */
};
/* series: of this office's own plans, or "ISSUER/SERIES". QN_ABSENT when no draw of it is known here. */
QN_MUST_USE enum qn_code publish_consolidate(struct consolidation *out, struct store *st,
                                             const char *series, struct qn_err *err);
void consolidation_release(struct consolidation *c);

/* Whether a result stands for a draw: by the drawing office, or by whom the draw sent the object to. */
bool publish_stands(struct store *st, struct qn_span office, int64_t id);
/* Whether one of these result codes ("R05,R08") names a problem, by the province's code table held here. */
bool publish_is_problem(struct store *st, struct qn_span codes);
#endif
