#!/usr/bin/env bash
# Roles in an office on real nodes: nobody entered, the first administrator, then each act by somebody whom it is not for.
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
ok 'a province, a city and a county are enrolled' tree 14 1406 140602 || done_testing
export QIAN_LANG=zh
said() { "$QIAN" -d 140602 "$@" 2>&1; }
size() { python3 -c 'import sqlite3; print(sqlite3.connect("140602/qian.db").execute("SELECT size FROM log WHERE office = 140602").fetchone()[0])'; }

# ---- a new office
match "$(said status)" '职责没有生效' 'a new office says that roles are not in force'
is "$("$QIAN" -d 140602 --json status | json persons)" 0 'nobody is entered'
ok 'the city issues a plan' issue_plan 1406 1 4 || done_testing
carry 1406 140602
ok 'whoever holds the keys imports a roster' import_roster 140602
ok 'and freezes it' "$QIAN" -d 140602 freeze
carry 140602 1406
ok 'the city orders' "$QIAN" -d 1406 order issue --office 140602
carry 1406 140602

# ---- the first person
fails_with denied person.first-admin "$QIAN" -d 140602 person set 张三 --roles 名录
ok 'an administrator is entered' "$QIAN" -d 140602 person set 管理 --roles 管理员
match "$(said status)" '职责已生效：登记在职 1 人' 'from then on roles are in force'
fails_with denied person.who "$QIAN" -d 140602 person set 张三 --roles 名录
fails_with denied person.unknown "$QIAN" -d 140602 person set 张三 --roles 管理员 --by 张三
for who in 张三:名录 李四:抽取 两职:名录、抽取 王五:监督 赵六:检查 审一:审核 局长:负责人 计划:计划 督查:督查; do
    ok "${who%:*} is entered as ${who#*:}" "$QIAN" -d 140602 person set "${who%:*}" --roles "${who#*:}" --by 管理
done
fails_with denied person.apart "$QIAN" -d 140602 person set 管理 --roles 管理员、审核 --by 管理
fails_with denied person.apart "$QIAN" -d 140602 person set 督查 --roles 督查、抽取 --by 管理
fails_with denied person.last-admin "$QIAN" -d 140602 person set 管理 --roles 审核 --by 管理
fails_with denied person.role "$QIAN" -d 140602 person set 李四 --roles 管理员 --by 李四
match "$(said person duties --role 抽取)" '执行抽取' 'the table of acts is printed'
not_ok 'an auditor writes nothing' grep -qE '导入|执行抽取' <(said person duties --role 督查)

# ---- acts by whom they are not for
before=$(size)
attempt() { fails_with denied "$1" "$QIAN" -d 140602 "${@:2}"; }
printf '姓名,执法证号,发证机关,证件有效期至,状态,可参加抽查\n王芳,0001,140602,2099-12-31,在岗,是\n' >one.csv
attempt person.role roster import --inspectors one.csv --by 李四
attempt person.role roster import --inspectors one.csv --by 管理
attempt person.role roster import --inspectors one.csv --by 督查
attempt person.unknown roster import --inspectors one.csv --by 外人
attempt person.who freeze
attempt person.role freeze --by 张三
attempt person.who draw run --all
attempt person.role draw run --all --by 张三
attempt person.role draw run --all --by 王五
attempt person.role draw run --all --by 管理
attempt person.role publish results --by 赵六
attempt person.role publish results --by 管理
attempt person.role record add item_list 标题=x version=1 --by 管理
attempt person.role record add item_list 标题=x version=1 --by 督查
attempt person.role peer set 1406 https://127.0.0.1:1 --by 局长
attempt person.role peer quiet --amber 3 --red 9 --by 李四
attempt person.role due within 5 --by 张三
attempt person.role evidence limits --floor 0 --by 审一
attempt person.role redact sweep --by 李四
ok 'a look at the limits asks nobody' "$QIAN" -d 140602 evidence limits --by 李四
ok 'settings are the head'"'"'s too' "$QIAN" -d 140602 due within 7 --by 局长
match "$(said draw run --all --by 张三)" '张三 没有“抽取”职责，不能办理“执行抽取”' 'who, which role and what are named'
is "$(size)" "$before" 'not one of them wrote an entry'

# ---- operator and observer
ok 'one who keeps the roster and draws imports today' "$QIAN" -d 140602 roster import --inspectors one.csv --by 两职
before=$(size)
attempt draw.second-person draw run --all --by 两职
attempt draw.second-person draw run --all --by 两职 --observer 李四
attempt draw.operator-observes draw run --all --by 两职 --observer 两职
attempt draw.operator-other draw run --all --by 两职 --operator 李四 --observer 王五
is "$(size)" "$before" 'nothing is drawn'
drawn=$(QIAN_BY=李四 "$QIAN" -d 140602 --json draw run --all)
is "$(json 0.drawn <<<"$drawn")" true 'another operator draws, named by the environment'
ok 'the sheet of the draw' "$QIAN" -d 140602 draw sheet "$(json 0.draw <<<"$drawn")" --out sheet.html --by 李四
match "$(cat sheet.html)" 李四 'names the operator'

# ---- what hands out data, or takes in trust
attempt person.who draw sheet "$(json 0.draw <<<"$drawn")" --out none.html
attempt person.role draw sheet "$(json 0.draw <<<"$drawn")" --out none.html --by 管理
attempt person.role backup create --out none.backup --by 李四
attempt person.role enrol accept 140602.chain --by 局长
attempt person.role export ecqs --out none.csv --by 管理
not_ok 'nothing of it is written' ls none.html none.backup none.csv
ok 'the administrator makes a backup' "$QIAN" -d 140602 backup create --out one.backup --by 管理
ok 'and tries it' "$QIAN" -d 140602 backup drill one.backup --by 管理
ok 'and takes the certificate in again' "$QIAN" -d 140602 enrol accept 140602.chain --by 管理
ok 'a list is exported' "$QIAN" -d 140602 export ecqs --out one.csv --by 局长
ok 'a bundle is made by whoever does' "$QIAN" -d 140602 bundle make --to 1406 --out one.qb --by 赵六
handed() { "$QIAN" -d 140602 --json audit trail --act "$1" --by 督查 | python3 -c 'import json, sys; print(" ".join(l["person"] + ":" + l["about"] for l in json.load(sys.stdin) if not l["refused"]))'; }
is "$(handed backup)" '管理:one.backup 管理:one.backup' 'each of it left a line: the backup and its trial'
is "$(handed draw-sheet)" "李四:$(json 0.draw <<<"$drawn")" 'the record of the draw'
is "$(handed enrol-accept)" ':140602 管理:140602' 'the certificates taken in'
is "$(handed export)" '局长:ecqs' 'the list'
match "$(handed bundle)" '赵六:1406$' 'the bundle'

# ---- the trail
attempt person.role audit trail --by 管理
attempt person.role audit trail --by 局长
attempt person.who audit trail
match "$(said audit trail --person 李四 --by 督查)" '李四 +执行抽取 +已办' 'the auditor reads who drew'
match "$(said audit trail --refused --by 督查)" '管理 +查阅办理记录 +被拒 +person.role' 'and whom the trail itself was refused'
is "$("$QIAN" -d 140602 --json audit trail --act 登记人员和职责 --by 督查 | python3 -c 'import json, sys; print(sum(not l["refused"] for l in json.load(sys.stdin)))')" 10 'each person entered is a line'
fails_with malformed audit.no-act "$QIAN" -d 140602 audit trail --act 做梦 --by 督查
carry 140602 1406
before=$(size)
carry 140602 1406
carry 140602 1406
is "$(size)" "$before" 'exchanges by themselves sign no head'
match "$(said doctor)" '与本局日志里签过的 [1-9][0-9]* 个末行摘要一致' 'doctor compares the trail with the heads in the log'
is "$(python3 -c 'import sqlite3; print(sqlite3.connect("1406/qian.db").execute("SELECT count(*) > 0 FROM trail_head WHERE office = 140602").fetchone()[0])')" 1 'and the office above holds them'
match "$(said doctor)" '办理记录共 [0-9]+ 行，行行相接' 'doctor checks the lines'
python3 - <<'END'
import sqlite3
db = sqlite3.connect("140602/qian.db")
db.execute("DROP TRIGGER trail_no_update")
db.execute("UPDATE trail SET person = '张三' WHERE person = '李四' AND act = 'draw'")
db.commit()
END
match "$(said doctor)" '办理记录第 [0-9]+ 行被改过' 'and names the first that somebody changed'
python3 - <<'END'
import hashlib, sqlite3
db = sqlite3.connect("140602/qian.db")
before = bytes(32)
short = lambda s: len(s.encode()).to_bytes(2, "big") + s.encode()
for no, at, person, act, rule, about, epoch, seq, leaf in db.execute("SELECT no, at_ms, person, act, rule, about, epoch, seq, leaf FROM trail ORDER BY no").fetchall():
    before = hashlib.sha256(b"qian-trail/1\n" + before + no.to_bytes(8, "big") + at.to_bytes(8, "big") + b"".join(map(short, (person, act, rule, about)))
                            + epoch.to_bytes(2, "big") + (seq % (1 << 64)).to_bytes(8, "big") + leaf).digest()
    db.execute("UPDATE trail SET hash = ? WHERE no = ?", (before, no))
db.commit()
END
match "$(said doctor)" '行行相接.*办理记录第 [0-9]+ 行至第 [0-9]+ 行之间有一行被改过或少了' 'also where all hashes were made anew'
match "$(said audit trail --limit 1 --by 督查)" '行之间有一行被改过或少了' 'and the auditor is told while reading'
done_testing
