#include "node/draw/job.h"

#include <stdlib.h>

void draw_job_release(struct draw_job *job)
{
    order_release(&job->order);
    order_rules_release(&job->rules);
    listing_release(&job->listing);
    replay_release(&job->r);
    free(job->changed);
    job->changed = NULL;
}
