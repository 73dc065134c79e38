/* options.c - the words behind a command: known options, each value of its kind, all that is required. */
#include <string.h>

#include "node/cli/cli.h"
#include "node/work/words.h"
#include "protocol/wire.h"

#define OPTIONS_MAX 32

static bool say(struct cli *c, const char *id, const char *args)
{
    struct qn_err err;
    qn_fail(&err, QN_MALFORMED, id, "%s", args);
    cli_fail(c, &err);
    return false;
}

int cli_usage(struct cli *c, const char *id, const char *option)
{
    char args[300];
    snprintf(args, sizeof(args), "option=%.250s", option);
    say(c, id, args);
    return 2;
}

/* ---- values -------------------------------------------------------------------------------------------------- */

static bool is_number(const char *text, uint64_t min, uint64_t max, unsigned *out)
{
    struct rd r = {.in = qn_str(text)};
    uint64_t v = rd_dec(&r, max);
    if (!rd_end(&r) || v < min)
        return false;
    if (out)
        *out = (unsigned)v;
    return true;
}

static bool is_address(const char *s)
{
    const char *colon = strrchr(s, ':');
    return colon != s && is_number(colon ? colon + 1 : s, 0, 65535, NULL);
}

static bool is_url(const char *s)
{
    static const char http[] = "http://", https[] = "https://";
    size_t n = strncmp(s, http, sizeof(http) - 1) == 0     ? sizeof(http) - 1
               : strncmp(s, https, sizeof(https) - 1) == 0 ? sizeof(https) - 1
                                                           : 0;
    return n && s[n] && s[n] != '/' && s[n] != ':';
}

static bool is_choice(const char *s, const char *choices)
{
    size_t n = strlen(s);
    for (const char *p = choices; n;) {
        size_t k = strcspn(p, "|");
        if (k == n && memcmp(p, s, n) == 0)
            return true;
        if (!p[k])
            break;
        p += k + 1;
    }
    return false;
}

static bool check_value(struct cli *c, const struct opt *o, const char *name, const char *value)
{
    char args[500];
    const char *id = NULL;
    char when[24];
    snprintf(args, sizeof(args), "option=%.100s|value=%.200s", name, value);
    switch (o->kind) {
    case OPT_TEXT:
        return true;
    case OPT_NUMBER:
        if (is_number(value, o->min, o->max, o->number))
            return true;
        snprintf(args, sizeof(args), "option=%.100s|value=%.200s|min=%u|max=%u", name, value,
                 o->min, o->max);
        return say(c, "cli.number", args);
    case OPT_DATE:
        id = wire_is_date(qn_str(value)) ? NULL : "cli.date";
        break;
    case OPT_TIME:
        id = words_when(when, qn_str(value), false) ? NULL : "cli.time";
        break;
    case OPT_ADDRESS:
        id = is_address(value) ? NULL : "cli.address";
        break;
    case OPT_URL:
        id = is_url(value) ? NULL : "cli.url";
        break;
    case OPT_CODE:
        id = wire_is_code(qn_str(value)) ? NULL : "cli.code";
        break;
    case OPT_CHOICE:
        if (is_choice(value, o->choices))
            return true;
        snprintf(args, sizeof(args), "option=%.100s|value=%.200s|choices=%s", name, value,
                 o->choices);
        return say(c, "cli.choice", args);
    }
    return id ? say(c, id, args) : true;
}

/* ---- words --------------------------------------------------------------------------------------------------- */

static const struct opt *find_opt(const struct opt *opts, size_t n, const char *name, size_t len,
                                  size_t *at)
{
    for (*at = 0; *at < n; ++*at)
        if (strlen(opts[*at].name) == len && memcmp(opts[*at].name, name, len) == 0)
            return &opts[*at];
    return NULL;
}

static bool put_value(struct cli *c, const struct opt *o, unsigned *came, const char *value,
                      const char *word)
{
    char name[128];
    if (*came >= (o->many ? o->many : 1)) {
        cli_usage(c, o->name[0] ? "cli.option-again" : "cli.extra-word", word);
        return false;
    }
    if (o->name[0])
        snprintf(name, sizeof(name), "--%.100s", o->name);
    else
        cli_word_name(c, name, c->command, *came);
    if (!check_value(c, o, name, value))
        return false;
    if (o->value)
        o->value[*came] = value;
    ++*came;
    return true;
}

static bool take_words(struct cli *c, int argc, char **argv, const struct opt *opts, size_t n,
                       unsigned came[OPTIONS_MAX])
{
    bool words_only = false;
    size_t at;
    for (int i = 0; i < argc; i++) {
        const char *w = argv[i];
        if (!words_only && strcmp(w, "--") == 0) {
            words_only = true;
            continue;
        }
        bool option = !words_only && w[0] == '-' && w[1] == '-';
        const char *name = option ? w + 2 : "", *equals = option ? strchr(name, '=') : NULL;
        size_t len = equals ? (size_t)(equals - name) : strlen(name);
        const struct opt *o = find_opt(opts, n, name, len, &at);
        if (!o || at >= OPTIONS_MAX || (!option && w[0] == '-' && w[1] && !words_only)) {
            cli_usage(c, option || w[0] == '-' ? "cli.option-unknown" : "cli.extra-word", w);
            return false;
        }
        if (o->flag) {
            if (equals) {
                cli_usage(c, "cli.option-no-value", w);
                return false;
            }
            *o->flag = true;
            came[at]++;
            continue;
        }
        const char *value = equals ? equals + 1 : option ? NULL : w;
        if (!value && i + 1 < argc)
            value = argv[++i];
        if (!value) {
            cli_usage(c, "cli.option-value", w);
            return false;
        }
        if (!put_value(c, o, &came[at], value, w))
            return false;
    }
    return true;
}

/* --by stands before or behind every command, and was taken from the words already. */
static bool take_by(struct cli *c, const struct opt *opts, size_t n, unsigned came[OPTIONS_MAX])
{
    size_t at;
    const struct opt *o = find_opt(opts, n, "by", 2, &at);
    return !c->by || !o || at >= OPTIONS_MAX || put_value(c, o, &came[at], c->by, "--by");
}

/* What only the whole line shows: what is missing, what excludes each other. */
static bool check_line(struct cli *c, const struct opt *opts, size_t n,
                       const unsigned came[OPTIONS_MAX])
{
    char shown[200];
    size_t other;
    for (size_t i = 0; i < n && i < OPTIONS_MAX; i++) {
        const struct opt *o = &opts[i];
        unsigned least = o->least ? o->least : o->required;
        if (came[i] < least && o->name[0]) {
            snprintf(shown, sizeof(shown), "--%.100s", o->name);
            cli_usage(c, "cli.option-missing", shown);
            return false;
        }
        if (came[i] < least) {
            cli_word_name(c, shown, c->command, came[i]);
            cli_usage(c, "cli.word-missing", shown);
            return false;
        }
        if (came[i] && o->not_with && find_opt(opts, n, o->not_with, strlen(o->not_with), &other) &&
            came[other]) {
            snprintf(shown, sizeof(shown), "option=--%.60s|other=--%.60s", o->name, o->not_with);
            return say(c, "cli.option-not-with", shown);
        }
        const char *bad = came[i] && o->check ? o->check(o->value, came[i]) : NULL;
        if (bad)
            return say(c, bad, "");
        c->signs = c->signs || (came[i] && o->signs);
        c->alone = c->alone || (came[i] && o->alone);
    }
    return true;
}

bool cli_opts(struct cli *c, int argc, char **argv, const struct opt *opts, size_t n)
{
    unsigned came[OPTIONS_MAX] = {0};
    if (c->describe) {
        c->describe(c->describe_ctx, opts, n);
        return false;
    }
    c->signs = c->alone = false;
    if (!take_words(c, argc, argv, opts, n, came) || !take_by(c, opts, n, came) ||
        !check_line(c, opts, n, came))
        return false;
    for (size_t i = 0; i < n; i++)
        if (opts[i].count)
            *opts[i].count = came[i];
    if (c->stage != REHEARSAL)
        return true;
    c->stage = REHEARSED;
    return false;
}
