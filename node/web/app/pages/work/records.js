// Records of every kind: which kinds there are, those of one kind, one record with all that belongs to it.
import { html, useState } from "../../lib/html.js";
import { t, fieldName, kindName, stateName, when } from "../../lib/text.js";
import { mayWrite } from "../../lib/may.js";
import { act, fileAddress, look, newKey } from "../../lib/api.js";
import { address, replaceQuery } from "../../lib/route.js";
import { Input } from "../../ui/form.js";
import { Badge, Empty, Looked, Refusal, Table, Title, useLook } from "../../ui/parts.js";
import { called, fields, forms, isOwn, kinds, may, tone } from "./data.js";
import { Finding } from "./finding.js";
import { PaperNote } from "./paper.js";
import { FieldValue } from "./value.js";

export const State = ({ kind, state, withdrawn }) => (withdrawn ? html`<${Badge} kind="bad">${t("state.withdrawn")}<//>` : state ? html`<${Badge} kind=${tone(state)}>${stateName(kind, state)}<//>` : null);

// ---- kinds

export function Kinds({ me }) {
  const got = useLook(kinds, []);
  const [find, set] = useState("");
  return html`<div>
    <${Title} text=${t("ui.nav.records")} />
    <${Input} id="find" label=${t("ui.find")} type="search" required=${true} value=${find} set=${set} />
    <${Looked} of=${got}>${(list) => {
      const hit = list.filter((k) => !find || `${k.name} ${k.kind}`.toLowerCase().includes(find.toLowerCase()));
      const mine = hit.filter((k) => may(me, k));
      const others = hit.filter((k) => !may(me, k));
      const show = (l, head) => (l.length ? html`<section><h2>${head}</h2><ul class="kinds">${l.map((k) => html`<li><a href=${address(["records", k.kind])}>${k.name}</a></li>`)}</ul></section>` : null);
      return html`${show(mine, t("ui.work.kinds-mine"))}${show(others, t("ui.work.kinds-others"))}${hit.length ? null : html`<${Empty} />`}`;
    }}<//>
  </div>`;
}

// ---- one kind

const PAGE = 50;

export function Records({ me, kind, query }) {
  const got = useLook(() => Promise.all([kinds(), fields(kind), look("record list", { words: [kind], limit: PAGE + 1, past: query.past || undefined, where: query.field && query.value ? `${query.field}=${query.value}` : undefined })]), [kind, query.past, query.field, query.value]);
  return html`<${Looked} of=${got}>${([all, fs, rows]) => {
    const k = all.find((x) => x.kind === kind);
    const shown = rows.slice(0, PAGE);
    const columns = fs.filter((f) => f.required && f.kind !== "lines").slice(0, 4);
    const more = rows.length > PAGE && shown[PAGE - 1].record;
    return html`<div>
      <${Title} text=${k ? k.name : kindName(kind)}>
        ${may(me, k) ? html`<a class="button" href=${address(["records", kind, "add"])}>${t("ui.work.add")}</a>
        <a class="button" href=${address(["import", kind])}>${t("ui.work.import")}</a>` : null}
      <//>
      <form class="filters" onSubmit=${(e) => e.preventDefault()}>
        <div class="field"><label for="by">${t("ui.work.filter-by")}</label>
          <select id="by" value=${query.field || ""} onChange=${(e) => replaceQuery({ field: e.target.value })}>
            <option value="">${t("ui.work.all")}</option>
            ${fs.filter((f) => f.kind !== "lines").map((f) => html`<option value=${f.field} selected=${f.field === query.field}>${f.name}</option>`)}
          </select></div>
        ${query.field ? html`<${Input} id="is" label=${t("ui.work.filter-is")} required=${true} value=${query.value || ""} set=${() => {}} onInput=${() => {}} onChange=${(e) => replaceQuery({ field: query.field, value: e.target.value.trim() })} />` : null}
      </form>
      <${Table} rows=${shown} columns=${[
        { name: "record", label: t("head.record") },
        ...(shown.some((r) => called(k, r) !== r.record && !columns.some((f) => r[f.field] === called(k, r))) ? [{ name: "called", label: t("head.name"), of: (r) => called(k, r) }] : []),
        ...columns.map((f) => ({ name: f.field, label: f.name, of: (r) => (r[f.field] ? html`<${FieldValue} field=${f} value=${r[f.field]} />` : null) })),
        { name: "state", label: t("head.state"), of: (r) => html`<${State} kind=${kind} ...${r} />` },
      ]} link=${(r) => address(["record", kind, r.record])} />
      <p class="pages">${query.past ? html`<a class="button" href=${address(["records", kind], { ...query, past: "" })}>${t("ui.work.first-page")}</a> ` : null}
      ${more ? html`<a class="button" href=${address(["records", kind], { ...query, past: more })}>${t("ui.work.next-page")}</a>` : null}</p>
    </div>`;
  }}<//>`;
}

// ---- one record

function Revisions({ fs, revisions }) {
  const of = (v, f) => (v && v[f.field]) || "";
  return html`<ul class="revisions">${revisions.map((r, i) => {
    const was = i > 0 ? revisions[i - 1].values : null;
    const changed = was ? fs.filter((f) => of(was, f) !== of(r.values, f)) : [];
    return html`<li>
      <p><strong>${t("ui.work.rev", { n: r.rev })}</strong> ${when(r.recorded_on)} ${r.by}${r.withdrawn ? html` <${Badge} kind="bad">${t("state.withdrawn")}<//>` : null}</p>
      ${r.reason ? html`<p class="dim">${t("ui.work.reason-was", { reason: r.reason })}</p>` : null}
      ${changed.length ? html`<dl class="pairs changes">${changed.map((f) => html`<div><dt>${f.name}</dt><dd><del><${FieldValue} field=${f} value=${of(was, f)} /></del> <span class="to" aria-hidden="true">→</span> <ins><${FieldValue} field=${f} value=${of(r.values, f)} /></ins></dd></div>`)}</dl>` : null}
    </li>`;
  }).reverse()}</ul>`;
}

export function Papers({ kind, name }) {
  const got = useLook(forms, []);
  const [made, set] = useState({});
  const [problem, tell] = useState(null);
  const print = async (code) => {
    tell(null);
    const out = `${code}-${name.replace(/[^0-9A-Za-z-]/g, "_")}-${newKey().slice(0, 4)}.html`;
    try {
      await act("form print", { words: [code], for: name, out });
      set({ ...made, [code]: out });
    } catch (p) {
      tell(p);
    }
  };
  if (!got.value) return null;
  const list = got.value.filter((f) => f.of === kind);
  if (!list.length) return null;
  return html`<section><h2>${t("ui.work.papers")}</h2><${Refusal} problem=${problem} />
    <ul class="plain">${list.map((f) => html`<li class="paper"><span>${f.form} <span lang="zh-CN">${f.title}</span></span>
      ${made[f.form] ? html`<a class="button" href=${fileAddress(made[f.form])} download>${t("ui.work.paper-get")}</a>` : html`<button type="button" onClick=${() => print(f.form)}>${t("ui.work.paper-make")}</button>`}</li>`)}</ul>
    <p class="hint">${t("ui.work.paper-hint")}</p>
  </section>`;
}

// Every field as it is written; of a result folded, for its own page says the same in the order of a visit.
function Content({ fs, values, folded }) {
  const all = html`<dl class="pairs">${fs.filter((f) => values[f.field]).map((f) => html`<div><dt>${f.name}</dt><dd><${FieldValue} field=${f} value=${values[f.field]} /></dd></div>`)}</dl>`;
  return folded ? html`<section><details><summary>${t("ui.work.all-fields")}</summary>${all}</details></section>` : html`<section><h2>${t("ui.work.content")}</h2>${all}</section>`;
}

function Links({ me, kind, name, all, fs, values }) {
  const got = useLook(() => look("record links", { words: [kind, name] }), [kind, name]);
  // What is added to this record belongs to what this record belongs to.
  const given = (k, field) => {
    const v = { [field]: name };
    for (const r of k.refers || []) {
      const mine = fs.filter((f) => f.of === r.of && values[f.field]);
      if (r.field !== field && r.of !== kind && mine.length === 1) v[r.field] = values[mine[0].field];
    }
    return v;
  };
  const more = all.filter((k) => may(me, k)).flatMap((k) => (k.refers || []).filter((r) => r.of === kind).map((r) => ({ ...k, given: given(k, r.field) })));
  return html`<section><h2>${t("ui.work.links")}</h2>
    <${Looked} of=${got}>${(list) => {
      if (!list.length) return html`<p class="dim">${t("ui.none")}</p>`;
      const by = {};
      for (const l of list) (by[l.kind] = by[l.kind] || []).push(l);
      return html`${Object.entries(by).map(([k, l]) => html`<h3>${kindName(k)}</h3><ul class="plain">${l.map((r) => html`<li><a href=${address(["record", k, r.record])}>${r.called || r.record}</a> <small class="dim">${r.record} ${fieldName(k, r.field)}</small> <${State} kind=${k} ...${r} /></li>`)}</ul>`)}`;
    }}<//>
    ${more.length ? html`<p class="tools">${more.map((k) => html`<a class="button" href=${address(["records", k.kind, "add"], k.given)}>${t("ui.work.add-kind", { kind: k.name })}</a>`)}</p>` : null}
  </section>`;
}

export function Record({ me, kind, name, done, paper }) {
  const got = useLook(() => Promise.all([kinds(), fields(kind), look("record show", { words: [kind, name] })]), [kind, name]);
  return html`<${Looked} of=${got}>${([all, fs, r]) => {
    const k = all.find((x) => x.kind === kind);
    const now = r.revisions[r.revisions.length - 1];
    const own = isOwn(me, r.record) && may(me, k) && !now.withdrawn;
    const reviews = kind === "inspection" && mayWrite(me, "result_review");
    return html`<div>
      <${Title} text=${`${k ? k.name : kindName(kind)} ${called(k, { ...now.values, record: r.record })}`}>
        ${own ? html`<a class="button" href=${address(["record", kind, name, "revise"])}>${t("ui.work.revise")}</a>
        <a class="button" href=${address(["record", kind, name, "withdraw"])}>${t("ui.work.withdraw")}</a>` : null}
        ${kind === "inspection" && isOwn(me, r.record) && !now.withdrawn && mayWrite(me, "inspection") ? html`<a class="button" href=${address(["record", kind, name, "correct"])}>${t("ui.visit.correct")}</a>` : null}
        ${kind === "inspection" ? html`<a class="button" href=${address(["preview", r.record])}>${t("ui.year.preview")}</a>` : null}
        ${kind === "sample" || kind === "sampling_task" ? html`<a class="button" href=${address([kind === "sample" ? "batch" : "sampling", r.record])}>${t(`ui.sampling.to-${kind === "sample" ? "batch" : "task"}`)}</a>` : null}
        ${reviews && r.state === "recorded" ? html`<a class="button main" href=${address(["records", "result_review", "add"], { inspection: r.record, outcome: "approved", reviewed_on: me.today })}>${t("ui.work.approve")}</a>
        <a class="button" href=${address(["records", "result_review", "add"], { inspection: r.record, outcome: "sent_back", reviewed_on: me.today })}>${t("ui.work.send-back")}</a>` : null}
      <//>
      ${["add", "revise", "withdraw", "result", "corrected"].includes(done) ? html`<p class="note good" role="status">${t(`ui.work.done-${done}`)}</p>` : null}
      ${paper ? html`<${PaperNote} code=${paper} />` : null}
      <p class="sub"><${State} kind=${kind} state=${r.state} withdrawn=${now.withdrawn} /> <code>${r.record}</code> <span class="dim">${t("ui.work.rev", { n: now.rev })}</span></p>
      ${kind === "inspection" ? html`<${Finding} name=${r.record} />` : null}
      <${Content} fs=${fs} values=${now.values} folded=${kind === "inspection"} />
      <${Papers} kind=${kind} name=${r.record} />
      <${Links} ...${{ me, kind, name: r.record, all, fs, values: now.values }} />
      <section><h2>${t("ui.work.revisions")}</h2><${Revisions} fs=${fs} revisions=${r.revisions} /></section>
    </div>`;
  }}<//>`;
}
