/* session.c - who comes in: passwords, invitations, and what keeps other pages out (web-4 to web-11). */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "node/store/clock.h"
#include "node/store/duty.h"
#include "node/web/call.h"
#include "node/work/record.h"

#define COOKIE  "qian"
#define GUARD   "X-Qian-Token"
#define SEEN_MS (15ull * 60 * 1000)
#define GUESS_AGAIN_S 5

static bool token_of_hex(uint8_t out[ACCOUNT_TOKEN], const char *hex, size_t n)
{
    return n == 2 * ACCOUNT_TOKEN &&
           qn_hex_decode(out, ACCOUNT_TOKEN, (struct qn_span){(const uint8_t *)hex, n});
}

/* SPEC web-8: "its name begins with `__Host-`": a browser takes such a cookie from no other host and no plain line. */
static const char *prefix(const struct call *c)
{
    return c->in->secure ? "__Host-" : "";
}

const char *session_cookie(const struct call *c, const char *name)
{
    char whole[40];
    size_t len = (size_t)snprintf(whole, sizeof(whole), "%s%s", prefix(c), name);
    const char *cookies = c->in->header(c->in, "Cookie");
    for (const char *p = cookies; p && *p; p += *p == ';') {
        p += strspn(p, " ");
        size_t n = strcspn(p, ";");
        if (n == len + 1 + 2 * ACCOUNT_TOKEN && strncmp(p, whole, len) == 0 && p[len] == '=')
            return p + len + 1;
        p += n;
    }
    return NULL;
}

/* The place of this token, or the one to be used next for it. */
static struct session_seen *place_of(struct web *w, const uint8_t token[ACCOUNT_TOKEN])
{
    struct session_seen *oldest = &w->seen[0];
    for (unsigned i = 0; i < SEEN_MAX; i++) {
        if (w->seen[i].at_ms && sodium_memcmp(w->seen[i].token, token, ACCOUNT_TOKEN) == 0)
            return &w->seen[i];
        oldest = w->seen[i].at_ms < oldest->at_ms ? &w->seen[i] : oldest;
    }
    return oldest;
}

/* turn: as it was before the database was asked. */
static void note_seen(struct call *c, bool there, unsigned turn)
{
    pthread_mutex_lock(&c->web->seen_lock);
    struct session_seen *s = place_of(c->web, c->token);
    bool own = s->at_ms && sodium_memcmp(s->token, c->token, ACCOUNT_TOKEN) == 0;
    if (there) {
        memcpy(s->token, c->token, ACCOUNT_TOKEN);
        s->person = c->person;
        s->at_ms = clock_running_ms();
        s->turn = turn;
    } else if (own) {
        sodium_memzero(s, sizeof(*s));
    }
    pthread_mutex_unlock(&c->web->seen_lock);
}

static bool seen_lately(struct call *c)
{
    pthread_mutex_lock(&c->web->seen_lock);
    const struct session_seen *s = place_of(c->web, c->token);
    bool there = s->at_ms && sodium_memcmp(s->token, c->token, ACCOUNT_TOKEN) == 0 &&
                 clock_running_ms() - s->at_ms < SEEN_MS && s->turn == person_turn();
    if (there)
        c->person = s->person;
    pthread_mutex_unlock(&c->web->seen_lock);
    return there;
}

/* The office's database: itself when nobody is at it, else a connection beside whoever is (web-47). Looked at alone. */
struct glance {
    struct store *st;
    bool locked;
};

static void glance_begin(struct glance *g, struct office *o)
{
    struct qn_err none;
    *g = (struct glance){.locked = pthread_mutex_trylock(&o->lock) == 0};
    if (!g->locked && (store_beside(&g->st, o->st, NULL, &none) != QN_OK || !g->st)) {
        pthread_mutex_lock(&o->lock);
        g->locked = true;
    }
    if (g->locked)
        g->st = o->st;
}

static void glance_end(struct glance *g, struct office *o)
{
    if (g->locked)
        pthread_mutex_unlock(&o->lock);
    else
        store_close(g->st);
}

/* SPEC web-3: "while an act holds it, who came in is known for a quarter of an hour as it was last" */
void session_of_call(struct call *c)
{
    const char *hex = session_cookie(c, COOKIE);
    if (!hex || !token_of_hex(c->token, hex, (size_t)2 * ACCOUNT_TOKEN))
        return;
    if (pthread_mutex_trylock(&c->in->office->lock) == 0)
        pthread_mutex_unlock(&c->in->office->lock);
    else if (seen_lately(c))
        return;
    struct glance g;
    glance_begin(&g, c->in->office);
    unsigned turn = person_turn();
    enum qn_code rc = session_person(&c->person, g.st, c->token, &c->unread);
    if (rc)
        c->person.name[0] = 0;
    if (!rc || rc == QN_DENIED)
        c->unread.code = QN_OK;
    glance_end(&g, c->in->office);
    /* Beside a change that is not yet committed its turn has come and its rows have not. */
    if (g.locked)
        note_seen(c, c->person.name[0] != 0, turn);
}

/* What a page must say with each act: bound to the session, and readable only by a page from here. */
void session_guard_of(char out[2 * QN_HASH + 1], const uint8_t token[ACCOUNT_TOKEN])
{
    static const char tag[] = "qian-guard/1\n";
    uint8_t hash[QN_HASH];
    crypto_hash_sha256_state s;
    crypto_hash_sha256_init(&s);
    crypto_hash_sha256_update(&s, (const uint8_t *)tag, sizeof(tag) - 1);
    crypto_hash_sha256_update(&s, token, ACCOUNT_TOKEN);
    crypto_hash_sha256_final(&s, hash);
    qn_hex(out, hash, QN_HASH);
}

/* "http://HOST" or "https://HOST" of this very answer. */
static bool from_here(const struct call *c, const char *origin)
{
    const char *host = c->in->header(c->in, "Host");
    const char *scheme = c->in->secure ? "https://" : "http://";
    size_t n = strlen(scheme);
    return host && strncmp(origin, scheme, n) == 0 && strcasecmp(origin + n, host) == 0;
}

bool session_guards(struct call *c)
{
    const char *origin = c->in->header(c->in, "Origin");
    const char *site = c->in->header(c->in, "Sec-Fetch-Site");
    const char *said = c->in->header(c->in, GUARD);
    /* Of who has no session yet: another page cannot send the header at all. */
    char guard[2 * QN_HASH + 1] = "1";
    bool here = !site || strcmp(site, "same-origin") == 0;
    if (strcmp(c->in->method, "GET") == 0) {
        /* A link leads to the page from anywhere, an address that is typed to a file of it. */
        here = here || strcmp(site, "none") == 0 || strncmp(c->in->path, "/api/", 5) != 0;
    } else {
        if (c->person.name[0])
            session_guard_of(guard, c->token);
        here = here && (!origin || from_here(c, origin)) && said && strlen(said) == strlen(guard) &&
               sodium_memcmp(said, guard, strlen(guard)) == 0;
    }
    if (!here)
        call_refuse_as(c, 403, "session.elsewhere", "");
    return here;
}

void session_set_cookie(struct call *c, const char *name, const char *value, long seconds)
{
    pages_header(c->out, "Set-Cookie", "%s%s=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%ld%s",
                 prefix(c), name, value, seconds, c->in->secure ? "; Secure" : "");
}

/* ---- who is there --------------------------------------------------------------------------------------------------- */

static json_t *roles_of(const struct person *p)
{
    json_t *a = json_array();
    for (unsigned i = 0; i < ROLES; i++)
        if (p->roles & (1u << i))
            json_array_append_new(a, json_string(person_role_name[i]));
    return a;
}

/* The lines of duty.def that name one of the person's roles: what a page offers. */
static json_t *duties_of(const struct person *p)
{
    json_t *a = json_array();
    for (int i = 0; i < DUTIES; i++)
        if (duty_of((enum duty_id)i)->roles & p->roles)
            json_array_append_new(a, json_string(duty_of((enum duty_id)i)->name));
    return a;
}

/* The kinds of record that the person may write. */
static json_t *writes_of(const struct person *p)
{
    json_t *a = json_array();
    const struct record_type *t;
    for (unsigned i = 0; (t = record_type_at(i)); i++)
        if (t->roles & p->roles)
            json_array_append_new(a, json_string(t->name));
    return a;
}

static json_t *about(struct call *c, const struct person *p, const uint8_t *token)
{
    struct glance g;
    struct qn_err none;
    char guard[2 * QN_HASH + 1] = "1", today[11];
    bool in_force = false;
    glance_begin(&g, c->in->office);
    const struct qn_cert *self = store_self(g.st);
    json_t *o = json_pack("{s:s, s:s, s:i}", "office", self ? self->office : "", "name",
                          self ? self->name : "", "level", self ? (int)self->level : 0);
    if (person_in_force(&in_force, g.st, &none) != QN_OK)
        in_force = true;
    clock_today(g.st, today);
    glance_end(&g, c->in->office);
    if (token)
        session_guard_of(guard, token);
    json_object_set_new(o, "entered", json_boolean(in_force));
    json_object_set_new(o, "today", json_string(today));
    json_object_set_new(o, "guard", json_string(guard));
    json_object_set_new(o, "person", p && p->name[0] ? json_string(p->name) : json_null());
    json_object_set_new(o, "roles", p ? roles_of(p) : json_array());
    json_object_set_new(o, "duties", p ? duties_of(p) : json_array());
    json_object_set_new(o, "writes", p ? writes_of(p) : json_array());
    json_object_set_new(o, "inspector", json_string(p ? p->insp_id : ""));
    return o;
}

void session_get(struct call *c)
{
    bool in = c->person.name[0] != 0;
    call_json(c, 200, about(c, in ? &c->person : NULL, in ? c->token : NULL));
}

/* Hashing takes its time, in which somebody may have been put out, or have chosen another (web-4). The office's lock is held. */
static enum qn_code still_stands(struct store *st, const char *name, const char secret[ACCOUNT_HASH],
                                 struct qn_err *err)
{
    struct account a;
    enum qn_code rc = account_get(&a, st, name, err);
    if (!rc && (!a.known || !a.secret[0] || strcmp(a.secret, secret) != 0))
        rc = qn_fail(err, QN_DENIED, "session.password", "");
    return rc;
}

/* secret: what stood when the password was found right. */
static void let_in(struct call *c, const char *name, const char secret[ACCOUNT_HASH], unsigned status)
{
    char hex[2 * ACCOUNT_TOKEN + 1];
    uint8_t token[ACCOUNT_TOKEN];
    struct person p;
    struct qn_err err;
    const char *agent = c->in->header(c->in, "User-Agent");
    char called[200];
    snprintf(called, sizeof(called), "%.190s", agent ? agent : "");
    pthread_mutex_lock(&c->in->office->lock);
    /* Who comes in again leaves no session behind that nobody would end. */
    enum qn_code rc = still_stands(c->in->office->st, name, secret, &err);
    if (!rc && c->person.name[0])
        rc = session_end(c->in->office->st, c->token, &err);
    if (!rc)
        rc = session_open(token, c->in->office->st, name, c->in->from, called, &err);
    if (!rc)
        rc = session_person(&p, c->in->office->st, token, &err);
    pthread_mutex_unlock(&c->in->office->lock);
    if (rc) {
        call_refuse(c, &err);
        return;
    }
    qn_hex(hex, token, ACCOUNT_TOKEN);
    session_set_cookie(c, COOKIE, hex, SESSION_WHOLE_MS / 1000);
    call_json(c, status, about(c, &p, token));
}

/* ---- guesses --------------------------------------------------------------------------------------------------------- */

/* The place of this name, or the one to be used next for it: of the fewest tries, the oldest of these, so that names that are
 * tried once each take no place from one that waits. Under guess_lock. */
static struct stranger *stranger_of(struct web *w, const uint8_t name[QN_HASH])
{
    struct stranger *least = &w->stranger[0];
    for (unsigned i = 0; i < STRANGERS; i++) {
        struct stranger *s = &w->stranger[i];
        if (memcmp(s->name, name, QN_HASH) == 0)
            return s;
        if (s->wrong.failed < least->wrong.failed ||
            (s->wrong.failed == least->wrong.failed && s->at_ms < least->at_ms))
            least = s;
    }
    *least = (struct stranger){.at_ms = 0};
    memcpy(least->name, name, QN_HASH);
    return least;
}

static uint64_t stranger_waits(struct web *w, const uint8_t name[QN_HASH])
{
    pthread_mutex_lock(&w->guess_lock);
    uint64_t until = stranger_of(w, name)->wrong.waits_ms;
    pthread_mutex_unlock(&w->guess_lock);
    return until;
}

static void stranger_failed(struct web *w, const uint8_t name[QN_HASH], uint64_t now)
{
    pthread_mutex_lock(&w->guess_lock);
    struct stranger *s = stranger_of(w, name);
    account_failed(&s->wrong, now);
    s->at_ms = clock_running_ms();
    pthread_mutex_unlock(&w->guess_lock);
}

/* Whether another of the same name came before. Under guess_lock. */
static bool behind_another(const struct web *w, const struct guess *g)
{
    for (unsigned i = 0; i < GUESSES; i++)
        if (w->guess[i].turn && w->guess[i].turn < g->turn &&
            memcmp(w->guess[i].name, g->name, QN_HASH) == 0)
            return true;
    return false;
}

/* SPEC web-7: "Those of one name are looked at one after the other": from the look at who must wait to the count, so that whoever
 * tries on many lines at once has no more tries.                                                                     */
static struct guess *guess_begin(struct call *c, const uint8_t name[QN_HASH], struct qn_err *err)
{
    struct web *w = c->web;
    struct guess *g = NULL;
    unsigned same = 0, near = 0;
    pthread_mutex_lock(&w->guess_lock);
    for (unsigned i = 0; i < GUESSES; i++) {
        same += w->guess[i].turn && memcmp(w->guess[i].name, name, QN_HASH) == 0;
        near += w->guess[i].turn && strcmp(w->guess[i].from, c->in->from) == 0;
        g = w->guess[i].turn ? g : &w->guess[i];
    }
    /* SPEC web-6: "3 of them for one name and 8 from one address" */
    if (same >= GUESSES_OF_ONE || near >= GUESSES_OF_LINE)
        g = NULL;
    if (g) {
        g->turn = ++w->guess_last;
        memcpy(g->name, name, QN_HASH);
        memcpy(g->from, c->in->from, sizeof(g->from));
        while (behind_another(w, g))
            pthread_cond_wait(&w->guess_over, &w->guess_lock);
    }
    pthread_mutex_unlock(&w->guess_lock);
    if (!g) {
        pages_header(c->out, "Retry-After", "%d", GUESS_AGAIN_S);
        qn_fail(err, QN_LATER, "session.busy", "seconds=%d", GUESS_AGAIN_S);
    }
    return g;
}

static void guess_end(struct call *c, struct guess *g)
{
    pthread_mutex_lock(&c->web->guess_lock);
    g->turn = 0;
    pthread_cond_broadcast(&c->web->guess_over);
    pthread_mutex_unlock(&c->web->guess_lock);
}

static enum qn_code waits(uint64_t until, uint64_t now, struct qn_err *err)
{
    /* Longer than any wait is of a clock that was wrong, and is over. */
    if (until <= now || until - now > ACCOUNT_WAIT_MS)
        return QN_OK;
    return qn_fail(err, QN_LATER, "session.wait", "seconds=%llu",
                   (unsigned long long)((until - now + 999) / 1000));
}

/* What stands of this name, and whether it must wait. */
static enum qn_code may_try(struct account *a, struct call *c, const uint8_t hashed[QN_HASH],
                            const char *name, struct qn_err *err)
{
    struct glance g;
    glance_begin(&g, c->in->office); /* a place in the line is not held for as long as an act takes */
    enum qn_code rc = account_get(a, g.st, name, err);
    uint64_t now = clock_now_ms(g.st);
    struct account_wrong wrong = account_wrong_at(a, g.st, name, c->in->from);
    glance_end(&g, c->in->office);
    return rc ? rc : waits(a->known ? wrong.waits_ms : stranger_waits(c->web, hashed), now, err);
}

/* Right or wrong, known or not: the same work and the same answer. secret: what the password was right for; see let_in. */
static enum qn_code check_one(char secret[ACCOUNT_HASH], struct call *c, const uint8_t hashed[QN_HASH],
                              const char *name, const char *password, struct qn_err *err)
{
    struct account a;
    struct store *st = c->in->office->st;
    enum qn_code rc = may_try(&a, c, hashed, name, err);
    memcpy(secret, a.secret, ACCOUNT_HASH);
    if (rc)
        return rc;
    bool right = strlen(password) <= ACCOUNT_LONGEST && account_check(a.secret, password);
    pthread_mutex_lock(&c->in->office->lock);
    rc = account_tried(st, name, c->in->from, right, err);
    uint64_t now = clock_now_ms(st);
    pthread_mutex_unlock(&c->in->office->lock);
    if (!a.known)
        stranger_failed(c->web, hashed, now);
    if (!rc && !right)
        rc = qn_fail(err, QN_DENIED, "session.password", "");
    return rc;
}

static enum qn_code check_password(char secret[ACCOUNT_HASH], struct call *c, const char *name,
                                   const char *password, struct qn_err *err)
{
    uint8_t hashed[QN_HASH];
    struct account a;
    crypto_hash_sha256(hashed, (const uint8_t *)name, strlen(name));
    /* Who must wait takes no place from who need not, and is asked again at the head of the line. One at a time: each may open
     * a connection of its own.                                                                                        */
    pthread_mutex_lock(&c->web->wait_lock);
    enum qn_code rc = may_try(&a, c, hashed, name, err);
    pthread_mutex_unlock(&c->web->wait_lock);
    struct guess *g = rc ? NULL : guess_begin(c, hashed, err);
    if (!g)
        return rc ? rc : QN_LATER;
    rc = check_one(secret, c, hashed, name, password, err);
    guess_end(c, g);
    return rc;
}

/* A password that is chosen, in the same line as those that are looked at. */
static enum qn_code hash_chosen(char out[ACCOUNT_HASH], struct call *c, const char *name,
                                const char *password, struct qn_err *err)
{
    uint8_t hashed[QN_HASH];
    crypto_hash_sha256(hashed, (const uint8_t *)name, strlen(name));
    enum qn_code rc = account_fit(name, password, err);
    struct guess *g = rc ? NULL : guess_begin(c, hashed, err);
    if (!g)
        return rc ? rc : QN_LATER;
    rc = account_hash(out, password, err);
    guess_end(c, g);
    return rc;
}

void session_post(struct call *c)
{
    struct qn_err err;
    json_t *body = call_body(c);
    if (!body)
        return;
    char secret[ACCOUNT_HASH];
    const char *name = call_text(body, "person");
    if (check_password(secret, c, name, call_text(body, "password"), &err) == QN_OK)
        let_in(c, name, secret, 201);
    else
        call_refuse(c, &err);
    json_decref(body);
}

void session_delete(struct call *c)
{
    struct qn_err err;
    pthread_mutex_lock(&c->in->office->lock);
    enum qn_code rc = session_end(c->in->office->st, c->token, &err);
    pthread_mutex_unlock(&c->in->office->lock);
    session_set_cookie(c, COOKIE, "", 0);
    if (rc)
        call_refuse(c, &err);
    else
        call_empty(c, 204);
}

/* ---- passwords ------------------------------------------------------------------------------------------------------- */

/* The first person of an office is its administrator (roles-5). */
static enum qn_code enter_first(struct store *st, const char *name, struct qn_err *err)
{
    struct person p = {.roles = ROLE_ADMIN};
    snprintf(p.name, sizeof(p.name), "%s", name); /* which choose has measured */
    clock_today(st, p.since);
    person_enter(st, name);
    enum qn_code rc = person_set(st, &p, err);
    person_enter(st, NULL);
    return rc;
}

/* Under the office's lock. The first person comes with the password or not at all: entered without one, nobody could come in and
 * the link would be of no use any more. */
static enum qn_code chosen(struct store *st, const uint8_t token[ACCOUNT_TOKEN], const char *name,
                           const char hash[ACCOUNT_HASH], struct qn_err *err)
{
    char whose[PERSON_NAME + 1] = "";
    QN_AUTO(tx) struct tx tx = {0};
    enum qn_code rc = tx_begin(&tx, st, err);
    if (!rc)
        rc = account_invited(whose, st, token, err);
    if (!rc && !whose[0])
        rc = enter_first(st, name, err);
    if (!rc)
        rc = account_set(st, name, hash, err);
    return rc ? rc : tx_commit(&tx, err);
}

/* The token is looked at again at the end: hashing takes a while, and the lock is not held meanwhile. */
static enum qn_code choose(char name[PERSON_NAME + 1], char hash[ACCOUNT_HASH], struct call *c,
                           const json_t *body, struct qn_err *err)
{
    struct store *st = c->in->office->st;
    const char *hex = call_text(body, "token"), *password = call_text(body, "password");
    uint8_t token[ACCOUNT_TOKEN];
    char whose[PERSON_NAME + 1] = "";
    if (!token_of_hex(token, hex, strlen(hex)))
        return qn_fail(err, QN_DENIED, "account.token", "");
    pthread_mutex_lock(&c->in->office->lock);
    enum qn_code rc = account_invited(whose, st, token, err);
    pthread_mutex_unlock(&c->in->office->lock);
    if (rc)
        return rc;
    if (!qn_text_copy(name, PERSON_NAME + 1, qn_str(whose[0] ? whose : call_text(body, "person"))))
        return qn_fail(err, QN_MALFORMED, "person.name", "");
    rc = hash_chosen(hash, c, name, password, err);
    if (rc)
        return rc;
    pthread_mutex_lock(&c->in->office->lock);
    rc = chosen(st, token, name, hash, err);
    pthread_mutex_unlock(&c->in->office->lock);
    return rc;
}

void invitation_post(struct call *c)
{
    struct qn_err err;
    char name[PERSON_NAME + 1], hash[ACCOUNT_HASH];
    json_t *body = call_body(c);
    if (!body)
        return;
    if (choose(name, hash, c, body, &err) == QN_OK)
        let_in(c, name, hash, 201);
    else
        call_refuse(c, &err);
    json_decref(body);
}

/* SPEC web-4: "A link that is of no use any more is told so when it is opened" */
void invitation_look(struct call *c)
{
    struct qn_err err;
    struct glance g;
    uint8_t token[ACCOUNT_TOKEN];
    char whose[PERSON_NAME + 1] = "";
    json_t *body = call_body(c);
    if (!body)
        return;
    const char *hex = call_text(body, "token");
    enum qn_code rc = token_of_hex(token, hex, strlen(hex))
                          ? QN_OK
                          : qn_fail(&err, QN_DENIED, "account.token", "");
    if (!rc) {
        glance_begin(&g, c->in->office);
        rc = account_invited(whose, g.st, token, &err);
        glance_end(&g, c->in->office);
    }
    json_decref(body);
    if (rc)
        call_refuse(c, &err);
    else
        call_json(c, 200, json_pack("{s:s}", "person", whose));
}

void password_post(struct call *c)
{
    struct qn_err err;
    char hash[ACCOUNT_HASH], secret[ACCOUNT_HASH], name[PERSON_NAME + 1];
    json_t *body = call_body(c);
    if (!body)
        return;
    memcpy(name, c->person.name, sizeof(name));
    const char *fresh = call_text(body, "password");
    enum qn_code rc = check_password(secret, c, name, call_text(body, "old"), &err);
    if (!rc)
        rc = hash_chosen(hash, c, name, fresh, &err);
    if (!rc) {
        pthread_mutex_lock(&c->in->office->lock);
        rc = still_stands(c->in->office->st, name, secret, &err);
        if (!rc)
            rc = account_set(c->in->office->st, name, hash, &err);
        pthread_mutex_unlock(&c->in->office->lock);
    }
    json_decref(body);
    if (rc)
        call_refuse(c, &err);
    else
        let_in(c, name, hash, 200);
}
