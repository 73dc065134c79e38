#include "node/store/account.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "node/store/clock.h"
#include "node/store/duty.h"
#include "node/store/internal.h"
#include "node/store/trail.h"

#define FREE_TRIES 5
#define FORGET_MS  (24ull * 3600 * 1000) /* behind the end of a wait */
#define SEEN_MS    (60ull * 1000) /* a session is not written at every click */
/* RFC 9106 §4 gives two settings; this is the second, for where memory is scarce: 64 MiB, 3 passes. */
#define PASSES 3
#define MEMORY (64ull * 1024 * 1024)

static void hash_token(uint8_t out[QN_HASH], const uint8_t token[ACCOUNT_TOKEN])
{
    crypto_hash_sha256(out, token, ACCOUNT_TOKEN);
}

/* ---- invitations and passwords ---------------------------------------------------------------------------------- */

static enum qn_code may_be_invited(struct store *st, const char *name, struct qn_err *err)
{
    struct person p;
    bool in_force;
    if (*name)
        return person_get(&p, st, name, err);
    enum qn_code rc = person_in_force(&in_force, st, err);
    return !rc && in_force ? qn_fail(err, QN_DENIED, "account.entered", "") : rc;
}

enum qn_code account_invite(uint8_t token[ACCOUNT_TOKEN], struct store *st, const char *name,
                            struct qn_err *err)
{
    uint8_t hash[QN_HASH];
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = may_be_invited(st, name, err);
    if (!rc)
        rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = duty_act(st, duty_of(DUTY_ACCOUNT), NULL, name, err);
    if (rc)
        return rc;
    randombytes_buf(token, ACCOUNT_TOKEN);
    hash_token(hash, token);
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_ACCOUNT_INVITE);
        q_bind_text(&q, name);
        q_bind_blob(&q, hash, sizeof(hash));
        q_bind_int(&q, (int64_t)(clock_now_ms(st) + ACCOUNT_INVITED_MS));
        rc = store_run(&q, err);
    }
    return rc ? rc : tx_commit(&tx, err);
}

enum qn_code account_invited(char name[PERSON_NAME + 1], struct store *st,
                             const uint8_t token[ACCOUNT_TOKEN], struct qn_err *err)
{
    uint8_t hash[QN_HASH];
    hash_token(hash, token);
    QN_AUTO(query) struct query q = query_start(st, SQL_ACCOUNT_INVITED);
    q_bind_blob(&q, hash, sizeof(hash));
    bool found = q_step(&q) && (uint64_t)q_int(&q, 1) >= clock_now_ms(st), in_force = false;
    if (found)
        snprintf(name, PERSON_NAME + 1, "%s", q_text(&q, 0));
    enum qn_code rc = query_end(&q, err);
    /* Whoever was entered at the machine meanwhile is the first: the link of nobody is no way around that person. */
    if (!rc && found && !*name)
        rc = person_in_force(&in_force, st, err);
    return rc || (found && !in_force) ? rc : qn_fail(err, QN_DENIED, "account.token", "");
}

static enum qn_code end_all(struct store *st, const char *name, struct qn_err *err)
{
    person_turned();
    QN_AUTO(query) struct query q = query_start(st, SQL_SESSION_END_OF);
    q_bind_text(&q, name);
    return store_run(&q, err);
}

static enum qn_code drop(struct store *st, const char *name, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_ACCOUNT_DROP);
    q_bind_text(&q, name);
    return store_run(&q, err);
}

enum qn_code account_set(struct store *st, const char *name, const char hash[ACCOUNT_HASH],
                         struct qn_err *err)
{
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = tx_begin(&tx, st, err);
    if (!rc) {
        QN_AUTO(query) struct query q = query_start(st, SQL_ACCOUNT_SECRET);
        q_bind_text(&q, name);
        q_bind_text(&q, hash);
        rc = store_run(&q, err);
    }
    if (!rc)
        rc = drop(st, "", err); /* somebody is entered: nobody is the first any more */
    if (!rc)
        rc = end_all(st, name, err);
    if (!rc)
        rc = trail_put(st, duty_of(DUTY_COME_IN), name, "password", err);
    return rc ? rc : tx_commit(&tx, err);
}

/* See usual_read. */
static void usual_key(char out[PERSON_NAME + 16], const char *name)
{
    snprintf(out, PERSON_NAME + 16, "usual/%.*s", PERSON_NAME, name);
}

/* SPEC web-4: "the password, an open invitation and every session end at once" */
enum qn_code account_stop(struct store *st, const char *name, struct qn_err *err)
{
    struct person p;
    char key[PERSON_NAME + 16];
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = person_get(&p, st, name, err);
    usual_key(key, name);
    if (!rc)
        rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = duty_act(st, duty_of(DUTY_ACCOUNT), NULL, name, err);
    if (!rc)
        rc = drop(st, name, err);
    if (!rc)
        rc = store_unset(st, key, err);
    if (!rc)
        rc = end_all(st, name, err);
    return rc ? rc : tx_commit(&tx, err);
}

enum qn_code account_get(struct account *out, struct store *st, const char *name,
                         struct qn_err *err)
{
    *out = (struct account){.known = false};
    QN_AUTO(query) struct query q = query_start(st, SQL_ACCOUNT);
    q_bind_text(&q, name);
    if (q_step(&q)) {
        out->known = true;
        snprintf(out->secret, sizeof(out->secret), "%s", q_text(&q, 0));
        out->wrong.failed = (unsigned)q_int(&q, 1);
        out->wrong.waits_ms = (uint64_t)q_int(&q, 2);
        out->until_ms = (uint64_t)q_int(&q, 3);
        out->invited = q_int(&q, 4) != 0 && out->until_ms >= clock_now_ms(st);
    }
    return query_end(&q, err);
}

/* SPEC web-7: "From the fifth wrong one on each makes the next wait, twice as long as the one before" */
void account_failed(struct account_wrong *w, uint64_t now)
{
    uint64_t wait = 0;
    if (w->waits_ms && w->waits_ms + FORGET_MS <= now)
        w->failed = 0;
    w->failed++;
    for (unsigned i = FREE_TRIES; i <= w->failed && wait < ACCOUNT_WAIT_MS; i++)
        wait = wait ? 2 * wait : 1000;
    wait = wait < ACCOUNT_WAIT_MS ? wait : ACCOUNT_WAIT_MS;
    w->waits_ms = wait ? now + wait : 0;
}

/* ---- where a person comes in from ---------------------------------------------------------------------------------
 *
 * SPEC web-7: "each of the last 4 addresses from which the person came in has a count of its own". They stand in one
 * setting of the person, the last first, one a line: "ADDRESS FAILED WAITS_MS".                                     */

#define USUAL      4
#define ADDRESS    63 /* bytes */
#define USUAL_LINE (ADDRESS + 1 + 10 + 1 + 20 + 1)
struct usual {
    char from[ADDRESS + 1];
    struct account_wrong wrong;
};

static unsigned usual_read(struct usual u[USUAL], struct store *st, const char *name)
{
    char key[PERSON_NAME + 16], text[USUAL * USUAL_LINE + 1];
    unsigned n = 0;
    usual_key(key, name);
    if (!store_get(st, key, text, sizeof(text)))
        return 0;
    for (char *at = text, *end; n < USUAL && (end = strchr(at, '\n')); at = end + 1, n++) {
        unsigned long long waits = 0;
        *end = 0;
        u[n] = (struct usual){.from = ""};
        if (sscanf(at, "%63s %u %llu", u[n].from, &u[n].wrong.failed, &waits) != 3)
            break;
        u[n].wrong.waits_ms = waits;
    }
    return n;
}

static enum qn_code usual_write(struct store *st, const char *name, const struct usual u[USUAL],
                                unsigned n, struct qn_err *err)
{
    char key[PERSON_NAME + 16], text[USUAL * USUAL_LINE + 1] = "";
    size_t at = 0;
    usual_key(key, name);
    for (unsigned i = 0; i < n; i++)
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%s %u %llu\n", u[i].from,
                               u[i].wrong.failed, (unsigned long long)u[i].wrong.waits_ms);
    return store_set(st, key, text, err);
}

static struct usual *usual_at(struct usual u[USUAL], unsigned n, const char *from)
{
    for (unsigned i = 0; i < n; i++)
        if (strcmp(u[i].from, from) == 0)
            return &u[i];
    return NULL;
}

/* The person came in from there: it is the first of them, and its count begins anew. */
static enum qn_code usual_came(struct store *st, const char *name, const char *from,
                               struct qn_err *err)
{
    struct usual was[USUAL], is[USUAL] = {{.from = ""}};
    unsigned nwas = usual_read(was, st, name), n = 1;
    if (!*from || strlen(from) > ADDRESS || strpbrk(from, " \n"))
        return QN_OK;
    if (nwas && strcmp(was[0].from, from) == 0 && !was[0].wrong.failed)
        return QN_OK;
    snprintf(is[0].from, sizeof(is[0].from), "%s", from);
    for (unsigned i = 0; i < nwas && n < USUAL; i++)
        if (strcmp(was[i].from, from) != 0)
            is[n++] = was[i];
    return usual_write(st, name, is, n, err);
}

struct account_wrong account_wrong_at(const struct account *a, struct store *st, const char *name,
                                      const char *from)
{
    struct usual u[USUAL];
    const struct usual *at = usual_at(u, usual_read(u, st, name), from);
    return at ? at->wrong : a->wrong;
}

static enum qn_code write_wrong(struct store *st, const char *name, struct account_wrong w,
                                struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_ACCOUNT_TRIED);
    q_bind_text(&q, name);
    q_bind_int(&q, w.failed);
    q_bind_int(&q, (int64_t)w.waits_ms);
    return store_run(&q, err);
}

/* SPEC web-7: "A right one begins that count anew, and no other" */
static void count(struct account_wrong *w, bool right, uint64_t now)
{
    if (right)
        *w = (struct account_wrong){.failed = 0};
    else
        account_failed(w, now);
}

enum qn_code account_tried(struct store *st, const char *name, const char *from, bool right,
                           struct qn_err *err)
{
    struct account a;
    struct usual u[USUAL];
    enum qn_code rc = account_get(&a, st, name, err);
    if (rc || !a.known)
        return rc;
    unsigned n = usual_read(u, st, name);
    struct usual *at = usual_at(u, n, from);
    count(at ? &at->wrong : &a.wrong, right, clock_now_ms(st));
    QN_AUTO(tx) struct tx tx = {0};
    rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = at ? usual_write(st, name, u, n, err) : write_wrong(st, name, a.wrong, err);
    if (!rc)
        rc = tx_commit(&tx, err);
    if (!rc && !right) {
        trail_refused(st, duty_of(DUTY_COME_IN), name, "session.password");
        trail_flush(st);
    }
    return rc;
}

static size_t characters(const char *s)
{
    size_t n = 0;
    for (; *s; s++)
        n += ((uint8_t)*s & 0xc0) != 0x80;
    return n;
}

/* SPEC web-5: "nor is it what everybody tries first" */
static bool is_guessed(const char *p)
{
    static const char *const common[] = {"qwertyuiop",   "1q2w3e4r5t",   "q1w2e3r4t5",
                                         "1qaz2wsx3edc", "password1234", "password123",
                                         "a123456789",   "1234567890a"};
    unsigned different = 0;
    bool up = true, down = true, seen[256] = {0};
    for (size_t i = 0; p[i]; i++) {
        different += !seen[(uint8_t)p[i]];
        seen[(uint8_t)p[i]] = true;
        /* 0 comes behind 9 on a keyboard, and before 1 */
        up = up && (!i || p[i] == p[i - 1] + 1 || (p[i] == '0' && p[i - 1] == '9'));
        down = down && (!i || p[i] == p[i - 1] - 1 || (p[i] == '9' && p[i - 1] == '0'));
    }
    bool found = up || down || different < 4;
    for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
        found = found || strcasecmp(p, common[i]) == 0;
    return found;
}

enum qn_code account_fit(const char *name, const char *password, struct qn_err *err)
{
    if (characters(password) < ACCOUNT_PASSWORD || strlen(password) > ACCOUNT_LONGEST)
        return qn_fail(err, QN_DENIED, "account.short", "least=%d", ACCOUNT_PASSWORD);
    if (is_guessed(password) || (*name && strstr(password, name)))
        return qn_fail(err, QN_DENIED, "account.name", "");
    return QN_OK;
}

static pthread_mutex_t hashing = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t hashed = PTHREAD_COND_INITIALIZER;
static unsigned at_once; /* under hashing */

static void hashing_begins(void)
{
    pthread_mutex_lock(&hashing);
    while (at_once == ACCOUNT_AT_ONCE)
        pthread_cond_wait(&hashed, &hashing);
    at_once++;
    pthread_mutex_unlock(&hashing);
}

static void hashing_ends(void)
{
    pthread_mutex_lock(&hashing);
    at_once--;
    pthread_cond_signal(&hashed);
    pthread_mutex_unlock(&hashing);
}

enum qn_code account_hash(char out[ACCOUNT_HASH], const char *password, struct qn_err *err)
{
    hashing_begins();
    int rc = crypto_pwhash_str_alg(out, password, strlen(password), PASSES, MEMORY,
                                   crypto_pwhash_ALG_ARGON2ID13);
    hashing_ends();
    return rc ? qn_fail(err, QN_NOMEM, "base.no-memory", "") : QN_OK;
}

bool account_check(const char hash[ACCOUNT_HASH], const char *password)
{
    char none[ACCOUNT_HASH];
    struct qn_err err;
    /* Of nobody known one is hashed as well: how long the answer takes does not tell who has an account. */
    if (!hash[0]) {
        enum qn_code rc = account_hash(none, password, &err);
        (void)rc;
        return false;
    }
    hashing_begins();
    bool right = crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
    hashing_ends();
    return right;
}

/* ---- sessions --------------------------------------------------------------------------------------------------------- */

static enum qn_code end_old(struct store *st, uint64_t now, struct qn_err *err)
{
    QN_AUTO(query) struct query q = query_start(st, SQL_SESSION_END_OLD);
    q_bind_int(&q, (int64_t)(now - SESSION_WHOLE_MS));
    q_bind_int(&q, (int64_t)(now - SESSION_IDLE_MS));
    return store_run(&q, err);
}

enum qn_code session_open(uint8_t token[ACCOUNT_TOKEN], struct store *st, const char *name,
                          const char *came_by, const char *agent, struct qn_err *err)
{
    uint8_t hash[QN_HASH];
    uint64_t now = clock_now_ms(st);
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = end_old(st, now, err);
    if (rc)
        return rc;
    randombytes_buf(token, ACCOUNT_TOKEN);
    hash_token(hash, token);
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_SESSION_PUT);
        q_bind_blob(&q, hash, sizeof(hash));
        q_bind_text(&q, name);
        q_bind_text(&q, came_by);
        q_bind_text(&q, agent);
        q_bind_int(&q, (int64_t)now);
        rc = store_run(&q, err);
    }
    if (!rc)
        rc = usual_came(st, name, came_by, err);
    if (!rc)
        rc = trail_put(st, duty_of(DUTY_COME_IN), name, came_by, err);
    return rc ? rc : tx_commit(&tx, err);
}

/* A browser that stands open is not idle; but not every click of it is written. */
static enum qn_code touch(struct store *st, const uint8_t hash[QN_HASH], uint64_t now,
                          struct qn_err *err)
{
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = tx_begin(&tx, st, err);
    if (!rc) {
        QN_AUTO(query) struct query q = query_start(st, SQL_SESSION_SEEN);
        q_bind_blob(&q, hash, QN_HASH);
        q_bind_int(&q, (int64_t)now);
        rc = store_run(&q, err);
    }
    return rc ? rc : tx_commit(&tx, err);
}

enum qn_code session_person(struct person *out, struct store *st,
                            const uint8_t token[ACCOUNT_TOKEN], struct qn_err *err)
{
    uint8_t hash[QN_HASH];
    char name[PERSON_NAME + 1] = "", today[11];
    uint64_t made = 0, seen = 0, now = clock_now_ms(st);
    struct qn_err none;
    hash_token(hash, token);
    {
        QN_AUTO(query) struct query q = query_start(st, SQL_SESSION);
        q_bind_blob(&q, hash, sizeof(hash));
        if (q_step(&q)) {
            snprintf(name, sizeof(name), "%s", q_text(&q, 0));
            made = (uint64_t)q_int(&q, 1);
            seen = (uint64_t)q_int(&q, 2);
        }
        enum qn_code rc = query_end(&q, err);
        if (rc)
            return rc;
    }
    clock_today(st, today);
    if (!name[0] || made > now || now - made > SESSION_WHOLE_MS || now - seen > SESSION_IDLE_MS ||
        person_get(out, st, name, &none) != QN_OK || strcmp(out->since, today) > 0 ||
        (out->until[0] && strcmp(out->until, today) < 0))
        return qn_fail(err, QN_DENIED, "session.none", "");
    if (now - seen > SEEN_MS && !st->reads)
        (void)!touch(st, hash, now, &none); /* a full disk puts nobody out: the session idles from when it was last noted */
    return QN_OK;
}

enum qn_code session_end(struct store *st, const uint8_t token[ACCOUNT_TOKEN], struct qn_err *err)
{
    uint8_t hash[QN_HASH];
    QN_AUTO(tx) struct tx tx = {0};
    hash_token(hash, token);
    enum qn_code rc = tx_begin(&tx, st, err);
    if (!rc) {
        person_turned();
        QN_AUTO(query) struct query q = query_start(st, SQL_SESSION_END);
        q_bind_blob(&q, hash, sizeof(hash));
        rc = store_run(&q, err);
    }
    return rc ? rc : tx_commit(&tx, err);
}
