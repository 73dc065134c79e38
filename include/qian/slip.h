/* slip.h - the owner's slip: one object's own record in a freeze, opened.   Spec: protocol/spec/publication.md
 *
 * The office that drew prints it or writes it to a file for the owner of one object. It carries what only
 * the office and its ancestors know otherwise: attributes, salts and the path to the root that the
 * published freeze names. With it anyone can say in which stratum the object stood. A slip proves
 * nothing by itself: everything is judged against the freeze and the rules of the published draw.
 * Ownership: a parsed slip holds copies.
 *
 *   # readable lines for the owner                              0..QN_SLIP_REMARKS, not judged
 *   qian-slip/1
 *   draw <origin> <index> <leaf hash>                           freeze <origin> <index> <leaf hash>
 *   object <object_id>                                          attributes <hex>
 *   attr-salt <64 hex>                                          salt <32 hex>
 *   leaf <index>                                                path <64 hex>       0..63 lines
 *   mark <kind> <reason> <scope|-> <source 64 hex> <salt 32 hex> <index> <path>     0..QN_SLIP_MARKS lines
 *   sum <64 hex>                                                SHA-256 of all bytes before this line      */
#ifndef QIAN_SLIP_H
#define QIAN_SLIP_H

#include "qian/draw.h"

#define QN_SLIP_MAX        65536
#define QN_SLIP_REMARKS    64
#define QN_SLIP_MARKS      8
#define QN_SLIP_ATTRIBUTES 160 /* 1+1+1+2+2+4 + 1+16 + 1+64*2 = 157, rounded */
#define QN_SALT16          16

struct qn_slip_mark {
    struct qn_mark mark; /* id is not set: it is the slip's object; scope borrows from scope_text */
    char scope_text[2 * QN_NAME32];
    uint8_t salt[QN_SALT16];
    uint64_t index;
    struct qn_proof path;
};
struct qn_slip {
    struct qn_leaf_ref draw, freeze;
    char object_id[QN_OBJECT_ID_MAX + 1];
    uint8_t attributes[QN_SLIP_ATTRIBUTES];
    size_t nattributes;
    uint8_t attr_salt[QN_HASH], salt[QN_SALT16];
    uint64_t index;
    struct qn_proof path;
    unsigned nmarks;
    struct qn_slip_mark mark[QN_SLIP_MARKS];
};

/* remarks: whole lines without '#', for the owner to read; may be empty. */
void qn_slip_text(struct qn_buf *out, const struct qn_slip *s, struct qn_span remarks);
QN_MUST_USE enum qn_code qn_slip_parse(struct qn_slip *out, struct qn_span in, struct qn_err *err);

/* The bytes of an attributes field back to the draw's view of an object. */
QN_MUST_USE enum qn_code qn_attributes_decode(struct qn_object_attr *out, struct qn_span in,
                                              struct qn_err *err);
/* Leaf and marks lead to the roots of this freeze (parsed from the published FREEZE entry, which the
 * caller has verified and compared with slip.freeze). QN_UNVERIFIED when one of them does not.        */
QN_MUST_USE enum qn_code qn_slip_open(struct qn_object_attr *out, const struct qn_slip *s,
                                      const struct qn_freeze *freeze, struct qn_err *err);

/* Where the rules put an opened object. Precedence: outside, excluded, must, capped, stratum. */
enum qn_standing {
    QN_STANDS_OUTSIDE = 1, /* not in the population */
    QN_STANDS_EXCLUDED,
    QN_STANDS_MUST,
    QN_STANDS_CAPPED,
    QN_STANDS_IN_STRATUM,
};
struct qn_place {
    enum qn_standing standing;
    uint8_t stratum; /* number of the first stratum that matches; 0 outside */
    uint8_t reason;  /* of the mark that decided, else 0 */
};
/* A pure function of (rules, attributes, marks), as the draw's own. */
void qn_slip_place(struct qn_place *out, const struct qn_slip *s, const struct qn_object_attr *attr,
                   const struct qn_rules *rules);
#endif
