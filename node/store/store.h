/* store.h - the office's database: opened, checked, locked; one door to SQL.
 *
 * One store per data directory, held by one process (flock on <dir>/lock). Travelling tables come from
 * the registry; everything else from node/store/schema-<n>.sql. WAL, synchronous=EXTRA: what was
 * acknowledged survives a power cut.
 * Ownership: store_open gives a store, store_close frees it and every statement. Not thread-safe: the
 * node's one lock is taken by whoever calls from a thread (node/http, node/cli).                      */
#ifndef QIAN_NODE_STORE_H
#define QIAN_NODE_STORE_H

#include "qian/base.h"
#include "qian/cert.h"
#include "qian/registry.h"
#include "node/keys/keys.h"
#include "node/store/sql.h"

struct store;

/* How the database is written. WAL with EXTRA lost nothing in 123,200 simulated power cuts; NORMAL and FULL did
 * (robustness §4). Pages: 6 MiB of cache hold what a piece of a request touches, so that no page is written to the
 * WAL before its transaction ends and again when it ends; and 4,000 pages of WAL (16 MiB) between two checkpoints
 * copy a page that many transactions changed once. Neither moves the moment at which a commit is on the disk.  */
#define STORE_PRAGMAS                                                                                        \
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=EXTRA; PRAGMA cache_size=-6144; PRAGMA wal_autocheckpoint=4000"

/* Opening brings the data of an older program up to this one's registry and schema (upgrade.h); STORE_PEEK does not, and
 * gives QN_DENIED "store.older". Data of a newer program: QN_DENIED "store.newer". */
enum store_open_mode { STORE_CREATE, STORE_OPEN, STORE_PEEK /* no lock, read only */ };
QN_MUST_USE enum qn_code store_open(struct store **out, const char *dir, enum store_open_mode mode,
                                    struct qn_err *err);
/* The same in a world of the caller's: a simulator brings the clock and the place where the database lies.
 * Random bytes come from libsodium alone, whose source a program may set (randombytes_set_implementation). */
/* Which program the directory is opened as: its registry, its tables that do not travel. */
struct store_program {
    uint16_t registry;
    int schema;
};
struct store_world {
    void *ctx;
    uint64_t (*now_ms)(void *ctx); /* since 1970, UTC; NULL: the machine's clock */
    const char *vfs;               /* of SQLite; NULL: its default, and WAL */
    const struct qn_report *report; /* told of an upgrade while the store opens; may be NULL */
    const struct store_program *as; /* an older one, for trees of several versions in one process; NULL: this one */
    bool scratch;                  /* a copy that is thrown away: no other is made before it is upgraded */
};
QN_MUST_USE enum qn_code store_open_in(struct store **out, const char *dir, enum store_open_mode mode,
                                       const struct store_world *world, struct qn_err *err);
void store_close(struct store *st);
QN_DEFINE_AUTO(struct store *, store, store_close)

/* The directory's lock alone, as whoever opens it to write holds it, where there is no database yet; until fd is closed. QN_LATER
 * "store.locked". */
QN_MUST_USE enum qn_code store_lock(int *fd, const char *dir, struct qn_err *err);

/* Another connection that reads the same database, for another thread, with the same clock, keys and program. NULL where
 * there can be none: within a transaction, whose rows it would not see, and in a simulator's world.                  */
QN_MUST_USE enum qn_code store_reader(struct store **out, const struct store *of, struct qn_err *err);
/* The same for whoever does not hold the office's lock and waits for nobody who does: what was last committed is read, whatever
 * is being written. keys: lent for as long as it is open, or NULL. NULL in a simulator's world.                       */
QN_MUST_USE enum qn_code store_beside(struct store **out, const struct store *of, const struct keys *keys,
                                      struct qn_err *err);
/* Whether it is such a one, or was opened to be looked at. */
bool store_reads(const struct store *st);
/* Of such a one: somebody would have written, and what it answered is not to be told. */
bool store_wanted(const struct store *st);

/* Puts another database file in the place of this one, which stays beside it under the name `aside`; the same store
 * goes on with the new one. At no moment is there none. No transaction is open and no statement lent.         */
QN_MUST_USE enum qn_code store_swap(struct store *st, const char *path, const char *aside, struct qn_err *err);

const char *store_dir(const struct store *st);
const struct qn_registry *store_registry(const struct store *st);
unsigned store_schema(const struct store *st); /* of the tables that do not travel */

/* Settings: small named texts. get: false when absent. */
/* Setting: the directory of the database that was put aside, until a recovery after a fork is finished. */
#define STORE_RENEWS "renew"
bool store_get(struct store *st, const char *name, char *out, size_t cap);
QN_MUST_USE enum qn_code store_set(struct store *st, const char *name, const char *value, struct qn_err *err);
QN_MUST_USE enum qn_code store_unset(struct store *st, const char *name, struct qn_err *err);

/* Who this office is: its own certificate of the epoch that it signs in (setting "epoch") once enrolled, and the pinned root policy. Lent; NULL before. */
const struct qn_cert *store_self(const struct store *st);
const struct qn_policy *store_policy(const struct store *st);
const char *store_origin(const struct store *st); /* own log; "" before enrolment */
/* The keys are opened by the caller and only lent to the store. */
void store_lend_keys(struct store *st, const struct keys *k);
/* QN_ABSENT "store.no-keys" when no keys were lent, QN_ABSENT "store.not-enrolled" without certificate. */
QN_MUST_USE enum qn_code store_signer(struct store *st, const struct keys **out, struct qn_err *err);
/* Reads policy and own certificate again after they were written. */
QN_MUST_USE enum qn_code store_reload(struct store *st, struct qn_err *err);

/* Transactions nest: an inner one is a savepoint. Rolls back when released unless committed. Of a connection that only reads one is
 * a moment: until its end all that is read stood in the database at once.                                            */
struct tx {
    struct store *st;
    bool open;
    unsigned depth;
};
QN_MUST_USE enum qn_code tx_begin(struct tx *tx, struct store *st, struct qn_err *err);
QN_MUST_USE enum qn_code tx_commit(struct tx *tx, struct qn_err *err);
void tx_end(struct tx *tx); /* rolls back if still open */
/* A breath in the middle of long work: commits all that is open, lets others have the lock, and opens as many
 * transactions again, so that those of the callers go on as they are. For work that may stop at any breath and be taken
 * up again; no query is open meanwhile, and what was read before may have changed behind it.                       */
QN_MUST_USE enum qn_code store_breathe(struct store *st, struct qn_err *err);
/* Who gives the lock back and takes it again; called outside of any transaction. NULL: nobody waits. */
void store_on_breath(struct store *st, void (*others)(void *ctx), void *ctx);
/* Work that somebody may give up, until the next call: once stop says so the statement that is under way fails with QN_LATER
 * "store.stopped", what its transaction wrote is rolled back, as after a power cut, and nothing is committed any more: who
 * asked a yes or no of the statement that failed goes on with a wrong answer. NULL: nobody does.                      */
void store_on_stop(struct store *st, bool (*stop)(void *ctx), void *ctx);
/* For long work between statements, and before what was read is handed on: QN_LATER "store.stopped" once it is given up,
 * "store.stopped-part" where something was committed before that. Without a store it goes on.                          */
QN_MUST_USE enum qn_code store_goes_on(struct store *st, struct qn_err *err);
/* Whether that was found out on the way, as store_goes_on says it: what came of the work counts for nothing then. */
QN_MUST_USE enum qn_code store_given_up(const struct store *st, struct qn_err *err);
/* Another connection whose work is part of that of `of`, and given up with it. stop is asked from the thread that uses it. */
void store_stops_with(struct store *st, const struct store *of);
/* Whose work it is while the lock is given to others outside of store_breathe (office_leave): put aside, so that none of theirs is
 * done in that name, or given up by that person; and taken up again.                                                  */
struct store_work {
    char person[200];
    bool itself, given_up, kept;
    bool (*stop)(void *ctx);
    void *stop_ctx;
};
void store_put_aside(struct store_work *out, struct store *st);
void store_take_up(struct store *st, const struct store_work *w);
/* What the office does by itself before it speaks to another: its freeze, its orders. The exchange does not know of draws,
 * nor draws of it, so whoever opens the office introduces the two; without that nothing is done.                     */
typedef void store_due(struct store *st, const char *peer, const struct qn_report *report);
void store_on_exchange(struct store *st, store_due *due);
/* What was written is committed, signed for, and in the anchor (recovery-2) when this returns, as behind store_breathe. */
QN_MUST_USE enum qn_code store_exchange_begins(struct store *st, const char *peer, const struct qn_report *report,
                                               struct qn_err *err);
static inline void tx_auto(struct tx *tx)
{
    tx_end(tx);
}

/* Queries: statements of sql.h, prepared at open. A query lends its statement until query_end or scope
 * exit; the same statement must not be started twice at once. Parameters are bound in order.
 *     QN_AUTO(query) struct query q = query_start(st, SQL_X);
 *     q_bind_text(&q, code);
 *     while (q_step(&q))
 *         use(q_int(&q, 0), q_text(&q, 1));
 *     return query_end(&q, err);                                                                     */
struct query {
    struct store *st;
    void *stmt;
    int next, rc;
};
struct query query_start(struct store *st, enum sql id);
void q_bind_int(struct query *q, int64_t v);
void q_bind_text(struct query *q, const char *s);           /* NULL binds NULL; not copied */
void q_bind_span(struct query *q, struct qn_span text);     /* TEXT; not copied */
void q_bind_blob(struct query *q, const void *p, size_t n); /* not copied */
bool q_step(struct query *q);
int64_t q_int(struct query *q, int col);
/* Of a row that somebody else may have written: as a 32-bit number, 0 below nothing and UINT32_MAX beyond, so that 2^32 + 1 is
 * not taken for 1; and as a number that is added up, which is never below nothing or above Q_COUNT_MAX (records-30). */
uint32_t q_u32(struct query *q, int col);
#define Q_COUNT_MAX 1000000000
int64_t q_count(struct query *q, int col);
const char *q_text(struct query *q, int col); /* until the next step; "" for NULL */
bool q_null(struct query *q, int col);
struct qn_span q_span(struct query *q, int col); /* TEXT or BLOB bytes; until the next step */
QN_MUST_USE enum qn_code query_end(struct query *q, struct qn_err *err); /* QN_IO if a step failed */
void query_drop(struct query *q);
static inline void query_auto(struct query *q)
{
    query_drop(q);
}
#endif
