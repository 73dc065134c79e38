// The own account: roles, password, language, size of the type.
import { html, useState } from "../../lib/html.js";
import { t, language, loadText } from "../../lib/text.js";
import { call, setGuard } from "../../lib/api.js";
import { rewrap } from "../../lib/vault.js";
import { Check, Input, Summary, useValues } from "../../ui/form.js";
import { Refusal, Title } from "../../ui/parts.js";
import { applyLarge, isLarge } from "../../ui/layout.js";

const LEAST = 10;

export function Me({ me }) {
  const [v, put] = useValues({ old: "", password: "", again: "" });
  const [errors, setErrors] = useState({});
  const [problem, tell] = useState(null);
  const [done, setDone] = useState(false);
  const [large, setLarge] = useState(isLarge());
  const send = async (e) => {
    e.preventDefault();
    const wrong = {};
    if (!v.old) wrong.old = t("ui.missing", { field: t("ui.admin.old-password") });
    if (Array.from(v.password).length < LEAST) wrong.password = t("account.short", { least: LEAST });
    else if (v.password !== v.again) wrong.again = t("ui.not-the-same");
    setErrors(wrong);
    tell(null);
    setDone(false);
    if (Object.keys(wrong).length) return;
    try {
      const who = await call("POST", "password", { body: { old: v.old, password: v.password } });
      setGuard(who.guard);
      await rewrap(v.password).catch(() => {}); // what is on this device opens with the new one
      put({ old: "", password: "", again: "" });
      setDone(true);
    } catch (p) {
      tell(p);
    }
  };
  const field = (id, label, more) => html`<${Input} id=${id} label=${label} type="password" required=${true} error=${errors[id]} value=${v[id]} set=${(x) => put({ [id]: x })} ...${more} />`;
  return html`<div class="admin">
    <${Title} text=${me.person} />
    <section><h2>${t("head.roles")}</h2>
      <ul>${me.roles.map((r) => html`<li>${t(`role.${r}`)}</li>`)}</ul>
      <p><a href="#/people/duties">${t("ui.admin.duties")}</a></p></section>
    <section><h2>${t("ui.admin.change-password")}</h2>
      <p class="dim">${t("ui.admin.change-password-says")}</p>
      <${Summary} errors=${errors} /><${Refusal} problem=${problem} />
      ${done ? html`<p class="good" role="status">${t("ui.admin.password-changed")}</p>` : null}
      <form onSubmit=${send} novalidate>
        <input type="text" class="aside" autocomplete="username" value=${me.person} readonly aria-label=${t("ui.person")} tabindex="-1" />
        ${field("old", t("ui.admin.old-password"), { autocomplete: "current-password" })}
        ${field("password", t("ui.admin.new-password"), { autocomplete: "new-password", hint: t("account.short", { least: LEAST }) })}
        ${field("again", t("ui.password-again"), { autocomplete: "new-password" })}
        <button class="main">${t("ui.admin.change-password")}</button>
      </form></section>
    <section><h2>${t("ui.admin.display")}</h2>
      <${Check} id="large" label=${t("ui.large")} value=${large} set=${(on) => {
        applyLarge(on);
        setLarge(on);
      }} />
      <button type="button" lang=${language() === "en" ? "zh-CN" : "en"} onClick=${() => loadText(language() === "en" ? "zh" : "en").then(() => location.reload())}>${language() === "en" ? "中文" : "English"}</button>
    </section>
  </div>`;
}
