/* forms.h - the spreadsheets that are imported, for help: the columns are those that the importers read by. */
#ifndef QIAN_NODE_WORK_FORMS_H
#define QIAN_NODE_WORK_FORMS_H

#include "node/sheet/sheet.h"

struct sheet_form {
    const char *command, *title; /* "roster import --objects"; catalogue id */
    const struct sheet_column *columns;
    size_t n;
};
#define ROSTER_FORMS 3
#define REGISTER_FORMS 2
#define CODE_FORMS   3
extern const struct sheet_form roster_forms[ROSTER_FORMS], register_forms[REGISTER_FORMS], code_forms[CODE_FORMS], plan_form,
    scope_form, result_form, given_form;

#endif
