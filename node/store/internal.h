/* internal.h - what the files of node/store share and nobody else sees: the connection itself. */
#ifndef QIAN_NODE_STORE_INTERNAL_H
#define QIAN_NODE_STORE_INTERNAL_H

#include <sqlite3.h>

#include "node/store/anchor.h"
#include "node/store/person.h"
#include "node/store/store.h"
#include "qian/change.h"
#include "qian/merkle.h"

/* A certificate decoded before. Decoding tests five points of a curve and is pure: the same bytes give the same
 * certificate, so the bytes alone are the key and nothing has to be forgotten. Room for the offices below a city. */
#define CERTS_KEPT 32
struct cert_kept {
    size_t n;
    uint8_t bytes[QN_CERT_MAX];
    struct qn_cert cert;
};

/* A part whose rows were carried over when a database was made anew, since nothing opens it (rebuild.h). */
struct store_carried {
    int64_t log;
    uint64_t seq;
    unsigned part;
};

/* An attempt that was refused, until no transaction is open (trail.h). */
struct store_refused {
    bool waits;
    char person[PERSON_NAME + 1], act[48], rule[48];
};

struct store_claim {
    int64_t log;
    const void *by;
};

struct store {
    sqlite3 *db;
    char dir[1024];
    struct store_world world;
    int lock_fd;
    const struct qn_registry *reg;
    unsigned schema; /* of the tables that do not travel */
    bool reads, wanted; /* opened to be looked at alone; and somebody would have written */
    sqlite3_stmt *stmt[SQL_COUNT];
    bool lent[SQL_COUNT];
    sqlite3_stmt *insert[QN_TABLES]; /* one kept INSERT for each travelling table */
    sqlite3_stmt *look[QN_TABLES];   /* and one look for a key */
    unsigned depth;                  /* open transactions, the outermost included */
    bool (*stop)(void *ctx);         /* store_on_stop */
    void *stop_ctx;
    bool given_up, kept;             /* store_goes_on; and something was committed since store_on_stop */
    int changes;                     /* that the connection had made when the outermost transaction began */
    void (*others)(void *ctx);       /* store_on_breath */
    void *others_ctx;
    store_due *due;                  /* store_on_exchange */
    char person[PERSON_NAME + 1];    /* who acts (person_enter); "": nobody was named */
    struct store_refused refused;
    bool itself;                     /* the node acts by itself (person_itself) */
    bool scrub_later;                /* redact_scrub_later */
    unsigned piece;                  /* steps of settling between two breaths; 0: as many as settle.c says */
    struct store_claim *claim;       /* logs that somebody settles who gave the lock back for a breath */
    size_t nclaims, claims_cap;
    /* What the outermost commit still has to do first: signing a checkpoint once for all entries of the transaction. */
    enum qn_code (*before_commit)(struct store *st, struct qn_err *err);
    bool has_self, has_policy;
    struct qn_cert self;
    struct qn_policy policy;
    char policy_text[QN_POLICY_MAX + 1]; /* that it was parsed from; "" before */
    char origin[QN_ORIGIN_MAX + 1];
    const struct keys *keys;
    struct anchor anchor;
    struct cert_kept cert[CERTS_KEPT];
    unsigned next_cert;
    uint64_t certs; /* rises with every certificate stored: who keeps some in memory sees that there are more */
    /* The frontier of the log appended to last; forgotten at every rollback. */
    int64_t frontier_log;
    struct qn_frontier frontier;
    const struct store_carried *carried; /* borrowed, ascending; of a database that is being made anew */
    size_t ncarried;
    struct store *before; /* borrowed, or NULL: the one in use while this one is being made anew (rebuild.h) */
};

QN_MUST_USE enum qn_code store_sqlite_fail(struct store *st, const char *doing, struct qn_err *err);
QN_MUST_USE enum qn_code store_exec(struct store *st, const char *sql, struct qn_err *err);
/* Inserts one travelling row by the table's kept statement: exactly one row must be added.
 * QN_CONFLICT "row.exists" when the key is there already.                                   */
QN_MUST_USE enum qn_code store_insert(struct store *st, const struct qn_row *row, struct qn_err *err);
/* Whether (office, id, rev) of row's table is here, for the revision before this one. */
QN_MUST_USE enum qn_code store_has_previous(struct store *st, const struct qn_row *row, bool *out, struct qn_err *err);
/* How a row is held under its key: not at all, with the same values, with others. */
enum row_held { ROW_ABSENT, ROW_SAME, ROW_OTHER };
QN_MUST_USE enum qn_code store_held(struct store *st, const struct qn_row *row, enum row_held *out,
                                    struct qn_err *err);
/* Deletes one travelling row, or those of an office whose ids are between two: redact.h alone may ask this. */
QN_MUST_USE enum qn_code store_delete(struct store *st, const struct qn_row *row, struct qn_err *err);
QN_MUST_USE enum qn_code store_delete_made(struct store *st, const struct qn_table *table, const char *office,
                                           int64_t from, int64_t to, struct qn_err *err);
/* At most max rows of an office; n: how many went. */
QN_MUST_USE enum qn_code store_delete_some(struct store *st, const struct qn_table *table, const char *office,
                                           unsigned max, unsigned *n, struct qn_err *err);
/* Writes the whole file anew, and empties the WAL: what was deleted is in neither. */
QN_MUST_USE enum qn_code store_rewrite(struct store *st, struct qn_err *err);
/* Runs a statement that gives no rows. */
QN_MUST_USE enum qn_code store_run(struct query *q, struct qn_err *err);

#endif
