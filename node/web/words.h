/* words.h - a call's JSON object becomes the words of a command line (web-20): pure, so that anything can be tried on it. */
#ifndef QIAN_NODE_WEB_WORDS_H
#define QIAN_NODE_WEB_WORDS_H

#include <jansson.h>

#include "qian/base.h"

#define WORDS_MAX 4096

/* Words behind each other in one block, the pointers before them: argv is one piece of memory. */
struct command_words {
    struct qn_buf text;
    size_t at[WORDS_MAX];
    unsigned n;
    const char *bad; /* an option that cannot be said */
};
/* The words of "name", the options, and behind "--" what stands under "words". text is fresh, its max set.
 * QN_MALFORMED "web.option".                                                                                       */
QN_MUST_USE enum qn_code command_words_of(struct command_words *w, const char *name, json_t *body,
                                          struct qn_err *err);
/* One block, free()d by the caller: pointers, the last NULL, then words. NULL without memory. */
char **command_argv(const struct command_words *w);
#endif
