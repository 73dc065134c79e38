#!/usr/bin/env bash
# What an auditor does with libqian: the public headers, the one archive and libsodium, nothing of the node.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
printf 'a test passphrase\n' >pass
export QIAN_PASSPHRASE_FILE=$T/pass
CC=${CC:-gcc}
flags=(-std=c11 -Wall -Wextra -Wpedantic -Werror -I"$ROOT/include")

for h in "$ROOT"/include/qian/*.h; do
    h=${h##*/}
    echo "#include \"qian/$h\"
int main(void) { return 0; }" >alone.c
    ok "qian/$h stands alone" "$CC" "${flags[@]}" -fsyntax-only alone.c
done

cat >auditor.c <<'EOF'
/* Prints who is certified: auditor POLICY FINGERPRINT CHAIN; 1 with the id of the refusal. */
#include <stdio.h>
#include "qian/cert.h"
#include "qian/frame.h"

static uint8_t room[2][65536];

static struct qn_span load(const char *path, uint8_t *to)
{
    FILE *f = fopen(path, "rb");
    struct qn_span s = {to, f ? fread(to, 1, sizeof(room[0]), f) : 0};
    if (f)
        fclose(f);
    return s;
}

int main(int argc, char **argv)
{
    struct qn_policy policy;
    struct qn_cert parent, c;
    struct qn_err err;
    uint8_t hash[QN_HASH];
    if (argc != 4 || qn_selftest(&err))
        return 2;
    struct qn_span chain = load(argv[3], room[1]);
    enum qn_code rc = qn_policy_parse(&policy, load(argv[1], room[0]), &err);
    if (!rc) {
        qn_policy_hash(hash, &policy);
        rc = qn_fingerprint_check(argv[2], hash, &err);
    }
    for (int depth = 0; !rc && chain.n; depth++) {
        enum qn_frame_type type;
        struct qn_span bytes;
        size_t need;
        rc = qn_frame_take(&chain, &type, &bytes, &need, &err);
        if (!rc)
            rc = depth ? qn_cert_verify(&c, bytes, &parent, &err) : qn_cert_verify_root(&c, bytes, &policy, &err);
        if (!rc) {
            printf("%s %s\n", c.office, c.name);
            parent = c;
        }
    }
    if (rc)
        printf("%s\n", err.id);
    return rc != QN_OK;
}
EOF
san=()
[[ $BUILD == *check* ]] && san=(-fsanitize=address,undefined)
ok 'an auditor links libqian and libsodium, nothing else' \
    "$CC" "${flags[@]}" "${san[@]}" -o auditor auditor.c "$BUILD/libqian.a" -lsodium

quiet() { "$@" >"$T/.quiet" 2>&1 || { cat "$T/.quiet"; return 1; }; }
offices() {
    local fp
    quiet "$QIAN" root key --out root --kdf-mib 8 &&
        quiet "$QIAN" root policy --deployment test.example --threshold 1 --pub root.pub --out policy.txt || return
    print=$(grep -Eo '([0-9A-Z]{5}-){7}[0-9A-Z]{5}' .quiet | head -n 1)
    for o in 14 1406; do
        quiet "$QIAN" -d $o init --office $o --name "局 $o" --policy policy.txt --fingerprint "$print" --kdf-mib 8 || return
    done
    quiet "$QIAN" root draft --policy policy.txt --request 14/14.request --scope 14 --out draft &&
        quiet "$QIAN" root sign --draft draft --key root.key --out sig &&
        quiet "$QIAN" root certify --policy policy.txt --draft draft --sig sig --out 14.chain &&
        quiet "$QIAN" -d 14 enrol accept 14.chain || return
    fp=$("$QIAN" --json enrol show 1406/1406.request | json fingerprint) &&
        quiet "$QIAN" -d 14 enrol approve 1406/1406.request --fingerprint "$fp" --level city --scope 1406 --out 1406.chain
}
ok 'a province certifies a city' offices
is "$(./auditor policy.txt "$print" 1406.chain)" "14 局 14
1406 局 1406" 'the auditor reads the chain down to the city'
fails_with 1 cert.fingerprint ./auditor policy.txt "${print}1" 1406.chain
other=$(printf '%s' "$print" | cut -c1-5 | tr '0-9A-Z' 'A-Z0-9')
fails_with 1 cert.fingerprint ./auditor policy.txt "$other${print:5}" 1406.chain
size=$(stat -c %s 1406.chain)
head -c $((size - 1)) 1406.chain >cut.chain
not_ok 'a chain that is cut' ./auditor policy.txt "$print" cut.chain
python3 -c 'b = bytearray(open("1406.chain", "rb").read()); b[-1] ^= 1; open("bad.chain", "wb").write(b)'
fails_with 1 cert.signature ./auditor policy.txt "$print" bad.chain
done_testing
