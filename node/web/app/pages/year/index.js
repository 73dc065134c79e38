// The year's course: a plan made, revised and filed, the calendar, what the public is about to see, the site.
import { html } from "../../lib/html.js";
import { Calendar } from "./calendar.js";
import { FilePlan } from "./file.js";
import { MakePlan } from "./plan.js";
import { Preview } from "./preview.js";
import { Site } from "./site.js";

// Its pages are reached from those of plans, imports and publication.
export const nav = () => [];

export function page({ route, me }) {
  const [first, name, what] = route.path;
  if (first === "plans" && name === "add") return html`<${MakePlan} me=${me} />`;
  if (first === "plan" && what === "revise") return html`<${MakePlan} key=${name} me=${me} plan=${name} />`;
  if (first === "plan" && what === "file") return html`<${FilePlan} key=${name} me=${me} name=${name} />`;
  if (first === "calendar") return html`<${Calendar} me=${me} />`;
  if (first === "preview" && name) return html`<${Preview} key=${name} me=${me} name=${name} />`;
  if (first === "site") return html`<${Site} me=${me} />`;
  return null;
}
