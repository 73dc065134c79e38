/* stick.c - bundles carried by hand: late, twice, older after newer, cut off while copied, damaged. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/store/file.h"
#include "tests/sim/net.h"

static void damage(struct sim *s, struct stick *k)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    SIM_MUST(s, file_read(&b, k->path, 64u << 20, &must));
    size_t n = b.n;
    if (rng_chance(&s->rng, 500))
        n = rng_below(&s->rng, b.n);
    else
        b.p[rng_below(&s->rng, b.n)] ^= (uint8_t)(1 + rng_below(&s->rng, 255));
    FILE *f = fopen(k->path, "wb");
    if (!f || fwrite(b.p, 1, n, f) != n || fclose(f) != 0)
        sim_fail(s, "setup", "%s cannot be written", k->path);
    k->spoilt = true;
    s->count.faults++;
}

void stick_make(struct sim *s, struct node *n)
{
    struct net *net = s->net;
    struct node *to = &s->node[rng_below(&s->rng, s->n)];
    if (!node_above(s, n->no, to->no)) /* else down: to any office below */
        to = n->parent >= 0 ? &s->node[n->parent] : to;
    if (to == n || (!node_above(s, n->no, to->no) && !node_above(s, to->no, n->no)))
        return;
    struct stick *k = &net->stick[net->nsticks % REMEMBERED];
    if (net->nsticks++ >= REMEMBERED)
        unlink(k->path);
    *k = (struct stick){.id = ++s->last_id, .from = n->no, .to = to->no};
    snprintf(k->path, sizeof(k->path), "%s/sticks-%llu-%llu.qb", s->dir,
             (unsigned long long)s->seed, (unsigned long long)k->id);
    struct bundle_make o = {.to = to->code, .path = k->path, .all = rng_chance(&s->rng, 100)};
    struct exchange_sent sent;
    struct qn_err err;
    enum qn_code rc = bundle_make(n->st, &o, &sent, &err);
    if (rc == QN_ABSENT && strcmp(err.id, "tree.unknown-office") == 0)
        return; /* nobody told it yet that there is such an office */
    if (rc)
        sim_fail(s, "step", "%s makes a bundle: %s %s", n->code, err.id, err.args);
    sim_trace(s, n, "bundle for %s: %llu news", to->code, (unsigned long long)sent.news);
    s->count.sticks++;
    if (s->faulty && rng_chance(&s->rng, 200))
        damage(s, k);
    for (unsigned i = 1 + (rng_chance(&s->rng, 300) ? 1 : 0); i; i--)
        event_push(s, &(struct event){
                          .at = soon(s, 20 * DAY), .node = to->no, .kind = EV_IMPORT, .id = k->id});
}

void stick_import(struct sim *s, const struct event *e)
{
    struct node *n = &s->node[e->node];
    struct bundle_info info;
    struct ingest_tally tally;
    struct qn_err err;
    struct stick *k = NULL;
    for (size_t i = 0; i < REMEMBERED; i++)
        if (s->net->stick[i].id == e->id)
            k = &s->net->stick[i];
    if (!k)
        return;
    enum qn_code rc = bundle_import(n->st, k->path, NULL, &info, &tally, &err);
    if (rc)
        sim_trace(s, n, "bundle of %s: %s %s", s->node[k->from].code, err.id, err.args);
    else
        sim_trace(s, n, "bundle of %s: %llu headers, %llu parts", s->node[k->from].code,
                  (unsigned long long)tally.headers, (unsigned long long)tally.parts);
    /* Of an office that was enrolled behind its back it may not know the sender: then the network brings it. A bundle for
     * the database that was put aside meanwhile, or that is an old one again, has a gap where the sender has not heard of it. */
    bool fresh =
        rc && (n->renewing || n->before[0].n || n->set_back) && strcmp(err.id, "bundle.gap") == 0;
    if (rc && !k->spoilt && !fresh && strcmp(err.id, "sync.unknown-office") != 0)
        sim_fail(s, "I9", "%s cannot import a sound bundle of %s: %s %s", n->code,
                 s->node[k->from].code, err.id, err.args);
}
