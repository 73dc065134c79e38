// What was typed and not sent yet stays on this device (lib/vault.js), each deleted once sent.
import * as vault from "../../lib/vault.js";

const PREFIX = "draft|";
export const draftKey = (...parts) => PREFIX + parts.join("|");

export function readDraft(key) {
  const i = vault.get(key);
  return i ? i.value : null;
}
// false: this device keeps nothing (private window, full).
export const keepDraft = (key, value) => vault.put(key, value);
export function dropDraft(key) {
  const d = readDraft(key);
  for (const p of (d && d.photos) || []) dropPicture(p.id);
  return vault.drop(key);
}
export const drafts = () => vault.all(PREFIX).map((i) => ({ key: i.name, parts: i.name.slice(PREFIX.length).split("|"), value: i.value, at: i.at }));

export const keepPicture = vault.putPicture;
export const picture = vault.picture;
export const dropPicture = vault.dropPicture;
