// Which page an address names, and what stands in the list at the side for whom: each area says its own.
import { html } from "../lib/html.js";
import { t } from "../lib/text.js";
import { Title, Empty } from "../ui/parts.js";
import { Act, Commands } from "./command.js";
import { Duty } from "./duty.js";
import * as admin from "./admin/index.js";
import * as draw from "./draw/index.js";
import * as lists from "./lists/index.js";
import * as sampling from "./sampling/index.js";
import * as setup from "./setup/index.js";
import * as work from "./work/index.js";
import * as year from "./year/index.js";

const areas = [work, year, draw, sampling, lists, admin, setup];

export function navOf(me) {
  if (me.offline) return work.nav(me);
  return [["home", []], ...areas.flatMap((a) => a.nav(me)), ["acts", ["acts"]]];
}

function shown(p) {
  const [first, ...rest] = p.route.path;
  for (const a of areas) {
    const page = a.page(p);
    if (page) return page;
  }
  if (first === "act") {
    const command = p.commands.find((c) => c.name === rest.join(" "));
    if (command) return html`<${Act} key=${command.name} me=${p.me} command=${command} />`;
  }
  if (first === "acts") return html`<${Commands} me=${p.me} commands=${p.commands} />`;
  if (!first) return work.home(p);
  return html`<div><${Title} text=${t("ui.nothing-here")} /><${Empty} text=${t("http.path")} /></div>`;
}

export const pageOf = (p) => html`<${Duty} me=${p.me} commands=${p.commands} path=${p.route.path}>${() => shown(p)}<//>`;
