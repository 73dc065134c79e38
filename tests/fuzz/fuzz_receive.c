/* From bytes to receipt: what a county could send its city, signed by the county where the input says so, through
 * the real way in (frames, headers, parts, changesets, authority, SQLite) to the receipt that comes back.
 *
 * The input is a program. A byte picks what is done, two bytes (big-endian) give the length of its operand.    */
#include <sodium.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "node/store/ingest.h"
#include "node/store/internal.h"
#include "node/store/receipts.h"
#include "protocol/wire.h"
#include "qian/frame.h"
#include "qian/merkle.h"
#include "tests/fuzz/fuzz.h"
#include "tests/tools/lone_office.h"

#define ENTRIES 64 /* of one input: more would only be slower */

enum op {
    RAW, /* a frame: u8 type, payload */
    ENTRY, /* lane, kind, audience, codec, then the stored bytes of its one part: signed, next in the log */
    ENTRY_BACK, /* the same again at the place before */
    CHECKPOINT, /* of what stands so far */
    LIE,        /* a checkpoint of the same size with another root */
    RECEIPT,    /* the operand as a note of the county */
    CERT,       /* the operand as a certificate body, sealed by the county */
    FORK,       /* two headers: the last one's and the operand as a header, both signed */
    OPS
};

static struct lone_office city, county;
static const struct keys *author;
static char origin[QN_ORIGIN_MAX + 1];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static char dir[] = "/tmp/qian-fuzz-receive-XXXXXX";
    static struct lone_office province;
    struct lone_root root;
    (void)argc;
    (void)argv;
    lone_root_make(&root, "fuzz.example");
    if (!mkdtemp(dir))
        abort();
    lone_office_make(&province, dir, "14", NULL, &root);
    lone_office_make(&city, dir, "1406", &province, &root);
    lone_office_make(&county, dir, "140602", &city, &root);
    author = county.keys;
    snprintf(origin, sizeof(origin), "%s", store_origin(county.st));
    char cmd[100];
    /* The databases stay open; nothing else of the directory is needed any more. */
    snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
    if (system(cmd) != 0)
        abort();
    return 0;
}

/* ---- what the county says ---------------------------------------------------------------------------------- */

struct session {
    struct ingest *in;
    struct qn_buf header; /* the newest */
    uint8_t sig[QN_SIG];
    uint64_t size;
    struct qn_frontier tree;
};

static void feed(struct session *s, enum qn_frame_type type, struct qn_span payload)
{
    struct qn_err err = {.code = QN_OK};
    enum qn_code rc = ingest_frame(s->in, type, payload, &err);
    if (rc)
        IS_REFUSAL(rc, err);
    HOLDS(rc != QN_IO && rc != QN_NOMEM);
}

static void say_header(struct session *s, struct qn_span header)
{
    QN_AUTO(qn_buf) struct qn_buf frame = {0};
    qn_buf_init(&frame, QN_HEADER_MAX + QN_SIG);
    qn_header_sign(s->sig, header, keys_log_sk(author));
    qn_put(&frame, s->sig, QN_SIG);
    qn_put_span(&frame, header);
    feed(s, QN_FRAME_HEADER, qn_buf_span(&frame));
}

static void say_entry(struct session *s, struct qn_span operand, bool back)
{
    if (operand.n < 5 || s->size == ENTRIES || (back && !s->size))
        return;
    const uint8_t *p = operand.p;
    struct qn_span stored = {p + 4, operand.n - 4};
    struct qn_header h = {.origin = qn_str(origin),
                          .seq = s->size - (back ? 1 : 0),
                          .lane = (enum qn_lane)(p[0] % QN_LANES),
                          .kind = p[1] ? p[1] : 1,
                          .schema = store_registry(city.st)->version,
                          .nparts = 1};
    memcpy(h.schema_hash, store_registry(city.st)->hash, QN_HASH);
    static const uint8_t salt[QN_SALT] = {1};
    h.part[0] = (struct qn_part){.audience = (enum qn_audience)(1 + p[2] % 3),
                                 .codec = (enum qn_codec)(p[3] % 3),
                                 .to = qn_str("1406"),
                                 .stored = (uint32_t)stored.n};
    uint32_t seal = h.part[0].audience == QN_RESTRICTED ? QN_SEAL_BYTES : 0;
    h.part[0].raw = (uint32_t)stored.n > seal ? (uint32_t)stored.n - seal : 1;
    unsigned long long claimed = ZSTD_getFrameContentSize(stored.p, stored.n);
    if (h.part[0].codec == QN_ZSTD && claimed <= QN_PART_MAX)
        h.part[0].raw = (uint32_t)claimed;
    qn_part_commit(h.part[0].commitment, salt, stored);
    s->header.n = 0;
    qn_header_encode(&s->header, &h);
    if (!back) {
        uint8_t leaf[QN_HASH];
        qn_leaf_hash(leaf, qn_buf_span(&s->header));
        qn_frontier_append(&s->tree, leaf, NULL, NULL);
        s->size++;
    }
    say_header(s, qn_buf_span(&s->header));
    QN_AUTO(qn_buf) struct qn_buf part = {0};
    qn_buf_init(&part, QN_FRAME_MAX);
    qn_part_frame_encode(&part, &(struct qn_part_frame){h.origin, h.seq, 0, salt, stored});
    feed(s, QN_FRAME_PART, qn_buf_span(&part));
}

static void say_note(struct session *s, enum qn_frame_type type, struct qn_span text)
{
    QN_AUTO(qn_buf) struct qn_buf note = {0};
    qn_buf_init(&note, QN_NOTE_MAX);
    qn_put_span(&note, text);
    qn_put_str(&note, "\n");
    qn_note_sign(&note, text, qn_str(origin), keys_log_sk(author));
    if (!note.failed)
        feed(s, type, qn_buf_span(&note));
}

static void say_checkpoint(struct session *s, bool lie)
{
    uint8_t root[QN_HASH];
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    qn_buf_init(&text, 1024);
    qn_frontier_root(&s->tree, root);
    root[0] ^= lie;
    qn_checkpoint_text(&text, qn_str(origin), s->size, root);
    say_note(s, QN_FRAME_CHECKPOINT, qn_buf_span(&text));
}

static void say_cert(struct session *s, struct qn_span body)
{
    uint8_t sig[QN_SIG];
    QN_AUTO(qn_buf) struct qn_buf cert = {0};
    qn_buf_init(&cert, QN_CERT_MAX);
    qn_sign_tagged(sig, "cert", body, keys_log_sk(author));
    qn_put_span(&cert, body);
    qn_put_uint(&cert, 1, 1);
    qn_put(&cert, sig, QN_SIG);
    if (!cert.failed)
        feed(s, QN_FRAME_CERT, qn_buf_span(&cert));
}

static void say_fork(struct session *s, struct qn_span other)
{
    if (!s->header.n || !other.n || other.n > QN_HEADER_MAX)
        return;
    QN_AUTO(qn_buf) struct qn_buf a = {0}, b = {0}, fork = {0};
    uint8_t sig[QN_SIG];
    qn_buf_init(&a, QN_HEADER_MAX + QN_SIG);
    qn_buf_init(&b, QN_HEADER_MAX + QN_SIG);
    qn_buf_init(&fork, 4 * QN_HEADER_MAX);
    qn_put(&a, s->sig, QN_SIG);
    qn_put_span(&a, qn_buf_span(&s->header));
    qn_header_sign(sig, other, keys_log_sk(author));
    qn_put(&b, sig, QN_SIG);
    qn_put_span(&b, other);
    qn_fork_encode(&fork, &(struct qn_fork){QN_FORK_HEADERS, qn_buf_span(&a), qn_buf_span(&b)});
    feed(s, QN_FRAME_FORK, qn_buf_span(&fork));
}

static void step(struct session *s, enum op op, struct qn_span operand)
{
    switch (op) {
    case RAW:
        if (operand.n)
            feed(s, (enum qn_frame_type)operand.p[0],
                 (struct qn_span){operand.p + 1, operand.n - 1});
        break;
    case ENTRY:
        say_entry(s, operand, false);
        break;
    case ENTRY_BACK:
        say_entry(s, operand, true);
        break;
    case CHECKPOINT:
        say_checkpoint(s, false);
        break;
    case LIE:
        say_checkpoint(s, true);
        break;
    case RECEIPT:
        say_note(s, QN_FRAME_RECEIPT, operand);
        break;
    case CERT:
        say_cert(s, operand);
        break;
    case FORK:
        say_fork(s, operand);
        break;
    case OPS:
        break;
    }
}

/* ---- what must hold whatever was said ------------------------------------------------------------------------ */

static void check_receipt(const struct log *log)
{
    QN_AUTO(qn_buf) struct qn_buf bytes = {0};
    struct qn_note note;
    struct qn_receipt *r = malloc(sizeof(*r));
    struct qn_err err;
    qn_buf_init(&bytes, QN_NOTE_MAX);
    HOLDS(r && receipt_get(&bytes, city.st, "1406", origin, &err) == QN_OK);
    HOLDS(qn_note_parse(&note, qn_buf_span(&bytes), &err) == QN_OK);
    HOLDS(qn_note_verify(&note, qn_str(store_origin(city.st)), store_self(city.st)->log, &err) ==
          QN_OK);
    HOLDS(qn_receipt_parse(r, note.text, &err) == QN_OK);
    HOLDS(r->size == log->verified && strcmp(r->about, origin) == 0);
    free(r);
}

/* Rows of the county are the county's; nobody else's came. */
static void check_rows(void)
{
    static const char *const own[] = {"certificate", "release", "refusal", "waiver"}; /* of its child, about it */
    const struct qn_registry *reg = store_registry(city.st);
    for (unsigned i = 0; i < reg->ntables; i++) {
        char sql[200];
        sqlite3_stmt *q;
        bool ours = false;
        for (size_t k = 0; k < sizeof(own) / sizeof(own[0]); k++)
            ours = ours || strcmp(reg->table[i].name, own[k]) == 0;
        snprintf(sql, sizeof(sql), "SELECT count(*) FROM \"%s\" WHERE office NOT IN ('140602', %s)",
                 reg->table[i].name,
                 ours ? "'1406'" : "''");
        HOLDS(sqlite3_prepare_v2(city.st->db, sql, -1, &q, NULL) == SQLITE_OK);
        HOLDS(sqlite3_step(q) == SQLITE_ROW && sqlite3_column_int64(q, 0) == 0);
        sqlite3_finalize(q);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct session s = {.size = 0};
    struct qn_err err = {.code = QN_OK};
    struct log log;
    /* Everything happens inside a transaction that is thrown away: each input meets the same city. */
    QN_AUTO(tx) struct tx tx = {0};
    HOLDS(tx_begin(&tx, city.st, &err) == QN_OK);
    HOLDS(ingest_open(&s.in, city.st, &err) == QN_OK);
    qn_buf_init(&s.header, QN_HEADER_MAX);
    for (size_t at = 0; at + 3 <= size;) {
        size_t n = (size_t)data[at + 1] << 8 | data[at + 2];
        enum op op = (enum op)(data[at] % OPS);
        at += 3;
        n = n < size - at ? n : size - at;
        step(&s, op, (struct qn_span){data + at, n});
        at += n;
    }
    enum qn_code rc = ingest_finish(s.in, NULL, &err);
    if (rc)
        IS_REFUSAL(rc, err);
    HOLDS(!rc);
    HOLDS(log_find(&log, city.st, origin, &err) == QN_OK);
    HOLDS(log.verified <= log.size);
    if (log.verified)
        check_receipt(&log);
    check_rows();
    ingest_free(s.in);
    qn_buf_release(&s.header);
    tx_end(&tx);
    HOLDS(city.st->depth == 0);
    return 0;
}
