// One field of a record in a form, by what the office says of it.
import { html, useEffect, useState } from "../../lib/html.js";
import { t, kindName, wordName } from "../../lib/text.js";
import { look } from "../../lib/api.js";
import { Input, Select } from "../../ui/form.js";
import { InspectorPick, ObjectPick, StaffPick } from "../../ui/pick.js";
import { called, candidates, codes, kinds } from "./data.js";

export const idOf = (f) => `f-${f.field}`;

function useKnown(ask, dep) {
  const [v, set] = useState(null);
  useEffect(() => {
    let here = true;
    ask().then((x) => here && set(x), () => here && set([]));
    return () => {
      here = false;
    };
  }, [dep]);
  return v;
}

// Several of a few: boxes; of one: a choice.
export function Boxes({ id, label, hint, error, required, choices, value, set }) {
  const chosen = (value || "").split(",").filter(Boolean);
  const turn = (c, on) => set(choices.map(([v]) => v).filter((v) => (v === c ? on : chosen.includes(v))).join(","));
  return html`<fieldset class=${`field boxes${error ? " wrong" : ""}`} id=${id} tabindex="-1" aria-describedby=${error ? `${id}-error` : undefined}>
    <legend>${label}${required ? "" : html` <span class="dim">${t("ui.optional")}</span>`}</legend>
    ${hint ? html`<div class="hint">${hint}</div>` : null}
    ${error ? html`<div class="error" id=${`${id}-error`}>${error}</div>` : null}
    ${choices.map(([v, text]) => html`<label class="box"><input type="checkbox" checked=${chosen.includes(v)} onChange=${(e) => turn(v, e.target.checked)} /> <span>${text}</span></label>`)}
  </fieldset>`;
}

export function Radios({ id, label, hint, error, required, choices, value, set }) {
  return html`<fieldset class=${`field boxes${error ? " wrong" : ""}`} id=${id} tabindex="-1" aria-describedby=${error ? `${id}-error` : undefined}>
    <legend>${label}${required ? "" : html` <span class="dim">${t("ui.optional")}</span>`}</legend>
    ${hint ? html`<div class="hint">${hint}</div>` : null}
    ${error ? html`<div class="error" id=${`${id}-error`}>${error}</div>` : null}
    ${choices.map(([v, text]) => html`<label class="box"><input type="radio" name=${id} value=${v} checked=${value === v} onChange=${() => set(v)} /> <span>${text}</span></label>`)}
  </fieldset>`;
}

function Codes({ f, props }) {
  const known = useKnown(() => codes(f.of), f.of);
  if (!known) return html`<${Input} ...${props} disabled=${true} />`;
  if (!known.length) return html`<${Input} ...${props} hint=${t("ui.work.codes-none", { list: f.of })} />`;
  const choices = known.map((c) => [c.code, `${c.code} ${c.name}`]);
  return f.many ? html`<${Boxes} ...${props} choices=${choices} />` : html`<${Select} ...${props} choices=${choices} />`;
}

// Typed or chosen from what there is: numbers with what they are called.
function Record({ f, props }) {
  const known = useKnown(() => Promise.all([kinds(), candidates(f.of).catch(() => [])]).then(([k, l]) => l.map((r) => [r.record, called(k.find((x) => x.kind === f.of), r)])), f.of);
  const list = `${props.id}-list`;
  const hit = (known || []).find(([v]) => v === props.value);
  return html`<div>
    <${Input} ...${props} list=${list} autocomplete="off" hint=${props.hint || t("ui.work.pick", { kind: kindName(f.of) })} />
    <datalist id=${list}>${(known || []).map(([v, text]) => html`<option value=${v}>${text}</option>`)}</datalist>
    ${hit && hit[1] !== hit[0] ? html`<p class="picked dim">${hit[1]}</p>` : null}
  </div>`;
}

function Office({ props }) {
  const known = useKnown(() => look("cert list").then((l) => l.map((c) => [c.office || c.subject, c.name])), "offices");
  const list = `${props.id}-list`;
  return html`<div><${Input} ...${props} list=${list} autocomplete="off" inputmode="numeric" />
    <datalist id=${list}>${(known || []).filter(([v]) => v).map(([v, text]) => html`<option value=${v}>${text}</option>`)}</datalist></div>`;
}

// The SHA-256 of a file, reckoned here; the file itself goes to whoever asks for it with `hold`.
function Digest({ props, hold }) {
  const [name, tell] = useState("");
  const take = async (e) => {
    const file = e.target.files[0];
    if (!file) return;
    const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
    props.set(Array.from(sum, (x) => x.toString(16).padStart(2, "0")).join(""));
    if (hold) hold(file);
    tell(file.name);
  };
  return html`<div class="digest-field"><${Input} ...${props} spellcheck="false" autocomplete="off" hint=${t(hold ? "ui.work.digest-evidence" : "ui.work.digest-hint")} />
    <div class="field"><label for=${`${props.id}-file`}>${t("ui.work.digest-file", { field: props.label })}</label><input type="file" id=${`${props.id}-file`} onChange=${take} />
    ${name ? html`<div class="hint" role="status">${t("ui.work.digest-of", { name })}</div>` : null}</div></div>`;
}

export function FieldInput({ f, value, set, error, locked, label, hold }) {
  const props = { id: idOf(f), label: label || f.name, required: f.required, error, value, set };
  if (locked) return html`<${Input} ...${props} readonly=${true} hint=${t("ui.work.fixed")} />`;
  if (f.kind === "lines") return html`<${Input} ...${props} lines=${4} />`;
  if (f.kind === "date") return html`<${Input} ...${props} type="date" />`;
  if (f.kind === "time") return html`<${Input} ...${props} type="datetime-local" step="1" set=${(x) => set(x.length === 16 ? `${x}:00` : x)} />`;
  if (f.kind === "number") return html`<${Input} ...${props} type="number" min=${f.least} max=${f.most} inputmode="numeric" hint=${f.most ? t("ui.work.between", { least: f.least, most: f.most }) : ""} />`;
  if (f.kind === "word") {
    const choices = f.words.map((w) => [w, wordName(f.field, w)]);
    if (f.many) return html`<${Boxes} ...${props} choices=${choices} />`;
    return choices.length <= 4 && f.required ? html`<${Radios} ...${props} choices=${choices} />` : html`<${Select} ...${props} choices=${choices} />`;
  }
  if (f.kind === "codes") return html`<${Codes} f=${f} props=${props} />`;
  if (f.kind === "record") return html`<${Record} f=${f} props=${props} />`;
  if (f.kind === "office") return html`<${Office} props=${props} />`;
  if (f.kind === "inspectors") return html`<${InspectorPick} ...${props} many=${f.most !== 1} />`;
  if (f.kind === "object" || f.field === "object_id") return html`<${ObjectPick} ...${props} />`;
  if (f.kind === "staff") return html`<${StaffPick} ...${props} many=${f.most !== 1} />`;
  if (f.kind === "digest") return html`<${Digest} props=${props} hold=${hold} />`;
  return html`<${Input} ...${props} hint=${f.kind === "text" ? "" : f.accepts} />`;
}
