// A result is corrected: what stands and what it becomes beside each other, why, once more to be checked, then a row of its own.
import { html, useEffect, useState } from "../../lib/html.js";
import { t, when } from "../../lib/text.js";
import { act, answered, look, newKey } from "../../lib/api.js";
import { address, go } from "../../lib/route.js";
import { Input, Summary } from "../../ui/form.js";
import { Looked, Progress, Refusal, Title, useLook } from "../../ui/parts.js";
import { codes } from "./data.js";
import { codesOf, foundOf, foundOptions, Items, missingFound, said } from "./found.js";

const FIELDS = ["codes", "problem", "disposal"];
const plain = (x) => ({ codes: codesOf(x), problem: x.clean === "yes" ? "" : x.problem.trim(), disposal: x.disposal });
const differ = (a, b) => FIELDS.some((f) => (plain(a)[f] || "") !== (plain(b)[f] || ""));

// Old and new side by side; on a narrow screen one above the other, each with its heading.
function Compare({ was, now, results, disposals }) {
  const shown = (x, f) => (f === "codes" ? said(results, plain(x).codes) : f === "disposal" ? said(disposals, x.disposal) : plain(x).problem) || "—";
  const label = { codes: t("ui.work.outcome"), problem: t("ui.work.problem"), disposal: t("ui.work.disposal") };
  return html`<div class="scroll"><table><caption>${t("ui.visit.old-and-new")}</caption>
    <thead><tr><th scope="col">${t("ui.work.found")}</th><th scope="col">${t("ui.visit.old")}</th><th scope="col">${t("ui.visit.new")}</th></tr></thead>
    <tbody>${now.flatMap((x, i) => FIELDS.filter((f) => shown(x, f) !== "—" || shown(was[i], f) !== "—").map((f) => {
      const same = shown(x, f) === shown(was[i], f);
      return html`<tr><td data-h=${t("ui.work.found")}>${now.length > 1 ? `${x.item} · ` : ""}${label[f]}</td>
        <td data-h=${t("ui.visit.old")}>${same ? shown(was[i], f) : html`<del>${shown(was[i], f)}</del>`}</td>
        <td data-h=${t("ui.visit.new")}>${same ? html`<span class="dim">${t("ui.visit.as-it-was")}</span>` : html`<ins>${shown(x, f)}</ins>`}</td></tr>`;
    }))}</tbody></table></div>`;
}

function Form({ name, rev, results, disposals }) {
  const was = rev.items.map(foundOf);
  const [items, setItems] = useState(was);
  const [reason, setReason] = useState("");
  const [errors, setErrors] = useState({});
  const [problem, tell] = useState(null);
  const [checking, check] = useState(false);
  const [job, setJob] = useState(null);
  const [key, setKey] = useState(newKey);
  useEffect(() => scrollTo(0, 0), [checking]);
  const change = (i, more) => {
    setItems(items.map((x, k) => (k === i ? { ...x, ...more } : x)));
    setKey(newKey());
  };
  const changed = items.filter((x, i) => differ(x, was[i]));
  const next = (e) => {
    e.preventDefault();
    const wrong = {};
    const miss = (id, field) => {
      wrong[id] = t("ui.missing", { field });
    };
    missingFound(items, results, miss);
    if (!changed.length) wrong["i-0"] = wrong["i-0"] || t("ui.work.nothing-changed");
    if (!reason.trim()) miss("reason", t("ui.work.reason"));
    setErrors(wrong);
    tell(null);
    check(!Object.keys(wrong).length);
  };
  const send = async () => {
    tell(null);
    setJob({});
    const alone = items.length === 1 && !items[0].record;
    try {
      await act("result correct", { words: [name], ...foundOptions(alone ? items : changed, alone), reason: reason.trim() }, { key, told: setJob, match: `"${name}@${rev.rev}"` });
      go(["record", "inspection", name], { done: "corrected" });
    } catch (p) {
      setJob(null);
      tell(p);
      if (answered(p)) setKey(newKey());
    }
  };
  if (checking) return html`<div>
    <${Title} text=${t("ui.work.check-title")} /><${Refusal} problem=${problem} />
    <section><h2>${rev.name}</h2><p class="sub">${t("ui.visit.rev-becomes", { old: rev.rev, new: rev.rev + 1 })}</p>
      <${Compare} ...${{ was, now: items, results, disposals }} />
      <dl class="pairs"><div><dt>${t("ui.work.reason")}</dt><dd>${reason}</dd></div></dl>
      <p class="note reason-public">${t("ui.visit.reason-public")}</p>
      <p class="hint">${t("ui.visit.correct-says")}</p></section>
    <${Progress} job=${job} />
    <p class="tools bar"><button type="button" class="main big" disabled=${!!job} onClick=${send}>${t("ui.visit.confirm-correct")}</button> <button type="button" class="big" disabled=${!!job} onClick=${() => check(false)}>${t("ui.work.back")}</button></p>
  </div>`;
  return html`<div>
    <${Title} text=${t("ui.visit.correct-title", { name: rev.name })} />
    <p class="sub"><code>${name}</code> ${t("ui.work.rev", { n: rev.rev })}${rev.recorded ? ` · ${when(rev.recorded)}` : ""} · ${rev.by}</p>
    <p>${t("ui.visit.correct-says")}</p>
    <div class="note rest"><p>${t("ui.visit.correct-what")}</p><ul>
      ${rev.visit ? html`<li>${t("ui.visit.correct-visit")} <a href=${address(["record", "visit", rev.visit])}>${t("ui.visit.to-visit")}</a></li>` : null}
      <li>${t("ui.visit.correct-photos")} <a href=${address(["act", "evidence", "add"])}>${t("ui.visit.to-evidence")}</a></li>
      <li>${t("ui.visit.correct-time")}</li></ul></div>
    <${Summary} errors=${errors} />
    <form class="visit" onSubmit=${next} novalidate>
      <${Items} ...${{ items, change, errors, results, disposals }} />
      <section><h2>${t("ui.visit.old-and-new")}</h2><div aria-live="polite"><${Compare} ...${{ was, now: items, results, disposals }} /></div></section>
      <${Input} id="reason" label=${t("ui.work.reason")} hint=${t("ui.visit.reason-hint")} required=${true} error=${errors.reason} lines=${2} value=${reason} set=${(x) => {
        setReason(x);
        setKey(newKey());
      }} />
      <p class="tools bar"><button class="main big">${t("ui.work.check")}</button> <a class="button" href=${address(["record", "inspection", name])}>${t("ui.cancel")}</a></p>
    </form></div>`;
}

export function Correct({ name }) {
  const got = useLook(() => Promise.all([look("result show", { words: [name] }), codes("result"), codes("disposal")]), [name]);
  return html`<${Looked} of=${got}>${([r, results, disposals]) => {
    const rev = r.revisions.reduce((a, b) => (b.rev > a.rev ? b : a));
    return html`<${Form} key=${`${name} ${rev.rev}`} name=${r.result} ...${{ rev, results, disposals }} />`;
  }}<//>`;
}
