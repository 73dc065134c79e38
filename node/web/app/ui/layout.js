// What stands around every page: the office, who is in, where to go, and how fresh the data is.
import { html, useState, useEffect } from "../lib/html.js";
import { t, language, when, count, said } from "../lib/text.js";
import { look } from "../lib/api.js";
import { address } from "../lib/route.js";

const LARGE = "qian.large";
const EVERY_MS = 60000;

export function applyLarge(on) {
  document.documentElement.classList.toggle("large", on);
  localStorage.setItem(LARGE, on ? "1" : "");
  dispatchEvent(new Event("resize")); // charts are drawn anew
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

// Pages that are reached from those of a section.
const OF = { calendar: "plans", items: "plans", marks: "plans", proposals: "plans", tables: "plans", ceremony: "draws", fork: "verify", slip: "verify", report: "figures", reports: "figures", preview: "publish", site: "publish", paper: "scan", start: "sync", batch: "sampling", test: "sampling", blind: "sampling", labs: "sampling" };

// On a narrow screen a button opens the list; it says where one is.
export function Nav({ items, path }) {
  const [open, set] = useState(false);
  const at = path.join("/");
  useEffect(() => set(false), [at]);
  const here = (to) => [path[0] || "", `${path[0]}s`, OF[path[0]]].includes(to[0] || "");
  const now = items.find(([, to]) => here(to));
  return html`<nav class="side" aria-label=${t("ui.nav")}>
    <button type="button" class="menu" aria-expanded=${open} aria-controls="nav" onClick=${() => set(!open)}>${now ? said(t("ui.menu"), t(`ui.nav.${now[0]}`)) : t("ui.menu")}</button>
    <ul id="nav">${items.map(([id, to]) => html`<li><a href=${address(to)} aria-current=${here(to) ? "page" : undefined} onClick=${() => set(false)}>${t(`ui.nav.${id}`)}</a></li>`)}</ul></nav>`;
}

const MINUTE = 60000;
// "3 小时": since a moment, by the office's own clock.
function since(ms, now) {
  const m = Math.max(0, Math.round((now - ms) / MINUTE));
  if (m < 60) return t("ui.admin.minutes", { n: m });
  return m < 48 * 60 ? t("ui.admin.hours", { n: Math.floor(m / 60) }) : t("ui.admin.days", { n: Math.floor(m / 1440) });
}

// The last exchange, what has not gone up yet, and since when: loud when it is stale.
export function SyncBar() {
  const [s, set] = useState(null);
  const [lost, setLost] = useState(false);
  useEffect(() => {
    let here = true;
    const take = (v) => {
      if (!here) return;
      set(v);
      setLost(false);
    };
    const ask = () => look("status", { brief: true }).then(take, (p) => here && setLost(p.status !== 401));
    ask();
    const timer = setInterval(ask, EVERY_MS);
    addEventListener("online", ask);
    addEventListener("acted", ask);
    return () => {
      here = false;
      removeEventListener("online", ask);
      removeEventListener("acted", ask);
      clearInterval(timer);
    };
  }, []);
  if (lost) return html`<div class="sync red" role="status"><span>${t("ui.unreachable")}</span></div>`;
  if (!s) return html`<div class="sync" role="status"></div>`;
  const to = address(["sync"]);
  const stuck = s.last_ok_ms && s.problem;
  const kind = s.colour === "red" || s.clock_off ? "red" : s.colour === "green" && !stuck ? "" : "stale";
  return html`<div class=${`sync ${kind}`} role="status">
    ${s.parent ? html`<a href=${to}>${s.last_ok_ms ? t("ui.admin.bar-last", { when: when(s.last_ok_ms), since: since(s.last_ok_ms, s.now_ms) }) : t("ui.sync-never")}</a>
    <span>${s.pending ? t("ui.admin.bar-pending", { n: count(s.pending), since: since(s.oldest_ms, s.now_ms) }) : s.last_ok_ms ? t("ui.admin.bar-all-up") : ""}</span>` : html`<a href=${to}>${t("ui.admin.bar-top")}</a>`}
    ${s.clock_off ? html`<span class="loud">${t("ui.admin.bar-clock", { now: when(s.now_ms) })}</span>` : null}
    ${stuck ? html`<a href=${to}>${t("ui.admin.bar-failed")}</a>` : null}
    ${s.next_ms > s.now_ms ? html`<span>${t("ui.admin.bar-next", { when: when(s.next_ms).slice(11) })}</span>` : null}
    ${s.held ? html`<a href=${address(["incoming"])}>${t("ui.sync-held", { n: count(s.held) })}</a>` : null}
    ${s.quarantined ? html`<a class="loud" href=${address(["incoming"])}>${t("ui.sync-quarantined", { n: count(s.quarantined) })}</a>` : null}
  </div>`;
}
