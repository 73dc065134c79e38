/* test_vectors_wire.c - the vector files that tests/tools/make_vectors_wire.c writes: verdict and results of each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sodium.h>

#include "qian/change.h"
#include "qian/tile.h"
#include "qian/witness.h"
#include "tests/unit/vectors.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static uint64_t number(const struct vector *v, const char *key)
{
    const char *text = vector_get(v, key, NULL);
    if (!text)
        fail_msg("%s: no %s", v->name, key);
    return strtoull(text, NULL, 10);
}

static enum qn_code authority(const struct vector *v, struct qn_err *err)
{
    static const char letter[] = " pcks";
    struct qn_table table = {.name = "t", .lane = (enum qn_lane)number(v, "table-lane")};
    struct qn_cert signer = {.level = (enum qn_level)number(v, "level")};
    struct qn_row row = {.table = &table};
    struct qn_header *h = calloc(1, sizeof(*h));
    assert_non_null(h);
    for (const char *p = vector_get(v, "levels", ""); *p; p++) {
        table.once = *p < 'a';
        table.levels |= (uint8_t)(1u << (strchr(letter, *p | 0x20) - letter));
    }
    assert_true(
        qn_text_copy(signer.office, sizeof(signer.office), qn_str(vector_get(v, "signer", ""))));
    signer.epoch = (uint16_t)number(v, "epoch");
    signer.lanes = (uint8_t)number(v, "lanes");
    row.col[0].s = qn_str(vector_get(v, "office", ""));
    assert_int_equal(qn_row_id_parse(&row.col[1].i, qn_str(vector_get(v, "id", "")), NULL), QN_OK);
    row.col[2].i = (int64_t)number(v, "rev");
    h->lane = (enum qn_lane)number(v, "lane");
    h->seq = number(v, "seq");
    enum qn_code rc = qn_authorise(&row, h, &signer, err);
    free(h);
    return rc;
}

static enum qn_code skipping(const struct vector *v, struct qn_err *err)
{
    struct qn_header *h = calloc(1, sizeof(*h));
    struct qn_cert signer = {.deployment = "test.example", .office = "1406", .epoch = 1}, subject = {.epoch = 1};
    const char *issuer = vector_get(v, "issuer", "");
    const char *table = vector_get(v, "table", "");
    bool waiver = strcmp(table, "waiver") == 0;
    struct qn_span origin = qn_str(vector_get(v, "origin", ""));
    int64_t seq = strtoll(vector_get(v, "seq", ""), NULL, 10);
    struct qn_cert *about = waiver ? &subject : &signer;
    assert_non_null(h);
    h->seq = 40;
    assert_true(qn_text_copy(about->office, sizeof(about->office), qn_str(vector_get(v, "office", ""))));
    about->epoch = (uint16_t)number(v, "epoch");
    assert_true(qn_text_copy(subject.issuer, sizeof(subject.issuer), qn_str(strcmp(issuer, "-") ? issuer : "")));
    if (qn_span_is(origin, "-"))
        origin = (struct qn_span){NULL, 0};
    enum qn_code rc = waiver                            ? qn_judge_waiver(origin, seq, &subject, &signer, err)
                      : strcmp(table, "abandoned") == 0 ? qn_judge_abandoned(origin, seq, &signer, err)
                                                        : qn_judge_supersede(origin, seq, h, &signer, err);
    free(h);
    return rc;
}

static enum qn_code forgetting(const struct vector *v, struct qn_err *err)
{
    struct qn_header *h = calloc(1, sizeof(*h));
    struct qn_cert signer = {.deployment = "test.example", .office = "1406", .epoch = 2};
    char list[200];
    const char *above[8], *given = vector_get(v, "given", "");
    size_t n = 0;
    assert_non_null(h);
    h->seq = 40;
    snprintf(list, sizeof(list), "%s", vector_get(v, "above", ""));
    for (char *at = strtok(list, " "); at && n < 8; at = strtok(NULL, " "))
        above[n++] = at;
    enum qn_code rc =
        *given ? qn_judge_purge(qn_str(vector_get(v, "holder", "")), qn_str(vector_get(v, "subject", "")),
                                strcmp(given, "yes") == 0, &signer, err)
               : qn_judge_redaction(qn_str(vector_get(v, "origin", "")), strtoll(vector_get(v, "seq", ""), NULL, 10),
                                    strtoll(vector_get(v, "part", ""), NULL, 10), above, n, h, &signer, err);
    free(h);
    return rc;
}

static enum qn_code governing(const struct vector *v, struct qn_err *err)
{
    static struct qn_cert cert[8];
    struct qn_cert_given given[8];
    const struct qn_cert *out = NULL;
    const char *p = vector_get(v, "given", "");
    size_t n = 0;
    for (int used; *p; p += used, n++) {
        unsigned serial, lanes;
        int from, to;
        unsigned long long time;
        used = 0;
        assert_true(n < ARRAY_LEN(cert));
        assert_int_equal(
            sscanf(p, "%u %d %d %u %llu;%n", &serial, &from, &to, &lanes, &time, &used), 5);
        assert_true(used > 0);
        cert[n] = (struct qn_cert){
            .serial = serial, .from_day = from, .to_day = to, .lanes = (uint8_t)lanes};
        given[n] = (struct qn_cert_given){&cert[n], time};
    }
    enum qn_code rc = qn_cert_governing(&out, given, n, number(v, "time"), err);
    if (!rc)
        assert_int_equal(out->serial, number(v, "out.serial"));
    return rc;
}

static enum qn_code chain(const struct vector *v, struct qn_err *err)
{
    struct qn_cert parent, c;
    struct qn_buf above, body;
    assert_true(vector_bytes(&above, v, "parent"));
    assert_int_equal(qn_cert_decode(&parent, qn_buf_span(&above), err), QN_OK);
    qn_buf_release(&above);
    enum qn_code rc = qn_cert_verify(&c, vector_in(v), &parent, err);
    if (!rc) {
        qn_buf_init(&body, QN_CERT_MAX);
        qn_cert_body(&body, &c);
        assert_int_equal(body.n + 1 + QN_SIG, v->in.n);
        assert_memory_equal(body.p, v->in.p, body.n);
        qn_buf_release(&body);
    }
    return rc;
}

static enum qn_code witness_answer(const struct vector *v, struct qn_err *err)
{
    struct qn_span line;
    struct qn_vkey key;
    struct qn_buf text;
    uint64_t time_s;
    assert_true(vector_bytes(&text, v, "text"));
    assert_int_equal(qn_vkey_parse(&key, qn_str(vector_get(v, "vkey", "")), err), QN_OK);
    enum qn_code rc =
        qn_witness_answer(&line, &time_s, qn_buf_span(&text), vector_in(v), &key, err);
    if (!rc)
        assert_int_equal(time_s, number(v, "out.time"));
    qn_buf_release(&text);
    return rc;
}

static enum qn_code note_bounds(const struct vector *v, struct qn_err *err)
{
    struct qn_note note;
    return qn_note_parse(&note, vector_in(v), err);
}

static enum qn_code entry_bundle(const struct vector *v, struct qn_err *err)
{
    struct qn_span leaf[QN_TILE_WIDTH];
    unsigned width = (unsigned)number(v, "width");
    struct qn_buf again;
    enum qn_code rc = qn_bundle_decode(leaf, width, vector_in(v), err);
    if (rc)
        return rc;
    qn_buf_init(&again, VECTOR_VALUE);
    for (unsigned i = 0; i < width; i++)
        assert_int_equal(qn_bundle_put(&again, leaf[i], err), QN_OK);
    assert_true(qn_span_eq(qn_buf_span(&again), vector_in(v)));
    qn_buf_release(&again);
    return QN_OK;
}

static enum qn_code entry_bundle_leaf(const struct vector *v, struct qn_err *err)
{
    struct qn_buf out, want;
    qn_buf_init(&out, VECTOR_VALUE);
    enum qn_code rc = qn_bundle_put(&out, vector_in(v), err);
    if (!rc) {
        assert_true(vector_bytes(&want, v, "out.bundle"));
        assert_true(qn_span_eq(qn_buf_span(&out), qn_buf_span(&want)));
        qn_buf_release(&want);
    }
    qn_buf_release(&out);
    return rc;
}

/* Each file with its operation and the keys it may have; " key " stands between blanks. */
static const struct {
    const char *path;
    enum qn_code (*run)(const struct vector *v, struct qn_err *err);
    const char *keys;
} files[] = {
    {"tests/vectors/authority.txt", authority,
     " levels table-lane office id rev lane seq signer level epoch lanes "},
    {"tests/vectors/skip.txt", skipping, " table origin seq office epoch issuer "},
    {"tests/vectors/forget.txt", forgetting, " table origin seq part above holder subject given "},
    {"tests/vectors/governing.txt", governing, " given time out.serial "},
    {"tests/vectors/chain.txt", chain, " parent "},
    {"tests/vectors/witness-answer.txt", witness_answer, " text vkey out.time "},
    {"tests/vectors/note-bounds.txt", note_bounds, " "},
    {"tests/vectors/entry-bundle.txt", entry_bundle, " width "},
    {"tests/vectors/entry-bundle-leaf.txt", entry_bundle_leaf, " out.bundle "},
};

static void one(const struct vector *v, size_t f)
{
    char key[32];
    struct qn_err err = {.code = QN_OK};
    for (unsigned k = 0; k < v->nkeys; k++) {
        snprintf(key, sizeof(key), " %s ", v->key[k]);
        if (!strstr(files[f].keys, key))
            fail_msg("%s: unknown key%s", v->name, key);
    }
    enum qn_code rc = files[f].run(v, &err);
    if (strcmp(rc ? err.id : "ok", v->want) != 0)
        fail_msg("%s: %s, not %s", v->name, rc ? err.id : "ok", v->want);
}

static void all(void **state)
{
    (void)state;
    for (size_t f = 0; f < ARRAY_LEN(files); f++) {
        unsigned ok = 0, refused = 0;
        assert_int_equal(vectors_read(files[f].path), 0);
        for (size_t i = 0; i < nvectors; i++) {
            one(&vectors[i], f);
            *(strcmp(vectors[i].want, "ok") == 0 ? &ok : &refused) += 1;
        }
        print_message("# %s: %u ok, %u refused\n", files[f].path, ok, refused);
        assert_true(ok >= 1 && refused >= 3);
        vectors_release();
    }
}

int main(void)
{
    const struct CMUnitTest test[] = {cmocka_unit_test(all)};
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(test, NULL, NULL);
}
