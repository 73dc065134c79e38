/* tls.h - who is at the other end of a connection between offices.   Spec: protocol/spec/http.md
 *
 * The key alone counts. Neither libmicrohttpd nor libcurl can speak RFC 7250, so a raw Ed25519 key travels inside
 * a self-signed certificate that is made at every start; its name, dates and signature say nothing to anybody.
 * Ownership: identities and pinned calls are the caller's, released by tls_*_release; they wipe what is secret. */
#ifndef QIAN_NODE_HTTP_TLS_H
#define QIAN_NODE_HTTP_TLS_H

#include "qian/base.h"

/* SPEC http-13: "TLS 1.3 and nothing older" */
#define TLS_PRIORITIES \
    "NONE:+VERS-TLS1.3:+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM:+AEAD:+GROUP-X25519:" \
    "+GROUP-SECP256R1:+SIGN-EDDSA-ED25519:+CTYPE-X509:%NO_TICKETS"

struct tls_identity {
    char cert[1024], key[512]; /* PEM */
};
QN_MUST_USE enum qn_code tls_identity(struct tls_identity *out, const uint8_t seed[32],
                                      struct qn_err *err);
void tls_identity_release(struct tls_identity *t);
static inline void tls_identity_auto(struct tls_identity *t)
{
    tls_identity_release(t);
}

/* Makes a server's session ask the caller for its key: before the handshake. session: a gnutls_session_t. */
void tls_ask_key(void *session);
/* The key with which the caller proved itself; false when it showed none, or not Ed25519. */
bool tls_caller_key(uint8_t out[QN_PUBKEY], void *session);

/* What libcurl wants: names of things rather than things. */
#define TLS_PIN_MAX 64 /* characters of one pin, with the sign before the next */
/* Appends a key to a list for CURLOPT_PINNEDPUBLICKEY. */
void tls_pin(struct qn_buf *list, const uint8_t key[QN_PUBKEY]);
struct tls_file {
    char path[40]; /* of our key and certificate, in memory, for this process alone; "": none */
    int fd;
};
QN_MUST_USE enum qn_code tls_file(struct tls_file *out, const uint8_t seed[32], struct qn_err *err);
void tls_file_release(struct tls_file *f); /* also of one that is all zero */
#endif
