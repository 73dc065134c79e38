/* call.h - what the handlers of node/web share: one call of /api/v1 with who makes it, and the ways to answer. */
#ifndef QIAN_NODE_WEB_CALL_H
#define QIAN_NODE_WEB_CALL_H

#include <jansson.h>

#include "node/store/account.h"
#include "node/sync/setup.h"
#include "node/web/asset.h"
#include "node/web/job.h"
#include "node/web/keeper.h"
#include "node/web/web.h"

#define WEB_BODY     (1024u * 1024)     /* of a call */
#define WEB_LOGIN    (4u * 1024)        /* of who has not come in yet */
#define WEB_PIECE    (8u * 1024 * 1024) /* of a file on its way up */
#define WEB_SEGMENTS 6

/* Who came in, as the database last said: while somebody's act holds the office's lock, others still look at their jobs. */
#define SEEN_MAX 128
struct session_seen {
    uint8_t token[ACCOUNT_TOKEN];
    struct person person;
    uint64_t at_ms; /* of the clock that only runs; 0: a free place */
    unsigned turn;  /* person_turn() then */
};
/* Tries under names without an account: whoever tries learns from no answer which names have one (web-7). */
#define STRANGERS 256
struct stranger {
    uint8_t name[32]; /* its SHA-256 */
    struct account_wrong wrong;
    uint64_t at_ms;
};
/* Passwords that are being looked at or chosen, or wait for it (web-6, web-7). */
#define GUESSES         64 /* all lines together */
#define GUESSES_OF_ONE  3  /* for one name */
#define GUESSES_OF_LINE 8  /* from one address: a stranger alone keeps nobody else out */
struct guess {
    uint8_t name[32]; /* its SHA-256 */
    char from[64];    /* the address of the line */
    uint64_t turn;    /* 0: a free place */
};
#define SETUP_COOKIE  "qian-setup"
#define SETUP_LINK_MS (60ull * 60 * 1000)
struct route;
struct web {
    const struct route *routes; /* the table of all calls; ended by a row whose method is NULL */
    /* Before there is an office (setup.c): of link and session the hash alone; times of the clock that only runs. */
    const struct setup_acts *setup; /* else NULL */
    uint8_t link[QN_HASH], setup_session[QN_HASH];
    uint64_t link_until, setup_until;
    pthread_mutex_t wait_lock;  /* before a place in that line is taken; no other is asked for under it but the office's */
    pthread_mutex_t guess_lock; /* held shortly; covers what follows */
    pthread_cond_t guess_over;
    struct guess guess[GUESSES];
    uint64_t guess_last;
    struct stranger stranger[STRANGERS];
    pthread_mutex_t seen_lock;
    struct session_seen seen[SEEN_MAX];
    struct pages_start o;
    struct pages pages;
    struct assets assets;
    struct jobs jobs;
    struct keeper keeper;
};
struct call {
    struct web *web;
    const struct pages_request *in;
    struct pages_reply *out;
    const char *rest[WEB_SEGMENTS]; /* of the path, what stands for each "*" of the route */
    struct person person;           /* name "": nobody came in */
    uint8_t token[ACCOUNT_TOKEN];   /* of the session */
    struct qn_err unread; /* code QN_OK, or why nobody could say who came in */
};
enum route_needs {
    ROUTE_OPEN,    /* anybody */
    ROUTE_SESSION, /* who came in */
};
struct route {
    const char *method, *path; /* "/api/v1/jobs/" "*": a segment; a last "**": all the rest */
    enum route_needs needs;
    size_t body_max;
    void (*answer)(struct call *c);
    const char *says;  /* for who reads openapi-1.json: English, since programs are written by it */
    const char *names; /* of the segments that stand for stars, "id|name" */
    const char *asks;  /* names behind the "?", joined by "|" */
};
/* Those of the first pages, before there is an office. */
extern const struct route web_setup_routes[];

/* call.c: a refusal as a problem (RFC 9457). */
void call_refuse(struct call *c, const struct qn_err *err);
void call_refuse_as(struct call *c, unsigned status, const char *id, const char *args);
/* Takes the reference. */
void call_json(struct call *c, unsigned status, json_t *body);
void call_empty(struct call *c, unsigned status);
/* NULL, and refused, when the body is no JSON object. New reference. */
json_t *call_body(struct call *c);
/* "" when it is not there or no text. */
const char *call_text(const json_t *body, const char *name);

/* session.c */
void session_of_call(struct call *c);
/* Refuses what a page elsewhere makes a browser send (web-10). */
bool session_guards(struct call *c);
/* The value of a cookie of 32 bytes as hex, 64 letters and more behind them; NULL: none. */
const char *session_cookie(const struct call *c, const char *name);
void session_set_cookie(struct call *c, const char *name, const char *value, long seconds);
void session_guard_of(char out[2 * QN_HASH + 1], const uint8_t token[ACCOUNT_TOKEN]);
void session_get(struct call *c);
void session_post(struct call *c);
void session_delete(struct call *c);
void invitation_post(struct call *c);
void invitation_look(struct call *c);
void password_post(struct call *c);
/* setup.c */
void setup_open(struct web *w, char link[65], const struct setup_start *o);
void setup_of_call(struct call *c);
/* shell.c */
void shell_get(struct call *c);
void worker_get(struct call *c);
void asset_get(struct call *c);
void text_get(struct call *c);
/* openapi.c */
void openapi_get(struct call *c);
/* command.c */
void commands_get(struct call *c);
void command_look(struct call *c);
void command_post(struct call *c);
void jobs_get(struct call *c);
void job_get(struct call *c);
void job_delete(struct call *c);
/* lists.c */
void lists_get(struct call *c);
/* list_export.c */
void list_get(struct call *c);
/* shelf.c: the files that a person sends up and gets back */
bool shelf_path(struct call *c,
                char out[1024]); /* the person's own directory; refused when it cannot be made */
/* Clears away what is too old on everybody's. Needs no lock. */
void shelf_clear(const char *dir);
#define SHELF_LIST ".list-" /* before the name of a list on its way down, which no person can name */
void shelf_get(struct call *c);
void shelf_file_get(struct call *c);
void shelf_file_put(struct call *c);
void shelf_file_delete(struct call *c);
#endif
