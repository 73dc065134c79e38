// Sentences of the catalogue (node/text): the pages hold none of their own.
const KEY = "qian.lang";
let all = {};
let lang = localStorage.getItem(KEY) || "zh";

export const language = () => lang;

export async function loadText(wanted) {
  lang = wanted === "en" ? "en" : "zh";
  localStorage.setItem(KEY, lang);
  document.documentElement.lang = lang === "en" ? "en" : "zh-CN";
  const r = await fetch(`/api/v1/text?lang=${lang}`);
  all = await r.json();
}

// {name} of the sentence by args; an id without a sentence shows itself.
export function t(id, args) {
  const s = all[id];
  if (s === undefined) return args ? `${id} ${JSON.stringify(args)}` : id;
  return args ? s.replace(/\{([a-z][a-z0-9_]*)\}/g, (m, k) => (args[k] === undefined ? m : String(args[k]))) : s;
}

// A sentence whose values come as "name=value|name=value".
export function sentence(id, args) {
  const values = {};
  for (const pair of String(args || "").split("|")) {
    const at = pair.indexOf("=");
    if (at > 0) values[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return t(id, values);
}

export const has = (id) => all[id] !== undefined;

// The first of these ids that there is; else the last resort as it is.
export function first(ids, resort) {
  for (const id of ids) if (has(id)) return t(id);
  return resort;
}

const hyphens = (s) => s.replace(/_/g, "-");
export const kindName = (kind) => first([`record.${hyphens(kind)}`], kind);
export const fieldName = (kind, field) => first([`field.${hyphens(kind)}.${hyphens(field)}`, `field.${hyphens(field)}`], field);
export const wordName = (field, word) => first([`word.${hyphens(field)}.${hyphens(word)}`], word);
export const stateName = (kind, state) => first([`state.${hyphens(kind)}.${hyphens(state)}`, `state.${hyphens(state)}`], state);

// The office's day: its clock counts, not the browser's.
let day = "";
export const setToday = (d) => {
  day = d || "";
};
export const today = () => day || new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 10);

const pad = (n) => String(n).padStart(2, "0");
// The one form of dates: YYYY-MM-DD, with HH:MM where the moment counts. Of ms, in the clock of the offices (UTC+8), whatever the
// browser's; or of a moment as records have it, "2021-07-30T09:00:00" by that clock.
export const isMoment = (v) => typeof v === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(v);
export function when(ms) {
  if (!ms) return "—";
  if (isMoment(ms)) return ms.slice(0, 16).replace("T", " ");
  const d = new Date(Number(ms) + 8 * 3600e3);
  return `${d.getUTCFullYear()}-${pad(d.getUTCMonth() + 1)}-${pad(d.getUTCDate())} ${pad(d.getUTCHours())}:${pad(d.getUTCMinutes())}`;
}
export const count = (n) => Number(n).toLocaleString(lang === "en" ? "en" : "zh-CN");
// Punctuation between what the catalogue and the data say: things one after the other, sentences, a thing and what of it, an aside.
export const listed = (all) => all.join(lang === "en" ? ", " : "、");
export const parted = (all) => all.join(lang === "en" ? "; " : "；");
export const said = (what, about) => `${what}${lang === "en" ? ": " : "："}${about}`;
export const aside = (text) => (lang === "en" ? ` (${text})` : `（${text}）`);
