// A plan goes to the office above, to be put on file.
import { html, useState } from "../../lib/html.js";
import { t } from "../../lib/text.js";
import { look } from "../../lib/api.js";
import { address, go } from "../../lib/route.js";
import { Input } from "../../ui/form.js";
import { Looked, Title, useLook } from "../../ui/parts.js";
import { Ask, Pairs, useAct, useOffices } from "../draw/common.js";

export function FilePlan({ me, name }) {
  const names = useOffices();
  const of = useLook(() => Promise.all([look("plan list"), look("status", { brief: true })]), [name]);
  const [note, set] = useState("");
  const [sure, ask] = useState(false);
  const doing = useAct();
  return html`<${Looked} of=${of}>${([plans, status]) => {
    const p = plans.find((x) => x.plan === name) || {};
    const kind = p.rev > 1 ? "revision" : "plan";
    const pairs = [[t("ui.draw.plan"), p.title], [t("ui.draw.doc-no"), p.doc_no], [t("ui.draw.filed"), t(`word.subject-kind.${kind}`)], [t("ui.year.file-to"), names(status.parent)], [t("ui.draw.sent-on"), me.today]];
    const send = async () => {
      const words = ["filing", `subject_kind=${kind}`, `plan=${name.split("/")[1]}`, `doc_no=${p.doc_no}`, `sent_on=${me.today}`];
      if (note.trim()) words.push(`note=${note.trim()}`);
      if (await doing.run("record add", { words })) go(["plan", name], { part: "filing", done: "filed" });
    };
    if (!status.parent) return html`<div><${Title} text=${t("ui.year.file-plan")} /><p class="note">${t("ui.year.no-parent")}</p></div>`;
    if (sure) return html`<${Ask} title=${t("ui.year.file-plan")} label=${t("ui.draw.write-it")} doing=${doing} onDo=${send} onBack=${() => ask(false)} pairs=${[...pairs, note.trim() ? [t("ui.draw.note"), note] : null]} says=${[t("ui.year.file-says")]} />`;
    return html`<div><${Title} text=${t("ui.year.file-plan")}><a class="button" href=${address(["plan", name], { part: "filing" })}>${t("ui.draw.back")}</a><//>
      <section><${Pairs} of=${pairs} /></section>
      <form onSubmit=${(e) => {
        e.preventDefault();
        ask(true);
      }}><${Input} id="note" label=${t("ui.draw.note")} lines=${3} value=${note} set=${set} />
      <div class="row"><button class="main">${t("ui.draw.check-answers")}</button></div></form></div>`;
  }}<//>`;
}
