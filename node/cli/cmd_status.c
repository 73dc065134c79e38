/* cmd_status.c - how this office stands; the stages of one row are in cmd_stages.c. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "node/backup/record.h"
#include "node/cli/draw_commands.h"
#include "node/cli/sync_commands.h"
#include "node/cli/work_commands.h"
#include "node/draw/due.h"
#include "node/store/clock.h"
#include "node/store/recheck.h"
#include "node/sync/brief.h"
#include "node/sync/status.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static uint64_t least(const uint64_t v[QN_LANES])
{
    uint64_t m = v[0];
    for (int i = 1; i < QN_LANES; i++)
        m = v[i] < m ? v[i] : m;
    return m;
}

static void word(struct cli *c, const char *id, char out[64])
{
    text_render(out, 64, c->lang, id, "");
}

static void title(struct cli *c, const char *id, const char *args)
{
    fputc('\n', c->out);
    cli_say(c, id, "%s", args);
}

static void days(struct cli *c, char out[64], uint64_t n)
{
    char args[32];
    snprintf(args, sizeof(args), "n=%llu", (unsigned long long)n);
    text_render(out, 64, c->lang, "status.days", args);
}

/* The day is enough for offices that are silent for days, and a line of them fits on a terminal. */
static void day_of(char out[32], uint64_t ms)
{
    cli_time(out, ms);
    if (ms)
        out[10] = 0;
}

static void show_children(struct cli *c, const struct status *s)
{
    static const char *const heads[] = {"table.office", "table.name",  "table.parent",
                                        "table.colour", "table.heard", "table.how",
                                        "table.quiet",  "table.data",  "table.entries"};
    char args[64];
    if (!s->children.n)
        return;
    snprintf(args, sizeof(args), "amber=%u|red=%u", s->children.amber_days, s->children.red_days);
    title(c, "status.children", args);
    cli_table_begin(c, COUNT(heads), heads);
    for (size_t i = 0; i < s->children.n; i++) {
        const struct child *k = &s->children.child[i];
        char id[32], colour[64], how[64], heard[32], data[32], quiet[64];
        snprintf(id, sizeof(id), "colour.%s", children_colour_name(k->colour));
        word(c, id, colour);
        snprintf(id, sizeof(id), "heard.%s", children_how_name(k->how));
        word(c, id, how);
        day_of(heard, k->heard_ms);
        day_of(data, k->data_s * 1000);
        days(c, quiet, k->quiet_days);
        cli_table_cell(c, "%s", k->office);
        cli_table_cell(c, "%s", k->name);
        cli_table_cell(c, "%s", k->parent);
        cli_table_cell(c, "%s", colour);
        cli_table_cell(c, "%s", heard);
        cli_table_cell(c, "%s", how);
        cli_table_cell(c, "%s", quiet);
        cli_table_cell(c, "%s", data);
        cli_table_cell(c, "%llu", (unsigned long long)k->entries);
    }
    cli_table_end(c);
    for (size_t i = 0; i < s->children.n; i++)
        if (s->children.child[i].bypassed)
            cli_say(c, "status.bypassed", "office=%s|parent=%s|from=%llu|to=%llu",
                    s->children.child[i].office, s->children.child[i].parent,
                    (unsigned long long)s->children.child[i].bypass_from,
                    (unsigned long long)(s->children.child[i].entries - 1));
}

/* How far the parent has come with our log, and whose clock differs. */
static void show_remarks(struct cli *c, const struct status *s)
{
    const struct progress *p = &s->progress;
    if (s->has_progress && !p->entries_left)
        cli_say(c, "status.all-held", "office=%s|entries=%llu", s->parent,
                (unsigned long long)p->held);
    else if (s->has_progress && !p->held)
        cli_say(c, "sync.nothing-held", "office=%s|entries=%llu|bytes=%llu", s->parent,
                (unsigned long long)p->entries_left, (unsigned long long)p->bytes_left);
    else if (s->has_progress)
        cli_say(c, "sync.behind", "office=%s|day=%s|days=%llu|entries=%llu|bytes=%llu", s->parent,
                p->day, (unsigned long long)p->days_left, (unsigned long long)p->entries_left,
                (unsigned long long)p->bytes_left);
    for (size_t i = 0; i < s->peers.n; i++) {
        unsigned long long by;
        const struct peer *q = &s->peers.peer[i];
        if (!clocks_apart(q->skew_ms))
            continue;
        const char *id = clocks_id(q->skew_ms, &by);
        cli_say(c, id, "office=%s|n=%llu", q->office, by);
    }
}

/* One line for each log that was signed twice: one contradiction is proof, more add nothing. */
static void show_forks(struct cli *c, const struct status *s)
{
    for (size_t i = 0; i < s->forks.n; i++) {
        const struct fork_seen *f = &s->forks.seen[i];
        if (i && strcmp(f->origin, s->forks.seen[i - 1].origin) == 0)
            continue;
        if (f->renewed) {
            cli_say(c, "fork.renewed", "log=%s|place=%llu|epoch=%u|no=%lld", f->origin,
                    (unsigned long long)f->place, f->renewed, (long long)f->no);
            continue;
        }
        cli_say(c, f->what == QN_FORK_HEADERS ? "fork.of-headers" : "fork.of-checkpoints",
                "log=%s|place=%llu", f->origin, (unsigned long long)f->place);
        cli_say(c, "fork.look", "no=%lld", (long long)f->no);
    }
}

static void show_backs(struct cli *c, const struct status *s)
{
    static const char *const heads[] = {"table.log", "table.seq", "table.claims", "table.before"};
    char args[32];
    if (!s->nbacks)
        return;
    snprintf(args, sizeof(args), "count=%llu", (unsigned long long)s->backs);
    title(c, "status.backs", args);
    cli_table_begin(c, COUNT(heads), heads);
    for (size_t i = 0; i < s->nbacks; i++) {
        const struct clocks_back *b = &s->back[i];
        char claims[32], before[32];
        cli_time(claims, b->claims_ms ? b->claims_ms : 1); /* 1970 is a time here */
        cli_time(before, b->before_ms);
        cli_table_cell(c, "%s", b->origin);
        cli_table_cell(c, "%llu", (unsigned long long)b->seq);
        cli_table_cell(c, "%s", claims);
        cli_table_cell(c, "%s", before);
    }
    cli_table_end(c);
}

static void show_logs(struct cli *c, const struct status *s)
{
    static const char *const heads[] = {"table.office",  "table.level",    "table.log",
                                        "table.entries", "table.verified", "table.received",
                                        "table.applied", "table.forks"};
    title(c, "status.logs", "");
    cli_table_begin(c, COUNT(heads), heads);
    for (size_t i = 0; i < s->nlogs; i++) {
        const struct status_log *l = &s->log[i];
        char level[64];
        word(c, status_level_id(l->level), level);
        cli_table_cell(c, "%s", l->log.office);
        cli_table_cell(c, "%s", level);
        cli_table_cell(c, "%s", l->log.origin);
        cli_table_cell(c, "%llu", (unsigned long long)l->log.size);
        cli_table_cell(c, "%llu", (unsigned long long)l->log.verified);
        cli_table_cell(c, "%llu", (unsigned long long)least(l->received));
        cli_table_cell(c, "%llu", (unsigned long long)least(l->applied));
        cli_table_cell(c, "%llu", (unsigned long long)l->forks);
    }
    cli_table_end(c);
}

/* "id args" as peer.h keeps it: the sentence of it. */
static void sentence_of(struct cli *c, char out[700], const char *failure)
{
    char id[48] = "";
    size_t n = strcspn(failure, " ");
    out[0] = 0;
    if (!n || n >= sizeof(id))
        return;
    memcpy(id, failure, n);
    text_render(out, 700, c->lang, id, failure[n] ? failure + n + 1 : "");
}

/* A sentence is wider than a column. */
static void show_problem(struct cli *c, const struct peer *p)
{
    char why[700];
    sentence_of(c, why, p->last_error);
    if (why[0])
        cli_say(c, "status.problem", "office=%s|why=%s", p->office, why);
}

static void show_peers(struct cli *c, const struct status *s)
{
    static const char *const heads[] = {"table.office", "table.url", "table.last-ok",
                                        "table.next-try"};
    uint64_t now = clock_now_ms(c->office->st);
    if (!s->peers.n)
        return;
    title(c, "status.peers", "");
    cli_table_begin(c, COUNT(heads), heads);
    for (size_t i = 0; i < s->peers.n; i++) {
        const struct peer *p = &s->peers.peer[i];
        char ok[32], next[32];
        cli_time(ok, p->last_ok_ms);
        cli_time(next, p->next_ms > now ? p->next_ms : 0);
        cli_table_cell(c, "%s", p->office);
        cli_table_cell(c, "%s", p->url[0] ? p->url : "—");
        cli_table_cell(c, "%s", ok);
        cli_table_cell(c, "%s", next);
    }
    cli_table_end(c);
    for (size_t i = 0; i < s->peers.n; i++)
        show_problem(c, &s->peers.peer[i]);
}

static void show_receipts(struct cli *c, const struct status *s)
{
    static const char *const heads[] = {"table.from",    "table.log",    "table.time",
                                        "table.entries", "table.stored", "table.applied",
                                        "table.held",    "table.refused"};
    if (!s->nreceipts)
        return;
    title(c, "status.receipts", "");
    cli_table_begin(c, COUNT(heads), heads);
    for (size_t i = 0; i < s->nreceipts; i++) {
        const struct status_receipt *r = &s->receipt[i];
        char when[32];
        cli_time(when, r->time_s * 1000);
        cli_table_cell(c, "%s", r->from);
        cli_table_cell(c, "%s", r->about);
        cli_table_cell(c, "%s", when);
        cli_table_cell(c, "%llu", (unsigned long long)r->size);
        cli_table_cell(c, "%llu", (unsigned long long)least(r->stored));
        cli_table_cell(c, "%llu", (unsigned long long)least(r->applied));
        cli_table_cell(c, "%u", r->held);
        cli_table_cell(c, "%u", r->refused);
    }
    cli_table_end(c);
}

static void show_roles(struct cli *c, const struct status *s)
{
    if (s->persons)
        cli_say(c, "status.roles-on", "n=%llu", (unsigned long long)s->persons);
    else
        cli_say(c, "status.roles-off", "");
}

static void show_claims(struct cli *c, const struct status *s)
{
    for (size_t i = 0; i < s->nclaims; i++) {
        const struct own_claim *o = &s->claim[i];
        char when[32];
        cli_time(when, o->time_s * 1000);
        if (o->longer)
            cli_say(c, "status.claim-longer", "from=%s|when=%s|theirs=%llu|ours=%llu", o->from,
                    when, (unsigned long long)o->size, (unsigned long long)s->own.size);
        else
            cli_say(c, "status.claim-differs", "from=%s|when=%s|theirs=%llu", o->from, when,
                    (unsigned long long)o->size);
    }
}

static json_t *claims_json(const struct status *s)
{
    json_t *a = json_array();
    for (size_t i = 0; i < s->nclaims; i++)
        json_array_append_new(a, json_pack("{s:s, s:I, s:I, s:b}", "from", s->claim[i].from, "size",
                                           (json_int_t)s->claim[i].size, "time_s",
                                           (json_int_t)s->claim[i].time_s, "longer",
                                           s->claim[i].longer));
    return a;
}

static void show_purges(struct cli *c, const struct status *s)
{
    static const char *const heads[] = {"table.ordered-by", "table.holder", "table.subject",
                                        "table.time", "table.state"};
    if (!s->purges.open)
        return;
    title(c, "status.purges", "");
    cli_table_begin(c, COUNT(heads), heads);
    for (size_t i = 0; i < s->purges.open; i++) {
        const struct purge_line *l = &s->purges.line[i];
        char state[128];
        word(c, purge_state_id(l->state), state);
        cli_table_cell(c, "%s", l->orderer);
        cli_table_cell(c, "%s", l->holder);
        cli_table_cell(c, "%s", l->subject);
        cli_table_cell(c, "%s", l->ordered_on);
        cli_table_cell(c, "%s", state);
    }
    cli_table_end(c);
    if (s->purges.why.id[0])
        cli_say(c, s->purges.why.id, "%s", s->purges.why.args);
}

static json_t *purges_json(const struct purge_lines *all)
{
    json_t *a = json_array();
    for (size_t i = 0; i < all->n; i++) {
        const struct purge_line *l = &all->line[i];
        json_array_append_new(a, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "office", l->orderer,
                                           "holder", l->holder, "subject", l->subject, "ordered_on",
                                           l->ordered_on, "done_on", l->done_on, "state",
                                           purge_state_name(l->state)));
    }
    return a;
}

static void show_fates(struct cli *c, const struct status *s)
{
    static const char *const heads[] = {"table.log", "table.seq", "table.state", "table.reason"};
    if (!s->nfates)
        return;
    title(c, "status.fates", "");
    cli_table_begin(c, COUNT(heads), heads);
    for (size_t i = 0; i < s->nfates; i++) {
        const struct status_fate *f = &s->fate[i];
        char id[32], state[64], why[1024];
        snprintf(id, sizeof(id), "state.%s", f->state);
        word(c, id, state);
        text_render(why, sizeof(why), c->lang, f->rule, f->args);
        cli_table_cell(c, "%s", f->origin);
        cli_table_cell(c, "%llu", (unsigned long long)f->seq);
        cli_table_cell(c, "%s", state);
        cli_table_cell(c, "%s", why);
    }
    cli_table_end(c);
}

static json_t *lanes_json(const uint64_t v[QN_LANES])
{
    json_t *a = json_array();
    for (int i = 0; i < QN_LANES; i++)
        json_array_append_new(a, json_integer((json_int_t)v[i]));
    return a;
}

static json_t *peer_json(struct cli *c, const struct peer *p)
{
    char why[700];
    sentence_of(c, why, p->last_error);
    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:s, s:I, s:I, s:b, s:I, s:I}", "problem", why,
                     "office", p->office, "url", p->url, "last_ok_ms", (json_int_t)p->last_ok_ms,
                     "last_try_ms", (json_int_t)p->last_try_ms, "last_error", p->last_error,
                     "skew_ms", (json_int_t)p->skew_ms, "skew_at_ms", (json_int_t)p->skew_at_ms,
                     "clock_apart", clocks_apart(p->skew_ms), "failures", (json_int_t)p->failures,
                     "next_ms", (json_int_t)p->next_ms);
}

static json_t *children_json(const struct children *all)
{
    json_t *list = json_array();
    for (size_t i = 0; i < all->n; i++) {
        const struct child *k = &all->child[i];
        json_t *o = json_pack(
            "{s:s, s:s, s:s, s:i, s:s, s:I, s:s, s:I, s:I, s:I, s:b}", "office", k->office, "name",
            k->name, "parent", k->parent, "level", (int)k->level, "colour",
            children_colour_name(k->colour), "heard_ms", (json_int_t)k->heard_ms, "heard_by",
            children_how_name(k->how), "quiet_days", (json_int_t)k->quiet_days, "data_s",
            (json_int_t)k->data_s, "entries", (json_int_t)k->entries, "bypassed", k->bypassed);
        if (k->bypassed)
            json_object_set_new(o, "bypass_from", json_integer((json_int_t)k->bypass_from));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *backs_json(const struct status *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->nbacks; i++)
        json_array_append_new(list, json_pack("{s:s, s:I, s:I, s:I}", "origin", s->back[i].origin,
                                              "seq", (json_int_t)s->back[i].seq, "claims_ms",
                                              (json_int_t)s->back[i].claims_ms, "before_ms",
                                              (json_int_t)s->back[i].before_ms));
    return list;
}

/* The last backup and the last drill; what is too old, or was never done, says so. */
static void show_backup(struct cli *c)
{
    struct backup_record r;
    char when[32];
    backup_record(&r, c->office->st);
    cli_time(when, r.made_ms);
    if (!r.made)
        cli_say(c, "doctor.backup-none", "");
    else
        cli_say(c, r.old ? "status.backup-old" : "status.backup", "time=%s|days=%llu", when,
                (unsigned long long)r.days);
    cli_time(when, r.drill_ms);
    if (r.drilled)
        cli_say(c, r.drill_old ? "status.drill-old" : "status.drill", "time=%s|days=%llu", when,
                (unsigned long long)r.drill_days);
    else if (r.made)
        cli_say(c, "doctor.drill-none", "");
}

static json_t *backup_json(struct cli *c)
{
    struct backup_record r;
    backup_record(&r, c->office->st);
    return json_pack("{s:I, s:I, s:b, s:I, s:I, s:I, s:b}", "made_ms", (json_int_t)r.made_ms,
                     "bytes", (json_int_t)r.made_bytes, "amber", r.old, "drill_ms",
                     (json_int_t)r.drill_ms, "drill_bytes", (json_int_t)r.drill_bytes,
                     "drill_took_ms", (json_int_t)r.drill_took_ms, "drill_amber", r.drill_old);
}

/* They warn and stop nothing. */
static void show_certs(struct cli *c, const struct status *s)
{
    char args[400];
    for (size_t i = 0; i < s->certs.n; i++)
        cli_say(c, certs_warning(args, &s->self, &s->certs.line[i]), "%s", args);
    if (s->root_rival)
        cli_say(c, "root.rival", "%s", "");
    if (s->newer_epoch)
        cli_say(c, "certs.own-newer", "epoch=%u", s->newer_epoch);
}

static json_t *certs_json(const struct status *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->certs.n; i++) {
        const struct cert_line *l = &s->certs.line[i];
        json_array_append_new(list,
                              json_pack("{s:s, s:i, s:s, s:s, s:I}", "office", l->c.office, "epoch",
                                        (int)l->c.epoch, "state", cert_state_name(l->state),
                                        "colour", l->state == CERT_ENDING ? "amber" : "red",
                                        "days_left", (json_int_t)l->days));
    }
    return list;
}

static void show_freeze(struct cli *c)
{
    struct qn_err err;
    char why[1024];
    if (!due_freeze_failed(&err, c->office->st))
        return;
    text_error(why, sizeof(why), c->lang, &err);
    cli_say(c, "due.freeze-stands", "why=%s", why);
}

static void put_brief(struct cli *c, json_t *o, const struct brief *b)
{
    char why[700];
    sentence_of(c, why, b->last_error);
    json_object_update_new(
        o, json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:i, s:i, s:s, s:b}",
                     "parent", b->parent, "now_ms", (json_int_t)b->now_ms, "last_ok_ms",
                     (json_int_t)b->last_ok_ms, "next_ms", (json_int_t)b->next_ms, "pending",
                     (json_int_t)b->pending, "oldest_ms", (json_int_t)b->oldest_ms, "held",
                     (json_int_t)b->held, "quarantined", (json_int_t)b->quarantined, "refused",
                     (json_int_t)b->refused, "colour", children_colour_name(b->colour),
                     "amber_days", (int)b->amber_days, "red_days", (int)b->red_days, "problem", why,
                     "clock_off", b->clock_off));
}

static int show_brief(struct cli *c)
{
    struct brief b;
    struct qn_err err;
    char last[32], oldest[32];
    if (brief_read(&b, c->office->st, &err) != QN_OK)
        return cli_fail(c, &err);
    if (c->json) {
        json_t *o = json_object();
        put_brief(c, o, &b);
        return cli_print_json(c, o);
    }
    cli_time(last, b.last_ok_ms);
    cli_time(oldest, b.oldest_ms);
    if (b.parent[0])
        cli_say(c, "status.brief", "office=%s|last=%s|pending=%llu|oldest=%s", b.parent, last,
                (unsigned long long)b.pending, oldest);
    if (b.held || b.refused || b.quarantined)
        cli_say(c, "status.standing", "held=%llu|quarantined=%llu|refused=%llu",
                (unsigned long long)b.held, (unsigned long long)b.quarantined,
                (unsigned long long)b.refused);
    return 0;
}

static int status_json(struct cli *c, const struct status *s)
{
    struct brief b;
    json_t *logs = json_array(), *receipts = json_array(), *fates = json_array(),
           *peers = json_array();
    for (size_t i = 0; i < s->nlogs; i++)
        json_array_append_new(
            logs, json_pack("{s:s, s:s, s:i, s:I, s:I, s:o, s:o, s:I}", "origin",
                            s->log[i].log.origin, "office", s->log[i].log.office, "level",
                            (int)s->log[i].level, "size", (json_int_t)s->log[i].log.size,
                            "verified", (json_int_t)s->log[i].log.verified, "received",
                            lanes_json(s->log[i].received), "applied",
                            lanes_json(s->log[i].applied), "forks", (json_int_t)s->log[i].forks));
    for (size_t i = 0; i < s->nreceipts; i++)
        json_array_append_new(
            receipts,
            json_pack("{s:s, s:s, s:I, s:I, s:o, s:o, s:i, s:i}", "from", s->receipt[i].from,
                      "about", s->receipt[i].about, "time_s", (json_int_t)s->receipt[i].time_s,
                      "size", (json_int_t)s->receipt[i].size, "stored",
                      lanes_json(s->receipt[i].stored), "applied",
                      lanes_json(s->receipt[i].applied), "held", (int)s->receipt[i].held, "refused",
                      (int)s->receipt[i].refused));
    for (size_t i = 0; i < s->nfates; i++)
        json_array_append_new(fates, json_pack("{s:s, s:I, s:s, s:s, s:s}", "origin",
                                               s->fate[i].origin, "seq", (json_int_t)s->fate[i].seq,
                                               "state", s->fate[i].state, "id", s->fate[i].rule,
                                               "args", s->fate[i].args));
    for (size_t i = 0; i < s->peers.n; i++)
        json_array_append_new(peers, peer_json(c, &s->peers.peer[i]));
    json_t *o = json_pack(
        "{s:s, s:s, s:i, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o}",
        "office", s->self.office, "name", s->self.name, "level", (int)s->self.level, "origin",
        s->own.origin, "parent", s->parent, "stopped",
        s->own_state != OWN_SIGNS ? s->stopped.id : "", "plans", (json_int_t)s->plans, "draws",
        (json_int_t)s->draws, "results", (json_int_t)s->results, "held", (json_int_t)s->held,
        "refused", (json_int_t)s->refused, "quarantined", (json_int_t)s->quarantined, "logs", logs,
        "receipts", receipts, "standing", fates, "peers", peers);
    json_object_set_new(o, "own",
                        json_pack("{s:s, s:s, s:I, s:s}", "state", own_state_name(s->own_state),
                                  "args", s->own_state != OWN_SIGNS ? s->stopped.args : "",
                                  "anchor", (json_int_t)s->anchor.size, "anchor_path",
                                  s->anchor.path));
    if (brief_read(&b, c->office->st, NULL) == QN_OK)
        put_brief(c, o, &b);
    json_object_set_new(o, "persons", json_integer((json_int_t)s->persons));
    json_object_set_new(o, "claims", claims_json(s));
    json_object_set_new(o, "children", children_json(&s->children));
    json_object_set_new(o, "certs", certs_json(s));
    json_object_set_new(o, "newer_epoch", json_integer(s->newer_epoch));
    struct qn_err unfrozen;
    json_object_set_new(o, "freeze_failed",
                        due_freeze_failed(&unfrozen, c->office->st) ? cli_json_err(&unfrozen)
                                                                    : json_null());
    json_object_set_new(o, "clock_back", backs_json(s));
    json_object_set_new(o, "backup", backup_json(c));
    json_object_set_new(o, "evidence", evidence_json(&s->files));
    json_object_set_new(o, "purges", purges_json(&s->purges));
    json_object_set_new(
        o, "progress",
        s->has_progress ? json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "held",
                                    (json_int_t)s->progress.held, "of", (json_int_t)s->progress.of,
                                    "entries_left", (json_int_t)s->progress.entries_left,
                                    "bytes_left", (json_int_t)s->progress.bytes_left, "held_ms",
                                    (json_int_t)s->progress.held_ms, "days_left",
                                    (json_int_t)s->progress.days_left)
                        : json_null());
    bool ok = o && json_dumpf(o, c->out, JSON_COMPACT) == 0;
    if (ok)
        fputc('\n', c->out);
    json_decref(o);
    return ok ? 0 : 1;
}

int cmd_status(struct cli *c, int argc, char **argv)
{
    QN_AUTO(status) struct status s = {0};
    struct qn_err err;
    char level[64];
    const char *record = NULL;
    unsigned rev = 0;
    bool brief = false;
    struct opt opts[] = {
        {.name = "brief", .flag = &brief, .not_with = "record"},
        {.name = "record", .value = &record},
        {.name = "rev", .kind = OPT_NUMBER, .number = &rev, .min = 1, .max = INT32_MAX}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    if (rev && !record)
        return cli_usage(c, "cli.rev-alone", "--rev");
    if (record)
        return cli_stages(c, record, rev);
    if (brief)
        return show_brief(c);
    if (status_read(&s, c->office->st, &err) != QN_OK)
        return cli_fail(c, &err);
    if (c->json)
        return status_json(c, &s);
    word(c, status_level_id(s.self.level), level);
    if (s.parent[0])
        cli_say(c, "status.office", "name=%s|office=%s|level=%s|parent=%s", s.self.name,
                s.self.office, level, s.parent);
    else
        cli_say(c, "status.office-top", "name=%s|office=%s|level=%s", s.self.name, s.self.office,
                level);
    if (s.own_state != OWN_SIGNS)
        cli_say(c, s.stopped.id, "%s", s.stopped.args);
    show_claims(c, &s);
    if (s.anchor.state == ANCHOR_FAILED)
        cli_say(c, "anchor.failed", "path=%s", s.anchor.path);
    cli_say(c, "status.counts", "entries=%llu|plans=%llu|draws=%llu|results=%llu",
            (unsigned long long)s.own.size, (unsigned long long)s.plans,
            (unsigned long long)s.draws, (unsigned long long)s.results);
    struct qn_err unread;
    uint64_t damaged, own;
    if (recheck_known(&damaged, &own, c->office->st, &unread) == QN_OK && damaged)
        cli_say(c, own ? "doctor.damage-own" : "doctor.damage", "n=%llu",
                (unsigned long long)(own ? own : damaged));
    if (s.held || s.refused || s.quarantined)
        cli_say(c, "status.standing", "held=%llu|quarantined=%llu|refused=%llu",
                (unsigned long long)s.held, (unsigned long long)s.quarantined,
                (unsigned long long)s.refused);
    show_roles(c, &s);
    show_freeze(c);
    show_certs(c, &s);
    show_forks(c, &s);
    show_remarks(c, &s);
    show_backup(c);
    if (s.files.named)
        evidence_say(c, &s.files);
    show_children(c, &s);
    show_logs(c, &s);
    show_peers(c, &s);
    show_receipts(c, &s);
    show_fates(c, &s);
    show_purges(c, &s);
    show_backs(c, &s);
    return 0;
}
