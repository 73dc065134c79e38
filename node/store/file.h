/* file.h - files of the office: read with a bound, written whole or not at all.
 *
 * Reading opens regular files only, never blocks on a FIFO, and refuses what is larger than max.
 * Writing goes aside, fsync, rename, fsync of the directory: a reader sees the old or the new bytes. */
#ifndef QIAN_NODE_STORE_FILE_H
#define QIAN_NODE_STORE_FILE_H

#include "qian/base.h"

QN_MUST_USE enum qn_code file_read(struct qn_buf *out /* fresh; its max is set */, const char *path,
                                   size_t max, struct qn_err *err);
/* All of the bytes to an open file, not synced; path is for the refusal. */
QN_MUST_USE enum qn_code file_put(int fd, struct qn_span bytes, const char *path, struct qn_err *err);
QN_MUST_USE enum qn_code file_write(const char *path, struct qn_span bytes, unsigned mode,
                                    bool replace, struct qn_err *err);
QN_MUST_USE enum qn_code file_mkdir(const char *path, struct qn_err *err); /* 0700; fine when there */
/* What was renamed or linked to this path stays so after a power cut. */
QN_MUST_USE enum qn_code file_sync_dir(const char *path, struct qn_err *err);
/* Why the system refused: the id of a sentence, errno.absent, where it is one of the common reasons. */
const char *file_why(int error);
/* dir '/' name into out; QN_LIMIT when too long. */
#define FILE_PATH_MAX 1024
QN_MUST_USE enum qn_code file_join(char out[FILE_PATH_MAX], const char *dir, const char *name,
                                   struct qn_err *err);
#endif
