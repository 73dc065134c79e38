// The sampling sheet, filled in where the sample is taken: on a phone or at a desk.
import { html } from "../../lib/html.js";
import { t, aside, listed, said } from "../../lib/text.js";
import { look } from "../../lib/api.js";
import { address, go } from "../../lib/route.js";
import { Select } from "../../ui/form.js";
import { Empty, Looked, Title, useLook } from "../../ui/parts.js";
import { idOf } from "../work/field.js";
import { recordsOf, taskOf } from "./data.js";
import { StaffPick, staffChoices, Step } from "./form.js";

const PHOTOS = ["photo_place", "photo_storage", "photo_label", "photo_stock", "photo_process"];

export function TakeSample({ me, name }) {
  const of = useLook(async () => {
    const [task, products, quotas, labs, people, certs, rows] = await Promise.all([taskOf(name), recordsOf("sampling_product", `task=${name}`), recordsOf("sampling_quota", `task=${name}`), recordsOf("lab"), recordsOf("lab_person"), look("cert list"), look("sample summary", { words: [name] })]);
    return { task, products, quotas, labs, people, certs, rows };
  }, [name]);
  return html`<${Looked} of=${of}>${({ task, products, quotas, labs, people, certs, rows }) => {
    const back = address(["sampling", name]);
    if (!quotas.length) return html`<div><${Title} text=${t("ui.sampling.take")}><a class="button" href=${back}>${t("ui.draw.back")}</a><//><${Empty} text=${t("ui.sampling.no-quotas")} /></div>`;
    const lab = (r) => (labs.find((l) => l.record === r) || { name: r }).name;
    const of_ = (v) => quotas.find((q) => q.product === v.product && (q.lab === v.lab || !v.lab));
    const left = (q) => {
      const p = products.find((x) => x.record === q.product) || {};
      const r = rows.find((x) => x.no === p.no && x.lab === lab(q.lab));
      return t("ui.sampling.quota-left", { used: r ? r.sheets : 0, n: q.batches });
    };
    const under = [...new Map(certs.filter((c) => c.office && c.office.startsWith(me.office) && (c.office.length === 6 || c.office === me.office)).map((c) => [c.office, c.name || c.office])).entries()].sort();
    const taken = (v) => v.outcome === "sampled";
    const spec = {
      kind: "sample",
      title: t("ui.sampling.take-for", { task: task.title }),
      back,
      given: { task: name },
      start: { sampled_on: me.today, outcome: "sampled", papers: "notice,identity,authority", copies_left: "notice,sheet", backup_place: "lab" },
      about: t("ui.sampling.take-says"),
      called: { product: (r) => (products.find((p) => p.record === r) || {}).name, lab, county: (c) => (under.find(([code]) => code === c) || [])[1], samplers: (x) => listed(x.split("、").map((no) => (people.find((p) => p.staff_no === no) || { name: no }).name)) },
      inputs: {
        product: ({ f, value, put, error }) => html`<${Select} id=${idOf(f)} label=${f.name} required=${true} error=${error} value=${value} choices=${products.filter((p) => quotas.some((q) => q.product === p.record)).map((p) => [p.record, `${p.no} ${p.name}`])} set=${(x) => {
          const q = quotas.filter((y) => y.product === x);
          put("product", x);
          put("lab", q.length === 1 ? q[0].lab : "");
          put("samplers", "");
        }} />`,
        lab: ({ f, value, put, error, v }) => html`<${Select} id=${idOf(f)} label=${f.name} required=${true} error=${error} value=${value} choices=${quotas.filter((q) => q.product === v.product).map((q) => [q.lab, `${lab(q.lab)}${aside(left(q))}`])} set=${(x) => {
          put("lab", x);
          put("samplers", "");
        }} />`,
        county: ({ f, value, set, error }) => html`<${Select} id=${idOf(f)} label=${t("ui.sampling.county")} required=${true} error=${error} value=${value} set=${set} choices=${under.map(([code, called]) => [code, said(code, called)])} />`,
        samplers: (p) => html`<${StaffPick} ...${p} people=${of_(p.v) ? staffChoices(people, of_(p.v).sampling_lab, "sampler", p.v.sampled_on) : []} hint=${of_(p.v) && p.v.lab ? t("ui.sampling.samplers-of", { lab: lab(of_(p.v).sampling_lab) }) : t("ui.sampling.lab-first")} />`,
      },
      groups: (v) => [
        [t("ui.sampling.sheet-what"), ["sheet_no", "product", "lab", "outcome", "stage", "sampled_on", "county"]],
        [t("ui.sampling.sheet-where"), ["party", "party_uscc", "place"]],
        ...(taken(v) ? [
          [t("ui.sampling.sheet-product"), ["producer", "model", "trademark", "batch_no", "quantity", "stock", "price", "price_basis"]],
          [t("ui.sampling.sheet-photos"), PHOTOS],
          [t("ui.sampling.sheet-seals"), ["test_seal", "backup_seal", "backup_place", ...(v.backup_place === "party" ? ["backup_approval"] : [])]],
        ] : []),
        [t("ui.sampling.sheet-people"), ["samplers", ...(taken(v) ? ["papers", "party_signature", "witness", "copies_left"] : ["papers", "witness"])]],
        [t("ui.sampling.sheet-more"), [...(taken(v) ? ["shipped_on", "waybill", "extra_reason"] : []), "note"]],
      ],
      must: (v) => (taken(v) ? ["place", "producer", "batch_no", "quantity", "stock", "price", "price_basis", "papers", ...PHOTOS, "test_seal", "backup_seal", "backup_place", "party_signature", "copies_left", ...(v.backup_place === "party" ? ["backup_approval"] : []), ...(v.party_signature === "refused" ? ["note"] : [])] : ["note"]),
      wrong: (v) => (taken(v) && v.test_seal && v.test_seal === v.backup_seal ? { backup_seal: t("sampling.one-seal", { value: v.test_seal }) } : {}),
      says: [t("ui.sampling.sheet-says-1"), t("ui.sampling.sheet-says-2")],
      done: (record) => go(["batch", record], { done: "sheet" }),
    };
    return html`<${Step} spec=${spec} />`;
  }}<//>`;
}
