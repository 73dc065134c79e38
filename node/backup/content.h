/* content.h - what lies in a backup: items, one after the other.   Spec: protocol/spec/backup.md
 *
 *   item = u8 length of the name, name, u64 length, bytes        the last one is followed by a zero byte
 *
 * Written from a list that is gone through twice: once for the digest in the header, once into the file.     */
#ifndef QIAN_NODE_BACKUP_CONTENT_H
#define QIAN_NODE_BACKUP_CONTENT_H

#include "node/backup/stream.h"
#include "node/store/file.h"

#define BACKUP_NAME 80 /* of an item, with its NUL; "file/" and a digest are 69 */

struct backup_item {
    char name[BACKUP_NAME];
    uint64_t size;
};
struct backup_content {
    char dir[FILE_PATH_MAX],
        database[FILE_PATH_MAX]; /* where the bytes are; those of the list are in `text` */
    struct backup_item *item;
    size_t n, cap;
    struct qn_buf text;        /* the list of evidence files */
    uint64_t files, contained; /* as in the header */
};
/* What a directory has besides its database: key files, and evidence files, whose bytes are contained or only named.
 * since: the list of an earlier backup, whose files are not contained again; empty otherwise.                  */
QN_MUST_USE enum qn_code backup_gather(struct backup_content *out, const char *dir, const char *database,
                                       bool with_files, struct qn_span since, struct qn_err *err);
struct backup_create;
/* Length and digest, for the header. */
QN_MUST_USE enum qn_code backup_digest(struct backup_head *h, const struct backup_content *c,
                                       const struct backup_create *asked, struct qn_err *err);
/* QN_LATER "store.stopped" where whoever asked for it wants it no more. */
QN_MUST_USE enum qn_code backup_wanted(const struct backup_create *asked, struct qn_err *err);
QN_MUST_USE enum qn_code backup_put(struct backup_out *o, const struct backup_content *c,
                                    const struct backup_create *asked, struct qn_err *err);
void backup_content_release(struct backup_content *c);
static inline void backup_content_auto(struct backup_content *c)
{
    backup_content_release(c);
}

#define BACKUP_LIST_MAX (64u * 1024 * 1024) /* bytes of the list: some 800,000 files */
/* Writes the items into a directory under their names there, each flushed; a name that a backup has not is refused.
 * dir NULL: only reads. BACKUP_FILES: of the items only evidence files, and of those the ones that are not there yet.
 * BACKUP_LIST: stops behind the list. list: initialised by the caller with room for BACKUP_LIST_MAX; may be NULL. */
enum backup_what { BACKUP_ALL, BACKUP_FILES, BACKUP_LIST };
QN_MUST_USE enum qn_code backup_unpack(struct backup_in *in, const char *dir, enum backup_what what, struct qn_buf *list,
                                       const struct qn_report *report, struct qn_err *err);
/* How many files of a list are not in the directory. */
uint64_t backup_missing(const char *dir, struct qn_span list);
#endif
