// Targets: one's own first, overdue ones at the top.
import { html } from "../../lib/html.js";
import { t, stateName, when } from "../../lib/text.js";
import { look } from "../../lib/api.js";
import { address, replaceQuery } from "../../lib/route.js";
import { Select } from "../../ui/form.js";
import { Badge, Empty, Looked, Title, useLook } from "../../ui/parts.js";
import { names, tasksMine, tone } from "./data.js";
import { drafts } from "./draft.js";
import { AlongNote } from "./along.js";
import { Due } from "./visit.js";

export const visitAddress = (r) => address(["visit", r.draw, r.object], { task: r.task });
export const byDue = (a, b) => (a.due < b.due ? -1 : a.due > b.due ? 1 : a.name < b.name ? -1 : 1);
export const unsentOf = (r) => drafts().find((d) => d.parts[0] === "visit" && d.parts[1] === r.draw && d.parts[2] === r.object && d.parts[3] === r.task);

function Unsent({ of }) {
  if (!of) return null;
  const q = of.value.queue;
  return html` <${Badge} kind=${q && q.state === "refused" ? "bad" : "warn"}>${t(!q ? "ui.work.unsent" : q.state === "refused" ? "ui.visit.was-refused" : "ui.visit.waits")}<//>`;
}

export function VisitCards({ me, rows }) {
  return html`<ul class="visits">${rows.map((r) => html`<li key=${`${r.draw} ${r.object} ${r.task}`}><a href=${visitAddress(r)}>
    <span class="head"><strong>${r.name}</strong> <${Due} today=${me.today} due=${r.due} /></span>
    <span>${r.address}</span>
    <span>${r.task_name ? html`${r.task_name} <small class="dim">${r.task}</small>` : t("ui.work.task-of", { task: r.task })}</span>
    <span class="dim">${t("ui.work.until", { due: r.due })} · ${names(r.inspectors)}</span>
    <span>${r.state === "waiting" ? null : html`<${Badge} kind=${tone(r.state)}>${stateName("", r.state)}<//>`}<${Unsent} of=${unsentOf(r)} /></span>
  </a></li>`)}</ul>`;
}

const PAGE = 100;

export function Visits({ me, query }) {
  const mine = query.whose ? query.whose === "mine" : !!me.inspector;
  const open = query.state !== "all";
  const got = useLook(() => (mine && open ? tasksMine(me) : look("task list", { inspector: mine ? me.inspector || me.person : undefined, open: open || undefined }).then((value) => ({ value }))), [mine, open]);
  const put = (more) => replaceQuery({ ...query, ...more });
  return html`<div>
    <${Title} text=${t("ui.nav.visits")} />
    <form class="filters" onSubmit=${(e) => e.preventDefault()}>
      <${Select} id="whose" label=${t("ui.work.whose")} required=${true} value=${mine ? "mine" : "all"} set=${(v) => put({ whose: v })} choices=${[["mine", t("ui.work.mine")], ["all", t("ui.work.office-all")]]} />
      <${Select} id="open" label=${t("head.state")} required=${true} value=${open ? "open" : "all"} set=${(v) => put({ state: v })} choices=${[["open", t("ui.work.open-only")], ["all", t("ui.work.all")]]} />
    </form>
    <${Looked} of=${got}>${({ value: rows, at }) => {
      const upTo = Number(query.upto) || PAGE;
      const list = rows.slice().sort(byDue);
      const note = at ? html`<p class="note">${t("ui.visit.as-taken", { when: when(at) })}</p>` : mine ? html`<${AlongNote} me=${me} />` : null;
      if (!list.length) return html`${note}<${Empty} text=${t("ui.work.no-visits")} />`;
      return html`${note}<p class="dim">${t("ui.work.count", { n: list.length })}</p><${VisitCards} me=${me} rows=${list.slice(0, upTo)} />
        ${list.length > upTo ? html`<button type="button" onClick=${() => put({ upto: upTo + PAGE })}>${t("ui.work.next-page")}</button>` : null}`;
    }}<//>
  </div>`;
}
