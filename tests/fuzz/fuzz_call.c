/* A body of /api/v1/commands: whatever comes, the words that it becomes are one command's, its options and nothing of what
 * goes for the whole program; and what the command's own options make of them is a refusal or a command line. The first
 * byte chooses the command. */
#include <string.h>

#include "node/cli/cli.h"
#include "node/web/words.h"
#include "tests/fuzz/fuzz.h"

#define BODY_MAX (1024u * 1024)

/* Commands that need an office have none here: behind their options they are refused, and nothing is read or written. */
static const struct command *choose(uint8_t which)
{
    const struct command *found[256];
    unsigned n = 0;
    for (size_t a = 0; a < CLI_AREAS; a++)
        for (const struct command *k = cli_areas[a].table; k->name && n < 256; k++)
            if (k->needs == NEEDS_STORE || k->needs == NEEDS_KEYS)
                found[n++] = k;
    return found[which % n];
}

static void check(const struct command_words *w, char **argv, const char *name, const json_t *body)
{
    static const char *const never[] = {"--by", "--dir", "--json", "--lang", "--passphrase-file",
                                        "--help", "--version"};
    unsigned at = strchr(name, ' ') ? 2 : 1;
    const json_t *words = json_object_get(body, "words");
    HOLDS(w->n >= at + 1 && !argv[w->n] && strncmp(name, argv[0], strlen(argv[0])) == 0);
    for (; at < w->n && strcmp(argv[at], "--") != 0; at++) {
        HOLDS(strncmp(argv[at], "--", 2) == 0);
        for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
            size_t n = strlen(never[i]);
            HOLDS(strncmp(argv[at], never[i], n) != 0 || (argv[at][n] && argv[at][n] != '='));
        }
    }
    HOLDS(at < w->n && w->n - at - 1 == json_array_size(words));
    for (size_t i = 0; i < json_array_size(words); i++)
        HOLDS(strcmp(argv[at + 1 + i], json_string_value(json_array_get(words, i))) == 0);
}

static void run(const struct command_words *w, char **argv)
{
    char *said = NULL, *told = NULL;
    size_t nsaid, ntold;
    struct qn_report quiet = {NULL, NULL};
    FILE *o = open_memstream(&said, &nsaid), *e = open_memstream(&told, &ntold);
    if (o && e) {
        struct cli c = {.out = o, .err = e, .cwd = "/", .dir = "/nowhere", .json = true, .listens = &quiet};
        HOLDS(cli_run(&c, (int)w->n, argv) != 0);
    }
    if (o)
        fclose(o);
    if (e)
        fclose(e);
    free(said);
    free(told);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct command *k = size ? choose(data[0]) : NULL;
    struct qn_err err = {.code = QN_OK};
    if (!k || size > BODY_MAX)
        return 0;
    json_t *body = json_loadb((const char *)data + 1, size - 1, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(body)) {
        json_decref(body);
        return 0;
    }
    static struct command_words w;
    w = (struct command_words){.n = 0};
    qn_buf_init(&w.text, BODY_MAX);
    enum qn_code rc = command_words_of(&w, k->name, body, &err);
    char **argv = rc ? NULL : command_argv(&w);
    if (rc)
        IS_REFUSAL(rc, err);
    if (argv) {
        check(&w, argv, k->name, body);
        run(&w, argv);
    }
    free(argv);
    qn_buf_release(&w.text);
    json_decref(body);
    return 0;
}
