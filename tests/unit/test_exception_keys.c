/* test_exception_keys.c - supplements of a draw with a lottery and a second custodian: each asks both again. */
#include "tests/unit/beacon_case.h"
#include "tests/unit/exception_case.h"

#include "node/draw/cokey.h"

#define REST  " 01 05 12 18 22 30+07"
#define AGAIN " 03 05 12 18 22 30+07"
#define SLOT  "1406/2021/T1/1"

static void numbers_come(struct family *f, const char *line, int32_t days)
{
    said(&f->p, line, days, "a");
    said(&f->p, line, days, "b");
    settle(f);
}

static void custodian_answers(struct family *f, const struct keys *co)
{
    char question[COKEY_QUESTION], answer[COKEY_LINE], record[200];
    unsigned missing;
    snprintf(record, sizeof(record), "%s/co.asked", f->all.dir); /* one record for all orders */
    MUST(cokey_ask(question, f->k.st, SLOT, &offices_err));
    MUST(cokey_answer(answer, question, co, record, "2021-08-16", &offices_err));
    MUST(cokey_take(&missing, f->k.st, answer, &offices_err));
    assert_int_equal(missing, 0);
}

/* A witnessed draw with two keys on event 133, of which one target is void; its id. */
static int64_t drawn_and_void(struct family *f, const struct keys *co)
{
    QN_AUTO(qn_buf) struct qn_buf rules = {0};
    struct plan_case pc = with_supp(&rules, "supp 2");
    struct qn_request pub;
    char object[QN_OBJECT_ID_MAX + 1];
    const char *event = event_of("133");
    keys_public(co, &pub);
    MUST(cokey_add(f->c.st, "140602", pub.vrf, "纪检监察组", &offices_err));
    prepare(f, &pc);
    assert_int_equal(
        issue(&f->c,
              &(struct order_options){.ahead_days = -1, .level = QN_WITNESSED, .beacon = event},
              NULL),
        1);
    carry(&f->c, &f->k);
    numbers_come(f, line_of(event, REST), 1);
    custodian_answers(f, co);
    struct draw_outcome d = draw_first(&f->k);
    assert_true(d.drawn);
    target(object, &f->k, d.made.id, QN_LOT, 0);
    except(&f->k, d.made.id, QN_EXC_VOID, object, NULL);
    settle(f);
    expect_verdicts(&f->p, "");
    return d.made.id;
}

static struct keys *custodian(void)
{
    struct keys *k;
    MUST(keys_create(&k, KEYS_COKEY, &offices_err));
    return k;
}

static size_t supplement_on(struct test_office *o, const char *event, struct qn_err *why)
{
    QN_AUTO(order_outcomes) struct order_outcomes all = {0};
    if (supplement_issue(&all, o->st, &(struct order_options){.beacon = event}, why))
        return 0;
    for (size_t i = 0; i < all.n; i++)
        if (!all.at[i].issued)
            *why = all.at[i].why;
    return all.n && all.at[0].issued;
}

static void a_supplement_names_an_event_of_its_own(void **state)
{
    struct family *f = *state;
    struct qn_err why;
    QN_AUTO(keys) struct keys *co = custodian();
    struct qn_request pub;
    drawn_and_void(f, co);
    keys_public(co, &pub); /* ended since: a supplement keeps the keys of its main order */
    MUST(cokey_remove(f->c.st, "140602", pub.vrf, "moved", &offices_err));
    assert_int_equal(supplement_on(&f->c, NULL, &why), 0);
    assert_string_equal(why.id, "exc.beacon");
    assert_int_equal(why.code, QN_LATER);
    assert_int_equal(supplement_on(&f->c, event_of("133"), &why), 0);
    assert_string_equal(why.id, "beacon.known");
    assert_int_equal(supplement_on(&f->c, event_of("134"), &why), 1);
    carry(&f->c, &f->k);
    assert_string_equal(draw_open(&f->k).why.id, "draw.beacon-waiting");
    numbers_come(f, line_of(event_of("134"), AGAIN), 2);
    assert_string_equal(draw_open(&f->k).why.id, "draw.answers");
    custodian_answers(f, co);
    struct draw_outcome d = draw_open(&f->k);
    assert_true(d.drawn);
    assert_int_equal(d.made.lot, 1);
    settle(f);
    expect_verdicts(&f->p, "");
    QN_AUTO(record) struct record r = {.rival = false};
    MUST(record_read(&r, f->p.st, "140602", d.made.id, &offices_err));
    assert_int_equal(r.res->nvrf, 2);
    assert_string_equal(r.res->beacon, line_of(event_of("134"), AGAIN));
}

/* ---- the city cheats ------------------------------------------------------------------------------------------------ */

static void no_event(struct qn_order *o)
{
    o->has_beacon = false;
}

static void the_old_event(struct qn_order *o)
{
    (void)o; /* that of the main order */
}

static void without_the_custodian(struct qn_order *o)
{
    o->nkeys = 1;
}

static struct cheat {
    const char *name;
    void (*spoil)(struct qn_order *o);
    bool asked; /* it still names the custodian */
} cheats[] = {
    {"no event", no_event, true},
    {"the event of the main order", the_old_event, true},
    {"without the custodian", without_the_custodian, false},
};

static void give(struct family *f, void (*spoil)(struct qn_order *o))
{
    QN_AUTO(order_lines) struct order_lines all = {0};
    QN_AUTO(order) struct order main = {.seq = 0};
    QN_AUTO(log_entry) struct log_entry e = {0};
    struct qn_head_ref head;
    struct log log;
    uint16_t epoch, n;
    uint64_t seq;
    MUST(order_list(&all, f->c.st, "140602", &offices_err));
    MUST(order_read(&main, f->c.st, all.at[0].origin, all.at[0].seq, &offices_err));
    MUST(log_of_office(&log, f->c.st, "140602", &offices_err));
    struct qn_order o = main.o;
    o.supp = o.nexc = 1;
    qn_row_id_split(count(&f->c, "SELECT max(id) FROM draw_exc"), &epoch, &seq, &n);
    MUST(log_entry_get(&e, f->c.st, &log, seq, &offices_err));
    strcpy(o.exc[0].origin, log.origin);
    o.exc[0].index = seq;
    memcpy(o.exc[0].leaf, e.leaf, QN_HASH);
    randombytes_buf(o.nonce, sizeof(o.nonce));
    spoil(&o);
    strcpy(head.origin, log.origin);
    head.size = log.verified;
    MUST(log_root(f->c.st, &log, log.verified, head.root, &offices_err));
    MUST(order_write(f->c.st, &o, "140602", &head, &seq, &offices_err));
    carry(&f->c, &f->k);
}

static void the_city_cheats(void **state)
{
    struct cheat *row = *state;
    void *made = NULL;
    family_setup(&made);
    struct family *f = made;
    QN_AUTO(keys) struct keys *co = custodian();
    drawn_and_void(f, co);
    give(f, row->spoil);
    if (row->asked)
        custodian_answers(f, co);
    struct draw_outcome d = draw_open(&f->k);
    assert_false(d.drawn);
    assert_string_equal(d.why.id, "exc.supplement");
    family_teardown(&made);
}

int main(void)
{
    struct CMUnitTest test[1 + ARRAY_LEN(cheats)] = {cmocka_unit_test_setup_teardown(
        a_supplement_names_an_event_of_its_own, family_setup, family_teardown)};
    for (size_t i = 0; i < ARRAY_LEN(cheats); i++)
        test[1 + i] = (struct CMUnitTest){cheats[i].name, the_city_cheats, NULL, NULL, &cheats[i]};
    return cmocka_run_group_tests_name("supplements with keys", test, NULL, NULL);
}
