// The first pages: from an empty directory to a certified office (Setup), then the administrator's last two steps (Start).
import { html, useState, useEffect } from "../../lib/html.js";
import { t, said } from "../../lib/text.js";
import { call, get, setGuard } from "../../lib/api.js";
import { Check, Field, Input, Summary, useValues } from "../../ui/form.js";
import { Loading, Refusal, Title } from "../../ui/parts.js";
import { divisions } from "./divisions.js";
import { Start } from "./start.js";
import { Steps } from "./steps.js";

const LEAST = 8;
const AGAIN_MS = 700;
const POLICY = /^qian-root-policy\/[0-9]+\r?\n/; // how the file begins (roots-1)

export const nav = () => [];
export function page(p) {
  return p.route.path.join("/") === "start" ? html`<${Start} me=${p.me} />` : null;
}

const read = (file, how) => new Promise((on, off) => {
  const r = new FileReader();
  r.onload = () => on(r.result);
  r.onerror = () => off(r.error);
  r[how](file);
});

// The passphrase, unless the program has it: from the file that was named, or said in this run.
function Passphrase({ s, v, put, errors, twice }) {
  if (s.passphrase_there) return html`<p class="hint">${s.passphrase_file ? t("ui.setup.passphrase-there", { path: s.passphrase_file }) : t("ui.setup.passphrase-kept")}</p>`;
  const hint = s.passphrase_file ? t("ui.setup.passphrase-file", { path: s.passphrase_file }) : t("ui.setup.passphrase-memory");
  const one = (id, label, more) => html`<${Input} id=${id} label=${label} required=${true} type="password" autocomplete=${twice ? "new-password" : "current-password"} error=${errors[id]} value=${v[id]} set=${(x) => put({ [id]: x })} ...${more} />`;
  return html`${one("passphrase", t("ui.setup.passphrase"), { hint })}${twice ? one("again", t("ui.setup.passphrase-again")) : null}`;
}

function Chosen({ id, label, hint, error, accept, set }) {
  return html`<${Field} ...${{ id, label, hint, error, required: true }}>
    <input type="file" id=${id} accept=${accept} aria-invalid=${error ? "true" : undefined} aria-describedby=${`${id}-hint`} onChange=${(e) => set(e.target.files[0] || null)} />
  <//>`;
}

function Keys({ s, was, take }) {
  const [v, put] = useValues({ office: was ? was.office : "", name: was ? was.name : "", fingerprint: "", passphrase: "", again: "" });
  const [file, setFile] = useState(null);
  const [errors, setErrors] = useState({});
  const [problem, tell] = useState(null);
  const [busy, setBusy] = useState(false);
  const [sure, setSure] = useState(false);
  const of = divisions.find(([code]) => code === v.office);
  // A body below a county has two digits more than its county.
  const strange = /^[0-9A-Z]{2,16}$/.test(v.office) && !divisions.some(([code]) => code === v.office || code === v.office.slice(0, 6));
  const send = async (e) => {
    e.preventDefault();
    const wrong = {};
    if (!/^[0-9A-Z]{2,16}$/.test(v.office)) wrong.office = t("ui.setup.office-wrong");
    if (!v.name.trim()) wrong.name = t("ui.setup.name-wrong");
    if (strange && !sure) wrong["office-sure"] = t("ui.setup.office-strange", { office: v.office });
    const policy = file && file.size < 1 << 20 ? await read(file, "readAsText") : "";
    if (!file) wrong.policy = t("ui.setup.policy-wrong");
    else if (!POLICY.test(policy)) wrong.policy = t("ui.setup.policy-other", { name: file.name });
    if (!v.fingerprint.trim()) wrong.fingerprint = t("ui.setup.fingerprint-wrong");
    if (!s.passphrase_there && Array.from(v.passphrase).length < LEAST) wrong.passphrase = t("ui.setup.passphrase-short");
    else if (!s.passphrase_there && v.passphrase !== v.again) wrong.again = t("ui.not-the-same");
    setErrors(wrong);
    tell(null);
    if (Object.keys(wrong).length) return;
    setBusy(true);
    try {
      take(await call("POST", "setup/office", { body: { office: v.office, name: v.name.trim(), fingerprint: v.fingerprint.trim(), passphrase: v.passphrase, policy } }));
    } catch (p) {
      tell(p);
      setBusy(false);
    }
  };
  const field = (id, label, more) => html`<${Input} id=${id} label=${label} required=${true} error=${errors[id]} value=${v[id]} set=${(x) => put({ [id]: x })} ...${more} />`;
  return html`${was ? html`<p class="note" role="status" id="thrown">${t("ui.setup.thrown-away", { office: was.office, name: was.name })}</p>` : null}
    <p>${t("ui.setup.keys-says")}</p>
    <${Summary} errors=${errors} />
    <${Refusal} problem=${problem} />
    <form onSubmit=${send} novalidate>
      ${field("office", t("ui.setup.office"), { hint: t("ui.setup.office-hint"), list: "divisions", autocomplete: "off" })}
      <datalist id="divisions">${divisions.map(([code, name]) => html`<option value=${code}>${name}</option>`)}</datalist>
      ${of ? html`<p class="hint" role="status">${of.join(" ")}</p>` : null}
      ${strange ? html`<div class="note" role="status"><p>${t("ui.setup.office-strange", { office: v.office })}</p><${Check} id="office-sure" label=${t("ui.setup.office-sure", { office: v.office })} value=${sure} set=${setSure} /></div>` : null}
      ${field("name", t("ui.setup.name"), { hint: t("ui.setup.name-hint", { division: of ? of[1] : "××县" }), autocomplete: "organization" })}
      <${Chosen} id="policy" label=${t("ui.setup.policy")} hint=${t("ui.setup.policy-hint")} error=${errors.policy} accept=".txt" set=${setFile} />
      ${field("fingerprint", t("ui.setup.fingerprint"), { hint: t("ui.setup.fingerprint-hint"), autocomplete: "off", spellcheck: false })}
      <${Passphrase} s=${s} v=${v} put=${put} errors=${errors} twice=${true} />
      <p class="dim">${t("ui.setup.dir", { dir: s.dir })}</p>
      <button class="main" disabled=${busy}>${busy ? t("ui.working") : t("ui.setup.make-keys")}</button>
    </form>`;
}

// The listener goes over to the office's own pages; where they are there, the first person chooses a password.
async function awaitOffice(invite) {
  for (;;) {
    await new Promise((on) => setTimeout(on, AGAIN_MS));
    try {
      const me = await get("session");
      if (!me.setup) break;
    } catch (e) {
      // between the two nobody listens
    }
  }
  location.hash = `#/invite/${invite}`;
  location.reload();
}

// It is read aloud on a telephone: a line breaks only between its halves.
function Print({ text }) {
  const groups = text.split("-");
  const half = Math.ceil(groups.length / 2);
  return html`<code id="print"><span>${groups.slice(0, half).join("-")}-</span><span>${groups.slice(half).join("-")}</span></code>`;
}

// What is thrown away, before it is: no key, no request, and none to be certified by mistake.
function Again({ s, back, take }) {
  const [problem, tell] = useState(null);
  const [busy, setBusy] = useState(false);
  const [open, setOpen] = useState(false);
  const [errors, setErrors] = useState({});
  const drop = async () => {
    setErrors(open ? {} : { "not-approved": t("ui.setup.again-open-wrong") });
    if (!open) return;
    setBusy(true);
    try {
      take(await call("POST", "setup/again", { body: { fingerprint: s.fingerprint } }), { office: s.office, name: s.name });
    } catch (p) {
      tell(p);
      setBusy(false);
    }
  };
  return html`<${Summary} errors=${errors} />
    <${Refusal} problem=${problem} />
    <p>${t("ui.setup.again-says")}</p>
    <ul>
      <li>${t("ui.setup.again-keys", { office: s.office, name: s.name })}</li>
      <li>${t("ui.setup.again-request")} <${Print} text=${s.fingerprint} /></li>
      <li>${s.passphrase_file ? t("ui.setup.again-file", { path: s.passphrase_file }) : t("ui.setup.again-memory")}</li>
    </ul>
    <p class="note">${t("ui.setup.again-handed")}</p>
    <${Check} id="not-approved" label=${t("ui.setup.again-open")} error=${errors["not-approved"]} value=${open} set=${setOpen} />
    <div class="row"><button type="button" class="bad" id="throw" disabled=${busy} onClick=${drop}>${busy ? t("ui.working") : t("ui.setup.again-do")}</button>
    <button type="button" onClick=${back}>${t("ui.setup.again-back")}</button></div>`;
}

function Certificate({ s, again }) {
  const [v, put] = useValues({ passphrase: "" });
  const [file, setFile] = useState(null);
  const [errors, setErrors] = useState({});
  const [problem, tell] = useState(null);
  const [state, setState] = useState("");
  const send = async (e) => {
    e.preventDefault();
    const wrong = {};
    if (!file) wrong.chain = t("ui.setup.chain-wrong");
    if (!s.passphrase_there && !v.passphrase) wrong.passphrase = t("ui.setup.passphrase-short");
    setErrors(wrong);
    tell(null);
    if (Object.keys(wrong).length) return;
    setState("busy");
    try {
      const bytes = await read(file, "readAsDataURL");
      const a = await call("POST", "setup/certificate", { body: { chain: bytes.slice(bytes.indexOf(",") + 1), passphrase: v.passphrase } });
      setState("taken");
      await awaitOffice(a.invite);
    } catch (p) {
      tell(p);
      setState("");
    }
  };
  if (state === "taken") return html`<p class="note" role="status">${t("ui.setup.taken")}</p>`;
  const name = `${s.office}.request`;
  return html`<p>${t("ui.setup.request-says")}</p>
    <section><h2>${t("ui.setup.request")}</h2>
      <dl class="pairs">
        <div><dt>${t("ui.setup.office")}</dt><dd>${s.office} ${s.name}</dd></div>
        <div><dt>${t("ui.setup.deployment")}</dt><dd>${s.deployment} <span class="hint">${t("ui.setup.deployment-says")}</span></dd></div>
      </dl>
      <p class="print"><span>${t("ui.setup.request-print")}</span> <${Print} text=${s.fingerprint} /></p>
      <p><a class="button" href="/api/v1/setup/request" download=${name}>${t("ui.setup.download-request", { name })}</a></p>
    </section>
    <section><h2>${t("ui.setup.answer")}</h2>
      <${Summary} errors=${errors} />
      <${Refusal} problem=${problem} />
      <form onSubmit=${send} novalidate>
        <${Chosen} id="chain" label=${t("ui.setup.chain")} hint=${t("ui.setup.chain-hint")} error=${errors.chain} set=${setFile} />
        <${Passphrase} s=${s} v=${v} put=${put} errors=${errors} />
        <button class="main" disabled=${!!state}>${state ? t("ui.working") : t("ui.setup.accept")}</button>
      </form>
    </section>
    <section><h2>${t("ui.setup.again")}</h2>
      <p>${t("ui.setup.again-when")}</p>
      <button type="button" id="again" disabled=${!!state} onClick=${again}>${t("ui.setup.again")}</button>
    </section>`;
}

export function Setup({ me, route }) {
  const [inside, setInside] = useState(me.in);
  const [s, setLook] = useState(null);
  const [was, setWas] = useState(null); // what was thrown away on this page
  const [asks, ask] = useState(false);
  const [problem, tell] = useState(null);
  const take = (look, dropped) => {
    setLook(look);
    setWas(dropped || null);
    ask(false);
  };
  const token = route.path[0] === "setup" ? route.path[1] : "";
  const enter = async () => {
    try {
      if (!inside && token) {
        const who = await call("POST", "setup/session", { body: { token } });
        setGuard(who.guard);
        setInside(true);
        history.replaceState(null, "", "#/");
        take(await get("setup"));
      } else if (inside) {
        take(await get("setup"));
      }
    } catch (p) {
      tell(p);
    }
  };
  useEffect(() => {
    enter();
  }, []);
  if (problem || (!inside && !token)) return html`<main class="narrow"><${Title} text=${t("ui.setup.closed")} /><${Refusal} problem=${problem} /><p>${t("ui.setup.closed-says")}</p></main>`;
  if (!s) return html`<main class="narrow"><${Loading} /></main>`;
  const step = s.step === "nothing" ? "keys" : "certificate";
  const title = asks ? t("ui.setup.again-title") : t(`ui.setup.step-${step}`);
  return html`<main class="narrow setup" id="content">
    <${Title} text=${said(t("ui.setup.title"), title)} />
    <${Steps} now=${step} />
    ${step === "keys" ? html`<${Keys} s=${s} was=${was} take=${take} />` : asks ? html`<${Again} s=${s} back=${() => ask(false)} take=${take} />` : html`<${Certificate} s=${s} again=${() => ask(true)} />`}
  </main>`;
}
