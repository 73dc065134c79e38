// What came in and does not stand in the tables: held, quarantined, refused; and what was decided about it.
import { html, useState } from "../../lib/html.js";
import { t, when, count, kindName, fieldName, stateName, has as hasText } from "../../lib/text.js";
import { look } from "../../lib/api.js";
import { address } from "../../lib/route.js";
import { Check, Input, Summary } from "../../ui/form.js";
import { Badge, Empty, Looked, Table, Title, useLook } from "../../ui/parts.js";
import { CheckAnswers, Doing, may, moment, size, Tabs, useAct } from "./parts.js";

const OPEN = ["quarantined", "held", "refused"];
const BADGE = { quarantined: "bad", refused: "bad", held: "warn" };
const kindWord = (n) => (hasText(`ui.admin.kind.${n}`) ? t(`ui.admin.kind.${n}`) : t("ui.admin.kind-unknown"));
const state = (s) => html`<${Badge} kind=${BADGE[s.state]}>${stateName("entry", s.state)}<//>`;
const who = (s) => (s.name ? `${s.office} ${s.name}` : s.office);

export function Incoming({ route, me }) {
  const all = useLook(() => look("quarantine list"), []);
  const act = useAct();
  const done = route.query.show === "done";
  const only = route.query.state || "";
  const retry = async () => {
    await act.run("quarantine retry", {});
    all.again();
  };
  const columns = [
    { name: "office", label: t("ui.admin.who"), of: who },
    { name: "seq", label: t("table.seq"), of: (s) => s.seq },
    { name: "kind", label: t("ui.admin.what"), of: (s) => kindWord(s.kind) },
    { name: "state", label: t("table.state"), of: state },
    { name: "why", label: t("table.reason") },
    { name: "since_ms", label: t("table.since"), of: (s) => moment(s.since_ms) },
  ];
  return html`<div class="admin">
    <${Title} text=${t("ui.nav.incoming")}>${may(me, "retry") ? html`<button type="button" onClick=${retry} disabled=${!!act.busy}>${t("ui.admin.retry-all")}</button>` : null}<//>
    <p class="dim">${t("ui.admin.incoming-says")}</p>
    <${Doing} of=${act} />
    ${act.answer && act.answer.result ? html`<p role="status">${t("quarantine.retried", act.answer.result)}</p>` : null}
    <${Tabs} label=${t("ui.nav.incoming")} items=${[[t("ui.admin.open"), "#/incoming", !done], [t("ui.admin.history"), "#/incoming?show=done", done]]} />
    <${Looked} of=${all}>${(list) => {
      const part = list.filter((s) => OPEN.includes(s.state) !== done);
      const states = done ? ["waived", "superseded", "kept"] : OPEN;
      const rows = part.filter((s) => !only || s.state === only);
      return html`
        <${Tabs} label=${t("table.state")} items=${["", ...states].map((v) => [
          `${v ? stateName("entry", v) : t("ui.admin.all")} ${count(part.filter((s) => !v || s.state === v).length)}`,
          address(["incoming"], { ...route.query, state: v }),
          v === only,
        ])} />
        <${Table} columns=${columns} rows=${rows.slice(0, 500)} link=${(s) => address(["incoming", s.log, String(s.seq)])} empty=${done ? t("ui.admin.no-history") : t("ui.admin.nothing-stands")} />`;
    }}<//>
  </div>`;
}

const shown = (v) => (v === null || v === undefined || v === "" ? "—" : String(v));

// The columns that every table has are named here; the others where records are.
function nameOf(table, column) {
  const name = fieldName(table, column);
  return name === column && hasText(`ui.admin.field.${column.replace(/_/g, "-")}`) ? t(`ui.admin.field.${column.replace(/_/g, "-")}`) : name;
}

// A row that came beside the one that is here under the same name.
function Difference({ row, all }) {
  const names = Object.keys(row.values);
  const differs = (n) => !row.here || shown(row.here[n]) !== shown(row.values[n]);
  const list = names.filter((n) => all || (differs(n) && shown(row.values[n]) + shown((row.here || {})[n]) !== "——"));
  const columns = [
    { name: "field", label: t("ui.admin.field"), of: (n) => nameOf(row.table, n) },
    { name: "here", label: t("ui.admin.here"), of: (n) => (row.here ? html`<span class=${differs(n) ? "was" : ""}>${shown(row.here[n])}</span>` : "—") },
    { name: "came", label: t("ui.admin.came"), of: (n) => html`<span class=${row.here && differs(n) ? "now" : ""}>${shown(row.values[n])}</span>` },
  ];
  return html`<div class="difference">
    <h3>${kindName(row.table)} <span class="dim">${row.values.id}</span></h3>
    <p class="dim">${row.here ? t("ui.admin.stands-here", { rev: row.here.rev, came: row.values.rev }) : t("ui.admin.not-here")}</p>
    ${list.length ? html`<${Table} columns=${columns} rows=${list} />` : html`<${Empty} text=${t("ui.admin.no-difference")} />`}
  </div>`;
}

function Rows({ entry }) {
  const [all, set] = useState(false);
  if (entry.unread) return html`<div class="note">${t(entry.unread)}</div>`;
  if (!entry.rows.length) return html`<${Empty} text=${t("ui.admin.no-rows")} />`;
  return html`<div>
    <${Check} id="all" label=${t("ui.admin.all-fields")} value=${all} set=${set} />
    ${entry.rows.slice(0, 20).map((row) => html`<${Difference} row=${row} all=${all} />`)}
    ${entry.rows.length > 20 ? html`<details><summary>${t("ui.admin.more-rows", { n: count(entry.rows.length - 20) })}</summary>${entry.rows.slice(20).map((row) => html`<${Difference} row=${row} all=${all} />`)}</details>` : null}
  </div>`;
}

// What may be done about an entry: which command, and whether a reason is asked for.
const ACTS = {
  retry: { command: "quarantine retry", duty: "retry", fits: (s) => s.state === "held" || s.state === "quarantined" },
  waive: { command: "quarantine waive", duty: "waiver", reason: true, bad: true, fits: (s, own, office) => s.waives === office && OPEN.includes(s.state) },
  supersede: { command: "quarantine supersede", duty: "supersede", reason: true, bad: true, fits: (s, own) => own && OPEN.includes(s.state) },
};

function optionsOf(name, s, reason) {
  if (name === "supersede") return { words: [String(s.seq)], reason, epoch: Number(s.log.split("/").pop()) };
  return name === "waive" ? { words: [s.log, String(s.seq)], reason } : { words: [s.log, String(s.seq)] };
}

export function Standing({ log, seq, me }) {
  const entry = useLook(() => look("quarantine show", { words: [log, seq] }), [log, seq]);
  const [chosen, choose] = useState(null); // {name, checking}
  const [reason, setReason] = useState("");
  const [errors, setErrors] = useState({});
  const act = useAct();
  const points = (s) => [
    [t("ui.admin.who"), who(s)],
    [t("table.log"), s.log],
    [t("table.seq"), s.seq],
    [t("ui.admin.what"), kindWord(s.kind)],
    [t("table.state"), state(s)],
    [t("table.since"), when(s.since_ms)],
  ];
  const doIt = async (s) => {
    const done = await act.run(ACTS[chosen.name].command, optionsOf(chosen.name, s, reason.trim()));
    if (!done) return;
    choose(null);
    setReason("");
    entry.again();
  };
  const ask = (name) => {
    act.clear();
    setErrors({});
    choose({ name, checking: !ACTS[name].reason });
  };
  const check = (e) => {
    e.preventDefault();
    const wrong = reason.trim() ? {} : { reason: t("ui.missing", { field: t("table.reason") }) };
    setErrors(wrong);
    if (reason.trim()) choose({ ...chosen, checking: true });
  };
  const one = (s) => {
    const own = s.office === me.office;
    if (chosen && chosen.checking)
      return html`<${CheckAnswers} title=${t(`ui.admin.${chosen.name}-check`)} warning=${t(`ui.admin.${chosen.name}-says`)} bad=${ACTS[chosen.name].bad} of=${act}
        points=${[...points(s), ...(ACTS[chosen.name].reason ? [[t("table.reason"), reason]] : [])]} word=${t(`ui.admin.${chosen.name}-do`)}
        onBack=${() => choose(ACTS[chosen.name].reason ? { ...chosen, checking: false } : null)} onDo=${() => doIt(s)} />`;
    const mine = Object.keys(ACTS).filter((n) => ACTS[n].fits(s, own, me.office) && may(me, ACTS[n].duty));
    return html`<div>
      <p><a href="#/incoming">${t("ui.admin.back-to-list")}</a></p>
      <${Title} text=${t("ui.admin.entry", { office: who(s), seq: s.seq })} />
      <${Doing} of=${act} />
      ${act.answer ? html`<p role="status" class="good">${act.answer.result && act.answer.result.tried !== undefined ? t("quarantine.retried", act.answer.result) : t("ui.done")}</p>` : null}
      <section><dl class="pairs">${points(s).map(([k, v]) => html`<div><dt>${k}</dt><dd>${v}</dd></div>`)}
        <div><dt>${t("table.reason")}</dt><dd>${s.why} <small class="dim">${s.rule}</small></dd></div>
        <div><dt>${t("ui.admin.next-step")}</dt><dd>${s.next}</dd></div>
        ${s.waits_on ? html`<div><dt>${t("table.waits-on")}</dt><dd>${s.waits_on}</dd></div>` : null}
        <div><dt>${t("ui.admin.bytes-here")}</dt><dd>${t("ui.admin.parts-here", { parts: s.parts, here: s.parts_here, size: size(s.bytes) })}</dd></div>
      </dl></section>
      ${mine.length && !chosen ? html`<div class="row">${mine.map((n) => html`<button type="button" onClick=${() => ask(n)}>${t(`ui.admin.${n}-do`)}</button>`)}</div>` : null}
      ${chosen ? html`<section><h2>${t(`ui.admin.${chosen.name}-do`)}</h2><p>${t(`ui.admin.${chosen.name}-says`)}</p>
        <${Summary} errors=${errors} />
        <form onSubmit=${check} novalidate>
          <${Input} id="reason" label=${t("table.reason")} hint=${t("ui.admin.reason-hint")} required=${true} lines=${3} error=${errors.reason} value=${reason} set=${setReason} />
          <div class="row"><button type="button" onClick=${() => choose(null)}>${t("ui.admin.back")}</button><button class="main">${t("ui.go-on")}</button></div>
        </form></section>` : null}
      <section><h2>${t("ui.admin.difference")}</h2><${Rows} entry=${s} /></section>
    </div>`;
  };
  return html`<div class="admin"><${Looked} of=${entry}>${one}<//></div>`;
}
