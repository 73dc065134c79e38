/* command.c - acts and looks: a command's options as JSON become its words (web-20 to web-24). */
#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/done.h"
#include "node/web/call.h"

#define WORDS_MAX  4096
#define AT_ONCE_MS 2500 /* an act that ends within it is answered whole; else its job is named */
#define LOOK_MS    120000

void commands_get(struct call *c)
{
    struct qn_err err;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, 4u * 1024 * 1024);
    enum qn_code rc = c->web->o.commands->describe(c->web->o.commands->ctx, c->in->lang, &b, &err);
    json_t *all = rc ? NULL : json_loadb((const char *)b.p, b.n, 0, NULL);
    if (rc)
        call_refuse(c, &err);
    else
        call_json(c, 200, all);
}

/* ---- words ---------------------------------------------------------------------------------------------------------- */

/* Words behind each other in one block, the pointers before them: argv is one piece of memory. */
struct words {
    struct qn_buf text;
    size_t at[WORDS_MAX];
    unsigned n;
    const char *bad; /* an option that cannot be said */
};

static void put_word(struct words *w, const char *a, const char *b, const char *value)
{
    if (w->n == WORDS_MAX) {
        w->text.failed = QN_LIMIT;
        return;
    }
    w->at[w->n++] = w->text.n;
    qn_put_str(&w->text, a);
    qn_put_str(&w->text, b);
    qn_put(&w->text, value, strlen(value) + 1);
}

static bool plain(const char *s)
{
    size_t n = strlen(s);
    return n && n < 40 && strspn(s, "abcdefghijklmnopqrstuvwxyz-") == n && s[0] != '-';
}

/* What goes for the whole program is not the caller's to say: who acts is who came in. */
static bool global(const char *name)
{
    static const char *const names[] = {"by",   "dir",    "json", "lang", "passphrase-file",
                                        "help", "version"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void put_value(struct words *w, const char *name, const json_t *v)
{
    char number[40];
    const char *text = json_string_value(v);
    if (json_is_integer(v)) {
        snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(v));
        text = number;
    }
    if (json_is_false(v) || json_is_null(v))
        return;
    if (json_is_true(v))
        put_word(w, "--", name, "");
    else if (!text)
        w->bad = name;
    else {
        char head[48];
        snprintf(head, sizeof(head), "%s=", name);
        put_word(w, "--", head, text);
    }
}

static void put_option(struct words *w, const char *name, const json_t *v)
{
    if (!plain(name) || global(name)) {
        w->bad = name;
        return;
    }
    if (!json_is_array(v)) {
        put_value(w, name, v);
        return;
    }
    for (size_t i = 0; i < json_array_size(v); i++)
        put_value(w, name, json_array_get(v, i));
}

/* The words of "name", the options, and behind "--" what stands under "words". */
static enum qn_code words_of(struct words *w, const char *name, json_t *body, struct qn_err *err)
{
    const char *key, *second = strchr(name, ' ');
    json_t *v, *rest = json_object_get(body, "words");
    char first[48];
    snprintf(first, sizeof(first), "%.*s", (int)(second ? second - name : (long)strlen(name)),
             name);
    put_word(w, first, "", "");
    if (second)
        put_word(w, second + 1, "", "");
    json_object_foreach(body, key, v)
    {
        if (strcmp(key, "words") != 0)
            put_option(w, key, v);
    }
    put_word(w, "--", "", "");
    for (size_t i = 0; i < json_array_size(rest); i++) {
        const char *text = json_string_value(json_array_get(rest, i));
        if (text)
            put_word(w, text, "", "");
        else
            w->bad = "words";
    }
    if (w->bad)
        return qn_fail(err, QN_MALFORMED, "web.option", "option=%.100s", w->bad);
    return qn_buf_check(&w->text, err);
}

/* One block: pointers, then words. NULL without memory. */
static char **argv_of(const struct words *w)
{
    size_t head = (w->n + 1u) * sizeof(char *);
    char **argv = calloc(1, head + w->text.n);
    if (!argv)
        return NULL;
    char *text = (char *)argv + head;
    memcpy(text, w->text.p, w->text.n);
    for (unsigned i = 0; i < w->n; i++)
        argv[i] = text + w->at[i];
    return argv;
}

/* ---- running ---------------------------------------------------------------------------------------------------------- */

static bool name_of(struct call *c, char out[48], bool *reads)
{
    const struct commands *k = c->web->o.commands;
    snprintf(out, 48, c->rest[1] ? "%.20s %.20s" : "%.20s", c->rest[0],
             c->rest[1] ? c->rest[1] : "");
    if (k->known(k->ctx, out, reads))
        return true;
    call_refuse_as(c, 404, "http.path", "");
    return false;
}

static enum qn_code start(uint64_t *id, struct call *c, const char *name, json_t *body,
                          const char *key, struct qn_err *err)
{
    char shelf[1024];
    struct words *w = calloc(1, sizeof(*w));
    if (!w)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    qn_buf_init(&w->text, WEB_BODY);
    enum qn_code rc = words_of(w, name, body, err);
    struct job_ask a = {.office = c->in->office,
                        .commands = c->web->o.commands,
                        .command = name,
                        .person = c->person.name,
                        .cwd = shelf,
                        .lang = c->in->lang,
                        .argc = (int)w->n,
                        .key = key};
    crypto_hash_sha256(a.request, w->text.p, w->text.n);
    if (!rc && !shelf_path(c, shelf))
        rc = qn_fail(err, QN_IO, "web.shelf", "");
    if (!rc && !(a.argv = argv_of(w)))
        rc = qn_fail(err, QN_NOMEM, "base.no-memory", "");
    if (!rc)
        rc = jobs_start(id, &c->web->jobs, &a, err);
    if (rc)
        free(a.argv);
    qn_buf_release(&w->text);
    free(w);
    return rc;
}

/* A refusal of the command is a problem with the command's own code; else what it printed. */
static void tell(struct call *c, json_t *job)
{
    const json_t *answer = json_object_get(job, "answer"),
                 *result = json_object_get(answer, "result");
    const char *id = call_text(result, "id"), *code = call_text(result, "code");
    bool refused = json_integer_value(json_object_get(answer, "exit")) != 0 && *id && *code;
    if (!answer) {
        pages_header(c->out, "Location", "/api/v1/jobs/%lld",
                     (long long)json_integer_value(json_object_get(job, "id")));
        call_json(c, 202, job);
        return;
    }
    if (!refused) {
        call_json(c, 200, json_deep_copy(answer));
        json_decref(job);
        return;
    }
    struct qn_err err = {.code = QN_MALFORMED};
    for (int k = QN_OK + 1; k <= QN_NOMEM; k++)
        if (strcmp(qn_code_name((enum qn_code)k), code) == 0)
            err.code = (enum qn_code)k;
    snprintf(err.id, sizeof(err.id), "%s", id);
    snprintf(err.args, sizeof(err.args), "%s", call_text(result, "args"));
    json_decref(job);
    call_refuse(c, &err);
}

static void run(struct call *c, const char *name, json_t *body, const char *key, unsigned ms)
{
    uint64_t id;
    struct qn_err err;
    enum qn_code rc = start(&id, c, name, body, key, &err);
    json_t *job = rc ? NULL : jobs_wait(&c->web->jobs, id, c->person.name, ms);
    if (rc)
        call_refuse(c, &err);
    else if (job)
        tell(c, job);
    else
        call_refuse_as(c, 404, "http.path", "");
}

/* SPEC web-28: "An answer that holds a secret" */
static bool tells_secret(const char *name)
{
    return strcmp(name, "ui invite") == 0;
}

void command_post(struct call *c)
{
    char name[48];
    bool reads;
    const char *key = c->in->header(c->in, "Idempotency-Key");
    const char *prefer = c->in->header(c->in, "Prefer"); /* RFC 7240 */
    json_t *body = name_of(c, name, &reads) ? call_body(c) : NULL;
    if (!body)
        return;
    if (key && (strlen(key) > DONE_KEY || !*key))
        call_refuse_as(c, 400, "web.key", "");
    else
        run(c, name, body, tells_secret(name) ? NULL : key,
            prefer && strstr(prefer, "respond-async") ? 0 : AT_ONCE_MS);
    json_decref(body);
}

/* ?option=value, again for several; ?words=value for positional words. */
static void from_query(void *ctx, const char *name, const char *value)
{
    json_t *body = ctx, *was = json_object_get(body, name);
    if (strcmp(name, "lang") == 0)
        return;
    json_t *v = *value ? json_string(value) : json_true();
    if (json_is_array(was))
        json_array_append_new(was, v);
    else if (was || strcmp(name, "words") == 0) {
        json_t *a = json_array();
        if (was)
            json_array_append(a, was);
        json_array_append_new(a, v);
        json_object_set_new(body, name, a);
    } else
        json_object_set_new(body, name, v);
}

void command_look(struct call *c)
{
    char name[48];
    bool reads;
    if (!name_of(c, name, &reads))
        return;
    if (!reads) {
        call_refuse_as(c, 405, "http.method", "");
        return;
    }
    json_t *body = json_object();
    c->in->each_query(c->in, from_query, body);
    run(c, name, body, NULL, LOOK_MS);
    json_decref(body);
}

/* ---- jobs --------------------------------------------------------------------------------------------------------------- */

static uint64_t number(const char *s)
{
    uint64_t v = 0;
    for (; isdigit((unsigned char)*s) && v < UINT64_MAX / 20; s++)
        v = v * 10 + (uint64_t)(*s - '0');
    return *s ? 0 : v;
}

void jobs_get(struct call *c)
{
    call_json(c, 200, jobs_list(&c->web->jobs, c->person.name));
}

void job_get(struct call *c)
{
    const char *wait = c->in->query(c->in, "wait");
    uint64_t ms = wait ? number(wait) : 0;
    json_t *job = jobs_wait(&c->web->jobs, number(c->rest[0]), c->person.name,
                            ms < 20000 ? (unsigned)ms : 20000);
    if (job)
        call_json(c, 200, job);
    else
        call_refuse_as(c, 404, "http.path", "");
}

void job_delete(struct call *c)
{
    if (jobs_cancel(&c->web->jobs, number(c->rest[0]), c->person.name))
        call_empty(c, 204);
    else
        call_refuse_as(c, 404, "http.path", "");
}
