// What these pages ask of the office, and whose the next act of a batch is: the kinds of record and lines of duty.def say it.
import { look } from "../../lib/api.js";
import { may, mayWrite } from "../../lib/may.js";
import { first, t, wordName } from "../../lib/text.js";

const PAGE = 500;
// All of them, page by page: what is counted here is told as all there is.
async function listOf(kind, where) {
  const all = [];
  for (let past; ; past = all[all.length - 1].record) {
    const page = await look("record list", { words: [kind], limit: PAGE, where, past });
    all.push(...page);
    if (page.length < PAGE) return all;
  }
}
const standing = (l) => l.filter((r) => !r.withdrawn);
// Of another office's task the rows are filtered here: a reference in a filter is read as one of this office's.
export const recordsOf = (kind, where) => listOf(kind, where).catch((p) => {
  if (p.code !== "value.foreign") throw p;
  const at = where.indexOf("=");
  return listOf(kind).then((l) => l.filter((r) => r[where.slice(0, at)] === where.slice(at + 1)));
}).then(standing);
export const taskOf = (name) => look("record show", { words: ["sampling_task", name] }).then((r) => valuesOf(r));
export const valuesOf = (r) => {
  const now = r.revisions[r.revisions.length - 1];
  return { ...now.values, record: r.record, rev: now.rev, withdrawn: now.withdrawn };
};
export const officeOf = (record) => record.split(":")[0];
export const own = (me, record) => officeOf(record) === me.office;

// The record by which an act is done; the custodian's numbers are an act of their own.
const KIND = {
  reception: "sample_reception", report: "test_report", service: "report_service", receipt: "report_service", decide: "objection", retest: "retest", dispatch: "product_dispatch",
  publish: "sample_publication", disposal: "sample_disposal", determine: "refusal_determination", cosign: "refusal_cosign", disputed: "refusal_determination",
};
export const kindOf = (next) => KIND[next] || (next === "test" ? "lab_test" : next === "number" ? "blind_mark" : "");
// Of a batch of `office`, taken in the area of `county`.
export function mine(me, next, office, county) {
  if (next === "cosign") return me.office === county && mayWrite(me, "refusal_cosign");
  if (me.office !== office) return false;
  if (next === "number") return may(me, "blind");
  if (next === "test") return mayWrite(me, "lab_test") || may(me, "blind");
  return !!KIND[next] && mayWrite(me, KIND[next]);
}
export const nextName = (next) => t(`ui.lists.next.${next}`);

// Which words a step of the way says.
const WORDS = {
  refusal_cosign: "outcome", sample_reception: "outcome", lab_test: "mode", test_conclusion: "conclusion", test_report: "conclusion", report_service: "receiver_kind",
  objection: "decision", retest: "conclusion", sample_disposal: "manner", ecqs_entry: "data", sample_publication: "conclusion",
};
export const stepWord = (s) => (s.word ? wordName(WORDS[s.kind] || "outcome", s.word) : "");
const BAD = ["nonconforming", "rejected", "refused", "broken", "disputed", "testing_terminated", "cannot_be_tested", "terminated"];
const GOOD = ["conforming", "received", "agreed"];
export const stepTone = (s) => (s.withdrawn || BAD.includes(s.word) ? (s.kind === "objection" ? "" : "bad") : GOOD.includes(s.word) ? "good" : "");

const BADSTATE = ["refused", "refusal_disputed", "rejected", "objection"];
const GOODSTATE = ["final", "disposed", "follow_up", "refusal_determined"];
export const stateTone = (s) => (BADSTATE.includes(s) ? "bad" : GOODSTATE.includes(s) ? "good" : "warn");
export const dueTone = (d) => (d.state === "overdue" ? "bad" : d.state === "urgent" ? "warn" : "");
export const dueName = (d) => first([`deadline.${d.deadline.replace(/_/g, "-")}`], d.deadline);

// "1-45-0 张三;1-46-0 李四": the staff of a lab.
export const staff = (s) => (s || "").split(";").filter(Boolean).map((p) => p.slice(p.indexOf(" ") + 1));
