/* trail.h - who did what in this office, in the order in which it was done.   Spec: protocol/spec/roles.md (roles-16 on)
 *
 * A local table to which lines are only added: each act that wrote an entry, each that stayed here, each attempt that was
 * refused. A line holds the SHA-256 of itself and of the line before it. What an act writes into the log and its line come in
 * one transaction. duty.h writes the lines; here they are read.                                                       */
#ifndef QIAN_NODE_STORE_TRAIL_H
#define QIAN_NODE_STORE_TRAIL_H

#include "node/store/duty.h"
#include "qian/merkle.h"

#define TRAIL_ABOUT 160 /* bytes */

struct act;
/* The line of an entry that is just being written. */
QN_MUST_USE enum qn_code trail_entry(struct store *st, const struct act *a,
                                     const uint8_t leaf[QN_HASH], struct qn_err *err);
QN_MUST_USE enum qn_code trail_put(struct store *st, const struct duty *d, const char *person,
                                   const char *about, struct qn_err *err);
/* A refusal: kept until no transaction is open, since that of the attempt is rolled back; never a failure itself. */
void trail_refused(struct store *st, const struct duty *d, const char *person, const char *rule);
void trail_flush(struct store *st);

struct trail_line {
    uint64_t no, at_ms;
    const char *person; /* "": the node itself, or nobody was named */
    const char *act;    /* of duty.def, or a kind of record */
    const char *rule;   /* why it was refused; "" when it was done */
    const char *about;
    int64_t seq; /* of the entry in the own log of `epoch`; -1 for none */
    uint16_t epoch;
};
struct trail_filter {
    const char *person, *act;  /* NULL: whatever */
    const char *since, *until; /* days */
    const char *object;        /* an object id or a record "140602:1-7-0" */
    bool refused;              /* attempts that were refused alone */
    uint64_t past, limit;      /* lines behind `past`; limit 0: all */
};
/* Of this office, for who audits (duty "trail"). QN_DENIED as duty_may. each: false ends it. */
QN_MUST_USE enum qn_code trail_read(struct store *st, const struct trail_filter *f,
                                    bool (*each)(void *ctx, const struct trail_line *l), void *ctx,
                                    struct qn_err *err);

struct trail_checked {
    uint64_t lines;
    uint64_t
        wrong; /* the first line that is not what was written, or does not follow the one before; 0: none */
    uint64_t foreign; /* the first whose entry is not the one in the log; 0: none */
    uint64_t untold;  /* entries of the own log behind the first line's that have none */
    /* By the heads in the own log: */
    uint64_t heads;
    uint64_t other_from, other_to; /* among these lines one is missing or other than it was; 0: none */
    uint64_t other_seq;            /* of the entry that says so, in the log of other_epoch */
    uint16_t other_epoch;
    uint64_t elsewhere; /* heads of lines that are not here and whose own line is not here either */
};
QN_MUST_USE enum qn_code trail_check(struct trail_checked *out, struct store *st,
                                     struct qn_err *err);
/* The part of it that asks the heads. */
QN_MUST_USE enum qn_code trail_compare(struct trail_checked *c, struct store *st,
                                       struct qn_err *err);

/* The newest line and its hash; 0 and zeros before the first. */
QN_MUST_USE enum qn_code trail_last(uint64_t *no, uint8_t hash[QN_HASH], struct store *st,
                                    struct qn_err *err);
/* Signs that line into the own log, when roles are in force and something was done since it was written last. */
QN_MUST_USE enum qn_code trail_anchor(struct store *st, struct qn_err *err);
/* The lines as they stand, into a database that is made anew for the same office. */
QN_MUST_USE enum qn_code trail_copy(struct store *to, struct store *from, struct qn_err *err);
#endif
