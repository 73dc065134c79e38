/* own_tls.h - certificates for the pages of the office's own people on other machines.   Spec: protocol/spec/web.md
 *
 * Browsers know no Ed25519 and no keys without a name: a P-256 authority of this office, made once, signs a certificate
 * that a browser accepts once the authority's was installed there. It can sign for no names but those it was made for. */
#ifndef QIAN_NODE_HTTP_OWN_TLS_H
#define QIAN_NODE_HTTP_OWN_TLS_H

#include "qian/base.h"

#define OWN_TLS_NAMES 8
#define OWN_TLS_NAME  253
#define OWN_TLS_CA    "ui-ca.crt" /* in the office's directory */

/* SPEC web-14: "TLS 1.3, P-256" */
#define OWN_TLS_PRIORITIES \
    "NONE:+VERS-TLS1.3:+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM:+AEAD:+GROUP-X25519:" \
    "+GROUP-SECP256R1:+SIGN-ECDSA-SECP256R1-SHA256:+CTYPE-X509:%NO_TICKETS"

struct own_tls;
struct own_tls_ask {
    const char *dir, *office;
    const char *const *name; /* of the host, or addresses as they stand in an URL, IPv6 with or without brackets */
    unsigned n;
    uint64_t (*now_s)(void); /* by which certificates are dated; NULL: the machine's clock */
};
/* QN_MALFORMED "http.ui-name"; QN_DENIED "http.ui-ca-names": the authority was made for others; "http.ui-ca-ended". */
QN_MUST_USE enum qn_code own_tls_open(struct own_tls **out, const struct own_tls_ask *o,
                                      struct qn_err *err);
void own_tls_close(struct own_tls *t); /* NULL is fine */
/* Lends a server's session the present certificate, before the handshake; one that ends soon is made anew. */
void own_tls_lend(struct own_tls *t, void *session);
/* PEM of the one that was made at the start; lent. */
const char *own_tls_cert(const struct own_tls *t);
const char *own_tls_key(const struct own_tls *t);
/* Whether a Host, without its port, is one of the names. */
bool own_tls_named(const struct own_tls *t, struct qn_span host);
/* The first name, as it stands in an URL. */
const char *own_tls_name(const struct own_tls *t);
bool own_tls_is_address(struct qn_span host); /* a number, not a name */
#endif
