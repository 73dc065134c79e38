/* anchor.c - what the anchor adds to an act: the same acts with its file open and without it, as a coin falls. An act of
 * one row, since what it adds is the same for any number of rows.                                              */
#include "tests/bench/bench.h"

#include "node/store/internal.h"

#define ACTS 1500 /* of a run */

static struct took one(struct store *st, bool anchored, uint64_t at)
{
    const struct bench_line *line = bench_lines(&bench_public, at, 1, 1);
    int fd = st->anchor.fd;
    if (!anchored)
        st->anchor.fd = -1;
    struct took from = took_start();
    bench_act(st, &bench_public, line, 1, 1, NULL);
    from = took_end(from);
    st->anchor.fd = fd;
    return from;
}

int main(void)
{
    char dir[300];
    struct lone_root root;
    struct lone_office o = {0};
    struct qn_err err;
    uint64_t at = 0, coin = 1;
    double cpu[RUNS], wall[RUNS], adds[RUNS];
    bench_dir(dir);
    lone_root_make(&root, "bench.example");
    lone_office_make(&o, dir, "14", NULL, &root);
    lone_must(anchor_open(o.st, &err), &err, "anchor");
    if (o.st->anchor.fd < 0)
        bench_die("anchor", "the office has none");
    for (int i = 0; i < RUNS; i++) {
        struct took sum[2] = {{0}};
        unsigned n[2] = {0};
        for (unsigned k = 0; k < ACTS; k++) {
            unsigned anchored = bench_lot(&coin, 2);
            took_add(&sum[anchored], one(o.st, anchored, at++));
            n[anchored]++;
        }
        cpu[i] = sum[1].cpu / n[1] / (sum[0].cpu / n[0]);
        wall[i] = sum[1].wall / n[1] / (sum[0].wall / n[0]);
        adds[i] = (sum[1].cpu / n[1] - sum[0].cpu / n[0]) * 1e6;
    }
    printf("anchor-act-cpu %.3f ratio\nanchor-act-wall %.3f ratio\nanchor-act-adds %.1f us\n",
           bench_median(cpu), bench_median(wall), bench_median(adds));
    store_close(o.st);
    keys_free(o.keys);
    keys_free(root.keys);
    bench_remove(dir);
    return 0;
}
