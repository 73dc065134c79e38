#!/usr/bin/env bash
# Personal data that must be erased, and an office that loses what it held: real nodes, every byte of every file looked at.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
DB() { python3 -c 'import sqlite3, sys; print(sqlite3.connect("file:%s/qian.db?mode=ro" % sys.argv[1], uri=True).execute(sys.argv[2]).fetchone()[0])' "$1" "$2"; }
ok 'a province, a city and two counties are enrolled' tree 140000 140600 140602 140622 || done_testing
round() { local i; for i in 1 2; do carry 140602 140600 && carry 140622 140600 && carry 140600 140000 && carry 140000 140600 &&
    carry 140600 140602 && carry 140600 140622 || return; done; }
# found DIR... TEXT : files below these directories that hold the text in any byte
found() { rm -f stick.qb; grep -rlaF -- "${@: -1}" "${@:1:$#-1}" | sort | tr '\n' ' '; }

# ---- one person's record ------------------------------------------------------------------------------------------
ok 'a county takes its roster in' import_roster 140602 600
name=$(DB 140602 "SELECT name FROM inspector ORDER BY id LIMIT 1")
id=$(DB 140602 "SELECT id FROM inspector WHERE name = (SELECT name FROM inspector ORDER BY id LIMIT 1) LIMIT 1")
record=$(python3 -c 'import sys; i = int(sys.argv[1]); print(f"{i >> 51}-{(i >> 16) & (2**35 - 1)}-{i & 65535}")' "$id")
cert=$(DB 140602 "SELECT cert_no FROM inspector WHERE id = $id")
ok 'it goes round' round
match "$(found 140000 140600 140602 "$cert")" '140000/.*140600/.*140602/' "the number $cert is in three offices"
is "$(found 140622 "$cert")" '' 'and not in the county beside'
where=$("$QIAN" -d 140602 --json redact find 140602 "$record")
seq=$(json 0.seq <<<"$where") part=$(json 0.part <<<"$where")
match "$seq/$part" '^[0-9]+/[0-9]+$' 'the record is found in an entry and a part'
fails_with absent redact.no-record "$QIAN" -d 140602 redact find 140602 1-99999-0
hit=$("$QIAN" -d 140600 --json redact find "$cert")
is "$(json 0.log <<<"$hit")/$(json 0.seq <<<"$hit")/$(json 0.part <<<"$hit")/$(json 0.table <<<"$hit")/$(json 0.column <<<"$hit")" \
    "test.example/140602/1/$seq/$part/inspector/insp_id" 'also by what stands in it'
is "$(json 0.record <<<"$hit")" "$record" 'with the record'
match "$("$QIAN" -d 140600 redact find "$name")" "140602:$record .*test.example/140602/1 +$seq +$part.*rows hold .$name" 'for people, by name'
match "$(QIAN_LANG=zh "$QIAN" -d 140600 redact find "$name")" '检查人员|执法' 'and in Chinese'
is "$(json 0.privacy <<<"$hit")" personal 'and that the column is a personal one'
object=$(DB 140602 "SELECT object_id FROM object ORDER BY id LIMIT 1")
is "$("$QIAN" -d 140600 --json redact find "$object" | json 0.column)/$("$QIAN" -d 140600 --json redact find "$object" | json 0.privacy)" object_id/ 'which that of a code is not'
is "$("$QIAN" -d 140600 redact find "$name" --person | grep -c 'are for no person')" 0 'nothing is misplaced'
quiet "$QIAN" -d 140600 record add item_list title=钱多多的清单 version=1 --by 计划员
match "$("$QIAN" -d 140600 redact find 钱多多 --person)" '1 of them stand in columns that are for no person' 'until a name stands in a title'
match "$("$QIAN" -d 140600 redact find 无此人)" 'No row here holds' 'nothing found is said'
match "$(QIAN_LANG=zh "$QIAN" -d 140600 redact order 140602 "$seq" "$part" --basis b --reason r --by tester --dry-run)" \
    "其中执法检查人员 [0-9]+ 条.*会一并删去.*3 个机关持有：140000 140600 140602.*预览" 'a preview shows what would go, and who holds it'
match "$("$QIAN" -d 140600 --json redact order 140602 "$seq" "$part" --basis b --reason r --by tester --dry-run)" \
    "\"record\":\"$record\",\"rev\":1,\"label\":\"$name " 'the record among it'
look=$("$QIAN" -d 140600 --json redact order 140602 "$seq" "$part" --basis b --reason r --by tester --dry-run)
is "$(json rows <<<"$look")/$(json seq <<<"$look")/$(json read <<<"$look")" "$(python3 -c 'import json, sys; print(len(json.load(sys.stdin)["records"]))' <<<"$look")/$seq/true" 'every row of it'
is "$(json holders.2 <<<"$look")" 140602 'and every holder'
is "$("$QIAN" -d 140600 --json redact list)/$(DB 140600 "SELECT count(*) FROM inspector WHERE id = $id")" '[]/1' 'and nothing is done'
fails_with absent redact.no-part "$QIAN" -d 140600 redact order 140602 "$seq" 99 --basis b --reason r --by tester --dry-run
fails_with denied redact.control "$QIAN" -d 140600 redact order 140600 0 0 --basis b --reason r --by tester --dry-run
fails_with denied redact.control "$QIAN" -d 140600 redact order 140600 0 0 --basis b --reason r --by tester
why=(--basis '个人信息保护法第四十七条' --reason '本人撤回同意' --by 张三)
fails_with absent redact.no-part "$QIAN" -d 140602 redact order 140602 "$seq" 99 "${why[@]}"
is "$("$QIAN" -d 140602 redact order 140602 "$seq" "$part" >/dev/null 2>&1; echo $?)" 2 'an order has a basis, a reason and a name'
# Copies that the node and people laid aside: of a rebuilding, of an upgrade, of a fork that is over, of a fork that is not, one by hand.
ok 'the city has a site in its directory' "$QIAN" -d 140600 publish site --out 140600/site
ok 'and a bundle' "$QIAN" -d 140600 bundle make --to 140602 --out 140600/down.qb
mkdir 140600/aside-1 140600/aside-2
for to in qian.db.before-2021-01-01T00:00:00 before-upgrade-1-0.db aside-1/qian.db aside-2/qian.db 'by hand #1?.bak'; do
    python3 -c 'import sqlite3, sys; a, b = (sqlite3.connect(p) for p in sys.argv[1:]); a.backup(b); b.close()' 140600/qian.db "140600/$to"
done
is "$("$QIAN" -d 140600 --json redact sweep --dry-run | json holding)" 0 'none of them holds anything yet that was to go'
size=$(size 140602 140602)
said=$("$QIAN" -d 140600 redact order 140602 "$seq" "$part" "${why[@]}" 2>&1)
is "$?" 0 'the city has it forgotten'
match "$said" '7 files in the data directory may still hold.*redact sweep' 'and is told of the copies'
match "$(found 140600 "$cert")" '^140600/aside-1/qian.db 140600/aside-2/qian.db 140600/before-upgrade-1-0.db 140600/by hand #1\?.bak 140600/qian.db.before-2021-01-01T00:00:00 $' 'each byte of it that is left is in one of them; the bundle is packed'
DB140600() { python3 -c 'import sqlite3, sys; c = sqlite3.connect("140600/qian.db"); c.execute(sys.argv[1]); c.commit()' "$1"; }
DB140600 "INSERT INTO setting(name, value) VALUES('renew', 'aside-2')"
out=$("$QIAN" -d 140600 doctor 2>&1)
is "$?" 1 'the doctor does not pass it'
is "$(grep -c '✗ .*140600/' <<<"$out")" 7 'and names all seven'
match "$out" 'aside-2/qian.db.*recover run' 'one of them with what must come first'
match "$("$QIAN" -d 140600 redact list)" '7 files in the data directory' 'the list tells it too'
out=$("$QIAN" -d 140600 redact sweep 2>&1)
is "$?" 0 'they are swept'
match "$out" 'Deleted 3 old copies.* 4 more files.*site.*publish site' 'those that are of no use'
is "$(found 140600 "$cert")" '140600/aside-2/qian.db 140600/by hand #1?.bak ' 'what people must judge is left'
is "$(ls -d 140600/aside-1 2>&1 | grep -c 'No such')" 1 'a directory made for a copy is gone with it'
DB140600 "DELETE FROM setting WHERE name = 'renew'"
rm "140600/by hand #1?.bak" 140600/down.qb
is "$("$QIAN" -d 140600 --json redact sweep | json removed)" 1 'the fork is over: its database is swept'
ok 'the site is made again' "$QIAN" -d 140600 publish site --out 140600/site
is "$("$QIAN" -d 140600 --json redact sweep --dry-run | json holding)" 0 'nothing is left'
ok 'the office is sound' "$QIAN" -d 140600 doctor
is "$(found 140600 "$cert")" '' 'no byte of it is left at the city'
ok 'the order goes round' round
is "$(found 140000 140600 140602 140622 "$cert")" '' "no byte of it is left in any file of any office"
for o in 140000 140600 140602; do
    list=$("$QIAN" -d $o --json redact list)
    is "$(json 0.office <<<"$list")/$(json 0.by <<<"$list")/$(json 0.forgotten <<<"$list")" '140600/张三/true' "$o tells who ordered it"
    is "$("$QIAN" -d $o --json status | json held)" 0 "nothing stands still at $o"
    is "$("$QIAN" -d $o --json rebuild 2>/dev/null | json found)" 0 "$o is what its logs say"
done
is "$(size 140000 140602)" "$size" 'the log is as long as before'
match "$("$QIAN" -d 140000 redact list)" "140602/1 .*$seq .*140600 .*张三.*gone" 'the list is for people'
fails_with conflict redact.done "$QIAN" -d 140600 redact order 140602 "$seq" "$part" "${why[@]}"
ok 'the county goes on writing' import_roster 140602 600
ok 'and it arrives' round
is "$(DB 140000 "SELECT count(*) > 1 FROM roster_close WHERE office = '140602'")" 1 'the next roster is at the province'

# ---- a part of the plan, on a public site --------------------------------------------------------------------------
ok 'the city issues a plan' issue_plan 140600 1
ok 'the site shows it' "$QIAN" -d 140600 publish site --out site
plan=$(DB 140600 'SELECT id FROM plan LIMIT 1')
pseq=$(((plan >> 16) & ((1 << 35) - 1)))
ok 'the city has the plan forgotten' "$QIAN" -d 140600 redact order 140600 "$pseq" 0 "${why[@]}"
ok 'the site is made again' "$QIAN" -d 140600 publish site --out site2
ok 'the province verifies what it has' "$QIAN" -d 140000 verify all
ok 'the plan that nobody needs any more goes round' round
is "$(DB 140602 'SELECT count(*) FROM plan')" 0 'it never arrives'
is "$("$QIAN" -d 140602 --json status | json held)" 0 'and nobody waits for it'

# ---- a refused entry whose content is forgotten stays refused ----------------------------------------------------------
rseq=$(size 140602 140602)
ok 'the county writes what nobody accepts' "$TOOLS/forge" --dir 140602 --passphrase-file pass --what office
ok 'it goes round' round
refused() { "$QIAN" -d "$1" --json quarantine list | python3 -c 'import json, sys; print([(q["seq"], q["state"]) for q in json.load(sys.stdin)])'; }
is "$(refused 140600)" "[($rseq, 'refused')]" 'the city refuses it'
ok 'and has its content forgotten' "$QIAN" -d 140600 redact order 140602 "$rseq" 0 "${why[@]}"
ok 'which goes round' round
for o in 140600 140000; do
    is "$("$QIAN" -d $o --json rebuild 2>/dev/null | json found)/$(refused $o)" "0/[($rseq, 'refused')]" "$o is what its logs say, and it stays refused"
done
python3 -c 'import sqlite3; c = sqlite3.connect("140600/qian.db"); c.execute("UPDATE cursor SET applied = 0 WHERE lane = 4"); c.commit()'
ok 'derived anew and put in place' "$QIAN" -d 140600 rebuild --replace
is "$(refused 140600)" "[($rseq, 'refused')]" 'it is not alive again'

# ---- an office that has nothing to do with another any more ----------------------------------------------------------
ok 'the county beside writes' import_roster 140622 600
ok 'it goes round' round
fails_with denied authority.purge "$QIAN" -d 140602 purge order --holder 140600 --subject 140622 --basis b --reason r --by tester
fails_with absent cli.office-unknown "$QIAN" -d 140600 purge order --holder 150000 --subject 140622 --basis b --reason r --by tester
fails_with absent purge.none "$QIAN" -d 140600 purge run --by tester
is "$(DB 140600 "SELECT count(*) > 0 FROM object WHERE office = '140622'")" 1 'the city holds the rows of the county'
object=$(DB 140600 "SELECT name FROM object WHERE office = '140622' AND name NOT IN (SELECT name FROM object WHERE office <> '140622') AND length(name) > 8 LIMIT 1")
ok 'the province orders the city to forget it' "$QIAN" -d 140000 purge order --holder 140600 --subject 140622 --basis 机构改革 --reason 划归他市 --by 李四
is "$("$QIAN" -d 140000 --json purge list | json 0.done)" false 'which is not done yet'
is "$("$QIAN" -d 140000 --json status | json purges.0.state)" ordered 'and shown so'
ok 'the order comes, and is carried out' round
is "$(DB 140600 "SELECT count(*) FROM object WHERE office = '140622'")" 0 'the rows are gone'
is "$(found 140600 "$object")" '' 'and every byte of them'
is "$(size 140600 140622)" "$(size 140622 140622)" 'the headers stay'
ok 'the report goes up' carry 140600 140000
is "$("$QIAN" -d 140600 --json status | json purges.0.state)/$("$QIAN" -d 140000 --json status | json purges.0.state)" done/done 'both ends show it done'
list=$("$QIAN" -d 140000 --json purge list)
is "$(json 0.done <<<"$list")/$(json 0.report.by <<<"$list")" true/自动执行 'the province is shown that it was done'
match "$(json 0.report.parts <<<"$list")/$(json 0.report.bytes <<<"$list")" '^[1-9][0-9]*/[1-9][0-9]*$' 'and how much went'
fails_with absent purge.none "$QIAN" -d 140600 purge run --by tester
ok 'what the county writes now' import_roster 140622 600
ok 'still comes by' carry 140622 140600
is "$(DB 140600 "SELECT count(*) FROM object WHERE office = '140622'")" 0 'and is not kept'
is "$("$QIAN" -d 140600 --json rebuild 2>/dev/null | json found)" 0 'the city is what its logs say'
done_testing
