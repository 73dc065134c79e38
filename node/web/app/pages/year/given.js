// What is ordered beside the draw, by a document: tasks that are drawn together, a list of objects that is given, objects that
// are taken into a draw or out of it. Each is read and checked first, and cannot be taken back afterwards.
import { html, useEffect, useState } from "../../lib/html.js";
import { t, aside, count, stateName } from "../../lib/text.js";
import { get, look } from "../../lib/api.js";
import { address, go } from "../../lib/route.js";
import { File, Input, Select, Summary, useValues } from "../../ui/form.js";
import { ObjectsPick } from "../../ui/pick.js";
import { Badge, Looked, Table, Title, useLook } from "../../ui/parts.js";
import { Ask, Doing, Pairs, useAct, useOffices } from "../draw/common.js";
import { nameOf } from "../draw/draws.js";
import { Boxes, Radios } from "../work/field.js";

const FEW = 20;
const TOP = 1; // no office above: it marks for itself
const filled = (x) => (Array.isArray(x) ? x.length : x !== undefined && x !== null && String(x).trim());

// A form, its check and its answers once more: {v, put, errors, asked, back, doing}. try: what the office says before it is done.
function useSteps(start, needed, rehearse) {
  const [v, change] = useValues(start);
  const [errors, setErrors] = useState({});
  const [asked, ask] = useState(null);
  const doing = useAct();
  useEffect(() => scrollTo(0, 0), [!!asked]);
  const check = async (e) => {
    e.preventDefault();
    const wrong = {};
    for (const [id, label] of needed(v)) if (!filled(v[id])) wrong[id] = t("ui.missing", { field: label });
    setErrors(wrong);
    doing.clear();
    if (Object.keys(wrong).length) return;
    const a = rehearse ? await doing.run(...rehearse(v)) : { result: {} };
    if (a) ask(a.result);
  };
  return { v, put: (name) => (x) => change({ [name]: x }), errors, setErrors, asked, back: () => ask(null), doing, check };
}

// ---- tasks drawn together

export function Group({ name, me }) {
  const of = useLook(() => Promise.all([look("plan list").then((l) => l.find((p) => p.plan === name) || {}), look("plan show", { words: name })]), [name]);
  const match = of.value && of.value[0].rev ? `"${name}@${of.value[0].rev}"` : undefined; // the plan as it is looked at (web-29)
  const joint = (v) => v.how === "joint";
  const options = (v, more) => ({ words: [name, ...v.tasks.split(",")], ...(joint(v) ? { joint: v.joint.trim() } : { alone: true }), reason: v.reason.trim(), ...more });
  const s = useSteps({ tasks: "", how: "joint" }, (v) => [["tasks", t("ui.draw.tasks")], ...(joint(v) ? [["joint", t("ui.year.joint-name")]] : []), ["reason", t("ui.year.reason")]], (v) => ["plan group", options(v, { "dry-run": true }), match]);
  const { v, put, errors, asked, doing } = s;
  const write = async () => {
    if (await doing.run("plan group", options(v), match)) go(["plan", name], { done: "grouped" });
  };
  return html`<${Looked} of=${of}>${([p, tasks]) => {
    const called = (no) => `${no} ${nameOf(tasks.find((x) => x.task === no) || {})}`;
    if (asked) return html`<${Ask} title=${t("ui.year.group")} label=${t("ui.year.group-write")} doing=${doing} onDo=${write} onBack=${s.back}
      pairs=${[[t("ui.draw.plan"), p.title], [t("ui.draw.tasks"), html`<ul class="plain">${v.tasks.split(",").map((no) => html`<li>${called(no)}</li>`)}</ul>`], [t("ui.year.group-how"), t(`ui.year.group-${v.how}`)], joint(v) ? [t("ui.year.joint-name"), v.joint] : null, [t("ui.year.reason"), v.reason], [t("ui.year.group-slots"), count(asked.slots)]]}
      says=${asked.slots ? [t("ui.year.revision-says"), t("ui.year.group-says-2")] : [t("ui.year.group-nothing")]} />`;
    return html`<div><${Title} text=${t("ui.year.group")}><a class="button" href=${address(["plan", name])}>${t("ui.draw.back")}</a><//>
      <p>${t("ui.year.group-says")}</p>
      <${Summary} errors=${errors} /><${Doing} of=${doing} />
      <form onSubmit=${s.check} novalidate>
        <${Boxes} id="tasks" label=${t("ui.draw.tasks")} required=${true} error=${errors.tasks} value=${v.tasks} set=${put("tasks")} choices=${tasks.map((x) => [x.task, html`${called(x.task)}${x.joint ? html` <${Badge}>${x.joint}<//>` : null} <span class="dim">${stateName("plan-task", x.state)}</span>`])} />
        <${Radios} id="how" label=${t("ui.year.group-how")} required=${true} value=${v.how} set=${put("how")} choices=${["joint", "alone"].map((h) => [h, t(`ui.year.group-${h}`)])} />
        ${joint(v) ? html`<${Input} id="joint" label=${t("ui.year.joint-name")} hint=${t("ui.year.joint-hint")} required=${true} error=${errors.joint} value=${v.joint} set=${put("joint")} />` : null}
        <${Input} id="reason" label=${t("ui.year.reason")} hint=${t("ui.year.reason-hint")} required=${true} lines=${2} error=${errors.reason} value=${v.reason} set=${put("reason")} />
        <div class="row"><button class="main" disabled=${doing.busy}>${t("ui.draw.check-answers")}</button></div>
      </form></div>`;
  }}<//>`;
}

// ---- a document: the fields that both of the others have

const DOCUMENT = [["title", "ui.year.doc-title"], ["doc-no", "ui.draw.doc-no"], ["given-on", "ui.year.given-on"]];
const wanted = () => DOCUMENT.map(([id, label]) => [id, t(label)]);
const said = (v) => DOCUMENT.map(([id, label]) => [t(label), v[id]]);
const taken = (v) => DOCUMENT.reduce((o, [id]) => ({ ...o, [id]: v[id].trim() }), {});
const Document = ({ s }) => DOCUMENT.map(([id, label]) => html`<${Input} key=${id} id=${id} type=${id === "given-on" ? "date" : "text"} label=${t(label)} required=${true} error=${s.errors[id]} value=${s.v[id]} set=${s.put(id)} />`);

// ---- a list that is given

const SOURCES = ["parent", "external"];

export function Give({ name, me, task, office }) {
  const names = useOffices();
  const options = (v, more) => ({ words: [name, task], office, objects: v.objects, source: v.source, ...taken(v), ...more });
  const s = useSteps({ source: "parent", "given-on": me.today }, () => [["objects", t("ui.year.given-file")], ["source", t("ui.lists.col.source")], ...wanted()], (v) => ["plan give-list", options(v, { "dry-run": true })]);
  const { v, put, errors, asked, doing } = s;
  const write = async () => {
    if (await doing.run("plan give-list", options(v))) go(["lists", "given"]);
  };
  const about = [[t("ui.draw.plan"), name], [t("ui.draw.task"), task], [t("ui.draw.inspecting"), names(office)]];
  if (asked) return html`<${Ask} title=${t("ui.year.give")} label=${t("ui.year.give-write")} doing=${doing} onDo=${write} onBack=${s.back}
    pairs=${[...about, [t("ui.lists.col.source"), t(`ui.lists.source.${v.source}`)], ...said(v), [t("ui.lists.col.objects"), count(asked.objects)]]} says=${[t("ui.year.give-says-1"), t("ui.year.give-says-2")]}>
    <h2>${asked.objects > FEW ? t("ui.year.given-first", { n: FEW }) : t("ui.year.given-all")}</h2>
    <${Table} rows=${asked.listed.slice(0, FEW)} columns=${[{ name: "name", label: t("ui.draw.target") }, { name: "object", label: t("ui.year.object-id") }, { name: "address", label: t("ui.draw.address") }]} /><//>`;
  return html`<div><${Title} text=${t("ui.year.give")}><a class="button" href=${address(["plan", name], { task: task.split("/")[0] })}>${t("ui.draw.back")}</a><//>
    <p>${t("ui.year.give-says")}</p><section><${Pairs} of=${about} /></section>
    <${Summary} errors=${errors} /><${Doing} of=${doing} />
    <form onSubmit=${s.check} novalidate>
      <${File} id="objects" label=${t("ui.year.given-file")} hint=${t("ui.year.given-file-hint")} required=${true} error=${errors.objects} accept=".csv,.xlsx,text/csv" set=${put("objects")} refuse=${(p) => s.setErrors({ objects: p.message })} />
      <${Radios} id="source" label=${t("ui.lists.col.source")} required=${true} error=${errors.source} value=${v.source} set=${put("source")} choices=${SOURCES.map((x) => [x, t(`ui.lists.source.${x}`)])} />
      <${Document} s=${s} />
      <div class="row"><button class="main" disabled=${doing.busy}>${t("ui.year.read-it")}</button></div>
    </form></div>`;
}

// ---- objects that are taken in or out

const REASONS = { must: ["1", "2", "3", "4", "5", "6", "7", "8"], exclude: ["64", "65", "66", "67", "68", "69"] };
const OWN = "own"; // a number that the province gave itself

export function Marks({ me, done }) {
  const names = useOffices();
  const of = useLook(async () => {
    const [certs, plans, has] = await Promise.all([look("cert list"), look("plan list"), get("lists/grants", { limit: FEW })]);
    const scopes = [];
    for (const p of plans) for (const x of await look("plan show", { words: p.plan })) scopes.push([`${p.plan.split("/")[1]}/${x.task}`, `${p.plan}/${x.task} ${nameOf(x)}`]);
    return { below: certs.filter((c) => c.office !== me.office || me.level === TOP), scopes, has: has.rows };
  }, [done]);
  const number = (v) => Number(v.reason === OWN ? v.number : v.reason);
  const options = (v) => ({ office: v.office, kind: v.kind, reason: number(v), object: v.objects, ...(filled(v.scope) ? { scope: v.scope.trim() } : {}), ...(v.until ? { until: v.until } : {}), ...taken(v) });
  const s = useSteps({ kind: "must", objects: [], "given-on": me.today }, (v) => [["office", t("ui.lists.col.drawer")], ["reason", t("ui.year.reason")], ...(v.reason === OWN ? [["number", t("ui.year.own-number")]] : []), ["objects", t("ui.draw.target")], ...wanted()]);
  const [called, call] = useState({});
  const { v, put, errors, asked, doing } = s;
  const reason = () => (v.reason === OWN ? v.number : t(`mark.reason-${v.reason}`));
  const write = async () => {
    if (!(await doing.run("mark grant", options(v)))) return;
    s.back();
    put("objects")([]);
    go(["marks"], { done: Date.now() % 100000 });
  };
  const confirm = (scopes) => html`<${Ask} title=${t("ui.year.marks")} label=${t("ui.year.mark-write")} doing=${doing} onDo=${write} onBack=${s.back}
    pairs=${[[t("ui.lists.col.drawer"), names(v.office)], [t("ui.lists.col.mark"), t(`ui.year.mark-${v.kind}`)], [t("ui.year.reason"), reason()], [t("ui.draw.target"), html`<ul class="plain">${v.objects.map((o) => html`<li>${called[o] || ""} <code>${o}</code></li>`)}</ul>`], [t("ui.lists.col.scope"), v.scope ? scopes.find(([x]) => x === v.scope)[1] : t("ui.year.all-tasks")], [t("ui.lists.col.last-day"), v.until || t("ui.year.for-good")], ...said(v)]}
    says=${[t(`ui.year.mark-${v.kind}-says`), t("ui.year.mark-says-2")]} />`;
  return html`<${Looked} of=${of}>${({ below, scopes, has }) => asked ? confirm(scopes) : html`<div>
    <${Title} text=${t("ui.year.marks")}><a class="button" href=${address(["plans"])}>${t("ui.draw.back")}</a><//>
    ${done ? html`<p class="note good" role="status">${t("ui.year.mark-done")}</p>` : null}
    <p>${t("ui.year.marks-say")}</p>
    <section><h2>${t("ui.year.marks-stand")}</h2><${Table} rows=${has} empty=${t("ui.year.no-marks")} columns=${[
      { name: "object_name", label: t("ui.draw.target"), of: (r) => html`<a href=${address(["lists", "grants", "row", r.at])}>${r.object_name}</a>` },
      { name: "mark", label: t("ui.lists.col.mark"), of: (r) => t(`ui.lists.mark.${r.mark}`) },
      { name: "drawer", label: t("ui.lists.col.drawer"), of: (r) => names(r.drawer) },
      { name: "doc_no", label: t("ui.draw.doc-no") },
      { name: "given_on", label: t("ui.year.given-on") },
      { name: "last_day", label: t("ui.lists.col.last-day"), of: (r) => r.last_day || t("ui.year.for-good") },
    ]} />${has.length === FEW ? html`<p><a href=${address(["lists", "grants"])}>${t("ui.year.all-marks")}</a></p>` : null}</section>
    <section><h2>${t("ui.year.mark-new")}</h2>
    <${Summary} errors=${errors} /><${Doing} of=${doing} />
    <form onSubmit=${s.check} novalidate>
      <${Select} id="office" label=${t("ui.lists.col.drawer")} required=${true} error=${errors.office} value=${v.office} set=${put("office")} choices=${below.map((c) => [c.office, `${c.name}${aside(c.office)}`])} />
      <${Radios} id="kind" label=${t("ui.lists.col.mark")} required=${true} value=${v.kind} set=${(x) => {
        put("kind")(x);
        put("reason")("");
      }} choices=${["must", "exclude"].map((k) => [k, t(`ui.year.mark-${k}`)])} />
      <${Select} id="reason" label=${t("ui.year.reason")} required=${true} error=${errors.reason} value=${v.reason} set=${put("reason")} choices=${[...REASONS[v.kind].map((r) => [r, t(`mark.reason-${r}`)]), [OWN, t("ui.year.own-reason")]]} />
      ${v.reason === OWN ? html`<${Input} id="number" type="number" min="128" max="254" label=${t("ui.year.own-number")} hint=${t("ui.range", { least: 128, most: 254 })} required=${true} error=${errors.number} value=${v.number} set=${put("number")} />` : null}
      <${ObjectsPick} id="objects" label=${t("ui.draw.target")} required=${true} error=${errors.objects} value=${v.objects} set=${put("objects")} office=${v.office} told=${(n, name) => call((was) => ({ ...was, [n]: name }))} />
      <${Select} id="scope" label=${t("ui.lists.col.scope")} hint=${t("ui.year.scope-hint")} value=${v.scope} set=${put("scope")} choices=${scopes} />
      <${Input} id="until" type="date" label=${t("ui.lists.col.last-day")} hint=${t("ui.year.until-hint")} value=${v.until} set=${put("until")} />
      <${Document} s=${s} />
      <div class="row"><button class="main" disabled=${doing.busy}>${t("ui.draw.check-answers")}</button></div>
    </form></section></div>`}<//>`;
}
