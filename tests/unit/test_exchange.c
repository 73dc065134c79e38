/* test_exchange.c - two offices and a stream between them: what is sent, what is not, what is taken. */
#include "tests/unit/family.h"

#include "node/store/own.h"
#include "node/store/own_claim.h"

#include "node/store/own.h"
#include "node/store/receipts.h"

#define HELD_ROWS "SELECT count(*) FROM roster_close WHERE office = '140602'"

static uint64_t log_size(struct test_office *o, const char *office)
{
    struct log log;
    struct qn_err none;
    return log_of_office(&log, o->st, office, &none) == QN_OK ? log.verified : 0;
}

/* ---- both ways ---------------------------------------------------------------------------------------------- */

static void up_and_down(void **state)
{
    struct family *f = *state;
    struct log own;
    uint64_t size, time_s;
    write_one(&f->k, 1);
    write_one(&f->k, 2);
    assert_true(carry(&f->k, &f->c) > 0);
    assert_int_equal(count(&f->c, HELD_ROWS), 2);
    carry(&f->c, &f->k);
    MUST(log_of_office(&own, f->k.st, "140602", &offices_err));
    MUST(log_first_cosigned(f->k.st, &own, 1, "1406", &size, &time_s, &offices_err));
    assert_int_equal(size, 2);
    QN_AUTO(qn_buf) struct qn_buf receipt = {0};
    qn_buf_init(&receipt, QN_NOTE_MAX);
    MUST(receipt_get(&receipt, f->k.st, "1406", own.origin, &offices_err));
    /* Nothing is left to say. */
    assert_int_equal(carry(&f->k, &f->c), 0);
    assert_int_equal(carry(&f->c, &f->k), 0);
    /* One more act is one checkpoint, one header, one part. */
    write_one(&f->k, 3);
    assert_int_equal(carry(&f->k, &f->c), 3);
    assert_int_equal(count(&f->c, HELD_ROWS), 3);
}

static void city_relays_both_ways(void **state)
{
    struct family *f = *state;
    struct log own;
    uint64_t size, time_s;
    write_one(&f->k, 1);
    carry(&f->k, &f->c);
    carry(&f->c, &f->p);
    assert_int_equal(count(&f->p, HELD_ROWS), 1);
    carry(&f->p, &f->c);
    carry(&f->c, &f->k);
    MUST(log_of_office(&own, f->k.st, "140602", &offices_err));
    MUST(log_first_cosigned(f->k.st, &own, 0, "14", &size, &time_s, &offices_err));
    QN_AUTO(qn_buf) struct qn_buf receipt = {0};
    qn_buf_init(&receipt, QN_NOTE_MAX);
    MUST(receipt_get(&receipt, f->k.st, "14", own.origin, &offices_err));
    assert_int_equal(carry(&f->c, &f->p), 0);
    assert_int_equal(carry(&f->c, &f->k), 0);
}

/* A county that finds its city closed goes to the province, which has never seen the city's log. */
static void city_can_be_passed_by(void **state)
{
    struct family *f = *state;
    write_one(&f->k, 1);
    carry(&f->k, &f->p);
    assert_int_equal(count(&f->p, HELD_ROWS), 1);
    carry(&f->p, &f->k);
    assert_int_equal(carry(&f->k, &f->p), 0);
}

/* Every cosigned checkpoint is relayed: an entry keeps its date wherever it is looked at. */
static void dates_are_the_same_everywhere(void **state)
{
    struct family *f = *state;
    static const char *const of[] = {"140602", "1406"};
    uint64_t size_c, size_p, time_c, time_p;
    struct log at_c, at_p;
    for (int i = 1; i <= 4; i++) {
        write_one(&f->k, i);
        carry(&f->k, &f->c);
        write_addressed(&f->c, "140602", "a", "1406", "b");
    }
    carry(&f->c, &f->p);
    for (int i = 0; i < 2; i++) {
        MUST(log_of_office(&at_c, f->c.st, of[i], &offices_err));
        MUST(log_of_office(&at_p, f->p.st, of[i], &offices_err));
        assert_true(at_p.verified >= 4 && at_p.verified == at_c.verified);
        for (uint64_t seq = 0; seq < at_c.verified; seq++) {
            MUST(log_first_cosigned(f->c.st, &at_c, seq, "1406", &size_c, &time_c, &offices_err));
            MUST(log_first_cosigned(f->p.st, &at_p, seq, "1406", &size_p, &time_p, &offices_err));
            assert_int_equal(size_c, size_p);
            assert_int_equal(time_c, time_p);
        }
    }
    /* SPEC overview-8: "Entries of the lanes result and bulk are dated by the offices above." */
    MUST(log_of_office(&at_c, f->c.st, "140602", &offices_err));
    assert_int_equal(
        log_first_cosigned(f->c.st, &at_c, 0, "140602", &size_c, &time_c, &offices_err), QN_ABSENT);
}

static bool contains(struct qn_span in, const char *what)
{
    return memmem(in.p, in.n, what, strlen(what)) != NULL;
}

static void siblings_see_nothing_of_each_other(void **state)
{
    struct family *f = *state;
    struct exchange_sent sent;
    QN_AUTO(qn_buf) struct qn_buf to_k = {0}, to_k2 = {0}, up = {0};
    write_addressed(&f->c, "140602", "for-140602-alone", "140622", "for-140622-alone");
    write_one(&f->k, 1);
    carry(&f->k, &f->c);
    MUST(stream_from(&to_k, &f->c, &f->k, 0, &sent, NULL, &offices_err));
    MUST(stream_from(&to_k2, &f->c, &f->k2, 0, &sent, NULL, &offices_err));
    MUST(stream_from(&up, &f->c, &f->p, 0, &sent, NULL, &offices_err));
    assert_true(contains(qn_buf_span(&to_k), "for-140602-alone"));
    assert_false(contains(qn_buf_span(&to_k), "for-140622-alone"));
    assert_true(contains(qn_buf_span(&to_k2), "for-140622-alone"));
    assert_false(contains(qn_buf_span(&to_k2), "for-140602-alone"));
    assert_false(
        contains(qn_buf_span(&to_k2), "test.example/140602")); /* nor that the other has a log */
    assert_true(contains(qn_buf_span(&up), "for-140602-alone"));
    struct took t = take(&f->k2, "1406", qn_buf_span(&to_k2), 0, NULL);
    assert_int_equal(t.came.refused, 0);
    assert_int_equal(count(&f->k2, "SELECT count(*) FROM plan_accept"), 1);
}

/* ---- broken, doubled, reordered ------------------------------------------------------------------------------ */

/* Cut after every frame in turn; each new try goes on where the last one ended. */
static void cut_at_every_frame(void **state)
{
    struct family *f = *state;
    for (int i = 1; i <= 3; i++)
        write_one(&f->k, i);
    write_addressed(&f->c, "140602", "a", "140622", "b");
    for (int round = 0;; round++) {
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        struct exchange_sent sent;
        assert_true(round < 64);
        MUST(stream_from(&b, &f->k, &f->c, 0, &sent, NULL, &offices_err));
        if (!sent.news)
            break;
        struct qn_span rest = qn_buf_span(&b), payload;
        enum qn_frame_type type;
        size_t need;
        for (int n = 0; n < 2; n++) /* HAVE and one frame more */
            MUST(qn_frame_take(&rest, &type, &payload, &need, &offices_err));
        /* and three bytes of the next, which are lost */
        size_t n = b.n - rest.n + (rest.n > 3 ? 3 : rest.n);
        struct took t = take(&f->c, "140602", (struct qn_span){b.p, n}, 7, NULL);
        assert_int_equal(t.rc, QN_OK);
        assert_false(t.came.ended);
        assert_int_equal(t.came.refused, 0);
    }
    assert_int_equal(count(&f->c, HELD_ROWS), 3);
}

/* The province knows a station from the county, which called past the city, and writes to it. The city hears of the
 * entry in a stream that is cut behind any frame: it must know by then that the part is for an office below it.   */
static void a_part_for_an_office_not_known_yet(void **state)
{
    struct family *f = *state;
    struct test_office s;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    struct exchange_sent sent;
    office_make(&s, &f->all, &f->k, "140602S1", QN_STATION);
    carry(&f->k, &f->p);
    write_addressed(&f->p, "140602S1", "a", "14", "b"); /* b is for nobody below */
    MUST(stream_from(&b, &f->p, &f->c, 0, &sent, NULL, &offices_err));
    struct qn_span all = qn_buf_span(&b), in = all;
    for (unsigned cuts = 0; in.n; cuts++) {
        enum qn_frame_type type;
        struct qn_span payload;
        size_t need;
        struct test_office city;
        char name[24];
        MUST(qn_frame_take(&in, &type, &payload, &need, &offices_err));
        snprintf(name, sizeof(name), "cut-%u", cuts);
        copy_office(&city, f, &f->c, name);
        take(&city, "14", (struct qn_span){all.p, all.n - in.n}, 0, NULL);
        carry(&f->p, &city);
        if (count(&city, "SELECT count(*) FROM plan_accept WHERE reason = 'a'") != 1)
            fail_msg("cut behind frame %u, of type %d", cuts, (int)type);
        store_close(city.st);
    }
    office_close_test(&s);
}

static void pieces_of_any_size(void **state)
{
    struct family *f = *state;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    struct exchange_sent sent;
    static const size_t pieces[] = {0, 1, 4, 5, 6, 61, 4096};
    write_one(&f->k, 1);
    MUST(stream_from(&b, &f->k, &f->c, 0, &sent, NULL, &offices_err));
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        struct took t = take(&f->c, "140602", qn_buf_span(&b), pieces[i], NULL);
        assert_int_equal(t.rc, QN_OK);
        assert_true(t.came.ended);
        assert_int_equal(t.came.bytes, b.n);
        assert_int_equal(t.tally.headers + t.tally.applied, i ? 0 : 2); /* again: nothing new */
    }
}

static void parts_in_reverse(void **state)
{
    struct family *f = *state;
    QN_AUTO(qn_buf) struct qn_buf b = {0}, mixed = {0}, parts = {0};
    struct exchange_sent sent;
    struct qn_span frame[64];
    size_t n = 0;
    for (int i = 1; i <= 4; i++)
        write_one(&f->k, i);
    MUST(stream_from(&b, &f->k, &f->c, 0, &sent, NULL, &offices_err));
    qn_buf_init(&mixed, b.max);
    qn_buf_init(&parts, b.max);
    for (struct qn_span in = qn_buf_span(&b); in.n;) {
        enum qn_frame_type type;
        struct qn_span payload, whole = in;
        size_t need;
        MUST(qn_frame_take(&in, &type, &payload, &need, &offices_err));
        whole.n -= in.n;
        if (type == QN_FRAME_PART)
            frame[n++] = whole;
        else if (type != QN_FRAME_END)
            qn_put_span(&mixed, whole);
    }
    assert_int_equal(n, 4);
    while (n > 0)
        qn_put_span(&mixed, frame[--n]);
    struct took t = take(&f->c, "140602", qn_buf_span(&mixed), 0, NULL);
    assert_int_equal(t.came.refused, 0);
    assert_int_equal(count(&f->c, HELD_ROWS), 4);
}

static void capped(void **state)
{
    struct family *f = *state;
    uint64_t rounds = 0;
    bool more = true;
    for (int i = 1; i <= 24; i++)
        write_one(&f->k, i);
    for (; more; rounds++) {
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        struct exchange_sent sent;
        MUST(stream_from(&b, &f->k, &f->c, 2000, &sent, NULL, &offices_err));
        assert_true(sent.bytes <= 2000 + QN_FRAME_HEAD + 1);
        more = sent.more;
        struct took t = take(&f->c, "140602", qn_buf_span(&b), 0, NULL);
        assert_int_equal(t.came.more, more);
        assert_int_equal(t.came.refused, 0);
        assert_true(rounds < 100);
    }
    assert_true(rounds > 3);
    assert_int_equal(count(&f->c, HELD_ROWS), 24);
}

/* A reader keeps 64 checkpoints of a log waiting for their headers: a longer backlog must not run into that. Each entry of
 * lane plan has a cosigned one of its own (overview-8). */
static void backlog_of_dated_acts(void **state)
{
    struct family *f = *state;
    carry(&f->c, &f->p);
    for (int i = 1; i <= 150; i++)
        write_addressed(&f->c, "140602", "a", "1406", "b");
    assert_int_equal(carry(&f->c, &f->p), 600);
    assert_int_equal(count(&f->p, "SELECT count(*) FROM plan_accept"), 300);
    assert_int_equal(carry(&f->c, &f->p), 0);
}

static void backlog_of_many_acts(void **state)
{
    struct family *f = *state;
    for (int i = 1; i <= 150; i++)
        write_one(&f->k, i);
    assert_int_equal(carry(&f->k, &f->c),
                     301); /* headers, parts, and the newest checkpoint alone */
    assert_int_equal(count(&f->c, HELD_ROWS), 150);
    assert_int_equal(log_size(&f->c, "140602"), 150);
    assert_int_equal(carry(&f->k, &f->c), 0);
}

/* An entry whose parts do not fit one answer: the cursor stays before it until the last of them is there. */
static void parts_longer_than_an_answer(void **state)
{
    struct family *f = *state;
    static const char *const to[] = {"140602", "140622", "1406"};
    uint64_t rounds = 0;
    {
        QN_AUTO(act) struct act a = {0};
        MUST(act_open(&a, f->c.st, QN_KIND_ACCEPT, QN_LANE_PLAN, &offices_err));
        for (int i = 0; i < 6; i++)
            put_accept(&a, to[i % 3], i < 3 ? QN_TO_OFFICE : QN_TO_SUBTREE, "a");
        MUST(act_commit(&a, NULL, NULL, &offices_err));
    }
    for (bool more = true; more; rounds++) {
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        struct exchange_sent sent;
        MUST(stream_from(&b, &f->c, &f->p, 700, &sent, NULL, &offices_err));
        more = sent.more;
        take(&f->p, "1406", qn_buf_span(&b), 0, NULL);
        if (rounds == 200)
            fail_msg("after 200 rounds it still has more");
    }
    assert_true(rounds > 3);
    assert_int_equal(count(&f->p, "SELECT count(*) FROM plan_accept"), 6);
}

/* ---- who may speak -------------------------------------------------------------------------------------------- */

struct speaker {
    const char *name, *want;
    enum {
        TO,
        SIGNATURE,
        FROM_UNKNOWN,
        FROM_SELF,
        CLOCK,
        NOTHING,
        NOT_FIRST,
        SURPLUS,
        OTHER_OFFICE,
        OTHER_NONCE
    } what;
};

static void seal(struct qn_buf *out, struct family *f, const struct speaker *row)
{
    QN_AUTO(qn_have) struct qn_have h = {0};
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    have_of(&h, &f->k, &f->c);
    qn_buf_init(&b, QN_FRAME_MAX);
    switch (row->what) {
    case TO:
        memcpy(h.to, "14", 3);
        break;
    case FROM_UNKNOWN:
        memcpy(h.from, "999999", 7);
        break;
    case FROM_SELF:
        memcpy(h.from, "1406", 5);
        memcpy(h.to, "14", 3);
        break;
    case CLOCK:
        h.time_ms = 1000;
        break;
    case SIGNATURE:
    case NOTHING:
    case NOT_FIRST:
    case SURPLUS:
    case OTHER_OFFICE:
    case OTHER_NONCE:
        break;
    }
    qn_have_seal(&b, &h, keys_log_sk(row->what == FROM_SELF ? f->c.keys : f->k.keys));
    if (row->what == SIGNATURE)
        b.p[b.n - 1] ^= 1;
    static const uint8_t end[] = {0};
    if (row->what == NOT_FIRST)
        qn_frame_put(out, QN_FRAME_END, QN_SPAN(end));
    qn_frame_put(out, QN_FRAME_HAVE, qn_buf_span(&b));
    qn_frame_put(out, QN_FRAME_END, QN_SPAN(end));
    if (row->what == SURPLUS)
        qn_frame_put(out, QN_FRAME_END, QN_SPAN(end));
}

static void speaks(void **state)
{
    struct family *f = *state;
    static const struct speaker rows[] = {
        {"sound", NULL, NOTHING},
        {"wrong clock", NULL, CLOCK},
        {"for another", "sync.not-for-us", TO},
        {"signature", "sync.have-signature", SIGNATURE},
        {"unknown office", "sync.unknown-office", FROM_UNKNOWN},
        {"ourselves", "sync.not-for-us", FROM_SELF},
        {"not first", "sync.no-have", NOT_FIRST},
        {"behind END", "sync.after-end", SURPLUS},
        {"another than expected", "sync.other-office", OTHER_OFFICE},
        {"another's answer", "sync.other-answer", OTHER_NONCE},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        QN_AUTO(exchange_stream) struct exchange_stream *s = NULL;
        struct heard heard = {{0}};
        struct qn_report report = {hear, &heard};
        struct qn_err err = {0};
        uint8_t nonce[16] = {9};
        qn_buf_init(&b, QN_FRAME_MAX);
        seal(&b, f, &rows[i]);
        MUST(exchange_stream_open(&s, f->c.st, rows[i].what == OTHER_OFFICE ? "140622" : NULL,
                                  &report, &offices_err));
        if (rows[i].what == OTHER_NONCE)
            exchange_stream_expect(s, nonce);
        enum qn_code rc = exchange_stream_feed(s, qn_buf_span(&b), &err);
        if ((rc == QN_OK) != (rows[i].want == NULL) || (rc && strcmp(err.id, rows[i].want) != 0))
            fail_msg("%s: %s %s", rows[i].name, err.id, err.args);
        assert_int_equal(strstr(heard.ids, "sync.clock") != NULL, rows[i].what == CLOCK);
        if (rows[i].want && rows[i].what != SURPLUS)
            assert_null(exchange_stream_have(s));
    }
}

static void strangers_do_not_exchange(void **state)
{
    struct family *f = *state;
    struct qn_err err;
    QN_AUTO(qn_have) struct qn_have h = {0};
    struct exchange_sent sent;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, QN_FRAME_MAX);
    have_of(&h, &f->k, &f->c);
    memcpy(h.from, "140622", 7); /* a sibling, as the county would see it */
    struct exchange_options o = {.peer = &h, .emit = exchange_emit_buf, .ctx = &b};
    assert_int_equal(exchange_collect(f->k.st, &o, &sent, &err), QN_DENIED);
    assert_string_equal(err.id, "sync.not-related");
    assert_int_equal(b.n, 0);
}

/* ---- old copies and forks --------------------------------------------------------------------------------------- */

/* The length of the last PART and of what follows it, in a stream without runs. */
static size_t cut_of(struct qn_span in)
{
    size_t last = 0;
    struct qn_span all = in;
    while (in.n) {
        enum qn_frame_type type;
        struct qn_span payload;
        size_t need, at = all.n - in.n;
        MUST(qn_frame_take(&in, &type, &payload, &need, &offices_err));
        if (type == QN_FRAME_PART)
            last = at;
    }
    assert_true(last > 0);
    return all.n - last;
}

static void old_copy_gets_its_own_back_from_above(void **state)
{
    struct family *f = *state;
    struct test_office copy;
    struct heard heard = {{0}};
    struct qn_report report = {hear, &heard};
    struct qn_err err;
    struct exchange_sent sent;
    char why[400];
    QN_AUTO(qn_buf) struct qn_buf up = {0}, down = {0};
    write_one(&f->k, 1);
    copy_office(&copy, f, &f->k, "copy");
    write_one(&f->k, 2);
    write_one(&f->k, 3);
    carry(&f->k, &f->c);
    MUST(stream_from(&up, &copy, &f->c, 0, &sent, &report, &offices_err));
    assert_non_null(strstr(heard.ids, "sync.own-log-claim"));
    assert_false(store_get(copy.st, "stopped", why, sizeof(why))); /* words alone do not stop it */
    MUST(stream_from(&down, &f->c, &copy, 0, &sent, NULL, &offices_err));
    /* Cut before the last part: it knows by its own signature that more exists, and does not sign. */
    struct took t = take(&copy, "1406",
                         (struct qn_span){down.p, down.n - cut_of(qn_buf_span(&down))}, 0, &report);
    assert_int_equal(own_state(copy.st, &err), OWN_INCOMPLETE);
    QN_AUTO(act) struct act a = {0};
    assert_int_equal(act_open(&a, copy.st, QN_KIND_ROSTER_CLOSE, QN_LANE_BULK, &err), QN_DENIED);
    /* The whole of it: what it had signed is back, rows and all, and it goes on. */
    t = take(&copy, "1406", qn_buf_span(&down), 0, &report);
    assert_int_equal(t.came.refused, 0);
    assert_non_null(strstr(heard.ids, "own.back(size=3)"));
    assert_int_equal(own_state(copy.st, NULL), OWN_SIGNS);
    assert_int_equal(count(&copy, "SELECT group_concat(roster) = '1,2,3' FROM roster_close"), 1);
    write_one(&copy, 4);
    carry(&copy, &f->c);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM roster_close"), 4);
    store_close(copy.st);
}

/* A receipt by `by` about the log of `o`, as if all of it were stored and applied. */
static void receipt_of(struct qn_buf *note, struct test_office *by, struct test_office *o,
                       uint64_t size, const uint8_t root[QN_HASH], uint64_t time_s)
{
    struct qn_receipt r = {.size = size, .time_s = time_s};
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    memcpy(r.root, root, QN_HASH);
    snprintf(r.from, sizeof(r.from), "%s", store_origin(by->st));
    snprintf(r.about, sizeof(r.about), "%s", store_origin(o->st));
    for (int l = 0; l < QN_LANES; l++)
        r.stored[l] = r.applied[l] = size;
    qn_buf_init(&text, QN_NOTE_MAX);
    qn_buf_init(note, QN_NOTE_MAX);
    qn_receipt_text(&text, &r);
    qn_put_span(note, qn_buf_span(&text));
    qn_put_str(note, "\n");
    qn_note_sign(note, qn_buf_span(&text), qn_str(store_origin(by->st)), keys_log_sk(by->keys));
}

/* It says more than we wrote, or other than we wrote: that it was signed is kept, whatever is signed afterwards. */
static void a_false_receipt_is_evidence(void **state)
{
    struct family *f = *state;
    struct log own;
    uint8_t root[QN_HASH], other[QN_HASH] = {7};
    for (uint64_t i = 0; i < 3; i++)
        write_one(&f->k, (int64_t)i);
    carry(&f->k, &f->c);
    carry(&f->c, &f->k);
    MUST(log_find(&own, f->k.st, store_origin(f->k.st), &offices_err));
    MUST(log_root(f->k.st, &own, 2, root, &offices_err));
    const struct {
        uint64_t size;
        const uint8_t *root;
        const char *refused;
        size_t claims;
        bool stops, longer;
    } rows[] = {
        {2, root, "", 0, false, false},
        {2, other, "ingest.receipt-root", 1, false, false},
        {1000, other, "", 1, true, true},
        {2, root, "", 1, true, true}, /* an honest one behind it takes nothing back */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        QN_AUTO(ingest) struct ingest *in = NULL;
        QN_AUTO(qn_buf) struct qn_buf note = {0}, kept = {0};
        struct own_claim claim[4];
        struct qn_err err = {0};
        size_t n;
        receipt_of(&note, &f->c, &f->k, rows[i].size, rows[i].root, 4000000000 + i);
        MUST(ingest_open(&in, f->k.st, &offices_err));
        enum qn_code rc = ingest_frame(in, QN_FRAME_RECEIPT, qn_buf_span(&note), &err);
        MUST(ingest_finish(in, NULL, &offices_err));
        if ((rc != QN_OK) != (rows[i].refused[0] != 0) ||
            (rc && strcmp(err.id, rows[i].refused) != 0))
            fail_msg("row %zu: %s", i, err.id);
        MUST(own_claims(claim, 4, &n, f->k.st, &offices_err));
        assert_int_equal(n, rows[i].claims);
        assert_true(!n ||
                    (strcmp(claim[0].from, "1406") == 0 && claim[0].longer == rows[i].longer));
        assert_int_equal(own_state(f->k.st, NULL) != OWN_SIGNS, rows[i].stops);
        qn_buf_init(&kept, QN_NOTE_MAX);
        MUST(receipt_get(&kept, f->k.st, "1406", own.origin, &offices_err));
        assert_false(qn_span_eq(qn_buf_span(&kept),
                                qn_buf_span(&note))); /* that of all three entries stays */
    }
    assert_int_equal(count(&f->k, "SELECT size FROM own_claim WHERE office = '1406'"), 1000);
}

/* An office above that names a size it cannot show must not be able to silence the one below. */
static void lie_from_above_stops_nobody(void **state)
{
    struct family *f = *state;
    struct heard heard = {{0}};
    struct qn_report report = {hear, &heard};
    struct exchange_sent sent;
    char why[400];
    QN_AUTO(qn_have) struct qn_have h = {0};
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    write_one(&f->k, 1);
    carry(&f->k, &f->c);
    have_of(&h, &f->c, &f->k);
    for (size_t i = 0; i < h.n; i++)
        if (strcmp(h.origin[i].origin, store_origin(f->k.st)) == 0)
            h.origin[i].size = 1000000;
    qn_buf_init(&b, 64u << 20);
    struct exchange_options o = {
        .peer = &h, .emit = exchange_emit_buf, .ctx = &b, .report = &report};
    MUST(exchange_collect(f->k.st, &o, &sent, &offices_err));
    assert_non_null(strstr(heard.ids, "sync.own-log-claim"));
    assert_false(store_get(f->k.st, "stopped", why, sizeof(why)));
    write_one(&f->k, 2);
}

/* The city itself came from an old backup: a county shows it what it signed. */
static void old_copy_gets_its_own_back_from_below(void **state)
{
    struct family *f = *state;
    struct test_office copy;
    struct heard heard = {{0}};
    struct qn_report report = {hear, &heard};
    struct exchange_sent sent;
    char why[400];
    QN_AUTO(qn_buf) struct qn_buf down = {0}, up = {0}, rest = {0};
    struct qn_err err;
    copy_office(&copy, f, &f->c, "copy");
    write_addressed(&f->c, "140602", "a", "140622", "b");
    carry(&f->c, &f->k);
    MUST(stream_from(&down, &copy, &f->k, 0, &sent, &report, &offices_err));
    assert_non_null(strstr(heard.ids, "sync.own-log-claim"));
    assert_false(store_get(copy.st, "stopped", why, sizeof(why))); /* words alone do not stop it */
    MUST(stream_from(&up, &f->k, &copy, 0, &sent, NULL, &offices_err));
    struct took t = take(&copy, "140602", qn_buf_span(&up), 0, &report);
    /* The county was not sent what is for its sister: the headers are back, that part nobody below holds. */
    assert_int_equal(t.came.refused, 0);
    assert_int_equal(own_state(copy.st, &err), OWN_INCOMPLETE);
    assert_string_equal(err.id, "own.incomplete");
    carry(&f->c, &f->k2);
    MUST(stream_from(&rest, &f->k2, &copy, 0, &sent, NULL, &offices_err));
    t = take(&copy, "140622", qn_buf_span(&rest), 0, &report);
    assert_non_null(strstr(heard.ids, "own.back"));
    assert_int_equal(own_state(copy.st, NULL), OWN_SIGNS);
    assert_int_equal(count(&copy, "SELECT count(*) FROM plan_accept"), 2);
    store_close(copy.st);
}

static void lie_from_below_stops_nobody(void **state)
{
    struct family *f = *state;
    struct heard heard = {{0}};
    struct qn_report report = {hear, &heard};
    struct exchange_sent sent;
    char why[400];
    QN_AUTO(qn_have) struct qn_have h = {0};
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    write_addressed(&f->c, "140602", "a", "140622", "b");
    have_of(&h, &f->k, &f->c);
    for (size_t i = 0; i < h.n; i++)
        if (strcmp(h.origin[i].origin, store_origin(f->c.st)) == 0)
            h.origin[i].size = 1000;
    qn_buf_init(&b, 1u << 20);
    struct exchange_options o = {
        .peer = &h, .report = &report, .emit = exchange_emit_buf, .ctx = &b};
    MUST(exchange_collect(f->c.st, &o, &sent, &offices_err));
    assert_non_null(strstr(heard.ids, "sync.own-log-claim"));
    assert_false(store_get(f->c.st, "stopped", why, sizeof(why)));
    assert_int_equal(sent.frames[QN_FRAME_HEADER] + sent.frames[QN_FRAME_PART], 0);
}

static void fork_goes_up_once(void **state)
{
    struct family *f = *state;
    struct test_office copy;
    struct exchange_sent sent;
    QN_AUTO(qn_buf) struct qn_buf b = {0}, again = {0}, branch = {0};
    write_one(&f->k, 1);
    copy_office(&copy, f, &f->k, "copy");
    write_one(&f->k, 2);
    write_one(&f->k, 3);
    /* The copy was stopped nowhere, so it signs on and sends its branch as if the city held nothing. */
    write_one(&copy, 99);
    QN_AUTO(qn_have) struct qn_have h = {0};
    have_of(&h, &f->c, &f->k);
    QN_AUTO(qn_buf) struct qn_buf have = {0};
    qn_buf_init(&have, QN_FRAME_MAX);
    qn_buf_init(&branch, 1u << 20);
    MUST(exchange_have(&have, copy.st, "1406", NULL, &offices_err));
    qn_frame_put(&branch, QN_FRAME_HAVE, qn_buf_span(&have));
    struct exchange_options o = {.peer = &h, .emit = exchange_emit_buf, .ctx = &branch};
    MUST(exchange_collect(copy.st, &o, &sent, &offices_err));
    carry(&f->k, &f->c);
    struct took t = take(&f->c, "140602", qn_buf_span(&branch), 0, NULL);
    assert_int_equal(t.tally.forks, 1);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM rival"), 1);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM rival_part"), 1);
    MUST(stream_from(&b, &f->c, &f->p, 0, &sent, NULL, &offices_err));
    assert_true(sent.frames[QN_FRAME_FORK] >= 1);
    /* The writer keeps nothing: what was lost on the way is made again. */
    uint64_t news = sent.news;
    MUST(stream_from(&again, &f->c, &f->p, 0, &sent, NULL, &offices_err));
    assert_int_equal(sent.news, news);
    qn_buf_release(&again);
    t = take(&f->p, "1406", qn_buf_span(&b), 0, NULL);
    assert_int_equal(t.came.refused, 0);
    assert_true(count(&f->p, "SELECT count(*) FROM fork") >= 1);
    assert_int_equal(count(&f->p, "SELECT count(*) FROM rival"), 1);
    assert_int_equal(count(&f->p, "SELECT count(*) FROM rival_part"), 1);
    assert_int_equal(count(&f->p, HELD_ROWS), 3);
    assert_int_equal(count(&f->p, "SELECT count(*) FROM roster_close WHERE roster = 99"), 0);
    MUST(stream_from(&again, &f->c, &f->p, 0, &sent, NULL, &offices_err));
    assert_int_equal(sent.news, 0);
    assert_int_equal(sent.frames[QN_FRAME_FORK], 0);
    /* A reader that no longer knows what it was told is told again. */
    qn_buf_release(&again);
    char told[QN_ORIGIN_MAX + 32];
    snprintf(told, sizeof(told), "told/1406/%s", store_origin(f->k.st));
    MUST(store_unset(f->p.st, told, &offices_err));
    MUST(stream_from(&again, &f->c, &f->p, 0, &sent, NULL, &offices_err));
    assert_true(sent.frames[QN_FRAME_FORK] >= 1);
    store_close(copy.st);
}

/* A line that damages a RUN loses what was in it: the TOLD behind it does not count, so all of it is told again. */
static void lost_run_is_told_again(void **state)
{
    struct family *f = *state;
    struct test_office copy;
    struct exchange_sent sent;
    QN_AUTO(qn_buf) struct qn_buf b = {0}, again = {0};
    size_t runs = 0;
    write_one(&f->k, 1);
    copy_office(&copy, f, &f->k, "copy");
    write_one(&f->k, 2);
    write_one(&copy, 99);
    carry(&f->k, &f->c);
    carry(&copy, &f->c);
    MUST(stream_for(&b, &f->c, &f->p, QN_ABLE_RUN, 0, &sent, NULL, &offices_err));
    assert_true(sent.frames[QN_FRAME_FORK] >= 1 && sent.frames[QN_FRAME_TOLD] >= 1);
    for (struct qn_span in = qn_buf_span(&b); in.n;) {
        enum qn_frame_type type;
        struct qn_span payload;
        size_t need;
        MUST(qn_frame_take(&in, &type, &payload, &need, &offices_err));
        if (type == QN_FRAME_RUN) {
            b.p[(size_t)(payload.p - b.p) + 2] ^=
                0x10; /* near its head: nothing of it can be read */
            runs++;
        }
    }
    assert_true(runs >= 1);
    struct took t = take(&f->p, "1406", qn_buf_span(&b), 0, NULL);
    assert_true(t.came.refused >= 1);
    assert_int_equal(count(&f->p, "SELECT count(*) FROM fork"), 0);
    MUST(stream_for(&again, &f->c, &f->p, QN_ABLE_RUN, 0, &sent, NULL, &offices_err));
    assert_true(sent.frames[QN_FRAME_FORK] >= 1);
    take(&f->p, "1406", qn_buf_span(&again), 0, NULL);
    assert_true(count(&f->p, "SELECT count(*) FROM fork") >= 1);
    store_close(copy.st);
}

/* Answers that hold a frame or two: the author of two branches is told of both, once, and hears what stands behind them. */
static void branches_in_small_answers(void **state)
{
    struct family *f = *state;
    struct test_office copy;
    struct exchange_sent sent;
    write_one(&f->k, 1);
    copy_office(&copy, f, &f->k, "copy");
    for (int64_t i = 2; i < 8; i++)
        write_one(&f->k, i);
    for (int64_t i = 99; i < 105; i++)
        write_one(&copy, i);
    carry(&f->k, &f->c);
    carry(&copy, &f->c);
    unsigned answers = 0;
    do {
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        MUST(stream_from(&b, &f->c, &copy, 1500, &sent, NULL, &offices_err));
        take(&copy, "1406", qn_buf_span(&b), 0, NULL);
        assert_true(++answers < 60);
    } while (sent.more || sent.news);
    assert_true(answers > 5);
    assert_int_equal(count(&copy, "SELECT count(*) FROM rival"), 6);
    assert_int_equal(count(&copy, "SELECT count(*) FROM rival_part"), 6);
    store_close(copy.st);
}

/* City and province were given different branches: the first exchange between them shows it. */
static void split_view_is_found(void **state)
{
    struct family *f = *state;
    struct test_office copy;
    struct heard heard = {{0}};
    struct qn_report report = {hear, &heard};
    struct exchange_sent sent;
    QN_AUTO(qn_buf) struct qn_buf b = {0}, again = {0};
    write_one(&f->k, 1);
    copy_office(&copy, f, &f->k, "copy");
    write_one(&f->k, 2);
    write_one(&copy, 99);
    carry(&f->k, &f->c);
    carry(&copy, &f->p);
    MUST(stream_from(&b, &f->c, &f->p, 0, &sent, &report, &offices_err));
    assert_non_null(strstr(heard.ids, "sync.root-differs"));
    struct took t = take(&f->p, "1406", qn_buf_span(&b), 0, NULL);
    assert_true(t.tally.forks >= 1);
    assert_true(count(&f->p, "SELECT count(*) FROM fork") >= 1);
    assert_int_equal(log_size(&f->p, "140602"), 2);
    MUST(stream_from(&again, &f->c, &f->p, 0, &sent, &report, &offices_err));
    assert_int_equal(sent.frames[QN_FRAME_HEADER], 0); /* the branch is not sent twice */
    store_close(copy.st);
}

/* ---- addresses ------------------------------------------------------------------------------------------------- */

static void addresses(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        enum qn_code want, plain; /* of a peer; of something in clear on this machine */
    } rows[] = {
        {"https://127.0.0.1:8000", QN_OK, QN_DENIED},
        {"https://10.1.2.3:1", QN_OK, QN_DENIED},
        {"https://shuozhou.shanxi.example:65535", QN_OK, QN_DENIED},
        {"https://[::1]:80", QN_OK, QN_DENIED},
        {"https://[2001:db8::7]:443", QN_OK, QN_DENIED},
        {"", QN_DENIED, QN_DENIED},
        {"127.0.0.1:8000", QN_DENIED, QN_DENIED},
        {"HTTPS://127.0.0.1:8000", QN_DENIED, QN_DENIED},
        {"file:///etc/passwd", QN_DENIED, QN_DENIED},
        {"https://127.0.0.1", QN_MALFORMED, QN_DENIED},
        {"https://127.0.0.1:", QN_MALFORMED, QN_DENIED},
        {"https://:80", QN_MALFORMED, QN_DENIED},
        {"https://127.0.0.1:0", QN_MALFORMED, QN_DENIED},
        {"https://127.0.0.1:65536", QN_MALFORMED, QN_DENIED},
        {"https://127.0.0.1:80/x", QN_MALFORMED, QN_DENIED},
        {"https://127.0.0.1:80 ", QN_MALFORMED, QN_DENIED},
        {"https://127.0.0.1:+80", QN_MALFORMED, QN_DENIED},
        {"https://127.0.0.1:80@evil.example", QN_MALFORMED, QN_DENIED},
        {"https://user@127.0.0.1:80", QN_MALFORMED, QN_DENIED},
        {"https://user:pw@127.0.0.1:80", QN_MALFORMED, QN_DENIED},
        {"https://a b:80", QN_MALFORMED, QN_DENIED},
        {"https://[::1:80", QN_MALFORMED, QN_DENIED},
        {"https://[::1]x:80", QN_MALFORMED, QN_DENIED},
        {"https://[]:80", QN_MALFORMED, QN_DENIED},
        {"http://127.0.0.1:8000", QN_DENIED, QN_OK},
        {"http://127.255.0.9:1", QN_DENIED, QN_OK},
        {"http://localhost:65535", QN_DENIED, QN_OK},
        {"http://[::1]:80", QN_DENIED, QN_OK},
        {"http://10.0.0.1:80", QN_DENIED, QN_DENIED},
        {"http://127.0.0.1.evil.example:80", QN_DENIED, QN_DENIED},
        {"http://127.0.0:80", QN_DENIED, QN_DENIED},
        {"http://127.0.0.256:80", QN_DENIED, QN_DENIED},
        {"http://127.0.0.1.:80", QN_DENIED, QN_DENIED},
        {"http://128.0.0.1:80", QN_DENIED, QN_DENIED},
        {"http://localhost.:80", QN_DENIED, QN_DENIED},
        {"http://[::2]:80", QN_DENIED, QN_DENIED},
        {"http://user@127.0.0.1:80", QN_DENIED, QN_MALFORMED},
        {"http://127.0.0.1", QN_DENIED, QN_MALFORMED},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct qn_err err = {0};
        enum qn_code rc = peer_check_url(rows[i].url, &err);
        if (rc != rows[i].want)
            fail_msg("%s: %s", rows[i].url, qn_code_name(rc));
        rc = peer_check_plain_url(rows[i].url, &err);
        if (rc != rows[i].plain)
            fail_msg("in clear, %s: %s", rows[i].url, qn_code_name(rc));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, family_setup, family_teardown)
        T(up_and_down),
        T(city_relays_both_ways),
        T(city_can_be_passed_by),
        T(dates_are_the_same_everywhere),
        T(siblings_see_nothing_of_each_other),
        T(cut_at_every_frame),
        T(a_part_for_an_office_not_known_yet),
        T(pieces_of_any_size),
        T(parts_in_reverse),
        T(capped),
        T(backlog_of_dated_acts),
        T(backlog_of_many_acts),
        T(parts_longer_than_an_answer),
        T(speaks),
        T(strangers_do_not_exchange),
        T(old_copy_gets_its_own_back_from_above),
        T(a_false_receipt_is_evidence),
        T(lie_from_above_stops_nobody),
        T(old_copy_gets_its_own_back_from_below),
        T(lie_from_below_stops_nobody),
        T(fork_goes_up_once),
        T(lost_run_is_told_again),
        T(split_view_is_found),
        T(branches_in_small_answers),
        cmocka_unit_test(addresses),
    };
    return cmocka_run_group_tests_name("exchange", tests, NULL, NULL);
}
