/* main.c - the simulator: makes the tree once, runs each seed in a child of its own, prints a digest for each.
 *   sim [--seed N | --seeds A-B] [--offices N] [--days N] [--twice N] [--bug NAME] [--jobs N] [--dir DIR] [--trace] */
#include <ftw.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/sim/sim.h"

#define STEPS_MAX  50000 /* of one delivery: some two thousand are usual */
#define ROUNDS_MAX 8     /* after faults stopped: twice the depth of the tree */

static struct sim sim;
static struct options {
    uint64_t first, last, twice;
    unsigned offices, days, jobs;
    const char *bug, *dir;
    bool trace, one;
} opt = {.first = 1, .last = 20, .offices = 21, .days = 14, .jobs = 2, .bug = ""};

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

_Noreturn void sim_fail(const struct sim *s, const char *invariant, const char *fmt, ...)
{
    char what[700];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof(what), fmt, ap);
    va_end(ap);
    printf("seed %llu BROKE %s at step %llu: %s\n", (unsigned long long)s->seed, invariant,
           (unsigned long long)s->count.steps, what);
    printf("  repeat: build/check/tests/sim/sim --seed %llu --offices %u --days %u%s%s --trace\n",
           (unsigned long long)s->seed, opt.offices, opt.days, *opt.bug ? " --bug " : "", opt.bug);
    fflush(stdout);
    if (opt.one) /* else whoever started this seed clears up */
        nftw(sim.dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    _exit(1);
}

void sim_trace(const struct sim *s, const struct node *n, const char *fmt, ...)
{
    va_list ap;
    if (!s->trace)
        return;
    fprintf(s->trace, "%8llu %10.3f h %-10s ", (unsigned long long)s->count.steps,
            (double)s->now / (double)HOUR, n->code);
    va_start(ap, fmt);
    vfprintf(s->trace, fmt, ap);
    va_end(ap);
    fputc('\n', s->trace);
}

/* ---- one seed ---------------------------------------------------------------------------------------------------- */

static void rearm(struct sim *s, int node, enum event_kind kind, uint64_t within)
{
    if (s->faulty)
        event_push(s, &(struct event){.at = soon(s, within), .node = node, .kind = kind});
}

static void step(struct sim *s, struct event *e)
{
    struct node *n = &s->node[e->node];
    s->now = e->at;
    s->count.steps++;
    if (!n->st) { /* a copy that was switched off */
        message_free(e->msg);
        return;
    }
    switch (e->kind) {
    case EV_ACT:
        work_act(s, n);
        rearm(s, n->no, EV_ACT, 14 * DAY);
        break;
    case EV_CLOCK:
        node_set_clock(s, n);
        rearm(s, n->no, EV_CLOCK, 40 * DAY);
        break;
    case EV_STICK:
        stick_make(s, n);
        rearm(s, n->no, EV_STICK, 40 * DAY);
        break;
    case EV_IMPORT:
        stick_import(s, e);
        break;
    case EV_PROBE:
        net_probe(s, n);
        rearm(s, n->no, EV_PROBE, 6 * DAY);
        break;
    case EV_STATE:
        state_step(s, e);
        break;
    case EV_CLONE:
        clone_step(s, e);
        break;
    case EV_RENEW:
        renew_step(s, e);
        break;
    case EV_UPGRADE:
        version_step(s, e);
        break;
    case EV_LOOK:
        check_now(s);
        rearm(s, 0, EV_LOOK, 20 * DAY);
        break;
    case EV_SYNC:
    case EV_ASK:
    case EV_ARRIVE:
    case EV_FEED:
    case EV_REPLY:
    case EV_TAKE:
    case EV_TIMEOUT:
    case EV_CUT:
        net_step(s, e);
        break;
    }
    book_learn(s, n); /* settling writes as well */
    if (node_in_transaction(n))
        sim_fail(s, "I1", "%s gave its lock back inside a transaction", n->code);
}

/* Most seeds have some of everything, a few nearly nothing or very much of one kind. */
static void draw_faults(struct sim *s)
{
    unsigned *rate[] = {&s->f.lost,    &s->f.doubled, &s->f.late,    &s->f.cut,
                        &s->f.corrupt, &s->f.swapped, &s->f.restart, &s->f.unreachable};
    for (size_t i = 0; i < sizeof(rate) / sizeof(rate[0]); i++)
        *rate[i] = rng_chance(&s->rng, 150) ? (unsigned)rng_below(&s->rng, 250)
                                            : (unsigned)rng_below(&s->rng, 60);
    s->f.restart /= 4; /* it is asked at each of many small steps */
    bug_small_answers(rng_chance(&s->rng, 500) ? 6000 + rng_below(&s->rng, 30000) : 0);
    s->piece = rng_chance(&s->rng, 500) ? 1 + (unsigned)rng_below(&s->rng, 40) : 0;
    node_pieces(s);
    state_draw(s);
    version_draw(s);
}

/* What is still on its way arrives, then everybody calls its parent, round after round. */
static void deliver(struct sim *s)
{
    struct event e;
    char why[200];
    unsigned rounds = 0;
    uint64_t first = s->count.steps;
    do {
        while (event_pop(s, &e)) {
            if (s->count.steps - first > STEPS_MAX)
                sim_fail(s, "I9", "in round %u a call does not come to an end", rounds);
            if (e.kind != EV_ACT && e.kind != EV_SYNC && e.kind != EV_STICK)
                step(s, &e);
            else if (rounds && e.kind == EV_SYNC)
                step(s, &e);
        }
        if (rounds && !pending(s, why))
            break;
        if (rounds == ROUNDS_MAX)
            sim_fail(s, "I9", "after %u rounds %s", rounds, why);
        rounds++;
        for (unsigned i = s->n; i; i--) /* the last is a copy of another, if there is one */
            if (s->node[i].st)
                event_push(s, &(struct event){.at = s->now + HOUR * (s->n + 1 - i),
                                              .node = (int)i,
                                              .kind = EV_SYNC});
    } while (true);
}

/* What a person does when all is well again, and life goes on. */
static bool mend(struct sim *s)
{
    bool declared = state_declare(s), renewed = renew_end(s);
    if (!declared && !renewed)
        return false;
    for (unsigned i = 0; i < 6; i++)
        work_act(s, &s->node[rng_below(&s->rng, s->n)]);
    for (unsigned i = 0; i < s->n; i++)
        if (s->node[i].set_back)
            work_act(s, &s->node[i]);
    return true;
}

static void run(struct sim *s)
{
    struct event e;
    s->faulty = true;
    draw_faults(s);
    for (unsigned i = 0; i < s->n; i++) {
        rearm(s, (int)i, EV_ACT, 7 * DAY);
        rearm(s, (int)i, EV_CLOCK, 40 * DAY);
        rearm(s, (int)i, EV_STICK, 40 * DAY);
        rearm(s, (int)i, EV_CUT, 60 * DAY);
        if (i)
            rearm(s, (int)i, EV_SYNC, 3 * DAY);
    }
    rearm(s, 0, EV_PROBE, 6 * DAY);
    rearm(s, 0, EV_LOOK, 20 * DAY);
    while (s->heap_n && s->heap[0].at < opt.days * DAY && event_pop(s, &e))
        step(s, &e);
    s->faulty = false;
    s->healed = s->last_id;
    for (unsigned i = 0; i <= s->n; i++)
        s->node[i].cut_off = false;
    sim_trace(s, &s->node[0], "faults stop");
    deliver(s);
    clone_end(s);
    check_quiet(s);
    while (mend(s)) {
        deliver(s);
        check_quiet(s);
    }
    net_replay_all(s);
    check_quiet(s);
    check_rebuild(s, &s->node[0]);
    check_rebuild(s, &s->node[1 + rng_below(&s->rng, s->n - 1)]);
}

static void run_seed(uint64_t seed, char digest[33])
{
    struct sim *s = &sim;
    crypto_generichash_state all;
    uint8_t out[16], one[QN_HASH];
    s->seed = seed;
    rng_init(&s->rng, seed, "steps");
    entropy_seed(seed);
    net_init(s);
    run(s);
    crypto_generichash_init(&all, NULL, 0, sizeof(out));
    for (unsigned i = 0; i < s->n; i++) {
        node_digest(s, &s->node[i], DIGEST_ALL, one);
        crypto_generichash_update(&all, one, sizeof(one));
    }
    crypto_generichash_final(&all, out, sizeof(out));
    sodium_bin2hex(digest, 33, out, sizeof(out));
    printf("seed %llu %s steps %llu acts %llu rows %llu questions %llu follows %llu refused %llu "
           "faults %llu "
           "restarts %llu "
           "sticks %llu probes %llu breaths %llu states %llu forks %llu clones %llu renewed %llu "
           "upgrades %llu dues %llu unsettled %llu\n",
           (unsigned long long)seed, digest, (unsigned long long)s->count.steps,
           (unsigned long long)s->count.acts, (unsigned long long)s->count.rows,
           (unsigned long long)s->count.questions, (unsigned long long)s->count.follows,
           (unsigned long long)s->count.refused, (unsigned long long)s->count.faults,
           (unsigned long long)s->count.restarts, (unsigned long long)s->count.sticks,
           (unsigned long long)s->count.probes, (unsigned long long)s->count.breaths,
           (unsigned long long)s->count.states, (unsigned long long)s->count.forks,
           (unsigned long long)s->count.clones, (unsigned long long)s->count.renewed,
           (unsigned long long)s->count.upgrades, (unsigned long long)s->count.dues,
           (unsigned long long)s->count.unsettled);
    fflush(stdout);
    net_release(s);
    state_release();
}

/* ---- many seeds ---------------------------------------------------------------------------------------------------- */

struct job {
    pid_t pid;
    FILE *out;
    uint64_t seed;
};

static void job_start(struct job *j, uint64_t seed)
{
    j->seed = seed;
    j->out = tmpfile();
    if (!j->out)
        abort();
    fflush(stdout);
    j->pid = fork();
    if (j->pid < 0)
        abort();
    if (j->pid)
        return;
    char digest[33];
    dup2(fileno(j->out), STDOUT_FILENO);
    run_seed(seed, digest);
    _exit(0); /* the tree is the parent's to take down */
}

/* true: it went well. line: what it printed first. */
static bool job_end(struct job *j, int status, char line[1000])
{
    char rest[1000];
    line[0] = 0;
    rewind(j->out);
    if (!fgets(line, 1000, j->out))
        line[0] = 0;
    fputs(line, stdout);
    while (fgets(rest, sizeof(rest), j->out))
        fputs(rest, stdout);
    fclose(j->out);
    bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!good && !strstr(line, "BROKE"))
        printf("seed %llu BROKE off: %s %d\n  repeat: build/check/tests/sim/sim --seed %llu "
               "--offices %u --days %u%s%s\n",
               (unsigned long long)j->seed, WIFSIGNALED(status) ? "signal" : "exit",
               WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
               (unsigned long long)j->seed, opt.offices, opt.days, *opt.bug ? " --bug " : "",
               opt.bug);
    j->pid = 0;
    return good;
}

static unsigned run_all(void)
{
    struct job job[16] = {{0}};
    unsigned broken = 0, running = 0, again = 0;
    uint64_t next = opt.first;
    char line[1000], (*first)[1000] = calloc(opt.twice + 1, sizeof(*first));
    if (!first)
        abort();
    /* The first few seeds once more at the end: the same digest, or something does not come from the seed. */
    while (running || next <= opt.last || again < opt.twice) {
        bool more = next <= opt.last || again < opt.twice;
        if (running < opt.jobs && more && !(broken && *opt.bug)) {
            struct job *j = job;
            while (j->pid)
                j++;
            job_start(j, next <= opt.last ? next++ : opt.first + again++);
            running++;
            continue;
        }
        if (!running)
            break;
        int status;
        pid_t pid = waitpid(-1, &status, 0);
        for (struct job *j = job; j < job + 16; j++) {
            if (j->pid != pid)
                continue;
            uint64_t at = j->seed - opt.first;
            running--;
            broken += !job_end(j, status, line);
            if (at < opt.twice && first[at][0] && strcmp(first[at], line) != 0) {
                printf("seed %llu BROKE determinism: two runs differ\n",
                       (unsigned long long)j->seed);
                broken++;
            } else if (at < opt.twice) {
                memcpy(first[at], line, sizeof(line));
            }
        }
    }
    free(first);
    return broken;
}

static int usage(void)
{
    fprintf(
        stderr,
        "sim [--seed N | --seeds A-B] [--offices N] [--days N] [--twice N] [--bug NAME] [--jobs N] "
        "[--dir DIR] [--trace]\nbugs:");
    for (int i = 0; bug_names()[i]; i++)
        fprintf(stderr, " %s", bug_names()[i]);
    fputc('\n', stderr);
    return 2;
}

static bool parse(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : "";
        char *end = NULL;
        if (strcmp(name, "--trace") == 0) {
            opt.trace = true;
            continue;
        }
        i++;
        if (strcmp(name, "--seed") == 0) {
            opt.first = opt.last = strtoull(value, &end, 10);
            opt.one = true;
        } else if (strcmp(name, "--seeds") == 0) {
            opt.first = strtoull(value, &end, 10);
            opt.last = end && *end == '-' ? strtoull(end + 1, &end, 10) : opt.first;
        } else if (strcmp(name, "--offices") == 0) {
            opt.offices = (unsigned)strtoul(value, &end, 10);
        } else if (strcmp(name, "--days") == 0) {
            opt.days = (unsigned)strtoul(value, &end, 10);
        } else if (strcmp(name, "--twice") == 0) {
            opt.twice = strtoull(value, &end, 10);
        } else if (strcmp(name, "--jobs") == 0) {
            opt.jobs = (unsigned)strtoul(value, &end, 10);
        } else if (strcmp(name, "--dir") == 0) {
            opt.dir = value;
        } else if (strcmp(name, "--bug") == 0 && bug_set(value)) {
            opt.bug = value;
        } else {
            return false;
        }
        if (!*value || (end && *end))
            return false;
    }
    return opt.offices >= 4 && opt.offices <= NODES_MAX && opt.jobs >= 1 && opt.jobs <= 16 &&
           opt.first <= opt.last && opt.twice <= 1000 && opt.days >= 1;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    char dir[100];
    struct qn_err err;
    double start = seconds();
    entropy_install();
    sqlite3_config(
        SQLITE_CONFIG_SINGLETHREAD); /* one thread, and nobody asks how much memory it takes */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    if (!parse(argc, argv))
        return usage();
    if (qn_selftest(&err) != QN_OK)
        return 1;
    version_init();
    snprintf(dir, sizeof(dir), "%.70s/qian-sim-XXXXXX",
             opt.dir                         ? opt.dir
             : access("/dev/shm", W_OK) == 0 ? "/dev/shm"
                                             : "/tmp");
    if (!mkdtemp(dir))
        return 1;
    sim.trace = opt.trace ? stderr : NULL;
    tree_make(&sim, dir, opt.offices);
    double made = seconds();
    unsigned broken = 0;
    if (opt.one) {
        char digest[33];
        run_seed(opt.first, digest);
    } else {
        broken = run_all();
        double took = seconds() - made;
        uint64_t runs = opt.last - opt.first + 1 + opt.twice;
        printf("%llu runs of %u offices, %u broke; the tree was made in %.1f s, %.1f s for the "
               "runs, %.2f a second\n",
               (unsigned long long)runs, opt.offices, broken, made - start, took,
               (double)runs / took);
    }
    tree_release(&sim);
    free(sim.heap);
    nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return broken ? 1 : 0;
}
