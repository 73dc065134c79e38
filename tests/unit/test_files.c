/* test_files.c - evidence files between offices: each comes once, whatever breaks; what is wrong does not come at all. */
#include "node/sync/freight.h"
#include "tests/unit/freight_family.h"

#include <unistd.h>

#define KIB 1024u
static const size_t sizes[] = {3, 1000, 65536, 256 * KIB, 256 * KIB + 1, 300000, 700 * KIB};
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

/* ---- the way up ---------------------------------------------------------------------------------------------- */

static void goes_up_once(void **state)
{
    struct family *f = *state;
    struct qn_file_name n[SIZES];
    uint64_t all = 0;
    for (unsigned i = 0; i < SIZES; i++) {
        photograph(&n[i], f, &f->k, i, sizes[i]);
        all += sizes[i];
    }
    assert_int_equal(standing(&f->k).up, SIZES);
    assert_int_equal(standing(&f->k).up_bytes, all);
    struct network_result r = meet(&f->k, &f->c);
    assert_int_equal(r.files, SIZES);
    assert_int_equal(r.file_bytes, all);
    assert_int_equal(standing(&f->k).up, 0);
    meet(&f->c, &f->p);
    struct test_office *up[] = {&f->c, &f->p};
    for (unsigned o = 0; o < 2; o++) {
        struct files_standing s = standing(up[o]);
        assert_int_equal(s.here, SIZES);
        assert_int_equal(s.came, SIZES);
        assert_int_equal(s.came_bytes, all);
        assert_int_equal(s.twice, 0);
        for (unsigned i = 0; i < SIZES; i++)
            assert_true(same_bytes(&f->k, up[o], &n[i]));
    }
    /* Nothing is left to say: another call sends no byte of a file, and no push at all. */
    struct line l = {0};
    MUST(call_over(&l, &f->k, &f->c, &r, &offices_err));
    assert_int_equal(r.file_bytes, 0);
    assert_int_equal(l.pushes, 0);
    assert_int_equal(standing(&f->k2).named, 0); /* an office beside it hears nothing */
}

static void more_than_a_body(void **state)
{
    struct family *f = *state;
    struct qn_file_name n[4];
    for (unsigned i = 0; i < 4; i++)
        photograph(&n[i], f, &f->k, i, 5u << 20);
    struct network_result r = meet(&f->k, &f->c);
    assert_int_equal(r.files, 4);
    assert_int_equal(r.file_bytes, 4 * (5u << 20));
    assert_int_equal(standing(&f->c).twice, 0);
    assert_int_equal(standing(&f->c).here, 4);
}

/* Wherever the line breaks: what arrived stays, and nothing is sent again but the frame that was cut. */
static void broken_anywhere(void **state)
{
    struct family *f = *state;
    struct qn_file_name n[SIZES];
    uint64_t all = 0;
    unsigned broken = 0, whole = 0;
    for (unsigned i = 0; i < SIZES; i++) {
        photograph(&n[i], f, &f->k, i, sizes[i]);
        all += sizes[i];
    }
    meet(&f->c, &f->p);
    struct line l = {.cut = 150000, .piece = 10000};
    struct network_result r = {0};
    uint64_t sent = 0;
    while (broken < 200) {
        struct qn_err err;
        l.cut = 150000 + 977 * broken;
        enum qn_code rc = call_over(&l, &f->k, &f->c, &r, &err);
        sent += r.file_bytes;
        if (!rc)
            break;
        assert_string_equal(err.id, "sync.broken");
        broken++;
        whole += standing(&f->c).here > 0;
    }
    assert_true(broken >= 8);
    assert_true(whole > 0); /* some were whole before the last */
    assert_int_equal(standing(&f->c).here, SIZES);
    assert_int_equal(standing(&f->c).came_bytes, all);
    assert_int_equal(standing(&f->c).twice, 0);
    for (unsigned i = 0; i < SIZES; i++)
        assert_true(same_bytes(&f->k, &f->c, &n[i]));
    assert_true(sent > all); /* the sender builds bodies of which a part is lost */
}

/* SPEC files-13: "Where the answer is lost, the next OFFER is answered so" */
static void an_answer_lost(void **state)
{
    struct family *f = *state;
    struct qn_file_name n;
    struct network_result r;
    struct qn_err err;
    struct line l = {.lose_answers = true};
    photograph(&n, f, &f->k, 1, 300000);
    assert_int_equal(call_over(&l, &f->k, &f->c, &r, &err),
                     QN_LATER); /* its OFFER was heard, the WANT not */
    l.lose_answers = false;
    MUST(call_over(&l, &f->k, &f->c, &r, &offices_err));
    assert_int_equal(standing(&f->c).here, 1);
    photograph(&n, f, &f->k, 2, 300000);
    struct network_result offered = meet(&f->c, &f->p);
    (void)offered;
    assert_int_equal(standing(&f->c).twice, 0);
    assert_int_equal(standing(&f->k).up, 1);
    meet(&f->k, &f->c);
    assert_int_equal(standing(&f->k).up, 0);
}

/* ---- what is not taken ------------------------------------------------------------------------------------------ */

/* What an office beside it, or a program that is none of ours, could say: one frame, changed in one place. */
enum spoilt {
    SOUND,
    OTHER_BYTES,
    OTHER_PATH,
    NO_PATH,
    AHEAD,
    OTHER_SIZE,
    OTHER_TREE,
    OTHER_DIGEST,
    OTHER_OFFICE,
    FROM_BESIDE,
    OVER_QUOTA,
    NO_ROOM,
    NO_ROW
};
static struct spoilt_row {
    const char *name, *want; /* what is told; "" for nothing */
    enum spoilt how;
    uint64_t have; /* bytes of the file that stay */
} spoilt_rows[] = {
    {"a sound first piece", "", SOUND, QN_FILE_PIECE},
    {"other bytes", "files.piece", OTHER_BYTES, 0},
    {"another path", "files.piece", OTHER_PATH, 0},
    {"no path", "files.piece", NO_PATH, 0},
    {"bytes that do not join on", "files.gap", AHEAD, 0},
    {"a size that no row has", "files.unknown", OTHER_SIZE, 0},
    {"a tree that no row has", "files.unknown", OTHER_TREE, 0},
    {"a digest that no row has", "files.unknown", OTHER_DIGEST, 0},
    {"the name of an office above", "files.not-theirs", OTHER_OFFICE, 0},
    {"from an office beside it", "files.not-theirs", FROM_BESIDE, 0},
    {"more than its room", "files.quota", OVER_QUOTA, 0},
    {"a disk without room", "files.no-room", NO_ROOM, 0},
    {"before its row", "files.unknown", NO_ROW, 0},
};

static void first_piece(struct qn_buf *frame, struct test_office *o, const struct qn_file_name *n,
                        const struct spoilt_row *row)
{
    QN_AUTO(qn_buf) struct qn_buf leaves = {0};
    QN_AUTO(qn_buf) struct qn_buf payload = {0};
    struct qn_proof proof;
    static uint8_t bytes[QN_FILE_PIECE];
    uint64_t size;
    int fd;
    MUST(vault_open(&fd, &size, o->dir, n->sha256, &offices_err));
    MUST(vault_read(fd, row->how == AHEAD ? QN_FILE_PIECE : 0, bytes,
                    row->how == AHEAD ? 1000 : QN_FILE_PIECE, &offices_err));
    close(fd);
    qn_buf_init(&leaves, VAULT_LEAVES);
    MUST(files_leaves(&leaves, o->st, n, &offices_err));
    MUST(vault_path(&proof, leaves.p, qn_file_pieces(n->size), 0, &offices_err));
    struct qn_file_frame p = {.name = *n,
                              .npath = (unsigned)proof.n,
                              .path = proof.hash[0],
                              .bytes = {bytes, QN_FILE_PIECE}};
    switch (row->how) {
    case OTHER_BYTES:
        bytes[QN_FILE_PIECE - 1] ^= 1;
        break;
    case OTHER_PATH:
        proof.hash[0][0] ^= 1;
        break;
    case NO_PATH:
        p.npath = 0;
        break;
    case AHEAD:
        p.offset = QN_FILE_PIECE;
        p.bytes.n = 1000;
        break;
    case OTHER_SIZE:
        p.name.size--;
        break;
    case OTHER_TREE:
        p.name.tree[0] ^= 1;
        break;
    case OTHER_DIGEST:
        p.name.sha256[0] ^= 1;
        break;
    case OTHER_OFFICE:
        snprintf(p.name.office, sizeof(p.name.office), "1406");
        break;
    case SOUND:
    case FROM_BESIDE:
    case OVER_QUOTA:
    case NO_ROOM:
    case NO_ROW:
        break;
    }
    qn_buf_init(&payload, QN_FRAME_MAX);
    qn_buf_init(frame, QN_FRAME_MAX);
    qn_file_frame_encode(&payload, &p);
    qn_frame_put(frame, QN_FRAME_FILE, qn_buf_span(&payload));
}

static void spoilt_file(void **state)
{
    const struct spoilt_row *row = *state;
    void *made;
    struct heard h = {{0}};
    struct qn_report report = {hear, &h};
    struct qn_file_name n;
    QN_AUTO(qn_buf) struct qn_buf frame = {0};
    uint64_t have;
    family_setup(&made);
    struct family *f = made;
    photograph(&n, f, &f->k, 1, 700000);
    if (row->how != NO_ROW)
        carry(&f->k, &f->c);
    struct files_limits l = {row->how == OVER_QUOTA ? 0 : 100,
                             row->how == NO_ROOM ? UINT64_C(1) << 40 : 0};
    MUST(files_set_limits(f->c.st, &l, &offices_err));
    first_piece(&frame, &f->k, &n, row);
    struct took t = hand_over(row->how == FROM_BESIDE ? &f->k2 : &f->k, &f->c, qn_buf_span(&frame),
                              &report, NULL);
    MUST(t.rc == QN_OK ? QN_OK : t.rc);
    assert_int_equal(t.came.refused, row->want[0] != 0);
    if (!strstr(h.ids, row->want))
        fail_msg("%s", h.ids);
    MUST(vault_part_size(&have, f->c.dir, &n, &offices_err));
    assert_int_equal(have, row->have);
    write_one(&f->k,
              1); /* and all else goes on; so does the file, once nothing stands in its way */
    l = (struct files_limits){100, 0};
    MUST(files_set_limits(f->c.st, &l, &offices_err));
    meet(&f->k, &f->c);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM roster_close"), 1);
    assert_true(same_bytes(&f->k, &f->c, &n));
    family_teardown(&made);
}

/* What came before is counted, so that "once" can be shown; and not written again. */
static void the_same_twice(void **state)
{
    struct family *f = *state;
    static const struct spoilt_row sound = {"", "", SOUND, 0};
    struct qn_file_name n;
    QN_AUTO(qn_buf) struct qn_buf frame = {0};
    photograph(&n, f, &f->k, 1, 700000);
    carry(&f->k, &f->c);
    first_piece(&frame, &f->k, &n, &sound);
    hand_over(&f->k, &f->c, qn_buf_span(&frame), NULL, NULL);
    assert_int_equal(standing(&f->c).twice, 0);
    assert_int_equal(standing(&f->c).coming_bytes, QN_FILE_PIECE);
    hand_over(&f->k, &f->c, qn_buf_span(&frame), NULL, NULL);
    assert_int_equal(standing(&f->c).twice, QN_FILE_PIECE);
    meet(&f->k, &f->c);
    assert_int_equal(standing(&f->c).twice, QN_FILE_PIECE);
    assert_int_equal(standing(&f->c).came_bytes, 700000);
    hand_over(&f->k, &f->c, qn_buf_span(&frame), NULL, NULL);
    assert_int_equal(standing(&f->c).twice, 2 * QN_FILE_PIECE);
    assert_int_equal(standing(&f->c).came, 1);
}

/* The author itself lies about its file: pieces may fit the tree, the whole does not. */
static void a_row_that_lies(void **state)
{
    struct family *f = *state;
    struct heard h = {{0}};
    struct line l = {.heard = &h};
    struct network_result r;
    struct qn_file_name n, lie;
    photograph(&n, f, &f->k, 1, 300000);
    lie = n;
    lie.sha256[0] ^= 1;
    name_file(&f->k, &lie);
    carry(&f->k, &f->c);
    QN_AUTO(qn_buf) struct qn_buf leaves = {0};
    QN_AUTO(qn_buf) struct qn_buf stream = {0};
    static uint8_t bytes[300000];
    uint64_t size, have;
    int fd;
    MUST(vault_open(&fd, &size, f->k.dir, n.sha256, &offices_err));
    MUST(vault_read(fd, 0, bytes, sizeof(bytes), &offices_err));
    close(fd);
    qn_buf_init(&leaves, VAULT_LEAVES);
    qn_buf_init(&stream, 1u << 20);
    MUST(files_leaves(&leaves, f->k.st, &n, &offices_err));
    for (unsigned i = 0; i < 2; i++) {
        struct qn_proof proof;
        QN_AUTO(qn_buf) struct qn_buf payload = {0};
        MUST(vault_path(&proof, leaves.p, 2, i, &offices_err));
        qn_buf_init(&payload, QN_FRAME_MAX);
        qn_file_frame_encode(
            &payload,
            &(struct qn_file_frame){.name = lie,
                                    .offset = i * QN_FILE_PIECE,
                                    .npath = 1,
                                    .path = proof.hash[0],
                                    .bytes = {bytes + i * QN_FILE_PIECE,
                                              i ? sizeof(bytes) - QN_FILE_PIECE : QN_FILE_PIECE}});
        qn_frame_put(&stream, QN_FRAME_FILE, qn_buf_span(&payload));
    }
    struct qn_report report = {hear, &h};
    struct took t = hand_over(&f->k, &f->c, qn_buf_span(&stream), &report, NULL);
    assert_int_equal(t.came.refused, 1);
    assert_non_null(strstr(h.ids, "files.whole"));
    MUST(vault_part_size(&have, f->c.dir, &lie, &offices_err));
    assert_int_equal(have, 0);
    MUST(call_over(&l, &f->k, &f->c, &r, &offices_err)); /* the true one comes all the same */
    assert_true(same_bytes(&f->k, &f->c, &n));
    assert_int_equal(standing(&f->c).here, 1);
    assert_int_equal(standing(&f->c).named, 2);
}

/* ---- who is given what ---------------------------------------------------------------------------------------------- */

static void want_frame(struct qn_buf *out, const struct qn_file_name *n)
{
    QN_AUTO(qn_buf) struct qn_buf payload = {0};
    qn_buf_init(&payload, 200);
    qn_want_encode(&payload, &(struct qn_want){*n, 0});
    qn_frame_put(out, QN_FRAME_WANT, qn_buf_span(&payload));
}

/* SPEC files-2: "a row is a claim, and a claim is no key to what others sent" */
static void a_sibling_gets_nothing(void **state)
{
    struct family *f = *state;
    struct qn_file_name n, claim;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    QN_AUTO(freight) struct freight left = {.st = NULL};
    photograph(&n, f, &f->k, 1, 1000);
    meet(&f->k, &f->c);
    claim = n;
    snprintf(claim.office, sizeof(claim.office), "140622");
    name_file(&f->k2, &claim); /* it knows the digest, from wherever */
    meet(&f->k2, &f->c);
    assert_int_equal(state_at(&f->c, &claim), FILES_WANTED);
    qn_buf_init(&b, 10000);
    want_frame(&b, &n);
    want_frame(&b, &claim);
    hand_over(&f->k2, &f->c, qn_buf_span(&b), NULL, &left);
    assert_int_equal(left.nasked, 0);
    assert_int_equal(left.nkept, 1); /* of its own: not here; of the other's not a word */
    assert_string_equal(left.kept[0].name.office, "140622");
    assert_int_equal(left.kept[0].fate, QN_FILE_NOT_HERE);
}

static void wants_without_end(void **state)
{
    struct family *f = *state;
    struct qn_file_name n;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    QN_AUTO(freight) struct freight left = {.st = NULL};
    photograph(&n, f, &f->k, 1, 1000);
    meet(&f->k, &f->c);
    qn_buf_init(&b, 8u << 20);
    for (unsigned i = 0; i < 5000; i++)
        want_frame(&b, &n);
    struct took t = hand_over(&f->c, &f->k, qn_buf_span(&b), NULL, &left);
    assert_int_equal(t.came.refused, 0);
    assert_int_equal(left.nasked, 1); /* one file is sent once however often it is wanted */
    struct qn_file_name absent = n;
    b.n = 0;
    for (unsigned i = 0; i < 5000; i++) {
        memcpy(absent.sha256, &i, sizeof(i));
        want_frame(&b, &absent);
    }
    freight_release(&left);
    hand_over(&f->c, &f->k, qn_buf_span(&b), NULL, &left);
    assert_int_equal(left.nasked, 0);
    assert_true(left.nkept <= FREIGHT_WANTS);
}

/* ---- missing ones ------------------------------------------------------------------------------------------------------ */

static void exec(struct test_office *o, const char *sql)
{
    char path[512];
    sqlite3 *db;
    snprintf(path, sizeof(path), "%s/qian.db", o->dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void lost_and_wanted_again(void **state)
{
    struct family *f = *state;
    struct qn_file_name own, n;
    photograph(&own, f, &f->k, 1, 300000);
    photograph(&n, f, &f->k, 2, 1000);
    meet(&f->k, &f->c);
    /* The city loses one of them; the county does not know and offers nothing. */
    MUST(vault_remove(f->c.dir, n.sha256, &offices_err));
    MUST(files_lost(f->c.st, n.sha256, &offices_err));
    meet(&f->k, &f->c);
    assert_true(same_bytes(&f->k, &f->c, &n));
    assert_int_equal(standing(&f->k).up, 0);
    /* The county loses its own. */
    MUST(vault_remove(f->k.dir, own.sha256, &offices_err));
    MUST(files_lost(f->k.st, own.sha256, &offices_err));
    meet(&f->k, &f->c);
    assert_int_equal(state_at(&f->k, &own), FILES_HERE);
    assert_true(same_bytes(&f->c, &f->k, &own));
    exec(&f->c, "DELETE FROM file; UPDATE setting SET value = '99' WHERE name = 'files-seen'");
    assert_int_equal(standing(&f->c).named, 2); /* a number from another database leads nowhere */
    exec(&f->c, "UPDATE file SET state = 2");
    /* The city has a new database and no files: after ten minutes it asks, here at once. */
    exec(&f->c, "DELETE FROM file; DELETE FROM setting WHERE name LIKE 'files-%'");
    MUST(vault_remove(f->c.dir, own.sha256, &offices_err));
    MUST(vault_remove(f->c.dir, n.sha256, &offices_err));
    meet(&f->k, &f->c);
    assert_int_equal(standing(&f->c).here, 0);
    uint64_t asked;
    MUST(files_ask_now(f->c.st, &asked, &offices_err));
    assert_int_equal(asked, 2);
    meet(&f->k, &f->c);
    assert_int_equal(standing(&f->c).here, 2);
}

/* SPEC files-14: "cost a fixed amount, and every one has its turn" */
static void a_hundred_thousand_absent(void **state)
{
    struct family *f = *state;
    struct qn_file_name n;
    struct network_result r;
    struct line l = {0};
    exec(&f->c, "WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 100000) "
                "INSERT INTO file(office, digest, tree, size) SELECT '140602', randomblob(32), "
                "randomblob(32), 300000 "
                "FROM i");
    photograph(&n, f, &f->k, 1, 300000);
    MUST(call_over(&l, &f->k, &f->c, &r, &offices_err));
    assert_true(same_bytes(&f->k, &f->c, &n)); /* it waits for none of them */
    int64_t asked = count(&f->c, "SELECT count(*) FROM file WHERE ask_ms > 0 AND state = 0");
    assert_true(asked > 0 && asked <= FREIGHT_ASKS * (l.pulls + l.pushes));
    assert_true(r.got_bytes < 200u * (l.pulls + l.pushes) * FREIGHT_ASKS);
    MUST(call_over(&l, &f->k, &f->c, &r, &offices_err));
    assert_true(count(&f->c, "SELECT count(*) FROM file WHERE ask_ms > 0 AND state = 0") > asked);
    assert_int_equal(standing(&f->k).up, 0);
}

/* ---- the disk ----------------------------------------------------------------------------------------------------------- */

static void links_are_not_followed(void **state)
{
    struct family *f = *state;
    struct heard h = {{0}};
    struct line l = {.heard = &h};
    struct network_result r;
    char files[400], elsewhere[400], path[300];
    struct qn_file_name n;
    QN_AUTO(vault_file) struct vault_file v = {.size = 0};
    struct qn_err err;
    photograph(&n, f, &f->k, 1, 1000);
    snprintf(files, sizeof(files), "%s/files", f->c.dir);
    snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", f->all.dir);
    assert_int_equal(mkdir(elsewhere, 0700), 0);
    assert_int_equal(symlink(elsewhere, files), 0);
    write_one(&f->k, 1);
    MUST(call_over(&l, &f->k, &f->c, &r, &offices_err));
    assert_int_equal(count(&f->c, "SELECT count(*) FROM roster_close"), 1);
    assert_int_equal(standing(&f->c).here, 0);
    assert_int_equal(rmdir(elsewhere), 0); /* nothing was put there */
    make_file(path, f, 2, 1000);
    assert_int_equal(vault_import(&v, f->c.dir, path, 0, &err), QN_IO);
    assert_string_equal(err.id, "files.io");
    assert_int_equal(unlink(files), 0);
    meet(&f->k, &f->c);
    assert_true(same_bytes(&f->k, &f->c, &n));
    /* In the place of one file, and as what is to be taken in. */
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_int_equal(vault_import(&v, f->c.dir, path, 0, &err), QN_DENIED);
    assert_string_equal(err.id, "file.not-regular");
}

static void a_full_disk_is_told(void **state)
{
    struct family *f = *state;
    struct qn_file_name n;
    photograph(&n, f, &f->k, 1, 1000);
    struct files_limits l = {100, UINT64_C(1) << 40};
    MUST(files_set_limits(f->c.st, &l, &offices_err));
    write_one(&f->k, 1);
    meet(&f->k, &f->c);
    assert_int_equal(count(&f->c, "SELECT count(*) FROM roster_close"), 1);
    assert_int_equal(standing(&f->k).over_room, 1);
    l = (struct files_limits){0, 0};
    MUST(files_set_limits(f->c.st, &l, &offices_err));
    meet(&f->k, &f->c);
    assert_int_equal(standing(&f->k).over_quota, 1);
    assert_int_equal(standing(&f->k).over_room, 0);
    l.quota_mib = 1;
    MUST(files_set_limits(f->c.st, &l, &offices_err));
    meet(&f->k, &f->c);
    assert_int_equal(standing(&f->k).up, 0);
    assert_true(same_bytes(&f->k, &f->c, &n));
}

static void forgotten(void **state)
{
    struct family *f = *state;
    struct qn_file_name n, same;
    uint64_t files, bytes;
    bool more;
    photograph(&n, f, &f->k, 1, 1000);
    photograph(&same, f, &f->k2, 1, 1000); /* the same bytes */
    assert_memory_equal(n.sha256, same.sha256, QN_HASH);
    meet(&f->k, &f->c);
    meet(&f->k2, &f->c);
    assert_int_equal(standing(&f->c).came,
                     2); /* once from each: neither is given what the other sent */
    MUST(files_forget_office(&more, f->c.st, "140602", 10, &files, &bytes, &offices_err));
    assert_int_equal(files, 1);
    assert_int_equal(bytes, 1000);
    assert_false(more);
    assert_true(same_bytes(&f->k2, &f->c, &same));
    MUST(files_forget_office(&more, f->c.st, "140622", 1, &files, &bytes, &offices_err));
    assert_true(more); /* it stopped where it was told to */
    assert_false(same_bytes(&f->k2, &f->c, &same));
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, family_setup, family_teardown)
int main(void)
{
    struct CMUnitTest test[100] = {
        TEST(goes_up_once),           TEST(more_than_a_body),      TEST(broken_anywhere),
        TEST(an_answer_lost),         TEST(a_row_that_lies),       TEST(a_sibling_gets_nothing),
        TEST(wants_without_end),      TEST(lost_and_wanted_again), TEST(a_hundred_thousand_absent),
        TEST(links_are_not_followed), TEST(a_full_disk_is_told),   TEST(forgotten),
        TEST(the_same_twice)};
    size_t n = 13;
    for (size_t i = 0; i < sizeof(spoilt_rows) / sizeof(spoilt_rows[0]); i++)
        test[n++] =
            (struct CMUnitTest){spoilt_rows[i].name, spoilt_file, NULL, NULL, &spoilt_rows[i]};
    return _cmocka_run_group_tests("files", test, n, NULL, NULL);
}
