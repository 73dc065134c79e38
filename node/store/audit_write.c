/* audit_write.c - audit_write: everything behind a verification, frame by frame, each hashed as it goes. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/store/audit_parts.h"
#include "node/store/clock.h"
#include "node/store/file.h"
#include "node/store/internal.h"
#include "node/store/log.h"
#include "protocol/wire.h"
#include "qian/note.h"

struct writer {
    struct store *st;
    const struct audit_make *o;
    struct audit_info *info;
    char aside[FILE_PATH_MAX + 8];
    int fd;
    struct qn_buf frame; /* the one in hand, with its head */
    uint8_t *hash;       /* of every frame, QN_HASH each */
    size_t cap;
};

static void writer_auto(struct writer *w)
{
    if (w->fd >= 0)
        close(w->fd);
    if (w->aside[0])
        unlink(w->aside);
    qn_buf_release(&w->frame);
    free(w->hash);
}

bool audit_is_policy(const char *setting)
{
    return strcmp(setting, "policy") == 0 || strncmp(setting, "policy-was/", 11) == 0 ||
           strncmp(setting, "succession/", 11) == 0;
}

void audit_seal_text(struct qn_buf *out, const char *origin, uint64_t frames,
                     const uint8_t index[QN_HASH])
{
    qn_put_fmt(out, AUDIT_MAGIC "%s\nframes %llu ", origin, (unsigned long long)frames);
    qn_put_hex(out, index, QN_HASH);
    qn_put_str(out, "\n");
}

/* ---- frames ------------------------------------------------------------------------------------------------------ */

static enum qn_code put_bare(struct writer *w, unsigned type, struct qn_span payload,
                             struct qn_err *err)
{
    w->frame.n = 0;
    qn_put_uint(&w->frame, type, 1);
    qn_put_uint(&w->frame, payload.n, 4);
    qn_put_span(&w->frame, payload);
    enum qn_code rc = qn_buf_check(&w->frame, err);
    if (!rc && w->info->bytes + w->frame.n > AUDIT_MAX)
        rc = qn_fail(err, QN_LIMIT, "audit.too-long", "max=%llu", (unsigned long long)AUDIT_MAX);
    if (!rc)
        rc = file_put(w->fd, qn_buf_span(&w->frame), w->aside, err);
    w->info->bytes += w->frame.n;
    return rc;
}

static enum qn_code put(struct writer *w, unsigned type, struct qn_span payload, struct qn_err *err)
{
    if (w->info->frames == w->cap) {
        size_t cap = w->cap ? 2 * w->cap : 1024;
        uint8_t *grown = realloc(w->hash, cap * QN_HASH);
        if (!grown)
            return qn_fail(err, QN_NOMEM, "base.no-memory", "");
        w->hash = grown;
        w->cap = cap;
    }
    enum qn_code rc = put_bare(w, type, payload, err);
    if (!rc)
        crypto_hash_sha256(w->hash + w->info->frames++ * QN_HASH, w->frame.p, w->frame.n);
    return rc;
}

static enum qn_code put_text(struct writer *w, unsigned type, const struct qn_buf *text,
                             struct qn_err *err)
{
    enum qn_code rc = qn_buf_check(text, err);
    return rc ? rc : put(w, type, qn_buf_span(text), err);
}

static enum qn_code put_head(struct writer *w, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    qn_buf_init(&text, 4096);
    qn_put_fmt(&text, "from %s\nprofile auditor\nscope %s\ntime %llu\n", w->info->from,
               w->info->scope, (unsigned long long)w->info->time_ms);
    return put_text(w, AUDIT_HEAD, &text, err);
}

static enum qn_code put_settings(struct writer *w, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(w->st, SQL_AUDIT_SETTINGS);
    enum qn_code rc = QN_OK;
    while (!rc && q_step(&q)) {
        QN_AUTO(qn_buf) struct qn_buf text = {0};
        if (!audit_is_policy(q_text(&q, 0)))
            continue;
        qn_buf_init(&text, 2 * QN_NOTE_MAX);
        qn_put_fmt(&text, "%s\n", q_text(&q, 0));
        qn_put_span(&text, q_span(&q, 1));
        rc = put_text(w, AUDIT_SETTING, &text, err);
    }
    return rc ? rc : query_end(&q, err);
}

/* From the province down, so that each follows its issuer's. */
static enum qn_code put_certs(struct writer *w, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(w->st, SQL_CERTS_LIST);
    enum qn_code rc = QN_OK;
    q_bind_text(&q, NULL);
    while (!rc && q_step(&q)) {
        rc = put(w, QN_FRAME_CERT, q_span(&q, 0), err);
        w->info->certs++;
    }
    return rc ? rc : query_end(&q, err);
}

/* ---- one log ------------------------------------------------------------------------------------------------------- */

static enum qn_code put_entry(struct writer *w, const struct log *log, uint64_t seq, bool parts,
                              struct qn_err *err)
{
    QN_AUTO(log_entry) struct log_entry e WIRE_UNFILLED;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, QN_FRAME_MAX);
    enum qn_code rc = log_entry_get(&e, w->st, log, seq, err);
    if (rc)
        return rc;
    qn_put(&b, e.sig, QN_SIG);
    qn_put_span(&b, qn_buf_span(&e.bytes));
    rc = put_text(w, QN_FRAME_HEADER, &b, err);
    w->info->entries++;
    for (unsigned i = 0; !rc && parts && i < e.h.nparts; i++) {
        QN_AUTO(log_part) struct log_part part = {0};
        struct qn_err why;
        rc = log_part_get(&part, w->st, log, seq, i, &why);
        if (rc == QN_ABSENT) { /* for others, or forgotten */
            rc = QN_OK;
            continue;
        }
        if (rc) {
            *err = why;
            return rc;
        }
        b.n = 0;
        qn_part_frame_encode(&b, &(struct qn_part_frame){qn_str(log->origin), seq, (uint16_t)i,
                                                         part.salt, qn_buf_span(&part.stored)});
        rc = put_text(w, QN_FRAME_PART, &b, err);
        w->info->parts++;
        w->info->sealed += e.h.part[i].audience == QN_RESTRICTED;
    }
    return rc;
}

/* SPEC audit-5: "every checkpoint that an office above cosigned, and the newest" */
static enum qn_code put_checkpoints(struct writer *w, const struct log *log, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(w->st, SQL_AUDIT_CHECKPOINTS);
    enum qn_code rc = QN_OK;
    q_bind_int(&q, log->no);
    q_bind_int(&q, (int64_t)log->verified);
    while (!rc && q_step(&q)) {
        QN_AUTO(qn_buf) struct qn_buf note = {0};
        qn_buf_init(&note, QN_NOTE_MAX);
        rc = log_checkpoint_note(&note, w->st, log, (uint64_t)q_int(&q, 0), err);
        if (!rc)
            rc = put_text(w, QN_FRAME_CHECKPOINT, &note, err);
    }
    return rc ? rc : query_end(&q, err);
}

static enum qn_code put_forks(struct writer *w, const struct log *log, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    {
        QN_AUTO(query) struct query q = query_start(w->st, SQL_AUDIT_FORKS);
        q_bind_int(&q, log->no);
        while (!rc && q_step(&q))
            rc = put(w, QN_FRAME_FORK, q_span(&q, 0), err);
        if (!rc)
            rc = query_end(&q, err);
    }
    if (!rc) {
        QN_AUTO(query) struct query q = query_start(w->st, SQL_SYNC_RIVALS);
        q_bind_int(&q, log->no);
        q_bind_int(&q, 0);
        while (!rc && q_step(&q)) {
            QN_AUTO(qn_buf) struct qn_buf b = {0};
            qn_buf_init(&b, QN_HEADER_MAX + QN_SIG);
            qn_put_span(&b, q_span(&q, 0));
            qn_put_span(&b, q_span(&q, 1));
            rc = put_text(w, QN_FRAME_HEADER, &b, err);
        }
        if (!rc)
            rc = query_end(&q, err);
    }
    QN_AUTO(query) struct query q = query_start(w->st, SQL_SYNC_RIVAL_PARTS);
    q_bind_int(&q, log->no);
    q_bind_int(&q, 0);
    while (!rc && q_step(&q)) {
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        qn_buf_init(&b, QN_FRAME_MAX);
        if (q_span(&q, 2).n != QN_SALT)
            continue;
        qn_part_frame_encode(
            &b, &(struct qn_part_frame){qn_str(log->origin), (uint64_t)q_int(&q, 0),
                                        (uint16_t)q_int(&q, 1), q_span(&q, 2).p, q_span(&q, 3)});
        rc = put_text(w, QN_FRAME_PART, &b, err);
    }
    return rc ? rc : query_end(&q, err);
}

static enum qn_code put_fates(struct writer *w, const struct log *log, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(w->st, SQL_AUDIT_FATES);
    enum qn_code rc = QN_OK;
    q_bind_int(&q, log->no);
    while (!rc && q_step(&q)) {
        QN_AUTO(qn_buf) struct qn_buf text = {0};
        qn_buf_init(&text, 4096);
        qn_put_fmt(&text, "%s %llu %s\n", log->origin, (unsigned long long)q_int(&q, 0),
                   q_text(&q, 1));
        rc = put_text(w, AUDIT_FATE, &text, err);
    }
    return rc ? rc : query_end(&q, err);
}

static enum qn_code put_log(struct writer *w, const struct log *log, struct qn_err *err)
{
    bool parts = !w->o->wants || w->o->wants(w->o->ctx, log->office);
    enum qn_code rc = QN_OK;
    if (!log->verified)
        return QN_OK;
    w->info->logs++;
    for (uint64_t seq = 0; !rc && seq < log->verified; seq++)
        rc = put_entry(w, log, seq, parts, err);
    if (!rc)
        rc = put_checkpoints(w, log, err);
    if (!rc)
        rc = put_forks(w, log, err);
    if (!rc)
        rc = put_fates(w, log, err);
    if (!rc)
        qn_say(w->o->report, "audit.at", "log=%s|entries=%llu", log->origin,
               (unsigned long long)log->verified);
    return rc;
}

/* ---- the end --------------------------------------------------------------------------------------------------------- */

static enum qn_code put_index(struct writer *w, const struct keys *keys, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf text = {0}, note = {0};
    uint8_t digest[QN_HASH], tail[AUDIT_TAIL];
    uint64_t at = w->info->bytes, frames = w->info->frames;
    enum qn_code rc = QN_OK;
    crypto_hash_sha256(digest, w->hash, frames * QN_HASH);
    for (uint64_t from = 0; !rc && from < frames; from += AUDIT_INDEX_MAX) {
        uint64_t n = frames - from < AUDIT_INDEX_MAX ? frames - from : AUDIT_INDEX_MAX;
        struct qn_span hashes = {w->hash + from * QN_HASH, (size_t)n * QN_HASH};
        rc = put_bare(w, AUDIT_INDEX, hashes, err);
    }
    qn_buf_init(&text, 4096);
    qn_buf_init(&note, 8192);
    audit_seal_text(&text, w->info->from, frames, digest);
    qn_put_span(&note, qn_buf_span(&text));
    qn_put_str(&note, "\n");
    qn_note_sign(&note, qn_buf_span(&text), qn_str(w->info->from), keys_log_sk(keys));
    if (!rc)
        rc = qn_buf_check(&note, err);
    if (!rc)
        rc = put_bare(w, AUDIT_SEAL, qn_buf_span(&note), err);
    for (unsigned i = 0; i < AUDIT_TAIL; i++)
        tail[i] = (uint8_t)(at >> (8 * (AUDIT_TAIL - 1 - i)));
    if (!rc)
        rc = file_put(w->fd, (struct qn_span){tail, sizeof(tail)}, w->aside, err);
    w->info->bytes += AUDIT_TAIL;
    return rc;
}

static enum qn_code open_aside(struct writer *w, struct qn_err *err)
{
    int n = snprintf(w->aside, sizeof(w->aside), "%s.XXXXXX", w->o->path);
    if (n < 0 || (size_t)n >= sizeof(w->aside)) {
        w->aside[0] = 0;
        return qn_fail(err, QN_LIMIT, "file.path-too-long", "path=%s", w->o->path);
    }
    w->fd = mkostemp(w->aside, O_CLOEXEC);
    if (w->fd >= 0)
        return QN_OK;
    w->aside[0] = 0;
    return qn_fail(err, QN_IO, "file.write", "path=%s|why=%s", w->o->path, file_why(errno));
}

static enum qn_code finish(struct writer *w, struct qn_err *err)
{
    bool good = fsync(w->fd) == 0 && rename(w->aside, w->o->path) == 0;
    if (!good)
        return qn_fail(err, QN_IO, "file.write", "path=%s|why=%s", w->o->path, file_why(errno));
    w->aside[0] = 0;
    return file_sync_dir(w->o->path, err);
}

enum qn_code audit_write(struct audit_info *out, struct store *st, const struct audit_make *o,
                         struct qn_err *err)
{
    struct audit_info info = {.time_ms = clock_now_ms(st)};
    QN_AUTO(writer) struct writer w = {.st = st, .o = o, .info = &info, .fd = -1};
    const struct keys *keys;
    enum qn_code rc = store_signer(st, &keys, err);
    if (rc)
        return rc;
    qn_buf_init(&w.frame, QN_FRAME_HEAD + QN_FRAME_MAX);
    snprintf(info.from, sizeof(info.from), "%s", st->origin);
    snprintf(info.office, sizeof(info.office), "%s", st->self.office);
    snprintf(info.scope, sizeof(info.scope), "%s", o->scope);
    rc = open_aside(&w, err);
    if (!rc)
        rc = file_put(w.fd, qn_str(AUDIT_MAGIC), w.aside, err);
    info.bytes = strlen(AUDIT_MAGIC);
    if (!rc)
        rc = put_head(&w, err);
    if (!rc)
        rc = put_settings(&w, err);
    if (!rc)
        rc = put_certs(&w, err);
    for (int64_t no = -1; !rc;) {
        struct log log;
        bool found;
        {
            QN_AUTO(query) struct query q = query_start(st, SQL_LOG_AFTER);
            q_bind_int(&q, no);
            found = q_step(&q);
            if (found)
                log_from_row(&log, &q);
            rc = query_end(&q, err);
        }
        if (rc || !found)
            break;
        no = log.no;
        rc = put_log(&w, &log, err);
    }
    if (!rc)
        rc = put_index(&w, keys, err);
    if (!rc)
        rc = store_goes_on(st, err);
    if (!rc)
        rc = finish(&w, err);
    if (!rc)
        *out = info;
    return rc;
}
