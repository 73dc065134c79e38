/* cmd_form.c - the printed forms: listed, made for a record or empty, held against the records. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/draw_commands.h"
#include "node/cli/print.h"
#include "node/form/form.h"
#include "node/store/duty.h"
#include "node/store/file.h"
#include "node/work/record.h"

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define CHECK_MAX (64u * 1024 * 1024)

/* ---- list ------------------------------------------------------------------------------------------------------------ */

static void kind_words(struct cli *c, char out[96], const char *kind)
{
    char id[64];
    snprintf(id, sizeof(id), "record.%s", kind);
    for (char *p = id; *p; p++)
        *p = *p == '_' ? '-' : *p;
    if (text_has(id))
        text_render(out, 96, c->lang, id, "");
    else
        snprintf(out, 96, "%s", kind);
}

int cmd_form_list(struct cli *c, int argc, char **argv)
{
    static const char *const heads[] = {"head.form", "head.name", "head.kind"};
    struct qn_err err;
    const char *code;
    if (!cli_opts(c, argc, argv, NULL, 0))
        return 2;
    struct form_template *t = malloc(sizeof(*t));
    if (!t)
        return cli_fail(c, (qn_fail(&err, QN_NOMEM, "base.no-memory", ""), &err));
    json_t *list = json_array();
    if (!c->json)
        cli_table_begin(c, COUNT(heads), heads);
    for (unsigned i = 0; (code = form_code_at(i)); i++) {
        char title[120], kind[96], of[32] = "draw_result";
        if (strcmp(code, FORM_DRAW) == 0) {
            text_render(title, sizeof(title), TEXT_ZH, "form.draw-title", "");
        } else if (form_template_get(t, code, &err) == QN_OK) {
            snprintf(title, sizeof(title), "%.*s", (int)t->title.n, (const char *)t->title.p);
            snprintf(of, sizeof(of), "%s", t->of);
        } else {
            continue;
        }
        kind_words(c, kind, of);
        if (c->json) {
            json_array_append_new(
                list, json_pack("{s:s, s:s, s:s}", "form", code, "title", title, "of", of));
            continue;
        }
        cli_table_cell(c, "%s", code);
        cli_table_cell(c, "%s", title);
        cli_table_cell(c, "%s", kind);
    }
    free(t);
    if (!c->json)
        cli_table_end(c);
    return c->json ? cli_print_json(c, list) : (json_decref(list), 0);
}

/* ---- print ----------------------------------------------------------------------------------------------------------- */

static json_t *proof_json(const struct form_proof *p, const char *out)
{
    char hex[2 * QN_HASH + 1];
    qn_hex(hex, p->digest, QN_HASH);
    json_t *o =
        json_pack("{s:s, s:s, s:b}", "form", p->code, "record", p->reference, "blank", p->blank);
    if (!p->blank)
        json_object_set_new(o, "digest", json_string(hex));
    if (out)
        json_object_set_new(o, "out", json_string(out));
    return o;
}

int cmd_form_print(struct cli *c, int argc, char **argv)
{
    const char *out = NULL;
    struct form_order o = {.by = NULL};
    struct opt opts[] = {{.name = "", .value = &o.code, .required = true},
                         {.name = "for", .value = &o.reference},
                         {.name = "out", .value = &out, .required = true},
                         {.name = "by", .value = &o.by},
                         {.name = "blank", .flag = &o.blank}};
    struct form_proof p;
    struct qn_err err;
    char path[FILE_PATH_MAX];
    QN_AUTO(qn_buf) struct qn_buf page = {0};
    qn_buf_init(&page, FORM_PAGE_MAX);
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    enum qn_code rc = cli_path(c, path, out, &err);
    if (!rc && strcmp(o.code, FORM_DRAW) == 0) {
        struct duty print = *duty_of(DUTY_PRINT);
        print.roles = FORM_DRAW_ROLES;
        if (!o.by)
            rc = qn_fail(&err, QN_MALFORMED, "form.needs-by", "form=%s", o.code);
        if (!rc)
            rc = duty_may(c->office->st, &print, o.by, &err);
        return rc ? cli_fail(c, &err) : draw_sheet_form(c, o.reference, out);
    }
    if (!rc)
        rc = form_print(&page, &p, c->office->st, &o, &err);
    if (!rc)
        rc = file_write(path, qn_buf_span(&page), 0600, true, &err); /* it may name persons */
    if (rc)
        return cli_fail(c, &err);
    if (c->json)
        return cli_print_json(c, proof_json(&p, path));
    cli_say(c, o.blank ? "form.blank-written" : "form.written", "form=%s|out=%s", p.code, path);
    return 0;
}

/* ---- check ------------------------------------------------------------------------------------------------------------- */

static int show_draw(struct cli *c, const char *draw, bool agrees)
{
    if (c->json)
        cli_print_json(
            c, json_pack("{s:s, s:s, s:b}", "form", FORM_DRAW, "draw", draw, "agrees", agrees));
    else
        cli_say(c, agrees ? "form.check-draw" : "form.check-other-draw", "draw=%s", draw);
    return agrees ? 0 : 1;
}

static int show_form(struct cli *c, const struct form_proof *p, const struct form_checked *got,
                     const char *out)
{
    if (c->json) {
        json_t *o = proof_json(p, out);
        json_object_set_new(o, "agrees", json_boolean(got->agrees));
        json_object_set_new(o, "current", json_boolean(got->current));
        if (got->differs[0])
            json_object_set_new(o, "differs", json_string(got->differs));
        cli_print_json(c, o);
        return got->agrees ? 0 : 1;
    }
    if (got->agrees)
        cli_say(c,
                p->blank       ? "form.check-blank"
                : got->current ? "form.check-current"
                               : "form.check-earlier",
                "form=%s|record=%s", p->code, p->reference);
    else if (got->differs[0])
        cli_say(c, "form.check-differs", "form=%s|text=%s", p->code, got->differs);
    else
        cli_say(c, "form.check-wrong", "form=%s|record=%s", p->code, p->reference);
    if (out)
        cli_say(c, "form.made-anew", "out=%s", out);
    return got->agrees ? 0 : 1;
}

int cmd_form_check(struct cli *c, int argc, char **argv)
{
    const char *file = NULL, *out = NULL;
    struct opt opts[] = {{.name = "", .value = &file, .required = true},
                         {.name = "out", .value = &out}};
    struct form_checked got;
    struct form_proof p;
    struct qn_err err;
    char path[FILE_PATH_MAX] = "", draw[80];
    bool agrees;
    QN_AUTO(qn_buf) struct qn_buf text = {0}, page;
    qn_buf_init(&page, FORM_PAGE_MAX);
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    enum qn_code rc = cli_read(c, &text, file, CHECK_MAX, &err);
    if (!rc)
        rc = form_check_draw(&agrees, draw, c->office->st, qn_buf_span(&text), &err);
    if (!rc && draw[0])
        return show_draw(c, draw, agrees);
    if (!rc && out)
        rc = cli_path(c, path, out, &err);
    if (!rc)
        rc = form_check(&got, &page, &p, c->office->st, qn_buf_span(&text), &err);
    if (!rc && out)
        rc = file_write(path, qn_buf_span(&page), 0600, true, &err);
    return rc ? cli_fail(c, &err) : show_form(c, &p, &got, out ? path : NULL);
}
