/* net.c - calls between offices step by step, and a network that loses, doubles, delays, cuts and spoils messages. */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/net.h"

#define TIMEOUT (10 * MINUTE)

void message_free(struct message *m)
{
    if (!m)
        return;
    qn_buf_release(&m->bytes);
    free(m);
}

static struct message *message_new(const struct message *like, struct qn_span bytes)
{
    struct message *m = malloc(sizeof(*m));
    if (!m)
        abort();
    *m = *like;
    qn_buf_init(&m->bytes, 64u << 20);
    qn_put_span(&m->bytes, bytes);
    return m;
}

struct message *message_copy(const struct message *m)
{
    return message_new(m, qn_buf_span(&m->bytes));
}

void net_init(struct sim *s)
{
    s->net = calloc(1, sizeof(*s->net));
    if (!s->net)
        abort();
}

static void talk_free(struct node *n)
{
    struct talk *t = n->talk;
    if (!t)
        return;
    sync_call_free(t->call);
    message_free(t->answer);
    free(t);
    n->talk = NULL;
}

static void service_free(struct sim *s, struct service *v)
{
    struct service **at = &s->net->services;
    while (*at != v)
        at = &(*at)->next;
    *at = v->next;
    sync_serve_free(v->serve);
    message_free(v->q);
    free(v);
}

void net_drop_node(struct sim *s, struct node *n)
{
    talk_free(n);
    qn_buf_release(&n->left);
    for (struct service *v = s->net->services, *next; v; v = next) {
        next = v->next;
        if (v->node == n->no)
            service_free(s, v);
    }
}

void net_release(struct sim *s)
{
    for (unsigned i = 0; i < s->n; i++)
        net_drop_node(s, &s->node[i]);
    for (size_t i = 0; i < REMEMBERED; i++) {
        message_free(s->net->question[i]);
        message_free(s->net->answer[i]);
    }
    free(s->net->answered);
    free(s->net);
    s->net = NULL;
}

/* ---- what happens to a message on its way ------------------------------------------------------------------------ */

static void remember(struct message **ring, size_t *n, const struct message *m)
{
    struct message **at = &ring[(*n)++ % REMEMBERED];
    message_free(*at);
    *at = message_copy(m);
}

static bool cut_off(const struct sim *s, const struct message *m)
{
    return s->node[m->from].cut_off || s->node[m->to].cut_off;
}

static uint64_t latency(struct sim *s)
{
    if (s->faulty && rng_chance(&s->rng, s->f.late)) {
        s->count.faults++;
        return soon(s, 30 * DAY);
    }
    return soon(s, 3 * SECOND);
}

static void spoil(struct sim *s, struct message *m)
{
    if (!s->faulty || !m->bytes.n)
        return;
    if (rng_chance(&s->rng, s->f.cut)) {
        m->cut = rng_below(&s->rng, m->bytes.n);
        s->count.faults++;
    }
    if (!rng_chance(&s->rng, s->f.corrupt))
        return;
    size_t at[3];
    unsigned n = 1 + (unsigned)rng_below(&s->rng, 3);
    s->count.faults++;
    for (unsigned i = 0; i < n; i++)
        at[i] = rng_below(&s->rng, m->bytes.n);
    for (unsigned i = 0; i < n; i++)
        m->bytes.p[at[i]] ^= (uint8_t)(1 + rng_below(&s->rng, 255));
    m->spoilt = true;
}

/* Takes m. Whoever waits for an answer that never comes hears of it from its own timeout. */
static void send_off(struct sim *s, struct message *m, enum event_kind kind)
{
    struct event e = {.node = m->to, .kind = kind, .id = m->talk, .nth = m->nth};
    bool lost = cut_off(s, m) || (s->faulty && rng_chance(&s->rng, s->f.lost));
    if (s->faulty && rng_chance(&s->rng, s->f.doubled)) {
        struct event twin = e;
        twin.msg = message_copy(m);
        twin.at = latency(s);
        s->count.faults++;
        event_push(s, &twin);
    }
    if (lost) {
        s->count.faults++;
        message_free(m);
        return;
    }
    spoil(s, m);
    e.msg = m;
    e.at = latency(s);
    event_push(s, &e);
}

static bool maybe_restart(struct sim *s, struct node *n)
{
    if (!s->faulty || !rng_chance(&s->rng, s->f.restart))
        return false;
    node_restart(s, n);
    return true;
}

/* ---- the calling side ----------------------------------------------------------------------------------------------- */

static struct talk *talk_of(struct sim *s, const struct event *e)
{
    struct talk *t = s->node[e->node].talk;
    return t && t->id == e->id && t->nth == e->nth ? t : NULL;
}

static void call_failed(struct sim *s, struct node *n, const struct qn_err *err)
{
    sim_trace(s, n, "call of %s failed: %s %s", s->node[n->talk->to].code, err->id, err->args);
    if (err->code == QN_IO || err->code == QN_NOMEM)
        sim_fail(s, "step", "%s: %s %s", n->code, err->id, err->args);
    if (!s->faulty && n->talk->id > s->healed)
        sim_fail(s, "I9", "%s calls %s without a fault on the way: %s %s", n->code,
                 s->node[n->talk->to].code, err->id, err->args);
    talk_free(n);
    qn_buf_release(&n->left);
}

/* No connection ends here (http-22): what a call left is used longer than in life, also when the other was set back. */
static void call_done(struct sim *s, struct node *n)
{
    struct qn_span left = sync_call_left(n->talk->call);
    sim_trace(s, n, "call of %s done", s->node[n->talk->to].code);
    qn_buf_release(&n->left);
    qn_buf_init(&n->left, left.n);
    qn_put_span(&n->left, left);
    n->left_to = n->talk->to;
    talk_free(n);
}

static void call_begin(struct sim *s, struct node *n, int to)
{
    if (n->talk) /* one at a time */
        return;
    struct talk *t = calloc(1, sizeof(*t));
    if (!t)
        abort();
    *t = (struct talk){.id = ++s->last_id, .from = n->no, .to = to};
    n->talk = t;
    s->count.calls++;
    SIM_MUST(s, sync_call_open(&t->call, n->st, s->node[to].code, NULL, &must));
    if (n->left_to == to)
        sync_call_follow(t->call, qn_buf_span(&n->left));
    event_push(s,
               &(struct event){.at = soon(s, SECOND), .node = n->no, .kind = EV_ASK, .id = t->id});
}

static void sync_start(struct sim *s, struct node *n)
{
    int to = n->parent;
    if (s->faulty) {
        /* Somebody calls past its parent now and then. */
        if (s->node[to].parent >= 0 && rng_chance(&s->rng, 100))
            to = s->node[to].parent;
        to = clone_answers(s, to);
        event_push(s, &(struct event){.at = soon(s, 3 * DAY), .node = n->no, .kind = EV_SYNC});
    }
    call_begin(s, n, to);
}

static void call_end(struct sim *s, struct node *n, struct sync_answer *a)
{
    struct talk *t = n->talk;
    struct qn_err err;
    bool foreign = t->answer && t->answer->foreign;
    unsigned status = a->status;
    t->waiting = false;
    enum qn_code rc = sync_call_end(t->call, a, &err);
    if (!rc && foreign && status == 200)
        sim_fail(s, "I8", "%s took the answer to another question", n->code);
    message_free(t->answer);
    t->answer = NULL;
    if (rc) {
        call_failed(s, n, &err);
        return;
    }
    event_push(
        s, &(struct event){
               .at = soon(s, SECOND), .node = n->no, .kind = EV_ASK, .id = t->id, .nth = t->nth});
}

static void ask(struct sim *s, struct talk *t)
{
    struct node *n = &s->node[t->from];
    struct sync_question q;
    struct qn_err err;
    enum qn_code rc = sync_call_next(t->call, &q, &err);
    if (rc) {
        call_failed(s, n, &err);
        return;
    }
    if (!q.path) {
        call_done(s, n);
        return;
    }
    struct net *net = s->net;
    if (net->nuids == net->uids_cap) {
        net->uids_cap = net->uids_cap ? 2 * net->uids_cap : 1024;
        net->answered = realloc(net->answered, net->uids_cap);
        if (!net->answered)
            abort();
    }
    net->answered[net->nuids] = 0;
    struct message like = {.from = t->from,
                           .to = t->to,
                           .what = strcmp(q.path, "/peer/v1/push") == 0 ? SYNC_PUSH : SYNC_PULL,
                           .cut = NOT_CUT,
                           .uid = net->nuids++,
                           .talk = t->id,
                           .nth = ++t->nth};
    t->waiting = true;
    t->at = 0;
    s->count.questions++;
    check_frames(s, n, q.body);
    sim_trace(s, n, "asks %s: %s, %zu bytes", s->node[t->to].code, q.path, q.body.n);
    struct message *m = message_new(&like, q.body);
    if (s->faulty && (cut_off(s, m) || rng_chance(&s->rng, s->f.unreachable))) {
        message_free(m);
        call_end(s, n, &(struct sync_answer){.ending = SYNC_UNREACHABLE});
        return;
    }
    remember(net->question, &net->nquestions, m);
    s->count.follows += q.follows;
    if (q.follows && s->faulty &&
        rng_chance(&s->rng, 150)) { /* its connection is found closed: was it read? */
        sync_call_again(t->call);
        t->waiting = false;
        event_push(
            s,
            &(struct event){
                .at = soon(s, SECOND), .node = n->no, .kind = EV_ASK, .id = t->id, .nth = t->nth});
        send_off(s, m, EV_ARRIVE);
        return;
    }
    event_push(s, &(struct event){.at = s->now + TIMEOUT + rng_below(&s->rng, TIMEOUT),
                                  .node = n->no,
                                  .kind = EV_TIMEOUT,
                                  .id = t->id,
                                  .nth = t->nth});
    send_off(s, m, EV_ARRIVE);
}

/* An answer came: is it still waited for? */
static void reply(struct sim *s, struct event *e)
{
    struct talk *t = talk_of(s, e);
    if (!t || !t->waiting || t->answer) {
        message_free(e->msg);
        return;
    }
    t->answer = e->msg;
    struct net *net = s->net;
    if (s->faulty && net->nanswers && rng_chance(&s->rng, s->f.swapped)) {
        const struct message *other = net->answer[rng_below(
            &s->rng, net->nanswers < REMEMBERED ? net->nanswers : REMEMBERED)];
        if (other->uid != t->answer->uid) {
            struct message *copy = message_copy(other);
            copy->foreign = true;
            message_free(t->answer);
            t->answer = copy;
            s->count.faults++;
        }
    }
    event_push(
        s,
        &(struct event){
            .at = soon(s, SECOND), .node = e->node, .kind = EV_TAKE, .id = t->id, .nth = t->nth});
}

static struct qn_span piece(struct sim *s, const struct message *m, size_t at, bool *last)
{
    size_t end = m->cut < m->bytes.n ? m->cut : m->bytes.n;
    size_t n = end - at;
    if (n > 1 && rng_chance(&s->rng, 400))
        n = 1 + rng_below(&s->rng, n);
    *last = at + n == end;
    return (struct qn_span){m->bytes.p + at, n};
}

static void take(struct sim *s, struct event *e)
{
    struct talk *t = talk_of(s, e);
    struct node *n = &s->node[e->node];
    if (!t || !t->waiting || !t->answer)
        return;
    struct message *m = t->answer;
    bool last, stopped;
    struct qn_err err;
    struct qn_span bytes = piece(s, m, t->at, &last);
    stopped = sync_call_feed(t->call, m->status, bytes, &err) != QN_OK;
    t->at += bytes.n;
    if (maybe_restart(s, n))
        return;
    if (!last && !stopped) {
        event_push(s, &(struct event){.at = soon(s, SECOND),
                                      .node = e->node,
                                      .kind = EV_TAKE,
                                      .id = t->id,
                                      .nth = t->nth});
        return;
    }
    struct sync_answer a = {.ending = m->cut == NOT_CUT ? SYNC_COMPLETE : SYNC_BROKEN,
                            .status = m->status,
                            .rule = m->rule,
                            .why = m->why};
    call_end(s, n, &a);
    maybe_restart(s, n);
}

static void timeout(struct sim *s, struct event *e)
{
    struct talk *t = talk_of(s, e);
    if (!t || !t->waiting)
        return;
    call_end(s, &s->node[e->node], &(struct sync_answer){.ending = SYNC_BROKEN, .why = "timeout"});
}

/* ---- the answering side ------------------------------------------------------------------------------------------------ */

static void arrive(struct sim *s, struct event *e)
{
    struct node *n = &s->node[e->node];
    struct service *v = calloc(1, sizeof(*v));
    if (!v)
        abort();
    v->id = ++s->last_id;
    v->node = e->node;
    v->q = e->msg;
    v->next = s->net->services;
    s->net->services = v;
    SIM_MUST(s, sync_serve_open(&v->serve, n->st, v->q->what, NULL, &must));
    event_push(
        s, &(struct event){.at = soon(s, SECOND), .node = e->node, .kind = EV_FEED, .id = v->id});
}

/* A question that was answered once must not be answered again, whoever sends it. */
static void answered(struct sim *s, const struct node *n, const struct message *q)
{
    if (s->net->answered[q->uid] && q->uid >= n->forgot)
        sim_fail(s, "I8", "%s answered a question of %s twice", n->code, s->node[q->from].code);
    s->net->answered[q->uid] = 1;
}

static void answer(struct sim *s, struct node *n, struct service *v)
{
    QN_AUTO(qn_buf) struct qn_buf body = {0};
    struct qn_err err = {0};
    enum qn_code rc = sync_serve_answer(v->serve, &body, &err);
    if (rc == QN_IO || rc == QN_NOMEM)
        sim_fail(s, "step", "%s answers: %s %s", n->code, err.id, err.args);
    if (rc) {
        s->count.refused++;
        sim_trace(s, n, "refuses %s: %s %s", s->node[v->q->from].code, err.id, err.args);
        if (!s->faulty && v->q->talk > s->healed && !v->q->spoilt && !s->net->answered[v->q->uid] &&
            strcmp(err.id, "sync.unknown-office") != 0)
            sim_fail(s, "I9", "%s refuses %s without cause: %s %s", n->code,
                     s->node[v->q->from].code, err.id, err.args);
    } else {
        answered(s, n, v->q);
        check_frames(s, n, qn_buf_span(&body));
    }
    struct message like = {.from = n->no,
                           .to = v->q->from,
                           .what = v->q->what,
                           .cut = NOT_CUT,
                           .uid = v->q->uid,
                           .talk = v->q->talk,
                           .nth = v->q->nth,
                           .status = sync_status(rc)};
    memcpy(like.rule, err.id, sizeof(like.rule));
    snprintf(like.why, sizeof(like.why), "%.190s", err.args);
    struct message *m = message_new(&like, rc ? qn_str("{}") : qn_buf_span(&body));
    if (!rc)
        remember(s->net->answer, &s->net->nanswers, m);
    service_free(s, v);
    if (maybe_restart(s, n)) { /* it was committed, and nobody hears of it */
        message_free(m);
        return;
    }
    send_off(s, m, EV_REPLY);
}

static void feed(struct sim *s, struct event *e)
{
    struct service *v = s->net->services;
    struct node *n = &s->node[e->node];
    while (v && v->id != e->id)
        v = v->next;
    if (!v)
        return;
    bool last;
    struct qn_span bytes = piece(s, v->q, v->at, &last);
    sync_serve_feed(v->serve, bytes);
    v->at += bytes.n;
    if (maybe_restart(s, n))
        return;
    if (!last) {
        event_push(s, &(struct event){
                          .at = soon(s, SECOND), .node = e->node, .kind = EV_FEED, .id = v->id});
    } else if (v->q->cut != NOT_CUT) {
        sync_serve_broke(v->serve);
        service_free(s, v);
    } else {
        answer(s, n, v);
    }
}

/* ---- probes: what must change nothing ------------------------------------------------------------------------------------- */

/* One refused question, at one go: the database must be what it was, but for who spoke and when. */
static void probe(struct sim *s, struct node *n, enum sync_what what, struct qn_span bytes,
                  enum digest_of watch, const char *invariant, const char *of)
{
    QN_AUTO(qn_buf) struct qn_buf body = {0};
    QN_AUTO(sync_serve) struct sync_serve *v = NULL;
    uint8_t was[QN_HASH], is[QN_HASH];
    struct qn_err err;
    s->count.probes++;
    node_digest(s, n, watch, was);
    SIM_MUST(s, sync_serve_open(&v, n->st, what, NULL, &must));
    sync_serve_feed(v, bytes);
    if (sync_serve_answer(v, &body, &err) == QN_OK)
        sim_fail(s, invariant, "%s answered %s", n->code, of);
    sync_serve_free(QN_STEAL(v));
    node_digest(s, n, watch, is);
    if (memcmp(was, is, QN_HASH) != 0)
        sim_fail(s, invariant, "%s (%s) changed the database of %s", of, err.id, n->code);
}

void net_probe(struct sim *s, struct node *n)
{
    struct net *net = s->net;
    if (!net->nquestions)
        return;
    const struct message *m = net->question[rng_below(
        &s->rng, net->nquestions < REMEMBERED ? net->nquestions : REMEMBERED)];
    if (!s->node[m->to].st)
        return;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, 64u << 20);
    switch (rng_below(&s->rng, 4)) {
    case 0:
        if (net->answered[m->uid] && m->uid >= s->node[m->to].forgot)
            probe(s, &s->node[m->to], m->what, qn_buf_span(&m->bytes), DIGEST_WORK, "I8",
                  "a question that was answered before");
        break;
    case 1: /* a question for another office */
        if (n->no != s->node[m->to].office)
            probe(s, n, m->what, qn_buf_span(&m->bytes), DIGEST_ALL, "I11",
                  "a question for another office");
        break;
    case 2: /* the first frame is the HAVE: one bit of it, length and type apart */
        qn_put_span(&b, qn_buf_span(&m->bytes));
        b.p[QN_FRAME_HEAD + rng_below(&s->rng, 60)] ^= (uint8_t)(1u << rng_below(&s->rng, 8));
        /* A certificate behind it proves itself, and may be that of the sender's new key (rotation.md). */
        probe(s, &s->node[m->to], m->what, qn_buf_span(&b), DIGEST_BUT_CERTS, "I11",
              "a spoilt HAVE");
        break;
    default:
        for (uint64_t i = rng_below(&s->rng, 3000); i; i--)
            qn_put_uint(&b, rng_below(&s->rng, 256), 1);
        probe(s, n, SYNC_PUSH, qn_buf_span(&b), DIGEST_ALL, "I11", "noise");
        break;
    }
}

/* Once more all that is remembered: questions to those who got them, answers into calls that wait for others. */
void net_replay_all(struct sim *s)
{
    struct net *net = s->net;
    for (size_t i = 0; i < REMEMBERED && net->question[i]; i += 8) {
        const struct message *m = net->question[i];
        if (s->node[m->to].st && net->answered[m->uid] && m->uid >= s->node[m->to].forgot)
            probe(s, &s->node[m->to], m->what, qn_buf_span(&m->bytes), DIGEST_WORK, "I8",
                  "a question that was answered before");
    }
    for (size_t i = 0; i < REMEMBERED && net->answer[i]; i += 32) {
        const struct message *m = net->answer[i];
        struct node *n = &s->node[m->to];
        QN_AUTO(sync_call) struct sync_call *c = NULL;
        struct sync_question q;
        struct qn_err err;
        uint8_t was[QN_HASH], is[QN_HASH];
        if (!n->st)
            continue;
        node_digest(s, n, DIGEST_WORK, was);
        SIM_MUST(s, sync_call_open(&c, n->st, s->node[m->from].code, NULL, &must));
        SIM_MUST(s, sync_call_next(c, &q, &must));
        enum qn_code rc = sync_call_feed(c, 200, qn_buf_span(&m->bytes), &err);
        struct sync_answer a = {.status = 200};
        if (sync_call_end(c, &a, &err) == QN_OK || !rc)
            sim_fail(s, "I8", "%s took the answer to another question", n->code);
        node_digest(s, n, DIGEST_WORK, is);
        if (memcmp(was, is, QN_HASH) != 0)
            sim_fail(s, "I8", "an old answer (%s) changed the database of %s", err.id, n->code);
    }
}

/* ---- steps ------------------------------------------------------------------------------------------------------------------- */

void net_step(struct sim *s, struct event *e)
{
    struct node *n = &s->node[e->node];
    struct talk *t;
    switch (e->kind) {
    case EV_SYNC:
        sync_start(s, n);
        break;
    case EV_ASK:
        t = talk_of(s, e);
        if (t && !t->waiting)
            ask(s, t);
        break;
    case EV_ARRIVE:
        arrive(s, e);
        break;
    case EV_FEED:
        feed(s, e);
        break;
    case EV_REPLY:
        reply(s, e);
        break;
    case EV_TAKE:
        take(s, e);
        break;
    case EV_TIMEOUT:
        timeout(s, e);
        break;
    case EV_CUT:
        n->cut_off = s->faulty && !n->cut_off;
        if (s->faulty)
            event_push(s, &(struct event){.at = soon(s, (n->cut_off ? 6 : 40) * DAY),
                                          .node = e->node,
                                          .kind = EV_CUT});
        break;
    case EV_ACT:
    case EV_CLOCK:
    case EV_STICK:
    case EV_IMPORT:
    case EV_PROBE:
    case EV_STATE:
    case EV_CLONE:
    case EV_RENEW:
    case EV_UPGRADE:
    case EV_LOOK:
        break;
    }
}
