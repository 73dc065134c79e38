// A result as the public will read it, in the order and the words of the public site (node/publish/site_object.c); and what of
// its record stays in the office.
import { html } from "../../lib/html.js";
import { t, count, parted, said } from "../../lib/text.js";
import { look } from "../../lib/api.js";
import { address } from "../../lib/route.js";
import { Empty, Looked, Table, Title, useLook } from "../../ui/parts.js";
import { may, mayWrite, useOffices } from "../draw/common.js";
import { useTasks } from "../draw/draws.js";
import { CLEAN } from "../work/found.js";

// The wording that is published; where an office gave none, the names of the codes.
const words = (codes, x) => x.text || parted(x.codes.split(",").map((c) => (codes.find((k) => k.code === c) || { name: c }).name));

function Items({ of, codes }) {
  if (!(of || []).length) return null;
  return html`<${Table} rows=${of} columns=${[
    { name: "name", label: t("site.col-item") },
    { name: "text", label: t("site.col-result"), of: (x) => words(codes, x) },
  ]} />`;
}

// What the site shows of a result whose revisions are these; `was`: of the ones that are public already.
export function Public({ r, codes, plan, office, today }) {
  const now = r.revisions[r.revisions.length - 1];
  const first = r.revisions[0];
  const on = (x) => (r.published.find((p) => p.rev === x.rev) || {}).on;
  const before = r.revisions.filter((x) => x.rev < now.rev && on(x));
  const fact = (id, v) => html`<div><dt>${t(id)}</dt><dd>${v}</dd></div>`;
  return html`<article class="public" aria-label=${t("ui.year.as-public")}>
    <h2>${now.name}</h2>
    <p class="dim"><code>${now.object}</code></p>
    <h3>${plan}</h3>
    <p class=${`found ${now.codes === CLEAN ? "good" : "bad"}`}>${words(codes, now)}${before.length ? html` <small>${t("site.corrected-on", { on: today })}</small>` : null}</p>
    <${Items} of=${now.items} codes=${codes} />
    ${!before.length && now.rev > first.rev ? html`<p class="why"><b>${t("site.corrected-before")}</b>${now.reason}</p>` : null}
    ${before.length ? html`<h4>${t("site.h-corrections")}</h4><ol class="history">${before.map((x, i) => html`<li><span>${t("site.stood", { from: on(x), to: before[i + 1] ? on(before[i + 1]) : today })}${words(codes, x)}</span><${Items} of=${x.items} codes=${codes} /><p class="why"><b>${t("site.reason")}</b>${(before[i + 1] || now).reason}</p></li>`)}</ol>` : null}
    <dl class="pairs">${fact("site.fact-inspected-by", office)}${fact("site.fact-draw", html`<code>${r.draw}</code>`)}${fact("site.fact-completed", (now.completed || "").slice(0, 10))}${fact("site.fact-published", today)}${fact("site.fact-result-name", html`<code>${r.result}</code> ${t("site.revision", { rev: now.rev })}`)}</dl>
  </article>`;
}

export function useResult(name) {
  return useLook(async () => {
    const [r, codes, line] = await Promise.all([look("result show", { words: [name] }), look("tables show", { words: ["result"] }), look("record show", { words: ["inspection", name] })]);
    const now = line.revisions[line.revisions.length - 1].values;
    const draw = (await look("draw list")).find((d) => d.draw === now.draw) || {};
    return { r: { ...r, draw: now.draw, slot: draw.slot || "" }, codes, line };
  }, [name]);
}

export function Preview({ me, name }) {
  const names = useOffices();
  const plans = useTasks();
  const of = useResult(name);
  return html`<${Looked} of=${of}>${({ r, codes, line }) => {
    if (!(r.revisions || []).length) return html`<div><${Title} text=${t("ui.nothing-here")} /><${Empty} /></div>`;
    const now = r.revisions[r.revisions.length - 1];
    const inside = [["place", now.place], ["inspectors", now.inspectors], ["problem", now.problem || parted((now.items || []).map((i) => i.problem).filter(Boolean))]].filter(([, v]) => v);
    return html`<div><${Title} text=${t("ui.year.preview-of", { name: now.name })}><a class="button" href=${address(["publish"])}>${t("ui.draw.back")}</a><//>
      <p>${t("ui.year.preview-says")}</p>
      <${Public} r=${{ ...r, result: name }} codes=${codes} plan=${plans(r.slot)} office=${names(name.split(":")[0])} today=${me.today} />
      <section><h2>${t("ui.year.stays-inside")}</h2><ul>${inside.map(([k, v]) => html`<li>${said(t(`ui.year.inside-${k}`), v)}</li>`)}<li>${t("ui.year.inside-photos", { n: count((r.photos || []).length) })}</li></ul></section>
      ${(may(me, "publish") || mayWrite(me, "result_review")) && line ? html`<p class="row">${line.state === "recorded" && mayWrite(me, "result_review") ? html`<a class="button" href=${address(["publish"], { review: name })}>${t("ui.draw.review")}</a>` : null}${may(me, "publish") ? html`<a class="button" href=${address(["publish"], { publish: name })}>${t("ui.draw.publish-one")}</a>` : null}</p>` : null}
    </div>`;
  }}<//>`;
}
