// A draw is released: what has no result yet is counted and named first. Before the window and the return days are over nobody
// releases past that by one press: it is a page of its own, where it is said what the offices above will note (verdicts-14).
import { html, useState } from "../../lib/html.js";
import { t, count } from "../../lib/text.js";
import { look } from "../../lib/api.js";
import { address } from "../../lib/route.js";
import { Check, Summary } from "../../ui/form.js";
import { Looked, Title, useLook } from "../../ui/parts.js";
import { Ask, because, useAct } from "./common.js";

const FEW = 20;
// Closed without a result: answered, given back or void (visits-17).
const WITHOUT = ["waiting", "accepted", "notified"];

function Open({ rows }) {
  return html`<ul class="open-targets">${rows.slice(0, FEW).map((r) => html`<li><a href=${address(["visit", r.draw, r.object], { task: r.task })}>${r.name}</a> <small class="dim">${r.object}</small></li>`)}</ul>${rows.length > FEW ? html`<p class="dim">${t("ui.rows-shown", { n: FEW, all: rows.length })}</p>` : null}`;
}

export function Release({ d, name, me, plans, again, early, onEarly, onBack }) {
  const doing = useAct();
  const [sure, ask] = useState(false);
  const [errors, setErrors] = useState({});
  // Of what others inspect the office's own records tell nothing: there the refusal counts.
  const open = useLook(() => look("task list").then((l) => l.filter((r) => r.draw === name && !r.result && WITHOUT.includes(r.state))), [name]);
  if (d.released) return html`<div><${Title} text=${t("ui.draw.released-done", { draw: name })} /><p>${t("ui.draw.released-next")}</p><p><button type="button" class="main" onClick=${onBack}>${t("ui.draw.to-draw-page")}</button></p></div>`;
  const run = async (force) => {
    if (force && !sure) {
      setErrors({ "early-sure": t("ui.draw.early-must") });
      return;
    }
    if (await doing.run("release", { draw: name, "force-window": force })) again();
  };
  const refused = doing.answer && (Array.isArray(doing.answer.result) ? doing.answer.result : []).find((r) => !r.released);
  const within = me.today && d.to && me.today <= d.to;
  return html`<${Looked} of=${open}>${(rows) => {
    const pairs = [[t("ui.draw.draw"), name], [t("ui.draw.task"), `${plans(d.slot)} ${d.slot}`], [t("ui.draw.window"), `${d.from} — ${d.to}`], [t("ui.draw.targets"), count(d.targets.length)], [t("ui.draw.without-result"), rows.length ? html`<strong>${count(rows.length)}</strong>` : t("ui.draw.all-have")]];
    const says = [t("ui.draw.release-1"), t("ui.draw.release-2"), t("ui.draw.release-3")];
    const more = html`${rows.length ? html`<h2>${t("ui.draw.without-result")}</h2><${Open} rows=${rows} />` : null}${refused ? html`<p class="note" role="alert">${because(refused.why)}</p>` : null}`;
    if (early) return html`<${Summary} errors=${errors} /><${Ask} title=${t("ui.draw.ask-early")} label=${t("ui.draw.release-early")} bad=${true} doing=${doing} onDo=${() => run(true)} onBack=${onBack} pairs=${pairs} says=${[t("ui.draw.early-1", { n: count(rows.length), all: count(d.targets.length) }), t("ui.draw.early-2"), ...says]}>
      ${more}<${Check} id="early-sure" label=${t("ui.draw.early-sure")} value=${sure} set=${(v) => {
        ask(v);
        setErrors({});
      }} /><//>`;
    const held = within && rows.length > 0;
    const late = held || (refused && refused.why && refused.why.id === "release.early");
    const link = late ? html`<p>${t("ui.draw.early-says")} <button type="button" class="plain" onClick=${onEarly}>${t("ui.draw.early-go")}</button></p>` : null;
    if (held) return html`<div class="ask"><${Title} text=${t("ui.draw.ask-release")} /><p class="note bad" role="status">${t("ui.draw.release-open", { n: count(rows.length), all: count(d.targets.length), to: d.to })}</p>
      <section><dl class="pairs">${pairs.map(([k, v]) => html`<div><dt>${k}</dt><dd>${v}</dd></div>`)}</dl>${more}${link}</section><p><button type="button" class="main" onClick=${onBack}>${t("ui.draw.to-draw-page")}</button></p></div>`;
    return html`<${Ask} title=${t("ui.draw.ask-release")} label=${t("ui.draw.release")} bad=${true} doing=${doing} onDo=${() => run(false)} onBack=${onBack} pairs=${pairs} says=${says}>${more}${link}<//>`;
  }}<//>`;
}
