"""Before its RELEASE nothing of a draw but an office's own targets is held by anyone but the drawing office and those
above it: looked for in every byte that the others hold, plain, packed and spelled in other ways.

    leak.py DIRECTORY CLOCK NUMBER     as cheat.py; the offices are enrolled, a station below the county among them
"""
import base64
import ctypes
import ctypes.util
import glob
import hashlib
import hmac
import http.client
import os
import re
import shutil
import signal
import socket
import sqlite3
import ssl
import struct
import subprocess
import sys
import time
import zlib

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cheat_nodes import C, K, P, S, Nodes, oid, table, uscc  # noqa: E402

ST = "140602S1"
WINDOW = {K: ("2025-08-23", "2025-11-19"), C: ("2025-08-22", "2025-11-18")}

# ---- what a byte string may hide ----------------------------------------------------------------------------------

ZSTD = ctypes.CDLL(ctypes.util.find_library("zstd"))
ZSTD.ZSTD_decompress.restype = ZSTD.ZSTD_findFrameCompressedSize.restype = ctypes.c_size_t
ZSTD.ZSTD_getFrameContentSize.restype = ctypes.c_ulonglong


def inflated(data):
    """What the zstd, zlib and gzip streams inflate to that begin anywhere in it."""
    for m in re.finditer(re.escape(b"\x28\xb5\x2f\xfd"), data):
        part = data[m.start():m.start() + (2 << 20)]
        size = ZSTD.ZSTD_getFrameContentSize(part, ctypes.c_size_t(len(part)))
        used = ZSTD.ZSTD_findFrameCompressedSize(part, ctypes.c_size_t(len(part)))
        if 0 < size <= 16 << 20 and used <= len(part):
            out = ctypes.create_string_buffer(size)
            n = ZSTD.ZSTD_decompress(out, ctypes.c_size_t(size), part, ctypes.c_size_t(used))
            if n == size:
                yield out.raw
    for m in re.finditer(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]", data):
        try:
            got = zlib.decompressobj(47).decompress(data[m.start():m.start() + (2 << 20)], 16 << 20)
        except zlib.error:
            continue
        if len(got) > 8:
            yield got


def layers(data):
    todo = [data]
    while todo:
        one = todo.pop()
        yield one
        todo += inflated(one)


def files(*paths):
    for path in paths:
        for name in [path] if os.path.isfile(path) else glob.glob(path + "/**", recursive=True, include_hidden=True):
            if os.path.isfile(name):
                with open(name, "rb") as f:
                    yield name, f.read()


def values(path):
    """Each value of a database by itself: a long one lies on pages that do not follow each other."""
    db = sqlite3.connect("file:%s?mode=ro" % path, uri=True)
    db.text_factory = bytes
    for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        name = name.decode()
        try:
            rows = db.execute('SELECT * FROM "%s"' % name)
        except sqlite3.OperationalError:
            continue
        for row in rows:
            for v in row:
                if isinstance(v, bytes):
                    yield "%s: %s" % (os.path.basename(os.path.dirname(path)), name), v
    db.close()


def spelled(needle):
    """The forms in which a byte string may stand."""
    out = {needle, needle.hex().encode(), needle.hex().upper().encode()}
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + needle)
        start = (8 * shift + 5) // 6
        whole = text[start:len(text) - 4 if (len(needle) + shift) % 3 else len(text)]
        out |= {whole, whole.replace(b"+", b"-").replace(b"/", b"_")}
    if len(needle) == 32:
        out |= {str(int.from_bytes(needle, e)).encode() for e in ("big", "little")}
    return out


class Search:
    """Needles by name, in every form in which they may stand."""

    def __init__(self, needles):
        self.needles = {}
        for name, needle in needles:
            for form in spelled(needle) if len(needle) in (16, 32, 64, 80) else {needle}:
                self.needles[form] = name

    def among(self, blobs):
        """What stands where: {name: place}."""
        found = {}
        for place, data in blobs:
            for needle, name in self.needles.items():
                if needle in data:
                    found.setdefault(name, place)
        return found


def opened(blobs):
    """Each with what it inflates to behind it."""
    return [(place, b"\0\0\0".join(layers(data))) for place, data in blobs]


# ---- what is secret of a draw -----------------------------------------------------------------------------------------

PRIME = 2 ** 255 - 19
D = -121665 * pow(121666, PRIME - 2, PRIME) % PRIME


def eight_times(point):
    """Of an encoded point of edwards25519."""
    y = int.from_bytes(point, "little") & (1 << 255) - 1
    x2 = (y * y - 1) * pow(D * y * y + 1, PRIME - 2, PRIME) % PRIME
    x = pow(x2, (PRIME + 3) // 8, PRIME)
    if (x * x - x2) % PRIME:
        x = x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
    if x & 1 != point[31] >> 7:
        x = PRIME - x
    for _ in range(3):
        t = D * x * x * y * y % PRIME
        x, y = 2 * x * y * pow(1 + t, PRIME - 2, PRIME) % PRIME, (y * y + x * x) * pow(1 - t, PRIME - 2, PRIME) % PRIME
    return (y | (x & 1) << 255).to_bytes(32, "little")


def mac(key, message):
    return hmac.new(key, message, hashlib.sha256).digest()


def lines(kind, text, *words):
    return [("%s: the %s line" % (kind, w), line.encode()) for line in text.split("\n") for w in words
            if line.startswith(w + " ") and not line.endswith(" -") and not line.startswith(w + " 0 ")]


def secrets(w, office, draw_id, roster):
    """All that nobody but the drawing office and those above it may hold of this draw, from the office's own tables."""
    result = w.rows(office, "SELECT * FROM draw_result WHERE office = ? AND id = ?", office, draw_id)[0]
    text = result["text"]
    order = w.rows(office, "SELECT note FROM draw_order o JOIN log l ON l.office = o.office WHERE l.origin = ? AND "
                   "(o.id >> 16) & 4294967295 = ?", result["order_origin"], result["order_seq"])[0]["note"]
    freeze_seq = int(re.search(r"^freeze \S+ (\d+)", text, re.M).group(1))
    freeze = w.rows(office, "SELECT f.text, s.salt_key FROM draw_freeze f JOIN freeze_salt s ON s.office = f.office AND "
                    "s.id = f.id WHERE f.office = ? AND (f.id >> 16) & 4294967295 = ?", office, freeze_seq)[0]
    pi = bytes.fromhex(re.search(r"^vrf \S+ ([0-9a-f]{160})", text, re.M).group(1))
    beta = hashlib.sha512(b"\3\3" + eight_times(pi[:32]) + b"\0").digest()
    seed = hashlib.sha256(b"draw1/seed\0\1" + beta).digest()
    assert w.q(office, "draw", "show", "%s:1-%d-%d" % (office, draw_id >> 16 & 0xffffffff, draw_id & 0xffff))[
        "seed"] == seed.hex()
    out = [("beta", beta), ("the proof", pi), ("the seed", seed), ("the order's id",
           hashlib.sha256(order.split("\n\n")[0].encode() + b"\n").digest()), ("the freeze's salt key", freeze["salt_key"])]
    tickets = mac(seed, b"draw1/obj\0")
    out += [("a ticket", mac(tickets, o.encode())) for o in roster]
    out += [("the nonce", bytes.fromhex(re.search(r"^nonce (\S+)", order, re.M).group(1))), ("the window", WINDOW[office][0].encode())]
    out += lines("ORDER", order, "freeze", "window", "nonce", "slot", "list")
    out += lines("FREEZE", freeze["text"], "objects", "marks", "inspectors", "recusals", "roster", "source")
    out += lines("DRAW", text, "order", "freeze", "vrf", "stratum", "selected")
    out += [("FREEZE: a root", bytes.fromhex(h)) for n, h in re.findall(
        r"^(?:objects|marks|inspectors|recusals) (\d+) (\S+)", freeze["text"], re.M) if n != "0"]
    out += [("DRAW: a cut-off or root", bytes.fromhex(h)) for h in
            re.findall(r"^(?:stratum|selected) .* ([0-9a-f]{64})$", text, re.M)]
    for row in w.rows(office, "SELECT * FROM draw_selected WHERE office = ? AND draw_id = ?", office, draw_id):
        out.append(("a salt of the list", row["salt"]))
    for row in w.rows(office, "SELECT text FROM draw_pairs WHERE office = ? AND draw_id = ?", office, draw_id):
        out += lines("PAIRS", row["text"], "visit")
    return out


def targets(w, office, draw_id, *allowed):
    """Ids and names of the targets that were sent to none of the offices allowed."""
    out = []
    for row in w.rows(office, "SELECT * FROM dispatch WHERE office = ? AND draw_id = ?", office, draw_id):
        if row["inspecting_office"] not in allowed:
            out += [("a target's id", row["object_id"].encode()), ("a target's name", row["object_name"].encode())]
    return out


# ---- what the others hold -----------------------------------------------------------------------------------------------


def held(w, office):
    """Every byte of its data directory, and all values of its database, each by itself."""
    path = os.path.join(w.root, office)
    tables = {}
    for name, value in values(os.path.join(path, "qian.db")):
        tables.setdefault(name, []).append(value)
    return opened(files(path)) + opened((name, b"\0\0\0".join(v)) for name, v in tables.items())


class Serving:
    """The office's node on a port, on the clock of the others."""

    def __init__(self, w, office, port):
        self.w, self.office, self.port = w, office, port
        self.p = subprocess.Popen([os.environ["QIAN"], "-d", office, "serve", "--peer", "127.0.0.1:%d" % port,
                                   "--sync-every", "0"], cwd=w.root, env=w._env(w.clock), stdout=subprocess.DEVNULL,
                                  stderr=open(os.path.join(w.root, office + ".out"), "wb"))
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("%s does not serve" % office)

    def call(self, path, body=None, key=None):
        c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        c.check_hostname, c.verify_mode = False, ssl.CERT_NONE
        if key:
            c.load_cert_chain(key)
        h = http.client.HTTPSConnection("127.0.0.1", self.port, context=c, timeout=60)
        try:
            h.request("POST" if body else "GET", path, body, {"Content-Type": "application/x-qian-frames"})
            return h.getresponse().read()
        except (OSError, http.client.HTTPException):
            return b""
        finally:
            h.close()

    def end(self):
        self.p.send_signal(signal.SIGTERM)
        self.p.wait()


def kit(w, *words):
    r = subprocess.run([os.environ["TOOLS"] + "/peerkit", *words], cwd=w.root, env=w._env(w.clock), capture_output=True)
    assert r.returncode == 0, r.stderr
    return r.stdout


def answered(w, above, early, *below):
    """What an office above answers those below who say that they hold nothing yet, and whoever else asks."""
    out = []
    serving = Serving(w, above, int(os.environ["LEAK_PORT"]))
    for office in below:
        key = os.path.join(w.root, office + ".pem")
        with open(key, "wb") as f:
            f.write(kit(w, "key", office))
        got = serving.call("/peer/v1/pull", kit(w, "have", early[office], above), key)
        out.append(("the answer of %s to %s" % (above, office), got))
    for path in ("/", "/chain", "/healthz", "/readyz", "/checkpoint", "/tile/0/000", "/metrics", "/status"):
        out.append(("%s of %s" % (path, above), serving.call(path)))
    serving.end()
    return out


# ---- the offices at work --------------------------------------------------------------------------------------------------


def market(first, n, name, **columns):
    return [dict({"对象类别": "企业", "名称": "%s%d店" % (name, i), "统一社会信用代码": uscc(i), "检查机关": K, "登记状态": "存续",
                  "信用风险分类": "C" if i % 3 == 0 else "A", "投诉次数": "0", "本年已查次数": "0", "所属监管所": ""},
                 **{k: v(i) for k, v in columns.items()}) for i in range(first, first + n)]


def roster(w, office, objects, name):
    table(os.path.join(w.root, "objects.csv"), objects)
    table(os.path.join(w.root, "inspectors.csv"), [
        {"姓名": "%s员%d" % (name, i), "执法证号": "%s%03d" % (name, i), "发证机关": office, "状态": "在岗", "可参加抽查": "是",
         "证件有效期至": "2099-12-31", "专业标签": ""} for i in range(8)])
    w.q(office, "roster", "import", "--objects", "objects.csv", "--inspectors", "inspectors.csv", "--by", "张三")


def everyone(w):
    """Files go up and down between all of them, twice; those for the neighbour and the station are kept."""
    for _ in range(2):
        for a, b in ((ST, K), (K, C), (S, C), (C, P), (P, C), (C, K), (C, S), (K, ST)):
            w.carry(a, b)


def work(w):
    """Three draws: the county's own, the city's of objects for both counties, the county's of who goes to its part."""
    w.day("2025-07-25")
    for office in (P, C):
        w.q(office, "order", "auto", "off")  # each order has its window here
    w.plan("2025", dict(no="1"), dict(no="2", draw="objects"))
    w.carry(C, P)
    w.q(P, "plan", "accept", "1406/2025", "--by", "王五")
    w.day("2025-08-24")
    county, city = market(0, 40, "县甲", 所属监管所=lambda i: ST if i % 4 == 0 else ""), market(
        100, 60, "市乙", 检查机关=lambda i: K if i % 2 else S)
    roster(w, K, county, "县")
    roster(w, C, city, "市")
    roster(w, S, market(200, 40, "邻丙", 检查机关=lambda i: S), "邻")
    for office in (K, C):
        w.q(office, "freeze")
    everyone(w)
    window = {o: ("--from", WINDOW[o][0], "--to", WINDOW[o][1]) for o in WINDOW}
    w.q(C, "order", "issue", "--office", K, *window[K])
    w.q(P, "order", "issue", *window[C])
    everyone(w)
    w.q(K, "draw", "run", "--all")
    w.q(C, "draw", "run", "--all")
    everyone(w)
    w.q(C, "order", "issue", "--office", K, *window[K])
    everyone(w)
    w.q(K, "draw", "run", "--all")
    everyone(w)
    ids = lambda rows: ["E:" + r["统一社会信用代码"] for r in rows]  # noqa: E731
    draw = {o: [r["id"] for r in w.rows(o, "SELECT id FROM draw_result WHERE office = ? ORDER BY id", o)] for o in (K, C)}
    assert len(draw[K]) == 2 and len(draw[C]) == 1, draw
    return [("the county's draw", K, draw[K][0], ids(county)), ("the city's draw of objects", C, draw[C][0], ids(city)),
            ("the county's match", K, draw[K][1], ids(county))]


# ---- results --------------------------------------------------------------------------------------------------------------

number = failures = 0


def result(good, name, remark=""):
    global number, failures
    number += 1
    failures += not good
    print("%s %d - %s" % ("ok" if good else "not ok", number, name), flush=True)
    if not good:
        print("\n".join("# " + line for line in str(remark).splitlines()))


def main():
    global number
    directory, clock, number = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    w = Nodes(directory, clock)
    early = {o: w.copy(o, o + ".early") for o in (K, S, ST)}
    draws = work(w)
    bundles = {}
    for a, b in ((C, K), (C, S), (K, ST)):
        bundles[b] = [("what %s would send %s" % (a, b), kit(w, "stream", a, b))]
        w.q(a, "bundle", "make", "--all", "--to", b, "--out", "all-%s.qb" % b)
        bundles[b] += list(files(os.path.join(w.root, "all-%s.qb" % b)))
    answers = {K: answered(w, C, early, K), S: answered(w, C, early, S) + answered(w, P, early, S),
               ST: answered(w, K, early, ST)}
    result(all(len(got) > 500 for o in answers for what, got in answers[o] if "answer" in what and " 14 " not in what),
           "those below are answered", {what: len(got) for o in answers for what, got in answers[o]})
    sent = {o: opened(bundles[o] + answers[o]) for o in answers}
    for office in (C, P):
        w.q(office, "publish", "site", "--out", "site-" + office)
    site = lambda: opened(files(*(os.path.join(w.root, "site-" + o) for o in (C, P))))  # noqa: E731
    have = {o: held(w, o) for o in (P, C, K, S, ST)}
    for what, office, draw, ids in draws:
        hidden = secrets(w, office, draw, ids)
        everything = hidden + targets(w, office, draw)
        search = Search(everything)
        kinds = {name for name, _ in everything} - {"a ticket", "the seed", "beta"}  # nobody keeps what can be computed
        for above in [office] + ([C, P] if office == K else [P]):
            found = search.among(have[above])
            result(kinds <= set(found), "%s: %s holds it all, so the search finds it" % (what, above), kinds - set(found))
        for other in (S, ST) if office == K else (K, S, ST):
            # The dates of its window stand beside a target that was sent here.
            mine = Search(hidden + targets(w, office, draw, other))
            found = mine.among(have[other])
            result(not found, "%s: nothing of it is at %s" % (what, other), found)
            found = mine.among(sent.get(other, []))
            result(not found, "%s: nor in what is sent to %s" % (what, other), found)
        found = search.among(site())
        result(not found, "%s: nor on a site" % what, found)
        told = [t["object"] for t in w.targets("%s:1-%d-%d" % (office, draw >> 16 & 0xffffffff, draw & 0xffff), office)]
        result(bool(told), "%s has targets" % what)
    one_result(w, draws[0], site)
    released(w, draws[0], site)
    print("1..%d" % number)
    return 1 if failures else 0


def one_result(w, first, site):
    """One of those visited is published at once: the rest of the list stays where it is."""
    what, office, draw, ids = first
    name = "%s:1-%d-%d" % (office, draw >> 16 & 0xffffffff, draw & 0xffff)
    rows = w.rows(office, "SELECT * FROM dispatch WHERE office = ? AND draw_id = ? AND inspecting_office = ?", office, draw,
                  office)
    w.q(office, "result", "record", "--draw", name, "--object", rows[0]["object_id"], "--codes", "R01", "--by", "张三")
    w.q(office, "publish", "results")
    everyone(w)
    w.q(C, "consolidate", "--series", "2025")
    everyone(w)
    for o in (C, P):
        w.q(o, "publish", "site", "--out", "site-" + o)
    visited = {rows[0]["object_id"].encode(), rows[0]["object_name"].encode()}
    search = Search([n for n in secrets(w, office, draw, ids) + targets(w, office, draw) if n[1] not in visited])
    told = Search([("the one that was visited", rows[0]["object_id"].encode())])
    result(told.among(site()), "%s: a result is published before the release" % what)
    found = search.among(site())
    result(not found, "%s: and the site tells nothing of the others" % what, found)
    mine = Search([n for n in secrets(w, office, draw, ids) + targets(w, office, draw, S) if n[1] not in visited])
    result(not mine.among(held(w, S)), "%s: nor has it come to the neighbour" % what, mine.among(held(w, S)))
    if os.environ.get("KEEP"):
        shutil.copytree(w.root, os.environ["KEEP"])


def released(w, first, site):
    """Visited and released, the county's draw is on the site in full."""
    what, office, draw, ids = first
    name = "%s:1-%d-%d" % (office, draw >> 16 & 0xffffffff, draw & 0xffff)
    done = {r["object_id"] for r in w.rows(office, "SELECT object_id FROM inspection_result")}
    for o in w.rows(office, "SELECT * FROM dispatch WHERE office = ? AND draw_id = ?", office, draw):
        if o["object_id"] in done:
            continue
        w.q(o["inspecting_office"], "result", "record", "--draw", name, "--object", o["object_id"], "--codes", "R01", "--by",
            "张三")
    everyone(w)
    w.q(office, "release", "--draw", name)
    everyone(w)
    for o in (C, P):
        w.q(o, "publish", "site", "--out", "site-" + o)
    search = Search(secrets(w, office, draw, ids) + targets(w, office, draw))
    found = search.among(site())
    want = {"the proof", "the nonce", "the window", "FREEZE: the objects line", "FREEZE: a root", "DRAW: the selected line",
            "a salt of the list", "a target's id", "the order's id", "ORDER: the nonce line"}
    result(want <= set(found), "released, it is on the site", want - set(found))
    result(not {"the freeze's salt key", "PAIRS: the visit line"} & set(found), "but neither its salt key nor who goes", found)


if __name__ == "__main__":
    sys.exit(main())
