/* rebuild_sealed.c - what this office sealed to another, or others to keys that it lost: the part opens here no more, and its
 * rows are carried over from the database in use, or told to be unreadable. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/internal.h"
#include "node/store/rebuild_parts.h"
#include "node/store/seal.h"
#include "node/store/skip.h"

/* ---- which parts ----------------------------------------------------------------------------------------------------- */

static enum qn_code remember(struct making *m, const struct rebuild_sealed *one, struct qn_err *err)
{
    if (m->nsealed == m->cap) {
        size_t cap = m->cap ? 2 * m->cap : 64;
        struct rebuild_sealed *grown = realloc(m->sealed, cap * sizeof(*grown));
        if (!grown)
            return qn_fail(err, QN_NOMEM, "base.no-memory", "");
        m->sealed = grown;
        m->cap = cap;
    }
    m->sealed[m->nsealed++] = *one;
    return QN_OK;
}

enum qn_code rebuild_note_sealed(struct making *m, const struct log *log, const struct qn_header *h,
                                 unsigned no, struct qn_span stored, struct qn_err *err)
{
    const struct qn_part *part = &h->part[no];
    bool own = strcmp(log->office, m->to->self.office) == 0, applied = own;
    unsigned copy = qn_header_copy(h);
    if (part->audience != QN_RESTRICTED)
        return QN_OK;
    struct rebuild_sealed one = {.part = {.log = log->no, .seq = h->seq, .part = no},
                                 .lane = h->lane,
                                 .epoch = log->epoch,
                                 .schema = h->schema,
                                 .raw = part->raw,
                                 .own = own};
    memcpy(one.office, log->office, sizeof(one.office));
    /* Rows of several parts, in none of which they all are, cannot be told apart. */
    for (unsigned i = 0; i < h->nparts; i++)
        one.several =
            one.several || (i != no && no != copy && own && h->part[i].audience == QN_RESTRICTED);
    if (seal_reads(m->to, part, log->office)) {
        QN_AUTO(qn_buf) struct qn_buf room = {0};
        struct qn_span coded;
        struct qn_err none;
        enum qn_code rc = seal_open(&coded, &room, m->to, part, stored, &none);
        if (rc == QN_OK)
            return QN_OK;
        if (rc == QN_NOMEM) {
            *err = none;
            return rc;
        }
        one.read = true;
    } else if (!own || copy != QN_NO_COPY) {
        return QN_OK;
    }
    /* What did not open when it came is judged once more as it was then. */
    enum qn_code rc = own ? QN_OK : skip_applied(&applied, m->from, log, h->seq, 0, err);
    return rc || !applied ? rc : remember(m, &one, err);
}

/* ---- their rows ------------------------------------------------------------------------------------------------------ */

static void stmt_auto(sqlite3_stmt **q)
{
    sqlite3_finalize(*q);
}

static void row_of(struct qn_row *row, const struct qn_table *table, sqlite3_stmt *q)
{
    *row = (struct qn_row){.table = table};
    for (unsigned i = 0; i < table->ncols; i++) {
        struct qn_value *v = &row->col[i];
        int at = (int)i;
        switch (sqlite3_column_type(q, at)) {
        case SQLITE_INTEGER:
            *v = (struct qn_value){.type = QN_INTEGER, .i = sqlite3_column_int64(q, at)};
            break;
        case SQLITE_FLOAT:
            *v = (struct qn_value){.type = QN_REAL, .r = sqlite3_column_double(q, at)};
            break;
        case SQLITE_TEXT:
        case SQLITE_BLOB:
            *v = (struct qn_value){
                .type = sqlite3_column_type(q, at) == SQLITE_TEXT ? QN_TEXT : QN_BLOB,
                .s = {sqlite3_column_blob(q, at), (size_t)sqlite3_column_bytes(q, at)}};
            break;
        default:
            *v = (struct qn_value){.type = QN_NULL, .s = {NULL, 0}};
        }
    }
}

struct rows {
    struct making *m;
    uint64_t n;
    /* A changeset of them, as long as the one that was signed; NULL: that is not known. */
    const struct qn_registry *reg;
    struct qn_buf bytes;
    const struct rebuild_sealed *revision; /* only looked for: the row that this part may have brought */
};

/* Rows of restricted tables that are not in the second database, with their ids and revisions between these. */
struct range {
    const char *office;
    enum qn_lane lane;
    int64_t from, to, rev_from, rev_to;
};

static enum qn_code table_rows(struct rows *r, const struct qn_table *t, const struct range *g,
                               struct qn_err *err)
{
    QN_AUTO(stmt) sqlite3_stmt *q = NULL;
    struct store *st = r->m->from;
    char sql[QN_TABLE_NAME + 120];
    const struct qn_table *signed_as = r->reg ? qn_registry_table(r->reg, qn_str(t->name)) : NULL;
    snprintf(sql, sizeof(sql),
             "SELECT * FROM \"%s\" WHERE office = ?1 AND id BETWEEN ?2 AND ?3 AND rev BETWEEN ?4 "
             "AND ?5",
             t->name);
    if (sqlite3_prepare_v2(st->db, sql, -1, &q, NULL) != SQLITE_OK ||
        sqlite3_bind_text(q, 1, g->office, -1, SQLITE_STATIC) != SQLITE_OK ||
        sqlite3_bind_int64(q, 2, g->from) != SQLITE_OK ||
        sqlite3_bind_int64(q, 3, g->to) != SQLITE_OK ||
        sqlite3_bind_int64(q, 4, g->rev_from) != SQLITE_OK ||
        sqlite3_bind_int64(q, 5, g->rev_to) != SQLITE_OK)
        return store_sqlite_fail(st, t->name, err);
    int step;
    bool begun = false;
    while ((step = sqlite3_step(q)) == SQLITE_ROW) {
        struct qn_row row;
        enum row_held held;
        row_of(&row, t, q);
        if (r->revision) {
            r->bytes.n = 0;
            if (signed_as) {
                row.table = signed_as;
                qn_change_table(&r->bytes, signed_as);
                qn_change_row(&r->bytes, &row);
            }
            r->n += !r->reg || (!r->bytes.failed && r->bytes.n == r->revision->raw);
            continue;
        }
        enum qn_code rc = store_held(r->m->to, &row, &held, err);
        if (!rc && held == ROW_ABSENT) {
            rc = store_insert(r->m->to, &row, err);
            r->m->out->carried += !rc;
        }
        if (rc)
            return rc;
        r->n++;
        if (signed_as && !begun)
            qn_change_table(&r->bytes, signed_as);
        begun = true;
        row.table = signed_as;
        if (signed_as)
            qn_change_row(&r->bytes, &row);
    }
    return step == SQLITE_DONE ? QN_OK : store_sqlite_fail(st, t->name, err);
}

static enum qn_code range_rows(struct rows *r, const struct range *g, struct qn_err *err)
{
    const struct qn_registry *reg = r->m->from->reg;
    enum qn_code rc = QN_OK;
    for (unsigned t = 0; !rc && t < reg->ntables; t++)
        if (reg->table[t].audience == QN_RESTRICTED && reg->table[t].lane == g->lane)
            rc = table_rows(r, &reg->table[t], g, err);
    return rc;
}

static void key_of(char key[200], struct making *m, const struct rebuild_sealed *s)
{
    struct log log;
    struct qn_err none;
    const char *origin =
        log_by_no(&log, m->from, s->part.log, &none) == QN_OK ? log.origin : s->office;
    snprintf(key, 200, "%s %llu %u", origin, (unsigned long long)s->part.seq, s->part.part);
}

static void tell(struct making *m, const struct rebuild_sealed *s, enum rebuild_what what,
                 uint64_t have)
{
    struct rebuild_finding f = {.what = what, .table = "part"};
    key_of(f.key, m, s);
    if (what == REBUILD_UNSOUND)
        qn_fail(&f.why, QN_UNVERIFIED, "rebuild.sealed-length", "have=%llu|want=%u",
                (unsigned long long)have, s->raw);
    m->out->found += what == REBUILD_UNSOUND;
    m->out->sealed += what == REBUILD_SEALED;
    if (m->o->found)
        m->o->found(m->o->ctx, &f);
}

/* Every revision of before the entry was over. */
static struct range revisions_of(const struct rebuild_sealed *s)
{
    return (struct range){.office = s->office,
                          .lane = s->lane,
                          .from = QN_ROW_ID_MIN,
                          .to = qn_row_id(s->epoch, s->part.seq, UINT16_MAX),
                          .rev_from = 2,
                          .rev_to = INT64_MAX};
}

/* A revision has the id of the record's first entry, so that its part is known by its length alone. */
static enum qn_code is_revision(bool *is, struct making *m, const struct rebuild_sealed *s,
                                const struct qn_registry *reg, struct qn_err *err)
{
    struct rows r = {.m = m, .reg = reg, .revision = s};
    struct range g = revisions_of(s);
    qn_buf_init(&r.bytes, 2 * QN_PART_MAX);
    enum qn_code rc = range_rows(&r, &g, err);
    qn_buf_release(&r.bytes);
    *is = r.n > 0;
    return rc;
}

/* Nobody can open the part any more, so the one thing left to compare is the length that the header names. */
static enum qn_code carry_one(struct making *m, const struct rebuild_sealed *s, struct qn_err *err)
{
    struct rows r = {.m = m};
    struct qn_err unknown;
    struct range g = {.office = s->office,
                      .lane = s->lane,
                      .from = qn_row_id(s->epoch, s->part.seq, 0),
                      .to = qn_row_id(s->epoch, s->part.seq, UINT16_MAX),
                      .rev_from = 1,
                      .rev_to = 1};
    if (s->several || qn_registry_get(&r.reg, s->schema, &unknown) != QN_OK)
        r.reg = NULL;
    qn_buf_init(&r.bytes, 2 * QN_PART_MAX);
    enum qn_code rc = range_rows(&r, &g, err);
    uint64_t have = r.bytes.n;
    bool whole = !r.reg || (!r.bytes.failed && have == s->raw);
    qn_buf_release(&r.bytes);
    if (rc)
        return rc;
    bool revised = false;
    if (!r.n)
        rc = is_revision(&revised, m, s, r.reg, err);
    if (!rc && !r.n && !revised)
        tell(m, s, REBUILD_SEALED, 0);
    else if (!whole && r.n)
        tell(m, s, REBUILD_UNSOUND, have);
    return rc;
}

enum qn_code rebuild_carry_sealed(struct making *m, struct qn_err *err)
{
    QN_AUTO(tx) struct tx tx = {0};
    struct store_carried *carried = m->nsealed ? calloc(m->nsealed, sizeof(*carried)) : NULL;
    size_t n = 0;
    if (m->nsealed && !carried)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    enum qn_code rc = tx_begin(&tx, m->to, err);
    for (size_t i = 0; !rc && i < m->nsealed; i++) {
        rc = carry_one(m, &m->sealed[i], err);
        if (m->sealed[i].read) /* logs came in the order of their numbers, so these are in order */
            carried[n++] = m->sealed[i].part;
    }
    free(m->carried);
    m->carried = carried;
    m->to->carried = carried;
    m->to->ncarried = n;
    return rc ? rc : tx_commit(&tx, err);
}

enum qn_code rebuild_carry_revisions(struct making *m, struct qn_err *err)
{
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = tx_begin(&tx, m->to, err);
    for (size_t i = 0; !rc && i < m->nsealed; i++) {
        const struct rebuild_sealed *s = &m->sealed[i];
        struct rows r = {.m = m};
        struct range g = revisions_of(s);
        rc = range_rows(&r, &g, err);
    }
    return rc ? rc : tx_commit(&tx, err);
}
