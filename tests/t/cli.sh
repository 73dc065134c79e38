#!/usr/bin/env bash
# A newcomer at the command line: what is missing or misspelt is told before anything is opened, and named.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
unset QIAN_PASSPHRASE_FILE QIAN_DIR CREDENTIALS_DIRECTORY
export QIAN_LANG=zh
KEY=(--passphrase-file pass)

# usage REGEX ARGUMENT... : exit 2, nothing on stdout, that on stderr; the passphrase file does not even exist.
usage() {
    local want=$1 err rc bad=''
    shift
    err=$(timeout 20 "$QIAN" --passphrase-file /nonexistent "$@" 2>&1 >.stdout)
    rc=$?
    [ $rc -eq 2 ] || bad="exit $rc;"
    [ -s .stdout ] && bad+=" on stdout: $(head -n 1 .stdout);"
    [[ $err =~ $want ]] || bad+=" said: $err"
    result "$([ -z "$bad" ]; echo $?)" "usage: ${*:-nothing}" "$bad"
}

# ---- without an office ------------------------------------------------------------------------------------------
match "$("$QIAN" --version)" '^qian [0-9]+\.[0-9]+\.[0-9]+' 'the version'
usage '用法：qian.*qian help' -d nowhere
is "$("$QIAN" -d nowhere 2>&1 | wc -l | awk '{ print ($1 <= 25) }')" 1 'the short page is short'
usage '--foo' --foo
usage '没有“fr”这种语言' --lang fr
usage '没有“fr”这种语言' --lang fr status
usage 'qian order issue' order
usage 'qian result import' -d nowhere result
usage '没有“ordr”这个命令' ordr
usage 'kdf-mib 的“abc”.* 8 ' root key --out r --kdf-mib abc
usage 'kdf-mib 的“7”' root key --out r --kdf-mib 7
usage 'threshold 的“two”' root policy --deployment d --threshold two --pub r.pub --out p
usage '缺少参数 申请文件' enrol show
match "$("$QIAN" help)" 'bundle verify.*QIAN_PASSPHRASE_FILE.*qian help csv' 'all commands'
match "$("$QIAN" help roles)" '处置 follow-up.*第一个登记的人必须是管理员' 'the roles'
match "$("$QIAN" help year)" 'plan import.*result record.*publish results' 'a year of work'
match "$("$QIAN" help reasons)" 'tables import 下达' 'the last line of the reasons'
match "$("$QIAN" help result record)" '处置代码.*例：qian -d 140602 result record' 'a command has an example'
match "$("$QIAN" help exit)" '2  用法不对' 'the exit codes'
match "$("$QIAN" help draw show)" 'qian draw show 抽取编号' 'what a command takes is said in Chinese'
match "$("$QIAN" --lang en help draw show)" 'qian draw show DRAW' 'and in English'
not_ok 'no Chinese in the English help' env LC_ALL=C.UTF-8 grep -P '[\x{4e00}-\x{9fff}]' <<<"$("$QIAN" --lang en help)"
# The columns that help names are those that the importer takes: a file of just the required ones is read.
heads=$("$QIAN" help csv | sed -n '/--inspectors/{n;s/.*必需：//p;}' | sed 's/, /,/g')
match "$heads" '^姓名,执法证号' 'help csv names the columns'

printf 'short67\n' >short
printf '七个字的口令啊\n' >seven
printf '八个字的口令好啊\n' >eight
fails_with 1 keys.passphrase-short "$QIAN" --passphrase-file short root key --out no --kdf-mib 8
fails_with 1 keys.passphrase-short "$QIAN" --passphrase-file seven root key --out no --kdf-mib 8
not_ok 'and no key is made' test -e no.key
ok 'eight characters are enough' "$QIAN" --passphrase-file eight root key --out eight --kdf-mib 8

enrolled() { QIAN_PASSPHRASE_FILE=$T/pass tree 14 1406 140602; }
ok 'a province, a city and a county are enrolled' enrolled || done_testing
fails_with 1 keys.passphrase-short "$QIAN" --passphrase-file short -d new init --office 15 --name x --policy policy.txt --fingerprint "$ROOT_PRINT"
not_ok 'and no directory is made' test -e new

# ---- what is misspelt -------------------------------------------------------------------------------------------
usage 'peer 的“abc”不是监听地址' -d 14 serve --peer abc
usage '--foo' -d 14 status --foo
usage '--foo' -d 14 freeze --foo
usage 'year 的“20x6”' -d 1406 plan import --plan p --scopes s --series 2021 --year 20x6 --title t --doc-no 1 --issued-on 2021-03-05
usage 'issued-on 的“3月5日”不是日期' -d 1406 plan import --plan p --scopes s --series 2021 --year 2021 --title t --doc-no 1 --issued-on 3月5日
usage 'from 的“2021-02-30”不是日期' -d 1406 order issue --from 2021-02-30
usage 'ahead 的“x”' -d 1406 order issue --ahead x
usage 'level 的“best”.*witnessed' -d 1406 order issue --level best
usage 'office 的“朔州”不是机关代码' -d 1406 order list --office 朔州
usage '缺少参数 抽取编号' -d 140602 draw show
usage '缺少参数 文件' -d 140602 bundle import
usage '缺少参数 网址' -d 140602 peer set 1406
usage '--slot 和 --all 只能用一个' -d 140602 draw run --slot 1406/2021/1/1 --all
usage '核验范围' -d 14 verify office --record
is "$("$QIAN" --json draw show 2>/dev/null | json id)" cli.word-missing 'with --json also as an object'

# ---- a file that is no request ------------------------------------------------------------------------------------
head -c 2000 "$ROOT/LICENSE" >foreign
for bytes in 0 5 2000; do
    head -c $bytes foreign >other
    fails_with 1 cert.request "$QIAN" enrol show other
done
fails_with 1 cert.request "$QIAN" "${KEY[@]}" -d 14 enrol approve foreign --fingerprint X --level city --scope 1406 --out x
fails_with 1 cert.request "$QIAN" root draft --policy policy.txt --request foreign --scope 14 --out x
{ printf '\2' && tail -c +2 1406/1406.request; } >newer
fails_with 3 cert.version "$QIAN" enrol show newer

# ---- offices that nobody knows ------------------------------------------------------------------------------------
for command in 'order issue --office 140699' 'order list --office 140699' 'draw list --office 140699' \
    'peer set 140699 https://127.0.0.1:7402' 'verify office 140699'; do
    # shellcheck disable=SC2086
    fails_with 1 cli.office-unknown "$QIAN" "${KEY[@]}" -d 1406 $command
    # shellcheck disable=SC2086
    match "$("$QIAN" "${KEY[@]}" -d 1406 $command 2>&1)" '140699' "named: $command"
done

# ---- lists, keys ----------------------------------------------------------------------------------------------------
for list in 'order list' 'draw list' 'plan list' 'task list' 'result list' 'peer list'; do
    # shellcheck disable=SC2086
    match "$("$QIAN" -d 140602 $list)" '^无记录。.*qian' "an empty list says so, and what to do: $list"
done
is "$("$QIAN" -d 140602 --json draw list)" '[]' 'and is an empty array to programs'
ok 'verify asks for no keys' "$QIAN" -d 14 verify office 1406
fails_with 1 office.no-passphrase "$QIAN" -d 14 verify all --record
ok 'but --record does' "$QIAN" "${KEY[@]}" -d 14 verify all --record

printf 'not the passphrase\n' >wrong
said=$("$QIAN" --passphrase-file wrong -d 14 doctor)
is $? 1 'doctor fails with the wrong passphrase'
not_ok 'and does not say that signing is allowed' grep -q 可以签字 <<<"$said"
said=$("$QIAN" -d 14 doctor)
match "$said" '密钥没有试' 'without one it says what was not tried'
not_ok 'and does not say that signing is allowed' grep -q 可以签字 <<<"$said"
match "$("$QIAN" "${KEY[@]}" -d 14 doctor)" '密钥与 14 的证书一致.*可以签字' 'with the right one it tries'

# ---- files ----------------------------------------------------------------------------------------------------------
quiet "$QIAN" "${KEY[@]}" -d 14 tables import "$DATA/tags.csv" "$DATA/result-codes.csv" "$DATA/disposal-codes.csv"
printf '%s\n' "$heads" '王芳,JS1,140602,在岗,是' '李强,,140602,在岗,是' >inspectors.csv
ls -A >before
"$QIAN" "${KEY[@]}" -d 140602 roster import --inspectors inspectors.csv --tags "$DATA/tags.csv" --by 张三 --dry-run >.dry 2>&1
is $? 1 'a dry run tells of the rejected row'
ls -A >after
is "$(diff before after | grep -v 'after\|\.dry' | grep '^[<>]')" '' 'and writes no file'
"$QIAN" "${KEY[@]}" -d 140602 roster import --inspectors inspectors.csv --tags "$DATA/tags.csv" --by 张三 --dry-run --rejects back.csv >.dry 2>&1
ok 'unless it is asked to' test -s back-inspectors.csv
mkdir folder
said=$("$QIAN" "${KEY[@]}" -d 14 slip --draw 14:1-1-0 --object E:1 --out folder 2>&1; "$QIAN" "${KEY[@]}" -d 14 bundle make --to 1406 --out /nonexistent/x.qb 2>&1)
not_ok 'the reasons of the system are not in English' grep -i 'no such file\|is a directory' <<<"$said"
match "$said" '没有这个文件或目录' 'but in Chinese'
match "$("$QIAN" "${KEY[@]}" --lang en -d 14 bundle make --to 1406 --out /nonexistent/x.qb 2>&1)" 'there is no such file or directory' 'and in English'
objects=$("$QIAN" help csv | sed -n '/--objects/{n;s/.*必需：//p;}' | sed 's/, /,/g')
printf '%s\n' "$objects" '企业,朔州市甲超市有限公司,91140602MA0K0001X1,140602,存续' >objects.csv
quiet "$QIAN" "${KEY[@]}" -d 140602 roster import --objects objects.csv --tags "$DATA/tags.csv" --by 张三
match "$("$QIAN" "${KEY[@]}" -d 140602 freeze 2>&1)" '没有一名可参加抽查的检查人员' 'a freeze without inspectors warns'

# ---- pages that are not there -----------------------------------------------------------------------------------------
P=$(free_port) U=$(free_port)
ok 'a node answers' start_node 14 "${KEY[@]}" --peer "127.0.0.1:$P" --ui "127.0.0.1:$U"
for path in nothing site/nothing.html; do
    said=$(curl -s -w '\n%{http_code} %{content_type}' "http://127.0.0.1:$U/$path")
    match "$said" '没有这个地址.*404 text/html' "a page that is not there: /$path"
done
said=$(curl -sk -w '\n%{http_code} %{content_type}' "https://127.0.0.1:$P/peer/v1/nothing")
match "$said" '"title":"absent","status":404.*404 application/problem\+json' 'a program gets a problem'
usage '--foo' -d 14 status --foo
is "$("$QIAN" -d 14 --json verify all | json draws)" 0 'verify through the running node'
match "$("$QIAN" -d 14 verify all)" '没有核验任何一次抽取' 'which does not call nothing clean'
match "$("$QIAN" -d 14 doctor)" '可以签字' 'doctor in the running node has its keys'
stop_node 14
done_testing
