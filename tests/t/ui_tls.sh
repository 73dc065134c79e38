#!/usr/bin/env bash
# The pages for other machines of the office: over TLS, under the given names alone, by the office's own authority.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"

ok 'an office is enrolled' tree 14 || done_testing
U=$(free_port)
fails_with malformed http.ui-name "$QIAN" -d 14 serve --ui "0.0.0.0:$U"
fails_with malformed http.ui-name "$QIAN" -d 14 serve --ui "127.0.0.1:$U" --ui-name 'two words'
fails_with malformed http.ui-name "$QIAN" -d 14 serve --ui "127.0.0.1:$U" --ui-name '*.office.example'
not_ok 'nothing was made for refused names' test -e 14/ui-ca.key
ok 'it serves under two names' start_node 14 --ui "127.0.0.1:$U" --ui-name qian.office.example --ui-name 127.0.0.1 --sync-every 0
is "$(stat -c %a 14/ui-ca.key)" 600 'the key of the authority is for nobody else'
ca=14/ui-ca.crt
name=(--cacert "$ca" --resolve "qian.office.example:$U:127.0.0.1")
at="https://qian.office.example:$U"
is "$(curl -s "${name[@]}" -o page -w '%{http_code}' "$at/")" 200 'a browser that knows the authority is answered'
ok 'with the page' grep -q '<script type="module"' page
is "$(curl -s --cacert "$ca" -o /dev/null -w '%{http_code}' "https://127.0.0.1:$U/")" 200 'by the address too'
not_ok 'one that does not know it stops' curl -s -o /dev/null "https://127.0.0.1:$U/"
not_ok 'and by another name' curl -s --cacert "$ca" -o /dev/null "https://localhost:$U/"
is "$(curl -s "${name[@]}" -H 'Host: localhost' -w '%{http_code}' -o /dev/null "$at/")" 403 'a Host that was not given is refused, also this machine'
is "$(curl -s "${name[@]}" -H 'Host: office.example' -w '%{http_code}' -o /dev/null "$at/")" 403 'nor a shorter one'
is "$(curl -s "${name[@]}" -H "Host: QIAN.office.example:$U" -w '%{http_code}' -o /dev/null "$at/")" 200 'letters may be large'
not_ok 'plain HTTP is not spoken there' curl -s -o /dev/null "http://127.0.0.1:$U/"
not_ok 'nor TLS 1.2' curl -s "${name[@]}" --tls-max 1.2 -o /dev/null "$at/"
ok 'its authority is given out' cmp "$ca" <(curl -s "${name[@]}" "$at/ca.crt")
match "$(curl -s "${name[@]}" -D - -o /dev/null "$at/")" 'Strict-Transport-Security: max-age=' 'HSTS for a name'
not_ok 'but not for an address' grep -qi strict-transport <(curl -s --cacert "$ca" -D - -o /dev/null "https://127.0.0.1:$U/")

link=$("$QIAN" -d 14 --json ui invite | json link)
match "$link" "^https://qian.office.example:$U/#/invite/[0-9a-f]{64}$" 'links are handed out with the name'
curl -s "${name[@]}" -D head -o in -H 'X-Qian-Token: 1' -H "Origin: $at" -d "{\"token\":\"${link##*/}\",\"person\":\"王建国\",\"password\":\"四月的柿子树 又开了花\"}" "$at/api/v1/invitation"
is "$(json person <in)" 王建国 'a person comes in'
ok 'whose cookie never goes over plain lines' grep -qi '^set-cookie: __Host-qian=.*; Secure' head
is "$(curl -s "${name[@]}" -o /dev/null -w '%{http_code}' -H 'X-Qian-Token: 1' -H "Origin: http://qian.office.example:$U" -d '{}' "$at/api/v1/session")" 403 'an act from the same name over plain HTTP is another origin'

text=$(openssl x509 -in "$ca" -noout -text 2>/dev/null)
match "$text" 'Name Constraints: critical' 'the authority is constrained'
match "$text" 'DNS:qian.office.example' 'to the name'
leaf=$(openssl s_client -connect "127.0.0.1:$U" -servername qian.office.example </dev/null 2>/dev/null | openssl x509 -noout -text)
match "$leaf" 'prime256v1' 'a key that browsers know'
match "$leaf" 'TLS Web Server Authentication' 'for servers'
before=$(openssl s_client -connect "127.0.0.1:$U" </dev/null 2>/dev/null | openssl x509 -noout -fingerprint)
sum=$(sha256sum "$ca")
ok 'it ends' stop_node 14
fails_with denied http.ui-ca-names "$QIAN" -d 14 serve --ui "127.0.0.1:$U" --ui-name other.example
ok 'and serves again under the first name' start_node 14 --ui "127.0.0.1:$U" --ui-name qian.office.example --sync-every 0
is "$(sha256sum "$ca")" "$sum" 'by the same authority'
now=$(openssl s_client -connect "127.0.0.1:$U" </dev/null 2>/dev/null | openssl x509 -noout -fingerprint)
ok 'with a certificate of its own' test "$now" != "$before"
is "$(curl -s "${name[@]}" -o /dev/null -w '%{http_code}' "$at/")" 200 'which browsers accept'
ok 'it ends' stop_node 14

# ---- the certificate is made anew before it ends, while the node runs -------------------------------------------------
lib=$(ls /usr/lib/*/faketime/libfaketimeMT.so.1 2>/dev/null | head -n 1)
if [ -z "$lib" ]; then
    skip 'a certificate is made anew' 'libfaketime is not installed'
else
    clock() { python3 -c 'import datetime, sys; print((datetime.datetime.now() + datetime.timedelta(days=int(sys.argv[1]))).strftime("%Y-%m-%d %H:%M:%S"))' "$1" >clock.new && mv clock.new clock; }
    later() { env LD_PRELOAD="$lib" FAKETIME_TIMESTAMP_FILE="$T/clock" FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 "$@"; }
    shown() { openssl s_client -connect "127.0.0.1:$U" -servername qian.office.example </dev/null 2>/dev/null | openssl x509 -noout "$@"; }
    # A browser of that day, which knows the authority: the answer's status.
    visit() { ASAN_OPTIONS=detect_leaks=0 later curl -s "${name[@]}" -o /dev/null -w '%{http_code}' "$at/"; }
    aged() { LD_PRELOAD=$lib FAKETIME_TIMESTAMP_FILE=$T/clock FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 ASAN_OPTIONS=verify_asan_link_order=0 start_node 14 --ui "127.0.0.1:$U" --ui-name qian.office.example --sync-every 0 --recheck 0; }
    clock 0
    ok 'it serves by a clock that is moved' aged
    first=$(shown -fingerprint)
    is "$(visit)" 200 'a browser accepts its certificate'
    is "$(shown -fingerprint)" "$first" 'which is the same for each'
    clock 330
    is "$(shown -fingerprint)" "$first" '67 days before its end too'
    clock 340
    is "$(visit)" 200 '57 days before it a browser is answered'
    second=$(shown -fingerprint)
    ok 'with another certificate' test -n "$second" -a "$second" != "$first"
    clock 500
    is "$(visit)" 200 'long behind the end of the first one browsers are answered still'
    is "$(sha256sum "$ca")" "$sum" 'by the same authority'
    is "$(openssl verify -no_check_time -CAfile "$ca" <(openssl s_client -connect "127.0.0.1:$U" -servername qian.office.example </dev/null 2>/dev/null | openssl x509) 2>&1 | grep -c ': OK')" 1 'which signed it'
    ok 'it ends' stop_node 14
    clock 7250
    LD_PRELOAD=$lib FAKETIME_TIMESTAMP_FILE=$T/clock FAKETIME_DONT_FAKE_MONOTONIC=1 ASAN_OPTIONS=verify_asan_link_order=0 "$QIAN" -d 14 --json serve --ui "127.0.0.1:$U" --ui-name qian.office.example >ended 2>&1
    match "$(cat ended)" 'http.ui-ca-ended' 'an authority that is about to end is told at the start'
fi
ok 'a plain one beside it is for this machine, without a name' start_node 14 --ui "127.0.0.1:$U" --sync-every 0
is "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$U/")" 200 'in plain'
is "$(curl -s -H 'Host: qian.office.example' -o /dev/null -w '%{http_code}' "http://127.0.0.1:$U/")" 403 'and for no name'
done_testing
