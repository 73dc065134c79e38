#include "node/cli/caller.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/store/clock.h"
#include "node/store/file.h"
#include "node/store/stop.h"
#include "node/sync/backoff.h"
#include "node/sync/peer.h"

#define LOOK_MS 5000 /* an address that was just set is seen so soon */

/* One office that is called. */
struct line {
    char office[QN_CODE_MAX + 1];
    uint64_t due_ms; /* of the clock that only runs */
};
struct caller {
    struct office *office;
    const struct network *network;
    struct qn_report report;
    enum text_lang lang;
    unsigned every_min;
    struct line *line;
    size_t n;
    pthread_t thread;
    struct stop stop;
};

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC,
                  &t); /* the other clock may jump by years when its battery is dead */
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* SPEC stages-14: "gives up a call under way within a few seconds" */
static bool stopping(void *cls)
{
    const struct caller *k = cls;
    return stop_wait(&k->stop, 0);
}

static void wait_until(struct caller *k, uint64_t at_ms)
{
    uint64_t now = now_ms();
    stop_wait(&k->stop, at_ms > now ? at_ms - now : 0);
}

static struct line *line_of(struct caller *k, const char *office)
{
    for (size_t i = 0; i < k->n; i++)
        if (strcmp(k->line[i].office, office) == 0)
            return &k->line[i];
    return NULL;
}

/* Under the office's lock: the next call of this peer, in memory and for people to see. */
static enum qn_code plan(struct caller *k, struct line *l, unsigned failures, struct qn_err *err)
{
    uint64_t wait = backoff_wait_ms(k->every_min, failures, randombytes_random());
    l->due_ms = now_ms() + wait;
    if (failures)
        qn_say(&k->report, "serve.called-failed", "failures=%u|seconds=%llu", failures,
               (unsigned long long)(wait / 1000));
    return peer_next(k->office->st, l->office, clock_now_ms(k->office->st) + wait, err);
}

static enum qn_code add_line(struct caller *k, const struct peer *p, struct qn_err *err)
{
    struct line *grown = realloc(k->line, (k->n + 1) * sizeof(*grown));
    if (!grown)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    k->line = grown;
    struct line *l = &k->line[k->n++];
    memcpy(l->office, p->office, sizeof(l->office));
    return plan(k, l, 0, err);
}

static enum qn_code call(struct caller *k, struct line *l, struct qn_err *err)
{
    struct network_result r;
    struct qn_err why;
    struct peer p;
    struct network_sync o = {.office = k->office,
                             .peer = l->office,
                             .lang = k->lang,
                             .report = &k->report,
                             .stop = stopping,
                             .stop_ctx = k};
    enum qn_code how = k->network->sync(&o, &r, &why);
    if (how)
        qn_say(&k->report, why.id, "%s", why.args); /* and kept with the peer */
    if (stopping(k))                                /* nothing is planned any more */
        return QN_OK;
    enum qn_code rc = peer_get(&p, k->office->st, l->office, err);
    if (rc)
        return rc;
    /* SPEC stages-12: "broke after the other had answered" - a slow line must not become slower by waiting */
    bool moved = how && strcmp(why.id, "sync.broken") == 0 && r.got_frames;
    return plan(k, l, moved && p.failures ? 1 : p.failures, err);
}

/* Calls whoever is due; when to look again. */
static enum qn_code look(struct caller *k, uint64_t *again_ms, struct qn_err *err)
{
    QN_AUTO(peers) struct peers all = {NULL, 0};
    enum qn_code rc = peer_list(&all, k->office->st, err);
    *again_ms = now_ms() + LOOK_MS;
    for (size_t i = 0; !rc && i < all.n && !stopping(k); i++) {
        const struct peer *p = &all.peer[i];
        struct line *l = line_of(k, p->office);
        if (!p->url[0])
            continue;
        if (!l)
            rc = add_line(k, p, err);
        else if (l->due_ms <= now_ms())
            rc = call(k, l, err);
    }
    for (size_t i = 0; i < k->n; i++)
        *again_ms = k->line[i].due_ms < *again_ms ? k->line[i].due_ms : *again_ms;
    return rc;
}

static void *run(void *cls)
{
    struct caller *k = cls;
    while (!stopping(k)) {
        struct qn_err err;
        uint64_t again_ms;
        pthread_mutex_lock(&k->office->lock);
        enum qn_code rc = look(k, &again_ms, &err);
        pthread_mutex_unlock(&k->office->lock);
        if (rc) { /* a full disk, say: told, and tried again like everything else */
            qn_say(&k->report, err.id, "%s", err.args);
            again_ms = now_ms() + LOOK_MS;
        }
        wait_until(k, again_ms);
    }
    return NULL;
}

static void give_back(struct caller *k)
{
    stop_release(&k->stop);
    free(k->line);
    free(k);
}

enum qn_code caller_start(struct caller **out, const struct cli *c, unsigned every_min,
                          struct qn_err *err)
{
    struct caller *k = calloc(1, sizeof(*k));
    if (!k)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    k->office = c->office;
    k->network = c->network;
    k->report = c->report;
    k->lang = c->lang;
    k->every_min = every_min;
    enum qn_code rc = stop_open(&k->stop, err);
    int failed = rc ? 0 : pthread_create(&k->thread, NULL, run, k);
    if (failed)
        rc = qn_fail(err, QN_IO, "http.thread", "why=%s", file_why(failed));
    if (rc) {
        give_back(k);
        return rc;
    }
    *out = k;
    return QN_OK;
}

void caller_stop(struct caller *k)
{
    struct qn_err none;
    if (!k)
        return;
    stop_now(&k->stop);
    pthread_join(k->thread, NULL);
    pthread_mutex_lock(&k->office->lock);
    if (peer_next_none(k->office->st, &none) != QN_OK)
        qn_say(&k->report, none.id, "%s", none.args);
    pthread_mutex_unlock(&k->office->lock);
    give_back(k);
}
