/* site_forgotten.c - a draw of which a part was forgotten: who ordered that, when, on which basis.   Spec: publication.md */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/publish/site_parts.h"

#define PLACES 2 /* the draw, its freeze: an order is never forgotten */

struct place {
    char origin[QN_ORIGIN_MAX + 1];
    uint64_t seq;
};

/* What the draw rests on, as far as its own text is still there to say so. */
static size_t places(struct place out[PLACES], const struct site *s, unsigned log, uint64_t seq)
{
    size_t n = 1;
    qn_text_copy(out[0].origin, sizeof(out[0].origin), qn_str(s->m.released.log[log].origin));
    out[0].seq = seq;
    for (size_t i = 0; i < model_count(&s->m, M_DRAW); i++) {
        const struct m_draw *d = model_at(&s->m, M_DRAW, i);
        struct qn_result *r = NULL;
        struct qn_err none;
        if (d->key.from.log != log || d->key.from.seq != seq)
            continue;
        r = malloc(sizeof(*r));
        if (r && qn_result_parse(r, d->text, &none) == QN_OK) {
            snprintf(out[n].origin, sizeof(out[n].origin), "%s", r->freeze.origin);
            out[n++].seq = r->freeze.index;
        }
        free(r);
        break;
    }
    return n;
}

/* Names, numbers and persons are in the parts; what a reader may see of the order is its place, its day and the law. */
static enum qn_code take_order(struct site *s, struct query *q, struct qn_buf *frames,
                               struct qn_buf *text)
{
    struct log log;
    uint16_t epoch, n;
    uint64_t seq;
    QN_AUTO(log_entry) struct log_entry e = {0};
    QN_AUTO(qn_buf) struct qn_buf head;
    char office[QN_CODE_MAX + 1];
    qn_row_id_split(q_int(q, 1), &epoch, &seq, &n);
    enum qn_code rc = qn_text_copy(office, sizeof(office), q_span(q, 0))
                          ? log_at(&log, s->st, office, epoch, s->err)
                          : QN_OK;
    if (!rc)
        rc = log_entry_get(&e, s->st, &log, seq, s->err);
    if (rc)
        return rc;
    qn_buf_init(&head, QN_SIG + QN_HEADER_MAX);
    qn_put(&head, e.sig, QN_SIG);
    qn_put_span(&head, qn_buf_span(&e.bytes));
    rc = qn_buf_check(&head, s->err);
    if (rc)
        return rc;
    qn_frame_put(frames, QN_FRAME_HEADER, qn_buf_span(&head));
    qn_put_str(text, "<li>");
    html_say(text, "site.forgotten-by", "office=%s|day=%.10s|log=%s|seq=%llu|basis=%.200s",
             site_name_of(s, qn_str(office)), q_text(q, 3), log.origin, (unsigned long long)seq,
             q_text(q, 2));
    qn_put_str(text, "</li>\n");
    return QN_OK;
}

enum qn_code site_forgotten(struct site *s, unsigned log, uint64_t seq, const char *name,
                            struct qn_buf *text)
{
    struct place at[PLACES];
    char path[SITE_PATH];
    QN_AUTO(qn_buf) struct qn_buf frames;
    enum qn_code rc = QN_OK;
    size_t n = places(at, s, log, seq);
    qn_buf_init(&frames, QN_FRAME_MAX);
    for (size_t i = 0; !rc && i < n; i++) {
        QN_AUTO(query) struct query q = query_start(s->st, SQL_PUB_FORGOTTEN);
        q_bind_text(&q, at[i].origin);
        q_bind_int(&q, (int64_t)at[i].seq);
        while (!rc && q_step(&q))
            rc = take_order(s, &q, &frames, text);
        if (!rc)
            rc = query_end(&q, s->err);
    }
    if (!rc)
        rc = qn_buf_check(&frames, s->err);
    if (rc || !frames.n)
        return rc;
    snprintf(path, sizeof(path), "sealed/%s.forgotten.frames", name);
    return site_write(s, path, &frames);
}
