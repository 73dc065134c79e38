// What was typed and not sent yet stays on this device: words in localStorage, pictures in IndexedDB, each deleted once sent.
import { newKey } from "../../lib/api.js";

const PREFIX = "qian.draft.";
const DB = "qian-draft";

export const draftKey = (me, ...parts) => `${PREFIX}${[me.office, me.person, ...parts].join("|")}`;

export function readDraft(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) || null;
  } catch (e) {
    return null;
  }
}
// false: this device keeps nothing (private window, full).
export function keepDraft(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch (e) {
    return false;
  }
}
export function dropDraft(key) {
  const d = readDraft(key);
  localStorage.removeItem(key);
  for (const p of (d && d.photos) || []) dropPicture(p.id);
}
export function drafts(me) {
  const begin = `${PREFIX}${me.office}|${me.person}|`;
  const list = [];
  for (let i = 0; i < localStorage.length; i++) {
    const k = localStorage.key(i);
    if (k.startsWith(begin)) list.push({ key: k, parts: k.slice(begin.length).split("|"), value: readDraft(k) });
  }
  return list.filter((d) => d.value);
}

function open() {
  return new Promise((yes, no) => {
    const r = indexedDB.open(DB, 1);
    r.onupgradeneeded = () => r.result.createObjectStore("picture");
    r.onsuccess = () => yes(r.result);
    r.onerror = () => no(r.error);
  });
}
async function inStore(mode, use) {
  const db = await open();
  try {
    return await new Promise((yes, no) => {
      const tx = db.transaction("picture", mode);
      const r = use(tx.objectStore("picture"));
      tx.oncomplete = () => yes(r.result);
      tx.onerror = tx.onabort = () => no(tx.error);
    });
  } finally {
    db.close();
  }
}
// The id under which it is found again.
export async function keepPicture(blob) {
  const id = newKey();
  await inStore("readwrite", (s) => s.put(blob, id));
  return id;
}
export const picture = (id) => inStore("readonly", (s) => s.get(id));
export const dropPicture = (id) => inStore("readwrite", (s) => s.delete(id)).catch(() => {});
