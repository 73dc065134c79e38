// Exchange: over lines and by files, and what other offices said that they have of this office's log.
import { html, useState } from "../../lib/html.js";
import { t, when, count, sentence } from "../../lib/text.js";
import { look, fileAddress, newKey } from "../../lib/api.js";
import { Check, File, Select, Summary, useValues } from "../../ui/form.js";
import { Badge, Empty, Looked, Table, Title, useLook } from "../../ui/parts.js";
import { useOffices } from "../draw/common.js";
import { baseName, Doing, may, moment, size, useAct } from "./parts.js";

const SHOWN = 50;
const least = (v) => Math.min(...v);

function Lines({ status, act, me, again }) {
  const names = useOffices();
  const [at, set] = useState(""); // whom it is called
  const call = async (office) => {
    set(office);
    await act.run("sync", { words: [office] });
    again();
  };
  const columns = [
    { name: "office", label: t("table.office"), of: (p) => html`<span>${names(p.office) === p.office ? p.office : html`${names(p.office)} <small class="dim">${p.office}</small>`}${p.office === status.parent ? html` <${Badge}>${t("ui.admin.above")}<//>` : null}</span>` },
    { name: "url", label: t("table.url"), of: (p) => p.url || t(status.children.some((c) => c.office === p.office && c.heard_by === "line") ? "ui.admin.they-call" : "ui.admin.by-file-only") },
    { name: "last_ok_ms", label: t("ui.admin.last-ok"), of: (p) => moment(p.last_ok_ms) },
    { name: "problem", label: t("ui.admin.last-problem"), of: (p) => (p.problem ? html`<span class="error">${p.problem}</span>` : t("ui.admin.no-problem")) },
    { name: "next_ms", label: t("ui.admin.next"), of: (p) => (p.url && p.next_ms > status.now_ms ? moment(p.next_ms) : "") },
    { name: "do", label: t("ui.admin.act"), of: (p) => (p.url ? html`<button type="button" class="whole" disabled=${!!act.busy} onClick=${() => call(p.office)}>${act.busy && at === p.office ? t("ui.working") : t("ui.admin.exchange-now")}</button>` : "") },
  ];
  return html`<section>
    <h2>${t("ui.admin.lines")}</h2>
    <p class="dim">${t("ui.admin.lines-say", { amber: status.amber_days, red: status.red_days })}</p>
    <${Table} columns=${columns} rows=${status.peers} empty=${t("ui.admin.no-lines")} />
    <${Doing} of=${act} />
    ${act.answer && act.answer.result ? html`<p role="status" class="good">${t("ui.admin.exchanged", {
      office: act.answer.result.office,
      sent: count(act.answer.result.sent_frames || 0),
      came: count(act.answer.result.parts || 0),
      applied: count(act.answer.result.applied || 0),
      held: count(act.answer.result.held || 0),
    })}</p>` : null}
    <p class="row">${may(me, "peer-set") ? html`<a href="#/act/peer/set">${t("ui.admin.set-address")}</a>` : null}${may(me, "setting") ? html`<a href="#/act/peer/quiet">${t("ui.admin.set-quiet")}</a>` : null}</p>
  </section>`;
}

function Make({ status, me }) {
  const offices = [];
  for (const o of [status.parent, ...status.children.map((c) => c.office), ...status.peers.map((p) => p.office)]) if (o && o !== me.office && !offices.includes(o)) offices.push(o);
  const names = useOffices();
  const [v, put] = useValues({ to: status.parent || "" });
  const [errors, setErrors] = useState({});
  const act = useAct();
  const send = (e) => {
    e.preventDefault();
    const wrong = v.to ? {} : { to: t("ui.admin.choose-office") };
    setErrors(wrong);
    if (!v.to) return;
    const day = (me.today || "").replace(/-/g, "");
    act.run("bundle make", { to: v.to, out: `${me.office}-${v.to}-${day}-${newKey().slice(0, 4)}.qb`, files: !!v.files, all: !!v.all });
  };
  const made = act.answer && act.answer.result ? act.answer.result.bundles || [act.answer.result] : [];
  return html`<section>
    <h2>${t("ui.admin.make-bundle")}</h2>
    <p class="dim">${t("ui.admin.make-bundle-says")}</p>
    <${Summary} errors=${errors} />
    <form onSubmit=${send} novalidate>
      <${Select} id="to" label=${t("ui.admin.to-office")} required=${true} error=${errors.to} value=${v.to} set=${(to) => put({ to })} choices=${offices.map((o) => [o, names(o) === o ? o : `${names(o)} ${o}`])} />
      <${Check} id="files" label=${t("ui.admin.with-photos")} hint=${t("ui.admin.with-photos-hint")} value=${v.files} set=${(files) => put({ files })} />
      <${Check} id="all" label=${t("ui.admin.everything")} hint=${t("ui.admin.everything-hint")} value=${v.all} set=${(all) => put({ all })} />
      <button class="main" disabled=${!!act.busy}>${t("ui.admin.make-bundle")}</button>
    </form>
    <${Doing} of=${act} />
    ${made.length ? html`<div role="status">${made.map((b) => html`<p>
      <a class="button" href=${fileAddress(baseName(b.path))} download>${t("ui.download", { name: baseName(b.path) })}</a>
      <span class="beside">${t("ui.admin.bundle-holds", { headers: count(b.headers), parts: count(b.parts), files: count(b.files), size: size(b.bytes) })}</span></p>
      ${b.frames ? null : html`<p class="dim">${t("ui.admin.nothing-new")}</p>`}${b.more ? html`<p class="note">${t("ui.admin.not-all")}</p>` : null}`)}</div>` : null}
  </section>`;
}

function Import({ again }) {
  const [file, set] = useState("");
  const [v, setV] = useState({ reply: true });
  const [errors, setErrors] = useState({});
  const act = useAct();
  const send = async (e) => {
    e.preventDefault();
    setErrors(file ? {} : { bundle: t("ui.admin.choose-bundle") });
    if (!file) return;
    const o = { words: [file] };
    if (v.reply) o.reply = `reply-${newKey().slice(0, 6)}.qb`;
    await act.run("bundle import", o);
    again();
  };
  const r = act.answer && act.answer.result;
  return html`<section>
    <h2>${t("ui.admin.import-bundle")}</h2>
    <p class="dim">${t("ui.admin.import-bundle-says")}</p>
    <${Summary} errors=${errors} />
    <form onSubmit=${send} novalidate>
      <${File} id="bundle" label=${t("ui.admin.bundle-file")} required=${true} error=${errors.bundle} set=${set} />
      <${Check} id="reply" label=${t("ui.admin.with-reply")} hint=${t("ui.admin.with-reply-hint")} value=${v.reply} set=${(reply) => setV({ reply })} />
      <button class="main" disabled=${!!act.busy}>${t("ui.admin.import-bundle")}</button>
    </form>
    <${Doing} of=${act} />
    ${r && r.from ? html`<div role="status">
      <p>${t("ui.admin.imported", { from: r.from, headers: count(r.headers), parts: count(r.parts), applied: count(r.applied), files: count(r.files) })}</p>
      ${r.held || r.quarantined || r.refused ? html`<p class="note">${t("ui.admin.imported-stands", { held: count(r.held), quarantined: count(r.quarantined), refused: count(r.refused) })} <a href="#/incoming">${t("ui.nav.incoming")}</a></p>` : null}
      ${r.reply ? html`<p><a class="button" href=${fileAddress(baseName(r.reply))} download>${t("ui.admin.download-reply", { office: r.from })}</a></p>` : null}
    </div>` : null}
  </section>`;
}

// What an office said of a log, as a sentence.
function said(r) {
  const args = { from: r.from, log: r.about, when: when(r.time_s * 1000), size: count(r.size), stored: count(least(r.stored)), applied: count(least(r.applied)), held: count(r.held), refused: count(r.refused) };
  const all = least(r.stored) >= r.size && least(r.applied) >= r.size && !r.held && !r.refused;
  return all ? t("ui.admin.receipt-all", args) : t("ui.admin.receipt", args);
}

function Receipts({ status }) {
  const own = status.receipts.filter((r) => r.about === status.origin);
  const others = status.receipts.filter((r) => r.about !== status.origin);
  const list = (rows) => html`<ul class="plain-list">${rows.slice(0, SHOWN).map((r) => html`<li>${said(r)}</li>`)}</ul>`;
  return html`<section>
    <h2>${t("ui.admin.receipts")}</h2>
    <h3>${t("ui.admin.receipts-own")}</h3>
    ${own.length ? list(own) : html`<${Empty} text=${t("ui.admin.no-receipts")} />`}
    ${others.length ? html`<details><summary>${t("ui.admin.receipts-others", { n: count(others.length) })}</summary>${list(others)}</details>` : null}
  </section>`;
}

function Children({ status }) {
  if (!status.children.length) return null;
  const kind = { red: "bad", amber: "warn", green: "good" };
  const columns = [
    { name: "office", label: t("table.office"), of: (c) => `${c.office} ${c.name}` },
    { name: "colour", label: t("table.colour"), of: (c) => html`<${Badge} kind=${kind[c.colour]}>${t(`colour.${c.colour}`)}<//>` },
    { name: "heard_ms", label: t("table.heard"), of: (c) => moment(c.heard_ms) },
    { name: "heard_by", label: t("table.how"), of: (c) => t(`heard.${c.heard_by}`) },
    { name: "data_s", label: t("table.data"), of: (c) => moment(c.data_s * 1000) },
    { name: "entries", label: t("table.entries"), number: true, of: (c) => count(c.entries) },
  ];
  return html`<section><h2>${t("ui.admin.children")}</h2><${Table} columns=${columns} rows=${status.children} /></section>`;
}

export function Sync({ me }) {
  const status = useLook(() => look("status"), []);
  const act = useAct();
  return html`<div class="admin">
    <${Title} text=${t("ui.nav.sync")} />
    <${Looked} of=${status}>${(s) => html`
      ${s.stopped ? html`<div class="refusal"><strong>${t("ui.admin.stopped")}</strong><p>${sentence(s.stopped, s.own.args)}</p></div>` : null}
      <${Lines} status=${s} act=${act} me=${me} again=${status.again} />
      <${Make} status=${s} me=${me} />
      <${Import} again=${status.again} />
      <${Children} status=${s} />
      <${Receipts} status=${s} />`}<//>
  </div>`;
}
