#include "node/web/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_word(struct command_words *w, const char *a, const char *b, const char *value)
{
    if (w->n == WORDS_MAX) {
        w->text.failed = QN_LIMIT;
        return;
    }
    w->at[w->n++] = w->text.n;
    qn_put_str(&w->text, a);
    qn_put_str(&w->text, b);
    qn_put(&w->text, value, strlen(value) + 1);
}

static bool plain(const char *s)
{
    size_t n = strlen(s);
    return n && n < 40 && strspn(s, "abcdefghijklmnopqrstuvwxyz-") == n && s[0] != '-';
}

/* What goes for the whole program is not the caller's to say: who acts is who came in. */
static bool global(const char *name)
{
    static const char *const names[] = {"by",   "dir",    "json", "lang", "passphrase-file",
                                        "help", "version"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void put_value(struct command_words *w, const char *name, const json_t *v)
{
    char number[40];
    const char *text = json_string_value(v);
    if (json_is_integer(v)) {
        snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(v));
        text = number;
    }
    if (json_is_false(v) || json_is_null(v))
        return;
    if (json_is_true(v))
        put_word(w, "--", name, "");
    else if (!text)
        w->bad = name;
    else {
        char head[48];
        snprintf(head, sizeof(head), "%s=", name);
        put_word(w, "--", head, text);
    }
}

static void put_option(struct command_words *w, const char *name, const json_t *v)
{
    if (!plain(name) || global(name)) {
        w->bad = name;
        return;
    }
    if (!json_is_array(v)) {
        put_value(w, name, v);
        return;
    }
    for (size_t i = 0; i < json_array_size(v); i++)
        put_value(w, name, json_array_get(v, i));
}

enum qn_code command_words_of(struct command_words *w, const char *name, json_t *body, struct qn_err *err)
{
    const char *key, *second = strchr(name, ' ');
    json_t *v, *rest = json_object_get(body, "words");
    char first[48];
    snprintf(first, sizeof(first), "%.*s", (int)(second ? second - name : (long)strlen(name)),
             name);
    put_word(w, first, "", "");
    if (second)
        put_word(w, second + 1, "", "");
    json_object_foreach(body, key, v)
    {
        if (strcmp(key, "words") != 0)
            put_option(w, key, v);
    }
    put_word(w, "--", "", "");
    for (size_t i = 0; i < json_array_size(rest); i++) {
        const char *text = json_string_value(json_array_get(rest, i));
        if (text)
            put_word(w, text, "", "");
        else
            w->bad = "words";
    }
    if (w->bad)
        return qn_fail(err, QN_MALFORMED, "web.option", "option=%.100s", w->bad);
    return qn_buf_check(&w->text, err);
}

char **command_argv(const struct command_words *w)
{
    size_t head = (w->n + 1u) * sizeof(char *);
    char **argv = calloc(1, head + w->text.n);
    if (!argv)
        return NULL;
    char *text = (char *)argv + head;
    memcpy(text, w->text.p, w->text.n);
    for (unsigned i = 0; i < w->n; i++)
        argv[i] = text + w->at[i];
    return argv;
}
