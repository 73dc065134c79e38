// The year's course: a plan made, revised and filed, what it rests on (items, codes, the calendar), what is ordered beside the draw, what the public is about to see, the site.
import { html } from "../../lib/html.js";
import { Calendar } from "./calendar.js";
import { Tables } from "./codes.js";
import { FilePlan } from "./file.js";
import { Give, Group, Marks } from "./given.js";
import { ItemList, ItemLists } from "./items.js";
import { MakePlan } from "./plan.js";
import { Preview } from "./preview.js";
import { Site } from "./site.js";

// Its pages are reached from those of plans, imports and publication.
export const nav = () => [];

export function page({ route, me }) {
  const [first, name, what] = route.path;
  const q = route.query;
  if (first === "plans" && name === "add") return html`<${MakePlan} me=${me} />`;
  if (first === "plan" && what === "revise") return html`<${MakePlan} key=${name} me=${me} plan=${name} />`;
  if (first === "plan" && what === "file") return html`<${FilePlan} key=${name} me=${me} name=${name} />`;
  if (first === "plan" && what === "group") return html`<${Group} key=${name} me=${me} name=${name} />`;
  if (first === "plan" && what === "give" && q.task && q.office) return html`<${Give} key=${`${name} ${q.task} ${q.office}`} me=${me} name=${name} task=${q.task} office=${q.office} />`;
  if (first === "items") return name ? html`<${ItemList} key=${name} me=${me} name=${name} past=${q.past} />` : html`<${ItemLists} me=${me} />`;
  if (first === "marks") return html`<${Marks} me=${me} done=${q.done} />`;
  if (first === "tables") return html`<${Tables} me=${me} query=${q} />`;
  if (first === "calendar") return html`<${Calendar} me=${me} />`;
  if (first === "preview" && name) return html`<${Preview} key=${name} me=${me} name=${name} />`;
  if (first === "site") return html`<${Site} me=${me} />`;
  return null;
}
