// The administrator's first steps behind the password: the line to the office above, and a backup. Both are the ordinary acts.
import { html, useState } from "../../lib/html.js";
import { t, count, said } from "../../lib/text.js";
import { look, fileAddress, newKey } from "../../lib/api.js";
import { go } from "../../lib/route.js";
import { Input, Summary } from "../../ui/form.js";
import { Looked, Title, useLook } from "../../ui/parts.js";
import { baseName, Doing, size, useAct } from "../admin/parts.js";
import { Steps } from "./steps.js";

const ADDRESS = /^https:\/\/[^/\s:]+(:[0-9]+)?\/?$|^https:\/\/\[[0-9a-f:.]+\](:[0-9]+)?\/?$/i;

function Exchange({ status, onNext }) {
  const was = status.peers.find((p) => p.office === status.parent);
  const [url, set] = useState(was ? was.url || "" : "");
  const [errors, setErrors] = useState({});
  const [done, tell] = useState(null);
  const act = useAct();
  const send = async (e) => {
    e.preventDefault();
    const wrong = !url.trim() ? { url: t("ui.setup.address-wrong") } : ADDRESS.test(url.trim()) ? {} : { url: t("ui.setup.address-https") };
    setErrors(wrong);
    tell(null);
    if (wrong.url || !(await act.run("peer set", { words: [status.parent, url.trim()] }))) return;
    const a = await act.run("sync", { words: [status.parent] });
    if (a && a.exit === 0) tell(a.result || {});
  };
  if (!status.parent) return html`<p>${t("ui.setup.exchange-top")}</p><button type="button" class="main" onClick=${onNext}>${t("ui.setup.next")}</button>`;
  return html`<p>${t("ui.setup.exchange-says", { parent: status.parent })}</p>
    <${Summary} errors=${errors} />
    <${Doing} of=${act} />
    ${act.answer && act.answer.exit ? html`<div class="refusal" role="alert">${act.answer.said}</div>` : null}
    <form onSubmit=${send} novalidate>
      <${Input} id="url" label=${t("ui.setup.address")} hint=${t("ui.setup.address-hint")} required=${true} type="url" error=${errors.url} value=${url} set=${set} />
      <div class="row"><button class=${done ? "" : "main"} disabled=${!!act.busy}>${act.busy ? t("ui.working") : t("ui.setup.exchange")}</button>
      ${done ? null : html`<button type="button" onClick=${onNext}>${t("ui.setup.skip")}</button>`}</div>
    </form>
    ${done ? html`<p class="note" role="status" id="exchanged">${t("ui.setup.exchanged", { got: count(done.headers || 0), sent: count(done.sent_frames || 0) })}</p>
      <button type="button" class="main" onClick=${onNext}>${t("ui.setup.next")}</button>` : null}`;
}

function Backup({ me }) {
  const act = useAct();
  const made = act.answer && act.answer.result;
  const make = () => act.run("backup create", { out: `${me.office}-${(me.today || "").replace(/-/g, "")}-${newKey().slice(0, 4)}.qbak` });
  return html`<p>${t("ui.setup.backup-says")}</p>
    <p class="note">${t("ui.setup.backup-where")}</p>
    <${Doing} of=${act} />
    ${made && made.path ? html`<p class="note" role="status">${t("ui.setup.backed-up", { size: size(made.bytes) })}</p>
      <p><a class="button" id="backup" href=${fileAddress(baseName(made.path))} download>${t("ui.download", { name: baseName(made.path) })}</a></p>
      <p>${t("ui.setup.finish-says")}</p>` : null}
    <div class="row">
      ${made ? null : html`<button type="button" class="main" disabled=${!!act.busy} onClick=${make}>${act.busy ? t("ui.working") : t("ui.setup.backup")}</button>`}
      <button type="button" class=${made ? "main" : ""} onClick=${() => go([])}>${made ? t("ui.setup.finish") : t("ui.setup.skip")}</button>
    </div>`;
}

export function Start({ me }) {
  const [step, set] = useState("exchange");
  const status = useLook(() => look("status"), []);
  return html`<div class="narrow setup">
    <${Title} text=${said(t("ui.setup.title"), t(`ui.setup.step-${step}`))} />
    <${Steps} now=${step} />
    ${step === "backup" ? html`<${Backup} me=${me} />` : html`<${Looked} of=${status}>${(s) => html`<${Exchange} status=${s} onNext=${() => set("backup")} />`}<//>`}
  </div>`;
}
