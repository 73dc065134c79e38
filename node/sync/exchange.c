#include "node/sync/exchange.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/anchor.h"
#include "node/store/clock.h"
#include "node/store/own.h"
#include "node/store/tree.h"
#include "node/sync/clocks.h"
#include "node/sync/freight.h"
#include "node/sync/hole.h"
#include "node/sync/peer.h"
#include "node/sync/progress.h"
#include "node/sync/run.h"
#include "node/sync/told.h"
#include "node/sync/window.h"

#define LOGS_MAX       20000 /* offices of a province (limits.md) with a second epoch each */
#define STRANGER_CERTS 64 /* before a sender is known: the chains of its first logs, not a flood */
#define TOLD_MAX       20 /* refusals of one stream that are told one by one */

/* ---- which logs ------------------------------------------------------------------------------------------ */

static int by_level(const void *a, const void *b)
{
    const struct exchange_log *x = a, *y = b;
    if (x->level != y->level)
        return x->level < y->level ? -1 : 1;
    int c = strcmp(x->log.office, y->log.office);
    return c ? c : (x->log.epoch > y->log.epoch) - (x->log.epoch < y->log.epoch);
}

static enum qn_code all_logs(struct exchange_logs *out, struct store *st, struct qn_err *err)
{
    size_t cap = 0;
    QN_AUTO(query) struct query q = query_start(st, SQL_LOG_ALL);
    while (q_step(&q)) {
        if (out->n == cap) {
            cap = cap ? cap * 2 : 16;
            struct exchange_log *grown =
                cap <= 2 * LOGS_MAX ? realloc(out->log, cap * sizeof(*grown)) : NULL;
            if (!grown)
                return qn_fail(err, QN_NOMEM, "base.no-memory", "");
            out->log = grown;
        }
        struct log *l = &out->log[out->n++].log;
        *l = (struct log){.no = q_int(&q, 0),
                          .epoch = (uint16_t)q_int(&q, 3),
                          .size = (uint64_t)q_int(&q, 4),
                          .verified = (uint64_t)q_int(&q, 5)};
        qn_text_copy(l->origin, sizeof(l->origin), q_span(&q, 1));
        qn_text_copy(l->office, sizeof(l->office), q_span(&q, 2));
    }
    return query_end(&q, err);
}

/* As its certificate says, which was checked when it came: decoding it again, for each of a thousand logs, would take a
 * third of a second.                                                                                          */
static enum qn_code level_of(struct exchange_log *l, struct store *st, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_SYNC_LEVEL);
    q_bind_text(&q, l->log.office);
    q_bind_int(&q, l->log.epoch);
    if (!q_step(&q))
        return qn_fail(err, QN_ABSENT, "tree.unknown-office", "office=%s", l->log.office);
    l->level = (enum qn_level)q_int(&q, 0);
    return query_end(&q, err);
}

enum qn_code exchange_logs(struct exchange_logs *out, struct store *st, const char *peer,
                           struct qn_err *err)
{
    const struct qn_cert *self = store_self(st);
    if (!self)
        return qn_fail(err, QN_ABSENT, "store.not-enrolled", "dir=%s", store_dir(st));
    QN_AUTO(exchange_logs) struct exchange_logs all = {NULL, 0};
    enum qn_code rc = all_logs(&all, st, err);
    size_t kept = 0;
    for (size_t i = 0; !rc && i < all.n; i++) {
        struct exchange_log *l = &all.log[i];
        if (!tree_log_is_for(st, l->log.office, self->office) ||
            !tree_log_is_for(st, l->log.office, peer))
            continue;
        rc = level_of(l, st, err);
        all.log[kept++] = *l;
    }
    if (rc)
        return rc;
    if (kept)
        qsort(all.log, kept, sizeof(all.log[0]), by_level);
    out->n = kept;
    out->log = QN_STEAL(all.log);
    return QN_OK;
}

void exchange_logs_release(struct exchange_logs *l)
{
    free(l->log);
    *l = (struct exchange_logs){NULL, 0};
}

/* ---- HAVE -------------------------------------------------------------------------------------------------- */

static int by_origin(const void *a, const void *b)
{
    const struct qn_have_origin *x = a, *y = b;
    return strcmp(x->origin, y->origin);
}

/* said: what the reader said last that it holds. */
static enum qn_code fill_origin(struct qn_have_origin *o, struct store *st, const struct log *log,
                                const struct qn_have *said, struct qn_err *err)
{
    memcpy(o->origin, log->origin, sizeof(o->origin));
    o->size = log->size;
    enum qn_code rc = log_root(st, log, log->size, o->root, err);
    for (int lane = 0; !rc && lane < QN_LANES; lane++) {
        uint64_t applied;
        rc = ingest_cursor(st, log, (enum qn_lane)lane, &o->cursor[lane], &applied, err);
    }
    if (rc)
        return rc;
    const struct qn_have_origin *held = exchange_have_of(said, log->origin);
    QN_AUTO(query) struct query q = query_start(st, SQL_SYNC_COSIGNED_HELD);
    q_bind_int(&q, log->no);
    /* SPEC exchange-10: "is not named to a reader whose newest HAVE names fewer headers" - it would hide that its newest
     * checkpoint is held, which then came at every call. */
    q_bind_int(&q, held ? (int64_t)held->size : INT64_MAX);
    while (o->nwitness < QN_HAVE_WITNESSES && q_step(&q)) {
        if (!qn_text_copy(o->witness[o->nwitness].office, sizeof(o->witness[0].office),
                          q_span(&q, 0)))
            continue;
        o->witness[o->nwitness++].size = (uint64_t)q_int(&q, 1);
    }
    return query_end(&q, err);
}

/* What the reader said last, where that matters: somewhere a cosignature waits for headers. */
static enum qn_code last_said(struct qn_have *out, struct store *st, const char *reader,
                              struct qn_err *err)
{
    bool any;
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_SYNC_PENDING_ANY);
        any = q_step(&q);
        enum qn_code rc = query_end(&q, err);
        if (rc)
            return rc;
    }
    enum qn_code rc = any ? peer_last_have(out, st, reader, err) : QN_OK;
    return rc == QN_ABSENT ? QN_OK : rc;
}

/* SPEC exchange-26: "names the first 1,024 of them" */
static enum qn_code name_logs(struct qn_have *h, struct store *st, const struct exchange_logs *logs,
                              struct qn_err *err)
{
    size_t n = logs->n < QN_HAVE_ORIGINS ? logs->n : QN_HAVE_ORIGINS;
    struct window_log *rank = calloc(logs->n + 1, sizeof(*rank));
    h->origin = calloc(n + 1, sizeof(*h->origin));
    if (!h->origin || !rank) {
        free(rank);
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    }
    for (size_t i = 0; i < logs->n; i++)
        rank[i] = (struct window_log){logs->log[i].log.origin, logs->log[i].log.office, .at = i};
    window_choose(rank, logs->n, st, h->from, h->to, window_start(h->nonce));
    QN_AUTO(qn_have) struct qn_have said = {0};
    enum qn_code rc = last_said(&said, st, h->to, err);
    for (; !rc && h->n < n; h->n++)
        rc = fill_origin(&h->origin[h->n], st, &logs->log[rank[h->n].at].log, &said, err);
    free(rank);
    return rc;
}

enum qn_code exchange_have(struct qn_buf *out, struct store *st, const char *to,
                           const uint8_t nonce[16], struct qn_err *err)
{
    const struct keys *keys;
    QN_AUTO(exchange_logs) struct exchange_logs logs = {NULL, 0};
    QN_AUTO(qn_have)
    struct qn_have h = {
        .time_ms = clock_now_ms(st), .schema = QN_REGISTRY_CURRENT, .able = QN_ABLE_RUN};
    enum qn_code rc = store_signer(st, &keys, err);
    /* SPEC recovery-2: "flushed before anything of the own log leaves" */
    anchor_flush(st);
    if (!rc)
        rc = exchange_logs(&logs, st, to, err);
    if (rc)
        return rc;
    if (!qn_text_copy(h.to, sizeof(h.to), qn_str(to)))
        return qn_fail(err, QN_MALFORMED, "peer.office", "office=%s", to);
    memcpy(h.from, store_self(st)->office, sizeof(h.from));
    if (nonce)
        memcpy(h.nonce, nonce, sizeof(h.nonce));
    else
        randombytes_buf(h.nonce, sizeof(h.nonce));
    rc = name_logs(&h, st, &logs, err);
    if (rc)
        return rc;
    qsort(h.origin, h.n, sizeof(*h.origin), by_origin);
    rc = hole_tell(&h, st, err);
    if (!rc)
        rc = told_say(&h, st, err);
    if (rc)
        return rc;
    qn_have_seal(out, &h, keys_log_sk(keys));
    return qn_buf_check(out, err);
}

enum qn_code exchange_check_have(struct qn_have *out, struct store *st, struct qn_span payload,
                                 struct qn_err *err)
{
    const struct qn_cert *self = store_self(st);
    struct qn_cert from[TREE_SPEAKERS];
    unsigned nfrom;
    bool signed_by = false;
    QN_AUTO(qn_have) struct qn_have h = {0};
    if (!self)
        return qn_fail(err, QN_ABSENT, "store.not-enrolled", "dir=%s", store_dir(st));
    enum qn_code rc = qn_have_decode(&h, payload, err);
    if (rc)
        return rc;
    struct qn_err none;
    if (tree_speakers(from, &nfrom, st, h.from, &none) != QN_OK)
        return qn_fail(err, QN_DENIED, "sync.unknown-office", "office=%s", h.from);
    for (unsigned i = 0; !signed_by && i < nfrom; i++)
        signed_by = qn_have_verify(payload, from[i].log);
    if (!signed_by)
        return qn_fail(err, QN_UNVERIFIED, "sync.have-signature", "office=%s", h.from);
    if (strcmp(h.to, self->office) != 0)
        return qn_fail(err, QN_DENIED, "sync.not-for-us", "from=%s|to=%s|self=%s", h.from, h.to,
                       self->office);
    if (!tree_log_is_for(st, h.from, self->office) || strcmp(h.from, self->office) == 0)
        return qn_fail(err, QN_DENIED, "sync.not-related", "office=%s", h.from);
    *out = h;
    h = (struct qn_have){0};
    return QN_OK;
}

const struct qn_have_origin *exchange_have_of(const struct qn_have *h, const char *origin)
{
    size_t from = 0, to = h->n;
    while (from < to) { /* they ascend */
        size_t mid = from + (to - from) / 2;
        int c = strcmp(origin, h->origin[mid].origin);
        if (!c)
            return &h->origin[mid];
        if (c < 0)
            to = mid;
        else
            from = mid + 1;
    }
    return NULL;
}

/* ---- what comes in ------------------------------------------------------------------------------------------- */

struct exchange_stream {
    struct store *st;
    struct ingest *in;
    char from[QN_CODE_MAX + 1]; /* "" until somebody spoke */
    const struct qn_report *report;
    bool waiting, spoke, expecting; /* waiting: HAVE came, its sender is not known yet */
    bool file;                      /* not a line: what it says was said some time ago */
    exchange_judge *judge;          /* of its HAVE, by whoever feeds it; NULL: none */
    void *judge_ctx;
    unsigned certs; /* taken while waiting */
    uint8_t nonce[16];
    struct qn_have have;
    struct qn_buf have_bytes; /* as signed */
    struct exchange_came came;
    struct exchange_gap gap;
    struct freight freight;
    bool header_refused, gap_told;
    struct qn_buf partial; /* a frame that is not whole yet */
    struct qn_buf run;     /* the frames of a RUN */
    bool run_lost;         /* one could not be read, or not to its end */
};

enum qn_code exchange_stream_open(struct exchange_stream **out, struct store *st, const char *from,
                                  const struct qn_report *report, struct qn_err *err)
{
    QN_AUTO(exchange_stream) struct exchange_stream *s = calloc(1, sizeof(*s));
    if (!s)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    s->st = st;
    s->report = report;
    qn_buf_init(&s->have_bytes, QN_FRAME_MAX);
    qn_buf_init(&s->partial, QN_FRAME_MAX + QN_FRAME_HEAD);
    if (from && !qn_text_copy(s->from, sizeof(s->from), qn_str(from)))
        return qn_fail(err, QN_MALFORMED, "peer.office", "office=%s", from);
    enum qn_code rc = ingest_open(&s->in, st, err);
    if (!rc)
        rc = freight_init(&s->freight, st, err);
    if (!rc)
        *out = QN_STEAL(s);
    return rc;
}

void exchange_stream_free(struct exchange_stream *s)
{
    if (!s)
        return;
    ingest_free(s->in);
    freight_release(&s->freight);
    qn_have_release(&s->have);
    qn_buf_release(&s->have_bytes);
    qn_buf_release(&s->partial);
    qn_buf_release(&s->run);
    free(s);
}

void exchange_stream_expect(struct exchange_stream *s, const uint8_t nonce[16])
{
    s->expecting = true;
    memcpy(s->nonce, nonce, sizeof(s->nonce));
}

void exchange_stream_by_file(struct exchange_stream *s)
{
    s->file = true;
}

void exchange_stream_judged(struct exchange_stream *s, exchange_judge *judge, void *ctx)
{
    s->judge = judge;
    s->judge_ctx = ctx;
}

enum qn_code exchange_stream_met(struct exchange_stream *s, struct qn_err *err)
{
    return clocks_heard(s->st, s->from, s->have.time_ms, s->file, s->report, err);
}

static enum qn_code take_have(struct exchange_stream *s, struct qn_span payload, struct qn_err *err)
{
    enum qn_code rc = exchange_check_have(&s->have, s->st, payload, err);
    if (rc)
        return rc;
    if (s->from[0] && strcmp(s->from, s->have.from) != 0)
        rc = qn_fail(err, QN_DENIED, "sync.other-office", "expected=%s|found=%s", s->from,
                     s->have.from);
    else if (s->expecting && memcmp(s->nonce, s->have.nonce, sizeof(s->nonce)) != 0)
        rc = qn_fail(err, QN_DENIED, "sync.other-answer", "office=%s", s->have.from);
    if (rc) {
        qn_have_release(&s->have);
        return rc;
    }
    memcpy(s->from, s->have.from, sizeof(s->from));
    s->waiting = false;
    s->spoke = true;
    ingest_brought_by(s->in, s->from);
    return s->judge ? s->judge(s->judge_ctx, err) : exchange_stream_met(s, err);
}

/* Somebody whom nobody told us of may bring its chain along: a parent cannot silence a child. */
static enum qn_code first_frame(struct exchange_stream *s, enum qn_frame_type type,
                                struct qn_span payload, struct qn_err *err)
{
    struct qn_err why;
    /* SPEC exchange-4: "first HAVE" */
    if (type != QN_FRAME_HAVE)
        return qn_fail(err, QN_MALFORMED, "sync.no-have", "type=%u", (unsigned)type);
    qn_put_span(&s->have_bytes, payload);
    enum qn_code rc = qn_buf_check(&s->have_bytes, err);
    if (rc)
        return rc;
    rc = take_have(s, payload, &why);
    /* A key that we do not know may be that of a new epoch, whose certificate stands behind the HAVE. */
    if ((rc == QN_DENIED && strcmp(why.id, "sync.unknown-office") == 0) ||
        (rc == QN_UNVERIFIED && strcmp(why.id, "sync.have-signature") == 0)) {
        s->waiting = true;
        return QN_OK;
    }
    if (rc && err)
        *err = why;
    return rc;
}

enum qn_code exchange_stream_greet(struct exchange_stream *s, struct qn_err *err)
{
    if (s->spoke)
        return QN_OK;
    return s->waiting ? take_have(s, qn_buf_span(&s->have_bytes), err)
                      : qn_fail(err, QN_MALFORMED, "sync.no-have", "type=0");
}

/* Whether a frame was refused because something before it is missing that this stream does not bring: told once for
 * all of them, which are alike and may be many. Behind a header that was refused it is that header's fault.      */
static bool is_gap(struct exchange_stream *s, enum qn_frame_type type, const struct qn_err *why)
{
    char log[QN_ORIGIN_MAX + 1];
    unsigned long long seq, held;
    _Static_assert(QN_ORIGIN_MAX == 96, "the bound that sscanf is given");
    bool header = strcmp(why->id, "ingest.gap") == 0;
    s->header_refused = s->header_refused || (type == QN_FRAME_HEADER && !header);
    if (s->header_refused ||
        (!header && !(s->gap.frames && strcmp(why->id, "ingest.part-early") == 0)) ||
        sscanf(why->args, "log=%96[^|]|seq=%llu|size=%llu", log, &seq, &held) != 3)
        return false;
    if (!s->gap.frames++) {
        memcpy(s->gap.log, log, sizeof(log));
        s->gap.held = held;
        s->gap.first = seq;
    }
    s->came.refused++;
    return true;
}

/* SPEC exchange-3: "a frame that is refused concerns that frame only" */
static void refused(struct exchange_stream *s, enum qn_frame_type type, const struct qn_err *why)
{
    if (!is_gap(s, type, why) && s->came.refused++ < TOLD_MAX + s->gap.frames)
        qn_say(s->report, why->id, "%s", why->args);
}

/* A file is judged by the rows that came before it in this very stream. */
static enum qn_code take_freight(struct exchange_stream *s, enum qn_frame_type type,
                                 struct qn_span payload, struct qn_err *err)
{
    enum qn_code rc = ingest_frame(s->in, type, payload, err); /* opens the transaction, no more */
    if (!rc && !s->freight.looked) {
        s->freight.looked = true;
        rc = ingest_settle(s->in, err);
        if (!rc)
            rc = files_look(s->st, err);
    }
    return rc ? rc : freight_take(&s->freight, s->from, type, payload, err);
}

static bool is_freight(enum qn_frame_type type)
{
    return type == QN_FRAME_FILE || type == QN_FRAME_WANT || type == QN_FRAME_OFFER ||
           type == QN_FRAME_KEPT;
}

/* A failure is our own: a refusal was told. */
static enum qn_code take_one(struct exchange_stream *s, enum qn_frame_type type,
                             struct qn_span payload, struct qn_err *err)
{
    struct qn_err why;
    enum qn_code rc = is_freight(type) ? take_freight(s, type, payload, &why)
                                       : ingest_frame(s->in, type, payload, &why);
    /* SPEC exchange-33: "it does not take one from a file", "nor behind a RUN that could not be read" - else what was in
     * it, an office's own fork perhaps, would never be told again */
    if (!rc && type == QN_FRAME_TOLD && !s->file && !s->run_lost)
        rc = told_keep(s->st, s->from, payload, &why);
    if (rc == QN_IO || rc == QN_NOMEM) {
        if (err)
            *err = why;
        return rc;
    }
    if (rc)
        refused(s, type, &why);
    return QN_OK;
}

static enum qn_code take_run(struct exchange_stream *s, struct qn_span payload, struct qn_err *err)
{
    struct qn_span in = {NULL, 0};
    struct qn_err why;
    enum qn_code rc = run_open(&in, &s->run, payload, &why), failed = QN_OK;
    while (!rc && !failed && in.n) {
        enum qn_frame_type type;
        struct qn_span one;
        rc = run_next(&in, &type, &one, &why);
        if (rc)
            break;
        failed = take_one(s, type, one, err);
        s->came.frames++;
    }
    if (rc == QN_NOMEM && err)
        *err = why;
    if (rc == QN_NOMEM)
        return rc;
    s->run_lost = s->run_lost || rc;
    if (rc)
        refused(s, QN_FRAME_RUN, &why);
    return failed;
}

enum qn_code exchange_stream_frame(struct exchange_stream *s, enum qn_frame_type type,
                                   struct qn_span payload, struct qn_err *err)
{
    if (s->came.ended)
        return qn_fail(err, QN_MALFORMED, "sync.after-end", "office=%s", s->from);
    if (s->waiting && type == QN_FRAME_CERT && ++s->certs > STRANGER_CERTS)
        return qn_fail(err, QN_LIMIT, "sync.too-many-certs", "max=%d", STRANGER_CERTS);
    if (!s->spoke && (!s->waiting || type != QN_FRAME_CERT)) {
        bool first = !s->waiting;
        enum qn_code rc =
            first ? first_frame(s, type, payload, err) : exchange_stream_greet(s, err);
        if (!rc && first) {
            s->came.frames++;
            s->came.bytes += QN_FRAME_HEAD + payload.n;
        }
        if (rc || first)
            return rc;
    }
    enum qn_code rc =
        type == QN_FRAME_RUN ? take_run(s, payload, err) : take_one(s, type, payload, err);
    if (rc)
        return rc;
    if (type == QN_FRAME_END && payload.n == 1) {
        s->came.ended = true;
        s->came.more = payload.p[0] != 0;
    }
    s->came.frames += type != QN_FRAME_RUN; /* those inside were counted */
    s->came.bytes += QN_FRAME_HEAD + payload.n;
    return QN_OK;
}

/* Whole frames straight from the caller's bytes; only one that is cut at the end is copied. */
static enum qn_code take_frames(struct exchange_stream *s, struct qn_span *in, size_t *need,
                                struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    struct qn_err why;
    while (in->n) {
        enum qn_frame_type type;
        struct qn_span payload;
        rc = qn_frame_take(in, &type, &payload, need, &why);
        if (rc == QN_ABSENT)
            return QN_OK;
        if (rc) {
            if (err)
                *err = why;
            return rc;
        }
        rc = exchange_stream_frame(s, type, payload, err);
        if (rc)
            return rc;
    }
    *need = 0;
    return QN_OK;
}

enum qn_code exchange_stream_feed(struct exchange_stream *s, struct qn_span bytes,
                                  struct qn_err *err)
{
    for (;;) {
        size_t need;
        enum qn_code rc;
        if (s->partial.n) {
            struct qn_span held = qn_buf_span(&s->partial);
            rc = take_frames(s, &held, &need, err);
            if (rc)
                return rc;
            if (held.n) { /* still not whole: it gets what it needs and no more */
                size_t n = need - held.n < bytes.n ? need - held.n : bytes.n;
                if (!n)
                    return QN_OK;
                qn_put(&s->partial, bytes.p, n);
                rc = qn_buf_check(&s->partial, err);
                if (rc)
                    return rc;
                bytes.p += n;
                bytes.n -= n;
                continue;
            }
            s->partial.n = 0;
        }
        rc = take_frames(s, &bytes, &need, err);
        if (rc)
            return rc;
        qn_put_span(&s->partial, bytes);
        return qn_buf_check(&s->partial, err);
    }
}

enum qn_code exchange_stream_pause(struct exchange_stream *s, struct qn_err *err)
{
    return ingest_pause(s->in, err);
}

/* What it holds of our own log: an office that does not know whether its database is the newest learns it here. */
static enum qn_code heard_of_own(struct exchange_stream *s, struct qn_err *err)
{
    const struct qn_have_origin *h = exchange_have_of(&s->have, store_origin(s->st));
    return h ? own_heard(s->st, s->from, h->size, h->root, err) : QN_OK;
}

enum qn_code exchange_stream_finish(struct exchange_stream *s, struct qn_err *err)
{
    uint64_t others = s->came.refused - s->gap.frames;
    if (others > TOLD_MAX)
        qn_say(s->report, "sync.more-refused", "count=%llu",
               (unsigned long long)(others - TOLD_MAX));
    if (s->gap.frames && !s->gap_told)
        qn_say(s->report, "sync.gap", "log=%s|held=%llu|first=%llu|frames=%llu", s->gap.log,
               (unsigned long long)s->gap.held, (unsigned long long)s->gap.first,
               (unsigned long long)s->gap.frames);
    enum qn_code rc = freight_finish(&s->freight, err);
    if (!rc)
        rc = ingest_finish(s->in, s->report, err);
    if (!rc && s->spoke)
        rc = heard_of_own(s, err);
    /* Of a stream without headers the look would cost a commit for nothing; one's own log is looked at by status. */
    if (!rc && ingest_tally(s->in)->headers)
        rc = clocks_scan(s->st, s->report, err);
    return rc || !s->spoke ? rc : progress_say(s->st, &s->have, s->report, err);
}

const struct qn_have *exchange_stream_have(const struct exchange_stream *s)
{
    return s->spoke ? &s->have : NULL;
}

struct qn_span exchange_stream_have_bytes(const struct exchange_stream *s)
{
    return qn_buf_span(&s->have_bytes);
}

struct exchange_came exchange_stream_came(const struct exchange_stream *s)
{
    return s->came;
}

struct freight *exchange_stream_freight(struct exchange_stream *s)
{
    return &s->freight;
}

const struct ingest_tally *exchange_stream_tally(const struct exchange_stream *s)
{
    return ingest_tally(s->in);
}

const struct exchange_gap *exchange_stream_gap(struct exchange_stream *s)
{
    s->gap_told = true;
    return s->gap.frames ? &s->gap : NULL;
}
