#include "node/store/replay.h"

#include <string.h>

#include "node/store/apply.h"
#include "node/store/internal.h"
#include "node/store/settle.h"

/* Entries between two commits and two words of progress: some hundred milliseconds of work. */
#define CHUNK 1000

static enum qn_code all_logs(struct settle_logs *out, struct store *st, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_LOG_ALL);
    return settle_logs_read(out, &q, err);
}

static bool is_own(const struct store *st, const struct log *log)
{
    return st->has_self && strcmp(log->office, st->self.office) == 0;
}

/* One piece of one log in a transaction of its own. */
static enum qn_code piece(struct store *st, const struct log *log, uint64_t from, uint64_t *lacks,
                          struct ingest_tally *tally, struct qn_err *err)
{
    uint64_t n = 0;
    struct apply_piece all = {.left = UINT64_MAX}; /* the log is given cut to the piece */
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = lacks ? apply_own(st, log, from, tally, &n, err) : apply_log(st, log, &all, tally, err);
    if (lacks)
        *lacks += n;
    return rc ? rc : tx_commit(&tx, err);
}

/* How far a relative's log is done in every lane: before that nothing is left to look at. */
static enum qn_code done(uint64_t *out, struct store *st, const struct log *log, struct qn_err *err)
{
    struct ingest_cursors c;
    enum qn_code rc = ingest_cursors(&c, st, log, err);
    *out = rc ? 0 : log->verified;
    for (int lane = 0; !rc && lane < QN_LANES; lane++)
        if (c.applied[lane] < *out)
            *out = c.applied[lane];
    return rc;
}

static enum qn_code replay_log(struct store *st, const struct log *log, uint64_t *own,
                               struct ingest_tally *tally, const struct qn_report *report,
                               struct qn_err *err)
{
    uint64_t from = 0, end = own ? log->size : log->verified;
    enum qn_code rc = own ? QN_OK : done(&from, st, log, err);
    while (!rc && from < end) {
        struct log part = *log;
        uint64_t to = end - from > CHUNK ? from + CHUNK : end;
        *(own ? &part.size : &part.verified) = to;
        rc = piece(st, &part, from, own, tally, err);
        from = to;
        if (!rc)
            qn_say(report, "replay.at", "log=%s|done=%llu|of=%llu|rows=%llu", log->origin,
                   (unsigned long long)to, (unsigned long long)end,
                   (unsigned long long)tally->rows);
    }
    return rc;
}

/* own: of this office itself, and how many of their entries lack a part; NULL: of its relatives. */
static enum qn_code replay(struct store *st, uint64_t *own, struct ingest_tally *tally,
                           const struct qn_report *report, struct qn_err *err)
{
    QN_AUTO(settle_logs) struct settle_logs logs = {0};
    enum qn_code rc = all_logs(&logs, st, err);
    for (size_t i = 0; !rc && i < logs.n; i++)
        if (is_own(st, &logs.log[i]) == (own != NULL))
            rc = replay_log(st, &logs.log[i], own, tally, report, err);
    return rc;
}

/* A part may be lacking because a later entry had it forgotten, which the second round knows. */
static enum qn_code own_rounds(struct store *st, uint64_t *lacks, struct ingest_tally *tally,
                               const struct qn_report *report, struct qn_err *err)
{
    *lacks = 0;
    enum qn_code rc = replay(st, lacks, tally, report, err);
    if (rc || !*lacks)
        return rc;
    *lacks = 0;
    return replay(st, lacks, tally, report, err);
}

static enum qn_code told(const struct store *st, uint64_t lacks, struct qn_err *err)
{
    return lacks ? qn_fail(err, QN_ABSENT, "replay.lacks", "log=%s|n=%llu", st->origin,
                           (unsigned long long)lacks)
                 : QN_OK;
}

enum qn_code replay_own(struct store *st, struct ingest_tally *tally,
                        const struct qn_report *report, struct qn_err *err)
{
    uint64_t lacks;
    enum qn_code rc = own_rounds(st, &lacks, tally, report, err);
    return rc ? rc : told(st, lacks, err);
}

enum qn_code replay_others(struct store *st, struct ingest_tally *tally,
                           const struct qn_report *report, struct qn_err *err)
{
    enum qn_code rc = replay(st, NULL, tally, report, err);
    if (rc)
        return rc;
    /* What one log's rows woke in another stands still no longer. */
    QN_AUTO(tx) struct tx tx = {0};
    rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = settle_apply(st, tally, err);
    return rc ? rc : tx_commit(&tx, err);
}

enum qn_code replay_all(struct store *st, struct ingest_tally *tally,
                        const struct qn_report *report, struct qn_err *err)
{
    uint64_t lacks;
    enum qn_code rc = own_rounds(st, &lacks, tally, report, err);
    if (!rc)
        rc = replay_others(st, tally, report, err);
    /* An office above may have had a part of the own log forgotten. */
    if (!rc && lacks)
        rc = own_rounds(st, &lacks, tally, report, err);
    return rc ? rc : told(st, lacks, err);
}
