/* vault.h - evidence files on the disk, by their digest: DIR/files.      Spec: protocol/spec/files.md
 *
 * A file is whole and in its place, or it is not there. What is coming lies in files/part/, from its first byte on
 * without a gap, so that its length tells how far it came. Every directory and file is opened below the one before
 * it without following links: who can write into the directory cannot lead the node elsewhere.
 * No database: which files there should be is known to node/store/files.h.                                     */
#ifndef QIAN_NODE_STORE_VAULT_H
#define QIAN_NODE_STORE_VAULT_H

#include <sys/types.h>

#include "qian/frame.h"
#include "qian/merkle.h"

#define VAULT_LEAVES \
    ((size_t)QN_HASH << QN_FILE_PATH) /* bytes of the leaf hashes of the largest file */
#define VAULT_MEDIA 32

/* What a file's bytes say of it. */
struct vault_file {
    uint8_t sha256[QN_HASH], tree[QN_HASH];
    uint64_t size;
    char media[VAULT_MEDIA]; /* "" when the first bytes are none of those of files-3 */
    struct qn_buf leaves;    /* the hash of each piece; owned: vault_file_release */
};
void vault_file_release(struct vault_file *f);
static inline void vault_file_auto(struct vault_file *f)
{
    vault_file_release(f);
}

/* Copies a file in, whole and synced. QN_MALFORMED "files.media", "files.empty"; QN_LIMIT "file.too-long"; QN_IO
 * "files.room" when less than floor bytes would stay free.                                                    */
QN_MUST_USE enum qn_code vault_import(struct vault_file *out, const char *dir, const char *path,
                                      uint64_t floor, struct qn_err *err);

/* A file in its place, to read from; QN_ABSENT "files.absent". The caller closes fd. */
QN_MUST_USE enum qn_code vault_open(int *fd, uint64_t *size, const char *dir,
                                    const uint8_t sha256[QN_HASH], struct qn_err *err);
QN_MUST_USE enum qn_code vault_read(int fd, uint64_t offset, uint8_t *to, size_t n,
                                    struct qn_err *err);
/* What the bytes in its place really are. */
QN_MUST_USE enum qn_code vault_measure(struct vault_file *out, const char *dir,
                                       const uint8_t sha256[QN_HASH], struct qn_err *err);
/* Into files/damaged/, where nothing reads it. */
QN_MUST_USE enum qn_code vault_set_aside(const char *dir, const uint8_t sha256[QN_HASH],
                                         struct qn_err *err);
/* Forgets it, its small picture and a damaged one of its name; fine when it is not there. */
QN_MUST_USE enum qn_code vault_remove(const char *dir, const uint8_t sha256[QN_HASH],
                                      struct qn_err *err);

/* The small picture of a file, in DIR/thumbs beside the files: local, no evidence, may be deleted by anybody at any time. Each
 * directory holds at most VAULT_THUMBS of them and is emptied before one more comes. Callers take turns at putting. */
#define VAULT_THUMBS 16
QN_MUST_USE enum qn_code vault_thumb(struct qn_buf *out /* fresh */, const char *dir,
                                     const uint8_t sha256[QN_HASH], size_t max, struct qn_err *err);
QN_MUST_USE enum qn_code vault_thumb_put(const char *dir, const uint8_t sha256[QN_HASH],
                                         struct qn_span bytes, struct qn_err *err);

/* How much of a file has come; 0 when nothing. */
QN_MUST_USE enum qn_code vault_part_size(uint64_t *have, const char *dir,
                                         const struct qn_file_name *name, struct qn_err *err);
/* Appends bytes that join on; *have is what there is now. QN_CONFLICT "files.gap" when they do not join on, QN_UNVERIFIED
 * "files.piece" when the piece that became whole is not in the tree: it is cut off again.                        */
QN_MUST_USE enum qn_code vault_part_put(uint64_t *have, const char *dir,
                                        const struct qn_file_frame *f, struct qn_err *err);
/* All has come: hashed, synced, put in its place. QN_UNVERIFIED "files.whole": it was not that file, and is gone. */
QN_MUST_USE enum qn_code vault_part_end(struct vault_file *out, const char *dir,
                                        const struct qn_file_name *name, struct qn_err *err);
QN_MUST_USE enum qn_code vault_part_drop(const char *dir, const struct qn_file_name *name,
                                         struct qn_err *err);
/* Bytes of all that is coming. */
QN_MUST_USE enum qn_code vault_parts(uint64_t *bytes, const char *dir, struct qn_err *err);

/* Every file in its place, in any order. A name that is no digest is told with NULL and counts as an orphan. */
typedef enum qn_code vault_see(void *ctx, const uint8_t *sha256, const char *name, uint64_t size,
                               struct qn_err *err);
QN_MUST_USE enum qn_code vault_walk(const char *dir, vault_see *see, void *ctx, struct qn_err *err);
/* Bytes that a user may still write on the disk of the files. */
QN_MUST_USE enum qn_code vault_free(uint64_t *bytes, const char *dir, struct qn_err *err);

/* The type by the first bytes, as files-3 has it; NULL for another. */
const char *vault_media(struct qn_span first);
#define VAULT_FIRST 16 /* bytes that vault_media looks at */
/* The hashes from leaf `piece` to the root. */
QN_MUST_USE enum qn_code vault_path(struct qn_proof *out, const uint8_t *leaves, uint64_t pieces,
                                    uint64_t piece, struct qn_err *err);
#endif
