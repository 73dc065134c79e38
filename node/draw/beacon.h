/* beacon.h - the public lottery that an order may name: its numbers, as persons wrote them down.
 *                                                                          Spec: protocol/spec/beacon.md
 * Two persons copy the printed numbers, each in a row of their own; a third decides where two differ. Numbers that only the
 * drawing office wrote down let it draw, but are no proof to a judge: whoever draws does not throw its own dice.          */
#ifndef QIAN_NODE_DRAW_BEACON_H
#define QIAN_NODE_DRAW_BEACON_H

#include "node/store/store.h"
#include "qian/draw.h"

#define BEACON_TOLD_MAX 400 /* of different transcriptions, as text; more are left out */

struct beacon_told {
    unsigned persons; /* who wrote the event down */
    bool settled;     /* two or more agree, and more than on anything else */
    char line[QN_BEACON_MAX + 1], drawn_on[11]; /* when settled */
    char all[BEACON_TOLD_MAX];                  /* all that was written, each once */
};
enum beacon_of {
    BEACON_OF_ALL,
    BEACON_OF_ABOVE
}; /* with the drawing office, or only those above it */
/* The transcriptions held here of an event, by offices that count for this drawer. */
QN_MUST_USE enum qn_code beacon_read(struct beacon_told *out, struct store *st, const char *source,
                                     const char *event, const char *drawer, enum beacon_of of,
                                     struct qn_err *err);

/* What a person read. QN_CONFLICT "beacon.twice" when that person wrote the event down before. */
struct beacon_copy {
    const char *line; /* "ssq 2026133 01 05 12 18 22 30+07" */
    const char *drawn_on, *by;
};
QN_MUST_USE enum qn_code beacon_record(struct beacon_told *now, struct store *st,
                                       const struct beacon_copy *o, struct qn_err *err);
/* "ssq 2026133" in its parts; QN_MALFORMED "beacon.event". */
QN_MUST_USE enum qn_code beacon_event_parse(char source[QN_NAME32], char event[QN_NAME32],
                                            const char *text, struct qn_err *err);

/* One that an order may name: QN_DENIED "beacon.known" when its numbers are known, or could be. */
QN_MUST_USE enum qn_code beacon_event_new(char source[QN_NAME32], char event[QN_NAME32],
                                          struct store *st, const char *text, struct qn_err *err);

struct beacon_line {
    char source[QN_NAME32], event[QN_NAME32], line[QN_BEACON_MAX + 1], drawn_on[11];
    char office[QN_CODE_MAX + 1], by[65], recorded_on[20];
};
QN_MUST_USE enum qn_code beacon_list(struct store *st,
                                     void (*each)(void *ctx, const struct beacon_line *l),
                                     void *ctx, struct qn_err *err);
#endif
