#include "node/draw/carry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/act.h"
#include "node/store/clock.h"
#include "qian/draw.h"

/* SPEC exc-17: "until a roster says that the object is `deregistered` or `rescinded`" */
static bool is_gone(const struct qn_roster *r, struct qn_span object)
{
    size_t at;
    return qn_roster_object(r, object, &at) &&
           (r->object[at].attr.status == 2 || r->object[at].attr.status == 4);
}

static bool is_marked(const struct qn_roster *r, struct qn_span object)
{
    for (size_t i = 0; i < r->nmarks; i++)
        if (r->mark[i].kind == 1 && r->mark[i].reason == QN_MARK_CARRIED && !r->mark[i].scope.n &&
            qn_span_eq(r->mark[i].id, object))
            return true;
    return false;
}

static bool is_recused(const struct qn_roster *r, struct qn_span inspector, struct qn_span object)
{
    for (size_t i = 0; i < r->nrecusals; i++)
        if (qn_span_eq(r->recusal[i].inspector, inspector) &&
            qn_span_eq(r->recusal[i].object, object))
            return true;
    return false;
}

/* What one exception asks of a roster. */
struct wish {
    enum { WISH_NOTHING, WISH_MARK, WISH_LIFT, WISH_RECUSAL } what;
    struct qn_exc x;
    int64_t id; /* of its row */
    char by[65];
};

/* SPEC exc-17: "or a result of the object was logged since" */
static enum qn_code has_result(bool *out, struct store *st, const char *office,
                               const struct wish *w, int64_t before, const char *date,
                               struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_RESULT_SINCE);
    q_bind_text(&q, office);
    q_bind_text(&q, w->x.object);
    q_bind_int(&q, w->id);
    q_bind_int(&q, before);
    q_bind_text(&q, w->x.date);
    q_bind_text(&q, date);
    *out = q_step(&q);
    return query_end(&q, err);
}

static enum qn_code judge(struct wish *w, struct store *st, const char *office,
                          const struct roster *roster, int64_t before, struct qn_err *err)
{
    const struct qn_roster *r = &roster->r;
    size_t at;
    bool over = false;
    w->what = WISH_NOTHING;
    if (w->x.kind == QN_EXC_RECUSAL) {
        if (qn_roster_inspector(r, qn_str(w->x.inspector), &at) &&
            !is_recused(r, qn_str(w->x.inspector), qn_str(w->x.object)))
            w->what = WISH_RECUSAL;
        return QN_OK;
    }
    if (w->x.kind != QN_EXC_VOID)
        return QN_OK;
    enum qn_code rc = has_result(&over, st, office, w, before, roster->date, err);
    over = over || is_gone(r, qn_str(w->x.object));
    if (over != !is_marked(r, qn_str(w->x.object)))
        w->what = over ? WISH_LIFT : WISH_MARK;
    return rc;
}

struct wishes {
    struct wish *at;
    size_t n;
};
static void wishes_auto(struct wishes *w)
{
    free(w->at);
}

static enum qn_code read_wishes(struct wishes *out, struct store *st, const char *office,
                                const struct roster *roster, int64_t before, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    size_t cap = 0;
    QN_AUTO(query) struct query q = query_start(st, SQL_EXCEPTIONS);
    q_bind_text(&q, office);
    while (!rc && q_step(&q) && q_int(&q, 0) < before) {
        struct qn_err none;
        if (out->n == cap) {
            cap = cap ? cap * 2 : 16;
            struct wish *more = realloc(out->at, cap * sizeof(*more));
            if (!more)
                return qn_fail(err, QN_NOMEM, "base.no-memory", "");
            out->at = more;
        }
        struct wish *w = &out->at[out->n];
        *w = (struct wish){.id = q_int(&q, 0)};
        if (qn_exc_parse(&w->x, q_span(&q, 5), &none) != QN_OK ||
            !qn_text_copy(w->by, sizeof(w->by), q_span(&q, 6)))
            continue;
        rc = judge(w, st, office, roster, before, err);
        /* A later void of the same object decides again. */
        for (size_t i = 0; i < out->n && w->x.kind == QN_EXC_VOID; i++)
            if (out->at[i].x.kind == QN_EXC_VOID && strcmp(out->at[i].x.object, w->x.object) == 0)
                out->at[i].what = WISH_NOTHING;
        out->n++;
    }
    return rc ? rc : query_end(&q, err);
}

enum qn_code carry_missing(struct name_list *marks, struct name_list *recusals, struct store *st,
                           const char *office, const struct roster *roster, int64_t before,
                           struct qn_err *err)
{
    QN_AUTO(wishes) struct wishes w = {.n = 0};
    enum qn_code rc = read_wishes(&w, st, office, roster, before, err);
    for (size_t i = 0; !rc && i < w.n; i++) {
        char pair[2 * QN_EXC_ID + 4];
        if (w.at[i].what == WISH_MARK)
            name_list_add(marks, qn_str(w.at[i].x.object));
        if (w.at[i].what != WISH_RECUSAL)
            continue;
        snprintf(pair, sizeof(pair), "%s – %s", w.at[i].x.inspector, w.at[i].x.object);
        name_list_add(recusals, qn_str(pair));
    }
    return rc;
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

/* The row of this key is revised when there is one: revisions decide, not ids. */
static enum qn_code row_of(int64_t *id, int64_t *rev, struct act *a, const struct wish *w,
                           struct qn_err *err)
{
    bool recusal = w->what == WISH_RECUSAL;
    QN_AUTO(query) struct query q = query_start(a->st, recusal ? SQL_RECUSAL_OF : SQL_MARK_CARRIED);
    q_bind_text(&q, store_self(a->st)->office);
    if (recusal)
        q_bind_text(&q, w->x.inspector);
    q_bind_text(&q, w->x.object);
    bool found = q_step(&q);
    *id = found ? q_int(&q, 0) : act_id(a);
    *rev = found ? q_int(&q, 1) + 1 : 1;
    return query_end(&q, err);
}

static enum qn_code leaf_of(uint8_t leaf[QN_HASH], struct store *st, int64_t id, struct qn_err *err)
{
    QN_AUTO(log_entry) struct log_entry e = {0};
    struct log log;
    uint16_t epoch, n;
    uint64_t seq;
    qn_row_id_split(id, &epoch, &seq, &n);
    enum qn_code rc = log_at(&log, st, store_self(st)->office, epoch, err);
    if (!rc)
        rc = log_entry_get(&e, st, &log, seq, err);
    if (!rc)
        memcpy(leaf, e.leaf, QN_HASH);
    return rc;
}

static enum qn_code put_wish(struct act *a, const struct wish *w, int64_t version, const char *now,
                             struct qn_err *err)
{
    struct qn_row row;
    int64_t id, rev;
    uint8_t source[QN_HASH];
    enum qn_code rc = row_of(&id, &rev, a, w, err);
    if (!rc)
        rc = leaf_of(source, a->st, w->id, err);
    if (rc)
        return rc;
    row_start(&row, a, w->what == WISH_RECUSAL ? "recusal" : "mark", id, rev);
    row_int(&row, "roster", version);
    row_text(&row, "object_id", w->x.object);
    if (w->what == WISH_RECUSAL) {
        row_text(&row, "insp_id", w->x.inspector);
    } else {
        row_int(&row, "kind", 1);
        row_int(&row, "reason_code", QN_MARK_CARRIED);
        row_text(&row, "scope", "");
        row_blob(&row, "source", source, sizeof(source));
    }
    row_int(&row, "active", w->what != WISH_LIFT);
    row_text(&row, "acted_by", w->by);
    row_text(&row, "recorded_on", now);
    row_text(&row, "reason", w->x.reason);
    return act_put(a, &row, err);
}

static enum qn_code close_version(struct store *st, int64_t version, size_t rows,
                                  const uint8_t entry[QN_HASH], const char *by, const char *now,
                                  struct qn_err *err)
{
    struct qn_frontier leaves = {.size = 0};
    uint8_t root[QN_HASH];
    struct qn_row row;
    qn_frontier_append(&leaves, entry, NULL, NULL);
    qn_frontier_root(&leaves, root);
    QN_AUTO(act) struct act a = {0};
    enum qn_code rc = act_begin(&a, st, duty_of(DUTY_ROSTER_CARRY), NULL, QN_KIND_ROSTER_CLOSE,
                                QN_LANE_BULK, err);
    if (!rc)
        rc = act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, err);
    if (rc)
        return rc;
    row_start(&row, &a, "roster_close", act_id(&a), 1);
    row_int(&row, "roster", version);
    row_int(&row, "entries", 1);
    row_int(&row, "rows", (int64_t)rows);
    row_blob(&row, "root", root, QN_HASH);
    row_text(&row, "acted_by", by);
    row_text(&row, "recorded_on", now);
    rc = act_put(&a, &row, err);
    return rc ? rc : act_commit(&a, NULL, NULL, err);
}

/* SPEC exc-19: "as one closed roster version" */
static enum qn_code write_version(struct store *st, const struct wishes *w, int64_t version,
                                  size_t rows, struct qn_err *err)
{
    char now[20];
    uint8_t leaf[QN_HASH];
    const char *by = "";
    clock_local(st, now);
    {
        QN_AUTO(act) struct act a = {0};
        enum qn_code rc =
            act_begin(&a, st, duty_of(DUTY_ROSTER_CARRY), NULL, QN_KIND_ROSTER, QN_LANE_BULK, err);
        if (!rc)
            rc = act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, err);
        for (size_t i = 0; !rc && i < w->n; i++) {
            if (w->at[i].what == WISH_NOTHING)
                continue;
            by = w->at[i].by;
            rc = put_wish(&a, &w->at[i], version, now, err);
        }
        if (!rc)
            rc = act_commit(&a, NULL, leaf, err);
        if (rc)
            return rc;
    }
    return close_version(st, version, rows, leaf, by, now, err);
}

enum qn_code carry_over(int64_t *version, struct store *st, struct qn_err *err)
{
    QN_AUTO(roster) struct roster roster = {0};
    QN_AUTO(wishes) struct wishes w = {.n = 0};
    struct qn_err why;
    uint64_t newest;
    char today[11];
    size_t rows = 0;
    *version = 0;
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_EXCEPTION_ANY);
        q_bind_text(&q, store_self(st)->office);
        bool any = q_step(&q);
        enum qn_code rc = query_end(&q, err);
        if (rc || !any)
            return rc;
    }
    enum qn_code rc = roster_newest(st, store_self(st)->office, &newest, &why);
    if (rc)
        return rc == QN_ABSENT ? QN_OK : qn_fail(err, rc, why.id, "%s", why.args);
    clock_today(st, today);
    rc = roster_load(&roster, st, store_self(st)->office, newest, today, err);
    if (!rc)
        rc = read_wishes(&w, st, store_self(st)->office, &roster, INT64_MAX, err);
    for (size_t i = 0; !rc && i < w.n; i++)
        rows += w.at[i].what != WISH_NOTHING;
    if (rc || !rows)
        return rc;
    QN_AUTO(tx) struct tx tx = {0};
    rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = write_version(st, &w, (int64_t)newest + 1, rows, err);
    if (!rc)
        rc = tx_commit(&tx, err);
    if (!rc)
        *version = (int64_t)newest + 1;
    return rc;
}
