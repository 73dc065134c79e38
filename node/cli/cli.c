#include "node/cli/cli.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "node/cli/print.h"
#include "node/cli/setup.h"
#include "node/cli/socket.h"
#include "node/cli/sync_commands.h"
#include "node/draw/due.h"
#include "node/store/file.h"
#include "node/store/person.h"
#include "node/store/purge.h"
#include "node/store/redact.h"
#include "node/store/tree.h"

#define DIR_USUAL   "/var/lib/qian"
#define STARTING_MS 5000 /* a node that is just starting holds the lock before it listens */

/* ---- words ------------------------------------------------------------------------------------------------- */

struct globals {
    const char *dir, *lang, *passphrase_file, *by;
    bool json, help, version;
    const char *lacks; /* an option whose value is missing */
};

/* Takes the global options out of the words, wherever they stand before "--". */
static int strip(struct globals *g, int argc, char **argv)
{
    const struct {
        const char *name;
        const char **value;
        bool *flag;
    } known[] = {{"-d", &g->dir, NULL},           {"--dir", &g->dir, NULL},
                 {"--lang", &g->lang, NULL},      {"--passphrase-file", &g->passphrase_file, NULL},
                 {"--by", &g->by, NULL},          {"--json", NULL, &g->json},
                 {"--help", NULL, &g->help},      {"-h", NULL, &g->help},
                 {"--version", NULL, &g->version}};
    int kept = 0, i = 0;
    *g = (struct globals){0};
    for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
        size_t k = 0, n = strncmp(argv[i], "--", 2) == 0 ? strcspn(argv[i], "=") : strlen(argv[i]);
        while (k < sizeof(known) / sizeof(known[0]) &&
               (strlen(known[k].name) != n || memcmp(argv[i], known[k].name, n) != 0 ||
                (argv[i][n] && known[k].flag)))
            k++;
        if (k == sizeof(known) / sizeof(known[0]))
            argv[kept++] = argv[i];
        else if (argv[i][n])
            *known[k].value = argv[i] + n + 1;
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

/* ---- running ----------------------------------------------------------------------------------------------- */

/* named: the directory was, so that its absence is the caller's slip. */
static bool needs_store(const struct cli *c, const struct command *k, bool named)
{
    switch (k->needs) {
    case NEEDS_NOTHING:
        return false;
    case NEEDS_STORE:
    case NEEDS_KEYS:
        return true;
    case NEEDS_KEYS_IF_THERE:
        break;
    }
    char path[FILE_PATH_MAX];
    struct qn_err none;
    return !c->alone && (named || (file_join(path, c->dir, "qian.db", &none) == QN_OK &&
                                   access(path, R_OK) == 0));
}

/* What is wrong with the global options; 0: nothing. */
static int set_globals(struct cli *c, const struct globals *g)
{
    c->json = c->json || g->json;
    c->report = c->listens ? *c->listens : (struct qn_report){cli_report, c};
    if (g->lang)
        c->lang = text_lang_of(g->lang);
    if (g->passphrase_file)
        c->passphrase_file = g->passphrase_file;
    if (g->by)
        c->by = g->by;
    if (g->lacks)
        return cli_usage(c, "cli.option-value", g->lacks);
    if (g->lang && !text_lang_known(g->lang))
        return cli_usage(c, "cli.lang", g->lang);
    return 0;
}

/* The command line as far as its cli_opts; see there. */
static bool rehearse(struct cli *c, const struct command *k, int argc, char **argv)
{
    c->command = k;
    c->stage = REHEARSAL;
    k->run(c, argc, argv);
    bool fine = c->stage == REHEARSED;
    c->stage = RUN;
    return fine;
}

static int show_help(struct cli *c, int argc, char **argv)
{
    return cli_help(c, c->out, argc, argv) ? 0 : cli_usage(c, "cli.unknown-command", argv[0]);
}

/* What needs no command, or has none: help, the version, what nobody understands. -1: there is a command. */
static int without_command(struct cli *c, const struct globals *g, int argc, char **argv)
{
    int words;
    if (g->help)
        return show_help(c, argc, argv);
    if (g->version && argc == 0)
        return cmd_version(c, 0, argv);
    if (argc > 0 && strcmp(argv[0], "help") == 0)
        return show_help(c, argc - 1, argv + 1);
    if (argc == 0) {
        cli_help_short(c, c->err);
        return 2;
    }
    if (cli_find(argc, argv, &words))
        return g->version ? cli_usage(c, "cli.option-unknown", "--version") : -1;
    if (argv[0][0] == '-')
        return cli_usage(c, "cli.option-unknown", argv[0]);
    if (!cli_help_family(c, c->err, argv[0]))
        cli_usage(c, "cli.unknown-command", argv[0]);
    return 2;
}

int cli_run(struct cli *c, int argc, char **argv)
{
    struct globals g;
    char passphrase[FILE_PATH_MAX];
    struct qn_err err;
    int words;
    argc = strip(&g, argc, argv);
    int code = set_globals(c, &g);
    if (code)
        return code;
    /* A running node has its own working directory: a path means what it meant to the caller. That of a page's command was
     * named when the node was started, and is whole. */
    if (c->passphrase_file && !c->listens) {
        if (cli_path(c, passphrase, c->passphrase_file, &err) != QN_OK)
            return cli_fail(c, &err);
        c->passphrase_file = passphrase;
    }
    code = without_command(c, &g, argc, argv);
    const struct command *k = code < 0 ? cli_find(argc, argv, &words) : NULL;
    if (k && !rehearse(c, k, argc - words, argv + words))
        code = 2;
    else if (k && !c->office && needs_store(c, k, false)) {
        qn_fail(&err, QN_ABSENT, "store.absent", "dir=%s", c->dir);
        code = cli_fail(c, &err);
    } else if (k) {
        if (c->office)
            person_enter(c->office->st, c->by);
        code = k->run(c, argc - words, argv + words);
        if (c->office)
            person_enter(c->office->st, NULL);
    }
    fflush(c->out);
    fflush(c->err);
    c->passphrase_file = NULL;
    c->by = NULL;
    return code;
}

static void wait_a_little(void)
{
    struct timespec t = {.tv_nsec = 100 * 1000000};
    nanosleep(&t, NULL);
}

/* What the command made due; a running node does it beside the commands (patrol.h). What cannot be done now is due the next time. */
static void upkeep(struct cli *c)
{
    struct qn_err err;
    if (!c->office->keys) /* a command that only looks */
        return;
    if (purge_by_itself(c->office->st, NULL, NULL, &c->report, &err) != QN_OK)
        qn_say(&c->report, err.id, "%s", err.args);
    redact_scrub(c->office->st, &c->report);
}

/* Through the running node if there is one, else with the directory's lock. */
static int run_with_office(struct cli *c, const struct command *k, int argc, char **argv,
                           char **whole, int nwhole)
{
    struct qn_err err;
    struct office office;
    int exit_code = 1;
    bool may_forward = strcmp(k->name, "serve") != 0;
    if (!may_forward && (exit_code = setup_before_serve(c, argc - 1, argv + 1)) >= 0)
        return exit_code;
    bool with_keys = k->needs == NEEDS_KEYS || k->needs == NEEDS_KEYS_IF_THERE || c->signs;
    for (int waited = 0;; waited += 100) {
        enum qn_code rc = may_forward
                              ? socket_forward(c->dir, c->cwd, nwhole, whole, &exit_code, &err)
                              : QN_ABSENT;
        if (rc == QN_OK)
            return exit_code;
        if (rc == QN_ABSENT)
            rc = office_open_told(&office, c->dir, c->passphrase_file, with_keys, &c->report, &err);
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
    store_on_breath(office.st, office_breathe, &office);
    store_on_exchange(office.st, draw_due);
    redact_scrub_later(office.st, true); /* the other side of an exchange does not wait for it */
    exit_code = cli_run(c, argc, argv);
    redact_scrub_later(office.st, false);
    if (may_forward)
        upkeep(c);
    pthread_mutex_unlock(&office.lock);
    c->office = NULL;
    office_close(&office);
    return exit_code;
}

static int run_main(struct cli *c, int n, char **words, char **whole)
{
    static char lang_option[] = "--lang", zh[] = "zh", en[] = "en", json[] = "--json",
                pass[] = "--passphrase-file", by[] = "--by";
    struct globals g;
    struct qn_err err;
    int nwords, nwhole = 0;
    n = strip(&g, n, words);
    if (getenv("QIAN_LANG"))
        c->lang = text_lang_of(getenv("QIAN_LANG"));
    c->by = getenv("QIAN_BY");
    if (c->by && !*c->by)
        c->by = NULL;
    if (g.dir)
        c->dir = g.dir;
    int code = set_globals(c, &g);
    enum qn_code rc = code ? QN_OK : qn_selftest(&err);
    if (code || rc)
        return code ? code : cli_fail(c, &err);
    code = without_command(c, &g, n, words);
    if (code >= 0)
        return code;
    const struct command *k = cli_find(n, words, &nwords);
    if (!rehearse(c, k, n - nwords, words + nwords))
        return 2;
    if (!needs_store(c, k, g.dir != NULL))
        return cli_run(c, n, words);
    /* What is sent on says the language and the form of output itself. */
    whole[nwhole++] = lang_option;
    whole[nwhole++] = c->lang == TEXT_EN ? en : zh;
    if (c->json)
        whole[nwhole++] = json;
    /* Said by the environment it is said as well: that of the running node is another's. */
    if (!c->passphrase_file && getenv("QIAN_PASSPHRASE_FILE") && *getenv("QIAN_PASSPHRASE_FILE"))
        c->passphrase_file = getenv("QIAN_PASSPHRASE_FILE");
    if (c->passphrase_file) {
        whole[nwhole++] = pass;
        whole[nwhole++] = (char *)(uintptr_t)c->passphrase_file;
    }
    if (c->by) {
        whole[nwhole++] = by;
        whole[nwhole++] = (char *)(uintptr_t)c->by;
    }
    for (int i = 0; i < n; i++)
        whole[nwhole++] = words[i];
    return run_with_office(c, k, n, words, whole, nwhole);
}

int cli_main(int argc, char **argv, const struct network *network, const struct pages_maker *maker)
{
    char cwd[FILE_PATH_MAX];
    struct cli c = {.out = stdout,
                    .err = stderr,
                    .cwd = cwd,
                    .dir = getenv("QIAN_DIR"),
                    .network = network,
                    .maker = maker,
                    .run = cli_run};
    if (!c.dir || !*c.dir)
        c.dir = DIR_USUAL;
    if (!getcwd(cwd, sizeof(cwd)))
        memcpy(cwd, "/", 2);
    int n = argc > 0 ? argc - 1 : 0;
    char **words = calloc((size_t)n + 1, sizeof(*words)),
         **whole = calloc((size_t)n + 10, sizeof(*whole));
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
