/* search.c - two characters looked for among a million objects as a page looks for them, beside the one statement that SQLite
 * itself would be asked. Rows are put into the database as they stand, since finding them is what is measured.            */
#include "node/store/list.h"
#include "node/store/name_index.h"
#include "tests/bench/bench.h"

#define OBJECTS 1000000
#define PAGE    50
#define RARE    "\xE9\xBE\x98\xE9\xBE\x99" /* in fifty of the names */
#define COMMON  "\xE5\x85\xAC\xE5\x8F\xB8" /* in every one */

static struct qn_err err;

/* Three characters of three thousand, so that a pair is seldom; every 20,000th has the two that are looked for. */
static const char row_sql[] =
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1) "
    "INSERT INTO object (office, id, rev, roster, object_id, name, inspecting_office, tags, "
    "status, risk_class, complaints, inspected_this_year, acted_by, recorded_on) SELECT '140602', "
    "(1 << 51) + ((1000 + i) << 16), 1, 1, 'E:91140602MA' || printf('%08d', i), "
    "'朔州' || char(19968 + i * 7919 % 3001, 19968 + i * 104729 % 2999, 19968 + i / 331 % 3011) || "
    "CASE i % 20000 WHEN 7 THEN '" RARE "' ELSE '' END || '有限" COMMON "', '140602', '', "
    "'in_business', 'B', 0, 0, 'x', 'x' FROM n";
/* What the page asks, without the index: the newest row of each object. */
static const char raw_sql[] =
    "SELECT x.rowid FROM object x WHERE NOT EXISTS (SELECT 1 FROM object n WHERE n.office = "
    "x.office AND n.object_id = x.object_id AND (n.id, n.rev) > (x.id, x.rev)) AND "
    "instr(lower(x.name), ?1) > 0 LIMIT 51";

static void fill(const char *path)
{
    sqlite3 *db;
    sqlite3_stmt *q;
    bench_sqlite(NULL, sqlite3_open(path, &db));
    bench_sqlite(db, sqlite3_exec(db, "PRAGMA synchronous=OFF; BEGIN", NULL, NULL, NULL));
    bench_sqlite(db, sqlite3_prepare_v2(db, row_sql, -1, &q, NULL));
    sqlite3_bind_int64(q, 1, OBJECTS);
    bench_sqlite(db, sqlite3_step(q));
    sqlite3_finalize(q);
    bench_sqlite(db, sqlite3_exec(db, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL));
    sqlite3_close(db);
}

static double found(struct store *st, const char *wanted)
{
    struct list_ask ask = {.type = list_type("objects"), .wanted = wanted, .limit = PAGE + 1};
    unsigned n = 0;
    struct took t = took_start();
    QN_AUTO(list) struct list *l = NULL;
    lone_must(list_open(&l, st, &ask, &err), &err, "search");
    while (n <= PAGE && list_step(l)) /* as the page does: one more than it shows */
        n++;
    lone_must(list_end(l, &err), &err, "search");
    double cpu = took_end(t).cpu;
    if (n < PAGE)
        bench_die("search", "not all rows were found");
    return cpu;
}

static double raw(sqlite3 *db, const char *wanted)
{
    sqlite3_stmt *q;
    unsigned n = 0;
    struct took t = took_start();
    bench_sqlite(db, sqlite3_prepare_v2(db, raw_sql, -1, &q, NULL));
    sqlite3_bind_text(q, 1, wanted, -1, SQLITE_STATIC);
    while (sqlite3_step(q) == SQLITE_ROW)
        n++;
    sqlite3_finalize(q);
    double cpu = took_end(t).cpu;
    if (n < PAGE)
        bench_die("raw", "not all rows were found");
    return cpu;
}

static void measure(struct store *st, sqlite3 *db, const char *name, const char *wanted,
                    double limit)
{
    char full[80];
    double ours[RUNS], beside[RUNS];
    for (unsigned i = 0; i < RUNS; i++) {
        beside[i] = raw(db, wanted);
        ours[i] = found(st, wanted);
    }
    double a = bench_median(ours), b = bench_median(beside);
    printf("search.%s %.2f ms\nsearch.%s-raw %.2f ms\n", name, a * 1e3, name, b * 1e3);
    snprintf(full, sizeof(full), "search-%s-beside-raw", name);
    bench_goal(full, a / b, true, limit);
}

int main(void)
{
    struct lone_root root;
    struct lone_office p, k;
    char dir[300], path[400];
    sqlite3 *db;
    bench_dir(dir);
    lone_root_make(&root, "bench.example");
    lone_office_make(&p, dir, "14", NULL, &root);
    lone_office_make(&k, dir, "140602", &p, &root);
    snprintf(path, sizeof(path), "%s/140602/qian.db", dir);
    fill(path);
    snprintf(path, sizeof(path), "%s/140602", dir);
    struct took t = took_start();
    lone_must(name_index_keep(path, NULL, NULL, &err), &err, "index");
    printf("search.index-%d %.2f s\n", OBJECTS, took_end(t).cpu);
    snprintf(path, sizeof(path), "%s/140602/qian.db", dir);
    bench_sqlite(NULL, sqlite3_open(path, &db));
    bench_sqlite(db, sqlite3_exec(db, "PRAGMA cache_size=-6144", NULL, NULL, NULL));
    measure(k.st, db, "rare", RARE, 0.05);
    measure(k.st, db, "common", COMMON, 20);
    sqlite3_close(db);
    store_close(p.st);
    store_close(k.st);
    if (!getenv("KEEP"))
        bench_remove(dir);
    return 0;
}
