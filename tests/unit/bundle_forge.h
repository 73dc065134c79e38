/* bundle_forge.h - bundles that no honest program writes, sealed all the same: anybody can seal to a public key.
 * From the layout of protocol/spec/bundle.md, without the program's own writer.                                */
#ifndef QIAN_TESTS_BUNDLE_FORGE_H
#define QIAN_TESTS_BUNDLE_FORGE_H

#include "tests/unit/family.h"

#include <sodium.h>

#include "node/store/file.h"
#include "qian/frame.h"

#define FORGE_RECIPIENTS 6

/* Everything in the clear; what is left out is as an honest county would write it to its city. */
struct envelope {
    const char *magic, *from, *to;
    uint64_t created_ms;
    uint32_t needs;
    int recipients; /* how many are said to follow; 0: as many as are named; -1: none */
    const char *recipient[FORGE_RECIPIENTS];
    const uint8_t *box; /* that the key is sealed to, for all of them */
};
struct forgery {
    struct qn_buf b;
    crypto_secretstream_xchacha20poly1305_state state;
    uint8_t aad[32];
};

static inline void forge_code(struct qn_buf *b, const char *code)
{
    qn_put_uint(b, strlen(code), 1);
    qn_put_str(b, code);
}

static inline void forge_begin(struct forgery *f, const struct envelope *e, size_t max)
{
    uint8_t key[32], head[24], sealed[80];
    unsigned n = 0;
    qn_buf_init(&f->b, max);
    qn_put_str(&f->b, e->magic ? e->magic : "qian-bundle/1\n");
    forge_code(&f->b, e->from ? e->from : "140602");
    forge_code(&f->b, e->to ? e->to : "1406");
    qn_put_uint(&f->b, e->created_ms ? e->created_ms : UINT64_C(1629072000000), 8);
    qn_put_uint(&f->b, e->needs, 4);
    while (n < FORGE_RECIPIENTS && e->recipient[n])
        n++;
    qn_put_uint(&f->b,
                e->recipients < 0 ? 0
                : e->recipients   ? (unsigned)e->recipients
                : n               ? n
                                  : 1,
                1);
    crypto_secretstream_xchacha20poly1305_keygen(key);
    for (unsigned i = 0; i < (n ? n : 1) && e->recipients >= 0; i++) {
        forge_code(&f->b, n ? e->recipient[i] : "1406");
        assert_int_equal(crypto_box_seal(sealed, key, 32, e->box), 0);
        qn_put(&f->b, sealed, sizeof(sealed));
    }
    crypto_secretstream_xchacha20poly1305_init_push(&f->state, head, key);
    qn_put(&f->b, head, sizeof(head));
    crypto_hash_sha256(f->aad, f->b.p, f->b.n);
}

/* One chunk of these bytes, whatever they are. lie: added to the length that is said. */
static inline void forge_chunk(struct forgery *f, struct qn_span bytes, bool final, uint32_t lie)
{
    qn_put_uint(&f->b, bytes.n + 17 + lie, 4);
    uint8_t *to = qn_buf_room(&f->b, bytes.n + 17);
    assert_non_null(to);
    crypto_secretstream_xchacha20poly1305_push(
        &f->state, to, NULL, bytes.p, bytes.n, f->aad, sizeof(f->aad),
        final ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
              : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE);
}

static inline void forge_frame(struct forgery *f, uint8_t type, struct qn_span payload)
{
    QN_AUTO(qn_buf) struct qn_buf b;
    qn_buf_init(&b, QN_FRAME_MAX + 100);
    qn_put_uint(&b, type, 1);
    qn_put_uint(&b, payload.n, 4);
    qn_put_span(&b, payload);
    forge_chunk(f, qn_buf_span(&b), type == QN_FRAME_END, 0);
}

static inline void forge_end(struct forgery *f)
{
    static const uint8_t more = 0;
    forge_frame(f, QN_FRAME_END, (struct qn_span){&more, 1});
}

static inline void forge_write(struct forgery *f, const char *path)
{
    MUST(qn_buf_check(&f->b, &offices_err));
    MUST(file_write(path, qn_buf_span(&f->b), 0600, true, &offices_err));
    qn_buf_release(&f->b);
}

#endif
