/* job.h - commands that a page asked for, each in a thread of its own: a page that is loaded again finds what it began. */
#ifndef QIAN_NODE_WEB_JOB_H
#define QIAN_NODE_WEB_JOB_H

#include <jansson.h>
#include <pthread.h>

#include "node/sync/commands.h"

#define JOBS        64 /* running and kept */
#define JOBS_OF_ONE 16 /* of one person, not ended */
#define JOBS_BESIDE 4  /* looks at once beside the office's lock; more wait */
#define JOB_LINES   40 /* of progress, the last ones */
#define JOB_KEPT_MS (3600ull * 1000) /* after its end was told */

struct job;
struct jobs {
    pthread_mutex_t lock;
    struct job *job[JOBS];
    uint64_t next;
    unsigned beside; /* that are read beside just now */
    unsigned loaded; /* by jobs_load */
    bool ending;
};
struct job_ask {
    struct office *office;
    const struct commands *commands;
    const char *command; /* "roster import" */
    const char *person, *cwd;
    enum text_lang lang;
    int argc;
    char **argv;     /* handed over: one block of words behind the pointers is freed with them */
    const char *key; /* of the browser's making, or NULL (done.h) */
    bool fleeting;   /* nobody comes for it again: gone once told whole */
    uint8_t request[32];
};
void jobs_init(struct jobs *j);
/* Those that the node's last end cut off, so that whoever asked for them is told what became of them (web-92). Takes the lock. */
void jobs_load(struct jobs *j, struct office *office, enum text_lang lang);
/* All are asked to stop and none is begun any more; who waits for one hears how it stands. */
void jobs_ending(struct jobs *j);
bool jobs_are_ending(struct jobs *j);
void jobs_end(struct jobs *j);
/* QN_LATER "web.jobs": too many at once; "web.ending". id: of the job, of which 0 is none. */
QN_MUST_USE enum qn_code jobs_start(uint64_t *id, struct jobs *j, const struct job_ask *a,
                                    struct qn_err *err);
/* Waits for its end, at most so long. NULL: none of that person's. New reference: job_describe's. */
json_t *jobs_wait(struct jobs *j, uint64_t id, const char *person, unsigned ms);
/* open: those alone whose end nobody heard yet, without their answers. */
json_t *jobs_list(struct jobs *j, const char *person, bool open);
bool jobs_cancel(struct jobs *j, uint64_t id, const char *person);
#endif
