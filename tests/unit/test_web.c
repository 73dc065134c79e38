/* test_web.c - what pages ask, while somebody writes in the middle of the answer: a page and a look are of one moment. And the first
 * person, who comes with a password or not at all. */
#include "tests/unit/offices.h"

#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <semaphore.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <time.h>

#include "node/store/account.h"
#include "node/store/duty.h"
#include "node/store/clock.h"
#include "node/store/file.h"
#include "node/store/name_index.h"
#include "node/store/office.h"
#include "node/store/list.h"
#include "node/sync/pages.h"
#include "node/web/call.h"

struct world {
    struct offices all;
    struct test_office t;
    struct office office;
    struct commands commands;
    struct web *web;
    sqlite3 *raw; /* whoever writes in the middle of an answer */
    sem_t asked, go_on;
    char cookie[80];
};

/* ---- a browser --------------------------------------------------------------------------------------------------- */

struct asking {
    struct pages_request r;
    struct world *w;
    const char *name[30], *value[30];
    /* Once, when "count" is asked: between the rows and their number; and when all that is asked is read. */
    void (*middle)(struct world *w), (*before)(struct world *w);
};

static const char *query(const struct pages_request *r, const char *name)
{
    struct asking *a = (struct asking *)(uintptr_t)r;
    if (strcmp(name, "count") == 0 && a->middle) {
        a->middle(a->w);
        a->middle = NULL;
    }
    for (unsigned i = 0; i < 30; i++)
        if (a->name[i] && strcmp(a->name[i], name) == 0)
            return a->value[i];
    return NULL;
}

static void each_query(const struct pages_request *r,
                       void (*each)(void *ctx, const char *name, const char *value), void *ctx)
{
    const struct asking *a = (const struct asking *)r;
    if (a->before)
        a->before(a->w);
    for (unsigned i = 0; i < 30; i++)
        if (a->name[i])
            each(ctx, a->name[i], a->value[i]);
}

static const char *header(const struct pages_request *r, const char *name)
{
    const struct asking *a = (const struct asking *)r;
    return strcmp(name, "Cookie") == 0 && a->w->cookie[0] ? a->w->cookie
           : strcmp(name, "X-Qian-Token") == 0            ? "1"
                                                          : NULL;
}

static bool here(const struct pages_request *r)
{
    (void)r;
    return false;
}

/* The body of the answer, as JSON. */
static json_t *ask(struct asking *a, struct world *w, unsigned status)
{
    struct pages_reply out = {.fd = -1};
    a->w = w;
    a->r.office = &w->office;
    a->r.query = query;
    a->r.each_query = each_query;
    a->r.header = header;
    a->r.gone = here;
    memcpy(a->r.from, "127.0.0.1", 10);
    const struct pages *p = web_maker.pages(w->web);
    p->answer(p->ctx, &a->r, &out);
    json_t *o = json_loadb((const char *)out.body.p, out.body.n, JSON_DECODE_ANY, NULL);
    if (out.status != status)
        fail_msg("%s: %u %.*s", a->r.path, out.status, (int)out.body.n, (const char *)out.body.p);
    pages_reply_release(&out);
    assert_non_null(o);
    return o;
}

/* ---- the office ---------------------------------------------------------------------------------------------------- */

static void raw(struct world *w, const char *sql)
{
    char *why = NULL;
    if (sqlite3_exec(w->raw, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
}

static int64_t number(struct store *st, enum sql sql)
{
    QN_AUTO(query) struct query q = query_start(st, sql);
    return q_step(&q) ? q_int(&q, 0) : -1;
}

/* A look that counts persons twice; in between somebody else goes on. */
static int run(void *ctx, struct commands_run *r)
{
    struct world *w = ctx;
    struct store *st = r->beside ? r->beside->st : w->office.st;
    qn_buf_init(&r->out, 1000);
    qn_buf_init(&r->said, 1000);
    if (strcmp(r->argv[0], "long") == 0)
        r->out.failed = QN_LIMIT;
    int64_t before = number(st, SQL_PERSON_COUNT);
    if (r->beside && !r->out.failed) {
        sem_post(&w->asked);
        sem_wait(&w->go_on);
    }
    qn_put_fmt(&r->out, "[%d, %lld, %lld]", r->beside != NULL, (long long)before,
               (long long)number(st, SQL_PERSON_COUNT));
    if (strcmp(r->argv[1], "trail") == 0) { /* which is told of whoever may not */
        struct qn_err none;
        struct duty d = {.name = "trail", .roles = ROLE_AUDITOR};
        person_enter(st, r->by);
        (void)!duty_may(st, &d, NULL, &none);
        person_enter(st, NULL);
    }
    return 0;
}

static bool known(void *ctx, const char *name, bool *reads)
{
    (void)ctx, (void)name;
    return *reads = true;
}

static enum commands_beside beside(void *ctx, const char *name)
{
    (void)ctx, (void)name;
    return BESIDE_ALWAYS;
}

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof(*w));
    char path[300];
    offices_init(&w->all);
    office_make(&w->t, &w->all, NULL, "14", QN_PROVINCE);
    store_close(w->t.st);
    w->t.st = NULL;
    snprintf(path, sizeof(path), "%s/qian.db", w->t.dir);
    MUST(office_open(&w->office, w->t.dir, NULL, false, &offices_err));
    assert_int_equal(sqlite3_open_v2(path, &w->raw, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    sem_init(&w->asked, 0, 0);
    sem_init(&w->go_on, 0, 0);
    w->commands = (struct commands){.ctx = w, .known = known, .beside = beside, .run = run};
    MUST(web_maker.start(
        &w->web,
        &(struct pages_start){
            .office = &w->office, .commands = &w->commands, .dir = w->t.dir, .lang = TEXT_ZH},
        &offices_err));
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    web_maker.stop(w->web);
    sqlite3_close(w->raw);
    office_close(&w->office);
    keys_free(w->t.keys);
    sem_destroy(&w->asked);
    sem_destroy(&w->go_on);
    offices_release(&w->all);
    free(w);
    return 0;
}

/* A head, who is in. */
static void come_in(struct world *w)
{
    uint8_t token[ACCOUNT_TOKEN];
    char hex[2 * ACCOUNT_TOKEN + 1], secret[ACCOUNT_HASH] = "-";
    struct person admin = {.name = "管", .roles = ROLE_ADMIN, .since = "2020-01-01"},
                  p = {.name = "甲", .roles = ROLE_HEAD, .since = "2020-01-01"};
    MUST(person_set(w->office.st, &admin, &offices_err));
    person_enter(w->office.st, "管");
    MUST(person_set(w->office.st, &p, &offices_err));
    person_enter(w->office.st, NULL);
    MUST(account_set(w->office.st, "甲", secret, &offices_err));
    MUST(session_open(token, w->office.st, "甲", "127.0.0.1", "", &offices_err));
    qn_hex(hex, token, sizeof(token));
    snprintf(w->cookie, sizeof(w->cookie), "qian=%s", hex);
}

/* ---- one moment ---------------------------------------------------------------------------------------------------- */

static void another_person(struct world *w)
{
    raw(w, "INSERT INTO person (name, roles, insp_id, since, until) VALUES ('乙', 1, '', "
           "'2020-01-01', '')");
}

static void a_page(void **state)
{
    struct world *w = *state;
    come_in(w);
    struct asking a = {.r = {.method = "GET", .path = "/api/v1/lists/persons"},
                       .name = {"count"},
                       .value = {"1"},
                       .middle = another_person};
    json_t *o = ask(&a, w, 200);
    assert_int_equal(json_array_size(json_object_get(o, "rows")), 2);
    assert_int_equal(json_integer_value(json_object_get(o, "count")), 2);
    json_decref(o);
    /* Nobody holds on to that moment: the next page has the row, and what was written goes out of the WAL. */
    o = ask(&a, w, 200);
    assert_int_equal(json_integer_value(json_object_get(o, "count")), 3);
    json_decref(o);
    raw(w, "PRAGMA busy_timeout = 0");
    int log = -1, moved = -2;
    assert_int_equal(
        sqlite3_wal_checkpoint_v2(w->raw, NULL, SQLITE_CHECKPOINT_TRUNCATE, &log, &moved),
        SQLITE_OK);
}

static void *writes_between(void *ctx)
{
    struct world *w = ctx;
    sem_wait(&w->asked);
    another_person(w);
    sem_post(&w->go_on);
    return NULL;
}

static void look(struct world *w, const char *path, int is_beside, int before, int after)
{
    pthread_t other;
    struct asking a = {.r = {.method = "GET", .path = path}};
    assert_int_equal(pthread_create(&other, NULL, writes_between, w), 0);
    json_t *o = ask(&a, w, 200), *r = json_object_get(o, "result");
    pthread_join(other, NULL);
    assert_int_equal(json_integer_value(json_array_get(r, 0)), is_beside);
    assert_int_equal(json_integer_value(json_array_get(r, 1)), before);
    assert_int_equal(json_integer_value(json_array_get(r, 2)), after);
    json_decref(o);
}

static void a_look(void **state)
{
    struct world *w = *state;
    come_in(w);
    look(w, "/api/v1/commands/person/list", 1, 2, 2);
}

/* What would have been told in the trail is known behind the moment, and the look asked again as an act. */
static void a_look_that_is_told(void **state)
{
    struct world *w = *state;
    come_in(w);
    look(w, "/api/v1/commands/audit/trail", 0, 3, 3);
    assert_true(number(w->office.st, SQL_TRAIL_LAST) > 0);
}

static void object(struct world *w, int id, const char *name)
{
    char sql[600];
    snprintf(sql, sizeof(sql),
             "INSERT INTO object (office, id, rev, roster, object_id, name, inspecting_office, "
             "tags, status, "
             "complaints, inspected_this_year, acted_by, recorded_on) VALUES ('14', %d, 0, 1, "
             "'E:%d', '%s', '14', "
             "'', 'active', 0, 0, '甲', '2021-01-01T00:00:00')",
             id, id, name);
    raw(w, sql);
}

/* The index went on to rows that are not yet in the moment: what stands in both is found, and nothing is told as missing. */
static void a_search(void **state)
{
    struct world *w = *state;
    struct store *st = NULL;
    uint64_t behind = 7;
    int64_t row = 0;
    object(w, 1, "朔城加油站");
    MUST(store_beside(&st, w->office.st, NULL, &offices_err));
    struct tx moment = {0};
    MUST(tx_begin(&moment, st, &offices_err));
    object(w, 2, "朔城面馆");
    MUST(name_index_keep(w->t.dir, NULL, NULL, &offices_err));
    struct name_index *x = NULL;
    MUST(name_index_open(&x, &behind, st, "朔城", 0, false, &offices_err));
    assert_true(name_index_next(x, &row));
    assert_int_equal(row, 1);
    assert_int_equal(behind, 0);
    name_index_close(x);
    tx_end(&moment);
    store_close(st);
}

/* ---- what is not told wrongly ---------------------------------------------------------------------------------------- */

static const char *code_of(json_t *o)
{
    return json_string_value(json_object_get(o, "code"));
}

static void a_list_asked_wrongly(void **state)
{
    struct world *w = *state;
    come_in(w);
    struct asking empty = {.r = {.method = "GET", .path = "/api/v1/lists/persons"},
                           .name = {"after"},
                           .value = {""}},
                  many = {.r = {.method = "GET", .path = "/api/v1/lists/results"}};
    json_t *o = ask(&empty, w, 400);
    assert_string_equal(code_of(o), "lists.cursor");
    json_decref(o);
    for (unsigned i = 0; i < LIST_FILTERS + 1; i++)
        many.name[i] = "state", many.value[i] = "published";
    o = ask(&many, w, 400);
    assert_string_equal(code_of(o), "lists.filter");
    json_decref(o);
}

/* Whoever is in stays in when nothing can be noted, and is told why when nothing can be read. */
static void a_full_disk(void **state)
{
    struct world *w = *state;
    come_in(w);
    raw(w, "UPDATE session SET made_ms = made_ms - 600000, seen_ms = seen_ms - 600000;"
           "CREATE TRIGGER full BEFORE UPDATE ON session BEGIN SELECT RAISE(ABORT, 'no'); END");
    struct asking a = {.r = {.method = "GET", .path = "/api/v1/session"}};
    json_t *o = ask(&a, w, 200);
    assert_string_equal(json_string_value(json_object_get(o, "person")), "甲");
    json_decref(o);
    raw(w, "DROP TRIGGER full; ALTER TABLE session RENAME TO aside");
    o = ask(&a, w, 500);
    assert_string_equal(code_of(o), "store.sqlite");
    json_decref(o);
}

static void ends(struct world *w)
{
    web_maker.ending(w->web);
}

/* A list as a file that is being written when the node ends is given up, and nothing of it stays. */
static void a_file_at_the_end(void **state)
{
    struct world *w = *state;
    come_in(w);
    struct asking a = {.r = {.method = "GET", .path = "/api/v1/lists/persons.csv"},
                       .name = {"state"},
                       .value = {""},
                       .before = ends};
    json_t *o = ask(&a, w, 503);
    assert_string_equal(code_of(o), "store.stopped");
    json_decref(o);
}

/* Of an answer that cannot be told whole nothing is told as all of it. */
static void too_long(void **state)
{
    struct world *w = *state;
    come_in(w);
    struct asking a = {.r = {.method = "GET", .path = "/api/v1/commands/long/list"}};
    json_t *o = ask(&a, w, 413);
    assert_string_equal(code_of(o), "base.too-long");
    json_decref(o);
}

static void touch_at(const char *dir, const char *name, int days, int hours)
{
    char path[500];
    struct timespec t[2] = {{.tv_sec = time(NULL) - days * 86400 - hours * 3600}};
    t[1] = t[0];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fclose(f);
    assert_int_equal(utimensat(AT_FDCWD, path, t, 0), 0);
}

static unsigned files_in(const char *dir)
{
    unsigned n = 0;
    DIR *d = opendir(dir);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(d);
    return n;
}

/* Of whoever does not come back too, and what a list left that was cut short. */
static void shelves(void **state)
{
    struct world *w = *state;
    char all[300], one[400];
    snprintf(all, sizeof(all), "%s/shelf", w->t.dir);
    snprintf(one, sizeof(one), "%s/shelf/0123456789abcdef", w->t.dir);
    struct qn_err err;
    MUST(file_mkdir(all, &err));
    MUST(file_mkdir(one, &err));
    touch_at(one, "old.csv", 8, 0);
    touch_at(one, "new.csv", 6, 0);
    touch_at(one, ".list-0011223344556677", 0, 2);
    touch_at(one, ".list-8899aabbccddeeff", 0, 0);
    shelf_clear(w->t.dir);
    assert_int_equal(files_in(one), 2);
    touch_at(one, "new.csv", 6, 0);
    touch_at(one, ".list-8899aabbccddeeff", 0, 0);
    assert_int_equal(files_in(one), 2);
}

/* ---- the first person ---------------------------------------------------------------------------------------------- */

static json_t *first(struct world *w, const uint8_t token[ACCOUNT_TOKEN], const char *name,
                     unsigned status)
{
    char hex[2 * ACCOUNT_TOKEN + 1], body[400];
    qn_hex(hex, token, ACCOUNT_TOKEN);
    snprintf(body, sizeof(body),
             "{\"token\": \"%s\", \"person\": \"%s\", \"password\": \"四月的柿子树 又开了花\"}",
             hex, name);
    struct asking a = {.r = {.method = "POST", .path = "/api/v1/invitation", .body = qn_str(body)}};
    return ask(&a, w, status);
}

static void first_person(void **state)
{
    struct world *w = *state;
    uint8_t token[ACCOUNT_TOKEN];
    MUST(account_invite(token, w->office.st, "", &offices_err));
    /* 22 characters of three bytes: two more than a name may have. */
    json_t *o = first(w, token, "一二三四五六七八九十一二三四五六七八九十一二", 400);
    assert_string_equal(json_string_value(json_object_get(o, "code")), "person.name");
    json_decref(o);
    assert_int_equal(number(w->office.st, SQL_PERSON_COUNT), 0);
    raw(w, "CREATE TRIGGER full BEFORE INSERT ON account BEGIN SELECT RAISE(ABORT, 'no'); END");
    json_decref(first(w, token, "管理员", 500));
    assert_int_equal(number(w->office.st, SQL_PERSON_COUNT), 0);
    raw(w, "DROP TRIGGER full");
    o = first(w, token, "管理员", 201);
    assert_string_equal(json_string_value(json_object_get(o, "person")), "管理员");
    json_decref(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_page, setup, teardown),
        cmocka_unit_test_setup_teardown(a_look, setup, teardown),
        cmocka_unit_test_setup_teardown(a_look_that_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_search, setup, teardown),
        cmocka_unit_test_setup_teardown(a_list_asked_wrongly, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_disk, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_at_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(too_long, setup, teardown),
        cmocka_unit_test_setup_teardown(shelves, setup, teardown),
        cmocka_unit_test_setup_teardown(first_person, setup, teardown),
    };
    return cmocka_run_group_tests_name("web", tests, NULL, NULL);
}
