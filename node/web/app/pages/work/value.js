// A value of a record in words.
import { html, useEffect, useState } from "../../lib/html.js";
import { kindName, wordName, listed, when } from "../../lib/text.js";
import { address } from "../../lib/route.js";
import { codes, kinds, objectOf, people } from "./data.js";

function Codes({ list, value }) {
  const [known, set] = useState([]);
  useEffect(() => {
    let here = true;
    codes(list).then((l) => here && set(l), () => {});
    return () => {
      here = false;
    };
  }, [list]);
  return html`<span>${listed(value.split(",").map((c) => {
    const k = known.find((x) => x.code === c);
    return k ? `${c} ${k.name}` : c;
  }))}</span>`;
}

// A result by whom it is about, any other by its kind; the number stands behind.
function Link({ of, value }) {
  const [has, set] = useState(false);
  const [name, call] = useState("");
  useEffect(() => {
    let here = true;
    kinds().then((l) => here && set(l.some((k) => k.kind === of)), () => {});
    if (of === "inspection") objectOf(value).then((n) => here && call(n), () => {});
    return () => {
      here = false;
    };
  }, [of, value]);
  return has ? html`<a href=${address(["record", of, value])}>${name || kindName(of)}</a> <small class="dim">${value}</small>` : html`<span>${value}</span>`;
}

const PEOPLE = /^[0-9A-Z]{2,16}\/\S+ [^;]+(;|$)/;

export function FieldValue({ field, value }) {
  if (value === undefined || value === null || value === "") return html`<span class="dim">—</span>`;
  const v = String(value);
  if (field.kind === "word") return html`<span>${listed(v.split(",").map((w) => wordName(field.field, w)))}</span>`;
  if (field.kind === "codes") return html`<${Codes} list=${field.of} value=${v} />`;
  if (field.kind === "record") return html`<${Link} of=${field.of} value=${v} />`;
  if (field.kind === "time") return html`<span>${when(v)}</span>`;
  if (field.kind === "inspectors" || field.kind === "staff" || PEOPLE.test(v)) return html`<span>${people(v).map((p) => html`<span class="who">${p.name} <small class="dim">${p.id}</small></span>`)}</span>`;
  if (field.kind === "digest") return html`<code>${v}</code>`;
  if (field.kind === "lines") return html`<span class="lines">${v}</span>`;
  return html`<span>${v}</span>`;
}
