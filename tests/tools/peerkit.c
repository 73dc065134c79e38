/* peerkit.c - what a test needs to speak for an office by hand; the passphrase as for qian.
 *
 *   peerkit key DIR              its TLS key in the certificate that wraps it, PEM
 *   peerkit key -                the same of a key that is nobody's
 *   peerkit have DIR TO          a HAVE of it to office TO, as the frame that begins a pull; with another nonce every time
 *   peerkit chain DIR            the certificates from the province down to it, as frames                            */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

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
    QN_AUTO(qn_buf) struct qn_buf payload;
    qn_buf_init(&payload, QN_FRAME_MAX);
    enum qn_code rc = exchange_have(&payload, o->st, to, NULL, err);
    qn_frame_put(out, QN_FRAME_HAVE, qn_buf_span(&payload));
    return rc;
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
    else
        rc = qn_fail(err, QN_MALFORMED, "usage", "command=%s", argv[1]);
    office_close(&o);
    return rc;
}

int main(int argc, char **argv)
{
    struct qn_err err = {0};
    uint8_t seed[32];
    QN_AUTO(qn_buf) struct qn_buf out;
    qn_buf_init(&out, 4u * QN_FRAME_MAX);
    if (argc < 3) {
        fprintf(stderr, "usage: peerkit key|have|chain DIR [TO]\n");
        return 2;
    }
    enum qn_code rc = qn_selftest(&err);
    randombytes_buf(seed, sizeof(seed));
    if (!rc)
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
