/* keeper.h - what is kept ready for searches (name_index.h), and what is cleared away of shelves: in a thread of its own, without the
 * office's lock. */
#ifndef QIAN_NODE_WEB_KEEPER_H
#define QIAN_NODE_WEB_KEEPER_H

#include <pthread.h>

#include "node/store/stop.h"

struct keeper {
    pthread_t thread;
    struct stop stop;
    bool runs;
    const char *dir; /* lent */
};
void keeper_start(struct keeper *k,
                  const char *dir); /* without a thread searches prepare a little by themselves */
void keeper_end(struct keeper *k);
#endif
