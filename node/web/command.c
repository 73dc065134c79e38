/* command.c - acts and looks: a command's options as JSON become its words (web-20 to web-24). */
#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/done.h"
#include "node/web/call.h"
#include "node/web/words.h"

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

/* SPEC web-28: "An answer that holds a secret" */
static bool tells_secret(const char *name)
{
    return strcmp(name, "ui invite") == 0;
}

static enum qn_code start(uint64_t *id, struct call *c, const char *name, json_t *body,
                          const char *key, struct qn_err *err)
{
    char shelf[1024];
    struct command_words *w = calloc(1, sizeof(*w));
    if (!w)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    qn_buf_init(&w->text, WEB_BODY);
    enum qn_code rc = command_words_of(w, name, body, err);
    struct job_ask a = {.office = c->in->office,
                        .commands = c->web->o.commands,
                        .command = name,
                        .person = c->person.name,
                        .cwd = shelf,
                        .lang = c->in->lang,
                        .argc = (int)w->n,
                        .key = key,
                        .fleeting = strcmp(c->in->method, "GET") == 0 || tells_secret(name)};
    crypto_hash_sha256(a.request, w->text.p, w->text.n);
    if (!rc && !shelf_path(c, shelf))
        rc = qn_fail(err, QN_IO, "web.shelf", "");
    if (!rc && !(a.argv = command_argv(w)))
        rc = qn_fail(err, QN_NOMEM, "base.no-memory", "");
    if (!rc)
        rc = jobs_start(id, &c->web->jobs, &a, err);
    if (rc)
        free(a.argv);
    qn_buf_release(&w->text);
    free(w);
    return rc;
}

/* SPEC web-29: "carries an ETag" */
static void put_etag(struct call *c, const char *name, const json_t *result)
{
    const json_t *all = json_object_get(result, "revisions");
    size_t n = json_array_size(all);
    const char *record = call_text(result, strcmp(name, "result show") == 0 ? "result" : "record");
    if ((strcmp(name, "record show") == 0 || strcmp(name, "result show") == 0) && n && *record)
        pages_header(c->out, "ETag", "\"%s@%lld\"", record,
                     (long long)json_integer_value(json_object_get(json_array_get(all, n - 1), "rev")));
}

/* Of these words one is the name, whose n bytes end in no zero. */
static bool names(const json_t *words, const char *name, size_t n)
{
    bool found = json_is_string(words) && json_string_length(words) == n &&
                 memcmp(json_string_value(words), name, n) == 0;
    for (size_t i = 0; !found && i < json_array_size(words); i++)
        found = names(json_array_get(words, i), name, n);
    return found;
}

/* "140602:1-7-0@3", in quotation marks: the revision that the sender has seen of the record that the act names. */
static bool put_match(json_t *body, const char *name, const char *match)
{
    static const char *const takes[] = {"record revise", "record withdraw", "result correct",
                                        "plan revise", "plan group"};
    const char *at = strrchr(match, '@');
    size_t n = at ? strspn(at + 1, "0123456789") : 0;
    bool known = false;
    for (size_t i = 0; i < sizeof(takes) / sizeof(takes[0]); i++)
        known = known || strcmp(takes[i], name) == 0;
    if (!known || *match != '"' || !n || n > 9 || strcmp(at + 1 + n, "\"") != 0 ||
        !names(json_object_get(body, "words"), match + 1, (size_t)(at - match - 1)))
        return false;
    json_object_set_new(body, "if-rev", json_integer(atoi(at + 1)));
    return true;
}

/* A refusal of the command is a problem with the command's own code; else what it printed. */
static void tell(struct call *c, const char *name, json_t *job)
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
        put_etag(c, name, result);
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
    if (strcmp(err.id, "records.moved") == 0)
        call_refuse_as(c, 412, err.id, err.args);
    else
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
        tell(c, name, job);
    else
        call_refuse_as(c, 404, "http.path", "");
}

void command_post(struct call *c)
{
    char name[48];
    bool reads;
    const char *key = c->in->header(c->in, "Idempotency-Key");
    const char *match = c->in->header(c->in, "If-Match");
    const char *prefer = c->in->header(c->in, "Prefer"); /* RFC 7240 */
    json_t *body = name_of(c, name, &reads) ? call_body(c) : NULL;
    if (!body)
        return;
    if (key && (strlen(key) > DONE_KEY || !*key))
        call_refuse_as(c, 400, "web.key", "");
    else if (match && !put_match(body, name, match))
        call_refuse_as(c, 400, "web.match", "");
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
    if (!v) /* no UTF-8: refused as what no option can be */
        v = json_object();
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
    call_json(c, 200, jobs_list(&c->web->jobs, c->person.name, c->in->query(c->in, "open") != NULL));
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
