/* manifest.h - the list of a site's files and the note that signs it.   Spec: protocol/spec/publication.md
 *
 * manifest.txt: "<SHA-256>  <path>" a line, ascending, as sha256sum -c reads it. manifest.note: a signed note
 *   qian-site/1 / <origin of the publisher> / manifest <SHA-256 of manifest.txt> <files> / time <seconds>     */
#ifndef QIAN_NODE_PUBLISH_MANIFEST_H
#define QIAN_NODE_PUBLISH_MANIFEST_H

#include "qian/cert.h"

#define MANIFEST_MAX   (64u * 1024 * 1024)
#define MANIFEST_FILES 500000
#define MANIFEST_NAMES 8 /* in a path: "logs/X/tile/entries/x001/x234/067.p/5" */

struct manifest_note {
    char origin[QN_ORIGIN_MAX + 1];
    uint8_t hash[QN_HASH];
    uint64_t files, time_s;
};
void manifest_note_text(struct qn_buf *out, const struct manifest_note *n);
QN_MUST_USE enum qn_code manifest_note_parse(struct manifest_note *out, struct qn_span text,
                                             struct qn_err *err);

struct manifest_line {
    struct qn_span path;
    uint8_t hash[QN_HASH];
};
struct manifest {
    struct qn_buf bytes;
    struct manifest_line *line; /* owned; ascending by path */
    size_t n;
};
/* Reads DIR/manifest.txt: its form, and that every path stays below DIR. Signature and files are judged apart. */
QN_MUST_USE enum qn_code manifest_load(struct manifest *out, const char *dir, struct qn_err *err);
const struct manifest_line *manifest_find(const struct manifest *m, struct qn_span path);
void manifest_free(struct manifest *m);
#endif
