/* vectors.h - reads the vector files of tests/vectors; their format stands in the README there. */
#ifndef QIAN_TESTS_VECTORS_H
#define QIAN_TESTS_VECTORS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qian/registry.h"

#define VECTORS_MAX 512
#define VECTOR_KEYS 48
#define VECTOR_VALUE (4u * 1024 * 1024)

/* `in` is what the lines `hex` give. A key that stands several times has the values one after another. */
struct vector {
    char name[96], want[64];
    unsigned nkeys;
    char key[VECTOR_KEYS][24];
    struct qn_buf value[VECTOR_KEYS]; /* ended by a NUL that n leaves out */
    struct qn_buf in;
};
static struct vector vectors[VECTORS_MAX];
static size_t nvectors;

/* The value of an optional key, or what stands for it when absent. */
static inline const char *vector_get(const struct vector *v, const char *key, const char *absent)
{
    for (unsigned i = 0; i < v->nkeys; i++)
        if (strcmp(v->key[i], key) == 0)
            return (const char *)v->value[i].p;
    return absent;
}

static inline struct qn_span vector_in(const struct vector *v)
{
    return qn_buf_span(&v->in);
}

static inline int vector_hex(struct qn_buf *out, const char *s)
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

/* The bytes that the hexadecimal value of a key gives; false when it is absent or no hexadecimal. The caller
 * releases out. */
static inline bool vector_bytes(struct qn_buf *out, const struct vector *v, const char *key)
{
    const char *hex = vector_get(v, key, NULL);
    qn_buf_init(out, VECTOR_VALUE);
    return hex && vector_hex(out, hex) == 0;
}

static inline int vector_line(struct vector *v, const char *key, const char *value)
{
    if (strcmp(key, "hex") == 0)
        return vector_hex(&v->in, value);
    if (strcmp(key, "name") == 0)
        return qn_text_copy(v->name, sizeof(v->name), qn_str(value)) ? 0 : -1;
    if (strcmp(key, "want") == 0)
        return qn_text_copy(v->want, sizeof(v->want), qn_str(value)) ? 0 : -1;
    unsigned i = 0;
    while (i < v->nkeys && strcmp(v->key[i], key) != 0)
        i++;
    if (i == v->nkeys) {
        if (i == VECTOR_KEYS || !qn_text_copy(v->key[i], sizeof(v->key[i]), qn_str(key)))
            return -1;
        qn_buf_init(&v->value[i], VECTOR_VALUE);
        v->nkeys++;
    }
    if (v->value[i].n) /* a blank means nothing in hexadecimal, and keeps `x*n` apart from what follows */
        qn_put_str(&v->value[i], " ");
    qn_put_str(&v->value[i], value);
    qn_put_uint(&v->value[i], 0, 1);
    if (v->value[i].failed)
        return -1;
    v->value[i].n--; /* the NUL stays behind what counts */
    return 0;
}

/* Reads all of a file; -1 and a line on stderr when it is not there or not well formed. */
static inline int vectors_read(const char *path)
{
    char *line = NULL;
    size_t cap = 0;
    FILE *f = fopen(path, "r");
    unsigned no = 0;
    struct vector *v = NULL;
    int rc = 0;
    if (!f) {
        fprintf(stderr, "%s: cannot be opened\n", path);
        return -1;
    }
    while (!rc && getline(&line, &cap, f) > 0) {
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
            *v = (struct vector){.nkeys = 0};
            qn_buf_init(&v->in, VECTOR_VALUE);
        }
        if (value)
            *value++ = 0;
        rc = v ? vector_line(v, line, value ? value : "") : -1;
    }
    if (rc)
        fprintf(stderr, "%s:%u: not well formed\n", path, no);
    free(line);
    fclose(f);
    return nvectors ? rc : -1;
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
    for (size_t i = 0; i < nvectors; i++) {
        for (unsigned k = 0; k < vectors[i].nkeys; k++)
            qn_buf_release(&vectors[i].value[k]);
        qn_buf_release(&vectors[i].in);
    }
    nvectors = 0;
}
#endif
