/* two_versions.h - a family whose programs are of the version before this one; each office is upgraded when a test says so.
 * Linked with one registry and one schema step more than the program has (tests/next).                        */
#ifndef QIAN_TESTS_TWO_VERSIONS_H
#define QIAN_TESTS_TWO_VERSIONS_H

#include "tests/unit/family.h"

#include "protocol/embedded.h"

static struct store_program older_program;
static struct store_world older_world = {.as = &older_program};

static inline int older_family_setup(void **state)
{
    struct family *f = calloc(1, sizeof(*f));
    char name[48];
    size_t n;
    int schema = 1;
    do
        snprintf(name, sizeof(name), "node/store/schema-%d.sql", ++schema);
    while (embedded_get(name, &n));
    older_program = (struct store_program){.registry = (uint16_t)(qn_registry_newest() - 1),
                                           .schema = schema - 2};
    offices_init(&f->all);
    f->all.world = &older_world;
    office_make(&f->p, &f->all, NULL, "14", QN_PROVINCE);
    office_make(&f->c, &f->all, &f->p, "1406", QN_CITY);
    office_make(&f->k, &f->all, &f->c, "140602", QN_COUNTY);
    office_make(&f->k2, &f->all, &f->c, "140622", QN_COUNTY);
    *state = f;
    return 0;
}

/* The same office under the program of this version. */
static inline void upgrade_office(struct test_office *o)
{
    store_close(o->st);
    o->st = NULL;
    MUST(store_open(&o->st, o->dir, STORE_OPEN, &offices_err));
    store_lend_keys(o->st, o->keys);
}
#endif
