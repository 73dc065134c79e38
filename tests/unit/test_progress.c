/* test_progress.c - what is left to send, the order in which it arrives, and how long a node waits to call again. */
#include "tests/unit/worlds.h"

#include "node/sync/backoff.h"
#include "node/sync/progress.h"

/* ---- the wait --------------------------------------------------------------------------------------------- */

static void waits(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        unsigned every, failures;
        uint32_t random;
        uint64_t want_ms;
    } rows[] = {
        {"shortest period", 15, 0, 0, 720000},
        {"longest period", 15, 0, UINT32_MAX, 1080000},
        {"its middle", 15, 0, UINT32_C(1) << 31, 900000},
        {"a minute", 1, 0, 0, 48000},
        {"a day", 1440, 0, UINT32_MAX, 103680000},
        {"one failure, at least", 15, 1, 0, 1000},
        {"one failure, at most", 15, 1, UINT32_MAX, 60000},
        {"two", 15, 2, UINT32_MAX, 120000},
        {"three", 15, 3, UINT32_MAX, 240000},
        {"six", 15, 6, UINT32_MAX, 1920000},
        {"seven: the bound", 15, 7, UINT32_MAX, 3600000},
        {"eight", 15, 8, UINT32_MAX, 3600000},
        {"very many", 15, UINT32_MAX, UINT32_MAX, 3600000},
        {"very many, at least", 15, UINT32_MAX, 0, 1000},
        {"the period does not bound it", 1, 7, UINT32_MAX, 3600000},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t ms = backoff_wait_ms(rows[i].every, rows[i].failures, rows[i].random);
        if (ms != rows[i].want_ms)
            fail_msg("%s: %llu ms", rows[i].name, (unsigned long long)ms);
    }
}

/* ---- what is left ------------------------------------------------------------------------------------------ */

static struct progress progress_at(struct test_office *of, struct test_office *above)
{
    QN_AUTO(qn_have) struct qn_have have = {0};
    struct progress p;
    have_of(&have, above, of);
    MUST(progress_read(&p, of->st, &have, &offices_err));
    return p;
}

static void counts_down(void **state)
{
    struct worlds *w = *state;
    struct family *f = &w->f;
    uint64_t start = w->k.ms;
    carry(&f->k, &f->c); /* what enrolment wrote */
    struct progress p = progress_at(&f->k, &f->c);
    uint64_t base = p.of;
    assert_int_equal(p.held, base);
    assert_int_equal(p.entries_left, 0);
    assert_int_equal(p.days_left, 0);
    for (int i = 1; i <= 12; i++) {
        w->k.ms = start + (uint64_t)i * (uint64_t)DAY_MS;
        write_one(&f->k, i);
    }
    p = progress_at(&f->k, &f->c);
    assert_int_equal(p.held, base);
    assert_int_equal(p.entries_left, 12);
    assert_int_equal(p.days_left, 12);
    assert_true(p.bytes_left > 12 * 32);
    uint64_t bytes = p.bytes_left;
    for (int round = 0; p.entries_left; round++) {
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        struct exchange_sent sent;
        uint64_t left = p.entries_left, days = p.days_left;
        assert_true(round < 40);
        MUST(stream_from(&b, &f->k, &f->c, 3500, &sent, NULL, &offices_err));
        struct took t = take(&f->c, "140602", qn_buf_span(&b), 0, NULL);
        assert_int_equal(t.rc, QN_OK);
        p = progress_at(&f->k, &f->c);
        assert_true(p.entries_left <= left && p.days_left <= days && p.bytes_left <= bytes);
        assert_int_equal(p.held + p.entries_left,
                         base + 12); /* one lane: the rest is what lies above */
        assert_int_equal(p.days_left, p.entries_left);
        bytes = p.bytes_left;
    }
    assert_int_equal(p.held_ms, p.newest_ms);
    assert_int_equal(p.bytes_left, 0);
}

/* A day begun counts; a claim that falls back makes no days. */
static void days_are_rounded_up(void **state)
{
    struct worlds *w = *state;
    struct family *f = &w->f;
    uint64_t start = w->k.ms;
    write_one(&f->k, 1);
    carry(&f->k, &f->c);
    w->k.ms = start + 1;
    write_one(&f->k, 2);
    assert_int_equal(progress_at(&f->k, &f->c).days_left, 1);
    w->k.ms = start + (uint64_t)DAY_MS + 1;
    write_one(&f->k, 3);
    assert_int_equal(progress_at(&f->k, &f->c).days_left, 2);
    w->k.ms = 1000;
    write_one(&f->k, 4);
    struct progress p = progress_at(&f->k, &f->c);
    assert_int_equal(p.days_left, 0);
    assert_int_equal(p.entries_left, 3);
}

static void said_to_the_caller_only(void **state)
{
    struct worlds *w = *state;
    struct family *f = &w->f;
    QN_AUTO(qn_have) struct qn_have of_c = {0}, of_k = {0};
    struct heard heard = {{0}};
    struct qn_report report = {hear, &heard};
    carry(&f->k, &f->c);
    w->k.ms += 3 * (uint64_t)DAY_MS;
    write_one(&f->k, 1);
    write_addressed(&f->c, "140602", "a", "140622", "b");
    have_of(&of_c, &f->c, &f->k);
    have_of(&of_k, &f->k, &f->c);
    MUST(progress_say(f->k.st, &of_c, &report, &offices_err));
    assert_non_null(strstr(heard.ids, "sync.behind(office=1406|day="));
    assert_non_null(strstr(heard.ids, "|days=3|entries=1|bytes="));
    heard = (struct heard){{0}};
    MUST(progress_say(f->c.st, &of_k, &report,
                      &offices_err)); /* a county owes its city, not the other way */
    assert_string_equal(heard.ids, "");
    carry(&f->k, &f->c);
    qn_have_release(&of_c);
    have_of(&of_c, &f->c, &f->k);
    MUST(progress_say(f->k.st, &of_c, &report, &offices_err));
    assert_string_equal(heard.ids, "");
}

/* ---- what comes first ---------------------------------------------------------------------------------------- */

/* The lane of the entry that a PART frame belongs to, at its author. */
static enum qn_lane lane_of(struct test_office *author, const struct qn_part_frame *p)
{
    char origin[QN_ORIGIN_MAX + 1];
    struct log log;
    QN_AUTO(log_entry) struct log_entry e = {0};
    assert_true(qn_text_copy(origin, sizeof(origin), p->origin));
    MUST(log_find(&log, author->st, origin, &offices_err));
    MUST(log_entry_get(&e, author->st, &log, p->seq, &offices_err));
    return e.h.lane;
}

/* Weeks apart: rosters, plans and certificates were written in turn. However early the link is cut, what arrived is
 * the beginning of the order by (lane, seq), and what arrived is applied.                                          */
static void urgent_lanes_first(void **state)
{
    struct worlds *w = *state;
    struct family *f = &w->f;
    for (int i = 1; i <= 3; i++) {
        write_one(&f->c, i);
        write_addressed(&f->c, "140602", "a", "140622", "b");
        write_evidence(&f->c);
    }
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    struct exchange_sent sent;
    MUST(stream_from(&b, &f->c, &f->p, 0, &sent, NULL, &offices_err));
    struct qn_span in = qn_buf_span(&b), payload;
    enum qn_frame_type type;
    size_t need, parts = 0;
    int lane = 0;
    uint64_t seq = 0;
    bool seen[QN_LANES] = {false};
    while (in.n) {
        struct qn_part_frame p;
        MUST(qn_frame_take(&in, &type, &payload, &need, &offices_err));
        if (type != QN_FRAME_PART)
            continue;
        MUST(qn_part_frame_decode(&p, payload, &offices_err));
        int at = (int)lane_of(&f->c, &p);
        assert_true(at > lane || (at == lane && p.seq >= seq));
        lane = at;
        seq = p.seq;
        seen[at] = true;
        parts++;
    }
    assert_true(seen[QN_LANE_CONTROL] && seen[QN_LANE_PLAN] && seen[QN_LANE_RESULT] &&
                seen[QN_LANE_BULK]);
    /* Cut somewhere in every hundred bytes: no roster is here before all plans are. */
    static const char plans[] = "SELECT count(*) FROM plan_accept WHERE office = '1406'",
                      rosters[] = "SELECT count(*) FROM roster_close WHERE office = '1406'",
                      results[] = "SELECT count(*) FROM evidence WHERE office = '1406'";
    size_t cuts = 0;
    for (size_t cut = b.n / 4; cut < b.n; cut += 100, cuts++) {
        take(&f->p, "1406", (struct qn_span){b.p, cut}, 0, NULL);
        int64_t np = count(&f->p, plans), nr = count(&f->p, results), nb = count(&f->p, rosters);
        assert_true(nr == 0 || np == 6);
        assert_true(nb == 0 || nr == 3);
    }
    assert_true(cuts > 10 && parts >= 12);
    struct took t = take(&f->p, "1406", qn_buf_span(&b), 0, NULL);
    assert_int_equal(t.rc, QN_OK);
    assert_int_equal(count(&f->p, rosters), 3);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, worlds_setup, worlds_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits),       CASE(counts_down),        CASE(days_are_rounded_up),
        CASE(said_to_the_caller_only), CASE(urgent_lanes_first),
    };
    return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
