/* network.h - what commands ask of the network: node/http does it, main.c introduces the two.
 *
 * Spec: protocol/spec/http.md. The mouths of one layer do not know each other: the command line sees this table. */
#ifndef QIAN_NODE_SYNC_NETWORK_H
#define QIAN_NODE_SYNC_NETWORK_H

#include "node/store/office.h"
#include "node/sync/exchange.h"
#include "node/text/text.h"

/* A call of another office: pull, then push, until neither has more. The caller holds the office's lock; it
 * is given back whenever the network is waited for.                                                       */
struct network_sync {
    struct office *office;
    const char *peer;    /* office code; its address stands in the table of peers */
    enum text_lang lang; /* in which the peer tells its refusals */
    const struct qn_report *report;
    /* Asked about once a second while the network is waited for, by whatever thread that is: true ends the call
     * with QN_LATER "sync.stopped". NULL: never.                                                              */
    bool (*stop)(void *ctx);
    void *stop_ctx;
};
struct network_result {
    unsigned rounds;
    uint64_t sent_frames, sent_bytes, got_frames, got_bytes;
    struct ingest_tally tally; /* of all rounds */
    uint64_t files, file_bytes; /* that the peer has now; bytes of files sent, whether they arrived or not */
    uint64_t files_came;
    uint64_t not_taken;        /* frames that the peer still lacks although it got them */
};

/* Two listeners: exchange for other offices, pages for this one. Their threads take the office's lock for each
 * piece of work; whoever starts or stops them does not hold it.                                              */
struct network_server;
struct pages;
struct network_listen {
    struct office *office; /* NULL before there is one: then the ui alone, and nothing of it but `pages` */
    const char *dir;       /* the office's directory */
    const char *peer, *ui; /* "HOST:PORT", port 0 for any; NULL: not opened */
    const char *const *ui_names; /* under which other machines reach the ui, over TLS (web-13) */
    unsigned n_ui_names;
    enum text_lang lang;   /* of the pages, unless they are asked for in another */
    const struct qn_report *report;
    const struct pages *pages; /* what the office's own people see; NULL: none but the listener's few */
};

/* One call of something that is no office: a body is posted, the answer read whole. The caller holds the office's
 * lock; it is given back while the network is waited for.                                                     */
struct network_post {
    struct office *office;
    const char *url;
    const uint8_t *tls_key; /* of an https server; NULL: the system's authorities judge it */
    struct qn_span body;
    size_t answer_max;
    unsigned seconds; /* for all of it */
};
struct network_answer {
    unsigned status;
    char type[64];      /* Content-Type, cut; "" for none */
    struct qn_buf body; /* released by the caller, also after a failure */
};

struct network {
    /* QN_LATER "sync.unreachable", "sync.broken", "sync.stopped": what went over whole is kept on both sides; call again.
     * QN_UNVERIFIED "sync.peer-key": somebody else answers there; nothing was sent.                     */
    enum qn_code (*sync)(const struct network_sync *o, struct network_result *out,
                         struct qn_err *err);
    enum qn_code (*start)(struct network_server **out, const struct network_listen *o,
                          struct qn_err *err);
    /* "HOST:PORT" as it is listened on, and the ui's URL without the last "/"; "" when not. Lent until stop. */
    const char *(*peer_address)(const struct network_server *s);
    const char *(*ui_address)(const struct network_server *s);
    void (*stop)(struct network_server *s); /* NULL is fine */
    /* QN_LATER "witness.unreachable", "witness.broken"; QN_LIMIT "witness.answer-long"; QN_UNVERIFIED
     * "witness.certificate", "witness.tls-key".                                                       */
    enum qn_code (*post)(struct network_answer *out, const struct network_post *o,
                         struct qn_err *err);
};
#endif
