#include "node/work/rejects.h"

#include <stdio.h>
#include <string.h>

#include "node/store/file.h"

#define REJECTS_MAX (64u << 20) /* as long as a file that is read: CSV_FILE_MAX */

void rejects_init(struct rejects *r, enum text_lang lang)
{
    r->lang = lang;
    qn_buf_init(&r->text, REJECTS_MAX);
}

void rejects_add(struct rejects *r, const struct csv_row *raw, const struct qn_err *why)
{
    char reason[1200], line[24];
    text_error(reason, sizeof(reason), r->lang, why);
    if (!r->text.n) {
        qn_put_str(&r->text, "\xef\xbb\xbf退回行号,退回原因,");
        for (size_t i = 0; i < raw->headings; i++)
            csv_put(&r->text, raw->heading[i], i + 1 == raw->headings);
    }
    snprintf(line, sizeof(line), "%u", raw->line);
    csv_put(&r->text, line, false);
    csv_put(&r->text, reason, raw->n == 0);
    for (size_t i = 0; i < raw->n; i++)
        csv_put(&r->text, raw->cell[i], i + 1 == raw->n);
}

enum qn_code rejects_write(struct rejects *r, const char *given, const char *name,
                           const struct qn_report *report, struct qn_err *err)
{
    char path[FILE_PATH_MAX];
    const char *dot = strrchr(given, '.');
    size_t stem = dot && !strchr(dot, '/') ? (size_t)(dot - given) : strlen(given);
    if (!r->text.n)
        return QN_OK;
    enum qn_code rc = qn_buf_check(&r->text, err);
    if (!rc && snprintf(path, sizeof(path), "%.*s%s%s%s", (int)stem, given, name ? "-" : "",
                        name ? name : "", given + stem) >= (int)sizeof(path))
        rc = qn_fail(err, QN_LIMIT, "file.path-too-long", "path=%s", given);
    if (!rc)
        rc = file_write(path, qn_buf_span(&r->text), 0600, true, err);
    if (!rc)
        qn_say(report, "work.roster-rejects", "path=%s", path);
    r->text.n = 0;
    return rc;
}
