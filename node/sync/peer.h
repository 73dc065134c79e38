/* peer.h - the offices we exchange with: where they are, when we last heard, what they said they hold. */
#ifndef QIAN_NODE_SYNC_PEER_H
#define QIAN_NODE_SYNC_PEER_H

#include "node/store/store.h"
#include "qian/frame.h"

#define PEER_URL_MAX 256
#define PEERS_MAX    10000 /* offices of a province */

struct peer {
    char office[QN_CODE_MAX + 1];
    char url[PEER_URL_MAX + 1]; /* "" for one that calls us, or only bundles */
    uint64_t last_ok_ms, last_try_ms;
    char last_error[512];        /* "id args" of the last failure, "" after a success */
    uint64_t online_ms, file_ms; /* last heard over a network, by stick; 0: never */
    int64_t skew_ms;             /* its clock minus ours, as measured at skew_at_ms (clocks.h) */
    uint64_t skew_at_ms;
    unsigned failures; /* calls that failed in a row */
    uint64_t next_ms;  /* when qian serve calls it again; 0: it does not */
};
struct peers {
    struct peer *peer;
    size_t n;
};
/* url: https://HOST:PORT. */
QN_MUST_USE enum qn_code peer_set(struct store *st, const char *office, const char *url,
                                  struct qn_err *err);
QN_MUST_USE enum qn_code peer_check_url(const char *url, struct qn_err *err);
/* url: http://HOST:PORT of a loopback address. */
QN_MUST_USE enum qn_code peer_check_plain_url(const char *url, struct qn_err *err);
bool peer_is_loopback(struct qn_span host); /* 127.x.y.z, localhost, [::1] */
/* The TLS keys by which an office may be recognised, the newest first. QN_ABSENT "tree.unknown-office". */
#define PEER_KEYS 8
struct peer_keys {
    uint8_t key[PEER_KEYS][QN_PUBKEY];
    unsigned n;
};
QN_MUST_USE enum qn_code peer_keys(struct peer_keys *out, struct store *st, const char *office,
                                   struct qn_err *err);
/* key: with which the caller proved itself. QN_DENIED "http.peer-key". */
QN_MUST_USE enum qn_code peer_check_key(struct store *st, const char *office,
                                        const uint8_t key[QN_PUBKEY], struct qn_err *err);
QN_MUST_USE enum qn_code peer_get(struct peer *out, struct store *st, const char *office,
                                  struct qn_err *err);
/* The parent first, so that whoever calls them all calls it first; then by their codes. */
QN_MUST_USE enum qn_code peer_list(struct peers *out, struct store *st, struct qn_err *err);
void peers_release(struct peers *p);
static inline void peers_auto(struct peers *p)
{
    peers_release(p);
}
/* Whose keys the office had when we last heard it: the certificate whose log key signed its last HAVE, if that speaks
 * for it still; else its newest.                                                                             */
QN_MUST_USE enum qn_code peer_speaker(struct qn_cert *out, struct store *st, const char *office,
                                      struct qn_err *err);
/* An exchange with this peer began, ended well, or failed. */
QN_MUST_USE enum qn_code peer_tried(struct store *st, const char *office, struct qn_err *err);
QN_MUST_USE enum qn_code peer_done(struct store *st, const char *office,
                                   const struct qn_err *failure, struct qn_err *err);
/* A bundle of it was taken in. What ails the line to it ails it still. */
QN_MUST_USE enum qn_code peer_done_by_file(struct store *st, const char *office,
                                           struct qn_err *err);
/* When qian serve will call it again, by this office's clock; 0: not by itself. */
QN_MUST_USE enum qn_code peer_next(struct store *st, const char *office, uint64_t at_ms,
                                   struct qn_err *err);
QN_MUST_USE enum qn_code peer_next_none(struct store *st, struct qn_err *err); /* of any */
QN_MUST_USE enum qn_code peer_set_skew(struct store *st, const char *office, int64_t skew_ms,
                                       struct qn_err *err);
/* Keeps the HAVE that the peer sent. now: it speaks to us at this moment, so it replaces what was known; else
 * (from a file) it does so only when it tells of more.                                                    */
QN_MUST_USE enum qn_code peer_heard(struct store *st, const char *office, struct qn_span have,
                                    bool now, struct qn_err *err);
/* QN_ABSENT when it never spoke. */
QN_MUST_USE enum qn_code peer_last_have(struct qn_have *out, struct store *st, const char *office,
                                        struct qn_err *err);
/* The office a child calls when none is named: its parent. false: this is the province. */
bool peer_parent(struct store *st, char office[QN_CODE_MAX + 1]);
#endif
