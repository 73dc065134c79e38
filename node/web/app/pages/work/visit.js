// One target: what is to be inspected where and until when, and what was found there, point by point, with pictures and
// signatures. All of it is kept on the device until the office has it (queue.js sends it).
import { html, useEffect, useMemo, useRef, useState } from "../../lib/html.js";
import { t, stateName, when, aside, listed, said as told } from "../../lib/text.js";
import { mayWrite } from "../../lib/may.js";
import { act, fileAddress, newKey } from "../../lib/api.js";
import { address, go } from "../../lib/route.js";
import { Input, Select, Summary } from "../../ui/form.js";
import { Badge, Looked, Progress, Refusal, Title, useLook } from "../../ui/parts.js";
import { dueText, daysTo, keptCodes, names, nowText, people, taskShown, tone } from "./data.js";
import { draftKey, dropDraft, dropPicture, keepDraft, keepPicture, picture, readDraft } from "./draft.js";
import { Radios } from "./field.js";
import { blankFound, codesOf, Items, missingFound, notDone, said } from "./found.js";
import { enqueue, whatOf } from "./queue.js";
import { Pad } from "./sign.js";

const SHOWS = ["process", "gate", "document", "storage", "label", "stock", "seal"];
const MEDIA = "image/jpeg,image/png,image/heic,image/*";
// What the office takes (node/store/vault.c), told by its first bytes: a name or the browser's own guess says nothing.
const HEADS = [[0, [0xff, 0xd8, 0xff]], [0, [0x89, 0x50, 0x4e, 0x47]], [4, [0x66, 0x74, 0x79, 0x70]]];
async function isPicture(file) {
  const b = new Uint8Array(await file.slice(0, 12).arrayBuffer());
  return HEADS.some(([at, head]) => head.every((x, i) => b[at + i] === x));
}

export const Due = ({ today, due }) => {
  const n = daysTo(today, due);
  return n === null ? null : html`<${Badge} kind=${n < 0 ? "bad" : n <= 7 ? "warn" : ""}>${dueText(today, due)}<//>`;
};

function begin(task) {
  const items = task.items.length ? task.items.map((i) => ({ item: i.name, record: i.record })) : [{ item: task.task_name, record: "" }];
  return {
    key: newKey(), about: { name: task.name, due: task.due, task: task.task, task_name: task.task_name }, started: nowText(), completed: "", place: task.address || "", over: "", sign: "signed", representative: "", refusal: "", witness: "",
    items: items.map((i) => blankFound(i.item, i.record)), points: {}, photos: [], result: "", answered: [],
  };
}

// A picture that is kept on the device, as an address to show it under.
function usePictures(photos) {
  const held = useRef({});
  const [, redraw] = useState(0);
  const ids = photos.map((p) => p.id).join(" ");
  useEffect(() => {
    let here = true;
    for (const p of photos) if (!held.current[p.id]) picture(p.id).then((b) => {
      if (!b || !here) return;
      held.current[p.id] = URL.createObjectURL(b);
      redraw((n) => n + 1);
    }, () => {});
    return () => {
      here = false;
    };
  }, [ids]);
  useEffect(() => () => Object.values(held.current).forEach((u) => URL.revokeObjectURL(u)), []);
  return held.current;
}

function Points({ d, put, errors, points }) {
  if (!points.length) return null;
  const change = (p, more) => put({ points: { ...d.points, [p]: { ...(d.points[p] || {}), ...more } } });
  const lists = [];
  for (const p of points) {
    if (!lists.length || lists[lists.length - 1].checklist !== p.checklist) lists.push({ checklist: p.checklist, title: p.title, of: [] });
    lists[lists.length - 1].of.push(p);
  }
  return html`<section><h2>${t("ui.work.points")}</h2>${lists.map((l) => html`<h3>${l.title}</h3>
    <p><button type="button" onClick=${() => {
      const all = { ...d.points };
      for (const p of l.of) if (!(all[p.point] && all[p.point].judged) && !["number", "text"].includes(p.answer)) all[p.point] = { ...all[p.point], judged: "right" };
      put({ points: all });
    }}>${t("ui.work.rest-right")}</button></p>
    ${l.of.map((p) => {
      const x = d.points[p.point] || {};
      const id = `p-${p.point.replace(/[^0-9A-Za-z]/g, "_")}`;
      const words = ["right", "wrong", ...(p.answer === "yes_no" ? [] : ["not_applicable"]), "not_checked"];
      return html`<div class="point" key=${p.point}>
        <${Radios} id=${id} label=${`${p.no} ${p.text}`} required=${!!p.item} error=${errors[id]} hint=${p.evidence === "none" ? "" : t(`word.evidence.${p.evidence.replace("_", "-")}`)} value=${x.judged} set=${(v) => change(p.point, { judged: v })} choices=${words.map((w) => [w, t(`word.judged.${w.replace("_", "-")}`)])} />
        ${p.answer === "number" || p.answer === "text" ? html`<${Input} id=${`${id}-a`} label=${t("ui.work.answer")} inputmode=${p.answer === "number" ? "decimal" : undefined} required=${x.judged === "right" || x.judged === "wrong"} error=${errors[`${id}-a`]} value=${x.answer || ""} set=${(v) => change(p.point, { answer: v })} />` : null}
        ${x.judged === "wrong" ? html`<${Input} id=${`${id}-n`} label=${t("ui.work.what-wrong")} required=${true} lines=${2} error=${errors[`${id}-n`]} value=${x.note || ""} set=${(v) => change(p.point, { note: v })} />` : null}
      </div>`;
    })}`)}</section>`;
}

function Photos({ d, put, seen, refuse }) {
  const [shows, set] = useState("process");
  const take = async (e) => {
    const files = Array.from(e.target.files);
    e.target.value = "";
    const more = [];
    const others = [];
    refuse("");
    try {
      for (const f of files) if (!(await isPicture(f))) others.push(f.name);
      else more.push({ id: await keepPicture(f), shows, name: f.name || "photo.jpg", size: f.size, shelf: "" });
    } catch (p) {
      refuse(t("ui.work.no-room"));
    }
    if (others.length) refuse(t("ui.work.no-picture", { names: listed(others) }));
    if (more.length) put((now) => ({ photos: [...now.photos, ...more] }));
  };
  const photos = d.photos.filter((p) => p.shows !== "signature");
  return html`<section><h2>${t("ui.work.photos")}</h2>
    <${Select} id="shows" label=${t("ui.work.shows")} required=${true} value=${shows} set=${set} choices=${SHOWS.map((w) => [w, t(`photo-kind.${w}`)])} />
    <div class="field"><input class="unseen" id="photo" type="file" accept=${MEDIA} capture="environment" onChange=${take} /><label for="photo" class="button big">${t("ui.work.take-photo")}</label>
    <input class="unseen" id="album" type="file" multiple accept=${MEDIA} onChange=${take} /><label for="album" class="button">${t("ui.work.from-album")}</label></div>
    <p class="hint">${t("ui.work.photo-hint")}</p>
    <ul class="photos">${photos.map((p) => html`<li key=${p.id}>${seen[p.id] ? html`<img src=${seen[p.id]} alt=${t(`photo-kind.${p.shows}`)} />` : null}<span>${t(`photo-kind.${p.shows}`)} · ${Math.ceil(p.size / 1024)} KiB${p.shelf ? ` · ${t("ui.work.sent-up")}` : ""}</span>
      <button type="button" onClick=${() => {
        dropPicture(p.id);
        put((now) => ({ photos: now.photos.filter((x) => x.id !== p.id) }));
      }}>${t("ui.work.remove")}</button></li>`)}</ul>
  </section>`;
}

function Signatures({ d, put, task, seen, errors }) {
  const of = (who) => d.photos.find((p) => p.shows === "signature" && p.who === who);
  const sign = (who, signer) => async (blob) => {
    const more = blob ? [{ id: await keepPicture(blob), shows: "signature", who, signer, name: "signature.png", size: blob.size, shelf: "" }] : [];
    // What it takes the place of is what is there by then: a second stroke may come while the first is being kept.
    const mine = (p) => p.shows === "signature" && p.who === who;
    put((now) => {
      now.photos.filter(mine).forEach((p) => dropPicture(p.id));
      return { photos: [...now.photos.filter((p) => !mine(p)), ...more] };
    });
  };
  const shown = (who) => of(who) && seen[of(who).id];
  return html`<section><h2>${t("ui.work.signatures")}</h2>
    ${people(task.inspectors).map((p, i) => html`<${Pad} key=${p.id} id=${`s-${i}`} label=${t("ui.work.inspector-is", { name: p.name })} typed=${p.name} shown=${shown(p.id)} set=${sign(p.id, t("ui.work.inspector-is", { name: p.name }))} />`)}
    <${Radios} id="sign" label=${t("ui.work.party")} required=${true} value=${d.sign} set=${(v) => put({ sign: v })} choices=${["signed", "refused", "nobody"].map((w) => [w, t(`word.signature.${w}`)])} />
    ${d.sign === "signed" ? html`<${Input} id="representative" label=${t("ui.work.representative")} required=${true} error=${errors.representative} value=${d.representative} set=${(v) => put({ representative: v })} />
      <${Pad} id="s-party" label=${t("ui.work.party-sign")} typed=${d.representative} shown=${shown("party")} set=${sign("party", t("ui.work.party"))} />`
      : html`<${Input} id="refusal" label=${t(d.sign === "nobody" ? "ui.visit.why-nobody" : "ui.work.refusal")} hint=${d.sign === "nobody" ? t("ui.visit.why-nobody-hint") : ""} required=${true} error=${errors.refusal} lines=${2} value=${d.refusal} set=${(v) => put({ refusal: v })} />
      <${Input} id="witness" label=${t("ui.work.witness")} hint=${t("ui.work.witness-hint")} required=${true} error=${errors.witness} value=${d.witness} set=${(v) => put({ witness: v })} />`}
  </section>`;
}

function wrongOf(d, task, results) {
  const wrong = {};
  const miss = (id, text) => {
    wrong[id] = t("ui.missing", { field: text });
  };
  if (!d.started) miss("started", t("ui.work.started"));
  if (!d.completed) miss("completed", t("ui.work.completed"));
  else if (d.completed < d.started) wrong.completed = t("ui.work.before-start");
  missingFound(d.items, results, miss);
  const begun = task.points.filter((p) => d.points[p.point] && d.points[p.point].judged).map((p) => p.checklist);
  for (const p of task.points) {
    const x = d.points[p.point] || {};
    const id = `p-${p.point.replace(/[^0-9A-Za-z]/g, "_")}`;
    if (!x.judged && (p.item || begun.includes(p.checklist))) miss(id, `${p.no} ${p.text}`);
    if (x.judged === "wrong" && !(x.note || "").trim()) miss(`${id}-n`, t("ui.work.what-wrong"));
    if (["number", "text"].includes(p.answer) && (x.judged === "right" || x.judged === "wrong") && !(x.answer || "").trim()) miss(`${id}-a`, t("ui.work.answer"));
  }
  if (d.sign === "signed" && !d.representative.trim()) miss("representative", t("ui.work.representative"));
  if (d.sign !== "signed" && !d.refusal.trim()) miss("refusal", t("ui.work.refusal"));
  if (d.sign !== "signed" && !d.witness.trim()) miss("witness", t("ui.work.witness"));
  if (task.cap && task.visited >= task.cap && !d.over.trim()) miss("over", t("ui.work.over-cap"));
  return wrong;
}

// All that will be sent, or was not.
export function Answers({ d, name, inspectors, task, results, disposals }) {
  const seen = usePictures(d.photos);
  const judged = Object.values(d.points).filter((x) => x.judged);
  const row = (label, v) => (v ? html`<div><dt>${label}</dt><dd>${v}</dd></div>` : null);
  return html`<dl class="pairs">
      ${row(t("head.task"), task)}
      ${row(t("ui.work.when"), `${when(d.started)} — ${when(d.completed)}`)}
      ${row(t("ui.work.place"), d.place)}${row(t("head.inspectors"), inspectors)}
      ${d.items.map((x) => row(x.item || name, html`<strong>${said(results, codesOf(x))}</strong>${x.clean !== "yes" && x.problem ? html`<p>${x.problem}</p>` : null}${x.disposal ? html`<p>${told(t("ui.work.disposal"), said(disposals, x.disposal))}</p>` : null}`))}
      ${judged.length ? row(t("ui.work.points"), t("ui.work.points-count", { all: judged.length, wrong: judged.filter((x) => x.judged === "wrong").length })) : null}
      ${row(t("ui.work.photos"), String(d.photos.filter((p) => p.shows !== "signature").length))}
      ${row(t("ui.work.party"), d.sign === "signed" ? told(t("word.signature.signed"), d.representative) : `${told(t(`word.signature.${d.sign}`), d.refusal)}${aside(`${t("ui.work.witness")} ${d.witness}`)}`)}
      ${row(t("ui.work.over-cap"), d.over)}
    </dl><ul class="photos">${d.photos.filter((p) => seen[p.id]).map((p) => html`<li><img src=${seen[p.id]} alt=${t(`photo-kind.${p.shows}`)} /><span>${t(`photo-kind.${p.shows}`)}</span></li>`)}</ul>`;
}

function Sure({ d, task, results, disposals, onBack, onSend, job }) {
  return html`<div><${Title} text=${t("ui.work.check-title")} />
    <section><h2>${task.name}</h2><${Answers} ...${{ d, results, disposals }} name=${task.name} task=${`${task.task} ${task.task_name}`} inspectors=${names(task.inspectors)} />
    <p class="hint">${t("ui.work.result-says")}</p>${navigator.onLine === false ? html`<p class="note">${t("ui.visit.no-line-says")}</p>` : null}</section>
    <${Progress} job=${job} />
    <p class="tools bar"><button type="button" class="main big" disabled=${!!job} onClick=${onSend}>${t("ui.work.confirm-result")}</button> <button type="button" class="big" disabled=${!!job} onClick=${onBack}>${t("ui.work.back")}</button></p></div>`;
}

// What became of it the last time it was sent.
function Queued({ queue }) {
  if (!queue) return null;
  if (queue.state === "refused") return html`<${Refusal} problem=${queue} />`;
  return html`<p class="note" role="status">${t("ui.visit.waits-since", { when: when(queue.at) })} <a href=${address(["queue"])}>${t("ui.visit.to-queue")}</a></p>`;
}

function Recording({ task, results, disposals }) {
  const key = draftKey("visit", task.draw, task.object, task.task);
  const found = useMemo(() => readDraft(key), [key]);
  const [d, setD] = useState(() => found || begin(task));
  const [touched, touch] = useState(!!found);
  const [lasts, setLasts] = useState(true);
  const [errors, setErrors] = useState({});
  const [problem, tell] = useState(null);
  const [checking, check] = useState(false);
  const [job, setJob] = useState(null);
  const now = useRef(d);
  const save = (more) => {
    now.current = { ...now.current, ...(typeof more === "function" ? more(now.current) : more) };
    setD(now.current);
    keepDraft(key, now.current).then(setLasts);
  };
  // Once the result is with the office its words are as they are; before that, what is changed is another act, and waits no longer.
  const put = (more) => {
    touch(true);
    save((was) => ({ ...(typeof more === "function" ? more(was) : more), key: was.result ? was.key : newKey(), queue: null }));
  };
  // Where nothing could be inspected there is mostly nobody to sign; whoever has chosen or written otherwise is left as he is.
  const change = (i, more) => put((was) => {
    const items = was.items.map((x, k) => (k === i ? { ...x, ...more } : x));
    const gone = items.every((x) => x.clean === "none" && notDone(x.codes) && x.codes !== "R06");
    const sign = gone && was.sign === "signed" && !was.representative ? "nobody" : was.sign;
    return { items, sign };
  });
  const seen = usePictures(d.photos);
  useEffect(() => scrollTo(0, 0), [checking]);
  const next = (e) => {
    e.preventDefault();
    // The end is now only where nothing else is missing: what is filled in while the form is still being mended would stay.
    const end = d.completed || nowText();
    const wrong = wrongOf({ ...now.current, completed: end }, task, results);
    if (!Object.keys(wrong).length && !d.completed) put({ completed: end });
    setErrors(wrong);
    tell(null);
    check(!Object.keys(wrong).length);
  };
  const go_on = async () => {
    tell(null);
    setJob({});
    const r = await enqueue({ ...now.current, what: whatOf(task) });
    setJob(null);
    if (r.result) go(["record", "inspection", r.result], { done: "result" });
    else if (r.later) go(["queue"], { put: task.name });
    else {
      now.current = readDraft(key) || now.current;
      setD(now.current);
      tell(r.problem);
    }
  };
  if (checking) return html`<${Refusal} problem=${problem} />${problem ? html`<p class="note">${t(problem.status || problem.code ? "ui.work.mend-kept" : "ui.work.still-kept")} <button type="button" onClick=${() => {
    tell(null);
    check(false);
  }}>${t("ui.work.back")}</button></p>` : null}<${Sure} ...${{ d, task, results, disposals, job }} onBack=${() => check(false)} onSend=${go_on} />`;
  return html`<form class="visit" onSubmit=${next} novalidate>
    ${touched ? html`<div class="note draft" role="status"><strong>${t("ui.work.unsent")}</strong> ${lasts ? t("ui.work.unsent-says") : t("ui.work.not-kept")} <button type="button" class="plain" onClick=${() => {
      dropDraft(key);
      now.current = begin(task);
      setD(now.current);
      touch(false);
    }}>${t("ui.work.draft-drop")}</button></div>` : null}
    <${Queued} queue=${d.queue} /><${Summary} errors=${errors} /><${Refusal} problem=${problem} />
    <section><h2>${t("ui.work.when")}</h2>
      <${Input} id="started" label=${t("ui.work.started")} required=${true} type="datetime-local" error=${errors.started} value=${d.started} set=${(v) => put({ started: v })} />
      <${Input} id="completed" label=${t("ui.work.completed")} hint=${t("ui.work.completed-hint")} required=${true} type="datetime-local" error=${errors.completed} value=${d.completed} set=${(v) => put({ completed: v })} />
      <${Input} id="place" label=${t("ui.work.place")} value=${d.place} set=${(v) => put({ place: v })} />
      ${task.cap && task.visited >= task.cap ? html`<${Input} id="over" label=${t("ui.work.over-cap")} hint=${t("ui.work.over-cap-hint", { cap: task.cap, visited: task.visited })} required=${true} error=${errors.over} value=${d.over} set=${(v) => put({ over: v })} />` : null}
    </section>
    <${Items} items=${d.items} change=${change} ...${{ errors, results, disposals }} />
    <${Points} d=${d} put=${put} errors=${errors} points=${task.points} />
    <${Photos} d=${d} put=${put} seen=${seen} refuse=${(text) => tell(text ? new Error(text) : null)} />
    <${Signatures} ...${{ d, put, task, seen, errors }} />
    <p class="tools bar"><button class="main big">${t("ui.work.check")}</button></p>
  </form>`;
}

// What was not sent of a target that has a result by now: the rest of it, or what somebody else was faster with.
function Left({ left, task, results, disposals }) {
  const [job, setJob] = useState(null);
  const [problem, tell] = useState(null);
  const rest = async () => {
    setJob({});
    const r = await enqueue({ ...left, what: whatOf(task) });
    setJob(null);
    if (r.result) go(["record", "inspection", r.result], { done: "result" });
    else if (r.later) go(["queue"], { put: task.name });
    else tell(r.problem);
  };
  const own = left.result && left.result === task.result;
  return html`<div class="note"><strong>${t("ui.work.unsent")}</strong> ${t(own ? "ui.work.points-left" : "ui.visit.other-was-faster")}<${Refusal} problem=${problem || (left.queue && left.queue.state === "refused" ? left.queue : null)} /><${Progress} job=${job} />
    ${own ? html`<p class="tools"><button type="button" class="main" disabled=${!!job} onClick=${rest}>${t("ui.work.send-rest")}</button></p>`
      : html`<details><summary>${t("ui.visit.what-was-written")}</summary><${Answers} d=${left} ...${{ results, disposals }} name=${task.name} task=${`${task.task} ${task.task_name}`} inspectors=${names(task.inspectors)} /></details><p><a href=${address(["queue"])}>${t("ui.visit.to-queue")}</a></p>`}</div>`;
}

// The target on paper, to be taken along.
function Sheet({ o }) {
  const [made, set] = useState("");
  const [problem, tell] = useState(null);
  const [job, setJob] = useState(null);
  const make = async () => {
    tell(null);
    setJob({});
    const out = `task-${o.object.replace(/[^0-9A-Za-z-]/g, "-")}-${newKey().slice(0, 4)}.html`;
    try {
      await act("task sheet", { draw: o.draw, object: o.object, task: o.task, out }, { told: setJob });
      set(out);
    } catch (p) {
      tell(p);
    }
    setJob(null);
  };
  return html`<div class="no-print"><${Refusal} problem=${problem} /><p class="tools"><button type="button" disabled=${!!job} onClick=${make}>${t("ui.visit.sheet-make")}</button>
    ${made ? html`<a class="button" href=${fileAddress(made)} download>${t("ui.visit.sheet-get")}</a>` : null} <span class="hint">${t("ui.visit.sheet-says")}</span></p></div>`;
}

export function Visit({ me, draw, object, task }) {
  const got = useLook(() => Promise.all([taskShown(draw, object, task), keptCodes("result"), keptCodes("disposal")]), [draw, object, task]);
  return html`<${Looked} of=${got}>${([{ value: o, at }, { value: results }, { value: disposals }]) => {
    const open = ["waiting", "accepted", "notified"].includes(o.state);
    const left = readDraft(draftKey("visit", o.draw, o.object, o.task));
    return html`<div>
      <${Title} text=${o.name} />
      ${at ? html`<p class="note">${t("ui.visit.as-taken", { when: when(at) })}</p>` : null}
      <section class="about"><dl class="pairs">
        <div><dt>${t("head.state")}</dt><dd><${Badge} kind=${tone(o.state)}>${stateName("", o.state)}<//> ${open ? html`<${Due} today=${me.today} due=${o.due} />` : null}</dd></div>
        <div><dt>${t("head.task")}</dt><dd>${o.task} ${o.task_name}</dd></div>
        ${o.address ? html`<div><dt>${t("ui.work.address")}</dt><dd>${o.address}</dd></div>` : null}
        ${o.uscc ? html`<div><dt>${t("ui.work.uscc")}</dt><dd>${o.uscc}</dd></div>` : null}
        <div><dt>${t("ui.work.window")}</dt><dd>${o.from ? `${o.from} — ` : ""}${o.due || ""}</dd></div>
        <div><dt>${t("head.inspectors")}</dt><dd>${people(o.inspectors).map((p) => html`<span class="who">${p.name} <small class="dim">${p.id}</small></span>`)}</dd></div>
      </dl>${at ? null : html`<${Sheet} o=${o} />`}</section>
      ${o.result && left ? html`<${Left} left=${left} task=${o} results=${results} disposals=${disposals} />` : null}
      ${o.result ? html`<p><a class="button" href=${address(["record", "inspection", o.result])}>${t("ui.work.to-result")}</a></p>` : null}
      ${open && !o.result && mayWrite(me, "inspection") ? html`<${Recording} key=${`${draw} ${object} ${task}`} task=${o} results=${results} disposals=${disposals} />
        <p class="tools"><a class="button" href=${address(["records", "target_answer", "add"], { draw: o.draw, task: o.task, object_id: o.object, outcome: "returned", answered_on: me.today })}>${t("ui.work.give-back")}</a></p>` : null}
    </div>`;
  }}<//>`;
}
