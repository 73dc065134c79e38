/* test_audience.c - a whole tree, a random text of its own in every column that each office writes for each audience
 * and addressee, everything exchanged until nothing is news: then every byte that each office holds is read, as it
 * lies in its files, as it travelled, unpacked and opened with its keys, and holds what is meant for it and no more. */
#include "tests/unit/family.h"

#include <dirent.h>
#include <sodium.h>
#include <zstd.h>

#include "node/store/file.h"
#include "node/sync/bundle.h"

#define OFFICES  7
#define CANARY   24
#define SHORTEST 10 /* columns below have no room for a text that could not be met by chance */
#define CAP      65536
#define LOCAL    0 /* beside the audiences of the registry */

static const struct place {
    const char *code;
    int parent;
    enum qn_level level;
} place[OFFICES] = {
    {"14", -1, QN_PROVINCE},     {"1406", 0, QN_CITY},     {"1401", 0, QN_CITY},
    {"140602", 1, QN_COUNTY},    {"140622", 1, QN_COUNTY}, {"140105", 2, QN_COUNTY},
    {"140602S1", 3, QN_STATION},
};
struct tree {
    struct offices all;
    struct test_office o[OFFICES];
};

/* ---- who may see what, by the tree above and nothing of the program's ------------------------------------------ */

static bool above(int a, int b)
{
    while (b >= 0 && (b = place[b].parent) >= 0)
        if (a == b)
            return true;
    return false;
}

/* Whether the bytes of a part come to `reader`. */
static bool gets(int reader, int author, enum qn_reach reach, int to)
{
    return reader == author || above(reader, author) ||
           (above(author, reader) &&
            (to == reader || above(reader, to) || (reach == QN_TO_SUBTREE && above(to, reader))));
}

struct canary {
    char text[CANARY + 1];
    size_t n;
    int audience, author, to;
    enum qn_reach reach;
    uint8_t seen; /* bit (1 << office) */
};

static bool reads(int reader, const struct canary *c)
{
    if (c->audience == LOCAL)
        return reader == c->author;
    if (c->audience == QN_RESTRICTED)
        return reader == c->author || reader == c->to;
    return gets(reader, c->author, c->reach, c->to);
}

/* ---- texts that are found again ---------------------------------------------------------------------------------- */

static struct canary *canaries;
static size_t ncanaries;
static int32_t slot[1u << 18];
static uint8_t filter[1u << 17]; /* bit: some canary begins with these bytes */

static uint64_t beginning(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof(v));
    return v * UINT64_C(0x9e3779b97f4a7c15);
}

static struct canary *plant(size_t room, int audience, int author, enum qn_reach reach, int to)
{
    static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";
    assert_true(ncanaries < CAP);
    struct canary *c = &canaries[ncanaries];
    *c = (struct canary){.n = room < CANARY ? room : CANARY,
                         .audience = audience,
                         .author = author,
                         .to = to,
                         .reach = reach};
    for (size_t i = 0; i < c->n; i++)
        c->text[i] = letters[randombytes_uniform(32)];
    uint64_t h = beginning((const uint8_t *)c->text);
    filter[h >> 47] |= (uint8_t)(1u << (h >> 44 & 7));
    uint32_t at = (uint32_t)(h >> 46);
    while (slot[at])
        at = (at + 1) & ((1u << 18) - 1);
    slot[at] = (int32_t)++ncanaries;
    return c;
}

/* Notes for `office` every text in these bytes; gives how many there were. */
static size_t look(int office, struct qn_span in)
{
    size_t found = 0;
    for (size_t i = 0; i + 8 <= in.n; i++) {
        uint64_t h = beginning(in.p + i);
        if (!(filter[h >> 47] >> (h >> 44 & 7) & 1))
            continue;
        for (uint32_t at = (uint32_t)(h >> 46); slot[at]; at = (at + 1) & ((1u << 18) - 1)) {
            struct canary *c = &canaries[slot[at] - 1];
            if (in.n - i < c->n || memcmp(in.p + i, c->text, c->n) != 0)
                continue;
            c->seen |= (uint8_t)(1u << office);
            found++;
        }
    }
    return found;
}

/* The same in what the bytes of a part hold, packed or not. */
static void look_unpacked(int office, struct qn_span in)
{
    look(office, in);
    unsigned long long n = in.n ? ZSTD_getFrameContentSize(in.p, in.n) : 0;
    if (n < 1 || n > QN_PART_MAX)
        return;
    uint8_t *raw = malloc(n);
    if (raw && ZSTD_decompress(raw, n, in.p, in.n) == n)
        look(office, (struct qn_span){raw, n});
    free(raw);
}

/* And what this office's own box key opens of them. */
static void look_into(struct tree *t, int office, struct qn_span part)
{
    look_unpacked(office, part);
    if (part.n <= crypto_box_SEALBYTES)
        return;
    size_t n = part.n - crypto_box_SEALBYTES;
    uint8_t *clear = malloc(n);
    assert_non_null(clear);
    if (crypto_box_seal_open(clear, part.p, part.n, store_self(t->o[office].st)->box,
                             keys_box_sk(t->o[office].keys)) == 0)
        look_unpacked(office, (struct qn_span){clear, n});
    free(clear);
}

/* ---- writing ---------------------------------------------------------------------------------------------------------- */

static void put_row(struct act *a, const struct qn_table *table, int audience, int author,
                    enum qn_reach reach, int to)
{
    struct qn_row row;
    row_start(&row, a, table->name, act_id(a), 1);
    for (unsigned i = QN_KEY_COLUMNS; i < table->ncols; i++) {
        const struct qn_column *c = &table->col[i];
        row.col[i].type = c->type;
        switch (c->type) {
        case QN_INTEGER:
            row.col[i].i = 1;
            break;
        case QN_TEXT:
        case QN_BLOB:
            if (c->max < SHORTEST) {
                row.col[i].s = (struct qn_span){(const uint8_t *)"x", 1};
            } else {
                struct canary *canary = plant(c->max, audience, author, reach, to);
                row.col[i].s = (struct qn_span){(const uint8_t *)canary->text, canary->n};
            }
            break;
        case QN_REAL:
        case QN_NULL:
            row.col[i].type = QN_NULL;
            break;
        }
    }
    MUST(act_put(a, &row, &offices_err));
}

/* A certificate row must be a certificate, those that enrolment wrote are there; and what has an entry skipped, forgotten or
 * purged must name one that its author may name. Tables of the control lane, each with others beside it. */
static bool writes(const struct qn_table *table, int office, int audience, int lane)
{
    static const char *const name[] = {"certificate", "supersede",    "waiver",   "redaction",
                                       "purge",       "purge_report", "abandoned"};
    bool about_entries = false;
    for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++)
        about_entries = about_entries || strcmp(table->name, name[i]) == 0;
    return (int)table->audience == audience && (int)table->lane == lane &&
           table->levels >> place[office].level & 1 && !about_entries;
}

static void write_lane(struct tree *t, int office, enum qn_lane lane)
{
    QN_AUTO(act) struct act a = {0};
    const struct qn_registry *reg = store_registry(t->o[office].st);
    unsigned rows = 0;
    MUST(act_open(&a, t->o[office].st, QN_KIND_TABLES, lane, &offices_err));
    for (int audience = QN_PUBLIC; audience <= QN_RESTRICTED; audience++)
        for (int to = 0; to < OFFICES; to++)
            for (int reach = QN_TO_OFFICE; reach <= QN_TO_SUBTREE; reach++) {
                bool related = to == office || above(to, office) || above(office, to),
                     begun = false;
                if (!related || (audience == QN_RESTRICTED && reach == QN_TO_SUBTREE))
                    continue;
                for (unsigned i = 0; i < reg->ntables; i++) {
                    if (!writes(&reg->table[i], office, audience, (int)lane))
                        continue;
                    if (!begun)
                        MUST(act_part(&a, (enum qn_audience)audience, (enum qn_reach)reach,
                                      place[to].code, &offices_err));
                    begun = true;
                    put_row(&a, &reg->table[i], audience, office, (enum qn_reach)reach, to);
                    rows++;
                }
            }
    if (rows)
        MUST(act_commit(&a, NULL, NULL, &offices_err));
}

static void write_everything(struct tree *t)
{
    for (int i = 0; i < OFFICES; i++) {
        for (int lane = 0; lane < QN_LANES; lane++)
            if (store_self(t->o[i].st)->lanes >> lane & 1)
                write_lane(t, i, (enum qn_lane)lane);
        MUST(store_set(t->o[i].st, "canary", plant(CANARY, LOCAL, i, QN_TO_OFFICE, i)->text,
                       &offices_err));
    }
}

/* ---- exchanging -------------------------------------------------------------------------------------------------------- */

/* Reads a frame as the receiver could. Nothing but a part may hold any text at all. */
static void read_frame(struct tree *t, int to, enum qn_frame_type type, struct qn_span payload)
{
    struct qn_part_frame part;
    if (type != QN_FRAME_PART) {
        assert_int_equal(look(to, payload), 0);
        return;
    }
    MUST(qn_part_frame_decode(&part, payload, &offices_err));
    look(to, payload);
    look_into(t, to, part.stored);
}

static void read_stream(struct tree *t, int to, struct qn_span in)
{
    while (in.n) {
        enum qn_frame_type type;
        struct qn_span payload;
        size_t need;
        MUST(qn_frame_take(&in, &type, &payload, &need, &offices_err));
        read_frame(t, to, type, payload);
    }
}

static uint64_t one_way(struct tree *t, int from, int to)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    struct exchange_sent sent;
    struct heard heard = {{0}};
    struct qn_report report = {hear, &heard};
    MUST(stream_from(&b, &t->o[from], &t->o[to], 0, &sent, NULL, &offices_err));
    read_stream(t, to, qn_buf_span(&b));
    struct took took = take(&t->o[to], place[from].code, qn_buf_span(&b), 0, &report);
    if (took.rc || took.came.refused || took.tally.held || took.tally.refused)
        fail_msg("%s to %s: %s %s", place[from].code, place[to].code, took.err.id, heard.ids);
    return sent.news;
}

static void exchange_everything(struct tree *t)
{
    uint64_t news = 1;
    for (int round = 0; news; round++) {
        assert_true(round < 12);
        news = 0;
        for (int i = OFFICES - 1; i > 0; i--)
            news += one_way(t, i, place[i].parent);
        for (int i = 1; i < OFFICES; i++)
            news += one_way(t, place[i].parent, i);
    }
}

struct bundle_reader {
    struct tree *t;
    int to;
    size_t parts;
};

static enum qn_code bundle_frame(void *ctx, enum qn_frame_type type, struct qn_span payload,
                                 struct qn_err *err)
{
    struct bundle_reader *r = ctx;
    (void)err;
    r->parts += type == QN_FRAME_PART;
    read_frame(r->t, r->to, type, payload);
    return QN_OK;
}

/* Everything once more, by stick: between all who may exchange, past those between them too. On the stick no text can be
 * found by whoever picks it up; opened it holds what the recipient may have.                                         */
static size_t bundle_everything(struct tree *t)
{
    struct bundle_reader r = {.t = t};
    for (int from = 0; from < OFFICES; from++)
        for (r.to = 0; r.to < OFFICES; r.to++) {
            char path[300];
            QN_AUTO(qn_buf) struct qn_buf b = {0};
            struct exchange_sent sent;
            struct bundle_info info;
            size_t seen = 0;
            if (!above(from, r.to) && !above(r.to, from))
                continue;
            snprintf(path, sizeof(path), "%s/%s-%s.qb", t->all.dir, place[from].code,
                     place[r.to].code);
            struct bundle_make make = {.to = place[r.to].code, .path = path, .all = true};
            MUST(bundle_make(t->o[from].st, &make, &sent, &offices_err));
            MUST(file_read(&b, path, 1u << 30, &offices_err));
            for (int anybody = 0; anybody < OFFICES; anybody++)
                seen += look(anybody, qn_buf_span(&b));
            assert_int_equal(seen, 0);
            struct bundle_opener opener = {t->o[r.to].keys, bundle_frame, &r};
            MUST(bundle_open(&opener, path, &info, &offices_err));
            assert_true(info.whole);
        }
    return r.parts;
}

/* ---- reading ---------------------------------------------------------------------------------------------------------------- */

static void read_files(struct tree *t, int office)
{
    DIR *d = opendir(t->o[office].dir);
    const struct dirent *e;
    unsigned files = 0;
    assert_non_null(d);
    while ((e = readdir(d)) != NULL) {
        char path[600];
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        if (e->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "%s/%s", t->o[office].dir, e->d_name);
        MUST(file_read(&b, path, 1u << 30, &offices_err));
        look(office, qn_buf_span(&b));
        files++;
    }
    closedir(d);
    assert_true(files >= 3); /* database, its log, keys */
}

static sqlite3_stmt *prepared(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *q;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
    return q;
}

static struct qn_span cell(sqlite3_stmt *q, int col)
{
    const void *p = sqlite3_column_blob(q, col);
    return (struct qn_span){p, (size_t)sqlite3_column_bytes(q, col)};
}

/* Every value of every table: in the file a value may lie in pieces, over pages. */
static void read_tables(int office, sqlite3 *db)
{
    sqlite3_stmt *tables = prepared(db, "SELECT name FROM sqlite_master WHERE type = 'table'");
    while (sqlite3_step(tables) == SQLITE_ROW) {
        char sql[200];
        snprintf(sql, sizeof(sql), "SELECT * FROM \"%s\"",
                 (const char *)sqlite3_column_text(tables, 0));
        sqlite3_stmt *q = prepared(db, sql);
        while (sqlite3_step(q) == SQLITE_ROW)
            for (int i = 0; i < sqlite3_column_count(q); i++)
                look(office, cell(q, i));
        sqlite3_finalize(q);
    }
    sqlite3_finalize(tables);
}

static int office_of(const char *code)
{
    int i = 0;
    while (i < OFFICES && strcmp(place[i].code, code) != 0)
        i++;
    assert_true(i < OFFICES);
    return i;
}

/* Of every header here: its parts are held by whom they are for, and by nobody else; sealed ones are no exception. */
static void read_parts(struct tree *t, int office, sqlite3 *db, size_t *headers_only)
{
    struct qn_header *h = malloc(sizeof(*h));
    sqlite3_stmt *entries = prepared(
        db, "SELECT l.office, e.header, e.log, e.seq FROM entry e JOIN log l ON l.no = e.log");
    sqlite3_stmt *q =
        prepared(db, "SELECT stored FROM part WHERE log = ?1 AND seq = ?2 AND part = ?3");
    while (sqlite3_step(entries) == SQLITE_ROW) {
        int author = office_of((const char *)sqlite3_column_text(entries, 0));
        struct qn_span header = cell(entries, 1);
        assert_int_equal(look(office, header), 0);
        MUST(qn_header_decode(h, header, &offices_err));
        for (unsigned i = 0; i < h->nparts; i++) {
            char to[QN_CODE_MAX + 1];
            assert_true(qn_text_copy(to, sizeof(to), h->part[i].to));
            sqlite3_bind_int64(q, 1, sqlite3_column_int64(entries, 2));
            sqlite3_bind_int64(q, 2, sqlite3_column_int64(entries, 3));
            sqlite3_bind_int(q, 3, (int)i);
            bool held = sqlite3_step(q) == SQLITE_ROW;
            if (held)
                look_into(t, office, cell(q, 0));
            else
                ++*headers_only;
            if (held != gets(office, author, h->part[i].reach, office_of(to)))
                fail_msg("%s %s part %u of %s for %s", place[office].code, held ? "holds" : "lacks",
                         i, place[author].code, to);
            sqlite3_reset(q);
        }
    }
    sqlite3_finalize(q);
    sqlite3_finalize(entries);
    free(h);
}

static void read_everything(struct tree *t, size_t *headers_only)
{
    for (int i = 0; i < OFFICES; i++) {
        char path[400];
        sqlite3 *db;
        read_files(t, i);
        snprintf(path, sizeof(path), "%s/qian.db", t->o[i].dir);
        assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
        read_tables(i, db);
        read_parts(t, i, db, headers_only);
        sqlite3_close(db);
    }
}

/* ---- the test ------------------------------------------------------------------------------------------------------------------ */

static int tree_setup(void **state)
{
    struct tree *t = calloc(1, sizeof(*t));
    canaries = calloc(CAP, sizeof(*canaries));
    offices_init(&t->all);
    for (int i = 0; i < OFFICES; i++)
        office_make(&t->o[i], &t->all, place[i].parent < 0 ? NULL : &t->o[place[i].parent],
                    place[i].code, place[i].level);
    *state = t;
    return 0;
}

static int tree_teardown(void **state)
{
    struct tree *t = *state;
    for (int i = 0; i < OFFICES; i++)
        office_close_test(&t->o[i]);
    offices_release(&t->all);
    free(t);
    free(canaries);
    return 0;
}

static void each_holds_what_is_meant_for_it(void **state)
{
    struct tree *t = *state;
    size_t headers_only = 0, kept[OFFICES] = {0}, kind[QN_RESTRICTED + 1] = {0}, foreign = 0;
    exchange_everything(t); /* the certificates: an office that is not known cannot be addressed */
    write_everything(t);
    exchange_everything(t);
    size_t carried = bundle_everything(t);
    read_everything(t, &headers_only);
    for (size_t i = 0; i < ncanaries; i++) {
        const struct canary *c = &canaries[i];
        kind[c->audience]++;
        for (int o = 0; o < OFFICES; o++) {
            bool may = reads(o, c), seen = c->seen >> o & 1;
            kept[o] += seen;
            if (may == seen)
                continue;
            if (foreign++ < 10)
                print_error("%s %s %s of %s, audience %d for %s (reach %d)\n", place[o].code,
                            seen ? "holds" : "lacks", c->text, place[c->author].code, c->audience,
                            place[c->to].code, (int)c->reach);
        }
    }
    assert_int_equal(foreign, 0);
    print_message("%zu texts: %zu public, %zu system, %zu restricted, %zu local; %zu parts known "
                  "by their header only, %zu carried by bundle;",
                  ncanaries, kind[QN_PUBLIC], kind[QN_SYSTEM], kind[QN_RESTRICTED], kind[LOCAL],
                  headers_only, carried);
    for (int o = 0; o < OFFICES; o++)
        print_message(" %s %zu", place[o].code, kept[o]);
    print_message("\n");
    assert_true(kind[QN_PUBLIC] > 1000 && kind[QN_SYSTEM] > 1000 && kind[QN_RESTRICTED] > 100 &&
                headers_only > 100 && carried > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_holds_what_is_meant_for_it, tree_setup, tree_teardown),
    };
    return cmocka_run_group_tests_name("audience", tests, NULL, NULL);
}
