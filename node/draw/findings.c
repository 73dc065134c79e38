#include "node/draw/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FINDINGS_MAX 10000 /* of one draw: a list of findings longer than that helps nobody */
#define VALUE_MAX    32768 /* LIST_NAMES ids with names of 400 bytes */

static const struct {
    const char *name, *consequence, *id;
} codes[V_CODES] = {
#define X(name, consequence, id) [V_##name] = {#name, consequence, id},
    VERDICT_TABLE(X)
#undef X
};

const char *verdict_code_name(enum verdict_code c)
{
    return codes[c].name;
}

const char *verdict_code_id(enum verdict_code c)
{
    return codes[c].id;
}

const char *verdict_code_consequence(enum verdict_code c)
{
    return codes[c].consequence;
}

const char *finding_role_name(enum finding_role r)
{
    static const char *const names[] = {"drawer", "orderer", "issuer", "author", "publisher"};
    return names[r];
}

bool findings_forgotten(const struct findings *f)
{
    for (int c = 0; c < V_CODES; c++)
        if (f->state[c] == CHECK_SKIPPED && f->why[c] && strcmp(f->why[c], FINDINGS_FORGOTTEN) == 0)
            return true;
    return false;
}

void findings_ok(struct findings *f, enum verdict_code c)
{
    if (f->state[c] == CHECK_OPEN)
        f->state[c] = CHECK_OK;
}

void findings_skip(struct findings *f, enum verdict_code c, const char *why_id)
{
    if (f->state[c] == CHECK_FOUND)
        return;
    f->state[c] = CHECK_SKIPPED;
    f->why[c] = why_id;
}

static void free_finding(struct finding *x)
{
    for (unsigned k = 0; k < x->n; k++)
        free(x->value[k].text);
    free(x->proof);
}

void findings_withdraw(struct findings *f, enum verdict_code c, const char *why_id)
{
    size_t kept = 0;
    for (size_t i = 0; i < f->n; i++) {
        if (f->at[i].code != c) {
            f->at[kept++] = f->at[i];
            continue;
        }
        free_finding(&f->at[i]);
    }
    f->n = kept;
    f->state[c] = CHECK_SKIPPED;
    f->why[c] = why_id;
}

struct finding *findings_add(struct findings *f, enum verdict_code c, const char *origin,
                             uint64_t seq, const uint8_t leaf[QN_HASH])
{
    f->state[c] = CHECK_FOUND;
    if (f->n == f->cap) {
        size_t cap = f->cap ? f->cap * 2 : 8;
        struct finding *more = cap <= FINDINGS_MAX ? realloc(f->at, cap * sizeof(*more)) : NULL;
        if (!more) {
            f->no_memory = true;
            return NULL;
        }
        f->at = more;
        f->cap = cap;
    }
    struct finding *x = &f->at[f->n++];
    *x = (struct finding){.code = c, .seq = seq, .has_leaf = leaf != NULL};
    qn_text_copy(x->origin, sizeof(x->origin), qn_str(origin));
    if (leaf)
        memcpy(x->leaf, leaf, QN_HASH);
    return x;
}

void finding_put(struct findings *f, struct finding *x, const char *key, const char *fmt, ...)
{
    char text[VALUE_MAX];
    if (!x || x->n == FINDING_VALUES)
        return;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    /* A business can be named anything: no name may pass for a further value of the sentence. */
    for (char *p = strchr(text, '|'); p; p = strchr(p, '|'))
        *p = '/';
    char *kept = strdup(text);
    if (!kept) {
        f->no_memory = true;
        return;
    }
    x->value[x->n++] = (struct finding_value){key, kept};
}

enum qn_code findings_finish(struct findings *f, struct qn_err *err)
{
    for (int c = 0; c < V_CODES; c++)
        findings_ok(f, (enum verdict_code)c);
    /* Few, and found nearly in order: insertion keeps equal codes as they came. */
    for (size_t i = 1; i < f->n; i++) {
        struct finding x = f->at[i];
        size_t j = i;
        for (; j > 0 && f->at[j - 1].code > x.code; j--)
            f->at[j] = f->at[j - 1];
        f->at[j] = x;
    }
    return f->no_memory ? qn_fail(err, QN_NOMEM, "base.no-memory", "") : QN_OK;
}

void findings_release(struct findings *f)
{
    for (size_t i = 0; i < f->n; i++)
        free_finding(&f->at[i]);
    free(f->at);
    *f = (struct findings){.at = NULL};
}

void findings_count(struct findings_totals *t, const struct findings *f)
{
    for (int c = 0; c < V_CODES; c++) {
        switch (f->state[c]) {
        case CHECK_OPEN:
        case CHECK_OK:
            t->ok++;
            break;
        case CHECK_SKIPPED:
            t->skipped++;
            break;
        case CHECK_FOUND:
            t->found++;
            break;
        }
    }
}

bool findings_has(const struct findings *f, enum verdict_code c)
{
    return f->state[c] == CHECK_FOUND;
}

void finding_args(struct qn_buf *out, const struct finding *x)
{
    for (unsigned i = 0; i < x->n; i++)
        qn_put_fmt(out, "%s%s=%s", i ? "|" : "", x->value[i].key, x->value[i].text);
    qn_put_uint(out, 0, 1);
}

void findings_codes(struct qn_buf *out, const struct findings *f, enum check_state state)
{
    bool first = true;
    for (int c = 0; c < V_CODES; c++)
        if (f->state[c] == state) {
            qn_put_fmt(out, "%s%s", first ? "" : " ", codes[c].name);
            first = false;
        }
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

void name_list_init(struct name_list *l)
{
    *l = (struct name_list){.n = 0};
    qn_buf_init(&l->text, VALUE_MAX);
}

void name_list_add(struct name_list *l, struct qn_span name)
{
    if (l->n < LIST_NAMES) {
        qn_put_str(&l->text, l->n ? ", " : "");
        qn_put_span(&l->text, name);
    }
    l->n++;
}

const char *name_list_text(struct name_list *l)
{
    if (!l->n)
        return "-";
    if (l->n > LIST_NAMES)
        qn_put_fmt(&l->text, " … (+%zu)", l->n - LIST_NAMES);
    qn_put_uint(&l->text, 0, 1);
    return l->text.failed || !l->text.p ? "-" : (const char *)l->text.p;
}
