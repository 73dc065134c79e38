"""The lists of an office as programs ask for them.   web_lists.py PORT QIAN OFFICE"""
import csv
import http.client
import io
import json
import os
import sqlite3
import subprocess
import sys
import time
import urllib.parse
import zipfile

PORT, QIAN, OFFICE = int(sys.argv[1]), sys.argv[2], sys.argv[3]
PASSWORD = "四月的柿子树 又开了花"


def told(name, good, why=""):
    print(("ok - " if good else "not ok - ") + name)
    if not good:
        print(f"# {why}"[:600])
    sys.stdout.flush()


class Person:
    def __init__(self, name):
        r = subprocess.run([QIAN, "-d", OFFICE, "--json", "ui", "invite", name, "--by", "管理员甲"], stdout=subprocess.PIPE, text=True)
        token = json.loads(r.stdout)["link"].rsplit("/", 1)[1]
        c = http.client.HTTPConnection("127.0.0.1", PORT, timeout=120)
        c.request("POST", "/api/v1/invitation", json.dumps({"token": token, "password": PASSWORD}), {"X-Qian-Token": "1"})
        self.cookie = (c.getresponse().headers.get("Set-Cookie") or "").split(";")[0]

    def ask(self, path, **query):
        c = http.client.HTTPConnection("127.0.0.1", PORT, timeout=120)
        c.request("GET", f"/api/v1/{path}?{urllib.parse.urlencode(query)}", None, {"Cookie": self.cookie})
        r = c.getresponse()
        body = r.read()
        return r.status, json.loads(body) if "json" in r.headers.get("Content-Type", "") else body

    def pages(self, name, **query):
        rows, pages, after = [], [], None
        while True:
            s, o = self.ask(f"lists/{name}", **query, **({"after": after} if after else {}))
            if s != 200:
                return rows, pages
            rows += o["rows"]
            pages.append(o)
            after = o.get("next")
            if not after:
                return rows, pages


db = sqlite3.connect(f"file:{OFFICE}/qian.db?mode=ro", uri=True)
audits, tests = Person("审计员甲"), Person("检验员甲")
s, all_lists = audits.ask("lists")
told("twenty-one lists", s == 200 and len(all_lists["lists"]) == 21, s)
told("and the trail is not for everybody", "trail" not in [x["id"] for x in tests.ask("lists")[1]["lists"]])
for x in all_lists["lists"]:
    s, o = audits.ask(f"lists/{x['id']}", limit=2, count=1)
    told(f"{x['id']} is read", s == 200 and "count" in o, o)
    named = {c["name"] for c in x["columns"]} | {"at"}
    told("with the columns that are named", all(set(r) <= named for r in o.get("rows", [])), o)
    one = [audits.ask(f"lists/{x['id']}", only=r["at"]) for r in o.get("rows", [])[:1]]
    told("each row has a place of its own", all(a[1].get("rows", [])[:1] == o["rows"][:1] and len(a[1]["rows"]) == 1 for a in one), one)

# ---- pages ----------------------------------------------------------------------------------------------------------
want = {r[0] for r in db.execute("SELECT DISTINCT object_id FROM object WHERE office = ?", (OFFICE,))}
rows, pages = audits.pages("objects", limit=100)
told("the pages have every object once", len(rows) == len(want) and {r["object_id"] for r in rows} == want, (len(rows), len(want)))
back, before = [pages[-1]["rows"]], pages[-1].get("prev")
while before:
    s, o = audits.ask("lists/objects", limit=100, before=before)
    back.insert(0, o["rows"])
    before = o.get("prev")
told("and backward as well", back == [p["rows"] for p in pages], len(back))
told("rows stay where they are when others come between", audits.ask("lists/objects", limit=100, after=pages[0]["next"])[1]["rows"] == pages[1]["rows"])
s, o = audits.ask("lists/objects", after="zzzz")
told("another place is refused", s == 400 and o["code"] == "lists.cursor", o)
s, o = audits.ask("lists/objects", colour="red")
told("another filter is refused", s == 400 and o["code"] == "lists.filter", o)
s, o = audits.ask("lists/secrets")
told("another list is not there", s == 404, o)
s, o = audits.ask("lists/objects", **{"status": "' OR 1 = 1 --"})
told("a value is a value", s == 200 and not o["rows"], o)
revoked = {r["object_id"] for r in rows if r["status"] == "revoked"}
told("a filter", revoked and {r["object_id"] for r in audits.pages("objects", status="revoked")[0]} == revoked)

# ---- searched -------------------------------------------------------------------------------------------------------
for part in (rows[5]["name"][-5:-3], rows[9]["name"][4:8], "有限"):
    found = {r["object_id"] for r in audits.pages("objects", q=part, limit=100)[0]}
    told("a part of a name finds all that hold it", found >= {r["object_id"] for r in rows if part in r["name"]} and found, part)
code = next(r["uscc"] for r in rows if r.get("uscc"))
told("a part of a code", code in [r.get("uscc") for r in audits.pages("objects", q=code[9:15].lower())[0]])
told("and the whole of it", [r.get("uscc") for r in audits.pages("objects", q=code)[0]] == [code])
s, o = audits.ask("lists/objects", q="朔")
told("one character is too short", s == 400 and o["code"] == "lists.short", o)


def found_again():
    """A thread of the node makes the index; until it has, a page tells how many rows are behind."""
    for _ in range(200):
        if code in [r.get("uscc") for r in audits.pages("objects", q=code)[0]] and os.path.exists(f"{OFFICE}/find.db"):
            return True
        time.sleep(0.1)
    return False


with open(f"{OFFICE}/find.db", "r+b") as f:
    f.write(b"damaged" * 100)
told("a damaged index is made anew", found_again())
os.unlink(f"{OFFICE}/find.db")
told("and a missing one", found_again())
told("that nobody else may read", os.stat(f"{OFFICE}/find.db").st_mode & 0o77 == 0)

# ---- masked ---------------------------------------------------------------------------------------------------------
who = audits.ask("lists/inspectors", limit=1)[1]["rows"][0]
s, o = tests.ask("lists/inspectors")
told("personal columns are masked", o["masked"] and {r["name"] for r in o["rows"]} == {"***"} and who["name"] not in json.dumps(o, ensure_ascii=False), o)
told("and not searched", not tests.ask("lists/inspectors", q=who["name"])[1]["rows"] and audits.ask("lists/inspectors", q=who["name"])[1]["rows"])
s, o = tests.ask("lists/trail")
told("the trail is read by auditors", s == 403 and o["code"] == "person.role", o)

# ---- files ----------------------------------------------------------------------------------------------------------
s, body = audits.ask("lists/objects.csv", status="revoked", lang="zh")
sheet = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
told("a file of comma-separated values, with its mark", body[:3] == b"\xef\xbb\xbf" and len(sheet) == len(revoked) + 1 and sheet[1][3] == "吊销", sheet[:2])
s, body = audits.ask("lists/objects.json", status="revoked")
told("for programs", {r["object_id"] for r in body} == revoked and body[0]["status"] == "revoked")
s, body = audits.ask("lists/objects.xlsx", status="revoked")
told("a workbook", zipfile.ZipFile(io.BytesIO(body)).testzip() is None)
s, body = tests.ask("lists/inspectors.json")
told("masked as well", {r["name"] for r in body} == {"***"}, body[:1])
told("nothing of them stays on the shelf", not [n for _, _, names in os.walk(f"{OFFICE}/shelf") for n in names])
trail = audits.pages("trail", limit=100)[0]
told("each has its line in the trail", sum(r["about"] == "objects" for r in trail if r.get("about")) == 3, trail[:5])
