#!/usr/bin/env bash
# The made-up rosters: the same bytes for the same seed, and fit for every task of the plan in every county.
. "$(dirname "$0")/lib.sh"
gen=$BUILD/tests/tools/gen_roster

ok 'makes a roster' "$gen" --office 140602 --seed 7 --out "$T/a"
ok 'makes it again' "$gen" --office 140602 --seed 7 --out "$T/b"
ok 'same seed, same bytes' diff -r "$T/a" "$T/b"
ok 'another seed' "$gen" --office 140602 --seed 8 --out "$T/b"
not_ok 'gives other bytes' cmp "$T/a/objects.csv" "$T/b/objects.csv"
ok 'another office' "$gen" --office 140603 --seed 7 --out "$T/b"
not_ok 'gives other bytes' cmp "$T/a/objects.csv" "$T/b/objects.csv"
for wrong in '--office 1406 --seed 1' '--office 14060a --seed 1' '--office 140602 --seed x' '--office 140602' \
    '--office 140602 --seed 1 --objects 499' '--office 140602 --seed 1 --inspectors 9' '--office 140602 --seed 1 more'; do
    # shellcheck disable=SC2086
    not_ok "refuses $wrong" "$gen" $wrong --out "$T/c"
done

cat >"$T/judge.py" <<'END'
import csv, re, sys
made, data = sys.argv[1], sys.argv[2]
office, size = sys.argv[3], int(sys.argv[4])
results = []


def ok(what, good, detail=""):
    results.append(f"{'ok' if good else 'not ok'} {what}" + ("" if good else f" {detail}"))


def table(name, rows=None):
    with open(f"{data}/{name}", encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


tags = {r["name_zh"]: int(r["code"]) for r in table("tags.csv") if r["kind"] == "object"}
quals = {r["name_zh"]: int(r["code"]) for r in table("tags.csv") if r["kind"] == "qualification"}
raw = open(f"{made}/objects.csv", "rb").read()
lines = raw.split(b"\r\n")
ok("CRLF ends every line", lines.pop() == b"" and b"\n" not in b"".join(lines))
heads = next(csv.reader([lines[0].decode("gb18030")]))
ok("17 columns", len(heads) == 17)
ok("so many rows", len(lines) == size + 1)
with open(f"{made}/expected-rejects.csv", encoding="ascii", newline="") as f:
    rejects = {int(r["line"]): r["rule"] for r in csv.DictReader(f)}
ok("about 1.5 % to be refused", 0.012 * size <= len(rejects) <= 0.02 * size + 8, len(rejects))
ok("every kind of fault", len(set(rejects.values())) == 8, set(rejects.values()))

words = dict(zip("企业 个体工商户 农民专业合作社 事业单位 社会组织 产品 设备 标准 场所".split(), "EICNSPQTL"))
alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
date = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


def fault_of(text, seen):
    """The first fault of a row, read without knowledge of the list of rejects."""
    try:
        row = next(csv.reader([text.decode("gb18030")]))
    except UnicodeDecodeError:
        return "broken-character", None
    if len(row) != 17:
        return "too-many-columns", None
    r = dict(zip(heads, row))
    if not r["名称"].strip():
        return "missing-name", None
    if r["对象类别"] not in words:
        return "unknown-class", None
    if any(d and (not date.fullmatch(d) or d[5:] == "02-30") for d in (r["风险评定日期"], r["上次检查日期"])):
        return "bad-date", None
    if r["检查机关"] != office:
        return "unknown-office", None
    names = [t for t in r["标签"].split("；") if t]
    if any(t not in tags for t in names):
        return "unknown-tag", None
    code = r["统一社会信用代码"].translate({c: c - 0xfee0 for c in range(0xff01, 0xff5f)}).replace(" ", "").upper()
    r["odd"] = code != r["统一社会信用代码"]
    r["id"] = r["对象编号"] or words[r["对象类别"]] + ":" + code
    if r["id"] in seen:
        return "duplicate-id", None
    seen.add(r["id"])
    if code:
        check = alphabet[-sum(alphabet.index(c) * w for c, w in zip(code, weights)) % 31]
        r["holds"] = len(code) == 18 and code[17] == check
    r["tags"] = {tags[t] for t in names}
    r["kind"] = "EICNSPQTLO".index(words[r["对象类别"]]) + 1
    r["class"] = " ABCD".index(r["信用风险分类"] or " ")
    r["status"] = "存续 停业 注销 吊销 撤销 迁出".split().index(r["登记状态"])
    return None, r


seen, objects, wrong = set(), [], []
for no, text in enumerate(lines[1:], 2):
    fault, row = fault_of(text, seen)
    if fault != rejects.get(no):
        wrong.append((no, fault, rejects.get(no)))
    if row:
        objects.append(row)
ok("the rows to be refused are exactly those listed", not wrong, wrong[:5])
ok("some codes fail their check", 0 < sum(r.get("holds") is False for r in objects) < size / 50)
ok("some codes are typed oddly", 0 < sum(r["odd"] for r in objects) < size / 50)
ok("some have an old registration number", any(re.fullmatch(r"I:\d{15}", r["id"]) for r in objects))
ok("equipment is known by its owner's code and number",
   all(re.fullmatch(r"Q:[0-9A-Z]{18}/\d+", r["id"]) for r in objects if r["kind"] == 7))
ok("a class only with its date", all(bool(r["信用风险分类"]) == bool(r["风险评定日期"]) for r in objects))
ok("inspected this year goes with a date of this year",
   all((r["本年已查次数"] != "0") == r["上次检查日期"].startswith("2021") for r in objects))
ok("quotes where needed", b'"' in raw)


def holds(expr, r):
    """expr of the slot rules, by recursive descent."""
    m = re.match(r"true|(eq|ge|le)\((\w+),(\d+)\)|has\(tag,(\d+)\)", expr)
    if m:
        rest = expr[m.end():]
        if m.group(1):
            a, n = r[m.group(2)], int(m.group(3))
            return {"eq": a == n, "ge": a >= n, "le": a <= n}[m.group(1)], rest
        return (int(m.group(4)) in r["tags"] if m.group(4) else True), rest
    m = re.match(r"(and|or|not)\(", expr)
    left, rest = holds(expr[m.end():], r)
    if m.group(1) == "not":
        assert rest[0] == ")"
        return not left, rest[1:]
    assert rest[0] == ","
    right, rest = holds(rest[1:], r)
    assert rest[0] == ")"
    return (left and right if m.group(1) == "and" else left or right), rest[1:]


def matches(expr, r):
    value, rest = holds(expr, r)
    assert rest == "", rest
    return value


def csv_of(name):
    with open(f"{made}/{name}", encoding="gb18030", newline="") as f:
        return list(csv.DictReader(f))


inspectors = csv_of("inspectors.csv")
able = [{quals[q] for q in i["专业标签"].split("；")} for i in inspectors
        if i["状态"] == "在岗" and i["可参加抽查"] == "是"]
plan = {r["no"]: r for r in table("shuozhou-2021-plan.csv")}
scopes = table("shuozhou-2021-scopes.csv")
ok("a scope for each of the 21 tasks", [s["task"] for s in scopes] == list(plan))
for s in scopes:
    population = [r for r in objects if matches(s["population"], r)]
    want = size // 5 if s["task"] in ("11", "12", "21") else 4
    ok(f"task {s['task']}: a population to draw from", len(population) >= want, len(population))
    strata = [x.split(" ", 2) for x in s["strata"].split(";") if x]
    for ratio, least, expr in strata:
        num, den = map(int, ratio.split("/"))
        ok(f"task {s['task']}: {expr} is not below the printed ratio",
           num / den >= float(plan[s["task"]]["min_ratio"]) and int(least) >= 0)
    if strata:
        first = [next((i for i, x in enumerate(strata) if matches(x[2], r)), None) for r in population]
        ok(f"task {s['task']}: every object has its stratum, every stratum an object",
           set(first) == set(range(len(strata))), set(first))
    roles = [x.split(" ") for x in s["roles"].split(";")]
    ok(f"task {s['task']}: two inspectors or more", 2 <= sum(int(k) for k, _ in roles) <= 4)
    for k, q in roles:
        need = set() if q == "-" else {int(x) for x in q.split(",")}
        ok(f"task {s['task']}: three or more for {q}", sum(need <= has for has in able) >= max(3, int(k)))
ok("expressions stay inside the depth", all(s["population"].count("(") < 32 for s in scopes))

certs = {(i["执法证号"], i["发证机关"]) for i in inspectors}
ok("certificate numbers differ", len(certs) == len(inspectors) == 24)
ok("some inspectors cannot be drawn", 0 < len(inspectors) - len(able) < 8)
recusals = csv_of("recusals.csv")
ok("recusals name inspectors and objects of the roster", recusals and all(
    (r["执法证号"], r["发证机关"]) in certs and r["对象编号"] in seen and r["原因"] for r in recusals))
ok("no recusal twice", len({(r["执法证号"], r["对象编号"]) for r in recusals}) == len(recusals) >= 10)
print("\n".join(results))
END
for office in 140602 140603 140621 140622 140623 140681; do
    "$gen" --office $office --seed 2021 --out "$T/$office" >/dev/null
    out=$(python3 "$T/judge.py" "$T/$office" "$ROOT/tests/data" $office 3000 2>&1)
    is "$(grep -v '^ok ' <<<"$out")" '' "$office: $(grep -c '^ok ' <<<"$out") properties hold"
done
"$gen" --office 140602 --seed 1 --objects 500 --out "$T/small" >/dev/null
out=$(python3 "$T/judge.py" "$T/small" "$ROOT/tests/data" 140602 500 2>&1)
is "$(grep -v '^ok ' <<<"$out")" '' "the smallest roster: $(grep -c '^ok ' <<<"$out") properties hold"
# The judge itself is judged: a roster with one row more taken out must not pass.
sed -i '2d' "$T/small/objects.csv"
not_ok 'a roster that lost a row is noticed' sh -c \
    '! python3 "$1/judge.py" "$1/small" "$2" 140602 500 | grep -q "^not ok"' sh "$T" "$ROOT/tests/data"
done_testing
