"""Calls of /api/v1 as a browser makes them, and as one elsewhere would.   web_calls.py PORT QIAN OFFICE"""
import json
import os
import sqlite3
import subprocess
import sys
import threading
import time

from web_browser import Browser, told

PORT, QIAN, OFFICE = int(sys.argv[1]), sys.argv[2], sys.argv[3]
BASE = f"http://127.0.0.1:{PORT}"


def qian(*words):
    r = subprocess.run([QIAN, "-d", OFFICE, "--json", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return r.returncode, r.stdout


PASSWORD = "四月的柿子树 又开了花"
nobody, head = Browser(PORT), Browser(PORT)
code, out = qian("ui", "invite")
token = json.loads(out)["link"].split("/")[-1] if code == 0 else ""
told("the first link", code == 0 and len(token) == 64 and json.loads(out)["link"].startswith(BASE), out)
kept = sqlite3.connect(f"file:{OFFICE}/qian.db?mode=ro", uri=True).execute("SELECT person, secret, length(invite) FROM account").fetchall()
told("of which a hash is kept", kept == [("", "", 32)], kept)

# ---- the pages themselves ------------------------------------------------------------------------------------------
s, page = nobody.ask("GET", "/")
told("the page", s == 200 and b"<div id=\"app\">" in page, page)
policy = nobody.headers.get("Content-Security-Policy", "")
told("which allows nothing from elsewhere", policy.startswith("default-src 'none'") and "unsafe" not in policy and "require-trusted-types-for" in policy, policy)
told("and is kept nowhere", nobody.headers.get("Cache-Control") == "no-store", nobody.headers)
where = page.split(b'src="')[1].split(b'"')[0].decode()
s, _ = nobody.ask("GET", where, headers={"Accept-Encoding": "gzip"})
told("its script, packed, for a year", s == 200 and nobody.headers.get("Content-Encoding") == "gzip" and "immutable" in nobody.headers.get("Cache-Control", ""), nobody.headers)
nobody.refused("no file of another version", 404, "http.path", "GET", "/a/0000000000000000/main.js")
nobody.refused("no file outside", 404, "http.path", "GET", where.rsplit("/", 1)[0] + "/../web.c")
s, text = nobody.ask("GET", "/api/v1/text?lang=zh")
told("the sentences", s == 200 and text["session.none"].startswith("还没有进入"), s)
s, _ = nobody.ask("GET", "/api/v1/text?lang=zh", headers={"If-None-Match": nobody.headers.get("ETag")})
told("are not sent again", s == 304, s)

# ---- what is described ---------------------------------------------------------------------------------------------
written = os.path.join(os.path.dirname(__file__), "../../protocol/spec/openapi-1.json")
s, api = nobody.ask("GET", "/api/v1/openapi.json")
if os.environ.get("QIAN_RENEW"):
    json.dump(api, open(written, "w"), indent=1, sort_keys=True, ensure_ascii=False)
told("the calls are described as protocol/spec/openapi-1.json says (QIAN_RENEW=1 writes it anew)", s == 200 and api == json.load(open(written)), s)


def unanswered():
    """What is described and not answered: a path that is unknown, or a method of it."""
    for path, methods in api["paths"].items():
        for method in methods:
            code = nobody.ask(method.upper(), path.replace("{", "").replace("}", ""), b"" if method in ("post", "put") else None)
            if isinstance(code[1], dict) and code[1].get("code") in ("http.path", "http.method") and path != "/a/{file}":
                yield method, path


told("each of them is answered", not list(unanswered()), list(unanswered()))
told("and no other method of them", all(nobody.ask("PATCH", p.replace("{", "").replace("}", ""))[0] in (404, 405) for p in list(api["paths"])[:12]), "")

RECORD, CHANGED = {"words": ["item_list", "title=随机抽查事项清单", "version=2016"]}, "title="
OPEN = {"/", "/a/{file}", "/sw.js", "/api/v1/openapi.json", "/api/v1/text", "/api/v1/session", "/api/v1/invitation", "/api/v1/invitation/look"}


def let_in():
    """web-16: what is answered to who did not come in, beside what is listed there."""
    for path, methods in api["paths"].items():
        for method in methods:
            s, r = nobody.ask(method.upper(), path.replace("{", "").replace("}", ""), b"{}" if method in ("post", "put") else None)
            if path not in OPEN and (s, isinstance(r, dict) and r.get("code")) != (401, "session.none"):
                yield method, path, s
    yield from ((m, p, "in the description") for p in OPEN for m in api["paths"].get(p, {}) if p.startswith("/api/v1/session") and m == "get" and nobody.ask("GET", p)[0] != 200)


told("everything else asks for a session", not list(let_in()), list(let_in()))
for path in ("/status", "/record?name=1-0-0", "/thumb?sha256=" + "0" * 64, "/qian.css", f"/api/v1/records/{OFFICE}/1-0-0/stages", "/api/v1/setup", "/chain", "/peer/v1/pull"):
    told(f"there is no {path}", nobody.ask("GET", path)[0] == 404, path)
for path in ("/healthz", "/readyz"):
    told(f"a watcher is answered at {path}", nobody.ask("GET", path)[0] == 200, path)

# ---- coming in -------------------------------------------------------------------------------------------------------
nobody.refused("nobody has a list", 401, "session.none", "GET", "/api/v1/commands")
nobody.refused("nor acts", 401, "session.none", "POST", "/api/v1/commands/sync", {})
nobody.refused("a short password", 403, "account.short", "POST", "/api/v1/invitation", {"token": token, "person": "王管理", "password": "kurz"})
nobody.refused("one that holds the name", 403, "account.name", "POST", "/api/v1/invitation", {"token": token, "person": "王管理", "password": "王管理王管理王管理王管理"})
nobody.refused("one character over and over", 403, "account.name", "POST", "/api/v1/invitation", {"token": token, "person": "王管理", "password": "a" * 12})
for guess in ("1234567890", "9876543210", "QwertyUIOP", "abcdefghijkl", "1212121212"):
    nobody.refused(f"what everybody tries first: {guess}", 403, "account.name", "POST", "/api/v1/invitation", {"token": token, "person": "王管理", "password": guess})
nobody.refused("a link of nobody", 403, "account.token", "POST", "/api/v1/invitation", {"token": "0" * 64, "person": "王管理", "password": PASSWORD})
nobody.refused("a page elsewhere cannot send a form", 403, "session.elsewhere", "POST", "/api/v1/invitation", {"token": token}, bare=True)
nobody.refused("nor as another origin", 403, "session.elsewhere", "POST", "/api/v1/invitation", {"token": token}, headers={"Origin": "http://elsewhere.example"})
nobody.refused("nor when the browser says so", 403, "session.elsewhere", "POST", "/api/v1/invitation", {"token": token}, headers={"Sec-Fetch-Site": "cross-site"})
s, me = head.ask("POST", "/api/v1/invitation", {"token": token, "person": "王管理", "password": PASSWORD}, headers={"Origin": BASE})
told("the first person is the administrator", s == 201 and me["person"] == "王管理" and me["roles"] == ["admin"], f"{s} {me}")
told("by a cookie that scripts and other pages do not have", "HttpOnly" in head.set and "SameSite=Strict" in head.set and "Secure" not in head.set, head.set)
nobody.refused("the link works once", 403, "account.token", "POST", "/api/v1/invitation", {"token": token, "person": "另一人", "password": PASSWORD})
secret = sqlite3.connect(f"file:{OFFICE}/qian.db?mode=ro", uri=True).execute("SELECT secret FROM account WHERE person = '王管理'").fetchone()[0]
told("the password is kept as Argon2id", secret.startswith("$argon2id$v=19$m=65536,t=3,p=1$"), secret)
token_hash = sqlite3.connect(f"file:{OFFICE}/qian.db?mode=ro", uri=True).execute("SELECT hex(token) FROM session").fetchall()
told("of the session a hash", head.cookie[5:].upper() not in {h for (h,) in token_hash} and len(token_hash) == 1, token_hash)
code, out = qian("ui", "invite")
told("nobody is the first twice", code == 1 and "account.entered" in out, out)
nobody.refused("a wrong password", 403, "session.password", "POST", "/api/v1/session", {"person": "王管理", "password": "wrong password"})
nobody.refused("of somebody unknown the same answer", 403, "session.password", "POST", "/api/v1/session", {"person": "谁也不是", "password": "wrong password"})
for _ in range(4):
    nobody.ask("POST", "/api/v1/session", {"person": "王管理", "password": "wrong password"})
nobody.refused("after five one waits", 503, "session.wait", "POST", "/api/v1/session", {"person": "王管理", "password": PASSWORD})
db = sqlite3.connect(f"{OFFICE}/qian.db")
db.execute("UPDATE account SET waits_ms = 0")
db.execute("DELETE FROM setting WHERE name LIKE 'usual/%'")
db.commit()
db.close()
other = Browser(PORT)
s, me = other.ask("POST", "/api/v1/session", {"person": "王管理", "password": PASSWORD})
told("the right one comes in", s == 201 and me["person"] == "王管理", f"{s} {me}")
s, _ = other.ask("DELETE", "/api/v1/session")
told("and goes out", s == 204, s)
other.refused("after which nobody is there", 401, "session.none", "GET", "/api/v1/commands")

# ---- acts ------------------------------------------------------------------------------------------------------------------
s, commands = head.ask("GET", "/api/v1/commands?lang=zh")
names = {c["name"] for c in commands} if s == 200 else set()
told("what can be asked for", {"person set", "draw run", "status"} <= names and not names & {"init", "serve", "recover run", "rebuild", "root key"}, names)
roster = next(c for c in commands if c["name"] == "roster import")
told("and each of them is described", {"/api/v1/commands/" + n.replace(" ", "/") for n in names} == {p for p in api["paths"] if p.startswith("/api/v1/commands/")}, names)
told("with its options", any(o["name"] == "objects" and o["kind"] == "file" for o in roster["options"]) and not any(o["name"] == "by" for o in roster["options"]), roster)
_, english = head.ask("GET", "/api/v1/commands?lang=en")
bare = [f"{c['name']} --{o['name']}" for both in (commands, english) for c in both for o in c["options"]
        if o["name"] and not (o["label"] and all(o.get("called", ["x"])) and len(o.get("called", [])) == len(o.get("choices", [])))]
told("each option has a label in both languages, each of its words a name", not bare, bare)
told("and what has a form says which", all(o.get("hint") for c in commands for o in c["options"] if o["name"] and o["kind"] in ("date", "time", "office", "file")))
words = {c["name"]: o["words"] for both in (commands, english) for c in both for o in c["options"] if not o["name"]}
told("so does each word that is no option", all(w["label"] and not set(w["label"]) & set("|[]") and all(w.get("called", ["x"])) for l in words.values() for w in l), words)
told("which are those of the usage", [w["means"] for w in words["plan give-list"]] == ["ISSUER/SERIES", "TASK[/ROUND]"] and len(words["enrol approve"]) == 1
     and len(words["result correct"]) == 1 and words["verify"][0]["choices"] == ["all", "office", "plan", "draw"] and words["tables import"][0]["kind"] == "file"
     and words["tables import"][0]["many"] > 1, words)
s, who = head.ask("GET", "/api/v1/session")
told("the session says what the person may do", {"person-set", "peer-set", "setting"} <= set(who["duties"]) and not {"draw", "waiver"} & set(who["duties"]) and who["writes"] == [], who)
of = {c["name"]: c["roles"] for c in commands}
told("each command says whose it is", of["quarantine waive"] == ["head"] and of["status"] == [] and of["draw run"] == ["draw"] and "inspector" in of["result record"], of)
s, r = head.ask("GET", "/api/v1/commands/status")
told("a look", s == 200 and r["exit"] == 0 and r["result"]["office"] == OFFICE, f"{s} {r}"[:300])
head.refused("an act is no look", 405, "http.method", "GET", "/api/v1/commands/sync")
head.refused("no such command", 404, "http.path", "POST", "/api/v1/commands/init", {})
head.refused("nobody acts as another", 400, "web.option", "POST", "/api/v1/commands/person/set", {"words": ["李四"], "roles": "inspector", "by": "谁"})
head.refused("nor elsewhere", 400, "web.option", "POST", "/api/v1/commands/person/set", {"words": ["李四"], "dir": "/tmp"})
head.refused("no option in an option's name", 400, "web.option", "POST", "/api/v1/commands/person/set", {"words": ["李四"], "roles=admin": "x"})
head.refused("words are words", 400, "web.option", "POST", "/api/v1/commands/person/set", {"words": [{"a": 1}]})
head.refused("a list is no body", 400, "web.json", "POST", "/api/v1/commands/person/set", b"[1]")
head.refused("nor what breaks off", 400, "web.json", "POST", "/api/v1/commands/person/set", b'{"words": ["')
head.refused("a refusal is the command's own", 403, "person.apart", "POST", "/api/v1/commands/person/set", {"words": ["李四"], "roles": "admin,planner"})
s, r = head.ask("POST", "/api/v1/commands/person/set", {"words": ["--by"], "roles": "inspector"})
told("a word is never an option", s in (200, 400), f"{s} {r}")
s, r = head.ask("POST", "/api/v1/commands/person/set", {"words": ["李四"], "roles": "roster,planner"})
told("a person is entered", s == 200 and r["exit"] == 0, f"{s} {r}")
code, out = qian("--by", "王管理", "person", "list")
told("and stands there", "李四" in out, out)
head.refused("who acts must be allowed", 403, "person.role", "POST", "/api/v1/commands/freeze", {})
head.refused("a session's guard is its own", 403, "session.elsewhere", "POST", "/api/v1/commands/person/set", {}, headers={"X-Qian-Token": "0" * 64})
s, link = head.ask("POST", "/api/v1/commands/ui/invite", {"words": ["李四"]})
told("a person is invited", s == 200 and "/#/invite/" in link["result"]["link"], f"{s} {link}")
clerk = Browser(PORT)
s, me = clerk.ask("POST", "/api/v1/invitation", {"token": link["result"]["link"].split("/")[-1], "password": PASSWORD})
told("who comes in under the own name", s == 201 and me["person"] == "李四", f"{s} {me}")
clerk.refused("and is no administrator", 403, "person.role", "POST", "/api/v1/commands/person/set", {"words": ["赵六"], "roles": "admin"})

s, r = head.ask("POST", "/api/v1/commands/ui/stop", {"words": ["李四"]})
told("a person is put out", s == 200, f"{s} {r}")
clerk.refused("and is out at once", 401, "session.none", "GET", "/api/v1/lists")
Browser(PORT).refused("the password is none any more", 403, "session.password", "POST", "/api/v1/session", {"person": "李四", "password": PASSWORD})
def let_in_again():
    s, link = head.ask("POST", "/api/v1/commands/ui/invite", {"words": ["李四"]})
    b = Browser(PORT)
    return b, b.ask("POST", "/api/v1/invitation", {"token": link["result"]["link"].split("/")[-1], "password": PASSWORD})
# Put out while the password is being hashed: neither a login nor a new password that is under way comes in behind it.
within = []
for i in range(4):
    clerk, _ = let_in_again()
    late = Browser(PORT)
    under_way = [threading.Thread(target=late.ask, args=("POST", "/api/v1/session", {"person": "李四", "password": PASSWORD})),
                 threading.Thread(target=clerk.ask, args=("POST", "/api/v1/password", {"old": PASSWORD, "password": PASSWORD + "!"}))]
    under_way[i % 2].start()
    time.sleep(0.02 + 0.03 * i)
    head.ask("POST", "/api/v1/commands/ui/stop", {"words": ["李四"]})
    under_way[i % 2].join()
    within += [i for b in (late, clerk) if b.ask("GET", "/api/v1/lists")[0] == 200]
    within += [i for p in (PASSWORD, PASSWORD + "!") if Browser(PORT).ask("POST", "/api/v1/session", {"person": "李四", "password": p})[0] == 201]
told("who was put out does not come in by what was under way", not within, within)
clerk, (s, me) = let_in_again()
told("another link lets the person in again", s == 201 and me["person"] == "李四", f"{s} {me}")

# ---- a backup that is wanted no more: given up between two pieces, and nothing of it stays -----------------------------------
for i in range(20):
    s, job = head.ask("POST", "/api/v1/commands/backup/create", {"out": f"stopped-{i}.qbak"}, headers={"Prefer": "respond-async"})
    while job["state"] == "waiting":
        s, job = head.ask("GET", f"/api/v1/jobs/{job['id']}")
    head.ask("DELETE", f"/api/v1/jobs/{job['id']}")
    while job["state"] != "ended":
        s, job = head.ask("GET", f"/api/v1/jobs/{job['id']}?wait=5000")
    given_up = job["answer"]["exit"] == 3 and job["answer"]["result"].get("id") == "store.stopped"
    if given_up:
        break
told("a backup can be cancelled while it is made", given_up, job)
head.refused("and leaves no file", 404, "web.file-absent", "GET", f"/api/v1/files/stopped-{i}.qbak")

# ---- files -----------------------------------------------------------------------------------------------------------------
rows = "姓名,执法证号,发证机关,证件有效期至,状态,可参加抽查\n" + "".join(f"检查员{c},06{i:02d},{OFFICE},2099-12-31,在岗,是\n" for i, c in enumerate("甲乙丙丁", 1))
data = rows.encode()
clerk.refused("a name is no path", 400, "web.file-name", "PUT", "/api/v1/files/.hidden?at=0", b"x")
clerk.refused("nor leads out", 404, "http.path", "GET", "/api/v1/files/..%2Fkeys")
s, r = clerk.ask("PUT", "/api/v1/files/inspectors.csv?at=0", data[:100])
told("a piece", s == 200 and r["bytes"] == 100, f"{s} {r}")
clerk.refused("none behind a gap", 403, "web.piece", "PUT", "/api/v1/files/inspectors.csv?at=150", data[150:])
s, r = clerk.ask("PUT", "/api/v1/files/inspectors.csv?at=100", data[100:])
s, r = clerk.ask("PUT", "/api/v1/files/inspectors.csv?at=100", data[100:])
told("the rest, twice", s == 200 and r["bytes"] == len(data), f"{s} {r}")
s, back = clerk.ask("GET", "/api/v1/files/inspectors.csv")
told("it is given back as a download", s == 200 and back == data and "attachment" in clerk.headers.get("Content-Disposition", ""), f"{s}")
head.refused("to nobody else", 404, "web.file-absent", "GET", "/api/v1/files/inspectors.csv")
for path in ("/etc/passwd", "../keys", "sub/x.csv", ".."):
    clerk.refused(f"a command reads no {path}", 403, "web.path", "POST", "/api/v1/commands/roster/import",
                  {"inspectors": path})
key = {"Idempotency-Key": "once-1"}
ask = {"inspectors": "inspectors.csv"}
s, first = clerk.ask("POST", "/api/v1/commands/roster/import", ask, headers=key)
while s == 202 or (s == 200 and isinstance(first, dict) and first.get("state") in ("waiting", "running")):
    s, first = clerk.ask("GET", f"/api/v1/jobs/{first['id']}?wait=5000")
first = first.get("answer", first)
told("a roster is imported", first.get("exit") == 0, f"{s} {first}")
entries = lambda: sqlite3.connect(f"file:{OFFICE}/qian.db?mode=ro", uri=True).execute("SELECT count(*) FROM entry").fetchone()
before = entries()
s, again = clerk.ask("POST", "/api/v1/commands/roster/import", ask, headers=key)
told("the same key gives the same answer", s == 200 and again == first, f"{s} {again}")
told("and nothing is done twice", entries() == before, before)
clerk.refused("another act under it is refused", 409, "done.other", "POST", "/api/v1/commands/roster/import", {**ask, "dry-run": True}, headers=key)
s, jobs = clerk.ask("GET", "/api/v1/jobs")
told("the jobs are one's own", s == 200 and any(j["command"] == "roster import" for j in jobs) and not any(j["command"] == "ui invite" for j in jobs), jobs)
head.refused("nobody sees another's", 404, "http.path", "GET", f"/api/v1/jobs/{[j for j in jobs if j['command'] == 'roster import'][0]['id']}")

# ---- two who correct one record ---------------------------------------------------------------------------------------
s, r = clerk.ask("POST", "/api/v1/commands/record/add", RECORD)
told("a record", s == 200 and r["exit"] == 0, f"{s} {r}")
lab = r["result"]["record"]
s, r = clerk.ask("GET", f"/api/v1/commands/record/show?words={RECORD['words'][0]}&words={lab}")
tag = clerk.headers.get("ETag")
told("is read with its revision", s == 200 and tag == f'"{r["result"]["record"]}@1"', f"{s} {tag} {r}")
change = lambda text: {"words": [RECORD["words"][0], lab, CHANGED + text], "reason": "更正"}
s, r = clerk.ask("POST", "/api/v1/commands/record/revise", change("甲"), headers={"If-Match": tag})
told("who saw it corrects it", s == 200 and r["exit"] == 0, f"{s} {r}")
clerk.refused("who saw the revision before does not", 412, "records.moved", "POST", "/api/v1/commands/record/revise", change("乙"), headers={"If-Match": tag})
clerk.refused("nor withdraws it", 412, "records.moved", "POST", "/api/v1/commands/record/withdraw", {"words": [RECORD["words"][0], lab], "reason": "更正"}, headers={"If-Match": tag})
s, r = clerk.ask("GET", f"/api/v1/commands/record/show?words={RECORD['words'][0]}&words={lab}")
told("nothing was lost", len(r["result"]["revisions"]) == 2 and "甲" in json.dumps(r["result"]["revisions"][-1], ensure_ascii=False) and clerk.headers.get("ETag").endswith('@2"'), r)
clerk.refused("another act takes no If-Match", 400, "web.match", "POST", "/api/v1/commands/record/add", RECORD, headers={"If-Match": tag})
clerk.refused("nor that of another record", 400, "web.match", "POST", "/api/v1/commands/record/revise", change("丙"), headers={"If-Match": tag.replace("@", "0@")})
clerk.refused("nor is it anything else", 400, "web.match", "POST", "/api/v1/commands/record/revise", change("丙"), headers={"If-Match": "*"})
s, r = clerk.ask("POST", "/api/v1/commands/record/revise", change("丁"))
told("without it whichever stands is corrected", s == 200 and r["exit"] == 0, f"{s} {r}")

# ---- what takes long ---------------------------------------------------------------------------------------------------
letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
with open("many.csv", "w", encoding="utf-8") as f:
    f.write("对象类别,名称,统一社会信用代码,检查机关,标签,登记状态\n")
    for i in range(60000):
        body = "91140602MA%07d" % i
        f.write(f"企业,企业{i},{body}{letters[(31 - sum(letters.index(c) * pow(3, k, 31) for k, c in enumerate(body))) % 31]},{OFFICE},,存续\n")
data = open("many.csv", "rb").read()
s, r = clerk.ask("PUT", "/api/v1/files/many.csv?at=0", data)
told("a long list", s == 200 and r["bytes"] == len(data), f"{s} {r}")
held = entries()
s, job = clerk.ask("POST", "/api/v1/commands/roster/import", {"objects": "many.csv"}, headers={"Prefer": "respond-async"})
told("its import is a job", s == 202 and job["state"] in ("waiting", "running"), f"{s} {job}"[:300])
while job["state"] == "waiting":
    s, job = clerk.ask("GET", f"/api/v1/jobs/{job['id']}")
s, _ = clerk.ask("DELETE", f"/api/v1/jobs/{job.get('id')}")
told("that can be stopped", s == 204, s)
for _ in range(60):
    s, job = clerk.ask("GET", f"/api/v1/jobs/{job['id']}?wait=5000")
    if job["state"] == "ended":
        break
told("says so", job["cancelled"] and job.get("answer", {}).get("exit") == 3 and job["answer"]["result"]["id"] == "store.stopped", str(job)[:400])
told("and wrote nothing", entries() == held and not sqlite3.connect(f"file:{OFFICE}/qian.db?mode=ro", uri=True).execute("SELECT count(*) FROM object").fetchone()[0], entries())

# ---- all at once ------------------------------------------------------------------------------------------------------------
wrong = []
def many():
    b = Browser(PORT)
    b.cookie, b.guard = clerk.cookie, clerk.guard
    for _ in range(10):
        s, r = b.ask("GET", "/api/v1/commands/status")
        if s != 200:
            wrong.append((s, r))
threads = [threading.Thread(target=many) for _ in range(12)]
for t in threads:
    t.start()
for t in threads:
    t.join()
told("twelve at once", not wrong, wrong[:2])

# ---- the trail -------------------------------------------------------------------------------------------------------------
lines = sqlite3.connect(f"file:{OFFICE}/qian.db?mode=ro", uri=True).execute("SELECT person, act, rule FROM trail").fetchall()
told("the trail tells who came in, and who did not", ("李四", "come-in", "") in lines and ("王管理", "come-in", "session.password") in lines, lines[-12:])
s, _ = clerk.ask("POST", "/api/v1/password", {"old": PASSWORD, "password": "五月 的 柿子树 开花"})
told("a new password", s == 200, s)
head.refused("a person who left", 403, "session.password", "POST", "/api/v1/session", {"person": "李四", "password": PASSWORD})
s, r = head.ask("POST", "/api/v1/commands/person/set", {"words": ["李四"], "until": "2020-12-31"})
s2, r2 = clerk.ask("GET", "/api/v1/commands/status")
told("whoever is gone is out at once", s == 200 and s2 == 401, f"{s} {r} {s2} {r2}"[:300])
