"""Real offices on one clock, for the cheat suites: their commands, their databases as a clerk with a shell sees them,
the entries that a modified node signs for them, and what the province says in the end."""
import csv
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import time

P, C, K, S = "14", "1406", "140602", "140622"  # province, city, county, its neighbour
PARENT = {C: P, K: C, S: C}
KIND = dict(plan=3, accept=4, roster=5, close=6, freeze=7, order=8, draw=9, exc=10, release=11, result=12, publish=13)
LANE = dict(plan="plan", accept="plan", roster="bulk", close="bulk", freeze="draw", order="draw", draw="draw",
            exc="draw", release="control", result="result", publish="result")
LISTS = ("draw_result", "draw_selected", "draw_pairs", "dispatch")


class Refused(Exception):
    pass


def uscc(n):
    """A social credit code that is right to its last digit."""
    body = "91140602MA0K%04dX" % n
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(alphabet.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + alphabet[(31 - total) % 31]


def oid(n):
    return "E:" + uscc(n)


def tree_root(leaves):
    """RFC 6962, over leaf hashes."""
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashlib.sha256(b"\1" + tree_root(leaves[:half]) + tree_root(leaves[half:])).digest()


def table(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as f:
        w = csv.DictWriter(f, rows[0].keys())
        w.writeheader()
        w.writerows(rows)


class Nodes:
    """A directory with a data directory for each office, and the time that all of them read."""

    def __init__(self, root, clock):
        self.root, self.clock = root, clock
        self.files = 0

    # ---- time -----------------------------------------------------------------------------------------------------

    def day(self, text):
        """It is nine in the morning, UTC+8, of that day, or later if it is already."""
        self.clock = max(self.clock, time.mktime(time.strptime(text + " 01", "%Y-%m-%d %H")))

    def _env(self, clock):
        return dict(os.environ, LD_PRELOAD=os.environ["FAKETIME_LIB"], ASAN_OPTIONS="verify_asan_link_order=0",
                    FAKETIME=time.strftime("@%Y-%m-%d %H:%M:%S", time.localtime(clock)))

    def call(self, command, check=True):
        self.clock += 2
        r = subprocess.run(command, cwd=self.root, env=self._env(self.clock), capture_output=True, text=True)
        if check and r.returncode:
            raise Refused("%s\n%s%s" % (" ".join(command), r.stdout, r.stderr))
        return r

    # ---- commands -------------------------------------------------------------------------------------------------

    def q(self, office, *args, check=True):
        """A command's JSON, else what it says."""
        r = self.call([os.environ["QIAN"], "-d", office, "--json", *map(str, args)], check)
        out = r.stdout.strip()
        try:
            return json.loads(out.split("\n")[-1])
        except (ValueError, IndexError):
            return out

    def refused(self, office, *args):
        """The message id with which an honest office refuses."""
        try:
            said = self.q(office, *args)
        except Refused as e:
            said = str(e)
        return json.dumps(said)

    def carry(self, a, b, to=None, made=None):
        """One bundle from a to b; to: whose copy b is; made: when it was, if not now."""
        stick = os.path.join(self.root, "stick.qb")
        if os.path.exists(stick):
            os.remove(stick)
        now = self.clock
        self.clock = made or now
        self.q(a, "bundle", "make", "--to", to or b, "--out", stick)
        self.clock = now + 2
        self.q(b, "bundle", "import", stick)

    def up(self, *offices):
        """What these counties have goes to the city and the province; what those have goes back."""
        for o in offices or (K,):
            self.carry(o, C)
        self.carry(C, P)
        self.carry(P, C)
        for o in offices or (K,):
            self.carry(C, o)

    def report(self, *offices):
        """What these counties have goes to the city and the province: enough for the province to judge."""
        for o in offices or (K,):
            self.carry(o, C)
        self.carry(C, P)

    def verify(self, office=P):
        return self.q(office, "verify", "all", check=False)["verdicts"]

    def told(self, verdicts):
        """"draw: CODE CODE; rows@140622: CODE": each verdict with findings; the office is named unless it is K."""
        out = []
        for v in verdicts:
            names = list(dict.fromkeys(f["code"] for f in v["findings"]))
            if names:
                out.append(v["about"] + ("" if v["office"] == K else "@" + v["office"]) + ": " + " ".join(names))
        return "; ".join(out)

    # ---- copies -----------------------------------------------------------------------------------------------------

    def copy(self, office, name):
        """A second data directory of the same office, as a clerk copies it."""
        shutil.copytree(os.path.join(self.root, office), os.path.join(self.root, name))
        return name

    def swap(self, office, name):
        """The copy takes the office's place."""
        self.drop(office)
        os.rename(os.path.join(self.root, name), os.path.join(self.root, office))

    def drop(self, name):
        shutil.rmtree(os.path.join(self.root, name))

    def whole(self, root):
        """A copy of everything, for one cheat."""
        shutil.copytree(self.root, root, ignore=shutil.ignore_patterns("*.qb"))
        return Nodes(root, self.clock)

    # ---- databases ----------------------------------------------------------------------------------------------------

    def rows(self, office, sql, *args):
        db = sqlite3.connect(os.path.join(self.root, office, "qian.db"), timeout=10)
        db.row_factory = sqlite3.Row
        out = [dict(r) for r in db.execute(sql, args)]
        db.close()
        return out

    def one(self, office, sql, *args):
        return list(self.rows(office, sql, *args)[0].values())[0]

    def shell(self, office, *statements):
        """What somebody with a database shell does to his own office's database."""
        db = sqlite3.connect(os.path.join(self.root, office, "qian.db"), timeout=10)
        for s in statements:
            db.execute(s)
        db.commit()
        db.close()

    def origin(self, office, epoch=1):
        return self.one(office, "SELECT origin FROM log WHERE office = ? AND epoch = ?", office, epoch)

    def head(self, at, office, size):
        """The root of another's log at a size, from the headers held."""
        leaves = [r["leaf"] for r in self.rows(at, "SELECT leaf FROM entry WHERE log = (SELECT no FROM log WHERE "
                                               "office = ?) AND seq < ? ORDER BY seq", office, size)]
        assert len(leaves) == size
        return tree_root(leaves).hex()

    # ---- what a modified node does --------------------------------------------------------------------------------------

    def author(self, office, kind, parts, deps=()):
        """parts: (audience, to, [(table, {"id":, "rev":, columns})][, "subtree"]); signs the entry under the office's own
        key."""
        entry = dict(kind=KIND[kind], lane=LANE[kind], deps=list(deps), parts=[])
        for audience, to, rows, *reach in parts:
            entry["parts"].append(dict(audience=audience, reach=(reach or ["office"])[0], to=to, rows=[]))
            for name, cols in rows:
                cols = {k: {"hex": v.hex()} if isinstance(v, bytes) else v for k, v in cols.items()}
                row = dict(table=name, cols=cols)
                for key in ("id", "rev"):
                    if key in cols:
                        row[key] = cols.pop(key)
                cols.pop("office", None)
                entry["parts"][-1]["rows"].append(row)
        self.files += 1
        path = os.path.join(self.root, "entry-%d.json" % self.files)
        with open(path, "w", encoding="utf-8") as f:
            json.dump(entry, f, ensure_ascii=False)
        r = self.call([os.environ["TOOLS"] + "/author", "--dir", office, "--passphrase-file",
                       os.environ["QIAN_PASSPHRASE_FILE"], "--entry", path])
        return json.loads(r.stdout)

    def forced(self, office, slot="1406/2025/1/1", *more):
        """A draw by a node without the office's own checks."""
        self.call([os.environ["TOOLS"] + "/cheat", "--dir", office, "--passphrase-file",
                   os.environ["QIAN_PASSPHRASE_FILE"], "--slot", slot, "--blind", "yes", *more])

    # ---- rows that were written honestly, as a cheat takes them -----------------------------------------------------------

    def newest_order(self, office, drawer=K):
        return self.rows(office, "SELECT * FROM draw_order WHERE office = ? AND drawer = ? ORDER BY id DESC LIMIT 1",
                         C, drawer)[0]

    def sign_order(self, row, text=None, office=C, signed=True, to=None, deps=True, **columns):
        """The row as an order of this office. text: another text of the note; signed False: the note's old signature;
        deps False: as if it did not rest on the freeze that it names."""
        note = row["note"]
        old, signature = note.split("\n\n", 1)
        text = text or old + "\n"
        cols = {k: v for k, v in row.items() if k not in ("office", "id", "rev")}
        cols.update(columns, note={"note": text} if signed else text + "\n" + signature)
        freeze = [line.split() for line in text.split("\n") if line.startswith("freeze ") and line != "freeze -"]
        deps = [[f[1], int(f[4]), f[5]] for f in freeze] if office == C and deps else []
        return self.author(office, "order", [("public", to or cols["drawer"], [("draw_order", cols)])], deps)

    def order_text(self, row):
        return row["note"].split("\n\n", 1)[0] + "\n"

    def honest_draw(self, slot="1406/2025/1/1"):
        """What the county's own program would draw: the rows of its draw, made in a copy that is then thrown away."""
        shadow = self.copy(K, "shadow")
        made = self.q(shadow, "draw", "run", "--slot", slot)
        assert made[0]["drawn"], made
        got = self.draw_rows(shadow, made[0]["draw"])
        self.drop(shadow)
        return got

    def draw_rows(self, at, draw, office=K):
        epoch, seq, n = (int(x) for x in draw.split(":")[1].split("-"))
        made = self.one(at, "SELECT id FROM draw_result WHERE office = ? AND id & 65535 = ? AND (id >> 16) & 4294967295 "
                        "= ?", office, n, seq)
        got = {"draw_result": self.rows(at, "SELECT * FROM draw_result WHERE office = ? AND id = ?", office, made)}
        seen = [x.split() for x in got["draw_result"][0]["text"].split("\n") if x.startswith("seen ")][0]
        got["rests on"] = [seen[1], int(seen[2]), seen[3]]
        for name in LISTS[1:]:
            got[name] = self.rows(at, "SELECT * FROM %s WHERE office = ? AND draw_id = ? ORDER BY id" % name, office, made)
        return got

    def write_draw(self, rows, office=K):
        """A draw of these rows, as an entry of the office's own."""
        def ready(name):
            out = []
            for r in rows[name]:
                cols = {k: v for k, v in r.items() if k not in ("office", "id", "rev")}
                if name != "draw_result":
                    cols["draw_id"] = {"row": 0}
                out.append((name, cols))
            return out
        return self.author(office, "draw", [("public", office, ready("draw_result") + ready("draw_selected")),
                                            ("system", office, ready("draw_pairs") + ready("dispatch"))],
                           [rows["rests on"]] if rows["rests on"] else [])

    # ---- plans and rosters ------------------------------------------------------------------------------------------------

    def plan(self, series, *tasks, by=C):
        """tasks: dict(no, months, and any column of the scopes)."""
        plan, scopes = [], []
        for t in tasks:
            t = dict(dict(population="eq(status,0)", strata="1/4 1 ge(class,3);1/5 1 true", roles="2 -", months=(8, 12),
                          levels="county", joint="", draw="both", cap="-", pool="2", load="-", must="-",
                          exclude="-"), **t)
            plan.append(dict(no=t["no"], name="任务" + t["no"], type="定向", items="检查", object_scope="全部",
                             quantity_text="不低于20%", ratio_op="ge", min_ratio="0.20", quantity="", times_per_year="",
                             draw_window_text="%d月-%d月" % t["months"], draw_from_month=t["months"][0],
                             draw_to_month=t["months"][1], initiator_guidance_text="各局", initiator="各局",
                             guidance_unit="科", inspecting_level_text="县级", inspecting_levels=t["levels"],
                             likely_merged_with_no="", note=""))
            scopes.append(dict(task=t["no"], reason="", **{k: t[k] for k in ("population", "strata", "roles", "joint",
                                                                             "draw", "cap", "pool", "load", "must", "exclude")}))
        table(os.path.join(self.root, "plan.csv"), plan)
        table(os.path.join(self.root, "scopes.csv"), scopes)
        return self.q(by, "plan", "import", "--plan", "plan.csv", "--scopes", "scopes.csv", "--series", series, "--year",
                      "2025", "--title", "计划", "--doc-no", "26", "--issued-on", "2025-07-20", "--deadline", "2025-12-31")

    def roster(self, office=K, n=40, inspectors=8, **change):
        """n businesses, of which every third is of class C; change: {number: {column: value}} as objects=, people=."""
        objects, people = [], []
        for i in range(n):
            row = {"对象类别": "企业", "名称": "企业%d" % i, "统一社会信用代码": uscc(i), "检查机关": office, "登记状态": "存续",
                   "信用风险分类": "C" if i % 3 == 0 else "A", "投诉次数": "0", "本年已查次数": "0"}
            objects.append(dict(row, **change.get("objects", {}).get(i, {})))
        for i in range(inspectors):
            row = {"姓名": "检查员%d" % i, "执法证号": "JS%03d" % i, "发证机关": office, "状态": "在岗", "可参加抽查": "是",
                   "证件有效期至": "2099-12-31", "专业标签": ""}
            people.append(dict(row, **change.get("people", {}).get(i, {})))
        table(os.path.join(self.root, "objects.csv"), objects)
        table(os.path.join(self.root, "inspectors.csv"), people)
        return self.q(office, "roster", "import", "--objects", "objects.csv", "--inspectors", "inspectors.csv", "--by", "张三")

    def register(self, at=P, n=40, inspectors=8, **change):
        """The registers of record of the same businesses and inspectors, as roster() has them; change as there."""
        objects, people = [], []
        for i in range(n):
            row = {"对象类别": "企业", "统一社会信用代码": uscc(i), "检查机关": K, "登记状态": "存续",
                   "信用风险分类": "C" if i % 3 == 0 else "A"}
            objects.append(dict(row, **change.get("objects", {}).get(i, {})))
        for i in range(inspectors):
            row = {"执法证号": "JS%03d" % i, "发证机关": K, "所在机关": K, "证件有效期至": "2099-12-31", "专业标签": ""}
            people.append(dict(row, **change.get("people", {}).get(i, {})))
        table(os.path.join(self.root, "objects.csv"), objects)
        table(os.path.join(self.root, "inspectors.csv"), people)
        day = time.strftime("%Y-%m-%d", time.gmtime(self.clock + 8 * 3600))
        return self.q(at, "register", "import", "--objects", "objects.csv", "--inspectors", "inspectors.csv",
                      "--taken-on", day, "--by", "王五")

    # ---- draws --------------------------------------------------------------------------------------------------------------

    def draws(self, office=K):
        return [d["draw"] for d in self.q(office, "draw", "list")]

    def targets(self, draw, office=K):
        return self.q(office, "draw", "show", draw)["targets"]

    def record(self, draw, *objects, office=K):
        for o in objects:
            self.q(office, "result", "record", "--draw", draw, "--object", o, "--codes", "R01", "--by", "张三")


class Cheat:
    """name; want: what verify says, in full; base: the state it starts from; at: who verifies; settles: whose files come
    to the city in the end; skipped: what the verdict of the last draw tells as not checked, {code: why}. Why more than
    one code is wanted stands beside it."""

    def __init__(self, name, want, commit, base="ordered", at=P, settles=(K,), skipped=()):
        self.name, self.want, self.commit, self.base, self.at, self.settles = name, want, commit, base, at, settles
        self.skipped = skipped
