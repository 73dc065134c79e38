"""Cheats with the logs, the freezes and the orders."""
import re

from cheat_nodes import C, K, P, S, Cheat, oid

SLOT = "1406/2025/1/1"


def order_in_copy(w, *options):
    """The order that the city's own program signs, in a copy of the city; the city itself has not signed it."""
    shadow = w.copy(C, "shadow")
    w.q(shadow, "order", "issue", "--office", K, *options)
    row = w.newest_order(shadow)
    w.drop(shadow)
    return row


def edited(w, row, pattern, by):
    text, n = re.subn(pattern, by, w.order_text(row), flags=re.M)
    assert n == 1
    return text


# ---- forks ------------------------------------------------------------------------------------------------------------


def a_draw_of_ones_choice(w):
    """A copy made before the draw is edited, and a modified node draws on it again; both come to the city."""
    copy = w.copy(K, "copy")
    w.shell(copy, "UPDATE object SET status = 'deregistered' WHERE object_id = '%s'" % oid(0),
            "UPDATE object SET status = 'deregistered' WHERE object_id = '%s'" % oid(1))
    w.forced(copy)
    w.q(K, "draw", "run", "--all")
    w.carry(K, C)
    w.q(copy, "bundle", "make", "--to", C, "--out", "fork.qb")
    w.q(C, "bundle", "import", "fork.qb", check=False)


def an_order_for_each(w):
    """The city signs one order for the county and another one for the province, at one place of its log."""
    copy = w.copy(C, "copy")
    w.q(copy, "order", "issue", "--office", K)
    w.q(copy, "bundle", "make", "--to", P, "--out", "fork.qb")
    w.q(C, "order", "issue", "--office", K)
    w.carry(C, K)
    w.q(K, "draw", "run", "--all")
    w.report()
    w.q(P, "bundle", "import", "fork.qb", check=False)


# ---- freezes ------------------------------------------------------------------------------------------------------------


def freeze_by_hand(w, office, row, salt):
    """A FREEZE entry of this text; salt None: the county keeps it to itself, in its own table alone."""
    cols = dict(roster=row["roster"], text=re.sub(r"^(roster \d+) \d+", r"\1 %SEQ%", row["text"], flags=re.M))
    parts = [("public", office, [("draw_freeze", cols)])]
    if salt:
        parts.append(("system", office, [("freeze_salt", dict(id={"row": 0}, salt_key=salt))]))
    return w.author(office, "freeze", parts)


def frozen_text(w, *statements):
    """What the county's own program freezes, in a copy of the county whose rows a clerk has edited."""
    shadow = w.copy(K, "shadow")
    if statements:
        w.shell(shadow, *statements)
    w.q(shadow, "freeze")
    row = w.rows(shadow, "SELECT * FROM draw_freeze ORDER BY id DESC LIMIT 1")[0]
    salt = w.one(shadow, "SELECT salt_key FROM freeze_salt ORDER BY id DESC LIMIT 1")
    w.drop(shadow)
    return row, salt


def not_logged(w):
    """The order names a freeze with another hash than the one that the county's log has."""
    row = order_in_copy(w)
    w.sign_order(row, edited(w, row, r"^(freeze \S+ \d+) \S+", r"\1 " + "0" * 63 + "1"))
    w.carry(C, K)
    w.forced(K)


def not_witnessed(w):
    """The city orders on a freeze that it is told of on the telephone, before its parts and headers come."""
    shadow_c, shadow_k = w.copy(C, "shadow"), w.copy(K, "county")
    w.q(shadow_k, "freeze")
    w.carry(shadow_k, shadow_c, to=C)
    w.q(shadow_c, "order", "issue", "--office", K)
    row = w.newest_order(shadow_c)
    w.drop(shadow_c)
    w.swap(K, shadow_k)
    w.sign_order(row, deps=False)
    w.roster(objects={0: {"投诉次数": "1"}})  # more stands behind the freeze before the city cosigns any of it
    w.carry(K, C)
    w.carry(C, K)
    w.forced(K)


def order_before_freeze(w):
    """The same, and the city cosigns it exactly so far: but later than its own order."""
    shadow_c, shadow_k = w.copy(C, "shadow"), w.copy(K, "county")
    w.q(shadow_k, "freeze")
    w.carry(shadow_k, shadow_c, to=C)
    w.q(shadow_c, "order", "issue", "--office", K)
    row = w.newest_order(shadow_c)
    w.drop(shadow_c)
    w.swap(K, shadow_k)
    w.sign_order(row, deps=False)
    w.carry(K, C)
    w.carry(C, K)
    w.q(K, "draw", "run", "--all")


def salt_kept_back(w):
    """The county sends no salt, so that nobody can recompute its roster; the city orders all the same."""
    row, salt = frozen_text(w)
    made = freeze_by_hand(w, K, row, None)
    secret = "INSERT INTO freeze_salt (office, id, rev, salt_key) VALUES ('%s', %d, 1, x'%s')" % (
        K, made["ids"][0], salt.hex())
    w.shell(K, secret)
    w.carry(K, C)
    shadow = w.copy(C, "shadow")
    w.shell(shadow, secret)
    w.q(shadow, "order", "issue", "--office", K)
    order = w.newest_order(shadow)
    w.drop(shadow)
    w.sign_order(order)
    w.carry(C, K)
    w.q(K, "draw", "run", "--all")


def stale(w):
    """The order waits in a drawer until the freeze is out of date; the city's own program would refuse it then."""
    row = order_in_copy(w)
    w.day("2025-10-17")
    w.sign_order(row)
    w.carry(C, K)
    w.q(K, "draw", "run", "--all")


def of_another_day(w, days):
    """The county's clock is set wrong for the freeze; a city that looks away takes the order from a copy of itself,
    for which it was that day already."""
    now = w.clock
    wrong = w.clock = now + 86400 * days
    w.q(K, "freeze")
    if days > 0:
        shadow = w.copy(C, "shadow")
        w.carry(K, shadow, to=C)
        w.q(shadow, "order", "issue", "--office", K)
        row = w.newest_order(shadow)
        w.drop(shadow)
        w.clock = now
        w.carry(K, C, made=wrong)
        w.sign_order(row)
    else:
        w.clock = now
        w.carry(K, C, made=wrong)
        w.q(C, "order", "issue", "--office", K)
    w.carry(C, K)
    w.q(K, "draw", "run", "--all")


def never_frozen(w):
    """A plan of one month; the county sends no freeze before that month is over."""
    w.plan("short", dict(no="1", months=(9, 9)))
    w.carry(C, K)
    w.carry(C, P)
    w.day("2025-10-01")


def level_claimed(w):
    """Called witnessed, and drawn two days after the order."""
    w.q(C, "order", "issue", "--office", K, "--level", "witnessed")
    w.up()
    w.day("2025-08-18")
    w.q(K, "draw", "run", "--all")


# ---- orders -----------------------------------------------------------------------------------------------------------


def never_ordered(w):
    """The first day of the window is over, the county had frozen before, and the city gave no order."""
    w.day("2025-08-20")
    w.plan("short", dict(no="1", months=(9, 12)))
    w.up()
    w.q(K, "freeze")
    w.up()
    w.day("2025-09-02")


def ordered_by_itself(w):
    """The county writes an order into its own log."""
    row = order_in_copy(w)
    w.sign_order(row, office=K)


def for_the_neighbour(w):
    """A neighbour is accused of withholding a draw that nobody ordered."""
    row = w.newest_order(K)
    w.sign_order(row, w.order_text(row).replace("/140602/", "/140622/"), office=K, to=K, drawer=S)
    w.q(K, "draw", "run", "--all")


def signature_bad(w):
    """The order's signature is another's: the city says later that it never signed it."""
    row = order_in_copy(w)
    note = row["note"]
    at = note.rindex("\n") - 10
    row["note"] = note[:at] + ("A" if note[at] != "A" else "B") + note[at + 1:]
    w.sign_order(row, signed=False)
    w.carry(C, K)
    w.forced(K)


def twice_for_one_slot(w):
    """Two orders for one slot: the county draws on the one that suits it."""
    row = order_in_copy(w)
    w.q(C, "order", "issue", "--office", K)
    w.sign_order(row)
    w.carry(C, K)
    w.forced(K)


def another_attempt(w):
    """The draw does not suit, so the city signs a second attempt; an honest county would not take it."""
    row = w.newest_order(C)
    text = w.order_text(row).replace("\nattempt 0 ", "\nattempt 1 ")
    w.sign_order(row, re.sub(r"^nonce \S+", "nonce " + "ab" * 32, text, flags=re.M), attempt=1)
    w.carry(C, K)
    assert "draw.order-duplicate" in w.refused(K, "draw", "run", "--all")
    w.forced(K)


def longer_window(w, drawn):
    """An order whose window never ends: nothing that follows from it is ever late or missing."""
    row = order_in_copy(w)
    w.sign_order(row, edited(w, row, r"^window \S+ \S+", "window 2025-08-16 2099-12-31"))
    w.carry(C, K)
    assert "draw.not-planned" in w.refused(K, "draw", "run", "--all")
    if drawn:
        w.forced(K)


def longer_slot(w):
    """And the plan is made to fit when it is drawn."""
    longer_window(w, True)
    row = w.rows(C, "SELECT * FROM slot WHERE drawer = ?", K)[0]
    row.update(rev=2, window_to="2099-12-31")
    w.author(C, "plan", [("public", C, [("slot", row)], "subtree")])


def nonce_again(w):
    """The nonce of one order is used for another: who knows the first draw, knows what to expect."""
    w.plan("second", dict(no="1"))
    w.q(C, "order", "issue", "--office", K, "--series", "2025")
    nonce = re.search(r"^nonce (\S+)$", w.newest_order(C)["note"], re.M).group(1)
    row = order_in_copy(w, "--series", "second")
    w.sign_order(row, edited(w, row, r"^nonce \S+", "nonce " + nonce))
    w.carry(C, K)
    w.q(K, "draw", "run", "--slot", SLOT)
    w.forced(K, "1406/second/1/1")


def passed_over(w, day):
    """A friend stood in the roster of the 16th; the city waits for the next one, and orders on that of the 16th."""
    shadow = w.copy(C, "shadow")
    w.day("2025-08-17")
    w.q(K, "freeze")
    w.up()
    w.day(day)
    w.q(shadow, "order", "issue", "--office", K)
    row = w.newest_order(shadow)
    w.drop(shadow)
    w.sign_order(row)
    w.carry(C, K)
    w.q(K, "draw", "run", "--all")


# ---- a lottery --------------------------------------------------------------------------------------------------------

EVENT, TRUE, CHOSEN = "ssq 2025095", "ssq 2025095 01 05 12 18 22 30+07", "ssq 2025095 02 05 12 18 22 30+07"


def ordered_on_lottery(w):
    w.q(C, "order", "issue", "--office", K, "--beacon", EVENT)
    w.up()
    w.day("2025-08-18")


def write_down(w, office, line, *people, day="2025-08-17"):
    for person in people:
        w.q(office, "beacon", "record", line, "--drawn-on", day, "--by", person)


def lottery(w, line=TRUE, day="2025-08-17"):
    """The county draws on what two of its own wrote down; two of the province read the announcement."""
    ordered_on_lottery(w)
    write_down(w, K, line, "张三", "李四", day=day)
    w.q(K, "draw", "run", "--all")
    w.up()
    write_down(w, P, TRUE, "王五", "赵六", day=day)


def nobody_wrote_it_down(w):
    """The county throws its own dice, in a copy where two of its own say that these were the numbers."""
    ordered_on_lottery(w)
    shadow = w.copy(K, "shadow")
    write_down(w, shadow, CHOSEN, "张三", "李四")
    draw = w.q(shadow, "draw", "run", "--all")[0]["draw"]
    rows = w.draw_rows(shadow, draw)
    w.drop(shadow)
    w.write_draw(rows)


CHEATS = [
    Cheat("a lottery", "", lottery, "frozen"),
    Cheat("numbers of one's choice", "draw: BEACON_WRONG", lambda w: lottery(w, CHOSEN), "frozen"),
    Cheat("numbers that nobody wrote down", "draw: BEACON_MISMATCH", nobody_wrote_it_down, "frozen"),
    # Who orders when the numbers are known chooses among results: such an order is worth no more than none.
    Cheat("an order when the numbers are known", "draw: LEVEL_FALSE BEACON_BEFORE_ORDER",
          lambda w: lottery(w, day="2025-08-16"), "frozen"),
    # The rival is judged as a draw too: the roster that it was drawn from is not the one frozen.
    Cheat("a draw of one's choice on a copy",
          "draw: LOG_FORK; rival: LOG_FORK QUOTA_WRONG SELECT_MISMATCH PAIR_MISMATCH DRAW_DUPLICATE",
          a_draw_of_ones_choice, settles=()),
    Cheat("another order for each who asks", "draw: LOG_FORK", an_order_for_each, "frozen", settles=()),
    # Who has no freeze that was logged and cosigned in time has no roster that was fixed before the challenge.
    Cheat("a freeze that was never logged", "draw: FREEZE_NOT_LOGGED LEVEL_FALSE", not_logged, "frozen"),
    Cheat("an order before the city has the freeze", "draw: FREEZE_NOT_WITNESSED LEVEL_FALSE", not_witnessed, "planned"),
    Cheat("a freeze that the city cosigned after the order", "draw: LEVEL_FALSE ORDER_BEFORE_FREEZE",
          order_before_freeze, "planned"),
    Cheat("the salt kept back", "draw: FREEZE_DATA_MISSING", salt_kept_back, "planned", at=C, settles=(K,)),
    Cheat("an order that waited", "draw: FREEZE_STALE", stale, "frozen"),
    Cheat("an order on the freeze before the newest", "draw: FREEZE_PASSED_OVER", lambda w: passed_over(w, "2025-08-19"),
          "frozen"),
    Cheat("an order while the newest freeze has only come", "", lambda w: passed_over(w, "2025-08-17"), "frozen"),
    Cheat("a freeze of three days to come", "draw: FREEZE_DATE", lambda w: of_another_day(w, 3), "planned"),
    Cheat("a freeze of three days ago", "", lambda w: of_another_day(w, -3), "planned"),
    # The neighbour has not frozen either.
    Cheat("no freeze within the window", "no-order: FREEZE_MISSING; no-order@140622: FREEZE_MISSING", never_frozen,
          "planned"),
    Cheat("called witnessed, drawn two days later", "draw: LEVEL_FALSE", level_claimed, "frozen"),
    Cheat("no order", "no-order: ORDER_MISSING", never_ordered),
    Cheat("an order in the county's own log", "rows: ORDER_FORGED", ordered_by_itself, "frozen"),
    Cheat("an order for a neighbour", "rows: ORDER_FORGED", for_the_neighbour),
    Cheat("an order with another's signature", "draw: ORDER_SIG_BAD", signature_bad, "frozen"),
    # Both orders are named: the one that was drawn on, and the one that stays open.
    Cheat("two orders for a slot", "draw: ORDER_DUPLICATE; waiting: ORDER_DUPLICATE", twice_for_one_slot, "frozen"),
    # Both draws are named: the slot has one order.
    Cheat("a second attempt", "draw: ORDER_DUPLICATE; draw: ORDER_DUPLICATE", another_attempt, "drawn"),
    Cheat("a window that never ends", "draw: PLAN_NOT_LOGGED", lambda w: longer_window(w, True), "frozen"),
    Cheat("a window that never ends, and no draw", "waiting: PLAN_NOT_LOGGED", lambda w: longer_window(w, False), "frozen"),
    Cheat("a plan that is made to fit the order", "draw: PLAN_NOT_LOGGED", longer_slot, "frozen"),
    Cheat("a nonce that was used before", "draw: NONCE_REUSED; draw: NONCE_REUSED", nonce_again, "frozen"),
]
