/* cmd_ui.c - letting persons into the office's pages, by a link with which each chooses a password, once; and out again. */
#include "node/cli/cli.h"
#include "node/cli/sync_commands.h"
#include "node/store/account.h"

int cmd_ui_invite(struct cli *c, int argc, char **argv)
{
    const char *name = NULL;
    char hex[2 * ACCOUNT_TOKEN + 1], at[400] = "";
    uint8_t token[ACCOUNT_TOKEN];
    struct qn_err err;
    struct opt opts[] = {{.name = "", .value = &name}};
    if (!cli_opts(c, argc, argv, opts, sizeof(opts) / sizeof(opts[0])))
        return 2;
    if (account_invite(token, c->office->st, name ? name : "", &err) != QN_OK)
        return cli_fail(c, &err);
    qn_hex(hex, token, ACCOUNT_TOKEN);
    if (!store_get(c->office->st, "ui", at, sizeof(at)))
        at[0] = 0;
    if (c->json)
        fprintf(c->out, "{\"link\":\"%s/#/invite/%s\"}\n", at, hex);
    else
        cli_say(c, "ui.invited", "address=%s/#/invite/%s", at, hex);
    return 0;
}

int cmd_ui_stop(struct cli *c, int argc, char **argv)
{
    const char *name = NULL;
    struct qn_err err;
    struct opt opts[] = {{.name = "", .value = &name, .required = true}};
    if (!cli_opts(c, argc, argv, opts, sizeof(opts) / sizeof(opts[0])))
        return 2;
    if (account_stop(c->office->st, name, &err) != QN_OK)
        return cli_fail(c, &err);
    if (!c->json)
        cli_say(c, "ui.stopped", "name=%s", name);
    return 0;
}
