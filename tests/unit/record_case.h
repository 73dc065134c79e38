/* record_case.h - a county with inspectors, a result and a follow-up of it, for the tests of records. */
#ifndef QIAN_TESTS_RECORD_CASE_H
#define QIAN_TESTS_RECORD_CASE_H

#include "tests/unit/family.h"
#include "tests/unit/written.h"

#include "node/work/plan_import.h"
#include "node/work/record.h"
#include "node/work/roster_import.h"

#define COUNT(a)     (sizeof(a) / sizeof((a)[0]))
#define DIGEST       "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define OTHER_DIGEST "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static char result[80], follow[80];
static const char inspectors[] = "姓名,执法证号,发证机关,证件有效期至,状态,可参加抽查\n"
                                 "王芳,0001,140602,2099-12-31,在岗,是\n"
                                 "李强,0002,140602,2099-12-31,在岗,是\n"
                                 "张伟,0003,140602,2020-12-31,在岗,是\n"
                                 "王芳,0004,140602,2099-12-31,在岗,是\n"
                                 "赵敏,0005,140602,2099-12-31,退休,是\n";

static inline void put_result(struct test_office *o)
{
    struct qn_row row;
    QN_AUTO(act) struct act a = {0};
    MUST(act_open(&a, o->st, QN_KIND_RESULT, QN_LANE_RESULT, &offices_err));
    MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
    int64_t id = act_id(&a);
    row_start(&row, &a, "inspection", id, 1);
    row_text(&row, "draw_office", "140602");
    row_int(&row, "draw_id", 1);
    row_int(&row, "slot_no", 1);
    row_text(&row, "object_id", "E:911406005733856910");
    row_text(&row, "inspectors", "140602/0001 王芳;140602/0002 李强");
    row_text(&row, "started", "2021-09-06T09:00:00");
    row_text(&row, "completed", "2021-09-06T10:00:00");
    row_int(&row, "visit_id", 1);
    row_text(&row, "acted_by", "李四");
    row_text(&row, "recorded_on", "2021-09-06T10:00:00");
    MUST(act_put(&a, &row, &offices_err));
    uint8_t digest[QN_HASH];
    assert_true(qn_hex_decode(digest, sizeof(digest), qn_str(DIGEST)));
    row_start(&row, &a, "evidence", act_id(&a), 1);
    row_int(&row, "inspection_id", id);
    row_text(&row, "kind", "process");
    row_blob(&row, "digest", digest, sizeof(digest));
    row_int(&row, "size", 1);
    row_text(&row, "captured_on", "2021-09-30T10:00:00");
    row_text(&row, "acted_by", "李四");
    row_text(&row, "media", "image/jpeg");
    row_blob(&row, "tree", digest, sizeof(digest));
    MUST(act_put(&a, &row, &offices_err));
    MUST(act_commit(&a, NULL, NULL, &offices_err));
    record_name_text(result, "140602", id);
}

#define WRITE(o, kind, name, ...) \
    write_as(o, "李四", kind, name, (const char *const[]){__VA_ARGS__, NULL}, NULL)

static inline const char *with(char out[120], const char *field, const char *value)
{
    snprintf(out, 120, "%s=%s", field, value);
    return out;
}

static inline int setup(void **state)
{
    struct tables_imported n;
    char path[260], ref[120];
    struct roster_imported got;
    family_setup(state);
    struct family *f = *state;
    MUST(tables_import(f->p.st, "tests/data/disposal-codes.csv", NULL, false, &n, &offices_err));
    carry(&f->p, &f->c);
    carry(&f->c, &f->k);
    snprintf(path, sizeof(path), "%s/inspectors.csv", f->all.dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(inspectors, file);
    fclose(file);
    struct roster_import in = {.inspectors = path, .by = "李四"};
    MUST(roster_import(f->k.st, &in, &got, NULL, &offices_err));
    assert_int_equal(got.inspectors.rejected, 0);
    put_result(&f->k);
    MUST(WRITE(&f->k, "follow_up", follow, with(ref, "result", result), "disposal=D03",
               "opened_on=2021-09-07"));
    return 0;
}

static inline const char *state_of(struct test_office *o, const char *kind, const char *name)
{
    static char out[RECORD_STATE];
    char office[QN_CODE_MAX + 1];
    int64_t id;
    MUST(record_name(name, o->st, office, &id, &offices_err));
    MUST(record_state(out, o->st, record_type(kind), office, id, &offices_err));
    return out;
}

static inline enum qn_code revise(struct test_office *o, const char *kind, const char *name,
                                  const char *field, const char *value, bool withdraw)
{
    QN_AUTO(record_draft) struct record_draft d = {0};
    enum qn_code rc =
        record_revise(&d, o->st, record_type(kind), name, "李四", "更正", &offices_err);
    if (!rc && field)
        rc = record_set(&d, field, qn_str(value), &offices_err);
    d.withdrawn = withdraw;
    return rc ? rc : record_write(&d, &offices_err);
}

/* `ref` is "follow_up=NAME". */
#define ORDER \
    ref, "doc_no=朔市监责改〔2021〕1号", "matter=补齐台账", "issued_on=2021-09-07", \
        "due_on=2021-09-30"
#define RECHECK ref, "done_on=2021-09-30", "inspectors=140602/0001、李强"

#endif
