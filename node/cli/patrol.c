#include "node/cli/patrol.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "node/store/file.h"
#include "node/store/recheck.h"

#define ENTRIES 5  /* a year of a county's log is then seen some four times a year */
#define WORK_MS 50 /* of a minute: nobody waits for it */

struct patrol {
    struct office *office;
    struct qn_report report;
    unsigned seconds;
    pthread_t thread;
    pthread_mutex_t lock; /* of stop */
    pthread_cond_t wake;
    bool stop;
};

/* false: it is to stop. */
static bool wait_a_turn(struct patrol *p)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += (time_t)p->seconds;
    pthread_mutex_lock(&p->lock);
    while (!p->stop && pthread_cond_timedwait(&p->wake, &p->lock, &t) != ETIMEDOUT)
        ;
    bool stop = p->stop;
    pthread_mutex_unlock(&p->lock);
    return !stop;
}

static void *run(void *cls)
{
    struct patrol *p = cls;
    while (wait_a_turn(p)) {
        struct recheck_tally t = {0};
        struct qn_err err;
        pthread_mutex_lock(&p->office->lock);
        enum qn_code rc = recheck_some(&t, p->office->st, ENTRIES, WORK_MS, &err);
        pthread_mutex_unlock(&p->office->lock);
        if (rc)
            qn_say(&p->report, err.id, "%s", err.args);
        if (t.damaged)
            qn_say(&p->report, "recheck.found", "n=%llu", (unsigned long long)t.damaged);
    }
    return NULL;
}

static void give_back(struct patrol *p)
{
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

enum qn_code patrol_start(struct patrol **out, const struct cli *c, unsigned seconds,
                          struct qn_err *err)
{
    struct patrol *p = calloc(1, sizeof(*p));
    pthread_condattr_t runs;
    if (!p)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    p->office = c->office;
    p->report = c->report;
    p->seconds = seconds;
    pthread_mutex_init(&p->lock, NULL);
    pthread_condattr_init(&runs);
    pthread_condattr_setclock(&runs, CLOCK_MONOTONIC);
    pthread_cond_init(&p->wake, &runs);
    pthread_condattr_destroy(&runs);
    int failed = pthread_create(&p->thread, NULL, run, p);
    if (failed) {
        give_back(p);
        return qn_fail(err, QN_IO, "http.thread", "why=%s", file_why(failed));
    }
    *out = p;
    return QN_OK;
}

void patrol_stop(struct patrol *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_signal(&p->wake);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->thread, NULL);
    give_back(p);
}
