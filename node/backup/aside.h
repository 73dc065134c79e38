/* aside.h - a directory for what is not finished: one user at a time, empty at the start, gone at the end.
 * What a killed program left in it is cleared away by the next one.                                       */
#ifndef QIAN_NODE_BACKUP_ASIDE_H
#define QIAN_NODE_BACKUP_ASIDE_H

#include "node/store/file.h"

struct aside {
    char path[FILE_PATH_MAX];
    int fd; /* of the directory; its lock is the turn. 0 before it was opened */
};
/* dir/name, or a fresh name under dir where name is NULL. QN_LATER "backup.running" while another has it. */
QN_MUST_USE enum qn_code aside_open(struct aside *a, const char *dir, const char *name,
                                    struct qn_err *err);
void aside_close(struct aside *a);
static inline void aside_auto(struct aside *a)
{
    aside_close(a);
}
/* A file, or a directory with all that is in it; nothing where there is none. */
void aside_remove(const char *path);
#endif
