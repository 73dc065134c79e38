// What the office says of its lists, asked once; and values as people read them.
import { get } from "../../lib/api.js";
import { t, first, isMoment, language, when, count, listed } from "../../lib/text.js";
import { address } from "../../lib/route.js";

let kept = null;
export function lists() {
  const lang = language();
  if (!kept || kept.lang !== lang)
    kept = {
      lang,
      all: get("lists").catch((p) => {
        kept = null;
        throw p;
      }),
    };
  return kept.all;
}

const hyphens = (s) => String(s).replace(/_/g, "-");
const names = (s) => listed(s.split(";").map((p) => p.slice(p.indexOf(" ") + 1)));
const office = (v, offices) => {
  const o = offices.find((x) => x.code === v);
  return o && o.name ? o.name : v;
};

export function wordOf(column, v) {
  const choice = (column.choices || []).find(([word]) => word === v);
  return choice ? choice[1] : v;
}

// A value in words; "" for none.
export function words(column, v, offices) {
  if (v === undefined || v === null || v === "") return "";
  if (column.kind === "time") return when(v);
  if (column.kind === "number") return column.name === "year" || column.name === "line" ? String(v) : count(v);
  if (column.kind === "people") return names(v);
  if (column.kind === "office") return office(v, offices);
  if (column.kind === "word") return wordOf(column, v);
  if (column.kind === "roles") return listed(v.split(",").map((r) => first([`role.${hyphens(r)}`], r)));
  if (column.kind === "hash") return `${v.slice(0, 12)}…`;
  return isMoment(v) ? when(v) : String(v);
}

const GOOD = ["in_business", "active", "published", "closed", "applied", "here", "verified", "approved", "corrected", "done"];
const BAD = ["revoked", "quarantined", "refused", "disputed", "rival", "sent_back", "not_inspectable"];
const WARN = ["held", "suspended", "waiting", "open", "coming", "wanted", "ordered", "follow_up", "unverified", "arriving"];
export const badgeOf = (v) => (GOOD.includes(v) ? "good" : BAD.includes(v) ? "bad" : WARN.includes(v) ? "warn" : "");
const BADGED = ["status", "state", "outcome", "judged"];
export const badged = (column) => BADGED.includes(column.name) && column.kind === "word";

// Where the first column of a row leads: the page of the thing itself where there is one, else the row's own.
export function pageOf(list, row) {
  if (list.id === "draws") return address(["draw", row.draw]);
  if (row.plan && list.kind === "plan") return address(["plan", row.plan]);
  if (row.plan && list.kind === "plan_task") return address(["plan", row.plan], { task: row.no });
  if (list.id === "sampling-tasks") return address(["sampling", row.record]);
  if (list.id === "samples") return address(["batch", row.record]);
  if (list.kind && row.record) return address(["record", list.kind, row.record]);
  return address(["lists", list.id, "row", row.at]);
}
export const linkOf = (column, v) => (column.kind === "draw" ? address(["draw", v]) : column.kind === "result" ? address(["record", "inspection", v]) : null);
export const secret = (v) => v === "***";
export const hidden = () => t("ui.lists.masked");
