/* make_vectors_draw.c - writes the vector files roster, select and pair into the directory named:
 * make_vectors_draw DIR. Verdicts, quotas and who is a must are said by the tables below, from draw.md; tickets,
 * cut-offs, roots and visits are computed, and tests/vectors/draw.py computes such draws once more. */
#include <sodium.h>

#include "tests/tools/vector_out.h"
#include "tests/unit/vector_roster.h"

#define SEED "e410b328de78fa5eec43c9e528a4d6ca7839de6a656f8074a3e5508ec61b650f"

static struct vector_roster world;
static const uint8_t salt_key[32] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
                                     11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
                                     22, 23, 24, 25, 26, 27, 28, 29, 30, 31};

/* A list is one value: its items stand on lines of their own. */
static void put_list(const char *key, const char *list)
{
    for (const char *end; (end = strchr(list, ';')) != NULL; list = end + 1)
        fprintf(vector_file, "%s %.*s;\n", key, (int)(end - list), list);
}

static void put_out(const char *key, struct qn_buf *value)
{
    qn_put(value, "", 1);
    vector_must(!value->failed, key);
    put_list(key, (const char *)value->p);
    qn_buf_release(value);
}

/* ---- rosters ------------------------------------------------------------------------------------- */

#define E1 "E:91140602MA0KX0A76X 4 0 258 1 18855 140602 3,260;"
#define C1 "C:93150602MA0NB3C453 0 1 0 0 0 140602 -;"
#define I1 "I:92140622MA0KY12B6F 1 0 65535 65535 4294967295 - 65535;"
#define M1 "E:91140602MA0KX0A76X 1 4 - 171;"
#define M2 "E:91140602MA0KX0A76X 1 4 2021/09 171;"
#define M3 "E:91140602MA0KX0A76X 2 1 - 0;"
#define N1 "140602/1402001 2,513 1 66051;"
#define N2 "140602/1402002 - 0 0;"
#define R1 "140602/1402001 E:91140602MA0KX0A76X;"
#define R2 "140602/1402002 E:91140602MA0KX0A76X;"

static const struct roster_row {
    const char *name, *object, *mark, *inspector, *recusal, *want, *first, *prove;
} rosters[] = {
    {"nothing", "", "", "", "", NULL, NULL, NULL},
    {"one of each", E1, M1, N1, R1, NULL, NULL, NULL},
    {"several of each", C1 E1 I1, M1 M2 M3, N1 N2, R1 R2, NULL, NULL, NULL},
    {"two objects", E1 I1, "", "", "", NULL, NULL, NULL},
    {"objects out of order", I1 E1, "", "", "", "roster.unsorted", NULL, NULL},
    {"the third object out of order", E1 I1 C1, "", "", "", "roster.unsorted", NULL, NULL},
    {"an object twice", E1 E1, "", "", "", "roster.unsorted", NULL, NULL},
    {"an object twice with other attributes", E1 "E:91140602MA0KX0A76X 1 0 0 0 0 - -;", "", "", "",
     "roster.unsorted", NULL, NULL},
    {"an id before the one it begins",
     "L:91140602MA0KX0A76X/10 0 0 0 0 0 - -;"
     "L:91140602MA0KX0A76X/1 0 0 0 0 0 - -;",
     "", "", "", "roster.unsorted", NULL, NULL},
    {"an id behind the one it begins with",
     "L:91140602MA0KX0A76X/1 0 0 0 0 0 - -;"
     "L:91140602MA0KX0A76X/10 0 0 0 0 0 - -;",
     "", "", "", NULL, NULL, NULL},
    {"a mark twice", E1, M1 M1, "", "", "roster.unsorted", NULL, NULL},
    {"a mark twice with another source", E1, M1 "E:91140602MA0KX0A76X 1 4 - 172;", "", "",
     "roster.unsorted", NULL, NULL},
    {"a scope before none", E1, M2 M1, "", "", "roster.unsorted", NULL, NULL},
    {"an exclusion before a must", E1, M3 M1, "", "", "roster.unsorted", NULL, NULL},
    {"reasons by text", E1, "E:91140602MA0KX0A76X 1 10 - 0;E:91140602MA0KX0A76X 1 9 - 0;", "", "",
     "roster.unsorted", NULL, NULL},
    {"reasons by number", E1, "E:91140602MA0KX0A76X 1 9 - 0;E:91140602MA0KX0A76X 1 10 - 0;", "", "",
     NULL, NULL, NULL},
    {"an inspector twice", "", "", N1 N1, "", "roster.unsorted", NULL, NULL},
    {"an inspector twice with another load", "", "", N1 "140602/1402001 2,513 1 0;", "",
     "roster.unsorted", NULL, NULL},
    {"inspectors out of order", "", "", N2 N1, "", "roster.unsorted", NULL, NULL},
    {"a recusal twice", E1, "", N1, R1 R1, "roster.unsorted", NULL, NULL},
    {"recusals out of order", E1, "", N1 N2, R2 R1, "roster.unsorted", NULL, NULL},
    {"sorted first", I1 E1 C1, M3 M2 M1, N2 N1, R2 R1, NULL, "sort", NULL},
    {"sorted first, an object twice", I1 E1 I1, "", "", "", "roster.twice", "sort", NULL},
    {"sorted first, a mark twice", E1, M2 M1 M2, "", "", "roster.twice", "sort", NULL},
    {"sorted first, an inspector twice", "", "", N2 N1 N2, "", "roster.twice", "sort", NULL},
    {"sorted first, a recusal twice", E1, "", N1, R1 R1, "roster.twice", "sort", NULL},
    {"an object that is there", C1 E1 I1, "", "", "", NULL, NULL, "E:91140602MA0KX0A76X"},
    {"an object that is not there", C1 I1, "", "", "", "roster.no-object", NULL,
     "E:91140602MA0KX0A76X"},
    {"an object of no roster", "", "", "", "", "roster.no-object", NULL, "E:91140602MA0KX0A76X"},
};

static void put_roster(const struct roster_row *t)
{
    struct qn_roster_roots roots;
    vector_name(t->name);
    put_list("object", t->object);
    put_list("mark", t->mark);
    put_list("inspector", t->inspector);
    put_list("recusal", t->recusal);
    vector_hex_line("salt-key", salt_key, sizeof(salt_key));
    if (t->first)
        vector_word("first", t->first);
    if (t->prove)
        vector_word("prove", t->prove);
    if (!t->want) {
        vector_roster_read(&world, t->object, t->mark, t->inspector, t->recusal);
        vector_must(!t->first || qn_roster_sort(&world.roster, NULL) == QN_OK, t->name);
        vector_must(qn_roster_roots(&roots, &world.roster, salt_key, NULL) == QN_OK, t->name);
        vector_hex_line("out.objects", roots.object_root, QN_HASH);
        vector_hex_line("out.marks", roots.mark_root, QN_HASH);
        vector_hex_line("out.inspectors", roots.inspector_root, QN_HASH);
        vector_hex_line("out.recusals", roots.recusal_root, QN_HASH);
    }
    vector_want(t->want);
}

/* ---- selections ---------------------------------------------------------------------------------- */

static const char objects10[] =
    "E:91330000000000000A 1 0 0 0 0 - -;E:91330000000000000B 1 0 0 1 0 - -;"
    "E:91330000000000000C 1 0 0 2 0 - -;E:91330000000000000D 1 0 0 3 0 - -;"
    "E:91330000000000000E 2 0 0 0 0 - -;E:91330000000000000F 2 0 0 0 0 - -;"
    "E:91330000000000000G 2 1 7 0 0 - 5;E:91330000000000000H 2 0 0 0 0 - 5;"
    "E:91330000000000000J 3 0 0 0 0 - -;I:91330000000000000K 3 0 0 0 0 - -;";
#define A          "E:91330000000000000A "
#define D          "E:91330000000000000D "
#define ONE(ratio) "stratum 1 " ratio " true\n"
#define TWO(a, b)  "stratum 1 " a " eq(class,1)\nstratum 2 " b " true\n"

/* quotas: as said by draw-13 and draw-14, one number for each stratum; musts: how many there are. */
static const struct select_row {
    const char *name, *type, *population, *strata, *total, *must, *exclude, *cap, *mark;
    const char *quotas;
    unsigned musts;
    const char *want;
} selections[] = {
    {"half of all", "both", "true", ONE("1/2 0"), "-", "-", "-", "-", "", "5", 0, NULL},
    {"a share rounds up", "both", "true", ONE("1/20 0"), "-", "-", "-", "-", "", "1", 0, NULL},
    {"nothing", "both", "true", ONE("0/1 0"), "-", "-", "-", "-", "", "0", 0, NULL},
    {"nothing, at least three", "both", "true", ONE("0/1 3"), "-", "-", "-", "-", "", "3", 0, NULL},
    {"at least more than there are", "both", "true", ONE("1/2 4000000000"), "-", "-", "-", "-", "",
     "10", 0, NULL},
    {"all", "objects", "true", ONE("1/1 0"), "-", "-", "-", "-", "", "10", 0, NULL},
    {"nobody", "both", "eq(class,4)", ONE("1/1 9"), "-", "-", "-", "-", "", "0", 0, NULL},
    {"each stratum by itself", "both", "true", TWO("1/4 0", "1/3 0"), "-", "-", "-", "-", "", "1 2",
     0, NULL},
    {"the first stratum that matches", "both", "true",
     "stratum 1 1/2 0 true\nstratum 2 1/1 9 eq(class,2)\n", "-", "-", "-", "-", "", "5 0", 0, NULL},
    {"topped up in line order", "both", "true", TWO("1/4 0", "1/6 0"), "1/2", "-", "-", "-", "",
     "4 1", 0, NULL},
    {"topped up beyond the first", "both", "true", TWO("1/4 0", "1/6 0"), "count 7", "-", "-", "-",
     "", "4 3", 0, NULL},
    {"a total above all", "both", "true", TWO("1/4 0", "1/6 0"), "count 4294967295", "-", "-", "-",
     "", "4 6", 0, NULL},
    {"a total never lowers", "both", "true", TWO("1/1 0", "1/2 0"), "count 1", "-", "-", "-", "",
     "4 3", 0, NULL},
    {"a must is extra", "both", "true", ONE("1/2 0"), "-", "4", "-", "-", A "1 4 - 0;", "5", 1,
     NULL},
    {"a must of this task", "both", "true", ONE("1/2 0"), "-", "4", "-", "-", A "1 4 2021/09 0;",
     "5", 1, NULL},
    {"a must of another task", "both", "true", ONE("1/2 0"), "-", "4", "-", "-", A "1 4 2021/9 0;",
     "5", 0, NULL},
    {"a must for another reason", "both", "true", ONE("1/2 0"), "-", "5", "-", "-", A "1 4 - 0;",
     "5", 0, NULL},
    {"a must outside the population", "both", "eq(class,2)", ONE("1/2 0"), "-", "4", "-", "-",
     A "1 4 - 0;", "2", 0, NULL},
    {"an excluded one is out of the base", "both", "true", ONE("1/3 0"), "-", "-", "64", "-",
     A "2 64 - 0;", "3", 0, NULL},
    {"excluded and must", "both", "true", ONE("1/3 0"), "-", "4", "64", "-",
     A "1 4 - 0;" A "2 64 - 0;", "3", 0, NULL},
    {"capped ones stay in the base", "both", "true", ONE("1/1 0"), "-", "-", "-", "2", "", "8", 0,
     NULL},
    {"a must though capped", "both", "true", ONE("1/1 0"), "-", "4", "-", "2", D "1 4 - 0;", "8", 1,
     NULL},
    {"by tag, kind and complaints", "both", "or(has(tag,5),or(eq(kind,2),ge(complaints,7)))",
     ONE("1/1 0"), "-", "-", "-", "-", "", "3", 0, NULL},
    {"an object in no stratum", "both", "true", "stratum 1 1/2 0 le(class,2)\n", "-", "-", "-", "-",
     "", "", 0, "rules.no-stratum"},
    {"only the last in no stratum", "both", "true", "stratum 1 1/2 0 eq(kind,1)\n", "-", "-", "-",
     "-", "", "", 0, "rules.no-stratum"},
    {"an exclusion is no excuse", "both", "not(eq(class,3))",
     "stratum 1 1/2 0 ge(inspected,1)\nstratum 2 1/2 0 ge(class,2)\n", "-", "-", "64", "-",
     A "2 64 - 0;", "", 0, "rules.no-stratum"},
    {"a must in no stratum", "both", "not(eq(class,3))",
     "stratum 1 1/2 0 ge(inspected,1)\nstratum 2 1/2 0 ge(class,2)\n", "-", "4", "-", "-",
     A "1 4 - 0;", "", 0, "rules.no-stratum"},
    {"a slot of pairs", "pairs", "true", ONE("1/2 0"), "-", "-", "-", "-", "", "", 0,
     "select.type"},
    {"marks out of order", "both", "true", ONE("1/2 0"), "-", "4", "64", "-",
     A "2 64 - 0;" A "1 4 - 0;", "", 0, "roster.unsorted"},
    {"a mark twice", "both", "true", ONE("1/2 0"), "-", "4", "64", "-", A "1 4 - 0;" A "1 4 - 0;",
     "", 0, "roster.unsorted"},
};

static void rules_text(struct qn_buf *text, const struct select_row *t)
{
    qn_buf_init(text, QN_RULES_MAX);
    qn_put_fmt(
        text,
        "draw-rules/1\nslot 140600 2021 09 1\ntype %s\npopulation %s\n%stotal %s\nmust %s\nexclude "
        "%s\ncap %s\nrole 1 2 -\npool 2\nload -\nage 30\nwitness 48\nreturn 10\nsupp 3\nlevel "
        "offline\n",
        t->type, t->population, t->strata, t->total, t->must, t->exclude, t->cap);
}

static void seed_keys(struct qn_draw_keys *keys)
{
    uint8_t seed[32];
    vector_must(qn_hex_decode(seed, 32, qn_str(SEED)), "seed");
    qn_draw_keys(keys, seed);
    vector_word("seed", SEED);
}

static void quotas_as_said(const struct select_row *t, const struct qn_selection *s)
{
    const char *at = t->quotas;
    char *end;
    unsigned musts = 0;
    for (unsigned h = 0; h < s->nstrata; h++, at = end)
        vector_must(strtoul(at, &end, 10) == s->stratum[h].quota, t->name);
    for (size_t i = 0; i < s->npicks; i++)
        musts += s->pick[i].mode == QN_MUST;
    vector_must(musts == t->musts, t->name);
}

static void put_selection(const struct select_row *t)
{
    struct qn_buf text, strata, picks, reserve;
    struct qn_draw_keys keys;
    struct qn_selection s;
    struct qn_err err;
    static struct qn_rules rules;
    rules_text(&text, t);
    vector_name(t->name);
    vector_span("rules", qn_buf_span(&text));
    vector_must(qn_rules_parse(&rules, qn_buf_span(&text), &err) == QN_OK, t->name);
    qn_buf_release(&text);
    put_list("object", objects10);
    put_list("mark", t->mark);
    seed_keys(&keys);
    if (!t->want) {
        vector_roster_read(&world, objects10, t->mark, "", "");
        vector_must(qn_select(&s, &rules, 1, &world.roster, &keys, &err) == QN_OK, t->name);
        quotas_as_said(t, &s);
        qn_buf_init(&strata, 1 << 20);
        qn_buf_init(&picks, 1 << 20);
        qn_buf_init(&reserve, 1 << 20);
        qn_reserve_sort(&s);
        put_strata(&strata, &s);
        put_picks(&picks, s.pick, s.npicks, &world.roster);
        put_picks(&reserve, s.reserve, s.nreserves, &world.roster);
        put_out("out.stratum", &strata);
        put_out("out.selected", &picks);
        put_out("out.reserve", &reserve);
        qn_selection_release(&s);
    }
    vector_want(t->want);
}

/* ---- visits -------------------------------------------------------------------------------------- */

#define O0 "E:91330000000000000A "
#define P  "140602/a - 1 0;140602/b 1 1 0;140602/c 1,2 1 0;140602/d 2 1 3;140602/e - 0 0;"

static const struct pair_row {
    const char *name, *inspector, *recusal;
    struct {
        const char *roles, *load, *picks; /* as letters of the objects' last character */
    } slot[3];
    const char *want;
} pairs[] = {
    {"one visit of two", P, "", {{"role 1 2 -\n", "-", "A"}}, NULL},
    {"ten visits of two", P, "", {{"role 1 2 -\n", "-", "ABCDEFGHJ"}}, NULL},
    {"nobody", "", "", {{"role 1 2 -\n", "-", "AB"}}, NULL},
    {"one for two", "140602/a - 1 0;", "", {{"role 1 2 -\n", "-", "A"}}, NULL},
    {"only who is away", "140602/a - 0 0;140602/b - 0 0;", "", {{"role 1 2 -\n", "-", "A"}}, NULL},
    {"qualified", P, "", {{"role 1 1 1\nrole 2 1 2\n", "-", "ABC"}}, NULL},
    {"nobody has the qualification", P, "", {{"role 1 1 9\nrole 2 1 -\n", "-", "A"}}, NULL},
    {"recused", P, "140602/b " O0 ";140602/c " O0 ";", {{"role 1 2 -\n", "-", "AB"}}, NULL},
    {"all recused",
     "140602/a - 1 0;140602/b - 1 0;",
     "140602/a " O0 ";140602/b " O0 ";",
     {{"role 1 2 -\n", "-", "AB"}},
     NULL},
    {"who alone can take a later position is kept for it",
     "140602/a 1 1 0;140602/b 1,2 1 0;",
     "",
     {{"role 1 1 1\nrole 2 1 2\n", "-", "A"}},
     NULL},
    {"the least loaded",
     "140602/a - 1 2;140602/b - 1 1;140602/c - 1 1;",
     "",
     {{"role 1 2 -\n", "-", "ABCD"}},
     NULL},
    {"over the cap and drawn all the same",
     "140602/a - 1 4;140602/b - 1 0;",
     "",
     {{"role 1 2 -\n", "2", "ABC"}},
     NULL},
    {"two slots, one visit",
     P,
     "",
     {{"role 1 2 -\n", "-", "AB"}, {"role 1 3 -\n", "-", "BC"}},
     NULL},
    {"two slots with other roles",
     P,
     "",
     {{"role 1 1 1\nrole 2 1 -\n", "-", "AB"}, {"role 1 2 1\n", "5", "B"}},
     NULL},
    {"the least cap of the slots served",
     "140602/a - 1 3;140602/b - 1 4;",
     "",
     {{"role 1 2 -\n", "9", "A"}, {"role 1 2 -\n", "4", "A"}},
     NULL},
    {"five in two slots",
     P,
     "",
     {{"role 1 2 1\nrole 2 1 2\n", "-", "A"}, {"role 1 2 3\n", "-", ""}},
     "pair.roles"},
    {"five kinds of one",
     P,
     "",
     {{"role 1 1 1\nrole 2 1 2\nrole 3 1 3\nrole 4 1 4\n", "-", "A"},
      {"role 1 1 5\nrole 2 1 1\n", "-", "A"}},
     "pair.roles"},
    {"the larger k makes five",
     P,
     "",
     {{"role 1 1 1\nrole 2 1 2\nrole 3 1 3\nrole 4 1 4\n", "-", "A"}, {"role 1 2 4\n", "-", "A"}},
     "pair.roles"},
    {"five in three slots",
     P,
     "",
     {{"role 1 2 1\n", "-", "A"}, {"role 1 2 2\n", "-", "B"}, {"role 1 2 3\n", "-", "C"}},
     "pair.roles"},
    {"inspectors out of order",
     "140602/b - 1 0;140602/a - 1 0;",
     "",
     {{"role 1 2 -\n", "-", "A"}},
     "roster.unsorted"},
    {"an inspector twice",
     "140602/a - 1 0;140602/a - 1 0;",
     "",
     {{"role 1 2 -\n", "-", "A"}},
     "roster.unsorted"},
    {"a recusal twice",
     P,
     "140602/b " O0 ";140602/b " O0 ";",
     {{"role 1 2 -\n", "-", "A"}},
     "roster.unsorted"},
};

static size_t object_of(char letter)
{
    size_t i = 0;
    while (i < world.roster.nobjects &&
           world.object[i].id.p[world.object[i].id.n - 1] != (uint8_t)letter)
        i++;
    vector_must(i < world.roster.nobjects, "no such object");
    return i;
}

static void put_pair(const struct pair_row *t)
{
    static struct qn_rules rules[3];
    static struct qn_pick picks[3][16];
    struct qn_pair_slot slot[3];
    struct qn_pairing p = {0};
    struct qn_draw_keys keys;
    struct qn_err err;
    unsigned n = 0;
    vector_roster_read(&world, objects10, "", t->inspector, t->recusal);
    vector_name(t->name);
    put_list("object", objects10);
    put_list("inspector", t->inspector);
    put_list("recusal", t->recusal);
    seed_keys(&keys);
    for (; n < 3 && t->slot[n].roles; n++) {
        char key[8];
        struct qn_buf text;
        qn_buf_init(&text, QN_RULES_MAX);
        qn_put_fmt(
            &text,
            "draw-rules/1\nslot 140600 2021 t%u 1\ntype both\npopulation true\nstratum 1 1/1 0 "
            "true\n"
            "total -\nmust -\nexclude -\ncap -\n%spool 2\nload %s\nage 30\nwitness 48\nreturn 10\n"
            "supp 3\nlevel offline\n",
            n, t->slot[n].roles, t->slot[n].load);
        vector_must(qn_rules_parse(&rules[n], qn_buf_span(&text), &err) == QN_OK, t->name);
        snprintf(key, sizeof(key), "rules%u", n + 1);
        vector_span(key, qn_buf_span(&text));
        qn_buf_release(&text);
        snprintf(key, sizeof(key), "drawn%u", n + 1);
        size_t k = 0;
        for (; t->slot[n].picks[k]; k++) {
            picks[n][k] =
                (struct qn_pick){.object = object_of(t->slot[n].picks[k]), .mode = QN_LOT};
            struct qn_span id = world.object[picks[n][k].object].id;
            fprintf(vector_file, "%s %.*s;\n", key, (int)id.n, (const char *)id.p);
        }
        slot[n] = (struct qn_pair_slot){&rules[n], picks[n], k};
    }
    if (!t->want) {
        struct qn_buf visits;
        vector_must(qn_pair_joint(&p, n, slot, &world.roster, &keys, &err) == QN_OK, t->name);
        qn_buf_init(&visits, 1 << 20);
        put_visits(&visits, &p, &world.roster);
        put_out("out.visit", &visits);
        qn_pairing_release(&p);
    }
    vector_want(t->want);
}

int main(int argc, char **argv)
{
    if (argc != 2 || sodium_init() < 0) {
        fprintf(stderr, "usage: make_vectors_draw DIR\n");
        return 2;
    }
    vector_dir = argv[1];
    vector_begin("roster", "draw-roster.md");
    for (size_t i = 0; i < ARRAY_LEN(rosters); i++)
        put_roster(&rosters[i]);
    vector_end();
    vector_begin("select", "draw.md");
    for (size_t i = 0; i < ARRAY_LEN(selections); i++)
        put_selection(&selections[i]);
    vector_end();
    vector_begin("pair", "draw.md");
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
        put_pair(&pairs[i]);
    vector_end();
    return 0;
}
