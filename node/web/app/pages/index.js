// Which page an address names, and what stands in the list at the side for whom.
import { html } from "../lib/html.js";
import { t } from "../lib/text.js";
import { Title, Empty } from "../ui/parts.js";
import { Act, Commands } from "./command.js";

export function navOf(me) {
  return [
    ["home", []],
    ["acts", ["acts"]],
  ];
}

export function pageOf({ route, me, commands }) {
  const [first, ...rest] = route.path;
  if (first === "act") {
    const command = commands.find((c) => c.name === rest.join(" "));
    if (command) return html`<${Act} key=${command.name} command=${command} />`;
  }
  if (first === "acts") return html`<${Commands} commands=${commands} />`;
  if (!first) return html`<div><${Title} text=${me.name} /></div>`;
  return html`<div><${Title} text=${t("ui.nothing-here")} /><${Empty} text=${t("http.path")} /></div>`;
}
