/* test_slip.c - the owner's slip: written, read, opened against a freeze, judged by rules; and refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/wire.h"
#include "qian/slip.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define OBJECTS      7
#define ASKED        3 /* the object of the slip */

static const char *const ids[OBJECTS] = {
    "E:91140602MA0000001A", "E:91140602MA0000002B", "E:91140602MA0000003C", "E:91140602MA0000004D",
    "E:91140602MA0000005E", "E:91140602MA0000006F", "I:92140602MA0000007G",
};

static struct fixture {
    struct qn_object object[OBJECTS];
    struct qn_mark mark[3];
    struct qn_roster roster;
    uint8_t salt_key[32];
    struct qn_freeze freeze;
    struct qn_slip slip;
} f;

static const char rules_text[] = "draw-rules/1\n"
                                 "slot 140600 2021 7 1\n"
                                 "type both\n"
                                 "population eq(kind,1)\n"
                                 "stratum 1 1/2 1 eq(class,4)\n"
                                 "stratum 2 1/10 0 true\n"
                                 "total -\n"
                                 "must 1\n"
                                 "exclude 64,65\n"
                                 "cap 2\n"
                                 "role 1 2 -\n"
                                 "pool 2\n"
                                 "load -\n"
                                 "age 30\n"
                                 "witness 24\n"
                                 "return 10\n"
                                 "supp 2\n"
                                 "level unwitnessed\n";

static void salt_at_end(uint8_t out[QN_SALT16], const struct qn_buf *record)
{
    memcpy(out, record->p + record->n - QN_SALT16, QN_SALT16);
}

static int setup(void **state)
{
    (void)state;
    struct qn_err err;
    for (size_t i = 0; i < OBJECTS; i++) {
        f.object[i].id = qn_str(ids[i]);
        f.object[i].attr = (struct qn_object_attr){.kind = (uint8_t)(ids[i][0] == 'E' ? 1 : 2),
                                                   .cls = (uint8_t)(i == ASKED ? 4 : 2),
                                                   .complaints = 3,
                                                   .inspected_this_year = 1,
                                                   .last_inspected_day = 18000,
                                                   .inspecting_office = "140602",
                                                   .ntags = 2,
                                                   .tag = {7, 300}};
    }
    const struct qn_mark marks[3] = {
        {.id = qn_str(ids[0]), .kind = 1, .reason = 1, .scope = qn_str("")},
        {.id = qn_str(ids[ASKED]), .kind = 2, .reason = 64, .scope = qn_str("2021/8")},
        {.id = qn_str(ids[ASKED]), .kind = 2, .reason = 66, .scope = qn_str("")}};
    memcpy(f.mark, marks, sizeof(marks));
    f.roster =
        (struct qn_roster){.object = f.object, .nobjects = OBJECTS, .mark = f.mark, .nmarks = 3};
    memset(f.salt_key, 0x5a, sizeof(f.salt_key));
    assert_int_equal(qn_roster_sort(&f.roster, &err), QN_OK);
    assert_int_equal(qn_roster_roots(&f.freeze.roots, &f.roster, f.salt_key, &err), QN_OK);

    struct qn_slip *s = &f.slip;
    memcpy(s->draw.origin, "test.example/140602/1", 22);
    s->draw.index = 45;
    memset(s->draw.leaf, 1, QN_HASH);
    memcpy(s->freeze.origin, "test.example/140602/1", 22);
    s->freeze.index = 40;
    memset(s->freeze.leaf, 2, QN_HASH);
    memcpy(s->object_id, ids[ASKED], strlen(ids[ASKED]));
    QN_AUTO(qn_buf) struct qn_buf record = {0}, attributes = {0};
    qn_buf_init(&record, 1024);
    qn_buf_init(&attributes, QN_SLIP_ATTRIBUTES);
    qn_object_record(&record, &f.object[ASKED], f.salt_key);
    qn_object_attributes(&attributes, &f.object[ASKED]);
    memcpy(s->attributes, attributes.p, attributes.n);
    s->nattributes = attributes.n;
    qn_object_attr_salt(s->attr_salt, qn_str(ids[ASKED]), f.salt_key);
    salt_at_end(s->salt, &record);
    assert_int_equal(
        qn_roster_prove(&s->path, &s->index, &f.roster, f.salt_key, qn_str(ids[ASKED]), &err),
        QN_OK);

    /* Marks 1 and 2 of three: the path of mark 1 is its sibling and the third leaf, that of mark 2 the node. */
    uint8_t leaf[3][QN_HASH], node[QN_HASH];
    for (size_t i = 0; i < 3; i++) {
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        qn_buf_init(&b, 1024);
        qn_mark_record(&b, &f.mark[i], f.salt_key);
        qn_leaf_hash(leaf[i], qn_buf_span(&b));
        if (i > 0) {
            struct qn_slip_mark *m = &s->mark[s->nmarks++];
            m->mark = f.mark[i];
            qn_text_copy(m->scope_text, sizeof(m->scope_text), f.mark[i].scope);
            m->index = i;
            salt_at_end(m->salt, &b);
        }
    }
    qn_node_hash(node, leaf[0], leaf[1]);
    s->mark[0].path.n = 2;
    memcpy(s->mark[0].path.hash[0], leaf[0], QN_HASH);
    memcpy(s->mark[0].path.hash[1], leaf[2], QN_HASH);
    s->mark[1].path.n = 1;
    memcpy(s->mark[1].path.hash[0], node, QN_HASH);
    return 0;
}

static void text_of(struct qn_buf *b, const struct qn_slip *s)
{
    qn_buf_init(b, QN_SLIP_MAX);
    qn_slip_text(b, s, qn_str("双随机抽查 当事人凭条\n\n第二行\n"));
    assert_int_equal(b->failed, QN_OK);
}

/* The sum made right again, so that a change is judged by what it changes. */
static void sum_again(struct qn_buf *b)
{
    size_t body = b->n - (4 + 64 + 1);
    struct qn_span all = {b->p, body};
    uint8_t sum[QN_HASH];
    char hex[2 * QN_HASH + 1];
    wire_sha256(sum, &all, 1);
    qn_hex(hex, sum, QN_HASH);
    memcpy(b->p + body + 4, hex, 64);
}

/* ---- round trip --------------------------------------------------------------------------------- */

static void reads_what_it_wrote(void **state)
{
    (void)state;
    QN_AUTO(qn_buf) struct qn_buf b = {0}, again = {0};
    struct qn_slip s;
    struct qn_object_attr a;
    struct qn_err err;
    text_of(&b, &f.slip);
    assert_int_equal(qn_slip_parse(&s, qn_buf_span(&b), &err), QN_OK);
    text_of(&again, &s);
    assert_true(qn_span_eq(qn_buf_span(&b), qn_buf_span(&again)));
    assert_int_equal(qn_slip_open(&a, &s, &f.freeze, &err), QN_OK);
    assert_int_equal(a.cls, 4);
    assert_int_equal(a.ntags, 2);
    assert_int_equal(a.tag[1], 300);
    assert_int_equal(a.last_inspected_day, 18000);
    assert_string_equal(a.inspecting_office, "140602");
}

static void any_flipped_bit_is_caught(void **state)
{
    (void)state;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    struct qn_slip s;
    struct qn_err err;
    text_of(&b, &f.slip);
    for (size_t i = 0; i < b.n; i++)
        for (unsigned bit = 0; bit < 8; bit += 3) {
            b.p[i] ^= (uint8_t)(1u << bit);
            assert_int_not_equal(qn_slip_parse(&s, qn_buf_span(&b), &err), QN_OK);
            b.p[i] ^= (uint8_t)(1u << bit);
        }
    for (size_t n = 0; n < b.n; n++)
        assert_int_not_equal(qn_slip_parse(&s, (struct qn_span){b.p, n}, &err), QN_OK);
}

/* ---- forms that are refused, with a sum that fits ------------------------------------------------- */

struct form {
    const char *name, *what, *with, *id;
};

static void refuses_form(void **state)
{
    const struct form *t = *state;
    QN_AUTO(qn_buf) struct qn_buf b = {0}, bad = {0};
    struct qn_slip s;
    struct qn_err err = {0};
    text_of(&b, &f.slip);
    qn_buf_init(&bad, QN_SLIP_MAX);
    qn_put_uint(&b, 0, 1);
    char *at = strstr((char *)b.p, t->what);
    assert_non_null(at);
    qn_put(&bad, b.p, (size_t)(at - (char *)b.p));
    qn_put_str(&bad, t->with);
    qn_put_str(&bad, at + strlen(t->what));
    sum_again(&bad);
    assert_int_not_equal(qn_slip_parse(&s, qn_buf_span(&bad), &err), QN_OK);
    assert_string_equal(err.id, t->id);
}

static struct form forms[] = {
    {"another version", "qian-slip/1", "qian-slip/2", "slip.format"},
    {"remark after the first line", "draw test", "# draw\ndraw test", "slip.format"},
    {"freeze before draw", "draw test", "freeze test", "slip.format"},
    {"no object", "object E:91140602MA0000004D\n", "", "slip.format"},
    {"object with a space", "object E:91140602MA0000004D", "object E:91140602 MA0000004D",
     "slip.format"},
    {"attributes in capitals", "attributes 01", "attributes 0A", "slip.format"},
    {"attributes of half a byte", "attributes 01", "attributes 0", "slip.format"},
    {"index with a leading zero", "leaf 3", "leaf 03", "slip.format"},
    {"index that is no number", "leaf 3", "leaf x", "slip.format"},
    {"mark of kind 3", "mark 2 64", "mark 3 64", "slip.format"},
    {"mark of kind 0", "mark 2 64", "mark 0 64", "slip.format"},
    {"mark with a reason over a byte", "mark 2 64", "mark 2 256", "slip.format"},
    {"mark with a scope of one name", " 2021/8 ", " 2021 ", "slip.format"},
    {"mark with an empty task", " 2021/8 ", " 2021/ ", "slip.format"},
    {"two spaces", "leaf 3", "leaf  3", "slip.format"},
    {"a line more", "leaf 3\n", "leaf 3\nleaf 3\n", "slip.format"},
    {"remark that is no UTF-8", "# 第", "# \xff", "slip.format"},
};

static void refuses_too_many_remarks(void **state)
{
    (void)state;
    QN_AUTO(qn_buf) struct qn_buf b = {0}, remarks = {0};
    struct qn_slip s;
    struct qn_err err;
    for (unsigned n = QN_SLIP_REMARKS; n <= QN_SLIP_REMARKS + 1; n++) {
        qn_buf_init(&b, QN_SLIP_MAX);
        qn_buf_init(&remarks, QN_SLIP_MAX);
        for (unsigned i = 0; i < n; i++)
            qn_put_str(&remarks, "x\n");
        qn_slip_text(&b, &f.slip, qn_buf_span(&remarks));
        enum qn_code rc = qn_slip_parse(&s, qn_buf_span(&b), &err);
        assert_int_equal(rc, n == QN_SLIP_REMARKS ? QN_OK : QN_MALFORMED);
        qn_buf_release(&b);
        qn_buf_release(&remarks);
    }
    qn_buf_init(&b, QN_SLIP_MAX);
    qn_buf_init(&remarks, 8);
}

static void refuses_too_long(void **state)
{
    (void)state;
    static uint8_t big[QN_SLIP_MAX + 1];
    struct qn_slip s;
    struct qn_err err;
    assert_int_equal(qn_slip_parse(&s, QN_SPAN(big), &err), QN_LIMIT);
    assert_string_equal(err.id, "slip.too-long");
    assert_int_equal(qn_slip_parse(&s, (struct qn_span){big, QN_SLIP_MAX}, &err), QN_MALFORMED);
}

/* ---- slips of another record ---------------------------------------------------------------------- */

struct opening {
    const char *name;
    void (*spoil)(struct qn_slip *s, struct qn_freeze *z);
    const char *id;
};

static void other_object(struct qn_slip *s, struct qn_freeze *z)
{
    (void)z;
    memcpy(s->object_id, ids[ASKED + 1], strlen(ids[ASKED + 1]));
}
static void other_class(struct qn_slip *s, struct qn_freeze *z)
{
    (void)z;
    s->attributes[1] = 1;
}
static void other_attr_salt(struct qn_slip *s, struct qn_freeze *z)
{
    (void)z;
    s->attr_salt[31] ^= 1;
}
static void other_salt(struct qn_slip *s, struct qn_freeze *z)
{
    (void)z;
    s->salt[0] ^= 1;
}
static void other_index(struct qn_slip *s, struct qn_freeze *z)
{
    (void)z;
    s->index++;
}
static void index_outside(struct qn_slip *s, struct qn_freeze *z)
{
    (void)z;
    s->index = OBJECTS;
}
static void other_path(struct qn_slip *s, struct qn_freeze *z)
{
    (void)z;
    s->path.hash[0][0] ^= 1;
}
static void longer_path(struct qn_slip *s, struct qn_freeze *z)
{
    (void)z;
    s->path.n++;
}
static void other_count(struct qn_slip *s, struct qn_freeze *z)
{
    (void)s;
    z->roots.objects = 4; /* another depth: the path is too long */
}
static void other_root(struct qn_slip *s, struct qn_freeze *z)
{
    (void)s;
    z->roots.object_root[5] ^= 1;
}
static void marks_root(struct qn_slip *s, struct qn_freeze *z)
{
    (void)s;
    z->roots.mark_root[5] ^= 1;
}
static void mark_kind(struct qn_slip *s, struct qn_freeze *z)
{
    (void)z;
    s->mark[1].mark.kind = 1;
}
static void mark_reason(struct qn_slip *s, struct qn_freeze *z)
{
    (void)z;
    s->mark[0].mark.reason = 65;
}
static void mark_scope(struct qn_slip *s, struct qn_freeze *z)
{
    (void)z;
    memcpy(s->mark[0].scope_text, "2021/7", 7);
}
static void mark_source(struct qn_slip *s, struct qn_freeze *z)
{
    (void)z;
    s->mark[0].mark.source[0] ^= 1;
}

static struct opening openings[] = {
    {"sound", NULL, NULL},
    {"of another object", other_object, "slip.object"},
    {"with a better class", other_class, "slip.object"},
    {"with another attribute salt", other_attr_salt, "slip.object"},
    {"with another salt", other_salt, "slip.object"},
    {"at another place", other_index, "slip.object"},
    {"at a place outside", index_outside, "slip.object"},
    {"with another path", other_path, "slip.object"},
    {"with a longer path", longer_path, "slip.object"},
    {"of a roster of another depth", other_count, "slip.object"},
    {"of another freeze", other_root, "slip.object"},
    {"of a freeze with other marks", marks_root, "slip.mark"},
    {"with a mark turned round", mark_kind, "slip.mark"},
    {"with another reason", mark_reason, "slip.mark"},
    {"with a wider scope", mark_scope, "slip.mark"},
    {"with another source", mark_source, "slip.mark"},
};

static void opens(void **state)
{
    const struct opening *t = *state;
    struct qn_slip s = f.slip;
    struct qn_freeze z = f.freeze;
    struct qn_object_attr a;
    struct qn_err err = {0};
    if (t->spoil)
        t->spoil(&s, &z);
    enum qn_code rc = qn_slip_open(&a, &s, &z, &err);
    assert_int_equal(rc, t->id ? QN_UNVERIFIED : QN_OK);
    if (t->id)
        assert_string_equal(err.id, t->id);
}

/* ---- attributes ----------------------------------------------------------------------------------- */

static struct bytes {
    const char *name;
    struct qn_span in;
    enum qn_code want;
} attributes[] = {
    {"no office, no tags", {(const uint8_t[13]){1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 13}, QN_OK},
    {"empty", {(const uint8_t[1]){0}, 0}, QN_MALFORMED},
    {"one byte short", {(const uint8_t[12]){1}, 12}, QN_MALFORMED},
    {"one byte over", {(const uint8_t[14]){1}, 14}, QN_MALFORMED},
    {"kind 0", {(const uint8_t[13]){0}, 13}, QN_MALFORMED},
    {"kind 11", {(const uint8_t[13]){11}, 13}, QN_MALFORMED},
    {"class 5", {(const uint8_t[13]){1, 5}, 13}, QN_MALFORMED},
    {"a tag announced",
     {(const uint8_t[13]){1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 13},
     QN_MALFORMED},
    {"tags twice",
     {(const uint8_t[17]){1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 7, 0, 7}, 17},
     QN_MALFORMED},
    {"tags ascending",
     {(const uint8_t[17]){1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 7, 0, 8}, 17},
     QN_OK},
    {"a long office", {(const uint8_t[30]){1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 17}, 30}, QN_MALFORMED},
};

static void decodes(void **state)
{
    const struct bytes *t = *state;
    struct qn_object_attr a;
    struct qn_err err;
    assert_int_equal(qn_attributes_decode(&a, t->in, &err), t->want);
}

/* ---- where it stands ------------------------------------------------------------------------------ */

static struct place {
    const char *name;
    uint8_t kind, cls, inspected;
    uint8_t mark_kind, reason;
    const char *scope;
    enum qn_standing want;
    uint8_t stratum, decided;
} places[] = {
    {"in the first stratum", 1, 4, 0, 0, 0, "", QN_STANDS_IN_STRATUM, 1, 0},
    {"in the second", 1, 2, 0, 0, 0, "", QN_STANDS_IN_STRATUM, 2, 0},
    {"of another kind", 2, 4, 0, 0, 0, "", QN_STANDS_OUTSIDE, 0, 0},
    {"of another kind, and a must", 2, 4, 0, 1, 1, "", QN_STANDS_OUTSIDE, 0, 0},
    {"inspected once", 1, 2, 1, 0, 0, "", QN_STANDS_IN_STRATUM, 2, 0},
    {"inspected up to the cap", 1, 2, 2, 0, 0, "", QN_STANDS_CAPPED, 2, 0},
    {"a must everywhere", 1, 2, 0, 1, 1, "", QN_STANDS_MUST, 2, 1},
    {"a must here", 1, 2, 0, 1, 1, "2021/7", QN_STANDS_MUST, 2, 1},
    {"a must elsewhere", 1, 2, 0, 1, 1, "2021/8", QN_STANDS_IN_STRATUM, 2, 0},
    {"a must beats the cap", 1, 2, 9, 1, 1, "", QN_STANDS_MUST, 2, 1},
    {"a must for a reason not accepted", 1, 2, 0, 1, 2, "", QN_STANDS_IN_STRATUM, 2, 0},
    {"excluded", 1, 4, 0, 2, 65, "", QN_STANDS_EXCLUDED, 1, 65},
    {"excluded in another series", 1, 4, 0, 2, 65, "2022/7", QN_STANDS_IN_STRATUM, 1, 0},
    {"excluded for a must's reason", 1, 4, 0, 2, 1, "", QN_STANDS_IN_STRATUM, 1, 0},
};

static void stands(void **state)
{
    const struct place *t = *state;
    static struct qn_rules rules;
    struct qn_err err;
    assert_int_equal(qn_rules_parse(&rules, qn_str(rules_text), &err), QN_OK);
    struct qn_slip s = {.nmarks = t->mark_kind ? 1 : 0};
    s.mark[0].mark.kind = t->mark_kind;
    s.mark[0].mark.reason = t->reason;
    qn_text_copy(s.mark[0].scope_text, sizeof(s.mark[0].scope_text), qn_str(t->scope));
    struct qn_object_attr a = {.kind = t->kind, .cls = t->cls, .inspected_this_year = t->inspected};
    struct qn_place p;
    qn_slip_place(&p, &s, &a, &rules);
    assert_int_equal(p.standing, t->want);
    assert_int_equal(p.stratum, t->stratum);
    assert_int_equal(p.reason, t->decided);
}

static void excluded_beats_must(void **state)
{
    (void)state;
    static struct qn_rules rules;
    struct qn_err err;
    assert_int_equal(qn_rules_parse(&rules, qn_str(rules_text), &err), QN_OK);
    struct qn_slip s = {.nmarks = 2};
    s.mark[0].mark = (struct qn_mark){.kind = 1, .reason = 1};
    s.mark[1].mark = (struct qn_mark){.kind = 2, .reason = 64};
    struct qn_object_attr a = {.kind = 1, .cls = 1};
    struct qn_place p;
    qn_slip_place(&p, &s, &a, &rules);
    assert_int_equal(p.standing, QN_STANDS_EXCLUDED);
    assert_int_equal(p.reason, 64);
}

int main(void)
{
    struct CMUnitTest test[5 + ARRAY_LEN(forms) + ARRAY_LEN(openings) + ARRAY_LEN(attributes) +
                           ARRAY_LEN(places)] = {
        {"reads what it wrote", reads_what_it_wrote, NULL, NULL, NULL},
        {"any flipped bit is caught", any_flipped_bit_is_caught, NULL, NULL, NULL},
        {"too many remarks", refuses_too_many_remarks, NULL, NULL, NULL},
        {"too long", refuses_too_long, NULL, NULL, NULL},
        {"excluded beats must", excluded_beats_must, NULL, NULL, NULL},
    };
    size_t n = 5;
    for (size_t i = 0; i < ARRAY_LEN(forms); i++)
        test[n++] = (struct CMUnitTest){forms[i].name, refuses_form, NULL, NULL, &forms[i]};
    for (size_t i = 0; i < ARRAY_LEN(openings); i++)
        test[n++] = (struct CMUnitTest){openings[i].name, opens, NULL, NULL, &openings[i]};
    for (size_t i = 0; i < ARRAY_LEN(attributes); i++)
        test[n++] = (struct CMUnitTest){attributes[i].name, decodes, NULL, NULL, &attributes[i]};
    for (size_t i = 0; i < ARRAY_LEN(places); i++)
        test[n++] = (struct CMUnitTest){places[i].name, stands, NULL, NULL, &places[i]};
    return cmocka_run_group_tests_name("slip", test, setup, NULL);
}
