#include "node/store/placing.h"

#include <pthread.h>

#define BUSY_MS 10000

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

int placing_open(sqlite3 **out, const char *path)
{
    placing_reads();
    int rc = sqlite3_open_v2(path, out, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_busy_timeout(*out, BUSY_MS);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(*out, "SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL);
    placing_over();
    return rc;
}
