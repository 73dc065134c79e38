/* nextact.c - writes rows of tables that a later registry widens or adds, by whatever registry this program has.
 *
 *   nextact DIR NUMBER       one entry with a new recusal and, where there is such a table, a visit note; and a revision
 *                            of every recusal of an earlier call with that number. The passphrase as for qian.     */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/act.h"
#include "node/store/internal.h"
#include "node/store/office.h"

static bool has(const struct qn_table *t, const char *column)
{
    for (unsigned i = 0; i < t->ncols; i++)
        if (strcmp(t->col[i].name, column) == 0)
            return true;
    return false;
}

static enum qn_code put_recusal(struct act *a, int64_t id, int64_t rev, const char *object,
                                struct qn_err *err)
{
    struct qn_row row;
    row_start(&row, a, "recusal", id, rev);
    row_int(&row, "roster", 1);
    row_text(&row, "insp_id", "P1");
    row_text(&row, "object_id", object);
    row_int(&row, "active", 1);
    row_text(&row, "acted_by", "tester");
    row_text(&row, "recorded_on", "2021-08-16T09:00:00");
    if (has(row.table, "until")) {
        row_text(&row, "until", "2022-01-01");
        row_int(&row, "weight", 7 * rev);
    }
    return act_put(a, &row, err);
}

static enum qn_code put_note(struct act *a, const char *text, struct qn_err *err)
{
    struct qn_row row;
    row_start(&row, a, "visit_note", act_id(a), 1);
    row_text(&row, "text", text);
    row_blob(&row, "proof", "proof", 5);
    return act_put(a, &row, err);
}

/* The newest revision of the recusal of this object; 0: there is none. */
static int64_t last_of(struct store *st, const char *object, int64_t *rev)
{
    sqlite3_stmt *q = NULL;
    int64_t id = 0;
    sqlite3_prepare_v2(
        st->db, "SELECT id, max(rev) FROM recusal WHERE office = ?1 AND object_id = ?2 GROUP BY id",
        -1, &q, NULL);
    sqlite3_bind_text(q, 1, st->self.office, -1, SQLITE_STATIC);
    sqlite3_bind_text(q, 2, object, -1, SQLITE_STATIC);
    if (sqlite3_step(q) == SQLITE_ROW) {
        id = sqlite3_column_int64(q, 0);
        *rev = sqlite3_column_int64(q, 1);
    }
    sqlite3_finalize(q);
    return id;
}

static enum qn_code write_act(struct store *st, const char *number, struct qn_err *err)
{
    QN_AUTO(act) struct act a = {0};
    char object[40];
    int64_t rev = 0, id;
    snprintf(object, sizeof(object), "object-%.20s", number);
    enum qn_code rc = act_open(&a, st, QN_KIND_ROSTER, QN_LANE_BULK, err);
    if (!rc)
        rc = act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, err);
    if (rc)
        return rc;
    id = last_of(st, object, &rev);
    rc = put_recusal(&a, id ? id : act_id(&a), rev + 1, object, err);
    if (!rc && qn_registry_table(store_registry(st), qn_str("visit_note")))
        rc = put_note(&a, object, err);
    return rc ? rc : act_commit(&a, NULL, NULL, err);
}

int main(int argc, char **argv)
{
    struct qn_err err;
    struct office office;
    if (argc != 3) {
        fprintf(stderr, "usage: nextact DIR NUMBER\n");
        return 2;
    }
    enum qn_code rc = qn_selftest(&err);
    if (!rc)
        rc = office_open(&office, argv[1], NULL, true, &err);
    if (!rc) {
        rc = write_act(office.st, argv[2], &err);
        office_close(&office);
    }
    if (rc)
        fprintf(stderr, "nextact: %s %s\n", err.id, err.args);
    return rc ? 1 : 0;
}
