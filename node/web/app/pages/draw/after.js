// What happens to targets and inspectors after the draw: each an act with its reason, told to everybody, never a change of the
// draw itself.
import { html, useState } from "../../lib/html.js";
import { t } from "../../lib/text.js";
import { File, Input, Select, Summary, useValues } from "../../ui/form.js";
import { InspectorPick, PersonPick } from "../../ui/pick.js";
import { Title } from "../../ui/parts.js";
import { Value } from "../../ui/result.js";
import { Ask, Doing, people, useAct } from "./common.js";

const own = (d, me) => d.draw.split(":")[0] === me.office;
const given = (d, me) => !own(d, me) || d.targets.some((x) => x.mode === "listed" || x.mode === "given");
const sent = (d, me) => own(d, me) && d.targets.some((x) => x.to !== me.office);

// The fields of each, in order; those with ? may be left out.
export const AFTER = {
  void: { command: "draw void", fields: ["object", "reason", "evidence", "date?"], reasons: ["not_found", "closed", "deregistered", "moved_out"], when: own },
  absent: { command: "draw absent", fields: ["inspector", "reason", "object?", "date?"], reasons: ["sick", "leave", "duty"], when: own },
  recuse: { command: "draw recuse", fields: ["object", "inspector", "reason", "date?"], reasons: ["kinship", "interest", "other_tie"], when: own },
  replace: { command: "draw replace", fields: ["inspector", "reason", "object?", "date?"], reasons: ["transferred", "retired", "certificate"], when: own },
  appoint: { command: "draw appoint", fields: ["object", "inspector", "reason", "person?", "approved-by", "note", "evidence?"], reasons: ["direct_appointment", "neighbour_pool"], when: own },
  return: { command: "draw return", fields: ["object", "reason", "evidence"], reasons: ["district", "competence", "interest"], when: given },
  reassign: { command: "draw reassign", fields: ["object", "office"], reasons: [], when: sent },
  receive: { command: "draw receive", fields: ["object"], reasons: [], when: given },
  supplement: { command: "order supplement", fields: [], reasons: [], when: (d, me) => !own(d, me) && me.level < 3 },
};

const dashed = (s) => s.replace(/_/g, "-");

export function After({ what, d, me, onDone, onBack }) {
  const a = AFTER[what];
  const [v, put] = useValues({});
  const [errors, setErrors] = useState({});
  const [asking, ask] = useState(false);
  const doing = useAct();
  const inspectors = {};
  for (const x of d.targets) if (!v.object || x.object === v.object) for (const p of people(x.inspectors)) inspectors[p.id] = p.name;
  const reason = (r) => t(`ui.draw.reason-${dashed(r)}`);
  const shown = (n) => (n === "object" ? ((d.targets.find((x) => x.object === v.object) || {}).name || "") + ` ${v.object || ""}` : n === "reason" ? (v.reason ? reason(v.reason) : "") : n === "inspector" ? `${inspectors[v.inspector] || ""} ${v.inspector || ""}` : v[n]);
  const check = (e) => {
    e.preventDefault();
    const wrong = {};
    for (const f of a.fields) if (!f.endsWith("?") && !v[f]) wrong[`f-${f}`] = t("ui.missing", { field: t(`ui.draw.field-${f}`) });
    setErrors(wrong);
    if (!Object.keys(wrong).length) ask(true);
  };
  const run = async () => {
    const body = a.fields.length ? { draw: d.draw } : {};
    for (const f of a.fields) if (v[f.replace("?", "")]) body[f.replace("?", "")] = v[f.replace("?", "")];
    if (await doing.run(a.command, body)) {
      ask(false);
      onDone();
    }
  };
  if (asking) return html`<${Ask} title=${t(`ui.draw.after-${what}`)} label=${t("ui.draw.write-it")} bad=${true} doing=${doing} onDo=${run} onBack=${() => ask(false)}
    pairs=${[[t("ui.draw.draw"), d.draw], ...a.fields.map((f) => [t(`ui.draw.field-${f.replace("?", "")}`), shown(f.replace("?", ""))])]}
    says=${[t(`ui.draw.after-${what}-says`), t("ui.draw.after-for-good")]} />`;
  if (doing.answer) return html`<div><${Title} text=${t("ui.done")} /><section>${doing.answer.result ? html`<${Value} value=${doing.answer.result} />` : html`<pre>${doing.answer.said}</pre>`}</section><p><button type="button" class="main" onClick=${onBack}>${t("ui.draw.to-draw-page")}</button></p></div>`;
  const one = (f) => {
    const name = f.replace("?", "");
    const props = { id: `f-${name}`, label: t(`ui.draw.field-${name}`), required: name === f, error: errors[`f-${name}`], value: v[name], set: (x) => put({ [name]: x }) };
    if (name === "object") return html`<${Select} ...${props} choices=${d.targets.map((x) => [x.object, `${x.name || ""} ${x.object}`])} />`;
    if (name === "inspector" && what !== "appoint") return html`<${Select} ...${props} choices=${Object.entries(inspectors).map(([id, n]) => [id, `${n} ${id}`])} />`;
    if (name === "inspector") return html`<${InspectorPick} ...${props} />`;
    if (name === "approved-by") return html`<${PersonPick} ...${props} role="head" />`;
    if (name === "reason") return html`<${Select} ...${props} choices=${a.reasons.map((r) => [r, reason(r)])} />`;
    if (name === "evidence") return html`<${File} ...${props} refuse=${(p) => setErrors({ "f-evidence": p.message })} />`;
    if (name === "date") return html`<${Input} ...${props} type="date" max=${me.today} />`;
    return html`<${Input} ...${props} lines=${name === "note" ? 3 : undefined} />`;
  };
  return html`<div>
    <${Title} text=${t(`ui.draw.after-${what}`)} />
    <p>${t(`ui.draw.after-${what}-says`)}</p>
    <${Summary} errors=${errors} />
    <${Doing} of=${doing} />
    <form onSubmit=${check} novalidate>
      ${a.fields.map(one)}
      <div class="row"><button class="main">${t("ui.draw.check-answers")}</button><button type="button" onClick=${onBack}>${t("ui.draw.back")}</button></div>
    </form>
  </div>`;
}
