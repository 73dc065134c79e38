/* test_vectors_draw.c - the vector files of the draw that hold more than one object: derivations, rosters, selections,
 * visits, opened slips, released draws, working days, credit codes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sodium.h>

#include "qian/calendar.h"
#include "qian/evidence.h"
#include "qian/uscc.h"
#include "tests/unit/vector_roster.h"
#include "tests/unit/vectors.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static uint8_t bytes[6][VECTOR_VALUE];
static struct vector_roster world;
static struct qn_rules rules[QN_ORDER_SLOTS];

/* ---- inputs -------------------------------------------------------------------------------------- */

/* The bytes of a key, lent until the next call with the same place. */
static struct qn_span lent(const struct vector *v, const char *key, unsigned place)
{
    struct qn_buf b;
    if (!vector_bytes(&b, v, key))
        fail_msg("%s: no bytes in %s", v->name, key);
    if (b.n)
        memcpy(bytes[place], b.p, b.n);
    struct qn_span s = {bytes[place], b.n};
    qn_buf_release(&b);
    return s;
}

static const uint8_t *fixed(const struct vector *v, const char *key, unsigned place, size_t n)
{
    struct qn_span s = lent(v, key, place);
    if (s.n != n)
        fail_msg("%s: %zu bytes in %s", v->name, s.n, key);
    return s.p;
}

static int64_t number(const struct vector *v, const char *key)
{
    const char *text = vector_get(v, key, NULL);
    if (!text)
        fail_msg("%s: no %s", v->name, key);
    return strtoll(text, NULL, 10);
}

static void expect_bytes(const struct vector *v, const char *key, const void *p, size_t n)
{
    struct qn_span want = lent(v, key, 5);
    if (want.n != n || memcmp(want.p, p, n) != 0)
        fail_msg("%s: another %s", v->name, key);
}

/* A list, item by item. */
static void expect_text(const struct vector *v, const char *key, struct qn_buf *got)
{
    struct qn_span have = qn_buf_span(got), want = qn_str(vector_get(v, key, ""));
    assert_int_equal(got->failed, QN_OK);
    while (have.n || want.n) {
        struct qn_span one = list_item(&have);
        if (!qn_span_eq(one, list_item(&want)))
            fail_msg("%s: another %s: %.*s", v->name, key, (int)one.n, (const char *)one.p);
    }
    qn_buf_release(got);
}

static const struct qn_roster *roster_of(const struct vector *v)
{
    vector_roster_read(&world, vector_get(v, "object", ""), vector_get(v, "mark", ""),
                       vector_get(v, "inspector", ""), vector_get(v, "recusal", ""));
    return &world.roster;
}

static void rules_of(const struct vector *v, const char *key, struct qn_rules *out)
{
    struct qn_err err;
    if (qn_rules_parse(out, lent(v, key, 0), &err))
        fail_msg("%s: its %s: %s", v->name, key, err.id);
}

static void keys_of(const struct vector *v, struct qn_draw_keys *keys)
{
    qn_draw_keys(keys, fixed(v, "seed", 0, 32));
}

/* ---- derivations ----------------------------------------------------------------------------------- */

static void expect_record(const struct vector *v, const struct qn_buf *record)
{
    uint8_t leaf[QN_HASH];
    assert_int_equal(record->failed, QN_OK);
    assert_true(record->n > 16);
    expect_bytes(v, "out.salt", record->p + record->n - 16, 16);
    qn_leaf_hash(leaf, qn_buf_span(record));
    expect_bytes(v, "out.leaf", leaf, sizeof(leaf));
}

static bool record_of(const struct vector *v, const char *what)
{
    const char *item = vector_get(v, "item", NULL);
    struct qn_buf record;
    bool known = true;
    if (!item)
        return false;
    const uint8_t *salt_key = fixed(v, "salt-key", 0, 32);
    qn_buf_init(&record, 1024);
    vector_roster_read(&world, item, item, item, item);
    if (strcmp(what, "object-record") == 0) {
        qn_object_record(&record, &world.object[0], salt_key);
    } else if (strcmp(what, "mark-record") == 0) {
        qn_mark_record(&record, &world.mark[0], salt_key);
    } else if (strcmp(what, "inspector-record") == 0) {
        qn_inspector_record(&record, &world.inspector[0], salt_key);
    } else if (strcmp(what, "recusal-record") == 0) {
        qn_recusal_record(&record, &world.recusal[0], salt_key);
    } else if (strcmp(what, "selected-record") == 0) {
        uint8_t salt[16];
        enum qn_picked mode = item[0] == '1' ? QN_MUST : QN_LOT;
        qn_selected_salt(salt, mode, qn_str(item + 2), salt_key);
        qn_selected_record(&record, mode, qn_str(item + 2), salt);
    } else {
        known = false;
    }
    if (known)
        expect_record(v, &record);
    qn_buf_release(&record);
    return known;
}

static bool derived_from_seed(const struct vector *v, const char *what)
{
    struct qn_draw_keys k;
    uint8_t ticket[QN_HASH];
    if (!vector_get(v, "seed", NULL))
        return false;
    keys_of(v, &k);
    qn_ticket(ticket, &k, vector_in(v));
    if (strcmp(what, "key-objects") == 0)
        expect_bytes(v, "out.value", k.obj, 32);
    else if (strcmp(what, "key-visits") == 0)
        expect_bytes(v, "out.value", k.vis, 32);
    else if (strcmp(what, "key-inspectors") == 0)
        expect_bytes(v, "out.value", k.ins, 32);
    else if (strcmp(what, "ticket") == 0)
        expect_bytes(v, "out.value", ticket, sizeof(ticket));
    else if (strcmp(what, "uniform") == 0)
        assert_true(qn_uniform(&k, (uint16_t)number(v, "round"), (uint16_t)number(v, "slot"),
                               vector_in(v), strtoull(vector_get(v, "n", ""), NULL, 10)) ==
                    strtoull(vector_get(v, "out.number", "x"), NULL, 10));
    else
        return false;
    return true;
}

static enum qn_code derive(const struct vector *v, struct qn_err *err)
{
    const char *what = vector_get(v, "what", "");
    uint8_t out[76];
    (void)err;
    if (strcmp(what, "order-id") == 0) {
        qn_order_id(out, vector_in(v));
        expect_bytes(v, "out.value", out, 32);
    } else if (strcmp(what, "beacon-digest") == 0) {
        qn_beacon_digest(out, vector_in(v));
        expect_bytes(v, "out.value", out, 32);
    } else if (strcmp(what, "alpha") == 0) {
        qn_draw_alpha(out, fixed(v, "order-id", 0, 32), fixed(v, "digest", 1, 32));
        expect_bytes(v, "out.value", out, 76);
    } else if (strcmp(what, "seed") == 0) {
        uint8_t beta[QN_ORDER_KEYS][QN_VRF_BETA];
        struct qn_span all = lent(v, "beta", 0);
        assert_true(all.n % QN_VRF_BETA == 0 && all.n <= sizeof(beta));
        memcpy(beta, all.p, all.n);
        qn_draw_seed(out, (unsigned)(all.n / QN_VRF_BETA), (const uint8_t(*)[QN_VRF_BETA])beta);
        expect_bytes(v, "out.value", out, 32);
    } else if (strcmp(what, "attr-salt") == 0) {
        qn_object_attr_salt(out, vector_in(v), fixed(v, "salt-key", 0, 32));
        expect_bytes(v, "out.value", out, 32);
    } else if (!derived_from_seed(v, what) && !record_of(v, what)) {
        fail_msg("%s: nothing is called %s", v->name, what);
    }
    return QN_OK;
}

/* ---- rosters and draws ------------------------------------------------------------------------------- */

/* first sort: the lists are put in order before all else. prove: the path of an object, which leads to the root. */
static enum qn_code roster(const struct vector *v, struct qn_err *err)
{
    struct qn_roster_roots roots;
    const char *asked = vector_get(v, "prove", NULL);
    const uint8_t *salt_key = fixed(v, "salt-key", 0, 32);
    enum qn_code rc = QN_OK;
    (void)roster_of(v);
    if (vector_get(v, "first", NULL))
        rc = qn_roster_sort(&world.roster, err);
    if (!rc)
        rc = qn_roster_roots(&roots, &world.roster, salt_key, err);
    if (!rc && asked) {
        struct qn_proof path;
        uint64_t index;
        uint8_t leaf[QN_HASH];
        rc = qn_roster_prove(&path, &index, &world.roster, salt_key, qn_str(asked), err);
        if (rc)
            return rc;
        struct qn_buf record;
        qn_buf_init(&record, 1024);
        qn_object_record(&record, &world.object[index], salt_key);
        qn_leaf_hash(leaf, qn_buf_span(&record));
        qn_buf_release(&record);
        rc = qn_check_inclusion(leaf, index, roots.objects, &path, roots.object_root, err);
    }
    if (rc)
        return rc;
    expect_bytes(v, "out.objects", roots.object_root, QN_HASH);
    expect_bytes(v, "out.marks", roots.mark_root, QN_HASH);
    expect_bytes(v, "out.inspectors", roots.inspector_root, QN_HASH);
    expect_bytes(v, "out.recusals", roots.recusal_root, QN_HASH);
    return rc;
}

static enum qn_code selection(const struct vector *v, struct qn_err *err)
{
    struct qn_draw_keys keys;
    struct qn_selection s;
    struct qn_buf strata, picks, reserve;
    rules_of(v, "rules", &rules[0]);
    keys_of(v, &keys);
    enum qn_code rc = qn_select(&s, &rules[0], 1, roster_of(v), &keys, err);
    if (rc)
        return rc;
    qn_buf_init(&strata, VECTOR_VALUE);
    qn_buf_init(&picks, VECTOR_VALUE);
    qn_buf_init(&reserve, VECTOR_VALUE);
    qn_reserve_sort(&s);
    put_strata(&strata, &s);
    put_picks(&picks, s.pick, s.npicks, &world.roster);
    put_picks(&reserve, s.reserve, s.nreserves, &world.roster);
    expect_text(v, "out.stratum", &strata);
    expect_text(v, "out.selected", &picks);
    expect_text(v, "out.reserve", &reserve);
    qn_selection_release(&s);
    return rc;
}

static enum qn_code pair(const struct vector *v, struct qn_err *err)
{
    static struct qn_pick pick[QN_ORDER_SLOTS][LIST_MAX];
    struct qn_pair_slot slot[QN_ORDER_SLOTS];
    struct qn_draw_keys keys;
    struct qn_pairing p = {0};
    struct qn_buf visits;
    const struct qn_roster *r = roster_of(v);
    unsigned n = 0;
    for (char key[24]; n < QN_ORDER_SLOTS; n++) {
        size_t k = 0;
        snprintf(key, sizeof(key), "rules%u", n + 1);
        if (!vector_get(v, key, NULL))
            break;
        rules_of(v, key, &rules[n]);
        snprintf(key, sizeof(key), "drawn%u", n + 1);
        for (struct qn_span all = qn_str(vector_get(v, key, "")); all.n; k++) {
            pick[n][k] = (struct qn_pick){.mode = QN_LOT};
            assert_true(qn_roster_object(r, list_item(&all), &pick[n][k].object));
        }
        slot[n] = (struct qn_pair_slot){&rules[n], pick[n], k};
    }
    keys_of(v, &keys);
    enum qn_code rc = qn_pair_joint(&p, n, slot, r, &keys, err);
    if (rc)
        return rc;
    qn_buf_init(&visits, VECTOR_VALUE);
    put_visits(&visits, &p, r);
    expect_text(v, "out.visit", &visits);
    qn_pairing_release(&p);
    return rc;
}

static enum qn_code beacon(const struct vector *v, struct qn_err *err)
{
    return qn_beacon_check(vector_in(v), err);
}

/* The expression stands for the population of rules that are otherwise sound. */
static enum qn_code expression(const struct vector *v, struct qn_err *err)
{
    struct qn_buf text;
    qn_buf_init(&text, QN_RULES_MAX + 1);
    qn_put_fmt(&text,
               "draw-rules/1\nslot 140600 2021 09 1\ntype both\npopulation %s\nstratum 1 1/2 0 "
               "true\ntotal -\nmust "
               "-\nexclude -\ncap -\nrole 1 2 -\npool 2\nload -\nage 30\nwitness 48\nreturn "
               "10\nsupp 3\nlevel "
               "offline\n",
               vector_get(v, "expression", ""));
    enum qn_code rc = qn_rules_parse(&rules[0], qn_buf_span(&text), err);
    qn_buf_release(&text);
    if (!rc)
        assert_int_equal(
            qn_expr_holds(&rules[0], rules[0].population, &roster_of(v)->object[0].attr),
            number(v, "out.holds"));
    return rc;
}

/* ---- what is released -------------------------------------------------------------------------------- */

static enum qn_code slip_open(const struct vector *v, struct qn_err *err)
{
    struct qn_slip *s = malloc(sizeof(*s));
    struct qn_freeze freeze = {.nsources = 0};
    struct qn_object_attr a;
    assert_non_null(s);
    enum qn_code rc = qn_slip_parse(s, vector_in(v), err);
    if (!rc)
        rc = qn_freeze_parse(&freeze, lent(v, "freeze", 0), err);
    if (rc)
        fail_msg("%s: no slip of a freeze: %s", v->name, err->id);
    rc = qn_slip_open(&a, s, &freeze, err);
    if (!rc) {
        struct qn_object o = {.id = qn_str(s->object_id), .attr = a};
        struct qn_buf again;
        qn_buf_init(&again, 256);
        qn_object_attributes(&again, &o);
        expect_bytes(v, "out.attributes", again.p, again.n);
        qn_buf_release(&again);
    }
    qn_freeze_release(&freeze);
    free(s);
    return rc;
}

static void cert_of(const struct vector *v, struct qn_cert *c, const char *office, const char *key)
{
    *c = (struct qn_cert){.level = strlen(office) == 4 ? QN_CITY : QN_COUNTY,
                          .epoch = 1,
                          .lanes = 0x1f,
                          .serial = 1,
                          .nscopes = 1};
    assert_true(qn_text_copy(c->scope[0], sizeof(c->scope[0]), qn_str(office)));
    assert_true(qn_text_copy(c->deployment, sizeof(c->deployment), qn_str("test.example")));
    assert_true(qn_text_copy(c->office, sizeof(c->office), qn_str(office)));
    memcpy(c->log, fixed(v, key, 0, QN_PUBKEY), QN_PUBKEY);
}

static enum qn_code place(const struct vector *v, const struct qn_evidence *e, struct qn_err *err)
{
    static const char *const standing[] = {"", "outside", "excluded", "must", "capped", "stratum"};
    const char *object = vector_get(v, "object", NULL), *said = vector_get(v, "standing", "");
    uint8_t ticket[QN_HASH];
    struct qn_place p = {.stratum = 0};
    unsigned i = 1;
    if (!object)
        return QN_OK;
    while (i < ARRAY_LEN(standing) && strcmp(standing[i], said) != 0)
        i++;
    assert_true(i < ARRAY_LEN(standing));
    p.standing = (enum qn_standing)i;
    p.stratum = (uint8_t)number(v, "stratum");
    qn_evidence_ticket(ticket, e, qn_str(object));
    return qn_evidence_place(e, 1, &p, ticket, err);
}

/* All steps in the order of the page; the first refusal. */
static enum qn_code evidence(const struct vector *v, struct qn_err *err)
{
    struct qn_evidence e = {.nmore = 0};
    struct qn_cert city, county;
    const struct qn_rules *by_slot[QN_ORDER_SLOTS] = {&rules[0]};
    const struct qn_cert *signer[QN_EV_ENTRIES] = {&city, &county, &county};
    cert_of(v, &city, "1406", "city-key");
    cert_of(v, &county, "140602", "county-key");
    memcpy(county.vrf, fixed(v, "county-vrf", 0, QN_PUBKEY), QN_PUBKEY);
    rules_of(v, "rules", &rules[0]);
    enum qn_code rc = qn_evidence_split(&e, vector_in(v), err);
    for (unsigned i = 0; !rc && i < QN_EV_ENTRIES; i++) {
        rc = qn_evidence_signed(&e, (enum qn_ev)i, signer[i], err);
        if (!rc)
            rc = qn_evidence_committed(&e, (enum qn_ev)i, err);
    }
    rc = rc ? rc : qn_evidence_read(&e, signer, err);
    rc = rc ? rc : qn_evidence_order(&e, &city, err);
    rc = rc ? rc : qn_evidence_links(&e, err);
    rc = rc ? rc : qn_evidence_seed(&e, &county, err);
    rc = rc ? rc : qn_evidence_list(&e, err);
    rc = rc ? rc : qn_evidence_strata(&e, by_slot, err);
    rc = rc ? rc : place(v, &e, err);
    qn_evidence_release(&e);
    return rc;
}

static enum qn_code open_evidence(struct qn_evidence *e, struct qn_span frames,
                                  const struct qn_cert *city, const struct qn_cert *county,
                                  struct qn_err *err)
{
    const struct qn_rules *none[QN_ORDER_SLOTS] = {NULL};
    const struct qn_cert *signer[QN_EV_ENTRIES] = {city, county, county};
    enum qn_code rc = qn_evidence_split(e, frames, err);
    for (unsigned i = 0; !rc && i < QN_EV_ENTRIES; i++) {
        rc = qn_evidence_signed(e, (enum qn_ev)i, signer[i], err);
        if (!rc)
            rc = qn_evidence_committed(e, (enum qn_ev)i, err);
    }
    rc = rc ? rc : qn_evidence_read(e, signer, err);
    rc = rc ? rc : qn_evidence_order(e, city, err);
    rc = rc ? rc : qn_evidence_links(e, err);
    rc = rc ? rc : qn_evidence_seed(e, county, err);
    rc = rc ? rc : qn_evidence_list(e, err);
    return rc ? rc : qn_evidence_strata(e, none, err);
}

static const struct qn_cert *county_cert(void *ctx, const char *office, uint16_t epoch)
{
    const struct qn_cert *c = ctx;
    return strcmp(office, c->office) == 0 && epoch == c->epoch ? c : NULL;
}

/* Beside its main draw and the exceptions that it answers. */
static enum qn_code supplement(const struct vector *v, struct qn_err *err)
{
    struct qn_evidence main = {.nmore = 0}, e = {.nmore = 0};
    const struct qn_evidence *chain[] = {&main};
    struct qn_cert city, county;
    struct qn_ev_answers a;
    cert_of(v, &city, "1406", "city-key");
    cert_of(v, &county, "140602", "county-key");
    memcpy(county.vrf, fixed(v, "county-vrf", 0, QN_PUBKEY), QN_PUBKEY);
    enum qn_code rc = open_evidence(&main, lent(v, "main", 1), &city, &county, err);
    rc = rc ? rc : open_evidence(&e, vector_in(v), &city, &county, err);
    rc = rc ? rc : qn_evidence_follows(&e, chain, 1, err);
    if (!rc) {
        bool shown = vector_get(v, "exceptions", NULL) != NULL;
        struct qn_span frames = shown ? lent(v, "exceptions", 2) : (struct qn_span){NULL, 0};
        rc = qn_evidence_answers(&a, &e, chain, 1, frames, county_cert, &county, err);
    }
    qn_evidence_release(&main);
    qn_evidence_release(&e);
    return rc;
}

static enum qn_code evidence_proof(const struct vector *v, struct qn_err *err)
{
    static struct qn_note note;
    struct qn_ev_entry x = {.seq = (uint64_t)number(v, "seq")};
    struct qn_cert signer = {.epoch = 1};
    assert_true(qn_text_copy(x.origin, sizeof(x.origin), qn_str(vector_get(v, "log", ""))));
    memcpy(x.leaf, fixed(v, "leaf", 0, QN_HASH), QN_HASH);
    memcpy(signer.log, fixed(v, "key", 0, QN_PUBKEY), QN_PUBKEY);
    return qn_evidence_proof(&note, &x, vector_in(v), &signer, err);
}

/* ---- days and codes -------------------------------------------------------------------------------------- */

static size_t days_of(const struct vector *v, const char *key, int32_t *out)
{
    size_t n = 0;
    for (const char *p = vector_get(v, key, ""); *p && n < 64; n++) {
        char *end;
        out[n] = (int32_t)strtol(p, &end, 10);
        p = end + (*end == ';');
    }
    return n;
}

static enum qn_code calendar(const struct vector *v, struct qn_err *err)
{
    int32_t holiday[64], makeup[64];
    struct qn_calendar c = {.from_day = (int32_t)number(v, "from"),
                            .to_day = (int32_t)number(v, "to"),
                            .holiday = holiday,
                            .makeup = makeup};
    struct qn_due due;
    c.nholidays = days_of(v, "holiday", holiday);
    c.nmakeups = days_of(v, "makeup", makeup);
    enum qn_code rc = qn_calendar_check(&c, err);
    if (!rc)
        rc = qn_due_date(&due, &c, (int32_t)number(v, "start"), (uint32_t)number(v, "days"), err);
    if (!rc) {
        assert_int_equal(due.day, number(v, "out.due"));
        assert_int_equal(due.provisional, number(v, "out.provisional"));
    }
    return rc;
}

static enum qn_code credit_code(const struct vector *v, struct qn_err *err)
{
    struct qn_uscc u;
    qn_uscc_read(&u, vector_in(v));
    enum qn_code rc = qn_uscc_judge(&u, err);
    if (!rc)
        assert_string_equal(u.code, vector_get(v, "out.code", ""));
    return rc;
}

/* ---- the files --------------------------------------------------------------------------------------------- */

/* keys: what a vector of the file may have besides name, hex and want. all_sound: the page refuses nothing. */
static const struct file {
    const char *name;
    enum qn_code (*run)(const struct vector *v, struct qn_err *err);
    const char *keys;
    bool all_sound;
} files[] = {
    {"derive", derive,
     " what order-id digest beta seed salt-key item round slot n out.value out.number out.salt "
     "out.leaf ",
     true},
    {"roster", roster,
     " object mark inspector recusal salt-key first prove out.objects out.marks out.inspectors "
     "out.recusals ",
     false},
    {"select", selection, " rules object mark seed out.stratum out.selected out.reserve ", false},
    {"pair", pair,
     " object inspector recusal seed rules1 rules2 rules3 drawn1 drawn2 drawn3 out.visit ", false},
    {"beacon", beacon, " ", false},
    {"expression", expression, " expression object out.holds ", false},
    {"slip-open", slip_open, " freeze out.attributes ", false},
    {"evidence", evidence, " city-key county-key county-vrf rules object standing stratum ", false},
    {"supplement", supplement, " city-key county-key county-vrf main exceptions ", false},
    {"evidence-proof", evidence_proof, " log seq leaf key ", false},
    {"calendar", calendar, " from to holiday makeup start days out.due out.provisional ", false},
    {"uscc", credit_code, " out.code ", false},
};

static void check_vector(const struct file *f, const struct vector *v)
{
    struct qn_err err = {.code = QN_OK};
    for (unsigned i = 0; i < v->nkeys; i++) {
        char word[28];
        snprintf(word, sizeof(word), " %s ", v->key[i]);
        if (!strstr(f->keys, word))
            fail_msg("%s: unknown key %s", v->name, v->key[i]);
    }
    enum qn_code rc = f->run(v, &err);
    if (strcmp(rc ? err.id : "ok", v->want) != 0)
        fail_msg("%s: %s %s", v->name, rc ? err.id : "ok", rc ? err.args : "");
}

static void file(void **state)
{
    const struct file *f = *state;
    char path[200];
    size_t sound = 0;
    vectors_release(); /* what a file that failed left behind */
    snprintf(path, sizeof(path), "tests/vectors/%s.txt", f->name);
    assert_int_equal(vectors_read(path), 0);
    for (size_t i = 0; i < nvectors; i++) {
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(vectors[i].name, vectors[k].name);
        check_vector(f, &vectors[i]);
        sound += strcmp(vectors[i].want, "ok") == 0;
    }
    print_message("# %zu vectors, %zu of them refused\n", nvectors, nvectors - sound);
    assert_true(sound >= 1 && (f->all_sound || sound < nvectors));
    vectors_release();
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(files)];
    if (sodium_init() < 0)
        return 1;
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        tests[i] =
            (struct CMUnitTest){files[i].name, file, NULL, NULL, (void *)(uintptr_t)&files[i]};
    return _cmocka_run_group_tests("vectors-draw", tests, ARRAY_LEN(files), NULL, NULL);
}
