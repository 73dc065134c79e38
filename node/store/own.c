#include "node/store/own.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/apply.h"
#include "node/store/fate.h"
#include "node/store/internal.h"
#include "node/store/tree.h"

/* Settings: "stopped" is the id of a sentence and its values, "own_pull" how far the own log is known to reach while it
 * comes back. */
#define STOPPED   "stopped"
#define PULL      "own_pull"
#define OWN_PIECE 1000 /* entries and rows between two commits, as elsewhere (settle.c) */

static const struct {
    enum own_state state;
    const char *name, *id;
} states[] = {
    {OWN_SIGNS, "signs", ""},
    {OWN_UNSURE, "unsure", "own.unsure"},
    {OWN_BEHIND, "behind", "own.behind"},
    {OWN_INCOMPLETE, "incomplete", "own.incomplete"},
    {OWN_FORKED, "forked", "own.forked"},
    {OWN_RENEWING, "renewing", "own.renewing"},
};
#define STATES (sizeof(states) / sizeof(states[0]))

const char *own_state_name(enum own_state s)
{
    return states[s].name;
}

enum own_state own_state(struct store *st, struct qn_err *why)
{
    char text[400];
    if (!store_get(st, STOPPED, text, sizeof(text)))
        return OWN_SIGNS;
    size_t n = strcspn(text, " ");
    enum own_state s = OWN_UNSURE; /* what nobody here wrote stops like the least of them */
    for (size_t i = 1; i < STATES; i++)
        if (qn_span_is((struct qn_span){(const uint8_t *)text, n}, states[i].id))
            s = states[i].state;
    if (why)
        qn_fail(why, QN_DENIED, states[s].id, "%s", text[n] ? text + n + 1 : "");
    return s;
}

static bool is_over(struct store *st)
{
    enum own_state s = own_state(st, NULL);
    return s == OWN_FORKED || s == OWN_RENEWING;
}

/* A fork is the end of an epoch: nothing less replaces it. */
static enum qn_code stop(struct store *st, enum own_state s, const char *args, struct qn_err *err)
{
    char text[400];
    if (is_over(st))
        return QN_OK;
    snprintf(text, sizeof(text), "%s%s%s", states[s].id, *args ? " " : "", args);
    return store_set(st, STOPPED, text, err);
}

enum qn_code own_unsure(struct store *st, struct qn_err *err)
{
    return own_state(st, NULL) == OWN_SIGNS ? stop(st, OWN_UNSURE, "", err) : QN_OK;
}

enum qn_code own_forked(struct store *st, uint64_t place, struct qn_err *err)
{
    char args[96];
    snprintf(args, sizeof(args), "place=%llu", (unsigned long long)place);
    return stop(st, OWN_FORKED, args, err);
}

enum qn_code own_renewing(struct store *st, struct qn_err *err)
{
    char epoch[48];
    snprintf(epoch, sizeof(epoch), "epoch=%u", st->self.epoch);
    return stop(st, OWN_RENEWING, epoch, err);
}

/* ---- what comes back ------------------------------------------------------------------------------------- */

static uint64_t pulled_to(struct store *st)
{
    char text[32];
    return store_get(st, PULL, text, sizeof(text)) ? strtoull(text, NULL, 10) : 0;
}

bool own_comes_back(struct store *st)
{
    return pulled_to(st) > 0;
}

/* SPEC recovery-10: "the cursors of the own log are those of a relative's" - all below its present size is applied */
static enum qn_code begin(struct store *st, const struct log *own, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (int lane = 0; !rc && lane < QN_LANES; lane++) {
        QN_AUTO(query) struct query q = query_start(st, SQL_CURSOR_SET);
        q_bind_int(&q, own->no);
        q_bind_int(&q, lane);
        q_bind_int(&q, (int64_t)own->size);
        q_bind_int(&q, (int64_t)own->size);
        rc = store_run(&q, err);
    }
    return rc;
}

enum qn_code own_behind(struct store *st, const struct log *own, uint64_t theirs,
                        struct qn_err *err)
{
    char text[32], args[96];
    uint64_t had = pulled_to(st);
    if (theirs <= had || own_state(st, NULL) == OWN_FORKED)
        return QN_OK;
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = tx_begin(&tx, st, err);
    if (!rc && !had)
        rc = begin(st, own, err);
    snprintf(text, sizeof(text), "%llu", (unsigned long long)theirs);
    if (!rc)
        rc = store_set(st, PULL, text, err);
    snprintf(args, sizeof(args), "theirs=%llu|ours=%llu", (unsigned long long)theirs,
             (unsigned long long)own->size);
    if (!rc)
        rc = stop(st, OWN_BEHIND, args, err);
    return rc ? rc : tx_commit(&tx, err);
}

/* What this office refused or waived once more, since an old database did not know: its own rows that came back say so. */
static enum qn_code said(struct store *st, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_OWN_SAID);
    q_bind_text(&q, st->self.office);
    return store_run(&q, err);
}

/* It signs again: the anchor is to say so with the transaction under way. */
static enum qn_code go_on(struct store *st, struct qn_err *err)
{
    static const char *const over[] = {STOPPED, PULL};
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < sizeof(over) / sizeof(over[0]); i++)
        rc = store_unset(st, over[i], err);
    if (!rc)
        rc = store_set(st, "anchored", "1", err);
    if (!rc)
        rc = said(st, err);
    return rc ? rc : anchor_renew(st, err);
}

enum qn_code own_heard(struct store *st, const char *from, uint64_t size,
                       const uint8_t root[QN_HASH], struct qn_err *err)
{
    struct log own;
    uint8_t ours[QN_HASH];
    char parent[QN_CODE_MAX + 1];
    bool top = !tree_parent(st, st->self.office, parent);
    /* SPEC recovery-7: "an office above (for the province: one below)" */
    if (own_state(st, NULL) != OWN_UNSURE || tree_is_above(st, from, st->self.office) == top)
        return QN_OK;
    enum qn_code rc = log_find(&own, st, st->origin, err);
    if (rc || size > own.size)
        return rc; /* what it has beyond ours it will show */
    rc = log_root(st, &own, size, ours, err);
    if (rc || memcmp(ours, root, QN_HASH) != 0)
        return rc;
    QN_AUTO(tx) struct tx tx = {0};
    rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = go_on(st, err);
    return rc ? rc : tx_commit(&tx, err);
}

/* Entries whose parts are not all here, or whose rows are not applied. */
static enum qn_code missing(uint64_t *out, struct store *st, const struct log *own,
                            struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    *out = 0;
    for (int lane = 0; !rc && lane < QN_LANES; lane++) {
        uint64_t relayable, applied;
        rc = ingest_cursor(st, own, (enum qn_lane)lane, &relayable, &applied, err);
        QN_AUTO(query) struct query q = query_start(st, SQL_OWN_LEFT);
        q_bind_int(&q, own->no);
        q_bind_int(&q, lane);
        q_bind_int(&q, (int64_t)applied);
        if (!rc && q_step(&q))
            *out += (uint64_t)q_int(&q, 0);
        if (!rc)
            rc = query_end(&q, err);
    }
    return rc;
}

enum qn_code own_settle(struct store *st, struct ingest_tally *tally,
                        const struct qn_report *report, struct qn_err *err)
{
    struct log own;
    uint64_t to = pulled_to(st), left = 0;
    char args[96];
    if (!to || own_state(st, NULL) == OWN_FORKED)
        return QN_OK;
    enum qn_code rc = log_find(&own, st, st->origin, err);
    for (struct apply_piece piece = {.more = true}; !rc && piece.more;) {
        piece.left = OWN_PIECE;
        rc = apply_log(st, &own, &piece, tally, err);
        if (!rc && piece.more)
            rc = store_breathe(st, err);
    }
    if (rc || own_state(st, NULL) == OWN_RENEWING)
        return rc;
    rc = missing(&left, st, &own, err);
    if (rc || own.verified < to || own.size != own.verified)
        return rc;
    if (left) {
        snprintf(args, sizeof(args), "entries=%llu|size=%llu", (unsigned long long)left,
                 (unsigned long long)own.size);
        return stop(st, OWN_INCOMPLETE, args, err);
    }
    /* SPEC recovery-11: "The office goes on without a person when its log leads to the largest size that it was shown" */
    rc = go_on(st, err);
    if (!rc)
        qn_say(report, "own.back", "size=%llu", (unsigned long long)own.size);
    return rc;
}

enum qn_code own_close_epoch(struct store *st, struct qn_err *err)
{
    struct log own;
    struct qn_err why;
    if (own_state(st, &why) ==
        OWN_FORKED) { /* its rows would stand in this database for ever, and in no other */
        if (err)
            *err = why;
        return QN_DENIED;
    }
    enum qn_code rc = log_find(&own, st, st->origin, err);
    if (!rc && !own_comes_back(st))
        rc = begin(st, &own, err);
    if (!rc)
        rc = store_unset(st, STOPPED, err);
    if (!rc)
        rc = store_unset(st, PULL, err);
    return rc ? rc : fate_stir(st, own.no, err);
}

/* What stands behind a lost part in its lane waited for it: those rows are applied now, and nothing waits any more.
 * SPEC recovery-12: "the entries stay in the log, without rows" - they alone, and not the ones behind them.       */
static enum qn_code without_parts(struct store *st, const struct log *own, struct qn_err *err)
{
    struct ingest_tally tally = {0};
    uint64_t lacks;
    enum qn_code rc = apply_own(st, own, 0, &tally, &lacks, err);
    if (rc)
        return rc;
    QN_AUTO(query) struct query q = query_start(st, SQL_FATE_CLEAR_HELD);
    q_bind_int(&q, own->no);
    return store_run(&q, err);
}

enum qn_code own_declare(struct store *st, struct qn_err *err)
{
    struct log own;
    struct qn_err why;
    enum own_state s = own_state(st, &why);
    if (s == OWN_SIGNS)
        return qn_fail(err, QN_CONFLICT, "own.signs", "");
    if (s == OWN_FORKED || s == OWN_BEHIND || s == OWN_RENEWING) {
        if (err)
            *err = why;
        return QN_DENIED;
    }
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = log_find(&own, st, st->origin, err);
    if (!rc)
        rc = tx_begin(&tx, st, err);
    if (!rc && s == OWN_INCOMPLETE)
        rc = without_parts(st, &own, err);
    if (!rc)
        rc = go_on(st, err);
    return rc ? rc : tx_commit(&tx, err);
}
