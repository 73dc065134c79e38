// Exchange, what came in and stands still, persons, keys, backups: what keeps the office going.
import { html } from "../../lib/html.js";
import { Sync } from "./sync.js";
import { Incoming, Standing } from "./incoming.js";

export const nav = () => [["sync", ["sync"]], ["incoming", ["incoming"]]];

export function page(p) {
  const [first, ...rest] = p.route.path;
  if (first === "sync") return html`<${Sync} ...${p} />`;
  if (first === "incoming" && rest.length === 2) return html`<${Standing} key=${rest.join()} log=${rest[0]} seq=${rest[1]} ...${p} />`;
  if (first === "incoming") return html`<${Incoming} ...${p} />`;
  return null;
}
