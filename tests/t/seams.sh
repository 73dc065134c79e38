#!/usr/bin/env bash
# Where two things that years bring meet: a backup and keys that changed since, a backup and a part that was erased since,
# of the office itself and of the one that gave the order. Real nodes.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
DB() { python3 -c 'import sqlite3, sys; print(sqlite3.connect("file:%s/qian.db?mode=ro" % sys.argv[1], uri=True).execute(sys.argv[2]).fetchone()[0])' "$1" "$2"; }
found() { rm -f stick.qb; grep -rlaF -- "${@: -1}" "${@:1:$#-1}" | sort | tr '\n' ' '; }
own() { "$QIAN" -d "$1" --json recover status | json "$2"; }
differ() { "$QIAN" -d "$1" --json rebuild 2>/dev/null | json found; }
round() { carry 140602 140600 && carry 140600 140000 && carry 140000 140600 && carry 140600 140602; }
print_of() { "$QIAN" --json enrol show "$1" | json fingerprint; }
why=(--basis '个人信息保护法第四十七条' --reason '本人撤回同意' --by 张三)
ok 'a province, a city and a county are enrolled' tree 140000 140600 140602 || done_testing

# ---- backups before and after: new keys, an erased part ------------------------------------------------------------------
ok 'the county takes its roster in' import_roster 140602
ok 'it goes round' round
record=$(DB 140602 "SELECT (id >> 51) || '-' || ((id >> 16) & 34359738367) || '-' || (id & 65535) FROM inspector ORDER BY id LIMIT 1")
cert=$(DB 140602 'SELECT cert_no FROM inspector ORDER BY id LIMIT 1')
for o in 140600 140602; do ok "a backup of $o" "$QIAN" -d $o backup create --out "first-$o"; done
ok 'the county makes new keys' "$QIAN" -d 140602 enrol rotate --kdf-mib 8
ok 'a backup between' "$QIAN" -d 140602 backup create --out between
ok 'the city approves them' "$QIAN" -d 140600 enrol approve 140602/140602-2.request --fingerprint "$(print_of 140602/140602-2.request)" --out 2.chain
ok 'the county takes its certificate in' "$QIAN" -d 140602 enrol accept 2.chain
is "$(own 140602 state)/$(own 140602 anchor)" signs/0 'the anchor follows into the new epoch'
ok 'it writes there' "$TOOLS/growlog" 140602 2 private
where=$("$QIAN" -d 140602 --json redact find 140602 "$record")
ok 'the city has a record of the first epoch erased' "$QIAN" -d 140600 redact order test.example/140602/1 "$(json 0.seq <<<"$where")" "$(json 0.part <<<"$where")" "${why[@]}"
ok 'the order goes round' round
is "$(found 140000 140600 140602 "$cert")" '' 'no byte of it is left'
for o in 140000 140600 140602; do is "$(differ $o)" 0 "$o is what its logs say"; done
for o in 140000 140600 140602; do ok "$o is sound" "$QIAN" -d $o doctor --deep; done
ok 'a backup of the county now' "$QIAN" -d 140602 backup create --out second
for b in first-140602 between first-140600; do ok "$b is sound" "$QIAN" backup verify $b; done
ok 'a drill' "$QIAN" -d 140602 backup drill second
is "$("$QIAN" --json backup verify second | json logs)" 4 'both epochs are in the second'
round >/dev/null

# ---- the newest one back --------------------------------------------------------------------------------------------------
mv 140602 lost && mkdir 140602 && cp lost/anchor 140602/
ok 'restored from the second' "$QIAN" -d 140602 backup restore second
is "$(ls 140602 | grep -c '^keys')" 2 'with both key files'
is "$(own 140602 state)" signs 'the anchor says that it is the newest'
ok 'it goes on' "$TOOLS/growlog" 140602 2 private
ok 'round' round
is "$("$QIAN" -d 140600 --json fork list)" '[]' 'without a fork'
is "$(found 140602 "$cert")" '' 'and what was erased stays erased'

# ---- one from before the new keys -----------------------------------------------------------------------------------------
rm -rf lost && mv 140602 lost && mkdir 140602 && cp lost/anchor 140602/
ok 'restored from the one between' "$QIAN" -d 140602 backup restore between
match "$(found 140602 "$cert")" '140602/' 'the erased record is in it again'
is "$(own 140602 state)" unsure 'the anchor is of an epoch that it does not know: nothing is signed'
not_ok 'really' "$QIAN" -d 140602 freeze
not_ok 'a file from the city is sealed to the new keys' carry 140600 140602
ok 'the office runs' start_node 140602
ok 'it takes in the certificate that the city gave' "$QIAN" -d 140602 enrol accept 2.chain
is "$(own 140602 state)" behind 'the anchor says that more was signed under it'
not_ok 'so that nothing is signed twice' "$QIAN" -d 140602 freeze
stop_node 140602
ok 'it tells the city what it has' carry 140602 140600
ok 'the city brings what it holds' carry 140600 140602
is "$(found 140602 "$cert")" '' 'the record is erased again'
ok 'all goes round' round
is "$(own 140602 state)" signs 'it signs again'
ok 'it writes' "$TOOLS/growlog" 140602 2 private
ok 'and meets the others' round
is "$("$QIAN" -d 140600 --json fork list)" '[]' 'without a fork'
is "$(size 140600 140602)" "$(size 140602 140602)" 'the city has all of it'
for o in 140000 140600 140602; do is "$(differ $o)" 0 "$o is what its logs say"; done

# ---- of the office that gave the order -------------------------------------------------------------------------------------
rm -rf lost && mv 140600 lost && mkdir 140600 && cp lost/anchor 140600/
ok 'the city comes back from before its own order' "$QIAN" -d 140600 backup restore first-140600
is "$(own 140600 state)" behind 'and knows that it is old'
match "$(found 140600 "$cert")" '140600/' 'the erased record is in it'
ok 'it tells the province what it has' carry 140600 140000
ok 'the province brings its log' carry 140000 140600
ok 'the county too' carry 140602 140600
is "$(own 140600 state)" signs 'it signs again'
is "$(found 140600 "$cert")" '' 'its own order has taken effect again'
ok 'all goes round' round
is "$(differ 140600)" 0 'the city is what its logs say'
done_testing
