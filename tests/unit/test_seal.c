/* test_seal.c - restricted parts: who opens them, what is refused when they do not open or say too much. */
#include "tests/unit/clue.h"

#include <sodium.h>

#include "node/store/ingest.h"
#include "node/store/part.h"
#include "qian/frame.h"

#define CLUES  "SELECT count(*) FROM clue"
#define SEALED "SELECT count(*) FROM part JOIN entry USING (log, seq) WHERE lane = 3"

/* ---- between honest offices ---------------------------------------------------------------------------------- */

static const char *fate_of(struct test_office *at, char out[200])
{
    char path[512];
    sqlite3 *db;
    sqlite3_stmt *q;
    snprintf(path, sizeof(path), "%s/qian.db", at->dir);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT state, rule FROM fate", -1, &q, NULL),
                     SQLITE_OK);
    snprintf(out, 200, "none");
    if (sqlite3_step(q) == SQLITE_ROW)
        snprintf(out, 200, "%s %s", (const char *)sqlite3_column_text(q, 0),
                 (const char *)sqlite3_column_text(q, 1));
    sqlite3_finalize(q);
    sqlite3_close(db);
    return out;
}

static void only_the_addressee_reads(void **state)
{
    struct family *f = *state;
    struct qn_err err;
    MUST(write_clue(&f->k, "14", "for the province alone", &err));
    assert_int_equal(count(&f->k, CLUES), 1); /* the author reads its own table */
    carry(&f->k, &f->c);
    assert_int_equal(count(&f->c, CLUES), 0);
    assert_int_equal(count(&f->c, SEALED), 2); /* but stores it, and the author's copy */
    assert_int_equal(count(&f->c, "SELECT count(*) FROM fate"), 0);
    carry(&f->c, &f->p);
    assert_int_equal(
        count(&f->p, "SELECT count(*) FROM clue WHERE facts = 'for the province alone'"), 1);
}

static void downward_past_the_city(void **state)
{
    struct family *f = *state;
    struct qn_err err;
    carry(&f->p, &f->c);
    carry(&f->c, &f->p); /* the certificate of the county */
    MUST(write_clue(&f->p, "140602", "for one county", &err));
    carry(&f->p, &f->c);
    assert_int_equal(count(&f->c, CLUES), 0);
    carry(&f->c, &f->k);
    carry(&f->c, &f->k2);
    assert_int_equal(count(&f->k, CLUES), 1);
    assert_int_equal(count(&f->k2, CLUES), 0);
    assert_int_equal(count(&f->k2, SEALED), 0);
    assert_int_equal(count(&f->k, SEALED),
                     1); /* nobody is above a province who would keep a copy for it */
    MUST(write_clue(&f->c, "140602", "from the city", &err));
    carry(&f->c, &f->p);
    carry(&f->c, &f->k);
    carry(&f->c, &f->k2);
    assert_int_equal(count(&f->p, SEALED), 3);
    assert_int_equal(count(&f->k, SEALED), 2); /* the copy goes up alone */
    assert_int_equal(count(&f->k, CLUES), 2);
    assert_int_equal(count(&f->k2, SEALED), 0);
    assert_int_equal(count(&f->p, CLUES), 1);
}

/* Rows for several, and for the author alone: one copy has them all, and what is not restricted is in none. */
static void one_copy_of_all(void **state)
{
    struct family *f = *state;
    static const char *const to[] = {"1406", "14", NULL, "1406"};
    struct qn_err err;
    QN_AUTO(act) struct act a = {0};
    struct qn_row row;
    MUST(act_open(&a, f->k.st, QN_KIND_RESULT, QN_LANE_RESULT, &offices_err));
    for (size_t i = 0; i < 4; i++) {
        MUST(act_part(&a, QN_RESTRICTED, QN_TO_OFFICE, to[i], &offices_err));
        clue_row(&row, &a, act_id(&a), "facts", NULL);
        MUST(act_put(&a, &row, &offices_err));
    }
    uint64_t seq;
    MUST(act_commit(&a, &seq, NULL, &err));
    struct log log;
    QN_AUTO(log_entry) struct log_entry e = {0};
    MUST(log_find(&log, f->k.st, store_origin(f->k.st), &offices_err));
    MUST(log_entry_get(&e, f->k.st, &log, seq, &offices_err));
    assert_int_equal(e.h.nparts, 3);
    assert_int_equal(qn_header_copy(&e.h), 1);
    carry(&f->k, &f->c);
    carry(&f->c, &f->p);
    assert_int_equal(count(&f->c, CLUES), 2);
    assert_int_equal(count(&f->p, CLUES), 1);
    QN_AUTO(log_part) struct log_part part = {0};
    QN_AUTO(qn_buf) struct qn_buf opened = {0}, room = {0};
    struct qn_span coded;
    uint32_t rows;
    MUST(log_part_get(&part, f->k.st, &log, seq, 1, &offices_err));
    MUST(part_open(&coded, &opened, qn_buf_span(&part.stored), store_self(f->k.st)->box,
                   keys_box_sk(f->k.keys), &offices_err));
    MUST(part_rows(NULL, &e.h, 1, coded, &room, NULL, NULL, &rows, &offices_err));
    assert_int_equal(rows, 4);
}

/* Packed before it is sealed; and an answer comes back the same way. */
static void long_ones_are_packed(void **state)
{
    struct family *f = *state;
    struct qn_err err;
    char facts[12001];
    memset(facts, 'x', sizeof(facts) - 1);
    facts[sizeof(facts) - 1] = 0;
    MUST(write_clue(&f->k, "1406", facts, &err));
    assert_true(count(&f->k, "SELECT max(length(stored)) FROM part") < 2000);
    carry(&f->k, &f->c);
    assert_int_equal(count(&f->c, "SELECT length(facts) FROM clue"), 12000);
}

static void waits_for_the_keys(void **state)
{
    struct family *f = *state;
    struct qn_err err;
    char fate[200];
    MUST(write_clue(&f->k, "1406", "x", &err));
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    struct exchange_sent sent;
    MUST(stream_from(&b, &f->k, &f->c, 0, &sent, NULL, &offices_err));
    for (int other = 0; other < 2; other++) { /* none, or those of another office */
        store_lend_keys(f->c.st, other ? f->k2.keys : NULL);
        QN_AUTO(exchange_stream) struct exchange_stream *s = NULL;
        MUST(exchange_stream_open(&s, f->c.st, "140602", NULL, &offices_err));
        MUST(exchange_stream_feed(s, qn_buf_span(&b), &offices_err));
        MUST(exchange_stream_finish(s, &offices_err));
        assert_int_equal(count(&f->c, CLUES), 0);
        assert_string_equal(fate_of(&f->c, fate), "held apply.seal-keys");
    }
    store_lend_keys(f->c.st, f->c.keys);
    take(&f->c, "140602", qn_buf_span(&b), 0, NULL);
    assert_int_equal(count(&f->c, CLUES), 1);
    assert_string_equal(fate_of(&f->c, fate), "none");
}

static void acts_that_cannot_be_sealed(void **state)
{
    struct family *f = *state;
    struct qn_err err;
    static const struct {
        const char *name, *to;
        size_t bytes;
        enum qn_reach reach;
        unsigned rows;
        const char *want;
    } rows[] = {
        {"an office nobody knows", "99", 1, QN_TO_OFFICE, 1, "act.unknown-office"},
        {"a sibling", "140622", 1, QN_TO_OFFICE, 1, "act.addressee"},
        {"a whole subtree", "1406", 1, QN_TO_SUBTREE, 1, "entry.part-restricted"},
        {"more than fits under the seal", "1406", 19880, QN_TO_OFFICE, 53, "act.bytes"},
    };
    carry(&f->c, &f->k); /* which may bring the sibling's certificate along: known is not enough */
    int64_t before = count(&f->k, "SELECT count(*) FROM entry");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        QN_AUTO(act) struct act a = {0};
        struct qn_row row;
        char facts[20001] = "";
        MUST(act_open(&a, f->k.st, QN_KIND_RESULT, QN_LANE_RESULT, &offices_err));
        enum qn_code rc = act_part(&a, QN_RESTRICTED, rows[i].reach, rows[i].to, &err);
        for (unsigned n = 0; !rc && n < rows[i].rows; n++) {
            for (size_t k = 0; k < rows[i].bytes; k++) /* does not pack */
                facts[k] = (char)('!' + randombytes_uniform(90));
            clue_row(&row, &a, act_id(&a), facts, NULL);
            MUST(act_put(&a, &row, &offices_err));
        }
        if (!rc)
            rc = act_commit(&a, NULL, NULL, &err);
        if (!rc || strcmp(err.id, rows[i].want) != 0)
            fail_msg("%s: %s %s", rows[i].name, err.id, err.args);
    }
    assert_int_equal(count(&f->k, "SELECT count(*) FROM entry"), before);
    assert_int_equal(count(&f->k, CLUES), 0);
}

/* ---- a county that writes its own headers ---------------------------------------------------------------------- */

/* What the city is given: one entry, signed by the county, whose restricted part for the city is `stored`. */
static void forge(struct family *f, const struct qn_part *part, struct qn_span stored)
{
    static const uint8_t salt[QN_SALT] = {7};
    const struct qn_registry *reg = store_registry(f->k.st);
    struct qn_header *h = calloc(1, sizeof(*h));
    uint8_t sig[QN_SIG], leaf[QN_HASH];
    struct qn_frontier *fr = calloc(1, sizeof(*fr));
    QN_AUTO(qn_buf) struct qn_buf header = {0}, head = {0}, frame = {0}, text = {0}, note = {0};
    qn_buf_init(&header, QN_HEADER_MAX);
    qn_buf_init(&head, QN_FRAME_MAX);
    qn_buf_init(&frame, QN_FRAME_MAX);
    qn_buf_init(&text, QN_NOTE_MAX);
    qn_buf_init(&note, QN_NOTE_MAX);
    *h = (struct qn_header){.origin = qn_str(store_origin(f->k.st)),
                            .lane = QN_LANE_RESULT,
                            .kind = QN_KIND_RESULT,
                            .schema = reg->version,
                            .nparts = 1};
    memcpy(h->schema_hash, reg->hash, QN_HASH);
    h->part[0] = *part;
    h->part[0].stored = (uint32_t)stored.n;
    qn_part_commit(h->part[0].commitment, salt, stored);
    qn_header_encode(&header, h);
    qn_header_sign(sig, qn_buf_span(&header), keys_log_sk(f->k.keys));
    qn_put(&head, sig, sizeof(sig));
    qn_put_span(&head, qn_buf_span(&header));
    qn_leaf_hash(leaf, qn_buf_span(&header));
    qn_frontier_append(fr, leaf, NULL, NULL);
    qn_frontier_root(fr, leaf);
    qn_checkpoint_text(&text, h->origin, 1, leaf);
    qn_put_span(&note, qn_buf_span(&text));
    qn_put_str(&note, "\n");
    qn_note_sign(&note, qn_buf_span(&text), h->origin, keys_log_sk(f->k.keys));
    struct qn_part_frame p = {h->origin, 0, 0, salt, stored};
    qn_part_frame_encode(&frame, &p);
    struct ingest *in;
    MUST(ingest_open(&in, f->c.st, &offices_err));
    MUST(ingest_frame(in, QN_FRAME_CHECKPOINT, qn_buf_span(&note), &offices_err));
    MUST(ingest_frame(in, QN_FRAME_HEADER, qn_buf_span(&head), &offices_err));
    MUST(ingest_frame(in, QN_FRAME_PART, qn_buf_span(&frame), &offices_err));
    MUST(ingest_finish(in, NULL, &offices_err));
    ingest_free(in);
    free(fr);
    free(h);
}

enum forged {
    SOUND,
    NOISE,
    OF_ANOTHER,
    FLIPPED,
    TWICE,
    NO_CHANGESET,
    OTHERS_ROW,
    OTHER_AUDIENCE,
    BOMB,
    NOT_PACKED,
    FORGED
};
static struct forgery {
    const char *name;
    enum forged what;
    const char *fate;
} forgeries[] = {
    {"sound", SOUND, "none"},
    {"noise", NOISE, "refused entry.seal"},
    {"sealed to another office", OF_ANOTHER, "refused entry.seal"},
    {"one bit flipped before it was committed", FLIPPED, "refused entry.seal"},
    {"sealed twice", TWICE, "refused change.start"},
    {"no changeset inside", NO_CHANGESET, "refused change.start"},
    {"a row of another office", OTHERS_ROW, "refused authority.office"},
    {"a system table in it", OTHER_AUDIENCE, "refused change.audience"},
    {"a frame that grows beyond raw", BOMB, "refused entry.codec-bytes"},
    {"said to be packed and is not", NOT_PACKED, "refused entry.codec-bytes"},
};

static void forged(void **state)
{
    static const uint8_t zero[200000];
    struct forgery *t = *state;
    struct family *f = NULL;
    char fate[200];
    enum qn_codec codec;
    assert_int_equal(family_setup((void **)&f), 0);
    const struct qn_cert *to = t->what == OF_ANOTHER ? store_self(f->p.st) : store_self(f->c.st);
    const struct qn_registry *reg = store_registry(f->k.st);
    struct act a = {.st = f->k.st};
    struct qn_row row;
    QN_AUTO(qn_buf) struct qn_buf rows = {0}, sealed = {0}, twice = {0};
    qn_buf_init(&rows, QN_PART_MAX);
    qn_buf_init(&sealed, QN_PART_MAX);
    qn_buf_init(&twice, QN_PART_MAX);
    if (t->what == OTHER_AUDIENCE) {
        row_start(&row, &a, "evidence", qn_row_id(1, 0, 0), 1);
        row_int(&row, "inspection_id", qn_row_id(1, 0, 0));
        row_text(&row, "kind", "gate");
        row_blob(&row, "digest", zero, 32);
        row_blob(&row, "tree", zero, 32);
        row_text(&row, "media", "image/jpeg");
        row_int(&row, "size", 1);
        row_text(&row, "captured_on", "2021-08-16");
        row_text(&row, "acted_by", "x");
    } else {
        clue_row(&row, &a, qn_row_id(1, 0, 0), "facts", NULL);
    }
    if (t->what == OTHERS_ROW)
        row_text(&row, "office", "140622");
    qn_change_table(&rows, qn_registry_table(reg, qn_str(row.table->name)));
    qn_change_row(&rows, &row);
    if (t->what == NO_CHANGESET)
        memset(rows.p, 'x', rows.n);
    struct qn_part part = {
        .audience = QN_RESTRICTED, .codec = QN_RAW, .reach = QN_TO_OFFICE, .to = qn_str("1406")};
    if (t->what == BOMB) { /* a hundred kilobytes of nothing, said to be two */
        rows.n = 0;
        MUST(part_pack(&codec, &rows, QN_SPAN(zero), &offices_err));
        part.codec = QN_ZSTD;
    } else if (t->what == NOT_PACKED) {
        part.codec = QN_ZSTD;
    }
    part.raw = (uint32_t)rows.n + (part.codec == QN_ZSTD ? 2000 : 0);
    MUST(part_seal(&sealed, qn_buf_span(&rows), to->box, &offices_err));
    if (t->what == NOISE)
        randombytes_buf(sealed.p, sealed.n);
    if (t->what == FLIPPED)
        sealed.p[60] ^= 1;
    if (t->what == TWICE) {
        MUST(part_seal(&twice, qn_buf_span(&sealed), to->box, &offices_err));
        part.raw = (uint32_t)sealed.n;
    }
    forge(f, &part, qn_buf_span(t->what == TWICE ? &twice : &sealed));
    assert_string_equal(fate_of(&f->c, fate), t->fate);
    assert_int_equal(count(&f->c, CLUES), t->what == SOUND);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM evidence"), 0);
    /* The province, which cannot open it, has nothing to say about it. */
    carry(&f->c, &f->p);
    assert_string_equal(fate_of(&f->p, fate), "none");
    assert_int_equal(count(&f->p, CLUES), 0);
    family_teardown((void **)&f);
}

static void seals_and_opens(void **state)
{
    uint8_t pk[32], sk[32], other_pk[32], other_sk[32];
    static const uint8_t nobody[32]; /* a point of small order: no secret belongs to it */
    struct qn_err err;
    struct qn_span clear;
    QN_AUTO(qn_buf) struct qn_buf b, room = {0};
    (void)state;
    crypto_box_keypair(pk, sk);
    crypto_box_keypair(other_pk, other_sk);
    qn_buf_init(&b, 200);
    MUST(part_seal(&b, qn_str("text"), pk, &offices_err));
    assert_int_equal(b.n, 4 + QN_SEAL_BYTES);
    MUST(part_open(&clear, &room, qn_buf_span(&b), pk, sk, &offices_err));
    assert_true(qn_span_is(clear, "text"));
    assert_int_equal(part_open(&clear, &room, qn_buf_span(&b), other_pk, other_sk, &err),
                     QN_UNVERIFIED);
    for (size_t n = 0; n < b.n; n++)
        assert_int_equal(part_open(&clear, &room, (struct qn_span){b.p, n}, pk, sk, &err),
                         QN_UNVERIFIED);
    for (size_t i = 0; i < b.n * 8; i++) {
        b.p[i / 8] ^= (uint8_t)(1u << i % 8);
        /* X25519 ignores the top bit of a key; the nonce, made from all of it, does not. */
        assert_int_equal(part_open(&clear, &room, qn_buf_span(&b), pk, sk, &err), QN_UNVERIFIED);
        assert_string_equal(err.id, "entry.seal");
        b.p[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    size_t n = b.n;
    assert_int_equal(part_seal(&b, qn_str("text"), nobody, &err), QN_UNVERIFIED);
    assert_string_equal(err.id, "act.box-key");
    assert_int_equal(b.n, n);
    qn_buf_release(&b);
    qn_buf_init(&b, 51);
    assert_int_not_equal(part_seal(&b, qn_str("text"), pk, &err), QN_OK);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, family_setup, family_teardown)
    struct CMUnitTest test[7 + FORGED] = {
        T(only_the_addressee_reads),       T(downward_past_the_city),
        T(long_ones_are_packed),           T(waits_for_the_keys),
        T(acts_that_cannot_be_sealed),     T(one_copy_of_all),
        cmocka_unit_test(seals_and_opens),
    };
    for (int i = 0; i < FORGED; i++)
        test[7 + i] = (struct CMUnitTest){forgeries[i].name, forged, NULL, NULL, &forgeries[i]};
    return cmocka_run_group_tests_name("seal", test, NULL, NULL);
}
