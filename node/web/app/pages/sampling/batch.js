// One batch: how far it has come, what is to be done next and by when, and every act on it with its page.
import { html } from "../../lib/html.js";
import { t, fieldName, kindName, listed, stateName, wordName } from "../../lib/text.js";
import { mayWrite } from "../../lib/may.js";
import { look } from "../../lib/api.js";
import { address } from "../../lib/route.js";
import { Badge, Looked, Table, Title, useLook } from "../../ui/parts.js";
import { Pairs, useOffices } from "../draw/common.js";
import { kinds } from "../work/data.js";
import { Evidence } from "../work/evidence.js";
import { Papers } from "../work/records.js";
import { dueName, dueTone, kindOf, mine, nextName, officeOf, own, staff, stateTone, stepTone, stepWord, taskOf, valuesOf } from "./data.js";

// All of a batch: how it stands, its sheet, its task, names of product and labs.
export async function load(name) {
  const [s, sheet] = await Promise.all([look("sample show", { words: [name] }), look("record show", { words: ["sample", name] }).then(valuesOf)]);
  const called = (kind, r, field) => (r ? look("record show", { words: [kind, r] }).then((x) => valuesOf(x)[field], () => r) : Promise.resolve(""));
  const [task, product, lab] = await Promise.all([taskOf(s.task).catch(() => ({ record: s.task, title: s.task })), called("sampling_product", sheet.product, "name"), called("lab", sheet.lab, "name")]);
  return { s, sheet, task, product, lab, has: (kind) => s.steps.filter((x) => x.kind === kind && !x.withdrawn) };
}

const last = (l) => l[l.length - 1];

// The acts that stand open now, the next one first: {id, main}. Each is a page of its own (acts.js).
export function actsOf(me, b) {
  const { s, sheet, has } = b;
  const o = officeOf(s.record);
  const next = { decide: "decide", retest: !has("retest").length ? "retest" : s.due.some((d) => /^retest_/.test(d.deadline)) ? "retest-go" : "retest-conclude", receipt: "receipt", disputed: "determine-again" }[s.next] || s.next;
  const list = [];
  const put = (id, kind, when) => when && mayWrite(me, kind) && !list.some((x) => x.id === id) && list.push({ id, main: id === next });
  const here = me.office === o;
  const report = s.report;
  if (here) {
    put("ship", "sample", sheet.outcome === "sampled" && !sheet.shipped_on && !has("sample_reception").length);
    put("reception", "sample_reception", s.next === "reception");
    put("on-site", "lab_test", s.next === "reception" && sheet.sampled_on === me.today && !has("lab_test").length);
    put("report", "test_report", s.next === "report");
    put("service", "report_service", !!report);
    put("receipt", "report_service", has("report_service").some((x) => !x.ended));
    put("objection", "objection", has("report_service").some((x) => x.ended && x.word !== "office"));
    put("decide", "objection", has("objection").some((x) => !x.word));
    put("retest", "retest", s.next === "retest" && !has("retest").length);
    put("retest-go", "retest", has("retest").some((x) => !x.word));
    put("retest-conclude", "retest", has("retest").some((x) => !x.word));
    put("determine", "refusal_determination", s.next === "determine");
    put("determine-again", "refusal_determination", s.next === "disputed");
    put("dispatch", "product_dispatch", s.next === "dispatch");
    put("proposal", "improvement_proposal", !!report && last(has("test_report")).word === "nonconforming" && !has("improvement_proposal").length);
    put("disposal", "sample_disposal", sheet.outcome === "sampled" && (["final", "follow_up", "rejected", "testing_terminated", "cannot_be_tested", "disposed"].includes(s.state) || s.next === "disposal"));
    put("ecqs", "ecqs_entry", s.due.some((d) => /^ecqs_/.test(d.deadline)));
  }
  put("cosign", "refusal_cosign", me.office === sheet.county && s.next === "cosign");
  put("follow-up", "follow_up", has("product_dispatch").length && !has("follow_up").length && sheet.county === me.office);
  return list.sort((x, y) => Number(y.main) - Number(x.main));
}

const MORE = { publish: (b) => ["sampling", b.s.task, "publish"], number: () => ["blind"], test: () => ["test"] };

function Next({ me, b, acts }) {
  const known = useLook(kinds, []);
  const { s, sheet } = b;
  const o = officeOf(s.record);
  const k = (known.value || []).find((x) => x.kind === kindOf(s.next));
  const yours = mine(me, s.next, o, sheet.county);
  const due = s.due.filter((d) => !/^ecqs_/.test(d.deadline));
  const to = MORE[s.next];
  return html`<section class="next"><h2>${t("ui.sampling.next-is", { next: nextName(s.next) })}</h2>
    <p>${s.next === "done" && s.due.length ? t("ui.sampling.says-ecqs") : t(`ui.sampling.says-${s.next}`)} ${s.next === "wait" ? html`<strong>${t("ui.sampling.until", { day: s.until })}</strong>` : null}</p>
    ${due.map((d) => html`<p><${Badge} kind=${dueTone(d)}>${t(`deadline.state-${d.state}`)}<//> ${dueName(d)} <strong class="whole">${d.due}</strong></p>`)}
    ${k && !yours && s.next !== "done" && s.next !== "wait" ? html`<p class="dim">${s.next === "cosign" ? t("ui.sampling.by-county") : t("ui.sampling.by-roles", { roles: listed(k.roles.map((r) => t(`role.${r}`))) })}</p>` : null}
    <p class="row">
      ${yours && to ? html`<a class="button main" href=${address(to(b))}>${nextName(s.next)}</a>` : null}
      ${acts.map((a) => html`<a class=${`button${a.main ? " main" : ""}`} href=${address(["batch", s.record, a.id])}>${t(`ui.sampling.act-${a.id}`)}</a>`)}
    </p></section>`;
}

function Way({ b }) {
  const { s, sheet } = b;
  const steps = [{ kind: "sample", record: s.record, on: sheet.sampled_on, word: sheet.outcome, said: "", ended: "" }, ...(sheet.shipped_on ? [{ kind: "", on: sheet.shipped_on, said: sheet.waybill || "" }] : []), ...s.steps].sort((x, y) => (x.on < y.on ? -1 : x.on > y.on ? 1 : 0));
  return html`<section><h2>${t("ui.sampling.way")}</h2><ol class="way">${steps.map((x) => html`<li class=${x.withdrawn ? "gone" : ""}>
    <span class="whole day">${x.on}</span>
    <div>${x.kind ? html`<a href=${address(["record", x.kind, x.record])}>${x.kind === "sample" ? t("ui.sampling.sheet") : kindName(x.kind)}</a>` : html`<span>${fieldName("sample", "shipped_on")}</span>`}
      ${x.word ? html` <${Badge} kind=${x.kind === "sample" ? "" : stepTone(x)}>${x.kind === "sample" ? wordName("outcome", x.word) : stepWord(x)}<//>` : null}
      ${x.kind === "objection" && !x.word ? html` <${Badge} kind="warn">${t("ui.sampling.undecided")}<//>` : null}
      ${x.withdrawn ? html` <${Badge} kind="bad">${t("state.withdrawn")}<//>` : null}
      ${x.said ? html` <span class="dim">${x.said}</span>` : null}
      ${x.ended ? html` <span class="dim">${t(x.kind === "report_service" ? "ui.sampling.received-on" : "ui.sampling.ended-on", { day: x.ended })}</span>` : x.kind === "report_service" ? html` <${Badge} kind="warn">${t("ui.sampling.not-received")}<//>` : null}</div></li>`)}</ol></section>`;
}

export function Sheet({ b }) {
  const names = useOffices();
  const { sheet, product, lab } = b;
  const f = (field, v = sheet[field]) => (v ? [fieldName("sample", field), v] : null);
  const word = (field) => f(field, sheet[field] && listed(sheet[field].split(",").map((w) => wordName(field, w))));
  return html`<section><h2>${t("ui.sampling.sheet")}</h2><${Pairs} of=${[f("product", product), f("party"), f("party_uscc"), f("producer"), f("model"), f("trademark"), f("batch_no"), f("lab", lab), [t("ui.sampling.county"), names(sheet.county)], word("stage"), f("sampled_on"), f("place"), f("quantity"), f("stock"), f("price"),
    f("samplers", listed(staff(sheet.samplers))), f("test_seal"), f("backup_seal"), word("backup_place"), word("papers"), word("party_signature"), word("copies_left"), f("note")]} /></section>`;
}

function Photos({ name }) {
  const of = useLook(() => look("evidence list", { result: name }), [name]);
  return of.value && of.value.files.length ? html`<${Evidence} photos=${of.value.files} />` : null;
}

export function Batch({ me, name, done }) {
  const of = useLook(() => load(name), [name]);
  return html`<${Looked} of=${of}>${(b) => {
    const { s, sheet, task } = b;
    const acts = actsOf(me, b);
    return html`<div>
      <p class="trace"><a href=${address(["sampling"])}>${t("ui.nav.sampling")}</a> › <a href=${address(["sampling", s.task])}>${task.title}</a></p>
      <${Title} text=${t("ui.sampling.batch", { sheet: s.sheet_no })}>${own(me, name) && mayWrite(me, "sample") ? html`<a class="button" href=${address(["record", "sample", name, "revise"])}>${t("ui.sampling.mend-sheet")}</a>` : null}<//>
      <p class="sub"><${Badge} kind=${stateTone(s.state)}>${stateName("sample", s.state)}<//> ${b.product} · ${sheet.party}</p>
      ${done ? html`<p class="note good" role="status">${t("ui.sampling.written")}</p>` : null}
      <${Next} me=${me} b=${b} acts=${acts} />
      ${s.due.some((d) => /^ecqs_/.test(d.deadline)) ? html`<section><h2>e-CQS</h2><${Table} rows=${s.due.filter((d) => /^ecqs_/.test(d.deadline))} columns=${[
        { name: "deadline", label: t("head.deadline"), of: dueName },
        { name: "due", label: t("head.due") },
        { name: "state", label: t("head.state"), of: (d) => html`<${Badge} kind=${dueTone(d)}>${t(`deadline.state-${d.state}`)}<//>` },
      ]} /></section>` : null}
      <${Way} b=${b} />
      <${Sheet} b=${b} />
      <${Photos} name=${name} />
      <${Papers} kind="sample" name=${name} />
    </div>`;
  }}<//>`;
}
