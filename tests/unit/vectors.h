/* vectors.h - reads the vector files of tests/vectors; their format stands in the README there. */
#ifndef QIAN_TESTS_VECTORS_H
#define QIAN_TESTS_VECTORS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qian/registry.h"

#define VECTORS_MAX 256
#define VECTOR_KEYS 8

struct vector {
    char name[96], want[64];
    unsigned nkeys;
    char key[VECTOR_KEYS][16], value[VECTOR_KEYS][96];
    struct qn_buf in;
};
static struct vector vectors[VECTORS_MAX];
static size_t nvectors;

/* The value of an optional key, or what stands for it when absent. */
static inline const char *vector_get(const struct vector *v, const char *key, const char *absent)
{
    for (unsigned i = 0; i < v->nkeys; i++)
        if (strcmp(v->key[i], key) == 0)
            return v->value[i];
    return absent;
}

static inline struct qn_span vector_in(const struct vector *v)
{
    return qn_buf_span(&v->in);
}

static int vector_hex(struct qn_buf *out, const char *s)
{
    while (*s) {
        uint8_t byte;
        size_t times = 1;
        if (*s == ' ') {
            s++;
            continue;
        }
        if (strlen(s) < 2 || !qn_hex_decode(&byte, 1, (struct qn_span){(const uint8_t *)s, 2}))
            return -1;
        s += 2;
        if (*s == '*') {
            char *end;
            times = strtoul(s + 1, &end, 10);
            s = end;
        }
        while (times--)
            qn_put(out, &byte, 1);
    }
    return out->failed ? -1 : 0;
}

static int vector_line(struct vector *v, const char *key, const char *value)
{
    bool ok;
    if (strcmp(key, "hex") == 0)
        return vector_hex(&v->in, value);
    if (strcmp(key, "name") == 0)
        ok = qn_text_copy(v->name, sizeof(v->name), qn_str(value));
    else if (strcmp(key, "want") == 0)
        ok = qn_text_copy(v->want, sizeof(v->want), qn_str(value));
    else
        ok = v->nkeys < VECTOR_KEYS &&
             qn_text_copy(v->key[v->nkeys], sizeof(v->key[0]), qn_str(key)) &&
             qn_text_copy(v->value[v->nkeys++], sizeof(v->value[0]), qn_str(value));
    return ok ? 0 : -1;
}

/* Reads all of a file; -1 and a line on stderr when it is not there or not well formed. */
static inline int vectors_read(const char *path)
{
    static char line[8192];
    FILE *f = fopen(path, "r");
    unsigned no = 0;
    struct vector *v = NULL;
    if (!f) {
        fprintf(stderr, "%s: cannot be opened\n", path);
        return -1;
    }
    while (fgets(line, sizeof(line), f)) {
        no++;
        line[strcspn(line, "\n")] = 0;
        char *value = strchr(line, ' ');
        if (line[0] == '#')
            continue;
        if (!line[0]) {
            v = NULL;
            continue;
        }
        if (!v && nvectors < VECTORS_MAX) {
            v = &vectors[nvectors++];
            qn_buf_init(&v->in, 4 * 1024 * 1024);
        }
        if (value)
            *value++ = 0;
        if (!v || vector_line(v, line, value ? value : "")) {
            fprintf(stderr, "%s:%u: not well formed\n", path, no);
            fclose(f);
            return -1;
        }
    }
    fclose(f);
    return nvectors ? 0 : -1;
}

/* The registry in a file, for the caller to free; NULL and a line on stderr when it does not parse. */
static inline struct qn_registry *vectors_registry(const char *path)
{
    static char text[QN_REGISTRY_MAX];
    struct qn_registry *r = malloc(sizeof(*r));
    struct qn_err err = {.code = QN_ABSENT};
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(text, 1, sizeof(text), f) : 0;
    if (f)
        fclose(f);
    if (r && qn_registry_parse(r, (struct qn_span){(const uint8_t *)text, n}, &err) == QN_OK)
        return r;
    fprintf(stderr, "%s: %s %s\n", path, err.id, err.args);
    free(r);
    return NULL;
}

static inline void vectors_release(void)
{
    for (size_t i = 0; i < nvectors; i++)
        qn_buf_release(&vectors[i].in);
}
#endif
