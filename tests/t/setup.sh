#!/usr/bin/env bash
# The first use (web-50 to web-57): from an empty directory to an office, by the calls that the pages make. The pages
# themselves are driven by web_setup.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"

ok 'a province and a city are enrolled' tree 14 1406 || done_testing
U=$(free_port)
at="http://127.0.0.1:$U"
DIR=new
log=$(node_log $DIR)

# first [ARGUMENT...] : the program in $DIR with pages, until it has printed its link; LINK is the token
first() {
    local i
    : >"$log"
    "$QIAN" -d $DIR serve --ui "127.0.0.1:$U" --sync-every 0 --kdf-mib 8 "$@" >>"$log" 2>&1 &
    NODE[$DIR]=$!
    for ((i = 0; i < 1500; i++)); do
        LINK=$(grep -Eo '#/(setup|invite)/[0-9a-f]{64}' "$log" | head -n 1)
        LINK=${LINK##*/}
        [ -z "$LINK" ] || return 0
        kill -0 "${NODE[$DIR]}" 2>/dev/null || return 1
        sleep 0.02
    done
    return 1
}
# ask METHOD PATH [BODY] : status and body
ask() {
    local guard=${GUARD:-1}
    curl -s -b jar -c jar -X "$1" -H "X-Qian-Token: $guard" -H "Origin: $at" ${3:+-d "$3"} -w '\n%{http_code}' "$at$2" | python3 -c '
import sys
body, _, status = sys.stdin.buffer.read().decode("utf-8", "replace").rpartition("\n")
print(status, body)'
}
come() {
    rm -f jar
    GUARD=1
    GUARD=$(ask POST /api/v1/setup/session "{\"token\":\"$LINK\"}" | cut -d' ' -f2- | json guard)
    [ ${#GUARD} -eq 64 ]
}
step() { ask GET /api/v1/setup | cut -d' ' -f2- | json step; }
# body of the first step, with what differs: office name
body() {
    python3 -c 'import json, sys; print(json.dumps({"office": sys.argv[1], "name": sys.argv[2], "fingerprint": sys.argv[3], "policy": open("policy.txt").read(), "passphrase": sys.argv[4]}))' "$@"
}
chain() { python3 -c 'import base64, json, sys; print(json.dumps({"chain": base64.b64encode(open(sys.argv[1], "rb").read()).decode(), "passphrase": sys.argv[2]}))' "$@"; }

# -- who is let in
ok 'in an empty directory it prints a link' first
not_ok 'without the token itself being anywhere on the disk' grep -rqs "$LINK" $DIR
is "$(curl -s "$at/api/v1/session" | json setup)" true 'whoever looks is told that there is no office yet'
for p in GET:/api/v1/setup GET:/api/v1/setup/request POST:/api/v1/setup/office POST:/api/v1/setup/certificate; do
    match "$(ask "${p%%:*}" "${p#*:}" "$([ "${p%%:*}" = GET ] || echo '{}')")" '^401 .*session.none' "$p is for who came by the link"
done
for p in /healthz /readyz /site/ /chain /status /api/v1/commands /api/v1/lists; do
    match "$(ask GET $p)" '^404 ' "$p is not there yet"
done
match "$(ask POST /api/v1/setup/session "{\"token\":\"${LINK//[0-9]/0}\"}")" '^403 .*setup.token' 'another token is refused'
match "$(GUARD=2 ask POST /api/v1/setup/session "{\"token\":\"$LINK\"}")" '^403 .*session.elsewhere' 'an act from elsewhere too'
used=$LINK
ok 'with the link one comes in' come
match "$(curl -s -H 'X-Qian-Token: 1' -H "Origin: $at" -d "{\"token\":\"$used\"}" "$at/api/v1/setup/session")" 'setup.token' 'once'
is "$(step)" nothing 'nothing is there'

# -- office and keys
match "$(ask POST /api/v1/setup/office "$(body 140602 朔城区 AAAAA 'x')")" '"code":"[a-z.-]*fingerprint' 'a fingerprint that is not that of the policy is refused'
match "$(ask POST /api/v1/setup/office "$(body '14 06' 朔城区 "$ROOT_PRINT" '')")" '"code":"cli.code"' 'no code'
match "$(ask POST /api/v1/setup/certificate "$(chain policy.txt '')")" '^409 .*setup.step' 'a step before its time'
not_ok 'and nothing was made' test -e $DIR/qian.db -o -e $DIR/keys -o -e $DIR/init.part -o -e $DIR/setup-file
kill_node $DIR
mkdir -p $DIR/init.part && echo rubbish >$DIR/init.part/keys && echo rubbish >$DIR/init.part/qian.db
ok 'a power cut in the middle of making the keys' first
ok 'lets one in again' come
is "$(step)" nothing 'at the same step'
match "$(ask POST /api/v1/setup/office "$(body 140602 朔城区市场监督管理局 "$ROOT_PRINT" '')")" '^200 .*"step":"asked".*"office":"140602"' 'keys and request are made'
not_ok 'with nothing left of the try before' test -e $DIR/init.part -o -e $DIR/init.done -o -e $DIR/setup-file
is "$(stat -c %a $DIR/keys)" 600 'the keys are for nobody else'
match "$(ask POST /api/v1/setup/office "$(body 140602 朔城区市场监督管理局 "$ROOT_PRINT" '')")" '^409 .*setup.step' 'once'
ok 'the request is given out' curl -s -b jar -o got.request "$at/api/v1/setup/request"
ok 'as init wrote it' cmp got.request $DIR/140602.request
is "$(ask GET /api/v1/setup | cut -d' ' -f2- | json fingerprint)" "$(print_of $DIR/140602.request)" 'its fingerprint is shown'

# -- begun again, as long as nothing is certified (web-58)
again() { python3 -c 'import json, sys; print(json.dumps({"fingerprint": sys.argv[1]}))' "$1"; }
left() { ls -A $DIR | grep -vE '^(lock|find[.]db.*)$' | sort | tr '\n' ' '; }
cp $DIR/140602.request dropped.request
match "$(ask POST /api/v1/setup/again "$(again "$(print_of policy.txt)")")" '^409 .*setup.step' 'another request than the one that is there is not thrown away'
match "$(GUARD=1 ask POST /api/v1/setup/again '{}')" '^403 .*session.elsewhere' 'nor by another page'
ok 'and nothing is gone' test -s $DIR/keys -a -s $DIR/qian.db -a -s $DIR/140602.request
echo other >$DIR/other
match "$(ask POST /api/v1/setup/again "$(again "$(print_of $DIR/140602.request)")")" '^200 .*"step":"nothing"' 'what the pages made is thrown away'
is "$(left)" 'other ' 'that, and nothing else'
rm $DIR/other
ok 'the passphrase stays where it was' test -s pass
match "$(ask POST /api/v1/setup/again "$(again AAAAA)")" '^409 .*setup.step' 'there is nothing more to throw away'
match "$(ask POST /api/v1/setup/office "$(body 140699 误填市场监督管理局 "$ROOT_PRINT" '')")" '^200 .*"office":"140699"' 'another is made'
kill_node $DIR
printf 140699.request >$DIR/init.undo
rm $DIR/keys
ok 'a power cut in the middle of throwing away' first
is "$(left)" '' 'leaves nothing of it'
ok 'one comes in' come
is "$(step)" nothing 'at the first step'
match "$(ask POST /api/v1/setup/office "$(body 140699 误填市场监督管理局 "$ROOT_PRINT" '')")" '^200 .*"office":"140699"' 'it is made once more'
kill_node $DIR
printf 140699.request >$DIR/init.undo
rm $DIR/keys $DIR/140699.request $DIR/qian.db
ok 'a power cut when all but the word of it is gone' first
is "$(left)" '' 'leaves nothing either'
ok 'one comes in' come
is "$(step)" nothing 'at the first step'
match "$(ask POST /api/v1/setup/office "$(body 140602 朔城区市场监督管理局 "$ROOT_PRINT" '')")" '^200 .*"step":"asked".*"office":"140602"' 'the right one is made at last'
not_ok 'with other keys' cmp -s dropped.request $DIR/140602.request
ok 'its request is given out' curl -s -b jar -o got.request "$at/api/v1/setup/request"

# -- a power cut behind the moment from which the office is, before its files are where they belong
kill_node $DIR
mkdir $DIR/init.done && mv $DIR/keys $DIR/qian.db $DIR/140602.request $DIR/init.done/
ok 'started again' first
ok 'the files are where they belong' test -s $DIR/keys -a -s $DIR/qian.db -a -s $DIR/140602.request -a ! -e $DIR/init.done
ok 'one comes in' come
is "$(step)" asked 'and goes on'

# -- the answer
quiet "$QIAN" -d 1406 enrol approve got.request --fingerprint "$(print_of got.request)" --level county --scope 140602 --out county.chain
result $? 'the parent approves the request'
match "$(ask POST /api/v1/setup/certificate "$(chain policy.txt '')")" '"code":"setup.chain"' 'what is no certificate is refused'
match "$(ask POST /api/v1/setup/certificate "$(chain 1406.chain '')")" '"code":"enrol.' 'another office'"'"'s too'
not_ok 'and the one that was thrown away not beside it' "$QIAN" -d 1406 enrol approve dropped.request --fingerprint "$(print_of dropped.request)" --level county --scope 140602 --out dropped.chain
is "$(step)" asked 'and nothing has changed'
match "$(ask POST /api/v1/setup/certificate "$(chain county.chain '')")" '^200 .*"invite":"[0-9a-f]{64}"' 'the right one is taken'
normal() {
    local s
    for ((i = 0; i < 1500; i++)); do
        s=$(curl -s "$at/api/v1/session")
        [ -n "$(json office <<<"$s")" ] && [ -z "$(json setup <<<"$s")" ] && curl -s "$at/readyz" >/dev/null && return
        sleep 0.02
    done
    return 1
}
ok 'the program goes over to its ordinary work' normal
is "$(curl -s "$at/api/v1/session" | json office)" 140602 'as the office'
match "$(ask GET /api/v1/setup)" '^404 ' 'without the first pages'
match "$(GUARD=1 ask POST /api/v1/setup/again '{}')" '^40[134] ' 'what is certified is not thrown away'
ok 'it is there' test -s $DIR/keys -a -s $DIR/qian.db

# -- the first person, also when the browser that had the link is gone
kill_node $DIR
ok 'after a power cut before anybody is entered' first
match "$(cat "$log")" '#/invite/[0-9a-f]{64}' 'the start prints a link for the administrator'
rm -f jar
match "$(GUARD=1 ask POST /api/v1/invitation "{\"token\":\"$LINK\",\"person\":\"王建国\",\"password\":\"四月的柿子树 又开了花\"}")" '^201 .*"person":"王建国"' 'who chooses a password by it'
ok 'it ends' stop_node $DIR
: >"$log"
ok 'and starts as any office' start_node $DIR --ui "127.0.0.1:$U" --sync-every 0
not_ok 'with no link' grep -q '#/' "$log"
ok 'it ends' stop_node $DIR

# -- what was made at the machine is not the pages' to throw away
DIR=by-hand
log=$(node_log $DIR)
quiet "$QIAN" -d $DIR init --office 140605 --name 应县市场监督管理局 --policy policy.txt --fingerprint "$ROOT_PRINT" --kdf-mib 8
result $? 'keys are made by the command'
ok 'the pages go on there' first
ok 'one comes in' come
match "$(ask POST /api/v1/setup/again "$(again "$(print_of $DIR/140605.request)")")" '^403 .*setup.not-ours' 'and do not throw it away'
ok 'all is there' test -s $DIR/keys -a -s $DIR/qian.db -a -s $DIR/140605.request
kill_node $DIR

# -- thrown away and certified do not cross (web-58)
bytes() { sha256sum "$1"/keys "$1"/*.request 2>/dev/null | cut -d' ' -f1; }
DIR=late
log=$(node_log $DIR)
begun() {
    quiet "$QIAN" -d $DIR init --office 140606 --name 怀仁市市场监督管理局 --policy policy.txt --fingerprint "$ROOT_PRINT" --kdf-mib 8 &&
        quiet "$QIAN" -d 1406 enrol approve $DIR/140606.request --fingerprint "$(print_of $DIR/140606.request)" --level county --scope 140606 --out late.chain
}
ok 'an office is begun and approved' begun
had=$(bytes $DIR)
printf 140606.request >$DIR/init.undo
fails_with conflict enrol.undone "$QIAN" -d $DIR enrol accept late.chain
is "$(bytes $DIR)" "$had" 'which takes nothing away'
rm $DIR/init.undo
ok 'without it the certificate is taken' quiet "$QIAN" -d $DIR enrol accept late.chain
cp $DIR/qian.db late.db
printf 140606.request >$DIR/init.undo
exec 9>>$DIR/lock
flock 9
fails_with later store.locked "$QIAN" -d $DIR serve --ui "127.0.0.1:$U"
ok 'while somebody else is at work there nothing is looked at' test -e $DIR/init.undo
exec 9>&-
fails_with conflict file.exists "$QIAN" -d $DIR init --office 140606 --name 怀仁市市场监督管理局 --policy policy.txt --fingerprint "$ROOT_PRINT" --kdf-mib 8
is "$(bytes $DIR)" "$had" 'an enrolled office keeps keys and request'
ok 'and its database' cmp late.db $DIR/qian.db
not_ok 'what would have thrown them away is gone' test -e $DIR/init.undo
printf 140606.request >$DIR/init.undo
ok 'its node starts' start_node $DIR --ui "127.0.0.1:$U" --sync-every 0
is "$(bytes $DIR)" "$had" 'takes nothing away either'
not_ok 'but that' test -e $DIR/init.undo
ok 'it ends' stop_node $DIR
match "$("$QIAN" -d $DIR --json status)" '"140606"' 'it is the office it was'
mv $DIR/qian.db late.db
printf 140606.request >$DIR/init.undo
fails_with conflict file.exists "$QIAN" -d $DIR init --office 140606 --name 怀仁市市场监督管理局 --policy policy.txt --fingerprint "$ROOT_PRINT" --kdf-mib 8
is "$(bytes $DIR)" "$had" 'one that lost its database keeps its keys'
DIR=early
quiet "$QIAN" -d $DIR init --office 140606 --name 误填 --policy policy.txt --fingerprint "$ROOT_PRINT" --kdf-mib 8
had=$(bytes $DIR)
printf 140606.request >$DIR/init.undo
ok 'without a certificate init ends what was begun' quiet "$QIAN" -d $DIR init --office 140607 --name 怀仁市市场监督管理局 --policy policy.txt --fingerprint "$ROOT_PRINT" --kdf-mib 8
not_ok 'and makes other keys' grep -qF "$(head -n 1 <<<"$had")" <(bytes $DIR)
is "$(left)" '140607.request keys qian.db ' 'in a directory that holds them alone'

# -- the passphrase, where the program has none
DIR=mine
log=$(node_log $DIR)
unset QIAN_PASSPHRASE_FILE
ok 'with a passphrase file that is not there yet' first --passphrase-file "$T/mine.pass"
ok 'one comes in' come
match "$(ask POST /api/v1/setup/office "$(body 140603 平鲁区市场监督管理局 "$ROOT_PRINT" short)")" '"code":"keys.' 'a short passphrase is refused'
match "$(ask POST /api/v1/setup/office "$(body 140603 平鲁区市场监督管理局 AAAAA 'a passphrase of mine')")" '^4' 'a step that fails'
not_ok 'leaves no passphrase' test -e mine.pass
match "$(ask POST /api/v1/setup/office "$(body 140603 平鲁区市场监督管理局 "$ROOT_PRINT" 'a passphrase of mine')")" '"step":"asked"' 'a good one is taken'
is "$(stat -c %a mine.pass) $(cat mine.pass)" '600 a passphrase of mine' 'and written to the file'
kill_node $DIR
DIR=none
log=$(node_log $DIR)
ok 'without a passphrase file' first
ok 'one comes in' come
match "$(ask POST /api/v1/setup/office "$(body 140604 山阴县市场监督管理局 "$ROOT_PRINT" 'only in memory')")" '"step":"asked"' 'it is kept in memory'
not_ok 'and nowhere else' grep -rqs 'only in memory' $DIR
kill_node $DIR
ok 'after a restart' first
ok 'one comes in' come
quiet "$QIAN" -d 1406 --passphrase-file pass enrol approve $DIR/140604.request --fingerprint "$(print_of $DIR/140604.request)" --level county --scope 140604 --out four.chain
result $? 'the parent has approved'
match "$(ask POST /api/v1/setup/certificate "$(chain four.chain 'another one')")" '"code":"keys.' 'another passphrase opens nothing'
match "$(ask POST /api/v1/setup/certificate "$(chain four.chain 'only in memory')")" '^200 .*"invite"' 'the right one does'
ok 'and the program goes on with it' normal
ok 'it ends' stop_node $DIR

# -- a province, by the ceremony of the root keys
DIR=top
log=$(node_log $DIR)
export QIAN_PASSPHRASE_FILE=$T/pass
ok 'a province begins so too' first
ok 'one comes in' come
match "$(ask POST /api/v1/setup/office "$(body 15 某省市场监督管理局 "$ROOT_PRINT" '')")" '"step":"asked"' 'with a request'
ceremony() {
    quiet "$QIAN" root draft --policy policy.txt --request $DIR/15.request --scope 15 --out draft && quiet "$QIAN" root sign --draft draft --key root1.key --out sig1 &&
        quiet "$QIAN" root certify --policy policy.txt --draft draft --sig sig1 --out 15.chain
}
ok 'that the root keys sign' ceremony
match "$(ask POST /api/v1/setup/certificate "$(chain 15.chain '')")" '^200 .*"invite"' 'and whose certificate it takes'
ok 'it goes on as an office' normal
ok 'and ends' stop_node $DIR

# -- over TLS
DIR=far
log=$(node_log $DIR)
ok 'under a name' first --ui-name qian.office.example
match "$(cat "$log")" "https://qian.office.example:$U/#/setup/[0-9a-f]{64}" 'the link is over TLS'
is "$(curl -s --cacert $DIR/ui-ca.crt --resolve "qian.office.example:$U:127.0.0.1" "https://qian.office.example:$U/api/v1/session" | json setup)" true 'and answered there'
ok 'its authority is given out' cmp $DIR/ui-ca.crt <(curl -s --cacert $DIR/ui-ca.crt --resolve "qian.office.example:$U:127.0.0.1" "https://qian.office.example:$U/ca.crt")
ok 'it ends' stop_node $DIR
fails_with malformed http.ui-name "$QIAN" -d other serve --ui 0.0.0.0:1
done_testing
