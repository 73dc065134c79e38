/* swap.h - one text in many variants: a row of a test names what stands in the sound text and what stands there
 * instead, so that it breaks one thing only. */
#ifndef QIAN_TESTS_SWAP_H
#define QIAN_TESTS_SWAP_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "qian/base.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* out: sound with the one place where `what` stands replaced by `with`. what NULL: unchanged. */
static inline void swap_in(struct qn_buf *out, const char *sound, const char *what,
                           const char *with)
{
    if (!what) {
        qn_put_str(out, sound);
        return;
    }
    const char *at = strstr(sound, what);
    assert_non_null(at);
    assert_null(strstr(at + 1, what));
    qn_put(out, sound, (size_t)(at - sound));
    qn_put_str(out, with);
    qn_put_str(out, at + strlen(what));
}

/* want: NULL for QN_OK, else "id" or "id args" of the refusal. */
static inline void expect_verdict(enum qn_code rc, const struct qn_err *err, const char *want)
{
    if (!want) {
        if (rc)
            fail_msg("refused: %s %s", err->id, err->args);
        return;
    }
    char got[sizeof(err->id) + sizeof(err->args) + 1];
    assert_int_not_equal(rc, QN_OK);
    assert_int_equal(rc, err->code);
    strcpy(got, err->id);
    if (strchr(want, ' ')) {
        strcat(got, " ");
        strcat(got, err->args);
    }
    assert_string_equal(got, want);
}
#endif
