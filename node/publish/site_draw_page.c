/* site_draw_page.c - the page of one released draw. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/publish/site_parts.h"
#include "node/text/condition.h"
#include "node/text/text.h"
#include "protocol/wire.h"

/* ---- pieces ------------------------------------------------------------------------------------- */

static const char *level_id(enum qn_draw_level level, bool what)
{
    switch (level) {
    case QN_WITNESSED:
        return what ? "site.level-witnessed-means" : "site.level-witnessed";
    case QN_OFFLINE:
        return what ? "site.level-offline-means" : "site.level-offline";
    case QN_UNWITNESSED:
        return what ? "site.level-unwitnessed-means" : "site.level-unwitnessed";
    }
    return "site.level-unwitnessed";
}

void site_level(struct qn_buf *b, enum qn_draw_level level)
{
    qn_put_fmt(b, "<span class=\"tag level-%s\">", qn_draw_level_name(level));
    html_say(b, level_id(level, false), "");
    qn_put_str(b, "</span>");
}

void site_verdict(struct qn_buf *b, const struct m_verdict *v)
{
    if (!v || qn_span_is(v->outcome, "open")) {
        qn_put_str(b, "<span class=\"tag none\">");
        html_say(b, "site.verdict-none", "");
    } else if (qn_span_is(v->outcome, "forgotten")) {
        qn_put_str(b, "<span class=\"tag none\">");
        html_say(b, "site.verdict-forgotten", "");
    } else if (v->codes.n == 0 || qn_span_is(v->codes, "-")) {
        qn_put_str(b, "<span class=\"tag good\">");
        html_say(b, "site.verdict-clean", "");
    } else {
        qn_put_str(b, "<span class=\"tag bad\">");
        html_say(b, "site.verdict-found", "");
    }
    qn_put_str(b, "</span>");
}

static void heading(struct qn_buf *b, const char *id)
{
    html_el(b, "h2", NULL, id, "");
}

/* ---- what was drawn, by whom, when -------------------------------------------------------------- */

static void put_slots(struct site *s, struct qn_buf *b, const struct site_view *v)
{
    for (unsigned i = 0; i < v->ev.order.nslots; i++) {
        const struct qn_slot_key *k = &v->ev.order.slot[i];
        const struct m_plan *plan = model_plan(&s->m, qn_str(k->issuer), qn_str(k->series));
        char path[SITE_PATH], name[120];
        if (i)
            qn_put_str(b, "<br>");
        snprintf(path, sizeof(path), "plans/%s-%s.html", k->issuer, k->series);
        snprintf(name, sizeof(name), "%s/%s/%s/%u", k->issuer, k->series, k->task, k->round);
        if (plan)
            html_link(b, 2, path, qn_str(name));
        else
            html_str(b, name);
        qn_put_str(b, " ");
        html_say(b, "site.slot-round", "round=%u", k->round);
    }
}

static void put_count(struct qn_buf *b, const struct site_view *v)
{
    size_t must = 0;
    if (v->sum->pairs) {
        html_say(b, "site.pairs-only", "");
        return;
    }
    for (size_t i = 0; i < v->ev.nselected; i++)
        must += v->ev.selected[i].mode == QN_MUST;
    html_say(b, "site.drawn-count", "all=%zu|lot=%zu|must=%zu", v->ev.nselected,
             v->ev.nselected - must, must);
}

static void put_facts(struct site *s, struct qn_buf *b, const struct site_view *v)
{
    char parent[QN_CODE_MAX + 1];
    qn_text_copy(parent, sizeof(parent), v->order->key.office);
    html_facts_begin(b);
    html_fact(b, "site.fact-slot");
    put_slots(s, b, v);
    html_fact(b, "site.fact-office");
    html_fmt(b, "%s（%s）", site_name_of(s, v->sum->row->key.office), v->sum->office);
    html_fact(b, "site.fact-parent");
    html_fmt(b, "%s（%s）", site_name_of(s, v->order->key.office), parent);
    html_fact(b, "site.fact-window");
    html_fmt(b, "%s — %s", v->ev.order.window_from, v->ev.order.window_to);
    html_fact(b, "site.fact-freeze");
    html_say(b, "site.freeze-of", "date=%s|count=%llu", v->ev.freeze.date,
             (unsigned long long)v->ev.freeze.roots.objects);
    html_fact(b, "site.fact-drawn");
    put_count(b, v);
    html_fact(b, "site.fact-level");
    site_level(b, v->sum->level);
    html_facts_end(b);
    html_el(b, "p", "note", level_id(v->sum->level, true), "");
    if (v->ev.order.level <
        v->sum->level) { /* highest first: the line claims more than the evidence shows */
        char claimed[64];
        text_render(claimed, sizeof(claimed), TEXT_ZH, level_id(v->ev.order.level, false), "");
        html_el(b, "p", "warn", "site.level-lower", "claimed=%s", claimed);
    }
}

/* ---- verdicts ----------------------------------------------------------------------------------- */

/* "ROOT_MISMATCH rival:LOG_FORK": each in words where we have them, and the code as it stands. */
static void put_codes(struct qn_buf *b, struct qn_span codes)
{
    struct rd r = {.in = codes};
    if (!codes.n)
        html_say(b, "site.none", "");
    else
        qn_put_str(b, "<ul class=\"codes\">");
    while (rd_more(&r)) {
        struct qn_span code = rd_field(&r), name = code;
        char id[80], lower[48];
        size_t n = 0;
        if (code.n > 6 && memcmp(code.p, "rival:", 6) == 0)
            name = (struct qn_span){code.p + 6, code.n - 6};
        for (; n < name.n && n + 1 < sizeof(lower); n++)
            lower[n] = (char)(name.p[n] == '_'                       ? '-'
                              : name.p[n] >= 'A' && name.p[n] <= 'Z' ? name.p[n] + 32
                                                                     : name.p[n]);
        lower[n] = 0;
        snprintf(id, sizeof(id), "site.finding-%s", lower);
        qn_put_str(b, "<li>");
        if (text_has(id)) {
            if (name.n != code.n)
                html_say(b, "site.on-rival", "");
            html_say(b, id, "");
            qn_put_str(b, " ");
        }
        qn_put_str(b, "<code>");
        html_span(b, code);
        qn_put_str(b, "</code></li>");
    }
    if (codes.n)
        qn_put_str(b, "</ul>");
}

static void put_verdict(struct site *s, struct qn_buf *b, const struct m_verdict *m)
{
    html_facts_begin(b);
    html_fact(b, "site.fact-judged-by");
    html_str(b, site_name_of(s, m->key.office));
    html_fact(b, "site.fact-judged-on");
    html_span(b, m->judged_on);
    html_fact(b, "site.fact-outcome");
    site_verdict(b, m);
    html_fact(b, "site.fact-codes");
    put_codes(b, m->codes);
    html_fact(b, "site.fact-not-checked");
    put_codes(b, m->not_checked);
    html_facts_end(b);
}

static void put_verdicts(struct site *s, struct qn_buf *b, const struct site_view *v)
{
    bool any = false;
    size_t at = 0;
    heading(b, "site.h-verdict");
    for (const struct m_verdict *m; (m = site_next_verdict(s, v->sum->row, &at)) != NULL;
         any = true)
        put_verdict(s, b, m);
    if (!any)
        html_el(b, "p", "note", "site.verdict-none-yet", "");
    if (v->holds)
        html_el(b, "p", "good", "site.recomputed", "");
    else
        html_el(b, "p", "warn", "site.not-recomputed", "rule=%s", v->why.id);
}

/* ---- strata and list ---------------------------------------------------------------------------- */

static void put_words(struct qn_buf *b, struct qn_span text, unsigned no)
{
    struct qn_err err;
    struct qn_rules *r = malloc(sizeof(*r));
    if (r && qn_rules_parse(r, text, &err) == QN_OK)
        for (unsigned i = 0; i < r->nstrata; i++)
            if (r->stratum[i].no == no) {
                QN_AUTO(qn_buf) struct qn_buf words = {0};
                qn_buf_init(&words, QN_RULES_MAX);
                condition_put(&words, TEXT_ZH, r, r->stratum[i].expr);
                html_span(b, qn_buf_span(&words));
                qn_put_str(b, " ");
            }
    free(r);
}

/* Condition and share of a stratum: in words, and word for word from the published rules. */
static void put_rule(struct html_table *t, const struct site_view *v,
                     const struct qn_stratum_line *l)
{
    struct qn_span share = {NULL, 0}, least = share, condition = share;
    if (l->slot >= 1 && l->slot <= v->ev.order.nslots && v->rules_row[l->slot - 1]) {
        struct rd text = {.in = v->rules_row[l->slot - 1]->rules};
        while (rd_more(&text) && !condition.n) {
            struct rd line = {.in = rd_line(&text)};
            if (!qn_span_is(rd_field(&line), "stratum") || rd_dec(&line, UINT8_MAX) != l->stratum ||
                line.failed)
                continue;
            share = rd_field(&line);
            least = rd_field(&line);
            condition = rd_field(&line);
        }
    }
    html_cell(t, NULL);
    if (condition.n)
        put_words(t->b, v->rules_row[l->slot - 1]->rules, l->stratum);
    qn_put_str(t->b, condition.n ? "<code>" : "—");
    html_span(t->b, condition);
    qn_put_str(t->b, condition.n ? "</code>" : "");
    html_cell(t, NULL);
    html_span(t->b, share);
    if (least.n && !qn_span_is(least, "0"))
        html_say(t->b, "site.at-least", "least=%.*s", (int)least.n, (const char *)least.p);
}

static void put_strata(struct qn_buf *b, const struct site_view *v)
{
    static const char *const heads[] = {"site.col-slot",  "site.col-stratum", "site.col-condition",
                                        "site.col-share", "site.col-base",    "site.col-pool",
                                        "site.col-quota", "site.col-cutoff"};
    struct html_table t;
    heading(b, "site.h-strata");
    html_el(b, "p", "note", "site.strata-claim", "");
    html_table_begin(&t, b, heads, 8);
    for (unsigned i = 0; i < v->ev.result.nstrata; i++) {
        const struct qn_stratum_line *l = &v->ev.result.stratum[i];
        html_number(&t, l->slot);
        html_number(&t, l->stratum);
        put_rule(&t, v, l);
        html_number(&t, l->base);
        html_number(&t, l->pool);
        html_number(&t, l->quota);
        html_cell(&t, NULL);
        if (l->has_cutoff)
            html_hash(b, l->cutoff, QN_HASH);
        else
            qn_put_str(b, "—");
    }
    html_table_end(&t);
}

static void put_selected(struct site *s, struct qn_buf *b, const struct site_view *v)
{
    static const char *const heads[] = {"site.col-no",   "site.col-object", "site.col-name",
                                        "site.col-mode", "site.col-ticket", "site.col-result"};
    struct html_table t;
    bool joint = v->ev.order.nslots > 1;
    heading(b, "site.h-selected");
    html_el(b, "p", "note", "site.selected-note", "");
    html_table_begin(&t, b, heads, 6);
    for (size_t i = 0; i < v->ev.nselected; i++) {
        const struct qn_ev_selected *x = &v->ev.selected[i];
        const struct qn_slot_key *k =
            &v->ev.order.slot[x->slot <= v->ev.order.nslots ? x->slot - 1 : 0];
        const struct site_result *r =
            site_result_of(s, v->sum->row->key.office, v->sum->row->key.id, x->object_id,
                           qn_str(k->task), k->round);
        uint8_t ticket[QN_HASH];
        html_number(&t, i + 1);
        html_cell(&t, "id");
        qn_put_str(b, "<code>");
        html_span(b, x->object_id);
        qn_put_str(b, "</code>");
        html_cell(&t, NULL);
        if (r)
            site_object_link(b, 2, r->r->object_id, r->r->object_name);
        else
            qn_put_str(b, "—");
        html_cell(&t, NULL);
        html_say(b, x->mode == QN_MUST ? "site.mode-must" : "site.mode-lot", "");
        if (joint)
            html_fmt(b, " · %s", k->task);
        html_cell(&t, NULL);
        if (v->ev.has_seed) {
            qn_evidence_ticket(ticket, &v->ev, x->object_id);
            html_hash(b, ticket, QN_HASH);
        }
        html_cell(&t, NULL);
        site_result_cell(s, b, r);
    }
    html_table_end(&t);
}

/* ---- evidence ----------------------------------------------------------------------------------- */

static void put_times(struct site *s, struct qn_buf *b, const struct site_view *v)
{
    static const char *const heads[] = {"site.col-entry", "site.col-place", "site.col-witness",
                                        "site.col-time", "site.col-size"};
    static const char *const names[QN_EV_ENTRIES] = {"site.entry-order", "site.entry-freeze",
                                                     "site.entry-draw"};
    static const int in_time[QN_EV_ENTRIES] = {QN_EV_FREEZE, QN_EV_ORDER, QN_EV_DRAW};
    struct html_table t;
    heading(b, "site.h-times");
    html_el(b, "p", "note", "site.times-note", "");
    html_table_begin(&t, b, heads, 5);
    for (int i = 0; i < QN_EV_ENTRIES; i++) {
        int e = in_time[i];
        for (unsigned k = 0; k < v->times[e].n; k++) {
            html_cell(&t, NULL);
            html_say(b, names[e], "");
            html_cell(&t, NULL);
            qn_put_str(b, "<code>");
            html_fmt(b, "%s #%llu", v->ev.entry[e].origin, (unsigned long long)v->ev.entry[e].seq);
            qn_put_str(b, "</code>");
            html_cell(&t, NULL);
            html_str(b, site_name_of(s, qn_str(v->times[e].by[k].office)));
            if (!v->times[e].by[k].above)
                html_say(b, "site.own-witness", "");
            html_cell(&t, "time");
            html_time(b, v->times[e].by[k].time_s);
            html_number(&t, v->times[e].by[k].size);
        }
    }
    html_table_end(&t);
}

static void put_text(struct qn_buf *b, const char *id, struct qn_span text)
{
    qn_put_str(b, "<details><summary>");
    html_say(b, id, "");
    qn_put_str(b, "</summary><pre>");
    html_span(b, text);
    qn_put_str(b, "</pre></details>\n");
}

static void put_texts(struct qn_buf *b, const struct site_view *v)
{
    heading(b, "site.h-texts");
    put_text(b, "site.text-order", v->ev.note_bytes);
    put_text(b, "site.text-freeze", v->ev.freeze_text);
    put_text(b, "site.text-result", v->ev.result_text);
    for (unsigned i = 0; i < v->ev.order.nslots; i++)
        if (v->rules_row[i])
            put_text(b, "site.text-rules", v->rules_row[i]->rules);
}

static void put_files(struct site *s, struct qn_buf *b, const struct site_view *v)
{
    static const char *const heads[] = {"site.col-file", "site.col-bytes", "site.col-hash"};
    struct html_table t;
    char id[40];
    size_t dir = strlen(v->sum->dir);
    const struct site_file *f = s->files.at;
    heading(b, "site.h-files");
    html_el(b, "p", "note", "site.files-note", "");
    html_table_begin(&t, b, heads, 3);
    for (size_t i = 0; i < s->files.n; i++) {
        if (strncmp(f[i].path, v->sum->dir, dir) != 0 || f[i].path[dir] != '/')
            continue;
        html_cell(&t, NULL);
        html_link(b, 0, f[i].path + dir + 1, qn_str(f[i].path + dir + 1));
        html_number(&t, f[i].size);
        html_cell(&t, NULL);
        html_hash(b, f[i].hash, QN_HASH);
    }
    html_table_end(&t);
    qn_row_id_text(id, v->sum->row->key.id);
    html_el(b, "p", NULL, "site.check-yourself", "");
    qn_put_str(b, "<pre>");
    html_fmt(b, "qian site check --site . --fingerprint XXXXX-… --draw %s:%s --object ",
             v->sum->office, id);
    html_say(b, "site.an-id", "");
    qn_put_str(b, "</pre>\n");
}

enum qn_code site_draw_page(struct site *s, const struct site_view *v)
{
    struct qn_buf b;
    char path[SITE_PATH + 16], over[400], english[200], up[SITE_PATH], id[40];
    qn_row_id_text(id, v->sum->row->key.id);
    const char *name = site_name_of(s, v->sum->row->key.office);
    snprintf(path, sizeof(path), "%s/index.html", v->sum->dir);
    snprintf(over, sizeof(over), "%s · %s:%s", name, v->sum->office, id);
    snprintf(up, sizeof(up), "offices/%s.html", v->sum->office);
    snprintf(english, sizeof(english), "draw=%s:%s|count=%llu|level=%s", v->sum->office, id,
             (unsigned long long)v->sum->drawn, qn_draw_level_name(v->sum->level));
    struct html_page p = {.depth = 2,
                          .script = v->read,
                          .title = v->sum->title,
                          .over = over,
                          .up = up,
                          .up_title = name,
                          .english = v->sum->pairs ? "site.en-match" : "site.en-draw",
                          .english_args = english};
    site_page(s, &p, &b);
    if (v->read) {
        put_facts(s, &b, v);
        site_script_here(&b, v);
        put_verdicts(s, &b, v);
        if (v->sum->pairs) {
            site_lists(s, &b, v);
        } else {
            put_strata(&b, v);
            put_selected(s, &b, v);
        }
        site_exceptions(s, &b, v->sum->row);
        put_times(s, &b, v);
        put_texts(&b, v);
    } else {
        html_el(&b, "p", "warn", "site.unreadable", "rule=%s", v->why.id);
        put_verdicts(s, &b, v);
    }
    put_files(s, &b, v);
    return site_page_done(s, &p, &b, path);
}
