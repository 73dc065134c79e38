/* test_backup.c - the header of a backup, line by line, and what a content may say: nothing in it chooses a path. The whole way,
 * with real offices, damage and interruptions, is in tests/t/backup.sh.                                            */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "node/backup/content.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct backup_head sound(void)
{
    struct backup_head h = {.office = "140602",
                            .origin = "test.example/140602/1",
                            .size = 7,
                            .time = "2021-08-16T09:30:00Z",
                            .program = "0.1.0",
                            .schema = 1,
                            .files = 3,
                            .contained = 2,
                            .length = 12,
                            .kdf = {.ops = 1, .mem_kib = 8192}};
    h.root[0] = 0xab;
    return h;
}

/* ---- header ----------------------------------------------------------------------------------------------------- */

static const struct head_row {
    const char *name, *from, *to; /* replaced once; then the sum is made again */
    const char *id;               /* NULL: read, and the same again */
} head_rows[] = {
    {"as it is", "", "", NULL},
    {"no office", "office 140602\n", "", "backup.head"},
    {"an office that is no code", "office 140602", "office ../..", "backup.head"},
    {"a line twice", "size 7\n", "size 7\nsize 7\n", "backup.head"},
    {"lines in another order", "size 7\nroot", "root", "backup.head"},
    {"a leading zero", "size 7", "size 07", "backup.head"},
    {"a size that no log has", "size 7", "size 34359738369", "backup.head"},
    {"two spaces", "size 7", "size  7", "backup.head"},
    {"capital digits", "root ab", "root AB", "backup.head"},
    {"a short root", "root ab00", "root ab", "backup.head"},
    {"a time without a zone", "09:30:00Z", "09:30:00", "backup.head"},
    {"more inside than there are", "files 3 2", "files 3 4", "backup.head"},
    {"no content", "length 12", "length 0", "backup.head"},
    {"a length beyond all files", "length 12", "length 9223372036854775807", "backup.head"},
    {"another way to stretch", "argon2id", "scrypt", "backup.head"},
    {"memory that no machine has", "argon2id 1 8192", "argon2id 1 4294967295", "backup.head"},
    {"no memory", "argon2id 1 8192", "argon2id 1 1", "backup.head"},
    {"a line more", "\nstream", "\nmore 1\nstream", "backup.head"},
    {"a later version", "qian-backup/1", "qian-backup/2", "backup.version"},
    {"version 0", "qian-backup/1", "qian-backup/0", "backup.version"},
    {"no version", "qian-backup/1", "qian-backup/", "backup.not-one"},
    {"another kind", "qian-backup/1", "qian-bundle/1", "backup.not-one"},
};

static void replace_once(struct qn_buf *out, struct qn_span in, const char *from, const char *to)
{
    size_t n = strlen(from);
    const uint8_t *at = n ? memmem(in.p, in.n, from, n) : in.p;
    assert_non_null(at);
    qn_put(out, in.p, (size_t)(at - in.p));
    qn_put_str(out, to);
    qn_put(out, at + n, in.n - (size_t)(at - in.p) - n);
}

static void reads_head(void **state)
{
    const struct head_row *r = *state;
    struct backup_head h = sound(), again;
    uint8_t sum[QN_HASH];
    size_t used;
    struct qn_err err = {.id = ""};
    QN_AUTO(qn_buf) struct qn_buf text = {0}, in = {0}, out = {0};
    qn_buf_init(&text, BACKUP_HEAD_MAX);
    qn_buf_init(&in, BACKUP_HEAD_MAX);
    qn_buf_init(&out, BACKUP_HEAD_MAX);
    backup_head_put(&text, &h);
    const uint8_t *end = memmem(text.p, text.n, "\nsum ", 5);
    replace_once(&in, (struct qn_span){text.p, (size_t)(end + 1 - text.p)}, r->from, r->to);
    crypto_hash_sha256(sum, in.p, in.n);
    qn_put_str(&in, "sum ");
    qn_put_hex(&in, sum, sizeof(sum));
    qn_put_str(&in, "\n\nand what follows");
    enum qn_code rc = backup_head_read(&again, &used, qn_buf_span(&in), &err);
    assert_string_equal(rc ? err.id : "", r->id ? r->id : "");
    if (rc)
        return;
    backup_head_put(&out, &again);
    assert_true(qn_span_eq(qn_buf_span(&out), (struct qn_span){in.p, used}));
    in.p[20] ^= 1; /* and without its sum it is damaged, whatever stands there */
    assert_int_equal(backup_head_read(&again, &used, qn_buf_span(&in), &err), QN_UNVERIFIED);
    assert_string_equal(err.id, "backup.head-damaged");
}

/* ---- content ---------------------------------------------------------------------------------------------------- */

#define DIGEST "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" /* of "abc" */

struct item {
    const char *name, *bytes;
};
static const struct content_row {
    const char *name;
    struct item item[4];
    const char *id, *there; /* there: a file that must lie in the directory afterwards */
    bool unended;
} content_rows[] = {
    {"keys and a database",
     {{"files", ""}, {"keys", "k"}, {"qian.db", "d"}},
     NULL,
     "qian.db",
     false},
    {"keys of a later epoch", {{"files", ""}, {"keys-2", "k"}}, NULL, "keys-2", false},
    {"an evidence file",
     {{"files", DIGEST " 3 1\n"}, {"file/" DIGEST, "abc"}},
     NULL,
     "files/ba/"
     "7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
     false},
    {"one with other bytes", {{"file/" DIGEST, "abd"}}, "backup.file-digest", NULL, false},
    {"a way up", {{"../qian.db", "d"}}, "backup.content", NULL, false},
    {"a way up behind keys", {{"keys/../../x", "d"}}, "backup.content", NULL, false},
    {"a way up behind file", {{"file/../../../etc/passwd", "d"}}, "backup.content", NULL, false},
    {"from the root", {{"/etc/x", "d"}}, "backup.content", NULL, false},
    {"the anchor", {{"anchor", "d"}}, "backup.content", NULL, false},
    {"the lock", {{"lock", "d"}}, "backup.content", NULL, false},
    {"capital digits",
     {{"file/"
       "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
       "abc"}},
     "backup.content",
     NULL,
     false},
    {"a short name", {{"key", "d"}}, "backup.content", NULL, false},
    {"one name twice", {{"keys", "k"}, {"keys", "k"}}, "file.write", NULL, false},
    {"no end", {{"keys", "k"}}, "backup.content", NULL, true},
};

static void unpacks(void **state)
{
    const struct content_row *r = *state;
    char dir[] = "/tmp/qian-test-XXXXXX", path[200], cmd[100];
    struct backup_head h = sound();
    struct backup_out *out = NULL;
    struct backup_in *in = NULL;
    struct qn_err err = {.id = ""};
    QN_AUTO(qn_buf) struct qn_buf content = {0};
    qn_buf_init(&content, 65536);
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/backup", dir);
    for (size_t i = 0; i < COUNT(r->item) && r->item[i].name; i++) {
        qn_put_uint(&content, strlen(r->item[i].name), 1);
        qn_put_str(&content, r->item[i].name);
        qn_put_uint(&content, strlen(r->item[i].bytes), 8);
        qn_put_str(&content, r->item[i].bytes);
    }
    if (!r->unended)
        qn_put_uint(&content, 0, 1);
    h.length = content.n;
    crypto_generichash(h.digest, QN_HASH, content.p, content.n, NULL, 0);
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    assert_int_equal(backup_out_open(&out, fd, path, &h, qn_str("test"), &err), QN_OK);
    assert_int_equal(backup_out_put(out, content.p, content.n, &err), QN_OK);
    assert_int_equal(backup_out_end(out, &err), QN_OK);
    backup_out_free(out);
    assert_int_equal(backup_in_open(&in, &h, fd, path, qn_str("wrong"), &err), QN_UNVERIFIED);
    assert_string_equal(err.id, "backup.passphrase");
    assert_int_equal(backup_in_open(&in, &h, fd, path, qn_str("test"), &err), QN_OK);
    enum qn_code rc = backup_unpack(in, dir, BACKUP_ALL, NULL, NULL, &err);
    assert_string_equal(rc ? err.id : "", r->id ? r->id : "");
    if (r->there) {
        snprintf(path, sizeof(path), "%s/%s", dir, r->there);
        assert_int_equal(access(path, R_OK), 0);
    }
    backup_in_free(in);
    close(fd);
    snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
    assert_int_equal(system(cmd), 0);
}

/* Content of any length around that of a chunk comes back in any pieces. */
static void streams(void **state)
{
    static const size_t lengths[] = {
        1, BACKUP_CHUNK - 1, BACKUP_CHUNK, BACKUP_CHUNK + 1, 2 * BACKUP_CHUNK, 700001};
    uint8_t *all = malloc(700001), *back = malloc(700001);
    struct qn_err err;
    (void)state;
    assert_true(all && back);
    randombytes_buf(all, 700001);
    for (size_t k = 0; k < COUNT(lengths); k++) {
        size_t n = lengths[k], at = 0;
        char path[] = "/tmp/qian-test-XXXXXX";
        struct backup_head h = sound();
        struct backup_out *out = NULL;
        struct backup_in *in = NULL;
        int fd = mkstemp(path);
        h.length = n;
        crypto_generichash(h.digest, QN_HASH, all, n, NULL, 0);
        assert_int_equal(backup_out_open(&out, fd, path, &h, qn_str("test"), &err), QN_OK);
        for (size_t from = 0, step; from < n; from += step) {
            step = n - from < 10007 ? n - from : 10007;
            assert_int_equal(backup_out_put(out, all + from, step, &err), QN_OK);
        }
        assert_int_equal(backup_out_end(out, &err), QN_OK);
        backup_out_free(out);
        assert_int_equal(backup_in_open(&in, &h, fd, path, qn_str("test"), &err), QN_OK);
        while (at < n) {
            struct qn_span piece;
            size_t want = n - at < 70001 ? n - at : 70001;
            assert_int_equal(backup_in_take(in, want, &piece, &err), QN_OK);
            memcpy(back + at, piece.p, piece.n);
            at += piece.n;
        }
        struct qn_span more;
        assert_int_equal(backup_in_end(in, &err), QN_OK);
        assert_int_equal(backup_in_take(in, 1, &more, &err), QN_MALFORMED);
        assert_memory_equal(all, back, n);
        backup_in_free(in);
        close(fd);
        unlink(path);
    }
    free(all);
    free(back);
}

int main(void)
{
    struct CMUnitTest test[COUNT(head_rows) + COUNT(content_rows) + 1];
    size_t n = 0;
    if (sodium_init() < 0)
        return 1;
    for (size_t i = 0; i < COUNT(head_rows); i++)
        test[n++] = (struct CMUnitTest){head_rows[i].name, reads_head, NULL, NULL,
                                        (void *)(uintptr_t)&head_rows[i]};
    for (size_t i = 0; i < COUNT(content_rows); i++)
        test[n++] = (struct CMUnitTest){content_rows[i].name, unpacks, NULL, NULL,
                                        (void *)(uintptr_t)&content_rows[i]};
    test[n++] = (struct CMUnitTest){"content of every length", streams, NULL, NULL, NULL};
    return cmocka_run_group_tests_name("backup", test, NULL, NULL);
}
