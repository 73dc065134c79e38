"""Rows that no honest program writes, under the office's own key, in every table that it may write: the largest and smallest
numbers, days that are none or lie in the year 9999, texts in the place of numbers, chains that lead back to themselves.
They travel as all others do. Then every list, figure, form, export, report, verdict and page is made, there and above.

    hostile_rows.py DIRECTORY CLOCK NUMBER     as cheat.py; the offices are enrolled, a station below the county among them

What is held against the program: a command that ends by a signal, that a sanitizer stops, that says of itself that it is at
fault (a QN_IO of the store), or that refuses altogether what it told before the rows came: nobody takes an office's eyes
away by a row; and the figures of honest rows stay what they were.
"""
import json
import os
import re
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cheat_nodes import C, K, P, Nodes  # noqa: E402
from leak import ST  # noqa: E402
from markers_plant import everyone, plant  # noqa: E402

AT = (K, C, P)
LARGE, SMALL = 2 ** 63 - 1, -2 ** 63
FAULT = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error|SUMMARY: |store\.sql|integer overflow|Assertion")
# Written by others than the office itself, or texts of a form of their own, which have suites of their own (cheat_*.py).
NOT_HERE = {"certificate", "draw_order", "draw_freeze", "draw_result", "draw_pairs", "draw_verdict", "draw_answer", "escrow",
            "freeze_salt", "release", "refusal", "redaction", "purge", "supersede", "waiver", "abandoned", "cokey", "beacon"}
TIMES = ("started", "completed")
FINDS = (["verify", "all"], ["doctor"], ["sample", "check"], ["plan", "check"])  # they may find what is wrong now


class Names:
    """As markers.py wants them; what stands in them does not matter here."""

    def __init__(self):
        self.n = 0

    def _next(self, word):
        self.n += 1
        return "%s%d" % (word, self.n)

    def person(self):
        return self._next("人员")

    def number(self):
        return self._next("NO")

    def business(self):
        return self._next("某某商行")


class Table:
    def __init__(self, line):
        _, self.name, self.audience, self.lane, self.levels, *columns = line.split()
        self.columns = []
        for column in columns[3:]:
            name, kind, *size = column.split(":")
            size = int(size[0]) if size and size[0].isdigit() else 0
            self.columns.append((name, kind.upper(), size, kind.islower()))

    def of(self, kind):
        return [c for c in self.columns if c[1] == kind]

    def days(self):
        """Columns that hold a day or a time of day, by their size and name."""
        return [c for c in self.of("T") if c[2] in (10, 20) and (
            c[0].endswith(("_on", "_from", "_to", "_until", "until", "_as_of", "deadline", "_until")) or c[0] in TIMES)]

    def refs(self):
        return [c for c in self.of("I") if c[0].endswith(("_id", "_rev", "roster")) or c[0] in ("seq", "order_seq")]


def tables():
    with open(os.path.join(os.environ["ROOT"], "protocol", "registry-1.txt"), encoding="utf-8") as f:
        return {t.name: t for t in (Table(line) for line in f.read().split("\n")[1:] if line)}


TABLES = tables()


# ---- what is written ----------------------------------------------------------------------------------------------------


def day(column, text):
    return text + "T23:59:59" if column[2] == 20 and column[0] not in TIMES else text + " 23:59" if column[2] == 20 else text


def variants(t, honest):
    """{name of the lie: [columns of one row, of another, …]}, of a row that an honest command wrote."""
    counts = [c[0] for c in t.of("I") if c not in t.refs()]
    all_numbers, days = [c[0] for c in t.of("I")], t.days()
    out = {}

    def lie(name, *changes):
        if changes[0]:
            out[name] = [dict(honest, **change) for change in changes]

    for name, n in (("the largest numbers", LARGE), ("the smallest", SMALL), ("below nothing", -1), ("just beyond 32 bits", 2 ** 32 + 1)):
        lie(name, *[{c: n for c in counts}] * 3)
    for c in counts:
        for name, n in (("the largest", LARGE), ("below nothing", -1), ("the smallest", SMALL)):
            lie("%s, %s" % (c, name), *[{c: n}] * 3)
    for name, n in (("numbers of records: the largest", LARGE), ("numbers of records: the smallest", SMALL)):
        lie(name, {c: n for c in all_numbers})
    for name, text in (("the last day there is", "9999-12-31"), ("the first", "0001-01-01"), ("no day", "9999-99-99"), ("the day before 1970", "1969-12-31"),
                       ("a day below nothing", "-001-01-01"), ("words for a day", "某日")):
        lie(name, {c[0]: day(c, text) if text != "某日" else text for c in days})
    for c in days:
        lie("%s in the year 9999" % c[0], {c[0]: day(c, "9999-12-31")})
    words = [c for c in t.of("T") if c[2] in (8, 16, 32, 40, 64) and c not in days]
    for name, text in (("words that nobody knows", "unknown"), ("no word", "")):
        lie(name, {c[0]: text for c in words})
    texts = [c for c in t.of("T") if c[0] in ("quantity", "stock", "price", "measured", "requirement", "licence_no", "waybill", "batch_no", "no", "version")]
    for name, text in (("a text for a number", "9223372036854775807999999"), ("a fraction without end", "1e308"), ("a sign alone", "-")):
        lie(name, {c[0]: text[:c[2]] for c in texts})
    lie("records of its own number", {c[0]: {"row": 0} if c[0].endswith("_id") else 1 for c in t.refs() if c[0].endswith(("_id", "_rev"))})
    lie("the longest texts", {c[0]: ("夜" * (c[2] // 3))[:c[2]] for c in t.of("T") if not c[0].endswith(("office", "_by")) and c not in days})
    return out


class Hostile:
    def __init__(self, w, office, first=None):
        self.w, self.office, self.entries, self.names = w, office, [], []
        self.first = first or self.w.one(office, "SELECT (epoch << 51) + (size << 16) FROM log WHERE office = ? ORDER BY epoch DESC LIMIT 1", office)

    def honest(self, t):
        """A row of the table that a command of this office wrote, and the entry it stands in."""
        rows = self.w.rows(self.office, 'SELECT * FROM "%s" WHERE office = ? ORDER BY id DESC, rev LIMIT 1' % t.name, self.office)
        return rows[0] if rows else None

    def kind(self, row):
        seq = row["id"] >> 16 & 0x7ffffffff
        return self.w.one(self.office, "SELECT kind FROM entry WHERE log = (SELECT no FROM log WHERE office = ? AND epoch = ?) AND seq = ?",
                          self.office, row["id"] >> 51, seq)

    def add(self, what, t, kind, rows):
        made = []
        for cols in rows:
            cols = {k: {"hex": v.hex()} if isinstance(v, bytes) else v for k, v in cols.items()}
            row = dict(table=t.name, cols={k: v for k, v in cols.items() if k not in ("office", "id", "rev")})
            row.update({k: cols[k] for k in ("id", "rev") if k in cols})
            made.append(row)
        reach, to = ("subtree", "") if t.audience == "public" else ("office", {K: C, ST: K, C: P}[self.office])
        self.entries.append(dict(kind=kind, lane=t.lane, deps=[], parts=[dict(audience=t.audience, reach=reach, to=to, rows=made)]))
        self.names.append(what)

    def lies(self):
        for t in TABLES.values():
            row = None if t.name in NOT_HERE else self.honest(t)
            if row is None:
                continue
            kind = self.kind(row)
            honest = {k: v for k, v in row.items() if k not in ("office", "id", "rev")}
            for name, rows in variants(t, honest).items():
                self.add("%s: %s" % (t.name, name), t, kind, rows)

    def again(self, numbers, text):
        """The newest of each kind of record, as some honest command wrote it, once more: with these numbers, these days."""
        for t in TABLES.values():
            if t.name in NOT_HERE or t.levels.isupper() or t.lane == "bulk":
                continue
            rows = self.w.rows(self.office, 'SELECT * FROM "%s" t WHERE office = ? AND id < ? AND rev = (SELECT max(rev) FROM "%s" n WHERE '
                               "n.office = t.office AND n.id = t.id) ORDER BY id DESC LIMIT 2" % (t.name, t.name), self.office, self.first)
            refs = {c[0] for c in t.refs()}
            for row in rows:
                # What a result is about stays (changeset-25): else nothing that comes behind it would be applied.
                change = {c[0]: numbers for c in t.of("I") if c[0] not in refs | {"withdrawn", "round", "slot_no"}}
                change.update({c[0]: day(c, text) for c in t.days()})
                if change:
                    self.add("%s once more" % t.name, t, self.kind(row), [dict({k: v for k, v in row.items() if k != "office"}, rev=row["rev"] + 1, **change)])

    def stop(self):
        """Corrections of what nobody wrote, and the last revision that there can be: a lane waits behind the first of them."""
        for name in ("follow_up", "sample", "plan_task"):
            row = self.honest(TABLES[name])
            if row is None:
                continue
            honest = {k: v for k, v in row.items() if k not in ("office", "id", "rev")}
            for rev in (LARGE, 3):
                self.add("%s: revision %d" % (name, rev), TABLES[name], self.kind(row),
                         [dict(honest, id=row["id"] if rev == LARGE else row["id"] + 7, rev=rev)])

    def write(self):
        """Signs them all; how many the office's own node let by."""
        path = os.path.join(self.w.root, "lies-%s.json" % self.office)
        with open(path, "w", encoding="utf-8") as f:
            json.dump(self.entries, f, ensure_ascii=False)
        r = self.w.call([os.environ["TOOLS"] + "/author", "--dir", self.office, "--passphrase-file", os.environ["QIAN_PASSPHRASE_FILE"],
                         "--entry", path])
        return [json.loads(line) for line in r.stdout.split("\n") if line.startswith("{")]


def rings(w, follow):
    """Chains that lead back: follow-ups that came by transfers that came by follow-ups. follow: columns of an honest follow-up
    and transfer."""
    up, letter = ({k: v for k, v in row.items() if k not in ("office", "id", "rev")} for row in follow)
    up.update(result_office=None, result_id=None, result_rev=None, dispatch_office=None, dispatch_id=None, dispatch_rev=None)

    def entry(*rows):
        return dict(kind=12, lane="result", deps=[], parts=[dict(audience="system", reach="office", to=C, rows=[
            dict(table=name, cols=dict(cols)) for name, cols in rows])])

    by = lambda n: dict(up, transfer_office=K, transfer_id={"row": n}, transfer_rev=1, disposal="D03")  # noqa: E731
    of = lambda n: dict(letter, follow_up_id={"row": n}, receiver_kind="office", receiver_office=K)  # noqa: E731
    return [
        entry(("follow_up", by(1)), ("transfer", of(0))),  # one and its own answer
        entry(*[row for i in range(0, 40, 2) for row in (("follow_up", by((i + 3) % 40)), ("transfer", of(i)))]),  # a ring of twenty
        entry(*[row for i in range(0, 400, 2) for row in (("follow_up", by(i + 3)), ("transfer", of(i)))]),  # a long road to nowhere
    ]


# ---- what is asked ------------------------------------------------------------------------------------------------------


def asked(w, office):
    """Commands that everybody's work rests on; all are answered before the rows come, and must be after."""
    out = [["stats", "figures", "--year", 2025], ["stats", "figures", "--year", 2025, "--group", "task"], ["due", "--all"], ["due", "--ended"], ["status"],
            ["task", "list"], ["result", "list"], ["plan", "show", "1406/2025"], ["doctor"], ["export", "gsxt", "--out", "out.csv"], ["verify", "all"],
            ["report", "make", "--title", "报告", "--kind", "year", "--year", 2025, "--by", "张三"], ["rebuild"]]
    if office == C:
        out += [["stats", "figures", "--year", 2025, *group] for group in (["--group", "office"], ["--group", "risk"], ["--heads"])]
        out += [["due", how] for how in ("--late", "--overdue", "--provisional")]
        out += [["visit", "list", "--over-cap"], ["visit", "proposals", "--district"], ["plan", "list"], ["plan", "check", "1406/2025"], ["order", "list"],
                ["draw", "list"], ["stats", "field"], ["evidence", "list"], ["evidence", "verify"], ["quarantine", "list"], ["report", "list"],
                ["register", "list"], ["calendar", "show"], ["export", "platform", "--out", "out.xlsx", "--format", "xlsx"]]
        out += [["export", "ecqs", "--out", "out.json", "--format", "json"], ["sample", "numbers", "--by", "张三"], ["sample", "check"]]
        out += [["sample", "summary", r["record"]] for r in w.q(office, "record", "list", "sampling_task")]
        out += [["stats", "rows", figure, "--year", 2025, "--limit", 1000] for figure in w.q(office, "stats", "figures")["whole"]["figures"]]
    return out


def lists(w):
    """All records of all kinds, each with its state: the same code on the same rows everywhere, so at the city."""
    return [["record", "list", kind["kind"], "--limit", 1000] for kind in w.q(C, "record", "kinds")]


def told(r):
    """What a command said of itself: its exit, and the refusal where it gave one."""
    m = re.search(r'"id": ?"([a-z0-9-]+\.[a-z0-9.-]+)"', r.stdout + r.stderr) if r.returncode else None
    return r.returncode, m.group(1) if m else ""


def run(w, office, args):
    return w.call([os.environ["QIAN"], "-d", office, "--json", *map(str, args)], check=False)


def fault(r):
    """Why no command may end so; None: it may."""
    if r.returncode < 0 or r.returncode > 2:
        return "exit %d" % r.returncode
    m = FAULT.search(r.stderr + r.stdout)
    return m.group(0) if m else None


class Suite:
    def __init__(self, w, number):
        self.w, self.number, self.failures, self.began = w, number, 0, time.monotonic()

    def result(self, wrong, what):
        self.number += 1
        self.failures += bool(wrong)
        print("%s %d - %s" % ("not ok" if wrong else "ok", self.number, what))
        print("# %.0f s" % (time.monotonic() - self.began))
        for line in wrong[:40]:
            print("# " + line)
        sys.stdout.flush()

    def answers(self, office, commands):
        return {json.dumps(args, ensure_ascii=False): run(self.w, office, args) for args in commands}

    def same(self, what, before, after):
        """None of them ends at a fault, nor in another way than before; `verify` may find what is wrong now."""
        wrong = []
        for args, r in after.items():
            why = fault(r)
            if why is None and told(r) != told(before[args]) and json.loads(args)[:2] not in FINDS:
                why = "%s, before %s" % (told(r), told(before[args]))
            if why is not None:
                wrong.append("%s: %s\n#   %s" % (args, why, (r.stderr or r.stdout).strip().replace("\n", "\n#   ")[-1500:]))
        self.result(wrong, "%s (%d commands)" % (what, len(after)))

    def sound(self, what, office, commands):
        """None of them ends at a fault."""
        wrong = []
        for args in commands:
            r = run(self.w, office, args)
            if fault(r):
                wrong.append("%s: %s\n#   %s" % (args, fault(r), (r.stderr or r.stdout).strip().replace("\n", "\n#   ")[-1500:]))
        self.result(wrong, "%s (%d commands)" % (what, len(commands)))


def newest(w, office, kind, n):
    return [r["record"] for r in w.q(office, "record", "list", kind, "--limit", n, check=False) if isinstance(r, dict)]


def looked_at(w, office):
    """Each kind of record, one by one; forms of it. At the office that wrote it, the newest four."""
    shown, printed = [], []
    kinds = {f["of"]: [] for f in w.q(office, "form", "list")}
    for f in w.q(office, "form", "list"):
        kinds[f["of"]].append(f["form"])
    for kind in [k["kind"] for k in w.q(office, "record", "kinds")]:
        if office != C and kind not in kinds:
            continue
        some = newest(w, office, kind, 2)
        shown += [["record", "show", kind, r] for r in some[:1]]
        printed += [["form", "print", form, "--for", r, "--out", "page.html", "--by", "张三"] for form in kinds.get(kind, []) for r in some]
    for result in w.q(office, "result", "list", check=False)[:3]:
        shown.append(["result", "show", result["result"]])
        printed += [["form", "print", form, "--for", result["result"], "--out", "page.html", "--by", "张三"] for form in kinds["inspection"]]
    for plan in w.q(office, "plan", "list"):
        printed += [["form", "print", form, "--for", plan["plan"], "--out", "page.html", "--by", "张三"] for form in kinds["plan"]]
    return shown, printed


def site(office):
    return ["publish", "site", "--out", "site-" + office, "--url", "https://example.org/"]


def main():
    w = Nodes(sys.argv[1], float(sys.argv[2]))
    s = Suite(w, int(sys.argv[3]))
    plant(w, Names())
    commands = {o: asked(w, o) for o in AT}
    before = {o: s.answers(o, commands[o]) for o in AT}
    s.result([], "honest offices at work")
    ring = [w.rows(K, "SELECT * FROM %s WHERE office = ? ORDER BY id LIMIT 1" % t, K)[0] for t in ("follow_up", "transfer")]
    first = {}
    for office in (ST, K, C):
        h = Hostile(w, office)
        first[office] = h.first
        h.lies()
        if office == K:
            h.entries += rings(w, ring)
            h.names += ["rings"] * 3
        made = h.write()
        s.result([] if len(made) == len(h.entries) and sum("seq" in m for m in made) > len(made) // 2 else [str(made)[:2000]],
                 "%s signs %d entries that no honest program writes" % (office, sum("seq" in m for m in made)))
    everyone(w)
    fates = w.rows(P, "SELECT l.office, f.state, f.rule, count(*) AS n FROM fate f JOIN log l ON l.no = f.log WHERE f.rule <> 'apply.roster-closed' GROUP BY 1, 2, 3")
    s.result([str(fates)] if fates else [], "they travel, and all are applied at the province but those of a closed roster")
    for office in AT:
        s.same("%s answers as before" % office, before[office], s.answers(office, commands[office]))
        s.sound("%s publishes" % office, office, [["publish", "results"], *([["consolidate", "--series", "2025"]] if office != K else []), site(office)])
    s.sound("%s lists all records" % C, C, lists(w))
    for office in (C, K):
        shown, printed = looked_at(w, office)
        s.sound("%s shows each kind of record" % office, office, shown)
        s.sound("%s prints forms of it" % office, office, printed)
    for numbers, text in ((LARGE, "9999-12-31"), (SMALL, "2025-02-30")):
        for office in (ST, K, C):
            h = Hostile(w, office, first[office])
            h.again(numbers, text)
            made = h.write()
            s.result([str(made)[:2000]] if not all("seq" in m for m in made) else [],
                     "%s revises %d honest records: %d, %s" % (office, len(made), numbers, text))
        everyone(w)
        s.sound("%s answers, lists, prints, publishes" % C, C, commands[C] + lists(w) * (numbers == LARGE) + looked_at(w, C)[1][::2] + [site(C)])
        s.sound("%s counts and publishes" % P, P, [["stats", "figures", "--year", 2025], ["due", "--all"], ["verify", "all"], site(P)])
    for office in (ST, K, C):
        h = Hostile(w, office, first[office])
        h.stop()
        h.write()
    everyone(w)
    s.sound("lanes that wait for what nobody wrote stop no other work", P, [["status"], ["quarantine", "list"], ["stats", "figures"], ["verify", "all"]])
    print("1..%d" % s.number)
    return 1 if s.failures else 0


if __name__ == "__main__":
    sys.exit(main())
