/* make_vectors_derive.c - writes the vector file derive into the directory named: make_vectors_derive DIR. Each value
 * is made here from SHA-256 and HMAC-SHA-256 by the words of draw.md and draw-roster.md; libqian is not asked. */
#include <sodium.h>
#include <stdarg.h>

#include "tests/tools/vector_out.h"

#define ID          "E:91140602MA0KX0A76X"
#define INSP        "140602/1402001"
#define LABEL(text) ((struct qn_span){(const uint8_t *)(text), sizeof(text)}) /* with its 0x00 */
#define TEXT(text)  ((struct qn_span){(const uint8_t *)(text), sizeof(text) - 1})

static uint8_t k_salt[32], seed[32];

/* ---- H and M over pieces ------------------------------------------------------------------------- */

static void hash(uint8_t out[32], const struct qn_span *piece, size_t n)
{
    crypto_hash_sha256_state s;
    crypto_hash_sha256_init(&s);
    for (size_t i = 0; i < n; i++)
        crypto_hash_sha256_update(&s, piece[i].p, piece[i].n);
    crypto_hash_sha256_final(&s, out);
}

static void mac(uint8_t out[32], const uint8_t key[32], const struct qn_span *piece, size_t n)
{
    crypto_auth_hmacsha256_state s;
    crypto_auth_hmacsha256_init(&s, key, 32);
    for (size_t i = 0; i < n; i++)
        crypto_auth_hmacsha256_update(&s, piece[i].p, piece[i].n);
    crypto_auth_hmacsha256_final(&s, out);
}

static void begin(const char *name, const char *what)
{
    vector_name(name);
    vector_word("what", what);
}

static void end(const void *p, size_t n)
{
    vector_hex_line("out.value", p, n);
    vector_want(NULL);
}

/* ---- from the order to the seed -------------------------------------------------------------------- */

static void randomness(void)
{
    const struct qn_span body =
        TEXT("draw-order/1\ncity.example/log\nplan 3 "
             "0000000000000000000000000000000000000000000000000000000000000000\n");
    const struct qn_span line = TEXT("ssq 2026133 01 05 12 18 22 30+07");
    uint8_t id[32], bd[32], alpha[76], out[32], beta[3 * 64];
    begin("order_id", "order-id");
    vector_span("hex", body);
    hash(id, &body, 1);
    end(id, 32);
    begin("no beacon", "beacon-digest");
    memset(bd, 0, 32);
    end(bd, 32);
    for (int with = 0; with < 2; with++) {
        begin(with ? "alpha with a beacon" : "alpha without", "alpha");
        vector_hex_line("order-id", id, 32);
        vector_hex_line("digest", bd, 32);
        memcpy(alpha, "draw1/alpha", 12);
        memcpy(alpha + 12, id, 32);
        memcpy(alpha + 44, bd, 32);
        end(alpha, 76);
        if (with)
            break;
        begin("a beacon line", "beacon-digest");
        vector_span("hex", line);
        hash(bd, (struct qn_span[]){LABEL("draw1/beacon"), line, TEXT("\n")}, 3);
        end(bd, 32);
    }
    for (size_t i = 0; i < sizeof(beta); i++)
        beta[i] = (uint8_t)(i * 7 + i / 64);
    for (uint8_t n = 1; n <= 3; n++) {
        char name[32];
        snprintf(name, sizeof(name), "seed of %u outputs", n);
        begin(name, "seed");
        vector_hex_line("beta", beta, n * 64u);
        hash(out, (struct qn_span[]){LABEL("draw1/seed"), {&n, 1}, {beta, n * 64u}}, 3);
        end(out, 32);
        if (n == 1)
            memcpy(seed, out, 32);
    }
}

/* ---- from the seed ----------------------------------------------------------------------------------- */

static void keys(void)
{
    static const struct {
        const char *name;
        struct qn_span label;
    } rows[] = {{"key-objects", {(const uint8_t *)"draw1/obj", 10}},
                {"key-visits", {(const uint8_t *)"draw1/visit", 12}},
                {"key-inspectors", {(const uint8_t *)"draw1/insp", 11}}};
    static const char *const ids[] = {ID, "E:1", "T:GB/T19001-2016",
                                      "Q:140225600012345/梯11晋K00123(23)"};
    uint8_t out[32], k_obj[32];
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        begin(rows[i].name, rows[i].name);
        vector_hex_line("seed", seed, 32);
        mac(out, seed, &rows[i].label, 1);
        end(out, 32);
        if (i == 0)
            memcpy(k_obj, out, 32);
    }
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        char name[80];
        struct qn_span id = qn_str(ids[i]);
        snprintf(name, sizeof(name), "ticket of %s", ids[i]);
        begin(name, "ticket");
        vector_hex_line("seed", seed, 32);
        vector_span("hex", id);
        mac(out, k_obj, &id, 1);
        end(out, 32);
    }
}

static uint64_t uniform(const uint8_t k_ins[32], unsigned round, unsigned slot, struct qn_span id,
                        uint64_t n, unsigned *skipped)
{
    uint64_t t = (0 - n) % n; /* 2^64 mod n */
    *skipped = 0;
    for (uint32_t j = 0;; j++) {
        const uint8_t head[8] = {(uint8_t)(round >> 8), (uint8_t)round,     (uint8_t)(slot >> 8),
                                 (uint8_t)slot,         (uint8_t)(j >> 24), (uint8_t)(j >> 16),
                                 (uint8_t)(j >> 8),     (uint8_t)j};
        uint8_t block[32];
        mac(block, k_ins, (struct qn_span[]){{head, 8}, id}, 2);
        for (unsigned i = 0; i < 4; i++) {
            uint64_t x = 0;
            for (unsigned b = 0; b < 8; b++)
                x = x << 8 | block[8 * i + b];
            if (x >= t)
                return x % n;
            ++*skipped;
        }
    }
}

static void uniforms(void)
{
    static const struct {
        unsigned round, slot;
        uint64_t n;
    } rows[] = {{0, 0, 1},
                {0, 0, 2},
                {0, 1, 2},
                {1, 0, 2},
                {0, 0, 3},
                {0, 3, 7},
                {7, 3, 1000},
                {65535, 65535, 1000},
                {0, 0, 65536},
                {0, 0, 65537},
                {0, 0, 4294967301},
                {0, 0, UINT64_MAX},
                {0, 0, UINT64_C(1) << 63}};
    uint8_t k_ins[32];
    struct qn_span label = LABEL("draw1/insp"), id = TEXT(ID);
    unsigned skipped, most = 0;
    char name[80];
    mac(k_ins, seed, &label, 1);
    for (size_t i = 0; i < ARRAY_LEN(rows) + 400; i++) {
        bool half = i >= ARRAY_LEN(rows); /* 2^63 + 1: nearly half of all numbers are skipped */
        unsigned round = half ? (unsigned)(i - ARRAY_LEN(rows)) : rows[i].round;
        unsigned slot = half ? 2 : rows[i].slot;
        uint64_t n = half ? (UINT64_C(1) << 63) + 1 : rows[i].n;
        uint64_t got = uniform(k_ins, round, slot, id, n, &skipped);
        if (half && skipped <= most)
            continue; /* only rounds that skip more than all before */
        most = skipped > most ? skipped : most;
        snprintf(name, sizeof(name), "below %llu, round %u, slot %u, %u skipped",
                 (unsigned long long)n, round, slot, skipped);
        begin(name, "uniform");
        vector_hex_line("seed", seed, 32);
        vector_number("round", round);
        vector_number("slot", slot);
        vector_number("n", n);
        vector_span("hex", id);
        vector_number("out.number", got);
        vector_want(NULL);
    }
    vector_must(most >= 4, "no number needed a second block");
}

/* ---- records ------------------------------------------------------------------------------------------- */

/* A record's bytes are text in this C, so that they can be read against roster-1; the salt is put behind them. */
static void put_record(const char *name, const char *what, const char *item, struct qn_span record)
{
    uint8_t salt[32], leaf[32];
    struct qn_span zero = {(const uint8_t *)"", 1};
    mac(salt, k_salt, &record, 1);
    hash(leaf, (struct qn_span[]){zero, record, {salt, 16}}, 3);
    begin(name, what);
    vector_hex_line("salt-key", k_salt, 32);
    vector_word("item", item);
    vector_hex_line("out.salt", salt, 16);
    vector_hex_line("out.leaf", leaf, 32);
    vector_want(NULL);
}

static void records(void)
{
    const struct qn_span attributes = TEXT("\x01\x04\x00\x01\x02\x00\x01\x00\x00\x49\xa7\x06"
                                           "140602\x02\x00\x03\x01\x04");
    uint8_t attr_salt[32], attr32[32], object[22 + 32], mark[64];
    mac(attr_salt, k_salt, (struct qn_span[]){LABEL("attr"), TEXT(ID)}, 2);
    hash(attr32, (struct qn_span[]){LABEL("draw1/attr"), {attr_salt, 32}, attributes}, 3);
    begin("salt of attributes", "attr-salt");
    vector_hex_line("salt-key", k_salt, 32);
    vector_span("hex", TEXT(ID));
    end(attr_salt, 32);
    memcpy(object, "\x01\x14" ID, 22);
    memcpy(object + 22, attr32, 32);
    put_record("object", "object-record", ID " 4 0 258 1 18855 140602 3,260;",
               (struct qn_span){object, 54});
    memcpy(mark,
           "\x02\x14" ID "\x01\x04\x07"
           "2021/09",
           32);
    memset(mark + 32, 0xab, 32);
    put_record("mark", "mark-record", ID " 1 4 2021/09 171;", (struct qn_span){mark, 64});
    put_record("inspector", "inspector-record", INSP " 2,513 1 66051;",
               TEXT("\x03\x0e" INSP "\x02\x00\x02\x02\x01\x01\x00\x01\x02\x03"));
    put_record("inspector who is away", "inspector-record", INSP " - 0 0;",
               TEXT("\x03\x0e" INSP "\x00\x00\x00\x00\x00\x00"));
    put_record("recusal", "recusal-record", INSP " " ID ";", TEXT("\x04\x0e" INSP "\x14" ID));
    put_record("drawn by lot", "selected-record", "2 " ID, TEXT("\x05\x02\x14" ID));
    put_record("drawn as a must", "selected-record", "1 " ID, TEXT("\x05\x01\x14" ID));
}

int main(int argc, char **argv)
{
    if (argc != 2 || sodium_init() < 0) {
        fprintf(stderr, "usage: make_vectors_derive DIR\n");
        return 2;
    }
    vector_dir = argv[1];
    for (uint8_t i = 0; i < 32; i++)
        k_salt[i] = i;
    vector_begin("derive", "draw.md and draw-roster.md");
    randomness();
    keys();
    uniforms();
    records();
    vector_end();
    return 0;
}
