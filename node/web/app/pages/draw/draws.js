// The draws of the office and those below: what waits to be drawn, and what was.
import { html, useState } from "../../lib/html.js";
import { t, listed, said } from "../../lib/text.js";
import { look } from "../../lib/api.js";
import { address } from "../../lib/route.js";
import { Badge, Looked, Table, Title, useLook } from "../../ui/parts.js";
import { Ask, because, Doing, Level, may, Pick, Search, useAct, useOffices } from "./common.js";

export const outcomeKind = (o) => (o === "verified" ? "good" : o === "disputed" || o === "rival" ? "bad" : "warn");
const OUTCOMES = ["verified", "disputed", "rival", "open", "forgotten"];

export function Verdicts({ of, name }) {
  if (!of || !of.length) return html`<span class="dim">${t("ui.draw.not-judged")}</span>`;
  return html`<span>${of.map((v) => html`<${Badge} kind=${outcomeKind(v.outcome)}>${OUTCOMES.includes(v.outcome) ? t(`verify.is-${v.outcome}`) : v.outcome}<//> <small class="dim">${name(v.office)} ${v.on}</small> `)}</span>`;
}

function Orders({ me, orders, names, plans }) {
  const doing = useAct();
  const auto = useAct();
  const [asking, ask] = useState(false);
  const issue = async () => {
    if (await doing.run("order issue", {})) ask(false);
    orders.again();
  };
  if (asking) return html`<${Ask} title=${t("ui.draw.issue")} says=${[t("ui.draw.issue-1"), t("ui.draw.issue-2"), t("ui.draw.issue-3")]} label=${t("ui.draw.issue")} doing=${doing} onDo=${issue} onBack=${() => ask(false)} />`;
  const isAuto = auto.answer && auto.answer.result && auto.answer.result.auto;
  const issued = doing.answer && doing.answer.result;
  return html`<section>
    <h2>${t("ui.draw.waiting")}</h2>
    <${Doing} of=${doing} />
    ${issued ? html`<p class="note" role="status">${t("ui.draw.issued", { n: issued.orders.filter((o) => o.issued).length, ahead: issued.ahead, over: issued.over })}</p>` : null}
    ${issued ? html`<ul>${issued.orders.filter((o) => !o.issued).map((o) => html`<li>${said(o.slot, because(o.why))}</li>`)}</ul>` : null}
    <${Looked} of=${orders}>${(rows) => html`<${Table} rows=${rows.filter((o) => !o.draw)} empty=${t("ui.draw.none-waiting")} columns=${[
      { name: "slot", label: t("ui.draw.slot"), of: (o) => listed(o.slots) },
      { name: "task", label: t("ui.draw.task"), of: (o) => plans(o.slot) },
      { name: "office", label: t("ui.draw.office"), of: (o) => html`<span class="office">${names(o.office)}</span>` },
      { name: "level", label: t("ui.draw.level"), of: (o) => html`<${Level} of=${o.level} />` },
      { name: "window", label: t("ui.draw.window"), of: (o) => `${o.from} — ${o.to}` },
      { name: "do", label: t("ui.draw.do"), of: (o) => (o.office === me.office ? html`<a class="button" href=${address(["ceremony", o.slot])}>${t("ui.draw.hold")}</a>` : html`<span class="dim">${t("ui.draw.there")}</span>`) },
    ]} />`}<//>
    ${me.level < 3 && may(me, "order") ? html`<p><button type="button" onClick=${() => ask(true)}>${t("ui.draw.issue")}</button></p>` : null}
    ${me.level < 3 && may(me, "order-auto") ? html`
      <h3>${t("ui.year.auto")}</h3><p>${t("ui.year.auto-says")}</p><${Doing} of=${auto} />
      <p class="row"><button type="button" disabled=${auto.busy} onClick=${() => auto.run("order auto", { words: ["on"] })}>${t("ui.year.auto-on")}</button><button type="button" disabled=${auto.busy} onClick=${() => auto.run("order auto", { words: ["off"] })}>${t("ui.year.auto-off")}</button>
      <span role="status">${isAuto === undefined || isAuto === null ? "" : t(isAuto ? "order.auto-on" : "order.auto-off")}</span></p>` : null}
  </section>`;
}

// As printed; where the print names none, how its items begin.
export const nameOf = (x) => x.name || (x.items || "").slice(0, 30);

// Task names by slot, from the plans that are held here.
export async function tasksOf() {
  const plans = await look("plan list");
  const all = {};
  for (const p of plans) for (const x of await look("plan show", { words: p.plan })) all[`${p.plan}/${x.task}`] = nameOf(x);
  return (slot) => all[slot.split("/").slice(0, 3).join("/")] || "—";
}
export function useTasks() {
  const tasks = useLook(tasksOf, []);
  return tasks.value || (() => "—");
}

export function Draws({ me, query }) {
  const names = useOffices();
  const plans = useTasks();
  const orders = useLook(() => look("order list"), []);
  const draws = useLook(() => look("draw list"), []);
  const state = (d) => (!d.released ? "sealed" : "released");
  return html`<div>
    <${Title} text=${t("ui.draw.draws")}><a class="button" href=${address(["slip"])}>${t("ui.draw.slip-check")}</a><//>
    <${Orders} me=${me} orders=${orders} names=${names} plans=${plans} />
    <section>
      <h2>${t("ui.draw.drawn")}</h2>
      <${Looked} of=${draws}>${(rows) => {
        const offices = Array.from(new Set(rows.map((d) => d.office)));
        const shown = rows.filter((d) => (!query.office || d.office === query.office) && (!query.level || d.level === query.level) && (!query.state || state(d) === query.state) && (!query.find || `${d.draw} ${d.slot} ${plans(d.slot)}`.includes(query.find)));
        return html`<div class="filters">
          <${Search} id="find" label=${t("ui.find")} name="find" query=${query} />
          ${offices.length > 1 ? html`<${Pick} id="office" label=${t("ui.draw.office")} name="office" query=${query} choices=${offices.map((o) => [o, names(o)])} />` : null}
          <${Pick} id="level" label=${t("ui.draw.level")} name="level" query=${query} choices=${["witnessed", "offline", "unwitnessed"].map((l) => [l, t(`site.level-${l}`)])} />
          <${Pick} id="state" label=${t("ui.draw.state")} name="state" query=${query} choices=${["sealed", "released"].map((s) => [s, t(`ui.draw.state-${s}`)])} />
        </div>
        <p class="dim" role="status">${t("ui.draw.shown", { n: shown.length, all: rows.length })}</p>
        <${Table} rows=${shown} link=${(d) => address(["draw", d.draw])} columns=${[
          { name: "draw", label: t("ui.draw.draw"), of: (d) => html`<span class="whole">${d.draw}</span>` },
          { name: "task", label: t("ui.draw.task"), of: (d) => html`<span class="two">${plans(d.slot)} <small class="dim">${d.slot}${d.supp ? ` · ${t("ui.draw.supplement-no", { n: d.supp })}` : ""}</small></span>` },
          ...(offices.length > 1 ? [{ name: "office", label: t("ui.draw.office"), of: (d) => html`<span class="office">${names(d.office)}</span>` }] : []),
          { name: "level", label: t("ui.draw.level"), of: (d) => html`<${Level} of=${d.level} />` },
          { name: "n", label: t("ui.draw.targets"), number: true, of: (d) => (d.must ? t("ui.draw.lot-and-must", { lot: d.lot, must: d.must }) : d.lot) },
          { name: "state", label: t("ui.draw.state"), of: (d) => t(`ui.draw.state-${state(d)}`) },
          { name: "verdict", label: t("ui.draw.verdict"), of: (d) => html`<${Verdicts} of=${d.verdicts} name=${names} />` },
        ]} />`;
      }}<//>
    </section>
  </div>`;
}
