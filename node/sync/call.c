#include "node/sync/call.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/own.h"
#include "node/store/tree.h"
#include "node/sync/enrol.h"
#include "node/sync/freight.h"
#include "node/sync/have.h"
#include "node/sync/run.h"
#include "node/sync/window.h"

#define ANSWER_MAX  (64u * 1024 * 1024) /* bytes of one answer; ours keep to 8 MiB */
#define ROUNDS_MAX  4096                /* of 8 MiB: more than any office has */
#define WINDOWS_MAX 64                  /* of 1,024 logs each: more than a node keeps */

/* A round is a pull and, when the peer then lacks something, a push; a call that follows another may begin with a push. */
enum step { PULL, PULL_WITH_CHAIN, PUSH, PUSH_FIRST, OVER };

struct sync_call {
    struct store *st;
    struct peer peer;
    const struct qn_report *report;
    enum step step;
    bool more, moved;               /* in this round: somebody has more; something came or went */
    bool files_left;                /* in this round: files that could still be offered or sent */
    bool files_got;                 /* bytes of files stood in the answer */
    uint64_t pushing;               /* bytes of files in the question that is out */
    struct qn_buf body;             /* of the question that is out */
    struct exchange_stream *answer; /* to it */
    struct exchange_stream *pulled; /* of this round: its HAVE says what to push */
    struct qn_have known;           /* PUSH_FIRST: what the call before heard last */
    bool lost; /* the question that the call began with: it did not reach the peer */
    bool well; /* the call is over, and went well */
    struct exchange_sent sent;
    struct freight freight; /* of all rounds: which files the peer still waits for */
    uint8_t held[QN_HASH];  /* what our HAVE told of when the round began */
    uint8_t nonce[16];      /* of the question out */
    uint64_t start;         /* of the round's window (exchange-28) */
    uint64_t gone;          /* how far the windows of this call have come */
    bool around;            /* they have not come round yet */
    struct qn_buf heard;    /* the peer's HAVE as signed, where its table does not hold it yet */
    uint64_t got;           /* bytes of the answer: a chunked one announces no length */
    enum qn_code rc;        /* the first failure while the answer came */
    struct qn_err err;
    struct network_result out;
};

enum qn_code sync_call_open(struct sync_call **out, struct store *st, const char *peer,
                            const struct qn_report *report, struct qn_err *err)
{
    QN_AUTO(sync_call) struct sync_call *c = calloc(1, sizeof(*c));
    if (!c)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    c->st = st;
    c->report = report;
    c->more = true;
    qn_buf_init(&c->heard, QN_FRAME_MAX);
    enum qn_code rc = peer_get(&c->peer, st, peer, err);
    if (!rc)
        rc = freight_init(&c->freight, st, err);
    if (!rc)
        rc = files_turn(&c->freight.turn, st, err);
    c->freight.offering = true;
    if (!rc)
        *out = QN_STEAL(c);
    return rc;
}

void sync_call_free(struct sync_call *c)
{
    if (!c)
        return;
    exchange_stream_free(c->answer);
    exchange_stream_free(c->pulled);
    qn_have_release(&c->known);
    freight_release(&c->freight);
    qn_buf_release(&c->body);
    qn_buf_release(&c->heard);
    free(c);
}

const struct network_result *sync_call_result(const struct sync_call *c)
{
    return &c->out;
}

static void drop(struct exchange_stream **s)
{
    exchange_stream_free(*s);
    *s = NULL;
}

/* All that the table of peers holds of a call is written when it is over: each time would cost a commit, and a
 * process that dies on the way has lost nothing that an exchange rests on.                                 */
static enum qn_code note_peer(struct sync_call *c, const struct qn_err *why, struct qn_err *err)
{
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = tx_begin(&tx, c->st, err);
    if (!rc)
        rc = peer_tried(c->st, c->peer.office, err);
    if (!rc && c->heard.n)
        rc = peer_heard(c->st, c->peer.office, qn_buf_span(&c->heard), true, err);
    if (!rc)
        rc = peer_done(c->st, c->peer.office, why, err);
    return rc ? rc : tx_commit(&tx, err);
}

/* Every way out of a call comes by here: the table of peers tells how it went. */
static enum qn_code over(struct sync_call *c, enum qn_code rc, const struct qn_err *why,
                         struct qn_err *err)
{
    struct qn_err inner;
    c->step = OVER;
    drop(&c->answer);
    drop(&c->pulled);
    enum qn_code noted = note_peer(c, rc ? why : NULL, &inner);
    c->well = !rc && !noted;
    if ((rc || noted) && err)
        *err = rc ? *why : inner;
    return rc ? rc : noted;
}

/* ---- one call behind another ----------------------------------------------------------------------------- */

void sync_call_follow(struct sync_call *c, struct qn_span left)
{
    const struct qn_cert *self = store_self(c->st);
    struct qn_err none;
    QN_AUTO(qn_have) struct qn_have h = {0};
    /* SPEC http-22: "nothing casts doubt on the own log (recovery-4)" */
    if (!self || !left.n || c->out.rounds || own_state(c->st, NULL) != OWN_SIGNS ||
        qn_have_decode(&h, left, &none) != QN_OK || strcmp(h.from, c->peer.office) != 0 ||
        strcmp(h.to, self->office) != 0 || !tree_is_above(c->st, h.from, h.to) ||
        h.n == QN_HAVE_ORIGINS || !have_is_of_our_log(&h, c->st))
        return;
    c->known = h;
    h = (struct qn_have){0};
    c->step = PUSH_FIRST;
}

struct qn_span sync_call_left(const struct sync_call *c)
{
    return c->well ? qn_buf_span(&c->heard) : (struct qn_span){NULL, 0};
}

/* ---- questions ------------------------------------------------------------------------------------------- */

/* What a HAVE tells of: all between its nonce and its signature. */
static void held_of(uint8_t out[QN_HASH], const struct sync_call *c, const struct qn_buf *have)
{
    size_t from = 1 + 1 + strlen(store_self(c->st)->office) + 1 + strlen(c->peer.office) + 8 + 16;
    crypto_hash_sha256(out, have->p + from, have->n - from - QN_SIG);
}

/* Our HAVE as the first frame of a body; its nonce comes back in the answer. */
static enum qn_code ask(struct sync_call *c, size_t body_max, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf have = {0};
    qn_buf_release(&c->body);
    qn_buf_init(&c->body, body_max);
    qn_buf_init(&have, QN_FRAME_MAX);
    c->rc = QN_OK;
    c->got = 0;
    randombytes_buf(c->nonce, sizeof(c->nonce));
    /* SPEC exchange-28: "The questions of a round ask about the same logs" */
    if (c->step != PUSH && c->out.rounds == 1)
        c->start = window_start(c->nonce);
    window_set_start(c->nonce, c->start);
    enum qn_code rc = exchange_have(&have, c->st, c->peer.office, c->nonce, err);
    if (rc)
        return rc;
    if (c->step != PUSH) /* a round begins with its pull */
        held_of(c->held, c, &have);
    qn_frame_put(&c->body, QN_FRAME_HAVE, qn_buf_span(&have));
    rc = qn_buf_check(&c->body, err);
    if (!rc)
        rc = exchange_stream_open(&c->answer, c->st, c->peer.office, c->report, err);
    if (!rc)
        exchange_stream_expect(c->answer, c->nonce);
    return rc;
}

static enum qn_code ask_pull(struct sync_call *c, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf chain = {0};
    enum qn_code rc = ask(c, 2 * QN_FRAME_MAX, err);
    if (!rc && c->lost) /* what it offered is offered again */
        rc = files_turn(&c->freight.turn, c->st, err);
    c->lost = false;
    qn_buf_init(&chain, QN_FRAME_MAX);
    if (!rc && c->step == PULL_WITH_CHAIN)
        rc = enrol_chain(&chain, c->st, store_self(c->st)->office, err);
    qn_put_span(&c->body, qn_buf_span(&chain));
    return rc ? rc : qn_buf_check(&c->body, err);
}

static enum qn_code ask_push(struct sync_call *c, struct qn_err *err)
{
    enum qn_code rc = ask(c, 2u * EXCHANGE_BYTES + 2 * QN_FRAME_MAX, err);
    struct exchange_options x = {.peer =
                                     c->step == PUSH ? exchange_stream_have(c->pulled) : &c->known,
                                 .bytes_max = EXCHANGE_BYTES,
                                 .line = true,
                                 .freight = &c->freight,
                                 .report = c->report,
                                 .emit = exchange_emit_buf,
                                 .ctx = &c->body};
    uint64_t files = c->freight.sent;
    if (!rc)
        rc = exchange_collect(c->st, &x, &c->sent, err);
    c->pushing = c->freight.sent - files;
    c->out.file_bytes += c->pushing;
    if (!rc)
        rc = freight_finish(&c->freight, err);
    if (!rc && c->sent.news - c->sent.frames[QN_FRAME_OFFER] - c->sent.frames[QN_FRAME_WANT] -
                   c->sent.frames[QN_FRAME_FILE])
        qn_say(c->report, "sync.pushing", "office=%s|headers=%llu|parts=%llu|bytes=%llu",
               c->peer.office, (unsigned long long)c->sent.frames[QN_FRAME_HEADER],
               (unsigned long long)c->sent.frames[QN_FRAME_PART],
               (unsigned long long)c->sent.bytes);
    return rc;
}

/* A round that brought neither entries nor parts may have brought certificates and cosignatures: then we now hold
 * more than our question told of.                                                                             */
static enum qn_code no_further(const struct sync_call *c, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf have = {0};
    uint8_t now[QN_HASH];
    qn_buf_init(&have, QN_FRAME_MAX);
    enum qn_code rc =
        exchange_have(&have, c->st, c->peer.office, c->nonce, err); /* the same window */
    if (rc)
        return rc;
    held_of(now, c, &have);
    return memcmp(now, c->held, QN_HASH) == 0
               ? qn_fail(err, QN_LATER, "sync.stuck", "office=%s", c->peer.office)
               : QN_OK;
}

/* SPEC exchange-28: "begins where the window of the round before it ended, until it has come round" - the shorter of the
 * two windows when both HAVEs are full. As long as there is more in a window, it is asked about again.            */
static void next_window(struct sync_call *c, const struct qn_have *ours,
                        const struct qn_have *theirs)
{
    struct window a, b;
    if (c->more)
        return;
    window_of(&a, c->st, ours);
    window_of(&b, c->st, theirs);
    uint64_t step = a.full && (!b.full || a.length < b.length) ? a.length : b.length;
    c->around =
        (a.full || b.full) && step && c->gone + step > c->gone && c->out.rounds < WINDOWS_MAX;
    c->gone += step;
    c->start += step;
}

static enum qn_code round_over(struct sync_call *c, struct qn_err *err)
{
    QN_AUTO(qn_have) struct qn_have ours = {0};
    struct qn_span body = qn_buf_span(&c->body), asked;
    enum qn_frame_type type;
    size_t need;
    enum qn_code rc = c->more && !c->moved ? no_further(c, err) : QN_OK;
    if (!rc)
        rc = qn_frame_take(&body, &type, &asked, &need, err);
    if (!rc)
        rc = qn_have_decode(&ours, asked, err);
    if (!rc)
        next_window(c, &ours, exchange_stream_have(c->pulled));
    drop(&c->answer);
    drop(&c->pulled);
    c->step = PULL;
    /* Files go when all windows have come round, and are no reason to call it stuck: who has no room for them says so,
     * and the rest waits.                                                                                        */
    if (!c->more && !c->around && c->moved && c->files_left)
        c->more = true;
    c->files_left = false;
    return rc;
}

static enum qn_code all_done(struct sync_call *c, struct qn_err *err)
{
    enum qn_code rc = over(c, QN_OK, NULL, err);
    if (!rc && c->out.not_taken)
        qn_say(c->report, "sync.not-taken", "office=%s|frames=%llu", c->peer.office,
               (unsigned long long)c->out.not_taken);
    return rc;
}

/* SPEC http-22: "Where it has nothing to push, or its own HAVE is full, it pulls" - with the HAVE that the body begins with. */
static enum qn_code ask_first(struct sync_call *c, struct sync_question *q, struct qn_err *err)
{
    QN_AUTO(qn_have) struct qn_have ours = {0};
    struct qn_span body, asked;
    enum qn_frame_type type;
    size_t need;
    c->out.rounds = 1;
    c->more = c->moved = false;
    enum qn_code rc = store_exchange_begins(c->st, c->peer.office, c->report, err);
    if (!rc)
        rc = ask_push(c, err);
    body = qn_buf_span(&c->body);
    if (!rc)
        rc = qn_frame_take(&body, &type, &asked, &need, err);
    if (!rc)
        rc = qn_have_decode(&ours, asked, err);
    if (rc)
        return rc;
    if (ours.n == QN_HAVE_ORIGINS || !c->sent.news) {
        c->step = PULL;
        c->body.n -= body.n;
        rc = files_turn(&c->freight.turn, c->st, err);
    }
    *q = (struct sync_question){c->step == PULL ? "/peer/v1/pull" : "/peer/v1/push",
                                qn_buf_span(&c->body), .follows = c->step == PUSH_FIRST};
    return rc;
}

enum qn_code sync_call_next(struct sync_call *c, struct sync_question *q, struct qn_err *err)
{
    struct qn_err why;
    enum qn_code rc = QN_OK;
    *q = (struct sync_question){NULL, {NULL, 0}, false};
    if (c->step == PUSH_FIRST) {
        rc = ask_first(c, q, &why);
        return rc ? over(c, rc, &why, err) : QN_OK;
    }
    if (c->step == PUSH) {
        rc = ask_push(c, &why);
        if (!rc && c->sent.news) {
            *q = (struct sync_question){"/peer/v1/push", qn_buf_span(&c->body), false};
            return QN_OK;
        }
        if (!rc)
            rc = round_over(c, &why);
        if (rc)
            return over(c, rc, &why, err);
    }
    if (c->step == OVER)
        return QN_OK;
    if (c->step == PULL) {
        if ((!c->more && !c->around) || c->out.rounds++ == ROUNDS_MAX)
            return all_done(c, err);
        c->more = c->moved = false;
    }
    rc = ask_pull(c, &why);
    if (rc)
        return over(c, rc, &why, err);
    *q = (struct sync_question){"/peer/v1/pull", qn_buf_span(&c->body), false};
    return QN_OK;
}

void sync_call_again(struct sync_call *c)
{
    drop(&c->answer);
    c->lost = c->lost || c->step == PUSH_FIRST;
    c->step = PULL;
    c->more = true;
    c->out.rounds--;
}

/* ---- answers --------------------------------------------------------------------------------------------- */

enum qn_code sync_call_feed(struct sync_call *c, unsigned status, struct qn_span bytes,
                            struct qn_err *err)
{
    struct qn_err why;
    if (!c->answer)
        return QN_OK;
    c->got += bytes.n;
    if (!c->rc && c->got > ANSWER_MAX)
        c->rc = qn_fail(&c->err, QN_LIMIT, "sync.answer-long", "office=%s|max=%u", c->peer.office,
                        ANSWER_MAX);
    if (!c->rc && status == 200)
        c->rc = exchange_stream_feed(c->answer, bytes, &c->err);
    enum qn_code kept = exchange_stream_pause(c->answer, &why);
    if (kept && !c->rc) {
        c->rc = kept;
        c->err = why;
    }
    if (c->rc && err)
        *err = c->err;
    return c->rc;
}

/* SPEC http-8: "400: the bytes break a rule" */
static enum qn_code code_of(unsigned status)
{
    switch (status) {
    case 403:
        return QN_DENIED;
    case 409:
        return QN_CONFLICT;
    case 413:
        return QN_LIMIT;
    case 408:
    case 503:
        return QN_LATER;
    default:
        return status >= 500 ? QN_IO : QN_MALFORMED;
    }
}

/* Whole frames within the first n bytes of what was sent: those the peer can have kept. */
static uint64_t frames_within(struct qn_span body, uint64_t n)
{
    uint64_t count = 0;
    struct qn_span in = {body.p, n < body.n ? (size_t)n : body.n};
    enum qn_frame_type type;
    struct qn_span payload;
    size_t need;
    struct qn_err none;
    while (in.n && qn_frame_take(&in, &type, &payload, &need, &none) == QN_OK) {
        QN_AUTO(qn_buf) struct qn_buf room = {0};
        struct qn_span run = {NULL, 0}, one;
        count += type != QN_FRAME_RUN;
        if (type != QN_FRAME_RUN || run_open(&run, &room, payload, &none) != QN_OK)
            continue;
        while (run.n && run_next(&run, &type, &one, &none) == QN_OK)
            count++;
    }
    return count;
}

static enum qn_code broken(const struct sync_call *c, const struct sync_answer *a,
                           struct qn_err *err)
{
    struct exchange_came came = exchange_stream_came(c->answer);
    if (a->no_tls)
        return qn_fail(err, QN_LATER, "sync.no-peer-port", "office=%s|url=%s", c->peer.office,
                       c->peer.url);
    return qn_fail(
        err, QN_LATER, "sync.broken",
        "office=%s|sent_bytes=%llu|sent_frames=%llu|got_bytes=%llu|got_frames=%llu|why=%s",
        c->peer.office, (unsigned long long)a->sent,
        (unsigned long long)frames_within(qn_buf_span(&c->body), a->sent),
        (unsigned long long)came.bytes, (unsigned long long)came.frames, a->why ? a->why : "-");
}

static void add_tally(struct ingest_tally *to, const struct ingest_tally *t)
{
    to->headers += t->headers;
    to->parts += t->parts;
    to->new_parts += t->new_parts;
    to->rows += t->rows;
    to->bytes += t->bytes;
    to->applied += t->applied;
    to->forks += t->forks;
    to->new_forks += t->new_forks;
    to->held = t->held; /* these three count what stands, not what came */
    to->quarantined = t->quarantined;
    to->refused = t->refused;
}

/* Also of a cut answer everything whole is settled. */
static enum qn_code settle(struct sync_call *c, struct qn_err *err)
{
    struct exchange_came came = exchange_stream_came(c->answer);
    c->out.got_bytes += came.bytes;
    c->out.got_frames += came.frames;
    if (!exchange_stream_have(c->answer))
        return QN_OK;
    struct freight *f = exchange_stream_freight(c->answer);
    c->out.files += f->kept_above;
    c->out.files_came += f->came;
    c->files_got = f->bytes > 0;
    freight_move(&c->freight, f);
    enum qn_code rc = exchange_stream_finish(c->answer, err);
    add_tally(&c->out.tally, exchange_stream_tally(c->answer));
    c->heard.n = 0;
    qn_put_span(&c->heard, exchange_stream_have_bytes(c->answer));
    return rc ? rc : qn_buf_check(&c->heard, err);
}

static enum qn_code judge(const struct sync_call *c, const struct sync_answer *a,
                          struct qn_err *err)
{
    struct exchange_came came = exchange_stream_came(c->answer);
    if (c->rc) {
        *err = c->err;
        return c->rc;
    }
    if (a->ending == SYNC_UNREACHABLE)
        return qn_fail(err, QN_LATER, "sync.unreachable", "office=%s|url=%s", c->peer.office,
                       c->peer.url);
    if (a->ending == SYNC_STOPPED)
        return qn_fail(err, QN_LATER, "sync.stopped", "office=%s", c->peer.office);
    if (a->ending == SYNC_STRANGER)
        return qn_fail(err, QN_UNVERIFIED, "sync.peer-key", "office=%s|url=%s", c->peer.office,
                       c->peer.url);
    if (a->ending == SYNC_BROKEN)
        return broken(c, a, err);
    if (a->status != 200)
        return qn_fail(err, code_of(a->status), "sync.peer-refused",
                       "office=%s|status=%u|rule=%s|why=%s", c->peer.office, a->status,
                       a->rule ? a->rule : "-", a->why ? a->why : "-");
    return exchange_stream_have(c->answer) && came.ended
               ? QN_OK
               : qn_fail(err, QN_MALFORMED, "sync.no-end", "office=%s|frames=%llu", c->peer.office,
                         (unsigned long long)came.frames);
}

/* What of ours got through before the link broke, by the peer's own word. */
static void resuming(const struct sync_call *c)
{
    struct log own;
    struct qn_err none;
    const struct qn_have_origin *h =
        exchange_have_of(exchange_stream_have(c->answer), store_origin(c->st));
    if (h && log_find(&own, c->st, h->origin, &none) == QN_OK)
        qn_say(c->report, "sync.resuming", "office=%s|headers=%llu|of=%llu", c->peer.office,
               (unsigned long long)h->size, (unsigned long long)own.size);
}

static bool has_brought(const struct sync_call *c)
{
    const struct ingest_tally *t = exchange_stream_tally(c->answer);
    return t->headers || t->parts || t->forks;
}

static void say_pulled(const struct sync_call *c)
{
    const struct ingest_tally *t = exchange_stream_tally(c->answer);
    if (t->headers || t->new_parts)
        qn_say(c->report, "sync.pulled", "office=%s|headers=%llu|parts=%llu|bytes=%llu",
               c->peer.office, (unsigned long long)t->headers, (unsigned long long)t->new_parts,
               (unsigned long long)exchange_stream_came(c->answer).bytes);
}

static enum qn_code pulled(struct sync_call *c, struct qn_err *err)
{
    if (c->out.rounds == 1 && (strncmp(c->peer.last_error, "sync.broken ", 12) == 0 ||
                               strncmp(c->peer.last_error, "sync.stopped ", 13) == 0))
        resuming(c);
    say_pulled(c);
    c->more = exchange_stream_came(c->answer).more;
    c->moved = has_brought(c);
    c->pulled = QN_STEAL(c->answer);
    c->step = PUSH;
    /* Behind what the other said of our log: a database that is not the newest one must not sign. */
    return c->out.rounds == 1 ? store_exchange_begins(c->st, c->peer.office, c->report, err)
                              : QN_OK;
}

static enum qn_code count_only(void *ctx, enum qn_frame_type type, struct qn_span payload,
                               struct qn_err *err)
{
    (void)ctx, (void)type, (void)payload, (void)err;
    return QN_OK;
}

/* How far the files have come, by what the peer said of them. */
static enum qn_code say_files(struct sync_call *c, struct qn_err *err)
{
    struct files_standing s;
    enum qn_code rc = files_standing(&s, c->st, err);
    if (!rc)
        qn_say(c->report, "sync.files", "office=%s|bytes=%llu|left=%llu|left_bytes=%llu",
               c->peer.office, (unsigned long long)c->pushing, (unsigned long long)s.up,
               (unsigned long long)s.up_bytes);
    return rc;
}

/* By two HAVEs alone: it holds what our question said that we hold. */
static bool lacks_nothing(const struct sync_call *c)
{
    QN_AUTO(qn_have) struct qn_have ours = {0};
    struct qn_span body = qn_buf_span(&c->body), asked;
    enum qn_frame_type type;
    size_t need;
    struct qn_err none;
    return qn_frame_take(&body, &type, &asked, &need, &none) == QN_OK &&
           qn_have_decode(&ours, asked, &none) == QN_OK &&
           have_covers(exchange_stream_have(c->answer), &ours);
}

/* What is still missing there although it was sent. */
static enum qn_code not_taken(struct sync_call *c, struct qn_err *err)
{
    struct exchange_sent left;
    struct exchange_options x = {.peer = exchange_stream_have(c->answer), .emit = count_only};
    if (c->sent.more)
        return QN_OK;
    c->out.not_taken = 0;
    if (lacks_nothing(c))
        return QN_OK;
    enum qn_code rc = exchange_collect(c->st, &x, &left, err);
    c->out.not_taken = rc ? 0 : left.news;
    return rc;
}

/* An answer to a push is like one to a pull (http-5). */
static enum qn_code pushed(struct sync_call *c, struct qn_err *err)
{
    bool first = c->step == PUSH_FIRST;
    enum qn_code rc = QN_OK;
    say_pulled(c);
    c->out.sent_frames += c->sent.news;
    c->out.sent_bytes += c->sent.bytes;
    c->more = c->more || c->sent.more || exchange_stream_came(c->answer).more;
    c->files_left = c->freight.left || c->freight.nasked || (c->freight.asking && c->files_got);
    c->moved = true;
    if (c->pushing)
        rc = say_files(c, err);
    if (rc)
        return rc;
    if (!first || !(has_brought(c) || c->files_left ||
                    have_tells_less(exchange_stream_have(c->answer), &c->known))) {
        rc = not_taken(c, err);
        if (first)
            c->pulled = QN_STEAL(c->answer);
        return rc ? rc : round_over(c, err);
    }
    c->pulled = QN_STEAL(c->answer); /* SPEC http-22: "is followed by a push" */
    c->step = PUSH;
    return QN_OK;
}

enum qn_code sync_call_end(struct sync_call *c, const struct sync_answer *a, struct qn_err *err)
{
    struct qn_err why;
    if (!c->answer) /* no question was out */
        return QN_OK;
    enum qn_code rc = settle(c, &why);
    if (!rc)
        rc = judge(c, a, &why);
    /* SPEC http-2: "An office that the other does not know, or not by this key, sends HAVE, and behind it the certificates" */
    if (rc && (c->step == PULL || c->step == PUSH_FIRST) && !c->rc && a->rule &&
        (strcmp(a->rule, "sync.unknown-office") == 0 ||
         strcmp(a->rule, "sync.have-signature") == 0 || strcmp(a->rule, "http.peer-key") == 0)) {
        drop(&c->answer);
        c->lost = c->step == PUSH_FIRST;
        c->step = PULL_WITH_CHAIN;
        return QN_OK;
    }
    if (!rc && (c->step == PUSH || c->step == PUSH_FIRST))
        rc = pushed(c, &why);
    else if (!rc)
        rc = pulled(c, &why);
    return rc ? over(c, rc, &why, err) : QN_OK;
}
