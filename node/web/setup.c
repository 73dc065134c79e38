/* setup.c - the first pages of a directory that holds no office yet (web-50 to web-57). */
#include <stdlib.h>
#include <string.h>

#include "node/store/clock.h"
#include "node/web/call.h"

#define CHAIN_MAX (64u * 1024) /* of an answer, as bytes; twice that comes as base64 */

static void setup_session_get(struct call *c);
static void setup_session_post(struct call *c);
static void setup_get(struct call *c);
static void setup_request_get(struct call *c);
static void setup_office_post(struct call *c);
static void setup_certificate_post(struct call *c);
static void setup_again_post(struct call *c);

const struct route web_setup_routes[] = {
    {"GET", "/", ROUTE_OPEN, 0, shell_get, NULL, NULL, NULL},
    {"GET", "/a/**", ROUTE_OPEN, 0, asset_get, NULL, NULL, NULL},
    {"GET", "/api/v1/text", ROUTE_OPEN, 0, text_get, NULL, NULL, NULL},
    {"GET", "/api/v1/session", ROUTE_OPEN, 0, setup_session_get, NULL, NULL, NULL},
    {"POST", "/api/v1/setup/session", ROUTE_OPEN, WEB_LOGIN, setup_session_post, NULL, NULL, NULL},
    {"GET", "/api/v1/setup", ROUTE_SESSION, 0, setup_get, NULL, NULL, NULL},
    {"GET", "/api/v1/setup/request", ROUTE_SESSION, 0, setup_request_get, NULL, NULL, NULL},
    {"POST", "/api/v1/setup/office", ROUTE_SESSION, WEB_BODY, setup_office_post, NULL, NULL, NULL},
    {"POST", "/api/v1/setup/certificate", ROUTE_SESSION, WEB_BODY, setup_certificate_post, NULL,
     NULL, NULL},
    {"POST", "/api/v1/setup/again", ROUTE_SESSION, WEB_BODY, setup_again_post, NULL, NULL, NULL},
    {NULL, NULL, ROUTE_OPEN, 0, NULL, NULL, NULL, NULL},
};

static void new_token(char hex[65], uint8_t hash[QN_HASH])
{
    uint8_t token[32];
    randombytes_buf(token, sizeof(token));
    qn_hex(hex, token, sizeof(token));
    crypto_hash_sha256(hash, (const uint8_t *)hex, 64);
    sodium_memzero(token, sizeof(token));
}

void setup_open(struct web *w, char link[65], const struct setup_start *o)
{
    w->setup = o->acts;
    new_token(link, w->link);
    w->link_until = clock_running_ms() + SETUP_LINK_MS;
}

static bool is(const uint8_t hash[QN_HASH], const char *hex, size_t n)
{
    uint8_t got[QN_HASH];
    if (n != 64)
        return false;
    crypto_hash_sha256(got, (const uint8_t *)hex, n);
    return sodium_memcmp(got, hash, QN_HASH) == 0;
}

/* Who came with the link; the guard of its acts is of the same token (web-10). */
void setup_of_call(struct call *c)
{
    const char *hex = session_cookie(c, SETUP_COOKIE);
    pthread_mutex_lock(&c->web->seen_lock);
    bool in = hex && c->web->setup_until > clock_running_ms() && is(c->web->setup_session, hex, 64);
    pthread_mutex_unlock(&c->web->seen_lock);
    if (!in ||
        !qn_hex_decode(c->token, sizeof(c->token), (struct qn_span){(const uint8_t *)hex, 64}))
        return;
    memcpy(c->person.name, "-", 2);
}

static json_t *about(const uint8_t *token)
{
    char guard[2 * QN_HASH + 1] = "1";
    if (token)
        session_guard_of(guard, token);
    return json_pack("{s:b, s:b, s:s, s:s, s:s, s:n, s:b}", "setup", 1, "in", token != NULL,
                     "guard", guard, "office", "", "name", "", "person", "entered", 0);
}

static void setup_session_get(struct call *c)
{
    call_json(c, 200, about(c->person.name[0] ? c->token : NULL));
}

/* SPEC web-51: "good once, and for an hour" */
static void setup_session_post(struct call *c)
{
    char hex[65];
    uint8_t token[32];
    json_t *body = call_body(c);
    if (!body)
        return;
    const char *said = call_text(body, "token");
    pthread_mutex_lock(&c->web->seen_lock);
    bool good = c->web->link_until > clock_running_ms() && is(c->web->link, said, strlen(said));
    if (good) {
        c->web->link_until = 0;
        new_token(hex, c->web->setup_session);
        c->web->setup_until = clock_running_ms() + SESSION_WHOLE_MS;
    }
    pthread_mutex_unlock(&c->web->seen_lock);
    json_decref(body);
    if (!good || !qn_hex_decode(token, sizeof(token), (struct qn_span){(const uint8_t *)hex, 64})) {
        call_refuse_as(c, 403, "setup.token", "");
        return;
    }
    session_set_cookie(c, SETUP_COOKIE, hex, SESSION_WHOLE_MS / 1000);
    call_json(c, 201, about(token));
}

static void setup_get(struct call *c)
{
    static const char *const step[] = {"nothing", "asked", "done"};
    struct setup_look l;
    struct qn_err err;
    if (c->web->setup->look(c->web->setup->ctx, &l, &err) != QN_OK) {
        qn_buf_release(&l.request);
        call_refuse(c, &err);
        return;
    }
    json_t *o = json_pack("{s:s, s:s, s:s, s:b, s:s, s:s, s:s, s:s}", "step", step[l.step], "dir",
                          l.dir, "passphrase_file", l.passphrase_file, "passphrase_there",
                          (int)l.passphrase_there, "office", l.office, "name", l.name, "deployment",
                          l.deployment, "fingerprint", l.fingerprint);
    qn_buf_release(&l.request);
    call_json(c, 200, o);
}

static void setup_request_get(struct call *c)
{
    struct setup_look l;
    struct qn_err err;
    enum qn_code rc = c->web->setup->look(c->web->setup->ctx, &l, &err);
    if (!rc && l.step != SETUP_ASKED)
        rc = qn_fail(&err, QN_CONFLICT, "setup.step", "");
    if (rc) {
        qn_buf_release(&l.request);
        call_refuse(c, &err);
        return;
    }
    c->out->body = l.request;
    c->out->status = 200;
    c->out->type = "application/octet-stream";
    pages_header(c->out, "Content-Disposition", "attachment; filename=\"%s.request\"", l.office);
}

static void setup_office_post(struct call *c)
{
    struct qn_err err;
    json_t *body = call_body(c);
    if (!body)
        return;
    const char *passphrase = call_text(body, "passphrase");
    struct setup_init o = {.office = call_text(body, "office"),
                           .name = call_text(body, "name"),
                           .fingerprint = call_text(body, "fingerprint"),
                           .policy = qn_str(call_text(body, "policy")),
                           .passphrase = passphrase};
    enum qn_code rc = c->web->setup->init(c->web->setup->ctx, &o, &err);
    sodium_memzero((void *)(uintptr_t)passphrase, strlen(passphrase));
    json_decref(body);
    if (rc)
        call_refuse(c, &err);
    else
        setup_get(c);
}

static void setup_certificate_post(struct call *c)
{
    struct qn_err err;
    char invite[65];
    uint8_t *chain = malloc(CHAIN_MAX);
    size_t n = 0;
    json_t *body = chain ? call_body(c) : NULL;
    if (!body) {
        free(chain);
        return;
    }
    const char *text = call_text(body, "chain"), *passphrase = call_text(body, "passphrase");
    enum qn_code rc = sodium_base642bin(chain, CHAIN_MAX, text, strlen(text), "\r\n", &n, NULL,
                                        sodium_base64_VARIANT_ORIGINAL) == 0 &&
                              n
                          ? QN_OK
                          : qn_fail(&err, QN_MALFORMED, "setup.chain", "");
    if (!rc)
        rc = c->web->setup->accept(c->web->setup->ctx, (struct qn_span){chain, n}, passphrase,
                                   invite, &err);
    sodium_memzero((void *)(uintptr_t)passphrase, strlen(passphrase));
    json_decref(body);
    free(chain);
    if (rc)
        call_refuse(c, &err);
    else
        call_json(c, 200, json_pack("{s:s}", "invite", invite));
}

/* SPEC web-58: "As long as there is no certificate" */
static void setup_again_post(struct call *c)
{
    struct qn_err err;
    json_t *body = call_body(c);
    if (!body)
        return;
    const struct setup_acts *acts = c->web->setup;
    enum qn_code rc = acts->again(acts->ctx, call_text(body, "fingerprint"), &err);
    json_decref(body);
    if (rc)
        call_refuse(c, &err);
    else
        setup_get(c);
}
