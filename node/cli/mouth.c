#include "node/cli/mouth.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/use.h"

#define ANSWER_MAX (256u * 1024 * 1024)
#define SAID_MAX   (1024u * 1024)

/* ---- which ones -------------------------------------------------------------------------------------------------- */

/* SPEC web-21: "commands that ask for a passphrase, make keys, or need the node at rest" */
static const char *const at_the_machine[] = {
    "serve",          "init",         "enrol rotate",  "recover run", "rebuild",     "root ",
    "cokey key",      "cokey page",   "cokey answer",  "escrow key",  "escrow open", "escrow join",
    "backup restore", "backup drill", "backup verify", "version",     "site "};
/* The second words of commands that change nothing. */
static const char *const looks[] = {
    "list",    "show",      "kinds",   "fields", "figures",   "rows",   "check", "duties",
    "changes", "proposals", "summary", "field",  "abandoned", "status", "find",  "due",
    "links",   "columns",   "preview", "trail",  "next",      "test"};

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

/* SPEC web-47: "but for `doctor` and `recover status`" */
static enum commands_beside beside(void *ctx, const char *name)
{
    (void)ctx;
    if (!changes_nothing(name) || strcmp(name, "doctor") == 0 || strcmp(name, "recover status") == 0)
        return BESIDE_NEVER;
    return strcmp(name, "status") == 0 ? BESIDE_WHEN_BUSY : BESIDE_ALWAYS;
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

/* "--objects FILE [--dry-run]": the word behind the option; "" for a flag. Without an option the first word. */
static void meta_of(char out[64], const struct command *k, const char *option)
{
    char all[600], *save = NULL;
    bool next = false;
    out[0] = 0;
    if (!*option) {
        cli_word(out, k, 0);
        return;
    }
    snprintf(all, sizeof(all), "%s", k->args);
    for (char *w = strtok_r(all, " []|", &save); w; w = strtok_r(NULL, " []|", &save)) {
        char *dots = strstr(w, "...");
        if (dots)
            *dots = 0;
        if (next && strncmp(w, "--", 2) != 0) {
            snprintf(out, 64, "%s", w);
            return;
        }
        next = strncmp(w, "--", 2) == 0 && strcmp(w + 2, option) == 0;
    }
}

static const char *kind_of(const struct opt *o, const char *meta)
{
    static const char *const names[] = {"text",    "number", "date",   "time",
                                        "address", "url",    "office", "choice"};
    static const char *const made[] = {"out", "svg", "reply", "page", "rejects"};
    if (o->flag)
        return "flag";
    if (strcmp(meta, "FILE") == 0 || strcmp(meta, "REQUEST") == 0 ||
        strcmp(o->name, "rejects") == 0)
        return among(made, sizeof(made) / sizeof(made[0]), o->name) ? "made" : "file";
    return names[o->kind];
}

/* "opt.COMMAND.NAME" with its hyphens; where the catalogue has none, "opt.NAME"; where it has neither, "". */
static void said_of(char *out, size_t cap, const struct describing *d, const char *what,
                    const char *name)
{
    char id[160];
    snprintf(id, sizeof(id), "%s.%s.%s", what, d->command->name, name);
    for (char *p = id; *p; p++)
        *p = *p == ' ' ? '-' : *p;
    if (!text_has(id))
        snprintf(id, sizeof(id), "%s.%s", what, name);
    said(out, cap, d->lang, id);
}

/* The words of "a|b", and what each is called: choice.NAME.a. */
static void put_choices(json_t *option, const struct describing *d, const char *of,
                        const char *choices)
{
    json_t *words = json_array(), *names = json_array();
    for (const char *p = choices; p && *p;) {
        char id[160], name[120];
        size_t n = strcspn(p, "|");
        snprintf(id, sizeof(id), "choice.%s.%.*s", of, (int)n, p);
        for (char *q = id; *q; q++)
            *q = *q == '_' ? '-' : *q;
        said(name, sizeof(name), d->lang, id);
        json_array_append_new(words, json_stringn(p, n));
        json_array_append_new(names, name[0] ? json_string(name) : json_stringn(p, n));
        p += n + (p[n] != 0);
    }
    json_object_set_new(option, "choices", words);
    json_object_set_new(option, "called", names);
}

/* The form that a value has: of this option, or of all of its kind. */
static void put_hint(json_t *option, const struct describing *d, const struct opt *o,
                     const char *kind)
{
    char hint[300], of_kind[40];
    said_of(hint, sizeof(hint), d, "hint", o->name);
    snprintf(of_kind, sizeof(of_kind), "hint.kind-%s", kind);
    if (!hint[0])
        said(hint, sizeof(hint), d->lang, of_kind);
    if (hint[0])
        json_object_set_new(option, "hint", json_string(hint));
}

/* The i-th word that is no option: opt.COMMAND.word-1, else as the command line names it; a file, one of a few words, or text. */
static void put_positional(json_t *words, const struct describing *d, const struct opt *o,
                           unsigned i)
{
    struct cli c = {.lang = d->lang};
    char word[64], next[64], name[24], label[200], hint[300];
    json_t *j = json_object();
    cli_word(word, d->command, i);
    snprintf(name, sizeof(name), "word-%u", i + 1);
    said_of(label, sizeof(label), d, "opt", name);
    if (!label[0])
        cli_word_name(&c, label, d->command, i);
    bool file = strcmp(word, "FILE") == 0 || strcmp(word, "REQUEST") == 0;
    bool office = strcmp(word, "OFFICE") == 0;
    bool choice = islower((unsigned char)word[0]);
    bool last = !cli_word(next, d->command, i + 1);
    json_object_set_new(j, "means", json_string(word));
    json_object_set_new(j, "label", json_string(label));
    json_object_set_new(j, "kind",
                        json_string(file     ? "file"
                                    : choice ? "choice"
                                    : office ? "office"
                                             : "text"));
    json_object_set_new(j, "required", json_boolean(i < (o->least ? o->least : o->required)));
    json_object_set_new(j, "many",
                        json_integer(last && o->many > i + 1 ? (json_int_t)(o->many - i) : 0));
    if (choice)
        put_choices(j, d, "word", word);
    said_of(hint, sizeof(hint), d, "hint", name);
    if (!hint[0] && (file || office))
        said(hint, sizeof(hint), d->lang, file ? "hint.kind-file" : "hint.kind-office");
    if (hint[0])
        json_object_set_new(j, "hint", json_string(hint));
    json_array_append_new(words, j);
}

static void put_option(struct describing *d, const struct opt *o)
{
    char meta[64], label[200];
    json_t *j = json_object(), *words = json_array();
    meta_of(meta, d->command, o->name);
    if (strcmp(meta, "DIR") == 0) { /* SPEC web-39: "neither described nor taken" */
        json_decref(j);
        json_decref(words);
        return;
    }
    json_object_set_new(j, "name", json_string(o->name));
    json_object_set_new(j, "kind", json_string(kind_of(o, meta)));
    json_object_set_new(j, "means", json_string(meta));
    said_of(label, sizeof(label), d, "opt", o->name);
    if (o->name[0])
        put_hint(j, d, o, kind_of(o, meta));
    json_object_set_new(j, "label", json_string(label));
    json_object_set_new(j, "required", json_boolean(o->required || o->least));
    json_object_set_new(j, "many", json_integer(o->many));
    if (o->kind == OPT_NUMBER && o->max)
        json_object_update_new(
            j, json_pack("{s:I, s:I}", "least", (json_int_t)o->min, "most", (json_int_t)o->max));
    if (o->choices)
        put_choices(j, d, o->name, o->choices);
    if (o->not_with)
        json_object_set_new(j, "not_with", json_string(o->not_with));
    for (unsigned i = 0; !o->name[0] && cli_word(meta, d->command, i); i++)
        put_positional(words, d, o, i);
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

static void put_roles(json_t *list, unsigned roles)
{
    for (unsigned i = 0; i < ROLES; i++)
        if (roles & (1u << i))
            json_array_append_new(list, json_string(person_role_name[i]));
}

static json_t *describe_one(const struct command *k, enum text_lang lang)
{
    struct describing d = {.command = k, .lang = lang, .options = json_array()};
    struct cli c = {.lang = lang, .command = k, .describe = take_options, .describe_ctx = &d};
    struct command_use use = {0};
    char summary[512], *none[1] = {NULL};
    json_t *under = json_array(), *roles = json_array();
    k->run(&c, 0, none);
    said(summary, sizeof(summary), lang, k->summary);
    command_use(&use, k->name);
    put_roles(under, use.under);
    put_roles(roles, use.roles);
    return json_pack("{s:s, s:s, s:b, s:b, s:s, s:o, s:o, s:o}", "name", k->name, "summary",
                     summary, "reads", changes_nothing(k->name), "keys", k->needs == NEEDS_KEYS,
                     "usage", k->args, "under", under, "roles", roles, "options", d.options);
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

/* What these make is read by others than who asked: it says the same as when a command line made it. */
static bool made_for_others(const struct commands_run *r)
{
    static const char *const first[] = {"publish", "form", "export", "audit", "slip"};
    return r->argc > 0 &&
           (among(first, sizeof(first) / sizeof(first[0]), r->argv[0]) ||
            (r->argc > 1 && strcmp(r->argv[0], "draw") == 0 && strcmp(r->argv[1], "sheet") == 0));
}

/* ---- running them -------------------------------------------------------------------------------------------------- */

static void take_over(struct qn_buf *out, FILE *f, char **bytes, size_t *n, size_t max)
{
    bool whole = f && !ferror(f);
    qn_buf_init(out, max);
    if (f && fclose(f) == 0 && whole)
        qn_put(out, *bytes, *n);
    else
        out->failed = QN_NOMEM;
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
                        .office = r->beside ? r->beside : m->office,
                        .network = m->network,
                        .listens = &r->report,
                        .stop = r->stop,
                        .stop_ctx = r->stop_ctx};
        bool was = text_for_pages(!made_for_others(r));
        code = cli_run(&c, r->argc, r->argv);
        (void)text_for_pages(was);
    }
    take_over(&r->out, fo, &out, &nout, ANSWER_MAX);
    take_over(&r->said, fe, &err, &nerr, SAID_MAX);
    return code;
}

void mouth_commands(struct commands *out, struct mouth *m)
{
    *out = (struct commands){.ctx = m, .describe = describe, .known = known, .beside = beside, .run = run};
}
