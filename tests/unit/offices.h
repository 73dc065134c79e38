/* offices.h - real offices for tests: a root policy 2 of 3, keys, databases in a directory of its own. */
#ifndef QIAN_TESTS_OFFICES_H
#define QIAN_TESTS_OFFICES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "node/keys/keys.h"
#include "node/store/store.h"
#include "node/sync/enrol.h"
#include "protocol/wire.h"

#define MUST(call)                                                                                 \
    do {                                                                                           \
        struct qn_err *must_ = &offices_err;                                                       \
        if ((call) != QN_OK) {                                                                     \
            print_error("%s: %s %s\n", #call, must_->id, must_->args);                             \
            fail();                                                                                \
        }                                                                                          \
    } while (0)

static struct qn_err offices_err;

struct offices {
    char dir[128];
    struct keys *root[3];
    struct qn_buf policy; /* text */
    char fingerprint[QN_FINGERPRINT];
    struct qn_policy parsed;
    const struct store_world *world; /* of stores that office_make opens; NULL: the machine's */
};
struct test_office {
    struct store *st;
    struct keys *keys;
    char dir[256];
};

static inline void offices_init(struct offices *o)
{
    struct qn_policy p = {.deployment = "test.example", .k = 2, .n = 3};
    uint8_t hash[QN_HASH];
    MUST(qn_selftest(&offices_err));
    snprintf(o->dir, sizeof(o->dir), "/tmp/qian-test-XXXXXX");
    assert_non_null(mkdtemp(o->dir));
    for (int i = 0; i < 3; i++) {
        struct qn_request r;
        MUST(keys_create(&o->root[i], KEYS_ROOT, &offices_err));
        keys_public(o->root[i], &r);
        memcpy(p.key[i], r.log, QN_PUBKEY);
    }
    for (int i = 0; i < 3; i++) /* the policy lists its keys ascending */
        for (int k = i + 1; k < 3; k++)
            if (memcmp(p.key[i], p.key[k], QN_PUBKEY) > 0) {
                uint8_t t[QN_PUBKEY];
                struct keys *s = o->root[i];
                memcpy(t, p.key[i], QN_PUBKEY);
                memcpy(p.key[i], p.key[k], QN_PUBKEY);
                memcpy(p.key[k], t, QN_PUBKEY);
                o->root[i] = o->root[k];
                o->root[k] = s;
            }
    qn_buf_init(&o->policy, QN_POLICY_MAX);
    qn_policy_text(&o->policy, &p);
    MUST(qn_policy_parse(&o->parsed, qn_buf_span(&o->policy), &offices_err));
    qn_policy_hash(hash, &o->parsed);
    qn_fingerprint(o->fingerprint, hash);
}

static inline void offices_release(struct offices *o)
{
    char cmd[160];
    for (int i = 0; i < 3; i++)
        keys_free(o->root[i]);
    qn_buf_release(&o->policy);
    snprintf(cmd, sizeof(cmd), "rm -rf '%s'", o->dir);
    assert_int_equal(system(cmd), 0);
}

static inline void read_all(struct qn_buf *out, const char *path)
{
    uint8_t b[65536];
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    qn_buf_init(out, sizeof(b));
    qn_put(out, b, fread(b, 1, sizeof(b), f));
    fclose(f);
}

/* Enrolled under `parent`, or by the root policy when parent is NULL; store and keys open. */
static inline void office_make(struct test_office *t, struct offices *o, struct test_office *parent, const char *code,
                               enum qn_level level)
{
    char request_path[1024], keys_path[512];
    struct qn_buf request, chain;
    uint8_t hash[QN_HASH];
    char print[QN_FINGERPRINT];
    snprintf(t->dir, sizeof(t->dir), "%s/%s", o->dir, code);
    struct enrol_init init = {.dir = t->dir, .office = code, .name = code, .policy = qn_buf_span(&o->policy),
                              .fingerprint = o->fingerprint, .passphrase = qn_str("test"),
                              .kdf_mib = KEYS_KDF_MIB_MIN, .world = o->world};
    MUST(enrol_init(&init, request_path, &offices_err));
    read_all(&request, request_path);
    qn_request_hash(hash, qn_buf_span(&request));
    qn_fingerprint(print, hash);
    qn_buf_init(&chain, ENROL_FILE_MAX);
    const char *scope[] = {code};
    if (parent) {
        struct qn_cert made;
        struct enrol_approve a = {.request = qn_buf_span(&request), .fingerprint = print, .level = level,
                                  .scope = scope, .nscope = 1};
        MUST(enrol_approve(parent->st, &a, &made, &chain, &offices_err));
    } else {
        struct qn_buf draft;
        uint8_t sig[2][QN_SIG];
        qn_buf_init(&draft, ENROL_FILE_MAX);
        MUST(enrol_root_draft(&draft, &o->parsed, qn_buf_span(&request), scope, 1, 1, &offices_err));
        MUST(enrol_root_sign(sig[0], qn_buf_span(&draft), o->root[0], &offices_err));
        MUST(enrol_root_sign(sig[1], qn_buf_span(&draft), o->root[2], &offices_err));
        MUST(enrol_root_seal(&chain, &o->parsed, qn_buf_span(&draft), (const uint8_t(*)[QN_SIG])sig, 2,
                             &offices_err));
        qn_buf_release(&draft);
    }
    snprintf(keys_path, sizeof(keys_path), "%s/keys", t->dir);
    MUST(keys_open(&t->keys, keys_path, qn_str("test"), &offices_err));
    struct store_world none = {.vfs = NULL};
    MUST(store_open_in(&t->st, t->dir, STORE_OPEN, o->world ? o->world : &none, &offices_err));
    store_lend_keys(t->st, t->keys);
    MUST(enrol_accept(t->st, t->keys, qn_buf_span(&chain), &offices_err));
    qn_buf_release(&request);
    qn_buf_release(&chain);
}

static inline void office_close_test(struct test_office *t)
{
    store_close(t->st);
    keys_free(t->keys);
    *t = (struct test_office){0};
}

#endif
