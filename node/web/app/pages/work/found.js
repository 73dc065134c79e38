// What was found of each item of a target: nothing, something, or that it could not be inspected at all.
import { html } from "../../lib/html.js";
import { t, listed } from "../../lib/text.js";
import { Input, Select } from "../../ui/form.js";
import { Boxes, Radios } from "./field.js";

export const CLEAN = "R01";
// Nobody there, not to be found, refused, shut, gone: of the code list `result`, those that say that nothing was inspected.
const NOT_DONE = ["R04", "R06", "R07", "R11", "R12", "R13", "R14", "R15"];
export const notDone = (codes) => codes !== "" && codes.split(",").every((c) => NOT_DONE.includes(c));

export const blankFound = (item, record) => ({ item, record, clean: "", codes: "", problem: "", disposal: "" });
// Of what stands: {item, name, codes, problem, disposal}
export const foundOf = (i) => ({ item: i.name, record: i.item, clean: i.codes === CLEAN ? "yes" : notDone(i.codes) ? "none" : "no", codes: i.codes === CLEAN ? "" : i.codes, problem: i.problem, disposal: i.disposal });
export const codesOf = (x) => (x.clean === "yes" ? CLEAN : x.codes);
const issue = (results, codes) => results.some((c) => c.flags === "issue" && codes.split(",").includes(c.code));

export function Items({ items, change, errors, results, disposals }) {
  const few = items.length > 1;
  return html`<section><h2>${t("ui.work.found")}</h2>${items.map((x, i) => html`<div class="item" key=${x.record || x.item}>
    ${few ? html`<h3>${x.item}</h3>` : null}
    <${Radios} id=${`i-${i}`} label=${few ? x.item : t("ui.work.outcome")} required=${true} error=${errors[`i-${i}`]} value=${x.clean} set=${(v) => change(i, { clean: v, codes: "" })} choices=${[["yes", t("ui.work.clean")], ["no", t("ui.work.not-clean")], ["none", t("ui.visit.not-done")]]} />
    ${x.clean === "no" ? html`<${Boxes} id=${`i-${i}-codes`} label=${t("ui.work.problems")} required=${true} error=${errors[`i-${i}-codes`]} value=${x.codes} set=${(v) => change(i, { codes: v })} choices=${results.filter((c) => c.code !== CLEAN && !NOT_DONE.includes(c.code)).map((c) => [c.code, `${c.code} ${c.name}`])} />` : null}
    ${x.clean === "none" ? html`<${Radios} id=${`i-${i}-codes`} label=${t("ui.visit.why-not-done")} required=${true} error=${errors[`i-${i}-codes`]} value=${x.codes} set=${(v) => change(i, { codes: v })} choices=${results.filter((c) => NOT_DONE.includes(c.code)).map((c) => [c.code, `${c.code} ${c.name}`])} />` : null}
    ${x.clean === "no" || x.clean === "none" ? html`<${Input} id=${`i-${i}-problem`} label=${t(x.clean === "no" ? "ui.work.problem" : "ui.visit.what-was-met")} hint=${t(x.clean === "no" ? "ui.work.problem-hint" : "ui.visit.what-was-met-hint")} required=${x.clean === "no" || issue(results, x.codes)} error=${errors[`i-${i}-problem`]} lines=${3} value=${x.problem} set=${(v) => change(i, { problem: v })} />` : null}
    ${x.clean ? html`<${Select} id=${`i-${i}-disposal`} label=${t("ui.work.disposal")} value=${x.disposal} set=${(v) => change(i, { disposal: v })} choices=${disposals.map((c) => [c.code, `${c.code} ${c.name}`])} />` : null}
  </div>`)}</section>`;
}

export function missingFound(items, results, miss) {
  items.forEach((x, i) => {
    if (!x.clean) miss(`i-${i}`, items.length > 1 ? x.item : t("ui.work.outcome"));
    if (x.clean && x.clean !== "yes" && !x.codes) miss(`i-${i}-codes`, t(x.clean === "no" ? "ui.work.problems" : "ui.visit.why-not-done"));
    if ((x.clean === "no" || (x.clean === "none" && issue(results, x.codes))) && !x.problem.trim()) miss(`i-${i}-problem`, t(x.clean === "no" ? "ui.work.problem" : "ui.visit.what-was-met"));
  });
}

// Options of a command: of the one item that the task is, or of each by its number or name.
export function foundOptions(items, alone) {
  if (alone) {
    const x = items[0];
    const o = { codes: codesOf(x) };
    if (x.clean !== "yes" && x.problem.trim()) o.problem = [x.problem.trim()];
    if (x.disposal) o.disposal = [x.disposal];
    return o;
  }
  const named = (x) => x.record || x.item;
  const o = {
    item: items.map((x) => `${named(x)}=${codesOf(x)}`),
    problem: items.filter((x) => x.clean !== "yes" && x.problem.trim()).map((x) => `${named(x)}=${x.problem.trim()}`),
    disposal: items.filter((x) => x.disposal).map((x) => `${named(x)}=${x.disposal}`),
  };
  for (const k of ["problem", "disposal"]) if (!o[k].length) delete o[k];
  return o;
}

export const said = (list, v) => listed(v.split(",").filter(Boolean).map((c) => `${c} ${(list.find((x) => x.code === c) || { name: "" }).name}`));
