/* path.c - the parent's whole path over HTTP with a backlog: rows a second, bytes on the wire, memory, and what a
 * row costs when there are many.                                                                              */
#include "tests/bench/pair.h"

#include "node/store/ingest.h"
#include "node/store/log.h"

/* The raw library's cost of these rows, in a process of its own; its table grows as the office's does. */
static struct took plain_of(const char *dir, const char *name, const struct bench_table *t,
                            uint64_t from, unsigned rows)
{
    struct took sum = {0, 0};
    int p[2];
    if (pipe(p) != 0)
        bench_die("pipe", "failed");
    pid_t pid = fork();
    if (!pid) {
        struct plain db;
        char path[400];
        snprintf(path, sizeof(path), "%s/%s-%s.db", dir, name, t->name);
        plain_open(&db, path, t);
        for (uint64_t i = from; i < from + rows; i += BATCH) {
            const struct bench_line *line = bench_lines(t, i, BATCH, 1);
            struct took one = took_start();
            plain_put(&db, line, BATCH, (INT64_C(1) << 51) + ((int64_t)(i / BATCH) << 16), 1);
            took_add(&sum, took_end(one));
        }
        plain_close(&db);
        _exit(write(p[1], &sum, sizeof(sum)) != sizeof(sum));
    }
    if (pid < 0 || read(p[0], &sum, sizeof(sum)) != sizeof(sum) || waitpid(pid, NULL, 0) != pid)
        bench_die("plain", "failed");
    close(p[0]);
    close(p[1]);
    return sum;
}

static uint64_t log_size(struct pair *p)
{
    struct log log;
    struct qn_err err;
    lone_must(log_find(&log, p->child.st, store_origin(p->child.st), &err), &err, "log");
    return log.size;
}

/* Bytes of the changesets of entries from..to, unpacked. */
static double raw_bytes(struct pair *p, uint64_t from, uint64_t to)
{
    struct log log;
    struct qn_err err;
    double sum = 0;
    lone_must(log_find(&log, p->child.st, store_origin(p->child.st), &err), &err, "log");
    for (uint64_t seq = from; seq < to; seq++) {
        QN_AUTO(log_entry) struct log_entry e = {0};
        lone_must(log_entry_get(&e, p->child.st, &log, seq, &err), &err, "entry");
        for (unsigned i = 0; i < e.h.nparts; i++)
            sum += e.h.part[i].raw;
    }
    return sum;
}

static void goal(const char *name, const struct bench_table *t, double value, bool at_most,
                 double limit)
{
    char full[96];
    snprintf(full, sizeof(full), "%s.%s", name, t->name);
    bench_goal(full, value, at_most, limit);
}

struct backlog {
    struct took act; /* writing it */
    double parent_cpu, child_cpu, wall, wire, raw;
};

static struct backlog run(struct pair *p, const struct bench_table *t, uint64_t first,
                          unsigned rows, unsigned batch)
{
    struct backlog b = {.wire = 0};
    uint64_t from = log_size(p);
    for (unsigned i = 0; i < rows; i += batch) {
        const struct bench_line *line = bench_lines(t, first + i, batch, 1);
        struct took one = took_start();
        bench_act(p->child.st, t, line, batch, 1, NULL);
        took_add(&b.act, took_end(one));
    }
    double cpu = pair_parent(p, 's').cpu;
    uint64_t wire = wire_bytes;
    struct took sync = took_start();
    pair_sync(p);
    sync = took_end(sync);
    b.wire = (double)(wire_bytes - wire);
    b.parent_cpu = pair_parent(p, 's').cpu - cpu;
    b.child_cpu = sync.cpu;
    b.wall = sync.wall;
    b.raw = raw_bytes(p, from, log_size(p));
    if (pair_acknowledged(p) != log_size(p))
        bench_die("parent", "has not applied everything");
    return b;
}

static void tell(const char *name, const struct bench_table *t, double value, const char *unit)
{
    printf("%s.%s %.2f %s\n", name, t->name, value, unit);
    fflush(stdout);
}

static void throughput(struct pair *p, const char *dir, const struct bench_table *t, unsigned rows,
                       uint64_t *first)
{
    double raw[RUNS], up[RUNS], down[RUNS], wall[RUNS], wire[RUNS], rate[RUNS], wall_rate[RUNS];
    for (unsigned i = 0; i < RUNS; i++) {
        struct took plain = {0, 0};
        struct backlog sum = {.wire = 0};
        for (unsigned k = 0; k < BLOCKS; k++) {
            took_add(&plain, plain_of(dir, "plain", t, *first, rows / BLOCKS));
            struct backlog b = run(p, t, *first, rows / BLOCKS, BATCH);
            *first += rows / BLOCKS;
            sum.parent_cpu += b.parent_cpu;
            sum.child_cpu += b.child_cpu;
            sum.wall += b.wall;
            sum.wire += b.wire;
            sum.raw += b.raw;
        }
        raw[i] = plain.cpu / rows * 1e6;
        up[i] = sum.parent_cpu / rows * 1e6;
        down[i] = sum.child_cpu / rows * 1e6;
        wall[i] = sum.wall / rows * 1e6;
        wire[i] = sum.wire / sum.raw;
        rate[i] = plain.cpu / sum.parent_cpu;
        wall_rate[i] = plain.wall / sum.wall;
    }
    double r = bench_median(rate), bytes = bench_median(wire);
    tell("path-plain-insert-cpu", t, bench_median(raw), "us/row");
    tell("path-parent-cpu", t, bench_median(up), "us/row");
    tell("path-child-cpu", t, bench_median(down), "us/row");
    tell("path-wall", t, bench_median(wall), "us/row");
    tell("path-parent-rate-ratio", t, r, "x plain rows/s of CPU");
    tell("path-wall-rate-ratio", t, bench_median(wall_rate), "x plain rows/s");
    tell("wire-100-rows", t, bytes, "x changeset");
    goal("path-rate", t, r, false, 0.65);
    goal("wire-100-rows", t, bytes, true, 0.29);
}

static void small_entries(struct pair *p, const struct bench_table *t, unsigned entries,
                          uint64_t *first)
{
    struct backlog b = run(p, t, *first, entries, 1);
    *first += entries;
    tell("wire-1-row", t, b.wire / b.raw, "x changeset");
    goal("wire-1-row", t, b.wire / b.raw, true, 1.4);
    tell("path-parent-cpu-1-row", t, b.parent_cpu / entries * 1e6, "us/row");
}

#define STEP  10000
#define LOOKS 3

struct cost_at {
    double act, parent; /* of a row, in rows of plain INSERT into a fresh table at that moment */
    double plain;       /* the same of the raw library in a table that has grown as the office's: what indexes by ids cost */
};

/* What the newest 10,000 rows cost, three times. A machine's speed changes while a million rows go by; what grows with
 * the table is seen beside a yardstick that does not.                                                            */
static struct cost_at look(struct pair *p, const char *dir, const struct bench_table *t,
                           uint64_t *first)
{
    struct cost_at c[LOOKS];
    for (unsigned i = 0; i < LOOKS; i++) {
        char path[400];
        snprintf(path, sizeof(path), "%s/plain-%s.db", dir, t->name);
        unlink(path);
        struct took plain = plain_of(dir, "plain", t, *first, STEP);
        struct backlog b = run(p, t, *first, STEP, BATCH);
        *first += STEP;
        struct took grown = plain_of(dir, "grown", t, *first - STEP, STEP);
        c[i] = (struct cost_at){b.act.cpu / plain.cpu, b.parent_cpu / plain.cpu, grown.cpu / plain.cpu};
    }
    struct cost_at m = c[0];
    for (unsigned i = 0; i < LOOKS; i++) /* the median of three: neither the least nor the most */
        for (unsigned k = 0; k < LOOKS; k++) {
            unsigned o = 3 - i - k;
            if (i == k)
                continue;
            if (c[i].act <= c[k].act && c[k].act <= c[o].act)
                m.act = c[k].act;
            if (c[i].parent <= c[k].parent && c[k].parent <= c[o].parent)
                m.parent = c[k].parent;
            if (c[i].plain <= c[k].plain && c[k].plain <= c[o].plain)
                m.plain = c[k].plain;
        }
    return m;
}

static void series(struct pair *p, const char *dir, const struct bench_table *t, uint64_t *first)
{
    struct cost_at began = {0, 0, 0}, worst = {0, 0, 0};
    for (uint64_t at = STEP; at <= (bench_full() ? 1000000u : 100000u); at *= 10) {
        while (*first + LOOKS * STEP < at) {
            (void)plain_of(dir, "grown", t, *first, STEP);
            run(p, t, (*first += STEP) - STEP, STEP, BATCH);
        }
        struct cost_at c = look(p, dir, t, first);
        char name[64];
        snprintf(name, sizeof(name), "series-act-%llu", (unsigned long long)at);
        tell(name, t, c.act, "x plain into a fresh table");
        snprintf(name, sizeof(name), "series-parent-%llu", (unsigned long long)at);
        tell(name, t, c.parent, "x plain into a fresh table");
        snprintf(name, sizeof(name), "series-plain-%llu", (unsigned long long)at);
        tell(name, t, c.plain, "x plain into a fresh table");
        snprintf(name, sizeof(name), "memory-parent-%llu", (unsigned long long)at);
        tell(name, t, pair_parent(p, 's').hwm_mib, "MiB");
        snprintf(name, sizeof(name), "memory-child-%llu", (unsigned long long)at);
        tell(name, t, cost_now().hwm_mib, "MiB");
        if (!began.act)
            began = c;
        worst.act = c.act > worst.act ? c.act : worst.act;
        worst.parent = c.parent > worst.parent ? c.parent : worst.parent;
    }
    goal("act-growth", t, worst.act / began.act, true, 1.3);
    goal("path-growth", t, worst.parent / began.parent, true, 1.3);
}

/* All that waits goes over in one call: here the buffers of a request and an answer are full. */
static void backlog_memory(struct pair *p, const struct bench_table *t, unsigned rows,
                           uint64_t *first)
{
    cost_reset();
    pair_parent(p, 'r');
    run(p, t, *first, rows, BATCH);
    *first += rows;
    goal("memory-parent", t, pair_parent(p, 's').hwm_mib, true, 32);
    goal("memory-child", t, cost_now().hwm_mib, true, 32);
}

static void measure(const struct bench_table *t)
{
    char dir[300];
    struct pair p;
    uint64_t first = 0;
    bench_dir(dir);
    pair_start(&p, dir);
    cost_reset();
    pair_parent(&p, 'r');
    series(&p, dir, t, &first);
    backlog_memory(&p, t, 100000, &first);
    small_entries(&p, t, 2000, &first);
    pair_stop(&p);
    bench_remove(dir);
    bench_dir(dir);
    first = 0;
    pair_start(&p, dir);
    throughput(&p, dir, t, bench_full() ? 100000 : 20000, &first);
    pair_stop(&p);
    bench_remove(dir);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    measure(&bench_system);
    measure(&bench_public);
    return 0;
}
