/* evidence_draft.h - one draw made by hand with known keys: freeze, order, result, sealed into entries.frames. Each
 * piece is open to a lie until it is sealed, so that a test can sign what is not true.                          */
#ifndef QIAN_TESTS_EVIDENCE_DRAFT_H
#define QIAN_TESTS_EVIDENCE_DRAFT_H

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

#ifndef ARRAY_LEN
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#endif
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
    uint8_t schema_spoil; /* in the hash that headers name */
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
    uint64_t order_seq, draw_seq;
    bool other_draw;  /* the last of the list names another draw */
    bool foreign_table, two_texts, no_text, other_note, further; /* of the DRAW and ORDER parts */
    const char *numbers; /* of the lottery; NULL: none */
    uint8_t co_seed[2];  /* each byte of the co-keys' seeds */
    const uint8_t *note_sk;
    struct qn_draw_keys keys;
    struct qn_buf frames;
};

static inline void make_cert(struct qn_cert *c, uint8_t sk[64], const char *code,
                             enum qn_level level, uint8_t fill)
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

static inline int setup(void **state)
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
    return qn_rules_parse(&w.rules, qn_str(rules_text), &err) != QN_OK;
}

/* ---- sealing entries ------------------------------------------------------------------------------ */

static inline struct qn_value *cell(struct qn_row *row, const char *name)
{
    for (unsigned i = 0; i < row->table->ncols; i++)
        if (strcmp(row->table->col[i].name, name) == 0)
            return &row->col[i];
    fail_msg("no column %s", name);
    return NULL;
}

static inline void row_of(struct qn_row *row, const char *table, const char *office, uint64_t seq,
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

static inline void seal(struct qn_buf *frames, uint8_t leaf[QN_HASH], const char *origin,
                        const uint8_t sk[64], uint64_t seq, enum qn_kind kind,
                        const struct qn_buf *rows)
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
    h->schema_hash[0] ^= w.schema_spoil;
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

static inline void seal_freeze(struct draft *d, struct qn_buf *frames)
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

static inline void note_of(struct qn_buf *note, const struct qn_order *o, const uint8_t *sk)
{
    QN_AUTO(qn_buf) struct qn_buf text;
    qn_buf_init(&text, QN_NOTE_MAX);
    qn_order_text(&text, o);
    qn_put_span(note, qn_buf_span(&text));
    qn_put_str(note, "\n");
    qn_note_sign(note, qn_buf_span(&text), qn_str(w.city_origin), sk);
}

static inline void seal_order(struct draft *d, struct qn_buf *frames)
{
    QN_AUTO(qn_buf) struct qn_buf rows, note, again;
    struct qn_row row;
    qn_buf_init(&rows, QN_PART_MAX);
    qn_buf_init(&note, QN_NOTE_MAX);
    qn_buf_init(&again, QN_NOTE_MAX);
    note_of(&note, &d->order, d->note_sk);
    row_of(&row, "draw_order", "1406", d->order_seq, 0);
    qn_change_table(&rows, row.table);
    cell(&row, "note")->s = qn_buf_span(&note);
    qn_change_row(&rows, &row);
    if (d->other_note) { /* a joint order has a row for each slot, but one note */
        struct qn_order o = d->order;
        o.nonce[0] ^= 1;
        note_of(&again, &o, d->note_sk);
        row_of(&row, "draw_order", "1406", d->order_seq, 1);
        cell(&row, "note")->s = qn_buf_span(&again);
        qn_change_row(&rows, &row);
    }
    seal(frames, d->order_leaf, w.city_origin, w.city_sk, d->order_seq, QN_KIND_ORDER, &rows);
}

static inline void put_picks(const struct draft *d, struct qn_buf *rows, uint64_t seq, size_t from,
                             size_t to)
{
    struct qn_row row;
    row_of(&row, "draw_selected", "140602", seq, 0);
    qn_change_table(rows, row.table);
    for (size_t i = from; i < to; i++) {
        row_of(&row, "draw_selected", "140602", seq, (uint16_t)(i + 1));
        cell(&row, "draw_id")->i = qn_row_id(1, d->draw_seq, 0) + (d->other_draw && i + 1 == to);
        cell(&row, "slot_no")->i = 1;
        cell(&row, "object_id")->s = d->pick[i].id;
        cell(&row, "mode")->i = d->pick[i].mode;
        cell(&row, "salt")->s = QN_SPAN(d->pick[i].salt);
        qn_change_row(rows, &row);
    }
}

static inline void seal_draw(struct draft *d, struct qn_buf *frames)
{
    QN_AUTO(qn_buf) struct qn_buf rows, text, more;
    struct qn_row row;
    uint8_t leaf[QN_HASH];
    qn_buf_init(&rows, QN_PART_MAX);
    qn_buf_init(&more, QN_PART_MAX);
    qn_buf_init(&text, QN_TEXT_MAX);
    qn_result_text(&text, &d->result);
    row_of(&row, "draw_result", "140602", d->draw_seq, 0);
    cell(&row, "text")->s = qn_buf_span(&text);
    if (!d->no_text) {
        qn_change_table(&rows, row.table);
        qn_change_row(&rows, &row);
        if (d->two_texts) {
            row.col[1].i = qn_row_id(1, d->draw_seq, 999);
            qn_change_row(&rows, &row);
        }
    }
    size_t first = d->further ? d->npicks / 2 : d->npicks;
    if (first)
        put_picks(d, &rows, d->draw_seq, 0, first);
    if (d->foreign_table) { /* of this lane and audience, but not of a DRAW */
        row_of(&row, "draw_freeze", "140602", d->draw_seq, 1000);
        qn_change_table(&rows, row.table);
        qn_change_row(&rows, &row);
    }
    seal(frames, leaf, w.county_origin, w.county_sk, d->draw_seq, QN_KIND_DRAW, &rows);
    if (!d->further)
        return;
    put_picks(d, &more, d->draw_seq + 1, first, d->npicks);
    seal(frames, leaf, w.county_origin, w.county_sk, d->draw_seq + 1, QN_KIND_DRAW, &more);
}

/* ---- an honest draw ------------------------------------------------------------------------------- */

static inline void list_root(struct draft *d)
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
static inline void base_of(struct draft *d)
{
    struct qn_err err;
    *d = (struct draft){.note_sk = w.city_sk, .order_seq = ORDER_SEQ, .draw_seq = DRAW_SEQ};
    memcpy(d->freeze.origin, w.county_origin, sizeof(d->freeze.origin));
    d->freeze.roster_version = 1;
    d->freeze.seq = FREEZE_SEQ;
    memcpy(d->freeze.date, "2021-08-16", 11);
    assert_int_equal(qn_roster_roots(&d->freeze.roots, &w.roster, w.salt_key, &err), QN_OK);
}

static inline void order_of(struct draft *d)
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

static inline void seed_of(struct draft *d)
{
    struct qn_result *r = &d->result;
    struct qn_err err;
    QN_AUTO(qn_buf) struct qn_buf text;
    uint8_t bd[32], alpha[76], beta[QN_ORDER_KEYS][QN_VRF_BETA], seed[32];
    qn_buf_init(&text, QN_NOTE_MAX);
    qn_order_text(&text, &d->order);
    qn_order_id(r->order_id, qn_buf_span(&text));
    memcpy(r->origin, w.county_origin, sizeof(r->origin));
    memcpy(r->order.origin, w.city_origin, sizeof(r->order.origin));
    r->order.index = d->order_seq;
    r->freeze = d->order.freeze;
    memcpy(r->seen.origin, w.city_origin, sizeof(r->seen.origin));
    r->seen.size = d->order_seq + 1;
    r->has_beacon = d->numbers != NULL;
    snprintf(r->beacon, sizeof(r->beacon), "%s", d->numbers ? d->numbers : "");
    qn_beacon_digest(bd, qn_str(r->beacon));
    qn_draw_alpha(alpha, r->order_id, bd);
    for (r->nvrf = 0; r->nvrf < 1 || (r->nvrf < QN_ORDER_KEYS && d->co_seed[r->nvrf - 1]); r->nvrf++) {
        uint8_t co[32];
        if (r->nvrf)
            memset(co, d->co_seed[r->nvrf - 1], sizeof(co));
        memcpy(r->vrf[r->nvrf].pk, d->order.vrf[r->nvrf], QN_PUBKEY);
        assert_int_equal(qn_vrf_prove(r->vrf[r->nvrf].pi, beta[r->nvrf], r->nvrf ? co : w.vrf_seed,
                                      QN_SPAN(alpha), &err),
                         QN_OK);
    }
    qn_draw_seed(seed, r->nvrf, (const uint8_t(*)[QN_VRF_BETA])beta);
    qn_draw_keys(&d->keys, seed);
}

static inline void lists_of(struct draft *d, const struct qn_selection *sel)
{
    struct qn_result *r = &d->result;
    r->nstrata = sel->nstrata;
    memcpy(r->stratum, sel->stratum, sel->nstrata * sizeof(r->stratum[0]));
    for (size_t i = 0; i < sel->npicks; i++) {
        struct pick *p = &d->pick[d->npicks++];
        p->mode = sel->pick[i].mode;
        p->id = w.object[sel->pick[i].object].id;
        qn_selected_salt(p->salt, p->mode, p->id, w.salt_key);
    }
    r->nselected = 1;
    r->selected[0].slot = 1;
    list_root(d);
}

static inline void result_of(struct draft *d)
{
    struct qn_err err;
    struct qn_selection sel;
    seed_of(d);
    assert_int_equal(qn_select(&sel, &w.rules, 1, &w.roster, &d->keys, &err), QN_OK);
    lists_of(d, &sel);
    qn_selection_release(&sel);
}
#endif
