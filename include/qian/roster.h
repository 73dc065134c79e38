/* roster.h - what a freeze commits to: objects, marks, inspectors, recusals.   Spec: protocol/spec/draw-roster.md
 *
 * Records encode to fixed bytes; leaves are RFC 6962 leaves over them, in key order; the root of each
 * list stands in the freeze. Arrays and the ids they borrow are the caller's; lists must be sorted by
 * key without duplicates (qn_roster_sort does it).
 *
 *   object     u8 1  u8 len, object_id  attr[32]  salt[16]
 *   mark       u8 2  u8 len, object_id  u8 kind  u8 reason  u8 len, scope  source[32]  salt[16]
 *   inspector  u8 3  u8 len, insp_id  u8 n  n * u16 qualification  u8 available  u32 load0  salt[16]
 *   recusal    u8 4  u8 len, insp_id  u8 len, object_id  salt[16]                                  */
#ifndef QIAN_ROSTER_H
#define QIAN_ROSTER_H

#include "qian/merkle.h"
#include "qian/rules.h"

struct qn_object {
    struct qn_span id; /* kind letter ':' identifier, 3..QN_OBJECT_ID_MAX bytes */
    struct qn_object_attr attr;
};
struct qn_mark {
    struct qn_span id;
    uint8_t kind, reason; /* kind 1 must, 2 excluded */
    struct qn_span scope; /* "" or "series/task" */
    uint8_t source[QN_HASH];
};
#define QN_MARK_CARRIED 255 /* reason of a must mark: the object was void before */
struct qn_inspector {
    struct qn_span id; /* issuer code '/' certificate number */
    unsigned nquals;
    uint16_t qual[QN_TAGS];
    bool available;
    uint32_t load0;
};
struct qn_recusal {
    struct qn_span inspector, object;
};
struct qn_roster {
    struct qn_object *object;
    size_t nobjects;
    struct qn_mark *mark;
    size_t nmarks;
    struct qn_inspector *inspector;
    size_t ninspectors;
    struct qn_recusal *recusal;
    size_t nrecusals;
};
/* Sorts each list by its key. QN_CONFLICT names a key that stands twice. */
QN_MUST_USE enum qn_code qn_roster_sort(struct qn_roster *r, struct qn_err *err);
/* QN_CONFLICT "roster.unsorted" unless every list is in strictly ascending order of its key. */
QN_MUST_USE enum qn_code qn_roster_check(const struct qn_roster *r, struct qn_err *err);
/* The index of an object or an inspector in its sorted list; false when it is not there. */
bool qn_roster_object(const struct qn_roster *r, struct qn_span id, size_t *index);
bool qn_roster_inspector(const struct qn_roster *r, struct qn_span id, size_t *index);

/* Records, salt included: the first 16 bytes of M(salt_key, record without its salt). An id that
 * does not fit its length byte fails the buffer with QN_LIMIT. */
void qn_record_salt(uint8_t out[16], struct qn_span record, const uint8_t salt_key[32]);
void qn_object_record(struct qn_buf *out, const struct qn_object *o, const uint8_t salt_key[32]);
void qn_object_attributes(struct qn_buf *out, const struct qn_object *o);
void qn_object_attr_salt(uint8_t out[QN_HASH], struct qn_span id, const uint8_t salt_key[32]);
void qn_mark_record(struct qn_buf *out, const struct qn_mark *m, const uint8_t salt_key[32]);
void qn_inspector_record(struct qn_buf *out, const struct qn_inspector *i,
                         const uint8_t salt_key[32]);
void qn_recusal_record(struct qn_buf *out, const struct qn_recusal *c, const uint8_t salt_key[32]);

struct qn_roster_roots {
    uint64_t objects, marks, inspectors, recusals;
    uint8_t object_root[QN_HASH], mark_root[QN_HASH], inspector_root[QN_HASH],
        recusal_root[QN_HASH];
};
QN_MUST_USE enum qn_code qn_roster_roots(struct qn_roster_roots *out, const struct qn_roster *r,
                                         const uint8_t salt_key[32], struct qn_err *err);
/* The owner's slip: inclusion of one object's leaf in the objects root. */
QN_MUST_USE enum qn_code qn_roster_prove(struct qn_proof *out, uint64_t *index,
                                         const struct qn_roster *r, const uint8_t salt_key[32],
                                         struct qn_span object_id, struct qn_err *err);

/* Normal form of an object id ("E:91140602MA0KX0A76X"); QN_MALFORMED says which rule. */
QN_MUST_USE enum qn_code qn_object_id_check(struct qn_span id, struct qn_err *err);
/* roster-15: whether a number, of a thing or of a certificate, is in the one form that compares equal to itself. */
bool qn_is_number(struct qn_span s);
#endif
