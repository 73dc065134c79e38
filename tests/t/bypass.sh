#!/usr/bin/env bash
# A county whose city withholds or is away goes to the province itself: nothing is lost, and everybody sees it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
export QIAN_LANG=zh
OFFICE_NAME=机关

ok 'a province, a city and a county are enrolled' tree 140000 140600 140602 || done_testing

# An act of the county: a roster of one object, which is one entry with rows and one that closes it.
roster() { # NUMBER
    printf '对象类别,名称,统一社会信用代码,检查机关,登记状态\n企业,朔州市第%s商店,91140602MA0K%s,140602,存续\n' "$1" "$2" >objects.csv
    quiet "$QIAN" -d 140602 roster import --objects objects.csv --by 张三
}
# stage OFFICE RECORD PATH : of the JSON
stage() { "$QIAN" -d "$1" --json status --record "$2" | json "$3"; }
child() { # OFFICE CHILD MEMBER
    "$QIAN" -d "$1" --json status | python3 -c '
import json, sys
print(json.dumps(next(c for c in json.load(sys.stdin)["children"] if c["office"] == sys.argv[1]).get(sys.argv[2])))' "$2" "$3"
}

P=$(free_port) C=$(free_port) U=$(free_port)
ok 'the province serves, with a page' start_node 140000 --peer "127.0.0.1:$P" --ui "127.0.0.1:$U" --sync-every 0
quiet "$QIAN" -d 140602 peer set 140600 "https://127.0.0.1:$C"
quiet "$QIAN" -d 140602 peer set 140000 "https://127.0.0.1:$P"
quiet "$QIAN" -d 140600 peer set 140000 "https://127.0.0.1:$P"

# ---- the city does not answer -------------------------------------------------------------------------------------
ok 'the county writes' roster 1 0001X1
R=1-0-0
match "$("$QIAN" -d 140602 status --record "$R")" '本地已签 +140602 +已签.*上级已收 +140600 +未收到.*上级已应用 +140600 +未应用.*省级已收 +140000 +未收到' 'signed, and no more'
match "$("$QIAN" -d 140602 status --record "$R")" '请运行 qian sync' 'the next step is named'
fails_with 3 sync.unreachable "$QIAN" -d 140602 sync 140600
ok 'the county goes to the province' "$QIAN" -d 140602 sync 140000
said=$("$QIAN" -d 140602 status --record "140602:$R")
match "$said" '上级已收 +140600 +未收到.*省级已收 +140000 +已收 +20' 'the county sees: not the parent, but the province'
match "$said" '上级 140600 未收到.*140000 已直接收下' 'in words'
is "$(stage 140602 "$R" bypassed)" true 'and in JSON'
is "$(stage 140602 "$R" offices.1.state)" applied 'the province applied it'
is "$(stage 140602 "$R" offices.1.cosigned.size | grep -c '^[1-9]')" 1 'and cosigned it'
is "$(child 140000 140602 bypassed)" true 'the province sees that the parent was passed by'
match "$("$QIAN" -d 140000 status)" '140602 的第 0 条到第 [0-9]+ 条没有其上级 140600 的见证签名' 'and says which entries'

# ---- for programs -----------------------------------------------------------------------------------------------
match "$("$QIAN" -d 140000 --json status --record "140602:$R" --rev 1)" '"rev": ?1,' 'one revision'
fails_with absent stages.no-rev "$QIAN" -d 140000 status --record "140602:$R" --rev 2
fails_with malformed stages.record "$QIAN" -d 140000 status --record 140602:nonsense
match "$("$QIAN" -d 140000 --lang zh status --record "140602:$R")" '上级已收.*未收到.*省级已收.*140000 已直接收下' 'in words'
match "$("$QIAN" -d 140000 --lang en status --record "140602:$R")" 'Record 140602:.*, revision 1\) is in entry' 'in the other language'
for how in zh en; do
    widest=$(QIAN_LANG=$how "$QIAN" -d 140000 status | python3 -c '
import sys, unicodedata
print(max(sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in line.rstrip("\n")) for line in sys.stdin if line[-2:-1] not in "。."))')
    result "$((widest > 100))" "the tables of status fit on a terminal: $how" "$widest columns"
done
# ---- refusals of the command -----------------------------------------------------------------------------------------
fails_with malformed stages.record "$QIAN" -d 140602 status --record 140602
fails_with absent stages.no-own "$QIAN" -d 140602 status --record 1-99999-1
fails_with absent cli.office-unknown "$QIAN" -d 140602 status --record 999999:1-0-0
is "$("$QIAN" -d 140602 status --rev 1 2>/dev/null; echo $?)" 2 'a revision of what?'
is "$("$QIAN" -d 140602 status --record "$R" --rev 0 2>/dev/null; echo $?)" 2 'revisions begin with 1'

# ---- the city comes back: it gets the entries from above, and the bypass is over ----------------------------------------
ok 'the city serves' start_node 140600 --peer "127.0.0.1:$C" --sync-every 0
ok 'and exchanges with the province' "$QIAN" -d 140600 sync
is "$(stage 140600 "140602:$R" offices.0.state)" applied 'it has the county'\''s rows from above'
ok 'and tells the province so' "$QIAN" -d 140600 sync
is "$(child 140000 140602 bypassed)" false 'nobody is passed by any more'
ok 'the county exchanges with its city' "$QIAN" -d 140602 sync 140600
said=$("$QIAN" -d 140602 status --record "$R")
match "$said" '上级已收 +140600 +已收 .*上级已应用 +140600 +已应用 .*省级已收 +140000 +已收 ' 'all four stages'
ok 'an ancestor is asked about a row below it' "$QIAN" -d 140000 status --record "140602:$R"

# ---- again, and now the city gets them from the county ------------------------------------------------------------------
kill_node 140600
ok 'the county writes again' roster 2 0002X2
ok 'and goes to the province' "$QIAN" -d 140602 sync 140000
is "$(child 140000 140602 bypassed)" true 'passed by again'
ok 'the city is there again' start_node 140600 --peer "127.0.0.1:$C" --sync-every 0
ok 'the county comes first' "$QIAN" -d 140602 sync 140600
ok 'then the province hears' "$QIAN" -d 140600 sync
is "$(child 140000 140602 bypassed)" false 'and it is over'

# ---- everything else a clerk is shown ------------------------------------------------------------------------------------
match "$("$QIAN" -d 140602 status)" '上级 140600 已收齐本局全部 [0-9]+ 条' 'what the parent holds'
match "$("$QIAN" -d 140000 status)" '下级机关（静默满 7 天标黄，满 30 天标红）.*140600 .*绿：按时联系 .*网络' 'the offices below'
ok 'other bounds are set' "$QIAN" -d 140000 peer quiet --amber 3 --red 10
match "$("$QIAN" -d 140000 status)" '静默满 3 天标黄，满 10 天标红' 'and shown'
fails_with malformed children.days "$QIAN" -d 140000 peer quiet --amber 10 --red 10
done_testing
