"""A year of one county, and of product sampling at its city, in which the clerks try what a practitioner would think of, and the
program that everybody has refuses it, or tells of it. What a changed program does stands in the other cheat_*.py.

    cheat_year.py DIRECTORY CLOCK NUMBER     as cheat.py; the offices are enrolled, a station below the county among them
"""
import json
import os
import re
import sqlite3
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cheat_nodes import C, K, P, Nodes  # noqa: E402
from markers_plant import Work, digest, inspectors, sampling  # noqa: E402

w = Nodes(sys.argv[1], float(sys.argv[2]))
number, failures = int(sys.argv[3]), 0


def result(wrong, what):
    global number, failures
    number += 1
    failures += bool(wrong)
    print("%s %d - %s" % ("not ok" if wrong else "ok", number, what))
    if wrong:
        print("# " + str(wrong)[:1500].replace("\n", "\n# "))
    sys.stdout.flush()


def run(office, *args):
    return w.call([os.environ["QIAN"], "-d", office, "--json", *map(str, args)], check=False)


def no(rule, what, office, *args):
    """Refused by that rule; nothing was signed."""
    before = w.one(office, "SELECT sum(size) FROM log")
    r = run(office, *args)
    m = re.search(r'"id": ?"([a-z0-9.-]+)"', r.stdout + r.stderr)
    said = m.group(1) if m else r.stdout + r.stderr
    wrong = "" if said == rule and r.returncode == 1 else "%s (%d) instead of %s" % (said, r.returncode, rule)
    if not wrong and w.one(office, "SELECT sum(size) FROM log") != before:
        wrong = "something was signed"
    result(wrong, "%s: %s" % (what, rule))


def same(got, want, what):
    result("" if got == want else "got:    %s\nwanted: %s" % (got, want), what)


def add(office, kind, *values, by="张三"):
    return w.q(office, "record", "add", kind, *values, "--by", by)["record"]


# ---- a plan with a cap, a draw --------------------------------------------------------------------------------------------

w.day("2025-07-25")
for o in (P, C):
    w.q(o, "order", "auto", "off")
w.carry(P, C)
w.plan("2025", dict(no="1", cap="1", strata="1/1 1 true"))
w.carry(C, K)
w.carry(C, P)
w.day("2025-08-16")
w.roster(n=12)
w.q(K, "freeze")
w.up()
w.q(C, "order", "issue", "--office", K)
w.up()
w.q(K, "draw", "run", "--all")
w.up()
draw = w.draws()[0]
targets = [t["object"] for t in w.targets(draw)]
sent = {t["object"]: t["inspectors"] for t in w.q(K, "task", "list")}


def pair(target):
    return ";".join(i.split(" ")[0] for i in sent[target].split(";"))


def visit(target, day, who=None, *more):
    return ("visit", "object_id=" + target, "started=%s 08:00" % day, "completed=%s 09:00" % day, "inspectors=" + (who or pair(target)),
            "method=现场", "signature=signed", "representative=某", *more)


w.day("2025-08-20")

# ---- who goes, how often -----------------------------------------------------------------------------------------------------
a, b, c, d = targets[:4]
others = ";".join(sorted({"%s/JS%03d" % (K, i) for i in range(8)} - set(pair(a).split(";")))[:2])
friends = add(K, *visit(a, "2025-08-18", others))
no("result.not-there", "a result of a visit to which friends went", K, "result", "record", "--visit", friends, "--draw", draw, "--object", a,
   "--codes", "R01", "--by", "张三")
w.q(K, "record", "withdraw", "visit", friends, "--reason", "人员不符", "--by", "张三")
first = add(K, *visit(b, "2025-08-18"))
no("visit.over-cap", "a second visit of the year, without a word", K, "record", "add", *visit(b, "2025-08-19"), "--by", "张三")
add(K, *visit(b, "2025-08-19", None, "over_cap=群众举报"))
same(len(w.q(K, "visit", "list", "--over-cap")), 1, "with a reason it is told among those beyond the cap")
no("result.other-visit", "a result on the visit to another", K, "result", "record", "--visit", first, "--draw", draw, "--object", c, "--codes", "R01",
   "--by", "张三")

def found(target, code, *more):
    return w.q(K, "result", "record", "--draw", draw, "--object", target, "--codes", code, *more, "--by", "张三")["result"]


# ---- what was found, and what becomes of it ------------------------------------------------------------------------------------
bad = found(b, "R05", "--visit", first, "--problem", "超期未检", "--disposal", "D03")
no("value.before", "a follow-up of the week before the visit", K, "record", "add", "follow_up", "result=" + bad, "disposal=D03", "opened_on=2025-08-11",
   "--by", "张三")
up = add(K, "follow_up", "result=" + bad, "disposal=D03", "opened_on=2025-08-20")
order = ("correction_order", "follow_up=" + up, "doc_no=改1", "matter=检定", "due_on=2025-09-30")
no("value.before", "an order that was there before anybody found anything", K, "record", "add", *order, "issued_on=2025-08-01", "--by", "张三")
no("value.before", "a case that was filed before", K, "record", "add", "case_file", "follow_up=" + up, "outcome=filed", "doc_no=立1", "filed_on=2025-08-19",
   "--by", "张三")
no("value.before", "a letter that was sent before", K, "record", "add", "transfer", "follow_up=" + up, "receiver_kind=police", "receiver=公安",
   "doc_no=移1", "sent_on=2025-08-19", "--by", "张三")
add(K, *order, "issued_on=2025-08-20")
no("records.referred", "the follow-up is made to vanish", K, "record", "withdraw", "follow_up", up, "--reason", "误录", "--by", "张三")
add(K, "case_file", "follow_up=" + up, "outcome=not_filed", "note=情节轻微")
same(w.q(K, "record", "list", "follow_up")[0]["state"], "ordered", "no case, and nobody looked again: it is open")
other = found(c, "R05", "--problem", "未亮照", "--disposal", "D01")
quiet = add(K, "follow_up", "result=" + other, "disposal=D01", "opened_on=2025-08-20")
no("value.before", "a review of the day before", K, "record", "add", "result_review", "inspection=" + other, "outcome=sent_back", "note=补充",
   "reviewed_on=2025-08-17", "--by", "审核")

# A finding is turned into none before anybody above has seen it: what stood, and why, goes up with it, and becomes public.
w.q(K, "result", "correct", other, "--codes", "R01", "--reason", "录入有误", "--by", "张三")
w.q(K, "record", "withdraw", "follow_up", quiet, "--reason", "更正后无问题", "--by", "张三")
w.q(K, "publish", "results")
w.up()
seen = w.rows(C, "SELECT rev, codes, reason FROM inspection_result WHERE office = ? AND object_id = ? ORDER BY rev", K, c)
same([(r["rev"], r["codes"], r["reason"]) for r in seen], [(1, "R05", None), (2, "R01", "录入有误")], "the office above has both, and the reason")
w.q(C, "publish", "site", "--out", "site")
pages = ""
for root, _, names in os.walk(os.path.join(w.root, "site", "objects")):
    pages += "".join(open(os.path.join(root, n), encoding="utf-8").read() for n in names)
result("" if "公示前已更正，理由：</b>录入有误" in pages else "no reason", "and whoever reads the page learns that it was corrected, and why")


def figure(office, name):
    f = w.q(office, "stats", "figures", "--office", K, "--year", 2025)["whole"]["figures"][name]
    return f["of"], f["over"]


same(figure(C, "closure"), (1, 2), "one of two published is closed: the one without a problem")
third = found(d, "R05", "--problem", "未亮照", "--disposal", "D01")
gone = add(K, "follow_up", "result=" + third, "disposal=D01", "opened_on=2025-08-20")
w.q(K, "publish", "results")
w.up()
same(figure(C, "closure"), (1, 3), "a problem is open with its follow-up")
w.q(K, "record", "withdraw", "follow_up", gone, "--reason", "误录", "--by", "张三")
w.up()
same(figure(C, "closure"), (1, 3), "and without it as well")
# A letter to the city, which the county answers itself: by its own program it may not, by a changed one it closes nothing.
fourth = found(targets[4], "R05", "--problem", "未亮照", "--disposal", "D01")
sent_on = add(K, "follow_up", "result=" + fourth, "disposal=D01", "opened_on=2025-08-20")
letter = add(K, "transfer", "follow_up=" + sent_on, "receiver_kind=office", "receiver_office=" + C, "receiver=市局", "doc_no=移2", "sent_on=2025-08-20")
no("follow.not-the-receiver", "its own answer", K, "record", "add", "transfer_answer", "transfer=" + letter, "outcome=closed", "answered_on=2025-08-20",
   "--by", "张三")
w.author(K, "result", [("system", C, [("transfer_answer", dict(
    transfer_office=K, transfer_id=w.one(K, "SELECT id FROM transfer"), transfer_rev=1, outcome="closed", acted_by="张三", answered_on="2025-08-20",
    recorded_on="2025-08-20T09:00:00"))])])
w.q(K, "publish", "results")
w.up()
same((figure(C, "closure"), w.q(C, "record", "list", "transfer")[0]["state"]), ((1, 4), "sent"), "and a changed program's answer closes nothing")

# ---- product sampling, at the city ---------------------------------------------------------------------------------------------


class Names:
    def __init__(self):
        self.n = 0

    def person(self):
        self.n += 1
        return "人员%d" % self.n

    number = business = person


w.day("2025-09-02")
sampling(Work(w, Names()))
listed = lambda kind, at=-1: w.q(C, "record", "list", kind)[at]["record"]  # noqa: E731
task, sheet, report = listed("sampling_task"), listed("sample"), listed("test_report")
by = ("--reason", "更正", "--by", "张三")
no("sampling.bound", "seals that fit afterwards", C, "record", "revise", "sample", sheet, "backup_seal=Z", *by)
no("sampling.numbered-already", "a sample that is thought to fail is rejected after all", C, "record", "revise", "sample_reception",
   listed("sample_reception"), "outcome=rejected", "note=封条破损", *by)
no("sampling.concluded", "an item that failed passes", C, "record", "revise", "test_item", listed("test_item"), "verdict=pass", *by)
no("sampling.report-twice", "a second report", C, "record", "add", "test_report", "sample=" + sheet, "conclusion=nonconforming", "report_no=报2",
   "digest=" + digest("x"), "issued_on=2025-08-21", "--by", "张三")
no("records.settled", "a retest that is forgotten, for another lab's", C, "record", "withdraw", "retest", listed("retest"), *by)
no("records.settled", "a retest with another end", C, "record", "revise", "retest", listed("retest"), "conclusion=conforming", *by)
no("sampling.objection-shorter", "less time to object, once the report is out", C, "record", "revise", "sampling_task", task, "objection_days=3", *by)
second = add(C, "sampling_task", "title=第二次", "doc_no=抽2")
no("sampling.other-task", "batches of one task on the quota of another", C, "record", "add", "sampling_quota", "task=" + second,
   "product=" + listed("sampling_product"), "sampling_lab=" + listed("lab"), "lab=" + listed("lab"), "batches=1", "--by", "张三")
refusal = listed("refusal_determination")
no("sampling.refusal-twice", "a refusal that is determined twice", C, "record", "add", "refusal_determination", "sample=" + listed("sample", 0),
   "doc_no=拒2", "facts=x", "determined_on=2025-08-21", "--by", "张三")
no("sampling.cosign-twice", "two answers of the county to it", K, "record", "add", "refusal_cosign", "determination=" + refusal, "outcome=agreed",
   "cosigned_on=2025-08-21", "--by", "张三")
no("follow.of-both", "one follow-up for a result and for a failing product", K, "record", "add", "follow_up", "result=" + bad,
   "dispatch=" + w.q(K, "record", "list", "product_dispatch")[0]["record"], "disposal=D03", "opened_on=2025-10-20", "--by", "张三")

# ---- in whose name -----------------------------------------------------------------------------------------------------------------
for name, roles in (("管理", "管理员"), ("局长", "负责人"), ("张三", "检查、处置"), ("李四", "检查")):
    w.q(K, "--lang", "zh", "--by", "管理", "person", "set", name, "--roles", roles)
good = w.q(K, "doctor", check=False)
db = sqlite3.connect(os.path.join(w.root, K, "qian.db"))
db.execute("DELETE FROM person WHERE name <> '管理'")
db.commit()
db.close()
bad_now = run(K, "doctor")
same(("doctor.persons-wrong" in json.dumps(good), "doctor.persons-wrong" in bad_now.stdout + bad_now.stderr, bad_now.returncode), (False, True, 1),
     "persons are taken out of the file, so that roles seem to be in force no more: the doctor tells")

print("1..%d" % number)
sys.exit(1 if failures else 0)
