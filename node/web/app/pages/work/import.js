// A list is imported: which list, whose file, which column is what, a rehearsal with what would be refused, and then for good.
import { html, useEffect, useState } from "../../lib/html.js";
import { t, count, first, listed } from "../../lib/text.js";
import { may as mayDo, mayWrite } from "../../lib/may.js";
import { act, answered, cancel, fileAddress, look, newKey } from "../../lib/api.js";
import { address } from "../../lib/route.js";
import { File, Input, Select, Summary, useValues } from "../../ui/form.js";
import { Looked, Progress, Refusal, Table, Title, useLook } from "../../ui/parts.js";
import { fields, kinds, may } from "./data.js";
import { FieldInput } from "./field.js";

const ROSTER = ["objects", "inspectors", "recusals"];
const NOTHING = "";
const ALL = "="; // before what a column says in every row, in place of a heading (SHEET_ALL)

// What may be imported by whom: [list, name]
function lists(me, all) {
  const l = [];
  if (mayDo(me, "roster-import")) for (const r of ROSTER) l.push([r, t(`ui.work.list-${r}`)]);
  if (mayWrite(me, "inspection")) l.push(["results", t("ui.work.list-results")]);
  for (const k of all) if (may(me, k)) l.push([k.kind, k.name]);
  return l;
}

export function Lists({ me }) {
  const got = useLook(kinds, []);
  const plans = [["plan import", "plan-import", ["plans", "add"]], ["plan revise", "plan-revise", ["plans"]], ["tables import", "tables-import", ["tables"]]].filter(([, duty]) => mayDo(me, duty));
  if (mayWrite(me, "calendar")) plans.push(["calendar import", "", ["calendar"]]);
  return html`<div><${Title} text=${t("ui.work.import")} />
    <p>${t("ui.work.import-says")}</p>
    <${Looked} of=${got}>${(all) => {
      const l = lists(me, all);
      return html`${l.length ? html`<section><h2>${t("ui.work.which-list")}</h2><ul class="kinds">${l.map(([id, name]) => html`<li><a href=${address(["import", id])}>${name}</a></li>`)}</ul></section>` : html`<p class="empty">${t("ui.work.import-none")}</p>`}
        ${plans.length ? html`<section><h2>${t("ui.work.other-lists")}</h2><ul class="kinds">${plans.map(([c, , to]) => html`<li><a href=${address(to)}>${first([`cmd.${c.replace(" ", "-")}`], c)}</a></li>`)}</ul></section>` : null}`;
    }}<//></div>`;
}

// The row that shows most of the headings we know; their headings then.
function headingsOf(rows, wanted) {
  let best = 0;
  let most = -1;
  rows.slice(0, 10).forEach((r, i) => {
    const n = r.filter((c) => wanted.includes(c)).length * 100 + r.filter(Boolean).length;
    if (n > most) {
      most = n;
      best = i;
    }
  });
  return { at: best, heads: (rows[best] || []).filter(Boolean) };
}

// Headings that nobody chose yet: the same word, or the only one that ends as ours does or that ours ends with (企业名称: 名称).
function guess(ours, heads) {
  const like = (h, o) => h.length > 1 && (h.endsWith(o) || o.endsWith(h));
  const of = {};
  for (const { heading } of ours) {
    if (heads.includes(heading)) of[heading] = heading;
    else {
      const near = heads.filter((h) => like(h, heading));
      if (near.length === 1 && ours.filter((o) => like(near[0], o.heading)).length === 1) of[heading] = near[0];
    }
  }
  return of;
}

function orderOf(list, v, rejects, dry) {
  const o = {};
  const map = Object.entries(v.map).filter(([ours, theirs]) => theirs && theirs !== ours && !theirs.startsWith(ALL)).map(([ours, theirs]) => `${theirs}=${ours}`);
  const set = Object.entries(v.map).filter(([, theirs]) => theirs && theirs.startsWith(ALL)).map(([ours, theirs]) => `${ours}${theirs}`);
  if (map.length) o.map = map;
  if (v.from.trim()) o.from = v.from.trim();
  if (v.sheet.trim()) o.sheet = v.sheet.trim();
  if (v.charset) o.charset = v.charset;
  if (rejects) o.rejects = rejects;
  if (dry) o["dry-run"] = true;
  for (const [f, x] of Object.entries(v.set)) if (x) set.push(`${f}=${x}`);
  if (set.length) o.set = set;
  if (ROSTER.includes(list)) return { command: "roster import", options: { ...o, [list]: v.file } };
  if (list === "results") return { command: "result import", options: { ...o, words: [v.file] } };
  if (v.reason.trim()) o.reason = v.reason.trim();
  return { command: "record import", options: { ...o, words: [list, v.file] } };
}

function countsOf(list, r) {
  const n = numbersOf(list, r);
  const notices = r.notices || [];
  return { ...n, notices, noted: Math.max(notices.length, (ROSTER.includes(list) && (r[list] || {}).warned) || 0) };
}

function numbersOf(list, r) {
  if (ROSTER.includes(list)) {
    const c = r[list] || {};
    return { added: c.added || 0, revised: c.updated || 0, same: c.same || 0, rejected: c.rejected || 0 };
  }
  if (list === "results") return { added: r.recorded, revised: 0, same: 0, rejected: r.rejected };
  return r;
}

function Counts({ of }) {
  return html`<div class="cards">${["added", "revised", "same", "noted", "rejected"].map((k) => html`<div class=${`card${(k === "rejected" || k === "noted") && of[k] ? " loud" : ""}`}><b>${count(of[k] || 0)}</b>${t(`ui.work.n-${k}`)}</div>`)}</div>`;
}

function Rejects({ name, n }) {
  const got = useLook(() => (n ? look("mapping preview", { words: [name], limit: 50 }) : Promise.resolve(null)), [name, n]);
  if (!n) return null;
  return html`<section><h2>${t("ui.work.rejected-rows", { n })}</h2>
    <p><a class="button" href=${fileAddress(name)} download>${t("ui.work.rejects-get")}</a></p><p class="hint">${t("ui.work.rejects-hint")}</p>
    ${got.value ? html`<${Table} rows=${got.value.rows.slice(1)} columns=${got.value.rows[0].slice(0, 6).map((h, i) => ({ name: String(i), label: h || "—", of: (r) => r[i] }))} />` : null}
  </section>`;
}

// What was taken as it stands, and should be looked at.
function Notices({ of }) {
  if (!of.notices.length) return null;
  return html`<section><h2>${t("ui.work.notices", { n: of.noted })}</h2>
    <${Table} rows=${of.notices} columns=${[
      { name: "line", label: t("ui.work.notice-line"), number: true, of: (x) => x.line || "—" },
      { name: "said", label: t("ui.work.notice-said") },
    ]} /></section>`;
}

const Steps = ({ at }) => html`<ol class="first-steps">${["file", "columns", "rehearsal", "done"].map((s, i) => html`<li aria-current=${i === at ? "step" : undefined} class=${i === at ? "now" : ""}>${t(`ui.work.step-${s}`)}</li>`)}</ol>`;

function TheFile({ v, put, next, known }) {
  const [errors, setErrors] = useState({});
  const [problem, tell] = useState(null);
  const [busy, wait] = useState(false);
  const go = async (e) => {
    e.preventDefault();
    if (!v.file) return setErrors({ file: t("ui.missing", { field: t("ui.work.file") }) });
    setErrors({});
    tell(null);
    wait(true);
    try {
      await next();
    } catch (p) {
      tell(p);
    }
    wait(false);
    return undefined;
  };
  return html`<form onSubmit=${go} novalidate><${Summary} errors=${errors} /><${Refusal} problem=${problem} />
    <${File} id="file" label=${t("ui.work.file")} hint=${t("ui.work.file-hint")} required=${true} error=${errors.file} accept=".csv,.xlsx,text/csv" set=${(x) => put({ file: x })} refuse=${tell} />
    <${Input} id="from" label=${t("ui.work.sender")} hint=${t("ui.work.sender-hint")} list="senders" value=${v.from} set=${(x) => put({ from: x })} />
    <datalist id="senders">${known.map((s) => html`<option value=${s}></option>`)}</datalist>
    <${Input} id="sheet" label=${t("ui.work.sheet")} hint=${t("ui.work.sheet-hint")} value=${v.sheet} set=${(x) => put({ sheet: x })} />
    <${Select} id="charset" label=${t("ui.work.charset")} value=${v.charset} set=${(x) => put({ charset: x })} choices=${[["UTF-8", "UTF-8"], ["GB18030", "GB 18030"]]} />
    <button class="main" disabled=${busy}>${t("ui.go-on")}</button></form>`;
}

function Columns({ list, v, put, all, seen, fs, next, back }) {
  const [errors, setErrors] = useState({});
  const { heads, at } = headingsOf(seen.rows, [...all.map((o) => o.heading), ...Object.values(v.map)]);
  // The number of a record that is revised has no other heading than ours: without it there is nothing to choose.
  const ours = all.filter((o) => !fs.length || fs.some((f) => f.name === o.heading) || heads.includes(o.heading));
  const near = guess(ours, heads);
  const of = (o) => (v.map[o.heading] !== undefined ? v.map[o.heading] : near[o.heading] || NOTHING);
  const says = (o) => of(o).startsWith(ALL);
  const inAll = !fs.length; // a record's fields are asked for below the table
  const go = (e) => {
    e.preventDefault();
    const wrong = {};
    const map = {};
    ours.forEach((o, i) => {
      map[o.heading] = heads.includes(of(o)) || (says(o) && of(o).length > ALL.length) ? of(o) : NOTHING;
      const f = fs.find((x) => x.name === o.heading);
      if (o.required && !map[o.heading] && !(f && v.set[f.field])) wrong[`m-${i}`] = t("ui.work.no-column", { column: o.heading });
    });
    setErrors(wrong);
    if (!Object.keys(wrong).length) next(map);
  };
  const unused = heads.filter((h) => !ours.some((o) => of(o) === h));
  return html`<form onSubmit=${go} novalidate><${Summary} errors=${errors} />
    <p>${t("ui.work.columns-says")}</p>
    <${Table} rows=${ours.map((o, i) => ({ ...o, i }))} columns=${[
      { name: "heading", label: t("ui.work.ours"), of: (o) => html`<label for=${`m-${o.i}`}>${o.heading}${o.required ? html` <span class="must">${t("ui.work.must")}</span>` : null}</label>` },
      { name: "theirs", label: t("ui.work.theirs"), of: (o) => html`<select id=${`m-${o.i}`} aria-invalid=${errors[`m-${o.i}`] ? "true" : undefined} value=${says(o) ? ALL : of(o)} onChange=${(e) => put({ map: { ...v.map, [o.heading]: e.target.value } })}>
        <option value="">${t("ui.work.not-there")}</option>${heads.map((h) => html`<option value=${h} selected=${of(o) === h}>${h}</option>`)}${inAll ? html`<option value=${ALL} selected=${says(o)}>${t("ui.work.all-rows")}</option>` : null}</select>` },
      { name: "sample", label: t("ui.work.sample"), of: (o) => {
        if (says(o)) return html`<input aria-label=${t("ui.work.same-in-all", { field: o.heading })} value=${of(o).slice(ALL.length)} onInput=${(e) => put({ map: { ...v.map, [o.heading]: ALL + e.target.value } })} />`;
        const k = (seen.rows[at] || []).indexOf(of(o));
        return k < 0 || !of(o) ? null : html`<span class="dim">${seen.rows.slice(at + 1, at + 4).map((r) => r[k]).filter(Boolean).join(" / ")}</span>`;
      } },
    ]} />
    ${unused.length ? html`<p class="note">${t("ui.work.unused", { columns: listed(unused) })}</p>` : null}
    ${fs.filter((f) => f.required && !of({ heading: f.name })).map((f) => html`<${FieldInput} key=${f.field} f=${{ ...f, required: false }} label=${t("ui.work.same-in-all", { field: f.name })} value=${v.set[f.field] || ""} set=${(x) => put({ set: { ...v.set, [f.field]: x } })} />`)}
    ${fs.length ? html`<${Input} id="reason" label=${t("ui.work.import-reason")} value=${v.reason} set=${(x) => put({ reason: x })} />` : null}
    <p class="tools"><button class="main">${t("ui.work.rehearse")}</button> <button type="button" onClick=${back}>${t("ui.work.back")}</button></p></form>`;
}

// given: what is known beforehand, {field: value}
export function Import({ me, list, given }) {
  const got = useLook(() => Promise.all([kinds(), look("mapping columns", { words: [list] }), look("mapping list").catch(() => []), ROSTER.includes(list) || list === "results" ? [] : fields(list)]), [list]);
  const [v, put] = useValues({ file: "", from: "", sheet: "", charset: "", reason: "", map: {}, set: given || {} });
  const [at, step] = useState(0);
  const [seen, see] = useState(null);
  const [told, tellOf] = useState(null);
  const [rejects, setRejects] = useState("");
  const [problem, tell] = useState(null);
  const [job, setJob] = useState(null);
  const [key, setKey] = useState(newKey); // of the import itself, until the office has answered it
  useEffect(() => scrollTo(0, 0), [at]);
  const run = async (now, dry) => {
    const kind = dry ? "trial" : "rejects";
    const mine = dry ? newKey() : key; // the same try has the same words
    const stem = ROSTER.includes(list) ? `${kind}-${mine.slice(0, 6)}` : `${kind}-${list}-${mine.slice(0, 6)}`;
    const o = orderOf(list, now, `${stem}.csv`, dry);
    tell(null);
    setJob({});
    try {
      const a = await act(o.command, o.options, { key: mine, told: setJob });
      tellOf(countsOf(list, a.result));
      setRejects(ROSTER.includes(list) ? `${stem}-${list}.csv` : `${stem}.csv`); // each list of a roster has columns of its own
      step(dry ? 2 : 3);
      setKey(newKey());
    } catch (p) {
      tell(p);
      if (answered(p)) setKey(newKey());
    }
    setJob(null);
  };
  return html`<${Looked} of=${got}>${([all, ours, kept, fs]) => {
    const name = (lists(me, all).find(([id]) => id === list) || [list, list])[1];
    const read = async () => {
      const begins = await look("mapping preview", { words: [v.file], sheet: v.sheet.trim() || undefined, charset: v.charset || undefined });
      if (headingsOf(begins.rows, ours.map((o) => o.heading)).at === begins.rows.length - 1) throw new Error(t("ui.work.only-heading"));
      see(begins);
      const map = {};
      for (const k of kept) if (k.list === list && k.sender === v.from.trim()) map[k.ours] = k.theirs;
      put({ map });
      step(1);
    };
    return html`<div><${Title} text=${t("ui.work.import-list", { list: name })} /><${Steps} at=${at} />
      <${Refusal} problem=${problem} />
      ${at === 0 ? html`<${TheFile} v=${v} put=${put} next=${read} known=${Array.from(new Set(kept.map((k) => k.sender)))} />` : null}
      ${at === 1 ? html`<${Columns} ...${{ list, v, put, all: ours, seen, fs }} next=${(map) => {
        put({ map });
        run({ ...v, map }, true);
      }} back=${() => step(0)} />` : null}
      <${Progress} job=${job} onCancel=${job && job.id && (() => cancel(job.id))} />
      ${at === 2 ? html`<p>${t("ui.work.rehearsed")}</p><${Counts} of=${told} /><${Notices} of=${told} /><${Rejects} name=${rejects} n=${told.rejected} />
        <p class="hint">${told.added || told.revised ? t("ui.work.import-confirm-says") : t("ui.work.import-nothing")}</p>
        <p class="tools"><button type="button" class="main" disabled=${!!job || !(told.added || told.revised)} onClick=${() => run(v, false)}>${t("ui.work.import-confirm", { n: (told.added || 0) + (told.revised || 0) })}</button> <button type="button" onClick=${() => step(1)}>${t("ui.work.back")}</button></p>` : null}
      ${at === 3 ? html`<p role="status"><strong>${t("ui.work.imported")}</strong></p><${Counts} of=${told} /><${Notices} of=${told} /><${Rejects} name=${rejects} n=${told.rejected} />
        <p class="tools"><a class="button" href=${address(["import"])}>${t("ui.work.import-more")}</a> <a class="button" href="#/">${t("ui.nav.home")}</a></p>` : null}
    </div>`;
  }}<//>`;
}
