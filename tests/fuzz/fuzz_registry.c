/* Registries: what parses is written again the same; SQLite accepts the tables of every registry that parses, and finds in them what was meant. */
#include "qian/registry.h"

#include <sqlite3.h>

#include "tests/fuzz/fuzz.h"

static void make_table(sqlite3 *db, const struct qn_table *t)
{
    QN_AUTO(qn_buf) struct qn_buf ddl = {0};
    qn_buf_init(&ddl, 65536);
    qn_registry_ddl(&ddl, t);
    qn_put_uint(&ddl, 0, 1);
    HOLDS(sqlite3_exec(db, (const char *)ddl.p, NULL, NULL, NULL) == SQLITE_OK);
    for (unsigned i = 0; i < t->ncols; i++) {
        int not_null = -1, key = -1;
        HOLDS(sqlite3_table_column_metadata(db, "main", t->name, t->col[i].name, NULL, NULL,
                                            &not_null, &key, NULL) == SQLITE_OK);
        HOLDS(not_null == !t->col[i].nullable && key == (i < QN_KEY_COLUMNS));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct qn_registry r;
    struct qn_err err = {.code = QN_OK};
    sqlite3 *db;
    enum qn_code rc = qn_registry_parse(&r, (struct qn_span){data, size}, &err);
    if (rc) {
        IS_REFUSAL(rc, err);
        return 0;
    }
    QN_AUTO(qn_buf) struct qn_buf again = {0};
    qn_buf_init(&again, QN_REGISTRY_MAX);
    qn_registry_text(&again, &r);
    HOLDS(qn_span_eq(qn_buf_span(&again), (struct qn_span){data, size}));
    HOLDS(sqlite3_open(":memory:", &db) == SQLITE_OK);
    for (unsigned i = 0; i < r.ntables; i++) {
        HOLDS(qn_registry_table(&r, qn_str(r.table[i].name)) == &r.table[i]);
        make_table(db, &r.table[i]);
    }
    sqlite3_close(db);
    return 0;
}
