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


def kept_out(w, *inspected):
    """Once a year at most; the county's roster says, in every version, that a friend had his inspection."""
    draw = w.draws()[0]
    targets = [t["object"] for t in w.targets(draw)]
    w.record(draw, *targets[:len(inspected)])
    w.day("2025-08-17")
    friend = next(i for i in range(40) if oid(i) not in targets)
    counted = [n for n in range(40) if oid(n) in targets[:len(inspected)]] + [friend] * (not inspected)
    w.roster(objects={n: {"本年已查次数": "1"} for n in counted})
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


# ---- marks -------------------------------------------------------------------------------------------------------------


def basis(w, by=C, **columns):
    """An office above says by a document that an object is to be marked: the leaf of its entry is the ground."""
    row = dict(drawer=K, object_id=oid(1), kind=2, reason_code=66, scope="", title="通报", doc_no="31",
               given_on="2025-08-15", acted_by="李四", recorded_on="2025-08-15T09:00:00")
    row.update(columns)
    return bytes.fromhex(w.author(by, "plan", [("system", K, [("mark_basis", row)])])["leaf"])


def close(w, version):
    row = w.rows(K, "SELECT * FROM roster_close ORDER BY id LIMIT 1")[0]
    row.pop("id")
    row.update(roster=version, entries=1, rows=1)
    w.author(K, "close", [("system", K, [("roster_close", row)])])


def minted(w):
    """One more business, under a number that the county gave it itself, so that the quota falls on more."""
    row = w.rows(K, "SELECT * FROM object WHERE object_id = ?", oid(1))[0]
    row.pop("id")
    row.update(roster=2, object_id="O:%s/A1" % K, name="朔州市凭空商贸有限公司", uscc=None)
    w.plan("minted", dict(no="1"))
    down(w)
    w.day("2025-08-17")
    w.author(K, "roster", [("system", K, [("object", row)])])
    close(w, 2)
    w.q(K, "freeze")
    w.up()
    w.q(C, "order", "issue", "--office", K, "--series", "minted")
    w.up()
    w.q(K, "draw", "run", "--slot", "1406/minted/1/1")


def marked(w, source, kind=2, reason=66):
    """A plan that takes such marks, and a mark in a version of the roster that is frozen and drawn from."""
    w.plan("marked", dict(no="1", must="1" if kind == 1 else "-", exclude="66" if kind == 2 else "-"))
    down(w)
    row = dict(roster=2, object_id=oid(1), kind=kind, reason_code=reason, scope="", source=source, active=1,
               acted_by="张三", recorded_on="2025-08-17T09:00:00")
    w.day("2025-08-17")
    w.author(K, "roster", [("system", K, [("mark", row)])])
    close(w, 2)
    w.shell(K, "DELETE FROM mark_basis")  # else the office itself would lift what is over
    w.q(K, "freeze")
    w.up()
    w.q(C, "order", "issue", "--office", K, "--series", "marked")
    w.up()
    w.q(K, "draw", "run", "--slot", "1406/marked/1/1")


def granted(w):
    """The city's document, by its command; the county's next freeze has the mark, and the one after it is over, not."""
    w.plan("marked", dict(no="1", exclude="66", strata="1/1 1 true"))
    w.q(C, "mark", "grant", "--office", K, "--kind", "exclude", "--reason", 66, "--object", oid(1), "--title", "通报",
        "--doc-no", "31", "--given-on", "2025-08-16", "--until", "2025-08-17", "--by", "李四")
    down(w)
    w.day("2025-08-17")
    w.q(K, "freeze")
    w.up()
    w.q(C, "order", "issue", "--office", K, "--series", "marked")
    w.up()
    w.q(K, "draw", "run", "--slot", "1406/marked/1/1")
    drawn = {t["object"] for t in w.targets(w.draws()[0])}
    assert len(drawn) == 39 and oid(1) not in drawn, drawn
    now, shadow = w.clock, w.copy(K, "shadow")
    w.day("2025-08-18")
    w.q(shadow, "freeze")
    assert [r["active"] for r in w.rows(shadow, "SELECT active FROM mark ORDER BY rev")] == [1, 0]
    w.drop(shadow)
    w.clock = now


def another_objects(w):
    """The document is of another business."""
    marked(w, basis(w, object_id=oid(2)))


def own_word(w):
    """The ground is an entry of the office's own, which says nothing of the kind."""
    own = w.rows(K, "SELECT leaf FROM entry WHERE log = (SELECT no FROM log WHERE office = ?) ORDER BY seq DESC", K)
    marked(w, own[0]["leaf"])


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
    Cheat("an exclusion that somebody above asked for", "", lambda w: marked(w, basis(w)), "planned"),
    Cheat("an exclusion by the city's command", "", granted, "planned"),
    Cheat("an exclusion by the province", "", lambda w: marked(w, basis(w, by=P)), "planned"),
    Cheat("an exclusion on nobody's word", "draw: EXCLUDE_UNAUTHORISED", lambda w: marked(w, b"\7" * 32), "planned"),
    Cheat("an exclusion on the office's own word", "draw: EXCLUDE_UNAUTHORISED", own_word, "planned"),
    Cheat("an exclusion that was asked for another", "draw: EXCLUDE_UNAUTHORISED", another_objects, "planned"),
    Cheat("an exclusion for another reason", "draw: EXCLUDE_UNAUTHORISED",
          lambda w: marked(w, basis(w, reason_code=67)), "planned"),
    Cheat("an exclusion that was over", "draw: EXCLUDE_UNAUTHORISED",
          lambda w: marked(w, basis(w, until="2025-08-16")), "planned"),
    Cheat("a must on nobody's word", "draw: MUST_UNAUTHORISED", lambda w: marked(w, b"\7" * 32, 1, 1), "planned"),
    Cheat("a must that somebody above asked for", "",
          lambda w: marked(w, basis(w, kind=1, reason_code=1), 1, 1), "planned"),
    Cheat("where nobody has a register", "", lambda w: None, "drawn", skipped=UNNAMED),
    Cheat("a member of the population that the office made up", "draw: OBJECT_MINTED", minted, "planned"),
    Cheat("never inspected, and kept out by the cap", "draw: CAP_UNFOUNDED", kept_out, "drawn"),
    Cheat("inspected, and kept out by the cap", "", lambda w: kept_out(w, 1, 2), "drawn"),
    Cheat("inspected already, and drawn", "draw: CAP_WRONG", capped, "drawn"),
]
