/* bundle_format.h - lengths of a bundle's file, for its writer and its reader.  Spec: protocol/spec/bundle.md */
#ifndef QIAN_NODE_SYNC_BUNDLE_FORMAT_H
#define QIAN_NODE_SYNC_BUNDLE_FORMAT_H

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "node/store/file.h"
#include "qian/frame.h"

#define TAG_BYTES  crypto_secretstream_xchacha20poly1305_ABYTES
#define HEAD_BYTES crypto_secretstream_xchacha20poly1305_HEADERBYTES
#define KEY_BYTES  crypto_secretstream_xchacha20poly1305_KEYBYTES
#define SEAL_BYTES (crypto_box_SEALBYTES + KEY_BYTES)
#define CLEAR_MAX  1024 /* bytes before the first chunk: five names, keys of four recipients */
#define CHUNK_MAX  (QN_FRAME_MAX + QN_FRAME_HEAD + TAG_BYTES)

static inline enum qn_code bundle_io_fail(struct qn_err *err, const char *id, const char *path)
{
    return qn_fail(err, QN_IO, id, "path=%s|why=%s", path, file_why(errno));
}
#endif
