// Every list of the office: what there are, one with its filters, and the page of a row.
import { html } from "../../lib/html.js";
import { t } from "../../lib/text.js";
import { address } from "../../lib/route.js";
import { Looked, Title, useLook, Empty } from "../../ui/parts.js";
import { lists } from "./data.js";
import { List } from "./list.js";
import { Row } from "./row.js";

const GROUPS = [
  ["register", ["objects", "inspectors", "recusals"]],
  ["business", ["plans", "tasks", "given", "grants", "draws", "targets", "results", "follow-ups", "clues", "publications", "sampling-tasks", "samples"]],
  ["exchange", ["entries", "held", "receipts", "files"]],
  ["office", ["persons", "trail"]],
];

export const nav = () => [["lists", ["lists"]]];

function All({ all }) {
  return html`<div>
    <${Title} text=${t("ui.nav.lists")} />
    ${GROUPS.map(([group, ids]) => {
      const here = ids.map((id) => all.lists.find((l) => l.id === id)).filter(Boolean);
      return html`<section class="listgroup"><h2>${t(`ui.lists.group.${group}`)}</h2>
        <ul>${here.map((l) => html`<li><a href=${address(["lists", l.id])}>${l.title}</a><span class="dim">${t(`ui.lists.about.${l.id}`)}</span></li>`)}</ul></section>`;
    })}
  </div>`;
}

function Lists({ route }) {
  const of = useLook(lists, []);
  const [, name, what, at] = route.path;
  return html`<${Looked} of=${of}>${(all) => {
    if (!name) return html`<${All} all=${all} />`;
    const list = all.lists.find((l) => l.id === name);
    if (!list) return html`<div><${Title} text=${t("ui.nothing-here")} /><${Empty} text=${t("http.path")} /></div>`;
    if (what === "row" && at) return html`<${Row} key=${at} list=${list} offices=${all.offices} at=${at} />`;
    return html`<${List} key=${list.id} list=${list} offices=${all.offices} query=${route.query} />`;
  }}<//>`;
}

export const page = ({ route }) => (route.path[0] === "lists" ? html`<${Lists} route=${route} />` : null);
