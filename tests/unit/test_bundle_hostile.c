/* test_bundle_hostile.c - what a stick may bring besides bundles: forged, endless, cut off, pulled out. Each is told in
 * one sentence, and the office is as it was.                                                                       */
#include "tests/unit/bundle_forge.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "node/sync/bundle.h"

#define ROWS(a)   (sizeof(a) / sizeof((a)[0]))
#define HELD_ROWS "SELECT count(*) FROM roster_close WHERE office = '140602'"

static void path_of(char out[300], struct family *f, const char *name)
{
    snprintf(out, 300, "%s/%s", f->all.dir, name);
}

/* A number that changes when anything in the database does. */
static int64_t content(struct test_office *o)
{
    char path[512];
    sqlite3 *db;
    sqlite3_stmt *tables, *q;
    crypto_generichash_state h;
    uint8_t out[32];
    int64_t n;
    crypto_generichash_init(&h, NULL, 0, sizeof(out));
    snprintf(path, sizeof(path), "%s/qian.db", o->dir);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
                           -1, &tables, NULL),
        SQLITE_OK);
    while (sqlite3_step(tables) == SQLITE_ROW) {
        char sql[200];
        snprintf(sql, sizeof(sql), "SELECT * FROM \"%s\"",
                 (const char *)sqlite3_column_text(tables, 0));
        assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
        while (sqlite3_step(q) == SQLITE_ROW)
            for (int i = 0; i < sqlite3_column_count(q); i++) {
                int bytes = sqlite3_column_bytes(q, i);
                crypto_generichash_update(&h, (const uint8_t *)&bytes, sizeof(bytes));
                if (bytes)
                    crypto_generichash_update(&h, sqlite3_column_blob(q, i), (unsigned)bytes);
            }
        sqlite3_finalize(q);
    }
    sqlite3_finalize(tables);
    sqlite3_close(db);
    crypto_generichash_final(&h, out, sizeof(out));
    memcpy(&n, out, sizeof(n));
    return n;
}

/* The city is given the file: what it says, how many frames it took, and that nothing changed when it took none. */
static void expect(struct family *f, const char *name, const char *path, const char *want,
                   uint64_t frames)
{
    struct bundle_info info;
    struct ingest_tally t;
    struct qn_err err = {.code = QN_OK};
    int64_t before = content(&f->c);
    enum qn_code rc = bundle_import(f->c.st, path, NULL, &info, &t, &err);
    if ((rc == QN_OK) != (want == NULL) || (want && strcmp(err.id, want) != 0) ||
        info.frames != frames)
        fail_msg("%s: %s %s, %llu frames", name, rc ? err.id : "ok", rc ? err.args : "",
                 (unsigned long long)info.frames);
    if (rc)
        assert_true(err.code == rc);
    if (!frames && content(&f->c) != before)
        fail_msg("%s: something was kept", name);
}

/* ---- the clear part ------------------------------------------------------------------------------------------------ */

static void envelopes(void **state)
{
    struct family *f = *state;
    const struct {
        const char *name;
        struct envelope e;
        const char *want, *look; /* taken in by the city; looked at by anybody */
    } rows[] = {
        {"sound, without a frame", {.from = NULL}, "bundle.truncated", "bundle.looks-cut"},
        {"another magic",
         {.magic = "qian-bundle/0\n"},
         "bundle.not-a-bundle",
         "bundle.not-a-bundle"},
        {"a later format", {.magic = "qian-bundle/2\n"}, "bundle.needs", "bundle.needs"},
        {"a magic in the wrong line",
         {.magic = "qian-bundle/1\r"},
         "bundle.not-a-bundle",
         "bundle.not-a-bundle"},
        {"a path as sender", {.from = "../../etc"}, "bundle.header", "bundle.header"},
        {"a path as addressee", {.to = "/dev/sda"}, "bundle.header", "bundle.header"},
        {"a path as recipient", {.recipient = {"1406/../14"}}, "bundle.header", "bundle.header"},
        {"a sender of no length", {.from = ""}, "bundle.header", "bundle.header"},
        {"a code that is too long",
         {.from = "12345678901234567"},
         "bundle.header",
         "bundle.header"},
        {"small letters", {.from = "abcd"}, "bundle.header", "bundle.header"},
        {"from and to the same", {.from = "1406"}, "bundle.header", "bundle.header"},
        {"created after the end of time",
         {.created_ms = UINT64_C(253402300800000)},
         "bundle.header",
         "bundle.header"},
        {"an ability of a later program", {.needs = 1}, "bundle.needs", "bundle.needs"},
        {"all abilities", {.needs = UINT32_MAX}, "bundle.needs", "bundle.needs"},
        {"no recipient", {.recipients = -1}, "bundle.header", "bundle.header"},
        {"five recipients",
         {.recipient = {"1406", "14", "140602", "140622", "140681"}},
         "bundle.header",
         "bundle.header"},
        {"a recipient twice",
         {.recipient = {"1406", "14", "1406"}},
         "bundle.header",
         "bundle.header"},
        {"four recipients",
         {.recipient = {"1406", "14", "140602", "140622"}},
         "bundle.truncated",
         "bundle.looks-cut"},
        {"255 recipients said", {.recipients = 255}, "bundle.header", "bundle.header"},
        {"not for us",
         {.to = "14", .recipient = {"14", "140602"}},
         "bundle.not-for-us",
         "bundle.looks-cut"},
        {"sealed to us, for another", {.to = "14"}, "bundle.not-for-us", "bundle.looks-cut"},
        {"our own", {.from = "1406", .to = "14"}, "bundle.own", "bundle.looks-cut"},
        {"sealed to another key",
         {.box = store_self(f->p.st)->box},
         "bundle.key",
         "bundle.looks-cut"},
    };
    char path[300];
    path_of(path, f, "x.qb");
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct envelope e = rows[i].e;
        struct forgery x;
        struct bundle_info info;
        struct qn_err err;
        if (!e.box)
            e.box = store_self(f->c.st)->box;
        forge_begin(&x, &e, 4096);
        forge_write(&x, path);
        expect(f, rows[i].name, path, rows[i].want, 0);
        if (bundle_look(path, &info, &err) == QN_OK || strcmp(err.id, rows[i].look) != 0)
            fail_msg("%s, from outside: %s", rows[i].name, err.id);
        assert_false(info.opened || info.whole);
    }
}

/* ---- the frames ------------------------------------------------------------------------------------------------------- */

enum spoil {
    NO_HAVE,
    CHECKPOINT_FIRST,
    END_ONLY,
    HAVE_OF_ANOTHER,
    HAVE_FOR_ANOTHER,
    HAVE_SPOILT,
    HAVE_IS_FINAL,
    NOT_A_HAVE,
    FROM_A_SIBLING,
    TYPE_0,
    EMPTY_CHUNK,
    HALF_A_FRAME,
    TWO_FRAMES,
    FRAME_TOO_LONG,
    UNKNOWN_AT_MAX,
    UNKNOWN_OVER_MAX,
    LENGTH_ONE_MORE,
    LENGTH_ONE_LESS,
    LENGTH_16,
    LENGTH_0,
    LENGTH_HUGE,
    END_IS_NOT_FINAL,
    END_TWICE,
    BEHIND_END,
    NO_END,
    HAVE_TWICE,
    SPOILS
};
static const struct {
    const char *name, *want, *look;
    uint64_t frames;
} spoils[SPOILS] = {
    [NO_HAVE] = {"a frame that is no HAVE", "sync.no-have", NULL, 0},
    [CHECKPOINT_FIRST] = {"a checkpoint first", "sync.no-have", NULL, 0},
    [END_ONLY] = {"END alone", "sync.no-have", NULL, 0},
    [HAVE_OF_ANOTHER] = {"the HAVE of another office", "sync.other-office", NULL, 0},
    [HAVE_FOR_ANOTHER] = {"a HAVE for another office", "sync.not-for-us", NULL, 0},
    [HAVE_SPOILT] = {"a HAVE that is not signed", "sync.have-signature", NULL, 0},
    [HAVE_IS_FINAL] = {"a HAVE that is called the last", "bundle.damaged", NULL, 0},
    [NOT_A_HAVE] = {"a HAVE of one byte", "have.short", NULL, 0},
    [FROM_A_SIBLING] = {"an office nobody certified", "sync.unknown-office", NULL, 0},
    [TYPE_0] = {"a frame without a type", "bundle.damaged", NULL, 1},
    [EMPTY_CHUNK] = {"a chunk with nothing in it", "bundle.damaged", NULL, 1},
    [HALF_A_FRAME] = {"a frame that is not all there", "bundle.damaged", NULL, 1},
    [TWO_FRAMES] = {"two frames in a chunk", "bundle.damaged", NULL, 1},
    [FRAME_TOO_LONG] = {"a frame longer than its type may be", "bundle.damaged", NULL, 1},
    [UNKNOWN_AT_MAX] = {"an unknown type at its longest", NULL, NULL, 3},
    [UNKNOWN_OVER_MAX] = {"a byte longer", "bundle.damaged", "bundle.chunk", 1},
    [LENGTH_ONE_MORE] = {"a length one too great", "bundle.truncated", "bundle.looks-cut", 1},
    [LENGTH_ONE_LESS] = {"a length one too small", "bundle.damaged", "bundle.chunk", 1},
    [LENGTH_16] = {"a length below the tag's", "bundle.damaged", "bundle.chunk", 1},
    [LENGTH_0] = {"a length of nothing", "bundle.damaged", "bundle.chunk", 1},
    [LENGTH_HUGE] = {"a length of 4 GiB", "bundle.damaged", "bundle.chunk", 1},
    [END_IS_NOT_FINAL] = {"an END that is not called the last", "bundle.damaged", NULL, 1},
    [END_TWICE] = {"END twice", "bundle.damaged", NULL, 1},
    [BEHIND_END] = {"a byte behind END", "bundle.damaged", "bundle.looks-cut", 1},
    [NO_END] = {"no END", "bundle.truncated", "bundle.looks-cut", 1},
    [HAVE_TWICE] = {"HAVE twice", NULL, NULL, 3},
};

static void spoil(struct forgery *x, enum spoil s, struct family *f, struct qn_span have)
{
    static uint8_t block[QN_FRAME_MAX + 1];
    static const uint8_t small[12] = {QN_FRAME_END, 0, 0, 0, 1, 0, QN_FRAME_END, 0, 0, 0, 1, 0};
    static const uint8_t lengths[] = {0, 0, 0, 16, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff};
    QN_AUTO(qn_buf) struct qn_buf other = {0};
    struct qn_span none = {NULL, 0}, byte = {small + 4, 1};
    qn_buf_init(&other, QN_FRAME_MAX);
    if (s == HAVE_OF_ANOTHER)
        MUST(exchange_have(&other, f->k2.st, "1406", NULL, &offices_err));
    else if (s == HAVE_FOR_ANOTHER)
        MUST(exchange_have(&other, f->k.st, "14", NULL, &offices_err));
    else
        qn_put_span(&other, have);
    if (s == HAVE_SPOILT)
        other.p[other.n - 1] ^= 1;
    if (s <= END_ONLY) {
        if (s != END_ONLY)
            forge_frame(x, s == NO_HAVE ? 200 : QN_FRAME_CHECKPOINT, byte);
    } else if (s == HAVE_IS_FINAL) {
        QN_AUTO(qn_buf) struct qn_buf frame = {0};
        qn_buf_init(&frame, QN_FRAME_MAX + 5);
        qn_frame_put(&frame, QN_FRAME_HAVE, have);
        forge_chunk(x, qn_buf_span(&frame), true, 0);
    } else {
        forge_frame(x, QN_FRAME_HAVE, s == NOT_A_HAVE ? byte : qn_buf_span(&other));
    }
    switch (s) {
    case TYPE_0:
        forge_frame(x, 0, byte);
        break;
    case EMPTY_CHUNK:
        forge_chunk(x, none, false, 0);
        break;
    case HALF_A_FRAME:
        forge_chunk(x, (struct qn_span){small, 5}, false, 0);
        break;
    case TWO_FRAMES:
    case END_IS_NOT_FINAL:
        forge_chunk(x, (struct qn_span){small, s == TWO_FRAMES ? 12 : 6}, s == TWO_FRAMES, 0);
        if (s == END_IS_NOT_FINAL)
            return;
        break;
    case FRAME_TOO_LONG:
        forge_frame(x, QN_FRAME_WANT, (struct qn_span){block, 98});
        break;
    case UNKNOWN_AT_MAX:
    case UNKNOWN_OVER_MAX:
        forge_frame(x, 200, (struct qn_span){block, QN_FRAME_MAX + (s == UNKNOWN_OVER_MAX)});
        break;
    case LENGTH_ONE_MORE:
    case LENGTH_ONE_LESS:
        forge_chunk(x, (struct qn_span){small, 6}, true, s == LENGTH_ONE_MORE ? 1 : UINT32_MAX);
        if (s == LENGTH_ONE_MORE)
            return;
        break;
    case LENGTH_16:
    case LENGTH_0:
    case LENGTH_HUGE:
        qn_put(&x->b, lengths + 4 * (s - LENGTH_16), 4);
        qn_put(&x->b, block, 40);
        break;
    case END_TWICE:
        forge_end(x);
        break;
    case HAVE_TWICE:
        forge_frame(x, QN_FRAME_HAVE, have);
        break;
    case NO_HAVE:
    case CHECKPOINT_FIRST:
    case END_ONLY:
    case HAVE_OF_ANOTHER:
    case HAVE_FOR_ANOTHER:
    case HAVE_SPOILT:
    case HAVE_IS_FINAL:
    case NOT_A_HAVE:
    case FROM_A_SIBLING:
    case BEHIND_END:
    case NO_END:
    case SPOILS:
        break;
    }
    if (s != NO_END)
        forge_end(x);
    if (s == BEHIND_END)
        qn_put(&x->b, block, 1);
}

static void frames(void **state)
{
    struct family *f = *state;
    char path[300];
    struct bundle_info info;
    struct qn_err err;
    path_of(path, f, "x.qb");
    for (int s = 0; s < SPOILS; s++) {
        QN_AUTO(qn_buf) struct qn_buf have = {0};
        struct forgery x;
        qn_buf_init(&have, QN_FRAME_MAX);
        struct test_office *from = s == FROM_A_SIBLING ? &f->k2 : &f->k;
        if (s ==
            FROM_A_SIBLING) /* the city has never heard of what its own county certifies; here: of a stranger */
            store_lend_keys(f->k2.st, f->k.keys);
        MUST(exchange_have(&have, from->st, "1406", NULL, &offices_err));
        struct envelope e = {.box = store_self(f->c.st)->box};
        if (s == FROM_A_SIBLING) {
            e.from = "990000";
            memcpy(have.p + 2, "990000", 6); /* version, length, code */
        }
        forge_begin(&x, &e, 4u << 20);
        spoil(&x, (enum spoil)s, f, qn_buf_span(&have));
        forge_write(&x, path);
        expect(f, spoils[s].name, path, spoils[s].want, spoils[s].frames);
        enum qn_code rc = bundle_look(path, &info, &err);
        if ((rc == QN_OK) != (spoils[s].look == NULL) ||
            (rc && strcmp(err.id, spoils[s].look) != 0))
            fail_msg("%s, from outside: %s", spoils[s].name, rc ? err.id : "ok");
        assert_int_equal(info.whole, rc == QN_OK);
        store_lend_keys(f->k2.st, f->k2.keys);
    }
}

/* A million frames of nothing: time and disk of whoever made them, no memory of ours. */
static void a_million_chunks(void **state)
{
    struct family *f = *state;
    char path[300];
    struct forgery x;
    struct bundle_info info;
    struct ingest_tally t;
    QN_AUTO(qn_buf) struct qn_buf have = {0};
    const uint8_t nothing[5] = {200, 0, 0, 0, 0};
    qn_buf_init(&have, QN_FRAME_MAX);
    path_of(path, f, "million.qb");
    MUST(exchange_have(&have, f->k.st, "1406", NULL, &offices_err));
    forge_begin(&x, &(struct envelope){.box = store_self(f->c.st)->box}, 64u << 20);
    forge_frame(&x, QN_FRAME_HAVE, qn_buf_span(&have));
    for (int i = 0; i < 1000000; i++)
        forge_chunk(&x, (struct qn_span){nothing, sizeof(nothing)}, false, 0);
    forge_end(&x);
    forge_write(&x, path);
    MUST(bundle_import(f->c.st, path, NULL, &info, &t, &offices_err));
    assert_int_equal(info.frames, 1000002);
    MUST(bundle_look(path, &info, &offices_err));
    assert_int_equal(info.chunks, 1000002);
}

/* ---- the medium ---------------------------------------------------------------------------------------------------------- */

static void media(void **state)
{
    struct family *f = *state;
    char path[300], target[300];
    struct exchange_sent sent;
    struct bundle_info info;
    struct ingest_tally t;
    struct qn_err err;
    const struct {
        const char *path, *want;
    } rows[] = {
        {"/dev/null", "file.not-regular"},        {"/dev/zero", "file.not-regular"},
        {"/dev/full", "file.not-regular"},        {"/proc/self/fd", "file.not-regular"},
        {"/proc/self/exe", "file.not-regular"},   /* a link, whatever it leads to */
        {"/proc/version", "bundle.not-a-bundle"}, /* says it has no bytes */
        {"/nonexistent/x.qb", "file.absent"},     {"", "file.absent"},
    };
    for (size_t i = 0; i < ROWS(rows); i++)
        expect(f, rows[i].path, rows[i].path, rows[i].want, 0);
    path_of(target, f, "up.qb");
    write_one(&f->k, 1);
    MUST(bundle_make(f->k.st, &(struct bundle_make){.to = "1406", .path = target}, &sent,
                     &offices_err));
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    snprintf(a.sun_path, sizeof(a.sun_path), "%.90s/s", f->all.dir);
    int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(s, (struct sockaddr *)&a, sizeof(a)), 0);
    enum qn_code rc = bundle_look(a.sun_path, &info, &err);
    assert_true(rc == QN_IO || rc == QN_DENIED);
    close(s);
    /* The directories on the way are the user's: a mount point may well be a link. */
    path_of(path, f, "media");
    assert_int_equal(symlink(f->all.dir, path), 0);
    path_of(path, f, "media/../up.qb");
    expect(f, "nothing above a link's target", path, "file.absent", 0);
    path_of(path, f, "media/up.qb");
    MUST(bundle_import(f->c.st, path, NULL, &info, &t, &offices_err));
    assert_int_equal(count(&f->c, HELD_ROWS), 1);
}

/* Every file of the directory: its name and size. */
static unsigned files_of(const char *dir, const char *beginning)
{
    char cmd[400];
    unsigned n = 0;
    snprintf(cmd, sizeof(cmd), "ls -A '%s' | grep -c '^%s'", dir, beginning);
    FILE *p = popen(cmd, "r");
    assert_non_null(p);
    assert_int_equal(fscanf(p, "%u", &n), 1);
    pclose(p);
    return n;
}

/* A medium that fills up at any byte: nothing new, and what stood there stays. */
static void pulled_out_while_writing(void **state)
{
    struct family *f = *state;
    char fresh[300], old[300];
    struct exchange_sent sent;
    struct qn_err err;
    struct stat st;
    struct rlimit free_of_limits, limit;
    path_of(fresh, f, "fresh.qb");
    path_of(old, f, "old.qb");
    MUST(bundle_make(f->k.st, &(struct bundle_make){.to = "1406", .path = old}, &sent,
                     &offices_err));
    QN_AUTO(qn_buf) struct qn_buf before = {0};
    MUST(file_read(&before, old, 1u << 20, &offices_err));
    for (int i = 0; i < 5; i++)
        write_one(&f->k, i + 1);
    MUST(bundle_make(f->k.st, &(struct bundle_make){.to = "1406", .path = fresh}, &sent,
                     &offices_err));
    assert_int_equal(stat(fresh, &st), 0);
    assert_int_equal(unlink(fresh), 0);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &free_of_limits), 0);
    for (off_t at = 0; at < st.st_size; at += at < 600 ? 97 : 499) {
        limit = free_of_limits;
        limit.rlim_cur = (rlim_t)at;
        for (int which = 0; which < 2; which++) {
            struct bundle_make o = {.to = "1406", .path = which ? old : fresh};
            assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
            enum qn_code rc = bundle_make(f->k.st, &o, &sent, &err);
            assert_int_equal(setrlimit(RLIMIT_FSIZE, &free_of_limits), 0);
            assert_int_equal(rc, QN_IO);
            assert_string_equal(err.id, "file.write");
        }
        QN_AUTO(qn_buf) struct qn_buf after = {0};
        MUST(file_read(&after, old, 1u << 20, &offices_err));
        assert_true(qn_span_eq(qn_buf_span(&after), qn_buf_span(&before)));
        assert_int_equal(files_of(f->all.dir, "fresh.qb"), 0);
        assert_int_equal(files_of(f->all.dir, "old.qb"), 1);
    }
    MUST(bundle_make(f->k.st, &(struct bundle_make){.to = "1406", .path = fresh}, &sent,
                     &offices_err));
}

/* ---- an earlier one is missing ------------------------------------------------------------------------------------------------ */

static void a_gap_is_told_once(void **state)
{
    struct family *f = *state;
    char one[300], two[300], back[300], all[300];
    struct test_office was;
    struct exchange_sent sent;
    struct bundle_info info;
    struct ingest_tally t;
    struct qn_err err;
    struct heard heard = {{0}};
    struct qn_report report = {hear, &heard};
    path_of(one, f, "1.qb");
    path_of(two, f, "2.qb");
    path_of(back, f, "back.qb");
    path_of(all, f, "all.qb");
    copy_office(&was, f, &f->c, "backup");
    for (int i = 0; i < 3; i++)
        write_one(&f->k, i + 1);
    MUST(bundle_make(f->k.st, &(struct bundle_make){.to = "1406", .path = one}, &sent,
                     &offices_err));
    MUST(bundle_import(f->c.st, one, NULL, &info, &t, &offices_err));
    MUST(bundle_make(f->c.st, &(struct bundle_make){.to = "140602", .path = back}, &sent,
                     &offices_err));
    MUST(bundle_import(f->k.st, back, NULL, &info, &t, &offices_err));
    for (int i = 0; i < 30; i++)
        write_one(&f->k, i + 4);
    MUST(bundle_make(f->k.st, &(struct bundle_make){.to = "1406", .path = two}, &sent,
                     &offices_err));
    assert_int_equal(sent.frames[QN_FRAME_HEADER], 30);
    /* The city's disk was replaced by its backup from before. */
    assert_int_equal(bundle_import(was.st, two, &report, &info, &t, &err), QN_LATER);
    assert_string_equal(err.id, "bundle.gap");
    assert_non_null(strstr(err.args, "|from=140602|log=test.example/140602/1|held=0|first=3"));
    assert_true(info.whole && t.headers == 0);
    assert_null(strstr(heard.ids, "ingest.gap"));
    assert_null(strstr(heard.ids, "part-early"));
    assert_null(strstr(heard.ids, "sync.more-refused"));
    /* Its return bundle tells the county where it stands, whatever its receipts said before. */
    MUST(bundle_make(was.st, &(struct bundle_make){.to = "140602", .path = back}, &sent,
                     &offices_err));
    MUST(bundle_import(f->k.st, back, NULL, &info, &t, &offices_err));
    MUST(bundle_make(f->k.st, &(struct bundle_make){.to = "1406", .path = all}, &sent,
                     &offices_err));
    assert_int_equal(sent.frames[QN_FRAME_HEADER], 33);
    MUST(bundle_import(was.st, one, NULL, &info, &t, &offices_err));
    MUST(bundle_import(was.st, two, NULL, &info, &t, &offices_err));
    assert_int_equal(count(&was, HELD_ROWS), 33);
    MUST(bundle_import(was.st, all, NULL, &info, &t, &offices_err));
    assert_int_equal(t.headers + t.applied, 0);
    store_close(was.st);
}

/* ---- with keys and nothing else --------------------------------------------------------------------------------------------------- */

static enum qn_code count_bytes(void *ctx, enum qn_frame_type type, struct qn_span payload,
                                struct qn_err *err)
{
    (void)type, (void)err;
    *(uint64_t *)ctx += QN_FRAME_HEAD + payload.n;
    return QN_OK;
}

static void opened_by_keys(void **state)
{
    struct family *f = *state;
    char path[300];
    struct exchange_sent sent;
    struct bundle_info info, outside;
    struct qn_err err;
    path_of(path, f, "up.qb");
    write_one(&f->k, 1);
    MUST(bundle_make(f->k.st, &(struct bundle_make){.to = "1406", .path = path}, &sent,
                     &offices_err));
    for (int i = 0; i < 2; i++) {
        uint64_t bytes = 0;
        struct bundle_opener o = {i ? f->k.keys : f->c.keys, count_bytes, &bytes};
        MUST(bundle_open(&o, path, &info, &offices_err));
        assert_true(info.whole && info.opened && info.bytes == bytes &&
                    info.count[QN_FRAME_PART] == 1);
    }
    MUST(bundle_look(path, &outside, &offices_err));
    assert_true(outside.whole && !outside.opened && outside.chunks == info.frames &&
                !outside.frames);
    assert_int_equal(outside.nrecipients, 2);
    assert_string_equal(outside.recipient[0], "1406");
    assert_string_equal(outside.recipient[1], "140602");
    assert_int_equal(bundle_open(&(struct bundle_opener){.keys = f->p.keys}, path, &info, &err),
                     QN_DENIED);
    assert_string_equal(err.id, "bundle.not-these-keys");
    assert_int_equal(
        bundle_open(&(struct bundle_opener){.keys = f->all.root[0]}, path, &info, &err), QN_DENIED);
    assert_string_equal(err.id, "bundle.not-these-keys");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, family_setup, family_teardown)
        T(envelopes),
        T(frames),
        T(a_million_chunks),
        T(media),
        T(pulled_out_while_writing),
        T(a_gap_is_told_once),
        T(opened_by_keys),
    };
    return cmocka_run_group_tests_name("bundle-hostile", tests, NULL, NULL);
}
