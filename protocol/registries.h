/* registries.h - the registries compiled in, by version from 0 on (scripts/embed-registry). */
#ifndef QIAN_PROTOCOL_REGISTRIES_H
#define QIAN_PROTOCOL_REGISTRIES_H
#include <stddef.h>

#include "qian/registry.h"

extern const struct qn_registry *const registries[];
extern const size_t nregistries;
#endif
