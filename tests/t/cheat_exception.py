"""Cheats with what happens after the draw: objects that are void, inspectors who do not come."""
import os
import re

from cheat_nodes import C, K, S, Cheat, oid
from cheat_visit import honest_result, write_result

FRIENDS = "140602/JS900 甲;140602/JS901 乙"  # on no roster


def lots(w, draw=None, office=K):
    return [t["object"] for t in w.targets(draw or w.draws(office)[0], office) if t["mode"] == "lot"]


def sent(w, object, office=K):
    """Who goes there: ids."""
    who = [t["inspectors"] for t in w.q(office, "task", "list") if t["object"] == object][0]
    return [i.split(" ")[0] for i in who.split(";")]


def record_pdf(w):
    path = os.path.join(w.root, "record.pdf")
    with open(path, "w") as f:
        f.write("%PDF-1.4 the record, signed by both\n")
    return path


def void(w, object, office=K, draw=None, reason="closed"):
    return w.q(office, "draw", "void", "--draw", draw or w.draws(office)[0], "--object", object, "--reason", reason,
               "--evidence", record_pdf(w), "--by", "张三")


def person(w, what, object, who, office=K):
    return w.q(office, "draw", what, "--draw", w.draws(office)[0], "--object", object, "--inspector", who, "--reason",
               dict(absent="sick", recuse="kinship", replace="retired")[what], "--by", "张三")


def honest_exception(w, make):
    """The rows that the county's own program writes for an exception, in a copy; its dispatch rows are those changed."""
    shadow = w.copy(K, "shadow")
    make(shadow)
    exc = w.rows(shadow, "SELECT * FROM draw_exc ORDER BY id LIMIT 1")[0]
    entry = (exc["id"] >> 16) << 16
    got = {name: w.rows(shadow, "SELECT * FROM %s WHERE office = ? AND id >= ? AND id < ?" % name, K, entry, entry + 65536)
           for name in ("draw_exc", "draw_exc_reason", "dispatch")}
    got["dispatch"] += w.rows(shadow, "SELECT * FROM dispatch WHERE office = ? AND rev > 1", K)
    got["evidence"] = w.rows(shadow, "SELECT * FROM evidence ORDER BY id DESC LIMIT 1")
    w.drop(shadow)
    return got


def write_exception(w, rows, evidence=True):
    """Authors an EXC entry of these rows; new rows get new ids, revisions keep theirs."""
    def ready(name):
        out = []
        for r in rows[name]:
            cols = dict(r)
            if cols["rev"] == 1:
                cols.pop("id")
            out.append((name, cols))
        return out
    parts = [("public", K, ready("draw_exc_reason")), ("system", K, ready("draw_exc") + ready("dispatch"))]
    made = w.author(K, "exc", parts)
    for row in rows["evidence"] if evidence else ():
        cols = {k: v for k, v in row.items() if k != "id"}
        cols["inspection_id"] = made["ids"][len(rows["draw_exc_reason"])]
        w.author(K, "result", [("system", K, [("evidence", cols)])])


def edit_text(rows, pattern, by):
    row = rows["draw_exc"][0]
    row["text"], n = re.subn(pattern, by, row["text"], flags=re.M)
    assert n == 1


# ---- objects ----------------------------------------------------------------------------------------------------------


def as_it_is(w):
    write_exception(w, honest_exception(w, lambda at: void(w, lots(w)[0], at)))


def without_a_record(w):
    """No record of the spot: only the clerk says that it is gone."""
    rows = honest_exception(w, lambda at: void(w, lots(w)[0], at))
    edit_text(rows, r"^evidence \S+", "evidence -")
    write_exception(w, rows, evidence=False)


def a_record_that_no_file_is(w):
    write_exception(w, honest_exception(w, lambda at: void(w, lots(w)[0], at)), evidence=False)


def void_and_inspected(w):
    """It is gone, another is visited in its place; a week later it was inspected all the same."""
    rows = honest_result(w, nth=[t["object"] for t in w.targets(w.draws()[0])].index(lots(w)[0]))
    void(w, lots(w)[0])
    write_result(w, rows)


def void_of_long_ago(w):
    """It was void five years ago, says the county; next week another draw's inspectors find it open."""
    rows = honest_exception(w, lambda at: void(w, lots(w)[0], at))
    object = lots(w)[0]
    edit_text(rows, "2025-08-16", "2020-01-01")
    write_exception(w, rows)
    w.plan("all", dict(no="1", strata="1/1 1 true"))
    w.up()
    w.day("2025-08-25")
    w.q(C, "order", "issue", "--office", K, "--series", "all")
    w.up()
    first = w.draws()
    w.q(K, "draw", "run", "--all")
    w.record(next(d for d in w.draws() if d not in first), object)


def nobody_follows(w):
    """A friend would be the next: nobody follows."""
    rows = honest_exception(w, lambda at: void(w, lots(w)[0], at))
    edit_text(rows, r"^next \S+", "next -")
    rows["dispatch"] = []
    write_exception(w, rows)


def another_follows(w):
    """An enemy is made the next, and friends go to him: the pair of the true next could be his by chance."""
    rows = honest_exception(w, lambda at: void(w, lots(w)[0], at))
    taken = {t["object"] for t in w.targets(w.draws()[0])} | {rows["dispatch"][0]["object_id"]}
    enemy = next(oid(i) for i in range(1, 40, 3) if oid(i) not in taken)
    edit_text(rows, r"^next \S+", "next " + enemy)
    rows["dispatch"][0].update(object_id=enemy, inspectors=FRIENDS)
    write_exception(w, rows)


def follows_nobody(w):
    """An enemy is visited in place of one that was never drawn."""
    rows = honest_exception(w, lambda at: void(w, lots(w)[0], at))
    drawn = {t["object"] for t in w.targets(w.draws()[0])} | {rows["dispatch"][0]["object_id"]}
    other = next(oid(i) for i in range(40) if oid(i) not in drawn)
    old = rows["draw_exc"][0]["object_id"]
    edit_text(rows, re.escape(old), other)
    rows["draw_exc"][0]["object_id"] = other
    rows["dispatch"] = []
    write_exception(w, rows)


def all_drawn(w):
    """All of them are drawn, so nobody is left who could follow."""
    w.plan("all", dict(no="1", strata="1/1 1 true"))
    w.up()
    w.q(C, "order", "issue", "--office", K, "--series", "all")
    w.up()
    w.q(K, "draw", "run", "--all")
    void(w, lots(w)[0])


def most_are_void(w):
    """Of ten that were drawn eight are void, of forty at the neighbour's none: 45 in 536,878,650."""
    w.plan("all", dict(no="1", strata="1/1 1 true"))
    w.carry(C, S)
    w.roster(S)
    w.q(S, "freeze")
    w.carry(S, C)
    w.q(C, "order", "issue", "--office", S, "--series", "all")
    w.carry(C, S)
    w.q(S, "draw", "run", "--all")
    for o in lots(w)[:8]:
        void(w, o)


# ---- people -----------------------------------------------------------------------------------------------------------


def another_goes(w):
    """The one who is absent is replaced by a friend of the house."""
    object = lots(w)[0]
    gone = sent(w, object)[0]
    rows = honest_exception(w, lambda at: person(w, "absent", object, gone, at))
    old = re.search(r"^next (\S+)", rows["draw_exc"][0]["text"], re.M).group(1)
    friend = next(i for i in ("140602/JS%03d" % n for n in range(8)) if i not in sent(w, object) + [old])
    edit_text(rows, r"^next \S+", "next " + friend)
    for r in rows["dispatch"]:
        r["inspectors"] = re.sub(re.escape(old) + " [^;]+", friend + " 检查员" + str(int(friend[-3:])), r["inspectors"])
    write_exception(w, rows)


def sent_without_a_word(w):
    row = w.rows(K, "SELECT * FROM dispatch ORDER BY id LIMIT 1")[0]
    row.update(rev=2, inspectors=FRIENDS)
    w.author(K, "draw", [("system", K, [("dispatch", row)])])


def absent_and_there(w):
    """Absent from one visit, and seen at another one of the same day."""
    objects = lots(w)
    pairs = [(a, b, i) for a in objects for b in objects for i in sent(w, a) if a != b and i in sent(w, b)]
    first, second, who = pairs[0]
    shadow_rows = honest_result(w, nth=[t["object"] for t in w.targets(w.draws()[0])].index(second))
    rows = honest_exception(w, lambda at: person(w, "absent", first, who, at))
    keep = [i for i, r in enumerate(rows["draw_exc"]) if r["object_id"] == first]
    rows["draw_exc"] = [rows["draw_exc"][i] for i in keep]
    rows["draw_exc_reason"] = [rows["draw_exc_reason"][i] for i in keep]
    rows["dispatch"] = [r for r in rows["dispatch"] if r["object_id"] == first]
    write_exception(w, rows)
    write_result(w, shadow_rows)


def absent_some_day(w, postponed=False):
    """Absent on a day on which nobody visits: so the one who does not suit is exchanged at no price."""
    object = lots(w)[0]
    who = sent(w, object)[0]
    w.q(K, "draw", "absent", "--draw", w.draws()[0], "--object", object, "--inspector", who, "--reason", "sick", "--by",
        "张三", *([] if postponed else ["--date", "2025-09-30"]))
    if postponed:
        w.day("2025-08-18")
        who = sent(w, object)[0]
        w.q(K, "draw", "absent", "--draw", w.draws()[0], "--object", object, "--inspector", who, "--reason", "leave",
            "--by", "张三")
    w.record(w.draws()[0], object)


def recused_late(w):
    object = lots(w)[0]
    person(w, "recuse", object, sent(w, object)[0])


def borrowed(w, who, neighbour=True):
    """Nobody in the county has the qualification: an inspector is borrowed from the neighbour, or is said to be."""
    if neighbour:
        w.roster(S, inspectors=3, people={2: {"可参加抽查": "否"}})
        w.q(S, "freeze")
        w.carry(S, C)
    w.plan("short", dict(no="1", roles="2 2"))
    w.up()
    w.q(C, "order", "issue", "--office", K, "--series", "short")
    w.up()
    w.q(K, "draw", "run", "--slot", "1406/short/1/1")
    draw = w.draws()[0]
    w.q(K, "draw", "appoint", "--draw", draw, "--object", w.targets(draw)[0]["object"], "--inspector", who, "--reason",
        "neighbour_pool", "--person", "李邻", "--approved-by", "赵六", "--note", "人手不足", "--by", "张三")


# ---- what should have stayed --------------------------------------------------------------------------------------------


def drawn_again(w, forget=True):
    """The office's exceptions are deleted from its own tables before it freezes again and draws by another plan."""
    w.up()
    if forget:
        w.shell(K, "DELETE FROM draw_exc")
    w.day("2025-08-17")
    w.q(K, "freeze")
    w.plan("second", dict(no="1"))
    w.up()
    w.q(C, "order", "issue", "--office", K, "--series", "second")
    w.up()
    w.q(K, "draw", "run", "--slot", "1406/second/1/1")


def void_kept(w):
    void(w, lots(w)[0])
    drawn_again(w, forget=False)


def void_forgotten(w):
    void(w, lots(w)[0])
    drawn_again(w)


def recusal_forgotten(w):
    recused_late(w)
    drawn_again(w)


CHEATS = [
    Cheat("a void as it should", "", as_it_is, "drawn"),
    Cheat("a void without a record", "draw: VOID_NO_EVIDENCE", without_a_record, "drawn"),
    Cheat("a record that no file is", "draw: VOID_NO_EVIDENCE", a_record_that_no_file_is, "drawn"),
    Cheat("void, and inspected", "draw: VOID_CONTRADICTED", void_and_inspected, "drawn"),
    Cheat("void long ago, and found open", "draw: VOID_CONTRADICTED", void_of_long_ago, "drawn"),
    Cheat("a friend would follow, so nobody does", "draw: SUPP_OUT_OF_ORDER", nobody_follows, "drawn"),
    # Who goes to the enemy was not drawn for him either.
    Cheat("an enemy follows", "draw: DISPATCH_MISMATCH SUPP_OUT_OF_ORDER", another_follows, "drawn"),
    Cheat("an enemy follows nobody", "draw: SUPP_WITHOUT_VOID", follows_nobody, "drawn"),
    Cheat("void, and nobody is left", "draw: SUPP_EXHAUSTED", all_drawn, "frozen"),
    Cheat("eight of ten are void", "draw: VOID_RATE_HIGH", most_are_void, "drawn", settles=(K, S)),
    Cheat("a friend goes in place of the absent", "draw: REPL_MISMATCH", another_goes, "drawn"),
    Cheat("friends go without a word", "draw: DISPATCH_MISMATCH", sent_without_a_word, "drawn"),
    Cheat("absent, and there", "draw: ABSENCE_INCONSISTENT", absent_and_there, "drawn"),
    Cheat("absent on a day without a visit", "draw: ABSENCE_INCONSISTENT", absent_some_day, "drawn"),
    Cheat("absent, and others on the day to which it was put off", "", lambda w: absent_some_day(w, True), "drawn"),
    Cheat("recused after the draw", "draw: RECUSAL_LATE", recused_late, "drawn"),
    # Nobody goes to the other objects in the second place, which is told in any case.
    Cheat("one of the neighbour's inspectors", "draw: PAIR_UNFILLED", lambda w: borrowed(w, "140622/JS001"), "frozen"),
    Cheat("a friend, as one of the neighbour's", "draw: PAIR_UNFILLED APPOINT_MISMATCH",
          lambda w: borrowed(w, "140622/JS900"), "frozen"),
    Cheat("one whom the neighbour keeps from draws", "draw: PAIR_UNFILLED APPOINT_MISMATCH",
          lambda w: borrowed(w, "140622/JS002"), "frozen"),
    Cheat("borrowed from whose pool nobody has", "draw: PAIR_UNFILLED", lambda w: borrowed(w, "140622/JS001", False),
          "frozen", skipped={"APPOINT_MISMATCH": "verdict.skip.neighbour"}),
    Cheat("a void that is kept", "", void_kept, "drawn"),
    Cheat("a void that is forgotten", "draw: CARRYOVER_MISSING", void_forgotten, "drawn"),
    # The recusal itself was late, which is asked about first.
    Cheat("a recusal that is forgotten", "draw: RECUSAL_LATE; draw: RECUSAL_NOT_KEPT", recusal_forgotten, "drawn"),
]
