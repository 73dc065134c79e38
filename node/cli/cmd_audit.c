/* cmd_audit.c - audit: the signed originals behind a verification in one file, and the verification of such a file. */
#include <stdlib.h>
#include <string.h>

#include "node/cli/draw_commands.h"
#include "node/cli/print.h"
#include "node/draw/audit.h"
#include "node/store/file.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Where what is derived may lie meanwhile. */
static const char *temporary(void)
{
    const char *tmp = getenv("TMPDIR");
    return tmp && tmp[0] == '/' ? tmp : "/tmp";
}

static json_t *info_json(const struct audit_info *i, const char *path)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "file",
                     path, "profile", "auditor", "from", i->from, "office", i->office, "scope",
                     i->scope, "time_ms", (json_int_t)i->time_ms, "bytes", (json_int_t)i->bytes,
                     "frames", (json_int_t)i->frames, "certificates", (json_int_t)i->certs, "logs",
                     (json_int_t)i->logs, "entries", (json_int_t)i->entries, "parts",
                     (json_int_t)i->parts, "sealed_parts", (json_int_t)i->sealed);
}

static void say_info(struct cli *c, const char *id, const struct audit_info *i, const char *path)
{
    char time[32];
    cli_time(time, i->time_ms);
    cli_say(c, id,
            "path=%s|office=%s|time=%s|bytes=%llu|logs=%llu|entries=%llu|parts=%llu|sealed=%llu",
            path, i->office, time, (unsigned long long)i->bytes, (unsigned long long)i->logs,
            (unsigned long long)i->entries, (unsigned long long)i->parts,
            (unsigned long long)i->sealed);
}

static int tell(struct cli *c, const struct audit_info *i, const char *path, const char *id,
                const struct verify_result *r)
{
    size_t findings = 0;
    for (size_t k = 0; k < r->n; k++)
        findings += verdict_has_findings(&r->at[k]);
    int code = strcmp(id, "audit.written") != 0 && (findings || r->forgotten) ? 1 : 0;
    if (c->json) {
        json_t *j = verify_json(r, findings, 0);
        if (j)
            json_object_set_new(j, "audit", info_json(i, path));
        return cli_json(c, j, code);
    }
    say_info(c, id, i, path);
    verify_show(c, r, findings);
    return code;
}

static const char *check_scope(const char *const *word, unsigned n)
{
    return strcmp(word[0], "plan") == 0 ? "audit.no-plan" : verify_check_scope(word, n);
}

int cmd_audit_export(struct cli *c, int argc, char **argv)
{
    const char *word[2] = {NULL, NULL}, *out = NULL;
    struct opt opts[] = {
        {.name = "", .value = word, .many = 2, .required = true, .check = check_scope},
        {.name = "out", .value = &out, .required = true}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    char office[QN_CODE_MAX + 1], path[FILE_PATH_MAX];
    struct audit_scope scope = {.office = NULL};
    struct audit_info info;
    QN_AUTO(verify) struct verify_result r = {.at = NULL};
    enum qn_code rc = verify_read_scope(c, word, office, &scope.draw_id, &err);
    scope.office = office[0] ? office : NULL;
    if (!rc)
        rc = cli_path(c, path, out, &err);
    if (!rc)
        rc = audit_export(&info, &r, c->office->st, &scope, path, temporary(), &c->report, &err);
    return rc ? cli_fail(c, &err) : tell(c, &info, path, "audit.written", &r);
}

int cmd_audit_check(struct cli *c, int argc, char **argv)
{
    const char *file = NULL, *fingerprint = NULL;
    struct opt opts[] = {{.name = "", .value = &file, .many = 1, .required = true},
                         {.name = "fingerprint", .value = &fingerprint, .required = true}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    char path[FILE_PATH_MAX];
    struct audit_info info;
    QN_AUTO(verify) struct verify_result r = {.at = NULL};
    enum qn_code rc = cli_path(c, path, file, &err);
    if (!rc)
        rc = audit_check(&info, &r, path, fingerprint, temporary(), c->office ? c->office->st : NULL,
                         &c->report, &err);
    return rc ? cli_fail(c, &err) : tell(c, &info, path, "audit.read", &r);
}
