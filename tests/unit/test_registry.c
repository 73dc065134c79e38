/* The registry compiled in, its parser one fault at a time, and its DDL in SQLite. */
#include "qian/registry.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/embedded.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define TITLE        "qian-registry/3\n"
#define KEY          "office:T:16 id:I rev:I"
#define A            "table a public control p " KEY "\n"

static struct row {
    const char *name, *text;
    const char *want; /* "" is QN_OK */
    const char *args;
} rows[] = {
    {"one table", TITLE A, "", NULL},
    {"every type, with and without NULL",
     TITLE "table a system bulk pcks " KEY " i:I j:i r:R s:r t:T:1 u:t:1048576 b:B:32 c:b:1\n", "",
     NULL},
    {"every mark, with and without a bound",
     TITLE "table a system bulk pcks " KEY " t:T:8:p u:t:8:d b:b:4:p i:I:p r:r:d\n", "", NULL},
    {"a name of a business in a public table",
     TITLE "table a public result k " KEY " name:T:400:d\n", "", NULL},
    {"version 65535", "qian-registry/65535\n" A, "", NULL},
    {"a restricted table of stations", TITLE "table a restricted result s " KEY "\n", "", NULL},
    {"names of 31 characters",
     TITLE "table a234567890123456789012345678901 public plan ck " KEY
           " c234567890123456789012345678901:I\n",
     "", NULL},

    {"names that begin with the outermost letters",
     TITLE A "table sqlit public control p " KEY "\ntable z09z_ public control p " KEY " a:I z:I\n",
     "", NULL},
    {"nothing", "", "registry.title", NULL},
    {"another title", "qian-register/3\n" A, "registry.title", NULL},
    {"no version", "qian-registry/\n" A, "registry.title", NULL},
    {"version 65536", "qian-registry/65536\n" A, "registry.title", NULL},
    {"a version with a leading zero", "qian-registry/03\n" A, "registry.title", NULL},
    {"a blank behind the version", "qian-registry/3 \n" A, "registry.title", NULL},
    {"carriage returns", "qian-registry/3\r\n" A, "registry.title", NULL},
    {"no table", TITLE, "registry.empty", NULL},
    {"the last line does not end", TITLE "table a public control p " KEY, "registry.unended",
     "line=2"},
    {"an empty line", TITLE A "\n", "registry.table", "line=3"},
    {"a line of another kind", TITLE "index a public control p " KEY "\n", "registry.table",
     "line=2"},
    {"a table twice", TITLE A A, "registry.order", "line=3|table=a"},
    {"tables that descend", TITLE "table b public control p " KEY "\n" A, "registry.order",
     "line=3|table=a"},
    {"a capital in a table's name", TITLE "table A public control p " KEY "\n", "registry.table",
     NULL},
    {"a digit first", TITLE "table 1a public control p " KEY "\n", "registry.table", NULL},
    {"a quotation mark in a name", TITLE "table a\" public control p " KEY "\n", "registry.table",
     NULL},
    {"a table of SQLite's", TITLE "table sqlite_a public control p " KEY "\n", "registry.table",
     NULL},
    {"a table named sqlite_", TITLE "table sqlite_ public control p " KEY "\n", "registry.table",
     NULL},
    {"a name of 32 characters",
     TITLE "table a2345678901234567890123456789012 public plan ck " KEY "\n", "registry.table",
     NULL},
    {"an audience that is none", TITLE "table a local control p " KEY "\n", "registry.table", NULL},
    {"a lane that is none", TITLE "table a public fast p " KEY "\n", "registry.table", NULL},
    {"no level", TITLE "table a public control " KEY "\n", "registry.table", NULL},
    {"levels in small and capital letters", TITLE "table a public control pC " KEY "\n",
     "registry.table", NULL},
    {"capitals out of order", TITLE "table a public control KC " KEY "\n", "registry.table", NULL},
    {"levels out of order", TITLE "table a public control kc " KEY "\n", "registry.table", NULL},
    {"a level twice", TITLE "table a public control pp " KEY "\n", "registry.table", NULL},
    {"a level that is none", TITLE "table a public control px " KEY "\n", "registry.table", NULL},
    {"two blanks", TITLE "table a public  control p " KEY "\n", "registry.table", NULL},
    {"a blank at the end", TITLE "table a public control p " KEY " \n", "registry.column",
     "line=2|column=3"},
    {"no column", TITLE "table a public control p\n", "registry.key", "line=2"},
    {"two columns", TITLE "table a public control p office:T:16 id:I\n", "registry.key", "line=2"},
    {"the key in another order", TITLE "table a public control p id:I office:T:16 rev:I\n",
     "registry.key", NULL},
    {"the key under other names", TITLE "table a public control p office:T:16 rev:I id:I\n",
     "registry.key", NULL},
    {"an office of bytes", TITLE "table a public control p office:B:16 id:I rev:I\n",
     "registry.key", NULL},
    {"a longer office", TITLE "table a public control p office:T:17 id:I rev:I\n", "registry.key",
     NULL},
    {"a key that may be NULL", TITLE "table a public control p office:T:16 id:i rev:I\n",
     "registry.key", NULL},
    {"a key of another type", TITLE "table a public control p office:T:16 id:I rev:R\n",
     "registry.key", NULL},
    {"a column twice", TITLE "table a public control p " KEY " x:I x:I\n", "registry.column",
     "line=2|column=5"},
    {"a column named id again", TITLE "table a public control p " KEY " id:I\n", "registry.column",
     NULL},
    {"a column without a type", TITLE "table a public control p " KEY " x\n", "registry.column",
     "line=2|column=4"},
    {"an empty type", TITLE "table a public control p " KEY " x:\n", "registry.column", NULL},
    {"a type that is none", TITLE "table a public control p " KEY " x:N\n", "registry.column",
     NULL},
    {"a type of two letters", TITLE "table a public control p " KEY " x:II\n", "registry.column",
     NULL},
    {"a text without its bound", TITLE "table a public control p " KEY " x:T\n", "registry.column",
     NULL},
    {"a text with an empty bound", TITLE "table a public control p " KEY " x:T:\n",
     "registry.column", NULL},
    {"a text of 0 bytes", TITLE "table a public control p " KEY " x:T:0\n", "registry.column",
     NULL},
    {"a blob of 1,048,577 bytes", TITLE "table a public control p " KEY " x:B:1048577\n",
     "registry.column", NULL},
    {"a bound with a leading zero", TITLE "table a public control p " KEY " x:T:016\n",
     "registry.column", NULL},
    {"an integer with a bound", TITLE "table a public control p " KEY " x:I:8\n", "registry.column",
     NULL},
    {"an integer with an empty bound", TITLE "table a public control p " KEY " x:I:\n",
     "registry.column", NULL},
    {"a text with two bounds", TITLE "table a public control p " KEY " x:T:1:2\n",
     "registry.column", NULL},
    {"a mark that is none", TITLE "table a system control p " KEY " x:T:8:x\n", "registry.column",
     "line=2|column=4"},
    {"a capital as a mark", TITLE "table a system control p " KEY " x:T:8:P\n", "registry.column",
     NULL},
    {"an empty mark", TITLE "table a system control p " KEY " x:T:8:\n", "registry.column", NULL},
    {"an empty mark of an integer", TITLE "table a system control p " KEY " x:I:\n",
     "registry.column", NULL},
    {"two marks", TITLE "table a system control p " KEY " x:T:8:p:d\n", "registry.column", NULL},
    {"a mark of two letters", TITLE "table a system control p " KEY " x:T:8:pd\n",
     "registry.column", NULL},
    {"a mark in place of the bound", TITLE "table a system control p " KEY " x:T:p\n",
     "registry.column", NULL},
    {"a marked key", TITLE "table a system control p office:T:16 id:I:p rev:I\n", "registry.key",
     "line=2"},
    {"a person in a public table", TITLE "table a public control p " KEY " x:I by:T:64:p\n",
     "registry.personal", "line=2|table=a|column=by"},
    {"a person in the second table, which is public",
     TITLE "table a system control p " KEY " by:T:64:p\ntable b public plan p " KEY " by:t:64:p\n",
     "registry.personal", "line=3|table=b|column=by"},

    {"a name with a capital", TITLE "table a public control p " KEY " xY:I\n", "registry.column",
     NULL},
    {"an empty name", TITLE "table a public control p " KEY " :I\n", "registry.column", NULL},
};

static void parses(void **state)
{
    const struct row *r = *state;
    struct qn_registry *reg = calloc(1, sizeof(*reg));
    struct qn_err err = {.code = QN_OK};
    assert_non_null(reg);
    reg->version = 777;
    enum qn_code rc = qn_registry_parse(reg, qn_str(r->text), &err);
    assert_string_equal(err.id, r->want);
    assert_int_equal(rc, r->want[0] ? QN_MALFORMED : QN_OK);
    if (rc)
        assert_int_equal(reg->version, 777);
    if (r->args)
        assert_string_equal(err.args, r->args);
    free(reg);
}

/* ---- bounds ---------------------------------------------------------------------------------------- */

static enum qn_code parse_many(unsigned tables, unsigned columns, char id[48])
{
    struct qn_buf b;
    struct qn_registry *reg = malloc(sizeof(*reg));
    struct qn_err err = {.code = QN_OK};
    assert_non_null(reg);
    qn_buf_init(&b, 1 << 20);
    qn_put_str(&b, TITLE);
    for (unsigned t = 0; t < tables; t++) {
        qn_put_fmt(&b, "table t%03u public control p " KEY, t);
        for (unsigned c = 3; c < columns; c++)
            qn_put_fmt(&b, " c%u:i", c);
        qn_put_str(&b, "\n");
    }
    enum qn_code rc = qn_registry_parse(reg, qn_buf_span(&b), &err);
    strcpy(id, err.id);
    if (!rc) {
        assert_int_equal(reg->ntables, tables);
        assert_int_equal(reg->table[tables - 1].ncols, columns);
    }
    qn_buf_release(&b);
    free(reg);
    return rc;
}

static void bounds(void **state)
{
    char id[48];
    (void)state;
    assert_int_equal(parse_many(QN_TABLES, 20, id),
                     QN_OK); /* more columns of all do not fit registry-1 */
    assert_int_equal(parse_many(1, QN_COLUMNS, id), QN_OK);
    assert_int_equal(parse_many(QN_TABLES + 1, 3, id), QN_LIMIT);
    assert_string_equal(id, "registry.tables");
    assert_int_equal(parse_many(1, QN_COLUMNS + 1, id), QN_LIMIT);
    assert_string_equal(id, "registry.columns");
    struct qn_buf b;
    struct qn_registry *reg = malloc(sizeof(*reg));
    struct qn_err err;
    assert_non_null(reg);
    qn_buf_init(&b, 1 << 20);
    qn_put_str(&b, TITLE A);
    while (b.n < QN_REGISTRY_MAX)
        qn_put_str(&b, "x");
    assert_int_equal(qn_registry_parse(reg, qn_buf_span(&b), &err), QN_MALFORMED);
    assert_string_equal(err.id, "registry.unended");
    qn_put_str(&b, "x");
    assert_int_equal(qn_registry_parse(reg, qn_buf_span(&b), &err), QN_LIMIT);
    assert_string_equal(err.id, "registry.too-long");
    qn_buf_release(&b);
    free(reg);
}

/* ---- the one compiled in ----------------------------------------------------------------------------- */

static void compiled_in(void **state)
{
    const struct qn_registry *reg, *again;
    uint8_t hash[QN_HASH];
    size_t n;
    struct qn_err err;
    (void)state;
    assert_int_equal(qn_registry_get(&reg, 1, &err), QN_OK);
    assert_int_equal(qn_registry_get(&again, 1, &err), QN_OK);
    assert_ptr_equal(reg, again);
    assert_int_equal(reg->version, 1);
    const unsigned char *text = embedded_get("protocol/registry-1.txt", &n);
    crypto_hash_sha256(hash, text, n);
    assert_memory_equal(hash, reg->hash, QN_HASH);
    struct qn_registry *parsed = calloc(1, sizeof(*parsed));
    assert_non_null(parsed);
    assert_int_equal(qn_registry_parse(parsed, (struct qn_span){text, n}, &err), QN_OK);
    assert_int_equal(parsed->ntables, reg->ntables);
    for (unsigned i = 0; i < reg->ntables; i++) {
        const struct qn_table *t = &reg->table[i], *p = &parsed->table[i];
        assert_string_equal(p->name, t->name);
        assert_true(p->audience == t->audience && p->lane == t->lane && p->levels == t->levels &&
                    p->once == t->once && p->ncols == t->ncols);
        for (unsigned k = 0; k < t->ncols; k++) {
            assert_string_equal(p->col[k].name, t->col[k].name);
            assert_true(p->col[k].type == t->col[k].type &&
                        p->col[k].nullable == t->col[k].nullable &&
                        p->col[k].max == t->col[k].max && p->col[k].privacy == t->col[k].privacy);
        }
    }
    QN_AUTO(qn_buf) struct qn_buf retold = {0};
    qn_buf_init(&retold, QN_REGISTRY_MAX);
    qn_registry_text(&retold, reg);
    assert_true(qn_span_eq(qn_buf_span(&retold), (struct qn_span){text, n}));
    free(parsed);
    for (unsigned i = 0; i < reg->ntables; i++) {
        const struct qn_table *t = &reg->table[i];
        assert_ptr_equal(qn_registry_table(reg, qn_str(t->name)), t);
        assert_true(t->levels != 0);
    }
    again = NULL;
    assert_int_equal(qn_registry_get(&again, 2, &err), QN_ABSENT);
    assert_string_equal(err.id, "registry.unknown");
    assert_string_equal(err.args, "version=2|newest=1");
    assert_null(again);
    assert_int_equal(qn_registry_get(&again, 65535, NULL), QN_ABSENT);
}

/* Texts of tables that are not public and that tell of nobody: codes, words, numbers of documents, days, what a thing is
 * called. A new name is added here or its column is marked: whoever adds a column decides. */
static const char *const of_nobody[] = {
    "abandoned.reason",
    "acted_on",
    "announced",
    "answered_on",
    "approved_on",
    "backup_place",
    "backup_seal",
    "basis",
    "batch_no",
    "body",
    "captured_on",
    "cause_analysis",
    "cert_kind",
    "cert_valid_to",
    "clue_office",
    "completed",
    "concluded_on",
    "conclusion",
    "copies_left",
    "cosigned_on",
    "counted_on",
    "county",
    "data",
    "decided_on",
    "detail",
    "determination_office",
    "determined_on",
    "dispatch_office",
    "disposal",
    "doc_no",
    "done_on",
    "draw_office",
    "drawer",
    "drawn_on",
    "due_on",
    "duty",
    "ecqs_no",
    "ended_on",
    "entered_on",
    "escrow_case.reason",
    "event",
    "failed_items",
    "fields",
    "filed_on",
    "filing_office",
    "first_title",
    "formalities_on",
    "from_on",
    "given_list.title",
    "given_on",
    "handler",
    "holder",
    "improvement_advice",
    "industry",
    "inspecting_office",
    "inspection.reason",
    "inspection_office",
    "inspector.reason",
    "inspectors_on",
    "issued_on",
    "issuer",
    "item",
    "item_finding.reason",
    "items",
    "judged",
    "kind",
    "lab_named_on",
    "lab_seal",
    "last_inspected_on",
    "licence",
    "licence_kind",
    "licence_no",
    "line",
    "list_office",
    "looks",
    "manner",
    "mark.reason",
    "mark_basis.title",
    "matches",
    "measured",
    "media",
    "method",
    "mode",
    "model",
    "notified_on",
    "number",
    "object.reason",
    "object_id",
    "objection.decision",
    "objector",
    "objects_on",
    "opened_on",
    "order_origin",
    "ordered_on",
    "origin",
    "outcome",
    "outside_no",
    "papers",
    "part",
    "party_signature",
    "party_uscc",
    "payer",
    "plan_office",
    "point_office",
    "price",
    "price_basis",
    "problem_description",
    "purge_office",
    "quals",
    "quantity",
    "receipt_no",
    "received_on",
    "receiver_kind",
    "receiver_office",
    "recorded_on",
    "reg_no",
    "report_kind",
    "report_no",
    "report_snapshot.text",
    "requirement",
    "result_office",
    "reviewed_on",
    "risk_as_of",
    "risk_class",
    "roster_close.reason",
    "rule",
    "sampled_on",
    "scope",
    "scope_bound.title",
    "seal",
    "second_title",
    "sent_on",
    "series",
    "served_on",
    "set_on",
    "sheet_no",
    "shipped_on",
    "signature",
    "source",
    "stage",
    "started",
    "started_on",
    "station",
    "status",
    "status_on",
    "stock",
    "subject",
    "subject_kind",
    "system",
    "tags",
    "task",
    "test_seal",
    "to_on",
    "trademark",
    "transfer_office",
    "until",
    "uscc",
    "valid_from",
    "valid_to",
    "verdict",
    "waybill",
    "window_to",
};

static bool is_of_nobody(const char *table, const char *name)
{
    char here[QN_TABLE_NAME + QN_COLUMN_NAME];
    snprintf(here, sizeof(here), "%s.%s", table, name);
    for (size_t i = 0; i < ARRAY_LEN(of_nobody); i++)
        if (strcmp(of_nobody[i], name) == 0 || strcmp(of_nobody[i], here) == 0)
            return true;
    return false;
}

/* SPEC registry-14: "Each column has the mark that its name asks for, in every table" */
static void marked(void **state)
{
    const struct qn_registry *reg;
    (void)state;
    assert_int_equal(qn_registry_get(&reg, 1, NULL), QN_OK);
    for (size_t i = 1; i < ARRAY_LEN(of_nobody); i++)
        assert_true(strcmp(of_nobody[i - 1], of_nobody[i]) < 0);
    for (unsigned i = 0; i < reg->ntables; i++)
        for (unsigned k = QN_KEY_COLUMNS; k < reg->table[i].ncols; k++) {
            const struct qn_table *t = &reg->table[i];
            const struct qn_column *c = &t->col[k];
            bool nobody = t->audience == QN_PUBLIC ? strcmp(c->name, "acted_by") != 0
                                                   : is_of_nobody(t->name, c->name);
            if (c->type != QN_TEXT || (t->audience == QN_PUBLIC && c->privacy == QN_DISCLOSED))
                continue;
            if (nobody == (c->privacy != QN_UNMARKED))
                print_error("%s.%s: is it of a person, a business or nobody?\n", t->name, c->name);
            assert_int_equal(nobody, c->privacy == QN_UNMARKED);
        }
}

static void looked_up(void **state)
{
    static const char *const none[] = {"",    "a",    "plan ",   "pla",          "plan_task2",
                                       "zzz", "Plan", "setting", "sqlite_master"};
    const struct qn_registry *reg;
    (void)state;
    assert_int_equal(qn_registry_get(&reg, 1, NULL), QN_OK);
    for (size_t i = 0; i < ARRAY_LEN(none); i++)
        assert_null(qn_registry_table(reg, qn_str(none[i])));
    assert_null(qn_registry_table(reg, (struct qn_span){NULL, 0}));
    const struct qn_table *t = qn_registry_table(reg, qn_str("inspection"));
    assert_non_null(t);
    assert_int_equal(t->audience, QN_SYSTEM);
    assert_int_equal(t->lane, QN_LANE_RESULT);
    assert_int_equal(t->levels, 1 << QN_PROVINCE | 1 << QN_CITY | 1 << QN_COUNTY | 1 << QN_STATION);
    assert_string_equal(t->col[0].name, "office");
    assert_int_equal(t->col[0].max, 16);
}

static void *ask(void *out)
{
    const struct qn_registry **reg = out;
    return qn_registry_get(reg, 1, NULL) == QN_OK ? out : NULL;
}
static void asked_by_threads(void **state)
{
    pthread_t thread[8];
    const struct qn_registry *reg[8] = {NULL};
    (void)state;
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, ask, &reg[i]), 0);
    for (size_t i = 0; i < 8; i++) {
        void *done;
        assert_int_equal(pthread_join(thread[i], &done), 0);
        assert_non_null(done);
        assert_ptr_equal(reg[i], reg[0]);
    }
}

/* ---- DDL ------------------------------------------------------------------------------------------------ */

static void one_statement(void **state)
{
    struct qn_registry *reg = calloc(1, sizeof(*reg));
    struct qn_buf b;
    (void)state;
    assert_non_null(reg);
    assert_int_equal(
        qn_registry_parse(reg, qn_str(TITLE "table a public plan p " KEY " n:I x:r t:t:9 b:B:2\n"),
                          NULL),
        QN_OK);
    qn_buf_init(&b, 4096);
    qn_registry_ddl(&b, &reg->table[0]);
    qn_put_uint(&b, 0, 1);
    assert_string_equal(
        (const char *)b.p,
        "CREATE TABLE \"a\"(\"office\" TEXT NOT NULL, \"id\" INTEGER NOT NULL, \"rev\" INTEGER NOT "
        "NULL, \"n\" INTEGER NOT NULL, \"x\" REAL, \"t\" TEXT, \"b\" BLOB NOT NULL, PRIMARY "
        "KEY(\"office\",\"id\",\"rev\")) STRICT;\n");
    qn_buf_release(&b);
    free(reg);
}

/* SQLite reads back of every table what the registry says. */
static void in_sqlite(void **state)
{
    static const char *const types[] = {
        [QN_INTEGER] = "INTEGER", [QN_REAL] = "REAL", [QN_TEXT] = "TEXT", [QN_BLOB] = "BLOB"};
    const struct qn_registry *reg;
    sqlite3 *db;
    (void)state;
    assert_int_equal(qn_registry_get(&reg, 1, NULL), QN_OK);
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    for (unsigned i = 0; i < reg->ntables; i++) {
        const struct qn_table *t = &reg->table[i];
        struct qn_buf b;
        char sql[128];
        sqlite3_stmt *q;
        unsigned c = 0;
        qn_buf_init(&b, 65536);
        qn_registry_ddl(&b, t);
        qn_put_uint(&b, 0, 1);
        assert_int_equal(sqlite3_exec(db, (const char *)b.p, NULL, NULL, NULL), SQLITE_OK);
        qn_buf_release(&b);
        snprintf(sql, sizeof(sql), "PRAGMA table_info(\"%s\")", t->name);
        assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
        for (; sqlite3_step(q) == SQLITE_ROW; c++) {
            assert_string_equal((const char *)sqlite3_column_text(q, 1), t->col[c].name);
            assert_string_equal((const char *)sqlite3_column_text(q, 2), types[t->col[c].type]);
            assert_int_equal(sqlite3_column_int(q, 3), !t->col[c].nullable);
            assert_int_equal(sqlite3_column_int(q, 5), c < QN_KEY_COLUMNS ? c + 1 : 0);
        }
        assert_int_equal(c, t->ncols);
        sqlite3_finalize(q);
    }
    sqlite3_close(db);
}

int main(void)
{
    struct CMUnitTest test[ARRAY_LEN(rows) + 7];
    size_t n = 0;
    for (; n < ARRAY_LEN(rows); n++)
        test[n] = (struct CMUnitTest){rows[n].name, parses, NULL, NULL, &rows[n]};
    test[n++] =
        (struct CMUnitTest)cmocka_unit_test(asked_by_threads); /* before anybody else asks */
    test[n++] = (struct CMUnitTest)cmocka_unit_test(compiled_in);
    test[n++] = (struct CMUnitTest)cmocka_unit_test(marked);
    test[n++] = (struct CMUnitTest)cmocka_unit_test(looked_up);
    test[n++] = (struct CMUnitTest)cmocka_unit_test(bounds);
    test[n++] = (struct CMUnitTest)cmocka_unit_test(one_statement);
    test[n++] = (struct CMUnitTest)cmocka_unit_test(in_sqlite);
    return _cmocka_run_group_tests("registry", test, n, NULL, NULL);
}
