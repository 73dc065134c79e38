// Every act has a form, made from the same table by which the command line checks its words; acts with a page of their own
// are linked from there.
import { html, useState } from "../lib/html.js";
import { t } from "../lib/text.js";
import { act, cancel, fileAddress, newKey } from "../lib/api.js";
import { address } from "../lib/route.js";
import { Check, Field, File, Input, Select, Summary } from "../ui/form.js";
import { InspectorPick, ObjectPick } from "../ui/pick.js";
import { Progress, Refusal, Title } from "../ui/parts.js";
import { Value } from "../ui/result.js";

// Commands by the first word, each area a heading.
export function Commands({ commands }) {
  const [find, set] = useState("");
  const areas = {};
  for (const c of commands) {
    if (find && !`${c.name} ${c.summary}`.toLowerCase().includes(find.toLowerCase())) continue;
    const area = c.name.split(" ")[0];
    (areas[area] = areas[area] || []).push(c);
  }
  return html`<div>
    <${Title} text=${t("ui.all-acts")} />
    <${Input} id="find" label=${t("ui.find")} type="search" value=${find} set=${set} required=${true} />
    ${Object.entries(areas).map(([, list]) => html`<ul class="acts">${list.map((c) => html`<li><a href=${address(["act", ...c.name.split(" ")])}>${c.summary}</a> <small class="dim">${c.name}</small></li>`)}</ul>`)}
  </div>`;
}

const idOf = (o) => `o-${o.name}`;

function one(o, v, set, error) {
  const id = idOf(o);
  const label = o.label || o.name;
  const props = { id, label, required: o.required, error, hint: o.label ? "" : o.means };
  if (o.name === "inspector" && o.kind === "text") return html`<${InspectorPick} ...${props} value=${v} set=${set} />`;
  if (o.name === "object" && o.kind === "text" && !(o.many > 1)) return html`<${ObjectPick} ...${props} value=${v} set=${set} />`;
  if (o.kind === "flag") return html`<${Check} id=${id} label=${label} value=${v} set=${set} />`;
  if (o.kind === "choice") return html`<${Select} ...${props} value=${v} set=${set} choices=${o.choices.map((c) => [c, t(`word.${o.name}.${c}`) === `word.${o.name}.${c}` ? c : t(`word.${o.name}.${c}`)])} />`;
  if (o.kind === "file") return html`<${File} ...${props} set=${set} many=${o.many > 1} />`;
  if (o.kind === "date") return html`<${Input} ...${props} type="date" value=${v} set=${set} />`;
  if (o.kind === "time") return html`<${Input} ...${props} type="datetime-local" step="1" value=${v} set=${(x) => set(x.length === 16 ? `${x}:00` : x)} />`;
  if (o.kind === "number") return html`<${Input} ...${props} type="number" min=${o.least} max=${o.most} value=${v} set=${set} />`;
  if (o.many > 1) return html`<${Input} ...${props} hint=${t("ui.one-a-line")} lines=${3} value=${Array.isArray(v) ? v.join("\n") : v} set=${(x) => set(x.split("\n").filter((s) => s.trim()))} />`;
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
  const options = command.options.filter((o) => o.name !== "");
  const send = async (e) => {
    e.preventDefault();
    const wrong = {};
    for (const o of options) if (o.required && o.kind !== "made" && !v[o.name]) wrong[idOf(o)] = t("ui.missing", { field: o.label || o.name });
    const list = positional ? (positional.words || []).map((w, i) => (words[i] || "").trim()) : [];
    if (positional) (positional.words || []).forEach((w, i) => w.required && !list[i] && (wrong[`w-${i}`] = t("ui.missing", { field: w.label })));
    setErrors(wrong);
    tell(null);
    setAnswer(null);
    if (Object.keys(wrong).length) return;
    const body = { ...v };
    for (const o of options) if (o.kind === "made") body[o.name] = `${command.name.replace(" ", "-")}-${newKey().slice(0, 6)}${o.name === "svg" ? ".svg" : ""}`;
    if (positional) body.words = list.flatMap((s) => s.split("\n")).filter(Boolean);
    try {
      setAnswer({ ...(await act(command.name, body, { told: setJob })), made: options.filter((o) => o.kind === "made").map((o) => body[o.name]) });
    } catch (p) {
      tell(p);
    }
    setJob(null);
  };
  return html`<div>
    <${Title} text=${command.summary} />
    <${Summary} errors=${errors} />
    <${Refusal} problem=${problem} />
    <form onSubmit=${send} novalidate>
      ${(positional && positional.words ? positional.words : []).map((w, i) => html`<${Field} id=${`w-${i}`} label=${w.label} required=${w.required} error=${errors[`w-${i}`]}>
        <input id=${`w-${i}`} value=${words[i] || ""} onInput=${(e) => setWords({ ...words, [i]: e.target.value })} /><//>`)}
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
