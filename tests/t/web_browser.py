"""A browser, or what passes for one, before the pages of an office: for the suites that call /api/v1."""
import http.client
import json
import sys


def told(name, good, why=""):
    print(("ok - " if good else "not ok - ") + name)
    if not good:
        print(f"# {why}"[:600])
    sys.stdout.flush()


class Browser:
    def __init__(self, port, at=None):
        self.port, self.at, self.cookie, self.guard, self.set = port, at, "", "1", ""

    def ask(self, method, path, body=None, headers=None, bare=False):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120, source_address=(self.at, 0) if self.at else None)
        h = {"Cookie": self.cookie} if self.cookie else {}
        if not bare and method != "GET":
            h["X-Qian-Token"] = self.guard
        h.update(headers or {})
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        c.request(method, path, data, h)
        r = c.getresponse()
        text = r.read()
        self.headers = r.headers
        self.set = r.headers.get("Set-Cookie") or ""
        if self.set.startswith("qian="):
            self.cookie = self.set.split(";")[0]
        c.close()
        try:
            o = json.loads(text)
        except ValueError:
            o = text
        if isinstance(o, dict) and "guard" in o:
            self.guard = o["guard"]
        return r.status, o

    def refused(self, name, status, code, *a, **k):
        s, o = self.ask(*a, **k)
        good = s == status and isinstance(o, dict) and o.get("code") == code and o.get("detail")
        told(name, good, f"{s} {o}")
