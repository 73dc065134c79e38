/* finding.h - what was found of one item at one published target, as values by name: what lists for systems outside and
 * open data are made of. Whatever has no name here stands in no such list.      Spec: protocol/spec/exports.md
 *
 * Ownership: a finding holds the texts of one row; QN_AUTO(finding).                                           */
#ifndef QIAN_NODE_PUBLISH_FINDING_H
#define QIAN_NODE_PUBLISH_FINDING_H

#include "node/publish/model.h"
#include "node/text/text.h"

enum finding_value {
    FIND_PLAN_NO,
    FIND_PLAN_NAME,
    FIND_ISSUER,
    FIND_ISSUER_NAME,
    FIND_SERIES,
    FIND_YEAR,
    FIND_TASK_NO,
    FIND_TASK_NAME,
    FIND_ROUND,
    FIND_DRAW_TYPE,
    FIND_OFFICE,
    FIND_OFFICE_NAME,
    FIND_OBJECT_KIND,
    FIND_OBJECT_CODE,
    FIND_OBJECT_NAME,
    FIND_COMPLETED,
    FIND_ITEM,
    FIND_CODES,
    FIND_RESULT,
    FIND_PROBLEM,
    FIND_PUBLISHED,
    FIND_REVISION,
    FIND_RECORD, /* the result: "140602:1-7-0" */
    FIND_VALUES
};
struct finding_column {
    const char *key; /* "plan_no"; column.plan-no is its heading, means.plan-no what it says */
    bool number, date;
    const char *codes; /* list of the code table; several are joined by commas; NULL */
};
extern const struct finding_column finding_column[FIND_VALUES];
/* What the catalogue says: family "column.%s" or "means.%s", with the key in it. */
#define FINDING_WORD 400
void finding_word(char out[FINDING_WORD], enum text_lang lang, const char *family, const char *key);

/* A published result: the publication is the newest one. */
struct finding_of {
    const struct m_result *r;
    const struct m_publication *p;
    struct qn_span issuer, series; /* of the plan, empty where that is not known */
};
struct finding {
    struct store *st;
    const struct model *m;
    struct qn_buf text;
    size_t at[FIND_VALUES];
    struct {
        char office[QN_CODE_MAX + 1], name[QN_NAME_MAX + 1];
    } known[2]; /* offices asked for last: issuer, inspecting office */
};
#define FINDING_LISTS \
    (1u << M_PLAN | 1u << M_TASK | 1u << M_RESULT | 1u << M_ITEM | 1u << M_PUBLICATION | \
     1u << M_CODE)
void finding_init(struct finding *f, struct store *st, const struct model *m);
void finding_auto(struct finding *f);
/* Calls row for each item of a result, or once where a result has none; f holds the values until the next. */
QN_MUST_USE enum qn_code finding_each(struct finding *f, const struct finding_of *of,
                                      void (*row)(void *ctx, const struct finding *f), void *ctx,
                                      struct qn_err *err);
const char *finding_text(const struct finding *f, enum finding_value v);
#endif
