#!/usr/bin/env bash
# Evidence files between real nodes: over a line that drops, by stick, after losses; what is damaged is found and fetched.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
ok 'a province, a city and two counties are enrolled' eval 'ROOTS=2 tree 14 1406 140602 140622' || done_testing
photos() { "$TOOLS/make_photos" --dir "$1" --passphrase-file pass --count "$2" --bytes "$3"; }
standing() { "$QIAN" -d "$1" --json evidence list --missing | json "standing.$2"; } # OFFICE FIELD
digest() { "$QIAN" -d "$1" --json evidence list | json "files.$2.sha256"; }         # OFFICE N

# ---- over a line that drops ----------------------------------------------------------------------------------------
for o in 14 1406 140602 140622; do ok "$o leaves the disk alone" "$QIAN" -d $o evidence limits --floor 0; done
ok 'a county takes 200 photos' photos 140602 200 20000
P=$(free_port) C=$(free_port) F=$(free_port)
ok 'the province serves' start_node 14 --peer "127.0.0.1:$P"
ok 'the city serves' start_node 1406 --peer "127.0.0.1:$C"
quiet "$QIAN" -d 1406 peer set 14 "https://127.0.0.1:$P"
"$TOOLS/faultproxy" --listen "$F" --to "127.0.0.1:$C" --cut-after 400000 --again --rate 800000 >proxy.out &
proxy=$!
until grep -q listening proxy.out 2>/dev/null; do sleep 0.05; done
quiet "$QIAN" -d 140602 peer set 1406 "https://127.0.0.1:$F"
calls=0
until "$QIAN" -d 140602 sync >>sync.out 2>&1 || [ $calls -ge 200 ]; do
    calls=$((calls + 1))
    [ "$(standing 1406 here)" -gt 0 ] && [ "$(standing 1406 here)" -lt 200 ] && partly=$("$QIAN" -d 1406 status)
done
kill -TERM $proxy
wait $proxy
note "$calls calls were cut; $(tail -n 1 proxy.out); $((200 * 20000)) bytes of files"
is "$(standing 1406 here)/$(standing 1406 came)/$(standing 1406 came_twice_bytes)" 200/200/0 'each came once, no byte of them twice'
result $((calls < 4)) 'though the line broke again and again'
match "$partly" 'Still to come: [0-9]+ files, [0-9]+ bytes' 'meanwhile the city told how many were to come'
match "$(cat sync.out)" 'Sent [0-9]+ bytes of evidence files to 1406; [0-9]+ files' 'and the county how far it was'
is "$(standing 140602 up)" 0 'the county knows that all are there'
ok 'the city passes them on' "$QIAN" -d 1406 sync
is "$(standing 14 here)/$(standing 14 came_twice_bytes)" 200/0 'to the province, each once'
is "$(cd 140602/files && cat ??/* | sha256sum)" "$(cd 14/files && cat ??/* | sha256sum)" 'byte for byte'
is "$(stat -c %a 14/files/??/* | sort -u)/$(stat -c %a 14/files)" 600/700 'for its owner only'
is "$(standing 140622 named)" 0 'an office beside it holds none'

# ---- found, fetched, copied out ------------------------------------------------------------------------------------
D=$(digest 1406 0) E=$(digest 1406 1)
match "$("$QIAN" -d 140602 evidence show "${D:0:12}")" "$D.*here and above" 'one is looked at by the beginning of its digest'
printf 'x' | dd of="1406/files/${D:0:2}/${D:2}" bs=1 seek=5000 conv=notrunc 2>/dev/null
rm "1406/files/${E:0:2}/${E:2}"
echo stray >1406/files/stray
fails_with 1 evidence.not-whole "$QIAN" -d 1406 evidence export "$D" --out d.jpg
result $([ -e d.jpg ]; echo $(($? == 0))) 'nothing stands where it was to be'
out=$("$QIAN" -d 1406 --json evidence verify 2>verify.err)
is "$?/$(json sound <<<"$out")/$(json damaged <<<"$out")/$(json missing <<<"$out")/$(json orphans <<<"$out")" 1/198/1/1/1 'all are read again'
match "$(cat verify.err)" "$D.*files/damaged" 'the damaged one is named and moved aside'
match "$("$QIAN" -d 1406 evidence list --missing)" "${D:0:16}" 'and is to come again'
ok 'the county brings both when it syncs' bash -c "'$QIAN' -d 140602 peer set 1406 https://127.0.0.1:$C && '$QIAN' -d 140602 sync"
is "$("$QIAN" -d 1406 --json evidence verify 2>/dev/null | json sound)" 200 'and they are sound'
ok 'one is copied out' "$QIAN" -d 14 evidence export "$D" --out d.jpg
is "$(sha256sum <d.jpg)" "$D  -" 'as it was taken'
is "$("$QIAN" -d 14 --json evidence thumb "$D" --out small.jpg | json path)" null 'of noise there is no small picture, and no error'
is "$("$QIAN" -d 14 --json evidence verify | json orphans)" 0 'what is known of that lies beside the files'
fails_with absent evidence.unknown "$QIAN" -d 14 evidence thumb 0123456789abcdef --out p
fails_with conflict file.exists "$QIAN" -d 14 evidence export "$D" --out d.jpg
fails_with malformed evidence.digest "$QIAN" -d 14 evidence export ../../pass --out p
fails_with absent evidence.unknown "$QIAN" -d 14 evidence export 0123456789abcdef --out p
match "$("$QIAN" -d 140602 evidence list | sed -n 2p)" '^[0-9a-f]{16} ' 'a digest stands under the head of its column'
match "$("$QIAN" -d 140602 doctor)" '✓ All 200 evidence files are in their places; their bytes were never checked' 'the doctor counts the files'
one=$(find 140602/files -type f -path '*/files/??/*' | head -n 1)
mv "$one" taken
match "$("$QIAN" -d 140602 doctor)" '✗ Of 200 evidence files 1 are not in their places.*evidence verify' 'and misses one without reading any'
head -c 100 taken >"$one"
match "$("$QIAN" -d 140602 doctor)" '✗ Of 200 evidence files 1 are not' 'one that is cut off as well'
mv taken "$one"
rm -r 140602/files
out=$("$QIAN" -d 140602 --json evidence verify 2>/dev/null)
is "$(json missing <<<"$out")" 200 'the county lost its disk of photos'
ok 'it fetches them' "$QIAN" -d 140602 evidence fetch
is "$(standing 140602 here)" 200 'from the city, all of them'
match "$("$QIAN" -d 140602 doctor)" '✓ All 200 evidence files are in their places; their bytes were last checked at 20' 'and tells when they were read last'

# ---- quota, disk, links ---------------------------------------------------------------------------------------------
ok 'the city grants 4 MiB an office' "$QIAN" -d 1406 evidence limits --quota 4
ok 'the county takes more' photos 140602 20 20000
ok 'and syncs' "$QIAN" -d 140602 sync
left=$(standing 140602 over_quota)
is "$left/$(standing 1406 here)" "$((20 - (4 * 1048576 - 200 * 20000) / 20000))/$((220 - left))" 'what is over the quota is told, the rest came'
match "$("$QIAN" -d 140602 status)" 'not taken because this office has used up its quota above' 'also to people'
ok 'more is granted' "$QIAN" -d 1406 evidence limits --quota 100
mv 1406/files 1406/elsewhere && ln -s elsewhere 1406/files
ok 'a link in place of the directory: the rows go on' "$QIAN" -d 140602 sync
is "$(standing 140602 up)" "$left" 'the files wait'
rm 1406/files && mv 1406/elsewhere 1406/files
ok 'it is put right' "$QIAN" -d 140602 sync
is "$(standing 1406 here)" 220 'and they come'

# ---- by stick --------------------------------------------------------------------------------------------------------
ok 'a county without a line takes 30 photos' photos 140622 30 100000
ok 'sticks of 1 MiB' "$QIAN" -d 140622 bundle make --to 1406 --out up.qb --files --size 1
sticks=$(find . -maxdepth 1 -name 'up*.qb' | wc -l)
is "$sticks" 4 "they are four files"
result "$(find . -maxdepth 1 -name 'up*.qb' -size +1024k | wc -l)" 'none longer than asked for'
for n in up up-4 up-2 up-3; do ok "$n.qb is taken in" "$QIAN" -d 1406 bundle import $n.qb; done
is "$(standing 1406 here)" 250 'with all of them, whatever the order of the sticks behind the first'
ok 'the city answers' "$QIAN" -d 1406 bundle make --to 140622 --out down.qb
ok 'which the county reads' "$QIAN" -d 140622 bundle import down.qb
is "$(standing 140622 up)" 0 'and knows that they arrived'
ok 'two more photos' photos 140622 2 100000
ok 'the next stick has room for them' "$QIAN" -d 140622 bundle make --to 1406 --out rest.qb --files
is "$("$QIAN" -d 1406 --json bundle import rest.qb | json files)" 2 'and brings nothing else'
is "$("$QIAN" -d 1406 --json bundle import rest.qb | json files)" 0 'read again it brings nothing'
ok 'that stick was lost, says the county' "$QIAN" -d 140622 bundle make --to 1406 --out again.qb --files
ok 'and brings another' "$QIAN" -d 1406 bundle import again.qb
quiet "$QIAN" -d 1406 bundle make --to 140622 --out down2.qb
quiet "$QIAN" -d 140622 bundle import down2.qb
is "$(standing 1406 here)/$(standing 140622 up)" 252/0 'now both know'
rm -r 140622/files
quiet "$QIAN" -d 140622 evidence verify
ok 'what the county lost comes back by stick' "$QIAN" -d 1406 bundle make --to 140622 --out back.qb --files
quiet "$QIAN" -d 140622 bundle import back.qb
is "$(standing 140622 here)" 32 'all of it'
done_testing
