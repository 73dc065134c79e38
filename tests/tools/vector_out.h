/* vector_out.h - writes vector files; their format stands in tests/vectors/README.md. */
#ifndef QIAN_TESTS_VECTOR_OUT_H
#define QIAN_TESTS_VECTOR_OUT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qian/base.h"

#ifndef ARRAY_LEN
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#endif

static const char *vector_dir;
static FILE *vector_file;

/* A generator that would write something else than its table says stops here. */
static inline void vector_must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static inline void vector_begin(const char *file, const char *page)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/%s.txt", vector_dir, file);
    vector_file = fopen(path, "w");
    vector_must(vector_file != NULL, path);
    fprintf(vector_file, "# Vectors for %s; the format stands in README.md.\n", page);
}

static inline void vector_end(void)
{
    vector_must(!ferror(vector_file) && !fclose(vector_file), "not written");
}

static inline void vector_name(const char *name)
{
    fprintf(vector_file, "\nname %s\n", name);
}

static inline void vector_want(const char *id)
{
    fprintf(vector_file, "want %s\n", id ? id : "ok");
}

/* Lines of 48 bytes. */
static inline void vector_hex_line(const char *key, const void *p, size_t n)
{
    const uint8_t *byte = p;
    for (size_t i = 0; i < n; i++) {
        if (i % 48 == 0)
            fprintf(vector_file, "%s%s ", i ? "\n" : "", key);
        fprintf(vector_file, "%02x", byte[i]);
    }
    if (n)
        fputc('\n', vector_file);
}

static inline void vector_span(const char *key, struct qn_span s)
{
    vector_hex_line(key, s.p, s.n);
}

static inline void vector_word(const char *key, const char *text)
{
    fprintf(vector_file, "%s %s\n", key, text);
}

static inline void vector_number(const char *key, uint64_t n)
{
    fprintf(vector_file, "%s %llu\n", key, (unsigned long long)n);
}
#endif
