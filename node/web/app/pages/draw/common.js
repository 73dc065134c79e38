// What the pages of this area share: names of offices, acts that are asked back, levels and colours.
import { html, useEffect, useState } from "../../lib/html.js";
import { t, has, sentence } from "../../lib/text.js";
import { fileAddress, look, newKey } from "../../lib/api.js";
import { replaceQuery } from "../../lib/route.js";
import { Doing } from "../../ui/act.js";
import { Badge, dated, Title } from "../../ui/parts.js";

// Names by code, asked for once a visit: certificates carry them.
let asked = null;
export function useOffices() {
  const [names, set] = useState({});
  useEffect(() => {
    let here = true;
    asked =
      asked ||
      look("cert list").then(
        (rows) => rows.reduce((all, r) => ({ ...all, [r.office]: r.name }), {}),
        () => {
          asked = null;
          return {};
        },
      );
    asked.then((all) => here && set(all));
    return () => {
      here = false;
    };
  }, []);
  return (code) => names[code] || code || "—";
}

export { may, mayRun, mayWrite } from "../../lib/may.js";
export { Doing, useAct } from "../../ui/act.js";

export function Level({ of }) {
  if (!of) return html`<span>—</span>`;
  return html`<${Badge} kind=${of === "witnessed" ? "good" : of === "offline" ? "warn" : "bad"}>${t(`site.level-${of}`)}<//>`;
}

// What the levels say, and why there are two of each draw.
export function Levels() {
  return html`<details class="explain"><summary>${t("ui.draw.levels-what")}</summary>
    <p>${t("ui.draw.levels-two")}</p>
    <dl>${["witnessed", "offline", "unwitnessed"].map((l) => html`<dt><${Level} of=${l} /></dt><dd>${t(`site.level-${l}-means`)}</dd>`)}</dl>
  </details>`;
}

export function Pairs({ of }) {
  return html`<dl class="pairs">${of.filter((p) => p).map(([k, v]) => html`<div><dt>${k}</dt><dd>${v === undefined || v === null || v === "" ? "—" : dated(v)}</dd></div>`)}</dl>`;
}

// What is about to be done for good, in words; nothing has happened before `label` is pressed.
export function Ask({ title, pairs, says, label, bad, onDo, onBack, doing, children }) {
  return html`<div class="ask">
    <${Title} text=${title} />
    <p class="note">${t("ui.draw.ask-note")}</p>
    <${Doing} of=${doing} />
    <section>
      ${pairs ? html`<${Pairs} of=${pairs} />` : null}
      ${(says || []).length ? html`<h2>${t("ui.draw.ask-follows")}</h2><ul class="follows">${says.map((s) => html`<li>${s}</li>`)}</ul>` : null}
      ${children}
    </section>
    <div class="row">
      <button type="button" class=${bad ? "bad" : "main"} disabled=${doing.busy} onClick=${onDo}>${label}</button>
      <button type="button" disabled=${doing.busy} onClick=${onBack}>${t("ui.draw.back")}</button>
    </div>
  </div>`;
}

// Filters stand in the address; "" is everything.
export function Pick({ id, label, name, query, choices }) {
  return html`<div class="pick"><label for=${id}>${label}</label>
    <select id=${id} value=${query[name] || ""} onChange=${(e) => replaceQuery({ ...query, [name]: e.target.value })}>
      <option value="">${t("ui.draw.all")}</option>
      ${choices.map(([v, text]) => html`<option value=${v} selected=${v === (query[name] || "")}>${text}</option>`)}
    </select></div>`;
}

export function Search({ id, label, name, query }) {
  return html`<div class="pick"><label for=${id}>${label}</label>
    <input id=${id} type="search" value=${query[name] || ""} onInput=${(e) => replaceQuery({ ...query, [name]: e.target.value })} /></div>`;
}

export function Made({ name, label }) {
  return html`<a class="button" href=${fileAddress(name)} download>${label}</a>`;
}

export const madeName = (stem, end) => `${stem.replace(/[^0-9A-Za-z-]/g, "-")}-${newKey().slice(0, 6)}.${end}`;

// 3 of 4 as a bar that needs no picture: the number stands beside it.
export function Share({ of, over }) {
  if (!over) return html`<span>—</span>`;
  const percent = Math.round((1000 * of) / over) / 10;
  return html`<span class="share"><meter min="0" max="100" value=${percent} aria-hidden="true"></meter><span>${percent}%</span> <small class="dim">${of}/${over}</small></span>`;
}

// A refusal inside a result: {code, id, args "a=1|b=2"} in the words of the catalogue.
export const because = (why) => (!why ? "" : has(why.id) ? sentence(why.id, why.args) : why.id);

export const short = (hex) => (hex ? hex.replace(/(.{8})(?=.)/g, "$1 ") : "—");

// "140602/0012 张三;…" as a dispatch has it.
export const people = (text) => (text || "").split(";").filter(Boolean).map((p) => {
  const at = p.indexOf(" ");
  return at < 0 ? { id: p, name: p } : { id: p.slice(0, at), name: p.slice(at + 1) };
});
