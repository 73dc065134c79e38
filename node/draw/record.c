#include "node/draw/record.h"

#include <stdlib.h>
#include <string.h>

#include "node/draw/freeze.h"
#include "node/draw/room.h"
#include "node/store/part.h"

#define PICKS_MAX 1000000

void record_release(struct record *r)
{
    qn_buf_release(&r->text);
    qn_buf_release(&r->ids);
    qn_buf_release(&r->pairs);
    free(r->res);
    free(r->pick);
    *r = (struct record){.rival = false};
}

struct qn_span record_object(const struct record *r, size_t i)
{
    return (struct qn_span){r->ids.p + r->pick[i].at, r->pick[i].n};
}

static void record_init(struct record *r)
{
    *r = (struct record){.rival = false};
    qn_buf_init(&r->text, QN_TEXT_MAX);
    qn_buf_init(&r->ids, (size_t)PICKS_MAX * QN_OBJECT_ID_MAX);
    qn_buf_init(&r->pairs, QN_TEXT_MAX);
}

static enum qn_code add_pick(struct record *r, int64_t row, int64_t slot_no, struct qn_span id,
                             int64_t mode, struct qn_span salt, struct qn_err *err)
{
    enum qn_code rc =
        room_for_one((void *)&r->pick, r->npicks, &r->cap, sizeof(*r->pick), PICKS_MAX, err);
    if (rc)
        return rc;
    struct record_pick *p = &r->pick[r->npicks];
    *p = (struct record_pick){.mode = mode >= 0 && mode <= 255 ? (uint8_t)mode : 0,
                              .slot_no = slot_no >= 0 && slot_no <= 255 ? (uint8_t)slot_no : 0,
                              .at = (uint32_t)r->ids.n,
                              .n = (uint32_t)id.n,
                              .row = row};
    if (salt.n == sizeof(p->salt))
        memcpy(p->salt, salt.p, sizeof(p->salt));
    qn_put_span(&r->ids, id);
    r->npicks++;
    return qn_buf_check(&r->ids, err);
}

static enum qn_code parse_text(struct record *r, struct qn_err *err)
{
    r->res = calloc(1, sizeof(*r->res));
    if (!r->res)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    if (qn_result_parse(r->res, qn_buf_span(&r->text), &r->why) != QN_OK) {
        free(r->res);
        r->res = NULL;
    }
    return QN_OK;
}

/* ---- rows applied here ----------------------------------------------------------------------------------------- */

static enum qn_code no_draw(const char *office, int64_t id, struct qn_err *err)
{
    char name[DRAW_NAME_MAX];
    draw_name(name, office, id);
    return qn_fail(err, QN_ABSENT, "draw.unknown", "draw=%s", name);
}

static enum qn_code read_result(struct record *r, struct store *st, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_RESULT_GET);
    q_bind_text(&q, r->log.office);
    q_bind_int(&q, r->id);
    bool found =
        q_step(&q) && qn_text_copy(r->order_origin, sizeof(r->order_origin), q_span(&q, 0));
    if (found) {
        r->order_seq = (uint64_t)q_int(&q, 1);
        qn_put_span(&r->text, q_span(&q, 2));
    }
    enum qn_code rc = query_end(&q, err);
    if (!rc && !found)
        rc = no_draw(r->log.office, r->id, err);
    return rc ? rc : qn_buf_check(&r->text, err);
}

static enum qn_code read_lists(struct record *r, struct store *st, struct qn_err *err)
{
    QN_AUTO(query) struct query s = query_start(st, SQL_SELECTED_GET);
    q_bind_text(&s, r->log.office);
    q_bind_int(&s, r->id);
    enum qn_code rc = QN_OK;
    while (!rc && q_step(&s))
        rc = add_pick(r, q_int(&s, 4), q_int(&s, 0), q_span(&s, 1), q_int(&s, 2), q_span(&s, 3),
                      err);
    if (!rc)
        rc = query_end(&s, err);
    if (rc)
        return rc;
    QN_AUTO(query) struct query p = query_start(st, SQL_PAIRS_GET);
    q_bind_text(&p, r->log.office);
    q_bind_int(&p, r->id);
    r->has_pairs = q_step(&p);
    if (r->has_pairs)
        qn_put_span(&r->pairs, q_span(&p, 0));
    rc = query_end(&p, err);
    return rc ? rc : qn_buf_check(&r->pairs, err);
}

/* SPEC verdicts-33: "the targets of such a draw are its `dispatch` rows" */
static enum qn_code read_dispatched(struct record *r, struct store *st, struct qn_err *err)
{
    static const struct qn_span none;
    enum qn_code rc = QN_OK;
    QN_AUTO(query) struct query q = query_start(st, SQL_DISPATCH_MADE);
    q_bind_text(&q, r->log.office);
    q_bind_int(&q, r->id);
    while (!rc && q_step(&q))
        rc = add_pick(r, 0, q_int(&q, 1), q_span(&q, 0), 0, none, err);
    return rc ? rc : query_end(&q, err);
}

static enum qn_code find_place(struct record *r, struct store *st, const char *office,
                               struct qn_err *err)
{
    uint16_t epoch, n;
    QN_AUTO(log_entry) struct log_entry e = {0};
    qn_row_id_split(r->id, &epoch, &r->seq, &n);
    QN_AUTO(query) struct query q = query_start(st, SQL_LOG_OF_EPOCH);
    q_bind_text(&q, office);
    q_bind_int(&q, epoch);
    char origin[QN_ORIGIN_MAX + 1] = "";
    bool found = q_step(&q) && qn_text_copy(origin, sizeof(origin), q_span(&q, 0));
    enum qn_code rc = query_end(&q, err);
    if (!rc && !found)
        return no_draw(office, r->id, err);
    if (!rc)
        rc = log_find(&r->log, st, origin, err);
    if (!rc)
        rc = log_entry_get(&e, st, &r->log, r->seq, err);
    if (!rc)
        memcpy(r->leaf, e.leaf, QN_HASH);
    return rc == QN_ABSENT ? no_draw(office, r->id, err) : rc;
}

enum qn_code record_read(struct record *out, struct store *st, const char *office, int64_t draw_id,
                         struct qn_err *err)
{
    QN_AUTO(record) struct record r;
    record_init(&r);
    r.id = draw_id;
    enum qn_code rc = find_place(&r, st, office, err);
    if (!rc)
        rc = read_result(&r, st, err);
    if (!rc)
        rc = read_lists(&r, st, err);
    if (!rc)
        rc = parse_text(&r, err);
    if (!rc && r.res && !r.res->nselected)
        rc = read_dispatched(&r, st, err);
    if (rc)
        return rc;
    *out = r;
    r = (struct record){.rival = false};
    return QN_OK;
}

/* ---- rival branches ----------------------------------------------------------------------------------------------- */

static const struct qn_value *column(const struct qn_row *row, const char *name)
{
    static const struct qn_value none = {.type = QN_NULL, .s = {NULL, 0}};
    for (unsigned i = 0; i < row->table->ncols; i++)
        if (strcmp(row->table->col[i].name, name) == 0)
            return &row->col[i];
    return &none;
}

static enum qn_code rival_row(void *ctx, const struct qn_row *row, struct qn_err *err)
{
    struct record *r = ctx;
    const char *table = row->table->name;
    if (strcmp(table, "draw_result") == 0 && !r->text.n) {
        r->id = column(row, "id")->i;
        r->order_seq = (uint64_t)column(row, "order_seq")->i;
        qn_text_copy(r->order_origin, sizeof(r->order_origin), column(row, "order_origin")->s);
        qn_put_span(&r->text, column(row, "text")->s);
        return qn_buf_check(&r->text, err);
    }
    if (strcmp(table, "draw_selected") == 0)
        return add_pick(r, column(row, "id")->i, column(row, "slot_no")->i,
                        column(row, "object_id")->s, column(row, "mode")->i, column(row, "salt")->s,
                        err);
    if (strcmp(table, "draw_pairs") == 0 && !r->has_pairs) {
        r->has_pairs = true;
        qn_put_span(&r->pairs, column(row, "text")->s);
        return qn_buf_check(&r->pairs, err);
    }
    return QN_OK;
}

/* The parts of one rival entry that came here. What does not hold or decode is left out: the checks then say
 * what is missing from the draw.                                                                          */
static enum qn_code rival_parts(struct record *r, struct store *st, const struct qn_header *h,
                                struct qn_err *err)
{
    struct qn_err none;
    QN_AUTO(query) struct query q = query_start(st, SQL_RIVAL_PARTS);
    q_bind_int(&q, r->log.no);
    q_bind_int(&q, (int64_t)r->seq);
    q_bind_blob(&q, r->leaf, QN_HASH);
    while (q_step(&q)) {
        int64_t no = q_int(&q, 0);
        struct qn_span salt = q_span(&q, 1), stored = q_span(&q, 2);
        if (no < 0 || no >= h->nparts || salt.n != QN_SALT ||
            qn_part_check(&h->part[no], salt.p, stored, &none) != QN_OK)
            continue;
        QN_AUTO(qn_buf) struct qn_buf room = {0};
        enum qn_code rc = part_rows(store_registry(st), h, (unsigned)no, stored, &room, rival_row,
                                    r, NULL, &none);
        if (rc == QN_NOMEM)
            return qn_fail(err, rc, "base.no-memory", "");
    }
    return query_end(&q, err);
}

/* The rows of a changeset stand in no particular order. */
static int by_row(const void *a, const void *b)
{
    const struct record_pick *x = a, *y = b;
    return (x->row > y->row) - (x->row < y->row);
}

static bool is_held_leaf(struct store *st, const struct log *log, uint64_t seq,
                         const uint8_t leaf[QN_HASH])
{
    QN_AUTO(query) struct query q = query_start(st, SQL_ENTRY_LEAF);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)seq);
    return q_step(&q) && q_span(&q, 0).n == QN_HASH && memcmp(q_span(&q, 0).p, leaf, QN_HASH) == 0;
}

static enum qn_code rival_one(struct store *st, const struct log *log, uint64_t seq,
                              struct qn_span leaf, const struct qn_header *h, record_take *take,
                              void *ctx, struct qn_err *err)
{
    QN_AUTO(record) struct record r;
    record_init(&r);
    r.log = *log;
    r.seq = seq;
    r.rival = true;
    memcpy(r.leaf, leaf.p, QN_HASH);
    enum qn_code rc = rival_parts(&r, st, h, err);
    if (rc || !r.text.n)
        return rc; /* its bytes never came, or it goes on with the list of the entry before */
    if (r.npicks)
        qsort(r.pick, r.npicks, sizeof(*r.pick), by_row);
    rc = parse_text(&r, err);
    return rc ? rc : take(ctx, &r, err);
}

enum qn_code record_rivals(struct store *st, const struct log *log, record_take *take, void *ctx,
                           struct qn_err *err)
{
    struct qn_header *h = malloc(sizeof(*h));
    if (!h)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    enum qn_code rc = QN_OK;
    QN_AUTO(query) struct query q = query_start(st, SQL_RIVALS_OF_LOG);
    q_bind_int(&q, log->no);
    while (!rc && q_step(&q)) {
        struct qn_err none;
        uint64_t seq = (uint64_t)q_int(&q, 0);
        struct qn_span leaf = q_span(&q, 1);
        if (leaf.n != QN_HASH || is_held_leaf(st, log, seq, leaf.p) ||
            qn_header_decode(h, q_span(&q, 2), &none) != QN_OK || h->kind != QN_KIND_DRAW)
            continue;
        rc = rival_one(st, log, seq, leaf, h, take, ctx, err);
    }
    free(h);
    return rc ? rc : query_end(&q, err);
}
