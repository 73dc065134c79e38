"""Makes the files that every later program must read: offices do all that they can do, and each is kept in one file.

    version_make.py DIRECTORY CLOCK NUMBER     as markers.py; the files go to $KEPT, which is not there yet
"""
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cheat_nodes import C, K, P, Nodes  # noqa: E402
from leak import ST  # noqa: E402
from marker_search import Markers  # noqa: E402
from markers import IN_NEED  # noqa: E402
from markers_plant import plant  # noqa: E402
from version_plant import OFFICES, more, newest, registry  # noqa: E402

# One of each level. What the neighbour wrote, and lost, is in the logs that these hold.
KEPT = (P, C, K, ST)
ROWS = os.path.join(os.environ["ROOT"], "tests", "tools", "rows.py")


def small(w):
    """Databases of small pages, else most of a file would be pages that are half empty."""
    for office in OFFICES:
        db = sqlite3.connect(os.path.join(w.root, office, "qian.db"), isolation_level=None)
        for words in ("PRAGMA journal_mode = DELETE", "PRAGMA page_size = 512", "VACUUM"):
            db.execute(words).fetchall()
        db.close()


def written(out, name, *command, given=None):
    with open(os.path.join(out, name), "w", encoding="utf-8") as f:
        subprocess.run([sys.executable, ROWS, *command], stdout=f, input=given, text=True, check=True)


def filled(w):
    """The tables in which no office has a row, and the columns that are NULL in every row."""
    tables, columns = [], []
    for name, (_, _, described) in registry().items():
        held = {c: 0 for c, _, _ in described}
        for office in OFFICES:
            counts = w.rows(office, 'SELECT %s FROM "%s"' % (", ".join('count("%s") AS "%s"' % (c, c) for c in held), name))[0]
            held = {c: n + counts[c] for c, n in held.items()}
        if not held["office"]:
            tables.append(name)
        else:
            columns += [name + "." + c for c, n in held.items() if not n]
    return tables, columns


def keep(w, admin, out):
    """The files, of one moment."""
    os.environ["QIAN_BY"] = admin
    os.makedirs(out)
    number = int(newest()[9:-4])
    with open(os.path.join(w.root, "policy.out"), encoding="utf-8") as f:
        fingerprint = next(word for line in f for word in line.split() if word.count("-") == 7)
    tables, columns = filled(w)
    about = dict(registry=number, fingerprint=fingerprint, province=P, offices=KEPT, admin=admin, empty_tables=tables, null_columns=columns)
    shutil.copy(os.environ["QIAN_PASSPHRASE_FILE"], os.path.join(out, "passphrase"))
    for office in KEPT:
        w.q(office, "backup", "create", "--with-files", "--out", os.path.join(out, office + ".qbk"))
        written(out, office + ".rows", "rows", os.path.join(os.environ["ROOT"], "protocol", newest()),
                os.path.join(w.root, office, "qian.db"))
    w.q(P, "audit", "export", "all", "--out", os.path.join(out, P + ".qa"), check=False)
    about["when"] = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(w.clock + 60))
    w.clock += 60
    said = json.dumps(w.q(P, "verify", "all", check=False))
    written(out, P + ".verified", "found", given=said)
    w.clock -= 2
    said = json.dumps(w.q(P, "audit", "check", os.path.join(out, P + ".qa"), "--fingerprint", fingerprint, check=False))
    written(out, P + ".audited", "found", given=said)
    with open(os.path.join(out, "about.json"), "w", encoding="utf-8") as f:
        json.dump(about, f, indent=1, ensure_ascii=False)
        f.write("\n")
    for name in os.listdir(out):
        os.chmod(os.path.join(out, name), 0o644)
    if tables:
        raise SystemExit("no office has a row of %s; have one written in tests/t/version_plant.py" % ", ".join(tables))


def main():
    w = Nodes(sys.argv[1], float(sys.argv[2]))
    small(w)
    x = plant(w, Markers())
    for office, to, kind, audience, name, values, column in IN_NEED:
        if "seq" not in values:  # of these the neighbour has real ones
            w.author(office, kind, [(audience, to, [(name, dict(values, **{column: x.m.person()}))])])
    more(x)
    keep(w, x.admin, os.environ["KEPT"])


if __name__ == "__main__":
    main()
