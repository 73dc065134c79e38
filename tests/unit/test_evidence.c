/* test_evidence.c - a draw as a stranger sees it: sound ones hold, and each single lie, well signed, is found by
 * the step that is there for it. Everything is made here with known keys; nothing comes from a database.
 * test_evidence DIR writes the same cases into DIR/evidence.txt: they quote the registry's hash, so a changed
 * registry has them written again.                                                                             */
#include "tests/tools/vector_out.h"
#include "tests/unit/evidence_draft.h"

/* ---- lies ----------------------------------------------------------------------------------------- */

enum when { BEFORE_FREEZE, BEFORE_ORDER, BEFORE_RESULT, AFTER_RESULT };
typedef void lie(struct draft *d);

static void freeze_of_another_place(struct draft *d)
{
    d->freeze.seq++;
}
static void freeze_of_another_log(struct draft *d)
{
    memcpy(d->freeze.origin, w.city_origin, sizeof(d->freeze.origin));
}
static void order_to_another_office(struct draft *d)
{
    memcpy(d->order.office_origin, "test.example/140622/1", 22);
    memcpy(d->order.freeze.origin, "test.example/140622/1", 22);
    memcpy(d->order.freeze_head.origin, "test.example/140622/1", 22);
}
static void order_on_another_freeze(struct draft *d)
{
    d->order.freeze.leaf[0] ^= 1;
}
static void order_on_another_place(struct draft *d)
{
    d->order.freeze.index--;
}
static void order_signed_by_the_county(struct draft *d)
{
    d->note_sk = w.county_sk;
}
static void order_with_another_note(struct draft *d)
{
    d->other_note = true;
}
static void order_with_a_foreign_key(struct draft *d)
{
    uint8_t seed[32];
    memset(seed, 8, sizeof(seed));
    qn_vrf_public(d->order.vrf[0], seed);
}
static void order_with_two_keys(struct draft *d)
{
    uint8_t seed[32];
    memset(seed, 8, sizeof(seed));
    d->order.nkeys = 2;
    qn_vrf_public(d->order.vrf[1], seed);
}
static void order_with_a_beacon(struct draft *d)
{
    d->order.has_beacon = true;
    memcpy(d->order.beacon_source, "ssq", 4);
    memcpy(d->order.beacon_event, "2021094", 8);
}
static void drawn_on_numbers(struct draft *d)
{
    order_with_a_beacon(d);
    d->numbers = "ssq 2021094 01 05 12 18 22 30+07";
}
static void drawn_on_another_event(struct draft *d)
{
    order_with_a_beacon(d);
    d->numbers = "ssq 2021095 01 05 12 18 22 30+07";
}
static void drawn_on_numbers_not_asked_for(struct draft *d)
{
    d->numbers = "ssq 2021094 01 05 12 18 22 30+07";
}
static void drawn_with_two_co_keys(struct draft *d)
{
    uint8_t seed[32];
    d->order.nkeys = 3;
    for (unsigned i = 0; i < 2; i++) {
        d->co_seed[i] = (uint8_t)(8 + i);
        memset(seed, d->co_seed[i], sizeof(seed));
        qn_vrf_public(d->order.vrf[1 + i], seed);
    }
    if (memcmp(d->order.vrf[1], d->order.vrf[2], QN_PUBKEY) > 0) {
        uint8_t swap[QN_PUBKEY], co = d->co_seed[0];
        memcpy(swap, d->order.vrf[1], QN_PUBKEY);
        memcpy(d->order.vrf[1], d->order.vrf[2], QN_PUBKEY);
        memcpy(d->order.vrf[2], swap, QN_PUBKEY);
        d->co_seed[0] = d->co_seed[1];
        d->co_seed[1] = co;
    }
}
static void drawn_with_a_foreign_co_key(struct draft *d)
{
    drawn_with_two_co_keys(d);
    d->co_seed[1] = 77;
}
static void result_on_another_order(struct draft *d)
{
    d->result.order_id[0] ^= 1;
}
static void result_on_another_entry(struct draft *d)
{
    d->result.order.index--;
}
static void result_on_another_freeze(struct draft *d)
{
    d->result.freeze.leaf[0] ^= 1;
}
static void result_of_another_log(struct draft *d)
{
    memcpy(d->result.origin, "test.example/140602/2", 22);
}
static void another_proof(struct draft *d)
{
    d->result.vrf[0].pi[40] ^= 1;
}
static void one_dropped(struct draft *d)
{
    d->npicks--;
}
static void one_added(struct draft *d)
{
    d->pick[d->npicks] = d->pick[d->npicks - 1];
    d->pick[d->npicks++].id = qn_str("E:91140602MA99999999");
}
static void another_salt(struct draft *d)
{
    d->pick[1].salt[0] ^= 1;
}
static void a_lot_called_must(struct draft *d)
{
    d->pick[d->npicks - 1].mode = QN_MUST;
}
static void a_must_called_lot(struct draft *d)
{
    d->pick[0].mode = QN_LOT;
    list_root(d);
}
static void a_friend_left_out(struct draft *d)
{
    d->npicks--;
    list_root(d);
}
static int by_id(const void *a, const void *b)
{
    const struct pick *x = a, *y = b;
    return qn_span_cmp(x->id, y->id);
}
/* Who has the highest ticket of all, in the place of the last lot. Somebody below a cut-off of another stratum could
 * not be told from the files alone: that is what the slip and the verdict are for.                              */
static void an_enemy_put_in(struct draft *d)
{
    uint8_t highest[QN_HASH] = {0}, ticket[QN_HASH];
    for (unsigned i = 1; i < OBJECTS; i++) {
        bool among = false;
        qn_ticket(ticket, &d->keys, w.object[i].id);
        for (size_t k = 0; k + 1 < d->npicks; k++)
            among = among || qn_span_eq(d->pick[k].id, w.object[i].id);
        if (among || memcmp(ticket, highest, QN_HASH) <= 0)
            continue;
        memcpy(highest, ticket, QN_HASH);
        d->pick[d->npicks - 1].id = w.object[i].id;
    }
    qsort(d->pick, d->npicks, sizeof(d->pick[0]), by_id);
    list_root(d);
}
static void a_lower_cutoff(struct draft *d)
{
    d->result.stratum[1].cutoff[0] ^= 0x80;
}
/* Somebody's ticket, but one below which too few were drawn. */
static void the_cutoff_of_another(struct draft *d)
{
    struct qn_stratum_line *low = &d->result.stratum[0], *high = &d->result.stratum[1];
    uint8_t ticket[QN_HASH];
    if (memcmp(low->cutoff, high->cutoff, QN_HASH) > 0) {
        low = &d->result.stratum[1];
        high = &d->result.stratum[0];
    }
    for (size_t i = 0; i < d->npicks; i++) {
        qn_ticket(ticket, &d->keys, d->pick[i].id);
        if (d->pick[i].mode == QN_LOT && memcmp(ticket, low->cutoff, QN_HASH) < 0)
            memcpy(low->cutoff, ticket, QN_HASH);
    }
    assert_true(low->quota > 1);
    (void)high;
}
static void a_cutoff_one_higher(struct draft *d)
{
    for (size_t i = QN_HASH; i-- > 0 && ++d->result.stratum[0].cutoff[i] == 0;)
        ;
}
static void a_smaller_base(struct draft *d)
{
    d->result.stratum[1].base = d->result.stratum[1].pool = 19;
}
static void a_larger_base(struct draft *d)
{
    d->result.stratum[1].base += 5;
}
static void another_stratum(struct draft *d)
{
    d->result.stratum[1].stratum = 3;
}
static void one_stratum_only(struct draft *d)
{
    d->result.nstrata = 1;
}
static void a_row_of_another_draw(struct draft *d)
{
    d->other_draw = true;
}

static void a_foreign_table(struct draft *d)
{
    d->foreign_table = true;
}
static void two_texts(struct draft *d)
{
    d->two_texts = true;
}
static void no_text(struct draft *d)
{
    d->no_text = true;
}
static void in_two_entries(struct draft *d)
{
    d->further = true;
}

static struct row {
    const char *name;
    enum when when;
    lie *lie;
    const char *id; /* of the first refusal; NULL: sound */
} rows[] = {
    {"sound", AFTER_RESULT, NULL, NULL},
    {"sound, in two entries", AFTER_RESULT, in_two_entries, NULL},
    {"freeze that names another place", BEFORE_FREEZE, freeze_of_another_place, "evidence.link"},
    {"freeze that names another log", BEFORE_FREEZE, freeze_of_another_log, "evidence.link"},
    {"order to another office", BEFORE_ORDER, order_to_another_office, "evidence.order-office"},
    {"order on another freeze", BEFORE_ORDER, order_on_another_freeze, "evidence.link"},
    {"order on another place", BEFORE_ORDER, order_on_another_place, "evidence.link"},
    {"order signed by who draws", BEFORE_ORDER, order_signed_by_the_county, "evidence.order-note"},
    {"order with two notes", BEFORE_ORDER, order_with_another_note, "evidence.row"},
    {"order with a foreign key", BEFORE_ORDER, order_with_a_foreign_key, "evidence.vrf-office"},
    {"order with a co-key that never answered", BEFORE_ORDER, order_with_two_keys,
     "evidence.vrf-keys"},
    {"order with a beacon that nobody read", BEFORE_ORDER, order_with_a_beacon, "evidence.beacon"},
    {"sound, on numbers of a lottery", BEFORE_ORDER, drawn_on_numbers, NULL},
    {"result on numbers of another event", BEFORE_ORDER, drawn_on_another_event, "evidence.beacon"},
    {"result on numbers not asked for", BEFORE_ORDER, drawn_on_numbers_not_asked_for,
     "evidence.beacon"},
    {"sound, with two co-keys", BEFORE_ORDER, drawn_with_two_co_keys, NULL},
    {"a co-key's proof by another key", BEFORE_ORDER, drawn_with_a_foreign_co_key, "evidence.vrf"},
    {"result on another order", AFTER_RESULT, result_on_another_order, "evidence.link"},
    {"result on another entry", AFTER_RESULT, result_on_another_entry, "evidence.link"},
    {"result on another freeze", AFTER_RESULT, result_on_another_freeze, "evidence.link"},
    {"result of another log", AFTER_RESULT, result_of_another_log, "evidence.link"},
    {"another VRF proof", AFTER_RESULT, another_proof, "evidence.vrf"},
    {"one dropped from the list", AFTER_RESULT, one_dropped, "evidence.selected"},
    {"one added to the list", AFTER_RESULT, one_added, "evidence.selected"},
    {"another salt", AFTER_RESULT, another_salt, "evidence.selected"},
    {"a lot called a must", AFTER_RESULT, a_lot_called_must, "evidence.selected"},
    {"a must called a lot, root to match", AFTER_RESULT, a_must_called_lot, "evidence.cutoff"},
    {"a friend left out, root to match", AFTER_RESULT, a_friend_left_out, "evidence.cutoff"},
    {"an enemy put in, root to match", AFTER_RESULT, an_enemy_put_in, "evidence.cutoff"},
    {"a cut-off that is nobody's", AFTER_RESULT, a_lower_cutoff, "evidence.cutoff"},
    {"a cut-off one higher", AFTER_RESULT, a_cutoff_one_higher, "evidence.cutoff"},
    {"the cut-off of another", AFTER_RESULT, the_cutoff_of_another, "evidence.cutoff"},
    {"a smaller base", AFTER_RESULT, a_smaller_base, "evidence.quota"},
    {"a larger base", AFTER_RESULT, a_larger_base, "evidence.quota"},
    {"a stratum that the rules lack", AFTER_RESULT, another_stratum, "evidence.quota"},
    {"a stratum left out", AFTER_RESULT, one_stratum_only, "evidence.cutoff"},
    {"a row of another draw", AFTER_RESULT, a_row_of_another_draw, "evidence.selected"},
    {"a foreign table", AFTER_RESULT, a_foreign_table, "evidence.row"},
    {"two results", AFTER_RESULT, two_texts, "evidence.row"},
    {"no result", AFTER_RESULT, no_text, "evidence.row"},
};

static void draft_free(struct draft *d)
{
    qn_buf_release(&d->frames);
}

static void make(struct draft *d, const struct row *t)
{
    QN_AUTO(qn_buf) struct qn_buf order = {0}, freeze = {0}, draw = {0};
    qn_buf_init(&order, 1u << 20);
    qn_buf_init(&freeze, 1u << 20);
    qn_buf_init(&draw, 1u << 20);
    base_of(d);
    if (t->lie && t->when == BEFORE_FREEZE)
        t->lie(d);
    seal_freeze(d, &freeze);
    order_of(d);
    if (t->lie && t->when == BEFORE_ORDER)
        t->lie(d);
    seal_order(d, &order);
    result_of(d);
    memcpy(d->result.freeze.origin, w.county_origin, sizeof(d->result.freeze.origin));
    d->result.freeze.index = FREEZE_SEQ;
    memcpy(d->result.freeze.leaf, d->freeze_leaf, QN_HASH);
    if (t->lie && t->when == AFTER_RESULT)
        t->lie(d);
    seal_draw(d, &draw);
    qn_buf_init(&d->frames, 4u << 20);
    qn_put_span(&d->frames, qn_buf_span(&order));
    qn_put_span(&d->frames, qn_buf_span(&freeze));
    qn_put_span(&d->frames, qn_buf_span(&draw));
    assert_int_equal(d->frames.failed, QN_OK);
}

/* All steps in their order; the first refusal. */
static enum qn_code all_steps(struct qn_evidence *e, struct qn_span frames, struct qn_err *err)
{
    const struct qn_cert *signer[QN_EV_ENTRIES] = {&w.city, &w.county, &w.county};
    const struct qn_rules *rules[QN_ORDER_SLOTS] = {&w.rules};
    enum qn_code rc = qn_evidence_split(e, frames, err);
    for (int i = 0; !rc && i < QN_EV_ENTRIES; i++) {
        rc = qn_evidence_signed(e, (enum qn_ev)i, signer[i], err);
        if (!rc)
            rc = qn_evidence_committed(e, (enum qn_ev)i, err);
    }
    if (!rc)
        rc = qn_evidence_read(e, signer, err);
    if (!rc)
        rc = qn_evidence_order(e, &w.city, err);
    if (!rc)
        rc = qn_evidence_links(e, err);
    if (!rc)
        rc = qn_evidence_seed(e, &w.county, err);
    if (!rc)
        rc = qn_evidence_list(e, err);
    return rc ? rc : qn_evidence_strata(e, rules, err);
}

static void judges(void **state)
{
    const struct row *t = *state;
    struct draft *d = calloc(1, sizeof(*d));
    struct qn_evidence e = {0};
    struct qn_err err = {0};
    make(d, t);
    enum qn_code rc = all_steps(&e, qn_buf_span(&d->frames), &err);
    qn_evidence_release(&e);
    draft_free(d);
    free(d);
    if (!t->id && rc)
        fail_msg("refused: %s %s", err.id, err.args);
    if (t->id)
        assert_string_equal(err.id, t->id);
    assert_int_equal(rc != QN_OK, t->id != NULL);
}

/* ---- signatures, commitments, frames ---------------------------------------------------------------- */

static void refuses_other_signers(void **state)
{
    (void)state;
    struct draft *d = calloc(1, sizeof(*d));
    struct qn_evidence e = {0};
    struct qn_err err;
    make(d, &rows[1]);
    assert_int_equal(qn_evidence_split(&e, qn_buf_span(&d->frames), &err), QN_OK);
    assert_int_equal(e.nmore, 1);
    for (int i = 0; i < QN_EV_ENTRIES; i++) {
        const struct qn_cert *right = i == QN_EV_ORDER ? &w.city : &w.county;
        const struct qn_cert *wrong = i == QN_EV_ORDER ? &w.county : &w.city;
        struct qn_cert later = *right;
        later.epoch = 2;
        assert_int_equal(qn_evidence_signed(&e, (enum qn_ev)i, right, &err), QN_OK);
        assert_int_equal(qn_evidence_signed(&e, (enum qn_ev)i, wrong, &err), QN_UNVERIFIED);
        assert_int_equal(qn_evidence_signed(&e, (enum qn_ev)i, &later, &err), QN_UNVERIFIED);
    }
    assert_int_equal(qn_evidence_signed(&e, QN_EV_DRAW, &w.stranger, &err), QN_UNVERIFIED);
    qn_evidence_release(&e);
    draft_free(d);
    free(d);
}

static void refuses_every_flip_and_cut(void **state)
{
    (void)state;
    struct draft *d = calloc(1, sizeof(*d));
    struct qn_err err;
    make(d, &rows[1]);
    for (size_t i = 0; i < d->frames.n; i += 3) {
        struct qn_evidence e = {0};
        d->frames.p[i] ^= (uint8_t)(1u << (i % 8));
        assert_int_not_equal(all_steps(&e, qn_buf_span(&d->frames), &err), QN_OK);
        qn_evidence_release(&e);
        d->frames.p[i] ^= (uint8_t)(1u << (i % 8));
    }
    for (size_t n = 0; n < d->frames.n; n += 11) {
        struct qn_evidence e = {0};
        assert_int_not_equal(all_steps(&e, (struct qn_span){d->frames.p, n}, &err), QN_OK);
        qn_evidence_release(&e);
    }
    draft_free(d);
    free(d);
}

/* ---- answers -------------------------------------------------------------------------------------- */

static void tells_tickets_and_places(void **state)
{
    (void)state;
    struct draft *d = calloc(1, sizeof(*d));
    struct qn_evidence e = {0};
    struct qn_err err;
    make(d, &rows[0]);
    assert_int_equal(all_steps(&e, qn_buf_span(&d->frames), &err), QN_OK);
    for (unsigned i = 0; i < OBJECTS; i++) {
        uint8_t ticket[QN_HASH];
        struct qn_span id = w.object[i].id;
        const struct qn_ev_selected *s = qn_evidence_find(&e, 1, id);
        struct qn_place p = {QN_STANDS_IN_STRATUM, w.object[i].attr.cls == 4 ? 1 : 2, 0};
        qn_evidence_ticket(ticket, &e, id);
        assert_null(qn_evidence_find(&e, 2, id));
        if (i == 0) {
            assert_int_equal(s->mode, QN_MUST);
            p.standing = QN_STANDS_MUST;
            assert_int_equal(qn_evidence_place(&e, 1, &p, ticket, &err), QN_UNVERIFIED);
            assert_string_equal(err.id, "evidence.must");
            continue;
        }
        if (s)
            assert_true(qn_evidence_below(&e, 1, ticket));
        /* Who is not drawn stands above his own cut-off; who is drawn would contradict. */
        assert_int_equal(qn_evidence_place(&e, 1, &p, ticket, &err), s ? QN_UNVERIFIED : QN_OK);
        /* Where all of a pool were drawn, nobody of it was not. */
        struct qn_stratum_line *l = &e.result.stratum[p.stratum - 1];
        uint64_t pool = l->pool;
        l->pool = l->quota;
        assert_int_equal(qn_evidence_place(&e, 1, &p, ticket, &err), QN_UNVERIFIED);
        assert_string_equal(err.id, "evidence.not-drawn");
        l->pool = pool;
        p.standing = QN_STANDS_EXCLUDED;
        assert_int_equal(qn_evidence_place(&e, 1, &p, ticket, &err), QN_OK);
        p = (struct qn_place){QN_STANDS_IN_STRATUM, 9, 0};
        assert_int_equal(qn_evidence_place(&e, 1, &p, ticket, &err), QN_UNVERIFIED);
    }
    qn_evidence_release(&e);
    draft_free(d);
    free(d);
}

/* ---- places in a log ------------------------------------------------------------------------------ */

/* A tree of four leaves of which the third is the DRAW; index is what the proof file says. */
static void proof_file(struct qn_buf *out, const struct qn_ev_entry *x, uint64_t index,
                       const char *origin, const uint8_t *sk, uint8_t spoil)
{
    uint8_t leaf[4][QN_HASH] = {{1}, {2}, {0}, {4}}, left[QN_HASH], right[QN_HASH], root[QN_HASH];
    struct qn_proof path = {.n = 2};
    QN_AUTO(qn_buf) struct qn_buf text = {0}, note = {0};
    qn_buf_init(&text, 4096);
    qn_buf_init(&note, 4096);
    qn_buf_init(out, 65536);
    memcpy(leaf[2], x->leaf, QN_HASH);
    qn_node_hash(left, leaf[0], leaf[1]);
    qn_node_hash(right, leaf[2], leaf[3]);
    qn_node_hash(root, left, right);
    memcpy(path.hash[0], leaf[3], QN_HASH);
    memcpy(path.hash[1], left, QN_HASH);
    path.hash[0][0] ^= spoil;
    qn_checkpoint_text(&text, qn_str(origin), 4, root);
    qn_put_span(&note, qn_buf_span(&text));
    qn_put_str(&note, "\n");
    qn_note_sign(&note, qn_buf_span(&text), qn_str(origin), sk);
    qn_proof_write(out, index, &path, qn_buf_span(&note));
}

static void judges_proofs(void **state)
{
    (void)state;
    struct qn_ev_entry x = {.seq = 2, .leaf = {0xaa}};
    struct qn_note *note = malloc(sizeof(*note));
    memcpy(x.origin, w.county_origin, sizeof(x.origin));
    const struct {
        uint64_t index, seq;
        const char *origin;
        const uint8_t *sk;
        uint8_t spoil;
        const char *id;
    } proofs[] = {
        {2, 2, w.county_origin, w.county_sk, 0, NULL},
        {2, 2, w.county_origin, w.county_sk, 1, "evidence.inclusion"},
        {3, 3, w.county_origin, w.county_sk, 0, "evidence.inclusion"},
        {2, 1, w.county_origin, w.county_sk, 0, "evidence.inclusion"},
        {1, 2, w.county_origin, w.county_sk, 0, "evidence.inclusion"},
        {2, 2, w.city_origin, w.county_sk, 0, "evidence.checkpoint"},
        {2, 2, w.county_origin, w.stranger_sk, 0, "evidence.checkpoint"},
    };
    for (size_t i = 0; i < ARRAY_LEN(proofs); i++) {
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        struct qn_err err = {0};
        x.seq = proofs[i].seq;
        proof_file(&b, &x, proofs[i].index, proofs[i].origin, proofs[i].sk, proofs[i].spoil);
        enum qn_code rc = qn_evidence_proof(note, &x, qn_buf_span(&b), &w.county, &err);
        assert_int_equal(rc, proofs[i].id ? QN_UNVERIFIED : QN_OK);
        if (proofs[i].id)
            assert_string_equal(err.id, proofs[i].id);
        for (size_t n = 0; n < b.n; n += 7)
            assert_int_not_equal(
                qn_evidence_proof(note, &x, (struct qn_span){b.p, n}, &w.county, &err), QN_OK);
    }
    free(note);
}

/* ---- levels --------------------------------------------------------------------------------------- */

#define H 3600u
static struct level {
    const char *name;
    struct qn_ev_times t[QN_EV_ENTRIES]; /* order, freeze, draw */
    enum qn_draw_level want;
} levels[] = {
    {"at once", {{1, {{"1406", 100}}}, {1, {{"1406", 50}}}, {1, {{"1406", 200}}}}, QN_WITNESSED},
    {"in the last second",
     {{1, {{"1406", 100}}}, {1, {{"1406", 50}}}, {1, {{"1406", 100 + 24 * H}}}},
     QN_WITNESSED},
    {"a second late",
     {{1, {{"1406", 100}}}, {1, {{"1406", 50}}}, {1, {{"1406", 101 + 24 * H}}}},
     QN_OFFLINE},
    {"freeze at the order's second",
     {{1, {{"1406", 100}}}, {1, {{"1406", 100}}}, {1, {{"1406", 90 * H}}}},
     QN_OFFLINE},
    {"freeze after the order",
     {{1, {{"1406", 100}}}, {1, {{"1406", 101}}}, {1, {{"1406", 90 * H}}}},
     QN_UNWITNESSED},
    {"drawn at once, freeze after the order",
     {{1, {{"1406", 100}}}, {1, {{"1406", 101}}}, {1, {{"1406", 200}}}},
     QN_UNWITNESSED},
    {"drawn at once, no freeze",
     {{1, {{"1406", 100}}}, {0, {{"", 0}}}, {1, {{"1406", 200}}}},
     QN_UNWITNESSED},
    {"frozen in time, the draw not cosigned",
     {{1, {{"1406", 100}}}, {1, {{"1406", 50}}}, {0, {{"", 0}}}},
     QN_OFFLINE},
    {"the first of two is late",
     {{2, {{"1406", 100}, {"14", 90 * H}}},
      {1, {{"1406", 50}}},
      {2, {{"14", 91 * H}, {"1406", 90 * H}}}},
     QN_OFFLINE},
    {"nobody cosigned", {{0, {{"", 0}}}, {0, {{"", 0}}}, {0, {{"", 0}}}}, QN_UNWITNESSED},
    {"another office's clock",
     {{1, {{"14", 100}}}, {1, {{"1406", 50}}}, {1, {{"1406", 200}}}},
     QN_UNWITNESSED},
    {"the earliest cosignature counts",
     {{2, {{"1406", 100}, {"14", 100}}}, {1, {{"1406", 50}}}, {2, {{"14", 200}, {"1406", 99 * H}}}},
     QN_WITNESSED},
};

static void levels_by_evidence(void **state)
{
    const struct level *t = *state;
    assert_int_equal(qn_evidence_level(t->t, 24), t->want);
}

/* ---- the cases as vectors ------------------------------------------------------------------------- */

static void put_vector(const char *name, struct qn_span frames, const uint8_t county_key[QN_PUBKEY])
{
    vector_name(name);
    vector_span("hex", frames);
    vector_hex_line("city-key", w.city.log, QN_PUBKEY);
    vector_hex_line("county-key", county_key, QN_PUBKEY);
    vector_hex_line("county-vrf", w.county.vrf, QN_PUBKEY);
    vector_span("rules", qn_str(rules_text));
}

static void put_place(const char *name, const struct draft *d, struct qn_span object,
                      const char *standing, const char *want)
{
    put_vector(name, qn_buf_span(&d->frames), w.county.log);
    fprintf(vector_file, "object %.*s\nstanding %s\nstratum 2\n", (int)object.n,
            (const char *)object.p, standing);
    vector_want(want);
}

/* Objects of stratum 2: the first that was drawn by lot, and the first that was not. */
static void two_of_a_stratum(const struct draft *d, struct qn_span *drawn,
                             struct qn_span *not_drawn)
{
    *drawn = *not_drawn = (struct qn_span){NULL, 0};
    for (unsigned i = 1; i < OBJECTS; i++) {
        bool among = false;
        for (size_t k = 0; k < d->npicks; k++)
            among = among || qn_span_eq(d->pick[k].id, w.object[i].id);
        struct qn_span *which = among ? drawn : not_drawn;
        if (w.object[i].attr.cls != 4 && !which->n)
            *which = w.object[i].id;
    }
    vector_must(drawn->n && not_drawn->n, "all or none of stratum 2 was drawn");
}

static int write_vectors(const char *dir)
{
    struct draft *d = calloc(1, sizeof(*d));
    struct qn_span all, drawn, not_drawn;
    vector_dir = dir;
    vector_must(d && setup(NULL) == 0, "no world");
    vector_begin("evidence", "publication.md");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        make(d, &rows[i]);
        put_vector(rows[i].name, qn_buf_span(&d->frames), w.county.log);
        vector_want(rows[i].id);
        draft_free(d);
    }
    make(d, &rows[0]);
    all = qn_buf_span(&d->frames);
    put_vector("no bytes", (struct qn_span){NULL, 0}, w.county.log);
    vector_want("evidence.frames");
    put_vector("the last byte is missing", (struct qn_span){all.p, all.n - 1}, w.county.log);
    vector_want("evidence.frames");
    put_vector("a certificate with another key", all, w.stranger.log);
    vector_want("evidence.signature");
    d->frames.p[all.n - 1] ^= 1;
    put_vector("the last byte changed", all, w.county.log);
    vector_want("evidence.commitment");
    d->frames.p[all.n - 1] ^= 1;
    two_of_a_stratum(d, &drawn, &not_drawn);
    put_place("one above the cut-off, not drawn", d, not_drawn, "stratum", NULL);
    put_place("one below the cut-off, said not to be drawn", d, drawn, "stratum",
              "evidence.not-drawn");
    put_place("an excluded one below the cut-off", d, drawn, "excluded", NULL);
    put_place("a must said not to be drawn", d, not_drawn, "must", "evidence.must");
    draft_free(d);
    w.schema_spoil = 1;
    make(d, &rows[0]);
    put_vector("a schema that nobody knows", qn_buf_span(&d->frames), w.county.log);
    vector_want("evidence.schema");
    vector_end();
    draft_free(d);
    free(d);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2)
        return write_vectors(argv[1]);
    struct CMUnitTest test[4 + ARRAY_LEN(rows) + ARRAY_LEN(levels)] = {
        {"other signers", refuses_other_signers, NULL, NULL, NULL},
        {"every flip and cut", refuses_every_flip_and_cut, NULL, NULL, NULL},
        {"tickets and places", tells_tickets_and_places, NULL, NULL, NULL},
        {"proofs", judges_proofs, NULL, NULL, NULL},
    };
    size_t n = 4;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        test[n++] = (struct CMUnitTest){rows[i].name, judges, NULL, NULL, &rows[i]};
    for (size_t i = 0; i < ARRAY_LEN(levels); i++)
        test[n++] = (struct CMUnitTest){levels[i].name, levels_by_evidence, NULL, NULL, &levels[i]};
    return cmocka_run_group_tests_name("evidence", test, setup, NULL);
}
