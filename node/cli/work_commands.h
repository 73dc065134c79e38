/* work_commands.h - commands of the office's work that stand in more than one file. */
#ifndef QIAN_NODE_CLI_WORK_COMMANDS_H
#define QIAN_NODE_CLI_WORK_COMMANDS_H

#include <jansson.h>

#include "node/cli/cli.h"
#include "node/store/files.h"
#include "node/work/list_read.h"
#include "node/work/figure.h"

/* How a list is read: options of every command that takes one. said holds what --map and --set gave, use what they mean. */
struct list_said {
    const char *map[MAPPING_MAX], *set[MAPPING_MAX];
    unsigned nmap, nset;
    struct mapping given;
};
#define LIST_OPTS(use, said) \
    {.name = "charset", .value = &(use).charset}, {.name = "sheet", .value = &(use).sheet}, \
        {.name = "from", .value = &(use).from.sender}, \
        {.name = "map", .value = (said).map, .many = MAPPING_MAX, .count = &(said).nmap}, \
    { \
        .name = "set", .value = (said).set, .many = MAPPING_MAX, .count = &(said).nset \
    }
/* use points into said from here on. */
QN_MUST_USE enum qn_code work_list_use(struct list_use *use, struct list_said *said,
                                       struct qn_err *err);
int work_plan_import(struct cli *c, int argc, char **argv);
int work_plan_list(struct cli *c, int argc, char **argv);
int work_plan_show(struct cli *c, int argc, char **argv);
int work_plan_revise(struct cli *c, int argc, char **argv);
int work_plan_changes(struct cli *c, int argc, char **argv);
int work_plan_check(struct cli *c, int argc, char **argv);
/* Says how many items of a plan's tasks are not in force in their window. */
QN_MUST_USE enum qn_code work_plan_flaws(struct cli *c, const char *office, int64_t id,
                                         const char *plan, size_t *n, struct qn_err *err);
int work_visit_proposals(struct cli *c, int argc, char **argv);
int work_plan_group(struct cli *c, int argc, char **argv);
int work_plan_give_list(struct cli *c, int argc, char **argv);
int work_plan_accept(struct cli *c, int argc, char **argv);

/* A target as JSON, with what is to be looked at there: what `task show` prints and the sheet of a task is made of. */
QN_MUST_USE enum qn_code work_target(json_t **out, struct store *st, const char *draw,
                                     const char *object, const char *task, struct qn_err *err);
const char *work_target_text(const json_t *o, const char *key); /* "" where it has none */
int work_task_sheet(struct cli *c, int argc, char **argv);
int work_mark_grant(struct cli *c, int argc, char **argv);
int work_register_import(struct cli *c, int argc, char **argv);
int work_register_list(struct cli *c, int argc, char **argv);

int work_result_record(struct cli *c, int argc, char **argv);
int work_result_import(struct cli *c, int argc, char **argv);
int work_result_correct(struct cli *c, int argc, char **argv);
int work_result_list(struct cli *c, int argc, char **argv);
int work_result_show(struct cli *c, int argc, char **argv);

int work_evidence_list(struct cli *c, int argc, char **argv);
int work_evidence_show(struct cli *c, int argc, char **argv);
int work_evidence_add(struct cli *c, int argc, char **argv);
int work_evidence_verify(struct cli *c, int argc, char **argv);
int work_evidence_export(struct cli *c, int argc, char **argv);
int work_evidence_thumb(struct cli *c, int argc, char **argv);
int work_evidence_fetch(struct cli *c, int argc, char **argv);
int work_evidence_limits(struct cli *c, int argc, char **argv);
/* Sentences on files that are still to come or to go. */
void evidence_say(struct cli *c, const struct files_standing *s);
json_t *evidence_json(const struct files_standing *s);

int work_record_kinds(struct cli *c, int argc, char **argv);
int work_record_fields(struct cli *c, int argc, char **argv);
int work_record_add(struct cli *c, int argc, char **argv);
int work_record_revise(struct cli *c, int argc, char **argv);
int work_record_withdraw(struct cli *c, int argc, char **argv);
int work_record_import(struct cli *c, int argc, char **argv);
int work_record_list(struct cli *c, int argc, char **argv);
int work_record_show(struct cli *c, int argc, char **argv);
int work_record_links(struct cli *c, int argc, char **argv);
struct record_type;
struct record_field;
json_t *work_kind_json(const struct record_type *t, const char *name);
void work_field_json(json_t *o, const struct record_field *f);
int work_tables_show(struct cli *c, int argc, char **argv);
int work_task_show(struct cli *c, int argc, char **argv);
int work_person_set(struct cli *c, int argc, char **argv);
int work_mapping_list(struct cli *c, int argc, char **argv);
int work_mapping_columns(struct cli *c, int argc, char **argv);
int work_mapping_preview(struct cli *c, int argc, char **argv);
int work_mapping_drop(struct cli *c, int argc, char **argv);
int work_person_list(struct cli *c, int argc, char **argv);
int work_person_duties(struct cli *c, int argc, char **argv);

int work_due(struct cli *c, int argc, char **argv);
int work_due_kinds(struct cli *c, int argc, char **argv);
int work_due_within(struct cli *c, int argc, char **argv);
int work_calendar_import(struct cli *c, int argc, char **argv);
int work_calendar_show(struct cli *c, int argc, char **argv);
int work_calendar_due(struct cli *c, int argc, char **argv);
int work_visit_list(struct cli *c, int argc, char **argv);

int work_figures(struct cli *c, int argc, char **argv);
int work_figure_rows(struct cli *c, int argc, char **argv);
/* "figure.on-time" of "figure.%s" and "on_time", in words. Returns out. */
#define FIGURE_WORD 240
const char *work_figure_word(const struct cli *c, char out[FIGURE_WORD], const char *fmt,
                             const char *name);
QN_MUST_USE enum qn_code work_figure_find(unsigned *out, const char *code, struct qn_err *err);
json_t *work_heads_json(const struct figure_heads *heads);
void work_heads_say(struct cli *c, const struct figure_heads *heads, bool all);

int work_report_make(struct cli *c, int argc, char **argv);
int work_report_list(struct cli *c, int argc, char **argv);
int work_report_show(struct cli *c, int argc, char **argv);
int work_report_check(struct cli *c, int argc, char **argv);

int work_sample_number(struct cli *c, int argc, char **argv);
int work_sample_numbers(struct cli *c, int argc, char **argv);
int work_sample_reveal(struct cli *c, int argc, char **argv);
int work_sample_check(struct cli *c, int argc, char **argv);
int work_sample_summary(struct cli *c, int argc, char **argv);
int work_sample_next(struct cli *c, int argc, char **argv);
int work_sample_show(struct cli *c, int argc, char **argv);
int work_sample_test(struct cli *c, int argc, char **argv);
int work_sample_proposal(struct cli *c, int argc, char **argv);

int work_clue_again(struct cli *c, int argc, char **argv);

void work_name(char out[80], const char *office, int64_t id); /* "140602:1-45-0" */

void work_print_json(struct cli *c, json_t *o); /* takes o */
QN_MUST_USE enum qn_code work_path(struct cli *c, char room[1024], const char **path,
                                   struct qn_err *err);

/* What a photo shows, in words; a word that is not known as it is. Returns out. */
#define PHOTO_KIND 64
const char *work_photo_kind(const struct cli *c, char out[PHOTO_KIND], const char *kind);
#endif
