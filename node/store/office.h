/* office.h - a running office: its store, its keys, its one lock. The three mouths (http, web, cli) hold this. */
#ifndef QIAN_NODE_STORE_OFFICE_H
#define QIAN_NODE_STORE_OFFICE_H

#include <pthread.h>
#include <sodium.h>

#include "node/keys/keys.h"
#include "node/store/store.h"

struct office {
    struct store *st;
    struct keys *keys; /* NULL when opened without */
    pthread_mutex_t lock; /* whoever touches st holds it; given back while waiting for a network */
    pthread_rwlock_t lends; /* of the keys, to who reads beside (office_beside) */
    /* A connection that the network keeps from one call to the next, under the lock; NULL: none. */
    void *line;
    void (*line_free)(void *line);
};
/* The key file of an epoch: dir/keys, later dir/keys-2, ... A file is never replaced or removed. epoch 0: the first. */
QN_MUST_USE enum qn_code office_key_path(char out[1024], const char *dir, uint16_t epoch, struct qn_err *err);
/* Opens it; passphrase_file as below. */
QN_MUST_USE enum qn_code office_keys(struct keys **out, const char *dir, uint16_t epoch, const char *passphrase_file,
                                     struct qn_err *err);
/* The same office for who only reads, without its lock: a connection of its own, the keys lent. QN_ABSENT "store.absent" in a
 * simulator's world. office_beside_end gives all of it back.                                                         */
QN_MUST_USE enum qn_code office_beside(struct office *out, struct office *of, struct qn_err *err);
void office_beside_end(struct office *beside, struct office *of);
/* Gives the lock to others in the middle of work, and has it again: theirs is done under their own names. */
void office_leave(struct office *o, struct store_work *own);
void office_return(struct office *o, const struct store_work *own);
/* The office goes on with these; it owns them from now on. */
void office_take_keys(struct office *o, struct keys *keys);
/* The key file of the office's epoch, dir/qian.db. The passphrase comes from passphrase_file, else $QIAN_PASSPHRASE_FILE, else
 * $CREDENTIALS_DIRECTORY/qian.passphrase. with_keys false: for commands that only read.             */
QN_MUST_USE enum qn_code office_open(struct office *out, const char *dir, const char *passphrase_file, bool with_keys,
                                     struct qn_err *err);
/* The same, and report is told of an upgrade of older data, which may take minutes. */
QN_MUST_USE enum qn_code office_open_told(struct office *out, const char *dir, const char *passphrase_file,
                                          bool with_keys, const struct qn_report *report, struct qn_err *err);
/* Where it is to come from, whether there is such a file or not; NULL: nothing is named. room: for the answer. */
const char *office_passphrase_at(const char *given, char room[1024]);
/* For this run, where nothing is named: what the first pages were told (web-53). Under one lock, and before there is an office that
 * other threads have. */
QN_MUST_USE enum qn_code office_passphrase_hold(struct qn_span passphrase, struct qn_err *err);
bool office_passphrase_held(void);
void office_passphrase_forget(void);
/* The passphrase as found by the same order; free with sodium_free, or QN_AUTO(secret). */
QN_MUST_USE enum qn_code office_passphrase(struct qn_span *out, const char *given, struct qn_err *err);
static inline void secret_auto(struct qn_span *s)
{
    sodium_free((void *)(uintptr_t)s->p); /* wipes first; NULL is fine */
}
void office_close(struct office *o);
/* For store_on_breath, of an office whose lock is held by whoever uses its store: gives it to those who wait. */
void office_breathe(void *office);
#endif
