/* peerkit.c - what a test needs to speak for an office by hand; the passphrase as for qian.
 *
 *   peerkit key DIR              its TLS key in the certificate that wraps it, PEM
 *   peerkit key -                the same of a key that is nobody's
 *   peerkit have DIR TO          a HAVE of it to office TO, as the frame that begins a pull; with another nonce every time
 *   peerkit chain DIR            the certificates from the province down to it, as frames
 *   peerkit stream DIR TO        all that it has for office TO, as if nothing were there, as frames; without HAVE, with END
 *   peerkit claim DIR TO ORIGIN  a HAVE to TO of 1,024 logs nobody has, and of a million entries of ORIGIN
 *   peerkit receipt DIR ORIGIN   its receipt for a million entries of that log, as a frame
 *   peerkit run -                RUNs that are none: packed too well, of another length than told, with a HAVE inside       */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "node/http/tls.h"
#include "node/store/office.h"
#include "node/sync/enrol.h"
#include "node/sync/exchange.h"

static enum qn_code print_key(const uint8_t seed[32], struct qn_buf *out, struct qn_err *err)
{
    QN_AUTO(tls_identity) struct tls_identity t = {.cert = ""};
    enum qn_code rc = tls_identity(&t, seed, err);
    qn_put_str(out, t.cert);
    qn_put_str(out, t.key);
    return rc;
}

static enum qn_code have(struct office *o, const char *to, struct qn_buf *out, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf payload = {0};
    qn_buf_init(&payload, QN_FRAME_MAX);
    enum qn_code rc = exchange_have(&payload, o->st, to, NULL, err);
    qn_frame_put(out, QN_FRAME_HAVE, qn_buf_span(&payload));
    return rc;
}

static enum qn_code all_for(struct office *o, const char *to, struct qn_buf *out,
                            struct qn_err *err)
{
    struct exchange_sent sent;
    struct qn_have nothing = {.n = 0};
    snprintf(nothing.from, sizeof(nothing.from), "%s", to);
    struct exchange_options x = {.peer = &nothing, .emit = exchange_emit_buf, .ctx = out};
    return exchange_collect(o->st, &x, &sent, err);
}

static enum qn_code claim(struct office *o, const char *to, const char *origin, struct qn_buf *out)
{
    static struct qn_have_origin logs[QN_HAVE_ORIGINS];
    struct qn_have h = {.time_ms = UINT64_C(1629072000000),
                        .schema = 60000,
                        .able = UINT32_MAX - QN_ABLE_RUN,
                        .n = QN_HAVE_ORIGINS,
                        .origin = logs};
    QN_AUTO(qn_buf) struct qn_buf payload = {0};
    qn_buf_init(&payload, QN_FRAME_MAX);
    snprintf(h.from, sizeof(h.from), "%s", store_self(o->st)->office);
    snprintf(h.to, sizeof(h.to), "%s", to);
    randombytes_buf(h.nonce, sizeof(h.nonce));
    for (size_t i = 0; i < h.n; i++) {
        snprintf(logs[i].origin, sizeof(logs[i].origin), "aaaa.example/14/%zu", 1000 + i);
        if (i + 1 == h.n)
            snprintf(logs[i].origin, sizeof(logs[i].origin), "%s", origin);
        logs[i].size = 1000000;
        randombytes_buf(logs[i].root, sizeof(logs[i].root));
        for (int l = 0; l < QN_LANES; l++)
            logs[i].cursor[l] = 1000000;
    }
    qn_have_seal(&payload, &h, keys_log_sk(o->keys));
    qn_frame_put(out, QN_FRAME_HAVE, qn_buf_span(&payload));
    return QN_OK;
}

static enum qn_code receipt(struct office *o, const char *origin, struct qn_buf *out)
{
    struct qn_receipt r = {.size = 1000000, .time_s = 4000000000};
    QN_AUTO(qn_buf) struct qn_buf text = {0}, note = {0};
    qn_buf_init(&text, QN_NOTE_MAX);
    qn_buf_init(&note, QN_NOTE_MAX);
    snprintf(r.from, sizeof(r.from), "%s", store_origin(o->st));
    snprintf(r.about, sizeof(r.about), "%s", origin);
    qn_receipt_text(&text, &r);
    qn_put_span(&note, qn_buf_span(&text));
    qn_put_str(&note, "\n");
    qn_note_sign(&note, qn_buf_span(&text), qn_str(r.from), keys_log_sk(o->keys));
    qn_frame_put(out, QN_FRAME_RECEIPT, qn_buf_span(&note));
    return QN_OK;
}

static void put_run(struct qn_buf *out, struct qn_span raw, uint32_t told)
{
    QN_AUTO(qn_buf) struct qn_buf payload = {0};
    uint8_t *packed = malloc(ZSTD_compressBound(raw.n));
    size_t n = packed ? ZSTD_compress(packed, ZSTD_compressBound(raw.n), raw.p, raw.n, 3) : 0;
    qn_buf_init(&payload, QN_FRAME_MAX);
    qn_put_uint(&payload, told, 4);
    qn_put(&payload, packed, n);
    qn_frame_put(out, QN_FRAME_RUN, qn_buf_span(&payload));
    free(packed);
}

/* Behind a HAVE: none of them brings anything, each is one refusal. */
static enum qn_code runs(struct qn_buf *out)
{
    QN_AUTO(qn_buf) struct qn_buf raw = {0};
    static uint8_t noise[3000];
    qn_buf_init(&raw, 2u << 20);
    while (raw.n < 1000000)
        qn_frame_put(&raw, (enum qn_frame_type)99, (struct qn_span){noise, 100});
    put_run(out, qn_buf_span(&raw), (uint32_t)raw.n); /* a thousandth of its length */
    randombytes_buf(noise, sizeof(noise));
    raw.n = 0;
    qn_frame_put(&raw, (enum qn_frame_type)99, QN_SPAN(noise));
    put_run(out, qn_buf_span(&raw), (uint32_t)raw.n + 1000);
    put_run(out, qn_buf_span(&raw), 0);
    put_run(out, qn_buf_span(&raw), UINT32_MAX);
    raw.n = 0;
    qn_frame_put(&raw, QN_FRAME_HAVE, QN_SPAN(noise));
    qn_frame_put(&raw, QN_FRAME_END, (struct qn_span){noise, 1});
    put_run(out, qn_buf_span(&raw), (uint32_t)raw.n);
    qn_frame_put(out, QN_FRAME_RUN, (struct qn_span){noise, 0});
    qn_frame_put(out, QN_FRAME_RUN, QN_SPAN(noise));
    return QN_OK;
}

static enum qn_code of_office(int argc, char **argv, struct qn_buf *out, struct qn_err *err)
{
    struct office o;
    enum qn_code rc = office_open(&o, argv[2], NULL, true, err);
    if (rc)
        return rc;
    if (strcmp(argv[1], "key") == 0)
        rc = print_key(keys_tls_seed(o.keys), out, err);
    else if (strcmp(argv[1], "have") == 0 && argc == 4)
        rc = have(&o, argv[3], out, err);
    else if (strcmp(argv[1], "chain") == 0)
        rc = enrol_chain(out, o.st, store_self(o.st)->office, err);
    else if (strcmp(argv[1], "stream") == 0 && argc == 4)
        rc = all_for(&o, argv[3], out, err);
    else if (strcmp(argv[1], "claim") == 0 && argc == 5)
        rc = claim(&o, argv[3], argv[4], out);
    else if (strcmp(argv[1], "receipt") == 0 && argc == 4)
        rc = receipt(&o, argv[3], out);
    else
        rc = qn_fail(err, QN_MALFORMED, "usage", "command=%s", argv[1]);
    office_close(&o);
    return rc;
}

int main(int argc, char **argv)
{
    struct qn_err err = {0};
    uint8_t seed[32];
    QN_AUTO(qn_buf) struct qn_buf out = {0};
    qn_buf_init(&out, 64u * QN_FRAME_MAX);
    if (argc < 3) {
        fprintf(stderr,
                "usage: peerkit key|have|chain|stream|claim|receipt|run DIR [TO] [ORIGIN]\n");
        return 2;
    }
    enum qn_code rc = qn_selftest(&err);
    randombytes_buf(seed, sizeof(seed));
    if (!rc && strcmp(argv[1], "run") == 0)
        rc = runs(&out);
    else if (!rc)
        rc = strcmp(argv[2], "-") == 0 ? print_key(seed, &out, &err)
                                       : of_office(argc, argv, &out, &err);
    if (!rc)
        rc = qn_buf_check(&out, &err);
    if (rc) {
        fprintf(stderr, "peerkit: %s %s\n", err.id, err.args);
        return 1;
    }
    return fwrite(out.p, 1, out.n, stdout) == out.n ? 0 : 1;
}
