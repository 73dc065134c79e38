// The tables of codes that all offices write by: what stands, and a table taken in anew by the province.
import { html, useState } from "../../lib/html.js";
import { t, count } from "../../lib/text.js";
import { may } from "../../lib/may.js";
import { look } from "../../lib/api.js";
import { address, replaceQuery } from "../../lib/route.js";
import { File, Summary } from "../../ui/form.js";
import { Looked, Table, Title, useLook } from "../../ui/parts.js";
import { Ask, Doing, useAct } from "../draw/common.js";

const LISTS = ["tag", "qualification", "result", "disposal"];
const TOP = 1;

function Import({ onDone }) {
  const [file, set] = useState("");
  const [errors, setErrors] = useState({});
  const [told, tell] = useState(null);
  const doing = useAct();
  const check = async (e) => {
    e.preventDefault();
    setErrors(file ? {} : { file: t("ui.missing", { field: t("ui.year.table-file") }) });
    doing.clear();
    if (!file) return;
    const a = await doing.run("tables import", { words: [file], "dry-run": true });
    if (a) tell(a.result[0]);
  };
  const write = async () => {
    if (await doing.run("tables import", { words: [file] })) onDone(told.list);
  };
  if (told) return html`<${Ask} title=${t("ui.year.table-import")} label=${t("ui.year.table-write")} doing=${doing} onDo=${write} onBack=${() => tell(null)}
    pairs=${[[t("ui.year.table"), t(`ui.year.table-${told.list}`)], [t("ui.year.calendar-added"), count(told.added)], [t("ui.year.calendar-revised"), count(told.revised)], [t("ui.year.calendar-same"), count(told.same)]]}
    says=${told.added + told.revised ? [t("ui.year.table-says-1"), t("ui.year.table-says-2")] : [t("ui.year.table-nothing")]} />`;
  return html`<div><${Title} text=${t("ui.year.table-import")}><a class="button" href=${address(["tables"])}>${t("ui.draw.back")}</a><//>
    <p>${t("ui.year.table-import-says")}</p><${Summary} errors=${errors} /><${Doing} of=${doing} />
    <form onSubmit=${check} novalidate>
      <${File} id="file" label=${t("ui.year.table-file")} hint=${t("ui.year.table-file-hint")} required=${true} error=${errors.file} accept=".csv,.xlsx,text/csv" set=${set} refuse=${(p) => setErrors({ file: p.message })} />
      <div class="row"><button class="main" disabled=${doing.busy}>${t("ui.draw.check-answers")}</button></div></form></div>`;
}

export function Tables({ me, query }) {
  const list = LISTS.includes(query.list) ? query.list : LISTS[2];
  const of = useLook(() => look("tables show", { words: list }), [list, query.done]);
  const mine = me.level === TOP && may(me, "tables-import");
  if (query.import && mine) return html`<${Import} onDone=${(l) => replaceQuery({ list: l, done: "1" })} />`;
  return html`<div><${Title} text=${t("ui.year.tables")}><a class="button" href=${address(["plans"])}>${t("ui.draw.back")}</a>
      ${mine ? html`<a class="button" href=${address(["tables"], { import: 1 })}>${t("ui.year.table-import")}</a>` : null}<//>
    <p>${t("ui.year.tables-say")}</p>
    ${query.done ? html`<p class="note good" role="status">${t("ui.year.table-done")}</p>` : null}
    <nav class="tabs" aria-label=${t("ui.year.tables")}>${LISTS.map((l) => html`<button type="button" aria-pressed=${l === list} onClick=${() => replaceQuery({ list: l })}>${t(`ui.year.table-${l}`)}</button>`)}</nav>
    <section><${Looked} of=${of}>${(rows) => html`<p class="dim" role="status">${t("ui.year.table-n", { n: count(rows.length) })}</p><${Table} rows=${rows} empty=${t("ui.year.no-codes")} columns=${[
      { name: "code", label: t("ui.year.code") },
      { name: "name", label: t("ui.year.code-name") },
      ...(list === "result" ? [{ name: "flags", label: t("ui.year.code-issue"), of: (c) => t(c.flags === "issue" ? "ui.yes" : "ui.no") }] : []),
    ]} />`}<//></section>
    ${mine ? null : html`<p class="dim">${t("ui.year.tables-who")}</p>`}
  </div>`;
}
