#include "node/store/office.h"

#include <poll.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "node/store/anchor.h"
#include "node/store/file.h"
#include "node/store/upgrade.h"

const char *office_passphrase_at(const char *given, char room[FILE_PATH_MAX])
{
    const char *env = getenv("QIAN_PASSPHRASE_FILE");
    const char *credentials = getenv("CREDENTIALS_DIRECTORY"); /* systemd LoadCredentialEncrypted= */
    struct qn_err none;
    if (given)
        return given;
    if (env && *env)
        return env;
    if (credentials && *credentials && file_join(room, credentials, "qian.passphrase", &none) == QN_OK)
        return room;
    return NULL;
}

static struct qn_span held; /* until the program ends */

enum qn_code office_passphrase_hold(struct qn_span passphrase, struct qn_err *err)
{
    uint8_t *p = sodium_malloc(passphrase.n);
    if (!p)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    memcpy(p, passphrase.p, passphrase.n);
    sodium_free((void *)(uintptr_t)held.p);
    held = (struct qn_span){p, passphrase.n};
    return QN_OK;
}

bool office_passphrase_held(void)
{
    return held.n != 0;
}

void office_passphrase_forget(void)
{
    sodium_free((void *)(uintptr_t)held.p);
    held = (struct qn_span){NULL, 0};
}

static enum qn_code from_held(struct qn_span *out, struct qn_err *err)
{
    uint8_t *p = sodium_malloc(held.n);
    if (!p)
        return qn_fail(err, QN_NOMEM, "base.no-memory", "");
    memcpy(p, held.p, held.n);
    *out = (struct qn_span){p, held.n};
    return QN_OK;
}

enum qn_code office_passphrase(struct qn_span *out, const char *given, struct qn_err *err)
{
    char room[FILE_PATH_MAX];
    const char *path = office_passphrase_at(given, room);
    if (!path && held.n)
        return from_held(out, err);
    if (!path)
        return qn_fail(err, QN_ABSENT, "office.no-passphrase", "");
    return keys_passphrase(out, path, err);
}

enum qn_code office_key_path(char out[FILE_PATH_MAX], const char *dir, uint16_t epoch, struct qn_err *err)
{
    char name[16];
    snprintf(name, sizeof(name), epoch > 1 ? "keys-%u" : "keys", epoch);
    return file_join(out, dir, name, err);
}

enum qn_code office_keys(struct keys **out, const char *dir, uint16_t epoch, const char *given, struct qn_err *err)
{
    char path[FILE_PATH_MAX];
    struct qn_span pass = {NULL, 0};
    enum qn_code rc = office_passphrase(&pass, given, err);
    if (rc)
        return rc;
    rc = office_key_path(path, dir, epoch, err);
    if (!rc)
        rc = keys_open(out, path, pass, err);
    sodium_free((void *)(uintptr_t)pass.p);
    return rc;
}

/* New keys come before further looks, or looks without end would keep them, and the office's lock with them, waiting. */
static void init_lends(pthread_rwlock_t *lends)
{
    pthread_rwlockattr_t a;
    pthread_rwlockattr_init(&a);
    pthread_rwlockattr_setkind_np(&a, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(lends, &a);
    pthread_rwlockattr_destroy(&a);
}

void office_take_keys(struct office *o, struct keys *keys)
{
    pthread_rwlock_wrlock(&o->lends);
    store_lend_keys(o->st, keys);
    keys_free(o->keys);
    o->keys = keys;
    pthread_rwlock_unlock(&o->lends);
}

enum qn_code office_beside(struct office *out, struct office *of, struct qn_err *err)
{
    *out = (struct office){.st = NULL};
    pthread_rwlock_rdlock(&of->lends);
    enum qn_code rc = store_beside(&out->st, of->st, of->keys, err);
    if (!rc && !out->st)
        rc = qn_fail(err, QN_ABSENT, "store.absent", "dir=%s", store_dir(of->st));
    if (rc) {
        pthread_rwlock_unlock(&of->lends);
        return rc;
    }
    out->keys = of->keys;
    pthread_mutex_init(&out->lock, NULL);
    init_lends(&out->lends);
    return QN_OK;
}

void office_beside_end(struct office *beside, struct office *of)
{
    store_close(beside->st);
    pthread_mutex_destroy(&beside->lock);
    pthread_rwlock_destroy(&beside->lends);
    pthread_rwlock_unlock(&of->lends);
}

static enum qn_code open_keys(struct office *o, const char *dir, const char *given, struct qn_err *err)
{
    enum qn_code rc =
        office_keys(&o->keys, dir, store_self(o->st) ? store_self(o->st)->epoch : 0, given, err);
    if (!rc)
        store_lend_keys(o->st, o->keys);
    if (!rc && store_self(o->st) && !keys_match(o->keys, store_self(o->st)))
        rc = qn_fail(err, QN_UNVERIFIED, "office.wrong-keys", "dir=%s|office=%s", dir, store_self(o->st)->office);
    return rc;
}

enum qn_code office_open(struct office *out, const char *dir, const char *passphrase_file, bool with_keys,
                         struct qn_err *err)
{
    return office_open_told(out, dir, passphrase_file, with_keys, NULL, err);
}

enum qn_code office_open_told(struct office *out, const char *dir, const char *passphrase_file, bool with_keys,
                              const struct qn_report *report, struct qn_err *err)
{
    struct office o = {0};
    enum qn_code rc = store_open_in(&o.st, dir, STORE_OPEN, &(struct store_world){.report = report}, err);
    if (!rc && with_keys)
        rc = open_keys(&o, dir, passphrase_file, err);
    if (!rc)
        rc = anchor_open(o.st, err);
    if (!rc && with_keys)
        rc = upgrade_replay(o.st, report, err);
    if (rc) {
        store_close(o.st);
        keys_free(o.keys);
        return rc;
    }
    out->st = o.st;
    out->keys = o.keys;
    out->line = NULL;
    pthread_mutex_init(&out->lock, NULL);
    init_lends(&out->lends);
    return QN_OK;
}

void office_leave(struct office *o, struct store_work *own)
{
    store_put_aside(own, o->st);
    pthread_mutex_unlock(&o->lock);
}

void office_return(struct office *o, const struct store_work *own)
{
    pthread_mutex_lock(&o->lock);
    store_take_up(o->st, own);
}

/* The mutex is not a fair one: without the millisecond whoever gave it back would nearly always have it again before
 * the thread that waits for it is awake.                                                                        */
void office_breathe(void *office)
{
    struct office *o = office;
    pthread_mutex_unlock(&o->lock);
    poll(NULL, 0, 1);
    pthread_mutex_lock(&o->lock);
}

void office_close(struct office *o)
{
    if (o->line)
        o->line_free(o->line);
    o->line = NULL;
    store_close(o->st);
    keys_free(o->keys);
    pthread_mutex_destroy(&o->lock);
    pthread_rwlock_destroy(&o->lends);
    o->st = NULL;
    o->keys = NULL;
}
