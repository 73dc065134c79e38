/* template.h - a printed form as data: a text (node/form/forms/F04.txt) of lines, each a word and what belongs to it.
 *                                                                                Spec: protocol/spec/forms.md
 *   form F04/1 TITLE      its code, the version of what it reads, its title
 *   of KIND               the kind of record it prints (record.h), or a travelling table
 *   for FIELD             it may also be asked for by what this field of the record refers to
 *   may ROLE,ROLE         who may print it besides head, reviewer and auditor
 *   public                it reads public tables only, and anyone may print it
 *   wide                  A4 across
 *   numbered TEXT         what its number is called, if it is no document number
 *   number VALUE, date VALUE, maker VALUE     of the document; the maker is the owner of the record unless said
 *   then parts, from the top of the page to its end (enum form_part)
 * VALUE is text with {PATH} or {PATH~WORDS WHEN EMPTY} in it (value.h says what a path is).
 * Ownership: a template borrows from the text it was read from.                                             */
#ifndef QIAN_NODE_FORM_TEMPLATE_H
#define QIAN_NODE_FORM_TEMPLATE_H

#include "node/store/person.h"

#define FORM_PARTS 64
#define FORM_CODE  8

enum form_part_kind {
    PART_TO,    /* to VALUE: whom it is addressed to */
    PART_PARA,  /* para VALUE: a paragraph */
    PART_LINES, /* lines N VALUE: a text of any length; N ruled lines where there is none */
    PART_HEAD,  /* head TEXT */
    PART_GRID, /* | LABEL | VALUE [| LABEL | VALUE]: a line of a grid of fields; "|N LABEL" is N lines high at least */
    PART_ROWS, /* rows PATH: a table, a line for each record there; order, cols, empty follow */
    PART_COL,  /* col WIDTH HEADING | VALUE [| VALUE in the empty form]: width in hundredths */
    PART_ORDER, /* order VALUE [| VALUE in the empty form]: its lines stand in this order, numbers by
                   their size; else as they were written */
    PART_EMPTY, /* empty N [KIND PATH]: lines of the table in the empty form; or those of a record of that kind */
    PART_BLOCK, /* block NAME: what is not made of fields (block.h) */
    PART_SIGN,  /* sign TEXT | TEXT ...: lines to be signed */
    PART_SEAL,  /* seal VALUE: who stamps it, above the date */
    PART_BASIS, /* basis TEXT: the law it rests on */
    PART_NOTE,  /* note TEXT */
};
struct form_part {
    enum form_part_kind kind;
    unsigned n;          /* of lines, empty, grid: how many; of col: width */
    struct qn_span text; /* behind the word and the number */
};
struct form_template {
    char code[FORM_CODE];
    unsigned version;
    char of[32], by[32]; /* by: the field of "for", "" for none */
    unsigned roles;
    bool is_public, wide;
    struct qn_span title, numbered, number, date, maker;
    unsigned nparts;
    struct form_part part[FORM_PARTS];
};
/* QN_MALFORMED "form.line" names the line. */
QN_MUST_USE enum qn_code form_template_read(struct form_template *out, struct qn_span text,
                                            struct qn_err *err);
/* A compiled-in form by its code; QN_ABSENT "form.unknown". */
QN_MUST_USE enum qn_code form_template_get(struct form_template *out, const char *code,
                                           struct qn_err *err);
/* "F01" to "F24" by number, from 0; NULL behind the last. */
const char *form_code_at(unsigned i);
/* The form that is a page of its own, made of a draw (draw_sheet.h). */
#define FORM_DRAW       "F24"
#define FORM_DRAW_ROLES (ROLE_DRAW | ROLE_OBSERVER | ROLE_HEAD | ROLE_REVIEWER | ROLE_AUDITOR)

/* The next piece of a text that `mark` divides, without blanks around it; false at the end. */
bool form_piece(struct qn_span *rest, char mark, struct qn_span *piece);
#endif
