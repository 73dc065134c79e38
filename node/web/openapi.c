/* openapi.c - the calls as OpenAPI 3.1 (web-27): made of the table of routes and of the commands' own, so it cannot say other than they.
 *
 * protocol/spec/openapi-1.json is what this gives; a test compares the two, and each with what is answered.        */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/web/call.h"

static json_t *parameter(const char *name, const char *in, bool required, json_t *schema)
{
    return json_pack("{s:s, s:s, s:b, s:o}", "name", name, "in", in, "required", required, "schema",
                     schema);
}

static json_t *type(const char *name)
{
    return json_pack("{s:s}", "type", name);
}

/* Each word of "id|name" as a parameter. */
static void put_words(json_t *all, const char *words, const char *in, bool required)
{
    for (const char *p = words; p && *p;) {
        char name[40];
        size_t n = strcspn(p, "|");
        snprintf(name, sizeof(name), "%.*s", (int)n, p);
        bool number = strcmp(name, "wait") == 0 || strcmp(name, "at") == 0;
        json_array_append_new(all,
                              parameter(name, in, required, type(number ? "integer" : "string")));
        p += n + (p[n] != 0);
    }
}

static json_t *answers(bool act, bool session)
{
    json_t *o = json_pack("{s:{s:s}, s:{s:s}}", "200", "description", "done", "default", "$ref",
                          "#/components/responses/problem");
    if (act)
        json_object_set_new(o, "202", json_pack("{s:s}", "description", "under way: the job"));
    if (session)
        json_object_set_new(o, "401", json_pack("{s:s}", "$ref", "#/components/responses/problem"));
    return o;
}

static json_t *operation(const char *says, json_t *parameters, bool session, bool act)
{
    json_t *o = json_pack("{s:s, s:o, s:o}", "summary", says, "parameters", parameters, "responses",
                          answers(act, session));
    if (!session)
        json_object_set_new(o, "security", json_array());
    return o;
}

static json_t *path_of(json_t *paths, const char *path)
{
    json_t *o = json_object_get(paths, path);
    if (!o) {
        json_object_set_new(paths, path, json_object());
        o = json_object_get(paths, path);
    }
    return o;
}

static const char *lower(const char *method)
{
    return strcmp(method, "GET") == 0    ? "get"
           : strcmp(method, "POST") == 0 ? "post"
           : strcmp(method, "PUT") == 0  ? "put"
                                         : "delete";
}

/* "/api/v1/jobs/" "*" with "id" is "/api/v1/jobs/{id}". */
static void put_route(json_t *paths, const struct route *r)
{
    char path[200];
    size_t n = 0;
    const char *name = r->names;
    for (const char *p = r->path; *p && n < sizeof(path) - 60; p++) {
        if (*p != '*') {
            path[n++] = *p;
            continue;
        }
        size_t len = strcspn(name, "|");
        n += (size_t)snprintf(path + n, sizeof(path) - n, "{%.*s}", (int)len, name);
        name += len + (name[len] != 0);
        p += p[1] == '*';
    }
    path[n] = 0;
    json_t *parameters = json_array();
    put_words(parameters, r->names, "path", true);
    put_words(parameters, r->asks, "query", false);
    json_object_set_new(path_of(paths, path), lower(r->method),
                        operation(r->says, parameters, r->needs == ROUTE_SESSION, false));
}

/* ---- commands -------------------------------------------------------------------------------------------------------- */

static json_t *schema_of(const json_t *option)
{
    const char *kind = call_text(option, "kind");
    json_t *choices = json_object_get(option, "choices");
    json_t *o = type(strcmp(kind, "flag") == 0     ? "boolean"
                     : strcmp(kind, "number") == 0 ? "integer"
                                                   : "string");
    if (strcmp(kind, "number") == 0 && json_object_get(option, "most")) {
        json_object_set(o, "minimum", json_object_get(option, "least"));
        json_object_set(o, "maximum", json_object_get(option, "most"));
    }
    if (strcmp(kind, "date") == 0)
        json_object_set_new(o, "format", json_string("date"));
    if (choices)
        json_object_set(o, "enum", choices);
    if (*call_text(option, "label"))
        json_object_set_new(o, "title", json_string(call_text(option, "label")));
    if (strcmp(kind, "file") == 0 || strcmp(kind, "made") == 0)
        json_object_set_new(o, "description",
                            json_string(*kind == 'f'
                                            ? "a file of one's shelf"
                                            : "the name under which a file is made there"));
    if (json_integer_value(json_object_get(option, "many")) > 1)
        o = json_pack("{s:s, s:o}", "type", "array", "items", o);
    return o;
}

static json_t *body_of(const json_t *command)
{
    size_t i;
    json_t *option, *properties = json_object(), *required = json_array();
    json_array_foreach(json_object_get(command, "options"), i, option)
    {
        const char *name = call_text(option, "name");
        bool must = json_is_true(json_object_get(option, "required"));
        json_t *schema = *name ? schema_of(option)
                               : json_pack("{s:s, s:{s:s}, s:s}", "type", "array", "items", "type",
                                           "string", "description", call_text(command, "usage"));
        json_object_set_new(properties, *name ? name : "words", schema);
        if (must)
            json_array_append_new(required, json_string(*name ? name : "words"));
    }
    json_t *o = json_pack("{s:s, s:o, s:b}", "type", "object", "properties", properties,
                          "additionalProperties", 0);
    if (json_array_size(required))
        json_object_set(o, "required", required);
    json_decref(required);
    return o;
}

static json_t *query_of(const json_t *command)
{
    size_t i;
    json_t *option, *all = json_array();
    json_array_foreach(json_object_get(command, "options"), i, option)
    {
        const char *name = call_text(option, "name");
        json_array_append_new(all, parameter(*name ? name : "words", "query",
                                             json_is_true(json_object_get(option, "required")),
                                             *name ? schema_of(option)
                                                   : json_pack("{s:s, s:{s:s}}", "type", "array",
                                                               "items", "type", "string")));
    }
    return all;
}

/* SPEC web-29: "which is their option `if-rev`" */
static bool takes_match(const json_t *command)
{
    size_t i;
    const json_t *option;
    json_array_foreach(json_object_get(command, "options"), i, option)
    {
        if (strcmp(call_text(option, "name"), "if-rev") == 0)
            return true;
    }
    return false;
}

static void put_command(json_t *paths, const json_t *command)
{
    char path[120];
    snprintf(path, sizeof(path), "/api/v1/commands/%s", call_text(command, "name"));
    for (char *p = path; *p; p++)
        *p = *p == ' ' ? '/' : *p;
    const char *says = call_text(command, "summary");
    json_t *post =
        operation(says, json_pack("[{s:s}]", "$ref", "#/components/parameters/key"), true, true);
    if (takes_match(command))
        json_array_append_new(json_object_get(post, "parameters"),
                              json_pack("{s:s}", "$ref", "#/components/parameters/match"));
    json_object_set_new(post, "requestBody",
                        json_pack("{s:b, s:{s:{s:o}}}", "required", 1, "content",
                                  "application/json", "schema", body_of(command)));
    json_object_set_new(path_of(paths, path), "post", post);
    if (json_is_true(json_object_get(command, "reads")))
        json_object_set_new(path_of(paths, path), "get",
                            operation(says, query_of(command), true, true));
}

static json_t *components(void)
{
    return json_pack(
        "{s:{s:{s:s, s:s, s:s}, s:{s:s, s:s, s:s}}, "
        "s:{s:{s:s, s:s, s:b, s:{s:s, s:i}}, s:{s:s, s:s, s:b, s:{s:s}}}, "
        "s:{s:{s:s, s:{s:{s:{s:s, s:{s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}}}}}}}}",
        "securitySchemes", "session", "type", "apiKey", "in", "cookie", "name", "qian", "guard",
        "type", "apiKey", "in", "header", "name", "X-Qian-Token", "parameters", "key", "name",
        "Idempotency-Key", "in", "header", "required", 0, "schema", "type", "string", "maxLength",
        100, "match", "name", "If-Match", "in", "header", "required", 0, "schema", "type", "string",
        "responses", "problem", "description", "a refusal (RFC 9457)", "content",
        "application/problem+json", "schema", "type", "object", "properties", "code", "type",
        "string", "args", "type", "string", "detail", "type", "string", "status", "type",
        "integer");
}

void openapi_get(struct call *c)
{
    size_t i;
    struct qn_err err;
    json_t *paths = json_object(), *command;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, 4u * 1024 * 1024);
    for (const struct route *r = c->web->routes; r->method; r++)
        if (r->says)
            put_route(paths, r);
    if (c->web->o.commands->describe(c->web->o.commands->ctx, TEXT_EN, &b, &err) != QN_OK) {
        json_decref(paths);
        call_refuse(c, &err);
        return;
    }
    json_t *all = json_loadb((const char *)b.p, b.n, 0, NULL);
    json_array_foreach(all, i, command) put_command(paths, command);
    json_decref(all);
    call_json(c, 200,
              json_pack("{s:s, s:{s:s, s:s, s:s}, s:[{s:[], s:[]}], s:o, s:o}", "openapi", "3.1.0",
                        "info", "title", "Qian: the office in a browser", "version", "1",
                        "description", "protocol/spec/web.md", "security", "session", "guard",
                        "paths", paths, "components", components()));
}
