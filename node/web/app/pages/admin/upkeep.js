// Certificates and keys, backups, and whether this machine is fit.
import { html, useState } from "../../lib/html.js";
import { t, when, aside } from "../../lib/text.js";
import { look, fileAddress, newKey } from "../../lib/api.js";
import { address } from "../../lib/route.js";
import { Check } from "../../ui/form.js";
import { Badge, Empty, Looked, Table, Title, useLook } from "../../ui/parts.js";
import { baseName, Doing, may, size, useAct } from "./parts.js";

const KIND = { valid: "good", ending: "warn", ahead: "warn", ended: "bad", revoked: "bad" };

const pairs = (bytes) => Array.from(new Uint8Array(bytes), (b) => b.toString(16).padStart(2, "0")).join(":").toUpperCase();

// The authority of these pages as the server gives it out, and by what it is compared on another device.
async function authority() {
  const r = await fetch("/ca.crt", { credentials: "same-origin" });
  if (!r.ok) return null;
  const pem = await r.text();
  const der = Uint8Array.from(atob(pem.replace(/-----[^-]*-----|\s/g, "")), (c) => c.charCodeAt(0));
  return { sha256: pairs(await crypto.subtle.digest("SHA-256", der)), sha1: pairs(await crypto.subtle.digest("SHA-1", der)) };
}

const DEVICES = ["windows", "firefox", "android", "harmony", "ios"];

function BrowserCa() {
  const got = useLook(() => (location.protocol === "https:" ? authority() : Promise.resolve(null)), []);
  return html`<section><h2>${t("ui.admin.browser-ca")}</h2>
    <p>${t("ui.admin.browser-ca-says")}</p>
    <${Looked} of=${got}>${(ca) => (ca ? html`
      <dl class="pairs">
        <div><dt>SHA-256</dt><dd><code id="ca-sha256">${ca.sha256}</code></dd></div>
        <div><dt>SHA-1</dt><dd><code>${ca.sha1}</code> <span class="dim">${t("ui.admin.ca-sha1")}</span></dd></div>
      </dl>
      <p><a class="button" href="/ca.crt" download="qian-ca.crt">${t("ui.admin.download-ca")}</a></p>
      <h3>${t("ui.admin.ca-install")}</h3>
      <p>${t("ui.admin.ca-compare")}</p>
      <dl class="pairs">${DEVICES.map((d) => html`<div><dt>${t(`ui.admin.ca-on.${d}`)}</dt><dd>${t(`ui.admin.ca-how.${d}`)}</dd></div>`)}</dl>` : html`<p class="dim">${t("ui.admin.no-ca")}</p>`)}<//>
  </section>`;
}

export function Keys({ me }) {
  const list = useLook(() => look("cert list"), []);
  const columns = [
    { name: "office", label: t("table.office"), of: (c) => `${c.office} ${c.name}` },
    { name: "issuer", label: t("table.issuer") },
    { name: "epoch", label: t("table.epoch"), number: true },
    { name: "from", label: t("table.from-day") },
    { name: "to", label: t("table.to-day") },
    { name: "state", label: t("table.state"), of: (c) => html`<${Badge} kind=${KIND[c.state]}>${t(`cert-state.${c.state}`)}<//>` },
    { name: "days_left", label: t("table.days-left"), number: true },
    { name: "reason", label: t("table.reason") },
  ];
  const due = (rows) => rows.filter((c) => c.state === "ending" || c.state === "ended");
  return html`<div class="admin">
    <${Title} text=${t("ui.nav.keys")}>${me.level < 4 && may(me, "certify") ? html`<a class="button" href=${address(["keys", "approve"])}>${t("ui.admin.approve")}</a>` : null}<//>
    <${Looked} of=${list}>${(rows) => html`
      ${due(rows).length ? html`<div class="note"><strong>${t("ui.admin.renewals")}</strong><ul>${due(rows).map((c) => html`<li>${t("ui.admin.renewal", { office: c.office, name: c.name, day: c.to })}</li>`)}</ul></div>` : html`<p class="good">${t("ui.admin.no-renewals")}</p>`}
      <${Table} columns=${columns} rows=${rows} />`}<//>
    <${BrowserCa} />
  </div>`;
}

export function Backups({ me }) {
  const status = useLook(() => look("status"), []);
  const [files, set] = useState(false);
  const act = useAct();
  const make = async () => {
    await act.run("backup create", { out: `${me.office}-${(me.today || "").replace(/-/g, "")}-${newKey().slice(0, 4)}.qbak`, "with-files": files });
    status.again();
  };
  const made = act.answer && act.answer.result;
  return html`<div class="admin">
    <${Title} text=${t("ui.nav.backups")} />
    <${Looked} of=${status}>${(s) => html`<section><dl class="pairs">
      <div><dt>${t("ui.admin.backup-last")}</dt><dd>${s.backup.made_ms ? `${when(s.backup.made_ms)}${aside(size(s.backup.bytes))}` : t("doctor.backup-none")} ${s.backup.made_ms && s.backup.amber ? html`<${Badge} kind="warn">${t("ui.admin.too-old")}<//>` : null}</dd></div>
      <div><dt>${t("ui.admin.drill-last")}</dt><dd>${s.backup.drill_ms ? when(s.backup.drill_ms) : t("doctor.drill-none")} ${s.backup.drill_ms && s.backup.drill_amber ? html`<${Badge} kind="warn">${t("ui.admin.too-old")}<//>` : null}</dd></div>
    </dl></section>`}<//>
    ${may(me, "backup") ? html`<section><h2>${t("ui.admin.make-backup")}</h2>
      <p class="dim">${t("ui.admin.make-backup-says")}</p>
      <${Check} id="files" label=${t("ui.admin.with-photos")} hint=${t("ui.admin.with-photos-hint")} value=${files} set=${set} />
      <button type="button" class="main" disabled=${!!act.busy} onClick=${make}>${t("ui.admin.make-backup")}</button>
      <${Doing} of=${act} />
      ${made && made.path ? html`<p role="status"><a class="button" href=${fileAddress(baseName(made.path))} download>${t("ui.download", { name: baseName(made.path) })}</a> <span class="beside">${size(made.bytes)}</span></p>` : null}
    </section>` : null}
  </div>`;
}

const finding = (f) => (f.good ? (f.amber ? "warn" : "good") : "bad");
const rank = { bad: 0, warn: 1, good: 2 };

export function Doctor({ me }) {
  const list = useLook(() => look("doctor"), []);
  const redactions = useLook(() => look("redact list"), []);
  const purges = useLook(() => look("purge list"), []);
  const columns = [
    { name: "kind", label: t("table.state"), of: (f) => html`<${Badge} kind=${finding(f)}>${t(`ui.admin.finding-${finding(f)}`)}<//>` },
    { name: "said", label: t("ui.admin.finding"), of: (f) => html`<span>${f.said} <small class="dim">${f.id}</small></span>` },
  ];
  const removed = [
    { name: "log", label: t("table.log") },
    { name: "seq", label: t("table.seq") },
    { name: "basis", label: t("ui.admin.basis") },
    { name: "reason", label: t("table.reason") },
    { name: "ordered_on", label: t("table.time") },
  ];
  const purged = [
    { name: "holder", label: t("table.holder") },
    { name: "subject", label: t("table.subject") },
    { name: "basis", label: t("ui.admin.basis") },
    { name: "reason", label: t("table.reason") },
    { name: "ordered_on", label: t("table.time") },
  ];
  return html`<div class="admin">
    <${Title} text=${t("ui.nav.doctor")}><button type="button" onClick=${list.again}>${t("ui.admin.look-again")}</button><//>
    <${Looked} of=${list}>${(rows) => html`<${Table} columns=${columns} rows=${rows.slice().sort((a, b) => rank[finding(a)] - rank[finding(b)])} />`}<//>
    ${may(me, "setting") ? html`<p><a href="#/act/evidence/limits">${t("ui.admin.set-limits")}</a></p>` : null}
    <section><h2>${t("ui.admin.redactions")}</h2><${Looked} of=${redactions}>${(rows) => (rows.length ? html`<${Table} columns=${removed} rows=${rows} />` : html`<${Empty} />`)}<//></section>
    <section><h2>${t("ui.admin.purges")}</h2><${Looked} of=${purges}>${(rows) => (rows.length ? html`<${Table} columns=${purged} rows=${rows} />` : html`<${Empty} />`)}<//></section>
  </div>`;
}
