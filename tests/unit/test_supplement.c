/* test_supplement.c - a draw on a supplement as a stranger sees it: beside its main draw a sound one holds, and each single
 * lie, well signed, is found by the step that is there for it (public-20, public-21).
 * test_supplement DIR writes the sound ones and the first of each refusal into DIR/supplement.txt: they quote the
 * registry's hash, so a changed registry has them written again.                                                */
#include "qian/after.h"
#include "tests/tools/vector_out.h"
#include "tests/unit/evidence_draft.h"

#define SUPP_ORDER 19
#define SUPP_DRAW  17
#define EXC_FIRST  11
#define EXCS       3 /* two voids and an absence, one entry each */

/* A case in the making: the main draw, what is void in it, the supplement. */
static struct made {
    struct draft main, supp;
    struct qn_buf exceptions;
    size_t voided[2]; /* one of each stratum */
    const char *kind[EXCS];
    int64_t of; /* the draw that the exceptions name */
    uint8_t leaf[EXCS][QN_HASH];
    bool unnamed, twice, none, two_rows, other_kind; /* of the entries shown */
    unsigned hidden;
    bool unlucky; /* in this draw nobody stands where the lie needs somebody */
} m;

/* ---- lies ----------------------------------------------------------------------------------------- */

enum when { BEFORE_MAIN, BEFORE_EXC, BEFORE_ORDER, AFTER_RESULT };
typedef void lie(void);

static void the_main_order_is_offline(void)
{
    m.main.order.level = QN_OFFLINE;
}
static void the_second(void)
{
    m.supp.order.supp = 2;
}
static void another_attempt(void)
{
    m.supp.order.attempt = 1;
}
static void another_level(void)
{
    m.supp.order.level = QN_OFFLINE;
}
static void another_freeze_head(void)
{
    m.supp.order.freeze_head.root[0] ^= 1;
}
static void a_co_key_more(void)
{
    uint8_t seed[32];
    memset(seed, 8, sizeof(seed));
    m.supp.order.nkeys = 2;
    m.supp.co_seed[0] = 8;
    qn_vrf_public(m.supp.order.vrf[1], seed);
}
static void put_beacon(struct draft *d, const char *event, const char *numbers)
{
    d->order.has_beacon = true;
    memcpy(d->order.beacon_source, "ssq", 4);
    memcpy(d->order.beacon_event, event, 8);
    d->numbers = numbers;
}
static void on_numbers(void)
{
    put_beacon(&m.main, "2021094", "ssq 2021094 01 05 12 18 22 30+07");
}
static void on_other_numbers(void)
{
    put_beacon(&m.supp, "2021099", "ssq 2021099 01 05 12 18 22 30+07");
}
static void stratum_left_out(void)
{
    m.supp.result.nstrata = 1;
}
static void more_were_left(void)
{
    m.supp.result.stratum[1].pool++;
}
static void fewer_were_left(void)
{
    m.supp.result.stratum[1].pool--;
}
static void another_base(void)
{
    m.supp.result.stratum[1].base++;
}
static int by_id(const void *a, const void *b)
{
    const struct pick *x = a, *y = b;
    return qn_span_cmp(x->id, y->id);
}
/* Who stands in the place of the successor of a stratum, with a cut-off and a root to match. */
static void instead(unsigned stratum, struct qn_span id)
{
    struct qn_stratum_line *s = &m.supp.result.stratum[stratum - 1];
    uint8_t ticket[QN_HASH];
    for (size_t i = 0; i < m.supp.npicks; i++) {
        qn_ticket(ticket, &m.supp.keys, m.supp.pick[i].id);
        if (memcmp(ticket, s->cutoff, QN_HASH) != 0)
            continue;
        m.supp.pick[i].id = id;
        qn_ticket(s->cutoff, &m.supp.keys, id);
        break;
    }
    qsort(m.supp.pick, m.supp.npicks, sizeof(m.supp.pick[0]), by_id);
    list_root(&m.supp);
}
static void drawn_once_more(void)
{
    instead(2, m.main.pick[1].id);
}
/* Of the other stratum: it stood before the cut-off of this one in the main draw, and was not drawn. Its own successor is
 * such a one as well, so that nobody of the list stands behind that cut-off, whatever the tickets are. */
static void out_of_another_stratum(void)
{
    const struct qn_stratum_line *s = m.main.result.stratum;
    unsigned high = memcmp(s[0].cutoff, s[1].cutoff, QN_HASH) > 0 ? 1 : 2, found = 0;
    for (unsigned i = 1; i < OBJECTS && found < 2; i++) {
        uint8_t ticket[QN_HASH];
        bool among = false;
        for (size_t k = 0; k < m.main.npicks; k++)
            among = among || qn_span_eq(m.main.pick[k].id, w.object[i].id);
        for (size_t k = 0; k < m.supp.npicks; k++)
            among = among || qn_span_eq(m.supp.pick[k].id, w.object[i].id);
        qn_ticket(ticket, &m.main.keys, w.object[i].id);
        if (among || (w.object[i].attr.cls == 4) == (high == 1) ||
            memcmp(ticket, s[high - 1].cutoff, QN_HASH) > 0)
            continue;
        instead(found++ ? 3 - high : high, w.object[i].id);
    }
    m.unlucky = found != 2;
}
static void one_void_only(void)
{
    m.kind[1] = "absence";
}
static void no_void(void)
{
    m.kind[0] = m.kind[1] = "recusal";
}
static void of_another_draw(void)
{
    m.of++;
}
static void not_named(void)
{
    m.unnamed = true;
}
static void shown_twice(void)
{
    m.twice = true;
}
static void not_shown(void)
{
    m.none = true;
}
static void with_two_rows(void)
{
    m.two_rows = true;
}
static void of_another_kind(void)
{
    m.other_kind = true;
}

static struct row {
    const char *name;
    enum when when;
    lie *lie;
    const char *id; /* of the first refusal; NULL: sound */
} rows[] = {
    {"sound", BEFORE_MAIN, NULL, NULL},
    {"sound, what it answers is not released", BEFORE_EXC, not_shown, NULL},
    {"sound, on numbers of its own", BEFORE_ORDER, on_other_numbers, NULL},
    {"the main order is offline", BEFORE_MAIN, the_main_order_is_offline, "evidence.supp-path"},
    {"the second beside the main draw alone", BEFORE_ORDER, the_second, "evidence.supp-number"},
    {"another attempt", BEFORE_ORDER, another_attempt, "evidence.supp-order"},
    {"another level", BEFORE_ORDER, another_level, "evidence.supp-order"},
    {"another head of the freeze", BEFORE_ORDER, another_freeze_head, "evidence.supp-order"},
    {"a co-key more", BEFORE_ORDER, a_co_key_more, "evidence.supp-order"},
    {"on the numbers of the main draw", BEFORE_MAIN, on_numbers, "evidence.supp-event"},
    {"a stratum left out", AFTER_RESULT, stratum_left_out, "evidence.supp-strata"},
    {"a larger pool", AFTER_RESULT, more_were_left, "evidence.supp-stratum"},
    {"a smaller pool", AFTER_RESULT, fewer_were_left, "evidence.supp-stratum"},
    {"another base", AFTER_RESULT, another_base, "evidence.supp-stratum"},
    {"one of the main list", AFTER_RESULT, drawn_once_more, "evidence.supp-list"},
    {"one that was not in the reserve", AFTER_RESULT, out_of_another_stratum, "evidence.supp-tickets"},
    {"two for one void", BEFORE_EXC, one_void_only, "evidence.supp-voids"},
    {"two for nobody", BEFORE_EXC, no_void, "evidence.supp-voids"},
    {"exceptions of another draw", BEFORE_EXC, of_another_draw, "evidence.row"},
    {"an exception with two rows", BEFORE_EXC, with_two_rows, "evidence.row"},
    {"an exception that the order does not name", BEFORE_EXC, not_named, "evidence.supp-named"},
    {"an exception shown twice", BEFORE_EXC, shown_twice, "evidence.frames"},
    {"an entry that is none", BEFORE_EXC, of_another_kind, "evidence.frames"},
};

/* ---- making --------------------------------------------------------------------------------------- */

static void seal_exception(unsigned i, struct qn_buf *out)
{
    QN_AUTO(qn_buf) struct qn_buf change = {0};
    struct qn_row row;
    uint64_t seq = EXC_FIRST + i;
    qn_buf_init(&change, QN_PART_MAX);
    for (uint16_t k = 0; k < (m.two_rows ? 2 : 1); k++) {
        row_of(&row, "draw_exc_reason", "140602", seq, k);
        if (k == 0)
            qn_change_table(&change, row.table);
        cell(&row, "draw_id")->i = m.of;
        cell(&row, "kind")->s = qn_str(m.kind[i]);
        cell(&row, "reason")->s = qn_str("closed");
        qn_change_row(&change, &row);
    }
    seal(out, m.leaf[i], w.county_origin, w.county_sk, seq,
         m.other_kind && i == 0 ? QN_KIND_DRAW : QN_KIND_EXC, &change);
}

static void lie_at(const struct row *t, enum when when)
{
    if (t->lie && t->when == when)
        t->lie();
}

static void put_frames(struct draft *d)
{
    QN_AUTO(qn_buf) struct qn_buf draw = {0};
    qn_buf_init(&draw, 1u << 20);
    d->result.freeze.index = FREEZE_SEQ;
    memcpy(d->result.freeze.origin, w.county_origin, sizeof(d->result.freeze.origin));
    memcpy(d->result.freeze.leaf, d->freeze_leaf, QN_HASH);
    seal_draw(d, &draw);
    qn_put_span(&d->frames, qn_buf_span(&draw));
    vector_must(!d->frames.failed, "frames");
}

static void begin(struct draft *d)
{
    QN_AUTO(qn_buf) struct qn_buf freeze = {0}, order = {0};
    qn_buf_init(&freeze, 1u << 20);
    qn_buf_init(&order, 1u << 20);
    qn_buf_init(&d->frames, 4u << 20);
    seal_freeze(d, &freeze);
    seal_order(d, &order);
    qn_put_span(&d->frames, qn_buf_span(&order));
    qn_put_span(&d->frames, qn_buf_span(&freeze));
}

static void make_main(const struct row *t, uint8_t turn, struct qn_selection *sel)
{
    struct draft *d = &m.main;
    struct qn_err err;
    QN_AUTO(qn_buf) struct qn_buf freeze = {0};
    qn_buf_init(&freeze, 1u << 20);
    base_of(d);
    seal_freeze(d, &freeze);
    order_of(d);
    d->order.nonce[1] = turn;
    lie_at(t, BEFORE_MAIN);
    if (t->lie == on_other_numbers)
        on_numbers();
    begin(d);
    seed_of(d);
    vector_must(qn_select(sel, &w.rules, 1, &w.roster, &d->keys, &err) == QN_OK, "main draw");
    lists_of(d, sel);
    put_frames(d);
    for (unsigned no = 1; no <= 2; no++)
        for (size_t i = 0; i < sel->npicks; i++)
            if (sel->pick[i].mode == QN_LOT && sel->pick[i].stratum == no)
                m.voided[no - 1] = sel->pick[i].object;
}

static void make_exceptions(const struct row *t)
{
    QN_AUTO(qn_buf) struct qn_buf one = {0};
    m.kind[0] = m.kind[1] = "void";
    m.kind[2] = "absence";
    m.of = qn_row_id(1, DRAW_SEQ, 0);
    lie_at(t, BEFORE_EXC);
    qn_buf_init(&one, 1u << 20);
    qn_buf_init(&m.exceptions, 1u << 20);
    for (unsigned i = 0; i < EXCS; i++) {
        one.n = 0;
        seal_exception(i, &one);
        for (unsigned times = 0; !m.none && times < (m.twice && i == 0 ? 2 : 1); times++)
            qn_put_span(&m.exceptions, qn_buf_span(&one));
    }
    m.hidden = m.none ? EXCS : 0;
}

static void make_supplement(const struct row *t, const struct qn_selection *sel)
{
    struct draft *d = &m.supp;
    struct qn_err err;
    struct qn_after after;
    struct qn_selection more;
    const struct qn_after_slot slot = {&w.rules, sel};
    base_of(d);
    d->order = m.main.order;
    d->numbers = m.main.numbers;
    d->order_seq = SUPP_ORDER;
    d->draw_seq = SUPP_DRAW;
    memcpy(d->freeze_leaf, m.main.freeze_leaf, QN_HASH);
    d->order.supp = 1;
    d->order.nonce[0] ^= 1;
    for (unsigned i = m.unnamed; i < EXCS; i++) {
        struct qn_leaf_ref *line = &d->order.exc[d->order.nexc++];
        memcpy(line->origin, w.county_origin, sizeof(line->origin));
        line->index = EXC_FIRST + i;
        memcpy(line->leaf, m.leaf[i], QN_HASH);
    }
    lie_at(t, BEFORE_ORDER);
    begin(d);
    seed_of(d);
    vector_must(qn_after_start(&after, 1, &slot, NULL, &w.roster, &err) == QN_OK, "after");
    size_t voids = t->lie == stratum_left_out ? 1 : 2; /* nobody of the second is void */
    for (size_t i = 0; i < voids; i++)
        qn_after_void(&after, m.voided[i]);
    vector_must(qn_after_select(&more, &after, 1, m.voided, voids, &d->keys, &err) == QN_OK,
                "supplement");
    lists_of(d, &more);
    qn_selection_release(&more);
    qn_after_release(&after);
    lie_at(t, AFTER_RESULT);
    put_frames(d);
}

static void made_release(void)
{
    qn_buf_release(&m.main.frames);
    qn_buf_release(&m.supp.frames);
    qn_buf_release(&m.exceptions);
}

/* Another draw is made where one does not let the lie be told: tickets follow from the registry's hash. */
static void make(const struct row *t)
{
    for (unsigned turn = 0; turn < 256; turn++) {
        struct qn_selection sel;
        m = (struct made){.of = 0};
        make_main(t, (uint8_t)turn, &sel);
        make_exceptions(t);
        make_supplement(t, &sel);
        qn_selection_release(&sel);
        if (!m.unlucky)
            return;
        made_release();
    }
    vector_must(false, "nobody of the other stratum stands there in any draw");
}

/* ---- judging -------------------------------------------------------------------------------------- */

static const struct qn_cert *cert_of(void *ctx, const char *office, uint16_t epoch)
{
    (void)ctx;
    return epoch != 1 ? NULL : strcmp(office, "140602") == 0 ? &w.county : &w.city;
}

static enum qn_code open_draw(struct qn_evidence *e, struct qn_span frames, struct qn_err *err)
{
    const struct qn_cert *signer[QN_EV_ENTRIES] = {&w.city, &w.county, &w.county};
    const struct qn_rules *none[QN_ORDER_SLOTS] = {NULL};
    enum qn_code rc = qn_evidence_split(e, frames, err);
    for (int i = 0; !rc && i < QN_EV_ENTRIES; i++) {
        rc = qn_evidence_signed(e, (enum qn_ev)i, signer[i], err);
        if (!rc)
            rc = qn_evidence_committed(e, (enum qn_ev)i, err);
    }
    rc = rc ? rc : qn_evidence_read(e, signer, err);
    rc = rc ? rc : qn_evidence_order(e, &w.city, err);
    rc = rc ? rc : qn_evidence_links(e, err);
    rc = rc ? rc : qn_evidence_seed(e, &w.county, err);
    rc = rc ? rc : qn_evidence_list(e, err);
    return rc ? rc : qn_evidence_strata(e, none, err);
}

static void judges(void **state)
{
    const struct row *t = *state;
    struct qn_evidence main = {0}, e = {0};
    const struct qn_evidence *chain[] = {&main};
    struct qn_ev_answers a = {.voids = 99};
    struct qn_err err = {0};
    make(t);
    enum qn_code rc = open_draw(&main, qn_buf_span(&m.main.frames), &err);
    rc = rc ? rc : open_draw(&e, qn_buf_span(&m.supp.frames), &err);
    assert_int_equal(rc, QN_OK); /* alone each of them holds */
    rc = qn_evidence_follows(&e, chain, 1, &err);
    if (!rc)
        rc = qn_evidence_answers(&a, &e, chain, 1, qn_buf_span(&m.exceptions), cert_of, NULL, &err);
    if (!t->id && rc)
        fail_msg("refused: %s %s", err.id, err.args);
    if (t->id)
        assert_string_equal(err.id, t->id);
    assert_int_equal(rc != QN_OK, t->id != NULL);
    assert_int_equal(a.voids, t->id ? 99 : m.hidden ? 0 : 2);
    assert_int_equal(a.hidden, t->id ? 0 : m.hidden);
    qn_evidence_release(&main);
    qn_evidence_release(&e);
    made_release();
}

/* Whom the main draw has drawn could not be drawn once more; a must of the roster is none of the supplement's. */
static void tells_who_was_drawn_before(void **state)
{
    (void)state;
    struct qn_evidence main = {0}, e = {0};
    const struct qn_evidence *chain[] = {&main};
    const struct qn_place must = {QN_STANDS_MUST, 0, 1};
    uint8_t ticket[QN_HASH];
    struct qn_err err;
    make(&rows[0]);
    assert_int_equal(open_draw(&main, qn_buf_span(&m.main.frames), &err), QN_OK);
    assert_int_equal(open_draw(&e, qn_buf_span(&m.supp.frames), &err), QN_OK);
    for (size_t i = 0; i < m.main.npicks; i++) {
        assert_true(qn_evidence_drawn_before(chain, 1, 1, m.main.pick[i].id));
        assert_false(qn_evidence_drawn_before(chain, 1, 2, m.main.pick[i].id));
        assert_false(qn_evidence_drawn_before(chain, 0, 1, m.main.pick[i].id));
    }
    for (size_t i = 0; i < m.supp.npicks; i++)
        assert_false(qn_evidence_drawn_before(chain, 1, 1, m.supp.pick[i].id));
    qn_evidence_ticket(ticket, &e, m.main.pick[0].id);
    assert_int_equal(qn_evidence_place(&main, 1, &must, ticket, &err), QN_UNVERIFIED);
    assert_int_equal(qn_evidence_place(&e, 1, &must, ticket, &err), QN_OK);
    qn_evidence_release(&main);
    qn_evidence_release(&e);
    made_release();
}

/* Nobody's certificate opens them; spoilt they say nothing. */
static void refuses_spoilt_exceptions(void **state)
{
    (void)state;
    struct qn_evidence main = {0}, e = {0};
    const struct qn_evidence *chain[] = {&main};
    struct qn_ev_answers a;
    struct qn_err err;
    make(&rows[0]);
    assert_int_equal(open_draw(&main, qn_buf_span(&m.main.frames), &err), QN_OK);
    assert_int_equal(open_draw(&e, qn_buf_span(&m.supp.frames), &err), QN_OK);
    for (size_t i = 0; i < m.exceptions.n; i += 3) {
        m.exceptions.p[i] ^= (uint8_t)(1u << (i % 8));
        assert_int_not_equal(
            qn_evidence_answers(&a, &e, chain, 1, qn_buf_span(&m.exceptions), cert_of, NULL, &err),
            QN_OK);
        m.exceptions.p[i] ^= (uint8_t)(1u << (i % 8));
    }
    assert_int_equal(qn_evidence_follows(&e, chain, 0, &err), QN_UNVERIFIED);
    assert_string_equal(err.id, "evidence.supp-number");
    qn_evidence_release(&main);
    qn_evidence_release(&e);
    made_release();
}

/* ---- the cases as vectors ------------------------------------------------------------------------- */

static int write_vectors(const char *dir)
{
    vector_dir = dir;
    vector_must(setup(NULL) == 0, "no world");
    vector_begin("supplement", "publication.md");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        size_t first = 0;
        while (rows[i].id && first < i && (!rows[first].id || strcmp(rows[first].id, rows[i].id) != 0))
            first++;
        if (rows[i].id && first < i)
            continue;
        make(&rows[i]);
        vector_name(rows[i].name);
        vector_span("hex", qn_buf_span(&m.supp.frames));
        vector_span("main", qn_buf_span(&m.main.frames));
        vector_span("exceptions", qn_buf_span(&m.exceptions));
        vector_hex_line("city-key", w.city.log, QN_PUBKEY);
        vector_hex_line("county-key", w.county.log, QN_PUBKEY);
        vector_hex_line("county-vrf", w.county.vrf, QN_PUBKEY);
        vector_want(rows[i].id);
        made_release();
    }
    vector_end();
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2)
        return write_vectors(argv[1]);
    struct CMUnitTest test[2 + ARRAY_LEN(rows)] = {
        {"who was drawn before", tells_who_was_drawn_before, NULL, NULL, NULL},
        {"spoilt exceptions", refuses_spoilt_exceptions, NULL, NULL, NULL},
    };
    size_t n = 2;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        test[n++] = (struct CMUnitTest){rows[i].name, judges, NULL, NULL, &rows[i]};
    return cmocka_run_group_tests_name("supplement", test, setup, NULL);
}
