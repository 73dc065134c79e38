// What waits for whom: a section for each role of the person, the most urgent first.
import { html } from "../../lib/html.js";
import { t, count, first, kindName, listed, stateName, when, said as told } from "../../lib/text.js";
import { mayWrite } from "../../lib/may.js";
import { fileAddress, get, look } from "../../lib/api.js";
import { address } from "../../lib/route.js";
import { Badge, Looked, Title, useLook } from "../../ui/parts.js";
import { tasksOf } from "../draw/draws.js";
import { mine, nextName } from "../sampling/data.js";
import { codes, kinds } from "./data.js";
import { begun } from "./queue.js";
import { said } from "./found.js";
import { Due } from "./visit.js";
import { byDue, VisitCards } from "./visits.js";

const FEW = 8;
const FEW_TASKS = 12;
const STATION = 4;
const href = (...path) => address(path);
const list = (kind, limit) => look("record list", { words: [kind], limit }).then((l) => l.filter((r) => !r.withdrawn));
const none = (ask, v) => ask.catch(() => v);

function Cards({ of }) {
  return html`<div class="cards">${of.filter(Boolean).map(([n, label, to, bad]) => (to ? html`<a class=${`card${bad && n ? " loud" : ""}`} href=${to}><b>${count(n)}</b>${label}</a>` : html`<div class=${`card${bad && n ? " loud" : ""}`}><b>${count(n)}</b>${label}</div>`))}</div>`;
}
const Rows = ({ rows, empty, all }) => (rows.length ? html`<ul class="todo">${rows.slice(0, FEW)}</ul>${rows.length > FEW && all ? html`<p><a href=${all}>${t("ui.work.see-all", { n: rows.length })}</a></p>` : null}` : html`<p class="dim">${empty}</p>`);
const row = (to, head, more, badge) => html`<li><a href=${to}>${head}</a> ${badge || null}${more ? html`<div class="dim">${more}</div>` : null}</li>`;
const oldest = (rows) => rows.slice().sort((a, b) => (a.completed_on < b.completed_on ? -1 : a.completed_on > b.completed_on ? 1 : 0));
// What was found, in words: the names of the codes.
const foundIn = (names, r) => said(names, r.codes);
const result = (names) => (r) => row(href("record", "inspection", r.result), r.name, html`${r.task_name} <small>${r.task}</small> · ${r.completed_on} · ${foundIn(names, r)}`);
// Of a slot or a plan the record has no page of its own here.
const dueAt = (known, d) => (known.some((k) => k.kind === d.kind) ? href("record", d.kind, d.record) : d.deadline === "inspection" ? address(["visits"], { whose: "all" }) : d.deadline === "draw" ? href("act", "order", "list") : href("act", "due"));
const instead = (d) => (d.instead_of ? ` · ${t(d.deadline === "draw" ? "deadline.instead-draw" : "deadline.instead", { office: d.instead_of })}` : "");
const dueRow = (me, known) => (d) => row(dueAt(known, d), told(t(`deadline.${d.deadline.replace(/_/g, "-")}`), d.about), `${t("ui.work.until", { due: d.due })}${d.office === me.office ? "" : ` · ${d.office}`}${instead(d)}`, html`<${Due} today=${me.today} due=${d.due} />`);

const kindOf = (command) => first([`duty.${(command || "").replace(" ", "-")}`], "");
// What an import that ended came to: {added, …} of a record's, {recorded, …} of results, a list each of a roster.
function outcome(j) {
  if (!j.answer) return t("ui.working");
  const r = j.answer.result || {};
  if (r.id) return t(/\.stopped|^web\.c/.test(r.id) ? "ui.job-stopped" : "ui.refused"); // web.cancelled, web.cut
  const all = [r, r.objects, r.inspectors, r.recusals].filter((x) => x && typeof x === "object");
  const n = (...of) => all.reduce((a, x) => a + of.reduce((b, k) => b + (typeof x[k] === "number" ? x[k] : 0), 0), 0);
  return listed([[n("added", "recorded"), "added"], [n("revised", "updated"), "revised"], [n("same"), "same"], [n("rejected"), "rejected"]].filter(([k, w]) => k || w === "added").map(([k, w]) => `${t(`ui.work.n-${w}`)} ${count(k)}`));
}

// {level: 2 overdue, 1 waiting, 0 nothing; body}
const sections = {
  async inspector(me) {
    const rows = (await look("task list", { inspector: me.inspector || me.person, open: true })).sort(byDue);
    const late = rows.filter((r) => r.due < me.today).length;
    const soon = rows.filter((r) => r.due >= me.today && r.due <= new Date(Date.parse(me.today) + 7 * 86400e3).toISOString().slice(0, 10)).length;
    const back = rows.filter((r) => r.state === "sent_back");
    const unsent = begun();
    return {
      level: late || back.length || unsent.length ? 2 : rows.length ? 1 : 0,
      body: html`${me.inspector ? null : html`<p class="note">${t("ui.work.no-inspector")}</p>`}
        <${Cards} of=${[[late, t("ui.work.overdue"), href("visits"), true], [soon, t("ui.work.within-week"), href("visits")], [rows.length, t("ui.work.to-visit"), href("visits")], back.length ? [back.length, t("state.sent-back"), href("visits"), true] : null]} />
        ${unsent.length ? html`<div class="note"><strong>${t("ui.work.unsent")}</strong><ul>${unsent.map((d) => html`<li><a href=${address(["visit", d.parts[1], d.parts[2]], { task: d.parts[3] })}>${(d.value.about || {}).name || d.parts[2]}</a></li>`)}</ul></div>` : null}
        ${rows.length ? html`<${VisitCards} me=${me} rows=${rows.slice(0, FEW)} />` : html`<p class="dim">${t("ui.work.no-visits")}</p>`}
        ${rows.length > FEW ? html`<p><a class="button" href=${href("visits")}>${t("ui.work.see-all", { n: rows.length })}</a></p>` : null}`,
    };
  },
  async reviewer(me) {
    const [wait, back, ready, draws, names] = await Promise.all([look("result list", { state: "recorded" }), look("result list", { state: "sent_back" }), look("result list", { state: "approved" }), none(look("draw list"), []), none(codes("result"), [])]);
    const held = draws.filter((d) => d.released === false);
    const result_ = result(names);
    return {
      level: wait.length || ready.length || held.length ? 1 : 0,
      body: html`<${Cards} of=${[[wait.length, t("ui.work.to-review")], [back.length, t("ui.work.sent-back")], [ready.length, t("ui.work.to-publish"), href("publish")], [held.length, t("ui.work.to-release"), href("publish")]]} />
        <h3>${t("ui.work.to-review")}</h3><${Rows} rows=${oldest(wait).map(result_)} empty=${t("ui.work.nothing-waits")} all=${address(["lists", "results"], { state: "recorded" })} />
        ${back.length ? html`<h3>${t("ui.work.sent-back")}</h3><${Rows} rows=${oldest(back).map(result_)} all=${address(["lists", "results"], { state: "sent_back" })} />` : null}`,
    };
  },
  async "follow-up"(me) {
    const [known, due, open, clues, bare, names] = await Promise.all([kinds(), look("due", { office: me.office, all: true, limit: 200 }), none(get("lists/follow-ups", { state: "open", limit: FEW, count: 1 }), { rows: [], count: 0 }), none(list("clue", 100), []), none(look("result list", { unfollowed: true }), []), none(codes("result"), [])]);
    const mine = due.deadlines.filter((d) => ["correction", "transfer"].includes(d.deadline));
    const late = mine.filter((d) => d.state === "overdue").length;
    return {
      level: late ? 2 : mine.length || open.count || bare.length ? 1 : 0,
      body: html`<${Cards} of=${[[late, t("ui.work.overdue"), null, true], [bare.length, t("ui.work.unfollowed"), null, true], [mine.length, t("ui.work.orders-open")], [open.count, t("ui.work.follow-ups-open"), address(["lists", "follow-ups"], { state: "open" })], [clues.length, t("ui.work.clues"), href("records", "clue")]]} />
        ${bare.length ? html`<h3>${t("ui.work.unfollowed")}</h3><${Rows} rows=${oldest(bare).map((r) => row(href("record", "inspection", r.result), r.name, html`${r.task_name} · ${r.completed_on} · ${foundIn(names, r)}`, html`<${Badge} kind="warn">${stateName("inspection", r.state)}<//>${mayWrite(me, "follow_up") ? html` <a href=${address(["records", "follow_up", "add"], { result: r.result, opened_on: me.today })}>${t("ui.work.add-kind", { kind: kindName("follow_up") })}<span class="unseen"> ${r.name}</span></a>` : null}`))} />` : null}
        <${Rows} rows=${mine.map(dueRow(me, known))} empty=${t("ui.work.nothing-due")} />
        ${open.count ? html`<h3>${t("ui.work.follow-ups-open")}</h3><${Rows} rows=${open.rows.map((r) => row(href("record", "follow_up", r.record), r.object_name || r.record, html`${r.opened_on || ""} <small>${r.record}</small>`))} />${open.count > FEW ? html`<p><a href=${address(["lists", "follow-ups"], { state: "open" })}>${t("ui.work.see-all", { n: open.count })}</a></p>` : null}` : null}`,
    };
  },
  async head(me) {
    const [known, due, plans] = await Promise.all([kinds(), look("due", { limit: 200 }), none(look("plan list"), [])]);
    const waits = plans.filter((p) => !p.plan.startsWith(`${me.office}/`) && !p.accepted);
    const c = due.counts;
    return {
      level: c.overdue ? 2 : c.urgent || waits.length ? 1 : 0,
      body: html`<${Cards} of=${[[c.overdue || 0, t("ui.work.overdue"), href("act", "due"), true], [c.urgent || 0, t("ui.work.urgent"), href("act", "due")], [waits.length, t("ui.work.plans-wait"), href("plans")]]} />
        <${Rows} rows=${due.deadlines.map(dueRow(me, known))} empty=${t("ui.work.nothing-due")} all=${href("act", "due")} />
        <p class="tools"><a class="button" href=${href("records", "visit_approval", "add")}>${t("ui.work.add-kind", { kind: kindName("visit_approval") })}</a></p>`,
    };
  },
  // Of an office that others stand below: who is quiet, late or held, and what contradicts itself.
  async board() {
    const [s, due, forks] = await Promise.all([look("status"), look("due", { limit: 1 }), none(look("fork list"), [])]);
    const open = forks.filter((f) => !f.renewed).length;
    const of = (colour) => s.children.filter((c) => c.colour === colour).length;
    return {
      level: of("red") || s.quarantined || open ? 2 : of("amber") || of("grey") || s.held ? 1 : 0,
      body: html`<${Cards} of=${[
        [of("red"), t("ui.draw.colour-red"), address(["board"], { colour: "red" }), true],
        [of("amber"), t("ui.draw.colour-amber"), address(["board"], { colour: "amber" })],
        of("grey") ? [of("grey"), t("ui.draw.colour-grey"), address(["board"], { colour: "grey" })] : null,
        [of("green"), t("ui.draw.colour-green"), address(["board"], { colour: "green" })],
        [due.counts.overdue || 0, t("ui.work.overdue"), href("act", "due"), true],
        [s.held, t("ui.work.held"), href("incoming")],
        [s.quarantined, t("ui.work.quarantined"), href("incoming"), true],
        [open, t("ui.draw.forks"), href("verify"), true],
      ]} />
        <p class="tools"><a class="button main" href=${href("board")}>${t("ui.nav.board")}</a> <a class="button" href=${href("verify")}>${t("ui.nav.verify")}</a> <a class="button" href=${href("figures")}>${t("ui.nav.figures")}</a></p>`,
    };
  },
  async clerk(me) {
    const own = mayWrite(me, "inspection");
    const [jobs, files, today, due] = await Promise.all([none(get("jobs"), []), none(get("files"), []), own ? none(get("lists/results", { office: me.office, "recorded_on-from": me.today, limit: FEW, count: 1 }), null) : null, none(look("due", { office: me.office, limit: 200 }), null)]);
    const soon = due ? due.deadlines.filter((d) => d.deadline === "inspection" || d.deadline === "publication") : [];
    const imports = jobs.filter((j) => / import$/.test(j.command || "") && !(j.answer && (j.answer.result || {}).dry_run));
    const back = files.filter((f) => /^rejects-/.test(f.name));
    const rows = await Promise.all(back.slice(0, FEW).map((f) => none(look("mapping preview", { words: [f.name], limit: 200 }).then((r) => r.rows.length - 1), 0)));
    const wrong = rows.reduce((a, b) => a + b, 0);
    return {
      level: back.length || soon.length ? 1 : 0,
      body: html`<${Cards} of=${[today ? [today.count || 0, t("ui.work.entered-today"), address(["lists", "results"], { "recorded_on-from": me.today, office: me.office })] : null, [imports.length, t("ui.work.imports-now")], [wrong, t("ui.work.rejects-wait"), null, true], own && due ? [soon.length, t("ui.work.due-soon"), href("act", "due")] : null]} />
        ${today && today.rows.length ? html`<h3>${t("ui.work.entered-today")}</h3><${Rows} rows=${today.rows.map((r) => row(href("record", "inspection", r.record), r.object_name, `${r.completed_on} · ${r.codes} ${r.result_text || ""}`, html`<${Badge}>${stateName("inspection", r.state)}<//>`))} />` : null}
        ${imports.length ? html`<h3>${t("ui.work.imports-now")}</h3><${Rows} rows=${imports.map((j) => html`<li>${j.file || first([`cmd.${(j.command || "").replace(" ", "-")}`], j.command)}<div class="dim">${[when(j.at_ms), kindOf(j.command), outcome(j)].filter(Boolean).join(" · ")}</div></li>`)} />` : null}
        ${back.length ? html`<h3>${t("ui.work.rejects-wait")}</h3><ul class="todo">${back.map((f) => html`<li><a href=${fileAddress(f.name)} download>${f.name}</a> <span class="dim">${when(f.at_ms)}</span></li>`)}</ul><p class="hint">${t("ui.work.rejects-hint")}</p>` : null}
        <p class="tools"><a class="button main" href=${href("import")}>${t("ui.work.import")}</a> <a class="button" href=${href("records")}>${t("ui.nav.records")}</a></p>`,
    };
  },
  async planner() {
    const plans = await look("plan list");
    return {
      level: 0,
      body: html`<${Rows} rows=${plans.map((p) => row(address(["plan", p.plan]), p.title, `${p.plan} · ${p.doc_no} · ${t("ui.work.plan-counts", { tasks: p.tasks, slots: p.slots })}`, html`<${Badge}>${stateName("plan", p.state)}<//>`))} empty=${t("ui.none")} />`,
    };
  },
  async draw(me) {
    const [all, draws, task, certs] = await Promise.all([look("order list", { open: true }), none(look("draw list"), []), none(tasksOf(), (slot) => slot), none(look("cert list"), [])]);
    const name = (code) => (certs.find((c) => c.office === code) || {}).name || code;
    const open = all.slice().sort((a, b) => (a.to < b.to ? -1 : a.to > b.to ? 1 : 0));
    const held = draws.filter((d) => d.released === false && d.draw.split(":")[0] === me.office);
    return {
      level: open.length || held.length ? 1 : 0,
      body: html`<${Cards} of=${[[open.length, t("ui.work.orders-now"), href("draws")], [held.length, t("ui.work.to-release"), href("publish")]]} />
        <${Rows} rows=${open.map((o) => (o.office === me.office ? row(href("ceremony", o.slot), task(o.slot), `${o.slot} · ${o.from} — ${o.to}`) : row(href("draws"), task(o.slot), `${name(o.office)} · ${o.slot} · ${o.from} — ${o.to}`)))} empty=${t("ui.work.no-orders")} all=${href("draws")} />`,
    };
  },
  // What waits for this person in the newest sampling tasks, each act with its number.
  async samples(me) {
    const { rows } = await get("lists/sampling-tasks", { limit: FEW_TASKS });
    if (!rows.length) return { level: 0 };
    const all = await Promise.all(rows.map((r) => none(look("sample next", { words: [r.record] }), { next: {}, due: [] })));
    const tasks = rows.map((r, i) => ({ ...r, late: all[i].due.filter((d) => d.state === "overdue").length, mine: Object.entries(all[i].next).filter(([n]) => mine(me, n, r.record.split(":")[0], me.office)) })).filter((r) => r.mine.length || (r.late && r.record.startsWith(`${me.office}:`)));
    const sum = {};
    for (const r of tasks) for (const [n, k] of r.mine) sum[n] = (sum[n] || 0) + k;
    return {
      level: tasks.some((r) => r.late) ? 2 : tasks.length ? 1 : 0,
      body: html`<${Cards} of=${Object.entries(sum).map(([n, k]) => [k, nextName(n), href("sampling")])} />
        <${Rows} rows=${tasks.map((r) => row(address(["sampling", r.record], r.mine.length === 1 ? { next: r.mine[0][0] } : {}), r.title, `${r.doc_no || ""} · ${listed(r.mine.map(([n, k]) => told(nextName(n), k)))}`, r.late ? html`<${Badge} kind="bad">${t("ui.sampling.n-late", { n: count(r.late) })}<//>` : null))} empty=${t("ui.work.nothing-waits")} all=${href("sampling")} />`,
    };
  },
  async auditor() {
    const [due, held] = await Promise.all([look("due", { limit: 200 }), look("status")]);
    const c = due.counts;
    return {
      level: c.overdue || held.quarantined ? 2 : 0,
      body: html`<${Cards} of=${[[c.overdue || 0, t("ui.work.overdue"), href("act", "due"), true], [c.urgent || 0, t("ui.work.urgent"), href("act", "due")], [held.quarantined || 0, t("ui.work.quarantined"), href("incoming"), true]]} />
        <p class="tools"><a class="button" href=${href("trail")}>${t("ui.work.trail")}</a> <a class="button" href=${href("verify")}>${t("ui.work.verify")}</a></p>`,
    };
  },
  // What keeps the office going: lines, keys, backups, the machine.
  async admin() {
    const [s, certs, checks] = await Promise.all([look("status"), none(look("cert list"), []), none(look("doctor"), [])]);
    const quiet = s.peers.filter((p) => p.problem || p.last_error).length;
    const ending = certs.filter((c) => c.state === "ending" || c.state === "ended").length;
    const wrong = checks.filter((c) => !c.good);
    const noted = checks.filter((c) => c.good && c.amber);
    return {
      level: s.quarantined || wrong.length ? 2 : quiet || ending || noted.length ? 1 : 0,
      body: html`<${Cards} of=${[
        [s.held || 0, t("ui.work.held"), href("incoming")],
        [s.quarantined || 0, t("ui.work.quarantined"), href("incoming"), true],
        [quiet, t("ui.work.lines-failed"), href("sync"), true],
        [ending, t("ui.work.certs-ending"), href("keys"), true],
        [wrong.length, t("ui.work.doctor-bad"), href("doctor"), true],
        [noted.length, t("ui.work.doctor-noted"), href("doctor")],
      ]} />
        <dl class="pairs">
          <div><dt>${t("ui.work.last-exchange")}</dt><dd>${s.last_ok_ms ? when(s.last_ok_ms) : t("ui.sync-never")}</dd></div>
          <div><dt>${t("ui.admin.backup-last")}</dt><dd>${s.backup.made_ms ? when(s.backup.made_ms) : t("ui.work.no-backup")} ${s.backup.amber ? html`<${Badge} kind="warn">${t("ui.work.backup-due")}<//>` : null}</dd></div>
          <div><dt>${t("ui.work.persons-here")}</dt><dd>${count(s.persons)}</dd></div>
        </dl>
        ${wrong.concat(noted).length ? html`<ul class="todo">${wrong.concat(noted).map((c) => html`<li><${Badge} kind=${c.good ? "warn" : "bad"}>${c.good ? t("ui.work.doctor-noted") : t("ui.work.doctor-bad")}<//> ${c.said}</li>`)}</ul>` : null}
        <p class="tools"><a class="button" href=${href("people")}>${t("ui.work.persons")}</a> <a class="button" href=${href("backups")}>${t("ui.nav.backups")}</a> <a class="button" href=${href("doctor")}>${t("ui.work.doctor")}</a></p>`,
    };
  },

};

function sectionsOf(me) {
  const has = (...roles) => roles.some((r) => me.roles.includes(r));
  const list = [];
  if (has("inspector")) list.push("inspector");
  if (has("follow-up")) list.push("follow-up");
  if (has("reviewer")) list.push("reviewer");
  if (has("head", "auditor", "planner") && me.level < STATION - 1) list.push("board");
  if (has("head")) list.push("head");
  if (has("sampler", "custodian", "tester") || (has("follow-up", "reviewer", "planner") && me.level < STATION)) list.push("samples");
  if (has("draw", "observer")) list.push("draw");
  if (has("roster", "planner", "inspector", "clerk")) list.push("clerk");
  if (has("planner")) list.push("planner");
  if (has("auditor")) list.push("auditor");
  if (has("admin")) list.push("admin");
  return list;
}

const load = (me) => Promise.all(sectionsOf(me).map(async (id, i) => {
  try {
    return { id, i, ...(await sections[id](me)) };
  } catch (p) {
    return { id, i, level: 0, body: html`<p class="note">${p.message}</p>` };
  }
}));

export function Home({ me }) {
  const got = useLook(() => load(me), [me.person]);
  return html`<div><${Title} text=${me.name} />
    <p class="sub">${t("ui.work.hello", { person: me.person, today: me.today })} · ${listed(me.roles.map((r) => t(`role.${r}`)))}</p>
    <${Looked} of=${got}>${(all) => all.filter((s) => s.body).sort((a, b) => b.level - a.level || a.i - b.i).map((s) => html`<section class=${`work-${s.id}`} key=${s.id}><h2>${t(`ui.work.for-${s.id}`)}</h2>${s.body}</section>`)}<//>
  </div>`;
}
export const home = ({ me }) => html`<${Home} me=${me} />`;
