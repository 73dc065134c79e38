#include "node/publish/custodian.h"

#include <sodium.h>
#include <string.h>

#include "node/publish/html.h"
#include "protocol/embedded.h"
#include "protocol/wire.h"

/* What the page may say: its own words, and why a question or a copy was refused. */
static const char *const words[] = {
    "custodian.title",      "custodian.what",
    "custodian.start",      "custodian.start-why",
    "custodian.pass-new",   "custodian.pass-again",
    "custodian.make",       "custodian.restore",
    "custodian.question",   "custodian.question-how",
    "custodian.read",       "custodian.about",
    "custodian.office",     "custodian.signer",
    "custodian.slot",       "custodian.kind",
    "custodian.main",       "custodian.supplement",
    "custodian.window",     "custodian.beacon",
    "custodian.none",       "custodian.freeze",
    "custodian.order",      "custodian.once",
    "custodian.answered",   "custodian.pass",
    "custodian.give",       "custodian.answer",
    "custodian.answer-how", "custodian.copy",
    "custodian.copied",     "custodian.copy-by-hand",
    "custodian.done",       "custodian.mine",
    "custodian.mine-how",   "custodian.count",
    "custodian.backup",     "custodian.made",
    "custodian.restored",   "custodian.wait",
    "custodian.short",      "custodian.differ",
    "custodian.has-key",    "custodian.no-storage",
    "cokey.asked",          "cokey.question",
    "cokey.other-order",    "cokey.not-asked",
    "cokey.other-key",      "cokey.keep",
    "cokey.passphrase",     "custodian.refused", /* the last: for any other */
};

static struct qn_span embedded(const char *name)
{
    size_t n;
    const uint8_t *p = embedded_get(name, &n);
    return (struct qn_span){p, n};
}

static void put_digest(struct qn_buf *b, struct qn_span of)
{
    uint8_t digest[QN_HASH];
    char text[sodium_base64_ENCODED_LEN(QN_HASH, sodium_base64_VARIANT_ORIGINAL)];
    wire_sha256(digest, &of, 1);
    sodium_bin2base64(text, sizeof(text), digest, QN_HASH, sodium_base64_VARIANT_ORIGINAL);
    qn_put_str(b, " 'sha256-");
    qn_put_str(b, text);
    qn_put_str(b, "'");
}

static enum qn_code say(struct qn_buf *b, enum text_lang lang, const char *id, struct qn_err *err)
{
    QN_AUTO(qn_buf) struct qn_buf text = {0};
    qn_buf_init(&text, 4096);
    text_put(&text, lang, id, "");
    html_span(b, qn_buf_span(&text));
    return qn_buf_check(&text, err);
}

enum qn_code custodian_page(struct qn_buf *out, enum text_lang lang, struct qn_err *err)
{
    struct qn_span js = embedded("node/publish/custodian.js"), css = embedded("node/publish/custodian.css");
    enum qn_code rc = QN_OK;
    html_raw(out, lang == TEXT_EN ? "<!doctype html>\n<html lang=\"en\">"
                                  : "<!doctype html>\n<html lang=\"zh-CN\">");
    html_raw(out, "<head><meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" "
                  "content=\"default-src 'none'; script-src");
    put_digest(out, js);
    html_raw(out, "; style-src");
    put_digest(out, css);
    html_raw(out, "; base-uri 'none'; form-action 'none'\">\n<meta name=\"viewport\" "
                  "content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" "
                  "content=\"no-referrer\">\n<title>");
    rc = say(out, lang, "custodian.title", err);
    html_raw(out, "</title>\n<style>");
    qn_put_span(out, css);
    html_raw(out, "</style></head>\n<body>\n<noscript><p>");
    if (!rc)
        rc = say(out, lang, "custodian.no-script", err);
    html_raw(out, "</p></noscript>\n");
    qn_put_span(out, embedded("node/publish/custodian.html"));
    html_raw(out, "<div id=\"words\" hidden>\n");
    for (size_t i = 0; !rc && i < sizeof(words) / sizeof(words[0]); i++) {
        html_raw(out, "<span data-word=\"");
        html_str(out, words[i]);
        html_raw(out, "\">");
        rc = say(out, lang, words[i], err);
        html_raw(out, "</span>\n");
    }
    html_raw(out, "</div>\n<script>");
    qn_put_span(out, js);
    html_raw(out, "</script>\n</body></html>\n");
    return rc ? rc : qn_buf_check(out, err);
}
