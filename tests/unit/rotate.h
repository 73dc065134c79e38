/* rotate.h - a change of keys for tests: the request, the parent's approval, the acceptance. */
#ifndef QIAN_TESTS_ROTATE_H
#define QIAN_TESTS_ROTATE_H

#include "tests/unit/family.h"

struct rotation {
    struct test_office *o;
    struct keys *keys; /* the new ones */
    struct qn_buf request, chain;
    uint16_t epoch;
};

/* continued: the old log key signs too. */
static inline void rotation_ask(struct rotation *r, struct test_office *o, bool continued)
{
    char request[1024], path[512];
    struct enrol_rotate a = {.keys = continued ? o->keys : NULL,
                             .passphrase = qn_str("test"),
                             .kdf_mib = KEYS_KDF_MIB_MIN};
    *r = (struct rotation){.o = o};
    MUST(enrol_rotate(o->st, &a, &r->epoch, request, &offices_err));
    read_all(&r->request, request);
    snprintf(path, sizeof(path), "%s/keys-%u", o->dir, r->epoch);
    MUST(keys_open(&r->keys, path, qn_str("test"), &offices_err));
}

static inline enum qn_code rotation_approve(struct rotation *r, struct test_office *parent,
                                            struct qn_err *err)
{
    uint8_t hash[QN_HASH];
    char print[QN_FINGERPRINT];
    struct qn_cert made;
    qn_request_hash(hash, qn_buf_span(&r->request));
    qn_fingerprint(print, hash);
    qn_buf_release(&r->chain);
    qn_buf_init(&r->chain, ENROL_FILE_MAX);
    struct enrol_approve a = {.request = qn_buf_span(&r->request), .fingerprint = print};
    return enrol_approve(parent->st, &a, &made, &r->chain, err);
}

/* by_file: with the parent's file; else with the certificate that the exchange brought. */
static inline void rotation_accept(struct rotation *r, bool by_file)
{
    struct qn_span none = {NULL, 0};
    MUST(enrol_accept(r->o->st, r->keys, by_file ? qn_buf_span(&r->chain) : none, &offices_err));
    store_lend_keys(r->o->st, r->keys);
    keys_free(r->o->keys);
    r->o->keys = QN_STEAL(r->keys);
}

static inline void rotation_release(struct rotation *r)
{
    keys_free(r->keys);
    qn_buf_release(&r->request);
    qn_buf_release(&r->chain);
}

static inline void rotate(struct test_office *o, struct test_office *parent, bool continued)
{
    struct rotation r;
    rotation_ask(&r, o, continued);
    MUST(rotation_approve(&r, parent, &offices_err));
    rotation_accept(&r, true);
    rotation_release(&r);
}
#endif
