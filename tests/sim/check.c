/* check.c - the invariants, against what every office is known to have written (model.c). */
#include <stdlib.h>
#include <string.h>

#include "node/store/tree.h"
#include "node/store/receipts.h"
#include "node/sync/run.h"
#include "tests/sim/sim.h"

sqlite3_stmt *look(struct sim *s, sqlite3 *db, const char *sql)
{
    sqlite3_stmt *q;
    if (sqlite3_prepare_v2(db, sql, -1, &q, NULL) != SQLITE_OK)
        sim_fail(s, "check", "%s: %s", sql, sqlite3_errmsg(db));
    return q;
}

static const char *text(sqlite3_stmt *q, int c)
{
    const char *t = (const char *)sqlite3_column_text(q, c);
    return t ? t : "";
}

struct node *check_of_origin(struct sim *s, const char *origin)
{
    for (unsigned i = 0; i < s->n; i++) {
        if (strcmp(s->node[i].origin, origin) == 0)
            return &s->node[i];
        for (unsigned k = 0; k < BOOKS; k++) {
            const struct book *b = book_nth(&s->node[i], k);
            if (b && strcmp(b->origin, origin) == 0)
                return &s->node[i];
        }
    }
    return NULL;
}

/* All of this log is there to be delivered: its author has it, and wrote no other under the name. */
bool check_whole(struct sim *s, struct node *author, const char *origin)
{
    return !author->unsettled && strcmp(author->origin, origin) == 0 &&
           !book_forked(author, origin) && state_whole(s, author);
}

/* ---- rows: I2 and I3 ----------------------------------------------------------------------------------------------- */

/* Every row is one that its author wrote, as it wrote it, in a part that is for this office. */
void check_rows(struct sim *s, struct node *n, uint64_t got[NODES_MAX])
{
    const struct qn_registry *reg = store_registry(n->st);
    memset(got, 0, NODES_MAX * sizeof(got[0]));
    for (unsigned t = 0; t < reg->ntables; t++) {
        char sql[100];
        snprintf(sql, sizeof(sql), "SELECT * FROM \"%s\"", reg->table[t].name);
        sqlite3_stmt *q = look(s, n->db, sql);
        while (sqlite3_step(q) == SQLITE_ROW) {
            struct node *author = node_of(s, text(q, 0));
            int64_t id = sqlite3_column_int64(q, 1), rev = sqlite3_column_int64(q, 2);
            uint64_t hash = row_hash_stmt(q, &reg->table[t]);
            const struct book *b = NULL;
            const struct row_rec *r = NULL;
            for (unsigned i = 0; author && i < BOOKS && (!r || r->hash != hash); i++) {
                const struct book *one = book_nth(author, i);
                const struct row_rec *found =
                    one ? book_find(one, table_no(reg->table[t].name), id, rev) : NULL;
                b = found ? one : b;
                r = found ? found : r;
            }
            if (!r)
                sim_fail(s, "I3", "%s holds a row of %s in %s that nobody wrote", n->code,
                         text(q, 0), reg->table[t].name);
            if (!node_part_for(s, author->no, &b->entry[r->seq].part[r->part], n->no))
                sim_fail(s, "I3", "%s holds a row of %s (entry %u) that is not for it", n->code,
                         author->code, r->seq);
            if (hash != r->hash)
                sim_fail(s, "I2", "%s holds a row of %s (%s, entry %u) with other contents",
                         n->code, author->code, reg->table[t].name, r->seq);
            got[author->no] += b == &author->book;
        }
        sqlite3_finalize(q);
    }
}

static uint64_t rows_for(struct sim *s, const struct node *author, const struct node *reader)
{
    uint64_t want = 0;
    for (size_t e = 0; e < author->book.n; e++)
        for (unsigned p = 0; p < author->book.entry[e].nparts; p++)
            if (node_part_for(s, author->no, &author->book.entry[e].part[p], reader->no))
                want += author->book.entry[e].part[p].rows;
    return want;
}

/* Into the trace: which rows are not here, and whom their part was addressed to. */
static void tell_missing(struct sim *s, struct node *n, const struct node *author)
{
    const struct qn_registry *reg = NULL;
    SIM_MUST(s, qn_registry_get(&reg, QN_REGISTRY_CURRENT, &must));
    for (size_t i = 0; s->trace && i < author->book.nrows; i++) {
        const struct row_rec *r = &author->book.row[i];
        const struct part_rec *p = &author->book.entry[r->seq].part[r->part];
        char sql[160];
        if (!node_part_for(s, author->no, p, n->no))
            continue;
        snprintf(sql, sizeof(sql),
                 "SELECT 1 FROM \"%s\" WHERE office = '%s' AND id = %lld AND rev = %lld",
                 reg->table[r->table].name, author->code, (long long)r->id, (long long)r->rev);
        sqlite3_stmt *q = look(s, n->db, sql);
        if (sqlite3_step(q) != SQLITE_ROW)
            sim_trace(s, n, "lacks %s of %s: entry %u lane %d part %u to %s%s",
                      reg->table[r->table].name, author->code, r->seq,
                      (int)author->book.entry[r->seq].lane, r->part, p->to,
                      p->reach == QN_TO_SUBTREE ? " and below" : "");
        sqlite3_finalize(q);
    }
}

static void check_all_rows(struct sim *s, struct node *n, bool quiet)
{
    uint64_t got[NODES_MAX];
    check_rows(s, n, got);
    for (unsigned a = 0; a < s->n; a++) {
        bool self = (int)a == n->office;
        if (!check_whole(s, &s->node[a], s->node[a].origin)) /* it has not all back itself */
            continue;
        if (self && n->loss != LOST_NOTHING)
            continue; /* state.c looks which */
        if ((!quiet && !self) || got[a] == rows_for(s, &s->node[a], n))
            continue;
        tell_missing(s, n, &s->node[a]);
        sim_fail(s, self ? "I1" : "I2", "%s holds %llu rows of %s, not %llu", n->code,
                 (unsigned long long)got[a], s->node[a].code,
                 (unsigned long long)rows_for(s, &s->node[a], n));
    }
}

static bool part_is_for(struct sim *s, const struct node *author, const struct book *b,
                        uint64_t seq, unsigned part, const struct node *n)
{
    return seq < b->n && part < b->entry[seq].nparts &&
           node_part_for(s, author->no, &b->entry[seq].part[part], n->no);
}

static void check_parts(struct sim *s, struct node *n)
{
    sqlite3_stmt *q =
        look(s, n->db,
             "SELECT l.office, p.seq, p.part, l.origin FROM part p JOIN log l ON l.no = p.log");
    while (sqlite3_step(q) == SQLITE_ROW) {
        const struct node *author = node_of(s, text(q, 0));
        uint64_t seq = (uint64_t)sqlite3_column_int64(q, 1);
        unsigned part = (unsigned)sqlite3_column_int(q, 2);
        bool is_for = false;
        for (unsigned i = 0; author && i < BOOKS && !is_for; i++) {
            const struct book *b = book_nth(author, i);
            is_for =
                b && strcmp(b->origin, text(q, 3)) == 0 && part_is_for(s, author, b, seq, part, n);
        }
        if (!is_for)
            sim_fail(s, "I3", "%s holds part %u of entry %llu of %s that is not for it", n->code,
                     part, (unsigned long long)seq, text(q, 0));
    }
    sqlite3_finalize(q);
}

/* ---- logs and checkpoints: I1 and I4 ----------------------------------------------------------------------------------- */

static bool has_leaf(const struct book *b, uint64_t seq, const void *leaf)
{
    return seq < b->n && memcmp(leaf, b->entry[seq].leaf, QN_HASH) == 0;
}

static bool wrote_leaf(const struct node *author, const char *origin, uint64_t seq,
                       const void *leaf)
{
    for (unsigned i = 0; i < BOOKS; i++) {
        const struct book *b = book_nth(author, i);
        if (b && strcmp(b->origin, origin) == 0 && has_leaf(b, seq, leaf))
            return true;
    }
    return false;
}

static bool wrote_root(const struct node *author, const char *origin, uint64_t size,
                       const void *root)
{
    for (unsigned i = 0; i < BOOKS; i++) {
        const struct book *b = book_nth(author, i);
        if (b && strcmp(b->origin, origin) == 0 && size <= b->n &&
            (!size || memcmp(root, b->entry[size - 1].root, QN_HASH) == 0))
            return true;
    }
    return !size;
}

static void check_logs(struct sim *s, struct node *n)
{
    sqlite3_stmt *q =
        look(s, n->db,
             "SELECT l.office, e.seq, e.leaf, l.origin FROM entry e JOIN log l ON l.no = e.log");
    uint64_t own = 0;
    while (sqlite3_step(q) == SQLITE_ROW) {
        const struct node *author = node_of(s, text(q, 0));
        uint64_t seq = (uint64_t)sqlite3_column_int64(q, 1);
        const void *leaf = sqlite3_column_blob(q, 2);
        if (!author || !wrote_leaf(author, text(q, 3), seq, leaf))
            sim_fail(s, "I4", "%s holds an entry %llu of %s that it never wrote", n->code,
                     (unsigned long long)seq, text(q, 0));
        own += author->no == n->office && strcmp(text(q, 3), n->book.origin) == 0;
    }
    sqlite3_finalize(q);
    if (own < n->book.n && !state_whole(s, n))
        return;
    if (own != n->book.n)
        sim_fail(s, "I1", "%s holds %llu entries of its own, %zu were acknowledged", n->code,
                 (unsigned long long)own, n->book.n);
}

static void check_root(struct sim *s, const struct node *n, const char *origin, uint64_t size,
                       const void *root, const char *what)
{
    const struct node *author = check_of_origin(s, origin);
    if (!author || !wrote_root(author, origin, size, root))
        sim_fail(s, "I4", "%s: %s of %s at %llu is no prefix of the log", n->code, what,
                 author ? author->code : "?", (unsigned long long)size);
}

static void check_checkpoints(struct sim *s, struct node *n)
{
    sqlite3_stmt *q = look(
        s, n->db, "SELECT l.origin, c.size, c.root FROM checkpoint c JOIN log l ON l.no = c.log");
    while (sqlite3_step(q) == SQLITE_ROW)
        check_root(s, n, text(q, 0), (uint64_t)sqlite3_column_int64(q, 1),
                   sqlite3_column_blob(q, 2), "a checkpoint");
    sqlite3_finalize(q);
    q = look(
        s, n->db,
        "SELECT l.origin, 'evidence' FROM fork f JOIN log l ON l.no = f.log UNION SELECT l.origin, "
        "'a branch' FROM rival r JOIN log l ON l.no = r.log UNION SELECT "
        "'', value FROM setting WHERE name = "
        "'stopped'");
    while (sqlite3_step(q) == SQLITE_ROW) {
        const struct node *of = check_of_origin(s, text(q, 0));
        if (!(of ? book_forked(of, text(q, 0)) : n->set_back))
            sim_fail(s, "I4",
                     "%s holds evidence of a fork of %s or has stopped (%s); all are honest",
                     n->code, text(q, 0), text(q, 1));
    }
    sqlite3_finalize(q);
}

struct told {
    unsigned count[QN_FRAME_TYPES];
    bool more;
};

static void count_frames(struct sim *s, struct told *t, struct qn_span in)
{
    enum qn_frame_type type;
    struct qn_span payload;
    size_t need;
    struct qn_err none;
    while (in.n && qn_frame_take(&in, &type, &payload, &need, &none) == QN_OK) {
        QN_AUTO(qn_buf) struct qn_buf room = {0};
        struct qn_span inside;
        if (type == QN_FRAME_RUN && run_open(&inside, &room, payload, &none) == QN_OK)
            count_frames(s, t, inside);
        else if ((unsigned)type < QN_FRAME_TYPES)
            t->count[type]++;
        t->more = type == QN_FRAME_END && payload.n && payload.p[0];
    }
}

static void tell_frames(struct sim *s, const struct node *from, struct qn_span in)
{
    struct told t = {.more = false};
    count_frames(s, &t, in);
    sim_trace(
        s, from,
        "says: %u certificates, %u checkpoints, %u headers, %u parts, %u receipts, %u forks%s",
        t.count[QN_FRAME_CERT], t.count[QN_FRAME_CHECKPOINT], t.count[QN_FRAME_HEADER],
        t.count[QN_FRAME_PART], t.count[QN_FRAME_RECEIPT], t.count[QN_FRAME_FORK],
        t.more ? ", and has more" : "");
}

/* What is said on the wire is looked at as well: a node could emit what it does not keep. */
static void check_each(struct sim *s, const struct node *from, struct qn_span in)
{
    enum qn_frame_type type;
    struct qn_span payload;
    size_t need;
    struct qn_err err;
    while (in.n) {
        if (qn_frame_take(&in, &type, &payload, &need, &err) != QN_OK)
            sim_fail(s, "I4", "%s sends bytes that are no frames: %s", from->code, err.id);
        if (type == QN_FRAME_RUN) {
            QN_AUTO(qn_buf) struct qn_buf room = {0};
            struct qn_span inside;
            SIM_MUST(s, run_open(&inside, &room, payload, &must));
            check_each(s, from, inside);
        } else if (type == QN_FRAME_CHECKPOINT) {
            struct qn_note note;
            struct qn_checkpoint c;
            char origin[QN_ORIGIN_MAX + 1];
            if (qn_note_parse(&note, payload, &err) != QN_OK ||
                qn_checkpoint_parse(&c, note.text, &err) != QN_OK ||
                !qn_text_copy(origin, sizeof(origin), c.origin))
                sim_fail(s, "I4", "%s sends a checkpoint that does not parse: %s", from->code,
                         err.id);
            check_root(s, from, origin, c.size, c.root, "a checkpoint sent");
        } else if (type == QN_FRAME_HAVE) {
            QN_AUTO(qn_have) struct qn_have h = {0};
            if (qn_have_decode(&h, payload, &err) != QN_OK)
                sim_fail(s, "I4", "%s sends a HAVE that does not parse: %s", from->code, err.id);
            /* Of two branches a reader may hold the beginning of one and, not verified yet, headers of the other. */
            for (size_t i = 0; i < h.n; i++) {
                const struct node *of = check_of_origin(s, h.origin[i].origin);
                if (!of || !book_forked(of, h.origin[i].origin))
                    check_root(s, from, h.origin[i].origin, h.origin[i].size, h.origin[i].root,
                               "a HAVE");
            }
        }
    }
}

void check_frames(struct sim *s, struct node *from, struct qn_span in)
{
    book_learn(s, from); /* settling writes as well: refusals and waivers */
    if (s->trace)
        tell_frames(s, from, in);
    check_each(s, from, in);
}

/* ---- receipts and fates: I1 and I6 -------------------------------------------------------------------------------------- */

struct cursors {
    uint64_t verified, relayable[QN_LANES], applied[QN_LANES];
    bool known;
};

static struct cursors cursors_at(struct sim *s, struct node *n, const struct node *author,
                                 const char *origin)
{
    struct cursors c = {0};
    struct log log;
    struct qn_err err;
    if (log_find(&log, n->st, origin, &err) != QN_OK)
        return c;
    c.known = true;
    c.verified = log.verified;
    for (int l = 0; l < QN_LANES; l++) {
        char sql[160];
        snprintf(sql, sizeof(sql),
                 "SELECT relayable, applied FROM cursor WHERE log = %lld AND lane = %d",
                 (long long)log.no, l);
        sqlite3_stmt *q = look(s, n->db, sql);
        if (sqlite3_step(q) == SQLITE_ROW) {
            c.relayable[l] = (uint64_t)sqlite3_column_int64(q, 0);
            c.applied[l] = (uint64_t)sqlite3_column_int64(q, 1);
        }
        sqlite3_finalize(q);
        if (n == author && strcmp(origin, n->origin) == 0)
            c.relayable[l] = c.applied[l] = log.size;
    }
    return c;
}

/* What an office certified to hold, it holds: whoever has the receipt counts on it. */
static void check_receipts(struct sim *s, struct node *n)
{
    sqlite3_stmt *q = look(s, n->db, "SELECT note FROM receipt");
    while (sqlite3_step(q) == SQLITE_ROW) {
        struct qn_note note;
        struct qn_receipt r;
        struct qn_span bytes = {sqlite3_column_blob(q, 0), (size_t)sqlite3_column_bytes(q, 0)};
        SIM_MUST(s, qn_note_parse(&note, bytes, &must));
        SIM_MUST(s, qn_receipt_parse(&r, note.text, &must));
        struct node *from = check_of_origin(s, r.from), *about = check_of_origin(s, r.about);
        if (!from || !about)
            sim_fail(s, "I1", "%s holds a receipt of nobody", n->code);
        struct cursors c = cursors_at(s, from, about, r.about);
        bool holds = c.known && c.verified >= r.size;
        /* After a database made anew what is unsettled waits there, though it had been applied before (check_unsettled). */
        for (int l = 0; l < QN_LANES; l++)
            holds = holds && c.relayable[l] >= r.stored[l] &&
                    (c.applied[l] >= r.applied[l] || (about->unsettled && from->set_back));
        if (!holds && (s->quiet || !from->set_back))
            sim_fail(s, "I1", "%s holds a receipt of %s about %s for more than %s holds", n->code,
                     from->code, about->code, from->code);
        check_root(s, from, r.about, r.size, r.root, "a receipt");
    }
    sqlite3_finalize(q);
}

static void check_fates(struct sim *s, struct node *n)
{
    sqlite3_stmt *q =
        look(s, n->db,
             "SELECT l.origin, f.seq, f.state, f.rule, f.args, (SELECT c.applied FROM cursor c "
             "WHERE c.log = f.log AND c.lane = e.lane) FROM fate f JOIN log l ON l.no = f.log "
             "JOIN entry e ON e.log = f.log AND e.seq = f.seq");
    while (sqlite3_step(q) == SQLITE_ROW) {
        const char *state = text(q, 2);
        const struct node *author = check_of_origin(s, text(q, 0));
        if (author && book_forked(author, text(q, 0)))
            continue;
        if (strcmp(state, "held") != 0)
            sim_fail(s, "I6", "%s: entry %lld of %s is %s: %s %s; all are honest", n->code,
                     (long long)sqlite3_column_int64(q, 1), text(q, 0), state, text(q, 3),
                     text(q, 4));
        if (sqlite3_column_int64(q, 1) < sqlite3_column_int64(q, 5))
            sim_fail(s, "I6", "%s: entry %lld of %s is held and applied", n->code,
                     (long long)sqlite3_column_int64(q, 1), text(q, 0));
    }
    sqlite3_finalize(q);
}

/* What is not applied has its row: the first entry of a lane that stands still, once its log was settled. */
static void check_standstill(struct sim *s, struct node *n)
{
    sqlite3_stmt *q =
        look(s, n->db,
             "SELECT l.origin, c.lane, c.applied FROM cursor c JOIN log l ON l.no = c.log "
             "WHERE l.stirred = 0 AND c.applied < l.verified AND (SELECT min(e.seq) FROM entry e "
             "WHERE e.log = c.log AND e.lane = c.lane AND e.seq >= c.applied AND e.seq < "
             "l.verified) NOT IN (SELECT f.seq FROM fate f WHERE f.log = c.log)");
    while (sqlite3_step(q) == SQLITE_ROW) {
        const struct node *author = check_of_origin(s, text(q, 0));
        if (author && book_forked(author, text(q, 0)))
            continue;
        sim_fail(s, "I6", "%s: lane %d of %s stands still at %lld without a reason", n->code,
                 sqlite3_column_int(q, 1), text(q, 0), (long long)sqlite3_column_int64(q, 2));
    }
    sqlite3_finalize(q);
}

/* ---- when nothing is under way: I2, I5, I9 ---------------------------------------------------------------------------------- */

static enum qn_code count_only(void *ctx, enum qn_frame_type type, struct qn_span payload,
                               struct qn_err *err)
{
    (void)ctx, (void)type, (void)payload, (void)err;
    return QN_OK;
}

static uint64_t news(struct sim *s, struct node *from, struct node *to)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    QN_AUTO(qn_have) struct qn_have h = {0};
    static const uint8_t nonce[16] = {0};
    struct exchange_sent sent;
    qn_buf_init(&b, QN_FRAME_MAX);
    SIM_MUST(s, exchange_have(&b, to->st, from->code, nonce, &must));
    SIM_MUST(s, qn_have_decode(&h, qn_buf_span(&b), &must));
    struct exchange_options o = {.peer = &h, .emit = count_only};
    SIM_MUST(s, exchange_collect(from->st, &o, &sent, &must));
    return sent.news;
}

bool pending(struct sim *s, char why[200])
{
    for (unsigned i = 1; i < s->n; i++) {
        struct node *n = &s->node[i], *p = &s->node[n->parent];
        struct qn_cert c;
        struct qn_err none;
        if (tree_cert(&c, p->st, n->code, &none) != QN_OK)
            continue;
        uint64_t up = news(s, n, p), down = news(s, p, n);
        if (up || down) {
            snprintf(why, 200, "%llu frames wait at %s for %s, %llu the other way",
                     (unsigned long long)up, n->code, p->code, (unsigned long long)down);
            return true;
        }
    }
    return false;
}

/* An office above holds all of it, applied; the receipts that came back say so. */
static void check_delivered(struct sim *s, struct node *above, struct node *n)
{
    struct cursors c = cursors_at(s, above, n, n->origin);
    if (!c.known || c.verified != n->book.n)
        sim_fail(s, "I9", "%s has verified %llu of the %zu entries of %s", above->code,
                 (unsigned long long)c.verified, n->book.n, n->code);
    for (int l = 0; l < QN_LANES; l++)
        if (c.relayable[l] != n->book.n || c.applied[l] != n->book.n)
            sim_fail(s, "I9", "%s: lane %d of %s stands at %llu relayable, %llu applied, not %zu",
                     above->code, l, n->code, (unsigned long long)c.relayable[l],
                     (unsigned long long)c.applied[l], n->book.n);
    if (above->no != n->parent || !n->book.n) /* an empty log needs no receipt */
        return;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    struct qn_note note;
    struct qn_receipt r;
    struct qn_err err;
    qn_buf_init(&b, QN_NOTE_MAX);
    if (receipt_get(&b, n->st, above->code, n->origin, &err) != QN_OK ||
        qn_note_parse(&note, qn_buf_span(&b), &err) != QN_OK ||
        qn_receipt_parse(&r, note.text, &err) != QN_OK || r.size != n->book.n)
        sim_fail(s, "I9", "%s holds no receipt of %s for all of its %zu entries", n->code,
                 above->code, n->book.n);
    for (int l = 0; l < QN_LANES; l++)
        if (r.applied[l] != n->book.n)
            sim_fail(s, "I9",
                     "the receipt of %s that %s holds tells of %llu applied in lane %d, not %zu",
                     above->code, n->code, (unsigned long long)r.applied[l], l, n->book.n);
}

static void check_nothing_held(struct sim *s, struct node *n)
{
    sqlite3_stmt *q = look(
        s, n->db, "SELECT l.origin, f.seq, f.rule, f.args FROM fate f JOIN log l ON l.no = f.log");
    while (sqlite3_step(q) == SQLITE_ROW) {
        struct node *author = check_of_origin(s, text(q, 0));
        if (author &&
            !check_whole(s, author, text(q, 0))) /* headers came, and then its parts were lost */
            continue;
        sim_fail(s, "I9", "%s still holds entry %lld of %s: %s %s", n->code,
                 (long long)sqlite3_column_int64(q, 1), text(q, 0), text(q, 2), text(q, 3));
    }
    sqlite3_finalize(q);
    q = look(s, n->db, "SELECT l.origin FROM cosignature_pending c JOIN log l ON l.no = c.log");
    while (sqlite3_step(q) == SQLITE_ROW) {
        struct node *author = check_of_origin(s, text(q, 0));
        if (author && !check_whole(s, author, text(q, 0))) /* of the branch that went nowhere */
            continue;
        sim_fail(s, "I9", "%s still waits for headers of %s that a cosignature covers", n->code,
                 text(q, 0));
    }
    sqlite3_finalize(q);
}

/* The parent holds what the office no longer knows of, and heard of what it wrote since: then both know. */
static void check_fork(struct sim *s, struct node *n, struct node *parent)
{
    struct log log;
    sqlite3_stmt *q;
    bool other = false, evidence = false;
    SIM_MUST(s, log_find(&log, parent->st, n->origin, &must));
    char sql[160];
    snprintf(sql, sizeof(sql), "SELECT seq, leaf FROM entry WHERE log = %lld", (long long)log.no);
    q = look(s, parent->db, sql);
    while (sqlite3_step(q) == SQLITE_ROW) {
        uint64_t seq = (uint64_t)sqlite3_column_int64(q, 0);
        other = other || (seq < n->book.n && !has_leaf(&n->book, seq, sqlite3_column_blob(q, 1)));
    }
    sqlite3_finalize(q);
    snprintf(sql, sizeof(sql), "SELECT 1 FROM fork WHERE log = %lld", (long long)log.no);
    q = look(s, parent->db, sql);
    evidence = sqlite3_step(q) == SQLITE_ROW;
    sqlite3_finalize(q);
    s->count.forks += evidence;
    if (other && !evidence)
        sim_fail(s, "I4", "%s holds another branch of %s and no evidence of it", parent->code,
                 n->code);
    if ((other || evidence) && state_may_sign(s, n))
        sim_fail(s, "I4", "%s signs on, and %s knows of another branch of it", n->code,
                 parent->code);
}

/* Whoever feeds an office that was set back: its parent; the province's children. */
static bool feeds(const struct sim *s, const struct node *n, unsigned i)
{
    return n->parent >= 0 ? (int)i == n->parent : s->node[i].parent == n->no;
}

static void check_set_back(struct sim *s, struct node *n)
{
    uint64_t verified = 0, relayable = 0;
    for (unsigned i = 0; i < s->n; i++) {
        if (!feeds(s, n, i))
            continue;
        struct cursors c = cursors_at(s, &s->node[i], n, n->origin);
        uint64_t all = c.verified;
        for (int l = 0; l < QN_LANES; l++)
            all = c.relayable[l] < all ? c.relayable[l] : all;
        verified = c.verified > verified ? c.verified : verified;
        relayable = all > relayable ? all : relayable;
        if (n->past.n && c.verified)
            check_fork(s, n, &s->node[i]);
    }
    state_quiet(s, n, verified, relayable);
    state_check_back(s, n);
}

/* ---- the two occasions ------------------------------------------------------------------------------------------------------- */

void check_now(struct sim *s)
{
    for (unsigned i = 0; i <= s->n; i++) { /* the last is the copy of another, if there is one */
        struct node *n = &s->node[i];
        if (!n->st)
            continue;
        check_logs(s, n);
        check_checkpoints(s, n);
        check_receipts(s, n);
        check_fates(s, n);
        check_standstill(s, n);
        check_parts(s, n);
        check_all_rows(s, n, false);
    }
}

/* A certificate of this office is here whose issuer itself no longer has the row of it. */
static bool row_is_lost(struct sim *s, const struct node *at, const struct node *of)
{
    bool lost = false;
    sqlite3_stmt *q = look(s, at->db, "SELECT bytes FROM cert WHERE office = ?1");
    sqlite3_stmt *r = look(s, s->node[of->parent].db,
                           "SELECT 1 FROM certificate WHERE office = ?1 AND cert = ?2");
    sqlite3_bind_text(q, 1, of->code, -1, SQLITE_STATIC);
    while (sqlite3_step(q) == SQLITE_ROW) {
        sqlite3_bind_text(r, 1, s->node[of->parent].code, -1, SQLITE_STATIC);
        sqlite3_bind_value(r, 2, sqlite3_column_value(q, 0));
        lost = lost || sqlite3_step(r) != SQLITE_ROW;
        sqlite3_reset(r);
    }
    sqlite3_finalize(q);
    sqlite3_finalize(r);
    return lost;
}

/* An office gave a certificate, it went out, and the entry with its row was abandoned with a branch, or lost with a copy that
 * was switched off: it never has a time, and what its subject writes waits wherever it is judged (rotation-18). Parents
 * stand before their children in the list.                                                                       */
static void mark_unsettled(struct sim *s, const struct node *at, struct node *of)
{
    const struct node *parent = &s->node[of->parent];
    sqlite3_stmt *q = look(s, at->db,
                           "SELECT 1 FROM fate f JOIN log l ON l.no = f.log WHERE f.rule = "
                           "'govern.unsettled' AND l.office = ?1");
    sqlite3_bind_text(q, 1, of->code, -1, SQLITE_STATIC);
    if (sqlite3_step(q) == SQLITE_ROW &&
        (parent->unsettled || (parent->set_back && row_is_lost(s, at, of))))
        of->unsettled = true;
    sqlite3_finalize(q);
}

void check_unsettled_in(struct sim *s, const struct node *again)
{
    for (unsigned a = 1; a < s->n; a++)
        mark_unsettled(s, again, &s->node[a]);
}

static void check_unsettled(struct sim *s)
{
    for (unsigned a = 1; a < s->n; a++) {
        struct node *of = &s->node[a];
        of->unsettled = false;
        for (unsigned i = 0; i < s->n && !of->unsettled; i++)
            mark_unsettled(s, &s->node[i], of);
        s->count.unsettled += of->unsettled;
    }
}

void check_quiet(struct sim *s)
{
    s->quiet = true;
    check_unsettled(s);
    check_now(s);
    for (unsigned i = 0; i < s->n; i++) {
        struct node *n = &s->node[i];
        if (n->set_back)
            check_set_back(s, n);
        check_nothing_held(s, n);
        check_all_rows(s, n, true);
        for (int at = n->parent; at >= 0 && check_whole(s, n, n->origin); at = s->node[at].parent)
            check_delivered(s, &s->node[at], n);
    }
    s->quiet = false;
}
