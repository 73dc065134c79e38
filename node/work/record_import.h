/* record_import.h - records of one kind from a spreadsheet: its headings are what the catalogue calls the fields, or
 * their names; 编号 names a record that is revised. Good rows are written, all in one transaction, bad ones told.   */
#ifndef QIAN_NODE_WORK_RECORD_IMPORT_H
#define QIAN_NODE_WORK_RECORD_IMPORT_H

#include "node/text/text.h"
#include "node/work/mapping.h"
#include "node/work/record.h"

#define RECORD_IMPORT_SET 8
struct record_import_pair {
    const char *field; /* a field of the kind */
    const char *text;
};
struct record_import {
    const struct record_type *type;
    const char *path, *charset; /* charset NULL: as sheet.h finds it */
    const char *rejects;        /* NULL: nowhere */
    const char *by, *reason;    /* reason: of the revisions; NULL when the file has none */
    struct record_import_pair set[RECORD_IMPORT_SET]; /* the same value in every row */
    unsigned nset;
    const char *sheet;       /* of a workbook; NULL: the first that shows */
    struct mapping_use from; /* headings of the sender */
    bool dry_run;
    enum text_lang lang;
};
struct record_imported {
    unsigned added, revised, same, rejected;
    unsigned blank; /* rows of a list that nobody has ticked */
};
/* The heading of a field: what the catalogue calls it in Chinese, as offices write it. */
#define RECORD_HEADING 96
void record_heading(char out[RECORD_HEADING], const struct record_type *t, const char *field);
QN_MUST_USE enum qn_code record_import(struct store *st, const struct record_import *o,
                                       struct record_imported *out, const struct qn_report *report,
                                       struct qn_err *err);
#endif
