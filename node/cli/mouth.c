#include "node/cli/mouth.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MAX (256u * 1024 * 1024)
#define SAID_MAX   (1024u * 1024)

/* ---- which ones -------------------------------------------------------------------------------------------------- */

/* SPEC web-21: "commands that ask for a passphrase, make keys, or need the node at rest" */
static const char *const at_the_machine[] = {
    "serve",       "init",         "enrol rotate",   "recover run",  "rebuild",
    "root ",       "cokey key",    "cokey page",     "cokey answer", "escrow key",
    "escrow open", "escrow join",  "backup restore", "backup drill", "backup verify",
    "version",     "site "};
/* The second words of commands that change nothing. */
static const char *const looks[] = {"list",    "show",  "kinds",     "fields",  "figures",
                                    "rows",    "check", "duties",    "changes", "proposals",
                                    "summary", "field", "abandoned", "status",  "find",
                                    "due",     "links", "columns",   "preview", "trail"};

static bool among(const char *const *list, size_t n, const char *word)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i], word) == 0)
            return true;
    return false;
}

static bool offered(const char *name)
{
    for (size_t i = 0; i < sizeof(at_the_machine) / sizeof(at_the_machine[0]); i++) {
        size_t n = strlen(at_the_machine[i]);
        if (at_the_machine[i][n - 1] == ' ' ? strncmp(name, at_the_machine[i], n) == 0
                                            : strcmp(name, at_the_machine[i]) == 0)
            return false;
    }
    return true;
}

static bool changes_nothing(const char *name)
{
    const char *second = strchr(name, ' ');
    if (!second)
        return strcmp(name, "status") == 0 || strcmp(name, "due") == 0 ||
               strcmp(name, "doctor") == 0;
    return among(looks, sizeof(looks) / sizeof(looks[0]), second + 1);
}

static const struct command *find(const char *name)
{
    for (size_t a = 0; a < CLI_AREAS; a++)
        for (const struct command *k = cli_areas[a].table; k->name; k++)
            if (strcmp(k->name, name) == 0)
                return offered(name) ? k : NULL;
    return NULL;
}

static bool known(void *ctx, const char *name, bool *reads)
{
    (void)ctx;
    *reads = changes_nothing(name);
    return find(name) != NULL;
}

/* ---- what they are made of --------------------------------------------------------------------------------------- */

struct describing {
    const struct command *command;
    enum text_lang lang;
    json_t *options;
};

static void said(char *out, size_t cap, enum text_lang lang, const char *id)
{
    out[0] = 0;
    if (text_has(id))
        text_render(out, cap, lang, id, "");
}

/* "--objects FILE [--dry-run]": the word behind the option; "" for a flag. Of positional words the n-th. */
static void meta_of(char out[64], const char *args, const char *option, unsigned n)
{
    char all[600], *save = NULL;
    bool next = false, value = false;
    out[0] = 0;
    snprintf(all, sizeof(all), "%s", args);
    for (char *w = strtok_r(all, " []|", &save); w; w = strtok_r(NULL, " []|", &save)) {
        char *dots = strstr(w, "...");
        if (dots)
            *dots = 0;
        if (strncmp(w, "--", 2) == 0) {
            next = *option && strcmp(w + 2, option) == 0;
            value = true;
            continue;
        }
        if (*option ? next : !value && n-- == 0) {
            snprintf(out, 64, "%s", w);
            return;
        }
        next = value = false;
    }
}

/* Of positional words that are no option's value; FILE behind an option is that option's. */
static unsigned words_of(const char *args)
{
    char word[64];
    unsigned n = 0;
    for (; n < 8; n++) {
        meta_of(word, args, "", n);
        if (!word[0])
            break;
    }
    return n;
}

static const char *kind_of(const struct opt *o, const char *meta)
{
    static const char *const names[] = {"text",    "number", "date",   "time",
                                        "address", "url",    "office", "choice"};
    static const char *const made[] = {"out", "svg", "reply", "page", "rejects"};
    if (o->flag)
        return "flag";
    if (strcmp(meta, "FILE") == 0 || strcmp(meta, "REQUEST") == 0)
        return among(made, sizeof(made) / sizeof(made[0]), o->name) ? "made" : "file";
    return names[o->kind];
}

static json_t *choices(const char *text)
{
    json_t *a = json_array();
    for (const char *p = text; p && *p;) {
        size_t n = strcspn(p, "|");
        json_array_append_new(a, json_stringn(p, n));
        p += n + (p[n] != 0);
    }
    return a;
}

static void put_option(struct describing *d, const struct opt *o)
{
    char meta[64], label[200], id[160];
    json_t *j = json_object(), *words = json_array();
    meta_of(meta, d->command->args, o->name, 0);
    if (strcmp(meta, "DIR") == 0) { /* SPEC web-39: "neither described nor taken" */
        json_decref(j);
        json_decref(words);
        return;
    }
    json_object_set_new(j, "name", json_string(o->name));
    json_object_set_new(j, "kind", json_string(kind_of(o, meta)));
    json_object_set_new(j, "means", json_string(meta));
    snprintf(id, sizeof(id), "opt.%s.%s", d->command->name, o->name);
    for (char *p = id; *p; p++)
        *p = *p == ' ' ? '-' : *p;
    if (!text_has(id))
        snprintf(id, sizeof(id), "opt.%s", o->name);
    said(label, sizeof(label), d->lang, id);
    json_object_set_new(j, "label", json_string(label));
    json_object_set_new(j, "required", json_boolean(o->required || o->least));
    json_object_set_new(j, "many", json_integer(o->many));
    if (o->kind == OPT_NUMBER && o->max)
        json_object_update_new(
            j, json_pack("{s:I, s:I}", "least", (json_int_t)o->min, "most", (json_int_t)o->max));
    if (o->choices)
        json_object_set_new(j, "choices", choices(o->choices));
    if (o->not_with)
        json_object_set_new(j, "not_with", json_string(o->not_with));
    for (unsigned i = 0; !o->name[0] && i < words_of(d->command->args); i++) {
        struct cli c = {.lang = d->lang};
        char word[64], shown[128];
        meta_of(word, d->command->args, "", i);
        cli_word_name(&c, shown, d->command, i);
        json_array_append_new(words,
                              json_pack("{s:s, s:s, s:b}", "means", word, "label", shown,
                                        "required", i < (o->least ? o->least : o->required)));
    }
    if (json_array_size(words))
        json_object_set(j, "words", words);
    json_decref(words);
    json_array_append_new(d->options, j);
}

static void take_options(void *ctx, const struct opt *opts, size_t n)
{
    struct describing *d = ctx;
    for (size_t i = 0; i < n; i++)
        if (strcmp(opts[i].name, "by") != 0) /* who is logged in acts */
            put_option(d, &opts[i]);
}

static json_t *describe_one(const struct command *k, enum text_lang lang)
{
    struct describing d = {.command = k, .lang = lang, .options = json_array()};
    struct cli c = {.lang = lang, .command = k, .describe = take_options, .describe_ctx = &d};
    char summary[512], *none[1] = {NULL};
    k->run(&c, 0, none);
    said(summary, sizeof(summary), lang, k->summary);
    return json_pack("{s:s, s:s, s:b, s:b, s:s, s:o}", "name", k->name, "summary", summary, "reads",
                     changes_nothing(k->name), "keys", k->needs == NEEDS_KEYS, "usage", k->args,
                     "options", d.options);
}

static enum qn_code describe(void *ctx, enum text_lang lang, struct qn_buf *out, struct qn_err *err)
{
    (void)ctx;
    json_t *all = json_array();
    for (size_t a = 0; a < CLI_AREAS; a++)
        for (const struct command *k = cli_areas[a].table; k->name; k++)
            if (offered(k->name))
                json_array_append_new(all, describe_one(k, lang));
    char *text = json_dumps(all, JSON_COMPACT);
    json_decref(all);
    if (text)
        qn_put_str(out, text);
    free(text);
    return text ? qn_buf_check(out, err) : qn_fail(err, QN_NOMEM, "base.no-memory", "");
}

/* ---- running them -------------------------------------------------------------------------------------------------- */

static void take_over(struct qn_buf *out, FILE *f, char **bytes, size_t *n, size_t max)
{
    fclose(f);
    qn_buf_init(out, max);
    qn_put(out, *bytes, *n);
    free(*bytes);
}

static int run(void *ctx, struct commands_run *r)
{
    struct mouth *m = ctx;
    char *out = NULL, *err = NULL;
    size_t nout = 0, nerr = 0;
    FILE *fo = open_memstream(&out, &nout), *fe = open_memstream(&err, &nerr);
    int code = 1;
    if (fo && fe) {
        struct cli c = {.out = fo,
                        .err = fe,
                        .cwd = r->cwd,
                        .dir = m->dir,
                        .passphrase_file = m->passphrase_file,
                        .json = true,
                        .lang = r->lang,
                        .by = r->by,
                        .office = m->office,
                        .network = m->network,
                        .listens = &r->report,
                        .stop = r->stop,
                        .stop_ctx = r->stop_ctx};
        code = cli_run(&c, r->argc, r->argv);
    }
    if (fo)
        take_over(&r->out, fo, &out, &nout, ANSWER_MAX);
    if (fe)
        take_over(&r->said, fe, &err, &nerr, SAID_MAX);
    return code;
}

void mouth_commands(struct commands *out, struct mouth *m)
{
    *out = (struct commands){.ctx = m, .describe = describe, .known = known, .run = run};
}
