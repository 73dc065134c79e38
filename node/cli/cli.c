#include "node/cli/cli.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "node/cli/socket.h"
#include "node/store/file.h"

#define DIR_USUAL   "/var/lib/qian"
#define STARTING_MS 5000 /* a node that is just starting holds the lock before it listens */

static const struct {
    const char *title;
    const struct command *table;
} areas[] = {{"help.identity", cli_identity_commands},
             {"help.work", cli_work_commands},
             {"help.draw", cli_draw_commands},
             {"help.publish", cli_publish_commands},
             {"help.sync", cli_sync_commands}};

/* ---- words ------------------------------------------------------------------------------------------------- */

struct globals {
    const char *dir, *lang, *passphrase_file;
    bool json, help;
    const char *lacks; /* an option whose value is missing */
};

/* Takes the global options out of the words, wherever they stand before "--". */
static int strip(struct globals *g, int argc, char **argv)
{
    const struct {
        const char *name;
        const char **value;
        bool *flag;
    } known[] = {{"-d", &g->dir, NULL},      {"--dir", &g->dir, NULL},
                 {"--lang", &g->lang, NULL}, {"--passphrase-file", &g->passphrase_file, NULL},
                 {"--json", NULL, &g->json}, {"--help", NULL, &g->help},
                 {"-h", NULL, &g->help}};
    int kept = 0, i = 0;
    *g = (struct globals){0};
    for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
        size_t k = 0;
        while (k < sizeof(known) / sizeof(known[0]) && strcmp(argv[i], known[k].name) != 0)
            k++;
        if (k == sizeof(known) / sizeof(known[0]))
            argv[kept++] = argv[i];
        else if (known[k].flag)
            *known[k].flag = true;
        else if (i + 1 < argc)
            *known[k].value = argv[++i];
        else
            g->lacks = known[k].name;
    }
    while (i < argc)
        argv[kept++] = argv[i++];
    argv[kept] = NULL;
    return kept;
}

/* The command that these words begin with; the longer name wins. words: how many its name takes. */
static const struct command *find(int argc, char **argv, int *words)
{
    const struct command *found = NULL;
    *words = 0;
    for (size_t a = 0; a < sizeof(areas) / sizeof(areas[0]); a++)
        for (const struct command *k = areas[a].table; k->name; k++) {
            const char *space = strchr(k->name, ' ');
            size_t first = space ? (size_t)(space - k->name) : strlen(k->name);
            int n = space ? 2 : 1;
            if (argc < n || n <= *words || strlen(argv[0]) != first ||
                memcmp(argv[0], k->name, first) != 0 || (space && strcmp(argv[1], space + 1) != 0))
                continue;
            found = k;
            *words = n;
        }
    return found;
}

/* ---- sentences --------------------------------------------------------------------------------------------- */

static void sentence(struct cli *c, FILE *to, const char *id, const char *args)
{
    char text[4096];
    text_render(text, sizeof(text), c->lang, id, args);
    fprintf(to, "%s\n", text);
}

static void report(void *ctx, const char *id, const char *args)
{
    struct cli *c = ctx;
    sentence(c, c->err, id, args);
    fflush(c->err);
}

void cli_say(struct cli *c, const char *id, const char *fmt, ...)
{
    char args[2048];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(args, sizeof(args), fmt, ap);
    va_end(ap);
    sentence(c, c->out, id, args);
}

static void usage(struct cli *c, const char *id, const char *option)
{
    char args[512];
    snprintf(args, sizeof(args), "option=%s", option);
    sentence(c, c->err, id, args);
}

int cli_fail(struct cli *c, const struct qn_err *err)
{
    sentence(c, c->err, err->id, err->args);
    if (c->json) {
        json_t *o = json_pack("{s:s, s:s, s:s}", "code", qn_code_name(err->code), "id", err->id,
                              "args", err->args);
        if (!o) /* args that are no UTF-8 */
            o = json_pack("{s:s, s:s}", "code", qn_code_name(err->code), "id", err->id);
        if (o && json_dumpf(o, c->out, JSON_COMPACT) == 0)
            fputc('\n', c->out);
        json_decref(o);
    }
    return err->code == QN_LATER ? 3 : 1;
}

/* ---- options ----------------------------------------------------------------------------------------------- */

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
    if (*came >= (o->many ? o->many : 1)) {
        usage(c, o->name[0] ? "cli.option-again" : "cli.extra-word", word);
        return false;
    }
    o->value[(*came)++] = value;
    return true;
}

bool cli_opts(struct cli *c, int argc, char **argv, const struct opt *opts, size_t n)
{
    unsigned came[64] = {0};
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
        if (!o || at >= sizeof(came) / sizeof(came[0]) ||
            (!option && w[0] == '-' && w[1] && !words_only)) {
            usage(c, option || w[0] == '-' ? "cli.option-unknown" : "cli.extra-word", w);
            return false;
        }
        if (o->flag) {
            if (equals) {
                usage(c, "cli.option-no-value", w);
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
            usage(c, "cli.option-value", w);
            return false;
        }
        if (!put_value(c, o, &came[at], value, w))
            return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (opts[i].count)
            *opts[i].count = came[i];
        if (opts[i].required && !came[i]) {
            char shown[64];
            snprintf(shown, sizeof(shown), "--%s", opts[i].name);
            usage(c, opts[i].name[0] ? "cli.option-missing" : "cli.word-missing", shown);
            return false;
        }
    }
    return true;
}

enum qn_code cli_path(struct cli *c, char out[1024], const char *path, struct qn_err *err)
{
    if (path[0] != '/')
        return file_join(out, c->cwd, path, err);
    if (!qn_text_copy(out, 1024, qn_str(path)))
        return qn_fail(err, QN_LIMIT, "file.path-too-long", "path=%s", path);
    return QN_OK;
}

/* ---- help -------------------------------------------------------------------------------------------------- */

static void help_command(struct cli *c, const struct command *k)
{
    fprintf(c->out, "qian %s%s%s\n    ", k->name, k->args[0] ? " " : "", k->args);
    sentence(c, c->out, k->summary, "");
}

static void help_all(struct cli *c, FILE *to)
{
    FILE *was = c->out;
    c->out = to;
    sentence(c, to, "help.usage", "");
    for (size_t a = 0; a < sizeof(areas) / sizeof(areas[0]); a++) {
        static const char *const heads[] = {"help.command", "help.does"};
        if (!areas[a].table->name)
            continue;
        fputc('\n', to);
        sentence(c, to, areas[a].title, "");
        cli_table_begin(c, 2, heads);
        for (const struct command *k = areas[a].table; k->name; k++) {
            char text[512];
            text_render(text, sizeof(text), c->lang, k->summary, "");
            cli_table_cell(c, "  %s", k->name);
            cli_table_cell(c, "%s", text);
        }
        cli_table_end(c);
    }
    fputc('\n', to);
    sentence(c, to, "help.globals", "");
    c->out = was;
}

static int help(struct cli *c, int argc, char **argv)
{
    int words;
    if (argc == 0) {
        help_all(c, c->out);
        return 0;
    }
    const struct command *one = find(argc, argv, &words);
    if (one) {
        help_command(c, one);
        return 0;
    }
    bool any = false; /* "qian help bundle": all that begin so */
    for (size_t a = 0; a < sizeof(areas) / sizeof(areas[0]); a++)
        for (const struct command *k = areas[a].table; k->name; k++) {
            size_t n = strlen(argv[0]);
            if (strncmp(k->name, argv[0], n) != 0 || k->name[n] != ' ')
                continue;
            help_command(c, k);
            any = true;
        }
    if (any)
        return 0;
    usage(c, "cli.unknown-command", argv[0]);
    return 2;
}

/* ---- running ----------------------------------------------------------------------------------------------- */

static bool needs_store(const struct command *k)
{
    return k->needs != NEEDS_NOTHING;
}

static void set_globals(struct cli *c, const struct globals *g)
{
    c->json = c->json || g->json;
    if (g->lang)
        c->lang = text_lang_of(g->lang);
    if (g->passphrase_file)
        c->passphrase_file = g->passphrase_file;
    c->report = (struct qn_report){report, c};
}

int cli_run(struct cli *c, int argc, char **argv)
{
    struct globals g;
    char passphrase[FILE_PATH_MAX];
    struct qn_err err;
    int words;
    argc = strip(&g, argc, argv);
    set_globals(c, &g);
    if (g.lacks) {
        usage(c, "cli.option-value", g.lacks);
        return 2;
    }
    /* A running node has its own working directory: a path means what it meant to the caller. */
    if (c->passphrase_file) {
        if (cli_path(c, passphrase, c->passphrase_file, &err) != QN_OK)
            return cli_fail(c, &err);
        c->passphrase_file = passphrase;
    }
    if (g.help)
        return help(c, argc, argv);
    if (argc == 0) {
        help_all(c, c->err);
        return 2;
    }
    if (strcmp(argv[0], "help") == 0)
        return help(c, argc - 1, argv + 1);
    const struct command *k = find(argc, argv, &words);
    if (!k) {
        usage(c, "cli.unknown-command", argv[0]);
        return 2;
    }
    if (needs_store(k) && !c->office) {
        qn_fail(&err, QN_ABSENT, "store.absent", "dir=%s", c->dir);
        return cli_fail(c, &err);
    }
    int exit_code = k->run(c, argc - words, argv + words);
    fflush(c->out);
    fflush(c->err);
    c->passphrase_file = NULL;
    return exit_code;
}

static void wait_a_little(void)
{
    struct timespec t = {.tv_nsec = 100 * 1000000};
    nanosleep(&t, NULL);
}

/* Through the running node if there is one, else with the directory's lock. */
static int run_with_office(struct cli *c, const struct command *k, int argc, char **argv,
                           char **whole, int nwhole)
{
    struct qn_err err;
    struct office office;
    int exit_code = 1;
    bool may_forward = strcmp(k->name, "serve") != 0;
    for (int waited = 0;; waited += 100) {
        enum qn_code rc = may_forward
                              ? socket_forward(c->dir, c->cwd, nwhole, whole, &exit_code, &err)
                              : QN_ABSENT;
        if (rc == QN_OK)
            return exit_code;
        if (rc == QN_ABSENT)
            rc = office_open(&office, c->dir, c->passphrase_file, k->needs == NEEDS_KEYS, &err);
        if (rc == QN_OK)
            break;
        bool locked = rc == QN_LATER && strcmp(err.id, "store.locked") == 0;
        if (locked && !may_forward) {
            qn_fail(&err, QN_CONFLICT, "serve.already", "dir=%s", c->dir);
            return cli_fail(c, &err);
        }
        if (!locked || waited >= STARTING_MS)
            return cli_fail(c, &err);
        wait_a_little();
    }
    c->office = &office;
    pthread_mutex_lock(&office.lock);
    exit_code = cli_run(c, argc, argv);
    pthread_mutex_unlock(&office.lock);
    c->office = NULL;
    office_close(&office);
    return exit_code;
}

static int run_main(struct cli *c, int n, char **words, char **whole)
{
    static char lang_option[] = "--lang", zh[] = "zh", en[] = "en", json[] = "--json",
                pass[] = "--passphrase-file";
    struct globals g;
    struct qn_err err;
    int nwords, nwhole = 0;
    n = strip(&g, n, words);
    if (getenv("QIAN_LANG"))
        c->lang = text_lang_of(getenv("QIAN_LANG"));
    set_globals(c, &g);
    if (g.dir)
        c->dir = g.dir;
    enum qn_code rc = qn_selftest(&err);
    if (rc)
        return cli_fail(c, &err);
    if (g.lacks) {
        usage(c, "cli.option-value", g.lacks);
        return 2;
    }
    if (g.help)
        return help(c, n, words);
    const struct command *k = n ? find(n, words, &nwords) : NULL;
    if (!k || !needs_store(k))
        return cli_run(c, n, words);
    /* What is sent on says the language and the form of output itself. */
    whole[nwhole++] = lang_option;
    whole[nwhole++] = c->lang == TEXT_EN ? en : zh;
    if (c->json)
        whole[nwhole++] = json;
    if (c->passphrase_file) {
        whole[nwhole++] = pass;
        whole[nwhole++] = (char *)(uintptr_t)c->passphrase_file;
    }
    for (int i = 0; i < n; i++)
        whole[nwhole++] = words[i];
    return run_with_office(c, k, n, words, whole, nwhole);
}

int cli_main(int argc, char **argv, const struct network *network)
{
    char cwd[FILE_PATH_MAX];
    struct cli c = {
        .out = stdout, .err = stderr, .cwd = cwd, .dir = getenv("QIAN_DIR"), .network = network};
    if (!c.dir || !*c.dir)
        c.dir = DIR_USUAL;
    if (!getcwd(cwd, sizeof(cwd)))
        memcpy(cwd, "/", 2);
    int n = argc > 0 ? argc - 1 : 0;
    char **words = calloc((size_t)n + 1, sizeof(*words)),
         **whole = calloc((size_t)n + 8, sizeof(*whole));
    int exit_code = 1;
    if (words && whole) {
        for (int i = 0; i < n; i++)
            words[i] = argv[i + 1];
        exit_code = run_main(&c, n, words, whole);
    }
    free(words);
    free(whole);
    return exit_code;
}
