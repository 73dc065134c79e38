/* A file that is said to be a bundle: from outside, and opened with keys. The first byte says what the rest is: 0 the
 * file as it is; else chunks, each u16 length ‖ bytes, which are then sealed as anybody can seal them to a public key.
 * A reader ends with a verdict, hands out whole frames only, and from outside calls nothing whole that does not end. */
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "node/sync/bundle.h"
#include "protocol/wire.h"
#include "qian/frame.h"
#include "tests/fuzz/fuzz.h"

static struct keys *keys;
static struct qn_request own;
static char path[] = "/tmp/qian-fuzz-bundle-XXXXXX";
static int fd = -1;

static void at_end(void)
{
    unlink(path);
    keys_free(keys);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct qn_err err;
    (void)argc;
    (void)argv;
    if (qn_selftest(&err) != QN_OK || keys_create(&keys, KEYS_OFFICE, &err) != QN_OK)
        abort();
    keys_public(keys, &own);
    fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0 || atexit(at_end) != 0)
        abort();
    return 0;
}

static void seal(struct qn_buf *out, struct qn_span in)
{
    crypto_secretstream_xchacha20poly1305_state state;
    uint8_t key[32] = {1}, head[24], sealed[80], aad[32];
    static const char *const codes[] = {"140602", "1406", "1406"}; /* from, to, the one recipient */
    qn_put_str(out, BUNDLE_MAGIC);
    for (int i = 0; i < 3; i++) {
        if (i == 2) {
            qn_put_uint(out, UINT64_C(1629072000000), 8);
            qn_put_uint(out, 0, 4);
            qn_put_uint(out, 1, 1);
        }
        qn_put_uint(out, strlen(codes[i]), 1);
        qn_put_str(out, codes[i]);
    }
    if (crypto_box_seal(sealed, key, sizeof(key), own.box) != 0)
        abort();
    qn_put(out, sealed, sizeof(sealed));
    crypto_secretstream_xchacha20poly1305_init_push(&state, head, key);
    qn_put(out, head, sizeof(head));
    crypto_hash_sha256(aad, out->p, out->n);
    struct rd r = {.in = in};
    while (rd_more(&r)) {
        size_t n = (size_t)rd_uint(&r, 2);
        struct qn_span chunk = rd_span(&r, n < r.in.n ? n : r.in.n);
        qn_put_uint(out, chunk.n + 17, 4);
        uint8_t *to = qn_buf_room(out, chunk.n + 17);
        if (!to)
            return;
        bool end = chunk.n && chunk.p[0] == QN_FRAME_END;
        crypto_secretstream_xchacha20poly1305_push(
            &state, to, NULL, chunk.p, chunk.n, aad, sizeof(aad),
            end ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
                : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE);
    }
}

static enum qn_code frame(void *ctx, enum qn_frame_type type, struct qn_span payload,
                          struct qn_err *err)
{
    (void)err;
    HOLDS(type != 0 && payload.n <= QN_FRAME_MAX);
    ++*(uint64_t *)ctx;
    return QN_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bundle_info look, open;
    struct qn_err err = {.code = QN_OK};
    uint64_t frames = 0;
    QN_AUTO(qn_buf) struct qn_buf file = {0};
    qn_buf_init(&file, 1u << 20);
    if (!size)
        return 0;
    if (data[0])
        seal(&file, (struct qn_span){data + 1, size - 1});
    else
        qn_put(&file, data + 1, size - 1);
    if (file.failed || ftruncate(fd, 0) != 0 || pwrite(fd, file.p, file.n, 0) != (ssize_t)file.n)
        return 0;
    enum qn_code rc = bundle_look(path, &look, &err);
    if (rc)
        IS_REFUSAL(rc, err);
    HOLDS(look.whole == (rc == QN_OK) && !look.opened && look.size == file.n);
    struct bundle_opener o = {keys, frame, &frames};
    enum qn_code opened = bundle_open(&o, path, &open, &err);
    if (opened)
        IS_REFUSAL(opened, err);
    HOLDS(open.whole == (opened == QN_OK) && open.frames == frames);
    /* What opens to its end looks whole to everybody. */
    HOLDS(!open.whole || look.whole);
    return 0;
}
