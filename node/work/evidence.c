#include "node/work/evidence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/store/clock.h"
#include "node/store/duty.h"
#include "node/store/file.h"
#include "node/work/record.h"
#include "node/work/result.h"
#include "protocol/wire.h"

/* "gate.jpg:gate", "x.png:signature:张三" -> the path, the kind, and what is written of this one file, NULL: nothing. A colon
 * that no kind follows belongs to the name.                                                                        */
static enum qn_code photo_path(char path[FILE_PATH_MAX], const char **kind, const char **note,
                               const char *photo, struct qn_err *err)
{
    static const char *const kinds[] = {"process", "gate",  "document", "signature", "storage",
                                        "label",   "stock", "seal",     "place"};
    size_t n = strlen(photo);
    *kind = kinds[0];
    *note = NULL;
    for (size_t at = n; at-- > 0 && n == strlen(photo);)
        for (size_t i = 0; photo[at] == ':' && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
            size_t len = strlen(kinds[i]);
            const char *end = photo + at + 1 + len;
            if (strncmp(photo + at + 1, kinds[i], len) != 0 || (*end && *end != ':'))
                continue;
            *kind = kinds[i];
            *note = *end && end[1] ? end + 1 : NULL;
            n = at;
        }
    if (snprintf(path, FILE_PATH_MAX, "%.*s", (int)n, photo) >= FILE_PATH_MAX)
        return qn_fail(err, QN_LIMIT, "file.path-too-long", "path=%s", photo);
    return QN_OK;
}

/* What the registry would refuse at the end is told here by the clerk's own field. */
static enum qn_code put_row(struct act *a, const struct qn_row *row, struct qn_err *err)
{
    for (unsigned c = 0; c < row->table->ncols; c++)
        if (row->col[c].type == QN_TEXT && row->col[c].s.n > row->table->col[c].max)
            return qn_fail(err, QN_MALFORMED, "work.too-long", "column=%s|max=%u",
                           row->table->col[c].name, row->table->col[c].max);
    return act_put(a, row, err);
}

/* SPEC sampling-27: "its digest is the one that the sheet has for what it shows" */
static enum qn_code check_photo(const struct record_draft *sheet, const char *kind,
                                const struct vault_file *file, struct qn_err *err)
{
    char field[40], hex[2 * QN_HASH + 1];
    snprintf(field, sizeof(field), "photo_%s", kind);
    qn_hex(hex, file->sha256, QN_HASH);
    if (!record_field(sheet->type, field) || strcmp(record_text(sheet, field), hex) != 0)
        return qn_fail(err, QN_DENIED, "sampling.photo", "value=%s|digest=%.16s",
                       record_text(sheet, "sheet_no"), hex);
    return QN_OK;
}

/* sheet: of a product sample, what its photographs must be; else NULL. */
static enum qn_code put_rows(struct act *a, const struct evidence_put *o,
                             const struct record_draft *sheet, struct qn_err *err)
{
    enum qn_code rc = QN_OK;
    for (unsigned i = 0; !rc && i < o->n; i++) {
        QN_AUTO(vault_file) struct vault_file file = {.size = 0};
        char path[FILE_PATH_MAX];
        const char *kind, *note;
        struct qn_row row;
        rc = photo_path(path, &kind, &note, o->photo[i], err);
        if (!rc)
            rc = files_keep(&file, a->st, path, err);
        if (!rc && sheet)
            rc = check_photo(sheet, kind, &file, err);
        if (rc)
            return rc;
        row_start(&row, a, "evidence", act_id(a), 1);
        row_int(&row, "inspection_id", o->inspection);
        row_text(&row, "kind", kind);
        row_blob(&row, "digest", file.sha256, QN_HASH);
        row_int(&row, "size", (int64_t)file.size);
        row_text(&row, "captured_on", o->captured_on);
        row_text(&row, "note", note ? note : o->note);
        row_text(&row, "acted_by", o->by);
        row_text(&row, "media", file.media);
        row_blob(&row, "tree", file.tree, QN_HASH);
        rc = put_row(a, &row, err);
    }
    return rc;
}

enum qn_code evidence_put(struct act *a, const struct evidence_put *o, struct qn_err *err)
{
    return put_rows(a, o, NULL, err);
}

enum qn_code evidence_add(struct store *st, const char *result, const struct evidence_put *o,
                          struct qn_err *err)
{
    const struct keys *keys;
    char office[QN_CODE_MAX + 1], now[20];
    struct evidence_put put = *o;
    const struct duty *duty = duty_of(DUTY_EVIDENCE);
    bool found, of_sample = false, of_follow_up = false;
    clock_local(st, now);
    enum qn_code rc = store_signer(st, &keys, err);
    if (!rc)
        rc = result_name(result, office, &put.inspection, err);
    if (!rc && strcmp(office, store_self(st)->office) != 0)
        rc = qn_fail(err, QN_DENIED, "result.not-ours", "result=%s|office=%s", result, office);
    if (!rc && !(o->by && *o->by))
        rc = qn_fail(err, QN_MALFORMED, "result.by", "");
    if (rc)
        return rc;
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_WORK_INSPECTION_NEWEST);
        q_bind_text(&q, office);
        q_bind_int(&q, put.inspection);
        found = q_step(&q) && q_int(&q, 0) > 0;
        rc = query_end(&q, err);
    }
    QN_AUTO(record_draft) struct record_draft sheet = {0};
    if (!rc && !found) {
        struct qn_err why;
        rc = record_load(&sheet, st, record_type("sample"), office, put.inspection, 0, &why);
        of_sample = rc == QN_OK;
        if (rc == QN_ABSENT) {
            QN_AUTO(record_draft) struct record_draft follow = {0};
            rc =
                record_load(&follow, st, record_type("follow_up"), office, put.inspection, 0, &why);
            of_follow_up = rc == QN_OK;
        }
        if (rc == QN_ABSENT)
            rc = qn_fail(err, QN_ABSENT, "result.unknown", "result=%s", result);
        else if (rc)
            *err = why;
    }
    if (!rc && (of_sample || of_follow_up))
        duty = duty_of(of_sample ? DUTY_SHEET_EVIDENCE : DUTY_FOLLOW_UP_EVIDENCE);
    if (rc)
        return rc;
    put.captured_on = o->captured_on && *o->captured_on ? o->captured_on : now;
    QN_AUTO(act) struct act a = {0};
    rc = act_begin(&a, st, duty, o->by, QN_KIND_RESULT, QN_LANE_RESULT, err);
    if (!rc)
        rc = act_part(&a, QN_SYSTEM, QN_TO_OFFICE, NULL, err);
    if (!rc)
        rc = put_rows(&a, &put, of_sample ? &sheet : NULL, err);
    return rc ? rc : act_commit(&a, NULL, NULL, err);
}

/* ---- checked --------------------------------------------------------------------------------------------------- */

#define PAGE 500

struct claim {
    struct qn_file_name name;
    unsigned offices; /* that make it */
    bool here;
};
struct checking {
    struct store *st;
    struct evidence_verified *out;
    const struct qn_report *report;
    struct claim *page;
};

static enum qn_code read_page(struct checking *k, const uint8_t from[QN_HASH], size_t *n,
                              struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(k->st, SQL_FILES_DIGESTS);
    q_bind_blob(&q, from, QN_HASH);
    for (*n = 0; *n < PAGE && q_step(&q);) {
        struct claim *c = &k->page[*n];
        *c = (struct claim){.name = {.size = (uint64_t)q_int(&q, 2)}};
        if (q_span(&q, 0).n != QN_HASH || q_span(&q, 1).n != QN_HASH ||
            !qn_text_copy(c->name.office, sizeof(c->name.office), q_span(&q, 3)))
            continue;
        memcpy(c->name.sha256, q_span(&q, 0).p, QN_HASH);
        memcpy(c->name.tree, q_span(&q, 1).p, QN_HASH);
        c->here = q_int(&q, 4) == FILES_HERE;
        c->offices = (unsigned)q_int(&q, 5);
        ++*n;
    }
    return query_end(&q, err);
}

static enum qn_code check_claim(struct checking *k, const struct claim *c, struct qn_err *err)
{
    QN_AUTO(vault_file) struct vault_file f = {.size = 0};
    struct qn_err why;
    char hex[2 * QN_HASH + 1];
    qn_hex(hex, c->name.sha256, QN_HASH);
    enum qn_code rc = vault_measure(&f, store_dir(k->st), c->name.sha256, &why);
    if (rc == QN_NOMEM) {
        if (err)
            *err = why;
        return rc;
    }
    bool same = !rc && memcmp(f.sha256, c->name.sha256, QN_HASH) == 0;
    if (same && f.size == c->name.size && memcmp(f.tree, c->name.tree, QN_HASH) == 0) {
        k->out->sound++;
        k->out->bytes += f.size;
        /* A database that was made again finds its files; of bytes that two offices name it is not known who brought them. */
        if (c->here || c->offices != 1)
            return QN_OK;
        k->out->found++;
        return files_came(k->st, &c->name, &f, false, err);
    }
    if (!c->here ||
        same) { /* a row whose tree or size is not the file's: nothing is wrong with the file */
        k->out->missing++;
        return QN_OK;
    }
    if (rc == QN_ABSENT) {
        k->out->missing++;
        qn_say(k->report, "evidence.gone", "digest=%s", hex);
    } else {
        k->out->damaged++;
        qn_say(k->report, "evidence.damaged", "digest=%s|why=%s", hex, rc ? why.id : "files.whole");
        rc = vault_set_aside(store_dir(k->st), c->name.sha256, &why);
        if (rc)
            qn_say(k->report, why.id, "%s", why.args);
    }
    return files_lost(k->st, c->name.sha256, err);
}

static enum qn_code see(void *ctx, const uint8_t *sha256, const char *name, uint64_t size,
                        struct qn_err *err)
{
    struct checking *k = ctx;
    bool named = false;
    (void)size;
    if (sha256) {
        QN_AUTO(query) struct query q = query_start(k->st, SQL_FILES_NAMED);
        q_bind_blob(&q, sha256, QN_HASH);
        named = q_step(&q);
        enum qn_code rc = query_end(&q, err);
        if (rc || named)
            return rc;
    }
    k->out->orphans++;
    qn_say(k->report, "evidence.orphan", "path=%s", name);
    return QN_OK;
}

enum qn_code evidence_verify(struct store *st, struct evidence_verified *out,
                             const struct qn_report *report, struct qn_err *err)
{
    uint8_t from[QN_HASH] = {0};
    size_t n = PAGE;
    *out = (struct evidence_verified){0};
    struct checking k = {st, out, report, calloc(PAGE, sizeof(*k.page))};
    enum qn_code rc = k.page ? files_look(st, err) : qn_fail(err, QN_NOMEM, "base.no-memory", "");
    while (!rc && n == PAGE) {
        rc = read_page(&k, from, &n, err);
        QN_AUTO(tx) struct tx tx = {0};
        if (!rc && n)
            rc = tx_begin(&tx, st, err);
        for (size_t i = 0; !rc && i < n; i++)
            rc = check_claim(&k, &k.page[i], err);
        if (!rc && n)
            rc = tx_commit(&tx, err);
        if (n)
            memcpy(from, k.page[n - 1].name.sha256, QN_HASH);
        qn_say(report, "evidence.verifying", "count=%llu|bytes=%llu",
               (unsigned long long)out->sound, (unsigned long long)out->bytes);
    }
    free(k.page);
    if (!rc)
        rc = vault_walk(store_dir(st), see, &k, err);
    char now[24];
    snprintf(now, sizeof(now), "%llu", (unsigned long long)clock_now_ms(st));
    return rc ? rc : store_set(st, "evidence-verified", now, err);
}

uint64_t evidence_last_verified(struct store *st)
{
    char text[24];
    return store_get(st, "evidence-verified", text, sizeof(text)) ? strtoull(text, NULL, 10) : 0;
}

/* ---- copied out -------------------------------------------------------------------------------------------------- */

enum qn_code evidence_find(uint8_t sha256[QN_HASH], struct store *st, const char *digest,
                           struct qn_err *err)
{
    char upper[2 * QN_HASH + 1] = "";
    size_t n = strlen(digest);
    bool hex = n >= 8 && n <= 2 * QN_HASH;
    for (size_t i = 0; hex && i < n; i++) {
        hex = (digest[i] >= '0' && digest[i] <= '9') || (digest[i] >= 'a' && digest[i] <= 'f');
        upper[i] = digest[i] >= 'a' ? (char)(digest[i] - 'a' + 'A') : digest[i];
    }
    if (!hex)
        return qn_fail(err, QN_MALFORMED, "evidence.digest", "value=%.80s", digest);
    unsigned found = 0;
    QN_AUTO(query) struct query q = query_start(st, SQL_FILES_LIKE);
    q_bind_text(&q, upper);
    while (found < 2 && q_step(&q))
        if (q_span(&q, 0).n == QN_HASH && !found++)
            memcpy(sha256, q_span(&q, 0).p, QN_HASH);
    enum qn_code rc = query_end(&q, err);
    if (!rc && !found)
        rc = qn_fail(err, QN_ABSENT, "evidence.unknown", "value=%s", digest);
    if (!rc && found > 1)
        rc = qn_fail(err, QN_CONFLICT, "evidence.several", "value=%s", digest);
    return rc;
}

enum qn_code evidence_read(struct qn_buf *out, const char *dir, const uint8_t sha256[QN_HASH],
                           size_t max, struct qn_err *err)
{
    uint64_t size;
    int fd;
    uint8_t found[QN_HASH];
    char hex[2 * QN_HASH + 1];
    qn_hex(hex, sha256, QN_HASH);
    enum qn_code rc = vault_open(&fd, &size, dir, sha256, err);
    if (rc)
        return rc;
    qn_buf_init(out, max);
    uint8_t *to = size <= max ? qn_buf_room(out, (size_t)size) : NULL;
    rc = to           ? vault_read(fd, 0, to, (size_t)size, err)
         : size > max ? qn_fail(err, QN_LIMIT, "file.too-long", "path=%s|max=%zu", hex, max)
                      : qn_buf_check(out, err);
    close(fd);
    struct qn_span all = qn_buf_span(out);
    if (!rc)
        wire_sha256(found, &all, 1);
    if (!rc && memcmp(found, sha256, QN_HASH) != 0)
        rc = qn_fail(err, QN_UNVERIFIED, "evidence.not-whole", "path=%s", hex);
    if (rc)
        qn_buf_release(out);
    return rc;
}

enum qn_code evidence_export(struct store *st, const uint8_t sha256[QN_HASH], const char *path,
                             struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf bytes = {0};
    char about[sizeof("evidence ") + 2 * QN_HASH] = "evidence ";
    qn_hex(about + strlen(about), sha256, QN_HASH);
    enum qn_code rc = evidence_read(&bytes, store_dir(st), sha256, QN_FILE_MAX, err);
    if (!rc)
        rc = duty_act(st, duty_of(DUTY_EXPORT), NULL, about, err);
    return rc ? rc : file_write(path, qn_buf_span(&bytes), 0600, false, err);
}
