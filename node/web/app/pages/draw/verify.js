// Every draw and what was found of it: the verdicts as recorded, and a verification anew from the signed originals.
import { html, useState } from "../../lib/html.js";
import { t, count, when } from "../../lib/text.js";
import { look } from "../../lib/api.js";
import { address, replaceQuery } from "../../lib/route.js";
import { Badge, Empty, Looked, Table, Title, useLook } from "../../ui/parts.js";
import { Check } from "../../ui/form.js";
import { Ask, Doing, Level, Levels, may, Pick, Search, useAct, useOffices } from "./common.js";
import { outcomeKind, useTasks, Verdicts } from "./draws.js";
import { Evidence, foundIn, kindOf, State, stateName, stateOf } from "./findings.js";

// The last verification of this visit: leaving the page does not lose ten minutes of work.
let last = null;

// A log forks once; evidence of it may come many times. What stands open is loud, and first on the page.
function Forks({ of, names }) {
  const logs = {};
  for (const f of of) (logs[f.log] = logs[f.log] || []).push(f);
  const rows = Object.values(logs).map((all) => ({ log: all[0].log, evidence: all, from: Math.min(...all.map((f) => f.place)), since: Math.min(...all.map((f) => f.since_ms)), over: all.every((f) => f.renewed) }));
  return html`<section class=${rows.some((r) => !r.over) ? "alarm" : ""}><h2>${t("ui.draw.forks")}</h2><p>${t("ui.draw.forks-say")}</p>
    <${Table} rows=${rows} columns=${[
      { name: "office", label: t("ui.draw.against"), of: (r) => names(r.log.split("/")[1]) },
      { name: "log", label: t("ui.draw.log") },
      { name: "from", label: t("ui.draw.fork-from"), number: true },
      { name: "since", label: t("ui.draw.found-on"), of: (r) => when(r.since) },
      { name: "over", label: t("ui.draw.state"), of: (r) => html`<${Badge} kind=${r.over ? "warn" : "bad"}>${r.over ? t("ui.draw.fork-over") : t("ui.draw.fork-open")}<//>` },
      { name: "evidence", label: t("ui.draw.evidence"), of: (r) => r.evidence.sort((a, b) => a.no - b.no).map((f) => html`<a class="whole" href=${address(["fork", String(f.no)])}>${t("ui.draw.evidence-no", { no: f.no })}</a> `) },
    ]} /></section>`;
}

const STATES = { fine: "good", look: "warn", flag: "bad", "not-judged": "" };
const chance = (x) => (x === undefined ? "—" : x >= 0.001 ? x.toFixed(3) : x.toExponential(1));

function Field({ names, commands }) {
  const doing = useAct();
  const [all, set] = useState(false);
  if (!commands.some((c) => c.name === "stats field")) return null;
  const r = doing.answer && doing.answer.result;
  return html`<section><h2>${t("ui.draw.field-stats")}</h2>
    <p>${t("ui.draw.field-says")}</p>
    <${Check} id="field-all" label=${t("ui.draw.field-all")} value=${all} set=${set} />
    <p><button type="button" disabled=${doing.busy} onClick=${() => doing.run("stats field", { all })}>${t("ui.draw.count-now")}</button></p>
    <${Doing} of=${doing} />
    ${r ? html`<${Table} rows=${r.lines} columns=${[
      { name: "office", label: t("ui.draw.office"), of: (l) => names(l.office) },
      { name: "measure", label: t("stats.col-measure"), of: (l) => t(`stats.measure-${l.measure}`) },
      { name: "here", label: t("stats.col-here"), number: true, of: (l) => `${l.x}/${l.n}` },
      { name: "peers", label: t("stats.col-peers"), number: true, of: (l) => (l.all_n === undefined ? "—" : `${l.all_x}/${l.all_n}`) },
      { name: "chance", label: t("stats.col-chance"), number: true, of: (l) => chance(l.chance) },
      { name: "state", label: t("stats.col-state"), of: (l) => html`<span><${Badge} kind=${STATES[l.state]}>${t(`stats.state-${l.state}`)}<//>${l.inspector ? html` <small class="dim">${l.inspector} · ${l.object}</small>` : null}</span>` },
    ]} />
    <p role="status">${t("stats.total", { offices: r.offices, lines: r.lines.length, flagged: r.flagged, looked: r.looked })}</p>
    <p>${t("stats.limits", { lines: r.judged, looks: count(Math.ceil(r.judged * r.limits.look * 1000) / 1000), flags: (r.judged * r.limits.flag).toPrecision(2) })}</p>` : null}
  </section>`;
}

function Fresh({ r, query, names, plans }) {
  const offices = Array.from(new Set(r.verdicts.map((v) => v.office)));
  const key = (v) => v.draw || `${v.about}:${v.slot}`;
  const shown = r.verdicts.filter((v) => (!query.office || v.office === query.office) && (!query.outcome || stateOf(v) === query.outcome || kindOf(stateOf(v)) === query.outcome) && (!query.level || (v.level || v.claimed) === query.level) && (!query.find || `${v.draw || ""} ${v.slot} ${v.findings.map((f) => f.code).join(" ")}`.includes(query.find)));
  shown.sort((a, b) => b.findings.length - a.findings.length);
  const open = query.open && r.verdicts.filter((v) => key(v) === query.open);
  return html`<div>
    <div class="cards">
      <a class="card" href=${address(["verify"])}><b>${count(r.draws)}</b>${t("ui.draw.verified-n")}</a>
      <a class=${`card${r.with_findings ? " loud" : ""}`} href=${address(["verify"], { ...query, outcome: "bad" })}><b>${count(r.with_findings)}</b>${t("ui.draw.with-findings")}</a>
      <a class="card" href=${address(["verify"], { ...query, outcome: "good" })}><b>${count(r.clean)}</b>${t("ui.draw.clean-n")}</a>
      <div class="card"><b>${count(r.waiting)}</b>${t("ui.draw.waiting-n")}</div>
    </div>
    <p class="dim">${t("ui.draw.checks", { ok: count(r.checks.ok), found: count(r.checks.found), skipped: count(r.checks.not_checked) })}${r.recorded ? ` ${t("verify.recorded", { n: r.recorded })}` : ""}</p>
    <div class="filters">
      <${Search} id="find" label=${t("ui.find")} name="find" query=${query} />
      <${Pick} id="office" label=${t("ui.draw.office")} name="office" query=${query} choices=${offices.map((o) => [o, names(o)])} />
      <${Pick} id="outcome" label=${t("ui.draw.verdict")} name="outcome" query=${query} choices=${[["bad", t("ui.draw.with-findings")], ...Array.from(new Set(r.verdicts.map(stateOf))).filter((s) => s !== "disputed").map((s) => [s, stateName(s)])]} />
      <${Pick} id="level" label=${t("ui.draw.level")} name="level" query=${query} choices=${["witnessed", "offline", "unwitnessed"].map((l) => [l, t(`site.level-${l}`)])} />
    </div>
    <p class="dim" role="status">${t("ui.draw.shown", { n: shown.length, all: r.verdicts.length })}</p>
    <${Levels} />
    ${open && open.length ? html`<section class="opened" tabindex="-1"><h2>${query.open}</h2>${open.map((v) => html`<${Evidence} v=${v} />`)}<p><button type="button" onClick=${() => replaceQuery({ ...query, open: "" })}>${t("ui.draw.close")}</button></p></section>` : null}
    <${Table} rows=${shown} columns=${[
      { name: "draw", label: t("ui.draw.draw"), of: (v) => html`<button type="button" class="plain whole" aria-expanded=${query.open === key(v)} onClick=${() => {
        replaceQuery({ ...query, open: query.open === key(v) ? "" : key(v) });
        setTimeout(() => {
          const at = document.querySelector(".opened");
          if (at) at.focus();
        }, 50);
      }}>${v.draw || v.slot}</button>` },
      { name: "task", label: t("ui.draw.task"), of: (v) => html`<span class="two">${plans(v.slot)} <small class="dim">${v.slot}</small></span>` },
      { name: "office", label: t("ui.draw.office"), of: (v) => html`<span class="office">${names(v.office)}</span>` },
      { name: "claimed", label: t("ui.draw.level-claimed"), of: (v) => html`<${Level} of=${v.claimed} />` },
      { name: "level", label: t("ui.draw.level-found"), of: (v) => html`<${Level} of=${v.level} />` },
      { name: "state", label: t("ui.draw.verdict"), of: (v) => html`<${State} v=${v} />` },
      { name: "findings", label: t("ui.draw.findings"), of: (v) => foundIn(v.findings.map((f) => f.code)) },
    ]} />
  </div>`;
}

// "rival:" stands before what was found of the draw of a branch that does not count.
const codesOf = (d) => Array.from(new Set((d.verdicts || []).reduce((all, v) => [...all, ...v.codes.split(" ")], []).map((c) => c.replace(/^rival:/, "")).filter(Boolean)));

// Whoever opens this page looks for what is wrong, then for what nobody has judged.
const GRAVITY = ["bad", "warn", "none", "good"];
const gravityOf = (d) => {
  const kinds = (d.verdicts || []).map((v) => outcomeKind(v.outcome));
  return GRAVITY.find((g) => kinds.includes(g)) || "none";
};

function Recorded({ rows, query, names, plans }) {
  if (!rows.length) return html`<${Empty} text=${t("ui.draw.no-draws")} />`;
  const told = rows.map((d) => ({ ...d, gravity: gravityOf(d) })).sort((a, b) => GRAVITY.indexOf(a.gravity) - GRAVITY.indexOf(b.gravity));
  const shown = told.filter((d) => (!query.office || d.office === query.office) && (!query.level || d.level === query.level) && (!query.outcome || (d.verdicts || []).some((v) => v.outcome === query.outcome) || query.outcome === d.gravity));
  const offices = Array.from(new Set(rows.map((d) => d.office)));
  const outcomes = Array.from(new Set(rows.reduce((all, d) => [...all, ...(d.verdicts || []).map((v) => v.outcome)], [])));
  const card = (gravity, label) => {
    const n = told.filter((d) => d.gravity === gravity).length;
    return html`<a class=${`card${n && gravity === "bad" ? " loud" : ""}`} href=${address(["verify"], { ...query, outcome: gravity })}><b>${count(n)}</b>${label}</a>`;
  };
  return html`<div class="cards">
      <a class="card" href=${address(["verify"])}><b>${count(rows.length)}</b>${t("ui.draw.all-draws")}</a>
      ${card("bad", t("ui.draw.with-findings"))}
      ${told.some((d) => d.gravity === "warn") ? card("warn", t("ui.draw.unsettled")) : null}
      ${card("none", t("ui.draw.not-judged"))}
      ${card("good", t("ui.draw.clean-n"))}
    </div><div class="filters">
      <${Pick} id="office" label=${t("ui.draw.office")} name="office" query=${query} choices=${offices.map((o) => [o, names(o)])} />
      <${Pick} id="level" label=${t("ui.draw.level")} name="level" query=${query} choices=${["witnessed", "offline", "unwitnessed"].map((l) => [l, t(`site.level-${l}`)])} />
      <${Pick} id="outcome" label=${t("ui.draw.verdict")} name="outcome" query=${query} choices=${[["bad", t("ui.draw.with-findings")], ...outcomes.filter((o) => o !== "disputed").map((o) => [o, t(`verify.is-${o}`)]), ["none", t("ui.draw.not-judged")]]} />
    </div><p class="dim" role="status">${t("ui.draw.shown", { n: shown.length, all: rows.length })} <a href=${address(["lists", "draws"])}>${t("ui.draw.as-list")}</a></p>
    <${Levels} />
    <${Table} rows=${shown} link=${(d) => address(["draw", d.draw])} columns=${[
      { name: "draw", label: t("ui.draw.draw"), of: (d) => html`<span class="whole">${d.draw}</span>` },
      { name: "task", label: t("ui.draw.task"), of: (d) => plans(d.slot) },
      ...(offices.length > 1 ? [{ name: "office", label: t("ui.draw.office"), of: (d) => html`<span class="office">${names(d.office)}</span>` }] : []),
      { name: "level", label: t("ui.draw.level-claimed"), of: (d) => html`<${Level} of=${d.level} />` },
      { name: "verdict", label: t("ui.draw.verdict"), of: (d) => html`<${Verdicts} of=${d.verdicts} name=${names} />` },
      { name: "codes", label: t("ui.draw.findings"), of: (d) => foundIn(codesOf(d)) },
    ]} />`;
}

export function Verify({ me, query, commands }) {
  const names = useOffices();
  const plans = useTasks();
  const doing = useAct();
  const draws = useLook(() => look("draw list"), []);
  const forks = useLook(() => look("fork list"), []);
  const [asking, ask] = useState(false);
  const [, redraw] = useState(0);
  const run = async (record) => {
    const answer = await doing.run("verify", { words: ["all"], record });
    if (answer) {
      last = { result: answer.result, at: Date.now(), office: me.office };
      ask(false);
      redraw((n) => n + 1);
      if (record) draws.again();
    }
  };
  const mine = last && last.office === me.office ? last : null;
  if (asking) return html`<${Ask} title=${t("ui.draw.record-verdicts")} label=${t("ui.draw.record-verdicts")} doing=${doing} onDo=${() => run(true)} onBack=${() => ask(false)} says=${[t("ui.draw.record-1"), t("ui.draw.record-2"), t("ui.draw.record-3")]} />`;
  return html`<div>
    <${Title} text=${t("ui.draw.verify-of", { name: me.name })}>
      <button type="button" class="main" disabled=${doing.busy} onClick=${() => run(false)}>${t("ui.draw.verify-all")}</button>
      ${may(me, "verdict") ? html`<button type="button" disabled=${doing.busy} onClick=${() => ask(true)}>${t("ui.draw.record-verdicts")}</button>` : null}
      <a class="button" href=${address(["slip"])}>${t("ui.draw.slip-check")}</a>
    <//>
    <p>${t("ui.draw.verify-says")}</p>
    <${Doing} of=${doing} />
    <${Looked} of=${forks}>${(rows) => (rows.length ? html`<${Forks} of=${rows} names=${names} />` : null)}<//>
    ${mine ? html`<section><h2>${t("ui.draw.fresh", { when: when(mine.at) })}</h2><${Fresh} r=${mine.result} query=${query} names=${names} plans=${plans} /></section>` : html`<section>
      <h2>${t("ui.draw.recorded")}</h2>
      <${Looked} of=${draws}>${(rows) => html`<${Recorded} rows=${rows} query=${query} names=${names} plans=${plans} />`}<//></section>`}
    <${Field} names=${names} commands=${commands} />
  </div>`;
}
