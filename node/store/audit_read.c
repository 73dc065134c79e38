/* audit_read.c - audit_read: every byte as it was signed, every frame judged, the rows derived anew. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/store/audit_parts.h"
#include "node/store/fate.h"
#include "node/store/file.h"
#include "node/store/ingest_parts.h"
#include "node/store/internal.h"
#include "node/store/replay.h"
#include "node/store/seal.h"
#include "node/store/settle.h"
#include "node/store/tree.h"
#include "protocol/wire.h"
#include "qian/note.h"

#define COMMIT_AT 4000 /* frames between two commits */

struct reader {
    const struct audit_open *o;
    struct audit_info *info;
    struct store *st;
    struct qn_span file;       /* mapped */
    struct qn_span frames;     /* magic, tail and index apart */
    struct qn_buf index, seal; /* hashes of all frames; the note */
    uint64_t no, at;           /* the frame in hand, from 1, and where it begins */
    struct log log;            /* of the frames in hand */
    bool has_log;
    struct qn_cert signer;
    struct rival_room room;
    struct store_carried *carried; /* owned: sealed parts, ascending */
    size_t ncarried, cap;
};

static void reader_auto(struct reader *r)
{
    if (r->st)
        r->st->carried = NULL;
    store_close(r->st);
    if (r->file.p)
        munmap((void *)(uintptr_t)r->file.p, r->file.n);
    qn_buf_release(&r->index);
    qn_buf_release(&r->seal);
    free(r->carried);
}

/* ---- the file as a whole ------------------------------------------------------------------------------------------ */

static enum qn_code map(struct reader *r, struct qn_err *err)
{
    struct stat s;
    int fd = open(r->o->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &s) != 0) {
        int why = errno;
        if (fd >= 0)
            close(fd);
        return why == ENOENT
                   ? qn_fail(err, QN_ABSENT, "file.absent", "path=%s", r->o->path)
                   : qn_fail(err, QN_IO, "file.read", "path=%s|why=%s", r->o->path, file_why(why));
    }
    enum qn_code rc = QN_OK;
    size_t least = strlen(AUDIT_MAGIC) + AUDIT_TAIL;
    if (!S_ISREG(s.st_mode))
        rc = qn_fail(err, QN_MALFORMED, "file.not-regular", "path=%s", r->o->path);
    else if ((uint64_t)s.st_size > AUDIT_MAX)
        rc = qn_fail(err, QN_LIMIT, "audit.too-long", "max=%llu", (unsigned long long)AUDIT_MAX);
    else if ((size_t)s.st_size < least)
        rc = qn_fail(err, QN_MALFORMED, "audit.not-one", "path=%s", r->o->path);
    if (!rc) {
        void *p = mmap(NULL, (size_t)s.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (p == MAP_FAILED)
            rc = qn_fail(err, QN_NOMEM, "base.no-memory", "");
        else
            r->file = (struct qn_span){p, (size_t)s.st_size};
    }
    close(fd);
    return rc;
}

static uint64_t offset_of(const struct reader *r, const uint8_t *p)
{
    return (uint64_t)(p - r->file.p);
}

static enum qn_code end_bad(const struct reader *r, const uint8_t *p, struct qn_err *err)
{
    return qn_fail(err, QN_UNVERIFIED, "audit.end", "offset=%llu",
                   (unsigned long long)offset_of(r, p));
}

/* SPEC audit-7: "The last 8 bytes are the offset of the first INDEX" */
static enum qn_code find_end(struct reader *r, struct qn_err *err)
{
    size_t magic = strlen(AUDIT_MAGIC);
    const uint8_t *tail = r->file.p + r->file.n - AUDIT_TAIL;
    if (memcmp(r->file.p, AUDIT_MAGIC, magic) != 0)
        return qn_fail(err, QN_MALFORMED, "audit.not-one", "path=%s", r->o->path);
    struct rd rd = {.in = {tail, AUDIT_TAIL}};
    uint64_t at = rd_uint(&rd, 8);
    if (at < magic || at > r->file.n - AUDIT_TAIL)
        return end_bad(r, tail, err);
    r->frames = (struct qn_span){r->file.p + magic, (size_t)at - magic};
    struct qn_span left = {r->file.p + at, r->file.n - AUDIT_TAIL - (size_t)at};
    qn_buf_init(&r->index, AUDIT_MAX);
    qn_buf_init(&r->seal, QN_NOTE_MAX);
    while (left.n) {
        enum qn_frame_type type;
        struct qn_span payload;
        struct qn_err none;
        const uint8_t *from = left.p;
        size_t need;
        if (r->seal.n || qn_frame_take(&left, &type, &payload, &need, &none) != QN_OK)
            return end_bad(r, from, err);
        if ((unsigned)type == AUDIT_INDEX && payload.n && payload.n % QN_HASH == 0)
            qn_put_span(&r->index, payload);
        else if ((unsigned)type == AUDIT_SEAL && payload.n <= QN_NOTE_MAX)
            qn_put_span(&r->seal, payload);
        else
            return end_bad(r, from, err);
    }
    enum qn_code rc = qn_buf_check(&r->index, err);
    if (!rc)
        rc = qn_buf_check(&r->seal, err);
    return rc || r->seal.n ? rc : end_bad(r, tail, err);
}

static enum qn_code frame_bad(const struct reader *r, struct qn_err *err)
{
    return qn_fail(err, QN_UNVERIFIED, "audit.frame", "no=%llu|offset=%llu",
                   (unsigned long long)r->no, (unsigned long long)r->at);
}

static bool next_frame(struct reader *r, struct qn_span *left, unsigned *type,
                       struct qn_span *payload)
{
    enum qn_frame_type t;
    struct qn_err none;
    size_t need;
    r->no++;
    r->at = offset_of(r, left->p);
    if (qn_frame_take(left, &t, payload, &need, &none) != QN_OK)
        return false;
    *type = (unsigned)t;
    return true;
}

/* SPEC audit-8: "every frame is compared with its hash before any is read" */
static enum qn_code check_bytes(struct reader *r, struct qn_err *err)
{
    struct qn_span left = r->frames;
    uint64_t n = r->index.n / QN_HASH;
    for (r->no = 0; left.n;) {
        uint8_t is[QN_HASH];
        unsigned type;
        struct qn_span payload, from = left;
        if (!next_frame(r, &left, &type, &payload) || r->no > n)
            return frame_bad(r, err);
        crypto_hash_sha256(is, from.p, from.n - left.n);
        if (memcmp(is, r->index.p + (r->no - 1) * QN_HASH, QN_HASH) != 0)
            return frame_bad(r, err);
    }
    r->info->frames = r->no;
    r->info->bytes = r->file.n;
    return r->no == n ? QN_OK : end_bad(r, left.p, err);
}

/* The seal names the index; who signed it is asked once the certificates have been read. */
static enum qn_code check_seal(struct reader *r, bool signed_too, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf want = {0};
    struct qn_note note;
    struct qn_err none;
    uint8_t digest[QN_HASH];
    const uint8_t *tail = r->file.p + r->file.n - AUDIT_TAIL;
    qn_buf_init(&want, 4096);
    crypto_hash_sha256(digest, r->index.p, r->index.n);
    audit_seal_text(&want, r->info->from, r->info->frames, digest);
    if (want.failed || qn_note_parse(&note, qn_buf_span(&r->seal), &none) != QN_OK ||
        note.nsigs != 1 || !qn_span_eq(note.text, qn_buf_span(&want)))
        return end_bad(r, tail - r->seal.n, err);
    if (!signed_too)
        return QN_OK;
    return qn_note_verify(&note, qn_str(r->info->from), r->st->self.log, &none) == QN_OK
               ? QN_OK
               : qn_fail(err, QN_UNVERIFIED, "audit.seal", "office=%s", r->info->office);
}

/* ---- head and policy --------------------------------------------------------------------------------------------------- */

/* SPEC audit-3: "from, profile, scope, time, each a line" */
static enum qn_code read_head(struct reader *r, struct qn_err *err)
{
    struct qn_span left = r->frames, payload;
    unsigned type;
    char deployment[QN_DEPLOYMENT_MAX + 1];
    uint16_t epoch;
    struct qn_err none;
    r->no = 0;
    if (!next_frame(r, &left, &type, &payload) || type != AUDIT_HEAD)
        return frame_bad(r, err);
    struct rd rd = {.in = payload};
    struct rd line = {.in = rd_line(&rd)};
    rd_word(&line, "from");
    struct qn_span from = rd_field(&line);
    struct qn_span profile = rd_line(&rd), scope = rd_line(&rd);
    struct rd time = {.in = rd_line(&rd)};
    rd_word(&time, "time");
    r->info->time_ms = rd_dec(&time, INT64_MAX);
    static const char word[] = "scope ";
    /* SPEC audit-3: "of the calendar" - one behind it is shown as 1970, and nothing is late by it. */
    bool good =
        rd_end(&rd) && rd_end(&line) && rd_end(&time) &&
        wire_day_at(r->info->time_ms / 1000) <= WIRE_DAY_MAX &&
        qn_span_is(profile, "profile auditor") && scope.n > sizeof(word) - 1 &&
        memcmp(scope.p, word, sizeof(word) - 1) == 0 &&
        qn_text_copy(r->info->scope, sizeof(r->info->scope),
                     (struct qn_span){scope.p + sizeof(word) - 1, scope.n - (sizeof(word) - 1)}) &&
        qn_text_copy(r->info->from, sizeof(r->info->from), from) &&
        qn_origin_parse(from, deployment, r->info->office, &epoch, &none) == QN_OK;
    return good ? QN_OK : frame_bad(r, err);
}

static enum qn_code take_setting(struct reader *r, struct qn_span payload, struct qn_err *err)
{
    struct rd rd = {.in = payload};
    struct qn_span name = rd_line(&rd);
    char key[128];
    QN_AUTO(qn_buf) struct qn_buf value = {0};
    qn_buf_init(&value, QN_FRAME_MAX);
    qn_put_span(&value, rd.in);
    qn_put_uint(&value, 0, 1);
    if (rd.failed || !qn_text_copy(key, sizeof(key), name) || !audit_is_policy(key) ||
        !wire_is_utf8(rd.in))
        return frame_bad(r, err);
    enum qn_code rc = qn_buf_check(&value, err);
    return rc ? rc : store_set(r->st, key, (const char *)value.p, err);
}

static enum qn_code check_policy(struct reader *r, struct qn_err *err)
{
    uint8_t hash[QN_HASH];
    enum qn_code rc = store_reload(r->st, err);
    if (rc)
        return rc;
    if (!r->st->has_policy)
        return qn_fail(err, QN_ABSENT, "audit.no-policy", "");
    qn_policy_hash(hash, &r->st->policy);
    return qn_fingerprint_check(r->o->fingerprint, hash, err);
}

/* ---- logs ---------------------------------------------------------------------------------------------------------------- */

static enum qn_code find_log(struct reader *r, struct qn_span origin, struct qn_err *err)
{
    char text[QN_ORIGIN_MAX + 1];
    if (r->has_log && qn_span_is(origin, r->log.origin))
        return QN_OK;
    r->has_log = false;
    if (!qn_text_copy(text, sizeof(text), origin))
        return frame_bad(r, err);
    enum qn_code rc = log_find(&r->log, r->st, text, err);
    if (!rc)
        rc = tree_cert_at(&r->signer, r->st, r->log.office, r->log.epoch, err);
    r->has_log = !rc;
    return rc;
}

/* Whether evidence of a fork of the log in hand was read: only then may there be a second header for a place. */
static bool is_forked(const struct reader *r)
{
    QN_AUTO(query) struct query q = query_start(r->st, SQL_AUDIT_FORKS);
    q_bind_int(&q, r->log.no);
    return q_step(&q);
}

static enum qn_code take_header(struct reader *r, struct qn_span payload, struct qn_err *err)
{
    struct qn_header h WIRE_UNFILLED;
    if (payload.n <= QN_SIG)
        return frame_bad(r, err);
    struct qn_span bytes = {payload.p + QN_SIG, payload.n - QN_SIG};
    enum qn_code rc = qn_header_decode(&h, bytes, err);
    if (!rc)
        rc = find_log(r, h.origin, err);
    if (!rc)
        rc = qn_header_verify(bytes, payload.p, r->signer.log, err);
    if (rc)
        return rc;
    if (h.seq == r->log.size && !is_forked(r)) {
        r->info->entries++;
        return log_append(r->st, &r->log, bytes, payload.p, &h, err);
    }
    if (!is_forked(r))
        return frame_bad(r, err);
    uint8_t leaf[QN_HASH];
    qn_leaf_hash(leaf, bytes);
    QN_AUTO(query) struct query q = query_start(r->st, SQL_RIVAL_PUT);
    q_bind_int(&q, r->log.no);
    q_bind_int(&q, (int64_t)h.seq);
    q_bind_blob(&q, leaf, QN_HASH);
    q_bind_blob(&q, payload.p, QN_SIG);
    q_bind_blob(&q, bytes.p, bytes.n);
    return store_run(&q, err);
}

static enum qn_code carry(struct reader *r, uint64_t seq, unsigned part, struct qn_err *err)
{
    if (r->ncarried == r->cap) {
        size_t cap = r->cap ? 2 * r->cap : 256;
        struct store_carried *grown = realloc(r->carried, cap * sizeof(*grown));
        if (!grown)
            return qn_fail(err, QN_NOMEM, "base.no-memory", "");
        r->carried = grown;
        r->cap = cap;
    }
    r->carried[r->ncarried++] = (struct store_carried){r->log.no, seq, part};
    r->info->sealed++;
    return QN_OK;
}

static enum qn_code take_part(struct reader *r, struct qn_span payload, struct qn_err *err)
{
    struct qn_part_frame p;
    struct qn_err why = {.id = ""};
    QN_AUTO(log_entry) struct log_entry e WIRE_UNFILLED;
    enum qn_code rc = qn_part_frame_decode(&p, payload, err);
    if (!rc)
        rc = find_log(r, p.origin, err);
    e.bytes = (struct qn_buf){.p = NULL};
    if (rc)
        return rc;
    bool own = false;
    if (p.seq < r->log.size) {
        rc = log_entry_get(&e, r->st, &r->log, p.seq, err);
        if (rc)
            return rc;
        own = p.part < e.h.nparts &&
              qn_part_check(&e.h.part[p.part], p.salt, p.stored, &why) == QN_OK;
    }
    if (!own)
        return is_forked(r) ? ingest_rival_part(&r->room, r->st, &r->log, &p, err)
                            : frame_bad(r, err);
    r->info->parts++;
    if (e.h.part[p.part].audience == QN_RESTRICTED)
        rc = carry(r, p.seq, p.part, err);
    QN_AUTO(query) struct query q = query_start(r->st, SQL_PART_PUT);
    q_bind_int(&q, r->log.no);
    q_bind_int(&q, (int64_t)p.seq);
    q_bind_int(&q, p.part);
    q_bind_blob(&q, p.salt, QN_SALT);
    q_bind_blob(&q, p.stored.p, p.stored.n);
    return rc ? rc : store_run(&q, err);
}

/* Each stands behind the headers that lead to it; all its lines must hold. */
static enum qn_code take_checkpoint(struct reader *r, struct qn_span payload, struct qn_err *err)
{
    struct qn_note note;
    struct qn_checkpoint c;
    uint8_t root[QN_HASH];
    size_t lines;
    enum qn_code rc = qn_note_parse(&note, payload, err);
    if (!rc)
        rc = qn_checkpoint_parse(&c, note.text, err);
    if (!rc)
        rc = find_log(r, c.origin, err);
    if (!rc && (c.size > r->log.size || !note.nsigs))
        rc = frame_bad(r, err);
    if (!rc)
        rc = log_root(r->st, &r->log, c.size, root, err);
    if (!rc && memcmp(root, c.root, QN_HASH) != 0)
        rc = frame_bad(r, err);
    if (!rc)
        rc = ingest_keep_checkpoint(&lines, r->st, &r->log, &c, &note, r->signer.log, err);
    if (!rc && lines != note.nsigs)
        rc = frame_bad(r, err);
    return rc || c.size <= r->log.verified ? rc : log_set_verified(r->st, &r->log, c.size, err);
}

static enum qn_code take_fork(struct reader *r, struct qn_span payload, struct qn_err *err)
{
    struct qn_header h WIRE_UNFILLED;
    struct qn_fork f;
    struct qn_span origin = {NULL, 0};
    uint64_t place = 0;
    enum qn_code rc = qn_fork_decode(&f, payload, err);
    if (!rc && f.what == QN_FORK_CHECKPOINTS) {
        struct qn_note note;
        struct qn_checkpoint c;
        rc = qn_note_parse(&note, f.a, err);
        if (!rc)
            rc = qn_checkpoint_parse(&c, note.text, err);
        if (!rc)
            origin = c.origin;
    } else if (!rc) {
        rc = f.a.n > QN_SIG
                 ? qn_header_decode(&h, (struct qn_span){f.a.p + QN_SIG, f.a.n - QN_SIG}, err)
                 : frame_bad(r, err);
        if (!rc)
            origin = h.origin;
    }
    if (!rc)
        rc = find_log(r, origin, err);
    if (!rc)
        rc = qn_fork_verify(&f, &r->signer, &place, err);
    if (rc)
        return rc;
    QN_AUTO(query) struct query q = query_start(r->st, SQL_FORK_PUT);
    q_bind_int(&q, r->log.no);
    q_bind_int(&q, (int64_t)f.what);
    q_bind_int(&q, (int64_t)place);
    q_bind_blob(&q, payload.p, payload.n);
    q_bind_int(&q, (int64_t)r->info->time_ms);
    return store_run(&q, err);
}

/* SPEC audit-6: "is taken only where a signed row asks for it" - which is looked at once the rows are there. */
static enum qn_code take_fate(struct reader *r, struct qn_span payload, struct qn_err *err)
{
    struct rd rd = {.in = payload};
    struct rd line = {.in = rd_line(&rd)};
    struct qn_span origin = rd_field(&line);
    uint64_t seq = rd_dec(&line, QN_SEQ_END);
    struct qn_span state = rd_field(&line);
    struct fate f = {.state = qn_span_is(state, "superseded") ? FATE_SUPERSEDED
                              : qn_span_is(state, "waived")   ? FATE_WAIVED
                              : qn_span_is(state, "kept")     ? FATE_KEPT
                                                              : FATE_NONE};
    if (!rd_end(&rd) || !rd_end(&line) || f.state == FATE_NONE)
        return frame_bad(r, err);
    enum qn_code rc = find_log(r, origin, err);
    return rc ? rc : fate_put(r->st, r->log.no, seq, &f, err);
}

/* ---- all ------------------------------------------------------------------------------------------------------------------ */

static enum qn_code take(struct reader *r, unsigned type, struct qn_span payload,
                         struct qn_err *err)
{
    switch (type) {
    case AUDIT_HEAD:
        return r->no == 1 ? QN_OK : frame_bad(r, err);
    case AUDIT_SETTING:
        return r->info->certs ? frame_bad(r, err) : take_setting(r, payload, err);
    case QN_FRAME_CERT: {
        enum qn_code rc = r->info->certs++ ? QN_OK : check_policy(r, err);
        return rc ? rc : tree_keep_cert(r->st, payload, err);
    }
    case QN_FRAME_HEADER:
        return take_header(r, payload, err);
    case QN_FRAME_PART:
        return take_part(r, payload, err);
    case QN_FRAME_CHECKPOINT:
        return take_checkpoint(r, payload, err);
    case QN_FRAME_FORK:
        return take_fork(r, payload, err);
    case AUDIT_FATE:
        return take_fate(r, payload, err);
    }
    return frame_bad(r, err);
}

static enum qn_code take_all(struct reader *r, struct qn_err *err)
{
    struct qn_span left = r->frames;
    enum qn_code rc = QN_OK;
    for (r->no = 0; !rc && left.n;) {
        QN_AUTO(tx) struct tx tx = {0};
        rc = tx_begin(&tx, r->st, err);
        for (unsigned i = 0; !rc && left.n && i < COMMIT_AT; i++) {
            struct qn_err why = {.id = ""};
            struct qn_span payload;
            unsigned type;
            rc = next_frame(r, &left, &type, &payload) ? take(r, type, payload, &why)
                                                       : frame_bad(r, &why);
            /* What a frame itself is refused for, with its place. */
            if (rc == QN_IO || rc == QN_NOMEM || strncmp(why.id, "audit.", 6) == 0 ||
                strcmp(why.id, "cert.fingerprint") == 0)
                *err = why;
            else if (rc)
                rc = qn_fail(err, rc, "audit.refused", "no=%llu|offset=%llu|why=%s",
                             (unsigned long long)r->no, (unsigned long long)r->at, why.id);
        }
        if (!rc)
            rc = tx_commit(&tx, err);
    }
    return rc;
}

static uint64_t moment(void *ctx)
{
    const struct store *st = ctx;
    char text[24];
    return store_get((struct store *)(uintptr_t)st, "audit-time", text, sizeof(text))
               ? strtoull(text, NULL, 10)
               : 0;
}

static int by_part(const void *x, const void *y)
{
    const struct store_carried *a = x, *b = y;
    int c = (a->log > b->log) - (a->log < b->log);
    if (!c)
        c = (a->seq > b->seq) - (a->seq < b->seq);
    return c ? c : (a->part > b->part) - (a->part < b->part);
}

/* Nothing opens a sealed part here: its rows count as carried over, and what rests on them is not checked. */
static enum qn_code derive(struct reader *r, struct qn_err *err)
{
    struct ingest_tally tally = {0};
    struct qn_err why;
    if (r->ncarried)
        qsort(r->carried, r->ncarried, sizeof(*r->carried), by_part);
    r->st->carried = r->carried;
    r->st->ncarried = r->ncarried;
    enum qn_code rc = replay_all(r->st, &tally, r->o->report, &why);
    r->st->carried = NULL;
    r->st->ncarried = 0;
    if (rc == QN_ABSENT && strcmp(why.id, "replay.lacks") == 0)
        rc = QN_OK; /* parts of the exporter's own log that are for others, or forgotten */
    if (rc) {
        *err = why;
        return rc;
    }
    QN_AUTO(query) struct query q = query_start(r->st, SQL_FATE_BASELESS);
    if (q_step(&q))
        rc = qn_fail(err, QN_UNVERIFIED, "audit.fate", "log=%s|seq=%lld", q_text(&q, 0),
                     (long long)q_int(&q, 1));
    return rc ? rc : query_end(&q, err);
}

static enum qn_code open_store(struct reader *r, struct qn_err *err)
{
    char text[24];
    struct store_world world = {.scratch = true};
    enum qn_code rc = store_open_in(&r->st, r->o->dir, STORE_CREATE, &world, err);
    if (!rc)
        rc = store_exec(r->st, "PRAGMA synchronous=OFF", err); /* thrown away in the end */
    snprintf(text, sizeof(text), "%llu", (unsigned long long)r->info->time_ms);
    if (!rc)
        rc = store_set(r->st, "audit-time", text, err);
    if (!rc)
        rc = store_set(r->st, "office", r->info->office, err);
    if (!rc) {
        const char *epoch = strrchr(r->info->from, '/');
        rc = store_set(r->st, "epoch", epoch ? epoch + 1 : "", err);
    }
    if (rc)
        return rc;
    if (r->o->with)
        store_stops_with(r->st, r->o->with);
    r->st->world.now_ms = moment;
    r->st->world.ctx = r->st;
    return QN_OK;
}

static enum qn_code count_logs(struct reader *r, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(r->st, SQL_LOG_ALL);
    while (q_step(&q))
        r->info->logs += q_int(&q, 4) > 0;
    return query_end(&q, err);
}

enum qn_code audit_read(struct store **out, struct audit_info *info, const struct audit_open *o,
                        struct qn_err *err)
{
    struct audit_info is = {.time_ms = 0};
    QN_AUTO(reader) struct reader r = {.o = o, .info = &is, .room = {.log = -1}};
    enum qn_code rc = map(&r, err);
    if (!rc)
        rc = find_end(&r, err);
    if (!rc)
        rc = check_bytes(&r, err);
    if (!rc)
        rc = read_head(&r, err);
    if (!rc)
        rc = check_seal(&r, false, err);
    if (!rc)
        rc = open_store(&r, err);
    if (!rc)
        rc = take_all(&r, err);
    if (!rc && !is.certs)
        rc = qn_fail(err, QN_ABSENT, "audit.no-policy", "");
    if (!rc)
        rc = store_reload(r.st, err);
    if (!rc && !r.st->has_self)
        rc = qn_fail(err, QN_UNVERIFIED, "audit.seal", "office=%s", is.office);
    if (!rc)
        rc = check_seal(&r, true, err);
    if (!rc)
        rc = derive(&r, err);
    if (!rc)
        rc = count_logs(&r, err);
    if (rc)
        return rc;
    *info = is;
    *out = r.st;
    r.st = NULL;
    return QN_OK;
}
