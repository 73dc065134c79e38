/* A question to a second custodian: the order's id is put right, so that the texts are what is judged. What parses is
 * the same question when it is written again, and as a link.                                                      */
#include <sodium.h>
#include <string.h>

#include "node/draw/cokey.h"
#include "protocol/wire.h"
#include "tests/fuzz/fuzz.h"

#define ID_AT 11 /* behind "draw-ask/1 " */

static void same(const char *text, const struct cokey_question *k, const struct qn_order *order)
{
    static struct qn_order again;
    struct cokey_question q;
    struct qn_err err = {.code = QN_OK};
    HOLDS(cokey_question_parse(&q, &again, text, &err) == QN_OK);
    HOLDS(memcmp(q.order_id, k->order_id, QN_HASH) == 0 &&
          memcmp(q.freeze, k->freeze, QN_HASH) == 0 && strcmp(q.beacon, k->beacon) == 0 &&
          memcmp(again.id, order->id, QN_HASH) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[COKEY_QUESTION], link[COKEY_QUESTION], line[COKEY_LINE];
    static struct qn_order order;
    struct cokey_question k;
    struct qn_err err = {.code = QN_OK};
    if (size >= sizeof(text) || memchr(data, 0, size))
        return 0;
    memcpy(text, data, size);
    text[size] = 0;
    const char *rest = strchr(text, '\n');
    if (rest && rest - text > ID_AT + 2 * QN_HASH) {
        uint8_t id[QN_HASH];
        char hex[2 * QN_HASH + 1];
        struct qn_span body = qn_str(rest + 1);
        wire_sha256(id, &body, 1);
        qn_hex(hex, id, QN_HASH);
        memcpy(text + ID_AT, hex, 2 * QN_HASH);
    }
    enum qn_code rc = cokey_question_parse(&k, &order, text, &err);
    if (rc) {
        IS_REFUSAL(rc, err);
        return 0;
    }
    QN_AUTO(qn_buf) struct qn_buf again = {0};
    qn_buf_init(&again, COKEY_QUESTION - 1);
    cokey_question_line(line, &k);
    qn_put_fmt(&again, "%s\n", line);
    qn_order_text(&again, &order);
    HOLDS(!again.failed && qn_text_copy(text, sizeof(text), qn_buf_span(&again)));
    same(text, &k, &order);
    if (cokey_link(link, "https://example.cn/cokey.html", text, &err) == QN_OK)
        same(link, &k, &order);
    return 0;
}
