#include "node/form/draw_sheet.h"

#include <stdio.h>
#include <string.h>

#include "node/publish/html.h"
#include "node/publish/paper.h"
#include "node/store/clock.h"
#include "node/store/duty.h"
#include "node/store/tree.h"
#include "node/text/condition.h"
#include "node/text/qr.h"
#include "node/text/text.h"

#define TICKET_SHOWN 8 /* bytes: enough to compare by eye with a cut-off */

static void put_hex(struct qn_buf *b, const uint8_t *p, size_t n)
{
    qn_put_str(b, "<code>");
    qn_put_hex(b, p, n);
    qn_put_str(b, "</code>");
}

static void put_name(struct qn_buf *b, struct store *st, const char *office)
{
    struct qn_cert c;
    struct qn_err none;
    if (tree_cert(&c, st, office, &none) == QN_OK)
        html_fmt(b, "%s（%s）", c.name, office);
    else
        html_str(b, office);
}

static const char *level_id(enum qn_draw_level level)
{
    return level == QN_WITNESSED ? "site.level-witnessed"
           : level == QN_OFFLINE ? "site.level-offline"
                                 : "site.level-unwitnessed";
}

/* ---- what it rests on --------------------------------------------------------------------------- */

static void put_slots(struct qn_buf *b, struct store *st, const struct draw_view *v)
{
    if (!v->has_order)
        html_str(b, v->slot);
    for (unsigned i = 0; v->has_order && i < v->order.o.nslots; i++) {
        const struct qn_slot_key *k = &v->order.o.slot[i];
        QN_AUTO(query) struct query q = query_start(st, SQL_PUB_TASK_NAME);
        q_bind_text(&q, k->issuer);
        q_bind_text(&q, k->series);
        q_bind_text(&q, k->task);
        qn_put_str(b, i ? "<br>" : "");
        html_fmt(b, "%s/%s/%s/%u ", k->issuer, k->series, k->task, k->round);
        if (q_step(&q))
            html_span(b, q_span(&q, 0));
    }
}

/* The first cosignature of an entry by each office above: the office's own clock proves nothing. */
static enum qn_code put_times(struct qn_buf *b, struct store *st, const struct log *log,
                              uint64_t seq, const char *drawer, struct qn_err *err)
{
    unsigned n = 0;
    QN_AUTO(query) struct query q = query_start(st, SQL_PUB_FIRST_COSIGNED);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)seq);
    while (q_step(&q)) {
        char office[QN_CODE_MAX + 1];
        if (!qn_text_copy(office, sizeof(office), q_span(&q, 0)) ||
            !tree_is_above(st, office, drawer))
            continue;
        qn_put_str(b, n++ ? "<br>" : "");
        html_time(b, (uint64_t)q_int(&q, 2));
        qn_put_str(b, " ");
        put_name(b, st, office);
    }
    if (!n)
        html_say(b, "sheet.not-cosigned", "");
    return query_end(&q, err);
}

static void put_own_clock(struct qn_buf *b, struct store *st, const struct record *r)
{
    QN_AUTO(log_entry) struct log_entry e = {0};
    struct qn_err none;
    char time[17];
    if (log_entry_get(&e, st, &r->log, r->seq, &none) != QN_OK)
        return;
    clock_shown(time, e.h.time_ms);
    html_say(b, "sheet.own-clock", "time=%s", time);
}

static void put_people(struct qn_buf *b, struct store *st, const struct draw_view *v)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_ATTENDANCE_GET);
    q_bind_text(&q, v->record.log.office);
    q_bind_int(&q, v->record.id);
    bool there = q_step(&q);
    html_fact(b, "sheet.operator");
    if (there)
        html_span(b, q_span(&q, 0));
    else
        html_say(b, "sheet.not-recorded", "");
    html_fact(b, "sheet.observers");
    if (there && q_span(&q, 1).n)
        html_span(b, q_span(&q, 1));
    else
        html_say(b, "sheet.not-recorded", "");
}

static enum qn_code put_facts(struct qn_buf *b, struct store *st, const struct draw_view *v,
                              struct qn_err *err)
{
    const struct qn_result *res = v->record.res;
    struct log log;
    html_facts_begin(b);
    html_fact(b, "sheet.draw");
    html_str(b, v->draw);
    html_fact(b, "sheet.slot");
    put_slots(b, st, v);
    html_fact(b, "sheet.office");
    put_name(b, st, v->record.log.office);
    if (v->has_order) {
        html_fact(b, "sheet.order-by");
        put_name(b, st, v->order.log.office);
        html_fact(b, "sheet.level");
        html_say(b, level_id(v->order.o.level), "");
        html_fact(b, "sheet.window");
        html_fmt(b, "%s — %s", v->order.o.window_from, v->order.o.window_to);
    }
    put_people(b, st, v);
    html_fact(b, "sheet.result");
    if (v->listed)
        html_say(b, "sheet.result-listed", "listed=%zu", v->listed);
    else
        html_say(b, "sheet.result-drawn", "lot=%zu|must=%zu", v->lot, v->must);
    html_fact(b, "sheet.time");
    enum qn_code rc = put_times(b, st, &v->record.log, v->record.seq, v->record.log.office, err);
    put_own_clock(b, st, &v->record);
    html_facts_end(b);
    if (rc)
        return rc;
    html_el(b, "h2", NULL, "sheet.h-digests", "");
    html_facts_begin(b);
    html_fact(b, "sheet.freeze");
    if (v->has_freeze) {
        html_say(b, "sheet.freeze-of", "date=%s|version=%llu|objects=%llu|inspectors=%llu",
                 v->freeze.date, (unsigned long long)v->freeze.roster_version,
                 (unsigned long long)v->freeze.roots.objects,
                 (unsigned long long)v->freeze.roots.inspectors);
        qn_put_str(b, "<br>");
    }
    html_say(b, "sheet.place", "log=%s|seq=%llu", res->freeze.origin,
             (unsigned long long)res->freeze.index);
    qn_put_str(b, "<br>");
    put_hex(b, res->freeze.leaf, QN_HASH);
    html_fact(b, "sheet.frozen-at");
    if (log_find(&log, st, res->freeze.origin, err) != QN_OK)
        html_say(b, "sheet.not-cosigned", "");
    else
        rc = put_times(b, st, &log, res->freeze.index, v->record.log.office, err);
    html_fact(b, "sheet.order");
    html_say(b, "sheet.place", "log=%s|seq=%llu", res->order.origin,
             (unsigned long long)res->order.index);
    qn_put_str(b, "<br>");
    put_hex(b, res->order_id, QN_HASH);
    html_fact(b, "sheet.entry");
    html_say(b, "sheet.place", "log=%s|seq=%llu", v->record.log.origin,
             (unsigned long long)v->record.seq);
    qn_put_str(b, "<br>");
    put_hex(b, v->record.leaf, QN_HASH);
    if (v->has_seed) {
        html_fact(b, "sheet.seed");
        put_hex(b, v->seed, sizeof(v->seed));
    }
    html_facts_end(b);
    return rc;
}

/* SPEC forms-9: "the draw, its entry, order and freeze with their hashes" */
enum qn_code draw_sheet_code(struct qn_buf *text, const struct draw_view *v, struct qn_err *err)
{
    const struct qn_result *res = v->record.res;
    qn_put_fmt(text, DRAW_SHEET_CODE "\ndraw %s\nentry %s %llu ", v->draw, v->record.log.origin,
               (unsigned long long)v->record.seq);
    qn_put_hex(text, v->record.leaf, QN_HASH);
    qn_put_str(text, "\norder ");
    qn_put_hex(text, res->order_id, QN_HASH);
    qn_put_str(text, "\nfreeze ");
    qn_put_hex(text, res->freeze.leaf, QN_HASH);
    qn_put_str(text, "\n");
    return qn_buf_check(text, err);
}

/* Whoever scans it compares it with what the site shows after the release. */
static enum qn_code put_qr(struct qn_buf *b, struct qn_span code, struct qn_err *err)
{
    char label[120];
    text_render(label, sizeof(label), TEXT_ZH, "sheet.qr", "");
    qn_put_str(b, "<div>");
    enum qn_code rc = qr_svg(b, code, label, err);
    html_el(b, "small", NULL, "sheet.qr", "");
    qn_put_str(b, "</div>\n");
    return rc;
}

/* ---- rules and strata --------------------------------------------------------------------------- */

static const struct qn_stratum *stratum_of(const struct order_rules *rules,
                                           const struct qn_stratum_line *l)
{
    if (l->slot < 1 || l->slot > rules->n)
        return NULL;
    const struct qn_rules *r = &rules->at[l->slot - 1].rules;
    for (unsigned i = 0; i < r->nstrata; i++)
        if (r->stratum[i].no == l->stratum)
            return &r->stratum[i];
    return NULL;
}

static void put_strata(struct qn_buf *b, const struct draw_view *v, const struct order_rules *rules)
{
    static const char *const heads[] = {"site.col-slot",  "site.col-stratum", "site.col-condition",
                                        "site.col-share", "site.col-base",    "site.col-pool",
                                        "site.col-quota", "site.col-cutoff"};
    const struct qn_result *res = v->record.res;
    struct html_table t;
    if (!res->nstrata)
        return;
    html_el(b, "h2", NULL, "sheet.h-strata", "");
    html_table_begin(&t, b, heads, 8);
    for (unsigned i = 0; i < res->nstrata; i++) {
        const struct qn_stratum_line *l = &res->stratum[i];
        const struct qn_stratum *s = stratum_of(rules, l);
        html_number(&t, l->slot);
        html_number(&t, l->stratum);
        html_cell(&t, NULL);
        if (s) {
            QN_AUTO(qn_buf) struct qn_buf expr = {0}, words = {0};
            qn_buf_init(&expr, QN_RULES_MAX);
            qn_buf_init(&words, QN_RULES_MAX);
            condition_put(&words, TEXT_ZH, &rules->at[l->slot - 1].rules, s->expr);
            html_span(b, qn_buf_span(&words));
            qn_put_str(b, " ");
            qn_expr_text(&expr, &rules->at[l->slot - 1].rules, s->expr);
            qn_put_str(b, "<code>");
            html_span(b, qn_buf_span(&expr));
            qn_put_str(b, "</code>");
        }
        html_cell(&t, "num");
        if (s)
            html_fmt(b, "%u/%u", s->num, s->den);
        if (s && s->min)
            html_say(b, "site.at-least", "least=%u", s->min);
        html_number(&t, l->base);
        html_number(&t, l->pool);
        html_number(&t, l->quota);
        html_cell(&t, NULL);
        if (l->has_cutoff)
            put_hex(b, l->cutoff, TICKET_SHOWN);
    }
    html_table_end(&t);
}

/* "1 × 2,5 + 1 × —": how many of which qualifications. */
static void roles_text(char out[200], const struct qn_rules *r)
{
    size_t n = 0;
    out[0] = 0;
    for (unsigned k = 0; k < r->nroles && n < 150; k++) {
        n += (size_t)snprintf(out + n, 200 - n, "%s%u ×", k ? " + " : "", r->role[k].k);
        for (unsigned q = 0; q < r->role[k].nquals && n < 180; q++)
            n += (size_t)snprintf(out + n, 200 - n, "%s%u", q ? "," : " ", r->role[k].qual[q]);
        if (!r->role[k].nquals)
            n += (size_t)snprintf(out + n, 200 - n, " —");
    }
}

static void put_roles(struct qn_buf *b, const struct order_rules *rules)
{
    for (unsigned i = 0; i < rules->n; i++) {
        const struct qn_rules *r = &rules->at[i].rules;
        unsigned people = 0;
        for (unsigned k = 0; k < r->nroles; k++)
            people += r->role[k].k;
        char roles[200];
        roles_text(roles, r);
        html_el(b, "p", "note", "sheet.roles", "slot=%u|people=%u|roles=%s|pool=%u", i + 1, people,
                roles, r->pool);
    }
}

/* ---- the list ----------------------------------------------------------------------------------- */

/* "140602/A1 张三;140602/A2 李四": one below the other. */
static void put_inspectors(struct qn_buf *b, const char *list)
{
    if (!list || !list[0]) {
        html_str(b, "—");
        return;
    }
    for (const char *at = list; *at;) {
        size_t n = strcspn(at, ";"), id = strcspn(at, " ;");
        if (id < n) { /* the name is what is read out */
            html_span(b, (struct qn_span){(const uint8_t *)at + id + 1, n - id - 1});
            qn_put_str(b, " ");
        }
        qn_put_str(b, "<code>");
        html_span(b, (struct qn_span){(const uint8_t *)at, id});
        qn_put_str(b, "</code>");
        at += n;
        if (*at) {
            qn_put_str(b, "<br>");
            at++;
        }
    }
}

/* Nobody inspects it in the name of this draw any more. */
static bool is_gone(const struct draw_target *t)
{
    return t->after == AFTER_VOID || t->after == AFTER_RETURNED;
}

static void put_targets(struct qn_buf *b, const struct draw_view *v)
{
    static const char *const heads[] = {"site.col-no",   "site.col-object", "site.col-name",
                                        "site.col-mode", "site.col-ticket", "sheet.col-inspectors",
                                        "site.col-slot"};
    struct html_table t;
    bool joint = v->has_order && v->order.o.nslots > 1;
    html_el(b, "h2", NULL, "sheet.h-targets", "");
    html_table_begin(&t, b, heads, joint ? 7 : 6);
    for (size_t i = 0; i < v->ntargets; i++) {
        const struct draw_target *x = &v->target[i];
        html_number(&t, i + 1);
        html_cell(&t, "num");
        qn_put_str(b, is_gone(x) ? "<code class=\"gone\">" : "<code>");
        html_str(b, x->object);
        qn_put_str(b, "</code>");
        html_cell(&t, NULL);
        html_str(b, x->name && x->name[0] ? x->name : "—");
        html_cell(&t, "num");
        html_say(b, draw_how(v, x).id, "");
        html_cell(&t, NULL);
        if (v->has_seed)
            put_hex(b, x->ticket, TICKET_SHOWN);
        html_cell(&t, "num");
        put_inspectors(b, x->inspectors);
        if (!joint)
            continue;
        html_number(&t, x->slot_no);
    }
    html_table_end(&t);
}

static void put_signatures(struct qn_buf *b)
{
    static const char *const fields[] = {"sheet.sign-operator", "sheet.sign-observer",
                                         "sheet.sign-inspector", "sheet.sign-date"};
    html_el(b, "p", "note", "sheet.sign-note", "");
    qn_put_str(b, "<div class=\"sign\">\n");
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        html_el(b, "div", NULL, fields[i], "");
    qn_put_str(b, "</div>\n");
}

enum qn_code draw_sheet(struct qn_buf *b, struct store *st, const struct draw_view *v,
                        struct qn_err *err)
{
    QN_AUTO(order_rules) struct order_rules rules = {.n = 0};
    struct qn_err none;
    char title[120];
    enum qn_code rc = duty_act(st, duty_of(DUTY_DRAW_SHEET), NULL, v->draw, err);
    if (rc)
        return rc;
    /* Rules that are not held here leave their columns empty. */
    if (v->has_order && order_rules_find(&rules, st, &v->order.o, &none) != QN_OK)
        rules.n = 0;
    QN_AUTO(qn_buf) struct qn_buf code = {0};
    qn_buf_init(&code, QR_MOST);
    rc = draw_sheet_code(&code, v, err);
    if (rc)
        return rc;
    text_render(title, sizeof(title), TEXT_ZH, "sheet.title", "");
    paper_begin(b, title, qn_buf_span(&code));
    qn_put_str(b, "<div class=\"head\"><div>\n");
    paper_title(b, st, title, v->released ? "sheet.secret-names" : "sheet.secret-sealed");
    qn_put_str(b, "</div>\n");
    rc = put_qr(b, qn_buf_span(&code), err);
    qn_put_str(b, "</div>\n");
    if (!rc)
        rc = put_facts(b, st, v, err);
    if (rc)
        return rc;
    put_strata(b, v, &rules);
    put_roles(b, &rules);
    put_targets(b, v);
    put_signatures(b);
    paper_end(b, st);
    return qn_buf_check(b, err);
}
