#include "node/form/proof.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/publish/link.h"
#include "node/store/rows.h"
#include "protocol/lines.h"

#define PROOF_MAX 400  /* bytes of the lines */
#define CODE_MAX  1000 /* of an address with them */

/* ---- the digest ------------------------------------------------------------------------------------------------------- */

static int by_row(const void *a, const void *b)
{
    const struct form_ref *x = a, *y = b;
    int c = strcmp(x->kind, y->kind);
    if (!c)
        c = strcmp(x->office, y->office);
    if (!c)
        c = (x->id > y->id) - (x->id < y->id);
    return c ? c : (x->rev > y->rev) - (x->rev < y->rev);
}

/* SPEC forms-3: "the columns behind the key that are not NULL, in the order of the registry" */
static enum qn_code hash_row(uint8_t out[QN_HASH], struct form_reader *r,
                             const struct form_ref *ref, struct qn_err *err)
{
    QN_AUTO(rows) struct rows rows = {0};
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    const struct rows_query q = {
        .table = ref->kind, .office = ref->office, .id = ref->id, .rev = ref->rev};
    qn_buf_init(&text, 4u * 1024 * 1024);
    enum qn_code rc = rows_open(&rows, r->st, &q, err);
    if (rc || !rows_step(&rows))
        return rc ? rc
                  : qn_fail(err, QN_ABSENT, "records.absent", "record=%s|value=%s", ref->kind,
                            ref->office);
    for (unsigned i = QN_KEY_COLUMNS; i < rows.table->ncols; i++) {
        const struct qn_column *c = &rows.table->col[i];
        struct qn_span v = rows_span(&rows, c->name);
        if (rows_null(&rows, c->name))
            continue;
        qn_put_fmt(&text, "%s %zu\n", c->name, c->type == QN_BLOB ? 2 * v.n : v.n);
        if (c->type == QN_BLOB)
            qn_put_hex(&text, v.p, v.n);
        else
            qn_put_span(&text, v);
        qn_put_str(&text, "\n");
    }
    rc = rows_end(&rows, err);
    if (!rc)
        rc = qn_buf_check(&text, err);
    if (!rc)
        crypto_hash_sha256(out, text.p, text.n);
    return rc;
}

enum qn_code form_digest(struct qn_buf *text, struct form_proof *p, struct form_reader *r,
                         struct qn_err *err)
{
    qn_put_fmt(text, "qian-form/1\n%s/%u %s\n", p->code, p->version, p->reference);
    if (r->seen.n)
        qsort(r->seen.at, r->seen.n, sizeof(*r->seen.at), by_row);
    for (size_t i = 0; i < r->seen.n; i++) {
        const struct form_ref *ref = &r->seen.at[i];
        char name[80];
        uint8_t hash[QN_HASH];
        if (i && by_row(ref, ref - 1) == 0)
            continue;
        enum qn_code rc = hash_row(hash, r, ref, err);
        if (rc)
            return rc;
        record_name_text(name, ref->office, ref->id);
        qn_put_fmt(text, "row %s %s %lld ", ref->kind, name, (long long)ref->rev);
        qn_put_hex(text, hash, sizeof(hash));
        qn_put_str(text, "\n");
    }
    qn_put_span(text, qn_buf_span(&r->extra));
    enum qn_code rc = qn_buf_check(text, err);
    if (!rc)
        crypto_hash_sha256(p->digest, text->p, text->n);
    return rc;
}

/* ---- the code ----------------------------------------------------------------------------------------------------------- */

void form_proof_put(struct qn_buf *out, const struct form_proof *p)
{
    qn_put_fmt(out, "qian-form/1\nform %s/%u %s\n", p->code, p->version,
               p->reference[0] ? p->reference : "-");
    if (p->blank)
        qn_put_str(out, "blank\n");
    else
        qn_put_fmt(out, "at %u-%llu\n", p->epoch, (unsigned long long)p->size);
    qn_put_fmt(out, "made %s %s\n", p->made, p->maker);
    if (p->blank)
        return;
    qn_put_str(out, "digest ");
    qn_put_hex(out, p->digest, QN_HASH);
    qn_put_str(out, "\n");
}

/* SPEC forms-10: "that address, `/#/paper?code=` and the lines as a value of a form" */
static const char PAPER[] = "/#/paper?code=";

void form_proof_code(struct qn_buf *out, const struct form_proof *p, struct store *st)
{
    char base[LINK_BASE];
    QN_AUTO(qn_buf) struct qn_buf lines = {0};
    qn_buf_init(&lines, PROOF_MAX);
    form_proof_put(&lines, p);
    if (!link_base(base, st)) {
        qn_put_span(out, qn_buf_span(&lines));
        return;
    }
    qn_put_fmt(out, "%s%s", base, PAPER);
    link_value(out, qn_buf_span(&lines));
}

static bool read_line(struct qn_span *rest, char out[160])
{
    struct qn_span line;
    return form_piece(rest, '\n', &line) && qn_text_copy(out, 160, line);
}

static bool read_proof(struct form_proof *p, struct qn_span text)
{
    char line[160], hex[2 * QN_HASH + 1] = "";
    unsigned epoch;
    unsigned long long size;
    int end = 0;
    if (!read_line(&text, line) || strcmp(line, "qian-form/1") != 0 || !read_line(&text, line) ||
        sscanf(line, "form %7[A-Z0-9]/%u %79s%n", p->code, &p->version, p->reference, &end) != 3 ||
        line[end] || !read_line(&text, line))
        return false;
    if (strcmp(p->reference, "-") == 0)
        p->reference[0] = 0;
    p->blank = strcmp(line, "blank") == 0;
    if (!p->blank) {
        if (sscanf(line, "at %u-%llu%n", &epoch, &size, &end) != 2 || line[end] || epoch > 65535)
            return false;
        p->epoch = (uint16_t)epoch;
        p->size = size;
    }
    if (!read_line(&text, line) ||
        sscanf(line, "made %19[0-9T:-] %16s%n", p->made, p->maker, &end) != 2 || line[end] ||
        strlen(p->made) != 19)
        return false;
    return p->blank ||
           (read_line(&text, line) && sscanf(line, "digest %64[0-9a-f]%n", hex, &end) == 1 &&
            !line[end] && qn_hex_decode(p->digest, QN_HASH, qn_str(hex)));
}

enum qn_code form_proof_read(struct form_proof *out, struct qn_span text, struct qn_err *err)
{
    struct form_proof p = {.blank = false};
    QN_AUTO(qn_buf) struct qn_buf lines = {0};
    qn_buf_init(&lines, PROOF_MAX);
    const uint8_t *at =
        text.n && text.n <= CODE_MAX ? memmem(text.p, text.n, PAPER, sizeof(PAPER) - 1) : NULL;
    bool read = true;
    if (at) {
        at += sizeof(PAPER) - 1;
        read = link_value_read(&lines, (struct qn_span){at, text.n - (size_t)(at - text.p)}) &&
               !lines.failed;
        text = qn_buf_span(&lines);
    }
    if (!read || text.n > PROOF_MAX || !read_proof(&p, text))
        return qn_fail(err, QN_MALFORMED, "form.no-proof", "");
    *out = p;
    return QN_OK;
}
