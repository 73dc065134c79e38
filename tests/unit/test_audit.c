/* An audit file whose exporter lies: every byte is as it was signed, and what was signed does not hold. Each row changes
 * one thing of an honest file, puts the hashes right again and seals it anew with the exporter's own key, or another's. */
#include "tests/unit/draw_case.h"

#include <sodium.h>

#include "node/draw/audit.h"
#include "node/store/audit_parts.h"
#include "node/store/file.h"

#define MAGIC (sizeof(AUDIT_MAGIC) - 1)

struct frame {
    unsigned type;
    uint8_t *p; /* payload, owned */
    size_t n;
    bool gone;
};
struct file {
    struct frame at[4000];
    size_t n;
};

static uint64_t be(const uint8_t *p, unsigned n)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

static void take_apart(struct file *f, const char *path)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    MUST(file_read(&b, path, 64u << 20, &offices_err));
    uint64_t end = be(b.p + b.n - AUDIT_TAIL, 8);
    f->n = 0;
    for (size_t at = MAGIC; at < end;) {
        struct frame *x = &f->at[f->n++];
        assert_true(f->n < 4000);
        *x = (struct frame){.type = b.p[at], .n = (size_t)be(b.p + at + 1, 4)};
        x->p = malloc(x->n + 1);
        memcpy(x->p, b.p + at + 5, x->n);
        at += 5 + x->n;
    }
}

static void put_frame(struct qn_buf *b, struct qn_buf *hashes, unsigned type,
                      struct qn_span payload)
{
    uint8_t hash[QN_HASH];
    size_t from = b->n;
    qn_put_uint(b, type, 1);
    qn_put_uint(b, payload.n, 4);
    qn_put_span(b, payload);
    crypto_hash_sha256(hash, b->p + from, b->n - from);
    if (hashes)
        qn_put(hashes, hash, QN_HASH);
}

static void put_together(const struct file *f, const char *path, const char *origin,
                         const struct keys *keys)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0}, hashes = {0}, text = {0}, note = {0};
    uint8_t digest[QN_HASH];
    uint64_t n = 0;
    qn_buf_init(&b, 64u << 20);
    qn_buf_init(&hashes, 1u << 20);
    qn_buf_init(&text, 4096);
    qn_buf_init(&note, 8192);
    qn_put_str(&b, AUDIT_MAGIC);
    for (size_t i = 0; i < f->n; i++)
        if (!f->at[i].gone) {
            put_frame(&b, &hashes, f->at[i].type, (struct qn_span){f->at[i].p, f->at[i].n});
            n++;
        }
    uint64_t at = b.n;
    put_frame(&b, NULL, AUDIT_INDEX, qn_buf_span(&hashes));
    crypto_hash_sha256(digest, hashes.p, hashes.n);
    audit_seal_text(&text, origin, n, digest);
    qn_put_span(&note, qn_buf_span(&text));
    qn_put_str(&note, "\n");
    qn_note_sign(&note, qn_buf_span(&text), qn_str(origin), keys_log_sk(keys));
    put_frame(&b, NULL, AUDIT_SEAL, qn_buf_span(&note));
    qn_put_uint(&b, at, 8);
    MUST(qn_buf_check(&b, &offices_err));
    MUST(file_write(path, qn_buf_span(&b), 0600, true, &offices_err));
}

static struct frame *nth(struct file *f, unsigned type, size_t n)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->at[i].type == type && n-- == 0)
            return &f->at[i];
    fail_msg("no frame %u", type);
    return NULL;
}

static void set_text(struct frame *x, const char *text)
{
    free(x->p);
    x->n = strlen(text);
    x->p = (uint8_t *)strdup(text);
}

/* ---- what a lying exporter does ------------------------------------------------------------------------------------- */

static void nothing(struct file *f)
{
    (void)f;
}
static void header_byte(struct file *f)
{
    struct frame *x = nth(f, QN_FRAME_HEADER, 3);
    x->p[x->n - 1] ^= 1;
}
static void part_byte(struct file *f)
{
    struct frame *x = nth(f, QN_FRAME_PART, 1);
    x->p[x->n - 1] ^= 1;
}
static void cosignature(struct file *f)
{
    struct frame *x = nth(f, QN_FRAME_CHECKPOINT, 0);
    for (size_t i = x->n - 12; i > 0; i--) /* a letter of the last line's signature */
        if (x->p[i] >= 'a' && x->p[i] < 'z') {
            x->p[i]++;
            return;
        }
}
static void certificate(struct file *f)
{
    struct frame *x = nth(f, QN_FRAME_CERT, 1);
    x->p[x->n - 1] ^= 1;
}
static void no_certificate(struct file *f)
{
    nth(f, QN_FRAME_CERT, 1)->gone = true;
}
static void no_header(struct file *f)
{
    nth(f, QN_FRAME_HEADER, 1)->gone = true;
}
static void header_twice(struct file *f)
{
    struct frame *x = nth(f, QN_FRAME_HEADER, 0);
    assert_true(f->n < 4000);
    f->at[f->n] = *x;
    f->at[f->n].p = malloc(x->n);
    memcpy(f->at[f->n++].p, x->p, x->n);
}
static void no_policy(struct file *f)
{
    nth(f, AUDIT_SETTING, 0)->gone = true;
}
static void setting(struct file *f)
{
    set_text(nth(f, AUDIT_SETTING, 0), "office\n140602");
}
static void head(struct file *f, const char *was, const char *is)
{
    struct frame *x = nth(f, AUDIT_HEAD, 0);
    char text[400];
    snprintf(text, sizeof(text), "%.*s", (int)x->n, (const char *)x->p);
    char *at = strstr(text, was);
    assert_true(at && strlen(was) == strlen(is));
    memcpy(at, is, strlen(is));
    set_text(x, text);
}
static void profile(struct file *f)
{
    head(f, "auditor", "unaware");
}
static void scope(struct file *f)
{
    head(f, "scope all", "scope sky");
}
static void no_day(struct file *f)
{
    struct frame *x = nth(f, AUDIT_HEAD, 0);
    char text[400];
    snprintf(text, sizeof(text), "%.*s", (int)x->n, (const char *)x->p);
    char *at = strstr(text, "\ntime ");
    assert_non_null(at);
    memcpy(at, "\ntime 9223372036854775807\n", 27);
    set_text(x, text);
}
static void skipped(struct file *f)
{
    struct frame *x = &f->at[f->n++];
    *x = (struct frame){.type = AUDIT_FATE};
    set_text(x, "test.example/140602/1 1 superseded\n");
}
static void fate_word(struct file *f)
{
    struct frame *x = &f->at[f->n++];
    *x = (struct frame){.type = AUDIT_FATE};
    set_text(x, "test.example/140602/1 1 refused\n");
}
static void foreign_frame(struct file *f)
{
    struct frame *x = &f->at[f->n++];
    *x = (struct frame){.type = QN_FRAME_HAVE};
    set_text(x, "x");
}

static const struct lie {
    const char *name;
    void (*tell)(struct file *f);
    const char *id;  /* NULL: it is believed */
    const char *why; /* in the refusal's values */
    bool stranger;   /* sealed with another office's key */
} lies[] = {
    {"as it is", nothing, NULL, "", false},
    {"sealed by somebody else", nothing, "audit.seal", "14", true},
    {"a header of another office, altered", header_byte, "audit.refused", "why=", false},
    {"a part, altered", part_byte, "audit.frame", "no=", false},
    {"a cosignature that does not hold", cosignature, "audit.", "no=", false},
    {"a certificate, altered", certificate, "audit.refused", "why=", false},
    {"a certificate left out", no_certificate, "audit.refused", "why=", false},
    {"an entry left out", no_header, "audit.frame", "no=", false},
    {"an entry twice", header_twice, "audit.frame", "no=", false},
    {"no root policy", no_policy, "audit.no-policy", "", false},
    {"a setting that is none of its business", setting, "audit.frame", "no=", false},
    {"another profile", profile, "audit.frame", "no=1", false},
    {"another scope", scope, "audit.scope", "sky", false},
    {"a moment that no calendar has", no_day, "audit.frame", "no=1", false},
    {"an entry skipped at nobody's word", skipped, "audit.fate", "seq=1", false},
    {"a fate that only the log decides", fate_word, "audit.frame", "no=", false},
    {"a frame that belongs to an exchange", foreign_frame, "audit.frame", "no=", false},
};

/* One family and one honest file for all rows. */
static struct family *family;
static char honest[600], told[600], print[QN_FINGERPRINT];

static int make_file(void **state)
{
    struct audit_info info;
    uint8_t hash[QN_HASH];
    QN_AUTO(verify) struct verify_result r = {.at = NULL};
    void *made = NULL; /* the state of a test is its row */
    (void)state;
    family_setup(&made);
    family = made;
    ordered(family, NULL);
    draw_first(&family->k);
    settle(family);
    snprintf(honest, sizeof(honest), "%.500s/honest.audit", family->all.dir);
    snprintf(told, sizeof(told), "%.500s/told.audit", family->all.dir);
    MUST(audit_export(&info, &r, family->p.st, &(struct audit_scope){NULL, 0}, honest,
                      family->all.dir, NULL, &offices_err));
    assert_int_equal(r.clean, 1);
    qn_policy_hash(hash, store_policy(family->p.st));
    qn_fingerprint(print, hash);
    return 0;
}

static int drop_file(void **state)
{
    void *made = family;
    (void)state;
    return family_teardown(&made);
}

static void believed_or_not(void **state)
{
    const struct lie *l = *state;
    static struct file f;
    struct audit_info info;
    struct qn_err why = {.id = ""};
    QN_AUTO(verify) struct verify_result r = {.at = NULL};
    take_apart(&f, honest);
    l->tell(&f);
    put_together(&f, told, store_origin(family->p.st),
                 l->stranger ? family->k.keys : family->p.keys);
    for (size_t i = 0; i < f.n; i++)
        free(f.at[i].p);
    enum qn_code rc = audit_check(&info, &r, told, print, family->all.dir, NULL, NULL, &why);
    if (!l->id) {
        assert_int_equal(rc, QN_OK);
        assert_int_equal(r.clean, 1);
        assert_string_equal(info.office, "14");
        return;
    }
    assert_int_not_equal(rc, QN_OK);
    if (strncmp(why.id, l->id, strlen(l->id)) != 0 || !strstr(why.args, l->why))
        fail_msg("%s %s", why.id, why.args);
    char gone[700];
    snprintf(gone, sizeof(gone), "test -z \"$(ls -d '%.500s'/qian-audit-* 2>/dev/null)\"",
             family->all.dir);
    assert_int_equal(system(gone), 0);
}

int main(void)
{
    struct CMUnitTest test[sizeof(lies) / sizeof(lies[0])];
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
        test[i] = (struct CMUnitTest){lies[i].name, believed_or_not, NULL, NULL,
                                      (void *)(uintptr_t)&lies[i]};
    return cmocka_run_group_tests_name("audit", test, make_file, drop_file);
}
