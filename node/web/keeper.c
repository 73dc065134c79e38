#include "node/web/keeper.h"

#include "node/store/name_index.h"
#include "node/web/call.h"

#define EVERY_MS 20000 /* nothing new costs two looks */
#define CLEARS   180   /* of them: an hour */

static bool ending(void *ctx)
{
    return stop_wait(&((struct keeper *)ctx)->stop, 0);
}

static void *run(void *ctx)
{
    struct keeper *k = ctx;
    struct qn_err none; /* a full disk: searches tell what they cannot find */
    unsigned round = 0;
    do {
        if (round++ % CLEARS == 0)
            shelf_clear(k->dir);
        enum qn_code rc = name_index_keep(k->dir, ending, k, &none);
        (void)rc;
    } while (!stop_wait(&k->stop, EVERY_MS));
    return NULL;
}

void keeper_start(struct keeper *k, const char *dir)
{
    struct qn_err none;
    *k = (struct keeper){.stop = STOP_NONE, .dir = dir};
    k->runs = stop_open(&k->stop, &none) == QN_OK && pthread_create(&k->thread, NULL, run, k) == 0;
}

void keeper_end(struct keeper *k)
{
    stop_now(&k->stop);
    if (k->runs)
        pthread_join(k->thread, NULL);
    stop_release(&k->stop);
}
