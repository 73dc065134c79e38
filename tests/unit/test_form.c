/* test_form.c - the printed forms: every template leads where it says; what is printed is escaped and whole; the digest
 * finds what was changed. SPEC: protocol/spec/forms.md */
#include "tests/unit/sampling_case.h"

#include "node/form/form.h"
#include "node/form/step.h"

/* ---- templates, by kinds and columns alone -------------------------------------------------------------------------- */

static bool readable(const struct qn_registry *reg, const char *kind, bool public_only)
{
    const struct qn_table *table[RECORD_TABLES];
    unsigned n = form_tables(table, reg, kind);
    for (unsigned i = 0; i < n; i++)
        if (table[i]->audience == QN_RESTRICTED || (public_only && table[i]->audience != QN_PUBLIC))
            return false;
    return n > 0;
}

/* Follows a path of steps; `to` is where it ends. */
static bool leads(char to[32], const char *from, struct qn_span path, bool public_only)
{
    const struct qn_registry *reg;
    MUST(qn_registry_get(&reg, QN_REGISTRY_CURRENT, &offices_err));
    snprintf(to, 32, "%s", from);
    while (path.n) {
        struct form_step s;
        if (form_step(&s, &path, &offices_err) || form_step_resolve(&s, reg, to, &offices_err) ||
            !readable(reg, s.to, public_only))
            return false;
        snprintf(to, 32, "%s", s.to);
    }
    return true;
}

static bool is_value(const char *from, struct qn_span path, bool public_only)
{
    static const char *const own[] = {"#", "@maker", "@number", "@date", "@self"};
    const struct qn_registry *reg;
    struct qn_span one;
    MUST(qn_registry_get(&reg, QN_REGISTRY_CURRENT, &offices_err));
    for (size_t i = 0; i < COUNT(own); i++)
        if (qn_span_is(path, own[i]))
            return true;
    while (form_piece(&path, ';', &one)) {
        char to[32], column[32];
        size_t n = one.n;
        while (n && one.p[n - 1] != '/')
            n--;
        struct qn_span names = {one.p + n, one.n - n}, name;
        if (!leads(to, from, (struct qn_span){one.p, n ? n - 1 : 0}, public_only))
            return false;
        while (form_piece(&names, ',', &name))
            if (!qn_text_copy(column, sizeof(column), name) ||
                (!form_table_with(reg, to, column, "") && !form_table_with(reg, to, column, "_id")))
                return false;
    }
    return true;
}

static void values_lead(const struct form_template *t, const char *from, struct qn_span text)
{
    struct form_bit b;
    while (form_bit(&text, &b))
        if (b.path.p && !is_value(from, b.path, t->is_public))
            fail_msg("%s: {%.*s} of %s", t->code, (int)b.path.n, (const char *)b.path.p, from);
}

static void every_template_leads_where_it_says(void **state)
{
    (void)state;
    const char *code;
    unsigned n = 0;
    for (; (code = form_code_at(n)); n++) {
        static struct form_template t;
        char of[32] = "", empty_of[32] = "";
        if (strcmp(code, FORM_DRAW) == 0)
            continue;
        MUST(form_template_get(&t, code, &offices_err));
        assert_string_equal(t.code, code);
        assert_true(t.title.n && t.nparts);
        assert_true(leads(of, t.of, (struct qn_span){NULL, 0}, t.is_public));
        values_lead(&t, t.of, t.number);
        values_lead(&t, t.of, t.date);
        values_lead(&t, t.of, t.maker);
        for (unsigned i = 0; i < t.nparts; i++) {
            struct qn_span rest = t.part[i].text, piece;
            if (t.part[i].kind == PART_ROWS) {
                while (form_piece(&rest, '+', &piece))
                    if (qn_span_is(piece, "@results"))
                        snprintf(of, sizeof(of), "inspection");
                    else if (!leads(of, t.of, piece, t.is_public))
                        fail_msg("%s: rows %.*s", code, (int)piece.n, (const char *)piece.p);
                empty_of[0] = 0;
                for (unsigned k = i + 1; k < t.nparts && t.part[k].kind != PART_ROWS; k++) {
                    rest = t.part[k].text;
                    if (t.part[k].kind == PART_EMPTY && form_piece(&rest, ' ', &piece) && rest.n) {
                        char kind[32];
                        assert_true(qn_text_copy(kind, sizeof(kind), piece));
                        assert_true(leads(empty_of, kind, rest, t.is_public));
                    }
                }
            } else if (t.part[i].kind == PART_ORDER) {
                assert_true(form_piece(&rest, '|', &piece));
                values_lead(&t, of, piece);
                if (form_piece(&rest, '|', &piece))
                    values_lead(&t, empty_of, piece);
            } else if (t.part[i].kind == PART_COL) {
                assert_true(t.part[i].n > 0 && form_piece(&rest, '|', &piece) && piece.n);
                assert_true(form_piece(&rest, '|', &piece));
                values_lead(&t, of, piece);
                if (form_piece(&rest, '|', &piece))
                    values_lead(&t, empty_of, piece);
            } else if (t.part[i].kind != PART_EMPTY && t.part[i].kind != PART_SIGN) {
                values_lead(&t, t.of, rest);
            }
        }
    }
    assert_int_equal(n, 24);
}

static void a_template_that_cannot_be_read_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "form F90 x\nof sample\n", /* no version */
        "form F90/0 x\nof sample\n",
        "form F90/1\nof sample\n", /* no title */
        "form F90/1 x\n",          /* of nothing */
        "form F90/1 x\nof sample\nmay king\n",
        "form F90/1 x\nof sample\npicture y\n",
        "form F90/1 x\nof sample\nlines {note}\n", /* how many? */
        "form F90/1 x\nof sample\n|x y | {note}\n",
    };
    static struct form_template t;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        print_message("%s\n", wrong[i]);
        assert_int_equal(form_template_read(&t, qn_str(wrong[i]), &offices_err), QN_MALFORMED);
        assert_string_equal(offices_err.id, "form.line");
    }
    MUST(form_template_read(
        &t, qn_str("# why\nform F90/2 x\nof sample\n|3 a | {note} | b | {lab}\n"), &offices_err));
    assert_int_equal(t.version, 2);
    assert_int_equal(t.part[0].n, 3);
    assert_int_equal(form_template_get(&t, "F99", &offices_err), QN_ABSENT);
}

/* ---- pages ------------------------------------------------------------------------------------------------------------- */

struct printed {
    struct qn_buf page;
    struct form_proof p;
};

static enum qn_code print_to(struct printed *out, struct test_office *o, const char *code,
                             const char *reference, const char *by)
{
    const struct form_order order = {.code = code, .reference = reference, .by = by};
    qn_buf_release(&out->page);
    qn_buf_init(&out->page, FORM_PAGE_MAX);
    enum qn_code rc = form_print(&out->page, &out->p, o->st, &order, &offices_err);
    if (!rc)
        qn_put(&out->page, "", 1);
    if (!rc)
        out->page.n--;
    return rc;
}

static const char *text_of(const struct printed *p)
{
    return (const char *)p->page.p;
}

static struct form_checked checked(struct test_office *o, struct qn_span text)
{
    struct form_checked got;
    struct form_proof p;
    QN_AUTO(qn_buf) struct qn_buf page = {0};
    qn_buf_init(&page, FORM_PAGE_MAX);
    MUST(form_check(&got, &page, &p, o->st, text, &offices_err));
    return got;
}

#define LONG_NAME \
    "很长的单位名称很长的单位名称很长的单位名称很长的单位名称很长的单位名称很长的单位名称"

static void what_is_printed_is_escaped_and_whole(void **state)
{
    struct family *f = *state;
    struct printed p = {.page = {0}};
    MUST(SHEET(&f->c, NULL, "sheet_no=DT1", "party=<script>x</script>\"'&甲",
               "producer=" LONG_NAME LONG_NAME));
    MUST(print_to(&p, &f->c, "F08", "DT1", "李四"));
    assert_null(strstr(text_of(&p), "<script"));
    assert_non_null(strstr(text_of(&p), "&lt;script&gt;x&lt;/script&gt;&quot;&#39;&amp;甲"));
    assert_non_null(strstr(text_of(&p), LONG_NAME LONG_NAME));
    assert_non_null(strstr(text_of(&p), "2025年9月10日")); /* a day in words */
    assert_non_null(strstr(text_of(&p), "已抽样"));        /* a word in words */
    assert_non_null(strstr(text_of(&p), "赵一、钱二"));    /* names without numbers */
    assert_non_null(strstr(text_of(&p), "律达检测"));      /* a reference by its name */
    assert_non_null(strstr(text_of(&p), "size: A4;"));
    /* Its head says when it was made, at one o'clock with a T01 of its own. */
    assert_non_null(strstr(text_of(&p), "<title>"));
    assert_null(strstr(strstr(text_of(&p), "<title>"), "T01"));
    /* Nothing is loaded. */
    assert_null(strstr(text_of(&p), "src="));
    assert_null(strstr(text_of(&p), "href="));
    assert_null(strstr(text_of(&p), "import"));
    qn_buf_release(&p.page);
}

static void an_empty_form_has_room_to_write(void **state)
{
    struct family *f = *state;
    const char *code;
    for (unsigned i = 0; (code = form_code_at(i)); i++) {
        const struct form_order o = {.code = code, .blank = true};
        struct form_proof p;
        QN_AUTO(qn_buf) struct qn_buf page = {0};
        qn_buf_init(&page, FORM_PAGE_MAX);
        if (strcmp(code, FORM_DRAW) == 0)
            continue;
        MUST(form_print(&page, &p, f->c.st, &o, &offices_err));
        qn_put(&page, "", 1);
        assert_non_null(strstr((char *)page.p, "空白表"));
        assert_non_null(strstr((char *)page.p, "class=\"blank\""));
        assert_null(strstr((char *)page.p, "digest"));
        if (strcmp(code, "F08") == 0) /* what may be ticked */
            assert_non_null(
                strstr((char *)page.p, "<span>□生产领域</span> <span>□流通领域</span>"));
        page.n--;
        assert_true(checked(&f->c, qn_buf_span(&page)).agrees);
    }
}

static void three_hundred_lines_are_all_there(void **state)
{
    struct family *f = *state;
    struct printed p = {.page = {0}};
    char last[80];
    MUST(WRITE(&f->c, "item_list", NULL, "title=大清单", "version=1"));
    { /* in one act, as an import does */
        const struct record_type *t = record_type("item");
        QN_AUTO(tx) struct tx tx = {0};
        QN_AUTO(act) struct act a = {0};
        MUST(tx_begin(&tx, f->c.st, &offices_err));
        MUST(record_act(&a, f->c.st, t, "李四", &offices_err));
        for (int i = 1; i <= 300; i++) {
            QN_AUTO(record_draft) struct record_draft d = {0};
            char no[16], name[40];
            snprintf(no, sizeof(no), "%d", i);
            snprintf(name, sizeof(name), "事项%d", i);
            MUST(record_start(&d, f->c.st, t, "李四", &offices_err));
            MUST(record_set(&d, "list", qn_str("大清单"), &offices_err));
            MUST(record_set(&d, "no", qn_str(no), &offices_err));
            MUST(record_set(&d, "name", qn_str(name), &offices_err));
            MUST(record_put(&d, &a, &offices_err));
        }
        MUST(record_commit(&a, t, &offices_err));
        MUST(tx_commit(&tx, &offices_err));
    }
    MUST(print_to(&p, &f->c, "F01", "大清单", NULL)); /* public: nobody need be named */
    const char *at = text_of(&p);
    for (int i = 1; i <= 300; i++) {
        snprintf(last, sizeof(last), "<td>事项%d</td>", i);
        at = strstr(at, last);
        assert_non_null(at);
    }
    assert_true(checked(&f->c, qn_buf_span(&p.page)).agrees);
    qn_buf_release(&p.page);
}

/* Ten stands behind nine, and whatever was written first stays first among those with one number. */
static void lines_stand_in_their_order(void **state)
{
    struct family *f = *state;
    struct printed p = {.page = {0}};
    char list[80];
    MUST(WRITE(&f->c, "checklist", list, "title=检查表", "version=1"));
    static const char *const no[] = {"no=10", "no=2", "no=1.2", "no=1.10", "no=9"};
    for (size_t i = 0; i < COUNT(no); i++) {
        char text[40];
        snprintf(text, sizeof(text), "text=第%s条", no[i] + 3);
        MUST(WRITE(&f->c, "check_point", NULL, "checklist=检查表", no[i], text,
                   "answer_kind=yes_no", "evidence=none"));
    }
    const struct form_order o = {.code = "F03", .reference = "检查表", .blank = true};
    qn_buf_init(&p.page, FORM_PAGE_MAX);
    MUST(form_print(&p.page, &p.p, f->c.st, &o, &offices_err));
    qn_put(&p.page, "", 1);
    const char *at = text_of(&p);
    static const char *const want[] = {"第1.2条", "第1.10条", "第2条", "第9条", "第10条"};
    for (size_t i = 0; i < COUNT(want); i++) {
        at = strstr(at, want[i]);
        assert_non_null(at);
    }
    assert_non_null(strstr(text_of(&p), "<span>□不符合</span>")); /* to be ticked by hand */
    qn_buf_release(&p.page);
}

/* ---- the digest --------------------------------------------------------------------------------------------------------- */

static void a_changed_digit_is_found(void **state)
{
    struct family *f = *state;
    struct printed p = {.page = {0}};
    char sample[80], other[8192];
    MUST(SHEET(&f->c, sample, "sheet_no=DT1"));
    MUST(print_to(&p, &f->c, "F08", sample, "李四"));
    struct form_checked got = checked(&f->c, qn_buf_span(&p.page));
    assert_true(got.agrees && got.current);
    /* The code alone. */
    QN_AUTO(qn_buf) struct qn_buf code = {0};
    qn_buf_init(&code, 4096);
    form_proof_put(&code, &p.p);
    got = checked(&f->c, qn_buf_span(&code));
    assert_true(got.agrees && got.current);
    code.p[code.n - 2] = code.p[code.n - 2] == '0' ? '1' : '0';
    assert_false(checked(&f->c, qn_buf_span(&code)).agrees);
    /* A digit of the print. */
    char *price = strstr((char *)p.page.p, "7.10元");
    assert_non_null(price);
    *price = '1';
    got = checked(&f->c, qn_buf_span(&p.page));
    assert_false(got.agrees);
    snprintf(other, sizeof(other), "%s", got.differs);
    assert_non_null(strstr(other, "1.10元"));
    qn_buf_release(&p.page);
}

static void what_was_revised_is_told(void **state)
{
    struct family *f = *state;
    struct printed p = {.page = {0}}, again = {.page = {0}};
    char sample[80];
    MUST(SHEET(&f->c, sample, "sheet_no=DT1"));
    MUST(print_to(&p, &f->c, "F08", "DT1", "李四"));
    MUST(case_revise(&f->c, "sample", sample, "price", "8.20元/L"));
    struct form_checked got = checked(&f->c, qn_buf_span(&p.page));
    assert_true(got.agrees);
    assert_false(got.current);
    MUST(print_to(&again, &f->c, "F08", "DT1", "李四"));
    assert_non_null(strstr(text_of(&again), "8.20元"));
    assert_memory_not_equal(p.p.digest, again.p.digest, QN_HASH);
    assert_true(checked(&f->c, qn_buf_span(&again.page)).current);
    /* A record of another kind that the form does not read changes nothing. */
    MUST(WRITE(&f->c, "lab", NULL, "name=另一机构"));
    got = checked(&f->c, qn_buf_span(&again.page));
    assert_true(got.agrees && got.current);
    /* Of what is withdrawn the page says so. */
    MUST(case_revise(&f->c, "sample", sample, NULL, NULL));
    MUST(print_to(&again, &f->c, "F08", sample, "李四"));
    assert_non_null(strstr(text_of(&again), "本文书无效"));
    assert_null(strstr(text_of(&p), "本文书无效"));
    qn_buf_release(&p.page);
    qn_buf_release(&again.page);
}

static void what_is_no_proof_is_refused(void **state)
{
    struct family *f = *state;
    static const char *const wrong[] = {
        "",
        "<html></html>",
        "qian-form/2\nform F08/1 1406:1-1-0\nblank\nmade 2025-09-10T09:00:00 1406\n",
        "qian-form/1\nform F08 1406:1-1-0\nblank\nmade 2025-09-10T09:00:00 1406\n",
        "qian-form/1\nform F08/1 1406:1-1-0\nat 1\nmade 2025-09-10T09:00:00 1406\ndigest 00\n",
        "qian-form/1\nform F08/1 1406:1-1-0\nat 1-4\nmade 2025-09-10 1406\ndigest 00\n",
        "qian-form/1\nform F08/1 1406:1-1-0\nat 1-4\nmade 2025-09-10T09:00:00 1406\ndigest 00ff\n",
        "qian-form/1\nform F08/1 1406:1-1-0\nat 1-4\nmade 2025-09-10T09:00:00 1406\n",
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct form_checked got;
        struct form_proof p;
        QN_AUTO(qn_buf) struct qn_buf page = {0};
        qn_buf_init(&page, FORM_PAGE_MAX);
        print_message("%s\n", wrong[i]);
        assert_int_equal(form_check(&got, &page, &p, f->c.st, qn_str(wrong[i]), &offices_err),
                         QN_MALFORMED);
        assert_string_equal(offices_err.id, "form.no-proof");
    }
}

/* ---- who, and of what ---------------------------------------------------------------------------------------------------- */

static void who_may_not_read_may_not_print(void **state)
{
    struct family *f = *state;
    struct printed p = {.page = {0}};
    MUST(SHEET(&f->c, NULL, "sheet_no=DT1"));
    assert_int_equal(print_to(&p, &f->c, "F08", "DT1", NULL), QN_MALFORMED);
    assert_string_equal(offices_err.id, "form.needs-by");
    const struct person admin = {.name = "管理", .roles = ROLE_ADMIN, .since = "2021-01-01"},
                        sampler = {.name = "抽样", .roles = ROLE_SAMPLER, .since = "2021-01-01"},
                        auditor = {.name = "督查", .roles = ROLE_AUDITOR, .since = "2021-01-01"};
    MUST(person_set(f->c.st, &admin, &offices_err));
    person_enter(f->c.st, "管理");
    MUST(person_set(f->c.st, &sampler, &offices_err));
    MUST(person_set(f->c.st, &auditor, &offices_err));
    person_enter(f->c.st, NULL);
    assert_int_equal(print_to(&p, &f->c, "F08", "DT1", "管理"), QN_DENIED);
    assert_string_equal(offices_err.id, "person.role");
    assert_int_equal(print_to(&p, &f->c, "F08", "DT1", "某人"), QN_DENIED);
    MUST(print_to(&p, &f->c, "F08", "DT1", "抽样"));
    MUST(print_to(&p, &f->c, "F08", "DT1", "督查"));
    MUST(print_to(&p, &f->c, "F21", "同市监发〔2025〕56号", NULL));
    qn_buf_release(&p.page);
}

static void what_is_not_there_is_not_printed(void **state)
{
    struct family *f = *state;
    struct printed p = {.page = {0}};
    static const struct {
        const char *code, *reference, *id;
    } cases[] = {
        {"F08", "DT9", "form.no-record"},     {"F08", "1406:1-900-0", "form.no-record"},
        {"F13", "DT1", "form.no-record"}, /* a sheet without a report */
        {"F08", NULL, "form.needs-for"},      {"F99", "DT1", "form.unknown"},
        {"F02", "1406/2027", "form.no-plan"},
    };
    MUST(SHEET(&f->c, NULL, "sheet_no=DT1"));
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_not_equal(print_to(&p, &f->c, cases[i].code, cases[i].reference, "李四"), QN_OK);
        assert_string_equal(offices_err.id, cases[i].id);
    }
    const struct form_order o = {.code = "F08", .reference = "DT1", .blank = true};
    assert_int_equal(form_print(&p.page, &p.p, f->c.st, &o, &offices_err), QN_DENIED);
    assert_string_equal(offices_err.id, "form.blank-for");
    qn_buf_release(&p.page);
}

#define T(name) cmocka_unit_test_setup_teardown(name, sampling_setup, family_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_template_leads_where_it_says),
        cmocka_unit_test(a_template_that_cannot_be_read_is_refused),
        T(what_is_printed_is_escaped_and_whole),
        T(an_empty_form_has_room_to_write),
        T(three_hundred_lines_are_all_there),
        T(lines_stand_in_their_order),
        T(a_changed_digit_is_found),
        T(what_was_revised_is_told),
        T(what_is_no_proof_is_refused),
        T(who_may_not_read_may_not_print),
        T(what_is_not_there_is_not_printed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
