/* version.c - programs of two versions in one tree: in a quarter of the seeds some offices run the next one (tests/next) from
 * the first day, the others follow one by one, in the middle of whatever they do, and at the end all have it.   */
#include <string.h>

#include "node/store/upgrade.h"
#include "protocol/embedded.h"
#include "tests/sim/net.h"

struct store_program version_older;

void version_init(void)
{
    char name[48];
    size_t n;
    int schema = 0;
    do
        snprintf(name, sizeof(name), "node/store/schema-%d.sql", ++schema + 1);
    while (embedded_get(name, &n));
    version_older = (struct store_program){.registry = (uint16_t)(qn_registry_newest() - 1),
                                           .schema = schema - 1};
}

void version_draw(struct sim *s)
{
    struct rng rng;
    rng_init(&rng, s->seed, "version");
    if (!rng_chance(&rng, 250))
        return;
    for (unsigned i = 0; i < s->n; i++) {
        uint64_t at = rng_chance(&rng, 250) ? 0 : rng_below(&rng, 16 * DAY);
        event_push(s, &(struct event){.at = at, .node = (int)i, .kind = EV_UPGRADE});
    }
}

static void upgrade(struct sim *s, struct node *n)
{
    if (!n->as)
        return;
    sim_trace(s, n, "is upgraded");
    net_drop_node(s, n);
    store_close(n->st);
    n->as = NULL;
    node_open(s, n);
    s->count.upgrades++;
    /* What waited is read as the program starts, or at the next exchange. */
    if (rng_chance(&s->rng, 500))
        SIM_MUST(s, upgrade_replay(n->st, NULL, &must));
}

void version_step(struct sim *s, struct event *e)
{
    upgrade(s, &s->node[e->node]);
    if (s->node[e->node].copy)
        upgrade(s, s->node[e->node].copy);
}
