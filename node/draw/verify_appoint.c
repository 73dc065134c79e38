/* verify_appoint.c - whether whoever was borrowed from a neighbour is in that neighbour's pool.   Spec: exceptions.md */
#include <string.h>

#include "node/draw/verify_internal.h"
#include "node/store/tree.h"

/* "140622" of "140622/JS003". */
static bool office_of(char out[QN_CODE_MAX + 1], const char *inspector)
{
    const char *slash = strchr(inspector, '/');
    return slash &&
           qn_text_copy(out, QN_CODE_MAX + 1,
                        (struct qn_span){(const uint8_t *)inspector, (size_t)(slash - inspector)});
}

/* The nearest office above the drawer that is above the neighbour as well: its clock orders their logs. */
static bool witness_of(char out[QN_CODE_MAX + 1], struct facts *x, const char *neighbour)
{
    char above[QN_CODE_MAX + 1];
    memcpy(out, x->r->log.office, sizeof(above));
    for (int i = 0; i < QN_CHAIN_MAX && tree_parent(x->v->st, out, above); i++) {
        memcpy(out, above, sizeof(above));
        if (tree_is_above(x->v->st, above, neighbour))
            return true;
    }
    return false;
}

/* SPEC exc-27: "the newest freeze of that office that an office above both first cosigned before it first cosigned the
 * exception" */
static enum qn_code find_pool(struct log *log, uint64_t *seq, bool *found, struct facts *x,
                              const char *neighbour, const struct chain_exc *e)
{
    char witness[QN_CODE_MAX + 1];
    struct log told;
    struct qn_err none;
    *found = false;
    if (!witness_of(witness, x, neighbour) || log_find(&told, x->v->st, e->origin, &none) != QN_OK)
        return QN_OK;
    uint64_t until = first_cosigned_s(x->v->st, &told, e->seq, witness);
    QN_AUTO(query) struct query q = query_start(x->v->st, SQL_FREEZES);
    q_bind_text(&q, neighbour);
    q_bind_int(&q, 0);
    while (until && q_step(&q)) {
        struct log of;
        uint16_t epoch, n;
        uint64_t at;
        qn_row_id_split(q_int(&q, 0), &epoch, &at, &n);
        uint64_t t = verify_log_at(&of, x->v->st, neighbour, epoch, &none)
                         ? first_cosigned_s(x->v->st, &of, at, witness)
                         : 0;
        if (!t || t > until)
            continue;
        *found = true;
        *log = of;
        *seq = at;
    }
    return query_end(&q, x->v->err);
}

/* SPEC exc-27: "he is not in that freeze, is not available in it, or is recused from the object by it" */
static bool is_lent(const struct qn_roster *r, const struct chain_exc *e)
{
    size_t at;
    if (!qn_roster_inspector(r, qn_str(e->x.inspector), &at))
        return false;
    if (!r->inspector[at].available)
        return false;
    for (size_t i = 0; i < r->nrecusals; i++)
        if (qn_span_is(r->recusal[i].inspector, e->x.inspector) &&
            qn_span_is(r->recusal[i].object, e->x.object))
            return false;
    return true;
}

enum qn_code verify_appointed(struct facts *x, const struct chain_exc *e)
{
    /* A ground of its own: the chain rests on the one of the draw. */
    QN_AUTO(ground) struct ground g = {.loaded = false};
    char neighbour[QN_CODE_MAX + 1];
    struct log log;
    uint64_t seq = 0;
    bool found = false;
    struct qn_err why;
    if (strcmp(e->x.reason, EXC_NEIGHBOUR_POOL) != 0)
        return QN_OK;
    enum qn_code rc = QN_OK;
    if (office_of(neighbour, e->x.inspector))
        rc = find_pool(&log, &seq, &found, x, neighbour, e);
    if (!rc && found) {
        rc = ground_load(&g, x->v->st, log.origin, seq, &why);
        if (rc == QN_IO || rc == QN_NOMEM)
            return qn_fail(x->v->err, rc, why.id, "%s", why.args);
        found = !rc && ground_check(&g, &why) == QN_OK;
        rc = QN_OK;
    }
    if (rc || !found) {
        findings_skip(x->f, V_APPOINT_MISMATCH, "verdict.skip.neighbour");
        return rc;
    }
    if (!is_lent(&g.roster.r, e)) {
        struct finding *f = findings_add(x->f, V_APPOINT_MISMATCH, e->origin, e->seq, e->leaf);
        finding_put(x->f, f, "object", "%s", e->x.object);
        finding_put(x->f, f, "inspector", "%s", e->x.inspector);
        finding_put(x->f, f, "pool", "%s#%llu", log.origin, (unsigned long long)seq);
    }
    return QN_OK;
}
