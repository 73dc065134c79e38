#include "node/sync/renew.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/store/act.h"
#include "node/store/anchor.h"
#include "node/store/file.h"
#include "node/store/internal.h"
#include "node/store/part.h"
#include "node/store/seal.h"
#include "node/store/standing.h"
#include "node/store/trail.h"
#include "node/store/tree.h"

#define EPOCH    "renew-epoch" /* and the epoch whose log it holds */
#define IDS_MAX  2000000       /* rows of a branch that was written after an old backup */
#define ROWS_ACT 256           /* rows of `abandoned` in one act: a page of them */

bool renew_aside(struct store *st, char out[64])
{
    return store_get(st, STORE_RENEWS, out, 64);
}

/* ---- the fresh database ------------------------------------------------------------------------------------- */

/* What an office is told by a person, and its certificates. All else comes from the log and from others. */
static enum qn_code copy_settings(struct store *to, struct store *from, struct qn_err *err)
{
    static const char *const names[] = {"policy", "office", "anchor", "epoch", "anchored"};
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < sizeof(names) / sizeof(names[0]); i++) {
        char value[QN_POLICY_MAX + 1];
        if (store_get(from, names[i], value, sizeof(value)))
            rc = store_set(to, names[i], value, err);
    }
    QN_AUTO(query) struct query q = query_start(from, SQL_SETTINGS_OF_ROOT);
    while (!rc && q_step(&q))
        rc = store_set(to, q_text(&q, 0), q_text(&q, 1), err);
    if (!rc)
        rc = query_end(&q, err);
    return rc ? rc : store_reload(to, err);
}

static enum qn_code copy_rows(struct store *to, struct store *from, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    {
        QN_AUTO(query) struct query q = query_start(from, SQL_RENEW_CERTS);
        while (!rc && q_step(&q)) {
            rc = tree_keep_cert(to, q_span(&q, 0), err);
            if (rc && rc != QN_IO &&
                rc != QN_NOMEM) /* one that a bound of ours keeps out now comes with its log */
                rc = QN_OK;
        }
        if (!rc)
            rc = query_end(&q, err);
    }
    /* SPEC roles-8: "a recovery after a fork keeps them" */
    rc = rc ? rc : person_copy(to, from, err);
    rc = rc ? rc : trail_copy(to, from, err);
    QN_AUTO(query) struct query q = query_start(from, SQL_PEER_ALL);
    while (!rc && q_step(&q)) {
        QN_AUTO(query) struct query w = query_start(to, SQL_PEER_SET_URL);
        q_bind_span(&w, q_span(&q, 0));
        q_bind_span(&w, q_span(&q, 1));
        rc = store_run(&w, err);
    }
    return rc ? rc : query_end(&q, err);
}

static enum qn_code fill(struct store *to, struct store *from, const char *aside,
                         struct qn_err *err)
{
    char epoch[8];
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = tx_begin(&tx, to, err);
    if (!rc)
        rc = copy_settings(to, from, err);
    if (!rc)
        rc = copy_rows(to, from, err);
    if (!rc)
        rc = store_reload(to, err);
    snprintf(epoch, sizeof(epoch), "%u", from->self.epoch);
    if (!rc)
        rc = store_set(to, STORE_RENEWS, aside, err);
    if (!rc)
        rc = store_set(to, EPOCH, epoch, err);
    if (!rc)
        rc = own_renewing(to, err);
    return rc ? rc : tx_commit(&tx, err);
}

static enum qn_code io_fail(const char *path, struct qn_err *err)
{
    return qn_fail(err, QN_IO, "file.write", "path=%s|why=%s", path, file_why(errno));
}

static enum qn_code make_fresh(const char *fresh, struct store *from, const char *aside,
                               struct qn_err *err)
{
    QN_AUTO(store) struct store *to = NULL;
    enum qn_code rc = store_open_in(&to, fresh, STORE_CREATE, &from->world, err);
    return rc ? rc : fill(to, from, aside, err);
}

/* Left by a try that was cut: nothing of it counts. */
static void clear_fresh(const char *fresh)
{
    static const char *const names[] = {"qian.db", "qian.db-wal", "qian.db-shm", "lock"};
    struct qn_err none;
    char path[FILE_PATH_MAX];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (file_join(path, fresh, names[i], &none) == QN_OK)
            unlink(path);
    rmdir(fresh);
}

/* The old one gets a second name, and the fresh one takes its first: at no moment there is none. */
static enum qn_code swap(const char *dir, const char *aside, const char *fresh, struct qn_err *err)
{
    char old[FILE_PATH_MAX], kept[FILE_PATH_MAX], from[FILE_PATH_MAX], wal[FILE_PATH_MAX];
    enum qn_code rc = file_join(old, dir, "qian.db", err);
    if (!rc)
        rc = file_join(wal, dir, "qian.db-wal", err);
    if (!rc)
        rc = file_join(kept, aside, "qian.db", err);
    if (!rc)
        rc = file_join(from, fresh, "qian.db", err);
    if (!rc)
        rc = file_mkdir(aside, err);
    if (rc)
        return rc;
    if (access(wal, F_OK) == 0) /* closing puts it into the database: who left it is still there */
        return qn_fail(err, QN_LATER, "store.locked", "dir=%s", dir);
    if ((link(old, kept) != 0 && errno != EEXIST) || rename(from, old) != 0)
        return io_fail(kept, err);
    return QN_OK;
}

enum qn_code renew_begin(struct office *o, struct qn_err *err)
{
    char dir[FILE_PATH_MAX], name[64], aside[FILE_PATH_MAX], fresh[FILE_PATH_MAX];
    struct qn_err why;
    if (own_state(o->st, &why) != OWN_FORKED)
        return qn_fail(err, QN_CONFLICT, "renew.no-fork", "");
    if (duty_may(o->st, duty_of(DUTY_RENEW), NULL, err) != QN_OK)
        return QN_DENIED;
    snprintf(dir, sizeof(dir), "%s", store_dir(o->st));
    snprintf(name, sizeof(name), "aside-%u", o->st->self.epoch);
    enum qn_code rc = file_join(aside, dir, name, err);
    if (!rc)
        rc = file_join(fresh, dir, "fresh", err);
    if (rc)
        return rc;
    clear_fresh(fresh);
    rc = make_fresh(fresh, o->st, name, err);
    if (rc)
        return rc;
    struct keys *keys = o->keys;
    struct store_world world = o->st->world;
    store_close(o->st);
    o->st = NULL;
    rc = swap(dir, aside, fresh, err);
    clear_fresh(fresh);
    struct store *st = NULL;
    enum qn_code opened = store_open_in(&st, dir, STORE_OPEN, &world, rc ? &why : err);
    o->st = st;
    if (opened)
        return rc ? rc : opened;
    store_lend_keys(st, keys);
    return rc ? rc : anchor_open(st, err);
}

/* ---- what was abandoned --------------------------------------------------------------------------------------- */

/* Row ids of the branch put aside, and what they are called in the new log; 0: nothing says them again. */
struct ids {
    struct id {
        int64_t old, now;
    } * id;
    size_t n, cap;
};

struct finish {
    struct store *st, *old;
    const struct log *log; /* of the old epoch, as the old database holds it */
    uint64_t place;        /* the first entry of the branch */
    int64_t closed,
        raise; /* rosters of the branch that counts; what versions of the other are raised by */
    struct ids ids;
    struct act *act;
    struct renew_done *out;
};

static bool is_of_branch(const struct finish *f, int64_t id)
{
    uint16_t epoch, n;
    uint64_t seq;
    if (id < qn_row_id(1, 0, 0))
        return false;
    qn_row_id_split(id, &epoch, &seq, &n);
    return epoch == f->log->epoch && seq >= f->place;
}

static int64_t now_called(const struct finish *f, int64_t old)
{
    for (size_t i = f->ids.n; i > 0; i--)
        if (f->ids.id[i - 1].old == old)
            return f->ids.id[i - 1].now;
    return 0;
}

static enum qn_code call(struct finish *f, int64_t old, int64_t now, struct qn_err *err)
{
    struct ids *x = &f->ids;
    if (x->n == x->cap) {
        size_t cap = x->cap ? x->cap * 2 : 256;
        struct id *grown = cap <= 2 * IDS_MAX ? realloc(x->id, cap * sizeof(*grown)) : NULL;
        if (!grown)
            return qn_fail(err, QN_NOMEM, "base.no-memory", "");
        x->id = grown;
        x->cap = cap;
    }
    x->id[x->n++] = (struct id){old, now};
    return QN_OK;
}

/* Whether the number in this column names a row of our own: its neighbour "…_office" says whose it is. */
static bool names_ours(const struct qn_row *row, unsigned col, const char *self)
{
    const char *name = row->table->col[col].name;
    size_t n = strlen(name);
    if (n < 3 || strcmp(name + n - 3, "_id") != 0)
        return false;
    for (unsigned i = 0; i < row->table->ncols; i++) {
        const char *other = row->table->col[i].name;
        if (strncmp(other, name, n - 2) == 0 && strcmp(other + n - 2, "office") == 0)
            return qn_span_is(row->col[i].s, self);
    }
    return true;
}

/* The row as this program writes it: it may have been written by an older one, whose tables had fewer columns. */
static enum qn_code as_of_now(struct qn_row *out, struct store *st, const struct qn_row *row,
                              struct qn_err *err)
{
    *out = *row;
    out->table = qn_registry_table(store_registry(st), qn_str(row->table->name));
    if (!out->table)
        return qn_fail(err, QN_DENIED, "renew.row", "table=%s", row->table->name);
    for (unsigned i = row->table->ncols; i < out->table->ncols; i++)
        out->col[i] = (struct qn_value){.type = QN_NULL, .s = {NULL, 0}};
    return QN_OK;
}

static enum qn_code roster_newest(int64_t *out, struct store *st, const char *office,
                                  struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_ROSTER_NEWEST);
    q_bind_text(&q, office);
    *out = q_step(&q) && !q_null(&q, 0) ? q_int(&q, 0) : 0;
    return query_end(&q, err);
}

/* SPEC recovery-16: "Versions of rosters are raised above all that the branch put aside closed" - who holds that branch as the
 * log would refuse them else (changeset-24). */
static void raise_version(struct finish *f, struct qn_row *row)
{
    static const char *const tables[] = {"object", "mark", "inspector", "recusal", "roster_close"};
    bool of_roster = false;
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        of_roster = of_roster || strcmp(row->table->name, tables[i]) == 0;
    for (unsigned i = 3; of_roster && i < row->table->ncols; i++) {
        const char *name = row->table->col[i].name;
        if ((strcmp(name, "roster") == 0 || strcmp(name, "earlier") == 0) &&
            row->col[i].type == QN_INTEGER && row->col[i].i > f->closed)
            row->col[i].i += f->raise;
    }
}

/* SPEC recovery-16: "under new row ids, with references between them following" */
static enum qn_code put_again(void *ctx, const struct qn_row *row, struct qn_err *err)
{
    struct finish *f = ctx;
    struct qn_row again;
    enum qn_code known = as_of_now(&again, f->st, row, err);
    if (known)
        return known;
    if (!qn_span_is(row->col[0].s, f->st->self.office))
        return qn_fail(err, QN_DENIED, "renew.row", "table=%s", row->table->name);
    if (is_of_branch(f, row->col[1].i)) {
        int64_t now = now_called(f, row->col[1].i);
        enum qn_code rc = QN_OK;
        if (!now && row->col[2].i > 1)
            return qn_fail(err, QN_DENIED, "renew.rests", "table=%s", row->table->name);
        if (!now) {
            now = act_id(f->act);
            rc = call(f, row->col[1].i, now, err);
        }
        if (rc)
            return rc;
        again.col[1].i = now;
    }
    for (unsigned i = 3; i < row->table->ncols; i++) {
        if (row->col[i].type != QN_INTEGER || !is_of_branch(f, row->col[i].i) ||
            !names_ours(row, i, f->st->self.office))
            continue;
        int64_t now = now_called(f, row->col[i].i);
        if (!now) /* it rests on a draw, or on something else that is not said again */
            return qn_fail(err, QN_DENIED, "renew.rests", "table=%s", row->table->name);
        again.col[i].i = now;
    }
    raise_version(f, &again);
    /* A roster that the branch that counts has closed meanwhile, under the same version: everybody would refuse it. */
    enum qn_code rc = standing_check(f->st, &again, f->act->seq, f->st->self.epoch, err);
    return rc ? rc : act_put(f->act, &again, err);
}

static bool may_be_said_again(uint8_t kind)
{
    switch ((enum qn_kind)kind) {
    case QN_KIND_RESULT:
    case QN_KIND_ROSTER:
    case QN_KIND_ROSTER_CLOSE:
        return true;
    case QN_KIND_CERTIFICATE:
    case QN_KIND_TABLES:
    case QN_KIND_PLAN:
    case QN_KIND_ACCEPT:
    case QN_KIND_FREEZE:
    case QN_KIND_ORDER:
    case QN_KIND_DRAW:
    case QN_KIND_EXC:
    case QN_KIND_RELEASE:
    case QN_KIND_PUBLISH:
    case QN_KIND_VERDICT:
    case QN_KIND_REFUSAL:
    case QN_KIND_SUPERSEDE:
    case QN_KIND_WAIVER:
    case QN_KIND_ABANDONED:
    case QN_KIND_REDACTION:
    case QN_KIND_PURGE:
    case QN_KIND_PURGE_REPORT:
    case QN_KIND_BEACON:
    case QN_KIND_ENROL:
    case QN_KIND_REGISTER:
    case QN_KIND_TRAIL:
        break;
    }
    return false;
}

/* How many restricted parts for others the entry has. */
static unsigned sealed_to_others(const struct qn_header *h, const char *self)
{
    unsigned n = 0;
    for (unsigned i = 0; i < h->nparts; i++)
        n += h->part[i].audience == QN_RESTRICTED && !qn_span_is(h->part[i].to, self);
    return n;
}

/* The parts of one entry of the branch, in the act under way. What was sealed to another is read from the author's copy,
 * and the act makes a new copy: that of several addressees does not say whose each row is.                    */
static enum qn_code parts_again(struct finish *f, const struct log_entry *e, struct qn_err *err)
{
    const char *self = f->st->self.office;
    enum qn_code rc = QN_OK;
    unsigned copy = qn_header_copy(&e->h), others = sealed_to_others(&e->h, self);
    for (unsigned i = 0; !rc && i < e->h.nparts; i++) {
        const struct qn_part *p = &e->h.part[i];
        char to[QN_CODE_MAX + 1];
        unsigned from = i;
        QN_AUTO(log_part) struct log_part part = {0};
        QN_AUTO(qn_buf) struct qn_buf opened = {0}, room = {0};
        struct qn_span coded = {NULL, 0};
        if (!qn_text_copy(to, sizeof(to), p->to))
            return qn_fail(err, QN_MALFORMED, "act.to", "to=?");
        if (i == copy)
            continue;
        if (p->audience == QN_RESTRICTED && strcmp(to, self) != 0) {
            if (copy == QN_NO_COPY || others != 1)
                return qn_fail(err, QN_DENIED, "renew.sealed", "to=%s", to);
            from = copy;
        }
        rc = log_part_get(&part, f->old, f->log, e->h.seq, from, err);
        if (!rc)
            rc =
                seal_open(&coded, &opened, f->st, &e->h.part[from], qn_buf_span(&part.stored), err);
        if (!rc)
            rc = act_part(f->act, p->audience, p->reach, to, err);
        if (!rc)
            rc = part_rows(store_registry(f->st), &e->h, from, coded, &room, put_again, f, NULL,
                           err);
    }
    return rc;
}

static enum qn_code entry_again(struct finish *f, const struct log_entry *e, uint64_t *seq,
                                struct qn_err *err)
{
    QN_AUTO(act) struct act a = {0};
    if (!may_be_said_again(e->h.kind))
        return qn_fail(err, QN_DENIED, "renew.kind", "kind=%u", e->h.kind);
    enum qn_code rc =
        act_begin(&a, f->st, duty_of(DUTY_RENEW), NULL, (enum qn_kind)e->h.kind, e->h.lane, err);
    f->act = &a;
    for (unsigned i = 0; !rc && i < e->h.ndeps; i++) {
        char origin[QN_ORIGIN_MAX + 1];
        if (qn_text_copy(origin, sizeof(origin), e->h.dep[i].origin))
            rc = act_dep(&a, origin, e->h.dep[i].size, e->h.dep[i].root, err);
    }
    if (!rc)
        rc = parts_again(f, e, err);
    return rc ? rc : act_commit(&a, seq, NULL, err);
}

static enum qn_code one(struct finish *f, uint64_t seq, struct renew_entry *out,
                        uint8_t leaf[QN_HASH], struct qn_err *err)
{
    QN_AUTO(log_entry) struct log_entry e = {0};
    enum qn_code rc = log_entry_get(&e, f->old, f->log, seq, err);
    if (rc)
        return rc;
    *out = (struct renew_entry){.seq = seq, .again = UINT64_MAX, .kind = e.h.kind};
    memcpy(leaf, e.leaf, QN_HASH);
    size_t first = f->ids.n;
    rc = entry_again(f, &e, &out->again, &out->why);
    if (!rc)
        return QN_OK;
    out->again = UINT64_MAX;
    f->ids.n = first; /* its rows are called nothing */
    if ((rc == QN_IO || rc == QN_NOMEM) && err)
        *err = out->why;
    return rc == QN_IO || rc == QN_NOMEM ? rc : QN_OK;
}

/* SPEC recovery-16: "one row of `abandoned` (tables-27) for each of its entries that is in the branch put aside" */
struct teller {
    struct act act;
    bool open;
    unsigned rows;
};
static void teller_auto(struct teller *t)
{
    if (t->open)
        act_end(&t->act);
}

static enum qn_code close_act(struct teller *t, struct qn_err *err)
{
    if (!t->open)
        return QN_OK;
    t->open = false;
    t->rows = 0;
    return act_commit(&t->act, NULL, NULL, err);
}

static enum qn_code tell(struct finish *f, struct teller *t, const struct renew_entry *e,
                         const uint8_t leaf[QN_HASH], struct qn_err *err)
{
    struct qn_row row;
    enum qn_code rc = QN_OK;
    if (!t->open) {
        rc = act_begin(&t->act, f->st, duty_of(DUTY_RENEW), NULL, QN_KIND_ABANDONED,
                       QN_LANE_CONTROL, err);
        t->open = !rc;
        if (!rc)
            rc = act_part(&t->act, QN_SYSTEM, QN_TO_OFFICE, NULL, err);
    }
    if (rc)
        return rc;
    row_start(&row, &t->act, "abandoned", act_id(&t->act), 1);
    row_text(&row, "origin", f->log->origin);
    row_int(&row, "seq", (int64_t)e->seq);
    row_blob(&row, "leaf", leaf, QN_HASH);
    row_int(&row, "kind", e->kind);
    if (e->again != UINT64_MAX)
        row_int(&row, "again", (int64_t)e->again);
    row_text(&row, "reason", e->again != UINT64_MAX ? "said-again" : e->why.id);
    rc = act_put(&t->act, &row, err);
    return rc || ++t->rows < ROWS_ACT ? rc : close_act(t, err);
}

/* First all that is said again, then the rows about it: an act writes one entry, and two cannot be open. */
static enum qn_code branch(struct finish *f, struct qn_err *err)
{
    uint64_t n = f->log->size - f->place;
    struct kept {
        struct renew_entry e;
        uint8_t leaf[QN_HASH];
    } *all = n ? calloc((size_t)n, sizeof(*all)) : NULL;
    enum qn_code rc = n && !all ? qn_fail(err, QN_NOMEM, "base.no-memory", "") : QN_OK;
    if (!rc)
        rc = roster_newest(&f->closed, f->st, f->st->self.office, err);
    if (!rc)
        rc = roster_newest(&f->raise, f->old, f->st->self.office, err);
    f->raise = f->raise > f->closed ? f->raise - f->closed : 0;
    for (uint64_t i = 0; !rc && i < n; i++) {
        rc = one(f, f->place + i, &all[i].e, all[i].leaf, err);
        f->out->abandoned += !rc;
        f->out->again += !rc && all[i].e.again != UINT64_MAX;
        if (!rc && f->out->ntold < RENEW_TOLD)
            f->out->told[f->out->ntold++] = all[i].e;
    }
    QN_AUTO(teller) struct teller t = {.open = false};
    for (uint64_t i = 0; !rc && i < n; i++)
        rc = tell(f, &t, &all[i].e, all[i].leaf, err);
    if (!rc)
        rc = close_act(&t, err);
    free(all);
    return rc;
}

/* The program may be a newer one than that which put it aside: then it is upgraded, behind a copy of what it was. */
static enum qn_code open_aside(struct store **out, const char *dir, struct store *st,
                               struct qn_err *err)
{
    struct qn_err why;
    struct store_world world = {.as = st->world.as};
    enum qn_code rc = store_open_in(out, dir, STORE_PEEK, &world, &why);
    if (rc && strcmp(why.id, "store.older") == 0)
        return store_open_in(out, dir, STORE_OPEN, &world, err);
    if (rc && err)
        *err = why;
    return rc;
}

/* Where the branch put aside leaves the one that counts. */
static enum qn_code part_ways(struct finish *f, const struct log *held, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    uint64_t end = held->size < f->log->size ? held->size : f->log->size;
    for (f->place = 0; !rc && f->place < end; f->place++) {
        QN_AUTO(log_entry) struct log_entry a = {0}, b = {0};
        rc = log_entry_get(&a, f->old, f->log, f->place, err);
        if (!rc)
            rc = log_entry_get(&b, f->st, held, f->place, err);
        if (!rc && memcmp(a.leaf, b.leaf, QN_HASH) != 0)
            break;
    }
    return rc;
}

enum qn_code renew_finish(struct store *st, struct renew_done *out, struct qn_err *err)
{
    char aside[64], path[FILE_PATH_MAX], epoch[8] = "0";
    struct log held, log;
    QN_AUTO(store) struct store *old = NULL;
    *out = (struct renew_done){.abandoned = 0};
    if (!renew_aside(st, aside) || !store_get(st, EPOCH, epoch, sizeof(epoch)))
        return qn_fail(err, QN_ABSENT, "renew.none", "");
    uint16_t was = (uint16_t)strtoul(epoch, NULL, 10);
    if (st->self.epoch <= was)
        return qn_fail(err, QN_CONFLICT, "renew.same-epoch", "epoch=%u", was);
    enum qn_code rc = file_join(path, store_dir(st), aside, err);
    if (!rc)
        rc = open_aside(&old, path, st, err);
    if (!rc)
        rc = log_at(&log, old, st->self.office, was, err);
    if (!rc)
        rc = log_at(&held, st, st->self.office, was, err);
    struct finish f = {.st = st, .old = old, .log = &log, .out = out};
    if (!rc)
        rc = part_ways(&f, &held, err);
    if (rc)
        return rc;
    /* Else what the parent holds further on would be told as abandoned. */
    if (held.size != held.verified || !held.size)
        return qn_fail(err, QN_LATER, "renew.not-filled", "log=%s|size=%llu", held.origin,
                       (unsigned long long)held.size);
    QN_AUTO(tx) struct tx tx = {0};
    rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = branch(&f, err);
    if (!rc)
        rc = store_unset(st, STORE_RENEWS, err);
    if (!rc)
        rc = store_unset(st, EPOCH, err);
    if (!rc)
        rc = tx_commit(&tx, err);
    free(f.ids.id);
    return rc;
}
