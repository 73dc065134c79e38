/* draw.c - the draw alone, in memory: a stratum of a million objects, and the inspectors of a whole city's visits.
 *
 * Times are CPU seconds of this process, the median of five. They belong to a machine, so beside each stands the same
 * number of bare HMAC-SHA-256 of the library: what no draw can go below by much, and how fast this machine is today. */
#include "qian/draw.h"

#include <sodium.h>

#include "tests/bench/bench.h"

#define OBJECTS    1000000
#define VISITS     50000
#define INSPECTORS 2000
#define REGION     900 /* a qualification that a region's inspectors have */

static struct qn_err err;

static void must(enum qn_code rc, const char *what)
{
    lone_must(rc, &err, what);
}

static void *room(size_t n, size_t each)
{
    void *p = calloc(n, each);
    if (!p)
        bench_die("memory", "none left");
    return p;
}

static void rules_of(struct qn_rules *out, const char *stratum, const char *roles)
{
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    qn_buf_init(&text, QN_RULES_MAX);
    qn_put_fmt(
        &text,
        "draw-rules/1\nslot 140600 2021 09 1\ntype both\npopulation eq(kind,1)\nstratum 1 %s "
        "le(class,4)\ntotal -\nmust -\nexclude -\ncap -\n%spool 2\nload -\nage 30\nwitness "
        "48\nreturn 10\nsupp 3\nlevel offline\n",
        stratum, roles);
    must(qn_rules_parse(out, qn_buf_span(&text), &err), "rules");
}

/* Of n messages as long as an object's id, each keyed anew, as crypto_auth_hmacsha256 does it. */
static double bare(size_t n)
{
    uint8_t key[32] = {7}, out[32] = {0}, id[20] = {0};
    double at = bench_now(CLOCK_PROCESS_CPUTIME_ID);
    for (size_t i = 0; i < n; i++) {
        memcpy(id, &i, sizeof(i));
        crypto_auth_hmacsha256(out, id, sizeof(id), key);
        key[0] ^= out[0];
    }
    return bench_now(CLOCK_PROCESS_CPUTIME_ID) - at;
}

static void keys_of(struct qn_draw_keys *k, unsigned run)
{
    uint8_t seed[32] = {(uint8_t)run};
    qn_draw_keys(k, seed);
}

/* Resident memory, and the most there was since the last call that began a measurement, in MiB. */
static double memory(const char *what)
{
    char line[200];
    unsigned long kib = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof(line), f))
        if (strncmp(line, what, strlen(what)) == 0)
            kib = strtoul(line + strlen(what) + 1, NULL, 10);
    if (f)
        fclose(f);
    return (double)kib / 1024;
}

static void memory_start(void)
{
    FILE *f = fopen("/proc/self/clear_refs", "w");
    if (!f || fputs("5", f) < 0 || fclose(f) != 0)
        bench_die("memory", "the kernel does not count it anew");
}

static void tell(const char *name, double v, const char *unit)
{
    printf("draw.%s %.3f %s\n", name, v, unit);
    fflush(stdout);
}

static struct qn_object *objects_of(size_t n, char (*id)[24])
{
    struct qn_object *o = room(n, sizeof(*o));
    for (size_t i = 0; i < n; i++) {
        snprintf(id[i], sizeof(id[0]), "E:91140602MA%08zu", i);
        o[i] =
            (struct qn_object){qn_str(id[i]), {.kind = 1, .cls = (uint8_t)(i % 4 + 1), .ntags = 1}};
        o[i].attr.tag[0] = (uint16_t)(i % 30);
    }
    return o;
}

static void select_million(void)
{
    char(*id)[24] = room(OBJECTS, sizeof(*id));
    struct qn_roster roster = {.object = objects_of(OBJECTS, id), .nobjects = OBJECTS};
    struct qn_rules rules;
    double cpu[RUNS], wall[RUNS], hmac[RUNS], most[RUNS];
    rules_of(&rules, "5/100 0", "role 1 2 -\n");
    for (unsigned i = 0; i < RUNS; i++) {
        struct qn_selection s = {.npicks = 0};
        struct qn_draw_keys keys;
        keys_of(&keys, i);
        hmac[i] = bare(OBJECTS);
        memory_start();
        double before = memory("VmRSS:");
        struct took t = took_start();
        must(qn_select(&s, &rules, 1, &roster, &keys, &err), "select");
        t = took_end(t);
        most[i] = memory("VmHWM:") - before;
        cpu[i] = t.cpu;
        wall[i] = t.wall;
        if (s.npicks != OBJECTS / 20 || s.nreserves != OBJECTS - OBJECTS / 20)
            bench_die("select", "not one in twenty");
        qn_selection_release(&s);
    }
    double took = bench_median(cpu), base = bench_median(hmac);
    tell("select-1m-cpu", took, "s");
    tell("select-1m-wall", bench_median(wall), "s");
    tell("hmac-1m-cpu", base, "s");
    tell("select-1m-ratio", took / base, "x bare hmac");
    bench_goal("select-1m-cpu-s", took, true, 0.6);
    bench_goal("select-1m-memory-mib", bench_median(most), true, 64);
    free((void *)(uintptr_t)roster.object);
    free(id);
}

/* Two of 2,000 for each of 50,000 visits. Each third inspector has both skills, the others one; four in five are of the
 * region, and each visit has somebody who must not go. */
static void pair_city(void)
{
    char(*id)[24] = room(VISITS, sizeof(*id)), (*name)[24] = room(INSPECTORS, sizeof(*name));
    struct qn_roster roster = {.object = objects_of(VISITS, id), .nobjects = VISITS};
    struct qn_inspector *who = room(INSPECTORS, sizeof(*who));
    struct qn_recusal *not = room(VISITS, sizeof(*not ));
    struct qn_pick *pick = room(VISITS, sizeof(*pick));
    struct qn_rules rules;
    double cpu[RUNS], wall[RUNS], hmac[RUNS];
    rules_of(&rules, "0/1 0", "role 1 1 1,900\nrole 2 1 2,900\n");
    for (size_t i = 0; i < INSPECTORS; i++) {
        struct qn_inspector *w = &who[i];
        snprintf(name[i], sizeof(name[0]), "140602/%06zu", i);
        *w = (struct qn_inspector){.id = qn_str(name[i]), .available = i % 50 != 0};
        if (i % 3 != 1)
            w->qual[w->nquals++] = 1;
        if (i % 3 != 2)
            w->qual[w->nquals++] = 2;
        if (i % 5)
            w->qual[w->nquals++] = REGION;
    }
    for (size_t v = 0; v < VISITS; v++) {
        pick[v] = (struct qn_pick){.object = v, .mode = QN_LOT};
        not [v] = (struct qn_recusal){who[v * 7919 % INSPECTORS].id, roster.object[v].id};
    }
    roster.inspector = who;
    roster.ninspectors = INSPECTORS;
    roster.recusal = not ;
    roster.nrecusals = VISITS;
    must(qn_roster_sort(&roster, &err), "sort");
    struct qn_selection s = {.pick = pick, .npicks = VISITS};
    for (unsigned i = 0; i < RUNS; i++) {
        struct qn_pairing p = {.nvisits = 0};
        struct qn_draw_keys keys;
        keys_of(&keys, i);
        hmac[i] = bare(3 * VISITS); /* a turn and two choices for each visit */
        struct took t = took_start();
        must(qn_pair(&p, &rules, &roster, &s, &keys, &err), "pair");
        t = took_end(t);
        cpu[i] = t.cpu;
        wall[i] = t.wall;
        for (size_t v = 0; v < p.nvisits; v++)
            if (p.visit[v].inspector[0] < 0 || p.visit[v].inspector[1] < 0)
                bench_die("pair", "a position stayed open");
        qn_pairing_release(&p);
    }
    double took = bench_median(cpu), base = bench_median(hmac);
    tell("pair-50k-cpu", took, "s");
    tell("pair-50k-wall", bench_median(wall), "s");
    tell("hmac-150k-cpu", base, "s");
    tell("pair-50k-ratio", took / base, "x bare hmac");
    bench_goal("pair-50k-cpu-s", took, true, 0.4);
    free((void *)(uintptr_t)roster.object);
    free(who);
    free(not );
    free(pick);
    free(id);
    free(name);
}

int main(void)
{
    must(qn_selftest(&err), "selftest");
    select_million();
    pair_city();
    return 0;
}
