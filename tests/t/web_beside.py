"""Lists and looks while an import is under way, and passwords.   web_beside.py PORT QIAN OFFICE OBJECTS PLAN PROCESS

No clock decides: behind each answer the job is asked for, and has not ended. What waits for the office's lock is answered
when it has.                                                                                                        """
import json
import sqlite3
import subprocess
import sys
import threading
import time

from web_browser import Browser, told

PORT, QIAN, OFFICE, OBJECTS, NODE = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[6]
PASSWORD = "四月的柿子树 又开了花"
ROLES = ["planner", "draw", "roster", "inspector", "head", "auditor"]


def person(name):
    r = subprocess.run([QIAN, "-d", OFFICE, "--json", "ui", "invite", name, "--by", "管理员甲"], stdout=subprocess.PIPE, text=True)
    b = Browser(PORT)
    b.ask("POST", "/api/v1/invitation", {"token": json.loads(r.stdout)["link"].split("/")[-1], "password": PASSWORD})
    return b


people = {"admin": person("管理员甲"), **{r: person(r + "甲") for r in ROLES}}
told("one of each role came in", all(b.guard != "1" for b in people.values()))
clerk, admin = people["roster"], people["admin"]
s, commands = admin.ask("GET", "/api/v1/commands")
# What writes a line of the trail before it answers, and what the node itself holds (web-43, web-47).
ACTS = {"audit trail", "redact find", "doctor", "recover status"}
looks = [c for c in commands if c["reads"] and c["name"] not in ACTS]
plan = sys.argv[5]
data = open(OBJECTS, "rb").read()
for at in range(0, len(data), 8 << 20):
    s, r = clerk.ask("PUT", f"/api/v1/files/long.csv?at={at}", data[at:at + (8 << 20)])
told("a long roster is sent up", s == 200 and r["bytes"] == len(data), r)
db = sqlite3.connect(f"file:{OFFICE}/qian.db?mode=ro", uri=True)
held = db.execute("SELECT count(*) FROM object").fetchone()
shown = admin.ask("GET", "/api/v1/lists/objects?limit=1&count=1")[1]["count"]
# Persons changed: the node knows nobody from before any more, and must ask the database who came in.
s, r = admin.ask("POST", "/api/v1/commands/person/set", {"words": ["候补甲"], "roles": "inspector"})
told("the persons change", s == 200 and r["exit"] == 0, r)
waited, wrong, asked, answered = [], [], 0, 0


def held_by_import():
    s, job = clerk.ask("POST", "/api/v1/commands/roster/import", {"objects": "long.csv", "charset": "GB18030"}, headers={"Prefer": "respond-async"})
    while s in (200, 202) and job["state"] == "waiting":
        s, job = clerk.ask("GET", f"/api/v1/jobs/{job['id']}")
    return f"/api/v1/jobs/{job.get('id')}"


def given_up(where):
    clerk.ask("DELETE", where)
    s, job = clerk.ask("GET", f"{where}?wait=5000")
    while job["state"] != "ended":
        s, job = clerk.ask("GET", f"{where}?wait=5000")
    return job["answer"]["result"].get("id") == "store.stopped"


def ask(who, path):
    global asked, answered
    s, o = people[who].ask("GET", path)
    asked, answered = asked + 1, answered + (s == 200)
    if clerk.ask("GET", where)[1]["state"] != "running":
        waited.append((who, path))
    if s >= 500 or s == 401:
        wrong.append((who, path, s, o))
    return s, o


stopped = []
for who in people:
    where = held_by_import()
    s, me = ask(who, "/api/v1/session")
    if s != 200 or not me["person"]:
        wrong.append((who, "session", me))
    ask(who, "/")
    s, lists = ask(who, "/api/v1/lists")
    for l in lists["lists"]:
        if l["id"] != "trail":
            s, o = ask(who, f"/api/v1/lists/{l['id']}?limit=20&count=1")
            if s != 200:
                wrong.append((who, l["id"], s, o))
    s, o = ask(who, "/api/v1/commands/status?brief")
    if s != 200 or o["exit"] != 0:
        wrong.append((who, "status", s, o))
    s, o = ask(who, "/api/v1/lists/objects?limit=1&count=1")
    if o.get("count") != shown:
        wrong.append((who, "rows of the import", o))
    stopped.append(given_up(where))
    if waited:
        break
told("every list of every role is answered while an import runs", not waited and asked > 140, (asked, waited[:3]))
told("with what was committed last, and nothing of the import", not wrong, wrong[:3])
asked, answered, shows = 0, 0, []
for who in ("admin", "inspector"):
    for half in (0, 1) if not waited else ():
        where = held_by_import()
        for c in looks[half::2]:
            if not c["roles"] or who in c["roles"]:
                ask(who, f"/api/v1/commands/{c['name'].replace(' ', '/')}")
        if half:
            shows.append(ask(who, f"/api/v1/commands/plan/show?words=1406/{plan}")[0])
        stopped.append(given_up(where))
told("so is every look", not waited and asked > 80 and answered > 40 and set(shows) == {200}, (asked, answered, shows, waited[:3]))
told("without a fault", not wrong, wrong[:3])
told("each import was given up", all(stopped), stopped)
told("and wrote nothing", db.execute("SELECT count(*) FROM object").fetchone() == held)
# ---- passwords: of those that wait 64 are kept, three of them for one name and eight from one address (web-6) -----------------------------------
def memory():
    """The most that the node ever held, in MiB."""
    return int(next(l for l in open(f"/proc/{NODE}/status") if l.startswith("VmHWM")).split()[1]) // 1024


def all_at_once(names):
    """Each tries a wrong password on a line of its own; what they were told, in the order of the answers."""
    def one(name):
        b = Browser(PORT)
        s, o = b.ask("POST", "/api/v1/session", {"person": name, "password": "one of many that are wrong"})
        got.append((s, o.get("code"), b.headers.get("Retry-After")))
    got, threads = [], [threading.Thread(target=one, args=(n,)) for n in names]
    for t in threads:
        t.start()
    return got, threads


def until(got, n):
    while len(got) < n:
        time.sleep(0.02)


where, before = held_by_import(), memory()
got, threads = all_at_once(["inspector甲"] * 5)
until(got, 2)
told("of five tries for one name three wait", got[:2] == [(503, "session.busy", "5")] * 2, got)
more, others = all_at_once([f"谁也不是{i}" for i in range(20)])
until(more, 15)
told("and eight of one address", more[:15] == [(503, "session.busy", "5")] * 15 and len(more) == 15 and len(got) == 2, (got, more))
s, o = ask("planner", "/api/v1/lists/objects?limit=1")
told("nobody else waits for them", s == 200 and not waited, s)
given_up(where)
for t in threads + others:
    t.join()
told("the others are answered", got[2:] == [(403, "session.password", None)] * 3 and more[15:] == [(403, "session.password", None)] * 5, (got, more))
told("within the memory of two", memory() - before < 3 * 64, (before, memory()))
s, o = Browser(PORT).ask("POST", "/api/v1/session", {"person": "inspector甲", "password": PASSWORD})
told("and the right one comes in", s == 201, (s, o))

lines = lambda: db.execute("SELECT count(*) FROM trail").fetchone()[0]
before = lines()
s, o = people["inspector"].ask("GET", "/api/v1/commands/audit/trail")
told("a look that the trail tells of is written there", lines() > before, (s, str(o)[:200]))
