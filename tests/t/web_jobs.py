"""Long acts that are stopped, by the calls that a page makes.   web_jobs.py STEP PORT QIAN OFFICE ABOVE RELAY PEER PROCESS

No clock decides: an act waits at a known point, for the database that is held here or for a line that brings nothing more; or it
says how far it is, and is stopped there. Where it was quicker than the question, which the database's size makes rare, it is done
whole, and asked for again.                                                                                          """
import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time

from web_browser import Browser, told

STEP, PORT, QIAN, OFFICE, ABOVE, RELAY, PEER, NODE = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5], int(sys.argv[6]), int(sys.argv[7]), int(sys.argv[8])
PASSWORD = "四月的柿子树 又开了花"
DB = f"{OFFICE}/qian.db"
WRITTEN_ALWAYS = {"trail", "done", "session", "account", "peer", "have"}  # that somebody asked, and who was asked
KEEP = "jobs.json"  # from one step to the next


def run(*words):
    return subprocess.run([QIAN, "-d", OFFICE, "--json", *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def person(name):
    b = Browser(PORT)
    b.ask("POST", "/api/v1/invitation", {"token": json.loads(run("ui", "invite", name, "--by", "管理员").stdout)["link"].split("/")[-1], "password": PASSWORD})
    b.ask("GET", "/api/v1/session")
    return b


class Held:
    """Nobody else writes meanwhile."""
    def __enter__(self):
        self.db = sqlite3.connect(DB, isolation_level=None, timeout=60)
        self.db.execute("BEGIN IMMEDIATE")

    def __exit__(self, *_):
        self.db.execute("ROLLBACK")
        self.db.close()


class Relay(threading.Thread):
    """To the office above and back; behind so many bytes of answers it brings nothing more until it is let go."""
    def __init__(self, after):
        super().__init__(daemon=True)
        self.left, self.reached, self.go = after, threading.Event(), threading.Event()
        self.listener = socket.create_server(("127.0.0.1", RELAY))
        self.start()

    def run(self):
        while True:
            here, _ = self.listener.accept()
            there = socket.create_connection(("127.0.0.1", PEER))
            for a, b, counts in ((here, there, False), (there, here, True)):
                threading.Thread(target=self.pass_on, args=(a, b, counts), daemon=True).start()

    def pass_on(self, a, b, counts):
        try:
            while data := a.recv(1024):
                if counts and not self.go.is_set():
                    self.left -= len(data)
                    if self.left < 0:
                        self.reached.set()
                        self.go.wait()
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            for s in (a, b):
                s.close()


def books():
    """How many rows each table has, and every file that is not the database."""
    db = sqlite3.connect(f"file:{DB}?mode=ro", uri=True)
    tables = [t for (t,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'") if t not in WRITTEN_ALWAYS]
    rows = {t: db.execute(f'SELECT count(*) FROM "{t}"').fetchone()[0] for t in tables}
    db.close()
    files = sorted(os.path.join(d, f) for d, _, names in os.walk(OFFICE) for f in names if "qian.db" not in f and "find.db" not in f)
    return rows, files, sorted(d for d, _, _ in os.walk(OFFICE) if "/shelf" not in d)


def differ(a, b):
    return [{t: (n, b[0].get(t)) for t, n in a[0].items() if n != b[0].get(t)}] + [sorted(set(x) ^ set(y)) for x, y in zip(a[1:], b[1:])]


keys = 0


def begin(who, command, body):
    global keys
    keys += 1
    s, job = who.ask("POST", f"/api/v1/commands/{command.replace(' ', '/')}?lang=en", body, headers={"Prefer": "respond-async", "Idempotency-Key": f"{STEP}-{keys}"})
    while s in (200, 202) and job.get("state") == "waiting":
        s, job = who.ask("GET", f"/api/v1/jobs/{job['id']}")
    return job


def ended(who, job):
    while job.get("state") not in ("ended", None):
        s, job = who.ask("GET", f"/api/v1/jobs/{job['id']}?wait=5000")
    return job


def stop(who, job):
    who.ask("DELETE", f"/api/v1/jobs/{job['id']}")


def said(job):
    return ((job.get("answer") or {}).get("result") or {}).get("id") if isinstance((job.get("answer") or {}).get("result"), dict) else None


def stopped_at_once(name, who, command, body, exits=0, made=None):
    """The act waits for the database, is stopped, and goes on."""
    before = books()
    with Held():
        job = begin(who, command, body)
        runs = job.get("state") == "running"
        stop(who, job)
    job = ended(who, job)
    rows, files, dirs = differ(books(), before)
    told(f"{name}: is stopped", runs and job["cancelled"] and job["answer"]["exit"] == 3 and job["answer"]["said"], job)
    told(f"{name}: leaves no file, and says whether anything was written", not files and not dirs and said(job) == ("store.stopped-part" if rows else "store.stopped"), (job, rows, files, dirs))
    job = ended(who, begin(who, command, body))
    told(f"{name}: done again it is done", job["answer"]["exit"] == exits and not said(job), job)
    if made:
        told(f"{name}: with its file", made(), books()[1])
    return job


def shelf(who, name):
    return any(f["name"] == name for f in who.ask("GET", "/api/v1/files")[1])


def held_of(log):
    return sum(l["verified"] for l in json.loads(run("status").stdout)["logs"] if l["office"] == log)


def stopped():
    admin, head = person("管理员"), person("局长")
    job = stopped_at_once("verify all, for the record", head, "verify", {"words": ["all"], "record": True})
    told("one verdict is recorded", job["answer"]["result"]["recorded"] == 1, job["answer"]["result"].get("recorded"))
    for dot in ("csv", "xlsx", "json"):
        stopped_at_once(f"a list for a system outside, {dot}", head, "export gsxt", {"out": f"gsxt.{dot}"}, made=lambda: shelf(head, f"gsxt.{dot}"))
    stopped_at_once("an audit file", head, "audit export", {"words": ["all"], "out": "all.audit"}, made=lambda: shelf(head, "all.audit"))
    stopped_at_once("the public site", head, "publish site", {}, made=lambda: os.path.exists(f"{OFFICE}/site/index.html"))
    site = sorted(os.listdir(f"{OFFICE}/site"))
    stopped_at_once("the public site, once more", head, "publish site", {}, made=lambda: sorted(os.listdir(f"{OFFICE}/site")) == site)
    stopped_at_once("a bundle", admin, "bundle make", {"to": "140602", "out": "down.qb"}, made=lambda: shelf(admin, "down.qb"))
    # A list as a file, whose asker goes away.
    before = books()
    with Held():
        c = socket.create_connection(("127.0.0.1", PORT))
        c.sendall(f"GET /api/v1/lists/persons.xlsx HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nCookie: {head.cookie}\r\n\r\n".encode())
        c.close()
    s, rows = head.ask("GET", "/api/v1/lists/persons.json")
    until = time.monotonic() + 20  # the first may still be at it: nobody hears its end
    while books() != before and time.monotonic() < until:
        time.sleep(0.1)
    told("a list whose asker went away leaves nothing", s == 200 and len(rows) == 3 and books() == before, (s, rows, differ(books(), before)))
    exchange(admin)
    backup(admin)


def waits(who, job, relay):
    """Until its line brings nothing more; the sign that it ended before is an answer."""
    while not relay.reached.wait(0.05) and who.ask("GET", f"/api/v1/jobs/{job['id']}")[1]["state"] != "ended":
        pass


def exchange(admin):
    relay, all_of = Relay(4000), int(json.loads(subprocess.run([QIAN, "-d", ABOVE, "--json", "status"], stdout=subprocess.PIPE, text=True).stdout)["logs"][0]["verified"])
    before = held_of(ABOVE)
    job = begin(admin, "sync", {"words": [ABOVE]})
    waits(admin, job, relay)
    stop(admin, job)
    job = ended(admin, job)
    told("an exchange whose line brings nothing more: is stopped", job["cancelled"] and said(job) in ("sync.stopped", "store.stopped-part") and ABOVE in job["answer"]["said"], job)
    told("what came stays", before <= held_of(ABOVE) < all_of, (before, held_of(ABOVE), all_of))
    relay.go.set()
    job = ended(admin, begin(admin, "sync", {"words": [ABOVE]}))
    told("done again it brings the rest", job["answer"]["exit"] == 0 and held_of(ABOVE) == all_of, (job, held_of(ABOVE), all_of))


def backup(admin):
    before = books()
    for stage, words in (("copying", "Copying"), ("writing", "Writing"), ("reading back", "Reading")):
        for k in range(20):
            job = begin(admin, "backup create", {"out": "a.qbak"})
            while job["state"] != "ended" and not any(words in line for line in job["progress"]):
                s, job = admin.ask("GET", f"/api/v1/jobs/{job['id']}")
            stop(admin, job)
            job = ended(admin, job)
            if said(job) == "store.stopped" and words in job["progress"][-1]:
                break
            admin.ask("DELETE", "/api/v1/files/a.qbak")
        told(f"a backup is stopped while {stage}", said(job) == "store.stopped" and words in job["progress"][-1], job)
        after = books()
        told("and leaves nothing", after == before, differ(after, before))
    job = ended(admin, begin(admin, "backup create", {"out": "a.qbak"}))
    told("done again it is made", job["answer"]["exit"] == 0 and shelf(admin, "a.qbak"), job)
    path = next(f for f in books()[1] if f.endswith("a.qbak"))
    r = run("backup", "verify", path)
    told("and holds everything", r.returncode == 0 and json.loads(r.stdout)["entries"] > 0, r.stdout)


def keep(who, job):
    json.dump({"cookie": who.cookie, "id": job["id"]}, open(KEEP, "w"))


def kept():
    k, b = json.load(open(KEEP)), Browser(PORT)
    b.cookie = k["cookie"]
    b.ask("GET", "/api/v1/session")
    return b, k["id"]


def reached():
    try:
        socket.create_connection(("127.0.0.1", PORT)).close()
        return True
    except ConnectionRefusedError:
        return False


def ends():
    head = person("局长")
    with Held():
        job = begin(head, "publish site", {})
        keep(head, job)
        os.kill(NODE, 15)
        while reached():
            time.sleep(0.02)
    told("the node is asked to end while an act is under way", job["state"] == "running", job)


def tells():
    head, was = kept()
    s, jobs = head.ask("GET", "/api/v1/jobs?open=1")
    told("whoever asked for it is told", len(jobs) == 1 and jobs[0]["command"] == "publish site" and jobs[0]["state"] == "ended" and "answer" not in jobs[0], jobs)
    s, job = head.ask("GET", f"/api/v1/jobs/{jobs[0]['id']}")
    told("that it was stopped and nothing was written", said(job) == "store.stopped" and job["answer"]["said"], job)
    told("nobody else's act has its number", jobs[0]["id"] > was and head.ask("GET", f"/api/v1/jobs/{was}")[0] == 404, (was, jobs))
    told("which is told once", head.ask("GET", "/api/v1/jobs?open=1")[1] == [])
    told("and to nobody else", person("管理员").ask("GET", "/api/v1/jobs")[1] == [])


def cuts():
    admin, relay = person("管理员"), Relay(2000)
    job = begin(admin, "sync", {"words": [ABOVE]})
    waits(admin, job, relay)
    keep(admin, job)
    told("a power cut comes while an exchange waits", admin.ask("GET", f"/api/v1/jobs/{job['id']}")[1]["state"] == "running")
    os.kill(NODE, 9)  # before this process ends, and with it the line


def tells_cut():
    admin, was = kept()
    s, jobs = admin.ask("GET", "/api/v1/jobs?open=1")
    told("whoever asked for it is told after a power cut", [j["command"] for j in jobs] == ["sync"], jobs)
    s, job = admin.ask("GET", f"/api/v1/jobs/{jobs[0]['id']}")
    told("that nobody knows how far it came", said(job) == "web.cut" and job["answer"]["exit"] == 3 and job["answer"]["said"], job)
    Relay(1 << 40)
    job = ended(admin, begin(admin, "sync", {"words": [ABOVE]}))
    told("done again it is done", job["answer"]["exit"] == 0, job)


{"stopped": stopped, "ended": ends, "told": tells, "cut": cuts, "told-cut": tells_cut}[STEP]()
