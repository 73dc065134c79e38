// Pages that are forms: whose they are is said in their place, before anybody fills one in (web-9). The functions behind them ask again.
import { html } from "../lib/html.js";
import { kindName, listed, t } from "../lib/text.js";
import { mayRun, mayWrite } from "../lib/may.js";
import { Looked, Title, useLook } from "../ui/parts.js";
import { titleOf } from "./command.js";
import { kinds } from "./work/data.js";

const ROSTER = ["objects", "inspectors", "recusals"];
const listOf = (l) => (l === "results" ? { command: "result import" } : ROSTER.includes(l) ? { command: "roster import" } : { kind: l });
// An address, "*" for any one of its parts, and what it asks for: a command, or a kind of record that is written.
const FORMS = [
  ["plans/add", () => ({ command: "plan import" })],
  ["plan/*/revise", () => ({ command: "plan revise" })],
  ["plan/*/group", () => ({ command: "plan group" })],
  ["plan/*/give", () => ({ command: "plan give-list" })],
  ["plan/*/file", () => ({ kind: "filing" })],
  ["records/*/add", (p) => ({ kind: p[1] })],
  ["record/*/*/revise", (p) => ({ kind: p[1], mode: "revise" })],
  ["record/*/*/withdraw", (p) => ({ kind: p[1], mode: "withdraw" })],
  ["record/inspection/*/correct", () => ({ command: "result correct" })],
  ["import/*", (p) => listOf(p[1])],
  ["keys/approve", () => ({ command: "enrol approve" })],
  ["sampling/add", () => ({ kind: "sampling_task" })],
  ["sampling/*/revise", () => ({ kind: "sampling_task", mode: "revise" })],
  ["sampling/*/product", () => ({ kind: "sampling_product" })],
  ["sampling/*/quota", () => ({ kind: "sampling_quota" })],
  ["sampling/*/lab-report", () => ({ kind: "lab_report" })],
  ["sampling/*/sheet", () => ({ kind: "sample" })],
  ["sampling/*/withdraw", () => ({ command: "publish samples" })],
  ["labs/add", () => ({ kind: "lab" })],
  ["labs/person", () => ({ kind: "lab_person" })],
].map(([address, asks]) => [address.split("/"), asks]);

/** What the page at this address asks for; null: it is no such form. */
export function askedBy(path) {
  if (path[0] === "act") return { command: path.slice(1).join(" ") };
  const form = FORMS.find(([parts]) => parts.length === path.length && parts.every((x, i) => x === "*" || x === path[i]));
  return form ? form[1](path) : null;
}

const Whose = ({ title, roles }) => html`<div><${Title} text=${title} /><p class="note" id="not-yours">${t("ui.not-yours", { roles: listed(roles.map((r) => t(`role.${r}`))) })}</p></div>`;

function WhoseKind({ ask, children }) {
  const got = useLook(kinds, []);
  return html`<${Looked} of=${got}>${(all) => {
    const k = all.find((x) => x.kind === ask.kind);
    return k && k.roles.length ? html`<${Whose} title=${t(`ui.work.title-${ask.mode || "add"}`, { kind: kindName(ask.kind) })} roles=${k.roles} />` : children();
  }}<//>`;
}

/** The page, or whose it is in its place. */
export function Duty({ me, commands, path, children }) {
  const ask = askedBy(path);
  const command = ask && ask.command && (commands || []).find((c) => c.name === ask.command);
  if (command && !mayRun(me, command)) return html`<${Whose} title=${titleOf(command)} roles=${command.roles} />`;
  if (ask && ask.kind && !mayWrite(me, ask.kind)) return html`<${WhoseKind} key=${ask.kind} ask=${ask}>${children}<//>`;
  return children();
}
