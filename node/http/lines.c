#include "node/http/lines.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "node/store/clock.h"

void lines_init(struct lines *l)
{
    pthread_mutex_init(&l->lock, NULL);
}

void lines_release(struct lines *l)
{
    pthread_mutex_destroy(&l->lock);
}

/* The server sees the end of the stream and closes; only it may close, or the number could be another's by then. */
static void cut(struct lines *l, struct line *line)
{
    shutdown(line->fd, SHUT_RDWR);
    line->cut = true;
    l->open--;
}

/* SPEC http-18: "the one that has been open longest without having shown a key of an office known here" */
static void make_room(struct lines *l)
{
    struct line *oldest = NULL;
    for (struct line *i = l->first; i; i = i->next)
        if (!i->cut && !i->known)
            oldest = i;
    if (oldest)
        cut(l, oldest);
}

struct line *lines_add(struct lines *l, int fd)
{
    struct line *line = calloc(1, sizeof(*line));
    if (!line)
        return NULL;
    *line = (struct line){.fd = fd, .since_ms = clock_running_ms(), .limit_ms = LINES_HEADERS_MS};
    pthread_mutex_lock(&l->lock);
    line->next = l->first;
    line->at = &l->first;
    if (line->next)
        line->next->at = &line->next;
    l->first = line;
    if (++l->open > LINES_MAX)
        make_room(l); /* the newcomer itself, when all others are known */
    pthread_mutex_unlock(&l->lock);
    return line;
}

void lines_remove(struct lines *l, struct line *line)
{
    if (!line)
        return;
    pthread_mutex_lock(&l->lock);
    *line->at = line->next;
    if (line->next)
        line->next->at = line->at;
    if (!line->cut)
        l->open--;
    pthread_mutex_unlock(&l->lock);
    free(line);
}

static bool holds(const struct lines *l, const uint8_t *key)
{
    for (unsigned i = 0; i < l->nkeys; i++)
        if (memcmp(l->key[i], key, QN_PUBKEY) == 0)
            return true;
    return false;
}

void lines_request(struct lines *l, struct line *line, const uint8_t *key)
{
    if (!line)
        return;
    pthread_mutex_lock(&l->lock);
    line->since_ms = clock_running_ms();
    line->limit_ms = LINES_REQUEST_MS;
    line->known = key && holds(l, key);
    pthread_mutex_unlock(&l->lock);
}

void lines_idle(struct lines *l, struct line *line)
{
    if (!line)
        return;
    pthread_mutex_lock(&l->lock);
    line->since_ms = clock_running_ms();
    line->limit_ms = LINES_HEADERS_MS;
    pthread_mutex_unlock(&l->lock);
}

void lines_known(struct lines *l, struct line *line, const uint8_t *key)
{
    pthread_mutex_lock(&l->lock);
    if (line)
        line->known = true;
    if (!holds(l, key)) {
        memcpy(l->key[l->next_key], key, QN_PUBKEY);
        l->next_key = (l->next_key + 1) % LINES_KEYS;
        l->nkeys += l->nkeys < LINES_KEYS;
    }
    pthread_mutex_unlock(&l->lock);
}

bool lines_busy(struct lines *l)
{
    bool busy = false;
    pthread_mutex_lock(&l->lock);
    for (struct line *i = l->first; i; i = i->next)
        busy = busy || (!i->cut && i->limit_ms == LINES_REQUEST_MS);
    pthread_mutex_unlock(&l->lock);
    return busy;
}

void lines_reap(struct lines *l)
{
    pthread_mutex_lock(&l->lock);
    uint64_t now = clock_running_ms();
    for (struct line *i = l->first; i; i = i->next)
        if (!i->cut && now - i->since_ms > i->limit_ms)
            cut(l, i);
    pthread_mutex_unlock(&l->lock);
}
