#!/usr/bin/env bash
# A purge that nobody at the holder has to think of: carried out beside the work of a running node, which is killed on the way,
# reported by itself; and what becomes of the office that was purged when it is granted again. Real nodes, every byte looked at.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
DB() { python3 -c 'import sqlite3, sys; print(sqlite3.connect("file:%s/qian.db?mode=ro" % sys.argv[1], uri=True).execute(sys.argv[2]).fetchone()[0])' "$1" "$2"; }
ok 'a province, a city and a county are enrolled' tree 140000 140600 140622 || done_testing
round() { carry 140622 140600 && carry 140600 140000 && carry 140000 140600 && carry 140600 140622; }
found() { rm -f stick.qb; grep -rlaF -- "${@: -1}" "${@:1:$#-1}" | sort | tr '\n' ' '; }
state() { "$QIAN" -d "$1" --json status | json purges.0.state; }
# waits CONDITION... : at most half a minute
waits() { local i; for ((i = 0; i < 150; i++)); do "$@" && return; sleep 0.2; done; return 1; }
is_state() { [ "$(state "$1")" = "$2" ]; }
scrubbed() { [ -z "$(found "$1" "$2")" ]; }

ok 'the county takes its roster in' import_roster 140622 600
ok 'and photos' "$TOOLS/make_photos" --dir 140622 --passphrase-file pass --count 30 --bytes 5000
port=$(free_port)
ok 'the city stays' start_node 140600 --peer "127.0.0.1:$port" --recheck 0 --sync-every 0
ok 'the county knows where' "$QIAN" -d 140622 peer set 140600 "https://127.0.0.1:$port"
ok 'and calls' waits "$QIAN" -d 140622 sync
photos() { find "$1/files" "$1/thumbs" -type f 2>/dev/null | wc -l; }
all_photos() { "$QIAN" -d 140622 sync >/dev/null 2>&1; [ "$(photos 140600)" -ge 30 ]; }
ok 'until the photos are there' waits all_photos
object=$(DB 140600 "SELECT name FROM object WHERE office = '140622' AND length(name) > 8 LIMIT 1")
match "$(found 140600 "$object")" '140600/' 'what the county says is at the city'
photo=$(cd 140600/files && ls ??/* | head -n 1)
mkdir -p 140600/files/damaged && cp "140600/files/$photo" "140600/files/damaged/${photo/\//}"

# ---- in a running node, that is killed --------------------------------------------------------------------------------
ok 'the city tells the province of itself' carry 140600 140000
ok 'the province orders it to forget the county' "$QIAN" -d 140000 purge order --holder 140600 --subject 140622 --basis 机构改革 --reason 划归他市 --by 李四
is "$(state 140000)" ordered 'which the province sees as ordered'
match "$("$QIAN" -d 140000 status)" 'Purge orders that are not done' 'also in words'
ok 'the order comes to the running city' carry 140000 140600
kill_node 140600
ok 'which loses its power, and starts again' start_node 140600 --peer "127.0.0.1:$port" --recheck 0 --sync-every 0
ok 'it is done without anybody' waits is_state 140600 done
ok 'and no byte of it is in any file' waits scrubbed 140600 "$object"
is "$(find 140600/files 140600/thumbs -type f 2>/dev/null | wc -l)" 0 'the photos, the small ones and the damaged one are gone'
ok 'nothing is left of the work' waits test ! -e 140600/scrub
match "$(cat "$(node_log 140600)")" '140622' 'the log of the node tells of it'
ok 'a call of the county is taken as ever' "$QIAN" -d 140622 sync
is "$(found 140600 "$object")$(photos 140600)" 0 'and brings nothing back'
ok 'the report goes up' carry 140600 140000
list=$("$QIAN" -d 140000 --json purge list)
is "$(state 140000)/$(json 0.state <<<"$list")/$(json 0.report.by <<<"$list")" done/done/自动执行 'the province sees it done'
is "$(json 0.report.files <<<"$list")" 30 'with the photos counted'
ok 'the city ends' stop_node 140600
is "$("$QIAN" -d 140600 --json rebuild 2>/dev/null | json found)" 0 'it is what its logs say'
ok 'and sound' "$QIAN" -d 140600 doctor

# ---- granted again: a new log from 0, and nothing of the old ------------------------------------------------------------
ok 'the county makes new keys' "$QIAN" -d 140622 enrol rotate --kdf-mib 8
said=$("$QIAN" -d 140600 enrol approve 140622/140622-2.request --out 2.chain \
    --fingerprint "$("$QIAN" --json enrol show 140622/140622-2.request | json fingerprint)" 2>&1)
match "$said" 'purged here on an order from above.*does not come back.*kept here' 'the city certifies them, and is told what that means'
ok 'the county takes its certificate in' "$QIAN" -d 140622 enrol accept 2.chain
ok 'it has another roster' quiet "$TOOLS/gen_roster" --office 140622 --seed 2 --objects 600 --inspectors 20 --out second
LC_ALL=C sed -i 's/,20[0-9][0-9]-\([0-9][0-9]-[0-9][0-9]\)/,2099-\1/' second/inspectors.csv
"$QIAN" -d 140622 roster import --objects second/objects.csv --inspectors second/inspectors.csv \
    --recusals second/recusals.csv --charset GB18030 --tags "$DATA/tags.csv" --by tester >/dev/null 2>&1
# rows OFFICE CONDITION : of the county's objects, by the epoch of the entry that made the record
rows() { DB "$1" "SELECT count(*) FROM object WHERE office = '140622' AND id >> 51 $2"; }
match "$(rows 140622 '= 2')" '^[1-9]' 'which it takes in'
ok 'which goes round' round
ok 'twice' round
old_parts() { DB 140600 "SELECT count(*) FROM part p JOIN log l ON l.no = p.log JOIN entry e ON e.log = p.log AND e.seq = p.seq WHERE l.office = '140622' AND l.epoch = 1 AND e.lane <> 0"; }
for o in 140000 140600; do
    is "$(DB $o "SELECT verified FROM log WHERE office = '140622' AND epoch = 2")" "$(DB 140622 "SELECT size FROM log WHERE office = '140622' AND epoch = 2")" "$o holds the new log"
    is "$(rows $o '= 2')" "$(rows 140622 '= 2')" "$o holds its rows"
    is "$("$QIAN" -d $o --json status | json held)" 0 "nothing waits at $o"
    is "$("$QIAN" -d $o --json rebuild 2>/dev/null | json found)" 0 "$o is what its logs say"
done
is "$(DB 140600 "SELECT count(*) FROM object WHERE office = '140622' AND id >> 51 = 1 AND rev = 1")/$(old_parts)" 0/0 'nothing of the old came back from above or below'
match "$(rows 140000 '= 1')" '^[1-9]' 'the province, which was not ordered to, has it still'
ok 'derived anew and put in place' "$QIAN" -d 140600 rebuild --replace
ok 'and fed again from both sides' round
is "$(DB 140600 "SELECT count(*) FROM object WHERE office = '140622' AND id >> 51 = 1 AND rev = 1")/$(old_parts)" 0/0 'the old stays purged'
is "$(rows 140600 '= 2')" "$(rows 140622 '= 2')" 'and the new stays'
done_testing
