/* Chances of counts: beside every possibility tried one by one, and how often an honest province would be accused. */
#include "node/draw/chances.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/draw/field.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static void near(double got, double want, const char *what)
{
    if (!(fabs(got - want) <= 1e-12 + 1e-9 * fabs(want)))
        fail_msg("%s: %.15g is not %.15g", what, got, want);
}

/* ---- one by one ------------------------------------------------------------------------------------------------ */

/* Of all subsets of n out of total things, the first `marked` of them marked: how many hold x marked ones or more. */
static void drawn_by_enumeration(void **state)
{
    (void)state;
    for (unsigned total = 0; total <= 10; total++)
        for (unsigned marked = 0; marked <= total; marked++)
            for (unsigned n = 0; n <= total; n++)
                for (unsigned x = 0; x <= n + 1; x++) {
                    unsigned all = 0, hits = 0;
                    for (unsigned set = 0; set < 1u << total; set++) {
                        if ((unsigned)__builtin_popcount(set) != n)
                            continue;
                        all++;
                        hits += (unsigned)__builtin_popcount(set & ((1u << marked) - 1)) >= x;
                    }
                    near(chance_of_drawn(total, marked, n, x), (double)hits / all, "drawn");
                }
}

/* Of all ways in which n things happen or not. */
static double each_by_enumeration(const double *p, unsigned n, unsigned x, bool below)
{
    double sum = 0;
    for (unsigned set = 0; set < 1u << n; set++) {
        double one = 1;
        for (unsigned i = 0; i < n; i++)
            one *= set >> i & 1 ? p[i] : 1 - p[i];
        unsigned k = (unsigned)__builtin_popcount(set);
        sum += (below ? k <= x : k >= x) ? one : 0;
    }
    return sum;
}

static void many_and_each_by_enumeration(void **state)
{
    (void)state;
    static const double chance[] = {0, 0.001, 0.1, 1.0 / 3, 0.5, 0.9, 1};
    double p[11], room[11];
    for (size_t c = 0; c < ARRAY_LEN(chance); c++)
        for (unsigned n = 0; n <= 10; n++)
            for (unsigned x = 0; x <= n + 1; x++) {
                for (unsigned i = 0; i < n; i++)
                    p[i] = chance[c];
                double up = each_by_enumeration(p, n, x, false),
                       down = each_by_enumeration(p, n, x, true), odd = 2 * (up < down ? up : down);
                near(chance_of_many(n, chance[c], x), up, "many");
                near(chance_of_each(p, n, x, room), up, "each, equal");
                if (x <= n && chance[c] > 0 && chance[c] < 1)
                    near(chance_of_odd(n, chance[c], x), odd > 1 ? 1 : odd, "odd");
                for (unsigned i = 0; i < n; i++)
                    p[i] = chance[(c + i) % ARRAY_LEN(chance)];
                near(chance_of_each(p, n, x, room), each_by_enumeration(p, n, x, false), "each");
            }
}

/* ---- large counts ------------------------------------------------------------------------------------------------- */

/* Against logarithms of factorials, where the counts are a province's. */
static double choose(double n, double k)
{
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

static const struct chance_row {
    const char *name;
    uint64_t total, marked, n, x;
} large[] = {
    {"a county of a province", 350000, 7000, 3000, 110},
    {"most of all", 350000, 7000, 349000, 6990},
    {"five times the rate", 12000, 300, 1000, 90},
    {"all of them", 500, 40, 40, 40},
    {"none at all", 500, 40, 100, 0},
    {"the bulk of a long sum", 2000000, 1000000, 100000, 50300},
};

static void agrees_with_factorials(void **state)
{
    const struct chance_row *r = *state;
    double sum = 0, all = choose((double)r->total, (double)r->n);
    uint64_t high = r->marked < r->n ? r->marked : r->n;
    for (uint64_t k = r->x; k <= high; k++)
        if (r->n - k <= r->total - r->marked)
            sum += exp(choose((double)r->marked, (double)k) +
                       choose((double)(r->total - r->marked), (double)(r->n - k)) - all);
    double got = chance_of_drawn(r->total, r->marked, r->n, r->x);
    if (!(fabs(got - sum) <= 1e-6 * sum + 1e-12))
        fail_msg("%.12g is not %.12g", got, sum);
}

static void large_binomials(void **state)
{
    (void)state;
    double p[400], room[401];
    near(chance_of_many(1000000, 0.5, 0), 1, "all");
    assert_true(chance_of_many(1000000, 0.5, 502400) < 1e-5);
    assert_true(chance_of_many(1000000, 0.5, 502400) > 1e-7);
    assert_true(chance_of_odd(100000, 0.5, 48000) < 1e-30);
    assert_true(chance_of_odd(100000, 0.5, 50010) > 0.9);
    for (size_t i = 0; i < ARRAY_LEN(p); i++)
        p[i] = 0.03;
    near(chance_of_each(p, 400, 30, room), chance_of_many(400, 0.03, 30), "400 alike");
    assert_true(chance_of_each(p, 400, 500, room) == 0);
}

/* ---- how often an honest office is accused --------------------------------------------------------------------------- */

static uint64_t seed = 2021;

static double lot(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(seed >> 11) / 9007199254740992.0;
}

/* 11 counties, each with its own number of targets, one in fifty void for everybody: 20,000 provinces of them. Each line is
 * below 1e-3 less than once in a thousand; what is expected of 220,000 is below 220, and 300 would be five deviations. */
static void honest_provinces(void **state)
{
    (void)state;
    enum { COUNTIES = 11, PROVINCES = 20000 };
    unsigned looked = 0, flagged = 0;
    for (unsigned p = 0; p < PROVINCES; p++) {
        uint64_t n[COUNTIES], x[COUNTIES] = {0}, all = 0, marked = 0;
        for (unsigned c = 0; c < COUNTIES; c++) {
            n[c] = 20 + 15 * c;
            for (uint64_t t = 0; t < n[c]; t++)
                x[c] += lot() < 0.02;
            all += n[c];
            marked += x[c];
        }
        for (unsigned c = 0; c < COUNTIES; c++) {
            enum field_state s = field_judge(FIELD_VOIDS, chance_of_drawn(all, marked, n[c], x[c]));
            looked += s == FIELD_LOOKED;
            flagged += s == FIELD_FLAGGED;
        }
    }
    assert_true(looked + flagged <= 300);
    assert_true(looked >
                20); /* and the limit is no dead letter: counts are coarse, so fewer than 220 */
    assert_int_equal(flagged, 0);
}

/* Tickets of honest rosters: two-sided, so twice as fine. */
static void honest_ranks(void **state)
{
    (void)state;
    unsigned looked = 0, flagged = 0;
    for (unsigned r = 0; r < 30000; r++) {
        uint64_t n = 50 + r % 200, x = 0;
        for (uint64_t t = 0; t < n; t++)
            x += lot() < 0.5;
        enum field_state s = field_judge(FIELD_CLASSES, chance_of_odd(n, 0.5, x));
        looked += s == FIELD_LOOKED;
        flagged += s == FIELD_FLAGGED;
    }
    assert_true(looked + flagged <= 58); /* 30 expected at most, and five deviations */
    assert_true(looked > 5);
    assert_int_equal(flagged, 0);
}

/* One county of eleven whose rate is five times that of the others is found, however the lot falls. */
static void five_times_is_found(void **state)
{
    (void)state;
    unsigned found = 0;
    for (unsigned p = 0; p < 500; p++) {
        uint64_t x[11] = {0}, marked = 0;
        for (unsigned c = 0; c < 11; c++) {
            for (unsigned t = 0; t < 400; t++)
                x[c] += lot() < (c == 3 ? 0.15 : 0.03);
            marked += x[c];
        }
        found +=
            field_judge(FIELD_VOIDS, chance_of_drawn(4400, marked, 400, x[3])) == FIELD_FLAGGED;
    }
    assert_true(found >= 495);
}

static void limits(void **state)
{
    (void)state;
    assert_int_equal(field_judge(FIELD_VOIDS, 1e-3), FIELD_FINE);
    assert_int_equal(field_judge(FIELD_VOIDS, 9.9e-4), FIELD_LOOKED);
    assert_int_equal(field_judge(FIELD_REPEATS, 1e-6), FIELD_LOOKED);
    assert_int_equal(field_judge(FIELD_REPEATS, 9.9e-7), FIELD_FLAGGED);
    assert_int_equal(field_judge(FIELD_WITHHELD, 1), FIELD_FLAGGED);
}

int main(void)
{
    const struct CMUnitTest fixed[] = {
        cmocka_unit_test(drawn_by_enumeration),
        cmocka_unit_test(many_and_each_by_enumeration),
        cmocka_unit_test(large_binomials),
        cmocka_unit_test(honest_provinces),
        cmocka_unit_test(honest_ranks),
        cmocka_unit_test(five_times_is_found),
        cmocka_unit_test(limits),
    };
    struct CMUnitTest test[ARRAY_LEN(fixed) + ARRAY_LEN(large)];
    memcpy(test, fixed, sizeof(fixed));
    for (size_t i = 0; i < ARRAY_LEN(large); i++)
        test[ARRAY_LEN(fixed) + i] = (struct CMUnitTest){large[i].name, agrees_with_factorials,
                                                         NULL, NULL, (void *)(uintptr_t)&large[i]};
    return cmocka_run_group_tests_name("chances", test, NULL, NULL);
}
