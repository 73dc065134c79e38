// Targets: one's own first, overdue ones at the top.
import { html } from "../../lib/html.js";
import { t, stateName } from "../../lib/text.js";
import { look } from "../../lib/api.js";
import { address, replaceQuery } from "../../lib/route.js";
import { Select } from "../../ui/form.js";
import { Badge, Empty, Looked, Title, useLook } from "../../ui/parts.js";
import { names, tone } from "./data.js";
import { drafts } from "./draft.js";
import { Due } from "./visit.js";

export const visitAddress = (r) => address(["visit", r.draw, r.object], { task: r.task });
export const byDue = (a, b) => (a.due < b.due ? -1 : a.due > b.due ? 1 : a.name < b.name ? -1 : 1);
export const unsentOf = (me, r) => drafts(me).some((d) => d.parts[0] === "visit" && d.parts[1] === r.draw && d.parts[2] === r.object && d.parts[3] === r.task);

export function VisitCards({ me, rows }) {
  return html`<ul class="visits">${rows.map((r) => html`<li key=${`${r.draw} ${r.object} ${r.task}`}><a href=${visitAddress(r)}>
    <span class="head"><strong>${r.name}</strong> <${Due} today=${me.today} due=${r.due} /></span>
    <span>${r.address}</span>
    <span class="dim">${t("ui.work.task-of", { task: r.task })} · ${t("ui.work.until", { due: r.due })} · ${names(r.inspectors)}</span>
    <span>${r.state === "waiting" ? null : html`<${Badge} kind=${tone(r.state)}>${stateName("", r.state)}<//>`}${unsentOf(me, r) ? html` <${Badge} kind="warn">${t("ui.work.unsent")}<//>` : null}</span>
  </a></li>`)}</ul>`;
}

const PAGE = 100;

export function Visits({ me, query }) {
  const mine = query.whose ? query.whose === "mine" : !!me.inspector;
  const open = query.state !== "all";
  const got = useLook(() => look("task list", { inspector: mine ? me.inspector || me.person : undefined, open: open || undefined }), [mine, open]);
  const put = (more) => replaceQuery({ ...query, ...more });
  return html`<div>
    <${Title} text=${t("ui.nav.visits")} />
    <form class="filter" onSubmit=${(e) => e.preventDefault()}>
      <${Select} id="whose" label=${t("ui.work.whose")} required=${true} value=${mine ? "mine" : "all"} set=${(v) => put({ whose: v })} choices=${[["mine", t("ui.work.mine")], ["all", t("ui.work.office-all")]]} />
      <${Select} id="open" label=${t("head.state")} required=${true} value=${open ? "open" : "all"} set=${(v) => put({ state: v })} choices=${[["open", t("ui.work.open-only")], ["all", t("ui.work.all")]]} />
    </form>
    <${Looked} of=${got}>${(rows) => {
      const upTo = Number(query.upto) || PAGE;
      const list = rows.slice().sort(byDue);
      if (!list.length) return html`<${Empty} text=${t("ui.work.no-visits")} />`;
      return html`<p class="dim">${t("ui.work.count", { n: list.length })}</p><${VisitCards} me=${me} rows=${list.slice(0, upTo)} />
        ${list.length > upTo ? html`<button type="button" onClick=${() => put({ upto: upTo + PAGE })}>${t("ui.work.next-page")}</button>` : null}`;
    }}<//>
  </div>`;
}
