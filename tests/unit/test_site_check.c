/* test_site_check.c - the PUBLIC profile: answers that hold, and every tampered byte caught and named. */
#include "tests/unit/publish_family.h"

#include <unistd.h>

#include "node/publish/manifest.h"
#include "qian/slip.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static char site[200], draw[64], draw_dir[300], drawn[32], must[32], excluded[32], other[32],
    ask[32];
static bool has_ask;

static void read_file(struct qn_buf *b, const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t block[4096];
    assert_non_null(file);
    qn_buf_init(b, 1u << 20);
    for (size_t n; (n = fread(block, 1, sizeof(block), file)) > 0;)
        qn_put(b, block, n);
    fclose(file);
}

static void write_file(const char *path, const void *p, size_t n)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(p, 1, n, file), n);
    fclose(file);
}

static void run(struct check_report *r, struct family *f, const char *object, const char *slip)
{
    struct check_options o = {.site = site,
                              .fingerprint = f->all.fingerprint,
                              .draw = draw,
                              .object = object,
                              .slip = slip};
    MUST(check_site(r, &o, &offices_err));
}

static void show(const struct check_report *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (!r->step[i].ok)
            print_error("%s(%s): %s(%s)\n", r->step[i].id, r->step[i].args, r->step[i].why.id,
                        r->step[i].why.args);
}

/* Sorts the county's objects by what is to be said about them. */
/* The keys are fresh each time, so the lots are: false when they gave no object of one of the two kinds. */
static bool draw_and_publish(void **state)
{
    has_ask = false;
    other[0] = 0;
    published_setup(state);
    struct family *f = *state;
    struct site_made made;
    char list[OBJECTS][32], id[40];
    snprintf(site, sizeof(site), "%s/site", f->all.dir);
    MUST(site_publish(&made, f->c.st, site, NULL, NULL, &offices_err));
    draw_text(draw, &f->k, "1");
    qn_row_id_text(id, draw_of(&f->k, "1"));
    snprintf(draw_dir, sizeof(draw_dir), "%s/draws/140602-%s", site, id);
    size_t n = selected(&f->k, draw_of(&f->k, "1"), list, OBJECTS);
    object_id(must, &f->k, 0);
    object_id(excluded, &f->k, 1);
    memcpy(drawn, list[n - 1], sizeof(drawn));
    assert_string_equal(list[0], must);
    for (int i = 2; i < OBJECTS; i++) {
        char one[32];
        bool among = false;
        object_id(one, &f->k, i);
        for (size_t k = 0; k < n; k++)
            among = among || strcmp(list[k], one) == 0;
        if (among)
            continue;
        QN_AUTO(check_report) struct check_report r = {0};
        run(&r, f, one, NULL);
        assert_true(r.ok);
        if (r.answer == ANSWER_ASK_SLIP) {
            memcpy(ask, one, sizeof(ask));
            has_ask = true;
        } else {
            assert_int_equal(r.answer, ANSWER_NOT_SELECTED);
            memcpy(other, one, sizeof(other));
        }
    }
    return has_ask && other[0];
}

/* A stratum of one half beside one of a fifth gives both kinds in nearly every draw. */
static int setup(void **state)
{
    for (int tries = 0; tries < 10; tries++) {
        if (draw_and_publish(state))
            return 0;
        family_teardown(state);
    }
    return -1;
}

/* ---- answers -------------------------------------------------------------------------------------- */

static void slip_for(struct family *f, const char *object, char path[300])
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, QN_SLIP_MAX);
    MUST(owner_slip(&b, f->k.st, draw, object, &offices_err));
    snprintf(path, 300, "%s/slip.txt", f->all.dir);
    write_file(path, b.p, b.n);
}

static struct answer {
    const char *name, *object;
    bool slip;
    enum check_answer want;
} answers[] = {
    {"drawn by lot", drawn, false, ANSWER_DRAWN},
    {"drawn by lot, with its slip", drawn, true, ANSWER_DRAWN},
    {"a must", must, false, ANSWER_DRAWN},
    {"a must, with its slip", must, true, ANSWER_DRAWN},
    {"above every cut-off", other, false, ANSWER_NOT_SELECTED},
    {"above every cut-off, with its slip", other, true, ANSWER_COMPLETE},
    {"below a cut-off", ask, false, ANSWER_ASK_SLIP},
    {"below a cut-off, with its slip", ask, true, ANSWER_COMPLETE},
    {"excluded, with its slip", excluded, true, ANSWER_COMPLETE},
};

static struct family *fam; /* of the group: a row's initial state is its row */

static void gives_answer(void **state)
{
    const struct answer *t = *state;
    char path[300];
    QN_AUTO(check_report) struct check_report r = {0};
    if (t->slip)
        slip_for(fam, t->object, path);
    run(&r, fam, t->object, t->slip ? path : NULL);
    show(&r);
    assert_true(r.ok);
    assert_int_equal(r.answer, t->want);
}

/* ---- questions that have no good answer ------------------------------------------------------------- */

static bool says(const struct check_report *r, const char *id)
{
    for (size_t i = 0; i < r->n; i++)
        if (!r->step[i].ok &&
            (strcmp(r->step[i].id, id) == 0 || strcmp(r->step[i].why.id, id) == 0))
            return true;
    return false;
}

static void refuses_wrong_questions(void **state)
{
    (void)state;
    char sealed[64], other_slip[300], wrong[QN_FINGERPRINT];
    draw_text(sealed, &fam->k, "2");
    slip_for(fam, other, other_slip);
    memcpy(wrong, fam->all.fingerprint, sizeof(wrong));
    wrong[0] = wrong[0] == 'A' ? 'B' : 'A';
    const struct {
        struct check_options o;
        const char *id;
    } rows[] = {
        {{site, wrong, draw, drawn, NULL}, "check.policy"},
        {{site, "", draw, drawn, NULL}, "check.policy"},
        {{site, fam->all.fingerprint, sealed, drawn, NULL}, "check.sealed"},
        {{site, fam->all.fingerprint, "140602:1-999-0", drawn, NULL}, "check.no-draw"},
        {{site, fam->all.fingerprint, draw, "no id", NULL}, "check.object"},
        {{site, fam->all.fingerprint, draw, drawn, other_slip}, "check.slip-object"},
        {{site, fam->all.fingerprint, draw, drawn, "/nowhere"}, "file.absent"},
        {{"/nowhere", fam->all.fingerprint, draw, drawn, NULL}, "check.manifest-form"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        QN_AUTO(check_report) struct check_report r = {0};
        MUST(check_site(&r, &rows[i].o, &offices_err));
        assert_false(r.ok);
        if (!says(&r, rows[i].id)) {
            show(&r);
            fail_msg("row %zu does not say %s", i, rows[i].id);
        }
        assert_int_equal(r.answer,
                         strcmp(rows[i].id, "check.sealed") == 0 ? ANSWER_SEALED : ANSWER_OPEN);
    }
    struct qn_err err;
    struct check_report r;
    struct check_options bad = {site, fam->all.fingerprint, "140602", drawn, NULL};
    assert_int_equal(check_site(&r, &bad, &err), QN_MALFORMED);
    assert_string_equal(err.id, "check.draw-name");
}

/* A slip of one object does not open another's, nor one of another draw this one's. */
static void refuses_wrong_slips(void **state)
{
    (void)state;
    char path[300];
    QN_AUTO(qn_buf) struct qn_buf b = {0}, bad = {0};
    struct qn_slip s;
    struct qn_err err;
    slip_for(fam, ask, path);
    read_file(&b, path);
    assert_int_equal(qn_slip_parse(&s, qn_buf_span(&b), &err), QN_OK);
    for (int i = 0; i < 4; i++) {
        struct qn_slip x = s;
        QN_AUTO(check_report) struct check_report r = {0};
        if (i == 0)
            x.draw.index++;
        else if (i == 1)
            x.freeze.leaf[0] ^= 1;
        else if (i == 2)
            x.attributes[1] ^= 1; /* another class */
        else
            x.path.hash[0][0] ^= 1;
        qn_buf_init(&bad, QN_SLIP_MAX);
        qn_slip_text(&bad, &x, qn_str(""));
        write_file(path, bad.p, bad.n);
        qn_buf_release(&bad);
        run(&r, fam, ask, path);
        assert_false(r.ok);
        assert_true(says(&r, "check.slip"));
        assert_int_equal(r.answer, ANSWER_OPEN);
    }
    qn_buf_init(&bad, QN_SLIP_MAX);
}

/* ---- every tampered byte ---------------------------------------------------------------------------- */

static bool names(const struct check_report *r, const char *path)
{
    for (size_t i = 0; i < r->n; i++)
        if (!r->step[i].ok && (strstr(r->step[i].args, path) || strstr(r->step[i].why.args, path)))
            return true;
    return false;
}

static void flip_file(const char *path, size_t places)
{
    char full[600];
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    snprintf(full, sizeof(full), "%s/%s", site, path);
    read_file(&b, full);
    size_t step = b.n / places + 1;
    for (size_t i = 0; i < b.n; i += step) {
        QN_AUTO(check_report) struct check_report r = {0};
        uint8_t bit = (uint8_t)(1u << (i % 8));
        b.p[i] ^= bit;
        write_file(full, b.p, b.n);
        run(&r, fam, drawn, NULL);
        if (r.ok)
            fail_msg("%s: bit %zu of byte %zu was not caught", path, i % 8, i);
        assert_int_equal(r.answer, ANSWER_OPEN);
        /* The manifest itself is named by its own step. */
        if (!names(&r, path) && !says(&r, "check.manifest") && !says(&r, "check.manifest-form"))
            fail_msg("%s: byte %zu was caught, but the file is not named", path, i);
        b.p[i] ^= bit;
    }
    write_file(full, b.p, b.n);
}

static void catches_every_flip(void **state)
{
    (void)state;
    struct manifest m;
    MUST(manifest_load(&m, site, &offices_err));
    for (size_t i = 0; i < m.n; i++) {
        char path[200];
        qn_text_copy(path, sizeof(path), m.line[i].path);
        flip_file(path, strstr(path, "draws/") ? 24 : 6);
    }
    flip_file("manifest.txt", 40);
    flip_file("manifest.note", 40);
    manifest_free(&m);
    QN_AUTO(check_report) struct check_report r = {0};
    run(&r, fam, drawn, NULL);
    assert_true(r.ok);
}

static void catches_added_and_missing_files(void **state)
{
    (void)state;
    char path[400], aside[400];
    snprintf(path, sizeof(path), "%s/draws/extra.html", site);
    write_file(path, "x", 1);
    {
        QN_AUTO(check_report) struct check_report r = {0};
        run(&r, fam, drawn, NULL);
        assert_true(says(&r, "check.file-foreign") && names(&r, "draws/extra.html"));
    }
    remove(path);
    snprintf(path, sizeof(path), "%s/order.txt", draw_dir);
    snprintf(aside, sizeof(aside), "%s/order.aside", fam->all.dir);
    assert_int_equal(rename(path, aside), 0);
    {
        QN_AUTO(check_report) struct check_report r = {0};
        run(&r, fam, drawn, NULL);
        assert_true(says(&r, "file.absent") && names(&r, "order.txt"));
    }
    assert_int_equal(rename(aside, path), 0);
}

/* ---- a publisher who signs what he forged ----------------------------------------------------------- */

/* The manifest made anew over the files as they are, signed with the publisher's own key. */
static void sign_again(void)
{
    struct manifest m;
    struct manifest_note n = {.time_s = 1};
    char path[600];
    QN_AUTO(qn_buf) struct qn_buf list = {0}, text = {0}, note = {0};
    qn_buf_init(&list, 1u << 20);
    qn_buf_init(&text, 4096);
    qn_buf_init(&note, 4096);
    MUST(manifest_load(&m, site, &offices_err));
    for (size_t i = 0; i < m.n; i++) {
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        uint8_t hash[QN_HASH];
        snprintf(path, sizeof(path), "%s/%.*s", site, (int)m.line[i].path.n,
                 (const char *)m.line[i].path.p);
        if (access(path, R_OK) != 0)
            continue;
        read_file(&b, path);
        struct qn_span all = qn_buf_span(&b);
        wire_sha256(hash, &all, 1);
        qn_put_hex(&list, hash, QN_HASH);
        qn_put_fmt(&list, "  %.*s\n", (int)m.line[i].path.n, (const char *)m.line[i].path.p);
        n.files++;
    }
    manifest_free(&m);
    struct qn_span all = qn_buf_span(&list);
    wire_sha256(n.hash, &all, 1);
    qn_text_copy(n.origin, sizeof(n.origin), qn_str(store_origin(fam->c.st)));
    manifest_note_text(&text, &n);
    qn_put_span(&note, qn_buf_span(&text));
    qn_put_str(&note, "\n");
    qn_note_sign(&note, qn_buf_span(&text), qn_str(n.origin), keys_log_sk(fam->c.keys));
    snprintf(path, sizeof(path), "%s/manifest.txt", site);
    write_file(path, list.p, list.n);
    snprintf(path, sizeof(path), "%s/manifest.note", site);
    write_file(path, note.p, note.n);
}

static void forges(const char *path)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    char full[600];
    snprintf(full, sizeof(full), "%s/%s", draw_dir, path);
    read_file(&b, full);
    for (size_t i = 0; i < b.n; i += b.n / 40 + 1) {
        QN_AUTO(check_report) struct check_report r = {0};
        b.p[i] ^= 1;
        write_file(full, b.p, b.n);
        sign_again();
        run(&r, fam, drawn, NULL);
        if (r.ok)
            fail_msg("%s: byte %zu, signed by the publisher, was believed", path, i);
        assert_false(says(&r, "check.file-differs")); /* the forger's manifest is in order */
        b.p[i] ^= 1;
    }
    write_file(full, b.p, b.n);
    sign_again();
}

static void believes_no_publisher(void **state)
{
    (void)state;
    static const char *const files[] = {"entries.frames", "order.txt", "freeze.txt", "result.txt",
                                        "rules-1.txt",    "../../check.js", "../../check.frames"};
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        forges(files[i]);
    /* A cosignature made up: the city's witness line under the draw's checkpoint. */
    char path[600];
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    snprintf(path, sizeof(path), "%s/draw.1406.proof", draw_dir);
    read_file(&b, path);
    static const char line[] = "— test.example/1406/1/witness ";
    uint8_t *at = memmem(b.p, b.n, line, sizeof(line) - 1);
    assert_non_null(at);
    at += sizeof(line) + 40; /* inside its signature */
    uint8_t was = *at;
    *at = was == 'A' ? 'B' : 'A';
    write_file(path, b.p, b.n);
    sign_again();
    {
        QN_AUTO(check_report) struct check_report r = {0};
        run(&r, fam, drawn, NULL);
        assert_true(says(&r, "check.not-cosigned"));
    }
    *at = was;
    write_file(path, b.p, b.n);
    sign_again();
    QN_AUTO(check_report) struct check_report r = {0};
    run(&r, fam, drawn, NULL);
    assert_true(r.ok);
}

/* Without any cosignature from above nothing dates the entry. */
static void wants_a_witness_from_above(void **state)
{
    (void)state;
    static const char *const kinds[] = {"order", "freeze", "draw"};
    static const char *const ids[] = {"ORDER", "FREEZE", "DRAW"};
    char list_path[400], note_path[400];
    QN_AUTO(qn_buf) struct qn_buf list = {0}, note = {0};
    snprintf(list_path, sizeof(list_path), "%s/manifest.txt", site);
    snprintf(note_path, sizeof(note_path), "%s/manifest.note", site);
    read_file(&list, list_path);
    read_file(&note, note_path);
    for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
        char city[400], province[400], aside_c[400], aside_p[400];
        snprintf(city, sizeof(city), "%s/%s.1406.proof", draw_dir, kinds[k]);
        snprintf(province, sizeof(province), "%s/%s.14.proof", draw_dir, kinds[k]);
        snprintf(aside_c, sizeof(aside_c), "%s/c.aside", fam->all.dir);
        snprintf(aside_p, sizeof(aside_p), "%s/p.aside", fam->all.dir);
        assert_int_equal(rename(city, aside_c), 0);
        bool both = rename(province, aside_p) == 0;
        sign_again();
        {
            QN_AUTO(check_report) struct check_report r = {0};
            run(&r, fam, drawn, NULL);
            assert_true(says(&r, "check.no-witness") && names(&r, ids[k]));
        }
        assert_int_equal(rename(aside_c, city), 0);
        if (both)
            assert_int_equal(rename(aside_p, province), 0);
        write_file(list_path, list.p, list.n);
        write_file(note_path, note.p, note.n);
    }
}

static int group_setup(void **state)
{
    int rc = setup(state);
    fam = *state;
    *state = NULL; /* else every row would get the group's */
    return rc;
}

static int group_teardown(void **state)
{
    *state = fam;
    return family_teardown(state);
}

int main(void)
{
    struct CMUnitTest test[ARRAY_LEN(answers) + 6];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(answers); i++)
        test[n++] = (struct CMUnitTest){answers[i].name, gives_answer, NULL, NULL, &answers[i]};
    test[n++] = (struct CMUnitTest){"wrong questions", refuses_wrong_questions, NULL, NULL, NULL};
    test[n++] = (struct CMUnitTest){"wrong slips", refuses_wrong_slips, NULL, NULL, NULL};
    test[n++] = (struct CMUnitTest){"every flip", catches_every_flip, NULL, NULL, NULL};
    test[n++] = (struct CMUnitTest){"files added and missing", catches_added_and_missing_files,
                                    NULL, NULL, NULL};
    test[n++] = (struct CMUnitTest){"a forging publisher", believes_no_publisher, NULL, NULL, NULL};
    test[n++] = (struct CMUnitTest){"no witness", wants_a_witness_from_above, NULL, NULL, NULL};
    return cmocka_run_group_tests_name("site check", test, group_setup, group_teardown);
}
