// One target: what is to be inspected where and until when, and what was found there, point by point, with pictures and
// signatures. All of it is kept on the device until the office has it.
import { html, useEffect, useMemo, useRef, useState } from "../../lib/html.js";
import { t, stateName } from "../../lib/text.js";
import { act, look, newKey, upload } from "../../lib/api.js";
import { address, go } from "../../lib/route.js";
import { Input, Select, Summary } from "../../ui/form.js";
import { Badge, Looked, Progress, Refusal, Title, useLook } from "../../ui/parts.js";
import { codes, dueText, daysTo, names, nowText, people, tone } from "./data.js";
import { draftKey, dropDraft, dropPicture, keepDraft, keepPicture, picture, readDraft } from "./draft.js";
import { Boxes, Radios } from "./field.js";
import { Pad } from "./sign.js";

const CLEAN = "R01";
const SHOWS = ["process", "gate", "document", "storage", "label", "stock", "seal"];
const MEDIA = "image/jpeg,image/png,image/heic,image/*";

export const Due = ({ today, due }) => {
  const n = daysTo(today, due);
  return n === null ? null : html`<${Badge} kind=${n < 0 ? "bad" : n <= 7 ? "warn" : ""}>${dueText(today, due)}<//>`;
};

function begin(task) {
  const items = task.items.length ? task.items.map((i) => ({ item: i.name, record: i.record })) : [{ item: task.task_name, record: "" }];
  return {
    key: newKey(), about: { name: task.name, due: task.due, task: task.task }, started: nowText(), completed: "", place: task.address || "", over: "", sign: "signed", representative: "", refusal: "", witness: "",
    items: items.map((i) => ({ ...i, clean: "", codes: "", problem: "", disposal: "" })), points: {}, photos: [], result: "", answered: [],
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

function Items({ d, put, errors, results, disposals }) {
  const change = (i, more) => put({ items: d.items.map((x, k) => (k === i ? { ...x, ...more } : x)) });
  return html`<section><h2>${t("ui.work.found")}</h2>${d.items.map((x, i) => html`<div class="item" key=${x.record || x.item}>
    ${d.items.length > 1 ? html`<h3>${x.item}</h3>` : null}
    <${Radios} id=${`i-${i}`} label=${d.items.length > 1 ? x.item : t("ui.work.outcome")} required=${true} error=${errors[`i-${i}`]} value=${x.clean} set=${(v) => change(i, { clean: v })} choices=${[["yes", t("ui.work.clean")], ["no", t("ui.work.not-clean")]]} />
    ${x.clean === "no" ? html`<${Boxes} id=${`i-${i}-codes`} label=${t("ui.work.problems")} required=${true} error=${errors[`i-${i}-codes`]} value=${x.codes} set=${(v) => change(i, { codes: v })} choices=${results.filter((c) => c.code !== CLEAN).map((c) => [c.code, `${c.code} ${c.name}`])} />
      <${Input} id=${`i-${i}-problem`} label=${t("ui.work.problem")} hint=${t("ui.work.problem-hint")} required=${true} error=${errors[`i-${i}-problem`]} lines=${3} value=${x.problem} set=${(v) => change(i, { problem: v })} />` : null}
    ${x.clean ? html`<${Select} id=${`i-${i}-disposal`} label=${t("ui.work.disposal")} value=${x.disposal} set=${(v) => change(i, { disposal: v })} choices=${disposals.map((c) => [c.code, `${c.code} ${c.name}`])} />` : null}
  </div>`)}</section>`;
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
    try {
      for (const f of files) more.push({ id: await keepPicture(f), shows, name: f.name || "photo.jpg", size: f.size, shelf: "" });
    } catch (p) {
      refuse(t("ui.work.no-room"));
    }
    put((now) => ({ photos: [...now.photos, ...more] }));
  };
  const photos = d.photos.filter((p) => p.shows !== "signature");
  return html`<section><h2>${t("ui.work.photos")}</h2>
    <${Select} id="shows" label=${t("ui.work.shows")} required=${true} value=${shows} set=${set} choices=${SHOWS.map((w) => [w, t(`photo-kind.${w}`)])} />
    <div class="field"><label for="photo" class="button big">${t("ui.work.take-photo")}</label><input class="unseen" id="photo" type="file" accept=${MEDIA} capture="environment" onChange=${take} />
    <label for="album" class="button">${t("ui.work.from-album")}</label><input class="unseen" id="album" type="file" multiple accept=${MEDIA} onChange=${take} /></div>
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
  const sign = (who) => async (blob) => {
    const was = of(who);
    if (was) dropPicture(was.id);
    const more = blob ? [{ id: await keepPicture(blob), shows: "signature", who, name: "signature.png", size: blob.size, shelf: "" }] : [];
    put((now) => ({ photos: [...now.photos.filter((p) => !(p.shows === "signature" && p.who === who)), ...more] }));
  };
  const shown = (who) => of(who) && seen[of(who).id];
  return html`<section><h2>${t("ui.work.signatures")}</h2>
    ${people(task.inspectors).map((p, i) => html`<${Pad} key=${p.id} id=${`s-${i}`} label=${t("ui.work.inspector-is", { name: p.name })} typed=${p.name} shown=${shown(p.id)} set=${sign(p.id)} />`)}
    <${Radios} id="sign" label=${t("ui.work.party")} required=${true} value=${d.sign} set=${(v) => put({ sign: v })} choices=${[["signed", t("word.signature.signed")], ["refused", t("word.signature.refused")]]} />
    ${d.sign === "signed" ? html`<${Input} id="representative" label=${t("ui.work.representative")} required=${true} error=${errors.representative} value=${d.representative} set=${(v) => put({ representative: v })} />
      <${Pad} id="s-party" label=${t("ui.work.party-sign")} typed=${d.representative} shown=${shown("party")} set=${sign("party")} />`
      : html`<${Input} id="refusal" label=${t("ui.work.refusal")} required=${true} error=${errors.refusal} lines=${2} value=${d.refusal} set=${(v) => put({ refusal: v })} />
      <${Input} id="witness" label=${t("ui.work.witness")} hint=${t("ui.work.witness-hint")} required=${true} error=${errors.witness} value=${d.witness} set=${(v) => put({ witness: v })} />`}
  </section>`;
}

function wrongOf(d, task) {
  const wrong = {};
  const miss = (id, text) => {
    wrong[id] = t("ui.missing", { field: text });
  };
  if (!d.started) miss("started", t("ui.work.started"));
  if (!d.completed) miss("completed", t("ui.work.completed"));
  else if (d.completed < d.started) wrong.completed = t("ui.work.before-start");
  d.items.forEach((x, i) => {
    if (!x.clean) miss(`i-${i}`, d.items.length > 1 ? x.item : t("ui.work.outcome"));
    if (x.clean === "no" && !x.codes) miss(`i-${i}-codes`, t("ui.work.problems"));
    if (x.clean === "no" && !x.problem.trim()) miss(`i-${i}-problem`, t("ui.work.problem"));
  });
  const begun = task.points.filter((p) => d.points[p.point] && d.points[p.point].judged).map((p) => p.checklist);
  for (const p of task.points) {
    const x = d.points[p.point] || {};
    const id = `p-${p.point.replace(/[^0-9A-Za-z]/g, "_")}`;
    if (!x.judged && (p.item || begun.includes(p.checklist))) miss(id, `${p.no} ${p.text}`);
    if (x.judged === "wrong" && !(x.note || "").trim()) miss(`${id}-n`, t("ui.work.what-wrong"));
    if (["number", "text"].includes(p.answer) && (x.judged === "right" || x.judged === "wrong") && !(x.answer || "").trim()) miss(`${id}-a`, t("ui.work.answer"));
  }
  if (d.sign === "signed" && !d.representative.trim()) miss("representative", t("ui.work.representative"));
  if (d.sign === "refused" && !d.refusal.trim()) miss("refusal", t("ui.work.refusal"));
  if (d.sign === "refused" && !d.witness.trim()) miss("witness", t("ui.work.witness"));
  if (task.cap && task.visited >= task.cap && !d.over.trim()) miss("over", t("ui.work.over-cap"));
  return wrong;
}

const whole = (s) => (s.length === 16 ? `${s}:00` : s);
const codesOf = (x) => (x.clean === "yes" ? CLEAN : x.codes);

function order(d, task) {
  const o = { draw: task.draw, object: task.object, task: task.task, started: whole(d.started), completed: whole(d.completed), photo: d.photos.map((p) => `${p.shelf}:${p.shows}`) };
  if (d.place.trim()) o.place = d.place.trim();
  if (d.over.trim()) o["over-cap"] = d.over.trim();
  if (d.sign === "signed") o.representative = d.representative.trim();
  else Object.assign(o, { refusal: d.refusal.trim(), witness: d.witness.trim() });
  if (!task.items.length) {
    const x = d.items[0];
    o.codes = codesOf(x);
    if (x.clean === "no") o.problem = [x.problem.trim()];
    if (x.disposal) o.disposal = [x.disposal];
    return o;
  }
  const named = (x) => x.record || x.item;
  o.item = d.items.map((x) => `${named(x)}=${codesOf(x)}`);
  o.problem = d.items.filter((x) => x.clean === "no").map((x) => `${named(x)}=${x.problem.trim()}`);
  o.disposal = d.items.filter((x) => x.disposal).map((x) => `${named(x)}=${x.disposal}`);
  for (const k of ["problem", "disposal"]) if (!o[k].length) delete o[k];
  return o;
}

// Pictures first, then the result, then the points, each under a key of its own: sent again, nothing is there twice.
async function send(d, task, save, told) {
  for (const p of d.photos) if (!p.shelf) {
    const blob = await picture(p.id);
    if (!blob) throw new Error(t("ui.work.picture-lost"));
    p.shelf = await upload(new File([blob], p.name, { type: blob.type }), (part) => told({ progress: [t("ui.uploading", { percent: Math.round(part * 100) })] }));
    save({ photos: d.photos.map((x) => ({ ...x })) });
  }
  if (!d.result) {
    const a = await act("result record", order(d, task), { key: d.key, told });
    d.result = a.result.result;
    save({ result: d.result });
  }
  for (const p of task.points) {
    const x = d.points[p.point];
    if (!x || !x.judged || d.answered.includes(p.point)) continue;
    const words = ["check_answer", `inspection=${d.result}`, `point=${p.point}`, `judged=${x.judged}`];
    if (x.answer) words.push(`answer=${x.answer}`);
    if (x.note && x.judged === "wrong") words.push(`note=${x.note}`);
    await act("record add", { words }, { key: `${d.key}-${p.point}`, told });
    d.answered = [...d.answered, p.point];
    save({ answered: d.answered });
  }
  return d.result;
}

function Sure({ d, task, results, disposals, seen, onBack, onSend, job }) {
  const said = (list, v) => v.split(",").filter(Boolean).map((c) => `${c} ${(list.find((x) => x.code === c) || { name: "" }).name}`).join("、");
  const judged = Object.values(d.points).filter((x) => x.judged);
  const row = (label, v) => (v ? html`<div><dt>${label}</dt><dd>${v}</dd></div>` : null);
  return html`<div><${Title} text=${t("ui.work.check-title")} />
    <section><h2>${task.name}</h2><dl class="pairs">
      ${row(t("head.task"), `${task.task} ${task.task_name}`)}
      ${row(t("ui.work.when"), `${d.started.replace("T", " ")} — ${d.completed.replace("T", " ")}`)}
      ${row(t("ui.work.place"), d.place)}${row(t("head.inspectors"), names(task.inspectors))}
      ${d.items.map((x) => row(x.item, html`<strong>${said(results, codesOf(x))}</strong>${x.clean === "no" ? html`<p>${x.problem}</p>` : null}${x.disposal ? html`<p>${t("ui.work.disposal")}：${said(disposals, x.disposal)}</p>` : null}`))}
      ${judged.length ? row(t("ui.work.points"), t("ui.work.points-count", { all: judged.length, wrong: judged.filter((x) => x.judged === "wrong").length })) : null}
      ${row(t("ui.work.photos"), String(d.photos.filter((p) => p.shows !== "signature").length))}
      ${row(t("ui.work.party"), d.sign === "signed" ? `${t("word.signature.signed")}：${d.representative}` : `${t("word.signature.refused")}：${d.refusal}（${t("ui.work.witness")} ${d.witness}）`)}
      ${row(t("ui.work.over-cap"), d.over)}
    </dl><ul class="photos">${d.photos.filter((p) => seen[p.id]).map((p) => html`<li><img src=${seen[p.id]} alt=${t(`photo-kind.${p.shows}`)} /><span>${t(`photo-kind.${p.shows}`)}</span></li>`)}</ul>
    <p class="hint">${t("ui.work.result-says")}</p></section>
    <${Progress} job=${job} />
    <p class="tools bar"><button type="button" class="main big" disabled=${!!job} onClick=${onSend}>${t("ui.work.confirm-result")}</button> <button type="button" class="big" disabled=${!!job} onClick=${onBack}>${t("ui.work.back")}</button></p></div>`;
}

function Recording({ me, task, results, disposals }) {
  const key = draftKey(me, "visit", task.draw, task.object, task.task);
  const found = useMemo(() => readDraft(key), [key]);
  const [d, setD] = useState(() => found || begin(task));
  const [touched, touch] = useState(!!found);
  const [kept, setKept] = useState(true);
  const [errors, setErrors] = useState({});
  const [problem, tell] = useState(null);
  const [checking, check] = useState(false);
  const [job, setJob] = useState(null);
  const now = useRef(d);
  const save = (more) => {
    now.current = { ...now.current, ...(typeof more === "function" ? more(now.current) : more) };
    setD(now.current);
    setKept(keepDraft(key, now.current));
  };
  // Once the result is with the office its words are as they are; before that, what is changed is another act.
  const put = (more) => {
    touch(true);
    save((was) => ({ ...(typeof more === "function" ? more(was) : more), key: was.result ? was.key : newKey() }));
  };
  const seen = usePictures(d.photos);
  useEffect(() => scrollTo(0, 0), [checking]);
  const next = (e) => {
    e.preventDefault();
    if (!d.completed) put({ completed: nowText() });
    const wrong = wrongOf(now.current, task);
    setErrors(wrong);
    tell(null);
    check(!Object.keys(wrong).length);
  };
  const go_on = async () => {
    tell(null);
    setJob({});
    try {
      const made = await send({ ...now.current, photos: now.current.photos.map((p) => ({ ...p })) }, task, save, setJob);
      dropDraft(key);
      go(["record", "inspection", made], { done: "result" });
    } catch (p) {
      setJob(null);
      tell(p);
    }
  };
  if (checking) return html`<${Refusal} problem=${problem} />${problem ? html`<p class="note">${t("ui.work.still-kept")}</p>` : null}<${Sure} ...${{ d, task, results, disposals, seen, job }} onBack=${() => check(false)} onSend=${go_on} />`;
  return html`<form class="visit" onSubmit=${next} novalidate>
    ${touched ? html`<div class="note draft" role="status"><strong>${t("ui.work.unsent")}</strong> ${kept ? t("ui.work.unsent-says") : t("ui.work.not-kept")} <button type="button" class="plain" onClick=${() => {
      dropDraft(key);
      now.current = begin(task);
      setD(now.current);
      touch(false);
    }}>${t("ui.work.draft-drop")}</button></div>` : null}
    <${Summary} errors=${errors} /><${Refusal} problem=${problem} />
    <section><h2>${t("ui.work.when")}</h2>
      <${Input} id="started" label=${t("ui.work.started")} required=${true} type="datetime-local" error=${errors.started} value=${d.started} set=${(v) => put({ started: v })} />
      <${Input} id="completed" label=${t("ui.work.completed")} hint=${t("ui.work.completed-hint")} required=${true} type="datetime-local" error=${errors.completed} value=${d.completed} set=${(v) => put({ completed: v })} />
      <${Input} id="place" label=${t("ui.work.place")} value=${d.place} set=${(v) => put({ place: v })} />
      ${task.cap && task.visited >= task.cap ? html`<${Input} id="over" label=${t("ui.work.over-cap")} hint=${t("ui.work.over-cap-hint", { cap: task.cap, visited: task.visited })} required=${true} error=${errors.over} value=${d.over} set=${(v) => put({ over: v })} />` : null}
    </section>
    <${Items} ...${{ d, put, errors, results, disposals }} />
    <${Points} d=${d} put=${put} errors=${errors} points=${task.points} />
    <${Photos} d=${d} put=${put} seen=${seen} refuse=${(text) => tell(new Error(text))} />
    <${Signatures} ...${{ d, put, task, seen, errors }} />
    <p class="tools bar"><button class="main big">${t("ui.work.check")}</button></p>
  </form>`;
}

// The result is with the office, some points are not yet.
function Rest({ me, task, left }) {
  const key = draftKey(me, "visit", task.draw, task.object, task.task);
  const [problem, tell] = useState(null);
  const [job, setJob] = useState(null);
  const now = useRef(left);
  const rest = async () => {
    setJob({});
    tell(null);
    try {
      await send(now.current, task, (more) => {
        now.current = { ...now.current, ...more };
        keepDraft(key, now.current);
      }, setJob);
      dropDraft(key);
      go(["record", "inspection", now.current.result], { done: "result" });
    } catch (p) {
      setJob(null);
      tell(p);
    }
  };
  return html`<div class="note draft"><strong>${t("ui.work.unsent")}</strong> ${t("ui.work.points-left")}<${Refusal} problem=${problem} /><${Progress} job=${job} />
    <p class="tools"><button type="button" class="main" disabled=${!!job} onClick=${rest}>${t("ui.work.send-rest")}</button></p></div>`;
}

export function Visit({ me, draw, object, task }) {
  const got = useLook(() => Promise.all([look("task show", { draw, object, task: task || undefined }), codes("result"), codes("disposal")]), [draw, object, task]);
  return html`<${Looked} of=${got}>${([o, results, disposals]) => {
    const open = ["waiting", "accepted", "notified"].includes(o.state);
    const left = readDraft(draftKey(me, "visit", o.draw, o.object, o.task));
    return html`<div>
      <${Title} text=${o.name} />
      <section class="about"><dl class="pairs">
        <div><dt>${t("head.state")}</dt><dd><${Badge} kind=${tone(o.state)}>${stateName("", o.state)}<//> ${open ? html`<${Due} today=${me.today} due=${o.due} />` : null}</dd></div>
        <div><dt>${t("head.task")}</dt><dd>${o.task} ${o.task_name}</dd></div>
        ${o.address ? html`<div><dt>${t("ui.work.address")}</dt><dd>${o.address}</dd></div>` : null}
        ${o.uscc ? html`<div><dt>${t("ui.work.uscc")}</dt><dd>${o.uscc}</dd></div>` : null}
        <div><dt>${t("ui.work.window")}</dt><dd>${o.from ? `${o.from} — ` : ""}${o.due || ""}</dd></div>
        <div><dt>${t("head.inspectors")}</dt><dd>${people(o.inspectors).map((p) => html`<span class="who">${p.name} <small class="dim">${p.id}</small></span>`)}</dd></div>
      </dl></section>
      ${o.result && left && left.result === o.result ? html`<${Rest} me=${me} task=${o} left=${left} />` : null}
      ${o.result ? html`<p><a class="button" href=${address(["record", "inspection", o.result])}>${t("ui.work.to-result")}</a></p>` : null}
      ${open && !o.result && me.roles.some((r) => r === "inspector" || r === "clerk") ? html`<${Recording} key=${`${draw} ${object} ${task}`} me=${me} task=${o} results=${results} disposals=${disposals} />
        <p class="tools"><a class="button" href=${address(["records", "target_answer", "add"], { draw: o.draw, task: o.task, object_id: o.object, outcome: "returned", answered_on: me.today })}>${t("ui.work.give-back")}</a></p>` : null}
    </div>`;
  }}<//>`;
}
