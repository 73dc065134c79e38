/* backup.c - what a backup costs against a bare copy of the same database by the same interface of SQLite, written to the same
 * disk and flushed. QIAN_BENCH=full: a million rows in acts of a hundred.                                            */
#include "tests/bench/bench.h"

#include <sys/stat.h>

#include "node/backup/backup.h"
#include "node/store/copy.h"

static struct qn_err err;

static void must(enum qn_code rc, const char *what)
{
    lone_must(rc, &err, what);
}

static double seconds(double from)
{
    return bench_now(CLOCK_MONOTONIC) - from;
}

static double size_of(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 ? (double)s.st_size / 1048576 : 0;
}

int main(void)
{
    char dir[300], office[320], copy[320], file[320];
    struct lone_root root;
    struct lone_office o = {0};
    unsigned rows = bench_full() ? 1000000 : 50000;
    bench_dir(dir);
    lone_root_make(&root, "bench.example");
    lone_office_make(&o, dir, "14", NULL, &root);
    for (unsigned i = 0; i < rows; i += BATCH)
        bench_act(o.st, &bench_public, bench_lines(&bench_public, i, BATCH, 1), BATCH, 1, NULL);
    snprintf(office, sizeof(office), "%s/14", dir);
    snprintf(copy, sizeof(copy), "%s/copy.db", dir);
    snprintf(file, sizeof(file), "%s/backup", dir);
    double bare[RUNS], whole[RUNS], checked[RUNS], tried[RUNS], mib = 0;
    for (int i = 0; i < RUNS; i++) {
        struct backup_made made;
        struct backup_found found;
        struct backup_create create = {
            .dir = office, .path = file, .passphrase = qn_str("lone office")};
        struct backup_open look = {.path = file, .passphrase = qn_str("lone office"), .work = dir};
        double t = bench_now(CLOCK_MONOTONIC);
        must(copy_make(office, copy, NULL, NULL, NULL, &err), "copy");
        bare[i] = seconds(t);
        t = bench_now(CLOCK_MONOTONIC);
        must(copy_check(copy, &err), "check");
        checked[i] = seconds(t);
        mib = size_of(copy);
        remove(copy);
        t = bench_now(CLOCK_MONOTONIC);
        must(backup_create(&made, &create, &err), "create");
        whole[i] = seconds(t);
        t = bench_now(CLOCK_MONOTONIC);
        must(backup_verify(&found, &look, &err), "verify");
        tried[i] = seconds(t);
        remove(file);
    }
    qsort(bare, RUNS, sizeof(double), bench_by_value);
    qsort(whole, RUNS, sizeof(double), bench_by_value);
    qsort(checked, RUNS, sizeof(double), bench_by_value);
    qsort(tried, RUNS, sizeof(double), bench_by_value);
    printf("backup-rows %u rows\nbackup-database %.1f MiB\n", rows, mib);
    printf(
        "backup-copy %.3f s\nbackup-create %.3f s\nbackup-integrity %.3f s\nbackup-verify %.3f s\n",
        bare[RUNS / 2], whole[RUNS / 2], checked[RUNS / 2], tried[RUNS / 2]);
    printf("backup-create-per-copy %.2f ratio\nbackup-verify-per-integrity %.2f ratio\n",
           whole[RUNS / 2] / bare[RUNS / 2], tried[RUNS / 2] / checked[RUNS / 2]);
    store_close(o.st);
    keys_free(o.keys);
    keys_free(root.keys);
    bench_remove(dir);
    return 0;
}
