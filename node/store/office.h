/* office.h - a running office: its store, its keys, its one lock. The three mouths (http, web, cli) hold this. */
#ifndef QIAN_NODE_STORE_OFFICE_H
#define QIAN_NODE_STORE_OFFICE_H

#include <pthread.h>

#include "node/keys/keys.h"
#include "node/store/store.h"

struct office {
    struct store *st;
    struct keys *keys; /* NULL when opened without */
    pthread_mutex_t lock; /* whoever touches st holds it; given back while waiting for a network */
};
/* dir/keys, dir/qian.db. The passphrase comes from passphrase_file, else $QIAN_PASSPHRASE_FILE, else
 * $CREDENTIALS_DIRECTORY/qian.passphrase. with_keys false: for commands that only read.             */
QN_MUST_USE enum qn_code office_open(struct office *out, const char *dir, const char *passphrase_file, bool with_keys,
                                     struct qn_err *err);
/* The passphrase as found by the same order; free with sodium_free. */
QN_MUST_USE enum qn_code office_passphrase(struct qn_span *out, const char *given, struct qn_err *err);
void office_close(struct office *o);
/* For store_on_breath, of an office whose lock is held by whoever uses its store: gives it to those who wait. */
void office_breathe(void *office);
#endif
