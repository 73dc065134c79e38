#include "node/store/placing.h"

#include <pthread.h>

static pthread_rwlock_t placing = PTHREAD_RWLOCK_INITIALIZER;

void placing_reads(void)
{
    pthread_rwlock_rdlock(&placing);
}

void placing_begins(void)
{
    pthread_rwlock_wrlock(&placing);
}

void placing_over(void)
{
    pthread_rwlock_unlock(&placing);
}
