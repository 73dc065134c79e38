"""Cheats after the draw: visits, results, releases."""
import hashlib

from cheat_nodes import C, K, P, S, Cheat, oid


def honest_result(w, office=K, nth=0):
    """What the county's own program writes for a target that was inspected, in a copy; and the draw's name."""
    draw = w.draws()[0]
    shadow = w.copy(K, "shadow")
    w.record(draw, w.targets(draw)[nth]["object"], office=shadow)
    rows = {name: w.rows(shadow, "SELECT * FROM %s ORDER BY id DESC LIMIT 1" % name)[0]
            for name in ("inspection_result", "inspection")}
    w.drop(shadow)
    return rows


def write_result(w, rows, office=K, id=None, rev=1):
    result, inspection = dict(rows["inspection_result"]), dict(rows["inspection"])
    result.pop("id"), inspection.pop("id")
    if id:
        result["id"] = inspection["id"] = id
    else:
        inspection["id"] = {"row": 0}
    result["rev"] = inspection["rev"] = rev
    return w.author(office, "result", [("public", office, [("inspection_result", result)]),
                                       ("system", office, [("inspection", inspection)])])


def changed(office=K, **columns):
    """A result with other columns than it should have."""
    def commit(w):
        rows = honest_result(w)
        for row in rows.values():
            row.update({k: v for k, v in columns.items() if k in row})
        write_result(w, rows, office)
    return commit


def not_drawn(w):
    rows = honest_result(w)
    drawn = {t["object"] for t in w.targets(w.draws()[0])}
    other = next(oid(i) for i in range(40) if oid(i) not in drawn)
    for row in rows.values():
        row["object_id"] = other
    write_result(w, rows)


def turned(w):
    """A friend's result becomes, by a correction, that of an enemy."""
    rows = honest_result(w)
    made = write_result(w, rows)
    other = w.targets(w.draws()[0])[1]["object"]
    for row in rows.values():
        row.update(object_id=other, reason="更正")
    write_result(w, rows, id=made["ids"][0], rev=2)


def of_no_draw(w):
    """An inspection on somebody's own account, under the number of a draw that was never made."""
    rows = honest_result(w)
    for row in rows.values():
        row["draw_id"] += 1 << 16
    write_result(w, rows)


def of_a_neighbours_draw(w):
    write_result(w, honest_result(w), S)


def short_window(w):
    w.q(C, "order", "issue", "--office", K, "--to", "2025-08-31")
    w.up()
    w.q(K, "draw", "run", "--all")
    w.up()
    return w.draws()[0]


def not_visited(w):
    draw = short_window(w)
    w.record(draw, *[t["object"] for t in w.targets(draw)[1:]])
    w.day("2025-09-15")


def released_early(w):
    draw = w.draws()[0]
    w.record(draw, *[t["object"] for t in w.targets(draw)[1:]])
    w.q(K, "release", "--draw", draw, "--force-window")


def order_released(w):
    """Not the list, but the order that it follows from."""
    row = w.rows(K, "SELECT * FROM draw_result")[0]
    text = "draw-release/1\n%s\npart %s %d 0\n" % (w.origin(K), row["order_origin"], row["order_seq"])
    w.author(K, "release", [("public", K, [("release", dict(text=text))], "subtree")])


def later_part_released(w):
    """A list in two entries; of the second one's part the office tells before its time."""
    rows = w.honest_draw()
    half = len(rows["draw_selected"]) // 2
    second, rows["draw_selected"] = rows["draw_selected"][half:], rows["draw_selected"][:half]
    made = w.write_draw(rows)
    for r in second:
        r["draw_id"] = made["ids"][0]
    more = w.author(K, "draw", [("public", K, [("draw_selected", {k: v for k, v in r.items() if k not in ("id", "rev")})
                                               for r in second])])
    text = "draw-release/1\n%s\npart %s %d 0\n" % (w.origin(K), w.origin(K), more["seq"])
    w.author(K, "release", [("public", K, [("release", dict(text=text))], "subtree")])


def evidence_forgotten(w, table, sql):
    """What the draw is checked by is forgotten, by the office's own order."""
    row = w.one(K, sql)
    where = w.q(K, "redact", "find", K, "%d-%d-%d" % (row >> 51, (row >> 16) & (2**35 - 1), row & 65535))
    for at in where:
        w.q(K, "redact", "order", K, at["seq"], at["part"], "--basis", "PIPL 47", "--reason", "删除", "--by", "张三")


def roster_forgotten(w):
    evidence_forgotten(w, "object", "SELECT min(id) FROM object")


def result_forgotten(w):
    draw = w.draws()[0]
    w.record(draw, w.targets(draw)[0]["object"])
    w.up()
    evidence_forgotten(w, "inspection", "SELECT max(id) FROM inspection")


def visited(w, release):
    """All as it should, but for the release; then the day on which it is missed."""
    draw = short_window(w)
    w.record(draw, *[t["object"] for t in w.targets(draw)])
    if release:
        w.q(K, "release", "--draw", draw)
    w.day("2025-10-15")


# ---- product sampling ----------------------------------------------------------------------------------------------------

SIGNED = dict(acted_by="李四", recorded_on="2025-08-20T09:00:00")


def row_name(office, id):
    return "%s:%d-%d-%d" % (office, id >> 51, id >> 16 & (1 << 35) - 1, id & 0xffff)


def persons(w, *numbers):
    """Staff of one lab, by their numbers: the rows' ids, as lists of persons name them."""
    made = w.author(K, "result", [("system", K, [("lab_person", dict(SIGNED, lab_id=1, name="甲", staff_no=n, duty="both"))
                                                 for n in numbers])])
    return [row_name(K, id).split(":")[1] for id in made["ids"]]


def sampled(w, samplers):
    made = w.author(K, "result", [("system", K, [("sample", dict(
        SIGNED, task_id=1, product_id=1, lab_id=1, sheet_no="CY1", county=K, outcome="sampled", stage="circulation",
        sampled_on="2025-08-18", party="某站", samplers=samplers))])])
    return made["ids"][0]


def blind_test(samplers, testers, shown="M1"):
    """A sample, its number as it was bound (M1), a test, and the number as it is revealed; by staff with these numbers."""
    def commit(w):
        ids = persons(w, *samplers + testers)
        sample = sampled(w, ";".join(i + " 甲" for i in ids[:len(samplers)]))
        salt = b"s" * 32
        digest = hashlib.sha256(b"\0".join([b"qian-blind/0", row_name(K, sample).encode(), b"M1", salt])).digest()
        mark = w.author(K, "result", [("system", K, [("blind_mark", dict(SIGNED, digest=digest))])])["ids"][0]
        w.author(K, "result", [("system", K, [
            ("lab_test", dict(SIGNED, mode="blind", mark_id=mark, started_on="2025-08-19",
                              testers=";".join(i + " 甲" for i in ids[len(samplers):]))),
            ("blind_reveal", dict(SIGNED, mark_id=mark, sample_id=sample, number=shown, salt=salt))])])
    return commit


def site_test(day):
    """On site the sampler may test: on the day of the sampling."""
    def commit(w):
        one = persons(w, "T1")[0] + " 甲"
        sample = sampled(w, one)
        w.author(K, "result", [("system", K, [("lab_test", dict(SIGNED, mode="on_site", sample_id=sample, started_on=day,
                                                                testers=one))])])
    return commit


CHEATS = [
    Cheat("the visit that was drawn", "", lambda w: write_result(w, honest_result(w)) and None, "drawn"),
    Cheat("an enemy who was not drawn", "draw: VISIT_EXTRA", not_drawn, "drawn"),
    Cheat("friends went", "draw: VISIT_INSPECTORS", changed(inspectors="140602/JS900 甲;140602/JS901 乙"), "drawn"),
    Cheat("a visit of the week before", "draw: VISIT_BEFORE_DRAW",
          changed(completed_on="2025-08-09", started="2025-08-09T09:00:00", completed="2025-08-09T10:00:00"), "drawn"),
    Cheat("a result that becomes another's", "rows: RESULT_CHANGED", turned, "drawn"),
    Cheat("a result of no draw", "rows: RESULT_WITHOUT_DRAW", of_no_draw, "drawn"),
    Cheat("a neighbour's result", "rows@140622: RESULT_WITHOUT_DRAW", of_a_neighbours_draw, "drawn", settles=(K, S)),
    Cheat("a friend is not visited", "draw: VISIT_MISSING", not_visited, "frozen"),
    Cheat("the list is told before its time", "draw: RELEASE_EARLY", released_early, "drawn"),
    Cheat("the order is told before its time", "draw: RELEASE_EARLY", order_released, "drawn"),
    Cheat("of a list in two parts the second is told", "draw: RELEASE_EARLY", later_part_released),
    Cheat("the roster is hidden", "rows: EVIDENCE_FORGOTTEN", roster_forgotten, "drawn"),
    Cheat("a result is hidden", "rows: EVIDENCE_FORGOTTEN", result_forgotten, "drawn"),
    Cheat("the list is never told", "draw: RELEASE_MISSING", lambda w: visited(w, False), "frozen"),
    Cheat("the list is told", "", lambda w: visited(w, True), "frozen"),
    Cheat("another tests the sample", "", blind_test(["T1", "T2"], ["T3"]), "drawn"),
    Cheat("who took the sample tests it, entered twice", "rows: SELF_TEST", blind_test(["T1", "T2"], ["T3", "T2"]), "drawn"),
    Cheat("another sample's number is shown", "rows: BLIND_FALSE", blind_test(["T1"], ["T3"], "M2"), "drawn"),
    Cheat("a test on site, on the day", "", site_test("2025-08-18"), "drawn"),
    Cheat("a test in the lab that is called one on site", "rows: SELF_TEST", site_test("2025-08-19"), "drawn"),
]
