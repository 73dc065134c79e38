/* verify_internal.h - what the files of a verification share: one run's indexes, one draw's facts. */
#ifndef QIAN_NODE_DRAW_VERIFY_INTERNAL_H
#define QIAN_NODE_DRAW_VERIFY_INTERNAL_H

#include "node/draw/chain.h"
#include "node/draw/freeze.h"
#include "node/draw/order.h"
#include "node/draw/record.h"
#include "node/draw/replay.h"
#include "node/draw/verify.h"
#include "protocol/wire.h"

struct publish_notes;
struct verify {
    struct store *st;
    const struct qn_report *report;
    struct verify_result *out;
    const struct verify_watch *watch; /* NULL: nobody */
    size_t cap;
    struct order_lines orders;   /* all that are held and are orders */
    struct order_lines forged;   /* the other rows of their table */
    struct ground ground;        /* of the draw before: draws share freezes */
    struct publish_notes *notes; /* verify_publish.c; owned */
    int32_t today;               /* days since 1970, by this office's clock */
    struct qn_err *err;
};
struct verify_offices {
    char (*code)[QN_CODE_MAX + 1];
    size_t n;
};
/* All draws of one office, or one of them, and those of its rival branches. */
QN_MUST_USE enum qn_code verify_office(struct verify *v, const char *office, int64_t only);
/* How many threads these offices are worth; and all of them judged by so many. */
unsigned verify_threads(struct verify *v, const struct verify_offices *all);
QN_MUST_USE enum qn_code verify_spread(struct verify *v, const struct verify_offices *all,
                                       unsigned threads);
/* What the checks of one draw learn, each from those before it. */
struct facts {
    struct verify *v;
    const struct record *r;
    struct verdict *to;
    struct findings *f;
    char parent[QN_CODE_MAX + 1]; /* who orders the office's draws */
    bool has_order, has_rules, has_ground, roots_ok, has_betas;
    struct order order;
    struct order_rules rules; /* of all its slots */
    struct log freeze_log;
    uint64_t freeze_seq;
    struct betas betas;
    bool beacon_early;                  /* the lottery came before the order */
    bool freeze_cosigned;               /* before the order, as far as the evidence goes */
    uint64_t freeze_s, order_s, draw_s; /* first cosignatures by the parent; 0: none held */
    struct listing listing;             /* type pairs */
    bool has_listing;
    struct replay replay;
    bool has_chain; /* something followed, and it was worked through */
    struct chain chain;
    size_t chain_at;       /* this draw's place in it */
    struct visits *visits; /* of each draw of the chain */
};
void facts_release(struct facts *x);

/* A freeze serves a slot of this type (verdicts-27) when its rows are held and give its roots, its date fits the day on
 * which it was cosigned, and somebody is available. Loads the run's ground. */
QN_MUST_USE enum qn_code verify_freeze_serves(bool *out, struct verify *v, const struct log *log,
                                              uint64_t seq, enum qn_slot_type type,
                                              uint32_t age_days, int32_t cosigned);
/* First cosignature by `office` of an entry; 0 when none is held. */
uint64_t first_cosigned_s(struct store *st, const struct log *log, uint64_t seq,
                          const char *office);

/* The checks, in order; each returns only what stops the run. */
QN_MUST_USE enum qn_code
verify_order(struct facts *x); /* order, slot, signature, duplicates, nonce */
/* Type pairs: the lists that the order names, and whether the visits are theirs. */
QN_MUST_USE enum qn_code verify_list(struct facts *x);
QN_MUST_USE enum qn_code verify_listed(struct facts *x);
QN_MUST_USE enum qn_code verify_plan(struct facts *x);   /* plan, acceptance */
QN_MUST_USE enum qn_code verify_key(struct facts *x);    /* whose keys may draw */
QN_MUST_USE enum qn_code verify_beacon(struct facts *x); /* before the level, which it may lower */
QN_MUST_USE enum qn_code verify_freeze(struct facts *x); /* freeze, forks, level */
QN_MUST_USE enum qn_code verify_roster(struct facts *x);
QN_MUST_USE enum qn_code verify_status(struct facts *x); /* once the freeze's rows are loaded */
/* What decides who goes in place of the lot: recusals; loads, once the pairs were computed. */
QN_MUST_USE enum qn_code verify_recusals(struct facts *x);
QN_MUST_USE enum qn_code verify_loads(struct facts *x);
/* The marks that count in its slots: who said so. */
QN_MUST_USE enum qn_code verify_marks(struct facts *x);
/* How small the scopes of its slots may be, as offices above the issuer say. */
QN_MUST_USE enum qn_code verify_bounds(struct facts *x);
/* Whether an entry came before the order: by place in one log, else by the clock of an office that witnesses both. */
enum before { BEFORE, AFTER, NOT_KNOWN };
enum before verify_before_order(struct facts *x, const struct log *log, uint64_t seq);
/* Whether a mark counts in a slot by these rules: one that counts nowhere changes nothing. */
bool verify_mark_counts(const struct qn_rules *r, const struct qn_mark *m);
QN_MUST_USE enum qn_code verify_caps(struct facts *x);
/* The register of record that the freeze names, against the freeze. */
QN_MUST_USE enum qn_code verify_register(struct facts *x);
QN_MUST_USE enum qn_code
verify_draw(struct facts *x); /* VRF, quota, selection, pairs, duplicates, lateness */
/* After the draw was computed again. */
QN_MUST_USE enum qn_code verify_dispatch(struct facts *x);
QN_MUST_USE enum qn_code verify_visits(struct facts *x);
/* Whether its results were published in time and as they are; publications of what is no result. office NULL: all. */
QN_MUST_USE enum qn_code verify_publish(struct facts *x);
QN_MUST_USE enum qn_code verify_published_rows(struct verify *v, const char *office);
/* Whether all that the lane of results of this row's log could bring is here. */
QN_MUST_USE enum qn_code verify_is_whole(bool *out, struct verify *v, const char *office,
                                         int64_t id);
void verify_publisher(struct store *st,
                      char office[QN_CODE_MAX + 1]); /* of a station the office above it */
void publish_notes_free(struct publish_notes *p);
/* After all others: takes back what may come from rows that were forgotten. */
QN_MUST_USE enum qn_code verify_forgotten(struct facts *x);
/* Whether a part of a draw by this office, or of this order, was forgotten: that no draw is here then proves nothing. */
QN_MUST_USE enum qn_code verify_forgotten_draw(bool *out, struct verify *v, const char *drawer,
                                               const char *origin, uint64_t seq);
struct visits;
QN_MUST_USE enum qn_code verify_release_of(struct facts *x, const struct visits *visits,
                                           int32_t last_day);
/* Targets that are to be inspected still: without a result, of the own log one whose id is below `before`, and not void.
 * chain: those whose successors are to be inspected too.                                              */
void verify_open_targets(const struct facts *x, const struct visits *visits, int64_t before,
                         bool chain, struct name_list *open);
/* Loads what followed a draw, once the freeze is loaded; *why is NULL or why that cannot be judged. */
QN_MUST_USE enum qn_code verify_chain_load(struct facts *x, const char **why);
/* Exceptions, successors, who went instead; what a freeze has to carry. */
QN_MUST_USE enum qn_code verify_chain(struct facts *x);

/* Of an appointment that counts: whether the neighbour has him to lend. */
QN_MUST_USE enum qn_code verify_appointed(struct facts *x, const struct chain_exc *e);
/* The day of an exception: the one it states, where what was cosigned allows that. */
void verify_exc_day(char out[11], const struct facts *x, const struct chain_exc *e);
/* What the office's own rosters and records say of an exception: a void whose object is open, or was void before; somebody
 * replaced who remains. */
QN_MUST_USE enum qn_code verify_open_again(bool *out, struct facts *x, const struct chain_exc *e);
QN_MUST_USE enum qn_code verify_repeated(struct facts *x, const struct chain_exc *e);
QN_MUST_USE enum qn_code verify_returned(struct facts *x, const struct chain_exc *e);
QN_MUST_USE enum qn_code verify_remains(struct facts *x, const struct chain_exc *e);

/* Last of all: against whom each finding is held, and that its evidence stands in the log. */
QN_MUST_USE enum qn_code verify_blame(struct verify *v);
/* ORDER_DUPLICATE and NONCE_REUSED of one order among all that are held. */
void verify_order_single(struct verify *v, struct verdict *to, const struct order_line *mine);
/* Orders without a draw and slots without an order. office NULL: all. */
QN_MUST_USE enum qn_code verify_missing(struct verify *v, const char *office);
/* A planned slot that may lack its order, or the freeze that an order takes. */
QN_MUST_USE enum qn_code verify_slot(struct verify *v, const struct slots *all,
                                     const struct slot *s);
/* The largest size that a log can have had when a draw was cosigned at draw_s (0: not known); UINT64_MAX: not known. */
QN_MUST_USE enum qn_code verify_size_at(uint64_t *out, struct verify *v, const struct log *log,
                                        uint64_t draw_s);
/* The author may have shown another branch to the drawer: then the fork is told, and held against the author. */
QN_MUST_USE enum qn_code verify_is_forked(bool *out, struct verify *v, const struct log *log);
/* Draws that no reader can apply, for they rest on heads that never were. office NULL: all. */
QN_MUST_USE enum qn_code verify_heads(struct verify *v, const char *office);
struct verdict *verify_add_rows(struct verify *v, const char *office, const char *origin,
                                uint64_t seq);
/* Rows that pass for what they are not: orders, results. office NULL: all. */
QN_MUST_USE enum qn_code verify_rows(struct verify *v, const char *office);
/* Tests of product samples. office NULL: all. */
QN_MUST_USE enum qn_code verify_sampling(struct verify *v, const char *office);
bool verify_in_scope(const struct verify *v, const char *of, const char *office);
struct verdict *verify_add(struct verify *v, enum verdict_about about, const char *office);
/* The log of an office's epoch; false when it is not held. */
bool verify_log_at(struct log *out, struct store *st, const char *office, uint16_t epoch,
                   struct qn_err *err);
#endif
