// The daily work: what waits for whom, visits, records, imports, papers.
import { html } from "../../lib/html.js";
import { may } from "../../lib/may.js";
import { Queue } from "./along.js";
import { Correct } from "./correct.js";
import { Edit } from "./edit.js";
import { Import, Lists } from "./import.js";
import { Paper } from "./paper.js";
import { Kinds, Record, Records } from "./records.js";
import { Visit } from "./visit.js";
import { Visits } from "./visits.js";

export { home } from "./home.js";

export function nav(me) {
  const has = (...roles) => roles.some((r) => me.roles.includes(r));
  const business = me.roles.some((r) => r !== "admin");
  const list = [];
  if (me.offline) return [["visits", ["visits"]], ["queue", ["queue"]]];
  if (has("inspector", "reviewer", "head", "clerk", "draw", "auditor")) list.push(["visits", ["visits"]]);
  if (has("inspector")) list.push(["queue", ["queue"]]);
  if (business) list.push(["records", ["records"]]);
  if (may(me, "roster-import", "plan-import") || (me.writes || []).length) list.push(["import", ["import"]]);
  if (business) list.push(["scan", ["scan"]]);
  return list;
}

// What a form holds is of one target or record: at the address of another it begins anew.
export function page({ route, me }) {
  const [first, kind, name, mode] = route.path;
  const q = route.query;
  const key = route.path.join("/");
  if (first === "queue") return html`<${Queue} me=${me} put=${q.put} />`;
  if (first === "visits" || (!first && me.offline)) return html`<${Visits} me=${me} query=${q} />`;
  if (first === "visit" && name) return html`<${Visit} key=${`${key} ${q.task}`} me=${me} draw=${kind} object=${name} task=${q.task || ""} />`;
  if (first === "scan") return html`<${Paper} />`;
  if (first === "paper") return html`<${Paper} given=${q.code} />`;
  if (first === "import") return kind ? html`<${Import} key=${kind} me=${me} list=${kind} given=${q} />` : html`<${Lists} me=${me} />`;
  if (first === "records" && !kind) return html`<${Kinds} me=${me} />`;
  if (first === "records" && name === "add") return html`<${Edit} key=${`${key} ${JSON.stringify(q)}`} kind=${kind} mode="add" given=${q} />`;
  if (first === "records") return html`<${Records} key=${key} me=${me} kind=${kind} query=${q} />`;
  if (first === "record" && kind === "inspection" && mode === "correct") return html`<${Correct} key=${name} name=${name} />`;
  if (first === "record" && ["revise", "withdraw"].includes(mode)) return html`<${Edit} key=${key} kind=${kind} name=${name} mode=${mode} given=${q} />`;
  if (first === "record" && name) return html`<${Record} key=${key} me=${me} kind=${kind} name=${name} done=${q.done} paper=${q.paper} />`;
  return null;
}
