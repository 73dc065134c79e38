// What the office says of kinds, fields and codes: asked for once.
import { look } from "../../lib/api.js";
import { language, kindName, stateName, t, wordName } from "../../lib/text.js";

const held = new Map();
function once(key, ask) {
  const k = `${language()} ${key}`;
  if (!held.has(k)) held.set(k, ask().catch((e) => {
    held.delete(k);
    throw e;
  }));
  return held.get(k);
}
export const kinds = () => once("kinds", () => look("record kinds"));
export const fields = (kind) => once(`fields ${kind}`, () => look("record fields", { words: [kind] }));
export const codes = (list) => once(`codes ${list}`, () => look("tables show", { words: [list] }));
export const forms = () => once("forms", () => look("form list"));
// For pickers: the newest records of a kind that stand.
export const candidates = (kind) => look("record list", { words: [kind], limit: 200 }).then((l) => l.filter((r) => !r.withdrawn));

export const may = (me, kind) => kind && !kind.command && kind.roles.some((r) => me.roles.includes(r));
export const isOwn = (me, name) => name.startsWith(`${me.office}:`);

// What a record is called in one line, from the values of a list.
export function called(kind, r) {
  const first = kind && kind.called && r[kind.called];
  if (first) return first;
  for (const k of ["title", "name", "object_name", "doc_no", "object_id", "matter", "outcome", "no"]) if (r[k]) return k === "outcome" ? wordName(k, r[k]) : r[k];
  return r.record;
}

const BAD = ["sent_back", "returned", "not_corrected", "refused", "rejected", "overdue", "not_inspectable", "void", "open"];
const GOOD = ["published", "closed", "approved", "corrected", "reviewed", "acknowledged", "filed", "served"];
export const tone = (state) => (BAD.includes(state) ? "bad" : GOOD.includes(state) ? "good" : "warn");
export { kindName, stateName };

// "140622/1406220196 唐强英;…"
export const people = (s) => (s || "").split(";").filter(Boolean).map((p) => {
  const at = p.indexOf(" ");
  return at < 0 ? { id: "", name: p } : { id: p.slice(0, at), name: p.slice(at + 1) };
});
export const names = (s) => people(s).map((p) => p.name).join("、");

const dayOf = (s) => Date.UTC(Number(s.slice(0, 4)), Number(s.slice(5, 7)) - 1, Number(s.slice(8, 10))) / 86400e3;
export const daysTo = (today, due) => (due ? dayOf(due) - dayOf(today) : null);
export function dueText(today, due) {
  const n = daysTo(today, due);
  if (n === null) return "";
  return n < 0 ? t("ui.work.overdue-by", { n: -n }) : n === 0 ? t("ui.work.due-today") : t("ui.work.due-in", { n });
}
// Of UTC+8, by the clock of this device: "2021-07-30T09:00"
export function nowText() {
  return new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 16);
}
