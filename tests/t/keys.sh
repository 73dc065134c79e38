# Years of keys on real nodes: rotation over a line and by stick, renewal, revocation, loss, succession of the root.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
ok 'a province, a city and two counties are enrolled' eval 'THRESHOLD=2 ROOTS=3 tree 14 1406 140602 140622' || done_testing
P=$(free_port) C=$(free_port)
ok 'the province serves' start_node 14 --peer "127.0.0.1:$P" --sync-every 0
ok 'the city serves' start_node 1406 --peer "127.0.0.1:$C" --sync-every 0
quiet "$QIAN" -d 1406 peer set 14 "https://127.0.0.1:$P"
quiet "$QIAN" -d 140602 peer set 1406 "https://127.0.0.1:$C"
around() { # the county up, the city up, the county again for what came down
    quiet "$QIAN" -d 140602 sync && quiet "$QIAN" -d 1406 sync && quiet "$QIAN" -d 140602 sync
}
stick() { # FROM TO : one file
    rm -f stick.qb
    quiet "$QIAN" -d "$1" bundle make --to "$2" --out stick.qb && quiet "$QIAN" -d "$2" bundle import stick.qb
}
log_sizes() { # AT OFFICE : epoch:size of its logs there
    "$QIAN" -d "$1" --json status | python3 -c '
import json, sys
print(" ".join(sorted("%s:%d" % (l["origin"].split("/")[2], l["verified"]) for l in json.load(sys.stdin)["logs"] if l["office"] == sys.argv[1])))' "$2"
}
cert() { # AT OFFICE KEY : of the newest certificate
    "$QIAN" -d "$1" --json cert list | python3 -c '
import json, sys
print([c[sys.argv[2]] for c in json.load(sys.stdin) if c["office"] == sys.argv[1]][0])' "$2" "$3"
}
ok 'they have met' around
ok 'the other county too, by stick' stick 140622 1406
ok 'and back' stick 1406 140622

# ---- rotation over a line ------------------------------------------------------------------------------------------
ok 'the county writes under its first key' clue 140602 1406 first
ok 'a backup of its first epoch' "$QIAN" -d 140602 backup create --out first.backup
ok 'it makes new keys' "$QIAN" -d 140602 enrol rotate --kdf-mib 8
ok 'the first key file stays' test -f 140602/keys -a -f 140602/keys-2
fails_with absent enrol.nothing-new "$QIAN" -d 140602 enrol accept
fails_with malformed identity.not-chain "$QIAN" -d 140602 enrol accept policy.txt
is "$(print_of 140602/140602-2.request | wc -c)" 48 'the request has a fingerprint'
ok 'the city approves' "$QIAN" -d 1406 enrol approve 140602/140602-2.request --fingerprint "$(print_of 140602/140602-2.request)" --out 140602-2.chain
match "$(cat "$T/.out")" 'old key of epoch 1 signed' 'and is told that the old key signed'
# ---- the same request again
first=$(cert 1406 140602 serial) chain=$(sha256sum <140602-2.chain)
again() { "$QIAN" -d 1406 enrol approve 140602/140602-2.request --fingerprint "$(print_of 140602/140602-2.request)" --out 140602-2.chain "$@"; }
rm 140602-2.chain
match "$(again)" "approved before \\(serial $first.*--again" 'approved twice, the city is told'
is "$(sha256sum <140602-2.chain)/$(cert 1406 140602 serial)" "$chain/$first" 'gives the same chain, and signs nothing'
fails_with unverified cert.fingerprint "$QIAN" -d 1406 enrol approve 140602/140602-2.request --fingerprint "$ROOT_PRINT" --out x
ok 'a new one when it is asked for' again --again
is "$(cert 1406 140602 serial)" $((first + 1)) 'with the next number'
ok 'the county calls before it took the certificate in' around
is "$(log_sizes 1406 140602)" '1:1 2:0' 'its first log came up'
ok 'the county takes its certificate in' "$QIAN" -d 140602 enrol accept
match "$(cat "$T/.out")" 'test.example/140602/2' 'its log is the second'
ok 'the backup of the epoch before is drilled' "$QIAN" -d 140602 backup drill first.backup
fails_with denied backup.other-office "$QIAN" -d 140622 backup drill first.backup
ok 'it writes under the new key' clue 140602 1406 second
is "$("$QIAN" -d 140602 --json rebuild 2>/dev/null | python3 -c 'import json, sys; r = json.load(sys.stdin); print(r["found"], r["carried"], r["sealed"])')" '0 0 0' 'its own copies of both epochs open'
ok 'a backup of its second epoch' "$QIAN" -d 140602 backup create --out second.backup
ok 'and a drill' "$QIAN" -d 140602 backup drill second.backup
ok 'round' around
is "$(log_sizes 14 140602)" '1:1 2:1' 'the province holds both logs'
ok 'the city writes to the county' clue 1406 140602 down
ok 'round' around
match "$("$QIAN" -d 140602 record list clue)" 'down' 'the county reads it'

# ---- of an office between two, which others call --------------------------------------------------------------------
ok 'the city makes new keys' "$QIAN" -d 1406 enrol rotate --kdf-mib 8
ok 'the province approves' "$QIAN" -d 14 enrol approve 1406/1406-2.request --fingerprint "$(print_of 1406/1406-2.request)" --out 1406-2.chain
ok 'the running city takes it in' "$QIAN" -d 1406 enrol accept 1406-2.chain
ok 'the city starts again' stop_node 1406
ok 'with its new connection key' start_node 1406 --peer "127.0.0.1:$C" --sync-every 0
ok 'the county has not heard of it, and asks whose it is' quiet "$QIAN" -d 140602 sync
ok 'round' around
ok 'the county writes' clue 140602 1406 third
ok 'round' around
is "$(log_sizes 14 140602)" '1:1 2:2' 'the province has it'
is "$("$QIAN" -d 14 --json status | json held)" 0 'nothing stands'

# ---- rotation by stick ----------------------------------------------------------------------------------------------
ok 'the other county makes new keys' "$QIAN" -d 140622 enrol rotate --kdf-mib 8
ok 'the city approves them, in its second epoch' "$QIAN" -d 1406 enrol approve 140622/140622-2.request --fingerprint "$(print_of 140622/140622-2.request)" --out 140622-2.chain
ok 'a file from the city' stick 1406 140622
ok 'the county takes in what the file brought' "$QIAN" -d 140622 enrol accept
ok 'it writes' clue 140622 1406 fourth
ok 'and sends a file' stick 140622 1406
is "$(log_sizes 1406 140622)" '1:0 2:1' 'the city has it'

# ---- renewal ----------------------------------------------------------------------------------------------------------
day() { date -u -d "$1" +%F; }
is "$(cert 1406 140602 state)" valid 'the county is certified'
fails_with denied certify.not-ours "$QIAN" -d 14 enrol renew 140602
fails_with denied certify.until-past "$QIAN" -d 1406 enrol renew 140602 --until 2021-01-01
# a short one counts only when the long one is gone: any certificate of the epoch covers
ok 'the city renews it' "$QIAN" -d 1406 enrol renew 140602 --until "$(day '+12 years')" --name 'Office renamed'
ok 'round' around
is "$(cert 140602 140602 to)" "$(day '+12 years')" 'the county has the new dates'
is "$(cert 14 140602 name)" 'Office renamed' 'the province has the new name'
ok 'the county asks by itself' "$QIAN" -d 140602 enrol renew --name 'Office again'
ok 'the city approves' "$QIAN" -d 1406 enrol approve 140602/140602-renew.request --fingerprint "$(print_of 140602/140602-renew.request)" --out renew.chain
ok 'round' around
is "$(cert 14 140602 name)" 'Office again' 'the province has it'
match "$("$QIAN" -d 14 cert show 140602)" 'earlier epoch.*replaced' 'all its certificates are shown'
ok 'the county writes on' clue 140602 1406 renewed
ok 'round' around
is "$(log_sizes 14 140602)" '1:1 2:3' 'in the same log'

# ---- revocation of an office that is not there --------------------------------------------------------------------------
ok 'the other county writes' clue 140622 1406 'seen before'
ok 'and sends it' stick 140622 1406
ok 'then it writes more' clue 140622 1406 'too late'
ok 'the city writes to it' clue 1406 140622 'under the second key'
ok 'a file' stick 1406 140622
fails_with denied certify.not-ours "$QIAN" -d 14 enrol revoke 140622 --reason 'not my child'
is "$("$QIAN" -d 1406 enrol revoke 140622 >/dev/null 2>&1; echo $?)" 2 'a revocation has a reason'
sleep 1.1 # what was taken in the second of the revocation counts as after it, and is kept (rotation-23)
ok 'the city revokes it' "$QIAN" -d 1406 enrol revoke 140622 --reason 'a stolen machine'
sleep 1.1
fails_with conflict certify.revoked "$QIAN" -d 1406 enrol revoke 140622 --reason again
fails_with conflict certify.revoked "$QIAN" -d 1406 enrol renew 140622
match "$("$QIAN" -d 1406 cert show 140622)" 'revoked because: a stolen machine' 'with its reason'
ok 'what it wrote comes' stick 140622 1406
is "$("$QIAN" -d 1406 --json quarantine list | json 0.rule)" cert.revoked 'and is quarantined'
ok 'the city up' quiet "$QIAN" -d 1406 sync
is "$(log_sizes 14 140622)" '1:0 2:3' 'nothing is dropped on the way'
is "$("$QIAN" -d 14 --json quarantine list | json 0.rule)" cert.revoked 'the province judges alike'
match "$("$QIAN" -d 14 cert show 140622)" 'the reason stays with 1406' 'but not why: that stays where it was given'
is "$("$QIAN" -d 14 --json cert list | python3 -c 'import json, sys; print([c["state"] for c in json.load(sys.stdin) if c["office"] == "140622"][0])')" revoked 'it knows the revocation'
ok 'the county hears of it' stick 1406 140622
fails_with denied act.revoked "$QIAN" -d 140622 record add clue receiver_office=1406 receiver_kind=discipline receiver=g doc_no=7 title=t sent_on="$(TZ=Asia/Shanghai date +%F)" facts=f --by t
match "$("$QIAN" -d 140622 status)" 'revoked by 1406' 'its status says so'

# ---- loss: no key is left -----------------------------------------------------------------------------------------------
ok 'the key files are gone' rm 140622/keys 140622/keys-2
ok 'new keys without the old ones' "$QIAN" -d 140622 enrol rotate --lost --kdf-mib 8
ok 'the city approves, since it has revoked' "$QIAN" -d 1406 enrol approve 140622/140622-3.request --fingerprint "$(print_of 140622/140622-3.request)" --out 140622-3.chain
match "$(cat "$T/.out")" 'did not sign' 'and is told that nobody vouches for it'
ok 'the county takes it in' "$QIAN" -d 140622 enrol accept 140622-3.chain
read_all() { "$QIAN" -d "$1" --json record list clue | python3 -c 'import json, sys; print(" ".join(sorted(c["title"].replace(" ", "-") for c in json.load(sys.stdin))))'; }
rebuilt() { "$QIAN" -d "$1" --json rebuild "${@:2}" 2>/dev/null | python3 -c 'import json, sys; r = json.load(sys.stdin); print(r["found"], r["carried"], r["sealed"])'; }
is "$(rebuilt 14)/$(rebuilt 1406)" '0 0 0/0 0 0' 'who holds entries of a revoked key is what the logs say'
is "$(rebuilt 140622)" '0 4 0' 'what no key opens any more stands in its tables alone'
ok 'a backup is made' "$QIAN" -d 140622 backup create --out lost.backup
ok 'and a drill of it succeeds' "$QIAN" -d 140622 backup drill lost.backup
python3 -c 'import sqlite3; c = sqlite3.connect("140622/qian.db"); c.execute("UPDATE cursor SET applied = 0 WHERE lane = 4"); c.commit()'
ok 'derived anew and put in place' "$QIAN" -d 140622 rebuild --replace
is "$(read_all 140622)/$(rebuilt 140622)" 'fourth seen-before too-late under-the-second-key/0 4 0' 'nothing is dropped'
python3 -c 'import sqlite3; c = sqlite3.connect("140622/qian.db"); c.execute("DELETE FROM clue WHERE title = '"'fourth'"'"); c.commit()'
match "$("$QIAN" -d 140622 rebuild 2>&1)" 'unreadable: part .*140622/2 0 [01] does not open.*1 parts cannot be read' 'what is gone from the tables too is told in words'
ok 'it writes' clue 140622 1406 'a new start'
ok 'a file' stick 140622 1406
ok 'the city up' quiet "$QIAN" -d 1406 sync
is "$(log_sizes 14 140622)" '1:0 2:3 3:1' 'a third log'
is "$("$QIAN" -d 14 --json quarantine list | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))')" 1 'the late one still stands apart'

of_city() { "$QIAN" -d 1406 --json record list clue | python3 -c 'import json, sys; print([c["record"] for c in json.load(sys.stdin) if c["title"] == "under the second key"][0])'; }
fails_with denied records.not-own "$QIAN" -d 140622 clue again "$(of_city)" --by tester
ok 'the city hands its clue over once more' "$QIAN" -d 1406 clue again "$(of_city)" --by tester
ok 'a file' stick 1406 140622
match "$(read_all 140622)" 'under-the-second-key under-the-second-key' 'under the third key it opens'

# ---- succession of the root: 2 of 3 to 3 of 5 ----------------------------------------------------------------------------
succession() { # FROM TO OUT KEY...
    local from=$1 to=$2 out=$3 k sigs=()
    shift 3
    quiet "$QIAN" root succession draft --from "$from" --to "$to" --out "$out.draft" || return
    for k in "$@"; do
        quiet "$QIAN" root succession sign --draft "$out.draft" --key "$k.key" --out "$out.sig-$k" || return
        sigs+=(--sig "$out.sig-$k")
    done
    "$QIAN" --json root succession seal --from "$from" --draft "$out.draft" "${sigs[@]}" --out "$out"
}
policy() { # OUT THRESHOLD KEY... : prints the fingerprint
    local out=$1 threshold=$2 k pubs=()
    shift 2
    for k in "$@"; do pubs+=(--pub "$k.pub"); done
    "$QIAN" root policy --deployment test.example --threshold "$threshold" "${pubs[@]}" --out "$out" | grep -Eo '([0-9A-Z]{5}-){7}[0-9A-Z]{5}' | head -n 1
}
old=$(grep -Eo '([0-9A-Z]{5}-){7}[0-9A-Z]{5}' policy.out | head -n 1)
for i in 4 5 6; do quiet "$QIAN" root key --out "root$i" --kdf-mib 8; done
new=$(policy policy2.txt 3 root2 root3 root4 root5 root6)
match "$(succession policy.txt policy2.txt few root2 root4 root5)" 'cert.succession-threshold' 'one custodian of the old policy is too few'
match "$(succession policy.txt policy2.txt few root2 root3)" 'cert.succession-threshold' 'two of the new one too'
ok 'two old and three new custodians sign' succession policy.txt policy2.txt next.txt root1 root2 root3 root4
fails_with denied root.draft "$QIAN" root succession draft --from policy.txt --to policy.txt --out x
ok 'the province follows' "$QIAN" -d 14 root follow next.txt
match "$(cat "$T/.out")" "$old before, $new now" 'old and new fingerprints are told'
match "$("$QIAN" -d 14 root follow next.txt)" 'followed that succession before' 'once'
sed 's/^old 0 ..../old 0 0000/' next.txt >forged.txt
fails_with unverified cert.succession-signature "$QIAN" -d 1406 root follow forged.txt
ok 'the province is certified again under the new policy' eval '
    quiet "$QIAN" root draft --policy policy2.txt --request 14/14.request --scope 14 --serial 2 --out again.draft &&
    for k in root4 root5 root6; do quiet "$QIAN" root sign --draft again.draft --key $k.key --out again.$k || exit; done &&
    quiet "$QIAN" root certify --policy policy2.txt --draft again.draft --sig again.root4 --sig again.root5 --sig again.root6 --out again.chain &&
    quiet "$QIAN" -d 14 enrol accept again.chain'
ok 'the city follows' "$QIAN" -d 1406 root follow next.txt
ok 'it exchanges' quiet "$QIAN" -d 1406 sync
is "$(cert 1406 14 serial)" 2 'the new certificate has come down'
match "$("$QIAN" -d 140602 sync 2>&1)" 'signature|root' 'the county has not followed, and is told'
is "$(cert 140602 14 serial)" 1 'it keeps the old one and works on'
ok 'it follows' "$QIAN" -d 140602 root follow next.txt
ok 'round' around
is "$(cert 140602 14 serial)" 2 'and has it'
ok 'a new office pins the new policy' quiet "$QIAN" -d 140603 init --office 140603 --name new --policy policy2.txt --fingerprint "$new" --kdf-mib 8
ok 'and is enrolled' enrol 1406 140603 county 140603
ok 'its log begins at 0' clue 140603 1406 'of a new office'
ok 'a file' stick 140603 1406
is "$(log_sizes 1406 140603)" '1:1' 'which the city has from the first entry on'
for o in 1406 140603; do is "$(rebuilt $o)" '0 0 0' "$o is what its logs say"; done
ok 'a backup of the new office' "$QIAN" -d 140603 backup create --out new.backup
ok 'stands a drill' "$QIAN" -d 140603 backup drill new.backup
# two successions of one policy
policy policy3.txt 2 root1 root2 root6 >/dev/null
ok 'the old custodians sign another one' succession policy.txt policy3.txt other.txt root1 root2 root6
fails_with conflict root.rival "$QIAN" -d 140602 root follow other.txt
match "$("$QIAN" -d 140602 status)" 'Two different successions' 'it is shown'
is "$("$QIAN" -d 140602 --json root follow next.txt --fingerprint "$new" | json is)" "$new" 'a person decides by the paper'
[[ ! $("$QIAN" -d 140602 status) =~ 'Two different' ]]
is $? 0 'and it is over'
fails_with denied cert.succession-other "$QIAN" -d 140603 root follow next.txt
done_testing
