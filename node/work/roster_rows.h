/* roster_rows.h - one spreadsheet row becomes one row of a roster table, or a refusal that names line, column, value
 * and rule. Nothing is written here.                            Spec: protocol/spec/tables.md
 *
 * Ownership: the row borrows from the cells and from struct roster_cells, until the next row is made.      */
#ifndef QIAN_NODE_WORK_ROSTER_ROWS_H
#define QIAN_NODE_WORK_ROSTER_ROWS_H

#include "node/store/act.h"
#include "node/sheet/sheet.h"
#include "node/work/words.h"
#include "qian/roster.h"

#define ROSTER_COLUMNS 17 /* of the widest list */

/* The columns of the lists, in the order of their cells. */
enum object_cell {
    O_ID,
    O_KIND,
    O_NAME,
    O_USCC,
    O_REG,
    O_PARTY,
    O_ADDRESS,
    O_OFFICE,
    O_STATION,
    O_INDUSTRY,
    O_TAGS,
    O_STATUS,
    O_CLASS,
    O_CLASS_ON,
    O_COMPLAINTS,
    O_INSPECTED,
    O_LAST,
    O_COLUMNS
};
enum inspector_cell {
    I_NAME,
    I_CERT,
    I_ISSUER,
    I_VALID,
    I_QUALS,
    I_STATUS,
    I_STATION,
    I_AVAILABLE,
    I_LOAD,
    I_COLUMNS
};

#define CERT_MAX 48 /* bytes of inspector.cert_no, registry */

struct roster_cells {
    struct store *st;
    const struct words_tags *tags; /* NULL: the code tables held here */
    const char *by, *now;          /* acting person; date and time of entry */
    int64_t version;
    bool any_office; /* of objects: also one that is not known here */
    const struct qn_report *report;
    uint64_t *warned; /* counted up for each row that was taken with a remark */
    const char *key;  /* of the row made: what may stand once in a file */
    char id[QN_OBJECT_ID_MAX + 1], cert[CERT_MAX + 2], insp[96], pair[QN_OBJECT_ID_MAX + 100],
        uscc[80], note[400];
    char tag_list[512];
};
/* One list: its columns, how a row is made, and how the office's newest row of that key is found. */
struct roster_list {
    const char *name, *table;
    const struct sheet_column *columns;
    size_t n;
    enum qn_code (*make)(struct roster_cells *c, struct qn_row *row, const struct sheet_row *raw,
                         const char *const *cell, struct qn_err *err);
    void (*find)(struct query *q, const struct roster_cells *c); /* binds `now` */
    enum sql now;
    bool reason_counts; /* the reason is part of what the row says, not of why it was revised */
};
extern const struct roster_list roster_objects, roster_inspectors, roster_recusals;

/* The heading that stands for a column of the list's table; the column's own name when none does. */
const char *roster_heading(const char *column);
#endif
