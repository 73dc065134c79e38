"""Cheats with the roster: what was frozen is not what was sent, or not what was so."""
from cheat_nodes import C, K, P, S, Cheat, oid


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


# ---- the register of record -------------------------------------------------------------------------------------------


def down(w):
    w.carry(P, C)
    w.carry(C, K)


def against(w, n=40, inspectors=8, **change):
    """The province has registers that differ from the county's roster, which is frozen and drawn from as it is."""
    w.register(n=n, inspectors=inspectors, **change)
    down(w)
    w.q(K, "freeze")
    w.up()
    w.q(C, "order", "issue", "--office", K)
    w.up()
    w.q(K, "draw", "run", "--all")


def of_another(w):
    """The register knows a business, under the neighbour."""
    against(w, objects={7: {"检查机关": S}})


def names_none(w):
    """A county that is not seen to leave somebody out: its freeze says that it has no register."""
    w.register(n=41)
    down(w)
    w.day("2025-11-01")
    shadow = w.copy(K, "shadow")
    w.shell(shadow, "DELETE FROM register_snapshot")
    w.q(shadow, "freeze")
    w.swap(K, shadow)
    w.carry(K, C)
    w.q(C, "order", "issue", "--office", K)
    w.carry(C, K)
    w.q(K, "draw", "run", "--all")


def names_older(w):
    """Its freeze names the register from before the business opened."""
    w.register()
    w.up()
    w.day("2025-08-17")
    w.register(n=41)
    down(w)
    w.day("2025-11-01")
    shadow = w.copy(K, "shadow")
    w.shell(shadow, "DELETE FROM register_snapshot WHERE id = (SELECT max(id) FROM register_snapshot)")
    w.q(shadow, "freeze")
    w.swap(K, shadow)
    w.carry(K, C)
    w.q(C, "order", "issue", "--office", K)
    w.carry(C, K)
    w.q(K, "draw", "run", "--all")


LISTS = ("ROSTER_OMISSION", "ROSTER_PHANTOM", "CLASS_MISMATCH", "INSP_OMISSION", "QUAL_MISMATCH")
UNNAMED = dict.fromkeys(LISTS, "verdict.skip.register")

CHEATS = [
    Cheat("rows other than those that were sent", "draw: ROOT_MISMATCH", other_rows, "planned"),
    Cheat("a freeze of the version before", "draw: ROSTER_OLD", version_before, "planned"),
    Cheat("a row behind the freeze", "rows: ROSTER_LATE", row_behind_the_freeze, "drawn"),
    Cheat("a roster that is as the register", "", against, "planned"),
    Cheat("one left out of the roster", "draw: ROSTER_OMISSION", lambda w: against(w, n=41), "planned"),
    Cheat("one frozen as out of business", "draw: ROSTER_OMISSION",
          lambda w: (w.roster(objects={0: {"登记状态": "注销"}}), against(w)), "planned"),
    Cheat("one that nobody registered", "draw: ROSTER_PHANTOM", lambda w: against(w, n=39), "planned"),
    Cheat("one that the register closed", "draw: ROSTER_PHANTOM",
          lambda w: against(w, objects={3: {"登记状态": "注销"}}), "planned"),
    Cheat("one of the neighbour's", "draw: ROSTER_PHANTOM", of_another, "planned"),
    Cheat("a friend's class", "draw: CLASS_MISMATCH", lambda w: against(w, objects={1: {"信用风险分类": "D"}}), "planned"),
    Cheat("a register that says no class", "", lambda w: against(w, objects={1: {"信用风险分类": ""}}), "planned"),
    Cheat("an inspector left out", "draw: INSP_OMISSION", lambda w: against(w, inspectors=9), "planned"),
    Cheat("an inspector whose certificate ended", "draw: QUAL_MISMATCH",
          lambda w: against(w, people={2: {"证件有效期至": "2025-08-01"}}), "planned"),
    Cheat("an inspector whom nobody certified", "draw: QUAL_MISMATCH", lambda w: against(w, inspectors=7), "planned"),
    Cheat("a freeze that names no register", "draw: REGISTER_OLD", names_none, "planned", skipped=UNNAMED),
    Cheat("a freeze that names an older register", "draw: REGISTER_OLD", names_older, "planned"),
    Cheat("where nobody has a register", "", lambda w: None, "drawn", skipped=UNNAMED),
    Cheat("inspected already, and drawn", "draw: CAP_WRONG", capped, "drawn"),
]
