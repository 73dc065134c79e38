#!/usr/bin/env python3
"""The rows that a database holds in the tables of a registry, and what a verifier found, as texts that are kept and compared.

    rows.py rows REGISTRY DB                 prints every row of every table
    rows.py same REGISTRY ROWS DB            a later program's database has these rows: exit 1 and a line for each difference
    rows.py found < verify.json              prints the findings and what was in order
    rows.py same-found FOUND < verify.json   a later program finds the same, and checks no less

A later database may have more tables, and more columns: these are not looked at. All else must be equal. A value of more than
200 characters is kept as its beginning, its length and its SHA-256.
"""
import hashlib
import json
import sqlite3
import sys

LONG = 200


def tables(path):
    """{table: [column]} of a registry's text."""
    with open(path, encoding="utf-8") as f:
        words = [line.split() for line in f]
    return {w[1]: [c.split(":")[0] for c in w[5:]] for w in words if w and w[0] == "table"}


def short(v):
    """A value as it is kept: bytes in hexadecimal, a long one by its beginning and what tells it from others."""
    shown = v.hex() if isinstance(v, bytes) else v
    if isinstance(shown, str) and len(shown) > LONG:
        raw = v if isinstance(v, bytes) else v.encode()
        return {"begins": shown[:40], "bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
    return {"hex": shown} if isinstance(v, bytes) else v


def text_of(row):
    return json.dumps([short(v) for v in row], ensure_ascii=False)


def opened(path):
    return sqlite3.connect("file:%s?mode=ro" % path, uri=True)


def columns_of(db, name):
    return [r[1] for r in db.execute("SELECT * FROM pragma_table_info(?)", (name,))]


def rows_of(db, name, columns):
    return [text_of(r) for r in db.execute('SELECT %s FROM "%s" ORDER BY office, id, rev' % (
        ", ".join('"%s"' % c for c in columns), name))]


def write_rows(registry, path):
    db = opened(path)
    for name, columns in tables(registry).items():
        rows = rows_of(db, name, columns)
        print("table %s %d %s" % (name, len(rows), " ".join(columns)))
        print("\n".join(rows + [""]) if rows else "", end="")


def read_rows(path):
    """{table: (columns, [row])} of a kept text."""
    out, left = {}, 0
    with open(path, encoding="utf-8") as f:
        for line in f:
            if not left:
                _, name, n, *columns = line.split()
                out[name], left = (columns, []), int(n)
            else:
                out[name][1].append(line.rstrip("\n"))
                left -= 1
    if left:
        raise ValueError("%s: %d rows of %s are missing" % (path, left, name))
    return out


def key(row):
    return tuple(row[:3])


def named(name, k):
    """140602:1-8-0 is entry 8 of epoch 1, and its first new row."""
    return "%s %s:%d-%d-%d revision %d" % (name, k[0], k[1] >> 51, k[1] >> 16 & 0x7ffffffff, k[1] & 65535, k[2])


def differences(registry, kept, path):
    """What is not as it was kept, a line each."""
    db, known = opened(path), tables(registry)
    if {n: c for n, (c, _) in kept.items()} != known:
        yield "the kept rows are not those of %s: %s" % (registry, sorted(set(known) ^ set(kept)) or "other columns")
    for name, (columns, rows) in kept.items():
        have = columns_of(db, name)
        if not have:
            yield "table %s is gone" % name
            continue
        gone = [c for c in columns if c not in have]
        yield from ("column %s.%s is gone" % (name, c) for c in gone)
        if gone:
            continue
        was = {key(r): r for r in map(json.loads, rows)}
        now = {key(r): r for r in map(json.loads, rows_of(db, name, columns))}
        yield from ("%s is missing" % named(name, k) for k in was if k not in now)
        yield from ("%s was not there" % named(name, k) for k in now if k not in was)
        for k in was:
            for c, a, b in zip(columns, was[k], now.get(k, was[k])):
                if a != b:
                    yield "%s: %s was %s, is %s" % (named(name, k), c, *(json.dumps(v, ensure_ascii=False) for v in (a, b)))


# ---- what a verifier found ----------------------------------------------------------------------------------------------------


def found(said):
    """{what was judged: (findings, what was in order)}"""
    out = {}
    for v in said["verdicts"]:
        name = "%s %s %s %s %s" % (v["about"], v["office"], v["slot"] or "-", v.get("origin") or "-", v.get("seq", "-"))
        assert name not in out, name
        findings = ["%s %s %s %s %s" % (f["code"], f["consequence"], f["role"], f["held_against"],
                                        json.dumps(f["values"], ensure_ascii=False, sort_keys=True)) for f in v["findings"]]
        out[name] = sorted(findings), sorted(v["ok"])
    return out


def write_found(said):
    for name, (findings, ok) in found(said).items():
        print("verdict", name)
        for f in findings:
            print("found", f)
        print("ok", *ok)


def read_found(path):
    out = {}
    with open(path, encoding="utf-8") as f:
        for line in f:
            word, _, rest = line.rstrip("\n").partition(" ")
            if word == "verdict":
                name = rest
                out[name] = [], []
            elif word == "found":
                out[name][0].append(rest)
            else:
                out[name][1].extend(rest.split())
    return out


def other_findings(kept, now):
    yield from ("%s is judged no more" % name for name in kept if name not in now)
    yield from ("%s was not judged" % name for name in now if name not in kept)
    for name in kept:
        if name not in now:
            continue
        (was, ok), (findings, ok_now) = kept[name], now[name]
        yield from ("%s: not found any more: %s" % (name, f) for f in was if f not in findings)
        yield from ("%s: found now: %s" % (name, f) for f in findings if f not in was)
        yield from ("%s: %s is checked no more" % (name, code) for code in ok if code not in ok_now)


def main():
    what, *args = sys.argv[1:]
    if what == "rows":
        write_rows(*args)
    elif what == "found":
        write_found(json.load(sys.stdin))
    else:
        lines = list(differences(args[0], read_rows(args[1]), args[2]) if what == "same" else
                     other_findings(read_found(args[0]), found(json.load(sys.stdin))))
        print("\n".join(lines[:50] + (["and %d more" % (len(lines) - 50)] if lines[50:] else [])))
        return 1 if lines else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
