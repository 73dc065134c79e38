"""Cheats with what is published: late, never, not for all to see, and not as it was recorded."""
import os

from cheat_nodes import C, K, P, S, Cheat
from cheat_visit import honest_result, write_result

DUE = "2025-09-12"  # 20 working days behind the visits of 16 August


def calendar(w):
    w.q(P, "calendar", "import", os.environ["DATA"] + "/workdays-cn.json", "--by", "计划员")


def visited(w, n=1):
    """The first n targets; their results."""
    calendar(w)
    draw = w.draws()[0]
    w.record(draw, *[t["object"] for t in w.targets(draw)[:n]])
    return w.rows(K, "SELECT * FROM inspection_result ORDER BY id DESC LIMIT ?", n)


def publication(w, result, office=K, shown=True, **columns):
    """Somebody's own publication of a result, not the program's."""
    row = dict(result_office=result["office"], result_id=result["id"], result_rev=1, channel="website",
               completed_on=result["completed_on"], published_on="2025-08-20")
    row.update(columns)
    made = w.author(office, "publish", [("public", office, [("publication", row)])])
    if shown:
        release(w, office, made["seq"])
    return made


def release(w, office, *seqs):
    text = "draw-release/1\n%s\n%s" % (w.origin(office), "".join("part %s %d 0\n" % (w.origin(office), s) for s in sorted(seqs)))
    w.author(office, "release", [("public", office, [("release", dict(text=text))], "subtree")])


def published(w, on, up=None):
    """All by the program itself, on a day; up: when the city hears of it."""
    visited(w)
    w.report()
    w.day(on)
    w.q(K, "publish", "results")
    w.day(up or on)
    w.report()
    w.day("2025-10-15")


def never(w):
    visited(w, 2)
    w.report()
    w.day("2025-10-15")


def backdated(w):
    """Published a month late, under the date of the day after the visit."""
    result = visited(w)[0]
    w.report()
    w.day("2025-10-14")
    publication(w, result, published_on="2025-08-17")


def hidden(w):
    """Published as it says, and no RELEASE lets anybody see it."""
    publication(w, visited(w)[0], shown=False)
    w.report()
    w.day("2025-10-15")


def moved_on(w):
    """The visit is said to have been weeks later, so that there is time to publish it."""
    calendar(w)
    rows = honest_result(w)
    for row, on in ((rows["inspection_result"], "2025-09-30"), (rows["inspection"], "2025-09-30T10:00:00")):
        row["completed_on" if "completed_on" in row else "completed"] = on
    write_result(w, rows)
    w.report()
    w.day("2025-10-15")


def in_time_too_few(w):
    """One of two is published."""
    results = visited(w, 2)
    publication(w, results[0])
    w.report()
    w.day("2025-10-15")


def correction_kept_back(w):
    """The page goes on to say what was corrected."""
    visited(w)
    w.q(K, "publish", "results")
    w.q(K, "result", "correct", w.q(K, "result", "list")[0]["result"], "--codes", "R08", "--problem", "标签不符", "--reason",
        "复核", "--by", "张三")
    w.report()
    w.day("2025-10-15")


def other_day(w):
    publication(w, visited(w)[0], completed_on="2025-08-18")


def other_record(w):
    """The public row says another day than the record of the visit."""
    calendar(w)
    rows = honest_result(w)
    rows["inspection_result"]["completed_on"] = "2025-08-20"
    made = write_result(w, rows)
    publication(w, dict(rows["inspection_result"], office=K, id=made["ids"][0]))


def older_revision(w):
    """What was found is corrected away from the page: the first revision is published behind the second."""
    result = visited(w)[0]
    w.q(K, "result", "correct", w.q(K, "result", "list")[0]["result"], "--codes", "R08", "--problem", "标签不符", "--reason",
        "复核", "--by", "张三")
    publication(w, result)


def of_nothing(w):
    result = visited(w)[0]
    publication(w, dict(result, id=result["id"] + (1 << 20)))


def of_no_revision(w):
    publication(w, visited(w)[0], result_rev=2)


def a_neighbours(w):
    result = visited(w)[0]
    w.up(K, S)
    publication(w, result, office=S)


# ---- the review that was asked for -------------------------------------------------------------------------------------------


def asked_for(w, by=K):
    """A review is asked for by the county itself, or by the city; the result of a target."""
    w.q(by, "record", "add", "review_rule", "review=required", "valid_from=2025-08-16", "doc_no=1", "--by", "负责人")
    result = visited(w)[0]
    w.carry(C, K)
    return result


def review(w, result, outcome, by, **columns):
    row = dict(inspection_office=result["office"], inspection_id=result["id"], inspection_rev=result["rev"], outcome=outcome,
               reviewed_on="2025-08-17", acted_by=by, recorded_on="2025-08-17T10:00:00", **columns)
    w.author(K, "result", [("system", K, [("result_review", row)])])


def reviewed_by_another(w):
    result = asked_for(w)
    review(w, result, "sent_back", "审核人", note="补")
    review(w, result, "approved", "审核人")
    publication(w, result)


def nobody_reviewed(w):
    publication(w, asked_for(w))


def reviewed_afterwards(w):
    result = asked_for(w)
    publication(w, result)
    review(w, result, "approved", "审核人")


def reviewed_by_who_found_it(w):
    result = asked_for(w)
    review(w, result, "approved", "张三")
    publication(w, result)


def sent_back_and_published(w):
    """Nobody asked for a review; what was sent back is not made public in any case."""
    result = visited(w)[0]
    review(w, result, "sent_back", "审核人", note="补")
    publication(w, result)


def another_revision_was_approved(w):
    result = asked_for(w)
    review(w, result, "approved", "审核人")
    w.q(K, "result", "correct", w.q(K, "result", "list")[0]["result"], "--codes", "R08", "--problem", "标签不符", "--reason",
        "复核", "--by", "张三")
    publication(w, dict(result), result_rev=2)


def the_city_asks(w, heard):
    """heard: the county was in touch with the city, well behind the rule and before it published."""
    result = asked_for(w, C)
    w.report()
    if heard:
        w.day("2025-09-01")
        w.up()
        w.report()
    publication(w, result, published_on="2025-09-01")


def without_calendar(w):
    draw = w.draws()[0]
    w.record(draw, w.targets(draw)[0]["object"])
    w.report()
    w.day("2025-10-15")


CHEATS = [
    Cheat("published on the last day", "", lambda w: published(w, DUE), "drawn"),
    Cheat("published in time, and heard of within the return days", "", lambda w: published(w, DUE, "2025-09-14"), "drawn"),
    Cheat("published a day late", "draw: PUBLISH_LATE", lambda w: published(w, "2025-09-13"), "drawn"),
    Cheat("never published", "draw: PUBLISH_LATE", never, "drawn"),
    Cheat("published late under an early date", "draw: PUBLISH_LATE", backdated, "drawn"),
    Cheat("published for nobody to see", "draw: PUBLISH_LATE", hidden, "drawn"),
    Cheat("a visit put off on paper", "draw: PUBLISH_LATE", moved_on, "drawn"),
    Cheat("one of two is kept back", "draw: PUBLISH_LATE", in_time_too_few, "drawn"),
    Cheat("a correction is kept back", "draw: PUBLISH_LATE", correction_kept_back, "drawn"),
    Cheat("a publication under another day", "draw: PUBLISH_MISMATCH", other_day, "drawn"),
    Cheat("the public row differs from the record", "draw: PUBLISH_MISMATCH", other_record, "drawn"),
    Cheat("what was corrected is published", "draw: PUBLISH_MISMATCH", older_revision, "drawn"),
    Cheat("a publication of no result", "rows: PUBLISH_MISMATCH", of_nothing, "drawn"),
    Cheat("a publication of no revision", "rows: PUBLISH_MISMATCH", of_no_revision, "drawn"),
    Cheat("a publication of a neighbour's result", "rows@140622: PUBLISH_MISMATCH", a_neighbours, "drawn", settles=(K, S)),
    Cheat("reviewed by another, and then published", "", reviewed_by_another, "drawn"),
    Cheat("published without the review that is asked for", "draw: PUBLISH_REVIEW", nobody_reviewed, "drawn"),
    Cheat("published first, reviewed then", "draw: PUBLISH_REVIEW", reviewed_afterwards, "drawn"),
    Cheat("who found it approves it", "draw: PUBLISH_REVIEW", reviewed_by_who_found_it, "drawn"),
    Cheat("what was sent back is published", "draw: PUBLISH_REVIEW", sent_back_and_published, "drawn"),
    Cheat("another revision was approved", "draw: PUBLISH_REVIEW", another_revision_was_approved, "drawn"),
    Cheat("published without the review that the city asks for", "draw: PUBLISH_REVIEW", lambda w: the_city_asks(w, True), "drawn"),
    Cheat("a rule that the county may not have heard of", "", lambda w: the_city_asks(w, False), "drawn"),
    Cheat("without a calendar nobody is late", "", without_calendar, "drawn",
          skipped={"PUBLISH_LATE": "verdict.skip.calendar"}),
]
