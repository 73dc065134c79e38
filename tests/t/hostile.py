#!/usr/bin/env python3
"""hostile.py - an office with valid keys that keeps no rule, against one that serves. Run by hostile.sh.

    hostile.py PORT QIAN PEERKIT

In the working directory: 1406 (serves at PORT), 140602 (hostile), 140622 (honest, and its address of 1406 is set), 140602.old
(a copy of the hostile one that wrote something else). Prints a line of TAP without numbers for each attack: the answers were as they
must be, nothing at 1406 has changed but what is named, and the honest office exchanged at once.
"""
import hashlib, http.client, json, os, socket, sqlite3, ssl, struct, subprocess, sys, time

PORT, QIAN, KIT = int(sys.argv[1]), sys.argv[2], sys.argv[3]
HAVE, CERT, CHECKPOINT, HEADER, PART, RECEIPT, FORK, FILE, WANT, END, RUN = range(1, 12)
RECORD = ("peer", "nonce")  # who spoke, and when: the node's record of a caller
slowest = 0.0


def kit(*words):
    return subprocess.run([KIT, *words], check=True, stdout=subprocess.PIPE).stdout


def frame(kind, payload=b""):
    return struct.pack(">BI", kind, len(payload)) + payload


def frames(data):
    at = 0
    while at < len(data):
        kind, n = struct.unpack_from(">BI", data, at)
        yield kind, data[at + 5 : at + 5 + n]
        at += 5 + n


def context(key):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    c.check_hostname = False
    c.verify_mode = ssl.CERT_NONE
    if key:
        c.load_cert_chain(key)
    return c


def ask(what, body, key="140602.pem"):
    """Status, and the code of the refusal or the frames of the answer."""
    c = http.client.HTTPSConnection("127.0.0.1", PORT, context=context(key), timeout=60)
    try:
        c.request("POST", "/peer/v1/" + what, body, {"Content-Type": "application/x-qian-frames"})
        r = c.getresponse()
        data = r.read()
    except (OSError, http.client.HTTPException):
        return 0, "closed"
    finally:
        c.close()
    return (200, list(frames(data))) if r.status == 200 else (r.status, json.loads(data)["code"])


def half(what, body, length):
    """Announces more than it sends, and hangs up."""
    s = context("140602.pem").wrap_socket(socket.create_connection(("127.0.0.1", PORT), 60))
    s.sendall(b"POST /peer/v1/%s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (what.encode(), length) + body)
    socket.socket.shutdown(s, socket.SHUT_WR)
    try:
        while s.recv(65536):
            pass
    except OSError:
        pass
    s.close()


def state():
    """A digest of each table of 1406."""
    db = sqlite3.connect("file:1406/qian.db?mode=ro", uri=True)
    out = {}
    for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"):
        where = " WHERE name NOT LIKE 'sync/%'" if name == "setting" else ""
        rows = sorted(map(repr, db.execute(f'SELECT * FROM "{name}"{where}')))
        out[name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    db.close()
    return out


def honest():
    global slowest
    began = time.monotonic()
    r = subprocess.run([QIAN, "-d", "140622", "--json", "sync"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    took = time.monotonic() - began
    slowest = max(slowest, took)
    return [] if r.returncode == 0 and took < 10 else [f"the honest office: exit {r.returncode}, {took:.1f} s, {r.stdout.decode()[-300:]}"]


was = state()


def attack(name, got, want, may_change=()):
    """got, want: lists of (status, code); of 200 the code is not compared."""
    global was
    wrong = [f"answer {i}: {g if g[0] != 200 else 200}, wanted {w}" for i, (g, w) in enumerate(zip(got, want))
             if g[0] != w[0] or (g[0] != 200 and g[1] != w[1])]
    if len(got) != len(want):
        wrong.append(f"{len(got)} answers")
    is_ = state()
    wrong += [f"table {t} changed" for t in is_ if is_[t] != was.get(t) and t not in RECORD and t not in may_change]
    wrong += honest()
    was = state()
    print(("not ok - " if wrong else "ok - ") + name)
    for w in wrong:
        print("# " + w)
    sys.stdout.flush()


def have(of="140602", to="1406"):
    return kit("have", of, to)


end = frame(END, b"\0")
for o in ("140602", "140622"):
    open(o + ".pem", "wb").write(kit("key", o))
open("nobody.pem", "wb").write(kit("key", "-"))
chain, honest_chain = kit("chain", "140602"), kit("chain", "140622")
mine = kit("stream", "140602", "1406")[: -len(end)]
rival = kit("stream", "140602.old", "1406")[: -len(end)]
origin = "test.example/140602/1"

# ---- who speaks ---------------------------------------------------------------------------------------------------
h = have()
bent = [bytearray(have()) for _ in range(4)]
bent[0][-1] ^= 1      # the signature
bent[1][20] ^= 1      # somewhere in what it signs
bent[2][5] ^= 7       # the version
bent[3][1:5] = struct.pack(">I", len(bent[3]) - 4)  # a byte more than comes
attack("a HAVE that is forged, bent, another's, or for another office",
       [ask("pull", bytes(bent[0])), ask("push", bytes(bent[0]) + end), ask("pull", bytes(bent[1])), ask("pull", bytes(bent[2])),
        ask("pull", bytes(bent[3])), ask("pull", have("140622")), ask("push", have("140622") + end), ask("pull", have("140602", "14")),
        ask("pull", have(), "nobody.pem"), ask("pull", have(), None)],
       [(403, "sync.have-signature")] * 2 + [(403, "sync.have-signature"), (503, "have.version"), (400, "sync.no-have"),
        (403, "http.peer-key"), (403, "http.peer-key"), (403, "sync.not-for-us"), (403, "http.peer-key"), (403, "http.no-key")])

first = ask("pull", h)
attack("old questions once more", [first, ask("pull", h), ask("push", h + mine + end), ask("push", h)],
       [(200, "")] + [(403, "sync.replayed")] * 3)

# ---- the order of frames ------------------------------------------------------------------------------------------
attack("frames in the wrong order",
       [ask("push", mine), ask("push", end), ask("push", b""), ask("pull", chain + have()), ask("push", have() + end + mine),
        ask("push", have() + have() + end), ask("push", have() + mine[: len(mine) // 2])],
       [(400, "sync.no-have")] * 4 + [(400, "sync.after-end"), (200, ""), (400, "sync.no-end")],
       may_change=("log", "entry", "node", "part", "checkpoint", "cosignature", "cosignature_pending", "cursor", "receipt",
                   "recusal", "log_clock", "fate"))

back = b"".join(frame(k, p) for k, p in reversed(list(frames(mine))))
attack("its own stream backwards and twice", [ask("push", have() + back + end), ask("push", have() + mine + mine + end)],
       [(200, ""), (200, "")],
       may_change=("log", "entry", "node", "part", "checkpoint", "cosignature", "cosignature_pending", "cursor", "receipt",
                   "recusal", "log_clock", "fate"))

# ---- much of it ---------------------------------------------------------------------------------------------------
attack("RUNs that are none", [ask("push", have() + kit("run", "-") + end)], [(200, "")])
attack("a hundred thousand frames of nothing", [ask("push", have() + frame(99) * 100000 + end)], [(200, "")])
attack("a hundred thousand broken ones",
       [ask("push", have() + (frame(HEADER, b"x") + frame(PART, b"y") + frame(CERT, b"z") + frame(FORK)) * 25000 + end)], [(200, "")])
attack("frames longer than they may be",
       [ask("push", have() + struct.pack(">BI", k, n)) for k, n in ((RECEIPT, 131073), (CERT, 2049), (END, 2), (HAVE, 1 << 20), (99, 0xFFFFFFFF), (0, 1))],
       [(413, "frame.too-long")] * 5 + [(400, "frame.type")])
attack("receipts: huge, of nonsense, about offices that are not below it",
       [ask("push", have() + frame(RECEIPT, b"x" * 131072) * 20 + kit("receipt", "140602", origin) +
            kit("receipt", "140602", "test.example/1406/1") + kit("receipt", "140602", "test.example/14/1") + end)], [(200, "")])

# ---- of others ----------------------------------------------------------------------------------------------------
other = list(frames(kit("stream", "140622", "1406")[: -len(end)]))
attack("a sibling's certificates, headers and parts, signed by their author",
       [ask("push", have() + honest_chain + b"".join(frame(k, p) for k, p in other if k in (CERT, CHECKPOINT, HEADER, PART)) + end)], [(200, "")])
forged = b"".join(frame(HEADER, bytes(64) + p[64:]) for k, p in other if k == HEADER)
attack("a sibling's headers under another signature", [ask("push", have() + forged + end)], [(200, "")])

claimed = ask("pull", kit("claim", "140602", "1406", origin))
attack("a HAVE of a thousand logs of nobody, and a million own entries", [claimed], [(200, "")])
given = {p[1 : 1 + p[0]].decode() for k, p in claimed[1] if k == PART}
attack("what it is given is of itself and of those above it", [(200 if given == {"test.example/1406/1"} else 500, str(given))], [(200, "")])

# ---- connections --------------------------------------------------------------------------------------------------
for n in range(10):
    half("push", have()[: 40 * n + 1], 5000)
    half("push", have() + mine[: 100 * n], 100000)
    half("pull", have()[:30], 300)
lines = [socket.create_connection(("127.0.0.1", PORT), 60) for _ in range(100)]
attack("half a question, and a hundred lines that say nothing", [], [])
for s in lines:
    s.close()

# ---- two histories ------------------------------------------------------------------------------------------------
before = {t: was[t] for t in ("entry", "recusal", "part")}
attack("a second history of its own log", [ask("push", have("140602.old") + rival + end), ask("push", have() + rival + mine + end)],
       [(200, ""), (200, "")], may_change=("fork", "rival", "rival_part", "checkpoint", "cosignature", "cosignature_pending", "receipt", "log"))
now = state()
attack("changes nothing of the first", [(200 if all(now[t] == before[t] for t in before) else 500, "")], [(200, "")])
print(f"# the honest office took {slowest:.1f} s at most")
