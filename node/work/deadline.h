/* deadline.h - what is due, when, by whom: one table of sources, one function for all lists.
 *                                                                          Spec: protocol/spec/deadlines.md
 * A source is data (struct deadline_source) and one statement of sql-deadline.def, which gives for each thing that is
 * awaited whose duty it is, from which day the time runs and, once it has ended, the record that ended it. From it come
 * the urgent, overdue and provisional lists, the judgement of what is over, and the figures. Who adds a deadline adds a
 * line to the table and a statement, and nowhere a list.
 *
 * The statement has one parameter, ?1: 0 gives what is open, 1 what has ended. Its columns are enum deadline_column.
 * It gives the rows of all offices that are held; deadline_each keeps those that are asked for.                     */
#ifndef QIAN_NODE_WORK_DEADLINE_H
#define QIAN_NODE_WORK_DEADLINE_H

#include "node/store/store.h"
#include "node/store/workdays.h"

enum deadline_unit {
    DEADLINE_FIXED,        /* the date that the statement gives is the last day */
    DEADLINE_WORKING_DAYS, /* so many after that date, which is not counted (calendar-3) */
    DEADLINE_DAYS,         /* calendar days after that date, which is not counted */
    DEADLINE_MONTHS,       /* so many months on, the same day */
    DEADLINE_RULED, /* working days as above, where an office at or above who owes has set a number; else nothing is
                       due (deadlines-13) */
};
#define DEADLINE_DAYS_MAX 3660
struct deadline_source {
    const char *name;  /* "publication": deadline.publication says what is to be done */
    const char *table; /* of the record that is shown (DEADLINE_OFFICE, DEADLINE_ID) */
    const char *
        ender; /* table of the record that ends it; NULL: nothing that arrives is judged by its day of receipt */
    enum sql sql;
    enum deadline_unit unit;
    /* How many, where the record does not say: an office above may set another number (kind deadline_rule). 0: the
     * record alone says. */
    unsigned days;
    bool sets; /* a record may set its last day itself, with a reason: column DEADLINE_SET */
};
enum deadline_column {
    DEADLINE_OWES,   /* code of the office whose duty it is */
    DEADLINE_OFFICE, /* the record that it is about */
    DEADLINE_ID,
    DEADLINE_PART,  /* '' or what tells several of one record apart: "3/1" */
    DEADLINE_ABOUT, /* for people: a number, a name */
    DEADLINE_FROM, /* day YYYY-MM-DD (a time is cut); NULL: the time does not run yet, nothing is listed */
    DEADLINE_COUNT, /* as the record says; NULL: by the table or a rule */
    DEADLINE_N,     /* how many things are awaited together, 1 or more */
    /* Of what has ended, by the record that ended it; the day is the one that it claims, NULL: that of its entry. */
    DEADLINE_ENDED,
    DEADLINE_RECORDED, /* when it was entered, as it says; NULL where it does not */
    DEADLINE_END_OFFICE,
    DEADLINE_END_ID,
    DEADLINE_END_REV,
    DEADLINE_SET, /* of a source that `sets`: the last day that the record says instead; NULL: by the number */
};
/* NULL when there is none. All of them by number; NULL behind the last. */
const struct deadline_source *deadline_source(const char *name);
const struct deadline_source *deadline_source_at(unsigned i);

enum deadline_state {
    DEADLINE_AHEAD,
    DEADLINE_URGENT,  /* due within so many days, today included */
    DEADLINE_OVERDUE, /* its last day is over */
    DEADLINE_MET,     /* ended, and says: in time */
    DEADLINE_LATE,    /* ended behind the last day, as it says itself */
};
#define DEADLINE_STATES 5
extern const char *const deadline_state_name[DEADLINE_STATES];
/* SPEC: deadlines-8. What the record that ended it claims, beside when an office above had it. */
enum deadline_doubt {
    DEADLINE_SOUND,
    DEADLINE_SHOWN_LATE, /* claims to be in time, and was first seen by the office above behind the last day */
    DEADLINE_BEFORE, /* was here before the day on which it says it was done */
};
#define DEADLINE_DOUBTS 3
extern const char *const deadline_doubt_name[DEADLINE_DOUBTS];

/* SPEC: deadlines-14. Where a last day comes from. */
enum deadline_basis {
    DEADLINE_OF_RECORD, /* the record says the date, or the number of days */
    DEADLINE_OF_RULE,   /* an office has set the number: `by` */
    DEADLINE_OF_TABLE,  /* the number of the table */
};
#define DEADLINE_BASES 3
extern const char *const deadline_basis_name[DEADLINE_BASES];

#define DEADLINE_TEXT 240
struct deadline {
    const struct deadline_source *source;
    char owes[QN_CODE_MAX + 1], office[QN_CODE_MAX + 1];
    char instead[QN_CODE_MAX + 1]; /* of this office, which was none yet on the last day (deadlines-17); "" */
    int64_t id;
    char part[64], about[DEADLINE_TEXT];
    uint64_t n;
    int32_t from, due;
    enum deadline_basis basis;
    enum deadline_unit unit; /* DEADLINE_FIXED: a date, count is 0 */
    unsigned count;
    char by[QN_CODE_MAX + 1]; /* of DEADLINE_OF_RULE */
    bool provisional;
    enum deadline_state state;
    /* Of what has ended. */
    int32_t ended;
    char recorded[20],
        receiver[QN_CODE_MAX +
                 1];     /* receiver: the office above whose receipt is told; "" for none */
    uint64_t received_s; /* its first cosignature of the entry; 0: none is held */
    enum deadline_doubt doubt;
};

/* A date counted: on-time questions outside of lists (verdicts, figures). Loads the calendar when w is NULL. */
QN_MUST_USE enum qn_code deadline_due(struct qn_due *out, struct store *st,
                                      const struct workdays *w, const struct deadline_source *s,
                                      int32_t from, unsigned count, struct qn_err *err);
/* The number of days of a source for a duty of `office` that began on day `from` (deadlines-4). */
QN_MUST_USE enum qn_code deadline_count(unsigned *out, struct store *st,
                                        const struct deadline_source *s, const char *office,
                                        int32_t from, struct qn_err *err);

#define DEADLINE_WITHIN 7 /* days, until the office sets others */
struct deadline_query {
    const char
        *office; /* duties of this office and those below it; NULL: of this one and those below */
    const char *source; /* one source; NULL: all */
    bool ended;         /* what is over instead of what is open */
    int within;         /* what is urgent; -1: as set */
    bool all;           /* of what is open also what is far ahead */
    bool only_overdue, only_provisional;
    bool only_late; /* of what has ended: late, or in doubt */
};
/* Each that is asked for, in no order; the calendar is read once. each: QN_OK goes on. */
QN_MUST_USE enum qn_code deadline_each(struct store *st, const struct deadline_query *q,
                                       enum qn_code (*each)(void *ctx, const struct deadline *d,
                                                            struct qn_err *err),
                                       void *ctx, struct qn_err *err);

/* A page of them, by the last day (ended: by the day they ended, newest first), with the counts of all. */
struct deadlines {
    struct deadline *at; /* owned */
    size_t n, cap;
    bool more;
    uint64_t state[DEADLINE_STATES], provisional,
        doubtful; /* of all that were asked for, this page or not */
};
#define DEADLINE_PLACE 200
/* past: the place of the last one of the page before (deadline_place); NULL: from the start. QN_MALFORMED
 * "deadline.place". */
QN_MUST_USE enum qn_code deadline_page(struct deadlines *out, struct store *st,
                                       const struct deadline_query *q, const char *past,
                                       size_t limit, struct qn_err *err);
void deadline_place(char out[DEADLINE_PLACE], const struct deadline *d, bool ended);
void deadlines_auto(struct deadlines *d);

/* The office's own setting of what is urgent. */
unsigned deadline_within(struct store *st);
QN_MUST_USE enum qn_code deadline_set_within(struct store *st, unsigned days, struct qn_err *err);
#endif
