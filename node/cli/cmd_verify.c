/* cmd_verify.c - verify: every draw recomputed, each finding named with its evidence. */
#include <string.h>

#include "node/cli/draw_commands.h"
#include "node/draw/verify.h"
#include "protocol/wire.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const about_names[] = {
    [VERDICT_DRAW] = "draw",       [VERDICT_RIVAL] = "rival",       [VERDICT_WAITING] = "waiting",
    [VERDICT_NO_DRAW] = "no-draw", [VERDICT_NO_ORDER] = "no-order", [VERDICT_ROWS] = "rows"};

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static json_t *sentence(enum text_lang lang, const char *id, const char *args)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, 1024 * 1024);
    text_put(&b, lang, id, args);
    return b.failed ? NULL : json_stringn_nocheck((const char *)b.p, b.n);
}

/* What follows from a code, a letter each: "C" corrected, "N" ordered anew, "L" lower level, "F" a flag. */
static void follows_id(char id[40], char letter)
{
    snprintf(id, 40, "verify.follows-%c", letter + ('a' - 'A'));
}

static json_t *follows_json(enum verdict_code code)
{
    json_t *j = json_array();
    for (const char *p = verdict_code_consequence(code); j && *p; p++) {
        char id[40];
        follows_id(id, *p);
        json_array_append_new(j, json_pack("{s:s#, s:o, s:o}", "letter", p, 1, "zh",
                                           sentence(TEXT_ZH, id, ""), "en",
                                           sentence(TEXT_EN, id, "")));
    }
    return j;
}

static json_t *finding_json(const struct finding *x)
{
    QN_AUTO(qn_buf) struct qn_buf args = {0};
    qn_buf_init(&args, 1024 * 1024);
    finding_args(&args, x);
    if (args.failed)
        return NULL;
    json_t *values = json_object();
    for (unsigned i = 0; values && i < x->n; i++)
        json_object_set_new(values, x->value[i].key, json_string(x->value[i].text));
    const char *id = verdict_code_id(x->code), *text = (const char *)args.p;
    json_t *j = json_pack("{s:s, s:s, s:s, s:I, s:o, s:o, s:o, s:s, s:s, s:o}", "code",
                          verdict_code_name(x->code), "consequence",
                          verdict_code_consequence(x->code), "origin", x->origin, "seq",
                          (json_int_t)x->seq, "values", values, "zh", sentence(TEXT_ZH, id, text),
                          "en", sentence(TEXT_EN, id, text), "role", finding_role_name(x->role),
                          "held_against", x->against, "follows", follows_json(x->code));
    json_t *proof = j && x->proof ? json_array() : NULL;
    for (size_t i = 0; proof && i < x->proof->n; i++)
        json_array_append_new(proof, cli_json_hex(x->proof->hash[i], QN_HASH));
    if (proof) {
        json_object_set_new(j, "proof", proof);
        json_object_set_new(j, "size", json_integer((json_int_t)x->size));
    }
    if (j && x->has_leaf)
        json_object_set_new(j, "leaf", cli_json_hex(x->leaf, QN_HASH));
    return j;
}

static bool is_about_draw(const struct verdict *v)
{
    return v->about == VERDICT_DRAW || v->about == VERDICT_RIVAL;
}

static json_t *verdict_json(const struct verdict *v)
{
    json_t *findings = json_array(), *skipped = json_object(), *ok = json_array();
    for (size_t i = 0; findings && i < v->f.n; i++)
        json_array_append_new(findings, finding_json(&v->f.at[i]));
    for (int k = 0; skipped && ok && is_about_draw(v) && k < V_CODES; k++)
        if (v->f.state[k] == CHECK_OK)
            json_array_append_new(ok, json_string(verdict_code_name((enum verdict_code)k)));
        else if (v->f.state[k] == CHECK_SKIPPED)
            json_object_set_new(skipped, verdict_code_name((enum verdict_code)k),
                                json_string(v->f.why[k]));
    json_t *j = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "about", about_names[v->about],
                          "office", v->office, "slot", v->slot, "findings", findings, "not_checked",
                          skipped, "ok", ok);
    if (j && v->origin[0])
        json_object_update_new(
            j, json_pack("{s:s, s:I}", "origin", v->origin, "seq", (json_int_t)v->seq));
    if (j && is_about_draw(v)) {
        json_object_set_new(j, "draw", json_string(v->draw));
        json_object_set_new(j, "leaf", cli_json_hex(v->leaf, QN_HASH));
    }
    if (j && v->claimed)
        json_object_set_new(j, "claimed", json_string(qn_draw_level_name(v->claimed)));
    if (j && v->shown)
        json_object_set_new(j, "level", json_string(qn_draw_level_name(v->shown)));
    return j;
}

json_t *verify_json(const struct verify_result *r, size_t findings, size_t recorded)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < r->n; i++)
        json_array_append_new(list, verdict_json(&r->at[i]));
    return json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:{s:I, s:I, s:I}}", "verdicts", list,
                     "forgotten", (json_int_t)r->forgotten, "draws", (json_int_t)r->draws, "clean",
                     (json_int_t)r->clean, "waiting", (json_int_t)r->waiting, "with_findings",
                     (json_int_t)findings, "recorded", (json_int_t)recorded, "checks", "ok",
                     (json_int_t)r->checks.ok, "found", (json_int_t)r->checks.found, "not_checked",
                     (json_int_t)r->checks.skipped);
}

/* ---- for people -------------------------------------------------------------------------------------------------- */

/* A finding names levels as the draw texts do; a person reads the words of the tables. */
static void level_words(struct cli *c, struct qn_buf *args)
{
    char claimed[32], shown[32];
    enum qn_draw_level is, was;
    if (args->failed ||
        sscanf((const char *)args->p, "claimed=%31[^|]|shown=%31[^|]", claimed, shown) != 2 ||
        !draw_level_parse(&was, claimed) || !draw_level_parse(&is, shown))
        return;
    cli_draw_level(c, claimed, was);
    cli_draw_level(c, shown, is);
    args->n = 0;
    qn_put_fmt(args, "claimed=%s|shown=%s", claimed, shown);
    qn_put_uint(args, 0, 1);
}

/* Against whom, and what follows: a line under each finding. */
static void show_blame(struct cli *c, const struct finding *x)
{
    char role[64], id[64], follows[600] = "";
    snprintf(id, sizeof(id), "verify.role-%s", finding_role_name(x->role));
    text_render(role, sizeof(role), c->lang, id, "");
    for (const char *p = verdict_code_consequence(x->code); *p; p++) {
        char one[300];
        follows_id(id, *p);
        text_render(one, sizeof(one), c->lang, id, "");
        snprintf(follows + strlen(follows), sizeof(follows) - strlen(follows), "%s%s",
                 *follows ? c->lang == TEXT_ZH ? "；" : "; " : "", one);
    }
    fputs("    ", c->out);
    cli_say(c, "verify.blame", "office=%s|role=%s|follows=%s", x->against[0] ? x->against : "—",
            role, follows);
}

static void show_proof(struct cli *c, const struct finding *x)
{
    if (!x->proof)
        return;
    fputs("    ", c->out);
    cli_say(c, "verify.proof", "n=%zu|size=%llu", x->proof->n, (unsigned long long)x->size);
}

static void show_finding(struct cli *c, const struct finding *x)
{
    QN_AUTO(qn_buf) struct qn_buf args = {0}, text = {0};
    char leaf[2 * QN_HASH + 1] = "";
    qn_buf_init(&args, 1024 * 1024);
    qn_buf_init(&text, 1024 * 1024);
    finding_args(&args, x);
    level_words(c, &args);
    text_put(&text, c->lang, verdict_code_id(x->code), args.failed ? "" : (const char *)args.p);
    fprintf(c->out, "  %s (%s)  %.*s\n", verdict_code_name(x->code),
            verdict_code_consequence(x->code), (int)text.n, text.n ? (const char *)text.p : "");
    show_blame(c, x);
    if (!x->origin[0])
        return;
    if (x->has_leaf)
        qn_hex(leaf, x->leaf, QN_HASH);
    fputs("    ", c->out);
    cli_say(c, "verify.evidence", "log=%s|seq=%llu|leaf=%s", x->origin, (unsigned long long)x->seq,
            x->has_leaf ? leaf : "—");
    show_proof(c, x);
}

static void show_verdict(struct cli *c, const struct verdict *v)
{
    static const char *const heads[] = {
        [VERDICT_DRAW] = "verify.draw",         [VERDICT_RIVAL] = "verify.rival",
        [VERDICT_WAITING] = "verify.waiting",   [VERDICT_NO_DRAW] = "verify.no-draw",
        [VERDICT_NO_ORDER] = "verify.no-order", [VERDICT_ROWS] = "verify.rows"};
    char level[32], args[400];
    if (!v->f.n)
        return;
    cli_draw_level(c, level, v->shown);
    snprintf(args, sizeof(args), "draw=%s|slot=%s|office=%s|level=%s", v->draw,
             v->slot[0] ? v->slot : "—", v->office, level);
    fputc('\n', c->out);
    cli_long(c, c->out, heads[v->about], args);
    for (size_t i = 0; i < v->f.n; i++)
        show_finding(c, &v->f.at[i]);
}

/* Each reason for which something was not checked, once, with how often. */
static void show_skipped(struct cli *c, const struct verify_result *r)
{
    const char *told[V_CODES];
    size_t ntold = 0;
    for (size_t i = 0; i < r->n; i++)
        for (int k = 0; is_about_draw(&r->at[i]) && k < V_CODES; k++) {
            const char *why = r->at[i].f.state[k] == CHECK_SKIPPED ? r->at[i].f.why[k] : NULL;
            bool known = !why;
            for (size_t t = 0; !known && t < ntold; t++)
                known = strcmp(told[t], why) == 0;
            if (!known && ntold < V_CODES)
                told[ntold++] = why;
        }
    for (size_t t = 0; t < ntold; t++) {
        size_t n = 0;
        for (size_t i = 0; i < r->n; i++)
            for (int k = 0; is_about_draw(&r->at[i]) && k < V_CODES; k++)
                n +=
                    r->at[i].f.state[k] == CHECK_SKIPPED && strcmp(r->at[i].f.why[k], told[t]) == 0;
        char why[512], args[700];
        text_render(why, sizeof(why), c->lang, told[t], "");
        snprintf(args, sizeof(args), "n=%zu|why=%s", n, why);
        cli_long(c, c->out, "verify.skipped", args);
    }
}

void verify_show(struct cli *c, const struct verify_result *r, size_t findings)
{
    static const char *const heads[] = {"draw.col-office", "draw.col-draw", "draw.col-slot",
                                        "draw.col-evidence-level", "draw.col-verdict"};
    if (r->draws)
        cli_table_begin(c, COUNT(heads), heads);
    for (size_t i = 0; i < r->n; i++) {
        const struct verdict *v = &r->at[i];
        char level[32], verdict[64];
        if (!is_about_draw(v))
            continue;
        cli_draw_level(c, level, v->shown);
        text_render(verdict, sizeof(verdict), c->lang,
                    v->about == VERDICT_RIVAL   ? "verify.is-rival"
                    : v->f.n                    ? "verify.is-disputed"
                    : findings_forgotten(&v->f) ? "verify.is-forgotten"
                    : !v->has_order             ? "verify.is-open"
                                                : "verify.is-verified",
                    "");
        cli_table_cell(c, "%s", v->office);
        cli_table_cell(c, "%s", v->draw);
        cli_table_cell(c, "%s", v->slot);
        cli_table_cell(c, "%s", level);
        cli_table_cell(c, "%s", verdict);
    }
    if (r->draws)
        cli_table_end(c);
    for (size_t i = 0; i < r->n; i++)
        show_verdict(c, &r->at[i]);
    if (!r->n) { /* "all clean" of nothing would be taken for a verdict */
        cli_say(c, "verify.nothing", "");
        return;
    }
    fputc('\n', c->out);
    show_skipped(c, r);
    cli_say(c, findings || r->clean < r->draws ? "verify.total-findings" : "verify.total-clean",
            "draws=%zu|clean=%zu|waiting=%zu|n=%zu|ok=%zu|found=%zu|skipped=%zu", r->draws,
            r->clean, r->waiting, findings, r->checks.ok, r->checks.found, r->checks.skipped);
    if (r->forgotten)
        cli_say(c, "verify.total-forgotten", "n=%zu", r->forgotten);
}

/* ---- the command --------------------------------------------------------------------------------------------------- */

/* ISSUER/SERIES */
static bool is_plan(const char *s)
{
    const char *slash = strchr(s, '/');
    return slash && wire_is_code((struct qn_span){(const uint8_t *)s, (size_t)(slash - s)}) &&
           wire_is_name(qn_str(slash + 1));
}

const char *verify_check_scope(const char *const *word, unsigned n)
{
    bool fine = n == 1 ? strcmp(word[0], "all") == 0
                       : strcmp(word[0], "draw") == 0 ||
                             (strcmp(word[0], "office") == 0 && wire_is_code(qn_str(word[1]))) ||
                             (strcmp(word[0], "plan") == 0 && is_plan(word[1]));
    return fine ? NULL : "verify.scope";
}

enum qn_code verify_read_scope(struct cli *c, const char *const word[2],
                               char office[QN_CODE_MAX + 1], int64_t *draw_id, struct qn_err *err)
{
    *draw_id = 0;
    office[0] = 0;
    if (!word[1] || strcmp(word[0], "plan") == 0)
        return QN_OK;
    if (strcmp(word[0], "draw") == 0)
        return draw_name_parse(office, draw_id, word[1], err);
    qn_text_copy(office, QN_CODE_MAX + 1, qn_str(word[1]));
    return cli_known_office(c, office, err);
}

int cmd_verify(struct cli *c, int argc, char **argv)
{
    const char *word[2] = {NULL, NULL};
    bool record = false;
    struct opt opts[] = {
        {.name = "", .value = word, .many = 2, .required = true, .check = verify_check_scope},
        {.name = "record", .flag = &record, .signs = true}};
    if (!cli_opts(c, argc, argv, opts, COUNT(opts)))
        return 2;
    struct qn_err err;
    char office[QN_CODE_MAX + 1];
    int64_t draw_id;
    size_t recorded = 0, findings = 0;
    QN_AUTO(verify) struct verify_result r = {.at = NULL};
    enum qn_code rc = verify_read_scope(c, word, office, &draw_id, &err);
    if (!rc)
        rc = verify_run(&r, c->office->st, office[0] ? office : NULL, draw_id, &c->report, &err);
    if (!rc && word[1] && strcmp(word[0], "plan") == 0)
        verify_keep_plan(&r, word[1]);
    if (!rc && record)
        rc = verify_record(c->office->st, &r, &recorded, &err);
    if (rc)
        return cli_fail(c, &err);
    for (size_t i = 0; i < r.n; i++)
        findings += verdict_has_findings(&r.at[i]);
    int exit_code = findings || r.forgotten ? 1 : 0; /* what could not be checked is no success */
    if (c->json)
        return cli_json(c, verify_json(&r, findings, recorded), exit_code);
    verify_show(c, &r, findings);
    if (record)
        cli_say(c, "verify.recorded", "n=%zu", recorded);
    return exit_code;
}
