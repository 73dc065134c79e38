/* rules.h - slot rules: what one planned draw selects, and from what.   Spec: protocol/spec/draw-rules.md
 *
 * draw-rules/1 text <-> struct; population and strata are expressions over an object's attributes.
 * Strata, flags and quotas are a pure function of (rules, freeze). Parsed rules hold copies.
 * Errors: QN_MALFORMED for all but the canonical text, QN_LIMIT over the bounds below.            */
#ifndef QIAN_RULES_H
#define QIAN_RULES_H

#include "qian/base.h"
#include "qian/cert.h"

#define QN_STRATA 32
#define QN_ROLES  8
#define QN_QUALS \
    16 /* qualifications one role asks for, tags one record has: u8 n on the wire, 64 */
#define QN_TAGS       64
#define QN_REASONS    32
#define QN_EXPR_DEPTH 16
#define QN_EXPR_NODES \
    512 /* of all expressions of one text: 32 strata of 15 each, and the population */
#define QN_RULES_MAX     65536
#define QN_OBJECT_ID_MAX 255
#define QN_NAME32        33

enum qn_slot_type { QN_BOTH = 1, QN_OBJECTS = 2, QN_PAIRS = 3 };
enum qn_draw_level { QN_WITNESSED = 1, QN_OFFLINE = 2, QN_UNWITNESSED = 3 }; /* highest first */

/* kind codes of an object record = the letters of object_id, in this order from 1 */
#define QN_KIND_LETTERS "EICNSPQTLO"

struct qn_object_attr { /* the draw's view of a roster row */
    uint8_t kind;       /* 1.. index into QN_KIND_LETTERS, from 1 */
    uint8_t cls;        /* 0 none, 1 A .. 4 D */
    uint8_t status;     /* 0 in business, others in spec/rows.md */
    uint16_t complaints, inspected_this_year;
    uint32_t last_inspected_day;
    char inspecting_office[QN_CODE_MAX + 1];
    unsigned ntags;
    uint16_t tag[QN_TAGS]; /* ascending, no duplicates */
};

enum qn_expr_op { QN_TRUE = 1, QN_EQ, QN_GE, QN_LE, QN_HAS, QN_AND, QN_OR, QN_NOT };
enum qn_expr_attr {
    QN_ATTR_KIND,
    QN_ATTR_CLASS,
    QN_ATTR_STATUS,
    QN_ATTR_COMPLAINTS,
    QN_ATTR_INSPECTED,
    QN_ATTR_LAST
};
struct qn_expr_node {
    enum qn_expr_op op;
    enum qn_expr_attr attr; /* of EQ, GE, LE */
    uint32_t n;             /* of EQ, GE, LE, HAS */
    uint16_t left, right;   /* nodes: both of AND and OR, left of NOT */
};
struct qn_expr {
    uint16_t root;
};
struct qn_stratum {
    uint8_t no;
    uint32_t num, den, min;
    struct qn_expr expr;
};
struct qn_role {
    uint8_t no, k;
    unsigned nquals;
    uint16_t qual[QN_QUALS];
};
struct qn_rules {
    char issuer[QN_CODE_MAX + 1], series[QN_NAME32], task[QN_NAME32];
    uint32_t round;
    enum qn_slot_type type;
    struct qn_expr population;
    unsigned nstrata;
    struct qn_stratum stratum[QN_STRATA];
    enum { QN_TOTAL_NONE, QN_TOTAL_RATIO, QN_TOTAL_COUNT } total_kind;
    uint32_t total_num, total_den;
    unsigned nmust, nexclude; /* accepted reason codes of marks, ascending */
    uint8_t must[QN_REASONS], exclude[QN_REASONS];
    bool has_cap, has_load;
    uint32_t cap, load;
    unsigned nroles;
    struct qn_role role[QN_ROLES];
    uint32_t pool, age_days, witness_hours, return_days, supp;
    enum qn_draw_level level;
    uint8_t hash[QN_HASH]; /* SHA-256 of the text */
    unsigned nnodes;
    struct qn_expr_node node[QN_EXPR_NODES];
};
QN_MUST_USE enum qn_code qn_rules_parse(struct qn_rules *out, struct qn_span text,
                                        struct qn_err *err);
/* The canonical text: what parses gives the same bytes. */
void qn_rules_text(struct qn_buf *out, const struct qn_rules *r);
void qn_expr_text(struct qn_buf *out, const struct qn_rules *r, struct qn_expr e);
bool qn_expr_holds(const struct qn_rules *r, struct qn_expr e, const struct qn_object_attr *a);
bool qn_role_same(const struct qn_role *a,
                  const struct qn_role *b); /* iff their qualifications are equal */
const char *qn_slot_type_name(enum qn_slot_type t);
const char *qn_draw_level_name(enum qn_draw_level l);
#endif
