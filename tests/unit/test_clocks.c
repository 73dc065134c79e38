/* test_clocks.c - clocks that disagree at either end, claims that fall back, offices that fall silent. */
#include "tests/unit/worlds.h"

#include "node/sync/serve.h"

#include "node/store/clock.h"
#include "node/sync/children.h"
#include "node/sync/clocks.h"
#include "node/sync/stages.h"
#include "protocol/wire.h"

/* ---- two clocks -------------------------------------------------------------------------------------------- */

#define EDGE (10 * MINUTE_MS)

static const struct apart {
    const char *name;
    int64_t county_ms;   /* its clock minus the city's */
    const char *at_city; /* what the city says; NULL: nothing */
    const char *at_county;
} apart_rows[] = {
    {"the same", 0, NULL, NULL},
    {"ten minutes ahead", EDGE, NULL, NULL},
    {"ten minutes behind", -EDGE, NULL, NULL},
    {"more than ten ahead", EDGE + 1, "sync.clock-ahead-minutes(office=140602|n=10)",
     "sync.clock-behind-minutes(office=1406|n=10)"},
    {"more than ten behind", -EDGE - 1, "sync.clock-behind-minutes(office=140602|n=10)",
     "sync.clock-ahead-minutes(office=1406|n=10)"},
    {"almost two days", 2 * DAY_MS - 1, "sync.clock-ahead-minutes(office=140602|n=2880)",
     "sync.clock-behind-minutes(office=1406|n=2880)"},
    {"ten years ahead", 3653 * DAY_MS, "sync.clock-ahead-days(office=140602|n=3653)",
     "sync.clock-behind-days(office=1406|n=3653)"},
};

/* What `to` says when it reads a HAVE of `from`, over a line or from a file. */
static void speak(struct heard *heard, struct test_office *from, struct test_office *to, bool file)
{
    QN_AUTO(exchange_stream) struct exchange_stream *s = NULL;
    QN_AUTO(qn_buf) struct qn_buf have = {0};
    struct qn_report report = {hear, heard};
    *heard = (struct heard){{0}};
    qn_buf_init(&have, QN_FRAME_MAX);
    MUST(exchange_have(&have, from->st, code_of(to), NULL, &offices_err));
    MUST(exchange_stream_open(&s, to->st, NULL, &report, &offices_err));
    if (file)
        exchange_stream_by_file(s);
    MUST(exchange_stream_frame(s, QN_FRAME_HAVE, qn_buf_span(&have), &offices_err));
}

static void expect_said(const char *name, const struct heard *heard, const char *want)
{
    char whole[200];
    snprintf(whole, sizeof(whole), "%s%s", want ? want : "", want ? " " : "");
    if (strcmp(heard->ids, whole) != 0)
        fail_msg("%s: \"%s\", wanted \"%s\"", name, heard->ids, whole);
}

static int64_t skew_kept(struct test_office *at, const char *office)
{
    struct peer p;
    MUST(peer_get(&p, at->st, office, &offices_err));
    return p.skew_ms;
}

static void warned_at_both_ends(void **state)
{
    struct worlds *w = *state;
    for (size_t i = 0; i < sizeof(apart_rows) / sizeof(apart_rows[0]); i++) {
        const struct apart *row = &apart_rows[i];
        struct heard heard;
        w->k.ms = (uint64_t)((int64_t)w->c.ms + row->county_ms);
        speak(&heard, &w->f.k, &w->f.c, false);
        expect_said(row->name, &heard, row->at_city);
        assert_int_equal(skew_kept(&w->f.c, "140602"), row->county_ms);
        speak(&heard, &w->f.c, &w->f.k, false);
        expect_said(row->name, &heard, row->at_county);
        assert_int_equal(skew_kept(&w->f.k, "1406"), -row->county_ms);
    }
}

/* What is refused has shown no clock: a replay of a question from when the clock was wrong, and one by another's key. */
static void refused_questions_show_no_clock(void **state)
{
    struct worlds *w = *state;
    QN_AUTO(qn_buf) struct qn_buf have = {0}, question = {0};
    struct heard heard = {{0}};
    struct qn_report report = {hear, &heard};
    w->k.ms = w->c.ms + 3 * (uint64_t)DAY_MS;
    qn_buf_init(&have, QN_FRAME_MAX);
    qn_buf_init(&question, QN_FRAME_MAX);
    MUST(exchange_have(&have, w->f.k.st, "1406", NULL, &offices_err));
    qn_frame_put(&question, QN_FRAME_HAVE, qn_buf_span(&have));
    static const struct {
        bool keyed;
        enum sync_what what;
        const char *want;
        int64_t skew;
    } rows[] = {
        {true, SYNC_PULL, "http.peer-key", 0},  {true, SYNC_PUSH, "http.peer-key", 0},
        {false, SYNC_PULL, "", 3 * DAY_MS},     {false, SYNC_PULL, "sync.replayed", 0},
        {false, SYNC_PUSH, "sync.replayed", 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        QN_AUTO(sync_serve) struct sync_serve *s = NULL;
        QN_AUTO(qn_buf) struct qn_buf answer = {0};
        struct qn_err err = {0};
        uint8_t key[QN_PUBKEY] = {9};
        heard = (struct heard){{0}};
        if (i == 3)
            MUST(peer_set_skew(w->f.c.st, "140602", 0, &offices_err));
        MUST(sync_serve_open(&s, w->f.c.st, rows[i].what, &report, &offices_err));
        if (rows[i].keyed)
            sync_serve_caller(s, key);
        sync_serve_feed(s, qn_buf_span(&question));
        enum qn_code rc = sync_serve_answer(s, &answer, &err);
        if ((rc == QN_OK) != (rows[i].want[0] == 0) || (rc && strcmp(err.id, rows[i].want) != 0))
            fail_msg("row %zu: %s", i, err.id);
        assert_int_equal(strstr(heard.ids, "sync.clock") != NULL, rows[i].skew != 0);
        struct peer p = {.skew_ms = 0};
        struct qn_err none;
        if (peer_get(&p, w->f.c.st, "140602", &none) == QN_OK || !rows[i].skew)
            assert_int_equal(p.skew_ms, rows[i].skew);
    }
}

/* A dead battery: the county believes that it is 1970. Everything goes on, and mends itself. */
static void the_year_1970(void **state)
{
    struct worlds *w = *state;
    struct family *f = &w->f;
    uint64_t now = w->k.ms;
    struct heard heard;
    w->k.ms = 5000;
    int64_t id = write_evidence(&f->k);
    speak(&heard, &f->k, &f->c, false);
    assert_non_null(strstr(heard.ids, "sync.clock-behind-days(office=140602|n="));
    carry(&f->k, &f->c);
    carry(&f->c, &f->k);
    struct stages s;
    MUST(stages_read(&s, f->k.st, &(struct stages_of){"140602", id, 0}, &offices_err));
    assert_int_equal(s.above[0].stage, STAGE_APPLIED);
    assert_int_equal(s.claimed_ms, 5000);
    assert_int_equal(s.above[0].cosigned_s, w->c.ms / 1000); /* lateness is judged from that */
    w->k.ms = now;
    speak(&heard, &f->k, &f->c, false);
    expect_said("set right", &heard, NULL);
    assert_int_equal(skew_kept(&f->c, "140602"), 0);
}

/* One exchange brings several HAVEs: told once, but again when it is another exchange or another skew. */
static void told_once(void **state)
{
    struct worlds *w = *state;
    struct heard heard;
    w->k.ms += 20 * MINUTE_MS;
    speak(&heard, &w->f.k, &w->f.c, false);
    assert_string_not_equal(heard.ids, "");
    speak(&heard, &w->f.k, &w->f.c, false);
    expect_said("at once", &heard, NULL);
    w->k.ms += MINUTE_MS;
    speak(&heard, &w->f.k, &w->f.c, false);
    assert_string_not_equal(heard.ids, "");
    w->c.ms += 6000;
    w->k.ms += 6000;
    speak(&heard, &w->f.k, &w->f.c, false);
    assert_string_not_equal(heard.ids, "");
}

static void a_file_is_old(void **state)
{
    struct worlds *w = *state;
    struct heard heard;
    w->k.ms = w->c.ms - 60 * DAY_MS;
    speak(&heard, &w->f.k, &w->f.c, true);
    expect_said("two months on the way", &heard, NULL);
    struct qn_err err;
    struct peer p;
    assert_int_equal(peer_get(&p, w->f.c.st, "140602", &err), QN_ABSENT); /* nothing was learnt */
    w->k.ms = w->c.ms + EDGE;
    speak(&heard, &w->f.k, &w->f.c, true);
    expect_said("ten minutes from now", &heard, NULL);
    w->k.ms = w->c.ms + 11 * MINUTE_MS;
    speak(&heard, &w->f.k, &w->f.c, true);
    expect_said("later than now", &heard, "sync.clock-ahead-minutes(office=140602|n=11)");
    w->c.ms += DAY_MS;
    speak(&heard, &w->f.k, &w->f.c, true);
    expect_said("no more", &heard, NULL);
    assert_int_equal(skew_kept(&w->f.c, "140602"), 0);
    /* what a line told of a slow clock, a file does not take back */
    w->k.ms = w->c.ms - DAY_MS;
    speak(&heard, &w->f.k, &w->f.c, false);
    speak(&heard, &w->f.k, &w->f.c, true);
    assert_int_equal(skew_kept(&w->f.c, "140602"), -DAY_MS);
}

/* ---- claims that fall back ---------------------------------------------------------------------------------- */

static void falls_are_marked(void **state)
{
    struct worlds *w = *state;
    struct family *f = &w->f;
    struct log log;
    MUST(log_of_office(&log, f->k.st, "140602", &offices_err));
    uint64_t base = log.size, now = w->k.ms;
    static const struct {
        int64_t step_ms; /* from the entry before */
        bool fall;
    } rows[] = {{MINUTE_MS, false},    {0, false},           {-EDGE, false},  {-EDGE - 1, true},
                {MINUTE_MS, false},    {DAY_MS, false},      {-DAY_MS, true}, {MINUTE_MS, false},
                {365 * DAY_MS, false}, {-365 * DAY_MS, true}};
    size_t n = sizeof(rows) / sizeof(rows[0]), falls = 0, found;
    for (size_t i = 0; i < n; i++) {
        now = (uint64_t)((int64_t)now + rows[i].step_ms);
        w->k.ms = now;
        write_evidence(&f->k);
        falls += rows[i].fall;
    }
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    struct exchange_sent sent;
    struct heard heard = {{0}};
    struct qn_report report = {hear, &heard};
    MUST(stream_from(&b, &f->k, &f->c, 0, &sent, NULL, &offices_err));
    struct took t = take(&f->c, "140602", qn_buf_span(&b), 0, &report);
    assert_int_equal(t.rc, QN_OK);
    assert_int_equal(t.came.refused, 0);
    assert_int_equal(t.tally.refused, 0); /* marked, never refused */
    char want[200];
    snprintf(want, sizeof(want), "sync.clock-back(log=test.example/140602/1|seq=%llu|count=%zu)",
             (unsigned long long)base + 3, falls);
    assert_non_null(strstr(heard.ids, want));
    struct clocks_back back[8];
    uint64_t total;
    MUST(clocks_backs(back, 8, &found, &total, f->c.st, &offices_err));
    assert_int_equal(found, falls);
    assert_int_equal(total, falls);
    size_t at = 0;
    for (size_t i = n; i-- > 0;)
        if (rows[i].fall) {
            assert_int_equal(back[at].seq, base + i);
            assert_int_equal((int64_t)back[at].claims_ms - (int64_t)back[at].before_ms,
                             rows[i].step_ms);
            at++;
        }
    MUST(clocks_backs(back, 1, &found, &total, f->c.st, &offices_err));
    assert_int_equal(found, 1);
    assert_int_equal(total, falls);
    /* Looked at once: the next look starts where this one ended, across the boundary too. */
    heard = (struct heard){{0}};
    MUST(clocks_scan(f->c.st, &report, &offices_err));
    assert_string_equal(heard.ids, "");
    w->k.ms -= EDGE + 1;
    write_evidence(&f->k);
    MUST(clocks_scan(f->k.st, NULL, &offices_err)); /* the author sees its own */
    MUST(clocks_backs(back, 8, &found, &total, f->k.st, &offices_err));
    assert_int_equal(total, falls + 1);
    assert_int_equal(back[0].seq, base + n);
}

/* ---- silence --------------------------------------------------------------------------------------------------- */

static void colours(void **state)
{
    (void)state;
    static const struct {
        bool heard;
        uint64_t days;
        enum children_colour want;
    } rows[] = {{true, 0, COLOUR_GREEN},  {true, 6, COLOUR_GREEN},  {true, 7, COLOUR_AMBER},
                {true, 29, COLOUR_AMBER}, {true, 30, COLOUR_RED},   {true, 4000, COLOUR_RED},
                {false, 0, COLOUR_GREY},  {false, 29, COLOUR_GREY}, {false, 30, COLOUR_RED}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(children_colour(rows[i].heard, rows[i].days, 7, 30), rows[i].want);
}

static void expect_child(struct test_office *at, const char *office, enum children_how how,
                         uint64_t quiet_days, enum children_colour colour)
{
    QN_AUTO(children) struct children all = {0};
    MUST(children_read(&all, at->st, &offices_err));
    for (size_t i = 0; i < all.n; i++) {
        const struct child *c = &all.child[i];
        if (strcmp(c->office, office) != 0)
            continue;
        if (c->how != how || c->quiet_days != quiet_days || c->colour != colour)
            fail_msg("%s: %s, %llu days, %s", office, children_how_name(c->how),
                     (unsigned long long)c->quiet_days, children_colour_name(c->colour));
        return;
    }
    fail_msg("%s is not listed", office);
}

static void silence_is_seen(void **state)
{
    struct worlds *w = *state;
    struct family *f = &w->f;
    uint64_t start =
        wire_day_start(wire_day_at(w->c.ms / 1000)) * 1000; /* certificates count whole days */
    w->p.ms = w->c.ms = w->k.ms = w->k2.ms = start;
    expect_child(&f->c, "140602", HEARD_NEVER, 0, COLOUR_GREY);
    write_evidence(&f->k);
    carry_heard(&f->k, &f->c);
    carry_heard(&f->c, &f->p);
    expect_child(&f->c, "140602", HEARD_LINE, 0, COLOUR_GREEN);
    expect_child(&f->p, "1406", HEARD_LINE, 0, COLOUR_GREEN);
    expect_child(&f->p, "140602", HEARD_RELAY, 0, COLOUR_GREEN);
    expect_child(&f->p, "140622", HEARD_NEVER, 0, COLOUR_GREY);
    w->c.ms = w->p.ms = start + 7 * (uint64_t)DAY_MS - 1;
    expect_child(&f->c, "140602", HEARD_LINE, 6, COLOUR_GREEN);
    w->c.ms = w->p.ms = start + 7 * (uint64_t)DAY_MS;
    expect_child(&f->c, "140602", HEARD_LINE, 7, COLOUR_AMBER);
    expect_child(&f->p, "140602", HEARD_RELAY, 7, COLOUR_AMBER);
    w->c.ms = start + 30 * (uint64_t)DAY_MS;
    expect_child(&f->c, "140602", HEARD_LINE, 30, COLOUR_RED);
    expect_child(&f->c, "140622", HEARD_NEVER, 30, COLOUR_RED);
    /* a stick arrives */
    QN_AUTO(qn_buf) struct qn_buf have = {0};
    qn_buf_init(&have, QN_FRAME_MAX);
    MUST(exchange_have(&have, f->k.st, "1406", NULL, &offices_err));
    MUST(peer_heard(f->c.st, "140602", qn_buf_span(&have), false, &offices_err));
    expect_child(&f->c, "140602", HEARD_FILE, 0, COLOUR_GREEN);
    /* a clock that was set back makes nobody red, and none negative */
    w->c.ms = 1000;
    expect_child(&f->c, "140602", HEARD_FILE, 0, COLOUR_GREEN);
}

static void bounds_are_settings(void **state)
{
    struct worlds *w = *state;
    struct family *f = &w->f;
    static const struct {
        unsigned amber, red;
        bool fine;
    } rows[] = {{0, 30, false},   {30, 30, false}, {31, 30, false},
                {1, 3651, false}, {1, 3650, true}, {2, 3, true}};
    unsigned amber, red;
    children_days(f->c.st, &amber, &red);
    assert_int_equal(amber, 7);
    assert_int_equal(red, 30);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct qn_err err;
        enum qn_code rc = children_set_days(f->c.st, rows[i].amber, rows[i].red, &err);
        assert_int_equal(rc == QN_OK, rows[i].fine);
        if (rc)
            assert_string_equal(err.id, "children.days");
    }
    w->c.ms = w->c.ms / (uint64_t)DAY_MS * (uint64_t)DAY_MS;
    carry_heard(&f->k, &f->c);
    w->c.ms += 2 * (uint64_t)DAY_MS;
    expect_child(&f->c, "140602", HEARD_LINE, 2, COLOUR_AMBER);
    w->c.ms += (uint64_t)DAY_MS;
    expect_child(&f->c, "140602", HEARD_LINE, 3, COLOUR_RED);
}

/* One county never came, and one fell silent: the other goes all the way. */
static void a_dead_child_pins_nothing(void **state)
{
    struct worlds *w = *state;
    struct family *f = &w->f;
    write_evidence(&f->k2);
    carry_heard(&f->k2, &f->c);
    w->p.ms = w->c.ms = w->k.ms = w->c.ms + 400 * (uint64_t)DAY_MS;
    int64_t id = write_evidence(&f->k);
    carry_heard(&f->k, &f->c);
    carry_heard(&f->c, &f->p);
    carry_heard(&f->p, &f->c);
    carry_heard(&f->c, &f->k);
    struct stages s;
    MUST(stages_read(&s, f->k.st, &(struct stages_of){"140602", id, 0}, &offices_err));
    assert_int_equal(s.above[0].stage, STAGE_APPLIED);
    assert_int_equal(s.above[1].stage, STAGE_APPLIED);
    expect_child(&f->c, "140622", HEARD_LINE, 400, COLOUR_RED);
    assert_int_equal(carry(&f->k, &f->c), 0);
}

/* ---- a battery that is dead at the office above ---------------------------------------------------------------- */

/* What it cosigns in 1970 is dated by the first day of the certificate: nothing of its child waits for ever. */
static void cosigned_in_1970(void **state)
{
    struct worlds *w = *state;
    struct family *f = &w->f;
    w->c.ms = 1000;
    write_one(&f->k, 1);
    carry(&f->k, &f->c);
    assert_int_equal(
        count(&f->c, "SELECT count(*) FROM cosignature WHERE office = '1406' AND time_s < 86400"
                     " AND log = (SELECT no FROM log WHERE office = '140602')"),
        1);
    carry(&f->c, &f->p);
    for (int above = 0; above < 2; above++) {
        struct test_office *o = above ? &f->p : &f->c;
        assert_int_equal(count(o, "SELECT count(*) FROM fate"), 0);
        assert_int_equal(count(o, "SELECT count(*) FROM roster_close WHERE office = '140602'"), 1);
    }
}

static void no_certificate_in_1970(void **state)
{
    struct worlds *w = *state;
    struct qn_err err;
    struct qn_cert made;
    uint8_t hash[QN_HASH];
    char print[QN_FINGERPRINT], path[600];
    struct qn_buf request, chain;
    const char *scope[] = {"140622"};
    snprintf(path, sizeof(path), "%s/140622.request", w->f.k2.dir);
    read_all(&request, path);
    qn_buf_init(&chain, ENROL_FILE_MAX);
    qn_request_hash(hash, qn_buf_span(&request));
    qn_fingerprint(print, hash);
    struct enrol_approve a = {.request = qn_buf_span(&request),
                              .fingerprint = print,
                              .level = QN_COUNTY,
                              .scope = scope,
                              .nscope = 1};
    uint64_t right = w->c.ms;
    w->c.ms = 1000;
    assert_int_equal(enrol_approve(w->f.c.st, &a, &made, &chain, &err), QN_DENIED);
    assert_string_equal(err.id, "enrol.clock");
    w->c.ms = right;
    chain.n = 0;
    MUST(enrol_approve(w->f.c.st, &a, &made, &chain, &err));
    qn_buf_release(&request);
    qn_buf_release(&chain);
}

/* SPEC encoding-15: "whatever zone a machine is set to" */
static void one_zone(void **state)
{
    static const char *const zones[] = {"UTC0", "CST-8", "EST5EDT", "<+14>-14"};
    const char *had = getenv("TZ");
    char *kept = had ? strdup(had) : NULL;
    (void)state;
    for (size_t i = 0; i < sizeof(zones) / sizeof(*zones); i++) {
        char text[20];
        setenv("TZ", zones[i], 1);
        tzset();
        clock_text(text, 1629043199999);
        assert_string_equal(text, "2021-08-15T23:59:59");
        clock_text(text, 1629043200000);
        assert_string_equal(text, "2021-08-16T00:00:00");
    }
    kept ? setenv("TZ", kept, 1) : unsetenv("TZ");
    tzset();
    free(kept);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, worlds_setup, worlds_teardown)
    const struct CMUnitTest tests[] = {
        CASE(warned_at_both_ends),  CASE(refused_questions_show_no_clock),
        CASE(the_year_1970),        CASE(told_once),
        CASE(cosigned_in_1970),     CASE(no_certificate_in_1970),
        CASE(a_file_is_old),        CASE(falls_are_marked),
        cmocka_unit_test(colours),  CASE(silence_is_seen),
        CASE(bounds_are_settings),  CASE(a_dead_child_pins_nothing),
        cmocka_unit_test(one_zone),
    };
    return cmocka_run_group_tests_name("clocks", tests, NULL, NULL);
}
