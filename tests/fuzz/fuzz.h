/* fuzz.h - what the targets share. */
#ifndef QIAN_TESTS_FUZZ_H
#define QIAN_TESTS_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "qian/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* What a target makes before the first input, if it has any: not part of an input's time. */
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* A property that must hold for every input. */
#define HOLDS(what) \
    do { \
        if (!(what)) { \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #what); \
            abort(); \
        } \
    } while (0)

/* A refusal names itself. */
#define IS_REFUSAL(rc, err) HOLDS((err).code == (rc) && (err).id[0])
#endif
