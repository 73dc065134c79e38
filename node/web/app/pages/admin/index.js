// Exchange, what came in and stands still, persons, keys, backups: what keeps the office going.
import { html } from "../../lib/html.js";
import { Sync } from "./sync.js";
import { Incoming, Standing } from "./incoming.js";
import { Duties, People, Person } from "./people.js";
import { Me } from "./me.js";
import { Trail } from "./trail.js";
import { Approve } from "./approve.js";
import { Backups, Doctor, Keys } from "./upkeep.js";
import { may } from "../../lib/may.js";

export const nav = (me) => [
  ["sync", ["sync"]],
  ["incoming", ["incoming"]],
  ...(may(me, "person-set") ? [["people", ["people"]], ["keys", ["keys"]], ["backups", ["backups"]], ["doctor", ["doctor"]]] : []),
  ...(may(me, "trail") ? [["trail", ["trail"]]] : []),
];

const PAGES = { sync: Sync, incoming: Incoming, people: People, "people/set": Person, "people/duties": Duties, me: Me, trail: Trail, keys: Keys, "keys/approve": Approve, backups: Backups, doctor: Doctor };

export function page(p) {
  const [first, ...rest] = p.route.path;
  if (first === "incoming" && rest.length === 2) return html`<${Standing} key=${rest.join()} log=${rest[0]} seq=${rest[1]} ...${p} />`;
  const shown = Object.prototype.hasOwnProperty.call(PAGES, p.route.path.join("/")) ? PAGES[p.route.path.join("/")] : null;
  return shown ? html`<${shown} key=${p.route.path.join("/")} ...${p} />` : null;
}
