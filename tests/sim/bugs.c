/* bugs.c - planted mistakes: --bug NAME makes the node under test do one thing wrong, and some seed must see it.
 * The linker sends calls of these functions here (-Wl,--wrap); without a bug they go on to the true ones.        */
#include <string.h>

#include "node/store/anchor.h"
#include "node/store/apply.h"
#include "node/store/internal.h"
#include "node/store/fate.h"
#include "node/store/own.h"
#include "node/store/part.h"
#include "node/store/rival.h"
#include "node/store/tree.h"
#include "tests/sim/sim.h"

static const char *bug = "";
static size_t small; /* answers are no longer than this; 0: as the caller says */
static unsigned calls;

static const char *const names[] = {
    "drop-part",      /* a sender leaves out a part as if it had been redacted */
    "any-answer",     /* the nonce of an answer is not compared */
    "forget-nonces",  /* the nonces seen are lost at a restart */
    "no-pause",       /* a transaction stays open between two pieces */
    "skip-parts",     /* a HAVE claims parts that did not come */
    "apply-twice",    /* the cursor does not move past an applied entry */
    "tell-siblings",  /* parts are sent on, and taken, without asking whom they are for */
    "lose-commit",    /* a commit now and then does not reach the disk */
    "lose-row",       /* of many rows one is not inserted */
    "receipt-clock",  /* of two receipts the one with the later clock is the newer */
    "lose-revision",  /* a revision is applied without the row before it */
    "no-anchor",      /* what the anchor says is not looked at */
    "no-evidence",    /* two signatures for one place are not kept */
    "not-back",       /* own entries that came back are not taken up */
    "sign-forked",    /* an office that learns of its other history goes on with this one */
    "lose-abandoned", /* of what was abandoned not all is told */
    "deaf-root",      /* the province does not believe that its database is an old one */
    "refuse-newer", /* what a later registry describes is refused, not kept until it can be read */
    "no-replay",    /* after an upgrade what waited for it goes on waiting */
    NULL};

const char *const *bug_names(void)
{
    return names;
}

bool bug_set(const char *name)
{
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], name) == 0) {
            bug = names[i];
            return true;
        }
    return false;
}

bool bug_is(const char *name)
{
    return strcmp(bug, name) == 0;
}

void bug_small_answers(size_t bytes_max)
{
    small = bytes_max;
}

void bug_restart(struct sim *s, struct node *n)
{
    (void)s;
    if (bug_is("forget-nonces"))
        sqlite3_exec(n->db, "DELETE FROM nonce", NULL, NULL, NULL);
}

/* The linker does not compare types: this does. */
#define WRAP(type, name, ...) \
    type __real_##name(__VA_ARGS__); \
    _Static_assert(__builtin_types_compatible_p(__typeof__(&__real_##name), __typeof__(&name)), \
                   #name); \
    type __wrap_##name(__VA_ARGS__)

WRAP(enum qn_code, log_part_get, struct log_part *out, struct store *st, const struct log *log,
     uint64_t seq, unsigned part, struct qn_err *err);
enum qn_code __wrap_log_part_get(struct log_part *out, struct store *st, const struct log *log,
                                 uint64_t seq, unsigned part, struct qn_err *err)
{
    if (bug_is("drop-part") && seq % 7 == 3 && strcmp(log->origin, store_origin(st)) != 0)
        return qn_fail(err, QN_ABSENT, "log.part-absent", "");
    return __real_log_part_get(out, st, log, seq, part, err);
}

WRAP(void, exchange_stream_expect, struct exchange_stream *s, const uint8_t nonce[16]);
void __wrap_exchange_stream_expect(struct exchange_stream *s, const uint8_t nonce[16])
{
    if (!bug_is("any-answer"))
        __real_exchange_stream_expect(s, nonce);
}

WRAP(enum qn_code, ingest_pause, struct ingest *in, struct qn_err *err);
enum qn_code __wrap_ingest_pause(struct ingest *in, struct qn_err *err)
{
    return bug_is("no-pause") ? QN_OK : __real_ingest_pause(in, err);
}

WRAP(enum qn_code, ingest_cursor, struct store *st, const struct log *log, enum qn_lane lane,
     uint64_t *relayable, uint64_t *applied, struct qn_err *err);
enum qn_code __wrap_ingest_cursor(struct store *st, const struct log *log, enum qn_lane lane,
                                  uint64_t *relayable, uint64_t *applied, struct qn_err *err)
{
    enum qn_code rc = __real_ingest_cursor(st, log, lane, relayable, applied, err);
    if (bug_is("skip-parts"))
        *relayable = log->size;
    return rc;
}

WRAP(enum qn_code, apply_log, struct store *st, const struct log *log, struct apply_piece *piece,
     struct ingest_tally *tally, struct qn_err *err);
enum qn_code __wrap_apply_log(struct store *st, const struct log *log, struct apply_piece *piece,
                              struct ingest_tally *tally, struct qn_err *err)
{
    if (bug_is("apply-twice") && ++calls % 50 == 0) {
        char sql[120];
        snprintf(sql, sizeof(sql),
                 "UPDATE cursor SET applied = applied - 1 WHERE log = %lld AND applied > 0",
                 (long long)log->no);
        sqlite3_exec(st->db, sql, NULL, NULL, NULL);
    }
    return __real_apply_log(st, log, piece, tally, err);
}

WRAP(bool, tree_part_is_for, struct store *st, const struct qn_part *part, const char *author,
     const char *reader);
bool __wrap_tree_part_is_for(struct store *st, const struct qn_part *part, const char *author,
                             const char *reader)
{
    return bug_is("tell-siblings") ? tree_log_is_for(st, author, reader)
                                   : __real_tree_part_is_for(st, part, author, reader);
}

WRAP(enum qn_code, tx_commit, struct tx *tx, struct qn_err *err);
enum qn_code __wrap_tx_commit(struct tx *tx, struct qn_err *err)
{
    if (bug_is("lose-commit") && tx->depth == 0 && ++calls % 120 == 0) {
        tx_end(tx);
        return QN_OK;
    }
    return __real_tx_commit(tx, err);
}

WRAP(enum qn_code, store_insert, struct store *st, const struct qn_row *row, struct qn_err *err);
enum qn_code __wrap_store_insert(struct store *st, const struct qn_row *row, struct qn_err *err)
{
    if (bug_is("lose-row") && !qn_span_is(row->col[0].s, st->self.office) && ++calls % 100 == 0)
        return QN_OK;
    return __real_store_insert(st, row, err);
}

WRAP(enum qn_code, store_has_previous, struct store *st, const struct qn_row *row, bool *out,
     struct qn_err *err);
enum qn_code __wrap_store_has_previous(struct store *st, const struct qn_row *row, bool *out,
                                       struct qn_err *err)
{
    enum qn_code rc = __real_store_has_previous(st, row, out, err);
    if (bug_is("lose-revision"))
        *out = false;
    return rc;
}

WRAP(uint64_t, qn_receipt_told, const struct qn_receipt *r);
uint64_t __wrap_qn_receipt_told(const struct qn_receipt *r)
{
    return bug_is("receipt-clock") ? r->time_s : __real_qn_receipt_told(r);
}

WRAP(enum qn_code, anchor_open, struct store *st, struct qn_err *err);
enum qn_code __wrap_anchor_open(struct store *st, struct qn_err *err)
{
    return bug_is("no-anchor") ? QN_OK : __real_anchor_open(st, err);
}

WRAP(enum qn_code, rival_fork_fits, bool *fits, struct store *st, int64_t log, struct qn_err *err);
enum qn_code __wrap_rival_fork_fits(bool *fits, struct store *st, int64_t log, struct qn_err *err)
{
    enum qn_code rc = __real_rival_fork_fits(fits, st, log, err);
    *fits = *fits && !bug_is("no-evidence");
    return rc;
}

WRAP(enum qn_code, own_settle, struct store *st, struct ingest_tally *tally,
     const struct qn_report *report, struct qn_err *err);
enum qn_code __wrap_own_settle(struct store *st, struct ingest_tally *tally,
                               const struct qn_report *report, struct qn_err *err)
{
    return bug_is("not-back") ? QN_OK : __real_own_settle(st, tally, report, err);
}

WRAP(enum qn_code, own_forked, struct store *st, uint64_t place, struct qn_err *err);
enum qn_code __wrap_own_forked(struct store *st, uint64_t place, struct qn_err *err)
{
    return bug_is("sign-forked") ? QN_OK : __real_own_forked(st, place, err);
}

WRAP(enum qn_code, act_put, struct act *a, const struct qn_row *row, struct qn_err *err);
enum qn_code __wrap_act_put(struct act *a, const struct qn_row *row, struct qn_err *err)
{
    if (bug_is("lose-abandoned") && strcmp(row->table->name, "abandoned") == 0 && calls++ % 2 == 0)
        return QN_OK;
    return __real_act_put(a, row, err);
}

WRAP(enum qn_code, own_heard, struct store *st, const char *from, uint64_t size,
     const uint8_t root[QN_HASH], struct qn_err *err);
enum qn_code __wrap_own_heard(struct store *st, const char *from, uint64_t size,
                              const uint8_t root[QN_HASH], struct qn_err *err)
{
    if (bug_is("deaf-root") && st->self.level == QN_PROVINCE)
        return QN_OK;
    return __real_own_heard(st, from, size, root, err);
}

WRAP(enum qn_code, own_behind, struct store *st, const struct log *own, uint64_t theirs,
     struct qn_err *err);
enum qn_code __wrap_own_behind(struct store *st, const struct log *own, uint64_t theirs,
                               struct qn_err *err)
{
    if (bug_is("deaf-root") && st->self.level == QN_PROVINCE)
        return QN_OK;
    return __real_own_behind(st, own, theirs, err);
}

WRAP(enum qn_code, part_rows, const struct qn_registry *known, const struct qn_header *h,
     unsigned no, struct qn_span stored, struct qn_buf *room, qn_row_fn *row, void *ctx,
     uint32_t *rows, struct qn_err *err);
enum qn_code __wrap_part_rows(const struct qn_registry *known, const struct qn_header *h,
                              unsigned no, struct qn_span stored, struct qn_buf *room,
                              qn_row_fn *row, void *ctx, uint32_t *rows, struct qn_err *err)
{
    if (bug_is("refuse-newer") && known && h->schema > known->version)
        return qn_fail(err, QN_DENIED, "apply.schema-hash", "version=%u", h->schema);
    return __real_part_rows(known, h, no, stored, room, row, ctx, rows, err);
}

WRAP(enum qn_code, fate_upgraded, struct store *st, struct qn_err *err);
enum qn_code __wrap_fate_upgraded(struct store *st, struct qn_err *err)
{
    return bug_is("no-replay") ? QN_OK : __real_fate_upgraded(st, err);
}

/* Not a bug: some seeds run with short answers, so that asking again for the rest is seen. */
WRAP(enum qn_code, exchange_collect, struct store *st, const struct exchange_options *o,
     struct exchange_sent *sent, struct qn_err *err);
enum qn_code __wrap_exchange_collect(struct store *st, const struct exchange_options *o,
                                     struct exchange_sent *sent, struct qn_err *err)
{
    struct exchange_options mine = *o;
    if (small && mine.bytes_max == EXCHANGE_BYTES)
        mine.bytes_max = small;
    return __real_exchange_collect(st, &mine, sent, err);
}
