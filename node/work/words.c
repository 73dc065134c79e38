#include "node/work/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/sheet/sheet.h"
#include "protocol/wire.h"

struct word {
    const char *zh, *code;
};

static const struct word kinds[] = {{"企业", "E"},     {"个体工商户", "I"}, {"农民专业合作社", "C"},
                                    {"事业单位", "N"}, {"社会组织", "S"},   {"产品", "P"},
                                    {"设备", "Q"},     {"标准", "T"},       {"场所", "L"}};
static const struct word statuses[] = {{"存续", "in_business"},  {"停业", "suspended"},
                                       {"注销", "deregistered"}, {"吊销", "revoked"},
                                       {"撤销", "rescinded"},    {"迁出", "moved_out"}};
static const struct word inspector_statuses[] = {{"在岗", "active"},
                                                 {"调离", "transferred"},
                                                 {"退休", "retired"},
                                                 {"证件过期", "cert_expired"},
                                                 {"停职", "suspended"}};

static const char *look(const struct word *w, size_t n, const char *zh)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(w[i].zh, zh) == 0)
            return w[i].code;
    return NULL;
}

char words_object_kind(const char *zh)
{
    const char *c = look(kinds, sizeof(kinds) / sizeof(kinds[0]), zh);
    return c ? *c : 0;
}

const char *words_status(const char *zh)
{
    return look(statuses, sizeof(statuses) / sizeof(statuses[0]), zh);
}

const char *words_inspector_status(const char *zh)
{
    return look(inspector_statuses, sizeof(inspector_statuses) / sizeof(inspector_statuses[0]), zh);
}

static enum qn_code take_tag(void *ctx, const struct sheet_row *raw, const char *const *cell,
                             struct qn_err *err)
{
    struct words_tags *t = ctx;
    char *end;
    enum qn_code rc = sheet_check(raw, err);
    if (rc)
        return rc;
    unsigned long code = strtoul(cell[0], &end, 10);
    bool object = strcmp(cell[1], "object") == 0;
    if (*end || end == cell[0] || code < 1 || code > UINT16_MAX ||
        (!object && strcmp(cell[1], "qualification") != 0) || !*cell[2] ||
        strlen(cell[2]) >= sizeof(t->tag[0].name))
        return qn_fail(err, QN_MALFORMED, "roster.tag-row", "line=%u", raw->line);
    if (t->n == WORDS_TAGS)
        return qn_fail(err, QN_LIMIT, "roster.tag-count", "max=%d", WORDS_TAGS);
    snprintf(t->tag[t->n].list, sizeof(t->tag[0].list), "%s", object ? "tag" : "qualification");
    memcpy(t->tag[t->n].name, cell[2], strlen(cell[2]) + 1);
    t->tag[t->n++].code = (unsigned)code;
    return QN_OK;
}

enum qn_code words_tags_read(struct words_tags *out, const char *path, struct qn_err *err)
{
    struct sheet_column columns[] = {{"code", true, -1}, {"kind", true, -1}, {"name_zh", true, -1}};
    out->n = 0;
    struct sheet_file file = {.path = path, .columns = columns, .n = 3};
    return sheet_read(&file, take_tag, out, err);
}

static long tag_code(struct store *st, const struct words_tags *file, const char *list,
                     const char *name)
{
    for (size_t i = 0; file && i < file->n; i++)
        if (strcmp(file->tag[i].list, list) == 0 && strcmp(file->tag[i].name, name) == 0)
            return (long)file->tag[i].code;
    if (file)
        return -1;
    QN_AUTO(query) struct query q = query_start(st, SQL_WORK_CODE_BY_NAME);
    q_bind_text(&q, list);
    q_bind_text(&q, name);
    return q_step(&q) ? strtol(q_text(&q, 0), NULL, 10) : -1;
}

size_t words_item(const char *list, bool commas, size_t *mark)
{
    static const char *const marks[] = {"；", ";", "、", "，", ","};
    size_t n = strlen(list);
    *mark = 0;
    for (size_t m = 0; m < (commas ? 5 : 3); m++) {
        const char *at = strstr(list, marks[m]);
        if (at && (size_t)(at - list) < n) {
            n = (size_t)(at - list);
            *mark = strlen(marks[m]);
        }
    }
    return n;
}

enum qn_code words_tags_list(char *out, size_t cap, struct store *st, const struct words_tags *file,
                             const char *list, const char *names, struct qn_err *err)
{
    long code[64];
    size_t n = 0, used = 0;
    for (const char *p = names; *p;) {
        size_t skip, len = words_item(p, false, &skip);
        char name[100];
        if (len >= sizeof(name) || n == sizeof(code) / sizeof(code[0]))
            return qn_fail(err, QN_LIMIT, "roster.tag", "value=%.60s", p);
        memcpy(name, p, len);
        name[len] = 0;
        p += len + skip;
        if (!len)
            continue;
        long c = tag_code(st, file, list, name);
        if (c < 0)
            return qn_fail(err, QN_ABSENT, "roster.tag", "value=%s", name);
        size_t at = n;
        while (at > 0 && code[at - 1] > c)
            at--;
        if (at > 0 && code[at - 1] == c)
            continue;
        memmove(code + at + 1, code + at, (n - at) * sizeof(code[0]));
        code[at] = c;
        n++;
    }
    *out = 0;
    for (size_t i = 0; i < n; i++)
        used += (size_t)snprintf(out + used, cap - used, i ? ",%ld" : "%ld", code[i]);
    return used < cap ? QN_OK : qn_fail(err, QN_LIMIT, "roster.tag", "value=%.60s", names);
}

/* ---- days and times ---------------------------------------------------------------------------------------------- */

/* The next number of at most `digits`, and what separates it from the one behind it; -1 when there is none. */
static int next_number(struct qn_span *s, unsigned digits)
{
    static const char *const marks[] = {"-",  "/",  ".",  ":",  "T",  " ",
                                        "年", "月", "日", "时", "分", "秒"};
    int v = 0;
    unsigned n = 0;
    for (; n < s->n && n < digits && s->p[n] >= '0' && s->p[n] <= '9'; n++)
        v = v * 10 + (s->p[n] - '0');
    if (!n || (n < s->n && s->p[n] >= '0' && s->p[n] <= '9'))
        return -1;
    *s = (struct qn_span){s->p + n, s->n - n};
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
            size_t m = strlen(marks[i]);
            if (s->n >= m && memcmp(s->p, marks[i], m) == 0) {
                *s = (struct qn_span){s->p + m, s->n - m};
                more = i == 7 || i == 8; /* 月 and 日 may be followed by a blank */
                break;
            }
        }
    }
    return v;
}

bool words_when(char out[24], struct qn_span typed, bool day)
{
    int v[6] = {0};
    unsigned n = 0, want = day ? 3 : 6;
    while (n < want && typed.n && (v[n] = next_number(&typed, n ? 2 : 4)) >= 0)
        n++;
    snprintf(out, 24, "%04d-%02d-%02d", v[0] % 10000, v[1] % 100, v[2] % 100);
    if (typed.n || n < 3 || (!day && n < 5) || !wire_is_date(qn_str(out)))
        return false;
    if (day)
        return true;
    if (v[3] > 23 || v[4] > 59 || v[5] > 59)
        return false;
    snprintf(out + 10, 14, "T%02d:%02d:%02d", v[3] % 100, v[4] % 100, v[5] % 100);
    return true;
}
