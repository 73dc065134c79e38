// A plan is issued or revised: the two tables and what the document says; then what the office reads in them, printed text
// beside value; and only then the act.
import { html, useEffect, useState } from "../../lib/html.js";
import { t, aside, count, fieldName, listed, parted } from "../../lib/text.js";
import { look } from "../../lib/api.js";
import { address, go } from "../../lib/route.js";
import { File, Input, Select, Summary, useValues } from "../../ui/form.js";
import { Looked, Table, Title, useLook } from "../../ui/parts.js";
import { Ask, Doing, Pairs, useAct, useOffices } from "../draw/common.js";
import { nameOf } from "../draw/draws.js";

const lastDay = (year) => `${year}-12-20`; // of a plan that says none (plan_window)
const CLOCKS = ["inspection_completed", "task_completed"];
const need = (wrong, id, v, label) => {
  if (!v || !String(v).trim()) wrong[id] = t("ui.missing", { field: label });
};

const qualified = (q) => (q.length ? aside(t("ui.year.read-qualifications", { codes: listed(q) })) : "");
// Who may be drawn, by which shares, and how many go: what the scopes of a task come to.
function Draws({ of }) {
  if (!of) return null;
  const strata = of.strata.map((s) => t(s.least ? "ui.year.read-stratum" : "ui.year.read-share", { condition: s.condition, share: `${s.num}/${s.den}`, least: s.least }));
  return html`<small class="read">${t("ui.year.read-population", { words: of.population })}</small>
    <small class="read">${t("ui.year.read-strata", { strata: parted(strata) })}</small>
    <small class="read">${parted(of.roles.map((r) => t("ui.year.read-role", { n: r.inspectors }) + qualified(r.qualifications)))}</small>`;
}

// What is read in a task, each beside the words of the print.
function Draft({ tasks }) {
  return html`<${Table} rows=${tasks} columns=${[
    { name: "task", label: t("ui.draw.no") },
    { name: "name", label: t("ui.draw.task"), of: (x) => nameOf(x) },
    { name: "scope", label: t("ui.draw.scope"), of: (x) => html`<span class="two">${x.scope} <${Draws} of=${x.draws} /></span>` },
    { name: "quantity", label: t("ui.draw.quantity"), of: (x) => html`<span class="two">${x.quantity} <small class="read">${t(`ui.draw.ratio-${x.ratio_op || "none"}`, { num: x.ratio_num, den: x.ratio_den, times: x.times })}</small></span>` },
    { name: "window", label: t("ui.draw.window"), of: (x) => html`<span class="two">${x.window} <small class="read">${x.window_from} — ${x.window_to}</small></span>` },
    { name: "level_text", label: t("ui.draw.levels"), of: (x) => html`<span class="two">${x.level_text || t("ui.year.blank")} <small class="read">${listed(x.levels.split(/[;,]/).map((l) => t(`ui.year.level-${l}`)))}${x.merged_from ? ` · ${t("ui.draw.merged-from", { task: x.merged_from })}` : ""}</small></span>` },
  ]} />`;
}

function Changes({ changes }) {
  const names = useOffices();
  return html`<${Table} rows=${changes} empty=${t("ui.year.no-change")} columns=${[
    { name: "change", label: t("ui.draw.change"), of: (x) => t(`change.${x.change}`, { office: names(x.drawer), field: fieldName(x.change === "plan" ? "plan" : "plan_task", x.field) }) },
    { name: "task", label: t("ui.draw.task"), of: (x) => (x.round ? `${x.task}/${x.round}` : x.task) },
    { name: "before", label: t("ui.draw.was") },
    { name: "after", label: t("ui.draw.is") },
  ]} />`;
}

const LABELS = { plan: "ui.year.plan-file", scopes: "ui.year.scopes-file", series: "ui.year.series", year: "ui.draw.year", title: "ui.year.title", "doc-no": "ui.draw.doc-no", "issued-on": "ui.draw.issued-on", reason: "ui.year.reason" };
const label = (name) => t(LABELS[name]);

export function MakePlan({ me, plan }) {
  const year = (me.today || "").slice(0, 4);
  const was = useLook(() => (plan ? look("plan list").then((l) => l.find((p) => p.plan === plan) || {}) : Promise.resolve({})), [plan]);
  const [v, change] = useValues(plan ? {} : { series: year, year, "issued-on": me.today });
  const [errors, setErrors] = useState({});
  const [draft, show] = useState(null);
  const doing = useAct();
  const put = (name) => (x) => change({ [name]: x });
  useEffect(() => scrollTo(0, 0), [draft]);
  const options = (more) => {
    const o = { ...more };
    for (const [k, x] of Object.entries(v)) if (x && String(x).trim()) o[k] = k === "year" || /days|cap/.test(k) ? Number(x) : x;
    if (plan) o.words = [plan];
    return o;
  };
  const command = plan ? "plan revise" : "plan import";
  // The revision that was looked at when the page opened: nobody's revision is passed over unseen (web-29).
  const match = plan && was.value && was.value.rev ? `"${plan}@${was.value.rev}"` : undefined;
  const check = async (e) => {
    e.preventDefault();
    const wrong = {};
    for (const f of plan ? ["plan", "scopes", "reason"] : ["plan", "scopes", "series", "year", "title", "doc-no", "issued-on"]) need(wrong, f, v[f], label(f));
    setErrors(wrong);
    doing.clear();
    if (Object.keys(wrong).length) return;
    const a = await doing.run(command, options({ "dry-run": true }), match);
    if (a) show(a.result);
  };
  const write = async () => {
    const a = await doing.run(command, options({}), match);
    if (a) go(["plan", plan || a.result.plan], { done: plan ? "revised" : "issued" });
  };
  const template = (name) => html`<p class="hint"><a href=${new URL(`../../templates/${name}.csv`, import.meta.url).href} download=${`${label(name)}.csv`}>${t("ui.year.template", { table: label(name) })}</a></p>`;
  const file = (name, hint) => html`<${File} id=${name} label=${label(name)} hint=${hint} required=${true} error=${errors[name]} accept=".csv,.xlsx,text/csv" set=${put(name)} refuse=${(p) => setErrors({ [name]: p.message })} />${template(name)}`;
  const input = (name, more) => html`<${Input} id=${name} label=${label(name)} required=${true} error=${errors[name]} value=${v[name]} set=${put(name)} ...${more} />`;
  return html`<${Looked} of=${was}>${(p) => {
    const title = plan ? t("ui.year.revise-of", { plan: p.title || plan }) : t("ui.year.make-plan");
    if (draft) return html`<div>
      <${Ask} title=${title} label=${t(plan ? "ui.year.write-revision" : "ui.year.issue")} doing=${doing} onDo=${write} onBack=${() => show(null)}
        pairs=${plan ? [[t("ui.draw.plan"), p.title], [label("reason"), v.reason], v["doc-no"] ? [label("doc-no"), v["doc-no"]] : null, [t("ui.draw.rev"), draft.rev]] : [[label("title"), v.title], [label("series"), draft.plan], [label("doc-no"), v["doc-no"]], [label("issued-on"), v["issued-on"]], [t("ui.year.deadline"), v.deadline || lastDay(v.year)], [t("ui.draw.tasks"), count(draft.tasks)], [t("ui.draw.slots"), count(draft.slots)]]}
        says=${[t(plan ? "ui.year.revision-says" : "ui.year.issue-says-1"), t("ui.year.issue-says-2")]}>
        <h2>${t(plan ? "ui.year.changes-now" : "ui.year.as-read")}</h2>
        ${plan ? html`<${Changes} changes=${draft.changes || []} />` : html`<p class="dim">${t("ui.year.as-read-says")}</p><${Draft} tasks=${draft.draft || []} />`}
      <//></div>`;
    return html`<div><${Title} text=${title}><a class="button" href=${plan ? address(["plan", plan]) : address(["plans"])}>${t("ui.draw.back")}</a><//>
      <p>${t(plan ? "ui.year.revise-says" : "ui.year.make-says")}</p>
      <${Summary} errors=${errors} /><${Doing} of=${doing} />
      ${plan ? html`<section><${Pairs} of=${[[t("ui.draw.plan"), p.title], [t("ui.draw.doc-no"), p.doc_no], [t("ui.draw.rev"), p.rev]]} /></section>` : null}
      <form onSubmit=${check} novalidate>
        ${file("plan", t("ui.year.plan-file-hint"))}${file("scopes", t("ui.year.scopes-file-hint"))}
        ${plan ? html`${input("reason", { lines: 2, hint: t("ui.year.reason-hint") })}<${Input} id="doc-no" label=${label("doc-no")} value=${v["doc-no"]} set=${put("doc-no")} /><${Input} id="issued-on" type="date" label=${label("issued-on")} value=${v["issued-on"]} set=${put("issued-on")} />`
          : html`${input("title", { hint: t("ui.year.title-hint") })}${input("doc-no")}${input("issued-on", { type: "date" })}${input("year", { type: "number", min: 2000, max: 2099 })}${input("series", { hint: t("ui.year.series-hint") })}`}
        <${Input} id="deadline" type="date" label=${t("ui.year.deadline")} hint=${plan ? t("ui.year.deadline-stays") : t("ui.year.deadline-hint", { day: lastDay(v.year || year) })} value=${v.deadline} set=${put("deadline")} />
        ${plan ? null : html`<details><summary>${t("ui.year.more")}</summary>
          <${Input} id="recipients" label=${t("ui.year.recipients")} value=${v.recipients} set=${put("recipients")} />
          <${Input} id="parent-doc-no" label=${t("ui.year.parent-doc-no")} value=${v["parent-doc-no"]} set=${put("parent-doc-no")} />
          <${Input} id="coverage" label=${t("ui.year.coverage")} hint=${t("ui.year.coverage-hint")} value=${v.coverage} set=${put("coverage")} />
          <${Input} id="object-cap" type="number" min="1" max="366" label=${t("ui.year.object-cap")} hint=${t("ui.year.object-cap-hint")} value=${v["object-cap"]} set=${put("object-cap")} />
          <${Input} id="publication-days" type="number" min="1" max="3660" label=${t("ui.year.publication-days")} hint=${t("ui.year.publication-days-hint")} value=${v["publication-days"]} set=${put("publication-days")} />
          <${Select} id="publication-clock" label=${t("ui.year.publication-clock")} value=${v["publication-clock"]} set=${put("publication-clock")} choices=${CLOCKS.map((c) => [c, t(`ui.year.clock-${c.split("_")[0]}`)])} /></details>`}
        <div class="row"><button class="main" disabled=${doing.busy}>${t("ui.year.read-it")}</button></div>
      </form></div>`;
  }}<//>`;
}
