/* result.h - what was found at a target: recorded, corrected, never overwritten.   Spec: protocol/spec/tables.md
 *
 * One result is one entry: its public fields (inspection_result) and the rest (inspection, evidence) under one id.
 * Inspectors are those of the draw. Result and disposal codes are the province's tables held here.             */
#ifndef QIAN_NODE_WORK_RESULT_H
#define QIAN_NODE_WORK_RESULT_H

#include "node/store/act.h"
#include "node/text/text.h"

#define RESULT_PHOTOS 32

struct result_record {
    const char *draw;   /* "140602:1-45-0" */
    const char *object; /* object id */
    const char *task;   /* "3" or "3/1": of an object that several tasks of the draw visit; else NULL or "" */
    const char *codes;  /* "R01" or "R02,R05" */
    const char *problem, *disposal, *place; /* NULL or "" when there is none */
    const char *started, *completed;        /* local, YYYY-MM-DDTHH:MM:SS; NULL: now */
    const char *by;
    unsigned nphotos;
    const char *photo[RESULT_PHOTOS]; /* paths; ":gate", ":document" … behind one says what it shows */
};
/* id: the new record's. QN_CONFLICT "result.exists" when the target has a result already. */
QN_MUST_USE enum qn_code result_record(struct store *st, const struct result_record *o, int64_t *id,
                                       struct qn_err *err);

struct result_correct {
    const char *result; /* "140602:1-77-0" */
    const char *codes, *problem, *disposal;
    const char *reason; /* required */
    const char *by;
};
QN_MUST_USE enum qn_code result_correct(struct store *st, const struct result_correct *o, int64_t *rev,
                                        struct qn_err *err);

struct result_import {
    const char *path, *charset, *cwd; /* photo paths are under cwd */
};
struct result_imported {
    unsigned recorded, with_issue, photos, rejected;
};
/* One entry a result, all in one transaction; bad rows are told and left out. */
QN_MUST_USE enum qn_code result_import(struct store *st, const struct result_import *o, struct result_imported *out,
                                       const struct qn_report *report, struct qn_err *err);

/* A row of an act whose texts are the clerk's: what is too long is named by its column. */
QN_MUST_USE enum qn_code result_put(struct act *a, const struct qn_row *row, struct qn_err *err);
/* "OFFICE:epoch-seq-n" */
QN_MUST_USE enum qn_code result_name(const char *name, char office[QN_CODE_MAX + 1], int64_t *id, struct qn_err *err);
#endif
