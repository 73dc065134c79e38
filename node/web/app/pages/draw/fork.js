// One place of a log with two contents under the same key: what both sides are, and who must act.
import { html } from "../../lib/html.js";
import { aside, count, t, when } from "../../lib/text.js";
import { look } from "../../lib/api.js";
import { address } from "../../lib/route.js";
import { Looked, Table, Title, useLook } from "../../ui/parts.js";
import { Doing, Made, madeName, Pairs, short, useAct, useOffices } from "./common.js";

// What was drawn, and where the same place holds a draw on both sides how many of it are not in the other.
const drawn = (e) => (e.draw ? html`${e.held ? html`<a href=${address(["draw", e.draw])}>${e.draw}</a>` : e.draw} ${t("ui.draw.fork-drawn", { n: count(e.drawn) })}${e.alone === undefined ? "" : aside(e.alone ? t("ui.draw.fork-alone", { n: count(e.alone), draw: e.other }) : t("ui.draw.fork-same", { draw: e.other }))}` : "—");

// Entry by entry, where the two histories differ and both came here.
function Branches({ of }) {
  if (!of.length) return html`<section><h2>${t("ui.draw.fork-differs")}</h2><p class="dim">${t("ui.draw.fork-unknown")}</p></section>`;
  const gone = of.filter((e) => !e.held && e.draw).map((e) => e.draw);
  return html`<section><h2>${t("ui.draw.fork-differs")}</h2>
    <p>${t("ui.draw.fork-differs-says", { from: of[0].seq, n: new Set(of.map((e) => e.seq)).size })}${gone.length ? ` ${t("ui.draw.fork-draws", { n: gone.length })}` : ""}</p>
    <${Table} rows=${of} columns=${[
      { name: "seq", label: t("ui.draw.entry"), of: (e) => t("ui.draw.fork-seq", { n: e.seq }) },
      { name: "held", label: t("ui.draw.side"), of: (e) => html`<span class="whole">${e.held ? t("ui.draw.fork-here") : t("ui.draw.fork-there")}</span>` },
      { name: "what", label: t("ui.draw.what") },
      { name: "time", label: t("ui.draw.own-time"), of: (e) => when(e.time_ms) },
      { name: "draw", label: t("ui.draw.draw"), of: drawn },
    ]} /></section>`;
}

export function Fork({ name }) {
  const names = useOffices();
  const of = useLook(() => look("fork show", { words: name }), [name]);
  const doing = useAct();
  return html`<${Looked} of=${of}>${(f) => html`<div>
    <${Title} text=${t("ui.draw.fork-title", { office: names(f.log.split("/")[1]) })}><a class="button" href=${address(["verify"])}>${t("ui.draw.back")}</a><//>
    <section><p>${t("ui.draw.fork-means")}</p><${Pairs} of=${[
      [t("ui.draw.against"), names(f.log.split("/")[1])],
      [t("ui.draw.where"), t("ui.draw.log-entry", { log: f.log, n: f.place })],
      [t("ui.draw.what"), t(`ui.draw.fork-of-${f.what}`)],
      [t("ui.draw.found-on"), when(f.since_ms)],
      [t("ui.draw.state"), f.renewed ? t("ui.draw.fork-renewed", { epoch: f.renewed }) : t("ui.draw.fork-open")],
    ]} /></section>
    <section><h2>${t("ui.draw.sides")}</h2><${Table} rows=${f.sides.map((s, i) => ({ ...s, no: i + 1 }))} columns=${[
      { name: "no", label: t("ui.draw.side"), number: true },
      { name: "hash", label: t("ui.draw.leaf"), of: (s) => html`<code class="digest">${short(s.hash)}</code>` },
      { name: "time", label: t("ui.draw.own-time"), of: (s) => when(s.time_ms) },
      { name: "held", label: t("ui.draw.kept"), of: (s) => (s.held ? t("ui.draw.kept-here") : t("ui.no")) },
    ]} /></section>
    <${Branches} of=${f.entries || []} />
    <section><h2>${t("ui.draw.next-step")}</h2><p>${f.renewed ? t("ui.draw.fork-next-over") : t("ui.draw.fork-next")}</p>
      <${Doing} of=${doing} />
      <p class="row"><button type="button" disabled=${doing.busy} onClick=${() => doing.run("fork export", { words: [name], out: madeName(`fork-${name}`, "txt") })}>${t("ui.draw.fork-export")}</button>
      ${doing.answer && doing.answer.result && doing.answer.result.out ? html`<${Made} name=${doing.answer.result.out.split("/").pop()} label=${t("ui.draw.get-evidence")} />` : null}</p></section>
  </div>`}<//>`;
}
