// Plans, draws, boards, figures and publication: addresses, and places in the list at the side.
import { html } from "../../lib/html.js";
import { Plans, Plan } from "./plans.js";
import { Proposals } from "./proposals.js";
import { Draws } from "./draws.js";
import { Ceremony } from "./ceremony.js";
import { Draw } from "./draw.js";
import { Board } from "./board.js";
import { Verify } from "./verify.js";
import { Fork } from "./fork.js";
import { Slip } from "./slip.js";
import { Figures, FigureRows } from "./figures.js";
import { Reports, Report } from "./reports.js";
import { Publish } from "./publish.js";

const STATION = 4;

export const nav = (me) => [
  ["plans", ["plans"]],
  ["draws", ["draws"]],
  ...(me.level < STATION ? [["board", ["board"]], ["verify", ["verify"]]] : []),
  ["figures", ["figures"]],
  ["publish", ["publish"]],
];

const pages = {
  plans: Plans,
  plan: Plan,
  proposals: Proposals,
  draws: Draws,
  draw: Draw,
  ceremony: Ceremony,
  board: Board,
  verify: Verify,
  slip: Slip,
  fork: Fork,
  figures: Figures,
  figure: FigureRows,
  reports: Reports,
  report: Report,
  publish: Publish,
};

const NAMED = ["plan", "draw", "ceremony", "fork", "figure", "report"];

export function page({ route, me, commands }) {
  const [first, name] = route.path;
  const Page = Object.prototype.hasOwnProperty.call(pages, first) ? pages[first] : null;
  return Page && (name || !NAMED.includes(first)) ? html`<${Page} key=${`${first}/${name || ""}`} name=${name} query=${route.query} me=${me} commands=${commands} />` : null;
}
