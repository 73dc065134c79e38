// What stands around every page: the office, who is in, where to go, and how fresh the data is.
import { html, useState, useEffect } from "../lib/html.js";
import { t, language, when, count } from "../lib/text.js";
import { look } from "../lib/api.js";
import { address } from "../lib/route.js";

const LARGE = "qian.large";
const EVERY_MS = 60000;

export function applyLarge(on) {
  document.documentElement.classList.toggle("large", on);
  localStorage.setItem(LARGE, on ? "1" : "");
}
export const isLarge = () => localStorage.getItem(LARGE) === "1";

export function Header({ me, onLanguage, onOut }) {
  const [large, set] = useState(isLarge());
  return html`<header class="top">
    <a class="skip" href="#content" onClick=${(e) => {
      e.preventDefault();
      const h = document.querySelector("main h1");
      if (h) h.focus();
    }}>${t("ui.skip")}</a>
    <a class="brand" href="#/">签 <span>${me.name || me.office}</span></a>
    <nav class="me" aria-label=${t("ui.me")}>
      <button type="button" class="plain" aria-pressed=${large} onClick=${() => {
        applyLarge(!large);
        set(!large);
      }}>${t("ui.large")}</button>
      <button type="button" class="plain" lang=${language() === "en" ? "zh-CN" : "en"} onClick=${onLanguage}>${language() === "en" ? "中文" : "English"}</button>
      ${me.person ? html`<a href=${address(["me"])}>${me.person}</a>
      <button type="button" class="plain" onClick=${onOut}>${t("ui.logout")}</button>` : null}
    </nav>
  </header>`;
}

export function Nav({ items, path }) {
  return html`<nav class="side" aria-label=${t("ui.nav")}><ul>${items.map(([id, to]) => html`<li><a href=${address(to)} aria-current=${(path[0] || "") === (to[0] || "") ? "page" : undefined}>${t(`ui.nav.${id}`)}</a></li>`)}</ul></nav>`;
}

// The last exchange, what has not gone up yet, and since when: loud when it is stale.
export function SyncBar() {
  const [s, set] = useState(null);
  useEffect(() => {
    let here = true;
    const ask = () => look("status").then((v) => here && set(v), () => here && set(null));
    ask();
    const timer = setInterval(ask, EVERY_MS);
    return () => {
      here = false;
      clearInterval(timer);
    };
  }, []);
  if (!s) return html`<div class="sync" role="status"></div>`;
  const up = (s.peers || []).find((p) => p.parent) || (s.peers || [])[0];
  const last = up && up.last_ok_ms;
  const days = last ? (Date.now() - last) / 86400e3 : null;
  const stale = days === null || days > 3;
  return html`<div class=${`sync ${stale ? "stale" : ""}`} role="status">
    <span>${last ? t("ui.sync-last", { when: when(last) }) : t("ui.sync-never")}</span>
    ${s.held ? html`<a href=${address(["incoming"])}>${t("ui.sync-held", { n: count(s.held) })}</a>` : null}
    ${s.quarantined ? html`<a class="loud" href=${address(["incoming"])}>${t("ui.sync-quarantined", { n: count(s.quarantined) })}</a>` : null}
  </div>`;
}
