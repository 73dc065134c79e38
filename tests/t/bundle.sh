#!/usr/bin/env bash
# Bundles by the command line: looked at without an office, opened with a key file, taken in, answered in one go; what
# is wrong with a file is one sentence and an exit status, and nothing of it stays.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"

ok 'a province, a city and two counties are enrolled' tree 14 1406 140602 140622 || done_testing

# ---- a clue, sealed to one office --------------------------------------------------------------------------
SECRET=kept-$RANDOM$RANDOM$RANDOM-between-two
printf 'Seen at the counter: %s\n' "$SECRET" >facts.txt
today=$(TZ=Asia/Shanghai date +%F)
send=(record add clue receiver_kind=discipline receiver='inspection group' doc_no=2021-7 title='a clue' sent_on="$today" --by Zhang)
sent=$("$QIAN" -d 140602 --json "${send[@]}" receiver_office=1406 facts=@facts.txt)
CLUE=$(json record <<<"$sent")
match "$CLUE" '^140602:1-[0-9]+-0$' 'the county hands a clue to the city'
fails_with 1 clue.self "$QIAN" -d 140602 "${send[@]}" receiver_office=140602 facts=x
fails_with 1 value.office "$QIAN" -d 140602 "${send[@]}" receiver_office=140622 facts=x
fails_with 1 value.empty "$QIAN" -d 140602 "${send[@]}" receiver_office=1406 facts=
printf '\377\n' >bytes.txt
fails_with 1 value.utf8 "$QIAN" -d 140602 "${send[@]}" receiver_office=1406 facts=@bytes.txt
head -c 20001 /dev/zero | tr '\0' x >long.txt
fails_with 1 value.long "$QIAN" -d 140602 "${send[@]}" receiver_office=1406 facts=@long.txt
fails_with 1 value.no-such "$QIAN" -d 140602 "${send[@]}" receiver_office=1406 facts=x inspection=140602:1-0-0
answer=(record add clue_answer clue="$CLUE" answered_on="$today" --by Li)
fails_with 1 clue.not-the-receiver "$QIAN" -d 140602 "${answer[@]}" outcome=accepted
fails_with 1 records.absent "$QIAN" -d 1406 record show clue "$CLUE"
match "$("$QIAN" -d 140602 record list clue)" "$CLUE.*sent.*inspection group.*a clue" 'it is listed, not answered yet'
ok 'the county makes a bundle' "$QIAN" -d 140602 bundle make --to 1406 --out up.qb

# exits CODE DESCRIPTION COMMAND...
exits() {
    local want=$1 what=$2 rc
    shift 2
    "$@" >"$T/.out" 2>&1
    rc=$?
    result "$([ $rc -eq "$want" ]; echo $?)" "$what" "exit $rc, wanted $want
$(cat "$T/.out")"
}

# ---- from outside ------------------------------------------------------------------------------------------
# A stranger: no data directory, no passphrase, an empty working directory.
mkdir empty
stranger() { (cd empty && env -u QIAN_PASSPHRASE_FILE -u QIAN_DIR "$QIAN" "$@"); }
ok 'a stranger looks at it' stranger bundle verify ../up.qb
match "$(stranger bundle verify ../up.qb)" 'Seen from outside.*from 140602 to 1406.*opens for: 1406 140602' 'and is told what can be told'
match "$(stranger --lang zh bundle verify ../up.qb)" '从外面看是完整的：140602 发给 1406' 'in Chinese too'
seen=$(stranger --json bundle verify ../up.qb)
is "$(json from <<<"$seen")/$(json to <<<"$seen")/$(json opened <<<"$seen")/$(json whole <<<"$seen")" 140602/1406/false/true 'also as JSON'
is "$(json frames <<<"$seen")" '' 'which claims no count of what it did not open'
is "$(json size <<<"$seen")" "$(stat -c %s up.qb)" 'but the size'
is "$(ls -A empty)" '' 'and leaves nothing behind'
is "$(env -u QIAN_DIR "$QIAN" -d nowhere --json bundle verify up.qb 2>/dev/null | json id)" store.absent 'a data directory that was named must be there'
size=$(stat -c %s up.qb)
for n in $(seq 0 37 "$size"); do
    head -c "$n" up.qb >cut.qb
    stranger bundle verify ../cut.qb >/dev/null 2>&1
    rc=$?
    [ $rc -eq 3 ] || { [ $rc -eq 1 ] && [ "$n" -lt 14 ]; } || break
done
is "$n" "$(seq 0 37 "$size" | tail -n 1)" 'cut anywhere it is not whole'
head -c $((size - 27)) up.qb >cut.qb # at the chunk before END
is "$(stranger --json bundle verify ../cut.qb 2>/dev/null | json id)" bundle.looks-cut 'also at the end of a chunk'

# ---- with keys ---------------------------------------------------------------------------------------------
is "$("$QIAN" --json bundle verify up.qb --keys 1406/keys | json opened)" true 'the recipient'\''s key file opens it'
is "$("$QIAN" --json bundle verify up.qb --keys 140602/keys | json whole)" true 'the sender'\''s too'
fails_with 1 bundle.not-these-keys "$QIAN" bundle verify up.qb --keys 14/keys
fails_with 1 file.absent "$QIAN" bundle verify up.qb --keys nokeys
is "$("$QIAN" -d 1406 --json bundle verify up.qb | json opened)" true 'in the office its keys are at hand'
is "$(QIAN_DIR=$T/1406 "$QIAN" --json bundle verify up.qb | json opened)" true 'also where they usually are'
fails_with 1 bundle.not-for-us "$QIAN" -d 140622 bundle verify up.qb
python3 - <<'END'
b = bytearray(open("up.qb", "rb").read())
b[len(b) // 2] ^= 1
open("flip.qb", "wb").write(b)
END
exits 0 'a flipped bit is not seen from outside' stranger bundle verify ../flip.qb
fails_with 1 bundle.damaged "$QIAN" bundle verify flip.qb --keys 1406/keys

# ---- what a stick may bring --------------------------------------------------------------------------------
mkfifo fifo
ln -s up.qb link.qb
mkdir dir.qb
truncate -s $((4 * 1024 * 1024 * 1024 + 1)) huge.qb
truncate -s $((1024 * 1024 * 1024)) holes.qb
: >empty.qb
cat up.qb - <<<'more' >behind.qb
for file in fifo link.qb dir.qb /dev/null /dev/zero; do
    fails_with 1 file.not-regular timeout 20 "$QIAN" -d 1406 --json bundle import "$file"
    fails_with 1 file.not-regular timeout 20 "$QIAN" --json bundle verify "$file"
done
fails_with 1 file.too-long "$QIAN" -d 1406 bundle import huge.qb
fails_with 1 bundle.not-a-bundle timeout 20 "$QIAN" -d 1406 --json bundle import holes.qb
fails_with 1 bundle.not-a-bundle "$QIAN" -d 1406 bundle import empty.qb
fails_with 1 file.absent "$QIAN" -d 1406 bundle import nothing.qb
fails_with 1 bundle.own "$QIAN" -d 140602 bundle import up.qb
exits 2 'a name is needed' "$QIAN" -d 1406 bundle import
sed '1s,^qian-bundle/1,qian-bundle/2,' up.qb >later.qb
fails_with 3 bundle.needs "$QIAN" -d 1406 bundle import later.qb
match "$("$QIAN" -d 1406 bundle import later.qb 2>&1)" 'newer program.*upgrade' 'with what to do'
logs() { "$QIAN" -d 1406 --json status | python3 -c 'import json, sys; print(json.load(sys.stdin)["logs"])'; }
before=$(logs)
fails_with 1 bundle.damaged "$QIAN" -d 1406 bundle import behind.qb
head -c $((size / 3)) up.qb >cut.qb
fails_with 3 bundle.truncated "$QIAN" -d 1406 bundle import cut.qb

# ---- taken in, answered ------------------------------------------------------------------------------------
fails_with 1 bundle.reply-same "$QIAN" -d 1406 bundle import up.qb --reply ./up.qb
is "$(stat -c %s up.qb)" "$size" 'the bundle that came is still there'
done=$("$QIAN" -d 1406 --json bundle import up.qb --reply down.qb)
is "$(json whole <<<"$done")/$(json reply <<<"$done")" "true/$T/down.qb" 'taken in and answered in one go'
is "$("$QIAN" --json bundle verify down.qb --keys 140602/keys | json to)" 140602 'the answer goes back to the sender'
match "$("$QIAN" -d 140602 bundle import down.qb)" 'Bundle of 1406.*frames read' 'who takes it in'
is "$("$QIAN" -d 140602 --json status | python3 -c '
import json, sys
print(any(r["from"] == "1406" for r in json.load(sys.stdin)["receipts"]))')" True 'with the receipt'
is "$("$QIAN" -d 1406 --json bundle import up.qb | json applied)" 0 'twice changes nothing'
match "$("$QIAN" -d 1406 bundle import up.qb)" 'new here: 0 headers, 0 parts, 0 rows' 'and nothing of it is told as new'
head -c $((size / 2)) up.qb >cut.qb
fails_with 3 bundle.truncated "$QIAN" -d 1406 bundle import cut.qb --reply back.qb
ok 'one that was cut is answered too' "$QIAN" bundle verify back.qb --keys 140602/keys
ok 'the city serves' start_node 1406
ok 'the same through the running node, by paths of the caller' "$QIAN" -d 1406 bundle import up.qb --reply running.qb
ok 'into the caller'\''s directory' test -s running.qb
is "$(stat -c %a running.qb)" 600 'for the caller only'

# ---- who reads the clue --------------------------------------------------------------------------------------
is "$("$QIAN" -d 1406 --json record show clue "$CLUE" | json revisions.0.values.facts)" "Seen at the counter: $SECRET" 'the city reads the clue'
match "$("$QIAN" --lang zh -d 1406 record show clue "$CLUE")" '纪检监察.*线索事实.*Seen at the counter' 'also as a table'
ok 'the city tells the province and the other county' eval \
    '"$QIAN" -d 1406 bundle make --to 14 --out p.qb && "$QIAN" -d 14 bundle import p.qb && "$QIAN" -d 1406 bundle make --to 140622 --out k.qb && "$QIAN" -d 140622 bundle import k.qb'
fails_with 1 records.absent "$QIAN" -d 14 record show clue "$CLUE"
fails_with 1 value.no-such "$QIAN" -d 140622 "${answer[@]}" outcome=accepted
fails_with 1 value.empty "$QIAN" -d 1406 "${answer[@]}" outcome=returned
fails_with 1 value.before "$QIAN" -d 1406 record add clue_answer clue="$CLUE" answered_on=2021-08-16 outcome=filed --by Li
ok 'the city answers' "$QIAN" -d 1406 "${answer[@]}" outcome=filed doc_no=2021-9
ok 'and the answer goes down' eval '"$QIAN" -d 1406 bundle make --to 140602 --out a.qb && "$QIAN" -d 140602 bundle import a.qb'
is "$("$QIAN" -d 140602 --json record list clue_answer | json 0.outcome)" filed 'to the county alone'
match "$("$QIAN" -d 140602 record list clue)" "$CLUE.*case filed" 'which lists it'
is "$(grep -rlc "$SECRET" 14 140622 ./*.qb | wc -l)" 0 'nobody else holds a byte of it in clear, nor does a file that was carried'
is "$(grep -rl "$SECRET" 1406 140602 | cut -d/ -f1 | sort -u | tr '\n' ' ')" '1406 140602 ' 'the two do'
size() { "$QIAN" -d "$1" --json status | python3 -c '
import json, sys
print(sum(l["verified"] for l in json.load(sys.stdin)["logs"] if l["office"] == "140602"))'; }
is "$(size 14)" "$(size 1406)" 'the province holds the whole log, what it cannot open included'

# ---- nothing is half written -------------------------------------------------------------------------------
# Large enough that the database's own files fit under the limit and the bundle does not.
ok 'a log that is long' "$BUILD/tests/tools/growlog" 14 300
cp up.qb kept.qb
make() { "$QIAN" -d 14 bundle make --to 1406 --all --out "$1"; }
(ulimit -f 48 && trap '' XFSZ && make kept.qb >full.out 2>&1)
is $? 1 'a medium that is full'
match "$(cat full.out)" 'kept.qb' 'is named'
ok 'what stood there stands' cmp up.qb kept.qb
is "$(ls | grep -c '^kept.qb')" 1 'and nothing lies beside it'
(ulimit -f 48 && trap '' XFSZ && make fresh.qb >/dev/null 2>&1)
is "$(ls | grep -c '^fresh.qb')" 0 'nor where nothing stood'
ok 'with room it is made' make fresh.qb
result "$([ "$(stat -c %s fresh.qb)" -gt $((48 * 1024)) ]; echo $?)" 'and would not have fitted'
done_testing
