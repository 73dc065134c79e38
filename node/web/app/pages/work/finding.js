// What a visit found, on one page, for whoever judges it: which task, where, when, who went, what was found of each item and what
// was done about it, who signed, and the photographs.
import { html } from "../../lib/html.js";
import { t, aside, listed, when, said as told } from "../../lib/text.js";
import { look } from "../../lib/api.js";
import { address } from "../../lib/route.js";
import { Looked, useLook } from "../../ui/parts.js";
import { codes, people } from "./data.js";
import { Evidence } from "./evidence.js";
import { said } from "./found.js";

const SIGNED = ["signed", "refused", "nobody"];
const bare = (list, v) => listed(v.split(",").map((c) => (list.find((x) => x.code === c) || { name: "" }).name));

function Item({ i, results, disposals }) {
  const row = (label, v) => (v ? html`<div><dt>${label}</dt><dd class="lines">${v}</dd></div>` : null);
  return html`<div class="found-item"><h3>${i.name}</h3><dl class="pairs">
    ${row(t("ui.work.outcome"), html`<strong>${said(results, i.codes)}</strong>${i.text && i.text !== bare(results, i.codes) ? html` <span class="dim">${i.text}</span>` : null}`)}
    ${row(t("ui.work.problem"), i.problem)}${row(t("ui.work.disposal"), said(disposals, i.disposal || ""))}</dl></div>`;
}

export function Finding({ name }) {
  const got = useLook(() => Promise.all([look("result show", { words: [name] }), codes("result"), codes("disposal")]), [name]);
  return html`<${Looked} of=${got}>${([r, results, disposals]) => {
    const now = r.revisions.reduce((a, b) => (b.rev > a.rev ? b : a));
    const items = now.items.length ? now.items : [{ name: now.task_name, codes: now.codes, text: now.text, problem: now.problem, disposal: now.disposal }];
    const row = (label, v) => (v ? html`<div><dt>${label}</dt><dd>${v}</dd></div>` : null);
    const party = !SIGNED.includes(now.signature) ? "" : now.signature === "signed" ? told(t("word.signature.signed"), now.representative || "—") : `${told(t(`word.signature.${now.signature}`), now.refusal || "—")}${now.witness ? aside(told(t("ui.work.witness"), now.witness)) : ""}`;
    return html`<section class="result-page"><h2>${t("ui.work.found")}</h2>
      <dl class="pairs">
        ${row(t("head.task"), html`${now.task_name} <small class="dim">${now.task}</small>`)}
        ${row(t("head.draw"), html`<a href=${address(["draw", now.draw])}>${now.draw}</a>`)}
        ${row(t("head.name"), html`${now.name} <small class="dim">${now.object}</small>`)}
        ${row(t("ui.work.when"), now.started ? `${when(now.started)} — ${when(now.completed)}` : when(now.completed))}
        ${row(t("ui.work.place"), now.place)}
        ${row(t("head.inspectors"), people(now.inspectors).map((p) => html`<span class="who">${p.name} <small class="dim">${p.id}</small></span>`))}
        ${row(t("ui.work.party"), party)}
        ${row(t("head.by"), now.by)}
      </dl>
      ${items.map((i) => html`<${Item} ...${{ i, results, disposals }} />`)}</section>
      <${Evidence} photos=${r.photos} />`;
  }}<//>`;
}
