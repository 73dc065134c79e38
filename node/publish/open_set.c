#include "node/publish/open_set.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/file.h"

const char *const open_ending[OPEN_FORMATS] = {".csv", ".gb18030.csv", ".xlsx", ".json"};

void open_set_auto(struct open_set *s)
{
    for (int i = 0; i < OPEN_FORMATS; i++)
        if (s->out[i])
            sheet_out_drop(QN_STEAL(s->out[i]));
}

enum qn_code open_set_begin(struct open_set *s, const struct open_column *c, size_t n,
                            const char *dir, const char *name, const char *title,
                            struct qn_err *err)
{
    static const struct sheet_how how[OPEN_FORMATS] = {{.format = SHEET_CSV},
                                                       {SHEET_CSV, "GB18030", NULL},
                                                       {.format = SHEET_XLSX},
                                                       {.format = SHEET_JSON}};
    enum qn_code rc = QN_OK;
    s->column = c;
    s->n = n;
    for (size_t i = 0; i < n; i++) {
        finding_word(s->heading[i], TEXT_ZH, "column.%s", c[i].key);
        s->head[i] = (struct sheet_heading){c[i].key, s->heading[i], c[i].number};
    }
    for (int i = 0; !rc && i < OPEN_FORMATS; i++) {
        char path[FILE_PATH_MAX];
        struct sheet_how as = how[i];
        as.title = title;
        if (snprintf(path, sizeof(path), "%s/%s%s", dir, name, open_ending[i]) >= (int)sizeof(path))
            return qn_fail(err, QN_LIMIT, "file.path-too-long", "path=%s", dir);
        rc = sheet_out_start(&s->out[i], path, &as, err);
        if (!rc)
            sheet_out_headings(s->out[i], s->head, n);
    }
    return rc;
}

void open_set_cell(struct open_set *s, const char *text)
{
    bool last = ++s->at == s->n;
    for (int i = 0; i < OPEN_FORMATS; i++) {
        sheet_out_cell(s->out[i], text);
        if (last)
            sheet_out_end_row(s->out[i]);
    }
    if (last) {
        s->at = 0;
        s->rows++;
    }
}

enum qn_code open_set_end(struct open_set *s, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (int i = 0; !rc && i < OPEN_FORMATS; i++)
        rc = sheet_out_close(&s->out[i], err);
    return rc;
}

/* ---- the schema ---------------------------------------------------------------------------------------------------- */

static json_t *words_json(const char *words)
{
    json_t *list = json_array();
    for (const char *p = words; *p;) {
        size_t n = strcspn(p, "|");
        json_array_append_new(list, json_stringn(p, n));
        p += n + (p[n] == '|');
    }
    return list;
}

/* SPEC exports-9: "its heading in the other files, what it says in Chinese and English" */
static json_t *column_json(const struct open_column *c, const char *codes)
{
    char zh[FINDING_WORD], en[FINDING_WORD], means_zh[FINDING_WORD], means_en[FINDING_WORD];
    finding_word(zh, TEXT_ZH, "column.%s", c->key);
    finding_word(en, TEXT_EN, "column.%s", c->key);
    finding_word(means_zh, TEXT_ZH, "means.%s", c->key);
    finding_word(means_en, TEXT_EN, "means.%s", c->key);
    json_t *o =
        json_pack("{s:s, s:s, s:s, s:s, s:s}", "title", zh, "title_en", en, "description", means_zh,
                  "description_en", means_en, "type", c->number ? "integer" : "string");
    if (c->date)
        json_object_set_new(o, "format", json_string("date"));
    if (c->words)
        json_object_set_new(o, "enum", words_json(c->words));
    if (c->codes)
        json_object_set_new(o, "code_table",
                            json_pack("{s:s, s:s}", "file", codes, "list", c->codes));
    return o;
}

enum qn_code open_set_schema(struct qn_buf *out, const struct open_column *c, size_t n,
                             const char *title, const char *english, const char *codes,
                             struct qn_err *err)
{
    json_t *properties = json_object(), *always = json_array();
    for (size_t i = 0; i < n; i++) {
        json_object_set_new(properties, c[i].key, column_json(&c[i], codes));
        if (c[i].always)
            json_array_append_new(always, json_string(c[i].key));
    }
    json_t *doc =
        json_pack("{s:s, s:s, s:s, s:s, s:{s:s, s:b, s:o, s:o}}", "$schema",
                  "https://json-schema.org/draft/2020-12/schema", "title", title, "title_en",
                  english, "type", "array", "items", "type", "object", "additionalProperties", 0,
                  "required", always, "properties", properties);
    char *text = doc ? json_dumps(doc, JSON_INDENT(2) | JSON_PRESERVE_ORDER) : NULL;
    json_decref(doc);
    if (!text)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    qn_put_str(out, text);
    qn_put_str(out, "\n");
    free(text);
    return qn_buf_check(out, err);
}
