/* figure.h - the figures of an office: what each counts, as data, and one function that counts them all.
 *                                                                            Spec: protocol/spec/figures.md
 * A figure is a part of the things of a source, or that part over another one. Every number is the number of things that
 * figure_list lists; none is added from others. Who adds a figure adds a line to the table, its name and definition to
 * the catalogue (figure.<code>, figure.<code>-means) and to the page.
 * Ownership: QN_AUTO(figures).                                                                                    */
#ifndef QIAN_NODE_WORK_FIGURE_H
#define QIAN_NODE_WORK_FIGURE_H

#include "node/work/figure_walk.h"

#define FIGURES_VERSION 1 /* of the definitions (figures-1) */
#define FIGURES         21
struct figure_part {
    enum figure_source source;
    unsigned must,
        none; /* flags that all hold, of which none holds; must 0: there is no such part */
};
struct figure {
    const char *code;
    struct figure_part of, over; /* over.must 0: a count, or (coverage) a number that is stated */
};
extern const struct figure figure_table[FIGURES];
const struct figure *figure_find(const char *code); /* NULL when there is none */
#define FIGURE_COVERAGE 0                           /* place in the table */
#define FIGURE_ON_TIME  4

enum figure_by { FIGURE_BY_NONE, FIGURE_BY_OFFICE, FIGURE_BY_TASK, FIGURE_BY_RISK };
struct figure_group {
    char name[FIGURE_TASK]; /* "" of the whole; an office, a task, a class */
    uint64_t of[FIGURES], over[FIGURES];
    bool stated;                 /* over[FIGURE_COVERAGE] is known */
    uint32_t goal_num, goal_den; /* of coverage; 0: no plan sets one */
    char goal_plan[FIGURE_TASK]; /* "1406/2021" */
    uint64_t goal;               /* so many are to be inspected */
};
struct figures {
    struct figure_query q;   /* as settled; its texts are the caller's and the store's */
    struct figure_group *at; /* owned; the first is the whole, the others by name */
    size_t n, cap;
    uint64_t provisional; /* targets whose lateness is not settled */
    uint8_t digest[FIGURES][2]
                  [QN_HASH]; /* of the things behind of and over, of the whole (figures-21) */
};
QN_MUST_USE enum qn_code figures_count(struct figures *out, struct store *st,
                                       const struct figure_query *q, enum figure_by by,
                                       struct qn_err *err);
void figures_auto(struct figures *f);
/* "R02,R05": whether one of the codes names a problem (publication-8). */
bool figure_is_problem(struct store *st, struct qn_span codes);

/* The things behind a number, over: the lower one. past: the key behind which they begin, NULL: from the first. each gets
 * QN_LATER to end it early, which then is no failure. */
struct figure_listing {
    const struct figure *figure;
    bool over;
    const char *past;
};
QN_MUST_USE enum qn_code figure_list(struct store *st, const struct figure_query *q,
                                     const struct figure_listing *l, figure_each *each, void *ctx,
                                     struct qn_err *err);
/* Flags of a thing: what is true of any of its rows. */
unsigned figure_flags(const struct figure_thing *t);
bool figure_holds(const struct figure_part *p, unsigned flags);
/* "140602:1-45-0" of each record, in their order, each once, joined by `glue`; of a row the first `depth` alone. */
void figure_records(struct qn_buf *out, const struct figure_thing *t, unsigned depth,
                    const char *glue);
/* How many of the records of a row a number rests on. */
unsigned figure_depth(const struct figure_part *p);

/* ---- how many enterprises there are, and how many are to be inspected (figure_goal.c) ---- */

struct figure_statement {
    char office[QN_CODE_MAX + 1], counted_on[11], source[404];
    int64_t id, rev;
    uint64_t enterprises;
};
/* What an office states, else what those below it state, when each of them does (figures-15). each is called for every
 * statement that the number is made of. */
QN_MUST_USE enum qn_code figure_base(uint64_t *n, bool *stated, struct store *st,
                                     const char *office, unsigned year,
                                     void (*each)(void *ctx, const struct figure_statement *s),
                                     void *ctx, struct qn_err *err);
/* Base and goal of the whole and of the groups that are offices. */
QN_MUST_USE enum qn_code figure_goals(struct figures *f, struct store *st, enum figure_by by,
                                      struct qn_err *err);

/* ---- as of when (figure_heads.c) ---- */

enum figure_age { FIGURE_CURRENT, FIGURE_OLD, FIGURE_MISSING, FIGURE_OWN };
struct figure_head {
    char office[QN_CODE_MAX + 1], origin[QN_ORIGIN_MAX + 1];
    uint64_t size;              /* entries that count here */
    uint64_t seen_s;            /* when this office had news of it; of its own log, now; 0: never */
    uint64_t held, quarantined; /* entries that wait */
    bool waiting;               /* entries of the log that no figure counts yet */
    enum figure_age age;
};
struct figure_heads {
    struct figure_head *at; /* owned; one a log, one of an office without any */
    size_t n, cap;
    size_t doubtful; /* old, missing, held, quarantined or waiting */
};
/* Of the office and those below it. old_days: FIGURE_OLD when not heard of for so many days. */
#define FIGURE_OLD_DAYS 7
QN_MUST_USE enum qn_code figure_heads(struct figure_heads *out, struct store *st,
                                      const char *office, unsigned old_days, struct qn_err *err);
bool figure_head_doubtful(const struct figure_head *h);
void figure_heads_auto(struct figure_heads *h);
#endif
