/* cmd_work.c - rosters, code tables and targets; plans are in cmd_plan.c, results in cmd_result.c. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/notices.h"
#include "node/cli/work_commands.h"
#include "node/store/files.h"
#include "node/sheet/sheet.h"
#include "node/work/plan_import.h"
#include "node/work/roster_import.h"
#include "node/work/target.h"
#include "qian/entry.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

void work_print_json(struct cli *c, json_t *o)
{
    json_dumpf(o, c->out, JSON_COMPACT);
    fputc('\n', c->out);
    json_decref(o);
}

void work_name(char out[80], const char *office, int64_t id)
{
    char text[40];
    qn_row_id_text(text, id);
    snprintf(out, 80, "%s:%s", office, text);
}

/* An optional path as the caller meant it. */
enum qn_code work_path(struct cli *c, char room[1024], const char **path, struct qn_err *err)
{
    if (!*path)
        return QN_OK;
    enum qn_code rc = cli_path(c, room, *path, err);
    *path = room;
    return rc;
}

enum qn_code work_list_use(struct list_use *use, struct list_said *said, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    use->from.given = &said->given;
    for (unsigned i = 0; !rc && i < said->nmap; i++)
        rc = mapping_add(&said->given, said->map[i], err);
    for (unsigned i = 0; !rc && i < said->nset; i++)
        rc = mapping_set(&said->given, said->set[i], err);
    return rc;
}

/* ---- rosters ----------------------------------------------------------------------------------------------------- */

static void counts(struct cli *c, const char *list_id, const struct roster_counts *n)
{
    char list[64];
    text_render(list, sizeof(list), c->lang, list_id, "");
    cli_say(c, "work.roster-counts",
            "list=%s|added=%llu|updated=%llu|same=%llu|rejected=%llu|warned=%llu", list,
            (unsigned long long)n->added, (unsigned long long)n->updated,
            (unsigned long long)n->same, (unsigned long long)n->rejected,
            (unsigned long long)n->warned);
}

static json_t *counts_json(const struct roster_counts *n)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I}", "added", (json_int_t)n->added, "updated",
                     (json_int_t)n->updated, "same", (json_int_t)n->same, "rejected",
                     (json_int_t)n->rejected, "warned", (json_int_t)n->warned);
}

static int cmd_roster_import(struct cli *c, int argc, char **argv)
{
    struct list_said said = {.nmap = 0};
    struct roster_import o = {.lang = c->lang};
    struct opt opts[] = {{.name = "objects", .value = &o.objects},
                         {.name = "inspectors", .value = &o.inspectors},
                         {.name = "recusals", .value = &o.recusals},
                         {.name = "tags", .value = &o.tags},
                         {.name = "rejects", .value = &o.rejects},
                         {.name = "by", .value = &o.by, .required = true},
                         {.name = "dry-run", .flag = &o.dry_run},
                         LIST_OPTS(o.use, said)};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    struct roster_imported r;
    struct notices notices;
    char room[5][1024];
    enum qn_code rc = QN_OK;
    notices_begin(&notices, c);
    if (!o.objects && !o.inspectors && !o.recusals)
        rc = qn_fail(&err, QN_MALFORMED, "roster.nothing", "");
    if (!rc)
        rc = work_list_use(&o.use, &said, &err);
    if (!rc)
        rc = work_path(c, room[0], &o.objects, &err);
    if (!rc)
        rc = work_path(c, room[1], &o.inspectors, &err);
    if (!rc)
        rc = work_path(c, room[2], &o.recusals, &err);
    if (!rc)
        rc = work_path(c, room[3], &o.tags, &err);
    if (!rc)
        rc = work_path(c, room[4], &o.rejects, &err);
    if (!rc)
        rc = roster_import(c->office->st, &o, &r, &notices.report, &err);
    if (rc) {
        notices_drop(&notices);
        return cli_fail(c, &err);
    }
    bool rejected = r.objects.rejected + r.inspectors.rejected + r.recusals.rejected > 0;
    if (c->json) {
        json_t *told = json_pack(
            "{s:o, s:o, s:o, s:I, s:I, s:b}", "objects", counts_json(&r.objects), "inspectors",
            counts_json(&r.inspectors), "recusals", counts_json(&r.recusals), "version",
            (json_int_t)r.version, "entries", (json_int_t)r.entries, "dry_run", o.dry_run);
        notices_put(&notices, told);
        work_print_json(c, told);
        return rejected ? 1 : 0;
    }
    if (o.objects)
        counts(c, "list.objects", &r.objects);
    if (o.inspectors)
        counts(c, "list.inspectors", &r.inspectors);
    if (o.recusals)
        counts(c, "list.recusals", &r.recusals);
    if (o.dry_run)
        cli_say(c, "work.roster-dry", "");
    else if (r.version)
        cli_say(c, "work.roster-closed", "version=%lld|entries=%llu", (long long)r.version,
                (unsigned long long)r.entries);
    else
        cli_say(c, "work.roster-unchanged", "");
    return rejected ? 1 : 0;
}

static int cmd_tables_import(struct cli *c, int argc, char **argv)
{
    const char *path[8];
    unsigned n = 0;
    struct list_said said = {.nmap = 0};
    struct list_use use = {.charset = NULL};
    bool dry_run = false;
    struct opt opts[] = {{.name = "", .value = path, .many = 8, .count = &n, .required = true},
                         {.name = "dry-run", .flag = &dry_run},
                         LIST_OPTS(use, said)};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    enum qn_code rc = work_list_use(&use, &said, &err);
    json_t *made = c->json ? json_array() : NULL;
    for (unsigned i = 0; !rc && i < n; i++) {
        char full[1024];
        struct tables_imported r;
        rc = cli_path(c, full, path[i], &err);
        if (!rc)
            rc = tables_import(c->office->st, full, &use, dry_run, &r, &err);
        if (!rc && c->json)
            json_array_append_new(
                made, json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:b}", "path", path[i], "list",
                                r.list, "rows", (json_int_t)(r.added + r.revised), "added",
                                (json_int_t)r.added, "revised", (json_int_t)r.revised, "same",
                                (json_int_t)r.same, "dry_run", dry_run));
        else if (!rc && dry_run)
            cli_say(c, "work.table-dry", "path=%s|list=%s|added=%u|revised=%u|same=%u", path[i],
                    r.list, r.added, r.revised, r.same);
        else if (!rc)
            cli_say(c, "work.table", "path=%s|list=%s|rows=%u", path[i], r.list,
                    r.added + r.revised);
    }
    if (!rc && c->json)
        work_print_json(c, QN_STEAL(made));
    json_decref(made);
    return rc ? cli_fail(c, &err) : 0;
}

/* ---- targets ----------------------------------------------------------------------------------------------------- */

/* state.<word> with hyphens: "state.sent-back". */
static enum qn_code state_of(char out[TARGET_STATE], char id[48], struct store *st, struct query *q,
                             struct qn_err *err)
{
    struct target t = {.draw = q_int(q, 1),
                       .round = q_int(q, 4),
                       .is_void = q_int(q, 10) == 1,
                       .is_returned = q_int(q, 10) == 2};
    qn_text_copy(t.office, sizeof(t.office), q_span(q, 0));
    qn_text_copy(t.task, sizeof(t.task), q_span(q, 3));
    qn_text_copy(t.object, sizeof(t.object), q_span(q, 5));
    enum qn_code rc = target_state(out, st, &t, err);
    snprintf(id, 48, "state.%s", rc ? "" : out);
    for (char *p = id; *p; p++)
        *p = *p == '_' ? '-' : *p;
    return rc;
}

/* Photos of a result that have come, and all that its rows name. */
static void photos_of(struct store *st, const char *result, int64_t *here, int64_t *all)
{
    char office[QN_CODE_MAX + 1];
    size_t n = strcspn(result, ":");
    *here = *all = 0;
    if (!result[n] ||
        !qn_text_copy(office, sizeof(office), (struct qn_span){(const uint8_t *)result, n}))
        return;
    QN_AUTO(query) struct query q = query_start(st, SQL_FILES_OF_RESULT);
    q_bind_text(&q, office);
    q_bind_int(&q, strtoll(result + n + 1, NULL, 10));
    if (q_step(&q)) {
        *all = q_int(&q, 0);
        *here = q_int(&q, 1);
    }
}

/* Whether one of "140622/1406220196 唐强英;…" is he, by number or by name. */
static bool goes(const char *inspectors, const char *he)
{
    size_t n = strlen(he);
    for (const char *p = inspectors; *p; p += strcspn(p, ";"), p += *p == ';') {
        size_t all = strcspn(p, ";"), id = strcspn(p, " ;");
        if ((id == n && memcmp(p, he, n) == 0) ||
            (id < all && all - id - 1 == n && memcmp(p + id + 1, he, n) == 0))
            return true;
        for (size_t slash = 0; slash < id; slash++)
            if (p[slash] == '/' && id - slash - 1 == n && memcmp(p + slash + 1, he, n) == 0)
                return true;
    }
    return false;
}

/* Somebody has still to go, or to mend what was found. */
static bool is_open(const char *state)
{
    static const char *const open[] = {"waiting", "accepted", "notified", "sent_back"};
    for (size_t i = 0; i < COUNT(open); i++)
        if (strcmp(open[i], state) == 0)
            return true;
    return false;
}

static int cmd_task_list(struct cli *c, int argc, char **argv)
{
    bool csv = false, open = false;
    const char *inspector = NULL;
    static const char *const heads[] = {"head.task",       "head.draw", "head.object", "head.name",
                                        "head.inspectors", "head.due",  "head.state"};
    struct opt opts[] = {{.name = "inspector", .value = &inspector},
                         {.name = "open", .flag = &open},
                         {.name = "csv", .flag = &csv}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    if (files_look(c->office->st, &err) != QN_OK)
        return cli_fail(c, &err);
    QN_AUTO(qn_buf) struct qn_buf lines = {0};
    qn_buf_init(&lines, 64u << 20);
    json_t *list = c->json ? json_array() : NULL;
    QN_AUTO(query) struct query q = query_start(c->office->st, SQL_WORK_TARGETS);
    q_bind_text(&q, store_self(c->office->st)->office);
    if (csv)
        qn_put_str(&lines, "抽取编号,对象编号,任务,对象名称,地址,检查人员,截止日期,状态\r\n");
    else if (!c->json)
        cli_table_begin(c, COUNT(heads), heads);
    enum qn_code rc = QN_OK;
    while (!rc && q_step(&q)) {
        char draw[80], state[256], id[48], task[48], named[401] = "", word[TARGET_STATE];
        int64_t here, photos;
        if (inspector && !goes(q_text(&q, 8), inspector))
            continue;
        work_name(draw, q_text(&q, 0), q_int(&q, 1));
        rc = state_of(word, id, c->office->st, &q, &err);
        if (rc)
            break;
        if (open && !is_open(word))
            continue;
        text_render(state, sizeof(state), c->lang, id, "");
        photos_of(c->office->st, q_text(&q, 11), &here, &photos);
        if (here < photos) {
            char args[64];
            size_t n = strlen(state);
            snprintf(args, sizeof(args), "here=%lld|named=%lld", (long long)here,
                     (long long)photos);
            state[n++] = ' ';
            text_render(state + n, sizeof(state) - n, c->lang, "evidence.awaited", args);
        }
        snprintf(task, sizeof(task), "%s/%lld", q_text(&q, 3), (long long)q_int(&q, 4));
        if (c->json) {
            struct target t = {.draw = q_int(&q, 1)};
            qn_text_copy(t.office, sizeof(t.office), q_span(&q, 0));
            qn_text_copy(t.task, sizeof(t.task), q_span(&q, 3));
            rc = target_task_name(named, c->office->st, &t, &err);
            json_array_append_new(
                list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I}",
                                "draw", draw, "object", q_text(&q, 5), "task", task, "task_name",
                                named, "name", q_text(&q, 6),
                                "address", q_text(&q, 7), "result", q_text(&q, 11), "inspectors",
                                q_text(&q, 8), "due", q_text(&q, 9), "state", word, "photos",
                                (json_int_t)photos, "photos_here", (json_int_t)here));
        } else if (csv) {
            const char *const cells[] = {draw,          q_text(&q, 5), task,          q_text(&q, 6),
                                         q_text(&q, 7), q_text(&q, 8), q_text(&q, 9), state};
            for (size_t i = 0; i < COUNT(cells); i++) {
                csv_put(&lines, qn_str(cells[i]));
                qn_put_str(&lines, i + 1 == COUNT(cells) ? "\r\n" : ",");
            }
        } else {
            cli_table_cell(c, "%s", task);
            cli_table_cell(c, "%s", draw);
            cli_table_cell(c, "%s", q_text(&q, 5));
            cli_table_cell(c, "%s", q_text(&q, 6));
            cli_table_cell(c, "%s", q_text(&q, 8));
            cli_table_cell(c, "%s", q_text(&q, 9));
            cli_table_cell(c, "%s", state);
        }
    }
    if (!rc)
        rc = query_end(&q, &err);
    if (!rc)
        rc = qn_buf_check(&lines, &err);
    if (c->json)
        work_print_json(c, list);
    else if (csv)
        fwrite(lines.p, 1, lines.n, c->out);
    else
        cli_table_end(c);
    return rc ? cli_fail(c, &err) : 0;
}

const struct command cli_work_commands[] = {
    {"tables import",
     "FILE... [--charset CHARSET] [--sheet NAME] [--from SENDER] [--map THEIRS=OURS]... [--set "
     "OURS=VALUE]... [--dry-run]",
     "cmd.tables-import", cmd_tables_import, NEEDS_KEYS},
    {"tables show", "LIST", "cmd.tables-show", work_tables_show, NEEDS_STORE},
    {"roster import",
     "--by PERSON [--objects FILE] [--inspectors FILE] [--recusals FILE] [--charset CHARSET] "
     "[--sheet NAME] [--from SENDER] [--map THEIRS=OURS]... [--set OURS=VALUE]... [--tags FILE] "
     "[--rejects FILE] [--dry-run]",
     "cmd.roster-import", cmd_roster_import, NEEDS_KEYS},
    {"register import",
     "--taken-on DATE --by PERSON [--objects FILE...] [--inspectors FILE...] [--charset CHARSET] "
     "[--sheet NAME] [--from SENDER] [--map THEIRS=OURS]... [--set OURS=VALUE]... [--rejects "
     "FILE]",
     "cmd.register-import", work_register_import, NEEDS_KEYS},
    {"register list", "", "cmd.register-list", work_register_list, NEEDS_STORE},
    {"plan import",
     "--plan FILE --scopes FILE --series NAME --year YEAR --title TEXT --doc-no TEXT --issued-on "
     "DATE "
     "[--deadline DATE] [--recipients TEXT] [--parent-doc-no TEXT] [--coverage FRACTION] "
     "[--object-cap N] [--publication-days N] "
     "[--publication-clock inspection_completed|task_completed] [--by PERSON] [--dry-run] "
     "[--charset CHARSET] [--sheet NAME] [--scopes-sheet NAME] [--from SENDER] [--map "
     "THEIRS=OURS]... [--set OURS=VALUE]...",
     "cmd.plan-import", work_plan_import, NEEDS_KEYS},
    {"plan list", "", "cmd.plan-list", work_plan_list, NEEDS_STORE},
    {"plan show", "ISSUER/SERIES [TASK] [--past TASK] [--limit N]", "cmd.plan-show", work_plan_show,
     NEEDS_STORE},
    {"plan revise",
     "ISSUER/SERIES --plan FILE --scopes FILE --reason TEXT --by PERSON [--doc-no TEXT] "
     "[--issued-on DATE] [--deadline "
     "DATE] [--none-given] [--charset CHARSET] [--sheet NAME] [--scopes-sheet NAME] [--from "
     "SENDER] [--map "
     "THEIRS=OURS]... [--set OURS=VALUE]... [--if-rev N] [--dry-run]",
     "cmd.plan-revise", work_plan_revise, NEEDS_KEYS},
    {"plan check", "ISSUER/SERIES", "cmd.plan-check", work_plan_check, NEEDS_STORE},
    {"visit proposals", "[--district]", "cmd.visit-proposals", work_visit_proposals, NEEDS_STORE},
    {"plan changes", "ISSUER/SERIES [--rev N]", "cmd.plan-changes", work_plan_changes, NEEDS_STORE},
    {"plan group", "ISSUER/SERIES TASK... --joint NAME|--alone --reason TEXT [--if-rev N] [--dry-run]", "cmd.plan-group",
     work_plan_group, NEEDS_KEYS},
    {"plan give-list",
     "ISSUER/SERIES TASK[/ROUND] --office CODE --objects FILE --source parent|external --title "
     "TEXT --doc-no TEXT "
     "--given-on DATE --by PERSON [--charset CHARSET] [--sheet NAME] [--from SENDER] [--map "
     "THEIRS=OURS]... [--set OURS=VALUE]... [--dry-run]",
     "cmd.plan-give-list", work_plan_give_list, NEEDS_KEYS},
    {"mark grant",
     "--office CODE --kind must|exclude --reason REASONCODE --object ID... --title TEXT --doc-no "
     "TEXT "
     "--given-on DATE --by PERSON [--scope SERIES/TASK] [--until DATE]",
     "cmd.mark-grant", work_mark_grant, NEEDS_KEYS},
    {"plan accept", "ISSUER/SERIES [--by PERSON]", "cmd.plan-accept", work_plan_accept, NEEDS_KEYS},
    {"task list", "[--inspector INSPECTOR] [--open] [--csv]", "cmd.task-list", cmd_task_list,
     NEEDS_STORE},
    {"task show", "--draw DRAW --object ID [--task TASK]", "cmd.task-show", work_task_show,
     NEEDS_STORE},
    {"task sheet", "--draw DRAW --object ID --out FILE [--task TASK]", "cmd.task-sheet",
     work_task_sheet, NEEDS_STORE},
    {"result record",
     "--draw DRAW --object ID --codes CODES|--item ITEM=CODES... --by PERSON [--task TASK] "
     "[--problem [ITEM=]TEXT...] "
     "[--disposal [ITEM=]DISPOSAL...] [--place TEXT] [--started TIME] [--completed TIME] [--photo "
     "FILE...] "
     "[--visit VISIT|--representative NAME] [--refusal TEXT --witness NAME] [--nobody] [--over-cap "
     "REASON]",
     "cmd.result-record", work_result_record, NEEDS_KEYS},
    {"result import",
     "FILE [--charset CHARSET] [--sheet NAME] [--from SENDER] [--map THEIRS=OURS]... [--set "
     "OURS=VALUE]... [--rejects FILE] [--dry-run]",
     "cmd.result-import", work_result_import, NEEDS_KEYS},
    {"result correct",
     "RESULT --codes CODES|--item ITEM=CODES... --reason TEXT --by PERSON [--problem "
     "[ITEM=]TEXT...] "
     "[--disposal [ITEM=]DISPOSAL...] [--if-rev N]",
     "cmd.result-correct", work_result_correct, NEEDS_KEYS},
    {"result list", "[--state STATE] [--unfollowed]", "cmd.result-list", work_result_list, NEEDS_STORE},
    {"result show", "RESULT", "cmd.result-show", work_result_show, NEEDS_STORE},
    {"visit list", "[--over-cap] [--limit N]", "cmd.visit-list", work_visit_list, NEEDS_STORE},
    {"evidence list", "[--result RESULT] [--missing]", "cmd.evidence-list", work_evidence_list,
     NEEDS_STORE},
    {"evidence show", "DIGEST", "cmd.evidence-show", work_evidence_show, NEEDS_STORE},
    {"evidence add",
     "RESULT|SAMPLE|FOLLOWUP --photo FILE... --by PERSON [--captured TIME] [--note TEXT]",
     "cmd.evidence-add", work_evidence_add, NEEDS_KEYS},
    {"evidence verify", "", "cmd.evidence-verify", work_evidence_verify, NEEDS_STORE},
    {"evidence export", "DIGEST --out FILE", "cmd.evidence-export", work_evidence_export,
     NEEDS_STORE},
    {"evidence thumb", "PHOTO --out FILE", "cmd.evidence-thumb", work_evidence_thumb, NEEDS_STORE},
    {"evidence fetch", "", "cmd.evidence-fetch", work_evidence_fetch, NEEDS_KEYS},
    {"evidence limits", "[--quota MIB] [--floor MIB]", "cmd.evidence-limits", work_evidence_limits,
     NEEDS_STORE},
    {"record kinds", "", "cmd.record-kinds", work_record_kinds, NEEDS_NOTHING},
    {"record fields", "KIND", "cmd.record-fields", work_record_fields, NEEDS_NOTHING},
    {"record add", "KIND FIELD=VALUE... --by PERSON", "cmd.record-add", work_record_add,
     NEEDS_KEYS},
    {"record revise", "KIND RECORD [FIELD=VALUE...] --reason TEXT --by PERSON [--if-rev N]",
     "cmd.record-revise", work_record_revise, NEEDS_KEYS},
    {"record withdraw", "KIND RECORD --reason TEXT --by PERSON [--if-rev N]", "cmd.record-withdraw",
     work_record_withdraw, NEEDS_KEYS},
    {"record import",
     "KIND FILE --by PERSON [--set FIELD=VALUE]... [--map THEIRS=FIELD]... [--from SENDER] "
     "[--reason TEXT] [--charset CHARSET] [--sheet NAME] "
     "[--rejects FILE] [--dry-run]",
     "cmd.record-import", work_record_import, NEEDS_KEYS},
    {"record list", "KIND [--where FIELD=VALUE] [--past RECORD] [--limit N]", "cmd.record-list",
     work_record_list, NEEDS_STORE},
    {"record show", "KIND RECORD", "cmd.record-show", work_record_show, NEEDS_STORE},
    {"record links", "KIND RECORD", "cmd.record-links", work_record_links, NEEDS_STORE},
    {"person set", "NAME [--roles ROLES] [--inspector INSPECTOR] [--since DATE] [--until DATE]",
     "cmd.person-set", work_person_set, NEEDS_STORE},
    {"mapping list", "", "cmd.mapping-list", work_mapping_list, NEEDS_STORE},
    {"mapping columns", "LIST", "cmd.mapping-columns", work_mapping_columns, NEEDS_NOTHING},
    {"mapping preview", "FILE [--charset CHARSET] [--sheet NAME] [--limit N]",
     "cmd.mapping-preview", work_mapping_preview, NEEDS_STORE},
    {"mapping drop", "SENDER LIST", "cmd.mapping-drop", work_mapping_drop, NEEDS_STORE},
    {"person list", "", "cmd.person-list", work_person_list, NEEDS_STORE},
    {"person duties", "[--role ROLES]", "cmd.person-duties", work_person_duties, NEEDS_NOTHING},
    {"due",
     "[--office CODE] [--kind KIND] [--within DAYS] [--overdue|--all|--ended|--late] "
     "[--provisional] "
     "[--past PLACE] [--limit N]",
     "cmd.due", work_due, NEEDS_STORE},
    {"stats figures",
     "[--office CODE] [--year YEAR] [--series ISSUER/SERIES] [--group office|task|risk] "
     "[--figure FIGURE]... [--heads]",
     "cmd.stats-figures", work_figures, NEEDS_STORE},
    {"stats rows",
     "FIGURE [--over] [--office CODE] [--year YEAR] [--series ISSUER/SERIES] "
     "[--task ISSUER/SERIES/TASK] [--risk CLASS] [--past PLACE] [--limit N] [--out FILE] "
     "[--charset CHARSET]",
     "cmd.stats-rows", work_figure_rows, NEEDS_STORE},
    {"report make",
     "--title TEXT --kind interim|quarter|half_year|year [--year YEAR] [--series ISSUER/SERIES] "
     "--by PERSON",
     "cmd.report-make", work_report_make, NEEDS_KEYS},
    {"report list", "", "cmd.report-list", work_report_list, NEEDS_STORE},
    {"report show", "REPORT", "cmd.report-show", work_report_show, NEEDS_STORE},
    {"report check", "REPORT", "cmd.report-check", work_report_check, NEEDS_STORE},
    {"sample number", "[SHEET...] --by PERSON", "cmd.sample-number", work_sample_number,
     NEEDS_KEYS},
    {"sample numbers", "--by PERSON", "cmd.sample-numbers", work_sample_numbers, NEEDS_STORE},
    {"sample reveal", "--by PERSON", "cmd.sample-reveal", work_sample_reveal, NEEDS_KEYS},
    {"sample check", "", "cmd.sample-check", work_sample_check, NEEDS_STORE},
    {"sample summary", "TASK", "cmd.sample-summary", work_sample_summary, NEEDS_STORE},
    {"sample next", "TASK", "cmd.sample-next", work_sample_next, NEEDS_STORE},
    {"sample show", "SAMPLE", "cmd.sample-show", work_sample_show, NEEDS_STORE},
    {"sample test", "NUMBER", "cmd.sample-test", work_sample_test, NEEDS_STORE},
    {"sample proposal", "PROPOSAL", "cmd.sample-proposal", work_sample_proposal, NEEDS_STORE},
    {"due kinds", "", "cmd.due-kinds", work_due_kinds, NEEDS_STORE},
    {"due within", "DAYS", "cmd.due-within", work_due_within, NEEDS_STORE},
    {"calendar import", "FILE --by PERSON [--reason TEXT] [--dry-run]", "cmd.calendar-import",
     work_calendar_import, NEEDS_KEYS},
    {"calendar show", "", "cmd.calendar-show", work_calendar_show, NEEDS_STORE},
    {"calendar due", "--from DATE --days DAYS", "cmd.calendar-due", work_calendar_due, NEEDS_STORE},
    {"clue again", "CLUE --by PERSON", "cmd.clue-again", work_clue_again, NEEDS_KEYS},
    {NULL, NULL, NULL, NULL, NEEDS_NOTHING},
};
