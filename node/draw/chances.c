#include "node/draw/chances.h"

/* Sums of weights, each made from the one before; only their ratios matter, so they may be scaled down together. */
struct tail {
    double weight, all, tail;
};

static void tail_add(struct tail *t, bool counts)
{
    t->all += t->weight;
    if (counts)
        t->tail += t->weight;
}

static void tail_next(struct tail *t, double ratio)
{
    t->weight *= ratio;
    if (t->all > 1e200) {
        t->all /= 1e200;
        t->tail /= 1e200;
        t->weight /= 1e200;
    }
}

static double tail_of(const struct tail *t)
{
    return t->all > 0 ? t->tail / t->all : 1;
}

/* Weights C(marked, k)·C(total - marked, n - k). */
double chance_of_drawn(uint64_t total, uint64_t marked, uint64_t n, uint64_t x)
{
    uint64_t low = n + marked > total ? n + marked - total : 0;
    uint64_t high = marked < n ? marked : n;
    struct tail t = {1, 0, 0};
    for (uint64_t k = low; k <= high; k++) {
        tail_add(&t, k >= x);
        tail_next(&t, (double)(marked - k) * (double)(n - k) /
                          ((double)(k + 1) * (double)(total + k + 1 - marked - n)));
    }
    return tail_of(&t);
}

/* Weights C(n, k)·p^k·(1 - p)^(n - k). */
static void many(struct tail *t, uint64_t n, double p, uint64_t from, uint64_t to)
{
    *t = (struct tail){1, 0, 0};
    for (uint64_t k = 0; k <= n; k++) {
        tail_add(t, k >= from && k <= to);
        tail_next(t, (double)(n - k) / (double)(k + 1) * (p / (1 - p)));
    }
}

double chance_of_many(uint64_t n, double p, uint64_t x)
{
    struct tail t;
    if (p <= 0)
        return x == 0;
    if (p >= 1)
        return x <= n;
    many(&t, n, p, x, n);
    return tail_of(&t);
}

double chance_of_odd(uint64_t n, double p, uint64_t x)
{
    struct tail low, high;
    if (p <= 0 || p >= 1)
        return p <= 0 ? x == 0 : x == n;
    many(&low, n, p, 0, x);
    many(&high, n, p, x, n);
    double one = tail_of(&low), other = tail_of(&high), least = one < other ? one : other;
    return least > 0.5 ? 1 : 2 * least;
}

double chance_of_each(const double *p, size_t n, size_t x, double *room)
{
    double sum = 0;
    room[0] = 1;
    for (size_t i = 0; i < n; i++) {
        double q = p[i] < 0 ? 0 : p[i] > 1 ? 1 : p[i];
        room[i + 1] = room[i] * q;
        for (size_t k = i; k > 0; k--)
            room[k] = room[k] * (1 - q) + room[k - 1] * q;
        room[0] *= 1 - q;
    }
    for (size_t k = n + 1; k-- > x;)
        sum += room[k];
    return sum > 1 ? 1 : sum;
}
