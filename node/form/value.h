/* value.h - what stands in a form: records followed from one to the next, and their values as people read them.
 *
 * A path is followed from a record, step by step, divided by "/":
 *   sample              the record that the field `sample` names
 *   plan>plan           the same where the kind has no such field: column plan_id, a record of kind or table `plan`
 *   <objection:report   the records of kind `objection` whose `report` is this record, in the order they were written
 *   <item_result:inspection=    likewise, of this very revision only (visits-11)
 *   <sampling_quota:task?sampling_lab   likewise, with the same `sampling_lab` as the record the form is of
 *   object_id@object:object_id   the newest row of the table `object` whose `object_id` is this record's `object_id`
 * The last step of a value is a field. "#" is the number of the line, "@maker", "@number", "@date" the document's, "@self" the office
 * that makes it.
 * "PATH;PATH" is the first of them that has a value.
 * Several values stand one below the other, within a sentence one behind the other; a reference is shown by what the other record is called.
 *
 * Every row that a value was read from is remembered: they are what the digest covers (forms-3).             */
#ifndef QIAN_NODE_FORM_VALUE_H
#define QIAN_NODE_FORM_VALUE_H

#include "node/form/template.h"
#include "node/work/record.h"

struct form_ref {
    char kind[32]; /* of record, or a table that is none */
    char office[QN_CODE_MAX + 1];
    int64_t id, rev;
};
struct form_refs {
    struct form_ref *at; /* owned */
    size_t n, cap;
};
void form_refs_release(struct form_refs *r);
static inline void form_refs_auto(struct form_refs *r)
{
    form_refs_release(r);
}

struct form_reader {
    struct store *st;
    struct form_ref root; /* the record the form is of */
    /* Rows of this office are read as they stood at this size of its log. */
    char office[QN_CODE_MAX + 1];
    uint16_t epoch;
    uint64_t size;
    bool newest;      /* that is the log as it is here: nothing is to be left out */
    bool public_only; /* QN_DENIED "form.not-public" for any other table */
    bool withdrawn;   /* the record the form is of */
    bool sentence;    /* several values are joined by 、 */
    bool short_days;  /* 2025-11-10 instead of 2025年11月10日 */
    unsigned line;    /* of "#" */
    const char *maker, *number, *date, *self; /* self: the office whose node makes it */
    struct form_refs seen;                    /* rows by table, each perhaps many times */
    struct qn_buf extra;                      /* lines of what was counted, not read from one row */
};
void form_reader_release(struct form_reader *r);
static inline void form_reader_auto(struct form_reader *r)
{
    form_reader_release(r);
}

QN_MUST_USE enum qn_code form_refs_add(struct form_refs *r, const struct form_ref *ref,
                                       struct qn_err *err);
/* Sets rev to the newest revision that is to be read; QN_ABSENT "records.absent" when there is none. */
QN_MUST_USE enum qn_code form_newest(struct form_reader *r, struct form_ref *ref, bool *withdrawn,
                                     struct qn_err *err);
/* The records at the end of a path of steps, without a field. */
QN_MUST_USE enum qn_code form_follow(struct form_refs *out, struct form_reader *r,
                                     const struct form_ref *from, struct qn_span path,
                                     struct qn_err *err);
/* Puts the value of one path; nothing when it is empty. */
QN_MUST_USE enum qn_code form_value(struct qn_buf *out, struct form_reader *r,
                                    const struct form_ref *from, struct qn_span path,
                                    struct qn_err *err);
/* A text with {PATH} in it, without markup; *empty: no path of it had a value. */
QN_MUST_USE enum qn_code form_text(struct qn_buf *out, struct form_reader *r,
                                   const struct form_ref *from, struct qn_span text, bool *empty,
                                   struct qn_err *err);
/* The next piece of a text with {PATH~WORDS WHEN EMPTY} in it: words, or a path. false at the end. */
struct form_bit {
    struct qn_span words, path, otherwise; /* path.p NULL: words */
};
bool form_bit(struct qn_span *rest, struct form_bit *out);
/* Puts records in the order of a value, numbers in it by their size; those with the same stay as they stand. */
QN_MUST_USE enum qn_code form_sort(struct form_refs *refs, struct form_reader *r,
                                   struct qn_span text, struct qn_err *err);
/* The kind of record to which a path of steps leads; false: nowhere. */
bool form_leads(char to[32], const struct qn_registry *reg, const char *from, struct qn_span path);
/* What may be ticked in an empty form where the text is one field with words to choose from, of a record of kind `from`:
 * "□生产领域　□流通领域". Nothing for any other text.                                                       */
void form_choices(struct qn_buf *out, const struct qn_registry *reg, const char *from,
                  struct qn_span text);
#endif
