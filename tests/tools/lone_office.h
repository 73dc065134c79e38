/* lone_office.h - offices of a test program without a test framework: a root policy of one key, real databases. */
#ifndef QIAN_TESTS_LONE_OFFICE_H
#define QIAN_TESTS_LONE_OFFICE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/keys/keys.h"
#include "node/store/store.h"
#include "node/sync/enrol.h"

struct lone_root {
    struct keys *keys;
    struct qn_policy policy;
};
struct lone_office {
    struct store *st;
    struct keys *keys;
};

static inline void lone_must(enum qn_code rc, const struct qn_err *err, const char *what)
{
    if (rc) {
        fprintf(stderr, "%s: %s %s\n", what, err->id, err->args);
        exit(1);
    }
}

static inline void lone_root_make(struct lone_root *r, const char *deployment)
{
    struct qn_err err;
    struct qn_request pub;
    lone_must(qn_selftest(&err), &err, "selftest");
    *r = (struct lone_root){.policy = {.k = 1, .n = 1}};
    snprintf(r->policy.deployment, sizeof(r->policy.deployment), "%s", deployment);
    lone_must(keys_create(&r->keys, KEYS_ROOT, &err), &err, "root");
    keys_public(r->keys, &pub);
    memcpy(r->policy.key[0], pub.log, QN_PUBKEY);
}

/* A directory base/code. Levels follow the length of the code: 2 province, 4 city, more county. */
static inline void lone_office_make(struct lone_office *o, const char *base, const char *code,
                                    struct lone_office *parent, const struct lone_root *root)
{
    struct qn_err err;
    char dir[300], path[1024], print[QN_FINGERPRINT];
    uint8_t hash[QN_HASH], request[4096], sig[1][QN_SIG];
    QN_AUTO(qn_buf) struct qn_buf text, draft, chain;
    const char *scope[] = {code};
    qn_buf_init(&text, QN_POLICY_MAX);
    qn_buf_init(&draft, ENROL_FILE_MAX);
    qn_buf_init(&chain, ENROL_FILE_MAX);
    snprintf(dir, sizeof(dir), "%s/%s", base, code);
    qn_policy_text(&text, &root->policy);
    qn_policy_hash(hash, &root->policy);
    qn_fingerprint(print, hash);
    struct enrol_init init = {.dir = dir,
                              .office = code,
                              .name = code,
                              .policy = qn_buf_span(&text),
                              .fingerprint = print,
                              .passphrase = qn_str("lone office"),
                              .kdf_mib = 8};
    lone_must(enrol_init(&init, path, &err), &err, "init");
    FILE *f = fopen(path, "rb");
    struct qn_span req = {request, f ? fread(request, 1, sizeof(request), f) : 0};
    if (f)
        fclose(f);
    if (parent) {
        struct qn_cert made;
        qn_request_hash(hash, req);
        qn_fingerprint(print, hash);
        struct enrol_approve approve = {req, print, strlen(code) == 4 ? QN_CITY : QN_COUNTY, scope,
                                        1};
        lone_must(enrol_approve(parent->st, &approve, &made, &chain, &err), &err, "approve");
    } else {
        lone_must(enrol_root_draft(&draft, &root->policy, req, scope, 1, 1, &err), &err, "draft");
        lone_must(enrol_root_sign(sig[0], qn_buf_span(&draft), root->keys, &err), &err, "sign");
        lone_must(enrol_root_seal(&chain, &root->policy, qn_buf_span(&draft),
                                  (const uint8_t(*)[QN_SIG])sig, 1, &err),
                  &err, "seal");
    }
    snprintf(path, sizeof(path), "%s/keys", dir);
    lone_must(keys_open(&o->keys, path, qn_str("lone office"), &err), &err, "keys");
    lone_must(store_open(&o->st, dir, STORE_OPEN, &err), &err, "open");
    store_lend_keys(o->st, o->keys);
    lone_must(enrol_accept(o->st, o->keys, qn_buf_span(&chain), &err), &err, "accept");
}
#endif
