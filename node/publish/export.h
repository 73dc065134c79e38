/* export.h - lists of what the office types into systems outside (国家企业信用信息公示系统, the provincial platform,
 * e-CQS), with what was entered there already.                             Spec: protocol/spec/exports.md
 *
 * A layout is data: its columns. Rows of results come from released parts alone (finding.h). What was entered is told
 * by records (system_entry, ecqs_entry); the last columns of a list are what such a record needs, so that the list with
 * these filled in is imported as records.                                                                        */
#ifndef QIAN_NODE_PUBLISH_EXPORT_H
#define QIAN_NODE_PUBLISH_EXPORT_H

#include "node/publish/finding.h"
#include "node/sheet/out.h"
#include "qian/rules.h"

#define EXPORT_COLUMNS 24

struct export_layout {
    const char *name; /* "gsxt"; system.gsxt says it in words */
    unsigned n;
    enum finding_value column[EXPORT_COLUMNS];
};
/* Of results; NULL when there is none of that name. */
const struct export_layout *export_layout(const char *name);

enum export_state {
    EXPORT_OPEN,    /* still to be entered */
    EXPORT_CHANGED, /* entered, and corrected since */
    EXPORT_ENTERED
};
#define EXPORT_STATES 3
extern const char *const export_state_name[EXPORT_STATES];

struct export_ask {
    const char *series; /* "ISSUER/SERIES", or the series of any issuer; NULL: all */
    const char *task;   /* its number; of e-CQS the record of a sampling task; NULL: all */
    const char *path;
    struct sheet_how how; /* title: set here */
    bool due;             /* only what is to be entered, or once more */
};
struct export_made {
    uint64_t rows,
        state[EXPORT_STATES]; /* records, whatever rows each has; of all that were asked for */
};
/* QN_ABSENT "export.no-series" when no plan of that name is known here. */
QN_MUST_USE enum qn_code export_results(struct export_made *out, struct store *st,
                                        const struct export_layout *l, const struct export_ask *o,
                                        struct qn_err *err);
QN_MUST_USE enum qn_code export_ecqs(struct export_made *out, struct store *st,
                                     const struct export_ask *o, struct qn_err *err);

/* ---- what the lists share ---- */
/* The plan of a draw: issuer and series, empty where its order is not here. */
struct export_plan {
    char issuer[QN_CODE_MAX + 1], series[QN_NAME32];
};
QN_MUST_USE enum qn_code export_plan_of(struct export_plan *out, struct store *st,
                                        struct qn_span draw_office, int64_t draw_id,
                                        struct qn_err *err);
/* Headings in Chinese, as the office writes them; keys for programs. */
struct export_headings {
    unsigned n;
    char text[EXPORT_COLUMNS + 6][FINDING_WORD];
    struct sheet_heading at[EXPORT_COLUMNS + 6];
};
/* id NULL: column.<key> */
void export_heading(struct export_headings *h, const char *key, const char *id, bool number);
void export_state_word(char out[FINDING_WORD], enum export_state s);
#endif
