"""Cheats with the roster: what was frozen is not what was sent, or not what was so."""
from cheat_nodes import C, K, Cheat, oid


def other_rows(w):
    """The county freezes rows that a clerk edited, and sends those that it had; the city looks away."""
    edit = "UPDATE object SET risk_class = 'A' WHERE object_id = '%s'" % oid(0)
    w.shell(K, edit)
    w.q(K, "freeze")
    w.carry(K, C)
    shadow = w.copy(C, "shadow")
    w.shell(shadow, edit)
    w.q(shadow, "order", "issue", "--office", K)
    row = w.newest_order(shadow)
    w.drop(shadow)
    w.sign_order(row)
    w.carry(C, K)
    w.q(K, "draw", "run", "--all")


def version_before(w):
    """A new version puts a friend out of class C's company; the county freezes the one before it."""
    w.roster(objects={0: {"信用风险分类": "A"}})
    close = w.rows(K, "SELECT * FROM roster_close ORDER BY roster DESC LIMIT 1")[0]
    assert close["roster"] == 2
    shadow = w.copy(K, "shadow")
    w.shell(shadow, "DELETE FROM roster_close WHERE roster = 2")
    w.q(shadow, "freeze")
    w.swap(K, shadow)
    w.carry(K, C)
    w.q(C, "order", "issue", "--office", K)
    w.carry(C, K)
    w.q(K, "draw", "run", "--all")


def row_behind_the_freeze(w):
    """After the draw a business that was drawn is out of business in the roster that it was drawn from."""
    row = w.rows(K, "SELECT * FROM object WHERE object_id = (SELECT min(object_id) FROM draw_selected)")[0]
    row.update(rev=2, status="deregistered", reason="更正")
    w.author(K, "roster", [("system", K, [("object", row)])])


def out_for_a_day(w, days):
    """A friend is out of business while the roster is frozen, and back in it afterwards."""
    w.day("2025-08-17")
    w.roster(objects={0: {"登记状态": "注销"}})
    w.q(K, "freeze")
    w.up()
    w.q(C, "order", "issue", "--office", K)
    w.up()
    w.q(K, "draw", "run", "--all")
    w.up()
    w.clock += 86400 * days
    w.roster()


def capped(w):
    """Once a year at most; the county's roster says of nobody that it was inspected."""
    draw = w.draws()[0]
    w.record(draw, w.targets(draw)[0]["object"])
    w.day("2025-08-17")
    w.q(K, "freeze")
    w.plan("capped", dict(no="1", cap="1", strata="1/1 1 true"))
    w.up()
    w.q(C, "order", "issue", "--office", K, "--series", "capped")
    w.up()
    w.q(K, "draw", "run", "--all")


CHEATS = [
    Cheat("rows other than those that were sent", "draw: ROOT_MISMATCH", other_rows, "planned"),
    Cheat("a freeze of the version before", "draw: ROSTER_OLD", version_before, "planned"),
    Cheat("a row behind the freeze", "rows: ROSTER_LATE", row_behind_the_freeze, "drawn"),
    Cheat("out of business for a day", "draw: STATUS_FLIPPED", lambda w: out_for_a_day(w, 30), "planned"),
    Cheat("out of business for two months", "", lambda w: out_for_a_day(w, 61), "planned"),
    Cheat("inspected already, and drawn", "draw: CAP_WRONG", capped, "drawn"),
]
