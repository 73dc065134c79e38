/* verify_marks.c - whether somebody may say what the marks of a freeze say.   Spec: protocol/spec/draw-roster.md */
#include <stdio.h>
#include <string.h>

#include "node/draw/verify_internal.h"
#include "node/store/tree.h"

static bool accepts(const uint8_t *reasons, unsigned n, uint8_t reason)
{
    return n && memchr(reasons, reason, n) != NULL;
}

bool verify_mark_counts(const struct qn_rules *r, const struct qn_mark *m)
{
    char scope[2 * QN_NAME32 + 2];
    snprintf(scope, sizeof(scope), "%s/%s", r->series, r->task);
    if (m->scope.n && !qn_span_is(m->scope, scope))
        return false;
    if (m->kind == 1 && m->reason == QN_MARK_CARRIED && !m->scope.n)
        return true;
    return m->kind == 1 ? accepts(r->must, r->nmust, m->reason)
                        : accepts(r->exclude, r->nexclude, m->reason);
}

/* In a slot of the order. */
static bool counts(const struct facts *x, const struct qn_mark *m)
{
    for (unsigned i = 0; i < x->rules.n; i++)
        if (verify_mark_counts(&x->rules.at[i].rules, m))
            return true;
    return false;
}

static enum qn_code is_leaf(bool *out, struct verify *v, const char *office, int64_t id,
                            const uint8_t leaf[QN_HASH])
{
    struct log log;
    struct qn_err why;
    uint16_t epoch, n;
    uint64_t seq;
    QN_AUTO(log_entry) struct log_entry e = {0};
    qn_row_id_split(id, &epoch, &seq, &n);
    enum qn_code rc = log_at(&log, v->st, office, epoch, &why);
    if (!rc)
        rc = log_entry_get(&e, v->st, &log, seq, &why);
    if (rc == QN_IO || rc == QN_NOMEM)
        return qn_fail(v->err, rc, why.id, "%s", why.args);
    *out = !rc && memcmp(e.leaf, leaf, QN_HASH) == 0;
    return QN_OK;
}

/* SPEC roster-19: "A mark is authorised when its source is the leaf of an entry that says so of its object" */
static enum qn_code is_authorised(bool *out, struct facts *x, const struct qn_mark *m)
{
    const char *drawer = x->r->log.office;
    enum qn_code rc = QN_OK;
    *out = false;
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_MARK_GROUNDS);
    q_bind_text(&q, drawer);
    q_bind_span(&q, m->id);
    q_bind_int(&q, m->kind);
    q_bind_int(&q, m->reason);
    q_bind_span(&q, m->scope.n ? m->scope : qn_str(""));
    q_bind_text(&q, x->v->ground.freeze.date);
    while (!rc && !*out && q_step(&q)) {
        char office[QN_CODE_MAX + 1];
        bool from_above = q_int(&q, 2) != 0;
        if (qn_text_copy(office, sizeof(office), q_span(&q, 0)) &&
            (!from_above || strcmp(office, x->parent) == 0 ||
             tree_is_above(x->v->st, office, drawer)))
            rc = is_leaf(out, x->v, office, q_int(&q, 1), m->source);
    }
    return rc ? rc : query_end(&q, x->v->err);
}

static void tell(struct facts *x, enum verdict_code code, struct name_list *names)
{
    const struct ground *g = &x->v->ground;
    if (!names->n)
        return;
    size_t n = names->n;
    struct finding *f = findings_add(x->f, code, g->log.origin, g->seq, g->leaf);
    finding_put(x->f, f, "n", "%zu", n);
    finding_put(x->f, f, "objects", "%s", name_list_text(names));
}

enum qn_code verify_marks(struct facts *x)
{
    const struct qn_roster *r = &x->v->ground.roster.r;
    QN_AUTO(name_list) struct name_list must, excluded;
    name_list_init(&must);
    name_list_init(&excluded);
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < r->nmarks; i++) {
        const struct qn_mark *m = &r->mark[i];
        bool fine = true;
        char text[300];
        if (!counts(x, m))
            continue;
        rc = is_authorised(&fine, x, m);
        snprintf(text, sizeof(text), "%.*s (%u)", (int)m->id.n, (const char *)m->id.p, m->reason);
        if (!rc && !fine)
            name_list_add(m->kind == 1 ? &must : &excluded, qn_str(text));
    }
    tell(x, V_MUST_UNAUTHORISED, &must);
    tell(x, V_EXCLUDE_UNAUTHORISED, &excluded);
    return rc;
}
