#include "node/http/tls.h"

#include <errno.h>
#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "node/store/file.h"

static enum qn_code failed(struct qn_err *err, int gnutls)
{
    return qn_fail(err, QN_IO, "http.tls", "why=GnuTLS %d", gnutls);
}

/* ---- our own key ------------------------------------------------------------------------------------------- */

/* The wrapper's fields are the same for every office: whoever reads meaning into them is mistaken at once. */
static int fill(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
    static const uint8_t serial[1] = {1};
    int rc = gnutls_x509_crt_set_version(crt, 3);
    if (!rc)
        rc = gnutls_x509_crt_set_serial(crt, serial, sizeof(serial));
    if (!rc)
        rc = gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, "qian", 4);
    if (!rc)
        rc = gnutls_x509_crt_set_activation_time(crt, 0);
    if (!rc)
        rc = gnutls_x509_crt_set_expiration_time(crt, GNUTLS_X509_NO_WELL_DEFINED_EXPIRATION);
    if (!rc)
        rc = gnutls_x509_crt_set_key(crt, key);
    return rc ? rc : gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA512, 0);
}

static int print(struct tls_identity *out, gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
    size_t ncert = sizeof(out->cert), nkey = sizeof(out->key);
    int rc = gnutls_x509_crt_export(crt, GNUTLS_X509_FMT_PEM, out->cert, &ncert);
    return rc ? rc
              : gnutls_x509_privkey_export_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN,
                                                 out->key, &nkey);
}

enum qn_code tls_identity(struct tls_identity *out, const uint8_t seed[32], struct qn_err *err)
{
    gnutls_x509_privkey_t key = NULL;
    gnutls_x509_crt_t crt = NULL;
    uint8_t pk[32], sk[64];
    crypto_sign_seed_keypair(pk, sk, seed);
    gnutls_datum_t x = {pk, sizeof(pk)}, k = {sk, 32}; /* libsodium keeps the seed in front */
    int rc = gnutls_x509_privkey_init(&key);
    if (!rc)
        rc = gnutls_x509_privkey_import_ecc_raw(key, GNUTLS_ECC_CURVE_ED25519, &x, NULL, &k);
    if (!rc)
        rc = gnutls_x509_crt_init(&crt);
    if (!rc)
        rc = fill(crt, key);
    if (!rc)
        rc = print(out, crt, key);
    gnutls_x509_crt_deinit(crt);
    gnutls_x509_privkey_deinit(key);
    sodium_memzero(sk, sizeof(sk));
    if (!rc)
        return QN_OK;
    tls_identity_release(out);
    return failed(err, rc);
}

void tls_identity_release(struct tls_identity *t)
{
    sodium_memzero(t, sizeof(*t));
}

/* ---- the caller's key, at a server ---------------------------------------------------------------------------- */

/* SPEC http-14: "asks for the caller's key and does not insist" */
void tls_ask_key(void *session)
{
    gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUEST);
}

/* GnuTLS has seen the caller sign the handshake with the key of its first certificate: that is all that is asked of it.
 * gnutls_certificate_verify_peers is not called, on purpose: it would judge names, dates and issuers.                 */
bool tls_caller_key(uint8_t out[QN_PUBKEY], void *session)
{
    unsigned n = 0;
    gnutls_x509_crt_t crt = NULL;
    gnutls_pubkey_t key = NULL;
    gnutls_ecc_curve_t curve;
    gnutls_datum_t x = {NULL, 0};
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &n);
    if (!chain || !n)
        return false;
    bool got = gnutls_x509_crt_init(&crt) == 0 &&
               gnutls_x509_crt_import(crt, &chain[0], GNUTLS_X509_FMT_DER) == 0 &&
               gnutls_pubkey_init(&key) == 0 && gnutls_pubkey_import_x509(key, crt, 0) == 0 &&
               gnutls_pubkey_export_ecc_raw2(key, &curve, &x, NULL, 0) == 0;
    bool fits = got && curve == GNUTLS_ECC_CURVE_ED25519 && x.size == QN_PUBKEY;
    if (fits)
        memcpy(out, x.data, QN_PUBKEY);
    gnutls_free(x.data);
    gnutls_pubkey_deinit(key);
    gnutls_x509_crt_deinit(crt);
    return fits;
}

/* ---- for libcurl ------------------------------------------------------------------------------------------------ */

/* SPEC http-13: "SubjectPublicKeyInfo of an Ed25519 key (RFC 8410)" */
void tls_pin(struct qn_buf *list, const uint8_t key[QN_PUBKEY])
{
    uint8_t info[12 + QN_PUBKEY] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                    0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
    uint8_t hash[QN_HASH];
    char text[sodium_base64_ENCODED_LEN(QN_HASH, sodium_base64_VARIANT_ORIGINAL)];
    memcpy(info + 12, key, QN_PUBKEY);
    crypto_hash_sha256(hash, info, sizeof(info));
    sodium_bin2base64(text, sizeof(text), hash, sizeof(hash), sodium_base64_VARIANT_ORIGINAL);
    qn_put_fmt(list, "%ssha256//%s", list->n ? ";" : "", text);
}

static bool put(int fd, const char *text)
{
    for (size_t n = strlen(text); n;) {
        ssize_t w = write(fd, text, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0)
            return false;
        text += w;
        n -= (size_t)w;
    }
    return true;
}

/* libcurl 7.88 with GnuTLS takes a client's key by the name of a file only: CURLOPT_SSLKEY_BLOB answers CURLE_OK and
 * no key is shown. So the file is one that has no place on any disk.                                          */
enum qn_code tls_file(struct tls_file *out, const uint8_t seed[32], struct qn_err *err)
{
    QN_AUTO(tls_identity) struct tls_identity t = {.cert = ""};
    *out = (struct tls_file){.path = ""};
    enum qn_code rc = tls_identity(&t, seed, err);
    if (rc)
        return rc;
    int fd = memfd_create("qian-tls", MFD_CLOEXEC);
    if (fd < 0 || !put(fd, t.cert) || !put(fd, t.key)) {
        rc = qn_fail(err, QN_IO, "http.tls", "why=%s", file_why(errno));
        if (fd >= 0)
            close(fd);
        return rc;
    }
    out->fd = fd;
    snprintf(out->path, sizeof(out->path), "/proc/self/fd/%d", fd);
    return QN_OK;
}

void tls_file_release(struct tls_file *f)
{
    if (f->path[0])
        close(
            f->fd); /* its last name: the kernel zeroes the pages before it gives them to anybody */
    *f = (struct tls_file){.path = ""};
}
