/* order.h - ORDER (抽签令): the parent's one-time permission and nonce for one slot or several.   Spec: protocol/spec/draw.md
 *
 * The nonce is made last: after the drawer's freeze was cosigned here and recomputed from the rows held here.
 * Exactly one order per slot key, attempt and supplement; running again issues only what is missing.
 * Ownership: an order as held owns its note; order_release() frees it.                                      */
#ifndef QIAN_NODE_DRAW_ORDER_H
#define QIAN_NODE_DRAW_ORDER_H

#include "node/draw/slot.h"
#include "node/store/log.h"

#define ORDER_AHEAD_DAYS \
    31 /* how long before its window an offline office gets its order: a month without a stick */

/* ---- one order as logged: as many rows as it has slots, all with the one note ---- */
struct order {
    struct log log; /* of the office that signed it */
    uint64_t seq;
    int64_t id; /* of its first row */
    uint8_t leaf[QN_HASH];
    uint16_t part; /* number of its public part */
    char drawer[QN_CODE_MAX + 1];
    struct qn_order o;
    struct qn_buf note;
};
/* QN_ABSENT when entry or row are not held; QN_MALFORMED when the note does not parse or its text, columns and
 * place do not agree. The signature is judged apart.                                                          */
QN_MUST_USE enum qn_code order_read(struct order *out, struct store *st, const char *origin,
                                    uint64_t seq, struct qn_err *err);
/* By the log key that the parent's certificate gives for this origin. */
QN_MUST_USE enum qn_code order_check_signature(const struct order *o, struct store *st,
                                               struct qn_err *err);
void order_release(struct order *o);
static inline void order_auto(struct order *o)
{
    order_release(o);
}

/* ---- issuing ---- */
/* Signs and logs it; rests_on: the head of the drawer's log that it names, NULL for none. */
QN_MUST_USE enum qn_code order_write(struct store *st, const struct qn_order *o, const char *drawer,
                                     const struct qn_head_ref *rests_on, uint64_t *seq,
                                     struct qn_err *err);
struct order_options {
    const char *const *office; /* limits to these drawers; none: all children */
    unsigned noffice;
    const char *series;    /* limits to one series; NULL: all */
    const char *from, *to; /* narrow the slots' windows; NULL: as planned */
    enum qn_draw_level
        level;      /* 0: witnessed when the drawer was heard over HTTP in time, else offline */
    const char *beacon; /* "ssq 2026133"; NULL: none */
    int ahead_days; /* < 0: 0 for witnessed orders, ORDER_AHEAD_DAYS for offline ones */
    bool by_itself; /* verdicts-43: nobody asked for them, so the lists are not read again for nothing */
};
struct order_outcome {
    char slot[SLOT_NAME_MAX], drawer[QN_CODE_MAX + 1];
    unsigned nslots;
    bool issued;
    uint64_t seq;
    enum qn_draw_level level;
    char window_from[11], window_to[11];
    struct qn_err why; /* when not issued */
};
struct order_outcomes {
    struct order_outcome *at;
    size_t n;
    size_t had, ahead,
        over; /* slots with an order already; with a window still ahead; with one that is over */
};
/* Each order is committed by itself; a slot that cannot be ordered yet is told in its outcome. */
QN_MUST_USE enum qn_code order_issue(struct order_outcomes *out, struct store *st,
                                     const struct order_options *o, struct qn_err *err);
void order_outcomes_free(struct order_outcomes *o);
static inline void order_outcomes_auto(struct order_outcomes *o)
{
    order_outcomes_free(o);
}

/* ---- what is held ---- */
struct order_line { /* one row: an order of several slots has as many, all with one place */
    unsigned slot_no,
        nslots; /* the slot line that the row stands for, from 1: line 1 stands for the order */
    char slots[SLOT_NAME_MAX];      /* all of them */
    char origin[QN_ORIGIN_MAX + 1]; /* of the log that holds it */
    char parent[QN_CODE_MAX + 1], drawer[QN_CODE_MAX + 1];
    bool
        genuine; /* by the drawer's parent, for the log that holds it, and signed; else it is no order */
    uint64_t seq;
    int64_t id, draw_id; /* draw_id 0: not drawn yet, as far as known here */
    struct qn_slot_key key;
    uint32_t attempt, supp;
    uint8_t nonce[32], order_id[QN_HASH];
    enum qn_draw_level level;
    char window_from[11], window_to[11];
};
struct order_lines {
    struct order_line *at; /* by parent, then as logged; the rows of one order together */
    size_t n;
};
/* All orders held here, or those to one drawer. Those whose note does not parse are left out. */
QN_MUST_USE enum qn_code order_list(struct order_lines *out, struct store *st, const char *drawer,
                                    struct qn_err *err);
/* Every row that says it is an order, also those that nothing can be read from (round 0). */
QN_MUST_USE enum qn_code order_list_all(struct order_lines *out, struct store *st,
                                        struct qn_err *err);
/* Whether two rows answer for one slot and supplement of one office: whatever their attempts say. */
bool order_same_slot(const struct order_line *a, const struct order_line *b);
/* Whether two rows are of one order. */
bool order_same_place(const struct order_line *a, const struct order_line *b);
void order_lines_free(struct order_lines *l);
static inline void order_lines_auto(struct order_lines *l)
{
    order_lines_free(l);
}

#endif
