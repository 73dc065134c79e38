// What the office says of kinds, fields and codes: asked for once.
import { look } from "../../lib/api.js";
import { mayWrite } from "../../lib/may.js";
import { language, t, wordName, listed } from "../../lib/text.js";
import * as vault from "../../lib/vault.js";

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
// Of a result: whom it is about. Asked once, for its name does not change.
export const objectOf = (result) => once(`object ${result}`, () => look("result show", { words: [result] }).then((r) => r.revisions[r.revisions.length - 1].name));
export const forms = () => once("forms", () => look("form list"));
// For pickers: the newest records of a kind that stand.
export const candidates = (kind) => look("record list", { words: [kind], limit: 200 }).then((l) => l.filter((r) => !r.withdrawn));

export const may = (me, kind) => kind && !kind.command && mayWrite(me, kind.kind);
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

// "140622/1406220196 唐强英;…"
export const people = (s) => (s || "").split(";").filter(Boolean).map((p) => {
  const at = p.indexOf(" ");
  return at < 0 ? { id: "", name: p } : { id: p.slice(0, at), name: p.slice(at + 1) };
});
export const names = (s) => listed(people(s).map((p) => p.name));

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

// What the office says, or without a line to it what was taken along: {value, at}, where `at` is when that was.
async function reach(name, ask) {
  try {
    return { value: await ask() };
  } catch (p) {
    const there = p.status === 0 && vault.get(name);
    if (!there) throw p;
    return { value: there.value, at: there.at };
  }
}
const taskName = (draw, object, task) => `task|${draw}|${object}|${task}`;
// Without a task: the object has one only.
const anyTask = (draw, object) => (vault.all(`task|${draw}|${object}|`)[0] || { name: "" }).name;
export const taskShown = (draw, object, task) => reach(task ? taskName(draw, object, task) : anyTask(draw, object), () => look("task show", { draw, object, task: task || undefined }));
export const tasksMine = (me) => reach("tasks", () => look("task list", { inspector: me.inspector || me.person, open: true }));
export const keptCodes = (list) => reach(`codes|${list}`, () => codes(list));

const KEPT_MS = 72 * 3600e3;
export const taken = () => vault.get("tasks");
// One's open visits onto this device, for three days: the list, each target with its points, the code lists, and who one is.
export async function takeAlong(me, told) {
  const until = Date.now() + KEPT_MS;
  const rows = await look("task list", { inspector: me.inspector || me.person, open: true });
  const had = new Set(vault.all("task|").map((i) => i.name));
  for (let i = 0; i < rows.length; i++) {
    const r = rows[i];
    if (told) told({ progress: [t("ui.visit.taking", { n: i + 1, all: rows.length })] });
    const o = await look("task show", { draw: r.draw, object: r.object, task: r.task });
    vault.put(taskName(o.draw, o.object, o.task), o, until);
    had.delete(taskName(o.draw, o.object, o.task));
  }
  for (const name of had) vault.drop(name);
  for (const list of ["result", "disposal"]) vault.put(`codes|${list}`, await codes(list), until);
  const { guard, ...rest } = me;
  vault.put("me", rest, until);
  return vault.put("tasks", rows, until);
}
export async function leaveBehind() {
  for (const i of [...vault.all("task|"), ...vault.all("codes|")]) vault.drop(i.name);
  vault.drop("me");
  await vault.drop("tasks");
}
