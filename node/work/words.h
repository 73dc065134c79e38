/* words.h - the words of the offices' spreadsheets and the codes they stand for. */
#ifndef QIAN_NODE_WORK_WORDS_H
#define QIAN_NODE_WORK_WORDS_H

#include "node/store/store.h"

char words_object_kind(const char *zh);           /* 企业 -> 'E'; 0 when unknown */
const char *words_status(const char *zh);         /* 存续 -> "in_business"; NULL when unknown */
const char *words_inspector_status(const char *zh);
/* Bytes before the next of the marks that people join lists with (； ; 、 and, with commas, ， ,), and of the mark itself,
 * 0 at the end. */
size_t words_item(const char *list, bool commas, size_t *mark);
/* 2025-06-01, 2025/6/1, 2025.6.1 and 2025年6月1日 are one day; a time follows in the same manner, seconds or not. */
bool words_when(char out[24], struct qn_span typed, bool day);

/* Tag and qualification names -> numbers, from a tag table file or the code tables held. */
#define WORDS_TAGS 512
struct words_tags {
    size_t n;
    struct {
        char list[16]; /* "tag" or "qualification" */
        char name[100];
        unsigned code;
    } tag[WORDS_TAGS];
};
QN_MUST_USE enum qn_code words_tags_read(struct words_tags *out, const char *path, struct qn_err *err);
/* "集贸市场；加油站" -> "101,102" ascending without repeats; QN_ABSENT "roster.tag" names the unknown one. */
QN_MUST_USE enum qn_code words_tags_list(char *out, size_t cap, struct store *st, const struct words_tags *file,
                                         const char *list, const char *names, struct qn_err *err);
#endif
