/* test_store.c - acts, logs, ingest: written here, taken in there, refused when it should be. */
#include "tests/unit/offices.h"

#include <sqlite3.h>

#include "node/store/act.h"
#include "node/store/internal.h"
#include "node/store/office.h"
#include "node/store/own.h"
#include "node/store/ingest.h"
#include "node/store/log.h"
#include "node/store/release.h"
#include "node/store/tree.h"
#include "node/store/receipts.h"
#include "qian/frame.h"

struct family {
    struct offices all;
    struct test_office p, c, k, k2;
};

static int setup(void **state)
{
    struct family *f = calloc(1, sizeof(*f));
    offices_init(&f->all);
    office_make(&f->p, &f->all, NULL, "14", QN_PROVINCE);
    office_make(&f->c, &f->all, &f->p, "1406", QN_CITY);
    office_make(&f->k, &f->all, &f->c, "140602", QN_COUNTY);
    office_make(&f->k2, &f->all, &f->c, "140622", QN_COUNTY);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct family *f = *state;
    office_close_test(&f->k2);
    office_close_test(&f->k);
    office_close_test(&f->c);
    office_close_test(&f->p);
    offices_release(&f->all);
    free(f);
    return 0;
}

static void close_row(struct qn_row *row, struct act *a, int64_t id, int64_t rev, int64_t version)
{
    static const uint8_t root[QN_HASH] = {1};
    row_start(row, a, "roster_close", id, rev);
    row_int(row, "roster", version);
    row_int(row, "entries", 0);
    row_int(row, "rows", 0);
    row_blob(row, "root", root, sizeof(root));
    row_text(row, "acted_by", "tester");
    row_text(row, "recorded_on", "2021-08-16T09:00:00");
}

/* One act of one row; id 0 makes a fresh one. Gives the id. */
static int64_t write_one(struct test_office *o, int64_t id, int64_t rev, int64_t version)
{
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    MUST(act_open(&a, o->st, QN_KIND_ROSTER_CLOSE, QN_LANE_BULK, &offices_err));
    MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
    if (!id)
        id = act_id(&a);
    close_row(&row, &a, id, rev, version);
    MUST(act_put(&a, &row, &offices_err));
    MUST(act_commit(&a, NULL, NULL, &offices_err));
    return id;
}

/* ---- a hand-made stream ------------------------------------------------------------------------------------ */

struct stream {
    enum qn_frame_type type[256];
    struct qn_buf bytes[256];
    size_t n;
};

static struct qn_buf *add(struct stream *s, enum qn_frame_type type)
{
    assert_true(s->n < 256);
    s->type[s->n] = type;
    qn_buf_init(&s->bytes[s->n], QN_FRAME_MAX);
    return &s->bytes[s->n++];
}

static void stream_release(struct stream *s)
{
    for (size_t i = 0; i < s->n; i++)
        qn_buf_release(&s->bytes[i]);
    s->n = 0;
}

/* Everything of from's own log at or above `since`, for `reader`. */
static void stream_own(struct stream *s, struct test_office *from, uint64_t since,
                       const char *reader)
{
    struct log log;
    QN_AUTO(qn_buf) struct qn_buf chain = {0};
    qn_buf_init(&chain, ENROL_FILE_MAX);
    s->n = 0;
    MUST(log_find(&log, from->st, store_origin(from->st), &offices_err));
    MUST(enrol_chain(&chain, from->st, log.office, &offices_err));
    for (struct qn_span in = qn_buf_span(&chain); in.n;) {
        enum qn_frame_type type;
        struct qn_span payload;
        size_t need;
        MUST(qn_frame_take(&in, &type, &payload, &need, &offices_err));
        qn_put_span(add(s, type), payload);
    }
    if (log.size)
        MUST(log_checkpoint_note(add(s, QN_FRAME_CHECKPOINT), from->st, &log, log.size,
                                 &offices_err));
    for (uint64_t seq = since; seq < log.size; seq++) {
        QN_AUTO(log_entry) struct log_entry e = {0};
        MUST(log_entry_get(&e, from->st, &log, seq, &offices_err));
        struct qn_buf *b = add(s, QN_FRAME_HEADER);
        qn_put(b, e.sig, QN_SIG);
        qn_put_span(b, qn_buf_span(&e.bytes));
    }
    for (uint64_t seq = since; seq < log.size; seq++) {
        QN_AUTO(log_entry) struct log_entry e = {0};
        MUST(log_entry_get(&e, from->st, &log, seq, &offices_err));
        for (unsigned i = 0; i < e.h.nparts; i++) {
            if (!tree_part_is_for(from->st, &e.h.part[i], log.office, reader))
                continue;
            QN_AUTO(log_part) struct log_part p = {0};
            MUST(log_part_get(&p, from->st, &log, seq, i, &offices_err));
            struct qn_part_frame f = {qn_str(log.origin), seq, (uint16_t)i, p.salt,
                                      qn_buf_span(&p.stored)};
            qn_part_frame_encode(add(s, QN_FRAME_PART), &f);
        }
    }
}

static struct ingest_tally feed(struct test_office *to, const struct stream *s, enum qn_code *first,
                                struct qn_err *why)
{
    QN_AUTO(ingest) struct ingest *in = NULL;
    struct qn_err err;
    *first = QN_OK;
    MUST(ingest_open(&in, to->st, &offices_err));
    for (size_t i = 0; i < s->n; i++) {
        enum qn_code rc = ingest_frame(in, s->type[i], qn_buf_span(&s->bytes[i]), &err);
        if (rc && !*first) {
            *first = rc;
            *why = err;
        }
    }
    MUST(ingest_finish(in, NULL, &offices_err));
    return *ingest_tally(in);
}

static int64_t count(struct test_office *o, const char *sql)
{
    char path[512];
    sqlite3 *db;
    sqlite3_stmt *q;
    snprintf(path, sizeof(path), "%s/qian.db", o->dir);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    sqlite3_close(db);
    return n;
}

/* ---- tests ------------------------------------------------------------------------------------------------------ */

static void act_writes_log(void **state)
{
    struct family *f = *state;
    struct log log;
    struct qn_err err;
    MUST(log_find(&log, f->k.st, store_origin(f->k.st), &offices_err));
    assert_int_equal(log.size, 0);
    int64_t id = write_one(&f->k, 0, 1, 1);
    assert_int_equal(id, qn_row_id(1, 0, 0));
    write_one(&f->k, id, 2, 2);
    MUST(log_find(&log, f->k.st, store_origin(f->k.st), &offices_err));
    assert_int_equal(log.size, 2);
    assert_int_equal(log.verified, 2);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM roster_close"), 2);
    QN_AUTO(qn_buf) struct qn_buf note = {0};
    qn_buf_init(&note, QN_NOTE_MAX);
    MUST(log_checkpoint_note(&note, f->k.st, &log, 2, &offices_err));
    struct qn_note parsed;
    struct qn_cert self = *store_self(f->k.st);
    MUST(qn_note_parse(&parsed, qn_buf_span(&note), &offices_err));
    MUST(qn_note_verify(&parsed, qn_str(log.origin), self.log, &offices_err));
    assert_int_equal(qn_note_verify(&parsed, qn_str(log.origin), self.witness, &err), QN_ABSENT);
}

static void act_rolls_back(void **state)
{
    struct family *f = *state;
    {
        QN_AUTO(act) struct act a = {0};
        struct qn_row row;
        MUST(act_open(&a, f->k.st, QN_KIND_ROSTER_CLOSE, QN_LANE_BULK, &offices_err));
        MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
        close_row(&row, &a, act_id(&a), 1, 1);
        MUST(act_put(&a, &row, &offices_err));
    }
    assert_int_equal(count(&f->k, "SELECT count(*) FROM roster_close"), 0);
    assert_int_equal(count(&f->k, "SELECT size FROM log WHERE office = '140602'"), 0);
    write_one(&f->k, 0, 1, 1);
}

static void act_refuses_what_a_receiver_would(void **state)
{
    struct family *f = *state;
    struct qn_err err;
    struct qn_row row;
    QN_AUTO(act) struct act a = {0};
    MUST(act_open(&a, f->k.st, QN_KIND_ROSTER_CLOSE, QN_LANE_BULK, &offices_err));
    MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
    close_row(&row, &a, qn_row_id(1, 77, 0), 1, 1); /* the id of another entry */
    MUST(act_put(&a, &row, &offices_err));
    assert_int_not_equal(act_commit(&a, NULL, NULL, &err), QN_OK);
    act_end(&a);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM roster_close"), 0);
}

static void stopped_office_signs_nothing(void **state)
{
    struct family *f = *state;
    struct qn_err err;
    QN_AUTO(act) struct act a = {0};
    MUST(store_set(f->k.st, "stopped", "own.behind theirs=2|ours=1", &offices_err));
    assert_int_equal(act_open(&a, f->k.st, QN_KIND_ROSTER_CLOSE, QN_LANE_BULK, &err), QN_DENIED);
    assert_string_equal(err.id, "own.behind");
    MUST(store_set(f->k.st, "stopped", "what nobody wrote", &offices_err));
    assert_int_equal(act_open(&a, f->k.st, QN_KIND_ROSTER_CLOSE, QN_LANE_BULK, &err), QN_DENIED);
    assert_string_equal(err.id, "own.unsure");
}

static void parent_applies_and_cosigns(void **state)
{
    struct family *f = *state;
    struct stream s = {0};
    enum qn_code first;
    struct qn_err why;
    struct log log;
    uint64_t size, time_s;
    write_one(&f->k, 0, 1, 1);
    write_one(&f->k, 0, 1, 2);
    stream_own(&s, &f->k, 0, "1406");
    struct ingest_tally t = feed(&f->c, &s, &first, &why);
    assert_int_equal(first, QN_OK);
    assert_int_equal(t.headers, 2);
    assert_int_equal(t.applied, 2);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM roster_close WHERE office = '140602'"), 2);
    MUST(log_of_office(&log, f->c.st, "140602", &offices_err));
    MUST(log_first_cosigned(f->c.st, &log, 1, "1406", &size, &time_s, &offices_err));
    assert_int_equal(size, 2);
    QN_AUTO(qn_buf) struct qn_buf receipt = {0};
    qn_buf_init(&receipt, QN_NOTE_MAX);
    MUST(receipt_get(&receipt, f->c.st, "1406", log.origin, &offices_err));
    /* The same again changes nothing. */
    t = feed(&f->c, &s, &first, &why);
    assert_int_equal(first, QN_OK);
    assert_int_equal(t.headers + t.applied, 0);
    stream_release(&s);
}

static void interrupted_at_every_frame(void **state)
{
    struct family *f = *state;
    struct stream s = {0};
    enum qn_code first;
    struct qn_err why;
    int64_t id = write_one(&f->k, 0, 1, 1);
    write_one(&f->k, id, 2, 2);
    write_one(&f->k, id, 3, 3);
    stream_own(&s, &f->k, 0, "1406");
    size_t whole = s.n;
    for (size_t n = 1; n <= whole; n++) {
        s.n = n;
        feed(&f->c, &s, &first, &why);
        assert_int_equal(first, QN_OK);
    }
    assert_int_equal(count(&f->c, "SELECT max(rev) FROM roster_close WHERE office = '140602'"), 3);
    stream_release(&s);
}

static void unverified_headers_are_not_applied(void **state)
{
    struct family *f = *state;
    struct stream s = {0};
    enum qn_code first;
    struct qn_err why;
    write_one(&f->k, 0, 1, 1);
    stream_own(&s, &f->k, 0, "1406");
    for (size_t i = 0; i < s.n; i++)
        if (s.type[i] == QN_FRAME_CHECKPOINT)
            s.type[i] = QN_FRAME_END; /* the checkpoint never comes */
    feed(&f->c, &s, &first, &why);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM roster_close"), 0);
    stream_release(&s);
}

static void second_branch_is_evidence(void **state)
{
    struct family *f = *state;
    struct stream s = {0};
    enum qn_code first;
    struct qn_err why;
    char cmd[700];
    struct test_office copy = {0};
    write_one(&f->k, 0, 1, 1);
    snprintf(cmd, sizeof(cmd), "cp -r '%s' '%s/copy'", f->k.dir, f->all.dir);
    assert_int_equal(system(cmd), 0);
    write_one(&f->k, 0, 1, 2);
    stream_own(&s, &f->k, 0, "1406");
    feed(&f->c, &s, &first, &why);
    stream_release(&s);

    snprintf(copy.dir, sizeof(copy.dir), "%s/copy", f->all.dir);
    MUST(store_open(&copy.st, copy.dir, STORE_OPEN, &offices_err));
    store_lend_keys(copy.st, f->k.keys);
    write_one(&copy, 0, 1, 99);
    write_one(&copy, 0, 1, 100);
    stream_own(&s, &copy, 1, "1406");
    struct ingest_tally t = feed(&f->c, &s, &first, &why);
    assert_int_equal(t.forks, 1);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM fork WHERE what = 2 AND place = 1"), 1);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM rival"), 2);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM rival_part"), 2);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM roster_close WHERE roster >= 99"), 0);
    assert_int_equal(count(&f->c, "SELECT verified FROM log WHERE office = '140602'"), 2);
    stream_release(&s);
    store_close(copy.st);
}

/* The copy goes on beyond what the parent holds: its headers would fit the place but not the tree. */
static void branch_without_common_place_is_set_aside(void **state)
{
    struct family *f = *state;
    struct stream s = {0};
    enum qn_code first;
    struct qn_err why;
    char cmd[700];
    struct test_office copy = {0};
    write_one(&f->k, 0, 1, 1);
    snprintf(cmd, sizeof(cmd), "cp -r '%s' '%s/copy'", f->k.dir, f->all.dir);
    assert_int_equal(system(cmd), 0);
    write_one(&f->k, 0, 1, 2);
    stream_own(&s, &f->k, 0, "1406");
    feed(&f->c, &s, &first, &why);
    stream_release(&s);
    snprintf(copy.dir, sizeof(copy.dir), "%s/copy", f->all.dir);
    MUST(store_open(&copy.st, copy.dir, STORE_OPEN, &offices_err));
    store_lend_keys(copy.st, f->k.keys);
    write_one(&copy, 0, 1, 99);
    write_one(&copy, 0, 1, 100);
    stream_own(&s, &copy, 2, "1406");
    struct ingest_tally t = feed(&f->c, &s, &first, &why);
    assert_int_equal(t.forks, 1);
    assert_int_equal(count(&f->c, "SELECT size FROM log WHERE office = '140602'"), 2);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM roster_close WHERE roster = 100"), 0);
    stream_release(&s);
    write_one(&f->k, 0, 1, 3); /* the true branch goes on */
    stream_own(&s, &f->k, 0, "1406");
    feed(&f->c, &s, &first, &why);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM roster_close WHERE roster = 3"), 1);
    stream_release(&s);
    store_close(copy.st);
}

static void restored_copy_stops_signing(void **state)
{
    struct family *f = *state;
    struct stream s = {0};
    enum qn_code first;
    struct qn_err why, err;
    char cmd[700];
    struct test_office copy = {0};
    snprintf(cmd, sizeof(cmd), "cp -r '%s' '%s/copy'", f->k.dir, f->all.dir);
    assert_int_equal(system(cmd), 0);
    write_one(&f->k, 0, 1, 1);
    stream_own(&s, &f->k, 0, "1406");
    feed(&f->c, &s, &first, &why);
    stream_release(&s);
    QN_AUTO(qn_buf) struct qn_buf receipt = {0};
    qn_buf_init(&receipt, QN_NOTE_MAX);
    MUST(receipt_get(&receipt, f->c.st, "1406", store_origin(f->k.st), &offices_err));
    snprintf(copy.dir, sizeof(copy.dir), "%s/copy", f->all.dir);
    MUST(store_open(&copy.st, copy.dir, STORE_OPEN, &offices_err));
    store_lend_keys(copy.st, f->k.keys);
    s.n = 0;
    qn_put_span(add(&s, QN_FRAME_RECEIPT), qn_buf_span(&receipt));
    feed(&copy, &s, &first, &why);
    assert_int_equal(first, QN_OK);
    assert_int_equal(own_state(copy.st, &why), OWN_BEHIND);
    assert_string_equal(why.id, "own.behind");
    assert_string_equal(why.args, "theirs=1|ours=0");
    QN_AUTO(act) struct act a = {0};
    assert_int_equal(act_open(&a, copy.st, QN_KIND_ROSTER_CLOSE, QN_LANE_BULK, &err), QN_DENIED);
    stream_release(&s);
    store_close(copy.st);
}

/* Each row spoils one thing in a sound stream from county to city. */
static void spoiled_frames(void **state)
{
    struct family *f = *state;
    static const struct {
        const char *name;
        enum qn_frame_type type;
        size_t at; /* byte that is changed, from the end when over 10000 */
        const char *want;
    } rows[] = {
        {"header signature", QN_FRAME_HEADER, 3, "entry.signature"},
        {"part bytes", QN_FRAME_PART, 10001, "ingest.part"},
    };
    write_one(&f->k, 0, 1, 1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct stream s = {0};
        enum qn_code first;
        struct qn_err why = {0};
        stream_own(&s, &f->k, 0, "1406");
        for (size_t k = 0; k < s.n; k++)
            if (s.type[k] == rows[i].type) {
                size_t at = rows[i].at > 10000 ? s.bytes[k].n - (rows[i].at - 10000) : rows[i].at;
                s.bytes[k].p[at] ^= 1;
                break;
            }
        feed(&f->c, &s, &first, &why);
        assert_int_not_equal(first, QN_OK);
        if (strcmp(why.id, rows[i].want) != 0)
            print_message("%s: %s %s\n", rows[i].name, why.id, why.args);
        assert_string_equal(why.id, rows[i].want);
        assert_int_equal(count(&f->c, "SELECT count(*) FROM roster_close"), 0);
        stream_release(&s);
    }
}

/* A relay puts a junk line of the same name and key id in front of the good one: the good one is what is kept. */
static void junk_line_before_the_good_one(void **state)
{
    struct family *f = *state;
    struct stream s = {0};
    enum qn_code first;
    struct qn_err why;
    struct log log;
    struct qn_note note;
    write_one(&f->k, 0, 1, 1);
    stream_own(&s, &f->k, 0, "1406");
    for (size_t i = 0; i < s.n; i++) {
        if (s.type[i] != QN_FRAME_CHECKPOINT)
            continue;
        struct qn_buf spoilt;
        qn_buf_init(&spoilt, QN_NOTE_MAX);
        MUST(qn_note_parse(&note, qn_buf_span(&s.bytes[i]), &offices_err));
        qn_put_span(&spoilt, note.text);
        qn_put_str(&spoilt, "\n");
        uint8_t sk[64];
        memcpy(sk, keys_log_sk(f->k2.keys), 32); /* another secret, the same key id */
        memcpy(sk + 32, store_self(f->k.st)->log, 32);
        qn_note_sign(&spoilt, note.text, qn_str(store_origin(f->k.st)), sk);
        size_t head = note.text.n + 1;
        qn_put(&spoilt, s.bytes[i].p + head, s.bytes[i].n - head);
        qn_buf_release(&s.bytes[i]);
        s.bytes[i] = spoilt;
    }
    feed(&f->c, &s, &first, &why);
    assert_int_equal(first, QN_OK);
    MUST(log_of_office(&log, f->c.st, "140602", &offices_err));
    QN_AUTO(qn_buf) struct qn_buf kept = {0};
    qn_buf_init(&kept, QN_NOTE_MAX);
    MUST(log_checkpoint_note(&kept, f->c.st, &log, 1, &offices_err));
    MUST(qn_note_parse(&note, qn_buf_span(&kept), &offices_err));
    MUST(qn_note_verify(&note, qn_str(log.origin), store_self(f->k.st)->log, &offices_err));
    stream_release(&s);
}

/* Two rows under one key in one entry: the entry is quarantined, and nobody else waits for it. */
static void one_key_twice_is_quarantined(void **state)
{
    struct family *f = *state;
    struct stream s = {0};
    enum qn_code first;
    struct qn_err why;
    struct log log;
    const struct qn_registry *reg = store_registry(f->k.st);
    const struct qn_table *table = qn_registry_table(reg, qn_str("roster_close"));
    struct qn_row row;
    {
        QN_AUTO(act) struct act a = {0};
        MUST(act_open(&a, f->k.st, QN_KIND_ROSTER_CLOSE, QN_LANE_BULK, &offices_err));
        close_row(&row, &a, act_id(&a), 1, 1);
    }
    QN_AUTO(qn_buf) struct qn_buf change = {0}, header = {0};
    qn_buf_init(&change, QN_PART_MAX);
    qn_buf_init(&header, QN_HEADER_MAX);
    qn_change_table(&change, table);
    qn_change_row(&change, &row);
    qn_change_row(&change, &row);
    uint8_t salt[QN_SALT] = {7}, sig[QN_SIG];
    struct qn_header h = {.origin = qn_str(store_origin(f->k.st)),
                          .lane = QN_LANE_BULK,
                          .kind = QN_KIND_ROSTER_CLOSE,
                          .time_ms = 1,
                          .schema = reg->version,
                          .nparts = 1};
    memcpy(h.schema_hash, reg->hash, QN_HASH);
    h.part[0] = (struct qn_part){.audience = QN_SYSTEM,
                                 .to = qn_str("140602"),
                                 .stored = (uint32_t)change.n,
                                 .raw = (uint32_t)change.n};
    qn_part_commit(h.part[0].commitment, salt, qn_buf_span(&change));
    qn_header_encode(&header, &h);
    qn_header_sign(sig, qn_buf_span(&header), keys_log_sk(f->k.keys));
    stream_own(&s, &f->k, 0, "1406"); /* certificates; the log is empty */
    uint8_t leaf[QN_HASH];
    qn_leaf_hash(leaf, qn_buf_span(&header));
    struct qn_buf *b = add(&s, QN_FRAME_CHECKPOINT);
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    qn_buf_init(&text, 1024);
    qn_checkpoint_text(&text, h.origin, 1, leaf);
    qn_put_span(b, qn_buf_span(&text));
    qn_put_str(b, "\n");
    qn_note_sign(b, qn_buf_span(&text), h.origin, keys_log_sk(f->k.keys));
    b = add(&s, QN_FRAME_HEADER);
    qn_put(b, sig, QN_SIG);
    qn_put_span(b, qn_buf_span(&header));
    qn_part_frame_encode(add(&s, QN_FRAME_PART),
                         &(struct qn_part_frame){h.origin, 0, 0, salt, qn_buf_span(&change)});
    feed(&f->c, &s, &first, &why);
    assert_int_equal(first, QN_OK);
    assert_int_equal(
        count(&f->c,
              "SELECT count(*) FROM fate WHERE state = 'quarantined' AND rule = 'row.exists'"),
        1);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM roster_close"), 0);
    MUST(log_of_office(&log, f->c.st, "140602", &offices_err));
    assert_int_equal(log.verified, 1);
    stream_release(&s);
}

static void a_log_has_one_key(void **state)
{
    struct family *f = *state;
    struct qn_cert c = *store_self(f->k.st);
    struct qn_err err;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, QN_CERT_MAX);
    c.serial += 100;
    memcpy(c.log, store_self(f->k2.st)->log, QN_PUBKEY);
    qn_cert_seal(&b, &c, keys_log_sk(f->c.keys));
    assert_int_equal(tree_add_cert(f->c.st, qn_buf_span(&b), &err), QN_CONFLICT);
    assert_string_equal(err.id, "tree.other-key");
}

/* What an office logs as its next certificate, judged by an office below it. */
static void serials_of_certificates(void **state)
{
    enum what { NEXT, GAP, RECYCLED, BACK, FOR_ANOTHER, NOT_ISSUED };
    static const struct {
        enum what what;
        const char *rule;
    } rows[] = {{NEXT, NULL},
                {GAP, "cert.serial-gap"},
                {RECYCLED, "cert.serial-recycled"},
                {BACK, "cert.serial-regression"},
                {FOR_ANOTHER, "tree.cert-row"},
                {NOT_ISSUED, "tree.cert-row"},
                {NEXT, NULL}};
    struct family *f = *state;
    struct stream s = {0};
    struct qn_err why;
    enum qn_code first;
    uint32_t serial = store_self(f->k2.st)->serial; /* the newest that the city gave */
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct qn_cert c = *store_self(f->k2.st);
        QN_AUTO(qn_buf) struct qn_buf bytes = {0};
        QN_AUTO(act) struct act a = {0};
        struct qn_row row;
        uint64_t seq;
        c.to_day += 1 + (int32_t)i; /* other bytes than any before */
        c.serial = rows[i].what == GAP        ? serial + 2
                   : rows[i].what == RECYCLED ? serial
                   : rows[i].what == BACK     ? 1
                                              : serial + 1;
        qn_buf_init(&bytes, QN_CERT_MAX);
        if (rows[i].what == NOT_ISSUED) /* the province's own, logged by the city */
            MUST(tree_cert_bytes(&bytes, f->c.st, "14", 0, &offices_err));
        else
            qn_cert_seal(&bytes, &c, keys_log_sk(f->c.keys));
        MUST(act_open(&a, f->c.st, QN_KIND_CERTIFICATE, QN_LANE_CONTROL, &offices_err));
        MUST(act_part(&a, QN_PUBLIC, QN_TO_SUBTREE, NULL, &offices_err));
        row_start(&row, &a, "certificate", act_id(&a), 1);
        row_text(&row, "subject",
                 rows[i].what == FOR_ANOTHER  ? "140602"
                 : rows[i].what == NOT_ISSUED ? "14"
                                              : "140622");
        row_blob(&row, "cert", bytes.p, bytes.n);
        MUST(act_put(&a, &row, &offices_err));
        MUST(act_commit(&a, &seq, NULL, &offices_err));
        stream_own(&s, &f->c, 0, "140602");
        feed(&f->k, &s, &first, &why);
        assert_int_equal(first, QN_OK);
        stream_release(&s);
        char sql[200];
        snprintf(sql, sizeof(sql),
                 "SELECT count(*) FROM fate WHERE seq = %llu AND state = 'refused' AND rule = '%s'",
                 (unsigned long long)seq, rows[i].rule ? rows[i].rule : "");
        if (count(&f->k, sql) != (rows[i].rule != NULL))
            fail_msg("row %zu: %s", i, rows[i].rule ? rows[i].rule : "taken");
        serial += rows[i].what == NEXT;
    }
    struct qn_cert newest;
    MUST(tree_cert(&newest, f->k.st, "140622", &offices_err));
    assert_int_equal(newest.serial, serial);
}

static void sibling_gets_nothing(void **state)
{
    struct family *f = *state;
    struct stream s = {0};
    enum qn_code first;
    struct qn_err why;
    write_one(&f->k, 0, 1, 1);
    stream_own(&s, &f->k, 0, "1406");
    /* A sibling is no relative in the sense of the exchange: it takes neither headers nor parts. */
    struct stream certs = {0};
    stream_own(&certs, &f->c, 0, "140622");
    feed(&f->k2, &certs, &first, &why);
    assert_int_equal(first, QN_OK);
    assert_true(tree_knows(f->k2.st, "140602"));
    feed(&f->k2, &s, &first, &why);
    assert_string_equal(why.id, "ingest.not-for-us");
    assert_int_equal(
        count(&f->k2,
              "SELECT count(*) FROM part p JOIN log l ON l.no = p.log WHERE l.office = '140602'"),
        0);
    stream_release(&s);
    stream_release(&certs);
}

static void parts_go_to_whom_they_are_for(void **state)
{
    struct family *f = *state;
    struct qn_part p = {.reach = QN_TO_SUBTREE, .to = qn_str("14")};
    assert_true(tree_part_is_for(f->c.st, &p, "14", "140602"));
    p.reach = QN_TO_OFFICE;
    assert_false(tree_part_is_for(f->c.st, &p, "14", "140602"));
    p.to = qn_str("140622");
    assert_false(tree_part_is_for(f->c.st, &p, "1406", "140602"));
    assert_true(tree_part_is_for(f->c.st, &p, "14", "1406")); /* on its way down */
    p.to = qn_str("140602");
    assert_true(tree_part_is_for(f->c.st, &p, "140602", "14")); /* upward all goes */
}

static void wrong_keys_are_not_taken(void **state)
{
    struct family *f = *state;
    struct qn_err err;
    QN_AUTO(qn_buf) struct qn_buf chain = {0};
    qn_buf_init(&chain, ENROL_FILE_MAX);
    MUST(enrol_chain(&chain, f->k.st, "140602", &offices_err));
    assert_int_equal(enrol_accept(f->k.st, f->k2.keys, qn_buf_span(&chain), &err), QN_UNVERIFIED);
    assert_string_equal(err.id, "office.wrong-keys");
}

/* Each is made at its first use: one that is no SQL, or names what is not there, is found here. */
static void every_statement_is_sql(void **state)
{
    struct family *f = *state;
    for (int i = 0; i < SQL_COUNT; i++) {
        struct query q = query_start(f->k.st, (enum sql)i);
        struct qn_err err = {.id = ""};
        if (query_end(&q, &err) != QN_OK)
            fail_msg("statement %d: %s", i, err.args);
    }
}

static void locked_directory(void **state)
{
    struct family *f = *state;
    struct store *second = NULL;
    struct qn_err err;
    assert_int_equal(store_open(&second, f->k.dir, STORE_OPEN, &err), QN_LATER);
    assert_string_equal(err.id, "store.locked");
}

static bool always(void *ctx)
{
    ++*(unsigned *)ctx;
    return true;
}

/* A backup or a call gives the lock back in its middle: what others do then is not done in its person's name, nor stopped by it. */
static void who_leaves_takes_the_name_along(void **state)
{
    struct family *f = *state;
    struct office o = {.st = f->k.st};
    struct store_work own;
    struct qn_err err;
    unsigned asked = 0;
    static const char counts[] = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) "
                                 "SELECT count(*) FROM n";
    pthread_mutex_init(&o.lock, NULL);
    pthread_mutex_lock(&o.lock);
    person_enter(o.st, "张三");
    store_on_stop(o.st, always, &asked);
    assert_int_equal(store_exec(o.st, counts, &err), QN_LATER);
    assert_int_equal(asked, 1);
    office_leave(&o, &own);
    assert_int_equal(pthread_mutex_trylock(&o.lock), 0);
    assert_string_equal(o.st->person, "");
    assert_int_equal(store_exec(o.st, counts, &err), QN_OK);
    assert_int_equal(asked, 1);
    person_enter(o.st, "李四");
    pthread_mutex_unlock(&o.lock);
    office_return(&o, &own);
    assert_string_equal(o.st->person, "张三");
    assert_int_equal(store_exec(o.st, counts, &err), QN_LATER);
    store_on_stop(o.st, NULL, NULL);
    person_enter(o.st, NULL);
    pthread_mutex_unlock(&o.lock);
    pthread_mutex_destroy(&o.lock);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(act_writes_log),
        T(act_rolls_back),
        T(act_refuses_what_a_receiver_would),
        T(stopped_office_signs_nothing),
        T(parent_applies_and_cosigns),
        T(interrupted_at_every_frame),
        T(unverified_headers_are_not_applied),
        T(second_branch_is_evidence),
        T(branch_without_common_place_is_set_aside),
        T(restored_copy_stops_signing),
        T(spoiled_frames),
        T(junk_line_before_the_good_one),
        T(one_key_twice_is_quarantined),
        T(a_log_has_one_key),
        T(serials_of_certificates),
        T(sibling_gets_nothing),
        T(parts_go_to_whom_they_are_for),
        T(wrong_keys_are_not_taken),
        T(every_statement_is_sql),
        T(locked_directory),
        T(who_leaves_takes_the_name_along),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
