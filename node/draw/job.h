/* job.h - one draw in the making: what was taken, what was computed, as it goes from step to step.
 *
 * Ownership: a job owns what it took and computed; draw_job_release() frees it. */
#ifndef QIAN_NODE_DRAW_JOB_H
#define QIAN_NODE_DRAW_JOB_H

#include "node/draw/replay.h"

/* Who is in the room: recorded with each draw made then; it changes nothing of the draw. */
struct draw_people {
    const char *operator_name; /* NULL: nobody is recorded */
    const char *observers;     /* names joined by "、"; "" none */
};
struct draw_job {
    struct order order;
    struct order_rules rules;
    struct listing listing;                /* type pairs */
    char freeze_origin[QN_ORIGIN_MAX + 1]; /* the freeze to draw on */
    uint64_t freeze_seq;
    bool late;                      /* after the window and its return days */
    char beacon[QN_BEACON_MAX + 1]; /* "" when the order names none */
    uint8_t alpha[76], pi[QN_ORDER_KEYS][QN_VRF_PROOF];
    struct draw_people people;
    struct replay r;
    struct draw_change { /* of a supplement: targets drawn before to which others go now */
        size_t object;
        uint8_t slot_no;
        int64_t draw_id;
        char who[401]; /* dispatch.inspectors */
    } * changed;
    size_t nchanged;
};
void draw_job_release(struct draw_job *job);
static inline void draw_job_auto(struct draw_job *job)
{
    draw_job_release(job);
}

#endif
