/* form.h - the printed forms of the office (F01 to F24): made from records as pages of A4, and checked against them.
 *                                                                                Spec: protocol/spec/forms.md
 * A form is a template (template.h) filled from the records held here. It bears the number and day of the document, and a
 * digest of every row that was read for it; who holds the paper can have that compared with the records.
 * Printing changes nothing here: that a document was served is told by the record of its kind.                   */
#ifndef QIAN_NODE_FORM_FORM_H
#define QIAN_NODE_FORM_FORM_H

#include "node/form/template.h"
#include "node/store/store.h"

#define FORM_PAGE_MAX (64u * 1024 * 1024)

/* What a form says of itself, in its code and in the page (forms-4). */
struct form_proof {
    char code[FORM_CODE];
    unsigned version;
    bool blank;
    char reference
        [80];       /* "140602:1-45-0"; of an empty form that of what its lines are from, or "" */
    uint16_t epoch; /* of the log of `maker`, read up to `size` */
    uint64_t size;
    uint8_t digest[QN_HASH];
    char made[20];               /* when: "2025-11-10T09:05:00" */
    char maker[QN_CODE_MAX + 1]; /* the office whose node made it */
};
void form_proof_put(struct qn_buf *out, const struct form_proof *p); /* the lines of the code */
/* What is to be scanned: the lines, or where the office's pages have an address, that with the lines in it (forms-10). */
void form_proof_code(struct qn_buf *out, const struct form_proof *p, struct store *st);
/* Of the code's text, lines or address. QN_MALFORMED "form.no-proof". */
QN_MUST_USE enum qn_code form_proof_read(struct form_proof *out, struct qn_span text,
                                         struct qn_err *err);

struct form_order {
    const char *code;
    const char
        *reference; /* a record's number, what it is called, or what `for` of the template names */
    const char *by; /* who prints it; NULL for a public or an empty form */
    bool blank;     /* the empty form, to be filled in by hand */
};
/* Makes the page. QN_ABSENT "form.unknown", "form.no-record"; QN_DENIED "person.role" …; QN_MALFORMED "form.needs-by",
 * "form.needs-for". F24 is made by draw_sheet.h.                                                             */
QN_MUST_USE enum qn_code form_print(struct qn_buf *page, struct form_proof *proof, struct store *st,
                                    const struct form_order *o, struct qn_err *err);
/* The same form as it was at the size of the log that the proof names, made anew. QN_DENIED "form.version". */
QN_MUST_USE enum qn_code form_again(struct qn_buf *page, struct form_proof *proof, struct store *st,
                                    const struct form_proof *of, struct qn_err *err);

struct form_checked {
    bool agrees;  /* the digest is that of the records; of a page: it is the page, word for word */
    bool current; /* none of these records was revised since, and none was added */
    char differs[200]; /* of a page: the first words that are others */
};
/* text: a page, or the lines of its code. The form made anew comes in `page`. QN_MALFORMED "form.no-proof". */
QN_MUST_USE enum qn_code form_check(struct form_checked *out, struct qn_buf *page,
                                    struct form_proof *proof, struct store *st, struct qn_span text,
                                    struct qn_err *err);
/* The same of the record of a draw (F24), whose code is of another kind; `draw` gets its name, "" when the text is no such.
 * What its code says is compared, the print is not made again.                                               */
QN_MUST_USE enum qn_code form_check_draw(bool *agrees, char draw[80], struct store *st,
                                         struct qn_span text, struct qn_err *err);
#endif
