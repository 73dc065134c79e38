"""What the offices do for the files that are kept for ever (tests/fixtures), beyond what markers_plant has them do: whatever
fills the tables that stay empty there, a draw that is withheld, a fork and the epoch after it, and in rows that are
withdrawn every column."""
import os

from cheat_nodes import C, K, P, PARENT, S
from leak import ST

OFFICES = (P, C, K, S, ST)
DATE = "2025-09-01"


def newest():
    """The name of the newest registry's file."""
    names = [n for n in os.listdir(os.path.join(os.environ["ROOT"], "protocol")) if n.startswith("registry-")]
    return max(names, key=lambda n: int(n[9:-4]))


def registry():
    """{table: (audience, lane, [(column, type letter, bytes at most)])} of it."""
    out = {}
    with open(os.path.join(os.environ["ROOT"], "protocol", newest()), encoding="utf-8") as f:
        for line in f:
            w = line.split()
            if w[0] == "table":
                out[w[1]] = w[2], w[3], [(c[0], c[1], int(c[2]) if len(c) > 2 else 0) for c in (v.split(":") for v in w[5:])]
    return out


def lists(x):
    """The calendar, days of one's own, reviews, and what an item rests on."""
    w, by = x.w, x.m.person
    w.q(P, "calendar", "import", os.path.join(os.environ["DATA"], "workdays-cn.json"), "--by", by())
    x.both(C, "deadline_rule", deadline="transfer", days=10, valid_from="2025-10-21", doc_no="4")
    x.both(C, "review_rule", review="not_required", valid_from="2025-10-21", doc_no="5")
    item_list = x.add(C, "item_list", title="清单", version="2")
    item = x.add(C, "item", list=item_list, name="计量器具")
    x.both(C, "item_basis", item=item, no=1, law="计量法", article="第九条", text="强制检定")
    task = w.one(C, "SELECT id FROM plan_task WHERE office = ? ORDER BY id LIMIT 1", C)
    x.both(C, "task_item", task="%s:%d-%d-%d" % (C, task >> 51, task >> 16 & 0x7ffffffff, task & 65535), item=item)
    w.q(K, "publish", "site", "--out", "site")


def withheld(x):
    """The neighbour does not draw; the holders of the halves of its key do, when its time is over."""
    w = x.w
    def public(name):
        w.call([os.environ["QIAN"], "cokey", "key", "--out", name, "--kdf-mib", "8"])
        return w.q(C, "escrow", "key", "--key", name)["key"]
    w.q(S, "escrow", "make", "--first", public("first.key"), "--first-title", "纪检监察组", "--second", public("second.key"),
        "--second-title", "档案室")
    w.plan("2025b", dict(no="1"))
    w.carry(C, S)
    w.roster(S)
    w.q(S, "freeze")
    w.carry(S, C)
    w.q(C, "order", "issue", "--office", S, "--from", "2025-10-20", "--to", "2025-10-22")
    w.carry(C, S)
    key = w.call([os.environ["QIAN"], "--json", "cokey", "key", "--out", "co.key", "--kdf-mib", "8"]).stdout.split('"key":')[1].split('"')[1]
    w.q(C, "cokey", "add", "--office", K, "--key", key, "--title", "纪检监察组")
    w.q(C, "cokey", "remove", "--office", K, "--key", key, "--reason", "换人")
    w.day("2025-11-10")
    w.q(C, "escrow", "ask", "--office", S, "--slot", "1406/2025b/1/1", "--out", "case")
    w.q(C, "escrow", "open", "--file", "case", "--key", "first.key", "--out", "half")
    w.q(C, "escrow", "join", "--file", "case", "--half", "half", "--key", "second.key", "--out", "answer")
    w.q(C, "escrow", "take", "--answer", "answer")


def forked(x):
    """The neighbour's machine is set back, it writes something else, and begins an epoch anew."""
    w = x.w
    w.copy(S, S + ".early")
    w.roster(S, n=41)
    w.carry(S, C)
    w.swap(S, S + ".early")
    w.roster(S, n=42)
    for a, b in ((S, C), (C, S), (S, C), (C, S)):
        w.carry(a, b)
    run = w.q(S, "recover", "run", "--kdf-mib", "8")
    w.carry(S, C)
    w.carry(C, S)
    w.q(C, "enrol", "approve", run["request"], "--fingerprint", run["fingerprint"], "--out", "new.chain")
    w.q(S, "enrol", "accept", "new.chain")
    w.q(S, "recover", "run")


def refused(x):
    """A changed node of the neighbour's signs what nobody may: one is refused, one withdrawn, one waived."""
    w = x.w
    def forged(what):
        made = w.call([os.environ["TOOLS"] + "/forge", "--dir", S, "--passphrase-file", os.environ["QIAN_PASSPHRASE_FILE"], "--what", what])
        w.carry(S, C)
        w.carry(C, S)
        return made.stdout.strip()
    forged("office")
    w.q(S, "quarantine", "supersede", forged("revision"), "--reason", x.m.person())
    w.carry(S, C)
    w.q(C, "quarantine", "waive", S, forged("twice"), "--reason", x.m.person())


def full(x):
    """Rows in which no column is empty, withdrawn: the newest of each kind once more."""
    w, reg = x.w, registry()
    for office in OFFICES:
        parts = {}
        for name, (audience, lane, columns) in reg.items():
            if "withdrawn" not in [c[0] for c in columns]:
                continue
            rows = w.rows(office, 'SELECT * FROM "%s" WHERE office = ? ORDER BY id DESC, rev DESC LIMIT 1' % name, office)
            if not rows:
                continue
            row = rows[0]
            for c, letter, most in columns:
                if row[c] is None:
                    row[c] = value(c, letter, most)
            parts.setdefault((lane, audience), []).append((name, {c: v for c, v in row.items() if c not in ("office", "id", "rev")}))
        for (lane, audience), rows in parts.items():
            w.author(office, {"plan": "plan", "draw": "order", "result": "result"}[lane], [(audience, PARENT.get(office, office), rows)])


def value(column, letter, most):
    if letter in "iI":
        return 1
    if letter in "bB":
        return bytes(range(32))
    if column.endswith("_on") or column.endswith("_until") or column in ("valid_from", "valid_to"):
        return DATE
    return K if column.endswith("office") else "填"[:most]


def more(x):
    w = x.w
    lists(x)
    withheld(x)
    full(x)
    refused(x)
    # From here on the station asks who may do what, and signs the head of its trail.
    x.admin = x.m.person()
    w.q(ST, "person", "set", x.admin, "--roles", "admin", "--by", x.admin)
    w.carry(ST, K)
    forked(x)
    for a, b in ((K, C), (S, C), (C, P)):
        w.carry(a, b)
    w.q(P, "verify", "all", "--record", check=False)
    for a, b in ((P, C), (C, K), (K, ST)):
        w.carry(a, b)
