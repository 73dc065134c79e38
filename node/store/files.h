/* files.h - evidence files: which there should be, which are here, which the office above has.
 *                                                                   Spec: protocol/spec/files.md
 * The table `file` has a line for each file that a row of `evidence` names here, by the office of that row. It is made from the
 * rows and from the disk, and may be emptied: files_look makes it again.                                        */
#ifndef QIAN_NODE_STORE_FILES_H
#define QIAN_NODE_STORE_FILES_H

#include "node/store/store.h"
#include "node/store/vault.h"

#define FILES_QUOTA_MIB 20480u /* of one office, files-16 */
#define FILES_FLOOR_MIB 1024u  /* free space that is left alone */
#define FILES_MIB       (UINT64_C(1) << 20)
#define FILES_LATE_MS   UINT64_C(600000)   /* not offered for so long: asked for */
#define FILES_AGAIN_MS  UINT64_C(21600000) /* and again after so long */

enum files_state { FILES_WANTED, FILES_COMING, FILES_HERE };

/* Rows that came since the last look get their lines. Rows that name a file already here (a rebuilt table) find it. */
QN_MUST_USE enum qn_code files_look(struct store *st, struct qn_err *err);
/* The rows were made anew, and their numbers with them: all are looked at again. */
QN_MUST_USE enum qn_code files_look_anew(struct store *st, struct qn_err *err);
/* Copies an own file in and gives it its line, in the caller's transaction. */
QN_MUST_USE enum qn_code files_keep(struct vault_file *out, struct store *st, const char *path,
                                    struct qn_err *err);

/* QN_ABSENT "files.unknown" when no row names exactly this file. */
struct files_line {
    enum files_state state;
    bool had, above;
};
QN_MUST_USE enum qn_code files_find(struct files_line *out, struct store *st,
                                    const struct qn_file_name *name, struct qn_err *err);
/* The hashes of its pieces; empty of a file of one piece, whose hash is the root. */
QN_MUST_USE enum qn_code files_leaves(struct qn_buf *out, struct store *st,
                                      const struct qn_file_name *name, struct qn_err *err);
/* Whether there is room for one more file of this office: QN_FILE_HERE is yes. */
QN_MUST_USE enum qn_code files_room(enum qn_fate_of_file *out, struct store *st,
                                    const struct qn_file_name *name, struct qn_err *err);
QN_MUST_USE enum qn_code files_coming(struct store *st, const struct qn_file_name *name,
                                      struct qn_err *err);
/* It came whole. tell: the office it came from is told. */
QN_MUST_USE enum qn_code files_came(struct store *st, const struct qn_file_name *name,
                                    const struct vault_file *f, bool tell, struct qn_err *err);
/* It was here and is not, or is not what it was. */
QN_MUST_USE enum qn_code files_lost(struct store *st, const uint8_t sha256[QN_HASH],
                                    struct qn_err *err);
/* What the office above said of it; QN_FILE_HERE: it has it. wanted: it asked for it, so it has not. */
QN_MUST_USE enum qn_code files_told_above(struct store *st, const struct qn_file_name *name,
                                          enum qn_fate_of_file fate, bool wanted,
                                          struct qn_err *err);
QN_MUST_USE enum qn_code files_tell_again(struct store *st, const struct qn_file_name *name,
                                          struct qn_err *err);
/* A row of `evidence` was deleted (redaction): its file is forgotten where no other row of that office names it. */
QN_MUST_USE enum qn_code files_forget_row(struct store *st, const char *office,
                                          const uint8_t sha256[QN_HASH], struct qn_err *err);
/* At most max files of one office are forgotten, whole, coming and damaged, with their lines and small pictures (purge):
 * how many were here, how many bytes; more: it may have others.                                                */
QN_MUST_USE enum qn_code files_forget_office(bool *more, struct store *st, const char *office,
                                             unsigned max, uint64_t *files, uint64_t *bytes,
                                             struct qn_err *err);

/* Lists, at most max of them; the last column of order is the list's own. */
struct files_list {
    struct qn_file_name *name;
    size_t n;
};
void files_list_release(struct files_list *l);
static inline void files_list_auto(struct files_list *l)
{
    files_list_release(l);
}
/* Here, and not known to be above, offered least recently first; not those offered after `turn`. Until their bytes are
 * `bytes`. They are marked as offered now.                                                                    */
QN_MUST_USE enum qn_code files_to_offer(struct files_list *out, struct store *st, int64_t turn,
                                        uint64_t bytes, size_t max, struct qn_err *err);
QN_MUST_USE enum qn_code files_turn(int64_t *out, struct store *st,
                                    struct qn_err *err); /* the last one */
/* Missing and due to be asked for by itself; `below`: of offices that are this one or below it, else ("") those that
 * the office above may have. At most max, and until their bytes are `bytes`. They are marked as asked for now.     */
QN_MUST_USE enum qn_code files_to_ask(struct files_list *out, struct store *st, const char *below,
                                      uint64_t bytes, size_t max, struct qn_err *err);
/* Came from that office or through it, and were not told yet. They count as told. */
QN_MUST_USE enum qn_code files_to_tell(struct files_list *out, struct store *st, const char *below,
                                       size_t max, struct qn_err *err);
/* Whole, for a bundle: upward what is not known to be above, downward what is of `below`; behind *from, in the order of
 * their names. One page of at most max.                                                                       */
QN_MUST_USE enum qn_code files_page(struct files_list *out, struct store *st, const char *below,
                                    const struct qn_file_name *from, size_t max,
                                    struct qn_err *err);
QN_MUST_USE enum qn_code files_ask_now(struct store *st, uint64_t *count, struct qn_err *err);

/* Whether `reader` gets files of `office` (files-2). */
bool files_are_for(struct store *st, const char *office, const char *reader);

/* Files that should be here and whose name, or size, is not on the disk: their bytes are not read (evidence verify does). */
QN_MUST_USE enum qn_code files_gone(uint64_t *gone, struct store *st, struct qn_err *err);

/* How it stands, for people. */
struct files_standing {
    uint64_t named, named_bytes;    /* by rows here */
    uint64_t here, here_bytes;      /* whole */
    uint64_t coming_bytes;          /* of those not whole yet */
    uint64_t up, up_bytes;          /* whole, and not known to be above; 0 at the province */
    uint64_t over_quota, over_room; /* of these: the office above had no room for them */
    uint64_t came, came_bytes,
        twice; /* by exchange, since the directory was made; bytes that came again */
    uint64_t sent_bytes;
};
QN_MUST_USE enum qn_code files_standing(struct files_standing *out, struct store *st,
                                        struct qn_err *err);
QN_MUST_USE enum qn_code files_count(struct store *st, uint64_t came, uint64_t bytes,
                                     uint64_t twice, uint64_t sent, struct qn_err *err);

/* Settings, in MiB. */
struct files_limits {
    uint64_t quota_mib, floor_mib;
};
void files_limits(struct store *st, struct files_limits *out);
QN_MUST_USE enum qn_code files_set_limits(struct store *st, const struct files_limits *l,
                                          struct qn_err *err);
#endif
