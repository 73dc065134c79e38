/* bench.h - shared by the programs of tests/bench: clocks, medians, the rows that are measured.
 *
 * Every program prints one `name value unit` a line. CPU time is the process's own, wall includes waiting for the
 * disk; a shared machine is noisy, so read the ratios: their sides take turns, a quarter of the rows at a time, and each
 * figure is the median of five. QIAN_BENCH=full asks for 100,000 rows and the long series; without it all ends in a
 * few minutes. Lines `goal.NAME value (LIMIT) met|missed` hold a ratio against what was set for it.              */
#ifndef QIAN_TESTS_BENCH_H
#define QIAN_TESTS_BENCH_H

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "node/store/act.h"
#include "qian/entry.h"
#include "tests/tools/lone_office.h"

#define BATCH  100 /* rows of a transaction */
#define RUNS   5
#define BLOCKS 4 /* turns of a run */

static inline bool bench_full(void)
{
    const char *how = getenv("QIAN_BENCH");
    return how && strcmp(how, "full") == 0;
}

static inline double bench_now(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct took {
    double cpu, wall;
};

static inline void took_add(struct took *sum, struct took t)
{
    sum->cpu += t.cpu;
    sum->wall += t.wall;
}

static inline struct took took_start(void)
{
    return (struct took){bench_now(CLOCK_PROCESS_CPUTIME_ID), bench_now(CLOCK_MONOTONIC)};
}

static inline struct took took_end(struct took from)
{
    return (struct took){bench_now(CLOCK_PROCESS_CPUTIME_ID) - from.cpu,
                         bench_now(CLOCK_MONOTONIC) - from.wall};
}

static inline int bench_by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static inline double bench_median(double v[RUNS])
{
    qsort(v, RUNS, sizeof(v[0]), bench_by_value);
    return v[RUNS / 2];
}

static inline void bench_goal(const char *name, double value, bool at_most, double limit)
{
    bool met = at_most ? value <= limit : value >= limit;
    printf("goal.%s %.2f (%s %.2f) %s\n", name, value, at_most ? "at most" : "at least", limit,
           met ? "met" : "missed");
    fflush(stdout);
}

static inline void bench_die(const char *what, const char *why)
{
    fprintf(stderr, "bench: %s: %s\n", what, why);
    exit(1);
}

static inline void bench_sqlite(sqlite3 *db, int rc)
{
    if (rc != SQLITE_OK && rc != SQLITE_DONE && rc != SQLITE_ROW)
        bench_die("sqlite", sqlite3_errmsg(db));
}

/* ---- the rows: published results, about 500 bytes each in a changeset -------------------------------------------- */

/* Two tables of the lane: what is published, stored as it is and found by its target and by its object; and the office's own
 * record, whose part is packed and which is found by its visit.                                                  */
struct bench_table {
    const char *name;
    enum qn_audience audience;
    const char *index; /* all that node/store/schema-1.sql has on it */
};
static const struct bench_table bench_public = {
    "inspection_result", QN_PUBLIC,
    "CREATE INDEX i ON inspection_result (draw_office, draw_id, object_id, id, rev);"
    "CREATE INDEX j ON inspection_result (object_id)"};
static const struct bench_table bench_system = {
    "inspection", QN_SYSTEM, "CREATE INDEX i ON inspection (office, visit_id)"};

/* A draw has about a thousand objects, and a county's inspectors are at work on eight of them at a time. */
#define BENCH_DRAW  1000
#define BENCH_DRAWS 8

struct bench_row {
    char object_id[24], object_name[160], codes[40], text[700];
    int64_t draw;
    int task;
    char task_text[12];
};

/* Words that an inspector writes; put together by lot, so that rows differ as real ones do. */
static inline uint32_t bench_lot(uint64_t *state, uint32_t below)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33) % below;
}

static inline void bench_row(struct bench_row *r, uint64_t i)
{
    static const char *const brand[] = {"恒", "鑫", "盛", "宏", "晋", "朔", "永", "瑞",
                                        "德", "华", "金", "天", "同", "嘉", "泰", "顺",
                                        "达", "源", "昌", "隆", "丰", "和"};
    static const char *const trade[] = {
        "商贸有限责任公司",   "餐饮管理有限公司", "计量检测服务有限公司", "机动车检验有限公司",
        "大药房连锁有限公司", "食品经营部",       "建材销售有限公司",     "农资服务专业合作社"};
    static const char *const found[] = {"未按规定公示应当公示的信息",
                                        "登记事项与实际经营情况不一致",
                                        "通过登记的住所无法联系",
                                        "在用计量器具未按周期检定",
                                        "进货查验记录不完整",
                                        "从业人员健康证明过期",
                                        "特种设备使用登记证未在显著位置张贴",
                                        "检验检测原始记录保存期限不足",
                                        "价格标示不清",
                                        "广告用语缺少依据"};
    static const char *const then[] = {"已当场改正", "责令十五日内改正", "移交县局执法大队立案调查",
                                       "已约谈负责人并复查", "列入经营异常名录"};
    uint64_t s = i * 0x9e3779b97f4a7c15u + 12345;
    bench_lot(&s, 2);
    snprintf(r->object_id, sizeof(r->object_id), "E:911406%02uMA%08X", bench_lot(&s, 24) + 1,
             (unsigned)(i * 2654435761u));
    snprintf(r->object_name, sizeof(r->object_name), "朔州市朔城区%s%s%s%s",
             brand[bench_lot(&s, 22)], brand[bench_lot(&s, 22)], brand[bench_lot(&s, 22)],
             trade[bench_lot(&s, 8)]);
    snprintf(r->codes, sizeof(r->codes), "R%02u,R%02u", bench_lot(&s, 9) + 1,
             bench_lot(&s, 12) + 10);
    size_t n = 0;
    for (unsigned k = 0; k < 3; k++)
        n += (size_t)snprintf(r->text + n, sizeof(r->text) - n, "第%u项（%u处）：%s，%s；",
                              bench_lot(&s, 40) + 1, bench_lot(&s, 9) + 1, found[bench_lot(&s, 10)],
                              then[bench_lot(&s, 5)]);
    snprintf(r->text + n, sizeof(r->text) - n, "编号%08X。", bench_lot(&s, UINT32_MAX));
    r->draw = (int64_t)(i / (BENCH_DRAW * BENCH_DRAWS) * BENCH_DRAWS + i % BENCH_DRAWS);
    r->task = (int)bench_lot(&s, 12) + 1;
    snprintf(r->task_text, sizeof(r->task_text), "%d", r->task);
}

/* The rows of one transaction, made before its clock starts. */
static inline const struct bench_row *bench_rows(uint64_t from, unsigned rows)
{
    static struct bench_row r[BATCH];
    for (unsigned k = 0; k < rows; k++)
        bench_row(&r[k], from + k);
    return r;
}

/* The column's value in row r; both sides write the same. NULL: none. */
static inline bool bench_int(const char *col, const struct bench_row *r, int64_t *out)
{
    if (strcmp(col, "draw_id") == 0)
        *out = (INT64_C(1) << 51) + ((45 + r->draw) << 16);
    else if (strcmp(col, "visit_id") == 0)
        *out = (INT64_C(1) << 51) + ((45 + r->draw) << 16) + 7;
    else if (strcmp(col, "round") == 0)
        *out = 1;
    else if (strcmp(col, "slot_no") == 0)
        *out = r->task;
    else
        return false;
    return true;
}

static inline const char *bench_text(const char *col, const struct bench_row *r, int64_t rev)
{
    static const struct {
        const char *col, *value;
    } same[] = {{"draw_office", "140602"},
                {"completed_on", "2021-09-16"},
                {"inspectors", "张三(晋F-0001);李四(晋F-0002)"},
                {"started", "2021-09-16T09:00:00"},
                {"completed", "2021-09-16T10:30:00"},
                {"acted_by", "张三"},
                {"recorded_on", "2021-09-16T16:20:00"}};
    if (strcmp(col, "object_id") == 0)
        return r->object_id;
    if (strcmp(col, "object_name") == 0)
        return r->object_name;
    if (strcmp(col, "codes") == 0)
        return r->codes;
    if (strcmp(col, "result_text") == 0)
        return r->text;
    if (strcmp(col, "task") == 0)
        return r->task_text;
    if (strcmp(col, "reason") == 0)
        return rev > 1 ? "复查后更正" : NULL;
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
        if (strcmp(col, same[i].col) == 0)
            return same[i].value;
    return NULL;
}

/* What stands in each column, looked up once: neither side pays for it. */
struct bench_cell {
    const char *col; /* NULL: nothing is set */
    bool text;
    int64_t i;
    const char *s;
};
struct bench_line {
    unsigned n;
    struct bench_cell cell[QN_COLUMNS];
};

static inline const struct qn_table *bench_registered(const struct bench_table *t)
{
    const struct qn_registry *reg;
    struct qn_err err;
    lone_must(qn_registry_get(&reg, QN_REGISTRY_CURRENT, &err), &err, "registry");
    return qn_registry_table(reg, qn_str(t->name));
}

/* The rows of one transaction, made before its clock starts. */
static inline const struct bench_line *bench_lines(const struct bench_table *t, uint64_t from,
                                                   unsigned rows, int64_t rev)
{
    static struct bench_row r[BATCH];
    static struct bench_line line[BATCH];
    const struct qn_table *reg = bench_registered(t);
    for (unsigned k = 0; k < rows; k++) {
        bench_row(&r[k], from + k);
        line[k].n = reg->ncols;
        for (unsigned i = QN_KEY_COLUMNS; i < reg->ncols; i++) {
            struct bench_cell c = {.col = reg->col[i].name, .text = reg->col[i].type == QN_TEXT};
            if (c.text)
                c.s = bench_text(c.col, &r[k], rev);
            if (c.text ? !c.s : !bench_int(c.col, &r[k], &c.i))
                c.col = NULL;
            line[k].cell[i] = c;
        }
    }
    return line;
}

/* One act of `rows` rows. ids: in for a revision, out for new ones; may be NULL. */
static inline void bench_act(struct store *st, const struct bench_table *t,
                             const struct bench_line *line, unsigned rows, int64_t rev,
                             int64_t *ids)
{
    struct qn_err err;
    QN_AUTO(act) struct act a = {0};
    lone_must(act_open(&a, st, QN_KIND_RESULT, QN_LANE_RESULT, &err), &err, "begin");
    lone_must(act_part(&a, t->audience, QN_TO_OFFICE, NULL, &err), &err, "part");
    for (unsigned k = 0; k < rows; k++) {
        struct qn_row row;
        int64_t id = rev > 1 ? ids[k] : act_id(&a);
        if (ids)
            ids[k] = id;
        row_start(&row, &a, t->name, id, rev);
        for (unsigned i = QN_KEY_COLUMNS; i < line[k].n; i++) {
            const struct bench_cell *c = &line[k].cell[i];
            if (c->col && c->text)
                row_text(&row, c->col, c->s);
            else if (c->col)
                row_int(&row, c->col, c->i);
        }
        lone_must(act_put(&a, &row, &err), &err, "put");
    }
    lone_must(act_commit(&a, NULL, NULL, &err), &err, "commit");
}

/* ---- the raw library: the same table and index, the same values, the same pragmas, nothing else -------------------- */

struct plain {
    sqlite3 *db;
    sqlite3_stmt *insert;
    const struct bench_table *t;
};

static inline void plain_open(struct plain *p, const char *path, const struct bench_table *table)
{
    struct qn_buf ddl, sql;
    const struct qn_table *t = bench_registered(table);
    bool there = access(path, F_OK) == 0; /* then it grows */
    p->t = table;
    qn_buf_init(&ddl, 65536);
    qn_buf_init(&sql, 65536);
    qn_registry_ddl(&ddl, t);
    qn_put_uint(&ddl, 0, 1);
    qn_put_fmt(&sql, "INSERT INTO %s VALUES(", table->name);
    for (unsigned i = 0; i < t->ncols; i++)
        qn_put_str(&sql, i ? ",?" : "?");
    qn_put_str(&sql, ")");
    bench_sqlite(p->db, sqlite3_open(path, &p->db));
    bench_sqlite(p->db, sqlite3_exec(p->db, STORE_PRAGMAS, NULL, NULL, NULL));
    if (!there)
        bench_sqlite(p->db, sqlite3_exec(p->db, (const char *)ddl.p, NULL, NULL, NULL));
    if (!there && table->index)
        bench_sqlite(p->db, sqlite3_exec(p->db, table->index, NULL, NULL, NULL));
    bench_sqlite(p->db,
                 sqlite3_prepare_v2(p->db, (const char *)sql.p, (int)sql.n, &p->insert, NULL));
    qn_buf_release(&ddl);
    qn_buf_release(&sql);
}

static inline void plain_close(struct plain *p)
{
    sqlite3_finalize(p->insert);
    sqlite3_close(p->db);
}

/* One transaction of `rows` rows; the ids go on from id. */
static inline void plain_put(struct plain *p, const struct bench_line *line, unsigned rows,
                             int64_t id, int64_t rev)
{
    sqlite3_stmt *s = p->insert;
    bench_sqlite(p->db, sqlite3_exec(p->db, "BEGIN IMMEDIATE", NULL, NULL, NULL));
    for (unsigned k = 0; k < rows; k++) {
        sqlite3_bind_text(s, 1, "1406", -1, SQLITE_STATIC);
        sqlite3_bind_int64(s, 2, id + k);
        sqlite3_bind_int64(s, 3, rev);
        for (unsigned i = QN_KEY_COLUMNS; i < line[k].n; i++) {
            const struct bench_cell *c = &line[k].cell[i];
            if (!c->col)
                sqlite3_bind_null(s, (int)i + 1);
            else if (c->text)
                sqlite3_bind_text(s, (int)i + 1, c->s, -1, SQLITE_STATIC);
            else
                sqlite3_bind_int64(s, (int)i + 1, c->i);
        }
        bench_sqlite(p->db, sqlite3_step(s));
        sqlite3_reset(s);
    }
    bench_sqlite(p->db, sqlite3_exec(p->db, "COMMIT", NULL, NULL, NULL));
}

/* ---- directories ------------------------------------------------------------------------------------------------- */

/* A fresh one under $TMPDIR: where it lies decides what waiting for the disk costs. */
static inline void bench_dir(char out[300])
{
    const char *base = getenv("TMPDIR");
    snprintf(out, 300, "%.200s/qian-bench-XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(out))
        bench_die(out, "not made");
}

static inline void bench_remove(const char *dir)
{
    char cmd[400];
    snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
    if (system(cmd) != 0)
        bench_die(dir, "not removed");
}
#endif
