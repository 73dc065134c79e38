/* register_import.h - the registers of record, as spreadsheets, become lines that are held here and a signed snapshot of them.
 *                                                               Spec: protocol/spec/register.md
 * Good rows are taken, bad ones are told one by one and left out, and given back as a spreadsheet where asked. Lines and
 * snapshot are one transaction. Memory: a file at a time, and 32 bytes a line to see what comes twice.           */
#ifndef QIAN_NODE_WORK_REGISTER_IMPORT_H
#define QIAN_NODE_WORK_REGISTER_IMPORT_H

#include "node/store/store.h"
#include "node/text/text.h"
#include "node/work/forms.h"
#include "node/work/list_read.h"

#define REGISTER_FILES 64 /* of one list: a province's register comes by cities */

struct register_import {
    const char *const *objects, *const *inspectors; /* paths */
    unsigned nobjects, ninspectors;                 /* 0: that list stays as it was */
    struct list_use use;                            /* how the files are read */
    const char *taken_on;                           /* the day on which the registers stood so */
    const char *by;                                 /* the acting person */
    const char *
        rejects; /* where the rejected rows of each file are written, with the reason; NULL: nowhere */
    enum text_lang lang; /* of the reasons there */
};
struct register_counts {
    uint64_t lines, rejected;
    bool held; /* the same lines were here before */
};
struct register_imported {
    struct register_counts objects, inspectors;
    int64_t id; /* of the snapshot; 0: the newest one says the same, no other was signed */
};
QN_MUST_USE enum qn_code register_import(struct store *st, const struct register_import *o,
                                         struct register_imported *out,
                                         const struct qn_report *report, struct qn_err *err);

#endif
