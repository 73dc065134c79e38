// Who did what, for the auditor: what is filtered by stands in the address.
import { html } from "../../lib/html.js";
import { t, has as hasText, kindName } from "../../lib/text.js";
import { look } from "../../lib/api.js";
import { address, replaceQuery } from "../../lib/route.js";
import { Check, Input } from "../../ui/form.js";
import { Badge, Looked, Table, Title, useLook } from "../../ui/parts.js";

const PAGE = 100;

export function Trail({ route }) {
  const q = route.query;
  const asked = { person: q.person, since: q.since, until: q.until, object: q.object, refused: q.refused === "1", past: q.past, limit: PAGE };
  const list = useLook(() => look("audit trail", asked), [JSON.stringify(asked)]);
  const set = (name) => (v) => replaceQuery({ ...q, [name]: v, past: "" });
  const columns = [
    { name: "line", label: t("head.line") },
    { name: "time", label: t("table.time"), of: (l) => html`<span class="whole">${l.time}</span>` },
    { name: "person", label: t("head.name") },
    { name: "said", label: t("head.act") },
    { name: "refused", label: t("head.outcome"), of: (l) => (l.refused ? html`<${Badge} kind="bad">${t("trail.refused")}<//> ${hasText(l.refused) ? html`<small>${l.refused}</small>` : ""}` : t("trail.done")) },
    { name: "about", label: t("head.about"), of: (l) => (l.about || "").replace(/^[a-z_]+(?= )/, kindName) },
    { name: "entry", label: t("head.entry"), of: (l) => (l.seq === undefined ? "" : `${l.epoch}-${l.seq}`) },
  ];
  return html`<div class="admin">
    <${Title} text=${t("ui.nav.trail")} />
    <form class="filters" onSubmit=${(e) => e.preventDefault()}>
      <${Input} id="person" label=${t("ui.person")} value=${q.person} set=${set("person")} required=${true} />
      <${Input} id="since" type="date" label=${t("ui.admin.from-day")} value=${q.since} set=${set("since")} required=${true} />
      <${Input} id="until" type="date" label=${t("ui.admin.to-day")} value=${q.until} set=${set("until")} required=${true} />
      <${Input} id="object" label=${t("ui.admin.object")} value=${q.object} set=${set("object")} required=${true} />
      <${Check} id="refused" label=${t("ui.admin.refused-only")} value=${q.refused === "1"} set=${(on) => set("refused")(on ? "1" : "")} />
    </form>
    <${Looked} of=${list}>${(rows) => html`
      <${Table} columns=${columns} rows=${rows} />
      ${rows.length === PAGE ? html`<p><a class="button" href=${address(["trail"], { ...q, past: rows[rows.length - 1].line })}>${t("ui.admin.earlier")}</a></p>` : null}`}<//>
  </div>`;
}
