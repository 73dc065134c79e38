// A slip that somebody brings: its text, typed, pasted or scanned, is held against this office's own logs, and the verdict is told in words.
import { html, useState } from "../../lib/html.js";
import { t } from "../../lib/text.js";
import { upload } from "../../lib/api.js";
import { address } from "../../lib/route.js";
import { File, Input, Summary, useValues } from "../../ui/form.js";
import { Badge, Title } from "../../ui/parts.js";
import { Doing, useAct } from "./common.js";

const KINDS = { agrees: "good", contradicts: "bad", unjudged: "warn" };
// As it was pasted: ends of lines of another system, blanks around it. Its sum is of the text as the office wrote it.
const lines = (s) => `${s.replace(/\r\n?/g, "\n").trim()}\n`;

function Verdict({ r }) {
  return html`<section aria-live="polite"><h2>${t("ui.draw.slip-verdict")}</h2>
    <p><${Badge} kind=${KINDS[r.verdict]}>${t(`ui.draw.slip-${r.verdict}`)}<//> ${t(`slip.${r.verdict}`, { object: r.object, draw: r.draw || "—" })}</p>
    <ul class="steps-told">${r.steps.map((s) => html`<li><${Badge} kind=${s.ok ? "good" : "bad"}>${t(s.ok ? "ui.draw.slip-holds" : "ui.draw.slip-fails")}<//> <span>${s.said}</span></li>`)}</ul>
    ${r.draw ? html`<p><a class="button" href=${address(["draw", r.draw])}>${t("ui.draw.to-draw-page")}</a></p>` : null}
  </section>`;
}

export function Slip() {
  const [v, put] = useValues({ text: "", file: "" });
  const [errors, setErrors] = useState({});
  const doing = useAct();
  const check = async (e) => {
    e.preventDefault();
    const empty = !v.file && !v.text.trim();
    setErrors(empty ? { text: t("ui.missing", { field: t("ui.draw.slip-text") }) } : {});
    doing.clear();
    if (empty) return;
    try {
      const name = v.text.trim() ? await upload(new window.File([lines(v.text)], "slip.txt", { type: "text/plain" })) : v.file;
      await doing.run("slip check", { words: [name] });
    } catch (p) {
      doing.refuse(p);
    }
  };
  const r = doing.answer && doing.answer.result;
  return html`<div><${Title} text=${t("ui.draw.slip-check")}><a class="button" href=${address(["verify"])}>${t("ui.draw.back")}</a><//>
    <p>${t("ui.draw.slip-says")}</p>
    <${Summary} errors=${errors} /><${Doing} of=${doing} />
    <form onSubmit=${check} novalidate>
      <${Input} id="text" label=${t("ui.draw.slip-text")} hint=${t("ui.draw.slip-hint")} required=${true} error=${errors.text} lines=${12} spellcheck="false" autocomplete="off" value=${v.text} set=${(text) => put({ text })} />
      <${File} id="file" label=${t("ui.draw.slip-file")} accept=".txt,text/plain" set=${(file) => put({ file })} refuse=${(p) => setErrors({ file: p.message })} />
      <div class="row"><button class="main" disabled=${doing.busy}>${t("ui.draw.slip-do")}</button></div>
    </form>
    ${r ? html`<${Verdict} r=${r} />` : null}
  </div>`;
}
