// Records are added, revised and withdrawn: the form, then the answers once more, then the act.
import { html, useEffect, useRef, useState } from "../../lib/html.js";
import { t, kindName, stateName } from "../../lib/text.js";
import { act, answered, look, newKey, upload } from "../../lib/api.js";
import { address, go } from "../../lib/route.js";
import { Input, Summary, useValues } from "../../ui/form.js";
import { Looked, Progress, Refusal, Title, useLook } from "../../ui/parts.js";
import { fields, kinds } from "./data.js";
import { FieldInput, idOf } from "./field.js";
import { FieldValue } from "./value.js";

// What stands already on the same result: one more is no mistake, but nobody writes it unaware.
function Already({ kind, v }) {
  const of = kind === "follow_up" && v.result;
  const got = useLook(() => (of ? look("record links", { words: ["inspection", of] }).catch(() => []) : Promise.resolve([])), [of]);
  const there = (got.value || []).filter((r) => r.kind === "follow_up" && !r.withdrawn);
  if (!there.length) return null;
  return html`<div class="note bad already" role="status"><p>${t("ui.work.already", { n: there.length })}</p><ul>${there.map((r) => html`<li><a href=${address(["record", "follow_up", r.record])}>${kindName("follow_up")} ${r.record}</a> ${r.state ? stateName("follow_up", r.state) : ""}</li>`)}</ul></div>`;
}

// "field=correction_order.due_on|value=…": the field that a refusal is of
export function fieldOf(problem, fs) {
  const m = /(?:^|\|)(?:field|name)=([^|]*)/.exec(problem.args || "");
  const said = m && m[1].split(".").pop();
  return said && fs.find((f) => f.field === said || f.name === said);
}

// A file that such a record names is evidence of the record in that field.
const EVIDENCE_OF = { recheck: "follow_up", check_answer: "inspection" };

function Form({ kind, name, fs, was, seen, given, mode, says }) {
  const [v, change] = useValues({ ...was, ...given });
  const [reason, setReason] = useState("");
  const [errors, setErrors] = useState({});
  const [problem, tell] = useState(null);
  const [checking, check] = useState(false);
  const [job, setJob] = useState(null);
  const [key, setKey] = useState(newKey);
  const files = useRef({});
  const add = mode === "add";
  const title = t(`ui.work.title-${mode}`, { kind: says });
  useEffect(() => scrollTo(0, 0), [checking]);
  const put = (f, x) => {
    change({ [f.field]: x });
    setKey(newKey());
  };
  const next = (e) => {
    e.preventDefault();
    const wrong = {};
    if (mode !== "withdraw") for (const f of fs) if (f.required && !(v[f.field] || "").trim()) wrong[idOf(f)] = t("ui.missing", { field: f.name });
    if (!add && !reason.trim()) wrong.reason = t("ui.missing", { field: t("ui.work.reason") });
    setErrors(wrong);
    tell(null);
    check(!Object.keys(wrong).length);
  };
  const changed = fs.filter((f) => (v[f.field] || "") !== ((was && was[f.field]) || ""));
  const send = async () => {
    const words = add ? [kind] : [kind, name];
    if (mode !== "withdraw") for (const f of changed) if (add ? v[f.field] : !f.fixed) words.push(`${f.field}=${v[f.field] || ""}`);
    try {
      for (const [field, f] of Object.entries(files.current)) {
        f.shelf = f.shelf || (await upload(f.file)); // sent up once: another name would be another act
        await act("evidence add", { words: [v[EVIDENCE_OF[kind]]], photo: [f.shelf] }, { key: `${key}-${field}`, told: setJob });
        delete files.current[field];
      }
      const a = await act(`record ${mode}`, add ? { words } : { words, reason: reason.trim() }, { key, told: setJob, match: add ? undefined : seen });
      go(["record", kind, a.result.record], { done: mode });
    } catch (p) {
      setJob(null);
      const f = fieldOf(p, fs);
      check(false);
      if (f) setErrors({ [idOf(f)]: p.message });
      else tell(p);
      if (answered(p)) setKey(newKey());
    }
  };
  if (checking) return html`<div>
    <${Title} text=${t("ui.work.check-title")} />
    <section><h2>${title}</h2><dl class="pairs changes">
      ${mode === "withdraw" ? fs.filter((f) => was[f.field]).map((f) => html`<div><dt>${f.name}</dt><dd><${FieldValue} field=${f} value=${was[f.field]} /></dd></div>`)
        : (add ? fs.filter((f) => v[f.field]) : changed).map((f) => html`<div><dt>${f.name}</dt><dd>${add ? null : html`<del><${FieldValue} field=${f} value=${was[f.field]} /></del> <span class="to" aria-hidden="true">→</span> `}<ins><${FieldValue} field=${f} value=${v[f.field]} /></ins></dd></div>`)}
      ${add ? null : html`<div><dt>${t("ui.work.reason")}</dt><dd>${reason}</dd></div>`}
    </dl>
    ${mode === "revise" && !changed.length ? html`<p>${t("ui.work.nothing-changed")}</p>` : null}
    ${add ? html`<${Already} kind=${kind} v=${v} />` : null}<p class="hint">${t(mode === "withdraw" ? "ui.work.withdraw-says" : "ui.work.write-says")}</p></section>
    <${Progress} job=${job} />
    <p class="tools"><button type="button" class=${mode === "withdraw" ? "bad" : "main"} disabled=${!!job} onClick=${send}>${t(`ui.work.confirm-${mode}`)}</button> <button type="button" onClick=${() => check(false)}>${t("ui.work.back")}</button></p>
  </div>`;
  return html`<div>
    <${Title} text=${title} />
    ${add ? null : html`<p class="sub"><code>${name}</code></p>`}
    <${Summary} errors=${errors} /><${Refusal} problem=${problem} />
    ${add ? html`<${Already} kind=${kind} v=${v} />` : null}
    <form onSubmit=${next} novalidate>
      ${mode === "withdraw" ? null : fs.map((f) => html`<${FieldInput} key=${f.field} f=${f} value=${v[f.field] || ""} set=${(x) => put(f, x)} error=${errors[idOf(f)]} locked=${!add && f.fixed} hold=${EVIDENCE_OF[kind] && f.kind === "digest" ? (file) => {
        files.current[f.field] = { file, shelf: "" };
      } : undefined} />`)}
      ${add ? null : html`<${Input} id="reason" label=${t("ui.work.reason")} required=${true} error=${errors.reason} lines=${2} value=${reason} set=${(x) => {
        setReason(x);
        setKey(newKey());
      }} />`}
      <p class="tools"><button class="main">${t("ui.work.check")}</button> <a class="button" href=${add ? address(["records", kind]) : address(["record", kind, name])}>${t("ui.cancel")}</a></p>
    </form>
  </div>`;
}

export function Edit({ kind, name, mode, given }) {
  const got = useLook(() => Promise.all([kinds(), fields(kind), name ? look("record show", { words: [kind, name] }) : null]), [kind, name]);
  return html`<${Looked} of=${got}>${([all, fs, r]) => {
    const k = all.find((x) => x.kind === kind);
    const last = r ? r.revisions[r.revisions.length - 1] : null;
    const was = last ? last.values : null;
    const seen = last ? `"${r.record}@${last.rev}"` : undefined;
    return html`<${Form} key=${`${kind} ${name} ${mode}`} kind=${kind} name=${name} fs=${fs} was=${was} seen=${seen} given=${given} mode=${mode} says=${k ? k.name : kindName(kind)} />`;
  }}<//>`;
}
