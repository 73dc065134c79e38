/* author.c - the signer of a modified node: writes any entry under the office's own key, whatever its rows say.
 *
 *   author --dir DIR --passphrase-file FILE --entry ENTRY.json
 *
 * ENTRY.json: {"lane": "draw", "kind": 9, "deps": [["origin", size, "root"]], "parts": [{"audience": "public",
 * "reach": "office", "to": "1406", "rows": [{"table": "draw_result", "id": 7, "rev": 1, "cols": {"text": "..."}}]}]}.
 * A row without id gets the next one of the entry. A value is a number, a text in which %SEQ% is the entry's number,
 * null, {"hex": "..."}, {"row": n}: the id of the entry's n-th new row, behind this one or before it, or {"note": "..."}: a
 * text with this office's signature as in a note. Prints {"seq": .., "leaf": "..", "ids": [..]}.
 * A list of entries is written one by one; one that cannot be is told as {"refused": rule}, and the next follows. */
#include <jansson.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/act.h"
#include "node/store/office.h"
#include "node/text/text.h"
#include "qian/draw.h"
#include "qian/note.h"

#define IDS_MAX 4096

struct author {
    struct store *st;
    const struct keys *keys;
    struct act act;
    int64_t id[IDS_MAX];
    size_t n;
};

static int failed(const struct qn_err *err)
{
    char text[1024];
    text_error(text, sizeof(text), TEXT_EN, err);
    fprintf(stderr, "author: %s: %s %s\n", text, err->id, err->args);
    return 1;
}

static const char *text_of(const json_t *in, const char *key)
{
    const char *s = json_string_value(json_object_get(in, key));
    return s ? s : "";
}

static unsigned word_of(const char *word, const char *const *words, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    fprintf(stderr, "author: what is %s?\n", word);
    exit(2);
}

/* Of a row that is still to come: the ids of an entry follow each other. */
static int64_t id_of(const struct author *a, const json_t *n)
{
    size_t at = (size_t)json_integer_value(n);
    return at < a->n ? a->id[at] : qn_row_id(store_self(a->st)->epoch, a->act.seq, (uint16_t)at);
}

/* ---- values -------------------------------------------------------------------------------------------------------- */

static void put_text(struct author *a, struct qn_buf *out, const char *s)
{
    for (const char *at; (at = strstr(s, "%SEQ%")); s = at + 5) {
        qn_put_span(out, (struct qn_span){(const uint8_t *)s, (size_t)(at - s)});
        qn_put_fmt(out, "%llu", (unsigned long long)a->act.seq);
    }
    qn_put_str(out, s);
}

static void put_note(struct author *a, struct qn_buf *out, const char *s)
{
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    qn_buf_init(&text, QN_TEXT_MAX);
    put_text(a, &text, s);
    qn_put_span(out, qn_buf_span(&text));
    qn_put_str(out, "\n");
    qn_note_sign(out, qn_buf_span(&text), qn_str(store_origin(a->st)), keys_log_sk(a->keys));
}

/* The value's bytes stay in `out` until the row is written. */
static struct qn_value value_of(struct author *a, const json_t *v, struct qn_buf *out)
{
    const json_t *row = json_object_get(v, "row");
    qn_buf_init(out, QN_TEXT_MAX);
    if (json_is_integer(v))
        return (struct qn_value){.type = QN_INTEGER, .i = json_integer_value(v)};
    if (row)
        return (struct qn_value){.type = QN_INTEGER, .i = id_of(a, row)};
    if (json_object_get(v, "hex")) {
        uint8_t bytes[1024];
        size_t n = 0;
        const char *hex = text_of(v, "hex");
        if (sodium_hex2bin(bytes, sizeof(bytes), hex, strlen(hex), NULL, &n, NULL) != 0)
            exit(2);
        qn_put_span(out, (struct qn_span){bytes, n});
        return (struct qn_value){.type = QN_BLOB, .s = qn_buf_span(out)};
    }
    if (json_is_null(v))
        return (struct qn_value){.type = QN_NULL, .s = {NULL, 0}};
    if (json_object_get(v, "note"))
        put_note(a, out, text_of(v, "note"));
    else
        put_text(a, out, json_string_value(v) ? json_string_value(v) : "");
    return (struct qn_value){.type = QN_TEXT, .s = qn_buf_span(out)};
}

/* ---- rows ---------------------------------------------------------------------------------------------------------- */

static int64_t row_id(struct author *a, const json_t *in)
{
    const json_t *id = json_object_get(in, "id"), *row = json_object_get(id, "row");
    if (row)
        return id_of(a, row);
    if (id)
        return json_integer_value(id);
    if (a->n == IDS_MAX)
        exit(2);
    return a->id[a->n++] = act_id(&a->act);
}

static enum qn_code put_row(struct author *a, const json_t *in, struct qn_err *err)
{
    const json_t *cols = json_object_get(in, "cols"), *rev = json_object_get(in, "rev");
    struct qn_buf kept[QN_COLUMNS];
    struct qn_row row;
    row_start(&row, &a->act, text_of(in, "table"), row_id(a, in),
              rev ? json_integer_value(rev) : 1);
    unsigned n = row.table->ncols;
    for (unsigned i = 0; i < n; i++) {
        const json_t *v = json_object_get(cols, row.table->col[i].name);
        qn_buf_init(&kept[i], 0);
        if (v)
            row.col[i] = value_of(a, v, &kept[i]);
    }
    enum qn_code rc = act_put(&a->act, &row, err);
    for (unsigned i = 0; i < n; i++)
        qn_buf_release(&kept[i]);
    return rc;
}

static enum qn_code put_part(struct author *a, const json_t *in, struct qn_err *err)
{
    static const char *const audiences[] = {"public", "system", "restricted"};
    static const enum qn_audience audience[] = {QN_PUBLIC, QN_SYSTEM, QN_RESTRICTED};
    static const char *const reaches[] = {"office", "subtree"};
    const json_t *rows = json_object_get(in, "rows");
    const char *to = text_of(in, "to");
    enum qn_code rc =
        act_part(&a->act, audience[word_of(text_of(in, "audience"), audiences, 3)],
                 (enum qn_reach)word_of(text_of(in, "reach"), reaches, 2), *to ? to : NULL, err);
    for (size_t i = 0; !rc && i < json_array_size(rows); i++)
        rc = put_row(a, json_array_get(rows, i), err);
    return rc;
}

static enum qn_code put_deps(struct author *a, const json_t *deps, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < json_array_size(deps); i++) {
        const json_t *d = json_array_get(deps, i);
        const char *hex = json_string_value(json_array_get(d, 2));
        uint8_t root[QN_HASH];
        if (!hex || sodium_hex2bin(root, sizeof(root), hex, strlen(hex), NULL, NULL, NULL) != 0)
            exit(2);
        rc = act_dep(&a->act, json_string_value(json_array_get(d, 0)),
                     (uint64_t)json_integer_value(json_array_get(d, 1)), root, err);
    }
    return rc;
}

static int author(struct store *st, const struct keys *keys, const json_t *in, bool of_many)
{
    static const char *const lanes[] = {"control", "plan", "draw", "result", "bulk"};
    static const enum qn_lane lane[] = {QN_LANE_CONTROL, QN_LANE_PLAN, QN_LANE_DRAW, QN_LANE_RESULT,
                                        QN_LANE_BULK};
    static struct author made;
    struct author *a = &made;
    const json_t *parts = json_object_get(in, "parts");
    struct qn_err err;
    uint64_t seq;
    uint8_t leaf[QN_HASH];
    char hex[2 * QN_HASH + 1];
    made = (struct author){.st = st, .keys = keys};
    enum qn_code rc =
        act_open(&a->act, st, (enum qn_kind)json_integer_value(json_object_get(in, "kind")),
                  lane[word_of(text_of(in, "lane"), lanes, 5)], &err);
    if (!rc)
        rc = put_deps(a, json_object_get(in, "deps"), &err);
    for (size_t i = 0; !rc && i < json_array_size(parts); i++)
        rc = put_part(a, json_array_get(parts, i), &err);
    if (!rc)
        rc = act_commit(&a->act, &seq, leaf, &err);
    act_end(&a->act);
    if (rc && of_many && rc != QN_IO && rc != QN_NOMEM) {
        printf("{\"refused\": \"%s\"}\n", err.id);
        return 0;
    }
    if (rc)
        return failed(&err);
    qn_hex(hex, leaf, QN_HASH);
    printf("{\"seq\": %llu, \"leaf\": \"%s\", \"ids\": [", (unsigned long long)seq, hex);
    for (size_t i = 0; i < a->n; i++)
        printf("%s%lld", i ? ", " : "", (long long)a->id[i]);
    printf("]}\n");
    return 0;
}

int main(int argc, char **argv)
{
    const char *dir = NULL, *passphrase = NULL, *entry = NULL;
    const struct {
        const char *name;
        const char **value;
    } opts[] = {{"--dir", &dir}, {"--passphrase-file", &passphrase}, {"--entry", &entry}};
    for (int i = 1; i + 1 < argc; i += 2)
        for (size_t k = 0; k < sizeof(opts) / sizeof(opts[0]); k++)
            if (strcmp(argv[i], opts[k].name) == 0)
                *opts[k].value = argv[i + 1];
    if (!dir || !entry) {
        fprintf(stderr, "usage: author --dir DIR --passphrase-file FILE --entry ENTRY.json\n");
        return 2;
    }
    struct qn_err err;
    struct office office;
    json_error_t where;
    json_t *in = json_load_file(entry, 0, &where);
    if (!in) {
        fprintf(stderr, "author: %s: %s\n", entry, where.text);
        return 2;
    }
    enum qn_code rc = qn_selftest(&err);
    if (!rc)
        rc = office_open(&office, dir, passphrase, true, &err);
    int code = rc ? failed(&err) : 0;
    if (!rc && json_is_object(in))
        code = author(office.st, office.keys, in, false);
    for (size_t i = 0; !rc && !code && i < json_array_size(in); i++)
        code = author(office.st, office.keys, json_array_get(in, i), true);
    if (!rc)
        office_close(&office);
    json_decref(in);
    return code;
}
