/* test_stages.c - how far a row has come, as told by what its receivers signed and what of that was relayed. */
#include "tests/unit/worlds.h"

#include <jansson.h>

#include "node/store/entry_of.h"
#include "node/sync/bundle.h"
#include "node/sync/children.h"
#include "node/sync/stages.h"

static struct stages stages_at(struct test_office *o, const char *office, int64_t id, int64_t rev)
{
    struct stages s;
    MUST(stages_read(&s, o->st, &(struct stages_of){office, id, rev}, &offices_err));
    return s;
}

static void expect_at(const struct stages *s, unsigned i, const char *office, enum stage stage)
{
    assert_true(i < s->n);
    assert_string_equal(s->above[i].office, office);
    if (s->above[i].stage != stage)
        fail_msg("%s is at %s, not %s", office, stage_name(s->above[i].stage), stage_name(stage));
}

/* ---- relayed down ------------------------------------------------------------------------------------------- */

typedef void way_fn(struct worlds *w, struct test_office *from, struct test_office *to);

static void by_line(struct worlds *w, struct test_office *from, struct test_office *to)
{
    (void)w;
    carry(from, to);
}

static void by_bundle(struct worlds *w, struct test_office *from, struct test_office *to)
{
    static unsigned number;
    char path[300];
    struct exchange_sent sent;
    struct bundle_info info;
    struct ingest_tally t;
    snprintf(path, sizeof(path), "%s/%u.qb", w->f.all.dir, number++);
    MUST(bundle_make(from->st, &(struct bundle_make){.to = code_of(to), .path = path}, &sent,
                     &offices_err));
    MUST(bundle_import(to->st, path, NULL, &info, &t, &offices_err));
}

/* Station, county, city, province: each level's word reaches the station through those between. */
static void relayed(struct worlds *w, way_fn *way)
{
    struct family *f = &w->f;
    uint64_t start = w->p.ms;
    int64_t id = write_evidence(&w->s);
    struct stages s = stages_at(&w->s, "140602S1", id, 0);
    assert_int_equal(s.n, 3);
    assert_string_equal(s.table, "evidence");
    assert_int_equal(s.lane, QN_LANE_RESULT);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(s.above[i].stage, STAGE_NOTHING);
    w->k.ms = start + 1 * DAY_MS;
    way(w, &w->s, &f->k);
    w->c.ms = start + 2 * DAY_MS;
    way(w, &f->k, &f->c);
    w->p.ms = start + 3 * DAY_MS;
    way(w, &f->c, &f->p);
    s = stages_at(&w->s, "140602S1", id, 0);
    expect_at(&s, 0, "140602", STAGE_NOTHING); /* nothing came back yet */
    way(w, &f->p, &f->c);
    way(w, &f->c, &f->k);
    s = stages_at(&f->k, "140602S1", id, 0);
    expect_at(&s, 2, "14", STAGE_APPLIED);
    way(w, &f->k, &w->s);
    s = stages_at(&w->s, "140602S1", id, 0);
    static const char *const above[] = {"140602", "1406", "14"};
    for (unsigned i = 0; i < 3; i++) {
        bool exact;
        expect_at(&s, i, above[i], STAGE_APPLIED);
        assert_true(s.above[i].cosigned && s.above[i].has_receipt);
        /* by the clock of whoever received it */
        assert_int_equal(stage_received_s(&s.above[i], &exact),
                         (start + (i + 1) * (uint64_t)DAY_MS) / 1000);
        assert_true(exact);
    }
    assert_false(s.bypassed);
    assert_int_equal(s.claimed_ms, start);
}

static void receipts_come_down(void **state)
{
    relayed(*state, by_line);
}

static void receipts_come_down_by_bundle(void **state)
{
    relayed(*state, by_bundle);
}

static void province_alone(void **state)
{
    struct worlds *w = *state;
    write_one(&w->f.p, 1);
    struct stages s = stages_at(&w->f.p, "14", qn_row_id(1, 0, 0), 0);
    assert_int_equal(s.n, 0);
    assert_false(s.bypassed);
}

/* ---- one receipt ------------------------------------------------------------------------------------------- */

#define SEQ 5

static struct judged {
    const char *name;
    uint64_t size, stored, applied;
    const char *refused, *held; /* why SEQ is */
    bool full;                  /* 64 entries below SEQ are refused */
    enum stage want;
} judged_rows[] = {
    {"not yet", 5, 5, 5, NULL, NULL, false, STAGE_NOTHING},
    {"header", 6, 5, 5, NULL, NULL, false, STAGE_HEADER},
    {"stored", 6, 6, 5, NULL, NULL, false, STAGE_STORED},
    {"held", 6, 6, 5, NULL, "apply.revision", false, STAGE_HELD},
    {"applied", 6, 6, 6, NULL, NULL, false, STAGE_APPLIED},
    {"refused", 6, 6, 6, "change.rows", NULL, false, STAGE_REFUSED},
    {"more refused than named", 75, 75, 75, NULL, NULL, true, STAGE_SETTLED},
};

/* A receipt by the city about the county's log reaches the county. */
static void give_receipt(struct worlds *w, const struct judged *row, uint64_t seq)
{
    struct qn_receipt r = {.size = row->size, .time_s = w->c.ms / 1000};
    QN_AUTO(qn_buf) struct qn_buf text = {0}, note = {0};
    QN_AUTO(ingest) struct ingest *in = NULL;
    qn_buf_init(&text, QN_NOTE_MAX);
    qn_buf_init(&note, QN_NOTE_MAX);
    snprintf(r.from, sizeof(r.from), "%s", store_origin(w->f.c.st));
    snprintf(r.about, sizeof(r.about), "%s", store_origin(w->f.k.st));
    struct log own;
    MUST(log_find(&own, w->f.k.st, r.about, &offices_err));
    MUST(log_root(w->f.k.st, &own, r.size, r.root, &offices_err));
    for (int lane = 0; lane < QN_LANES; lane++) { /* the other lanes may be anywhere */
        r.stored[lane] = lane == QN_LANE_RESULT ? row->stored : 0;
        r.applied[lane] = lane == QN_LANE_RESULT ? row->applied : 0;
    }
    if (row->full)
        for (r.nrefused = 0; r.nrefused < QN_RECEIPT_NOTES; r.nrefused++) {
            r.refused[r.nrefused].seq = r.nrefused;
            memcpy(r.refused[r.nrefused].id, "change.rows", 12);
        }
    if (row->refused) {
        r.refused[r.nrefused].seq = seq;
        snprintf(r.refused[r.nrefused++].id, sizeof(r.refused[0].id), "%s", row->refused);
    }
    if (row->held) {
        r.held[r.nheld].seq = seq;
        snprintf(r.held[r.nheld++].id, sizeof(r.held[0].id), "%s", row->held);
    }
    qn_receipt_text(&text, &r);
    qn_put_span(&note, qn_buf_span(&text));
    qn_put_str(&note, "\n");
    qn_note_sign(&note, qn_buf_span(&text), qn_str(r.from), keys_log_sk(w->f.c.keys));
    MUST(ingest_open(&in, w->f.k.st, &offices_err));
    MUST(ingest_frame(in, QN_FRAME_RECEIPT, qn_buf_span(&note), &offices_err));
    MUST(ingest_finish(in, NULL, &offices_err));
}

static void receipt_decides(void **state)
{
    struct worlds *w = *state;
    for (int i = 0; i < 80; i++) /* above the 64 that a receipt can name */
        write_evidence(&w->f.k);
    w->c.ms += 1000;
    for (size_t i = 0; i < sizeof(judged_rows) / sizeof(judged_rows[0]); i++) {
        const struct judged *row = &judged_rows[i];
        uint64_t seq = row->full ? 70 : SEQ;
        give_receipt(w, row, seq);
        struct stages s = stages_at(&w->f.k, "140602", qn_row_id(1, seq, 0), 1);
        if (s.above[0].stage != row->want)
            fail_msg("%s: %s", row->name, stage_name(s.above[0].stage));
        assert_string_equal(s.above[0].rule, row->refused ? row->refused
                                             : row->held  ? row->held
                                                          : "");
        w->c.ms += 1000;
    }
}

/* ---- passed by ----------------------------------------------------------------------------------------------- */

static const struct child *child_of(struct children *all, struct test_office *at,
                                    const char *office)
{
    MUST(children_read(all, at->st, &offices_err));
    for (size_t i = 0; i < all->n; i++)
        if (strcmp(all->child[i].office, office) == 0)
            return &all->child[i];
    fail();
    return NULL;
}

/* The city is closed; later it gets the entries from the province, or from the county. */
static void passed_by(struct worlds *w, bool from_above)
{
    struct family *f = &w->f;
    int64_t id = write_evidence(&f->k);
    carry(&f->k, &f->p);
    carry(&f->p, &f->k);
    struct stages s = stages_at(&f->k, "140602", id, 0);
    assert_true(s.bypassed);
    expect_at(&s, 0, "1406", STAGE_NOTHING);
    expect_at(&s, 1, "14", STAGE_APPLIED);
    assert_true(stages_at(&f->p, "140602", id, 0).bypassed);
    {
        QN_AUTO(children) struct children all = {0};
        const struct child *k = child_of(&all, &f->p, "140602");
        assert_true(k->bypassed);
        assert_int_equal(k->bypass_from, 0);
        uint64_t at_s;
        char by[QN_CODE_MAX + 1];
        struct log log;
        MUST(log_of_office(&log, f->p.st, "140602", &offices_err));
        MUST(stages_received_at(&at_s, by, f->p.st, &log, 0, &offices_err));
        assert_string_equal(by, "14"); /* the nearest that cosigned */
    }
    if (from_above)
        carry(&f->p, &f->c);
    else
        carry(&f->k, &f->c);
    s = stages_at(&f->c, "140602", id, 0);
    expect_at(&s, 0, "1406", STAGE_APPLIED);
    carry(&f->c, &f->p);
    QN_AUTO(children) struct children all = {0};
    assert_false(child_of(&all, &f->p, "140602")->bypassed);
    carry(&f->c, &f->k);
    s = stages_at(&f->k, "140602", id, 0);
    assert_false(s.bypassed);
    expect_at(&s, 0, "1406", STAGE_APPLIED);
}

static void passed_by_then_from_above(void **state)
{
    passed_by(*state, true);
}

static void passed_by_then_from_below(void **state)
{
    passed_by(*state, false);
}

/* A station whose county and city are both closed: the province, which has never heard of it. */
static void two_levels_passed_by(void **state)
{
    struct worlds *w = *state;
    struct family *f = &w->f;
    int64_t id = write_evidence(&w->s);
    carry(&w->s, &f->p);
    carry(&f->p, &w->s);
    struct stages s = stages_at(&w->s, "140602S1", id, 0);
    assert_true(s.bypassed);
    expect_at(&s, 0, "140602", STAGE_NOTHING);
    expect_at(&s, 1, "1406", STAGE_NOTHING);
    expect_at(&s, 2, "14", STAGE_APPLIED);
    carry(&f->p, &f->c);
    carry(&f->c, &f->k);
    s = stages_at(&f->k, "140602S1", id, 0);
    assert_false(s.bypassed);
    for (unsigned i = 0; i < 3; i++)
        expect_at(&s, i, s.above[i].office, STAGE_APPLIED);
}

/* What a clerk reads, for each state of the parent. */
static void told_in_words(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct stage_above parent;
        const char *received, *applied;
        bool has_time, at_latest;
    } rows[] = {
        {"nothing",
         {.stage = STAGE_NOTHING},
         "stages.not-received",
         "stages.not-applied",
         false,
         false},
        {"cosigned alone",
         {.stage = STAGE_HEADER, .cosigned = true, .cosigned_s = 9},
         "stages.cosigned",
         "stages.not-applied",
         true,
         false},
        {"an old receipt",
         {.stage = STAGE_HEADER,
          .cosigned = true,
          .cosigned_s = 9,
          .has_receipt = true,
          .receipt_s = 5,
          .headers = 7},
         "stages.cosigned",
         "stages.not-applied",
         true,
         false},
        {"header",
         {.stage = STAGE_HEADER, .has_receipt = true, .receipt_s = 5, .headers = 8},
         "stages.header",
         "stages.not-applied",
         true,
         true},
        {"stored",
         {.stage = STAGE_STORED, .has_receipt = true, .receipt_s = 5, .headers = 8},
         "stages.received",
         "stages.only-stored",
         true,
         true},
        {"held",
         {.stage = STAGE_HELD, .rule = "apply.revision", .has_receipt = true, .receipt_s = 5},
         "stages.received",
         "stages.held",
         true,
         true},
        {"refused",
         {.stage = STAGE_REFUSED, .rule = "change.rows", .has_receipt = true, .receipt_s = 5},
         "stages.received",
         "stages.refused",
         true,
         true},
        {"settled",
         {.stage = STAGE_SETTLED, .has_receipt = true, .receipt_s = 5},
         "stages.received",
         "stages.settled",
         true,
         true},
        {"applied",
         {.stage = STAGE_APPLIED,
          .cosigned = true,
          .cosigned_s = 9,
          .has_receipt = true,
          .receipt_s = 9},
         "stages.received",
         "stages.applied",
         true,
         false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct stages s = {.office = "140602", .seq = 7, .n = 2, .above = {rows[i].parent}};
        struct stages_told t;
        stages_tell(&t, &s);
        assert_int_equal(t.n, 4);
        if (strcmp(t.line[1].result, rows[i].received) != 0 ||
            strcmp(t.line[2].result, rows[i].applied) != 0)
            fail_msg("%s: %s, %s", rows[i].name, t.line[1].result, t.line[2].result);
        assert_int_equal(t.line[1].time_s != 0, rows[i].has_time);
        assert_int_equal(t.line[1].at_latest, rows[i].at_latest);
        assert_int_equal(t.line[2].result_args[0] != 0, rows[i].parent.rule[0] != 0);
        assert_int_equal(t.remark != NULL, rows[i].parent.stage == STAGE_NOTHING);
        assert_string_equal(t.line[3].result, "stages.not-received");
    }
}

/* The usual way does not look like a bypass anywhere. */
static void usual_way_is_none(void **state)
{
    struct worlds *w = *state;
    struct family *f = &w->f;
    for (int i = 0; i < 3; i++) {
        write_evidence(&f->k);
        carry(&f->k, &f->c);
        carry(&f->c, &f->p);
        QN_AUTO(children) struct children all = {0};
        assert_false(child_of(&all, &f->p, "140602")->bypassed);
    }
}

/* ---- revisions, names, JSON ------------------------------------------------------------------------------------ */

static uint64_t seq_of(int64_t id)
{
    uint16_t epoch, n;
    uint64_t seq;
    qn_row_id_split(id, &epoch, &seq, &n);
    return seq;
}

static void later_revision(void **state)
{
    struct worlds *w = *state;
    struct family *f = &w->f;
    int64_t id = write_evidence(&f->k), other = write_evidence(&f->k);
    uint64_t first = seq_of(id);
    carry(&f->k, &f->c);
    carry(&f->c, &f->k);
    write_evidence_again(&f->k, other, 2);
    write_evidence_again(&f->k, id, 2);
    struct stages s = stages_at(&f->k, "140602", id, 0);
    assert_int_equal(s.rev, 2);
    assert_int_equal(s.seq, first + 3);
    expect_at(&s, 0, "1406", STAGE_NOTHING);
    s = stages_at(&f->k, "140602", id, 1);
    assert_int_equal(s.seq, first);
    expect_at(&s, 0, "1406", STAGE_APPLIED);
    struct qn_err err;
    assert_int_equal(stages_read(&s, f->k.st, &(struct stages_of){"140602", id, 3}, &err),
                     QN_ABSENT);
    assert_string_equal(err.id, "stages.no-rev");
    /* where no later revision came, the newest is the first */
    s = stages_at(&f->c, "140602", id, 0);
    assert_int_equal(s.rev, 1);
    carry(&f->k, &f->c);
    s = stages_at(&f->c, "140602", id, 0);
    assert_int_equal(s.seq, first + 3);
}

/* The office gets a new epoch, and corrects there what it wrote before. */
static void revision_of_a_later_epoch(void **state)
{
    struct worlds *w = *state;
    struct family *f = &w->f;
    struct qn_cert cert;
    QN_AUTO(qn_buf) struct qn_buf bytes = {0};
    qn_buf_init(&bytes, QN_CERT_MAX);
    int64_t id = write_evidence(&f->k);
    MUST(tree_cert(&cert, f->k.st, "140602", &offices_err));
    cert.epoch = 2;
    cert.serial += 10;
    qn_cert_seal(&bytes, &cert, keys_log_sk(f->c.keys));
    MUST(tree_add_cert(f->k.st, qn_buf_span(&bytes), &offices_err));
    MUST(store_set(f->k.st, "epoch", "2", &offices_err));
    MUST(store_reload(f->k.st, &offices_err));
    for (int i = 0; i < 3; i++)
        write_evidence(&f->k); /* other rows of the same lane before it */
    write_evidence_again(&f->k, id, 2);
    struct stages s = stages_at(&f->k, "140602", id, 0);
    assert_int_equal(s.rev, 2);
    assert_string_equal(s.origin, "test.example/140602/2");
    assert_int_equal(s.seq, 3);
    s = stages_at(&f->k, "140602", id, 1);
    assert_string_equal(s.origin, "test.example/140602/1");
    struct log log;
    uint64_t seq;
    struct qn_err err;
    assert_int_equal(entry_of_row(&log, &seq, f->k.st, "inspection", "140602", id, 2, &err),
                     QN_ABSENT); /* of another table */
    MUST(entry_of_row(&log, &seq, f->k.st, "evidence", "140602", id, 2, &err));
    assert_int_equal(seq, 3);
}

static void names(void **state)
{
    struct worlds *w = *state;
    static const struct {
        const char *text, *office; /* NULL: refused */
    } rows[] = {
        {"1-45-0", "140602"},
        {"140622:1-45-0", "140622"},
        {"14:1-0-65535", "14"},
        {"", NULL},
        {"140602", NULL},
        {"140602:", NULL},
        {"1-45", NULL},
        {"140602:1-45-0 ", NULL},
        {"0-45-0", NULL},
        {"140602:1:45-0", NULL},
        {"140602140602140602:1-45-0", NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char office[QN_CODE_MAX + 1];
        int64_t id;
        struct qn_err err;
        enum qn_code rc = stages_parse(office, &id, w->f.k.st, rows[i].text, &err);
        assert_int_equal(rc == QN_OK, rows[i].office != NULL);
        if (rc)
            assert_string_equal(err.id, "stages.record");
        else
            assert_string_equal(office, rows[i].office);
    }
    static const struct {
        const char *office;
        uint16_t epoch;
        uint64_t seq;
        const char *id;
    } absent[] = {{"140602", 1, 99, "stages.no-own"},
                  {"140602", 2, 0, "log.unknown"},
                  {"999999", 1, 0, "log.unknown"}};
    for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
        struct stages s;
        struct qn_err err;
        struct stages_of what = {absent[i].office, qn_row_id(absent[i].epoch, absent[i].seq, 0), 0};
        assert_int_equal(stages_read(&s, w->f.k.st, &what, &err), QN_ABSENT);
        assert_string_equal(err.id, absent[i].id);
    }
}

static const char *text_at(json_t *o, const char *list, size_t i, const char *name)
{
    const char *s =
        json_string_value(json_object_get(json_array_get(json_object_get(o, list), i), name));
    return s ? s : "-";
}

static void for_machines(void **state)
{
    struct worlds *w = *state;
    struct family *f = &w->f;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, 65536);
    int64_t id = write_evidence(&f->k);
    carry(&f->k, &f->p);
    carry(&f->p, &f->k);
    struct stages s = stages_at(&f->k, "140602", id, 0);
    MUST(stages_json(&b, &s, &offices_err));
    json_t *o = json_loadb((const char *)b.p, b.n, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(o);
    char name[80], row[40];
    qn_row_id_text(row, id);
    snprintf(name, sizeof(name), "140602:%s", row);
    assert_string_equal(json_string_value(json_object_get(o, "record")), name);
    assert_true(json_is_true(json_object_get(o, "bypassed")));
    assert_int_equal(json_array_size(json_object_get(o, "stages")), 4);
    static const char *const stage[] = {"signed", "parent-received", "parent-applied",
                                        "province-received"};
    static const bool done[] = {true, false, false, true};
    for (size_t i = 0; i < 4; i++) {
        json_t *one = json_array_get(json_object_get(o, "stages"), i);
        assert_string_equal(text_at(o, "stages", i, "stage"), stage[i]);
        assert_int_equal(json_is_true(json_object_get(one, "done")), done[i]);
        assert_int_equal(json_is_null(json_object_get(one, "time_s")), !done[i]);
    }
    assert_string_equal(text_at(o, "offices", 0, "state"), "nothing");
    assert_string_equal(text_at(o, "offices", 1, "state"), "applied");
    json_decref(o);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, worlds_setup, worlds_teardown)
    const struct CMUnitTest tests[] = {
        CASE(receipts_come_down),
        CASE(receipts_come_down_by_bundle),
        CASE(province_alone),
        CASE(receipt_decides),
        CASE(passed_by_then_from_above),
        CASE(passed_by_then_from_below),
        CASE(two_levels_passed_by),
        cmocka_unit_test(told_in_words),
        CASE(usual_way_is_none),
        CASE(later_revision),
        CASE(revision_of_a_later_epoch),
        CASE(names),
        CASE(for_machines),
    };
    return cmocka_run_group_tests_name("stages", tests, NULL, NULL);
}
