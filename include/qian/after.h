/* after.h - what follows a draw: successors of targets that are void, somebody else for who does not come.
 *                                                                    Spec: protocol/spec/exceptions.md
 * One state for one main draw: it knows who was drawn, who goes where and how often, and is moved on by each
 * exception and each supplement in the order of the office's log. Computing and moving on are two steps, because
 * who judges moves on by what was logged.
 * Ownership: a state owns its arrays and borrows rules, selection and roster; qn_after_release() frees it.   */
#ifndef QIAN_AFTER_H
#define QIAN_AFTER_H

#include "qian/draw.h"

#define QN_NOBODY SIZE_MAX

struct qn_after_slot { /* a slot line of the main draw */
    const struct qn_rules *rules;
    const struct qn_selection *sel;
};
struct qn_after_visit {
    struct qn_visit v;
    uint16_t round[QN_VISIT_SLOTS]; /* replacements so far, by position */
};
struct qn_after {
    const struct qn_roster *roster;
    unsigned nslots;
    struct qn_after_slot slot[QN_ORDER_SLOTS];
    uint32_t successors[QN_ORDER_SLOTS]; /* taken from the main draw's own reserve */
    uint16_t *taken;         /* by object: the slots in which it was drawn, bit line no - 1 */
    uint32_t *gone;          /* by object: the void, from 1, that took it out; 0 none */
    uint32_t nvoids;         /* those that count: later ones are not known yet */
    uint64_t *load;          /* by inspector */
    struct qn_pair_bar *bar; /* recusals since the freeze */
    size_t nbars;
    struct qn_after_visit *visit; /* ascending object */
    size_t nvisits;
};
/* pairs NULL: nobody was paired. The roster must be sorted. */
QN_MUST_USE enum qn_code qn_after_start(struct qn_after *out, unsigned nslots,
                                        const struct qn_after_slot *slot,
                                        const struct qn_pairing *pairs,
                                        const struct qn_roster *roster, struct qn_err *err);
void qn_after_release(struct qn_after *a);

/* Whether the object was drawn in this slot line, by the main draw or as a successor. */
bool qn_after_drawn(const struct qn_after *a, uint8_t slot_no, size_t object);
/* Whether a void of it is followed by another: it was drawn by lot. */
bool qn_after_by_lot(const struct qn_after *a, uint8_t slot_no, size_t object);
const struct qn_after_visit *qn_after_visit(const struct qn_after *a, size_t object);

/* The object is void in a slot line: it is no successor in any. */
void qn_after_void(struct qn_after *a, size_t object);

/* The next in the frozen order, QN_NOBODY when the reserve or the rules' `supp` is used up, or it was a must. */
size_t qn_after_next(const struct qn_after *a, uint8_t slot_no, size_t object);
/* Of a supplement: for each object in `voided` (drawn by lot in this slot line) one successor of its stratum, by
 * the tickets of these keys. Strata are those of the main draw, with what was left of their pools.       */
QN_MUST_USE enum qn_code qn_after_select(struct qn_selection *out, const struct qn_after *a,
                                         uint8_t slot_no, const size_t *voided, size_t n,
                                         const struct qn_draw_keys *keys, struct qn_err *err);
/* Takes the object as drawn. reserve: from the main draw's own reserve, which has a limit. */
void qn_after_take(struct qn_after *a, uint8_t slot_no, size_t object, bool reserve);

/* Who goes to successors; slot[i] are the picks of slot line i + 1. One that is visited already for another slot line
 * keeps its visit, with positions added that it lacks; qn_after_send takes it over.                               */
QN_MUST_USE enum qn_code qn_after_pair(struct qn_pairing *out, const struct qn_after *a,
                                       const struct qn_pair_slot *slot,
                                       const struct qn_draw_keys *keys, struct qn_err *err);
QN_MUST_USE enum qn_code qn_after_send(struct qn_after *a, const struct qn_visit *visit,
                                       struct qn_err *err);
/* Who goes instead of the inspector in the visit of the object, not one of those away: QN_NOBODY when there is none.
 * QN_ABSENT "exc.not-sent" when this inspector is not sent there.                                      */
QN_MUST_USE enum qn_code qn_after_replace(size_t *who, const struct qn_after *a, size_t object,
                                          size_t inspector, const size_t *away, size_t naway,
                                          const struct qn_draw_keys *keys, struct qn_err *err);
void qn_after_change(struct qn_after *a, size_t object, size_t inspector, size_t who);
/* From now on the inspector is not sent to the object. */
QN_MUST_USE enum qn_code qn_after_recuse(struct qn_after *a, size_t object, size_t inspector,
                                         struct qn_err *err);
#endif
