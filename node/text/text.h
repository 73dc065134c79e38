/* text.h - the message catalogue: every sentence a person sees, Chinese first, English beside it.
 *
 * Sentences live in node/text/<area>.txt, compiled in. An id without a sentence shows itself with its
 * args, so nothing is ever swallowed; scripts/check-messages keeps that from being released.
 * Values are escaped: control characters never reach a terminal or a page as such.             */
#ifndef QIAN_NODE_TEXT_H
#define QIAN_NODE_TEXT_H

#include "qian/base.h"

enum text_lang { TEXT_ZH, TEXT_EN };
enum text_lang text_lang_of(const char *name); /* "en", "en_US.UTF-8": English; all else: Chinese */
bool text_lang_known(const char *name);        /* whether it is either */

/* Writes the sentence of id with {key} replaced from args "key=value|key=value"; always NUL-ended. */
void text_render(char *out, size_t cap, enum text_lang lang, const char *id, const char *args);
void text_error(char *out, size_t cap, enum text_lang lang, const struct qn_err *err);
/* The same into a buffer of any length, for pages. */
void text_put(struct qn_buf *out, enum text_lang lang, const char *id, const char *args);
bool text_has(const char *id);
/* SPEC web-88: "names no command and no option". Whether this thread speaks to who reads a page: there the sentence of
 * "ID.web" counts where there is one, and a command ("qian backup create") and an option ("--reason") are said by their
 * names in words (call.*, opt.*). false at first. Returns what it was.                                             */
bool text_for_pages(bool on);
/* A value from outside as sentences show it: what could act on a terminal, hide or turn the writing direction is
 * written as \xNN or \uNNNN. */
void text_value(struct qn_buf *out, struct qn_span value);

#endif
