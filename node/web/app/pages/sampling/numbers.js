// The custodian's: which sample bears which number, numbers for what came, and their revealing once the tests are concluded.
import { html, useState } from "../../lib/html.js";
import { t, count } from "../../lib/text.js";
import { act, get } from "../../lib/api.js";
import { may } from "../../lib/may.js";
import { address, replaceQuery } from "../../lib/route.js";
import { Badge, Looked, Table, Title, useLook } from "../../ui/parts.js";
import { Ask, Doing, Pick, Search, useAct } from "../draw/common.js";

const MOST = 200;
const stateOf = (n) => (n.revealed ? "revealed" : n.concluded ? "concluded" : "waiting");

export function Numbers({ me, query }) {
  const of = useLook(() => Promise.all([act("sample numbers", {}).then((a) => a.result), get("lists/samples", { next: "number", office: me.office, limit: MOST, count: 1 })]), []);
  const [ask, set] = useState("");
  const doing = useAct();
  if (!may(me, "blind")) return html`<div><${Title} text=${t("ui.sampling.to-numbers")} /><p class="note">${t("ui.sampling.numbers-whose")}</p></div>`;
  const run = async (command) => {
    if (!(await doing.run(command, {}))) return;
    set("");
    of.again();
  };
  return html`<${Looked} of=${of}>${([numbers, fresh]) => {
    const ready = numbers.filter((n) => n.concluded && !n.revealed);
    if (ask === "number") return html`<${Ask} title=${t("ui.sampling.give-numbers")} label=${t("ui.sampling.give-numbers")} doing=${doing} onDo=${() => run("sample number")} onBack=${() => set("")} says=${[t("ui.sampling.numbers-say-1"), t("ui.sampling.numbers-say-2")]} pairs=${[[t("ui.sampling.n-received"), count(fresh.count)], ...fresh.rows.slice(0, 12).map((r) => [r.sheet_no, r.product])]} />`;
    if (ask === "reveal") return html`<${Ask} title=${t("ui.sampling.reveal")} label=${t("ui.sampling.reveal")} bad=${true} doing=${doing} onDo=${() => run("sample reveal")} onBack=${() => set("")} says=${[t("ui.sampling.reveal-says")]} pairs=${[[t("ui.sampling.n-concluded"), count(ready.length)], ...ready.slice(0, 12).map((n) => [n.number, n.sheet_no])]} />`;
    const wanted = (query.q || "").trim().toUpperCase();
    const shown = numbers.filter((n) => (!query.state || stateOf(n) === query.state) && (!wanted || `${n.number} ${n.sheet_no}`.toUpperCase().includes(wanted)));
    return html`<div><p class="trace"><a href=${address(["sampling"])}>${t("ui.nav.sampling")}</a></p>
      <${Title} text=${t("ui.sampling.to-numbers")} /><${Doing} of=${doing} />
      ${doing.answer ? html`<p class="note good" role="status">${t(doing.answer.result.numbered !== undefined ? "ui.sampling.numbered" : "ui.sampling.revealed", { n: count(doing.answer.result.numbered !== undefined ? doing.answer.result.numbered : doing.answer.result.revealed) })}</p>` : null}
      <p>${t("ui.sampling.numbers-about")}</p>
      <section><p class="row"><button type="button" class=${fresh.count ? "main" : ""} disabled=${!fresh.count} onClick=${() => set("number")}>${t("ui.sampling.number-n", { n: count(fresh.count) })}</button>
        <button type="button" class=${ready.length ? "main" : ""} disabled=${!ready.length} onClick=${() => set("reveal")}>${t("ui.sampling.reveal-n", { n: count(ready.length) })}</button></p></section>
      <div class="row"><${Search} id="q" label=${t("ui.sampling.find-number")} name="q" query=${query} /><${Pick} id="state" label=${t("head.state")} name="state" query=${query} choices=${["waiting", "concluded", "revealed"].map((s) => [s, t(`sampling.number-${s}`)])} />${Object.keys(query).length ? html`<button type="button" onClick=${() => replaceQuery({})}>${t("ui.lists.clear")}</button>` : null}</div>
      <${Table} rows=${shown} columns=${[
        { name: "number", label: t("field.number"), of: (n) => html`<a href=${address(["test", n.number])}>${n.number}</a>` },
        { name: "sheet_no", label: t("field.sheet-no") },
        { name: "lab", label: t("field.lab") },
        { name: "state", label: t("head.state"), of: (n) => html`<${Badge} kind=${stateOf(n) === "revealed" ? "good" : stateOf(n) === "concluded" ? "warn" : ""}>${t(`sampling.number-${stateOf(n)}`)}<//>` },
      ]} /></div>`;
  }}<//>`;
}
