/* The draw as a lottery: statistics over many seeds. Seeds are fixed, so a run never flakes; each limit is the
 * quantile at 5e-8 (divided by the number of cases where the worst of many is taken) for its degrees of freedom,
 * whatever the number of seeds: ten tests at most, so a run with fresh seeds would alarm falsely less than once in a million.
 *
 *      setup                                     seeds     QIAN_SLOW=1   statistic                     df    limit
 *  A   100 objects, 10 drawn                    100000          same     inclusion                     99    193.0
 *  A1  the lowest ticket of them                  same          same     multinomial                   99    193.0
 *  A2  the highest of those drawn                 same          same     multinomial                   99    193.0
 *  B   40 objects, 2 drawn: which two           100000          same     multinomial, 780 cells       779   1007.8
 *  C   1,000 objects, 50 drawn                    6000         20000     inclusion                    999   1255.6
 *  D   what two draws of C have in common    3000 pairs   10000 pairs    hypergeometric, 9 or 10 cells 8,9  49.6, 51.8
 *  E   tickets of 1,000,000 ids in a row     a million          same     top byte                     255    394.1
 *  F   30 visits, two of 20 inspectors           20000         50000     inclusion, worst visit        19     80.3
 *  F2  the pair of each visit                     same          same     190 pairs, worst visit       189    327.5
 *  G   twins with unequal pools                  20000         50000     McNemar z, worst of 2,565      -     6.71
 *
 * How they grow with the seeds: a bias p(1 + e) of one of A's objects gives a non-centrality of R p e^2 / (1 - p), so A
 * sees 13 %, not less. Statistics are blind to a small bias: what draws must give, bit by bit, stands in test_select.c,
 * test_pair.c and test_draw_vectors.c, which are the first net.                                                        */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "qian/draw.h"

#define OBJECTS      1000
#define PEOPLE       20
#define VISITS       30
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static struct qn_object objects[OBJECTS];
static char object_ids[OBJECTS][48];
static struct qn_inspector people[PEOPLE];
static char people_ids[PEOPLE][48];
static bool slow;

static int set_up(void **state)
{
    (void)state;
    const char *s = getenv("QIAN_SLOW");
    slow = s && *s && strcmp(s, "0") != 0;
    for (size_t i = 0; i < OBJECTS; i++) {
        snprintf(object_ids[i], sizeof(object_ids[i]), "E:9133%014zu", i);
        objects[i] = (struct qn_object){qn_str(object_ids[i]), {.kind = 1}};
    }
    for (size_t i = 0; i < PEOPLE; i++)
        snprintf(people_ids[i], sizeof(people_ids[i]), "140602/%04zu", i);
    return sodium_init() < 0;
}

static void keys_of(struct qn_draw_keys *k, char test, uint32_t run)
{
    uint8_t bytes[5] = {(uint8_t)test}, seed[32];
    for (unsigned i = 0; i < 4; i++)
        bytes[1 + i] = (uint8_t)(run >> (24 - 8 * i));
    crypto_hash_sha256(seed, bytes, sizeof(bytes));
    qn_draw_keys(k, seed);
}

static void make_rules(struct qn_rules *out, unsigned lots, const char *roles)
{
    struct qn_buf text;
    qn_buf_init(&text, QN_RULES_MAX);
    qn_put_fmt(&text,
               "draw-rules/1\nslot 140600 2021 09 1\ntype both\npopulation true\nstratum 1 0/1 %u "
               "true\ntotal -\nmust -\n"
               "exclude -\ncap -\n%spool 2\nload -\nage 30\nwitness 48\nreturn 10\nsupp 3\nlevel "
               "offline\n",
               lots, roles);
    assert_int_equal(qn_rules_parse(out, qn_buf_span(&text), NULL), QN_OK);
    qn_buf_release(&text);
}

static void expect_below(const char *what, double got, double limit)
{
    if (!(got <= limit))
        fail_msg("%s: %.2f is above %.1f", what, got, limit);
}

/* Cells that are equally likely. */
static double even(const uint32_t *count, size_t cells, double total)
{
    double sum = 0, want = total / (double)cells;
    for (size_t i = 0; i < cells; i++)
        sum += ((double)count[i] - want) * ((double)count[i] - want) / want;
    return sum;
}

/* k of n drawn in each of `runs`: how often each was in. */
static double inclusion(const uint32_t *count, size_t n, double k, double runs)
{
    double p = k / (double)n, sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += ((double)count[i] - runs * p) * ((double)count[i] - runs * p) / (runs * p * (1 - p));
    return sum * ((double)n - 1) / (double)n;
}

/* ---- objects ------------------------------------------------------------------------------------ */

static void draw(struct qn_selection *s, const struct qn_rules *rules, size_t n, char test,
                 uint32_t run)
{
    struct qn_roster roster = {.object = objects, .nobjects = n};
    struct qn_draw_keys keys;
    keys_of(&keys, test, run);
    assert_int_equal(qn_select(s, rules, 1, &roster, &keys, NULL), QN_OK);
}

static void inclusion_and_positions(void **state)
{
    (void)state;
    enum { N = 100, K = 10 };
    static uint32_t in[N], first[N], last[N];
    struct qn_rules rules;
    uint32_t runs = 100000;
    make_rules(&rules, K, "role 1 2 -\n");
    for (uint32_t r = 0; r < runs; r++) {
        struct qn_selection s;
        draw(&s, &rules, N, 'A', r);
        size_t low = 0, high = 0;
        for (size_t i = 0; i < s.npicks; i++) {
            in[s.pick[i].object]++;
            low = memcmp(s.pick[i].ticket, s.pick[low].ticket, QN_HASH) < 0 ? i : low;
            high = memcmp(s.pick[i].ticket, s.pick[high].ticket, QN_HASH) > 0 ? i : high;
        }
        assert_int_equal(s.npicks, K);
        first[s.pick[low].object]++;
        last[s.pick[high].object]++;
        qn_selection_release(&s);
    }
    expect_below("inclusion", inclusion(in, N, K, runs), 193.0);
    expect_below("first position", even(first, N, runs), 193.0);
    expect_below("last position", even(last, N, runs), 193.0);
}

static void pairs_of_objects(void **state)
{
    (void)state;
    enum { N = 40 };
    static uint32_t cell[N * (N - 1) / 2];
    struct qn_rules rules;
    uint32_t runs = 100000;
    make_rules(&rules, 2, "role 1 2 -\n");
    for (uint32_t r = 0; r < runs; r++) {
        struct qn_selection s;
        draw(&s, &rules, N, 'B', r);
        size_t a = s.pick[0].object, b = s.pick[1].object;
        cell[b * (b - 1) / 2 + a]++;
        qn_selection_release(&s);
    }
    expect_below("pairs", even(cell, ARRAY_LEN(cell), runs), 1007.8);
}

/* The overlap of two draws of 50 of 1000 is hypergeometric: each number of common objects from 0 on is a cell as long as at
 * least five such draws are to be expected, the rest is one. */
static double overlap(const uint32_t *cell, unsigned cells, double pairs)
{
    double sum = 0, rest = 1, p = 1;
    for (int i = 0; i < 50; i++) /* P(0) = C(950,50) / C(1000,50) */
        p *= (double)(950 - i) / (double)(1000 - i);
    for (unsigned x = 0; x < cells; x++) {
        double want = (x + 1 < cells ? p : rest) * pairs, d = cell[x] - want;
        assert_true(want >= 3);
        sum += d * d / want;
        rest -= p;
        p *= (double)(50 - x) * (double)(50 - x) / ((double)(x + 1) * (double)(901 + x));
    }
    return sum;
}

static void inclusion_of_many(void **state)
{
    (void)state;
    static uint32_t in[OBJECTS], cell[10];
    struct qn_rules rules;
    uint32_t runs = slow ? 20000 : 6000;
    unsigned cells = slow ? 10 : 9;
    struct qn_selection before = {.npicks = 0};
    make_rules(&rules, 50, "role 1 2 -\n");
    for (uint32_t r = 0; r < runs; r++) {
        struct qn_selection s;
        unsigned both = 0;
        draw(&s, &rules, OBJECTS, 'C', r);
        for (size_t i = 0, k = 0; i < s.npicks; i++) {
            in[s.pick[i].object]++;
            while (r % 2 && k < before.npicks && before.pick[k].object < s.pick[i].object)
                k++;
            both += r % 2 && k < before.npicks && before.pick[k].object == s.pick[i].object;
        }
        if (r % 2)
            cell[both < cells ? both : cells - 1]++;
        qn_selection_release(&before);
        before = s;
    }
    qn_selection_release(&before);
    expect_below("inclusion", inclusion(in, OBJECTS, 50, runs), 1255.6);
    expect_below("overlap", overlap(cell, cells, runs / 2), slow ? 51.8 : 49.6);
}

static void tickets_of_consecutive_ids(void **state)
{
    (void)state;
    uint32_t cell[256] = {0}, n = 1000000;
    struct qn_draw_keys keys;
    keys_of(&keys, 'E', 0);
    for (uint32_t i = 0; i < n; i++) {
        char id[32];
        uint8_t ticket[QN_HASH];
        snprintf(id, sizeof(id), "E:91140602MA%08u", i);
        qn_ticket(ticket, &keys, qn_str(id));
        cell[ticket[0]]++;
    }
    expect_below("top byte", even(cell, 256, n), 394.1);
}

/* ---- inspectors --------------------------------------------------------------------------------- */

/* Thirty visits, all objects drawn; twenty inspectors. Returns what qn_pair made of run r. */
static void match(struct qn_pairing *p, const struct qn_roster *roster,
                  const struct qn_rules *rules, char test, uint32_t run)
{
    static struct qn_pick picks[VISITS];
    struct qn_selection s = {.pick = picks, .npicks = VISITS};
    struct qn_draw_keys keys;
    for (size_t i = 0; i < VISITS; i++)
        picks[i] = (struct qn_pick){.object = i, .mode = QN_LOT};
    keys_of(&keys, test, run);
    assert_int_equal(qn_pair(p, rules, roster, &s, &keys, NULL), QN_OK);
}

static void one_profile(void **state)
{
    (void)state;
    static uint32_t alone[VISITS][PEOPLE], pair[VISITS][PEOPLE * (PEOPLE - 1) / 2];
    struct qn_rules rules;
    uint32_t runs = slow ? 50000 : 20000;
    for (size_t i = 0; i < PEOPLE; i++)
        people[i] = (struct qn_inspector){.id = qn_str(people_ids[i]), .available = true};
    struct qn_roster roster = {
        .object = objects, .nobjects = VISITS, .inspector = people, .ninspectors = PEOPLE};
    make_rules(&rules, 0, "role 1 2 -\n");
    for (uint32_t r = 0; r < runs; r++) {
        struct qn_pairing p;
        unsigned load[PEOPLE] = {0}, least = UINT32_MAX, most = 0;
        match(&p, &roster, &rules, 'F', r);
        for (size_t v = 0; v < VISITS; v++) {
            int32_t a = p.visit[v].inspector[0], b = p.visit[v].inspector[1];
            int32_t low = a < b ? a : b, high = a < b ? b : a;
            assert_true(low >= 0 && low < high);
            alone[v][a]++;
            alone[v][b]++;
            pair[v][high * (high - 1) / 2 + low]++;
            load[a]++;
            load[b]++;
        }
        for (size_t i = 0; i < PEOPLE; i++) {
            least = load[i] < least ? load[i] : least;
            most = load[i] > most ? load[i] : most;
        }
        assert_true(most - least <= 1);
        qn_pairing_release(&p);
    }
    for (size_t v = 0; v < VISITS; v++) {
        expect_below("marginal of a visit", inclusion(alone[v], PEOPLE, 2, runs), 80.3);
        expect_below("pairs of a visit", even(pair[v], ARRAY_LEN(pair[v]), runs), 327.5);
    }
}

/* Members of one profile: same qualifications, load, absence and recusals. */
static size_t profile_of(size_t i)
{
    return i < 9 ? 0 : i < 15 ? 1 : i < 19 ? 2 : 3;
}

/* Position 0 asks for 1, position 1 for 2. All of a profile are recused for the same visits, and one profile is away:
 * members of one profile must be exchangeable on every visit, which the square of McNemar's z judges. */
static void twins(void **state)
{
    (void)state;
    static uint32_t only[PEOPLE][PEOPLE][VISITS]; /* i on the visit and j not */
    static struct qn_recusal recusals[PEOPLE * VISITS];
    struct qn_rules rules;
    uint32_t runs = slow ? 50000 : 20000;
    size_t compared = 0;
    struct qn_roster roster = {
        .object = objects, .nobjects = VISITS, .inspector = people, .ninspectors = PEOPLE};
    static const uint16_t quals[4][2] = {{1, 2}, {1, 0}, {2, 0}, {1, 2}};
    for (size_t i = 0; i < PEOPLE; i++) {
        size_t profile = profile_of(i);
        people[i] = (struct qn_inspector){.id = qn_str(people_ids[i]),
                                          .nquals = quals[profile][1] ? 2 : 1,
                                          .qual = {quals[profile][0], quals[profile][1]}};
        people[i].available = profile != 3;
        people[i].load0 = profile == 1;
    }
    for (size_t i = 0; i < PEOPLE; i++)
        for (size_t v = 0; v < VISITS; v++)
            if ((profile_of(i) == 0 && v % 3 == 0) ||
                (profile_of(i) == 1 && v % 5 == 0 && v % 3 != 0))
                recusals[roster.nrecusals++] = (struct qn_recusal){people[i].id, objects[v].id};
    roster.recusal = recusals;
    make_rules(&rules, 0, "role 1 1 1\nrole 2 1 2\n");
    for (uint32_t r = 0; r < runs; r++) {
        struct qn_pairing p;
        match(&p, &roster, &rules, 'G', r);
        for (size_t v = 0; v < VISITS; v++) {
            const int32_t *who = p.visit[v].inspector;
            bool on[PEOPLE] = {false};
            assert_true(who[0] != who[1]);
            for (unsigned s = 0; s < 2; s++) {
                if (who[s] < 0)
                    continue;
                size_t i = (size_t)who[s], profile = profile_of(i);
                on[i] = true;
                assert_true(profile != 3 && (profile == 0 || profile == s + 1));
                assert_false(profile == 0 && v % 3 == 0);
                assert_false(profile == 1 && v % 5 == 0 && v % 3 != 0);
            }
            assert_true(who[0] >= 0 && who[1] >= 0);
            for (size_t i = 0; i < PEOPLE; i++)
                for (size_t j = 0; on[i] && j < PEOPLE; j++)
                    only[i][j][v] += !on[j] && profile_of(i) == profile_of(j);
        }
        qn_pairing_release(&p);
    }
    for (size_t i = 0; i < PEOPLE; i++)
        for (size_t j = 0; j < i; j++)
            for (size_t v = 0; profile_of(i) == profile_of(j) && v < VISITS; v++) {
                double a = only[i][j][v], b = only[j][i][v];
                compared += a + b > 0;
                expect_below("twins", a + b > 0 ? (a - b) * (a - b) / (a + b) : 0, 6.71 * 6.71);
            }
    assert_true(compared > 800 && compared <= 2565); /* what the limit allows for */
}

/* SELF_TEST cannot come out of a draw: who took a sample is recused for its test (draw-26), and never chosen for it. */
static void nobody_tests_own_sample(void **state)
{
    (void)state;
    static struct qn_recusal recusals[2 * VISITS];
    struct qn_rules rules;
    for (size_t i = 0; i < PEOPLE; i++)
        people[i] = (struct qn_inspector){.id = qn_str(people_ids[i]), .available = true};
    struct qn_roster roster = {
        .object = objects, .nobjects = VISITS, .inspector = people, .ninspectors = 5};
    make_rules(&rules, 0, "role 1 2 -\n");
    for (uint32_t r = 0; r < 5000; r++) {
        struct qn_pairing sampling, testing;
        roster.recusal = NULL;
        roster.nrecusals = 0;
        match(&sampling, &roster, &rules, 'S', 2 * r);
        for (size_t v = 0; v < VISITS; v++)
            for (unsigned s = 0; s < 2; s++)
                recusals[roster.nrecusals++] =
                    (struct qn_recusal){people[sampling.visit[v].inspector[s]].id, objects[v].id};
        roster.recusal = recusals;
        assert_int_equal(qn_roster_sort(&roster, NULL), QN_OK);
        match(&testing, &roster, &rules, 'S', 2 * r + 1);
        for (size_t v = 0; v < VISITS; v++)
            for (unsigned s = 0; s < 2; s++) {
                int32_t who = testing.visit[v].inspector[s];
                assert_true(who >= 0 && who != sampling.visit[v].inspector[0] &&
                            who != sampling.visit[v].inspector[1]);
            }
        qn_pairing_release(&sampling);
        qn_pairing_release(&testing);
    }
}

/* Many visits and inspectors with three qualifications and a recusal for every visit: 50,000 by 2,000 when slow. */
static void whole_city(void **state)
{
    (void)state;
    const size_t city = slow ? 50000 : 2000, force = slow ? 2000 : 200;
    struct qn_object *o = calloc(city, sizeof(*o));
    struct qn_inspector *i = calloc(force, sizeof(*i));
    struct qn_recusal *c = calloc(city, sizeof(*c));
    struct qn_pick *picks = calloc(city, sizeof(*picks));
    char(*id)[48] = calloc(city + force, sizeof(*id));
    uint64_t *load = calloc(force, sizeof(*load));
    struct qn_rules rules;
    struct qn_draw_keys keys;
    struct qn_pairing p;
    assert_true(o && i && c && picks && id && load);
    for (size_t k = 0; k < force; k++) {
        snprintf(id[city + k], sizeof(id[0]), "140602/%06zu", k);
        i[k] = (struct qn_inspector){.id = qn_str(id[city + k]), .nquals = 1, .available = true};
        i[k].qual[0] = (uint16_t)(1 + k % 3);
    }
    for (size_t k = 0; k < city; k++) {
        snprintf(id[k], sizeof(id[0]), "E:9133%014zu", k);
        o[k].id = qn_str(id[k]);
        picks[k] = (struct qn_pick){.object = k};
        c[k] = (struct qn_recusal){i[k * force / city].id, o[k].id};
    }
    struct qn_roster roster = {
        .object = o, .nobjects = city, .inspector = i, .ninspectors = force, .recusal = c};
    roster.nrecusals = city;
    struct qn_selection s = {.pick = picks, .npicks = city};
    make_rules(&rules, 0, "role 1 1 1\nrole 2 1 2\n");
    keys_of(&keys, 'H', 0);
    assert_int_equal(qn_pair(&p, &rules, &roster, &s, &keys, NULL), QN_OK);
    assert_int_equal(p.nvisits, city);
    for (size_t v = 0; v < city; v++)
        for (unsigned slot = 0; slot < 2; slot++) {
            size_t who = (size_t)p.visit[v].inspector[slot];
            assert_true(who < force && who % 3 == slot && who != v * force / city);
            load[who]++;
        }
    for (size_t k = 3; k < force; k++)
        assert_true(k % 3 == 2 ? load[k] == 0
                               : load[k] <= load[k % 3] + 1 && load[k] + 1 >= load[k % 3]);
    qn_pairing_release(&p);
    free(o);
    free(i);
    free(c);
    free(picks);
    free(id);
    free(load);
}

int main(void)
{
    const struct CMUnitTest test[] = {
        cmocka_unit_test(inclusion_and_positions),
        cmocka_unit_test(pairs_of_objects),
        cmocka_unit_test(inclusion_of_many),
        cmocka_unit_test(tickets_of_consecutive_ids),
        cmocka_unit_test(one_profile),
        cmocka_unit_test(twins),
        cmocka_unit_test(nobody_tests_own_sample),
        cmocka_unit_test(whole_city),
    };
    return cmocka_run_group_tests_name("draw statistics", test, set_up, NULL);
}
