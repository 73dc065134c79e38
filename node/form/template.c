#include "node/form/template.h"

#include <stdio.h>
#include <string.h>

#include "node/store/person.h"
#include "protocol/embedded.h"

static const char *const codes[] = {
    "F01", "F02", "F03", "F04", "F05", "F06", "F07", "F08", "F09", "F10", "F11", "F12",
    "F13", "F14", "F15", "F16", "F17", "F18", "F19", "F20", "F21", "F22", "F23", FORM_DRAW,
};

const char *form_code_at(unsigned i)
{
    return i < sizeof(codes) / sizeof(codes[0]) ? codes[i] : NULL;
}

static struct qn_span trimmed(struct qn_span s)
{
    while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
        s = (struct qn_span){s.p + 1, s.n - 1};
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

bool form_piece(struct qn_span *rest, char mark, struct qn_span *piece)
{
    if (!rest->p)
        return false;
    const uint8_t *at = rest->n ? memchr(rest->p, mark, rest->n) : NULL;
    size_t n = at ? (size_t)(at - rest->p) : rest->n;
    *piece = trimmed((struct qn_span){rest->p, n});
    *rest = at ? (struct qn_span){at + 1, rest->n - n - 1} : (struct qn_span){NULL, 0};
    return true;
}

/* ---- one line ------------------------------------------------------------------------------------------------------ */

/* A number at the start, taken off; false when there is none. */
static bool take_number(struct qn_span *s, unsigned *out)
{
    size_t n = 0;
    *out = 0;
    for (; n < s->n && n < 4 && s->p[n] >= '0' && s->p[n] <= '9'; n++)
        *out = *out * 10 + (unsigned)(s->p[n] - '0');
    if (!n)
        return false;
    *s = trimmed((struct qn_span){s->p + n, s->n - n});
    return true;
}

static bool take_roles(unsigned *out, struct qn_span names)
{
    struct qn_span name;
    while (form_piece(&names, ',', &name)) {
        unsigned i = 0;
        while (i < ROLES && !qn_span_is(name, person_role_name[i]))
            i++;
        if (i == ROLES)
            return false;
        *out |= 1u << i;
    }
    return true;
}

/* "F04/1 责令整改通知书" */
static bool take_form(struct form_template *t, struct qn_span s)
{
    const uint8_t *slash = s.n ? memchr(s.p, '/', s.n) : NULL;
    if (!slash ||
        !qn_text_copy(t->code, sizeof(t->code), (struct qn_span){s.p, (size_t)(slash - s.p)}))
        return false;
    t->title = (struct qn_span){slash + 1, s.n - (size_t)(slash + 1 - s.p)};
    return take_number(&t->title, &t->version) && t->version && t->title.n;
}

/* What stands before the parts; false when the word is none of these. */
static bool take_head(struct form_template *t, struct qn_span word, struct qn_span s, bool *right)
{
    *right = true;
    if (qn_span_is(word, "form"))
        *right = take_form(t, s);
    else if (qn_span_is(word, "of"))
        *right = qn_text_copy(t->of, sizeof(t->of), s);
    else if (qn_span_is(word, "for"))
        *right = qn_text_copy(t->by, sizeof(t->by), s);
    else if (qn_span_is(word, "may"))
        *right = take_roles(&t->roles, s);
    else if (qn_span_is(word, "public"))
        t->is_public = true;
    else if (qn_span_is(word, "wide"))
        t->wide = true;
    else if (qn_span_is(word, "numbered"))
        t->numbered = s;
    else if (qn_span_is(word, "number"))
        t->number = s;
    else if (qn_span_is(word, "date"))
        t->date = s;
    else if (qn_span_is(word, "maker"))
        t->maker = s;
    else
        return false;
    return true;
}

static const struct {
    const char *word;
    enum form_part_kind kind;
    bool counts; /* a number comes first */
} parts[] = {
    {"to", PART_TO, false},       {"para", PART_PARA, false}, {"lines", PART_LINES, true},
    {"head", PART_HEAD, false},   {"|", PART_GRID, false},    {"rows", PART_ROWS, false},
    {"order", PART_ORDER, false}, {"col", PART_COL, true},    {"empty", PART_EMPTY, true},
    {"block", PART_BLOCK, false}, {"sign", PART_SIGN, false}, {"seal", PART_SEAL, false},
    {"basis", PART_BASIS, false}, {"note", PART_NOTE, false},
};

static bool take_part(struct form_template *t, struct qn_span word, struct qn_span s)
{
    struct form_part p = {.text = s};
    size_t i = 0;
    if (word.n > 1 && word.p[0] == '|') { /* "|5": five lines high */
        struct qn_span n = {word.p + 1, word.n - 1};
        if (!take_number(&n, &p.n) || n.n)
            return false;
        word.n = 1;
    }
    while (i < sizeof(parts) / sizeof(parts[0]) && !qn_span_is(word, parts[i].word))
        i++;
    if (i == sizeof(parts) / sizeof(parts[0]) || t->nparts == FORM_PARTS)
        return false;
    p.kind = parts[i].kind;
    if (parts[i].counts && !take_number(&p.text, &p.n))
        return false;
    t->part[t->nparts++] = p;
    return true;
}

enum qn_code form_template_read(struct form_template *out, struct qn_span text, struct qn_err *err)
{
    struct form_template t = {.roles = ROLE_HEAD | ROLE_REVIEWER | ROLE_AUDITOR};
    struct qn_span line;
    for (unsigned no = 1; form_piece(&text, '\n', &line); no++) {
        size_t n = 0;
        bool right;
        if (!line.n || line.p[0] == '#')
            continue;
        while (n < line.n && line.p[n] != ' ')
            n++;
        struct qn_span word = {line.p, n}, rest = trimmed((struct qn_span){line.p + n, line.n - n});
        if (take_head(&t, word, rest, &right) ? !right : !take_part(&t, word, rest))
            return qn_fail(err, QN_MALFORMED, "form.line", "form=%s|line=%u", t.code, no);
    }
    if (!t.version || !t.of[0])
        return qn_fail(err, QN_MALFORMED, "form.line", "form=%s|line=%u", t.code, 1u);
    *out = t;
    return QN_OK;
}

enum qn_code form_template_get(struct form_template *out, const char *code, struct qn_err *err)
{
    char name[64];
    size_t n = 0;
    const unsigned char *text = NULL;
    for (unsigned i = 0; form_code_at(i) && !text; i++) {
        if (strcmp(form_code_at(i), code) != 0)
            continue;
        snprintf(name, sizeof(name), "node/form/forms/%s.txt", code);
        text = embedded_get(name, &n);
    }
    if (!text)
        return qn_fail(err, QN_ABSENT, "form.unknown", "value=%.20s", code);
    return form_template_read(out, (struct qn_span){text, n}, err);
}
