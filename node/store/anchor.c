#include "node/store/anchor.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/store/file.h"
#include "node/store/internal.h"
#include "node/store/own.h"
#include "node/store/tree.h"
#include "protocol/wire.h"

#define MAGIC    "qian-anchor/1\n"
#define HEAD     (sizeof(MAGIC) - 1 + 2)
#define DIGESTED (ANCHOR_SLOT - QN_HASH)

/* ---- one slot ------------------------------------------------------------------------------------------ */

static bool build(uint8_t slot[ANCHOR_SLOT], struct qn_span note)
{
    if (note.n > DIGESTED - HEAD)
        return false;
    memset(slot, 0, ANCHOR_SLOT);
    memcpy(slot, MAGIC, sizeof(MAGIC) - 1);
    slot[HEAD - 2] = (uint8_t)(note.n >> 8);
    slot[HEAD - 1] = (uint8_t)note.n;
    memcpy(slot + HEAD, note.p, note.n);
    crypto_hash_sha256(slot + DIGESTED, slot, DIGESTED);
    return true;
}

static enum qn_code bad(struct qn_err *err)
{
    return qn_fail(err, QN_MALFORMED, "anchor.slot", "");
}

enum qn_code anchor_read(struct qn_checkpoint *out, char origin[QN_ORIGIN_MAX + 1],
                         const uint8_t slot[ANCHOR_SLOT], const uint8_t key[QN_PUBKEY],
                         struct qn_err *err)
{
    uint8_t digest[QN_HASH];
    struct qn_note note;
    size_t n = (size_t)slot[HEAD - 2] << 8 | slot[HEAD - 1];
    crypto_hash_sha256(digest, slot, DIGESTED);
    /* SPEC recovery-1: "A slot that breaks this, or whose signature is not by the log key of the own certificate of that epoch, is none" */
    if (memcmp(slot, MAGIC, sizeof(MAGIC) - 1) != 0 || n > DIGESTED - HEAD ||
        memcmp(digest, slot + DIGESTED, QN_HASH) != 0)
        return bad(err);
    enum qn_code rc = qn_note_parse(&note, (struct qn_span){slot + HEAD, n}, err);
    if (!rc)
        rc = qn_checkpoint_parse(out, note.text, err);
    if (!rc && !qn_text_copy(origin, QN_ORIGIN_MAX + 1, out->origin))
        rc = bad(err);
    return rc || !key ? rc : qn_note_verify(&note, out->origin, key, err);
}

/* ---- the file -------------------------------------------------------------------------------------------- */

/* What the two slots say of this office. */
struct found {
    bool any,
        later; /* later: of an epoch that the database does not know, so that nobody can check it */
    uint16_t epoch;
    uint64_t size;
    uint8_t root[QN_HASH];
    unsigned slot;
};

static void look(struct found *best, struct store *st, const uint8_t slot[ANCHOR_SLOT], unsigned no)
{
    struct qn_checkpoint c;
    struct qn_cert own;
    struct qn_err none;
    char origin[QN_ORIGIN_MAX + 1], deployment[QN_DEPLOYMENT_MAX + 1], office[QN_CODE_MAX + 1];
    uint16_t epoch;
    if (anchor_read(&c, origin, slot, NULL, &none) != QN_OK ||
        qn_origin_parse(qn_str(origin), deployment, office, &epoch, &none) != QN_OK ||
        strcmp(office, st->self.office) != 0 || strcmp(deployment, st->self.deployment) != 0)
        return;
    bool later = epoch > st->self.epoch;
    if (!later && (tree_cert_at(&own, st, office, epoch, &none) != QN_OK ||
                   anchor_read(&c, origin, slot, own.log, &none) != QN_OK))
        return;
    /* SPEC recovery-1: "Of two that hold the larger epoch counts, then the larger size" */
    if (best->any && (epoch < best->epoch || (epoch == best->epoch && c.size <= best->size)))
        return;
    *best = (struct found){.any = true, .later = later, .epoch = epoch, .size = c.size, .slot = no};
    memcpy(best->root, c.root, QN_HASH);
}

static enum qn_code compare(struct store *st, const struct found *f, struct qn_err *err)
{
    struct log own;
    uint8_t root[QN_HASH];
    enum qn_code rc = log_find(&own, st, st->origin, err);
    if (rc)
        return rc;
    if (f->later)
        return own_unsure(st, err);
    if (f->epoch < own.epoch) /* the newer epoch has signed nothing yet */
        return QN_OK;
    /* SPEC recovery-3: "A log that is shorter is *behind*; one with another root at the anchor's size is *forked*" */
    if (f->size > own.size)
        return own_behind(st, &own, f->size, err);
    rc = log_root(st, &own, f->size, root, err);
    return rc || memcmp(root, f->root, QN_HASH) == 0 ? rc : own_forked(st, f->size, err);
}

static bool open_file(struct anchor *a)
{
    /* O_NONBLOCK: a FIFO in its place must not hang the office. */
    a->fd = open(a->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    a->failed = a->fd < 0;
    return !a->failed;
}

/* A checkpoint of the own log as it stands, written now or with the transaction under way. */
static enum qn_code renew(struct store *st, struct qn_err *err)
{
    struct log own;
    uint8_t root[QN_HASH];
    enum qn_code rc = log_find(&own, st, st->origin, err);
    if (!rc)
        rc = log_root(st, &own, own.size, root, err);
    if (rc || !st->keys)
        return rc;
    QN_AUTO(qn_buf) struct qn_buf note = {0}, text = {0};
    qn_buf_init(&note, ANCHOR_SLOT);
    qn_buf_init(&text, ANCHOR_SLOT);
    qn_checkpoint_text(&text, qn_str(own.origin), own.size, root);
    qn_put_span(&note, qn_buf_span(&text));
    qn_put_str(&note, "\n");
    qn_note_sign(&note, qn_buf_span(&text), qn_str(own.origin), keys_log_sk(st->keys));
    rc = qn_buf_check(&note, err);
    if (rc)
        return rc;
    anchor_note(st, qn_buf_span(&note), own.size);
    if (!st->depth)
        anchor_write(st);
    return QN_OK;
}

enum qn_code anchor_renew(struct store *st, struct qn_err *err)
{
    return st->anchor.fd < 0 ? QN_OK : renew(st, err);
}

enum qn_code anchor_open(struct store *st, struct qn_err *err)
{
    struct anchor *a = &st->anchor;
    struct found best = {.any = false};
    char made[8];
    if (!st->has_self || a->fd >= 0)
        return QN_OK;
    enum qn_code rc = QN_OK;
    if (!store_get(st, "anchor", a->path, sizeof(a->path)))
        rc = file_join(a->path, st->dir, "anchor", err);
    if (rc || !open_file(a))
        return rc;
    for (unsigned i = 0; i < 2; i++) {
        uint8_t slot[ANCHOR_SLOT];
        if (pread(a->fd, slot, sizeof(slot), (off_t)i * ANCHOR_SLOT) == (ssize_t)sizeof(slot))
            look(&best, st, slot, i);
    }
    a->next = best.any ? 1 - best.slot : 0;
    a->size = best.size;
    /* A fresh database after a fork: the anchor tells of the branch that was put aside. */
    if (own_state(st, NULL) == OWN_RENEWING)
        return QN_OK;
    if (best.any) {
        rc = compare(st, &best, err);
        return rc || own_state(st, NULL) != OWN_SIGNS ? rc : renew(st, err);
    }
    if (store_get(st, "anchored", made, sizeof(made)))
        return own_unsure(st, err);
    if (!st->keys) /* nobody can sign the first one now */
        return QN_OK;
    rc = renew(st, err);
    anchor_flush(st);
    return rc || a->failed ? rc : store_set(st, "anchored", "1", err);
}

void anchor_close(struct store *st)
{
    if (st->anchor.fd >= 0)
        close(st->anchor.fd);
    st->anchor.fd = -1;
}

void anchor_note(struct store *st, struct qn_span note, uint64_t size)
{
    struct anchor *a = &st->anchor;
    if (a->fd < 0)
        return;
    a->due = build(a->slot, note);
    a->failed = a->failed || !a->due;
    a->noted = size;
}

void anchor_write(struct store *st)
{
    struct anchor *a = &st->anchor;
    if (!a->due || a->fd < 0)
        return;
    a->due = false;
    /* SPEC recovery-2: "their checkpoint is written to the slot that does not count" */
    if (pwrite(a->fd, a->slot, ANCHOR_SLOT, (off_t)a->next * ANCHOR_SLOT) != ANCHOR_SLOT) {
        a->failed = true;
        return;
    }
    a->failed = false;
    a->next = 1 - a->next;
    a->size = a->noted;
    a->dirty = true;
}

void anchor_flush(struct store *st)
{
    struct anchor *a = &st->anchor;
    if (!a->dirty || a->fd < 0)
        return;
    a->dirty = false;
    a->failed = fdatasync(a->fd) != 0;
}

/* By what stands in the file, for who reads beside the office: it is never *apart* from a log that is being written. */
static void tell_beside(struct anchor_told *out, struct store *st)
{
    struct anchor *a = &st->anchor;
    struct found best = {.any = false};
    struct qn_err none;
    *out = (struct anchor_told){.state = ANCHOR_NONE, .path = a->path};
    if (!store_get(st, "anchor", a->path, sizeof(a->path)) &&
        file_join(a->path, st->dir, "anchor", &none) != QN_OK)
        return;
    int fd = open(a->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    for (unsigned i = 0; fd >= 0 && i < 2; i++) {
        uint8_t slot[ANCHOR_SLOT];
        if (pread(fd, slot, sizeof(slot), (off_t)i * ANCHOR_SLOT) == (ssize_t)sizeof(slot))
            look(&best, st, slot, i);
    }
    if (fd >= 0)
        close(fd);
    out->size = best.size;
    out->state = best.any ? ANCHOR_GOOD : fd < 0 ? ANCHOR_FAILED : ANCHOR_NONE;
}

void anchor_tell(struct anchor_told *out, struct store *st)
{
    if (st->reads && st->has_self) {
        tell_beside(out, st);
        return;
    }
    const struct anchor *a = &st->anchor;
    struct log own;
    struct qn_err none;
    *out = (struct anchor_told){
        .state = a->fd < 0 ? ANCHOR_NONE : ANCHOR_GOOD, .path = a->path, .size = a->size};
    if (a->failed)
        out->state = ANCHOR_FAILED;
    else if (out->state == ANCHOR_GOOD && log_find(&own, st, st->origin, &none) == QN_OK &&
             own.size != a->size)
        out->state = ANCHOR_APART;
}
