"""Cheats with targets that the city drew: returned so as not to inspect them, kept all the same, sent where it suits."""
import re

from cheat_exception import record_pdf
from cheat_nodes import C, K, P, S, Cheat
from cheat_visit import honest_result, write_result

TABLES = ("draw_exc", "draw_exc_reason", "dispatch", "evidence")


def listed(w):
    """The city draws from the objects of two counties; each has matched its inspectors."""
    w.day("2025-07-25")
    for office in (P, C):
        w.q(office, "order", "auto", "off")
    w.carry(P, C)
    w.plan("lists", dict(no="1", draw="objects", months=(8, 8)))
    w.up(K, S)
    w.q(P, "plan", "accept", "1406/lists")
    w.day("2025-08-16")
    w.roster(C, objects={i: {"检查机关": K if i % 2 else S} for i in range(40)})
    w.roster(K)
    w.roster(S)
    for office in (C, K, S):
        w.q(office, "freeze")
    w.up(K, S)
    w.q(P, "order", "issue")
    w.carry(P, C)
    w.q(C, "draw", "run", "--all")
    w.up(K, S)
    w.q(C, "order", "issue")
    w.up(K, S)
    for office in (K, S):
        w.q(office, "draw", "run", "--all")
    w.up(K, S)


def first(w, office=K, nth=0):
    return w.targets(w.draws(office)[0], office)[nth]["object"]


def give_back(w, at=K, reason="interest"):
    w.q(at, "draw", "return", "--draw", w.draws()[0], "--object", first(w), "--reason", reason, "--evidence", record_pdf(w),
        "--by", "张三")


def send_on(w, at=C):
    w.q(at, "draw", "reassign", "--draw", w.draws(C)[0], "--object", first(w), "--office", S, "--by", "李四")


def take_on(w, at=S):
    w.q(at, "draw", "receive", "--draw", w.draws(S)[0], "--object", first(w), "--by", "王五")


def returned(w):
    give_back(w)
    w.up(K, S)


def sent(w):
    send_on(w)
    w.up(K, S)


# ---- entries that no honest node writes -----------------------------------------------------------------------------


def honest(w, office, make):
    """The rows of the exception that the office's own program writes, in a copy."""
    shadow = w.copy(office, "shadow")
    before = {name: {r["id"] for r in w.rows(shadow, "SELECT id FROM %s WHERE office = ?" % name, office)} for name in TABLES}
    make(shadow)
    got = {name: [r for r in w.rows(shadow, "SELECT * FROM %s WHERE office = ? ORDER BY id" % name, office)
                  if r["id"] not in before[name]] for name in TABLES}
    w.drop(shadow)
    return got


def write(w, office, rows, to):
    """to: whom the target was sent to before, for the exception; the dispatch rows go where they say."""
    def ready(name):
        return [(name, {k: v for k, v in r.items() if k != "id"}) for r in rows[name]]
    parts = [("public", office, ready("draw_exc_reason")), ("system", to, ready("draw_exc"))]
    for name, cols in ready("dispatch"):
        if cols["inspecting_office"] == to:
            parts[1][2].append((name, cols))
        else:
            parts.append(("system", cols["inspecting_office"], [(name, cols)]))
    w.author(office, "exc", parts)


def edit(rows, pattern, by):
    row = rows["draw_exc"][0]
    row["text"], n = re.subn(pattern, by, row["text"], flags=re.M)
    assert n == 1


# ---- who returns ----------------------------------------------------------------------------------------------------


def as_it_is(w):
    take_on(w)


def without_a_record(w):
    rows = honest(w, K, lambda at: give_back(w, at))
    edit(rows, r"^evidence \S+", "evidence -")
    write(w, K, rows, K)


def kept_by_both(w, of_the_list=False):
    """The county returns a target, and when another has taken it on, it inspects it first; two months later, in the name of
    the draw that sent it."""
    rows = honest_result(w)
    if of_the_list:
        draw = w.rows(C, "SELECT id FROM draw_result WHERE office = ?", C)[0]["id"]
        for row in rows.values():
            row.update({k: v for k, v in dict(draw_office=C, draw_id=draw, completed_on="2025-10-20",
                                              started="2025-10-20T09:00:00").items() if k in row})
    returned(w)
    sent(w)
    take_on(w)
    write_result(w, rows)


def its_own_all_along(w):
    """It lies in another district, says the county; its own roster of a month later has it still."""
    give_back(w, reason="district")
    w.up(K, S)
    sent(w)
    take_on(w)
    after_the_time(w, "2025-09-10", "2025-09-20")
    w.up(K, S)
    w.q(K, "freeze", check=False)


def after_the_time(w, visited="2025-09-29", over="2025-10-02"):
    """All others are inspected, and the time of the draw is over."""
    w.day(visited)
    for office in (K, S):
        for t in w.q(office, "task", "list"):
            if t["inspectors"] and t["state"] == "waiting":
                w.record(t["draw"], t["object"], office=office)
    w.report(K, S)
    w.day(over)


# ---- who sends on ---------------------------------------------------------------------------------------------------


def not_returned(w):
    """A friend of the county is sent elsewhere under another's return."""
    rows = honest(w, C, lambda at: send_on(w, at))
    old, friend = first(w), first(w, nth=1)
    edit(rows, re.escape(old), friend)
    for name in ("draw_exc", "dispatch"):
        rows[name][0]["object_id"] = friend
    write(w, C, rows, K)


def sent_twice(w):
    """It comes back to the county that returned it, for that one's return."""
    entry = w.rows(C, "SELECT * FROM draw_exc WHERE office = ? AND kind = 'reassign'", C)[0]
    at = entry["id"] >> 16 << 16
    rows = {name: w.rows(C, "SELECT * FROM %s WHERE office = ? AND id >= ? AND id < ?" % name, C, at, at + 65536)
            for name in TABLES}
    edit(rows, r"^next \S+", "next " + K)
    rows["dispatch"][0]["inspecting_office"] = K
    write(w, C, rows, K)


def sent_without_a_word(w):
    """Only the row is sent, and nobody is told that it was."""
    rows = honest(w, C, lambda at: send_on(w, at))
    w.author(C, "exc", [("system", S, [("dispatch", {k: v for k, v in rows["dispatch"][0].items() if k != "id"})])])


# ---- who takes on ---------------------------------------------------------------------------------------------------


def friends_go(w):
    rows = honest(w, S, lambda at: take_on(w, at))
    rows["dispatch"][0]["inspectors"] = S + "/JS900 甲;" + S + "/JS901 乙"
    write(w, S, rows, S)


def taken_twice(w):
    """A second receipt, with other inspectors."""
    rows = honest(w, S, lambda at: take_on(w, at))
    take_on(w)
    write(w, S, rows, S)


STATES = dict(listed=("enrolled", listed), returned=("listed", returned), sent=("returned", sent))

CHEATS = [
    Cheat("returned, sent on, taken on", "", as_it_is, "sent", settles=(K, S)),
    Cheat("returned without a record", "draw: VOID_NO_EVIDENCE", without_a_record, "listed", settles=(K, S)),
    Cheat("returned, and inspected", "draw: RETURN_CONTRADICTED", kept_by_both, "listed", settles=(K, S)),
    # Who was sent by that draw were no inspectors.
    Cheat("returned, and inspected late in the name of the list", "draw@1406: VISIT_INSPECTORS; draw: RETURN_CONTRADICTED",
          lambda w: kept_by_both(w, True), "listed", settles=(K, S)),
    Cheat("of another district, and in the own roster", "draw: RETURN_CONTRADICTED", its_own_all_along, "listed",
          settles=(K, S)),
    Cheat("returned, and nobody is sent there", "draw@1406: VISIT_MISSING", after_the_time, "returned", settles=(K, S)),
    # The city's target has no result either.
    Cheat("sent on, and not taken on", "draw@1406: VISIT_MISSING; draw@140622: VISIT_MISSING", after_the_time, "sent",
          settles=(K, S)),
    # Where it was sent is no place for it, on the word of a reassignment that does not count.
    Cheat("sent elsewhere without being returned", "draw@1406: DISPATCH_MISMATCH SUPP_WITHOUT_VOID", not_returned,
          "returned", settles=(K, S)),
    Cheat("sent back to who returned it", "draw@1406: DISPATCH_MISMATCH SUPP_WITHOUT_VOID", sent_twice, "sent",
          settles=(K, S)),
    Cheat("sent on without a word", "draw@1406: DISPATCH_MISMATCH", sent_without_a_word, "returned", settles=(K, S)),
    Cheat("friends go to what was taken on", "draw@140622: DISPATCH_MISMATCH", friends_go, "sent", settles=(K, S)),
    Cheat("taken on twice", "draw@140622: DISPATCH_MISMATCH", taken_twice, "sent", settles=(K, S)),
]
