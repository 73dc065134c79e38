/* result.h - what was found at a target: recorded, corrected, never overwritten.   Spec: protocol/spec/visits.md
 *
 * The one way to write a result: the visit, the result of the target, and one row for each item, in one entry. The
 * result of the target is derived from its items. Inspectors are those of the draw, or who follow them.        */
#ifndef QIAN_NODE_WORK_RESULT_H
#define QIAN_NODE_WORK_RESULT_H

#include "node/store/act.h"
#include "node/text/text.h"
#include "node/work/list_read.h"

#define RESULT_PHOTOS 32
#define RESULT_ITEMS  32
#define RESULT_CLEAN  "R01" /* 未发现问题 */

struct result_item {
    const char *item; /* what it is called, or the number of a record of the kind item */
    const char *codes, *problem, *disposal;
};
struct result_record {
    const char *draw;   /* "140602:1-45-0" */
    const char *object; /* object id */
    const char *
        task; /* "3" or "3/1": of an object that several tasks of the draw visit; else NULL or "" */
    const char
        *codes; /* "R01" or "R02,R05": of the one item that the task is; unless there are items */
    const char *problem, *disposal, *place; /* NULL or "" when there is none */
    const char *started,
        *completed; /* local, YYYY-MM-DDTHH:MM:SS; NULL: those of the visit, else now */
    const char *by;
    unsigned nphotos;
    const char
        *photo[RESULT_PHOTOS]; /* paths; ":gate", ":document" … behind one says what it shows */
    unsigned nitems;
    struct result_item item[RESULT_ITEMS];
    /* The record of a visit that several targets share ("140602:1-60-0"); NULL: one of its own, of which: */
    const char *visit;
    const char *representative, *refusal,
        *witness;         /* refusal: why the party did not sign; NULL: it did */
    bool nobody;          /* nobody was there who could have signed: refusal says why */
    const char *over_cap; /* why it is visited beyond its yearly cap */
};
/* id: the new record's. QN_CONFLICT "result.exists" when the target has a result already. */
QN_MUST_USE enum qn_code result_record(struct store *st, const struct result_record *o, int64_t *id,
                                       struct qn_err *err);
/* The same; issue: whether a problem was found. */
QN_MUST_USE enum qn_code result_write(struct store *st, const struct result_record *o, int64_t *id,
                                      bool *issue, struct qn_err *err);

struct result_correct {
    const char *result;                     /* "140602:1-77-0" */
    const char *codes, *problem, *disposal; /* of a result of one item */
    const char *reason;                     /* required */
    const char *by;
    unsigned seen;   /* the revision that is corrected; 0: whichever stands */
    unsigned nitems; /* of several: those that change, or come */
    struct result_item item[RESULT_ITEMS];
};
QN_MUST_USE enum qn_code result_correct(struct store *st, const struct result_correct *o,
                                        int64_t *rev, struct qn_err *err);

struct result_import {
    const char *path, *cwd; /* photo paths are under cwd */
    struct list_use use;
    const char *rejects; /* NULL: nowhere */
    enum text_lang lang; /* of the reasons in it */
    bool dry_run;        /* all is checked and counted, nothing stays */
    bool
        confined; /* photos are names of files in cwd and of nothing else: the list is from a browser */
};
struct result_imported {
    unsigned recorded, with_issue, photos, rejected;
};
/* One entry a result, all in one transaction; bad rows are told and left out. Rows below one another that name items of
 * the same target are one result. */
QN_MUST_USE enum qn_code result_import(struct store *st, const struct result_import *o,
                                       struct result_imported *out, const struct qn_report *report,
                                       struct qn_err *err);

/* "OFFICE:epoch-seq-n" */
QN_MUST_USE enum qn_code result_name(const char *name, char office[QN_CODE_MAX + 1], int64_t *id,
                                     struct qn_err *err);
#endif
