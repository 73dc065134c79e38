/* record.h - the office's records: what each kind is made of, who may write it, what must hold, in one table.
 *                                                                            Spec: protocol/spec/records.md
 * A kind is data (struct record_type): its travelling tables, its fields, the roles that may write it, and one function
 * for what no table can say. Everything else is here once: reading what a person typed, references to other records,
 * required and fixed fields, revision and withdrawal, the act. The command line, imports, forms and the office's pages
 * are made from the same table, so none of them can know a field that another does not.
 *
 * A draft holds every value as text in its one form; a revision begins with the values that stand.
 * Ownership: QN_AUTO(record_draft); texts that it lends are valid until the next record_set.                      */
#ifndef QIAN_NODE_WORK_RECORD_H
#define QIAN_NODE_WORK_RECORD_H

#include "node/store/act.h"
#include "node/store/person.h"

#define RECORD_FIELDS 40
#define RECORD_TABLES 3     /* public, system and restricted fields of one record stand apart */
#define RECORD_TEXT   65536 /* bytes of all values of one record */
#define RECORD_REASON 400   /* of a revision, registry */
#define RECORD_STATE  24

enum field_kind {
    FIELD_TEXT,   /* one line */
    FIELD_LINES,  /* several */
    FIELD_DATE,   /* YYYY-MM-DD */
    FIELD_TIME,   /* YYYY-MM-DDTHH:MM:SS, of UTC+8 */
    FIELD_NUMBER, /* decimal, least to most */
    FIELD_WORD, /* one of `of`: "signed|refused"; with FIELD_MANY several, in that order, joined by commas */
    FIELD_CODES,  /* codes of the list `of`, joined by commas; one code unless FIELD_MANY */
    FIELD_OFFICE, /* code of an office known here */
    FIELD_OBJECT, /* object id (roster.h) */
    FIELD_RECORD, /* another record, of the kind `of`: "OFFICE:1-7-0", or "1-7-0" of this office */
    FIELD_DIGEST, /* SHA-256, lower-case hex */
    FIELD_INSPECTORS, /* of this office by id or name, `least` or more, each valid on the day of the field `of`
                         (NULL: on whatever day); kept as "id name;id name" */
    FIELD_STAFF, /* of labs that this office entrusts (lab_person), by record, staff number or name; else likewise */
};
enum field_flag {
    FIELD_MUST = 1,  /* never empty */
    FIELD_FIXED = 2, /* of the first revision: says what the record is about */
    FIELD_MANY = 4,
    FIELD_LOOSE = 8, /* of FIELD_RECORD: the record need not be here yet */
    FIELD_DONE = 16, /* a day or time of what has happened: never ahead of the day of the record */
};
/* The column has the field's name; of FIELD_RECORD there are NAME_id, and NAME_office and NAME_rev where the table has
 * them. Label: field.<kind>.<name>, else field.<name>, with hyphens. Words: word.<name>.<word>, codes: their table.    */
struct record_field {
    const char *name;
    enum field_kind kind;
    unsigned flags;
    const char *of;
    int64_t least, most; /* of a number; 0, 0: whatever the column holds */
};

/* Whom the parts of a record are addressed to. */
enum record_reach {
    REACH_UP,      /* this office; so those above it too */
    REACH_SUBTREE, /* all below this office */
    REACH_PARENT,
    REACH_FIELD, /* the office that the field `reach_field` names or is a record of */
};
struct record_draft;
struct record_type {
    const char *name; /* "correction_order": record.correction-order says it in words */
    const char *table[RECORD_TABLES];
    const char *
        journal; /* of a kind whose tables are all public: where it is told, to this office and those above, who
                            acted (records-16); else NULL */
    enum qn_kind kind;
    unsigned roles; /* any of them may write it */
    const char *
        command; /* by which alone it is written, as "result record"; NULL: qian record add, revise … */
    enum record_reach reach;
    const char
        *reach_field; /* "report.sample.county": of the record that is named there, and so on */
    bool
        published; /* all of it is public and is released with the act that writes it (draw-texts, RELEASE) */
    const char *
        called; /* the field by which others of this office may name a record instead of its number; NULL */
    const char *
        within; /* a reference by which such names are told apart, where the other record has it too; NULL */
    unsigned
        shown_to; /* roles that see what is personal in it beside those of records-18's first: they name its persons */
    /* By what stands in no row (a blind number): QN_ABSENT when there is none. NULL: no such names.                  */
    enum qn_code (*find)(struct store *st, const char *called, int64_t *id, struct qn_err *err);
    /* Of a kind that says of each row of a list that it was dealt with: the field that a person fills in, and the
     * reference that the list gives, where several rows of it are one thing. An import passes over rows where the former
     * is blank. NULL: none.                                                                                          */
    const char *ticked, *ticks;
    /* The own record that says the same already, 0 when there is none: what comes again is no second one. NULL: an
     * import takes each row without a number as a new record.                                                        */
    enum qn_code (*held)(const struct record_draft *d, int64_t *id, struct qn_err *err);
    unsigned nfields;
    const struct record_field *field;
    /* "conclusion|lab|…" of a kind that ends with its first field: once that is filled none of these changes any more, and the
     * record is not withdrawn (records-32). NULL: none. */
    const char *settled;
    /* What must hold between fields, and of other records; NULL: nothing more. */
    enum qn_code (*check)(const struct record_draft *d, struct qn_err *err);
    /* What must hold for it to be withdrawn, beyond that nothing names it (records-19); NULL: nothing more. */
    enum qn_code (*withdraw)(const struct record_draft *d, struct qn_err *err);
    /* record_state, where one statement cannot say it; NULL: record_state.c knows. */
    enum qn_code (*state)(char out[RECORD_STATE], struct store *st, const char *office, int64_t id,
                          struct qn_err *err);
};
/* NULL when there is no such kind. All of them, by number; NULL behind the last. */
const struct record_type *record_type(const char *name);
const struct record_type *record_type_at(unsigned i);
const struct record_field *record_field(const struct record_type *t, const char *name);

struct record_value {
    size_t at, n;   /* in the draft's text; n 0: empty */
    int64_t number; /* FIELD_NUMBER; the id of FIELD_RECORD */
    int64_t rev;    /* of FIELD_RECORD: the current one, 0 when it is not here */
};
struct record_draft {
    struct store *st;
    const struct record_type *type;
    const char *by, *reason;
    int64_t id, rev; /* id 0: not written yet; rev: that will be written */
    bool withdrawn;
    char now[20], today[11];
    struct record_value value[RECORD_FIELDS],
        before[RECORD_FIELDS]; /* before: of the revision before, if any */
    struct qn_buf text;
};
void record_draft_auto(struct record_draft *d);
/* by: who acts. QN_DENIED "person.role" when the person may not. */
QN_MUST_USE enum qn_code record_start(struct record_draft *d, struct store *st,
                                      const struct record_type *t, const char *by,
                                      struct qn_err *err);
/* Of this office's own record. reason is required (tables-2). QN_ABSENT "records.absent", QN_DENIED "records.not-own",
 * "records.withdrawn", "records.once". */
QN_MUST_USE enum qn_code record_revise(struct record_draft *d, struct store *st,
                                       const struct record_type *t, const char *name,
                                       const char *by, const char *reason, struct qn_err *err);
/* seen: the revision that the corrector looked at, 0 for whichever. QN_CONFLICT "records.moved" when another stands. */
QN_MUST_USE enum qn_code record_seen(const struct record_draft *d, const char *name, unsigned seen,
                                     struct qn_err *err);
/* text "" empties the field. Errors name field and rule: "records.field", "value.date", "value.word" … */
QN_MUST_USE enum qn_code record_set(struct record_draft *d, const char *field, struct qn_span text,
                                    struct qn_err *err);
/* A reference to a record that this same act has written. */
QN_MUST_USE enum qn_code record_refer(struct record_draft *d, const char *field,
                                      const struct record_draft *to, struct qn_err *err);
/* Checks all and puts the rows into an act of several records. */
QN_MUST_USE enum qn_code record_put(struct record_draft *d, struct act *a, struct qn_err *err);
/* An act of this one record. */
QN_MUST_USE enum qn_code record_write(struct record_draft *d, struct qn_err *err);
/* The act of record_put ends: signed, committed, and released where the kind is published. Inside a transaction, so that
 * there is never the one without the other. */
QN_MUST_USE enum qn_code record_commit(struct act *a, const struct record_type *t,
                                       struct qn_err *err);
QN_MUST_USE enum qn_code record_act(struct act *a, struct store *st, const struct record_type *t,
                                    const char *by, struct qn_err *err);
/* What writing the kind is, among all that is done in an office. */
struct duty record_duty(const struct record_type *t);

/* For checks: "" and 0 when empty. The name must be a field of the kind. */
const char *record_text(const struct record_draft *d, const char *field);
int64_t record_number(const struct record_draft *d, const char *field);
int64_t record_rev(const struct record_draft *d, const char *field); /* of FIELD_RECORD */
const char *record_was(const struct record_draft *d, const char *field);
/* For `withdraw`: no record of the office that stands refers to it. Of kinds of the results this is asked of all. */
QN_MUST_USE enum qn_code record_unreferred(const struct record_draft *d, struct qn_err *err);
/* "OFFICE:1-7-0", or "1-7-0" of this office. */
QN_MUST_USE enum qn_code record_name(const char *name, struct store *st,
                                     char office[QN_CODE_MAX + 1], int64_t *id, struct qn_err *err);
void record_name_text(char out[80], const char *office, int64_t id);
/* The current values of any office's record, rev 0 for the newest, as a draft that is only read. */
QN_MUST_USE enum qn_code record_load(struct record_draft *d, struct store *st,
                                     const struct record_type *t, const char *office, int64_t id,
                                     int64_t rev, struct qn_err *err);
/* How far it has come, computed from the office's rows and the answers of others, never stored: "closed". "" for a
 * kind without states. state.<kind>.<word> says it.                                                              */
QN_MUST_USE enum qn_code record_state(char out[RECORD_STATE], struct store *st,
                                      const struct record_type *t, const char *office, int64_t id,
                                      struct qn_err *err);
#endif
