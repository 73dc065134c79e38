/* verify_heads.c - draws that no reader can apply, for they rest on a head that never was.   Spec: protocol/spec/verdicts.md */
#include <stdlib.h>
#include <string.h>

#include "node/draw/verify_internal.h"
#include "node/store/tree.h"

/* SPEC verdicts-49: "among whose deps is a head that is false as in verdicts-21" */
static enum qn_code is_false(bool *out, uint64_t *held, struct verify *v, const struct qn_dep *dep,
                             uint64_t draw_s)
{
    char origin[QN_ORIGIN_MAX + 1];
    struct log log;
    struct qn_err none;
    uint8_t root[QN_HASH];
    uint64_t most;
    bool forked;
    *out = false;
    if (!qn_text_copy(origin, sizeof(origin), dep->origin) ||
        log_find(&log, v->st, origin, &none) != QN_OK)
        return QN_OK;
    enum qn_code rc = verify_is_forked(&forked, v, &log);
    if (!rc)
        rc = verify_size_at(&most, v, &log, draw_s);
    if (rc || forked)
        return rc;
    *held = log.verified > most ? most : log.verified;
    *out = dep->size > most ||
           (dep->size <= log.verified && log_root(v->st, &log, dep->size, root, &none) == QN_OK &&
            memcmp(root, dep->root, QN_HASH) != 0);
    return QN_OK;
}

static enum qn_code judge_entry(struct verify *v, const char *office, const struct log *log,
                                const struct qn_header *h, const uint8_t leaf[QN_HASH])
{
    char parent[QN_CODE_MAX + 1];
    uint64_t draw_s =
        tree_orderer(v->st, office, parent) ? first_cosigned_s(v->st, log, h->seq, parent) : 0;
    for (unsigned i = 0; i < h->ndeps; i++) {
        bool found;
        uint64_t held = 0;
        enum qn_code rc = is_false(&found, &held, v, &h->dep[i], draw_s);
        if (rc)
            return rc;
        if (!found)
            continue;
        struct verdict *to = verify_add_rows(v, office, log->origin, h->seq);
        if (!to)
            return qn_fail(v->err, QN_NOMEM, "base.no-memory", "");
        struct finding *f = findings_add(&to->f, V_SEEN_FALSE, log->origin, h->seq, leaf);
        finding_put(&to->f, f, "log", "%.*s", (int)h->dep[i].origin.n,
                    (const char *)h->dep[i].origin.p);
        finding_put(&to->f, f, "size", "%llu", (unsigned long long)h->dep[i].size);
        finding_put(&to->f, f, "held", "%llu", (unsigned long long)held);
        return findings_finish(&to->f, v->err);
    }
    return QN_OK;
}

enum qn_code verify_heads(struct verify *v, const char *office)
{
    struct qn_header *h = malloc(sizeof(*h));
    enum qn_code rc = h ? QN_OK : qn_fail(v->err, QN_NOMEM, "base.no-memory", "");
    QN_AUTO(query) struct query q = query_start(v->st, SQL_DRAWS_NOT_APPLIED);
    while (!rc && q_step(&q)) {
        char of[QN_CODE_MAX + 1], origin[QN_ORIGIN_MAX + 1];
        struct log log;
        struct qn_err none;
        if (!qn_text_copy(of, sizeof(of), q_span(&q, 0)) ||
            !qn_text_copy(origin, sizeof(origin), q_span(&q, 1)) ||
            !verify_in_scope(v, of, office) || q_span(&q, 3).n != QN_HASH ||
            log_find(&log, v->st, origin, &none) != QN_OK ||
            qn_header_decode(h, q_span(&q, 2), &none) != QN_OK)
            continue;
        rc = judge_entry(v, of, &log, h, q_span(&q, 3).p);
    }
    free(h);
    return rc ? rc : query_end(&q, v->err);
}
