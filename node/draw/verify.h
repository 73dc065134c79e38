/* verify.h - an office above recomputes draws from the offices' own signed entries.   Spec: protocol/spec/verdicts.md
 *
 * Reads only log entries and rows held here. Every draw is judged by all checks; a draw from a rival branch of a
 * forked log is judged too, and named as such; an order without a draw is waited for until its time is over.
 * Ownership: a result owns its verdicts; verify_release() frees it.                                            */
#ifndef QIAN_NODE_DRAW_VERIFY_H
#define QIAN_NODE_DRAW_VERIFY_H

#include "node/draw/findings.h"
#include "node/draw/slot.h"

enum verdict_about {
    VERDICT_DRAW,     /* a draw that counts */
    VERDICT_RIVAL,    /* a draw from a branch that does not */
    VERDICT_WAITING,  /* an order whose draw may still come */
    VERDICT_NO_DRAW,  /* an order whose time is over */
    VERDICT_NO_ORDER, /* a planned slot that the parent never ordered */
    VERDICT_ROWS      /* rows of an office that pass for what they are not */
};
struct verdict {
    enum verdict_about about;
    char office[QN_CODE_MAX + 1]; /* that draws */
    int64_t draw_id;              /* 0: none */
    char draw[DRAW_NAME_MAX], slot[SLOT_NAME_MAX];
    char origin[QN_ORIGIN_MAX + 1]; /* of the draw's entry, of the order's when there is no draw */
    uint64_t seq;
    uint8_t leaf[QN_HASH];
    bool has_order;                    /* the order was found in the parent's log */
    enum qn_draw_level claimed, shown; /* 0: not known; shown: by the evidence */
    struct findings f;
};
struct verify_result {
    struct verdict
        *at; /* by office, draws as logged, each followed by its rivals; then what is missing */
    size_t n;
    size_t draws, clean,
        waiting;      /* clean: draws that count, without a finding, nothing forgotten */
    size_t forgotten; /* without a finding, and something that they rest on was forgotten */
    struct findings_totals checks;
};
/* office NULL: all below this office and itself. draw_id 0: all draws of the office. */
QN_MUST_USE enum qn_code verify_run(struct verify_result *out, struct store *st, const char *office,
                                    int64_t draw_id, const struct qn_report *report,
                                    struct qn_err *err);
/* The same, and each draw that counts and could be computed again is shown to somebody: what should have come of it. Many
 * draws of several offices are judged by as many threads as there are processors, unless they are shown.            */
struct replay;
struct qn_roster;
struct verify_watch {
    enum qn_code (*draw)(void *ctx, const struct verdict *v, const struct replay *r,
                         const struct qn_roster *roster, struct qn_err *err); /* NULL: nobody */
    void *ctx;
    unsigned threads; /* 0: as said */
};
QN_MUST_USE enum qn_code verify_watched(struct verify_result *out, struct store *st,
                                        const char *office, int64_t draw_id,
                                        const struct verify_watch *watch,
                                        const struct qn_report *report, struct qn_err *err);
/* Only what is about the slots of one plan, "140600/2021", stays. */
void verify_keep_plan(struct verify_result *r, const char *plan);
/* Writes draw_verdict rows for offices below this one where the verdict is new or has changed; a rival's codes go
 * into the row of the draw whose place it disputes. recorded: rows written.                                    */
QN_MUST_USE enum qn_code verify_record(struct store *st, const struct verify_result *r,
                                       size_t *recorded, struct qn_err *err);
void verify_release(struct verify_result *r);
static inline void verify_auto(struct verify_result *r)
{
    verify_release(r);
}
bool verdict_has_findings(const struct verdict *v);

#endif
