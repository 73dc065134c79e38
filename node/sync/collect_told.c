/* collect_told.c - how far the peer was told of the branches of forked logs. */
#include <stdlib.h>

#include "node/sync/collect.h"

#define CHANGED_MAX 48 /* logs of one stream whose branches are told of */

struct told *collect_told_of(const struct collect *c, const struct log *log)
{
    for (size_t i = 0; i < c->ntold; i++)
        if (c->told[i].log.no == log->no)
            return &c->told[i];
    return NULL;
}

enum qn_code collect_told(struct told **out, struct collect *c, const struct log *log, bool branch,
                          struct qn_err *err)
{
    *out = collect_told_of(c, log);
    if (*out)
        return QN_OK;
    if (c->ntold == c->told_cap) {
        size_t cap = c->told_cap ? c->told_cap * 2 : 16;
        struct told *grown = realloc(c->told, cap * sizeof(*grown));
        if (!grown)
            return qn_fail(err, QN_NOMEM, "base.no-memory", "");
        c->told = grown;
        c->told_cap = cap;
    }
    struct told *t = &c->told[c->ntold++];
    *t = (struct told){.log = *log, .branch = branch};
    *out = t;
    return told_read(t, c->st, exchange_have_of(c->o->peer, log->origin), err);
}

void collect_tell(struct collect *c, struct told *t, enum told_what what, uint64_t at)
{
    if (c->sent->more || at <= t->at[what])
        return;
    if (!t->changed && c->nchanged == CHANGED_MAX) {
        c->sent->more = true;
        return;
    }
    c->nchanged += !t->changed;
    t->changed = true;
    t->at[what] = at;
}

enum qn_code collect_tolds(struct collect *c, struct qn_err *err)
{
    enum qn_code rc = run_flush(&c->run, &c->sent->bytes, err);
    for (size_t i = 0; !rc && c->o->line && i < c->ntold; i++) {
        const struct told *t = &c->told[i];
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        if (!t->changed)
            continue;
        qn_buf_init(&b, 1 + QN_ORIGIN_MAX + QN_TOLD_MAX);
        rc = told_frame(&b, c->st, t, exchange_have_of(c->o->peer, t->log.origin), err);
        if (!rc)
            rc = run_put(&c->run, QN_FRAME_TOLD, qn_buf_span(&b), true, &c->sent->bytes, err);
        c->sent->frames[QN_FRAME_TOLD] += !rc;
    }
    return rc;
}
