/* The connections of a listener: who is cut when time or room runs out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/http/lines.h"

#define MANY (LINES_MAX + 1)

static struct lines lines;
static int theirs[MANY];
static struct line *line[MANY];

static int setup(void **state)
{
    (void)state;
    memset(&lines, 0, sizeof(lines));
    lines_init(&lines);
    for (int i = 0; i < MANY; i++) {
        line[i] = NULL;
        theirs[i] = -1;
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (int i = 0; i < MANY; i++) {
        int ours = line[i] ? line[i]->fd : -1;
        lines_remove(&lines, line[i]);
        if (ours >= 0)
            close(ours);
        if (theirs[i] >= 0)
            close(theirs[i]);
    }
    assert_null(lines.first);
    assert_int_equal(lines.open, 0);
    lines_release(&lines);
    return 0;
}

static void open_line(int i)
{
    int fd[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
    theirs[i] = fd[0];
    line[i] = lines_add(&lines, fd[1]);
    assert_non_null(line[i]);
}

/* As its other side sees it. */
static bool is_cut(int i)
{
    char c;
    return recv(theirs[i], &c, 1, MSG_DONTWAIT) == 0;
}

static const uint8_t *key_of(unsigned n)
{
    static uint8_t key[QN_PUBKEY];
    memset(key, 0, sizeof(key));
    key[0] = (uint8_t)n;
    key[1] = (uint8_t)(n >> 8);
    key[31] = 1;
    return key;
}

static void full_is_fine(void **state)
{
    (void)state;
    for (int i = 0; i < LINES_MAX; i++)
        open_line(i);
    for (int i = 0; i < LINES_MAX; i++)
        assert_false(is_cut(i));
}

static void one_more_cuts_the_oldest(void **state)
{
    (void)state;
    for (int i = 0; i < MANY; i++)
        open_line(i);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(is_cut(i), i == 0);
    assert_int_equal(lines.open, LINES_MAX);
}

static void the_known_stay(void **state)
{
    (void)state;
    open_line(0);
    lines_known(&lines, line[0], key_of(1));
    open_line(1);
    lines_request(&lines, line[1], key_of(1)); /* remembered from the first */
    open_line(2);
    lines_request(&lines, line[2], key_of(2)); /* never seen */
    for (int i = 3; i < MANY; i++)
        open_line(i);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(is_cut(i), i == 2);
}

static void among_known_the_newcomer_goes(void **state)
{
    (void)state;
    for (int i = 0; i < LINES_MAX; i++) {
        open_line(i);
        lines_known(&lines, line[i], key_of(7));
    }
    open_line(LINES_MAX);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(is_cut(i), i == LINES_MAX);
}

static void the_gone_make_room(void **state)
{
    (void)state;
    for (int i = 0; i < LINES_MAX; i++)
        open_line(i);
    int fd = line[5]->fd;
    lines_remove(&lines, line[5]);
    line[5] = NULL;
    close(fd);
    open_line(LINES_MAX);
    assert_false(is_cut(0));
}

/* A millisecond before the bound nothing happens: the reaper's clock may move a little meanwhile. */
static void deadlines(void **state)
{
    (void)state;
    static const struct {
        uint32_t age;
        bool headers_whole, cut;
    } rows[] = {
        {0, false, false},
        {LINES_HEADERS_MS - 1000, false, false},
        {LINES_HEADERS_MS + 1, false, true},
        {LINES_HEADERS_MS + 1, true, false},
        {LINES_REQUEST_MS - 1000, true, false},
        {LINES_REQUEST_MS + 1, true, true},
    };
    const int n = sizeof(rows) / sizeof(rows[0]);
    for (int i = 0; i < n; i++) {
        open_line(i);
        if (rows[i].headers_whole)
            lines_request(&lines, line[i], NULL);
        line[i]->since_ms -= rows[i].age;
    }
    lines_reap(&lines);
    for (int i = 0; i < n; i++)
        assert_int_equal(is_cut(i), rows[i].cut);
    lines_reap(&lines); /* once more: what was cut is not counted twice */
    assert_int_equal(lines.open, 4);
}

static void keys_are_forgotten_in_order(void **state)
{
    (void)state;
    for (unsigned i = 0; i <= LINES_KEYS; i++)
        lines_known(&lines, NULL, key_of(i));
    lines_known(&lines, NULL, key_of(3)); /* held already */
    open_line(0);
    lines_request(&lines, line[0], key_of(0));
    open_line(1);
    lines_request(&lines, line[1], key_of(1));
    open_line(2);
    lines_request(&lines, line[2], key_of(LINES_KEYS));
    assert_false(line[0]->known);
    assert_true(line[1]->known);
    assert_true(line[2]->known);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(full_is_fine),
        T(one_more_cuts_the_oldest),
        T(the_known_stay),
        T(among_known_the_newcomer_goes),
        T(the_gone_make_room),
        T(deadlines),
        T(keys_are_forgotten_in_order),
    };
    return cmocka_run_group_tests_name("lines", tests, NULL, NULL);
}
