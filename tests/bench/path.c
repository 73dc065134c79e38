/* path.c - the parent's whole path over HTTP with a backlog: rows a second, bytes on the wire, memory, and what a
 * row costs when there are many.                                                                              */
#include "tests/bench/pair.h"

#include "node/store/ingest.h"
#include "node/store/log.h"

/* The raw library's cost of these rows, in a process of its own; its table grows as the office's does. */
static struct took plain_of(const char *dir, const struct bench_table *t, uint64_t from,
                            unsigned rows)
{
    struct took sum = {0, 0};
    int p[2];
    if (pipe(p) != 0)
        bench_die("pipe", "failed");
    pid_t pid = fork();
    if (!pid) {
        struct plain db;
        char path[400];
        snprintf(path, sizeof(path), "%s/plain-%s.db", dir, t->name);
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

static double median5(double v[RUNS])
{
    qsort(v, RUNS, sizeof(v[0]), bench_by_value);
    return v[RUNS / 2];
}

static void throughput(struct pair *p, const char *dir, const struct bench_table *t, unsigned rows,
                       uint64_t *first)
{
    double raw[RUNS], raw_wall[RUNS], up[RUNS], down[RUNS], wall[RUNS], wire[RUNS];
    for (unsigned i = 0; i < RUNS; i++) {
        struct took plain = plain_of(dir, t, *first, rows);
        struct backlog b = run(p, t, *first, rows, BATCH);
        *first += rows;
        raw[i] = plain.cpu / rows * 1e6;
        raw_wall[i] = plain.wall / rows * 1e6;
        up[i] = b.parent_cpu / rows * 1e6;
        down[i] = b.child_cpu / rows * 1e6;
        wall[i] = b.wall / rows * 1e6;
        wire[i] = b.wire / b.raw;
    }
    double r = median5(raw), rw = median5(raw_wall), u = median5(up), w = median5(wall);
    tell("path-plain-insert-cpu", t, r, "us/row");
    tell("path-plain-insert-wall", t, rw, "us/row");
    tell("path-parent-cpu", t, u, "us/row");
    tell("path-child-cpu", t, median5(down), "us/row");
    tell("path-wall", t, w, "us/row");
    tell("path-parent-rate-ratio", t, r / u, "x plain rows/s of CPU");
    tell("path-wall-rate-ratio", t, rw / w, "x plain rows/s");
    tell("wire-100-rows", t, median5(wire), "x changeset");
}

static void small_entries(struct pair *p, const struct bench_table *t, unsigned entries,
                          uint64_t *first)
{
    struct backlog b = run(p, t, *first, entries, 1);
    *first += entries;
    tell("wire-1-row", t, b.wire / b.raw, "x changeset");
    tell("path-parent-cpu-1-row", t, b.parent_cpu / entries * 1e6, "us/row");
}

/* What the last 10,000 rows cost when so many are there. */
static void series(struct pair *p, const struct bench_table *t, uint64_t *first)
{
    double act = 0, parent = 0, act_worst = 0, parent_worst = 0;
    uint64_t held = 0, step = 10000;
    for (uint64_t at = 10000; at <= (bench_full() ? 1000000u : 100000u); at *= 10) {
        for (; held + step < at; held += step, *first += step)
            run(p, t, *first, (unsigned)step, BATCH);
        struct backlog b = run(p, t, *first, (unsigned)step, BATCH);
        held += step;
        *first += step;
        char name[64];
        double a = b.act.cpu / (double)step * 1e6, u = b.parent_cpu / (double)step * 1e6;
        snprintf(name, sizeof(name), "series-act-cpu-%llu", (unsigned long long)at);
        tell(name, t, a, "us/row");
        snprintf(name, sizeof(name), "series-parent-cpu-%llu", (unsigned long long)at);
        tell(name, t, u, "us/row");
        snprintf(name, sizeof(name), "memory-parent-%llu", (unsigned long long)at);
        tell(name, t, pair_parent(p, 's').hwm_mib, "MiB");
        snprintf(name, sizeof(name), "memory-child-%llu", (unsigned long long)at);
        tell(name, t, cost_now().hwm_mib, "MiB");
        if (!act) {
            act = a;
            parent = u;
        }
        act_worst = a > act_worst ? a : act_worst;
        parent_worst = u > parent_worst ? u : parent_worst;
    }
    tell("series-act-growth", t, act_worst / act, "x first");
    tell("series-parent-growth", t, parent_worst / parent, "x first");
}

/* All that waits goes over in one call: here the buffers of a request and an answer are full. */
static void backlog_memory(struct pair *p, const struct bench_table *t, unsigned rows,
                           uint64_t *first)
{
    cost_reset();
    pair_parent(p, 'r');
    run(p, t, *first, rows, BATCH);
    *first += rows;
    tell("memory-parent-backlog", t, pair_parent(p, 's').hwm_mib, "MiB");
    tell("memory-child-backlog", t, cost_now().hwm_mib, "MiB");
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
    series(&p, t, &first);
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
