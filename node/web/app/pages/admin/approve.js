// Taking in an office below: its request, the fingerprint that it told by telephone, its level and districts; the certificate.
import { html, useState } from "../../lib/html.js";
import { t } from "../../lib/text.js";
import { look, fileAddress } from "../../lib/api.js";
import { File, Input, Select, Summary, useValues } from "../../ui/form.js";
import { Badge, Refusal, Title } from "../../ui/parts.js";
import { CheckAnswers, useAct } from "./parts.js";

const LEVELS = ["city", "county", "station"];
// A code names its district by digits before the zeros: two for a province, four for a city, six for a county.
const scopeOf = (code) => (code.length === 6 ? code.replace(/(00)+$/, "") : code);
const levelOf = (code) => LEVELS[Math.min(2, Math.max(0, scopeOf(code).length / 2 - 2))];

export function Approve() {
  const [v, put] = useValues({ file: "", fingerprint: "", level: "", scope: "" });
  const [who, seen] = useState(null);
  const [errors, setErrors] = useState({});
  const [problem, tell] = useState(null);
  const [step, go] = useState("form");
  const act = useAct();
  const read = async (file) => {
    tell(null);
    seen(null);
    put({ file });
    if (!file) return;
    try {
      const r = await look("enrol show", { words: [file] });
      seen(r);
      put({ level: r.continued ? "" : levelOf(r.office), scope: r.continued ? "" : scopeOf(r.office) });
    } catch (p) {
      tell(p);
    }
  };
  const check = (e) => {
    e.preventDefault();
    const wrong = {};
    if (!who) wrong.file = t("ui.admin.choose-request");
    if (!v.fingerprint.trim()) wrong.fingerprint = t("ui.admin.print-missing");
    if (who && !who.continued && !v.level) wrong.level = t("ui.admin.level-missing");
    if (who && !who.continued && !v.scope.trim()) wrong.scope = t("ui.admin.scope-missing");
    setErrors(wrong);
    if (!Object.keys(wrong).length) go("check");
  };
  const out = who ? `${who.office}-${who.epoch}.chain` : "";
  const approve = async () => {
    const o = { words: [v.file], fingerprint: v.fingerprint.trim(), out };
    if (v.level) o.level = v.level;
    if (v.scope.trim()) o.scope = v.scope.trim().split(/[\s,，、]+/);
    if (await act.run("enrol approve", o)) go("done");
  };
  const name = who ? `${who.office} ${who.name}` : "";
  if (step === "check")
    return html`<${CheckAnswers} title=${t("ui.admin.approve-title", { name: who.name })} warning=${t("ui.admin.approve-warns")} of=${act} word=${t("ui.admin.approve")} onBack=${() => go("form")} onDo=${approve}
      points=${[[t("table.office"), name], [t("ui.admin.request-kind"), t(who.continued ? "ui.admin.request-again" : "ui.admin.request-new", { epoch: who.epoch })], [t("ui.admin.print-told"), v.fingerprint], ...(v.level ? [[t("ui.admin.level"), t(`level.${v.level}`)]] : []), ...(v.scope.trim() ? [[t("ui.admin.scope"), v.scope]] : [])]} />`;
  return html`<div class="admin">
    <p><a href="#/keys">${t("ui.nav.keys")}</a></p>
    <${Title} text=${t("ui.admin.approve")} />
    ${step === "done" ? html`<section role="status"><p class="good">${t("ui.admin.approved", { name })}</p>
      <p><a class="button main" href=${fileAddress(out)} download>${t("ui.download", { name: out })}</a></p><p class="dim">${t("ui.admin.approved-next")}</p></section>`
      : html`<p class="dim">${t("ui.admin.approve-says")}</p>
    <${Refusal} problem=${problem} /><${Summary} errors=${errors} />
    <form onSubmit=${check} novalidate>
      <${File} id="file" label=${t("ui.admin.request")} hint=${t("ui.admin.request-hint")} required=${true} error=${errors.file} accept=".request" set=${read} refuse=${tell} />
      ${who ? html`<p role="status"><strong>${name}</strong> <${Badge}>${t(who.continued ? "ui.admin.request-again" : "ui.admin.request-new", { epoch: who.epoch })}<//></p>` : null}
      <${Input} id="fingerprint" label=${t("ui.admin.print-told")} hint=${t("ui.admin.print-hint")} required=${true} error=${errors.fingerprint} value=${v.fingerprint} set=${(fingerprint) => put({ fingerprint })} autocomplete="off" />
      ${who && who.continued ? null : html`<${Select} id="level" label=${t("ui.admin.level")} required=${true} error=${errors.level} value=${v.level} set=${(level) => put({ level })} choices=${LEVELS.map((l) => [l, t(`level.${l}`)])} />
      <${Input} id="scope" label=${t("ui.admin.scope")} hint=${t("ui.admin.scope-hint")} required=${true} error=${errors.scope} value=${v.scope} set=${(scope) => put({ scope })} />`}
      <button class="main">${t("ui.go-on")}</button>
    </form>`}
  </div>`;
}
