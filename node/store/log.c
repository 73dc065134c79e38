#include "node/store/log.h"

#include <assert.h>
#include <string.h>

#include "node/store/clock.h"
#include "node/store/internal.h"
#include "node/store/tree.h"
#include "protocol/wire.h"

void log_from_row(struct log *out, struct query *q)
{
    out->no = q_int(q, 0);
    qn_text_copy(out->origin, sizeof(out->origin), q_span(q, 1));
    qn_text_copy(out->office, sizeof(out->office), q_span(q, 2));
    out->epoch = (uint16_t)q_int(q, 3);
    out->size = (uint64_t)q_int(q, 4);
    out->verified = (uint64_t)q_int(q, 5);
}

static enum qn_code found(struct log *out, struct query *q, const char *key, struct qn_err *err)
{
    bool here = q_step(q);
    if (here)
        log_from_row(out, q);
    enum qn_code rc = query_end(q, err);
    if (!rc && !here)
        rc = qn_fail(err, QN_ABSENT, "log.unknown", "log=%s", key);
    return rc;
}

static enum qn_code find(struct log *out, struct store *st, enum sql id, const char *key, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, id);
    q_bind_text(&q, key);
    return found(out, &q, key, err);
}

enum qn_code log_find(struct log *out, struct store *st, const char *origin, struct qn_err *err)
{
    return find(out, st, SQL_LOG_BY_ORIGIN, origin, err);
}

enum qn_code log_of_office(struct log *out, struct store *st, const char *office, struct qn_err *err)
{
    return find(out, st, SQL_LOG_BY_OFFICE, office, err);
}

enum qn_code log_at(struct log *out, struct store *st, const char *office, uint16_t epoch, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_LOG_AT);
    q_bind_text(&q, office);
    q_bind_int(&q, epoch);
    return found(out, &q, office, err);
}

enum qn_code log_by_no(struct log *out, struct store *st, int64_t no, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_LOG_BY_NO);
    q_bind_int(&q, no);
    return found(out, &q, "?", err);
}

enum qn_code log_add(struct log *out, struct store *st, const struct qn_cert *cert, struct qn_err *err)
{
    char origin[QN_ORIGIN_MAX + 1];
    struct qn_err none;
    qn_cert_origin(origin, cert);
    if (log_find(out, st, origin, &none) == QN_OK)
        return QN_OK;
    QN_AUTO(query) struct query q = query_start(st, SQL_LOG_ADD);
    q_bind_text(&q, origin);
    q_bind_text(&q, cert->office);
    q_bind_int(&q, cert->epoch);
    enum qn_code rc = store_run(&q, err);
    return rc ? rc : log_find(out, st, origin, err);
}

/* ---- the tree ------------------------------------------------------------------------------------ */

struct at {
    struct store *st;
    int64_t log;
    enum qn_code failed; /* of the database, which a bool cannot tell */
    struct qn_err *err;
};

static bool get_node(void *ctx, unsigned level, uint64_t index, uint8_t hash[QN_HASH])
{
    struct at *at = ctx;
    QN_AUTO(query) struct query q = query_start(at->st, level ? SQL_NODE_GET : SQL_ENTRY_LEAF);
    q_bind_int(&q, at->log);
    if (level)
        q_bind_int(&q, level);
    q_bind_int(&q, (int64_t)index);
    bool found = q_step(&q) && q_span(&q, 0).n == QN_HASH;
    if (found)
        memcpy(hash, q_span(&q, 0).p, QN_HASH);
    enum qn_code rc = query_end(&q, at->err);
    if (rc)
        at->failed = rc;
    return found && !rc;
}

static void put_node(void *ctx, unsigned level, uint64_t index, const uint8_t hash[QN_HASH])
{
    struct at *at = ctx;
    if (level == 0 || at->failed)
        return; /* the entry itself holds its leaf */
    QN_AUTO(query) struct query q = query_start(at->st, SQL_NODE_PUT);
    q_bind_int(&q, at->log);
    q_bind_int(&q, level);
    q_bind_int(&q, (int64_t)index);
    q_bind_blob(&q, hash, QN_HASH);
    at->failed = store_run(&q, at->err);
}

enum qn_code log_append(struct store *st, struct log *log, struct qn_span header, const uint8_t sig[QN_SIG],
                        const struct qn_header *h, struct qn_err *err)
{
    assert(h->seq == log->size && st->depth > 0);
    struct at at = {.st = st, .log = log->no, .err = err};
    if (st->frontier_log != log->no || st->frontier.size != log->size) {
        st->frontier_log = -1;
        enum qn_code rc = qn_tree_frontier(log->size, get_node, &at, &st->frontier, err);
        if (rc || at.failed)
            return at.failed ? at.failed : rc;
    }
    uint8_t leaf[QN_HASH];
    qn_leaf_hash(leaf, header);
    QN_AUTO(query) struct query q = query_start(st, SQL_ENTRY_ADD);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)h->seq);
    q_bind_int(&q, (int64_t)h->lane);
    q_bind_int(&q, h->kind);
    q_bind_blob(&q, leaf, QN_HASH);
    q_bind_blob(&q, sig, QN_SIG);
    q_bind_blob(&q, header.p, header.n);
    enum qn_code rc = store_run(&q, err);
    if (rc)
        return rc;
    st->frontier_log = -1; /* only a finished append may be built upon */
    qn_frontier_append(&st->frontier, leaf, put_node, &at);
    if (at.failed)
        return at.failed;
    QN_AUTO(query) struct query s = query_start(st, SQL_LOG_SIZE);
    q_bind_int(&s, log->no);
    q_bind_int(&s, (int64_t)log->size + 1);
    rc = store_run(&s, err);
    if (rc)
        return rc;
    st->frontier_log = log->no;
    log->size++;
    return QN_OK;
}

enum qn_code log_root(struct store *st, const struct log *log, uint64_t size, uint8_t root[QN_HASH],
                      struct qn_err *err)
{
    if (st->frontier_log == log->no && st->frontier.size == size) { /* appended to last: no node has to be read */
        qn_frontier_root(&st->frontier, root);
        return QN_OK;
    }
    struct at at = {.st = st, .log = log->no, .err = err};
    enum qn_code rc = qn_tree_root(size, get_node, &at, root, err);
    return at.failed ? at.failed : rc;
}

enum qn_code log_inclusion(struct store *st, const struct log *log, uint64_t index, uint64_t size,
                           struct qn_proof *out, struct qn_err *err)
{
    struct at at = {.st = st, .log = log->no, .err = err};
    enum qn_code rc = qn_prove_inclusion(index, size, get_node, &at, out, err);
    return at.failed ? at.failed : rc;
}

enum qn_code log_consistency(struct store *st, const struct log *log, uint64_t from, uint64_t to,
                             struct qn_proof *out, struct qn_err *err)
{
    struct at at = {.st = st, .log = log->no, .err = err};
    enum qn_code rc = qn_prove_consistency(from, to, get_node, &at, out, err);
    return at.failed ? at.failed : rc;
}

/* ---- entries and parts ----------------------------------------------------------------------------- */

enum qn_code log_entry_get(struct log_entry *out, struct store *st, const struct log *log, uint64_t seq,
                           struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_ENTRY_GET);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)seq);
    qn_buf_init(&out->bytes, QN_HEADER_MAX);
    bool found = q_step(&q) && q_span(&q, 1).n == QN_SIG && q_span(&q, 2).n == QN_HASH;
    if (found) {
        qn_put_span(&out->bytes, q_span(&q, 0));
        memcpy(out->sig, q_span(&q, 1).p, QN_SIG);
        memcpy(out->leaf, q_span(&q, 2).p, QN_HASH);
    }
    enum qn_code rc = query_end(&q, err);
    if (!rc && !found)
        rc = qn_fail(err, QN_ABSENT, "log.no-entry", "log=%s|seq=%llu", log->origin, (unsigned long long)seq);
    if (!rc)
        rc = qn_buf_check(&out->bytes, err);
    if (!rc)
        rc = qn_header_decode(&out->h, qn_buf_span(&out->bytes), err);
    if (rc)
        log_entry_release(out);
    return rc;
}

void log_entry_release(struct log_entry *e)
{
    qn_buf_release(&e->bytes);
}

enum qn_code log_part_get(struct log_part *out, struct store *st, const struct log *log, uint64_t seq, unsigned part,
                          struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_PART_GET);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)seq);
    q_bind_int(&q, part);
    qn_buf_init(&out->stored, QN_PART_MAX);
    bool found = q_step(&q) && q_span(&q, 0).n == QN_SALT;
    if (found) {
        memcpy(out->salt, q_span(&q, 0).p, QN_SALT);
        qn_put_span(&out->stored, q_span(&q, 1));
    }
    enum qn_code rc = query_end(&q, err);
    if (!rc && !found)
        rc = qn_fail(err, QN_ABSENT, "log.no-part", "log=%s|seq=%llu|part=%u", log->origin, (unsigned long long)seq,
                     part);
    if (!rc)
        rc = qn_buf_check(&out->stored, err);
    if (rc)
        log_part_release(out);
    return rc;
}

void log_part_release(struct log_part *p)
{
    qn_buf_release(&p->stored);
}

/* ---- checkpoints ------------------------------------------------------------------------------------- */

enum qn_code log_checkpoint_note(struct qn_buf *out, struct store *st, const struct log *log, uint64_t size,
                                 struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_CHECKPOINT_GET);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)size);
    bool found = q_step(&q) && q_span(&q, 0).n == QN_HASH;
    if (found) {
        qn_checkpoint_text(out, qn_str(log->origin), size, q_span(&q, 0).p);
        qn_put_str(out, "\n");
        qn_put_span(out, q_span(&q, 1));
    }
    enum qn_code rc = query_end(&q, err);
    if (!rc && !found)
        rc = qn_fail(err, QN_ABSENT, "log.no-checkpoint", "log=%s|size=%llu", log->origin, (unsigned long long)size);
    if (rc)
        return rc;
    QN_AUTO(query) struct query c = query_start(st, SQL_COSIG_OF_SIZE);
    q_bind_int(&c, log->no);
    q_bind_int(&c, (int64_t)size);
    while (q_step(&c))
        qn_put_span(out, q_span(&c, 0));
    rc = query_end(&c, err);
    if (rc)
        return rc;
    /* SPEC witness-8: "behind all others" - a reader that keeps only some lines loses none that count for it. */
    QN_AUTO(query) struct query w = query_start(st, SQL_WITNESS_LINES);
    q_bind_int(&w, log->no);
    q_bind_int(&w, (int64_t)size);
    while (q_step(&w))
        qn_put_span(out, q_span(&w, 0));
    rc = query_end(&w, err);
    return rc ? rc : qn_buf_check(out, err);
}

enum qn_code log_first_cosigned(struct store *st, const struct log *log, uint64_t seq, const char *witness,
                                uint64_t *size, uint64_t *time_s, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_COSIG_FIRST);
    q_bind_int(&q, log->no);
    q_bind_text(&q, witness);
    q_bind_int(&q, (int64_t)seq);
    bool found = q_step(&q);
    if (found) {
        *size = (uint64_t)q_int(&q, 0);
        *time_s = (uint64_t)q_int(&q, 1);
    }
    enum qn_code rc = query_end(&q, err);
    if (!rc && !found)
        rc = qn_fail(err, QN_ABSENT, "log.not-cosigned", "log=%s|seq=%llu|by=%s", log->origin,
                     (unsigned long long)seq, witness);
    return rc;
}

enum qn_code log_cosign(struct store *st, const struct log *log, uint64_t size, struct qn_err *err)
{
    const struct keys *keys;
    enum qn_code rc = store_signer(st, &keys, err);
    if (rc)
        return rc;
    uint8_t root[QN_HASH];
    rc = log_root(st, log, size, root, err);
    if (rc)
        return rc;
    QN_AUTO(qn_buf) struct qn_buf text = {0}, line = {0};
    qn_buf_init(&text, 1024);
    qn_buf_init(&line, 1024);
    qn_checkpoint_text(&text, qn_str(log->origin), size, root);
    char name[QN_ORIGIN_MAX + 16];
    log_witness_name(name, store_self(st));
    uint64_t now_s = clock_now_ms(st) / 1000;
    qn_cosign(&line, qn_buf_span(&text), qn_str(name), now_s, keys_witness_sk(keys));
    rc = qn_buf_check(&line, err);
    if (rc)
        return rc;
    QN_AUTO(query) struct query q = query_start(st, SQL_COSIG_PUT);
    q_bind_int(&q, log->no);
    q_bind_text(&q, store_self(st)->office);
    q_bind_int(&q, (int64_t)size);
    q_bind_int(&q, (int64_t)now_s);
    q_bind_span(&q, qn_buf_span(&line));
    return store_run(&q, err);
}

void log_witness_name(char out[QN_ORIGIN_MAX + 16], const struct qn_cert *c)
{
    qn_cert_origin(out, c);
    strcat(out, "/witness");
}

enum qn_code log_checkpoint_own(struct store *st, struct qn_err *err)
{
    const struct keys *keys;
    enum qn_code rc = store_signer(st, &keys, err);
    struct log log;
    if (!rc)
        rc = log_find(&log, st, st->origin, err);
    uint8_t root[QN_HASH];
    if (!rc)
        rc = log_root(st, &log, log.size, root, err);
    if (rc)
        return rc;
    QN_AUTO(qn_buf) struct qn_buf text = {0}, line = {0};
    qn_buf_init(&text, 1024);
    qn_buf_init(&line, 1024);
    qn_checkpoint_text(&text, qn_str(log.origin), log.size, root);
    qn_note_sign(&line, qn_buf_span(&text), qn_str(log.origin), keys_log_sk(keys));
    rc = qn_buf_check(&line, err);
    if (rc)
        return rc;
    rc = log_checkpoint_put(st, &log, log.size, root, qn_buf_span(&line), err);
    qn_put_str(&text, "\n");
    qn_put_span(&text, qn_buf_span(&line));
    anchor_note(st, qn_buf_span(&text), log.size);
    return rc ? rc : log_set_verified(st, &log, log.size, err);
}

enum qn_code log_checkpoint_dated(struct store *st, struct qn_err *err)
{
    struct log log;
    enum qn_code rc = log_checkpoint_own(st, err);
    if (!rc)
        rc = log_find(&log, st, st->origin, err);
    return rc ? rc : log_cosign(st, &log, log.size, err);
}

enum qn_code log_checkpoint_put(struct store *st, const struct log *log, uint64_t size, const uint8_t root[QN_HASH],
                                struct qn_span line, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_CHECKPOINT_PUT);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)size);
    q_bind_blob(&q, root, QN_HASH);
    q_bind_span(&q, line);
    return store_run(&q, err);
}

enum qn_code log_set_verified(struct store *st, struct log *log, uint64_t verified, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_LOG_VERIFIED);
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)verified);
    enum qn_code rc = store_run(&q, err);
    if (!rc)
        log->verified = verified;
    return rc;
}
