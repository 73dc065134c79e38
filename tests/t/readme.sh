#!/usr/bin/env bash
# The README's commands, as they stand there: from the root keys to a citizen's check, one after the other.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
export QIAN_LANG=zh
# shellcheck disable=SC2034
SRC=$ROOT P=$(free_port) C=$(free_port) U=$(free_port)

# Of the fenced blocks of commands each line, without its remark. What differs here: ports, quicker key files.
grep -A99 '^```sh' "$ROOT/README.md" | awk '/^```sh/ { on = 1; next } /^```/ { on = 0 } on' |
    sed -E 's/ +# .*//; s/7400/'"$P"'/; s/7402/'"$C"'/; s/7403/'"$U"'/
            s/^qian (root key.*|.* init .*)/qian \1 --kdf-mib 8/' >commands
match "$(wc -l <commands)" '^[45][0-9]$' 'the README has its commands'

qian() { "$QIAN" "$@"; }
while IFS= read -r line <&3; do
    if [[ $line =~ ^qian\ -d\ ([0-9]+)\ serve\ (.*)\ \&$ ]]; then
        # shellcheck disable=SC2086
        ok "$line" start_node "${BASH_REMATCH[1]}" ${BASH_REMATCH[2]}
        continue
    fi
    eval "$line" >out 2>&1
    result $? "$line" "$(cat out)"
    [[ $line =~ ^qian\ -d\ 140000\ verify ]] && cp out verified
    [[ $line =~ ^qian\ -d\ 140602\ draw\ run ]] && cp out drawn
done 3<commands
match "$(cat drawn)" '/1/1 +140602:1-.*/21/[12] +140602:1-' 'two draws were made'
match "$(cat verified)" '140602:1-[0-9]+-0 .*通过' 'the province finds nothing wrong with them'
match "$(cat out)" '结论：E:[0-9A-Z]{18} 在抽取 140602:1-[0-9]+-0 中被抽中' 'the citizen is told the truth'
ok 'the site is there' test -s site/index.html
done_testing
