"""Attacks on the pages of an office.   web_attack.py PORT QIAN OFFICE EARLY PID

EARLY: the link of the first person, made before somebody was entered at the machine. The node's directory is OFFICE, and beside
it lies secret.csv, which no page may come to."""
import base64
import http.client
import json
import math
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.parse

from web_browser import Browser, told

PORT, QIAN, OFFICE, EARLY, PID = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5]
BASE = f"http://127.0.0.1:{PORT}"
PASSWORD = "四月的柿子树 又开了花"
BUSINESS = "planner,draw,observer,roster,inspector,reviewer,sampler,custodian,follow-up,head,clerk"
ADMIN = "王管理"


def qian(*words):
    r = subprocess.run([QIAN, "-d", OFFICE, "--json", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return r.returncode, r.stdout


def read(sql, *a):
    db = sqlite3.connect(f"file:{OFFICE}/qian.db?mode=ro", uri=True, timeout=60)
    rows = db.execute(sql, a).fetchall()
    db.close()
    return rows


def write(sql, *a):
    db = sqlite3.connect(f"{OFFICE}/qian.db", timeout=60)
    db.execute(sql, a)
    db.commit()
    db.close()


def invite(name):
    code, out = qian("ui", "invite", name, "--by", ADMIN)
    return json.loads(out)["link"].split("/")[-1] if code == 0 else ""


def enter(name, roles=None):
    if roles:
        code, out = qian("person", "set", name, "--roles", roles, "--by", ADMIN)
        if code:
            raise SystemExit(out)
    b = Browser(PORT)
    s, o = b.ask("POST", "/api/v1/invitation", {"token": invite(name), "password": PASSWORD})
    if s != 201:
        raise SystemExit(f"{name}: {s} {o}")
    return b


def ended(b, s, job):
    """The answer of an act, whole or by its job."""
    while s in (200, 202) and isinstance(job, dict) and job.get("state") in ("waiting", "running"):
        s, job = b.ask("GET", f"/api/v1/jobs/{job['id']}?wait=5000")
    return job.get("answer", job) if isinstance(job, dict) else job


def raw(text, port=PORT):
    """What a stranger's socket gets: the status, and all bytes."""
    s = socket.create_connection(("127.0.0.1", port), timeout=60)
    s.sendall(text if isinstance(text, bytes) else text.encode())
    got = b""
    try:
        while True:
            more = s.recv(65536)
            if not more:
                break
            got += more
    except OSError:
        pass
    s.close()
    return int(got.split(b" ")[1]) if got.startswith(b"HTTP/") else 0, got


stranger, early = Browser(PORT), Browser(PORT)

# ---- the link of the first person ------------------------------------------------------------------------------------
early.refused("a link of the first person is nobody's once somebody was entered at the machine", 403, "account.token", "POST", "/api/v1/invitation",
                 {"token": EARLY, "person": ADMIN, "password": PASSWORD})
told("and took over nobody", read("SELECT count(*) FROM account WHERE person = ?", ADMIN) == [(0,)], read("SELECT person FROM account"))
admin = enter(ADMIN)
clerk = enter("赵业务", BUSINESS)
looker = enter("钱检查", "inspector")
audits = enter("孙审计", "auditor")

# ---- who guesses -------------------------------------------------------------------------------------------------------
def guesses(name, n, by=stranger):
    return [by.ask("POST", "/api/v1/session", {"person": name, "password": f"guess {i} 1234"})[1]["code"] for i in range(n)]


def alike(known, nobody):
    """Five are looked at and then one waits. (How many more are looked at depends on how long this machine takes: the first wait is a second.)"""
    return all(g[:5] == ["session.password"] * 5 and g[-1] == "session.wait" for g in (known, nobody))


known, nobody = guesses("赵业务", 7), guesses("并无此人", 7)
told("an unknown person is as known as a known one, however often one tries", alike(known, nobody), f"{known} {nobody}")
def forgive():
    write("UPDATE account SET waits_ms = 0, failed = 0")
    write("DELETE FROM setting WHERE name LIKE 'usual/%'")


def lengthen(name):
    """Where that person waits, ten minutes more: what comes next may take as long as it does here."""
    later = int(time.time() * 1000) + 600000
    write("UPDATE account SET waits_ms = ? WHERE person = ? AND waits_ms > 0", later, name)
    for (kept,) in read("SELECT value FROM setting WHERE name = ?", f"usual/{name}"):
        lines = [line.split() for line in kept.splitlines()]
        write("UPDATE setting SET value = ? WHERE name = ?", "".join(f"{at} {failed} {later if int(until) else 0}\n" for at, failed, until in lines), f"usual/{name}")


def comes(b, name, password=PASSWORD):
    s, o = b.ask("POST", "/api/v1/session", {"person": name, "password": password})
    return o.get("code") or s


# 127.0.0.1 is where the clerk came in from
desk, far, farther = Browser(PORT), Browser(PORT, "127.0.0.9"), Browser(PORT, "127.0.0.8")
waits = guesses("赵业务", 7)
lengthen("赵业务")
told("who waits at the usual address waits there with the right one too", waits[-1] == "session.wait" and comes(desk, "赵业务") == "session.wait", waits)
told("and elsewhere does not", comes(farther, "赵业务") == 201)
forgive()
told("the clerk is at the desk again", comes(desk, "赵业务") == 201)
known, nobody = guesses("赵业务", 7, far), guesses("查无此人", 7, far)
told("from elsewhere too an unknown person is as known as a known one", alike(known, nobody), f"{known} {nobody}")
lengthen("赵业务")
told("a stranger elsewhere keeps nobody waiting at the desk", comes(desk, "赵业务") == 201)
told("nor has more tries because the person came in", guesses("赵业务", 1, far) == ["session.wait"])
told("or from one more address", guesses("赵业务", 1, farther) == ["session.wait"])
stood = read("SELECT failed FROM account WHERE person = '赵业务'")
write("UPDATE account SET failed = 30, waits_ms = ? WHERE person = '赵业务'", int(time.time() * 1000) - 23 * 3600 * 1000)
told("a wait that is over less than a day still counts", guesses("赵业务", 2, far) == ["session.password", "session.wait"], stood)
write("UPDATE account SET failed = 30, waits_ms = ? WHERE person = '赵业务'", int(time.time() * 1000) - 25 * 3600 * 1000)
told("one that is over longer is forgotten with the next wrong one", guesses("赵业务", 2, far) == ["session.password"] * 2 and read("SELECT failed FROM account WHERE person = '赵业务'") == [(2,)])
for n in range(2, 8):
    comes(Browser(PORT, f"127.0.0.{n}"), "赵业务")
told("4 addresses are kept, the last ones", [x.split()[0] for x in read("SELECT value FROM setting WHERE name = 'usual/赵业务'")[0][0].splitlines()] == [f"127.0.0.{n}" for n in (7, 6, 5, 4)], read("SELECT * FROM setting WHERE name LIKE 'usual/%'"))
forgive()
told("somebody may be stopped", qian("ui", "stop", "孙审计", "--by", ADMIN)[0] == 0 and not read("SELECT * FROM setting WHERE name = 'usual/孙审计'"))
link = invite("孙审计")
s, o = far.ask("POST", "/api/v1/invitation/look", {"token": link})
told("a link tells whose it is", s == 200 and o == {"person": "孙审计"}, f"{s} {o}")
audits = Browser(PORT)
s, _ = audits.ask("POST", "/api/v1/invitation", {"token": link, "password": PASSWORD})
told("and is as good as before", s == 201, s)
far.refused("one that was used is told so when it is opened", 403, "account.token", "POST", "/api/v1/invitation/look", {"token": link})
far.refused("as is one that never was", 403, "account.token", "POST", "/api/v1/invitation/look", {"token": link[::-1]})
far.refused("and what is none", 403, "account.token", "POST", "/api/v1/invitation/look", {"token": "x"})
link = invite("孙审计")
write("UPDATE account SET until_ms = ? WHERE person = '孙审计'", int(time.time() * 1000) - 1000)
far.refused("and one that is too old", 403, "account.token", "POST", "/api/v1/invitation/look", {"token": link})
forgive()
codes = []
def guess():
    b, code = Browser(PORT), "session.busy"
    while code == "session.busy":  # three wait; whoever is told to come again does so at once
        code = b.ask("POST", "/api/v1/session", {"person": "钱检查", "password": "many at once"})[1].get("code")
    codes.append(code)
threads = [threading.Thread(target=guess) for _ in range(24)]
began = time.monotonic()
for t in threads:
    t.start()
for t in threads:
    t.join()
tries = codes.count("session.password")
# Behind five the waits are of 1, 2, 4 seconds...: one more try for each of them that passed on a slow machine.
told("who guesses by many lines at once has no more tries", 5 <= tries <= 5 + int(math.log2(time.monotonic() - began + 1)) and codes.count("session.wait") == 24 - tries, codes)
lengthen("钱检查")
told("and the address that a header claims counts for nothing", stranger.ask("POST", "/api/v1/session", {"person": "钱检查", "password": "many at once"}, headers={"X-Forwarded-For": "10.0.0.9", "Forwarded": "for=10.0.0.9"})[1]["code"] == "session.wait")
write("DELETE FROM setting WHERE name LIKE 'usual/%'")
write("UPDATE account SET waits_ms = ? WHERE person = '钱检查'", int(time.time() * 1000) + 400 * 86400 * 1000)
s, _ = Browser(PORT).ask("POST", "/api/v1/session", {"person": "钱检查", "password": PASSWORD})
told("a clock that was wrong for a while locks nobody out for longer than a quarter of an hour", s == 201, s)
forgive()

# ---- sessions ---------------------------------------------------------------------------------------------------------
fixed = Browser(PORT)
fixed.cookie = "qian=" + "ab" * 32
planted = fixed.cookie
s, _ = fixed.ask("POST", "/api/v1/session", {"person": "钱检查", "password": PASSWORD})
told("a cookie that somebody planted does not become a session", s == 201 and fixed.cookie != planted and stranger.ask("GET", "/api/v1/commands", headers={"Cookie": planted})[0] == 401, fixed.cookie)
before = fixed.cookie
s, _ = fixed.ask("POST", "/api/v1/session", {"person": "钱检查", "password": PASSWORD})
told("who comes in again has another, and the one before is ended", s == 201 and fixed.cookie != before and stranger.ask("GET", "/api/v1/commands", headers={"Cookie": before})[0] == 401, fixed.cookie)
for cookie in ("qian=", "qian=" + "zz" * 32, "qian=" + "00" * 32, "qian=" + "00" * 33, "QIAN=" + fixed.cookie[5:], "xqian=" + fixed.cookie[5:], ";;;=;", "qian=\"" + fixed.cookie[5:] + "\""):
    s, _ = stranger.ask("GET", "/api/v1/commands", headers={"Cookie": cookie})
    told(f"no session: {cookie[:16]}", s == 401, s)
hour = 3600 * 1000
now = int(time.time() * 1000)
for what, sql in (("an hour without a call", f"seen_ms = {now - hour - 60000}"), ("twelve hours in all", f"made_ms = {now - 12 * hour - 60000}"), ("a clock that was set back", f"made_ms = {now + hour}")):
    b = enter("钱检查")
    write(f"UPDATE session SET {sql} WHERE person = '钱检查'")
    s, _ = b.ask("GET", "/api/v1/commands")
    told(f"a session ends by {what}", s == 401, s)
looker, thief = enter("钱检查"), Browser(PORT)
thief.ask("POST", "/api/v1/session", {"person": "钱检查", "password": PASSWORD})
thief.refused("no new password without the old one", 403, "session.password", "POST", "/api/v1/password", {"old": "not this one", "password": "五月 的 柿子树 开花"})
letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
rows = ["对象类别,名称,统一社会信用代码,检查机关,标签,登记状态"]
for i in range(60000):
    body = "91140602MA%07d" % i
    rows.append(f"企业,<img src=x onerror=alert({i})>,{body}{letters[(31 - sum(letters.index(c) * pow(3, k, 31) for k, c in enumerate(body))) % 31]},{OFFICE},,存续")
many = "\n".join(rows).encode()
clerk.ask("PUT", "/api/v1/files/many.csv?at=0", many)
def long_act():
    s, job = clerk.ask("POST", "/api/v1/commands/roster/import", {"objects": "many.csv"}, headers={"Prefer": "respond-async"})
    while job.get("state") == "waiting":
        s, job = clerk.ask("GET", f"/api/v1/jobs/{job['id']}")
    return job
def stop(job):
    clerk.ask("DELETE", f"/api/v1/jobs/{job['id']}")
    while job.get("state") != "ended":
        s, job = clerk.ask("GET", f"/api/v1/jobs/{job['id']}?wait=5000")
    return job
thief.ask("GET", "/api/v1/jobs")
looker.ask("POST", "/api/v1/password", {"old": PASSWORD, "password": PASSWORD + "!"})
job = long_act()
s, _ = thief.ask("GET", "/api/v1/jobs")
told("a new password ends the other sessions, also while somebody's act holds the office", s == 401 and stop(job)["state"] == "ended", s)
s, me = looker.ask("GET", "/api/v1/session")
told("and leaves the own one", me["person"] == "钱检查", me)

# ---- a page in another tab ----------------------------------------------------------------------------------------------
act = ("POST", "/api/v1/commands/person/set", {"words": ["黑客"], "roles": "admin"})
for what, headers in (("another origin", {"Origin": "https://elsewhere.example"}), ("no origin at all", {"Origin": "null"}), ("another port of this machine", {"Origin": f"http://127.0.0.1:{PORT + 1}"}),
                      ("the other scheme", {"Origin": f"https://127.0.0.1:{PORT}"}), ("a name that begins so", {"Origin": BASE + ".elsewhere.example"}), ("two origins", {"Origin": f"{BASE}, http://elsewhere.example"}),
                      ("another site", {"Sec-Fetch-Site": "cross-site"}), ("the same site", {"Sec-Fetch-Site": "same-site"}), ("the address line", {"Sec-Fetch-Site": "none"}),
                      ("no guard", {"X-Qian-Token": ""}), ("the guard of nobody", {"X-Qian-Token": "1"}), ("half a guard", {"X-Qian-Token": admin.guard[:32]}), ("another's guard", {"X-Qian-Token": clerk.guard})):
    admin.refused(f"no act from {what}", 403, "session.elsewhere", *act, headers=headers)
for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"):
    admin.refused(f"no form of {kind.split(';')[0]}", 403, "session.elsewhere", *act, headers={"Content-Type": kind}, bare=True)
told("nobody was entered so", not read("SELECT 1 FROM person WHERE name = '黑客'"))
for site in ("cross-site", "same-site"):
    for path in ("/api/v1/commands/status", "/api/v1/lists/persons.csv", "/api/v1/session", "/api/v1/files/x"):
        audits.refused(f"nothing is read for a page of {site}: {path}", 403, "session.elsewhere", "GET", path, headers={"Sec-Fetch-Site": site})
s, _ = admin.ask("GET", "/", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"})
told("but a link leads here from anywhere", s == 200, s)
s, _ = admin.ask("OPTIONS", "/api/v1/commands/person/set", headers={"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-qian-token"})
told("no other page is told that it may", s in (404, 405) and not any(h.lower().startswith("access-control") for h in admin.headers), f"{s} {admin.headers}")
for host in ("elsewhere.example", f"elsewhere.example:{PORT}", "127.0.0.1.elsewhere.example", "localhost.elsewhere.example", "127.0.0.1@elsewhere.example", "10.0.0.1", "[::2]", "[::1", "", "2130706433"):
    s, got = raw(f"GET /api/v1/session HTTP/1.1\r\nHost: {host}\r\nCookie: {admin.cookie}\r\nConnection: close\r\n\r\n")
    told(f"no name but this machine's: {host!r}", s in (400, 403) and ADMIN.encode() not in got, got[-200:])
for what, head in (("no Host", "GET /api/v1/session HTTP/1.0\r\n"), ("two of them", f"GET /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: elsewhere.example\r\n"),
                   ("an address in the first line", "GET http://elsewhere.example/api/v1/session HTTP/1.1\r\nHost: elsewhere.example\r\n")):
    s, got = raw(head + f"Cookie: {admin.cookie}\r\nConnection: close\r\n\r\n")
    told(f"nor {what}", s in (400, 403, 404) and ADMIN.encode() not in got, got[-200:])
for method, path in (("GET", "/"), ("GET", "/api/v1/session"), ("GET", "/api/v1/lists/objects"), ("POST", "/api/v1/session"), ("GET", "/no-such-page"), ("GET", "/api/v1/none")):
    clerk.ask(method, path, b"" if method == "POST" else None)
    h = clerk.headers
    told(f"{method} {path} lets no script in and is no frame", "default-src 'none'" in h.get("Content-Security-Policy", "") and "frame-ancestors 'none'" in h["Content-Security-Policy"] and h.get("X-Content-Type-Options") == "nosniff", h)

# ---- the shelf -------------------------------------------------------------------------------------------------------------
shelf = lambda: {n for d, _, f in os.walk(f"{OFFICE}/shelf") for n in f}
for name in ("..%2f..%2fqian.db", "%2e%2e", "..", ".", "%2fetc%2fpasswd", "a%2fb", "a%00b", ".list-0", "%0d%0aSet-Cookie:%20qian=x", "a%0ab", "x" * 151, "%7f"):
    for method in ("GET", "PUT", "DELETE"):
        s, o = clerk.ask(method, f"/api/v1/files/{name}", b"x" if method == "PUT" else None)
        if name == "a%00b" and s in (200, 204):  # stands for the five characters
            s = 404
        told(f"{method} no file {name[:20]}", s in (400, 404, 405) and "Set-Cookie" not in clerk.headers, f"{s} {o}")
clerk.ask("DELETE", "/api/v1/files/a%00b")
told("and nothing lies there", shelf() == {"many.csv"}, shelf())
name = '名 "quoted"; filename=x.html\\<b>%.csv'
clerk.ask("PUT", "/api/v1/files/" + urllib.parse.quote(name) + "?at=0", b"<script>alert(1)</script>")
s, o = clerk.ask("GET", "/api/v1/files/" + urllib.parse.quote(name))
told("a name cannot say what the file is", s == 200 and clerk.headers["Content-Type"] == "application/octet-stream" and clerk.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''") and '"' not in clerk.headers["Content-Disposition"], clerk.headers)
clerk.ask("DELETE", "/api/v1/files/" + urllib.parse.quote(name))
clerk.refused("a piece behind nothing makes no file", 403, "web.piece", "PUT", "/api/v1/files/new.csv?at=5", b"x")
for at in ("x", "-1", "1x", "18446744073709551615", "18446744073709551616", ""):
    s, o = clerk.ask("PUT", f"/api/v1/files/many.csv?at={at}", b"x")
    told(f"no piece at {at!r}", s == 400 and o["code"] == "web.piece-at", f"{s} {o}")
told("what came before is there", shelf() == {"many.csv"} and clerk.ask("GET", "/api/v1/files/many.csv")[1] == many, shelf())
own = next(d for d, _, f in os.walk(f"{OFFICE}/shelf") if "many.csv" in f)
os.symlink(os.path.abspath("secret.csv"), f"{own}/link.csv")
s, o = clerk.ask("GET", "/api/v1/files/link.csv")
told("a link on the shelf leads nowhere", b"MARKER" not in (o if isinstance(o, bytes) else str(o).encode()) and s == 500 and "shelf/" not in str(o), f"{s} {o}")
s, o = clerk.ask("PUT", "/api/v1/files/link.csv?at=0", b"overwritten")
told("nor is it written through", s >= 400 and "MARKER" in open("secret.csv").read(), f"{s} {o}")
a = ended(clerk, *clerk.ask("POST", "/api/v1/commands/mapping/preview", {"words": ["link.csv"]}))
told("nor read by a command", "MARKER" not in str(a), a)
os.unlink(f"{own}/link.csv")
for i in range(201):
    s, o = looker.ask("PUT", f"/api/v1/files/{i}?at=0", b"")
told("a shelf holds two hundred files", s == 403 and o["code"] == "web.shelf-full" and len(shelf()) == 201, f"{s} {o} {len(shelf())}")
s, o = looker.ask("PUT", "/api/v1/files/7?at=0", b"again")
told("of which each may come again", s == 200, f"{s} {o}")
for i in range(200):
    looker.ask("DELETE", f"/api/v1/files/{i}")
looker.ask("PUT", "/api/v1/files/large?at=0", b"")
os.truncate(next(f"{d}/large" for d, _, f in os.walk(f"{OFFICE}/shelf") if "large" in f), 4 << 30)
looker.refused("and four GiB", 403, "web.shelf-full", "PUT", "/api/v1/files/one-more?at=0", b"x")
looker.ask("DELETE", "/api/v1/files/large")
for method in ("GET", "DELETE"):
    looker.ask(method, "/api/v1/files/many.csv")
told("nobody has another's", "many.csv" in shelf() and looker.ask("GET", "/api/v1/files")[1] == [], shelf())

# ---- paths of this machine in commands -----------------------------------------------------------------------------------
s, commands = clerk.ask("GET", "/api/v1/commands?lang=en")
out = os.path.abspath("out-of-the-shelf")
def everything():
    return {os.path.join(d, n) for d, _, f in os.walk(".") for n in f if "/shelf/" not in d + "/" and not n.startswith(("qian.db", "find.db")) and not n.endswith((".log", ".out", ".err"))}
def filled(c, path):
    """Every option of this command that takes text, and all its words: this path."""
    body = {}
    for o in c["options"]:
        if not o["name"]:
            body["words"] = [path] * len(o.get("words", [1]))
        elif o["kind"] in ("file", "made", "text", "address", "url"):
            body[o["name"]] = path
    return body
there, wrong = everything(), []
for b in (clerk, admin):
    for c in commands:
        for path in (os.path.abspath("secret.csv"), "../../../secret.csv", out):
            for body in [filled(c, path)] + [{o["name"]: path} for o in c["options"] if o["kind"] in ("file", "made")]:
                s, o = b.ask("POST", "/api/v1/commands/" + c["name"].replace(" ", "/"), body)
                a = ended(b, s, o)
                if "MARKER" in str(a) or s >= 500 and s != 503:
                    wrong.append((c["name"], s, str(a)[:200]))
                if s == 200 and any(x["kind"] in ("file", "made") and x["name"] in body for x in c["options"]) and a.get("exit") == 0:
                    wrong.append((c["name"], body, str(a)[:200]))
told("no command reads or writes outside the shelf", not wrong and everything() == there and not os.path.exists(out), f"{wrong[:3]} {everything() ^ there}")

# ---- every command as every role -----------------------------------------------------------------------------------------
ROLES = "admin planner draw observer roster inspector reviewer sampler custodian tester follow-up head auditor clerk".split()
ROSTER = f"姓名,执法证号,发证机关,证件有效期至,状态,可参加抽查\n检查员甲,0601,{OFFICE},2099-12-31,在岗,是\n".encode()
VALUES = {"flag": None, "number": 1, "date": "2026-01-01", "time": "2026-01-01T08:00", "address": "127.0.0.1:1", "url": "http://127.0.0.1:1/", "office": OFFICE, "file": "x.csv", "made": "made.bin", "text": "x"}
def plausible(c):
    body = {}
    for o in c["options"]:
        if not o["name"]:
            words = [w for w in o["words"] if w["required"]] or o["words"][:1] if c["name"] == "ui invite" else [w for w in o["words"] if w["required"]]
            body["words"] = [{"FILE": "x.csv", "REQUEST": "x.csv", "OFFICE": OFFICE, "PERSON": "周甲", "NAME": "周甲", "URL": "http://127.0.0.1:1/", "KIND": "filing", "DAYS": "30"}.get(w["means"], "1") for w in words]
        elif o["required"] or o["name"] in ("inspectors", "roles"):
            body[o["name"]] = o["choices"][0] if o.get("choices") else max(1, o.get("least", 1)) if o["kind"] == "number" else "inspector" if o["name"] == "roles" else VALUES[o["kind"]]
    return body
# What duty.def and the kinds of records allow, as the program tells it.
code, out = qian("person", "duties", "--by", ADMIN)
duties = {d["act"]: set(d["roles"]) for d in json.loads(out)}
since = read("SELECT max(no) FROM trail")[0][0]
for role in ROLES:
    b = enter(f"试{role}", role)
    b.ask("PUT", "/api/v1/files/x.csv?at=0", ROSTER)
    for c in commands:
        if not c["reads"] and c["name"] != "sync":
            ended(b, *b.ask("POST", "/api/v1/commands/" + c["name"].replace(" ", "/"), plausible(c)))
lines = read("SELECT substr(person, 2), act, rule FROM trail WHERE no > ? AND person LIKE '试%'", since)
did, kept = {}, {}
for role, act, rule in lines:
    if not rule or rule == "person.role":
        (kept if rule else did).setdefault(act, set()).add(role)
beyond = {a: r - duties.get(a, set()) for a, r in did.items() if r - duties.get(a, set())}
told("nobody did what duty.def gives to others", not beyond and len(did) >= 10, f"{beyond} {sorted(did)}")
short = {a: set(ROLES) - duties[a] ^ r for a, r in kept.items() if set(ROLES) - duties[a] != r}
told("and whoever may not was refused by the act itself", not short and len(kept) >= 20, f"{short} {sorted(kept)}")
told("which a page says with the same code", all(looker.ask("POST", f"/api/v1/commands/{c}", {})[1].get("code") == "person.role" for c in ("freeze", "purge/run")), "")
before = read("SELECT count(*) FROM trail WHERE act = 'trail'")[0][0]
at = base64.urlsafe_b64encode(b"i999999999").decode().rstrip("=")
s, o = audits.ask("GET", f"/api/v1/lists/trail?after={at}")
told("who reads the trail from a place of the own making leaves a line of it", s == 200 and o["rows"] and read("SELECT count(*) FROM trail WHERE act = 'trail'")[0][0] == before + 1, f"{s} {o}"[:300])
clerk.refused("nobody else reads it", 403, "person.role", "GET", f"/api/v1/lists/trail?after={at}")
clerk.refused("or has it as a file", 403, "person.role", "GET", "/api/v1/lists/trail.csv")

# ---- what is asked for ------------------------------------------------------------------------------------------------------
for name in ("%ff", "%c0%af", "x%ed%a0%80"):
    clerk.refused(f"no value that is no text: {name}", 400, "web.option", "GET", f"/api/v1/commands/due?office={name}")
for what, body in (("what lies too deep", b'{"words": ' + b"[" * 5000 + b"]" * 5000 + b"}"), ("a member twice", b'{"words": [], "words": ["x"]}'), ("a NUL in a text", b'{"words": ["a\\u0000b"]}'), ("no UTF-8", b'{"words": ["\xff"]}'), ("nothing", b"")):
    clerk.refused(f"no {what}", 400, "web.json", "POST", "/api/v1/commands/freeze", body)
clerk.refused("no call over a mebibyte", 413, "http.body", "POST", "/api/v1/commands/freeze", b'{"words": ["' + b"x" * (1 << 20) + b'"]}')
clerk.refused("no piece over eight", 413, "http.body", "PUT", "/api/v1/files/x.csv?at=0", b"x" * ((8 << 20) + 1))
stranger.refused("of a stranger four kibibytes", 413, "http.body", "POST", "/api/v1/session", b'{"person": "' + b"x" * 4096 + b'", "password": "x"}')
stranger.refused("and of what needs a session nothing", 401, "session.none", "POST", "/api/v1/commands/freeze", b"x" * 100000)
HEAD = f"Host: 127.0.0.1:{PORT}\r\nConnection: close\r\n"
for what, status, text in (("a head that does not end", 431, f"GET / HTTP/1.1\r\n{HEAD}X: {'x' * 40000}\r\n\r\n"), ("an address that does not end", 414, f"GET /{'x' * 40000} HTTP/1.1\r\n{HEAD}\r\n"),
                           ("a body of sixty-five mebibytes", 413, f"POST /api/v1/session HTTP/1.1\r\n{HEAD}Content-Length: 68157440\r\n\r\n"), ("two lengths", 400, f"POST /api/v1/session HTTP/1.1\r\n{HEAD}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx"),
                           ("a length and pieces", 400, f"POST /api/v1/session HTTP/1.1\r\n{HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), ("a coding that is none", 400, f"POST /api/v1/session HTTP/1.1\r\n{HEAD}Transfer-Encoding: gzip\r\n\r\n"),
                           ("a length below nothing", 400, f"POST /api/v1/session HTTP/1.1\r\n{HEAD}Content-Length: -1\r\n\r\n")):
    s, got = raw(text)
    told(f"{what}: {status}", s == status, got[:200])
def resident():
    return int(next(l for l in open(f"/proc/{PID}/status") if l.startswith("VmRSS")).split()[1]) >> 10
was, open_lines = resident(), []
for i in range(40):
    s = socket.create_connection(("127.0.0.1", PORT))
    s.sendall(f"PUT /api/v1/files/x?at=0 HTTP/1.1\r\n{HEAD}X-Qian-Token: 1\r\nCookie: qian={'0' * 64}\r\nContent-Length: {8 << 20}\r\n\r\n".encode() + bytes((8 << 20) - 1))
    open_lines.append(s)
told("forty strangers with eight mebibytes each take no place", resident() - was < 160, f"{was} {resident()} MiB")
for s in open_lines:
    s.close()
open_lines = []
for i in range(300):
    s = socket.create_connection(("127.0.0.1", PORT))
    s.sendall(b"GET / HTTP/1.1\r\nHost: 127.0")
    open_lines.append(s)
s, _ = clerk.ask("GET", "/api/v1/commands/status")
told("three hundred who never end their head keep nobody out", s == 200, s)
for s in open_lines:
    s.close()

# ---- jobs and keys ---------------------------------------------------------------------------------------------------------
admin.ask("POST", "/api/v1/commands/ui/invite", {"words": ["钱检查"]})
told("a link that was given stays with no job", "ui invite" not in {j["command"] for j in admin.ask("GET", "/api/v1/jobs")[1]})
looker.ask("GET", "/api/v1/commands/status")
told("nor does a look", "status" not in {j["command"] for j in looker.ask("GET", "/api/v1/jobs")[1]})
job = long_act()
for b, who in ((looker, "a colleague"), (admin, "the administrator")):
    b.refused(f"{who} sees no job of another", 404, "http.path", "GET", f"/api/v1/jobs/{job['id']}")
    b.refused(f"{who} stops none", 404, "http.path", "DELETE", f"/api/v1/jobs/{job['id']}")
crowd = [looker.ask("POST", "/api/v1/commands/recover/status", {}, headers={"Prefer": "respond-async"}) for _ in range(20)]
told("of one person sixteen wait", [s for s, _ in crowd] == [202] * 16 + [503] * 4 and crowd[-1][1]["code"] == "web.jobs", [s for s, _ in crowd])
s, own = audits.ask("POST", "/api/v1/commands/recover/status", {}, headers={"Prefer": "respond-async"})
told("and of others still some", s == 202, own)
stop(job)
while audits.ask("GET", "/api/v1/jobs")[1][0]["state"] != "ended":
    pass
for _ in range(80):
    looker.ask("GET", "/api/v1/commands/due/kinds")
s, o = audits.ask("GET", f"/api/v1/jobs/{own['id']}")
told("looks of others drive out no job", s == 200 and o["answer"]["exit"] == 0, f"{s} {o}"[:300])
for key in ("", "x" * 101):
    clerk.refused(f"no key of {len(key)} bytes", 400, "web.key", "POST", "/api/v1/commands/roster/import", {"inspectors": "x.csv"}, headers={"Idempotency-Key": key})
imports = lambda: read("SELECT count(*) FROM trail WHERE act = 'roster-import' AND rule = ''")[0][0]
before, answers = imports(), []
clerk.ask("PUT", "/api/v1/files/x.csv?at=0", ROSTER.replace("甲".encode(), "丙".encode()))
ended(clerk, *clerk.ask("POST", "/api/v1/commands/roster/import", {"inspectors": "x.csv"}))
one = imports() - before
clerk.ask("PUT", "/api/v1/files/y.csv?at=0", ROSTER.replace("甲".encode(), "乙".encode()))
def once():
    b = Browser(PORT)
    b.cookie, b.guard = clerk.cookie, clerk.guard
    answers.append(json.dumps(ended(b, *b.ask("POST", "/api/v1/commands/roster/import", {"inspectors": "y.csv"}, headers={"Idempotency-Key": "all at once"}))))
threads = [threading.Thread(target=once) for _ in range(8)]
for t in threads:
    t.start()
for t in threads:
    t.join()
wrote = imports() - before - one
told("eight at once with one key do it once", len(set(answers)) == 1 and '"exit": 0' in answers[0] and wrote == one > 0, f"{wrote} {one} {set(answers)}")
s, o = looker.ask("POST", "/api/v1/commands/roster/import", {"inspectors": "y.csv"}, headers={"Idempotency-Key": "all at once"})
told("and another's key gives another's answer to nobody", o.get("code") not in (None, "done.other"), f"{s} {o}")

# ---- many calls ---------------------------------------------------------------------------------------------------------------
def held():
    return len(os.listdir(f"/proc/{PID}/fd")), len(os.listdir(f"/proc/{PID}/task"))
def ask_many(n):
    c = http.client.HTTPConnection("127.0.0.1", PORT, timeout=120)
    for i in range(n):
        method, path, body = (("GET", "/", None), ("GET", "/api/v1/session", None), ("GET", "/api/v1/lists/persons", None), ("GET", "/api/v1/files/x.csv", None), ("GET", "/api/v1/jobs", None), ("POST", "/api/v1/commands/freeze", b"{"), ("DELETE", "/api/v1/files/none", None))[i % 7]
        c.request(method, path, body, {"Cookie": clerk.cookie, "X-Qian-Token": clerk.guard})
        c.getresponse().read()
    c.close()
ask_many(300)
def settled(was):
    until = time.monotonic() + 60
    while time.monotonic() < until and any(a > b + 2 for a, b in zip(held(), was)):
        time.sleep(0.1)
    return held()
was = held()
size = resident()
ask_many(2000)
now = settled(was)
told("two thousand calls leave no file open and no thread", all(a <= b + 2 for a, b in zip(now, was)), f"{was} {now}")
told("nor memory", resident() - size < 100, f"{size} {resident()} MiB")

# ---- the node ends ------------------------------------------------------------------------------------------------------------
job = long_act()
waits = socket.create_connection(("127.0.0.1", PORT), timeout=60)
waits.sendall(f"GET /api/v1/jobs/{job['id']}?wait=20000 HTTP/1.1\r\n{HEAD}Cookie: {clerk.cookie}\r\n\r\n".encode())
for _ in range(25):  # so long other calls take here that the one sent before them is taken up, however loaded the machine is
    clerk.ask("GET", "/api/v1/jobs")
os.kill(int(PID), signal.SIGTERM)
got = b""
while more := waits.recv(65536):
    got += more
told("when the node ends, who waits for a job is answered, and the job was asked to stop", got.startswith(b"HTTP/1.1 200") and b'"cancelled":true' in got, got[-300:])
