#include "tests/unit/swap.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "qian/draw.h"

#define NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define A32     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B32     "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C32     "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
#define D32     "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
#define PI      A32 B32 "00000000000000000000000000000001"

/* One kind of text: a sound one, and its parser with the formatter behind it. */
struct kind {
    const char *sound;
    enum qn_code (*again)(struct qn_buf *out, struct qn_span text, struct qn_err *err);
};
struct row {
    const char *name;
    const struct kind *kind;
    const char *what, *with, *want;
};

static enum qn_code freeze_again(struct qn_buf *out, struct qn_span text, struct qn_err *err)
{
    struct qn_freeze f;
    enum qn_code rc = qn_freeze_parse(&f, text, err);
    if (rc)
        return rc;
    qn_freeze_text(out, &f);
    qn_freeze_release(&f);
    return QN_OK;
}

static enum qn_code order_again(struct qn_buf *out, struct qn_span text, struct qn_err *err)
{
    static struct qn_order o;
    enum qn_code rc = qn_order_parse(&o, text, err);
    if (!rc)
        qn_order_text(out, &o);
    return rc;
}

static enum qn_code result_again(struct qn_buf *out, struct qn_span text, struct qn_err *err)
{
    static struct qn_result r;
    enum qn_code rc = qn_result_parse(&r, text, err);
    if (!rc)
        qn_result_text(out, &r);
    return rc;
}

static enum qn_code release_again(struct qn_buf *out, struct qn_span text, struct qn_err *err)
{
    struct qn_release r;
    enum qn_code rc = qn_release_parse(&r, text, err);
    if (rc)
        return rc;
    qn_release_text(out, &r);
    qn_release_release(&r);
    return QN_OK;
}

static enum qn_code exc_again(struct qn_buf *out, struct qn_span text, struct qn_err *err)
{
    static struct qn_exc x;
    enum qn_code rc = qn_exc_parse(&x, text, err);
    if (!rc)
        qn_exc_text(out, &x);
    return rc;
}

/* The formatter of pairs starts from indices; here only the parser is asked, which formats for itself. */
static enum qn_code pairs_again(struct qn_buf *out, struct qn_span text, struct qn_err *err)
{
    struct qn_pairs p;
    enum qn_code rc = qn_pairs_parse(&p, text, err);
    if (rc)
        return rc;
    qn_put_span(out, text);
    qn_pairs_release(&p);
    return QN_OK;
}

static const struct kind freeze = {"draw-freeze/1\n"
                                   "sx.example/140602/1\n"
                                   "roster 7 45\n"
                                   "date 2021-08-16\n"
                                   "objects 900 " A32 "\n"
                                   "marks 0 " NOTHING "\n"
                                   "inspectors 31 " B32 "\n"
                                   "recusals 2 " C32 "\n"
                                   "register sx.example/140000/1 202108\n"
                                   "source sx.example/140600/1 90 " A32 "\n"
                                   "source sx.example/140600/2 9 " B32 "\n",
                                   freeze_again};
static const struct kind order = {"draw-order/1\n"
                                  "sx.example/140600/1\n"
                                  "office sx.example/140602/1\n"
                                  "slot 140600 2021 09 10 both " A32 "\n"
                                  "slot 140600 2021 09 9 both " B32 "\n"
                                  "attempt 0 supp 0\n"
                                  "level witnessed\n"
                                  "freeze sx.example/140602/1 45 " C32 " 50 " D32 "\n"
                                  "vrf 03 " D32 "\n"
                                  "vrf 03 " A32 "\n"
                                  "vrf 03 " B32 "\n"
                                  "beacon ssq 2021100\n"
                                  "window 2021-09-01 2021-09-30\n"
                                  "nonce " C32 "\n",
                                  order_again};
static const struct kind pairs_order = {"draw-order/1\n"
                                        "sx.example/140600/1\n"
                                        "office sx.example/140602/2\n"
                                        "slot 140600 2021 09 1 pairs " A32 "\n"
                                        "list sx.example/140600/1 12 " B32 "\n"
                                        "attempt 1 supp 2\n"
                                        "level unwitnessed\n"
                                        "freeze -\n"
                                        "vrf 03 " D32 "\n"
                                        "beacon -\n"
                                        "exc sx.example/140602/2 100 " A32 "\n"
                                        "exc sx.example/140602/2 99 " A32 "\n"
                                        "window 2021-09-01 2021-09-01\n"
                                        "nonce " C32 "\n",
                                        order_again};
static const struct kind result = {"draw-result/1\n"
                                   "sx.example/140602/1\n"
                                   "order sx.example/140600/1 12 " A32 "\n"
                                   "freeze sx.example/140602/1 45 " B32 "\n"
                                   "seen sx.example/140600/1 13 " C32 "\n"
                                   "beacon ssq 2026133 01 05 12 18 22 30+07\n"
                                   "vrf " D32 " " PI "\n"
                                   "stratum 1 1 100 90 10 " A32 "\n"
                                   "stratum 1 9 20 0 0 -\n"
                                   "stratum 2 1 5 5 5 " B32 "\n"
                                   "selected 1 12 " C32 "\n"
                                   "selected 2 5 " D32 "\n",
                                   result_again};
static const struct kind release = {"draw-release/1\n"
                                    "sx.example/140602/1\n"
                                    "part sx.example/140600/1 12 0\n"
                                    "part sx.example/140602/1 45 10\n"
                                    "part sx.example/140602/1 45 9\n"
                                    "part sx.example/140602/1 5 0\n",
                                    release_again};
static const struct kind exc = {"draw-exc/1\n"
                                "sx.example/140602/2\n"
                                "draw sx.example/140602/1 12 " A32 "\n"
                                "void 1 E:91140602MA0KX0A76X - 2021-08-20\n"
                                "reason not_found\n"
                                "evidence " B32 "\n"
                                "next I:92140622MA0KY12B6F\n",
                                exc_again};
static const struct kind absence = {"draw-exc/1\n"
                                    "sx.example/140602/1\n"
                                    "draw sx.example/140602/1 12 " A32 "\n"
                                    "absence 16 E:91140602MA0KX0A76X 140602/晋B-01 2021-08-20\n"
                                    "reason sick\n"
                                    "evidence -\n"
                                    "next 140602/2\n",
                                    exc_again};
static const struct kind appoint = {"draw-exc/1\n"
                                    "sx.example/140602/1\n"
                                    "draw sx.example/140602/1 12 " A32 "\n"
                                    "appoint 1 E:91140602MA0KX0A76X 140622/JS009 2021-08-20\n"
                                    "reason neighbour_pool\n"
                                    "evidence -\n"
                                    "next -\n",
                                    exc_again};
static const struct kind returned = {"draw-exc/1\n"
                                     "sx.example/140602/1\n"
                                     "draw sx.example/140602/1 12 " A32 "\n"
                                     "return 1 E:91140602MA0KX0A76X - 2021-08-20\n"
                                     "reason district\n"
                                     "evidence " B32 "\n"
                                     "next -\n",
                                     exc_again};
static const struct kind reassign = {"draw-exc/1\n"
                                     "sx.example/1406/1\n"
                                     "draw sx.example/1406/1 12 " A32 "\n"
                                     "reassign 1 E:91140602MA0KX0A76X - 2021-08-20\n"
                                     "reason returned\n"
                                     "evidence " B32 "\n"
                                     "next 140622\n",
                                     exc_again};
static const struct kind pairs = {"draw-pairs/1\n"
                                  "sx.example/140602/1\n"
                                  "order " A32 "\n"
                                  "visit 1 E:91140602MA0KX0A76X 0:140602/晋B-01 1:140602/2\n"
                                  "visit 2,10 I:92140622MA0KY12B6F 0:- 1:140602/2 2:140602/7 3:-\n",
                                  pairs_again};

static struct row rows[] = {
    {"freeze", &freeze, NULL, NULL, NULL},
    {"freeze without register", &freeze, "register sx.example/140000/1 202108", "register -", NULL},
    {"freeze of nothing", &freeze, "objects 900 " A32, "objects 0 " NOTHING, NULL},
    {"freeze with the largest numbers", &freeze, "roster 7 45",
     "roster 18446744073709551615 18446744073709551615", NULL},
    {"freeze: other version", &freeze, "draw-freeze/1", "draw-freeze/2", "freeze.form line=1"},
    {"freeze: no origin", &freeze, "1\nsx.example/140602/1\n", "1\n", "freeze.form line=2"},
    {"freeze: origin without epoch", &freeze, "sx.example/140602/1\n", "sx.example/140602\n",
     "freeze.form line=2"},
    {"freeze: epoch 0", &freeze, "sx.example/140602/1\n", "sx.example/140602/0\n",
     "freeze.form line=2"},
    {"freeze: epoch 4096", &freeze, "sx.example/140602/1\n", "sx.example/140602/4096\n",
     "freeze.form line=2"},
    {"freeze: version 2^64", &freeze, "roster 7 45", "roster 18446744073709551616 45",
     "freeze.form line=3"},
    {"freeze: leading zero", &freeze, "roster 7 45", "roster 7 045", "freeze.form line=3"},
    {"freeze: no such day", &freeze, "2021-08-16", "2021-02-29", "freeze.form line=4"},
    {"freeze: other date form", &freeze, "2021-08-16", "20210816", "freeze.form line=4"},
    {"freeze: capitals in a root", &freeze, "objects 900 aa", "objects 900 AA",
     "freeze.form line=5"},
    {"freeze: short root", &freeze, "31 " B32, "31 bb", "freeze.form line=7"},
    {"freeze: empty list with another root", &freeze, "marks 0 " NOTHING, "marks 0 " A32,
     "freeze.form line=6"},
    {"freeze: lists swapped", &freeze, "marks 0 " NOTHING "\ninspectors 31 " B32,
     "inspectors 31 " B32 "\nmarks 0 " NOTHING, "freeze.form line=6"},
    {"freeze: register without id", &freeze, "140000/1 202108", "140000/1", "freeze.form line=9"},
    {"freeze: register absent and present", &freeze, "register sx", "register - sx",
     "freeze.form line=9"},
    {"freeze: no register line", &freeze, "register sx.example/140000/1 202108\n", "",
     "freeze.form line=9"},
    {"freeze: source of size 0", &freeze, "140600/1 90 " A32, "140600/1 0 " A32,
     "freeze.form line=10"},
    {"freeze: source twice", &freeze, "140600/2 9 " B32, "140600/1 91 " B32, "freeze.form line=11"},
    {"freeze: sources descend", &freeze, "140600/2 9 " B32, "140000/2 9 " B32,
     "freeze.form line=11"},
    {"freeze: itself as a source", &freeze, "140600/2 9 " B32, "140602/1 9 " B32,
     "freeze.form line=11"},
    {"freeze: a line more", &freeze, "140600/2 9 " B32 "\n", "140600/2 9 " B32 "\nx\n",
     "freeze.form line=12"},
    {"freeze: unfinished", &freeze, "140600/2 9 " B32 "\n", "140600/2 9 " B32,
     "freeze.form line=11"},
    {"freeze: two spaces", &freeze, "date ", "date  ", "freeze.form line=4"},

    {"order", &order, NULL, NULL, NULL},
    {"order: one key", &order, "vrf 03 " A32 "\nvrf 03 " B32 "\n", "", NULL},
    {"order: no beacon", &order, "ssq 2021100", "-", NULL},
    {"order: attempt 1", &order, "attempt 0", "attempt 1", NULL},
    {"order: type objects, one slot", &order, "10 both " A32 "\nslot 140600 2021 09 9 both",
     "10 objects", NULL},
    {"order: freeze of an earlier epoch of the office", &order, "office sx.example/140602/1",
     "office sx.example/140602/2", NULL},
    {"order: leaf last of the tree", &order, "/1 45 ", "/1 49 ", NULL},
    {"order of pairs", &pairs_order, NULL, NULL, NULL},
    {"order of pairs, no exception", &pairs_order,
     "exc sx.example/140602/2 100 " A32 "\nexc sx.example/140602/2 99 " A32 "\n", "", NULL},
    {"order: other version", &order, "draw-order/1", "draw-order/0", "order.form line=1"},
    {"order: office by code", &order, "office sx.example/140602/1", "office 140602",
     "order.form line=3"},
    {"order: no slot", &order,
     "slot 140600 2021 09 10 both " A32 "\nslot 140600 2021 09 9 both " B32 "\n", "",
     "order.form line=4"},
    {"order: slots by number", &order, "10 both " A32 "\nslot 140600 2021 09 9 both " B32,
     "9 both " B32 "\nslot 140600 2021 09 10 both " A32, "order.form line=5"},
    {"order: slot line twice", &order, "9 both " B32, "10 both " A32, "order.form line=5"},
    {"order: one slot under two rules", &order, "9 both " B32, "10 both " B32,
     "order.slot-twice slot=140600/2021/09/10"},
    {"order: slots of two types", &order, "9 both", "9 objects", "order.form line=5"},
    {"order: round 0", &order, "09 10 both", "09 0 both", "order.form line=4"},
    {"order: unknown type", &order, "10 both", "10 most", "order.form line=4"},
    {"order: series with a slash", &order, "2021 09 10", "20/21 09 10", "order.form line=4"},
    {"order: short rules hash", &order, "10 both " A32, "10 both aa", "order.form line=4"},
    {"order: list for other types", &order, "attempt 0",
     "list sx.example/140600/1 12 " B32 "\nattempt 0", "order.form line=6"},
    {"order of pairs without list", &pairs_order, "list sx.example/140600/1 12 " B32 "\n", "",
     "order.form line=5"},
    {"order: supp on its own line", &order, "attempt 0 supp 0", "attempt 0\nsupp 0",
     "order.form line=6"},
    {"order: attempt 2^32", &order, "attempt 0", "attempt 4294967296", "order.form line=6"},
    {"order: unknown level", &order, "level witnessed", "level seen", "order.form line=7"},
    {"order: level without its freeze", &order, "freeze sx.example/140602/1 45 " C32 " 50 " D32,
     "freeze -", "order.freeze level=witnessed"},
    {"order: unwitnessed with a freeze", &order, "level witnessed", "level unwitnessed",
     "order.freeze level=unwitnessed"},
    {"order: leaf beyond the tree", &order, "/1 45 ", "/1 50 ", "order.form line=8"},
    {"order: freeze of another office", &order, "freeze sx.example/140602",
     "freeze sx.example/140603", "order.freeze-office office=140602|freeze=140603"},
    {"order: no key", &order, "vrf 03 " D32 "\nvrf 03 " A32 "\nvrf 03 " B32 "\n", "",
     "order.form line=9"},
    {"order: other suite", &order, "vrf 03 " D32, "vrf 04 " D32, "order.form line=9"},
    {"order: co-keys descend", &order, A32 "\nvrf 03 " B32, B32 "\nvrf 03 " A32,
     "order.form line=11"},
    {"order: office's key again as the third", &order, "vrf 03 " B32, "vrf 03 " D32,
     "order.form line=11"},
    {"order: four keys", &order, "vrf 03 " B32, "vrf 03 " B32 "\nvrf 03 " C32,
     "order.form line=12"},
    {"order: unknown beacon", &order, "beacon ssq", "beacon dlt", "order.form line=12"},
    {"order: event of six digits", &order, "2021100", "202110", "order.form line=12"},
    {"order: event with a letter", &order, "2021100", "202110a", "order.form line=12"},
    {"order: exception of a main draw", &order, "window",
     "exc sx.example/140602/1 99 " A32 "\nwindow", "order.form line=13"},
    {"order: exceptions by number", &pairs_order, "/2 100 " A32 "\nexc sx.example/140602/2 99",
     "/2 99 " A32 "\nexc sx.example/140602/2 100", "order.form line=12"},
    {"order: exception twice", &pairs_order, "/2 100 " A32, "/2 99 " A32, "order.form line=12"},
    {"order: window backwards", &order, "2021-09-01 2021-09-30", "2021-09-30 2021-09-01",
     "order.window from=2021-09-30|to=2021-09-01"},
    {"order: window of one day missing", &order, "2021-09-01 2021-09-30", "2021-09-01",
     "order.form line=13"},
    {"order: short nonce", &order, "nonce " C32, "nonce cc", "order.form line=14"},
    {"order: signature lines", &order, "nonce " C32 "\n", "nonce " C32 "\n\n",
     "order.form line=15"},
    {"order: own slot, witnessed", &order, "1\nsx.example/140600/1\n", "1\nsx.example/140602/1\n",
     "order.self office=140602|level=witnessed"},
    {"order: own slot, unwitnessed", &pairs_order, "1\nsx.example/140600/1\n",
     "1\nsx.example/140602/1\n", NULL},

    {"result", &result, NULL, NULL, NULL},
    {"result without beacon", &result, "ssq 2026133 01 05 12 18 22 30+07", "-", NULL},
    {"result of pairs", &result,
     "stratum 1 1 100 90 10 " A32 "\nstratum 1 9 20 0 0 -\nstratum 2 1 5 5 5 " B32
     "\nselected 1 12 " C32 "\nselected 2 5 " D32 "\n",
     "", NULL},
    {"result: nothing drawn by lot", &result, "stratum 2 1 5 5 5 " B32, "stratum 2 1 5 0 0 -",
     NULL},
    {"result: order index 2^64", &result, "140600/1 12 ", "140600/1 18446744073709551616 ",
     "result.form line=3"},
    {"result: seen before the order", &result, "140600/1 13 ", "140600/1 12 ",
     "result.form line=5"},
    {"result: seen of another epoch", &result, "seen sx.example/140600/1 13 ",
     "seen sx.example/140600/2 1 ", NULL},
    {"result: no beacon line", &result, "beacon ssq 2026133 01 05 12 18 22 30+07\n", "",
     "result.form line=6"},
    {"result: reds descend", &result, "01 05", "05 01", "result.form line=6"},
    {"result: red twice", &result, "01 05", "05 05", "result.form line=6"},
    {"result: red 00", &result, "01 05", "00 05", "result.form line=6"},
    {"result: red 34", &result, "30+07", "34+07", "result.form line=6"},
    {"result: red 33, blue 16", &result, "30+07", "33+16", NULL},
    {"result: blue 17", &result, "30+07", "30+17", "result.form line=6"},
    {"result: blue 00", &result, "30+07", "30+00", "result.form line=6"},
    {"result: beacon with a space more", &result, "01 05", "01  5", "result.form line=6"},
    {"result: six digits of the event", &result, "2026133", "202613", "result.form line=6"},
    {"result: no key", &result, "vrf " D32 " " PI "\n", "", "result.form line=7"},
    {"result: short proof", &result, D32 " " PI, D32 " " A32, "result.form line=7"},
    {"result: slot 0", &result, "stratum 1 1 100", "stratum 0 1 100", "result.form line=8"},
    {"result: stratum 0", &result, "stratum 1 1 100", "stratum 1 0 100", "result.form line=8"},
    {"result: strata descend", &result, "stratum 1 9", "stratum 1 1", "result.form line=9"},
    {"result: slots descend", &result, "stratum 2 1", "stratum 1 8", "result.form line=10"},
    {"result: slot 17", &result, "stratum 2 1", "stratum 17 1", "result.form line=10"},
    {"result: quota above the pool", &result, "5 5 5 ", "5 5 6 ", "result.form line=10"},
    {"result: pool above the base", &result, "5 5 5 ", "4 5 5 ", "result.form line=10"},
    {"result: cut-off of no quota", &result, "20 0 0 -", "20 0 0 " A32, "result.form line=9"},
    {"result: quota without cut-off", &result, "90 10 " A32, "90 10 -", "result.form line=8"},
    {"result: fewer selected than quotas", &result, "selected 1 12", "selected 1 9",
     "result.form line=11"},
    {"result: selected twice", &result, "selected 2 5", "selected 1 12", "result.form line=12"},
    {"result: selected of a slot without strata", &result, "stratum 2 1 5 5 5 " B32 "\n", "",
     "result.form line=11"},
    {"result: strata without selected", &result, "selected 2 5 " D32 "\n", "",
     "result.selected slot=2"},
    {"result: selected before strata", &result, "selected 1 12 " C32 "\n", "",
     "result.form line=11"},

    {"exc", &exc, NULL, NULL, NULL},
    {"exc: absence", &absence, NULL, NULL, NULL},
    {"exc: recusal", &absence, "absence", "recusal", NULL},
    {"exc: replace", &absence, "absence", "replace", NULL},
    {"exc: appointment", &appoint, NULL, NULL, NULL},
    {"exc: somebody follows an appointment", &appoint, "next -", "next 140622/JS010",
     "exc.form line=7"},
    {"exc: appointment of nobody", &appoint, "140622/JS009", "-", "exc.form line=4"},
    {"exc: return", &returned, NULL, NULL, NULL},
    {"exc: return without evidence", &returned, "evidence " B32, "evidence -", NULL},
    {"exc: return by an inspector", &returned, " - 2021", " 140602/JS009 2021", "exc.form line=4"},
    {"exc: an office follows a return", &returned, "next -", "next 140622", "exc.form line=7"},
    {"exc: receipt", &returned, "return 1", "receive 1", NULL},
    {"exc: reassignment", &reassign, NULL, NULL, NULL},
    {"exc: reassignment to nobody", &reassign, "next 140622", "next -", "exc.form line=7"},
    {"exc: reassignment to what is no office", &reassign, "next 140622", "next 14-06",
     "exc.form line=7"},
    {"exc: reassignment to too long a code", &reassign, "next 140622", "next 14062200000000000",
     "exc.form line=7"},
    {"exc: reassignment of no return", &reassign, "evidence " B32, "evidence -", "exc.form line=7"},
    {"exc: nobody goes instead", &absence, "next 140602/2", "next -", NULL},
    {"exc: no successor", &exc, "next I:92140622MA0KY12B6F", "next -", NULL},
    {"exc: void without evidence", &exc, "evidence " B32, "evidence -", NULL},
    {"exc: other version", &exc, "draw-exc/1", "draw-exc/2", "exc.form line=1"},
    {"exc: bad origin", &exc, "sx.example/140602/2", "140602", "exc.form line=2"},
    {"exc: another office's draw", &exc, "draw sx.example/140602/1", "draw sx.example/140600/1",
     "exc.draw office=sx.example/140602/2|draw=sx.example/140600/1"},
    {"exc: another deployment's draw", &exc, "draw sx.example/", "draw nx.example/",
     "exc.draw office=sx.example/140602/2|draw=nx.example/140602/1"},
    {"exc: draw without leaf", &exc, " 12 " A32, " 12", "exc.form line=3"},
    {"exc: unknown kind", &exc, "void 1", "cancel 1", "exc.form line=4"},
    {"exc: slot line 0", &exc, "void 1", "void 0", "exc.form line=4"},
    {"exc: slot line 17", &absence, "absence 16", "absence 17", "exc.form line=4"},
    {"exc: bad object", &exc, "void 1 E:91140602MA0KX0A76X", "void 1 E:9114", "exc.form line=4"},
    {"exc: void with an inspector", &exc, "76X - 2021", "76X 140602/2 2021", "exc.form line=4"},
    {"exc: absence of nobody", &absence, "140602/晋B-01", "-", "exc.form line=4"},
    {"exc: no such day", &exc, "2021-08-20", "2021-08-32", "exc.form line=4"},
    {"exc: a field more", &exc, "2021-08-20", "2021-08-20 1", "exc.form line=4"},
    {"exc: no reason", &exc, "reason not_found", "reason -", NULL},
    {"exc: reason of two words", &exc, "not_found", "not found", "exc.form line=5"},
    {"exc: evidence is no hash", &exc, "evidence " B32, "evidence b", "exc.form line=6"},
    {"exc: inspector for an object", &exc, "next I:92140622MA0KY12B6F", "next 140602/2",
     "exc.form line=7"},
    {"exc: next is two", &absence, "next 140602/2", "next 140602/2 140602/3", "exc.form line=7"},
    {"exc: a line more", &exc, "next I:92140622MA0KY12B6F\n", "next -\nnext -\n",
     "exc.form line=8"},
    {"exc: a line less", &absence, "next 140602/2\n", "", "exc.form line=7"},

    {"release", &release, NULL, NULL, NULL},
    {"release: part 65535", &release, "140600/1 12 0", "140600/1 12 65535", NULL},
    {"release: part 65536", &release, "140600/1 12 0", "140600/1 12 65536", "release.form line=3"},
    {"release: seq 2^64", &release, "140600/1 12 0", "140600/1 18446744073709551616 0",
     "release.form line=3"},
    {"release: by number", &release, "45 10\npart sx.example/140602/1 45 9",
     "45 9\npart sx.example/140602/1 45 10", "release.form line=5"},
    {"release: part twice", &release, "45 10\n", "45 9\n", "release.form line=5"},
    {"release: bad origin", &release, "part sx.example/140600/1", "part 140600",
     "release.form line=3"},
    {"release: a line more", &release, " 5 0\n", " 5 0\n\n", "release.form line=7"},
    {"release of nothing", &release,
     "part sx.example/140600/1 12 0\npart sx.example/140602/1 45 10\npart sx.example/140602/1 45 "
     "9\n"
     "part sx.example/140602/1 5 0\n",
     "", "release.form line=3"},

    {"pairs", &pairs, NULL, NULL, NULL},
    {"pairs: no visit", &pairs,
     "visit 1 E:91140602MA0KX0A76X 0:140602/晋B-01 1:140602/2\n"
     "visit 2,10 I:92140622MA0KY12B6F 0:- 1:140602/2 2:140602/7 3:-\n",
     "", NULL},
    {"pairs: slots by text", &pairs, "2,10", "10,2", "pairs.form line=5"},
    {"pairs: slot 0", &pairs, "visit 1 ", "visit 0 ", "pairs.form line=4"},
    {"pairs: slot 17", &pairs, "2,10", "2,17", "pairs.form line=5"},
    {"pairs: no slot", &pairs, "visit 1 ", "visit - ", "pairs.form line=4"},
    {"pairs: bad object", &pairs, "E:91140602MA0KX0A76X", "E:9114", "pairs.form line=4"},
    {"pairs: objects descend", &pairs, "visit 1 E:", "visit 1 S:", "pairs.form line=5"},
    {"pairs: position left out", &pairs, "1:140602/2 2:", "2:", "pairs.form line=5"},
    {"pairs: five positions", &pairs, "3:-", "3:- 4:-", "pairs.form line=5"},
    {"pairs: no position", &pairs, " 0:140602/晋B-01 1:140602/2", "", "pairs.form line=4"},
    {"pairs: empty position", &pairs, "0:140602/晋B-01", "0:", "pairs.form line=4"},
    {"pairs: broken UTF-8", &pairs, "晋B", "\xe6\x99", "pairs.form line=4"},
};

static void round_trips(void **state)
{
    const struct row *row = *state;
    struct qn_err err = {.id = ""};
    QN_AUTO(qn_buf) struct qn_buf text = {0}, again = {0};
    qn_buf_init(&text, QN_TEXT_MAX);
    qn_buf_init(&again, QN_TEXT_MAX);
    swap_in(&text, row->kind->sound, row->what, row->with);
    enum qn_code rc = row->kind->again(&again, qn_buf_span(&text), &err);
    expect_verdict(rc, &err, row->want);
    if (!rc)
        assert_true(qn_span_eq(qn_buf_span(&text), qn_buf_span(&again)));
}

/* Every text, cut short anywhere or with any one byte changed to a space or a digit, is refused or still canonical. */
static void mutations_stay_canonical(void **state)
{
    (void)state;
    static const struct kind *const kinds[] = {&freeze,  &order, &pairs_order, &result,
                                               &release, &pairs, &exc,         &absence};
    static const uint8_t bytes[] = {' ', '\n', '0', '9', 'a', '-', 0};
    for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
        size_t n = strlen(kinds[k]->sound);
        uint8_t *copy = malloc(n);
        assert_non_null(copy);
        for (size_t i = 0; i < n * (ARRAY_LEN(bytes) + 1); i++) {
            size_t at = i % n, which = i / n;
            QN_AUTO(qn_buf) struct qn_buf again = {0};
            qn_buf_init(&again, QN_TEXT_MAX);
            memcpy(copy, kinds[k]->sound, n);
            if (which < ARRAY_LEN(bytes))
                copy[at] = bytes[which];
            struct qn_span text = {copy, which < ARRAY_LEN(bytes) ? n : at};
            if (kinds[k]->again(&again, text, NULL) == QN_OK)
                assert_true(qn_span_eq(text, qn_buf_span(&again)));
        }
        free(copy);
    }
}

static void bounds_sizes(void **state)
{
    (void)state;
    static const struct {
        const struct kind *kind;
        const char *want;
    } kinds[] = {{&freeze, "freeze.size max=1048576"}, {&order, "order.size max=1048576"},
                 {&result, "result.size max=1048576"}, {&release, "release.size max=1048576"},
                 {&exc, "exc.size max=1048576"},       {&pairs, "pairs.size max=1048576"}};
    uint8_t *big = calloc(1, QN_TEXT_MAX + 1);
    assert_non_null(big);
    for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
        struct qn_err err = {.id = ""};
        QN_AUTO(qn_buf) struct qn_buf again = {0};
        qn_buf_init(&again, QN_TEXT_MAX);
        expect_verdict(kinds[k].kind->again(&again, (struct qn_span){big, QN_TEXT_MAX + 1}, &err),
                       &err, kinds[k].want);
        assert_int_equal(kinds[k].kind->again(&again, (struct qn_span){big, QN_TEXT_MAX}, &err),
                         QN_MALFORMED);
    }
    free(big);
}

/* ---- bounds of repeated lines --------------------------------------------------------------------- */

static void many_sources(void **state)
{
    (void)state;
    for (unsigned n = QN_SOURCES; n <= QN_SOURCES + 1; n++) {
        struct qn_err err = {.id = ""};
        QN_AUTO(qn_buf) struct qn_buf text = {0}, again = {0};
        qn_buf_init(&text, QN_TEXT_MAX);
        qn_buf_init(&again, QN_TEXT_MAX);
        qn_put(&text, freeze.sound, (size_t)(strstr(freeze.sound, "source") - freeze.sound));
        for (unsigned i = 0; i < n; i++)
            qn_put_fmt(&text, "source sx.example/A%05u/1 1 %s\n", i, A32);
        expect_verdict(freeze_again(&again, qn_buf_span(&text), &err), &err,
                       n == QN_SOURCES ? NULL : "freeze.form line=4106");
    }
}

static void many_slots(void **state)
{
    (void)state;
    for (unsigned n = QN_ORDER_SLOTS; n <= QN_ORDER_SLOTS + 1; n++) {
        struct qn_err err = {.id = ""};
        QN_AUTO(qn_buf) struct qn_buf slots = {0}, text = {0}, again = {0};
        qn_buf_init(&slots, QN_TEXT_MAX);
        qn_buf_init(&text, QN_TEXT_MAX);
        qn_buf_init(&again, QN_TEXT_MAX);
        for (unsigned i = 0; i < n; i++)
            qn_put_fmt(&slots, "slot 140600 2021 t%02u 1 both %s\n", i, A32);
        qn_put(&slots, "", 1);
        swap_in(&text, order.sound,
                "slot 140600 2021 09 10 both " A32 "\nslot 140600 2021 09 9 both " B32 "\n",
                (const char *)slots.p);
        expect_verdict(order_again(&again, qn_buf_span(&text), &err), &err,
                       n == QN_ORDER_SLOTS ? NULL : "order.form line=20");
    }
}

static void many_exceptions(void **state)
{
    (void)state;
    for (unsigned n = QN_ORDER_EXC; n <= QN_ORDER_EXC + 1; n++) {
        struct qn_err err = {.id = ""};
        QN_AUTO(qn_buf) struct qn_buf lines = {0}, text = {0}, again = {0};
        qn_buf_init(&lines, QN_TEXT_MAX);
        qn_buf_init(&text, QN_TEXT_MAX);
        qn_buf_init(&again, QN_TEXT_MAX);
        for (unsigned i = 0; i < n; i++)
            qn_put_fmt(&lines, "exc sx.example/140602/1 %u %s\n", 100 + i, A32);
        qn_put(&lines, "", 1);
        swap_in(&text, pairs_order.sound,
                "exc sx.example/140602/2 100 " A32 "\nexc sx.example/140602/2 99 " A32 "\n",
                (const char *)lines.p);
        expect_verdict(order_again(&again, qn_buf_span(&text), &err), &err,
                       n == QN_ORDER_EXC ? NULL : "order.form line=75");
    }
}

static void most_strata(void **state)
{
    (void)state;
    for (unsigned n = QN_STRATA; n <= QN_STRATA + 1; n++) {
        struct qn_err err = {.id = ""};
        QN_AUTO(qn_buf) struct qn_buf text = {0}, again = {0};
        qn_buf_init(&text, QN_TEXT_MAX);
        qn_buf_init(&again, QN_TEXT_MAX);
        qn_put(&text, result.sound, (size_t)(strstr(result.sound, "stratum") - result.sound));
        for (unsigned slot = 1; slot <= QN_ORDER_SLOTS; slot++)
            for (unsigned h = 1; h <= (slot == 1   ? n
                                       : slot == 2 ? 2 * QN_STRATA - n
                                                   : QN_STRATA);
                 h++)
                qn_put_fmt(&text, "stratum %u %u 9 9 0 -\n", slot, h);
        for (unsigned slot = 1; slot <= QN_ORDER_SLOTS; slot++)
            qn_put_fmt(&text, "selected %u 0 %s\n", slot, NOTHING);
        expect_verdict(result_again(&again, qn_buf_span(&text), &err), &err,
                       n == QN_STRATA ? NULL : "result.form line=520");
    }
}

/* ---- fields --------------------------------------------------------------------------------------- */

static void order_keeps_fields(void **state)
{
    (void)state;
    static struct qn_order o;
    uint8_t id[QN_HASH];
    assert_int_equal(qn_order_parse(&o, qn_str(order.sound), NULL), QN_OK);
    crypto_hash_sha256(id, (const uint8_t *)order.sound, strlen(order.sound));
    assert_memory_equal(o.id, id, QN_HASH);
    assert_string_equal(o.parent, "sx.example/140600/1");
    assert_string_equal(o.office_origin, "sx.example/140602/1");
    assert_string_equal(o.office, "140602");
    assert_int_equal(o.nslots, 2);
    assert_int_equal(o.slot[1].round, 9);
    assert_int_equal(o.level, QN_WITNESSED);
    assert_int_equal(o.freeze.index, 45);
    assert_int_equal(o.freeze_head.size, 50);
    assert_string_equal(o.freeze_head.origin, "sx.example/140602/1");
    assert_int_equal(o.nkeys, 3);
    assert_int_equal(o.vrf[2][31], 0xbb);
    assert_string_equal(o.beacon_event, "2021100");
    assert_string_equal(o.window_to, "2021-09-30");
    assert_int_equal(o.nonce[0], 0xcc);
    assert_int_equal(qn_order_parse(&o, qn_str(pairs_order.sound), NULL), QN_OK);
    assert_int_equal(o.list[0].index, 12);
    assert_int_equal(o.nexc, 2);
    assert_int_equal(o.exc[0].index, 100);
    assert_int_equal(o.supp, 2);
    assert_false(o.has_freeze);
}

static void result_keeps_fields(void **state)
{
    (void)state;
    static struct qn_result r;
    assert_int_equal(qn_result_parse(&r, qn_str(result.sound), NULL), QN_OK);
    assert_int_equal(r.order.index, 12);
    assert_int_equal(r.order_id[0], 0xaa);
    assert_int_equal(r.seen.size, 13);
    assert_string_equal(r.beacon, "ssq 2026133 01 05 12 18 22 30+07");
    assert_int_equal(r.nvrf, 1);
    assert_int_equal(r.vrf[0].pi[79], 1);
    assert_int_equal(r.nstrata, 3);
    assert_int_equal(r.stratum[2].slot, 2);
    assert_true(r.stratum[0].has_cutoff && !r.stratum[1].has_cutoff);
    assert_int_equal(r.nselected, 2);
    assert_int_equal(r.selected[0].count, 12);
}

/* Whoever releases names parts in any order: the text has them in theirs. */
static void release_sorts(void **state)
{
    (void)state;
    struct qn_release_part parts[] = {{"sx.example/140602/1", 5, 0},
                                      {"sx.example/140602/1", 45, 9},
                                      {"sx.example/140600/1", 12, 0},
                                      {"sx.example/140602/1", 45, 10}};
    struct qn_release r = {.origin = "sx.example/140602/1", .nparts = 4, .part = parts};
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    qn_buf_init(&text, QN_TEXT_MAX);
    qn_release_text(&text, &r);
    assert_true(qn_span_is(qn_buf_span(&text), release.sound));
    assert_int_equal(parts[0].seq, 5); /* the caller's are left as they were */
}

/* The order of numbers is that of their texts, at every length. */
static void release_sorts_as_text(void **state)
{
    (void)state;
    static const uint64_t seqs[] = {0,
                                    1,
                                    10,
                                    100,
                                    101,
                                    11,
                                    12,
                                    120,
                                    123,
                                    13,
                                    2,
                                    20,
                                    200,
                                    21,
                                    9,
                                    90,
                                    99,
                                    999,
                                    UINT64_C(9999999999999999999),
                                    UINT64_C(18446744073709551615)};
    struct qn_release_part parts[ARRAY_LEN(seqs)];
    char lines[ARRAY_LEN(seqs)][64];
    size_t n = ARRAY_LEN(seqs);
    for (size_t i = 0; i < n; i++)
        parts[i] =
            (struct qn_release_part){"sx.example/140602/1", seqs[i * 7 % n], (uint16_t)(i % 3)};
    struct qn_release r = {.origin = "sx.example/140602/1", .nparts = n, .part = parts};
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    qn_buf_init(&text, QN_TEXT_MAX);
    qn_release_text(&text, &r);
    qn_put(&text, "", 1);
    assert_non_null(strtok((char *)text.p, "\n"));
    assert_non_null(strtok(NULL, "\n"));
    for (size_t i = 0; i < n; i++) {
        const char *line = strtok(NULL, "\n");
        assert_non_null(line);
        snprintf(lines[i], sizeof(lines[i]), "%s\n", line);
        assert_true(i == 0 || strcmp(lines[i - 1], lines[i]) < 0);
    }
}

static void pairs_keep_fields(void **state)
{
    (void)state;
    struct qn_pairs p;
    assert_int_equal(qn_pairs_parse(&p, qn_str(pairs.sound), NULL), QN_OK);
    assert_int_equal(p.nvisits, 2);
    assert_int_equal(p.visit[1].slots, 1u << 1 | 1u << 9);
    assert_int_equal(p.visit[1].n, 4);
    assert_true(qn_span_is(p.visit[0].inspector[0], "140602/晋B-01"));
    assert_int_equal(p.visit[1].inspector[0].n, 0);
    assert_true(qn_span_is(p.visit[1].object, "I:92140622MA0KY12B6F"));
    qn_pairs_release(&p);
}

static void pairs_are_written(void **state)
{
    (void)state;
    struct qn_object o[] = {{.id = qn_str("E:91140602MA0KX0A76X")},
                            {.id = qn_str("I:92140622MA0KY12B6F")}};
    struct qn_inspector who[] = {
        {.id = qn_str("140602/2")}, {.id = qn_str("140602/7")}, {.id = qn_str("140602/晋B-01")}};
    struct qn_roster roster = {.object = o, .nobjects = 2, .inspector = who, .ninspectors = 3};
    struct qn_visit v[] = {
        {.object = 0, .slots = 1, .n = 2, .inspector = {2, 0}},
        {.object = 1, .slots = 1u << 1 | 1u << 9, .n = 4, .inspector = {-1, 0, 1, -1}}};
    struct qn_pairing p = {v, 2};
    uint8_t id[QN_HASH];
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    qn_buf_init(&text, QN_TEXT_MAX);
    memset(id, 0xaa, sizeof(id));
    assert_int_equal(qn_pairs_text(&text, qn_str("sx.example/140602/1"), id, &p, &roster, NULL),
                     QN_OK);
    assert_true(qn_span_is(qn_buf_span(&text), pairs.sound));
}

int main(void)
{
    const struct CMUnitTest fixed[] = {
        cmocka_unit_test(mutations_stay_canonical),
        cmocka_unit_test(bounds_sizes),
        cmocka_unit_test(many_sources),
        cmocka_unit_test(many_slots),
        cmocka_unit_test(many_exceptions),
        cmocka_unit_test(most_strata),
        cmocka_unit_test(order_keeps_fields),
        cmocka_unit_test(result_keeps_fields),
        cmocka_unit_test(release_sorts),
        cmocka_unit_test(release_sorts_as_text),
        cmocka_unit_test(pairs_keep_fields),
        cmocka_unit_test(pairs_are_written),
    };
    struct CMUnitTest test[ARRAY_LEN(fixed) + ARRAY_LEN(rows)];
    size_t n = ARRAY_LEN(fixed);
    memcpy(test, fixed, sizeof(fixed));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        test[n++] = (struct CMUnitTest){rows[i].name, round_trips, NULL, NULL, &rows[i]};
    return cmocka_run_group_tests_name("draw texts", test, NULL, NULL);
}
