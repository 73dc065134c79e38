// All sampling tasks, as one of the office's lists; and the papers and registers that belong to them.
import { html } from "../../lib/html.js";
import { t } from "../../lib/text.js";
import { may, mayWrite } from "../../lib/may.js";
import { address } from "../../lib/route.js";
import { Looked, Title, useLook } from "../../ui/parts.js";
import { lists } from "../lists/data.js";
import { Exports, Listed } from "../lists/list.js";

export function Tasks({ me, query }) {
  const of = useLook(lists, []);
  return html`<${Looked} of=${of}>${(all) => {
    const list = all.lists.find((l) => l.id === "sampling-tasks");
    return html`<div class="listpage">
      <${Title} text=${t("ui.nav.sampling")}>${mayWrite(me, "sampling_task") ? html`<a class="button main" href=${address(["sampling", "add"])}>${t("ui.sampling.add-task")}</a>` : null}<//>
      <p class="row shortcuts">
        <a class="button" href=${address(["lists", "samples"])}>${t("ui.sampling.all-batches")}</a>
        ${mayWrite(me, "lab_test") ? html`<a class="button" href=${address(["test"])}>${t("ui.sampling.to-tests")}</a>` : null}
        ${may(me, "blind") ? html`<a class="button" href=${address(["blind"])}>${t("ui.sampling.to-numbers")}</a>` : null}
        ${mayWrite(me, "lab") ? html`<a class="button" href=${address(["labs"])}>${t("ui.sampling.labs")}</a>` : null}
      </p>
      <${Listed} list=${list} offices=${all.offices} query=${query} path=${["sampling"]} />
      <p class="row"><${Exports} list=${list} query=${query} /></p>
    </div>`;
  }}<//>`;
}
