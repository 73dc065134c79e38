// What the pages of this area share.
import { html, useState } from "../../lib/html.js";
import { t, count, when } from "../../lib/text.js";
import { Doing } from "../../ui/act.js";
import { Title } from "../../ui/parts.js";

export { may } from "../../lib/may.js";
export { Doing, useAct } from "../../ui/act.js";
export const baseName = (path) => String(path).split("/").pop();

export const moment = (ms) => html`<span class="whole">${when(ms)}</span>`;

export function size(bytes) {
  if (bytes < 1024) return t("ui.admin.bytes", { n: count(bytes) });
  const k = bytes / 1024;
  return k < 1024 ? `${k.toFixed(1)} KiB` : k < 1048576 ? `${(k / 1024).toFixed(1)} MiB` : `${(k / 1048576).toFixed(1)} GiB`;
}

// What will be done, in words, before it is: nothing is sent until the last button.
export function CheckAnswers({ title, points, warning, word, bad, of, onBack, onDo }) {
  return html`<div>
    <${Title} text=${title} />
    ${warning ? html`<div class="note">${warning}</div>` : null}
    <${Doing} of=${of} />
    <section><dl class="pairs">${points.map(([k, v]) => html`<div><dt>${k}</dt><dd>${v}</dd></div>`)}</dl></section>
    <div class="row">
      <button type="button" onClick=${onBack} disabled=${!!of.busy}>${t("ui.admin.back")}</button>
      <button type="button" class=${bad ? "bad" : "main"} onClick=${onDo} disabled=${!!of.busy}>${word}</button>
    </div>
  </div>`;
}

export function Tabs({ label, items }) {
  return html`<nav class="tabs" aria-label=${label}>${items.map(([text, href, here]) => html`<a href=${href} aria-current=${here ? "page" : undefined}>${text}</a>`)}</nav>`;
}

// What is shown once, to be taken along.
export function Copy({ id, label, value }) {
  const [done, set] = useState(false);
  const copy = async () => {
    const at = document.getElementById(id);
    at.select();
    try {
      await navigator.clipboard.writeText(value);
    } catch (e) {
      document.execCommand("copy"); // where the page is not over TLS, or an old browser
    }
    set(true);
  };
  return html`<div class="field"><label for=${id}>${label}</label>
    <input id=${id} readonly value=${value} onFocus=${(e) => e.target.select()} />
    <p><button type="button" onClick=${copy}>${t("ui.admin.copy")}</button> <span role="status">${done ? t("ui.admin.copied") : ""}</span></p></div>`;
}
