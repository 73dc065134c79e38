// Every act has a form, made from the same table by which the command line checks its words; acts with a page of their own
// are linked from there.
import { html, useEffect, useRef, useState } from "../lib/html.js";
import { t, aside, fieldName, listed, said, when } from "../lib/text.js";
import { mayRun, mayWrite } from "../lib/may.js";
import { answered, fileAddress, look, newKey, Problem } from "../lib/api.js";
import { address } from "../lib/route.js";
import { Check, File, Input, Select, Summary, useValues } from "../ui/form.js";
import { InspectorPick, ObjectPick, ObjectsPick, PersonPick } from "../ui/pick.js";
import { Doing, useAct } from "../ui/act.js";
import { Empty, Title, useLook } from "../ui/parts.js";
import { Value } from "../ui/result.js";
import { kinds } from "./work/data.js";

// A summary is a sentence for the command line: what stands before its first colon or semicolon names the act, the rest explains it,
// and clauses that tell of "--options" are for those who type them.
const without = (s, what) => s.replace(/（[^（）]*）/g, (m) => (what(m) ? "" : m)).replace(/ ?\([^()]*\)/g, (m) => (what(m) ? "" : m));
const upper = (s) => s.charAt(0).toUpperCase() + s.slice(1);
export const titleOf = (command) => upper(without(command.summary, () => true).split(/[；：;:]/)[0].trim());
function aboutOf(command) {
  const said = without(command.summary, (m) => m.includes("--")).match(/[^；;]+[；;]?/g).filter((s) => !s.includes("--")).join("").replace(/[；; ]+$/, "");
  return upper(said) === titleOf(command) ? "" : upper(said);
}

// What this person may do, by the role whose business it is: the own roles first.
export function Commands({ me, commands }) {
  const [find, set] = useState("");
  const wanted = find.trim().toLowerCase();
  const groups = new Map(me.roles.map((r) => [r, []]));
  for (const c of commands.filter((c) => mayRun(me, c))) {
    if (wanted && !`${c.name} ${c.summary}`.toLowerCase().includes(wanted)) continue;
    const under = c.under[0] || "";
    if (!groups.has(under)) groups.set(under, []);
    groups.get(under).push(c);
  }
  const shown = [...groups].filter(([, list]) => list.length);
  return html`<div>
    <${Title} text=${t("ui.all-acts")} />
    <${Input} id="find" label=${t("ui.find")} type="search" value=${find} set=${set} required=${true} />
    ${shown.length ? shown.map(([under, list]) => html`<section class="acts"><h2>${under ? t("ui.acts-of", { role: t(`role.${under}`) }) : t("ui.acts-of-all")}</h2>
      ${[false, true].map((reads) => list.filter((c) => c.reads === reads)).filter((l) => l.length).map((l) => html`<ul>${l.map((c) => html`<li><a href=${address(["act", ...c.name.split(" ")])}>${titleOf(c)}</a> <small class="dim">${c.name}</small></li>`)}</ul>`)}</section>`) : html`<${Empty} />`}
  </div>`;
}

const idOf = (o) => `o-${o.name}`;
// Options that name somebody of the office.
const PERSONS = ["approved-by", "operator", "observer"];

function one(o, v, set, error, id = idOf(o)) {
  const { label } = o;
  const range = o.kind === "number" && o.most ? t("ui.range", { least: o.least, most: o.most }) : "";
  const hint = [o.hint, range, o.many > 1 && !o.hint && o.kind !== "file" ? t("ui.one-a-line") : ""].filter(Boolean).join(" · ");
  const props = { id, label, required: o.required, error, hint };
  if (o.name === "inspector" && o.kind === "text") return html`<${InspectorPick} ...${props} value=${v} set=${set} />`;
  if (PERSONS.includes(o.name) && o.kind === "text") return html`<${PersonPick} ...${props} hint=${o.hint} many=${o.many > 1} value=${Array.isArray(v) ? v.join("、") : v} set=${(x) => set(o.many > 1 ? x.split("、").filter(Boolean) : x)} />`;
  if (o.name === "object" && o.kind === "text" && o.many > 1) return html`<${ObjectsPick} ...${props} value=${v} set=${set} />`;
  if (o.name === "object" && o.kind === "text") return html`<${ObjectPick} ...${props} value=${v} set=${set} />`;
  if (o.kind === "flag") return html`<${Check} id=${id} label=${label} hint=${o.hint} value=${v} set=${set} />`;
  if (o.kind === "choice") return html`<${Select} ...${props} value=${v} set=${set} choices=${o.choices.map((c, i) => [c, o.called[i]])} />`;
  if (o.kind === "file") return html`<${File} ...${props} set=${set} many=${o.many > 1} />`;
  if (o.kind === "date") return html`<${Input} ...${props} type="date" value=${v} set=${set} />`;
  if (o.kind === "time") return html`<${Input} ...${props} type="datetime-local" step="1" value=${v} set=${(x) => set(x.length === 16 ? `${x}:00` : x)} />`;
  if (o.kind === "number") return html`<${Input} ...${props} type="number" min=${o.least} max=${o.most} value=${v} set=${set} />`;
  if (o.many > 1) return html`<${Input} ...${props} lines=${3} value=${Array.isArray(v) ? v.join("\n") : v} set=${(x) => set(x.split("\n").filter((s) => s.trim()))} />`;
  return html`<${Input} ...${props} value=${v} set=${set} />`;
}

// What stands before it is changed, by the words of the act: its content, and the revision by which the act says what was looked at
// (web-29). null: the act changes nothing that is read first.
const lastOf = (r) => r.revisions.reduce((a, b) => (b.rev > a.rev ? b : a));
const revOf = (x, on) => ({ [t("ui.work.rev", { n: x.rev })]: `${when(on)} ${x.by}` });
const ofRecord = (words) => look("record show", { words }).then((r) => {
  const x = lastOf(r);
  const says = Object.entries(x.values).reduce((o, [k, v]) => ({ ...o, [fieldName(words[0], k)]: v }), {});
  return { value: { ...revOf(x, x.recorded_on), ...says }, match: `"${r.record}@${x.rev}"` };
});
const ofResult = (words) => look("result show", { words }).then((r) => {
  const x = lastOf(r);
  const found = x.items.map((i) => `${i.name || x.name}${aside(listed([i.codes, i.problem].filter(Boolean)))}`);
  return { value: { ...revOf(x, x.recorded), [t("head.name")]: x.name, [t("ui.work.found")]: found }, match: `"${r.result}@${x.rev}"` };
});
const ofPlan = ([plan]) => look("plan list").then((l) => {
  const p = l.find((x) => x.plan === plan);
  if (!p) throw new Problem({ code: "plan.unknown", detail: t("plan.unknown", { plan }) }, 404);
  return { value: { [t("ui.draw.plan")]: p.title, [t("ui.draw.doc-no")]: p.doc_no, [t("ui.draw.issued-on")]: p.issued_on, [t("ui.draw.rev")]: p.rev }, match: `"${plan}@${p.rev}"` };
});
const STANDS = {
  "record revise": (words) => ofRecord(words.slice(0, 2)),
  "record withdraw": (words) => ofRecord(words.slice(0, 2)),
  "result correct": ofResult,
  "plan revise": ofPlan,
  "plan group": ofPlan,
};

// "record add" and the like are of who writes the kind, which is among the words.
function useOthers(me, command, kind) {
  const asks = command.name.startsWith("record ") && !command.reads && kind && !mayWrite(me, kind);
  const got = useLook(() => (asks ? kinds() : Promise.resolve([])), [asks]);
  return asks && (got.value || []).find((k) => k.kind === kind && k.roles.length);
}

export function Act({ me, command, given }) {
  const [v, put] = useValues(given || {});
  const [words, setWords] = useState({});
  const [errors, setErrors] = useState({});
  const [answer, setAnswer] = useState(null);
  const made = useRef({}); // names of files that it makes, the same until it is answered
  const doing = useAct();
  const positional = command.options.find((o) => o.name === "");
  const asked = (positional && positional.words) || [];
  const options = command.options.filter((o) => o.name !== "" && o.name !== "if-rev");
  const stands = command.options.some((o) => o.name === "if-rev") ? STANDS[command.name] : null;
  const [seen, see] = useState(null); // {value, match}: what was looked at
  const others = useOthers(me, command, String(words[0] || v.kind || "").trim());
  const send = async (e) => {
    e.preventDefault();
    if (others) return;
    const wrong = {};
    for (const o of options) if (o.required && o.kind !== "made" && !v[o.name]) wrong[idOf(o)] = t("ui.missing", { field: o.label });
    const list = asked.map((w, i) => (Array.isArray(words[i]) ? words[i] : [words[i] || ""]).map((s) => s.trim()).filter(Boolean));
    asked.forEach((w, i) => w.required && !list[i].length && (wrong[`w-${i}`] = t("ui.missing", { field: w.label })));
    if (stands && !seen) for (const id of Object.keys(wrong)) if (!id.startsWith("w-")) delete wrong[id];
    setErrors(wrong);
    doing.clear();
    setAnswer(null);
    if (Object.keys(wrong).length) return;
    if (stands && !seen) {
      await stands(list.reduce((all, l) => all.concat(l), [])).then(see, doing.refuse);
      return;
    }
    for (const o of options) if (o.kind === "made" && !made.current[o.name]) made.current[o.name] = `${command.name.replace(" ", "-")}-${newKey().slice(0, 6)}${o.name === "svg" ? ".svg" : ""}`;
    const body = { ...v, ...made.current };
    if (positional) body.words = list.reduce((all, l) => all.concat(l), []);
    const a = await doing.run(command.name, body, seen ? seen.match : undefined);
    if (!a) return;
    setAnswer({ ...a, made: Object.values(made.current) });
    made.current = {};
    if (stands) see(null);
  };
  useEffect(() => {
    if (doing.problem && answered(doing.problem)) made.current = {};
    if (doing.problem && doing.problem.code === "records.moved") see(null);
  }, [doing.problem]);
  const about = aboutOf(command);
  return html`<div>
    <${Title} text=${titleOf(command)} />
    ${about ? html`<p class="sub">${about}</p>` : null}
    <${Summary} errors=${errors} />
    <${Doing} of=${doing} />
    ${others ? html`<p class="note" role="status" id="not-yours">${said(others.name, t("ui.not-yours", { roles: listed(others.roles.map((r) => t(`role.${r}`))) }))}</p>` : null}
    <form onSubmit=${send} novalidate>
      ${asked.map((w, i) => one({ ...w, name: "" }, words[i], (x) => {
        see(null);
        setWords({ ...words, [i]: x });
      }, errors[`w-${i}`], `w-${i}`))}
      ${seen ? html`<section><h2>${t("ui.stands-now")}</h2><${Value} value=${seen.value} /></section>` : null}
      ${stands && !seen ? null : options.filter((o) => o.kind !== "made").map((o) => one(o, v[o.name], (x) => put({ [o.name]: x }), errors[idOf(o)]))}
      <button class="main" disabled=${doing.busy || !!others}>${stands && !seen ? t("ui.look-first") : command.reads ? t("ui.look") : t("ui.do")}</button>
    </form>
    ${answer ? html`<section class="answer" aria-live="polite">
      <h2>${t("ui.done")}</h2>
      ${(answer.made || []).map((name) => html`<p><a class="button" href=${fileAddress(name)} download>${t("ui.download", { name })}</a></p>`)}
      ${answer.said ? html`<pre>${answer.said}</pre>` : null}
      ${answer.result !== null && answer.result !== undefined ? (answer.result.text ? html`<pre>${answer.result.text}</pre>` : html`<${Value} value=${answer.result} />`) : null}
    </section>` : null}
  </div>`;
}
