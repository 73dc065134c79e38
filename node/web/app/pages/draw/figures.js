// The figures of the office and those below: what each counts, as of when, and the records behind it.
import { html } from "../../lib/html.js";
import { t, count, when } from "../../lib/text.js";
import { look } from "../../lib/api.js";
import { address, replaceQuery } from "../../lib/route.js";
import { Badge, Looked, Table, Title, useLook } from "../../ui/parts.js";
import { Doing, Made, madeName, Pick, Share, useAct, useOffices } from "./common.js";
import { Chart } from "./chart.js";

const hyphens = (s) => s.replace(/_/g, "-");
const RATES = ["completion", "publication", "on_time", "closure", "finding", "disputed_draws", "joint_tasks", "conclusions", "nonconforming"];

function number(k, x) {
  if (k === "coverage" && x.over === undefined) return html`<span>${count(x.of)} <small class="dim">${t("ui.draw.no-statement")}</small></span>`;
  return x.over === undefined ? count(x.of) : x.over ? html`<${Share} of=${x.of} over=${x.over} />` : html`<span>— <small class="dim">${t("ui.draw.nothing-to-count")}</small></span>`;
}

export function Heads({ heads, names }) {
  return html`<${Table} rows=${heads} columns=${[
    { name: "office", label: t("ui.draw.office"), of: (h) => names(h.office) },
    { name: "as_of", label: t("ui.draw.data-of"), of: (h) => when(h.as_of) },
    { name: "entries", label: t("ui.draw.entries"), number: true, of: (h) => count(h.entries) },
    { name: "age", label: t("ui.draw.state"), of: (h) => html`<span><${Badge} kind=${h.doubtful || h.age === "missing" ? "bad" : h.age === "old" ? "warn" : "good"}>${t(`figure.age-${h.age}`)}<//>${h.held ? html` <${Badge} kind="warn">${t("figure.head-held")}<//>` : null}${h.quarantined ? html` <${Badge} kind="bad">${t("figure.head-quarantined")}<//>` : null}${h.waiting ? html` <${Badge} kind="warn">${t("figure.head-waiting")}<//>` : null}</span>` },
  ]} />`;
}

export function Figures({ me, query }) {
  const names = useOffices();
  const plans = useLook(() => look("plan list"), []);
  const group = query.group || "office";
  const of = useLook(() => look("stats figures", { year: query.year, series: query.series, office: query.office, group, heads: true }), [query.year, query.series, query.office, group]);
  const shown = query.figure || "completion";
  const groupName = (g) => (group === "office" ? names(g) : g || "—");
  return html`<div>
    <${Title} text=${t("ui.draw.figures")}><a class="button" href=${address(["reports"])}>${t("ui.draw.reports")}</a><button type="button" onClick=${() => window.print()}>${t("ui.draw.print")}</button><//>
    <div class="filters">
      <div class="pick"><label for="year">${t("ui.draw.year")}</label><input id="year" type="number" min="2000" max="2999" placeholder=${(me.today || "").slice(0, 4)} value=${query.year || ""} onChange=${(e) => replaceQuery({ ...query, year: e.target.value })} /></div>
      <${Pick} id="series" label=${t("ui.draw.plan")} name="series" query=${query} choices=${(plans.value || []).map((p) => [p.plan, p.title])} />
      <div class="pick"><label for="group">${t("ui.draw.by")}</label><select id="group" value=${group} onChange=${(e) => replaceQuery({ ...query, group: e.target.value })}>${["office", "task", "risk"].map((g) => html`<option value=${g} selected=${g === group}>${t(`ui.draw.by-${g}`)}</option>`)}</select></div>
    </div>
    <${Looked} of=${of}>${(r) => html`
      ${r.doubtful ? html`<p class="note">${t("figure.heads-doubtful", { all: r.heads.length, n: r.doubtful, oldest: r.heads.map((h) => h.as_of).sort()[0] || "—" })}</p>` : null}
      ${r.provisional ? html`<p class="note">${t("figure.provisional", { n: count(r.provisional) })}</p>` : null}
      <section><h2>${t("figure.whole")}</h2>
      <${Table} rows=${Object.entries(r.whole.figures)} columns=${[
        { name: "f", label: t("ui.draw.figure"), of: ([k]) => html`<strong>${t(`figure.${hyphens(k)}`)}</strong>` },
        { name: "v", label: t("ui.draw.value"), of: ([k, x]) => number(k, x) },
        { name: "m", label: t("ui.draw.means"), of: ([k]) => t(`figure.${hyphens(k)}-means`) },
        { name: "r", label: t("ui.draw.behind"), of: ([k, x]) => html`<span><a href=${address(["figure", k], { year: query.year, series: query.series, office: query.office })}>${t("ui.draw.rows-of", { n: count(x.of) })}</a>${x.over !== undefined ? html` / <a href=${address(["figure", k], { over: 1, year: query.year, series: query.series, office: query.office })}>${count(x.over)}</a>` : null}</span>` },
      ]} /></section>
      ${r.groups.length ? html`<section><h2>${t(`ui.draw.by-${group}`)}</h2>
        <div class="filters"><div class="pick"><label for="figure">${t("ui.draw.figure")}</label><select id="figure" value=${shown} onChange=${(e) => replaceQuery({ ...query, figure: e.target.value })}>${Object.keys(r.whole.figures).map((k) => html`<option value=${k} selected=${k === shown}>${t(`figure.${hyphens(k)}`)}</option>`)}</select></div></div>
        <${Table} rows=${r.groups} columns=${[
          { name: "name", label: t(`ui.draw.by-${group}`), of: (g) => groupName(g.name) },
          { name: "v", label: t(`figure.${hyphens(shown)}`), of: (g) => number(shown, g.figures[shown]) },
        ]} /></section>
        ${RATES.includes(shown) && r.groups.length > 1 && r.groups.length <= 30 ? html`<${Chart} title=${t(`figure.${hyphens(shown)}`)} unit=${t(`ui.draw.by-${group}`)} names=${r.groups.map((g) => groupName(g.name))} series=${[{ name: t("ui.draw.percent"), values: r.groups.map((g) => (g.figures[shown].over ? Math.round((1000 * g.figures[shown].of) / g.figures[shown].over) / 10 : null)) }]} />` : null}` : null}
      <section><h2>${t("ui.draw.data-of")}</h2><${Heads} heads=${r.heads} names=${names} /></section>`}<//>
  </div>`;
}

export function FigureRows({ name, query }) {
  const doing = useAct();
  const of = useLook(() => look("stats rows", { words: name, over: !!query.over, year: query.year, series: query.series, office: query.office, past: query.past, limit: 100 }), [name, JSON.stringify(query)]);
  const out = async () => {
    const file = madeName(name, "xlsx");
    await doing.run("stats rows", { words: [name], over: !!query.over, year: query.year, series: query.series, office: query.office, out: file });
  };
  const written = doing.answer && doing.answer.result && (doing.answer.result.path || doing.answer.result.out);
  return html`<div>
    <${Title} text=${t(query.over ? "ui.draw.rows-over" : "ui.draw.rows-title", { figure: t(`figure.${hyphens(name)}`) })}><button type="button" disabled=${doing.busy} onClick=${out}>${t("ui.draw.to-sheet")}</button>${written ? html`<${Made} name=${written.split("/").pop()} label=${t("ui.draw.get-sheet-of-rows")} />` : null}<//>
    <p class="dim">${t(`figure.${hyphens(name)}-means`)}</p>
    <${Doing} of=${doing} />
    <${Looked} of=${of}>${(r) => html`<${Table} rows=${r.rows} columns=${[
      { name: "label", label: t("ui.draw.what") },
      { name: "key", label: t("head.key") },
      { name: "offices", label: t("ui.draw.office") },
      { name: "tasks", label: t("ui.draw.task") },
      { name: "risk_class", label: t("head.risk-class") },
      { name: "records", label: t("head.records") },
    ]} />
    <p class="row">${query.past ? html`<a class="button" href=${address(["figure", name], { ...query, past: "" })}>${t("ui.draw.first-page")}</a>` : null}${r.more ? html`<a class="button" href=${address(["figure", name], { ...query, past: r.past })}>${t("ui.draw.next-page")}</a>` : null}</p>`}<//>
  </div>`;
}
