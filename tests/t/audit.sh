#!/usr/bin/env bash
# An audit file: exported by a province, a city and a county, judged from the file and a fingerprint alone; then a fork, and a
# byte changed all over the file.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"

# said COMMAND... : the findings and what was not checked, of verify and audit alike
said() {
    "$@" 2>/dev/null | python3 -c '
import json, sys
a = json.load(sys.stdin)
print(json.dumps([a["verdicts"], a["draws"], a["clean"], a["checks"]], sort_keys=True, ensure_ascii=False))'
}

refused() { # ID FILE
    fails_with 1 "$1" "$QIAN" audit check "$2" --fingerprint "$ROOT_PRINT"
}
check() { env -u QIAN_PASSPHRASE_FILE -u QIAN_DIR "$QIAN" "$@" --fingerprint "$ROOT_PRINT"; }

ok 'a province, a city and two counties are enrolled' tree 14 1406 140602 140622 || done_testing
ok 'the city issues a plan' issue_plan 1406 1 4 || done_testing
printf '对象类别,统一社会信用代码,检查机关,登记状态,信用风险分类\n企业,91140602MA0K0001XM,140602,存续,A\n' >register.csv
ok 'it has a register, of which only it holds the lines' quiet "$QIAN" -d 1406 register import --objects register.csv \
    --taken-on "$(TZ=Asia/Shanghai date +%F)" --by 王五
carry 1406 140602
ok 'a roster is imported' import_roster 140602
quiet "$QIAN" -d 140602 freeze
carry 140602 1406
quiet "$QIAN" -d 1406 order issue --office 140602
carry 1406 140602
cp -r 140602 copy
ok 'the county draws' quiet "$QIAN" -d 140602 draw run --all
D=$("$QIAN" -d 140602 --json draw list | json 0.draw)
carry 140602 1406 && carry 1406 14

# ---- clean ------------------------------------------------------------------------------------------------------
match "$(said "$QIAN" -d 14 --json verify draw "$D")" "$D" 'the province verifies the draw'
for office in 14 1406 140602; do
    ok "$office exports a draw" quiet "$QIAN" -d "$office" audit export draw "$D" --out "$office.audit"
    # the city alone has the lines of the register, and its file has not
    is "$(said check --json audit check "$office.audit")" "$(said "$QIAN" -d "${office/%1406/14}" --json verify draw "$D")" \
        'and from the file alone the same is said'
done
match "$("$QIAN" -d 1406 --json verify draw "$D" 2>/dev/null)" '"code":"ROSTER_OMISSION"' 'who has the lines finds more by them'
match "$("$QIAN" -d 1406 --lang en audit export draw "$D" --out lines.audit 2>&1)" \
    'checks not made: the lines of the register' 'and is told at the export that the file does not hold them'
ok 'nothing was found, so the exit status says so' quiet check audit check 14.audit
match "$(check --lang zh audit check 14.audit 2>&1)" '由 14 于 .*逐帧核对无改动.*全部通过' 'in Chinese'
match "$(check --lang en audit check 14.audit 2>&1)" 'exported and signed by 14' 'and in English'
match "$("$QIAN" -d 14 audit export office 140602 --out office.audit 2>/dev/null)" 'auditor profile' 'an export says what it holds'
is "$(said check --json audit check office.audit)" "$(said "$QIAN" -d 14 --json verify office 140602)" 'a whole office'
ok 'all offices' quiet "$QIAN" -d 14 audit export all --out all.audit
is "$(said check --json audit check all.audit)" "$(said "$QIAN" -d 14 --json verify all)" 'and all that is below'
is "$(ls -d "${TMPDIR:-/tmp}"/qian-audit-* 2>/dev/null | wc -l)" 0 'nothing is left behind'
fails_with 1 cert.fingerprint "$QIAN" audit check 14.audit \
    --fingerprint "$("$QIAN" --json enrol show 14/14.request | json fingerprint)"
refused audit.not-one policy.txt
refused file.absent none.audit
fails_with 1 verify.not-below "$QIAN" -d 140602 audit export office 1406 --out none.audit
fails_with 2 verify.scope "$QIAN" -d 14 audit export everything --out none.audit
not_ok 'a refused export leaves nothing' test -e none.audit

# ---- a byte changed anywhere --------------------------------------------------------------------------------------
flips=$(QIAN=$QIAN PRINT=$ROOT_PRINT python3 - 14.audit <<'END'
import os, random, struct, subprocess, sys
data = open(sys.argv[1], "rb").read()
at, ends, tail = 13, [], struct.unpack(">Q", data[-8:])[0]
while at < tail:
    at += 5 + struct.unpack(">I", data[at + 1:at + 5])[0]
    ends.append(at)
random.seed(6)
# the magic, each kind of frame (its type, length, first and last byte), index, seal, tail; and places by lot
places = {0, 12, 13, 14, 17, 18, tail, tail + 2, tail + 40, len(data) - 1, len(data) - 8, len(data) - 9, len(data) - 60}
kinds, begin = set(), 13
for end in ends:
    if data[begin] not in kinds:
        kinds.add(data[begin])
        places |= {begin, begin + 4, begin + 5, end - 1}
    begin = end
places |= {random.randrange(len(data)) for _ in range(60)}
wrong = []
for place in sorted(places):
    bad = bytearray(data)
    bad[place] ^= 1 << random.randrange(8)
    open("bad.audit", "wb").write(bad)
    p = subprocess.run([os.environ["QIAN"], "--json", "audit", "check", "bad.audit", "--fingerprint", os.environ["PRINT"]],
                       capture_output=True, text=True)
    frame = sum(e <= place for e in ends) + 1 if 13 <= place < tail else 0
    want = f"no={frame}|" if frame else "audit."
    if p.returncode != 1 or want not in p.stdout + p.stderr and f'"no": "{frame}"' not in p.stdout:
        wrong.append((place, frame, p.returncode, p.stdout[:200]))
print(len(places), "bytes changed,", len(kinds), "kinds of frames,", wrong or "each refused where it is")
END
)
match "$flips" '^[0-9]+ bytes changed, [6-9] kinds of frames, each refused where it is$' 'a changed byte is refused, and its frame is named'
for cut in 1 9 1000; do
    head -c -$cut 14.audit >cut.audit
    refused audit.end cut.audit
done
cat 14.audit policy.txt >long.audit
refused audit.end long.audit
ln -s 14.audit link.audit
refused file.read link.audit

# ---- the fraud ------------------------------------------------------------------------------------------------------
object=$("$QIAN" -d 140602 --json draw show "$D" | json targets.0.object)
python3 -c '
import sqlite3, sys
db = sqlite3.connect("copy/qian.db")
db.execute("UPDATE object SET status = ? WHERE object_id = ?", ("deregistered", sys.argv[1]))
db.commit()' "$object"
quiet "$TOOLS/cheat" --dir copy --passphrase-file pass --slot "1406/$YEAR/1/1"
quiet "$QIAN" -d copy bundle make --to 1406 --out fraud.qb
"$QIAN" -d 1406 bundle import fraud.qb >import.out 2>&1
carry 1406 14
ok 'the province exports what it found' quiet "$QIAN" -d 14 audit export draw "$D" --out fraud.audit
is "$(said check --json audit check fraud.audit)" "$(said "$QIAN" -d 14 --json verify draw "$D")" 'the file says the same'
match "$(check --json audit check fraud.audit 2>/dev/null | json verdicts)" 'LOG_FORK.*SELECT_MISMATCH' 'the fork and what was drawn on it'
check audit check fraud.audit >said.txt 2>/dev/null
is "$?" 1 'and its exit status tells of findings'
match "$(cat said.txt)" "Left out: [^;]*$object" 'the business that was to be spared is named'

# ---- what is told with a finding: whose, what follows, and the proof of its evidence ---------------------------------
match "$(cat said.txt)" 'Held against 140602 \(who wrote the entry\); what follows: a flag: people ask' 'against whom, and what follows'
match "$("$QIAN" -d 14 --lang zh verify draw "$D" 2>/dev/null)" '责任：140602（抽取机关）；后果：更正，用真实数据和同一个种子重算.*证据：' 'in Chinese too'
# A recusal after the draw: its evidence stands in the log that counts.
quiet "$QIAN" -d 140602 draw recuse --draw "$D" --object "$object" --inspector "$("$QIAN" -d 140602 --json task list | python3 -c '
import json, sys
print(next(t["inspectors"].split(" ")[0] for t in json.load(sys.stdin) if t["object"] == sys.argv[1]))' "$object")" --reason kinship --by tester
carry 140602 1406 && carry 1406 14
"$QIAN" -d 14 --json verify draw "$D" >late.json 2>/dev/null
is "$(python3 - <<'END'
import hashlib, json, sqlite3
db = sqlite3.connect("14/qian.db")
def h(*p): return hashlib.sha256(b"".join(p)).digest()
for v in json.load(open("late.json"))["verdicts"]:
    for f in v["findings"]:
        if f["code"] != "RECUSAL_LATE":
            continue
        fn, sn, r = f["seq"], f["size"] - 1, bytes.fromhex(f["leaf"])
        for p in map(bytes.fromhex, f["proof"]):
            if fn & 1 or fn == sn:
                r = h(b"\1", p, r)
                while not fn & 1 and fn:
                    fn, sn = fn >> 1, sn >> 1
            else:
                r = h(b"\1", r, p)
            fn, sn = fn >> 1, sn >> 1
        (root,) = db.execute("SELECT c.root FROM checkpoint c JOIN log l ON l.no = c.log WHERE l.origin = ? AND c.size = ?",
                             (f["origin"], f["size"])).fetchone()
        print(r == root and sn == 0, f["role"], f["held_against"], [x["letter"] for x in f["follows"]], len(v["ok"]) > 20)
END
)" "True drawer 140602 ['F'] True" 'the proof leads from the leaf to the checkpoint'

# ---- a plan -----------------------------------------------------------------------------------------------------------
plans=$("$QIAN" -d 14 --json verify plan "1406/$YEAR" 2>/dev/null)
is "$(json draws <<<"$plans")" "$("$QIAN" -d 14 --json verify all 2>/dev/null | json draws)" 'a plan is verified by itself'
is "$("$QIAN" -d 14 --json verify plan "1406/1999" 2>/dev/null | json draws)" 0 'another has no draws'
fails_with 2 verify.scope "$QIAN" -d 14 verify plan 1406
fails_with 2 audit.no-plan "$QIAN" -d 14 audit export plan "1406/$YEAR" --out none.audit
done_testing
