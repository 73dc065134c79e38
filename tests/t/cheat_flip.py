"""Cheats with a roster that is otherwise while it is frozen than before and after it."""
from cheat_nodes import C, K, Cheat, oid


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


def for_a_day(w, **change):
    """The roster says something else while it is frozen, and what it said before when the draw is made."""
    w.day("2025-08-17")
    w.roster(**change)
    w.q(K, "freeze")
    w.up()
    w.q(C, "order", "issue", "--office", K)
    w.up()
    w.q(K, "draw", "run", "--all")
    w.up()
    w.day("2025-08-18")
    w.roster()


def a_row_for_a_day(w, name, **columns):
    """The same with a row that no import makes."""
    def close(version):
        row = w.rows(K, "SELECT * FROM roster_close ORDER BY id LIMIT 1")[0]
        row.pop("id")
        row.update(roster=version, entries=1, rows=1)
        w.author(K, "close", [("system", K, [("roster_close", row)])])
    row = dict(columns, roster=2, active=1, acted_by="张三", recorded_on="2025-08-17T09:00:00")
    w.day("2025-08-17")
    made = w.author(K, "roster", [("system", K, [(name, row)])])
    close(2)
    w.q(K, "freeze")
    w.up()
    w.q(C, "order", "issue", "--office", K)
    w.up()
    w.q(K, "draw", "run", "--all")
    w.up()
    row.update(id=made["ids"][0], rev=2, roster=3, active=0, reason="撤销")
    w.author(K, "roster", [("system", K, [(name, row)])])
    close(3)


CHEATS = [
    Cheat("out of business for a day", "draw: STATUS_FLIPPED", lambda w: out_for_a_day(w, 30), "planned"),
    Cheat("out of business for two months", "", lambda w: out_for_a_day(w, 61), "planned"),
    Cheat("of another class for a day", "draw: STATUS_FLIPPED",
          lambda w: for_a_day(w, objects={i: {"信用风险分类": "A"} for i in (0, 3)}), "planned"),
    Cheat("inspected often, for a day", "draw: STATUS_FLIPPED",
          lambda w: for_a_day(w, objects={0: {"本年已查次数": "3"}}), "planned"),
    Cheat("nobody there but four friends, for a day", "draw: STATUS_FLIPPED",
          lambda w: for_a_day(w, people={i: {"可参加抽查": "否"} for i in range(4, 8)}), "planned"),
    Cheat("three on leave", "", lambda w: for_a_day(w, people={i: {"可参加抽查": "否"} for i in range(5, 8)}), "planned"),
    Cheat("recused for a day", "draw: STATUS_FLIPPED",
          lambda w: a_row_for_a_day(w, "recusal", insp_id="140602/JS001", object_id=oid(0)), "planned"),
    Cheat("excluded for a day", "draw: STATUS_FLIPPED",
          lambda w: a_row_for_a_day(w, "mark", object_id=oid(0), kind=2, reason_code=66, scope="", source=b"\7" * 32),
          "planned"),
]
