/* cmd_serve.c - the node that stays: other offices call it, the web page reads it, commands go through it. */
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "node/cli/caller.h"
#include "node/cli/mouth.h"
#include "node/cli/patrol.h"
#include "node/cli/setup.h"
#include "node/cli/socket.h"
#include "node/cli/sync_commands.h"
#include "node/store/account.h"
#include "node/store/clock.h"
#include "node/store/settle.h"
#include "node/sync/backoff.h"
#include "node/sync/clocks.h"

/* What stands behind the office's own line: the commands, and the pages made of them. */
struct own_pages {
    struct mouth mouth;
    struct commands commands;
    struct web *web;
};

static enum qn_code start_pages(struct own_pages *p, struct cli *c, struct qn_err *err)
{
    struct pages_start o = {
        .office = c->office, .commands = &p->commands, .dir = c->dir, .lang = c->lang};
    p->mouth = (struct mouth){c->office, c->network, c->dir, c->passphrase_file};
    mouth_commands(&p->commands, &p->mouth);
    return c->maker->start(&p->web, &o, err);
}

static enum qn_code start(struct cli *c, struct socket_server **s, struct network_server **h,
                          struct own_pages *pages, const struct serve_words *w, struct qn_err *err)
{
    struct network_listen o = {.office = c->office,
                               .dir = c->dir,
                               .peer = w->peer,
                               .ui = w->ui,
                               .ui_names = w->ui_name,
                               .n_ui_names = w->n_ui_names,
                               .lang = c->lang,
                               .report = &c->report,
                               .pages = NULL};
    enum qn_code rc = w->ui ? start_pages(pages, c, err) : QN_OK;
    if (rc)
        return rc;
    o.pages = w->ui ? c->maker->pages(pages->web) : NULL;
    rc = c->network->start(h, &o, err);
    return rc ? rc : socket_start(s, c, err);
}

/* Under which the pages are reached, for links that are handed out. */
static void note_address(struct cli *c, const char *address)
{
    struct qn_err err;
    pthread_mutex_lock(&c->office->lock);
    if (store_set(c->office->st, "ui", address, &err) != QN_OK)
        qn_say(&c->report, err.id, "%s", err.args);
    pthread_mutex_unlock(&c->office->lock);
}

static void warn_clock(struct cli *c)
{
    char local[20];
    pthread_mutex_lock(&c->office->lock);
    bool sound = clocks_own_sound(c->office->st);
    clock_local(c->office->st, local);
    pthread_mutex_unlock(&c->office->lock);
    if (!sound)
        qn_say(&c->report, "doctor.clock-off", "now=%s", local);
}

/* What the process before this one was settling when it ended. What it cannot do now the next exchange tries again. */
static void resume(struct cli *c)
{
    struct qn_err err;
    pthread_mutex_lock(&c->office->lock);
    if (settle_resume(c->office->st, &c->report, &err) != QN_OK)
        qn_say(&c->report, err.id, "%s", err.args);
    pthread_mutex_unlock(&c->office->lock);
}

/* SPEC web-57: "until somebody is, each start prints another" */
static void invite_first(struct cli *c, const char *address)
{
    struct qn_err err;
    uint8_t token[ACCOUNT_TOKEN];
    char hex[2 * ACCOUNT_TOKEN + 1], begun[8];
    bool in_force = true;
    pthread_mutex_lock(&c->office->lock);
    enum qn_code rc = QN_ABSENT;
    if (!c->invited && store_get(c->office->st, "setup", begun, sizeof(begun)))
        rc = person_in_force(&in_force, c->office->st, &err);
    if (!rc && !in_force)
        rc = account_invite(token, c->office->st, "", &err);
    pthread_mutex_unlock(&c->office->lock);
    if (rc || in_force)
        return;
    qn_hex(hex, token, ACCOUNT_TOKEN);
    cli_say(c, "setup.first", "address=%s/#/invite/%s", address, hex);
}

bool serve_words(struct cli *c, int argc, char **argv, struct serve_words *w)
{
    *w = (struct serve_words){
        .every = BACKOFF_EVERY_MIN, .recheck = PATROL_SECONDS, .kdf_mib = KEYS_KDF_MIB};
    struct opt opts[] = {
        {.name = "peer", .value = &w->peer, .kind = OPT_ADDRESS},
        {.name = "ui", .value = &w->ui, .kind = OPT_ADDRESS},
        {.name = "ui-name", .value = w->ui_name, .many = SERVE_UI_NAMES, .count = &w->n_ui_names},
        {.name = "recheck", .kind = OPT_NUMBER, .number = &w->recheck, .max = 86400},
        {.name = "sync-every", .kind = OPT_NUMBER, .number = &w->every, .max = BACKOFF_EVERY_MAX},
        {.name = "kdf-mib",
         .kind = OPT_NUMBER,
         .number = &w->kdf_mib,
         .min = KEYS_KDF_MIB_MIN,
         .max = 4096}};
    return cli_opts(c, argc, argv, opts, sizeof(opts) / sizeof(opts[0]));
}

int cmd_serve(struct cli *c, int argc, char **argv)
{
    struct serve_words w;
    struct socket_server *s = NULL;
    struct caller *caller = NULL;
    struct patrol *patrol = NULL;
    struct network_server *h = NULL;
    struct own_pages pages = {.web = NULL};
    struct qn_err err;
    struct qn_cert self;
    sigset_t stop, was;
    int which;
    if (!serve_words(c, argc, argv, &w))
        return 2;
    if (!store_self(c->office->st)) {
        qn_fail(&err, QN_ABSENT, "store.not-enrolled", "dir=%s", c->dir);
        return cli_fail(c, &err);
    }
    self = *store_self(c->office->st);
    signal(SIGPIPE, SIG_IGN); /* a caller that went away is seen by the write that fails */
    sigemptyset(&stop);
    sigaddset(&stop, SIGINT);
    sigaddset(&stop, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &stop, &was); /* before any thread: only sigwait below sees them */
    pthread_mutex_unlock(&c->office->lock);
    enum qn_code rc = start(c, &s, &h, &pages, &w, &err);
    if (!rc && w.every)
        rc = caller_start(&caller, c, w.every, &err);
    if (!rc)
        rc = patrol_start(&patrol, c, w.recheck, &err);
    if (!rc) {
        if (w.peer)
            cli_say(c, "serve.peer", "address=%s", c->network->peer_address(h));
        if (w.ui)
            note_address(c, c->network->ui_address(h));
        if (w.ui)
            cli_say(c, "serve.ui", "address=%s", c->network->ui_address(h));
        if (w.ui)
            invite_first(c, c->network->ui_address(h));
        if (w.every)
            cli_say(c, "serve.calling", "minutes=%u", w.every);
        cli_say(c, "serve.ready", "name=%s|office=%s|dir=%s", self.name, self.office, c->dir);
        fflush(c->out);
        warn_clock(c);
        resume(c);
        sigwait(&stop, &which);
        qn_say(&c->report, "serve.stopping", "office=%s", self.office);
    }
    pthread_sigmask(SIG_SETMASK, &was,
                    NULL); /* a second Ctrl-C does not wait for running commands */
    caller_stop(caller);
    patrol_stop(patrol);
    socket_stop(s);
    c->maker->ending(pages.web);
    c->network->stop(h);
    c->maker->stop(pages.web);
    pthread_mutex_lock(&c->office->lock);
    return rc ? cli_fail(c, &err) : 0;
}
