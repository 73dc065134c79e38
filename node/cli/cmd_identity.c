/* cmd_identity.c - root ceremony, init, enrolment. */
#include <stdlib.h>
#include <string.h>

#include "node/cli/identity_commands.h"
#include "node/cli/print.h"
#include "node/store/anchor.h"
#include "node/store/file.h"
#include "node/store/redact.h"
#include "node/store/tree.h"
#include "node/sync/enrol.h"
#include "protocol/wire.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- root ------------------------------------------------------------------------------------------------ */

static int cmd_root_key(struct cli *c, int argc, char **argv)
{
    const char *name = NULL;
    unsigned mib = KEYS_KDF_MIB;
    struct opt opts[] = {{.name = "out", .value = &name, .required = true},
                         {.name = "kdf-mib", .kind = OPT_NUMBER, .number = &mib, .min = KEYS_KDF_MIB_MIN, .max = 4096}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    struct qn_request pub;
    char full[FILE_PATH_MAX], file[FILE_PATH_MAX], hex[2 * QN_PUBKEY + 1], line[2 * QN_PUBKEY + 2];
    QN_AUTO(keys) struct keys *keys = NULL;
    QN_AUTO(secret) struct qn_span pass = {NULL, 0};
    enum qn_code rc = office_passphrase(&pass, c->passphrase_file, &err);
    if (!rc)
        rc = keys_passphrase_new(pass, &err);
    if (!rc)
        rc = keys_create(&keys, KEYS_ROOT, &err);
    if (!rc)
        rc = cli_path(c, full, name, &err);
    if (!rc && snprintf(file, sizeof(file), "%s.key", full) >= (int)sizeof(file))
        rc = qn_fail(&err, QN_LIMIT, "file.path-too-long", "path=%s", name);
    if (!rc)
        rc = keys_save(keys, file, pass, mib, &err);
    if (rc)
        return cli_fail(c, &err);
    keys_public(keys, &pub);
    qn_hex(hex, pub.log, QN_PUBKEY);
    snprintf(line, sizeof(line), "%s\n", hex);
    memcpy(file + strlen(file) - 3, "pub", 3); /* NAME.key becomes NAME.pub */
    rc = file_write(file, qn_str(line), 0644, true, &err);
    if (rc)
        return cli_fail(c, &err);
    cli_say(c, "identity.root-key", "name=%s|key=%s", name, hex);
    return 0;
}

static enum qn_code read_public(struct cli *c, uint8_t out[QN_PUBKEY], const char *path, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    enum qn_code rc = cli_read(c, &b, path, ENROL_FILE_MAX, err);
    if (rc)
        return rc;
    struct rd r = {.in = qn_buf_span(&b)};
    struct rd line = {.in = rd_line(&r)};
    rd_hex(&line, out, QN_PUBKEY);
    return r.failed || !rd_end(&line) ? qn_fail(err, QN_MALFORMED, "identity.public-key", "path=%s", path) : QN_OK;
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, QN_PUBKEY);
}

static int cmd_root_policy(struct cli *c, int argc, char **argv)
{
    const char *deployment = NULL, *out = NULL, *pub[QN_ROOT_KEYS];
    unsigned npub = 0, threshold = 0;
    struct opt opts[] = {{.name = "deployment", .value = &deployment, .required = true},
                         {.name = "threshold", .required = true, .kind = OPT_NUMBER, .number = &threshold, .min = 1, .max = QN_ROOT_KEYS},
                         {.name = "pub", .value = pub, .many = QN_ROOT_KEYS, .count = &npub, .required = true},
                         {.name = "out", .value = &out, .required = true}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    struct qn_policy made = {.k = threshold, .n = npub}, checked;
    enum qn_code rc = QN_OK;
    if (!qn_text_copy(made.deployment, sizeof(made.deployment), qn_str(deployment)))
        rc = qn_fail(&err, QN_LIMIT, "enrol.deployment-long", "max=%d", QN_DEPLOYMENT_MAX);
    for (unsigned i = 0; !rc && i < npub; i++)
        rc = read_public(c, made.key[i], pub[i], &err);
    qsort(made.key, npub, sizeof(made.key[0]), by_bytes);
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    qn_buf_init(&text, QN_POLICY_MAX);
    if (!rc) {
        qn_policy_text(&text, &made);
        rc = qn_buf_check(&text, &err);
    }
    if (!rc)
        rc = qn_policy_parse(&checked, qn_buf_span(&text), &err);
    if (!rc)
        rc = cli_write(c, out, qn_buf_span(&text), &err);
    if (rc)
        return cli_fail(c, &err);
    uint8_t hash[QN_HASH];
    char print[QN_FINGERPRINT];
    qn_policy_hash(hash, &checked);
    qn_fingerprint(print, hash);
    cli_say(c, "identity.root-policy", "out=%s|threshold=%u|keys=%u|fingerprint=%s", out, checked.k, checked.n, print);
    return 0;
}

static int cmd_root_draft(struct cli *c, int argc, char **argv)
{
    const char *policy_path = NULL, *request_path = NULL, *out = NULL, *scope[QN_SCOPES];
    unsigned nscope = 0, serial = 1;
    struct opt opts[] = {{.name = "policy", .value = &policy_path, .required = true},
                         {.name = "request", .value = &request_path, .required = true},
                         {.name = "scope", .value = scope, .many = QN_SCOPES, .count = &nscope, .required = true},
                         {.name = "serial", .kind = OPT_NUMBER, .number = &serial, .min = 1, .max = INT32_MAX},
                         {.name = "out", .value = &out, .required = true}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    struct qn_policy policy;
    QN_AUTO(qn_buf) struct qn_buf request = {0}, draft;
    qn_buf_init(&draft, ENROL_FILE_MAX);
    enum qn_code rc = cli_root_policy(c, &policy, policy_path, &err);
    if (!rc)
        rc = cli_read(c, &request, request_path, ENROL_FILE_MAX, &err);
    if (!rc)
        rc = enrol_root_draft(&draft, &policy, qn_buf_span(&request), scope, nscope, serial, &err);
    if (!rc)
        rc = cli_write(c, out, qn_buf_span(&draft), &err);
    if (rc)
        return cli_fail(c, &err);
    char print[QN_FINGERPRINT];
    enrol_print(print, qn_buf_span(&request));
    cli_say(c, "identity.root-draft", "out=%s|fingerprint=%s", out, print);
    return 0;
}

static int cmd_root_sign(struct cli *c, int argc, char **argv)
{
    const char *draft_path = NULL, *key = NULL, *out = NULL;
    struct opt opts[] = {{.name = "draft", .value = &draft_path, .required = true},
                         {.name = "key", .value = &key, .required = true},
                         {.name = "out", .value = &out, .required = true}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    char full[FILE_PATH_MAX];
    uint8_t sig[QN_SIG];
    QN_AUTO(qn_buf) struct qn_buf draft = {0};
    QN_AUTO(keys) struct keys *keys = NULL;
    QN_AUTO(secret) struct qn_span pass = {NULL, 0};
    enum qn_code rc = office_passphrase(&pass, c->passphrase_file, &err);
    if (!rc)
        rc = cli_read(c, &draft, draft_path, ENROL_FILE_MAX, &err);
    if (!rc)
        rc = cli_path(c, full, key, &err);
    if (!rc)
        rc = keys_open(&keys, full, pass, &err);
    if (!rc)
        rc = enrol_root_sign(sig, qn_buf_span(&draft), keys, &err);
    if (!rc)
        rc = cli_write(c, out, QN_SPAN(sig), &err);
    if (rc)
        return cli_fail(c, &err);
    cli_say(c, "identity.root-signed", "out=%s", out);
    return 0;
}

static int cmd_root_certify(struct cli *c, int argc, char **argv)
{
    const char *policy_path = NULL, *draft_path = NULL, *out = NULL, *sig_path[QN_ROOT_KEYS];
    unsigned nsig = 0;
    struct opt opts[] = {{.name = "policy", .value = &policy_path, .required = true},
                         {.name = "draft", .value = &draft_path, .required = true},
                         {.name = "sig", .value = sig_path, .many = QN_ROOT_KEYS, .count = &nsig, .required = true},
                         {.name = "out", .value = &out, .required = true}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    struct qn_policy policy;
    uint8_t sig[QN_ROOT_KEYS][QN_SIG];
    QN_AUTO(qn_buf) struct qn_buf draft = {0}, chain;
    qn_buf_init(&chain, ENROL_FILE_MAX);
    enum qn_code rc = cli_root_policy(c, &policy, policy_path, &err);
    if (!rc)
        rc = cli_read(c, &draft, draft_path, ENROL_FILE_MAX, &err);
    for (unsigned i = 0; !rc && i < nsig; i++) {
        QN_AUTO(qn_buf) struct qn_buf one = {0};
        rc = cli_read(c, &one, sig_path[i], ENROL_FILE_MAX, &err);
        if (!rc && one.n != QN_SIG)
            rc = qn_fail(&err, QN_MALFORMED, "identity.signature-file", "path=%s", sig_path[i]);
        if (!rc)
            memcpy(sig[i], one.p, QN_SIG);
    }
    if (!rc)
        rc = enrol_root_seal(&chain, &policy, qn_buf_span(&draft), (const uint8_t(*)[QN_SIG])sig, nsig, &err);
    if (!rc)
        rc = cli_write(c, out, qn_buf_span(&chain), &err);
    if (rc)
        return cli_fail(c, &err);
    cli_say(c, "identity.root-certified", "out=%s|signatures=%u|threshold=%u", out, nsig, policy.k);
    return 0;
}

/* ---- offices ------------------------------------------------------------------------------------------------ */

static int cmd_init(struct cli *c, int argc, char **argv)
{
    struct enrol_init o = {.dir = c->dir, .kdf_mib = KEYS_KDF_MIB, .by_pages = c->by_pages};
    const char *policy_path = NULL, *anchor = NULL;
    struct opt opts[] = {{.name = "office", .value = &o.office, .required = true, .kind = OPT_CODE},
                         {.name = "name", .value = &o.name, .required = true},
                         {.name = "policy", .value = &policy_path, .required = true},
                         {.name = "fingerprint", .value = &o.fingerprint, .required = true},
                         {.name = "kdf-mib", .kind = OPT_NUMBER, .number = &o.kdf_mib, .min = KEYS_KDF_MIB_MIN, .max = 4096},
                         {.name = "anchor", .value = &anchor}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    char anchor_path[FILE_PATH_MAX], request[1024], print[QN_FINGERPRINT];
    QN_AUTO(qn_buf) struct qn_buf policy = {0};
    QN_AUTO(secret) struct qn_span pass = {NULL, 0};
    enum qn_code rc = cli_read(c, &policy, policy_path, ENROL_FILE_MAX, &err);
    if (!rc && anchor)
        rc = cli_path(c, anchor_path, anchor, &err);
    o.anchor = anchor ? anchor_path : NULL;
    if (!rc)
        rc = office_passphrase(&pass, c->passphrase_file, &err);
    if (!rc)
        rc = keys_passphrase_new(pass, &err);
    if (rc)
        return cli_fail(c, &err);
    o.policy = qn_buf_span(&policy);
    o.passphrase = pass;
    rc = enrol_init(&o, request, &err);
    if (!rc)
        rc = enrol_print_file(print, request, &err);
    if (rc)
        return cli_fail(c, &err);
    cli_say(c, "identity.init", "office=%s|name=%s|request=%s|fingerprint=%s", o.office, o.name, request, print);
    return 0;
}

/* The keys of the present epoch, which a running node or the command has open already. They may be lost. */
static enum qn_code present_keys(struct cli *c, const struct keys **out, struct keys **opened, bool lost,
                                 struct qn_err *err)
{
    const struct qn_cert *self = store_self(c->office->st);
    *out = c->office->keys;
    if (lost || *out || !self)
        return QN_OK;
    enum qn_code rc = office_keys(opened, c->dir, self->epoch, c->passphrase_file, err);
    *out = *opened;
    return rc;
}

static int cmd_enrol_rotate(struct cli *c, int argc, char **argv)
{
    struct enrol_rotate o = {.kdf_mib = KEYS_KDF_MIB};
    bool lost = false;
    struct opt opts[] = {{.name = "lost", .flag = &lost},
                         {.name = "kdf-mib", .kind = OPT_NUMBER, .number = &o.kdf_mib, .min = KEYS_KDF_MIB_MIN, .max = 4096}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    char request[1024], print[QN_FINGERPRINT];
    uint16_t epoch;
    QN_AUTO(keys) struct keys *opened = NULL;
    QN_AUTO(secret) struct qn_span pass = {NULL, 0};
    enum qn_code rc = present_keys(c, &o.keys, &opened, lost, &err);
    if (lost)
        o.keys = NULL;
    if (!rc)
        rc = office_passphrase(&pass, c->passphrase_file, &err);
    if (!rc)
        rc = keys_passphrase_new(pass, &err);
    if (rc)
        return cli_fail(c, &err);
    o.passphrase = pass;
    rc = enrol_rotate(c->office->st, &o, &epoch, request, &err);
    if (!rc)
        rc = enrol_print_file(print, request, &err);
    if (rc)
        return cli_fail(c, &err);
    if (lost)
        cli_say(c, "identity.rotate-lost", "office=%s|epoch=%u|request=%s|fingerprint=%s",
                store_self(c->office->st)->office, epoch, request, print);
    else
        cli_say(c, "identity.rotate", "epoch=%u|request=%s|fingerprint=%s", epoch, request, print);
    return 0;
}

static int cmd_enrol_show(struct cli *c, int argc, char **argv)
{
    const char *path = NULL;
    struct opt opts[] = {{.name = "", .value = &path, .required = true}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    struct qn_request r;
    QN_AUTO(qn_buf) struct qn_buf bytes = {0};
    enum qn_code rc = cli_read(c, &bytes, path, ENROL_FILE_MAX, &err);
    if (!rc)
        rc = enrol_request(&r, qn_buf_span(&bytes), &err);
    if (rc)
        return cli_fail(c, &err);
    char print[QN_FINGERPRINT];
    enrol_print(print, qn_buf_span(&bytes));
    if (c->json) {
        json_t *o = json_pack("{s:s, s:s, s:s, s:i, s:b}", "office", r.office, "name", r.name, "fingerprint", print,
                              "epoch", (int)r.epoch, "continued", (int)r.continued);
        return cli_print_json(c, o);
    }
    cli_say(c, "identity.request", "office=%s|name=%s|fingerprint=%s", r.office, r.name, print);
    if (r.epoch > 1)
        cli_say(c, "identity.request-epoch", "epoch=%u", r.epoch);
    return 0;
}

static enum qn_code level_of(enum qn_level *out, const char *name, struct qn_err *err)
{
    static const char *const names[] = {[QN_PROVINCE] = "province", "city", "county", "station"};
    for (int i = QN_CITY; i <= QN_STATION; i++)
        if (strcmp(names[i], name) == 0) {
            *out = (enum qn_level)i;
            return QN_OK;
        }
    return qn_fail(err, QN_MALFORMED, "identity.level", "level=%s", name);
}

/* The certificate stands: its chain once more, and nothing signed. */
static int approve_known(struct cli *c, const struct qn_cert *was, const char *out)
{
    struct qn_err err;
    char to[11];
    QN_AUTO(qn_buf) struct qn_buf chain = {0};
    qn_buf_init(&chain, ENROL_FILE_MAX);
    enum qn_code rc = enrol_chain(&chain, c->office->st, was->office, &err);
    if (!rc)
        rc = cli_write(c, out, qn_buf_span(&chain), &err);
    if (rc)
        return cli_fail(c, &err);
    wire_day_text(was->to_day, to);
    cli_say(c, "identity.approved-already", "office=%s|name=%s|serial=%lu|to=%s|out=%s", was->office, was->name,
            (unsigned long)was->serial, to, out);
    return 0;
}

static int cmd_enrol_approve(struct cli *c, int argc, char **argv)
{
    struct enrol_approve o = {0};
    const char *path = NULL, *level = NULL, *out = NULL, *scope[QN_SCOPES];
    bool again = false, already = false;
    struct opt opts[] = {{.name = "", .value = &path, .required = true},
                         {.name = "again", .flag = &again},
                         {.name = "fingerprint", .value = &o.fingerprint, .required = true},
                         {.name = "level", .value = &level, .kind = OPT_CHOICE, .choices = "city|county|station"},
                         {.name = "scope", .value = scope, .many = QN_SCOPES, .count = &o.nscope},
                         {.name = "out", .value = &out, .required = true}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    struct qn_cert made;
    struct enrol_request q;
    QN_AUTO(qn_buf) struct qn_buf request = {0}, chain;
    qn_buf_init(&chain, ENROL_FILE_MAX);
    enum qn_code rc = cli_read(c, &request, path, ENROL_FILE_MAX, &err);
    o.request = qn_buf_span(&request);
    o.scope = scope;
    if (!rc && level)
        rc = level_of(&o.level, level, &err);
    if (!rc)
        rc = enrol_request_read(&q, c->office->st, o.request, &err);
    if (!rc && !again)
        rc = enrol_approved(&already, c->office->st, &o, &q, &err);
    if (!rc && already)
        return approve_known(c, &q.was, out);
    if (!rc && q.known && q.r.epoch > q.was.epoch)
        qn_say(&c->report, q.continues ? "identity.rotation-continues" : "identity.rotation-unsigned",
               "office=%s|name=%s|epoch=%u|was=%u", q.r.office, q.was.name, q.r.epoch, q.was.epoch);
    if (!rc)
        rc = enrol_approve(c->office->st, &o, &made, &chain, &err);
    if (!rc)
        rc = cli_write(c, out, qn_buf_span(&chain), &err);
    if (rc)
        return cli_fail(c, &err);
    if (made.epoch > 1)
        cli_say(c, "identity.approved-epoch", "office=%s|name=%s|serial=%u|out=%s|epoch=%u", made.office, made.name,
                made.serial, out, made.epoch);
    else
        cli_say(c, "identity.approved", "office=%s|name=%s|serial=%u|out=%s", made.office, made.name, made.serial, out);
    bool purged = false;
    if (redact_purged(&purged, c->office->st, made.office, 0, &err) == QN_OK && purged)
        cli_say(c, "identity.approved-purged", "office=%s|name=%s", made.office, made.name);
    return 0;
}

/* The keys that the certificate names: those in hand, or those of the next epoch that lie beside them. */
static enum qn_code keys_for(struct cli *c, struct keys **other, struct qn_span chain, struct qn_err *err)
{
    uint16_t epoch;
    const struct qn_cert *self = store_self(c->office->st);
    enum qn_code rc = enrol_chain_epoch(&epoch, c->office->st, chain, err);
    if (!rc && !chain.n && self && self->epoch == epoch)
        rc = qn_fail(err, QN_ABSENT, "enrol.nothing-new", "office=%s|epoch=%u", self->office, epoch);
    if (!rc && (!c->office->keys || (self ? self->epoch : 1) != epoch))
        rc = office_keys(other, c->dir, epoch, c->passphrase_file, err);
    return rc;
}

static int cmd_enrol_accept(struct cli *c, int argc, char **argv)
{
    const char *path = NULL;
    struct opt opts[] = {{.name = "", .value = &path}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    QN_AUTO(qn_buf) struct qn_buf chain = {0};
    QN_AUTO(keys) struct keys *other = NULL;
    const struct qn_cert *self = store_self(c->office->st);
    unsigned before = self ? self->epoch : 0;
    enum qn_code rc = path ? cli_read(c, &chain, path, ENROL_FILE_MAX, &err) : QN_OK;
    if (!rc)
        rc = keys_for(c, &other, qn_buf_span(&chain), &err);
    if (rc && path && strncmp(err.id, "frame.", 6) == 0)
        rc = qn_fail(&err, QN_MALFORMED, "identity.not-chain", "path=%s", path);
    if (!rc)
        rc = enrol_accept(c->office->st, other ? other : c->office->keys, qn_buf_span(&chain), &err);
    if (!rc && other)
        office_take_keys(c->office, QN_STEAL(other));
    /* It may tell of more in this epoch than the database holds, which is then an old one. */
    anchor_close(c->office->st);
    if (!rc)
        rc = anchor_open(c->office->st, &err);
    if (rc)
        return cli_fail(c, &err);
    self = store_self(c->office->st);
    const char *told = before && before != self->epoch ? "identity.accepted-epoch" : "identity.accepted";
    if (self->issuer[0])
        cli_say(c, told, "office=%s|name=%s|log=%s|parent=%s", self->office, self->name,
                store_origin(c->office->st), self->issuer);
    else
        cli_say(c, "identity.accepted-top", "office=%s|name=%s|log=%s", self->office, self->name,
                store_origin(c->office->st));
    return 0;
}

const struct command cli_identity_commands[] = {
    {"root key", "--out NAME [--kdf-mib N]", "cmd.root-key", cmd_root_key, NEEDS_NOTHING},
    {"root policy", "--deployment NAME --threshold K --pub FILE... --out FILE", "cmd.root-policy", cmd_root_policy,
     NEEDS_NOTHING},
    {"root draft", "--policy FILE --request FILE --scope PREFIX... [--serial N] --out FILE", "cmd.root-draft", cmd_root_draft,
     NEEDS_NOTHING},
    {"root sign", "--draft FILE --key FILE --out FILE", "cmd.root-sign", cmd_root_sign, NEEDS_NOTHING},
    {"root certify", "--policy FILE --draft FILE --sig FILE... --out FILE", "cmd.root-certify", cmd_root_certify,
     NEEDS_NOTHING},
    {"root succession", "draft|sign|seal [--from FILE] [--to FILE] [--draft FILE] [--key FILE] [--sig FILE...] --out FILE",
     "cmd.root-succession", cmd_root_succession, NEEDS_NOTHING},
    {"root follow", "FILE [--fingerprint TEXT]", "cmd.root-follow", cmd_root_follow, NEEDS_STORE},
    {"init", "--office CODE --name NAME --policy FILE --fingerprint TEXT [--kdf-mib N] [--anchor FILE]", "cmd.init", cmd_init,
     NEEDS_NOTHING},
    {"enrol show", "REQUEST", "cmd.enrol-show", cmd_enrol_show, NEEDS_NOTHING},
    {"enrol rotate", "[--lost] [--kdf-mib N]", "cmd.enrol-rotate", cmd_enrol_rotate, NEEDS_STORE},
    {"enrol renew", "[OFFICE] [--name NAME] [--scope PREFIX...] [--until DATE] [--out FILE]", "cmd.enrol-renew",
     cmd_enrol_renew, NEEDS_KEYS},
    {"enrol revoke", "OFFICE --reason TEXT [--epoch N]", "cmd.enrol-revoke", cmd_enrol_revoke, NEEDS_KEYS},
    {"cert list", "[--all]", "cmd.cert-list", cmd_cert_list, NEEDS_STORE},
    {"cert show", "[OFFICE]", "cmd.cert-show", cmd_cert_show, NEEDS_STORE},
    {"enrol approve", "REQUEST --fingerprint TEXT [--level city|county|station] [--scope PREFIX...] [--again] --out FILE",
     "cmd.enrol-approve", cmd_enrol_approve, NEEDS_KEYS},
    {"enrol accept", "[FILE]", "cmd.enrol-accept", cmd_enrol_accept, NEEDS_STORE},
    {NULL, NULL, NULL, NULL, NEEDS_NOTHING},
};
