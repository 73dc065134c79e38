/* uscc.h - unified social credit codes, GB 32100-2015.   Spec: protocol/spec/uscc.md
 *
 * The check warns and never refuses: issued codes exist that fail it. So a verdict is data, and the
 * refusal that qn_uscc_judge fills is for whoever asks a person to confirm.
 * Ownership: results are copies; nothing borrows.                                                 */
#ifndef QIAN_USCC_H
#define QIAN_USCC_H

#include "qian/base.h"

#define QN_USCC        18 /* characters of a code */
#define QN_USCC_LEGACY 15 /* digits of a registration number from before the code */

enum qn_uscc_verdict {
    QN_USCC_VALID = 1,
    QN_USCC_BAD_LENGTH,   /* not 18 characters */
    QN_USCC_BAD_ALPHABET, /* a character that GB 32100-2015 does not use */
    QN_USCC_BAD_CHECK,    /* the last character does not fit the others */
    QN_USCC_IS_LEGACY,    /* 15 digits: a registration number, kept as such */
    QN_USCC_IS_MISSING    /* nothing but blanks */
};
struct qn_uscc {
    enum qn_uscc_verdict verdict;
    char code[80];     /* normal form; of a text over 19 characters the first 19 */
    size_t characters; /* in the normal form */
    unsigned at;       /* BAD_ALPHABET: the character's position, from 1 */
    char want;         /* BAD_CHECK: the check character that would fit */
};

/* Reads a cell as people type it: any case, blanks anywhere, full-width letters and digits. */
void qn_uscc_read(struct qn_uscc *out, struct qn_span text);
/* QN_OK when valid; else QN_MALFORMED (QN_ABSENT when missing) with the sentence for the person. */
QN_MUST_USE enum qn_code qn_uscc_judge(const struct qn_uscc *u, struct qn_err *err);
/* Appends the check character to 17 characters; false, nothing written, when one is not in the alphabet. */
bool qn_uscc_make(char out[QN_USCC + 1], const char prefix[17]);
/* The check character of the organization code inside (GB 11714), over its eight characters; 0 when
 * one of them is no digit or capital letter. */
char qn_uscc_inner(const char body[8]);
#endif
