/* An audit file whose exporter says what he likes: the file as it is, or an honest one whose frames were changed, with the hashes
 * put right again and the seal made anew by the exporter's own key. A reader ends with a verdict and leaves no half store.
 *
 * The first byte says which: 0 the rest is the file; else the rest is a program: a byte picks what is done, a byte at
 * which frame, two bytes (big-endian) give the length of the operand.                                             */
#include <dirent.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/store/audit_parts.h"
#include "node/store/file.h"
#include "node/store/internal.h"
#include "protocol/wire.h"
#include "tests/fuzz/fuzz.h"
#include "tests/tools/lone_office.h"

#define FRAMES 256 /* of one file: more would only be slower */

enum op {
    DROP,
    DOUBLE,  /* the same frame once more, behind itself */
    SWAP,    /* with the frame that the operand's first byte names */
    FLIP,    /* u16 offset, then bytes that are XORed from there on */
    CUT,     /* to the u16 length */
    REPLACE, /* the operand is the payload */
    RAW,     /* a frame before this one: u8 type, payload */
    HEADER,  /* the operand as a header, signed by the exporter, before this one */
    NOTE,    /* the operand as a checkpoint's text, signed by the exporter, before this one */
    OPS
};
struct frame {
    unsigned type;
    struct qn_span payload;
};
struct file {
    struct frame at[FRAMES];
    size_t n;
    struct qn_buf made[FRAMES]; /* owned: payloads that the program made */
    size_t nmade;
};

static struct lone_office exporter;
static struct qn_buf honest; /* the file */
static struct file start;
static char base[] = "/tmp/qian-fuzz-audit-XXXXXX", path[300], dir[300], print[QN_FINGERPRINT];

/* What a reading left in its directory; the databases lie flat in it. */
static void empty(void)
{
    DIR *d = opendir(dir);
    HOLDS(d);
    for (const struct dirent *e; (e = readdir(d));)
        if (e->d_name[0] != '.')
            HOLDS(unlinkat(dirfd(d), e->d_name, 0) == 0);
    closedir(d);
}

static void at_end(void)
{
    char cmd[100];
    store_close(exporter.st);
    keys_free(exporter.keys);
    qn_buf_release(&honest);
    snprintf(cmd, sizeof(cmd), "rm -rf '%s'", base);
    if (system(cmd) != 0)
        fprintf(stderr, "%s stays\n", base);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static struct lone_office province, city;
    struct lone_root root;
    struct audit_info info;
    struct qn_err err;
    uint8_t hash[QN_HASH];
    (void)argc;
    (void)argv;
    lone_root_make(&root, "fuzz.example");
    if (!mkdtemp(base))
        abort();
    lone_office_make(&province, base, "14", NULL, &root);
    lone_office_make(&city, base, "1406", &province, &root);
    lone_office_make(&exporter, base, "140602", &city, &root);
    store_close(province.st);
    keys_free(province.keys);
    /* The county below the city is what the city's log speaks of: the exporter is the city. */
    struct lone_office below = exporter;
    exporter = city;
    store_close(below.st);
    keys_free(below.keys);
    keys_free(root.keys);
    qn_policy_hash(hash, &root.policy);
    qn_fingerprint(print, hash);
    snprintf(path, sizeof(path), "%s/file", base);
    snprintf(dir, sizeof(dir), "%s/read", base);
    if (mkdir(dir, 0700) != 0 || atexit(at_end) != 0)
        abort();
    struct audit_make make = {.path = path, .scope = "all"};
    lone_must(audit_write(&info, exporter.st, &make, &err), &err, "audit");
    lone_must(file_read(&honest, path, 1u << 20, &err), &err, "read");
    struct rd r = {.in = {honest.p + strlen(AUDIT_MAGIC), honest.n - strlen(AUDIT_MAGIC)}};
    while (start.n < info.frames && start.n < FRAMES) {
        unsigned type = (unsigned)rd_uint(&r, 1);
        start.at[start.n++] = (struct frame){type, rd_span(&r, (size_t)rd_uint(&r, 4))};
    }
    HOLDS(!r.failed && start.n == info.frames);
    return 0;
}

/* ---- what the exporter does to it ---------------------------------------------------------------------------------- */

static struct qn_buf *make(struct file *f)
{
    if (f->nmade == FRAMES)
        return NULL;
    struct qn_buf *b = &f->made[f->nmade++];
    qn_buf_init(b, 1u << 17);
    return b;
}

static void insert(struct file *f, size_t at, unsigned type, struct qn_span payload)
{
    if (f->n == FRAMES)
        return;
    memmove(&f->at[at + 1], &f->at[at], (f->n - at) * sizeof(f->at[0]));
    f->at[at] = (struct frame){type, payload};
    f->n++;
}

static void sign_header(struct qn_buf *b, struct qn_span header)
{
    uint8_t sig[QN_SIG];
    qn_header_sign(sig, header, keys_log_sk(exporter.keys));
    qn_put(b, sig, QN_SIG);
    qn_put_span(b, header);
}

static void sign_note(struct qn_buf *b, struct qn_span text)
{
    qn_put_span(b, text);
    qn_put_str(b, "\n");
    qn_note_sign(b, text, qn_str(store_origin(exporter.st)), keys_log_sk(exporter.keys));
}

static void step(struct file *f, enum op op, size_t at, struct qn_span operand)
{
    struct rd r = {.in = operand};
    struct frame *x = &f->at[at];
    struct qn_buf *b = NULL;
    if (op >= FLIP && !(b = make(f)))
        return;
    switch (op) {
    case DROP:
        memmove(x, x + 1, (f->n - at - 1) * sizeof(*x));
        f->n--;
        return;
    case DOUBLE:
        insert(f, at, x->type, x->payload);
        return;
    case SWAP: {
        size_t other = (size_t)rd_uint(&r, 1) % f->n;
        struct frame was = *x;
        *x = f->at[other];
        f->at[other] = was;
        return;
    }
    case FLIP: {
        size_t from = (size_t)rd_uint(&r, 2);
        qn_put_span(b, x->payload);
        for (size_t i = 0; i < r.in.n && from + i < b->n; i++)
            b->p[from + i] ^= r.in.p[i];
        x->payload = qn_buf_span(b);
        return;
    }
    case CUT: {
        size_t n = (size_t)rd_uint(&r, 2);
        x->payload.n = n < x->payload.n ? n : x->payload.n;
        return;
    }
    case REPLACE:
        x->payload = operand;
        return;
    case RAW: {
        unsigned type = (unsigned)rd_uint(&r, 1);
        insert(f, at, type, r.in);
        return;
    }
    case HEADER:
        sign_header(b, operand);
        insert(f, at, QN_FRAME_HEADER, qn_buf_span(b));
        return;
    case NOTE:
        sign_note(b, operand);
        if (!b->failed)
            insert(f, at, QN_FRAME_CHECKPOINT, qn_buf_span(b));
        return;
    case OPS:
        return;
    }
}

static void put_frame(struct qn_buf *out, struct qn_buf *hashes, const struct frame *x)
{
    uint8_t hash[QN_HASH];
    size_t from = out->n;
    qn_put_uint(out, x->type, 1);
    qn_put_uint(out, x->payload.n, 4);
    qn_put_span(out, x->payload);
    if (!hashes || out->failed)
        return;
    crypto_hash_sha256(hash, out->p + from, out->n - from);
    qn_put(hashes, hash, QN_HASH);
}

static void seal(struct qn_buf *out, const struct file *f)
{
    uint8_t digest[QN_HASH];
    QN_AUTO(qn_buf) struct qn_buf hashes = {0}, text = {0}, note = {0};
    qn_buf_init(&hashes, FRAMES * QN_HASH);
    qn_buf_init(&text, 1024);
    qn_buf_init(&note, QN_NOTE_MAX);
    qn_put_str(out, AUDIT_MAGIC);
    for (size_t i = 0; i < f->n; i++)
        put_frame(out, &hashes, &f->at[i]);
    uint64_t end = out->n;
    crypto_hash_sha256(digest, hashes.p, hashes.n);
    audit_seal_text(&text, store_origin(exporter.st), f->n, digest);
    sign_note(&note, qn_buf_span(&text));
    put_frame(out, NULL, &(struct frame){AUDIT_INDEX, qn_buf_span(&hashes)});
    put_frame(out, NULL, &(struct frame){AUDIT_SEAL, qn_buf_span(&note)});
    qn_put_uint(out, end, AUDIT_TAIL);
}

static void run(struct qn_buf *out, struct qn_span program)
{
    struct file *f = malloc(sizeof(*f));
    HOLDS(f);
    *f = start;
    struct rd r = {.in = program};
    while (r.in.n >= 4 && f->n) {
        enum op op = (enum op)(rd_uint(&r, 1) % OPS);
        size_t at = (size_t)rd_uint(&r, 1) % f->n, n = (size_t)rd_uint(&r, 2);
        step(f, op, at, rd_span(&r, n < r.in.n ? n : r.in.n));
    }
    seal(out, f);
    for (size_t i = 0; i < f->nmade; i++)
        qn_buf_release(&f->made[i]);
    free(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct store *st = NULL;
    struct audit_info info = {.frames = 0};
    struct qn_err err = {.code = QN_OK};
    QN_AUTO(qn_buf) struct qn_buf file = {0};
    qn_buf_init(&file, 4u << 20);
    if (!size)
        return 0;
    struct qn_span rest = {data + 1, size - 1};
    if (data[0])
        run(&file, rest);
    else
        qn_put_span(&file, rest);
    if (file.failed)
        return 0;
    HOLDS(file_write(path, qn_buf_span(&file), 0600, true, &err) == QN_OK);
    err.code = QN_OK;
    struct audit_open o = {.path = path, .dir = dir, .fingerprint = print};
    enum qn_code rc = audit_read(&st, &info, &o, &err);
    if (rc) {
        IS_REFUSAL(rc, err);
        HOLDS(rc != QN_IO && rc != QN_NOMEM && !st);
    } else {
        /* Only who holds the exporter's key gets this far. */
        HOLDS(data[0] && st && info.bytes == file.n && info.certs);
        HOLDS(strcmp(info.from, store_origin(exporter.st)) == 0 && st->depth == 0);
    }
    /* An untouched file is taken. */
    HOLDS(!data[0] || rest.n || !rc);
    store_close(st);
    empty();
    return 0;
}
