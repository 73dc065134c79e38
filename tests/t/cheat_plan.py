"""Cheats with the plan, the keys and the lists that are given from above."""
import os
import re

from cheat_nodes import C, K, P, S, Cheat, oid, table


def for_one_drawer(w, drawer):
    """A plan with a slot for one county only, as the city signs it: the other slots are taken out before."""
    shadow = w.copy(C, "shadow")
    w.plan("alone", dict(no="1"), by=shadow)
    entry = {name: w.rows(shadow, "SELECT * FROM %s WHERE id >> 16 = (SELECT max(id) >> 16 FROM plan)" % name)
             for name in ("plan", "plan_task", "slot", "slot_rules")}
    w.drop(shadow)
    entry["slot"] = [r for r in entry["slot"] if r["drawer"] == drawer]
    w.author(C, "plan", [("public", C, [(name, r) for name in entry for r in entry[name]], "subtree")])


def not_planned(w):
    """A plan with a slot for the county alone; the city's own rows are edited, and it orders the neighbour to draw."""
    for_one_drawer(w, K)
    w.carry(C, S)
    w.roster(S)
    w.q(S, "freeze")
    w.carry(S, C)
    w.shell(C, "UPDATE slot SET drawer = '%s' WHERE plan_id = (SELECT max(id) FROM plan)" % S)
    w.q(C, "order", "issue", "--office", S, "--series", "alone")
    w.carry(C, S)
    w.forced(S, "1406/alone/1/1")


def order_before_plan(w):
    """The city orders, waits for what a copy of the county would draw, and only then signs the plan."""
    shadow = w.copy(C, "shadow")
    w.plan("later", dict(no="1"), by=shadow)
    w.q(shadow, "order", "issue", "--office", K, "--series", "later")
    w.sign_order(w.newest_order(shadow))
    w.drop(shadow)
    w.plan("later", dict(no="1"))
    w.carry(C, K)
    w.forced(K, "1406/later/1/1")


def own_plan(w, accepted):
    """The county plans for itself; the city orders, and says only in a copy of itself that it accepted the plan."""
    w.plan("own", dict(no="1", levels="city"), by=K)
    w.carry(K, C)
    shadow = w.copy(C, "shadow")
    w.q(shadow, "plan", "accept", K + "/own", "--by", "李四")
    w.q(shadow, "order", "issue", "--office", K, "--series", "own")
    if accepted:
        w.swap(C, shadow)
    else:
        w.sign_order(w.newest_order(shadow))
    w.carry(C, K)
    w.forced(K, K + "/own/1/1")


def reissued(w):
    """After the draw the city writes other rules over those that were drawn by."""
    row = w.rows(C, "SELECT * FROM slot_rules ORDER BY id LIMIT 1")[0]
    row.update(rev=2, rules=row["rules"].replace("pool 2", "pool 3"))
    w.author(C, "plan", [("public", C, [("slot_rules", row)], "subtree")])


def given(w, spoil):
    """The city gives the county a list; the county draws who goes, in a copy of itself that has another list."""
    w.plan("given", dict(no="1", draw="given"))
    table(os.path.join(w.root, "given.csv"), [{"对象编号": oid(i), "对象名称": "企业%d" % i} for i in range(7)])
    w.q(C, "plan", "give-list", "1406/given", "1", "--office", K, "--objects", "given.csv", "--source", "parent",
        "--title", "名单", "--doc-no", "30", "--given-on", "2025-08-16", "--by", "李四")
    w.q(C, "order", "issue", "--office", K, "--series", "given")
    w.carry(C, K)
    spoil(w)
    w.q(K, "draw", "run", "--slot", "1406/given/1/1")


def one_spared(w):
    w.shell(K, "DELETE FROM given_object WHERE object_id = '%s'" % oid(3))


def bound(w, *fields):
    """What the province says, by a document, of how small the scope of a slot may be."""
    return w.q(P, "record", "add", "scope_bound", "title=抽取范围下限", "doc_no=晋市监〔2025〕9号", "set_on=2025-08-16",
               "--by", "王五", *fields)["record"]


def tiny(w, *bounds, draw="both", late=False):
    """The city plans from the fourteen businesses of class C alone, of forty; what the province said of that before it
    orders, or only afterwards. bounds: each a record, or "withdraw" that takes the one before it back."""
    def say():
        for b in bounds:
            if b == "withdraw":
                w.q(P, "record", "withdraw", "scope_bound", made, "--reason", "清理", "--by", "王五")
            else:
                made = bound(w, *b.split())
        w.carry(P, C)
    if not late:
        say()
    w.day("2025-08-17")
    w.plan("tiny", dict(no="1", population="and(eq(status,0),eq(class,3))", strata="1/5 1 true"))
    w.q(C, "order", "issue", "--office", K, "--series", "tiny")
    w.carry(C, K)
    w.carry(C, P)
    if late:
        say()
    w.q(K, "draw", "run", "--slot", "1406/tiny/1/1")


# ---- keys -------------------------------------------------------------------------------------------------------------


def ordered_with(w, key):
    """The city's order names another VRF key than the county's certificate."""
    shadow = w.copy(C, "shadow")
    w.q(shadow, "order", "issue", "--office", K)
    row = w.newest_order(shadow)
    w.drop(shadow)
    w.sign_order(row, re.sub(r"^vrf 03 \S+", "vrf 03 " + key, w.order_text(row), flags=re.M))
    w.carry(C, K)


def no_point(w):
    ordered_with(w, "01" + "00" * 31)
    w.forced(K)


# RFC 8032's second test key: its secret half is public.
SEED = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
KEY = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"


def favourable_key(w):
    """Of many keys one is chosen that draws well: the city names it, the county draws with it."""
    ordered_with(w, KEY)
    w.forced(K, "1406/2025/1/1", "--vrf-seed", SEED)


def new_keys(w):
    w.q(K, "enrol", "rotate", "--kdf-mib", 8)
    request = "%s/%s-2.request" % (K, K)
    return dict(file=request, fingerprint=w.q(C, "enrol", "show", request)["fingerprint"])


def public_vrf(w, request):
    """The VRF key in a request: the third of its five keys."""
    with open(os.path.join(w.root, request["file"]), "rb") as f:
        body = f.read()
    at = body.index(b"\1\1\x0ctest.example") + 2
    for _ in range(3):  # deployment, office, name
        at += 1 + body[at]
    return body[at + 2 + 64:at + 2 + 96].hex()


def approve_keys(w, request):
    w.q(C, "enrol", "approve", request["file"], "--fingerprint", request["fingerprint"], "--out", K + "-2.chain")
    w.q(K, "enrol", "accept", K + "-2.chain")


def enrolled_late(w):
    """The county makes new keys, the city orders with the new one, and certifies it after it has seen the draw."""
    request = new_keys(w)
    ordered_with(w, public_vrf(w, request))
    approve_keys(w, request)
    w.carry(C, K)
    w.forced(K)


def changed_open(w):
    """The order is there, and the county asks for new keys instead of drawing."""
    approve_keys(w, new_keys(w))


CHEATS = [
    Cheat("an order for an office that the plan does not have", "draw@140622: PLAN_NOT_LOGGED", not_planned, "frozen",
          settles=(K, S)),
    Cheat("the order before the plan", "draw: PLAN_AFTER_ORDER", order_before_plan, "frozen"),
    Cheat("a plan of its own that nobody accepted", "draw: PLAN_NOT_ACCEPTED", lambda w: own_plan(w, False), "frozen"),
    Cheat("a plan of its own that was accepted", "", lambda w: own_plan(w, True), "frozen"),
    Cheat("other rules after the draw", "draw: SLOT_REISSUED", reissued, "drawn"),
    Cheat("one spared of a list that was given", "draw: LIST_MISMATCH", lambda w: given(w, one_spared), "frozen"),
    Cheat("a list that was given, as it is", "", lambda w: given(w, lambda w: None), "frozen"),
    Cheat("a scope below the number that the province asks for", "draw: SCOPE_TINY",
          lambda w: tiny(w, "objects=15"), "frozen"),
    Cheat("a scope below the share that the province asks of this office", "draw: SCOPE_TINY",
          lambda w: tiny(w, "issuer=1406 permille=351"), "frozen"),
    Cheat("a scope that is just as large as it must be", "", lambda w: tiny(w, "objects=14 permille=350"), "frozen"),
    Cheat("a bound that came after the order", "", lambda w: tiny(w, "objects=15", late=True), "frozen"),
    Cheat("a task for which a small scope is allowed", "",
          lambda w: tiny(w, "scope=tiny/1 objects=5", "issuer=1406 objects=15"), "frozen"),
    Cheat("a bound that was withdrawn, before another that stands", "draw: SCOPE_TINY",
          lambda w: tiny(w, "objects=20", "objects=1", "withdraw"), "frozen"),
    # Nobody has such a key, and nothing can be proved under it.
    Cheat("a key that is no point", "draw: KEY_INVALID KEY_NOT_ENROLLED VRF_INVALID", no_point, "frozen"),
    Cheat("a key of one's choice", "draw: KEY_NOT_ENROLLED", favourable_key, "frozen"),
    Cheat("a key that was certified after the order", "draw: KEY_ENROLLED_LATE", enrolled_late, "frozen"),
    Cheat("new keys under an open order", "waiting: KEY_CHANGED_OPEN_ORDER", changed_open),
]
