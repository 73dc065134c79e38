#include "node/store/act.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/clock.h"
#include "node/store/internal.h"
#include "node/store/log.h"
#include "node/store/own.h"
#include "node/store/part.h"
#include "node/store/trail.h"
#include "node/store/tree.h"
#include "node/store/tree.h"
#include "protocol/wire.h"

#define NO_PART UINT32_MAX

struct act_part {
    enum qn_audience audience;
    enum qn_reach reach;
    char to[QN_CODE_MAX + 1];
    sqlite3_session *session;
    uint64_t attached[QN_TABLES / 64]; /* bits: table number */
    uint32_t rows;
    void *bytes; /* the changeset, from sqlite3_malloc */
    int n;
    struct qn_buf coded; /* what is stored, where that is not the changeset itself */
    uint8_t salt[QN_SALT];
};

static struct qn_span stored_bytes(const struct act_part *p)
{
    return p->coded.n ? qn_buf_span(&p->coded) : (struct qn_span){p->bytes, (size_t)p->n};
}

enum qn_code act_open(struct act *a, struct store *st, enum qn_kind kind, enum qn_lane lane, struct qn_err *err)
{
    struct act made = {.st = st, .kind = kind, .lane = lane, .at = NO_PART, .copy = NO_PART};
    enum qn_code rc = store_signer(st, &made.keys, err);
    if (rc)
        return rc;
    /* SPEC rotation-9: "the key was revoked before the parent saw the entry" - so it would go for whatever is written now. */
    if (!st->self.lanes)
        return qn_fail(err, QN_DENIED, "act.revoked", "office=%s|epoch=%u", st->self.office, st->self.epoch);
    /* Fork guard: signing on would fork the log, or fork it further. */
    if (own_state(st, err) != OWN_SIGNS)
        return QN_DENIED;
    made.part = calloc(ACT_PARTS, sizeof(*made.part));
    if (!made.part)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    rc = tx_begin(&made.tx, st, err);
    struct log log;
    if (!rc)
        rc = log_find(&log, st, st->origin, err);
    if (rc) {
        tx_end(&made.tx);
        free(made.part);
        return rc;
    }
    made.seq = log.size;
    *a = made;
    return QN_OK;
}

enum qn_code act_begin(struct act *a, struct store *st, const struct duty *duty, const char *by, enum qn_kind kind,
                       enum qn_lane lane, struct qn_err *err)
{
    assert(duty->kinds & UINT32_C(1) << kind); /* the table tells what an act may write */
    enum qn_code rc = duty_may(st, duty, by, err);
    if (!rc)
        rc = act_open(a, st, kind, lane, err);
    if (rc)
        return rc;
    a->duty = *duty;
    qn_text_copy(a->by, sizeof(a->by), qn_str(by && *by ? by : st->itself ? "" : st->person));
    return QN_OK;
}

/* Restricted rows go to the author's copy too (entry-22). */
static void enable(struct act *a, unsigned which)
{
    bool copied = a->part[which].audience == QN_RESTRICTED;
    for (unsigned i = 0; i < a->nparts; i++)
        sqlite3session_enable(a->part[i].session, i == which || (copied && i == a->copy));
    a->at = which;
}

static enum qn_code find_part(struct act *a, unsigned *at, enum qn_audience audience, enum qn_reach reach,
                              const char *to, struct qn_err *err)
{
    for (*at = 0; *at < a->nparts; ++*at) {
        const struct act_part *p = &a->part[*at];
        if (p->audience == audience && p->reach == reach && strcmp(p->to, to) == 0)
            return QN_OK;
    }
    if (a->nparts == ACT_PARTS)
        return qn_fail(err, QN_LIMIT, "act.parts", "max=%d", ACT_PARTS);
    struct act_part *p = &a->part[a->nparts];
    *p = (struct act_part){.audience = audience, .reach = reach};
    if (!qn_text_copy(p->to, sizeof(p->to), qn_str(to)))
        return qn_fail(err, QN_MALFORMED, "act.to", "to=%s", to);
    /* SPEC cursors-31: "An author addresses no office whose certificate it does not hold" */
    if (!tree_knows(a->st, to))
        return qn_fail(err, QN_ABSENT, "act.unknown-office", "to=%s", to);
    if (sqlite3session_create(a->st->db, "main", &p->session) != SQLITE_OK)
        return store_sqlite_fail(a->st, "session", err);
    sqlite3session_enable(p->session, 0);
    a->nparts++;
    return QN_OK;
}

enum qn_code act_part(struct act *a, enum qn_audience audience, enum qn_reach reach, const char *to,
                      struct qn_err *err)
{
    const struct qn_cert *self = &a->st->self;
    unsigned at = 0;
    enum qn_code rc = find_part(a, &at, audience, reach, to ? to : self->office, err);
    if (rc)
        return rc;
    /* SPEC entry-22: "an office that has one above it gives an entry with restricted parts for others one more" */
    if (audience == QN_RESTRICTED && self->issuer[0])
        rc = find_part(a, &a->copy, QN_RESTRICTED, QN_TO_OFFICE, self->office, err);
    if (!rc)
        enable(a, at);
    return rc;
}

enum qn_code act_dep(struct act *a, const char *origin, uint64_t size, const uint8_t root[QN_HASH],
                     struct qn_err *err)
{
    for (unsigned i = 0; i < a->ndeps; i++)
        if (strcmp(a->dep_origin[i], origin) == 0)
            return QN_OK; /* one log is named once (entry.md); the first head is enough to find what is needed */
    if (a->ndeps == QN_DEPS)
        return qn_fail(err, QN_LIMIT, "act.deps", "max=%d", QN_DEPS);
    unsigned i = a->ndeps++;
    if (!qn_text_copy(a->dep_origin[i], sizeof(a->dep_origin[i]), qn_str(origin)))
        return qn_fail(err, QN_MALFORMED, "act.to", "to=%s", origin);
    a->dep[i].size = size;
    memcpy(a->dep[i].root, root, QN_HASH);
    return QN_OK;
}

enum qn_audience act_audience(const struct act *a, unsigned part)
{
    return a->part[part].audience;
}

int64_t act_id(struct act *a)
{
    return qn_row_id(a->st->self.epoch, a->seq, a->next_n++);
}

/* ---- rows ------------------------------------------------------------------------------------------ */

void row_start(struct qn_row *row, const struct act *a, const char *table, int64_t id, int64_t rev)
{
    row->table = qn_registry_table(a->st->reg, qn_str(table));
    assert(row->table); /* a name of our own */
    for (unsigned i = 0; i < row->table->ncols; i++)
        row->col[i] = (struct qn_value){.type = QN_NULL, .s = {NULL, 0}};
    row_text(row, "office", a->st->self.office);
    row_int(row, "id", id);
    row_int(row, "rev", rev);
}

static struct qn_value *column(struct qn_row *row, const char *col, enum qn_type type)
{
    /* Rows are filled in the order of their table: the look begins behind where the last one ended. */
    static _Thread_local unsigned at;
    unsigned n = row->table->ncols;
    for (unsigned tried = 0; tried < n; tried++) {
        at = at + 1 < n ? at + 1 : 0;
        if (strcmp(row->table->col[at].name, col) == 0) {
            assert(row->table->col[at].type == type);
            row->col[at].type = type;
            return &row->col[at];
        }
    }
    assert(false); /* a column of our own that the table does not have */
    abort();
}

void row_int(struct qn_row *row, const char *col, int64_t v)
{
    column(row, col, QN_INTEGER)->i = v;
}

void row_span(struct qn_row *row, const char *col, struct qn_span text)
{
    struct qn_value *v = column(row, col, QN_TEXT);
    v->s = text;
    if (!text.n && row->table->col[v - row->col].nullable)
        *v = (struct qn_value){.type = QN_NULL, .s = {NULL, 0}};
}

void row_text(struct qn_row *row, const char *col, const char *s)
{
    row_span(row, col, s ? qn_str(s) : (struct qn_span){NULL, 0});
}

void row_blob(struct qn_row *row, const char *col, const void *p, size_t n)
{
    column(row, col, QN_BLOB)->s = (struct qn_span){p, n};
}

/* Lets the part's session see the row's table. */
static enum qn_code part_sees(struct act *a, struct act_part *p, const struct qn_row *row, struct qn_err *err)
{
    size_t number = (size_t)(row->table - a->st->reg->table);
    uint64_t *word = &p->attached[number / 64], bit = UINT64_C(1) << (number % 64);
    if (!(*word & bit)) {
        if (sqlite3session_attach(p->session, row->table->name) != SQLITE_OK)
            return store_sqlite_fail(a->st, row->table->name, err);
        *word |= bit;
    }
    if (p->rows == QN_PART_ROWS)
        return qn_fail(err, QN_LIMIT, "act.rows", "max=%d", QN_PART_ROWS);
    return QN_OK;
}

/* "inspection 140602:1-60-0 E:9114…": the first row says what the act was about; whose object, unless that is restricted. */
static void note_about(struct act *a, const struct qn_row *row)
{
    const struct qn_table *t = row->table;
    char id[40];
    size_t n;
    qn_row_id_text(id, row->col[1].i);
    n = (size_t)snprintf(a->about, sizeof(a->about), "%s %s:%s", t->name, a->st->self.office, id);
    for (unsigned i = 3; i < t->ncols && t->audience != QN_RESTRICTED; i++)
        if (strcmp(t->col[i].name, "object_id") == 0 && row->col[i].type == QN_TEXT && row->col[i].s.n < sizeof(a->about) - n - 1)
            snprintf(a->about + n, sizeof(a->about) - n, " %.*s", (int)row->col[i].s.n, (const char *)row->col[i].s.p);
}

enum qn_code act_put(struct act *a, const struct qn_row *row, struct qn_err *err)
{
    assert(a->at != NO_PART && row->table->audience == a->part[a->at].audience && row->table->lane == a->lane);
    bool copied = row->table->audience == QN_RESTRICTED && a->copy != NO_PART && a->copy != a->at;
    enum qn_code rc = part_sees(a, &a->part[a->at], row, err);
    if (!rc && copied)
        rc = part_sees(a, &a->part[a->copy], row, err);
    if (!rc)
        rc = store_insert(a->st, row, err);
    if (rc)
        return rc;
    if (!a->about[0])
        note_about(a, row);
    a->part[a->at].rows++;
    a->part[copied ? a->copy : a->at].rows += copied;
    return QN_OK;
}

/* ---- commit ------------------------------------------------------------------------------------------ */

struct judge {
    const struct qn_header *h;
    const struct qn_cert *signer;
};

static enum qn_code judge_row(void *ctx, const struct qn_row *row, struct qn_err *err)
{
    const struct judge *j = ctx;
    return qn_authorise(row, j->h, j->signer, err);
}

/* Takes what the session saw and reads it back as a receiver would: what we could not accept ourselves is
 * never signed. A row seen by no session, or by two, shows as a difference in the count.                  */
static enum qn_code capture(struct act *a, struct act_part *p, const struct qn_header *h, struct qn_err *err)
{
    int sqlite = sqlite3session_changeset(p->session, &p->n, &p->bytes);
    if (sqlite != SQLITE_OK)
        return qn_fail(err, sqlite == SQLITE_NOMEM ? QN_NOMEM : QN_IO, "act.capture", "sqlite=%d", sqlite);
    if (p->n > QN_PART_MAX)
        return qn_fail(err, QN_LIMIT, "act.bytes", "bytes=%d|max=%d", p->n, QN_PART_MAX);
    struct qn_change_limits limits = {
        .registry = a->st->reg, .lane = a->lane, .audience = p->audience, .rows_max = QN_PART_ROWS};
    struct judge j = {h, &a->st->self};
    uint32_t rows = 0;
    enum qn_code rc = qn_change_read((struct qn_span){p->bytes, (size_t)p->n}, &limits, judge_row, &j, &rows, err);
    if (!rc && rows != p->rows)
        rc = qn_fail(err, QN_CONFLICT, "act.count", "put=%u|captured=%u", p->rows, rows);
    return rc;
}

/* What is stored of a part, where that is not the changeset itself: packed, and sealed to its one reader. */
static enum qn_code code_part(struct act *a, struct act_part *p, struct qn_part *d, struct qn_err *err)
{
    struct qn_span raw = {p->bytes, (size_t)p->n};
    enum qn_code rc = QN_OK;
    qn_buf_init(&p->coded, 2 * QN_PART_MAX);
    /* SPEC entry-12: "A public part has codec 0" - a browser then needs no inflater */
    if (p->audience != QN_PUBLIC)
        rc = part_pack(&d->codec, &p->coded, raw, err);
    if (rc || p->audience != QN_RESTRICTED)
        return rc;
    QN_AUTO(qn_buf) struct qn_buf clear = p->coded;
    struct qn_cert reader;
    struct qn_span coded = clear.n ? qn_buf_span(&clear) : raw;
    qn_buf_init(&p->coded, QN_PART_MAX + QN_SEAL_BYTES);
    if (coded.n + QN_SEAL_BYTES > QN_PART_MAX)
        return qn_fail(err, QN_LIMIT, "act.bytes", "bytes=%zu|max=%d", coded.n, QN_PART_MAX - QN_SEAL_BYTES);
    /* SPEC entry-20: "The author seals to the box key of the newest certificate of the office in to that it holds" */
    if (!tree_log_is_for(a->st, a->st->self.office, p->to))
        return qn_fail(err, QN_DENIED, "act.addressee", "to=%s", p->to);
    reader = a->st->self;
    rc = strcmp(p->to, reader.office) == 0 ? QN_OK : tree_cert_box(&reader, a->st, p->to, err);
    return rc ? rc : part_seal(&p->coded, coded, reader.box, err);
}

/* SPEC overview-8: "each checkpoint that is the first to cover an entry of lane control, plan or draw, and each of the root
 * office, which nobody above cosigns" - what the thousands of results would need a second signature for, at each reader. */
static bool is_dated(const struct act *a)
{
    return (a->lane != QN_LANE_RESULT && a->lane != QN_LANE_BULK) || !a->st->self.issuer[0];
}

enum qn_code act_commit(struct act *a, uint64_t *seq, uint8_t leaf[QN_HASH], struct qn_err *err)
{
    struct store *st = a->st;
    struct log log;
    enum qn_code rc = log_find(&log, st, st->origin, err);
    if (rc)
        return rc;
    assert(log.size == a->seq);
    struct qn_header h = {.origin = qn_str(st->origin), .seq = a->seq, .time_ms = clock_now_ms(st), .lane = a->lane,
                          .kind = (uint8_t)a->kind, .schema = st->reg->version, .ndeps = a->ndeps};
    memcpy(h.schema_hash, st->reg->hash, QN_HASH);
    for (unsigned i = 0; i < a->ndeps; i++) {
        h.dep[i] = a->dep[i];
        h.dep[i].origin = qn_str(a->dep_origin[i]);
    }
    for (unsigned i = 0; i < a->nparts; i++) {
        struct act_part *p = &a->part[i];
        sqlite3session_enable(p->session, 0);
        if (!p->rows)
            continue;
        rc = capture(a, p, &h, err);
        if (rc)
            return rc;
        randombytes_buf(p->salt, sizeof(p->salt));
        struct qn_part *d = &h.part[h.nparts++];
        *d = (struct qn_part){.audience = p->audience, .codec = QN_RAW, .reach = p->reach, .to = qn_str(p->to),
                              .raw = (uint32_t)p->n};
        rc = code_part(a, p, d, err);
        if (rc)
            return rc;
        struct qn_span stored = stored_bytes(p);
        d->stored = (uint32_t)stored.n;
        qn_part_commit(d->commitment, p->salt, stored);
    }
    if (!h.nparts) /* an act says something */
        return qn_fail(err, QN_MALFORMED, "act.empty", "");
    QN_AUTO(qn_buf) struct qn_buf header = {0};
    qn_buf_init(&header, QN_HEADER_MAX);
    qn_header_encode(&header, &h);
    rc = qn_buf_check(&header, err);
    /* Read back before it is signed: what no reader would accept must not become a place in the log. */
    struct qn_header again WIRE_UNFILLED;
    if (!rc)
        rc = qn_header_decode(&again, qn_buf_span(&header), err);
    if (rc)
        return rc;
    uint8_t sig[QN_SIG];
    qn_header_sign(sig, qn_buf_span(&header), keys_log_sk(a->keys));
    rc = log_append(st, &log, qn_buf_span(&header), sig, &h, err);
    unsigned no = 0;
    for (unsigned i = 0; !rc && i < a->nparts; i++) {
        struct act_part *p = &a->part[i];
        if (!p->rows)
            continue;
        QN_AUTO(query) struct query q = query_start(st, SQL_PART_PUT);
        q_bind_int(&q, log.no);
        q_bind_int(&q, (int64_t)a->seq);
        q_bind_int(&q, no++);
        q_bind_blob(&q, p->salt, QN_SALT);
        struct qn_span stored = stored_bytes(p);
        q_bind_blob(&q, stored.p, stored.n);
        rc = store_run(&q, err);
    }
    uint8_t made[QN_HASH];
    qn_leaf_hash(made, qn_buf_span(&header));
    /* SPEC roles-16: "in the transaction that wrote it" */
    if (!rc && a->duty.name)
        rc = trail_entry(st, a, made, err);
    if (rc)
        return rc;
    uint64_t at = a->seq;
    if (is_dated(a) || !st->before_commit)
        st->before_commit = is_dated(a) ? log_checkpoint_dated : log_checkpoint_own;
    rc = tx_commit(&a->tx, err);
    if (rc)
        return rc;
    act_end(a);
    if (seq)
        *seq = at;
    if (leaf)
        memcpy(leaf, made, QN_HASH);
    return QN_OK;
}

void act_end(struct act *a)
{
    for (unsigned i = 0; a->part && i < a->nparts; i++) {
        sqlite3session_delete(a->part[i].session);
        sqlite3_free(a->part[i].bytes);
        qn_buf_release(&a->part[i].coded);
    }
    free(a->part);
    a->part = NULL;
    a->nparts = 0;
    tx_end(&a->tx);
}
