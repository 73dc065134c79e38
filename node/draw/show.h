/* show.h - one draw as people read it: the record for the room, made from what was logged.
 *
 * Seed and tickets are computed again from the proof in the result, not stored: what is shown is what verifies.
 * Ownership: a view owns all it holds; draw_view_release() frees it, a zeroed one is fine.                     */
#ifndef QIAN_NODE_DRAW_SHOW_H
#define QIAN_NODE_DRAW_SHOW_H

#include "node/draw/order.h"
#include "node/draw/record.h"

/* What exceptions of the draw say of a target, as told by who wrote them; whether rightly, verify says. */
enum draw_after {
    AFTER_NOTHING,
    AFTER_VOID,     /* it cannot be inspected */
    AFTER_SUCCEEDS, /* it follows one that is void */
    AFTER_RETURNED, /* it went back to who drew it */
    AFTER_SENT_ON,  /* who drew it sent it to another office */
    AFTER_RECEIVED, /* another office had it before, and it is a target of this draw now */
    AFTER_END
};
struct draw_target {
    char *object, *name, *address,
        *inspectors;          /* but object NULL where no dispatch row is held here */
    char to[QN_CODE_MAX + 1]; /* who was sent the target */
    uint8_t mode, slot_no;
    enum draw_after after;
    uint8_t ticket[QN_HASH];
};
#define DRAW_OPERATOR_MAX  101 /* as the row holds them */
#define DRAW_OBSERVERS_MAX 401
struct draw_view {
    char draw[DRAW_NAME_MAX], slot[SLOT_NAME_MAX]; /* all slots of the order */
    struct record record;
    struct order order;
    bool has_order, has_seed, has_freeze, released;
    uint8_t seed[32];
    struct qn_freeze freeze;
    struct draw_target *target; /* by slot line, then ascending object id */
    size_t ntargets, must, lot, listed;
    char operator_name[DRAW_OPERATOR_MAX],
        observers[DRAW_OBSERVERS_MAX]; /* who was there; empty: nobody is recorded */
    bool given; /* type pairs: at least one list was given from above, not drawn */
};
QN_MUST_USE enum qn_code draw_show(struct draw_view *out, struct store *st, const char *office,
                                   int64_t draw_id, struct qn_err *err);
void draw_view_release(struct draw_view *v);
/* How a target came to be one, or what became of it: a word for programs and the id of the words for people. A list given
 * from above is never called drawn. */
struct draw_how {
    const char *word, *id;
};
struct draw_how draw_how(const struct draw_view *v, const struct draw_target *t);
struct draw_how draw_how_after(enum draw_after after); /* word NULL for AFTER_NOTHING */
static inline void draw_view_auto(struct draw_view *v)
{
    draw_view_release(v);
}

/* What an office above found of a draw, as it stands now; the texts are borrowed for the call. */
struct draw_judged {
    const char *office, *level, *outcome, *codes, *on;
};
QN_MUST_USE enum qn_code draw_judged_each(void (*told)(void *ctx, const struct draw_judged *j),
                                          void *ctx, struct store *st, const char *office,
                                          int64_t draw_id, struct qn_err *err);

struct draw_line {
    char draw[DRAW_NAME_MAX], slot[SLOT_NAME_MAX], office[QN_CODE_MAX + 1];
    int64_t id;
    enum qn_draw_level level; /* as ordered */
    char window_from[11], window_to[11];
    size_t must, lot;
    uint32_t supp; /* which supplement it answers; 0: the main draw */
    bool released;
};
struct draw_lines {
    struct draw_line *at;
    size_t n;
};
/* Draws held here whose order is held too, of one office or of all. */
QN_MUST_USE enum qn_code draw_list(struct draw_lines *out, struct store *st, const char *office,
                                   struct qn_err *err);
void draw_lines_free(struct draw_lines *l);
static inline void draw_lines_auto(struct draw_lines *l)
{
    draw_lines_free(l);
}

#endif
