"""The spreadsheets of 大同's product sampling of 2025, as labs and offices would send them. Parties, numbers and days are made
up; products, batches and labs are those of the notice.     seed_datong_sampling.py WHAT DATA [NUMBERS.json]"""
import csv
import hashlib
import json
import sys

TASK = "同市监发〔2025〕56号"
COUNTIES = ("140213", "140215")
REFUSED, REJECTED, UNLICENSED = (10, 251), (20, 270), (30,)  # of the 400 batches, from 0
UNTESTABLE, FAILING = (40,), (5, 50, 150, 260, 300, 399)
SAMPLERS = {c: "抽一、抽二" if c == "140213" else "抽三、抽四" for c in COUNTIES}


def rows(path):
    with open(path, encoding="utf-8-sig", newline="") as f:
        return list(csv.DictReader(f))


def write(rows_):
    heads = list(dict.fromkeys(k for r in rows_ for k in r))
    w = csv.DictWriter(sys.stdout, heads, restval="", lineterminator="\n")
    w.writeheader()
    w.writerows(rows_)


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def day(i):
    """Sampling days: 1 to 25 September."""
    return "2025-09-%02d" % (1 + i % 25)


def batches(data):
    """Each of the 400 batches: product and testing lab."""
    return [(q["product"], q["testing_lab"]) for q in rows(data + "/datong-2025-lab-split.csv")
            for _ in range(int(q["batches"]))]


def sheet(i, product, lab):
    county = COUNTIES[i % 2]
    taken = i not in REFUSED
    r = {"抽样单编号": "DT2025%04d" % (i + 1), "产品名称": product, "检验机构": lab, "所在地机关代码": county,
         "抽样情况": "已抽样" if taken else "拒检", "抽样环节": "流通领域" if i % 3 else "生产领域",
         "抽样日期": day(i).replace("-0", "-").replace("-", "/"), "被抽样单位": "被抽样单位%d" % i,
         "抽样人员": SAMPLERS[county]}
    if not taken:
        r["说明"] = "两次上门均拒绝抽样"
        return r
    r.update({
        "抽样地点": "经营场所", "标称生产单位": "生产单位%d" % (i % 40), "规格型号": "型号%d" % (i % 7),
        "商标": "商标%d" % (i % 5), "生产日期或批号": "202508%02d" % (1 + i % 28), "抽样数量": "2 份",
        "库存数量": "%d 件" % (20 + i), "单价": "%d.50 元" % (5 + i % 90), "价格依据": "标价",
        "出示文件": "监督抽查通知书、抽样人员身份证明、授权委托书",
        "抽样场所照片": digest("place%d" % i), "贮存环境照片": digest("storage%d" % i),
        "产品标识照片": digest("label%d" % i), "库存数量照片": digest("stock%d" % i),
        "抽样过程照片": digest("process%d" % i),
        "检验样品封条号": "J%04d" % i, "备用样品封条号": "B%04d" % i, "备用样品存放处": "检验机构",
        "被抽样单位签字": "已签字", "留存文书": "监督抽查通知书、抽样单", "寄送日期": "2025-09-26"})
    return r


def sheets(data):
    return [sheet(i, *b) for i, b in enumerate(batches(data))]


def other_sheets(data):
    """Where nothing could be taken: these use no quota."""
    product, lab = batches(data)[-1]
    out = []
    for i, how in enumerate(("未抽到样品", "未抽到样品", "未抽到样品", "终止")):
        r = sheet(1000 + i, product, lab)
        out.append({k: r[k] for k in ("抽样单编号", "产品名称", "检验机构", "所在地机关代码", "抽样环节", "抽样日期", "被抽样单位",
                                      "抽样人员")})
        out[-1].update({"抽样情况": how, "说明": "柜台无货" if how != "终止" else "涉嫌无照经营，已报告县局"})
    return out


def spoiled(data):
    """Rows that are given back: beyond the quota of their labs, one sampler only, a lab without a quota."""
    product, lab = batches(data)[0]
    out = [sheet(2000, product, lab), sheet(2001, *batches(data)[-1]), sheet(2002, product, lab),
           sheet(2003, product, "律达检测服务(山东)有限公司")]
    out[2]["抽样人员"] = "抽一"
    return out


def sampled():
    return [i for i in range(400) if i not in REFUSED]


def received():
    return [i for i in sampled() if i not in REJECTED + UNLICENSED]


def receptions(_):
    out = []
    for i in sampled():
        r = {"抽样单": "DT2025%04d" % (i + 1), "接收日期": "2025-09-28", "接收情况": "接收", "封条": "完好", "与抽样单相符": "相符",
             "外观和状态": "完好", "许可或认证类别": "不需要"}
        if i in REJECTED:
            r.update({"接收情况": "拒收", "封条": "破损", "说明": "封条撕裂，书面退回"})
        if i in UNLICENSED:
            r.update({"接收情况": "终止", "许可或认证类别": "生产许可证", "许可或认证核实": "涉嫌无证", "说明": "查无许可证"})
        out.append(r)
    return out


def numbered(numbers):
    """What the custodian knows: which number each of the samples bears, in the order of the numbers."""
    return sorted((n["number"], int(n["sheet_no"][6:]) - 1, n["lab"]) for n in json.load(open(numbers, encoding="utf-8")))


def tests(_, numbers):
    return [{"检验方式": "盲样检验", "盲样编号": no, "开始日期": "2025-10-09",
             "检验人员": "验甲" if lab.startswith("天津") else "验丙"} for no, i, lab in numbered(numbers)]


def items(_, numbers):
    return [{"检验": no, "no": n + 1, "检验项目": item, "标准要求": "按细则", "实测结果": "见原始记录",
             "单项判定": "不符合" if i in FAILING and n == 0 else "符合"}
            for no, i, _ in numbered(numbers) if i not in UNTESTABLE for n, item in enumerate(("理化指标", "标识"))]


def conclusions(_, numbers):
    out = []
    for no, i, _ in numbered(numbers):
        r = {"检验": no, "检验结论": "合格", "检验结束日期": "2025-10-15"}
        if i in FAILING:
            r.update({"检验结论": "不合格", "不合格项目": "理化指标"})
        if i in UNTESTABLE:
            r.update({"检验结论": "无法检验", "说明": "样品变质"})
        out.append(r)
    return out


def reported():
    return [i for i in received() if i not in UNTESTABLE]


def reports(_):
    return [{"抽样单": "DT2025%04d" % (i + 1), "检验结论": "不合格" if i in FAILING else "合格",
             "报告编号": "BG2025%04d" % (i + 1), "文件摘要": digest("report%d" % i), "制发日期": "2025-10-17"}
            for i in reported()]


def services(_):
    return [{"检验报告": "BG2025%04d" % (i + 1), "受送达单位类别": "被抽样单位", "受送达单位": "被抽样单位%d" % i,
             "方式": "EMS 寄递", "运单号": "EM%08d" % i, "送出日期": "2025-10-18",
             "收到日期": "2025-11-12" if i == 7 else "2025-10-21"} for i in reported()]


def ecqs(_):
    """Sheets are entered on the next day, one of them late; results on the third working day."""
    out = [{"抽样单": "DT2025%04d" % (i + 1), "录入数据": "抽样信息",
            "录入日期": "2025-09-%02d" % (2 + i % 25 + (3 if i == 8 else 0))} for i in range(400)]
    return out + [{"抽样单": "DT2025%04d" % (i + 1), "录入数据": "检验结果", "检验报告": "BG2025%04d" % (i + 1),
                   "录入日期": "2025-10-21" if i == 9 else "2025-10-20"} for i in reported()]


if __name__ == "__main__":
    write(globals()[sys.argv[1]](*sys.argv[2:]))
