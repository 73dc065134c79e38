/* Known answers of the records were computed with Python's hashlib and hmac (tests/vectors/draw.py, functions
 * object_record, mark_record, inspector_record, recusal_record, list_root) under the salt key 00 01 02 … 1f. */
#include "tests/unit/swap.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "qian/roster.h"

#define NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static uint8_t salt_key[32];

static int set_up(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < 32; i++)
        salt_key[i] = i;
    return sodium_init() < 0;
}

static void expect_hex(const struct qn_buf *b, const char *want)
{
    char hex[1024];
    assert_int_equal(b->failed, QN_OK);
    assert_true(b->n < sizeof(hex) / 2);
    qn_hex(hex, b->p, b->n);
    assert_string_equal(hex, want);
}

static void expect_hash(const uint8_t hash[QN_HASH], const char *want)
{
    char hex[2 * QN_HASH + 1];
    qn_hex(hex, hash, QN_HASH);
    assert_string_equal(hex, want);
}

/* ---- records ------------------------------------------------------------------------------------ */

static struct qn_object object(const char *id, uint8_t kind)
{
    return (struct qn_object){qn_str(id), {kind, 4, 0, 258, 1, 18855, "140602", 2, {3, 260}}};
}

static void object_bytes(void **state)
{
    (void)state;
    struct qn_object o = object("E:91140602MA0KX0A76X", 1);
    QN_AUTO(qn_buf) struct qn_buf b = {0}, a = {0};
    uint8_t salt[QN_HASH];
    qn_buf_init(&b, 1024);
    qn_buf_init(&a, 1024);
    qn_object_attributes(&a, &o);
    expect_hex(&a, "01040001020001000049a7063134303630320200030104");
    qn_object_attr_salt(salt, o.id, salt_key);
    expect_hash(salt, "79ee9a3557594d5831e41f574c6528de2db43b5f59a961896847ecae8545adf1");
    qn_object_record(&b, &o, salt_key);
    expect_hex(&b, "0114453a39313134303630324d41304b5830413736580df5eece9975ecd62e62c173aee339996ac"
                   "e9a1f632ec242048d0f9380"
                   "0a23e58d5f9a3f0e7b64e81ef7611f9f0cce7a");
}

static void mark_bytes(void **state)
{
    (void)state;
    struct qn_mark m = {
        .id = qn_str("E:91140602MA0KX0A76X"), .kind = 1, .reason = 4, .scope = qn_str("2021/09")};
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, 1024);
    memset(m.source, 0xab, QN_HASH);
    qn_mark_record(&b, &m, salt_key);
    expect_hex(&b, "0214453a39313134303630324d41304b583041373658010407323032312f3039"
                   "abababababababababababababababababababababababababababababababab"
                   "b0e7495fba57fccf76d4348e298794e4");
}

static void inspector_bytes(void **state)
{
    (void)state;
    struct qn_inspector i = {qn_str("140602/1402001"), 2, {2, 513}, true, 66051};
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, 1024);
    qn_inspector_record(&b, &i, salt_key);
    expect_hex(
        &b, "030e3134303630322f3134303230303102000202010100010203bca93ba26ed35e407751358957032d96");
}

static void recusal_bytes(void **state)
{
    (void)state;
    struct qn_recusal c = {qn_str("140602/1402001"), qn_str("E:91140602MA0KX0A76X")};
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, 1024);
    qn_recusal_record(&b, &c, salt_key);
    expect_hex(&b, "040e3134303630322f3134303230303114453a39313134303630324d41304b583041373658"
                   "6d1ead069d0f0589916de8ee2fafb582");
}

/* Records are written one behind the other; the salt covers its own record only. */
static void record_behind_another(void **state)
{
    (void)state;
    struct qn_recusal c = {qn_str("140602/1402001"), qn_str("E:91140602MA0KX0A76X")};
    QN_AUTO(qn_buf) struct qn_buf one = {0}, two = {0};
    qn_buf_init(&one, 1024);
    qn_buf_init(&two, 1024);
    qn_recusal_record(&one, &c, salt_key);
    qn_recusal_record(&two, &c, salt_key);
    qn_recusal_record(&two, &c, salt_key);
    assert_int_equal(two.n, 2 * one.n);
    assert_memory_equal(two.p + one.n, one.p, one.n);
}

static void refuses_long_id(void **state)
{
    (void)state;
    uint8_t id[256];
    memset(id, 'A', sizeof(id));
    for (size_t n = 255; n <= 256; n++) {
        struct qn_object o = {.id = {id, n}};
        struct qn_recusal c = {{id, n}, {id, n}};
        QN_AUTO(qn_buf) struct qn_buf a = {0}, b = {0};
        qn_buf_init(&a, 2048);
        qn_buf_init(&b, 2048);
        qn_object_record(&a, &o, salt_key);
        qn_recusal_record(&b, &c, salt_key);
        assert_int_equal(a.failed, n == 255 ? QN_OK : QN_LIMIT);
        assert_int_equal(b.failed, n == 255 ? QN_OK : QN_LIMIT);
    }
}

static void attributes_hide_behind_salt(void **state)
{
    (void)state;
    struct qn_object low = object("E:91140602MA0KX0A76X", 1), high = low;
    uint8_t other[32] = {9};
    QN_AUTO(qn_buf) struct qn_buf a = {0}, b = {0}, c = {0};
    qn_buf_init(&a, 1024);
    qn_buf_init(&b, 1024);
    qn_buf_init(&c, 1024);
    high.attr.cls = 1;
    qn_object_record(&a, &low, salt_key);
    qn_object_record(&b, &high, salt_key);
    qn_object_record(&c, &low, other);
    assert_memory_equal(a.p, b.p, 22); /* type, length, id */
    assert_memory_not_equal(a.p + 22, b.p + 22, 32);
    assert_memory_not_equal(a.p + 22, c.p + 22, 32);
}

/* ---- lists -------------------------------------------------------------------------------------- */

static void roots(void **state)
{
    (void)state;
    struct qn_object o[] = {object("I:92140622MA0KY12B6F", 2), object("E:91140602MA0KX0A76X", 1),
                            object("C:93150602MA0NB3C453", 3)};
    struct qn_roster r = {.object = o, .nobjects = 3};
    struct qn_roster_roots out;
    struct qn_err err = {.id = ""};
    expect_verdict(qn_roster_roots(&out, &r, salt_key, &err), &err,
                   "roster.unsorted list=objects|no=2");
    assert_int_equal(qn_roster_sort(&r, NULL), QN_OK);
    expect_verdict(qn_roster_roots(&out, &r, salt_key, &err), &err, NULL);
    assert_int_equal(out.objects, 3);
    assert_int_equal(out.recusals, 0);
    expect_hash(out.object_root,
                "65ebf989236b201cb1554783ac9abd01668645584c5685dda788d9c3d11399a3");
    expect_hash(out.mark_root, NOTHING);
    expect_hash(out.inspector_root, NOTHING);
    expect_hash(out.recusal_root, NOTHING);
}

static void sorts_marks_by_whole_key(void **state)
{
    (void)state;
    const struct qn_mark sorted[] = {
        {qn_str("E:1"), 1, 4, qn_str(""), {0}},   {qn_str("E:1"), 1, 4, qn_str("2021/09"), {0}},
        {qn_str("E:1"), 1, 200, qn_str(""), {0}}, {qn_str("E:1"), 2, 1, qn_str(""), {0}},
        {qn_str("E:10"), 1, 1, qn_str(""), {0}},  {qn_str("E:2"), 1, 1, qn_str(""), {0}},
    };
    struct qn_mark m[6];
    for (size_t i = 0; i < 6; i++)
        m[i] = sorted[(i * 5 + 3) % 6];
    struct qn_roster r = {.mark = m, .nmarks = 6};
    assert_int_equal(qn_roster_check(&r, NULL), QN_CONFLICT);
    assert_int_equal(qn_roster_sort(&r, NULL), QN_OK);
    assert_int_equal(qn_roster_check(&r, NULL), QN_OK);
    for (size_t i = 0; i < 6; i++) {
        assert_true(qn_span_eq(m[i].id, sorted[i].id));
        assert_int_equal(m[i].reason, sorted[i].reason);
        assert_true(qn_span_eq(m[i].scope, sorted[i].scope));
    }
}

static void refuses_twice(void **state)
{
    (void)state;
    struct qn_err err = {.id = ""};
    struct qn_object o[] = {{.id = qn_str("E:2")}, {.id = qn_str("E:1")}, {.id = qn_str("E:2")}};
    struct qn_mark m[] = {{.id = qn_str("E:1"), .kind = 1},
                          {.id = qn_str("E:1"), .kind = 1, .source = {7}}};
    struct qn_inspector i[] = {{.id = qn_str("140602/1")}, {.id = qn_str("140602/1"), .load0 = 3}};
    struct qn_recusal c[] = {{qn_str("140602/1"), qn_str("E:1")},
                             {qn_str("140602/1"), qn_str("E:1")}};
    struct qn_roster a = {.object = o, .nobjects = 3}, b = {.mark = m, .nmarks = 2},
                     d = {.inspector = i, .ninspectors = 2}, e = {.recusal = c, .nrecusals = 2};
    expect_verdict(qn_roster_sort(&a, &err), &err, "roster.twice list=objects|id=E:2");
    expect_verdict(qn_roster_sort(&b, &err), &err, "roster.twice list=marks|id=E:1");
    expect_verdict(qn_roster_sort(&d, &err), &err, "roster.twice list=inspectors|id=140602/1");
    expect_verdict(qn_roster_sort(&e, &err), &err, "roster.twice list=recusals|id=140602/1");
    expect_verdict(qn_roster_check(&e, &err), &err, "roster.unsorted list=recusals|no=2");
}

static void finds(void **state)
{
    (void)state;
    struct qn_object o[] = {{.id = qn_str("E:1")}, {.id = qn_str("E:10")}, {.id = qn_str("E:2")}};
    struct qn_inspector i[] = {{.id = qn_str("140602/1")}, {.id = qn_str("140602/2")}};
    struct qn_roster r = {.object = o, .nobjects = 3, .inspector = i, .ninspectors = 2}, none = {0};
    size_t at = 9;
    assert_true(qn_roster_object(&r, qn_str("E:10"), &at));
    assert_int_equal(at, 1);
    assert_true(qn_roster_inspector(&r, qn_str("140602/2"), &at));
    assert_int_equal(at, 1);
    assert_false(qn_roster_object(&r, qn_str("E:11"), &at));
    assert_false(qn_roster_object(&r, qn_str(""), &at));
    assert_false(qn_roster_inspector(&r, qn_str("140602/3"), &at));
    assert_false(qn_roster_object(&none, qn_str("E:1"), &at));
}

/* ---- proofs of one object ------------------------------------------------------------------------ */

static void proves_every_object(void **state)
{
    (void)state;
    static struct qn_object o[70];
    static char id[70][32];
    for (size_t n = 1; n <= 70; n++) {
        for (size_t i = 0; i < n; i++) {
            snprintf(id[i], sizeof(id[i]), "E:91%016zu", i);
            o[i] = object(id[i], 1);
        }
        struct qn_roster r = {.object = o, .nobjects = n};
        struct qn_roster_roots top;
        assert_int_equal(qn_roster_roots(&top, &r, salt_key, NULL), QN_OK);
        for (size_t i = 0; i < n; i++) {
            struct qn_err err = {.id = ""};
            struct qn_proof proof;
            uint64_t index = 999;
            uint8_t leaf[QN_HASH];
            QN_AUTO(qn_buf) struct qn_buf b = {0};
            qn_buf_init(&b, 1024);
            expect_verdict(qn_roster_prove(&proof, &index, &r, salt_key, o[i].id, &err), &err,
                           NULL);
            assert_int_equal(index, i);
            qn_object_record(&b, &o[i], salt_key);
            qn_leaf_hash(leaf, qn_buf_span(&b));
            expect_verdict(qn_check_inclusion(leaf, index, n, &proof, top.object_root, &err), &err,
                           NULL);
        }
    }
}

static void proves_no_stranger(void **state)
{
    (void)state;
    struct qn_object o[] = {{.id = qn_str("E:1")}, {.id = qn_str("E:2")}};
    struct qn_roster r = {.object = o, .nobjects = 2};
    struct qn_proof proof;
    uint64_t index;
    struct qn_err err = {.id = ""};
    expect_verdict(qn_roster_prove(&proof, &index, &r, salt_key, qn_str("E:3"), &err), &err,
                   "roster.no-object id=E:3");
    o[1].id = qn_str("E:0");
    expect_verdict(qn_roster_prove(&proof, &index, &r, salt_key, qn_str("E:0"), &err), &err,
                   "roster.unsorted list=objects|no=2");
}

/* ---- ids ---------------------------------------------------------------------------------------- */

#define N128 \
    "12345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012" \
    "345678901234567890" \
    "123456789012345678"

static struct id_row {
    const char *name, *id, *want;
} ids[] = {
    {"enterprise", "E:91140602MA0KX0A76X", NULL},
    {"enterprise whose check character does not fit", "E:91350203M0001QAY9B", NULL},
    {"individual", "I:92140622MA0KY12B6F", NULL},
    {"cooperative", "C:93150602MA0NB3C453", NULL},
    {"institution", "N:121402004061234576", NULL},
    {"social organisation", "S:51140200500123453Y", NULL},
    {"registration number", "E:140225600012345", NULL},
    {"product", "P:91140602MA0KX0A76X/KR-100", NULL},
    {"equipment with Chinese and brackets", "Q:91140602MA0KX0A76X/梯11晋K00123(23)", NULL},
    {"equipment of an old number, slash inside", "Q:140225600012345/A/B", NULL},
    {"site", "L:91140602MA0KX0A76X/1", NULL},
    {"number of 128 bytes", "L:91140602MA0KX0A76X/" N128, NULL},
    {"standard", "T:GB/T19001-2016", NULL},
    {"standard of one character", "T:1", NULL},
    {"minted", "O:140602/1-45-0", NULL},

    {"empty", "", "object.form id=?"},
    {"no identifier", "E:", "object.form id=E:"},
    {"no colon", "E91140602MA0KX0A76X", "object.form"},
    {"unknown letter", "X:91140602MA0KX0A76X", "object.form id=X:91140602MA0KX0A76X"},
    {"small letter", "e:91140602MA0KX0A76X", "object.form"},
    {"17 characters", "E:91140602MA0KX0A76", "object.entity id=E:91140602MA0KX0A76"},
    {"19 characters", "E:91140602MA0KX0A76XX", "object.entity"},
    {"letter I", "E:91140602MA0KX0A76I", "object.entity"},
    {"letter O", "E:91140602MA0KXOA76X", "object.entity"},
    {"lower case", "E:91140602ma0kx0a76x", "object.entity"},
    {"space inside", "E:91140602 A0KX0A76X", "object.entity"},
    {"14 digits", "E:14022560001234", "object.entity"},
    {"15 characters, one a letter", "I:14022560001234A", "object.entity"},
    {"product without an owner", "P:KR-100", "object.owned id=P:KR-100"},
    {"product of a bad owner", "P:9114/KR-100", "object.owned"},
    {"product without a number", "P:91140602MA0KX0A76X/", "object.owned"},
    {"small letters in a number", "Q:91140602MA0KX0A76X/k1", "object.owned"},
    {"blank in a number", "Q:91140602MA0KX0A76X/K 1", "object.owned"},
    {"full-width bracket", "Q:91140602MA0KX0A76X/梯（23", "object.owned"},
    {"full-width digit", "Q:91140602MA0KX0A76X/１", "object.owned"},
    {"ideographic space", "Q:91140602MA0KX0A76X/梯\u3000a", "object.owned"},
    {"no-break space", "Q:91140602MA0KX0A76X/A\u00a0A", "object.owned"},
    {"zero-width space", "Q:91140602MA0KX0A76X/A\u200bA", "object.owned"},
    {"byte order mark", "Q:91140602MA0KX0A76X/\ufeffA", "object.owned"},
    {"minus sign", "Q:91140602MA0KX0A76X/A\u22121", "object.owned"},
    {"small hyphen", "Q:91140602MA0KX0A76X/A\ufe631", "object.owned"},
    {"combining low line", "Q:91140602MA0KX0A76X/A1\u0332", "object.owned"},
    {"broken UTF-8", "Q:91140602MA0KX0A76X/\xe6\xa2", "object.owned id=?"},
    {"control character", "Q:91140602MA0KX0A76X/A\x7f", "object.owned"},
    {"number of 129 bytes", "L:91140602MA0KX0A76X/" N128 "9", "object.owned"},
    {"standard with a blank", "T:GB/T 19001-2016", "object.standard"},
    {"standard with a long dash", "T:GB/T19001\u20142016", "object.standard"},
    {"standard with a full-width slash", "T:GB／T19001-2016", "object.standard"},
    {"minted by nobody", "O:1-45-0", "object.minted"},
    {"minted by a bad code", "O:14060a/1", "object.minted"},
    {"minted without a number", "O:140602/", "object.minted"},
    {"minted with a slash", "O:140602/1/2", "object.minted"},
    {"minted in lower case", "O:140602/a", "object.minted"},
    {"a bar is not shown", "T:1|x", "object.standard id=?"},
};

static void judges_id(void **state)
{
    const struct id_row *row = *state;
    struct qn_err err = {.id = ""};
    expect_verdict(qn_object_id_check(qn_str(row->id), &err), &err, row->want);
}

static void bounds_id(void **state)
{
    (void)state;
    uint8_t id[256];
    struct qn_err err = {.id = ""};
    memset(id, '1', sizeof(id));
    memcpy(id, "T:", 2);
    expect_verdict(qn_object_id_check((struct qn_span){id, 130}, &err), &err, NULL);
    expect_verdict(qn_object_id_check((struct qn_span){id, 131}, &err), &err, "object.standard");
    expect_verdict(qn_object_id_check((struct qn_span){id, 256}, &err), &err, "object.form id=?");
    id[0] = 0;
    expect_verdict(qn_object_id_check((struct qn_span){id, 9}, &err), &err, "object.form id=?");
}

int main(void)
{
    const struct CMUnitTest fixed[] = {
        cmocka_unit_test(object_bytes),
        cmocka_unit_test(mark_bytes),
        cmocka_unit_test(inspector_bytes),
        cmocka_unit_test(recusal_bytes),
        cmocka_unit_test(record_behind_another),
        cmocka_unit_test(refuses_long_id),
        cmocka_unit_test(attributes_hide_behind_salt),
        cmocka_unit_test(roots),
        cmocka_unit_test(sorts_marks_by_whole_key),
        cmocka_unit_test(refuses_twice),
        cmocka_unit_test(finds),
        cmocka_unit_test(proves_every_object),
        cmocka_unit_test(proves_no_stranger),
        cmocka_unit_test(bounds_id),
    };
    struct CMUnitTest test[ARRAY_LEN(fixed) + ARRAY_LEN(ids)];
    size_t n = ARRAY_LEN(fixed);
    memcpy(test, fixed, sizeof(fixed));
    for (size_t i = 0; i < ARRAY_LEN(ids); i++)
        test[n++] = (struct CMUnitTest){ids[i].name, judges_id, NULL, NULL, &ids[i]};
    return cmocka_run_group_tests_name("roster", test, set_up, NULL);
}
