/* model.c - what each office wrote, learned from its log the moment it was acknowledged, and digests of databases. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/part.h"
#include "tests/sim/sim.h"

/* ---- hashes of rows: the same for a row of a changeset and a row of a table ----------------------------------------- */

struct hasher {
    crypto_generichash_state state;
};

static void hash_start(struct hasher *h, const char *table)
{
    crypto_generichash_init(&h->state, NULL, 0, 16);
    crypto_generichash_update(&h->state, (const uint8_t *)table, strlen(table) + 1);
}

static void hash_value(struct hasher *h, int type, int64_t i, const void *p, size_t n)
{
    uint8_t head[17] = {(uint8_t)type};
    memcpy(head + 1, &i, sizeof(i));
    memcpy(head + 9, &n, sizeof(n));
    crypto_generichash_update(&h->state, head, sizeof(head));
    if (n)
        crypto_generichash_update(&h->state, p, n);
}

static uint64_t hash_end(struct hasher *h)
{
    uint8_t out[16];
    uint64_t v;
    crypto_generichash_final(&h->state, out, sizeof(out));
    memcpy(&v, out, sizeof(v));
    return v;
}

static const struct qn_registry *newest(void)
{
    const struct qn_registry *reg;
    struct qn_err none;
    if (qn_registry_get(&reg, QN_REGISTRY_CURRENT, &none) != QN_OK)
        abort();
    return reg;
}

unsigned table_no(const char *name)
{
    return (unsigned)(qn_registry_table(newest(), qn_str(name)) - newest()->table);
}

/* Columns that a later registry adds are NULL in what an earlier one wrote (registry-9). */
static void hash_added(struct hasher *h, const struct qn_table *t)
{
    unsigned all = newest()->table[table_no(t->name)].ncols;
    for (unsigned i = t->ncols; i < all; i++)
        hash_value(h, SQLITE_NULL, 0, NULL, 0);
}

static uint64_t row_hash(const struct qn_row *row)
{
    struct hasher h;
    hash_start(&h, row->table->name);
    for (unsigned i = 0; i < row->table->ncols; i++) {
        const struct qn_value *v = &row->col[i];
        int64_t bits;
        switch (v->type) {
        case QN_INTEGER:
            hash_value(&h, SQLITE_INTEGER, v->i, NULL, 0);
            break;
        case QN_REAL:
            memcpy(&bits, &v->r, sizeof(bits));
            hash_value(&h, SQLITE_FLOAT, bits, NULL, 0);
            break;
        case QN_TEXT:
            hash_value(&h, SQLITE_TEXT, 0, v->s.p, v->s.n);
            break;
        case QN_BLOB:
            hash_value(&h, SQLITE_BLOB, 0, v->s.p, v->s.n);
            break;
        case QN_NULL:
            hash_value(&h, SQLITE_NULL, 0, NULL, 0);
            break;
        }
    }
    hash_added(&h, row->table);
    return hash_end(&h);
}

static void hash_column(struct hasher *h, sqlite3_stmt *q, int c)
{
    int type = sqlite3_column_type(q, c);
    int64_t bits = 0;
    double real;
    if (type == SQLITE_INTEGER)
        bits = sqlite3_column_int64(q, c);
    if (type == SQLITE_FLOAT) {
        real = sqlite3_column_double(q, c);
        memcpy(&bits, &real, sizeof(bits));
    }
    bool bytes = type == SQLITE_TEXT || type == SQLITE_BLOB;
    const void *p = bytes ? sqlite3_column_blob(q, c) : NULL;
    hash_value(h, type, bits, p, bytes ? (size_t)sqlite3_column_bytes(q, c) : 0);
}

uint64_t row_hash_stmt(sqlite3_stmt *q, const struct qn_table *t)
{
    struct hasher h;
    hash_start(&h, t->name);
    for (unsigned i = 0; i < t->ncols; i++)
        hash_column(&h, q, (int)i);
    hash_added(&h, t);
    return hash_end(&h);
}

/* ---- the book of an office --------------------------------------------------------------------------------------------- */

static size_t slot_of(const struct book *b, unsigned table, int64_t id, int64_t rev)
{
    uint64_t x = (uint64_t)id * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)rev * 31 + table;
    x ^= x >> 29;
    size_t i = (size_t)x & (b->index_n - 1);
    while (b->index[i]) {
        const struct row_rec *r = &b->row[b->index[i] - 1];
        if (r->table == table && r->id == id && r->rev == rev)
            break;
        i = (i + 1) & (b->index_n - 1);
    }
    return i;
}

const struct row_rec *book_find(const struct book *b, unsigned table, int64_t id, int64_t rev)
{
    if (!b->index_n)
        return NULL;
    uint32_t at = b->index[slot_of(b, table, id, rev)];
    return at ? &b->row[at - 1] : NULL;
}

static void index_rows(struct book *b)
{
    if (b->index_n >= 2 * b->rows_cap)
        return;
    free(b->index);
    b->index_n = 64;
    while (b->index_n < 2 * b->rows_cap)
        b->index_n *= 2;
    b->index = calloc(b->index_n, sizeof(*b->index));
    if (!b->index)
        abort();
    for (size_t i = 0; i < b->nrows; i++)
        b->index[slot_of(b, b->row[i].table, b->row[i].id, b->row[i].rev)] = (uint32_t)i + 1;
}

struct learning {
    struct sim *s;
    struct node *n;
    uint32_t seq;
    uint16_t part;
};

static void put_rec(struct sim *s, struct node *n, const struct row_rec *r)
{
    struct book *b = &n->book;
    if (b->nrows == b->rows_cap) {
        b->rows_cap = b->rows_cap ? 2 * b->rows_cap : 64;
        b->row = realloc(b->row, b->rows_cap * sizeof(*b->row));
        if (!b->row)
            abort();
        index_rows(b);
    }
    b->row[b->nrows] = *r;
    size_t slot = slot_of(b, r->table, r->id, r->rev);
    if (b->index[slot])
        sim_fail(s, "I1", "%s wrote one key twice", n->code);
    b->index[slot] = (uint32_t)++b->nrows;
}

static enum qn_code learn_row(void *ctx, const struct qn_row *row, struct qn_err *err)
{
    struct learning *l = ctx;
    (void)err;
    struct row_rec r = {.hash = row_hash(row),
                        .id = row->col[1].i,
                        .rev = row->col[2].i,
                        .table = (uint16_t)table_no(row->table->name),
                        .seq = l->seq,
                        .part = l->part};
    put_rec(l->s, l->n, &r);
    l->n->book.entry[l->seq].part[l->part].rows++;
    l->s->count.rows++;
    return QN_OK;
}

struct book book_prefix(const struct book *of, uint64_t n)
{
    struct book b = {.closed = of->closed};
    memcpy(b.origin, of->origin, sizeof(b.origin));
    b.cap = n + 16;
    b.rows_cap = of->nrows + 64;
    b.entry = calloc(b.cap, sizeof(*b.entry));
    b.row = calloc(b.rows_cap, sizeof(*b.row));
    if (!b.entry || !b.row)
        abort();
    for (; b.n < n; b.n++) {
        struct entry_rec *r = &b.entry[b.n];
        *r = of->entry[b.n];
        r->part = calloc(r->nparts, sizeof(*r->part));
        if (!r->part)
            abort();
        memcpy(r->part, of->entry[b.n].part, r->nparts * sizeof(*r->part));
        qn_frontier_append(&b.frontier, r->leaf, NULL, NULL);
    }
    for (size_t i = 0; i < of->nrows; i++)
        if (of->row[i].seq < n)
            b.row[b.nrows++] = of->row[i];
    index_rows(&b);
    return b;
}

void book_branch(struct node *n, uint64_t at)
{
    n->past = n->book;
    n->book = book_prefix(&n->past, at);
}

const struct book *book_nth(const struct node *n, unsigned i)
{
    const struct book *all[BOOKS] = {&n->book, &n->past, n->copy ? &n->copy->book : NULL,
                                     &n->before[0], &n->before[1]};
    return all[i] && all[i]->n ? all[i] : NULL;
}

bool book_diverge(const struct book *a, const struct book *b)
{
    size_t n = a->n < b->n ? a->n : b->n;
    return n && memcmp(a->entry[n - 1].root, b->entry[n - 1].root, QN_HASH) != 0;
}

bool book_forked(const struct node *n, const char *origin)
{
    if (strcmp(origin, n->book.origin) != 0) /* epochs end by forks only */
        return true;
    return n->past.n || (n->copy && book_diverge(&n->book, &n->copy->book));
}

/* Of an office that is there twice, the log of the one that is not this one. */
static const struct book *the_other(struct sim *s, const struct node *n)
{
    if (n->office != n->no)
        return &s->node[n->office].book;
    return n->copy ? &n->copy->book : NULL;
}

/* What the other one wrote came back as one's own: its parts may still be under way. */
static void learn_from(struct sim *s, struct node *n, const struct book *other, uint64_t seq)
{
    struct book *b = &n->book;
    struct entry_rec *r = &b->entry[seq];
    *r = other->entry[seq];
    r->part = calloc(r->nparts, sizeof(*r->part));
    if (!r->part)
        abort();
    memcpy(r->part, other->entry[seq].part, r->nparts * sizeof(*r->part));
    qn_frontier_append(&b->frontier, r->leaf, NULL, NULL);
    qn_frontier_root(&b->frontier, r->root);
    for (size_t i = 0; i < other->nrows; i++)
        if (other->row[i].seq == seq)
            put_rec(s, n, &other->row[i]);
    b->closed = b->closed > other->closed ? b->closed : other->closed;
}

static void learn_entry(struct sim *s, struct node *n, const struct log *log, uint64_t seq)
{
    QN_AUTO(log_entry) struct log_entry e = {0};
    struct book *b = &n->book;
    SIM_MUST(s, log_entry_get(&e, n->st, log, seq, &must));
    if (b->n == b->cap) {
        b->cap = b->cap ? 2 * b->cap : 16;
        b->entry = realloc(b->entry, b->cap * sizeof(*b->entry));
        if (!b->entry)
            abort();
    }
    struct entry_rec *r = &b->entry[b->n++];
    const struct book *other = the_other(s, n);
    if (other && seq < other->n && memcmp(e.leaf, other->entry[seq].leaf, QN_HASH) == 0) {
        learn_from(s, n, other, seq);
        return;
    }
    *r = (struct entry_rec){.lane = e.h.lane, .nparts = e.h.nparts};
    memcpy(r->leaf, e.leaf, QN_HASH);
    qn_frontier_append(&b->frontier, r->leaf, NULL, NULL);
    qn_frontier_root(&b->frontier, r->root);
    r->part = calloc(e.h.nparts, sizeof(*r->part));
    if (!r->part)
        abort();
    for (unsigned i = 0; i < e.h.nparts; i++) {
        QN_AUTO(log_part) struct log_part part = {0};
        QN_AUTO(qn_buf) struct qn_buf room = {0};
        struct learning l = {s, n, (uint32_t)seq, (uint16_t)i};
        r->part[i].audience = e.h.part[i].audience;
        r->part[i].reach = e.h.part[i].reach;
        qn_text_copy(r->part[i].to, sizeof(r->part[i].to), e.h.part[i].to);
        SIM_MUST(s, log_part_get(&part, n->st, log, seq, i, &must));
        SIM_MUST(s, part_rows(NULL, &e.h, i, qn_buf_span(&part.stored), &room, learn_row, &l, NULL,
                              &must));
    }
}

void book_learn(struct sim *s, struct node *n)
{
    struct log log;
    if (n->renewing)
        return;
    SIM_MUST(s, log_find(&log, n->st, n->origin, &must));
    /* Entries that came back are those that it wrote; what it wrote in their place is another branch. */
    for (uint64_t at = n->seen; n->loose && !n->past.n && at < log.size && at < n->book.n; at++) {
        QN_AUTO(log_entry) struct log_entry e = {0};
        SIM_MUST(s, log_entry_get(&e, n->st, &log, at, &must));
        if (memcmp(e.leaf, n->book.entry[at].leaf, QN_HASH) != 0)
            book_branch(n, at);
    }
    n->seen = log.size;
    while (n->book.n < log.size)
        learn_entry(s, n, &log, n->book.n);
}

void book_release(struct book *b)
{
    for (size_t i = 0; i < b->n; i++)
        free(b->entry[i].part);
    free(b->entry);
    free(b->row);
    free(b->index);
    *b = (struct book){0};
}

/* ---- digests of databases ------------------------------------------------------------------------------------------------ */

static void digest_table(struct sim *s, struct node *n, const char *table, const char *where,
                         crypto_generichash_state *all)
{
    char sql[200];
    sqlite3_stmt *q;
    snprintf(sql, sizeof(sql), "SELECT * FROM \"%s\" %s", table, where);
    if (sqlite3_prepare_v2(n->db, sql, -1, &q, NULL) != SQLITE_OK)
        sim_fail(s, "digest", "%s: %s", table, sqlite3_errmsg(n->db));
    while (sqlite3_step(q) == SQLITE_ROW) {
        struct hasher h;
        hash_start(&h, table);
        for (int c = 0; c < sqlite3_column_count(q); c++)
            hash_column(&h, q, c);
        uint64_t v = hash_end(&h);
        crypto_generichash_update(all, (const uint8_t *)&v, sizeof(v));
    }
    sqlite3_finalize(q);
}

void node_digest(struct sim *s, struct node *n, enum digest_of what, uint8_t out[QN_HASH])
{
    crypto_generichash_state all;
    sqlite3_stmt *q;
    crypto_generichash_init(&all, NULL, 0, QN_HASH);
    if (sqlite3_prepare_v2(n->db,
                           "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE "
                           "'sqlite\\_%' ESCAPE '\\' ORDER BY name",
                           -1, &q, NULL) != SQLITE_OK)
        sim_fail(s, "digest", "%s", sqlite3_errmsg(n->db));
    while (sqlite3_step(q) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(q, 0);
        bool notes = strcmp(name, "peer") == 0 || strcmp(name, "nonce") == 0;
        bool certs = strcmp(name, "cert") == 0 || strcmp(name, "log") == 0;
        if ((what == DIGEST_WORK && notes) || (what == DIGEST_BUT_CERTS && certs))
            continue;
        digest_table(s, n, name,
                     what == DIGEST_WORK && strcmp(name, "setting") == 0
                         ? "WHERE name NOT LIKE 'sync/%'"
                         : "",
                     &all);
    }
    sqlite3_finalize(q);
    crypto_generichash_final(&all, out, QN_HASH);
}
