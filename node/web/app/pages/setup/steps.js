// Where the first use stands.
import { html } from "../../lib/html.js";
import { t } from "../../lib/text.js";

const ALL = ["keys", "certificate", "person", "exchange", "backup"];

export function Steps({ now }) {
  const at = ALL.indexOf(now);
  return html`<ol class="first-steps" aria-label=${t("ui.setup.steps")}>${ALL.map((id, i) => html`<li class=${i < at ? "past" : i === at ? "now" : ""} aria-current=${i === at ? "step" : undefined}>${t(`ui.setup.step-${id}`)}${i < at ? html` <small>${t("ui.setup.done-mark")}</small>` : i === at ? html` <small>${t("ui.setup.now-mark")}</small>` : null}</li>`)}</ol>`;
}
