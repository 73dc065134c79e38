/* verify_sampling.c - product sampling: who tested what he had sampled, numbers that are not those that were bound. */
#include <stdio.h>
#include <string.h>

#include "node/draw/verify_internal.h"
#include "qian/blind.h"
#include "qian/entry.h"

/* One verdict for each author and code; the rows come by author. */
struct told {
    struct verify *v;
    const char *office; /* of whom is asked; NULL: all */
    enum verdict_code code;
    struct verdict *to;
    struct finding *f;
    struct name_list sheets;
};

static enum qn_code finish(struct told *t)
{
    enum qn_code rc = QN_OK;
    if (t->to) {
        finding_put(&t->to->f, t->f, "n", "%zu", t->sheets.n);
        finding_put(&t->to->f, t->f, "objects", "%s", name_list_text(&t->sheets));
        rc = findings_finish(&t->to->f, t->v->err);
    }
    name_list_auto(&t->sheets);
    name_list_init(&t->sheets);
    t->to = NULL;
    return rc;
}

/* `row`: the record that shows it. */
static enum qn_code tell(struct told *t, const char *by, int64_t row, struct qn_span sheet)
{
    enum qn_code rc = QN_OK;
    if (t->to && strcmp(t->to->office, by) != 0)
        rc = finish(t);
    if (!rc && !t->to) {
        struct log log = {.no = 0};
        uint16_t epoch, n;
        uint64_t seq;
        struct qn_err none;
        qn_row_id_split(row, &epoch, &seq, &n);
        (void)verify_log_at(&log, t->v->st, by, epoch, &none);
        t->to = verify_add(t->v, VERDICT_ROWS, by);
        if (!t->to)
            return qn_fail(t->v->err, QN_NOMEM, "base.no-memory", "");
        snprintf(t->to->origin, sizeof(t->to->origin), "%s", log.origin);
        t->to->seq = seq;
        t->f = findings_add(&t->to->f, t->code, log.origin, seq, NULL);
        finding_put(&t->to->f, t->f, "by", "%s", by);
    }
    name_list_add(&t->sheets, sheet);
    return rc;
}

/* "1-45-2 NAME;1-46-0 NAME": the next id. */
static bool next_person(struct qn_span *list, int64_t *id)
{
    size_t n = 0, all = 0;
    struct qn_err why;
    while (n < list->n && list->p[n] != ' ' && list->p[n] != ';')
        n++;
    while (all < list->n && list->p[all] != ';')
        all++;
    if (qn_row_id_parse(id, (struct qn_span){list->p, n}, &why) != QN_OK)
        return false;
    all += all < list->n;
    *list = (struct qn_span){list->p + all, list->n - all};
    return true;
}

static enum qn_code one_person(bool *same, struct verify *v, const char *office, int64_t a,
                               int64_t b)
{
    *same = a == b;
    if (*same)
        return QN_OK;
    QN_AUTO(query) struct query q = query_start(v->st, SQL_STAFF_SAME);
    q_bind_text(&q, office);
    q_bind_int(&q, a);
    q_bind_int(&q, b);
    *same = q_step(&q);
    return query_end(&q, v->err);
}

/* SPEC sampling-13: "Persons are the same by their record, or by lab and staff number" */
static enum qn_code shared(bool *out, struct verify *v, const char *office, struct qn_span testers,
                           struct qn_span samplers)
{
    enum qn_code rc = QN_OK;
    int64_t tester, sampler;
    *out = false;
    while (!rc && !*out && next_person(&testers, &tester))
        for (struct qn_span s = samplers; !rc && !*out && next_person(&s, &sampler);)
            rc = one_person(out, v, office, tester, sampler);
    return rc;
}

static bool is_bound(struct query *q, const char *office)
{
    uint8_t digest[QN_HASH];
    char row[40], name[80];
    struct qn_span mark = q_span(q, 5), salt = q_span(q, 7);
    if (mark.n != QN_HASH || salt.n != QN_BLIND_SALT)
        return false;
    qn_row_id_text(row, q_int(q, 4));
    snprintf(name, sizeof(name), "%s:%s", office, row);
    qn_blind_digest(digest, qn_str(name), q_span(q, 6), salt.p);
    return memcmp(digest, mark.p, QN_HASH) == 0;
}

/* What a number that was revealed says, and tests on site: those of another day than the sampling are none. */
static enum qn_code judge(struct told *t, enum sql sql)
{
    enum qn_code rc = QN_OK;
    QN_AUTO(query) struct query q = query_start(t->v->st, sql);
    while (!rc && q_step(&q)) {
        char by[QN_CODE_MAX + 1];
        bool found = false;
        if (!qn_text_copy(by, sizeof(by), q_span(&q, 0)) || !verify_in_scope(t->v, by, t->office))
            continue;
        const bool blind = sql == SQL_BLIND_TESTS, bound = !blind || is_bound(&q, by);
        if (t->code == V_BLIND_FALSE)
            found = !bound;
        else if (bound)
            rc = shared(&found, t->v, by, q_span(&q, 8), q_span(&q, 9));
        if (!rc && found)
            rc = tell(t, by, q_int(&q, 1), q_span(&q, 2));
    }
    return rc ? rc : query_end(&q, t->v->err);
}

/* SPEC sampling-12: "one that is not the mark's is told as BLIND_FALSE" */
enum qn_code verify_sampling(struct verify *v, const char *office)
{
    static const struct {
        enum verdict_code code;
        enum sql sql;
    } each[] = {{V_SELF_TEST, SQL_BLIND_TESTS},
                {V_SELF_TEST, SQL_SITE_TESTS},
                {V_BLIND_FALSE, SQL_BLIND_TESTS}};
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < sizeof(each) / sizeof(each[0]); i++) {
        struct told t = {.v = v, .office = office, .code = each[i].code};
        name_list_init(&t.sheets);
        rc = judge(&t, each[i].sql);
        enum qn_code last = finish(&t);
        name_list_auto(&t.sheets);
        rc = rc ? rc : last;
    }
    return rc;
}
