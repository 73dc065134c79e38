// Persons and objects are picked, not typed: a part of a name or number finds them, and what is chosen stands above. Whoever may
// not see names, or finds none, types a number.
import { html, useEffect, useState } from "../lib/html.js";
import { t, listed, today } from "../lib/text.js";
import { get, look as lookAt } from "../lib/api.js";
import { Badge } from "./parts.js";
import { Input } from "./form.js";

const MOST = 200; // of a list at once
const STAFF = 10000; // of labs: more than there are
const SHOWN = 8;
const WAIT_MS = 250;
const SECRET = "***";

const valid = (r) => (r.status || "active") === "active" && r.available !== "no" && (!r.cert_valid_to || r.cert_valid_to >= today());
const number = (r) => (r.insp_id.includes("/") ? r.insp_id : `${r.office}/${r.insp_id}`);
const short = (r) => r.insp_id.slice(r.insp_id.indexOf("/") + 1);
// "140602/1406020196", "1406020196" or "140602/1406020196 唐强英", as a field, a person's entry or a record has it.
const same = (r, v) => v === number(r) || v === short(r) || v === r.name || v.split(" ")[0] === number(r);

function Choice({ id, kind, checked, onTurn, children }) {
  return html`<label class="box"><input type=${kind} name=${id} checked=${checked} onChange=${(e) => onTurn(e.target.checked)} /> <span>${children}</span></label>`;
}

function Frame({ id, label, hint, error, required, children }) {
  return html`<fieldset class=${`field boxes${error ? " wrong" : ""}`} id=${id} tabindex="-1" aria-describedby=${error ? `${id}-error` : undefined}>
    <legend>${label}${required ? "" : html` <span class="dim">${t("ui.optional")}</span>`}</legend>
    ${hint ? html`<div class="hint">${hint}</div>` : null}
    ${error ? html`<div class="error" id=${`${id}-error`}>${error}</div>` : null}
    ${children}
  </fieldset>`;
}

// Of those that `load` gives, {rows, more}, and where there are more, of those that it gives for a part of a name: value: keys joined by "、". same: whether a part of a value means that one; says: what is shown of it;
// found: what is searched in; free: a text that is none of them may be taken as it is.
function People({ id, label, hint, error, required, value, set, many, load, keyOf, same, says, found, free, typed }) {
  const [rows, take] = useState(null);
  const [more, leaves] = useState(false);
  const [find, look] = useState("");
  useEffect(() => {
    let here = true;
    load().then((p) => {
      if (!here) return;
      take(p.rows);
      leaves(p.more);
    }, () => here && take([]));
    return () => {
      here = false;
    };
  }, []);
  useEffect(() => {
    if (!more || !find.trim()) return undefined;
    const add = (p) => take((was) => [...was, ...p.rows.filter((r) => !was.some((x) => keyOf(x) === keyOf(r)))]);
    const timer = setTimeout(() => load(find.trim()).then(add, () => {}), WAIT_MS);
    return () => clearTimeout(timer);
  }, [find, more]);
  if (!rows) return html`<${Input} ...${{ id, label, hint, error, required, value, set }} disabled=${true} />`;
  if (!rows.length) return html`<${Input} ...${{ id, label, error, required, value, set }} hint=${hint || typed} />`;
  const given = (value || "").split(/[、,;，；]/).map((s) => s.trim()).filter(Boolean);
  const chosen = rows.filter((r) => given.some((v) => same(r, v)));
  const unknown = given.filter((v) => !rows.some((r) => same(r, v)));
  const put = (list, others = unknown) => set([...others, ...list.map(keyOf)].join("、"));
  const text = find.trim();
  const hit = rows.filter((r) => !chosen.includes(r) && (!text || found(r).includes(text)));
  const turn = (r) => (on) => put(many ? rows.filter((x) => (x === r ? on : chosen.includes(x))) : on ? [r] : [], many ? unknown : []);
  const kind = many ? "checkbox" : "radio";
  return html`<${Frame} ...${{ id, label, hint, error, required }}>
    ${unknown.map((v) => html`<p class="picked">${v} <button type="button" class="plain" onClick=${() => put(chosen, unknown.filter((x) => x !== v))}>${t("ui.visit.take-out")}<span class="unseen"> ${v}</span></button></p>`)}
    ${chosen.map((r) => html`<${Choice} key=${keyOf(r)} id=${id} kind=${kind} checked=${true} onTurn=${turn(r)}>${says(r)}<//>`)}
    <label for=${`${id}-find`}>${t("ui.visit.find-person")}</label>
    <input id=${`${id}-find`} type="search" autocomplete="off" value=${find} onInput=${(e) => look(e.target.value)} />
    ${hit.slice(0, SHOWN).map((r) => html`<${Choice} key=${keyOf(r)} id=${id} kind=${kind} checked=${false} onTurn=${turn(r)}>${says(r)}<//>`)}
    ${free && text && !hit.length ? html`<p><button type="button" onClick=${() => {
      put(many ? chosen : [], many ? [...unknown, text] : [text]);
      look("");
    }}>${t("ui.visit.take-name", { name: text })}</button></p>` : null}
    <p class="hint" role="status">${hit.length > SHOWN ? t("ui.visit.more-persons", { n: hit.length - SHOWN }) : text && !hit.length ? t("ui.none") : ""}</p>
    ${!many && !required && chosen.length ? html`<button type="button" class="plain" onClick=${() => set("")}>${t("ui.visit.choose-none")}</button>` : null}
  <//>`;
}
const shownOf = (name, more) => html`<strong>${name}</strong> <span class="dim">${more.filter(Boolean).join(" · ")}</span>`;

// value: numbers joined by "、", each with its office before it.
export function InspectorPick(p) {
  return html`<${People} ...${p} typed=${t(p.many ? "ui.work.persons-hint" : "ui.visit.number-hint")} keyOf=${number} same=${same}
    load=${(q) => get("lists/inspectors", { limit: MOST, q }).then((page) => ({ rows: page.rows.filter((r) => r.name && r.name !== SECRET), more: !!page.next }))}
    found=${(r) => `${r.name} ${r.insp_id} ${r.cert_no || ""}`}
    says=${(r) => html`<strong>${r.name}</strong> <span class="dim">${short(r)}${r.cert_no && r.cert_no !== short(r) ? ` · ${t("ui.visit.cert", { no: r.cert_no })}` : ""}${r.cert_valid_to ? ` · ${t("ui.visit.valid-to", { day: r.cert_valid_to })}` : ""}</span> ${valid(r) ? html`<${Badge} kind="good">${t("ui.visit.valid")}<//>` : html`<${Badge} kind="bad">${t("ui.visit.not-valid")}<//>`}`} />`;
}

// Whoever is entered in this office, by name; somebody of another office is typed. role: whose those come first are.
export function PersonPick({ role, ...p }) {
  const first = (r) => (role && (r.roles || "").split(",").includes(role) ? 0 : 1);
  return html`<${People} ...${p} free=${true} typed="" keyOf=${(r) => r.name} same=${(r, v) => v === r.name}
    load=${(q) => get("lists/persons", { limit: MOST, q }).then((page) => ({ rows: page.rows.filter((r) => r.name !== SECRET && (!r.until_on || r.until_on >= today())).sort((a, b) => first(a) - first(b)), more: !!page.next }))}
    found=${(r) => r.name} says=${(r) => shownOf(r.name, [listed((r.roles || "").split(",").filter(Boolean).map((x) => t(`role.${x}`)))])} />`;
}

// Staff of the labs that this office entrusts: records of lab_person, by their number.
const staffNo = (r) => r.record.split(":")[1];
export function StaffPick(p) {
  return html`<${People} ...${p} typed=${t("ui.work.persons-hint")} keyOf=${(r) => `${staffNo(r)} ${r.name}`} same=${(r, v) => v.split(" ")[0] === staffNo(r) || v === r.name || v === r.staff_no}
    load=${() => Promise.all([lookAt("record list", { words: ["lab_person"], limit: STAFF }), get("session")]).then(([all, me]) => ({ rows: all.filter((r) => !r.withdrawn && r.record.startsWith(`${me.office}:`) && (!r.valid_to || r.valid_to >= today())), more: false }))}
    found=${(r) => `${r.name} ${r.staff_no || ""}`} says=${(r) => shownOf(r.name, [r.staff_no, r.valid_to ? t("ui.visit.valid-to", { day: r.valid_to }) : ""])} />`;
}

// What the rosters that are here have for a part of a name or number.
function useObjects(find, office) {
  const [found, take] = useState({ rows: [], said: "" });
  useEffect(() => {
    const text = find.trim();
    if (Array.from(text).length < 2) {
      take({ rows: [], said: "" });
      return undefined;
    }
    let here = true;
    const timer = setTimeout(() => get("lists/objects", { q: text, office: office || undefined, limit: SHOWN }).then((p) => here && take({ rows: p.rows, said: p.rows.length ? (p.next ? t("ui.visit.more-objects") : "") : t("ui.none") }), (p) => here && take({ rows: [], said: p.message })), WAIT_MS);
    return () => {
      here = false;
      clearTimeout(timer);
    };
  }, [find, office]);
  return found;
}
// A number as objects have: E:91140602MA006J474L
const isNumber = (s) => /^[A-Z]:\S{2,}$/.test(s.trim());
// Several, each by name, credit code or number: a list of numbers. office: whose rosters are searched; "" all that are here.
// told: hears the name of each number that was found.
export function ObjectsPick({ id, label, hint, error, required, value, set, office, told }) {
  const [find, look] = useState("");
  const [names, call] = useState({});
  const found = useObjects(find, office);
  const list = value || [];
  const add = (number, name) => {
    if (number && !list.includes(number)) set([...list, number]);
    if (name) call((was) => ({ ...was, [number]: name }));
    if (name && told) told(number, name);
    look("");
  };
  return html`<${Frame} ...${{ id, label, hint, error, required }}>
    ${list.map((n) => html`<p class="picked" key=${n}><strong>${names[n] || ""}</strong> <code>${n}</code> <button type="button" class="plain" onClick=${() => set(list.filter((x) => x !== n))}>${t("ui.visit.take-out")}<span class="unseen"> ${names[n] || n}</span></button></p>`)}
    <label for=${`${id}-find`}>${t("ui.visit.find-object")}</label>
    <input id=${`${id}-find`} type="search" autocomplete="off" value=${find} onInput=${(e) => look(e.target.value)} />
    ${found.rows.filter((r) => !list.includes(r.object_id)).map((r) => html`<${Choice} key=${r.object_id} id=${id} kind="checkbox" checked=${false} onTurn=${() => add(r.object_id, r.name)}><strong>${r.name}</strong> <span class="dim">${r.object_id}${r.address && r.address !== SECRET ? ` · ${r.address}` : ""}</span><//>`)}
    ${isNumber(find) && !found.rows.some((r) => r.object_id === find.trim()) ? html`<p><button type="button" onClick=${() => add(find.trim())}>${t("ui.visit.take-number", { number: find.trim() })}</button></p>` : null}
    <p class="hint" role="status">${found.said}</p>
  <//>`;
}
// One of the office's objects, by name, credit code or number.
export function ObjectPick({ id, label, hint, error, required, value, set }) {
  const [find, look] = useState("");
  const found = useObjects(find);
  const [name, call] = useState("");
  const choose = (r) => {
    set(r.object_id);
    call(r.name);
  };
  return html`<${Frame} ...${{ id, label, hint, error, required }}>
    ${value ? html`<p class="picked"><strong>${name}</strong> <code>${value}</code> <button type="button" class="plain" onClick=${() => set("")}>${t("ui.visit.choose-other")}</button></p>` : html`
    <label for=${`${id}-find`}>${t("ui.visit.find-object")}</label>
    <input id=${`${id}-find`} type="search" autocomplete="off" value=${find} onInput=${(e) => look(e.target.value)} />
    ${found.rows.map((r) => html`<${Choice} key=${r.object_id} id=${id} kind="radio" checked=${false} onTurn=${() => choose(r)}><strong>${r.name}</strong> <span class="dim">${r.object_id}${r.address && r.address !== SECRET ? ` · ${r.address}` : ""}</span><//>`)}
    <p class="hint" role="status">${found.said}</p>`}
  <//>`;
}
