/* test_keys_orders.c - every order of revocation, exchanges and a bundle past the parent, on three offices: in the end both
 * offices above give the same verdict on each entry, and nothing is dropped.
 *
 * The orders are walked as a tree: an event is done inside a savepoint of all three databases and taken back, so orders
 * that begin alike share that beginning. Each event has a minute of its own.                                     */
#include <time.h>

#include "tests/unit/rotate.h"

#include "node/store/internal.h"
#include "node/store/rebuild.h"
#include "node/sync/certify.h"

#define EVENTS_MAX 7
#define ENTRIES    64

enum event {
    WRITE,  /* the county writes an entry */
    UP,     /* the county to the city */
    DOWN,   /* the city to the county */
    ABOVE,  /* the city to the province */
    BELOW,  /* the province to the city */
    PAST,   /* the county to the province, by file */
    REVOKE, /* the city revokes the county's keys */
    NARROW, /* the city renews the county's certificate */
    ROTATE, /* the county gets keys of a new epoch and takes them */
    ROTATE_CITY,
    WIDEN,  /* the city gives the county a wider scope */
    CERTIFY /* the county, once it has heard of that, certifies a station there */
};
static const char *const names[] = {"write",  "up",    "down",   "above",       "below", "past",
                                    "revoke", "renew", "rotate", "rotate-city", "widen", "certify"};

struct orders {
    struct family f;
    struct test_office *office[3];     /* province, city, county */
    struct rotation ready, ready_city; /* made beforehand: keys cost time */
    struct qn_buf station;             /* its request */
    enum event trail[EVENTS_MAX];
    unsigned depth;
    uint64_t leaves, revoked, kept, rebuilt;
};
static uint64_t now_ms;
static uint64_t told_now(void *ctx)
{
    (void)ctx;
    return now_ms;
}

static void fail_order(const struct orders *o, const char *what, const char *a, const char *b)
{
    for (unsigned i = 0; i < o->depth; i++)
        print_error("%s ", names[o->trail[i]]);
    print_error("\n");
    fail_msg("%s: %s / %s", what, a, b);
}

/* What an outermost commit would do first. */
static void seal_log(struct test_office *o)
{
    if (o->st->before_commit)
        MUST(o->st->before_commit(o->st, &offices_err));
    o->st->before_commit = NULL;
}

/* A certificate in the stream may be refused until the wider one above it has come: it is sent again. */
static void hand(struct test_office *from, struct test_office *to)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    struct exchange_sent sent;
    MUST(stream_from(&b, from, to, 0, &sent, NULL, &offices_err));
    struct took t = take(to, code_of(from), qn_buf_span(&b), 0, NULL);
    assert_int_equal(t.rc, QN_OK);
    assert_true(t.came.ended);
    seal_log(to);
}

static void take_up(struct orders *o, struct rotation *r)
{
    MUST(enrol_accept(r->o->st, r->keys, qn_buf_span(&r->chain), &offices_err));
    store_lend_keys(r->o->st, r->keys);
    (void)o;
}

/* false: makes no sense here. */
static bool happen(struct orders *o, enum event e)
{
    struct family *f = &o->f;
    struct qn_cert made;
    struct qn_err err;
    QN_AUTO(qn_buf) struct qn_buf chain = {0};
    qn_buf_init(&chain, ENROL_FILE_MAX);
    switch (e) {
    case WRITE: {
        QN_AUTO(act) struct act probe = {0};
        if (act_open(&probe, f->k.st, QN_KIND_ROSTER_CLOSE, QN_LANE_BULK, &err) != QN_OK)
            return true; /* it has heard that its keys are revoked */
        act_end(&probe);
        write_one(&f->k, (int64_t)o->depth + 100);
        seal_log(&f->k);
        return true;
    }
    case UP:
        hand(&f->k, &f->c);
        return true;
    case DOWN:
        hand(&f->c, &f->k);
        return true;
    case ABOVE:
        hand(&f->c, &f->p);
        return true;
    case BELOW:
        hand(&f->p, &f->c);
        return true;
    case PAST:
        hand(&f->k, &f->p);
        return true;
    case REVOKE:
        MUST(certify_revoke(f->c.st, "140602", 1, "stolen", &made, &offices_err));
        break;
    case NARROW: {
        struct certify_renew n = {.office = "140602", .name = "another name"};
        if (certify_renew(f->c.st, &n, &made, &chain, &err) != QN_OK)
            return false; /* revoked */
        break;
    }
    case ROTATE:
        MUST(rotation_approve(&o->ready, &f->c, &offices_err));
        seal_log(&f->c);
        take_up(o, &o->ready);
        return true;
    case ROTATE_CITY:
        MUST(rotation_approve(&o->ready_city, &f->p, &offices_err));
        seal_log(&f->p);
        take_up(o, &o->ready_city);
        return true;
    case WIDEN: {
        const char *scope[] = {"140602", "140603"};
        struct certify_renew n = {.office = "140602", .scope = scope, .nscope = 2};
        MUST(certify_renew(f->c.st, &n, &made, &chain, &offices_err));
        break;
    }
    case CERTIFY: {
        uint8_t hash[QN_HASH];
        char print[QN_FINGERPRINT];
        const char *scope[] = {"140603S1"};
        qn_request_hash(hash, qn_buf_span(&o->station));
        qn_fingerprint(print, hash);
        struct enrol_approve a = {.request = qn_buf_span(&o->station),
                                  .fingerprint = print,
                                  .level = QN_STATION,
                                  .scope = scope,
                                  .nscope = 1};
        MUST(store_reload(f->k.st, &offices_err));
        if (enrol_approve(f->k.st, &a, &made, &chain, &err) != QN_OK)
            return false; /* it has not heard of its wider scope */
        seal_log(&f->k);
        return true;
    }
    }
    seal_log(&f->c);
    return true;
}

/* What an office thinks of each entry of the county's logs. A revoked key ends its lane: what lies behind the first such
 * entry shares its verdict, tried or not; what was applied before the revocation was known is kept and said to be.  */
static void verdicts(char out[2048], struct test_office *at)
{
    sqlite3_stmt *q;
    size_t n = 0;
    out[0] = 0;
    assert_int_equal(
        sqlite3_prepare_v2(at->st->db,
                           "SELECT l.epoch, e.seq, coalesce(CASE f.state WHEN 'kept' THEN "
                           "'revoked' WHEN 'quarantined' "
                           "THEN CASE f.rule WHEN 'cert.revoked' THEN 'revoked' ELSE f.rule END "
                           "ELSE f.state || f.rule END, "
                           "CASE WHEN e.seq < c.applied THEN 'applied' ELSE 'behind' END) "
                           "FROM log l JOIN entry e ON e.log = l.no JOIN cursor c ON c.log = l.no "
                           "AND c.lane = e.lane "
                           "LEFT JOIN fate f ON f.log = l.no AND f.seq = e.seq WHERE l.office = "
                           "'140602' ORDER BY 1, 2",
                           -1, &q, NULL),
        SQLITE_OK);
    int ended = 0;
    while (sqlite3_step(q) == SQLITE_ROW) {
        const char *v = (const char *)sqlite3_column_text(q, 2);
        if (strcmp(v, "revoked") == 0)
            ended = sqlite3_column_int(q, 0);
        if (strcmp(v, "behind") == 0 && ended == sqlite3_column_int(q, 0))
            v = "revoked";
        n += (size_t)snprintf(out + n, 2048 - n, "%d:%d %s; ", sqlite3_column_int(q, 0),
                              sqlite3_column_int(q, 1), v);
    }
    sqlite3_finalize(q);
}

static int64_t ask(struct test_office *at, const char *sql)
{
    sqlite3_stmt *q;
    assert_int_equal(sqlite3_prepare_v2(at->st->db, sql, -1, &q, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    int64_t v = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    return v;
}

/* Everybody meets until nothing is new. */
static void settle_down(struct orders *o)
{
    static const enum event round[] = {UP, ABOVE, BELOW, DOWN};
    for (int i = 0; i < 3; i++)
        for (size_t k = 0; k < sizeof(round) / sizeof(round[0]); k++) {
            now_ms += 60000;
            happen(o, round[k]);
        }
}

/* Made anew from its logs the office judges as it does now, whatever came first. */
static void derived_again(struct orders *o, struct test_office *at)
{
    struct rebuild_result r;
    struct rebuild_options opt = {.found = NULL};
    if (!ask(at, "SELECT count(*) FROM fate WHERE state = 'kept'"))
        return;
    MUST(rebuild_make(&r, at->st, &opt, &offices_err));
    rebuild_drop(at->st);
    if (r.found)
        fail_order(o, "a rebuild differs at", code_of(at), "");
    o->rebuilt++;
}

static void check(struct orders *o)
{
    char city[2048], province[2048];
    settle_down(o);
    verdicts(city, &o->f.c);
    verdicts(province, &o->f.p);
    if (strcmp(city, province) != 0)
        fail_order(o, "city / province", city, province);
    int64_t wrote =
        ask(&o->f.k,
            "SELECT count(*) FROM entry e JOIN log l ON l.no = e.log WHERE l.office = '140602'");
    for (int i = 0; i < 2; i++)
        if (ask(o->office[i], "SELECT count(*) FROM entry e JOIN log l ON l.no = e.log WHERE "
                              "l.office = '140602'") != wrote ||
            ask(o->office[i], "SELECT count(*) FROM part p JOIN log l ON l.no = p.log WHERE "
                              "l.office = '140602'") < wrote)
            fail_order(o, "something was dropped", city, province);
    if (strstr(city, "held") || strstr(city, "refused") || strstr(province, "held"))
        fail_order(o, "something waits", city, province);
    for (int i = 0; i < 2; i++)
        derived_again(o, o->office[i]);
    /* what the city received before it revoked counts, whatever came between */
    o->leaves++;
    o->revoked += strstr(city, "revoked") != NULL;
    o->kept += (uint64_t)ask(&o->f.p, "SELECT count(*) FROM fate WHERE state = 'kept'");
}

struct mark {
    struct tx tx[3];
    const struct keys *keys[3];
};

static void begin(struct orders *o, struct mark *m)
{
    for (int i = 0; i < 3; i++) {
        m->tx[i] = (struct tx){0};
        m->keys[i] = o->office[i]->st->keys;
        MUST(tx_begin(&m->tx[i], o->office[i]->st, &offices_err));
    }
}

static void undo(struct orders *o, struct mark *m)
{
    for (int i = 0; i < 3; i++) {
        tx_end(&m->tx[i]);
        o->office[i]->st->before_commit = NULL;
        o->office[i]->st->certs++; /* those remembered may be gone */
        store_lend_keys(o->office[i]->st, m->keys[i]);
        MUST(store_reload(o->office[i]->st, &offices_err));
    }
}

static void walk(struct orders *o, const enum event *events, unsigned n, unsigned used)
{
    struct mark m;
    uint64_t then = now_ms;
    if (o->depth == n) {
        begin(o, &m);
        check(o);
        undo(o, &m);
        now_ms = then;
        return;
    }
    for (unsigned i = 0; i < n; i++) {
        bool twin = false; /* two events of one kind: only in the order in which they stand */
        for (unsigned k = 0; k < i; k++)
            twin = twin || (events[k] == events[i] && !(used & 1u << k));
        if (used & 1u << i || twin)
            continue;
        begin(o, &m);
        now_ms = then + 60000;
        o->trail[o->depth++] = events[i];
        if (happen(o, events[i]))
            walk(o, events, n, used | 1u << i);
        o->depth--;
        undo(o, &m);
        now_ms = then;
    }
}

static int setup(void **state)
{
    struct orders *o = calloc(1, sizeof(*o));
    struct family *f = &o->f;
    struct store_world world = {.now_ms = told_now};
    now_ms = (uint64_t)time(NULL) * 1000;
    offices_init(&f->all);
    office_make(&f->p, &f->all, NULL, "14", QN_PROVINCE);
    office_make(&f->c, &f->all, &f->p, "1406", QN_CITY);
    office_make(&f->k, &f->all, &f->c, "140602", QN_COUNTY);
    o->office[0] = &f->p;
    o->office[1] = &f->c;
    o->office[2] = &f->k;
    for (int i = 0; i < 3; i++) {
        store_close(o->office[i]->st);
        MUST(store_open_in(&o->office[i]->st, o->office[i]->dir, STORE_OPEN, &world, &offices_err));
        store_lend_keys(o->office[i]->st, o->office[i]->keys);
    }
    rotation_ask(&o->ready, &f->k, true);
    rotation_ask(&o->ready_city, &f->c, true);
    char path[1024];
    struct test_office station = {.st = NULL};
    snprintf(station.dir, sizeof(station.dir), "%s/station", f->all.dir);
    struct enrol_init init = {.dir = station.dir,
                              .office = "140603S1",
                              .name = "station",
                              .policy = qn_buf_span(&f->all.policy),
                              .fingerprint = f->all.fingerprint,
                              .passphrase = qn_str("test"),
                              .kdf_mib = KEYS_KDF_MIB_MIN};
    MUST(enrol_init(&init, path, &offices_err));
    read_all(&o->station, path);
    now_ms += 60000;
    write_one(&f->k, 1);
    settle_down(o);
    write_one(&f->k, 2); /* nobody has seen it */
    *state = o;
    return 0;
}

static int teardown(void **state)
{
    struct orders *o = *state;
    rotation_release(&o->ready);
    rotation_release(&o->ready_city);
    qn_buf_release(&o->station);
    for (int i = 2; i >= 0; i--)
        office_close_test(o->office[i]);
    offices_release(&o->f.all);
    free(o);
    return 0;
}

static void run(struct orders *o, const enum event *events, unsigned n, uint64_t leaves)
{
    walk(o, events, n, 0);
    print_message("  %llu orders, %llu with revoked entries, %llu entries kept, %llu rebuilt\n",
                  (unsigned long long)o->leaves, (unsigned long long)o->revoked,
                  (unsigned long long)o->kept, (unsigned long long)o->rebuilt);
    assert_int_equal(o->leaves, leaves);
}

static void revoke_exchange_bundle(void **state)
{
    static const enum event events[] = {REVOKE, UP, ABOVE, PAST, BELOW};
    run(*state, events, 5, 120);
    assert_true(((struct orders *)*state)->revoked > 0);
    assert_true(((struct orders *)*state)->rebuilt > 0);
}

static void writes_between(void **state)
{
    static const enum event events[] = {REVOKE, UP, PAST, WRITE, DOWN};
    run(*state, events, 5, 120);
}

static void past_twice(void **state)
{
    static const enum event events[] = {REVOKE, PAST, WRITE, PAST, UP};
    run(*state, events, 5, 60);
}

static void renewed_and_revoked(void **state)
{
    static const enum event events[] = {NARROW, UP, PAST, REVOKE, ABOVE};
    walk(*state, events, 5, 0);
    assert_true(((struct orders *)*state)->leaves > 0);
}

static void rotated_and_revoked(void **state)
{
    static const enum event events[] = {ROTATE, WRITE, PAST, UP, ABOVE};
    run(*state, events, 5, 120);
}

static void city_rotated(void **state)
{
    static const enum event events[] = {ROTATE_CITY, REVOKE, UP, PAST, ABOVE};
    run(*state, events, 5, 120);
}

/* What a wider certificate allows reaches the province before that certificate: it waits and is not refused. */
static void widened(void **state)
{
    struct orders *o = *state;
    static const enum event events[] = {WIDEN, DOWN, CERTIFY, PAST, UP};
    walk(o, events, 5, 0);
    assert_true(o->leaves > 5);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(revoke_exchange_bundle), T(writes_between), T(past_twice), T(renewed_and_revoked),
        T(rotated_and_revoked),    T(city_rotated),   T(widened)};
    return cmocka_run_group_tests_name("keys in every order", tests, NULL, NULL);
}
