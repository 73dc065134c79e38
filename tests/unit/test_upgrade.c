/* test_upgrade.c - two registries in one program: rows of the older one in tables of the later one. Linked with one registry
 * and one schema step more than the program has (tests/next); the upgrade of a real directory is in tests/t/upgrade.sh.  */
#include "tests/unit/family.h"

#include "node/store/internal.h"
#include "node/store/part.h"
#include "qian/change.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct qn_registry *older(void)
{
    const struct qn_registry *reg;
    MUST(qn_registry_get(&reg, (uint16_t)(qn_registry_newest() - 1), &offices_err));
    return reg;
}

static const struct qn_registry *newer(void)
{
    const struct qn_registry *reg;
    MUST(qn_registry_get(&reg, qn_registry_newest(), &offices_err));
    return reg;
}

/* SPEC versions-5: "A later version only adds" */
static void adds(void **state)
{
    const struct qn_registry *a = older(), *b = newer();
    (void)state;
    assert_int_equal(b->ntables, a->ntables + 1);
    assert_memory_not_equal(a->hash, b->hash, QN_HASH);
    for (unsigned i = 0; i < a->ntables; i++) {
        const struct qn_table *was = &a->table[i], *now = qn_registry_table(b, qn_str(was->name));
        assert_non_null(now);
        assert_true(now->ncols >= was->ncols && now->lane == was->lane &&
                    now->levels == was->levels);
        assert_memory_equal(now->col, was->col, was->ncols * sizeof(was->col[0]));
        for (unsigned c = was->ncols; c < now->ncols; c++)
            assert_true(now->col[c].nullable);
    }
    const struct qn_registry *none = NULL;
    struct qn_err err;
    assert_int_equal(qn_registry_get(&none, (uint16_t)(qn_registry_newest() + 1), &err), QN_ABSENT);
    assert_null(none);
}

/* A recusal as the registry says: its columns, the later ones with values. */
static void fill(struct qn_row *row, const struct qn_registry *reg, int64_t rev)
{
    static const struct {
        const char *column, *text;
    } texts[] = {{"office", "140602"},    {"insp_id", "P1"},
                 {"object_id", "O1"},     {"acted_by", "tester"},
                 {"until", "2022-01-01"}, {"recorded_on", "2021-08-16T09:00:00"}};
    *row = (struct qn_row){.table = qn_registry_table(reg, qn_str("recusal"))};
    for (unsigned i = 0; i < row->table->ncols; i++) {
        const struct qn_column *c = &row->table->col[i];
        row->col[i] = (struct qn_value){.type = c->nullable ? QN_NULL : c->type, .s = {NULL, 0}};
        if (!c->nullable && c->type == QN_INTEGER)
            row->col[i].i = 1;
        for (size_t k = 0; k < COUNT(texts); k++)
            if (strcmp(texts[k].column, c->name) == 0)
                row->col[i] = (struct qn_value){.type = QN_TEXT, .s = qn_str(texts[k].text)};
    }
    row->col[1].i = qn_row_id(1, 5, 0);
    row->col[2].i = rev;
}

static enum qn_code put_row(void *ctx, const struct qn_row *row, struct qn_err *err)
{
    struct test_office *o = ctx;
    return store_insert(o->st, row, err);
}

/* One changeset of one row, read by a header of that version into the office's tables. */
static enum qn_code apply(struct test_office *o, const struct qn_registry *reg, uint16_t version,
                          int64_t rev, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf raw, room = {0};
    QN_AUTO(tx) struct tx tx = {0};
    struct qn_row row;
    qn_buf_init(&raw, 65536);
    fill(&row, reg, rev);
    qn_change_table(&raw, row.table);
    qn_change_row(&raw, &row);
    struct qn_header h = {.lane = QN_LANE_BULK, .schema = version, .nparts = 1};
    h.part[0] = (struct qn_part){.audience = QN_SYSTEM, .codec = QN_RAW, .raw = (uint32_t)raw.n};
    memcpy(h.schema_hash, reg->hash, QN_HASH);
    MUST(tx_begin(&tx, o->st, &offices_err));
    enum qn_code rc = part_rows(NULL, &h, 0, qn_buf_span(&raw), &room, put_row, o, NULL, err);
    if (!rc)
        MUST(tx_commit(&tx, &offices_err));
    return rc;
}

static void older_rows_apply(void **state)
{
    struct family *f = *state;
    struct qn_err err;
    struct qn_row row;
    bool there;
    MUST(apply(&f->p, older(), older()->version, 1, &offices_err));
    assert_int_equal(count(&f->p, "SELECT count(*) FROM recusal WHERE until IS NULL AND weight IS "
                                  "NULL AND share IS NULL"),
                     1);
    fill(&row, newer(), 2);
    MUST(store_has_previous(f->p.st, &row, &there, &offices_err));
    assert_true(there); /* the later revision finds the earlier one, whichever registry wrote it */
    assert_int_equal(apply(&f->p, older(), older()->version, 1, &err), QN_CONFLICT);
    assert_string_equal(err.id, "row.exists");
    MUST(apply(&f->p, newer(), newer()->version, 2, &offices_err));
    assert_int_equal(
        count(&f->p, "SELECT count(*) FROM recusal WHERE until = '2022-01-01' AND rev = 2"), 1);
    fill(&row, older(), 3);
    MUST(store_has_previous(f->p.st, &row, &there, &offices_err));
    assert_true(there);
    MUST(apply(&f->p, older(), older()->version, 3, &offices_err));
    assert_int_equal(count(&f->p, "SELECT count(*) FROM recusal WHERE until IS NULL AND rev = 3"),
                     1);
}

/* A row that only the later registry can have is refused where the header names the earlier one. */
static void each_by_its_own(void **state)
{
    struct family *f = *state;
    struct qn_err err;
    assert_int_equal(apply(&f->p, newer(), older()->version, 1, &err), QN_DENIED);
    assert_string_equal(err.id, "apply.schema-hash");
    assert_int_equal(apply(&f->p, newer(), (uint16_t)(newer()->version + 1), 1, &err), QN_LATER);
    assert_string_equal(err.id, "apply.schema");
    assert_int_equal(count(&f->p, "SELECT count(*) FROM recusal"), 0);
}

/* A directory of this very version is opened as it is. */
static void opened_again(void **state)
{
    struct family *f = *state;
    char path[512];
    store_close(f->p.st);
    f->p.st = NULL;
    MUST(store_open(&f->p.st, f->p.dir, STORE_PEEK, &offices_err));
    assert_int_equal(store_schema(f->p.st), 2);
    store_close(f->p.st);
    f->p.st = NULL;
    MUST(store_open(&f->p.st, f->p.dir, STORE_OPEN, &offices_err));
    snprintf(path, sizeof(path), "%s/before-upgrade-2-%u.db", f->p.dir, newer()->version);
    assert_null(fopen(path, "rb"));
    assert_int_equal(count(&f->p, "SELECT count(*) FROM setting WHERE name = 'written-by'"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds),
        cmocka_unit_test_setup_teardown(older_rows_apply, family_setup, family_teardown),
        cmocka_unit_test_setup_teardown(each_by_its_own, family_setup, family_teardown),
        cmocka_unit_test_setup_teardown(opened_again, family_setup, family_teardown),
    };
    return cmocka_run_group_tests_name("upgrade", tests, NULL, NULL);
}
