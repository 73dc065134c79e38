/* book.h - inside node/sheet: what a workbook (ECMA-376) holds beside the rows of a sheet: its parts, the texts that
 * cells share, and which formats are dates. A document type declaration is refused, so no entity is ever expanded.
 *
 * Ownership: book_open fills, book_release frees, also after a failure.                                        */
#ifndef QIAN_NODE_SHEET_BOOK_H
#define QIAN_NODE_SHEET_BOOK_H

#include <expat.h>
#include <minizip/unzip.h>

#include "node/sheet/sheet.h"

#define BOOK_PART \
    ((uint64_t)2 \
     << 30) /* bytes of a part unpacked: a million rows of 20 columns take about 1 GiB */
#define BOOK_NAME  256
#define BOOK_DEPTH 64

struct book {
    const struct sheet_file *file;
    struct qn_err *err;
    unzFile zip;
    int fd;
    bool from_1904; /* the day that serial numbers count from */
    bool *date;     /* by cell format: shown as a date or time */
    size_t ndates;
    struct qn_buf texts; /* shared ones, one behind the other */
    size_t *text_end;    /* of each */
    size_t ntexts, text_cap;
    char sheet[BOOK_NAME]; /* part of the sheet to read */
};
/* fd stays the caller's. QN_MALFORMED "xlsx.damaged", QN_ABSENT "xlsx.no-sheet", QN_LIMIT "xlsx.large". */
QN_MUST_USE enum qn_code book_open(struct book *b, const struct sheet_file *file, int fd,
                                   struct qn_err *err);
void book_release(struct book *b);
/* false when the book has no such text. */
bool book_text(const struct book *b, size_t i, struct qn_span *out);

/* One part, as elements. Names come without their namespace. A handler ends the reading by setting rc. */
struct book_part {
    struct book *book;
    void (*start)(struct book_part *p, const char *name, const char **attributes);
    void (*end)(struct book_part *p, const char *name);
    void (*text)(struct book_part *p, struct qn_span text);
    void *ctx;
    enum qn_code rc;
    XML_Parser parser;
    bool declared; /* a document type */
};
/* QN_ABSENT (without a refusal) when the book has no such part. */
QN_MUST_USE enum qn_code book_read(struct book_part *p, const char *name);
/* The value of an attribute, NULL when it is not there. */
const char *book_attribute(const char **attributes, const char *name);
/* What is wrong with the file: for a reader of a part. */
enum qn_code book_damaged(struct book *b, const char *part);

#endif
