// What a command answered, for commands without a page of their own: tables for lists, pairs for one thing, in words where
// the catalogue has them.
import { html } from "../lib/html.js";
import { t, first, isMoment, when } from "../lib/text.js";
import { Empty, Table } from "./parts.js";

const hyphens = (s) => String(s).replace(/_/g, "-");
export const label = (name) => first([`table.${hyphens(name)}`, `field.${hyphens(name)}`, `ui.field.${hyphens(name)}`], name);

const plain = (v) => v === null || typeof v !== "object";
function shown(name, v) {
  if (v === null || v === undefined || v === "") return "—";
  if (v === true) return t("ui.yes");
  if (v === false) return t("ui.no");
  if (typeof v === "number" && /(^|_)ms$/.test(name)) return when(v);
  return isMoment(v) ? when(v) : String(v);
}

export function Value({ name, value, depth = 0 }) {
  if (plain(value)) return html`<span>${shown(name || "", value)}</span>`;
  if (Array.isArray(value)) return html`<${List} rows=${value} />`;
  const pairs = Object.entries(value);
  if (!pairs.length) return html`<span>—</span>`;
  if (depth > 3) return html`<code>${JSON.stringify(value)}</code>`;
  return html`<dl class="pairs">${pairs.map(([k, v]) => html`<div><dt>${label(k)}</dt><dd><${Value} name=${k} value=${v} depth=${depth + 1} /></dd></div>`)}</dl>`;
}

export function List({ rows, link }) {
  if (!rows.length) return html`<${Empty} />`;
  if (rows.every(plain)) return html`<ul>${rows.map((r) => html`<li>${shown("", r)}</li>`)}</ul>`;
  if (!rows.every((r) => r && typeof r === "object" && !Array.isArray(r))) return html`<${Value} value=${{ ...rows }} />`;
  const names = [];
  for (const r of rows.slice(0, 200)) for (const k of Object.keys(r)) if (!names.includes(k)) names.push(k);
  const simple = names.filter((n) => rows.every((r) => plain(r[n]) || r[n] === undefined));
  const deep = names.filter((n) => !simple.includes(n));
  const columns = [
    ...simple.map((n) => ({ name: n, label: label(n), of: (r) => shown(n, r[n]), number: rows.every((r) => typeof r[n] === "number" && !/ms$/.test(n)) })),
    ...deep.map((n) => ({ name: n, label: label(n), of: (r) => html`<${Value} name=${n} value=${r[n] === undefined ? null : r[n]} depth=${2} />` })),
  ];
  return html`<${Table} columns=${columns} rows=${rows} link=${link} />`;
}
