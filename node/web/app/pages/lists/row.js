// One row: what stands in it, the entry that it was signed in, where that has arrived, and what it was before.
import { html } from "../../lib/html.js";
import { t, when } from "../../lib/text.js";
import { get, look } from "../../lib/api.js";
import { address } from "../../lib/route.js";
import { Badge, Looked, Title, useLook, Empty } from "../../ui/parts.js";
import { badgeOf, badged, hidden, linkOf, secret, words } from "./data.js";

function Pair({ label, children }) {
  return html`<div><dt>${label}</dt><dd>${children}</dd></div>`;
}

function Value({ column, value, offices }) {
  if (secret(value)) return html`<span class="dim">${hidden()}</span>`;
  if (column.kind === "hash") return html`<code>${value}</code>`;
  const said = words(column, value, offices);
  if (!said) return html`<span class="dim">—</span>`;
  const href = linkOf(column, value);
  if (href) return html`<a href=${href}>${said}</a>`;
  if (badged(column)) return html`<${Badge} kind=${badgeOf(value)}>${said}<//>`;
  if (column.name === "note") return html`<pre>${said}</pre>`;
  return column.kind === "office" && said !== value ? html`${said} <span class="dim">${value}</span>` : said;
}

const REACHED = ["stored", "held", "settled", "refused", "applied"];
function kindOf(stage) {
  return stage === "applied" ? "good" : stage === "refused" ? "bad" : REACHED.includes(stage) ? "warn" : "";
}

function Above({ above, offices }) {
  const o = offices.find((x) => x.code === above.office);
  const at = above.cosigned ? above.cosigned.time_s : above.receipt ? above.receipt.time_s : 0;
  return html`<li><strong>${(o && o.name) || above.office}</strong> <${Badge} kind=${kindOf(above.state)}>${t(`ui.lists.stage.${above.state}`)}<//>
    ${at ? html` <span class="dim">${t(above.cosigned ? "ui.lists.stage-at" : above.state === "nothing" ? "ui.lists.stage-until" : "ui.lists.stage-by", { when: when(at * 1000) })}</span>` : null}
    ${above.rule ? html`<div class="dim">${above.rule}</div>` : null}</li>`;
}

function Stage({ s, offices, old }) {
  return html`<div>
    <dl class="pairs">
      <${Pair} label=${t("ui.lists.signed-in")}><code>${s.origin}#${s.seq}</code><//>
      <${Pair} label=${t("ui.lists.signed-at")}>${when(s.stages[0].time_s * 1000)}<//>
      ${s.hash ? html`<${Pair} label=${t("ui.lists.hash")}><code>${s.hash}</code><//>` : null}
      ${s.signature ? html`<${Pair} label=${t("ui.lists.signature")}><code>${s.signature}</code><//>` : null}
    </dl>
    ${old ? null : html`<h3>${t("ui.lists.arrived")}</h3>
      ${s.offices.length ? html`<ol class="stages">${s.offices.map((a) => html`<${Above} above=${a} offices=${offices} />`)}</ol>` : html`<p class="dim">${t("ui.lists.nobody-above")}</p>`}`}
  </div>`;
}

// The newest revision first, and the ones before it: each has an entry of its own.
async function revisionsOf(record) {
  const newest = await look("status", { record });
  const all = [newest];
  for (let rev = (newest.rev || 1) - 1; rev >= 1 && all.length < 20; rev--) {
    const one = await look("status", { record, rev }).catch(() => null);
    if (one) all.push(one);
  }
  return all;
}

function Signed({ record, offices }) {
  const of = useLook(() => revisionsOf(record), [record]);
  return html`<${Looked} of=${of}>${(all) => html`<div>
    <section><h2>${t("ui.lists.signed")}</h2><${Stage} s=${all[0]} offices=${offices} /></section>
    <section><h2>${t("ui.lists.revisions")}</h2>
      ${all.length < 2 ? html`<p class="dim">${t("ui.lists.never-revised")}</p>` : all.slice(1).map((s) => html`<div><h3>${t("ui.lists.revision", { n: s.rev })}</h3><${Stage} s=${s} offices=${offices} old=${true} /></div>`)}
    </section>
  </div>`}<//>`;
}

export function Row({ list, offices, at }) {
  const of = useLook(() => get(`lists/${list.id}`, { only: at }), [list.id, at]);
  return html`<div class="listpage">
    <p class="trace"><a href=${address(["lists"])}>${t("ui.nav.lists")}</a> › <a href=${address(["lists", list.id])}>${list.title}</a></p>
    <${Looked} of=${of}>${({ rows }) => {
      const r = rows[0];
      if (!r) return html`<div><${Title} text=${list.title} /><${Empty} text=${t("ui.lists.gone")} /></div>`;
      const head = list.columns.find((c) => c.first);
      return html`<div>
        <${Title} text=${secret(r[head.name]) ? hidden() : head.kind === "hash" ? r[head.name].slice(0, 16) : words(head, r[head.name], offices)} />
        <section><h2>${t("ui.lists.content")}</h2><dl class="pairs">${list.columns.map((c) => html`<${Pair} label=${c.label}><${Value} column=${c} value=${r[c.name]} offices=${offices} /><//>`)}</dl></section>
        ${r.record ? html`<${Signed} record=${r.record} offices=${offices} />` : null}
      </div>`;
    }}<//>
  </div>`;
}
