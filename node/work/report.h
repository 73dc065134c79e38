/* report.h - report snapshots: figures fixed at a moment and signed, and how the live ones differ from them.
 *                                                                            Spec: protocol/spec/figures.md
 * A snapshot is a record whose text (qian-report/1) holds the definitions' version, the day by which lateness is judged,
 * the logs that it rests on with their sizes, and of each figure its numbers and the digests of the things behind them.
 * Ownership: QN_AUTO(report).                                                                                     */
#ifndef QIAN_NODE_WORK_REPORT_H
#define QIAN_NODE_WORK_REPORT_H

#include "node/work/figure.h"

#define REPORT_TEXT 60000 /* registry */
struct report_number {
    bool known, lower; /* lower: over is one */
    uint64_t of, over;
    uint8_t digest[2][QN_HASH];
};
struct report {
    char office[QN_CODE_MAX + 1], series[FIGURE_TASK];
    unsigned definitions, year;
    int32_t on;
    struct figure_heads heads; /* owned */
    struct report_number figure[FIGURES];
};
struct report_make {
    const char *title, *kind, *series, *by; /* kind: interim, quarter, half_year, year */
    unsigned year;
};
/* Counts, writes the record. QN_LIMIT when the offices are more than a snapshot holds. */
QN_MUST_USE enum qn_code report_make(int64_t *id, struct store *st, const struct report_make *o,
                                     struct qn_err *err);
void report_text(struct qn_buf *out, const struct figures *f, const struct figure_heads *heads);
/* QN_MALFORMED "report.text". */
QN_MUST_USE enum qn_code report_parse(struct report *out, struct qn_span text, struct qn_err *err);
void report_auto(struct report *r);

/* SPEC figures-25: "A figure is same, later, moved, behind or other" */
enum report_why {
    REPORT_SAME,
    REPORT_LATER,  /* things were added since, and without them it is the same */
    REPORT_MOVED,  /* logs went on, and what is true of earlier things with them */
    REPORT_BEHIND, /* this office holds less than the snapshot rests on */
    REPORT_OTHER,  /* no log went on: these are not the rows that were counted */
};
#define REPORT_WHYS 5
extern const char *const report_why_name[REPORT_WHYS];
struct report_check {
    struct report report; /* owned */
    struct report_number now[FIGURES];
    enum report_why why[FIGURES];
    unsigned count[REPORT_WHYS];
    size_t grown, behind;                                               /* logs */
    char grown_office[QN_CODE_MAX + 1], behind_office[QN_CODE_MAX + 1]; /* the first of them */
};
QN_MUST_USE enum qn_code report_check(struct report_check *out, struct store *st,
                                      const char *office, int64_t id, struct qn_err *err);
void report_check_auto(struct report_check *c);
#endif
