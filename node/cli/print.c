#include "node/cli/print.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "node/store/clock.h"
#include "node/store/file.h"
#include "node/store/tree.h"
#include "qian/entry.h"

/* ---- sentences --------------------------------------------------------------------------------------------- */

static void sentence(struct cli *c, FILE *to, const char *id, const char *args)
{
    char text[4096];
    text_render(text, sizeof(text), c->lang, id, args);
    fprintf(to, "%s\n", text);
}

void cli_report(void *ctx, const char *id, const char *args)
{
    struct cli *c = ctx;
    sentence(c, c->err, id, args);
    fflush(c->err);
}

void cli_say(struct cli *c, const char *id, const char *fmt, ...)
{
    char args[2048];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(args, sizeof(args), fmt, ap);
    va_end(ap);
    sentence(c, c->out, id, args);
}

int cli_fail(struct cli *c, const struct qn_err *err)
{
    sentence(c, c->err, err->id, err->args);
    if (c->json) {
        json_t *o = json_pack("{s:s, s:s, s:s}", "code", qn_code_name(err->code), "id", err->id,
                              "args", err->args);
        if (!o) /* args that are no UTF-8 */
            o = json_pack("{s:s, s:s}", "code", qn_code_name(err->code), "id", err->id);
        if (o && json_dumpf(o, c->out, JSON_COMPACT) == 0)
            fputc('\n', c->out);
        json_decref(o);
    }
    return err->code == QN_LATER ? 3 : 1;
}

void cli_lines(struct cli *c, const char *indent, const char *text)
{
    for (const char *line = text; *line;) {
        QN_AUTO(qn_buf) struct qn_buf out = {0};
        size_t n = strcspn(line, "\n");
        qn_buf_init(&out, 8 * 1024 * 1024);
        text_value(&out, (struct qn_span){(const uint8_t *)line, n});
        fprintf(c->out, "%s%.*s\n", line == text ? "" : indent, (int)out.n,
                out.n ? (const char *)out.p : "");
        line += n + (line[n] == '\n');
    }
}

void cli_field(struct cli *c, const char *label_id, const char *value)
{
    char label[128];
    text_render(label, sizeof(label), c->lang, label_id, "");
    fprintf(c->out, *value ? "%s: " : "%s:\n", label);
    cli_lines(c, "    ", value);
}

/* ---- words and values ------------------------------------------------------------------------------------------- */

const char *cli_act(const struct cli *c, char out[CLI_ACT], int kind)
{
    char id[32];
    snprintf(id, sizeof(id), "act-kind.%d", kind);
    text_render(out, CLI_ACT, c->lang,
                kind >= QN_KIND_CERTIFICATE && kind <= QN_KIND_ENROL ? id : "act-kind.other", "");
    return out;
}

void cli_time(char out[32], uint64_t ms)
{
    if (ms)
        clock_shown(out, ms);
    else
        memcpy(out, "—", sizeof("—"));
}

int cli_print_json(struct cli *c, json_t *o)
{
    int failed = !o || json_dumpf(o, c->out, JSON_COMPACT) != 0;
    if (!failed)
        fputc('\n', c->out);
    json_decref(o);
    return failed ? 1 : 0;
}

/* ---- files and offices that a command names --------------------------------------------------------------------- */

enum qn_code cli_path(struct cli *c, char out[1024], const char *path, struct qn_err *err)
{
    /* SPEC web-22: "names of the person's own shelf and of nothing else" */
    if (c->listens && !file_is_name(path))
        return qn_fail(err, QN_DENIED, "web.path", "path=%.200s", path);
    if (path[0] != '/')
        return file_join(out, c->cwd, path, err);
    if (!qn_text_copy(out, 1024, qn_str(path)))
        return qn_fail(err, QN_LIMIT, "file.path-too-long", "path=%s", path);
    return QN_OK;
}

enum qn_code cli_read(struct cli *c, struct qn_buf *out, const char *path, size_t max,
                      struct qn_err *err)
{
    char full[FILE_PATH_MAX];
    enum qn_code rc = cli_path(c, full, path, err);
    return rc ? rc : file_read(out, full, max, err);
}

enum qn_code cli_write(struct cli *c, const char *path, struct qn_span bytes, struct qn_err *err)
{
    char full[FILE_PATH_MAX];
    enum qn_code rc = cli_path(c, full, path, err);
    return rc ? rc : file_write(full, bytes, 0644, true, err);
}

enum qn_code cli_known_office(struct cli *c, const char *code, struct qn_err *err)
{
    return tree_knows(c->office->st, code)
               ? QN_OK
               : qn_fail(err, QN_ABSENT, "cli.office-unknown", "office=%s", code);
}
