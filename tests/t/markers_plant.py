"""The offices at work, with a marker wherever a person's name, number, place or words may stand."""
import hashlib
import json
import os

from cheat_nodes import C, K, P, S, table, uscc
from leak import ST


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


class Work:
    """What the commands below share: the offices, the markers, and every record that was made."""

    def __init__(self, w, marks):
        self.w, self.m = w, marks

    def add(self, office, kind, **values):
        words = ["%s=%s" % (k, v) for k, v in values.items()]
        made = self.w.q(office, "record", "add", kind, *words, "--by", self.m.person())["record"]
        return made

    def again(self, office, kind, record, **values):
        """The same once more, for a reason."""
        words = ["%s=%s" % (k, v) for k, v in values.items()]
        self.w.q(office, "record", "revise", kind, record, *words, "--reason", self.m.person(), "--by", self.m.person())

    def both(self, office, kind, **values):
        made = self.add(office, kind, **values)
        self.again(office, kind, made)
        return made

    def file(self, name, text):
        with open(os.path.join(self.w.root, name), "w", encoding="utf-8") as f:
            f.write(text)
        return name


def everyone(w):
    for _ in range(2):
        for a, b in ((ST, K), (K, C), (C, P), (P, C), (C, K), (C, S), (K, ST)):
            w.carry(a, b)


# ---- rosters, plans, draws ------------------------------------------------------------------------------------------------


def businesses(x, n, office, station=""):
    return [{"对象类别": "企业", "名称": x.m.business(), "统一社会信用代码": uscc(i), "检查机关": office, "登记状态": "存续",
             "信用风险分类": "C" if i % 3 == 0 else "A", "投诉次数": "0", "本年已查次数": "0", "地址": x.m.person(),
             "责任主体": x.m.business(), "所属监管所": station if i % 3 == 0 else ""} for i in range(n)]


def rosters(x):
    people = [{"姓名": x.m.person(), "执法证号": x.m.number(), "发证机关": K, "状态": "在岗", "可参加抽查": "是",
               "证件有效期至": "2099-12-31", "专业标签": ""} for _ in range(12)]
    recusals = [{"执法证号": people[0]["执法证号"], "发证机关": K, "对象编号": "E:" + uscc(0), "原因": x.m.person()}]
    table(os.path.join(x.w.root, "objects.csv"), businesses(x, 40, K, ST))
    table(os.path.join(x.w.root, "inspectors.csv"), people)
    table(os.path.join(x.w.root, "recusals.csv"), recusals)
    x.w.q(K, "roster", "import", "--objects", "objects.csv", "--inspectors", "inspectors.csv", "--recusals", "recusals.csv",
          "--by", x.m.person())
    x.people = [(K + "/" + p["执法证号"], p["姓名"]) for p in people]


def bounds(x):
    """What the offices above say of the roster: a mark, a register, a bound, and the numbers of a lottery."""
    w, by = x.w, x.m.person
    w.q(C, "mark", "grant", "--office", K, "--kind", "must", "--reason", "2", "--object", "E:" + uscc(1), "--title", "交办",
        "--doc-no", "1", "--given-on", "2025-08-01", "--by", by())
    x.both(C, "scope_bound", permille=1000, title="范围", doc_no="2", set_on="2025-08-01")
    table(os.path.join(w.root, "register.csv"), businesses(x, 40, K))
    w.q(P, "register", "import", "--objects", "register.csv", "--taken-on", "2025-08-16", "--by", by())
    w.q(C, "beacon", "record", "ssq 2025093 01 02 03 04 05 06+07", "--drawn-on", "2025-08-14", "--by", by())


def draws(x):
    """Plans, a list given from above, draws, and every kind of exception."""
    w, m = x.w, x.m
    for office in (P, C):
        w.q(office, "order", "auto", "off")
    w.plan("2025", dict(no="1"), dict(no="2", draw="given"))
    w.carry(C, P)
    w.q(P, "plan", "accept", "1406/2025", "--by", m.person())
    w.day("2025-08-16")
    w.carry(P, C)
    w.carry(C, K)
    rosters(x)
    given = [{"对象编号": "E:" + uscc(300 + i), "对象名称": m.business(), "地址": m.person()} for i in range(3)]
    table(os.path.join(w.root, "given.csv"), given)
    w.q(C, "plan", "give-list", "1406/2025", "2", "--office", K, "--objects", "given.csv", "--source", "parent", "--title",
        "名单", "--doc-no", "3", "--given-on", "2025-08-01", "--by", m.person())
    bounds(x)
    everyone(w)
    w.q(K, "freeze")
    everyone(w)
    w.q(C, "order", "issue", "--office", K)
    everyone(w)
    made = w.q(K, "draw", "run", "--all", "--operator", m.person(), "--observer", m.person(), "--observer", m.person())
    x.draw = next(d["draw"] for d in made if "/1/" in d["slot"])
    everyone(w)
    epoch, seq, n = (int(i) for i in x.draw.split(":")[1].split("-"))
    x.targets = w.rows(K, "SELECT * FROM dispatch WHERE office = ? AND draw_id = ? ORDER BY inspecting_office DESC, id", K,
                       epoch << 51 | seq << 16 | n)
    assert {t["inspecting_office"] for t in x.targets} == {K, ST}


def exceptions(x):
    w, m = x.w, x.m
    with open(os.path.join(w.root, "seen.jpg"), "wb") as f:
        f.write(b"\xff\xd8\xff\xe0\0\x10JFIF\0\1 seen")
    first = x.targets.pop()
    w.q(K, "draw", "void", "--draw", x.draw, "--object", first["object_id"], "--reason", "closed", "--evidence", "seen.jpg", "--by",
        m.person())
    # All are away, one after the other, until a position is empty; somebody is appointed to it.
    target = x.targets.pop()
    while len(who := inspectors(w.rows(K, "SELECT * FROM dispatch WHERE office = ? AND id = ? ORDER BY rev DESC", K,
                                       target["id"])[0])) == 2:
        w.q(K, "draw", "absent", "--draw", x.draw, "--inspector", who[0], "--object", target["object_id"], "--reason", "sick",
            "--by", m.person())
    # Who is left was drawn: anybody but him.
    free = next(p for p, _ in x.people[1:] + x.people[:1] if p not in who)
    w.q(K, "draw", "appoint", "--draw", x.draw, "--object", target["object_id"], "--inspector", free, "--reason",
        "direct_appointment", "--person", m.person(), "--approved-by", m.person(), "--note", m.person(), "--by", m.person())


def inspectors(target):
    return [i.split(" ")[0] for i in target["inspectors"].split(";")]


# ---- visits, results, what follows ------------------------------------------------------------------------------------------


def of_office(x, office):
    return [t for t in x.targets if t["inspecting_office"] == office]


def visits(x):
    w, m = x.w, x.m
    w.day("2025-09-02")  # all that follows has happened by then
    target = of_office(x, K)[0]
    x.visited = target["object_id"]
    for i in inspectors(target):
        x.both(K, "inspector_cert", inspector=i, cert_kind="行政执法证", cert_no=m.number(), issuer="司法厅",
               valid_from="2021-01-01", valid_to="2029-12-31", status="valid", note=m.person())
    name = m.person()
    x.both(K, "expert", name=name, body="研究院", fields="计量", note=m.person())
    item_list = x.add(K, "item_list", title="清单", version="1")
    item = x.add(K, "item", list=item_list, name="计量器具")
    checklist = x.add(K, "checklist", title="表", version="1", item=item)
    point = x.add(K, "check_point", checklist=checklist, no="1", text="检定", answer_kind="text", evidence="none")
    approval = x.both(K, "visit_approval", doc_no="批1", draw=x.draw, items="见计划", from_on="2025-08-18",
                      to_on="2025-12-30", method="现场", approved_on="2025-08-17", announced="announced")
    notice = x.both(K, "visit_notice", approval=approval, object_id=x.visited, doc_no="通1", served_on="2025-08-18",
                    received_by=m.person(), mode="direct", materials=m.person())
    w.day("2025-08-20")
    visit = x.both(K, "visit", object_id=x.visited, started="2025-08-20 08:00", completed="2025-08-20 08:30",
                   inspectors=";".join(inspectors(target)), experts=name, place=m.person(), method="现场", approval=approval,
                   notice=notice, representative=m.person(), signature="refused", refusal=m.person(), witness=m.person(),
                   advice=m.person(), over_cap=m.person())
    w.q(K, "result", "record", "--visit", visit, "--draw", x.draw, "--object", x.visited, "--item", "计量器具=R05",
        "--problem", "计量器具=" + m.person(), "--disposal", "计量器具=D03", "--by", m.person())
    x.result = w.q(K, "result", "list")[0]["result"]
    w.q(K, "result", "correct", x.result, "--item", "计量器具=R08", "--problem", "计量器具=" + m.person(), "--disposal",
        "计量器具=D03", "--reason", "填写有误", "--by", m.person())
    with open(os.path.join(w.root, "gate.jpg"), "wb") as f:
        f.write(b"\xff\xd8\xff\xe0\0\x10JFIF\0\1 gate")
    w.q(K, "evidence", "add", x.result, "--photo", "gate.jpg", "--note", m.person(), "--by", m.person())
    x.both(K, "check_answer", inspection=x.result, point=point, judged="wrong", answer=m.person(), note=m.person())
    x.both(K, "result_review", inspection=x.result, outcome="approved", reviewed_on="2025-08-20", note=m.person())
    x.both(K, "target_answer", draw=x.draw, task="1/1", object_id=of_office(x, K)[1]["object_id"], outcome="not_inspectable",
           answered_on="2025-08-20", note=m.person())


def station(x):
    """A station's own result; its county publishes it."""
    w, m = x.w, x.m
    everyone(w)
    target = of_office(x, ST)[0]
    x.at_station = target["object_id"]
    w.q(ST, "result", "record", "--draw", x.draw, "--object", x.at_station, "--codes", "R05", "--problem", m.person(),
        "--disposal", "D02", "--place", m.person(), "--representative", m.person(), "--by", m.person())
    w.carry(ST, K)


def follow(x):
    w, m = x.w, x.m
    who = ";".join(inspectors(of_office(x, K)[0]))
    up = x.both(K, "follow_up", result=x.result, disposal="D03", opened_on="2025-08-20", note=m.person())
    order = x.both(K, "correction_order", follow_up=up, doc_no="改1", matter=m.person(), issued_on="2025-08-20",
                   due_on="2025-08-30", served_on="2025-08-20", received_by=m.person())
    x.both(K, "recheck", follow_up=up, order=order, done_on="2025-08-20", inspectors=who, outcome="not_corrected",
           note=m.person())
    x.both(K, "case_file", follow_up=up, outcome="filed", doc_no="立1", filed_on="2025-08-20", decided_on="2025-08-21",
           decision=m.person(), note=m.person())
    letter = x.both(K, "transfer", follow_up=up, receiver_kind="police", receiver=m.person(), doc_no="移1",
                    sent_on="2025-08-20", materials=m.person())
    x.both(K, "transfer_answer", transfer=letter, outcome="accepted", doc_no="受1", answered_on="2025-08-21", note=m.person())
    clue = x.both(K, "clue", receiver_office=P, receiver_kind="discipline", receiver=m.person(), doc_no="线1", title=m.person(),
                  sent_on="2025-08-20", facts="@" + x.file("facts.txt", m.person()), persons=m.person(), materials=m.person(),
                  object_id=x.visited, object_name=m.business())
    everyone(w)
    x.both(P, "clue_answer", clue=clue, outcome="returned", answered_on="2025-08-20", note=m.person())


def filings(x):
    w, m = x.w, x.m
    filing = x.both(C, "filing", subject_kind="plan", plan="2025", sent_on="2025-08-16", note=m.person())
    w.carry(C, P)
    x.both(P, "filing_answer", filing=filing, outcome="acknowledged", receipt_no="1", answered_on="2025-08-18",
           note=m.person())


# ---- product sampling -------------------------------------------------------------------------------------------------------


def sampling(x):
    """One sheet of each kind: taken and failed, refused. The city organizes; the county signs and follows up."""
    w, m = x.w, x.m
    day = "2025-08-20"
    labs = [x.add(C, "lab", name="检验所%d" % i) for i in range(2)]
    for lab, duty, no in ((labs[0], "both", m.number()), (labs[0], "sampler", m.number()), (labs[0], "tester", m.number())):
        x.both(C, "lab_person", lab=lab, name=m.person(), staff_no=no, duty=duty)
    staff = [r["record"].split(":")[1] for r in w.q(C, "record", "list", "lab_person", "--limit", "10")]
    tester, samplers = staff[0], ";".join(staff[1:])
    filed = {}
    for kind in ("scheme", "rules"):
        sent = filed[kind + "_filing"] = x.both(C, "filing", subject_kind=kind, subject=kind, sent_on="2025-07-20", note=m.person())
        w.carry(C, P)
        x.both(P, "filing_answer", filing=sent, outcome="approved", receipt_no=kind, answered_on="2025-07-25", note=m.person())
        w.carry(P, C)
    task = x.add(C, "sampling_task", title="监督抽查", doc_no="抽1", rules_published_on="2025-08-01", issued_on="2025-08-01", **filed)
    product = x.add(C, "sampling_product", task=task, no="1", name="电线", batches=5)
    x.add(C, "sampling_quota", task=task, product=product, sampling_lab=labs[0], lab=labs[0], batches=5)
    photos = {"photo_" + k: digest(k) for k in ("place", "storage", "label", "stock", "process")}
    taken = dict(task=task, product=product, lab=labs[0], county=K, outcome="sampled", stage="circulation", sampled_on=day,
                 producer=m.business(), batch_no="1", quantity="2", stock="9", price="5",
                 price_basis="marked", samplers=samplers, papers="notice,identity,authority", test_seal="A", backup_seal="B",
                 copies_left="notice,sheet,sealing", shipped_on=day, **photos)
    sheet = x.both(C, "sample", sheet_no="1", party=m.business(), place=m.person(), backup_place="party",
                   backup_approval=m.person(), party_signature="refused", witness=m.person(), extra_reason=m.person(),
                   note=m.person(), **taken)
    refused = x.both(C, "sample", task=task, product=product, lab=labs[0], county=K, outcome="refused", stage="circulation",
                     sampled_on=day, sheet_no="2", party=m.business(), samplers=samplers, note=m.person())
    found = x.both(C, "refusal_determination", sample=refused, doc_no="拒1", facts=m.person(), determined_on=day)
    w.carry(C, K)
    x.both(K, "refusal_cosign", determination=found, outcome="disputed", cosigned_on=day, note=m.person())
    x.both(C, "sample_reception", sample=sheet, received_on=day, outcome="received", seal="intact", matches="yes", looks="完好",
           licence_kind="none", note=m.person())
    w.q(C, "sample", "number", "--by", m.person())
    mark = w.q(C, "record", "list", "blind_mark")[0]["record"]
    test = x.both(C, "lab_test", mode="blind", mark=mark, started_on=day, testers=tester, note=m.person())
    x.both(C, "test_item", test=test, no=1, item="绝缘", verdict="fail")
    x.add(C, "test_conclusion", test=test, conclusion="nonconforming", ended_on=day, failed_items="绝缘", note=m.person())
    w.q(C, "sample", "reveal", "--by", m.person())
    report = x.both(C, "test_report", sample=sheet, conclusion="nonconforming", report_no="报1", digest=digest("r"),
                    issued_on=day)
    x.both(C, "report_service", report=report, receiver_kind="party", receiver=m.person(), mode="ems", waybill="1",
           sent_on=day, received_on="2025-08-21", note=m.person())
    objection = x.both(C, "objection", report=report, received_on="2025-08-25", objector="party", objector_name=m.person(),
                       subject="conclusion", text=m.person(), decision="retest", decided_on="2025-08-26", answer=m.person())
    x.both(C, "retest", objection=objection, lab=labs[1], backup_seal="B", notified_on="2025-08-27",
           formalities_on="2025-08-28", lab_named_on="2025-08-29", conclusion="nonconforming", concluded_on="2025-09-01",
           report_no="复1", report_digest=digest("rr"), payer="objector", note=m.person())
    sent = x.both(C, "product_dispatch", sample=sheet, handler=K, doc_no="处1", sent_on="2025-09-02", note=m.person())
    x.both(C, "improvement_proposal", report=report, failed_items="绝缘", problem_description="薄", improvement_advice="加强",
           remark=m.person(), lab_seal="已盖章", issued_on="2025-09-02")
    x.both(C, "ecqs_entry", sample=sheet, data="sampling", entered_on="2025-08-21")
    w.day("2025-10-20")
    x.both(C, "sample_disposal", sample=sheet, part="test", manner="other", receiver=m.person(), done_on="2025-10-10",
           note=m.person())
    w.q(C, "publish", "samples", task, "--by", m.person())
    w.carry(C, K)
    x.both(K, "follow_up", dispatch=sent, disposal="D03", opened_on="2025-10-20", due_on="2025-12-20",
           due_reason=m.person(), note=m.person())
    x.both(C, "lab_report", task=task, lab=labs[0], received_on="2025-10-18", digest="a" * 64, note=m.person())


# ---- what is forgotten ------------------------------------------------------------------------------------------------------


def forgotten(x):
    w, m = x.w, x.m
    row = w.one(K, "SELECT id FROM recheck ORDER BY id LIMIT 1")
    at = w.q(K, "redact", "find", K, "%d-%d-%d" % (row >> 51, row >> 16 & 0x7ffffffff, row & 65535))[0]
    w.q(K, "redact", "order", K, at["seq"], at["part"], "--basis", "个人信息保护法", "--reason", m.person(), "--by", m.person())
    w.q(K, "purge", "order", "--holder", ST, "--subject", S, "--basis", "个人信息保护法", "--reason", m.person(), "--by",
        m.person())
    w.carry(K, ST)
    w.q(ST, "purge", "run", "--by", m.person(), check=False)
    w.carry(ST, K)


# ---- what becomes public ------------------------------------------------------------------------------------------------------


def published(x):
    """The rest is inspected, some of it published; the draw is opened, lists and sites are made."""
    w, m = x.w, x.m
    for target in of_office(x, K)[1:2]:
        w.q(K, "result", "record", "--draw", x.draw, "--object", target["object_id"], "--codes", "R01", "--by", m.person())
    w.q(K, "publish", "results")
    row = w.one(K, "SELECT id FROM publication WHERE office = ? ORDER BY id LIMIT 1", K)
    x.both(K, "system_entry", system="gsxt", publication="%s:%d-%d-%d" % (K, row >> 51, row >> 16 & 0x7ffffffff, row & 65535),
           entered_on="2025-08-20")
    x.both(K, "business_count", year=2025, enterprises=40, counted_on="2025-08-20", source="登记系统")
    # Only now, so that these have no public result; the draw can be opened behind them.
    for target in of_office(x, K)[2:] + of_office(x, ST)[1:]:
        at = target["inspecting_office"]
        w.q(at, "result", "record", "--draw", x.draw, "--object", target["object_id"], "--codes", "R01", "--by", m.person())
    w.q(K, "release", "--draw", x.draw, "--force-window")
    everyone(w)
    w.q(C, "consolidate", "--series", "2025")
    w.q(K, "report", "make", "--title", m.person(), "--kind", "year", "--year", "2025", "--by", m.person())


def plant(w, marks):
    x = Work(w, marks)
    w.day("2025-07-25")
    draws(x)
    exceptions(x)
    visits(x)
    station(x)
    follow(x)
    filings(x)
    sampling(x)
    published(x)
    forgotten(x)
    everyone(w)
    return x
