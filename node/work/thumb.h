/* thumb.h - a small picture of a photograph, for people who look through many.     Spec: protocol/spec/files.md
 *
 * No picture is decoded in this process. Two programs of the machine do it (djpeg, cjpeg of libjpeg-turbo): they are given the
 * bytes, an empty environment, no file but their own libraries, no network and a few seconds, and what they give back is a
 * picture or nothing. It is no evidence: it may be thrown away at any time, and nothing waits for it.               */
#ifndef QIAN_NODE_WORK_THUMB_H
#define QIAN_NODE_WORK_THUMB_H

#include "qian/base.h"

#define THUMB_MAX      131072u            /* bytes of a small picture */
#define THUMB_FROM_MAX ((size_t)64 << 20) /* bytes of the large one */
#define THUMB_DECODER  "/usr/bin/djpeg"
#define THUMB_ENCODER  "/usr/bin/cjpeg"

enum thumb {
    THUMB_MADE,
    THUMB_NONE,       /* no JPEG, or not one that the decoder takes, or too much of it */
    THUMB_NO_PROGRAM, /* not installed, or it could not be started */
    THUMB_NO_CAGE     /* this kernel has no Landlock or no seccomp: then nobody is let in */
};
struct thumb_options { /* NULL: as above, 6 seconds */
    const char *decoder, *encoder;
    unsigned wall_ms;
};
/* Whether this machine can. */
enum thumb thumb_fit(void);
/* At most one at a time; out is fresh and stays empty unless one was made. */
enum thumb thumb_make(struct qn_buf *out, struct qn_span jpeg, const struct thumb_options *o);
/* That of an evidence file, from DIR/thumbs where it was made before; the file is made sure of by its digest. again: also where
 * it is known that there is none. A refusal is one of the file (evidence_read); *told says how it went otherwise. Needs no lock. */
QN_MUST_USE enum qn_code thumb_of(struct qn_buf *out, enum thumb *told, const char *dir,
                                  const uint8_t sha256[QN_HASH], bool again, struct qn_err *err);
/* The sentence on why there is none. */
const char *thumb_id(enum thumb told);
#endif
