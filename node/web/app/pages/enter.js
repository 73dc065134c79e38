// Coming in: with a password, or with an invitation by which one is chosen.
import { html, useState } from "../lib/html.js";
import { t } from "../lib/text.js";
import { call } from "../lib/api.js";
import { Input, Summary, useValues } from "../ui/form.js";
import { Looked, Refusal, Title, useLook } from "../ui/parts.js";
import { Steps } from "./setup/steps.js";

const LEAST = 10;

export function Login({ office, entered, lost, onIn }) {
  const [v, put] = useValues({ person: "", password: "" });
  const [problem, tell] = useState(null);
  const [busy, setBusy] = useState(false);
  const send = async (e) => {
    e.preventDefault();
    setBusy(true);
    tell(null);
    try {
      onIn(await call("POST", "session", { body: v }), v.password);
    } catch (p) {
      tell(p);
      setBusy(false);
    }
  };
  return html`<main class="narrow">
    <${Title} text=${t("ui.login")} />
    <p class="dim">${office}</p>
    ${lost ? html`<div class="note bad" role="alert">${t("ui.lost", { person: lost })}</div>` : null}
    ${entered ? null : html`<div class="note">${t("ui.nobody-yet")}</div>`}
    <${Refusal} problem=${problem} />
    <form onSubmit=${send}>
      <${Input} id="person" label=${t("ui.person")} required=${true} autocomplete="username" value=${v.person} set=${(x) => put({ person: x })} />
      <${Input} id="password" label=${t("ui.password")} required=${true} type="password" autocomplete="current-password" value=${v.password} set=${(x) => put({ password: x })} />
      <button class="main" disabled=${busy}>${t("ui.login")}</button>
    </form>
    <p class="dim">${t("ui.no-password")}</p>
  </main>`;
}

// A link that is of no use any more is told so before anybody thinks of a password.
export function Invited({ token, entered, onIn }) {
  const link = useLook(() => call("POST", "invitation/look", { body: { token } }), [token]);
  if (link.problem) {
    return html`<main class="narrow">
      <${Title} text=${t("ui.choose-password")} />
      <${Refusal} problem=${link.problem} />
      <div class="row">${link.problem.code === "account.token" ? null : html`<button type="button" class="main" onClick=${link.again}>${t("ui.try-again")}</button>`}
      <a class="button" href="#/">${t("ui.to-login")}</a></div>
    </main>`;
  }
  return html`<${Looked} of=${link}>${(l) => html`<${Choose} ...${{ token, entered, onIn }} person=${l.person} />`}<//>`;
}

function Choose({ token, entered, person, onIn }) {
  const [v, put] = useValues({ person: "", password: "", again: "" });
  const [errors, setErrors] = useState({});
  const [problem, tell] = useState(null);
  const send = async (e) => {
    e.preventDefault();
    const wrong = {};
    if (!entered && !v.person.trim()) wrong.person = t("ui.person-missing");
    if (Array.from(v.password).length < LEAST) wrong.password = t("account.short", { least: LEAST });
    else if (v.password !== v.again) wrong.again = t("ui.not-the-same");
    setErrors(wrong);
    tell(null);
    if (Object.keys(wrong).length) return;
    try {
      onIn(await call("POST", "invitation", { body: { token, person: v.person.trim(), password: v.password } }), v.password);
    } catch (p) {
      tell(p);
    }
  };
  const field = (id, label, more) => html`<${Input} id=${id} label=${label} required=${true} error=${errors[id]} value=${v[id]} set=${(x) => put({ [id]: x })} ...${more} />`;
  return html`<main class="narrow">
    <${Title} text=${entered ? t("ui.choose-password") : t("ui.first-person")} />
    ${entered ? null : html`<${Steps} now="person" /><p>${t("ui.first-person-says")}</p>`}
    ${person ? html`<p>${t("ui.choose-for", { person })}</p>` : null}
    <${Summary} errors=${errors} />
    <${Refusal} problem=${problem} />
    <form onSubmit=${send} novalidate>
      ${entered ? null : field("person", t("ui.person"), { autocomplete: "name", hint: t("ui.person-hint") })}
      ${field("password", t("ui.password"), { type: "password", autocomplete: "new-password", hint: t("account.short", { least: LEAST }) })}
      ${field("again", t("ui.password-again"), { type: "password", autocomplete: "new-password" })}
      <button class="main">${t("ui.go-on")}</button>
    </form>
  </main>`;
}
