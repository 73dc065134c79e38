#include "node/store/own_claim.h"

#include <string.h>

#include "node/store/clock.h"
#include "node/store/internal.h"
#include "node/store/own.h"

static enum qn_code judge(bool *contradicts, bool *longer, struct store *st, const struct log *own,
                          const struct qn_receipt *r, struct qn_err *err)
{
    uint8_t root[QN_HASH];
    *contradicts = *longer = r->size > own->size;
    if (*longer || !r->size)
        return QN_OK;
    enum qn_code rc = log_root(st, own, r->size, root, err);
    *contradicts = !rc && memcmp(root, r->root, QN_HASH) != 0;
    return rc;
}

/* SPEC exchange-29: "is kept as it was signed" */
enum qn_code own_claim_keep(bool *contradicts, struct store *st, const char *from,
                            const struct log *own, const struct qn_receipt *r, struct qn_span note,
                            struct qn_err *err)
{
    bool longer;
    enum qn_code rc = judge(contradicts, &longer, st, own, r, err);
    if (rc || !*contradicts)
        return rc;
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_OWN_CLAIM_PUT);
        q_bind_text(&q, from);
        q_bind_int(&q, (int64_t)r->size);
        q_bind_blob(&q, note.p, note.n);
        q_bind_int(&q, (int64_t)clock_now_ms(st));
        rc = store_run(&q, err);
    }
    if (!rc && longer)
        return own_behind(st, own, r->size, err);
    /* Once there are two branches a receipt about the other one is no news. */
    return rc || own_state(st, NULL) == OWN_FORKED
               ? rc
              : qn_fail(err, QN_CONFLICT, "ingest.receipt-root", "from=%s|log=%s|size=%llu", r->from,
                        r->about, (unsigned long long)r->size);
}

enum qn_code own_claims(struct own_claim *out, size_t max, size_t *n, struct store *st,
                        struct qn_err *err)
{
    struct log own;
    enum qn_code rc = log_find(&own, st, st->origin, err);
    QN_AUTO(query) struct query q = query_start(st, SQL_OWN_CLAIMS);
    *n = 0;
    while (!rc && *n < max && q_step(&q)) {
        struct qn_note note;
        struct qn_receipt r;
        struct qn_err none;
        struct own_claim *c = &out[*n];
        bool stands;
        if (qn_note_parse(&note, q_span(&q, 1), &none) || qn_receipt_parse(&r, note.text, &none) ||
            strcmp(r.about, own.origin) != 0) /* of an epoch that is over */
            continue;
        rc = judge(&stands, &c->longer, st, &own, &r, err);
        if (rc || !stands)
            continue;
        qn_text_copy(c->from, sizeof(c->from), q_span(&q, 0));
        c->size = r.size;
        c->time_s = r.time_s;
        ++*n;
    }
    return rc ? rc : query_end(&q, err);
}
