/* bench.c - the cost of a row, as ratios against the raw library in the same run. One `name value unit` a line.
 *
 * 20,000 roster rows of about 500 bytes in transactions of 100, synchronous=EXTRA, medians of 5. CPU time is
 * the process's own; wall includes waiting for the disk. A shared machine is noisy: read the ratios.        */
#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/store/act.h"
#include "node/store/ingest.h"
#include "node/store/log.h"
#include "node/store/part.h"
#include "qian/frame.h"
#include "tests/tools/lone_office.h"

#define ROWS  20000
#define BATCH 100
#define RUNS  5

static struct qn_err err;

static void must(enum qn_code rc, const char *what)
{
    lone_must(rc, &err, what);
}

static double now(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct took {
    double cpu, wall;
};

static int by_cpu(const void *a, const void *b)
{
    const struct took *x = a, *y = b;
    return (x->cpu > y->cpu) - (x->cpu < y->cpu);
}

static struct took median(struct took *t)
{
    qsort(t, RUNS, sizeof(*t), by_cpu);
    return t[RUNS / 2];
}

static const char *text_of(char *room, size_t cap, int i)
{
    snprintf(
        room, cap,
        "%06d "
        "朔州市朔城区某某商贸有限责任公司，经营食品、日用百货、五金交电、计量器具及检验检测服务",
        i);
    return room;
}

static void fill(struct qn_row *row, struct act *a, int i, char room[4][400])
{
    row_start(row, a, "object", act_id(a), 1);
    row_int(row, "roster", 1);
    snprintf(room[0], 400, "E:91140602MA%08d", i);
    row_text(row, "object_id", room[0]);
    row_text(row, "name", text_of(room[1], 400, i));
    row_text(row, "uscc", room[0] + 2);
    row_text(row, "address", text_of(room[2], 400, i));
    row_text(row, "inspecting_office", "140602");
    row_text(row, "tags", "101,102,117,118");
    row_text(row, "status", "in_business");
    row_text(row, "risk_class", "B");
    row_int(row, "complaints", i % 3);
    row_int(row, "inspected_this_year", 0);
    row_text(row, "acted_by", "bench");
    row_text(row, "recorded_on", "2021-08-16T09:00:00");
}

/* ---- the raw library: the same table, the same values, nothing else ------------------------------------------ */

static struct took plain(const char *dir)
{
    char path[300], room[3][400];
    sqlite3 *db;
    sqlite3_stmt *s;
    struct qn_buf ddl, sql;
    const struct qn_registry *reg;
    must(qn_registry_get(&reg, QN_REGISTRY_CURRENT, &err), "registry");
    const struct qn_table *t = qn_registry_table(reg, qn_str("object"));
    qn_buf_init(&ddl, 65536);
    qn_buf_init(&sql, 65536);
    qn_registry_ddl(&ddl, t);
    qn_put_uint(&ddl, 0, 1);
    qn_put_fmt(&sql, "INSERT INTO object VALUES(");
    for (unsigned i = 0; i < t->ncols; i++)
        qn_put_str(&sql, i ? ",?" : "?");
    qn_put_str(&sql, ")");
    snprintf(path, sizeof(path), "%s/plain.db", dir);
    remove(path);
    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=EXTRA", NULL, NULL, NULL) !=
            SQLITE_OK ||
        sqlite3_exec(db, (const char *)ddl.p, NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db, (const char *)sql.p, (int)sql.n, &s, NULL) != SQLITE_OK) {
        fprintf(stderr, "bench: %s\n", sqlite3_errmsg(db));
        exit(1);
    }
    double cpu = now(CLOCK_PROCESS_CPUTIME_ID), wall = now(CLOCK_MONOTONIC);
    for (int i = 0; i < ROWS; i++) {
        if (i % BATCH == 0)
            sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
        snprintf(room[0], 400, "E:91140602MA%08d", i);
        text_of(room[1], 400, i);
        text_of(room[2], 400, i);
        const char *const text[] = {"140602",      NULL,
                                    NULL,          NULL,
                                    room[0],       room[1],
                                    room[0] + 2,   NULL,
                                    NULL,          room[2],
                                    "140602",      NULL,
                                    NULL,          "101,102,117,118",
                                    "in_business", "B",
                                    NULL,          NULL,
                                    NULL,          NULL,
                                    "bench",       "2021-08-16T09:00:00",
                                    NULL};
        for (unsigned k = 0; k < t->ncols; k++)
            if (t->col[k].type == QN_INTEGER)
                sqlite3_bind_int64(s, (int)k + 1,
                                   k == 1 ? (1LL << 51) + ((int64_t)(i / BATCH) << 16) + i % BATCH
                                          : 1);
            else if (text[k])
                sqlite3_bind_text(s, (int)k + 1, text[k], -1, SQLITE_STATIC);
            else
                sqlite3_bind_null(s, (int)k + 1);
        if (sqlite3_step(s) != SQLITE_DONE) {
            fprintf(stderr, "bench: %s\n", sqlite3_errmsg(db));
            exit(1);
        }
        sqlite3_reset(s);
        if (i % BATCH == BATCH - 1)
            sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    }
    struct took r = {now(CLOCK_PROCESS_CPUTIME_ID) - cpu, now(CLOCK_MONOTONIC) - wall};
    sqlite3_finalize(s);
    sqlite3_close(db);
    qn_buf_release(&ddl);
    qn_buf_release(&sql);
    return r;
}

/* ---- ours -------------------------------------------------------------------------------------------------------- */

static struct took captured(struct lone_office *o)
{
    char room[4][400];
    double cpu = now(CLOCK_PROCESS_CPUTIME_ID), wall = now(CLOCK_MONOTONIC);
    for (int i = 0; i < ROWS;) {
        QN_AUTO(act) struct act a = {0};
        must(act_begin(&a, o->st, QN_KIND_ROSTER, QN_LANE_BULK, &err), "begin");
        must(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &err), "part");
        for (int k = 0; k < BATCH; k++, i++) {
            struct qn_row row;
            fill(&row, &a, i, room);
            must(act_put(&a, &row, &err), "put");
        }
        must(act_commit(&a, NULL, NULL, &err), "commit");
    }
    return (struct took){now(CLOCK_PROCESS_CPUTIME_ID) - cpu, now(CLOCK_MONOTONIC) - wall};
}

/* Everything of the child's log since `from`, through the parent's whole way in: frames already in memory. */
static struct took ingested(struct lone_office *child, struct lone_office *parent, uint64_t from,
                            double *validate, double *stored)
{
    struct qn_buf stream, one;
    struct log log;
    qn_buf_init(&stream, 256u << 20);
    must(log_find(&log, child->st, store_origin(child->st), &err), "log");
    must(enrol_chain(&stream, child->st, log.office, &err), "chain");
    qn_buf_init(&one, QN_FRAME_MAX);
    must(log_checkpoint_note(&one, child->st, &log, log.size, &err), "checkpoint");
    qn_frame_put(&stream, QN_FRAME_CHECKPOINT, qn_buf_span(&one));
    for (uint64_t seq = from; seq < log.size; seq++) {
        struct log_entry e = {0};
        must(log_entry_get(&e, child->st, &log, seq, &err), "entry");
        one.n = 0;
        qn_put(&one, e.sig, QN_SIG);
        qn_put_span(&one, qn_buf_span(&e.bytes));
        qn_frame_put(&stream, QN_FRAME_HEADER, qn_buf_span(&one));
        log_entry_release(&e);
    }
    double reading = 0;
    *stored = 0;
    for (uint64_t seq = from; seq < log.size; seq++) {
        struct log_part p = {0};
        struct log_entry e = {0};
        struct qn_buf room = {0};
        struct qn_span raw;
        must(log_entry_get(&e, child->st, &log, seq, &err), "entry");
        must(log_part_get(&p, child->st, &log, seq, 0, &err), "part");
        one.n = 0;
        qn_part_frame_encode(&one, &(struct qn_part_frame){qn_str(log.origin), seq, 0, p.salt,
                                                           qn_buf_span(&p.stored)});
        qn_frame_put(&stream, QN_FRAME_PART, qn_buf_span(&one));
        struct qn_change_limits limits = {store_registry(child->st), QN_LANE_BULK, QN_SYSTEM,
                                          QN_PART_ROWS};
        uint32_t rows;
        must(part_raw(&raw, &room, &e.h.part[0], qn_buf_span(&p.stored), &err), "raw");
        *stored += (double)p.stored.n;
        double at = now(CLOCK_PROCESS_CPUTIME_ID);
        must(qn_change_read(raw, &limits, NULL, NULL, &rows, &err), "read");
        reading += now(CLOCK_PROCESS_CPUTIME_ID) - at;
        log_entry_release(&e);
        qn_buf_release(&room);
        log_part_release(&p);
    }
    *validate = reading;
    must(qn_buf_check(&stream, &err), "stream");
    double cpu = now(CLOCK_PROCESS_CPUTIME_ID), wall = now(CLOCK_MONOTONIC);
    struct ingest *in;
    must(ingest_open(&in, parent->st, &err), "ingest");
    for (struct qn_span s = qn_buf_span(&stream); s.n;) {
        enum qn_frame_type type;
        struct qn_span payload;
        size_t need;
        must(qn_frame_take(&s, &type, &payload, &need, &err), "frame");
        must(ingest_frame(in, type, payload, &err), "take");
    }
    must(ingest_finish(in, NULL, &err), "finish");
    struct took r = {now(CLOCK_PROCESS_CPUTIME_ID) - cpu, now(CLOCK_MONOTONIC) - wall};
    if (ingest_tally(in)->rows != ROWS) {
        fprintf(stderr, "bench: %llu rows came through instead of %d\n",
                (unsigned long long)ingest_tally(in)->rows, ROWS);
        exit(1);
    }
    ingest_free(in);
    qn_buf_release(&stream);
    qn_buf_release(&one);
    return r;
}

int main(void)
{
    char dir[] = "/tmp/qian-bench-XXXXXX", cmd[128];
    struct lone_root root;
    struct lone_office p, c;
    if (!mkdtemp(dir))
        return 1;
    lone_root_make(&root, "bench.example");
    lone_office_make(&p, dir, "14", NULL, &root);
    lone_office_make(&c, dir, "1406", &p, &root);
    struct took raw[RUNS], own[RUNS], in[RUNS], val[RUNS];
    double stored = 0;
    for (int i = 0; i < RUNS; i++) {
        struct log log;
        must(log_find(&log, c.st, store_origin(c.st), &err), "log");
        raw[i] = plain(dir);
        own[i] = captured(&c);
        in[i] = ingested(&c, &p, log.size, &val[i].cpu, &stored);
    }
    struct took r = median(raw), o = median(own), g = median(in), v = median(val);
    printf("plain-insert-cpu %.2f us/row\n", r.cpu / ROWS * 1e6);
    printf("plain-insert-wall %.2f us/row\n", r.wall / ROWS * 1e6);
    printf("act-cpu %.2f us/row\n", o.cpu / ROWS * 1e6);
    printf("act-wall %.2f us/row\n", o.wall / ROWS * 1e6);
    printf("act-cpu-ratio %.2f x plain\n", o.cpu / r.cpu);
    printf("ingest-cpu %.2f us/row\n", g.cpu / ROWS * 1e6);
    printf("ingest-wall %.2f us/row\n", g.wall / ROWS * 1e6);
    printf("ingest-rate-ratio %.2f x plain rows/s\n", r.cpu / g.cpu);
    printf("stored %.0f bytes/row\n", stored / ROWS);
    printf("validate %.1f Mrows/s\n", ROWS / v.cpu / 1e6);
    store_close(c.st);
    store_close(p.st);
    keys_free(c.keys);
    keys_free(p.keys);
    keys_free(root.keys);
    snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
    return system(cmd) != 0;
}
