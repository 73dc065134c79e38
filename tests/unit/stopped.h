/* stopped.h - whoever stops an import does so when the rows that are not taken are a file, and those that are not committed yet. */
#ifndef QIAN_TESTS_STOPPED_H
#define QIAN_TESTS_STOPPED_H

#include "tests/unit/offices.h"

static bool stopped_at_once(void *ctx)
{
    (void)ctx;
    return true;
}

/* A report of the import's store. */
static void stopped_at_rejects(void *ctx, const char *id, const char *args)
{
    struct store *st = ctx;
    struct qn_err err;
    (void)args;
    if (strcmp(id, "work.roster-rejects") != 0)
        return;
    store_on_stop(st, stopped_at_once, NULL);
    assert_int_equal(store_goes_on(st, &err), QN_LATER);
}
#endif
