/* cmd_publish.c - what leaves the office: results, the consolidated list, the site, the owner's slip; and the check. */
#include <jansson.h>
#include <string.h>

#include "node/cli/draw_commands.h"
#include "node/cli/cli.h"
#include "node/cli/export_commands.h"
#include "node/form/slip_check.h"
#include "node/publish/check.h"
#include "node/publish/owner.h"
#include "node/publish/paper.h"
#include "node/publish/publication.h"
#include "node/publish/site.h"
#include "node/store/file.h"
#include "node/work/sampling_public.h"
#include "qian/slip.h"

#define COUNT(a)      (sizeof(a) / sizeof((a)[0]))
#define SLIP_PAGE_MAX (4u * 1024 * 1024) /* a code is about 80 KB of SVG */

static void print_json(struct cli *c, json_t *doc)
{
    json_dumpf(doc, c->out, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    fputc('\n', c->out);
    json_decref(doc);
}

/* ---- publish results ------------------------------------------------------------------------------------------ */

static void each_result(void *ctx, const char *result, bool correction)
{
    json_array_append_new(ctx, json_pack("{s:s, s:b}", "result", result, "correction", correction));
}

static int cmd_publish_results(struct cli *c, int argc, char **argv)
{
    struct published p;
    const char *result = NULL;
    bool dry = false;
    struct opt opts[] = {{.name = "result", .value = &result}, {.name = "dry-run", .flag = &dry}};
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    json_t *would = json_array();
    const struct publish_shown shown = {each_result, would};
    if (publish_results_shown(&p, c->office->st, result, dry ? &shown : NULL, &err) != QN_OK) {
        json_decref(would);
        return cli_fail(c, &err);
    }
    const uint64_t held = p.held[HELD_REVIEW] + p.held[HELD_SENT_BACK] + p.held[HELD_OWN];
    json_t *o = json_pack("{s:I, s:I, s:I, s:I}", "released", (json_int_t)p.released, "published",
                          (json_int_t)p.results, "corrected", (json_int_t)p.corrected, "held",
                          (json_int_t)held);
    if (dry)
        json_object_set(o, "results", would);
    json_decref(would);
    if (c->json)
        print_json(c, json_incref(o));
    json_decref(o);
    if (c->json)
        return 0;
    if (dry)
        cli_say(c, "publish.would", "released=%llu|results=%llu|corrected=%llu",
                (unsigned long long)p.released, (unsigned long long)p.results,
                (unsigned long long)p.corrected);
    else if (!p.released && !p.results)
        cli_say(c, "publish.nothing", "");
    else
        cli_say(c, "publish.results", "released=%llu|results=%llu|corrected=%llu",
                (unsigned long long)p.released, (unsigned long long)p.results,
                (unsigned long long)p.corrected);
    if (held)
        cli_say(c, "publish.held", "review=%llu|back=%llu|own=%llu",
                (unsigned long long)p.held[HELD_REVIEW], (unsigned long long)p.held[HELD_SENT_BACK],
                (unsigned long long)p.held[HELD_OWN]);
    return 0;
}

/* ---- publish samples ------------------------------------------------------------------------------------------ */

static void each_batch(void *ctx, const char *sheet, const char *product, const char *party,
                       const char *conclusion, bool correction)
{
    json_array_append_new(ctx, json_pack("{s:s, s:s, s:s, s:s, s:b}", "sheet_no", sheet, "product",
                                         product, "party", party, "conclusion", conclusion,
                                         "correction", correction));
}

static int unpublish(struct cli *c, const char *task, const char *sheet, const char *by,
                     const char *reason)
{
    struct qn_err err;
    if (sampling_unpublish(c->office->st, task, sheet, by, reason, &err) != QN_OK)
        return cli_fail(c, &err);
    if (c->json)
        print_json(c, json_pack("{s:s}", "withdrawn", sheet));
    else
        cli_say(c, "sampling.public-withdrawn", "value=%s", sheet);
    return 0;
}

static int cmd_publish_samples(struct cli *c, int argc, char **argv)
{
    const char *task = NULL, *by = NULL, *reason = NULL, *withdraw = NULL;
    bool dry = false;
    struct opt opts[] = {{.name = "", .value = &task, .required = true},
                         {.name = "by", .value = &by, .required = true},
                         {.name = "reason", .value = &reason},
                         {.name = "withdraw", .value = &withdraw, .not_with = "dry-run"},
                         {.name = "dry-run", .flag = &dry}};
    struct sampling_public p;
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    if (withdraw)
        return unpublish(c, task, withdraw, by, reason);
    json_t *list = json_array();
    const struct sampling_rehearsal shown = {each_batch, list};
    enum qn_code rc = dry ? sampling_publish_shown(&p, c->office->st, task, by, &shown, &err)
                          : sampling_publish(&p, c->office->st, task, by, reason, &err);
    if (rc) {
        json_decref(list);
        return cli_fail(c, &err);
    }
    if (c->json) {
        json_t *o = json_pack("{s:I, s:I, s:I, s:I}", "published", (json_int_t)p.published,
                              "corrected", (json_int_t)p.corrected, "waiting",
                              (json_int_t)p.waiting, "withdrawn", (json_int_t)p.withdrawn);
        if (dry)
            json_object_set(o, "batches", list);
        print_json(c, o);
    } else if (dry)
        cli_say(c, "sampling.public-would", "published=%llu|corrected=%llu|waiting=%llu",
                (unsigned long long)p.published, (unsigned long long)p.corrected,
                (unsigned long long)p.waiting);
    else
        cli_say(c, "sampling.public-done", "published=%llu|corrected=%llu|waiting=%llu",
                (unsigned long long)p.published, (unsigned long long)p.corrected,
                (unsigned long long)p.waiting);
    json_decref(list);
    return 0;
}

/* ---- consolidate ------------------------------------------------------------------------------------------------- */

/* Counts are added, rates are made from the sums: never an average of percentages. */
static double rate(uint64_t part, uint64_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

/* Never rounded up, as the figures are: 100.0% is all of them. */
static void rate_cell(struct cli *c, uint64_t part, uint64_t whole)
{
    if (whole)
        cli_table_cell(c, "%llu.%llu%%", (unsigned long long)(part * 1000 / whole / 10),
                       (unsigned long long)(part * 1000 / whole % 10));
    else
        cli_table_cell(c, "—");
}

static void figure_line(struct cli *c, const struct figures *f, const char *office,
                        const char *name)
{
    cli_table_cell(c, "%s", office);
    cli_table_cell(c, "%s", name);
    cli_table_cell(c, "%llu", (unsigned long long)f->targets);
    cli_table_cell(c, "%llu", (unsigned long long)f->inspected);
    cli_table_cell(c, "%llu", (unsigned long long)f->published);
    cli_table_cell(c, "%llu", (unsigned long long)f->problems);
    rate_cell(c, f->published, f->targets);
    rate_cell(c, f->published, f->inspected);
    rate_cell(c, f->problems, f->inspected);
}

static json_t *figure_json(const struct figures *f)
{
    return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:f, s:f, s:f}", "office", f->office, "name",
                     f->name, "targets", (json_int_t)f->targets, "inspected",
                     (json_int_t)f->inspected, "published", (json_int_t)f->published, "problems",
                     (json_int_t)f->problems, "completion_rate", rate(f->published, f->targets),
                     "publication_rate", rate(f->published, f->inspected), "finding_rate",
                     rate(f->problems, f->inspected));
}

static void show_consolidation(struct cli *c, const char *series, const struct consolidation *k)
{
    static const char *const heads[] = {
        "table.office",           "publish.col-name",        "publish.col-targets",
        "publish.col-done",       "publish.col-public",      "publish.col-problems",
        "publish.col-completion", "publish.col-publication", "publish.col-finding"};
    char sum[64];
    text_render(sum, sizeof(sum), c->lang, "publish.total", "");
    cli_table_begin(c, COUNT(heads), heads);
    for (size_t i = 0; i < k->n; i++)
        figure_line(c, &k->line[i], k->line[i].office, k->line[i].name);
    figure_line(c, &k->total, "", sum);
    cli_table_end(c);
    cli_say(c, "publish.definitions", "");
    cli_say(c, "publish.consolidated", "series=%s|rows=%llu", series,
            (unsigned long long)k->listed);
}

static int cmd_consolidate(struct cli *c, int argc, char **argv)
{
    const char *series = NULL;
    struct opt opts[] = {{.name = "series", .value = &series, .required = true}};
    struct consolidation k;
    struct qn_err err;
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    if (publish_consolidate(&k, c->office->st, series, &err) != QN_OK)
        return cli_fail(c, &err);
    if (c->json) {
        json_t *lines = json_array();
        for (size_t i = 0; i < k.n; i++)
            json_array_append_new(lines, figure_json(&k.line[i]));
        print_json(c, json_pack("{s:s, s:I, s:o, s:o}", "series", series, "listed",
                                (json_int_t)k.listed, "offices", lines, "total",
                                figure_json(&k.total)));
    } else {
        show_consolidation(c, series, &k);
    }
    consolidation_release(&k);
    return 0;
}

/* ---- publish site -------------------------------------------------------------------------------------------------- */

static int cmd_publish_site(struct cli *c, int argc, char **argv)
{
    const char *out = NULL, *url = NULL;
    struct opt opts[] = {{.name = "out", .value = &out}, {.name = "url", .value = &url}};
    struct site_made m;
    struct qn_err err;
    char path[FILE_PATH_MAX];
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    /* SPEC web-39: "A directory is never the caller's to name" */
    if (out && c->listens)
        return cli_usage(c, "web.directory", "--out");
    enum qn_code rc = out ? cli_path(c, path, out, &err)
                          : file_join(path, store_dir(c->office->st), "site", &err);
    if (!rc)
        rc = site_publish(&m, c->office->st, path, url, &c->report, &err);
    if (rc)
        return cli_fail(c, &err);
    if (c->json)
        print_json(c, json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "out", path, "files",
                                (json_int_t)m.files, "bytes", (json_int_t)m.bytes, "plans",
                                (json_int_t)m.plans, "draws", (json_int_t)m.draws, "sealed",
                                (json_int_t)m.sealed, "results", (json_int_t)m.results));
    else
        cli_say(c, "publish.site", "out=%s|files=%llu|draws=%llu|sealed=%llu|results=%llu", path,
                (unsigned long long)m.files, (unsigned long long)m.draws,
                (unsigned long long)m.sealed, (unsigned long long)m.results);
    return 0;
}

/* ---- site check ------------------------------------------------------------------------------------------------------ */

static void step_text(struct cli *c, const struct check_step *s, char *out, size_t cap)
{
    text_render(out, cap, c->lang, s->id, s->args);
    if (s->ok || !s->why.id[0])
        return;
    size_t n = strlen(out);
    snprintf(out + n, cap - n, c->lang == TEXT_EN ? ": " : "：");
    n = strlen(out);
    text_error(out + n, cap - n, c->lang, &s->why);
}

static void show_steps(struct cli *c, const struct check_report *r)
{
    for (size_t i = 0; i < r->n; i++) {
        char text[1600];
        step_text(c, &r->step[i], text, sizeof(text));
        fprintf(c->out, "%s %s\n", r->step[i].ok ? "✓" : "✗", text);
    }
    fputc('\n', c->out);
}

static void show_report(struct cli *c, const struct check_options *o, const struct check_report *r)
{
    static const char *const answers[] = {
        [ANSWER_OPEN] = "check.answer-open",
        [ANSWER_SEALED] = "check.answer-sealed",
        [ANSWER_FORGOTTEN] = "check.answer-forgotten",
        [ANSWER_DRAWN] = "check.answer-drawn",
        [ANSWER_NOT_SELECTED] = "check.answer-not-selected",
        [ANSWER_ASK_SLIP] = "check.answer-ask-slip",
        [ANSWER_COMPLETE] = "check.answer-complete",
    };
    show_steps(c, r);
    cli_say(c, answers[r->answer], "object=%s|draw=%s", o->object, o->draw);
}

static json_t *steps_json(struct cli *c, const struct check_report *r)
{
    json_t *steps = json_array();
    for (size_t i = 0; i < r->n; i++) {
        char text[1600];
        step_text(c, &r->step[i], text, sizeof(text));
        json_t *s = json_pack("{s:s, s:b, s:s, s:s}", "id", r->step[i].id, "ok", r->step[i].ok,
                              "args", r->step[i].args, "text", text);
        if (s && !r->step[i].ok && r->step[i].why.id[0])
            json_object_set_new(s, "why", json_string(r->step[i].why.id));
        json_array_append_new(steps, s);
    }
    return steps;
}

static json_t *report_json(struct cli *c, const struct check_options *o,
                           const struct check_report *r)
{
    return json_pack("{s:s, s:s, s:b, s:s, s:o}", "draw", o->draw, "object", o->object, "ok", r->ok,
                     "answer", check_answer_name(r->answer), "steps", steps_json(c, r));
}

static int cmd_site_check(struct cli *c, int argc, char **argv)
{
    struct check_options o = {.site = NULL};
    struct opt opts[] = {{.name = "site", .value = &o.site, .required = true},
                         {.name = "fingerprint", .value = &o.fingerprint, .required = true},
                         {.name = "draw", .value = &o.draw, .required = true},
                         {.name = "object", .value = &o.object, .required = true},
                         {.name = "slip", .value = &o.slip}};
    struct qn_err err;
    char site[FILE_PATH_MAX], slip[FILE_PATH_MAX];
    QN_AUTO(check_report) struct check_report r = {.ok = false};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    enum qn_code rc = cli_path(c, site, o.site, &err);
    if (!rc && o.slip)
        rc = cli_path(c, slip, o.slip, &err);
    o.site = site;
    o.slip = o.slip ? slip : NULL;
    if (!rc)
        rc = check_site(&r, &o, &err);
    if (rc)
        return cli_fail(c, &err);
    if (c->json)
        print_json(c, report_json(c, &o, &r));
    else
        show_report(c, &o, &r);
    return r.ok ? 0 : 1;
}

static int cmd_site_result(struct cli *c, int argc, char **argv)
{
    struct check_options o = {.site = NULL};
    struct opt opts[] = {{.name = "", .value = &o.object, .required = true},
                         {.name = "site", .value = &o.site, .required = true},
                         {.name = "fingerprint", .value = &o.fingerprint, .required = true}};
    struct qn_err err;
    char site[FILE_PATH_MAX];
    QN_AUTO(check_report) struct check_report r = {.ok = false};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    enum qn_code rc = cli_path(c, site, o.site, &err);
    o.site = site;
    if (!rc)
        rc = check_site_result(&r, &o, &err);
    if (rc)
        return cli_fail(c, &err);
    if (c->json) {
        print_json(c, json_pack("{s:s, s:b, s:o}", "result", o.object, "ok", r.ok, "steps",
                                steps_json(c, &r)));
    } else {
        show_steps(c, &r);
        cli_say(c, r.ok ? "check.result-holds" : "check.result-open", "result=%s", o.object);
    }
    return r.ok ? 0 : 1;
}

/* ---- slip ---------------------------------------------------------------------------------------------------------- */

static int cmd_slip(struct cli *c, int argc, char **argv)
{
    const char *draw = NULL, *object = NULL, *out = NULL, *page = NULL;
    struct opt opts[] = {{.name = "draw", .value = &draw, .required = true},
                         {.name = "object", .value = &object, .required = true},
                         {.name = "out", .value = &out, .required = true},
                         {.name = "page", .value = &page}};
    struct qn_err err;
    char path[FILE_PATH_MAX], page_path[FILE_PATH_MAX];
    QN_AUTO(qn_buf) struct qn_buf text = {0}, html = {0};
    qn_buf_init(&text, QN_SLIP_MAX);
    qn_buf_init(&html, SLIP_PAGE_MAX);
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    enum qn_code rc = cli_path(c, path, out, &err);
    if (!rc)
        rc = owner_slip(&text, c->office->st, draw, object, &err);
    if (!rc && page)
        rc = cli_path(c, page_path, page, &err);
    if (!rc && page)
        rc = paper_slip(&html, c->office->st, qn_buf_span(&text), draw, object, &err);
    if (!rc)
        rc =
            file_write(path, qn_buf_span(&text), 0600, true, &err); /* it concerns one owner only */
    if (!rc && page)
        rc = file_write(page_path, qn_buf_span(&html), 0600, true, &err);
    if (rc)
        return cli_fail(c, &err);
    if (c->json)
        print_json(c, json_pack("{s:s, s:s, s:s, s:I}", "draw", draw, "object", object, "out", path,
                                "bytes", (json_int_t)text.n));
    else
        cli_say(c, "slip.written", "object=%s|out=%s", object, path);
    if (page && !c->json)
        cli_say(c, "slip.page-written", "out=%s", page_path);
    return 0;
}

/* ---- a slip that somebody brings ---------------------------------------------------------------- */

struct slip_said {
    struct cli *c;
    json_t *steps;
};
static void slip_step(void *ctx, bool ok, const char *id, const char *args)
{
    struct slip_said *s = ctx;
    char said[700];
    text_render(said, sizeof(said), s->c->lang, id, args);
    if (s->steps)
        json_array_append_new(s->steps,
                              json_pack("{s:b, s:s, s:s}", "ok", ok, "id", id, "said", said));
    else
        fprintf(s->c->out, "%s %s\n", ok ? "✓" : "✗", said);
}

static int cmd_slip_check(struct cli *c, int argc, char **argv)
{
    static const char *const words[] = {
        [SLIP_AGREES] = "agrees", [SLIP_CONTRADICTS] = "contradicts", [SLIP_UNJUDGED] = "unjudged"};
    const char *file = NULL;
    struct opt opts[] = {{.name = "", .value = &file, .required = true}};
    struct qn_err err;
    struct slip_checked got;
    char id[40];
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct slip_said said = {c, c->json ? json_array() : NULL};
    enum qn_code rc = cli_read(c, &text, file, QN_SLIP_MAX, &err);
    if (!rc)
        rc = slip_check(&got, c->office->st, qn_buf_span(&text), slip_step, &said, &err);
    if (rc) {
        json_decref(said.steps);
        return cli_fail(c, &err);
    }
    snprintf(id, sizeof(id), "slip.%s", words[got.verdict]);
    if (c->json)
        print_json(c, json_pack("{s:s, s:s, s:s, s:o}", "draw", got.draw, "object", got.object,
                                "verdict", words[got.verdict], "steps", said.steps));
    else
        cli_say(c, id, "object=%s|draw=%s", got.object, got.draw);
    return got.verdict == SLIP_CONTRADICTS ? 1 : 0;
}

const struct command cli_publish_commands[] = {
    {"publish results", "[--result RESULT] [--dry-run]", "cmd.publish-results", cmd_publish_results,
     NEEDS_KEYS},
    {"publish samples", "TASK --by PERSON [--reason TEXT] [--withdraw SHEET] [--dry-run]",
     "cmd.publish-samples", cmd_publish_samples, NEEDS_KEYS},
    {"consolidate", "--series SERIES", "cmd.consolidate", cmd_consolidate, NEEDS_KEYS},
    {"publish site", "[--out DIR] [--url URL]", "cmd.publish-site", cmd_publish_site, NEEDS_KEYS},
    {"site check", "--site DIR --fingerprint TEXT --draw OFFICE:ID --object ID [--slip FILE]",
     "cmd.site-check", cmd_site_check, NEEDS_NOTHING},
    {"site result", "RESULT --site DIR --fingerprint TEXT", "cmd.site-result", cmd_site_result,
     NEEDS_NOTHING},
    {"slip", "--draw DRAW --object ID --out FILE [--page FILE]", "cmd.slip", cmd_slip, NEEDS_STORE},
    {"slip check", "FILE", "cmd.slip-check", cmd_slip_check, NEEDS_STORE},
    {"form list", "", "cmd.form-list", cmd_form_list, NEEDS_NOTHING},
    {"form print", "FORM [--for RECORD] --out FILE [--by PERSON] [--blank]", "cmd.form-print",
     cmd_form_print, NEEDS_STORE},
    {"form check", "FILE [--out FILE]", "cmd.form-check", cmd_form_check, NEEDS_STORE},
    {"export gsxt",
     "--out FILE [--series SERIES] [--task TASK] [--due] [--format csv|xlsx|json] [--charset "
     "CHARSET]",
     "cmd.export-gsxt", export_list, NEEDS_STORE},
    {"export platform",
     "--out FILE [--series SERIES] [--task TASK] [--due] [--format csv|xlsx|json] [--charset "
     "CHARSET]",
     "cmd.export-platform", export_list, NEEDS_STORE},
    {"export ecqs", "--out FILE [--task TASK] [--due] [--format csv|xlsx|json] [--charset CHARSET]",
     "cmd.export-ecqs", export_list, NEEDS_STORE},
    {.name = NULL},
};
