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
#define PLAIN    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz:-" /* in a link */
#define PAGE_POLICY \
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; " \
    "frame-ancestors 'none'"

struct page {
    struct qn_buf *b;
    enum text_lang lang;
    const char *name;         /* of the record that is asked for; NULL on the first page */
    const char *const *heads; /* of the table being written */
    size_t col;
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

static void row(struct page *p)
{
    p->col = 0;
    html(p, "<tr>");
}

/* Every cell knows its heading: on a narrow screen a row becomes a card. */
static void open_cell(struct page *p, const char *class)
{
    qn_put_fmt(p->b, *class ? "<td class=\"%s\" data-h=\"" : "<td%s data-h=\"", class);
    say(p, p->heads[p->col++], "");
    html(p, "\">");
}

static void cell(struct page *p, const char *value)
{
    open_cell(p, "");
    text(p, qn_str(value));
    html(p, "</td>");
}

static void log_cell(struct page *p, const char *origin)
{
    open_cell(p, "");
    html(p, "<code>");
    text(p, qn_str(origin));
    html(p, "</code></td>");
}

static void number_as(struct page *p, const char *class, uint64_t v)
{
    open_cell(p, class);
    qn_put_fmt(p->b, "%llu</td>", (unsigned long long)v);
}

static void number(struct page *p, uint64_t v)
{
    number_as(p, "n", v);
}

/* A sentence in a cell, coloured or not. */
static void told(struct page *p, const char *class, const char *id, const char *args)
{
    open_cell(p, class);
    say(p, id, args);
    html(p, "</td>");
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
    p->heads = ids;
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

static const char *lang_name(enum text_lang lang)
{
    return lang == TEXT_EN ? "en" : "zh";
}

/* The same page in the other language: also the record stays the one that was asked for. */
static void other_language(struct page *p)
{
    html(p, p->name ? "<a href=\"/record?name=" : "<a href=\"/?");
    for (const char *c = p->name ? p->name : ""; *c; c++)
        qn_put_fmt(p->b, strchr(PLAIN, *c) ? "%c" : "%%%02X", (unsigned char)*c);
    qn_put_fmt(p->b, "%slang=%s\">%s</a>", p->name ? "&amp;" : "",
               lang_name(p->lang == TEXT_EN ? TEXT_ZH : TEXT_EN),
               p->lang == TEXT_EN ? "中文" : "English");
}

static void first_page_link(struct page *p)
{
    qn_put_fmt(p->b, "<a href=\"/?lang=%s\">", lang_name(p->lang));
    say(p, "page.first", "");
    html(p, "</a>");
}

static void head(struct page *p, const struct status *s)
{
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
    html(p, "</span>");
    other_language(p);
    html(p, "</header>\n<main>\n");
}

static void cards(struct page *p, const struct status *s)
{
    html(p, "<div class=cards>\n");
    card(p, "page.own-entries", s->own.size, s->own_state == OWN_SIGNS ? "good" : "bad");
    card(p, "page.plans", s->plans, "good");
    card(p, "page.draws", s->draws, "good");
    card(p, "page.results", s->results, "good");
    card(p, "page.held", s->held, "warn");
    card(p, "state.quarantined", s->quarantined, "bad");
    card(p, "page.refused", s->refused, "bad");
    card(p, "page.files-to-come", s->files.named - s->files.here, "warn");
    html(p, "</div>\n");
    if (s->files.here < s->files.named) {
        char args[160];
        snprintf(args, sizeof(args), "here=%llu|named=%llu|here_bytes=%llu|named_bytes=%llu",
                 (unsigned long long)s->files.here, (unsigned long long)s->files.named,
                 (unsigned long long)(s->files.here_bytes + s->files.coming_bytes),
                 (unsigned long long)s->files.named_bytes);
        html(p, "<section>");
        say(p, "evidence.standing", args);
        html(p, "</section>\n");
    }
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
        row(p);
        cell(p, q->office);
        when(p, q->last_ok_ms);
        when(p, q->last_try_ms);
        if (id[0])
            told(p, "wrap warn", id, q->last_error[n] ? q->last_error + n + 1 : "");
        else
            cell(p, "—");
        html(p, "</tr>\n");
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
        row(p);
        log_cell(p, l->log.origin);
        told(p, "", status_level_id(l->level), "");
        number(p, l->log.size);
        number(p, l->log.verified);
        number(p, least(l->received));
        number(p, least(l->applied));
        number_as(p, l->forks ? "n bad" : "n", l->forks);
        html(p, "</tr>\n");
    }
    end_table(p);
}

static void fork_sides(struct page *p, const struct fork_seen *f)
{
    char args[300];
    bool headers = f->what == QN_FORK_HEADERS;
    for (int k = 0; k < 2; k++) {
        char hash[2 * QN_HASH + 1], when[32], what[64], id[32];
        qn_hex(hash, f->side[k].hash, QN_HASH);
        clock_shown(when, f->side[k].time_ms);
        snprintf(id, sizeof(id), "act-kind.%d", f->side[k].kind);
        text_render(what, sizeof(what), p->lang, text_has(id) ? id : "act-kind.other", "");
        snprintf(args, sizeof(args), "side=%d|hash=%.16s|what=%s|time=%s", k + 1, hash, what, when);
        html(p, "<br>");
        say(p, headers ? "fork.side" : "fork.side-root", args);
        snprintf(args, sizeof(args), "side=%d", k + 1);
        if (f->side[k].ours)
            say(p, "fork.held", args);
    }
}

/* Each log that was signed twice, with both sides and the next step: one contradiction is proof, more add nothing. */
static void forks(struct page *p, const struct status *s)
{
    bool any = false;
    for (size_t i = 0; i < s->forks.n; i++) {
        const struct fork_seen *f = &s->forks.seen[i];
        char args[300];
        if (i && strcmp(f->origin, s->forks.seen[i - 1].origin) == 0)
            continue;
        html(p, any ? "" : "<div id=forks>");
        html(p, f->renewed ? "<section class=past><h2>" : "<section class=stop><h2>");
        any = true;
        say(p, f->renewed ? "page.fork-past" : "page.fork", "");
        html(p, "</h2><p>");
        snprintf(args, sizeof(args), "log=%s|place=%llu", f->origin, (unsigned long long)f->place);
        say(p, f->what == QN_FORK_HEADERS ? "fork.of-headers" : "fork.of-checkpoints", args);
        fork_sides(p, f);
        html(p, "<br>");
        snprintf(args, sizeof(args), "no=%lld|log=%s|epoch=%u", (long long)f->no, f->origin, f->renewed);
        say(p, fork_next(f, strcmp(f->origin, s->own.origin) == 0), args);
        html(p, "</p></section>");
    }
    html(p, any ? "</div>" : "");
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
        row(p);
        cell(p, r->from);
        log_cell(p, r->about);
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
        row(p);
        log_cell(p, f->origin);
        number(p, f->seq);
        told(p, "", state, "");
        told(p, "wrap", f->rule, f->args);
        html(p, "</tr>\n");
    }
    html(p, "<tr><td colspan=4 class=dim>");
    say(p, "page.standing-next", "");
    html(p, "</td></tr>\n");
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
        row(p);
        cell(p, c->office);
        cell(p, c->name);
        cell(p, c->parent);
        snprintf(id, sizeof(id), "colour.%s", children_colour_name(c->colour));
        told(p, colour_class(c->colour), id, "");
        when(p, c->heard_ms);
        snprintf(id, sizeof(id), "heard.%s", children_how_name(c->how));
        told(p, "dim", id, "");
        when(p, c->data_s * 1000);
        snprintf(args, sizeof(args), "n=%llu", (unsigned long long)c->quiet_days);
        told(p, "n", "status.days", args);
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

/* Purges that were ordered here or of this office, and are not done. */
static void purges(struct page *p, const struct purge_lines *all)
{
    static const char *const heads[] = {"table.ordered-by", "table.holder", "table.subject",
                                        "table.time", "table.state"};
    if (!all->open)
        return;
    begin_table(p, "status.purges", heads, sizeof(heads) / sizeof(heads[0]), 9);
    for (size_t i = 0; i < all->open; i++) {
        const struct purge_line *l = &all->line[i];
        row(p);
        cell(p, l->orderer);
        cell(p, l->holder);
        cell(p, l->subject);
        cell(p, l->ordered_on);
        told(p, l->state == PURGE_WAITING ? "warn" : "dim", purge_state_id(l->state), "");
        html(p, "</tr>\n");
    }
    end_table(p);
}

/* Certificates that end or have ended: amber before, red after. */
static void certs(struct page *p, const struct status *s)
{
    char args[400];
    for (size_t i = 0; i < s->certs.n; i++) {
        const struct cert_line *l = &s->certs.line[i];
        html(p, l->state == CERT_ENDING ? "<section class=warn>" : "<section class=bad>");
        say(p, certs_warning(args, &s->self, l), args);
        html(p, "</section>\n");
    }
    if (s->root_rival) {
        html(p, "<section class=bad>");
        say(p, "root.rival", "");
        html(p, "</section>\n");
    }
    if (!s->newer_epoch)
        return;
    snprintf(args, sizeof(args), "epoch=%u", s->newer_epoch);
    html(p, "<section class=warn>");
    say(p, "certs.own-newer", args);
    html(p, "</section>\n");
}

/* Asks for the stages of one row. */
static void finder(struct page *p, const char *name)
{
    html(p, "<section><form action=/record><label>");
    say(p, "page.find", "");
    html(p, " <input name=name size=32 value=\"");
    text(p, qn_str(name));
    qn_put_fmt(p->b, "\"></label> <input type=hidden name=lang value=%s><button>",
               lang_name(p->lang));
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
        row(p);
        told(p, "", l->stage, "");
        cell(p, l->office);
        told(p, "", l->result, l->result_args);
        when_before(p, l->time_s * 1000, l->time_s && l->at_latest);
        told(p, "wrap dim", l->proof, l->proof_args);
        html(p, "</tr>\n");
    }
    end_table(p);
    if (!t->remark)
        return;
    html(p, "<section class=warn>");
    say(p, t->remark, t->remark_args);
    html(p, "</section>\n");
}

/* Small pictures where there can be any; of another file its type. */
static void photos(struct page *p, const struct http_photo *photo, size_t n)
{
    if (!n)
        return;
    html(p, "<section><h2>");
    say(p, "page.photos", "");
    html(p, "</h2>");
    for (size_t i = 0; i < n; i++) {
        html(p, "<figure>");
        if (photo[i].here && photo[i].jpeg)
            qn_put_fmt(p->b, "<img loading=lazy alt=\"\" src=\"/thumb?sha256=%s\">", photo[i].hex);
        char id[80];
        snprintf(id, sizeof(id), "photo-kind.%s", photo[i].kind);
        html(p, "<figcaption class=dim>");
        if (text_has(id))
            say(p, id, "");
        else
            text(p, qn_str(photo[i].kind));
        html(p, " · ");
        text(p, qn_str(photo[i].media));
        qn_put_fmt(p->b, " · <code>%.16s</code> ", photo[i].hex);
        if (!photo[i].here)
            say(p, "files-state.awaited", "");
        html(p, "</figcaption></figure>\n");
    }
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
    struct page p = {.b = &out->body, .lang = req->lang};
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
    forks(&p, &s);
    cards(&p, &s);
    certs(&p, &s);
    clocks(&p, &s);
    children(&p, &s.children);
    finder(&p, "");
    peers(&p, &s);
    fates(&p, &s);
    purges(&p, &s.purges);
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
    struct http_photo photo[HTTP_PHOTOS];
    size_t nphotos = 0;
    struct status self = {0};
    struct qn_err err;
    struct page p = {.b = &out->body, .lang = req->lang, .name = name ? name : ""};
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
    if (!rc)
        nphotos = http_photos(photo, st, office, what.id);
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
        html(&p, "<section>");
        say(&p, told_.record, told_.record_args);
        html(&p, "</section>\n");
        stages(&p, &told_);
        photos(&p, photo, nphotos);
    }
    html(&p, "<section>");
    first_page_link(&p);
    html(&p, "</section></main></body></html>\n");
    out->status = rc == QN_OK ? 200 : rc == QN_MALFORMED ? 400 : 404;
    out->type = "text/html; charset=utf-8";
    out->policy = PAGE_POLICY;
}

void http_absent_page(struct http_reply *out, enum text_lang lang)
{
    struct page p = {.b = &out->body, .lang = lang};
    qn_buf_init(&out->body, 8192);
    qn_put_fmt(&out->body,
               "<!doctype html>\n<html lang=%s><head><meta charset=utf-8><link rel=stylesheet "
               "href=/qian.css><title>404</title></head><body><main><section><h1>404</h1><p>",
               lang == TEXT_EN ? "en" : "zh-CN");
    say(&p, "http.path", "");
    html(&p, "</p><p>");
    first_page_link(&p);
    html(&p, "</p></section></main></body></html>\n");
    out->status = 404;
    out->type = "text/html; charset=utf-8";
    out->policy = PAGE_POLICY;
}
