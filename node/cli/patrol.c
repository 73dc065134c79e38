#include "node/cli/patrol.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/file.h"
#include "node/store/purge.h"
#include "node/store/recheck.h"
#include "node/store/redact.h"
#include "node/store/scrub.h"
#include "node/store/stop.h"

#define ENTRIES 5  /* a year of a county's log is then seen some four times a year */
#define WORK_MS 50 /* of a minute: nobody waits for it */
#define TURN    2  /* seconds between two looks at what is due */
#define TRIES \
    8 /* at scrubbing beside others, each after twice the time: a quarter of an hour; then they wait */

struct patrol {
    struct office *office;
    struct qn_report report;
    unsigned seconds;
    unsigned tries, pause; /* of scrubbing: that failed, turns until the next */
    pthread_t thread;
    struct stop stop;
    char told[48]; /* the last reason */
};

static bool stopping(void *cls)
{
    const struct patrol *p = cls;
    return stop_wait(&p->stop, 0);
}

static void recheck(struct patrol *p)
{
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

/* Said once for each reason: a full disk is no news every two seconds. */
static void tell(struct patrol *p, const struct qn_err *err)
{
    if (strcmp(p->told, err->id) != 0)
        qn_say(&p->report, err->id, "%s", err->args);
    snprintf(p->told, sizeof(p->told), "%s", err->id);
}

/* Whether something is to be scrubbed. */
static bool purge(struct patrol *p)
{
    struct qn_err err;
    struct store *st = p->office->st;
    pthread_mutex_lock(&p->office->lock);
    enum qn_code rc = purge_by_itself(st, stopping, p, &p->report, &err);
    bool due = redact_unscrubbed(st);
    pthread_mutex_unlock(&p->office->lock);
    if (rc)
        tell(p, &err);
    return due;
}

static void scrub(struct patrol *p)
{
    struct scrub s;
    struct qn_err err;
    bool taken = false;
    if (p->pause && p->pause--)
        return;
    enum qn_code rc = scrub_copy(&s, store_dir(p->office->st), stopping, p, &err);
    pthread_mutex_lock(&p->office->lock);
    if (!rc)
        rc = scrub_take(&taken, &s, p->office->st, &p->report, &err);
    if (!taken && p->tries >= TRIES) {
        redact_scrub_later(p->office->st, false);
        redact_scrub(p->office->st, &p->report);
        redact_scrub_later(p->office->st, true);
        taken = !redact_unscrubbed(p->office->st);
    }
    pthread_mutex_unlock(&p->office->lock);
    scrub_drop(&s);
    if (rc && rc != QN_LATER)
        tell(p, &err);
    p->tries = taken ? 0 : p->tries < TRIES ? p->tries + 1 : TRIES;
    p->pause = taken ? 0 : 1u << p->tries;
    if (taken)
        qn_say(&p->report, "redact.scrubbed", "");
}

static void *run(void *cls)
{
    struct patrol *p = cls;
    for (unsigned passed = TURN; !stop_wait(&p->stop, TURN * 1000); passed += TURN) {
        if (purge(p) && !stopping(p))
            scrub(p);
        if (p->seconds && passed >= p->seconds && !stopping(p)) {
            recheck(p);
            passed = 0;
        }
    }
    return NULL;
}

static void give_back(struct patrol *p)
{
    stop_release(&p->stop);
    free(p);
}

enum qn_code patrol_start(struct patrol **out, const struct cli *c, unsigned seconds,
                          struct qn_err *err)
{
    struct patrol *p = calloc(1, sizeof(*p));
    if (!p)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    p->office = c->office;
    p->report = c->report;
    p->seconds = seconds;
    enum qn_code rc = stop_open(&p->stop, err);
    int failed = rc ? 0 : pthread_create(&p->thread, NULL, run, p);
    if (failed)
        rc = qn_fail(err, QN_IO, "http.thread", "why=%s", file_why(failed));
    if (rc) {
        give_back(p);
        return rc;
    }
    *out = p;
    return QN_OK;
}

void patrol_stop(struct patrol *p)
{
    if (!p)
        return;
    stop_now(&p->stop);
    pthread_join(p->thread, NULL);
    give_back(p);
}
