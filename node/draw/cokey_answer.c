/* cokey_answer.c - the custodian's side: a question read, recorded and answered once. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "node/draw/cokey.h"
#include "node/store/file.h"
#include "protocol/wire.h"

#define RECORD_MAX (4 * 1024 * 1024) /* some twenty thousand orders */

/* ---- the question --------------------------------------------------------------------------------------------------- */

static enum qn_code parse_line(struct cokey_question *out, struct qn_span line, struct qn_err *err)
{
    struct rd r = {.in = line};
    *out = (struct cokey_question){.beacon = ""};
    rd_word(&r, "draw-ask/1");
    rd_hex(&r, out->order_id, QN_HASH);
    rd_hex(&r, out->freeze, QN_HASH);
    struct qn_span beacon = r.failed ? (struct qn_span){NULL, 0} : rd_span(&r, r.in.n);
    if (r.failed || !beacon.n ||
        (!qn_span_is(beacon, "-") && (qn_beacon_check(beacon, NULL) != QN_OK ||
                                      !qn_text_copy(out->beacon, sizeof(out->beacon), beacon))))
        return qn_fail(err, QN_MALFORMED, "cokey.question", "");
    return QN_OK;
}

/* SPEC cokey-11: "each space of the question is a comma, each end of a line but the last a semicolon" */
enum qn_code cokey_link(char out[COKEY_QUESTION], const char *page, const char *question,
                        struct qn_err *err)
{
    int n = snprintf(out, COKEY_QUESTION, "%s#%s", page, question);
    if (n < 0 || n >= COKEY_QUESTION || strchr(page, '#'))
        return qn_fail(err, QN_MALFORMED, "cokey.page", "page=%s", page);
    while (n && out[n - 1] == '\n')
        out[--n] = 0;
    for (char *p = out + strlen(page); *p; p++)
        *p = (char)(*p == ' ' ? ',' : *p == '\n' ? ';' : *p);
    return QN_OK;
}

/* A link back to the text behind it; line ends as ours, one at the end. */
static size_t plain(char *out, const char *text)
{
    const char *link = strchr(text, '#');
    size_t n = 0;
    for (const char *p = link ? link + 1 : text; *p && n < COKEY_QUESTION - 2; p++)
        if (*p != '\r')
            out[n++] = (char)(!link ? *p : *p == ',' ? ' ' : *p == ';' ? '\n' : *p);
    while (n && out[n - 1] == '\n')
        n--;
    out[n++] = '\n';
    return n;
}

static bool names_event(const struct qn_order *o, const char *beacon)
{
    char prefix[2 * QN_NAME32 + 2];
    if (!o->has_beacon)
        return !beacon[0];
    int n = snprintf(prefix, sizeof(prefix), "%s %s ", o->beacon_source, o->beacon_event);
    return strncmp(beacon, prefix, (size_t)n) == 0;
}

enum qn_code cokey_question_parse(struct cokey_question *out, struct qn_order *order,
                                  const char *text, struct qn_err *err)
{
    char *whole = malloc(COKEY_QUESTION);
    struct qn_err none;
    if (!whole)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    struct rd all = {.in = {(const uint8_t *)whole, plain(whole, text)}};
    enum qn_code rc = parse_line(out, rd_line(&all), err);
    /* SPEC cokey-4: "then the text of the order" */
    if (!rc && qn_order_parse(order, all.in, &none) != QN_OK)
        rc = qn_fail(err, QN_MALFORMED, "cokey.question", "");
    if (!rc && (memcmp(order->id, out->order_id, QN_HASH) != 0 ||
                (order->has_freeze && memcmp(order->freeze.leaf, out->freeze, QN_HASH) != 0) ||
                !names_event(order, out->beacon)))
        rc = qn_fail(err, QN_UNVERIFIED, "cokey.other-order", "");
    free(whole);
    return rc;
}

void cokey_question_line(char out[COKEY_LINE], const struct cokey_question *k)
{
    char id[2 * QN_HASH + 1], freeze[2 * QN_HASH + 1];
    qn_hex(id, k->order_id, QN_HASH);
    qn_hex(freeze, k->freeze, QN_HASH);
    snprintf(out, COKEY_LINE, "draw-ask/1 %s %s %s", id, freeze, k->beacon[0] ? k->beacon : "-");
}

void cokey_question_put(struct qn_buf *out, const struct cokey_question *k,
                        const struct qn_order *order)
{
    char line[COKEY_LINE];
    cokey_question_line(line, k);
    qn_put_fmt(out, "%s\n", line);
    qn_order_text(out, order);
}

/* ---- the custodian's machine ------------------------------------------------------------------------------------------- */

struct asked { /* the record, held by whoever answers now */
    int fd;
    const char *path;
    struct qn_buf text;
};

static void asked_auto(struct asked *r)
{
    if (r->fd >= 0)
        close(r->fd);
    qn_buf_auto(&r->text);
}

/* Two answers at a time would each see no other. A line that was not finished was never answered. */
static enum qn_code asked_open(struct asked *r, const char *path, struct qn_err *err)
{
    r->path = path;
    r->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (r->fd < 0 || flock(r->fd, LOCK_EX) != 0)
        return qn_fail(err, QN_IO, "file.write", "path=%s|why=%s", path, file_why(errno));
    enum qn_code rc = file_read(&r->text, path, RECORD_MAX, err);
    size_t whole = r->text.n;
    while (!rc && whole && r->text.p[whole - 1] != '\n')
        whole--;
    if (!rc && whole < r->text.n && ftruncate(r->fd, (off_t)whole) != 0)
        return qn_fail(err, QN_IO, "file.write", "path=%s|why=%s", path, file_why(errno));
    r->text.n = whole;
    return rc;
}

/* What was recorded of this order; *found false: nothing. */
static enum qn_code asked_find(bool *found, struct cokey_question *was, char date[11],
                               const struct asked *r, const uint8_t order_id[QN_HASH],
                               struct qn_err *err)
{
    *found = false;
    for (struct rd all = {.in = qn_buf_span(&r->text)}; all.in.n && !*found;) {
        struct rd line = {.in = rd_line(&all)};
        struct qn_err none;
        rd_date(&line, date);
        if (all.failed || line.failed || parse_line(was, line.in, &none) != QN_OK)
            return qn_fail(err, QN_MALFORMED, "cokey.record", "path=%s", r->path);
        *found = memcmp(was->order_id, order_id, QN_HASH) == 0;
    }
    return QN_OK;
}

/* SPEC cokey-5: "Before it answers, the custodian's machine records the question" */
static enum qn_code remember(const char *record, const char *question,
                             const struct cokey_question *k, const char *today, struct qn_err *err)
{
    QN_AUTO(asked) struct asked r = {.fd = -1};
    struct cokey_question was;
    char date[11], line[COKEY_LINE + 12], text[COKEY_LINE];
    bool found;
    enum qn_code rc = asked_open(&r, record, err);
    if (!rc)
        rc = asked_find(&found, &was, date, &r, k->order_id, err);
    if (rc)
        return rc;
    if (found)
        cokey_question_line(text, &was);
    if (found) /* SPEC cokey-6: "It answers once for each order" */
        return memcmp(was.freeze, k->freeze, QN_HASH) == 0 && strcmp(was.beacon, k->beacon) == 0
                   ? QN_OK
                   : qn_fail(err, QN_CONFLICT, "cokey.asked", "date=%s|was=%s", date, text);
    int n = snprintf(line, sizeof(line), "%s %s\n", today, question);
    if (r.text.n + (size_t)n > RECORD_MAX)
        return qn_fail(err, QN_LIMIT, "cokey.record", "path=%s", record);
    rc = file_put(r.fd, (struct qn_span){(const uint8_t *)line, (size_t)n}, record, err);
    if (!rc && fsync(r.fd) != 0)
        rc = qn_fail(err, QN_IO, "file.write", "path=%s|why=%s", record, file_why(errno));
    return rc ? rc : file_sync_dir(record, err);
}

enum qn_code cokey_answer(char out[COKEY_LINE], const char *question, const struct keys *keys,
                          const char *record, const char *today, struct qn_err *err)
{
    struct cokey_question k;
    struct qn_request pub;
    struct qn_order *order = malloc(sizeof(*order));
    char line[COKEY_LINE], id[2 * QN_HASH + 1], freeze[2 * QN_HASH + 1], key[2 * QN_PUBKEY + 1],
        proof[2 * QN_VRF_PROOF + 1], second[2 * QN_VRF_PROOF + 1];
    uint8_t bd[32], alpha[76], pi[QN_VRF_PROOF], bound[QN_VRF_PROOF], beta[QN_VRF_BETA];
    if (!order)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    keys_public(keys, &pub);
    enum qn_code rc = cokey_question_parse(&k, order, question, err);
    bool asked = false;
    /* The first is the office's own: it is asked where custodians have joined its halves (escrow-7). */
    for (unsigned i = 0; !rc && i < order->nkeys; i++)
        asked = asked || memcmp(order->vrf[i], pub.vrf, QN_PUBKEY) == 0;
    free(order);
    if (!rc && !asked)
        rc = qn_fail(err, QN_UNVERIFIED, "cokey.not-asked", "");
    if (rc)
        return rc;
    cokey_question_line(line, &k);
    qn_beacon_digest(bd, qn_str(k.beacon));
    qn_draw_alpha(alpha, k.order_id, bd);
    rc = remember(record, line, &k, today, err);
    if (!rc)
        rc = qn_vrf_prove(pi, beta, keys_vrf_seed(keys), QN_SPAN(alpha), err);
    qn_bound_alpha(alpha, k.order_id, k.freeze);
    if (!rc)
        rc = qn_vrf_prove(bound, beta, keys_vrf_seed(keys), QN_SPAN(alpha), err);
    sodium_memzero(beta, sizeof(beta));
    if (rc)
        return rc;
    qn_hex(id, k.order_id, QN_HASH);
    qn_hex(freeze, k.freeze, QN_HASH);
    qn_hex(key, pub.vrf, QN_PUBKEY);
    qn_hex(proof, pi, QN_VRF_PROOF);
    qn_hex(second, bound, QN_VRF_PROOF);
    snprintf(out, COKEY_LINE, "draw-answer/1 %s %s %s %s %s", id, freeze, key, proof, second);
    return QN_OK;
}
