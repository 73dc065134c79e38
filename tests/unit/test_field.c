/* Field statistics where the shell suite does not come: draws whose roster was made last, the same inspector twice at the
 * same business, an order that nobody draws. The counts are made again here, the plain way.                           */
#include "tests/unit/draw_case.h"

#include "node/draw/chances.h"
#include "node/draw/field.h"

#define SECOND \
    "draw-rules/1\n" \
    "slot 1406 2021 T2 1\n" \
    "type both\n" \
    "population eq(status,0)\n" \
    "stratum 1 1/1 1 true\n" \
    "total -\n" \
    "must -\n" \
    "exclude -\n" \
    "cap -\n" \
    "role 1 2 101\n" \
    "pool 2\n" \
    "load -\n" \
    "age 30\n" \
    "witness 24\n" \
    "return 1\n" \
    "supp 0\n" \
    "level unwitnessed\n"

static const struct field_line *line(const struct field_report *r, const char *office,
                                     enum field_measure m)
{
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->at[i].office, office) == 0 && r->at[i].measure == m)
            return &r->at[i];
    return NULL;
}

/* The county draws on an order that names no freeze. */
static void unwitnessed(struct family *f)
{
    static const struct order_options late = {.ahead_days = -1, .level = QN_UNWITNESSED};
    struct freeze_made made;
    struct plan_case first = {0}, second = {.rules = SECOND, .task = "T2"};
    write_plan(&f->c, &first);
    write_plan(&f->c, &second);
    carry(&f->c, &f->k);
    assert_int_equal(issue(&f->c, &late, NULL), 2);
    carry(&f->c, &f->k);
    write_roster(&f->k, NULL);
    MUST(freeze_make(&made, f->k.st, &offices_err));
    draw_first(&f->k);
    settle(f);
}

static void ranks_of_unwitnessed_draws(void **state)
{
    struct family *f = *state;
    QN_AUTO(field) struct field_report r = {.at = NULL};
    unwitnessed(f);
    MUST(field_run(&r, f->p.st, NULL, &offices_err));
    const struct field_line *c = line(&r, "140602", FIELD_CLASSES),
                            *k = line(&r, "140602", FIELD_COMPLAINTS);
    assert_non_null(c);
    assert_non_null(k);
    assert_int_equal(c->n, 2 * OBJECTS / 3); /* each third is C, in two draws */
    assert_int_equal(k->n, 2 * (OBJECTS - 1));
    uint64_t x = 0;
    for (int d = 0; d < 2; d++) { /* tickets of both draws, from what is shown of them */
        QN_AUTO(draw_lines) struct draw_lines l = {0};
        QN_AUTO(draw_view) struct draw_view v = {.ntargets = 0};
        MUST(draw_list(&l, f->k.st, "140602", &offices_err));
        assert_int_equal(l.n, 2);
        MUST(draw_show(&v, f->k.st, "140602", l.at[d].id, &offices_err));
        assert_true(v.has_seed);
        struct qn_draw_keys keys;
        qn_draw_keys(&keys, v.seed);
        for (int i = 0; i < OBJECTS; i += 3) {
            uint8_t ticket[QN_HASH];
            char id[32];
            object_id(id, i);
            qn_ticket(ticket, &keys, qn_str(id));
            x += ticket[0] < 0x80;
        }
    }
    assert_int_equal(c->x, x);
    assert_true(c->chance == chance_of_odd(c->n, 0.5, x));
    assert_int_equal(c->state, field_judge(FIELD_CLASSES, c->chance));
}

/* T2 draws everybody, so each business of T1 is visited twice, by two of four inspectors: the same one comes again half of
 * the time, which is nothing to ask about, and each pair is looked at. */
static void the_same_inspector_twice(void **state)
{
    struct family *f = *state;
    QN_AUTO(field) struct field_report r = {.at = NULL};
    unwitnessed(f);
    MUST(field_run(&r, f->p.st, NULL, &offices_err));
    const struct field_line *l = line(&r, "140602", FIELD_REPEATS);
    assert_non_null(l);
    assert_int_equal(l->x, 2);
    assert_int_equal(l->n, 2);
    assert_true(l->all_n >= 2 && l->all_n <= (uint64_t)OBJECTS * INSPECTORS);
    assert_true(l->chance > 0.9 && l->state == FIELD_FINE);
    assert_string_not_equal(l->inspector, "");
    assert_memory_equal(l->object, "E:", 2);
    /* without peers there is nothing to compare with */
    assert_int_equal(line(&r, "140602", FIELD_VOIDS)->state, FIELD_NOT_JUDGED);
    assert_null(line(&r, "140602", FIELD_WITHHELD));
    assert_int_equal(r.flagged, 0);
}

/* An order whose time is over, and no draw: one is enough. */
static void withheld(void **state)
{
    struct family *f = *state;
    QN_AUTO(field) struct field_report r = {.at = NULL};
    prepare(f, &(struct plan_case){0});
    write_order(&f->c, "140602", &(struct odd_order){.from = -60, .to = -31});
    settle(f);
    MUST(field_run(&r, f->p.st, NULL, &offices_err));
    const struct field_line *l = line(&r, "140602", FIELD_WITHHELD);
    assert_non_null(l);
    assert_int_equal(l->x, 1);
    assert_int_equal(l->state, FIELD_FLAGGED);
    assert_int_equal(r.flagged, 1);
}

/* Nothing was drawn: no line, and no office. */
static void nothing(void **state)
{
    struct family *f = *state;
    QN_AUTO(field) struct field_report r = {.at = NULL};
    MUST(field_run(&r, f->p.st, NULL, &offices_err));
    assert_int_equal(r.n, 0);
    assert_int_equal(r.offices, 0);
}

int main(void)
{
    const struct CMUnitTest test[] = {
        cmocka_unit_test_setup_teardown(nothing, family_setup, family_teardown),
        cmocka_unit_test_setup_teardown(ranks_of_unwitnessed_draws, family_setup, family_teardown),
        cmocka_unit_test_setup_teardown(the_same_inspector_twice, family_setup, family_teardown),
        cmocka_unit_test_setup_teardown(withheld, family_setup, family_teardown),
    };
    return cmocka_run_group_tests_name("field", test, NULL, NULL);
}
