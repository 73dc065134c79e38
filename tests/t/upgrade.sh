#!/usr/bin/env bash
# Programs of two versions in one tree, and a directory that goes from one to the next: build/*/next/qian has one registry
# and one schema step more (tests/next). Killed meanwhile, on a full disk, on damaged data, and back again.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
OLD=$QIAN NEW=$BUILD/next/qian
OLDACT=$TOOLS/nextact NEWACT=$BUILD/next/tests/tools/nextact
[ -x "$NEW" ] && [ -x "$NEWACT" ] || skip_all 'the next version is not built (make next)'
N=$("$OLD" --json version | json registry)
M=$("$NEW" --json version | json registry)

sql() { python3 -c 'import sqlite3, sys; print(sqlite3.connect("file:%s/qian.db?mode=ro" % sys.argv[1], uri=True).execute(sys.argv[2]).fetchone()[0])' "$1" "$2"; }
written() { sql "$1" "SELECT value FROM setting WHERE name = 'written-by'" | cut -d' ' -f1; }
# rows DIR : the travelling rows of the county that both registries could have made, and those that only the later one has
rows() {
    python3 - "$1" <<'END'
import hashlib, sqlite3, sys
db = sqlite3.connect("file:%s/qian.db?mode=ro" % sys.argv[1], uri=True)
h = hashlib.sha256()
for table in ("recusal", "visit_note"):
    for row in db.execute(f"SELECT * FROM {table} WHERE office = '140602' ORDER BY id, rev"):
        h.update(repr(row).encode())
print(h.hexdigest())
END
}
grown() { tree 14 1406 140602 && quiet "$TOOLS/growlog" 14 300; }
ok 'a province, a city and a county of the older version' grown || done_testing
is "$M" $((N + 1)) 'and a program one registry later'
P=$(free_port) C=$(free_port)
serve() { # OFFICE PORT PROGRAM
    QIAN=$3 start_node "$1" --peer "127.0.0.1:$2" --sync-every 0
}
ok 'the province serves' serve 14 "$P" "$OLD"
ok 'the city serves' serve 1406 "$C" "$OLD"
quiet "$OLD" -d 1406 peer set 14 "https://127.0.0.1:$P"
quiet "$OLD" -d 140602 peer set 1406 "https://127.0.0.1:$C"
ok 'the county writes' "$OLDACT" 140602 1
around() { quiet "$1" -d 140602 sync && quiet "$OLD" -d 1406 sync && quiet "$1" -d 140602 sync; }
ok 'and it goes up' around "$OLD"
is "$(sql 14 'SELECT count(*) FROM recusal')" 1 'to the province'
cp -r 140602 before

# ---- the province and the county are upgraded, the city is not ------------------------------------------------------
stop_node 14
ok 'the province serves with the later version' serve 14 "$P" "$NEW"
match "$(cat "$(node_log 14)")" "Upgrading 14 from structure 1.$N to 2.$M.*is upgraded from" 'which upgraded its data and says so'
is "$(stat -c %a "14/before-upgrade-1-$N.db")" 600 'after a copy for nobody else to read'
match "$("$NEW" -d 14 doctor)" "! What an upgrade kept .*before-upgrade-1-$N.db" 'which doctor mentions'
is "$(written 14)/$(sql 14 'PRAGMA user_version')" "$M/2" 'registry and schema are the later ones'
is "$(sql 14 "SELECT group_concat(name) FROM (SELECT name FROM pragma_table_info('recusal') ORDER BY cid DESC LIMIT 4)")" \
    'share,weight,until,reason' 'new columns stand at the end'
is "$(sql 14 'SELECT count(*) FROM recusal WHERE until IS NULL AND weight IS NULL')" 1 'and are NULL in the older row'
is "$(sql 14 'SELECT n FROM next_local')" "$(sql 14 'SELECT count(*) FROM log')" 'the local step was done'
ok 'the county writes with the later version' "$NEWACT" 140602 1
is "$(sql 140602 'SELECT max(rev) FROM recusal')" 2 'a revision of the older row'
ok 'another' "$NEWACT" 140602 2
ok 'all of it goes up through the old city' around "$NEW"
is "$(rows 14)" "$(rows 140602)" 'the province has every row of the county'
is "$(sql 14 'SELECT group_concat(weight) FROM (SELECT weight FROM recusal WHERE weight IS NOT NULL ORDER BY id, rev)')" '14,7' 'with the later columns'
is "$(sql 14 'SELECT count(*) FROM visit_note')" 2 'and the later table'
held=$("$OLD" -d 1406 --json quarantine list)
is "$(json 0.state <<<"$held") $(json 0.rule <<<"$held")" 'held apply.schema' 'the city holds what it cannot read'
is "$("$OLD" -d 14 --json status | json held)" 0 'the province holds nothing'
is "$(sql 1406 'SELECT count(*) FROM recusal')" 1 'the rows of the older version stand there'
is "$(sql 1406 "SELECT c.relayable - c.applied FROM cursor c JOIN log l ON l.no = c.log WHERE l.office = '140602' AND c.lane = 4")" 2 'two entries are relayed and wait'
stop_node 1406
ok 'the city itself writes, by its older program' "$OLDACT" 1406 9
ok 'it serves again' serve 1406 "$C" "$OLD"
ok 'and is heard' quiet "$OLD" -d 1406 sync
is "$(sql 14 "SELECT ifnull(until, 'NULL') FROM recusal WHERE office = '1406'")" NULL 'what the older columns lack is NULL above'
ok 'nothing changes by asking' quiet "$OLD" -d 1406 quarantine retry
is "$(sql 1406 'SELECT count(*) FROM recusal')" 2 'the city still waits'

# ---- the city follows ------------------------------------------------------------------------------------------------
stop_node 1406
said=$("$NEW" -d 1406 quarantine list 2>&1)
match "$said" 'upgraded from' 'the city is upgraded, by a command that needs no keys'
ok 'it serves with the later version' serve 1406 "$C" "$NEW"
match "$(cat "$(node_log 1406)")" 'What waited for this program is read now: 2 entries, 4 rows' 'and reads what waited'
is "$(rows 1406)" "$(rows 140602)" 'the rows are the same everywhere'
is "$("$NEW" -d 1406 --json quarantine list)" '[]' 'nothing waits'
ok 'once more round' around "$NEW"
for o in 14 1406 140602; do is "$("$NEW" -d $o --json status | json held)" 0 "$o holds nothing"; done
ok 'the county goes on' "$NEWACT" 140602 2
ok 'round' around "$NEW"
is "$(rows 14)/$(rows 1406)" "$(rows 140602)/$(rows 140602)" 'and all follow'
is "$(json 0.applied.4 < <("$NEW" -d 1406 --json status | python3 -c 'import json, sys; print(json.dumps([l for l in json.load(sys.stdin)["logs"] if l["office"] == "140602"]))'))" \
    "$("$NEW" -d 140602 --json status | python3 -c 'import json, sys; print([l["size"] for l in json.load(sys.stdin)["logs"] if l["office"] == "140602"][0])')" 'to the last entry'

# ---- back again is refused --------------------------------------------------------------------------------------------
sum=$(sha256sum 140602/qian.db)
fails_with denied store.newer "$OLD" -d 140602 status
match "$("$OLD" -d 140602 status 2>&1)" "Qian [0-9.]+: structure 2.$M, this program knows 1.$N.*Next: install Qian [0-9.]+" 'in words, with the next step'
is "$(sha256sum 140602/qian.db)" "$sum" 'and nothing was changed'
mkdir back && cp "140602/before-upgrade-1-$N.db" back/qian.db && cp 140602/keys back/
ok 'the copy from before opens with the older one' "$OLD" -d back status
is "$(sql back 'SELECT count(*) FROM recusal')" 1 'as it was'
ok 'a backup by the older version' "$OLD" -d before backup create --out old.b
ok 'is sound to the later one' "$NEW" backup verify old.b
ok 'which restores it' "$NEW" -d restored backup restore old.b
is "$(written restored)" "$M" 'and upgraded it'
ok 'a drill of it by the later version' "$NEW" -d 140602 backup drill old.b
ok 'a backup by the later version' "$NEW" -d 140602 backup create --out new.b
ok 'stands a drill' "$NEW" -d 140602 backup drill new.b
for o in 1406 140602 restored; do
    is "$("$NEW" -d $o --json rebuild 2>/dev/null | json found)" 0 "$o, upgraded, is what logs of both versions say"
done
fails_with denied store.newer "$OLD" backup verify new.b
fails_with denied store.newer "$OLD" -d nothing backup restore new.b

# ---- what is not upgraded ----------------------------------------------------------------------------------------------
edit() { python3 -c 'import sqlite3, sys; db = sqlite3.connect(sys.argv[1] + "/qian.db"); db.execute(sys.argv[2]); db.commit()' "$1" "$2"; }
cp -r before altered && edit altered 'ALTER TABLE recusal ADD COLUMN mine TEXT'
fails_with denied store.table "$OLD" -d altered status
QIAN=$NEW fails_with denied store.table "$NEW" -d altered status
cp -r before other && edit other "UPDATE setting SET value = '$N ' || printf('%064d', 7) || ' 0.1.0' WHERE name = 'written-by'"
QIAN=$NEW fails_with denied store.draft "$NEW" -d other status
fails_with denied store.draft "$OLD" -d other status
cp -r before damaged
python3 - <<'END'
import sqlite3
page = sqlite3.connect("damaged/qian.db").execute("SELECT rootpage FROM sqlite_schema WHERE name = 'witness_line'").fetchone()[0]
with open("damaged/qian.db", "r+b") as f:
    f.seek((page - 1) * 4096)
    f.write(b"\xff" * 4096)
END
QIAN=$NEW fails_with unverified copy.damaged "$NEW" -d damaged status
is "$(written damaged)" "$N" 'damaged data is not upgraded'
is "$(find damaged -name 'before*')" '' 'and no copy of it stays'

# ---- killed --------------------------------------------------------------------------------------------------------------
cp -r before grown && quiet "$OLDACT" grown 50
cp -r grown k
start=$(date +%s%N)
ok 'an upgrade takes so long' "$NEW" -d k status
whole=$((($(date +%s%N) - start) / 1000000))
done_old=0 done_new=0
for part in 20 30 40 50 55 60 65 70 75 80 90 110; do
    ms=$((whole * part / 100))
    rm -rf k && cp -r grown k
    "$NEW" -d k status >/dev/null 2>&1 &
    pid=$!
    sleep "$((ms / 1000)).$(printf %03d $((ms % 1000)))"
    kill -KILL $pid 2>/dev/null
    wait $pid 2>/dev/null
    if [ "$(written k)" = "$N" ]; then
        done_old=$((done_old + 1))
        "$OLD" -d k status >/dev/null 2>&1 || { result 1 "killed after $ms ms: the older version opens it"; continue; }
    else
        done_new=$((done_new + 1))
    fi
    "$NEW" -d k status >/dev/null 2>&1 && [ "$(written k)/$(sql k 'PRAGMA user_version')" = "$M/2" ] && [ ! -e k/before-upgrade.part ]
    result $? "killed after $ms ms: all of one version, and then of the next"
done
[ $done_old -gt 0 ]
result $? 'some were killed before the change' "of $whole ms: $done_old before, $done_new behind"
note "of $whole ms: $done_old before, $done_new behind"

# ---- a full disk -----------------------------------------------------------------------------------------------------------
mkdir disk
if mount -t tmpfs -o size=$(($(du -sk before | cut -f1) + 400))k tmpfs disk 2>/dev/null; then # 100 KB are left beside the ballast: no room for a copy
    cp -r before disk/k && dd if=/dev/zero of=disk/ballast bs=1k count=300 status=none 2>/dev/null
    QIAN=$NEW fails_with io file.write "$NEW" -d disk/k status
    is "$(written disk/k)" "$N" 'a full disk: nothing was changed'
    is "$(find disk/k -name 'before*')" '' 'no half a copy stays'
    rm disk/ballast
    ok 'the older version goes on' "$OLD" -d disk/k status
    umount disk
else
    skip 'a full disk' 'a small file system cannot be mounted here'
fi
done_testing
