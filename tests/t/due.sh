#!/usr/bin/env bash
# Freezes and orders by themselves: two sticks are all that a county without a line needs before it draws; one call over a line.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tree.sh"

# sql DIR STATEMENT : what somebody with a database shell does
sql() {
    python3 -c '
import sqlite3, sys
db = sqlite3.connect(sys.argv[1] + "/qian.db", timeout=10)
db.execute(sys.argv[2])
db.commit()' "$1" "$2"
}
# of DIR QUERY : its first value
of() { python3 -c 'import sqlite3, sys; print(sqlite3.connect(sys.argv[1] + "/qian.db", timeout=10).execute(sys.argv[2]).fetchone()[0])' "$1" "$2"; }
freezes() { of "$1" "SELECT count(*) FROM draw_freeze WHERE office = '$1'"; }
orders() { of "$1" "SELECT count(*) FROM draw_order WHERE drawer = '$2'"; }
codes() { "$QIAN" -d "$1" --json verify all 2>/dev/null | python3 -c '
import json, sys
print(" ".join(sorted({f["code"] for v in json.load(sys.stdin)["verdicts"] for f in v["findings"]})))'; }

ok 'a province, a city and three counties' tree 14 1406 140602 140622 140681 || done_testing
ok 'the city issues a plan' issue_plan 1406 1 10 || done_testing
quiet "$QIAN" -d 14 tables import "$DATA/result-codes.csv" "$DATA/disposal-codes.csv"
carry 14 1406

# ---- sticks ---------------------------------------------------------------------------------------------------------
carry 1406 140602 && carry 140602 1406
is "$(freezes 140602)" 0 'without a roster nothing is frozen'
is "$(orders 1406 140602)" 0 'and nothing ordered'
ok 'a roster is imported' import_roster 140602
rm -f up.qb
said=$("$QIAN" -d 140602 bundle make --to 1406 --out up.qb 2>&1)
match "$said" 'frozen by themselves: version 1' 'a bundle begins with the freeze that is due, and says so'
is "$(freezes 140602)" 1 'which is logged'
carry 140602 1406
is "$(freezes 140602)" 1 'the next bundle brings none: nothing changed'
ok 'the city imports it, and the way back is written at once' "$QIAN" -d 1406 bundle import up.qb --reply down.qb
is "$(orders 1406 140602)" 2 'with the orders that are due'
ok 'the county takes it in' "$QIAN" -d 140602 bundle import down.qb
is "$("$QIAN" -d 140602 --json order list | json 0.level)" offline 'an order by itself claims no more than offline'
drawn=$("$QIAN" -d 140602 --json draw run --all)
is "$(json 0.drawn <<<"$drawn")/$(json 1.drawn <<<"$drawn")" true/true 'and draws the same day'
carry 140602 1406 && carry 1406 140602
is "$(orders 1406 140602)" 2 'once a slot'
carry 1406 14
is "$(codes 14)" '' 'the province finds nothing'
is "$("$QIAN" -d 14 --json verify all 2>/dev/null | json verdicts.0.level)" witnessed 'the level shown is what the evidence says'

# ---- a line ---------------------------------------------------------------------------------------------------------
C=$(free_port)
ok 'the city serves' start_node 1406 --peer "127.0.0.1:$C" --sync-every 0
quiet "$QIAN" -d 140622 peer set 1406 "https://127.0.0.1:$C"
ok 'a county gets the plan over the line' "$QIAN" -d 140622 sync
ok 'and imports its roster' import_roster 140622
ok 'one call' "$QIAN" -d 140622 sync
is "$(freezes 140622)/$("$QIAN" -d 140622 --json order list | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))')" 1/2 \
    'brought the freeze up and the orders down'
ok 'it draws' "$QIAN" -d 140622 draw run --all
own() { of 140622 "SELECT size FROM log WHERE office = '140622'"; }
ok 'and tells' "$QIAN" -d 140622 sync
n=$(own)
ok 'a call more' "$QIAN" -d 140622 sync
is "$(own)" "$n" 'writes nothing'
is "$(codes 1406)" '' 'the city finds nothing'

# ---- left to people -------------------------------------------------------------------------------------------------
is "$("$QIAN" -d 1406 --json order auto | json auto)" true 'orders are given by themselves unless'
is "$("$QIAN" -d 1406 --json order auto off | json auto)" false 'somebody says no'
fails_with 2 cli.choice "$QIAN" -d 1406 order auto maybe
carry 1406 140681
ok 'a third county has a roster' import_roster 140681
# A row that no record can be made of: the freeze fails, the bundle does not.
sql 140681 "UPDATE object SET status = 'odd' WHERE rowid = 3"
carry 140681 1406
result $? 'its bundle goes, though its roster cannot be frozen'
is "$(freezes 140681)" 0 'nothing is frozen'
match "$("$QIAN" -d 140681 status)" 'rosters are not frozen as they are.*status' 'status tells of it, and why'
is "$("$QIAN" -d 140681 --json status | json freeze_failed.id)" roster.column 'also as JSON'
sql 140681 "UPDATE object SET status = 'in_business' WHERE rowid = 3"
ok 'mended, it is frozen by hand' "$QIAN" -d 140681 freeze
is "$("$QIAN" -d 140681 --json status | json freeze_failed)" null 'status has forgotten it'
carry 140681 1406 && carry 1406 140681
is "$(orders 1406 140681)" 0 'switched off, no bundle brings orders'
is "$("$QIAN" -d 1406 --json order issue --office 140681 | json orders.1.issued)" true 'the command gives them'
done_testing
