// A verdict with the evidence of each finding: code, against whom, entry, leaf, proof, what follows.
import { html } from "../../lib/html.js";
import { t, language, count, has, listed, parted } from "../../lib/text.js";
import { address } from "../../lib/route.js";
import { Badge } from "../../ui/parts.js";
import { Level, Pairs, short, useOffices } from "./common.js";

export const stateOf = (v) => (v.about === "rival" ? "rival" : v.findings.length ? "disputed" : v.about === "waiting" ? "waiting" : v.about === "draw" ? (v.forgotten ? "forgotten" : "verified") : "disputed");
export const kindOf = (s) => ({ verified: "good", disputed: "bad", rival: "bad" })[s] || "warn";
const textOf = (code) => `site.finding-${code.toLowerCase().replace(/_/g, "-")}`;
// What a code finds, in words; the code beside it is what other offices and programs call it.
const Found = ({ code }) => html`<span class="found">${has(textOf(code)) ? html`${t(textOf(code))} <small class="dim">${code}</small>` : code}</span>`;
export const foundIn = (codes) => (codes.length ? codes.map((code) => html`<${Found} code=${code} />`) : null);
export const stateName = (s) => (s === "waiting" ? t("ui.draw.waits") : t(`verify.is-${s}`));

export function State({ v }) {
  const s = stateOf(v);
  return html`<${Badge} kind=${kindOf(s)}>${stateName(s)}<//>`;
}

function Finding({ f, name }) {
  const follows = parted((f.follows || []).map((x) => (language() === "en" ? x.en : x.zh)));
  return html`<article class="finding">
    <h3><${Found} code=${f.code} /> <${Badge} kind="bad">${follows || f.consequence}<//></h3>
    <p>${language() === "en" ? f.en : f.zh}</p>
    <${Pairs} of=${[
      [t("ui.draw.against"), html`${name(f.held_against)} <small class="dim">${has(`verify.role-${f.role}`) ? t(`verify.role-${f.role}`) : f.role}</small>`],
      [t("ui.draw.where"), t("ui.draw.log-entry", { log: f.origin, n: f.seq })],
      [t("ui.draw.leaf"), html`<code class="digest">${short(f.leaf)}</code>`],
      f.proof ? [t("ui.draw.proof"), html`<details><summary>${t("ui.draw.proof-n", { n: f.proof.length, size: count(f.size) })}</summary><ol class="hashes">${f.proof.map((h) => html`<li><code>${h}</code></li>`)}</ol></details>`] : null,
    ]} />
  </article>`;
}

export function Evidence({ v }) {
  const name = useOffices();
  const skipped = {};
  for (const [code, why] of Object.entries(v.not_checked || {})) (skipped[why] = skipped[why] || []).push(code);
  return html`<div class="evidence">
    <p><${State} v=${v} /> ${t("ui.draw.checks", { ok: (v.ok || []).length, found: v.findings.length, skipped: Object.keys(v.not_checked || {}).length })}
      ${v.level ? html` ${t("ui.draw.level-found")} <${Level} of=${v.level} />` : null}
      ${v.draw && v.about === "draw" ? html` <a href=${address(["draw", v.draw])}>${v.draw}</a>` : null}</p>
    ${v.findings.map((f) => html`<${Finding} f=${f} name=${name} />`)}
    ${Object.keys(skipped).length ? html`<details><summary>${t("ui.draw.not-checked", { n: Object.keys(v.not_checked).length })}</summary>
      <ul>${Object.entries(skipped).map(([why, codes]) => html`<li>${t(why)}<small class="dim"> ${listed(codes)}</small></li>`)}</ul></details>` : null}
  </div>`;
}
