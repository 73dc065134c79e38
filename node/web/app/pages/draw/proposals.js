// Visits that could be made as one: a proposal, by which no draw changes.
import { html } from "../../lib/html.js";
import { t, listed } from "../../lib/text.js";
import { look } from "../../lib/api.js";
import { replaceQuery } from "../../lib/route.js";
import { Badge, Empty, Looked, Table, Title, useLook } from "../../ui/parts.js";
import { Check } from "../../ui/form.js";
import { people } from "./common.js";

export function Proposals({ query }) {
  const of = useLook(() => look("visit proposals", { district: !!query.district }), [query.district]);
  return html`<div>
    <${Title} text=${t("ui.draw.proposals")} />
    <p>${t("ui.draw.proposals-say")}</p>
    <${Check} id="district" label=${t("ui.draw.with-district")} value=${!!query.district} set=${(x) => replaceQuery({ district: x ? 1 : "" })} />
    <${Looked} of=${of}>${(all) => (all.length ? all.map((p, i) => html`<section>
      <h2>${t("ui.draw.proposal-n", { n: i + 1 })} ${p.reasons.map((r) => html`<${Badge}>${t(`proposal.${r}`)}<//> `)}${p.same_inspectors ? html`<${Badge} kind="good">${t("ui.draw.same-people")}<//>` : null}</h2>
      <p>${t("ui.draw.possible", { from: p.from, to: p.to })}</p>
      <${Table} rows=${p.targets} columns=${[
        { name: "name", label: t("ui.draw.target") },
        { name: "address", label: t("ui.draw.address") },
        { name: "task", label: t("ui.draw.task"), of: (x) => `${x.task}/${x.round}` },
        { name: "inspectors", label: t("ui.draw.inspectors"), of: (x) => listed(people(x.inspectors).map((y) => y.name)) },
        { name: "window", label: t("ui.draw.window"), of: (x) => `${x.from} — ${x.to}` },
      ]} />
    </section>`) : html`<${Empty} text=${t("ui.draw.no-proposals")} />`)}<//>
  </div>`;
}
