/* web.c - which call is answered by what, and what is asked of each before. */
#include "node/web/web.h"

#include <stdlib.h>
#include <string.h>

#include "node/web/call.h"

static const struct route routes[] = {
    {"GET", "/", ROUTE_OPEN, 0, shell_get, "The page.", NULL, NULL},
    {"GET", "/sw.js", ROUTE_OPEN, 0, worker_get,
     "What keeps the pages themselves on a device that takes visits along; over TLS alone.", NULL,
     NULL},
    {"GET", "/a/**", ROUTE_OPEN, 0, asset_get, "A file of the page, under the hash of them all.",
     "file", NULL},
    {"GET", "/api/v1/openapi.json", ROUTE_OPEN, 0, openapi_get, "This description.", NULL, NULL},
    {"GET", "/api/v1/text", ROUTE_OPEN, 0, text_get,
     "All sentences of the catalogue in one language.", NULL, "lang"},
    {"GET", "/api/v1/session", ROUTE_OPEN, 0, session_get,
     "The office, who came in, and the guard to send with acts.", NULL, NULL},
    {"POST", "/api/v1/session", ROUTE_OPEN, WEB_LOGIN, session_post, "Comes in: person, password.",
     NULL, "lang"},
    {"DELETE", "/api/v1/session", ROUTE_SESSION, 0, session_delete, "Goes out.", NULL, "lang"},
    {"POST", "/api/v1/invitation", ROUTE_OPEN, WEB_LOGIN, invitation_post,
     "Chooses a password by a link: token, password; person, of the first.", NULL, "lang"},
    {"POST", "/api/v1/invitation/look", ROUTE_OPEN, WEB_LOGIN, invitation_look,
     "Whether a link is still good, and whose: token.", NULL, "lang"},
    {"POST", "/api/v1/password", ROUTE_SESSION, WEB_LOGIN, password_post,
     "Chooses another password: old, password.", NULL, "lang"},
    {"GET", "/api/v1/commands", ROUTE_SESSION, 0, commands_get, "All commands with their options.",
     NULL, "lang"},
    {"GET", "/api/v1/commands/*", ROUTE_SESSION, 0, command_look, NULL, "command", NULL},
    {"GET", "/api/v1/commands/*/*", ROUTE_SESSION, 0, command_look, NULL, "family|command", NULL},
    {"POST", "/api/v1/commands/*", ROUTE_SESSION, WEB_BODY, command_post, NULL, "command", NULL},
    {"POST", "/api/v1/commands/*/*", ROUTE_SESSION, WEB_BODY, command_post, NULL, "family|command",
     NULL},
    {"GET", "/api/v1/jobs", ROUTE_SESSION, 0, jobs_get,
     "One's own jobs; open: those whose end was not heard yet, without answers.", NULL, "open|lang"},
    {"GET", "/api/v1/jobs/*", ROUTE_SESSION, 0, job_get,
     "One of them; wait: for its end, so many milliseconds.", "id", "wait|lang"},
    {"DELETE", "/api/v1/jobs/*", ROUTE_SESSION, 0, job_delete, "Asks it to stop.", "id", "lang"},
    {"GET", "/api/v1/lists", ROUTE_SESSION, 0, lists_get,
     "The lists there are, with their columns and filters, and the offices known here.", NULL,
     "lang"},
    {"GET", "/api/v1/lists/*", ROUTE_SESSION, 0, list_get,
     "A page of one; with .csv, .xlsx or .json behind its name all of it as a file. Its filters "
     "stand beside these.",
     "list", "q|after|before|only|limit|count|lang"},
    {"GET", "/api/v1/files", ROUTE_SESSION, 0, shelf_get, "One's own files.", NULL, NULL},
    {"GET", "/api/v1/files/*", ROUTE_SESSION, 0, shelf_file_get, "One of them, as a download.",
     "name", NULL},
    {"PUT", "/api/v1/files/*", ROUTE_SESSION, WEB_PIECE, shelf_file_put,
     "A piece of one, from the byte `at` on.", "name", "at|lang"},
    {"DELETE", "/api/v1/files/*", ROUTE_SESSION, 0, shelf_file_delete, "Drops one.", "name",
     "lang"},
    {NULL, NULL, ROUTE_OPEN, 0, NULL, NULL, NULL, NULL},
};

/* ---- routes -------------------------------------------------------------------------------------------------------- */

/* "/api/v1/jobs/" "*" against "/api/v1/jobs/7"; the segments that stand for stars go to `copy`. */
static bool fits(const char *pattern, const char *path, char *copy, size_t cap, const char **rest)
{
    unsigned n = 0;
    size_t used = 0;
    while (*pattern) {
        if (*pattern != '*') {
            if (*pattern++ != *path++)
                return false;
            continue;
        }
        bool all = pattern[1] == '*';
        size_t len = all ? strlen(path) : strcspn(path, "/");
        if (!len || used + len + 1 > cap || n == WEB_SEGMENTS)
            return false;
        memcpy(copy + used, path, len);
        copy[used + len] = 0;
        rest[n++] = copy + used;
        used += len + 1;
        path += len;
        pattern += all ? 2 : 1;
    }
    return !*path;
}

static const struct route *find(const struct web *w, const char *method, const char *path,
                                char *copy, size_t cap, const char **rest, bool *other_method)
{
    *other_method = false;
    for (const struct route *r = w->routes; r->method; r++) {
        if (!fits(r->path, path, copy, cap, rest))
            continue;
        if (strcmp(r->method, method) == 0)
            return r;
        *other_method = true;
    }
    return NULL;
}

/* A program that asks for what is not there gets a problem of these calls, a person the listener's page. */
static bool known(void *ctx, const char *path)
{
    char copy[1024];
    const char *rest[WEB_SEGMENTS];
    bool other;
    return strncmp(path, "/api/", 5) == 0 ||
           find(ctx, "", path, copy, sizeof(copy), rest, &other) || other;
}

static void came_in(struct call *c)
{
    if (c->web->setup)
        setup_of_call(c);
    else
        session_of_call(c);
}

/* SPEC web-30: "at most 4 KiB are taken from who has not come in yet" */
static size_t body_max(void *ctx, const struct pages_request *in)
{
    char copy[1024];
    bool other;
    struct call c = {.web = ctx, .in = in};
    const struct route *r = find(ctx, in->method, in->path, copy, sizeof(copy), c.rest, &other);
    if (!r || !r->body_max || r->needs == ROUTE_OPEN)
        return r ? r->body_max : 0;
    came_in(&c);
    return c.person.name[0] ? r->body_max : 0;
}

static void guard_headers(struct pages_reply *out)
{
    /* SPEC web-12: "Every answer forbids what the pages do not use" */
    pages_header(
        out, "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
        "connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
        "trusted-types qian-worker");
    pages_header(out, "Cross-Origin-Opener-Policy", "same-origin");
    pages_header(out, "Cross-Origin-Resource-Policy", "same-origin");
    pages_header(out, "Permissions-Policy", "camera=(self), geolocation=(), microphone=()");
}

static void answer(void *ctx, const struct pages_request *in, struct pages_reply *out)
{
    char copy[1024];
    bool other;
    struct call c = {.web = ctx, .in = in, .out = out};
    const struct route *r = find(ctx, in->method, in->path, copy, sizeof(copy), c.rest, &other);
    guard_headers(out);
    if (!r && other) {
        call_refuse_as(&c, 405, "http.method", "");
        return;
    }
    if (!r) {
        call_refuse_as(&c, 404, "http.path", "");
        return;
    }
    came_in(&c);
    if (c.unread.code && (r->needs == ROUTE_SESSION || r->answer == session_get)) {
        call_refuse(&c, &c.unread);
        return;
    }
    if (!session_guards(&c))
        return;
    if (r->needs == ROUTE_SESSION && !c.person.name[0]) {
        call_refuse_as(&c, 401, "session.none", "");
        return;
    }
    r->answer(&c);
}

static struct web *begin(void)
{
    struct web *w = calloc(1, sizeof(*w));
    if (!w)
        return NULL;
    w->pages = (struct pages){w, known, body_max, answer};
    pthread_mutex_init(&w->wait_lock, NULL);
    pthread_mutex_init(&w->guess_lock, NULL);
    pthread_cond_init(&w->guess_over, NULL);
    pthread_mutex_init(&w->seen_lock, NULL);
    assets_init(&w->assets);
    return w;
}

static enum qn_code web_setup(struct web **out, char link[65], const struct setup_start *o,
                              struct qn_err *err)
{
    struct web *w = begin();
    if (!w)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    w->routes = web_setup_routes;
    setup_open(w, link, o);
    *out = w;
    return QN_OK;
}

static enum qn_code web_start(struct web **out, const struct pages_start *o, struct qn_err *err)
{
    struct web *w = begin();
    if (!w)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    w->routes = routes;
    w->o = *o;
    jobs_init(&w->jobs);
    jobs_load(&w->jobs, o->office, o->lang);
    keeper_start(&w->keeper, o->dir);
    *out = w;
    return QN_OK;
}

static const struct pages *web_pages(const struct web *w)
{
    return &w->pages;
}

static void web_ending(struct web *w)
{
    if (w && !w->setup)
        jobs_ending(&w->jobs);
}

static void web_stop(struct web *w)
{
    if (!w)
        return;
    if (!w->setup) {
        keeper_end(&w->keeper);
        jobs_end(&w->jobs);
    }
    pthread_cond_destroy(&w->guess_over);
    pthread_mutex_destroy(&w->wait_lock);
    pthread_mutex_destroy(&w->guess_lock);
    pthread_mutex_destroy(&w->seen_lock);
    sodium_memzero(w->seen, sizeof(w->seen));
    free(w);
}

const struct pages_maker web_maker = {web_start, web_pages, web_setup, web_ending, web_stop};
