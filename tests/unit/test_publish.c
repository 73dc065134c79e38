/* test_publish.c - release, publish, consolidate, the site's pages; and what must never be among them. */
#include "tests/unit/clue.h"
#include "tests/unit/publish_family.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/publish/html.h"
#include "node/publish/manifest.h"
#include "node/publish/model.h"
#include "node/store/file.h"
#include "protocol/wire.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* ---- release and publish ------------------------------------------------------------------------ */

static size_t targets; /* of county k, task 1 */

static int flow_setup(void **state)
{
    family_setup(state);
    struct family *f = *state;
    draw_all(f);
    targets = inspect_all(&f->k, "1");
    return 0;
}

static void count_shown(void *ctx, const char *result, bool corrected)
{
    assert_int_equal(strncmp(result, "140602:", 7), 0);
    *(size_t *)ctx += corrected ? 1000 : 1;
}

static void publishes_each_result_once(void **state)
{
    struct family *f = *state;
    struct published p;
    size_t n = 0;
    int64_t before = count(&f->k, "SELECT size FROM log WHERE office = '140602'");
    MUST(publish_results_shown(&p, f->k.st, NULL, &(struct publish_shown){count_shown, &n}, &offices_err));
    assert_int_equal(n, targets);
    assert_int_equal(p.results, targets);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM publication"), 0);
    assert_int_equal(count(&f->k, "SELECT size FROM log WHERE office = '140602'"), before);
    MUST(publish_results(&p, f->k.st, NULL, &offices_err));
    assert_int_equal(p.results, targets);
    assert_int_equal(p.released, targets + 1); /* and the PUBLISH entry itself */
    assert_int_equal(p.corrected, 0);
    int64_t size = count(&f->k, "SELECT size FROM log WHERE office = '140602'");
    MUST(publish_results(&p, f->k.st, NULL, &offices_err));
    assert_int_equal(p.results + p.released, 0);
    assert_int_equal(count(&f->k, "SELECT size FROM log WHERE office = '140602'"), size);
}

static void publishes_a_correction_beside(void **state)
{
    struct family *f = *state;
    struct published p;
    char object[OBJECTS][32];
    int64_t draw = draw_of(&f->k, "1");
    selected(&f->k, draw, object, OBJECTS);
    int64_t id = count(&f->k, "SELECT min(id) FROM inspection_result");
    write_result(&f->k, id, 2, draw, "1", object[0], "更正后", "R01");
    MUST(publish_results(&p, f->k.st, NULL, &offices_err));
    assert_int_equal(p.results, 1);
    assert_int_equal(p.corrected, 1);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM publication WHERE result_rev = 1"),
                     (int64_t)targets);
    assert_int_equal(count(&f->k, "SELECT count(*) FROM publication WHERE result_rev = 2"), 1);
}

static void never_releases_a_draw(void **state)
{
    struct family *f = *state;
    QN_AUTO(model) struct model m = {0};
    MUST(model_load(&m, f->k.st, MODEL_ALL, &offices_err));
    assert_int_equal(model_count(&m, M_DRAW), 0);
    assert_int_equal(model_count(&m, M_FREEZE), 0);
    assert_int_equal(model_count(&m, M_ORDER), 0);
    assert_int_equal(model_count(&m, M_SELECTED), 0);
    assert_int_equal(model_count(&m, M_VERDICT), 0);
    assert_int_equal(model_count(&m, M_RESULT), targets + 1);
}

/* SPEC publication-1: "A line that does not count releases nothing; the others stand." */
static void a_foreign_release_counts_for_nothing(void **state)
{
    struct family *f = *state;
    int64_t draw = draw_of(&f->k, "1");
    uint16_t epoch, n;
    uint64_t seq;
    qn_row_id_split(draw, &epoch, &seq, &n);
    struct release_ref ref[2] = {{.origin = store_origin(f->k.st), .seq = seq, .part = 0},
                                 {.origin = store_origin(f->k.st), .seq = 1000000, .part = 0}};
    sync_all(f);
    MUST(release_own(f->c.st, duty_of(DUTY_PUBLISH), NULL, ref, 2, &offices_err));
    QN_AUTO(model) struct model m = {0};
    MUST(model_load(&m, f->c.st, MODEL_ALL, &offices_err));
    assert_int_equal(model_count(&m, M_DRAW), 0);
    assert_int_equal(model_count(&m, M_PLAN), 1);
}

/* Nor does a release of what is not public at all. */
static void a_release_opens_no_other_part(void **state)
{
    struct family *f = *state;
    uint16_t epoch, n;
    uint64_t seq;
    qn_row_id_split(count(&f->k, "SELECT min(id) FROM inspection_result"), &epoch, &seq, &n);
    QN_AUTO(released) struct released before = {0}, after = {0};
    MUST(released_load(&before, f->k.st, &offices_err));
    MUST(release_own(f->k.st, duty_of(DUTY_PUBLISH), NULL, &(struct release_ref){.seq = seq, .part = 1}, 1,
                     &offices_err)); /* the system part */
    MUST(release_own(f->k.st, duty_of(DUTY_PUBLISH), NULL, &(struct release_ref){.seq = seq, .part = 9}, 1,
                     &offices_err)); /* no part at all */
    MUST(released_load(&after, f->k.st, &offices_err));
    assert_int_equal(after.nparts, before.nparts);
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    struct qn_err err;
    struct log log;
    MUST(log_find(&log, f->k.st, store_origin(f->k.st), &offices_err));
    assert_int_not_equal(released_rows(&b, f->k.st, &log, seq, 9, NULL, NULL, &err), QN_OK);
}

static void consolidates_by_reference(void **state)
{
    struct family *f = *state;
    struct consolidation k;
    sync_all(f);
    MUST(publish_consolidate(&k, f->c.st, "2021", &offices_err));
    assert_int_equal(k.listed, targets + 1); /* and the correction */
    assert_int_equal(k.n, 2);
    assert_string_equal(k.line[0].office, "140602");
    assert_int_equal(k.line[0].inspected, targets);
    assert_int_equal(k.line[0].published, targets);
    assert_int_equal(k.line[0].problems, (targets + 2) / 3 - 1); /* the first was corrected */
    assert_true(k.line[0].targets > targets);                    /* task 2 is dispatched too */
    assert_int_equal(k.line[1].inspected, 0);
    assert_int_equal(k.total.targets, k.line[0].targets + k.line[1].targets);
    assert_int_equal(k.total.published, targets);
    consolidation_release(&k);
    MUST(publish_consolidate(&k, f->c.st, "1406/2021", &offices_err));
    assert_int_equal(k.listed, 0);
    consolidation_release(&k);
}

static void refuses_to_consolidate(void **state)
{
    struct family *f = *state;
    struct consolidation k = {0};
    struct qn_err err;
    assert_int_equal(publish_consolidate(&k, f->c.st, "2022", &err), QN_ABSENT);
    assert_string_equal(err.id, "publish.no-series");
    assert_int_equal(publish_consolidate(&k, f->c.st, "140602/2021", &err), QN_ABSENT);
    assert_int_equal(publish_consolidate(&k, f->c.st, "", &err), QN_MALFORMED);
    assert_string_equal(err.id, "publish.series");
    assert_int_equal(
        publish_consolidate(&k, f->c.st, "1406/12345678901234567890123456789012", &err),
        QN_MALFORMED);
    assert_int_equal(publish_consolidate(&k, f->k.st, "2021", &err), QN_DENIED);
    assert_string_equal(err.id, "publish.not-above");
}

/* ---- which codes are problems ------------------------------------------------------------------- */

static void judges_codes(void **state)
{
    struct family *f = *state;
    static const struct {
        const char *codes;
        bool problem;
    } rows[] = {{"R01", false}, {"R05", true}, {"R01,R05", true},
                {"R99", true},  {"", false},   {"R01,", false}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_int_equal(publish_is_problem(f->k.st, qn_str(rows[i].codes)), rows[i].problem);
}

/* ---- text of pages and CSV ------------------------------------------------------------------------ */

static struct text {
    const char *name, *in, *html, *csv;
} texts[] = {
    {"plain", "企业 A", "企业 A", "企业 A,"},
    {"markup", "<script>&\"'", "&lt;script&gt;&amp;&quot;&#39;", "\"<script>&\"\"'\","},
    {"formula", "=1+2", "=1+2", "\"'=1+2\","},
    {"plus", "+86", "+86", "\"'+86\","},
    {"minus", "-1", "-1", "\"'-1\","},
    {"at", "@SUM(A1)", "@SUM(A1)", "\"'@SUM(A1)\","},
    {"full-width formula", "＝1+2", "＝1+2", "\"'＝1+2\","},
    {"full-width at", "＠SUM(A1)", "＠SUM(A1)", "\"'＠SUM(A1)\","},
    {"tab", "\t=1", "\t=1", "\"'\t=1\","},
    {"comma and line", "a,b\nc", "a,b\nc", "\"a,b\nc\","},
    {"turned writing",
     "a\xe2\x80\xae"
     "b",
     "a\xef\xbf\xbd"
     "b",
     "a\xef\xbf\xbd"
     "b,"},
    {"hidden blank",
     "a\xe2\x80\x8b"
     "b",
     "a\xef\xbf\xbd"
     "b",
     "a\xef\xbf\xbd"
     "b,"},
    {"control",
     "a\x01"
     "b",
     "a\xef\xbf\xbd"
     "b",
     "a\xef\xbf\xbd"
     "b,"},
    {"control of eight bits",
     "=\xc2\x85"
     "b",
     "=\xef\xbf\xbd"
     "b",
     "\"'=\xef\xbf\xbd"
     "b\","},
    {"empty", "", "", ","},
};

static void escapes(void **state)
{
    const struct text *t = *state;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, 4096);
    html_span(&b, qn_str(t->in));
    assert_true(qn_span_is(qn_buf_span(&b), t->html));
    if (!t->csv)
        return;
    b.n = 0;
    csv_cell(&b, qn_str(t->in), false);
    assert_true(qn_span_is(qn_buf_span(&b), t->csv));
}

/* ---- the manifest --------------------------------------------------------------------------------- */

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
static struct manifest_case {
    const char *name, *text;
    enum qn_code want;
} listings[] = {
    {"one file", HEX "  index.html\n", QN_OK},
    {"three deep", HEX "  a/b/c.txt\n" HEX "  b\n", QN_OK},
    {"eight deep", HEX "  a/b/c/d/e/f/g/h\n", QN_OK},
    {"empty", "", QN_MALFORMED},
    {"no end of line", HEX "  index.html", QN_MALFORMED},
    {"one blank", HEX " index.html\n", QN_MALFORMED},
    {"capitals", "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef  a\n",
     QN_MALFORMED},
    {"absolute", HEX "  /etc/passwd\n", QN_MALFORMED},
    {"upward", HEX "  ../secret\n", QN_MALFORMED},
    {"upward inside", HEX "  a/../../b\n", QN_MALFORMED},
    {"hidden", HEX "  .htaccess\n", QN_MALFORMED},
    {"nine deep", HEX "  a/b/c/d/e/f/g/h/i\n", QN_MALFORMED},
    {"empty name", HEX "  a//b\n", QN_MALFORMED},
    {"directory", HEX "  a/\n", QN_MALFORMED},
    {"blank in it", HEX "  a b\n", QN_MALFORMED},
    {"twice", HEX "  a\n" HEX "  a\n", QN_MALFORMED},
    {"descending", HEX "  b\n" HEX "  a\n", QN_MALFORMED},
    {"backslash", HEX "  a\\b\n", QN_MALFORMED},
};

static void lists(void **state)
{
    const struct manifest_case *t = *state;
    char dir[] = "/tmp/qian-manifest-XXXXXX", path[64];
    struct manifest m = {0};
    struct qn_err err;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/manifest.txt", dir);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fwrite(t->text, 1, strlen(t->text), file);
    fclose(file);
    assert_int_equal(manifest_load(&m, dir, &err), t->want);
    manifest_free(&m);
    remove(path);
    rmdir(dir);
}

/* ---- the site ------------------------------------------------------------------------------------- */

static char site_dir[200];

static int site_setup(void **state)
{
    published_setup(state);
    struct family *f = *state;
    snprintf(site_dir, sizeof(site_dir), "%s/site", f->all.dir);
    return 0;
}

static void publish_it(struct family *f, struct site_made *made)
{
    MUST(site_publish(made, f->c.st, site_dir, NULL, NULL, &offices_err));
}

static char first_hit[600];
static bool pages_only; /* data files hold values as they are, and are no markup */

/* How many files under dir hold these bytes. */
static size_t files_holding(const char *dir, struct qn_span what)
{
    size_t n = 0;
    DIR *d = opendir(dir);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));) {
        char path[600];
        struct stat st;
        if (e->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
        assert_int_equal(stat(path, &st), 0);
        if (S_ISDIR(st.st_mode)) {
            n += files_holding(path, what);
            continue;
        }
        const char *ending = strrchr(e->d_name, '.');
        if (pages_only && ending && strcmp(ending, ".html") != 0 && strcmp(ending, ".xml") != 0)
            continue;
        FILE *file = fopen(path, "rb");
        char *bytes = calloc(1, (size_t)st.st_size + 1);
        assert_int_equal(fread(bytes, 1, (size_t)st.st_size, file), st.st_size);
        fclose(file);
        bool found = memmem(bytes, (size_t)st.st_size, what.p, what.n) != NULL;
        free(bytes);
        if (found && n++ == 0)
            memcpy(first_hit, path, sizeof(path));
    }
    closedir(d);
    return n;
}

static size_t files_with(const char *dir, const char *text)
{
    return files_holding(dir, qn_str(text));
}

static void nowhere(const char *text)
{
    if (files_with(site_dir, text))
        fail_msg("%s holds \"%s\"", first_hit, text);
}

static void on_no_page(const char *text)
{
    pages_only = true;
    nowhere(text);
    pages_only = false;
}

/* SPEC publication-13: "every revision that was published before" */
static void objects_page(struct family *f)
{
    char objects[300], one[400], anchor[17], link[80], drawn[OBJECTS][32];
    uint8_t hash[QN_HASH];
    snprintf(objects, sizeof(objects), "%s/objects", site_dir);
    assert_true(files_with(objects, "&lt;i&gt;原来&lt;/i&gt;") > 0);
    assert_int_equal(files_with(objects, "&lt;i&gt;更正&lt;/i&gt;"), 1);
    assert_int_equal(files_with(objects, "录入&lt;i&gt;有误&lt;/i&gt;"), 1);
    on_no_page("<i>");
    /* A link from the list of the draw leads to the section of the object, which has what stood and what stands. */
    assert_true(selected(&f->k, draw_of(&f->k, "1"), drawn, OBJECTS) > 1);
    struct qn_span id = qn_str(drawn[0]);
    wire_sha256(hash, &id, 1);
    qn_hex(anchor, hash, 8);
    snprintf(link, sizeof(link), "../../objects/%.3s.html#o-%s", anchor, anchor);
    assert_int_equal(files_with(site_dir, link), 1);
    snprintf(one, sizeof(one), "%s/%.3s.html", objects, anchor);
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    MUST(file_read(&b, one, 1 << 20, &offices_err));
    qn_put(&b, "", 1);
    const char *section = strstr((const char *)b.p, anchor);
    assert_non_null(section);
    assert_non_null(strstr(section, drawn[0]));
    assert_non_null(strstr(section, "更正后的名称"));
    assert_non_null(strstr(section, "事项&lt;i&gt;原来"));
    assert_non_null(strstr(section, "更正理由"));
}

static void shows_what_was_released(void **state)
{
    struct family *f = *state;
    struct site_made made;
    char dir[300], path[400], id[40];
    publish_it(f, &made);
    assert_int_equal(made.plans, 1);
    assert_int_equal(made.draws, 1);
    assert_int_equal(made.sealed, 3);
    assert_true(made.results > 4);
    qn_row_id_text(id, draw_of(&f->k, "1"));
    snprintf(dir, sizeof(dir), "%s/draws/140602-%s", site_dir, id);
    static const char *const files[] = {"index.html",        "entries.frames",   "order.txt",
                                        "freeze.txt",        "result.txt",       "rules-1.txt",
                                        "selected.csv",      "order.1406.proof", "draw.14.proof",
                                        "freeze.1406.proof", "draw.1406.proof"};
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
        if (access(path, R_OK) != 0)
            fail_msg("%s is missing", path);
    }
    assert_true(files_with(site_dir, "&lt;b&gt;抽查&lt;/b&gt;") > 0);
    on_no_page("<b>抽查</b>");
    assert_int_equal(files_with(site_dir, "<script"),
                     made.draws + 1); /* each page of a draw has the one, the search its own */
    QN_AUTO(model) struct model m = {0};
    MUST(model_load(&m, f->c.st, MODEL_ALL, &offices_err));
    assert_int_equal(model_count(&m, M_VERDICT),
                     1); /* of the four recorded: the others judge sealed draws */
    assert_true(files_with(dir, "更正后的名称") == 2); /* page and list */
    objects_page(f);
    assert_true(files_with(dir, "此前公示") == 1);
    assert_true(files_with(dir, "核验无异议") == 1);
    assert_true(files_with(dir, "全程见证") == 1);
}

/* Packed or sealed bytes hide a canary: none of the parts that are not public is there as it is stored either. */
static void no_private_part(struct test_office *o)
{
    char path[512];
    sqlite3 *db;
    sqlite3_stmt *q;
    size_t parts = 0, restricted = 0;
    struct qn_header *h = malloc(sizeof(*h));
    snprintf(path, sizeof(path), "%s/qian.db", o->dir);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(
                         db,
                         "SELECT header, part, stored, salt FROM part JOIN entry USING (log, seq)",
                         -1, &q, NULL),
                     SQLITE_OK);
    while (sqlite3_step(q) == SQLITE_ROW) {
        MUST(qn_header_decode(
            h, (struct qn_span){sqlite3_column_blob(q, 0), (size_t)sqlite3_column_bytes(q, 0)},
            &offices_err));
        enum qn_audience audience = h->part[sqlite3_column_int(q, 1)].audience;
        if (audience == QN_PUBLIC)
            continue;
        size_t n = (size_t)sqlite3_column_bytes(q, 2);
        assert_int_equal(
            files_holding(site_dir, (struct qn_span){sqlite3_column_blob(q, 2), n < 64 ? n : 64}),
            0);
        assert_int_equal(
            files_holding(site_dir, (struct qn_span){sqlite3_column_blob(q, 3), QN_SALT}), 0);
        parts++;
        restricted += audience == QN_RESTRICTED;
    }
    sqlite3_finalize(q);
    sqlite3_close(db);
    free(h);
    assert_true(parts > 10 && restricted == 6); /* three clues, and their authors' copies */
}

/* I13: canary strings planted in every private column appear in no public byte. */
static void shows_nothing_private(void **state)
{
    struct family *f = *state;
    struct site_made made;
    char object[OBJECTS][32], drawn[OBJECTS][32];
    MUST(write_clue(&f->k, "1406", "CANARY", &offices_err));
    MUST(write_clue(&f->k, "14", "CANARY", &offices_err));
    MUST(write_clue(&f->c, "140602", "CANARY", &offices_err));
    MUST(store_set(f->c.st, "canary", "CANARY", &offices_err));
    carry(&f->k, &f->c);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM clue WHERE facts = 'CANARY'"), 2);
    publish_it(f, &made);
    nowhere("CANARY");
    no_private_part(&f->c);
    nowhere("JS00"); /* inspectors' numbers */
    /* Nothing of a sealed draw: no object that only it selected, no order, no result. */
    size_t n = selected(&f->k, draw_of(&f->k, "2"), object, OBJECTS);
    size_t shown = selected(&f->k, draw_of(&f->k, "1"), drawn, OBJECTS);
    size_t hidden = 0;
    for (size_t i = 0; i < n; i++) {
        bool also = false;
        for (size_t k = 0; k < shown; k++)
            also = also || strcmp(object[i], drawn[k]) == 0;
        if (!also) {
            nowhere(object[i]);
            hidden++;
        }
    }
    assert_true(hidden > 0);
    n = selected(&f->k2, draw_of(&f->k2, "1"), object, OBJECTS);
    for (size_t i = 0; i < n; i++)
        nowhere(object[i]);
    nowhere("2021 2 1 both"); /* the slot line of a sealed order */
}

static void is_replaced_whole(void **state)
{
    struct family *f = *state;
    struct site_made made, again;
    char sql[400];
    publish_it(f, &made);
    publish_it(f, &again);
    assert_int_equal(made.files, again.files);
    snprintf(sql, sizeof(sql), "ls -d '%s'.* 2>/dev/null | wc -l | grep -qx 0", site_dir);
    assert_int_equal(system(sql), 0); /* nothing is left beside it */
}

static void touches_no_foreign_directory(void **state)
{
    struct family *f = *state;
    struct site_made made;
    struct qn_err err;
    char dir[300], path[400];
    snprintf(dir, sizeof(dir), "%s/mine", f->all.dir);
    snprintf(path, sizeof(path), "%s/thesis.txt", dir);
    assert_int_equal(mkdir(dir, 0755), 0);
    MUST(site_publish(&made, f->c.st, dir, NULL, NULL, &offices_err)); /* empty: fine */
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("years of work", file);
    fclose(file);
    assert_int_equal(site_publish(&made, f->c.st, dir, NULL, NULL, &err), QN_CONFLICT);
    assert_string_equal(err.id, "publish.foreign-file");
    assert_int_equal(access(path, R_OK), 0);
    snprintf(path, sizeof(path), "%s/manifest.txt", dir);
    remove(path);
    assert_int_equal(site_publish(&made, f->c.st, dir, NULL, NULL, &err), QN_CONFLICT);
    assert_string_equal(err.id, "publish.not-a-site");
    assert_int_equal(site_publish(&made, f->c.st, "/nowhere/at/all", NULL, NULL, &err), QN_IO);
}

static void slips_are_given_where_they_may(void **state)
{
    struct family *f = *state;
    struct qn_err err;
    char draw[64], sealed[64], object[32];
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, 65536);
    draw_text(draw, &f->k, "1");
    draw_text(sealed, &f->k, "2");
    object_id(object, &f->k, 5);
    MUST(owner_slip(&b, f->k.st, draw, object, &offices_err));
    const struct {
        struct test_office *at;
        const char *draw, *object, *id;
    } rows[] = {
        {&f->k, sealed, object, "slip.sealed"},
        {&f->c, draw, object, "slip.not-ours"},
        {&f->k, draw, "E:91140602MA99999999", "slip.not-in-freeze"},
        {&f->k, "140602", object, "check.draw-name"},
        {&f->k, "140602:1-2", object, "check.draw-name"},
        {&f->k, "14060-2:1-2-0", object, "check.draw-name"},
        {&f->k, "140602:1-999999-0", object, "log.no-entry"},
        {&f->k, "140602:1-0-0", object, "slip.sealed"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        QN_AUTO(qn_buf) struct qn_buf out = {0};
        qn_buf_init(&out, 65536);
        assert_int_not_equal(owner_slip(&out, rows[i].at->st, rows[i].draw, rows[i].object, &err),
                             QN_OK);
        assert_string_equal(err.id, rows[i].id);
    }
}

int main(void)
{
    const struct CMUnitTest flow[] = {
        cmocka_unit_test(publishes_each_result_once),
        cmocka_unit_test(publishes_a_correction_beside),
        cmocka_unit_test(never_releases_a_draw),
        cmocka_unit_test(a_foreign_release_counts_for_nothing),
        cmocka_unit_test(a_release_opens_no_other_part),
        cmocka_unit_test(consolidates_by_reference),
        cmocka_unit_test(refuses_to_consolidate),
        cmocka_unit_test(judges_codes),
    };
    const struct CMUnitTest site[] = {
        cmocka_unit_test(shows_what_was_released),
        cmocka_unit_test(shows_nothing_private),
        cmocka_unit_test(is_replaced_whole),
        cmocka_unit_test(touches_no_foreign_directory),
        cmocka_unit_test(slips_are_given_where_they_may),
    };
    struct CMUnitTest pure[ARRAY_LEN(texts) + ARRAY_LEN(listings)];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        pure[n++] = (struct CMUnitTest){texts[i].name, escapes, NULL, NULL, &texts[i]};
    for (size_t i = 0; i < ARRAY_LEN(listings); i++)
        pure[n++] = (struct CMUnitTest){listings[i].name, lists, NULL, NULL, &listings[i]};
    return cmocka_run_group_tests_name("pages", pure, NULL, NULL) +
           cmocka_run_group_tests_name("publish", flow, flow_setup, family_teardown) +
           cmocka_run_group_tests_name("site", site, site_setup, family_teardown);
}
