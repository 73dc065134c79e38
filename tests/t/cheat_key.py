"""Cheats with the keys that draw, a second custodian's among them, and with the root office's own draws."""
import re

from cheat_log import CHOSEN, EVENT, SLOT, TRUE, order_in_copy, write_down
from cheat_nodes import C, K, P, Cheat

# ---- a second custodian -------------------------------------------------------------------------------------------------


def make_key(w):
    w.key = w.q(K, "cokey", "key", "--out", "co.key", "--kdf-mib", "8")["key"]


def name_key(w, city=C):
    w.q(city, "cokey", "add", "--office", K, "--key", w.key, "--title", "纪检监察组")


def answered(w):
    w.q(K, "cokey", "ask", "--slot", SLOT, "--out", "ask.txt")
    w.q(K, "cokey", "answer", "--order", "ask.txt", "--key", "co.key", "--out", "answer.txt")
    w.q(K, "cokey", "take", "--answer", "answer.txt")


def ordered_with_key(w):
    make_key(w)
    name_key(w)
    w.q(C, "order", "issue", "--office", K)
    w.up()
    answered(w)


def with_custodian(w):
    ordered_with_key(w)
    w.q(K, "draw", "run", "--all")


def with_key_of_copy(w):
    """The order that a copy of the city signs, in which the key is named."""
    make_key(w)
    city = w.copy(C, "city")
    name_key(w, city)
    w.q(city, "order", "issue", "--office", K)
    row = w.newest_order(city)
    w.drop(city)
    return row


def give(w, row):
    w.sign_order(row)
    w.carry(C, K)


def draw_with_key(w):
    answered(w)
    w.q(K, "draw", "run", "--all")


def order_without(w):
    """The city named the custodian, and orders without: the clerk may look first."""
    make_key(w)
    row = order_in_copy(w)
    name_key(w)
    give(w, row)
    w.q(K, "draw", "run", "--all")


def ordered_before(w):
    """The order had come before the custodian was named."""
    make_key(w)
    w.q(C, "order", "issue", "--office", K)
    name_key(w)
    w.up()
    w.q(K, "draw", "run", "--all")


def spoilt_proof(change):
    def commit(w):
        ordered_with_key(w)
        rows = w.honest_draw()
        result = rows["draw_result"][0]
        lines = result["text"].split("\n")
        at = [i for i, line in enumerate(lines) if line.startswith("vrf ")][1]
        lines[at:at + 1] = change(lines[at])
        result["text"] = "\n".join(lines)
        w.write_draw(rows)
    return commit


def nobody_named(w):
    """A key of one's own, which the city never named, makes a second draw of every order."""
    give(w, with_key_of_copy(w))
    draw_with_key(w)


def named_later(w):
    give(w, with_key_of_copy(w))
    name_key(w)
    draw_with_key(w)


def ended(w):
    """The custodian has left and handed the key in; the city orders with it."""
    row = with_key_of_copy(w)
    name_key(w)
    w.q(C, "cokey", "remove", "--office", K, "--key", w.key, "--reason", "调离")
    give(w, row)
    draw_with_key(w)


def on_no_freeze(w, swapped):
    """The order names no freeze; the custodian answers on the one there is. When the result is known the roster is made anew."""
    make_key(w)
    name_key(w)
    row = order_in_copy(w)
    text = re.sub(r"^level \S+", "level unwitnessed", w.order_text(row), flags=re.M)
    w.sign_order(row, re.sub(r"^freeze .*$", "freeze -", text, flags=re.M))
    w.carry(C, K)
    answered(w)
    if swapped:
        w.roster(objects={0: {"登记状态": "注销"}})
        w.q(K, "freeze")
        leaf = w.rows(K, "SELECT leaf FROM entry WHERE kind = 7 AND log = (SELECT no FROM log WHERE office = ?) ORDER BY seq "
                      "DESC LIMIT 1", K)[0]["leaf"]
        w.shell(K, "UPDATE draw_answer SET freeze = X'%s'" % leaf.hex())
    w.q(K, "draw", "run", "--all")


# ---- the root office's own draws ----------------------------------------------------------------------------------------


def root_frozen(w):
    w.plan("own", dict(no="1", levels="city"), by=P)
    w.roster(P)
    w.q(P, "freeze")


def expect_level(w, level):
    shown = {v["level"] for v in w.verify() if v["about"] == "draw" and v["office"] == P}
    assert shown == {level}, shown


def root_lottery(w, line=TRUE, day="2025-08-17"):
    root_frozen(w)
    w.q(P, "order", "issue", "--beacon", EVENT)
    w.day("2025-08-18")
    write_down(w, P, TRUE, "王五", "赵六", day=day)
    if line == TRUE:
        w.q(P, "draw", "run", "--all")
        expect_level(w, "offline" if day > "2025-08-16" else "unwitnessed")
        return
    shadow = w.copy(P, "shadow")
    w.shell(shadow, "UPDATE beacon SET line = '%s'" % line)
    rows = w.draw_rows(shadow, w.q(shadow, "draw", "run", "--all")[0]["draw"], P)
    w.drop(shadow)
    rows["rests on"] = None
    w.write_draw(rows, P)


def root_without(w):
    """No lottery and no level above unwitnessed: whoever signs its own orders is asked for one of both."""
    root_frozen(w)
    assert "order.self" in w.refused(P, "order", "issue", "--level", "witnessed", "--beacon", EVENT)
    assert "order.own-beacon" in w.refused(P, "order", "issue")
    assert w.q(P, "order", "list") == []


CHEATS = [
    Cheat("a second custodian", "", with_custodian, "frozen"),
    Cheat("an order without the custodian", "draw: CONTRIBUTOR_MISSING", order_without, "frozen"),
    Cheat("an order from before the custodian was named", "", ordered_before, "frozen"),
    Cheat("a draw without the custodian", "draw: CONTRIBUTOR_MISSING", spoilt_proof(lambda line: []), "frozen"),
    Cheat("a proof that the custodian never gave", "draw: VRF_INVALID",
          spoilt_proof(lambda line: [re.sub(r".$", lambda m: "10"[m[0] == "1"], line)]), "frozen"),
    Cheat("a custodian whom nobody named", "draw: KEY_NOT_ENROLLED", nobody_named, "frozen"),
    Cheat("a custodian named after the order", "draw: KEY_ENROLLED_LATE", named_later, "frozen"),
    Cheat("a custodian who had left", "draw: KEY_NOT_ENROLLED", ended, "frozen"),
    Cheat("a custodian who answered on the freeze of the draw", "", lambda w: on_no_freeze(w, False), "frozen"),
    Cheat("a freeze that is made when the result is known", "draw: FREEZE_UNBOUND", lambda w: on_no_freeze(w, True), "frozen"),
    Cheat("the root office's own draw", "", root_lottery, "frozen", settles=()),
    Cheat("the root office's own numbers", "draw@14: BEACON_WRONG", lambda w: root_lottery(w, CHOSEN), "frozen", settles=()),
    Cheat("the root office orders when the numbers are known", "draw@14: LEVEL_FALSE BEACON_BEFORE_ORDER",
          lambda w: root_lottery(w, day="2025-08-16"), "frozen", settles=()),
    Cheat("the root office its own witness", "", root_without, "frozen", settles=()),
]
