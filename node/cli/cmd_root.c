/* cmd_root.c - one root policy after another: the ceremony, and what offices do with its file. */
#include <string.h>

#include "node/cli/identity_commands.h"
#include "node/cli/print.h"
#include "node/store/file.h"
#include "node/sync/enrol.h"
#include "node/sync/succession.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum qn_code cli_root_policy(struct cli *c, struct qn_policy *out, const char *path, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    enum qn_code rc = cli_read(c, &b, path, ENROL_FILE_MAX, err);
    return rc ? rc : qn_policy_parse(out, qn_buf_span(&b), err);
}

struct words {
    const char *step, *from, *to, *draft, *key, *out, *sig[SUCCESSION_SIGS];
    unsigned nsig;
};

static int draft(struct cli *c, const struct words *w)
{
    struct qn_err err;
    struct qn_policy from, to;
    QN_AUTO(qn_buf) struct qn_buf body = {0};
    qn_buf_init(&body, QN_SUCCESSION_MAX);
    enum qn_code rc = cli_root_policy(c, &from, w->from, &err);
    if (!rc)
        rc = cli_root_policy(c, &to, w->to, &err);
    if (!rc)
        rc = succession_draft(&body, &from, &to, &err);
    if (!rc)
        rc = cli_write(c, w->out, qn_buf_span(&body), &err);
    if (rc)
        return cli_fail(c, &err);
    uint8_t hash[QN_HASH];
    char was[QN_FINGERPRINT], is[QN_FINGERPRINT];
    qn_policy_hash(hash, &from);
    qn_fingerprint(was, hash);
    qn_policy_hash(hash, &to);
    qn_fingerprint(is, hash);
    cli_say(c, "root.drafted", "out=%s|old=%u|oldkeys=%u|new=%u|newkeys=%u|was=%s|is=%s", w->out,
            from.k, from.n, to.k, to.n, was, is);
    return 0;
}

static int sign(struct cli *c, const struct words *w)
{
    struct qn_err err;
    char full[FILE_PATH_MAX];
    uint8_t sig[QN_SIG];
    QN_AUTO(qn_buf) struct qn_buf body = {0};
    QN_AUTO(keys) struct keys *keys = NULL;
    QN_AUTO(secret) struct qn_span pass = {NULL, 0};
    enum qn_code rc = office_passphrase(&pass, c->passphrase_file, &err);
    if (!rc)
        rc = cli_read(c, &body, w->draft, ENROL_FILE_MAX, &err);
    if (!rc)
        rc = cli_path(c, full, w->key, &err);
    if (!rc)
        rc = keys_open(&keys, full, pass, &err);
    if (!rc)
        rc = succession_sign(sig, qn_buf_span(&body), keys, &err);
    if (!rc)
        rc = cli_write(c, w->out, QN_SPAN(sig), &err);
    if (rc)
        return cli_fail(c, &err);
    cli_say(c, "identity.root-signed", "out=%s", w->out);
    return 0;
}

static int seal(struct cli *c, const struct words *w)
{
    struct qn_err err;
    struct qn_policy from;
    uint8_t sig[SUCCESSION_SIGS][QN_SIG];
    QN_AUTO(qn_buf) struct qn_buf body = {0}, text;
    qn_buf_init(&text, QN_SUCCESSION_MAX);
    enum qn_code rc = cli_root_policy(c, &from, w->from, &err);
    if (!rc)
        rc = cli_read(c, &body, w->draft, ENROL_FILE_MAX, &err);
    for (unsigned i = 0; !rc && i < w->nsig; i++) {
        QN_AUTO(qn_buf) struct qn_buf one = {0};
        rc = cli_read(c, &one, w->sig[i], ENROL_FILE_MAX, &err);
        if (!rc && one.n != QN_SIG)
            rc = qn_fail(&err, QN_MALFORMED, "identity.signature-file", "path=%s", w->sig[i]);
        if (!rc)
            memcpy(sig[i], one.p, QN_SIG);
    }
    if (!rc)
        rc = succession_seal(&text, &from, qn_buf_span(&body), (const uint8_t(*)[QN_SIG])sig,
                             w->nsig, &err);
    if (!rc)
        rc = cli_write(c, w->out, qn_buf_span(&text), &err);
    if (rc)
        return cli_fail(c, &err);
    cli_say(c, "root.sealed", "out=%s", w->out);
    return 0;
}

int cmd_root_succession(struct cli *c, int argc, char **argv)
{
    struct words w = {.step = NULL};
    struct opt opts[] = {{.name = "",
                          .value = &w.step,
                          .required = true,
                          .kind = OPT_CHOICE,
                          .choices = "draft|sign|seal"},
                         {.name = "from", .value = &w.from},
                         {.name = "to", .value = &w.to},
                         {.name = "draft", .value = &w.draft},
                         {.name = "key", .value = &w.key},
                         {.name = "sig", .value = w.sig, .many = SUCCESSION_SIGS, .count = &w.nsig},
                         {.name = "out", .value = &w.out, .required = true}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    if (strcmp(w.step, "draft") == 0)
        return !w.from ? cli_usage(c, "cli.option-missing", "--from")
               : !w.to ? cli_usage(c, "cli.option-missing", "--to")
                       : draft(c, &w);
    if (!w.draft)
        return cli_usage(c, "cli.option-missing", "--draft");
    if (strcmp(w.step, "sign") == 0)
        return w.key ? sign(c, &w) : cli_usage(c, "cli.option-missing", "--key");
    return !w.from   ? cli_usage(c, "cli.option-missing", "--from")
           : !w.nsig ? cli_usage(c, "cli.option-missing", "--sig")
                     : seal(c, &w);
}

int cmd_root_follow(struct cli *c, int argc, char **argv)
{
    const char *path = NULL, *fingerprint = NULL;
    struct opt opts[] = {{.name = "", .value = &path, .required = true},
                         {.name = "fingerprint", .value = &fingerprint}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    struct succession_followed f;
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    enum qn_code rc = cli_read(c, &text, path, ENROL_FILE_MAX, &err);
    if (!rc)
        rc = succession_follow(&f, c->office->st, qn_buf_span(&text), fingerprint, &err);
    if (rc)
        return cli_fail(c, &err);
    if (c->json) {
        json_t *o =
            json_pack("{s:s, s:s, s:b}", "was", f.was, "is", f.is, "already", (int)f.already);
        return cli_print_json(c, o);
    }
    if (f.already)
        cli_say(c, "root.already", "is=%s", f.is);
    else
        cli_say(c, "root.followed", "was=%s|is=%s|threshold=%u|keys=%u", f.was, f.is, f.k, f.n);
    return 0;
}
