/* test_evidence.c - a draw as a stranger sees it: sound ones hold, and each single lie, well signed, is found by
 * the step that is there for it. Everything is made here with known keys; nothing comes from a database.       */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "qian/evidence.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define OBJECTS      30
#define ORDER_SEQ    9
#define FREEZE_SEQ   5
#define DRAW_SEQ     7

static const char rules_text[] =
    "draw-rules/1\nslot 1406 2021 7 1\ntype both\npopulation true\n"
    "stratum 1 1/2 1 eq(class,4)\nstratum 2 1/5 0 true\ntotal -\nmust 1\nexclude 64\n"
    "cap 3\nrole 1 2 -\npool 2\nload -\nage 30\nwitness 24\nreturn 10\nsupp 2\n"
    "level unwitnessed\n";

/* What does not change. */
static struct world {
    struct qn_cert city, county, stranger;
    uint8_t city_sk[64], county_sk[64], stranger_sk[64], vrf_seed[32];
    char city_origin[QN_ORIGIN_MAX + 1], county_origin[QN_ORIGIN_MAX + 1];
    char id[OBJECTS][24];
    struct qn_object object[OBJECTS];
    struct qn_mark mark[1];
    struct qn_roster roster;
    uint8_t salt_key[32];
    struct qn_rules rules;
} w;

/* One draw in the making, each piece open to a lie until it is sealed. */
struct pick {
    enum qn_picked mode;
    struct qn_span id;
    uint8_t salt[QN_SALT16];
};
struct draft {
    struct qn_freeze freeze;
    struct qn_order order;
    struct qn_result result;
    struct pick pick[OBJECTS + 4];
    size_t npicks;
    uint8_t freeze_leaf[QN_HASH], order_leaf[QN_HASH];
    bool foreign_table, two_texts, no_text, other_note, further; /* of the DRAW and ORDER parts */
    const uint8_t *note_sk;
    struct qn_draw_keys keys;
    struct qn_buf frames;
};

static void make_cert(struct qn_cert *c, uint8_t sk[64], const char *code, enum qn_level level,
                      uint8_t fill)
{
    uint8_t seed[32];
    memset(seed, fill, sizeof(seed));
    *c = (struct qn_cert){.level = level, .epoch = 1, .lanes = 0x1f, .serial = 1, .nscopes = 1};
    qn_text_copy(c->deployment, sizeof(c->deployment), qn_str("test.example"));
    qn_text_copy(c->office, sizeof(c->office), qn_str(code));
    qn_text_copy(c->scope[0], sizeof(c->scope[0]), qn_str(code));
    qn_text_copy(c->name, sizeof(c->name), qn_str(code));
    crypto_sign_seed_keypair(c->log, sk, seed);
}

static int setup(void **state)
{
    (void)state;
    struct qn_err err;
    assert_int_equal(qn_selftest(&err), QN_OK);
    make_cert(&w.city, w.city_sk, "1406", QN_CITY, 1);
    make_cert(&w.county, w.county_sk, "140602", QN_COUNTY, 2);
    make_cert(&w.stranger, w.stranger_sk, "140602", QN_COUNTY, 3);
    memset(w.vrf_seed, 7, sizeof(w.vrf_seed));
    qn_vrf_public(w.county.vrf, w.vrf_seed);
    qn_cert_origin(w.city_origin, &w.city);
    qn_cert_origin(w.county_origin, &w.county);
    for (unsigned i = 0; i < OBJECTS; i++) {
        snprintf(w.id[i], sizeof(w.id[i]), "E:91140602MA000000%02u", i % 100);
        w.object[i].id = qn_str(w.id[i]);
        w.object[i].attr = (struct qn_object_attr){
            .kind = 1, .cls = i % 4 == 0 ? 4 : 2, .inspecting_office = "140602"};
    }
    w.mark[0] = (struct qn_mark){.id = w.object[0].id, .kind = 1, .reason = 1, .scope = qn_str("")};
    w.roster =
        (struct qn_roster){.object = w.object, .nobjects = OBJECTS, .mark = w.mark, .nmarks = 1};
    memset(w.salt_key, 9, sizeof(w.salt_key));
    assert_int_equal(qn_roster_sort(&w.roster, &err), QN_OK);
    return qn_rules_parse(&w.rules, qn_str(rules_text), &err);
}

/* ---- sealing entries ------------------------------------------------------------------------------ */

static struct qn_value *cell(struct qn_row *row, const char *name)
{
    for (unsigned i = 0; i < row->table->ncols; i++)
        if (strcmp(row->table->col[i].name, name) == 0)
            return &row->col[i];
    fail_msg("no column %s", name);
    return NULL;
}

static void row_of(struct qn_row *row, const char *table, const char *office, uint64_t seq,
                   uint16_t n)
{
    const struct qn_registry *reg;
    struct qn_err err;
    assert_int_equal(qn_registry_get(&reg, QN_REGISTRY_CURRENT, &err), QN_OK);
    *row = (struct qn_row){.table = qn_registry_table(reg, qn_str(table))};
    assert_non_null(row->table);
    for (unsigned i = 0; i < row->table->ncols; i++) {
        row->col[i].type = row->table->col[i].nullable ? QN_NULL : row->table->col[i].type;
        row->col[i].s = row->col[i].type == QN_TEXT ? qn_str("x") : (struct qn_span){NULL, 0};
    }
    row->col[0].s = qn_str(office);
    row->col[1].i = qn_row_id(1, seq, n);
    row->col[2].i = 1;
}

static void seal(struct qn_buf *frames, uint8_t leaf[QN_HASH], const char *origin,
                 const uint8_t sk[64], uint64_t seq, enum qn_kind kind, const struct qn_buf *rows)
{
    static const uint8_t salt[QN_SALT] = {42};
    const struct qn_registry *reg;
    struct qn_err err;
    assert_int_equal(rows->failed, QN_OK);
    assert_int_equal(qn_registry_get(&reg, QN_REGISTRY_CURRENT, &err), QN_OK);
    struct qn_header *h = calloc(1, sizeof(*h));
    *h = (struct qn_header){.origin = qn_str(origin),
                            .seq = seq,
                            .lane = QN_LANE_DRAW,
                            .kind = (uint8_t)kind,
                            .nparts = 1};
    h->schema = reg->version;
    memcpy(h->schema_hash, reg->hash, QN_HASH);
    h->part[0] = (struct qn_part){.audience = QN_PUBLIC,
                                  .to = qn_str("140602"),
                                  .stored = (uint32_t)rows->n,
                                  .raw = (uint32_t)rows->n};
    qn_part_commit(h->part[0].commitment, salt, qn_buf_span(rows));
    QN_AUTO(qn_buf) struct qn_buf header, head, part;
    qn_buf_init(&header, QN_HEADER_MAX);
    qn_buf_init(&head, QN_FRAME_MAX);
    qn_buf_init(&part, QN_FRAME_MAX);
    qn_header_encode(&header, h);
    free(h);
    uint8_t sig[QN_SIG];
    qn_header_sign(sig, qn_buf_span(&header), sk);
    qn_put(&head, sig, QN_SIG);
    qn_put_span(&head, qn_buf_span(&header));
    qn_leaf_hash(leaf, qn_buf_span(&header));
    struct qn_part_frame f = {
        .origin = qn_str(origin), .seq = seq, .part = 0, .salt = salt, .stored = qn_buf_span(rows)};
    qn_part_frame_encode(&part, &f);
    qn_frame_put(frames, QN_FRAME_HEADER, qn_buf_span(&head));
    qn_frame_put(frames, QN_FRAME_PART, qn_buf_span(&part));
}

static void seal_freeze(struct draft *d, struct qn_buf *frames)
{
    QN_AUTO(qn_buf) struct qn_buf rows, text;
    struct qn_row row;
    qn_buf_init(&rows, QN_PART_MAX);
    qn_buf_init(&text, QN_TEXT_MAX);
    qn_freeze_text(&text, &d->freeze);
    row_of(&row, "draw_freeze", "140602", FREEZE_SEQ, 0);
    cell(&row, "text")->s = qn_buf_span(&text);
    qn_change_table(&rows, row.table);
    qn_change_row(&rows, &row);
    seal(frames, d->freeze_leaf, w.county_origin, w.county_sk, FREEZE_SEQ, QN_KIND_FREEZE, &rows);
}

static void note_of(struct qn_buf *note, const struct qn_order *o, const uint8_t *sk)
{
    QN_AUTO(qn_buf) struct qn_buf text;
    qn_buf_init(&text, QN_NOTE_MAX);
    qn_order_text(&text, o);
    qn_put_span(note, qn_buf_span(&text));
    qn_put_str(note, "\n");
    qn_note_sign(note, qn_buf_span(&text), qn_str(w.city_origin), sk);
}

static void seal_order(struct draft *d, struct qn_buf *frames)
{
    QN_AUTO(qn_buf) struct qn_buf rows, note, again;
    struct qn_row row;
    qn_buf_init(&rows, QN_PART_MAX);
    qn_buf_init(&note, QN_NOTE_MAX);
    qn_buf_init(&again, QN_NOTE_MAX);
    note_of(&note, &d->order, d->note_sk);
    row_of(&row, "draw_order", "1406", ORDER_SEQ, 0);
    qn_change_table(&rows, row.table);
    cell(&row, "note")->s = qn_buf_span(&note);
    qn_change_row(&rows, &row);
    if (d->other_note) { /* a joint order has a row for each slot, but one note */
        struct qn_order o = d->order;
        o.nonce[0] ^= 1;
        note_of(&again, &o, d->note_sk);
        row_of(&row, "draw_order", "1406", ORDER_SEQ, 1);
        cell(&row, "note")->s = qn_buf_span(&again);
        qn_change_row(&rows, &row);
    }
    seal(frames, d->order_leaf, w.city_origin, w.city_sk, ORDER_SEQ, QN_KIND_ORDER, &rows);
}

static void put_picks(const struct draft *d, struct qn_buf *rows, uint64_t seq, size_t from,
                      size_t to)
{
    struct qn_row row;
    row_of(&row, "draw_selected", "140602", seq, 0);
    qn_change_table(rows, row.table);
    for (size_t i = from; i < to; i++) {
        row_of(&row, "draw_selected", "140602", seq, (uint16_t)(i + 1));
        cell(&row, "slot_no")->i = 1;
        cell(&row, "object_id")->s = d->pick[i].id;
        cell(&row, "mode")->i = d->pick[i].mode;
        cell(&row, "salt")->s = QN_SPAN(d->pick[i].salt);
        qn_change_row(rows, &row);
    }
}

static void seal_draw(struct draft *d, struct qn_buf *frames)
{
    QN_AUTO(qn_buf) struct qn_buf rows, text, more;
    struct qn_row row;
    uint8_t leaf[QN_HASH];
    qn_buf_init(&rows, QN_PART_MAX);
    qn_buf_init(&more, QN_PART_MAX);
    qn_buf_init(&text, QN_TEXT_MAX);
    qn_result_text(&text, &d->result);
    row_of(&row, "draw_result", "140602", DRAW_SEQ, 0);
    cell(&row, "text")->s = qn_buf_span(&text);
    if (!d->no_text) {
        qn_change_table(&rows, row.table);
        qn_change_row(&rows, &row);
        if (d->two_texts) {
            row.col[1].i = qn_row_id(1, DRAW_SEQ, 999);
            qn_change_row(&rows, &row);
        }
    }
    size_t first = d->further ? d->npicks / 2 : d->npicks;
    if (first)
        put_picks(d, &rows, DRAW_SEQ, 0, first);
    if (d->foreign_table) { /* of this lane and audience, but not of a DRAW */
        row_of(&row, "draw_freeze", "140602", DRAW_SEQ, 1000);
        qn_change_table(&rows, row.table);
        qn_change_row(&rows, &row);
    }
    seal(frames, leaf, w.county_origin, w.county_sk, DRAW_SEQ, QN_KIND_DRAW, &rows);
    if (!d->further)
        return;
    put_picks(d, &more, DRAW_SEQ + 1, first, d->npicks);
    seal(frames, leaf, w.county_origin, w.county_sk, DRAW_SEQ + 1, QN_KIND_DRAW, &more);
}

/* ---- an honest draw ------------------------------------------------------------------------------- */

static void list_root(struct draft *d)
{
    struct qn_frontier *f = calloc(1, sizeof(*f));
    for (size_t i = 0; i < d->npicks; i++) {
        QN_AUTO(qn_buf) struct qn_buf b;
        uint8_t leaf[QN_HASH];
        qn_buf_init(&b, 512);
        qn_selected_record(&b, d->pick[i].mode, d->pick[i].id, d->pick[i].salt);
        qn_leaf_hash(leaf, qn_buf_span(&b));
        qn_frontier_append(f, leaf, NULL, NULL);
    }
    qn_frontier_root(f, d->result.selected[0].root);
    d->result.selected[0].count = d->npicks;
    free(f);
}

/* Freeze and order first: the draw stands on their leaves. */
static void base_of(struct draft *d)
{
    struct qn_err err;
    *d = (struct draft){.note_sk = w.city_sk};
    memcpy(d->freeze.origin, w.county_origin, sizeof(d->freeze.origin));
    d->freeze.roster_version = 1;
    d->freeze.seq = FREEZE_SEQ;
    memcpy(d->freeze.date, "2021-08-16", 11);
    assert_int_equal(qn_roster_roots(&d->freeze.roots, &w.roster, w.salt_key, &err), QN_OK);
}

static void order_of(struct draft *d)
{
    struct qn_order *o = &d->order;
    o->nslots = 1;
    o->level = QN_WITNESSED;
    o->has_freeze = true;
    o->nkeys = 1;
    memcpy(o->parent, w.city_origin, sizeof(o->parent));
    memcpy(o->office_origin, w.county_origin, sizeof(o->office_origin));
    memcpy(o->slot[0].issuer, "1406", 5);
    memcpy(o->slot[0].series, "2021", 5);
    memcpy(o->slot[0].task, "7", 2);
    o->slot[0].round = 1;
    o->slot[0].type = QN_BOTH;
    memcpy(o->slot[0].rules_hash, w.rules.hash, QN_HASH);
    memcpy(o->freeze.origin, w.county_origin, sizeof(o->freeze.origin));
    o->freeze.index = FREEZE_SEQ;
    memcpy(o->freeze.leaf, d->freeze_leaf, QN_HASH);
    memcpy(o->freeze_head.origin, w.county_origin, sizeof(o->freeze_head.origin));
    o->freeze_head.size = FREEZE_SEQ + 1;
    memcpy(o->vrf[0], w.county.vrf, QN_PUBKEY);
    memcpy(o->window_from, "2021-08-16", 11);
    memcpy(o->window_to, "2021-08-31", 11);
    memset(o->nonce, 0x77, sizeof(o->nonce));
}

static void result_of(struct draft *d)
{
    struct qn_result *r = &d->result;
    struct qn_err err;
    QN_AUTO(qn_buf) struct qn_buf text;
    uint8_t bd[32] = {0}, alpha[76], beta[1][QN_VRF_BETA], seed[32];
    struct qn_draw_keys keys;
    struct qn_selection sel;
    qn_buf_init(&text, QN_NOTE_MAX);
    qn_order_text(&text, &d->order);
    qn_order_id(r->order_id, qn_buf_span(&text));
    memcpy(r->origin, w.county_origin, sizeof(r->origin));
    memcpy(r->order.origin, w.city_origin, sizeof(r->order.origin));
    r->order.index = ORDER_SEQ;
    r->freeze = d->order.freeze;
    memcpy(r->seen.origin, w.city_origin, sizeof(r->seen.origin));
    r->seen.size = ORDER_SEQ + 1;
    qn_draw_alpha(alpha, r->order_id, bd);
    r->nvrf = 1;
    memcpy(r->vrf[0].pk, d->order.vrf[0], QN_PUBKEY);
    assert_int_equal(qn_vrf_prove(r->vrf[0].pi, beta[0], w.vrf_seed, QN_SPAN(alpha), &err), QN_OK);
    qn_draw_seed(seed, 1, (const uint8_t(*)[QN_VRF_BETA])beta);
    qn_draw_keys(&keys, seed);
    d->keys = keys;
    assert_int_equal(qn_select(&sel, &w.rules, 1, &w.roster, &keys, &err), QN_OK);
    r->nstrata = sel.nstrata;
    memcpy(r->stratum, sel.stratum, sel.nstrata * sizeof(r->stratum[0]));
    for (size_t i = 0; i < sel.npicks; i++) {
        struct pick *p = &d->pick[d->npicks++];
        p->mode = sel.pick[i].mode;
        p->id = w.object[sel.pick[i].object].id;
        qn_selected_salt(p->salt, p->mode, p->id, w.salt_key);
    }
    qn_selection_release(&sel);
    r->nselected = 1;
    r->selected[0].slot = 1;
    list_root(d);
}

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
    QN_AUTO(qn_buf) struct qn_buf order, freeze, draw;
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
    QN_AUTO(qn_buf) struct qn_buf text, note;
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
        QN_AUTO(qn_buf) struct qn_buf b;
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

int main(void)
{
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
