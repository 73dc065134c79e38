/* clue.h - what an office hands to another in confidence, and what became of it.   Spec: protocol/spec/tables.md
 *
 * Rows of restricted tables: sealed to one office, read there and here, nowhere between.                    */
#ifndef QIAN_NODE_WORK_CLUE_H
#define QIAN_NODE_WORK_CLUE_H

#include "node/store/store.h"

#define CLUE_KINDS    "discipline|police|judicial|department|office"
#define CLUE_OUTCOMES "accepted|returned|filed|closed"

struct clue_send {
    const char *to;               /* the office that shall read it */
    const char *kind, *receiver;  /* one of CLUE_KINDS; the body that it is for */
    const char *doc_no, *sent_on; /* of the letter; sent_on NULL: today */
    const char *title;
    /* Paths of texts: what is on a command line is read by whoever lists the processes. persons, materials: may be NULL. */
    const char *facts, *persons, *materials;
    const char *inspection; /* "140602:1-77-0" or NULL */
    const char *object, *object_name;
    const char *by;
};
QN_MUST_USE enum qn_code clue_send(struct store *st, const struct clue_send *o, int64_t *id,
                                   struct qn_err *err);

/* Hands an own clue over once more, in a new entry under the addressee's newest certificate: what it was sealed to is lost.
 * to: whose it is. QN_DENIED "clue.not-own", QN_ABSENT "clue.absent".                                         */
QN_MUST_USE enum qn_code clue_again(struct store *st, const char *clue, const char *by,
                                    char to[QN_CODE_MAX + 1], int64_t *id, struct qn_err *err);

struct clue_answer {
    const char *clue;                        /* "140602:1-5-0" */
    const char *outcome;                     /* one of CLUE_OUTCOMES */
    const char *doc_no, *answered_on, *note; /* may be NULL; note is required of a return */
    const char *by;
};
/* QN_ABSENT "clue.absent": not here, which for all but its author and its addressee is the same as not there. */
QN_MUST_USE enum qn_code clue_answer(struct store *st, const struct clue_answer *o,
                                     struct qn_err *err);
/* Whose answers to a clue count. */
QN_MUST_USE enum qn_code clue_answerer(char out[QN_CODE_MAX + 1], struct store *st,
                                       const char *office, int64_t id, struct qn_err *err);
/* "OFFICE:epoch-seq-n" */
QN_MUST_USE enum qn_code clue_name(const char *name, char office[QN_CODE_MAX + 1], int64_t *id,
                                   struct qn_err *err);
#endif
