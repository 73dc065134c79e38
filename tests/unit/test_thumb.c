/* test_thumb.c - small pictures: a photograph gives one; whatever is wrong with it or with the decoder gives none, soon. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "node/store/file.h"
#include "node/store/vault.h"
#include "node/work/thumb.h"

#define WIDE 1600
#define HIGH 1200

static char dir[] = "/tmp/qian-thumb.XXXXXX";
static struct qn_buf photo; /* as a camera gives it: WIDE x HIGH */

static char *in_dir(char path[300], const char *name)
{
    snprintf(path, 300, "%s/%s", dir, name);
    return path;
}

static int setup(void **state)
{
    char ppm[300], jpeg[300], line[700];
    struct qn_err err;
    (void)state;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(chdir(dir), 0); /* where the programs begin, too */
    FILE *f = fopen(in_dir(ppm, "photo.ppm"), "wb");
    assert_non_null(f);
    fprintf(f, "P6\n%d %d\n255\n", WIDE, HIGH);
    for (int y = 0; y < HIGH; y++)
        for (int x = 0; x < WIDE; x++) {
            fputc(x * 255 / WIDE, f);
            fputc(y * 255 / HIGH, f);
            fputc((x / 40 + y / 40) % 2 ? 200 : 30, f);
        }
    assert_int_equal(fclose(f), 0);
    if (thumb_fit() != THUMB_MADE)
        return 0;
    snprintf(line, sizeof(line), "%s -quality 90 -outfile %s %s", THUMB_ENCODER,
             in_dir(jpeg, "photo.jpg"), ppm);
    assert_int_equal(system(line), 0);
    assert_int_equal(file_read(&photo, jpeg, 16u << 20, &err), QN_OK);
    return 0;
}

static int teardown(void **state)
{
    char line[400];
    (void)state;
    qn_buf_release(&photo);
    snprintf(line, sizeof(line), "rm -rf %s", dir);
    return system(line);
}

/* A machine without the programs or without Landlock makes none, and that is all right. */
static void must_be_fit(void)
{
    if (thumb_fit() != THUMB_MADE)
        skip();
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static unsigned descriptors(void)
{
    unsigned n = 0;
    for (int fd = 0; fd < 1024; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static void nobody_is_left(void)
{
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

/* None, within max seconds, and neither a process nor a descriptor is left behind. */
static void gives_none(struct qn_span jpeg, const struct thumb_options *o, double max)
{
    struct qn_buf out;
    unsigned open_before = descriptors();
    double start = seconds();
    assert_int_equal(thumb_make(&out, jpeg, o), THUMB_NONE);
    assert_true(seconds() - start < max);
    assert_null(out.p);
    nobody_is_left();
    assert_int_equal(descriptors(), open_before);
}

static struct qn_span all(void)
{
    return qn_buf_span(&photo);
}

/* Height and width stand behind the start of the frame. */
static void measure(struct qn_span b, unsigned *wide, unsigned *high)
{
    for (size_t i = 2; i + 8 < b.n; i += 2u + (unsigned)(b.p[i + 2] << 8 | b.p[i + 3]))
        if (b.p[i + 1] == 0xc0 || b.p[i + 1] == 0xc2) {
            *high = (unsigned)(b.p[i + 5] << 8 | b.p[i + 6]);
            *wide = (unsigned)(b.p[i + 7] << 8 | b.p[i + 8]);
            return;
        }
    fail();
}

static void a_photo_becomes_small(void **state)
{
    QN_AUTO(qn_buf) struct qn_buf out = {0};
    unsigned wide, high, open_before = descriptors();
    (void)state;
    must_be_fit();
    assert_int_equal(thumb_make(&out, all(), NULL), THUMB_MADE);
    assert_true(out.n > 100 && out.n <= THUMB_MAX && out.n < photo.n);
    assert_string_equal(vault_media(qn_buf_span(&out)), "image/jpeg");
    measure(qn_buf_span(&out), &wide, &high);
    assert_int_equal(wide, WIDE / 8);
    assert_int_equal(high, HIGH / 8);
    nobody_is_left();
    assert_int_equal(descriptors(), open_before);
}

static void other_bytes_are_not_tried(void **state)
{
    static const uint8_t png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 0};
    static const uint8_t start[] = {0xff, 0xd8, 0xff, 0xe0, 0, 16, 'J', 'F', 'I', 'F'};
    static const char *const others[] = {"", "%PDF-1.7", "P6 1 1 255 abc", "GIF89a"};
    (void)state;
    must_be_fit();
    gives_none((struct qn_span){png, sizeof(png)}, NULL, 2);
    gives_none((struct qn_span){start, sizeof(start)}, NULL, 2);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        gives_none(qn_str(others[i]), NULL, 2);
    struct qn_span part = all();
    for (unsigned i = 1; i <= 4; i++) {
        part.n = photo.n * i / 5;
        gives_none(part, NULL, 3);
    }
}

/* A few bytes that claim to be a picture of four thousand million points; and the same of several scans. */
static void a_bomb_gives_none(void **state)
{
    static const uint8_t size[] = {0xfd, 0xe8, 0xfd, 0xe8}; /* 65,000 x 65,000 */
    QN_AUTO(qn_buf) struct qn_buf bomb = {0};
    (void)state;
    must_be_fit();
    for (unsigned marker = 0xc0; marker <= 0xc2; marker += 2) {
        qn_buf_release(&bomb);
        qn_buf_init(&bomb, 16u << 20);
        qn_put_span(&bomb, all());
        bool found = false;
        for (size_t i = 2; !found && i + 8 < bomb.n;
             i += 2u + (unsigned)(bomb.p[i + 2] << 8 | bomb.p[i + 3]))
            if (bomb.p[i + 1] == 0xc0) {
                bomb.p[i + 1] = (uint8_t)marker;
                memcpy(bomb.p + i + 5, size, sizeof(size));
                found = true;
            }
        assert_true(found);
        gives_none(qn_buf_span(&bomb), NULL, 8);
    }
}

static void write_script(char path[300], const char *name, const char *text)
{
    FILE *f = fopen(in_dir(path, name), "w");
    assert_non_null(f);
    fprintf(f, "#!/bin/sh\n%s\n", text);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, 0700), 0);
}

/* Programs that do what they should not, in the place of one or the other. */
static void a_bad_program_gives_none(void **state)
{
    static const struct {
        const char *what, *text;
        double max;
    } bad[] = {
        {"sleeps", "exec sleep 60", 1.9},
        {"ends its output and sleeps", "exec >/dev/null; exec sleep 60", 1.9},
        {"writes nothing", "exit 0", 2},
        {"passes its input on and fails", "cat; exit 1", 2},
        {"writes without an end", "exec yes", 1.9},
        {"writes too much and ends", "exec head -c 200000 /usr/bin/djpeg", 1.9},
        {"crashes", "kill -SEGV $$", 2},
        {"works for ever", "while :; do :; done", 1.9},
    };
    char path[300];
    (void)state;
    must_be_fit();
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        write_script(path, "bad", bad[i].text);
        struct thumb_options decoder = {path, THUMB_ENCODER, 700};
        struct thumb_options encoder = {THUMB_DECODER, path, 700};
        print_message("%s\n", bad[i].what);
        gives_none(all(), &decoder, bad[i].max);
        gives_none(all(), &encoder, bad[i].max);
    }
}

#define PYTHON(does) \
    "exec /usr/bin/python3 -IS -c 'import os, socket; " does \
    "; os.execv(\"/usr/bin/djpeg\", [\"djpeg\", \"-scale\", \"1/8\"])'"

/* Neither the node's files nor its environment nor its descriptors are theirs; nor can they write. */
static void it_sees_nothing(void **state)
{
    static const struct {
        const char *text;
        enum thumb told;
    } looks[] = {
        {"[ -e /usr/bin/djpeg ]", THUMB_MADE},
        {"read x <secret", THUMB_NONE},
        {"read x </etc/passwd", THUMB_NONE},
        {"echo x >secret", THUMB_NONE},
        {"[ -n \"$QIAN_PASSPHRASE_FILE$HOME\" ]", THUMB_NONE},
        {"echo >&9", THUMB_NONE},
        {PYTHON("pass"), THUMB_MADE},
        {PYTHON("socket.socket(socket.AF_UNIX)"), THUMB_NONE},
        {PYTHON("socket.socket()"), THUMB_NONE},
        {PYTHON("os.kill(os.getppid(), 0)"), THUMB_NONE},
        {PYTHON("os.fork()"), THUMB_NONE},
        {PYTHON("os.chmod(\"secret\", 0o644)"), THUMB_NONE},
        {PYTHON("os.truncate(\"secret\", 0)"), THUMB_NONE},
        {PYTHON("open(\"new\", \"w\")"), THUMB_NONE},
        {PYTHON("os.listdir(\".\")"), THUMB_NONE},
    };
    static const uint8_t secret[] = "a secret\n";
    char path[300], text[500];
    struct qn_err err;
    (void)state;
    must_be_fit();
    setenv("QIAN_PASSPHRASE_FILE", "/tmp/pass", 1);
    assert_int_equal(
        file_write("secret", (struct qn_span){secret, sizeof(secret) - 1}, 0600, true, &err),
        QN_OK);
    int nine = fcntl(1, F_DUPFD, 9);
    for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
        QN_AUTO(qn_buf) struct qn_buf out = {0};
        snprintf(text, sizeof(text), "%s || exit 1\nexec %s -strict -scale 1/8", looks[i].text,
                 THUMB_DECODER);
        write_script(path, "looks", text);
        struct thumb_options o = {path, THUMB_ENCODER, 4000};
        print_message("%s\n", looks[i].text);
        assert_int_equal(thumb_make(&out, all(), &o), looks[i].told);
        nobody_is_left();
    }
    close(nine);
    struct stat s;
    assert_int_equal(stat("secret", &s), 0);
    assert_int_equal(s.st_size, sizeof(secret) - 1);
    assert_int_equal(s.st_mode & 0777, 0600);
}

static void without_a_program_none(void **state)
{
    struct thumb_options o = {"/nonexistent/djpeg", THUMB_ENCODER, 1000};
    static const uint8_t start[] = {0xff, 0xd8, 0xff, 0xe0, 0, 16};
    struct qn_buf out;
    (void)state;
    assert_int_equal(thumb_make(&out, (struct qn_span){start, sizeof(start)}, &o),
                     THUMB_NO_PROGRAM);
    assert_null(out.p);
}

/* ---- kept ------------------------------------------------------------------------------------------------------ */

static bool kept(const uint8_t sha256[QN_HASH], size_t *n)
{
    QN_AUTO(qn_buf) struct qn_buf b = {0};
    struct qn_err err;
    bool there = vault_thumb(&b, dir, sha256, THUMB_MAX, &err) == QN_OK;
    *n = b.n;
    return there;
}

static void it_is_kept_beside_the_files(void **state)
{
    QN_AUTO(vault_file) struct vault_file v = {.size = 0};
    char path[300];
    struct qn_err err;
    enum thumb told;
    struct qn_buf out = {0};
    size_t n, again;
    (void)state;
    must_be_fit();
    assert_int_equal(vault_import(&v, dir, in_dir(path, "photo.jpg"), 0, &err), QN_OK);
    assert_false(kept(v.sha256, &n));
    assert_int_equal(thumb_of(&out, &told, dir, v.sha256, false, &err), QN_OK);
    assert_int_equal(told, THUMB_MADE);
    assert_true(kept(v.sha256, &n) && n == out.n);
    qn_buf_release(&out);
    /* What is kept and is no picture is made again; that there is none is believed until it is asked for again. */
    assert_int_equal(vault_thumb_put(dir, v.sha256, qn_str("<html>"), &err), QN_OK);
    assert_int_equal(thumb_of(&out, &told, dir, v.sha256, false, &err), QN_OK);
    assert_true(told == THUMB_MADE && out.n == n);
    qn_buf_release(&out);
    assert_int_equal(vault_thumb_put(dir, v.sha256, qn_str("-"), &err), QN_OK);
    assert_int_equal(thumb_of(&out, &told, dir, v.sha256, false, &err), QN_OK);
    assert_true(told == THUMB_NONE && !out.p);
    assert_int_equal(thumb_of(&out, &told, dir, v.sha256, true, &err), QN_OK);
    assert_true(told == THUMB_MADE && kept(v.sha256, &again) && again == n);
    qn_buf_release(&out);
    /* It goes with its file. */
    assert_int_equal(vault_remove(dir, v.sha256, &err), QN_OK);
    assert_false(kept(v.sha256, &n));
    assert_int_equal(thumb_of(&out, &told, dir, v.sha256, false, &err), QN_ABSENT);
}

static void a_damaged_file_gives_none(void **state)
{
    QN_AUTO(vault_file) struct vault_file v = {.size = 0};
    char path[300], at[300], hex[2 * QN_HASH + 1];
    struct qn_err err;
    enum thumb told;
    struct qn_buf out = {0};
    size_t n;
    (void)state;
    must_be_fit();
    assert_int_equal(vault_import(&v, dir, in_dir(path, "photo.jpg"), 0, &err), QN_OK);
    qn_hex(hex, v.sha256, QN_HASH);
    snprintf(at, sizeof(at), "%s/files/%.2s/%s", dir, hex, hex + 2);
    int fd = open(at, O_WRONLY);
    assert_int_equal(pwrite(fd, "x", 1, (off_t)v.size / 2), 1);
    close(fd);
    assert_int_equal(thumb_of(&out, &told, dir, v.sha256, false, &err), QN_UNVERIFIED);
    assert_string_equal(err.id, "evidence.not-whole");
    assert_true(!out.p && !kept(v.sha256, &n));
}

static void they_take_no_more_than_their_room(void **state)
{
    uint8_t sha256[QN_HASH] = {0x77};
    struct qn_err err;
    unsigned there = 0;
    size_t n;
    (void)state;
    for (unsigned i = 0; i <= VAULT_THUMBS; i++) {
        sha256[1] = (uint8_t)i;
        assert_int_equal(vault_thumb_put(dir, sha256, qn_str("-"), &err), QN_OK);
        assert_true(kept(sha256, &n));
    }
    for (unsigned i = 0; i <= VAULT_THUMBS; i++) {
        sha256[1] = (uint8_t)i;
        there += kept(sha256, &n);
    }
    assert_int_equal(there, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_photo_becomes_small),
        cmocka_unit_test(other_bytes_are_not_tried),
        cmocka_unit_test(a_bomb_gives_none),
        cmocka_unit_test(a_bad_program_gives_none),
        cmocka_unit_test(it_sees_nothing),
        cmocka_unit_test(without_a_program_none),
        cmocka_unit_test(it_is_kept_beside_the_files),
        cmocka_unit_test(a_damaged_file_gives_none),
        cmocka_unit_test(they_take_no_more_than_their_room),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
