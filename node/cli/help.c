/* help.c - what a person reads who does not know the commands yet: the short page, all commands, one, the topics. */
#include <string.h>

#include "node/cli/cli.h"
#include "node/work/forms.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void line(struct cli *c, FILE *to, const char *id)
{
    char text[2048];
    text_render(text, sizeof(text), c->lang, id, "");
    fprintf(to, "%s\n", text);
}

/* Length of the first word of a command's name. */
static size_t first_word(const struct command *k)
{
    return strcspn(k->name, " ");
}

/* How it is called, where the catalogue has an example: example.<words of the command>. */
static void example(struct cli *c, FILE *to, const struct command *k)
{
    char id[64];
    snprintf(id, sizeof(id), "example.%s", k->name);
    for (char *p = id; *p; p++)
        *p = *p == ' ' ? '-' : *p;
    if (!text_has(id))
        return;
    fputs("    ", to);
    line(c, to, id);
}

/* ---- commands -------------------------------------------------------------------------------------------------- */

static void one_command(struct cli *c, FILE *to, const struct command *k)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, 4096);
    cli_put_words(c, &b, k->args, strlen(k->args));
    fprintf(to, "qian %s%s%.*s\n    ", k->name, b.n ? " " : "", (int)b.n,
            b.n ? (const char *)b.p : "");
    line(c, to, k->summary);
    example(c, to, k);
}

bool cli_help_family(struct cli *c, FILE *to, const char *word)
{
    size_t n = strlen(word), found = 0;
    for (size_t a = 0; a < CLI_AREAS; a++)
        for (const struct command *k = cli_areas[a].table; k->name; k++) {
            char text[512];
            if (first_word(k) != n || k->name[n] != ' ' || memcmp(k->name, word, n) != 0)
                continue;
            if (!found++)
                line(c, to, "help.choose");
            text_render(text, sizeof(text), c->lang, k->summary, "");
            fprintf(to, "  qian %-16s  %s\n", k->name, text);
        }
    return found > 0;
}

static void all_commands(struct cli *c, FILE *to)
{
    FILE *was = c->out;
    c->out = to;
    line(c, to, "help.usage");
    for (size_t a = 0; a < CLI_AREAS; a++) {
        static const char *const heads[] = {"help.command", "help.does"};
        fputc('\n', to);
        line(c, to, cli_areas[a].title);
        cli_table_begin(c, 2, heads);
        for (const struct command *k = cli_areas[a].table; k->name; k++) {
            char text[512];
            text_render(text, sizeof(text), c->lang, k->summary, "");
            cli_table_cell(c, "  %s", k->name);
            cli_table_cell(c, "%s", text);
        }
        cli_table_end(c);
    }
    fputc('\n', to);
    line(c, to, "help.globals");
    line(c, to, "help.topics");
    c->out = was;
}

/* The areas with the first words of their commands, each once. */
void cli_help_short(struct cli *c, FILE *to)
{
    line(c, to, "help.usage");
    fputc('\n', to);
    for (size_t a = 0; a < CLI_AREAS; a++) {
        char title[128];
        const struct command *table = cli_areas[a].table;
        text_render(title, sizeof(title), c->lang, cli_areas[a].title, "");
        fprintf(to, "%s%s", title, c->lang == TEXT_EN ? ":" : "：");
        for (const struct command *k = table; k->name; k++) {
            bool told = false;
            for (const struct command *e = table; e < k; e++)
                told = told || (first_word(e) == first_word(k) &&
                                memcmp(e->name, k->name, first_word(k)) == 0);
            if (!told)
                fprintf(to, "%s%.*s", c->lang == TEXT_EN || k > table ? " " : "",
                        (int)first_word(k), k->name);
        }
        fputc('\n', to);
    }
    fputc('\n', to);
    line(c, to, "help.topics");
}

/* ---- topics ------------------------------------------------------------------------------------------------------ */

static void columns(struct cli *c, FILE *to, const struct sheet_form *f, bool required)
{
    char args[1500] = "columns=", text[1600];
    size_t n = strlen(args), none = n;
    for (size_t i = 0; i < f->n; i++)
        if (f->columns[i].required == required && n < sizeof(args))
            n += (size_t)snprintf(args + n, sizeof(args) - n, "%s%s", n == none ? "" : ", ",
                                  f->columns[i].heading);
    if (n == none)
        return;
    text_render(text, sizeof(text), c->lang, required ? "help.required" : "help.optional", args);
    fprintf(to, "    %s\n", text);
}

static void csv_help(struct cli *c, FILE *to)
{
    const struct sheet_form *const forms[] = {
        &code_forms[0],     &code_forms[1],     &code_forms[2],   &plan_form,
        &scope_form,        &roster_forms[0],   &roster_forms[1], &roster_forms[2],
        &register_forms[0], &register_forms[1], &result_form,     &given_form};
    line(c, to, "help.csv");
    for (size_t i = 0; i < COUNT(forms); i++) {
        char title[128];
        text_render(title, sizeof(title), c->lang, forms[i]->title, "");
        fprintf(to, "\nqian %s  %s\n", forms[i]->command, title);
        columns(c, to, forms[i], true);
        columns(c, to, forms[i], false);
    }
}

static void lines_help(struct cli *c, FILE *to, const char *name, unsigned n)
{
    for (unsigned i = 1; i <= n; i++) {
        char id[48];
        snprintf(id, sizeof(id), "help.%s-%u", name, i);
        line(c, to, id);
    }
}

static void scopes_help(struct cli *c, FILE *to)
{
    lines_help(c, to, "scopes", 16);
}

static void reasons_help(struct cli *c, FILE *to)
{
    lines_help(c, to, "reasons", 10);
}

static void roles_help(struct cli *c, FILE *to)
{
    lines_help(c, to, "roles", 18);
}

static void year_help(struct cli *c, FILE *to)
{
    lines_help(c, to, "year", 13);
}

static void exit_help(struct cli *c, FILE *to)
{
    static const char *const ids[] = {"help.exit-0", "help.exit-1", "help.exit-2", "help.exit-3"};
    for (size_t i = 0; i < COUNT(ids); i++)
        line(c, to, ids[i]);
}

bool cli_help(struct cli *c, FILE *to, int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*show)(struct cli *c, FILE *to);
    } topics[] = {{"year", year_help},     {"roles", roles_help},     {"csv", csv_help},
                  {"scopes", scopes_help}, {"reasons", reasons_help}, {"exit", exit_help}};
    int words;
    if (argc == 0) {
        all_commands(c, to);
        return true;
    }
    const struct command *one = cli_find(argc, argv, &words);
    if (one) {
        one_command(c, to, one);
        return true;
    }
    for (size_t i = 0; i < COUNT(topics); i++)
        if (strcmp(argv[0], topics[i].name) == 0) {
            topics[i].show(c, to);
            return true;
        }
    bool any = false; /* "qian help bundle": all that begin so */
    size_t n = strlen(argv[0]);
    for (size_t a = 0; a < CLI_AREAS; a++)
        for (const struct command *k = cli_areas[a].table; k->name; k++)
            if (strncmp(k->name, argv[0], n) == 0 && k->name[n] == ' ') {
                one_command(c, to, k);
                any = true;
            }
    return any;
}
