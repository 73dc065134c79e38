// A task is made: its notice, its products, who samples and tests them, scheme and rules for the office above.
import { html, useState } from "../../lib/html.js";
import { t, fieldName } from "../../lib/text.js";
import { look } from "../../lib/api.js";
import { mayWrite } from "../../lib/may.js";
import { address, go } from "../../lib/route.js";
import { Input, Select, Summary, useValues } from "../../ui/form.js";
import { Badge, Looked, Table, Title, useLook } from "../../ui/parts.js";
import { Ask, Doing, useAct, useOffices } from "../draw/common.js";
import { idOf } from "../work/field.js";
import { own, recordsOf, taskOf } from "./data.js";
import { Step } from "./form.js";

const pick = (choices, label) => ({ f, value, set, error }) => html`<${Select} id=${idOf(f)} label=${label || f.name} required=${f.required} error=${error} value=${value} set=${set} choices=${choices} />`;

const approval = (parent) => (parent ? ["rules_title", "rules_digest", "rules_published_on"] : ["scheme_approval", "scheme_approved_on", "rules_title", "rules_digest", "rules_published_on"]);
const groups = (parent) => () => [
  [t("ui.sampling.notice"), ["title", "doc_no", "issued_on", "scope"]],
  [t("ui.sampling.last-days"), ["service_until", "ecqs_until", "report_until", "objection_days"]],
  [t("ui.sampling.scheme-and-rules"), approval(parent)],
];

export function MakeTask({ me }) {
  const of = useLook(() => look("status", { brief: true }), []);
  return html`<${Looked} of=${of}>${(status) => html`<${Step} spec=${{ kind: "sampling_task", title: t("ui.sampling.add-task"), back: address(["sampling"]), about: t("ui.sampling.add-task-says"), given: {}, start: { issued_on: me.today }, groups: groups(status.parent), says: [t("ui.sampling.task-says")], done: (record) => go(["sampling", record], { done: "added" }) }} />`}<//>`;
}

export function ReviseTask({ name }) {
  const of = useLook(() => Promise.all([taskOf(name), look("status", { brief: true })]), [name]);
  return html`<${Looked} of=${of}>${([was, status]) => html`<${Step} spec=${{ kind: "sampling_task", title: t("ui.sampling.revise-task"), back: address(["sampling", name]), revise: { record: name, rev: was.rev, was }, start: {}, groups: groups(status.parent), says: [t("ui.sampling.task-says")], done: () => go(["sampling", name], { done: "revised" }) }} />`}<//>`;
}

export function AddProduct({ name }) {
  const of = useLook(() => Promise.all([taskOf(name), recordsOf("sampling_product", `task=${name}`)]), [name]);
  return html`<${Looked} of=${of}>${([task, l]) => html`<${Step} spec=${{ kind: "sampling_product", title: t("ui.sampling.add-product"), back: address(["sampling", name, "products"]), given: { task: name }, shown: [[t("ui.draw.task"), task.title]], start: { no: String(l.reduce((n, p) => Math.max(n, Number(p.no) || 0), 0) + 1) }, groups: () => [["", ["no", "name", "category", "batches", "scope"]]], says: [t("ui.sampling.product-says")], done: () => go(["sampling", name, "products"]) }} />`}<//>`;
}

export function AddQuota({ name, query }) {
  const of = useLook(() => Promise.all([taskOf(name), recordsOf("sampling_product", `task=${name}`), recordsOf("lab")]), [name]);
  return html`<${Looked} of=${of}>${([task, products, labs]) => {
    const choices = labs.map((l) => [l.record, l.name]);
    return html`<${Step} spec=${{ kind: "sampling_quota", title: t("ui.sampling.give"), back: address(["sampling", name, "products"]), about: t("ui.sampling.give-says"), given: { task: name }, shown: [[t("ui.draw.task"), task.title]], start: { product: query.product || "", batches: query.batches || "", ...(labs.length === 1 ? { lab: labs[0].record, sampling_lab: labs[0].record } : {}) },
      called: { product: (r) => (products.find((p) => p.record === r) || {}).name, lab: (r) => (labs.find((l) => l.record === r) || {}).name, sampling_lab: (r) => (labs.find((l) => l.record === r) || {}).name },
      inputs: { product: pick(products.map((p) => [p.record, `${p.no} ${p.name}`])), lab: pick(choices), sampling_lab: pick(choices) }, groups: () => [["", ["product", "batches", "sampling_lab", "lab", "basis"]]], says: [t("ui.sampling.product-says")], done: () => go(["sampling", name, "products"]) }} />`;
  }}<//>`;
}

export function AddLabReport({ me, name }) {
  const of = useLook(() => Promise.all([taskOf(name), recordsOf("lab"), recordsOf("sampling_quota", `task=${name}`)]), [name]);
  return html`<${Looked} of=${of}>${([task, labs, quotas]) => html`<${Step} spec=${{ kind: "lab_report", title: t("ui.sampling.add-lab-report"), back: address(["sampling", name, "about"]), given: { task: name }, shown: [[t("ui.draw.task"), task.title]], start: { received_on: me.today }, called: { lab: (r) => (labs.find((l) => l.record === r) || {}).name }, inputs: { lab: pick(labs.filter((l) => quotas.some((q) => q.lab === l.record)).map((l) => [l.record, l.name])) }, groups: () => [["", ["lab", "received_on", "digest", "note"]]], says: [], done: () => go(["sampling", name, "about"]) }} />`}<//>`;
}

// ---- labs and their staff

export function Labs({ me }) {
  const of = useLook(() => Promise.all([recordsOf("lab"), recordsOf("lab_person").catch(() => [])]), []);
  const writes = mayWrite(me, "lab");
  return html`<${Looked} of=${of}>${([labs, people]) => html`<div>
    <p class="trace"><a href=${address(["sampling"])}>${t("ui.nav.sampling")}</a></p>
    <${Title} text=${t("ui.sampling.labs")}>${writes ? html`<a class="button main" href=${address(["labs", "add"])}>${t("ui.sampling.add-lab")}</a> <a class="button" href=${address(["import", "lab_person"])}>${t("ui.sampling.import-staff")}</a>` : null}<//>
    ${labs.map((l) => html`<section key=${l.record}><h2>${l.name}</h2>
      <p class="dim">${[l.uscc, l.cert_no, l.cert_valid_to].filter(Boolean).join(" · ")} <a href=${address(["record", "lab", l.record])}>${t("ui.sampling.whole-record")}<span class="unseen"> ${l.name}</span></a></p>
      <${Table} rows=${people.filter((p) => p.lab === l.record)} empty=${t("ui.sampling.no-staff")} link=${(p) => address(["record", "lab_person", p.record])} columns=${[
        { name: "staff_no", label: fieldName("lab_person", "staff_no") },
        { name: "name", label: fieldName("lab_person", "name") },
        { name: "duty", label: fieldName("lab_person", "duty"), of: (p) => t(`word.duty.${p.duty}`) },
        { name: "valid_to", label: fieldName("lab_person", "valid_to"), of: (p) => html`${p.valid_to || "—"}${p.valid_to && p.valid_to < me.today ? html` <${Badge} kind="bad">${t("ui.visit.not-valid")}<//>` : null}` },
      ]} />
      ${writes ? html`<p><a class="button" href=${address(["labs", "person"], { lab: l.record })}>${t("ui.sampling.add-person")}<span class="unseen"> ${l.name}</span></a></p>` : null}</section>`)}
    ${labs.length ? null : html`<p class="empty">${t("ui.sampling.no-labs")}</p>`}
  </div>`}<//>`;
}

export const AddLab = () => html`<${Step} spec=${{ kind: "lab", title: t("ui.sampling.add-lab"), back: address(["labs"]), given: {}, start: {}, groups: () => [["", ["name", "uscc", "cert_no", "cert_valid_to"]]], says: [], done: () => go(["labs"]) }} />`;

export function AddPerson({ query }) {
  const of = useLook(() => recordsOf("lab"), []);
  return html`<${Looked} of=${of}>${(labs) => html`<${Step} spec=${{ kind: "lab_person", title: t("ui.sampling.add-person"), back: address(["labs"]), given: {}, start: { lab: query.lab || "", duty: "both" }, called: { lab: (r) => (labs.find((l) => l.record === r) || {}).name }, inputs: { lab: pick(labs.map((l) => [l.record, l.name])) }, groups: () => [["", ["lab", "staff_no", "name", "duty", "valid_to"]]], says: [], done: () => go(["labs"]) }} />`}<//>`;
}

// ---- scheme and rules go up, and their answers are named

const KINDS = ["scheme", "rules"];

export function FileTask({ me, name }) {
  const names = useOffices();
  const of = useLook(() => Promise.all([taskOf(name), recordsOf("filing"), recordsOf("filing_answer"), look("status", { brief: true })]), [name]);
  const [ask, set] = useState(null);
  const [v, put] = useValues({});
  const [errors, setErrors] = useState({});
  const doing = useAct();
  return html`<${Looked} of=${of}>${([task, filings, answers, status]) => {
    const back = address(["sampling", name]);
    const fieldOfKind = (k) => `${k}_filing`;
    const sent = (k) => filings.filter((f) => f.subject_kind === k && f.record.startsWith(`${me.office}:`));
    const answer = (f) => f && answers.find((a) => a.filing === f.record);
    const ready = KINDS.map((k) => [k, task[fieldOfKind(k)] ? filings.find((f) => f.record === task[fieldOfKind(k)]) : sent(k).filter((f) => (f.subject || "").includes(task.doc_no)).slice(-1)[0]]);
    const name_ = KINDS.filter((k) => !task[fieldOfKind(k)] && ready.find((r) => r[0] === k)[1]);
    const send = async () => {
      const words = ["filing", `subject_kind=${ask.kind}`, `subject=${t(`ui.sampling.subject-${ask.kind}`, { doc: task.doc_no })}`, `sent_on=${v.sent_on}`, ...(v.doc_no ? [`doc_no=${v.doc_no}`] : [])];
      if (!(await doing.run("record add", { words }))) return;
      set(null);
      of.again();
    };
    const put_ = async () => {
      const words = ["sampling_task", name, ...name_.map((k) => `${fieldOfKind(k)}=${ready.find((r) => r[0] === k)[1].record}`)];
      if (!(await doing.run("record revise", { words, reason: t("ui.sampling.filings-reason") }, `"${name}@${task.rev}"`))) return;
      set(null);
      of.again();
    };
    if (ask && ask.sure) return html`<${Ask} title=${t(`ui.sampling.file-${ask.kind}`)} label=${t("ui.draw.write-it")} doing=${doing} onDo=${ask.kind === "names" ? put_ : send} onBack=${() => set(ask.kind === "names" ? null : { kind: ask.kind })} says=${[t(ask.kind === "names" ? "ui.sampling.names-says" : "ui.sampling.file-says")]}
      pairs=${ask.kind === "names" ? name_.map((k) => [t(`ui.sampling.ready-${k}`), ready.find((r) => r[0] === k)[1].record]) : [[t("ui.draw.task"), task.title], [t("ui.draw.filed"), t(`word.subject-kind.${ask.kind}`)], [t("ui.sampling.to"), names(status.parent)], [fieldName("filing", "sent_on"), v.sent_on], [fieldName("filing", "doc_no"), v.doc_no]]} />`;
    if (ask) return html`<div><${Title} text=${t(`ui.sampling.file-${ask.kind}`)}><button type="button" onClick=${() => set(null)}>${t("ui.draw.back")}</button><//><${Summary} errors=${errors} />
      <form novalidate onSubmit=${(e) => {
        e.preventDefault();
        const wrong = v.sent_on ? {} : { sent_on: t("ui.missing", { field: fieldName("filing", "sent_on") }) };
        setErrors(wrong);
        if (!Object.keys(wrong).length) set({ kind: ask.kind, sure: true });
      }}><${Input} id="sent_on" type="date" label=${fieldName("filing", "sent_on")} required=${true} error=${errors.sent_on} value=${v.sent_on} set=${(x) => put({ sent_on: x })} /><${Input} id="doc_no" label=${fieldName("filing", "doc_no")} value=${v.doc_no} set=${(x) => put({ doc_no: x })} /><p class="row"><button class="main">${t("ui.draw.check-answers")}</button></p></form></div>`;
    return html`<div><p class="trace"><a href=${address(["sampling"])}>${t("ui.nav.sampling")}</a> › <a href=${back}>${task.title}</a></p>
      <${Title} text=${t("ui.sampling.file")}><a class="button" href=${back}>${t("ui.draw.back")}</a><//><${Doing} of=${doing} />
      <p>${t("ui.sampling.file-about", { parent: names(status.parent) })}</p>
      ${ready.map(([k, f]) => {
        const a = answer(f);
        return html`<section key=${k}><h2>${t(`ui.sampling.ready-${k}`)}</h2>
          ${f ? html`<p><a href=${address(["record", "filing", f.record])}>${f.subject || f.record}</a> <span class="dim">${f.sent_on}</span> ${a ? html`<${Badge} kind=${a.outcome === "approved" ? "good" : "bad"}>${t(`word.outcome.${a.outcome}`)}<//> ${a.answered_on}` : html`<${Badge} kind="warn">${t("ui.sampling.waits-above")}<//>`}</p>` : html`<p class="dim">${t("ui.sampling.not-sent")}</p>`}
          ${f && !(a && a.outcome === "returned") ? null : own(me, name) && mayWrite(me, "filing") ? html`<p class="row"><button type="button" onClick=${() => {
            put({ sent_on: me.today, doc_no: "" });
            set({ kind: k });
          }}>${t(`ui.sampling.file-${k}`)}</button></p>` : null}</section>`;
      })}
      ${name_.length ? html`<p class="row"><button type="button" class="main" onClick=${() => set({ kind: "names", sure: true })}>${t("ui.sampling.file-names")}</button></p>` : null}
    </div>`;
  }}<//>`;
}
