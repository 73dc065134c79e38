/* cmd_status.c - how this office stands, whether its machine is fit, what program this is. */
#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>

#include "node/cli/sync_commands.h"
#include "node/store/clock.h"
#include "node/store/file.h"
#include "node/sync/status.h"
#include "protocol/wire.h"

#define COUNT(a)     (sizeof(a) / sizeof((a)[0]))
#define DISK_LOW \
    (1024ull * 1024 * 1024) /* bytes: a year of a county's entries and the copy a backup makes */
#define DAY_MS (86400ull * 1000)

/* ---- status ------------------------------------------------------------------------------------------------ */

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

static void show_logs(struct cli *c, const struct status *s)
{
    static const char *const heads[] = {"table.office",  "table.level",    "table.log",
                                        "table.entries", "table.verified", "table.received",
                                        "table.applied", "table.forks"};
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

static void show_peers(struct cli *c, const struct status *s)
{
    static const char *const heads[] = {"table.office", "table.url", "table.last-ok",
                                        "table.last-error"};
    if (!s->peers.n)
        return;
    fputc('\n', c->out);
    cli_table_begin(c, COUNT(heads), heads);
    for (size_t i = 0; i < s->peers.n; i++) {
        const struct peer *p = &s->peers.peer[i];
        char ok[32], id[48] = "", why[700] = "—";
        size_t n = strcspn(p->last_error, " ");
        cli_time(ok, p->last_ok_ms);
        if (n && n < sizeof(id)) {
            memcpy(id, p->last_error, n);
            text_render(why, sizeof(why), c->lang, id,
                        p->last_error[n] ? p->last_error + n + 1 : "");
        }
        cli_table_cell(c, "%s", p->office);
        cli_table_cell(c, "%s", p->url[0] ? p->url : "—");
        cli_table_cell(c, "%s", ok);
        cli_table_cell(c, "%s", why);
    }
    cli_table_end(c);
}

static void show_receipts(struct cli *c, const struct status *s)
{
    static const char *const heads[] = {"table.from",    "table.log",    "table.time",
                                        "table.entries", "table.stored", "table.applied",
                                        "table.held",    "table.refused"};
    if (!s->nreceipts)
        return;
    fputc('\n', c->out);
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

static void show_fates(struct cli *c, const struct status *s)
{
    static const char *const heads[] = {"table.log", "table.seq", "table.state", "table.reason"};
    if (!s->nfates)
        return;
    fputc('\n', c->out);
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

static int status_json(struct cli *c, const struct status *s)
{
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
        json_array_append_new(peers,
                              json_pack("{s:s, s:s, s:I, s:I, s:s}", "office",
                                        s->peers.peer[i].office, "url", s->peers.peer[i].url,
                                        "last_ok_ms", (json_int_t)s->peers.peer[i].last_ok_ms,
                                        "last_try_ms", (json_int_t)s->peers.peer[i].last_try_ms,
                                        "last_error", s->peers.peer[i].last_error));
    json_t *o = json_pack(
        "{s:s, s:s, s:i, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o}",
        "office", s->self.office, "name", s->self.name, "level", (int)s->self.level, "origin",
        s->own.origin, "parent", s->parent, "stopped", s->stopped, "plans", (json_int_t)s->plans,
        "draws", (json_int_t)s->draws, "results", (json_int_t)s->results, "held",
        (json_int_t)s->held, "refused", (json_int_t)s->refused, "quarantined",
        (json_int_t)s->quarantined, "logs", logs, "receipts", receipts, "standing", fates, "peers",
        peers);
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
    if (!cli_opts(c, argc, argv, NULL, 0))
        return 2;
    if (status_read(&s, c->office->st, &err) != QN_OK)
        return cli_fail(c, &err);
    if (c->json)
        return status_json(c, &s);
    word(c, status_level_id(s.self.level), level);
    cli_say(c, "status.office", "name=%s|office=%s|level=%s|parent=%s", s.self.name, s.self.office,
            level, s.parent[0] ? s.parent : "—");
    if (s.stopped[0])
        cli_say(c, "status.stopped", "why=%s", s.stopped);
    cli_say(c, "status.counts", "entries=%llu|plans=%llu|draws=%llu|results=%llu",
            (unsigned long long)s.own.size, (unsigned long long)s.plans,
            (unsigned long long)s.draws, (unsigned long long)s.results);
    if (s.held || s.refused || s.quarantined)
        cli_say(c, "status.standing", "held=%llu|quarantined=%llu|refused=%llu",
                (unsigned long long)s.held, (unsigned long long)s.quarantined,
                (unsigned long long)s.refused);
    fputc('\n', c->out);
    show_logs(c, &s);
    show_peers(c, &s);
    show_receipts(c, &s);
    show_fates(c, &s);
    return 0;
}

/* ---- doctor ------------------------------------------------------------------------------------------------ */

struct doctor {
    struct cli *c;
    json_t *list; /* with --json */
    bool bad;
    bool keys; /* they opened and are those of the certificate */
};

static void finding(struct doctor *d, bool good, const char *id, const char *args)
{
    char text[1024];
    d->bad = d->bad || !good;
    if (d->c->json) {
        json_array_append_new(d->list,
                              json_pack("{s:b, s:s, s:s}", "good", good, "id", id, "args", args));
        return;
    }
    text_render(text, sizeof(text), d->c->lang, id, args);
    fprintf(d->c->out, "%s %s\n", good ? "✓" : "✗", text);
}

static void check_sqlite(struct doctor *d)
{
    char args[128];
    bool session = false;
    struct qn_err err;
    struct store *st = d->c->office->st;
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_DOCTOR_OPTION);
        q_bind_text(&q, "ENABLE_SESSION");
        session = q_step(&q) && q_int(&q, 0) == 1;
        snprintf(args, sizeof(args), "version=%s", q_text(&q, 1));
        if (query_end(&q, &err) != QN_OK)
            session = false;
    }
    finding(d, session, session ? "doctor.sqlite" : "doctor.sqlite-session", args);
    QN_AUTO(query) struct query q = query_start(st, SQL_DOCTOR_CHECK);
    bool sound = q_step(&q) && qn_span_is(q_span(&q, 0), "ok");
    snprintf(args, sizeof(args), "why=%.100s", sound ? "" : q_text(&q, 0));
    sound = query_end(&q, &err) == QN_OK && sound;
    finding(d, sound, sound ? "doctor.database" : "doctor.database-bad", sound ? "" : args);
}

static void check_disk(struct doctor *d)
{
    struct statvfs v;
    char args[64];
    if (statvfs(d->c->dir, &v) != 0)
        return;
    uint64_t free_bytes = (uint64_t)v.f_bavail * v.f_frsize;
    snprintf(args, sizeof(args), "mib=%llu", (unsigned long long)(free_bytes >> 20));
    finding(d, free_bytes >= DISK_LOW, free_bytes >= DISK_LOW ? "doctor.disk" : "doctor.disk-low",
            args);
}

/* A clock behind what this office itself wrote, or outside its certificate's years, is a dead battery. */
static void check_clock(struct doctor *d)
{
    struct store *st = d->c->office->st;
    const struct qn_cert *self = store_self(st);
    uint64_t now = clock_now_ms(st), last = 0;
    char args[64], local[20];
    if (self) {
        QN_AUTO(query) struct query q = query_start(st, SQL_STATUS_LAST_ENTRY);
        struct qn_header h;
        struct qn_err none;
        q_bind_text(&q, store_origin(st));
        if (q_step(&q) && qn_header_decode(&h, q_span(&q, 0), &none) == QN_OK)
            last = h.time_ms;
    }
    int64_t today = (int64_t)(now / DAY_MS);
    bool good =
        now + DAY_MS >= last && (!self || (today >= self->from_day - 1 && today <= self->to_day));
    clock_local(st, local);
    snprintf(args, sizeof(args), "now=%s", local);
    finding(d, good, good ? "doctor.clock" : "doctor.clock-off", args);
}

static void check_keys(struct doctor *d)
{
    struct office *o = d->c->office;
    const struct qn_cert *self = store_self(o->st);
    QN_AUTO(keys) struct keys *opened = NULL;
    const struct keys *k = o->keys;
    struct qn_err err;
    if (!self) {
        finding(d, false, "doctor.not-enrolled", "");
        return;
    }
    if (!k) {
        struct qn_span pass = {NULL, 0};
        char path[FILE_PATH_MAX], args[500];
        enum qn_code rc = office_passphrase(&pass, d->c->passphrase_file, &err);
        if (rc && strcmp(err.id, "office.no-passphrase") == 0) {
            finding(d, true, "doctor.keys-not-tried", "");
            return;
        }
        if (!rc)
            rc = file_join(path, store_dir(o->st), "keys", &err);
        if (!rc)
            rc = keys_open(&opened, path, pass, &err);
        sodium_free((void *)(uintptr_t)pass.p);
        if (rc) {
            snprintf(args, sizeof(args), "%s", err.args);
            finding(d, false, err.id, args);
            return;
        }
        k = opened;
    }
    bool match = keys_match(k, self);
    char args[64];
    d->keys = match;
    snprintf(args, sizeof(args), "office=%s", self->office);
    finding(d, match, match ? "doctor.keys" : "doctor.keys-differ", args);
}

static void check_signing(struct doctor *d)
{
    char why[400], args[450];
    bool stopped = store_get(d->c->office->st, "stopped", why, sizeof(why));
    snprintf(args, sizeof(args), "why=%s", stopped ? why : "");
    if (stopped)
        finding(d, false, "status.stopped", args);
    else /* without the keys nobody has tried; what was wrong with them is told already */
        finding(d, true, d->keys ? "doctor.signing" : "doctor.signing-not-tried", "");
}

int cmd_doctor(struct cli *c, int argc, char **argv)
{
    struct doctor d = {.c = c};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, NULL, 0))
        return 2;
    d.list = c->json ? json_array() : NULL;
    bool crypto = qn_selftest(&err) == QN_OK;
    char args[64];
    snprintf(args, sizeof(args), "version=%s", sodium_version_string());
    finding(&d, crypto, crypto ? "doctor.crypto" : "doctor.crypto-bad", args);
    check_sqlite(&d);
    check_keys(&d);
    check_signing(&d);
    check_clock(&d);
    check_disk(&d);
    if (c->json) {
        if (json_dumpf(d.list, c->out, JSON_COMPACT) == 0)
            fputc('\n', c->out);
        json_decref(d.list);
    } else {
        cli_say(c, d.bad ? "doctor.bad" : "doctor.good", "dir=%s", c->dir);
    }
    return d.bad ? 1 : 0;
}

/* ---- version ------------------------------------------------------------------------------------------------- */

int cmd_version(struct cli *c, int argc, char **argv)
{
    const struct qn_registry *r;
    struct qn_err err;
    char hash[2 * QN_HASH + 1];
    if (!cli_opts(c, argc, argv, NULL, 0))
        return 2;
    if (qn_registry_get(&r, QN_REGISTRY_CURRENT, &err) != QN_OK)
        return cli_fail(c, &err);
    qn_hex(hash, r->hash, QN_HASH);
    if (c->json) {
        json_t *o = json_pack("{s:s, s:i, s:s}", "qian", QIAN_VERSION, "registry", (int)r->version,
                              "hash", hash);
        bool ok = o && json_dumpf(o, c->out, JSON_COMPACT) == 0;
        fputc('\n', c->out);
        json_decref(o);
        return ok ? 0 : 1;
    }
    cli_say(c, "version.text", "version=%s|registry=%u|hash=%.16s|sodium=%s", QIAN_VERSION,
            r->version, hash, sodium_version_string());
    return 0;
}
