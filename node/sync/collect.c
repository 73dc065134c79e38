/* collect.c - what a peer lacks, as frames: exchange_collect. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/own.h"
#include "node/store/tree.h"
#include "node/sync/collect.h"
#include "node/sync/freight.h"
#include "node/sync/hole.h"
#include "node/sync/peer.h"
#include "protocol/wire.h"

#define AHEAD 32 /* checkpoints before their headers: a reader keeps 64 of a log waiting */

/* What waits in the run counts as it is until it is packed. */
bool collect_fits(const struct collect *c, uint64_t n)
{
    uint64_t before = c->sent->bytes + c->run.frames.n;
    return !c->o->bytes_max || !before || before + n <= c->o->bytes_max;
}

static enum qn_code put(struct collect *c, enum qn_frame_type type, struct qn_span payload,
                        bool bare, bool news, struct qn_err *err)
{
    struct exchange_sent *s = c->sent;
    uint64_t n = QN_FRAME_HEAD + payload.n;
    enum qn_code rc = QN_OK;
    if (s->more)
        return QN_OK;
    if (!collect_fits(c, n))
        rc = run_flush(&c->run, &s->bytes, err);
    if (rc)
        return rc;
    if (!collect_fits(c, n)) {
        s->more = true;
        return QN_OK;
    }
    rc = run_put(&c->run, type, payload, bare, &s->bytes, err);
    if (rc)
        return rc;
    s->frames[type]++;
    s->news += news;
    return QN_OK;
}

enum qn_code collect_put(struct collect *c, enum qn_frame_type type, struct qn_span payload,
                         bool news, struct qn_err *err)
{
    return put(c, type, payload, false, news, err);
}

enum qn_code collect_put_bare(struct collect *c, enum qn_frame_type type, struct qn_span payload,
                              struct qn_err *err)
{
    return put(c, type, payload, true, true, err);
}

enum qn_code exchange_emit_buf(void *buf, enum qn_frame_type type, struct qn_span payload,
                               struct qn_err *err)
{
    qn_frame_put(buf, type, payload);
    return qn_buf_check(buf, err);
}

/* ---- one log ------------------------------------------------------------------------------------------------ */

/* One log as the peer holds it. */
struct view {
    const struct log *log;
    const struct qn_have_origin *have; /* NULL: it does not know the log */
    uint64_t size;                     /* headers it holds */
    bool own_of_peer;
    bool differs; /* it holds another branch */
};

static enum qn_code look(struct collect *c, const struct log *log, struct view *v,
                         struct qn_err *err)
{
    uint8_t root[QN_HASH];
    *v = (struct view){.log = log, .have = exchange_have_of(c->o->peer, log->origin)};
    v->own_of_peer = strcmp(log->office, c->peer) == 0;
    v->size = v->have ? v->have->size : 0;
    if (!v->size || v->size > log->verified)
        return QN_OK;
    enum qn_code rc = log_root(c->st, log, v->size, root, err);
    v->differs = !rc && memcmp(root, v->have->root, QN_HASH) != 0;
    return rc;
}

/* The links of the chain that the peer does not know, top down. */
static enum qn_code put_certs(struct collect *c, const struct log *log, struct qn_err *err)
{
    struct {
        char office[QN_CODE_MAX + 1];
        uint16_t epoch;
    } link[QN_CHAIN_MAX];
    unsigned n = 0;
    struct qn_cert cert;
    enum qn_code rc = tree_cert_at(&cert, c->st, log->office, log->epoch, err);
    while (!rc && n < QN_CHAIN_MAX) {
        char origin[QN_ORIGIN_MAX + 1];
        qn_cert_origin(origin, &cert);
        if (exchange_have_of(c->o->peer, origin))
            break;
        memcpy(link[n].office, cert.office, sizeof(link[n].office));
        link[n++].epoch = cert.epoch;
        if (!cert.issuer[0])
            break;
        char issuer[QN_CODE_MAX + 1];
        uint16_t epoch = cert.issuer_epoch;
        memcpy(issuer, cert.issuer, sizeof(issuer));
        rc = tree_cert_at(&cert, c->st, issuer, epoch, err);
    }
    while (!rc && n-- > 0) {
        QN_AUTO(qn_buf) struct qn_buf bytes = {0};
        qn_buf_init(&bytes, QN_CERT_MAX);
        rc = tree_cert_bytes(&bytes, c->st, link[n].office, link[n].epoch, err);
        if (!rc)
            rc = collect_put(c, QN_FRAME_CERT, qn_buf_span(&bytes), true, err);
    }
    return rc;
}

struct sizes {
    uint64_t *v;
    size_t n, cap;
};
static void sizes_auto(struct sizes *s)
{
    free(s->v);
}

static enum qn_code sizes_add(struct sizes *s, uint64_t v, struct qn_err *err)
{
    if (s->n == s->cap) {
        size_t cap = s->cap ? s->cap * 2 : 64;
        uint64_t *grown = realloc(s->v, cap * sizeof(*grown));
        if (!grown)
            return qn_fail(err, QN_NOMEM, "base.no-memory", "");
        s->v = grown;
        s->cap = cap;
    }
    s->v[s->n++] = v;
    return QN_OK;
}

static bool last_is(const struct sizes *s, uint64_t size)
{
    return s->n && s->v[s->n - 1] == size;
}

static int by_size(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static uint64_t witnessed(const struct qn_have_origin *h, const char *office)
{
    for (unsigned i = 0; h && i < h->nwitness; i++)
        if (strcmp(h->witness[i].office, office) == 0)
            return h->witness[i].size;
    return 0;
}

/* Every checkpoint that carries a cosignature new to the peer: an entry is dated by the smallest cosigned
 * checkpoint above it, so one left out would date entries later there than here.                        */
static enum qn_code lacking(struct sizes *sizes, struct collect *c, const struct view *v,
                            struct qn_err *err)
{
    struct {
        char office[QN_CODE_MAX + 1];
    } who[QN_CHAIN_MAX];
    unsigned n = 0;
    {
        QN_AUTO(query) struct query q = query_start(c->st, SQL_SYNC_COSIGNERS);
        q_bind_int(&q, v->log->no);
        while (n < QN_CHAIN_MAX && q_step(&q))
            n += qn_text_copy(who[n].office, sizeof(who[n].office), q_span(&q, 0));
        enum qn_code rc = query_end(&q, err);
        if (rc)
            return rc;
    }
    for (unsigned i = 0; i < n; i++) {
        QN_AUTO(query) struct query q = query_start(c->st, SQL_SYNC_COSIGNED);
        q_bind_int(&q, v->log->no);
        q_bind_text(&q, who[i].office);
        q_bind_int(&q, (int64_t)witnessed(v->have, who[i].office));
        q_bind_int(&q, (int64_t)v->log->verified);
        enum qn_code rc = QN_OK;
        while (!rc && q_step(&q))
            rc = sizes_add(sizes, (uint64_t)q_int(&q, 0), err);
        if (!rc)
            rc = query_end(&q, err);
        if (rc)
            return rc;
    }
    if (sizes->n)
        qsort(sizes->v, sizes->n, sizeof(sizes->v[0]), by_size);
    return QN_OK;
}

/* SPEC exchange-4: "unless one of the reader's cursors reaches it" - a lane without entries goes up to what was verified, so
 * one that stands lower is that of a reader which lacks the checkpoint, be all headers there. 0: nothing is due.       */
static enum qn_code newest_due(uint64_t *size, struct collect *c, const struct view *v,
                               struct qn_err *err)
{
    uint64_t reached = 0;
    QN_AUTO(query) struct query q = query_start(c->st, SQL_CHECKPOINT_NEWEST);
    q_bind_int(&q, v->log->no);
    q_bind_int(&q, (int64_t)v->log->verified);
    *size = q_step(&q) ? (uint64_t)q_int(&q, 0) : 0;
    for (int lane = 0; v->have && lane < QN_LANES; lane++)
        reached = v->have->cursor[lane] > reached ? v->have->cursor[lane] : reached;
    for (unsigned i = 0; v->have && i < v->have->nwitness; i++)
        if (v->have->witness[i].size == *size)
            reached = *size; /* who holds a cosignature of it holds it */
    if (reached >= *size)
        *size = 0;
    return query_end(&q, err);
}

static enum qn_code put_notes(struct collect *c, const struct log *log, const uint64_t *size,
                              size_t n, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < n && !c->sent->more; i++) {
        if (i && size[i] == size[i - 1])
            continue;
        QN_AUTO(qn_buf) struct qn_buf note = {0};
        qn_buf_init(&note, QN_NOTE_MAX);
        rc = log_checkpoint_note(&note, c->st, log, size[i], err);
        if (!rc)
            rc = collect_put(c, QN_FRAME_CHECKPOINT, qn_buf_span(&note), true, err);
    }
    return rc;
}

/* Behind the headers that it covers: were it in front of them, a line that breaks after each frame would bring it alone,
 * again and again. Those with cosignatures stand in front, since a HAVE tells of them.                              */
static enum qn_code put_newest(struct collect *c, const struct view *v, struct qn_err *err)
{
    uint64_t size;
    enum qn_code rc = newest_due(&size, c, v, err);
    return rc || !size ? rc : put_notes(c, v->log, &size, 1, err);
}

static enum qn_code put_checkpoints(struct collect *c, const struct view *v, struct qn_err *err)
{
    QN_AUTO(sizes) struct sizes sizes = {0};
    enum qn_code rc = lacking(&sizes, c, v, err);
    if (!rc)
        rc = put_notes(c, v->log, sizes.v, sizes.n, err);
    return rc || v->size >= v->log->verified || last_is(&sizes, v->log->verified)
               ? rc
               : put_newest(c, v, err);
}

/* Our checkpoint of one size, if we hold it, as evidence against another view of this log. */
static enum qn_code put_evidence(struct collect *c, const struct log *log, uint64_t size,
                                 struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf note = {0};
    struct qn_err none;
    qn_buf_init(&note, QN_NOTE_MAX);
    if (!size || log_checkpoint_note(&note, c->st, log, size, &none) != QN_OK)
        return QN_OK;
    return collect_put(c, QN_FRAME_CHECKPOINT, qn_buf_span(&note), false, err);
}

static enum qn_code put_headers(struct collect *c, const struct log *log, uint64_t from,
                                uint64_t to, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (uint64_t seq = from; !rc && seq < to && !c->sent->more; seq++) {
        QN_AUTO(log_entry) struct log_entry e WIRE_UNFILLED;
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        rc = log_entry_get(&e, c->st, log, seq, err);
        if (rc)
            return rc;
        qn_buf_init(&b, QN_HEADER_MAX + QN_SIG);
        qn_put(&b, e.sig, QN_SIG);
        qn_put_span(&b, qn_buf_span(&e.bytes));
        rc = qn_buf_check(&b, err);
        if (!rc)
            rc = collect_put(c, QN_FRAME_HEADER, qn_buf_span(&b), true, err);
    }
    return rc;
}

static bool is_forked(struct collect *c, const struct log *log)
{
    QN_AUTO(query) struct query q = query_start(c->st, SQL_FORK_COUNT);
    q_bind_int(&q, log->no);
    return q_step(&q) && q_int(&q, 0) > 0;
}

static enum qn_code branch_headers(struct collect *c, struct told *t, uint64_t to,
                                   struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (uint64_t at = t->at[TOLD_HEADER]; !rc && at < to && !c->sent->more; at++) {
        rc = put_headers(c, &t->log, at, at + 1, err);
        if (!rc)
            collect_tell(c, t, TOLD_HEADER, at + 1);
    }
    return rc;
}

static enum qn_code branch_notes(struct collect *c, struct told *t, const uint64_t *size, size_t n,
                                 struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < n && !c->sent->more; i++) {
        if (size[i] <= t->at[TOLD_NOTE])
            continue;
        rc = put_notes(c, &t->log, &size[i], 1, err);
        if (!rc)
            collect_tell(c, t, TOLD_NOTE, size[i]);
    }
    return rc;
}

/* SPEC exchange-12: "the receiver sends its checkpoint of that size". And our branch, once: checkpoints as in put_growth, and
 * all headers, as the place where the two part is found by whoever compares them.                                  */
static enum qn_code put_branch(struct collect *c, const struct view *v, struct qn_err *err)
{
    struct told *t;
    bool begins_alike = v->size && v->size <= v->log->verified && !v->differs;
    if (!begins_alike &&
        !is_forked(c, v->log)) /* else the evidence is here, and was told when it came */
        qn_say(c->o->report, "sync.root-differs", "log=%s|size=%llu|office=%s", v->log->origin,
               (unsigned long long)v->size, c->peer);
    QN_AUTO(sizes) struct sizes sizes = {0};
    uint64_t newest = 0;
    enum qn_code rc = collect_told(&t, c, v->log, true, err);
    bool notes = v->differs || !v->own_of_peer || !c->upward;
    if (!rc && begins_alike && t->at[TOLD_HEADER] < v->size)
        t->at[TOLD_HEADER] = v->size;
    if (!rc && !begins_alike && t->at[TOLD_HEADER] < v->log->verified)
        rc = put_evidence(c, v->log, v->size, err);
    if (!rc && notes)
        rc = lacking(&sizes, c, v, err);
    for (size_t i = 0; !rc && i < sizes.n && !c->sent->more; i += AHEAD) {
        size_t n = sizes.n - i < AHEAD ? sizes.n - i : AHEAD;
        rc = branch_notes(c, t, sizes.v + i, n, err);
        if (!rc)
            rc = branch_headers(c, t, sizes.v[i + n - 1], err);
    }
    if (!rc)
        rc = branch_headers(c, t, v->log->verified, err);
    if (!rc && notes)
        rc = newest_due(&newest, c, v, err);
    return rc || !newest ? rc : branch_notes(c, t, &newest, 1, err);
}

/* SPEC exchange-21: "not more than 32 CHECKPOINTs stand ahead of the HEADERs that lead to the last of them" */
static enum qn_code put_growth(struct collect *c, const struct view *v, struct qn_err *err)
{
    QN_AUTO(sizes) struct sizes sizes = {0};
    uint64_t at = v->size;
    if (v->differs)
        return put_branch(c, v, err);
    enum qn_code rc = lacking(&sizes, c, v, err);
    for (size_t i = 0; !rc && i < sizes.n && !c->sent->more; i += AHEAD) {
        size_t n = sizes.n - i < AHEAD ? sizes.n - i : AHEAD;
        uint64_t to = sizes.v[i + n - 1];
        rc = put_notes(c, v->log, sizes.v + i, n, err);
        if (rc || to <= at)
            continue;
        rc = put_headers(c, v->log, at, to, err);
        at = to;
    }
    if (!rc)
        rc = put_headers(c, v->log, at, v->log->verified, err);
    return rc || last_is(&sizes, v->log->verified) ? rc : put_newest(c, v, err);
}

/* What is above the peer it hears from there; of our own log nothing while it claims to know it better. */
static bool left_out(struct collect *c, const struct log *log)
{
    return (c->upward && tree_is_above(c->st, log->office, c->peer)) ||
           (c->own_held && strcmp(log->office, c->self) == 0);
}

/* SPEC exchange-4: "before any header" - a reader that did not know the office which a part is addressed to would
 * take the part for somebody else's, and go past it for good, were the stream cut between the two.              */
/* SPEC exchange-30: "the newest certificate of each of its epochs" - it stands in no log, so nothing else brings it down. */
static enum qn_code put_province(struct collect *c, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && !c->upward && i < c->logs.n; i++) {
        const struct log *log = &c->logs.log[i].log;
        QN_AUTO(qn_buf) struct qn_buf bytes = {0};
        qn_buf_init(&bytes, QN_CERT_MAX);
        if (c->logs.log[i].level != QN_PROVINCE || !exchange_have_of(c->o->peer, log->origin))
            continue;
        {
            QN_AUTO(query) struct query q = query_start(c->st, SQL_CERT_RENEWED);
            q_bind_text(&q, log->office);
            q_bind_int(&q, log->epoch);
            if (q_step(&q))
                qn_put_span(&bytes, q_span(&q, 0));
            rc = query_end(&q, err);
        }
        if (!rc && bytes.n)
            rc = collect_put(c, QN_FRAME_CERT, qn_buf_span(&bytes), false, err);
    }
    return rc;
}

static enum qn_code put_chains(struct collect *c, struct qn_err *err)
{
    enum qn_code rc = put_province(c, err);
    for (size_t i = 0; !rc && i < c->logs.n; i++) {
        const struct log *log = &c->logs.log[i].log;
        if (!left_out(c, log) && !exchange_have_of(c->o->peer, log->origin))
            rc = put_certs(c, log, err);
    }
    return rc;
}

/* Whether the peer was given a later epoch than that of this log of its own: then it takes no more of it than its parent holds
 * (recovery-20), and what stands beyond is evidence. */
static bool has_gone_on(const struct collect *c, const struct log *log)
{
    char deployment[QN_DEPLOYMENT_MAX + 1], office[QN_CODE_MAX + 1];
    uint16_t epoch;
    for (size_t i = 0; i < c->o->peer->n; i++) {
        const struct qn_have_origin *h = &c->o->peer->origin[i];
        if (qn_origin_parse(qn_str(h->origin), deployment, office, &epoch, NULL) == QN_OK &&
            strcmp(office, log->office) == 0 && epoch > log->epoch)
            return true;
    }
    return false;
}

static enum qn_code put_log(struct collect *c, const struct log *log, struct qn_err *err)
{
    struct view v;
    bool ours = strcmp(log->office, c->self) == 0;
    enum qn_code rc = QN_OK;
    if (!left_out(c, log) || (ours && c->forked))
        rc = look(c, log, &v, err);
    else
        return QN_OK;
    if (rc)
        return rc;
    if (ours &&
        c->forked) /* our branch, once: both are evidence, and ours may be the one that does not count */
        return put_branch(c, &v, err);
    /* It has its own headers, also when it never said what it holds; what it may lack is who cosigned them.
     * SPEC recovery-8: "the checkpoints, headers and parts that the author's HAVE lacks" - it comes from an old copy */
    if (v.size > log->verified && is_forked(c, log))
        return put_branch(c, &v,
                          err); /* it goes on with a branch that we do not hold: ours, once */
    if (v.own_of_peer && !v.differs && (v.size >= log->verified || !c->o->peer->n))
        return c->upward ? rc : put_checkpoints(c, &v, err);
    if (v.own_of_peer && v.size && has_gone_on(c, log))
        return put_branch(c, &v, err); /* once */
    return put_growth(c, &v, err);
}

/* ---- parts ---------------------------------------------------------------------------------------------------- */

static enum qn_code next_of_lane(struct collect *c, const struct log *log, enum qn_lane lane,
                                 uint64_t from, uint64_t *seq, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(c->st, SQL_ENTRY_OF_LANE);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)lane);
    q_bind_int(&q, (int64_t)from);
    q_bind_int(&q, (int64_t)log->verified);
    *seq = q_step(&q) ? (uint64_t)q_int(&q, 0) : log->verified;
    return query_end(&q, err);
}

enum qn_code collect_part(struct collect *c, const struct log *log, const struct log_entry *e,
                          uint64_t seq, unsigned i, struct qn_err *err)
{
    QN_AUTO(log_part) struct log_part part = {0};
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    struct qn_err why;
    const struct qn_part *d = &e->h.part[i];
    if (!tree_part_is_for(c->st, d, log->office, c->peer))
        return QN_OK;
    enum qn_code rc = log_part_get(&part, c->st, log, seq, i, &why);
    if (rc == QN_ABSENT) /* redacted here, or not come yet: somebody else may have it */
        return QN_OK;
    if (rc) {
        if (err)
            *err = why;
        return rc;
    }
    struct qn_part_frame f = {qn_str(log->origin), seq, (uint16_t)i, part.salt,
                              qn_buf_span(&part.stored)};
    qn_buf_init(&b, QN_FRAME_MAX);
    qn_part_frame_encode(&b, &f);
    rc = qn_buf_check(&b, err);
    return rc ? rc
              : put(c, QN_FRAME_PART, qn_buf_span(&b),
                    d->codec != QN_RAW || d->audience == QN_RESTRICTED, true, err);
}

static enum qn_code put_entry_parts(struct collect *c, const struct log *log, uint64_t seq,
                                    const struct hole *hole, struct qn_err *err)
{
    QN_AUTO(log_entry) struct log_entry e = {0};
    enum qn_code rc = log_entry_get(&e, c->st, log, seq, err);
    /* SPEC exchange-4: "from any of its parts on, round to the one before it" - a cursor tells of whole entries only. Were
     * the parts of an entry longer than one answer, the first of them would be sent again for ever.               */
    unsigned first =
        e.h.nparts ? (unsigned)(c->o->peer->nonce[14] << 8 | c->o->peer->nonce[15]) % e.h.nparts
                   : 0;
    for (unsigned k = 0; !rc && k < e.h.nparts && !c->sent->more; k++) {
        unsigned i = (first + k) % e.h.nparts;
        if (!hole_held(hole, seq, i))
            rc = collect_part(c, log, &e, seq, i, err);
    }
    return rc;
}

static enum qn_code put_parts(struct collect *c, const struct log *log, enum qn_lane lane,
                              struct qn_err *err)
{
    const struct qn_have_origin *h = exchange_have_of(c->o->peer, log->origin);
    bool of_peer = strcmp(log->office, c->peer) == 0;
    bool above_us = tree_is_above(c->st, log->office, c->self);
    enum qn_code rc = QN_OK;
    /* A log between the peer and us: we hold only our share of its parts, so its author must send them. Its own log the
     * peer lacks after an old backup only, and ours it gets only when it does not claim to know it better.           */
    if ((c->upward && above_us && !of_peer) || (of_peer && !c->o->peer->n) ||
        (c->own_held && strcmp(log->office, c->self) == 0))
        return QN_OK;
    const struct told *t = collect_told_of(c, log);
    if (t &&
        t->branch) /* what it holds of another branch says nothing about ours: put_branch_parts */
        return QN_OK;
    struct hole hole = hole_of(c->o->peer, h, lane);
    for (uint64_t seq = h ? h->cursor[lane] : 0; !rc && seq < log->verified && !c->sent->more;) {
        uint64_t at = hole_next(&hole, seq);
        if (at == seq)
            rc = next_of_lane(c, log, lane, at, &at, err);
        if (!rc && at < log->verified && hole_next(&hole, at) == at) {
            rc = put_entry_parts(c, log, at, &hole, err);
            at++;
        }
        seq = at;
    }
    return rc;
}

/* ---- receipts -------------------------------------------------------------------------------------------------- */

static bool is_of_peer(struct collect *c, const struct log *log)
{
    return strcmp(log->office, c->peer) == 0 || tree_is_above(c->st, c->peer, log->office);
}

static enum qn_code put_receipts(struct collect *c, const struct log *log, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    QN_AUTO(query) struct query q = query_start(c->st, SQL_SYNC_RECEIPTS);
    q_bind_int(&q, log->no);
    while (!rc && !c->sent->more && q_step(&q))
        if (strcmp(q_text(&q, 0), c->peer) != 0)
            rc = collect_put(c, QN_FRAME_RECEIPT, q_span(&q, 1), false, err);
    return rc ? rc : query_end(&q, err);
}

/* ---- the whole ---------------------------------------------------------------------------------------------------- */

/* Fork guard: who holds entries of ours that we do not, holds them because we signed them. */
static enum qn_code check_own(struct collect *c, struct qn_err *err)
{
    const struct qn_have_origin *h = exchange_have_of(c->o->peer, store_origin(c->st));
    struct log own;
    uint8_t root[QN_HASH];
    enum qn_code rc = log_find(&own, c->st, store_origin(c->st), err);
    c->own_held = c->forked = own_state(c->st, NULL) == OWN_FORKED;
    if (rc || !h || !h->size)
        return rc;
    if (h->size <= own.size) {
        rc = log_root(c->st, &own, h->size, root, err);
        if (rc || memcmp(root, h->root, QN_HASH) == 0)
            return rc;
    }
    /* A number is believed from nobody, above or below: the checkpoint with our own signature, which whoever says
     * the truth sends in the same stream, stops us (ingest_frame). */
    if (!c->forked)
        qn_say(c->o->report, "sync.own-log-claim", "office=%s|theirs=%llu|ours=%llu", c->peer,
               (unsigned long long)h->size, (unsigned long long)own.size);
    c->own_held = true;
    /* SPEC exchange-12: "is split-view evidence" */
    c->forked = c->forked || h->size <= own.size;
    return QN_OK;
}

/* SPEC http-5: "An office above that pushed gets these alone" */
static enum qn_code put_answer(struct collect *c, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < c->logs.n; i++) {
        struct view v;
        if (!is_of_peer(c, &c->logs.log[i].log))
            continue;
        rc = look(c, &c->logs.log[i].log, &v, err);
        if (!rc && !v.differs)
            rc = put_checkpoints(c, &v, err);
    }
    for (size_t i = 0; !rc && i < c->logs.n; i++)
        if (is_of_peer(c, &c->logs.log[i].log))
            rc = put_receipts(c, &c->logs.log[i].log, err);
    return rc;
}

static enum qn_code put_all(struct collect *c, struct qn_err *err)
{
    enum qn_code rc = put_chains(c, err);
    for (size_t i = 0; !rc && i < c->logs.n; i++)
        rc = put_log(c, &c->logs.log[i].log, err);
    for (int lane = 0; lane < QN_LANES; lane++)
        for (size_t i = 0; !rc && i < c->logs.n; i++)
            rc = put_parts(c, &c->logs.log[i].log, (enum qn_lane)lane, err);
    for (size_t i = 0; !rc && i < c->ntold; i++)
        if (c->told[i].branch)
            rc = collect_branch_parts(c, &c->told[i], err);
    for (size_t i = 0; !rc && !c->upward && i < c->logs.n; i++)
        if (is_of_peer(c, &c->logs.log[i].log))
            rc = put_receipts(c, &c->logs.log[i].log, err);
    /* SPEC recovery-18: "goes up, and to the author itself" */
    for (size_t i = 0; !rc && i < c->logs.n; i++)
        if (c->upward || strcmp(c->logs.log[i].log.office, c->peer) == 0)
            rc = collect_forks(c, &c->logs.log[i].log, err);
    return rc;
}

/* SPEC exchange-27: "is not asked about: nothing about it is sent" */
static enum qn_code asked_logs(struct collect *c, struct qn_err *err)
{
    enum qn_code rc = exchange_logs(&c->logs, c->st, c->peer, err);
    window_of(&c->window, c->st, c->o->peer);
    size_t kept = 0;
    for (size_t i = 0; !rc && c->window.full && i < c->logs.n; i++) {
        const struct log *log = &c->logs.log[i].log;
        if (exchange_have_of(c->o->peer, log->origin) ||
            window_asks(&c->window, c->st, c->o->peer, log->origin, log->office))
            c->logs.log[kept++] = c->logs.log[i];
    }
    if (!rc && c->window.full)
        c->logs.n = kept;
    return rc;
}

enum qn_code exchange_collect(struct store *st, const struct exchange_options *o,
                              struct exchange_sent *sent, struct qn_err *err)
{
    const struct qn_cert *self = store_self(st);
    *sent = (struct exchange_sent){0};
    if (!self)
        return qn_fail(err, QN_ABSENT, "store.not-enrolled", "dir=%s", store_dir(st));
    struct collect c = {
        .st = st, .o = o, .sent = sent, .self = self->office, .peer = o->peer->from};
    c.upward = tree_is_above(st, c.peer, c.self);
    if (!c.upward && !tree_is_above(st, c.self, c.peer))
        return qn_fail(err, QN_DENIED, "sync.not-related", "office=%s", c.peer);
    run_init(&c.run, o);
    enum qn_code rc = check_own(&c, err);
    if (!rc)
        rc = asked_logs(&c, err);
    if (!rc && !o->files_only)
        rc = o->answer ? put_answer(&c, err) : put_all(&c, err);
    /* SPEC files-10: "Files come last" */
    if (!rc && o->freight)
        rc = freight_put(&c, o->freight, err);
    if (!rc)
        rc = collect_tolds(&c, err);
    if (!rc)
        rc = run_flush(&c.run, &sent->bytes, err);
    free(c.told);
    exchange_logs_release(&c.logs);
    run_release(&c.run);
    if (rc)
        return rc;
    uint8_t more = sent->more;
    sent->bytes += QN_FRAME_HEAD + 1;
    sent->frames[QN_FRAME_END]++;
    return o->emit(o->ctx, QN_FRAME_END, (struct qn_span){&more, 1}, err);
}
