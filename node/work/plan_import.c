#include "node/work/plan_import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/act.h"
#include "node/store/clock.h"
#include "node/store/file.h"
#include "node/store/joint.h"
#include "node/store/tree.h"
#include "node/sheet/sheet.h"
#include "node/work/plan_write.h"
#include "node/work/record_types.h"
#include "protocol/wire.h"

#define DAYS 20 /* working days to publish a result, where the notice says nothing */

static bool parse_coverage(const char *text, uint32_t *num, uint32_t *den)
{
    int used = 0;
    return sscanf(text, "%6u/%6u%n", num, den, &used) == 2 && used && !text[used] && *num &&
           *num <= *den;
}

static enum qn_code put_plan(struct plan_writer *w, const struct plan_import *o, struct qn_err *err)
{
    struct qn_row row;
    uint8_t digest[QN_HASH];
    QN_AUTO(qn_buf) struct qn_buf file = {0};
    enum qn_code rc = file_read(&file, o->plan, PLAN_FILE_MAX, err);
    if (rc)
        return rc;
    struct qn_span bytes = qn_buf_span(&file);
    wire_sha256(digest, &bytes, 1);
    w->id = act_id(&w->act);
    row_start(&row, &w->act, "plan", w->id, 1);
    row_text(&row, "series", o->series);
    row_text(&row, "title", o->title);
    row_text(&row, "doc_no", o->doc_no);
    row_text(&row, "issued_on", o->issued_on);
    row_int(&row, "year", o->year);
    row_text(&row, "deadline", w->deadline);
    /* SPEC plans-17: "`publication_clock` is `inspection_completed` or `task_completed`" */
    const char *clock = o->publication_clock ? o->publication_clock : PLAN_CLOCK_CHECK;
    if (strcmp(clock, PLAN_CLOCK_CHECK) != 0 && strcmp(clock, PLAN_CLOCK_TASK) != 0)
        return qn_fail(err, QN_MALFORMED, "plan.publication-clock", "value=%.40s", clock);
    row_int(&row, "publication_days", o->publication_days ? o->publication_days : DAYS);
    row_text(&row, "publication_clock", clock);
    row_blob(&row, "source_digest", digest, sizeof(digest));
    row_text(&row, "recipients", o->recipients);
    row_text(&row, "parent_doc_no", o->parent_doc_no);
    uint32_t num, den;
    if (o->coverage && !parse_coverage(o->coverage, &num, &den))
        return qn_fail(err, QN_MALFORMED, "plan.coverage", "value=%.40s", o->coverage);
    if (o->coverage) {
        row_int(&row, "coverage_num", num);
        row_int(&row, "coverage_den", den);
    }
    if (o->object_cap)
        row_int(&row, "object_cap", o->object_cap);
    return plan_put(w, &row, NULL, err);
}

/* One round of the group that a task is in, when the task is the first of it. */
static enum qn_code check_round(struct plan_writer *w, const struct plan_read *p, size_t first,
                                uint32_t round, struct qn_err *err)
{
    const struct plan_task *t = &p->task[first];
    struct joint_member m[JOINT_MOST + 1] = {{.round = 0}};
    struct qn_buf rules[JOINT_MOST + 1];
    size_t n = 0;
    enum qn_code rc = QN_OK;
    for (size_t i = first; !rc && i < p->n && n <= JOINT_MOST; i++) {
        const struct plan_task *o = &p->task[i];
        if (strcmp(o->scope[S_JOINT], t->scope[S_JOINT]) != 0 || o->times < round)
            continue;
        qn_buf_init(&rules[n], QN_RULES_MAX);
        m[n] = (struct joint_member){.task = o->text[P_NO], .round = round};
        plan_window(o, round, w->year, w->deadline, m[n].from, m[n].to);
        rc = plan_rules(&rules[n], o, store_self(w->st)->office, w->series, round, QN_BOTH, err);
        qn_put(&rules[n], "", 1);
        m[n].rules = (const char *)rules[n].p;
        n++;
        if (!rc && (o->county != t->county || o->draw != t->draw))
            rc = qn_fail(err, QN_MALFORMED, "plan.joint-levels", "joint=%s|task=%s",
                         t->scope[S_JOINT], o->text[P_NO]);
    }
    if (!rc)
        rc = joint_check(t->scope[S_JOINT], m, n, err);
    if (!rc && n == 1 && round == 1)
        rc = qn_fail(err, QN_MALFORMED, "plan.joint-alone", "joint=%s|task=%s", t->scope[S_JOINT],
                     t->text[P_NO]);
    for (size_t i = 0; i < n; i++)
        qn_buf_release(&rules[i]);
    return rc;
}

/* What the scopes join must be such that it can be drawn together, else nobody could ever order it. */
static enum qn_code check_joint(struct plan_writer *w, const struct plan_read *p,
                                struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < p->n; i++) {
        const char *joint = p->task[i].scope[S_JOINT];
        bool first = *joint != 0;
        uint32_t rounds = 0;
        for (size_t k = 0; *joint && k < p->n; k++) {
            bool same = strcmp(p->task[k].scope[S_JOINT], joint) == 0;
            first = first && !(same && k < i);
            if (same && p->task[k].times > rounds)
                rounds = p->task[k].times;
        }
        if (first && !wire_is_name(qn_str(joint)))
            rc = qn_fail(err, QN_MALFORMED, "plan.joint-name", "joint=%.40s", joint);
        for (uint32_t round = 1; !rc && first && round <= rounds; round++) {
            size_t at = i;
            while (strcmp(p->task[at].scope[S_JOINT], joint) != 0 || p->task[at].times < round)
                at++;
            rc = check_round(w, p, at, round, err);
        }
    }
    return rc;
}

static enum qn_code plan_exists(struct store *st, const char *series, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_WORK_PLAN_BY_SERIES);
    q_bind_text(&q, store_self(st)->office);
    q_bind_text(&q, series);
    if (q_step(&q))
        return qn_fail(err, QN_CONFLICT, "plan.exists", "series=%s|title=%s", series,
                       q_text(&q, 2));
    return query_end(&q, err);
}

static enum qn_code put_task(struct plan_writer *w, const struct plan_task *t,
                             struct plan_imported *out, struct qn_err *err)
{
    int64_t id;
    unsigned items = 0;
    enum qn_code rc = act_part(&w->act, QN_PUBLIC, QN_TO_SUBTREE, NULL, err);
    if (!rc)
        rc = plan_put_new(w, t, &id, &out->slots, err);
    if (!rc)
        rc = plan_put_items(w, t, id, &items, err);
    out->tasks++;
    out->merged += t->meant != t;
    out->city_only += !t->county;
    return rc;
}

static enum qn_code write_plan(struct plan_writer *w, const struct plan_import *o,
                               const struct plan_read *p, struct plan_imported *out,
                               struct qn_err *err)
{
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = tx_begin(&tx, w->st, err);
    if (!rc)
        rc = act_begin(&w->act, w->st, duty_of(DUTY_PLAN_IMPORT), o->by, QN_KIND_PLAN, QN_LANE_PLAN,
                       err);
    if (!rc)
        rc = act_part(&w->act, QN_PUBLIC, QN_TO_SUBTREE, NULL, err);
    if (!rc)
        rc = put_plan(w, o, err);
    for (size_t i = 0; !rc && i < p->n; i++)
        rc = put_task(w, &p->task[i], out, err);
    if (!rc)
        rc = plan_put_journal(w, err);
    out->id = w->id;
    if (!rc && o->dry_run && o->seen)
        o->seen(o->ctx, w->id);
    if (!rc && !o->dry_run) /* a plan is public as it is issued */
        rc = record_commit(&w->act, &record_task_item, err);
    act_end(&w->act);
    return rc || o->dry_run ? rc : tx_commit(&tx, err);
}

enum qn_code plan_import(struct store *st, const struct plan_import *o, struct plan_imported *out,
                         struct qn_err *err)
{
    const struct keys *keys;
    QN_AUTO(plan_read) struct plan_read *p = NULL;
    QN_AUTO(tx) struct tx tx = {0};
    struct plan_imported made = {0};
    enum qn_code rc = store_signer(st, &keys, err);
    if (!rc && !wire_is_name(qn_str(o->series)))
        rc = qn_fail(err, QN_MALFORMED, "plan.series", "series=%s", o->series);
    if (!rc && (!*o->title || !*o->doc_no))
        rc = qn_fail(err, QN_MALFORMED, "plan.untitled", "");
    if (!rc && !wire_is_date(qn_str(o->issued_on)))
        rc = qn_fail(err, QN_MALFORMED, "plan.date", "value=%s", o->issued_on);
    if (!rc && o->deadline && !wire_is_date(qn_str(o->deadline)))
        rc = qn_fail(err, QN_MALFORMED, "plan.date", "value=%s", o->deadline);
    if (!rc)
        rc = plan_exists(st, o->series, err);
    if (!rc)
        rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = plan_read_files(
            &p, st, &(struct plan_files){o->plan, o->scopes, o->use, o->scopes_sheet}, o->year, err);
    struct plan_writer *w = rc ? NULL : calloc(1, sizeof(*w));
    if (!rc && !w)
        rc = qn_fail(err, QN_NOMEM, "base.no-memory", "");
    if (!rc) {
        w->st = st;
        w->rev = 1;
        w->year = o->year;
        w->series = o->series;
        w->by = o->by ? o->by : store_self(st)->name;
        snprintf(w->deadline, sizeof(w->deadline), "%04u-12-20", o->year % 10000);
        if (o->deadline)
            memcpy(w->deadline, o->deadline, 10);
        rc = plan_find_counties(w, err);
    }
    if (!rc)
        rc = check_joint(w, p, err);
    if (!rc)
        rc = write_plan(w, o, p, &made, err);
    free(w);
    if (!rc && !o->dry_run)
        rc = tx_commit(&tx, err);
    if (!rc)
        *out = made;
    return rc;
}

/* ---- acceptance -------------------------------------------------------------------------------------------- */

enum qn_code plan_find(struct plan_ref *out, struct store *st, const char *name, struct qn_err *err)
{
    const char *slash = strchr(name, '/');
    if (!slash || !qn_text_copy(out->series, sizeof(out->series), qn_str(slash + 1)) ||
        !qn_text_copy(out->office, sizeof(out->office),
                      (struct qn_span){(const uint8_t *)name, (size_t)(slash - name)}))
        return qn_fail(err, QN_MALFORMED, "plan.name", "plan=%s", name);
    QN_AUTO(query) struct query q = query_start(st, SQL_WORK_PLAN_BY_SERIES);
    q_bind_text(&q, out->office);
    q_bind_text(&q, slash + 1);
    bool found = q_step(&q);
    if (found) {
        out->id = q_int(&q, 0);
        out->rev = q_int(&q, 1);
    }
    enum qn_code rc = query_end(&q, err);
    return rc || found ? rc : qn_fail(err, QN_ABSENT, "plan.unknown", "plan=%s", name);
}

enum qn_code plan_accept(struct store *st, const char *name, const char *by, struct qn_err *err)
{
    const struct keys *keys;
    struct plan_ref plan;
    struct qn_row row;
    char parent[QN_CODE_MAX + 1], now[20];
    enum qn_code rc = store_signer(st, &keys, err);
    if (!rc)
        rc = plan_find(&plan, st, name, err);
    if (rc)
        return rc;
    if (!tree_parent(st, plan.office, parent) || strcmp(parent, store_self(st)->office) != 0)
        return qn_fail(err, QN_DENIED, "plan.not-child", "plan=%s", name);
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_WORK_ACCEPTED);
        q_bind_text(&q, store_self(st)->office);
        q_bind_text(&q, plan.office);
        q_bind_int(&q, plan.id);
        q_bind_int(&q, plan.rev);
        if (q_step(&q))
            return QN_OK; /* said before: saying it twice changes nothing */
    }
    QN_AUTO(act) struct act a = {0};
    rc = act_begin(&a, st, duty_of(DUTY_PLAN_ACCEPT), by, QN_KIND_ACCEPT, QN_LANE_PLAN, err);
    if (!rc)
        rc = act_part(&a, QN_SYSTEM, QN_TO_OFFICE, plan.office, err);
    if (rc)
        return rc;
    clock_local(st, now);
    row_start(&row, &a, "plan_accept", act_id(&a), 1);
    row_text(&row, "plan_office", plan.office);
    row_int(&row, "plan_id", plan.id);
    row_int(&row, "plan_rev", plan.rev);
    row_text(&row, "outcome", "accepted");
    row_text(&row, "acted_by", by);
    row_text(&row, "acted_on", now);
    rc = act_put(&a, &row, err);
    return rc ? rc : act_commit(&a, NULL, NULL, err);
}
