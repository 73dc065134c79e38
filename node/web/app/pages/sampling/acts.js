// The acts on a batch, each as the form of its record: what is known of the batch is filled in, what follows is not asked.
import { html } from "../../lib/html.js";
import { t, fieldName, kindName, wordName } from "../../lib/text.js";
import { address, go } from "../../lib/route.js";
import { Select } from "../../ui/form.js";
import { Empty, Looked, Title, useLook } from "../../ui/parts.js";
import { look } from "../../lib/api.js";
import { idOf } from "../work/field.js";
import { actsOf, load } from "./batch.js";
import { recordsOf, valuesOf } from "./data.js";
import { StaffPick, staffChoices, Step } from "./form.js";

const pick = (choices) => ({ f, value, set, error }) => html`<${Select} id=${idOf(f)} label=${f.name} required=${f.required} error=${error} value=${value} set=${set} choices=${choices} />`;
const lastOf = (b, kind, test = () => true) => b.has(kind).filter(test).slice(-1)[0] || {};
const show = (kind, record) => look("record show", { words: [kind, record] }).then(valuesOf);

// What stands about the batch in every form.
const about = (b) => [[fieldName("sample", "sheet_no"), b.s.sheet_no], [fieldName("sample", "product"), b.product], [fieldName("sample", "party"), b.sheet.party]];

// Who gets a report, by what the sheet says.
const receiverOf = (b, kind) => (kind === "producer" ? b.sheet.producer : kind === "party" ? b.sheet.party : "") || "";

const SPECS = {
  ship: async (b) => ({ kind: "sample", revise: { was: b.sheet, record: b.s.record, rev: b.sheet.rev, reason: t("ui.sampling.act-ship") }, start: {}, groups: () => [["", ["shipped_on", "waybill"]]], must: () => ["shipped_on"], says: [] }),
  reception: async (b, me) => {
    const due = (v) => (v.seal === "broken" || v.matches === "no" ? "rejected" : v.licence_kind && v.licence_kind !== "none" && v.licence === "suspected" ? "terminated" : "received");
    return {
      kind: "sample_reception",
      given: { sample: b.s.record },
      start: { received_on: me.today, licence_kind: "none" },
      derive: (v) => ({ outcome: v.seal && v.matches ? due(v) : "" }),
      groups: (v) => [["", ["received_on", "seal", "matches", "looks"]], [t("ui.sampling.licence"), ["licence_kind", ...(v.licence_kind && v.licence_kind !== "none" ? ["licence", "licence_no"] : [])]], ["", ["note"]]],
      must: (v) => [...(v.licence_kind !== "none" ? ["licence"] : []), ...(v.outcome && v.outcome !== "received" ? ["note"] : [])],
      follows: (v) => (v.outcome ? html`<p class=${`note${v.outcome === "received" ? " good" : ""}`}>${t(`ui.sampling.reception-${v.outcome}`)}</p>` : null),
      says: [t("ui.sampling.reception-says")],
    };
  },
  "on-site": async (b, me) => {
    const people = await recordsOf("lab_person");
    return {
      kind: "lab_test", given: { mode: "on_site", sample: b.s.record, started_on: me.today }, groups: () => [["", ["testers", "note"]]],
      inputs: { testers: (p) => html`<${StaffPick} ...${p} people=${staffChoices(people, b.sheet.lab, "tester", me.today)} />` }, says: [t("ui.sampling.on-site-says")],
    };
  },
  report: async (b, me) => {
    const found = lastOf(b, "test_conclusion").word;
    return { kind: "test_report", given: { sample: b.s.record, conclusion: found }, shown: [[fieldName("test_report", "conclusion"), wordName("conclusion", found)]], start: { issued_on: me.today }, groups: () => [["", ["report_no", "issued_on", "digest"]]], says: [t("ui.sampling.report-says")] };
  },
  service: async (b, me) => {
    const first = b.has("report_service").some((x) => x.word === "party") ? "producer" : "party";
    return {
      kind: "report_service",
      given: { report: b.s.report },
      start: { receiver_kind: first, receiver: receiverOf(b, first), sent_on: me.today, mode: "ems" },
      inputs: { receiver_kind: ({ f, value, put, error }) => html`<${Select} id=${idOf(f)} label=${f.name} required=${true} error=${error} value=${value} choices=${f.words.map((w) => [w, wordName(f.field, w)])} set=${(x) => {
        put("receiver_kind", x);
        put("receiver", receiverOf(b, x));
      }} />` },
      groups: (v) => [["", ["receiver_kind", "receiver", "mode", ...(v.mode === "ems" ? ["waybill"] : []), "sent_on", "received_on", "note"]]],
      must: (v) => (v.mode === "ems" ? ["waybill"] : []),
      says: [t("ui.sampling.service-says", { n: b.task.objection_days || 15 })],
    };
  },
  receipt: async (b) => {
    const was = await show("report_service", lastOf(b, "report_service", (x) => !x.ended).record);
    return { kind: "report_service", revise: { was, record: was.record, rev: was.rev, reason: t("ui.sampling.act-receipt") }, shown: [[fieldName("report_service", "receiver"), was.receiver], [fieldName("report_service", "sent_on"), was.sent_on], was.waybill ? [fieldName("report_service", "waybill"), was.waybill] : null], groups: () => [["", ["received_on"]]], must: () => ["received_on"], says: [t("ui.sampling.service-says", { n: b.task.objection_days || 15 })] };
  },
  objection: async (b, me) => ({
    kind: "objection",
    given: { report: b.s.report },
    shown: [[t("ui.sampling.until-label"), b.s.until || "—"]],
    start: { received_on: me.today, objector: "party", objector_name: b.sheet.party },
    inputs: { objector: ({ f, value, put, error }) => html`<${Select} id=${idOf(f)} label=${f.name} required=${true} error=${error} value=${value} choices=${f.words.map((w) => [w, wordName(f.field, w)])} set=${(x) => {
      put("objector", x);
      put("objector_name", receiverOf(b, x));
    }} />` },
    follows: (v) => (b.s.until && v.received_on > b.s.until ? html`<p class="note">${t("ui.sampling.objection-late")}</p>` : null),
    groups: (v) => [["", ["received_on", "objector", "objector_name", "subject", "text"]], ...(b.s.until && v.received_on > b.s.until ? [[t("ui.sampling.decision"), ["decision", "decided_on", "answer"]]] : [])],
    says: [t("ui.sampling.objection-says")],
  }),
  decide: async (b, me) => {
    const was = await show("objection", lastOf(b, "objection", (x) => !x.word).record);
    const onResult = was.subject.split(",").includes("conclusion");
    const choices = ["rejected", ...(onResult ? ["retest"] : []), ...(was.subject === "conclusion" ? [] : ["accepted"])].map((w) => [w, wordName("decision", w)]);
    return {
      kind: "objection", bad: true, revise: { was, record: was.record, rev: was.rev, reason: t("ui.sampling.act-decide") }, start: { decided_on: me.today },
      shown: [[fieldName("objection", "objector_name"), was.objector_name], [fieldName("objection", "subject"), was.subject.split(",").map((w) => wordName("subject", w)).join("、")], [fieldName("objection", "text"), was.text], [fieldName("objection", "received_on"), was.received_on]],
      inputs: { decision: pick(choices) }, groups: () => [["", ["decision", "decided_on", "answer"]]], must: () => ["decision", "decided_on", "answer"],
      follows: (v) => (v.decision ? html`<p class="note">${t(`ui.sampling.decide-${v.decision}`)}</p>` : null), says: [t("ui.sampling.decide-says")],
    };
  },
  retest: async (b, me) => {
    const labs = await recordsOf("lab");
    return {
      kind: "retest", given: { objection: lastOf(b, "objection", (x) => x.word === "retest").record, backup_seal: b.sheet.backup_seal }, start: { notified_on: me.today },
      shown: [[fieldName("retest", "backup_seal"), b.sheet.backup_seal]],
      called: { lab: (r) => (labs.find((l) => l.record === r) || {}).name }, inputs: { lab: pick(labs.filter((l) => l.record !== b.sheet.lab).map((l) => [l.record, l.name])) }, groups: () => [["", ["notified_on", "lab", "formalities_on", "lab_named_on"]]], says: [t("ui.sampling.retest-says")],
    };
  },
  "retest-go": async (b) => {
    const was = await show("retest", lastOf(b, "retest").record);
    const labs = await recordsOf("lab");
    return { kind: "retest", revise: { was, record: was.record, rev: was.rev, reason: t("ui.sampling.act-retest-go") }, shown: [[fieldName("retest", "notified_on"), was.notified_on]], called: { lab: (r) => (labs.find((l) => l.record === r) || {}).name }, inputs: { lab: pick(labs.filter((l) => l.record !== b.sheet.lab).map((l) => [l.record, l.name])) }, groups: () => [["", ["lab", "formalities_on", "lab_named_on"]]], says: [] };
  },
  "retest-conclude": async (b, me) => {
    const was = await show("retest", lastOf(b, "retest").record);
    const first = lastOf(b, "test_report").word;
    const payer = (v) => (v.conclusion ? (v.conclusion === first ? "objector" : "office") : "");
    return {
      kind: "retest", bad: true, revise: { was, record: was.record, rev: was.rev, reason: t("ui.sampling.act-retest-conclude") }, start: { concluded_on: me.today },
      shown: [[t("ui.sampling.first-conclusion"), wordName("conclusion", first)], [fieldName("retest", "lab"), lastOf(b, "retest").said], [fieldName("retest", "backup_seal"), was.backup_seal]],
      derive: (v) => ({ payer: payer(v) }),
      groups: () => [["", ["conclusion", "concluded_on", "report_no", "report_digest", "note"]]],
      must: () => ["conclusion", "concluded_on", "report_no", "report_digest"],
      follows: (v) => (v.conclusion ? html`<p class="note">${t(`ui.sampling.pays-${payer(v)}`)}</p>` : null),
      says: [t("ui.sampling.retest-final")],
    };
  },
  disposal: async (b, me) => {
    const fails = b.s.conclusion === "nonconforming";
    const whole = b.has("sample_disposal").length ? "backup" : "both";
    return {
      kind: "sample_disposal", given: { sample: b.s.record }, start: { done_on: me.today, part: whole, manner: fails ? "hand_over" : "return", receiver: fails ? "" : b.sheet.party },
      groups: (v) => [["", ["part", "manner", "done_on", ...(v.manner === "other" ? [] : ["receiver"]), "doc_no", "note"]]],
      must: (v) => (v.manner === "other" ? ["note"] : ["receiver"]), says: [t(fails ? "ui.sampling.disposal-fails" : "ui.sampling.disposal-says")],
    };
  },
  dispatch: async (b, me) => ({ kind: "product_dispatch", given: { sample: b.s.record }, start: { handler: b.sheet.county, sent_on: me.today }, groups: () => [["", ["handler", "doc_no", "sent_on", "note"]]], says: [t("ui.sampling.dispatch-says")] }),
  proposal: async (b, me) => ({ kind: "improvement_proposal", given: { report: b.s.report }, start: { issued_on: me.today, failed_items: lastOf(b, "test_conclusion").said }, groups: () => [["", ["failed_items", "problem_description", "cause_analysis", "improvement_advice", "remark", "lab_seal", "issued_on"]]], says: [t("ui.sampling.proposal-says")] }),
  determine: async (b, me) => ({ kind: "refusal_determination", given: { sample: b.s.record }, shown: [[fieldName("sample", "note"), b.sheet.note]], start: { determined_on: me.today }, groups: () => [["", ["doc_no", "facts", "determined_on"]]], says: [t("ui.sampling.determine-says")] }),
  "determine-again": async (b) => {
    const was = await show("refusal_determination", lastOf(b, "refusal_determination").record);
    return { kind: "refusal_determination", revise: { was, record: was.record, rev: was.rev }, shown: [[kindName("refusal_cosign"), lastOf(b, "refusal_cosign").said]], groups: () => [["", ["doc_no", "facts", "determined_on"]]], says: [t("ui.sampling.determine-again-says")] };
  },
  cosign: async (b, me) => {
    const of = await show("refusal_determination", lastOf(b, "refusal_determination").record);
    return {
      kind: "refusal_cosign", given: { determination: of.record }, start: { cosigned_on: me.today }, shown: [[fieldName("refusal_determination", "doc_no"), of.doc_no], [fieldName("refusal_determination", "facts"), of.facts], [fieldName("refusal_determination", "determined_on"), of.determined_on]],
      groups: () => [["", ["outcome", "cosigned_on", "note"]]], must: (v) => (v.outcome === "disputed" ? ["note"] : []), says: [t("ui.sampling.cosign-says")],
    };
  },
  "follow-up": async (b, me) => ({ kind: "follow_up", given: { dispatch: lastOf(b, "product_dispatch").record }, start: { opened_on: me.today }, groups: () => [["", ["disposal", "opened_on"]]], says: [t("ui.sampling.follow-up-says")] }),
  ecqs: async (b, me) => {
    const open = b.s.due.filter((d) => /^ecqs_(sampling|test|retest)$/.test(d.deadline)).map((d) => d.deadline.slice(5));
    return {
      kind: "ecqs_entry", given: { sample: b.s.record }, start: { data: open[0], entered_on: me.today },
      inputs: { data: pick(open.map((w) => [w, wordName("data", w)])) },
      derive: (v) => (v.data === "test" ? { report: b.s.report } : v.data === "retest" ? { retest: lastOf(b, "retest").record } : {}),
      groups: () => [["", ["data", "entered_on", "ecqs_no"]]], says: [t("ui.sampling.ecqs-says")],
    };
  },
};

export function BatchAct({ me, name, act }) {
  const of = useLook(async () => {
    const b = await load(name);
    const open = Object.prototype.hasOwnProperty.call(SPECS, act) && actsOf(me, b).some((x) => x.id === act);
    return { b, spec: open ? await SPECS[act](b, me) : null };
  }, [name, act]);
  return html`<${Looked} of=${of}>${({ b, spec }) => {
    const back = address(["batch", name]);
    if (!spec) return html`<div><${Title} text=${t("ui.sampling.batch", { sheet: b.s.sheet_no })}><a class="button" href=${back}>${t("ui.draw.back")}</a><//><${Empty} text=${t("ui.sampling.not-now")} /></div>`;
    return html`<${Step} spec=${{ title: t(`ui.sampling.act-${act}`), back, ...spec, shown: [...about(b), ...(spec.shown || [])], done: () => go(["batch", name], { done: act }) }} />`;
  }}<//>`;
}
