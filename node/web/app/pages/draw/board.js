// Per office below: what has come, how old it is, how far the plan is, what is overdue, held or quarantined.
import { html, useState } from "../../lib/html.js";
import { t, count, when } from "../../lib/text.js";
import { look } from "../../lib/api.js";
import { address, replaceQuery } from "../../lib/route.js";
import { Input, useValues } from "../../ui/form.js";
import { Badge, Looked, Table, Title, useLook } from "../../ui/parts.js";
import { Ask, may, Pairs, Share, useAct, useOffices } from "./common.js";
import { Chart } from "./chart.js";

const KIND = { green: "good", amber: "warn", red: "bad", grey: "" };
const add = (all, code, k, n) => {
  all[code] = all[code] || {};
  all[code][k] = (all[code][k] || 0) + n;
};

// Every page of what is overdue, so that the numbers are whole.
async function overdue() {
  const rows = [];
  for (let past; ; ) {
    const page = await look("due", { overdue: true, limit: 200, past });
    rows.push(...page.deadlines);
    if (!page.more || !page.deadlines.length) return rows;
    past = page.deadlines[page.deadlines.length - 1].place;
  }
}

async function gather() {
  const [status, figures, late, stuck, forks] = await Promise.all([look("status"), look("stats figures", { group: "office", heads: true }), overdue(), look("quarantine list"), look("fork list")]);
  const by = {};
  for (const d of late) add(by, d.office, "late", 1);
  for (const h of figures.heads || []) {
    add(by, h.office, "held", h.held || 0);
    add(by, h.office, "quarantined", h.quarantined || 0);
  }
  for (const f of forks) if (!f.renewed) add(by, f.log.split("/")[1], "forks", 1);
  const groups = {};
  for (const g of figures.groups) groups[g.name] = g.figures;
  const heads = {};
  for (const h of figures.heads || []) if (!heads[h.office] || h.as_of > heads[h.office].as_of) heads[h.office] = h;
  const peers = {};
  for (const p of status.peers || []) peers[p.office] = p;
  const rows = (status.children || []).map((c) => ({ ...c, by: by[c.office] || {}, figures: groups[c.office] || null, head: heads[c.office], peer: peers[c.office] }));
  return { status, figures, rows, late, stuck, forks, at: status.now_ms || Date.now() };
}

const rate = (r, f) => {
  const x = r.figures && r.figures[f];
  return x ? html`<${Share} of=${x.of} over=${x.over} />` : html`<span>—</span>`;
};

function Colour({ r }) {
  // Whoever signs two histories is not in order because it calls every day.
  if (r.by.forks) return html`<${Badge} kind="bad">${t("ui.draw.forked")}<//>`;
  return html`<${Badge} kind=${KIND[r.colour]}>${t(`ui.draw.colour-${r.colour}`)}<//>`;
}

function Office({ r, all, names }) {
  const late = all.late.filter((d) => d.office === r.office);
  const stuck = all.stuck.filter((q) => q.office === r.office);
  const forks = all.forks.filter((f) => f.log.split("/")[1] === r.office);
  return html`<div>
    <${Title} text=${r.name || r.office}><button type="button" onClick=${() => replaceQuery({})}>${t("ui.draw.back")}</button><//>
    <section><h2>${t("ui.draw.exchange")}</h2><${Pairs} of=${[
      [t("ui.draw.colour"), html`<${Colour} r=${r} /> ${t("ui.draw.quiet-days", { n: r.quiet_days })}`],
      [t("ui.draw.heard"), `${when(r.heard_ms)} ${r.heard_by ? t(`ui.draw.heard-${r.heard_by}`) : ""}`],
      [t("ui.draw.data-of"), r.data_s ? when(r.data_s * 1000) : "—"],
      [t("ui.draw.entries"), count(r.entries)],
      [t("ui.draw.parent"), names(r.parent)],
      r.peer ? [t("ui.draw.address-of"), r.peer.url || t("ui.draw.no-address")] : null,
      r.peer && r.peer.last_error ? [t("ui.draw.last-error"), r.peer.last_error] : null,
    ]} /></section>
    ${r.figures ? html`<section><h2>${t("ui.draw.figures")}</h2><${Table} rows=${Object.entries(r.figures)} columns=${[
      { name: "f", label: t("ui.draw.figure"), of: ([k]) => html`<a href=${address(["figure", k], { office: r.office })}>${t(`figure.${k.replace(/_/g, "-")}`)}</a>` },
      { name: "v", label: t("ui.draw.value"), of: ([, x]) => (x.over === undefined ? count(x.of) : html`<${Share} of=${x.of} over=${x.over} />`) },
    ]} /></section>` : null}
    <section><h2>${t("ui.draw.overdue")}</h2><${Table} rows=${late} empty=${t("ui.draw.none-overdue")} columns=${[
      { name: "deadline", label: t("ui.draw.deadline"), of: (d) => t(`deadline.${d.deadline}`) },
      { name: "about", label: t("ui.draw.about"), of: (d) => d.about || d.record },
      { name: "due", label: t("ui.draw.due") },
    ]} /></section>
    ${forks.length ? html`<section><h2>${t("ui.draw.forks")}</h2><${Table} rows=${forks} link=${(f) => address(["fork", String(f.no)])} columns=${[
      { name: "no", label: t("ui.draw.no"), of: (f) => t("ui.draw.evidence-no", { no: f.no }) },
      { name: "log", label: t("ui.draw.log") },
      { name: "place", label: t("ui.draw.entry"), number: true },
      { name: "what", label: t("ui.draw.what"), of: (f) => t(`ui.draw.fork-of-${f.what}`) },
      { name: "since", label: t("ui.draw.found-on"), of: (f) => when(f.since_ms) },
    ]} /></section>` : null}
    <section><h2>${t("ui.draw.stuck")}</h2><${Table} rows=${stuck} empty=${t("ui.draw.none-stuck")} columns=${[
      { name: "log", label: t("ui.draw.log") },
      { name: "seq", label: t("ui.draw.entry"), number: true },
      { name: "why", label: t("ui.draw.why"), of: (q) => q.why || q.state },
      { name: "next", label: t("ui.draw.next-step") },
    ]} /></section>
    <p><a href=${address(["verify"], { office: r.office })}>${t("ui.draw.its-draws")}</a></p>
  </div>`;
}

function Quiet({ onBack }) {
  const doing = useAct();
  const [v, put] = useValues({ amber: "3", red: "7" });
  return html`<${Ask} title=${t("ui.draw.quiet")} label=${t("ui.draw.write-it")} doing=${doing} onBack=${onBack} onDo=${async () => {
    if (await doing.run("peer quiet", { amber: String(v.amber), red: String(v.red) })) onBack(true);
  }}>
    <${Input} id="amber" type="number" min="1" max="365" required=${true} label=${t("ui.draw.quiet-amber")} value=${v.amber} set=${(x) => put({ amber: x })} />
    <${Input} id="red" type="number" min="1" max="365" required=${true} label=${t("ui.draw.quiet-red")} value=${v.red} set=${(x) => put({ red: x })} />
  <//>`;
}

export function Board({ me, query }) {
  const names = useOffices();
  const of = useLook(gather, []);
  const [quiet, setQuiet] = useState(false);
  if (quiet) return html`<${Quiet} onBack=${(done) => {
    setQuiet(false);
    if (done) of.again();
  }} />`;
  return html`<${Looked} of=${of}>${(all) => {
    const one = query.office && all.rows.find((r) => r.office === query.office);
    if (one) return html`<${Office} r=${one} all=${all} names=${names} />`;
    const sum = (k) => all.rows.reduce((n, r) => n + (r.by[k] || 0), 0);
    const shown = all.rows.filter((r) => !query.colour || r.colour === query.colour);
    return html`<div class="board">
      <${Title} text=${t("ui.draw.board-of", { name: me.name })}>
        <button type="button" onClick=${of.again}>${t("ui.draw.again")}</button>
        <button type="button" onClick=${() => window.print()}>${t("ui.draw.print")}</button>
        ${may(me, "setting") ? html`<button type="button" onClick=${() => setQuiet(true)}>${t("ui.draw.quiet")}</button>` : null}
      <//>
      <p class="dim">${t("ui.draw.as-of", { when: when(all.at) })}</p>
      <div class="cards">
        ${["red", "amber", "grey", "green"].filter((c) => c !== "grey" || all.rows.some((r) => r.colour === c)).map((c) => html`<a class=${`card colour-${c}`} href=${address(["board"], { colour: c })}><b>${all.rows.filter((r) => r.colour === c).length}</b>${t(`ui.draw.colour-${c}`)}</a>`)}
        <a class="card" href=${address(["act", "due"])}><b>${count(sum("late"))}</b>${t("ui.draw.overdue")}</a>
        <a class="card" href=${address(["incoming"])}><b>${count(sum("held"))}</b>${t("ui.draw.held")}</a>
        <a class="card" href=${address(["incoming"])}><b>${count(sum("quarantined"))}</b>${t("ui.draw.quarantined")}</a>
        <a class=${sum("forks") ? "card colour-red" : "card"} href=${address(["verify"])}><b>${count(sum("forks"))}</b>${t("ui.draw.forks")}</a>
      </div>
      ${query.colour ? html`<p><a href=${address(["board"])}>${t("ui.draw.show-all")}</a></p>` : null}
      <${Table} rows=${shown} empty=${t("ui.draw.no-children")} link=${(r) => address(["board"], { office: r.office })} columns=${[
        { name: "name", label: t("ui.draw.office") },
        { name: "colour", label: t("ui.draw.colour"), of: (r) => html`<${Colour} r=${r} />` },
        { name: "heard", label: t("ui.draw.heard"), of: (r) => html`<span class="two whole">${when(r.heard_ms)} <small class="dim">${t("ui.draw.quiet-days", { n: r.quiet_days })}</small></span>` },
        { name: "data", label: t("ui.draw.data-of"), of: (r) => (r.data_s ? when(r.data_s * 1000) : "—") },
        { name: "entries", label: t("ui.draw.entries"), number: true, of: (r) => count(r.entries) },
        { name: "completion", label: t("figure.completion"), of: (r) => rate(r, "completion") },
        { name: "late", label: t("ui.draw.overdue"), number: true, of: (r) => (r.by.late ? html`<strong class="loud">${r.by.late}</strong>` : 0) },
        { name: "held", label: t("ui.draw.held"), number: true, of: (r) => r.by.held || 0 },
        { name: "q", label: t("ui.draw.quarantined"), number: true, of: (r) => (r.by.quarantined ? html`<strong class="loud">${r.by.quarantined}</strong>` : 0) },
        { name: "forks", label: t("ui.draw.forks"), number: true, of: (r) => (r.by.forks ? html`<strong class="loud">${r.by.forks}</strong>` : 0) },
      ]} />
      ${shown.filter((r) => r.figures).length > 1 ? html`<${Chart} title=${t("ui.draw.chart-completion")} names=${shown.filter((r) => r.figures).map((r) => r.name)} series=${[
        { name: t("ui.draw.standing-targets"), values: shown.filter((r) => r.figures).map((r) => r.figures.targets.of) },
        { name: t("ui.draw.standing-published"), values: shown.filter((r) => r.figures).map((r) => r.figures.completion.of) },
      ]} />` : null}
    </div>`;
  }}<//>`;
}
