"""The office's deadlines from day to day: deadline.py DIRECTORY CLOCK NUMBER, as TAP."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cheat_nodes import C, K, P, S, Nodes  # noqa: E402

w = Nodes(sys.argv[1], float(sys.argv[2]))
number, failures = int(sys.argv[3]), 0


def same(got, want, what):
    global number, failures
    number += 1
    failures += got != want
    print("%s %d - %s" % ("ok" if got == want else "not ok", number, what))
    if got != want:
        print("# got:    %s\n# wanted: %s" % (got, want))
    sys.stdout.flush()


def due(office, *args):
    """"KIND OFFICE DAY STATE [xN]", by day; of what has ended with the days claimed and received."""
    got = w.q(office, "due", *args)
    out = []
    for d in got["deadlines"]:
        out.append("%s %s %s%s %s%s" % (d["deadline"], d["office"], d["due"], "?" if d["provisional"] else "", d["state"],
                                        " x%d" % d["n"] if d["n"] > 1 else ""))
        if "ended_on" in d:
            out[-1] += " %s %s" % (d["ended_on"], d.get("received_on", "-")[:10])
            out[-1] += " " + d["doubt"] if "doubt" in d else ""
    return out


w.day("2025-07-20")
for office in (P, C):
    w.q(office, "order", "auto", "off")
w.plan("2025", dict(no="1"))
w.day("2025-07-25")
same(due(C), [], "far ahead, nothing is urgent")
same(sorted(due(C, "--all")), sorted(["draw %s 2025-12-31 ahead" % K, "draw %s 2025-12-31 ahead" % S,
                                      "plan %s 2025-12-31 ahead x2" % C]), "a plan awaits its draws")
w.carry(C, K)
w.carry(C, S)
w.carry(C, P)
same(due(K, "--all"), ["draw %s 2025-12-31 ahead" % K], "a county its own one")
same(due(K, "--within", 200), ["draw %s 2025-12-31 urgent" % K], "what is urgent depends on whom one asks")
w.day("2025-08-16")
w.roster()
w.q(K, "freeze")
w.up()
w.q(C, "order", "issue", "--office", K)
w.up()
w.q(K, "draw", "run", "--all")
draw = w.draws()[0]
targets = [t["object"] for t in w.targets(draw)]
n = len(targets)
same(due(K, "--all"), ["inspection %s 2025-12-31 ahead x%d" % (K, n)], "a draw awaits its visits")
same(due(K, "--ended", "--kind", "draw"), ["draw %s 2025-12-31 met 2025-08-16 -" % K], "the draw has ended")
w.up()
same(due(C, "--ended", "--kind", "draw"), ["draw %s 2025-12-31 met 2025-08-16 2025-08-16" % K], "and the city has its receipt")
w.day("2025-09-01")
w.record(draw, targets[0])
same(sorted(due(K, "--all")), sorted(["inspection %s 2025-12-31 ahead x%d" % (K, n - 1),
                                      "publication %s 2025-09-29? ahead" % K]), "a result is to be published, provisionally without a calendar")
w.q(P, "calendar", "import", os.environ["DATA"] + "/workdays-cn.json", "--by", "计划员")
w.carry(P, C)
w.carry(C, K)
same(due(K, "--all", "--kind", "publication"), ["publication %s 2025-09-28 ahead" % K],
     "the calendar settles it: the Sunday before the holidays is worked")
w.up()
w.day("2025-09-25")
same(due(K), ["publication %s 2025-09-28 urgent" % K], "a week before it is urgent")
same(due(P), ["publication %s 2025-09-28 urgent" % K], "for the province too")
same(due(P, "--office", S), [], "but not at its neighbour")
w.day("2025-09-29")
same(due(C, "--overdue"), ["publication %s 2025-09-28 overdue" % K], "a day behind it is overdue")
w.q(K, "publish", "results")
same(due(K), [], "published, it is open no more")
w.day("2025-10-10")
w.up()
same(due(C, "--late"), ["publication %s 2025-09-28 late 2025-09-29 2025-10-10" % K], "and is told as late, by what it says itself")

# A correction of what was published is published in its turn.
result = w.q(K, "result", "list")[0]["result"]
w.q(K, "result", "correct", result, "--codes", "R08", "--reason", "复核", "--problem", "标签不符", "--by", "张三")
same(due(K, "--all", "--kind", "republication"), ["republication %s 2025-11-06 ahead" % K], "a correction is awaited on the page")
w.q(K, "publish", "results")
same(due(K, "--all", "--kind", "republication"), [], "until it is there")
same(due(K, "--ended", "--kind", "republication"), ["republication %s 2025-11-06 met 2025-10-10 -" % K], "which is told")

# Published within its time, as it says, and seen much later.
w.record(draw, targets[1])
w.q(K, "publish", "results")
w.day("2025-12-15")
w.up()
same(due(C, "--late")[:2], ["%s %s 2025-11-06 met 2025-10-10 2025-12-15 shown-late" % (k, K) for k in ("publication", "republication")],
     "what was claimed in time and came late is told with both days")

# The rest of the visits, and the plan is done.
w.day("2025-12-28")
same([d for d in due(K) if d[:4] == "insp"], ["inspection %s 2025-12-31 urgent x%d" % (K, n - 2)], "the year ends")
# The clock of the whole task: nothing is to be published before the last visit.
plan = w.rows(C, "SELECT * FROM plan")[0]
plan.update(rev=2, publication_clock="task_completed", reason="按任务完成起算")
plan.pop("office")
w.author(C, "plan", [("public", C, [("plan", plan)], "subtree")])
w.carry(C, K)
w.record(draw, *targets[2:4])
same(due(K, "--all", "--kind", "publication"), [], "where the whole task is waited for, no result is due yet")
w.record(draw, *targets[4:])
same(due(K, "--all", "--kind", "publication"), ["publication %s 2026-01-26 ahead" % K] * (n - 2), "all are with the last visit")
same([d for d in due(K, "--all") if d[:4] == "insp"], [], "all visits are made")
same(due(K, "--ended", "--kind", "inspection"), ["inspection %s 2025-12-31 met x%d 2025-12-28 -" % (K, n)], "on the day of the last")
w.up()
same([d for d in due(C) if d[:4] == "plan"], ["plan %s 2025-12-31 urgent" % C], "the neighbour's draw alone is missing")
page = w.q(K, "due", "--all", "--limit", 2)
same((len(page["deadlines"]), page["more"]), (2, n > 4), "a page of two")
rest = w.q(K, "due", "--all", "--past", page["deadlines"][1]["place"])
same((len(rest["deadlines"]), rest["more"]), (n - 4, False), "and the rest of them")

# A plan that the city draws from itself awaits the province's answer.
w.day("2026-01-05")
w.plan("2026", dict(no="1", levels="city"))
w.carry(C, P)
same([d for d in due(P, "--all") if "acceptance" in d], ["plan_acceptance %s 2025-07-25 overdue" % P], "an own plan awaits its answer")
w.q(P, "plan", "accept", C + "/2026", "--by", "王五")
same([d for d in due(P, "--all") if "acceptance" in d], [], "and has it")

# What was due before a county was enrolled (2025-07-20) is not its to have missed.
w.plan("spring", dict(no="1", months=(3, 4)), dict(no="2", months=(6, 7)))
w.carry(C, K)
spring = [d for d in w.q(C, "due", "--overdue", "--kind", "draw")["deadlines"] if "/spring/" in d["about"]]
same(sorted((d["about"].split("/")[2], d["office"], d["due"], d.get("instead_of", "")) for d in spring),
     sorted([("1", C, "2025-04-30", K), ("1", C, "2025-04-30", S), ("2", K, "2025-07-31", ""), ("2", S, "2025-07-31", "")]),
     "a draw of a spring before there was the county is owed by the plan's issuer, that of the summer by the county")
same([d for d in due(K, "--overdue", "--kind", "draw") if "04-30" in d], [], "nor does the county list it")
same([d for d in due(C, "--office", K, "--overdue", "--kind", "draw") if "04-30" in d], [], "or the city for it")
same([d for d in due(C, "--overdue", "--kind", "plan") if "x" in d][-1:], ["plan %s 2025-12-31 overdue x4" % C], "and of the plan it is still missing")
print("1..%d" % number)
sys.exit(1 if failures else 0)
