"""Cheats: each is committed once, on copies of real nodes, and the province must name exactly what it names here.

    cheat.py AREA DIRECTORY CLOCK NUMBER     the cheats of an area, as TAP; NUMBER of results came before
    cheat.py --codes VERDICTS.md FINDINGS.h  holds the codes that the cheats are found by against those that there are
"""
import importlib
import json
import os
import re
import shutil
import sys
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cheat_nodes  # noqa: E402
from cheat_nodes import C, K, P, S  # noqa: E402

AREAS = ("plan", "log", "roster", "flip", "draw", "visit", "publish", "exception", "key", "neighbour", "clerk",
         "returned")

# ---- how far the honest offices had come ----------------------------------------------------------------------------


def planned(w):
    """The city's plan of one task, windows August to December, and a roster that the county has not frozen yet."""
    w.day("2025-07-25")
    for office in (P, C):
        w.q(office, "order", "auto", "off")  # each order is given by a cheat, or by nobody
    w.carry(P, C)
    w.plan("2025", dict(no="1"))
    w.carry(C, K)
    w.carry(C, S)
    w.carry(C, P)
    w.day("2025-08-16")
    w.roster()


def frozen(w):
    w.q(K, "freeze")
    w.up()


def ordered(w):
    w.q(C, "order", "issue", "--office", K)
    w.up()


def drawn(w):
    w.q(K, "draw", "run", "--all")
    w.up()


STATES = dict(enrolled=None, planned=planned, frozen=frozen, ordered=ordered, drawn=drawn)


class Base:
    """Each state is made once, from the one before it. An area may have states of its own: {name: (before, make)}."""

    def __init__(self, nodes, own=None):
        self.made, self.own = dict(enrolled=nodes), own or {}

    def get(self, name):
        if name not in self.made:
            order = list(STATES)
            earlier, make = self.own.get(name) or (order[order.index(name) - 1], STATES[name])
            before = self.get(earlier)
            w = before.whole(before.root.rsplit("/", 1)[0] + "/" + name)
            make(w)
            self.made[name] = w
        return self.made[name]


# ---- running ----------------------------------------------------------------------------------------------------------


def module(area):
    return importlib.import_module("cheat_" + area)


def load(area):
    return module(area).CHEATS


def run(cheat, base, place):
    """What was found instead of what should be; "" when all is as it should."""
    w = base.get(cheat.base).whole(place)
    try:
        cheat.commit(w)
        w.report(*cheat.settles)
        verdicts = w.verify(cheat.at)
        got = w.told(verdicts)
        if os.environ.get("DUMP"):
            print(json.dumps(verdicts, ensure_ascii=False, indent=1))
        skipped = [v["not_checked"] for v in verdicts if v["about"] == "draw"][-1:] or [{}]
        for code, why in dict(cheat.skipped).items():
            if skipped[0].get(code) != why:
                got += "; %s is not told as %s" % (code, why)
        return "" if got == cheat.want else "found:  %s\nwanted: %s" % (got, cheat.want)
    except Exception:  # a command that was refused is a failure of this cheat alone
        return traceback.format_exc()
    finally:
        if not os.environ.get("KEEP"):
            shutil.rmtree(place, ignore_errors=True)


def compare_codes(page, header):
    """The table of the page, the list in the program, and the cheats: the same codes."""
    with open(page, encoding="utf-8") as f:
        told = {c for line in re.findall(r"^\| ([A-Z_, ]+) \|", f.read(), re.M) for c in line.split(", ") if c}
    with open(header, encoding="utf-8") as f:
        have = set(re.findall(r"^ +X\(([A-Z_]+), ", f.read(), re.M))
    found = {w for area in AREAS for cheat in load(area) for w in re.findall(r"[A-Z]{3,}(?:_[A-Z]+)*", cheat.want)}
    wrong = [("in the page and not in the program", told - have), ("in the program and not in the page", have - told),
             ("that no cheat is found by", have - found), ("that a cheat names and none", found - have)]
    for what, codes in wrong:
        if codes:
            print("codes %s: %s" % (what, " ".join(sorted(codes))))
    print("%d codes, %d committed" % (len(have), len(found)))
    return 1 if any(codes for _, codes in wrong) else 0


def main():
    if sys.argv[1] == "--codes":
        return compare_codes(*sys.argv[2:])
    area, directory, clock, number = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
    base = Base(cheat_nodes.Nodes(directory, clock), getattr(module(area), "STATES", None))
    only = os.environ.get("ONLY", "")
    failures = 0
    for cheat in load(area):
        if only not in cheat.name + cheat.want:
            continue
        number += 1
        wrong = run(cheat, base, directory + "-cheat")
        failures += wrong != ""
        print("%s %d - %s: %s" % ("not ok" if wrong else "ok", number, cheat.name, cheat.want or "nothing"), flush=True)
        for line in wrong.splitlines():
            print("# " + line)
    print("1..%d" % number)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
