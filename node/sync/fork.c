#include "node/sync/fork.h"

#include <stdlib.h>
#include <string.h>

#include "node/store/internal.h"
#include "node/store/tree.h"
#include "protocol/wire.h"

#define MAGIC     "qian-fork/1\n"
#define FORKS_MAX 10000 /* of all logs: more than anybody reads; each log has at most RIVAL_FORKS */

void forks_release(struct forks *f)
{
    free(f->seen);
    *f = (struct forks){NULL, 0};
}

/* ---- what the two sides say --------------------------------------------------------------------------------- */

static enum qn_code read_note(struct fork_side *out, struct qn_span item, struct qn_err *err)
{
    struct qn_note note;
    struct qn_checkpoint c;
    enum qn_code rc = qn_note_parse(&note, item, err);
    if (!rc)
        rc = qn_checkpoint_parse(&c, note.text, err);
    if (rc)
        return rc;
    memcpy(out->hash, c.root, QN_HASH);
    out->kind = out->lane = -1;
    return QN_OK;
}

static enum qn_code read_header(struct fork_side *out, struct qn_span item, struct qn_err *err)
{
    struct qn_header *h = item.n > QN_SIG ? malloc(sizeof(*h)) : NULL; /* large */
    if (!h)
        return item.n > QN_SIG ? qn_fail(err, QN_NOMEM, "base.no-memory", "")
                               : qn_fail(err, QN_MALFORMED, "frame.header", "bytes=%zu", item.n);
    struct qn_span bytes = {item.p + QN_SIG, item.n - QN_SIG};
    enum qn_code rc = qn_header_decode(h, bytes, err);
    if (!rc) {
        qn_leaf_hash(out->hash, bytes);
        out->time_ms = h->time_ms;
        out->kind = h->kind;
        out->lane = (int)h->lane;
    }
    free(h);
    return rc;
}

static enum qn_code read_sides(struct fork_seen *out, struct qn_span payload, struct qn_err *err)
{
    struct qn_fork f;
    enum qn_code rc = qn_fork_decode(&f, payload, err);
    for (int i = 0; !rc && i < 2; i++) {
        struct qn_span item = i ? f.b : f.a;
        rc = f.what == QN_FORK_HEADERS ? read_header(&out->side[i], item, err)
                                       : read_note(&out->side[i], item, err);
    }
    out->what = f.what;
    return rc;
}

/* Which of the two is the one that is held as the log, and whether the office has new keys. */
static void whose(struct fork_seen *f, struct store *st)
{
    struct log log;
    struct qn_err none;
    uint8_t held[QN_HASH];
    char deployment[QN_DEPLOYMENT_MAX + 1], office[QN_CODE_MAX + 1];
    struct qn_cert newest;
    uint16_t epoch;
    if (qn_origin_parse(qn_str(f->origin), deployment, office, &epoch, &none) == QN_OK &&
        tree_cert(&newest, st, office, &none) == QN_OK && newest.lanes && newest.epoch > epoch)
        f->renewed = newest.epoch;
    if (log_find(&log, st, f->origin, &none) != QN_OK)
        return;
    if (f->what == QN_FORK_CHECKPOINTS) {
        if (f->place > log.size || log_root(st, &log, f->place, held, &none) != QN_OK)
            return;
    } else {
        QN_AUTO(log_entry) struct log_entry e = {0};
        if (log_entry_get(&e, st, &log, f->place, &none) != QN_OK)
            return;
        memcpy(held, e.leaf, QN_HASH);
    }
    for (int i = 0; i < 2; i++)
        f->side[i].ours = memcmp(f->side[i].hash, held, QN_HASH) == 0;
}

/* Columns: rowid, origin, place, bytes, at_ms. */
static enum qn_code from_row(struct fork_seen *out, struct query *q, struct qn_err *err)
{
    *out = (struct fork_seen){
        .no = q_int(q, 0), .place = (uint64_t)q_int(q, 2), .at_ms = (uint64_t)q_int(q, 4)};
    qn_text_copy(out->origin, sizeof(out->origin), q_span(q, 1));
    return read_sides(out, q_span(q, 3), err);
}

enum qn_code fork_list(struct forks *out, struct store *st, struct qn_err *err)
{
    QN_AUTO(forks) struct forks all = {NULL, 0};
    size_t cap = 0;
    enum qn_code rc = QN_OK;
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_FORK_LIST);
        while (!rc && q_step(&q)) {
            if (all.n == cap) {
                cap = cap ? cap * 2 : 16;
                struct fork_seen *grown =
                    cap <= 2 * FORKS_MAX ? realloc(all.seen, cap * sizeof(*grown)) : NULL;
                if (!grown)
                    return qn_fail(err, QN_NOMEM, "base.no-memory", "");
                all.seen = grown;
            }
            rc = from_row(&all.seen[all.n], &q, err);
            all.n += !rc;
        }
        if (!rc)
            rc = query_end(&q, err);
    }
    for (size_t i = 0; !rc && i < all.n; i++)
        whose(&all.seen[i], st);
    if (!rc) {
        *out = all;
        all = (struct forks){NULL, 0};
    }
    return rc;
}

/* The evidence itself, as the payload of its frame, behind what it says. */
static enum qn_code get(struct fork_seen *out, struct qn_buf *payload, struct store *st, int64_t no,
                        struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_FORK_GET);
    q_bind_int(&q, no);
    bool found = q_step(&q);
    enum qn_code rc = found ? from_row(out, &q, err) : QN_OK;
    if (found && payload)
        qn_put_span(payload, q_span(&q, 3));
    if (!rc)
        rc = query_end(&q, err);
    if (!rc && !found)
        rc = qn_fail(err, QN_ABSENT, "fork.none", "no=%lld", (long long)no);
    return rc || !payload ? rc : qn_buf_check(payload, err);
}

enum qn_code fork_get(struct fork_seen *out, struct store *st, int64_t no, struct qn_err *err)
{
    enum qn_code rc = get(out, NULL, st, no, err);
    if (!rc)
        whose(out, st);
    return rc;
}

static void of_header(struct fork_entry *out, const struct qn_header *h, const uint8_t leaf[QN_HASH])
{
    out->time_ms = h->time_ms;
    out->kind = h->kind;
    out->lane = (int)h->lane;
    memcpy(out->leaf, leaf, QN_HASH);
}

/* The entry of this log at the place; false: none is held. */
static bool held_entry(struct fork_entry *out, struct store *st, const struct log *log, uint64_t seq)
{
    struct qn_err none;
    QN_AUTO(log_entry) struct log_entry e = {0};
    if (seq >= log->size || log_entry_get(&e, st, log, seq, &none) != QN_OK)
        return false;
    of_header(out, &e.h, e.leaf);
    return true;
}

enum qn_code fork_entries(struct store *st, const char *origin,
                          void (*each)(void *ctx, const struct fork_entry *e), void *ctx, struct qn_err *err)
{
    struct log log;
    struct fork_entry ours = {.seq = UINT64_MAX}, theirs = {.ours = false};
    unsigned n = 0;
    struct qn_err none;
    if (log_find(&log, st, origin, &none) != QN_OK)
        return QN_OK;
    struct qn_header *h = malloc(sizeof(*h)); /* large */
    if (!h)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    QN_AUTO(query) struct query q = query_start(st, SQL_RIVALS_OF_LOG);
    q_bind_int(&q, log.no);
    bool held = false, told = false;
    while (n < FORK_ENTRIES && q_step(&q)) {
        uint64_t seq = (uint64_t)q_int(&q, 0);
        struct qn_span leaf = q_span(&q, 1);
        if (leaf.n != QN_HASH || qn_header_decode(h, q_span(&q, 2), &none) != QN_OK)
            continue;
        if (seq != ours.seq) {
            held = held_entry(&ours, st, &log, seq);
            ours.seq = seq;
            ours.ours = true;
            told = false;
        }
        if (held && memcmp(ours.leaf, leaf.p, QN_HASH) == 0)
            continue;
        if (held && !told)
            each(ctx, &ours);
        n += held && !told;
        told = true;
        theirs.seq = seq;
        of_header(&theirs, h, leaf.p);
        each(ctx, &theirs);
        n++;
    }
    free(h);
    return query_end(&q, err);
}

const char *fork_next(const struct fork_seen *f, bool own)
{
    return f->renewed ? "fork.next-renewed" : own ? "fork.next-own" : "fork.next";
}

enum qn_code fork_abandoned(struct store *st, const char *office,
                            void (*each)(void *ctx, const struct fork_abandoned *a), void *ctx, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_FORK_ABANDONED);
    q_bind_text(&q, office ? office : "");
    while (q_step(&q)) {
        uint16_t n;
        uint64_t told;
        struct fork_abandoned a = {.seq = (uint64_t)q_int(&q, 2), .kind = (int)q_int(&q, 3), .again = UINT64_MAX};
        qn_text_copy(a.office, sizeof(a.office), q_span(&q, 0));
        qn_text_copy(a.origin, sizeof(a.origin), q_span(&q, 1));
        if (q_int(&q, 4) >= 0)
            a.again = (uint64_t)q_int(&q, 4);
        qn_text_copy(a.why, sizeof(a.why), q_span(&q, 5));
        qn_row_id_split(q_int(&q, 6), &a.epoch, &told, &n);
        each(ctx, &a);
    }
    return query_end(&q, err);
}

/* ---- as a file ------------------------------------------------------------------------------------------------ */

static enum qn_code put_chain(struct qn_buf *out, struct store *st, const char *office,
                              uint16_t epoch, unsigned depth, struct qn_err *err)
{
    struct qn_cert c;
    QN_AUTO(qn_buf) struct qn_buf bytes = {0};
    qn_buf_init(&bytes, QN_CERT_MAX);
    if (depth == QN_CHAIN_MAX)
        return qn_fail(err, QN_LIMIT, "fork.chain", "office=%s", office);
    enum qn_code rc = tree_cert_bytes(&bytes, st, office, epoch, err);
    if (!rc)
        rc = qn_cert_decode(&c, qn_buf_span(&bytes), err);
    if (!rc && c.issuer[0])
        rc = put_chain(out, st, c.issuer, c.issuer_epoch, depth + 1, err);
    if (!rc)
        qn_frame_put(out, QN_FRAME_CERT, qn_buf_span(&bytes));
    return rc;
}

enum qn_code fork_export(struct qn_buf *out, struct store *st, int64_t no, struct qn_err *err)
{
    struct fork_seen f;
    char deployment[QN_DEPLOYMENT_MAX + 1], office[QN_CODE_MAX + 1];
    uint16_t epoch;
    QN_AUTO(qn_buf) struct qn_buf payload = {0};
    qn_buf_init(&payload, QN_FRAME_MAX);
    enum qn_code rc = get(&f, &payload, st, no, err);
    if (!rc)
        rc = qn_origin_parse(qn_str(f.origin), deployment, office, &epoch, err);
    if (!rc && !st->has_policy)
        rc = qn_fail(err, QN_ABSENT, "tree.no-policy", "dir=%s", st->dir);
    if (rc)
        return rc;
    qn_put_str(out, MAGIC);
    qn_put_uint(out, strlen(st->policy_text), 2);
    qn_put_str(out, st->policy_text);
    rc = put_chain(out, st, office, epoch, 0, err);
    if (rc)
        return rc;
    qn_frame_put(out, QN_FRAME_FORK, qn_buf_span(&payload));
    return qn_buf_check(out, err);
}

static enum qn_code not_one(struct qn_err *err)
{
    return qn_fail(err, QN_MALFORMED, "fork.file", "");
}

enum qn_code fork_verify(struct fork_seen *out, struct qn_cert *author, struct qn_span file,
                         const char *fingerprint, struct qn_err *err)
{
    struct rd r = {.in = file};
    struct qn_policy policy;
    uint8_t hash[QN_HASH];
    struct qn_cert above = {.office = ""};
    unsigned n = 0;
    struct qn_span magic = rd_span(&r, sizeof(MAGIC) - 1);
    struct qn_span text = rd_span(&r, rd_uint(&r, 2));
    if (r.failed || !qn_span_is(magic, MAGIC))
        return not_one(err);
    enum qn_code rc = qn_policy_parse(&policy, text, err);
    if (rc)
        return rc;
    qn_policy_hash(hash, &policy);
    rc = qn_fingerprint_check(fingerprint, hash, err);
    *out = (struct fork_seen){.no = 0};
    while (!rc && r.in.n) {
        enum qn_frame_type type;
        struct qn_span payload;
        struct qn_fork f;
        size_t need;
        struct qn_err why;
        if (qn_frame_take(&r.in, &type, &payload, &need, &why) != QN_OK || n > QN_CHAIN_MAX)
            return not_one(err);
        if (type == QN_FRAME_CERT) {
            rc = n++ ? qn_cert_verify(author, payload, &above, err)
                     : qn_cert_verify_root(author, payload, &policy, err);
            above = *author;
            continue;
        }
        /* SPEC recovery-18: "one FORK frame, and nothing behind it" */
        if (type != QN_FRAME_FORK || !n || r.in.n)
            return not_one(err);
        rc = qn_fork_decode(&f, payload, err);
        if (!rc)
            rc = qn_fork_verify(&f, author, &out->place, err);
        if (!rc)
            rc = read_sides(out, payload, err);
        if (!rc) {
            qn_cert_origin(out->origin, author);
            return QN_OK;
        }
    }
    return rc ? rc : not_one(err);
}
