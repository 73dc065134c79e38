"""Cheats with the draw itself: the county's own program drew, and a modified one signs something else."""
import re

from cheat_nodes import C, K, P, Cheat, oid


def spoilt(change):
    """A cheat: the rows of the honest draw, changed before they are signed."""
    def commit(w):
        rows = w.honest_draw()
        change(rows)
        w.write_draw(rows)
    return commit


def text(pattern, by):
    """The result's text, with the first place of the pattern replaced."""
    def change(rows):
        row = rows["draw_result"][0]
        row["text"], n = re.subn(pattern, by, row["text"], count=1, flags=re.M)
        assert n == 1
    return spoilt(change)


def number(pattern, add):
    return text(pattern, lambda m: m.group(1) + str(int(m.group(2)) + add) + m.group(3))


def flip(pattern):
    """The last hexadecimal digit of what the pattern's group 1 finds."""
    return text(pattern, lambda m: m.group(1)[:-1] + "%x" % (int(m.group(1)[-1], 16) ^ 1) + m.group(2))


def a_friend_less(rows):
    """A friend is taken off the list, somebody else stands there."""
    drawn = {r["object_id"] for r in rows["draw_selected"]}
    for i, r in enumerate(rows["draw_selected"]):
        for other in sorted(oid(n) for n in range(40)):
            before = rows["draw_selected"][i - 1]["object_id"] if i else ""
            after = rows["draw_selected"][i + 1]["object_id"] if i + 1 < len(rows["draw_selected"]) else "~"
            if other not in drawn and before < other < after:
                r["object_id"] = other
                return
    raise AssertionError


def two_rows_swapped(rows):
    a, b = rows["draw_selected"][:2]
    a["object_id"], b["object_id"] = b["object_id"], a["object_id"]
    a["salt"], b["salt"] = b["salt"], a["salt"]


def friends_in_the_pairs(rows):
    """In the list of who goes and in the dispatch rows: a friend of the house goes to every third business."""
    pairs = rows["draw_pairs"][0]
    one, two = "140602/JS000", "140602/JS001"
    lines = pairs["text"].split("\n")
    for i, line in enumerate(lines):
        if line.startswith("visit ") and one not in line and two not in line:
            lines[i] = re.sub(r"0:\S+", "0:" + one, line)
            pairs["text"] = "\n".join(lines)
            return
    raise AssertionError


def friends_sent(rows):
    rows["dispatch"][0]["inspectors"] = "140602/JS900 甲;140602/JS901 乙"


def nobody_sent(rows):
    del rows["dispatch"][0]


def another_order(rows):
    rows["draw_result"][0]["order_seq"] += 1


def no_order(w):
    """The draw names the first entry of the city's log, which is no order."""
    rows = w.honest_draw()
    row = rows["draw_result"][0]
    row["order_seq"] = 0
    row["text"] = re.sub(r"^(order \S+) \d+", r"\1 0", row["text"], flags=re.M)
    w.write_draw(rows)


def one_order_two_draws(w):
    """The first draw stands; a second one, with a business less to its taste, is written behind it."""
    rows = w.honest_draw()
    w.q(K, "draw", "run", "--all")
    a_friend_less(rows)
    w.write_draw(rows)


def the_same_twice(w):
    """The same draw again is no cheat: nothing was chosen."""
    rows = w.honest_draw()
    w.q(K, "draw", "run", "--all")
    w.write_draw(rows)


def with_rules(what, **scope):
    """A draw under a further plan whose rules show something."""
    def commit(w):
        w.plan("odd", dict(no="1", **scope))
        w.up()
        w.q(C, "order", "issue", "--office", K)
        w.up()
        w.q(K, "draw", "run", "--all")
    return commit


def lengthened(w):
    """The head that it saw is a thousand entries further on; what the city writes next shows how long its log was."""
    number(r"^(seen \S+ )(\d+)( )", 1000)(w)
    w.carry(K, C)
    w.plan("later", dict(no="1"))


def late(w):
    """The window is over, and the two weeks for the stick; then it draws."""
    w.q(C, "order", "issue", "--office", K, "--to", "2025-08-31")
    w.up()
    w.day("2025-09-15")
    w.q(K, "draw", "run", "--all")


def withheld(w):
    w.q(C, "order", "issue", "--office", K, "--to", "2025-08-31")
    w.up()
    w.day("2025-09-15")


def in_time(w):
    w.q(C, "order", "issue", "--office", K, "--to", "2025-08-31")
    w.up()
    w.day("2025-09-14")


def stuck(w, head, end):
    """A draw that rests on a head which the city's log never had: nobody can apply it. The city waives it in the end."""
    if end:
        w.q(C, "order", "issue", "--office", K, "--to", "2025-08-31")
        w.up()
    rows = w.honest_draw()
    rows["rests on"] = head(rows["rests on"])
    made = w.write_draw(rows)
    w.up()
    if end:
        w.q(C, "quarantine", "waive", w.origin(K), made["seq"], "--reason", "所据的日志头从未有过")
        w.day("2025-09-15")
        w.q(K, "freeze")
        w.up()
        assert w.one(P, "SELECT count(*) FROM draw_freeze WHERE office = ?", K) > 1, "the lane goes on"


def hidden(w):
    """The county orders its own draw forgotten: personal data, it says."""
    w.q(K, "draw", "run", "--all")
    seq = w.one(K, "SELECT max(seq) FROM entry WHERE kind = 9")
    for part in (0, 1):
        w.q(K, "redact", "order", K, seq, part, "--basis", "PIPL 47", "--reason", "删除", "--by", "张三")


CHEATS = [
    Cheat("the honest draw", "", spoilt(lambda rows: None)),
    Cheat("a text of another version", "draw: DRAW_MALFORMED", text("^draw-result/1$", "draw-result/2")),
    Cheat("a text of another log", "draw: DRAW_MALFORMED", text(r"\A(draw-result/1\n\S+)/140602/", r"\1/140622/")),
    Cheat("a column that names another order", "draw: DRAW_MALFORMED", spoilt(another_order)),
    Cheat("an entry that is no order", "draw: ORDER_NOT_LOGGED", no_order),
    Cheat("a head that the city's log never had", "draw: SEEN_FALSE", lengthened),
    Cheat("a root that the city's log never had", "draw: SEEN_FALSE", flip(r"^(seen \S+ \d+ \S+)($)")),
    Cheat("a draw on a head with another root", "rows: SEEN_FALSE",
          lambda w: stuck(w, lambda h: [h[0], h[1], "ab" * 32], False)),
    Cheat("a draw on a head that never will be", "rows: SEEN_FALSE",
          lambda w: stuck(w, lambda h: [h[0], h[1] + 1000, h[2]], False), at=C),
    Cheat("a draw that nobody can apply, to its end", "no-draw: DRAW_WITHHELD; rows: SEEN_FALSE",
          lambda w: stuck(w, lambda h: [h[0], h[1], "ab" * 32], True), "frozen"),
    Cheat("a beacon that nobody named", "draw: BEACON_WRONG",
          text("^beacon -$", "beacon ssq 2026133 01 05 12 18 22 30+07")),
    Cheat("another order id", "draw: ALPHA_MISMATCH", flip(r"^(order \S+ \d+ \S+)($)")),
    Cheat("a proof that does not hold", "draw: VRF_INVALID", flip(r"^(vrf \S+ \S+)($)")),
    Cheat("another key than the order's", "draw: CONTRIBUTOR_MISSING", flip(r"^(vrf \S+)( )")),
    Cheat("another freeze than the order's", "draw: ROOT_MISMATCH", flip(r"^(freeze \S+ \d+ \S+)($)")),
    Cheat("a larger base", "draw: QUOTA_WRONG", number(r"^(stratum 1 2 )(\d+)( )", 1)),
    Cheat("a cut-off that is not", "draw: SELECT_MISMATCH", flip(r"^(stratum 1 1 \d+ \d+ \d+ \S+)($)")),
    Cheat("a friend taken off the list", "draw: SELECT_MISMATCH", spoilt(a_friend_less)),
    # The root in the text is of the list in its order, so it is not that of these rows.
    Cheat("a list out of order", "draw: UNSORTED_OR_DUP SELECT_MISMATCH", spoilt(two_rows_swapped)),
    Cheat("friends in the pairs", "draw: PAIR_MISMATCH", spoilt(friends_in_the_pairs)),
    Cheat("friends are sent", "draw: DISPATCH_MISMATCH", spoilt(friends_sent)),
    Cheat("nobody is sent", "draw: DISPATCH_MISMATCH", spoilt(nobody_sent)),
    # The second is judged as a draw too: its list is not what the seed gives.
    Cheat("two draws on one order", "draw: SELECT_MISMATCH DRAW_DUPLICATE", one_order_two_draws),
    Cheat("the same draw twice", "", the_same_twice),
    Cheat("a pool smaller than the rules ask for", "draw: POOL_TOO_SMALL", with_rules("pool", pool="9"), "frozen"),
    Cheat("nobody with the qualification", "draw: PAIR_UNFILLED", with_rules("role", roles="2 2"), "frozen"),
    Cheat("more visits than the load", "draw: OVERCAP", with_rules("load", load="1"), "frozen"),
    Cheat("a draw after its time", "draw: DRAW_LATE VISIT_MISSING", late, "frozen"),
    Cheat("an order on which nobody drew", "no-draw: DRAW_WITHHELD", withheld, "frozen"),
    Cheat("the last of its days", "", in_time, "frozen"),
    Cheat("a draw that its office hides", "rows: DRAW_FORGOTTEN", hidden),
]
