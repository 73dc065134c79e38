/* page_office.c - the office's own page: what is here, what came, what stands still. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "node/draw/due.h"
#include "node/http/page.h"
#include "node/store/clock.h"
#include "node/store/file.h"

static void cards(struct page *p, const struct status *s)
{
    page_html(p, "<div class=cards>\n");
    page_card(p, "page.own-entries", s->own.size, s->own_state == OWN_SIGNS ? "good" : "bad");
    page_card(p, "page.plans", s->plans, "good");
    page_card(p, "page.draws", s->draws, "good");
    page_card(p, "page.results", s->results, "good");
    page_card(p, "page.held", s->held, "warn");
    page_card(p, "state.quarantined", s->quarantined, "bad");
    page_card(p, "page.refused", s->refused, "bad");
    page_card(p, "page.files-to-come", s->files.named - s->files.here, "warn");
    page_html(p, "</div>\n");
    if (s->files.here < s->files.named) {
        char args[160];
        snprintf(args, sizeof(args), "here=%llu|named=%llu|here_bytes=%llu|named_bytes=%llu",
                 (unsigned long long)s->files.here, (unsigned long long)s->files.named,
                 (unsigned long long)(s->files.here_bytes + s->files.coming_bytes),
                 (unsigned long long)s->files.named_bytes);
        page_html(p, "<section>");
        page_say(p, "evidence.standing", args);
        page_html(p, "</section>\n");
    }
}

static void peers(struct page *p, const struct status *s)
{
    static const char *const ids[] = {"table.office", "table.last-ok", "table.last-try",
                                      "table.last-error"};
    page_begin_table(p, "page.peers", ids, 4, 4);
    for (size_t i = 0; i < s->peers.n; i++) {
        const struct peer *q = &s->peers.peer[i];
        char id[48];
        size_t n = strcspn(q->last_error, " ");
        snprintf(id, sizeof(id), "%.*s", (int)(n < sizeof(id) ? n : sizeof(id) - 1), q->last_error);
        page_row(p);
        page_cell(p, q->office);
        page_when(p, q->last_ok_ms);
        page_when(p, q->last_try_ms);
        if (id[0])
            page_told(p, "wrap warn", id, q->last_error[n] ? q->last_error + n + 1 : "");
        else
            page_cell(p, "—");
        page_html(p, "</tr>\n");
    }
    if (!s->peers.n) {
        page_html(p, "<tr><td colspan=4 class=dim>");
        page_say(p, "page.no-peers", "");
        page_html(p, "</td></tr>");
    }
    page_end_table(p);
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
    page_begin_table(p, "page.logs", ids, 7, 2);
    for (size_t i = 0; i < s->nlogs; i++) {
        const struct status_log *l = &s->log[i];
        page_row(p);
        page_log_cell(p, l->log.origin);
        page_told(p, "", status_level_id(l->level), "");
        page_number(p, l->log.size);
        page_number(p, l->log.verified);
        page_number(p, least(l->received));
        page_number(p, least(l->applied));
        page_number_as(p, l->forks ? "n bad" : "n", l->forks);
        page_html(p, "</tr>\n");
    }
    page_end_table(p);
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
        page_html(p, "<br>");
        page_say(p, headers ? "fork.side" : "fork.side-root", args);
        snprintf(args, sizeof(args), "side=%d", k + 1);
        if (f->side[k].ours)
            page_say(p, "fork.held", args);
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
        page_html(p, any ? "" : "<div id=forks>");
        page_html(p, f->renewed ? "<section class=past><h2>" : "<section class=stop><h2>");
        any = true;
        page_say(p, f->renewed ? "page.fork-past" : "page.fork", "");
        page_html(p, "</h2><p>");
        snprintf(args, sizeof(args), "log=%s|place=%llu", f->origin, (unsigned long long)f->place);
        page_say(p, f->what == QN_FORK_HEADERS ? "fork.of-headers" : "fork.of-checkpoints", args);
        fork_sides(p, f);
        page_html(p, "<br>");
        snprintf(args, sizeof(args), "no=%lld|log=%s|epoch=%u", (long long)f->no, f->origin,
                 f->renewed);
        page_say(p, fork_next(f, strcmp(f->origin, s->own.origin) == 0), args);
        page_html(p, "</p></section>");
    }
    page_html(p, any ? "</div>" : "");
}

static void receipts(struct page *p, const struct status *s)
{
    static const char *const ids[] = {"table.from",    "table.log",    "table.time",
                                      "table.entries", "table.stored", "table.applied",
                                      "table.held",    "table.refused"};
    if (!s->nreceipts)
        return;
    page_begin_table(p, "page.receipts", ids, 8, 3);
    for (size_t i = 0; i < s->nreceipts; i++) {
        const struct status_receipt *r = &s->receipt[i];
        page_row(p);
        page_cell(p, r->from);
        page_log_cell(p, r->about);
        page_when(p, r->time_s * 1000);
        page_number(p, r->size);
        page_number(p, least(r->stored));
        page_number(p, least(r->applied));
        page_number(p, r->held);
        page_number(p, r->refused);
        page_html(p, "</tr>\n");
    }
    page_end_table(p);
}

static void fates(struct page *p, const struct status *s)
{
    static const char *const ids[] = {"table.log", "table.seq", "table.state", "table.reason"};
    if (!s->nfates)
        return;
    page_begin_table(p, "page.standing", ids, 4, 4);
    for (size_t i = 0; i < s->nfates; i++) {
        const struct status_fate *f = &s->fate[i];
        char state[32];
        snprintf(state, sizeof(state), "state.%s", f->state);
        page_row(p);
        page_log_cell(p, f->origin);
        page_number(p, f->seq);
        page_told(p, "", state, "");
        page_told(p, "wrap", f->rule, f->args);
        page_html(p, "</tr>\n");
    }
    page_html(p, "<tr><td colspan=4 class=dim>");
    page_say(p, "page.standing-next", "");
    page_html(p, "</td></tr>\n");
    page_end_table(p);
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
    page_begin_table(p, "page.children", ids, 9, 7);
    for (size_t i = 0; i < all->n; i++) {
        const struct child *c = &all->child[i];
        page_row(p);
        page_cell(p, c->office);
        page_cell(p, c->name);
        page_cell(p, c->parent);
        snprintf(id, sizeof(id), "colour.%s", children_colour_name(c->colour));
        page_told(p, colour_class(c->colour), id, "");
        page_when(p, c->heard_ms);
        snprintf(id, sizeof(id), "heard.%s", children_how_name(c->how));
        page_told(p, "dim", id, "");
        page_when(p, c->data_s * 1000);
        snprintf(args, sizeof(args), "n=%llu", (unsigned long long)c->quiet_days);
        page_told(p, "n", "status.days", args);
        page_number(p, c->entries);
        page_html(p, "</tr>\n");
    }
    for (size_t i = 0; i < all->n; i++) {
        const struct child *c = &all->child[i];
        if (!c->bypassed)
            continue;
        snprintf(args, sizeof(args), "office=%s|parent=%s|from=%llu|to=%llu", c->office, c->parent,
                 (unsigned long long)c->bypass_from, (unsigned long long)(c->entries - 1));
        page_html(p, "<tr><td colspan=9 class=warn>");
        page_say(p, "status.bypassed", args);
        page_html(p, "</td></tr>\n");
    }
    page_end_table(p);
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
    page_html(p, "<section class=warn>");
    for (size_t i = 0; i < s->peers.n; i++) {
        unsigned long long n;
        if (!clocks_apart(s->peers.peer[i].skew_ms))
            continue;
        const char *id = clocks_id(s->peers.peer[i].skew_ms, &n);
        snprintf(args, sizeof(args), "office=%s|n=%llu", s->peers.peer[i].office, n);
        page_html(p, "<div>");
        page_say(p, id, args);
        page_html(p, "</div>");
    }
    for (size_t i = 0; i < s->nbacks; i++) {
        snprintf(args, sizeof(args), "log=%s|seq=%llu", s->back[i].origin,
                 (unsigned long long)s->back[i].seq);
        page_html(p, "<div>");
        page_say(p, "page.fall", args);
        page_html(p, "</div>");
    }
    page_html(p, "</section>\n");
}

/* Purges that were ordered here or of this office, and are not done. */
static void purges(struct page *p, const struct purge_lines *all)
{
    static const char *const heads[] = {"table.ordered-by", "table.holder", "table.subject",
                                        "table.time", "table.state"};
    if (!all->open)
        return;
    page_begin_table(p, "status.purges", heads, sizeof(heads) / sizeof(heads[0]), 9);
    for (size_t i = 0; i < all->open; i++) {
        const struct purge_line *l = &all->line[i];
        page_row(p);
        page_cell(p, l->orderer);
        page_cell(p, l->holder);
        page_cell(p, l->subject);
        page_cell(p, l->ordered_on);
        page_told(p, l->state == PURGE_WAITING ? "warn" : "dim", purge_state_id(l->state), "");
        page_html(p, "</tr>\n");
    }
    page_end_table(p);
}

/* Certificates that end or have ended: amber before, red after. */
static void certs(struct page *p, const struct status *s)
{
    char args[400];
    for (size_t i = 0; i < s->certs.n; i++) {
        const struct cert_line *l = &s->certs.line[i];
        page_html(p, l->state == CERT_ENDING ? "<section class=warn>" : "<section class=bad>");
        page_say(p, certs_warning(args, &s->self, l), args);
        page_html(p, "</section>\n");
    }
    if (s->root_rival) {
        page_html(p, "<section class=bad>");
        page_say(p, "root.rival", "");
        page_html(p, "</section>\n");
    }
    if (!s->newer_epoch)
        return;
    snprintf(args, sizeof(args), "epoch=%u", s->newer_epoch);
    page_html(p, "<section class=warn>");
    page_say(p, "certs.own-newer", args);
    page_html(p, "</section>\n");
}

/* The rosters could not be frozen by themselves (verdicts-44): nobody else sees it, and orders rest on the freeze before. */
static void freeze_failed(struct page *p, const struct qn_err *why)
{
    char sentence[1024], args[1100];
    text_error(sentence, sizeof(sentence), p->lang, why);
    for (char *c = strchr(sentence, '|'); c; c = strchr(c, '|'))
        *c = '/';
    snprintf(args, sizeof(args), "why=%s", sentence);
    page_html(p, "<section class=warn>");
    page_say(p, "due.freeze-stands", args);
    page_html(p, "</section>\n");
}

static void foot(struct page *p, const struct store *st)
{
    char site[FILE_PATH_MAX];
    struct qn_err none;
    struct stat info;
    if (file_join(site, store_dir(st), "site/index.html", &none) == QN_OK &&
        stat(site, &info) == 0) {
        page_html(p, "<section><a href=\"/site/\">");
        page_say(p, "page.site", "");
        page_html(p, "</a></section>");
    }
    page_html(p, "</main></body></html>\n");
}

void http_status_page(struct http_request *req, struct http_reply *out)
{
    QN_AUTO(status) struct status s = {0};
    struct qn_err err;
    struct page p = {.b = &out->body, .lang = req->lang};
    pthread_mutex_lock(&req->office->lock);
    enum qn_code rc = status_read(&s, req->office->st, &err);
    struct qn_err unfrozen;
    bool failed = !rc && due_freeze_failed(&unfrozen, req->office->st);
    pthread_mutex_unlock(&req->office->lock);
    if (rc) {
        http_problem(out, req->lang, &err);
        return;
    }
    qn_buf_init(&out->body, PAGE_MAX);
    page_head(&p, &s);
    if (s.own_state != OWN_SIGNS) {
        page_html(&p, "<section class=stop>");
        page_say(&p, s.stopped.id, s.stopped.args);
        page_html(&p, "</section>");
    }
    forks(&p, &s);
    cards(&p, &s);
    if (failed)
        freeze_failed(&p, &unfrozen);
    certs(&p, &s);
    clocks(&p, &s);
    children(&p, &s.children);
    page_finder(&p, "");
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
    page_send(out, 200);
}
