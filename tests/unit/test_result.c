/* test_result.c - results of inspections: what is refused leaves nothing, a correction leaves the first.
 * The county has its targets from a draw of its own; codes come from the province's tables.           */
#include "tests/unit/family.h"

#include <unistd.h>

#include "node/work/plan_import.h"
#include "node/work/evidence.h"
#include "node/work/result.h"
#include "node/work/roster_import.h"
#include "tests/unit/stopped.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define PAIR     "140602/JS001 王芳;140602/JS002 李强"
#define ROSTER \
    "姓名,执法证号,发证机关,证件有效期至,状态,可参加抽查\n王芳,JS001,140602,2099-12-31,在岗,是\n" \
    "李强,JS002,140602,2099-12-31,在岗,是\n张伟,JS003,140602,2099-12-31,在岗,是\n"

static char dir[200], draw[64], photo[256], note[256];
static char long_text[4100];

static void write_file(const char *path, const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

/* Objects E:1, E:2 and E:6 are its own with two inspectors, E:3 has one, E:4 none, E:5 is another office's. */
static void dispatch(struct test_office *o, const char *own)
{
    static const struct {
        const char *object, *office, *inspectors; /* office NULL: its own */
    } rows[] = {{"E:1", NULL, PAIR},
                {"E:2", NULL, PAIR ";140602/JS003 张伟"},
                {"E:3", NULL, "140602/JS001 王芳"},
                {"E:4", NULL, ""},
                {"E:5", "1406", PAIR},
                {"E:6", NULL, PAIR}};
    char id[40];
    QN_AUTO(act) struct act a = {0};
    MUST(act_open(&a, o->st, QN_KIND_DRAW, QN_LANE_DRAW, &offices_err));
    MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
    int64_t made = act_id(&a);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct qn_row row;
        row_start(&row, &a, "dispatch", act_id(&a), 1);
        row_int(&row, "draw_id", made);
        row_int(&row, "slot_no", 1);
        row_text(&row, "task", "1");
        row_int(&row, "round", 1);
        row_text(&row, "object_id", rows[i].object);
        row_text(&row, "object_name", "集贸市场");
        row_text(&row, "inspecting_office", rows[i].office ? rows[i].office : own);
        row_text(&row, "inspectors", rows[i].inspectors);
        row_text(&row, "window_to", "2021-11-30");
        MUST(act_put(&a, &row, &offices_err));
    }
    MUST(act_commit(&a, NULL, NULL, &offices_err));
    qn_row_id_text(id, made);
    snprintf(draw, sizeof(draw), "%s:%s", own, id);
}

static int setup(void **state)
{
    static const uint8_t jpeg[] = {0xff, 0xd8, 0xff, 0xe0, 0, 16, 'J', 'F', 'I', 'F'};
    struct tables_imported n;
    family_setup(state);
    struct family *f = *state;
    snprintf(dir, sizeof(dir), "%s", f->all.dir);
    snprintf(photo, sizeof(photo), "%s/photo.jpg", dir);
    snprintf(note, sizeof(note), "%s/note.jpg", dir);
    write_file(photo, jpeg, sizeof(jpeg));
    write_file(note, "no picture", 10);
    memset(long_text, 'x', sizeof(long_text) - 1);
    MUST(tables_import(f->p.st, "tests/data/result-codes.csv", NULL, false, &n, &offices_err));
    MUST(tables_import(f->p.st, "tests/data/disposal-codes.csv", NULL, false, &n, &offices_err));
    carry(&f->p, &f->c);
    carry(&f->c, &f->k);
    char roster[256];
    struct roster_imported got;
    snprintf(roster, sizeof(roster), "%s/inspectors.csv", dir);
    write_file(roster, ROSTER, sizeof(ROSTER) - 1);
    MUST(roster_import(f->k.st, &(struct roster_import){.inspectors = roster, .by = "李四"}, &got,
                       NULL, &offices_err));
    assert_int_equal(got.inspectors.rejected, 0);
    dispatch(&f->k, "140602");
    return 0;
}

static int64_t traces(struct test_office *o)
{
    return count(
        o, "SELECT (SELECT count(*) FROM inspection) + (SELECT count(*) FROM "
           "inspection_result) + (SELECT count(*) FROM evidence) + (SELECT count(*) FROM visit) + "
           "(SELECT count(*) FROM item_result) + (SELECT sum(size) FROM log)");
}

#define SAYS(office, sql) \
    count(office, \
          "SELECT count(*) FROM inspection_result r JOIN inspection i ON i.office = " \
          "r.office AND i.id = r.id AND i.rev = r.rev JOIN visit v ON v.office = i.office " \
          "AND v.id = i.visit_id JOIN item_result t ON t.office = i.office AND " \
          "t.inspection_id = i.id AND t.inspection_rev = i.rev JOIN item_finding f ON " \
          "f.office = t.office AND f.id = t.id AND f.rev = t.rev WHERE " sql)

static struct result_record clean(void)
{
    return (struct result_record){.draw = draw,
                                  .object = "E:1",
                                  .codes = "R01",
                                  .by = "李四",
                                  .started = "2021-09-06T09:00:00",
                                  .completed = "2021-09-06T10:30:00"};
}

/* ---- one result ----------------------------------------------------------------------------------- */

static void spoilt_record(void **state)
{
    struct family *f = *state;
    static const struct {
        const char *name, *draw, *object, *codes, *by, *started, *completed;
        const char *problem, *disposal, *place, *photo;
        enum qn_code code;
        const char *want;
    } rows[] = {
        {"nobody records", .by = "", .code = QN_MALFORMED, .want = "result.by"},
        {"an overlong name of who records", .by = long_text, .code = QN_MALFORMED,
         .want = "person.name"},
        {"an hour without minutes", .started = "2021-09-06 09", .code = QN_MALFORMED,
         .want = "result.time"},
        {"a date without a time", .started = "2021-09-06", .code = QN_MALFORMED,
         .want = "result.time"},
        {"a day that is none", .started = "2021-02-29T09:00:00", .code = QN_MALFORMED,
         .want = "result.time"},
        {"hour 24", .completed = "2021-09-06T24:00:00", .code = QN_MALFORMED,
         .want = "result.time"},
        {"minute 60", .completed = "2021-09-06T10:60:00", .code = QN_MALFORMED,
         .want = "result.time"},
        {"second 60", .completed = "2021-09-06T10:00:60", .code = QN_MALFORMED,
         .want = "result.time"},
        {"a sign in the hour", .completed = "2021-09-06T+9:00:00", .code = QN_MALFORMED,
         .want = "result.time"},
        {"a blank in the hour", .completed = "2021-09-06T 9:00:00", .code = QN_MALFORMED,
         .want = "result.time"},
        {"more behind the time", .completed = "2021-09-06T10:30:00Z", .code = QN_MALFORMED,
         .want = "result.time"},
        {"completed before it started", .completed = "2021-09-06T08:59:59", .code = QN_MALFORMED,
         .want = "result.time"},
        {"a draw without its office", .draw = "1-0-0", .code = QN_MALFORMED, .want = "result.name"},
        {"a draw without its number", .draw = "140602", .code = QN_MALFORMED,
         .want = "result.name"},
        {"a draw number cut", .draw = "140602:1-0", .code = QN_MALFORMED, .want = "result.name"},
        {"an office too long", .draw = "14060200000000000:1-0-0", .code = QN_MALFORMED,
         .want = "result.name"},
        {"an unknown draw", .draw = "140602:1-4000-0", .code = QN_ABSENT,
         .want = "result.no-target"},
        {"an unknown object", .object = "E:9", .code = QN_ABSENT, .want = "result.no-target"},
        {"another office's target", .object = "E:5", .code = QN_ABSENT, .want = "result.no-target"},
        {"one inspector", .object = "E:3", .code = QN_DENIED, .want = "result.inspectors"},
        {"no inspector", .object = "E:4", .code = QN_DENIED, .want = "result.inspectors"},
        {"no codes", .codes = "", .code = QN_MALFORMED, .want = "result.codes"},
        {"only a comma", .codes = ",", .code = QN_MALFORMED, .want = "result.codes"},
        {"a comma at the end", .codes = "R01,", .code = QN_MALFORMED, .want = "result.codes"},
        {"nothing between commas", .codes = "R02,,R05", .code = QN_MALFORMED,
         .want = "result.codes"},
        {"a code twice", .codes = "R05,R05", .problem = "x", .code = QN_MALFORMED,
         .want = "result.codes"},
        {"an overlong code", .codes = "R0123456789012345678901234567890123456789",
         .code = QN_MALFORMED, .want = "result.codes"},
        {"a code of no table", .codes = "R99", .code = QN_ABSENT, .want = "result.code"},
        {"a code in lower case", .codes = "r01", .code = QN_ABSENT, .want = "result.code"},
        {"a disposal for a result", .codes = "D01", .code = QN_ABSENT, .want = "result.code"},
        {"clean and more", .codes = "R01,R05", .problem = "x", .code = QN_MALFORMED,
         .want = "result.clean-and-more"},
        {"more and clean", .codes = "R05,R01", .problem = "x", .code = QN_MALFORMED,
         .want = "result.clean-and-more"},
        {"clean and nothing found there", .codes = "R01,R07", .code = QN_MALFORMED,
         .want = "result.clean-and-more"},
        {"an issue that is not described", .codes = "R05", .code = QN_MALFORMED,
         .want = "result.problem"},
        {"an issue described by nothing", .codes = "R07,R05", .problem = "", .code = QN_MALFORMED,
         .want = "result.problem"},
        {"an unknown disposal", .disposal = "D77", .code = QN_ABSENT, .want = "result.code"},
        {"an overlong problem", .codes = "R05", .problem = long_text, .code = QN_LIMIT,
         .want = "value.long"},
        {"an overlong place", .place = long_text, .code = QN_LIMIT, .want = "value.long"},
        {"a photo that is not there", .photo = "/nowhere/photo.jpg", .code = QN_ABSENT,
         .want = "file.absent"},
        {"a photo that is no picture", .photo = note, .code = QN_MALFORMED, .want = "files.media"},
        {"a photo that is a directory", .photo = dir, .code = QN_DENIED,
         .want = "file.not-regular"},
    };
    int64_t before = traces(&f->k);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct result_record o = clean();
        struct qn_err err = {0};
        int64_t id = 77;
        o.draw = rows[i].draw ? rows[i].draw : o.draw;
        o.object = rows[i].object ? rows[i].object : o.object;
        o.codes = rows[i].codes ? rows[i].codes : o.codes;
        o.by = rows[i].by ? rows[i].by : o.by;
        o.started = rows[i].started ? rows[i].started : o.started;
        o.completed = rows[i].completed ? rows[i].completed : o.completed;
        o.problem = rows[i].problem;
        o.disposal = rows[i].disposal;
        o.place = rows[i].place;
        if (rows[i].photo) { /* a good one first: it is taken back with the rest */
            o.photo[o.nphotos++] = photo;
            o.photo[o.nphotos++] = rows[i].photo;
        }
        enum qn_code rc = result_record(f->k.st, &o, &id, &err);
        if (rc != rows[i].code || strcmp(err.id, rows[i].want) != 0)
            fail_msg("%s: code %d, %s (%s)", rows[i].name, (int)rc, err.id, err.args);
        assert_int_equal(id, 77);
        if (traces(&f->k) != before)
            fail_msg("%s: something was written", rows[i].name);
    }
}

/* Codes are the province's: where its tables did not arrive, nothing can be recorded, and it says so. */
static void no_tables(void **state)
{
    struct family *f = *state;
    struct result_record o = clean();
    struct qn_err err;
    int64_t id;
    dispatch(&f->k2, "140622");
    o.draw = draw;
    int64_t before = traces(&f->k2);
    assert_int_equal(result_record(f->k2.st, &o, &id, &err), QN_ABSENT);
    assert_string_equal(err.id, "result.code");
    assert_int_equal(traces(&f->k2), before);
}

static void recorded(void **state)
{
    struct family *f = *state;
    struct result_record o = clean();
    int64_t id, second;
    struct qn_err err;
    o.codes = "R05;R02"; /* either mark parts them */
    o.problem = "标签标识不全";
    o.disposal = "D02";
    o.place = "经营场所";
    o.photo[o.nphotos++] = photo;
    o.photo[o.nphotos++] = photo; /* the same picture is kept once */
    MUST(result_record(f->k.st, &o, &id, &offices_err));
    assert_int_equal(
        SAYS(&f->k,
             "r.rev = 1 AND r.codes = 'R05,R02' AND r.result_text = "
             "'发现问题已责令改正；未按规定公示应当公示的信息' AND r.completed_on = '2021-09-06'"),
        1);
    assert_int_equal(
        SAYS(&f->k, "i.inspectors = '" PAIR "' AND f.problem = '标签标识不全' AND f.disposal = "
                    "'D02' AND v.place = '经营场所' AND i.started = '2021-09-06T09:00:00'"),
        1);
    assert_int_equal(
        count(&f->k,
              "SELECT count(*) FROM evidence WHERE inspection_id = (SELECT id FROM inspection)"),
        2);
    assert_int_equal(count(&f->k, "SELECT count(DISTINCT digest) FROM evidence"), 1);
    char cmd[700];
    snprintf(cmd, sizeof(cmd), "cmp -s '%s' '%s'/files/[0-9a-f]*/*", photo, f->k.dir);
    assert_int_equal(system(cmd), 0);
    int64_t before = traces(&f->k);
    o = clean(); /* a second result for the target */
    assert_int_equal(result_record(f->k.st, &o, &second, &err), QN_CONFLICT);
    assert_string_equal(err.id, "result.exists");
    assert_int_equal(traces(&f->k), before);
    o.object = "E:2";
    o.started = o.completed = NULL; /* now */
    MUST(result_record(f->k.st, &o, &second, &offices_err));
    assert_int_equal(
        SAYS(&f->k, "r.object_id = 'E:2' AND i.started = i.completed AND length(i.started) = 19"),
        1);
    assert_int_not_equal(id, second);
}

/* What a photo shows is said behind its path; any mark of a Chinese keyboard parts a list. */
static void kinds_and_marks(void **state)
{
    struct family *f = *state;
    static const struct {
        const char *behind, *kind;
    } rows[] = {{"", "process"},           {":gate", "gate"},
                {":document", "document"}, {":signature", "signature"},
                {":storage", "storage"},   {":label", "label"},
                {":stock", "stock"},       {":seal", "seal"}};
    char path[COUNT(rows)][300], sql[200];
    struct result_record o = clean();
    struct qn_err err;
    int64_t id;
    o.codes = "R05，R02；R03、R04";
    o.problem = "x";
    for (size_t i = 0; i < COUNT(rows); i++) {
        snprintf(path[i], sizeof(path[i]), "%s%s", photo, rows[i].behind);
        o.photo[o.nphotos++] = path[i];
    }
    MUST(result_record(f->k.st, &o, &id, &offices_err));
    assert_int_equal(SAYS(&f->k, "r.codes = 'R05,R02,R03,R04'"), 1);
    for (size_t i = 0; i < COUNT(rows); i++) {
        snprintf(sql, sizeof(sql), "SELECT count(*) FROM evidence WHERE kind = '%s'", rows[i].kind);
        assert_int_equal(count(&f->k, sql), 1);
    }
    o = clean();
    o.object = "E:2";
    snprintf(path[0], sizeof(path[0]), "%s:door", photo); /* no kind: a file of that name */
    o.photo[o.nphotos++] = path[0];
    assert_int_equal(result_record(f->k.st, &o, &id, &err), QN_ABSENT);
    assert_string_equal(err.id, "file.absent");
}

/* What is public of a result goes to the public part, the rest to the ancestors only. */
static void parts(void **state)
{
    struct family *f = *state;
    struct result_record o = clean();
    int64_t id;
    MUST(result_record(f->k.st, &o, &id, &offices_err));
    carry(&f->k, &f->c);
    assert_int_equal(SAYS(&f->c, "r.office = '140602' AND r.codes = 'R01'"), 1);
    carry(&f->c, &f->k2);
    assert_int_equal(count(&f->k2, "SELECT count(*) FROM inspection_result"), 0);
}

/* ---- corrections ---------------------------------------------------------------------------------------- */

static void spoilt_correction(void **state)
{
    struct family *f = *state;
    struct result_record made = clean();
    int64_t id, rev = 77;
    char name[64], id_text[40], others[64];
    made.place = "经营场所";
    MUST(result_record(f->k.st, &made, &id, &offices_err));
    qn_row_id_text(id_text, id);
    snprintf(name, sizeof(name), "140602:%s", id_text);
    snprintf(others, sizeof(others), "140622:%s", id_text);
    const struct {
        const char *name;
        struct result_correct o;
        enum qn_code code;
        const char *want;
    } rows[] = {
        {"no name", {"", "R01", NULL, NULL, "录入有误", .by = "王五"}, QN_MALFORMED, "result.name"},
        {"an object for a result",
         {"E:1", "R01", NULL, NULL, "x", .by = "王五"},
         QN_MALFORMED,
         "result.name"},
        {"another office's",
         {others, "R01", NULL, NULL, "x", .by = "王五"},
         QN_DENIED,
         "result.not-ours"},
        {"a result that is none",
         {"140602:1-4000-0", "R01", NULL, NULL, "x", .by = "王五"},
         QN_ABSENT,
         "result.unknown"},
        {"a draw for a result",
         {draw, "R01", NULL, NULL, "x", .by = "王五"},
         QN_ABSENT,
         "result.unknown"},
        {"no reason", {name, "R01", NULL, NULL, NULL, .by = "王五"}, QN_MALFORMED, "result.reason"},
        {"an empty reason",
         {name, "R01", NULL, NULL, "", .by = "王五"},
         QN_MALFORMED,
         "result.reason"},
        {"an overlong reason",
         {name, "R01", NULL, NULL, long_text, .by = "王五"},
         QN_LIMIT,
         "value.long"},
        {"nobody corrects", {name, "R01", NULL, NULL, "x", .by = NULL}, QN_MALFORMED, "result.by"},
        {"no codes", {name, "", NULL, NULL, "x", .by = "王五"}, QN_MALFORMED, "result.codes"},
        {"an unknown code", {name, "R98", NULL, NULL, "x", .by = "王五"}, QN_ABSENT, "result.code"},
        {"clean and more",
         {name, "R01,R08", "y", NULL, "x", .by = "王五"},
         QN_MALFORMED,
         "result.clean-and-more"},
        {"an issue that is not described",
         {name, "R08", NULL, NULL, "x", .by = "王五"},
         QN_MALFORMED,
         "result.problem"},
        {"an unknown disposal",
         {name, "R08", "y", "D00", "x", .by = "王五"},
         QN_ABSENT,
         "result.code"},
    };
    int64_t before = traces(&f->k);
    struct qn_err err = {0};
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum qn_code rc = result_correct(f->k.st, &rows[i].o, &rev, &err);
        if (rc != rows[i].code || strcmp(err.id, rows[i].want) != 0)
            fail_msg("%s: code %d, %s (%s)", rows[i].name, (int)rc, err.id, err.args);
        assert_int_equal(rev, 77);
        assert_int_equal(traces(&f->k), before);
    }
    carry(&f->k, &f->c); /* the parent sees it and cannot touch it */
    struct result_correct theirs = {name, "R01", NULL, NULL, "x", .by = "王五"};
    before = traces(&f->c);
    assert_int_equal(result_correct(f->c.st, &theirs, &rev, &err), QN_DENIED);
    assert_string_equal(err.id, "result.not-ours");
    assert_int_equal(traces(&f->c), before);
    struct result_correct good = {name,  "R08",        "计量器具超过检定周期",
                                  "D03", "经复核更正", .by = "王五"};
    MUST(result_correct(f->k.st, &good, &rev, &offices_err));
    assert_int_equal(rev, 2);
    MUST(result_correct(f->k.st, &theirs, &rev, &offices_err));
    assert_int_equal(rev, 3);
    assert_int_equal(
        SAYS(&f->k, "r.rev = 1 AND r.codes = 'R01' AND r.reason IS NULL AND i.acted_by = '李四'"),
        1);
    assert_int_equal(
        SAYS(&f->k,
             "r.rev = 2 AND r.codes = 'R08' AND r.reason = '经复核更正' AND i.acted_by = '王五' "
             "AND f.problem = '计量器具超过检定周期' AND v.place = '经营场所' AND i.started = "
             "'2021-09-06T09:00:00' AND i.inspectors = '" PAIR "'"),
        1);
    assert_int_equal(
        SAYS(&f->k, "r.rev = 3 AND r.codes = 'R01' AND f.problem IS NULL AND f.disposal IS NULL"),
        1);
    assert_int_equal(count(&f->k, "SELECT count(DISTINCT id) FROM inspection_result"), 1);
}

/* ---- a file ------------------------------------------------------------------------------------------ */

#define HEADS "抽取编号,对象编号,开始时间,完成时间,结果代码,问题描述,处置,照片,检查地点,填报人\r\n"

struct said {
    char ids[2000];
};
static void hear_id(void *ctx, const char *id, const char *args)
{
    struct said *h = ctx;
    size_t n = strlen(h->ids);
    const char *line = strcmp(id, "result.rejected") == 0 ? args : "";
    snprintf(h->ids + n, sizeof(h->ids) - n, "%s%s ", strcmp(id, "result.rejected") == 0 ? "" : id,
             line);
}

static bool from_a_browser;

static enum qn_code import(struct family *f, const char *text, struct result_imported *out,
                           struct said *h, struct qn_err *err)
{
    char path[256];
    struct qn_report report = {hear_id, h};
    snprintf(path, sizeof(path), "%s/results.csv", dir);
    write_file(path, text, strlen(text));
    *h = (struct said){{0}};
    return result_import(
        f->k.st, &(struct result_import){.path = path, .cwd = dir, .confined = from_a_browser}, out,
        &report, err);
}

/* SPEC web-90: "the rejected rows of an import go with it" */
static void a_list_that_is_given_up_gives_no_rows_back(void **state)
{
    struct family *f = *state;
    struct result_imported r;
    struct qn_err err;
    char path[256], back[256], text[1000];
    snprintf(path, sizeof(path), "%s/results.csv", dir);
    snprintf(back, sizeof(back), "%s/back.csv", dir);
    const struct result_import o = {.path = path, .cwd = dir, .rejects = back};
    snprintf(text, sizeof(text), HEADS "%s,E:1,,,R01,,,,,李四\n%s,E:9,,,R01,,,,,李四\n", draw, draw);
    write_file(path, text, strlen(text));
    int64_t before = traces(&f->k);
    assert_int_equal(result_import(f->k.st, &o, &r, &(struct qn_report){stopped_at_rejects, f->k.st}, &err),
                     QN_LATER);
    store_on_stop(f->k.st, NULL, NULL);
    assert_string_equal(err.id, "store.stopped");
    assert_int_equal(traces(&f->k), before);
    assert_int_equal(access(back, F_OK), -1);
    MUST(result_import(f->k.st, &o, &r, NULL, &offices_err));
    assert_int_equal(r.recorded, 1);
    assert_int_equal(access(back, F_OK), 0);
}

/* SPEC web-22: "names of the person's own shelf and of nothing else" */
static void photos_of_a_list_from_a_browser(void **state)
{
    static const char *const cells[] = {"/etc/passwd",
                                        "../photo.jpg",
                                        "..",
                                        ".photo.jpg",
                                        "sub/photo.jpg",
                                        "photo.jpg;/etc/passwd",
                                        "photo.jpg；../photo.jpg",
                                        "photo.jpg;;sub/../photo.jpg",
                                        "photo.jpg:gate;a/b:process"};
    struct family *f = *state;
    struct result_imported r;
    struct said h;
    char text[1000];
    int64_t before = traces(&f->k);
    from_a_browser = true;
    for (size_t i = 0; i < COUNT(cells); i++) {
        snprintf(text, sizeof(text), HEADS "%s,E:1,,,R01,,,\"%s\",,李四\n", draw, cells[i]);
        MUST(import(f, text, &r, &h, &offices_err));
        assert_string_equal(h.ids, "line=2 web.path ");
        assert_int_equal(traces(&f->k), before);
    }
    snprintf(text, sizeof(text), HEADS "%s,E:1,,,R01,,,photo.jpg:gate,,李四\n", draw);
    MUST(import(f, text, &r, &h, &offices_err));
    from_a_browser = false;
    assert_int_equal(r.photos, 1);
}

static void file_of_results(void **state)
{
    struct family *f = *state;
    struct result_imported r;
    struct said h;
    struct qn_err err;
    char text[4000];
    snprintf(
        text, sizeof(text),
        "检查结果\n" HEADS
        "%s,E:1,2021-09-06T09:00:00,2021-09-06T10:00:00,R05,标识不全,D02,photo.jpg:gate；%s,,李四\n"
        "%s,E:9,,,R01,,,,,李四\n"                   /* no target */
        "%s,E:2,,,R01,,,photo.jpg;note.jpg,,李四\n" /* the second is no picture */
        "%s,E:2,,,R01,,,,,\n"                       /* nobody records */
        "\"x\"y\n"                                  /* quotes */
        "%s,E:1,,,R01,,,,,李四\n"                   /* twice in the file */
        "%s,E:2,,,R01,,,,,李四\n",
        draw, photo, draw, draw, draw, draw, draw);
    MUST(import(f, text, &r, &h, &offices_err));
    assert_int_equal(r.recorded, 2);
    assert_int_equal(r.with_issue, 1);
    assert_int_equal(r.photos, 2);
    assert_int_equal(r.rejected, 5);
    assert_string_equal(
        h.ids, "line=4 result.no-target line=5 files.media line=6 result.by line=7 csv.quotes "
               "line=8 result.exists ");
    assert_int_equal(SAYS(&f->k, "r.object_id IN ('E:1', 'E:2')"), 2);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM evidence"),
                     2); /* those of the refused row are gone */
    int64_t before = traces(&f->k);
    MUST(import(f, text, &r, &h, &offices_err)); /* again: all have a result */
    assert_int_equal(r.recorded, 0);
    assert_int_equal(r.rejected, 7);
    assert_int_equal(traces(&f->k), before);
    assert_int_equal(import(f, "抽取编号,对象编号\n", &r, &h, &err), QN_MALFORMED);
    assert_string_equal(err.id, "sheet.no-heading");
    MUST(import(f, HEADS, &r, &h, &offices_err));
    assert_int_equal(r.recorded + r.rejected, 0);
    assert_int_equal(traces(&f->k), before);
    char many[4000];
    size_t n = (size_t)snprintf(many, sizeof(many), HEADS "%s,E:6,,,R01,,,", draw);
    for (int i = 0; i < RESULT_PHOTOS + 1; i++)
        n += (size_t)snprintf(many + n, sizeof(many) - n, "photo.jpg;");
    snprintf(many + n, sizeof(many) - n, ",,李四\n");
    MUST(import(f, many, &r, &h, &offices_err));
    assert_string_equal(h.ids, "line=2 result.photos ");
    assert_int_equal(traces(&f->k), before);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, family_teardown)

/* ---- photos added later ------------------------------------------------------------------------------------------- */

static void photos_added(void **state)
{
    struct family *f = *state;
    char result[80], id[40], pdf[256], empty[256], bomb[256];
    struct qn_err err;
    int64_t made;
    struct result_record o = clean();
    MUST(result_record(f->k.st, &o, &made, &offices_err));
    qn_row_id_text(id, made);
    snprintf(result, sizeof(result), "140602:%s", id);
    snprintf(pdf, sizeof(pdf), "%s/scan.pdf", dir);
    snprintf(empty, sizeof(empty), "%s/empty.jpg", dir);
    snprintf(bomb, sizeof(bomb), "%s/bomb.png", dir);
    write_file(pdf, "%PDF-1.7 scan", 13);
    write_file(empty, "", 0);
    /* A picture of 60,000 by 60,000 points in 33 bytes: here it is 33 bytes. */
    write_file(bomb, "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xea\x60\0\0\xea\x60\x08\x06\0\0\0----", 33);
    const struct {
        const char *result, *by, *photo, *want;
        enum qn_code code;
    } rows[] = {{result, "李四", note, "files.media", QN_MALFORMED},
                {result, "李四", empty, "files.empty", QN_MALFORMED},
                {result, "李四", "/no/such/photo.jpg", "file.absent", QN_ABSENT},
                {result, "李四", dir, "file.not-regular", QN_DENIED},
                {result, "", photo, "result.by", QN_MALFORMED},
                {"140602:1-99-0", "李四", photo, "result.unknown", QN_ABSENT},
                {"140622:1-1-0", "李四", photo, "result.not-ours", QN_DENIED},
                {"140602", "李四", photo, "result.name", QN_MALFORMED}};
    int64_t before = traces(&f->k);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct evidence_put p = {.by = rows[i].by, .photo = &rows[i].photo, .n = 1};
        assert_int_equal(evidence_add(f->k.st, rows[i].result, &p, &err), rows[i].code);
        assert_string_equal(err.id, rows[i].want);
        assert_int_equal(traces(&f->k), before);
    }
    const char *good[] = {photo, pdf, bomb};
    struct evidence_put p = {.by = "李四", .photo = good, .n = 3};
    MUST(evidence_add(f->k.st, result, &p, &offices_err));
    assert_int_equal(count(&f->k, "SELECT count(*) FROM evidence WHERE media = 'application/pdf'"),
                     1);
    assert_int_equal(
        count(&f->k, "SELECT count(*) FROM evidence WHERE media = 'image/png' AND size = 33"), 1);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM file WHERE state = 2 AND above = 0"), 3);
    /* The city has the rows at once and the files later. */
    carry(&f->k, &f->c);
    MUST(files_look(f->c.st, &offices_err));
    assert_int_equal(count(&f->c, "SELECT count(*) FROM evidence"), 3);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM file WHERE state = 0"), 3);
    struct evidence_verified v;
    MUST(evidence_verify(f->k.st, &v, NULL, &offices_err));
    assert_int_equal(v.sound, 3);
    MUST(evidence_verify(f->c.st, &v, NULL, &offices_err));
    assert_int_equal(v.missing, 3);
}

/* While roles are in force: the inspectors of a target, or a clerk. */
static void own_targets(void **state)
{
    struct family *f = *state;
    struct store *st = f->k.st;
    static const struct person staff[] = {
        {.name = "管理", .roles = ROLE_ADMIN, .since = "2021-01-01"},
        {.name = "王芳", .roles = ROLE_INSPECTOR, .since = "2021-01-01"},
        {.name = "小李", .roles = ROLE_INSPECTOR, .insp_id = "140602/JS002", .since = "2021-01-01"},
        {.name = "张伟", .roles = ROLE_INSPECTOR, .since = "2021-01-01"},
        {.name = "李强", .roles = ROLE_INSPECTOR, .insp_id = "140602/JS003", .since = "2021-01-01"},
        {.name = "内勤", .roles = ROLE_CLERK, .since = "2021-01-01"},
        {.name = "负责", .roles = ROLE_HEAD, .since = "2021-01-01"}};
    static const struct {
        const char *by, *want;
    } rows[] = {{"张伟", "result.not-yours"}, /* of E:2 alone */
                {"李强", "result.not-yours"}, /* called as one of them, and is another */
                {"负责", "person.role"},
                {"外人", "person.unknown"}};
    struct result_record o = clean();
    struct qn_err err;
    int64_t made, rev;
    char result[80], id[40];
    for (size_t i = 0; i < COUNT(staff); i++) {
        person_enter(st, "管理");
        MUST(person_set(st, &staff[i], &offices_err));
    }
    person_enter(st, NULL);
    int64_t before = traces(&f->k);
    for (size_t i = 0; i < COUNT(rows); i++) {
        o.by = rows[i].by;
        assert_int_equal(result_record(st, &o, &made, &err), QN_DENIED);
        assert_string_equal(err.id, rows[i].want);
        assert_int_equal(traces(&f->k), before);
    }
    assert_int_equal(count(&f->k, "SELECT count(*) FROM trail WHERE rule = 'result.not-yours'"), 2);
    o.by = "小李";
    MUST(result_record(st, &o, &made, &offices_err));
    qn_row_id_text(id, made);
    snprintf(result, sizeof(result), "140602:%s", id);
    struct result_correct c = {.result = result, .codes = "R01", .reason = "重录"};
    before = traces(&f->k);
    for (size_t i = 0; i < COUNT(rows); i++) {
        c.by = rows[i].by;
        assert_int_equal(result_correct(st, &c, &rev, &err), QN_DENIED);
        assert_string_equal(err.id, rows[i].want);
        assert_int_equal(traces(&f->k), before);
    }
    static const char *const may[] = {"王芳", "内勤"};
    for (size_t i = 0; i < COUNT(may); i++) {
        c.by = may[i];
        MUST(result_correct(st, &c, &rev, &offices_err));
    }
    o.object = "E:2";
    o.by = "内勤";
    MUST(result_record(st, &o, &made, &offices_err));
    assert_int_equal(count(&f->k, "SELECT count(*) FROM inspection WHERE acted_by = '内勤' AND "
                                  "rev = 1 AND inspectors LIKE '%张伟'"),
                     1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(spoilt_record),     T(kinds_and_marks), T(no_tables),    T(recorded),    T(parts),
        T(spoilt_correction), T(file_of_results), T(photos_of_a_list_from_a_browser), T(photos_added), T(own_targets),
        T(a_list_that_is_given_up_gives_no_rows_back),
    };
    return cmocka_run_group_tests_name("result", tests, NULL, NULL);
}
