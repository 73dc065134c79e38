// The draw as it is held in the room: each step large enough to be read from the last row, and nothing done before it is confirmed.
import { html, useState } from "../../lib/html.js";
import { t, count, listed, parted } from "../../lib/text.js";
import { look } from "../../lib/api.js";
import { address, go, replaceQuery } from "../../lib/route.js";
import { Badge, Looked, Refusal, Table, Title, useLook } from "../../ui/parts.js";
import { Select, Summary, useValues } from "../../ui/form.js";
import { Ask, because, Doing, Level, may, Pairs, short, useAct, useOffices } from "./common.js";
import { useTasks } from "./draws.js";

const STEPS = ["roster", "feasible", "order", "people"];

// What is known of the slot before anything is drawn: order, feasibility with the freeze, and who may be there.
async function gather(slot) {
  const [orders, persons] = await Promise.all([look("order list"), look("person list")]);
  const order = orders.find((o) => o.slots.includes(slot)) || null;
  const slots = order ? order.slots : [slot];
  const checks = [];
  for (const s of slots) checks.push(...(await look("draw check", { slot: s })));
  return { order, slots, checks, freeze: (checks.find((c) => c.freeze) || {}).freeze || null, persons };
}

export function Strata({ rows }) {
  return html`<${Table} caption=${t("ui.draw.strata")} rows=${rows} columns=${[
    { name: "stratum", label: t("ui.draw.stratum"), number: true },
    { name: "base", label: t("ui.draw.base"), number: true, of: (s) => count(s.base) },
    { name: "pool", label: t("ui.draw.pool"), number: true, of: (s) => count(s.pool) },
    { name: "quota", label: t("ui.draw.quota"), number: true, of: (s) => count(s.quota) },
  ]} />`;
}

function Roster({ of, me, again }) {
  const doing = useAct();
  const freeze = async () => {
    if (await doing.run("freeze", {})) again();
  };
  const f = of.freeze;
  return html`<section>
    <h2>${t("ui.draw.step-roster")}</h2>
    <p>${t("ui.draw.roster-means")}</p>
    <${Doing} of=${doing} />
    ${f ? html`<div class="cards">
      <div class="card"><b>${count(f.objects)}</b>${t("ui.draw.objects")}</div>
      <div class="card"><b>${count(f.inspectors)}</b>${t("ui.draw.inspectors")}</div>
      <div class="card"><b>${f.date}</b>${t("ui.draw.frozen-on")}</div>
      <div class="card"><b>${f.version}</b>${t("ui.draw.roster-version")}</div></div>
      <h3>${t("ui.draw.digest")}</h3><p class="digest"><code>${short(f.leaf)}</code></p>
      <p class="dim">${t("ui.draw.entry-no", { n: f.seq })}</p>` : html`<p class="note">${t("ui.draw.no-freeze")}</p>`}
    ${of.checks.filter((c) => c.strata).map((c) => html`<h3>${c.slot}</h3><${Strata} rows=${c.strata} />`)}
    ${may(me, "freeze") && !of.order ? html`<p><button type="button" disabled=${doing.busy} onClick=${freeze}>${t("ui.draw.freeze-now")}</button></p>` : null}
  </section>`;
}

function One({ c, plans }) {
  if (!c.checked) return html`<div><h3>${c.slot} ${plans(c.slot)}</h3><p class="note">${because(c.why)}</p></div>`;
  const bad = c.short_handed || c.blocked || c.over_load;
  return html`<div>
    <h3>${c.slot} ${plans(c.slot)} <${Badge} kind=${bad ? "bad" : "good"}>${bad ? t("ui.draw.not-feasible") : t("ui.draw.is-feasible")}<//></h3>
    <div class="cards">
      <div class="card"><b>${count(c.base)}</b>${t("ui.draw.base")}</div>
      <div class="card"><b>${count(c.pool)}</b>${t("ui.draw.pool")}</div>
      <div class="card"><b>${count(c.lots)}</b>${t("ui.draw.to-draw")}</div>
      <div class="card"><b>${count(c.must)}</b>${t("ui.draw.musts")}</div>
      <div class="card"><b>${count(c.available)}</b>${t("ui.draw.available")}</div>
      <div class="card"><b>${count(c.each)}</b>${t("ui.draw.each")}</div>
    </div>
    <ul>${c.roles.map((r, i) => html`<li>${t("ui.draw.role", { no: i + 1, k: r.k, quals: r.quals === "-" ? t("ui.draw.any-quals") : r.quals, eligible: r.eligible })}</li>`)}</ul>
    ${c.short_handed ? html`<p class="note">${t("ui.draw.short-handed", { have: c.available, least: c.least })}</p>` : null}
    ${c.blocked ? html`<p class="note">${t("ui.draw.blocked", { n: c.blocked })}</p>` : null}
    ${c.over_load ? html`<p class="note">${t("ui.draw.over-load", { each: c.each })}</p>` : null}
  </div>`;
}

function Order({ of, names }) {
  const o = of.order;
  if (!o) return html`<section><h2>${t("ui.draw.step-order")}</h2><p class="note">${t("ui.draw.no-order")}</p></section>`;
  return html`<section>
    <h2>${t("ui.draw.step-order")}</h2>
    <p>${t("ui.draw.order-means")}</p>
    <${Pairs} of=${[
      [t("ui.draw.issuer"), names(o.origin.split("/")[1])],
      [t("ui.draw.level"), html`<${Level} of=${o.level} /> ${t(`ui.draw.level-${o.level}`)}`],
      [t("ui.draw.window"), `${o.from} — ${o.to}`],
      [t("ui.draw.slot"), listed(o.slots)],
      [t("ui.draw.order-id"), html`<code class="digest">${short(o.order_id)}</code>`],
      [t("ui.draw.where"), t("ui.draw.log-entry", { log: o.origin, n: o.seq })],
    ]} />
  </section>`;
}

function People({ of, me, v, put, errors }) {
  const now = me.today;
  const there = of.persons.filter((p) => !p.until || p.until >= now);
  const observers = there.filter((p) => p.roles.includes("observer") && p.name !== v.operator);
  const operators = there.filter((p) => p.roles.includes("draw"));
  return html`<section>
    <h2>${t("ui.draw.step-people")}</h2>
    <${Summary} errors=${errors} />
    <${Select} id="operator" label=${t("ui.draw.operator")} hint=${t("ui.draw.operator-hint")} required=${true} error=${errors.operator} value=${v.operator} set=${(x) => put({ operator: x })} choices=${operators.filter((p) => p.name === me.person).map((p) => [p.name, p.name])} />
    <fieldset class="field"><legend>${t("ui.draw.observers")}</legend>
      <div class="hint">${t("ui.draw.observers-hint")}</div>
      ${observers.length ? observers.map((p, i) => html`<div class="field check"><input type="checkbox" id=${`observer-${i}`} checked=${v.observers.includes(p.name)} onChange=${(e) => put({ observers: e.target.checked ? [...v.observers, p.name] : v.observers.filter((n) => n !== p.name) })} /><label for=${`observer-${i}`}>${p.name}</label></div>`) : html`<p class="empty">${t("ui.draw.no-observers")}</p>`}
    </fieldset>
  </section>`;
}

function Steps({ step, done, set }) {
  return html`<ol class="steps">${STEPS.map((s, i) => html`<li><button type="button" class=${i === step ? "now" : ""} aria-current=${i === step ? "step" : undefined} onClick=${() => set(i)}><span class="no">${i + 1}</span> ${t(`ui.draw.step-${s}`)}${done[i] ? html` <span class="tick">${t("ui.draw.ready")}</span>` : null}</button></li>`)}</ol>`;
}

export function Ceremony({ name, me, query }) {
  const names = useOffices();
  const plans = useTasks();
  const of = useLook(() => gather(name), [name]);
  const doing = useAct();
  const [v, put] = useValues({ operator: me.person, observers: [] });
  const [errors, setErrors] = useState({});
  const [asking, ask] = useState(false);
  const step = Math.min(STEPS.length - 1, Math.max(0, Number(query.step || 1) - 1));
  const to = (i) => replaceQuery({ ...query, step: i + 1 });
  const run = async () => {
    const answer = await doing.run("draw run", { slot: name, operator: v.operator, observer: v.observers });
    const one = answer && (Array.isArray(answer.result) ? answer.result : (answer.result || {}).draws || []).find((d) => d.drawn);
    if (one) go(["draw", one.draw], { room: 1 });
    else if (answer) of.again();
  };
  return html`<${Looked} of=${of}>${(g) => {
    if (asking) return html`<div class="room"><${Ask} bad=${true} title=${t("ui.draw.ask-run")} label=${t("ui.draw.run-now")} doing=${doing} onDo=${run} onBack=${() => {
      doing.clear();
      ask(false);
    }} pairs=${[
      [t("ui.draw.task"), parted(g.slots.map((s) => `${s} ${plans(s)}`))],
      [t("ui.draw.to-draw"), parted(g.checks.map((c) => (c.checked ? t("ui.draw.will-draw", { lots: c.lots, must: c.must, pool: c.pool }) : because(c.why))))],
      [t("ui.draw.roster"), g.freeze ? t("ui.draw.roster-line", { date: g.freeze.date, objects: count(g.freeze.objects), inspectors: count(g.freeze.inspectors) }) : "—"],
      [t("ui.draw.digest"), g.freeze ? html`<code class="digest">${short(g.freeze.leaf)}</code>` : "—"],
      [t("ui.draw.order"), g.order ? html`<${Level} of=${g.order.level} /> ${g.order.from} — ${g.order.to}` : "—"],
      [t("ui.draw.operator"), v.operator],
      [t("ui.draw.observers"), listed(v.observers) || t("ui.draw.nobody")],
    ]} says=${[t("ui.draw.run-1"), t("ui.draw.run-2"), t("ui.draw.run-3"), t("ui.draw.run-4")]}>
      ${doing.answer ? html`<${NotDrawn} answer=${doing.answer} />` : null}
    <//></div>`;
    const bad = g.checks.some((c) => !c.checked || c.short_handed || c.blocked || c.over_load);
    const ready = [!!g.freeze, !bad, !!g.order, !!v.operator];
    const next = () => {
      if (step < STEPS.length - 1) return to(step + 1);
      const wrong = v.operator ? {} : { operator: t("ui.missing", { field: t("ui.draw.operator") }) };
      setErrors(wrong);
      if (!Object.keys(wrong).length) ask(true);
      return null;
    };
    return html`<div class="room">
      <${Title} text=${t("ui.draw.ceremony", { task: plans(name) === "—" ? name : plans(name) })} />
      <p class="dim">${names(me.office)} · ${listed(g.slots)}</p>
      ${g.order && g.order.draw ? html`<p class="note">${t("ui.draw.already")} <a href=${address(["draw", g.order.draw], { room: 1 })}>${g.order.draw}</a></p>` : null}
      <${Steps} step=${step} done=${ready} set=${to} />
      ${step === 0 ? html`<${Roster} of=${g} me=${me} again=${of.again} />` : null}
      ${step === 1 ? html`<section><h2>${t("ui.draw.step-feasible")}</h2><p>${t("ui.draw.feasible-means")}</p>${g.checks.map((c) => html`<${One} c=${c} plans=${plans} />`)}</section>` : null}
      ${step === 2 ? html`<${Order} of=${g} names=${names} />` : null}
      ${step === 3 ? html`<${People} of=${g} me=${me} v=${v} put=${put} errors=${errors} />` : null}
      ${step === STEPS.length - 1 && !may(me, "draw") ? html`<p class="note">${t("ui.draw.not-operator")}</p>` : null}
      <div class="row">
        ${step ? html`<button type="button" onClick=${() => to(step - 1)}>${t("ui.draw.before")}</button>` : null}
        ${step < STEPS.length - 1 || (may(me, "draw") && g.order && !g.order.draw) ? html`<button type="button" class="main" onClick=${next}>${step < STEPS.length - 1 ? t("ui.draw.next") : t("ui.draw.check-answers")}</button>` : null}
      </div>
    </div>`;
  }}<//>`;
}

// Why nothing was drawn though nothing was wrong with what was asked.
function NotDrawn({ answer }) {
  const rows = (Array.isArray(answer.result) ? answer.result : (answer.result || {}).draws || []).filter((d) => !d.drawn);
  return html`${rows.map((d) => html`<${Refusal} problem=${{ message: because(d.why), code: d.why && d.why.id }} />`)}`;
}
