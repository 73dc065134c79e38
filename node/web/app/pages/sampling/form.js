// One act of product sampling as a form: what is known stands above, what is asked stands in groups, and before it is written
// it is shown once more. Each act says only which fields it asks and what follows from what (acts.js, sheet.js, make.js).
import { html, useEffect, useRef, useState } from "../../lib/html.js";
import { t, said as pair } from "../../lib/text.js";
import { upload } from "../../lib/api.js";
import { Input, Summary, useValues } from "../../ui/form.js";
import { Looked, Title, useLook } from "../../ui/parts.js";
import { Ask, Doing, Pairs, useAct } from "../draw/common.js";
import { fields } from "../work/data.js";
import { fieldOf } from "../work/edit.js";
import { Boxes, FieldInput, idOf } from "../work/field.js";
import { FieldValue } from "../work/value.js";

// Staff of a lab who may do that on that day: boxes with their numbers.
export function StaffPick({ f, people, label, error, value, set, hint }) {
  const ids = (value || "").split("、").filter(Boolean);
  return html`<${Boxes} id=${idOf(f)} label=${label || f.name} hint=${hint || t("ui.sampling.staff-hint", { n: f.least || 1 })} error=${error} required=${true} choices=${people.map((p) => [p.staff_no, pair(p.staff_no, p.name)])}
    value=${ids.join(",")} set=${(x) => set(x.split(",").filter(Boolean).join("、"))} />`;
}
export const staffChoices = (people, lab, duty, day) => people.filter((p) => p.lab === lab && [duty, "both"].includes(p.duty) && (!day || !p.valid_to || p.valid_to >= day));

// A picture is reckoned here and sent up when the act is done.
function Photo({ f, value, set, error, keep }) {
  const [name, tell] = useState("");
  const take = async (e) => {
    const file = e.target.files[0];
    if (!file) return;
    const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
    keep(file);
    set(Array.from(sum, (x) => x.toString(16).padStart(2, "0")).join(""));
    tell(file.name);
  };
  const id = idOf(f);
  return html`<div class=${`field${error ? " wrong" : ""}`}><label for=${id}>${f.name}</label>
    ${error ? html`<div class="error" id=${`${id}-error`}>${error}</div>` : null}
    <input type="file" id=${id} accept="image/*" capture="environment" aria-describedby=${error ? `${id}-error` : undefined} onChange=${take} />
    ${value ? html`<div class="hint" role="status">${t("ui.sampling.photo-taken", { name: name || value.slice(0, 12) })}</div>` : null}</div>`;
}

function One({ f, spec, v, put, errors, keep }) {
  const error = errors[idOf(f)];
  const own = spec.inputs && spec.inputs[f.field];
  const must = f.required || (spec.must ? spec.must(v).includes(f.field) : false);
  const props = { f: { ...f, required: must }, value: v[f.field] || "", set: (x) => put(f.field, x), error };
  if (own) return own({ ...props, v, put });
  if (f.field.startsWith("photo_")) return html`<${Photo} ...${props} keep=${(file) => keep(f.field, file)} />`;
  return html`<${FieldInput} ...${props} />`;
}

/* spec: {kind, title, label?, start, given, shown, groups: v → [[heading, [field…]]], derive?: v → values that follow, must?: v → fields that
   are asked beside those of the kind, inputs?: {field: props → input}, called?: {field: value → what it is called}, wrong?: v → {field: text}, says, back, revise?: {record, rev, was}, bad?, done: record → where to go} */
function Form({ spec, fs }) {
  const [v, change] = useValues({ ...(spec.revise ? spec.revise.was : {}), ...spec.start });
  const [errors, setErrors] = useState({});
  const [reason, setReason] = useState(spec.revise ? spec.revise.reason || "" : "");
  const [sure, ask] = useState(false);
  const files = useRef({});
  const made = useRef(null);
  const doing = useAct();
  const sends = useRef(false); // between its acts too: a second press does nothing
  const [busy, setBusy] = useState(false);
  useEffect(() => scrollTo(0, 0), [sure]);
  const by = (name) => fs.find((f) => f.field === name);
  const all = { ...v, ...(spec.derive ? spec.derive(v) : {}) };
  const groups = spec.groups(all).map(([head, names]) => [head, names.map(by).filter(Boolean)]).filter(([, l]) => l.length);
  const asked = groups.flatMap(([, l]) => l);
  const put = (name, x) => {
    doing.clear();
    change({ [name]: x });
  };
  const next = (e) => {
    e.preventDefault();
    const wrong = {};
    const must = spec.must ? spec.must(all) : [];
    for (const f of asked) if ((f.required || must.includes(f.field)) && !String(v[f.field] || "").trim()) wrong[idOf(f)] = t("ui.missing", { field: f.name });
    for (const [name, text] of Object.entries(spec.wrong ? spec.wrong(all) : {})) if (!wrong[`f-${name}`]) wrong[`f-${name}`] = text;
    if (spec.revise && !reason.trim()) wrong.reason = t("ui.missing", { field: t("ui.work.reason") });
    setErrors(wrong);
    doing.clear();
    if (!Object.keys(wrong).length) ask(true);
  };
  // What is written: what is known, what follows, and what was asked; of a revision what became other.
  const values = () => {
    const out = { ...(spec.revise ? {} : spec.given), ...(spec.derive ? spec.derive(v) : {}) };
    for (const f of asked) if (v[f.field] !== undefined) out[f.field] = String(v[f.field]).trim();
    return Object.entries(out).filter(([k, x]) => (spec.revise ? (x || "") !== (spec.revise.was[k] || "") : x));
  };
  const photos = async (record) => {
    const sent = Object.entries(files.current);
    if (!sent.length) return true;
    const photo = [];
    for (const [field, f] of sent) {
      f.shelf = f.shelf || (await upload(f.file)); // sent up once: another name would be another act
      photo.push(`${f.shelf}:${field.replace("photo_", "")}`);
    }
    const a = await doing.run("evidence add", { words: [record], photo });
    if (a) files.current = {};
    return a;
  };
  // Whether all of it is with the office.
  const write = async () => {
    if (!made.current) {
      const words = [spec.kind, ...(spec.revise ? [spec.revise.record] : []), ...values().map(([k, x]) => `${k}=${x}`)];
      const a = await doing.run(spec.revise ? "record revise" : "record add", spec.revise ? { words, reason: reason.trim() } : { words }, spec.revise ? `"${spec.revise.record}@${spec.revise.rev}"` : undefined);
      if (!a) return false;
      made.current = a.result.record;
    }
    return !!(await photos(made.current));
  };
  const send = async () => {
    if (sends.current) return;
    sends.current = true;
    setBusy(true);
    const whole = await write().catch((p) => doing.refuse(p));
    if (whole) return spec.done(made.current);
    sends.current = false;
    setBusy(false);
    return undefined;
  };
  // A refusal of one field is said at that field.
  useEffect(() => {
    const f = doing.problem && !made.current && fieldOf(doing.problem, fs);
    if (f && asked.includes(f)) {
      setErrors({ [idOf(f)]: doing.problem.message });
      ask(false);
    }
  }, [doing.problem]);
  // Behind the record there is no way back to its fields: what is changed in them would not be written.
  if (made.current && Object.keys(files.current).length) return html`<div class="ask">
    <${Title} text=${spec.title} /><p class="note" role="status">${t("ui.sampling.photos-left")}</p><${Doing} of=${doing} />
    <div class="row"><button type="button" class="main" disabled=${busy} onClick=${send}>${t("ui.sampling.photos-again")}</button></div>
  </div>`;
  if (sure) {
    const derived = Object.entries(spec.derive ? spec.derive(v) : {}).filter(([k, x]) => x && by(k) && !asked.includes(by(k)));
    return html`<${Ask} title=${spec.title} label=${spec.label || t("ui.draw.write-it")} bad=${spec.bad} doing=${{ ...doing, busy: doing.busy || busy }} onDo=${send} onBack=${() => ask(false)} says=${spec.says}
      pairs=${[...(spec.shown || []), ...asked.filter((f) => v[f.field]).map((f) => [f.name, (spec.called && spec.called[f.field] && spec.called[f.field](v[f.field])) || (f.field.startsWith("photo_") ? t("ui.sampling.photo-there") : html`<${FieldValue} field=${f} value=${v[f.field]} />`)]), ...derived.map(([k, x]) => [by(k).name, html`<${FieldValue} field=${by(k)} value=${x} />`]), spec.revise ? [t("ui.work.reason"), reason] : null]} />`;
  }
  return html`<div>
    <${Title} text=${spec.title}>${spec.back ? html`<a class="button" href=${spec.back}>${t("ui.draw.back")}</a>` : null}<//>
    ${spec.about ? html`<p>${spec.about}</p>` : null}
    <${Summary} errors=${errors} />${Object.keys(errors).length ? null : html`<${Doing} of=${doing} />`}
    ${spec.shown && spec.shown.length ? html`<section><${Pairs} of=${spec.shown} /></section>` : null}
    <form onSubmit=${next} novalidate class="step">
      ${groups.map(([head, l]) => html`<section key=${head}>${head ? html`<h2>${head}</h2>` : null}${l.map((f) => html`<${One} key=${f.field} f=${f} spec=${spec} v=${v} put=${put} errors=${errors} keep=${(name, file) => {
        files.current[name] = { file, shelf: "" };
      }} />`)}</section>`)}
      ${spec.follows ? html`<div aria-live="polite">${spec.follows(all)}</div>` : null}
      ${spec.revise && !spec.revise.reason ? html`<${Input} id="reason" label=${t("ui.work.reason")} required=${true} error=${errors.reason} lines=${2} value=${reason} set=${setReason} />` : null}
      <p class="row"><button class="main">${t("ui.draw.check-answers")}</button></p>
    </form>
  </div>`;
}

export function Step({ spec }) {
  const of = useLook(() => fields(spec.kind), [spec.kind]);
  return html`<${Looked} of=${of}>${(fs) => html`<${Form} key=${`${spec.kind} ${spec.title}`} spec=${spec} fs=${fs} />`}<//>`;
}
