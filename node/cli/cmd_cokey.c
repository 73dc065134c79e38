/* cmd_cokey.c - second custodians' keys: made, named, asked, answered. */
#include <stdio.h>
#include <string.h>

#include "node/cli/draw_commands.h"
#include "node/draw/cokey.h"
#include "node/store/clock.h"
#include "node/store/file.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static enum qn_code read_text(struct cli *c, char out[COKEY_LINE], const char *path,
                              struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    enum qn_code rc = cli_read(c, &b, path, COKEY_LINE - 1, err);
    if (!rc && !qn_text_copy(out, COKEY_LINE, qn_buf_span(&b)))
        rc = qn_fail(err, QN_MALFORMED, "cokey.question", "");
    return rc;
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
    enum qn_code rc = qn_hex_decode(key, QN_PUBKEY, qn_str(hex))
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
    const char *slot = NULL, *out = NULL;
    char line[COKEY_LINE];
    struct opt opts[] = {{.name = "slot", .value = &slot, .required = true},
                         {.name = "out", .value = &out}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    enum qn_code rc = cokey_ask(line, c->office->st, slot, &err);
    if (!rc && out)
        rc = cli_write(c, out, qn_str(line), &err);
    if (rc)
        return cli_fail(c, &err);
    fprintf(c->out, "%s\n", line);
    return 0;
}

static int cmd_answer(struct cli *c, int argc, char **argv)
{
    const char *order = NULL, *text = NULL, *key = NULL, *out = NULL;
    struct opt opts[] = {{.name = "order", .value = &order, .not_with = "text"},
                         {.name = "text", .value = &text},
                         {.name = "key", .value = &key, .required = true},
                         {.name = "out", .value = &out}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    char full[FILE_PATH_MAX], record[FILE_PATH_MAX], question[COKEY_LINE] = "", line[COKEY_LINE],
                                                     today[11];
    QN_AUTO(keys) struct keys *keys = NULL;
    QN_AUTO(secret) struct qn_span pass = {NULL, 0};
    clock_today(NULL, today);
    enum qn_code rc = QN_OK;
    if (order)
        rc = read_text(c, question, order, &err);
    else if (!text || !qn_text_copy(question, sizeof(question), qn_str(text)))
        rc = qn_fail(&err, QN_MALFORMED, "cokey.question", "");
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
    if (!rc && out)
        rc = cli_write(c, out, qn_str(line), &err);
    if (rc)
        return cli_fail(c, &err);
    fprintf(c->out, "%s\n", line);
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
    char line[COKEY_LINE] = "";
    unsigned missing = 0;
    enum qn_code rc = QN_OK;
    if (path)
        rc = read_text(c, line, path, &err);
    else if (!text || !qn_text_copy(line, sizeof(line), qn_str(text)))
        rc = qn_fail(&err, QN_MALFORMED, "cokey.answer", "");
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
    cli_table_cell(to->c, "%s", l->active ? hex : "—");
    cli_table_cell(to->c, "%s", l->by);
}

static int cmd_list(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"draw.col-office", "cokey.col-title", "cokey.col-key",
                                        "cokey.col-by"};
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
    } all[] = {{"cokey key", cmd_key},   {"cokey add", cmd_add}, {"cokey remove", cmd_remove},
               {"cokey list", cmd_list}, {"cokey ask", cmd_ask}, {"cokey answer", cmd_answer},
               {"cokey take", cmd_take}};
    for (size_t i = 0; i < COUNT(all); i++)
        if (strcmp(c->command->name, all[i].name) == 0)
            return all[i].run(c, argc, argv);
    return 2;
}
