// Results of a task become public, are corrected, and one is taken back: each is shown whole before it is done.
import { html, useState } from "../../lib/html.js";
import { t, count, wordName } from "../../lib/text.js";
import { act, look } from "../../lib/api.js";
import { mayWrite } from "../../lib/may.js";
import { address, go } from "../../lib/route.js";
import { Input, Summary } from "../../ui/form.js";
import { Badge, Looked, Table, Title, useLook } from "../../ui/parts.js";
import { Ask, Doing, Pairs, useAct } from "../draw/common.js";
import { recordsOf, taskOf } from "./data.js";

const tone = (c) => (c === "conforming" ? "good" : "bad");
const Conclusion = ({ of }) => html`<${Badge} kind=${tone(of)}>${wordName("conclusion", of)}<//>`;
const batchColumns = [
  { name: "sheet_no", label: () => t("field.sheet-no") },
  { name: "product", label: () => t("field.product") },
  { name: "party", label: () => t("ui.sampling.party") },
  { name: "conclusion", label: () => t("ui.sampling.conclusion"), of: (b) => html`<${Conclusion} of=${b.conclusion} /> ${b.correction ? html`<${Badge} kind="warn">${t("ui.sampling.correction")}<//>` : null}` },
];

function Back({ name, task }) {
  return html`<p class="trace"><a href=${address(["sampling"])}>${t("ui.nav.sampling")}</a> › <a href=${address(["sampling", name])}>${task.title}</a></p>`;
}

export function PublishTask({ me, name }) {
  const of = useLook(() => Promise.all([taskOf(name), mayWrite(me, "sample_publication") ? act("publish samples", { words: [name], "dry-run": true }).then((a) => a.result) : Promise.resolve(null), recordsOf("sample_publication", `task=${name}`)]), [name]);
  const [sure, ask] = useState(false);
  const [reason, setReason] = useState("");
  const [errors, setErrors] = useState({});
  const doing = useAct();
  return html`<${Looked} of=${of}>${([task, would, out]) => {
    const may = !!would;
    const n = may ? would.published + would.corrected : 0;
    const run = async () => {
      if (!(await doing.run("publish samples", { words: [name], ...(reason.trim() ? { reason: reason.trim() } : {}) }))) return;
      ask(false);
      of.again();
    };
    const columns = batchColumns.map((c) => ({ ...c, label: c.label() }));
    if (sure) return html`<${Ask} title=${t("ui.sampling.publish")} label=${t("ui.draw.publish-now")} bad=${true} doing=${doing} onDo=${run} onBack=${() => ask(false)} pairs=${[[t("ui.draw.task"), task.title], [t("ui.sampling.to-publish"), count(would.published)], would.corrected ? [t("ui.sampling.to-correct"), count(would.corrected)] : null, would.corrected ? [t("ui.work.reason"), reason] : null]} says=${[t("ui.sampling.public-1"), t("ui.sampling.public-2"), t("ui.sampling.public-3")]}><${Table} rows=${would.batches} columns=${columns} /><//>`;
    const check = (e) => {
      e.preventDefault();
      const wrong = would.corrected && !reason.trim() ? { reason: t("ui.missing", { field: t("ui.work.reason") }) } : {};
      setErrors(wrong);
      if (!Object.keys(wrong).length) ask(true);
    };
    const r = doing.answer && doing.answer.result;
    return html`<div><${Back} name=${name} task=${task} />
      <${Title} text=${t("ui.sampling.publish-of", { task: task.doc_no })}><a class="button" href=${address(["sampling", name])}>${t("ui.draw.back")}</a><//>
      ${r ? html`<p class="note good" role="status">${t("sampling.public-done", r)}</p>` : null}
      ${may ? html`<section><h2>${t("ui.sampling.ready-to-publish", { n: count(n) })}</h2>
        <p>${t("ui.sampling.ready-says", { waiting: count(would.waiting) })}${would.withdrawn ? ` ${t("ui.sampling.n-withdrawn", { n: count(would.withdrawn) })}` : ""}</p>
        <${Table} rows=${would.batches} empty=${t("ui.sampling.nothing-ready")} columns=${columns} />
        ${n ? html`<form onSubmit=${check} novalidate><${Summary} errors=${errors} />${would.corrected ? html`<${Input} id="reason" label=${t("ui.sampling.correction-reason")} hint=${t("ui.sampling.reason-public")} required=${true} error=${errors.reason} lines=${2} value=${reason} set=${setReason} />` : null}<p class="row"><button class="main">${t("ui.draw.check-answers")}</button></p></form>` : null}
      </section>` : null}
      <section><h2>${t("ui.sampling.stands-public", { n: count(out.length) })}</h2>
        <${Table} rows=${out} empty=${t("ui.sampling.none-public")} columns=${[
          { name: "product", label: t("field.product") },
          { name: "party", label: t("ui.sampling.party") },
          { name: "conclusion", label: t("ui.sampling.conclusion"), of: (b) => html`<${Conclusion} of=${b.conclusion} />` },
          { name: "published_on", label: t("ui.sampling.published-on") },
          may ? { name: "do", label: t("ui.draw.do"), of: (b) => html`<a href=${address(["sampling", name, "withdraw"], { sample: b.sample })}>${t("ui.sampling.take-back")}<span class="unseen"> ${b.party}</span></a>` } : null,
        ].filter(Boolean)} />
        <p><a class="button" href=${address(["site"])}>${t("ui.draw.site-page")}</a></p></section>
    </div>`;
  }}<//>`;
}

export function TakeBack({ me, name, sample }) {
  const of = useLook(async () => {
    const [task, sheet, out] = await Promise.all([taskOf(name), look("sample show", { words: [sample] }), recordsOf("sample_publication", `task=${name}`)]);
    return { task, sheet, publication: out.find((b) => b.sample === sample) };
  }, [name, sample]);
  const [reason, setReason] = useState("");
  const [errors, setErrors] = useState({});
  const [sure, ask] = useState(false);
  const doing = useAct();
  return html`<${Looked} of=${of}>${({ task, sheet, publication: p }) => {
    const back = address(["sampling", name, "publish"]);
    if (!p || !mayWrite(me, "sample_publication")) return html`<div><${Title} text=${t("ui.sampling.take-back")}><a class="button" href=${back}>${t("ui.draw.back")}</a><//><p class="note">${t("sampling.not-public", { value: sheet.sheet_no })}</p></div>`;
    const pairs = [[t("field.sheet-no"), sheet.sheet_no], [t("field.product"), p.product], [t("ui.sampling.party"), p.party], [t("ui.sampling.conclusion"), html`<${Conclusion} of=${p.conclusion} />`], [t("ui.sampling.published-on"), p.published_on]];
    const run = async () => {
      if (await doing.run("publish samples", { words: [name], withdraw: sheet.sheet_no, reason: reason.trim() })) go(["batch", sample], { done: "withdrawn" });
    };
    if (sure) return html`<${Ask} title=${t("ui.sampling.take-back")} label=${t("ui.sampling.take-back-now")} bad=${true} doing=${doing} onDo=${run} onBack=${() => ask(false)} pairs=${[...pairs, [t("ui.work.reason"), reason]]} says=${[t("ui.sampling.back-1"), t("ui.sampling.back-2"), t("ui.sampling.back-3")]} />`;
    return html`<div><${Back} name=${name} task=${task} />
      <${Title} text=${t("ui.sampling.take-back")}><a class="button" href=${back}>${t("ui.draw.back")}</a><//><${Doing} of=${doing} /><${Summary} errors=${errors} />
      <p>${t("ui.sampling.take-back-says")}</p>
      <section><${Pairs} of=${pairs} /></section>
      <form novalidate onSubmit=${(e) => {
        e.preventDefault();
        const wrong = reason.trim() ? {} : { reason: t("ui.missing", { field: t("ui.work.reason") }) };
        setErrors(wrong);
        if (!Object.keys(wrong).length) ask(true);
      }}><${Input} id="reason" label=${t("ui.work.reason")} hint=${t("ui.sampling.reason-public")} required=${true} error=${errors.reason} lines=${2} value=${reason} set=${setReason} /><p class="row"><button class="main">${t("ui.draw.check-answers")}</button></p></form></div>`;
  }}<//>`;
}
