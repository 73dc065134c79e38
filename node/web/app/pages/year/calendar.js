// The working days that all terms are counted by: what stands, an arrangement taken in, and a term reckoned.
import { html, useState } from "../../lib/html.js";
import { t, count } from "../../lib/text.js";
import { look } from "../../lib/api.js";
import { File, Input, Summary, useValues } from "../../ui/form.js";
import { Looked, Table, Title, useLook } from "../../ui/parts.js";
import { Ask, Doing, useAct } from "../draw/common.js";

const TOP = 1;

function Reckon({ me }) {
  const [v, put] = useValues({ from: me.today, days: "20" });
  const doing = useAct();
  const r = doing.answer && doing.answer.result;
  return html`<section><h2>${t("ui.year.reckon")}</h2><${Doing} of=${doing} />
    <form class="row" onSubmit=${(e) => {
      e.preventDefault();
      doing.run("calendar due", { from: v.from, days: Number(v.days) });
    }}>
      <div class="pick"><label for="from">${t("ui.year.reckon-from")}</label><input id="from" type="date" value=${v.from} onInput=${(e) => put({ from: e.target.value })} /></div>
      <div class="pick"><label for="days">${t("ui.year.reckon-days")}</label><input id="days" type="number" min="0" max="3660" value=${v.days} onInput=${(e) => put({ days: e.target.value })} /></div>
      <button>${t("ui.year.reckon-do")}</button></form>
    ${r ? html`<p role="status"><strong>${r.due}</strong>${r.provisional ? ` ${t("ui.year.provisional")}` : ""}</p>` : null}</section>`;
}

export function Calendar({ me }) {
  const of = useLook(() => look("calendar show"), []);
  const [v, put] = useValues({});
  const [errors, setErrors] = useState({});
  const [told, tell] = useState(null);
  const doing = useAct();
  const options = (more) => ({ words: [v.file], ...(v.reason && v.reason.trim() ? { reason: v.reason.trim() } : {}), ...more });
  const check = async (e) => {
    e.preventDefault();
    setErrors(v.file ? {} : { file: t("ui.missing", { field: t("ui.year.calendar-file") }) });
    doing.clear();
    if (!v.file) return;
    const a = await doing.run("calendar import", options({ "dry-run": true }));
    if (a) tell(a.result);
  };
  const write = async () => {
    if (!(await doing.run("calendar import", options({})))) return;
    tell(null);
    put({ done: true, file: "", reason: "" });
    of.again();
  };
  if (told) return html`<${Ask} title=${t("ui.year.calendar-import")} label=${t("ui.year.calendar-write")} doing=${doing} onDo=${write} onBack=${() => tell(null)}
    pairs=${[[t("ui.year.calendar-added"), count(told.added)], [t("ui.year.calendar-revised"), count(told.revised)], [t("ui.year.calendar-same"), count(told.same)], v.reason ? [t("ui.year.reason"), v.reason] : null]} says=${[t("ui.year.calendar-says")]} />`;
  return html`<div><${Title} text=${t("ui.nav.calendar")} />
    <p>${t("ui.year.calendar-means")}</p>
    ${v.done ? html`<p class="note good" role="status">${t("ui.year.calendar-done")}</p>` : null}
    <section><h2>${t("ui.year.calendar-stands")}</h2><${Looked} of=${of}>${(c) => (c.covered_to ? html`<p>${t("ui.year.calendar-covers", { from: c.covered_from, to: c.covered_to })}${(me.today || "") > c.covered_to ? html` <strong class="loud">${t("ui.year.calendar-ended")}</strong>` : ""}</p>
      <details><summary>${t("ui.year.calendar-days", { n: count(c.holidays.length + c.makeup_workdays.length) })}</summary><${Table} rows=${years(c)} columns=${[{ name: "year", label: t("ui.draw.year") }, { name: "off", label: t("ui.year.days-off") }, { name: "on", label: t("ui.year.days-on") }]} /></details>` : html`<p class="note">${t("ui.year.calendar-none")}</p>`)}<//></section>
    <${Reckon} me=${me} />
    ${me.level === TOP ? html`<section><h2>${t("ui.year.calendar-import")}</h2><${Summary} errors=${errors} /><${Doing} of=${doing} />
      <form onSubmit=${check} novalidate>
        <${File} id="file" label=${t("ui.year.calendar-file")} hint=${t("ui.year.calendar-file-hint")} required=${true} error=${errors.file} accept=".json,application/json" set=${(x) => put({ file: x })} refuse=${(p) => setErrors({ file: p.message })} />
        <${Input} id="reason" label=${t("ui.year.reason")} hint=${t("ui.year.calendar-reason-hint")} value=${v.reason} set=${(x) => put({ reason: x })} />
        <div class="row"><button class="main" disabled=${doing.busy}>${t("ui.draw.check-answers")}</button></div></form></section>` : html`<p class="dim">${t("ui.year.calendar-who")}</p>`}
  </div>`;
}

// Days by their year: {year, off, on}
function years(c) {
  const by = {};
  const put = (k) => (d) => {
    const y = d.slice(0, 4);
    by[y] = by[y] || { year: y, off: [], on: [] };
    by[y][k].push(d.slice(5));
  };
  c.holidays.forEach(put("off"));
  c.makeup_workdays.forEach(put("on"));
  return Object.values(by).sort((a, b) => (a.year < b.year ? 1 : -1)).map((y) => ({ year: y.year, off: y.off.join(" "), on: y.on.join(" ") }));
}
