// Every act has a form, made from the same table by which the command line checks its words; acts with a page of their own
// are linked from there.
import { html, useState } from "../lib/html.js";
import { t } from "../lib/text.js";
import { mayRun } from "../lib/may.js";
import { act, cancel, fileAddress, newKey } from "../lib/api.js";
import { address } from "../lib/route.js";
import { Check, File, Input, Select, Summary } from "../ui/form.js";
import { InspectorPick, ObjectPick, ObjectsPick } from "../ui/pick.js";
import { Empty, Progress, Refusal, Title } from "../ui/parts.js";
import { Value } from "../ui/result.js";

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

function one(o, v, set, error, id = idOf(o)) {
  const { label } = o;
  const range = o.kind === "number" && o.most ? t("ui.range", { least: o.least, most: o.most }) : "";
  const hint = [o.hint, range, o.many > 1 && !o.hint && o.kind !== "file" ? t("ui.one-a-line") : ""].filter(Boolean).join(" · ");
  const props = { id, label, required: o.required, error, hint };
  if (o.name === "inspector" && o.kind === "text") return html`<${InspectorPick} ...${props} value=${v} set=${set} />`;
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

export function Act({ command, given }) {
  const [v, set] = useState(given || {});
  const [words, setWords] = useState({});
  const [errors, setErrors] = useState({});
  const [problem, tell] = useState(null);
  const [job, setJob] = useState(null);
  const [answer, setAnswer] = useState(null);
  const positional = command.options.find((o) => o.name === "");
  const asked = (positional && positional.words) || [];
  const options = command.options.filter((o) => o.name !== "");
  const send = async (e) => {
    e.preventDefault();
    const wrong = {};
    for (const o of options) if (o.required && o.kind !== "made" && !v[o.name]) wrong[idOf(o)] = t("ui.missing", { field: o.label });
    const list = asked.map((w, i) => (Array.isArray(words[i]) ? words[i] : [words[i] || ""]).map((s) => s.trim()).filter(Boolean));
    asked.forEach((w, i) => w.required && !list[i].length && (wrong[`w-${i}`] = t("ui.missing", { field: w.label })));
    setErrors(wrong);
    tell(null);
    setAnswer(null);
    if (Object.keys(wrong).length) return;
    const body = { ...v };
    for (const o of options) if (o.kind === "made") body[o.name] = `${command.name.replace(" ", "-")}-${newKey().slice(0, 6)}${o.name === "svg" ? ".svg" : ""}`;
    if (positional) body.words = list.reduce((all, l) => all.concat(l), []);
    try {
      setAnswer({ ...(await act(command.name, body, { told: setJob })), made: options.filter((o) => o.kind === "made").map((o) => body[o.name]) });
    } catch (p) {
      tell(p);
    }
    setJob(null);
  };
  const about = aboutOf(command);
  return html`<div>
    <${Title} text=${titleOf(command)} />
    ${about ? html`<p class="sub">${about}</p>` : null}
    <${Summary} errors=${errors} />
    <${Refusal} problem=${problem} />
    <form onSubmit=${send} novalidate>
      ${asked.map((w, i) => one({ ...w, name: "" }, words[i], (x) => setWords({ ...words, [i]: x }), errors[`w-${i}`], `w-${i}`))}
      ${options.filter((o) => o.kind !== "made").map((o) => one(o, v[o.name], (x) => set({ ...v, [o.name]: x }), errors[idOf(o)]))}
      <button class="main" disabled=${!!job}>${command.reads ? t("ui.look") : t("ui.do")}</button>
    </form>
    <${Progress} job=${job} onCancel=${job && (() => cancel(job.id))} />
    ${answer ? html`<section class="answer" aria-live="polite">
      <h2>${t("ui.done")}</h2>
      ${(answer.made || []).map((name) => html`<p><a class="button" href=${fileAddress(name)} download>${t("ui.download", { name })}</a></p>`)}
      ${answer.said ? html`<pre>${answer.said}</pre>` : null}
      ${answer.result !== null && answer.result !== undefined ? (answer.result.text ? html`<pre>${answer.result.text}</pre>` : html`<${Value} value=${answer.result} />`) : null}
    </section>` : null}
  </div>`;
}
