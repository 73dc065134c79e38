#include "node/publish/released.h"

#include <stdlib.h>
#include <string.h>

#include "node/store/part.h"
#include "qian/draw.h"

/* ---- lists -------------------------------------------------------------------------------------- */

void *list_add(struct list *l, size_t each)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 32;
        void *p = cap > SIZE_MAX / each ? NULL : realloc(l->at, cap * each);
        if (!p)
            return NULL;
        l->at = p;
        l->cap = cap;
        l->each = each;
    }
    void *item = (uint8_t *)l->at + l->n++ * each;
    memset(item, 0, each);
    return item;
}

void list_free(struct list *l)
{
    free(l->at);
    *l = (struct list){0};
}

static enum qn_code no_memory(struct qn_err *err)
{
    return qn_fail(err, QN_NOMEM, "base.no-memory", "");
}

/* ---- the set ------------------------------------------------------------------------------------ */

static int by_origin(const void *a, const void *b)
{
    const struct log *x = a, *y = b;
    return strcmp(x->origin, y->origin);
}

static int by_place(const void *a, const void *b)
{
    const struct released_part *x = a, *y = b;
    if (x->log != y->log)
        return x->log < y->log ? -1 : 1;
    if (x->seq != y->seq)
        return x->seq < y->seq ? -1 : 1;
    return (x->part > y->part) - (x->part < y->part);
}

static enum qn_code load_logs(struct released *out, struct store *st, struct qn_err *err)
{
    struct list l = {0};
    QN_AUTO(query) struct query q = query_start(st, SQL_PUB_LOGS);
    while (q_step(&q)) {
        struct log *log = list_add(&l, sizeof(*log));
        if (!log) {
            list_free(&l);
            return no_memory(err);
        }
        log->no = q_int(&q, 0);
        qn_text_copy(log->origin, sizeof(log->origin), q_span(&q, 1));
        qn_text_copy(log->office, sizeof(log->office), q_span(&q, 2));
        log->epoch = (uint16_t)q_int(&q, 3);
        log->size = (uint64_t)q_int(&q, 4);
        log->verified = (uint64_t)q_int(&q, 5);
    }
    if (l.n)
        qsort(l.at, l.n, sizeof(struct log), by_origin);
    out->log = l.at;
    out->nlogs = (unsigned)l.n;
    return query_end(&q, err);
}

bool released_log(const struct released *r, struct qn_span origin, unsigned *at)
{
    struct log key;
    if (!qn_text_copy(key.origin, sizeof(key.origin), origin) || !r->nlogs)
        return false;
    const struct log *found = bsearch(&key, r->log, r->nlogs, sizeof(key), by_origin);
    if (found)
        *at = (unsigned)(found - r->log);
    return found != NULL;
}

bool released_has(const struct released *r, unsigned log, uint64_t seq, unsigned part)
{
    struct released_part key = {.log = log, .part = (uint16_t)part, .seq = seq};
    return r->nparts && bsearch(&key, r->part, r->nparts, sizeof(key), by_place);
}

/* SPEC publication-1: "its author's own, or an ORDER addressed to it" */
static bool may_release(const char *office, const struct log *log, const struct log_entry *e,
                        unsigned part)
{
    if (part >= e->h.nparts || e->h.part[part].audience != QN_PUBLIC)
        return false;
    if (strcmp(log->office, office) == 0)
        return true;
    return e->h.kind == QN_KIND_ORDER && e->h.part[part].reach == QN_TO_OFFICE &&
           qn_span_is(e->h.part[part].to, office);
}

/* What was forgotten (redact.h) is not there to be shown. */
static bool part_here(struct store *st, const struct log *log, uint64_t seq, unsigned part)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_PART_HELD);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)seq);
    q_bind_int(&q, part);
    return q_step(&q);
}

static enum qn_code take_release(struct released *out, struct list *l, struct store *st,
                                 const char *office, const struct qn_release *r, struct qn_err *err)
{
    for (size_t i = 0; i < r->nparts; i++) {
        unsigned at;
        /* What is not held here cannot be shown from here. */
        if (!released_log(out, qn_str(r->part[i].origin), &at) ||
            r->part[i].seq >= out->log[at].verified)
            continue;
        QN_AUTO(log_entry) struct log_entry e = {0};
        enum qn_code rc = log_entry_get(&e, st, &out->log[at], r->part[i].seq, err);
        if (rc)
            return rc;
        if (!may_release(office, &out->log[at], &e, r->part[i].part) ||
            !part_here(st, &out->log[at], r->part[i].seq, r->part[i].part))
            continue;
        struct released_part *p = list_add(l, sizeof(*p));
        if (!p)
            return no_memory(err);
        *p = (struct released_part){.log = at, .part = r->part[i].part, .seq = r->part[i].seq};
    }
    return QN_OK;
}

static enum qn_code load_releases(struct released *out, struct list *l, struct store *st,
                                  struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_PUB_RELEASES);
    enum qn_code rc = QN_OK;
    while (!rc && q_step(&q)) {
        char office[QN_CODE_MAX + 1];
        struct qn_release r = {0};
        struct qn_err bad;
        /* A text that its author spoilt releases nothing; the others stand. */
        if (!qn_text_copy(office, sizeof(office), q_span(&q, 0)) ||
            qn_release_parse(&r, q_span(&q, 1), &bad) != QN_OK)
            continue;
        rc = take_release(out, l, st, office, &r, err);
        qn_release_release(&r);
    }
    return rc ? rc : query_end(&q, err);
}

enum qn_code released_load(struct released *out, struct store *st, struct qn_err *err)
{
    struct released made = {0};
    struct list l = {0};
    enum qn_code rc = load_logs(&made, st, err);
    if (!rc)
        rc = load_releases(&made, &l, st, err);
    if (rc) {
        list_free(&l);
        released_free(&made);
        return rc;
    }
    made.part = l.at;
    if (l.n)
        qsort(made.part, l.n, sizeof(*made.part), by_place);
    for (size_t i = 0; i < l.n; i++) /* a part may be named by many releases */
        if (!made.nparts || by_place(&made.part[made.nparts - 1], &made.part[i]) != 0)
            made.part[made.nparts++] = made.part[i];
    *out = made;
    return QN_OK;
}

void released_free(struct released *r)
{
    free(r->log);
    free(r->part);
    *r = (struct released){0};
}

/* ---- rows --------------------------------------------------------------------------------------- */

enum qn_code released_rows(struct qn_buf *bytes, struct store *st, const struct log *log,
                           uint64_t seq, unsigned part, qn_row_fn *row, void *ctx,
                           struct qn_err *err)
{
    QN_AUTO(log_entry) struct log_entry e = {0};
    enum qn_code rc = log_entry_get(&e, st, log, seq, err);
    if (rc)
        return rc;
    struct log_part p = {0};
    QN_AUTO(qn_buf) struct qn_buf unused = {0}; /* public parts are stored as they are */
    rc = log_part_get(&p, st, log, seq, part, err);
    *bytes = p.stored; /* handed over: the rows borrow from it */
    if (!rc)
        rc = qn_part_check(&e.h.part[part], p.salt, qn_buf_span(bytes), err);
    return rc ? rc
              : part_rows(store_registry(st), &e.h, part, qn_buf_span(bytes), &unused, row, ctx,
                          NULL, err);
}

const struct qn_value *row_column(const struct qn_row *row, const char *name)
{
    static const struct qn_value none = {.type = QN_NULL, .s = {NULL, 0}};
    for (unsigned i = 0; i < row->table->ncols; i++)
        if (strcmp(row->table->col[i].name, name) == 0)
            return &row->col[i];
    return &none;
}
