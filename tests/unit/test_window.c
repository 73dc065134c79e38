/* test_window.c - more logs than a HAVE names: what is asked about, and that all are in the end. */
#include "tests/unit/quarantine_family.h"

#include "node/sync/window.h"

#define LOGS 3000

struct crowd {
    char origin[LOGS][QN_ORIGIN_MAX + 1], office[LOGS][QN_CODE_MAX + 1];
    struct window_log rank[LOGS];
};

static int by_name(const void *a, const void *b)
{
    const struct qn_have_origin *x = a, *y = b;
    return strcmp(x->origin, y->origin);
}

/* Three thousand logs of offices that the tree does not know, and the four that it knows. */
static struct crowd *crowd_make(void)
{
    static const char *const known[] = {"14", "1406", "140602", "140622"};
    struct crowd *c = calloc(1, sizeof(*c));
    assert_non_null(c);
    for (size_t i = 0; i < LOGS; i++) {
        if (i < 4)
            snprintf(c->office[i], sizeof(c->office[i]), "%s", known[i]);
        else
            snprintf(c->office[i], sizeof(c->office[i]), "1406S%zu", i);
        snprintf(c->origin[i], sizeof(c->origin[i]), "test.example/%.16s/1", c->office[i]);
    }
    return c;
}

/* The HAVE of the city for the province when it holds those logs for which i % lacks is not 1. */
static void have_make(struct qn_have *h, struct crowd *c, struct store *st, uint64_t start,
                      size_t lacks)
{
    size_t n = 0;
    *h = (struct qn_have){.from = "1406", .to = "14"};
    window_set_start(h->nonce, start);
    for (size_t i = 0; i < LOGS; i++)
        if (!lacks || i % lacks != 1 || i < 4)
            c->rank[n++] = (struct window_log){c->origin[i], c->office[i], .at = i};
    window_choose(c->rank, n, st, h->from, h->to, start);
    h->n = n < QN_HAVE_ORIGINS ? n : QN_HAVE_ORIGINS;
    h->origin = calloc(h->n, sizeof(*h->origin));
    assert_non_null(h->origin);
    for (size_t i = 0; i < h->n; i++)
        qn_text_copy(h->origin[i].origin, sizeof(h->origin[i].origin), qn_str(c->rank[i].origin));
    qsort(h->origin, h->n, sizeof(*h->origin), by_name);
}

/* What the reader takes for asked about: the named ones, and of the others just those that the sender lacks and
 * that lie in the window.                                                                                    */
static void the_reader_sees_the_window(void **state)
{
    struct family *f = *state;
    struct crowd *c = crowd_make();
    for (uint64_t start = 0, n = 0; n < 20; n++, start += UINT64_C(0xd1b54a32d192ed03)) {
        QN_AUTO(qn_have) struct qn_have h = {0};
        struct window w;
        size_t asked = 0, news = 0;
        have_make(&h, c, f->c.st, start, 10);
        window_of(&w, f->p.st, &h);
        assert_true(w.full);
        for (size_t i = 0; i < LOGS; i++) {
            bool named = exchange_have_of(&h, c->origin[i]) != NULL, lacked = i >= 4 && i % 10 == 1;
            bool asks = named || window_asks(&w, f->p.st, &h, c->origin[i], c->office[i]);
            if (asks && !named && !lacked)
                fail_msg("start %llu: log %zu is held, not named, and asked about",
                         (unsigned long long)start, i);
            assert_false(named && lacked);
            asked += asks;
            news += asks && !named;
            if (i < 2) /* the two offices themselves */
                assert_true(named);
        }
        assert_int_equal(asked, QN_HAVE_ORIGINS + news);
        assert_true(news > 50); /* a tenth of a third of them */
    }
    free(c);
}

/* Window behind window all are named, in the fewest steps that can do. */
static void once_round_names_all(void **state)
{
    struct family *f = *state;
    struct crowd *c = crowd_make();
    bool *named = calloc(LOGS, sizeof(*named));
    uint64_t start = UINT64_C(0x123456789abcdef0), gone = 0;
    unsigned windows = 0;
    assert_non_null(named);
    for (bool on = true; on; windows++) {
        QN_AUTO(qn_have) struct qn_have h = {0};
        struct window w;
        have_make(&h, c, f->c.st, start, 0);
        window_of(&w, f->p.st, &h);
        for (size_t i = 0; i < LOGS; i++)
            named[i] = named[i] || exchange_have_of(&h, c->origin[i]);
        on = gone + w.length > gone;
        gone += w.length;
        start += w.length;
    }
    for (size_t i = 0; i < LOGS; i++)
        assert_true(named[i]);
    assert_int_equal(windows, 3);
    free(named);
    free(c);
}

static void few_logs_have_no_window(void **state)
{
    struct family *f = *state;
    QN_AUTO(qn_have) struct qn_have h = {0};
    struct window w;
    have_of(&h, &f->c, &f->p);
    window_of(&w, f->p.st, &h);
    assert_false(w.full);
    assert_true(window_asks(&w, f->p.st, &h, "test.example/140699/1", "140699"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {T(the_reader_sees_the_window), T(once_round_names_all),
                                       T(few_logs_have_no_window)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
