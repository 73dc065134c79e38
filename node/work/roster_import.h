/* roster_import.h - an office's spreadsheets become a closed roster version, or nothing.
 *                                                               Spec: protocol/spec/tables.md
 * Good rows are written, bad ones are told one by one and left out. All entries of one import and the
 * ROSTER_CLOSE that ends them are one transaction.                                                    */
#ifndef QIAN_NODE_WORK_ROSTER_IMPORT_H
#define QIAN_NODE_WORK_ROSTER_IMPORT_H

#include "node/store/store.h"
#include "node/text/text.h"
#include "node/work/list_read.h"

struct roster_import {
    const char *objects, *inspectors, *recusals; /* paths; NULL: that list stays as it is */
    struct list_use use;                         /* of all three */
    const char *tags;                            /* a tag table; NULL: the code tables held here */
    const char *rejects; /* where the rejected rows are written, with the reason; NULL: nowhere */
    const char *by;      /* the acting person */
    bool dry_run;
    enum text_lang lang; /* of the reasons in the rejects file */
};
struct roster_counts {
    uint64_t added, updated, same, rejected, warned;
};
struct roster_imported {
    struct roster_counts objects, inspectors, recusals;
    int64_t version; /* 0: nothing changed, nothing was closed */
    uint64_t entries;
};
QN_MUST_USE enum qn_code roster_import(struct store *st, const struct roster_import *o,
                                       struct roster_imported *out, const struct qn_report *report,
                                       struct qn_err *err);
#endif
