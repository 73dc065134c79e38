/* clone.c - one office twice: its database was copied while it ran, its keys as well, and both go on. Both write, both call
 * the parent and make sticks, and those below reach now the one, now the other, until somebody switches the copy off. */
#include <string.h>
#include <unistd.h>

#include "node/store/file.h"
#include "node/sync/fork.h"
#include "node/sync/status.h"
#include "tests/sim/net.h"

static struct clone {
    struct rng rng;
    struct node *of;
    unsigned reached; /* of a thousand calls from below so many reach the copy */
    bool anchor;      /* the anchor was copied as well; else the copy finds none */
} twin;

void clone_begin(struct sim *s, struct node *n)
{
    rng_init(&twin.rng, s->seed, "clone");
    twin.of = n;
    twin.reached = rng_chance(&twin.rng, 500) ? 300 : 0;
    twin.anchor = rng_chance(&twin.rng, 700);
    state_move_out(s, n);
    event_push(
        s, &(struct event){.at = rng_below(&twin.rng, 7 * DAY), .node = n->no, .kind = EV_CLONE});
    renew_draw(s, n);
}

static void copy_anchor(struct sim *s, const struct node *n, const struct node *c)
{
    QN_AUTO(qn_buf) struct qn_buf anchor = {0};
    char path[FILE_PATH_MAX];
    struct qn_err none;
    SIM_MUST(s, file_join(path, n->dir, "anchor", &must));
    if (file_read(&anchor, path, 65536, &none) != QN_OK) /* a planted mistake makes none */
        return;
    SIM_MUST(s, file_join(path, c->dir, "anchor", &must));
    SIM_MUST(s, file_write(path, qn_buf_span(&anchor), 0600, true, &must));
}

static void start(struct sim *s, struct node *n, enum event_kind kind, uint64_t within)
{
    event_push(s, &(struct event){.at = soon(s, within), .node = n->no, .kind = kind});
}

void clone_step(struct sim *s, struct event *e)
{
    struct node *n = &s->node[e->node], *c = &s->node[s->n];
    char path[FILE_PATH_MAX];
    if (!s->faulty)
        return;
    sim_trace(s, n, "is copied at %zu entries%s", n->book.n,
              twin.anchor ? "" : ", without its anchor");
    *c = (struct node){.no = (int)s->n,
                       .office = n->no,
                       .parent = n->parent,
                       .level = n->level,
                       .keys = n->keys,
                       .as = n->as,
                       .clock = n->clock,
                       .anchored = true};
    memcpy(c->code, n->code, sizeof(c->code));
    memcpy(c->origin, n->origin, sizeof(c->origin));
    snprintf(c->dir, sizeof(c->dir), "%.100s/copy-%d-%d", s->dir, (int)getpid(), n->no);
    SIM_MUST(s, file_mkdir(c->dir, &must));
    SIM_MUST(s, file_join(path, c->dir, "qian.db", &must));
    SIM_MUST(s, file_write(path, qn_str(""), 0600, true, &must));
    c->db = node_memory(path);
    state_copy_db(s, c->db, n->db);
    if (twin.anchor)
        copy_anchor(s, n, c);
    c->book = book_prefix(&n->book, n->book.n);
    n->copy = c;
    n->set_back = n->loose = c->set_back = c->loose = true;
    node_open(s, c);
    c->seen = n->seen = state_size(s, n);
    s->count.clones++;
    start(s, c, EV_ACT, 2 * DAY);
    start(s, n, EV_ACT, 2 * DAY);
    start(s, c, EV_SYNC, 3 * DAY);
    start(s, c, EV_CLOCK, 20 * DAY);
    start(s, c, EV_STICK, 10 * DAY);
}

int clone_answers(struct sim *s, int office)
{
    const struct node *c = s->node[office].copy;
    return c && s->faulty && rng_chance(&s->rng, twin.reached) ? c->no : office;
}

/* ---- the copy is gone --------------------------------------------------------------------------------------------- */

/* fork.md: with the evidence as a file, and the fingerprint of the root policy, anybody can check it. */
static void check_file(struct sim *s, struct node *at, const struct fork_seen *seen)
{
    QN_AUTO(qn_buf) struct qn_buf file = {0};
    struct fork_seen f;
    struct qn_cert author;
    qn_buf_init(&file, FORK_FILE_MAX);
    SIM_MUST(s, fork_export(&file, at->st, seen->no, &must));
    SIM_MUST(s, fork_verify(&f, &author, qn_buf_span(&file), s->fingerprint, &must));
    if (strcmp(f.origin, seen->origin) != 0 || f.place != seen->place ||
        memcmp(f.side[0].hash, f.side[1].hash, QN_HASH) == 0)
        sim_fail(s, "I4", "%s holds evidence that shows something else", at->code);
}

static void check_evidence(struct sim *s, struct node *n, struct node *parent)
{
    QN_AUTO(status) struct status shown = {0};
    bool found = false, counted = false;
    SIM_MUST(s, status_read(&shown, parent->st, &must));
    for (size_t i = 0; i < shown.forks.n; i++)
        if (strcmp(shown.forks.seen[i].origin, n->past.origin) == 0) {
            found = true;
            check_file(s, parent, &shown.forks.seen[i]);
        }
    for (size_t i = 0; i < shown.nlogs; i++)
        counted = counted ||
                  (strcmp(shown.log[i].log.origin, n->past.origin) == 0 && shown.log[i].forks > 0);
    if (!found || !counted)
        sim_fail(s, "I4", "%s and its copy wrote two histories, and %s shows none of it", n->code,
                 parent->code);
}

void clone_end(struct sim *s)
{
    struct node *n = twin.of, *c = n ? n->copy : NULL;
    if (!c)
        return;
    bool forked = book_diverge(&n->book, &c->book);
    sim_trace(s, n, "its copy is switched off at %zu entries, %s", c->book.n,
              forked ? "another history" : "the same history");
    if (forked && !s->faulty && (state_may_sign(s, n) || state_may_sign(s, c)))
        sim_fail(s, "I4", "%s and its copy wrote two histories, and one of them signs on", n->code);
    net_drop_node(s, c);
    store_close(c->st);
    sqlite3_close(c->db);
    c->st = NULL;
    c->db = NULL;
    n->copy = NULL;
    if (forked) {
        n->past = c->book;
        if (!s->faulty)
            check_evidence(s, n, &s->node[n->parent]);
    } else if (c->book.n > n->book.n) { /* what only the copy held is lost with it */
        book_release(&n->book);
        n->book = c->book;
    } else {
        book_release(&c->book);
    }
    c->book = (struct book){.n = 0};
}
