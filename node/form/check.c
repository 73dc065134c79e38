/* check.c - a form held against the records. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/draw/slot.h"
#include "node/form/draw_sheet.h"
#include "node/form/form.h"
#include "node/store/log.h"

static const char META[] = "<meta name=\"qian-form\" content=\"";

/* The lines of the code: of a page, or the text itself. */
static struct qn_span proof_of(struct qn_span text, bool *page)
{
    const uint8_t *at = text.n ? memmem(text.p, text.n, META, sizeof(META) - 1) : NULL;
    *page = at != NULL;
    if (!at)
        return text;
    at += sizeof(META) - 1;
    const uint8_t *end = memchr(at, '"', text.n - (size_t)(at - text.p));
    return (struct qn_span){at, end ? (size_t)(end - at) : 0};
}

/* SPEC forms-10: "What the code leads to is no part of what is compared": a page before its code, or behind it. */
static struct qn_span beside_code(struct qn_span page, bool behind)
{
    static const char begin[] = "<figure class=\"side\">", end[] = "</figure>";
    const uint8_t *at = page.n ? memmem(page.p, page.n, begin, sizeof(begin) - 1) : NULL;
    if (!at)
        return behind ? (struct qn_span){page.p, 0} : page;
    if (!behind)
        return (struct qn_span){page.p, (size_t)(at - page.p)};
    size_t rest = page.n - (size_t)(at - page.p);
    const uint8_t *last = memmem(at, rest, end, sizeof(end) - 1);
    return last ? (struct qn_span){last, page.n - (size_t)(last - page.p)}
                : (struct qn_span){at, rest};
}

/* The words around the first place where two pages differ, without markup. */
static void first_difference(char out[200], struct qn_span have, struct qn_span want)
{
    size_t at = 0, n = 0;
    while (at < have.n && at < want.n && have.p[at] == want.p[at])
        at++;
    while (at && have.p[at - 1] != '>' && have.p[at - 1] != '\n')
        at--;
    for (; at < have.n && n < 120 && have.p[at] != '<'; at++)
        out[n++] = (char)have.p[at];
    while (n && ((uint8_t)out[n - 1] & 0xc0) == 0x80) /* not within a character */
        n--;
    if (n && (uint8_t)out[n - 1] >= 0xc0)
        n--;
    out[n] = 0;
}

/* Whether the same form made now reads the same rows. Those of other offices are read as they stand anyway. */
static enum qn_code is_current(bool *out, struct store *st, const struct form_proof *p,
                               struct qn_err *err)
{
    struct form_proof now = *p, got;
    struct log log;
    QN_AUTO(qn_buf) struct qn_buf page = {0};
    qn_buf_init(&page, FORM_PAGE_MAX);
    *out = true;
    if (p->blank)
        return QN_OK;
    enum qn_code rc = log_of_office(&log, st, p->maker, err);
    if (rc || (log.epoch == p->epoch && log.size == p->size))
        return rc;
    now.epoch = log.epoch;
    now.size = log.size;
    rc = form_again(&page, &got, st, &now, err);
    *out = !rc && memcmp(got.digest, p->digest, QN_HASH) == 0;
    return rc;
}

enum qn_code form_check(struct form_checked *out, struct qn_buf *page, struct form_proof *proof,
                        struct store *st, struct qn_span text, struct qn_err *err)
{
    struct form_proof told;
    bool is_page;
    *out = (struct form_checked){.agrees = false};
    enum qn_code rc = form_proof_read(&told, proof_of(text, &is_page), err);
    if (!rc)
        rc = form_again(page, proof, st, &told, err);
    if (rc)
        return rc;
    out->agrees = memcmp(proof->digest, told.digest, QN_HASH) == 0;
    for (int behind = 0; is_page && behind < 2 && !out->differs[0]; behind++) {
        struct qn_span have = beside_code(text, behind),
                       want = beside_code(qn_buf_span(page), behind);
        if (qn_span_eq(have, want))
            continue;
        out->agrees = false;
        first_difference(out->differs, have, want);
    }
    return out->agrees ? is_current(&out->current, st, proof, err) : QN_OK;
}

enum qn_code form_check_draw(bool *agrees, char draw[80], struct store *st, struct qn_span text,
                             struct qn_err *err)
{
    static const char head[] = DRAW_SHEET_CODE "\ndraw ";
    char office[QN_CODE_MAX + 1];
    int64_t id;
    bool is_page;
    struct qn_span code = proof_of(text, &is_page);
    draw[0] = 0;
    *agrees = false;
    if (code.n < sizeof(head) || memcmp(code.p, head, sizeof(head) - 1) != 0)
        return QN_OK;
    const uint8_t *name = code.p + sizeof(head) - 1;
    const uint8_t *end = memchr(name, '\n', code.n - sizeof(head) + 1);
    if (!end || !qn_text_copy(draw, 80, (struct qn_span){name, (size_t)(end - name)}))
        return qn_fail(err, QN_MALFORMED, "form.no-proof", "");
    QN_AUTO(draw_view) struct draw_view v = {.has_order = false};
    QN_AUTO(qn_buf) struct qn_buf here = {0};
    qn_buf_init(&here, FORM_PAGE_MAX);
    enum qn_code rc = draw_name_parse(office, &id, draw, err);
    if (!rc)
        rc = draw_show(&v, st, office, id, err);
    if (!rc)
        rc = draw_sheet_code(&here, &v, err);
    *agrees = !rc && qn_span_eq(code, qn_buf_span(&here));
    return rc;
}
