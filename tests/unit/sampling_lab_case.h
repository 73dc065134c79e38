/* sampling_lab_case.h - samples that are received, tested and reported, for tests of what comes behind. */
#ifndef QIAN_TESTS_SAMPLING_LAB_CASE_H
#define QIAN_TESTS_SAMPLING_LAB_CASE_H

#include "tests/unit/sampling_case.h"

#include "node/text/text.h"
#include "node/work/blind.h"
#include "node/work/deadline.h"
#include "protocol/wire.h"

#define TASK "task=同市监发〔2025〕56号"

static inline int64_t traces(struct test_office *o)
{
    return count(o, "SELECT sum(size) FROM log");
}

static inline void refused(struct test_office *o, enum qn_code rc, const char *id, int64_t before)
{
    char said[900];
    print_message("%s\n", id);
    assert_int_not_equal(rc, QN_OK);
    assert_string_equal(offices_err.id, id);
    assert_int_equal(traces(o), before);
    text_error(said, sizeof(said), TEXT_ZH, &offices_err);
    assert_null(strchr(said, '{'));
}

static const char *const case_reception[] = {
    "received_on=2025-09-12", "outcome=接收",   "seal=完好",
    "matches=相符",           "looks=外观完好", "licence_kind=生产许可证",
    "licence_no=XK1",         "licence=有效",   NULL};
#define RECEIVE(o, ...) \
    write_as(o, "李四", "sample_reception", NULL, case_reception, \
             (const char *const[]){__VA_ARGS__, NULL})

/* Three sheets, each of another party, received. */
static inline void three_samples(struct test_office *c, char sheet[3][80])
{
    for (int i = 0; i < 3; i++) {
        char no[40], party[40], of[40];
        snprintf(no, sizeof(no), "sheet_no=%d", i + 1);
        snprintf(party, sizeof(party), "party=第%d站", i + 1);
        snprintf(of, sizeof(of), "sample=%d", i + 1);
        MUST(SHEET(c, sheet[i], no, party, "party_uscc="));
        MUST(RECEIVE(c, of));
    }
}

struct seen {
    char sheet[8][65], number[8][BLIND_NUMBER + 1];
    unsigned n, revealed;
};

static inline void see(void *ctx, const struct blind_number *b)
{
    struct seen *s = ctx;
    assert_true(s->n < 8);
    snprintf(s->sheet[s->n], sizeof(s->sheet[0]), "%s", b->sheet_no);
    snprintf(s->number[s->n], sizeof(s->number[0]), "%s", b->number);
    s->revealed += b->revealed;
    s->n++;
}

static inline void number_of(struct test_office *c, const char *sheet, const char *field,
                             char out[80])
{
    struct seen s = {.n = 0};
    MUST(blind_list(c->st, "李四", see, &s, &offices_err));
    for (unsigned i = 0; i < s.n; i++)
        if (strcmp(s.sheet[i], sheet) == 0) {
            snprintf(out, 80, "%s=%s", field, s.number[i]);
            return;
        }
    fail_msg("no number for %s", sheet);
}

static inline void report_on(struct test_office *c, const char *sheet, bool fails)
{
    char mark[80], test[80], of[40], no[40];
    unsigned made;
    snprintf(of, sizeof(of), "sample=%s", sheet);
    snprintf(no, sizeof(no), "report_no=R%s", sheet);
    number_of(c, sheet, "mark", mark);
    number_of(c, sheet, "test", test);
    MUST(WRITE(c, "lab_test", NULL, "mode=盲样检验", mark, "started_on=2025-09-13", "testers=L01"));
    MUST(WRITE(c, "test_item", NULL, test, "no=1", "item=硫含量",
               fails ? "verdict=不符合" : "verdict=符合"));
    MUST(WRITE(c, "test_conclusion", NULL, test, fails ? "conclusion=不合格" : "conclusion=合格",
               "ended_on=2025-09-20", fails ? "failed_items=硫含量" : "failed_items="));
    MUST(blind_reveal(&made, c->st, "李四", &offices_err));
    MUST(WRITE(c, "test_report", NULL, of, fails ? "conclusion=不合格" : "conclusion=合格", no,
               "digest=" D("7"), "issued_on=2025-09-21"));
}

/* One that is due: how many, and the last day of the first. */
static inline size_t due_of(struct test_office *o, const char *source, char day[11])
{
    QN_AUTO(deadlines) struct deadlines p = {.at = NULL};
    const struct deadline_query q = {.source = source, .all = true, .within = -1};
    MUST(deadline_page(&p, o->st, &q, NULL, 50, &offices_err));
    snprintf(day, 11, "%s", "");
    if (p.n)
        wire_day_text(p.at[0].due, day);
    return p.n ? (size_t)p.at[0].n : 0;
}
#endif
