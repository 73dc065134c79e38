/* embedded.h - files compiled in at build time (scripts/embed), found by their path in the tree. */
#ifndef QIAN_PROTOCOL_EMBEDDED_H
#define QIAN_PROTOCOL_EMBEDDED_H
#include <stddef.h>
/* NULL when there is no such file. The bytes are static and followed by a NUL that n leaves out. */
const unsigned char *embedded_get(const char *name, size_t *n);
/* The name of the i-th file, from 0, in the order of the build; NULL behind the last. */
const char *embedded_name(size_t i);
#endif
