/* file.h - files of the office: read with a bound, written whole or not at all.
 *
 * Reading opens regular files only, never blocks on a FIFO, and refuses what is larger than max.
 * Writing goes aside, fsync, rename, fsync of the directory: a reader sees the old or the new bytes. */
#ifndef QIAN_NODE_STORE_FILE_H
#define QIAN_NODE_STORE_FILE_H

#include "qian/base.h"

/* For reading on: *fd is the caller's to close; size as it is now. QN_ABSENT, QN_DENIED for what is no regular file, QN_IO. */
QN_MUST_USE enum qn_code file_open(int *fd, uint64_t *size, const char *path, struct qn_err *err);
/* n: bytes read, up to room; 0 at the end. */
QN_MUST_USE enum qn_code file_more(int fd, uint8_t *to, size_t room, size_t *n, const char *path,
                                   struct qn_err *err);
QN_MUST_USE enum qn_code file_read(struct qn_buf *out /* fresh; its max is set */, const char *path,
                                   size_t max, struct qn_err *err);
/* All of the bytes to an open file, not synced; path is for the refusal. */
QN_MUST_USE enum qn_code file_put(int fd, struct qn_span bytes, const char *path,
                                  struct qn_err *err);
QN_MUST_USE enum qn_code file_write(const char *path, struct qn_span bytes, unsigned mode,
                                    bool replace, struct qn_err *err);
/* The same for what is written piece by piece, or by a library to the path `aside`: put aside, then kept or dropped.
 * fd is open for writing. keep ends it either way; else QN_AUTO(file_aside) drops it.                              */
#define FILE_PATH_MAX 1024
#define FILE_NAME_MAX 150 /* bytes, of file_is_name */
struct file_aside {
    int fd;
    char path[FILE_PATH_MAX], aside[FILE_PATH_MAX];
};
#define FILE_ASIDE_NONE \
    { \
        .fd = -1 \
    }
QN_MUST_USE enum qn_code file_aside_open(struct file_aside *a, const char *path, unsigned mode,
                                         struct qn_err *err);
QN_MUST_USE enum qn_code file_aside_keep(struct file_aside *a, bool replace, struct qn_err *err);
void file_aside_auto(struct file_aside *a);
QN_MUST_USE enum qn_code file_mkdir(const char *path,
                                    struct qn_err *err); /* 0700; fine when there */
/* What was renamed or linked to this path stays so after a power cut. */
QN_MUST_USE enum qn_code file_sync_dir(const char *path, struct qn_err *err);
/* Why the system refused: the id of a sentence, errno.absent, where it is one of the common reasons. */
const char *file_why(int error);
/* dir '/' name into out; QN_LIMIT when too long. */
/* A name for a file and nothing else: no directory, no hidden file, no control characters. */
bool file_is_name(const char *name);
QN_MUST_USE enum qn_code file_join(char out[FILE_PATH_MAX], const char *dir, const char *name,
                                   struct qn_err *err);
#endif
