/* gen_roster - makes the spreadsheets of one office, as such offices hand them over.
 *
 *   gen_roster --office 140602 --seed N [--objects 3000] [--inspectors 24] --out DIR
 *
 * objects.csv, inspectors.csv and recusals.csv in DIR: GB 18030, CRLF, Chinese headings, quotes where needed, and a
 * few rows that an import must refuse; expected-rejects.csv (line,rule; UTF-8) names those. The same office, seed and
 * sizes give the same bytes. Everything is invented. Some rows are odd but sound: a code that fails its check (a
 * warning only), a code typed in lower case, full width or with blanks, an old registration number.            */
#include <errno.h>
#include <getopt.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "qian/base.h"
#include "qian/uscc.h"
#include "protocol/wire.h"
#include "tests/tools/excel.h"
#include "tests/tools/gen_roster_words.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* One fault a row; names of the rules as expected-rejects.csv gives them. */
enum fault {
    SOUND,
    MISSING_NAME,
    UNKNOWN_CLASS,
    BAD_DATE,
    UNKNOWN_OFFICE,
    DUPLICATE_ID,
    UNKNOWN_TAG,
    BROKEN_CHARACTER,
    TOO_MANY_COLUMNS,
    FAULTS
};
static const char *const fault_names[] = {
    [SOUND] = "",
    [MISSING_NAME] = "missing-name",
    [UNKNOWN_CLASS] = "unknown-class",
    [BAD_DATE] = "bad-date",
    [UNKNOWN_OFFICE] = "unknown-office",
    [DUPLICATE_ID] = "duplicate-id",
    [UNKNOWN_TAG] = "unknown-tag",
    [BROKEN_CHARACTER] = "broken-character",
    [TOO_MANY_COLUMNS] = "too-many-columns",
};

enum {
    OBJECT_ID,
    CLASS,
    NAME,
    CODE,
    REG_NO,
    PARTY,
    ADDRESS,
    OFFICE,
    STATION,
    INDUSTRY,
    TAGS,
    STATUS,
    RISK,
    RISK_DATE,
    COMPLAINTS,
    INSPECTED,
    LAST,
    COLUMNS
};
struct object {
    char cell[COLUMNS][CELL];
    char id[64]; /* as an import makes it */
    char kind;
    bool plain; /* its code is written in normal form and holds */
    enum fault fault;
};

static struct {
    const char *office, *out;
    char place[64];
    unsigned long seed, objects, inspectors;
    struct object *pool, **object; /* as they were made; as they stand in the list */
    size_t made;
    size_t n, sound;
    char (*insp)[32]; /* certificate numbers */
    uint8_t key[32];
    uint8_t stream[4096];
    size_t used;
    uint64_t block;
    char (*codes)[QN_USCC + 1]; /* given out already: a table of places, each code at its own or the next free one */
    size_t places;              /* a power of two, at least twice as many as codes */
    size_t recusals;
} g;

/* ---- lots ------------------------------------------------------------------------------------------------- */

static void seed_lots(void)
{
    char text[96];
    int n = snprintf(text, sizeof(text), "gen_roster %s %lu", g.office, g.seed);
    crypto_hash_sha256(g.key, (const uint8_t *)text, (unsigned long long)n);
    g.used = sizeof(g.stream);
}

static unsigned below(size_t n)
{
    if (g.used + 8 > sizeof(g.stream)) {
        uint8_t seed[40], block[randombytes_SEEDBYTES];
        memcpy(seed, g.key, 32);
        for (size_t i = 0; i < 8; i++)
            seed[32 + i] = (uint8_t)(g.block >> (8 * i));
        g.block++;
        crypto_hash_sha256(block, seed, sizeof(seed));
        randombytes_buf_deterministic(g.stream, sizeof(g.stream), block);
        g.used = 0;
    }
    uint64_t x = 0;
    for (size_t i = 0; i < 8; i++)
        x = x << 8 | g.stream[g.used++];
    return (unsigned)(x % n); /* 64 bits against thousands: the bias is beyond seeing */
}

static bool one_in(size_t n)
{
    return below(n) == 0;
}

/* One lot a statement: in which order a call's arguments are made is the compiler's choice. */
#define PICK(array) ((array)[below(ARRAY_LEN(array))])

static void put(char cell[CELL], const char *fmt, ...) QN_PRINTF(2, 3);
static void put(char cell[CELL], const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(cell, CELL, fmt, ap);
    va_end(ap);
    if (n < 0 || n >= CELL)
        die("a cell is too long");
}

static void put_date(char cell[CELL], const char *first, const char *last)
{
    int32_t from = wire_day(qn_str(first)), to = wire_day(qn_str(last));
    char date[11];
    wire_day_text(from + (int32_t)below((size_t)(to - from) + 1), date);
    put(cell, "%s", date);
}

/* ---- names and codes -------------------------------------------------------------------------------------- */

static void person(char out[CELL])
{
    const char *family = PICK(surnames);
    const char *a = PICK(given);
    const char *b = one_in(3) ? "" : PICK(given);
    put(out, "%s%s%s", family, a, b);
}

static const char *word_of(const struct group *gr)
{
    size_t n = 0;
    while (n < ARRAY_LEN(gr->words) && gr->words[n])
        n++;
    return gr->words[below(n)];
}

/* false: it was given before. */
static bool first_time(const char code[QN_USCC + 1])
{
    uint64_t h = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (const char *p = code; *p; p++)
        h = (h ^ (uint8_t)*p) * UINT64_C(0x100000001b3);
    size_t at = (size_t)h & (g.places - 1);
    for (; g.codes[at][0]; at = (at + 1) & (g.places - 1))
        if (strcmp(g.codes[at], code) == 0)
            return false;
    memcpy(g.codes[at], code, sizeof(g.codes[0]));
    return true;
}

/* A code that holds, inside and out, and was not given before. */
static void new_code(char out[QN_USCC + 1], char kind)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    const char *head = kind == 'E'   ? "91"
                       : kind == 'I' ? "92"
                       : kind == 'C' ? "93"
                       : kind == 'N' ? "12"
                                     : "52";
    for (;;) {
        char prefix[18];
        snprintf(prefix, sizeof(prefix), "%s%.6s%s", head, g.office,
                 head[0] == '9' ? "MA0" : "405");
        for (size_t i = 11; i < 16; i++)
            prefix[i] = alphabet[below(head[0] == '9' ? 31 : 10)];
        prefix[16] = qn_uscc_inner(prefix + 8);
        if (!qn_uscc_make(out, prefix))
            die("the office code does not begin with six digits");
        if (first_time(out))
            return;
    }
}

/* ---- objects ---------------------------------------------------------------------------------------------- */

static const char *class_word(char kind)
{
    switch (kind) {
    case 'E':
        return "企业";
    case 'I':
        return "个体工商户";
    case 'C':
        return "农民专业合作社";
    case 'N':
        return "事业单位";
    case 'S':
        return "社会组织";
    case 'P':
        return "产品";
    case 'L':
        return "场所";
    case 'T':
        return "标准";
    default:
        return "设备";
    }
}

static void set_code(struct object *o, const char *code)
{
    snprintf(o->id, sizeof(o->id), "%c:%s", o->kind, code);
    put(o->cell[CODE], "%s", code);
    o->plain = true;
}

/* How people type a code: in lower case, in full-width characters, in groups. */
static void type_oddly(struct object *o)
{
    char plain[QN_USCC + 1], *cell = o->cell[CODE];
    unsigned how = below(3);
    size_t n = 0;
    memcpy(plain, cell, sizeof(plain));
    for (size_t i = 0; plain[i]; i++) {
        uint8_t c = (uint8_t)plain[i];
        if (how == 0) {
            cell[n++] = (char)(c >= 'A' ? c + 32 : c);
        } else if (how == 1) { /* U+FF01.. in UTF-8 */
            unsigned wide = 0xff00u + c - 0x20;
            cell[n++] = (char)(0xe0 | wide >> 12);
            cell[n++] = (char)(0x80 | (wide >> 6 & 0x3f));
            cell[n++] = (char)(0x80 | (wide & 0x3f));
        } else {
            if (i == 8)
                cell[n++] = ' ';
            cell[n++] = (char)c;
        }
    }
    cell[n] = 0;
    o->plain = false;
}

static void give_identity(struct object *o, const struct group *gr)
{
    char code[QN_USCC + 1], number[24];
    unsigned serial = (unsigned)g.n; /* no number comes twice */
    const char *first = PICK(brand_first);
    const char *second = PICK(brand_second);
    const char *word = word_of(gr), *what = "制造有限公司";
    if (strchr("PQLT", o->kind)) { /* known by a number, most of them their owner's */
        new_code(code, o->kind == 'Q' ? 'N' : 'E');
        if (o->kind == 'Q') {
            what = PICK(gathering);
            unsigned type = 3000 + 10 * below(300);
            unsigned year = 2005 + below(16);
            snprintf(number, sizeof(number), "%u%.6s%u%06u", type, g.office, year, serial);
            put(o->cell[NAME], "%s%s%s%u号%s", first, second, what, 1 + serial % 9, word);
        } else if (o->kind == 'T') {
            snprintf(number, sizeof(number), "Q/%.6sHX%u-2020", g.office, serial);
            put(o->cell[NAME], "%s牌产品%s", first, word);
        } else {
            snprintf(number, sizeof(number), "%s%06u", o->kind == 'P' ? "CP" : "CS", serial);
            put(o->cell[NAME], "%s%s%s", first, o->kind == 'P' ? "牌" : "", word);
        }
        put(o->cell[PARTY], "%s%s%s%s", g.place, first, second, what);
        if (o->kind == 'T')
            snprintf(o->id, sizeof(o->id), "T:%s", number);
        else
            snprintf(o->id, sizeof(o->id), "%c:%s/%s", o->kind, code, number);
        put(o->cell[REG_NO], "%s", number);
        put(o->cell[OBJECT_ID], "%s", o->id);
        return;
    }
    put(o->cell[NAME], "%s%s%s%s", g.place, first, second, word);
    if (o->kind == 'I' && one_in(15)) { /* never changed to the new code */
        snprintf(number, sizeof(number), "%.6s600%06u", g.office, serial);
        snprintf(o->id, sizeof(o->id), "I:%s", number);
        put(o->cell[REG_NO], "%s", number);
        put(o->cell[OBJECT_ID], "%s", o->id);
        return;
    }
    new_code(code, o->kind);
    set_code(o, code);
    if (serial % 200 == 50) { /* issued like this, or a slip of the pen: kept, with a warning */
        code[17] = code[17] == 'Y' ? '0' : 'Y';
        set_code(o, code);
        o->plain = false;
    } else if (serial % 200 == 150) {
        type_oddly(o);
    }
}

static void give_history(struct object *o, bool in_business)
{
    static const struct {
        const char *word;
        unsigned per_mille;
    } other[] = {{"停业", 25}, {"注销", 20}, {"吊销", 15}, {"撤销", 4}, {"迁出", 8}};
    unsigned lot = below(1000);
    put(o->cell[STATUS], "存续");
    for (size_t i = 0; !in_business && i < ARRAY_LEN(other); i++) {
        if (lot < other[i].per_mille) {
            put(o->cell[STATUS], "%s", other[i].word);
            break;
        }
        lot -= other[i].per_mille;
    }
    if (o->kind == 'E' || (o->kind == 'I' && one_in(10))) {
        lot = below(100);
        put(o->cell[RISK], "%s", lot < 45 ? "A" : lot < 85 ? "B" : lot < 95 ? "C" : "D");
        put(o->cell[RISK_DATE], "2021-02-28");
    }
    unsigned most = one_in(10) ? 30 : 4;
    put(o->cell[COMPLAINTS], "%u", one_in(8) ? 1 + below(most) : 0);
    bool this_year = one_in(40);
    put(o->cell[INSPECTED], "%u", this_year ? 1 + one_in(10) : 0);
    if (this_year)
        put_date(o->cell[LAST], "2021-01-04", "2021-02-26");
    else if (one_in(4))
        put_date(o->cell[LAST], "2018-03-01", "2020-12-20");
}

static struct object *add(const struct group *gr, bool in_business)
{
    struct object *o = g.object[g.n++] = &g.pool[g.made++];
    o->kind = gr->kind;
    put(o->cell[CLASS], "%s", class_word(gr->kind));
    give_identity(o, gr);
    if (gr->kind == 'I')
        person(o->cell[PARTY]);
    const char *street = PICK(streets);
    unsigned house = 1 + below(299);
    unsigned floor = 1 + below(4);
    put(o->cell[ADDRESS], "%s%s%u号%s%u层", g.place, street, house, one_in(30) ? "," : "", floor);
    put(o->cell[OFFICE], "%s", g.office);
    put(o->cell[STATION], "%s%02u", g.office, 1 + below(6));
    put(o->cell[INDUSTRY], "%s", gr->industry);
    put(o->cell[TAGS], "%s", gr->tags);
    if (!*gr->tags && strchr("EIC", gr->kind) && one_in(3))
        put(o->cell[TAGS], "商标使用人");
    give_history(o, in_business);
    return o;
}

/* Spoils one row in one way. */
static void spoil(struct object *o, enum fault fault)
{
    o->fault = fault;
    switch (fault) {
    case MISSING_NAME:
        put(o->cell[NAME], " ");
        break;
    case UNKNOWN_CLASS:
        put(o->cell[CLASS], "公司");
        break;
    case BAD_DATE:
        put(o->cell[LAST], "2021-02-30");
        break;
    case UNKNOWN_OFFICE:
        put(o->cell[OFFICE], "999999");
        break;
    case UNKNOWN_TAG:
        put(o->cell[TAGS], "商标使用人；没有这个标签");
        break;
    case DUPLICATE_ID: /* when its place is known */
    case BROKEN_CHARACTER:
    case TOO_MANY_COLUMNS: /* on the way out */
    case SOUND:
    case FAULTS:
        break;
    }
}

static void make_objects(void)
{
    size_t refused = g.objects * 15 / 1000;
    if (refused < FAULTS - 1)
        refused = FAULTS - 1;
    g.sound = g.objects - refused;
    for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
        size_t n = g.sound * (size_t)groups[i].per_mille / 1000;
        for (size_t k = 0; k < (n < 6 ? 6 : n); k++)
            add(&groups[i], k < 6);
    }
    for (size_t i = 0; g.n < g.sound; i++) {
        unsigned lot = below(100);
        size_t k = 0;
        while (lot >= (unsigned)ordinary[k].per_mille)
            lot -= (unsigned)ordinary[k++].per_mille;
        struct object *o = add(&ordinary[i < 8 ? 0 : k], i < 8);
        if (i < 8) /* enough of high risk for a task of its own */
            put(o->cell[RISK], "D");
    }
    for (size_t i = g.n; i > 1; i--) { /* a register is in no order that tells something */
        size_t k = below(i);
        struct object *swap = g.object[k];
        g.object[k] = g.object[i - 1];
        g.object[i - 1] = swap;
    }
    /* Rows to be refused, each at some place behind the first tenth. */
    for (size_t i = 0; i < refused; i++) {
        struct object *bad = add(&ordinary[below(7)], true);
        g.n--;
        enum fault fault = (enum fault)(1 + i % (FAULTS - 1));
        size_t at = g.objects / 10 + below(g.n - g.objects / 10);
        memmove(g.object + at + 1, g.object + at, (g.n - at) * sizeof(g.object[0]));
        g.object[at] = bad;
        g.n++;
        spoil(bad, fault);
    }
    for (size_t i = 0; i < g.n; i++)
        if (g.object[i]->fault == DUPLICATE_ID) {
            size_t k;
            do
                k = below(i);
            while (g.object[k]->fault != SOUND || !g.object[k]->plain || g.object[k]->kind != 'E');
            set_code(g.object[i], g.object[k]->id + 2);
        }
}

/* ---- files ------------------------------------------------------------------------------------------------ */

static void write_objects(void)
{
    static const char *const heads[COLUMNS] = {
        [OBJECT_ID] = "对象编号",  [CLASS] = "对象类别",
        [NAME] = "名称",           [CODE] = "统一社会信用代码",
        [REG_NO] = "注册号",       [PARTY] = "责任主体",
        [ADDRESS] = "地址",        [OFFICE] = "检查机关",
        [STATION] = "所属监管所",  [INDUSTRY] = "行业",
        [TAGS] = "标签",           [STATUS] = "登记状态",
        [RISK] = "信用风险分类",   [RISK_DATE] = "风险评定日期",
        [COMPLAINTS] = "投诉次数", [INSPECTED] = "本年已查次数",
        [LAST] = "上次检查日期",
    };
    static const char *const reject_heads[] = {"line", "rule"};
    struct excel o = excel_begin(g.out, "objects.csv", true, heads, COLUMNS);
    struct excel r =
        excel_begin(g.out, "expected-rejects.csv", false, reject_heads, ARRAY_LEN(reject_heads));
    for (size_t i = 0; i < g.n; i++) {
        const struct object *row = g.object[i];
        for (size_t c = 0; c < COLUMNS; c++)
            excel_cell(&o, row->cell[c], c == NAME && row->fault == BROKEN_CHARACTER);
        if (row->fault == TOO_MANY_COLUMNS)
            excel_cell(&o, "备注", false);
        excel_row_end(&o);
        if (row->fault != SOUND) {
            char line[32];
            snprintf(line, sizeof(line), "%zu", i + 2);
            excel_cell(&r, line, false);
            excel_cell(&r, fault_names[row->fault], false);
            excel_row_end(&r);
        }
    }
    excel_end(&o);
    excel_end(&r);
}

static void write_inspectors(void)
{
    static const char *const heads[] = {"姓名",         "执法证号",   "发证机关",
                                        "证件有效期至", "专业标签",   "状态",
                                        "所属监管所",   "可参加抽查", "已承担次数"};
    static const char *const fields[] = {"计量",     "广告",     "网监", "质量",
                                         "知识产权", "特种设备", "认证", "信用"};
    static const struct {
        const char *status, *may, *until;
    } away[] = {
        {"在岗", "否", "2025-12-31"},     {"调离", "否", "2024-06-30"},
        {"停职", "否", "2023-12-31"},     {"退休", "否", "2022-12-31"},
        {"证件过期", "否", "2020-12-31"},
    };
    struct excel o = excel_begin(g.out, "inspectors.csv", true, heads, ARRAY_LEN(heads));
    size_t absent = g.inspectors / 6;
    for (size_t i = 0; i < g.inspectors; i++) {
        char name[CELL], text[CELL], until[CELL];
        /* Fields go round by number, so that each has its people; who is away is above the first five sixths. */
        size_t k = i < g.inspectors - absent ? ARRAY_LEN(away) : i % ARRAY_LEN(away);
        bool here = k == ARRAY_LEN(away);
        person(name);
        snprintf(g.insp[i], sizeof(g.insp[i]), "%.6s%04u", g.office, (unsigned)(37 * i + 11));
        excel_cell(&o, name, false);
        excel_cell(&o, g.insp[i], false);
        excel_cell(&o, g.office, false);
        put_date(until, "2022-06-30", "2026-12-31");
        excel_cell(&o, here ? until : away[k].until, false);
        put(text, "综合执法；%s；%s", fields[i % 8], fields[(i + 3) % 8]);
        excel_cell(&o, text, false);
        excel_cell(&o, here ? "在岗" : away[k].status, false);
        put(text, "%s%02u", g.office, 1 + below(6));
        excel_cell(&o, one_in(3) ? "" : text, false);
        excel_cell(&o, here ? "是" : away[k].may, false);
        put(text, "%u", one_in(3) ? 1 + below(3) : 0);
        excel_cell(&o, text, false);
        excel_row_end(&o);
    }
    excel_end(&o);
}

static void write_recusals(void)
{
    static const char *const heads[] = {"执法证号", "发证机关", "对象编号", "原因"};
    struct excel o = excel_begin(g.out, "recusals.csv", true, heads, ARRAY_LEN(heads));
    size_t object = 0;
    for (size_t i = 0; i < g.inspectors + 6; i++) {
        /* Forward through the list, so that no pair comes twice. */
        object += 1 + below(g.n / (g.inspectors + 6) - 1);
        while (g.object[object % g.n]->fault != SOUND)
            object++;
        if (object >= g.n)
            break;
        excel_cell(&o, g.insp[below(g.inspectors)], false);
        excel_cell(&o, g.office, false);
        excel_cell(&o, g.object[object]->id, false);
        excel_cell(&o, PICK(recusal_reasons), false);
        excel_row_end(&o);
        g.recusals++;
    }
    excel_end(&o);
}

static unsigned long number(const char *text, unsigned long min, unsigned long max)
{
    char *rest;
    unsigned long v = strtoul(text, &rest, 10);
    errno = 0;
    if (*rest || !*text || v < min || v > max) {
        fprintf(stderr, "gen_roster: %s is not a number from %lu to %lu\n", text, min, max);
        exit(2);
    }
    return v;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"office", required_argument, NULL, 'o'},  {"seed", required_argument, NULL, 's'},
        {"objects", required_argument, NULL, 'n'}, {"inspectors", required_argument, NULL, 'i'},
        {"out", required_argument, NULL, 'd'},     {NULL, 0, NULL, 0},
    };
    int c;
    bool seeded = false;
    g.objects = 3000;
    g.inspectors = 24;
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'o':
            g.office = optarg;
            break;
        case 's':
            g.seed = number(optarg, 0, 1000000000);
            seeded = true;
            break;
        case 'n':
            g.objects = number(optarg, 500, 1000000);
            break;
        case 'i':
            g.inspectors = number(optarg, 16, 250);
            break;
        case 'd':
            g.out = optarg;
            break;
        default:
            return 2;
        }
    }
    if (optind != argc || !seeded || !g.out || !g.office || strlen(g.office) < 6 ||
        !wire_is_code(qn_str(g.office)) || strspn(g.office, "0123456789") < 6) {
        fputs("gen_roster --office CODE --seed N [--objects 3000] [--inspectors 24] --out DIR\n"
              "CODE begins with the six digits of a division.\n",
              stderr);
        return 2;
    }
    if (sodium_init() < 0)
        die("libsodium");
    snprintf(g.place, sizeof(g.place), "%s", "本县");
    for (size_t i = 0; i < ARRAY_LEN(counties); i++)
        if (strncmp(counties[i].code, g.office, 6) == 0)
            snprintf(g.place, sizeof(g.place), "%s", counties[i].name);
    if (mkdir(g.out, 0755) && errno != EEXIST)
        die(g.out);
    errno = 0;
    for (g.places = 1; g.places < 4 * (g.objects + 1);)
        g.places *= 2;
    g.pool = calloc(g.objects + 1, sizeof(g.pool[0]));
    g.object = calloc(g.objects + 1, sizeof(struct object *));
    g.codes = calloc(g.places, sizeof(g.codes[0]));
    g.insp = calloc(g.inspectors, sizeof(g.insp[0]));
    if (!g.pool || !g.object || !g.codes || !g.insp)
        die("memory");
    seed_lots();
    make_objects();
    write_objects();
    write_inspectors();
    write_recusals();
    printf(
        "%s: %zu object rows (%zu sound, %zu to be refused), %lu inspectors, %zu recusals in %s\n",
        g.office, g.n, g.sound, g.n - g.sound, g.inspectors, g.recusals, g.out);
    free(g.pool);
    free((void *)g.object);
    free(g.codes);
    free(g.insp);
    return 0;
}
