#include "node/store/files.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/store/clock.h"
#include "node/store/duty.h"
#include "node/store/internal.h"
#include "node/store/tree.h"

static void bind_name(struct query *q, const struct qn_file_name *n)
{
    q_bind_text(q, n->office);
    q_bind_blob(q, n->sha256, QN_HASH);
    q_bind_blob(q, n->tree, QN_HASH);
    q_bind_int(q, (int64_t)n->size);
}

/* From four columns; false of a row that names no file that could be. */
static bool read_name(struct qn_file_name *out, struct query *q, int col)
{
    struct qn_span sha256 = q_span(q, col + 1), tree = q_span(q, col + 2);
    int64_t size = q_int(q, col + 3);
    *out = (struct qn_file_name){.size = (uint64_t)size};
    if (sha256.n != QN_HASH || tree.n != QN_HASH || size < 1 || size > QN_FILE_MAX ||
        !qn_text_copy(out->office, sizeof(out->office), q_span(q, col)))
        return false;
    memcpy(out->sha256, sha256.p, QN_HASH);
    memcpy(out->tree, tree.p, QN_HASH);
    return true;
}

bool files_are_for(struct store *st, const char *office, const char *reader)
{
    /* SPEC files-2: "its author, and the offices above the author" */
    return strcmp(office, reader) == 0 || tree_is_above(st, reader, office);
}

/* ---- settings and counters ----------------------------------------------------------------------------------- */

static uint64_t number(struct store *st, const char *name, uint64_t usual)
{
    char text[24];
    return store_get(st, name, text, sizeof(text)) ? strtoull(text, NULL, 10) : usual;
}

static enum qn_code set_number(struct store *st, const char *name, uint64_t v, struct qn_err *err)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRIu64, v);
    return store_set(st, name, text, err);
}

void files_limits(struct store *st, struct files_limits *out)
{
    out->quota_mib = number(st, "files-quota", FILES_QUOTA_MIB);
    out->floor_mib = number(st, "files-floor", FILES_FLOOR_MIB);
}

enum qn_code files_set_limits(struct store *st, const struct files_limits *l, struct qn_err *err)
{
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = duty_act(st, duty_of(DUTY_SETTING), NULL, "evidence limits", err);
    if (!rc)
        rc = set_number(st, "files-quota", l->quota_mib, err);
    if (!rc)
        rc = set_number(st, "files-floor", l->floor_mib, err);
    return rc ? rc : tx_commit(&tx, err);
}

enum qn_code files_count(struct store *st, uint64_t came, uint64_t bytes, uint64_t twice,
                         uint64_t sent, struct qn_err *err)
{
    const struct {
        const char *name;
        uint64_t more;
    } counts[] = {
        {"files-came", came}, {"files-bytes", bytes}, {"files-twice", twice}, {"files-sent", sent}};
    enum qn_code rc = QN_OK;
    for (size_t i = 0; !rc && i < sizeof(counts) / sizeof(counts[0]); i++)
        if (counts[i].more)
            rc =
                set_number(st, counts[i].name, number(st, counts[i].name, 0) + counts[i].more, err);
    return rc;
}

/* ---- lines --------------------------------------------------------------------------------------------------- */

/* A line of a row that was just seen. A file of that digest in its place is taken for it only if it is this office's own:
 * what others sent is given to nobody on the word of a row (files-2).                                             */
static enum qn_code add_line(struct store *st, const struct qn_file_name *n, struct qn_err *err)
{
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_FILES_ADD);
        bind_name(&q, n);
        q_bind_int(&q, (int64_t)(clock_now_ms(st) + FILES_LATE_MS));
        enum qn_code rc = store_run(&q, err);
        if (rc || !st->has_self || strcmp(n->office, st->self.office) != 0)
            return rc;
    }
    struct files_line line;
    QN_AUTO(vault_file) struct vault_file f = {.size = 0};
    struct qn_err none;
    enum qn_code rc = files_find(&line, st, n, err);
    if (rc || line.state == FILES_HERE || vault_measure(&f, st->dir, n->sha256, &none) != QN_OK ||
        f.size != n->size || memcmp(f.sha256, n->sha256, QN_HASH) != 0 ||
        memcmp(f.tree, n->tree, QN_HASH) != 0)
        return rc;
    return files_came(st, n, &f, false, err);
}

enum qn_code files_look_anew(struct store *st, struct qn_err *err)
{
    return set_number(st, "files-seen", 0, err);
}

/* Rows are numbered as they come; where the last number is below what was seen, they are others. */
static enum qn_code seen_so_far(uint64_t *out, struct store *st, struct qn_err *err)
{
    uint64_t last = 0;
    QN_AUTO(query) struct query q = query_start(st, SQL_FILES_LAST);
    if (q_step(&q))
        last = (uint64_t)q_int(&q, 0);
    *out = number(st, "files-seen", 0);
    *out = *out > last ? 0 : *out;
    return query_end(&q, err);
}

enum qn_code files_look(struct store *st, struct qn_err *err)
{
    QN_AUTO(tx) struct tx tx = {0};
    uint64_t seen = 0, at;
    enum qn_code rc = seen_so_far(&seen, st, err);
    at = seen;
    for (bool more = true; !rc && more;) {
        struct {
            struct qn_file_name name;
            bool sound;
        } *page = malloc(1000 * sizeof(*page));
        size_t n = 0;
        if (!page)
            return qn_fail(err, QN_NOMEM, "base.no-memory", "");
        {
            QN_AUTO(query) struct query q = query_start(st, SQL_FILES_NEWS);
            q_bind_int(&q, (int64_t)at);
            for (; n < 1000 && q_step(&q); n++) {
                at = (uint64_t)q_int(&q, 0);
                page[n].sound = read_name(&page[n].name, &q, 1);
            }
            rc = query_end(&q, err);
        }
        if (!rc && n && !tx.open)
            rc = tx_begin(&tx, st, err);
        for (size_t i = 0; !rc && i < n; i++)
            rc = page[i].sound ? add_line(st, &page[i].name, err) : QN_OK;
        free(page);
        more = n == 1000;
    }
    if (!rc && at != seen)
        rc = set_number(st, "files-seen", at, err);
    return rc || !tx.open ? rc : tx_commit(&tx, err);
}

enum qn_code files_find(struct files_line *out, struct store *st, const struct qn_file_name *name,
                        struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_FILES_FIND);
    bind_name(&q, name);
    bool found = q_step(&q);
    if (found)
        *out = (struct files_line){(enum files_state)q_int(&q, 0), q_int(&q, 1) != 0,
                                   q_int(&q, 2) != 0};
    enum qn_code rc = query_end(&q, err);
    return rc || found ? rc : qn_fail(err, QN_ABSENT, "files.unknown", "office=%s", name->office);
}

enum qn_code files_leaves(struct qn_buf *out, struct store *st, const struct qn_file_name *name,
                          struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_FILES_LEAVES);
    bind_name(&q, name);
    if (q_step(&q))
        qn_put_span(out, q_span(&q, 0));
    enum qn_code rc = query_end(&q, err);
    return rc ? rc : qn_buf_check(out, err);
}

enum qn_code files_room(enum qn_fate_of_file *out, struct store *st,
                        const struct qn_file_name *name, struct qn_err *err)
{
    struct files_limits l;
    uint64_t used = 0, room;
    struct qn_err none;
    files_limits(st, &l);
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_FILES_ROOM);
        q_bind_text(&q, name->office);
        if (q_step(&q))
            used = (uint64_t)q_int(&q, 0);
        enum qn_code rc = query_end(&q, err);
        if (rc)
            return rc;
    }
    /* SPEC files-16: "The room of one office" */
    *out =
        used + name->size > l.quota_mib * FILES_MIB ? QN_FILE_QUOTA
        : vault_free(&room, st->dir, &none) != QN_OK || room < l.floor_mib * FILES_MIB + name->size
            ? QN_FILE_ROOM
            : QN_FILE_HERE;
    return QN_OK;
}

static enum qn_code run_named(struct store *st, enum sql id, const struct qn_file_name *name,
                              struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, id);
    bind_name(&q, name);
    return store_run(&q, err);
}

static enum qn_code run_numbered(struct store *st, enum sql id, const struct qn_file_name *name,
                                 int64_t v, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, id);
    bind_name(&q, name);
    q_bind_int(&q, v);
    return store_run(&q, err);
}

enum qn_code files_coming(struct store *st, const struct qn_file_name *name, struct qn_err *err)
{
    return run_named(st, SQL_FILES_COMING, name, err);
}

enum qn_code files_tell_again(struct store *st, const struct qn_file_name *name, struct qn_err *err)
{
    return run_named(st, SQL_FILES_TELL, name, err);
}

enum qn_code files_came(struct store *st, const struct qn_file_name *name,
                        const struct vault_file *f, bool tell, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_FILES_CAME);
    bind_name(&q, name);
    q_bind_int(&q, !tell);
    if (qn_file_pieces(f->size) > 1)
        q_bind_blob(&q, f->leaves.p, f->leaves.n);
    else
        q_bind_text(&q, NULL);
    return store_run(&q, err);
}

enum qn_code files_keep(struct vault_file *out, struct store *st, const char *path,
                        struct qn_err *err)
{
    struct files_limits l;
    struct qn_file_name name = {.size = 0};
    files_limits(st, &l);
    enum qn_code rc = vault_import(out, st->dir, path, l.floor_mib * FILES_MIB, err);
    if (rc)
        return rc;
    memcpy(name.office, st->self.office, sizeof(name.office));
    memcpy(name.sha256, out->sha256, QN_HASH);
    memcpy(name.tree, out->tree, QN_HASH);
    name.size = out->size;
    rc = run_numbered(st, SQL_FILES_ADD, &name, 0, err);
    return rc ? rc : files_came(st, &name, out, false, err);
}

enum qn_code files_lost(struct store *st, const uint8_t sha256[QN_HASH], struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_FILES_LOST);
    q_bind_blob(&q, sha256, QN_HASH);
    return store_run(&q, err);
}

enum qn_code files_told_above(struct store *st, const struct qn_file_name *name,
                              enum qn_fate_of_file fate, bool wanted, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_FILES_ABOVE);
    bind_name(&q, name);
    q_bind_int(&q, !wanted && fate == QN_FILE_HERE);
    q_bind_int(&q, fate);
    q_bind_int(&q, wanted);
    return store_run(&q, err);
}

/* ---- lists --------------------------------------------------------------------------------------------------- */

void files_list_release(struct files_list *l)
{
    free(l->name);
    *l = (struct files_list){NULL, 0};
}

static enum qn_code list_room(struct files_list *l, size_t max, struct qn_err *err)
{
    l->name = malloc((max ? max : 1) * sizeof(*l->name));
    return l->name ? QN_OK : qn_fail(err, QN_NOMEM, "base.no-memory", "");
}

enum qn_code files_turn(int64_t *out, struct store *st, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_FILES_TURN);
    *out = q_step(&q) ? q_int(&q, 0) : 0;
    return query_end(&q, err);
}

enum qn_code files_to_offer(struct files_list *out, struct store *st, int64_t turn, uint64_t bytes,
                            size_t max, struct qn_err *err)
{
    QN_AUTO(files_list) struct files_list l = {NULL, 0};
    int64_t last;
    uint64_t sum = 0;
    enum qn_code rc = list_room(&l, max, err);
    if (!rc)
        rc = files_turn(&last, st, err);
    if (rc)
        return rc;
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_FILES_TO_OFFER);
        q_bind_int(&q, turn);
        q_bind_int(&q, (int64_t)max);
        while (l.n < max && sum < bytes && q_step(&q))
            if (read_name(&l.name[l.n], &q, 0))
                sum += l.name[l.n++].size;
        rc = query_end(&q, err);
    }
    for (size_t i = 0; !rc && i < l.n; i++)
        rc = run_numbered(st, SQL_FILES_OFFERED, &l.name[i], ++last, err);
    if (rc)
        return rc;
    *out = l;
    l = (struct files_list){NULL, 0};
    return QN_OK;
}

enum qn_code files_to_ask(struct files_list *out, struct store *st, const char *below,
                          uint64_t bytes, size_t max, struct qn_err *err)
{
    QN_AUTO(files_list) struct files_list l = {NULL, 0};
    uint64_t now = clock_now_ms(st), sum = 0;
    enum qn_code rc = list_room(&l, max, err);
    if (rc)
        return rc;
    {
        /* A clock that was set back by years must not put all off for years. */
        QN_AUTO(query) struct query q = query_start(st, SQL_FILES_TO_ASK);
        q_bind_int(&q, (int64_t)now);
        q_bind_int(&q, (int64_t)(now + FILES_AGAIN_MS));
        q_bind_int(&q, 20000);
        while (l.n < max && sum < bytes && q_step(&q)) {
            struct qn_file_name *n = &l.name[l.n];
            if (read_name(n, &q, 0) &&
                (*below ? files_are_for(st, n->office, below) &&
                              !tree_is_above(st, below, st->self.office)
                        : q_int(&q, 4) || strcmp(n->office, st->self.office) == 0))
                sum += l.name[l.n++].size;
        }
        rc = query_end(&q, err);
    }
    for (size_t i = 0; !rc && i < l.n; i++)
        rc = run_numbered(st, SQL_FILES_ASKED, &l.name[i], (int64_t)(now + FILES_AGAIN_MS), err);
    if (rc)
        return rc;
    *out = l;
    l = (struct files_list){NULL, 0};
    return QN_OK;
}

enum qn_code files_to_tell(struct files_list *out, struct store *st, const char *below, size_t max,
                           struct qn_err *err)
{
    QN_AUTO(files_list) struct files_list l = {NULL, 0};
    enum qn_code rc = list_room(&l, max, err);
    if (rc)
        return rc;
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_FILES_TO_TELL);
        q_bind_int(&q, 20000);
        while (l.n < max && q_step(&q))
            if (read_name(&l.name[l.n], &q, 0) && files_are_for(st, l.name[l.n].office, below))
                l.n++;
        rc = query_end(&q, err);
    }
    for (size_t i = 0; !rc && i < l.n; i++)
        rc = run_named(st, SQL_FILES_TOLD, &l.name[i], err);
    if (rc)
        return rc;
    *out = l;
    l = (struct files_list){NULL, 0};
    return QN_OK;
}

enum qn_code files_page(struct files_list *out, struct store *st, const char *below,
                        const struct qn_file_name *from, size_t max, struct qn_err *err)
{
    QN_AUTO(files_list) struct files_list l = {NULL, 0};
    enum qn_code rc = list_room(&l, max, err);
    if (rc)
        return rc;
    QN_AUTO(query) struct query q = query_start(st, *below ? SQL_FILES_PAGE : SQL_FILES_PAGE_UP);
    bind_name(&q, from);
    q_bind_int(&q, *below ? INT64_MAX : (int64_t)max);
    while (l.n < max && q_step(&q))
        if (read_name(&l.name[l.n], &q, 0) && (!*below || strcmp(l.name[l.n].office, below) == 0 ||
                                               tree_is_above(st, below, l.name[l.n].office)))
            l.n++;
    rc = query_end(&q, err);
    if (rc)
        return rc;
    *out = l;
    l = (struct files_list){NULL, 0};
    return QN_OK;
}

enum qn_code files_ask_now(struct store *st, uint64_t *count, struct qn_err *err)
{
    *count = 0;
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_FILES_MISSING);
        if (q_step(&q))
            *count = (uint64_t)q_int(&q, 0);
        enum qn_code rc = query_end(&q, err);
        if (rc || !*count)
            return rc;
    }
    QN_AUTO(query) struct query q = query_start(st, SQL_FILES_ASK_NOW);
    return store_run(&q, err);
}

/* ---- forgetting, counting --------------------------------------------------------------------------------------- */

static enum qn_code forget(struct store *st, const struct qn_file_name *n, uint64_t *files,
                           uint64_t *bytes, bool here, struct qn_err *err)
{
    enum qn_code rc = run_named(st, SQL_FILES_DROP, n, err);
    bool others = false;
    if (!rc) {
        QN_AUTO(query) struct query q = query_start(st, SQL_FILES_OTHERS);
        q_bind_blob(&q, n->sha256, QN_HASH);
        others = q_step(&q);
        rc = query_end(&q, err);
    }
    if (!rc && !others)
        rc = vault_remove(st->dir, n->sha256, err);
    if (!rc)
        rc = vault_part_drop(st->dir, n, err);
    *files += here;
    *bytes += here ? n->size : 0;
    return rc;
}

enum qn_code files_forget_row(struct store *st, const char *office, const uint8_t sha256[QN_HASH],
                              struct qn_err *err)
{
    uint64_t files = 0, bytes = 0;
    enum qn_code rc = QN_OK;
    for (bool found = true; !rc && found;) {
        struct qn_file_name n = {.size = 0};
        {
            QN_AUTO(query) struct query q = query_start(st, SQL_FILES_UNNAMED);
            q_bind_text(&q, office);
            q_bind_blob(&q, sha256, QN_HASH);
            found = q_step(&q);
            if (found) {
                qn_text_copy(n.office, sizeof(n.office), qn_str(office));
                memcpy(n.sha256, sha256, QN_HASH);
                memcpy(n.tree, q_span(&q, 0).p, QN_HASH);
                n.size = (uint64_t)q_int(&q, 1);
            }
            rc = query_end(&q, err);
        }
        if (!rc && found)
            rc = forget(st, &n, &files, &bytes, true, err);
    }
    return rc ? rc : set_number(st, "files-seen", 0, err);
}

enum qn_code files_forget_office(bool *more, struct store *st, const char *office, unsigned max,
                                 uint64_t *files, uint64_t *bytes, struct qn_err *err)
{
    *files = *bytes = 0;
    bool found = true;
    enum qn_code rc = QN_OK;
    for (unsigned i = 0; !rc && found && i < max; i++) {
        struct qn_file_name n = {.size = 0};
        bool here = false;
        {
            QN_AUTO(query) struct query q = query_start(st, SQL_FILES_OF_OFFICE);
            q_bind_text(&q, office);
            found = q_step(&q);
            if (found) {
                qn_text_copy(n.office, sizeof(n.office), qn_str(office));
                memcpy(n.sha256, q_span(&q, 0).p, QN_HASH);
                memcpy(n.tree, q_span(&q, 1).p, QN_HASH);
                n.size = (uint64_t)q_int(&q, 2);
                here = q_int(&q, 3) == FILES_HERE;
            }
            rc = query_end(&q, err);
        }
        if (!rc && found)
            rc = forget(st, &n, files, bytes, here, err);
    }
    *more = found;
    return rc;
}

enum qn_code files_gone(uint64_t *gone, struct store *st, struct qn_err *err)
{
    *gone = 0;
    QN_AUTO(query) struct query q = query_start(st, SQL_FILES_HERE);
    while (q_step(&q)) {
        struct qn_err none;
        uint64_t size = 0;
        int fd = -1;
        if (q_span(&q, 0).n != QN_HASH)
            continue;
        bool same = vault_open(&fd, &size, st->dir, q_span(&q, 0).p, &none) == QN_OK &&
                    size == (uint64_t)q_int(&q, 1);
        if (fd >= 0)
            close(fd);
        *gone += !same;
    }
    return query_end(&q, err);
}

enum qn_code files_standing(struct files_standing *out, struct store *st, struct qn_err *err)
{
    char parent[QN_CODE_MAX + 1];
    struct files_standing s = {.came = number(st, "files-came", 0),
                               .came_bytes = number(st, "files-bytes", 0),
                               .twice = number(st, "files-twice", 0),
                               .sent_bytes = number(st, "files-sent", 0)};
    enum qn_code rc = files_look(st, err);
    if (rc)
        return rc;
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_FILES_STANDING);
        if (q_step(&q)) {
            s.named = (uint64_t)q_int(&q, 0);
            s.named_bytes = (uint64_t)q_int(&q, 1);
            s.here = (uint64_t)q_int(&q, 2);
            s.here_bytes = (uint64_t)q_int(&q, 3);
        }
        rc = query_end(&q, err);
    }
    if (!rc && st->has_self && tree_parent(st, st->self.office, parent)) {
        QN_AUTO(query) struct query q = query_start(st, SQL_FILES_UP);
        if (q_step(&q)) {
            s.up = (uint64_t)q_int(&q, 0);
            s.up_bytes = (uint64_t)q_int(&q, 1);
            s.over_quota = (uint64_t)q_int(&q, 2);
            s.over_room = (uint64_t)q_int(&q, 3);
        }
        rc = query_end(&q, err);
    }
    struct qn_err none;
    if (!rc && s.here < s.named && vault_parts(&s.coming_bytes, st->dir, &none) != QN_OK)
        s.coming_bytes = 0; /* what cannot be read has not come */
    if (!rc)
        *out = s;
    return rc;
}
