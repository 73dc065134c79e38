/* lines.h - the open connections of a listener, so that those which dawdle or crowd can be cut: libmicrohttpd knows
 * inactivity and a number only, and at its number it waits.                             Spec: protocol/spec/http.md
 *
 * Strangers make room: when a connection comes that is one too many, the one that has been open longest without
 * showing a key we know is cut. Whoever opens thousands and says nothing only cuts his own.                     */
#ifndef QIAN_NODE_HTTP_LINES_H
#define QIAN_NODE_HTTP_LINES_H

#include <pthread.h>

#include "qian/base.h"

#define LINES_MAX        256     /* open at once: TLS state and headers of so many are some 20 MB */
#define LINES_HEADERS_MS 30000u  /* to complete the headers, even a byte at a time */
#define LINES_REQUEST_MS 600000u /* and the whole request */
#define LINES_KEYS       1024    /* remembered: more offices than one has below it */

struct line {
    struct line *next, **at;
    int fd;
    bool known; /* its key has been an office's before */
    bool cut;   /* told to end; the server has not closed it yet */
    bool keyed; /* whoever serves it read the key below: it is the same until the connection ends */
    uint8_t key[QN_PUBKEY];
    uint64_t since_ms, limit_ms;
};
struct lines {
    pthread_mutex_t lock;
    struct line *first; /* newest first */
    unsigned open;      /* without those that were cut */
    uint8_t key[LINES_KEYS][QN_PUBKEY];
    unsigned nkeys, next_key;
};

void lines_init(struct lines *l);
void lines_release(struct lines *l);
struct line *lines_add(struct lines *l, int fd); /* NULL: no memory; the connection lives without */
void lines_remove(struct lines *l,
                  struct line *line); /* either may be NULL; before its fd is closed */
/* Its headers are whole. key: with which it proved itself, or NULL. */
void lines_request(struct lines *l, struct line *line, const uint8_t *key);
/* Its request is answered: the headers of the next one have their time again. */
void lines_idle(struct lines *l, struct line *line);
/* An office spoke on it, and the key is that office's: remembered. */
void lines_known(struct lines *l, struct line *line, const uint8_t *key);
bool lines_busy(struct lines *l); /* somebody waits for an answer */
void lines_reap(struct lines *l); /* cuts what is over its time */
#endif
