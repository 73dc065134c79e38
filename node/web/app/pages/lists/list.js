// One list: its filters stand in the address, its pages begin behind a row, so that nothing is skipped or shown twice. Another
// page may hold a list of its own things: `path` is where it stands then, `fixed` what it is filtered by and does not show.
import { html, useEffect, useState } from "../../lib/html.js";
import { t, count, language, listed, aside } from "../../lib/text.js";
import { get } from "../../lib/api.js";
import { address, go } from "../../lib/route.js";
import { Input } from "../../ui/form.js";
import { Badge, Loading, Refusal, Title, useLook, reachable, breaks } from "../../ui/parts.js";
import { badgeOf, badged, hidden, linkOf, pageOf, secret, words } from "./data.js";

const PLACE = ["after", "before"];
const without = (query, names) => Object.fromEntries(Object.entries(query).filter(([k]) => !names.includes(k)));

function Filter({ column, offices, draft, set }) {
  const id = `f-${column.name}`;
  const put = (name) => (v) => set({ ...draft, [name]: v });
  if (column.filter === "range")
    return html`<fieldset class="range"><legend>${column.label}</legend>
      ${["from", "to"].map((end) => html`<label for=${`${id}-${end}`}><span>${end === "from" ? t("ui.lists.from") : t("ui.lists.to")}</span>
        <input type="date" id=${`${id}-${end}`} value=${draft[`${column.name}-${end}`] || ""} onInput=${(e) => put(`${column.name}-${end}`)(e.target.value)} /></label>`)}
    </fieldset>`;
  const choices = column.choices || (column.kind === "office" ? offices.map((o) => [o.code, o.name ? `${o.name}${aside(o.code)}` : o.code]) : null);
  if (choices)
    return html`<div class="field"><label for=${id}>${column.label}</label><select id=${id} value=${draft[column.name] || ""} onChange=${(e) => put(column.name)(e.target.value)}>
      ${[["", t("ui.lists.any")], ...choices].map(([v, said]) => html`<option value=${v} selected=${v === (draft[column.name] || "")}>${said}</option>`)}
    </select></div>`;
  return html`<${Input} id=${id} label=${column.label} required=${true} value=${draft[column.name] || ""} set=${put(column.name)} />`;
}

function Filters({ list, offices, query, path, fixed }) {
  const [draft, set] = useState(without(query, PLACE));
  const [open, setOpen] = useState(!list.columns.some((c) => c.searched) || Object.keys(without(query, [...PLACE, "q"])).length > 0);
  const kept = JSON.stringify(without(query, PLACE));
  useEffect(() => set(without(query, PLACE)), [kept]);
  const filters = list.columns.filter((c) => c.filter && !(c.name in fixed) && c.kind !== "record");
  const searched = list.columns.filter((c) => c.searched);
  return html`<form class="search" role="search" novalidate onSubmit=${(e) => {
    e.preventDefault();
    go(path, draft);
  }}>
    <div class="find">
      ${searched.length ? html`<${Input} id="q" type="search" label=${t("ui.lists.find")} required=${true} hint=${list.id === "objects" ? t("ui.lists.find-objects") : listed(searched.map((c) => c.label))}
        value=${draft.q || ""} set=${(q) => set({ ...draft, q })} autocomplete="off" />` : null}
      <div class="buttons">
        <button class="main">${searched.length ? t("ui.find") : t("ui.lists.apply")}</button>
        ${filters.length ? html`<button type="button" aria-expanded=${open} aria-controls="more-filters" onClick=${() => setOpen(!open)}>${open ? t("ui.lists.fewer") : t("ui.lists.filters")}</button>` : null}
        ${Object.keys(without(query, PLACE)).length ? html`<a class="button" href=${address(path)}>${t("ui.lists.clear")}</a>` : null}
      </div>
    </div>
    <div id="more-filters" class="grid" hidden=${!open}>${filters.map((c) => html`<${Filter} column=${c} offices=${offices} draft=${draft} set=${set} />`)}</div>
  </form>`;
}

function Cell({ column, value, offices }) {
  if (secret(value)) return html`<span class="dim">${hidden()}</span>`;
  const said = words(column, value, offices);
  if (!said) return html`<span class="dim">—</span>`;
  const href = linkOf(column, value);
  if (href) return html`<a href=${href}>${said}</a>`;
  if (badged(column)) return html`<${Badge} kind=${badgeOf(value)}>${said}<//>`;
  return html`<span class=${column.kind === "date" || column.kind === "time" ? "whole" : column.kind === "office" ? "office" : ""}>${said}</span>`;
}

function Rows({ list, offices, rows, fixed }) {
  const shown = list.columns.filter((c) => !c.more && !(c.name in fixed));
  return html`<div class="scroll" ref=${(e) => reachable(e)}><table class="list">
    <caption class="unseen">${list.title}</caption>
    <thead><tr>${shown.map((c) => html`<th scope="col" class=${c.kind === "number" ? "n" : ""}>${c.label}</th>`)}</tr></thead>
    <tbody>${rows.map((r) => html`<tr key=${r.at}>${shown.map((c) => html`<td class=${c.kind === "number" ? "n" : c.first ? "" : breaks(words(c, r[c.name], offices))} data-h=${c.label}>${
      c.first ? html`<a href=${pageOf(list, r)}>${secret(r[c.name]) ? hidden() : words(c, r[c.name], offices) || t("ui.lists.nameless")}</a>` : html`<${Cell} column=${c} value=${r[c.name]} offices=${offices} />`
    }</td>`)}</tr>`)}</tbody>
  </table></div>`;
}

// The whole list, filtered as it is, in three forms.
export function Exports({ list, query }) {
  const s = new URLSearchParams({ ...without(query, PLACE), lang: language() });
  return html`${["xlsx", "csv", "json"].map((end) => html`<a class="button small" href=${`/api/v1/lists/${list.id}.${end}?${s}`} download>${t(`ui.lists.export.${end}`)}</a>`)}`;
}

function Pages({ path, query, value }) {
  const at = (place) => address(path, { ...without(query, PLACE), ...place });
  return html`<nav class="pages" aria-label=${t("ui.lists.pages")}>
    ${query.after || query.before ? html`<a class="button" href=${at({})}>${t("ui.lists.top")}</a>` : null}
    ${value.prev ? html`<a class="button" href=${at({ before: value.prev })}>${t("ui.lists.prev")}</a>` : null}
    ${value.next ? html`<a class="button" href=${at({ after: value.next })}>${value.unfinished ? t("ui.lists.go-on") : t("ui.lists.next")}</a>` : null}
  </nav>`;
}

function found(value) {
  const n = value.rows.length;
  if (value.count !== undefined) return value.over ? t("ui.lists.over", { n: count(value.count), shown: n }) : t("ui.lists.count", { n: count(value.count), shown: n });
  return t("ui.lists.shown", { shown: n });
}

// The rows with their filters and pages, without a heading.
export function Listed({ list, offices, query, path, fixed = {} }) {
  const asked = JSON.stringify([query, fixed]);
  const of = useLook(() => get(`lists/${list.id}`, { ...query, ...fixed, count: "1" }), [list.id, asked]);
  const value = of.value;
  return html`<div>
    <${Filters} ...${{ list, offices, query, path, fixed }} />
    <${Refusal} problem=${of.problem} />
    ${of.problem ? null : !value ? html`<${Loading} />` : html`<div>
      ${value.masked ? html`<p class="hint">${t("ui.lists.masked-says")}</p>` : null}
      ${value.behind ? html`<p class="note" role="status">${t("ui.lists.behind", { n: count(value.behind) })}</p>` : null}
      <p class="dim" role="status">${found(value)}</p>
      ${value.rows.length ? html`<${Rows} list=${list} offices=${offices} rows=${value.rows} fixed=${fixed} />` : html`<p class="empty">${value.unfinished ? t("ui.lists.unfinished") : Object.keys(query).length ? t("ui.lists.nothing") : t("ui.lists.empty")}</p>`}
      <${Pages} path=${path} query=${query} value=${value} />
    </div>`}
  </div>`;
}

export function List({ list, offices, query }) {
  return html`<div class="listpage">
    <p class="trace"><a href=${address(["lists"])}>${t("ui.nav.lists")}</a></p>
    <${Title} text=${list.title}><${Exports} list=${list} query=${query} /><//>
    <${Listed} list=${list} offices=${offices} query=${query} path=${["lists", list.id]} />
  </div>`;
}
