#include "node/http/own_tls.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "node/store/file.h"

#define CA_KEY    "ui-ca.key"
#define DAY_S     86400
#define CA_DAYS   7300 /* an authority that ends makes everybody go round with a new one */
#define CERT_DAYS 397  /* what browsers accept at most */
#define RENEW_DAYS 60
#define PEM_MAX   8192
#define LENT_MAX  64 /* certificates of one run: more than ten years' */

struct name {
    char text[OWN_TLS_NAME + 3]; /* as in an URL */
    uint8_t ip[16];
    unsigned nip; /* 0: a name */
};
struct own_tls {
    pthread_mutex_t lock;
    struct name name[OWN_TLS_NAMES];
    unsigned n;
    gnutls_x509_crt_t ca;
    gnutls_x509_privkey_t ca_key;
    char cert[PEM_MAX], key[PEM_MAX];
    gnutls_certificate_credentials_t lent[LENT_MAX]; /* a session may still hold an earlier one */
    unsigned nlent;
    uint64_t until_s;
    uint64_t (*now_s)(void);
};

static uint64_t machine_now(void)
{
    return (uint64_t)time(NULL);
}

static enum qn_code failed(struct qn_err *err, int gnutls)
{
    return qn_fail(err, QN_IO, "http.tls", "why=GnuTLS %d", gnutls);
}

/* ---- names ---------------------------------------------------------------------------------------------------- */

static bool is_name(const char *s)
{
    size_t n = strlen(s);
    return n && n <= OWN_TLS_NAME && s[0] != '-' && s[0] != '.' && s[n - 1] != '.' &&
           strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789.-") == n && !strstr(s, "..") &&
           strspn(s, "0123456789.") != n;
}

static bool parse_name(struct name *out, const char *text)
{
    char s[OWN_TLS_NAME + 3];
    size_t n = strlen(text);
    *out = (struct name){.nip = 0};
    if (!n || n >= sizeof(s))
        return false;
    for (size_t i = 0; i <= n; i++)
        s[i] = (char)tolower((unsigned char)text[i]);
    if (s[0] == '[' && s[n - 1] == ']') {
        memmove(s, s + 1, n - 2);
        s[n - 2] = 0;
    }
    if (inet_pton(AF_INET, s, out->ip) == 1) {
        static const uint8_t any[4];
        out->nip = 4;
        snprintf(out->text, sizeof(out->text), "%s", s);
        return memcmp(out->ip, any, 4) != 0;
    }
    if (inet_pton(AF_INET6, s, out->ip) == 1) {
        static const uint8_t any[16];
        char shown[INET6_ADDRSTRLEN] = "";
        out->nip = 16;
        inet_ntop(AF_INET6, out->ip, shown, sizeof(shown)); /* as a browser writes it */
        snprintf(out->text, sizeof(out->text), "[%s]", shown);
        return memcmp(out->ip, any, 16) != 0;
    }
    snprintf(out->text, sizeof(out->text), "%s", s);
    return is_name(s);
}

static enum qn_code take_names(struct own_tls *t, const struct own_tls_ask *o, struct qn_err *err)
{
    if (!o->n || o->n > OWN_TLS_NAMES)
        return qn_fail(err, QN_MALFORMED, "http.ui-name", "name=%s", "");
    for (unsigned i = 0; i < o->n; i++)
        if (!parse_name(&t->name[t->n++], o->name[i]))
            return qn_fail(err, QN_MALFORMED, "http.ui-name", "name=%.100s", o->name[i]);
    return QN_OK;
}

bool own_tls_is_address(struct qn_span host)
{
    char text[OWN_TLS_NAME + 3];
    struct name n;
    return qn_text_copy(text, sizeof(text), host) && parse_name(&n, text) && n.nip;
}

/* SPEC web-13: "exactly one of these names" */
bool own_tls_named(const struct own_tls *t, struct qn_span host)
{
    for (unsigned i = 0; i < t->n; i++)
        if (strlen(t->name[i].text) == host.n &&
            strncasecmp(t->name[i].text, (const char *)host.p, host.n) == 0)
            return true;
    return false;
}

const char *own_tls_name(const struct own_tls *t)
{
    return t->name[0].text;
}

/* ---- the authority ---------------------------------------------------------------------------------------------- */

static gnutls_datum_t datum(const void *p, size_t n)
{
    return (gnutls_datum_t){(unsigned char *)(uintptr_t)p, (unsigned)n};
}

static gnutls_datum_t of_name(const struct name *n)
{
    return n->nip ? datum(n->ip, n->nip) : datum(n->text, strlen(n->text));
}

/* A kind of name of which none was given is forbidden whole: what is not constrained would be allowed. */
static int constrain(gnutls_x509_crt_t crt, const struct own_tls *t)
{
    static const uint8_t all[32];
    gnutls_x509_name_constraints_t nc;
    bool dns = false, four = false, six = false;
    int rc = gnutls_x509_name_constraints_init(&nc);
    for (unsigned i = 0; !rc && i < t->n; i++) {
        const struct name *n = &t->name[i];
        uint8_t net[32];
        gnutls_datum_t d = of_name(n);
        memcpy(net, n->ip, n->nip);
        memset(net + n->nip, 0xff, n->nip);
        if (n->nip)
            d = datum(net, 2 * n->nip);
        dns = dns || !n->nip;
        four = four || n->nip == 4;
        six = six || n->nip == 16;
        rc = gnutls_x509_name_constraints_add_permitted(
            nc, n->nip ? GNUTLS_SAN_IPADDRESS : GNUTLS_SAN_DNSNAME, &d);
    }
    gnutls_datum_t none = datum("invalid", 7), v4 = datum(all, 8), v6 = datum(all, 32);
    if (!rc && !dns)
        rc = gnutls_x509_name_constraints_add_permitted(nc, GNUTLS_SAN_DNSNAME, &none);
    if (!rc && !four)
        rc = gnutls_x509_name_constraints_add_excluded(nc, GNUTLS_SAN_IPADDRESS, &v4);
    if (!rc && !six)
        rc = gnutls_x509_name_constraints_add_excluded(nc, GNUTLS_SAN_IPADDRESS, &v6);
    if (!rc)
        rc = gnutls_x509_crt_set_name_constraints(crt, nc, 1);
    gnutls_x509_name_constraints_deinit(nc);
    return rc;
}

static int dress(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, const char *called,
                 uint64_t from_s, uint64_t to_s)
{
    uint8_t serial[16], id[20];
    size_t nid = sizeof(id);
    randombytes_buf(serial, sizeof(serial));
    serial[0] = (uint8_t)((serial[0] & 0x3f) | 0x40); /* positive, and never shorter */
    int rc = gnutls_x509_crt_set_version(crt, 3);
    if (!rc)
        rc = gnutls_x509_crt_set_serial(crt, serial, sizeof(serial));
    if (!rc)
        rc = gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, called,
                                           (unsigned)strlen(called));
    if (!rc)
        rc = gnutls_x509_crt_set_activation_time(crt, (time_t)from_s);
    if (!rc)
        rc = gnutls_x509_crt_set_expiration_time(crt, (time_t)to_s);
    if (!rc)
        rc = gnutls_x509_crt_set_key(crt, key);
    if (!rc)
        rc = gnutls_x509_crt_get_key_id(crt, 0, id, &nid);
    return rc ? rc : gnutls_x509_crt_set_subject_key_id(crt, id, nid);
}

static int new_key(gnutls_x509_privkey_t *out)
{
    int rc = gnutls_x509_privkey_init(out);
    return rc ? rc
              : gnutls_x509_privkey_generate(*out, GNUTLS_PK_ECDSA,
                                             GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
}

static int make_ca(struct own_tls *t, const char *office)
{
    char called[64];
    uint64_t now = t->now_s();
    /* An authority made anew must not have the name of the one before: devices would take the old key for it. */
    snprintf(called, sizeof(called), "Qian %.16s %08x", office, (unsigned)randombytes_random());
    int rc = new_key(&t->ca_key);
    if (!rc)
        rc = gnutls_x509_crt_init(&t->ca);
    if (!rc)
        rc = dress(t->ca, t->ca_key, called, now - DAY_S, now + (uint64_t)CA_DAYS * DAY_S);
    if (!rc)
        rc = gnutls_x509_crt_set_basic_constraints(t->ca, 1, 0);
    if (!rc)
        rc = gnutls_x509_crt_set_key_usage(t->ca, GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN);
    if (!rc)
        rc = constrain(t->ca, t);
    return rc ? rc : gnutls_x509_crt_sign2(t->ca, t->ca, t->ca_key, GNUTLS_DIG_SHA256, 0);
}

static int print_crt(char out[PEM_MAX], gnutls_x509_crt_t crt)
{
    size_t n = PEM_MAX;
    return gnutls_x509_crt_export(crt, GNUTLS_X509_FMT_PEM, out, &n);
}

static int print_key(char out[PEM_MAX], gnutls_x509_privkey_t key)
{
    size_t n = PEM_MAX;
    return gnutls_x509_privkey_export_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, out,
                                            &n);
}

/* The certificate last: without it both are made anew. */
static enum qn_code keep_ca(struct own_tls *t, const char *key_path, const char *crt_path,
                            struct qn_err *err)
{
    char pem[PEM_MAX];
    int rc = print_key(pem, t->ca_key);
    enum qn_code kept =
        rc ? failed(err, rc) : file_write(key_path, qn_str(pem), 0600, true, err);
    sodium_memzero(pem, sizeof(pem));
    rc = kept ? 0 : print_crt(pem, t->ca);
    if (rc)
        return failed(err, rc);
    return kept ? kept : file_write(crt_path, qn_str(pem), 0644, true, err);
}

static bool covers(gnutls_x509_name_constraints_t nc, const struct own_tls *t)
{
    for (unsigned i = 0; i < t->n; i++) {
        gnutls_datum_t d = of_name(&t->name[i]);
        if (!gnutls_x509_name_constraints_check(
                nc, t->name[i].nip ? GNUTLS_SAN_IPADDRESS : GNUTLS_SAN_DNSNAME, &d))
            return false;
    }
    return true;
}

static enum qn_code check_ca(struct own_tls *t, const char *path, struct qn_err *err)
{
    gnutls_x509_name_constraints_t nc;
    unsigned critical;
    if ((uint64_t)gnutls_x509_crt_get_expiration_time(t->ca) <
        t->now_s() + (uint64_t)RENEW_DAYS * DAY_S)
        return qn_fail(err, QN_DENIED, "http.ui-ca-ended", "path=%s", path);
    int rc = gnutls_x509_name_constraints_init(&nc);
    if (rc)
        return failed(err, rc);
    rc = gnutls_x509_crt_get_name_constraints(t->ca, nc, 0, &critical);
    bool fits = rc == 0 && covers(nc, t);
    gnutls_x509_name_constraints_deinit(nc);
    return fits ? QN_OK : qn_fail(err, QN_DENIED, "http.ui-ca-names", "path=%s", path);
}

static enum qn_code read_ca(struct own_tls *t, const char *key_path, const char *crt_path,
                            struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf key = {0};
    QN_AUTO(qn_buf) struct qn_buf crt = {0};
    enum qn_code rc = file_read(&crt, crt_path, PEM_MAX, err);
    if (!rc)
        rc = file_read(&key, key_path, PEM_MAX, err);
    if (rc)
        return rc;
    gnutls_datum_t c = datum(crt.p, crt.n), k = datum(key.p, key.n);
    int bad = gnutls_x509_crt_init(&t->ca);
    if (!bad)
        bad = gnutls_x509_crt_import(t->ca, &c, GNUTLS_X509_FMT_PEM);
    if (!bad)
        bad = gnutls_x509_privkey_init(&t->ca_key);
    if (!bad)
        bad = gnutls_x509_privkey_import(t->ca_key, &k, GNUTLS_X509_FMT_PEM);
    sodium_memzero(key.p, key.n);
    return bad ? failed(err, bad) : check_ca(t, crt_path, err);
}

static enum qn_code authority(struct own_tls *t, const struct own_tls_ask *o, struct qn_err *err)
{
    char key[FILE_PATH_MAX], crt[FILE_PATH_MAX];
    struct qn_err why;
    enum qn_code rc = file_join(key, o->dir, CA_KEY, err);
    if (!rc)
        rc = file_join(crt, o->dir, OWN_TLS_CA, err);
    if (rc)
        return rc;
    rc = read_ca(t, key, crt, &why);
    if (rc && rc != QN_ABSENT)
        return qn_fail(err, rc, why.id, "%s", why.args);
    if (!rc)
        return QN_OK;
    int bad = make_ca(t, o->office);
    return bad ? failed(err, bad) : keep_ca(t, key, crt, err);
}

/* ---- what is shown to browsers ----------------------------------------------------------------------------------- */

static int name_it(gnutls_x509_crt_t crt, const struct own_tls *t)
{
    int rc = 0;
    for (unsigned i = 0; !rc && i < t->n; i++) {
        gnutls_datum_t d = of_name(&t->name[i]);
        rc = gnutls_x509_crt_set_subject_alt_name(
            crt, t->name[i].nip ? GNUTLS_SAN_IPADDRESS : GNUTLS_SAN_DNSNAME, d.data, d.size,
            GNUTLS_FSAN_APPEND);
    }
    return rc;
}

static int issue(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, struct own_tls *t, uint64_t to)
{
    uint8_t id[64];
    size_t nid = sizeof(id);
    int rc = dress(crt, key, "qian", t->now_s() - DAY_S, to);
    if (!rc)
        rc = name_it(crt, t);
    if (!rc)
        rc = gnutls_x509_crt_set_basic_constraints(crt, 0, -1);
    if (!rc)
        rc = gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE);
    if (!rc)
        rc = gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_SERVER, 0);
    if (!rc)
        rc = gnutls_x509_crt_get_subject_key_id(t->ca, id, &nid, NULL);
    if (!rc)
        rc = gnutls_x509_crt_set_authority_key_id(crt, id, nid);
    return rc ? rc : gnutls_x509_crt_sign2(crt, t->ca, t->ca_key, GNUTLS_DIG_SHA256, 0);
}

/* A new key with each: it never touches the disk. */
static int renew(struct own_tls *t)
{
    gnutls_x509_privkey_t key = NULL;
    gnutls_x509_crt_t crt = NULL;
    gnutls_certificate_credentials_t cred = NULL;
    uint64_t to = t->now_s() + (uint64_t)CERT_DAYS * DAY_S,
             end = (uint64_t)gnutls_x509_crt_get_expiration_time(t->ca);
    to = to < end ? to : end;
    int rc = t->nlent == LENT_MAX ? GNUTLS_E_MEMORY_ERROR : new_key(&key);
    if (!rc)
        rc = gnutls_x509_crt_init(&crt);
    if (!rc)
        rc = issue(crt, key, t, to);
    if (!rc)
        rc = gnutls_certificate_allocate_credentials(&cred);
    if (!rc)
        rc = gnutls_certificate_set_x509_key(cred, &crt, 1, key);
    rc = rc > 0 ? 0 : rc; /* with GNUTLS_CERTIFICATE_API_V2 it would be an index */
    if (!rc && !t->nlent)
        rc = print_crt(t->cert, crt);
    if (!rc && !t->nlent)
        rc = print_key(t->key, key);
    if (!rc) {
        t->lent[t->nlent++] = cred;
        t->until_s = to;
        cred = NULL;
    }
    if (cred)
        gnutls_certificate_free_credentials(cred);
    if (crt)
        gnutls_x509_crt_deinit(crt);
    if (key)
        gnutls_x509_privkey_deinit(key);
    return rc;
}

void own_tls_lend(struct own_tls *t, void *session)
{
    pthread_mutex_lock(&t->lock);
    if (t->now_s() + (uint64_t)RENEW_DAYS * DAY_S > t->until_s)
        (void)renew(t); /* what is there is still good for a while */
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, t->lent[t->nlent - 1]);
    pthread_mutex_unlock(&t->lock);
}

const char *own_tls_cert(const struct own_tls *t)
{
    return t->cert;
}

const char *own_tls_key(const struct own_tls *t)
{
    return t->key;
}

enum qn_code own_tls_open(struct own_tls **out, const struct own_tls_ask *o, struct qn_err *err)
{
    struct own_tls *t = calloc(1, sizeof(*t));
    if (!t)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    pthread_mutex_init(&t->lock, NULL);
    t->now_s = o->now_s ? o->now_s : machine_now;
    enum qn_code rc = take_names(t, o, err);
    if (!rc)
        rc = authority(t, o, err);
    int bad = rc ? 0 : renew(t);
    if (bad)
        rc = failed(err, bad);
    if (rc)
        own_tls_close(t);
    else
        *out = t;
    return rc;
}

void own_tls_close(struct own_tls *t)
{
    if (!t)
        return;
    for (unsigned i = 0; i < t->nlent; i++)
        gnutls_certificate_free_credentials(t->lent[i]);
    if (t->ca)
        gnutls_x509_crt_deinit(t->ca);
    if (t->ca_key)
        gnutls_x509_privkey_deinit(t->ca_key);
    pthread_mutex_destroy(&t->lock);
    sodium_memzero(t, sizeof(*t));
    free(t);
}
