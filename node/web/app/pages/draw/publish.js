// What waits to become public, its review, and the act that makes it so.
import { html, useState } from "../../lib/html.js";
import { t, count, stateName } from "../../lib/text.js";
import { act, look } from "../../lib/api.js";
import { address, replaceQuery } from "../../lib/route.js";
import { Badge, Empty, Looked, Table, Title, useLook } from "../../ui/parts.js";
import { Input, Select, Summary, useValues } from "../../ui/form.js";
import { Ask, Doing, may, useAct, useOffices, mayWrite } from "./common.js";
import { useTasks } from "./draws.js";
import { codes } from "../work/data.js";
import { said } from "../work/found.js";
import { Public, useResult } from "../year/preview.js";

const SHOWN = 20;
const WAITING = ["approved", "recorded", "sent_back"];

// All of the office's own that wait, however many.
async function gather(me) {
  const [draws, tasks, plans, names, ...waiting] = await Promise.all([look("draw list", { office: me.office }), look("record list", { words: "sampling_task", limit: 100 }).catch(() => []), look("plan list").catch(() => []), codes("result").catch(() => []), ...WAITING.map((state) => look("result list", { state }))]);
  const results = [].concat(...waiting).map((r) => ({ ...r, said: r.text || said(names, r.codes) })).sort((a, b) => (a.completed_on < b.completed_on ? 1 : a.completed_on > b.completed_on ? -1 : 0));
  return { results, draws: draws.filter((d) => !d.released), samples: tasks.filter((r) => r.record.split(":")[0] === me.office), plans };
}

function Review({ r, me, onDone, onBack }) {
  const [v, put] = useValues({});
  const [errors, setErrors] = useState({});
  const [sure, ask] = useState(false);
  const doing = useAct();
  const result = useResult(r.result);
  const names = useOffices();
  const plans = useTasks();
  const check = (e) => {
    e.preventDefault();
    const wrong = {};
    if (!v.outcome) wrong.outcome = t("ui.missing", { field: t("ui.draw.outcome") });
    if (v.outcome === "sent_back" && !v.note) wrong.note = t("ui.draw.back-needs-note");
    setErrors(wrong);
    if (!Object.keys(wrong).length) ask(true);
  };
  const run = async () => {
    if (await doing.run("record add", { words: ["result_review", `inspection=${r.result}`, `outcome=${v.outcome}`, `reviewed_on=${me.today}`, ...(v.note ? [`note=${v.note}`] : [])] })) onDone();
  };
  if (sure) return html`<${Ask} title=${t(v.outcome === "approved" ? "ui.draw.ask-approve" : "ui.draw.ask-send-back")} label=${t("ui.draw.write-it")} doing=${doing} onDo=${run} onBack=${() => ask(false)} pairs=${[[t("ui.draw.record"), r.result], [t("ui.draw.target"), r.name], [t("ui.draw.outcome"), t(`word.outcome.${v.outcome.replace(/_/g, "-")}`)], [t("ui.draw.note"), v.note]]} says=${[t(v.outcome === "approved" ? "ui.draw.approve-says" : "ui.draw.send-back-says")]} />`;
  return html`<form onSubmit=${check} novalidate>
    <${Title} text=${t("ui.draw.review-of", { name: r.name || r.result })} />
    <${Summary} errors=${errors} />
    <p>${t("ui.year.preview-says")}</p>
    <${Looked} of=${result}>${({ r: x, codes }) => html`<${Public} r=${{ ...x, result: r.result }} codes=${codes} plan=${plans(x.slot)} office=${names(r.result.split(":")[0])} today=${me.today} />`}<//>
    <p><a href=${address(["record", "inspection", r.result])}>${t("ui.year.whole-record")}</a></p>
    <${Select} id="outcome" label=${t("ui.draw.outcome")} required=${true} error=${errors.outcome} value=${v.outcome} set=${(x) => put({ outcome: x })} choices=${["approved", "sent_back"].map((o) => [o, t(`word.outcome.${o.replace(/_/g, "-")}`)])} />
    <${Input} id="note" label=${t("ui.draw.note")} hint=${t("ui.draw.note-hint")} lines=${3} error=${errors.note} value=${v.note} set=${(x) => put({ note: x })} />
    <div class="row"><button class="main">${t("ui.draw.check-answers")}</button><button type="button" onClick=${onBack}>${t("ui.draw.back")}</button></div>
  </form>`;
}

// What becomes public is what the office says: which of those that wait may go, and those of its stations too.
function Sure({ only, known, onDone, onBack }) {
  const of = useLook(() => act("publish results", { "dry-run": true, result: only }).then((a) => a.result), [only]);
  const doing = useAct();
  const run = async () => {
    const a = await doing.run("publish results", only ? { result: only } : {});
    if (a) onDone(a);
  };
  const line = (x) => {
    const r = known.find((y) => y.result === x.result) || { result: x.result, name: x.result };
    return [html`<a href=${address(["preview", r.result])}>${r.name}</a>`, r.state ? `${r.said} · ${r.completed_on} · ${stateName("inspection", r.state)}` : ""];
  };
  return html`<${Looked} of=${of}>${(would) => html`<${Ask} title=${t("ui.draw.ask-publish")} label=${t("ui.draw.publish-now")} bad=${true} doing=${doing} onBack=${onBack} onDo=${run} says=${[t("ui.draw.publish-1"), t("ui.draw.publish-2"), t("ui.draw.publish-3")]}
    pairs=${[[t("ui.draw.results"), count(would.published)], would.held ? [t("ui.draw.results-held"), count(would.held)] : null, ...would.results.slice(0, SHOWN).map(line)]} />`}<//>`;
}

function Site() {
  return html`<section><h2>${t("ui.draw.site")}</h2><p>${t("ui.draw.site-says")}</p><p><a class="button" href=${address(["site"])}>${t("ui.draw.site-page")}</a></p></section>`;
}

function Consolidate({ me, plans, names }) {
  const doing = useAct();
  const [series, set] = useState("");
  const [sure, ask] = useState(false);
  const own = plans.filter((p) => p.plan.split("/")[0] === me.office);
  if (me.level > 2) return null;
  const run = async () => {
    if (await doing.run("consolidate", { series })) ask(false);
  };
  if (sure) return html`<${Ask} title=${t("ui.draw.ask-consolidate")} label=${t("ui.draw.consolidate")} doing=${doing} onDo=${run} onBack=${() => ask(false)} pairs=${[[t("ui.draw.plan"), (own.find((p) => p.plan.split("/")[1] === series) || {}).title]]} says=${[t("ui.draw.consolidate-says")]} />`;
  const r = doing.answer && doing.answer.result;
  const rows = r && [...r.offices, { ...r.total, office: "" }];
  return html`<section><h2>${t("ui.draw.consolidate")}</h2><p>${t("ui.draw.consolidate-means")}</p><${Doing} of=${doing} />
    ${own.length && may(me, "consolidate") ? html`<${Select} id="series" label=${t("ui.draw.plan")} required=${true} value=${series} set=${set} choices=${own.map((p) => [p.plan.split("/")[1], p.title])} /><p><button type="button" disabled=${!series} onClick=${() => ask(true)}>${t("ui.draw.check-answers")}</button></p>` : html`<p class="dim">${t("ui.draw.consolidate-who")}</p>`}
    ${r ? html`<p role="status">${t("ui.draw.consolidated", { n: r.listed })}</p>` : null}
    ${rows ? html`<${Table} rows=${rows} columns=${[
      { name: "office", label: t("ui.draw.office"), of: (o) => (o.office ? names(o.office) : html`<strong>${t("publish.total")}</strong>`) },
      { name: "targets", label: t("ui.draw.standing-targets"), number: true },
      { name: "visited", label: t("ui.draw.standing-visited"), number: true, of: (o) => (o.visited === undefined ? o.inspected : o.visited) },
      { name: "published", label: t("ui.draw.standing-published"), number: true },
      { name: "found", label: t("publish.col-problems"), number: true, of: (o) => (o.found === undefined ? o.problems : o.found) },
    ]} />` : null}</section>`;
}

export function Publish({ me, query }) {
  const names = useOffices();
  const plans = useTasks();
  const of = useLook(() => gather(me), []);
  const [answer, tell] = useState(null);
  const done = (a) => {
    tell(a || null);
    replaceQuery({});
    of.again();
  };
  const back = () => replaceQuery({});
  return html`<${Looked} of=${of}>${(w) => {
    if (query.review) {
      const r = w.results.find((x) => x.result === query.review);
      return r ? html`<${Review} r=${r} me=${me} onDone=${done} onBack=${back} />` : html`<${Empty} text=${t("ui.draw.gone")} />`;
    }
    if (query.publish) return html`<${Sure} key=${query.publish} only=${query.publish === "all" ? undefined : query.publish} known=${w.results} onDone=${done} onBack=${back} />`;
    return html`<div>
      <${Title} text=${t("ui.draw.publish")} />
      ${answer ? html`<p class="note" role="status">${answer.said || t("ui.done")}</p>` : null}
      <section><h2>${t("ui.draw.results-waiting", { n: count(w.results.length) })}</h2>
        <${Table} rows=${w.results} empty=${t("ui.draw.no-results")} columns=${[
          { name: "name", label: t("ui.draw.target"), of: (r) => html`<a href=${address(["preview", r.result])}>${r.name}</a>` },
          { name: "said", label: t("ui.draw.result") },
          { name: "completed_on", label: t("ui.draw.completed-on") },
          { name: "state", label: t("ui.draw.state"), of: (r) => html`<${Badge} kind=${r.state === "sent_back" ? "bad" : r.state === "approved" ? "good" : "warn"}>${stateName("inspection", r.state)}<//>` },
          { name: "do", label: t("ui.draw.do"), of: (r) => (may(me, "publish") || mayWrite(me, "result_review") ? html`<span class="row">${mayWrite(me, "result_review") ? html`<a href=${address(["publish"], { review: r.result })}>${t("ui.draw.review")}<span class="unseen"> ${r.name}</span></a>` : null} ${may(me, "publish") ? html`<a href=${address(["publish"], { publish: r.result })}>${t("ui.draw.publish-one")}<span class="unseen"> ${r.name}</span></a>` : null}</span>` : "—") },
        ]} />
        ${w.results.length && may(me, "publish") ? html`<p><a class="button" href=${address(["publish"], { publish: "all" })}>${t("ui.draw.publish-all")}</a></p>` : null}
      </section>
      <section><h2>${t("ui.draw.draws-waiting", { n: w.draws.length })}</h2>
        <${Table} rows=${w.draws} empty=${t("ui.draw.none-sealed")} link=${(d) => address(["draw", d.draw], { act: "release" })} columns=${[
          { name: "task", label: t("ui.draw.task"), of: (d) => html`<span class="two">${plans(d.slot)} <small class="dim">${d.slot}</small></span>` },
          { name: "draw", label: t("ui.draw.draw") },
          { name: "window", label: t("ui.draw.window"), of: (d) => `${d.from} — ${d.to}` },
        ]} /></section>
      <section><h2>${t("ui.draw.samples-waiting")}</h2>
        <${Table} rows=${w.samples} empty=${t("ui.draw.no-samples")} columns=${[
          { name: "title", label: t("ui.draw.task"), of: (r) => html`<a href=${address(["sampling", r.record])}>${r.title}</a>` },
          { name: "state", label: t("ui.draw.state"), of: (r) => stateName("sampling-task", r.state) },
          { name: "do", label: t("ui.draw.do"), of: (r) => (mayWrite(me, "sample_publication") ? html`<a href=${address(["sampling", r.record, "publish"])}>${t("ui.draw.publish-one")}<span class="unseen"> ${r.title}</span></a>` : "—") },
        ]} /></section>
      <${Consolidate} me=${me} plans=${w.plans} names=${names} />
      <${Site} />
    </div>`;
  }}<//>`;
}
