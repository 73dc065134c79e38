/* meddle.h - what happens to a database behind the node's back. */
#ifndef QIAN_TESTS_MEDDLE_H
#define QIAN_TESTS_MEDDLE_H

#include "tests/unit/family.h"

/* Runs SQL behind the node's back, as a bad disk or a hand would. */
static inline void meddle(struct test_office *o, const char *sql)
{
    char path[512];
    sqlite3 *db;
    char *why = NULL;
    store_close(o->st);
    o->st = NULL;
    snprintf(path, sizeof(path), "%s/qian.db", o->dir);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
    sqlite3_close(db);
    MUST(store_open(&o->st, o->dir, STORE_OPEN, &offices_err));
    store_lend_keys(o->st, o->keys);
}

#endif
