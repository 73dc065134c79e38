#!/usr/bin/env bash
# A real office in one file and back: while it writes, killed at any moment, on a full disk, damaged in every region.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
printf 'another passphrase\n' >wrong
GROW=$TOOLS/growlog
[ -x "$GROW" ] || skip_all 'tests/tools/growlog is not built'

grown() { tree 14 && quiet "$GROW" 14 800; }
size() { "$QIAN" -d "$1" --json status | json logs.0.size; }
sql() { python3 -c 'import sqlite3, sys; print(sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True).execute(sys.argv[2]).fetchone()[0])' "$1" "$2"; }

fails_with absent store.absent "$QIAN" -d 14 backup create --out b
ok 'an office with 800 entries' grown || done_testing
match "$("$QIAN" -d 14 doctor)" '! Attention: this office has no backup yet' 'doctor says that there is no backup'
is "$("$QIAN" -d 14 --json status | json backup.amber)" true 'and status shows it'

# ---- made, looked at, restored -----------------------------------------------------------------------------------
made=$("$QIAN" -d 14 --json backup create --out b1 2>/dev/null)
is "$(json size <<<"$made")" 800 'a backup is made'
is "$(stat -c %a b1)" 600 'for nobody else to read'
is "$(ls 14)" "$(printf '14.request\nanchor\nkeys\nlock\nqian.db')" 'nothing is left aside'
fails_with conflict file.exists "$QIAN" -d 14 backup create --out b1
ok 'a directory gets a name' "$QIAN" -d 14 backup create --out .
is "$(ls ./*.qian-backup | wc -l)" 1 'of office and time'
fails_with unverified keys.passphrase "$QIAN" -d 14 --passphrase-file wrong backup create --out b9
is "$(ls b9* 2>/dev/null)" '' 'a slip in the passphrase makes no file'
match "$(QIAN_PASSPHRASE_FILE='' "$QIAN" backup show b1)" 'office 14, log test.example/14/1 with 800 entries' 'anybody can read what it is'
told=$("$QIAN" --json backup show b1 | json time)
match "$told" '^20..-..-..T..:..:..Z$' 'its header tells the time in UTC'
match "$("$QIAN" backup show b1)" "made at $(TZ=CST-8 date -d "$told" '+%Y-%m-%d %H:%M')" 'people read that of China'
found=$("$QIAN" --json backup verify b1 2>/dev/null)
is "$(json entries <<<"$found")/$(json parts <<<"$found")" 800/800 'all is verified'
is "$(find "${TMPDIR:-/var/tmp}" -maxdepth 1 -name 'qian-??????')" '' 'nothing plain is left behind'
fails_with unverified backup.passphrase "$QIAN" --passphrase-file wrong backup verify b1
fails_with malformed backup.not-one "$QIAN" backup verify policy.txt
fails_with absent file.read "$QIAN" backup verify nowhere
is "$("$QIAN" -d 14 --json backup drill b1 2>/dev/null | json rows)" 800 'a drill derives every row again'
cp -r 14 odd && python3 -c 'import sqlite3; db = sqlite3.connect("odd/qian.db"); db.execute("UPDATE code SET name_zh = 0 WHERE rowid = 5"); db.commit()'
ok 'a row that no log has is backed up as it is' "$QIAN" -d odd backup create --out odd.b
fails_with unverified backup.rows "$QIAN" -d odd backup drill odd.b
is "$("$QIAN" -d odd --json status | json backup.drill_ms)" "$("$QIAN" -d 14 --json status | json backup.drill_ms)" 'but that was no good drill'
match "$("$QIAN" -d 14 doctor)" 'last backup is 0 days old.*last restore drill was 0 days ago' 'doctor knows both'
is "$("$QIAN" -d 14 --json status | json backup.drill_amber)" false 'status too'
ok 'restored' "$QIAN" -d r1 backup restore b1
is "$(size r1)" 800 'with its log'
is "$(sql r1/qian.db 'SELECT count(*) FROM code')" 800 'and its rows'
match "$("$QIAN" -d r1 doctor)" 'keys match the certificate.*cannot show that this database is the office.s newest one' 'its keys open, and without an anchor it signs nothing yet'
fails_with conflict backup.living "$QIAN" -d r1 backup restore b1
fails_with conflict backup.living "$QIAN" -d 14 backup restore b1
is "$(size 14)" 800 'the living office is untouched'
mkdir r2 && printf 'kept' >r2/anchor
ok 'an anchor may lie there' "$QIAN" -d r2 backup restore b1
is "$(grep -c kept r2/anchor)" 1 'and stays as it was'
mkdir r3 && touch r3/mine
fails_with conflict backup.living "$QIAN" -d r3 backup restore b1
is "$(ls r3)" mine 'what lies there is not touched'

# ---- evidence files ----------------------------------------------------------------------------------------------
photo() { # DIR TEXT : a file in its place
    local d
    d=$(printf %s "$2" | sha256sum | cut -c1-64)
    mkdir -p "$1/files/${d:0:2}" && printf %s "$2" >"$1/files/${d:0:2}/${d:2}"
}
mkdir -p 14/files/part && echo half >14/files/part/coming
photo 14 one && photo 14 two
is "$("$QIAN" -d 14 --json backup create --out p0 2>/dev/null | json files_inside)" 0 'photographs are only named'
match "$("$QIAN" backup verify p0)" '2 evidence files are in none of the backups given' 'and told to be missing'
is "$("$QIAN" -d 14 --json backup create --with-files --out p1 2>/dev/null | json files_inside)" 2 'or inside'
photo 14 three
is "$("$QIAN" -d 14 --json backup create --since p1 --out p2 2>/dev/null | json files_inside)" 1 'or only what is new'
photo 14 four
is "$("$QIAN" -d 14 --json backup create --since p2 --out p3 2>/dev/null | json files_inside)" 1 'since the one before'
fails_with malformed backup.not-one "$QIAN" -d 14 backup create --since policy.txt --out p4
is "$("$QIAN" -d rp --json backup restore p3 --files p2 --files p1 2>/dev/null | json files_missing)" 0 'all come back from three'
is "$(cd rp && find files -type f | LC_ALL=C sort | xargs cat)" "$(cd 14 && find files -type f -not -path '*part*' | LC_ALL=C sort | xargs cat)" 'as they were'
is "$("$QIAN" -d rq --json backup restore p3 2>/dev/null | json files_missing)" 3 'of one its own'
photo 14 four && printf x >>"14/files/$(printf four | sha256sum | sed 's/^\(..\)\(.\{62\}\).*/\1\/\2/')"
fails_with unverified backup.file-digest "$QIAN" -d 14 backup create --with-files --out p5
is "$(find . -maxdepth 1 -name 'p5*')" '' 'a file that is not what its name says is no backup'
rm -rf 14/files

# ---- damage ------------------------------------------------------------------------------------------------------
flip() { python3 - "$1" "$2" "$3" <<'END'
import sys
b = bytearray(open(sys.argv[1], "rb").read())
at = int(sys.argv[3])
b[at if at >= 0 else len(b) + at] ^= 4
open(sys.argv[2], "wb").write(b)
END
}
head=$(awk '{ n += length($0) + 1 } /^$/ { print n; exit }' b1)
bytes=$(stat -c %s b1)
flip b1 f 3 && fails_with malformed backup.not-one "$QIAN" backup verify f
for line in office size root time program schema registry length digest kdf check stream sum; do
    at=$(grep -abo "^$line " b1 | head -n 1 | cut -d: -f1)
    flip b1 f $((at + ${#line} + 2))
    fails_with unverified backup.head-damaged "$QIAN" backup verify f
done
for at in "$head" $((head + 100)) $((head + 262144 + 30)) $((bytes / 2)) -20 -1; do
    flip b1 f "$at"
    fails_with unverified backup.damaged "$QIAN" backup verify f
done
# A header that was altered and summed again still does not open the first chunk.
python3 - "$head" <<'END'
import hashlib, sys
b = open("b1", "rb").read()
head, rest = b[:int(sys.argv[1])], b[int(sys.argv[1]):]
lines = head[:head.index(b"\nsum ") + 1].replace(b"office 14\n", b"office 15\n")
open("f", "wb").write(lines + b"sum " + hashlib.sha256(lines).hexdigest().encode() + b"\n\n" + rest)
chunk = 262144 + 17
open("f2", "wb").write(head + rest[chunk:2 * chunk] + rest[:chunk] + rest[2 * chunk:])
END
fails_with unverified backup.damaged "$QIAN" backup verify f
fails_with unverified backup.damaged "$QIAN" backup verify f2
for n in 1 1000 $((bytes / 2)); do
    head -c $((bytes - n)) b1 >f
    fails_with limit backup.cut "$QIAN" backup verify f
done
head -c 0 b1 >f && fails_with malformed backup.not-one "$QIAN" backup verify f
head -c 300 b1 >f && fails_with unverified backup.head-damaged "$QIAN" backup verify f
(cat b1; printf x) >f && fails_with malformed backup.long "$QIAN" backup verify f
fails_with malformed backup.long "$QIAN" -d r4 backup restore f
flip b1 f $((bytes / 2))
fails_with unverified backup.damaged "$QIAN" -d r4 backup restore f
is "$(ls r4)" lock 'of a damaged backup nothing is restored'
ok 'a sound one goes there' "$QIAN" -d r4 backup restore b1

# ---- while it writes ---------------------------------------------------------------------------------------------
# Whose passphrase: the caller's option, then its environment, then what the node was started with; never the node's environment.
QIAN_PASSPHRASE_FILE=$T/wrong
ok 'the office serves' start_node 14 --passphrase-file "$T/pass" --peer "127.0.0.1:$(free_port)" --sync-every 0
fails_with unverified keys.passphrase "$QIAN" -d 14 backup create --out b-wrong
ok 'without one of its own the caller has that of the node' env -u QIAN_PASSPHRASE_FILE "$QIAN" -d 14 backup create --out b-node
QIAN_PASSPHRASE_FILE=$T/pass
cp "$DATA/tags.csv" .
writes() {
    local i
    for ((i = 0; i < 12; i++)); do
        echo "$((900 + i)),object,标签$i,tag $i" >>tags.csv
        quiet "$QIAN" -d 14 tables import tags.csv || return
    done
}
ok 'it can be written to' quiet "$QIAN" -d 14 tables import "$DATA/tags.csv" "$DATA/result-codes.csv" "$DATA/disposal-codes.csv"
from=$(size 14)
writes &
writer=$!
all=0 answered=0
for i in 1 2 3; do
    "$QIAN" -d 14 backup create --out "live$i" >".live$i" 2>&1 &
    pid=$!
    "$QIAN" -d 14 peer list >/dev/null 2>&1 && kill -0 $pid 2>/dev/null && answered=$((answered + 1))
    wait $pid && all=$((all + 1))
done
wait $writer
result $? 'twelve acts were written meanwhile' "$(cat "$T/.quiet")"
is $all 3 'three backups were made meanwhile'
[ $answered -gt 0 ]
result $? 'other commands were answered while a backup ran'
to=$(size 14)
for i in 1 2 3; do
    n=$("$QIAN" backup show --json "live$i" | json size)
    [ "$n" -ge "$from" ] && [ "$n" -le "$to" ]
    result $? "backup $i is of some moment between" "$from <= $n <= $to"
    ok 'and whole' "$QIAN" backup verify "live$i"
done
"$QIAN" -d 14 backup create --out two1 >.two1 2>&1 &
first=$!
"$QIAN" -d 14 --json backup create --out two2 >.two2 2>&1
second=$?
wait $first
first=$?
[ $first -eq 0 ] || [ $second -eq 0 ]
result $? 'of two at once one at least is made' "$(cat .two1 .two2)"
[ $first -eq 0 ] && [ $second -eq 0 ] || grep -q backup.running .two1 .two2 || grep -q 'under way' .two1
result $? 'and the other one, if it was too early, is told so' "$(cat .two1 .two2)"

# ---- killed ------------------------------------------------------------------------------------------------------
for ms in 40 90 140 200 300; do
    rm -f killed
    "$QIAN" -d 14 backup create --out killed >/dev/null 2>&1 &
    pid=$!
    sleep "0.$(printf %03d $ms)"
    kill_node 14
    wait $pid
    if [ -e killed ]; then
        ok "killed after $ms ms: a file that is there is whole" "$QIAN" backup verify killed
    else
        result 0 "killed after $ms ms: there is no file"
    fi
    start_node 14 --peer "127.0.0.1:$(free_port)" --sync-every 0 >/dev/null || result 1 'the node starts again'
done
rm -f killed.* after
ok 'the next backup is made' "$QIAN" -d 14 backup create --out after
is "$(find 14 -name '*aside*')" '' 'and cleared away what the killed ones left'
stop_node 14
for ms in 20 60 100 150 220 300; do
    rm -rf rk
    "$QIAN" -d rk backup restore after >/dev/null 2>&1 &
    pid=$!
    sleep "0.$(printf %03d $ms)"
    kill -KILL $pid 2>/dev/null
    wait $pid 2>/dev/null
    if [ -e rk/qian.db ]; then
        is "$(size rk)" "$to" "restore killed after $ms ms: the office is whole"
    else
        ok "restore killed after $ms ms: it is begun again" "$QIAN" -d rk backup restore after
        is "$(ls rk)" "$(printf 'keys\nlock\nqian.db')" 'and leaves nothing else'
    fi
done

# ---- a full disk -------------------------------------------------------------------------------------------------
mkdir small
if mount -t tmpfs -o size=1m tmpfs small 2>/dev/null; then
    fails_with io file.write "$QIAN" -d 14 backup create --out small/b
    is "$(ls small)" '' 'a full medium: no half a backup stays'
    fails_with io file.write "$QIAN" -d small/r backup restore after
    is "$(ls small/r)" lock 'a full disk: no half an office stays'
    fails_with io file.write "$QIAN" backup verify after --work small
    rm -rf small/r
    is "$(ls small)" '' 'and a look leaves nothing'
    umount small && mount -t tmpfs -o size=$(($(du -sk 14 | cut -f1) + 2048))k tmpfs small && cp -r 14 small/14
    rm -f small/14/serve.lock small/14/*.sock
    dd if=/dev/zero of=small/filler bs=4k 2>/dev/null
    fails_with io store.full "$QIAN" -d small/14 status
    truncate -s -256k small/filler
    seq 2000 3800 | sed 's/.*/&,object,标签&,a tag with a name that takes its room in the database &/' | cat "$DATA/tags.csv" - >many.csv
    before=$(size 14)
    fails_with io store.full "$QIAN" -d small/14 tables import many.csv
    rm small/filler
    is "$(size small/14)" "$before" 'on a full disk nothing is half written'
    ok 'and with room it is done' quiet "$QIAN" -d small/14 tables import many.csv
    umount small
    ok 'the office is well' "$QIAN" -d 14 doctor
else
    skip 'a full disk' 'a small file system cannot be mounted here'
fi
done_testing
