/* open_set.h - one set of open data: the same rows as CSV with its mark, CSV in GB 18030, workbook and JSON, and a JSON
 * Schema that says what each column is.                                      Spec: protocol/spec/exports.md
 *
 * Ownership: open_set_end or QN_AUTO(open_set) closes the files; without the end none is kept.                  */
#ifndef QIAN_NODE_PUBLISH_OPEN_SET_H
#define QIAN_NODE_PUBLISH_OPEN_SET_H

#include "node/publish/finding.h"
#include "node/sheet/out.h"

#define OPEN_COLUMNS 32
#define OPEN_FORMATS 4
#define OPEN_DIR     140 /* bytes of a directory below the site */

struct open_column {
    const char *key; /* column.<key> and means.<key> say it */
    bool number, date;
    bool always;       /* never empty */
    const char *codes; /* list of data/codes; NULL */
    const char *words; /* the only values: "E|I|C"; NULL */
};
struct open_set {
    const struct open_column *column;
    size_t n, at;
    uint64_t rows;
    struct sheet_out *out[OPEN_FORMATS];
    char heading[OPEN_COLUMNS][FINDING_WORD];
    struct sheet_heading head[OPEN_COLUMNS];
};
/* "results.csv", "results.gb18030.csv", "results.xlsx", "results.json" */
extern const char *const open_ending[OPEN_FORMATS];
/* dir/name.<ending>; title: of the sheet. */
QN_MUST_USE enum qn_code open_set_begin(struct open_set *s, const struct open_column *c, size_t n,
                                        const char *dir, const char *name, const char *title,
                                        struct qn_err *err);
void open_set_cell(struct open_set *s, const char *text);
QN_MUST_USE enum qn_code open_set_end(struct open_set *s, struct qn_err *err);
void open_set_auto(struct open_set *s);
/* The schema of name.json: {title} in Chinese, in English. codes: where the code tables are, from the set. */
QN_MUST_USE enum qn_code open_set_schema(struct qn_buf *out, const struct open_column *c, size_t n,
                                         const char *title, const char *english, const char *codes,
                                         struct qn_err *err);
#endif
