/* sim.h - a whole tree of offices in one process, stepped by one heap of events from one seed.
 *
 * Everything that could differ between two runs comes from here: each office's clock (struct store_world), random
 * bytes (random.c is libsodium's source), the order of steps and what the network does to messages. The databases
 * lie in memory (SQLite's memdb). model.c knows what was written, check.c compares. See README.md.             */
#ifndef QIAN_TESTS_SIM_H
#define QIAN_TESTS_SIM_H

#include <sqlite3.h>
#include <stdio.h>

#include "node/keys/keys.h"
#include "node/store/act.h"
#include "node/store/log.h"
#include "node/store/store.h"
#include "node/sync/bundle.h"
#include "node/sync/call.h"
#include "node/sync/serve.h"

#define NODES_MAX 64
#define SECOND    UINT64_C(1000)
#define MINUTE    (60 * SECOND)
#define HOUR      (60 * MINUTE)
#define DAY       (24 * HOUR)
#define START     (UINT64_C(18717) * DAY) /* 2021-03-31 */

/* ---- random.c: ChaCha20 from the seed ------------------------------------------------------------------------ */

struct rng {
    uint8_t key[32], room[512];
    uint64_t block;
    size_t at;
};
void rng_init(struct rng *r, uint64_t seed, const char *purpose);
void rng_bytes(struct rng *r, void *out, size_t n);
uint64_t rng_below(struct rng *r, uint64_t n);
bool rng_chance(struct rng *r, unsigned permille);
void entropy_install(void); /* before anything else of libsodium */
void entropy_seed(uint64_t seed);

/* ---- what is simulated ----------------------------------------------------------------------------------------- */

/* A clock shows base + rate * (time that went by since it was set). */
struct clock {
    const struct sim *sim;
    uint64_t base, since;
    int rate; /* 1, 0 frozen, -1 running backwards */
};

/* One row as its author wrote it. */
struct row_rec {
    uint64_t hash; /* of key and contents */
    int64_t id, rev;
    uint16_t table;
    uint16_t part; /* index into parts of the entry */
    uint32_t seq;
};
struct part_rec {
    enum qn_audience audience;
    enum qn_reach reach;
    char to[QN_CODE_MAX + 1];
    uint32_t rows;
};
struct entry_rec {
    uint8_t leaf[QN_HASH];
    uint8_t root[QN_HASH]; /* of the log with this entry as its last */
    enum qn_lane lane;
    unsigned nparts;
    struct part_rec *part;
};
struct book { /* one log of an office as it was acknowledged */
    char origin[QN_ORIGIN_MAX + 1];
    struct entry_rec *entry;
    size_t n, cap;
    struct row_rec *row;
    size_t nrows, rows_cap;
    struct qn_frontier frontier;
    uint32_t *index; /* rows by key: open addressing, 0 is empty, else number + 1 */
    size_t index_n;
    uint64_t closed; /* versions of its roster */
    bool closing;    /* the act that is being written closes one */
};

/* What a person said of parts of the own log that nobody has any more: they were for nobody else, or for others too. */
enum loss { LOST_NOTHING, LOST_OWN, LOST_OF_OTHERS };

struct node {
    char code[QN_CODE_MAX + 1], origin[QN_ORIGIN_MAX + 1], dir[256];
    int no, parent; /* -1: the province */
    int office; /* the number of the office; another than its own of a copy that works beside it */
    enum qn_level level;
    struct store *st;
    struct keys *keys;
    sqlite3 *db; /* a connection of our own: keeps the memory alive over a restart, and looks */
    struct qn_buf request;
    struct clock clock;
    struct book book;
    struct book past; /* the branch that it no longer knows of, once it wrote another */
    struct book
        before[2]; /* the two branches of the epoch before: that which it had, and the other one */
    struct node *copy;              /* the office once more, with the same keys (clone.c) */
    const struct store_program *as; /* the version that it runs; NULL: the newest */
    bool renewing; /* its database was put aside, and it has no new epoch yet (renew.c) */
    enum loss loss;
    bool unsettled;     /* a certificate of it was lost with what its parent lost */
    struct talk *talk;  /* the call that is going on */
    struct qn_buf left; /* by the last call that went well, of this process */
    int left_to;        /* whom it called */
    bool cut_off;       /* from everybody, for a while */
    bool anchored;      /* it keeps an anchor (recovery.md); the others have none */
    bool set_back;      /* its database was once an older one */
    bool loose;         /* and nothing here tells it so: it may sign two histories */
    uint64_t seen;      /* size of its log when it was last looked at */
    uint64_t forgot;    /* questions up to here it may answer again: the nonces went as well */
    unsigned restarts;
};

enum event_kind {
    EV_ACT,
    EV_SYNC,
    EV_ASK,
    EV_ARRIVE,
    EV_FEED,
    EV_REPLY,
    EV_TAKE,
    EV_TIMEOUT,
    EV_CLOCK,
    EV_CUT,
    EV_STICK,
    EV_IMPORT,
    EV_PROBE,
    EV_STATE,
    EV_CLONE,
    EV_RENEW,
    EV_UPGRADE,
    EV_LOOK
};
struct event {
    uint64_t at, order;
    int node;
    enum event_kind kind;
    uint64_t id;         /* of a talk, a service or a file */
    uint64_t nth;        /* which question of the talk */
    struct message *msg; /* owned */
};
struct faults { /* in permille, drawn for each seed */
    unsigned lost, doubled, late, cut, corrupt, swapped, restart, unreachable, small_answers;
};
struct counts {
    uint64_t steps, acts, rows, calls, questions, follows, restarts, sticks, probes, refused,
        faults, breaths, states, forks, clones, renewed, upgrades, dues, unsettled;
};
struct sim {
    uint64_t seed;
    unsigned n;
    struct node node[NODES_MAX + 1]; /* the last one used is the copy of another, if there is one */
    struct rng rng;
    uint64_t now, order, last_id;
    uint64_t healed; /* calls with a greater id began when all was well again */
    struct event *heap;
    size_t heap_n, heap_cap;
    bool faulty; /* the network, the clocks and people still do as they like */
    bool answers_small;
    bool quiet;     /* everything was delivered */
    unsigned piece; /* steps of settling between two breaths; 0: the node's own bound */
    unsigned days;
    struct faults f;
    struct counts count;
    struct net *net;
    char dir[128];
    char fingerprint[QN_FINGERPRINT]; /* of the root policy, from paper */
    FILE *trace;
};

/* Prints the seed, the invariant and how to repeat it, and ends the process with 1. */
_Noreturn void sim_fail(const struct sim *s, const char *invariant, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void sim_trace(const struct sim *s, const struct node *n, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
#define SIM_MUST(s, call) \
    do { \
        struct qn_err must; \
        if ((call) != QN_OK) \
            sim_fail(s, "step", "%s: %s %s", #call, must.id, must.args); \
    } while (0)

/* heap.c */
void event_push(struct sim *s, const struct event *e); /* takes e->msg */
bool event_pop(struct sim *s, struct event *out);
static inline uint64_t soon(struct sim *s, uint64_t within)
{
    return s->now + 1 + rng_below(&s->rng, within);
}

/* tree.c: the offices themselves */
void tree_make(struct sim *s, const char *dir, unsigned offices);
void tree_release(struct sim *s);
#define PASSPHRASE "simulated"
struct store_world node_world(struct node *n);
void node_to_memory(struct sim *s,
                    struct node *n); /* closes it; the database on its disk goes into memory */
void node_restart(struct sim *s, struct node *n);
void node_open(struct sim *s, struct node *n); /* on what n->db holds */
void node_set_clock(struct sim *s, struct node *n);
void node_pieces(struct sim *s); /* every office settles in pieces of s->piece from now on */
struct node *node_of(struct sim *s, const char *code);
bool node_in_transaction(const struct node *n);
bool node_above(const struct sim *s, int above, int no); /* strictly */
bool node_part_for(struct sim *s, int author, const struct part_rec *p, int reader);
sqlite3 *node_memory(const char *path); /* opens SQLite's memory of that name */

/* work.c: acts */
void work_act(struct sim *s, struct node *n);
void work_on_exchange(struct sim *s, struct node *n); /* it signs by itself now and then */

/* net.c, stick.c: what goes over wires and by hand */
void net_init(struct sim *s);
void net_release(struct sim *s);
void net_step(struct sim *s, struct event *e);
void net_drop_node(struct sim *s, struct node *n); /* it stops: all that it was doing is gone */
void net_probe(struct sim *s, struct node *n);
void net_replay_all(struct sim *s); /* I8: every message that is remembered, once more */
void message_free(struct message *m);
void stick_make(struct sim *s, struct node *n);
void stick_import(struct sim *s, const struct event *e);

/* model.c */
void book_learn(struct sim *s, struct node *n); /* what was acknowledged since */
void book_release(struct book *b);
void book_branch(struct node *n, uint64_t at); /* it writes once more from there */
struct book book_prefix(const struct book *of, uint64_t n);
#define BOOKS 5
const struct book *book_nth(const struct node *n,
                            unsigned i); /* all that an office ever wrote; NULL: none there */
bool book_diverge(const struct book *a, const struct book *b);
bool book_forked(const struct node *n,
                 const char *origin); /* it wrote two histories under this name */
unsigned table_no(const char *name);  /* of the newest registry */
const struct row_rec *book_find(const struct book *b, unsigned table, int64_t id, int64_t rev);
uint64_t row_hash_stmt(sqlite3_stmt *q, const struct qn_table *t);
/* A digest of tables: all; all but those that only note who spoke; all but certificates. */
enum digest_of { DIGEST_ALL, DIGEST_WORK, DIGEST_BUT_CERTS };
void node_digest(struct sim *s, struct node *n, enum digest_of what, uint8_t out[QN_HASH]);

/* check.c: the invariants */
void check_now(struct sim *s);   /* at any moment */
void check_quiet(struct sim *s); /* when everything was delivered */
bool pending(struct sim *s, char why[200]);
struct node *check_of_origin(struct sim *s, const char *origin);
/* Marks whose entries `again`, a copy made anew, holds for a certificate that was lost with a branch. */
void check_unsettled_in(struct sim *s, const struct node *again);
bool check_whole(struct sim *s, struct node *author,
                 const char *origin); /* all of this log can be delivered */
void check_frames(struct sim *s, struct node *from, struct qn_span bytes);
sqlite3_stmt *look(struct sim *s, sqlite3 *db, const char *sql);
void check_rows(struct sim *s, struct node *n, uint64_t got[NODES_MAX]);
/* rebuild.c */
void check_rebuild(struct sim *s, struct node *n);

/* state.c: a database that is not the newest one */
void state_draw(struct sim *s);
void state_step(struct sim *s, struct event *e);
void state_release(void);
bool state_may_sign(struct sim *s, struct node *n);
bool state_whole(struct sim *s, struct node *n);    /* its log is one, and all of it is there */
uint64_t state_size(struct sim *s, struct node *n); /* of its own log, as it is here */
void state_quiet(struct sim *s, struct node *n, uint64_t verified, uint64_t relayable);
void state_move_out(struct sim *s, struct node *n);
void state_copy_db(struct sim *s, sqlite3 *to, sqlite3 *from);
bool state_declare(struct sim *s); /* a person's word of what is lost; true: somebody gave it */
void state_check_back(struct sim *s, struct node *n);

/* clone.c: one office, twice */
void clone_begin(struct sim *s, struct node *n);
void clone_step(struct sim *s, struct event *e);
void clone_end(struct sim *s);                /* the copy is switched off */
int clone_answers(struct sim *s, int office); /* which of the two a call of this office reaches */

/* renew.c: a new epoch after a fork */
void renew_draw(struct sim *s, struct node *n);
void renew_step(struct sim *s, struct event *e);
bool renew_end(struct sim *s); /* when all is well again: true when it did something */

/* version.c: programs of two versions in one tree */
extern struct store_program version_older;
void version_init(void);
void version_draw(struct sim *s);
void version_step(struct sim *s, struct event *e);

/* bugs.c: planted mistakes, by name */
bool bug_set(const char *name);
const char *const *bug_names(void);
bool bug_is(const char *name);
void bug_restart(struct sim *s, struct node *n);
void bug_small_answers(size_t bytes_max);
#endif
