/* test_register.c - registers of record: lines, what an import takes and refuses, which snapshot a freeze names;
 * and the documents by which an office above has objects marked. */
#include "tests/unit/draw_case.h"

#include "node/draw/granted.h"
#include "node/store/register.h"
#include "node/store/file.h"
#include "node/work/register_import.h"
#include "qian/merkle.h"
#include "qian/register.h"

/* ---- lines ----------------------------------------------------------------------------------------------------- */

static void lines(void **state)
{
    (void)state;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, 1000);
    struct qn_register_object o = {qn_str("140602"), qn_str("E:X"), 0, 3};
    struct qn_register_inspector i = {qn_str("140602"), qn_str("14/J1"), qn_str("2025-12-31"),
                                      qn_str("101,103")};
    qn_register_object_line(&b, &o);
    qn_put_str(&b, "\n");
    o.status = 5;
    o.cls = 0;
    qn_register_object_line(&b, &o);
    qn_put_str(&b, "\n");
    qn_register_inspector_line(&b, &i);
    qn_put_str(&b, "\n");
    i.valid_to = i.quals = (struct qn_span){NULL, 0};
    qn_register_inspector_line(&b, &i);
    qn_put_uint(&b, 0, 1);
    assert_string_equal((char *)b.p, "140602 E:X in_business C\n140602 E:X moved_out -\n"
                                     "140602 14/J1 2025-12-31 101,103\n140602 14/J1 - -");
    uint8_t status;
    assert_null(qn_object_status_name(6));
    assert_false(qn_object_status_parse(&status, qn_str("in_busines")));
    assert_false(qn_object_status_parse(&status, qn_str("")));
    assert_true(qn_object_status_parse(&status, qn_str("revoked")));
    assert_int_equal(status, 3);
}

/* ---- imports --------------------------------------------------------------------------------------------------- */

#define OBJECT_HEAD "对象类别,统一社会信用代码,检查机关,登记状态,信用风险分类\n"
#define PEOPLE_HEAD "执法证号,发证机关,所在机关,证件有效期至\n"
#define CODE_A      "91140602MA0K0000XK" /* its check is wrong, which is told and taken */
#define CODE_B      "91140602MA0K0001XK"

static const char *file(struct family *f, const char *name, const char *text)
{
    static char path[4][300];
    static unsigned at;
    char *p = path[at++ % 4];
    snprintf(p, sizeof(path[0]), "%.100s/%s", f->all.dir, name);
    FILE *to = fopen(p, "w");
    assert_non_null(to);
    fputs(text, to);
    fclose(to);
    return p;
}

static enum qn_code take_in(struct test_office *o, const char *objects, const char *inspectors,
                            int32_t on, struct register_imported *out, struct heard *heard)
{
    char taken_on[11];
    day(taken_on, on);
    struct qn_report report = {hear, heard};
    struct register_import r = {.objects = &objects,
                                .inspectors = &inspectors,
                                .nobjects = objects != NULL,
                                .ninspectors = inspectors != NULL,
                                .taken_on = taken_on,
                                .by = "王五"};
    memset(heard, 0, sizeof(*heard));
    return register_import(o->st, &r, out, &report, &offices_err);
}

static void imports(void **state)
{
    struct family *f = *state;
    struct register_imported r;
    struct register_snapshot s;
    struct heard heard;
    uint8_t leaf[2][QN_HASH], root[QN_HASH];
    family_fresh(f);
    const char *two = file(f, "two.csv",
                           OBJECT_HEAD "企业," CODE_B ",140699,存续,\n"
                                       "企业," CODE_A ",140602,注销,B\n");
    MUST(take_in(&f->p, two, NULL, -3, &r, &heard));
    assert_int_equal(r.objects.lines, 2);
    assert_int_equal(r.objects.rejected, 0);
    assert_true(r.id);
    MUST(register_newest(&s, f->p.st, "14", &offices_err));
    assert_true(s.id == r.id && s.objects.told && s.objects.no && !s.inspectors.told);
    qn_leaf_hash(leaf[0], qn_str("140602 E:" CODE_A " deregistered B"));
    qn_leaf_hash(leaf[1], qn_str("140699 E:" CODE_B " in_business -")); /* an office nobody knows */
    qn_node_hash(root, leaf[0], leaf[1]);
    assert_memory_equal(s.objects.root, root, QN_HASH);
    /* The same again is no news; on another day it is, of the same lines. */
    MUST(take_in(&f->p, two, NULL, -3, &r, &heard));
    assert_true(!r.id && r.objects.held);
    MUST(take_in(&f->p, two, NULL, -2, &r, &heard));
    assert_true(r.id && r.objects.held);
    assert_int_equal(count(&f->p, "SELECT count(*) FROM register_object"), 2);
    /* The other list beside it; the first stays with its own day. */
    const char *people = file(f, "people.csv", PEOPLE_HEAD "js001,140602,140602,2025-12-31\n");
    MUST(take_in(&f->p, NULL, people, -1, &r, &heard));
    MUST(register_newest(&s, f->p.st, "14", &offices_err));
    assert_true(s.id == r.id && s.objects.told && s.inspectors.told && s.inspectors.no);
    assert_memory_equal(s.objects.root, root, QN_HASH);
    assert_string_not_equal(s.objects.on, s.inspectors.on);
    qn_leaf_hash(root, qn_str("140602 140602/JS001 2025-12-31 -"));
    assert_memory_equal(s.inspectors.root, root, QN_HASH);
}

static struct bad {
    const char *name, *objects, *people, *says; /* a row that is left out */
} bad[] = {
    {"twice", OBJECT_HEAD "企业," CODE_A ",140602,存续,\n企业," CODE_A ",140622,存续,\n", NULL,
     "roster.duplicate"},
    {"no status", OBJECT_HEAD "企业," CODE_B ",140602,存续,\n企业," CODE_A ",140602,?,\n", NULL,
     "roster.status"},
    {"no class", OBJECT_HEAD "企业," CODE_B ",140602,存续,\n企业," CODE_A ",140602,存续,E\n", NULL,
     "roster.class"},
    {"no office", OBJECT_HEAD "企业," CODE_B ",140602,存续,\n企业," CODE_A ",市局,存续,\n", NULL,
     "roster.office"},
    {"no kind", OBJECT_HEAD "企业," CODE_B ",140602,存续,\n?," CODE_A ",140602,存续,\n", NULL,
     "roster.kind"},
    {"serves nowhere", NULL, PEOPLE_HEAD "J1,140602,140602,\nJ2,140602,某局,\n", "register.office"},
    {"an inspector twice", NULL, PEOPLE_HEAD "J1,140602,140602,\nJ1,140602,140622,\n",
     "roster.duplicate"},
    {"no date", NULL, PEOPLE_HEAD "J1,140602,140602,\nJ2,140602,140602,2025-13-01\n",
     "roster.date"},
};

static void left_out(void **state)
{
    struct family *f = *state;
    family_fresh(f);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct register_imported r;
        struct heard heard;
        const char *o = bad[i].objects ? file(f, "o.csv", bad[i].objects) : NULL,
                   *p = bad[i].people ? file(f, "p.csv", bad[i].people) : NULL;
        MUST(take_in(&f->p, o, p, -1, &r, &heard));
        const struct register_counts *n = o ? &r.objects : &r.inspectors;
        if (n->lines != 1 || n->rejected != 1 || !strstr(heard.ids, bad[i].says))
            fail_msg("%s: %s", bad[i].name, heard.ids);
    }
}

/* What was left out comes back a file for each that was read, with its own headings, and is imported as it stands when
 * it has been put right. */
static void given_back(void **state)
{
    struct family *f = *state;
    struct register_imported r;
    struct heard heard;
    char taken_on[11], to[600], path[620];
    family_fresh(f);
    day(taken_on, -1);
    const char *objects[] = {file(f, "first.csv", OBJECT_HEAD "企业," CODE_A ",140602,?,B\n"),
                             file(f, "second.csv",
                                  OBJECT_HEAD "企业," CODE_B ",140602,存续,\n"
                                              "企业," CODE_A ",市局,存续,\n")};
    snprintf(to, sizeof(to), "%s/back.csv", f->all.dir);
    struct register_import o = {
        .objects = objects, .nobjects = 2, .taken_on = taken_on, .by = "王五", .rejects = to};
    struct qn_report report = {hear, &heard};
    memset(&heard, 0, sizeof(heard));
    MUST(register_import(f->p.st, &o, &r, &report, &offices_err));
    assert_int_equal(r.objects.lines, 1);
    assert_int_equal(r.objects.rejected, 2);
    for (unsigned i = 0; i < 2; i++) {
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        snprintf(path, sizeof(path), "%s/back-objects%s.csv", f->all.dir, i ? "-2" : "");
        MUST(file_read(&b, path, 4096, &offices_err));
        qn_put_uint(&b, 0, 1);
        assert_non_null(strstr((const char *)b.p, i ? "市局" : ",?,B"));
        assert_non_null(strstr((const char *)b.p, "统一社会信用代码"));
        assert_null(strstr((const char *)b.p, CODE_B));
    }
}

static void refused(void **state)
{
    struct family *f = *state;
    struct register_imported r;
    struct heard heard;
    family_fresh(f);
    const char *one = file(f, "one.csv", OBJECT_HEAD "企业," CODE_A ",140602,存续,\n");
    const char *none = file(f, "none.csv", OBJECT_HEAD "企业," CODE_A ",140602,?,\n");
    assert_int_equal(take_in(&f->p, NULL, NULL, 0, &r, &heard), QN_MALFORMED);
    assert_string_equal(offices_err.id, "register.nothing");
    assert_int_equal(take_in(&f->p, one, NULL, 1, &r, &heard), QN_MALFORMED);
    assert_string_equal(offices_err.id, "register.day");
    assert_int_equal(take_in(&f->p, none, NULL, 0, &r, &heard), QN_MALFORMED);
    assert_string_equal(offices_err.id, "register.empty");
    assert_int_equal(take_in(&f->k, one, NULL, 0, &r, &heard), QN_DENIED);
    assert_string_equal(offices_err.id, "register.level");
    assert_int_equal(count(&f->p, "SELECT count(*) FROM register_object"), 0);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM register_snapshot"), 0);
}

/* ---- freezes --------------------------------------------------------------------------------------------------- */

/* SPEC register-6: "the newest snapshot (the highest id) of the highest office above the drawing one" */
static void named_by_freezes(void **state)
{
    struct family *f = *state;
    struct register_imported city, first, second;
    struct register_snapshot s;
    struct freeze_made made;
    struct heard heard;
    family_fresh(f);
    const char *one = file(f, "one.csv", OBJECT_HEAD "企业," CODE_A ",140602,存续,\n");
    const char *two = file(f, "two.csv", OBJECT_HEAD "企业," CODE_B ",140602,存续,\n");
    write_roster(&f->k, NULL);
    MUST(register_find(&s, f->k.st, "140602", UINT64_MAX, &offices_err));
    assert_string_equal(s.office, "");
    MUST(take_in(&f->c, one, NULL, -1, &city, &heard));
    carry(&f->c, &f->k);
    MUST(register_find(&s, f->k.st, "140602", UINT64_MAX, &offices_err));
    assert_true(strcmp(s.office, "1406") == 0 && s.id == city.id && !s.objects.no);
    MUST(take_in(&f->p, one, NULL, -2, &first, &heard));
    MUST(take_in(&f->p, two, NULL, -1, &second, &heard));
    settle(f);
    MUST(register_find(&s, f->k.st, "140602", UINT64_MAX, &offices_err));
    assert_true(strcmp(s.office, "14") == 0 && s.id == second.id);
    MUST(register_find(&s, f->p.st, "140602", UINT64_MAX, &offices_err));
    assert_true(strcmp(s.office, "14") == 0 && s.id == second.id);
    MUST(register_find(&s, f->p.st, "14", UINT64_MAX, &offices_err)); /* the root office: its own */
    assert_int_equal(s.id, second.id);
    MUST(register_find(&s, f->c.st, "1406", UINT64_MAX, &offices_err)); /* not its own */
    assert_string_equal(s.office, "14");
    MUST(register_find(&s, f->p.st, "140602", 1, &offices_err)); /* none was signed in 1970 */
    assert_string_equal(s.office, "");
    /* The freeze names it, and is not applied where the province's log has not come so far. */
    MUST(freeze_make(&made, f->k.st, &offices_err));
    int64_t id;
    struct log log;
    QN_AUTO(qn_freeze) struct qn_freeze frozen = {.source = NULL};
    MUST(log_find(&log, f->k.st, store_origin(f->k.st), &offices_err));
    MUST(freeze_text(&frozen, &id, f->k.st, &log, made.seq, &offices_err));
    assert_true(frozen.has_register && frozen.register_id == (uint64_t)second.id);
    assert_string_equal(frozen.register_origin, store_origin(f->p.st));
    QN_AUTO(log_entry) struct log_entry e = {0};
    MUST(log_entry_get(&e, f->k.st, &log, made.seq, &offices_err));
    assert_int_equal(e.h.ndeps, 1);
    assert_true(qn_span_is(e.h.dep[0].origin, store_origin(f->p.st)));
    carry(&f->k, &f->c);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM draw_freeze"), 1);
    /* Which one a text names: only a snapshot that is one, of an office above. */
    MUST(register_named(&s, f->p.st, "140602", store_origin(f->p.st), (uint64_t)first.id,
                        &offices_err));
    assert_int_equal(s.id, first.id);
    assert_true(s.objects.no);
    MUST(register_named(&s, f->p.st, "140602", store_origin(f->p.st), (uint64_t)first.id + 1,
                        &offices_err));
    assert_string_equal(s.office, "");
    MUST(register_named(&s, f->p.st, "1406", store_origin(f->c.st), (uint64_t)city.id,
                        &offices_err));
    assert_string_equal(s.office, "");
    MUST(register_named(&s, f->p.st, "140602", "test.example/99/1", (uint64_t)first.id,
                        &offices_err));
    assert_string_equal(s.office, "");
    MUST(register_named(&s, f->p.st, "140602", store_origin(f->p.st), UINT64_MAX, &offices_err));
    assert_string_equal(s.office, "");
}

/* ---- marks by a document ---------------------------------------------------------------------------------------- */

static struct mark_grant asked(const char *const *object)
{
    return (struct mark_grant){.office = "140602",
                               .object = object,
                               .nobjects = 1,
                               .kind = "exclude",
                               .reason = 66,
                               .title = "通报",
                               .doc_no = "31",
                               .given_on = "2021-08-16",
                               .by = "李四"};
}

static void a_grant_is_refused(void **state)
{
    struct family *f = *state;
    const char *good = "E:" CODE_A, *wrong = "E:?";
    int64_t id;
    family_fresh(f);
    struct refusal {
        struct mark_grant o;
        const char *says;
    } rows[8];
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        rows[i] = (struct refusal){asked(&good), "mark.not-below"};
    rows[0].o.office = "1406"; /* itself, and not the root office */
    rows[1].o.office = "140699";
    rows[2] = (struct refusal){asked(&good), "mark.reason"};
    rows[2].o.reason = 255;
    rows[3] = (struct refusal){asked(&good), "mark.reason"};
    rows[3].o.reason = 4;
    rows[4] = (struct refusal){asked(&good), "mark.scope"};
    rows[4].o.scope = "2025";
    rows[5] = (struct refusal){asked(&good), "mark.until"};
    rows[5].o.until = "2021-08-15";
    rows[6] = (struct refusal){asked(&wrong), "mark.object"};
    rows[7].o.office = "14";
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (mark_grant(f->c.st, &rows[i].o, &id, &offices_err) == QN_OK ||
            strcmp(offices_err.id, rows[i].says) != 0)
            fail_msg("row %zu: %s", i, offices_err.id);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM mark_basis"), 0);
}

/* What is asked for stands in the next freeze once, and in none when the document is over. */
static void a_grant_makes_marks(void **state)
{
    struct family *f = *state;
    const char *good = "E:" CODE_A;
    struct freeze_made made;
    int64_t id, version;
    family_fresh(f);
    struct mark_grant twice = asked(&good), over = asked(&good);
    over.reason = 67;
    over.until = "2021-08-17";
    MUST(mark_grant(f->c.st, &twice, &id, &offices_err));
    MUST(mark_grant(f->c.st, &twice, &id, &offices_err));
    MUST(mark_grant(f->c.st, &over, &id, &offices_err));
    carry(&f->c, &f->k);
    MUST(granted_marks(&version, f->k.st, &offices_err)); /* no roster yet */
    assert_int_equal(version, 0);
    write_roster(&f->k, NULL);
    MUST(freeze_make(&made, f->k.st, &offices_err));
    assert_int_equal(made.version, 2);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM mark WHERE kind = 2"), 1);
    assert_int_equal(
        count(&f->k, "SELECT count(*) FROM mark WHERE reason_code = 66 AND active = 1"), 1);
    MUST(granted_marks(&version, f->k.st, &offices_err));
    assert_int_equal(version, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),
        cmocka_unit_test(imports),
        cmocka_unit_test(left_out),
        cmocka_unit_test(given_back),
        cmocka_unit_test(refused),
        cmocka_unit_test(named_by_freezes),
        cmocka_unit_test(a_grant_is_refused),
        cmocka_unit_test(a_grant_makes_marks),
    };
    return cmocka_run_group_tests_name("register", tests, family_setup, family_teardown);
}
