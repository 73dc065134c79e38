/* words.c - the words of a command as a person calls them. */
#include <string.h>

#include "node/cli/cli.h"

static bool is_capital(char ch)
{
    return ch >= 'A' && ch <= 'Z';
}

void cli_put_words(struct cli *c, struct qn_buf *out, const char *args, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t k = 0;
        char word[24] = "", id[32], said[96];
        while (i + k < n && k < sizeof(word) - 1 && is_capital(args[i + k])) {
            word[k] = (char)(args[i + k] - 'A' + 'a');
            k++;
        }
        word[k] = 0;
        snprintf(id, sizeof(id), "meta.%s", word);
        if (k && text_has(id)) {
            text_render(said, sizeof(said), c->lang, id, "");
            qn_put_str(out, said);
        } else {
            qn_put(out, args + i, k ? k : 1);
        }
        i += k ? k : 1;
    }
}

/* "[SEQ]]" and "TASK..." without what is around them; "TASK[/ROUND]" as it is. */
static void bare(char out[64], const char *p, size_t len)
{
    bool optional = *p == '[';
    p += optional;
    len -= optional;
    while (len && (p[len - 1] == '.' || (p[len - 1] == ']' && (optional || !memchr(p, '[', len)))))
        len--;
    snprintf(out, 64, "%.*s", (int)len, p);
}

bool cli_word(char out[64], const struct command *k, unsigned n)
{
    bool value = false; /* the word before was an option that takes one */
    for (const char *p = k ? k->args : ""; *p;) {
        size_t len = strcspn(p, " ");
        bool option = strncmp(p, "--", 2) == 0 || strncmp(p, "[--", 3) == 0;
        if (len && !option && !value && n-- == 0) {
            bare(out, p, len);
            return true;
        }
        const char *other = strstr(p, "|--"); /* "CODES|--item": another option */
        value = option ? p[len - 1] != ']' : other && other < p + len;
        p += len;
        p += *p == ' ';
    }
    out[0] = 0;
    return false;
}

void cli_word_name(struct cli *c, char out[128], const struct command *k, unsigned n)
{
    char word[64];
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, 128);
    if (cli_word(word, k, n))
        cli_put_words(c, &b, word, strlen(word));
    snprintf(out, 128, "%.*s", (int)b.n, b.n ? (const char *)b.p : "");
}
