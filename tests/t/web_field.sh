#!/usr/bin/env bash
# An inspector's phone: the office's pages over TLS, a day's visits taken along, recorded without a line, sent later, once.
# tests/web/field.mjs drives Chromium; here is the office, and what arrived is read by the command line.
# timeout: 900
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"

. "$ROOT/tests/t/web_lib.sh"

ROOTS=2
ok 'a province, a city and a county are enrolled' tree 14 1406 140602 || done_testing
year() {
    issue_plan 1406 1 3 8 9 15 16 17 18 && quiet "$QIAN" -d 14 tables import "$DATA/tags.csv" "$DATA/result-codes.csv" "$DATA/disposal-codes.csv" && carry 14 1406 && carry 1406 140602 && import_roster 140602 1500 &&
        quiet "$QIAN" -d 140602 freeze && carry 140602 1406 && quiet "$QIAN" -d 1406 order issue && carry 1406 140602 &&
        quiet "$QIAN" -d 140602 draw run --all --operator 抽取员甲 --observer 观察员甲 --observer 名录员甲
}
ok 'the county has drawn whom to visit' year || done_testing
# Who is named for most of them, by number: ID
most() {
    "$QIAN" -d 140602 --json task list --open | python3 -c '
import collections, json, sys
n = collections.Counter(p.split(" ")[0] for t in json.load(sys.stdin) for p in t["inspectors"].split(";"))
print(n.most_common(1)[0][0].split("/")[-1])'
}
ID=$(most)
ok 'the administrator is entered' "$QIAN" -d 140602 person set 管理员甲 --roles admin
ok 'an inspector, with the number of whom the draw named' "$QIAN" -d 140602 person set 检查员甲 --roles inspector --inspector "$ID" --by 管理员甲
ok 'a clerk' "$QIAN" -d 140602 person set 录入员甲 --roles clerk --by 管理员甲
ok 'a reviewer' "$QIAN" -d 140602 person set 审核员甲 --roles reviewer --by 管理员甲
UI=$(free_port)
ok 'the county serves its pages under a name, over TLS' start_node 140602 --ui "127.0.0.1:$UI" --ui-name localhost --sync-every 0 || done_testing
BASE=https://localhost:$UI
county() { "$QIAN" -d 140602 "$@"; }

# ---- codes on paper
one() { # of the inspector's targets, the last: FIELD
    county --json task list --inspector "$ID" --open | json "-1.$1"
}
D=$(one draw) O=$(one object) K=$(one task)
fails_with malformed value.empty "$QIAN" -d 140602 result record --draw "$D" --object "$O" --task "$K" --codes R01 --nobody --by 录入员甲
RESULT=$(county --json result record --draw "$D" --object "$O" --task "$K" --codes R01 --representative 周某 --by 录入员甲 | json result)
county form print F03 --for "$RESULT" --out F03.html --by 录入员甲 >/dev/null
python3 "$ROOT/tests/t/qr_read.py" F03.html >F03.code
match "$(cat F03.code)" "^$BASE/#/paper\?code=qian-form%2f1" 'the code of a form is an address of the pages'
ok 'which is checked like the lines themselves' county form check F03.code
ok 'as is the page' county form check F03.html
sed 's/#\/paper/#\/other/' F03.code >other.code
fails_with malformed form.no-proof "$QIAN" -d 140602 form check other.code
sed "s/<figure class=\"side\">.*<\/figure>/<figure class=\"side\"><\/figure>/" F03.html >bare.html
ok 'what the code leads to is not compared' county form check bare.html
quiet county release --draw "$D" --force-window --by 审核员甲
ok 'a slip is handed over' county slip --draw "$D" --object "$O" --out slip.txt --page slip.html --by 审核员甲
python3 - slip.html last.html <<'END'
import re, sys
svg = re.findall(r'<svg class="qr".*?</svg>', open(sys.argv[1], encoding="utf-8").read(), re.S)
open(sys.argv[2], "w", encoding="utf-8").write(svg[-1])
END
match "$(python3 "$ROOT/tests/t/qr_read.py" last.html)" "^$BASE/#/visit/$D/E?" 'its last code opens the target'

# ---- the phone
for s in 检查员甲:inspector 录入员甲:clerk 审核员甲:reviewer; do
    IFS=: read -r name role <<<"$s"
    printf '%s\t%s\t%s\n' "$role" "$name" "$(county --json ui invite "$name" --by 管理员甲 | json link)"
done | python3 -c 'import json, sys; print(json.dumps({r: {"name": n, "link": l} for r, n, l in (line.rstrip("\n").split("\t") for line in sys.stdin)}, ensure_ascii=False))' >people.json
# Chromium trusts this certificate, as a device does on which the authority was installed that signed it, and nothing else.
openssl s_client -connect "127.0.0.1:$UI" -servername localhost </dev/null 2>/dev/null | openssl x509 >leaf.crt 2>/dev/null
ok 'the authority signed the certificate' openssl verify -CAfile 140602/ui-ca.crt leaf.crt
TRUST=$(openssl x509 -in leaf.crt -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64)
NODE_EXTRA_CA_CERTS=$T/140602/ui-ca.crt TRUST=$TRUST OFFICE=$T/140602 QIAN=$QIAN PAPER_CODE=$(cat F03.code) timeout 800 "$JS" "$web/run.mjs" "$BASE" people.json field --shots "$shots" >web.out 2>web.err
rc=$?
retold web.out
result "$rc" 'the browser ran to the end' "$(tail -n 30 web.err)"
ok 'and the node ends as it should' stop_node 140602
not_ok 'its log tells of no mistake of its own' grep -E 'ERROR|runtime error|AddressSanitizer' "$(node_log 140602)"
ok 'what came from the phone holds' county evidence verify

# ---- without TLS
ok 'the pages for this machine alone' start_node 140602 --ui "127.0.0.1:$UI" --sync-every 0 || done_testing
match "$(curl -s "http://127.0.0.1:$UI/sw.js")" '"code":"web.only-tls"' 'have no worker'
county form print F03 --for "$RESULT" --out plain.html --by 录入员甲 >/dev/null
match "$(python3 "$ROOT/tests/t/qr_read.py" plain.html)" '^qian-form/1' 'and codes on paper hold what they say alone'
# the phone corrected its result since
ok 'a form with the address, of what was corrected since, agrees all the same' county form check F03.html
ok 'it ends' stop_node 140602
done_testing
