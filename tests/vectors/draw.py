#!/usr/bin/env python3
"""The draw once more, written from protocol/spec/draw*.md alone, to check the C against.

    tests/vectors/draw.py > tests/vectors/draw.txt      the digests that tests/unit/test_draw_vectors.c compares
    tests/vectors/draw.py 17                            the result of instance 17 in full

Instances are made from their number by the function `instance`; the C test has the same generator, so the file
holds one SHA-256 of each result. Nothing here is fast: representatives are searched by trying everybody.
"""
import hashlib
import hmac
import itertools
import struct
import sys

INSTANCES = 1200
KIND_LETTERS = "EICNSPQTLO"


def H(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def M(key, *parts):
    return hmac.new(key, b"".join(parts), hashlib.sha256).digest()


def root(leaves):
    if not leaves:
        return H()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return H(b"\x01", root(leaves[:k]), root(leaves[k:]))


def short(text):
    b = text.encode()
    return struct.pack(">B", len(b)) + b


# ---- records (draw-roster.md) ------------------------------------------------------------------------------------

def salted(record, salt_key):
    return record + M(salt_key, record)[:16]


def attributes(o):
    return (struct.pack(">BBBHHI", o["kind"], o["class"], o["status"], o["complaints"], o["inspected"], o["last"])
            + short(o["office"]) + struct.pack(">B", len(o["tags"])) + b"".join(struct.pack(">H", t) for t in o["tags"]))


def object_record(o, salt_key):
    attr = H(b"draw1/attr\0", M(salt_key, b"attr\0", o["id"].encode()), attributes(o))
    return salted(b"\x01" + short(o["id"]) + attr, salt_key)


def mark_record(m, salt_key):
    return salted(b"\x02" + short(m["id"]) + struct.pack(">BB", m["kind"], m["reason"]) + short(m["scope"])
                  + m["source"], salt_key)


def inspector_record(i, salt_key):
    return salted(b"\x03" + short(i["id"]) + struct.pack(">B", len(i["quals"]))
                  + b"".join(struct.pack(">H", q) for q in i["quals"])
                  + struct.pack(">BI", i["available"], i["load0"]), salt_key)


def recusal_record(c, salt_key):
    return salted(b"\x04" + short(c[0]) + short(c[1]), salt_key)


def list_root(records):
    return root([H(b"\x00", r) for r in records])


# ---- randomness (draw.md) ------------------------------------------------------------------------------------------

def keys_of(seed):
    return {"obj": M(seed, b"draw1/obj\0"), "vis": M(seed, b"draw1/visit\0"), "ins": M(seed, b"draw1/insp\0")}


def ticket(keys, object_id):
    return M(keys["obj"], object_id.encode())


def uniform(keys, rnd, slot, object_id, n):
    t = 2 ** 64 % n
    for j in itertools.count():
        block = M(keys["ins"], struct.pack(">HHI", rnd, slot, j), object_id.encode())
        for i in range(4):
            x = int.from_bytes(block[8 * i:8 * i + 8], "big")
            if x >= t:
                return x % n


# ---- selection -----------------------------------------------------------------------------------------------------

def holds(e, o):
    op = e[0]
    if op == "true":
        return True
    if op == "eq":
        return o[e[1]] == e[2]
    if op == "ge":
        return o[e[1]] >= e[2]
    if op == "le":
        return o[e[1]] <= e[2]
    if op == "has":
        return e[1] in o["tags"]
    if op == "and":
        return holds(e[1], o) and holds(e[2], o)
    if op == "or":
        return holds(e[1], o) or holds(e[2], o)
    return not holds(e[1], o)


def ceil_share(base, num, den):
    return (base * num + den - 1) // den


def select(rules, roster, keys):
    strata = [{"base": 0, "pool": []} for _ in rules["strata"]]
    musts = []
    for o in roster["objects"]:
        if not holds(rules["population"], o):
            continue
        h = next((h for h, s in enumerate(rules["strata"]) if holds(s["expr"], o)), None)
        if h is None:
            return None
        count = [m for m in roster["marks"] if m["id"] == o["id"] and m["scope"] in ("", rules["scope"])]
        if any(m["kind"] == 2 and m["reason"] in rules["exclude"] for m in count):
            continue
        strata[h]["base"] += 1
        if any(m["kind"] == 1 and m["reason"] in rules["must"] for m in count):
            musts.append(o["id"])
        elif rules["cap"] is None or o["inspected"] < rules["cap"]:
            strata[h]["pool"].append((ticket(keys, o["id"]), o["id"].encode(), o["id"]))
    for s, r in zip(strata, rules["strata"]):
        s["pool"].sort()
        s["n"] = min(len(s["pool"]), max(r["min"], ceil_share(s["base"], r["num"], r["den"])))
    total = 0
    if rules["total"][0] == "ratio":
        total = ceil_share(sum(s["base"] for s in strata), rules["total"][1], rules["total"][2])
    elif rules["total"][0] == "count":
        total = rules["total"][1]
    for s in strata:
        while sum(x["n"] for x in strata) < total and s["n"] < len(s["pool"]):
            s["n"] += 1
    picks = [(i, 1) for i in musts] + [(p[2], 2) for s in strata for p in s["pool"][:s["n"]]]
    picks.sort(key=lambda p: p[0].encode())
    reserve = [p[2] for s in strata for p in s["pool"][s["n"]:]]
    return {"strata": strata, "picks": picks, "reserve": reserve}


# ---- inspectors ----------------------------------------------------------------------------------------------------

def merged_roles(rules_list):
    roles = []
    for r in rules_list:
        for k, quals in r["roles"]:
            same = [x for x in roles if x[1] == quals]
            if same:
                same[0][0] = max(same[0][0], k)
            else:
                roles.append([k, quals])
    return roles


def has_representatives(sets, taken):
    if not sets:
        return True
    return any(has_representatives(sets[1:], taken | {i}) for i in sets[0] if i not in taken)


def pair(rules_list, selections, roster, keys):
    if sum(k for k, _ in merged_roles(rules_list)) > 4:
        return None
    inspectors = roster["inspectors"]
    recused = set(roster["recusals"])
    served = {}
    for no, s in enumerate(selections):
        for object_id, _ in s["picks"]:
            served.setdefault(object_id, []).append(no)
    visits = []
    for object_id, slots in served.items():
        sets = []
        for k, quals in merged_roles([rules_list[s] for s in slots]):
            able = [n for n, i in enumerate(inspectors) if i["available"] and set(quals) <= set(i["quals"])
                    and (i["id"], object_id) not in recused]
            sets += [able] * k
        visits.append({"id": object_id, "slots": slots, "sets": sets})
    visits.sort(key=lambda v: (min(len(e) for e in v["sets"]), M(keys["vis"], v["id"].encode()), v["id"].encode()))
    load = [i["load0"] for i in inspectors]
    for v in visits:
        caps = [rules_list[s]["load"] for s in v["slots"] if rules_list[s]["load"] is not None]
        order = sorted(range(len(v["sets"])), key=lambda s: (len(v["sets"][s]), s))
        v["who"] = [None] * len(order)
        v["over"] = [False] * len(order)
        chosen = set()
        for at, s in enumerate(order):
            e = [i for i in v["sets"][s] if i not in chosen]
            if not e:
                continue
            later = [v["sets"][x] for x in order[at + 1:]]
            spared = [i for i in e if has_representatives(later, chosen | {i})]
            e = spared or e
            c = [i for i in e if load[i] == min(load[x] for x in e)]
            i = c[uniform(keys, 0, s, v["id"], len(c))]
            v["who"][s] = i
            v["over"][s] = bool(caps) and load[i] >= min(caps)
            load[i] += 1
            chosen.add(i)
    visits.sort(key=lambda v: v["id"].encode())
    return visits


# ---- instances -----------------------------------------------------------------------------------------------------

class Stream:
    """Numbers from SHA-256("instance" u32 no, u32 counter), four bytes at a time."""

    def __init__(self, no):
        self.no, self.counter, self.left = no, 0, b""

    def next(self, n):
        if not self.left:
            self.left = H(b"instance", struct.pack(">II", self.no, self.counter))
            self.counter += 1
        v, self.left = int.from_bytes(self.left[:4], "big"), self.left[4:]
        return v % n

    def subset(self, n):
        """Of 1..n, each with an even chance."""
        return [i for i in range(1, n + 1) if self.next(2)]


def expr_text(e):
    if e[0] == "true":
        return "true"
    if e[0] == "has":
        return f"has(tag,{e[1]})"
    if e[0] in ("eq", "ge", "le"):
        return f"{e[0]}({e[1]},{e[2]})"
    return f"{e[0]}({','.join(expr_text(x) for x in e[1:])})"


ATTRS = [("kind", 4), ("class", 5), ("status", 3), ("complaints", 4), ("inspected", 4), ("last", 20000)]


def random_expr(s, depth):
    op = s.next(8 if depth < 4 else 5)
    if op == 0:
        return ("true",)
    if op == 4:
        return ("has", s.next(4) + 1)
    if op < 4:
        name, n = ATTRS[s.next(len(ATTRS))]
        return (("eq", "ge", "le")[op - 1], name, s.next(n))
    if op == 7:
        return ("not", random_expr(s, depth + 1))
    left = random_expr(s, depth + 1)
    return (("and", "or")[op - 5], left, random_expr(s, depth + 1))


def random_rules(s, no):
    r = {"task": f"t{no}", "scope": f"s/t{no}"}
    r["population"] = ("true",) if s.next(2) else random_expr(s, 1)
    r["strata"] = []
    n = s.next(4) + 1
    for h in range(n):
        den = s.next(20) + 1
        x = {"num": s.next(den + 1), "den": den, "min": s.next(3)}
        # The last stratum takes all, save in one of eight: then the rules may be refused.
        x["expr"] = ("true",) if h == n - 1 and s.next(8) else random_expr(s, 1)
        r["strata"].append(x)
    kind = s.next(3)
    if kind == 0:
        r["total"] = ("none",)
    elif kind == 1:
        den = s.next(10) + 1
        r["total"] = ("ratio", s.next(den + 1), den)
    else:
        r["total"] = ("count", s.next(30))
    r["must"] = s.subset(3)
    r["exclude"] = s.subset(3)
    r["cap"] = s.next(2) + 1 if s.next(2) else None
    r["roles"] = []
    left = 4
    quals = [[], [1], [2], [1, 3]]
    while left > 0:
        k = s.next(min(left, 3)) + 1
        if left == 4 and k == 1 and s.next(2):
            k = 2
        r["roles"].append((k, quals.pop(s.next(len(quals)))))
        left -= k
        if left <= 2 and s.next(2):
            break
    r["load"] = s.next(4) + 1 if s.next(2) else None
    return r


def codes(c):
    return ",".join(str(x) for x in c) or "-"


def rules_text(r):
    total = {"none": "-", "ratio": "%d/%d" % r["total"][1:] if len(r["total"]) == 3 else "",
             "count": "count %d" % r["total"][1] if len(r["total"]) == 2 else ""}[r["total"][0]]
    lines = ["draw-rules/1", f"slot 370000 s {r['task']} 1", "type both", "population " + expr_text(r["population"])]
    lines += [f"stratum {h + 1} {x['num']}/{x['den']} {x['min']} {expr_text(x['expr'])}"
              for h, x in enumerate(r["strata"])]
    lines += ["total " + total, "must " + codes(r["must"]), "exclude " + codes(r["exclude"]),
              "cap " + ("-" if r["cap"] is None else str(r["cap"]))]
    lines += [f"role {i + 1} {k} {codes(q)}" for i, (k, q) in enumerate(r["roles"])]
    lines += ["pool 2", "load " + ("-" if r["load"] is None else str(r["load"])), "age 30", "witness 48", "return 10",
              "supp 3", "level offline"]
    return "".join(x + "\n" for x in lines)


def instance(no):
    s = Stream(no)
    roster = {"objects": [], "marks": [], "inspectors": [], "recusals": []}
    for i in range(s.next(50)):
        kind = s.next(3) + 1
        roster["objects"].append({
            "id": "%s:91%06d%010d" % (KIND_LETTERS[kind - 1], s.next(1000000), i), "kind": kind, "class": s.next(5),
            "status": s.next(2), "complaints": s.next(4), "inspected": s.next(3), "last": s.next(20000),
            "office": ("", "370100", "370200")[s.next(3)], "tags": s.subset(4)})
    roster["objects"].sort(key=lambda o: o["id"])
    marks = {}
    for i in range(s.next(20)):
        n = len(roster["objects"])
        at = s.next(n + 1)
        object_id = roster["objects"][at]["id"] if at < n else "E:000000000000000"
        kind, reason = s.next(2) + 1, s.next(3) + 1
        scope = ("", "s/t1", "s/t2", "s/t")[s.next(4)]
        marks[(object_id, kind, reason, scope)] = {"id": object_id, "kind": kind, "reason": reason, "scope": scope,
                                                   "source": H(struct.pack(">I", i))}
    roster["marks"] = [marks[k] for k in sorted(marks)]
    for i in range(s.next(14)):
        roster["inspectors"].append({"id": "370100/%02d" % i, "quals": s.subset(3), "available": int(s.next(5) > 0),
                                     "load0": s.next(3)})
    recusals = set()
    for _ in range(s.next(30)):
        i, o = s.next(len(roster["inspectors"]) + 1), s.next(len(roster["objects"]) + 1)
        recusals.add((roster["inspectors"][i]["id"] if i < len(roster["inspectors"]) else "370100/zz",
                      roster["objects"][o]["id"] if o < len(roster["objects"]) else "E:000000000000000"))
    roster["recusals"] = sorted(recusals)
    nslots = s.next(3) + 1 if s.next(2) else 1
    rules = [random_rules(s, n + 1) for n in range(nslots)]
    return rules, roster, H(b"seed", struct.pack(">I", no)), H(b"salt", struct.pack(">I", no))


def result(no):
    rules, roster, seed, salt_key = instance(no)
    keys = keys_of(seed)
    out = [rules_text(r) for r in rules]
    for name, record in (("objects", object_record), ("marks", mark_record), ("inspectors", inspector_record),
                         ("recusals", recusal_record)):
        out.append("%s %d %s\n" % (name, len(roster[name]), list_root([record(x, salt_key) for x in roster[name]]).hex()))
    selections = []
    for n, r in enumerate(rules):
        sel = select(r, roster, keys)
        if sel is None:
            out.append("refused rules.no-stratum\n")
            continue
        selections.append(sel)
        for h, x in enumerate(sel["strata"]):
            cut = x["pool"][x["n"] - 1][0].hex() if x["n"] else "-"
            out.append(f"stratum {n + 1} {h + 1} {x['base']} {len(x['pool'])} {x['n']} {cut}\n")
        leaves = [salted(b"\x05" + struct.pack(">B", mode) + short(i), salt_key) for i, mode in sel["picks"]]
        out.append(f"selected {n + 1} {len(leaves)} {list_root(leaves).hex()}\n")
        out += [f"reserve {i}\n" for i in sel["reserve"]]
    if len(selections) < len(rules):
        return "".join(out)
    visits = pair(rules, selections, roster, keys)
    if visits is None:
        return "".join(out) + "refused pair.roles\n"
    for v in visits:
        who = ["%d:%s" % (s, "-" if i is None else roster["inspectors"][i]["id"]) for s, i in enumerate(v["who"])]
        out.append("visit %s %s %s\n" % (",".join(str(s + 1) for s in v["slots"]), v["id"], " ".join(who)))
        out.append("chance %s\n" % " ".join("%d%s" % (len(e), "!" if o else "") for e, o in zip(v["sets"], v["over"])))
    return "".join(out)


def main():
    if len(sys.argv) > 1:
        sys.stdout.write(result(int(sys.argv[1])))
        return
    print("# Vectors for draw.md, draw-rules.md and draw-roster.md, made by draw.py: `digest <instance> <SHA-256 of its result>`.")
    for no in range(INSTANCES):
        print("digest", no, hashlib.sha256(result(no).encode()).hexdigest())


if __name__ == "__main__":
    main()
