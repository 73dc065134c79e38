#include "node/web/job.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/account.h"
#include "node/store/clock.h"
#include "node/store/done.h"
#include "node/store/person.h"

#define LINE_MAX_  400
#define NAP_MAX_MS 64

enum job_state { JOB_WAITS, JOB_RUNS, JOB_ENDED };
static const char *const state_name[] = {"waiting", "running", "ended"};

struct job {
    struct jobs *jobs;
    uint64_t id;
    char command[48], person[PERSON_NAME + 1], cwd[1024], key[DONE_KEY + 1];
    uint8_t request[QN_HASH];
    struct office *office;
    const struct commands *commands;
    enum text_lang lang;
    int argc;
    char **argv;
    pthread_t thread;
    bool cut; /* by the end of an earlier run (jobs_load): there is no thread */
    /* under jobs->lock from here on */
    enum job_state state;
    bool cancelled, fleeting, told;     /* told: somebody heard its end */
    uint64_t began_ms, ended_ms, at_ms; /* at_ms: when it began, by the clock */
    char file[120]; /* the first that was uploaded for it, by its owner's name */
    char line[JOB_LINES][LINE_MAX_];
    unsigned lines; /* that came in all */
    json_t *answer; /* {"exit": 0, "result": …, "said": …}; NULL until the end */
};

void jobs_init(struct jobs *j)
{
    memset(j, 0, sizeof(*j));
    pthread_mutex_init(&j->lock, NULL);
}

static void free_job(struct job *job)
{
    if (!job->cut)
        pthread_join(job->thread, NULL);
    json_decref(job->answer);
    free(job->argv);
    free(job);
}

void jobs_ending(struct jobs *j)
{
    pthread_mutex_lock(&j->lock);
    j->ending = true;
    for (unsigned i = 0; i < JOBS; i++)
        if (j->job[i])
            j->job[i]->cancelled = true;
    pthread_mutex_unlock(&j->lock);
}

bool jobs_are_ending(struct jobs *j)
{
    pthread_mutex_lock(&j->lock);
    bool ending = j->ending;
    pthread_mutex_unlock(&j->lock);
    return ending;
}

void jobs_end(struct jobs *j)
{
    jobs_ending(j);
    for (unsigned i = 0; i < JOBS; i++)
        if (j->job[i])
            free_job(j->job[i]);
    pthread_mutex_destroy(&j->lock);
}

/* ---- in the thread of the job ---------------------------------------------------------------------------------------- */

static void progress(void *ctx, const char *id, const char *args)
{
    struct job *job = ctx;
    char text[LINE_MAX_];
    bool was = text_for_pages(true); /* whatever it is that the command makes */
    text_render(text, sizeof(text), job->lang, id, args);
    (void)text_for_pages(was);
    pthread_mutex_lock(&job->jobs->lock);
    memcpy(job->line[job->lines++ % JOB_LINES], text, sizeof(text));
    pthread_mutex_unlock(&job->jobs->lock);
}

static bool stopped(void *ctx)
{
    struct job *job = ctx;
    pthread_mutex_lock(&job->jobs->lock);
    bool cancelled = job->cancelled;
    pthread_mutex_unlock(&job->jobs->lock);
    return cancelled;
}

/* One document, or one a line, or text. */
static json_t *as_json(struct qn_span out)
{
    json_t *whole = json_loadb((const char *)out.p, out.n, JSON_DECODE_ANY, NULL);
    if (whole || !out.n)
        return whole ? whole : json_null();
    json_t *lines = json_array();
    for (size_t at = 0; lines && at < out.n;) {
        const uint8_t *end = memchr(out.p + at, '\n', out.n - at);
        size_t n = end ? (size_t)(end - out.p) - at : out.n - at;
        json_t *one = n ? json_loadb((const char *)out.p + at, n, JSON_DECODE_ANY, NULL) : NULL;
        if (n && !one) {
            json_decref(lines);
            lines = NULL;
        } else if (one) {
            json_array_append_new(lines, one);
        }
        at += n + 1;
    }
    if (lines)
        return lines;
    json_t *text = json_stringn((const char *)out.p, out.n);
    return text ? json_pack("{s:o}", "text", text) : json_null();
}

static json_t *answer_of(int exit_code, const struct commands_run *r)
{
    const char *said = r->said.n ? (const char *)r->said.p : "";
    json_t *text = json_stringn(said, r->said.n);
    return json_pack("{s:i, s:o, s:o}", "exit", exit_code, "result", as_json(qn_buf_span(&r->out)),
                     "said", text ? text : json_string(""));
}

static json_t *refused(const struct job *job, const struct qn_err *err)
{
    char text[1024];
    bool was = text_for_pages(true);
    text_error(text, sizeof(text), job->lang, err);
    (void)text_for_pages(was);
    return json_pack("{s:i, s:{s:s, s:s, s:s}, s:s}", "exit", err->code == QN_LATER ? 3 : 1,
                     "result", "code", qn_code_name(err->code), "id", err->id, "args", err->args,
                     "said", text);
}

static json_t *about(const struct job *job)
{
    return json_pack("{s:s, s:s, s:I}", "command", job->command, "file", job->file, "at_ms",
                     (json_int_t)job->at_ms);
}

static char *dump_about(const struct job *job)
{
    json_t *o = about(job);
    char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
    json_decref(o);
    return text;
}

/* Whether it is to be done; else *answer is what was answered before. */
static bool begin(struct job *job, json_t **answer)
{
    bool begun = true;
    unsigned status;
    struct qn_err err;
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    qn_buf_init(&b, DONE_MAX);
    if (!job->key[0])
        return true;
    char *what = dump_about(job);
    enum qn_code rc = done_begin(&begun, &status, &b, job->office->st, job->person, job->key,
                                 job->request, qn_str(what ? what : ""), &err);
    free(what);
    if (!rc && !begun && !status)
        rc = qn_fail(&err, QN_CONFLICT, "web.doing", "");
    if (rc)
        *answer = refused(job, &err);
    else if (!begun)
        *answer = b.n ? json_loadb((const char *)b.p, b.n, 0, NULL)
                      : json_pack("{s:i, s:n, s:s}", "exit", 0, "result", "said", "");
    return !rc && begun;
}

/* What ends with the node says what it was: it is told behind the next start. */
static void end(struct job *job, const json_t *answer)
{
    struct qn_err err;
    bool untold = jobs_are_ending(job->jobs);
    json_t *kept = !job->key[0] || !answer ? NULL : untold ? about(job) : json_object();
    if (kept)
        json_object_update(kept, (json_t *)(uintptr_t)answer);
    char *text = kept ? json_dumps(kept, JSON_COMPACT) : NULL;
    if (text && done_end(job->office->st, job->person, job->key, job->request,
                         untold ? DONE_UNTOLD : DONE_TOLD, qn_str(text), &err) != QN_OK)
        progress(job, err.id, err.args);
    free(text);
    json_decref(kept);
}

/* "sync.stopped" and others, which know more of what was done. */
static bool tells_stop(const json_t *answer)
{
    const char *id = json_string_value(json_object_get(json_object_get(answer, "result"), "id"));
    return id && strstr(id, ".stopped");
}

/* What the command printed, as an answer; beside: see commands.h. */
static json_t *told_by(struct job *job, char **argv, struct office *beside)
{
    struct store *st = beside ? beside->st : job->office->st;
    struct commands_run r = {.argc = job->argc,
                             .argv = argv,
                             .by = job->person,
                             .cwd = job->cwd,
                             .lang = job->lang,
                             .report = {progress, job},
                             .stop = stopped,
                             .stop_ctx = job,
                             .beside = beside};
    struct qn_err err;
    store_on_stop(st, stopped, job);
    int code = job->commands->run(job->commands->ctx, &r);
    bool given_up = store_given_up(st, &err) != QN_OK;
    store_on_stop(st, NULL, NULL);
    struct qn_err why;
    json_t *answer = qn_buf_check(&r.out, &why) == QN_OK ? answer_of(code, &r) : refused(job, &why);
    qn_buf_release(&r.out);
    qn_buf_release(&r.said);
    /* SPEC web-90: "nothing that was found while it was being stopped is told" */
    if (given_up && !tells_stop(answer)) {
        json_decref(answer);
        answer = refused(job, &err);
    }
    return answer;
}

static json_t *work(struct job *job)
{
    json_t *answer = NULL;
    if (!begin(job, &answer))
        return answer;
    answer = told_by(job, job->argv, NULL);
    end(job, answer);
    return answer;
}

/* SPEC web-47: "is asked again as an act": NULL when it would have written, and when there is no reading beside. */
static json_t *work_beside(struct job *job)
{
    struct office beside;
    struct qn_err none;
    struct tx moment = {0}; /* SPEC web-47: "is of one moment, that at which it began" */
    char **argv = calloc((size_t)job->argc + 1, sizeof(*argv));
    if (!argv || office_beside(&beside, job->office, &none) != QN_OK) {
        free(argv);
        return NULL;
    }
    memcpy(argv, job->argv,
           (size_t)job->argc * sizeof(*argv)); /* which the command may put in another order */
    bool begun = tx_begin(&moment, beside.st, &none) == QN_OK;
    json_t *answer = begun ? told_by(job, argv, &beside) : NULL;
    tx_end(&moment); /* before it is asked: a line of the trail waits for the end (trail.h) */
    if (store_wanted(beside.st)) {
        json_decref(answer);
        answer = NULL;
        pthread_mutex_lock(&job->jobs->lock);
        job->lines = 0;
        pthread_mutex_unlock(&job->jobs->lock);
    }
    office_beside_end(&beside, job->office);
    free(argv);
    return answer;
}

/* Whether it goes on, which a job that was given up does not. */
static bool runs(struct job *job)
{
    pthread_mutex_lock(&job->jobs->lock);
    bool go = !job->cancelled;
    job->state = go ? JOB_RUNS : JOB_WAITS;
    pthread_mutex_unlock(&job->jobs->lock);
    return go;
}

/* SPEC web-4: "what of the person's waits is not begun" */
static enum qn_code still_in(struct job *job, struct qn_err *err)
{
    struct account a;
    if (!runs(job))
        return qn_fail(err, QN_LATER, "web.cancelled", "");
    enum qn_code rc = account_get(&a, job->office->st, job->person, err);
    return rc || a.known ? rc : qn_fail(err, QN_DENIED, "session.none", "");
}

/* Holds the office's lock, and gives it back. */
static json_t *work_locked(struct job *job)
{
    struct qn_err err;
    json_t *answer = still_in(job, &err) == QN_OK ? work(job) : refused(job, &err);
    pthread_mutex_unlock(&job->office->lock);
    return answer;
}

/* A place among those that read beside: each has a connection and an answer of its own in memory. False: it was cancelled. */
static bool place_beside(struct job *job)
{
    struct jobs *j = job->jobs;
    for (unsigned nap = 2;; nap = nap < NAP_MAX_MS ? 2 * nap : NAP_MAX_MS) {
        pthread_mutex_lock(&j->lock);
        bool cancelled = job->cancelled, there = !cancelled && j->beside < JOBS_BESIDE;
        j->beside += there;
        pthread_mutex_unlock(&j->lock);
        if (cancelled || there)
            return there;
        poll(NULL, 0, (int)nap);
    }
}

static json_t *look_beside(struct job *job)
{
    struct jobs *j = job->jobs;
    if (!place_beside(job))
        return NULL;
    json_t *answer = runs(job) ? work_beside(job) : NULL;
    pthread_mutex_lock(&j->lock);
    j->beside--;
    pthread_mutex_unlock(&j->lock);
    return answer;
}

static json_t *answer_job(struct job *job)
{
    pthread_mutex_t *lock = &job->office->lock;
    enum commands_beside beside =
        job->key[0] ? BESIDE_NEVER : job->commands->beside(job->commands->ctx, job->command);
    if (beside == BESIDE_WHEN_BUSY && pthread_mutex_trylock(lock) == 0)
        return work_locked(job);
    json_t *answer = beside != BESIDE_NEVER ? look_beside(job) : NULL;
    if (answer)
        return answer;
    pthread_mutex_lock(&job->jobs->lock);
    job->state = JOB_WAITS;
    pthread_mutex_unlock(&job->jobs->lock);
    pthread_mutex_lock(lock);
    return work_locked(job);
}

static void *thread(void *cls)
{
    struct job *job = cls;
    struct jobs *j = job->jobs;
    json_t *answer = answer_job(job);
    pthread_mutex_lock(&j->lock);
    job->answer = answer;
    job->state = JOB_ENDED;
    job->ended_ms = clock_running_ms();
    pthread_mutex_unlock(&j->lock);
    return NULL;
}

/* ---- from outside ------------------------------------------------------------------------------------------------------ */

/* "3f2a90bc-企业名录.csv" → "企业名录.csv": what pages put before a name (upload). */
static void note_file(struct job *job)
{
    for (int i = 0; i < job->argc && !job->file[0]; i++) {
        const char *eq = strncmp(job->argv[i], "--", 2) == 0 ? strchr(job->argv[i], '=') : NULL,
                   *name = eq ? eq + 1 : job->argv[i];
        if (strspn(name, "0123456789abcdef") == 8 && name[8] == '-')
            (void)qn_text_copy(job->file, sizeof(job->file), qn_str(name + 9));
    }
}

static struct job *make(struct jobs *j, const struct job_ask *a)
{
    struct job *job = calloc(1, sizeof(*job));
    if (!job)
        return NULL;
    job->jobs = j;
    job->office = a->office;
    job->commands = a->commands;
    job->lang = a->lang;
    job->argc = a->argc;
    job->fleeting = a->fleeting;
    job->began_ms = clock_running_ms();
    job->at_ms = clock_now_ms(job->office->st);
    snprintf(job->command, sizeof(job->command), "%s", a->command);
    snprintf(job->person, sizeof(job->person), "%s", a->person);
    snprintf(job->cwd, sizeof(job->cwd), "%s", a->cwd);
    snprintf(job->key, sizeof(job->key), "%s", a->key ? a->key : "");
    memcpy(job->request, a->request, sizeof(job->request));
    return job;
}

/* Told before not told, then by when it ended. */
static bool goes_before(const struct job *a, const struct job *b)
{
    return a->told != b->told ? a->told : a->ended_ms < b->ended_ms;
}

/* A free place: an empty one, or that of a job which ended long ago and was heard or is no act, or, when all is full, of the one
 * missed least. */
static struct job **place(struct jobs *j)
{
    struct job **oldest = NULL;
    uint64_t now = clock_running_ms();
    for (unsigned i = 0; i < JOBS; i++) {
        struct job *job = j->job[i];
        if (job && job->state == JOB_ENDED && (job->told || !job->key[0]) &&
            now - job->ended_ms > JOB_KEPT_MS) {
            free_job(job);
            j->job[i] = job = NULL;
        }
        if (!job)
            return &j->job[i];
        if (job->state == JOB_ENDED && (!oldest || goes_before(job, *oldest)))
            oldest = &j->job[i];
    }
    if (oldest) {
        free_job(*oldest);
        *oldest = NULL;
    }
    return oldest;
}

static bool crowds(const struct jobs *j, const char *person)
{
    unsigned n = 0;
    for (unsigned i = 0; i < JOBS; i++)
        n += j->job[i] && j->job[i]->state != JOB_ENDED && strcmp(j->job[i]->person, person) == 0;
    return n >= JOBS_OF_ONE;
}

enum qn_code jobs_start(uint64_t *id, struct jobs *j, const struct job_ask *a, struct qn_err *err)
{
    struct job *job = make(j, a);
    if (!job)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    pthread_mutex_lock(&j->lock);
    bool ending = j->ending;
    struct job **at = ending || crowds(j, a->person) ? NULL : place(j);
    if (at) {
        job->id = *id = ++j->next;
        job->argv = a->argv;
        note_file(job);
        if (pthread_create(&job->thread, NULL, thread, job) == 0)
            *at = job;
        else
            at = NULL;
    }
    pthread_mutex_unlock(&j->lock);
    if (at)
        return QN_OK;
    free(job);
    return ending ? qn_fail(err, QN_LATER, "web.ending", "")
                  : qn_fail(err, QN_LATER, "web.jobs", "max=%d", JOBS_OF_ONE);
}

static struct job **of(struct jobs *j, uint64_t id, const char *person)
{
    for (unsigned i = 0; i < JOBS; i++)
        if (j->job[i] && j->job[i]->id == id && strcmp(j->job[i]->person, person) == 0)
            return &j->job[i];
    return NULL;
}

static json_t *describe(const struct job *job)
{
    json_t *lines = json_array();
    unsigned from = job->lines > JOB_LINES ? job->lines - JOB_LINES : 0;
    for (unsigned i = from; i < job->lines; i++)
        json_array_append_new(lines, json_string(job->line[i % JOB_LINES]));
    json_t *o =
        json_pack("{s:I, s:s, s:s, s:I, s:I, s:s, s:b, s:o}", "id", (json_int_t)job->id, "command",
                  job->command, "state", state_name[job->state], "ms",
                  (json_int_t)((job->state == JOB_ENDED ? job->ended_ms : clock_running_ms()) -
                               job->began_ms),
                  "at_ms", (json_int_t)job->at_ms, "file", job->file, "cancelled", job->cancelled,
                  "progress", lines);
    if (o && job->answer)
        json_object_set(o, "answer", job->answer);
    return o;
}

/* For whom its end was waited for. */
static json_t *tell(struct job **at)
{
    struct job *job = *at;
    json_t *o = describe(job);
    job->told = job->state == JOB_ENDED;
    if (job->told && job->fleeting) {
        free_job(job);
        *at = NULL;
        return o;
    }
    job->fleeting = false; /* who did not hear it whole comes again */
    return o;
}

/* Looks again and again: a wait for a moment would be at the mercy of the clock (stop.h), and one for a job's end needs a pipe
 * for each.                                                                                                          */
json_t *jobs_wait(struct jobs *j, uint64_t id, const char *person, unsigned ms)
{
    uint64_t until = clock_running_ms() + ms;
    for (unsigned nap = 2;; nap = nap < NAP_MAX_MS ? 2 * nap : NAP_MAX_MS) {
        pthread_mutex_lock(&j->lock);
        struct job **at = of(j, id, person);
        bool ended = !at || (*at)->state == JOB_ENDED || clock_running_ms() >= until || j->ending;
        json_t *o = at && ended ? tell(at) : NULL;
        pthread_mutex_unlock(&j->lock);
        if (ended)
            return o;
        poll(NULL, 0, (int)nap);
    }
}

json_t *jobs_list(struct jobs *j, const char *person, bool open)
{
    json_t *a = json_array();
    pthread_mutex_lock(&j->lock);
    for (unsigned i = 0; i < JOBS; i++) {
        struct job *job = j->job[i];
        if (!job || strcmp(job->person, person) != 0 || (open && (job->told || job->fleeting)))
            continue;
        json_t *o = describe(job);
        if (open)
            json_object_del(o, "answer");
        json_array_append_new(a, o);
    }
    pthread_mutex_unlock(&j->lock);
    return a;
}

/* ---- what the node's last end cut off ---------------------------------------------------------------------------------- */

struct loading {
    struct jobs *jobs;
    struct office *office;
    enum text_lang lang;
};

static void load(void *ctx, const char *person, bool ended, struct qn_span text, uint64_t at_ms)
{
    const struct loading *l = ctx;
    struct jobs *j = l->jobs;
    struct qn_err err;
    json_t *o = text.n ? json_loadb((const char *)text.p, text.n, 0, NULL) : NULL;
    const char *command = json_string_value(json_object_get(o, "command")),
               *file = json_string_value(json_object_get(o, "file"));
    struct job *job = command ? calloc(1, sizeof(*job)) : NULL;
    if (job) {
        *job = (struct job){
            .jobs = j, .office = l->office, .lang = l->lang, .cut = true, .state = JOB_ENDED};
        snprintf(job->command, sizeof(job->command), "%s", command);
        snprintf(job->person, sizeof(job->person), "%s", person);
        snprintf(job->file, sizeof(job->file), "%s", file ? file : "");
        job->at_ms = (uint64_t)json_integer_value(json_object_get(o, "at_ms"));
        job->at_ms = job->at_ms ? job->at_ms : at_ms;
        job->began_ms = job->ended_ms = clock_running_ms();
        job->id = ++j->next;
        qn_fail(&err, QN_LATER, "web.cut", "");
        for (size_t i = 0; i < 3; i++)
            json_object_del(o, (const char *const[]){"command", "file", "at_ms"}[i]);
        job->answer = ended ? json_incref(o) : refused(job, &err);
        j->job[j->loaded++] = job;
    }
    json_decref(o);
}

void jobs_load(struct jobs *j, struct office *office, enum text_lang lang)
{
    struct loading l = {j, office, lang};
    struct qn_err none;
    pthread_mutex_lock(&office->lock);
    /* Numbers of an earlier run are not given again: a page that waited for one would take another's answer for its own. */
    j->next = clock_now_ms(office->st);
    enum qn_code rc = done_untold(office->st, JOBS, load, &l, &none);
    (void)rc; /* then nobody is told */
    pthread_mutex_unlock(&office->lock);
}

bool jobs_cancel(struct jobs *j, uint64_t id, const char *person)
{
    pthread_mutex_lock(&j->lock);
    struct job **at = of(j, id, person);
    if (at)
        (*at)->cancelled = true;
    pthread_mutex_unlock(&j->lock);
    return at != NULL;
}
