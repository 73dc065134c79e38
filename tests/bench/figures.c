/* figures.c - all figures of a city over a great many targets, beside one statement that counts the targets alone; and what
 * twice as many cost. The rows are put into the database as they stand, since how they are counted is what is measured. */
#include "node/work/figure.h"
#include "tests/bench/bench.h"

static struct qn_err err;

static const char plan_sql[] =
    "INSERT INTO plan (office, id, rev, series, title, doc_no, issued_on, year, deadline, "
    "publication_days, publication_clock, source_digest, coverage_num, coverage_den) "
    "VALUES ('1406', 2251799813685248, 1, '2021', 'p', '1', '2021-01-05', 2021, '2021-12-20', 20, "
    "'inspection_completed', zeroblob(32), 3, 100); "
    "INSERT INTO code (office, id, rev, list, code, name_zh, name_en, flags) VALUES "
    "('14', 1, 1, 'result', 'R01', 'x', 'x', ''), ('14', 2, 1, 'result', 'R05', 'x', 'x', "
    "'issue'); "
    "INSERT INTO draw_freeze (office, id, rev, roster, text) VALUES ('140602', 2251799813685248, "
    "1, 1, ''); ";
/* ?1: from, ?2: up to. A draw has a thousand targets; four of five are visited, seven of ten published. */
#define ROWS "WITH RECURSIVE n(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?2) "
#define ID   "(1 << 51) + ((1000 + i) << 16)"
#define DRAW "(1 << 51) + ((1000 + i / 1000) << 16) + 9"
#define OBJ  "'E:91140602MA' || printf('%08d', i)"
static const char *const row_sql[] = {
    ROWS
    "INSERT INTO draw_order (office, id, rev, drawer, issuer, series, task, round, type, attempt, "
    "supp, note) SELECT '1406', (1 << 51) + ((1000 + i / 1000) << 16), 1, '140602', '1406', "
    "'2021', '1', 1, 'both', 0, 0, '' FROM n WHERE i % 1000 = 0",
    ROWS "INSERT INTO draw_result (office, id, rev, order_origin, order_seq, text) SELECT "
         "'140602', " DRAW ", 1, (SELECT origin FROM log WHERE office = '1406'), 1000 + i / 1000, "
         "'' FROM n WHERE i % 1000 = 0",
    ROWS "INSERT INTO object (office, id, rev, roster, object_id, name, inspecting_office, tags, "
         "status, risk_class, complaints, inspected_this_year, acted_by, recorded_on) SELECT "
         "'140602', " ID ", 1, 1, " OBJ
         ", '企业', '140602', '', 'in_business', 'B', 0, 0, 'x', 'x' FROM n",
    ROWS "INSERT INTO dispatch (office, id, rev, draw_id, slot_no, task, round, object_id, "
         "object_name, inspecting_office, inspectors, window_to) SELECT '140602', " ID ", 1, " DRAW
         ", 1, '1', 1, " OBJ ", '企业', '140602', 'x', '2021-12-20' FROM n",
    ROWS
    "INSERT INTO inspection_result (office, id, rev, draw_office, draw_id, task, round, object_id, "
    "object_name, completed_on, codes, result_text) SELECT '140602', " ID ", 1, '140602', " DRAW
    ", '1', 1, " OBJ
    ", '企业', '2021-09-06', CASE i % 9 WHEN 0 THEN 'R05' ELSE 'R01' END, '' FROM n WHERE i % 5 "
    "> 0",
    ROWS "INSERT INTO publication (office, id, rev, result_office, result_id, result_rev, channel, "
         "completed_on, published_on) SELECT '140602', " ID ", 1, '140602', " ID
         ", 1, 'website', '2021-09-06', '2021-09-20' FROM n WHERE i % 5 > 0 AND i % 10 < 8",
};
static const char raw_sql[] =
    "SELECT count(DISTINCT d.task || '/' || d.round || '/' || d.object_id), count(r.id), "
    "count(p.id) FROM dispatch d LEFT JOIN inspection_result r ON r.draw_office = d.office AND "
    "r.draw_id = d.draw_id AND r.object_id = d.object_id AND r.task = d.task AND r.round = "
    "d.round LEFT JOIN publication p ON p.result_office = r.office AND p.result_id = r.id";

static void fill(const char *path, uint64_t from, uint64_t to)
{
    sqlite3 *db;
    bench_sqlite(NULL, sqlite3_open(path, &db));
    bench_sqlite(db, sqlite3_exec(db, "PRAGMA synchronous=OFF; BEGIN", NULL, NULL, NULL));
    if (!from)
        bench_sqlite(db, sqlite3_exec(db, plan_sql, NULL, NULL, NULL));
    for (size_t i = 0; i < sizeof(row_sql) / sizeof(row_sql[0]); i++) {
        sqlite3_stmt *q;
        bench_sqlite(db, sqlite3_prepare_v2(db, row_sql[i], -1, &q, NULL));
        sqlite3_bind_int64(q, 1, (int64_t)from);
        sqlite3_bind_int64(q, 2, (int64_t)to);
        bench_sqlite(db, sqlite3_step(q));
        sqlite3_finalize(q);
    }
    bench_sqlite(db, sqlite3_exec(db, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL));
    sqlite3_close(db);
}

static double counted(struct store *st, uint64_t want)
{
    struct took t = took_start();
    QN_AUTO(figures) struct figures f = {.n = 0};
    lone_must(figures_count(&f, st, &(struct figure_query){.year = 2021}, FIGURE_BY_OFFICE, &err),
              &err, "count");
    if (f.at[0].of[1] != want)
        bench_die("figures", "not all targets were counted");
    return took_end(t).cpu;
}

static double raw(const char *path, uint64_t want)
{
    sqlite3 *db;
    sqlite3_stmt *q;
    bench_sqlite(NULL, sqlite3_open(path, &db));
    bench_sqlite(db, sqlite3_exec(db, "PRAGMA cache_size=-6144; PRAGMA temp_store=MEMORY", NULL,
                                  NULL, NULL));
    struct took t = took_start();
    bench_sqlite(db, sqlite3_prepare_v2(db, raw_sql, -1, &q, NULL));
    bench_sqlite(db, sqlite3_step(q));
    if ((uint64_t)sqlite3_column_int64(q, 0) != want)
        bench_die("raw", "not all targets were counted");
    sqlite3_finalize(q);
    double cpu = took_end(t).cpu;
    sqlite3_close(db);
    return cpu;
}

int main(void)
{
    const uint64_t half = bench_full() ? 500000 : 50000;
    struct lone_root root;
    struct lone_office p, c, k;
    char dir[300], path[400];
    double once[2], beside[2];
    bench_dir(dir);
    lone_root_make(&root, "bench.example");
    lone_office_make(&p, dir, "14", NULL, &root);
    lone_office_make(&c, dir, "1406", &p, &root);
    lone_office_make(&k, dir, "140602", &c, &root);
    snprintf(path, sizeof(path), "%s/1406/qian.db", dir);
    for (unsigned i = 0; i < 2; i++) {
        fill(path, i * half, (i + 1) * half);
        once[i] = counted(c.st, (i + 1) * half);
        beside[i] = raw(path, (i + 1) * half);
        printf("figures.targets-%llu %.2f s\nfigures.raw-%llu %.2f s\n",
               (unsigned long long)((i + 1) * half), once[i], (unsigned long long)((i + 1) * half),
               beside[i]);
        fflush(stdout);
    }
    bench_goal("figures-twice-as-many", once[1] / once[0], true, 2.6);
    /* Of a target it is asked whether it was revised, sent on, void, in which class, followed up, due and received when. */
    bench_goal("figures-beside-raw", once[1] / beside[1], true, 25);
    store_close(c.st);
    store_close(p.st);
    store_close(k.st);
    if (!getenv("KEEP"))
        bench_remove(dir);
    return 0;
}
