/* sort.c - lines in the order of what stands in them. */
#include <stdlib.h>
#include <string.h>

#include "node/form/value.h"

#define KEY 120 /* bytes that count */

struct sorted {
    struct form_ref ref;
    size_t at;
    char key[KEY + 1];
};

/* "2" before "10", "DT2" before "DT10". */
static int by_size(const char *a, const char *b)
{
    static const char digits[] = "0123456789";
    while (*a && *b) {
        size_t n = strspn(a, digits), m = strspn(b, digits);
        if (n && m) {
            const char *x = a + strspn(a, "0"), *y = b + strspn(b, "0");
            size_t k = strspn(x, digits), l = strspn(y, digits);
            int c = k != l ? (k > l) - (k < l) : memcmp(x, y, k);
            if (c)
                return c;
            a += n;
            b += m;
        } else if (*a != *b) {
            return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
        } else {
            a++;
            b++;
        }
    }
    return (*a != 0) - (*b != 0);
}

static int by_key(const void *a, const void *b)
{
    const struct sorted *x = a, *y = b;
    int c = by_size(x->key, y->key);
    return c ? c : (x->at > y->at) - (x->at < y->at);
}

enum qn_code form_sort(struct form_refs *refs, struct form_reader *r, struct qn_span text,
                       struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    struct sorted *all = refs->n ? calloc(refs->n, sizeof(*all)) : NULL;
    if (!refs->n)
        return QN_OK;
    if (!all)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    for (size_t i = 0; !rc && i < refs->n; i++) {
        bool empty;
        QN_AUTO(qn_buf) struct qn_buf v = {0};
        qn_buf_init(&v, 65536);
        rc = form_text(&v, r, &refs->at[i], text, &empty, err);
        all[i].ref = refs->at[i];
        all[i].at = i;
        if (v.n)
            memcpy(all[i].key, v.p, v.n < KEY ? v.n : KEY);
    }
    if (!rc)
        qsort(all, refs->n, sizeof(*all), by_key);
    for (size_t i = 0; !rc && i < refs->n; i++)
        refs->at[i] = all[i].ref;
    free(all);
    return rc;
}
