/* test_quarantine.c - what stands still, why, until when. Real offices and stores; entries that no honest node signs
 * come from forge_entry.h.                                                                                   */
#include "tests/unit/quarantine_family.h"

#include <time.h>

static void settle_again(struct test_office *o);

/* ---- verdicts ----------------------------------------------------------------------------------------------- */

/* Every kind of entry, the city's verdict and the province's; then whether the lane goes on behind it. */
static void one_verdict_for_all(void **state)
{
    static const struct {
        enum what what;
        const char *want;
        bool goes_on;
    } rows[] = {
        {GOOD, "", true},
        {OTHER_OFFICE, "refused authority.office", true},
        {LEVEL, "refused authority.level", true},
        {LANE, "refused change.lane", true},
        {ID_NEW, "refused authority.id-new", true},
        {ID_LATER, "refused authority.id-later", true},
        {ONCE, "refused authority.once", true},
        {GARBAGE, "refused change.start", true},
        {UPDATE, "refused change.update", true},
        {SCHEMA_HASH, "refused apply.schema-hash", true},
        {CERT_ROW, "refused cert.malformed", true},
        {SUPERSEDE_OTHER, "refused authority.supersede", true},
        {SUPERSEDE_LATER, "refused authority.supersede", true},
        {ABANDON_PRESENT, "refused authority.abandoned", true},
        {WAIVE_OWN, "refused authority.waiver", true},
        {LATER_AND_BAD, "refused authority.office", true},
        {DEP_AND_BAD, "refused authority.office", true},
        {TWICE, "quarantined row.exists", false},
        {SPLIT_VIEW, "quarantined apply.split-view", false},
        {REVISION, "held apply.revision", false},
        {DEPENDENCY, "held apply.dependency", false},
        {SCHEMA, "held apply.schema", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct family *f = *state;
        family_fresh(f);
        write_one(&f->k, 1000);
        uint64_t seq = forge(&f->k, rows[i].what);
        carry(&f->k, &f->c);
        write_one(&f->k, 2000);
        carry(&f->k, &f->c);
        carry(&f->c, &f->p);
        for (int above = 0; above < 2; above++) {
            struct test_office *o = above ? &f->p : &f->c;
            expect(o, "140602", seq, rows[i].want);
            bool on = rows_of(o, "roster_close") == (rows[i].what == GOOD ? 3 : 2);
            /* Another lane's standstill is not this one's. */
            if (on != rows[i].goes_on)
                fail_msg("row %zu: the lane %s at %s", i, on ? "goes on" : "stands", code_of(o));
        }
        assert_int_equal(fates(&f->p, "1"), fates(&f->c, "1"));
    }
}

/* The same bytes in two orders: what one needs comes before it at the city, behind it at the province. */
static void order_of_arrival_changes_nothing(void **state)
{
    struct family *f = *state;
    struct log p;
    struct forge e;
    struct qn_row row;
    write_one(&f->k, 1000);
    uint64_t bad = forge(&f->k, LATER_AND_BAD);
    write_addressed(&f->c, "140602", "to the county", "14", "to the province");
    MUST(log_find(&p, f->c.st, store_origin(f->c.st), &offices_err));
    forge_init(&e, QN_LANE_BULK, QN_KIND_ROSTER_CLOSE);
    e.dep[e.ndeps] = (struct qn_dep){.origin = qn_str(p.origin), .size = p.size};
    MUST(log_root(f->c.st, &p, p.size, e.dep[e.ndeps++].root, &offices_err));
    close_row(&row, &f->k, next_seq(&f->k), 0, 1);
    put(&e, &row);
    uint64_t rests = commit(&e, &f->k);
    uint64_t other = forge(&f->k, OTHER_OFFICE);
    carry(&f->k, &f->c); /* the city holds its own log: nothing waits */
    carry(&f->k, &f->p); /* the province has heard nothing of the city yet */
    expect(&f->c, "140602", rests, "");
    expect(&f->p, "140602", rests, "held apply.dependency");
    expect(&f->p, "140602", other, ""); /* behind the standstill: not judged yet */
    carry(&f->c, &f->p);
    expect(&f->p, "140602", rests, "");
    uint64_t each[] = {bad, other};
    for (size_t i = 0; i < ARRAY_LEN(each); i++) {
        expect(&f->c, "140602", each[i], "refused authority.office");
        expect(&f->p, "140602", each[i], "refused authority.office");
    }
    assert_int_equal(rows_of(&f->c, "roster_close"), 2);
    assert_int_equal(rows_of(&f->p, "roster_close"), 2);
}

struct frames {
    struct {
        enum qn_frame_type type;
        struct qn_span payload;
    } at[64];
    size_t n;
};

static void split(struct frames *out, struct qn_span in)
{
    out->n = 0;
    while (in.n) {
        size_t need;
        assert_true(out->n < ARRAY_LEN(out->at));
        MUST(qn_frame_take(&in, &out->at[out->n].type, &out->at[out->n].payload, &need,
                           &offices_err));
        out->n++;
    }
}

/* One frame, settled by itself. */
static void one_frame(struct test_office *to, const struct frames *f, size_t i)
{
    QN_AUTO(ingest) struct ingest *in = NULL;
    MUST(ingest_open(&in, to->st, &offices_err));
    MUST(ingest_frame(in, f->at[i].type, f->at[i].payload, &offices_err));
    MUST(ingest_finish(in, NULL, &offices_err));
}

/* The city takes a stream whole; the province frame by frame, the parts backwards, each settled by itself. */
static void in_pieces_and_backwards(void **state)
{
    static const enum what kinds[] = {GOOD,          OTHER_OFFICE, LANE,           ONCE,
                                      GARBAGE,       SCHEMA_HASH,  CERT_ROW,       WAIVE_OWN,
                                      LATER_AND_BAD, DEP_AND_BAD,  TWICE,          REVISION,
                                      SCHEMA,        DEPENDENCY,   SUPERSEDE_LATER};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct family *f = *state;
        family_fresh(f);
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        struct exchange_sent sent;
        struct frames *frames = malloc(sizeof(*frames));
        char at_c[100], at_p[100];
        assert_non_null(frames);
        write_one(&f->k, 1000);
        uint64_t first = forge(&f->k, kinds[i]), second = forge(&f->k, OTHER_OFFICE);
        write_one(&f->k, 2000);
        carry(&f->c, &f->p); /* that of which the certificates are */
        MUST(stream_from(&b, &f->k, &f->p, 0, &sent, NULL, &offices_err));
        split(frames, qn_buf_span(&b));
        for (size_t n = 0; n < frames->n; n++)
            if (frames->at[n].type != QN_FRAME_PART && frames->at[n].type != QN_FRAME_HAVE)
                one_frame(&f->p, frames, n);
        for (size_t n = frames->n; n-- > 0;)
            if (frames->at[n].type == QN_FRAME_PART)
                one_frame(&f->p, frames, n);
        carry(&f->k, &f->c);
        for (uint64_t seq = 0; seq < 4; seq++) {
            fate_of(&f->c, "140602", seq, at_c);
            fate_of(&f->p, "140602", seq, at_p);
            assert_string_equal(at_c, at_p);
        }
        assert_true(kinds[i] == GOOD || rows_of(&f->c, "roster_close") < 3);
        assert_int_equal(rows_of(&f->c, "roster_close"), rows_of(&f->p, "roster_close"));
        assert_true(first < second);
        free(frames);
    }
}

/* ---- cursors -------------------------------------------------------------------------------------------------- */

static void four_cursors(void **state)
{
    struct family *f = *state;
    struct log log;
    struct ingest_cursors c;
    write_one(&f->k, 1000);
    forge(&f->k, SCHEMA);
    write_one(&f->k, 2000);
    carry(&f->k, &f->c);
    carry(&f->c, &f->p); /* the city relays what it cannot apply */
    struct test_office *above[] = {&f->c, &f->p};
    for (size_t i = 0; i < 2; i++) {
        MUST(log_of_office(&log, above[i]->st, "140602", &offices_err));
        MUST(ingest_cursors(&c, above[i]->st, &log, &offices_err));
        assert_int_equal(c.received, 3);
        assert_int_equal(c.verified, 3);
        assert_int_equal(c.relayable[QN_LANE_BULK], 3);
        assert_int_equal(c.applied[QN_LANE_BULK], 1);
        assert_int_equal(c.applied[QN_LANE_PLAN], 3); /* nothing of that lane stands */
    }
    MUST(log_find(&log, f->k.st, store_origin(f->k.st), &offices_err));
    MUST(ingest_cursors(&c, f->k.st, &log, &offices_err));
    assert_int_equal(c.applied[QN_LANE_BULK],
                     3); /* one's own entries are applied as they are written */
}

/* ---- addressed to an office that nobody here knows ---------------------------------------------------------- */

/* An entry of the city with one part for that office, as no honest city writes it. */
static uint64_t to_unknown(struct family *f, const char *to)
{
    struct forge e;
    struct qn_row row;
    forge_init(&e, QN_LANE_PLAN, QN_KIND_ACCEPT);
    e.to = to;
    e.reach = QN_TO_OFFICE;
    forge_row(&row, f->c.st, "plan_accept", next_seq(&f->c), 0, 1);
    row_text(&row, "plan_office", "1406");
    row_int(&row, "plan_id", qn_row_id(1, 0, 0));
    row_int(&row, "plan_rev", 1);
    row_text(&row, "outcome", "accepted");
    row_text(&row, "acted_by", "forger");
    row_text(&row, "acted_on", "2021-08-16");
    row_text(&row, "reason", "x");
    put(&e, &row);
    return commit(&e, &f->c);
}

static struct ingest_cursors of_city(struct test_office *o)
{
    struct ingest_cursors c;
    struct log log;
    MUST(log_of_office(&log, o->st, "1406", &offices_err));
    MUST(ingest_cursors(&c, o->st, &log, &offices_err));
    return c;
}

static void unknown_addressees(void **state)
{
    static const struct {
        const char *to;
        bool waits;
    } rows[] = {
        {"140602S1", true},  /* below this county, for all it can tell */
        {"140622S1", false}, /* below the other county: not by this way */
        {"141100", false},   /* below another city */
        {"140622", false},   /* known */
        {"1406", false},     /* the author itself */
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct family *f = *state;
        family_fresh(f);
        uint64_t seq = to_unknown(f, rows[i].to);
        write_addressed(&f->c, "140602", "behind it", "140622", "y");
        carry(&f->c, &f->k);
        expect(&f->k, "1406", seq, rows[i].waits ? "held apply.addressee" : "");
        assert_int_equal(of_city(&f->k).relayable[QN_LANE_PLAN], rows[i].waits ? seq : seq + 2);
        assert_int_equal(of_city(&f->k).relayable[QN_LANE_DRAW],
                         seq + 2); /* the other lanes go on */
        assert_int_equal(count(&f->k, "SELECT count(*) FROM plan_accept"), rows[i].waits ? 0 : 1);
        assert_int_equal(count(&f->k, "SELECT count(*) FROM fate WHERE reason = 'certificate'"),
                         rows[i].waits);
    }
}

/* The certificate comes: the part passes here, so it is waited for, and taken; nothing of it went by. */
static void the_addressee_becomes_known(void **state)
{
    struct family *f = *state;
    struct test_office s;
    uint64_t seq = to_unknown(f, "140602S1");
    write_addressed(&f->c, "140602", "behind it", "140622", "y");
    carry(&f->c, &f->k);
    expect(&f->k, "1406", seq, "held apply.addressee");
    office_make(&s, &f->all, &f->k, "140602S1", QN_STATION);
    settle_again(&f->k);
    expect(&f->k, "1406", seq, "held apply.gap");
    assert_int_equal(of_city(&f->k).relayable[QN_LANE_PLAN], seq);
    carry(&f->k, &f->c); /* the city learns of the station as well, so it sends the part */
    carry(&f->c, &f->k);
    assert_int_equal(of_city(&f->k).relayable[QN_LANE_PLAN], seq + 2);
    assert_int_equal(fates(&f->k, "1"), 0);
    carry(&f->k, &s);
    assert_int_equal(count(&s, "SELECT count(*) FROM plan_accept"), 1);
    office_close_test(&s);
}

/* A hostile city names an office that will never be: its parent ends it. */
static void an_unknown_addressee_is_waived(void **state)
{
    struct family *f = *state;
    struct act a;
    struct qn_err err;
    uint64_t seq = to_unknown(f, "140602S9");
    write_addressed(&f->c, "140602", "behind it", "140622", "y");
    carry(&f->c, &f->p);
    carry(&f->c, &f->k);
    expect(&f->k, "1406", seq, "held apply.addressee");
    /* Nothing of it stands at the province, which gets every part; it says the word all the same. */
    struct forge e;
    struct qn_row row;
    struct log log;
    MUST(log_of_office(&log, f->p.st, "1406", &offices_err));
    forge_init(&e, QN_LANE_CONTROL, QN_KIND_REFUSAL);
    about_row(&row, &f->p, "waiver", log.origin, (int64_t)seq);
    put(&e, &row);
    commit(&e, &f->p);
    carry(&f->p, &f->c);
    carry(&f->c, &f->k);
    expect(&f->k, "1406", seq, "waived fate.waived");
    assert_int_equal(of_city(&f->k).relayable[QN_LANE_PLAN], seq + 2);
    assert_int_equal(of_city(&f->k).applied[QN_LANE_PLAN], seq + 2);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM plan_accept"), 1);
    /* An honest one cannot write such an entry. */
    MUST(act_open(&a, f->c.st, QN_KIND_ACCEPT, QN_LANE_PLAN, &offices_err));
    assert_int_equal(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, "140602S9", &err), QN_ABSENT);
    assert_string_equal(err.id, "act.unknown-office");
    act_end(&a);
}

/* ---- waiting -------------------------------------------------------------------------------------------------- */

static int runs(struct test_office *o, enum sql id)
{
    return o->st->stmt[id] ? sqlite3_stmt_status(o->st->stmt[id], SQLITE_STMTSTATUS_RUN, 1) : 0;
}

static int looked_at(struct test_office *o)
{
    return runs(o, SQL_ENTRY_GET) + runs(o, SQL_FATE_NEXT) + runs(o, SQL_FATE_SET) +
           runs(o, SQL_PART_GET) + runs(o, SQL_CURSOR_SET);
}

static void settle_again(struct test_office *o)
{
    QN_AUTO(ingest) struct ingest *in = NULL;
    MUST(ingest_open(&in, o->st, &offices_err));
    MUST(ingest_finish(in, NULL, &offices_err));
}

/* Rows that statements walked over without an index. */
static int64_t walked(struct test_office *o)
{
    int64_t n = 0;
    for (int i = 0; i < SQL_COUNT; i++)
        if (o->st->stmt[i])
            n += sqlite3_stmt_status(o->st->stmt[i], SQLITE_STMTSTATUS_FULLSCAN_STEP, 1);
    return n;
}

/* F16: a thousand held entries are neither read nor tried when nothing came for them. */
static void what_waits_costs_nothing(void **state)
{
    struct family *f = *state;
    struct qn_err err;
    forge(&f->k, REVISION);
    carry(&f->k, &f->c);
    settle_again(&f->c);
    looked_at(&f->c);
    settle_again(&f->c);
    assert_int_equal(looked_at(&f->c), 0);
    MUST(
        store_exec(f->c.st,
                   "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
                   "INSERT INTO fate SELECT log, seq + i, state, reason, rule, args, waits_on || "
                   "i, waits_n, 0, 1, "
                   "at_ms FROM fate, n WHERE state = 'held'",
                   &err));
    assert_int_equal(fates(&f->c, "f.state = 'held'"), 1001);
    walked(&f->c);
    settle_again(&f->c);
    assert_int_equal(looked_at(&f->c), 0);
    assert_int_equal(walked(&f->c), 0);
    /* Another office's news does not touch them either. */
    write_one(&f->k2, 1);
    carry(&f->k2, &f->c);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM roster_close WHERE office = '140622'"), 1);
    assert_true(walked(&f->c) < 100);
    assert_int_equal(fates(&f->c, "f.ready <> 0"), 0);
    assert_int_equal(runs(&f->c, SQL_FATE_SET), 0);
}

static void tried_when_it_changes(void **state)
{
    struct family *f = *state;
    struct qn_err err;
    uint64_t seq = forge(&f->k, REVISION);
    carry(&f->k, &f->c);
    expect(&f->c, "140602", seq, "held apply.revision");
    /* The row it follows appears; the next rows of that office tell. */
    char sql[400];
    snprintf(sql, sizeof(sql),
             "INSERT INTO roster_close(office, id, rev, roster, entries, rows, root, acted_by, "
             "recorded_on) "
             "VALUES('140602', %lld, 1, 1, 0, 0, zeroblob(32), 'x', 'x')",
             (long long)qn_row_id(1, seq, 9));
    MUST(store_exec(f->c.st, sql, &err));
    settle_again(&f->c);
    expect(&f->c, "140602", seq, "held apply.revision");
    struct forge e;
    struct qn_row row;
    forge_init(&e, QN_LANE_CONTROL, QN_KIND_REFUSAL);
    forge_row(&row, f->k.st, "refusal", next_seq(&f->k), 0, 1);
    row_text(&row, "origin", "test.example/140602/1");
    row_int(&row, "seq", 0);
    row_text(&row, "rule", "x");
    row_text(&row, "detail", "");
    put(&e, &row);
    commit(&e, &f->k);
    carry(&f->k, &f->c);
    expect(&f->c, "140602", seq, "");
    assert_int_equal(rows_of(&f->c, "roster_close"), 2);
}

static void retry_and_upgrade(void **state)
{
    struct family *f = *state;
    struct qn_err err;
    struct ingest_tally t;
    uint64_t n, seq = forge(&f->k, SCHEMA);
    carry(&f->k, &f->c);
    runs(&f->c, SQL_FATE_SET);
    settle_again(&f->c);
    assert_int_equal(runs(&f->c, SQL_FATE_SET), 0);
    write_one(&f->k,
              1000); /* news of the same log, even of the same lane, are not what it waits for */
    carry(&f->k, &f->c);
    assert_int_equal(runs(&f->c, SQL_FATE_SET), 0);
    MUST(store_set(f->c.st, "settled-by", "an older registry", &offices_err));
    settle_again(&f->c);
    assert_int_equal(runs(&f->c, SQL_FATE_SET), 1); /* tried, and it still waits */
    expect(&f->c, "140602", seq, "held apply.schema");
    MUST(quarantine_retry(f->c.st, NULL, UINT64_MAX, &n, &t, &offices_err));
    assert_int_equal(n, 1);
    MUST(quarantine_retry(f->c.st, "140602", seq, &n, &t, &offices_err));
    assert_int_equal(n, 1);
    assert_int_equal(t.held, 1);
    MUST(quarantine_retry(f->c.st, "140622", UINT64_MAX, &n, &t, &offices_err));
    assert_int_equal(n, 0);
    assert_int_equal(quarantine_retry(f->c.st, "140602", seq + 1, &n, &t, &err), QN_ABSENT);
    assert_string_equal(err.id, "quarantine.none");
    assert_int_equal(quarantine_retry(f->c.st, "150000", UINT64_MAX, &n, &t, &err), QN_ABSENT);
    assert_string_equal(err.id, "log.unknown");
}

static void a_gap_is_told_and_closed(void **state)
{
    struct family *f = *state;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    struct exchange_sent sent;
    write_one(&f->k, 1000);
    write_one(&f->k, 2000);
    MUST(stream_from(&b, &f->k, &f->c, 0, &sent, NULL, &offices_err));
    /* Without the last part and END. */
    struct qn_span in = qn_buf_span(&b), payload;
    size_t keep = 0, at;
    do {
        enum qn_frame_type type;
        size_t need;
        at = b.n - in.n;
        MUST(qn_frame_take(&in, &type, &payload, &need, &offices_err));
        if (type == QN_FRAME_PART)
            keep = at;
    } while (in.n);
    take(&f->c, "140602", (struct qn_span){b.p, keep}, 0, NULL);
    expect(&f->c, "140602", 1, "held apply.gap");
    assert_int_equal(rows_of(&f->c, "roster_close"), 1);
    struct qn_err err;
    struct ingest_tally tally;
    assert_int_equal(quarantine_waive(f->c.st, "140602", 1, "kept back", &tally, &err), QN_LATER);
    assert_string_equal(err.id, "quarantine.gap");
    carry(&f->k, &f->c);
    expect(&f->c, "140602", 1, "");
    assert_int_equal(rows_of(&f->c, "roster_close"), 2);
}

/* What frames brought is committed, then the power fails: the next stream takes it up. */
static void a_crash_before_the_end(void **state)
{
    struct family *f = *state;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    struct exchange_sent sent;
    write_one(&f->k, 1000);
    MUST(stream_from(&b, &f->k, &f->c, 0, &sent, NULL, &offices_err));
    {
        QN_AUTO(ingest) struct ingest *in = NULL;
        struct frames *frames = malloc(sizeof(*frames));
        assert_non_null(frames);
        split(frames, qn_buf_span(&b));
        MUST(ingest_open(&in, f->c.st, &offices_err));
        for (size_t i = 1; i < frames->n; i++)
            MUST(ingest_frame(in, frames->at[i].type, frames->at[i].payload, &offices_err));
        MUST(ingest_pause(in, &offices_err));
        free(frames);
    }
    store_close(f->c.st);
    MUST(store_open(&f->c.st, f->c.dir, STORE_OPEN, &offices_err));
    store_lend_keys(f->c.st, f->c.keys);
    assert_int_equal(rows_of(&f->c, "roster_close"), 0);
    write_one(&f->k2, 1);
    carry(&f->k2, &f->c);
    assert_int_equal(rows_of(&f->c, "roster_close"), 1);
}

/* ---- certificates ------------------------------------------------------------------------------------------------ */

/* The city gives the county a further certificate of its epoch, in its log. */
static void give(struct family *f, uint8_t lanes, int32_t more_days)
{
    struct qn_cert c;
    QN_AUTO(qn_buf) struct qn_buf bytes = {0};
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    char sql[100];
    snprintf(sql, sizeof(sql), "SELECT max(serial) FROM cert WHERE issuer = '1406'");
    MUST(tree_cert(&c, f->c.st, "140602", &offices_err));
    c.serial = (uint32_t)count(&f->c, sql) + 1;
    c.lanes = lanes;
    c.to_day += more_days;
    qn_buf_init(&bytes, QN_CERT_MAX);
    qn_cert_seal(&bytes, &c, keys_log_sk(f->c.keys));
    MUST(tree_add_cert(f->c.st, qn_buf_span(&bytes), &offices_err));
    MUST(act_open(&a, f->c.st, QN_KIND_CERTIFICATE, QN_LANE_CONTROL, &offices_err));
    MUST(act_part(&a, QN_PUBLIC, QN_TO_SUBTREE, NULL, &offices_err));
    row_start(&row, &a, "certificate", act_id(&a), 1);
    row_text(&row, "subject", "140602");
    row_blob(&row, "cert", bytes.p, bytes.n);
    MUST(act_put(&a, &row, &offices_err));
    MUST(act_commit(&a, NULL, NULL, &offices_err));
}

static uint64_t later_by; /* seconds that these stores' clocks are ahead */
static uint64_t ahead(void *ctx)
{
    struct timespec t;
    (void)ctx;
    clock_gettime(CLOCK_REALTIME, &t);
    return ((uint64_t)t.tv_sec + later_by) * 1000;
}

static void in_the_future(struct test_office *o)
{
    store_close(o->st);
    MUST(store_open_in(&o->st, o->dir, STORE_OPEN, &(struct store_world){.now_ms = ahead},
                       &offices_err));
    store_lend_keys(o->st, o->keys);
}

static void after_revocation(void **state)
{
    struct family *f = *state;
    later_by = 0;
    in_the_future(&f->c);
    in_the_future(&f->p);
    write_one(&f->k, 1000);
    carry(&f->k, &f->c);
    carry(&f->c, &f->p);
    later_by = 10;
    give(f, 0, 0);
    later_by = 20;
    write_one(&f->k, 2000);
    write_one(&f->k, 3000);
    carry(&f->k, &f->c);
    carry(&f->c, &f->p);
    for (int above = 0; above < 2; above++) {
        struct test_office *o = above ? &f->p : &f->c;
        expect(o, "140602", 0, "");
        expect(o, "140602", 1, "quarantined cert.revoked");
        expect(o, "140602", 2, ""); /* its lane ended before it */
        assert_int_equal(rows_of(o, "roster_close"), 1);
        assert_int_equal(
            count(
                o,
                "SELECT count(*) FROM part p JOIN log l ON l.no = p.log WHERE l.office = '140602'"),
            3); /* never dropped */
        assert_int_equal(count(o, "SELECT count(*) FROM refusal"), 0);
    }
}

static void not_covered_until_renewed(void **state)
{
    struct family *f = *state;
    later_by = 40ull * 366 * 86400;
    in_the_future(&f->c);
    write_one(&f->k, 1000);
    carry(&f->k, &f->c);
    expect(&f->c, "140602", 0, "held cert.not-covered");
    settle_again(&f->c);
    expect(&f->c, "140602", 0, "held cert.not-covered");
    give(f, 31, 50 * 366);
    settle_again(&f->c);
    expect(&f->c, "140602", 0, "");
    assert_int_equal(rows_of(&f->c, "roster_close"), 1);
}

/* A county whose clock runs forty years ahead holds the city's entries until the province's cosignature dates them. */
static void a_wrong_clock_below(void **state)
{
    struct family *f = *state;
    later_by = 40ull * 366 * 86400;
    in_the_future(&f->k);
    carry(&f->c, &f->k);
    expect(&f->k, "1406", 0, "held cert.not-covered");
    carry(&f->c, &f->p);
    carry(&f->p, &f->c);
    carry(&f->c, &f->k);
    expect(&f->k, "1406", 0, "");
    assert_true(count(&f->k, "SELECT count(*) FROM certificate WHERE office = '1406'") > 0);
}

/* The province hears of a second certificate before the city's log tells when it was given. */
static void time_of_a_certificate(void **state)
{
    struct family *f = *state;
    QN_AUTO(qn_buf) struct qn_buf cert = {0};
    carry(&f->k, &f->p);
    give(f, 31, 1);
    qn_buf_init(&cert, QN_CERT_MAX);
    MUST(tree_cert_bytes(&cert, f->c.st, "140602", 1, &offices_err));
    MUST(tree_add_cert(f->p.st, qn_buf_span(&cert), &offices_err));
    write_one(&f->k, 1000);
    carry(&f->k, &f->p);
    expect(&f->p, "140602", 0, "held govern.unsettled");
    /* The row is missing: the log that it stands in may be settled after this one. */
    assert_int_equal(count(&f->p, "SELECT count(*) FROM fate WHERE waits_on = 'cert 140602/1'"), 1);
    carry(&f->c, &f->p);
    expect(&f->p, "140602", 0, "");
    assert_int_equal(rows_of(&f->p, "roster_close"), 1);
}

/* ---- what a person sees ------------------------------------------------------------------------------------------------ */

static enum qn_code count_row(void *ctx, const struct qn_row *row, struct qn_err *err)
{
    (void)row;
    (void)err;
    ++*(unsigned *)ctx;
    return QN_OK;
}

static void bytes_and_rows(void **state)
{
    struct family *f = *state;
    struct standing s;
    struct standings all;
    struct quarantine_part part;
    struct qn_err err;
    unsigned n = 0;
    uint64_t twice = forge(&f->k, TWICE), schema = forge(&f->k2, SCHEMA);
    carry(&f->k, &f->c);
    carry(&f->k2, &f->c);
    MUST(quarantine_list(&all, f->c.st, &offices_err));
    assert_int_equal(all.n, 2);
    assert_int_equal(all.at[0].lane, QN_LANE_BULK);
    assert_string_equal(all.at[1].reason, "schema");
    standings_release(&all);
    MUST(quarantine_get(&s, f->c.st, "test.example/140602/1", twice, &offices_err));
    MUST(quarantine_rows(&part, f->c.st, &s, count_row, &n, &offices_err));
    assert_int_equal(n, 2);
    assert_int_equal(part.here, 1);
    assert_true(part.bytes > 100);
    MUST(quarantine_get(&s, f->c.st, "140622", schema, &offices_err));
    assert_int_equal(quarantine_rows(&part, f->c.st, &s, count_row, &n, &err), QN_LATER);
    assert_string_equal(err.id, "apply.schema");
    assert_int_equal(part.here, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(one_verdict_for_all),
        T(order_of_arrival_changes_nothing),
        T(in_pieces_and_backwards),
        T(unknown_addressees),
        T(the_addressee_becomes_known),
        T(an_unknown_addressee_is_waived),
        T(four_cursors),
        T(what_waits_costs_nothing),
        T(tried_when_it_changes),
        T(retry_and_upgrade),
        T(a_gap_is_told_and_closed),
        T(a_crash_before_the_end),
        T(after_revocation),
        T(not_covered_until_renewed),
        T(a_wrong_clock_below),
        T(time_of_a_certificate),
        T(bytes_and_rows),
    };
    return cmocka_run_group_tests_name("quarantine", tests, NULL, NULL);
}
