// Calls of /api/v1. A refusal is thrown as a Problem, whose sentence comes from the office in the page's language.
import { language, t } from "./text.js";

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
    throw new Problem({ code: "ui.unreachable", detail: t("ui.unreachable") }, 0);
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

const STATUS = { later: 503, io: 500, "no-memory": 500, conflict: 409 }; // as a refusal at once has it (http-8); of all others 400 says as much
const PATIENT = 20;
const AGAIN_MS = 1500;
const pause = (ms) => new Promise((on) => setTimeout(on, ms));

// What a call was answered: at once, or by the end of its job. told: called with the job while it runs. The office goes on with it
// when the line breaks for a moment, so it is asked again for a while. A node that was started anew knows no such job: `anew` asks
// for the same act again, which by its key is not done twice. What is refused to who asks for the job says nothing of the act: unheard.
const unheard = (problem) => Object.assign(problem, { unheard: true });
async function ended(a, told, anew) {
  for (let tries = 0; a.state; ) {
    if (told) told(a);
    if (a.answer) {
      const r = a.answer.result;
      if (a.answer.exit && r && r.id && r.code) throw new Problem({ code: r.id, args: r.args, detail: a.answer.said }, STATUS[r.code] || 400);
      return a.answer;
    }
    if (a.state === "ended") throw unheard(new Problem({ code: "base.no-memory", detail: t("base.no-memory") }, 500));
    try {
      a = await get(`jobs/${a.id}`, { wait: 1000 });
      tries = 0;
    } catch (p) {
      if (p.status === 404 && anew) a = await anew();
      else if (p.status || ++tries > PATIENT) throw unheard(p);
      else await pause(AGAIN_MS);
    }
  }
  return a;
}

// A command that changes nothing: its result.
export const look = async (command, options) => (await ended(await get(pathOf(command), options))).result;

export const newKey = () => {
  const b = new Uint8Array(16);
  crypto.getRandomValues(b);
  return Array.from(b, (x) => x.toString(16).padStart(2, "0")).join("");
};

// Whether the office has answered an act with that: pressed again it is another one, with another key. A proxy's page has no code,
// and who is turned away at the door has asked for nothing: an earlier try of the same act may have been done all the same.
const DOOR = /^(http|session|web)\./; // web.doing too; what a command refuses with such a code (web.path) it refuses for its words, and other words are another act
export const answered = (problem) => !!problem.status && !problem.unheard && !!problem.code && !DOOR.test(problem.code);

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
  const a = await ask();
  if (a.state) dispatchEvent(new Event("job"));
  return ended(a, told, key ? ask : null);
}

export const cancel = (id) => call("DELETE", `jobs/${id}`);

const PIECE = 4 * 1024 * 1024;
const NAME = 130; // bytes; of a longer one the end, whole characters (web-22)
function shelfName(name) {
  const chars = Array.from(name.replace(/[/\u0000-\u001f\u007f\ud800-\udfff]/gu, "_"));
  const size = new TextEncoder();
  while (size.encode(chars.join("")).length > NAME) chars.shift();
  return `${newKey().slice(0, 8)}-${chars.join("")}`;
}
// A file onto the person's shelf; gives the name under which a command finds it.
export async function upload(file, told) {
  const name = shelfName(file.name);
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
