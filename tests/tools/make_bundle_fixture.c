/* make_bundle_fixture.c - writes the files of tests/data/bundle-1: a bundle of format 1, the keys that open it, its
 * frames, and two sealed parts. Made once; whoever reads bundles of format 1 reads these for ever.
 *
 *   make_bundle_fixture DIR      DIR is empty; the passphrase of the key files is "lone office"                   */
#include <sodium.h>

#include "node/store/act.h"
#include "node/store/file.h"
#include "node/store/log.h"
#include "node/store/part.h"
#include "node/sync/bundle.h"
#include "tests/tools/lone_office.h"
#include "tests/tools/vector_out.h"

#define MUST(call) \
    do { \
        struct qn_err err_ = {.code = QN_OK}, *err = &err_; \
        lone_must((call), err, #call); \
    } while (0)

static void write_acts(struct store *st)
{
    static const uint8_t root[QN_HASH] = {1};
    static const char line[] = "2021-08-16 a licence was issued without a visit. ";
    char facts[2000] = "";
    struct qn_row row;
    for (int i = 0; i < 3; i++) {
        QN_AUTO(act) struct act a = {0};
        MUST(act_open(&a, st, i ? QN_KIND_RESULT : QN_KIND_ROSTER_CLOSE,
                       i ? QN_LANE_RESULT : QN_LANE_BULK, err));
        MUST(act_part(&a, i ? QN_RESTRICTED : QN_SYSTEM, QN_TO_OFFICE, "1406", err));
        row_start(&row, &a, i ? "clue" : "roster_close", act_id(&a), 1);
        if (i) {
            while (i == 2 && strlen(facts) + sizeof(line) < sizeof(facts))
                strcat(facts, line);
            row_text(&row, "receiver_office", "1406");
            row_text(&row, "receiver_kind", "discipline");
            row_text(&row, "receiver", "discipline inspection group");
            row_text(&row, "doc_no", "2021-7");
            row_text(&row, "sent_on", "2021-08-16");
            row_text(&row, "title", "a clue");
            row_text(&row, "facts", i == 1 ? "short enough to stay as it is" : facts);
        } else {
            row_int(&row, "roster", 1);
            row_int(&row, "entries", 0);
            row_int(&row, "rows", 0);
            row_blob(&row, "root", root, sizeof(root));
        }
        row_text(&row, "acted_by", "tester");
        row_text(&row, "recorded_on", "2021-08-16T09:00:00");
        MUST(act_put(&a, &row, err));
        MUST(act_commit(&a, NULL, NULL, err));
    }
}

static enum qn_code put_frame(void *ctx, enum qn_frame_type type, struct qn_span payload,
                              struct qn_err *err)
{
    uint8_t hash[QN_HASH];
    char hex[2 * QN_HASH + 1];
    (void)err;
    crypto_hash_sha256(hash, payload.p, payload.n);
    sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
    fprintf(ctx, "%d %zu %s\n", (int)type, payload.n, hex);
    return QN_OK;
}

static void put_parts(struct lone_office *county, struct lone_office *city)
{
    static const char *const names[] = {"roster", "codec 0, sealed", "codec 1, sealed"};
    const struct qn_cert *to = store_self(city->st);
    struct log log;
    MUST(log_find(&log, county->st, store_origin(county->st), err));
    vector_begin("sealed-part", "entry.md");
    for (uint64_t seq = 1; seq < log.size; seq++) {
        QN_AUTO(log_entry) struct log_entry e = {0};
        QN_AUTO(log_part) struct log_part part = {0};
        QN_AUTO(qn_buf) struct qn_buf room = {0}, opened = {0};
        struct qn_span coded, raw;
        MUST(log_entry_get(&e, county->st, &log, seq, err));
        MUST(log_part_get(&part, county->st, &log, seq, 0, err));
        MUST(part_open(&coded, &opened, qn_buf_span(&part.stored), to->box, keys_box_sk(city->keys),
                       err));
        MUST(part_raw(&raw, &room, &e.h.part[0], coded, err));
        vector_must((int)e.h.part[0].codec == (int)seq - 1, "the codecs are not as named");
        vector_name(names[seq]);
        vector_span("hex", qn_buf_span(&part.stored));
        vector_span("header", qn_buf_span(&e.bytes));
        vector_hex_line("salt", part.salt, QN_SALT);
        vector_hex_line("box-secret", keys_box_sk(city->keys), 32);
        vector_span("out.changeset", raw);
        vector_want(NULL);
    }
    vector_end();
}

int main(int argc, char **argv)
{
    struct lone_root root;
    struct lone_office province, city, county;
    struct exchange_sent sent;
    struct bundle_info info;
    char base[] = "/tmp/qian-fixture-XXXXXX", path[600], to[600], cmd[100];
    vector_must(argc == 2 && mkdtemp(base), "make_bundle_fixture DIR");
    vector_dir = argv[1];
    lone_root_make(&root, "fixture.example");
    lone_office_make(&province, base, "14", NULL, &root);
    lone_office_make(&city, base, "1406", &province, &root);
    lone_office_make(&county, base, "140602", &city, &root);
    write_acts(county.st);
    put_parts(&county, &city);
    snprintf(path, sizeof(path), "%s/up.qb", argv[1]);
    MUST(bundle_make(county.st, &(struct bundle_make){.to = "1406", .path = path}, &sent, err));
    snprintf(to, sizeof(to), "%s/frames.txt", argv[1]);
    FILE *f = fopen(to, "w");
    vector_must(f != NULL, to);
    struct bundle_opener opener = {city.keys, put_frame, f};
    MUST(bundle_open(&opener, path, &info, err));
    vector_must(info.whole && fclose(f) == 0, to);
    const char *const codes[] = {"1406", "140602"};
    for (int i = 0; i < 2; i++) {
        QN_AUTO(qn_buf) struct qn_buf b = {0};
        snprintf(path, sizeof(path), "%s/%s/keys", base, codes[i]);
        snprintf(to, sizeof(to), "%s/%s.keys", argv[1], codes[i]);
        MUST(file_read(&b, path, 1u << 16, err));
        MUST(file_write(to, qn_buf_span(&b), 0644, false, err));
    }
    snprintf(cmd, sizeof(cmd), "rm -rf '%s'", base);
    return system(cmd) != 0;
}
