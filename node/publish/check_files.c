/* check_files.c - who may speak here, and whether every file is the one that was published. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "node/publish/check_parts.h"
#include "node/store/file.h"
#include "protocol/wire.h"

/* ---- policy and certificates -------------------------------------------------------------------- */

static void check_policy(struct check *c)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    struct qn_err why;
    uint8_t hash[QN_HASH];
    enum qn_code rc = check_read(c, &b, "root-policy.txt", &why);
    if (!rc)
        rc = qn_policy_parse(&c->policy, qn_buf_span(&b), &why);
    if (!rc) {
        qn_policy_hash(hash, &c->policy);
        rc = qn_fingerprint_check(c->o->fingerprint, hash, &why);
    }
    c->has_policy = !rc;
    if (rc)
        check_fails(c, &why, "check.policy", "deployment=%s", "root-policy.txt");
    else
        check_ok(c, "check.policy", "deployment=%s", c->policy.deployment);
}

const struct qn_cert *check_cert_of(const struct check *c, const char *office, uint16_t epoch)
{
    const struct qn_cert *best = NULL;
    for (size_t i = 0; i < c->ncerts; i++) {
        const struct qn_cert *x = &c->cert[i].c;
        if (!c->cert[i].verified || strcmp(x->office, office) != 0 || (epoch && x->epoch != epoch))
            continue;
        if (!best || x->epoch > best->epoch ||
            (x->epoch == best->epoch && x->serial > best->serial))
            best = x;
    }
    return best;
}

/* A VRF key survives a log epoch: whichever certificate of the office names the order's key. */
const struct qn_cert *check_vrf_cert(const struct check *c, const char *office,
                                     const uint8_t vrf[QN_PUBKEY])
{
    for (size_t i = 0; i < c->ncerts; i++)
        if (c->cert[i].verified && strcmp(c->cert[i].c.office, office) == 0 &&
            memcmp(c->cert[i].c.vrf, vrf, QN_PUBKEY) == 0)
            return &c->cert[i].c;
    return NULL;
}

bool check_is_above(const struct check *c, const char *above, const char *office)
{
    const struct qn_cert *x = check_cert_of(c, office, 0);
    for (int i = 0; x && x->issuer[0] && i < QN_CHAIN_MAX; i++) {
        if (strcmp(x->issuer, above) == 0)
            return true;
        x = check_cert_of(c, x->issuer, 0);
    }
    return false;
}

static void load_cert(struct check *c, const struct manifest_line *line)
{
    struct check_cert *p = realloc(c->cert, (c->ncerts + 1) * sizeof(*p));
    if (!p) {
        c->no_memory = true;
        return;
    }
    c->cert = p;
    struct check_cert *x = &c->cert[c->ncerts++];
    struct qn_err why;
    *x = (struct check_cert){.verified = false};
    qn_text_copy(x->path, sizeof(x->path), line->path);
    enum qn_code rc = check_read(c, &x->bytes, x->path, &why);
    if (!rc)
        rc = qn_cert_decode(&x->c, qn_buf_span(&x->bytes), &why);
    if (!rc)
        return;
    check_fails(c, &why, "check.certificate", "file=%s", x->path);
    qn_buf_release(&x->bytes);
    c->ncerts--;
}

static enum qn_code verify_cert(struct check *c, const struct check_cert *x, struct qn_err *why)
{
    struct qn_cert out;
    if (!x->c.issuer[0])
        return qn_cert_verify_root(&out, qn_buf_span(&x->bytes), &c->policy, why);
    for (size_t i = 0; i < c->ncerts; i++)
        if (c->cert[i].verified && strcmp(c->cert[i].c.office, x->c.issuer) == 0 &&
            c->cert[i].c.epoch == x->c.issuer_epoch &&
            qn_cert_verify(&out, qn_buf_span(&x->bytes), &c->cert[i].c, why) == QN_OK)
            return QN_OK;
    return qn_fail(why, QN_UNVERIFIED, "check.issuer", "office=%s|issuer=%s", x->c.office,
                   x->c.issuer);
}

/* SPEC public-3: "Every certificate is verified, from the root policy down" */
static void check_certs(struct check *c)
{
    size_t verified = 0;
    struct qn_err why;
    for (bool more = true; more;) { /* each round verifies what the round before made verifiable */
        more = false;
        for (size_t i = 0; i < c->ncerts; i++)
            if (!c->cert[i].verified && verify_cert(c, &c->cert[i], &why) == QN_OK) {
                c->cert[i].verified = more = true;
                verified++;
            }
    }
    for (size_t i = 0; i < c->ncerts; i++)
        if (!c->cert[i].verified) {
            (void)verify_cert(c, &c->cert[i], &why);
            check_fails(c, &why, "check.certificate", "file=%s", c->cert[i].path);
        }
    const struct qn_cert *link[QN_CHAIN_MAX];
    unsigned n = 0;
    for (const struct qn_cert *x = check_cert_of(c, c->office, 0); x && n < QN_CHAIN_MAX;) {
        link[n++] = x;
        x = x->issuer[0] ? check_cert_of(c, x->issuer, 0) : NULL;
    }
    QN_AUTO(qn_buf) struct qn_buf chain = {0};
    qn_buf_init(&chain, QN_CHAIN_MAX * (QN_NAME_MAX + 8));
    for (unsigned i = n; i > 0; i--)
        qn_put_fmt(&chain, "%s%s", i == n ? "" : " → ", link[i - 1]->name);
    if (n)
        check_ok(c, "check.chain", "chain=%.*s|count=%zu", (int)chain.n, (const char *)chain.p,
                 verified);
    else
        check_fails(c, NULL, "check.no-certificate", "office=%s", c->office);
}

void check_identity(struct check *c)
{
    struct qn_err why;
    check_policy(c);
    c->has_manifest = manifest_load(&c->m, c->o->site, &why) == QN_OK;
    if (!c->has_manifest) {
        check_fails(c, &why, "check.manifest-form", "");
        return;
    }
    for (size_t i = 0; i < c->m.n; i++)
        if (c->m.line[i].path.n > 6 && memcmp(c->m.line[i].path.p, "certs/", 6) == 0)
            load_cert(c, &c->m.line[i]);
    if (c->has_policy)
        check_certs(c);
}

/* ---- files -------------------------------------------------------------------------------------- */

static void check_note(struct check *c)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    struct qn_note note;
    struct manifest_note n = {.files = 0};
    struct qn_err why;
    char deployment[QN_DEPLOYMENT_MAX + 1], office[QN_CODE_MAX + 1] = "";
    uint16_t epoch;
    uint8_t hash[QN_HASH];
    struct qn_span all = qn_buf_span(&c->m.bytes);
    enum qn_code rc = check_read(c, &b, "manifest.note", &why);
    if (!rc)
        rc = qn_note_parse(&note, qn_buf_span(&b), &why);
    if (!rc)
        rc = manifest_note_parse(&n, note.text, &why);
    if (!rc)
        rc = qn_origin_parse(qn_str(n.origin), deployment, office, &epoch, &why);
    if (!rc) {
        const struct qn_cert *signer = check_cert_of(c, office, epoch);
        rc = signer ? qn_note_verify(&note, qn_str(n.origin), signer->log, &why)
                    : qn_fail(&why, QN_UNVERIFIED, "check.publisher", "office=%s", office);
    }
    wire_sha256(hash, &all, 1);
    if (!rc && (memcmp(hash, n.hash, QN_HASH) != 0 || n.files != c->m.n))
        rc = qn_fail(&why, QN_UNVERIFIED, "check.manifest-differs", "");
    if (rc)
        check_fails(c, &why, "check.manifest", "office=%s", office[0] ? office : "?");
    else
        memcpy(c->publisher, office, sizeof(office));
    if (!rc)
        check_ok(c, "check.manifest", "office=%s", check_cert_of(c, office, epoch)->name);
}

static bool same_bytes(struct check *c, const struct manifest_line *line, char path[200],
                       struct qn_err *why)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    uint8_t hash[QN_HASH];
    qn_text_copy(path, 200, line->path);
    if (check_read(c, &b, path, why) != QN_OK)
        return false;
    struct qn_span all = qn_buf_span(&b);
    wire_sha256(hash, &all, 1);
    if (memcmp(hash, line->hash, QN_HASH) == 0)
        return true;
    (void)qn_fail(why, QN_UNVERIFIED, "check.file-differs", "path=%s", path);
    return false;
}

static size_t foreign_files(struct check *c, const char *dir, unsigned depth, size_t bad)
{
    char full[FILE_PATH_MAX + 512];
    snprintf(full, sizeof(full), "%s%s%s", c->o->site, dir[0] ? "/" : "", dir);
    DIR *d = opendir(full);
    for (struct dirent *e; d && (e = readdir(d));) {
        char name[512];
        struct stat st;
        struct qn_err why;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        snprintf(name, sizeof(name), "%.240s%s%.255s", dir, dir[0] ? "/" : "", e->d_name);
        bool is_dir =
            fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
        if (is_dir && depth < MANIFEST_NAMES - 1) {
            bad = foreign_files(c, name, depth + 1, bad);
            continue;
        }
        if (manifest_find(&c->m, qn_str(name)) ||
            (!dir[0] && (strcmp(name, "manifest.txt") == 0 || strcmp(name, "manifest.note") == 0)))
            continue;
        (void)qn_fail(&why, QN_UNVERIFIED, "check.file-foreign", "path=%s", name);
        if (bad++ < CHECK_BAD_MAX)
            check_fails(c, &why, "check.file", "path=%s", name);
    }
    if (d)
        closedir(d);
    return bad;
}

/* SPEC public-4: "Every file named has its hash, and no other file is there" */
void check_files(struct check *c)
{
    size_t bad = 0;
    if (!c->has_manifest)
        return;
    check_note(c);
    for (size_t i = 0; i < c->m.n; i++) {
        char path[200];
        struct qn_err why;
        if (!same_bytes(c, &c->m.line[i], path, &why) && bad++ < CHECK_BAD_MAX)
            check_fails(c, &why, "check.file", "path=%s", path);
    }
    bad = foreign_files(c, "", 0, bad);
    if (bad > CHECK_BAD_MAX)
        check_fails(c, NULL, "check.more-files", "count=%zu", bad - CHECK_BAD_MAX);
    if (!bad)
        check_ok(c, "check.files", "count=%zu", c->m.n);
}
