#!/usr/bin/env bash
# A draw that is withheld, and one whose key was lost: two custodians complete both, with the result that the office would
# have got, which a copy of it shows.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
lib=$(ls /usr/lib/*/faketime/libfaketimeMT.so.1 2>/dev/null | head -n 1)
[ -n "$lib" ] || skip_all 'libfaketime is not installed'
later() { # COMMAND... : when window and return days are over
    env ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD="$lib" FAKETIME=+17d "$@"
}
codes() { # OFFICE COMMAND... : "CODE escrow" of each finding
    "${@:2}" --json verify all 2>/dev/null | python3 -c '
import json, sys
for v in json.load(sys.stdin)["verdicts"]:
    for f in v["findings"]:
        print(f["code"], v["slot"].split("/")[2], f["values"].get("escrow", ""))' | sort
}
# made OFFICE_DIR SLOT : seed and targets of a draw
made() {
    local d
    d=$("$QIAN" -d "$1" --json draw run --slot "$2" | json 0.draw) || return
    "$QIAN" -d "$1" --json draw show "$d" | python3 -c '
import json, sys
d = json.load(sys.stdin)
print(d["seed"], *sorted(t["object"] for t in d["targets"]))'
}
completed() { # OFFICE SLOT : the same, by the custodians
    "$QIAN" -d 1406 --json escrow show --office "$1" --slot "$2" | python3 -c '
import json, sys
d = json.load(sys.stdin)
print(d["seed"], *sorted(t["object"] for t in d["targets"]))'
}

ok 'a province, a city and two counties' tree 14 1406 140602 140622 || done_testing
ok 'the city issues a plan' issue_plan 1406 1 10 || done_testing
TODAY=$(TZ=Asia/Shanghai date +%F)
quiet "$QIAN" -d 1406 order auto off
for k in inspection archive stranger; do quiet "$QIAN" cokey key --out $k.key --kdf-mib 8; done
key() { "$QIAN" --json escrow key --key "$1.key" | json key; }
A=$(key inspection) B=$(key archive)
match "$A$B" '^[0-9a-f]{128}$' 'custodians have keys'

# ---- halves ---------------------------------------------------------------------------------------------------------
make() { "$QIAN" -d "$1" escrow make --first "$2" --first-title 纪检监察组 --second "$3" --second-title 档案室; }
fails_with malformed escrow.custodian "$QIAN" -d 140602 escrow make --first "$A" --first-title a --second "$A" --second-title b
fails_with malformed escrow.custodian "$QIAN" -d 140602 escrow make --first "$A" --first-title a --second 12 --second-title b
ok 'a county puts its key in escrow' make 140602 "$A" "$B"
fails_with conflict escrow.twice "$QIAN" -d 140602 escrow make --first "$B" --first-title a --second "$A" --second-title b
ok 'the other county too' make 140622 "$B" "$A"
for c in 140602 140622; do
    carry 1406 $c && import_roster $c && carry $c 1406
done
ok 'orders whose time is today' "$QIAN" -d 1406 order issue --office 140602 --from "$TODAY" --to "$TODAY"
ok 'orders for the year' "$QIAN" -d 1406 order issue --office 140622
for c in 140602 140622; do
    carry 1406 $c
    cp -r $c copy$c
done
carry 1406 14
S=1406/$YEAR/1/1
drawn=$(made copy140602 "$S")
match "$drawn" '^[0-9a-f]{64} E:' 'a copy of the county shows what it would draw'

# ---- withheld -------------------------------------------------------------------------------------------------------
fails_with denied escrow.not-due "$QIAN" -d 1406 escrow ask --office 140602 --slot "$S" --out case
fails_with denied escrow.not-ours "$QIAN" -d 14 escrow ask --office 140602 --slot "$S" --out case
fails_with absent escrow.no-order "$QIAN" -d 1406 escrow ask --office 140602 --slot "1406/$YEAR/2/1" --out case
fails_with absent escrow.not-completed "$QIAN" -d 1406 escrow show --office 140602 --slot "$S"
ok 'when its time is over the city asks' later "$QIAN" -d 1406 escrow ask --office 140602 --slot "$S" --out case
is "$(sed -n 5p case | cut -d ' ' -f 1)" draw-ask/1 'by a file that ends with the question'
fails_with denied escrow.not-yours "$QIAN" escrow open --file case --key stranger.key
# Who hands out the file signs orders too: what it must not have is a half.
sed "s/$B/$(key stranger)/" case >swapped
fails_with unverified escrow.half "$QIAN" escrow open --file swapped --key inspection.key
ok 'inspection opens its half' "$QIAN" escrow open --file case --key inspection.key --out half
# The same half handed on for an order that inspection was never shown.
python3 - <<'PY'
import hashlib
case, half = open("case").read(), open("half").read()
head, order = case.split("draw-ask/1 ", 1)[0], case.split("\n", 5)[5]
was = case.split("draw-ask/1 ", 1)[1].split(" ", 1)[0]
order = order.replace("nonce ", "nonce 00", 1)
cut = order.index("nonce ") + 6 + 64
order = order[:cut] + order[cut + 2:]
now = hashlib.sha256(order.encode()).hexdigest()
open("second", "w").write(head + "draw-ask/1 " + now + case.split(was, 1)[1].split("\n", 1)[0] + "\n" + order)
open("secondhalf", "w").write(half.replace(was, now))
PY
fails_with unverified escrow.half "$QIAN" escrow join --file second --half secondhalf --key archive.key
fails_with unverified escrow.half "$QIAN" escrow join --file case --half half --key inspection.key
fails_with malformed escrow.line "$QIAN" escrow join --file case --half case --key archive.key
ok 'the archive joins and answers' "$QIAN" escrow join --file case --half half --key archive.key --out answer
is "$("$QIAN" escrow join --file case --half half --key archive.key)" "$(cat answer)" 'again with the same line'
sed 's/draw-ask\/1 ..../draw-ask\/1 0000/' case >other && sed 's/ ..../ 0000/' half >otherhalf
fails_with unverified cokey.other-order "$QIAN" escrow join --file other --half otherhalf --key archive.key
python3 - <<'PY'
line = open("answer").read()
at = len(line.rstrip()) - 40
open("bent", "w").write(line[:at] + ("0" if line[at] != "0" else "1") + line[at + 1:])
PY
LATE() { later "$QIAN" "$@"; }
sed -E 's/^(draw-answer\/1) ..../\1 0000/' answer >strange
is "$(LATE -d 1406 --json escrow take --answer strange 2>/dev/null | json id)" escrow.no-order 'an answer on another order is none here'
is "$(LATE -d 1406 --json escrow take --answer bent 2>/dev/null | json id)" escrow.answer-wrong 'an answer that does not prove is refused'
is "$(LATE -d 1406 --json escrow take --answer answer | json missing)" 0 'the one that proves is logged'
is "$(completed 140602 "$S")" "$drawn" 'seed and objects are those that the county would have got'
later "$QIAN" -d 1406 bundle make --to 14 --out up.qb >/dev/null 2>&1 && later "$QIAN" -d 14 bundle import up.qb >/dev/null 2>&1
found=$(codes 14 later "$QIAN" -d 14)
match "$found" "DRAW_WITHHELD 1 1406#[0-9]+" 'the province says that it was withheld, and where it was completed'
match "$found" "DRAW_WITHHELD 10 —" 'the other one was not completed'
match "$(later "$QIAN" -d 14 verify all 2>&1)" 'their record: 1406#' 'in words'
is "$(of() { python3 -c 'import sqlite3, sys; print(*sqlite3.connect("14/qian.db").execute("SELECT drawer, reason FROM escrow_case").fetchone())'; }; of)" \
    '140602 withheld' 'the asking is on record'

# An answer in the log that does not prove completes nothing.
cp -r 14 bentlog
python3 -c '
import sqlite3
db = sqlite3.connect("bentlog/qian.db")
db.execute("UPDATE draw_answer SET pi = zeroblob(80)")
db.commit()'
match "$(codes 14 later "$QIAN" -d bentlog)" 'DRAW_WITHHELD 1 —' 'an answer that does not prove completes nothing'

# ---- a lost key -----------------------------------------------------------------------------------------------------
drawn=$(made copy140622 "$S")
fails_with denied escrow.not-due "$QIAN" -d 1406 escrow ask --office 140622 --slot "$S" --out case
ok 'the other county changes its keys' "$QIAN" -d 140622 enrol rotate --kdf-mib 8
R=140622/140622-2.request
ok 'the city certifies new ones' "$QIAN" -d 1406 enrol approve "$R" --fingerprint "$(print_of "$R")" --out new.chain
ok 'then the city asks' "$QIAN" -d 1406 escrow ask --office 140622 --slot "$S" --out case
ok 'this time the archive opens' "$QIAN" escrow open --file case --key archive.key --out half
ok 'and inspection answers' "$QIAN" escrow join --file case --half half --key inspection.key --out answer
is "$("$QIAN" -d 1406 --json escrow take --answer answer | json missing)" 0 'which is logged'
is "$(completed 140622 "$S")" "$drawn" 'with the result that the lost key would have given'
match "$(codes 1406 "$QIAN" -d 1406)" 'KEY_CHANGED_OPEN_ORDER 1 1406#[0-9]+' 'the city says so'
done_testing
