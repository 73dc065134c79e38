// A plan as it was printed beside what the program reads in it: tasks, revisions and what they changed, filing and its answer.
import { html, useState } from "../../lib/html.js";
import { t, stateName } from "../../lib/text.js";
import { look } from "../../lib/api.js";
import { address, replaceQuery } from "../../lib/route.js";
import { Input, Select, Summary, useValues } from "../../ui/form.js";
import { Badge, Looked, Table, Title, useLook } from "../../ui/parts.js";
import { Ask, Doing, may, Pairs, Pick, Search, Share, useAct, useOffices, mayWrite } from "./common.js";
import { nameOf } from "./draws.js";
import { recordsOf } from "../sampling/data.js";
import { Flaws } from "../year/items.js";

// What stands beside a plan: [page, duty].
const BESIDE = [["items"], ["tables"], ["calendar"], ["marks", "mark-grant"]];

export function Plans({ me }) {
  const names = useOffices();
  const plans = useLook(() => look("plan list"), []);
  return html`<div>
    <${Title} text=${t("ui.draw.plans")}><a class="button" href=${address(["proposals"])}>${t("ui.draw.proposals")}</a>
      ${may(me, "plan-import") ? html`<a class="button" href=${address(["plans", "add"])}>${t("ui.draw.plan-import")}</a>` : null}<//>
    <${Looked} of=${plans}>${(rows) => html`<${Table} rows=${rows} link=${(p) => address(["plan", p.plan])} columns=${[
      { name: "title", label: t("ui.draw.plan") },
      { name: "issuer", label: t("ui.draw.issuer"), of: (p) => names(p.plan.split("/")[0]) },
      { name: "doc_no", label: t("ui.draw.doc-no") },
      { name: "issued_on", label: t("ui.draw.issued-on") },
      { name: "tasks", label: t("ui.draw.tasks"), number: true },
      { name: "slots", label: t("ui.draw.slots"), number: true },
      { name: "rev", label: t("ui.draw.rev"), number: true },
      { name: "state", label: t("ui.draw.state"), of: (p) => html`<${Badge}>${stateName("plan", p.state)}<//>` },
      { name: "filing", label: t("ui.draw.filing"), of: (p) => (p.filing ? html`<${Badge} kind=${p.filing === "returned" ? "bad" : p.filing === "sent" || p.filing === "older" ? "warn" : "good"}>${stateName("filing", p.filing)}<//>` : t("ui.draw.not-filed")) },
    ]} />`}<//>
    <section><h2>${t("ui.year.rests-on")}</h2><ul class="choices">${BESIDE.filter(([, duty]) => !duty || may(me, duty)).map(([to]) => html`<li><a href=${address([to])}>${t(`ui.year.to-${to}`)}</a> <small class="dim">${t(`ui.year.to-${to}-says`)}</small></li>`)}</ul></section>
  </div>`;
}

function Tasks({ plan, rows, query }) {
  const states = Array.from(new Set(rows.map((x) => x.state)));
  const shown = rows.filter((x) => (!query.state || x.state === query.state) && (!query.find || `${x.task} ${x.name} ${x.items} ${x.scope}`.includes(query.find)));
  return html`<div class="filters">
      <${Search} id="find" label=${t("ui.find")} name="find" query=${query} />
      <${Pick} id="state" label=${t("ui.draw.state")} name="state" query=${query} choices=${states.map((s) => [s, stateName("plan-task", s)])} />
    </div>
    <p class="dim" role="status">${t("ui.draw.shown", { n: shown.length, all: rows.length })}</p>
    <${Table} rows=${shown} columns=${[
      { name: "task", label: t("ui.draw.no") },
      { name: "name", label: t("ui.draw.task"), of: (x) => html`<a href=${address(["plan", plan], { ...query, task: x.task })}>${nameOf(x)}</a>` },
      { name: "quantity", label: t("ui.draw.quantity"), of: (x) => html`<span class="two">${x.quantity} <small class="dim">${t(`ui.draw.ratio-${x.ratio_op || "none"}`, { num: x.ratio_num, den: x.ratio_den, times: x.times })}</small></span>` },
      { name: "window", label: t("ui.draw.window"), of: (x) => html`<span class="two">${x.window} <small class="dim">${x.window_from} — ${x.window_to}</small></span>` },
      { name: "level_text", label: t("ui.draw.levels") },
      { name: "state", label: t("ui.draw.state"), of: (x) => html`<span><${Badge}>${stateName("plan-task", x.state)}<//>${x.overdue ? html` <${Badge} kind="bad">${t("ui.draw.overdue")}<//>` : null}${x.outside_window ? html` <${Badge} kind="warn">${t("ui.draw.outside")}<//>` : null}</span>` },
      { name: "drawn", label: t("ui.draw.drawn-of"), number: true, of: (x) => `${x.standing.drawn}/${x.standing.slots}` },
      { name: "published", label: t("ui.draw.published-of"), of: (x) => html`<${Share} of=${x.standing.published} over=${x.standing.targets} />` },
    ]} />`;
}

// A slot whose objects may come from a list of this office.
const takes = (me) => (s) => s.type === "pairs" && s.drawer !== me.office;

function Task({ plan, no, query, me }) {
  const names = useOffices();
  const of = useLook(() => look("plan show", { words: [plan, no] }), [plan, no]);
  return html`<${Looked} of=${of}>${(x) => html`<div>
    <${Title} text=${`${x.task} ${nameOf(x)}`}><a class="button" href=${address(["plan", plan], { ...query, task: "" })}>${t("ui.draw.back")}</a><//>
    <section><h2>${t("ui.draw.beside")}</h2>
      <${Table} rows=${[
        [t("ui.draw.quantity"), x.quantity, t(`ui.draw.ratio-${x.ratio_op || "none"}`, { num: x.ratio_num, den: x.ratio_den, times: x.times })],
        [t("ui.draw.window"), x.window, `${x.window_from} — ${x.window_to}`],
        [t("ui.draw.levels"), x.level_text, x.levels],
        [t("ui.draw.initiator"), x.initiator_text, x.initiator],
        [t("ui.draw.merged"), x.merged_from ? "—" : "", x.merged_from ? t("ui.draw.merged-from", { task: x.merged_from }) : ""],
      ].filter((r) => r[1] || r[2])} columns=${[
        { name: "what", label: t("ui.draw.field"), of: (r) => r[0] },
        { name: "printed", label: t("ui.draw.printed"), of: (r) => r[1] },
        { name: "read", label: t("ui.draw.read"), of: (r) => r[2] },
      ]} /></section>
    <section><h2>${t("ui.draw.items")}</h2><p>${x.items}</p><h2>${t("ui.draw.scope")}</h2><p>${x.scope}</p>${x.note ? html`<h2>${t("ui.draw.note")}</h2><p>${x.note}</p>` : null}</section>
    <section><h2>${t("ui.draw.standing")}</h2><div class="cards">${["slots", "ordered", "drawn", "targets", "visited", "published", "open"].map((k) => html`<div class="card"><b>${x.standing[k]}</b>${t(`ui.draw.standing-${k}`)}</div>`)}</div>
      <${Table} rows=${x.slots || []} columns=${[
        { name: "round", label: t("ui.draw.round"), number: true },
        { name: "drawer", label: t("ui.draw.drawer"), of: (s) => names(s.drawer) },
        { name: "type", label: t("ui.draw.type"), of: (s) => t(`slot-type.${s.type}`) },
        { name: "w", label: t("ui.draw.window"), of: (s) => `${s.window_from} — ${s.window_to}` },
        { name: "joint", label: t("ui.draw.joint") },
        ...(may(me, "given-list") && (x.slots || []).some(takes(me)) ? [{ name: "give", label: t("ui.draw.do"), of: (s) => (takes(me)(s) ? html`<a href=${address(["plan", plan, "give"], { task: `${no}/${s.round}`, office: s.drawer })}>${t("ui.year.give")}</a>` : null) }] : []),
      ]} /></section>
    <section><h2>${t("ui.draw.rules")}</h2><p class="dim">${t("ui.draw.rules-say")}</p>${(x.rules || []).map((r) => html`<pre>${r}</pre>`)}</section>
  </div>`}<//>`;
}

function Changes({ plan, rev }) {
  const names = useOffices();
  const [n, set] = useState(rev);
  const of = useLook(() => look("plan changes", { words: plan, rev: n }), [plan, n]);
  const revs = [];
  for (let i = rev; i > 1; i--) revs.push([String(i), t("ui.draw.rev-n", { n: i })]);
  return html`<section><h2>${t("ui.draw.changes")}</h2>
    <${Select} id="rev" label=${t("ui.draw.rev")} required=${true} value=${String(n)} set=${(x) => set(Number(x))} choices=${revs} />
    <${Looked} of=${of}>${(c) => html`<${Table} rows=${c.changes || []} columns=${[
      { name: "change", label: t("ui.draw.change"), of: (x) => t(`change.${x.change}`, { office: names(x.drawer), field: x.field }) },
      { name: "task", label: t("ui.draw.task") },
      { name: "before", label: t("ui.draw.was") },
      { name: "after", label: t("ui.draw.is") },
    ]} />`}<//>
  </section>`;
}

// Filing with the office above, and the answer of this office to what was filed below.
function Filing({ p, me, again }) {
  const names = useOffices();
  const mine = p.plan.split("/")[0] === me.office;
  const of = useLook(async () => {
    const [filings, answers] = await Promise.all([recordsOf("filing"), recordsOf("filing_answer")]);
    return { filings, answers };
  }, [p.plan]);
  const doing = useAct();
  const [v, put] = useValues({});
  const [errors, setErrors] = useState({});
  const [asking, ask] = useState(null);
  const field = (r, f) => r[f] || "";
  const answered = (all, r) => all.answers.find((a) => field(a, "filing") === r.record);
  const accept = async () => {
    if (await doing.run("plan accept", { words: [p.plan] })) {
      ask(null);
      again();
    }
  };
  const answer = async () => {
    const words = ["filing_answer", `filing=${asking}`, `outcome=${v.outcome}`, `answered_on=${me.today}`, ...(v.receipt_no ? [`receipt_no=${v.receipt_no}`] : []), ...(v.note ? [`note=${v.note}`] : [])];
    if (await doing.run("record add", { words })) {
      ask(null);
      of.again();
      again();
    }
  };
  const check = (e) => {
    e.preventDefault();
    const wrong = {};
    if (!v.outcome) wrong.outcome = t("ui.missing", { field: t("ui.draw.outcome") });
    if (v.outcome === "returned" && !v.note) wrong.note = t("ui.draw.return-needs-note");
    setErrors(wrong);
    if (!Object.keys(wrong).length) put({ sure: true });
  };
  if (asking === "accept") return html`<${Ask} title=${t("ui.draw.accept-plan")} label=${t("ui.draw.accept-plan")} doing=${doing} onDo=${accept} onBack=${() => ask(null)} pairs=${[[t("ui.draw.plan"), p.title]]} says=${[t("ui.draw.accept-says")]} />`;
  if (asking && v.sure) return html`<${Ask} title=${t("ui.draw.answer-filing")} label=${t("ui.draw.write-it")} doing=${doing} onDo=${answer} onBack=${() => put({ sure: false })} pairs=${[[t("ui.draw.plan"), p.title], [t("ui.draw.outcome"), t(`word.outcome.${v.outcome}`)], [t("ui.draw.receipt-no"), v.receipt_no], [t("ui.draw.note"), v.note]]} says=${[t("ui.draw.answer-says")]} />`;
  return html`<section><h2>${t("ui.draw.filing")}</h2>
    <p>${p.filing ? html`<${Badge}>${stateName("filing", p.filing)}<//>` : t("ui.draw.not-filed")} ${p.accepted ? html`<${Badge} kind="good">${t("ui.draw.accepted")}<//>` : null}</p>
    <${Looked} of=${of}>${(all) => html`<${Table} rows=${all.filings} empty=${t("ui.draw.no-filings")} columns=${[
      { name: "record", label: t("ui.draw.record") },
      { name: "kind", label: t("ui.draw.filed"), of: (r) => t(`word.subject-kind.${field(r, "subject_kind")}`) },
      { name: "office", label: t("ui.draw.office"), of: (r) => names(r.record.split(":")[0]) },
      { name: "sent", label: t("ui.draw.sent-on"), of: (r) => field(r, "sent_on") },
      { name: "answer", label: t("ui.draw.outcome"), of: (r) => {
        const a = answered(all, r);
        if (a) return `${t(`word.outcome.${field(a, "outcome")}`)} ${field(a, "receipt_no")} ${field(a, "answered_on")}`;
        return r.record.split(":")[0] !== me.office && mayWrite(me, "filing_answer") ? html`<button type="button" onClick=${() => ask(r.record)}>${t("ui.draw.answer-filing")}</button>` : t("ui.draw.not-answered");
      } },
    ]} />`}<//>
    ${asking ? html`<form onSubmit=${check} novalidate><h3>${t("ui.draw.answer-filing")} ${asking}</h3><${Summary} errors=${errors} /><${Doing} of=${doing} />
      <${Select} id="outcome" label=${t("ui.draw.outcome")} required=${true} error=${errors.outcome} value=${v.outcome} set=${(x) => put({ outcome: x })} choices=${["acknowledged", "approved", "returned"].map((o) => [o, t(`word.outcome.${o}`)])} />
      <${Input} id="receipt_no" label=${t("ui.draw.receipt-no")} value=${v.receipt_no} set=${(x) => put({ receipt_no: x })} />
      <${Input} id="note" label=${t("ui.draw.note")} lines=${3} error=${errors.note} value=${v.note} set=${(x) => put({ note: x })} />
      <div class="row"><button class="main">${t("ui.draw.check-answers")}</button><button type="button" onClick=${() => ask(null)}>${t("ui.draw.back")}</button></div></form>` : null}
    <div class="row">
      ${mine && mayWrite(me, "filing") ? html`<a class="button" href=${address(["plan", p.plan, "file"])}>${t("ui.draw.file-it")}</a>` : null}
      ${!mine && !p.accepted && me.level < 3 && may(me, "plan-accept") ? html`<button type="button" onClick=${() => ask("accept")}>${t("ui.draw.accept-plan")}</button>` : null}
    </div>
  </section>`;
}

export function Plan({ name, me, query }) {
  const names = useOffices();
  const list = useLook(() => look("plan list"), []);
  const tasks = useLook(() => look("plan show", { words: name }), [name]);
  if (query.task) return html`<${Task} plan=${name} no=${query.task} query=${query} me=${me} />`;
  return html`<${Looked} of=${list}>${(plans) => {
    const p = plans.find((x) => x.plan === name);
    if (!p) return html`<${Title} text=${t("ui.nothing-here")} />`;
    const part = query.part || "tasks";
    const parts = ["tasks", "filing", ...(p.rev > 1 ? ["changes"] : [])];
    return html`<div>
      <${Title} text=${p.title}>${p.plan.split("/")[0] === me.office && may(me, "plan-revise") ? html`<a class="button" href=${address(["plan", name, "revise"])}>${t("ui.draw.revise")}</a>` : null}
        ${p.plan.split("/")[0] === me.office && may(me, "plan-group") ? html`<a class="button" href=${address(["plan", name, "group"])}>${t("ui.year.group")}</a>` : null}<//>
      ${["issued", "revised", "filed", "grouped"].includes(query.done) ? html`<p class="note good" role="status">${t(`ui.year.done-${query.done}`)}</p>` : null}
      <section><${Pairs} of=${[[t("ui.draw.issuer"), names(p.plan.split("/")[0])], [t("ui.draw.doc-no"), p.doc_no], [t("ui.draw.issued-on"), p.issued_on], [t("ui.draw.rev"), p.rev], [t("ui.draw.state"), html`<${Badge}>${stateName("plan", p.state)}<//>`]]} /></section>
      <nav class="tabs" aria-label=${t("ui.draw.parts")}>${parts.map((k) => html`<button type="button" aria-pressed=${k === part} onClick=${() => replaceQuery({ part: k })}>${t(`ui.draw.part-${k}`)}</button>`)}</nav>
      ${part === "tasks" ? html`<${Flaws} plan=${name} /><${Looked} of=${tasks}>${(rows) => html`<${Tasks} plan=${name} rows=${rows} query=${query} />`}<//>` : null}
      ${part === "filing" ? html`<${Filing} p=${p} me=${me} again=${list.again} />` : null}
      ${part === "changes" ? html`<${Changes} plan=${name} rev=${p.rev} />` : null}
    </div>`;
  }}<//>`;
}
