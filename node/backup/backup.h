/* backup.h - an office in one encrypted file, and back.   Spec: protocol/spec/backup.md
 *
 * A backup holds the database as it stood at one moment, the key files (encrypted as they lie), and evidence files or
 * their list. It does not hold the anchor: that must know better than any backup what this office signed last.
 * None of these functions needs the office's lock; all take minutes on a large one.                              */
#ifndef QIAN_NODE_BACKUP_H
#define QIAN_NODE_BACKUP_H

#include "node/backup/head.h"

struct backup_create {
    const char *dir;
    const char
        *path; /* of the file, which must not be there; of a directory: a name is made inside */
    struct qn_span passphrase; /* must open the office's keys */
    uint16_t epoch;            /* of these keys; 0: the first */
    bool with_files;
    const char *since; /* an earlier backup whose evidence files need not be inside again; NULL: none */
    uint64_t now_ms;
    const struct qn_report *report;
    bool (*stop)(void *ctx); /* asked between pieces; true: QN_LATER "store.stopped", and nothing stays. NULL: never */
    void *stop_ctx;
};
struct backup_made {
    struct backup_head head;
    char path[1024];
    uint64_t bytes;
};
QN_MUST_USE enum qn_code backup_create(struct backup_made *out, const struct backup_create *o,
                                       struct qn_err *err);

/* What a backup was found to hold, looked at from inside. */
struct backup_found {
    struct backup_head head;
    uint64_t bytes;                /* of the file */
    uint64_t logs, entries, parts; /* all verified against each other, from the first leaf on */
    uint64_t rows;                 /* derived again and the same; 0 where that was not asked for */
    uint64_t sealed;               /* parts that no key opens and of which no row stands (rebuild.h) */
    uint64_t missing;              /* evidence files that are named and in none of the backups given */
    uint64_t ms;                   /* that it took */
};
struct backup_open {
    const char *path;
    struct qn_span passphrase;
    const char *work; /* the plain copy lies in a directory under this one while it is looked at */
    const char *
        name; /* of that directory: what an interrupted look left there is cleared away. NULL: a fresh one */
    bool rebuild; /* also derive every row from the logs and compare, as qian rebuild does */
    const char *const *files; /* further backups from which evidence files are taken */
    unsigned nfiles;
    const struct qn_report *report;
};
/* The header alone: nothing is decrypted. */
QN_MUST_USE enum qn_code backup_look(struct backup_head *out, const char *path, struct qn_err *err);
/* Unpacks aside, checks everything, and leaves nothing behind. */
QN_MUST_USE enum qn_code backup_verify(struct backup_found *out, const struct backup_open *o,
                                       struct qn_err *err);
/* The same into `dir`, which stays: QN_CONFLICT "backup.living" where there is an office. An anchor that lies there is
 * left as it is. A restore that was interrupted is begun again.                                                 */
QN_MUST_USE enum qn_code backup_restore(struct backup_found *out, const struct backup_open *o,
                                        const char *dir, struct qn_err *err);
#endif
