/* site_parts.h - what the files of the site builder share: the gathered data and the way to write a file. */
#ifndef QIAN_NODE_PUBLISH_SITE_PARTS_H
#define QIAN_NODE_PUBLISH_SITE_PARTS_H

#include "node/publish/html.h"
#include "node/publish/model.h"
#include "node/publish/site.h"
#include "qian/evidence.h"

#define SITE_PATH        200
#define SITE_PAGE_DIGITS 3 /* of an object's anchor name its page: 4096 pages at most */
#define SITE_FILE_MAX    (64u * 1024 * 1024) /* one page or file */

struct site_file {
    char path[SITE_PATH];
    uint8_t hash[QN_HASH];
    uint64_t size;
};
struct site_office {
    struct qn_cert cert; /* newest */
    uint64_t draws, sealed, drawn, results, problems;
};
/* When and under which checkpoint each office first cosigned an entry. */
struct site_times {
    unsigned n;
    struct {
        char office[QN_CODE_MAX + 1];
        uint64_t size, time_s;
        bool above; /* an ancestor of the office that drew */
    } by[QN_EV_WITNESSES + 1];
};
struct site_draw {
    const struct m_draw *row;
    char dir[SITE_PATH]; /* "draws/140602-1-45-0" */
    char office[QN_CODE_MAX + 1];
    char title[500];                     /* the tasks' names */
    struct qn_span issuer, series, task; /* of the first slot */
    uint64_t drawn, first_s; /* objects; first cosignature of the DRAW by an ancestor, 0 without */
    enum qn_draw_level level;
    bool pairs;                      /* its objects come from lists: it drew who inspects */
    bool holds;                      /* this program recomputed it when the site was made */
    const struct m_verdict *verdict; /* of the highest ancestor that gave one */
};
struct site_sealed {
    unsigned log;
    uint64_t seq, first_s;
    bool forgotten;       /* a part of it, by order: it will not be released */
    char name[SITE_PATH]; /* "140602-1-45" */
};
/* One revision of a result as it was published. */
struct site_published {
    const struct m_result *r;
    const struct m_publication *p;
    unsigned of; /* place of the office in site.offices: for a station its county */
};
/* A published result: the newest published revision, and all that were published before it. */
struct site_result {
    const struct m_result *r;
    const struct m_publication *p;
    unsigned of;
    size_t first,
        earlier; /* in site.published: from `first` on, `earlier` revisions and then this one */
};
/* What was published about one object. */
struct site_object {
    struct qn_span id, name; /* the name of the newest result */
    char anchor[17];         /* of its section: 16 digits of H(id) */
    size_t first, n;         /* in site.by_name: newest first */
};
/* What a reader may look for: code and name, and the place on the site. */
struct site_row {
    struct qn_span code, name; /* code may be empty */
    char path[80];
};
/* One set of open data: dir/name.csv, .gb18030.csv, .xlsx, .json and .schema.json. */
struct site_data {
    const struct m_plan *plan; /* NULL: of none */
    char dir[140], name[16];
    uint64_t rows, bytes[4];
};
struct site {
    struct store *st;
    struct model m;
    const struct qn_report *report;
    char made_on[20];
    const struct qn_cert *self;
    struct list offices;   /* struct site_office: by code */
    struct list draws;     /* struct site_draw: newest first */
    struct list sealed;    /* struct site_sealed: as logged */
    struct list published; /* struct site_published: by result and revision, each once */
    struct list results;   /* struct site_result: by office, completed_on descending */
    struct list by_name;   /* const struct site_result *: by object, completed_on descending */
    struct list objects;   /* struct site_object: by anchor */
    struct list by_object; /* const struct site_result *: by draw, object, task, round */
    struct list rows;      /* struct site_row: by code, in the order of find/rows-*.json */
    struct list data;      /* struct site_data, from site_open_data on */
    char find_title[60];
    char url[300]; /* where it will be read, with '/' at the end; "" when that is not known */
    char aside[1024];
    int dir;           /* of the site in the making; -1 before */
    struct list files; /* struct site_file */
    struct site_made made;
    struct qn_err *err;
};

/* site_gather.c */
QN_MUST_USE enum qn_code site_gather(struct site *s);
struct site_office *site_office_of(struct site *s, struct qn_span code,
                                   unsigned *at);              /* NULL when unknown */
const char *site_name_of(struct site *s, struct qn_span code); /* "" when unknown */
QN_MUST_USE enum qn_code site_times(struct site *s, struct site_times *out, unsigned log,
                                    uint64_t seq, const char *drawer);
bool site_is_above(struct site *s, const char *above, const char *office); /* strictly */
/* Verdicts of offices above about a draw, newest revisions; *at starts at 0; NULL when there is no more. */
const struct m_verdict *site_next_verdict(struct site *s, const struct m_draw *d, size_t *at);
/* The published result about an object of a draw; NULL when there is none. */
const struct site_result *site_result_of(const struct site *s, struct qn_span draw_office,
                                         int64_t draw_id, struct qn_span object,
                                         struct qn_span task, int64_t round);

/* The revisions published before it, oldest first. */
const struct site_published *site_earlier(const struct site *s, const struct site_result *r,
                                          size_t i);

/* The tasks of a plan by number: the one behind `last`, NULL behind them all. */
const struct m_task *site_next_task(struct site *s, const struct m_plan *p,
                                    const struct m_task *last);
/* The first 16 hexadecimal digits of H(id): where an object stands for ever (site-17). */
void site_object_anchor(char out[17], struct qn_span id);

/* site_out.c: paths have [0-9A-Za-z._-] and '/', at most MANIFEST_NAMES - 1 directories deep. */
QN_MUST_USE enum qn_code site_open(struct site *s, const char *out);
QN_MUST_USE enum qn_code site_write(struct site *s, const char *path, const struct qn_buf *bytes);
/* For a file that is written by its path, s->aside/path: its directories; then it is taken up like any other. */
QN_MUST_USE enum qn_code site_room(struct site *s, const char *path);
QN_MUST_USE enum qn_code site_take(struct site *s, const char *path, uint64_t *size);
QN_MUST_USE enum qn_code site_manifest(struct site *s);
QN_MUST_USE enum qn_code site_place(struct site *s, const char *out);
void site_abandon(struct site *s);
/* A page ready to be filled; its buffer is the caller's. */
void site_page(struct site *s, struct html_page *p, struct qn_buf *b);
QN_MUST_USE enum qn_code site_page_done(struct site *s, const struct html_page *p, struct qn_buf *b,
                                        const char *path);

/* site_files.c: what a machine reads. */
QN_MUST_USE enum qn_code site_entry(struct site *s, struct qn_buf *out,
                                    const struct released_part *from);
QN_MUST_USE enum qn_code site_verdict_files(struct site *s, const struct site_draw *d);
QN_MUST_USE enum qn_code site_identity(struct site *s);
QN_MUST_USE enum qn_code site_frames(struct site *s, struct qn_buf *out, const struct m_draw *d,
                                     const struct m_order *order, const struct m_freeze *freeze);
QN_MUST_USE enum qn_code site_proofs(struct site *s, const char *path,
                                     const struct released_part *from,
                                     const struct site_times *times);

/* site_logs.c: every log with verified headers, as C2SP tiles. */
QN_MUST_USE enum qn_code site_logs(struct site *s);

/* site_released.c: the entries with released rows, as they were signed; the file that has the one of seq. */
QN_MUST_USE enum qn_code site_released(struct site *s);
void site_released_path(char out[SITE_PATH], const struct log *l, uint64_t seq);

/* One draw opened for its page: what stands there is read from the very file that is published. */
struct site_view {
    struct site_draw *sum;
    const struct m_order *order;
    const struct m_freeze *freeze;
    struct qn_buf frames;
    struct qn_evidence ev;
    bool read, holds;  /* texts parsed; everything recomputed */
    struct qn_err why; /* what did not hold */
    struct site_times times[QN_EV_ENTRIES];
    const struct m_rules *rules_row[QN_ORDER_SLOTS];
    struct qn_rules *rules; /* owned; rules[i] is set where rules_row[i] is */
};

/* Beside a draw on a supplement: which draws came before it, what it answers (site-25). */
QN_MUST_USE enum qn_code site_supplement_files(struct site *s, const struct site_view *v);

/* site_script.c: the programs of pages, the one that checks and the one that searches; their rows are written before
 * anything is gathered. */
enum site_script { SITE_SCRIPT_CHECK, SITE_SCRIPT_FIND, SITE_SCRIPTS };
QN_MUST_USE enum qn_code site_script_register(struct site *s);
QN_MUST_USE enum qn_code site_script(struct site *s);
void site_script_tag(struct qn_buf *b, unsigned depth, enum site_script script);
void site_script_here(struct qn_buf *b, const struct site_view *v);

/* pages */
QN_MUST_USE enum qn_code site_draw_pages(struct site *s); /* site_draw.c; fills draws, sealed */
QN_MUST_USE enum qn_code site_draw_page(struct site *s,
                                        const struct site_view *v); /* site_draw_page.c */
/* site_forgotten.c: a list item for each order by which a part of this draw was forgotten, and their headers as a file;
 * no text where there is none. */
/* Whether a part in which the list of a released draw goes on was forgotten: there is no list to be shown then. */
QN_MUST_USE enum qn_code site_lost(bool *out, struct site *s, const struct released_part *draw);
QN_MUST_USE enum qn_code site_forgotten(struct site *s, unsigned log, uint64_t seq,
                                        const char *name, struct qn_buf *text);
QN_MUST_USE enum qn_code site_sealed_page(struct site *s, unsigned log,
                                          uint64_t seq);    /* site_sealed.c */
QN_MUST_USE enum qn_code site_result_pages(struct site *s); /* site_result.c */
QN_MUST_USE enum qn_code site_office_pages(struct site *s); /* site_office.c */
QN_MUST_USE enum qn_code site_object_pages(struct site *s); /* site_object.c */
QN_MUST_USE enum qn_code site_plan_pages(struct site *s);   /* site_plan.c */
/* site_sampling.c: a page for each task; the tasks as a table, for the front page and an office's ("" for all). */
QN_MUST_USE enum qn_code site_sampling_pages(struct site *s);
void site_sampling_list(struct site *s, struct qn_buf *b, unsigned depth, const char *office);
void site_sampling_path(char out[SITE_PATH], const struct m_stask *t);
/* site_find.c: what else the search finds, before site_find; spans live as long as the site. */
QN_MUST_USE enum qn_code site_find_add(struct site *s, struct qn_span code, struct qn_span name,
                                       const char *path);
QN_MUST_USE enum qn_code site_find(struct site *s);
/* site_feed.c: the feeds; the map, when all pages are written; the address where readers will find it, NULL: none. */
QN_MUST_USE enum qn_code site_feeds(struct site *s);
QN_MUST_USE enum qn_code site_map(struct site *s);
QN_MUST_USE enum qn_code site_address(struct site *s, const char *url);
QN_MUST_USE enum qn_code site_index(struct site *s);       /* site_index.c */
QN_MUST_USE enum qn_code site_verify_page(struct site *s); /* site_index.c */
/* open_data.c: the data files; of one plan as a section of its page, nothing where it has none. */
QN_MUST_USE enum qn_code site_open_data(struct site *s);
void site_data_section(struct site *s, struct qn_buf *b, unsigned depth, const struct m_plan *p);
/* Pieces that several pages show. */
void site_level(struct qn_buf *b, enum qn_draw_level level);
void site_verdict(struct qn_buf *b, const struct m_verdict *v);
void site_draw_table(struct site *s, struct qn_buf *b, unsigned depth, struct qn_span office,
                     struct qn_span issuer, struct qn_span series, size_t max);
void site_lists(struct site *s, struct qn_buf *b, const struct site_view *v); /* site_lists.c */
void site_exceptions(struct site *s, struct qn_buf *b,
                     const struct m_draw *d); /* site_exception.c */
/* site_piece.c */
void site_object_path(char out[SITE_PATH], struct qn_span id);
void site_object_link(struct qn_buf *b, unsigned depth, struct qn_span id, struct qn_span name);
void site_result_words(struct site *s, struct qn_buf *b, struct qn_span codes, struct qn_span text);
const struct site_draw *site_draw_of(const struct site *s,
                                     const struct m_result *r); /* NULL: not released */
void site_result_cell(struct site *s, struct qn_buf *b, const struct site_result *r);
#endif
