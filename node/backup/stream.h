/* stream.h - the encrypted content of a backup, written and read from its beginning to its end.
 *                                                                   Spec: protocol/spec/backup.md
 * Ownership: an open stream owns its key and its room, not its file descriptor. Content comes and goes in any pieces;
 * nothing is given out that was not authenticated.                                                       */
#ifndef QIAN_NODE_BACKUP_STREAM_H
#define QIAN_NODE_BACKUP_STREAM_H

#include "node/backup/head.h"

#define BACKUP_CHUNK (256u * 1024) /* bytes of content; every chunk but the last has so many */

struct backup_out;
/* Fills h->check and h->stream, whose other fields are final, and writes the header. */
QN_MUST_USE enum qn_code backup_out_open(struct backup_out **out, int fd, const char *path,
                                         struct backup_head *h, struct qn_span passphrase,
                                         struct qn_err *err);
QN_MUST_USE enum qn_code backup_out_put(struct backup_out *o, const void *p, size_t n,
                                        struct qn_err *err);
/* The last chunk, with the mark of the end. All of h->length was put. */
QN_MUST_USE enum qn_code backup_out_end(struct backup_out *o, struct qn_err *err);
void backup_out_free(struct backup_out *o);
QN_DEFINE_AUTO(struct backup_out *, backup_out, backup_out_free)

struct backup_in;
/* The header alone. QN_LIMIT "backup.cut" when the file is shorter than its header says, QN_MALFORMED "backup.long". */
QN_MUST_USE enum qn_code backup_in_head(struct backup_head *h, int fd, const char *path,
                                        struct qn_err *err);
/* QN_UNVERIFIED "backup.passphrase". */
QN_MUST_USE enum qn_code backup_in_open(struct backup_in **in, struct backup_head *h, int fd,
                                        const char *path, struct qn_span passphrase,
                                        struct qn_err *err);
/* The next n bytes of the content, at most BACKUP_CHUNK at a time: lent until the next call. QN_UNVERIFIED
 * "backup.damaged" names the chunk.                                                                        */
QN_MUST_USE enum qn_code backup_in_take(struct backup_in *in, size_t n, struct qn_span *out,
                                        struct qn_err *err);
/* All was taken, the end was marked, and the digest is that of the header. */
/* Asked before each further chunk; true: QN_LATER "store.stopped". NULL: never. */
void backup_in_on_stop(struct backup_in *in, bool (*stop)(void *ctx), void *ctx);
QN_MUST_USE enum qn_code backup_in_end(struct backup_in *in, struct qn_err *err);
void backup_in_free(struct backup_in *in);
QN_DEFINE_AUTO(struct backup_in *, backup_in, backup_in_free)
#endif
