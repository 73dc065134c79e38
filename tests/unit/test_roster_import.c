/* test_roster_import.c - spreadsheets to a closed roster version: each rule broken alone, revisions, limits,
 * and that an import is written whole or not at all.                                                       */
#include "tests/unit/family.h"

#include "node/store/roster.h"
#include "node/work/roster_import.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TAGS     "tests/data/tags.csv"
#define OBJECTS \
    "对象编号,对象类别,名称,统一社会信用代码,注册号,责任主体,地址,检查机关,所属监管所,行业,标签," \
    "登记状态," \
    "信用风险分类,风险评定日期,投诉次数,本年已查次数,上次检查日期\n"
#define INSPECTORS \
    "姓名,执法证号,发证机关,证件有效期至,专业标签,状态,所属监管所,可参加抽查,已承担次数\n"
#define RECUSALS "执法证号,发证机关,对象编号,原因\n"
#define GOOD \
    "E:91140602MA0KX0A76X,企业,甲公司,91140602MA0KX0A76X,,,北街1号,140602,14060201,F5211," \
    "集贸市场；加油站,存续,B," \
    "2021-06-30,2,1,2021-03-01\n"
#define ZHANG "张三,1406020001,140602,2026-12-31,综合执法；计量,在岗,14060201,是,3\n"
#define LI    "李四,1406020002,140602,,综合执法,在岗,,是,\n"

static char *text_file(struct family *f, const char *name, const char *text)
{
    static char path[4][256];
    static unsigned next;
    char *p = path[next++ % COUNT(path)];
    snprintf(p, sizeof(path[0]), "%.100s/%s", f->all.dir, name);
    FILE *out = fopen(p, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, strlen(text), out), strlen(text));
    assert_int_equal(fclose(out), 0);
    return p;
}

struct came {
    struct roster_imported r;
    enum qn_code rc;
    struct qn_err err;
    struct heard heard;
};

static struct came import(struct family *f, struct test_office *o, const char *objects,
                          const char *inspectors, const char *recusals, struct roster_import more)
{
    struct came c = {.r = {.version = -1}};
    struct qn_report report = {hear, &c.heard};
    if (objects)
        more.objects = text_file(f, "objects.csv", objects);
    if (inspectors)
        more.inspectors = text_file(f, "inspectors.csv", inspectors);
    if (recusals)
        more.recusals = text_file(f, "recusals.csv", recusals);
    more.tags = more.tags ? more.tags : TAGS;
    more.by = more.by ? more.by : "王五";
    c.rc = roster_import(o->st, &more, &c.r, &report, &c.err);
    return c;
}

static struct came import_good(struct family *f, const char *objects, const char *inspectors,
                               const char *recusals)
{
    struct came c =
        import(f, &f->k, objects, inspectors, recusals, (struct roster_import){.by = "王五"});
    if (c.rc)
        fail_msg("%s %s", c.err.id, c.err.args);
    return c;
}

static int64_t entries(struct test_office *o)
{
    return count(o, "SELECT max(size) FROM log");
}

static void assert_text(struct test_office *o, const char *sql, const char *want)
{
    char path[512];
    sqlite3 *db;
    sqlite3_stmt *q;
    snprintf(path, sizeof(path), "%s/qian.db", o->dir);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    const char *got = (const char *)sqlite3_column_text(q, 0);
    assert_string_equal(got ? got : "(null)", want);
    sqlite3_finalize(q);
    sqlite3_close(db);
}

/* ---- each rule alone ------------------------------------------------------------------------------------------ */

struct row {
    const char *name, *heads, *line;
    const char *id; /* of the refusal */
};
#define OB(name, line, id) \
    { \
        name, OBJECTS, line, id \
    }
#define IN(name, line, id) \
    { \
        name, INSPECTORS, line, id \
    }
#define RE(name, line, id) \
    { \
        name, RECUSALS, line, id \
    }
static struct row rows[] = {
    OB("no name", ",企业,,91140602MA0KX0A76X,,,,140602,,,,存续,,,,,\n", "roster.name"),
    OB("unknown kind", ",公司,甲,91140602MA0KX0A76X,,,,140602,,,,存续,,,,,\n", "roster.kind"),
    OB("no kind", ",,甲,91140602MA0KX0A76X,,,,140602,,,,存续,,,,,\n", "roster.kind"),
    OB("unknown status", ",企业,甲,91140602MA0KX0A76X,,,,140602,,,,在业,,,,,\n", "roster.status"),
    OB("no status", ",企业,甲,91140602MA0KX0A76X,,,,140602,,,,,,,,,\n", "roster.status"),
    OB("class E", ",企业,甲,91140602MA0KX0A76X,,,,140602,,,,存续,E,,,,\n", "roster.class"),
    OB("class of two letters", ",企业,甲,91140602MA0KX0A76X,,,,140602,,,,存续,AB,,,,\n",
       "roster.class"),
    OB("class in lower case", ",企业,甲,91140602MA0KX0A76X,,,,140602,,,,存续,a,,,,\n",
       "roster.class"),
    OB("no inspecting office", ",企业,甲,91140602MA0KX0A76X,,,,,,,,存续,,,,,\n", "roster.office"),
    OB("inspecting office of another county",
       ",企业,甲,91140602MA0KX0A76X,,,,140622,,,,存续,,,,,\n", "roster.office"),
    OB("inspecting office above", ",企业,甲,91140602MA0KX0A76X,,,,1406,,,,存续,,,,,\n",
       "roster.office"),
    OB("inspecting office by name", ",企业,甲,91140602MA0KX0A76X,,,,朔城区局,,,,存续,,,,,\n",
       "roster.office"),
    OB("unknown tag", ",企业,甲,91140602MA0KX0A76X,,,,140602,,,集贸市场；网吧,存续,,,,,\n",
       "roster.tag-line"),
    OB("tag of inspectors", ",企业,甲,91140602MA0KX0A76X,,,,140602,,,计量,存续,,,,,\n",
       "roster.tag-line"),
    OB("class date", ",企业,甲,91140602MA0KX0A76X,,,,140602,,,,存续,A,2021-02-30,,,\n",
       "roster.date"),
    OB("last check date", ",企业,甲,91140602MA0KX0A76X,,,,140602,,,,存续,,,,,2021/3/1\n",
       "roster.date"),
    OB("complaints in words", ",企业,甲,91140602MA0KX0A76X,,,,140602,,,,存续,,,两次,,\n",
       "roster.number"),
    OB("complaints negative", ",企业,甲,91140602MA0KX0A76X,,,,140602,,,,存续,,,-1,,\n",
       "roster.number"),
    OB("complaints 65536", ",企业,甲,91140602MA0KX0A76X,,,,140602,,,,存续,,,65536,,\n",
       "roster.number"),
    OB("checks with a leading zero", ",企业,甲,91140602MA0KX0A76X,,,,140602,,,,存续,,,,01,\n",
       "roster.number"),
    OB("id of another kind",
       "I:91140602MA0KX0A76X,企业,甲,91140602MA0KX0A76X,,,,140602,,,,存续,,,,,\n",
       "roster.object-id"),
    OB("id not in normal form",
       "E:91140602ma0kx0a76x,企业,甲,91140602MA0KX0A76X,,,,140602,,,,存续,,,,,\n",
       "roster.object-id"),
    OB("id and code differ",
       "E:91140225MA0KX0013B,企业,甲,91140602MA0KX0A76X,,,,140602,,,,存续,,,,,\n",
       "roster.id-differs"),
    OB("no id, code or number", ",企业,甲,,,,,140602,,,,存续,,,,,\n", "roster.object-id"),
    OB("code of 17 characters and no id", ",企业,甲,91140225MA0KX0013,,,,140602,,,,存续,,,,,\n",
       "roster.object-id"),
    OB("code with a letter that codes never have",
       ",企业,甲,91140225IA0KX0013B,,,,140602,,,,存续,,,,,\n", "roster.object-id"),
    OB("registration number of 14 digits", ",企业,甲,,14022560001234,,,140602,,,,存续,,,,,\n",
       "roster.object-id"),
    OB("device without a number of its own",
       ",设备,电梯,91140602MA0KX0A76X,,,,140602,,,,存续,,,,,\n", "roster.object-id"),
    OB("line break in a name", ",企业,\"甲\n乙\",91140602MA0KX0A76X,,,,140602,,,,存续,,,,,\n",
       "roster.control"),
    OB("station too long", ",企业,甲,91140602MA0KX0A76X,,,,140602,朔城区北城监管所,,,存续,,,,,\n",
       "roster.too-long"),
    OB("a cell too many", ",企业,甲,91140602MA0KX0A76X,,,,140602,,,,存续,,,,,,x\n", "sheet.too-many"),
    OB("broken character", ",企业,\xe7\x94,91140602MA0KX0A76X,,,,140602,,,,存续,,,,,\n",
       "csv.undecodable"),
    OB("stray quote", ",企业,甲\"乙,91140602MA0KX0A76X,,,,140602,,,,存续,,,,,\n", "csv.quotes"),

    IN("no name", ",0001,140602,,计量,在岗,,是,\n", "roster.inspector-name"),
    IN("name too long",
       "一二三四五六七八九十一二三四五六七八九十一二,0001,140602,,计量,在岗,,是,\n",
       "roster.inspector-name"),
    IN("no certificate number", "张三,,140602,,计量,在岗,,是,\n", "roster.cert"),
    IN("blank inside the number", "张三,00 01,140602,,计量,在岗,,是,\n", "roster.cert"),
    IN("combining mark on the number", "张三,0001\u0332,140602,,计量,在岗,,是,\n", "roster.cert"),
    IN("small form of a hyphen", "张三,00\ufe6301,140602,,计量,在岗,,是,\n", "roster.cert"),
    IN("number of 49 bytes",
       "张三,1234567890123456789012345678901234567890123456789,140602,,计量,在岗,,是,\n",
       "roster.cert"),
    IN("slash inside the number", "张三,00/01,140602,,计量,在岗,,是,\n", "roster.cert"),
    IN("issuer is no code", "张三,0001,山西省人民政府,,计量,在岗,,是,\n", "roster.issuer"),
    IN("no issuer", "张三,0001,,,计量,在岗,,是,\n", "roster.issuer"),
    IN("unknown status", "张三,0001,140602,,计量,在职,,是,\n", "roster.inspector-status"),
    IN("availability in other words", "张三,0001,140602,,计量,在岗,,可以,\n", "roster.available"),
    IN("no availability", "张三,0001,140602,,计量,在岗,,,\n", "roster.available"),
    IN("certificate date", "张三,0001,140602,2026-13-01,计量,在岗,,是,\n", "roster.date"),
    IN("load in words", "张三,0001,140602,,计量,在岗,,是,三\n", "roster.number"),
    IN("unknown qualification", "张三,0001,140602,,计量；烹饪,在岗,,是,\n", "roster.tag-line"),
    IN("tag of objects", "张三,0001,140602,,加油站,在岗,,是,\n", "roster.tag-line"),

    RE("no reason", "0001,140602,E:91140602MA0KX0A76X,\n", "roster.recusal-reason"),
    RE("object not in normal form", "0001,140602,91140602MA0KX0A76X,亲属\n", "roster.object-id"),
    RE("issuer is no code", "0001,x,E:91140602MA0KX0A76X,亲属\n", "roster.issuer"),
    RE("no certificate number", ",140602,E:91140602MA0KX0A76X,亲属\n", "roster.cert"),
    {"validity in other words", "执法证号,发证机关,对象编号,原因,是否有效\n",
     "0001,140602,E:91140602MA0KX0A76X,亲属,无\n", "roster.active"},
};

static struct family *shared;

static void rejects(void **state)
{
    const struct row *t = *state;
    char text[2000], want[80];
    bool object = strstr(t->heads, "名称,"), inspector = strstr(t->heads, "姓名,");
    snprintf(text, sizeof(text), "%s%s", t->heads, t->line);
    int64_t before = entries(&shared->k);
    struct came c = import_good(shared, object ? text : NULL, inspector ? text : NULL,
                                object || inspector ? NULL : text);
    const struct roster_counts *n = object      ? &c.r.objects
                                    : inspector ? &c.r.inspectors
                                                : &c.r.recusals;
    snprintf(want, sizeof(want), "%s(line=2", t->id);
    if (!strstr(c.heard.ids, want) || n->rejected != 1)
        fail_msg("%llu rejected, heard: %s", (unsigned long long)n->rejected, c.heard.ids);
    assert_int_equal(n->added + n->updated + n->same, 0);
    assert_int_equal(c.r.version, 0);
    assert_int_equal(entries(&shared->k), before);
}

/* What is odd but right must pass: a list of refusals alone would be satisfied by refusing everything. */
static struct row good[] = {
    OB("everything filled in", GOOD, NULL),
    OB("only what is required", ",企业,甲,91140225MA0KX0013B,,,,140602,,,,注销,,,,,\n", NULL),
    OB("code in lower case", ",企业,甲,91140602ma0kx0a76x,,,,140602,,,,存续,,,,,\n", NULL),
    OB("registration number instead of a code", ",企业,甲,,140225600012345,,,140602,,,,存续,,,,,\n",
       NULL),
    OB("device of an owner",
       "Q:91140602MA0KX0A76X/梯11晋F00001,设备,电梯,91140602MA0KX0A76X,,甲,,140602,,,,存续,,,,,\n",
       NULL),
    OB("tags joined by other marks",
       ",企业,甲,91140602MA0KX0A76X,,,,140602,,,加油站;集贸市场、加油站,存续,,,,,\n", NULL),
    OB("counters at their limit", ",企业,甲,91140602MA0KX0A76X,,,,140602,,,,存续,,,65535,65535,\n",
       NULL),
    IN("everything filled in", ZHANG, NULL),
    IN("nobody's status, not available", "赵六,0009,1406,2020-01-01,,证件过期,,否,0\n", NULL),
    /* SPEC tables-41: "are left out" */
    IN("zero-width space inside the number", "钱七,00\u200b08,140602,,计量,在岗,,是,\n", NULL),
};

static void accepts(void **state)
{
    const struct row *t = *state;
    char text[2000];
    bool object = strstr(t->heads, "名称,");
    snprintf(text, sizeof(text), "%s%s", t->heads, t->line);
    struct came c = import(shared, &shared->k, object ? text : NULL, object ? NULL : text, NULL,
                           (struct roster_import){.dry_run = true});
    const struct roster_counts *n = object ? &c.r.objects : &c.r.inspectors;
    if (c.rc || n->added != 1 || n->rejected || n->warned)
        fail_msg("%s, heard: %s", c.rc ? c.err.id : "", c.heard.ids);
}

/* ---- whole imports: a family each ----------------------------------------------------------------------------- */

static void first_and_again(void **state)
{
    struct family *f = *state;
    struct came c = import_good(f, OBJECTS GOOD, INSPECTORS ZHANG LI,
                                RECUSALS "1406020001,140602,E:91140602MA0KX0A76X,亲属\n");
    assert_int_equal(c.r.version, 1);
    assert_int_equal(c.r.entries, 1);
    assert_int_equal(c.r.objects.added, 1);
    assert_int_equal(c.r.inspectors.added, 2);
    assert_int_equal(c.r.recusals.added, 1);
    assert_string_equal(c.heard.ids, "");
    assert_text(&f->k,
                "SELECT object_id || name || uscc || address || inspecting_office || station || "
                "industry || tags || status "
                "|| risk_class || risk_as_of || complaints || inspected_this_year || "
                "last_inspected_on || acted_by FROM object",
                "E:91140602MA0KX0A76X甲公司91140602MA0KX0A76X北街1号14060214060201F5211101,102in_"
                "businessB2021-06-3021"
                "2021-03-01王五");
    assert_text(&f->k,
                "SELECT insp_id || name || quals || status || available || load0 || cert_valid_to "
                "FROM inspector WHERE name = '张三'",
                "140602/1406020001张三1,2active132026-12-31");
    assert_text(&f->k, "SELECT insp_id || ' ' || object_id || active || reason FROM recusal",
                "140602/1406020001 E:91140602MA0KX0A76X1亲属");

    /* What the close says is what the log holds. */
    struct log log;
    MUST(log_of_office(&log, f->k.st, "140602", &offices_err));
    QN_AUTO(log_entry) struct log_entry e = {0};
    MUST(log_entry_get(&e, f->k.st, &log, log.size - 2, &offices_err));
    assert_int_equal(e.h.kind, QN_KIND_ROSTER);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM roster_close WHERE roster = 1 AND entries "
                                  "= 1 AND rows = 4 AND earlier IS NULL"),
                     1);
    char hex[65], sql[200];
    struct qn_frontier one = {0};
    uint8_t root[QN_HASH];
    qn_frontier_append(&one, e.leaf, NULL, NULL);
    qn_frontier_root(&one, root);
    qn_hex(hex, root, sizeof(root));
    snprintf(sql, sizeof(sql), "SELECT lower(hex(root)) FROM roster_close");
    assert_text(&f->k, sql, hex);

    /* The same files again change nothing and close nothing. */
    int64_t before = entries(&f->k);
    c = import_good(f, OBJECTS GOOD, INSPECTORS ZHANG LI,
                    RECUSALS "1406020001,140602,E:91140602MA0KX0A76X,亲属\n");
    assert_int_equal(c.r.version, 0);
    assert_int_equal(c.r.objects.same + c.r.inspectors.same + c.r.recusals.same, 4);
    assert_int_equal(entries(&f->k), before);

    /* The freeze reads what was written. */
    QN_AUTO(roster) struct roster r = {0};
    MUST(roster_load(&r, f->k.st, "140602", 1, "2021-08-16", &offices_err));
    assert_int_equal(r.r.nobjects, 1);
    assert_int_equal(r.r.ninspectors, 2);
    assert_int_equal(r.r.nrecusals, 1);
    assert_int_equal(r.r.object[0].attr.ntags, 2);
}

static void revises(void **state)
{
    struct family *f = *state;
    import_good(f, OBJECTS GOOD ",企业,乙公司,91140225MA0KX0013B,,,,140602,,,,存续,,,,,\n",
                INSPECTORS ZHANG, NULL);
    /* One changed, one gone from the file, one new; columns in another order. */
    struct came c = import_good(f,
                                "名称,对象类别,统一社会信用代码,登记状态,检查机关,地址\n甲公司,"
                                "企业,91140602MA0KX0A76X,停业,"
                                "140602,南街2号\n丙公司,企业,91140200MA0KX0F19U,存续,140602,\n",
                                NULL, NULL);
    assert_int_equal(c.r.version, 2);
    assert_int_equal(c.r.objects.updated, 1);
    assert_int_equal(c.r.objects.added, 1);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM object"), 4);
    assert_int_equal(count(&f->k, "SELECT count(DISTINCT id) FROM object WHERE name = '甲公司'"),
                     1);
    assert_text(&f->k, "SELECT status FROM object WHERE name = '甲公司' AND rev = 2 AND roster = 2",
                "suspended");
    assert_text(&f->k, "SELECT reason FROM object WHERE name = '甲公司' AND rev = 2",
                "名录导入更新：地址、所属监管所、行业、标签、状态、信用风险分类、风险评定日期、投诉"
                "次数、本年已查次数、上次检查日期");
    assert_text(&f->k, "SELECT reason FROM object WHERE name = '丙公司'", "(null)");
    QN_AUTO(roster) struct roster r = {0};
    MUST(roster_load(&r, f->k.st, "140602", 2, "2021-08-16", &offices_err));
    assert_int_equal(r.r.nobjects, 3); /* what the file left out stays */
    assert_int_equal(r.r.ninspectors, 1);
}

static void recusal_is_lifted(void **state)
{
    struct family *f = *state;
    import_good(f, OBJECTS GOOD, INSPECTORS ZHANG,
                RECUSALS "1406020001,140602,E:91140602MA0KX0A76X,亲属\n");
    struct came c = import_good(f, NULL, NULL,
                                "执法证号,发证机关,对象编号,原因,是否有效\n1406020001,140602,E:"
                                "91140602MA0KX0A76X,已离婚,否\n");
    assert_int_equal(c.r.recusals.updated, 1);
    assert_text(&f->k, "SELECT active || reason FROM recusal WHERE rev = 2", "0已离婚");
    /* Another reason alone is another statement. */
    c = import_good(f, NULL, NULL,
                    "执法证号,发证机关,对象编号,原因,是否有效\n1406020001,140602,E:"
                    "91140602MA0KX0A76X,离婚,否\n");
    assert_int_equal(c.r.recusals.updated, 1);
    assert_int_equal(c.r.version, 3);
}

static void recusal_of_nobody_is_told(void **state)
{
    struct family *f = *state;
    struct came c = import_good(
        f, OBJECTS GOOD, INSPECTORS ZHANG,
        RECUSALS
        "9999,140602,E:91140602MA0KX0A76X,亲属\n1406020001,140602,E:91140225MA0KX0013B,亲属\n"
        "1406020001,140602,E:91140602MA0KX0A76X,亲属\n");
    assert_int_equal(c.r.recusals.added, 3);
    assert_int_equal(c.r.recusals.warned, 2);
    assert_non_null(strstr(c.heard.ids, "roster.recusal-inspector(line=2|value=140602/9999)"));
    assert_non_null(
        strstr(c.heard.ids, "roster.recusal-object(line=3|value=E:91140225MA0KX0013B)"));
}

static void second_of_a_key_is_rejected(void **state)
{
    struct family *f = *state;
    struct came c =
        import_good(f, OBJECTS GOOD ",企业,甲二,91140602ma0kx0a76x,,,,140602,,,,存续,,,,,\n",
                    INSPECTORS ZHANG ZHANG,
                    RECUSALS "1406020001,140602,E:91140602MA0KX0A76X,亲属\n1406020001,140602,E:"
                             "91140602MA0KX0A76X,同学\n");
    assert_int_equal(c.r.objects.added + c.r.inspectors.added + c.r.recusals.added, 3);
    assert_int_equal(c.r.objects.rejected + c.r.inspectors.rejected + c.r.recusals.rejected, 3);
    assert_non_null(strstr(c.heard.ids, "roster.duplicate(line=3|value=E:91140602MA0KX0A76X)"));
    /* Also when the first of them changes nothing. */
    c = import_good(f, OBJECTS GOOD GOOD, NULL, NULL);
    assert_int_equal(c.r.objects.same, 1);
    assert_int_equal(c.r.objects.rejected, 1);
    assert_int_equal(c.r.version, 0);
}

static void doubtful_codes_are_taken_with_a_remark(void **state)
{
    struct family *f = *state;
    struct came c = import_good(
        f,
        OBJECTS ",企业,甲,91350203M0001QAY9B,,,,140602,,,,存续,,,,,\n"
                ",企业,乙,140225600012345,,,,140602,,,,存续,,,,,\n"
                "E:91140225MA0KX0013B,企业,丙,91140225MA0KX0013B0,,,,140602,,,,存续,,,,,\n"
                "E:91140602MA0KX0A76X,企业,丁,91140602IA0KX0A76X,,,,140602,,,,存续,,,,,\n",
        NULL, NULL);
    assert_int_equal(c.r.objects.added, 4);
    assert_int_equal(c.r.objects.warned, 4);
    assert_int_equal(c.r.objects.rejected, 0);
    assert_text(&f->k, "SELECT uscc || reason FROM object WHERE name = '甲'",
                "91350203M0001QAY9B统一社会信用代码校验不符，待核对");
    assert_text(&f->k,
                "SELECT coalesce(uscc, '-') || reg_no || object_id FROM object WHERE name = '乙'",
                "-140225600012345E:140225600012345");
    assert_text(&f->k, "SELECT coalesce(uscc, '-') || reason FROM object WHERE name = '丙'",
                "-统一社会信用代码“91140225MA0KX0013B0”不是 18 位，待核对");
    assert_text(&f->k, "SELECT uscc || reason FROM object WHERE name = '丁'",
                "91140602IA0KX0A76X统一社会信用代码含不使用的字符，待核对");
}

static void dry_run_writes_nothing(void **state)
{
    struct family *f = *state;
    int64_t before = entries(&f->k);
    struct came c = import(f, &f->k, OBJECTS GOOD, INSPECTORS ZHANG, NULL,
                           (struct roster_import){.dry_run = true});
    assert_int_equal(c.rc, QN_OK);
    assert_int_equal(c.r.objects.added, 1);
    assert_int_equal(c.r.version, 0);
    assert_int_equal(entries(&f->k), before);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM object"), 0);
    c = import_good(f, OBJECTS GOOD, NULL, NULL);
    assert_int_equal(c.r.version, 1);
}

/* The second file is unusable: nothing of the first is kept. */
static void whole_or_not_at_all(void **state)
{
    struct family *f = *state;
    int64_t before = entries(&f->k);
    static const struct {
        const char *inspectors, *recusals, *id;
    } broken[] = {
        {"姓名,执法证号\n张三,1\n", NULL, "sheet.no-heading"},
        {INSPECTORS ZHANG, "PK\3\4", "xlsx.damaged"},
        {INSPECTORS ZHANG, "执法证号,发证机关,对象编号,原因,原因\n", "sheet.heading-twice"}};
    for (size_t i = 0; i < COUNT(broken); i++) {
        struct came c = import(f, &f->k, OBJECTS GOOD, broken[i].inspectors, broken[i].recusals,
                               (struct roster_import){.by = "王五"});
        assert_int_equal(c.rc, QN_MALFORMED);
        assert_string_equal(c.err.id, broken[i].id);
        assert_int_equal(c.r.version, -1); /* outputs untouched */
        assert_int_equal(entries(&f->k), before);
        assert_int_equal(count(&f->k, "SELECT count(*) FROM object"), 0);
    }
}

static void refused_as_a_whole(void **state)
{
    struct family *f = *state;
    static const struct {
        const char *tags, *by, *charset, *id;
        enum qn_code rc;
    } cases[] = {
        {TAGS, "", NULL, "roster.by", QN_MALFORMED},
        {TAGS, "一二三四五六七八九十一二三四五六七八九十一二", NULL, "roster.by", QN_MALFORMED},
        {TAGS, "王五", "GBK", "csv.charset", QN_DENIED},
        {"/nowhere/tags.csv", "王五", NULL, "file.absent", QN_ABSENT},
        {"tests/data/uscc-test-vectors.csv", "王五", NULL, "sheet.no-heading", QN_MALFORMED}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct came c =
            import(f, &f->k, OBJECTS GOOD, NULL, NULL,
                   (struct roster_import){
                       .tags = cases[i].tags, .by = cases[i].by, .use.charset = cases[i].charset});
        assert_string_equal(c.err.id, cases[i].id);
        assert_int_equal(c.rc, cases[i].rc);
        assert_int_equal(count(&f->k, "SELECT count(*) FROM object"), 0);
    }
}

/* A code that passes the check, for the i-th enterprise. */
static void put_object(struct qn_buf *b, unsigned i, const char *address)
{
    qn_put_fmt(b, "E:%015u,企业,第%u号,,,,%s,140602,,,,存续,,,,,\n", i, i, address);
}

static void splits_entries(void **state)
{
    struct family *f = *state;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, 16u << 20);
    qn_put_str(&b, OBJECTS);
    for (unsigned i = 0; i < 2001; i++)
        put_object(&b, i, "北街");
    qn_put(&b, "", 1);
    struct came c = import_good(f, (const char *)b.p, NULL, NULL);
    assert_int_equal(c.r.entries, 3);
    assert_int_equal(count(&f->k, "SELECT entries * 10000 + rows FROM roster_close"), 32001);
    /* Exactly a thousand more leave no empty entry behind. */
    b.n = 0;
    qn_put_str(&b, OBJECTS);
    for (unsigned i = 0; i < 1000; i++)
        put_object(&b, i, "南街");
    qn_put(&b, "", 1);
    c = import_good(f, (const char *)b.p, NULL, NULL);
    assert_int_equal(c.r.entries, 1);
    assert_int_equal(c.r.objects.updated, 1000);
    /* And the root covers the entries of this version only, in their order. */
    struct log log;
    struct qn_frontier leaves = {0};
    uint8_t root[QN_HASH];
    char hex[65];
    MUST(log_of_office(&log, f->k.st, "140602", &offices_err));
    for (uint64_t seq = log.size - 6; seq < log.size - 3; seq++) {
        QN_AUTO(log_entry) struct log_entry e = {0};
        MUST(log_entry_get(&e, f->k.st, &log, seq, &offices_err));
        qn_frontier_append(&leaves, e.leaf, NULL, NULL);
    }
    qn_frontier_root(&leaves, root);
    qn_hex(hex, root, sizeof(root));
    assert_text(&f->k, "SELECT lower(hex(root)) FROM roster_close WHERE roster = 1", hex);
}

/* Long rows fill a part before a thousand of them are met. */
static void splits_by_bytes(void **state)
{
    struct family *f = *state;
    char address[400] = "";
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, 16u << 20);
    qn_put_str(&b, "对象编号,对象类别,名称,统一社会信用代码,检查机关,登记状态,地址,责任主体\n");
    memset(address, 'x', sizeof(address) - 1);
    for (unsigned i = 0; i < 1000; i++)
        qn_put_fmt(&b, "E:%015u,企业,%s,,140602,存续,%s,%s\n", i, address, address, address);
    qn_put(&b, "", 1);
    struct came c = import_good(f, (const char *)b.p, NULL, NULL);
    assert_int_equal(c.r.objects.added, 1000);
    assert_int_equal(c.r.entries, 3); /* 1.5 MB */
}

static void rejects_come_back(void **state)
{
    struct family *f = *state;
    char path[300], at[300];
    snprintf(path, sizeof(path), "%.100s/back.csv", f->all.dir);
    struct came c = import(f, &f->k,
                           "朔城区名录,,,,\n对象类别,名称,备注,统一社会信用代码,检查机关,登记状态\n"
                           "企业,甲,\"好,坏\",91140602MA0KX0A76X,140602,在业\n企业,乙,x,"
                           "91140225MA0KX0013B,140602,存续\n",
                           NULL, RECUSALS "1,x,E:91140602MA0KX0A76X,=1+1\n",
                           (struct roster_import){.rejects = path});
    assert_int_equal(c.rc, QN_OK);
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    snprintf(at, sizeof(at), "%.100s/back-objects.csv", f->all.dir);
    read_all(&b, at);
    qn_put(&b, "", 1);
    static const char begin[] =
        "\xef\xbb\xbf退回行号,退回原因,对象类别,名称,备注,统一社会信用代码,检查机关,登记状态\r\n3,";
    assert_memory_equal(b.p, begin, sizeof(begin) - 1);
    assert_non_null(strstr((char *)b.p, ",企业,甲,\"好,坏\",91140602MA0KX0A76X,140602,在业\r\n"));
    assert_null(strstr((char *)b.p, "乙"));
    /* Corrected, the file is imported as it is. */
    memcpy(strstr((char *)b.p, "140602,在业") + 7, "存续", 6);
    c = import_good(f, (const char *)b.p, NULL, NULL);
    assert_int_equal(c.r.objects.added, 1);
    /* The recusals' own column 原因 is not taken for ours, and no cell is a formula. */
    QN_AUTO(qn_buf) struct qn_buf r = {0};
    snprintf(at, sizeof(at), "%.100s/back-recusals.csv", f->all.dir);
    read_all(&r, at);
    qn_put(&r, "", 1);
    assert_non_null(strstr((char *)r.p, "\"'=1+1\""));
    memcpy(strstr((char *)r.p, ",1,x,"), ",1,40,", 5);
    c = import_good(f, NULL, NULL, (const char *)r.p);
    assert_int_equal(c.r.recusals.rejected,
                     1); /* "4" is no office code: the rule is met again, not the heading's */
    assert_non_null(strstr(c.heard.ids, "roster.issuer"));
}

static void gb18030_row_by_row(void **state)
{
    struct family *f = *state;
    /* 对象类别,名称,统一社会信用代码,检查机关,登记状态 / 企业,甲,…,存续 in GB 18030; the second row has half a character. */
    static const char gb[] =
        "\xb6\xd4\xcf\xf3\xc0\xe0\xb1\xf0,\xc3\xfb\xb3\xc6,"
        "\xcd\xb3\xd2\xbb\xc9\xe7\xbb\xe1\xd0\xc5\xd3\xc3\xb4\xfa\xc2\xeb,"
        "\xbc\xec\xb2\xe9\xbb\xfa\xb9\xd8,\xb5\xc7\xbc\xc7\xd7\xb4\xcc\xac\r\n"
        "\xc6\xf3\xd2\xb5,\xbc\xd7,91140602MA0KX0A76X,140602,\xb4\xe6\xd0\xf8\r\n"
        "\xc6\xf3\xd2\xb5,\xbc\xd7\xb0,91140225MA0KX0013B,140602,\xb4\xe6\xd0\xf8\r\n"
        "\xc6\xf3\xd2\xb5,\xd2\xd2,91140200MA0KX0F19U,140602,\xb4\xe6\xd0\xf8\r\n";
    for (int named = 0; named < 2; named++) {
        struct came c =
            import(f, &f->k, gb, NULL, NULL,
                   (struct roster_import){.use.charset = named ? "GB18030" : NULL, .dry_run = true});
        assert_int_equal(c.rc, QN_OK);
        assert_int_equal(c.r.objects.added, 2);
        assert_int_equal(c.r.objects.rejected, 1);
        assert_non_null(strstr(c.heard.ids, "csv.undecodable(line=3|column=2)"));
    }
}

/* After a revert the rows of the versions between do not count: what they said is said again. */
static void after_a_revert(void **state)
{
    struct family *f = *state;
    static const char two[] = OBJECTS ",企业,甲公司,91140602MA0KX0A76X,,,,140602,,,,停业,,,,,\n";
    import_good(f, OBJECTS GOOD, NULL, NULL);
    import_good(f, two, NULL, NULL);
    {
        QN_AUTO(act) struct act a = {0};
        struct qn_row row;
        static const uint8_t root[QN_HASH] = {0};
        MUST(act_open(&a, f->k.st, QN_KIND_ROSTER_CLOSE, QN_LANE_BULK, &offices_err));
        MUST(act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, &offices_err));
        row_start(&row, &a, "roster_close", act_id(&a), 1);
        row_int(&row, "roster", 3);
        row_int(&row, "entries", 0);
        row_int(&row, "rows", 0);
        row_blob(&row, "root", root, sizeof(root));
        row_int(&row, "earlier", 1);
        row_text(&row, "acted_by", "王五");
        row_text(&row, "recorded_on", "2021-08-16T09:00:00");
        MUST(act_put(&a, &row, &offices_err));
        MUST(act_commit(&a, NULL, NULL, &offices_err));
    }
    struct came c = import_good(f, two, NULL, NULL);
    assert_int_equal(c.r.version, 4);
    assert_int_equal(c.r.objects.updated, 1);
    QN_AUTO(roster) struct roster r = {0};
    MUST(roster_load(&r, f->k.st, "140602", 4, "2021-08-16", &offices_err));
    assert_int_equal(r.r.object[0].attr.status, 1);
    c = import_good(f, two, NULL, NULL);
    assert_int_equal(c.r.objects.same, 1);
}

static void city_names_its_counties(void **state)
{
    struct family *f = *state;
    struct came c = import(f, &f->c,
                           OBJECTS ",企业,甲,91140602MA0KX0A76X,,,,140602,,,,存续,,,,,\n,企业,乙,"
                                   "91140225MA0KX0013B,,,,1406,,,,存续,,,,,\n"
                                   ",企业,丙,91140200MA0KX0F19U,,,,14,,,,存续,,,,,\n",
                           NULL, NULL, (struct roster_import){.by = "王五"});
    assert_int_equal(c.rc, QN_OK);
    assert_int_equal(c.r.objects.added, 2);
    assert_int_equal(c.r.objects.rejected, 1);
    assert_non_null(strstr(c.heard.ids, "roster.office(line=4|value=14)"));
}

static int rows_setup(void **state)
{
    void *made = NULL;
    (void)state;
    int rc = family_setup(&made);
    shared = made;
    return rc;
}

static int rows_teardown(void **state)
{
    void *made = shared;
    (void)state;
    return family_teardown(&made);
}

int main(void)
{
    struct CMUnitTest test[COUNT(rows) + COUNT(good)];
    for (size_t i = 0; i < COUNT(rows); i++)
        test[i] = (struct CMUnitTest){rows[i].name, rejects, NULL, NULL, &rows[i]};
    for (size_t i = 0; i < COUNT(good); i++)
        test[COUNT(rows) + i] = (struct CMUnitTest){good[i].name, accepts, NULL, NULL, &good[i]};
#define WHOLE(fn) cmocka_unit_test_setup_teardown(fn, family_setup, family_teardown)
    static const struct CMUnitTest whole[] = {
        WHOLE(first_and_again),
        WHOLE(revises),
        WHOLE(recusal_is_lifted),
        WHOLE(recusal_of_nobody_is_told),
        WHOLE(second_of_a_key_is_rejected),
        WHOLE(doubtful_codes_are_taken_with_a_remark),
        WHOLE(dry_run_writes_nothing),
        WHOLE(whole_or_not_at_all),
        WHOLE(refused_as_a_whole),
        WHOLE(splits_entries),
        WHOLE(splits_by_bytes),
        WHOLE(rejects_come_back),
        WHOLE(gb18030_row_by_row),
        WHOLE(after_a_revert),
        WHOLE(city_names_its_counties),
    };
    int failed =
        cmocka_run_group_tests_name("roster_import: rows", test, rows_setup, rows_teardown);
    return failed + cmocka_run_group_tests_name("roster_import", whole, NULL, NULL);
}
