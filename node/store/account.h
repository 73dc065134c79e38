/* account.h - how persons (person.h) come in by a browser: passwords, invitations, sessions.  Spec: protocol/spec/web.md
 *
 * Local tables. A password is kept as Argon2id, of a token only its SHA-256. There is no password that nobody chose: an
 * administrator invites, and the invited person chooses. The office's lock is held by the caller, but for
 * account_hash and account_check, which take a tenth of a second and must not hold it.                              */
#ifndef QIAN_NODE_STORE_ACCOUNT_H
#define QIAN_NODE_STORE_ACCOUNT_H

#include <sodium.h>

#include "node/store/person.h"

#define ACCOUNT_TOKEN      32  /* random bytes */
#define ACCOUNT_PASSWORD   10  /* characters at least (web-5) */
#define ACCOUNT_LONGEST    256 /* bytes */
#define ACCOUNT_INVITED_MS (72ull * 3600 * 1000)
#define ACCOUNT_WAIT_MS    (15ull * 60 * 1000) /* at most, web-7 */
#define SESSION_IDLE_MS    (60ull * 60 * 1000) /* web-8 */
#define SESSION_WHOLE_MS   (12ull * 3600 * 1000)
#define ACCOUNT_HASH       crypto_pwhash_STRBYTES

/* Wrong passwords since the last right one, and until when none is looked at; 0: not (web-7). */
struct account_wrong {
    unsigned failed;
    uint64_t waits_ms;
};
struct account {
    bool known;                /* there is one */
    char secret[ACCOUNT_HASH]; /* "" until a password was chosen */
    struct account_wrong wrong; /* of where the person has not come in from */
    uint64_t until_ms;          /* of the invitation */
    bool invited;
};
/* By an administrator (duty "account"); name "" for whoever is entered first, only while nobody is.
 * QN_ABSENT "person.absent", QN_DENIED "account.entered" or as duty_may. */
QN_MUST_USE enum qn_code account_invite(uint8_t token[ACCOUNT_TOKEN], struct store *st,
                                        const char *name, struct qn_err *err);
/* Whose invitation it is. QN_DENIED "account.token": of nobody, used, or too old. */
QN_MUST_USE enum qn_code account_invited(char name[PERSON_NAME + 1], struct store *st,
                                         const uint8_t token[ACCOUNT_TOKEN], struct qn_err *err);
/* The invitation ends, and all sessions of that person. */
QN_MUST_USE enum qn_code account_set(struct store *st, const char *name,
                                     const char hash[ACCOUNT_HASH], struct qn_err *err);
/* By an administrator (duty "account"): the password, an invitation and every session of that person end now; another invitation
 * lets the person in again. QN_ABSENT "person.absent".                                                            */
QN_MUST_USE enum qn_code account_stop(struct store *st, const char *name, struct qn_err *err);
QN_MUST_USE enum qn_code account_get(struct account *out, struct store *st, const char *name,
                                     struct qn_err *err);
/* One more wrong one: each from the fifth on makes the next wait twice as long, until a day passed without one (web-7). */
void account_failed(struct account_wrong *w, uint64_t now);
/* What counts for this person at this address: one of the last from which the person came in, else w.wrong. */
struct account_wrong account_wrong_at(const struct account *a, struct store *st, const char *name,
                                      const char *from);
/* A password was looked at. */
QN_MUST_USE enum qn_code account_tried(struct store *st, const char *name, const char *from,
                                       bool right, struct qn_err *err);
/* QN_DENIED "account.short", "account.name". */
QN_MUST_USE enum qn_code account_fit(const char *name, const char *password, struct qn_err *err);
/* So many at a time in this process, each of which takes 64 MiB; others wait. */
#define ACCOUNT_AT_ONCE 2
QN_MUST_USE enum qn_code account_hash(char out[ACCOUNT_HASH], const char *password,
                                      struct qn_err *err);
bool account_check(const char hash[ACCOUNT_HASH],
                   const char *password); /* as slow for an empty hash */

/* Also ends what is too old. */
QN_MUST_USE enum qn_code session_open(uint8_t token[ACCOUNT_TOKEN], struct store *st,
                                      const char *name, const char *came_by, const char *agent,
                                      struct qn_err *err);
/* QN_DENIED "session.none": none, ended or too old, or its person is no longer here. */
QN_MUST_USE enum qn_code session_person(struct person *out, struct store *st,
                                        const uint8_t token[ACCOUNT_TOKEN], struct qn_err *err);
QN_MUST_USE enum qn_code session_end(struct store *st, const uint8_t token[ACCOUNT_TOKEN],
                                     struct qn_err *err);
#endif
