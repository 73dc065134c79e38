/* pages.c - the office's own page: what is here, what came, what stands still. No scripts. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "node/http/request.h"
#include "node/store/clock.h"
#include "node/store/file.h"
#include "node/sync/stages.h"
#include "node/sync/status.h"

#define PAGE_MAX (4u * 1024 * 1024)
#define PAGE_POLICY \
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; " \
    "frame-ancestors 'none'"

static const char style[] =
    ":root{--ink:#1b2430;--dim:#667085;--line:#e4e7ec;--paper:#fff;--back:#f5f6f8;--mark:#a6192e;"
    "--good:#1a7f4b;--warn:#b54708}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--back);color:var(--ink);font:15px/1.6 system-ui,\"PingFang SC\","
    "\"Microsoft YaHei\",\"Noto Sans CJK SC\",sans-serif}\n"
    "header{background:var(--paper);border-bottom:3px solid var(--mark);padding:18px "
    "28px;display:flex;"
    "align-items:baseline;gap:16px;flex-wrap:wrap}\n"
    "h1{font-size:22px;margin:0}\nh2{font-size:16px;margin:0 0 10px}\n"
    "header .dim{flex:1}\n.dim{color:var(--dim)}\na{color:var(--mark)}\n"
    "main{max-width:1120px;margin:20px auto;padding:0 20px}\n"
    "section{background:var(--paper);border:1px solid var(--line);border-radius:8px;padding:16px "
    "20px;"
    "margin-bottom:16px;overflow-x:auto}\n"
    ".cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin-"
    "bottom:16px}\n"
    ".card{background:var(--paper);border:1px solid var(--line);border-radius:8px;padding:12px "
    "16px}\n"
    ".card b{display:block;font-size:26px;line-height:1.3;font-variant-numeric:tabular-nums}\n"
    "table{border-collapse:collapse;width:100%}\n"
    "th{font-weight:600;text-align:left;color:var(--dim);font-size:13px}\n"
    "td{min-width:3.5em}td+td{white-space:nowrap}td.wrap,td[colspan]{white-space:normal;"
    "min-width:16em}\n"
    "label input{max-width:100%}\n"
    "@media(max-width:640px){header{padding:14px 16px}main{padding:0 10px}section{padding:12px}}\n"
    "th{white-space:nowrap}\n"
    "th,td{padding:6px 14px 6px 0;border-bottom:1px solid var(--line);vertical-align:top}\n"
    "tr:last-child "
    "td{border-bottom:0}\ntd.n,th.n{text-align:right;font-variant-numeric:tabular-nums}\n"
    "code{font:13px ui-monospace,Menlo,Consolas,monospace}\n"
    ".stop{border-color:var(--mark);border-left:6px solid var(--mark)}\n"
    ".good{color:var(--good)}\n.warn{color:var(--warn)}\n.bad{color:var(--mark)}\n";

struct page {
    struct qn_buf *b;
    enum text_lang lang;
};

static void text(struct page *p, struct qn_span s)
{
    for (size_t i = 0; i < s.n; i++)
        switch (s.p[i]) {
        case '&':
            qn_put_str(p->b, "&amp;");
            break;
        case '<':
            qn_put_str(p->b, "&lt;");
            break;
        case '>':
            qn_put_str(p->b, "&gt;");
            break;
        case '"':
            qn_put_str(p->b, "&quot;");
            break;
        case '\'':
            qn_put_str(p->b, "&#39;");
            break;
        default:
            qn_put(p->b, s.p + i, 1);
        }
}

/* A sentence of the catalogue; its values may come from outside, so it is escaped as a whole. */
static void say(struct page *p, const char *id, const char *args)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, 8192);
    text_put(&b, p->lang, id, args);
    text(p, qn_buf_span(&b));
}

static void html(struct page *p, const char *s)
{
    qn_put_str(p->b, s);
}

static void cell(struct page *p, const char *value)
{
    html(p, "<td>");
    text(p, qn_str(value));
    html(p, "</td>");
}

static void number(struct page *p, uint64_t v)
{
    qn_put_fmt(p->b, "<td class=n>%llu</td>", (unsigned long long)v);
}

static void when_before(struct page *p, uint64_t ms, bool at_latest)
{
    char at[17], out[40] = "—";
    clock_shown(at, ms);
    if (ms)
        snprintf(out, sizeof(out), at_latest ? "≤ %s" : "%s", at);
    cell(p, out);
}

static void when(struct page *p, uint64_t ms)
{
    when_before(p, ms, false);
}

static void begin_table(struct page *p, const char *title, const char *const ids[], size_t n,
                        size_t numeric_from)
{
    html(p, "<section><h2>");
    say(p, title, "");
    html(p, "</h2><table><tr>");
    for (size_t i = 0; i < n; i++) {
        html(p, i >= numeric_from ? "<th class=n>" : "<th>");
        say(p, ids[i], "");
        html(p, "</th>");
    }
    html(p, "</tr>\n");
}

static void end_table(struct page *p)
{
    html(p, "</table></section>\n");
}

static void card(struct page *p, const char *id, uint64_t n, const char *class)
{
    qn_put_fmt(p->b, "<div class=card><span class=dim>");
    say(p, id, "");
    qn_put_fmt(p->b, "</span><b class=%s>%llu</b></div>\n", n ? class : "dim",
               (unsigned long long)n);
}

static void head(struct page *p, const struct status *s)
{
    const char *other = p->lang == TEXT_EN ? "zh" : "en";
    qn_put_fmt(p->b,
               "<!doctype html>\n<html lang=%s><head><meta charset=utf-8><meta name=viewport "
               "content=\"width=device-width,initial-scale=1\"><meta http-equiv=refresh content=60>"
               "<link rel=stylesheet href=/qian.css><title>",
               p->lang == TEXT_EN ? "en" : "zh-CN");
    text(p, qn_str(s->self.name));
    html(p, "</title></head><body>\n<header><h1>");
    text(p, qn_str(s->self.name));
    html(p, "</h1><span class=dim>");
    text(p, qn_str(s->self.office));
    html(p, " · ");
    say(p, status_level_id(s->self.level), "");
    qn_put_fmt(p->b, "</span><a href=\"/?lang=%s\">%s</a></header>\n<main>\n", other,
               p->lang == TEXT_EN ? "中文" : "English");
}

static void cards(struct page *p, const struct status *s)
{
    html(p, "<div class=cards>\n");
    card(p, "page.own-entries", s->own.size, "good");
    card(p, "page.plans", s->plans, "good");
    card(p, "page.draws", s->draws, "good");
    card(p, "page.results", s->results, "good");
    card(p, "page.held", s->held + s->quarantined, "warn");
    card(p, "page.refused", s->refused, "bad");
    html(p, "</div>\n");
}

static void peers(struct page *p, const struct status *s)
{
    static const char *const ids[] = {"table.office", "table.last-ok", "table.last-try",
                                      "table.last-error"};
    begin_table(p, "page.peers", ids, 4, 4);
    for (size_t i = 0; i < s->peers.n; i++) {
        const struct peer *q = &s->peers.peer[i];
        char id[48];
        size_t n = strcspn(q->last_error, " ");
        snprintf(id, sizeof(id), "%.*s", (int)(n < sizeof(id) ? n : sizeof(id) - 1), q->last_error);
        html(p, "<tr>");
        cell(p, q->office);
        when(p, q->last_ok_ms);
        when(p, q->last_try_ms);
        html(p, id[0] ? "<td class=\"wrap warn\">" : "<td>—");
        if (id[0])
            say(p, id, q->last_error[n] ? q->last_error + n + 1 : "");
        html(p, "</td></tr>\n");
    }
    if (!s->peers.n) {
        html(p, "<tr><td colspan=4 class=dim>");
        say(p, "page.no-peers", "");
        html(p, "</td></tr>");
    }
    end_table(p);
}

static uint64_t least(const uint64_t v[QN_LANES])
{
    uint64_t m = v[0];
    for (int i = 1; i < QN_LANES; i++)
        m = v[i] < m ? v[i] : m;
    return m;
}

static void logs(struct page *p, const struct status *s)
{
    static const char *const ids[] = {"table.log",      "table.level",    "table.entries",
                                      "table.verified", "table.received", "table.applied",
                                      "table.forks"};
    begin_table(p, "page.logs", ids, 7, 2);
    for (size_t i = 0; i < s->nlogs; i++) {
        const struct status_log *l = &s->log[i];
        html(p, "<tr><td><code>");
        text(p, qn_str(l->log.origin));
        html(p, "</code></td><td>");
        say(p, status_level_id(l->level), "");
        html(p, "</td>");
        number(p, l->log.size);
        number(p, l->log.verified);
        number(p, least(l->received));
        number(p, least(l->applied));
        qn_put_fmt(p->b, "<td class=\"n%s\">%llu</td></tr>\n", l->forks ? " bad" : "",
                   (unsigned long long)l->forks);
    }
    end_table(p);
}

static void receipts(struct page *p, const struct status *s)
{
    static const char *const ids[] = {"table.from",    "table.log",    "table.time",
                                      "table.entries", "table.stored", "table.applied",
                                      "table.held",    "table.refused"};
    if (!s->nreceipts)
        return;
    begin_table(p, "page.receipts", ids, 8, 3);
    for (size_t i = 0; i < s->nreceipts; i++) {
        const struct status_receipt *r = &s->receipt[i];
        html(p, "<tr>");
        cell(p, r->from);
        html(p, "<td><code>");
        text(p, qn_str(r->about));
        html(p, "</code></td>");
        when(p, r->time_s * 1000);
        number(p, r->size);
        number(p, least(r->stored));
        number(p, least(r->applied));
        number(p, r->held);
        number(p, r->refused);
        html(p, "</tr>\n");
    }
    end_table(p);
}

static void fates(struct page *p, const struct status *s)
{
    static const char *const ids[] = {"table.log", "table.seq", "table.state", "table.reason"};
    if (!s->nfates)
        return;
    begin_table(p, "page.standing", ids, 4, 4);
    for (size_t i = 0; i < s->nfates; i++) {
        const struct status_fate *f = &s->fate[i];
        char state[32];
        snprintf(state, sizeof(state), "state.%s", f->state);
        html(p, "<tr><td><code>");
        text(p, qn_str(f->origin));
        html(p, "</code></td>");
        number(p, f->seq);
        html(p, "<td>");
        say(p, state, "");
        html(p, "</td><td class=wrap>");
        say(p, f->rule, f->args);
        html(p, "</td></tr>\n");
    }
    end_table(p);
}

static const char *colour_class(enum children_colour colour)
{
    switch (colour) {
    case COLOUR_GREY:
        return "dim";
    case COLOUR_GREEN:
        return "good";
    case COLOUR_AMBER:
        return "warn";
    case COLOUR_RED:
        return "bad";
    }
    return "dim";
}

/* A sentence in a cell, coloured or not. */
static void told(struct page *p, const char *class, const char *id, const char *args)
{
    qn_put_fmt(p->b, "<td class=\"%s\">", class);
    say(p, id, args);
    html(p, "</td>");
}

static void children(struct page *p, const struct children *all)
{
    static const char *const ids[] = {"table.office", "table.name",  "table.parent",
                                      "table.colour", "table.heard", "table.how",
                                      "table.data",   "table.quiet", "table.entries"};
    char id[32], args[100];
    if (!all->n)
        return;
    begin_table(p, "page.children", ids, 9, 7);
    for (size_t i = 0; i < all->n; i++) {
        const struct child *c = &all->child[i];
        html(p, "<tr>");
        cell(p, c->office);
        cell(p, c->name);
        cell(p, c->parent);
        snprintf(id, sizeof(id), "colour.%s", children_colour_name(c->colour));
        told(p, colour_class(c->colour), id, "");
        when(p, c->heard_ms);
        snprintf(id, sizeof(id), "heard.%s", children_how_name(c->how));
        told(p, "dim", id, "");
        when(p, c->data_s * 1000);
        number(p, c->quiet_days);
        number(p, c->entries);
        html(p, "</tr>\n");
    }
    for (size_t i = 0; i < all->n; i++) {
        const struct child *c = &all->child[i];
        if (!c->bypassed)
            continue;
        snprintf(args, sizeof(args), "office=%s|parent=%s|from=%llu|to=%llu", c->office, c->parent,
                 (unsigned long long)c->bypass_from, (unsigned long long)(c->entries - 1));
        html(p, "<tr><td colspan=9 class=warn>");
        say(p, "status.bypassed", args);
        html(p, "</td></tr>\n");
    }
    end_table(p);
}

/* Clocks that differ from ours, and claims that fall back. */
static void clocks(struct page *p, const struct status *s)
{
    char args[200];
    bool any = s->backs != 0;
    for (size_t i = 0; i < s->peers.n; i++)
        any = any || clocks_apart(s->peers.peer[i].skew_ms);
    if (!any)
        return;
    html(p, "<section class=warn>");
    for (size_t i = 0; i < s->peers.n; i++) {
        unsigned long long n;
        if (!clocks_apart(s->peers.peer[i].skew_ms))
            continue;
        const char *id = clocks_id(s->peers.peer[i].skew_ms, &n);
        snprintf(args, sizeof(args), "office=%s|n=%llu", s->peers.peer[i].office, n);
        html(p, "<div>");
        say(p, id, args);
        html(p, "</div>");
    }
    for (size_t i = 0; i < s->nbacks; i++) {
        snprintf(args, sizeof(args), "log=%s|seq=%llu", s->back[i].origin,
                 (unsigned long long)s->back[i].seq);
        html(p, "<div>");
        say(p, "page.fall", args);
        html(p, "</div>");
    }
    html(p, "</section>\n");
}

/* Asks for the stages of one row. */
static void finder(struct page *p, const char *name)
{
    html(p, "<section><form action=/record><label>");
    say(p, "page.find", "");
    html(p, " <input name=name size=32 value=\"");
    text(p, qn_str(name));
    html(p, "\"></label> <button>");
    say(p, "page.find-button", "");
    html(p, "</button></form></section>\n");
}

static void stages(struct page *p, const struct stages_told *t)
{
    static const char *const ids[] = {"table.stage", "table.office", "table.result", "table.time",
                                      "table.proof"};
    begin_table(p, "page.stages", ids, 5, 5);
    for (unsigned i = 0; i < t->n; i++) {
        const struct stages_line *l = &t->line[i];
        html(p, "<tr>");
        told(p, "", l->stage, "");
        cell(p, l->office);
        told(p, "", l->result, l->result_args);
        when_before(p, l->time_s * 1000, l->time_s && l->at_latest);
        told(p, "dim", l->proof, l->proof_args);
        html(p, "</tr>\n");
    }
    end_table(p);
    if (!t->remark)
        return;
    html(p, "<section class=warn>");
    say(p, t->remark, t->remark_args);
    html(p, "</section>\n");
}

static void foot(struct page *p, const struct store *st)
{
    char site[FILE_PATH_MAX];
    struct qn_err none;
    struct stat info;
    if (file_join(site, store_dir(st), "site/index.html", &none) == QN_OK &&
        stat(site, &info) == 0) {
        html(p, "<section><a href=\"/site/\">");
        say(p, "page.site", "");
        html(p, "</a></section>");
    }
    html(p, "</main></body></html>\n");
}

void http_status_page(struct http_request *req, struct http_reply *out)
{
    QN_AUTO(status) struct status s = {0};
    struct qn_err err;
    struct page p = {&out->body, req->lang};
    pthread_mutex_lock(&req->office->lock);
    enum qn_code rc = status_read(&s, req->office->st, &err);
    pthread_mutex_unlock(&req->office->lock);
    if (rc) {
        http_problem(out, req->lang, &err);
        return;
    }
    qn_buf_init(&out->body, PAGE_MAX);
    head(&p, &s);
    if (s.own_state != OWN_SIGNS) {
        html(&p, "<section class=stop>");
        say(&p, s.stopped.id, s.stopped.args);
        html(&p, "</section>");
    }
    cards(&p, &s);
    clocks(&p, &s);
    children(&p, &s.children);
    finder(&p, "");
    peers(&p, &s);
    fates(&p, &s);
    logs(&p, &s);
    receipts(&p, &s);
    foot(&p, req->office->st);
    rc = qn_buf_check(&out->body, &err);
    if (rc) {
        qn_buf_release(&out->body);
        http_problem(out, req->lang, &err);
        return;
    }
    out->status = 200;
    out->type = "text/html; charset=utf-8";
    out->policy = PAGE_POLICY;
}

void http_record_page(struct http_request *req, struct http_reply *out)
{
    const char *name = http_query(req, "name");
    char office[QN_CODE_MAX + 1];
    struct stages_of what = {.office = office};
    struct stages s;
    struct stages_told told_;
    struct status self = {0};
    struct qn_err err;
    struct page p = {&out->body, req->lang};
    struct store *st = req->office->st;
    pthread_mutex_lock(&req->office->lock);
    enum qn_code rc = store_self(st)
                          ? QN_OK
                          : qn_fail(&err, QN_ABSENT, "store.not-enrolled", "dir=%s", store_dir(st));
    if (!rc)
        self.self = *store_self(st);
    if (!rc)
        rc = stages_parse(office, &what.id, st, name ? name : "", &err);
    if (!rc)
        rc = stages_read(&s, st, &what, &err);
    pthread_mutex_unlock(&req->office->lock);
    qn_buf_init(&out->body, PAGE_MAX);
    head(&p, &self);
    finder(&p, name ? name : "");
    if (rc) {
        html(&p, "<section class=warn>");
        say(&p, err.id, err.args);
        html(&p, "</section>\n");
    } else {
        stages_tell(&told_, &s);
        stages(&p, &told_);
    }
    html(&p, "<section><a href=\"/\">");
    say(&p, "page.first", "");
    html(&p, "</a></section></main></body></html>\n");
    out->status = rc == QN_OK ? 200 : rc == QN_MALFORMED ? 400 : 404;
    out->type = "text/html; charset=utf-8";
    out->policy = PAGE_POLICY;
}

void http_absent_page(struct http_reply *out, enum text_lang lang)
{
    struct page p = {&out->body, lang};
    qn_buf_init(&out->body, 8192);
    qn_put_fmt(&out->body,
               "<!doctype html>\n<html lang=%s><head><meta charset=utf-8><link rel=stylesheet "
               "href=/qian.css><title>404</title></head><body><main><section><h1>404</h1><p>",
               lang == TEXT_EN ? "en" : "zh-CN");
    say(&p, "http.path", "");
    html(&p, "</p><p><a href=\"/\">");
    say(&p, "page.first", "");
    html(&p, "</a></p></section></main></body></html>\n");
    out->status = 404;
    out->type = "text/html; charset=utf-8";
    out->policy = PAGE_POLICY;
}

void http_style(struct http_request *req, struct http_reply *out)
{
    (void)req;
    out->status = 200;
    out->type = "text/css; charset=utf-8";
    qn_buf_init(&out->body, sizeof(style));
    qn_put(&out->body, style, sizeof(style) - 1);
}
