#include "node/sheet/book.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/store/file.h"

#define STEP   65536
#define SHEETS 1000 /* Excel has no bound; nobody sends as many */

enum qn_code book_damaged(struct book *b, const char *part)
{
    return qn_fail(b->err, QN_MALFORMED, "xlsx.damaged", "path=%s|part=%s", b->file->path, part);
}

/* ---- the archive, read through the descriptor that was opened with care -------------------------------------------- */

static voidpf ZCALLBACK zip_open(voidpf opaque, const void *name, int mode)
{
    (void)name, (void)mode;
    return opaque;
}

static uLong ZCALLBACK zip_read(voidpf opaque, voidpf stream, void *to, uLong n)
{
    struct book *b = opaque;
    size_t have = 0, got = 1;
    (void)stream;
    while (have < n && got &&
           !file_more(b->fd, (uint8_t *)to + have, n - have, &got, b->file->path, NULL))
        have += got;
    return have;
}

static ZPOS64_T ZCALLBACK zip_tell(voidpf opaque, voidpf stream)
{
    struct book *b = opaque;
    (void)stream;
    return (ZPOS64_T)lseek(b->fd, 0, SEEK_CUR);
}

static long ZCALLBACK zip_seek(voidpf opaque, voidpf stream, ZPOS64_T to, int origin)
{
    struct book *b = opaque;
    (void)stream;
    return lseek(b->fd, (off_t)to, origin) < 0 ? -1 : 0;
}

static int ZCALLBACK zip_nothing(voidpf opaque, voidpf stream)
{
    (void)opaque, (void)stream;
    return 0;
}

/* ---- parts --------------------------------------------------------------------------------------------------- */

static const char *local(const char *name)
{
    const char *bar = strrchr(name, '|');
    return bar ? bar + 1 : name;
}

const char *book_attribute(const char **attributes, const char *name)
{
    for (; *attributes; attributes += 2)
        if (strcmp(local(attributes[0]), name) == 0)
            return attributes[1];
    return NULL;
}

static void XMLCALL on_start(void *ctx, const XML_Char *name, const XML_Char **attributes)
{
    struct book_part *p = ctx;
    p->start(p, local(name), attributes);
    if (p->rc)
        XML_StopParser(p->parser, XML_FALSE);
}

static void XMLCALL on_end(void *ctx, const XML_Char *name)
{
    struct book_part *p = ctx;
    if (p->end)
        p->end(p, local(name));
    if (p->rc)
        XML_StopParser(p->parser, XML_FALSE);
}

static void XMLCALL on_text(void *ctx, const XML_Char *s, int n)
{
    struct book_part *p = ctx;
    if (p->text)
        p->text(p, (struct qn_span){(const uint8_t *)s, (size_t)n});
}

static void XMLCALL on_doctype(void *ctx, const XML_Char *name, const XML_Char *system,
                               const XML_Char *public, int internal)
{
    struct book_part *p = ctx;
    (void)name, (void)system, (void)public, (void)internal;
    p->declared = true;
    XML_StopParser(p->parser, XML_FALSE);
}

static enum qn_code parse(struct book_part *p, const char *name)
{
    struct book *b = p->book;
    uint64_t all = 0;
    int n = 1;
    while (n > 0) {
        void *room = XML_GetBuffer(p->parser, STEP);
        if (!room)
            return qn_fail(b->err, QN_NOMEM, "base.no-memory", "");
        n = unzReadCurrentFile(b->zip, room, STEP);
        if (n < 0)
            return book_damaged(b, name);
        all += (uint64_t)n;
        if (all > BOOK_PART)
            return qn_fail(b->err, QN_LIMIT, "xlsx.large", "path=%s|max=%d", b->file->path, 2048);
        if (XML_ParseBuffer(p->parser, n, n == 0) == XML_STATUS_ERROR)
            return p->rc ? p->rc : book_damaged(b, name);
        if (p->rc)
            return p->rc;
    }
    return QN_OK;
}

enum qn_code book_read(struct book_part *p, const char *name)
{
    struct book *b = p->book;
    if (unzLocateFile(b->zip, name, 2) !=
        UNZ_OK) /* 2: upper and lower case alike, as other readers do */
        return QN_ABSENT;
    if (unzOpenCurrentFile(b->zip) != UNZ_OK)
        return book_damaged(b, name);
    p->parser = XML_ParserCreateNS(NULL, '|');
    enum qn_code rc = p->parser ? QN_OK : qn_fail(b->err, QN_NOMEM, "base.no-memory", "");
    if (!rc) {
        XML_SetUserData(p->parser, p);
        XML_SetElementHandler(p->parser, on_start, on_end);
        XML_SetCharacterDataHandler(p->parser, on_text);
        XML_SetStartDoctypeDeclHandler(p->parser, on_doctype);
        rc = parse(p, name);
        XML_ParserFree(p->parser);
        p->parser = NULL;
    }
    /* Also checks the archive's sum over what was read. */
    if (unzCloseCurrentFile(b->zip) != UNZ_OK && !rc)
        rc = book_damaged(b, name);
    return rc;
}

/* ---- relations ------------------------------------------------------------------------------------------------ */

struct relations {
    char base[BOOK_NAME]; /* folder of the part whose relations these are, with its '/' */
    size_t n;
    struct {
        char id[64], kind[32], target[BOOK_NAME];
    } of[SHEETS];
};

static void on_relation(struct book_part *p, const char *name, const char **at)
{
    struct relations *r = p->ctx;
    const char *id = book_attribute(at, "Id"), *type = book_attribute(at, "Type"),
               *target = book_attribute(at, "Target");
    if (strcmp(name, "Relationship") != 0 || !id || !type || !target || r->n == SHEETS)
        return;
    const char *kind = strrchr(type, '/');
    bool whole = *target == '/';
    if (snprintf(r->of[r->n].id, sizeof(r->of[0].id), "%s", id) < (int)sizeof(r->of[0].id) &&
        snprintf(r->of[r->n].kind, sizeof(r->of[0].kind), "%s", kind ? kind + 1 : type) <
            (int)sizeof(r->of[0].kind) &&
        snprintf(r->of[r->n].target, BOOK_NAME, "%s%s", whole ? "" : r->base, target + whole) <
            BOOK_NAME)
        r->n++;
}

/* Of the part at `path`; "" of the book itself. */
static enum qn_code read_relations(struct book *b, struct relations *r, const char *path)
{
    char name[BOOK_NAME + 16];
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash - path + 1) : 0;
    snprintf(r->base, sizeof(r->base), "%.*s", folder, path);
    snprintf(name, sizeof(name), "%s_rels/%s.rels", r->base, path + folder);
    r->n = 0;
    struct book_part p = {.book = b, .start = on_relation, .ctx = r};
    enum qn_code rc = book_read(&p, name);
    return rc == QN_ABSENT ? book_damaged(b, name) : rc;
}

static const char *related(const struct relations *r, const char *kind, const char *id)
{
    for (size_t i = 0; i < r->n; i++)
        if ((!kind || strcmp(r->of[i].kind, kind) == 0) && (!id || strcmp(r->of[i].id, id) == 0))
            return r->of[i].target;
    return NULL;
}

/* ---- the list of sheets ------------------------------------------------------------------------------------------ */

struct sheets {
    const char *wanted; /* NULL: the first that shows */
    char id[64], name[BOOK_NAME];
    char names[300]; /* of all that show */
    unsigned shown;
};

static void on_sheet(struct book_part *p, const char *name, const char **at)
{
    struct sheets *s = p->ctx;
    const char *day = book_attribute(at, "date1904");
    if (strcmp(name, "workbookPr") == 0 && day)
        p->book->from_1904 = strcmp(day, "1") == 0 || strcmp(day, "true") == 0;
    const char *called = book_attribute(at, "name"), *id = book_attribute(at, "id"),
               *state = book_attribute(at, "state");
    if (strcmp(name, "sheet") != 0 || !called || !id)
        return;
    bool shows = !state || strcmp(state, "visible") == 0;
    if (shows && strlen(s->names) + strlen(called) + 8 < sizeof(s->names)) {
        if (*s->names)
            strcat(s->names, "、");
        strcat(s->names, called);
    }
    s->shown += shows;
    if (!*s->id && (s->wanted ? strcmp(s->wanted, called) == 0 : shows)) {
        snprintf(s->id, sizeof(s->id), "%s", id);
        snprintf(s->name, sizeof(s->name), "%s", called);
    }
}

static enum qn_code find_sheet(struct book *b, const struct relations *r, const char *workbook)
{
    struct sheets s = {.wanted = b->file->sheet};
    struct book_part p = {.book = b, .start = on_sheet, .ctx = &s};
    enum qn_code rc = book_read(&p, workbook);
    if (rc)
        return rc == QN_ABSENT ? book_damaged(b, workbook) : rc;
    if (!*s.id && s.wanted)
        return qn_fail(b->err, QN_ABSENT, "xlsx.no-sheet", "path=%s|sheet=%.60s|sheets=%.200s",
                       b->file->path, s.wanted, s.names);
    const char *target = *s.id ? related(r, "worksheet", s.id) : NULL;
    if (!target)
        return book_damaged(b, workbook);
    snprintf(b->sheet, sizeof(b->sheet), "%s", target);
    if (s.shown > 1 && !s.wanted)
        qn_say(b->file->report, "xlsx.first-sheet", "path=%s|sheet=%s|sheets=%s", b->file->path,
               s.name, s.names);
    return QN_OK;
}

/* ---- formats --------------------------------------------------------------------------------------------------- */

struct formats {
    bool in_cells; /* within cellXfs, which cells name by number */
    size_t n;      /* formats of the book's own */
    struct {
        unsigned long id;
        bool date;
    } own[1000];
};

/* Letters of years, months, days, hours and seconds outside quotes and brackets. */
static bool is_date_code(const char *code)
{
    for (; *code; code++) {
        char skip = *code == '"' ? '"' : *code == '[' ? ']' : 0;
        if (skip) {
            const char *end = strchr(code + 1, skip);
            if (!end)
                return false;
            code = end;
        } else if ((*code == '\\' || *code == '_' || *code == '*') && code[1]) {
            code++;
        } else if (strchr("yYmMdDhHsS", *code)) {
            return true;
        }
    }
    return false;
}

/* ECMA-376 part 1, 18.8.30: the numbers that mean dates and times, those of Chinese and Japanese editions among them. */
static bool is_date_number(unsigned long id)
{
    return (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) ||
           (id >= 50 && id <= 58);
}

static bool is_date(const struct formats *f, unsigned long id)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->own[i].id == id)
            return f->own[i].date;
    return is_date_number(id);
}

static void on_format(struct book_part *p, const char *name, const char **at)
{
    struct formats *f = p->ctx;
    struct book *b = p->book;
    const char *id = book_attribute(at, "numFmtId"), *code = book_attribute(at, "formatCode");
    if (strcmp(name, "cellXfs") == 0)
        f->in_cells = true;
    if (strcmp(name, "numFmt") == 0 && id && code && f->n < sizeof(f->own) / sizeof(f->own[0])) {
        f->own[f->n].id = strtoul(id, NULL, 10);
        f->own[f->n++].date = is_date_code(code);
    }
    if (strcmp(name, "xf") != 0 || !f->in_cells)
        return;
    bool *more = b->ndates < 100000 ? realloc(b->date, (b->ndates + 1) * sizeof(*more)) : NULL;
    if (!more) {
        p->rc = qn_fail(b->err, QN_NOMEM, "base.no-memory", "");
        return;
    }
    b->date = more;
    b->date[b->ndates++] = id && is_date(f, strtoul(id, NULL, 10));
}

static void on_format_end(struct book_part *p, const char *name)
{
    struct formats *f = p->ctx;
    if (strcmp(name, "cellXfs") == 0)
        f->in_cells = false;
}

/* ---- shared texts ------------------------------------------------------------------------------------------------- */

struct shared {
    bool in_item, in_text;
    unsigned
        reading; /* within the marks of how a word is read (phonetic), which are no part of it */
};

static void on_shared(struct book_part *p, const char *name, const char **at)
{
    struct shared *s = p->ctx;
    (void)at;
    if (strcmp(name, "si") == 0)
        s->in_item = true;
    s->reading += strcmp(name, "rPh") == 0;
    s->in_text = s->in_item && !s->reading && strcmp(name, "t") == 0;
}

static void on_shared_text(struct book_part *p, struct qn_span text)
{
    struct shared *s = p->ctx;
    if (s->in_text)
        qn_put_span(&p->book->texts, text);
}

static void on_shared_end(struct book_part *p, const char *name)
{
    struct shared *s = p->ctx;
    struct book *b = p->book;
    s->in_text = false;
    s->reading -= s->reading && strcmp(name, "rPh") == 0;
    if (strcmp(name, "si") != 0)
        return;
    s->in_item = false;
    if (b->ntexts == b->text_cap) {
        size_t cap = b->text_cap * 2 + 1024;
        size_t *more = cap > SHEET_BOOK_MAX / 8 ? NULL : realloc(b->text_end, cap * sizeof(*more));
        if (!more) {
            p->rc = qn_fail(b->err, QN_LIMIT, "xlsx.large", "path=%s|max=%d", b->file->path,
                            (int)(SHEET_BOOK_MAX >> 20));
            return;
        }
        b->text_end = more;
        b->text_cap = cap;
    }
    b->text_end[b->ntexts++] = b->texts.n;
    if (b->texts.failed)
        p->rc = qn_fail(b->err, QN_LIMIT, "xlsx.large", "path=%s|max=%d", b->file->path,
                        (int)(SHEET_BOOK_MAX >> 20));
}

bool book_text(const struct book *b, size_t i, struct qn_span *out)
{
    if (i >= b->ntexts)
        return false;
    size_t from = i ? b->text_end[i - 1] : 0;
    *out = (struct qn_span){b->texts.p + from, b->text_end[i] - from};
    return true;
}

/* ---- the book --------------------------------------------------------------------------------------------------- */

static enum qn_code read_parts(struct book *b, struct relations *r)
{
    char workbook[BOOK_NAME];
    enum qn_code rc = read_relations(b, r, "");
    if (rc)
        return rc;
    const char *main = related(r, "officeDocument", NULL);
    snprintf(workbook, sizeof(workbook), "%s", main ? main : "xl/workbook.xml");
    rc = read_relations(b, r, workbook);
    if (!rc)
        rc = find_sheet(b, r, workbook);
    const char *styles = related(r, "styles", NULL), *texts = related(r, "sharedStrings", NULL);
    struct formats *f = calloc(1, sizeof(*f));
    if (!rc && !f)
        rc = qn_fail(b->err, QN_NOMEM, "base.no-memory", "");
    if (!rc && styles) {
        struct book_part p = {.book = b, .start = on_format, .end = on_format_end, .ctx = f};
        rc = book_read(&p, styles);
        rc = rc == QN_ABSENT ? QN_OK : rc;
    }
    free(f);
    if (!rc && texts) {
        struct shared s = {.reading = 0};
        struct book_part p = {
            .book = b, .start = on_shared, .end = on_shared_end, .text = on_shared_text, .ctx = &s};
        rc = book_read(&p, texts);
        rc = rc == QN_ABSENT ? QN_OK : rc;
    }
    return rc;
}

enum qn_code book_open(struct book *b, const struct sheet_file *file, int fd, struct qn_err *err)
{
    *b = (struct book){.file = file, .err = err, .fd = fd};
    qn_buf_init(&b->texts, SHEET_BOOK_MAX);
    zlib_filefunc64_def how = {.zopen64_file = zip_open,
                               .zread_file = zip_read,
                               .ztell64_file = zip_tell,
                               .zseek64_file = zip_seek,
                               .zclose_file = zip_nothing,
                               .zerror_file = zip_nothing,
                               .opaque = b};
    b->zip = unzOpen2_64(file->path, &how);
    if (!b->zip)
        return book_damaged(b, "zip");
    struct relations *r = malloc(sizeof(*r));
    enum qn_code rc = r ? read_parts(b, r) : qn_fail(err, QN_NOMEM, "base.no-memory", "");
    free(r);
    return rc;
}

void book_release(struct book *b)
{
    if (b->zip)
        unzClose(b->zip);
    b->zip = NULL;
    qn_buf_release(&b->texts);
    free(b->text_end);
    free(b->date);
    b->text_end = NULL;
    b->date = NULL;
}
