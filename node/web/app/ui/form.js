// Fields of forms, made from what the office says of them: labels above, hints and refusals beside the field they are of.
import { html, useEffect, useRef, useState } from "../lib/html.js";
import { t, listed } from "../lib/text.js";
import { upload } from "../lib/api.js";

// What is filled in, and put({…}), which changes these alone of what stands there by then: a file may be up long after it was chosen,
// and what was typed meanwhile stays.
export function useValues(start) {
  const [v, set] = useState(start);
  return [v, (some) => set((now) => ({ ...now, ...some }))];
}

export function Field({ id, label, hint, error, required, children }) {
  return html`<div class=${`field${error ? " wrong" : ""}`}>
    <label for=${id}>${label}${required ? "" : html` <span class="dim">${t("ui.optional")}</span>`}</label>
    ${hint ? html`<div class="hint" id=${`${id}-hint`}>${hint}</div>` : null}
    ${error ? html`<div class="error" id=${`${id}-error`}>${error}</div>` : null}
    ${children}
  </div>`;
}

const described = (id, hint, error) => [hint ? `${id}-hint` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ") || undefined;

export function Input({ id, label, hint, error, required, type = "text", value, set, lines, list, ...rest }) {
  const props = {
    id,
    name: id,
    value: value === undefined ? "" : value,
    required,
    "aria-invalid": error ? "true" : undefined,
    "aria-describedby": described(id, hint, error),
    onInput: (e) => set(e.target.value),
    ...rest,
  };
  return html`<${Field} ...${{ id, label, hint, error, required }}>
    ${lines ? html`<textarea rows=${lines} ...${props}></textarea>` : html`<input type=${type} list=${list} ...${props} />`}
  <//>`;
}

export function Select({ id, label, hint, error, required, value, set, choices }) {
  return html`<${Field} ...${{ id, label, hint, error, required }}>
    <select id=${id} name=${id} value=${value || ""} aria-invalid=${error ? "true" : undefined} aria-describedby=${described(id, hint, error)} onChange=${(e) => set(e.target.value)}>
      ${required && value ? null : html`<option value="">${t("ui.choose")}</option>`}
      ${choices.map(([v, text]) => html`<option value=${v} selected=${v === value}>${text}</option>`)}
    </select>
  <//>`;
}

export function Check({ id, label, hint, value, set }) {
  return html`<div class="field check">
    <input type="checkbox" id=${id} checked=${!!value} aria-describedby=${described(id, hint)} onChange=${(e) => set(e.target.checked)} />
    <label for=${id}>${label}</label>
    ${hint ? html`<div class="hint" id=${`${id}-hint`}>${hint}</div>` : null}
  </div>`;
}

// Sends the file up at once; its value is the name on the shelf.
export function File({ id, label, hint, error, required, set, many, accept, capture, refuse }) {
  const [state, tell] = useState(null);
  const turn = useRef(0);
  // While a file is on its way none is chosen, and of two choices the later one counts, whichever is up first.
  const take = async (files) => {
    const mine = ++turn.current;
    const late = () => mine !== turn.current;
    const names = [];
    set(many ? [] : "");
    tell(null);
    try {
      for (const f of files) names.push(await upload(f, (part) => late() || tell({ name: f.name, part })));
      if (late() || !names.length) return;
      tell({ name: listed(Array.from(files, (f) => f.name)), part: 1 });
      set(many ? names : names[0]);
    } catch (problem) {
      if (late()) return;
      tell(null);
      if (refuse) refuse(problem);
    }
  };
  return html`<${Field} ...${{ id, label, hint, error, required }}>
    <input type="file" id=${id} multiple=${!!many} accept=${accept} capture=${capture} aria-describedby=${described(id, hint, error)} onChange=${(e) => take(e.target.files)} />
    ${state ? html`<div class="hint" role="status">${state.part < 1 ? t("ui.uploading", { percent: Math.round(state.part * 100) }) : t("ui.uploaded", { name: state.name })}</div>` : null}
  <//>`;
}

// All that is wrong, at the top, each a link to its field.
// It has the focus once, when they are told: whoever mends a field goes on typing there.
export function Summary({ errors }) {
  const at = useRef(null);
  const list = Object.entries(errors || {}).filter(([, v]) => v);
  useEffect(() => {
    if (at.current) at.current.focus();
  }, [errors]);
  if (!list.length) return null;
  return html`<div class="refusal" role="alert" tabindex="-1" ref=${at}>
    <strong>${t("ui.mend")}</strong>
    <ul>${list.map(([id, text]) => html`<li><a href=${`#${id}`} onClick=${(e) => {
      e.preventDefault();
      const f = document.getElementById(id);
      if (f) f.focus();
    }}>${text}</a></li>`)}</ul>
  </div>`;
}
