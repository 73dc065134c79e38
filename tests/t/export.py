"""Reads and fills in lists for systems outside, with nothing but Python's own library.

export.py [--as xlsx] FILE COLUMN...      these columns, one row a line, joined by |; keys or headings
export.py --tick DAY IN.csv OUT [SKIP]    the list with the day in every row that is open, but for rows whose
                                          publication is SKIP and whose item is not 证书
export.py --schema BASE...                sets of open data: BASE.csv and BASE.json as BASE.schema.json says
"""
import csv
import json
import re
import sys
import zipfile
import xml.etree.ElementTree as ET

NAMES = {
    "plan_no": "抽查计划编号", "plan_name": "抽查计划名称", "task_no": "抽查任务编号", "office_name": "抽查机关",
    "object_code": "统一社会信用代码或注册号", "completed_on": "抽查完成日期", "item": "抽查事项", "result": "抽查结果",
    "publication": "公示记录", "state": "录入状态", "outside_no": "外部系统编号", "entered_on": "录入日期",
    "year": "年度", "series": "计划代号", "round": "抽查轮次", "draw_type": "抽查类型", "office": "抽查机关代码",
    "record": "结果编号", "revision": "结果版次",
}
S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def workbook(path):
    with zipfile.ZipFile(path) as z:
        assert z.testzip() is None
        shared = []
        if "xl/sharedStrings.xml" in z.namelist():
            shared = ["".join(t.text or "" for t in si.iter(S + "t"))
                      for si in ET.fromstring(z.read("xl/sharedStrings.xml"))]
        rows = []
        for row in ET.fromstring(z.read("xl/worksheets/sheet1.xml")).iter(S + "row"):
            cells = {}
            for c in row:
                at = 0
                for letter in re.match("[A-Z]+", c.get("r")).group():
                    at = at * 26 + ord(letter) - 64
                assert c.find(S + "f") is None, "a formula"
                if c.get("t") == "s":
                    cells[at - 1] = shared[int(c.find(S + "v").text)]
                elif c.get("t") == "inlineStr":
                    cells[at - 1] = "".join(t.text or "" for t in c.iter(S + "t"))
                elif c.find(S + "v") is not None:
                    raise AssertionError("a number")
            rows.append([cells.get(i, "") for i in range(max(cells, default=-1) + 1)])
        return rows


def read(path, kind=None):
    """Headings and rows as dicts."""
    kind = kind or path.rpartition(".")[2]
    if kind == "json":
        with open(path, encoding="utf-8") as f:
            return None, [{NAMES.get(k, k): str(v) for k, v in o.items()} for o in json.load(f)]
    if kind == "xlsx":
        rows = workbook(path)
    else:
        with open(path, "rb") as f:
            raw = f.read()
        text = raw[3:].decode("utf-8") if raw[:3] == b"\xef\xbb\xbf" else raw.decode("gb18030")
        rows = list(csv.reader(text.splitlines(keepends=True)))
    head = rows[0]
    return head, [dict(zip(head, r + [""] * len(head))) for r in rows[1:]]


def write_book(path, rows):
    """A workbook as no library of ours writes it: inline strings, nothing shared."""
    def cell(v):
        v = v.replace("&", "&amp;").replace("<", "&lt;")
        return f'<c t="inlineStr"><is><t xml:space="preserve">{v}</t></is></c>'
    sheet = "".join("<row>" + "".join(map(cell, r)) + "</row>" for r in rows)
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    pkg = "http://schemas.openxmlformats.org/package/2006"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("[Content_Types].xml", f'<Types xmlns="{pkg}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
                   f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>')
        z.writestr("_rels/.rels", f'<Relationships xmlns="{pkg}/relationships"><Relationship Id="r1" Type="{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>')
        z.writestr("xl/workbook.xml", f'<workbook xmlns="{S[1:-1]}" xmlns:r="{rel}"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>')
        z.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{pkg}/relationships"><Relationship Id="r1" Type="{rel}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>')
        z.writestr("xl/worksheets/sheet1.xml", f'<worksheet xmlns="{S[1:-1]}"><sheetData>{sheet}</sheetData></worksheet>')


def tick(day, path, out, skip=None):
    head, rows = read(path)
    for r in rows:
        if not r["录入日期"] and not (r["公示记录"] == skip and r["抽查事项"] != "证书"):
            r["录入日期"] = day
    table = [head] + [[r[h] for h in head] for r in rows]
    if out.endswith(".xlsx"):
        write_book(out, table)
        return
    with open(out, "w", encoding="utf-8", newline="") as f:
        csv.writer(f).writerows(table)


def schema(base):
    """The data of a set against its schema, and the headings of its CSV; only what our schemas use is understood."""
    with open(base + ".schema.json", encoding="utf-8") as f:
        s = json.load(f)
    with open(base + ".json", encoding="utf-8") as f:
        data = json.load(f)
    assert s["$schema"].endswith("2020-12/schema") and s["type"] == "array" and data
    columns = s["items"]["properties"]
    assert s["items"]["additionalProperties"] is False
    assert read(base + ".csv")[0] == [c["title"] for c in columns.values()]
    for c in columns.values():
        assert all(c[k] for k in ("title", "title_en", "description", "description_en")), c
    for o in data:
        assert set(s["items"]["required"]) <= set(o) <= set(columns), o
        for k, v in o.items():
            c = columns[k]
            assert isinstance(v, int if c["type"] == "integer" else str), (k, v)
            assert v in c.get("enum", [v]), (k, v)
            assert c.get("format") != "date" or re.fullmatch(r"\d{4}-\d\d-\d\d", v), (k, v)


def main(args):
    if args[0] == "--schema":
        for base in args[1:]:
            schema(base)
        return
    if args[0] == "--tick":
        tick(*args[1:])
        return
    kind = None
    if args[0] == "--as":
        kind, args = args[1], args[2:]
    for r in read(args[0], kind)[1]:
        print(*(r.get(NAMES.get(c, c), "") for c in args[1:]), sep="|")


if __name__ == "__main__":
    main(sys.argv[1:])
