/* site_files.c - what a program reads: certificates, frames, proofs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/publish/site_parts.h"

/* ---- identity ----------------------------------------------------------------------------------- */

static enum qn_code write_cert(struct site *s, const struct qn_cert *c, struct qn_span bytes)
{
    char path[SITE_PATH];
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, QN_CERT_MAX);
    qn_put_span(&b, bytes);
    /* Serials begin again in each epoch of the issuer. */
    if (c->issuer_epoch > 1)
        snprintf(path, sizeof(path), "certs/%s-%u-%u.%lu.cert", c->office, c->epoch, c->issuer_epoch,
                 (unsigned long)c->serial);
    else
        snprintf(path, sizeof(path), "certs/%s-%u-%lu.cert", c->office, c->epoch, (unsigned long)c->serial);
    return site_write(s, path, &b);
}

/* SPEC site-8: "every certificate of the tree known to the publisher" */
enum qn_code site_identity(struct site *s)
{
    QN_AUTO(qn_buf) struct qn_buf policy = {0};
    qn_buf_init(&policy, QN_POLICY_MAX);
    if (!store_policy(s->st))
        return qn_fail(s->err, QN_ABSENT, "store.not-enrolled", "dir=%s", store_dir(s->st));
    qn_policy_text(&policy, store_policy(s->st));
    enum qn_code rc = site_write(s, "root-policy.txt", &policy);
    QN_AUTO(query) struct query q = query_start(s->st, SQL_PUB_CERTS);
    while (!rc && q_step(&q)) {
        struct qn_cert c;
        struct qn_cert root;
        struct qn_err none;
        rc = qn_cert_decode(&c, q_span(&q, 5), s->err);
        /* SPEC rotation-16: "certificates of the province hold under the newest policy only" */
        if (!rc && !c.issuer[0] && qn_cert_verify_root(&root, q_span(&q, 5), store_policy(s->st), &none) != QN_OK)
            continue;
        if (!rc)
            rc = write_cert(s, &c, q_span(&q, 5));
    }
    return rc ? rc : query_end(&q, s->err);
}

/* ---- frames ------------------------------------------------------------------------------------- */

enum qn_code site_entry(struct site *s, struct qn_buf *out, const struct released_part *from)
{
    const struct log *log = &s->m.released.log[from->log];
    QN_AUTO(log_entry) struct log_entry e = {0};
    QN_AUTO(log_part) struct log_part p = {0};
    enum qn_code rc = log_entry_get(&e, s->st, log, from->seq, s->err);
    if (!rc)
        rc = log_part_get(&p, s->st, log, from->seq, from->part, s->err);
    if (rc)
        return rc;
    QN_AUTO(qn_buf) struct qn_buf head = {0}, part = {0};
    qn_buf_init(&head, QN_SIG + QN_HEADER_MAX);
    qn_buf_init(&part, QN_FRAME_MAX);
    qn_put(&head, e.sig, QN_SIG);
    qn_put_span(&head, qn_buf_span(&e.bytes));
    struct qn_part_frame f = {.origin = qn_str(log->origin),
                              .seq = from->seq,
                              .part = from->part,
                              .salt = p.salt,
                              .stored = qn_buf_span(&p.stored)};
    qn_part_frame_encode(&part, &f);
    rc = qn_buf_check(&head, s->err);
    if (!rc)
        rc = qn_buf_check(&part, s->err);
    if (rc)
        return rc;
    qn_frame_put(out, QN_FRAME_HEADER, qn_buf_span(&head));
    qn_frame_put(out, QN_FRAME_PART, qn_buf_span(&part));
    return qn_buf_check(out, s->err);
}

enum qn_code site_frames(struct site *s, struct qn_buf *out, const struct m_draw *d,
                         const struct m_order *order, const struct m_freeze *freeze)
{
    enum qn_code rc = site_entry(s, out, &order->key.from);
    if (!rc)
        rc = site_entry(s, out, &freeze->key.from);
    if (!rc)
        rc = site_entry(s, out, &d->key.from);
    /* A list too long for one entry goes on in further DRAW entries, whose rows name the first. */
    size_t n;
    const struct m_selected *sel = model_selected(&s->m, d->key.office, d->key.id, &n);
    uint64_t last = d->key.from.seq;
    while (!rc) {
        const struct released_part *next = NULL;
        for (size_t i = 0; i < n; i++)
            if (sel[i].key.from.seq > last && (!next || sel[i].key.from.seq < next->seq))
                next = &sel[i].key.from;
        if (!next)
            break;
        rc = site_entry(s, out, next);
        last = next->seq;
    }
    return rc;
}

/* SPEC site-15: "the newest verdict of an office above" */
enum qn_code site_verdict_files(struct site *s, const struct site_draw *d)
{
    enum qn_code rc = QN_OK;
    size_t at = 0;
    for (const struct m_verdict *v; !rc && (v = site_next_verdict(s, d->row, &at)) != NULL;) {
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        char path[SITE_PATH + 64];
        qn_buf_init(&b, QN_FRAME_MAX);
        snprintf(path, sizeof(path), "%s/verdict.%.*s.frames", d->dir, (int)v->key.office.n,
                 (const char *)v->key.office.p);
        rc = site_entry(s, &b, &v->key.from);
        if (!rc)
            rc = site_write(s, path, &b);
    }
    return rc;
}

/* ---- supplements --------------------------------------------------------------------------------- */

/* The draw of the same chain on this number, of those shown so far: a chain is shown in the order of its draws. */
static const struct site_draw *of_chain(const struct site *s, const struct site_draw *d,
                                        const struct m_order *o, int64_t supp)
{
    const struct site_draw *all = s->draws.at;
    for (size_t i = 0; i < s->draws.n; i++) {
        const struct m_order *x = model_order_of(&s->m, all[i].row);
        if (x && x->supp == supp && x->attempt == o->attempt && x->round == o->round &&
            strcmp(all[i].office, d->office) == 0 && qn_span_eq(x->issuer, o->issuer) &&
            qn_span_eq(x->series, o->series) && qn_span_eq(x->task, o->task) &&
            qn_span_eq(x->type, o->type))
            return &all[i];
    }
    return NULL;
}

static enum qn_code write_chain(struct site *s, const struct site_view *v)
{
    char path[SITE_PATH + 16];
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, SITE_FILE_MAX);
    for (int64_t supp = 0; supp < v->order->supp; supp++) {
        const struct site_draw *d = of_chain(s, v->sum, v->order, supp);
        if (!d)
            break;
        char id[40];
        qn_row_id_text(id, d->row->key.id);
        qn_put_fmt(&b, "%s:%s\n", d->office, id);
    }
    snprintf(path, sizeof(path), "%s/chain.txt", v->sum->dir);
    return b.n ? site_write(s, path, &b) : QN_OK;
}

static const struct m_exception *exception_at(struct site *s, const struct qn_leaf_ref *at)
{
    for (size_t i = 0; i < model_count(&s->m, M_EXCEPTION); i++) {
        const struct m_exception *e = model_at(&s->m, M_EXCEPTION, i);
        if (e->key.from.seq == at->index &&
            strcmp(s->m.released.log[e->key.from.log].origin, at->origin) == 0)
            return e;
    }
    return NULL;
}

static int by_place(const void *a, const void *b)
{
    const struct released_part *x = a, *y = b;
    return x->log != y->log ? (x->log > y->log) - (x->log < y->log) : (x->seq > y->seq) - (x->seq < y->seq);
}

/* SPEC site-25: "`exceptions.frames` holds those of the entries that its `exc` lines name that are released" */
static enum qn_code write_exceptions(struct site *s, const struct site_view *v)
{
    char path[SITE_PATH + 32];
    struct released_part at[QN_ORDER_EXC];
    size_t n = 0;
    enum qn_code rc = QN_OK;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, SITE_FILE_MAX);
    for (unsigned i = 0; i < v->ev.order.nexc; i++) {
        const struct m_exception *e = exception_at(s, &v->ev.order.exc[i]);
        if (e)
            at[n++] = e->key.from;
    }
    if (n)
        qsort(at, n, sizeof(*at), by_place);
    for (size_t i = 0; !rc && i < n; i++)
        rc = site_entry(s, &b, &at[i]);
    snprintf(path, sizeof(path), "%s/exceptions.frames", v->sum->dir);
    return rc || !n ? rc : site_write(s, path, &b);
}

enum qn_code site_supplement_files(struct site *s, const struct site_view *v)
{
    enum qn_code rc = v->order->supp > 0 ? write_chain(s, v) : QN_OK;
    return rc || !v->order->supp ? rc : write_exceptions(s, v);
}

/* ---- proofs ------------------------------------------------------------------------------------- */

enum qn_code site_proofs(struct site *s, const char *path, const struct released_part *from,
                         const struct site_times *times)
{
    const struct log *log = &s->m.released.log[from->log];
    for (unsigned i = 0; i < times->n; i++) {
        struct qn_proof proof;
        char file[SITE_PATH];
        QN_AUTO(qn_buf) struct qn_buf note = {0}, out = {0};
        qn_buf_init(&note, QN_NOTE_MAX);
        qn_buf_init(&out, 2 * QN_NOTE_MAX);
        enum qn_code rc = log_inclusion(s->st, log, from->seq, times->by[i].size, &proof, s->err);
        if (!rc)
            rc = log_checkpoint_note(&note, s->st, log, times->by[i].size, s->err);
        if (rc)
            return rc;
        qn_proof_write(&out, from->seq, &proof, qn_buf_span(&note));
        snprintf(file, sizeof(file), "%s.%s.proof", path, times->by[i].office);
        rc = site_write(s, file, &out);
        if (rc)
            return rc;
    }
    return QN_OK;
}
