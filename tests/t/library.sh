#!/usr/bin/env bash
# What an auditor does with libqian: the public headers, the one archive and libsodium, nothing of the node.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
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

OFFICE_NAME='局 '
ok 'a province certifies a city' tree 14 1406
is "$(./auditor policy.txt "$ROOT_PRINT" 1406.chain)" "14 局 14
1406 局 1406" 'the auditor reads the chain down to the city'
fails_with 1 cert.fingerprint ./auditor policy.txt "${ROOT_PRINT}1" 1406.chain
other=$(printf '%s' "$ROOT_PRINT" | cut -c1-5 | tr '0-9A-Z' 'A-Z0-9')
fails_with 1 cert.fingerprint ./auditor policy.txt "$other${ROOT_PRINT:5}" 1406.chain
size=$(stat -c %s 1406.chain)
head -c $((size - 1)) 1406.chain >cut.chain
not_ok 'a chain that is cut' ./auditor policy.txt "$ROOT_PRINT" cut.chain
python3 -c 'b = bytearray(open("1406.chain", "rb").read()); b[-1] ^= 1; open("bad.chain", "wb").write(b)'
fails_with 1 cert.signature ./auditor policy.txt "$ROOT_PRINT" bad.chain
done_testing
