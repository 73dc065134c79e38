#include "node/text/text.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/embedded.h"

/* An index over the compiled-in files, made once: where each id's line begins, ascending by id. It is
 * static because a sentence must also be found when memory has run out.                             */
#define TEXT_IDS 8192
static const char *entry[TEXT_IDS];
static size_t entries;
static pthread_once_t indexed = PTHREAD_ONCE_INIT;

static size_t line_length(const char *line)
{
    return strcspn(line, "\n");
}

static _Thread_local bool for_pages;

bool text_for_pages(bool on)
{
    bool was = for_pages;
    for_pages = on;
    return was;
}

static int compare_ids(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;
    size_t nx = line_length(x), ny = line_length(y);
    int c = memcmp(x, y, nx < ny ? nx : ny);
    return c ? c : (nx > ny) - (nx < ny);
}

/* A paragraph is an entry; its first line is the id. Lines that begin with '#' are remarks. */
static void index_file(const char *text)
{
    bool inside = false;
    for (const char *line = text; *line;) {
        size_t n = line_length(line);
        if (n == 0)
            inside = false;
        else if (!inside && *line != '#' && entries < TEXT_IDS) {
            entry[entries++] = line;
            inside = true;
        }
        line += n + (line[n] == '\n');
    }
}

static void index_all(void)
{
    static const char dir[] = "node/text/";
    const char *name;
    for (size_t i = 0; (name = embedded_name(i)) != NULL; i++) {
        size_t n;
        if (strncmp(name, dir, sizeof(dir) - 1) == 0)
            index_file((const char *)embedded_get(name, &n));
    }
    qsort(entry, entries, sizeof(entry[0]), compare_ids);
}

static const char *find(const char *id)
{
    if (pthread_once(&indexed, index_all))
        return NULL;
    const char *const *at = bsearch(&id, entry, entries, sizeof(entry[0]), compare_ids);
    return at ? *at : NULL;
}

static const char *find_spoken(const char *id)
{
    char web[96];
    const char *at = NULL;
    if (for_pages && (size_t)snprintf(web, sizeof(web), "%s.web", id) < sizeof(web))
        at = find(web);
    return at ? at : find(id);
}

bool text_has(const char *id)
{
    return find(id) != NULL;
}

/* The sentence in the language, else in the other one: a half-translated message still speaks. */
static struct qn_span sentence(const char *at, enum text_lang lang)
{
    struct qn_span any = {NULL, 0};
    const char *want = lang == TEXT_EN ? "en " : "zh ";
    for (const char *line = at; *line && *line != '\n';) {
        size_t n = line_length(line);
        if (n > 3 && (memcmp(line, "zh ", 3) == 0 || memcmp(line, "en ", 3) == 0)) {
            struct qn_span s = {(const uint8_t *)line + 3, n - 3};
            if (memcmp(line, want, 3) == 0)
                return s;
            any = s;
        }
        line += n + (line[n] == '\n');
    }
    return any;
}

/* Where a sentence goes: a buffer that grows, or an array that is cut at a whole character. */
struct sink {
    struct qn_buf *buf;
    char *out;
    size_t cap, n;
    size_t cut; /* the last end of a character behind which "…" and NUL still fit */
    bool full;
};
static const char ellipsis[] = "…";

static void put(struct sink *to, const void *p, size_t n)
{
    if (to->buf) {
        qn_put(to->buf, p, n);
        return;
    }
    if (to->full || !to->cap)
        return;
    if (n >= to->cap - to->n) {
        to->full = true;
        to->n = to->cut;
        if (sizeof(ellipsis) <= to->cap - to->n) {
            memcpy(to->out + to->n, ellipsis, sizeof(ellipsis) - 1);
            to->n += sizeof(ellipsis) - 1;
        }
    } else {
        memcpy(to->out + to->n, p, n);
        to->n += n;
        if (to->cap - to->n >= sizeof(ellipsis))
            to->cut = to->n;
    }
    to->out[to->n] = 0;
}

/* Length of the well-formed UTF-8 character at p; 0 when there is none; -1 when the bytes end inside it. */
static int character(const uint8_t *p, size_t n, uint32_t *code)
{
    size_t len = p[0] < 0x80                    ? 1
                 : p[0] >= 0xc2 && p[0] <= 0xdf ? 2
                 : (p[0] & 0xf0) == 0xe0        ? 3
                 : p[0] >= 0xf0 && p[0] <= 0xf4 ? 4
                                                : 0;
    if (!len)
        return 0;
    uint32_t c = len == 1 ? p[0] : p[0] & (0xffu >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        if (i >= n)
            return -1;
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3fu);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *code = c;
    return (int)len;
}

/* Characters that move the cursor, hide themselves or turn the writing direction. */
static bool is_harmful(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

/* Names of the program's own that stand in args are said in the reader's language: the system's reasons, which travel
 * as ids (errno.absent), and by their key tables and kinds of record (table, record), roles (role), acts (duty) and fields of a
 * record, "correction_order.due_on", by their own label or the one that all records share.                        */
static const char *named(struct qn_span key, struct qn_span v)
{
    static const struct {
        const char *key, *family;
    } families[] = {{"duty", "duty."},  {"table", "record."}, {"record", "record."},
                    {"role", "role."},  {"with", "role."},    {"field", "field."},
                    {"other", "field."}};
    char id[96];
    size_t n = 0, dot = 0;
    for (size_t i = 0; !n && i < sizeof(families) / sizeof(families[0]); i++)
        if (qn_span_is(key, families[i].key))
            n = (size_t)snprintf(id, sizeof(id), "%s", families[i].family);
    if (for_pages && v.n > 2 && memcmp(v.p, "--", 2) == 0 &&
        (qn_span_is(key, "option") || qn_span_is(key, "other"))) {
        v = (struct qn_span){v.p + 2, v.n - 2};
        n = (size_t)snprintf(id, sizeof(id), "opt.");
    }
    if (!n && v.n > 6 && memcmp(v.p, "errno.", 6) == 0)
        return qn_text_copy(id, sizeof(id), v) ? find(id) : NULL;
    if (!n || !qn_text_copy(id + n, sizeof(id) - n, v))
        return NULL;
    for (size_t i = n; id[i]; i++) {
        id[i] = id[i] == '_' ? '-' : id[i];
        dot = id[i] == '.' ? i + 1 : dot;
    }
    const char *at = find(id);
    if (!at && qn_span_is(key, "duty")) /* to write a kind of record */
        return named((struct qn_span){(const uint8_t *)"record", 6}, v);
    if (!at && dot) {
        memmove(id + n, id + dot, strlen(id + dot) + 1);
        at = find(id);
    }
    return at;
}

/* A file that came by a page lies under a name with the shelf before it; its owner knows it by his own. */
static struct qn_span own_name(struct qn_span v)
{
    static const char shelf[] = "/shelf/";
    const uint8_t *at = v.n ? memmem(v.p, v.n, shelf, sizeof(shelf) - 1) : NULL;
    size_t i = v.n, k = 0;
    if (!at)
        return v;
    while (i && v.p[i - 1] != '/')
        i--;
    v = (struct qn_span){v.p + i, v.n - i};
    while (k < v.n && k < 8 && strchr("0123456789abcdef", v.p[k]) && v.p[k])
        k++;
    return k == 8 && v.n > 9 && v.p[8] == '-' ? (struct qn_span){v.p + 9, v.n - 9} : v;
}

static struct qn_span said(struct qn_span key, struct qn_span v, enum text_lang lang)
{
    const char *at = named(key, v);
    return at ? sentence(at, lang) : own_name(v);
}

/* A value from outside: what could act on a terminal is written as \xNN or \uNNNN, bytes that are no
 * UTF-8 as \xNN. Args are cut at the end when too long, so half a last character becomes "…".      */
static void put_value(struct sink *to, struct qn_span v)
{
    for (size_t i = 0; i < v.n;) {
        char shown[12];
        uint32_t c = 0;
        int len = character(v.p + i, v.n - i, &c);
        if (len < 0) {
            put(to, ellipsis, sizeof(ellipsis) - 1);
            return;
        }
        if (len == 0)
            snprintf(shown, sizeof(shown), "\\x%02X", v.p[i]);
        else if (is_harmful(c))
            snprintf(shown, sizeof(shown), c < 0x80 ? "\\x%02X" : "\\u%04X", (unsigned)c);
        else
            shown[0] = 0;
        if (shown[0])
            put(to, shown, strlen(shown));
        else
            put(to, v.p + i, (size_t)len);
        i += len ? (size_t)len : 1;
    }
}

/* Length of a key that "=" or "}" follows; 0 when there is none here. */
static size_t key_length(const char *p, size_t n, char end)
{
    size_t i = 0;
    if (!n || *p < 'a' || *p > 'z')
        return 0;
    while (i < n && ((p[i] >= 'a' && p[i] <= 'z') || (p[i] >= '0' && p[i] <= '9') || p[i] == '_'))
        i++;
    return i < n && p[i] == end ? i : 0;
}

/* The value of a key in "key=value|key=value". A '|' that no key follows belongs to the value. */
static bool value_of(struct qn_span *out, const char *args, struct qn_span key)
{
    size_t n = strlen(args), from = 0;
    bool found = false;
    for (size_t i = 0; i <= n; i++) {
        size_t k = i < n && (i == 0 || args[i - 1] == '|') ? key_length(args + i, n - i, '=') : 0;
        if (found && (k || i == n)) {
            *out = (struct qn_span){(const uint8_t *)args + from, (k ? i - 1 : n) - from};
            return true;
        }
        if (k && qn_span_eq(key, (struct qn_span){(const uint8_t *)args + i, k})) {
            found = true;
            from = i + k + 1;
        }
    }
    return false;
}

static size_t word_length(const char *p, const char *end)
{
    size_t n = 0;
    while (p + n < end && ((p[n] >= 'a' && p[n] <= 'z') || (n && p[n] == '-')))
        n++;
    return n;
}

/* "qian WORD WORD" or "--WORD" at p: what it is called, and how much of the text that was; 0 when it is neither. */
static size_t call_length(const char *p, const char *end, const char **named)
{
    char id[96], word[31], second[31];
    bool option = end - p > 2 && memcmp(p, "--", 2) == 0;
    size_t from = option ? 2 : 5;
    *named = NULL;
    if (!option && (end - p < 6 || memcmp(p, "qian ", 5) != 0))
        return 0;
    size_t n = word_length(p + from, end), more = 0;
    if (!n || n > 30)
        return 0;
    snprintf(word, sizeof(word), "%.*s", (int)n, p + from);
    if (!option && p + from + n < end && p[from + n] == ' ')
        more = word_length(p + from + n + 1, end);
    if (more && more <= 30) {
        snprintf(second, sizeof(second), "%.*s", (int)more, p + from + n + 1);
        snprintf(id, sizeof(id), "call.%s-%s", word, second);
        *named = find(id);
        if (*named)
            return from + n + 1 + more;
    }
    snprintf(id, sizeof(id), option ? "call-opt.%s" : "call.%s", word);
    *named = find(id);
    if (!*named && option) {
        snprintf(id, sizeof(id), "opt.%s", word);
        *named = find(id);
    }
    return from + n;
}

/* For who reads a page: at the blank before such a call, or at the call itself. How much of the text it took. */
static size_t put_call(struct sink *to, enum text_lang lang, const char *p, const char *end)
{
    const char *named;
    bool english = lang == TEXT_EN;
    size_t blank = *p == ' ' && !english, n = call_length(p + blank, end, &named);
    if (!n)
        return 0;
    size_t mark = blank + (p[blank] == '-' ? 2 : 5); /* "--" or "qian " */
    struct qn_span s = named ? sentence(named, lang)
                             : (struct qn_span){(const uint8_t *)p + mark, n + blank - mark};
    put(to, english ? "\"" : "“", english ? 1 : 3);
    put(to, s.p, s.n);
    put(to, english ? "\"" : "”", english ? 1 : 3);
    n += blank;
    return n + (!english && p + n + 1 < end && p[n] == ' ' && (unsigned char)p[n + 1] >= 0x80);
}

static void render(struct sink *to, enum text_lang lang, const char *id, const char *args)
{
    const char *at = find_spoken(id);
    struct qn_span s = at ? sentence(at, lang) : (struct qn_span){NULL, 0};
    if (!s.n) {
        put_value(to, qn_str(id));
        if (*args) {
            put(to, " (", 2);
            put_value(to, qn_str(args));
            put(to, ")", 1);
        }
        return;
    }
    for (size_t i = 0; i < s.n;) {
        size_t k = 0;
        struct qn_span v, key = {s.p + i + 1, 0};
        if (s.p[i] == '{')
            k = key_length((const char *)s.p + i + 1, s.n - i - 1, '}');
        key.n = k;
        if (k && value_of(&v, args, key)) {
            put_value(to, said(key, v, lang));
            i += k + 2;
            continue;
        }
        const char *here = (const char *)s.p + i, *end = (const char *)s.p + s.n;
        bool word = i && ((s.p[i - 1] >= 'a' && s.p[i - 1] <= 'z') || s.p[i - 1] == '-');
        size_t call = for_pages && !word ? put_call(to, lang, here, end) : 0;
        if (call) {
            i += call;
            continue;
        }
        /* Our own text; a placeholder that got no value stays visible. */
        uint32_t c;
        int len = character(s.p + i, s.n - i, &c);
        put(to, s.p + i, len > 0 ? (size_t)len : 1);
        i += len > 0 ? (size_t)len : 1;
    }
}

static bool is_language(const char *name, const char *two)
{
    return name && strncmp(name, two, 2) == 0 && (name[2] == 0 || strchr("_-.@", name[2]));
}

enum text_lang text_lang_of(const char *name)
{
    return is_language(name, "en") ? TEXT_EN : TEXT_ZH;
}

bool text_lang_known(const char *name)
{
    return is_language(name, "en") || is_language(name, "zh");
}

void text_render(char *out, size_t cap, enum text_lang lang, const char *id, const char *args)
{
    struct sink to = {.out = out, .cap = cap};
    if (cap)
        out[0] = 0;
    render(&to, lang, id, args);
}

void text_error(char *out, size_t cap, enum text_lang lang, const struct qn_err *err)
{
    text_render(out, cap, lang, err->id, err->args);
}

void text_put(struct qn_buf *out, enum text_lang lang, const char *id, const char *args)
{
    struct sink to = {.buf = out};
    render(&to, lang, id, args);
}

void text_value(struct qn_buf *out, struct qn_span value)
{
    struct sink to = {.buf = out};
    put_value(&to, value);
}
