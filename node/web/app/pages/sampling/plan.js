// One task: where each batch stands, what is to be done next, by when, and whose it is.
import { html } from "../../lib/html.js";
import { t, count, kindName, listed } from "../../lib/text.js";
import { mayWrite } from "../../lib/may.js";
import { look } from "../../lib/api.js";
import { address } from "../../lib/route.js";
import { Badge, Looked, Table, Title, useLook } from "../../ui/parts.js";
import { Pairs, useOffices } from "../draw/common.js";
import { lists } from "../lists/data.js";
import { Exports, Listed } from "../lists/list.js";
import { Papers } from "../work/records.js";
import { kinds } from "../work/data.js";
import { dueName, dueTone, kindOf, mine, nextName, own, recordsOf, taskOf } from "./data.js";

const PARTS = ["", "products", "summary", "about"];
const SHOWN = 6;
const FEW = 4;

// What stands above every part of the page of a task.
export function Frame({ me, task, part, tools, children }) {
  return html`<div>
    <p class="trace"><a href=${address(["sampling"])}>${t("ui.nav.sampling")}</a></p>
    <${Title} text=${task.title}>${tools}<//>
    <p class="sub">${task.doc_no}${own(me, task.record) ? "" : html` · <code>${task.record}</code>`}</p>
    <nav class="parts" aria-label=${t("ui.sampling.parts")}>${PARTS.map((p) => html`<a class="button" aria-current=${p === part ? "page" : undefined} href=${address(["sampling", task.record, ...(p ? [p] : [])])}>${t(`ui.sampling.part-${p || "batches"}`)}</a>`)}</nav>
    ${children}
  </div>`;
}

// ---- what has to be there before the first sheet

const dayOf = (a) => (a ? a.answered_on : "");
// Scheme and rules with the office above, or the approval of an office at the root.
function readiness(task, products, quotas, labs, filings, answers, parent) {
  const planned = products.reduce((n, p) => n + Number(p.batches), 0);
  const given = quotas.reduce((n, q) => n + Number(q.batches), 0);
  const filing = (field, kind) => {
    const sent = task[field] || (filings.filter((f) => f.subject_kind === kind).slice(-1)[0] || {}).record;
    const a = sent && answers.find((x) => x.filing === sent && x.outcome === "approved");
    return { sent, named: !!task[field], on: dayOf(a) };
  };
  const scheme = filing("scheme_filing", "scheme");
  const rules = filing("rules_filing", "rules");
  const approved = parent ? [
    ["scheme", scheme.named && !!scheme.on, scheme],
    ["rules", rules.named && !!rules.on, rules],
  ] : [["approval", !!task.scheme_approved_on, { on: task.scheme_approved_on }]];
  return [
    ["products", planned > 0, { n: products.length, batches: planned }],
    ["given", planned > 0 && given === planned, { given, batches: planned, labs: labs.length }],
    ...approved,
    ["public", !!task.rules_published_on, { on: task.rules_published_on || "" }],
  ];
}

function Ready({ me, task, list }) {
  const missing = list.filter(([, good]) => !good);
  if (!missing.length) return null;
  const plans = own(me, task.record) && mayWrite(me, "sampling_task");
  return html`<section class="ready"><h2>${t("ui.sampling.prepare")}</h2><p>${t("ui.sampling.prepare-says")}</p>
    <ul class="todo">${list.map(([what, good, x]) => html`<li><${Badge} kind=${good ? "good" : "warn"}>${t(good ? "ui.sampling.there" : "ui.sampling.missing")}<//> ${t(`ui.sampling.ready-${what}`)} <span class="dim">${what === "products" ? t("ui.sampling.n-products", { n: x.n, batches: x.batches }) : what === "given" ? t("ui.sampling.n-given", x) : what === "scheme" || what === "rules" ? (x.on ? t("ui.sampling.approved-on", { on: x.on }) : t(x.sent ? "ui.sampling.waits-above" : "ui.sampling.not-sent")) : x.on || ""}</span>
      ${plans && !good ? html` <a href=${address(["sampling", task.record, ...{ products: ["products"], given: ["products"], scheme: ["file"], rules: ["file"], approval: ["revise"], public: ["revise"] }[what]])}>${t(`ui.sampling.do-${what}`)}</a>` : null}</li>`)}</ul></section>`;
}

// ---- what is next

function Nexts({ me, task, next, query }) {
  const of = useLook(kinds, []);
  const order = ["reception", "number", "test", "report", "service", "receipt", "decide", "retest", "determine", "cosign", "disputed", "dispatch", "publish", "disposal", "wait", "done"].filter((n) => next[n]);
  if (!order.length) return null;
  const whose = (n) => {
    const k = (of.value || []).find((x) => x.kind === kindOf(n));
    return k ? listed(k.roles.map((r) => t(`role.${r}`))) : "";
  };
  const mineHere = (n) => mine(me, n, task.record.split(":")[0], me.office);
  return html`<section><h2>${t("ui.sampling.what-next")}</h2>
    <ul class="nexts">${order.map((n) => html`<li class=${mineHere(n) ? "mine" : ""}><a href=${address(["sampling", task.record], { next: n })} aria-current=${query.next === n ? "true" : undefined}><b>${count(next[n])}</b> <span>${nextName(n)}</span></a>
      <small>${mineHere(n) ? t("ui.sampling.yours") : whose(n)}</small></li>`)}</ul>
    <p class="row">
      ${mineHere("number") && next.number ? html`<a class="button main" href=${address(["blind"])}>${t("ui.sampling.to-numbers")}</a>` : null}
      ${mineHere("publish") && next.publish ? html`<a class="button main" href=${address(["sampling", task.record, "publish"])}>${t("ui.sampling.publish-n", { n: count(next.publish) })}</a>` : null}
    </p></section>`;
}

// What is due on the same day for the same reason stands together.
function Dues({ task, due, all }) {
  if (!due.length) return null;
  const groups = [];
  for (const d of due) {
    const g = groups.find((x) => x.deadline === d.deadline && x.due === d.due);
    if (g) g.of.push(d);
    else groups.push({ ...d, of: [d] });
  }
  const late = due.filter((d) => d.state === "overdue").length;
  return html`<section><h2>${t("ui.sampling.dues", { n: count(due.length) })} ${late ? html`<${Badge} kind="bad">${t("ui.sampling.n-late", { n: count(late) })}<//>` : null}</h2>
    <ul class="dues">${(all ? groups : groups.slice(0, SHOWN)).map((g) => html`<li><span class="when"><strong class="whole">${g.due}</strong> <${Badge} kind=${dueTone(g)}>${t(`deadline.state-${g.state}`)}<//></span>
      <span>${dueName(g)}</span>
      <span class="dim">${g.sample ? html`${g.of.slice(0, FEW).map((d) => html`<a href=${address(["batch", d.sample])}>${d.sheet_no}</a> `)}${g.of.length > FEW ? t("ui.sampling.and-more", { n: count(g.of.length) }) : ""}` : listed(g.of.map((d) => d.about))}</span></li>`)}</ul>
    ${groups.length > SHOWN ? html`<p><a href=${address(["sampling", task.record], all ? {} : { due: "all" })}>${t(all ? "ui.sampling.fewer-dues" : "ui.sampling.all-dues", { n: count(due.length) })}</a></p>` : null}</section>`;
}

const FILTERS = ["next", "state", "county", "outcome", "stage", "q", "after", "before", "sampled_on-from", "sampled_on-to", "office"];
const filtersOf = (query) => Object.fromEntries(Object.entries(query).filter(([k]) => FILTERS.includes(k)));

export function Task({ me, name, query }) {
  const of = useLook(async () => {
    const [task, stands, all, status] = await Promise.all([taskOf(name), look("sample next", { words: [name] }), lists(), look("status", { brief: true })]);
    const [products, quotas, filings, answers] = await Promise.all([recordsOf("sampling_product", `task=${name}`), recordsOf("sampling_quota", `task=${name}`), recordsOf("filing").catch(() => []), recordsOf("filing_answer").catch(() => [])]);
    return { task, stands, all, ready: readiness(task, products, quotas, [], filings, answers, status.parent) };
  }, [name]);
  return html`<${Looked} of=${of}>${({ task, stands, all, ready }) => {
    const list = all.lists.find((l) => l.id === "samples");
    const here = filtersOf(query);
    const tools = html`${own(me, name) && mayWrite(me, "sample") ? html`<a class="button main" href=${address(["sampling", name, "sheet"])}>${t("ui.sampling.take")}</a>` : null}
      ${own(me, name) && mayWrite(me, "sample_publication") ? html`<a class="button" href=${address(["sampling", name, "publish"])}>${t("ui.sampling.publish")}</a>` : null}`;
    return html`<${Frame} me=${me} task=${task} part="" tools=${tools}>
      ${["added", "revised", "published", "withdrawn"].includes(query.done) ? html`<p class="note good" role="status">${t(`ui.sampling.done-${query.done}`)}</p>` : null}
      ${own(me, name) ? html`<${Ready} me=${me} task=${task} list=${ready} />` : null}
      <${Nexts} me=${me} task=${task} next=${stands.next} query=${query} />
      <${Dues} task=${task} due=${stands.due} all=${query.due === "all"} />
      <div class="listpage"><h2>${here.next ? t("ui.sampling.batches-next", { next: nextName(here.next) }) : t("ui.sampling.batches")}</h2>
        <${Listed} list=${list} offices=${all.offices} query=${here} path=${["sampling", name]} fixed=${{ task: name, task_doc: undefined }} />
        <p class="row"><${Exports} list=${list} query=${{ ...here, task: name }} /></p></div>
    <//>`;
  }}<//>`;
}

// ---- products and who tests them

export function Products({ me, name }) {
  const of = useLook(async () => {
    const [task, products, quotas, labs, rows] = await Promise.all([taskOf(name), recordsOf("sampling_product", `task=${name}`), recordsOf("sampling_quota", `task=${name}`), recordsOf("lab"), look("sample summary", { words: [name] })]);
    return { task, products, quotas, labs, rows };
  }, [name]);
  return html`<${Looked} of=${of}>${({ task, products, quotas, labs, rows }) => {
    const plans = own(me, name) && mayWrite(me, "sampling_product");
    const lab = (r) => (labs.find((l) => l.record === r) || { name: r }).name;
    const used = (p, l) => (rows.find((r) => r.no === p.no && r.product === p.name && r.lab === l) || {}).sheets || 0;
    const tools = plans ? html`<a class="button main" href=${address(["sampling", name, "product"])}>${t("ui.sampling.add-product")}</a>
      <a class="button" href=${address(["import", "sampling_product"])}>${t("ui.sampling.import-products")}</a><a class="button" href=${address(["import", "sampling_quota"])}>${t("ui.sampling.import-quotas")}</a><a class="button" href=${address(["labs"])}>${t("ui.sampling.labs")}</a>` : null;
    return html`<${Frame} me=${me} task=${task} part="products" tools=${tools}>
      <${Table} empty=${t("ui.sampling.no-products")} rows=${products.slice().sort((a, b) => Number(a.no) - Number(b.no))} columns=${[
        { name: "no", label: t("sampling.head-no") },
        { name: "name", label: t("field.product"), of: (p) => html`<span class="two">${p.name}${p.scope ? html` <small class="dim">${p.scope}</small>` : null}</span>` },
        { name: "batches", label: t("field.batches"), number: true },
        { name: "given", label: t("ui.sampling.given-to"), of: (p) => {
          const l = quotas.filter((q) => q.product === p.record);
          const sum = l.reduce((n, q) => n + Number(q.batches), 0);
          return html`<ul class="inside">${l.map((q) => html`<li>${lab(q.lab)} <span class="dim">${t("ui.sampling.quota-of", { n: q.batches, used: used(p, lab(q.lab)) })}${q.sampling_lab !== q.lab ? ` · ${t("ui.sampling.sampled-by", { lab: lab(q.sampling_lab) })}` : ""}</span></li>`)}
            ${sum < Number(p.batches) ? html`<li><${Badge} kind="warn">${t("ui.sampling.left-over", { n: Number(p.batches) - sum })}<//>${plans ? html` <a href=${address(["sampling", name, "quota"], { product: p.record, batches: Number(p.batches) - sum })}>${t("ui.sampling.give")}<span class="unseen"> ${p.name}</span></a>` : null}</li>` : null}</ul>`;
        } },
        plans ? { name: "do", label: t("ui.draw.do"), of: (p) => html`<a href=${address(["record", "sampling_product", p.record])}>${t("ui.work.revise")}<span class="unseen"> ${p.name}</span></a>` } : null,
      ].filter(Boolean)} />
    <//>`;
  }}<//>`;
}

// ---- what came of it

const CODES = ["S01", "S02", "S03", "S04", "S05", "S06", "S07", "S08"];

export function SummaryPage({ me, name }) {
  const of = useLook(() => Promise.all([taskOf(name), look("sample summary", { words: [name] })]), [name]);
  return html`<${Looked} of=${of}>${([task, rows]) => {
    const total = rows[rows.length - 1];
    const tools = html`<button type="button" onClick=${() => print()}>${t("ui.sampling.print")}</button>`;
    const shown = CODES.filter((c) => total.conclusions[c] || ["S01", "S02"].includes(c));
    return html`<${Frame} me=${me} task=${task} part="summary" tools=${tools}>
      <div class="cards">${[["batches", total.batches], ["sheets", total.sheets], ...shown.map((c) => [c.toLowerCase(), total.conclusions[c]]), ["open", total.conclusions.under_way]].map(([k, n]) => html`<div class=${`card${k === "s02" || k === "s03" ? " bad" : ""}`}><b>${count(n)}</b>${k === "batches" ? t("field.batches") : t(`sampling.head-${k === "sheets" ? "n" : k}`)}</div>`)}</div>
      <${Table} rows=${rows.slice(0, -1)} caption=${t("ui.sampling.by-product")} empty=${t("ui.sampling.no-products")} columns=${[
        { name: "no", label: t("sampling.head-no") },
        { name: "product", label: t("field.product") },
        { name: "lab", label: t("field.lab") },
        { name: "batches", label: t("field.batches"), number: true },
        { name: "sheets", label: t("sampling.head-n"), number: true },
        ...shown.map((c) => ({ name: c, label: t(`sampling.head-${c.toLowerCase()}`), number: true, of: (r) => String(r.conclusions[c]) })),
        { name: "open", label: t("sampling.head-open"), number: true, of: (r) => String(r.conclusions.under_way) },
      ]} />
      <${Papers} kind="sampling_task" name=${name} />
    <//>`;
  }}<//>`;
}

export function About({ me, name }) {
  const names = useOffices();
  const of = useLook(() => Promise.all([taskOf(name), recordsOf("lab_report", `task=${name}`).catch(() => []), recordsOf("lab").catch(() => [])]), [name]);
  return html`<${Looked} of=${of}>${([task, reports, labs]) => {
    const plans = own(me, name) && mayWrite(me, "sampling_task");
    const lab = (r) => (labs.find((l) => l.record === r) || { name: r }).name;
    const f = (id, v) => [t(id), v];
    return html`<${Frame} me=${me} task=${task} part="about" tools=${html`${plans ? html`<a class="button" href=${address(["sampling", name, "revise"])}>${t("ui.work.revise")}</a> <a class="button" href=${address(["sampling", name, "file"])}>${t("ui.sampling.file")}</a>` : null}
        ${own(me, name) && mayWrite(me, "lab_report") ? html`<a class="button" href=${address(["sampling", name, "lab-report"])}>${t("ui.sampling.add-lab-report")}</a>` : null}`}>
      <section><${Pairs} of=${[f("ui.sampling.organizer", names(name.split(":")[0])), f("field.doc-no", task.doc_no), f("field.issued-on", task.issued_on), f("field.scope", task.scope), f("field.rules-title", task.rules_title), f("field.rules-published-on", task.rules_published_on),
        f("field.service-until", task.service_until), f("field.ecqs-until", task.ecqs_until), f("field.report-until", task.report_until), f("field.objection-days", task.objection_days || "15")]} />
        <p><a href=${address(["record", "sampling_task", name])}>${t("ui.sampling.whole-record")}</a></p></section>
      <section><h2>${kindName("lab_report")}</h2><${Table} rows=${reports} empty=${t("ui.sampling.no-lab-reports")} columns=${[
        { name: "lab", label: t("field.lab"), of: (r) => lab(r.lab) },
        { name: "received_on", label: t("field.received-on") },
        { name: "record", label: t("head.record"), of: (r) => html`<a href=${address(["record", "lab_report", r.record])}>${r.record}</a>` },
      ]} /></section>
    <//>`;
  }}<//>`;
}
