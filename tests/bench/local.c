/* local.c - a complete local write, and the way in for bytes that lie in memory, beside the raw library. */
#include "node/store/ingest.h"
#include "node/store/log.h"
#include "node/store/part.h"
#include "qian/frame.h"
#include "tests/bench/bench.h"

#define VALIDATIONS 8 /* of one part */

static struct qn_err err;

static void must(enum qn_code rc, const char *what)
{
    lone_must(rc, &err, what);
}

/* Its table grows from run to run, as the office's does. */
static struct took plain(struct plain *p, unsigned rows, uint64_t from, bool session)
{
    struct took sum = {0, 0};
    for (uint64_t i = from; i < from + rows; i += BATCH) {
        const struct bench_line *r = bench_lines(p->t, i, BATCH, 1);
        struct took t = took_start();
        sqlite3_session *s = NULL;
        void *bytes = NULL;
        int n;
        if (session) {
            bench_sqlite(p->db, sqlite3session_create(p->db, "main", &s));
            bench_sqlite(p->db, sqlite3session_attach(s, p->t->name));
        }
        plain_put(p, r, BATCH, (INT64_C(1) << 51) + ((int64_t)(i / BATCH) << 16), 1);
        if (session) {
            bench_sqlite(p->db, sqlite3session_changeset(s, &n, &bytes));
            sqlite3_free(bytes);
            sqlite3session_delete(s);
        }
        took_add(&sum, took_end(t));
    }
    return sum;
}

static struct took captured(struct lone_office *o, const struct bench_table *table, unsigned rows,
                            uint64_t from)
{
    struct took sum = {0, 0};
    for (unsigned i = 0; i < rows; i += BATCH) {
        const struct bench_line *r = bench_lines(table, from + i, BATCH, 1);
        struct took t = took_start();
        bench_act(o->st, table, r, BATCH, 1, NULL);
        took_add(&sum, took_end(t));
    }
    return sum;
}

/* What the library itself does to go through a changeset: the same bytes, row by row, and nothing is asked of them. */
static void iterate(struct qn_span raw)
{
    sqlite3_changeset_iter *it;
    bench_sqlite(NULL, sqlite3changeset_start(&it, (int)raw.n, (void *)(uintptr_t)raw.p));
    while (sqlite3changeset_next(it) == SQLITE_ROW)
        ;
    bench_sqlite(NULL, sqlite3changeset_finalize(it));
}

/* The goal is the validator's own rate, without the cost of fetching what was just unpacked: several times, then the
 * library as often.                                                                                               */
struct reading {
    double validate, iterate, bytes;
};
static void read_part(struct reading *r, struct qn_span raw, const struct qn_change_limits *limits)
{
    uint32_t rows;
    r->bytes += (double)raw.n;
    double at = bench_now(CLOCK_PROCESS_CPUTIME_ID);
    for (unsigned i = 0; i < VALIDATIONS; i++)
        must(qn_change_read(raw, limits, NULL, NULL, &rows, &err), "read");
    double between = bench_now(CLOCK_PROCESS_CPUTIME_ID);
    for (unsigned i = 0; i < VALIDATIONS; i++)
        iterate(raw);
    r->validate += (between - at) / VALIDATIONS;
    r->iterate += (bench_now(CLOCK_PROCESS_CPUTIME_ID) - between) / VALIDATIONS;
}

/* Everything of the child's log since `from`, as frames in memory: headers, the newest checkpoint, parts. */
static void stream_of(struct qn_buf *out, struct store *st, enum qn_audience audience,
                      uint64_t from, struct reading *reading)
{
    struct qn_buf one;
    struct log log;
    must(log_find(&log, st, store_origin(st), &err), "log");
    must(enrol_chain(out, st, log.office, &err), "chain");
    qn_buf_init(&one, QN_FRAME_MAX);
    for (uint64_t seq = from; seq < log.size; seq++) {
        struct log_entry e = {0};
        must(log_entry_get(&e, st, &log, seq, &err), "entry");
        one.n = 0;
        qn_put(&one, e.sig, QN_SIG);
        qn_put_span(&one, qn_buf_span(&e.bytes));
        qn_frame_put(out, QN_FRAME_HEADER, qn_buf_span(&one));
        log_entry_release(&e);
    }
    one.n = 0;
    must(log_checkpoint_note(&one, st, &log, log.size, &err), "checkpoint");
    qn_frame_put(out, QN_FRAME_CHECKPOINT, qn_buf_span(&one));
    for (uint64_t seq = from; seq < log.size; seq++) {
        struct log_part p = {0};
        struct log_entry e = {0};
        struct qn_buf room = {0};
        struct qn_span raw;
        must(log_entry_get(&e, st, &log, seq, &err), "entry");
        must(log_part_get(&p, st, &log, seq, 0, &err), "part");
        one.n = 0;
        qn_part_frame_encode(&one, &(struct qn_part_frame){qn_str(log.origin), seq, 0, p.salt,
                                                           qn_buf_span(&p.stored)});
        qn_frame_put(out, QN_FRAME_PART, qn_buf_span(&one));
        struct qn_change_limits limits = {store_registry(st), QN_LANE_RESULT, audience,
                                          QN_PART_ROWS};
        must(part_raw(&raw, &room, &e.h.part[0], qn_buf_span(&p.stored), &err), "raw");
        read_part(reading, raw, &limits);
        log_entry_release(&e);
        qn_buf_release(&room);
        log_part_release(&p);
    }
    qn_buf_release(&one);
    must(qn_buf_check(out, &err), "stream");
}

/* Through the parent's whole way in; committed each 256 KiB, as a request is. */
static struct took ingested(struct lone_office *parent, struct qn_span s, unsigned rows)
{
    struct took t = took_start();
    struct ingest *in;
    size_t fed = 0;
    must(ingest_open(&in, parent->st, &err), "ingest");
    while (s.n) {
        enum qn_frame_type type;
        struct qn_span payload;
        size_t need;
        must(qn_frame_take(&s, &type, &payload, &need, &err), "frame");
        must(ingest_frame(in, type, payload, &err), "take");
        fed += payload.n;
        if (fed > 256 * 1024) {
            fed = 0;
            must(ingest_pause(in, &err), "pause");
        }
    }
    must(ingest_finish(in, NULL, &err), "finish");
    t = took_end(t);
    if (ingest_tally(in)->rows != rows)
        bench_die("ingest", "not all rows came through");
    ingest_free(in);
    return t;
}

static void tell(const char *name, const struct bench_table *t, double value, const char *unit)
{
    printf("%s.%s %.2f %s\n", name, t->name, value, unit);
}

enum way { PLAIN, SESSION, ACT, INGEST, WAYS };
static const char *const way_name[WAYS] = {"plain-insert", "plain-insert-with-session", "act",
                                           "ingest"};

/* One run: each way writes the same rows, block by block in turns. */
static void run(struct took out[WAYS], struct reading *reading, struct plain db[2],
                struct lone_office *p, struct lone_office *c, uint64_t at, unsigned rows)
{
    const struct bench_table *t = db[0].t;
    unsigned block = rows / BLOCKS;
    for (uint64_t end = at + rows; at < end; at += block) {
        struct log log;
        struct qn_buf stream;
        qn_buf_init(&stream, 512u << 20);
        must(log_find(&log, c->st, store_origin(c->st), &err), "log");
        took_add(&out[PLAIN], plain(&db[0], block, at, false));
        took_add(&out[SESSION], plain(&db[1], block, at, true));
        took_add(&out[ACT], captured(c, t, block, at));
        stream_of(&stream, c->st, t->audience, log.size, reading);
        took_add(&out[INGEST], ingested(p, qn_buf_span(&stream), block));
        qn_buf_release(&stream);
    }
}

static void measure(const struct bench_table *t, struct lone_office *p, struct lone_office *c,
                    const char *dir, unsigned rows)
{
    double cpu[WAYS][RUNS], wall[WAYS][RUNS], ratio[WAYS][RUNS], wall_ratio[WAYS][RUNS];
    double validate[RUNS], faster[RUNS], bytes[RUNS];
    struct plain db[2];
    for (unsigned i = 0; i < 2; i++) {
        char path[400];
        snprintf(path, sizeof(path), "%s/plain-%s-%u.db", dir, t->name, i);
        plain_open(&db[i], path, t);
    }
    for (unsigned i = 0; i < RUNS; i++) {
        struct took took[WAYS] = {{0, 0}};
        struct reading r = {0};
        run(took, &r, db, p, c, (uint64_t)i * rows, rows);
        bytes[i] = r.bytes;
        validate[i] = r.validate;
        faster[i] = r.iterate / r.validate;
        for (unsigned w = 0; w < WAYS; w++) {
            cpu[w][i] = took[w].cpu / rows * 1e6;
            wall[w][i] = took[w].wall / rows * 1e6;
            ratio[w][i] = took[w].cpu / took[PLAIN].cpu;
            wall_ratio[w][i] = took[w].wall / took[PLAIN].wall;
        }
    }
    tell("changeset", t, bench_median(bytes) / rows, "bytes/row");
    for (unsigned w = 0; w < WAYS; w++) {
        char name[64];
        snprintf(name, sizeof(name), "%s-cpu", way_name[w]);
        tell(name, t, bench_median(cpu[w]), "us/row");
        snprintf(name, sizeof(name), "%s-wall", way_name[w]);
        tell(name, t, bench_median(wall[w]), "us/row");
    }
    double act = bench_median(ratio[ACT]), rate = 1 / bench_median(ratio[INGEST]);
    tell("session-cpu-ratio", t, bench_median(ratio[SESSION]), "x plain");
    tell("act-cpu-ratio", t, act, "x plain");
    tell("act-wall-ratio", t, bench_median(wall_ratio[ACT]), "x plain");
    tell("ingest-rate-ratio", t, rate, "x plain rows/s");
    /* How fast rows go depends on the machine, and on how long they are; beside the library it does not. What bounds it:
     * every byte of a text is judged as UTF-8, which is two thirds of the time; the rest is a step for each value. */
    tell("validate", t, rows / bench_median(validate) / 1e6, "Mrows/s");
    tell("validate-rate-ratio", t, bench_median(faster), "x sqlite3changeset_next");
    if (!t->index)
        bench_goal("act-cpu", act, true, 3.2);
    for (unsigned i = 0; i < 2; i++)
        plain_close(&db[i]);
}

int main(void)
{
    char dir[300];
    unsigned rows = bench_full() ? 100000 : 20000;
    struct lone_root root;
    struct lone_office p, c;
    bench_dir(dir);
    lone_root_make(&root, "bench.example");
    lone_office_make(&p, dir, "14", NULL, &root);
    lone_office_make(&c, dir, "1406", &p, &root);
    printf("rows %u rows\n", rows);
    measure(&bench_system, &p, &c, dir, rows);
    measure(&bench_public, &p, &c, dir, rows);
    store_close(c.st);
    store_close(p.st);
    keys_free(c.keys);
    keys_free(p.keys);
    keys_free(root.keys);
    bench_remove(dir);
    return 0;
}
