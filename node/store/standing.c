#include "node/store/standing.h"

#include <string.h>

/* ---- rosters ----------------------------------------------------------------------------------------------------- */

static int64_t int_of(const struct qn_row *row, const char *column)
{
    for (unsigned c = 0; c < row->table->ncols; c++)
        if (strcmp(row->table->col[c].name, column) == 0)
            return row->col[c].i;
    return 0;
}

static bool is_of_roster(const struct qn_row *row)
{
    static const char *const tables[] = {"object", "mark", "inspector", "recusal", "roster_close"};
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        if (strcmp(row->table->name, tables[i]) == 0)
            return true;
    return false;
}

/* SPEC changeset-24: "whose `roster` is not above the highest version that an earlier entry of its office closed" */
static enum qn_code check_open(struct store *st, const struct qn_row *row, int64_t from,
                               struct qn_err *err)
{
    int64_t version = int_of(row, "roster"), closed = 0;
    QN_AUTO(query) struct query q = query_start(st, SQL_ROSTER_CLOSED_BEFORE);
    q_bind_span(&q, row->col[0].s);
    q_bind_int(&q, from);
    if (q_step(&q) && !q_null(&q, 0))
        closed = q_int(&q, 0);
    enum qn_code rc = query_end(&q, err);
    if (!rc && closed && version <= closed)
        rc = qn_fail(err, QN_DENIED, STANDING_CLOSED, "table=%s|version=%lld|closed=%lld",
                     row->table->name, (long long)version, (long long)closed);
    return rc;
}

/* ---- results ----------------------------------------------------------------------------------------------------- */

/* SPEC changeset-25: "has the `draw_office`, `draw_id`, `object_id` and, where the table has them, `task`, `round` and
 * `slot_no` of the revision before it" */
static enum qn_code check_subject(struct store *st, const struct qn_row *row, enum sql previous,
                                  struct qn_err *err)
{
    static const char *const kept[] = {"draw_office", "draw_id", "object_id",
                                       "task",        "round",   "slot_no"};
    const char *changed = NULL;
    QN_AUTO(query) struct query q = query_start(st, previous);
    q_bind_span(&q, row->col[0].s);
    q_bind_int(&q, row->col[1].i);
    q_bind_int(&q, row->col[2].i - 1);
    if (q_step(&q))
        for (unsigned c = 3, at = 0; c < row->table->ncols && !changed; c++) {
            const char *name = row->table->col[c].name;
            bool one = false;
            for (size_t k = 0; k < sizeof(kept) / sizeof(kept[0]); k++)
                one = one || strcmp(kept[k], name) == 0;
            if (!one)
                continue;
            if (row->col[c].type == QN_TEXT ? !qn_span_eq(row->col[c].s, q_span(&q, (int)at))
                                            : row->col[c].i != q_int(&q, (int)at))
                changed = name;
            at++;
        }
    enum qn_code rc = query_end(&q, err);
    if (!rc && changed) {
        char id[40];
        qn_row_id_text(id, row->col[1].i);
        rc = qn_fail(err, QN_DENIED, STANDING_SUBJECT, "table=%s|id=%s|column=%s", row->table->name,
                     id, changed);
    }
    return rc;
}

enum qn_code standing_check(struct store *st, const struct qn_row *row, uint64_t seq,
                            uint16_t epoch, struct qn_err *err)
{
    if (is_of_roster(row))
        return check_open(st, row, qn_row_id(epoch, seq, 0), err);
    if (row->col[2].i == 1)
        return QN_OK;
    if (strcmp(row->table->name, "inspection_result") == 0)
        return check_subject(st, row, SQL_RESULT_SUBJECT, err);
    if (strcmp(row->table->name, "inspection") == 0)
        return check_subject(st, row, SQL_INSPECTION_SUBJECT, err);
    return QN_OK;
}
