// One draw: the record as it is read out in the room, its own verification, papers to print, what becomes public, and what
// happens to a target afterwards.
import { html, useState } from "../../lib/html.js";
import { t, count, listed } from "../../lib/text.js";
import { look } from "../../lib/api.js";
import { address, replaceQuery } from "../../lib/route.js";
import { Badge, Looked, Table, Title, useLook } from "../../ui/parts.js";
import { Ask, Doing, Level, Levels, Made, madeName, may, Pairs, people, short, useAct, useOffices, mayRun } from "./common.js";
import { Strata } from "./ceremony.js";
import { useTasks, Verdicts } from "./draws.js";
import { After, AFTER } from "./after.js";
import { Evidence } from "./findings.js";
import { Release } from "./release.js";

const HOW = { must: "draw.by-must", lot: "draw.by-lot", given: "draw.by-given", listed: "draw.by-list" };
const THEN = { void: "draw.is-void", succeeds: "draw.succeeds", returned: "draw.is-returned", "sent-on": "draw.is-sent-on", received: "draw.is-received" };
const thenOf = (x) => Object.keys(THEN).filter((k) => x[k]);

function Targets({ d, names }) {
  const rows = d.targets.map((x, i) => ({ ...x, no: i + 1 }));
  return html`<${Table} caption=${t("ui.draw.targets-n", { n: count(rows.length) })} rows=${rows} columns=${[
    { name: "no", label: t("ui.draw.no"), number: true },
    { name: "name", label: t("ui.draw.target"), of: (x) => html`<span class="two"><strong>${x.name || x.object}</strong> <small class="dim">${x.object}</small></span>` },
    { name: "address", label: t("ui.draw.address") },
    { name: "how", label: t("ui.draw.how"), of: (x) => html`<span class="whole">${HOW[x.mode] ? t(HOW[x.mode]) : x.mode}${thenOf(x).map((k) => html` <${Badge} kind="warn">${t(THEN[k])}<//>`)}</span>` },
    { name: "inspectors", label: t("ui.draw.inspectors"), of: (x) => listed(people(x.inspectors).map((p) => p.name)) },
    ...(d.slots && d.slots.length > 1 ? [{ name: "slot", label: t("ui.draw.slot"), of: (x) => d.slots[x.slot - 1] }] : []),
    ...(rows.some((x) => x.to !== d.draw.split(":")[0]) ? [{ name: "to", label: t("ui.draw.inspecting"), of: (x) => names(x.to) }] : []),
  ]} />`;
}

function Own({ d, me, again }) {
  const doing = useAct();
  const [asking, ask] = useState(false);
  const record = async () => {
    if (!(await doing.run("verify", { words: ["draw", d.draw], record: true }))) return;
    ask(false);
    again();
  };
  const verdict = doing.answer && doing.answer.result && (doing.answer.result.verdicts || []).filter((v) => v.draw === d.draw);
  if (asking) return html`<${Ask} title=${t("ui.draw.record-verdicts")} label=${t("ui.draw.record-verdicts")} doing=${doing} onDo=${record} onBack=${() => ask(false)} pairs=${[[t("ui.draw.draw"), d.draw]]} says=${[t("ui.draw.record-1"), t("ui.draw.record-2"), t("ui.draw.record-3")]} />`;
  return html`<section class="no-print">
    <h2>${t("ui.draw.own-verdict")}</h2>
    <p>${t("ui.draw.own-verdict-says")}</p>
    <p><button type="button" disabled=${doing.busy} onClick=${() => doing.run("verify", { words: ["draw", d.draw] })}>${t("ui.draw.verify-now")}</button>${may(me, "verdict") ? html` <button type="button" disabled=${doing.busy} onClick=${() => ask(true)}>${t("ui.draw.record-verdicts")}</button>` : null}</p>
    <${Doing} of=${doing} />
    <div aria-live="polite">${(verdict || []).map((v) => html`<${Evidence} v=${v} />`)}</div>
  </section>`;
}

function Papers({ d, made, setMade, me }) {
  const doing = useAct();
  const sheet = async () => {
    const name = madeName(`sheet-${d.draw}`, "html");
    if (await doing.run("draw sheet", { words: [d.draw], out: name })) setMade({ ...made, sheet: name });
  };
  const [object, choose] = useState("");
  return html`<section class="no-print">
    <h2>${t("ui.draw.papers")}</h2>
    <p>${t("ui.draw.papers-say")}</p>
    <${Doing} of=${doing} />
    <p class="row"><button type="button" disabled=${doing.busy} onClick=${sheet}>${t("ui.draw.make-sheet")}</button>
      ${made.sheet ? html`<${Made} name=${made.sheet} label=${t("ui.draw.get-sheet")} />` : null}</p>
    ${d.draw.split(":")[0] !== me.office ? null : !d.released ? html`<p class="dim">${t("ui.draw.slip-after")}</p>` : html`<form class="row" onSubmit=${async (e) => {
      e.preventDefault();
      if (!object.trim()) return;
      const page = madeName(`slip-${object.trim()}`, "html");
      if (await doing.run("slip", { draw: d.draw, object: object.trim(), out: madeName("slip", "txt"), page })) setMade({ ...made, slip: { page, object: object.trim() } });
    }}>
      <div class="pick wide"><label for="slip-object">${t("ui.draw.slip-for")}</label><input id="slip-object" value=${object} list="slip-objects" onInput=${(e) => choose(e.target.value)} />
      <datalist id="slip-objects">${d.targets.map((x) => html`<option value=${x.object}>${x.name}</option>`)}</datalist></div>
      <button type="submit" disabled=${doing.busy}>${t("ui.draw.make-slip")}</button>
      ${made.slip ? html`<${Made} name=${made.slip.page} label=${t("ui.draw.get-slip", { object: made.slip.object })} />` : null}
    </form>`}
  </section>`;
}

export function Draw({ name, me, query, commands }) {
  const names = useOffices();
  const plans = useTasks();
  const of = useLook(async () => {
    const [d, all] = await Promise.all([look("draw show", { words: name }), look("draw list", { office: name.split(":")[0] })]);
    return { ...d, line: all.find((l) => l.draw === name) || {} };
  }, [name]);
  const [made, setMade] = useState({});
  const room = !!query.room;
  const back = () => replaceQuery({ ...query, act: "" });
  return html`<${Looked} of=${of}>${(d) => {
    const mine = name.split(":")[0] === me.office;
    if (query.act === "release" || query.act === "release-early") return html`<div class=${room ? "room" : ""}><${Release} key=${query.act} ...${{ d, name, me, plans }} early=${query.act === "release-early"} again=${of.again} onEarly=${() => replaceQuery({ ...query, act: "release-early" })} onBack=${back} /></div>`;
    if (query.act && AFTER[query.act]) return html`<${After} what=${query.act} d=${d} me=${me} onDone=${of.again} onBack=${back} />`;
    const acts = Object.keys(AFTER).filter((k) => commands.some((c) => c.name === AFTER[k].command && mayRun(me, c)) && (!AFTER[k].when || AFTER[k].when(d, me)));
    return html`<div class=${room ? "room" : ""}>
      <${Title} text=${t("ui.draw.draw-of", { task: plans(d.slot) === "—" ? d.slot : plans(d.slot) })}>
        <button type="button" aria-pressed=${room} onClick=${() => replaceQuery({ ...query, room: room ? "" : 1 })}>${t("ui.draw.projected")}</button>
        <button type="button" onClick=${() => window.print()}>${t("ui.draw.print")}</button>
      <//>
      <section>
        <${Pairs} of=${[
          [t("ui.draw.draw"), html`<strong>${d.draw}</strong> · ${names(name.split(":")[0])}`],
          [t("ui.draw.slot"), listed(d.slots || [d.slot])],
          [t("ui.draw.level-claimed"), html`<${Level} of=${d.level} />`],
          d.from ? [t("ui.draw.window"), `${d.from} — ${d.to}`] : null,
          [t("ui.draw.state"), d.released ? t("ui.draw.state-released") : t("ui.draw.state-sealed")],
          [t("ui.draw.verdict"), html`<${Verdicts} of=${d.line.verdicts} name=${names} />`],
          d.operator ? [t("ui.draw.operator"), d.operator] : null,
          d.operator ? [t("ui.draw.observers"), d.observers || t("ui.draw.nobody")] : null,
          [t("ui.draw.roster"), d.freeze.date ? t("ui.draw.roster-line", { date: d.freeze.date, objects: count(d.freeze.objects), inspectors: count(d.freeze.inspectors) }) : "—"],
          [t("ui.draw.digest"), html`<code class="digest">${short(d.freeze.leaf)}</code>`],
          [t("ui.draw.order-id"), html`<code class="digest">${short(d.order.order_id)}</code>`],
          [t("ui.draw.seed"), d.seed ? html`<code class="digest">${short(d.seed)}</code>` : t("ui.draw.no-seed")],
          [t("ui.draw.where"), t("ui.draw.log-entry", { log: d.origin, n: d.seq })],
        ]} />
        <${Levels} />
      </section>
      <section><${Targets} d=${d} names=${names} /></section>
      <section><${Strata} rows=${d.strata} /></section>
      <${Own} d=${d} me=${me} again=${of.again} />
      <${Papers} d=${d} made=${made} setMade=${setMade} me=${me} />
      <section class="no-print">
        <h2>${t("ui.draw.after")}</h2>
        ${mine && !d.released ? html`<p>${t("ui.draw.sealed-says")}</p>${may(me, "draw-release") ? html`<p><button type="button" class="main" onClick=${() => replaceQuery({ ...query, act: "release" })}>${t("ui.draw.release")}</button></p>` : null}` : null}
        ${acts.length ? html`<p>${t("ui.draw.after-says")}</p><ul class="choices">${acts.map((k) => html`<li><a href=${address(["draw", name], { ...query, act: k })}>${t(`ui.draw.after-${k}`)}</a> <small class="dim">${t(`ui.draw.after-${k}-says`)}</small></li>`)}</ul>` : null}
      </section>
    </div>`;
  }}<//>`;
}
