// Who works here: roles, invitations, leaving; and which role may do what.
import { html, useState } from "../../lib/html.js";
import { t, listed } from "../../lib/text.js";
import { call, look } from "../../lib/api.js";
import { address, go } from "../../lib/route.js";
import { Check, Input, Select, Summary, useValues } from "../../ui/form.js";
import { InspectorPick } from "../../ui/pick.js";
import { Badge, Looked, Refusal, Table, Title, useLook } from "../../ui/parts.js";
import { CheckAnswers, Copy, may, Tabs, useAct } from "./parts.js";

const ROLES = ["planner", "draw", "observer", "roster", "inspector", "clerk", "reviewer", "sampler", "custodian", "tester", "follow-up", "head", "auditor", "admin"];
const roleWord = (r) => t(`role.${r}`);
const words = (roles) => listed(roles.map(roleWord));
const gone = (p, today) => p.until && p.until < today;

function PeopleTabs({ at }) {
  return html`<${Tabs} label=${t("ui.nav.people")} items=${[
    [t("ui.admin.persons"), "#/people", at === "list"],
    [t("ui.admin.duties"), "#/people/duties", at === "duties"],
  ]} />`;
}

export function People({ me }) {
  const list = useLook(() => look("person list"), []);
  const admin = may(me, "person-set");
  const columns = [
    { name: "name", label: t("ui.person") },
    { name: "roles", label: t("head.roles"), of: (p) => words(p.roles) },
    { name: "inspector", label: t("head.inspector") },
    { name: "since", label: t("head.since") },
    { name: "until", label: t("head.until"), of: (p) => (gone(p, me.today) ? html`<${Badge}>${t("ui.admin.left", { day: p.until })}<//>` : p.until) },
  ];
  return html`<div class="admin">
    <${Title} text=${t("ui.nav.people")}>${admin ? html`<a class="button" href=${address(["people", "set"])}>${t("ui.admin.enter-person")}</a>` : null}<//>
    <${PeopleTabs} at="list" />
    <${Looked} of=${list}>${(rows) => html`<${Table} columns=${columns} rows=${rows} link=${admin ? (p) => address(["people", "set"], { name: p.name }) : null} />`}<//>
  </div>`;
}

export function Duties({ route }) {
  const list = useLook(() => look("person duties"), []);
  const only = route.query.role || "";
  const columns = [
    { name: "said", label: t("head.act") },
    { name: "roles", label: t("head.roles"), of: (d) => listed([words(d.roles), d.itself ? t("role.itself") : ""].filter(Boolean)) },
  ];
  return html`<div class="admin">
    <${Title} text=${t("ui.admin.duties")} />
    <${PeopleTabs} at="duties" />
    <${Select} id="role" label=${t("head.roles")} value=${only} set=${(role) => go(["people", "duties"], { role })} choices=${ROLES.map((r) => [r, roleWord(r)])} />
    <${Looked} of=${list}>${(rows) => html`<${Table} columns=${columns} rows=${rows.filter((d) => !only || d.roles.includes(only))} />`}<//>
  </div>`;
}

// The link is shown once: of it only a hash is kept.
function Invite({ name }) {
  const [link, set] = useState("");
  const [problem, tell] = useState(null);
  const [busy, setBusy] = useState(false);
  const invite = async () => {
    setBusy(true);
    tell(null);
    try {
      const a = await call("POST", "commands/ui/invite", { body: { words: [name] } });
      set(location.origin + a.result.link.slice(a.result.link.indexOf("/#/")));
    } catch (p) {
      tell(p);
    }
    setBusy(false);
  };
  return html`<section><h2>${t("ui.admin.invitation")}</h2>
    <p class="dim">${t("ui.admin.invitation-says")}</p>
    <${Refusal} problem=${problem} />
    ${link ? html`<${Copy} id="link" label=${t("ui.admin.link", { name })} value=${link} />` : html`<button type="button" disabled=${busy} onClick=${invite}>${t("ui.admin.make-link")}</button>`}
  </section>`;
}

function Form({ given, me, again }) {
  const fresh = !given;
  const [v, put] = useValues(given ? { ...given } : { name: "", roles: [], inspector: "", since: me.today, until: "" });
  const [errors, setErrors] = useState({});
  const [checking, setChecking] = useState(false);
  const [done, setDone] = useState(false);
  const act = useAct();
  const [out, setOut] = useState(""); // whoever must be out now, whatever the last day says: "", "asked", "done"
  const putOut = async () => {
    if (await act.run("ui stop", { words: [given.name] })) setOut("done");
  };
  const check = (e) => {
    e.preventDefault();
    const wrong = {};
    if (!v.name.trim()) wrong.name = t("ui.person-missing");
    if (!v.roles.length) wrong[`role-${ROLES[0]}`] = t("ui.admin.no-role-chosen");
    if (v.until && v.until < v.since) wrong.until = t("ui.admin.until-early");
    setErrors(wrong);
    if (!Object.keys(wrong).length) setChecking(true);
  };
  const doIt = async () => {
    const o = { words: [v.name.trim()], roles: v.roles.join(","), since: v.since || undefined };
    if (v.inspector || !fresh) o.inspector = v.inspector;
    if (v.until) o.until = v.until;
    if (!(await act.run("person set", o))) return;
    setChecking(false);
    setDone(true);
    if (!fresh) again();
  };
  const leaving = v.until && (!given || given.until !== v.until);
  if (checking)
    return html`<${CheckAnswers} title=${t("ui.admin.check-person")} warning=${leaving ? t("ui.admin.leaving-says") : ""} bad=${leaving} of=${act} word=${t("ui.admin.save")} onBack=${() => setChecking(false)} onDo=${doIt}
      points=${[[t("ui.person"), v.name], [t("head.roles"), words(v.roles)], [t("head.inspector"), v.inspector || "—"], [t("head.since"), v.since || "—"], [t("head.until"), v.until || "—"]]} />`;
  if (out === "asked") return html`<${CheckAnswers} title=${t("ui.admin.stop-title", { name: given.name })} warning=${t("ui.admin.stop-says")} bad=${true} of=${act} word=${t("ui.admin.stop")} onBack=${() => setOut("")} onDo=${putOut} points=${[[t("ui.person"), given.name]]} />`;
  return html`<div class="admin">
    <p><a href="#/people">${t("ui.admin.back-to-list")}</a></p>
    <${Title} text=${fresh ? t("ui.admin.enter-person") : t("ui.admin.change-person", { name: given.name })} />
    ${done ? html`<p class="good" role="status">${t("person.set", { name: v.name })}</p>` : null}
    ${done || !fresh ? html`<${Invite} name=${v.name.trim()} />` : null}
    ${done && fresh ? null : html`<${Summary} errors=${errors} />
    <form onSubmit=${check} novalidate>
      ${fresh ? html`<${Input} id="name" label=${t("ui.person")} hint=${t("ui.person-hint")} required=${true} error=${errors.name} value=${v.name} set=${(name) => put({ name })} />` : null}
      <fieldset><legend>${t("head.roles")}</legend>
        <p class="hint">${t("ui.admin.roles-hint")}</p>
        ${errors[`role-${ROLES[0]}`] ? html`<p class="error">${errors[`role-${ROLES[0]}`]}</p>` : null}
        <div class="roles">${ROLES.map((r) => html`<${Check} id=${`role-${r}`} label=${roleWord(r)} value=${v.roles.includes(r)} set=${(on) => put({ roles: ROLES.filter((x) => (x === r ? on : v.roles.includes(x))) })} />`)}</div>
      </fieldset>
      <${InspectorPick} id="inspector" label=${t("head.inspector")} hint=${t("ui.admin.inspector-hint")} value=${v.inspector} set=${(inspector) => put({ inspector })} />
      <${Input} id="since" type="date" label=${t("head.since")} value=${v.since} set=${(since) => put({ since })} />
      <${Input} id="until" type="date" label=${t("head.until")} hint=${t("ui.admin.until-hint")} error=${errors.until} value=${v.until} set=${(until) => put({ until })} />
      <button class="main">${t("ui.go-on")}</button>
    </form>`}
    ${fresh || given.name === me.person ? null : html`<section><h2>${t("ui.admin.stop")}</h2><p class="dim">${t("ui.admin.stop-says")}</p>
      ${out ? html`<p class="good" role="status">${t("ui.stopped", { name: given.name })}</p>` : html`<button type="button" id="stop" onClick=${() => setOut("asked")}>${t("ui.admin.stop")}</button>`}</section>`}
  </div>`;
}

export function Person({ route, me }) {
  const name = route.query.name;
  const list = useLook(() => (name ? look("person list") : Promise.resolve([])), [name]);
  return html`<${Looked} of=${list}>${(rows) => html`<${Form} key=${name || ""} given=${rows.find((p) => p.name === name)} me=${me} again=${list.again} />`}<//>`;
}
