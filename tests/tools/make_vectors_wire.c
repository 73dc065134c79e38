/* make_vectors_wire.c - writes the vector files authority, skip, forget, governing, chain, witness-answer and note-bounds
 * into the directory named: make_vectors_wire DIR. Every verdict in the tables below is what the page of the
 * specification says, never what the library answered. Keys come from fixed seeds, so the files are always the same. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "qian/cert.h"
#include "qian/entry.h"
#include "qian/note.h"
#include "qian/witness.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static const char *dir;
static FILE *out;

static void begin(const char *file, const char *page)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/%s.txt", dir, file);
    out = fopen(path, "w");
    if (!out) {
        perror(path);
        _Exit(1);
    }
    fprintf(out, "# Vectors for %s; the format stands in README.md.\n", page);
}

static void end(void)
{
    if (ferror(out) || fclose(out)) {
        perror(dir);
        _Exit(1);
    }
}

static void put_hex(const char *key, const void *p, size_t n)
{
    const uint8_t *byte = p;
    for (size_t i = 0; i < n; i++) {
        if (i % 48 == 0)
            fprintf(out, "%s%s ", i ? "\n" : "", key);
        fprintf(out, "%02x", byte[i]);
    }
    if (n)
        fputc('\n', out);
}

static void name(const char *text)
{
    fprintf(out, "\nname %s\n", text);
}

static void want(const char *id)
{
    fprintf(out, "want %s\n", id);
}

static void keypair(uint8_t pk[32], uint8_t sk[64], uint8_t number)
{
    uint8_t seed[32] = {number};
    crypto_sign_seed_keypair(pk, sk, seed);
}

/* ---- authority: may this row stand in this entry --------------------------------------------------------------- */

static const struct {
    const char *name, *levels, *office, *id;
    int rev, lane, header_lane, seq, level, epoch, lanes;
    const char *want;
} rights[] = {
    {"a new row", "pcks", "140602", "2-40-0", 1, 2, 2, 40, 3, 2, 31, "ok"},
    {"a later revision of an old row", "pcks", "140602", "2-39-7", 2, 2, 2, 40, 3, 2, 31, "ok"},
    {"a later revision of a row of this entry", "pcks", "140602", "2-40-7", 2, 2, 2, 40, 3, 2, 31,
     "ok"},
    {"a revision of a row of an older epoch", "pcks", "140602", "1-99-0", 9, 2, 2, 40, 3, 2, 31,
     "ok"},
    {"written once, rev 1", "PCKS", "140602", "2-40-1", 1, 2, 2, 40, 3, 2, 31, "ok"},
    {"the last id of the entry", "k", "140602", "2-40-65535", 1, 0, 0, 40, 3, 2, 1, "ok"},
    {"another office", "pcks", "140622", "2-40-0", 1, 2, 2, 40, 3, 2, 31, "authority.office"},
    {"an office that begins with the signer's", "pcks", "1406021", "2-40-0", 1, 2, 2, 40, 3, 2, 31,
     "authority.office"},
    {"an office that the signer's begins with", "pcks", "1406", "2-40-0", 1, 2, 2, 40, 3, 2, 31,
     "authority.office"},
    {"no office", "pcks", "", "2-40-0", 1, 2, 2, 40, 3, 2, 31, "authority.office"},
    {"a county in a table of cities", "c", "140602", "2-40-0", 1, 2, 2, 40, 3, 2, 31,
     "authority.level"},
    {"a city in a table of counties", "k", "140602", "2-40-0", 1, 2, 2, 40, 2, 2, 31,
     "authority.level"},
    {"a station in a table of all others", "pck", "140602", "2-40-0", 1, 2, 2, 40, 4, 2, 31,
     "authority.level"},
    {"the table's lane is not the header's", "pcks", "140602", "2-40-0", 1, 3, 2, 40, 3, 2, 31,
     "authority.lane"},
    {"the header's lane is not granted", "pcks", "140602", "2-40-0", 1, 2, 2, 40, 3, 2, 27,
     "authority.grant"},
    {"revoked: no lane is granted", "pcks", "140602", "2-40-0", 1, 0, 0, 40, 3, 2, 0,
     "authority.grant"},
    {"written once, rev 2", "PCKS", "140602", "2-40-0", 2, 2, 2, 40, 3, 2, 31, "authority.once"},
    {"written once, rev 2 of an old row", "K", "140602", "2-3-0", 2, 2, 2, 40, 3, 2, 31,
     "authority.once"},
    {"new, but of an older entry", "pcks", "140602", "2-39-0", 1, 2, 2, 40, 3, 2, 31,
     "authority.id-new"},
    {"new, but of a later entry", "pcks", "140602", "2-41-0", 1, 2, 2, 40, 3, 2, 31,
     "authority.id-new"},
    {"new, but of an older epoch", "pcks", "140602", "1-40-0", 1, 2, 2, 40, 3, 2, 31,
     "authority.id-new"},
    {"new, but of a later epoch", "pcks", "140602", "3-40-0", 1, 2, 2, 40, 3, 2, 31,
     "authority.id-new"},
    {"a revision of a later entry's row", "pcks", "140602", "2-41-0", 2, 2, 2, 40, 3, 2, 31,
     "authority.id-later"},
    {"a revision of a later epoch's row", "pcks", "140602", "3-0-0", 2, 2, 2, 40, 3, 2, 31,
     "authority.id-later"},
};

static void authority(void)
{
    begin("authority", "changeset.md");
    for (size_t i = 0; i < ARRAY_LEN(rights); i++) {
        name(rights[i].name);
        fprintf(out, "levels %s\ntable-lane %d\noffice %s\nid %s\nrev %d\n", rights[i].levels,
                rights[i].lane, rights[i].office, rights[i].id, rights[i].rev);
        fprintf(out, "lane %d\nseq %d\nsigner 140602\nlevel %d\nepoch %d\nlanes %d\n",
                rights[i].header_lane, rights[i].seq, rights[i].level, rights[i].epoch,
                rights[i].lanes);
        want(rights[i].want);
    }
    end();
}

/* ---- skip: which entry a row of supersede, waiver or abandoned may name ------------------------------------------------------- */

static const struct {
    const char *name, *table, *origin, *want;
    long long named; /* seq that the row names */
    const char *office, *issuer;
    int epoch; /* of the signer for supersede and abandoned, of the certificate asked about for waiver */
} skips[] = {
    {"an older entry of the own log", "supersede", "test.example/140602/2", "ok", 39, "140602", "", 2},
    {"the first entry", "supersede", "test.example/140602/2", "ok", 0, "140602", "", 2},
    {"a later number of an earlier epoch", "supersede", "test.example/140602/1", "ok", 99, "140602", "", 2},
    {"this entry itself", "supersede", "test.example/140602/2", "authority.supersede", 40, "140602", "", 2},
    {"a later entry", "supersede", "test.example/140602/2", "authority.supersede", 41, "140602", "", 2},
    {"a later epoch", "supersede", "test.example/140602/3", "authority.supersede", 1, "140602", "", 2},
    {"another office's log", "supersede", "test.example/140622/1", "authority.supersede", 1, "140602", "", 2},
    {"an office that begins with the signer's", "supersede", "test.example/1406021/1", "authority.supersede", 1,
     "140602", "", 2},
    {"another deployment", "supersede", "other.example/140602/1", "authority.supersede", 1, "140602", "", 2},
    {"no log", "supersede", "140602", "authority.supersede", 1, "140602", "", 2},
    {"no place", "supersede", "test.example/140602/1", "authority.supersede", -1, "140602", "", 2},
    {"a place that no log has", "supersede", "test.example/140602/1", "authority.supersede", 1ll << 35, "140602",
     "", 2},
    {"the last place that a log has", "supersede", "test.example/140602/1", "ok", (1ll << 35) - 1, "140602", "", 2},
    {"the parent waives", "waiver", "test.example/140602/2", "ok", 40, "140602", "1406", 2},
    {"who gave no certificate of that office", "waiver", "test.example/140602/2", "authority.waiver", 40, "140602",
     "1407", 2},
    {"the parent's parent", "waiver", "test.example/140602/2", "authority.waiver", 40, "140602", "14", 2},
    {"the author itself", "waiver", "test.example/140602/2", "authority.waiver", 40, "140602", "140602", 2},
    {"an office that the root certified", "waiver", "test.example/140602/2", "authority.waiver", 40, "140602", "", 2},
    {"another office than the certificate's", "waiver", "test.example/140622/2", "authority.waiver", 40, "140602",
     "1406", 2},
    {"another epoch than the certificate's", "waiver", "test.example/140602/1", "authority.waiver", 40, "140602",
     "1406", 2},
    {"a foreign deployment", "waiver", "other.example/140602/2", "authority.waiver", 40, "140602", "1406", 2},
    {"a waiver of no log", "waiver", "", "authority.waiver", 40, "140602", "1406", 2},
    {"a waiver of no place", "waiver", "test.example/140602/2", "authority.waiver", -1, "140602", "1406", 2},
    {"an entry of the epoch before", "abandoned", "test.example/140602/2", "ok", 39, "140602", "", 3},
    {"a later number of the first epoch", "abandoned", "test.example/140602/1", "ok", 99, "140602", "", 3},
    {"the last place of an earlier epoch", "abandoned", "test.example/140602/2", "ok", (1ll << 35) - 1,
     "140602", "", 3},
    {"an older entry of the log it stands in", "abandoned", "test.example/140602/3", "authority.abandoned", 39,
     "140602", "", 3},
    {"the entry it stands in", "abandoned", "test.example/140602/3", "authority.abandoned", 40, "140602", "", 3},
    {"an epoch to come", "abandoned", "test.example/140602/4", "authority.abandoned", 1, "140602", "", 3},
    {"told in the first epoch", "abandoned", "test.example/140602/1", "authority.abandoned", 1, "140602", "", 1},
    {"an entry of another office", "abandoned", "test.example/140622/1", "authority.abandoned", 1,
     "140602", "", 3},
    {"an entry of the parent", "abandoned", "test.example/1406/1", "authority.abandoned", 1, "140602", "", 3},
    {"a code that begins with the signer's", "abandoned", "test.example/1406021/1", "authority.abandoned", 1,
     "140602", "", 3},
    {"an earlier epoch elsewhere", "abandoned", "other.example/140602/1", "authority.abandoned", 1,
     "140602", "", 3},
    {"abandoned of no log", "abandoned", "140602", "authority.abandoned", 1, "140602", "", 3},
    {"abandoned of nothing", "abandoned", "", "authority.abandoned", 1, "140602", "", 3},
    {"abandoned of no place", "abandoned", "test.example/140602/1", "authority.abandoned", -1, "140602", "", 3},
    {"abandoned past every log's end", "abandoned", "test.example/140602/1", "authority.abandoned", 1ll << 35,
     "140602", "", 3},
};

/* The signer of a supersede or abandoned is 140602 in entry 40 of its log, that of a waiver is 1406. */
static void skip(void)
{
    begin("skip", "cursors.md and recovery.md");
    for (size_t i = 0; i < ARRAY_LEN(skips); i++) {
        name(skips[i].name);
        fprintf(out, "table %s\norigin %s\nseq %lld\noffice %s\nepoch %d\n", skips[i].table,
                skips[i].origin[0] ? skips[i].origin : "-", skips[i].named, skips[i].office, skips[i].epoch);
        if (strcmp(skips[i].table, "waiver") == 0)
            fprintf(out, "issuer %s\n", skips[i].issuer[0] ? skips[i].issuer : "-");
        want(skips[i].want);
    }
    end();
}

/* ---- forget: which part a redaction may name, which office a purge --------------------------------------------------- */

static const struct {
    const char *name, *origin, *above, *want;
    long long seq, part;
} redactions[] = {
    {"an older entry of the own log", "test.example/1406/2", "-", "ok", 39, 0},
    {"the last part of the first entry", "test.example/1406/2", "14", "ok", 0, 255},
    {"a later number of an earlier epoch", "test.example/1406/1", "-", "ok", 99, 0},
    {"this entry itself", "test.example/1406/2", "-", "authority.redaction", 40, 0},
    {"a later entry of the own log", "test.example/1406/2", "1406", "authority.redaction", 41, 0},
    {"a later epoch of the own log", "test.example/1406/3", "1406", "authority.redaction", 0, 0},
    {"an office below", "test.example/140602/1", "1406 14", "ok", 999, 3},
    {"an office two below", "test.example/140602S1/1", "140602 1406 14", "ok", 7, 0},
    {"the parent", "test.example/14/1", "-", "authority.redaction", 7, 0},
    {"an office beside", "test.example/1407/1", "14", "authority.redaction", 7, 0},
    {"an office below one beside", "test.example/140702/1", "1407 14", "authority.redaction", 7, 0},
    {"an office whose parent's code begins with the signer's", "test.example/14060201/1", "140602 14",
     "authority.redaction", 7, 0},
    {"another deployment", "other.example/140602/1", "1406 14", "authority.redaction", 7, 0},
    {"no log", "140602", "1406 14", "authority.redaction", 7, 0},
    {"no place", "test.example/140602/1", "1406 14", "authority.redaction", -1, 0},
    {"a place that no log has", "test.example/140602/1", "1406 14", "authority.redaction", 1ll << 35, 0},
    {"no part", "test.example/140602/1", "1406 14", "authority.redaction", 7, -1},
    {"a part that no entry has", "test.example/140602/1", "1406 14", "authority.redaction", 7, 256},
};
static const struct {
    const char *name, *holder, *subject, *given, *want;
} purges[] = {
    {"a county forgets its neighbour", "140602", "140622", "yes", "ok"},
    {"a county forgets the province", "140602", "14", "yes", "ok"},
    {"an office that got no certificate here", "140702", "140622", "no", "authority.purge"},
    {"the signer itself", "1406", "140622", "yes", "authority.purge"},
    {"about the signer", "140602", "1406", "yes", "authority.purge"},
    {"about the holder", "140602", "140602", "yes", "authority.purge"},
    {"no office", "140602", "x", "yes", "authority.purge"},
    {"no holder", "-", "140622", "yes", "authority.purge"},
};

/* The signer is 1406, epoch 2, in entry 40 of its log. */
static void forget(void)
{
    begin("forget", "cursors.md");
    for (size_t i = 0; i < ARRAY_LEN(redactions); i++) {
        name(redactions[i].name);
        fprintf(out, "table redaction\norigin %s\nseq %lld\npart %lld\nabove %s\n", redactions[i].origin,
                redactions[i].seq, redactions[i].part, redactions[i].above);
        want(redactions[i].want);
    }
    for (size_t i = 0; i < ARRAY_LEN(purges); i++) {
        name(purges[i].name);
        fprintf(out, "table purge\nholder %s\nsubject %s\ngiven %s\n", purges[i].holder, purges[i].subject,
                purges[i].given);
        want(purges[i].want);
    }
    end();
}

/* ---- governing: serial, first day, last day, lanes, time of each certificate ------------------------------------- */

#define FROM(day) ((day)*86400ul - 8 * 3600) /* the first second of a day (encoding-15) */

static const struct {
    const char *name, *given, *want;
    unsigned long time;
    int serial; /* with ok */
} eras[] = {
    {"one certificate", "1 10 20 31 0;", "ok", FROM(15), 1},
    {"the first second of its first day", "1 10 20 31 0;", "ok", FROM(10), 1},
    {"the last second of its last day", "1 10 20 31 0;", "ok", FROM(21) - 1, 1},
    {"the newer one from its own second on", "1 10 90 31 0;2 10 90 15 1000000;", "ok", 1000000, 2},
    {"the older one a second before", "1 10 90 31 0;2 10 90 15 1000000;", "ok", 999999, 1},
    {"in whatever order they come", "2 10 90 15 1000000;1 10 90 31 0;", "ok", 999999, 1},
    {"before all of them: the lowest serial", "3 10 90 31 3000000;2 10 90 31 2000000;", "ok",
     1000000, 2},
    {"the day is another's, given later", "1 10 20 31 0;2 10 90 31 9000000;", "ok", FROM(30), 1},
    {"before the revocation", "1 10 90 31 0;2 10 90 0 2000000;", "ok", 1999999, 1},
    {"a day before the first", "1 10 20 31 0;", "cert.not-covered", FROM(10) - 1, 0},
    {"a day after the last", "1 10 20 31 0;", "cert.not-covered", FROM(21), 0},
    {"between two", "1 10 12 31 0;2 14 16 31 0;", "cert.not-covered", FROM(13), 0},
    {"a revocation to come covers no day", "1 10 12 31 0;2 10 90 0 9000000;", "cert.not-covered",
     FROM(20), 0},
    {"the second of the revocation", "1 10 90 31 0;2 10 90 0 2000000;", "cert.revoked", 2000000, 0},
    {"revoked and not covered: revoked", "1 10 12 31 0;2 10 12 0 2000000;", "cert.revoked", 5000000,
     0},
    {"a revocation alone", "7 10 90 0 1000000;", "cert.revoked", 1000000, 0},
    {"a second before all days of two", "1 10 12 31 0;2 14 16 31 0;", "cert.not-covered",
     FROM(10) - 1, 0},
    {"the revocation has the highest serial of three",
     "1 10 90 31 0;3 10 90 0 900000;2 10 90 31 950000;", "cert.revoked", 960000, 0},
    {"a revocation alone, before its time", "7 10 90 0 2000000;", "cert.revoked", 1000000, 0},
};

static void governing(void)
{
    begin("governing", "rotation.md");
    for (size_t i = 0; i < ARRAY_LEN(eras); i++) {
        name(eras[i].name);
        fprintf(out, "given %s\ntime %lu\n", eras[i].given, eras[i].time);
        if (eras[i].serial)
            fprintf(out, "out.serial %d\n", eras[i].serial);
        want(eras[i].want);
    }
    end();
}

/* ---- chain: a certificate under its parent's --------------------------------------------------------------------- */

static void fill(struct qn_cert *c, uint8_t first)
{
    uint8_t sk[64], scalar[32] = {first, 5};
    uint8_t *const key[] = {c->log, c->witness, c->vrf, c->tls};
    for (uint8_t i = 0; i < 4; i++)
        keypair(key[i], sk, (uint8_t)(first + i));
    crypto_scalarmult_base(c->box, scalar);
}

static const struct qn_cert city = {.deployment = "test.example",
                                    .issuer = "140000",
                                    .issuer_epoch = 1,
                                    .office = "140600",
                                    .name = "City",
                                    .level = QN_CITY,
                                    .epoch = 3,
                                    .lanes = 15,
                                    .serial = 4,
                                    .from_day = 18000,
                                    .to_day = 19000,
                                    .nscopes = 2,
                                    .scope = {"1406", "1409"}};
static const struct qn_cert county = {.deployment = "test.example",
                                      .issuer = "140600",
                                      .issuer_epoch = 3,
                                      .office = "140602",
                                      .name = "County",
                                      .level = QN_COUNTY,
                                      .epoch = 1,
                                      .lanes = 15,
                                      .serial = 2,
                                      .from_day = 18000,
                                      .to_day = 19000,
                                      .nscopes = 1,
                                      .scope = {"140602"}};

static void same(struct qn_cert *c)
{
    (void)c;
}
static void of_other(struct qn_cert *c)
{
    strcpy(c->issuer, "140700");
}
static void of_epoch(struct qn_cert *c)
{
    c->issuer_epoch = 2;
}
static void elsewhere(struct qn_cert *c)
{
    strcpy(c->deployment, "other.example");
}
static void level_same(struct qn_cert *c)
{
    c->level = QN_CITY;
}
static void station(struct qn_cert *c)
{
    c->level = QN_STATION, c->lanes = 9;
}
static void busy(struct qn_cert *c)
{
    c->level = QN_STATION, c->lanes = 15;
}
static void wide(struct qn_cert *c)
{
    strcpy(c->scope[0], "14");
}
static void beside(struct qn_cert *c)
{
    strcpy(c->scope[0], "1407"), strcpy(c->office, "140702");
}
static void outside(struct qn_cert *c)
{
    strcpy(c->office, "140622");
}
static void itself(struct qn_cert *c)
{
    strcpy(c->office, "140600"), strcpy(c->scope[0], "1406");
}
static void lane_more(struct qn_cert *c)
{
    c->lanes = 31;
}
static void lane_none(struct qn_cert *c)
{
    c->lanes = 0;
}
static void twice(struct qn_cert *c)
{
    memcpy(c->tls, c->log, QN_PUBKEY);
}
static void no_point(struct qn_cert *c)
{
    memset(c->vrf, 0, QN_PUBKEY);
}

static const struct {
    const char *name;
    void (*change)(struct qn_cert *c);
    uint8_t signer; /* seed of the key that signs; the parent's is 20 */
    const char *want;
} links[] = {
    {"a county under its city", same, 20, "ok"},
    {"a station", station, 20, "ok"},
    {"a revocation", lane_none, 20, "ok"},
    {"another issuer", of_other, 20, "cert.issuer"},
    {"another epoch of the issuer", of_epoch, 20, "cert.issuer"},
    {"signed by another key", same, 21, "cert.signature"},
    {"another deployment", elsewhere, 20, "cert.deployment"},
    {"the parent's own level", level_same, 20, "cert.level"},
    {"a scope above the parent's", wide, 20, "cert.scope"},
    {"a scope beside the parent's", beside, 20, "cert.scope"},
    {"an office outside its own scope", outside, 20, "cert.scope"},
    {"the parent's own office", itself, 20, "cert.scope"},
    {"a lane that the parent has not", lane_more, 20, "cert.lanes"},
    {"a station with lanes of a county", busy, 20, "cert.station-lanes"},
    {"one key for two purposes", twice, 20, "cert.same-keys"},
    {"a key that is no point", no_point, 20, "cert.key"},
};

static void chain(void)
{
    begin("chain", "certificate.md");
    for (size_t i = 0; i < ARRAY_LEN(links); i++) {
        struct qn_cert parent = city, c = county;
        struct qn_buf bytes, above;
        uint8_t pk[32], sk[64], up[64];
        keypair(pk, up, 99);
        keypair(pk, sk, links[i].signer);
        fill(&parent, 20);
        fill(&c, 30);
        links[i].change(&c);
        qn_buf_init(&bytes, QN_CERT_MAX);
        qn_buf_init(&above, QN_CERT_MAX);
        qn_cert_seal(&bytes, &c, sk);
        qn_cert_seal(&above, &parent, up);
        name(links[i].name);
        put_hex("hex", bytes.p, bytes.n);
        put_hex("parent", above.p, above.n);
        want(links[i].want);
        qn_buf_release(&bytes);
        qn_buf_release(&above);
    }
    end();
}

/* ---- witness-answer ---------------------------------------------------------------------------------------------- */

enum { GOOD, LATER, BROKEN, STRANGER, RUBBISH, EMPTY };
static const struct {
    const char *name, *lines; /* one character for each line: a digit of the enum above */
    const char *want;
    unsigned long time;
} answers[] = {
    {"the line asked for", "0", "ok", 1000},
    {"among lines of others", "303", "ok", 1000},
    {"the earliest of two", "10", "ok", 1000},
    {"a broken one beside a good one", "20", "ok", 1000},
    {"none but another's", "3", "witness.no-signature", 0},
    {"broken", "2", "witness.bad-signature", 0},
    {"broken beside another's", "32", "witness.bad-signature", 0},
    {"nothing", "", "witness.answer", 0},
    {"no signature line", "4", "witness.answer", 0},
    {"a good line, then none", "04", "witness.answer", 0},
    {"an empty line in between", "050", "witness.answer", 0},
    {"33 lines", "333333333333333333333333333333330", "witness.answer", 0},
    {"32 lines", "33333333333333333333333333333330", "ok", 1000},
    {"too long", NULL, "witness.answer-long", 0},
};

static void put_line(struct qn_buf *to, char kind, struct qn_span text)
{
    uint8_t pk[32], sk[64];
    bool stranger = kind == '0' + STRANGER;
    keypair(pk, sk, stranger ? 51 : 50);
    if (kind == '0' + RUBBISH)
        qn_put_str(to, "witness.example AAAA\n");
    else if (kind == '0' + EMPTY)
        qn_put_str(to, "\n");
    else
        qn_cosign(to, kind == '0' + BROKEN ? qn_str("other\n") : text,
                  qn_str(stranger ? "other.example" : "witness.example"),
                  kind == '0' + LATER ? 2000 : 1000, sk);
}

static void witness_answer(void)
{
    static const uint8_t root[QN_HASH] = {1, 2, 3};
    struct qn_buf text;
    struct qn_vkey k = {.name = "witness.example", .type = QN_NOTE_COSIGNER};
    uint8_t sk[64];
    keypair(k.key, sk, 50);
    qn_buf_init(&text, 1024);
    qn_checkpoint_text(&text, qn_str("test.example/140602/1"), 8, root);
    begin("witness-answer", "witness.md");
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        struct qn_buf b, key;
        qn_buf_init(&b, 65536);
        qn_buf_init(&key, 512);
        qn_vkey_write(&key, &k);
        for (const char *p = answers[i].lines; p && *p; p++)
            put_line(&b, *p, qn_buf_span(&text));
        name(answers[i].name);
        if (answers[i].lines)
            put_hex("hex", b.p, b.n);
        else
            fprintf(out, "hex 61*65537\n");
        put_hex("text", text.p, text.n);
        fprintf(out, "vkey %.*s\n", (int)key.n, (const char *)key.p);
        if (answers[i].time)
            fprintf(out, "out.time %lu\n", answers[i].time);
        want(answers[i].want);
        qn_buf_release(&b);
        qn_buf_release(&key);
    }
    end();
    qn_buf_release(&text);
}

/* ---- note-bounds -------------------------------------------------------------------------------------------------- */

static void note_bounds(void)
{
    static const uint8_t dash[] = {0xe2, 0x80, 0x94, ' ', 'a', ' '};
    begin("note-bounds", "note.md");
    for (unsigned n = 31; n < 36; n++) {
        fprintf(out, "\nname %u signature lines\nhex 610a0a\n", n);
        for (unsigned i = 0; i < n; i++) {
            put_hex("hex", dash, sizeof(dash));
            put_hex("hex", "AAAAAAA=\n", 9);
        }
        want(n <= 32 ? "ok" : "note.signatures");
    }
    for (unsigned over = 0; over < 2; over++) {
        fprintf(out, "\nname %s\nhex 61*%u 0a0a\n",
                over ? "a byte too long" : "as long as a note may be", 128 * 1024 - 17 + over);
        put_hex("hex", dash, sizeof(dash));
        put_hex("hex", "AAAAAAA=\n", 9);
        want(over ? "note.too-long" : "ok");
    }
    end();
}

int main(int argc, char **argv)
{
    if (argc != 2 || sodium_init() < 0) {
        fprintf(stderr, "make_vectors_wire DIR\n");
        return 2;
    }
    dir = argv[1];
    authority();
    skip();
    forget();
    governing();
    chain();
    witness_answer();
    note_bounds();
    return 0;
}
