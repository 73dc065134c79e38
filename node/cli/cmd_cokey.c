/* cmd_cokey.c - second custodians' keys: made, named, asked, answered. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/draw_commands.h"
#include "node/draw/cokey.h"
#include "node/publish/custodian.h"
#include "node/store/clock.h"
#include "node/store/file.h"
#include "node/text/qr.h"
#include "protocol/wire.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A question or an answer, from a file or as it was typed. */
static enum qn_code read_text(struct cli *c, char *out, size_t cap, const char *path,
                              const char *text, const char *refusal, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    enum qn_code rc = path ? cli_read(c, &b, path, cap - 1, err) : QN_OK;
    if (!rc && !qn_text_copy(out, cap, path ? qn_buf_span(&b) : qn_str(text ? text : "")))
        rc = qn_fail(err, QN_MALFORMED, refusal, "");
    return rc;
}

/* The text as it stands, and as a code to be scanned where that is wanted. */
static enum qn_code give_text(struct cli *c, const char *text, const char *file, const char *svg,
                              bool code, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0}, lines = {0};
    struct qn_span s = qn_str(text);
    while (s.n && s.p[s.n - 1] == '\n')
        s.n--;
    qn_buf_init(&b, 1024 * 1024);
    qn_buf_init(&lines, 1024 * 1024);
    enum qn_code rc = file ? cli_write(c, file, qn_str(text), err) : QN_OK;
    if (!rc && svg)
        rc = qr_svg(&b, s, "", err);
    if (!rc && svg)
        rc = cli_write(c, svg, qn_buf_span(&b), err);
    if (!rc && code)
        rc = qr_lines(&lines, s, err);
    if (rc)
        return rc;
    if (c->json) {
        cli_json(c, json_pack("{s:s%}", "text", (const char *)s.p, s.n), 0);
        return QN_OK;
    }
    fprintf(c->out, "%.*s\n%.*s", (int)s.n, (const char *)s.p, (int)lines.n,
            lines.p ? (const char *)lines.p : "");
    return QN_OK;
}

static int cmd_key(struct cli *c, int argc, char **argv)
{
    const char *name = NULL;
    unsigned mib = KEYS_KDF_MIB;
    struct opt opts[] = {{.name = "out", .value = &name, .required = true},
                         {.name = "kdf-mib",
                          .kind = OPT_NUMBER,
                          .number = &mib,
                          .min = KEYS_KDF_MIB_MIN,
                          .max = 4096}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    struct qn_request pub;
    char full[FILE_PATH_MAX], hex[2 * QN_PUBKEY + 1];
    QN_AUTO(keys) struct keys *keys = NULL;
    QN_AUTO(secret) struct qn_span pass = {NULL, 0};
    enum qn_code rc = office_passphrase(&pass, c->passphrase_file, &err);
    if (!rc)
        rc = keys_passphrase_new(pass, &err);
    if (!rc)
        rc = keys_create(&keys, KEYS_COKEY, &err);
    if (!rc)
        rc = cli_path(c, full, name, &err);
    if (!rc)
        rc = keys_save(keys, full, pass, mib, &err);
    if (rc)
        return cli_fail(c, &err);
    keys_public(keys, &pub);
    qn_hex(hex, pub.vrf, QN_PUBKEY);
    if (c->json)
        return cli_json(c, json_pack("{s:s}", "key", hex), 0);
    cli_say(c, "cokey.made", "path=%s|key=%s", name, hex);
    return 0;
}

/* As a phone shows it: in groups of four. */
static bool key_decode(uint8_t key[QN_PUBKEY], const char *text)
{
    char hex[2 * QN_PUBKEY + 1];
    size_t n = 0;
    for (; *text && n < sizeof(hex); text++)
        if (*text != ' ')
            hex[n++] = *text;
    return n == sizeof(hex) - 1 &&
           qn_hex_decode(key, QN_PUBKEY, (struct qn_span){(uint8_t *)hex, n});
}

static int name_key(struct cli *c, int argc, char **argv, bool add)
{
    const char *office = NULL, *hex = NULL, *words = NULL;
    struct opt opts[] = {{.name = "office", .value = &office, .required = true, .kind = OPT_CODE},
                         {.name = "key", .value = &hex, .required = true},
                         {.name = add ? "title" : "reason", .value = &words, .required = true}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    uint8_t key[QN_PUBKEY];
    enum qn_code rc = key_decode(key, hex)
                          ? QN_OK
                          : qn_fail(&err, QN_MALFORMED, "cokey.key", "office=%s", office);
    if (!rc)
        rc = cli_known_office(c, office, &err);
    if (!rc)
        rc = add ? cokey_add(c->office->st, office, key, words, &err)
                 : cokey_remove(c->office->st, office, key, words, &err);
    if (rc)
        return cli_fail(c, &err);
    cli_say(c, add ? "cokey.added" : "cokey.removed", "office=%s|key=%s", office, hex);
    return 0;
}

static int cmd_add(struct cli *c, int argc, char **argv)
{
    return name_key(c, argc, argv, true);
}

static int cmd_remove(struct cli *c, int argc, char **argv)
{
    return name_key(c, argc, argv, false);
}

static int cmd_ask(struct cli *c, int argc, char **argv)
{
    const char *slot = NULL, *out = NULL, *page = NULL, *svg = NULL;
    bool code = false;
    char question[COKEY_QUESTION], link[COKEY_QUESTION];
    struct opt opts[] = {{.name = "slot", .value = &slot, .required = true},
                         {.name = "page", .value = &page},
                         {.name = "out", .value = &out},
                         {.name = "svg", .value = &svg},
                         {.name = "qr", .flag = &code}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    enum qn_code rc = cokey_ask(question, c->office->st, slot, &err);
    if (!rc && page)
        rc = cokey_link(link, page, question, &err);
    if (!rc)
        rc = give_text(c, page ? link : question, out, svg, code, &err);
    if (rc)
        return cli_fail(c, &err);
    cli_long(c, c->err, "cokey.ask-next", "");
    return 0;
}

/* What is being answered, before it is: on stderr, since stdout has the answer. */
static enum qn_code tell_question(struct cli *c, const char *text, struct qn_err *err)
{
    struct cokey_question k;
    char freeze[2 * QN_HASH + 1], slots[SLOT_NAME_MAX], args[2 * SLOT_NAME_MAX];
    struct qn_order *order = malloc(sizeof(*order));
    if (!order)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    enum qn_code rc = cokey_question_parse(&k, order, text, err);
    if (!rc) {
        qn_hex(freeze, k.freeze, QN_HASH);
        order_slots_name(slots, order);
        snprintf(args, sizeof(args), "office=%s|slot=%s|freeze=%s|beacon=%s", order->office, slots,
                 freeze, k.beacon[0] ? k.beacon : "—");
        cli_long(c, c->err, "custodian.answering", args);
    }
    free(order);
    return rc;
}

static int cmd_answer(struct cli *c, int argc, char **argv)
{
    const char *order = NULL, *text = NULL, *key = NULL, *out = NULL, *svg = NULL;
    bool code = false;
    struct opt opts[] = {{.name = "order", .value = &order, .not_with = "text"},
                         {.name = "text", .value = &text},
                         {.name = "key", .value = &key, .required = true},
                         {.name = "out", .value = &out},
                         {.name = "svg", .value = &svg},
                         {.name = "qr", .flag = &code}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    char full[FILE_PATH_MAX], record[FILE_PATH_MAX], question[COKEY_QUESTION], line[COKEY_LINE],
        today[11];
    QN_AUTO(keys) struct keys *keys = NULL;
    QN_AUTO(secret) struct qn_span pass = {NULL, 0};
    clock_today(NULL, today);
    enum qn_code rc = read_text(c, question, sizeof(question), order, text, "cokey.question", &err);
    if (!rc)
        rc = tell_question(c, question, &err);
    if (!rc)
        rc = cli_path(c, full, key, &err);
    if (!rc && snprintf(record, sizeof(record), "%s.asked", full) >= (int)sizeof(record))
        rc = qn_fail(&err, QN_LIMIT, "file.path-too-long", "path=%s", key);
    if (!rc)
        rc = office_passphrase(&pass, c->passphrase_file, &err);
    if (!rc)
        rc = keys_open(&keys, full, pass, &err);
    if (!rc)
        rc = cokey_answer(line, question, keys, record, today, &err);
    if (!rc)
        rc = give_text(c, line, out, svg, code, &err);
    return rc ? cli_fail(c, &err) : 0;
}

static int cmd_page(struct cli *c, int argc, char **argv)
{
    const char *out = NULL;
    struct opt opts[] = {{.name = "out", .value = &out, .required = true}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    QN_AUTO(qn_buf) struct qn_buf page = {0};
    uint8_t digest[QN_HASH];
    char hex[2 * QN_HASH + 1];
    qn_buf_init(&page, 1024 * 1024);
    enum qn_code rc = custodian_page(&page, c->lang, &err);
    if (!rc)
        rc = cli_write(c, out, qn_buf_span(&page), &err);
    if (rc)
        return cli_fail(c, &err);
    struct qn_span whole = qn_buf_span(&page);
    wire_sha256(digest, &whole, 1);
    qn_hex(hex, digest, QN_HASH);
    if (c->json)
        return cli_json(c, json_pack("{s:s}", "sha256", hex), 0);
    cli_say(c, "custodian.page-made", "path=%s|hash=%s", out, hex);
    return 0;
}

static int cmd_take(struct cli *c, int argc, char **argv)
{
    const char *path = NULL, *text = NULL;
    struct opt opts[] = {{.name = "answer", .value = &path, .not_with = "text"},
                         {.name = "text", .value = &text}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    char line[COKEY_LINE];
    unsigned missing = 0;
    enum qn_code rc = read_text(c, line, sizeof(line), path, text, "cokey.answer", &err);
    if (!rc)
        rc = cokey_take(&missing, c->office->st, line, &err);
    if (rc)
        return cli_fail(c, &err);
    if (c->json)
        return cli_json(c, json_pack("{s:I}", "missing", (json_int_t)missing), 0);
    if (missing)
        cli_say(c, "cokey.took", "missing=%u", missing);
    else
        cli_say(c, "cokey.complete", "");
    return 0;
}

struct listing_to {
    struct cli *c;
    json_t *list;
};

static void show(void *ctx, const struct cokey_line *l)
{
    struct listing_to *to = ctx;
    char hex[2 * QN_PUBKEY + 1];
    qn_hex(hex, l->key, QN_PUBKEY);
    if (to->list) {
        json_array_append_new(to->list,
                              json_pack("{s:s, s:s, s:s, s:s, s:b}", "office", l->office, "by",
                                        l->by, "key", hex, "title", l->title, "active", l->active));
        return;
    }
    cli_table_cell(to->c, "%s", l->office);
    cli_table_cell(to->c, "%s", l->title);
    cli_table_cell(to->c, "%s", hex);
    cli_table_cell(to->c, "%s", l->by);
    char state[64];
    text_render(state, sizeof(state), to->c->lang, l->active ? "cokey.active" : "cokey.gone", "");
    cli_table_cell(to->c, "%s", state);
}

static int cmd_list(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"draw.col-office", "cokey.col-title", "cokey.col-key",
                                        "cokey.col-by", "cokey.col-state"};
    if (!cli_opts(c, argc, argv, NULL, 0))
        return 2;
    struct listing_to to = {c, c->json ? json_array() : NULL};
    struct qn_err err;
    if (!c->json)
        cli_table_begin(c, COUNT(heads), heads);
    enum qn_code rc = cokey_list(c->office->st, show, &to, &err);
    if (!c->json)
        cli_table_end(c);
    if (rc) {
        json_decref(to.list);
        return cli_fail(c, &err);
    }
    return c->json ? cli_json(c, to.list, 0) : 0;
}

int cmd_cokey(struct cli *c, int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(struct cli *c, int argc, char **argv);
    } all[] = {{"cokey key", cmd_key},   {"cokey add", cmd_add},  {"cokey remove", cmd_remove},
               {"cokey list", cmd_list}, {"cokey ask", cmd_ask},  {"cokey answer", cmd_answer},
               {"cokey take", cmd_take}, {"cokey page", cmd_page}};
    for (size_t i = 0; i < COUNT(all); i++)
        if (strcmp(c->command->name, all[i].name) == 0)
            return all[i].run(c, argc, argv);
    return 2;
}
