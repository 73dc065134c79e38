#!/usr/bin/env python3
"""plan.csv and scopes.csv here, of the sample plan in DIR, with task 21 alone and the given share of all businesses in hundredths."""
import csv
import sys

directory, share = sys.argv[1], int(sys.argv[2])
for source, key in (("plan", "no"), ("scopes", "task")):
    with open(f"{directory}/{source}.csv", encoding="utf-8", newline="") as f:
        rows = [r for r in csv.DictReader(f) if r[key] == "21"]
    for r in rows:
        if key == "task":
            r["strata"] = f"{share}/100 1 true"
        else:
            r.update(quantity_text=f"不低于{share}%，1次/年", min_ratio=f"{share / 100:g}", times_per_year="1")
    with open(f"{source}.csv", "w", encoding="utf-8", newline="") as f:
        w = csv.DictWriter(f, rows[0].keys())
        w.writeheader()
        w.writerows(rows)
