// What every page asks the office by (node/web/app/lib/api.js), and what waits to be sent (pages/work/queue.js), against an office of a few lines: TAP.   pages.mjs APP
import { pathToFileURL } from "node:url";

const app = process.argv[2];
const kept = new Map();
globalThis.localStorage = { getItem: (k) => kept.get(k) || null, setItem: (k, v) => kept.set(k, v), removeItem: (k) => kept.delete(k) };
globalThis.document = { documentElement: {} };
globalThis.dispatchEvent = () => true;
if (!globalThis.navigator) globalThis.navigator = { onLine: true };
globalThis.setTimeout = (f, ms) => (ms > 2000 ? 0 : queueMicrotask(f)); // nobody waits here, and what comes later is asked for
if (!globalThis.crypto) globalThis.crypto = (await import("node:crypto")).webcrypto;

let n = 0;
const ok = (good, what, more) => {
  console.log(`${good ? "ok" : "not ok"} ${++n} - ${what}`);
  if (!good && more !== undefined) console.log(`# ${JSON.stringify(more)}`);
};

// One answer after the other: a status with a body, or null for a line that is broken.
let asked = [];
let answers = [];
globalThis.fetch = async (url, o) => {
  asked.push({ url, method: o ? o.method : "GET", headers: (o && o.headers) || {}, body: o && o.body });
  const a = answers.shift();
  if (!a) throw new TypeError("no line");
  const [status, body] = a;
  return { ok: status < 400, status, headers: { get: () => "application/json" }, json: async () => body, text: async () => "" };
};
const office = (...list) => {
  asked = [];
  answers = list;
};
const problem = (p) => p.then(() => null, (e) => e);
const job = (state, answer) => ({ id: 7, state, progress: [], ...(answer ? { answer } : {}) });
const done = { exit: 0, result: { n: 1 }, said: "" };

const { loadText } = await import(pathToFileURL(`${app}/lib/text.js`));
office([200, { "ui.unreachable": "没有连上本局", "base.no-memory": "内存不足" }]);
await loadText("zh");
const { act, answered, get, look, upload } = await import(pathToFileURL(`${app}/lib/api.js`));

office(null);
let p = await problem(get("session"));
ok(p.status === 0 && p.code === "ui.unreachable" && p.message === "没有连上本局", "a line that is broken is told in words", p.message);

office([200, done]);
ok((await look("due")).n === 1 && asked.length === 1, "a look is answered at once");
office([202, job("running")], [200, job("running")], [200, job("ended", done)]);
let r = await look("due");
ok(r && r.n === 1 && asked.length === 3, "or by the end of its job, not by the job", r);

office([202, job("running")], null, null, [200, job("ended", done)]);
r = await act("roster import", {}, { key: "k" }).catch((e) => e);
ok(r.result && r.result.n === 1, "an act goes on while the line is broken for a moment", r.message);
ok(asked.filter((a) => a.method === "POST").length === 1, "and is asked for once");
office([202, job("running")], ...Array(100).fill(null));
p = await problem(act("roster import", {}));
ok(p && p.status === 0 && asked.length < 60, "a line that stays broken is told", asked.length);

const over = { exit: 3, result: { code: "later", id: "store.stopped", args: "" }, said: "停了" };
office([202, job("running")], [200, job("ended", over)]);
p = await problem(act("result record", {}));
ok(p.status === 503 && p.code === "store.stopped" && p.message === "停了", "what is to be said again later is told so, by the end of a job too", p.status);
office([202, job("ended")]);
p = await problem(act("result record", {}));
ok(p && p.code === "base.no-memory" && asked.length === 1, "a job that ended without an answer is not asked for again", asked.length);

// What an act's key is dropped for: it was done or refused, and the next press is another act.
const [away, full] = [{ code: "session.none", args: "" }, { code: "web.jobs", args: "max=16" }];
const refusal = { exit: 1, result: { code: "denied", id: "roles.denied", args: "" }, said: "不行" };
for (const [what, heard, ...list] of [
  ["a refusal at once", true, [403, { code: "roles.denied", args: "" }]],
  ["one by the end of a job", true, [202, job("running")], [200, job("ended", refusal)]],
  ["one of a try by the same key behind a new start", true, [202, job("running")], [404, { code: "http.path" }], [403, { code: "roles.denied" }]],
  ["a key that was of something else", true, [409, { code: "done.other" }]],
  ["a line that broke", false, null],
  ["the same act that is being done", false, [409, { code: "web.doing" }]],
  ["a proxy's page", false, [504, "<html>"]],
  ["a session that ended while the job ran", false, [202, job("running")], [401, away]],
  ["a poll that the office could not answer", false, [202, job("running")], [500, { code: "store.sqlite" }]],
  ["a proxy's page for a poll", false, [202, job("running")], [502, "<html>"]],
  ["a job that ended without an answer", false, [202, job("ended")]],
  ["a second try turned away at the door", false, [202, job("running")], [404, { code: "http.path" }], [401, away]],
  ["a third one for which there is no room", false, [503, full]],
]) {
  office(...list);
  p = await problem(act("result record", {}, { key: "k" }));
  ok(p && answered(p) === heard, `${what} ${heard ? "answers" : "does not answer"} the act`, p && [p.status, p.code, p.unheard]);
}

const size = (name) => new TextEncoder().encode(name).length;
const sent = async (name) => {
  office([200, {}]);
  return upload({ name, size: 3, slice: () => new Blob(["abc"]) });
};
let name = await sent("甲乙丙丁".repeat(30) + ".xlsx");
ok(size(name) <= 150 && /^[0-9a-f]{8}-/.test(name) && name.endsWith("丁.xlsx"), "a long name of a file is cut to what a shelf takes", size(name));
name = await sent("名录.csv");
ok(/^[0-9a-f]{8}-名录\.csv$/.test(name), "a short one stays", name);
name = await sent("a/b\ud800c\u0007.csv").catch((e) => String(e));
ok(/^[0-9a-f]{8}-a_b_c_\.csv$/.test(name), "what no name may hold is left out", name);

const { recordsOf } = await import(pathToFileURL(`${app}/pages/sampling/data.js`));
const rows = (from, many) => [200, { exit: 0, result: Array.from({ length: many }, (_, i) => ({ record: `140602:1-${from + i}-0` })), said: "" }];
office(rows(0, 500), rows(500, 500), rows(1000, 3));
r = await recordsOf("sample_publication");
ok(r.length === 1003 && asked[1].url.includes("past=140602%3A1-499-0") && asked[2].url.includes("past=140602%3A1-999-0"), "records that are counted are read to the last", [r.length, asked.map((a) => a.url)]);

// ---- results that wait
const vault = await import(pathToFileURL(`${app}/lib/vault.js`));
const queue = await import(pathToFileURL(`${app}/pages/work/queue.js`));
await vault.enter({ office: "140602", person: "甲" });
let visits = 0;
const visit = (more) => ({
  key: "first", started: "2026-04-01T09:00", completed: "2026-04-01T10:00", place: "", over: "", sign: "nobody", refusal: "拒签", witness: "乙", photos: [], answered: [],
  items: [{ item: "甲", record: "", clean: "yes", codes: "", problem: "", disposal: "" }], points: {},
  what: { draw: "d", object: `o${++visits}`, task: "k", name: "某店", alone: true, points: [] }, ...more,
});
const keys = () => asked.filter((a) => a.method === "POST").map((a) => a.headers["Idempotency-Key"]);
const of = (id, code) => ({ exit: code === "later" ? 3 : 1, result: { code, id, args: "" }, said: "说" });
const wrote = [200, { exit: 0, result: { result: "140602:1-9-0" }, said: "" }];
const ended = (id, code) => [[202, job("running")], [200, job("ended", of(id, code))]];

office(...ended("store.stopped", "later"), wrote);
r = await queue.enqueue(visit());
ok(r.result === "140602:1-9-0" && keys().length === 2 && keys()[0] === "first" && keys()[1] !== "first", "a result whose act was stopped before anything was written is sent under another key", [r, keys()]);
office([202, job("running")], [503, "<html>"], wrote);
r = await queue.enqueue(visit());
ok(r.result && keys().join() === "first,first", "one of which nobody heard goes under the same", [r, keys()]);
office([401, away], wrote);
r = await queue.enqueue(visit());
ok(r.result && keys().join() === "first,first", "as does one whose sender was turned away", [r, keys()]);
const full_disk = ended("store.full", "io");
office(...full_disk, ...full_disk);
await queue.enqueue(visit());
ok(keys().join() === "first,first" && queue.waiting().length === 1, "one for which the office had no room waits", keys());
office(...full_disk, [503, { code: "store.busy" }]);
await queue.run();
office(...full_disk, [503, { code: "store.busy" }]);
await queue.run();
ok(keys().join() === "first" && queue.waiting().length === 1, "also while nobody can say whether it is there", [keys(), queue.refused().length]);
office(...full_disk, [200, { exit: 0, result: {}, said: "" }]);
await queue.run();
office(wrote);
r = await queue.run();
ok(r.result && keys().length === 1 && keys()[0] !== "first", "and is another try where it is not", [r, keys()]);
office([403, { code: "roles.denied", args: "", detail: "说" }]);
r = await queue.enqueue(visit({ result: "140602:1-9-0", points: { p: { judged: "right" } }, what: { ...visit().what, points: ["p"] } }));
const back = queue.refused();
ok(r.problem && back.length === 1 && keys().join() === "first-p" && back[0].value.key !== "first", "what was refused and is mended is another act", [r, keys()]);
console.log(`1..${n}`);
