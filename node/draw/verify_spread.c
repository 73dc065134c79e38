/* verify_spread.c - offices judged side by side: what is read of one has nothing to do with what is found of another. Each
 * thread reads by a connection of its own; what is found stands in order of the offices, as if one had judged them all. */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "node/draw/verify_internal.h"

#define SPREAD_MAX   8  /* threads: each has a cache and a roster in memory */
#define SPREAD_DRAWS 32 /* in all, below which another connection costs more than it saves */

struct spread {
    struct verify *v;
    const struct verify_offices *all;
    struct verify_result *part; /* by office */
    pthread_mutex_t lock;       /* of what follows, and of the report */
    size_t next;
    size_t failed; /* the first office that could not be judged; all->n: none */
    struct qn_err why;
};
struct worker {
    struct spread *s;
    struct store *st;
    pthread_t thread;
};

/* Lines of two offices come one after the other, never one within another. */
static void say(void *ctx, const char *id, const char *args)
{
    struct spread *s = ctx;
    pthread_mutex_lock(&s->lock);
    s->v->report->say(s->v->report->ctx, id, args);
    pthread_mutex_unlock(&s->lock);
}

static bool take(struct spread *s, size_t *i)
{
    pthread_mutex_lock(&s->lock);
    bool some = s->next < s->all->n && s->failed == s->all->n;
    *i = s->next;
    s->next += some;
    pthread_mutex_unlock(&s->lock);
    return some;
}

static void *work(void *ctx)
{
    struct worker *w = ctx;
    struct spread *s = w->s;
    struct qn_report report = {say, s};
    struct qn_err err;
    struct verify mine = {.st = w->st,
                          .report = s->v->report ? &report : NULL,
                          .orders = s->v->orders,
                          .forged = s->v->forged,
                          .today = s->v->today,
                          .err = &err};
    for (size_t i; take(s, &i);) {
        mine.out = &s->part[i];
        mine.cap = 0;
        if (verify_office(&mine, s->all->code[i], 0) == QN_OK)
            continue;
        pthread_mutex_lock(&s->lock);
        if (i < s->failed) {
            s->failed = i;
            s->why = err;
        }
        pthread_mutex_unlock(&s->lock);
    }
    ground_release(&mine.ground);
    publish_notes_free(mine.notes);
    return NULL;
}

static enum qn_code gather(struct verify *v, struct spread *s)
{
    struct verify_result *all = v->out;
    size_t n = all->n;
    for (size_t i = 0; i < s->all->n; i++)
        n += s->part[i].n;
    struct verdict *at = realloc(all->at, (n ? n : 1) * sizeof(*at));
    if (!at)
        return qn_fail(v->err, QN_NOMEM, "base.no-memory", "");
    all->at = at;
    v->cap = n;
    for (size_t i = 0; i < s->all->n; i++) {
        struct verify_result *p = &s->part[i];
        if (p->n)
            memcpy(all->at + all->n, p->at, p->n * sizeof(*at));
        all->n += p->n;
        all->draws += p->draws;
        all->clean += p->clean;
        all->forgotten += p->forgotten;
        all->checks.ok += p->checks.ok;
        all->checks.found += p->checks.found;
        all->checks.skipped += p->checks.skipped;
        free(p->at); /* the verdicts have moved */
        *p = (struct verify_result){.at = NULL};
    }
    return QN_OK;
}

/* Processors that this program may use. */
static unsigned processors(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof(set), &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

static size_t draws_in_all(struct verify *v)
{
    size_t n = 0;
    for (size_t i = 0; i < v->orders.n; i++)
        n += v->orders.at[i].draw_id != 0;
    return n;
}

unsigned verify_threads(struct verify *v, const struct verify_offices *all)
{
    unsigned n = v->watch ? v->watch->threads : 0;
    if (v->watch && v->watch->draw) /* who watches is shown draw after draw */
        return 1;
    if (!n)
        n = draws_in_all(v) < SPREAD_DRAWS ? 1 : processors();
    n = n < SPREAD_MAX ? n : SPREAD_MAX;
    return all->n < n ? (unsigned)all->n : n;
}

enum qn_code verify_spread(struct verify *v, const struct verify_offices *all, unsigned threads)
{
    struct worker w[SPREAD_MAX] = {{.st = v->st}};
    struct spread s = {.v = v, .all = all, .failed = all->n, .lock = PTHREAD_MUTEX_INITIALIZER};
    unsigned n = 1, running = 1;
    enum qn_code rc = QN_OK;
    s.part = calloc(all->n ? all->n : 1, sizeof(*s.part));
    if (!s.part)
        return qn_fail(v->err, QN_NOMEM, "base.no-memory", "");
    for (; !rc && n < threads; n++) {
        rc = store_reader(&w[n].st, v->st, v->err);
        if (!w[n].st)
            break;
        store_stops_with(w[n].st, v->st);
    }
    for (unsigned i = 0; i < n; i++)
        w[i].s = &s;
    /* A thread that the machine does not give is done without: the others take its offices. */
    while (!rc && running < n && pthread_create(&w[running].thread, NULL, work, &w[running]) == 0)
        running++;
    if (!rc)
        work(&w[0]);
    for (unsigned i = 1; i < running; i++)
        pthread_join(w[i].thread, NULL);
    for (unsigned i = 1; i < n; i++)
        store_close(w[i].st);
    if (!rc && s.failed < all->n)
        rc = qn_fail(v->err, s.why.code, s.why.id, "%s", s.why.args);
    if (!rc)
        rc = gather(v, &s);
    for (size_t i = 0; i < all->n; i++)
        verify_release(&s.part[i]);
    free(s.part);
    pthread_mutex_destroy(&s.lock);
    return rc;
}
