"""No personal field reaches a public byte. Real offices write a marker into every column that the registry calls personal
or a business's name, by the commands that people use; then every public byte is searched.

    markers.py DIRECTORY CLOCK NUMBER     as leak.py: the offices are enrolled, a station below the county among them
"""
import gzip
import io
import os
import shutil
import sqlite3
import subprocess
import sys
import zipfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import leak  # noqa: E402
from cheat_nodes import C, K, P, S, Nodes  # noqa: E402
from leak import ST, answered, kit, result  # noqa: E402
from marker_search import CODECS, PERSON, STEMS, Markers, marked, search, tree  # noqa: E402
from markers_plant import plant  # noqa: E402

# Written in need only, or by no command: a changed node puts these rows in, under the office's own key, and they travel like
# all others. (office, to whom, kind of entry, audience, table, columns, where the marker stands)
IN_NEED = (
    (K, P, "release", "system", "supersede", dict(origin="test.example/140602/1", seq=0), "reason"),
    (C, P, "release", "system", "waiver", dict(origin="test.example/140602/1", seq=0, rule="test"), "reason"),
    (P, P, "accept", "system", "plan_accept", dict(plan_office=C, plan_id=1, plan_rev=1, outcome="returned", acted_by="x",
                                                   acted_on="2025-08-20T09:00:00"), "reason"),
    (ST, K, "release", "system", "purge_report", dict(
        purge_office=K, purge_id=1, purge_rev=1, epoch=1, entries=0, parts=0, files=0, bytes=0,
        done_on="2025-08-20T09:00:00"), "acted_by"))
# Whatever an office says of itself to all below in a system part names who said it, to those offices.
TO_ALL_BELOW = ("beacon", "register_snapshot", "scope_bound")


def columns():
    return marked(os.path.join(os.environ["ROOT"], "protocol", "registry-1.txt"))


def query(w, office, sql, *values):
    db = sqlite3.connect("file:%s?mode=ro" % os.path.join(w.root, office, "qian.db"), uri=True)
    out = db.execute(sql, values).fetchall()
    db.close()
    return out


def planted(w):
    """The columns in which some office holds a marker."""
    out = set()
    for name, column, _ in columns():
        where = " OR ".join('instr("%s", ?)' % column for _ in STEMS)
        for office in (P, C, K, S, ST):
            if (name, column) not in out and query(w, office, 'SELECT 1 FROM "%s" WHERE %s LIMIT 1' % (name, where), *STEMS):
                out.add((name, column))
    return out


def disclosed(w):
    """Names of businesses in rows of public tables: with a result, as the law has them published (registry-13)."""
    public = {line.split()[1] for line in open(os.path.join(os.environ["ROOT"], "protocol", "registry-1.txt"), encoding="utf-8")
              if line.split()[2:3] == ["public"]}
    return {v for name, column, mark in columns() if mark == "d" and name in public
            for v, in query(w, C, 'SELECT DISTINCT "%s" FROM "%s"' % (column, name)) if v}


# ---- what is public -----------------------------------------------------------------------------------------------------------


def sites(w):
    out = []
    for office in (K, C, P):
        w.q(office, "publish", "site", "--out", "site-" + office, "--url", "https://example.org/")
        out += [("site-%s/%s" % (office, name), data) for name, data in tree(os.path.join(w.root, "site-" + office))]
    return out


def to_all_below(w):
    """The markers in rows that the city and the province address to every office below them."""
    return {v for name, column, _ in columns() if name in TO_ALL_BELOW
            for v, in query(w, S, 'SELECT "%s" FROM "%s" WHERE office IN (?, ?)' % (column, name), C, P) if v}


def exports(w):
    """Lists for systems outside, whose readers are the public."""
    os.makedirs(os.path.join(w.root, "out"), exist_ok=True)
    for what in ("gsxt", "platform"):
        for form in ("csv", "xlsx", "json"):
            for charset in ("UTF-8", "GB18030") if form == "csv" else ("UTF-8",):
                w.q(K, "export", what, "--out", "out/%s-%s.%s" % (what, charset, form), "--format", form, "--charset", charset)
    return list(tree(os.path.join(w.root, "out")))


def sent_beside(w, early):
    """What the city sends to a county that had no part in any of it, what that county holds, and what anybody may ask."""
    w.q(C, "bundle", "make", "--all", "--to", S, "--out", "all.qb")
    with open(os.path.join(w.root, "all.qb"), "rb") as f:
        out = [("the bundle for the neighbour", f.read()), ("the stream for the neighbour", kit(w, "stream", C, S))]
    w.carry(C, S)
    out += [("held by the neighbour: " + name, data) for name, data in leak.held(w, S)]
    for above in (C, P, K):
        out += answered(w, above, early, *([S] if above == C else []))
    return out


# ---- that the search finds what is there ------------------------------------------------------------------------------------


def packed(name, data):
    if name == "zip":
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
            z.writestr("xl/sharedStrings.xml", b"<t>" + data + b"</t>" + b" " * 5000)
        return out.getvalue()
    if name == "gzip":
        return gzip.compress(data + b" " * 500)
    return subprocess.run(["zstd", "-q", "-c"], input=data + b" " * 500, capture_output=True, check=True).stdout


def spelled(marker):
    """A marker as careless programs write it: {how: bytes}"""
    out = {}
    for codec in CODECS:
        raw = marker.encode(codec)
        out[codec] = raw
        out["hexadecimal, " + codec] = raw.hex().encode()
        for shift in range(3):
            out["base64 behind %d bytes, %s" % (shift, codec)] = leak.base64.urlsafe_b64encode(b"x" * shift + raw)
    if marker.isascii():
        out["in small letters"] = marker.lower().encode()
    else:
        out["percent-encoded"] = "".join("%%%02X" % b for b in marker.encode()).encode()
        out["percent-encoded, digits plain"] = "".join("%%%02x" % b for b in marker[:4].encode()).encode() + marker[4:].encode()
        out["in JSON"] = leak_json(marker)
        out["in HTML"] = ("".join("&#%d;" % ord(c) for c in marker[:4]) + marker[4:]).encode()
        out["in HTML, hexadecimal"] = ("".join("&#x%X;" % ord(c) for c in marker[:4]) + marker[4:]).encode()
    for how in ("zip", "gzip", "zstd"):
        out[how] = packed(how, marker.encode())
    return out


def leak_json(marker):
    return "".join("\\u%04X" % ord(c) if ord(c) > 127 else c for c in marker).encode()


def can_fail(w):
    """One after the other, each spelling stands in one file of a copy of the site."""
    copy = os.path.join(w.root, "site-copy")
    shutil.copytree(os.path.join(w.root, "site-" + C), copy)
    for stem in STEMS:
        missed = []
        for how, data in spelled(stem + "9001").items():
            path = os.path.join(copy, "results.csv")
            with open(path, "rb") as f:
                before = f.read()
            with open(path, "wb") as f:
                f.write(before[:200] + b" " + data + b" " + before[200:])
            with open(path, "rb") as f:
                if not search([("results.csv", f.read())], disclosed(w)):
                    missed.append(how)
            with open(path, "wb") as f:
                f.write(before)
        result(not missed, "%s is found in a copy of the site, %d spellings of it" % (stem, len(spelled(stem))), missed)
    result(search([("people/%s9001.html" % PERSON, b"")]), "and in the name of a file")


def main():
    directory, clock, leak.number = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    w = Nodes(directory, clock)
    early = {S: w.copy(S, S + ".early")}
    x = plant(w, Markers())
    for office, to, kind, audience, name, values, column in IN_NEED:
        w.author(office, kind, [(audience, to, [(name, dict(values, **{column: x.m.person()}))])])
    marks = columns()
    missing = {c[:2] for c in marks} - planted(w)
    result(len(marks) > 100 and not missing, "each of %d marked columns holds a marker, written by people's commands" % len(marks),
           "no marker in: %s; plant one in tests/t/markers_plant.py" % sorted(missing))
    known = disclosed(w)
    public = sites(w)
    told = search(public)
    shown = {m for hits in told.values() for m, _ in hits}
    result(known & shown, "names of businesses with a public result are on the sites", known)
    beside = sent_beside(w, early)
    below = to_all_below(w)
    result(below, "the neighbour has what is addressed to all below")
    for what, blobs, may in (("the sites", public, known), ("the lists for systems outside", exports(w), known),
                             ("what goes to a neighbour, and what anybody may ask", beside, known | below)):
        found = search(blobs, may)
        result(blobs and not found, "no personal field in %s (%d files, %d bytes)" % (
            what, len(blobs), sum(len(d) for _, d in blobs)), "\n".join("%s: %s" % (p, h[:5]) for p, h in found.items()))
    names = {v for v, in query(w, K, "SELECT name FROM object WHERE office = ?", K)} - known
    result(len(names) > 10 and not names & shown, "of %d businesses without a public result none is named" % len(names), names & shown)
    can_fail(w)
    print("1..%d" % leak.number)
    return 1 if leak.failures else 0


if __name__ == "__main__":
    sys.exit(main())
