"""Cheats of a clerk who has the roster to himself: small changes, each of which an honest office makes too."""
import os

from cheat_nodes import C, K, Cheat, oid, table
from cheat_exception import lots, person, sent, void


def draw_on(w):
    """The roster as it stands is frozen, ordered and drawn."""
    w.q(K, "freeze")
    w.up()
    w.q(C, "order", "issue", "--office", K)
    w.up()
    w.q(K, "draw", "run", "--all")
    w.up()


def a_step_between(w, before, between, after):
    """What stands while the roster is frozen is neither what stood before nor quite what stands afterwards."""
    w.roster(**before)
    w.day("2025-08-17")
    w.roster(**between)
    draw_on(w)
    w.day("2025-08-18")
    w.roster(**after)


def class_not_quite_back(w):
    a_step_between(w, {}, dict(objects={0: {"信用风险分类": "A"}}), dict(objects={0: {"信用风险分类": "B"}}))


def tagged(tags):
    return {i: {"标签": "" if i else tags} for i in range(40)}


def tags_not_quite_back(w):
    a_step_between(w, dict(objects=tagged("加油站")), dict(objects=tagged("")),
                   dict(objects=tagged("加油站；眼镜制配")))


def complaints(w):
    a_step_between(w, dict(objects={0: {"投诉次数": "5"}}), dict(objects={0: {"投诉次数": "0"}}),
                   dict(objects={0: {"投诉次数": "6"}}))


def qualified(w):
    able = {i: {"专业标签": "计量"} for i in range(8)}
    friends = {i: {"专业标签": "计量" if i < 3 else ""} for i in range(8)}
    a_step_between(w, dict(people=able), dict(people=friends), dict(people=able))


def load(w):
    w.roster(people={i: {"已承担次数": "1000" if i > 1 else "0"} for i in range(8)})
    draw_on(w)


def recused(w):
    path = os.path.join(w.root, "recusals.csv")
    table(path, [{"执法证号": "JS%03d" % i, "发证机关": K, "对象编号": oid(0), "原因": "亲属"} for i in range(6)])
    w.q(K, "roster", "import", "--recusals", path, "--by", "张三")
    draw_on(w)


def later(w, day):
    """The county goes on: a roster with something else in it, frozen."""
    w.day(day)
    w.roster(objects={39: {"投诉次数": "1"}})
    w.q(K, "freeze")
    w.up()


def closed_and_open(w, day="2025-11-20"):
    """It is closed, says the county, and leaves it in business in the roster for months."""
    void(w, lots(w)[0])
    w.up()
    later(w, day)


def void_again(w):
    """A friend cannot be found, whenever he is drawn."""
    object = lots(w)[0]
    void(w, object, reason="not_found")
    w.plan("all", dict(no="1", strata="1/1 1 true"))
    w.up()
    later(w, "2025-08-25")
    w.q(C, "order", "issue", "--office", K, "--series", "all")
    w.up()
    first = w.draws()
    w.q(K, "draw", "run", "--all")
    void(w, object, draw=next(d for d in w.draws() if d not in first), reason="not_found")


def still_there(w, day="2025-11-20"):
    """He is retired, says the county; and goes on as before."""
    object = lots(w)[0]
    person(w, "replace", object, sent(w, object)[0])
    w.up()
    later(w, day)


CHEATS = [
    Cheat("of another class while frozen, and of a third afterwards", "draw: STATUS_FLIPPED", class_not_quite_back, "planned"),
    Cheat("without its tag while frozen, and with one more afterwards", "draw: STATUS_FLIPPED", tags_not_quite_back, "planned"),
    Cheat("without its complaints while frozen", "draw: STATUS_FLIPPED", complaints, "planned"),
    Cheat("only friends are qualified while frozen", "draw: STATUS_FLIPPED", qualified, "planned"),
    Cheat("all but two friends have a thousand visits behind them", "draw: LOAD_UNFOUNDED", load, "planned"),
    Cheat("six of eight are recused from a friend", "draw: RECUSALS_MANY", recused, "planned"),
    Cheat("closed, and in business for months", "draw: VOID_CONTRADICTED", closed_and_open, "drawn"),
    Cheat("closed, and in business for a week", "", lambda w: closed_and_open(w, "2025-08-25"), "drawn"),
    Cheat("void whenever it is drawn", "draw: VOID_REPEATED", void_again, "drawn"),
    Cheat("retired, and available afterwards", "draw: REPLACED_REMAINS", still_there, "drawn"),
    Cheat("retired last week", "", lambda w: still_there(w, "2025-08-25"), "drawn"),
]
