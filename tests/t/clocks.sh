#!/usr/bin/env bash
# Two nodes whose clocks differ: both ends say so, everything goes on, and it is forgotten when it is mended.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"
export QIAN_LANG=zh
OFFICE_NAME=机关
lib=$(ls /usr/lib/*/faketime/libfaketimeMT.so.1 2>/dev/null | head -n 1)
[ -n "$lib" ] || skip_all 'libfaketime is not installed'

ok 'a province, a city and a county are enrolled' tree 140000 140600 140602 || done_testing

at() { # OFFSET COMMAND... : under a clock that is off by that much
    env ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD="$lib" FAKETIME="$1" "${@:2}"
}
C=$(free_port)
ok 'the city serves' start_node 140600 --peer "127.0.0.1:$C" --sync-every 0
quiet "$QIAN" -d 140602 peer set 140600 "https://127.0.0.1:$C"

# act NUMBER OFFSET : a roster of one object, written under that clock
act() {
    printf '对象类别,名称,统一社会信用代码,检查机关,登记状态\n企业,朔州市第%s商店,91140602MA0K%s,140602,存续\n' "$1" "000$1X$1" >objects.csv
    quiet at "$2" "$QIAN" -d 140602 roster import --objects objects.csv --by 张三
}
ok 'the county writes' act 1 +0
ok 'its battery is dead, and it writes' act 2 -3d
said=$(at -3d "$QIAN" -d 140602 sync 2>&1)
result $? 'it exchanges all the same' "$said"
match "$said" '140600 的时钟比本机快 3 天' 'the caller says that the clocks differ'
match "$said" '140600 还没有收齐本局的任何记录，还差 [0-9]+ 条' 'and what is left'
match "$(cat "$(node_log 140600)")" '140602 的时钟比本机慢 3 天' 'the called one says so too'
match "$(cat "$(node_log 140600)")" '日志 test.example/140602/1 有 1 处时间倒退' 'and that a claim falls back'
match "$("$QIAN" -d 140600 status)" '140602 的时钟比本机慢 3 天.*绿：按时联系.*时间倒退（共 1 处.*test.example/140602/1 +[0-9]+ ' 'status keeps both'
match "$(at -3d "$QIAN" -d 140602 status)" '140600 的时钟比本机快 3 天' 'at both ends'
fails_with 1 sync.clock-behind-days "$QIAN" -d 140600 doctor
is "$("$QIAN" -d 140602 --json status --brief | json clock_off)/$(at -400d "$QIAN" -d 140602 --json status --brief | json clock_off)" false/true 'a clock a year back is told on every page'
started() { at -400d timeout 10 "$QIAN" -d 140602 serve --ui "127.0.0.1:$(free_port)" --sync-every 0 >serve.out 2>&1; grep -q '时钟不合理' serve.out; }
ok 'and where the node is started' started
is "$("$QIAN" -d 140600 --json status | json standing)" '[]' 'nothing was held or refused for it'
match "$("$QIAN" -d 140600 status --record 140602:1-0-0)" '上级已应用 +140600 +已应用' 'and the rows are applied'

ok 'the clock is mended' "$QIAN" -d 140602 sync
is "$("$QIAN" -d 140600 status | grep -c '的时钟比本机')" 0 'and the difference forgotten'
is "$("$QIAN" -d 140600 --json status | json peers.0.clock_apart)" false 'in JSON too'
match "$("$QIAN" -d 140600 status)" '时间倒退（共 1 处' 'the claim stays marked'
ok 'doctor finds nothing' "$QIAN" -d 140600 doctor

# A bundle is old by nature; one from the future is not.
ok 'a bundle of yesterday' at -1d "$QIAN" -d 140602 bundle make --to 140600 --out old.qb --all
not_ok 'says nothing about clocks' grep -q '的时钟' <("$QIAN" -d 140600 bundle import old.qb 2>&1)
ok 'a bundle of tomorrow' at +1d "$QIAN" -d 140602 bundle make --to 140600 --out new.qb --all
match "$("$QIAN" -d 140600 bundle import new.qb 2>&1)" '140602 的时钟比本机快 (1440|1439) 分钟' 'does'
done_testing
