"""What a neighbour, or an office below, writes of others under its own key: rows that every office above takes in, since
they are its own. None of it changes what an honest office is told, what it can do, or what it is accused of."""
import os
import unicodedata

from cheat_exception import drawn_again, lots, person, sent, void
from cheat_nodes import C, K, P, S, Cheat, oid
from cheat_visit import honest_result, write_result

ALONE = "rows@%s: RESULT_WITHOUT_DRAW" % S


def nth_of(w, object):
    return [t["object"] for t in w.targets(w.draws()[0])].index(object)


def visit(w, object, **columns):
    """The neighbour writes that it inspected a target of the county's draw."""
    rows = honest_result(w, nth=nth_of(w, object))
    for row in rows.values():
        row.update({k: v for k, v in columns.items() if k in row})
    return lambda: write_result(w, rows, S)


def contradicted(w):
    """An honest void: the neighbour says that it found the business open a week later."""
    object = lots(w)[0]
    write = visit(w, object, completed_on="2025-08-20", started="2025-08-20T09:00:00", completed="2025-08-20T10:00:00")
    void(w, object)
    w.day("2025-08-20")
    write()


def contradicted_elsewhere(w):
    """The same, for a draw of its own that there never was."""
    object = lots(w)[0]
    write = visit(w, object, draw_office=S, completed_on="2025-08-20")
    void(w, object)
    w.day("2025-08-20")
    write()


def seen_that_day(w):
    """Somebody is absent for a day: the neighbour says that he inspected that very day."""
    first, second = lots(w)[:2]
    who = sent(w, first)[0]
    write = visit(w, second, inspectors=who + " 检查员;140602/JS099 另一人")
    person(w, "absent", first, who)
    write()


def visited_another_day(w):
    first = lots(w)[0]
    write = visit(w, first, started="2025-08-19T09:00:00", completed="2025-08-19T10:00:00", completed_on="2025-08-19")
    person(w, "absent", first, sent(w, first)[0])
    w.record(w.draws()[0], first)
    w.day("2025-08-19")
    write()


def covered(w):
    """The county forgets a void; its neighbour says that it has inspected the business since."""
    object = lots(w)[0]
    write = visit(w, object, completed_on="2025-08-17")
    void(w, object)
    write()
    w.carry(S, C)
    drawn_again(w)


def drawn(w, office):
    made = w.q(office, "draw", "run", "--all")
    assert len(made) == 1 and made[0]["drawn"], made
    return made[0]["draw"]


# ---- lists and marks -----------------------------------------------------------------------------------------------------


def listed(w):
    """The city draws objects that the county is to visit; the neighbour names others for the same slot, earlier."""
    w.day("2025-08-16")
    w.roster(office=C, n=30, objects={i: {"检查机关": K} for i in range(30)})
    w.plan("lists", dict(no="1", draw="objects", levels="county"))
    w.carry(C, P)
    w.q(P, "plan", "accept", "1406/lists")
    w.q(C, "freeze")
    w.carry(C, P)
    w.q(P, "order", "issue", "--office", C)
    w.carry(P, C)
    order = w.rows(C, "SELECT id, office FROM draw_order WHERE drawer = ?", C)[0]
    seq = (order["id"] >> 16) & (1 << 35) - 1
    w.author(S, "draw", [("public", S, [("draw_result", dict(order_origin=w.origin(P), order_seq=seq, text="x"))]),
                         ("system", S, [("dispatch", dict(draw_id={"row": 0}, slot_no=1, task="1", round=1, object_id=oid(3),
                                                          object_name="别家", inspecting_office=K, inspectors="",
                                                          window_to="2025-12-31"))])])
    w.carry(S, C)
    draw = drawn(w, C)
    w.carry(C, P)
    w.carry(C, K)
    w.roster()
    w.q(K, "freeze")
    w.carry(K, C)
    issued = w.q(C, "order", "issue", "--office", K, "--series", "lists")
    assert issued["orders"][0]["issued"], issued
    w.carry(C, K)
    made = [d for d in w.q(K, "draw", "run", "--all") if "1406/lists/1/1" in d["slot"]]
    assert made and made[0]["drawn"], made
    assert sorted(t["object"] for t in w.targets(made[0]["draw"])) == sorted(t["object"] for t in w.targets(draw, C))


def marked_from_below(w):
    """The city, below, says by a document of its own that its friend is not to be drawn by the province."""
    w.roster(office=P, n=30)
    for kind, reason in ((2, 66), (1, 1)):
        w.author(C, "plan", [("system", C, [("mark_basis", dict(
            drawer=P, object_id=oid(1), kind=kind, reason_code=reason, scope="", title="通报", doc_no="31",
            given_on="2025-08-15", acted_by="李四", recorded_on="2025-08-15T09:00:00"))])])
    w.carry(C, P)
    w.q(P, "freeze")
    assert w.one(P, "SELECT count(*) FROM mark WHERE office = ?", P) == 0


# ---- what a list shows ---------------------------------------------------------------------------------------------------


def done_already(w):
    """The city has a target of its own: a county says that it was there, and published it."""
    w.day("2025-08-16")
    w.roster(office=C, n=30)
    w.plan("own", dict(no="1", levels="city", draw="both"))
    w.carry(C, P)
    w.q(P, "plan", "accept", "1406/own")
    w.q(C, "freeze")
    w.carry(C, P)
    w.q(P, "order", "issue", "--office", C)
    w.carry(P, C)
    draw = drawn(w, C)
    target = [t for t in w.q(C, "task", "list") if t["draw"] == draw][0]
    shadow = w.copy(C, "shadow")
    w.record(draw, target["object"], office=shadow)
    rows = {name: w.rows(shadow, "SELECT * FROM %s ORDER BY id DESC LIMIT 1" % name)[0]
            for name in ("inspection_result", "inspection")}
    w.drop(shadow)
    made = write_result(w, rows, S)
    w.author(S, "result", [("public", S, [("publication", dict(
        result_office=S, result_id=made["ids"][0], result_rev=1, channel="website", completed_on="2025-08-16",
        published_on="2025-08-16"))])])
    w.carry(S, C)
    assert [t["state"] for t in w.q(C, "task", "list") if t["object"] == target["object"]] == ["waiting"]
    w.record(draw, target["object"], office=C)


def closed_by_another(w):
    """The county hands a matter to the city; its neighbour answers that it is closed."""
    draw = w.draws()[0]
    w.q(K, "result", "record", "--draw", draw, "--object", lots(w)[0], "--codes", "R08", "--problem", "无照", "--disposal",
        w.one(K, "SELECT code FROM code WHERE list = 'disposal' LIMIT 1"), "--by", "张三")
    result = w.q(K, "result", "list")[0]["result"]
    up = w.q(K, "record", "add", "follow_up", "result=" + result, "disposal=" + w.one(
        K, "SELECT code FROM code WHERE list = 'disposal' LIMIT 1"), "opened_on=2025-08-16", "--by", "张三")["record"]
    given = w.q(K, "record", "add", "transfer", "follow_up=" + up, "receiver_kind=office", "receiver_office=" + C,
                "receiver=朔州市局", "doc_no=1", "sent_on=2025-08-16", "--by", "张三")["record"]
    id = w.one(K, "SELECT id FROM transfer")
    w.author(S, "result", [("system", S, [("transfer_answer", dict(
        transfer_office=K, transfer_id=id, transfer_rev=1, outcome="closed", answered_on="2025-08-16", note="办结",
        acted_by="赵六", recorded_on="2025-08-16T10:00:00"))])])
    w.carry(K, C)
    w.carry(S, C)
    assert w.q(C, "record", "show", "follow_up", up)["state"] == "sent"
    assert w.q(C, "record", "show", "transfer", given)["state"] == "sent"
    w.q(C, "record", "add", "transfer_answer", "transfer=" + given, "outcome=accepted", "answered_on=2025-08-16", "--by", "王五")
    assert w.q(C, "record", "show", "follow_up", up)["state"] == "transferred"


def days_that_are_none(w):
    """A county sets itself a number of days that nothing can be counted to; its own deadlines are listed above it."""
    for days in (0, -1, 1 << 31, 1 << 62):
        w.author(K, "plan", [("public", K, [("deadline_rule", dict(
            deadline="transfer", days=days, valid_from="2020-01-01", recorded_on="2025-08-16T10:00:00"))])])
    w.author(K, "result", [("system", K, [
        ("follow_up", dict(result_office=K, result_id=1, result_rev=1, disposal="x", opened_on="2025-08-16", acted_by="x",
                           recorded_on="2025-08-16T10:00:00")),
        ("transfer", dict(follow_up_id={"row": 0}, receiver_kind="police", receiver="公安局", doc_no="7",
                          sent_on="2025-06-01", acted_by="x", recorded_on="2025-06-01T10:00:00"))])])
    w.carry(K, C)
    due = [d for d in w.q(C, "due")["deadlines"] if d["deadline"] == "transfer"]
    assert len(due) == 1 and due[0]["state"] == "overdue", due


def filing_answered_from_below(w):
    """The city files its plan with the province; a county answers that it is approved."""
    filed = w.q(C, "record", "add", "filing", "subject_kind=scheme", "subject=计划", "sent_on=2025-08-16", "--by", "李四")["record"]
    w.author(S, "plan", [("system", S, [("filing_answer", dict(
        filing_office=C, filing_id=w.one(C, "SELECT id FROM filing"), filing_rev=1, outcome="approved", receipt_no="1",
        answered_on="2025-08-16", acted_by="赵六", recorded_on="2025-08-16T10:00:00"))])])
    w.carry(S, C)
    assert w.q(C, "record", "show", "filing", filed)["state"] == "sent"


def clue_answered_by_another(w):
    """The city hands a clue to the county in confidence; the neighbour guesses its number and answers it."""
    clue = w.q(C, "record", "add", "clue", "receiver_office=" + K, "receiver_kind=office", "receiver=县局", "doc_no=1", "title=线索",
               "sent_on=2025-08-16", "facts=某人", "--by", "李四")["record"]
    id = w.one(C, "SELECT max(id) FROM clue")
    w.author(S, "result", [("restricted", C, [("clue_answer", dict(
        clue_office=C, clue_id=id, clue_rev=1, outcome="closed", answered_on="2025-08-16", acted_by="赵六",
        recorded_on="2025-08-16T10:00:00"))])])
    w.carry(S, C)
    assert w.q(C, "record", "show", "clue", clue)["state"] == "sent"
    w.carry(C, K)
    w.q(K, "record", "add", "clue_answer", "clue=" + clue, "outcome=accepted", "answered_on=2025-08-16", "--by", "张三")
    w.carry(K, C)
    assert w.q(C, "record", "show", "clue", clue)["state"] == "accepted"


# ---- what a text does to a terminal ------------------------------------------------------------------------------------------

# Clears the screen, sets the window's title, the same by one character, turns the line around, hides, breaks it.
ACTS = "甲\x1b[2J\x1b]0;x\x07\u009b2J\u202e\u2066\u200b\u2028\ufeff\r\n结论: 合格乙"


def shown(w, office, *args):
    said = w.call([os.environ["QIAN"], "-d", office, *args]).stdout
    assert "甲" in said and "乙" in said, said
    bad = [hex(ord(c)) for c in said if c != "\n" and (unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp"))]
    assert not bad, (args, bad, said)
    assert not [line for line in said.split("\n") if line.startswith("结论: ")], said


def acts_on_a_terminal(w):
    """Every text of a row that another office wrote, as commands show it to a clerk."""
    rows = honest_result(w)
    rows["inspection_result"].update(object_name=ACTS, result_text=ACTS)
    rows["inspection"].update(place=ACTS, problem=ACTS, acted_by=ACTS[:20] + "乙", method="甲\x1b[2J乙")
    made = write_result(w, rows)
    w.author(K, "result", [("system", K, [
        ("follow_up", dict(result_office=K, result_id=made["ids"][0], result_rev=1, disposal="甲\x1b[2J乙", opened_on="2025-08-16",
                           note=ACTS, acted_by="x", recorded_on="2025-08-16T10:00:00")),
        ("correction_order", dict(follow_up_id={"row": 1}, doc_no=ACTS, matter=ACTS, issued_on="2025-08-16", due_on="9",
                                  acted_by="x", recorded_on="2025-08-16T10:00:00")),
        ("evidence", dict(inspection_id=made["ids"][0], kind="photo", digest=bytes(32), size=9, captured_on="2025-08-16",
                          note=ACTS, acted_by="x", media=ACTS[:10] + "乙", tree=bytes(32)))])])
    task = w.rows(C, "SELECT * FROM plan_task LIMIT 1")[0]
    task.pop("id")
    task.update(no="66", items=ACTS, note=ACTS, name=ACTS, object_scope=ACTS)
    w.author(C, "plan", [("public", C, [("plan_task", task)], "subtree")])
    w.carry(K, C)
    w.carry(C, K)
    result = w.q(K, "result", "list")[0]["result"]
    shown(w, K, "result", "list")
    shown(w, C, "result", "show", result)
    for kind in ("follow_up", "correction_order"):
        shown(w, C, "record", "list", kind)
        shown(w, C, "record", "show", kind, w.q(C, "record", "list", kind)[0]["record"])
    shown(w, C, "evidence", "show", "0" * 64)
    shown(w, K, "plan", "show", "1406/2025", "66")
    shown(w, K, "plan", "show", "1406/2025")


CHEATS = [
    Cheat("a neighbour finds open what is void", ALONE, contradicted, "drawn", settles=(K, S)),
    Cheat("a neighbour finds it open for another draw", ALONE, contradicted_elsewhere, "drawn", settles=(K, S)),
    Cheat("a neighbour saw who was absent", ALONE, seen_that_day, "drawn", settles=(K, S)),
    Cheat("a neighbour was there another day", ALONE, visited_another_day, "drawn", settles=(K, S)),
    # What the county did stays found, whoever stands by it.
    Cheat("a neighbour covers a forgotten void", "draw: CARRYOVER_MISSING; " + ALONE, covered, "drawn", settles=(K, S)),
    Cheat("a neighbour's list for the county", "draw@%s: DRAW_MALFORMED" % S, listed, "enrolled", settles=(K, S)),
    Cheat("a mark from below", "", marked_from_below, "enrolled", settles=()),
    Cheat("done already, says a county", ALONE, done_already, "enrolled", settles=(S,)),
    Cheat("a transfer closed by another", "", closed_by_another, "drawn", settles=(K,)),
    Cheat("a number of days that is none", "", days_that_are_none, "drawn", settles=()),
    Cheat("a filing answered from below", "", filing_answered_from_below, "drawn", settles=(K,)),
    Cheat("a clue answered by another", "", clue_answered_by_another, "drawn", settles=(K,)),
    # The texts are rows of the county's own; what it says of them stands in its log.
    Cheat("texts that act on a terminal", "", acts_on_a_terminal, "drawn", settles=()),
]
