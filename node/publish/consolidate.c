#include <stdlib.h>
#include <string.h>

#include "node/publish/model.h"
#include "node/publish/publication.h"
#include "node/store/act.h"
#include "node/store/release.h"
#include "node/store/tree.h"
#include "qian/rules.h"

#define CONSOLIDATE_ROWS 4000 /* of about 100 bytes: less than half of what a part may hold */

static enum qn_code no_memory(struct qn_err *err)
{
    return qn_fail(err, QN_NOMEM, "base.no-memory", "");
}

/* ---- which draws belong to the series ----------------------------------------------------------- */

struct drawn {
    char office[QN_CODE_MAX + 1];
    int64_t id;
    bool wanted;
};

struct work {
    struct store *st;
    char issuer[QN_CODE_MAX + 1], series[QN_NAME32];
    struct list draws;   /* struct drawn, as met */
    struct list targets; /* struct target */
    struct list texts;   /* char *: object ids and tasks */
    struct qn_err *err;
};

static enum qn_code slot_of(struct work *w, struct drawn *d)
{
    char origin[QN_ORIGIN_MAX + 1] = "", deployment[QN_DEPLOYMENT_MAX + 1], office[QN_CODE_MAX + 1];
    uint16_t epoch;
    int64_t seq = 0;
    QN_AUTO(query) struct query q = query_start(w->st, SQL_PUB_DRAW_ORDER);
    q_bind_text(&q, d->office);
    q_bind_int(&q, d->id);
    if (q_step(&q)) {
        qn_text_copy(origin, sizeof(origin), q_span(&q, 0));
        seq = q_int(&q, 1);
    }
    enum qn_code rc = query_end(&q, w->err);
    struct qn_err none;
    if (rc || qn_origin_parse(qn_str(origin), deployment, office, &epoch, &none) != QN_OK)
        return rc; /* no such draw here: the row stays out of the series */
    QN_AUTO(query) struct query o = query_start(w->st, SQL_PUB_ORDER_SLOT);
    int64_t first = qn_row_id(epoch, (uint64_t)seq, 0);
    q_bind_text(&o, office);
    q_bind_int(&o, first);
    q_bind_int(&o, first + 0x10000); /* n < 2^16: the rows of one entry */
    while (q_step(&o))
        d->wanted = d->wanted ||
                    (qn_span_is(q_span(&o, 0), w->issuer) && qn_span_is(q_span(&o, 1), w->series));
    return query_end(&o, w->err);
}

static enum qn_code of_series(struct work *w, struct qn_span office, int64_t id, bool *out)
{
    struct drawn *d = w->draws.at;
    for (size_t i = 0; i < w->draws.n; i++)
        if (d[i].id == id && qn_span_is(office, d[i].office)) {
            *out = d[i].wanted;
            return QN_OK;
        }
    struct drawn one = {.id = id};
    *out = false;
    if (!qn_text_copy(one.office, sizeof(one.office), office))
        return QN_OK;
    enum qn_code rc = slot_of(w, &one);
    d = rc ? NULL : list_add(&w->draws, sizeof(*d));
    if (!d)
        return rc ? rc : no_memory(w->err);
    *d = one;
    *out = one.wanted;
    return QN_OK;
}

/* ---- targets ------------------------------------------------------------------------------------ */

enum seen { SEEN_TARGET = 1, SEEN_INSPECTED = 2, SEEN_PUBLISHED = 4, SEEN_PROBLEM = 8 };

struct target {
    char office[QN_CODE_MAX + 1];
    const char *task, *object; /* in work.texts */
    int64_t round;
    unsigned seen;
};

static const char *keep(struct work *w, struct qn_span s)
{
    char **at = list_add(&w->texts, sizeof(*at));
    if (!at)
        return NULL;
    *at = malloc(s.n + 1);
    if (!*at)
        return NULL;
    if (s.n)
        memcpy(*at, s.p, s.n);
    (*at)[s.n] = 0;
    return *at;
}

/* A station's work counts for its county. */
static void counted_for(struct store *st, char out[QN_CODE_MAX + 1], struct qn_span office)
{
    struct qn_cert c;
    struct qn_err none;
    qn_text_copy(out, QN_CODE_MAX + 1, office);
    if (tree_cert(&c, st, out, &none) == QN_OK && c.level == QN_STATION)
        memcpy(out, c.issuer, sizeof(c.issuer));
}

static enum qn_code add_target(struct work *w, struct qn_span office, struct qn_span task,
                               int64_t round, struct qn_span object, unsigned seen)
{
    struct target t = {
        .task = keep(w, task), .object = keep(w, object), .round = round, .seen = seen};
    struct target *at = t.task && t.object ? list_add(&w->targets, sizeof(*at)) : NULL;
    if (!at)
        return no_memory(w->err);
    counted_for(w->st, t.office, office);
    *at = t;
    return QN_OK;
}

static enum qn_code add_dispatched(struct work *w)
{
    enum qn_code rc = QN_OK;
    QN_AUTO(query) struct query q = query_start(w->st, SQL_PUB_DISPATCHED);
    while (!rc && q_step(&q)) {
        bool wanted;
        rc = of_series(w, q_span(&q, 1), q_int(&q, 2), &wanted);
        if (!rc && wanted)
            rc = add_target(w, q_span(&q, 0), q_span(&q, 3), q_int(&q, 4), q_span(&q, 5),
                            SEEN_TARGET);
    }
    return rc ? rc : query_end(&q, w->err);
}

static enum qn_code add_inspected(struct work *w)
{
    enum qn_code rc = QN_OK;
    QN_AUTO(query) struct query q = query_start(w->st, SQL_PUB_INSPECTED);
    while (!rc && q_step(&q)) {
        bool wanted;
        rc = of_series(w, q_span(&q, 3), q_int(&q, 4), &wanted);
        unsigned seen = publish_is_problem(w->st, q_span(&q, 8)) ? SEEN_INSPECTED | SEEN_PROBLEM
                                                                 : SEEN_INSPECTED;
        if (!rc && wanted)
            rc = add_target(w, q_span(&q, 0), q_span(&q, 5), q_int(&q, 6), q_span(&q, 7), seen);
    }
    return rc ? rc : query_end(&q, w->err);
}

/* The target that a publication is about; *wanted false when it is of another series. */
static enum qn_code add_published(struct work *w, const struct m_publication *p, bool *wanted)
{
    char office[QN_CODE_MAX + 1];
    *wanted = false;
    if (!qn_text_copy(office, sizeof(office), p->result_office))
        return QN_OK;
    QN_AUTO(query) struct query q = query_start(w->st, SQL_PUB_RESULT_DRAW);
    q_bind_text(&q, office);
    q_bind_int(&q, p->result_id);
    q_bind_int(&q, p->result_rev);
    enum qn_code rc = QN_OK;
    if (q_step(&q)) {
        rc = of_series(w, q_span(&q, 0), q_int(&q, 1), wanted);
        if (!rc && *wanted)
            rc = add_target(w, qn_str(office), q_span(&q, 2), q_int(&q, 3), q_span(&q, 4),
                            SEEN_PUBLISHED);
    }
    return rc ? rc : query_end(&q, w->err);
}

/* ---- figures ------------------------------------------------------------------------------------ */

static int by_target(const struct target *x, const struct target *y)
{
    int c = strcmp(x->task, y->task);
    if (!c)
        c = (x->round > y->round) - (x->round < y->round);
    return c ? c : strcmp(x->object, y->object);
}

static int by_object(const void *a, const void *b)
{
    return by_target(a, b);
}

static int by_office(const void *a, const void *b)
{
    const struct target *x = a, *y = b;
    int c = strcmp(x->office, y->office);
    return c ? c : by_target(x, y);
}

static void count(struct figures *f, unsigned seen)
{
    f->targets += (seen & SEEN_TARGET) != 0;
    f->inspected += (seen & SEEN_INSPECTED) != 0;
    f->published += (seen & SEEN_PUBLISHED) != 0;
    f->problems += (seen & SEEN_PROBLEM) != 0;
}

/* SPEC publication-9: "Every figure counts distinct targets (task, round, object)" */
static enum qn_code figures(struct consolidation *out, struct work *w)
{
    struct target *t = w->targets.at;
    size_t n = w->targets.n;
    struct list lines = {0};
    if (n)
        qsort(t, n, sizeof(*t), by_office);
    for (size_t i = 0, next; i < n; i = next) {
        unsigned seen = 0;
        for (next = i; next < n && by_office(&t[i], &t[next]) == 0; next++)
            seen |= t[next].seen;
        struct figures *f = lines.at;
        if (!lines.n || strcmp(f[lines.n - 1].office, t[i].office) != 0) {
            struct qn_cert c;
            struct qn_err none;
            f = list_add(&lines, sizeof(*f));
            if (!f) {
                list_free(&lines);
                return no_memory(w->err);
            }
            memcpy(f->office, t[i].office, sizeof(f->office));
            if (tree_cert(&c, w->st, f->office, &none) == QN_OK)
                memcpy(f->name, c.name, sizeof(f->name));
            f = lines.at;
        }
        count(&f[lines.n - 1], seen);
    }
    out->line = lines.at;
    out->n = lines.n;
    if (n)
        qsort(t, n, sizeof(*t), by_object);
    for (size_t i = 0, next; i < n; i = next) {
        unsigned seen = 0;
        for (next = i; next < n && by_target(&t[i], &t[next]) == 0; next++)
            seen |= t[next].seen;
        count(&out->total, seen);
    }
    return QN_OK;
}

/* ---- the list ----------------------------------------------------------------------------------- */

static enum qn_code listed_before(struct list *out, const struct model *m, const char *self,
                                  struct qn_err *err)
{
    for (size_t i = 0; i < model_count(m, M_CONSOLIDATED); i++) {
        const struct m_consolidated *c = model_at(m, M_CONSOLIDATED, i);
        if (!qn_span_is(c->key.office, self))
            continue;
        struct m_ref *r = list_add(out, sizeof(*r));
        if (!r)
            return no_memory(err);
        *r = (struct m_ref){c->publication_office, c->publication_id, c->publication_rev};
    }
    if (out->n)
        qsort(out->at, out->n, sizeof(struct m_ref), m_ref_cmp);
    return QN_OK;
}

static bool is_listed(const struct list *before, const struct m_publication *p)
{
    struct m_ref key = {p->key.office, p->key.id, p->key.rev};
    return before->n && bsearch(&key, before->at, before->n, sizeof(key), m_ref_cmp);
}

static bool is_ours_to_list(struct store *st, struct qn_span office)
{
    char code[QN_CODE_MAX + 1];
    const char *self = store_self(st)->office;
    return qn_text_copy(code, sizeof(code), office) &&
           (strcmp(code, self) == 0 || tree_is_above(st, self, code));
}

static enum qn_code write_list(struct consolidation *out, struct work *w, const struct model *m,
                               const char *series)
{
    QN_AUTO(act) struct act a = {0};
    QN_AUTO(list) struct list refs = {0}, before = {0};
    struct qn_row row;
    enum qn_code rc = listed_before(&before, m, store_self(w->st)->office, w->err);
    for (size_t i = 0; !rc && i < model_count(m, M_PUBLICATION); i++) {
        const struct m_publication *p = model_at(m, M_PUBLICATION, i);
        bool wanted = false;
        if (!is_ours_to_list(w->st, p->key.office))
            continue;
        rc = add_published(w, p, &wanted);
        if (rc || !wanted || is_listed(&before, p))
            continue;
        if (out->listed % CONSOLIDATE_ROWS == 0) {
            uint64_t *seq = list_add(&refs, sizeof(*seq));
            if (!seq)
                return no_memory(w->err);
            if (out->listed)
                rc = act_commit(&a, &seq[-1], NULL, w->err);
            if (!rc)
                rc = act_begin(&a, w->st, duty_of(DUTY_CONSOLIDATE), NULL, QN_KIND_PUBLISH,
                               QN_LANE_RESULT, w->err);
            if (!rc)
                rc = act_part(&a, QN_PUBLIC, QN_TO_OFFICE, NULL, w->err);
        }
        if (rc)
            break;
        row_start(&row, &a, "consolidated", act_id(&a), 1);
        row_text(&row, "series", series);
        row_span(&row, "publication_office", p->key.office);
        row_int(&row, "publication_id", p->key.id);
        row_int(&row, "publication_rev", p->key.rev);
        rc = act_put(&a, &row, w->err);
        out->listed++;
    }
    if (rc || !out->listed)
        return rc;
    uint64_t *seq = refs.at;
    rc = act_commit(&a, &seq[refs.n - 1], NULL, w->err);
    struct release_ref *ref = rc ? NULL : calloc(refs.n, sizeof(*ref));
    if (!ref)
        return rc ? rc : no_memory(w->err);
    for (size_t i = 0; i < refs.n; i++)
        ref[i].seq = seq[i];
    rc = release_own(w->st, duty_of(DUTY_CONSOLIDATE), NULL, ref, refs.n, w->err);
    free(ref);
    return rc;
}

static enum qn_code parse_series(struct work *w, const char *series)
{
    const char *slash = strchr(series, '/');
    struct qn_span issuer =
        slash ? (struct qn_span){(const uint8_t *)series, (size_t)(slash - series)}
              : qn_str(store_self(w->st)->office);
    if (!qn_text_copy(w->issuer, sizeof(w->issuer), issuer) || strlen(series) > 32 ||
        !qn_text_copy(w->series, sizeof(w->series), qn_str(slash ? slash + 1 : series)) ||
        !w->series[0])
        return qn_fail(w->err, QN_MALFORMED, "publish.series", "series=%s", series);
    return QN_OK;
}

static enum qn_code run(struct consolidation *out, struct work *w, const char *series)
{
    QN_AUTO(model) struct model m = {0};
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = parse_series(w, series);
    if (!rc)
        rc = tx_begin(&tx, w->st, w->err);
    if (!rc)
        rc = model_load(&m, w->st, 1u << M_PUBLICATION | 1u << M_CONSOLIDATED, w->err);
    if (!rc)
        rc = write_list(out, w, &m, series);
    if (!rc)
        rc = add_dispatched(w);
    if (!rc)
        rc = add_inspected(w);
    if (!rc && !w->targets.n)
        rc = qn_fail(w->err, QN_ABSENT, "publish.no-series", "series=%s/%s", w->issuer, w->series);
    if (!rc)
        rc = figures(out, w);
    return rc ? rc : tx_commit(&tx, w->err);
}

enum qn_code publish_consolidate(struct consolidation *out, struct store *st, const char *series,
                                 struct qn_err *err)
{
    struct consolidation made = {0};
    struct work w = {.st = st, .err = err};
    const struct keys *keys;
    enum qn_code rc = store_signer(st, &keys, err);
    if (!rc && store_self(st)->level > QN_CITY)
        rc = qn_fail(err, QN_DENIED, "publish.not-above", "office=%s", store_self(st)->office);
    if (!rc)
        rc = duty_may(st, duty_of(DUTY_CONSOLIDATE), NULL, err);
    if (!rc)
        rc = run(&made, &w, series);
    char **text = w.texts.at;
    for (size_t i = 0; i < w.texts.n; i++)
        free(text[i]);
    list_free(&w.texts);
    list_free(&w.targets);
    list_free(&w.draws);
    if (rc)
        consolidation_release(&made);
    else
        *out = made;
    return rc;
}

void consolidation_release(struct consolidation *c)
{
    free(c->line);
    *c = (struct consolidation){0};
}
