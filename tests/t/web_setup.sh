#!/usr/bin/env bash
# The first use in a browser: from an empty directory to a county that met its city, in Debian's Chromium.
# timeout: 600
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
. "$ROOT/tests/t/web_lib.sh"

ok 'a province and a city are enrolled' tree 14 1406 || done_testing
P=$(free_port) UI=$(free_port)
ok 'the city serves other offices' start_node 1406 --peer "127.0.0.1:$P" --sync-every 0 || done_testing
log=$(node_log 140602)
first() {
    local i
    env -u QIAN_PASSPHRASE_FILE QIAN_LANG=zh "$QIAN" -d 140602 --passphrase-file "$T/county.pass" serve --ui "127.0.0.1:$UI" --sync-every 0 --kdf-mib 8 >"$log" 2>&1 &
    NODE[140602]=$!
    for ((i = 0; i < 1500; i++)); do
        grep -q '#/setup/' "$log" && return 0
        sleep 0.02
    done
    return 1
}
ok 'the program is started in an empty directory' first || done_testing
python3 - "$(grep -Eo 'http://[^ ]*#/setup/[0-9a-f]{64}' "$log")" "$T/policy.txt" "$ROOT_PRINT" "'$QIAN' -d 1406 enrol approve \"\$1\" --fingerprint \"\$2\" --level county --scope 140602 --out \"\$3\"" "https://127.0.0.1:$P" <<'END' >people.json
import json, sys
print(json.dumps({"setup": dict(zip(("link", "policy", "print", "approve", "parent"), sys.argv[1:]))}))
END
timeout 500 "$JS" "$web/run.mjs" "http://127.0.0.1:$UI" people.json setup --shots "$shots" >web.out 2>web.err
rc=$?
retold web.out
result "$rc" 'the browser ran to the end' "$(tail -n 5 web.err)"
is "$("$QIAN" -d 1406 --json status | json 'children.0.office')" 140602 'the city heard of its county'
is "$(cat county.pass)" 'a passphrase of mine' 'the passphrase lies where the program was told'
ok 'the backup is one' "$QIAN" --passphrase-file county.pass backup verify first.backup
ok 'the node ends as it should' stop_node 140602
not_ok 'its log tells of no mistake of its own' grep -E 'ERROR|runtime error|AddressSanitizer' "$log"
done_testing
