#include "node/cli/setup.h"

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "node/store/file.h"
#include "node/sync/aside.h"
#include "node/sync/enrol.h"
#include "node/sync/setup.h"

#define ANSWER_MAX 65536
#define LAST_WORD_MS 1500 /* the answer that ends it reaches the browser before its line is cut */

struct setup {
    struct cli *c;
    const struct serve_words *words;
    pthread_mutex_t lock; /* one step at a time */
    pthread_t waits;      /* told with SIGUSR1 that there is an office */
};

/* ---- how far it is ----------------------------------------------------------------------------------------------- */

/* A directory that cannot be looked at is no new one: what is wrong with it is told where it is opened. */
static enum setup_step step_of(const char *dir, struct qn_err *err)
{
    char path[FILE_PATH_MAX], office[QN_CODE_MAX + 1];
    QN_AUTO(store) struct store *st = NULL;
    if (file_join(path, dir, "qian.db", err) != QN_OK)
        return SETUP_DONE;
    if (access(path, F_OK) != 0)
        return errno == ENOENT ? SETUP_NOTHING : SETUP_DONE;
    if (store_open(&st, dir, STORE_PEEK, err) != QN_OK)
        return SETUP_DONE;
    if (store_self(st) || !store_get(st, "office", office, sizeof(office)))
        return SETUP_DONE;
    return SETUP_ASKED;
}

static enum qn_code read_request(struct setup_look *out, const char *dir, struct qn_err *err)
{
    char path[FILE_PATH_MAX], file[QN_CODE_MAX + 16], office[QN_CODE_MAX + 1] = "";
    struct qn_request r;
    QN_AUTO(store) struct store *st = NULL;
    enum qn_code rc = store_open(&st, dir, STORE_PEEK, err);
    if (!rc && !store_get(st, "office", office, sizeof(office)))
        rc = qn_fail(err, QN_ABSENT, "store.absent", "dir=%s", dir);
    snprintf(file, sizeof(file), "%s.request", office);
    if (!rc)
        rc = file_join(path, dir, file, err);
    if (!rc)
        rc = file_read(&out->request, path, ENROL_FILE_MAX, err);
    if (!rc)
        rc = enrol_request(&r, qn_buf_span(&out->request), err);
    if (rc)
        return rc;
    memcpy(out->office, r.office, sizeof(out->office));
    memcpy(out->name, r.name, sizeof(out->name));
    memcpy(out->deployment, r.deployment, sizeof(out->deployment));
    enrol_print(out->fingerprint, qn_buf_span(&out->request));
    return QN_OK;
}

static enum qn_code look_at(struct setup *s, struct setup_look *out, struct qn_err *err)
{
    char room[FILE_PATH_MAX];
    const char *file = office_passphrase_at(s->c->passphrase_file, room);
    *out = (struct setup_look){.step = step_of(s->c->dir, err)};
    snprintf(out->dir, sizeof(out->dir), "%s", s->c->dir);
    snprintf(out->passphrase_file, sizeof(out->passphrase_file), "%s", file ? file : "");
    out->passphrase_there = file ? access(file, R_OK) == 0 : office_passphrase_held();
    return out->step == SETUP_ASKED ? read_request(out, s->c->dir, err) : QN_OK;
}

static enum qn_code look(void *ctx, struct setup_look *out, struct qn_err *err)
{
    struct setup *s = ctx;
    pthread_mutex_lock(&s->lock);
    enum qn_code rc = look_at(s, out, err);
    pthread_mutex_unlock(&s->lock);
    return rc;
}

/* ---- the commands -------------------------------------------------------------------------------------------------- */

static enum qn_code refusal(const json_t *o, struct qn_err *err)
{
    const char *id = json_string_value(json_object_get(o, "id"));
    const char *name = json_string_value(json_object_get(o, "code"));
    const char *args = json_string_value(json_object_get(o, "args"));
    enum qn_code code = QN_IO;
    for (int k = QN_OK + 1; name && k <= QN_NOMEM; k++)
        if (strcmp(qn_code_name((enum qn_code)k), name) == 0)
            code = (enum qn_code)k;
    return qn_fail(err, code, id ? id : "setup.refused", "%s", args ? args : "");
}

/* The command as at the machine, with what it prints as JSON. argv: the last is NULL. */
static enum qn_code command(json_t **out, struct setup *s, struct office *office, char **argv,
                            struct qn_err *err)
{
    char *said = NULL, *told = NULL;
    size_t nsaid = 0, ntold = 0;
    FILE *o = open_memstream(&said, &nsaid), *e = open_memstream(&told, &ntold);
    int code = 1, argc = 0;
    while (argv[argc])
        argc++;
    if (o && e) {
        struct cli c = {.out = o,
                        .err = e,
                        .cwd = s->c->cwd,
                        .dir = s->c->dir,
                        .json = true,
                        .lang = s->c->lang,
                        .passphrase_file = s->c->passphrase_file,
                        .office = office,
                        .by_pages = true,
                        .network = s->c->network};
        code = cli_run(&c, argc, argv);
    }
    if (o)
        fclose(o);
    if (e)
        fclose(e);
    json_t *j = said ? json_loadb(said, nsaid, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
    free(said);
    free(told);
    enum qn_code rc = code ? refusal(j, err) : QN_OK;
    if (out && !rc)
        *out = json_incref(j);
    json_decref(j);
    return rc;
}

/* SPEC web-53: "written to the file that was named, or kept in memory" */
static enum qn_code take_passphrase(struct setup *s, const char *said, bool *written,
                                    struct qn_err *err)
{
    char room[FILE_PATH_MAX], line[1026];
    const char *file = office_passphrase_at(s->c->passphrase_file, room);
    struct qn_span pass = qn_str(said ? said : "");
    *written = false;
    if (file ? access(file, F_OK) == 0 : office_passphrase_held())
        return QN_OK;
    if (!pass.n || pass.n > sizeof(line) - 2 || strpbrk(said, "\r\n"))
        return qn_fail(err, QN_MALFORMED, "setup.passphrase", "");
    enum qn_code rc = keys_passphrase_new(pass, err);
    if (rc || !file)
        return rc ? rc : office_passphrase_hold(pass, err);
    int n = snprintf(line, sizeof(line), "%s\n", said);
    rc = file_write(file, (struct qn_span){(const uint8_t *)line, (size_t)n}, 0600, false, err);
    sodium_memzero(line, sizeof(line));
    *written = !rc;
    return rc;
}

/* A file that came, for a command to read: in the office's directory, for as long as the command runs. */
static enum qn_code put_aside(char out[FILE_PATH_MAX], struct setup *s, struct qn_span bytes,
                              struct qn_err *err)
{
    enum qn_code rc = file_mkdir(s->c->dir, err);
    if (!rc)
        rc = file_join(out, s->c->dir, "setup-file", err);
    return rc ? rc : file_write(out, bytes, 0600, true, err);
}

static enum qn_code init_office(struct setup *s, const struct setup_init *o, struct qn_err *err)
{
    char path[FILE_PATH_MAX], room[FILE_PATH_MAX], kdf[12];
    char words[][16] = {"init",          "--office", "--name", "--policy",
                        "--fingerprint", "--kdf-mib"};
    bool written;
    struct qn_err dropped;
    if (step_of(s->c->dir, &dropped) != SETUP_NOTHING)
        return qn_fail(err, QN_CONFLICT, "setup.step", "");
    enum qn_code rc = put_aside(path, s, o->policy, err);
    if (rc)
        return rc;
    rc = take_passphrase(s, o->passphrase, &written, err);
    snprintf(kdf, sizeof(kdf), "%u", s->words->kdf_mib);
    char *argv[] = {words[0],
                    words[1],
                    (char *)(uintptr_t)o->office,
                    words[2],
                    (char *)(uintptr_t)o->name,
                    words[3],
                    path,
                    words[4],
                    (char *)(uintptr_t)o->fingerprint,
                    words[5],
                    kdf,
                    NULL};
    if (!rc)
        rc = command(NULL, s, NULL, argv, err);
    if (rc && written)
        unlink(office_passphrase_at(s->c->passphrase_file, room)); /* no key is under it */
    unlink(path);
    return rc;
}

static enum qn_code init(void *ctx, const struct setup_init *o, struct qn_err *err)
{
    struct setup *s = ctx;
    pthread_mutex_lock(&s->lock);
    enum qn_code rc = init_office(s, o, err);
    pthread_mutex_unlock(&s->lock);
    return rc;
}

/* The office's lock is held throughout: nobody at the machine takes the answer in meanwhile. */
static enum qn_code undo_office(struct setup *s, const char *fingerprint, struct qn_err *err)
{
    struct setup_look l;
    struct qn_err dropped;
    char by_pages[4], request[QN_CODE_MAX + 16];
    QN_AUTO(store) struct store *st = NULL;
    enum qn_code rc = store_open(&st, s->c->dir, STORE_OPEN, err);
    if (rc)
        return rc;
    rc = look_at(s, &l, err);
    qn_buf_release(&l.request);
    /* SPEC web-58: "the one whose fingerprint the page shows" */
    if (!rc && (l.step != SETUP_ASKED || strcmp(l.fingerprint, fingerprint) != 0))
        rc = qn_fail(err, QN_CONFLICT, "setup.step", "");
    if (!rc && !store_get(st, "setup", by_pages, sizeof(by_pages)))
        rc = qn_fail(err, QN_DENIED, "setup.not-ours", "dir=%s", s->c->dir);
    snprintf(request, sizeof(request), "%s.request", l.office);
    if (!rc)
        rc = aside_undo(s->c->dir, request, err);
    if (!rc && step_of(s->c->dir, &dropped) != SETUP_NOTHING)
        rc = qn_fail(err, QN_CONFLICT, "setup.step", "");
    return rc;
}

static enum qn_code again(void *ctx, const char *fingerprint, struct qn_err *err)
{
    struct setup *s = ctx;
    struct qn_err dropped;
    enum qn_code rc;
    pthread_mutex_lock(&s->lock);
    if (step_of(s->c->dir, &dropped) == SETUP_ASKED)
        rc = undo_office(s, fingerprint, err);
    else
        rc = qn_fail(err, QN_CONFLICT, "setup.step", "");
    if (!rc)
        office_passphrase_forget(); /* no key is under it */
    pthread_mutex_unlock(&s->lock);
    return rc;
}

/* "http://HOST/#/invite/TOKEN" */
static enum qn_code invite_first(struct setup *s, struct office *office, char out[65],
                                 struct qn_err *err)
{
    char words[][8] = {"ui", "invite"};
    char *argv[] = {words[0], words[1], NULL};
    json_t *o = NULL;
    enum qn_code rc = command(&o, s, office, argv, err);
    const char *link = json_string_value(json_object_get(o, "link"));
    const char *slash = link ? strrchr(link, '/') : NULL;
    snprintf(out, 65, "%s", slash ? slash + 1 : "");
    json_decref(o);
    return rc;
}

/* Keys in memory as long as the act takes; what is kept of a passphrase that does not open them is nothing. */
static enum qn_code accept_chain(struct setup *s, struct qn_span chain, const char *passphrase,
                                 char invite[65], struct qn_err *err)
{
    char path[FILE_PATH_MAX];
    char words[][8] = {"enrol", "accept"};
    bool written = false;
    struct office office;
    struct qn_err dropped;
    if (step_of(s->c->dir, &dropped) != SETUP_ASKED)
        return qn_fail(err, QN_CONFLICT, "setup.step", "");
    enum qn_code rc = take_passphrase(s, passphrase, &written, err);
    if (!rc)
        rc = put_aside(path, s, chain, err);
    if (rc)
        return rc;
    rc = office_open(&office, s->c->dir, s->c->passphrase_file, true, err);
    if (rc) {
        char room[FILE_PATH_MAX];
        if (written)
            unlink(office_passphrase_at(s->c->passphrase_file, room));
        office_passphrase_forget();
        unlink(path);
        return rc;
    }
    char *argv[] = {words[0], words[1], path, NULL};
    pthread_mutex_lock(&office.lock);
    rc = command(NULL, s, &office, argv, err);
    /* That one names the file, which lay aside under a name that nobody knows. */
    if (rc && strcmp(err->id, "identity.not-chain") == 0)
        rc = qn_fail(err, QN_MALFORMED, "setup.chain", "");
    if (!rc)
        rc = store_set(office.st, "setup", "1", err);
    if (!rc)
        rc = invite_first(s, &office, invite, err);
    pthread_mutex_unlock(&office.lock);
    office_close(&office);
    unlink(path);
    return rc;
}

static enum qn_code accept_answer(void *ctx, struct qn_span chain, const char *passphrase,
                                  char invite[65], struct qn_err *err)
{
    struct setup *s = ctx;
    struct qn_err dropped;
    pthread_mutex_lock(&s->lock);
    enum qn_code rc = accept_chain(s, chain, passphrase, invite, err);
    bool is = step_of(s->c->dir, &dropped) == SETUP_DONE;
    pthread_mutex_unlock(&s->lock);
    if (is)
        pthread_kill(s->waits, SIGUSR1);
    return rc;
}

/* ---- serving ------------------------------------------------------------------------------------------------------- */

static int wait_for_office(struct setup *s, struct network_server *h, const char *link,
                           const sigset_t *heard)
{
    int which;
    cli_say(s->c, "setup.ready", "dir=%s", s->c->dir);
    cli_say(s->c, "setup.link", "address=%s/#/setup/%s", s->c->network->ui_address(h), link);
    fflush(s->c->out);
    sigwait(heard, &which);
    if (which != SIGUSR1)
        return 0;
    s->c->invited = true;
    struct timespec t = {.tv_sec = LAST_WORD_MS / 1000, .tv_nsec = LAST_WORD_MS % 1000 * 1000000};
    nanosleep(&t, NULL);
    return -1;
}

static int serve_setup(struct cli *c, const struct serve_words *w)
{
    struct setup s = {.c = c, .words = w, .waits = pthread_self()};
    struct setup_acts acts = {&s, look, init, accept_answer, again};
    struct setup_start o = {&acts, c->dir, c->lang};
    struct network_listen listen = {.dir = c->dir,
                                    .ui = w->ui,
                                    .ui_names = w->ui_name,
                                    .n_ui_names = w->n_ui_names,
                                    .lang = c->lang,
                                    .report = &c->report};
    struct network_server *h = NULL;
    struct web *web = NULL;
    struct qn_err err;
    char link[SETUP_LINK];
    sigset_t heard, was;
    int code;
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&heard);
    sigaddset(&heard, SIGINT);
    sigaddset(&heard, SIGTERM);
    sigaddset(&heard, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &heard, &was); /* before any thread */
    pthread_mutex_init(&s.lock, NULL);
    enum qn_code rc = c->maker->setup(&web, link, &o, &err);
    if (!rc)
        rc = file_mkdir(c->dir, &err); /* for the authority of its certificate too */
    listen.pages = rc ? NULL : c->maker->pages(web);
    if (!rc)
        rc = c->network->start(&h, &listen, &err);
    code = rc ? cli_fail(c, &err) : wait_for_office(&s, h, link, &heard);
    sodium_memzero(link, sizeof(link));
    c->network->stop(h);
    c->maker->stop(web);
    pthread_mutex_destroy(&s.lock);
    pthread_sigmask(SIG_SETMASK, &was, NULL);
    return code;
}

int setup_before_serve(struct cli *c, int argc, char **argv)
{
    struct serve_words w;
    struct qn_err err;
    if (!serve_words(c, argc, argv, &w))
        return 2;
    if (!w.ui)
        return -1;
    if (aside_resume(c->dir, &err) != QN_OK)
        return cli_fail(c, &err);
    return step_of(c->dir, &err) == SETUP_DONE ? -1 : serve_setup(c, &w);
}
