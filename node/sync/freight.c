#include "node/sync/freight.h"

#include <stdlib.h>
#include <string.h>

#include "node/store/tree.h"

enum qn_code freight_init(struct freight *f, struct store *st, struct qn_err *err)
{
    /* Not zeroed: a page is touched when a name is put there, and most streams carry none. */
    *f = (struct freight){.st = st,
                          .asked = malloc(FREIGHT_WANTS * sizeof(*f->asked)),
                          .wants = malloc(FREIGHT_WANTS * sizeof(*f->wants)),
                          .kept = malloc(FREIGHT_WANTS * sizeof(*f->kept))};
    if (f->asked && f->wants && f->kept)
        return QN_OK;
    freight_release(f);
    return qn_fail(err, QN_NOMEM, "base.no-memory", "");
}

void freight_release(struct freight *f)
{
    free(f->asked);
    free(f->wants);
    free(f->kept);
    *f = (struct freight){.st = NULL};
}

static void reply(struct freight *f, const struct qn_file_name *name, enum qn_fate_of_file fate)
{
    if (f->nkept < FREIGHT_WANTS)
        f->kept[f->nkept++] = (struct qn_kept){*name, fate};
}

void freight_move(struct freight *to, struct freight *from)
{
    for (size_t i = 0; i < from->nasked; i++) {
        size_t k = 0;
        while (k < to->nasked && !qn_file_name_eq(&to->asked[k].name, &from->asked[i].name))
            k++;
        if (k == FREIGHT_WANTS)
            break;
        to->asked[k] = from->asked[i];
        to->nasked += k == to->nasked;
    }
    for (size_t i = 0; i < from->nkept; i++)
        reply(to, &from->kept[i].name, from->kept[i].fate);
    from->nasked = from->nkept = 0;
}

static bool is_parent(struct freight *f, const char *office)
{
    char parent[QN_CODE_MAX + 1];
    return tree_parent(f->st, store_self(f->st)->office, parent) && strcmp(parent, office) == 0;
}

/* ---- what the other says ----------------------------------------------------------------------------------- */

static enum qn_code take_offer(struct freight *f, const char *from, struct qn_span payload,
                               struct qn_err *err)
{
    struct qn_file_name name;
    struct files_line line;
    struct qn_err none;
    enum qn_fate_of_file room = QN_FILE_ROOM;
    uint64_t have;
    enum qn_code rc = qn_offer_decode(&name, payload, err);
    /* SPEC files-15: "at most 1,024 WANTs and 1,024 OFFERs of one stream; the rest is skipped" */
    if (rc || f->offers++ >= FREIGHT_WANTS || !files_are_for(f->st, name.office, from) ||
        !tree_is_above(f->st, store_self(f->st)->office, from))
        return rc;
    rc = files_find(&line, f->st, &name, err);
    if (rc) /* SPEC files-12: "nothing for one that no row names" */
        return rc == QN_ABSENT ? QN_OK : rc;
    if (line.state == FILES_HERE) {
        reply(f, &name, QN_FILE_HERE);
        return QN_OK;
    }
    if (line.state == FILES_COMING)
        room = QN_FILE_HERE; /* it has its room */
    else if (!f->stopped)
        rc = files_room(&room, f->st, &name, err);
    if (!rc && !f->stopped && !room &&
        vault_part_size(&have, store_dir(f->st), &name, &none) != QN_OK)
        room = QN_FILE_ROOM;
    if (rc || f->stopped || room) {
        reply(f, &name, room ? room : QN_FILE_ROOM);
        return rc;
    }
    if (have >=
        name.size) /* all is there, and the end was lost with the power: the last byte brings it again */
        have = name.size - 1;
    if (f->nwants < FREIGHT_WANTS)
        f->wants[f->nwants++] = (struct qn_want){name, have};
    return files_coming(f->st, &name, err);
}

static enum qn_code take_want(struct freight *f, const char *from, struct qn_span payload,
                              struct qn_err *err)
{
    struct qn_want w;
    struct files_line line;
    enum qn_code rc = qn_want_decode(&w, payload, err);
    /* SPEC files-14: "nobody learns what is held of others" */
    if (rc || f->nasked == FREIGHT_WANTS || !files_are_for(f->st, w.name.office, from))
        return rc;
    rc = files_find(&line, f->st, &w.name, err);
    if (rc == QN_ABSENT || (!rc && line.state != FILES_HERE)) {
        reply(f, &w.name, QN_FILE_NOT_HERE);
        return QN_OK;
    }
    if (rc)
        return rc;
    f->asked[f->nasked++] = w;
    return line.above && is_parent(f, from)
               ? files_told_above(f->st, &w.name, QN_FILE_HERE, true, err)
               : QN_OK;
}

static enum qn_code take_kept(struct freight *f, const char *from, struct qn_span payload,
                              struct qn_err *err)
{
    struct qn_kept k;
    enum qn_code rc = qn_kept_decode(&k, payload, err);
    if (rc || k.fate == QN_FILE_NOT_HERE || !is_parent(f, from))
        return rc;
    f->kept_above += k.fate == QN_FILE_HERE;
    return files_told_above(f->st, &k.name, k.fate, false, err);
}

/* The disk's own trouble is no reason to end the exchange: the rows go on, the file comes another time. */
static enum qn_code from_disk(struct freight *f, enum qn_code rc, const struct qn_file_name *name,
                              const struct qn_err *why, struct qn_err *err)
{
    if (rc == QN_IO) {
        f->stopped = true;
        reply(f, name, QN_FILE_ROOM);
        return qn_fail(err, QN_LATER, why->id, "%s", why->args);
    }
    if (rc && err)
        *err = *why;
    return rc;
}

static enum qn_code came_whole(struct freight *f, const struct qn_file_name *name, bool below,
                               struct qn_err *err)
{
    QN_AUTO(vault_file) struct vault_file file = {.size = 0};
    struct qn_err why;
    enum qn_code rc = vault_part_end(&file, store_dir(f->st), name, &why);
    if (rc)
        return from_disk(f, rc, name, &why, err);
    f->came++;
    return files_came(f->st, name, &file, below, err);
}

static enum qn_code take_file(struct freight *f, const char *from, struct qn_span payload,
                              struct qn_err *err)
{
    struct qn_file_frame p;
    struct files_line line;
    struct qn_err why;
    enum qn_fate_of_file room;
    uint64_t have = 0;
    bool below = tree_is_above(f->st, store_self(f->st)->office, from);
    enum qn_code rc = qn_file_frame_decode(&p, payload, err);
    if (!rc && below && !files_are_for(f->st, p.name.office, from))
        rc = qn_fail(err, QN_DENIED, "files.not-theirs", "office=%s|from=%s", p.name.office, from);
    /* SPEC files-15: "only if a row applied here names exactly that file" */
    if (!rc)
        rc = files_find(&line, f->st, &p.name, err);
    if (rc || f->stopped)
        return rc;
    if (line.state == FILES_HERE) {
        f->twice += p.bytes.n;
        return below ? files_tell_again(f->st, &p.name, err) : QN_OK;
    }
    if (line.state == FILES_WANTED) {
        rc = files_room(&room, f->st, &p.name, err);
        if (!rc && room) {
            if (!p.offset)
                reply(f, &p.name, room);
            return qn_fail(err, QN_LATER, room == QN_FILE_QUOTA ? "files.quota" : "files.no-room",
                           "office=%s", p.name.office);
        }
        if (!rc)
            rc = files_coming(f->st, &p.name, err);
        if (rc)
            return rc;
    }
    rc = vault_part_size(&have, store_dir(f->st), &p.name, &why);
    if (rc)
        return from_disk(f, rc, &p.name, &why, err);
    /* SPEC files-15: "what came before is skipped and counted" */
    if (p.offset < have) {
        uint64_t over = have - p.offset < p.bytes.n ? have - p.offset : p.bytes.n;
        f->twice += over;
        p.offset += over;
        p.bytes.p += over;
        p.bytes.n -= (size_t)over;
        if (!p.bytes.n)
            return have == p.name.size ? came_whole(f, &p.name, below, err) : QN_OK;
    }
    rc = vault_part_put(&have, store_dir(f->st), &p, &why);
    if (rc)
        return from_disk(f, rc, &p.name, &why, err);
    f->bytes += p.bytes.n;
    return have == p.name.size ? came_whole(f, &p.name, below, err) : QN_OK;
}

enum qn_code freight_take(struct freight *f, const char *from, enum qn_frame_type type,
                          struct qn_span payload, struct qn_err *err)
{
    switch ((unsigned)type) {
    case QN_FRAME_OFFER:
        return take_offer(f, from, payload, err);
    case QN_FRAME_WANT:
        return take_want(f, from, payload, err);
    case QN_FRAME_KEPT:
        return take_kept(f, from, payload, err);
    case QN_FRAME_FILE:
        return take_file(f, from, payload, err);
    default:
        return QN_OK;
    }
}

enum qn_code freight_finish(struct freight *f, struct qn_err *err)
{
    enum qn_code rc = files_count(f->st, f->came, f->bytes, f->twice, f->sent, err);
    if (!rc)
        f->came = f->bytes = f->twice = f->sent = 0;
    return rc;
}
