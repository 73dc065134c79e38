// Results that wait for a line to the office: sent one after the other while a page is open, each under keys of its own, so that
// none is there twice (web-24). A refused one stays, with the office's sentence, until it is mended or discarded.
import { t } from "../../lib/text.js";
import { act, answered, look, newKey, upload } from "../../lib/api.js";
import * as vault from "../../lib/vault.js";
import { foundOptions } from "./found.js";
import { draftKey, drafts, dropDraft, keepDraft, picture, readDraft } from "./draft.js";

const EVERY_MS = 30000;
const SOON_MS = 3000;
const DOING_MAX = 4;
const SENT_MS = 24 * 3600e3;

const whole = (s) => (s.length === 16 ? `${s}:00` : s);
const keyOf = (d) => draftKey("visit", d.what.draw, d.what.object, d.what.task);

// What an act needs to know of its target, kept with the draft: there may be nobody to ask when it is sent.
export const whatOf = (task) => ({ draw: task.draw, object: task.object, task: task.task, name: task.name, alone: !task.items.length, points: task.points.map((p) => p.point) });

// Of a signature: whose it is, as a note of the file; what parts its words, or no name of a file may hold, is left out.
const noted = (s) => `:${s.replace(/[:/\\\u0000-\u001f]+/g, " ").trim().slice(0, 24)}`;
const whose = (d, p) => (p.who === "party" ? noted(`${t("ui.work.party")} ${d.representative}`) : p.signer ? noted(p.signer) : "");

function order(d) {
  const w = d.what;
  const o = { draw: w.draw, object: w.object, task: w.task, started: whole(d.started), completed: whole(d.completed), photo: d.photos.map((p) => `${p.shelf}:${p.shows}${whose(d, p)}`) };
  if (d.place.trim()) o.place = d.place.trim();
  if (d.over.trim()) o["over-cap"] = d.over.trim();
  if (d.sign === "signed") o.representative = d.representative.trim();
  else Object.assign(o, { refusal: d.refusal.trim(), witness: d.witness.trim() });
  if (d.sign === "nobody") o.nobody = true;
  return { ...o, ...foundOptions(d.items, w.alone) };
}

// Pictures first, then the result, then the points, each under a key of its own: sent again, nothing is there twice.
async function send(d, save, told) {
  for (const p of d.photos) if (!p.shelf) {
    const blob = await picture(p.id);
    if (!blob) throw new Error(t("ui.work.picture-lost"));
    p.shelf = await upload(new File([blob], p.name, { type: blob.type }), (part) => told({ progress: [t("ui.uploading", { percent: Math.round(part * 100) })] }));
    save({ photos: d.photos.map((x) => ({ ...x })) });
  }
  if (!d.result) {
    const a = await act("result record", order(d), { key: d.key, told });
    d.result = a.result.result;
    save({ result: d.result });
  }
  for (const point of d.what.points) {
    const x = d.points[point];
    if (!x || !x.judged || d.answered.includes(point)) continue;
    const words = ["check_answer", `inspection=${d.result}`, `point=${point}`, `judged=${x.judged}`];
    if (x.answer) words.push(`answer=${x.answer}`);
    if (x.note && x.judged === "wrong") words.push(`note=${x.note}`);
    await act("record add", { words }, { key: `${d.key}-${point}`, told });
    d.answered = [...d.answered, point];
    save({ answered: d.answered });
  }
  return d.result;
}

// No line, nobody in, the office is busy or ended meanwhile: said again later. All else is an answer.
const later = (p) => p.status === 0 || p.status === 401 || p.status === 429 || p.status >= 500 || p.code === "session.elsewhere";

// The office keeps its answer under the act's key, and would tell it again for two days (web-24): behind one the next try has another.
// Of "store.stopped" nothing was written (web-90); of these nobody knows how far it came.
const unsure = (p) => p.code === "web.doing" || (answered(p) && p.status >= 500 && p.code !== "store.stopped");

const state = { busy: "", job: null, line: true, timer: 0, lost: () => {} };
const watchers = new Set();
export const watchQueue = (f) => {
  watchers.add(f);
  const off = vault.watch(f);
  return () => {
    off();
    watchers.delete(f);
  };
};
const tell = (more) => {
  Object.assign(state, more);
  watchers.forEach((f) => f());
};
export const queueState = () => state;

const visits = () => drafts().filter((d) => d.parts[0] === "visit");
const since = (a, b) => a.value.queue.at - b.value.queue.at;
export const waiting = () => visits().filter((d) => d.value.queue && d.value.queue.state === "waiting").sort(since);
export const refused = () => visits().filter((d) => d.value.queue && d.value.queue.state === "refused").sort(since);
export const begun = () => visits().filter((d) => !d.value.queue);
export const sent = () => vault.all("sent|").sort((a, b) => b.at - a.at).map((i) => i.value);

// "The same act is being done, or the node stopped in the middle of it", or its disk failed: a few times it is waited for; then,
// where the target has no result, nothing was done, and it is another try. false: somebody has to look.
async function again(d, save) {
  const n = (d.queue.doing || 0) + 1;
  if (n < DOING_MAX) {
    await save({ queue: { ...d.queue, doing: n } });
    return true;
  }
  const w = d.what;
  const o = await look("task show", { draw: w.draw, object: w.object, task: w.task }).catch((p) => (later(p) ? null : { result: "?" }));
  if (!o) return true; // nobody to ask either
  if (o.result) return false;
  await save({ key: newKey(), queue: { ...d.queue, doing: 0 } });
  return true;
}

async function one(d) {
  let held = { ...d.value, photos: d.value.photos.map((p) => ({ ...p })) };
  const save = (more) => {
    held = { ...held, ...more };
    return keepDraft(d.key, held);
  };
  tell({ busy: d.key, job: {} });
  try {
    const made = await send(held, save, (job) => {
      hold();
      tell({ job });
    });
    await vault.put(`sent|${made}`, { of: d.key, result: made, name: held.what.name, task: held.what.task, at: Date.now() }, Date.now() + SENT_MS);
    await dropDraft(d.key);
    tell({ line: true });
    return { result: made };
  } catch (p) {
    if (unsure(p) && (await again(held, save))) return { later: true, problem: p };
    if (later(p) && !unsure(p)) {
      if (answered(p)) await save({ key: newKey() });
      tell({ line: p.status !== 0 });
      if (p.status === 401 || p.code === "session.elsewhere") state.lost();
      return { later: true, problem: p };
    }
    await save({ key: answered(p) ? newKey() : held.key, queue: { ...held.queue, state: "refused", said: p.message, code: p.code || "" } });
    return { problem: p };
  } finally {
    tell({ busy: "", job: null });
  }
}

// Two pages of one browser take turns: whoever sends says so for a minute at a time. Were both to send, the key of each act would
// still keep it from being done twice.
const TURN = "qian.sending";
const TURN_MS = 60000;
const page = newKey();
const hold = () => localStorage.setItem(TURN, `${page}|${Date.now() + TURN_MS}`);
async function alone(f) {
  const [who, until] = (localStorage.getItem(TURN) || "|0").split("|");
  if (who !== page && Number(until) > Date.now()) return { later: true };
  hold();
  await new Promise((on) => setTimeout(on, 50));
  if (!(localStorage.getItem(TURN) || "").startsWith(page)) return { later: true };
  try {
    await vault.reread(); // what another page has sent meanwhile is gone
    return await f();
  } finally {
    localStorage.removeItem(TURN);
  }
}

function next(ms) {
  clearTimeout(state.timer);
  state.timer = waiting().length ? setTimeout(run, ms) : 0;
}

let running = null;
export function run() {
  if (!running)
    running = alone(async () => {
      let r = null;
      for (const d of waiting()) {
        hold();
        const is = readDraft(d.key);
        if (!is || !is.queue || is.queue.state !== "waiting") continue;
        r = await one({ key: d.key, value: is });
        if (r.later) break;
      }
      return r;
    }).finally(() => {
      running = null;
      next(state.line && navigator.onLine ? SOON_MS * 3 : EVERY_MS);
    });
  return running;
}

// Put behind the others and sent as soon as it can be: {result}, {later} or {problem}
export async function enqueue(d) {
  const k = keyOf(d);
  const waits = () => (readDraft(k) || {}).queue && readDraft(k).queue.state === "waiting";
  const kept = await keepDraft(k, { ...d, queue: { at: Date.now(), state: "waiting", said: "", code: "" } });
  if (navigator.onLine === false) {
    tell({ line: false });
    next(EVERY_MS);
    return { later: true, kept };
  }
  await run();
  if (waits() && state.line) await run(); // the round that was under way did not know of it yet
  const is = readDraft(k);
  if (!is) return { result: (sent().find((s) => s.of === k) || {}).result };
  return is.queue && is.queue.state === "refused" ? { problem: { message: is.queue.said, code: is.queue.code } } : { later: true, kept };
}

// Once somebody is in. lost: called when the office no longer knows who that is.
export function startQueue(lost) {
  state.lost = lost;
  const on = () => waiting().length && run();
  const seen = () => document.visibilityState === "visible" && on();
  addEventListener("online", on);
  document.addEventListener("visibilitychange", seen);
  next(SOON_MS / 3);
  return () => {
    removeEventListener("online", on);
    document.removeEventListener("visibilitychange", seen);
    clearTimeout(state.timer);
  };
}
