// Figures fixed in a signed report, and what has moved since.
import { html, useState } from "../../lib/html.js";
import { t, count, when, wordName } from "../../lib/text.js";
import { look } from "../../lib/api.js";
import { address, go } from "../../lib/route.js";
import { Badge, Looked, Table, Title, useLook } from "../../ui/parts.js";
import { Input, Select, Summary, useValues } from "../../ui/form.js";
import { Ask, Doing, useAct, useOffices, mayWrite } from "./common.js";
import { Heads } from "./figures.js";

const KINDS = ["interim", "quarter", "half_year", "year"];

function Make({ me, onBack }) {
  const plans = useLook(() => look("plan list"), []);
  const [v, put] = useValues({ year: (me.today || "").slice(0, 4) });
  const [errors, setErrors] = useState({});
  const [sure, ask] = useState(false);
  const doing = useAct();
  const check = (e) => {
    e.preventDefault();
    const wrong = {};
    for (const f of ["title", "kind"]) if (!v[f]) wrong[f] = t("ui.missing", { field: t(`ui.draw.report-${f}`) });
    setErrors(wrong);
    if (!Object.keys(wrong).length) ask(true);
  };
  const run = async () => {
    const a = await doing.run("report make", { title: v.title, kind: v.kind, year: v.year || undefined, series: v.series || undefined });
    if (a) go(["report", a.result.report]);
  };
  if (sure) return html`<${Ask} title=${t("ui.draw.ask-report")} label=${t("ui.draw.sign-report")} doing=${doing} onDo=${run} onBack=${() => ask(false)} pairs=${[[t("ui.draw.report-title"), v.title], [t("ui.draw.report-kind"), wordName("report-kind", v.kind)], [t("ui.draw.year"), v.year], [t("ui.draw.plan"), v.series]]} says=${[t("ui.draw.report-1"), t("ui.draw.report-2")]} />`;
  return html`<form onSubmit=${check} novalidate><${Title} text=${t("ui.draw.make-report")} /><${Summary} errors=${errors} />
    <${Input} id="title" label=${t("ui.draw.report-title")} required=${true} error=${errors.title} value=${v.title} set=${(x) => put({ title: x })} />
    <${Select} id="kind" label=${t("ui.draw.report-kind")} required=${true} error=${errors.kind} value=${v.kind} set=${(x) => put({ kind: x })} choices=${KINDS.map((k) => [k, wordName("report-kind", k)])} />
    <${Input} id="year" type="number" min="2000" max="2999" label=${t("ui.draw.year")} value=${v.year} set=${(x) => put({ year: x })} />
    <${Select} id="series" label=${t("ui.draw.plan")} value=${v.series} set=${(x) => put({ series: x })} choices=${(plans.value || []).map((p) => [p.plan, p.title])} />
    <div class="row"><button class="main">${t("ui.draw.check-answers")}</button><button type="button" onClick=${onBack}>${t("ui.draw.back")}</button></div></form>`;
}

export function Reports({ me, query }) {
  const names = useOffices();
  const of = useLook(() => look("report list"), []);
  if (query.make) return html`<${Make} me=${me} onBack=${() => go(["reports"])} />`;
  return html`<div>
    <${Title} text=${t("ui.draw.reports")}>${mayWrite(me, "report_snapshot") ? html`<a class="button" href=${address(["reports"], { make: 1 })}>${t("ui.draw.make-report")}</a>` : null}<//>
    <${Looked} of=${of}>${(rows) => html`<${Table} rows=${rows} link=${(r) => address(["report", r.report])} columns=${[
      { name: "title", label: t("ui.draw.report-title") },
      { name: "office", label: t("ui.draw.office"), of: (r) => names(r.office) },
      { name: "kind", label: t("ui.draw.report-kind"), of: (r) => wordName("report-kind", r.kind) },
      { name: "year", label: t("ui.draw.year") },
      { name: "made_on", label: t("ui.draw.made-on"), of: (r) => when(r.made_on) },
      { name: "report", label: t("ui.draw.record") },
    ]} />`}<//>
  </div>`;
}

const value = (x) => (!x ? "—" : x.over === undefined ? count(x.of) : `${count(x.of)} / ${count(x.over)}`);
const WHY = { same: "good", later: "", moved: "warn", behind: "warn", other: "bad" };

export function Report({ name }) {
  const names = useOffices();
  const of = useLook(async () => {
    const [r, all] = await Promise.all([look("report show", { words: name }), look("report list")]);
    return { ...r, line: all.find((x) => x.report === name) || {} };
  }, [name]);
  const doing = useAct();
  const checked = doing.answer && doing.answer.result;
  return html`<${Looked} of=${of}>${(first) => {
    const r = checked || first;
    return html`<div>
    <${Title} text=${first.line.title || name}><button type="button" disabled=${doing.busy} onClick=${() => doing.run("report check", { words: [name] })}>${t("ui.draw.check-report")}</button><button type="button" onClick=${() => window.print()}>${t("ui.draw.print")}</button><//>
    <p class="dim">${[names(r.office), r.year, r.series].filter(Boolean).join(" · ")} · ${t("ui.draw.judged-on", { on: r.on })}</p>
    <${Doing} of=${doing} />
    ${checked ? html`<p class="note" role="status">${t("ui.draw.report-counts", r.counts)}</p>` : null}
    <${Table} rows=${r.figures} columns=${[
      { name: "figure", label: t("ui.draw.figure"), of: (f) => t(`figure.${f.figure.replace(/_/g, "-")}`) },
      { name: "report", label: t("head.report"), number: true, of: (f) => value(f.report) },
      { name: "now", label: t("head.now"), number: true, of: (f) => value(f.now) },
      { name: "why", label: t("head.differs"), of: (f) => html`<${Badge} kind=${WHY[f.why]}>${t(`snapshot.why-${f.why}`)}<//>` },
    ]} />
    <section><h2>${t("ui.draw.data-of")}</h2><${Heads} heads=${r.heads || []} names=${names} /></section>
  </div>`;
  }}<//>`;
}
