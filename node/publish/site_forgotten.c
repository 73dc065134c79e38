/* site_forgotten.c - a draw of which a part was forgotten: who ordered that, when, on which basis.   Spec: publication.md */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/publish/site_parts.h"

/* An entry that a draw rests on: its own ones, its freeze. An order is never forgotten. */
struct place {
    char origin[QN_ORIGIN_MAX + 1];
    uint64_t seq;
};

static enum qn_code add(struct list *out, struct site *s, const char *origin, uint64_t seq)
{
    struct place *p = list_add(out, sizeof(*p));
    if (!p)
        return qn_fail(s->err, QN_NOMEM, "base.no-memory", "");
    qn_text_copy(p->origin, sizeof(p->origin), qn_str(origin));
    p->seq = seq;
    return QN_OK;
}

/* The first entry of the draw whose list goes on in this one, as far as rows that are released say so. */
static uint64_t head_of(const struct site *s, unsigned log, uint64_t seq)
{
    for (size_t i = 0; i < model_count(&s->m, M_SELECTED); i++) {
        const struct m_selected *x = model_at(&s->m, M_SELECTED, i);
        uint16_t epoch, n;
        uint64_t head;
        if (x->key.from.log != log || x->key.from.seq != seq)
            continue;
        qn_row_id_split(x->draw_id, &epoch, &head, &n);
        return epoch == s->m.released.log[log].epoch && head < seq ? head : seq;
    }
    return seq;
}

/* What the draw of this entry says of itself. false: its text is not here. */
static enum qn_code read_draw(bool *here, int64_t *id, struct qn_result *r, struct site *s, const struct log *log,
                              uint64_t seq)
{
    struct qn_err none;
    QN_AUTO(query) struct query q = query_start(s->st, SQL_PUB_DRAW_AT);
    q_bind_text(&q, log->office);
    q_bind_int(&q, qn_row_id(log->epoch, seq, 0));
    q_bind_int(&q, qn_row_id(log->epoch, seq, UINT16_MAX));
    *here = q_step(&q) && qn_result_parse(r, q_span(&q, 1), &none) == QN_OK;
    *id = *here ? q_int(&q, 0) : 0;
    return query_end(&q, s->err);
}

static enum qn_code is_short(bool *out, struct site *s, const struct log *log, int64_t id, const struct qn_result *r)
{
    uint64_t want = 0;
    for (unsigned i = 0; i < r->nselected; i++)
        want += r->selected[i].count;
    QN_AUTO(query) struct query q = query_start(s->st, SQL_PUB_SELECTED_COUNT);
    q_bind_text(&q, log->office);
    q_bind_int(&q, id);
    *out = q_step(&q) && (uint64_t)q_int(&q, 0) < want;
    return query_end(&q, s->err);
}

/* SPEC verdicts-6: "A list too long for one entry goes on in further DRAW entries that follow in the same transaction" -
 * which of them had the rows that are gone nobody can say any more. */
static enum qn_code add_further(struct list *out, struct site *s, const struct log *log, uint64_t seq)
{
    struct qn_result *other = malloc(sizeof(*other));
    enum qn_code rc = other ? QN_OK : qn_fail(s->err, QN_NOMEM, "base.no-memory", "");
    while (!rc && ++seq < log->verified) {
        QN_AUTO(log_entry) struct log_entry e = {0};
        bool begins;
        int64_t id;
        rc = log_entry_get(&e, s->st, log, seq, s->err);
        if (!rc)
            rc = read_draw(&begins, &id, other, s, log, seq);
        if (rc || e.h.kind != QN_KIND_DRAW || begins)
            break;
        rc = add(out, s, log->origin, seq);
    }
    free(other);
    return rc;
}

/* further: only the entries behind the first, when something of the list is not here. */
static enum qn_code places(struct list *out, struct site *s, unsigned log, uint64_t seq, bool further)
{
    const struct log *l = &s->m.released.log[log];
    struct qn_result *r = malloc(sizeof(*r));
    bool here = false, lacks = false;
    int64_t id;
    enum qn_code rc = r ? QN_OK : qn_fail(s->err, QN_NOMEM, "base.no-memory", "");
    if (!rc && !further)
        rc = add(out, s, l->origin, seq);
    if (!rc)
        rc = read_draw(&here, &id, r, s, l, seq);
    if (!rc && here && !further)
        rc = add(out, s, r->freeze.origin, r->freeze.index);
    if (!rc && here)
        rc = is_short(&lacks, s, l, id, r);
    if (!rc && lacks)
        rc = add_further(out, s, l, seq);
    free(r);
    return rc;
}

/* SPEC site-13: "A draw of which a public part" - who was sent where is in others. */
static bool was_public(struct site *s, const struct place *at, int64_t part)
{
    struct log log;
    struct qn_err none;
    QN_AUTO(log_entry) struct log_entry e = {0};
    return log_find(&log, s->st, at->origin, &none) == QN_OK && log_entry_get(&e, s->st, &log, at->seq, &none) == QN_OK &&
           part >= 0 && part < e.h.nparts && e.h.part[part].audience == QN_PUBLIC;
}

/* Names, numbers and persons are in the parts; what a reader may see of the order is its place, its day and the law. */
static enum qn_code take_order(struct site *s, struct query *q, struct qn_buf *frames,
                               struct qn_buf *text)
{
    struct log log;
    uint16_t epoch, n;
    uint64_t seq;
    QN_AUTO(log_entry) struct log_entry e = {0};
    QN_AUTO(qn_buf) struct qn_buf head = {0};
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

enum qn_code site_lost(bool *out, struct site *s, const struct released_part *draw)
{
    QN_AUTO(list) struct list at = {0};
    enum qn_code rc = places(&at, s, draw->log, draw->seq, true);
    const struct place *p = at.at;
    *out = false;
    for (size_t i = 0; !rc && !*out && i < at.n; i++) {
        QN_AUTO(query) struct query q = query_start(s->st, SQL_PUB_FORGOTTEN);
        q_bind_text(&q, p[i].origin);
        q_bind_int(&q, (int64_t)p[i].seq);
        while (!*out && q_step(&q))
            *out = was_public(s, &p[i], q_int(&q, 4));
        rc = query_end(&q, s->err);
    }
    return rc;
}

enum qn_code site_forgotten(struct site *s, unsigned log, uint64_t seq, const char *name,
                            struct qn_buf *text)
{
    QN_AUTO(list) struct list at = {0};
    char path[SITE_PATH];
    QN_AUTO(qn_buf) struct qn_buf frames = {0};
    qn_buf_init(&frames, QN_FRAME_MAX);
    enum qn_code rc = places(&at, s, log, head_of(s, log, seq), false);
    const struct place *p = at.at;
    for (size_t i = 0; !rc && i < at.n; i++) {
        QN_AUTO(query) struct query q = query_start(s->st, SQL_PUB_FORGOTTEN);
        q_bind_text(&q, p[i].origin);
        q_bind_int(&q, (int64_t)p[i].seq);
        while (!rc && q_step(&q))
            if (was_public(s, &p[i], q_int(&q, 4)))
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
