// Calls of /api/v1. A refusal is thrown as a Problem, whose sentence comes from the office in the page's language.
import { language } from "./text.js";

export class Problem extends Error {
  constructor(o, status) {
    super((o && o.detail) || `HTTP ${status}`);
    this.code = (o && o.code) || "";
    this.args = (o && o.args) || "";
    this.status = status;
  }
}

let guard = "1";
let lost = () => {};
export const setGuard = (g) => {
  guard = g;
};
// Called when the session has ended, whatever page is open.
export const onLost = (f) => {
  lost = f;
};

function url(path, query) {
  const s = new URLSearchParams({ lang: language() });
  for (const [k, v] of Object.entries(query || {}))
    for (const one of Array.isArray(v) ? v : [v]) if (one !== undefined && one !== null && one !== false) s.append(k, one === true ? "" : one);
  return `/api/v1/${path}?${s}`;
}

export async function call(method, path, { query, body, headers } = {}) {
  let r;
  try {
    r = await fetch(url(path, query), {
      method,
      credentials: "same-origin",
      headers: { ...(method === "GET" ? {} : { "X-Qian-Token": guard }), ...headers },
      body: body === undefined ? undefined : body instanceof Blob ? body : JSON.stringify(body),
    });
  } catch (e) {
    throw new Problem({ code: "ui.unreachable", detail: "" }, 0);
  }
  if (r.status === 204) return null;
  const type = r.headers.get("Content-Type") || "";
  const o = /json/.test(type) ? await r.json() : await r.text();
  if (!r.ok) {
    if (r.status === 401) lost();
    throw new Problem(typeof o === "object" ? o : null, r.status);
  }
  return o;
}
export const get = (path, query) => call("GET", path, { query });

const pathOf = (command) => `commands/${command.split(" ").map(encodeURIComponent).join("/")}`;

// A command that changes nothing: its result.
export async function look(command, options) {
  const a = await get(pathOf(command), options);
  return a && a.result !== undefined ? a.result : a;
}

export const newKey = () => {
  const b = new Uint8Array(16);
  crypto.getRandomValues(b);
  return Array.from(b, (x) => x.toString(16).padStart(2, "0")).join("");
};

// An act. key: the same for every try of the same act, so that a line that broke does not do it twice.
// told: called with the job while it runs.
// Behind it whoever shows the office's state looks again.
export async function act(command, options, more) {
  try {
    return await run(command, options, more || {});
  } finally {
    dispatchEvent(new Event("acted"));
  }
}

async function run(command, options, { key = newKey(), told, match }) {
  const ask = () => call("POST", pathOf(command), { body: options || {}, headers: { ...(key ? { "Idempotency-Key": key } : {}), ...(match ? { "If-Match": match } : {}) } });
  let a = await ask();
  if (a.state) dispatchEvent(new Event("job"));
  while (a.state) {
    if (told) told(a);
    if (a.answer) {
      const r = a.answer.result;
      if (a.answer.exit && r && r.id && r.code) throw new Problem({ code: r.id, args: r.args, detail: a.answer.said }, 400);
      return a.answer;
    }
    // A node that was started anew knows no such job: by its key the same act is not done twice.
    a = await get(`jobs/${a.id}`, { wait: 1000 }).catch((p) => {
      if (p.status === 404 && key) return ask();
      throw p;
    });
  }
  return a;
}

export const cancel = (id) => call("DELETE", `jobs/${id}`);

const PIECE = 4 * 1024 * 1024;
// A file onto the person's shelf; gives the name under which a command finds it.
export async function upload(file, told) {
  const name = `${newKey().slice(0, 8)}-${file.name.replace(/[/\u0000-\u001f\u007f]/g, "_").slice(-100)}`.replace(/^\./, "_");
  for (let at = 0; at === 0 || at < file.size; at += PIECE) {
    await call("PUT", `files/${encodeURIComponent(name)}`, { query: { at }, body: file.slice(at, at + PIECE) });
    if (told) told(Math.min(1, (at + PIECE) / (file.size || 1)));
  }
  return name;
}
// A file that a command makes for the page alone: its bytes; it does not stay on the shelf.
export async function bytesOf(command, options, name, type) {
  const a = await run(command, { ...options, out: name }, { key: "" });
  if (!a.result || !a.result.path) return null;
  const r = await fetch(fileAddress(name), { credentials: "same-origin" });
  const blob = r.ok ? new Blob([await r.arrayBuffer()], { type }) : null;
  call("DELETE", `files/${encodeURIComponent(name)}`).catch(() => {});
  return blob;
}
export const fileAddress = (name) => `/api/v1/files/${encodeURIComponent(name)}`;
