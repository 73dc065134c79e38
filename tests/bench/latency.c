/* latency.c - from a commit to the parent's receipt for it, beside a bare libcurl and libmicrohttpd loop that does
 * the same work in SQLite: rows committed here, sent, committed there, the answer committed here.
 *
 * How often each side waits for its disk is counted too: on most disks it is most of what one row takes, and both loops
 * wait three times. What the ratio then comes to is told by the CPU time of each side. A part of that no saving can touch:
 * the entry, its checkpoint, two HAVEs, the cosignature and the receipt are signed here or there and checked at the other
 * end. latency-floor is the ratio if the bare loop and these signatures were all there is: no TLS, no log, no tree, no
 * authority, no validation.                                                                                          */
#include <curl/curl.h>
#include <microhttpd.h>
#include <netinet/in.h>

#include "tests/bench/pair.h"

#define WARM 3

/* ---- the bare loop ----------------------------------------------------------------------------------------------- */

static void put_rows(struct qn_buf *out, const struct bench_line *line, unsigned rows, int64_t rev)
{
    out->n = 0;
    qn_put_uint(out, rows, 4);
    qn_put_uint(out, (uint64_t)rev, 8);
    for (unsigned k = 0; k < rows; k++)
        for (unsigned i = QN_KEY_COLUMNS; i < line[k].n; i++) {
            const struct bench_cell *c = &line[k].cell[i];
            qn_put_uint(out, !c->col ? 0 : c->text ? 1 : 2, 1);
            qn_put_uint(out, c->col && c->text ? strlen(c->s) + 1 : (uint64_t)c->i, 8);
            if (c->col && c->text)
                qn_put(out, c->s, strlen(c->s) + 1);
        }
}

static uint64_t take_uint(const uint8_t **p, unsigned n)
{
    uint64_t v = 0;
    while (n--)
        v = v << 8 | *(*p)++;
    return v;
}

static void take_rows(struct plain *db, const uint8_t *p)
{
    static struct bench_line line[BATCH];
    static const char set[] = "set";
    unsigned rows = (unsigned)take_uint(&p, 4);
    int64_t rev = (int64_t)take_uint(&p, 8);
    unsigned n = bench_registered(db->t)->ncols;
    for (unsigned k = 0; k < rows; k++) {
        line[k].n = n;
        for (unsigned i = QN_KEY_COLUMNS; i < n; i++) {
            unsigned kind = *p++;
            uint64_t v = take_uint(&p, 8);
            line[k].cell[i] = (struct bench_cell){
                .col = kind ? set : NULL, .text = kind == 1, .i = (int64_t)v, .s = (const char *)p};
            p += kind == 1 ? v : 0;
        }
    }
    plain_put(db, line, rows, INT64_C(1) << 51, rev);
}

static enum MHD_Result answer(void *cls, struct MHD_Connection *c, const char *url,
                              const char *method, const char *version, const char *data, size_t *n,
                              void **request)
{
    static char ok[] = "taken\n";
    struct qn_buf *b = *request;
    (void)url, (void)method, (void)version;
    if (!b) {
        b = calloc(1, sizeof(*b));
        if (!b)
            return MHD_NO;
        qn_buf_init(b, 4u << 20);
        *request = b;
        return MHD_YES;
    }
    if (*n) {
        qn_put(b, data, *n);
        *n = 0;
        return MHD_YES;
    }
    take_rows(cls, b->p);
    qn_buf_release(b);
    free(b);
    struct MHD_Response *r =
        MHD_create_response_from_buffer(sizeof(ok) - 1, ok, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result rc = MHD_queue_response(c, 200, r);
    MHD_destroy_response(r);
    return rc;
}

struct bare {
    struct plain db;
    CURL *curl;
    pid_t pid;
    int stop;
    struct qn_buf body;
};

static void bare_serve(const char *dir, const struct bench_table *t, int stop, int tell)
{
    char path[400], go;
    struct plain db;
    snprintf(path, sizeof(path), "%s/bare-up.db", dir);
    plain_open(&db, path, t);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct MHD_Daemon *d = MHD_start_daemon(MHD_USE_AUTO_INTERNAL_THREAD, 0, NULL, NULL, answer,
                                            &db, MHD_OPTION_SOCK_ADDR, &a, MHD_OPTION_END);
    const union MHD_DaemonInfo *i = d ? MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (!i || write(tell, &i->port, sizeof(i->port)) != sizeof(i->port))
        _exit(1);
    while (read(stop, &go, 1) > 0)
        ;
    MHD_stop_daemon(d);
    plain_close(&db);
    _exit(0);
}

static size_t drop(char *p, size_t size, size_t n, void *cls)
{
    (void)p, (void)cls;
    return size * n;
}

static void bare_start(struct bare *b, const char *dir, const struct bench_table *t)
{
    int stop[2], told[2];
    uint16_t port;
    char path[400], url[64];
    if (pipe(stop) != 0 || pipe(told) != 0 || (b->pid = fork()) < 0)
        bench_die("fork", "failed");
    if (!b->pid) {
        close(stop[1]);
        bare_serve(dir, t, stop[0], told[1]);
    }
    close(stop[0]);
    b->stop = stop[1];
    if (read(told[0], &port, sizeof(port)) != sizeof(port))
        bench_die("bare server", "did not start");
    snprintf(path, sizeof(path), "%s/bare-down.db", dir);
    plain_open(&b->db, path, t);
    bench_sqlite(b->db.db,
                 sqlite3_exec(b->db.db, "CREATE TABLE receipt (n INTEGER PRIMARY KEY, v TEXT)",
                              NULL, NULL, NULL));
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/", port);
    b->curl = curl_easy_init();
    if (!b->curl)
        bench_die("curl", "no memory");
    curl_easy_setopt(b->curl, CURLOPT_URL, url);
    curl_easy_setopt(b->curl, CURLOPT_PROXY, "");
    curl_easy_setopt(b->curl, CURLOPT_WRITEFUNCTION, drop);
    qn_buf_init(&b->body, 4u << 20);
}

static void bare_once(struct bare *b, const struct bench_line *line, unsigned rows, int64_t rev)
{
    plain_put(&b->db, line, rows, INT64_C(1) << 51, rev);
    put_rows(&b->body, line, rows, rev);
    curl_easy_setopt(b->curl, CURLOPT_POSTFIELDSIZE, (long)b->body.n);
    curl_easy_setopt(b->curl, CURLOPT_POSTFIELDS, b->body.p);
    if (curl_easy_perform(b->curl) != CURLE_OK)
        bench_die("bare loop", "failed");
    bench_sqlite(b->db.db,
                 sqlite3_exec(b->db.db, "INSERT OR REPLACE INTO receipt VALUES(1, 'taken')", NULL,
                              NULL, NULL));
}

static void bare_stop(struct bare *b)
{
    close(b->stop);
    waitpid(b->pid, NULL, 0);
    curl_easy_cleanup(b->curl);
    plain_close(&b->db);
    qn_buf_release(&b->body);
}

/* ---- what signatures take ------------------------------------------------------------------------------------------ */

/* Seconds of CPU for one, of a text as long as a checkpoint's. */
static void time_signatures(double *sign, double *check)
{
    enum { TIMES = 200 };
    uint8_t pk[crypto_sign_PUBLICKEYBYTES], sk[crypto_sign_SECRETKEYBYTES], sig[crypto_sign_BYTES];
    uint8_t text[128] = {0};
    bool good = true;
    crypto_sign_keypair(pk, sk);
    struct took took = took_start();
    for (int i = 0; i < TIMES; i++)
        crypto_sign_ed25519_detached(sig, NULL, text, sizeof(text), sk);
    *sign = took_end(took).cpu / TIMES;
    took = took_start();
    for (int i = 0; i < TIMES; i++)
        good = crypto_sign_ed25519_verify_detached(sig, text, sizeof(text), pk) == 0 && good;
    *check = took_end(took).cpu / TIMES;
    if (!good)
        bench_die("signature", "does not verify");
}

/* ---- both, in turns ---------------------------------------------------------------------------------------------- */

static double at(const double *v, unsigned n, unsigned percent)
{
    return v[(n - 1) * percent / 100];
}

static void measure(const char *dir, const struct bench_table *t, unsigned rows, unsigned n)
{
    struct pair p;
    struct bare b;
    int64_t ids[BATCH];
    double *ours = calloc(n, sizeof(double)), *raw = calloc(n, sizeof(double));
    uint64_t down_most = 0, up_most = 0, down = 0, up = 0;
    double cpu = 0, cpu_up = 0, sign, check;
    uint64_t made = 0, judged = 0;
    if (!ours || !raw)
        bench_die("latency", "no memory");
    pair_start(&p, dir);
    bare_start(&b, dir, t);
    bench_act(p.child.st, t, bench_lines(t, 0, rows, 1), rows, 1, ids);
    pair_sync(&p);
    plain_put(&b.db, bench_lines(t, 0, rows, 1), rows, INT64_C(1) << 51, 1);
    for (unsigned i = 0; i < n + WARM; i++) {
        int64_t rev = i + 2;
        const struct bench_line *line = bench_lines(t, 0, rows, rev);
        struct took took = took_start();
        bare_once(&b, line, rows, rev);
        double bare = took_end(took).wall;
        struct cost here = cost_now();
        struct cost before_up = pair_parent(&p, 's');
        took = took_start();
        bench_act(p.child.st, t, line, rows, rev, ids);
        pair_sync(&p);
        took = took_end(took);
        struct cost after_up = pair_parent(&p, 's');
        struct cost since = cost_now();
        uint64_t one = since.syncs - here.syncs, one_up = after_up.syncs - before_up.syncs;
        if (pair_acknowledged(&p) != i + 2)
            bench_die("parent", "has not acknowledged");
        if (i < WARM)
            continue;
        ours[i - WARM] = took.wall;
        raw[i - WARM] = bare;
        cpu += took.cpu;
        cpu_up += after_up.cpu - before_up.cpu;
        made += since.signs - here.signs + after_up.signs - before_up.signs;
        judged += since.checks - here.checks + after_up.checks - before_up.checks;
        down += one;
        up += one_up;
        down_most = one > down_most ? one : down_most;
        up_most = one_up > up_most ? one_up : up_most;
    }
    qsort(ours, n, sizeof(double), bench_by_value);
    qsort(raw, n, sizeof(double), bench_by_value);
    printf("latency-bare-p50.%u-rows %.3f ms\n", rows, at(raw, n, 50) * 1e3);
    printf("latency-bare-p95.%u-rows %.3f ms\n", rows, at(raw, n, 95) * 1e3);
    printf("latency-p50.%u-rows %.3f ms\n", rows, at(ours, n, 50) * 1e3);
    printf("latency-p95.%u-rows %.3f ms\n", rows, at(ours, n, 95) * 1e3);
    printf("latency-ratio.%u-rows %.2f x bare\n", rows, at(ours, n, 50) / at(raw, n, 50));
    printf("latency-p95-ratio.%u-rows %.2f x p50\n", rows, at(ours, n, 95) / at(ours, n, 50));
    printf("latency-bare-p95-ratio.%u-rows %.2f x bare p50\n", rows,
           at(raw, n, 95) / at(raw, n, 50));
    printf("latency-cpu-child.%u-rows %.3f ms\n", rows, cpu * 1e3 / n);
    printf("latency-cpu-parent.%u-rows %.3f ms\n", rows, cpu_up * 1e3 / n);
    time_signatures(&sign, &check);
    double signatures = ((double)made * sign + (double)judged * check) / n;
    printf("latency-signed.%u-rows %.2f signatures a commit\n", rows, (double)made / n);
    printf("latency-checked.%u-rows %.2f signatures a commit\n", rows, (double)judged / n);
    printf("latency-signatures.%u-rows %.3f ms\n", rows, signatures * 1e3);
    printf("latency-floor.%u-rows %.2f x bare\n", rows, 1 + signatures / at(raw, n, 50));
    printf("syncs-child.%u-rows %.2f a commit\n", rows, (double)down / n);
    printf("syncs-child-most.%u-rows %llu a commit\n", rows, (unsigned long long)down_most);
    printf("syncs-bare.%u-rows 3 a commit\n", rows); /* two here, one there */
    printf("syncs-parent.%u-rows %.2f a commit\n", rows, (double)up / n);
    printf("syncs-parent-most.%u-rows %llu a commit\n", rows, (unsigned long long)up_most);
    char name[64];
    snprintf(name, sizeof(name), "latency.%u-rows", rows);
    bench_goal(name, at(ours, n, 50) / at(raw, n, 50), true, rows == 1 ? 2 : 1.5);
    snprintf(name, sizeof(name), "latency-p95.%u-rows", rows);
    bench_goal(name, at(ours, n, 95) / at(ours, n, 50), true, 2);
    if (rows == 1) {
        bench_goal("syncs-child.1-rows", (double)down_most, true, 2);
        bench_goal("syncs-parent.1-rows", (double)up_most, true, 2);
    }
    bare_stop(&b);
    pair_stop(&p);
    free(ours);
    free(raw);
}

/* latency [ROWS]: rows of a commit; without them 1 and 100. */
int main(int argc, char **argv)
{
    static const unsigned rows[] = {1, BATCH};
    unsigned only = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
    if (only > BATCH)
        bench_die(argv[1], "too many rows");
    signal(SIGPIPE, SIG_IGN);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    for (unsigned i = 0; i < (only ? 1 : 2); i++) {
        char dir[300];
        bench_dir(dir);
        measure(dir, &bench_system, only ? only : rows[i], bench_full() ? 1000 : 150);
        bench_remove(dir);
    }
    return 0;
}
