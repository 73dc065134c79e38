// What is on this device: visits that were taken along, results that wait for a line, those that were refused, and how all of
// it goes away again.
import { html, useEffect, useState } from "../../lib/html.js";
import { t, when } from "../../lib/text.js";
import { act, fileAddress, newKey } from "../../lib/api.js";
import { address } from "../../lib/route.js";
import * as vault from "../../lib/vault.js";
import { canTakeAlong, startWorker } from "../../lib/worker.js";
import { Input } from "../../ui/form.js";
import { Badge, Progress, Refusal, Title, useLook } from "../../ui/parts.js";
import { keptCodes, leaveBehind, takeAlong, taken } from "./data.js";
import { dropDraft } from "./draft.js";
import { begun, queueState, refused, run, sent, waiting, watchQueue } from "./queue.js";
import { Answers } from "./visit.js";

const DAY_MS = 24 * 3600e3;
const FRESH_MS = 600e3;

function useQueue() {
  const [, redraw] = useState(0);
  useEffect(() => watchQueue(() => redraw((n) => n + 1)), []);
}
const visitOf = (d) => address(["visit", d.parts[1], d.parts[2]], { task: d.parts[3] });
const taskOf = (d) => (d.value.about || {}).task_name || t("ui.work.task-of", { task: d.parts[3] });
const nameOf = (d) => (d.value.what || d.value.about || {}).name || d.parts[2];

// Over every page while something waits or was refused.
export function QueueBar() {
  useQueue();
  const wait = waiting();
  const back = refused();
  const s = queueState();
  if (vault.isLocked()) return html`<div class="sync stale queue" role="status"><a href=${address(["queue"])}>${t("ui.visit.locked-bar")}</a></div>`;
  if (!wait.length && !back.length) return null;
  return html`<div class=${`sync queue ${back.length ? "red" : "stale"}`} role="status">
    ${wait.length ? html`<a href=${address(["queue"])}>${t("ui.visit.bar-waits", { n: wait.length, when: when(wait[0].value.queue.at) })}</a> <span>${t(s.busy ? "ui.visit.bar-sending" : s.line ? "ui.visit.bar-soon" : "ui.visit.bar-no-line")}</span>` : null}
    ${back.length ? html`<a class="loud" href=${address(["queue"])}>${t("ui.visit.bar-refused", { n: back.length })}</a>` : null}
  </div>`;
}

// ---- taking along

function useTaking(me, done) {
  const [job, setJob] = useState(null);
  const [problem, tell] = useState(null);
  const take = async () => {
    tell(null);
    setJob({});
    try {
      await startWorker().catch(() => {
        throw new Error(t("ui.visit.no-worker"));
      });
      if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
      if (!(await takeAlong(me, setJob))) throw new Error(t("ui.work.not-kept"));
      if (done) done();
    } catch (p) {
      tell(p);
    }
    setJob(null);
  };
  return { job, problem, take };
}

// Without TLS there is no taking along: the forms on paper are there instead.
function OnPaper() {
  const [made, set] = useState({});
  const [problem, tell] = useState(null);
  const print = async (code) => {
    const out = `${code}-${newKey().slice(0, 4)}.html`;
    try {
      await act("form print", { words: [code], blank: true, out });
      set({ ...made, [code]: out });
    } catch (p) {
      tell(p);
    }
  };
  return html`<div class="note"><p>${t("ui.visit.only-tls")}</p><${Refusal} problem=${problem} />
    <p class="tools">${[["F23", t("ui.visit.f23")], ["F03", t("ui.visit.f03")]].map(([code, title]) => (made[code] ? html`<a class="button" href=${fileAddress(made[code])} download>${t("ui.download", { name: title })}</a>` : html`<button type="button" onClick=${() => print(code)}>${t("ui.visit.blank", { name: title })}</button>`))}</p></div>`;
}

// Above one's visits: whether they are on this device, and taking them along.
export function AlongNote({ me }) {
  const { job, problem, take } = useTaking(me);
  useQueue();
  const has = taken();
  useEffect(() => {
    if (has && !me.offline && Date.now() - has.at > FRESH_MS) takeAlong(me).catch(() => {});
  }, []);
  if (!me.roles.includes("inspector") || me.offline) return null;
  if (!canTakeAlong()) return html`<${OnPaper} />`;
  return html`<div class="along"><${Refusal} problem=${problem} /><${Progress} job=${job} />
    <p class="tools">${has ? html`<span>${t("ui.visit.is-along", { n: has.value.length, when: when(has.at) })}</span>` : html`<span>${t("ui.visit.not-along")}</span>`}
    <button type="button" disabled=${!!job} onClick=${take}>${t(has ? "ui.visit.take-again" : "ui.visit.take")}</button> <a href=${address(["queue"])}>${t("ui.visit.to-queue")}</a></p></div>`;
}

// ---- the page

function Refused({ d, results, disposals }) {
  const [sure, ask] = useState(false);
  const q = d.value.queue;
  return html`<li class="unsent"><p><a href=${visitOf(d)}><strong>${nameOf(d)}</strong></a> <span class="dim">${taskOf(d)} · ${t("ui.visit.since", { when: when(q.at) })}</span></p>
    <div class="refusal"><strong>${t("ui.refused")}</strong><p>${q.said}</p>${q.code ? html`<small>${q.code}</small>` : null}</div>
    <details><summary>${t("ui.visit.what-was-written")}</summary><${Answers} d=${d.value} name=${nameOf(d)} task=${d.parts[3]} ...${{ results, disposals }} /></details>
    ${sure ? html`<p class="note">${t("ui.visit.discard-says")} <button type="button" class="bad" onClick=${() => dropDraft(d.key)}>${t("ui.visit.discard-yes")}</button> <button type="button" onClick=${() => ask(false)}>${t("ui.cancel")}</button></p>`
      : html`<p class="tools"><a class="button main" href=${visitOf(d)}>${t("ui.visit.mend")}</a> <button type="button" onClick=${() => ask(true)}>${t("ui.visit.discard")}</button></p>`}
  </li>`;
}

function Waiting({ d, now }) {
  const q = d.value.queue;
  return html`<li class="unsent"><p><a href=${visitOf(d)}><strong>${nameOf(d)}</strong></a> <${Badge} kind=${now - q.at > DAY_MS ? "bad" : "warn"}>${t("ui.visit.waits")}<//></p>
    <p class="dim">${taskOf(d)} · ${t("ui.visit.since", { when: when(q.at) })} · ${t("ui.visit.pictures", { n: d.value.photos.length })}</p></li>`;
}

export function Queue({ me, put }) {
  useQueue();
  const { job, problem, take } = useTaking(me);
  const lists = useLook(() => Promise.all([keptCodes("result"), keptCodes("disposal")]).catch(() => [{ value: [] }, { value: [] }]), []);
  if (vault.isLocked()) return html`<div><${Title} text=${t("ui.visit.queue")} /><p>${t("ui.visit.locked-says")}</p><${Unlock} id=${vault.whose()} /></div>`;
  const [results, disposals] = (lists.value || [{ value: [] }, { value: [] }]).map((l) => l.value);
  const wait = waiting();
  const back = refused();
  const open = begun();
  const gone = sent();
  const has = taken();
  const s = queueState();
  const now = Date.now();
  return html`<div><${Title} text=${t("ui.visit.queue")} />
    ${put && wait.length ? html`<p class="note good" role="status">${t("ui.visit.put", { name: put })}</p>` : null}
    ${back.length ? html`<section class="back"><h2>${t("ui.visit.refused-n", { n: back.length })}</h2><ul class="plain">${back.map((d) => html`<${Refused} key=${d.key} ...${{ d, results, disposals }} />`)}</ul></section>` : null}
    <section class="waits"><h2>${t("ui.visit.waiting-n", { n: wait.length })}</h2>
      ${wait.length ? html`<ul class="plain">${wait.map((d) => html`<${Waiting} key=${d.key} d=${d} now=${now} />`)}</ul>
        <${Progress} job=${s.busy ? s.job : null} />
        <p class="tools"><button type="button" class="main" disabled=${!!s.busy} onClick=${() => run()}>${t("ui.visit.send-now")}</button> <span class="dim">${t(s.line ? "ui.visit.bar-soon" : "ui.visit.bar-no-line")}</span></p>` : html`<p class="dim">${t("ui.visit.none-waits")}</p>`}</section>
    ${open.length ? html`<section><h2>${t("ui.visit.begun-n", { n: open.length })}</h2><ul class="plain">${open.map((d) => html`<li><a href=${visitOf(d)}>${nameOf(d)}</a> <span class="dim">${when(d.at)}</span></li>`)}</ul></section>` : null}
    ${gone.length ? html`<section class="gone"><h2>${t("ui.visit.sent-n", { n: gone.length })}</h2><ul class="plain">${gone.map((g) => html`<li><a href=${address(["record", "inspection", g.result])}>${g.name}</a> <span class="dim">${when(g.at)}</span> <${Badge} kind="good">${t("ui.visit.sent")}<//></li>`)}</ul></section>` : null}
    <section><h2>${t("ui.visit.on-device")}</h2>
      ${!canTakeAlong() ? html`<${OnPaper} />` : html`<p>${has ? t("ui.visit.is-along", { n: has.value.length, when: when(has.at) }) : t("ui.visit.not-along")} ${has ? t("ui.visit.expires", { when: when(has.until) }) : ""}</p>
      <${Refusal} problem=${problem} /><${Progress} job=${job} />
      ${me.offline ? null : html`<p class="tools"><button type="button" disabled=${!!job} onClick=${take}>${t(has ? "ui.visit.take-again" : "ui.visit.take")}</button>
      ${has ? html`<button type="button" onClick=${() => leaveBehind()}>${t("ui.visit.leave-behind")}</button>` : null}</p>`}`}
      <p class="hint">${t("ui.visit.kept-says")}</p></section>
  </div>`;
}

// ---- locked

export function Unlock({ id, onOpen }) {
  const [v, set] = useState("");
  const [wrong, tell] = useState(false);
  const [busy, setBusy] = useState(false);
  const send = async (e) => {
    e.preventDefault();
    setBusy(true);
    const good = await vault.unlock(id, v).catch(() => false);
    setBusy(false);
    tell(!good);
    if (good && onOpen) onOpen();
  };
  return html`<form onSubmit=${send} novalidate>
    <${Input} id="unlock" label=${t("ui.password")} type="password" autocomplete="current-password" required=${true} error=${wrong ? t("ui.visit.wrong-password") : ""} value=${v} set=${set} />
    <button class="main" disabled=${busy}>${t("ui.visit.unlock")}</button></form>`;
}

// No line, and the page was loaded anew: who has something here opens it with the password.
export function Offline({ persons, onOpen }) {
  const [who, set] = useState(persons.length === 1 ? persons[0].id : "");
  const p = persons.find((x) => x.id === who);
  return html`<main class="narrow"><${Title} text=${t("ui.visit.offline-title")} /><p>${t("ui.visit.offline-says")}</p>
    ${p ? html`<p class="dim">${p.office} · ${p.person}</p><${Unlock} id=${p.id} onOpen=${() => onOpen(p)} />` : html`<ul class="plain">${persons.map((x) => html`<li><button type="button" onClick=${() => set(x.id)}>${x.office} · ${x.person}</button></li>`)}</ul>`}
    <p><button type="button" onClick=${() => location.reload()}>${t("ui.visit.try-again")}</button></p></main>`;
}

// Going out while something is not sent: what becomes of it is said before.
export function Leave({ me, onOut }) {
  useQueue();
  const n = waiting().length + refused().length + begun().length;
  const [sure, ask] = useState(false);
  return html`<div><${Title} text=${t("ui.visit.leave-title", { n })} />
    <p>${t(me.offline ? "ui.visit.leave-offline" : "ui.visit.leave-says")}</p>
    <ul>${[...waiting(), ...refused(), ...begun()].map((d) => html`<li><a href=${visitOf(d)}>${nameOf(d)}</a></li>`)}</ul>
    <p class="tools"><a class="button main" href=${address(["queue"])}>${t("ui.visit.stay")}</a> <button type="button" onClick=${() => onOut(true)}>${t("ui.visit.leave-keep")}</button></p>
    ${me.offline ? null : sure ? html`<p class="note">${t("ui.visit.discard-says")} <button type="button" class="bad" onClick=${() => onOut(false)}>${t("ui.visit.leave-yes")}</button> <button type="button" onClick=${() => ask(false)}>${t("ui.cancel")}</button></p>` : html`<p><button type="button" class="plain" onClick=${() => ask(true)}>${t("ui.visit.leave-drop")}</button></p>`}
  </div>`;
}
