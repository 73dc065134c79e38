/* logcheck.c - judges with libqian what another program made: notes, proofs, bundles.
 *
 * logcheck DIR: DIR/list has a line for each thing, its expected verdict first, its files in DIR:
 *   yes key ORIGIN HEX WITNESS HEX            whose signatures count from here on
 *   yes|no checkpoint NOTE SIZE TIME          signed by the log, cosigned by the witness at that time
 *   yes|no inclusion PROOF LEAF-HASH          a tlog-proof@v1
 *   yes|no consistency OLD-NOTE NOTE HASHES   the hashes in base64, a line each
 *   yes|no bundle FILE PATH INDEX WIDTH       an entry bundle, and the path that it has in a log
 * Prints how many verdicts were as expected; the first that is not is told, and leaves with 1.    */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/file.h"
#include "protocol/wire.h"
#include "qian/note.h"
#include "qian/tile.h"

struct list {
    const char *dir;
    char origin[QN_ORIGIN_MAX + 1], witness[QN_ORIGIN_MAX + 16];
    uint8_t key[QN_PUBKEY], witness_key[QN_PUBKEY];
    struct qn_err err;
};

static enum qn_code read_file(struct list *l, struct qn_buf *out, struct qn_span name)
{
    char path[FILE_PATH_MAX], text[256];
    if (!qn_text_copy(text, sizeof(text), name))
        return qn_fail(&l->err, QN_LIMIT, "file.path-too-long", "path=%s", "?");
    enum qn_code rc = file_join(path, l->dir, text, &l->err);
    return rc ? rc : file_read(out, path, QN_BUNDLE_MAX, &l->err);
}

/* A checkpoint whose log signature holds. */
static enum qn_code open_note(struct list *l, struct qn_note *note, struct qn_checkpoint *c,
                              struct qn_span in)
{
    enum qn_code rc = qn_note_parse(note, in, &l->err);
    if (!rc)
        rc = qn_checkpoint_parse(c, note->text, &l->err);
    if (!rc && !qn_span_is(c->origin, l->origin))
        rc = qn_fail(&l->err, QN_DENIED, "logcheck.origin", "");
    return rc ? rc : qn_note_verify(note, qn_str(l->origin), l->key, &l->err);
}

static enum qn_code checkpoint(struct list *l, struct rd *line)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    struct qn_note note;
    struct qn_checkpoint c;
    uint64_t time_s;
    enum qn_code rc = read_file(l, &b, rd_field(line));
    uint64_t size = rd_dec(line, INT64_MAX), want = rd_dec(line, INT64_MAX);
    if (!rc)
        rc = open_note(l, &note, &c, qn_buf_span(&b));
    if (!rc)
        rc = qn_cosign_verify(&note, qn_str(l->witness), l->witness_key, &time_s, &l->err);
    if (!rc && (time_s != want || c.size != size))
        rc = qn_fail(&l->err, QN_UNVERIFIED, "logcheck.size-or-time", "");
    return rc;
}

static enum qn_code inclusion(struct list *l, struct rd *line)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    struct qn_note note;
    struct qn_checkpoint c;
    struct qn_proof p;
    struct qn_span text;
    uint64_t index;
    uint8_t leaf[QN_HASH];
    enum qn_code rc = read_file(l, &b, rd_field(line));
    rd_hex(line, leaf, QN_HASH);
    if (!rc)
        rc = qn_proof_parse(&index, &p, &text, qn_buf_span(&b), &l->err);
    if (!rc)
        rc = open_note(l, &note, &c, text);
    return rc ? rc : qn_check_inclusion(leaf, index, c.size, &p, c.root, &l->err);
}

static enum qn_code consistency(struct list *l, struct rd *line)
{
    QN_AUTO(qn_buf) struct qn_buf old = {0}, new = {0}, hashes = {0};
    struct qn_note note[2];
    struct qn_checkpoint a, b;
    struct qn_proof p = {.n = 0};
    enum qn_code rc = read_file(l, &old, rd_field(line));
    if (!rc)
        rc = read_file(l, &new, rd_field(line));
    if (!rc)
        rc = read_file(l, &hashes, rd_field(line));
    if (!rc)
        rc = open_note(l, &note[0], &a, qn_buf_span(&old));
    if (!rc)
        rc = open_note(l, &note[1], &b, qn_buf_span(&new));
    for (struct rd r = {.in = qn_buf_span(&hashes)}; !rc && rd_more(&r);) {
        struct qn_span h = rd_line(&r);
        size_t n = 0;
        if (p.n == QN_TREE_LEVELS ||
            sodium_base642bin(p.hash[p.n++], QN_HASH, (const char *)h.p, h.n, NULL, &n, NULL,
                              sodium_base64_VARIANT_ORIGINAL) != 0 ||
            n != QN_HASH)
            rc = qn_fail(&l->err, QN_MALFORMED, "logcheck.hash", "");
    }
    return rc ? rc : qn_check_consistency(a.size, a.root, b.size, b.root, &p, &l->err);
}

static enum qn_code bundle(struct list *l, struct rd *line)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0}, again;
    struct qn_span leaf[QN_TILE_WIDTH];
    char path[QN_TILE_PATH];
    qn_buf_init(&again, QN_BUNDLE_MAX);
    enum qn_code rc = read_file(l, &b, rd_field(line));
    struct qn_span want = rd_field(line);
    struct qn_tile t = {.entries = true, .index = rd_dec(line, INT64_MAX)};
    t.width = (unsigned)rd_dec(line, QN_TILE_WIDTH);
    if (!rc)
        rc = qn_bundle_decode(leaf, t.width, qn_buf_span(&b), &l->err);
    for (unsigned i = 0; !rc && i < t.width; i++)
        rc = qn_bundle_put(&again, leaf[i], &l->err);
    qn_tile_path(path, &t);
    if (!rc && (!qn_span_is(want, path) || !qn_span_eq(qn_buf_span(&again), qn_buf_span(&b))))
        rc = qn_fail(&l->err, QN_UNVERIFIED, "logcheck.path-or-bytes", "");
    return rc;
}

static enum qn_code key(struct list *l, struct rd *line)
{
    if (!qn_text_copy(l->origin, sizeof(l->origin), rd_field(line)))
        line->failed = true;
    rd_hex(line, l->key, QN_PUBKEY);
    if (!qn_text_copy(l->witness, sizeof(l->witness), rd_field(line)))
        line->failed = true;
    rd_hex(line, l->witness_key, QN_PUBKEY);
    return QN_OK;
}

static bool judge(struct list *l, struct qn_span text)
{
    static const struct {
        const char *name;
        enum qn_code (*judge)(struct list *l, struct rd *line);
    } kinds[] = {{"key", key},
                 {"checkpoint", checkpoint},
                 {"inclusion", inclusion},
                 {"consistency", consistency},
                 {"bundle", bundle}};
    struct rd line = {.in = text};
    bool want = qn_span_is(rd_field(&line), "yes");
    struct qn_span what = rd_field(&line);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (qn_span_is(what, kinds[i].name)) {
            bool holds = kinds[i].judge(l, &line) == QN_OK;
            if (rd_end(&line) && holds == want)
                return true;
            printf("not so: %.*s%s%s\n", (int)text.n, (const char *)text.p, holds ? "" : ": ",
                   holds ? "" : l->err.id);
            return false;
        }
    printf("not a kind: %.*s\n", (int)text.n, (const char *)text.p);
    return false;
}

int main(int argc, char **argv)
{
    struct list l = {.dir = argc == 2 ? argv[1] : ""};
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    unsigned n = 0;
    if (argc != 2 || sodium_init() < 0 || read_file(&l, &b, qn_str("list")) != QN_OK) {
        fprintf(stderr, "logcheck DIR: %s\n", l.err.id);
        return 2;
    }
    for (struct rd r = {.in = qn_buf_span(&b)}; rd_more(&r); n++) {
        struct qn_span line = rd_line(&r);
        if (r.failed || !judge(&l, line))
            return 1;
    }
    printf("%u verdicts as expected\n", n);
    return n ? 0 : 1;
}
