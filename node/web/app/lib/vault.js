// What a person has on this device: drafts with their pictures, what waits to be sent, visits that were taken along. All of it
// is encrypted (AES-GCM, 256 bits) under a key of the person's own, which is kept wrapped by the password (PBKDF2-SHA-256).
// Beside it, for as long as a session may last, the key lies open, so that a page that the phone closed for its camera comes
// back without a password; after that, or when the person locks it, the password opens it. Without IndexedDB it lasts as long
// as the page.                                                                     Spec: protocol/spec/web.md, web-73 to web-76
const DB = "qian";
const ROUNDS = 600000;
const OPEN_MS = 12 * 3600e3;

let now = null; // {id, key, items: Map(name → {rid, value, at, until}), locked, lasting}
let writes = Promise.resolve(true);
const watchers = new Set();

export const watch = (f) => {
  watchers.add(f);
  return () => watchers.delete(f);
};
const tell = () => watchers.forEach((f) => f());
const idOf = (me) => `${me.office}|${me.person}`;

// ---- the database of this device

function open() {
  return new Promise((yes, no) => {
    const r = indexedDB.open(DB, 1);
    r.onupgradeneeded = () => {
      r.result.createObjectStore("key", { keyPath: "id" });
      r.result.createObjectStore("item", { keyPath: "rid" }).createIndex("who", "who");
    };
    r.onsuccess = () => yes(r.result);
    r.onerror = () => no(r.error);
  });
}
async function inStore(store, mode, use) {
  const db = await open();
  try {
    return await new Promise((yes, no) => {
      const tx = db.transaction(store, mode);
      const r = use(tx.objectStore(store));
      tx.oncomplete = () => yes(r && r.result);
      tx.onerror = tx.onabort = () => no(tx.error);
    });
  } finally {
    db.close();
  }
}
const read = (store, id) => inStore(store, "readonly", (s) => s.get(id));
const write = (store, o) => inStore(store, "readwrite", (s) => s.put(o));
const remove = (store, id) => inStore(store, "readwrite", (s) => s.delete(id));
const ofPerson = (id) => inStore("item", "readonly", (s) => s.index("who").getAll(id));

// ---- keys

const random = (n) => crypto.getRandomValues(new Uint8Array(n));
const hex = (b) => Array.from(b, (x) => x.toString(16).padStart(2, "0")).join("");

async function wrapper(password, salt, rounds) {
  const base = await crypto.subtle.importKey("raw", new TextEncoder().encode(password), "PBKDF2", false, ["deriveKey"]);
  return crypto.subtle.deriveKey({ name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds }, base, { name: "AES-GCM", length: 256 }, false, ["wrapKey", "unwrapKey"]);
}
async function wrap(key, password) {
  const salt = random(16);
  const iv = random(12);
  return { salt, iv, rounds: ROUNDS, data: await crypto.subtle.wrapKey("raw", key, await wrapper(password, salt, ROUNDS), { name: "AES-GCM", iv }) };
}
const unwrap = async (w, password) => crypto.subtle.unwrapKey("raw", w.data, await wrapper(password, w.salt, w.rounds), { name: "AES-GCM", iv: w.iv }, { name: "AES-GCM" }, true, ["encrypt", "decrypt"]);
const newKey = () => crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt", "decrypt"]);

// The person's key: by the password, else as it lies open. null: locked.
async function keyOf(rec, password) {
  const lies = rec.open && (rec.until > Date.now() || !rec.wrapped) ? rec.open : null;
  if (password === undefined) return lies;
  if (rec.wrapped) {
    try {
      return await unwrap(rec.wrapped, password);
    } catch (e) {
      if (!lies) return null;
    }
  }
  if (lies) rec.wrapped = await wrap(lies, password);
  return lies;
}

// ---- items

async function seal(of, bytes) {
  const iv = random(12);
  return { iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, of.key, bytes) };
}
const unseal = (r) => crypto.subtle.decrypt({ name: "AES-GCM", iv: r.iv }, now.key, r.data);

async function loadItems(id) {
  const items = new Map();
  for (const r of await ofPerson(id)) {
    if (r.until && r.until < Date.now()) await remove("item", r.rid);
    else if (!r.picture) {
      try {
        const o = JSON.parse(new TextDecoder().decode(await unseal(r)));
        items.set(o.name, { rid: r.rid, value: o.value, at: r.at, until: r.until });
      } catch (e) {
        // Written under a key that is lost: nobody can read it any more.
        await remove("item", r.rid);
      }
    }
  }
  return items;
}

async function passed(rec) {
  await write("key", rec);
  now.items = await loadItems(rec.id);
}

// Others who were here before: their key lies open no longer.
export async function lockOthers(id) {
  for (const r of await inStore("key", "readonly", (s) => s.getAll())) if (r.id !== id && r.open && r.wrapped) await write("key", { ...r, open: null, until: 0 });
}

// Whoever came in, with the password where it was just typed.
export async function enter(me, password) {
  const id = idOf(me);
  if (now && now.id === id && !now.locked && (password === undefined || !now.lasting)) return;
  await writes;
  now = { id, key: null, items: new Map(), locked: false, lasting: true };
  try {
    await lockOthers(id);
    let rec = await read("key", id);
    if (!rec) {
      const key = await newKey();
      rec = { id, person: me.person, office: me.name, wrapped: password === undefined ? null : await wrap(key, password), open: key, until: 0 };
    }
    now.key = await keyOf(rec, password);
    now.locked = !now.key;
    if (!now.locked) await passed({ ...rec, open: now.key, until: password === undefined && rec.until ? rec.until : Date.now() + OPEN_MS });
  } catch (e) {
    now.lasting = false; // a private window, no room: for as long as the page
    now.locked = false;
  }
  tell();
}

// Who has something here, while there is no line to ask who is in: [{id, person, office, lies}]
export async function persons() {
  try {
    return (await inStore("key", "readonly", (s) => s.getAll())).map((r) => ({ id: r.id, person: r.person, office: r.office, lies: !!r.open && (r.until > Date.now() || !r.wrapped) }));
  } catch (e) {
    return [];
  }
}
// false: not the password
export async function unlock(id, password) {
  const rec = await read("key", id);
  const key = rec && (await keyOf(rec, password));
  if (!key) return false;
  now = { id, key, items: new Map(), locked: false, lasting: true };
  await passed({ ...rec, open: key, until: password === undefined ? rec.until : Date.now() + OPEN_MS });
  tell();
  return true;
}
export async function rewrap(password) {
  if (!now || now.locked || !now.lasting) return;
  const rec = await read("key", now.id);
  if (rec) await write("key", { ...rec, wrapped: await wrap(now.key, password) });
}
export async function lock() {
  if (!now) return;
  await writes;
  const rec = now.lasting && (await read("key", now.id));
  if (rec && rec.wrapped) await write("key", { ...rec, open: null, until: 0 });
  now = null;
  tell();
}
// All of the person's, or all but what was not sent yet.
export async function forget(keepUnsent) {
  if (!now || !now.lasting) {
    now = null;
    tell();
    return;
  }
  await writes;
  const { id, items } = now;
  const unsent = new Set(keepUnsent ? [...items].filter(([n]) => n.startsWith("draft|")).map(([, i]) => i.rid) : []);
  for (const r of await ofPerson(id)) if (!unsent.has(r.rid) && !(keepUnsent && r.picture)) await remove("item", r.rid);
  if (keepUnsent) await lock();
  else await remove("key", id);
  now = null;
  tell();
}

export const isLocked = () => !!now && now.locked;
export const whose = () => now && now.id;
export const get = (name) => (now && now.items.get(name)) || null;
export const all = (prefix) => (now ? [...now.items].filter(([n]) => n.startsWith(prefix)).map(([name, i]) => ({ name, ...i })) : []);

// The newest value of a name is what is kept, in the order in which they came. false: for as long as the page alone.
export function put(name, value, until) {
  if (!now) return Promise.resolve(false);
  const of = now;
  const was = of.items.get(name);
  const item = { rid: was ? was.rid : hex(random(16)), value, at: Date.now(), until: until || 0 };
  of.items.set(name, item);
  tell();
  writes = writes.then(async () => {
    if (!of.lasting || of !== now || of.items.get(name) !== item) return of.lasting;
    try {
      await write("item", { rid: item.rid, who: of.id, at: item.at, until: item.until, ...(await seal(of, new TextEncoder().encode(JSON.stringify({ name, value })))) });
      return true;
    } catch (e) {
      return false;
    }
  });
  return writes;
}
export function drop(name) {
  const was = get(name);
  if (!was) return Promise.resolve();
  const of = now;
  of.items.delete(name);
  tell();
  writes = writes.then(() => (of.lasting ? remove("item", was.rid).then(() => true, () => false) : true));
  return writes;
}

// As the device has it: another page of this browser may have changed or sent something.
export async function reread() {
  if (!now || now.locked || !now.lasting) return;
  await writes;
  const of = now;
  const begun = new Map(of.items);
  const items = await loadItems(of.id).catch(() => null);
  if (!items || of !== now) return;
  // What this page has changed or dropped since is newer than what was just read.
  for (const [name, i] of of.items) if (begun.get(name) !== i) items.set(name, i);
  for (const name of begun.keys()) if (!of.items.has(name)) items.delete(name);
  of.items = items;
  tell();
}

export async function putPicture(blob) {
  const rid = hex(random(16));
  if (!now || !now.lasting) throw new Error("no room");
  await write("item", { rid, who: now.id, at: Date.now(), until: 0, picture: true, type: blob.type, ...(await seal(now, await blob.arrayBuffer())) });
  return rid;
}
export async function picture(rid) {
  const r = now && now.lasting && (await read("item", rid));
  return r ? new Blob([await unseal(r)], { type: r.type }) : null;
}
export const dropPicture = (rid) => remove("item", rid).catch(() => {});
