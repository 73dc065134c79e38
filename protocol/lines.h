/* lines.h - reading and writing the canonical line texts of rules and draws.     Spec: protocol/spec/draw-texts.md
 *
 * A text is read line by line with the field readers of wire.h on `line`. The first line that does not
 * fit is kept; from there on every read yields nothing, so a parser reads all and asks once.
 * Spans that it lends point into the text.                                                       */
#ifndef QIAN_PROTOCOL_LINES_H
#define QIAN_PROTOCOL_LINES_H

#include "protocol/wire.h"
#include "qian/draw.h"

struct lines {
    struct rd all;  /* not yet begun */
    struct rd line; /* fields left of the current line */
    unsigned no;    /* its number, from 1 */
    unsigned bad;   /* number of the first line that does not fit; 0 none */
};
/* Begins with the first line, which must be this word and nothing else. */
void lines_open(struct lines *t, struct qn_span text, const char *first);
void lines_next(struct lines *t); /* on to the next line; the current one must be used up */
void lines_word(struct lines *t, const char *word); /* the next line, which begins with this word */
/* Whether the next line begins with this word; false once failed. */
bool lines_ahead(const struct lines *t, const char *word);
void lines_fail(struct lines *t); /* the current line does not fit */
/* Nothing failed and nothing is left. */
bool lines_end(struct lines *t);

/* Fields of the current line. */
void lines_origin(struct lines *t, char out[QN_ORIGIN_MAX + 1]);
void lines_code(struct lines *t, char out[QN_CODE_MAX + 1]);
void lines_name(struct lines *t, char out[QN_NAME32]);
void lines_type(struct lines *t, enum qn_slot_type *out); /* in rules.c, with the names */
void lines_level(struct lines *t, enum qn_draw_level *out);
/* The next field; in expr.c. A field that is no expression is refused at once, with its place in the line. */
QN_MUST_USE enum qn_code lines_expr(struct lines *t, struct qn_rules *r, struct qn_expr *out,
                                    struct qn_err *err);
void lines_leaf(struct lines *t, struct qn_leaf_ref *out); /* origin, index, hash */
void lines_head(struct lines *t, struct qn_head_ref *out); /* origin, size, root */
bool lines_absent(struct lines *t);                        /* the next field is '-': taken */

void lines_put_leaf(struct qn_buf *out, const char *word, const struct qn_leaf_ref *r);
void lines_put_head(struct qn_buf *out, const char *word, const struct qn_head_ref *r);
void lines_put_hash(struct qn_buf *out,
                    const uint8_t hash[QN_HASH]); /* a space before, '\n' behind */

/* "-" or codes separated by commas, ascending, without repeats. */
bool lines_list(struct qn_span field, uint16_t *out, unsigned cap, uint16_t max, unsigned *n);

/* The formatter is the judge: 0 when both are the same bytes, else the number of the first line that differs. */
unsigned lines_differ(struct qn_span text, struct qn_span again);

#endif
