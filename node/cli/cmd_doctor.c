/* cmd_doctor.c - whether this machine is fit, and what program this is. */
#include <jansson.h>
#include <sodium.h>
#include <string.h>
#include <sys/statvfs.h>

#include "node/backup/record.h"
#include "node/cli/draw_commands.h"
#include "node/cli/sync_commands.h"
#include "node/store/anchor.h"
#include "node/sync/certs.h"
#include "node/sync/succession.h"
#include "node/store/clock.h"
#include "node/store/files.h"
#include "node/store/leftover.h"
#include "node/store/recheck.h"
#include "node/store/trail.h"
#include "node/store/redact.h"
#include "node/store/own.h"
#include "node/store/person.h"
#include "node/sync/clocks.h"
#include "node/sync/peer.h"
#include "node/work/evidence.h"
#include "node/work/thumb.h"
#include "qian/entry.h"
#include "protocol/wire.h"

#define DISK_LOW \
    (1024ull * 1024 * 1024) /* bytes: a year of a county's entries and the copy a backup makes */
#define DAY_MS (86400ull * 1000)

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
    text_render(text, sizeof(text), d->c->lang, id, args);
    if (d->c->json) {
        json_array_append_new(d->list, json_pack("{s:b, s:s, s:s, s:s}", "good", good, "id", id,
                                                 "args", args, "said", text));
        return;
    }
    fprintf(d->c->out, "%s %s\n", good ? "✓" : "✗", text);
}

/* What stops nothing and should not stay so. */
static void remark(struct doctor *d, const char *id, const char *args)
{
    char text[1024];
    text_render(text, sizeof(text), d->c->lang, id, args);
    if (d->c->json) {
        json_array_append_new(d->list, json_pack("{s:b, s:b, s:s, s:s, s:s}", "good", true, "amber",
                                                 true, "id", id, "args", args, "said", text));
        return;
    }
    fprintf(d->c->out, "! %s\n", text);
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
    char args[64], local[20];
    bool good = clocks_own_sound(st);
    clock_local(st, local);
    snprintf(args, sizeof(args), "now=%s", local);
    finding(d, good, good ? "doctor.clock" : "doctor.clock-off", args);
}

/* The clocks of other offices against ours, as the last exchanges measured them. */
static void check_others(struct doctor *d)
{
    struct store *st = d->c->office->st;
    QN_AUTO(peers) struct peers all = {NULL, 0};
    struct qn_err err;
    size_t measured = 0, apart = 0;
    char args[200];
    if (peer_list(&all, st, &err) != QN_OK) {
        finding(d, false, err.id, err.args);
        return;
    }
    for (size_t i = 0; i < all.n; i++) {
        const struct peer *p = &all.peer[i];
        unsigned long long by;
        measured += p->skew_at_ms != 0;
        if (!clocks_apart(p->skew_ms))
            continue;
        const char *id = clocks_id(p->skew_ms, &by);
        snprintf(args, sizeof(args), "office=%s|n=%llu", p->office, by);
        finding(d, false, id, args);
        apart++;
    }
    snprintf(args, sizeof(args), "count=%zu", measured);
    if (measured && !apart)
        finding(d, true, "doctor.clocks-agree", args);
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
        char args[500];
        enum qn_code rc =
            office_keys(&opened, store_dir(o->st), self->epoch, d->c->passphrase_file, &err);
        if (rc && strcmp(err.id, "office.no-passphrase") == 0) {
            finding(d, true, "doctor.keys-not-tried", "");
            return;
        }
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
    struct qn_err why;
    const struct qn_cert *self = store_self(d->c->office->st);
    char args[64];
    if (own_state(d->c->office->st, &why) != OWN_SIGNS) {
        finding(d, false, why.id, why.args);
    } else if (self && !self->lanes) { /* as act_begin refuses it */
        snprintf(args, sizeof(args), "office=%s|epoch=%u", self->office, self->epoch);
        finding(d, false, "act.revoked", args);
    } else { /* without the keys nobody has tried; what was wrong with them is told already */
        finding(d, true, d->keys ? "doctor.signing" : "doctor.signing-not-tried", "");
    }
}

/* SPEC roles-17: "names the first line that is not so" */
static void check_trail(struct doctor *d)
{
    struct trail_checked t;
    struct qn_err err;
    char args[160];
    if (trail_check(&t, d->c->office->st, &err) != QN_OK) {
        finding(d, false, err.id, err.args);
        return;
    }
    uint64_t bad = t.wrong ? t.wrong : t.foreign;
    snprintf(args, sizeof(args), bad ? "no=%llu" : "n=%llu",
             (unsigned long long)(bad ? bad : t.lines));
    finding(d, !bad,
            t.wrong ? "doctor.trail-wrong"
            : bad   ? "doctor.trail-foreign"
                    : "doctor.trail",
            args);
    snprintf(args, sizeof(args), "n=%llu", (unsigned long long)t.untold);
    if (t.untold)
        remark(d, "doctor.trail-untold", args);
    cli_trail_args(args, &t);
    if (t.heads > t.elsewhere)
        finding(d, !t.other_to, t.other_to ? "doctor.trail-other" : "doctor.trail-heads", args);
    snprintf(args, sizeof(args), "n=%llu", (unsigned long long)t.elsewhere);
    if (t.elsewhere)
        remark(d, "doctor.trail-elsewhere", args);
}

/* SPEC roles-19: "`doctor` compares the table of persons with it" */
static void check_persons(struct doctor *d)
{
    struct qn_err err;
    bool right;
    if (person_check(&right, d->c->office->st, &err) != QN_OK)
        finding(d, false, err.id, err.args);
    else
        finding(d, right, right ? "doctor.persons" : "doctor.persons-wrong", "");
}

/* What this machine signed last, outside the database. */
static void check_anchor(struct doctor *d)
{
    static const char *const ids[] = {[ANCHOR_NONE] = "anchor.none",
                                      [ANCHOR_GOOD] = "anchor.good",
                                      [ANCHOR_APART] = "anchor.apart",
                                      [ANCHOR_FAILED] = "anchor.failed"};
    struct anchor_told a;
    char args[ANCHOR_PATH + 64];
    if (!store_self(d->c->office->st))
        return;
    anchor_tell(&a, d->c->office->st);
    if (a.state == ANCHOR_FAILED || a.state == ANCHOR_NONE)
        snprintf(args, sizeof(args), "path=%s", a.path);
    else
        snprintf(args, sizeof(args), "path=%s|size=%llu", a.path, (unsigned long long)a.size);
    finding(d, a.state == ANCHOR_GOOD, ids[a.state], args);
}

/* SPEC backup-14: "are shown as a warning, and stop nothing" */
static void check_backup(struct doctor *d)
{
    struct backup_record r;
    char args[100];
    if (!store_self(d->c->office->st))
        return;
    backup_record(&r, d->c->office->st);
    snprintf(args, sizeof(args), "days=%llu|mib=%llu", (unsigned long long)r.days,
             (unsigned long long)((r.made_bytes + 0xFFFFF) >> 20));
    if (!r.made)
        remark(d, "doctor.backup-none", "");
    else if (r.old)
        remark(d, "doctor.backup-old", args);
    else
        finding(d, true, "doctor.backup", args);
    snprintf(args, sizeof(args), "days=%llu|seconds=%.1f", (unsigned long long)r.drill_days,
             (double)r.drill_took_ms / 1000);
    if (r.made && !r.drilled)
        remark(d, "doctor.drill-none", "");
    else if (r.drilled && r.drill_old)
        remark(d, "doctor.drill-old", args);
    else if (r.drilled)
        finding(d, true, "doctor.drill", args);
}

static void check_certs(struct doctor *d)
{
    struct store *st = d->c->office->st;
    const struct qn_cert *self = store_self(st);
    QN_AUTO(cert_lines) struct cert_lines all = {NULL, 0};
    struct qn_err err;
    char args[400];
    if (!self)
        return;
    if (certs_read(&all, st, self->office, true, &err) != QN_OK) {
        finding(d, false, err.id, err.args);
        return;
    }
    if (succession_rival(st))
        finding(d, false, "root.rival", "");
    for (size_t i = 0; i < all.n; i++) {
        const struct cert_line *l = &all.line[i];
        const char *id = certs_warning(args, self, l);
        if (id)
            finding(d, l->state == CERT_ENDING, id, args);
        else if (l->counted) {
            snprintf(args, sizeof(args), "n=%lld", (long long)l->days);
            finding(d, true, "doctor.cert", args);
        }
    }
}

/* SPEC cursors-32: "`qian doctor` names each file that holds something of it still" - others are told as what takes room. */
static enum qn_code see_leftover(void *ctx, const struct leftover *l, struct qn_err *err)
{
    struct doctor *d = ctx;
    const char *name = strrchr(l->path, '/') + 1;
    char args[FILE_PATH_MAX + 16];
    (void)err;
    snprintf(args, sizeof(args), "path=%s", l->path);
    if (l->holds)
        finding(d, false, leftover_id(l->what), args);
    else if (l->what == LEFT_DATABASE) /* as large as the database, and of use for a while only */
        remark(d,
               strncmp(name, "before-upgrade", 14) == 0 ? "doctor.upgrade-copy" : "doctor.old-copy",
               args);
    return QN_OK;
}

/* The names of backups and sites made elsewhere nobody here knows; their days are known. */
static void check_leftovers(struct doctor *d)
{
    struct store *st = d->c->office->st;
    struct backup_record r;
    struct qn_err err;
    uint64_t when = redact_when(st);
    if (leftover_walk(st, see_leftover, d, &err) != QN_OK)
        finding(d, false, err.id, err.args);
    if (redact_unscrubbed(st))
        finding(d, false, "doctor.not-scrubbed", "");
    backup_record(&r, st);
    if (when && r.made && r.made_ms <= when)
        remark(d, "doctor.backup-remembers", "");
}

/* What the background found, or now: every entry of every log read again. */
static void check_evidence(struct doctor *d, bool deep)
{
    struct store *st = d->c->office->st;
    struct recheck_tally t = {0};
    uint64_t all, own;
    struct qn_err err;
    char args[500];
    enum qn_code rc = deep && store_self(st) ? recheck_all(&t, st, &d->c->report, &err) : QN_OK;
    if (!rc)
        rc = recheck_known(&all, &own, st, &err);
    if (rc) {
        finding(d, false, err.id, err.args);
        return;
    }
    snprintf(args, sizeof(args), "n=%llu", (unsigned long long)(own ? own : all));
    if (all) {
        QN_AUTO(query) struct query q = query_start(st, SQL_DAMAGE_LIST);
        while (q_step(&q))
            finding(d, false, q_text(&q, 0), q_text(&q, 1));
        finding(d, false, own ? "doctor.damage-own" : "doctor.damage", args);
    } else if (deep) {
        snprintf(args, sizeof(args), "entries=%llu|parts=%llu|rows=%llu",
                 (unsigned long long)t.entries, (unsigned long long)t.parts,
                 (unsigned long long)t.rows);
        finding(d, true, "doctor.evidence", args);
    }
}

/* What a look without --deep can say: when entries were last read again, and whether each photo is in its place. */
static void check_seen(struct doctor *d)
{
    struct store *st = d->c->office->st;
    char when[32], args[100];
    uint64_t last = recheck_last(st), gone;
    struct files_standing s;
    struct qn_err err;
    cli_time(when, last);
    snprintf(args, sizeof(args), "when=%s", when);
    finding(d, true, last ? "doctor.recheck" : "doctor.recheck-never", last ? args : "");
    enum qn_code rc = files_standing(&s, st, &err);
    if (!rc)
        rc = files_gone(&gone, st, &err);
    if (rc) {
        finding(d, false, err.id, err.args);
        return;
    }
    if (!s.named)
        return;
    cli_time(when, evidence_last_verified(st));
    snprintf(args, sizeof(args), "n=%llu|here=%llu|when=%s", (unsigned long long)gone,
             (unsigned long long)s.here, when);
    if (gone)
        finding(d, false, "doctor.files-gone", args);
    else
        finding(d, true, evidence_last_verified(st) ? "doctor.files" : "doctor.files-never", args);
}

/* Small pictures are a convenience: without them nothing stands still. */
static void check_thumbs(struct doctor *d)
{
    enum thumb fit = thumb_fit();
    if (fit == THUMB_MADE)
        finding(d, true, "doctor.thumbs", "");
    else
        remark(d, fit == THUMB_NO_CAGE ? "doctor.thumbs-no-cage" : "doctor.thumbs-no-program", "");
}

int cmd_doctor(struct cli *c, int argc, char **argv)
{
    bool deep = false;
    struct opt opts[] = {{.name = "deep", .flag = &deep}};
    struct doctor d = {.c = c};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, 1))
        return 2;
    d.list = c->json ? json_array() : NULL;
    bool crypto = qn_selftest(&err) == QN_OK;
    char args[64];
    snprintf(args, sizeof(args), "version=%s", sodium_version_string());
    finding(&d, crypto, crypto ? "doctor.crypto" : "doctor.crypto-bad", args);
    check_sqlite(&d);
    check_keys(&d);
    check_signing(&d);
    check_anchor(&d);
    check_trail(&d);
    check_persons(&d);
    check_certs(&d);
    check_clock(&d);
    check_others(&d);
    check_disk(&d);
    check_backup(&d);
    check_leftovers(&d);
    check_thumbs(&d);
    if (!deep && store_self(c->office->st))
        check_seen(&d);
    check_evidence(&d, deep);
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
