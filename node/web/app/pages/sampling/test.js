// In the lab: a test is found by the number that stands on the sample, whoever it came from.
import { html, useEffect, useState } from "../../lib/html.js";
import { t, fieldName, listed, wordName } from "../../lib/text.js";
import { look } from "../../lib/api.js";
import { mayWrite } from "../../lib/may.js";
import { address, go } from "../../lib/route.js";
import { Input, Select, Summary } from "../../ui/form.js";
import { Badge, Looked, Table, Title, useLook } from "../../ui/parts.js";
import { Ask, Pairs, useAct } from "../draw/common.js";
import { idOf } from "../work/field.js";
import { recordsOf, staff } from "./data.js";
import { StaffPick, staffChoices, Step } from "./form.js";

export function FindTest() {
  const [number, set] = useState("");
  return html`<div><p class="trace"><a href=${address(["sampling"])}>${t("ui.nav.sampling")}</a></p>
    <${Title} text=${t("ui.sampling.to-tests")} /><p>${t("ui.sampling.find-says")}</p>
    <form onSubmit=${(e) => {
      e.preventDefault();
      if (number.trim()) go(["test", number.trim().toUpperCase()]);
    }}><${Input} id="number" label=${t("ui.sampling.number")} required=${true} autocomplete="off" spellcheck="false" value=${number} set=${set} /><p class="row"><button class="main">${t("ui.sampling.find-test")}</button></p></form></div>`;
}

function Begin({ me, number }) {
  const of = useLook(() => Promise.all([recordsOf("lab"), recordsOf("lab_person")]), []);
  const [lab, choose] = useState("");
  return html`<${Looked} of=${of}>${([labs, people]) => html`<${Step} spec=${{
    kind: "lab_test", title: t("ui.sampling.begin-test", { number }), back: address(["test"]), given: { mode: "blind", mark: number }, start: { started_on: me.today },
    shown: [[t("ui.sampling.number"), number]], groups: () => [["", ["started_on", "testers", "note"]]],
    inputs: { testers: (p) => html`<div><${Select} id="lab" label=${t("ui.sampling.your-lab")} required=${true} value=${lab} choices=${labs.map((l) => [l.record, l.name])} set=${(x) => {
      choose(x);
      p.set("");
    }} />${lab ? html`<${StaffPick} ...${p} people=${staffChoices(people, lab, "tester", p.v.started_on)} />` : null}</div>` },
    says: [t("ui.sampling.begin-says")], done: () => go(["test", number], { done: "begun" }),
  }} />`}<//>`;
}

const VERDICTS = ["pass", "fail", "not_applicable"];
const NEW = { item: "", requirement: "", measured: "", verdict: "" };

// Several items at once: one line each, written one after the other; those that are written stand no longer among the fields.
function AddItems({ x, onDone, onBack }) {
  const [rows, set] = useState([{ ...NEW }]);
  const [errors, setErrors] = useState({});
  const [sure, ask] = useState(false);
  const doing = useAct();
  const from = x.items.reduce((n, i) => Math.max(n, i.no), 0) + 1;
  useEffect(() => scrollTo(0, 0), [sure]);
  const put = (i, name) => (v) => set(rows.map((r, k) => (k === i ? { ...r, [name]: v } : r)));
  const check = (e) => {
    e.preventDefault();
    const wrong = {};
    rows.forEach((r, i) => {
      for (const f of ["item", "verdict"]) if (!r[f].trim()) wrong[`${f}-${i}`] = t("ui.missing", { field: `${fieldName("test_item", f)} ${from + i}` });
    });
    setErrors(wrong);
    if (!Object.keys(wrong).length) ask(true);
  };
  const send = async () => {
    for (let i = 0; i < rows.length; i++) {
      if (rows[i].done) continue;
      const words = ["test_item", `test=${x.test}`, `no=${from + i}`, ...Object.keys(NEW).filter((k) => rows[i][k].trim()).map((k) => `${k}=${rows[i][k].trim()}`)];
      if (!(await doing.run("record add", { words }))) return;
      rows[i].done = true;
    }
    onDone();
  };
  const columns = [{ name: "no", label: t("sampling.head-no"), of: (r) => String(from + rows.indexOf(r)) }, ...Object.keys(NEW).map((k) => ({ name: k, label: fieldName("test_item", k), of: (r) => (k === "verdict" ? wordName("verdict", r[k]) : r[k]) }))];
  if (sure) return html`<${Ask} title=${t("ui.sampling.add-items")} label=${t("ui.draw.write-it")} doing=${doing} onDo=${send} onBack=${() => ask(false)} pairs=${[[t("ui.sampling.number"), x.number]]}><${Table} rows=${rows} columns=${columns} /><//>`;
  return html`<div><${Title} text=${t("ui.sampling.add-items")}><button type="button" onClick=${onBack}>${t("ui.draw.back")}</button><//><${Summary} errors=${errors} />
    <form onSubmit=${check} novalidate>${rows.map((r, i) => r.done ? null : html`<section key=${i}><h2>${t("ui.sampling.item-n", { n: from + i })}</h2>
      <${Input} id=${`item-${i}`} label=${fieldName("test_item", "item")} required=${true} error=${errors[`item-${i}`]} value=${r.item} set=${put(i, "item")} />
      <${Input} id=${`requirement-${i}`} label=${fieldName("test_item", "requirement")} value=${r.requirement} set=${put(i, "requirement")} />
      <${Input} id=${`measured-${i}`} label=${fieldName("test_item", "measured")} value=${r.measured} set=${put(i, "measured")} />
      <${Select} id=${`verdict-${i}`} label=${fieldName("test_item", "verdict")} required=${true} error=${errors[`verdict-${i}`]} value=${r.verdict} set=${put(i, "verdict")} choices=${VERDICTS.map((w) => [w, wordName("verdict", w)])} />
      ${rows.length > 1 ? html`<button type="button" class="plain" onClick=${() => set(rows.filter((_, k) => k !== i))}>${t("ui.sampling.drop-item", { n: from + i })}</button>` : null}</section>`)}
      <p class="row"><button type="button" onClick=${() => set([...rows, { ...NEW }])}>${t("ui.sampling.one-more-item")}</button><button class="main">${t("ui.draw.check-answers")}</button></p></form></div>`;
}

function Conclude({ me, x, onDone }) {
  const failing = x.items.filter((i) => i.verdict === "fail");
  const judged = x.items.filter((i) => i.verdict !== "not_applicable");
  const may = [...(judged.length ? [failing.length ? "nonconforming" : "conforming"] : []), "testing_terminated", "cannot_be_tested"];
  return html`<${Step} spec=${{
    kind: "test_conclusion", title: t("ui.sampling.conclude", { number: x.number }), back: address(["test", x.number]), bad: true, given: { test: x.test },
    shown: [[t("ui.sampling.number"), x.number], [t("ui.sampling.items"), t("ui.sampling.n-items", { n: x.items.length, fail: failing.length })]],
    start: { conclusion: may.length > 2 ? may[0] : "", ended_on: me.today, failed_items: listed(failing.map((i) => i.item)) },
    inputs: { conclusion: ({ f, value, set, error }) => html`<${Select} id=${idOf(f)} label=${f.name} required=${true} error=${error} value=${value} set=${set} choices=${may.map((w) => [w, wordName("conclusion", w)])} />` },
    groups: (v) => [["", ["conclusion", "ended_on", ...(v.conclusion === "nonconforming" ? ["failed_items"] : []), "note"]]],
    must: (v) => (v.conclusion === "nonconforming" ? ["failed_items"] : v.conclusion === "conforming" ? [] : ["note"]),
    says: [t("ui.sampling.conclude-says-1"), t("ui.sampling.conclude-says-2")], done: onDone,
  }} />`;
}

export function Test({ me, number, mode, done }) {
  const of = useLook(() => look("sample test", { words: [number] }), [number, mode, done]);
  return html`<${Looked} of=${of}>${(x) => {
    const tests = mayWrite(me, "lab_test");
    if (!x.test) return tests ? html`<${Begin} me=${me} number=${number} />` : html`<div><${Title} text=${number} /><p class="empty">${t("ui.sampling.not-begun")}</p></div>`;
    const back = () => {
      of.again();
      go(["test", number]);
    };
    if (tests && mode === "items" && !x.conclusion) return html`<${AddItems} x=${x} onDone=${back} onBack=${back} />`;
    if (tests && mode === "conclude" && !x.conclusion) return html`<${Conclude} me=${me} x=${x} onDone=${back} />`;
    return html`<div><p class="trace"><a href=${address(["test"])}>${t("ui.sampling.to-tests")}</a></p>
      <${Title} text=${t("ui.sampling.test-of", { number })} />
      ${done ? html`<p class="note good" role="status">${t("ui.sampling.written")}</p>` : null}
      <p class="sub">${x.conclusion ? html`<${Badge} kind=${x.conclusion === "conforming" ? "good" : "bad"}>${wordName("conclusion", x.conclusion)}<//>` : html`<${Badge} kind="warn">${t("ui.sampling.testing")}<//>`} ${wordName("mode", x.mode)}</p>
      ${tests && !x.conclusion ? html`<section class="next"><h2>${t("ui.sampling.next-is", { next: t(x.items.length ? "ui.sampling.to-conclude" : "ui.sampling.add-items") })}</h2><p>${t(x.items.length ? "ui.sampling.says-conclude" : "ui.sampling.says-items")}</p>
        <p class="row"><a class=${`button${x.items.length ? "" : " main"}`} href=${address(["test", number, "items"])}>${t("ui.sampling.add-items")}</a><a class=${`button${x.items.length ? " main" : ""}`} href=${address(["test", number, "conclude"])}>${t("ui.sampling.to-conclude")}</a></p></section>` : null}
      ${x.conclusion && !x.revealed && x.mode === "blind" ? html`<p class="note">${t("ui.sampling.wait-reveal")}</p>` : null}
      <section><${Pairs} of=${[[fieldName("lab_test", "started_on"), x.started_on], [fieldName("lab_test", "testers"), listed(staff(x.testers))], x.conclusion ? [fieldName("test_conclusion", "ended_on"), x.ended_on] : null, x.concluded ? [fieldName("test_conclusion", "failed_items"), x.concluded] : null]} /></section>
      <${Table} rows=${x.items} caption=${t("ui.sampling.items")} empty=${t("ui.sampling.no-items")} columns=${[
        { name: "no", label: t("sampling.head-no"), of: (i) => String(i.no) },
        { name: "item", label: fieldName("test_item", "item") },
        { name: "requirement", label: fieldName("test_item", "requirement") },
        { name: "measured", label: fieldName("test_item", "measured") },
        { name: "verdict", label: fieldName("test_item", "verdict"), of: (i) => html`<${Badge} kind=${i.verdict === "fail" ? "bad" : i.verdict === "pass" ? "good" : ""}>${wordName("verdict", i.verdict)}<//>` },
      ]} /></div>`;
  }}<//>`;
}
